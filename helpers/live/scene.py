"""What a panel looks like, in words that every renderer understands: axes and marks.

A panel says which axes it has and which marks stand on them. One renderer draws them
with Matplotlib, another sends their numbers to the browser: nothing is said twice.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from .. import _style

# Pixels around the axes, at the normal size of text.
_LEFT, _RIGHT, _TOP, _BOTTOM = 68, 20, 44, 58
# Width of a digit, as a share of the size of the text.
_DIGIT = 0.64
# Width of a bold letter, as a share of the size of the text, and of a legend in pixels.
_LETTER, _LEGEND = 0.68, 395
MINUS = "\N{MINUS SIGN}"
# Below this a logarithmic axis cannot be drawn.
SMALLEST = 1e-300


@dataclass(frozen=True)
class Axes:
    """Limits, names and ticks of a panel's two axes.

    Parameters
    ----------
    title, xlabel, ylabel : str
    xlim, ylim : (float, float)
    log : bool
        Whether y is logarithmic.
    xticks, yticks : tuple of (float, str), optional
        Where the ticks are, and what stands beside them; round numbers by default.
    rows : int
        How many lines of text there is room for between title and axes.
    frame : bool
        Whether axes, ticks and grid are drawn at all.
    equal : bool
        Whether one unit is as long in y as in x.
    """

    title: str
    xlim: tuple = (0.0, 1.0)
    ylim: tuple = (0.0, 1.0)
    xlabel: str = ""
    ylabel: str = ""
    log: bool = False
    xticks: tuple | None = None
    yticks: tuple | None = None
    frame: bool = True
    grid: bool = True
    rows: int = 0
    equal: bool = False

    def ticks(self):
        """The ticks of x and of y, each a list of (place, text)."""
        if not self.frame:
            return [], []
        across = _round_ticks(*self.xlim) if self.xticks is None else self.xticks
        make = _decades if self.log else _round_ticks
        up = make(*self.ylim) if self.yticks is None else self.yticks
        return list(across), list(up)

    def box(self, width, height):
        """Where the axes are in a panel of `width` by `height` pixels.

        Returns
        -------
        (left, top, right, bottom) : float
            Pixels from the panel's top left corner.
        """
        scale = _style.text_scale()
        top = _TOP * scale + self.rows * line_height()
        if not self.frame:
            left, right, bottom = 12, width - 12, height - 12
        else:
            _, up = self.ticks()
            widest = max((len(text) for _, text in up), default=0)
            labels = _DIGIT * _style.pixels("tick") * widest + 12
            name = 1.5 * _style.pixels("label") if self.ylabel else 0.0
            below = _BOTTOM if self.xlabel else _BOTTOM - 22
            left = max(_LEFT * scale, labels + name + 6)
            right, bottom = width - _RIGHT * scale, height - below * scale
        if self.equal:
            left, right, top, bottom = self._square(left, right, top, bottom)
        return left, top, right, bottom

    def _square(self, left, right, top, bottom):
        across, up = self.xlim[1] - self.xlim[0], self.ylim[1] - self.ylim[0]
        unit = min((right - left) / across, (bottom - top) / up)
        if self.frame:
            return left, left + unit * across, top, top + unit * up
        spare = (right - left - unit * across) / 2
        return left + spare, right - spare, top, top + unit * up


@dataclass(eq=False)
class Line:
    """A line through points (P,); NaN is a gap. `grows`: points are only added."""

    xs: np.ndarray
    ys: np.ndarray
    colour: str = _style.BLUE
    width: float = 2.4
    dashed: bool = False
    grows: bool = False


@dataclass(eq=False)
class Points:
    """Markers at points (P,)."""

    xs: np.ndarray
    ys: np.ndarray
    colour: str = _style.BLUE
    marker: str = "o"
    size: float = 7.0
    edge: str | None = "#ffffff"
    alpha: float = 1.0


@dataclass(eq=False)
class Picture:
    """Numbers 0 to 255 (H, W) that stand for colours, the first row at the top.

    Parameters
    ----------
    cells : array of uint8, shape (H, W)
    palette : array of uint8, shape (C, 3)
        The colour of each number.
    place : (left, right, bottom, top)
        Where the picture's edges are.
    smooth : bool
        Whether colours run into each other between cells.
    """

    cells: np.ndarray
    palette: np.ndarray
    place: tuple
    smooth: bool = False


@dataclass(eq=False)
class Bars:
    """Rectangles, four arrays (P,), in one colour or one for each."""

    left: np.ndarray
    right: np.ndarray
    bottom: np.ndarray
    top: np.ndarray
    colour: str | list = _style.BLUE
    alpha: float = 1.0
    edge: str | None = None


@dataclass(eq=False)
class Texts:
    """Words at points.

    `where` says how a place is counted: "data", as the axes count; "inside", in shares
    of the axes, from below; "above", xs in shares of the axes' width, ys in lines of
    text above the axes, the lowest being 0.

    Parameters
    ----------
    xs, ys : sequence of float, length P
    texts : sequence of str, length P
    colour : str or list of str
    across : "left", "center" or "right"
        Which part of the text is at the point.
    up : "top", "middle" or "bottom"
    size : "title", "label", "text", "tick" or "small"
    box : bool
        Whether there is something white behind the text.
    """

    xs: list
    ys: list
    texts: list
    colour: str | list = _style.INK
    across: str = "center"
    up: str = "middle"
    size: str = "text"
    bold: bool = False
    box: bool = False
    where: str = "data"


@dataclass
class Scene:
    """One panel at one moment: axes, what stays, and what moves, from back to front.

    Marks have names, by which a renderer finds them again at the next frame. A mark
    is never changed: one that is the same object looks the same.
    """

    axes: Axes
    fixed: dict = field(default_factory=dict)
    moving: dict = field(default_factory=dict)


def line_height():
    """Pixels from one line of text above the axes to the next."""
    return 1.4 * _style.pixels("tick")


def legend(names, colours, room=0):
    """Names, each in its colour, in rows above the axes.

    Parameters
    ----------
    names, colours : sequence of str
    room : int
        Letters to keep free after each name, for a number.

    Returns
    -------
    Texts, and how many rows they take
    """
    letter = _LETTER * _style.pixels("tick") / _LEGEND
    xs, rows, used = [], [], 0.0
    for name in names:
        wide = letter * (len(name) + room)
        if xs and used + wide > 1:
            used, row = 0.0, rows[-1] + 1
        else:
            row = rows[-1] if rows else 0
        xs.append(used)
        rows.append(row)
        used += wide + 2.5 * letter
    count = rows[-1] + 1 if rows else 0
    texts = Texts(
        xs,
        [count - 1 - row for row in rows],
        list(names),
        list(colours),
        across="left",
        size="tick",
        bold=True,
        where="above",
    )
    return texts, count


def _round_ticks(low, high):
    """Round numbers between two limits, by Matplotlib's rules."""
    from matplotlib.ticker import MaxNLocator

    span = high - low
    ticks = MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    ticks = [t for t in ticks if low - 1e-9 * span <= t <= high + 1e-9 * span]
    # 0.30000000000000004 is 0.3, and a tick beside 0 that is not quite 0 is 0.
    ticks = [0.0 if abs(t) < 1e-9 * span else t for t in ticks]
    return [(float(t), f"{t:.10g}".replace("-", MINUS)) for t in ticks]


def _decades(low, high):
    """Powers of ten between two limits, at most seven; 1 is one, if it is inside."""
    first = math.ceil(math.log10(low) - 1e-9)
    last = math.floor(math.log10(high) + 1e-9)
    step = next(n for n in (1, 2, 3, 5, 10, 20, 50, 100) if 6 * n >= last - first)
    first = -(-first // step) * step
    return [(10.0**k, _power(k)) for k in range(first, last + 1, step)]


def _power(exponent):
    if -3 <= exponent <= 4:
        return f"{10.0**exponent:g}"
    digits = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    return "10" + str(exponent).translate(digits)
