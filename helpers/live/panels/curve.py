"""Lines that grow by a point at each update."""

from array import array

import numpy as np

from ... import _style
from ..._arguments import as_number
from ..._plot_arguments import as_limits, as_names, as_pair, unknown
from ..scene import SMALLEST, Axes, Line, Scene, Texts, legend
from .base import Panel

# Beyond this a number cannot be drawn: axis limits would overflow.
LARGEST = 1e300


class Curve(Panel):
    """One or several lines that grow by a point at each update.

    Parameters
    ----------
    name : str
        Title, and the keyword of `Board.update`.
    lines : sequence of str, optional
        Names of the lines, if there are several.
    xlabel, ylabel : str
    log : bool
        Whether the y axis is logarithmic. Values of 0 or below are gaps then.
    xlim, ylim : (float, float), optional
        Limits of the axes; without them the axes grow with the data.
    smooth : float
        0 to below 1. Above 0 the points are drawn pale, and over them their
        exponential moving average, in which the last value weighs ``1 - smooth``,
        divided by ``1 - smooth**n`` after n points so that it does not begin at 0.

    A value is ``(x, y)``, with `lines` ``(x, {line: y})`` for some or all of them.
    NaN and infinity leave a gap, and the panel says where they began.
    """

    def __init__(
        self,
        name,
        *,
        lines=None,
        xlabel="epoch",
        ylabel=None,
        log=False,
        xlim=None,
        ylim=None,
        smooth=0.0,
    ):
        super().__init__(name)
        self.single = lines is None
        self.lines = [name] if lines is None else as_names(lines, "lines")
        self.xlabel, self.ylabel, self.log = xlabel, ylabel, bool(log)
        self._given = (
            None if xlim is None else as_limits(xlim, "xlim"),
            None if ylim is None else as_limits(ylim, "ylim"),
        )
        if log and ylim is not None and self._given[1][0] <= 0:
            raise ValueError(
                "ylim: expected limits above 0 on a logarithmic axis, "
                f"got {self._given[1]}"
            )
        self.smooth = as_number(smooth, "smooth", low=0, high=1)
        if self.smooth == 1:
            raise ValueError("smooth: expected a number below 1, got 1")
        self.reset()

    def reset(self):
        """Forget all points."""
        self._tracks = {line: _Track(self.smooth) for line in self.lines}
        self._xlim, self._ylim = self._given
        self._extent = {"x": _Extent(), "y": _Extent()}
        self.not_finite_from = {}

    def record(self, value):
        """Add one point to the line, or to some of the lines."""
        x, y = as_pair(value, self.name, "(x, y)" if self.single else "(x, {line: y})")
        x = as_number(_item(x), f"{self.name}, x")
        if self.single:
            self._add(self.name, x, y, self.name)
            return
        if not isinstance(y, dict):
            raise TypeError(
                f"{self.name}: expected (x, {{line: y}}), got (x, {type(y).__name__})"
            )
        for line in y:
            if line not in self._tracks:
                raise ValueError(unknown(line, self.lines, f"{self.name}: line"))
        for line, number in y.items():
            self._add(line, x, number, f"{self.name}, {line}")

    def _add(self, line, x, y, name):
        y = _item(y)
        if isinstance(y, bool) or not isinstance(y, int | float | np.number):
            raise TypeError(f"{name}: expected a number, got {type(y).__name__}")
        y = float(y)
        if not abs(y) <= LARGEST:
            y = np.nan
            self.not_finite_from.setdefault(line, x)
        self._tracks[line].add(x, y)
        self._extent["x"].include(x)
        if y > SMALLEST if self.log else y == y:
            self._extent["y"].include(y)

    def points(self, line):
        """The points so far, as two arrays of shape (P,); NaN at a gap."""
        track = self._tracks[line]
        return np.array(track.xs), np.array(track.ys)

    def latest(self, line):
        """The last point, smoothed if the curve is, or None."""
        track = self._tracks[line]
        return (track.xs[-1], track.shown[-1]) if track.xs else None

    def settle(self):
        """Let the x axis end where the points end."""
        seen = self._extent["x"]
        if not self._given[0] and seen.low < seen.high:
            self._xlim = seen.low, seen.high

    def scene(self):
        """Lines, and the last value of each above them."""
        self._grow()
        readouts, rows = self._readouts()
        axes = Axes(
            self.name,
            self._xlim or (0.0, 10.0),
            self._ylim or ((0.1, 1.0) if self.log else (0.0, 1.0)),
            self.xlabel,
            self.ylabel or "",
            log=self.log,
            rows=rows,
        )
        moving = {}
        for place, (line, track) in enumerate(self._tracks.items()):
            colour = _style.colour_of(place)
            xs, shown = np.array(track.xs), np.array(track.shown)
            if self.smooth:
                raw = Line(xs, np.array(track.ys), _style.pale(colour), 1.2, grows=True)
                moving[f"raw {line}"] = raw
            moving[f"line {line}"] = Line(xs, shown, colour, grows=True)
        moving["readouts"] = readouts
        moving["note"] = self._note()
        return Scene(axes, moving=moving)

    def _grow(self):
        """Widen the axes where points have left them, well ahead of the data."""
        xs, ys = self._extent["x"], self._extent["y"]
        if xs.seen and not self._given[0]:
            if self._xlim is None:
                self._xlim = xs.low, max(xs.low + 10, xs.high)
            if xs.low < self._xlim[0] or xs.high > self._xlim[1]:
                self._xlim = xs.low, xs.low + 1.5 * (xs.high - xs.low)
        if ys.seen and not self._given[1]:
            fits = self._ylim and self._ylim[0] <= ys.low and ys.high <= self._ylim[1]
            if not fits:
                self._ylim = self._roomy(ys.low, ys.high)

    def _roomy(self, low, high):
        if self.log:
            low, high = np.floor(np.log10(low)), np.ceil(np.log10(high))
            return float(10.0**low), float(10.0 ** max(high, low + 1))
        before = self._ylim
        if before is not None:
            low, high = min(low, before[0]), max(high, before[1])
        span = (high - low) or abs(high) or 1.0
        margin = span * (0.1 if before is None else 0.5)
        falls = before is None or low < before[0]
        grows = before is None or high > before[1]
        below = low - margin if low < 0 and falls else min(low, 0.0)
        return below, (high + margin if grows else high)

    def _readouts(self):
        """The last value of each line, and how many rows above the axes that takes."""
        if self.single:
            last = self.latest(self.name)
            said = "" if last is None else f"{last[1]:.3g}"
            colour = _style.colour_of(0)
            return Texts(
                [1.0], [0], [said], colour, "right", bold=True, where="above"
            ), 0
        colours = [_style.colour_of(place) for place in range(len(self.lines))]
        texts, rows = legend(self.lines, colours, room=10)
        latest = [self.latest(line) for line in self.lines]
        texts.texts = [
            line if last is None else f"{line}: {last[1]:.3g}"
            for line, last in zip(self.lines, latest, strict=True)
        ]
        return texts, rows

    def _note(self):
        notes = [
            f"{line} is not finite from {self.xlabel} {x:g}"
            for line, x in self.not_finite_from.items()
        ]
        step = 0.09 * _style.text_scale()
        places = [0.03 + step * k for k in reversed(range(len(notes)))]
        return Texts(
            [0.5] * len(notes),
            places,
            notes,
            _style.RED,
            up="bottom",
            bold=True,
            box=True,
            where="inside",
        )

    def describe(self):
        """One line for those who cannot see the picture."""
        said = []
        for line in self.lines:
            if (last := self.latest(line)) is not None:
                said.append(f"{line} {last[1]:.3g} at {self.xlabel} {last[0]:g}")
        return ", ".join(said) or f"{self.name}: no points"


class _Track:
    """The points of one line, and what is drawn of them."""

    def __init__(self, smooth):
        self.xs, self.ys = array("d"), array("d")
        self._smooth = smooth
        self.shown = array("d") if smooth else self.ys
        self._mean = self._weight = 0.0

    def add(self, x, y):
        self.xs.append(x)
        self.ys.append(y)
        if not self._smooth:
            return
        if y == y:
            self._mean = self._smooth * self._mean + (1 - self._smooth) * y
            self._weight = self._smooth * self._weight + (1 - self._smooth)
        self.shown.append(self._mean / self._weight if y == y else np.nan)


class _Extent:
    """The smallest and the largest number so far."""

    def __init__(self):
        self.low, self.high = np.inf, -np.inf

    @property
    def seen(self):
        return self.low <= self.high

    def include(self, number):
        self.low, self.high = min(self.low, number), max(self.high, number)


def _item(number):
    if isinstance(number, np.ndarray) and number.size == 1:
        return number.item()
    return number
