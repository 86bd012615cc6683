"""Drawings that explain: a computational graph, and how shapes broadcast."""

import math

import numpy as np

from .. import _style
from .._arguments import as_count
from .._plot_arguments import as_graph, as_pair
from ._figure import show_figure

_CELL = 46
_MOST_CELLS = 8


def computational_graph(columns, edges, *, title=None):
    """A graph from left to right: values forward in blue, gradients back in red.

    Parameters
    ----------
    columns : sequence of sequences of str
        Names of the nodes, one sequence for each column; an empty name keeps a place
        free.
    edges : dict of (str, str) to (value, gradient), or sequence of (str, str)
        From which node to which. The value is written over the arrow, the gradient
        under the arrow that leads back; numbers or strings, or None for none.
    title : str, optional

    Raises
    ------
    ValueError
        If an edge names no node or does not lead to the right, or a name is used twice.
    """
    columns, pairs = as_graph(columns, edges)
    labels = {}
    for pair, edge in zip(pairs, edges, strict=True):
        both = edges[edge] if isinstance(edges, dict) else (None, None)
        value, gradient = as_pair(both, f"edges[{edge}]", "(value, gradient)")
        labels[pair] = _as_label(value), _as_label(gradient)

    graph = _Graph(columns, labels, room=40 if title else 0)

    def draw(figure):
        figure.set_layout_engine("none")
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set_xlim(0, graph.width)
        ax.set_ylim(0, graph.height)
        ax.set_axis_off()
        graph.draw(ax)
        if title:
            ax.text(
                16,
                graph.height - 14,
                title,
                fontsize=_style.points("title"),
                weight="bold",
                va="top",
            )

    said = ", ".join(f"{start} to {end}" for start, end in labels)
    return show_figure(draw, f"computational graph: {said}", graph.width, graph.height)


class _Graph:
    """Where the nodes of a graph are, in pixels, and how they are drawn."""

    ROW, GAP, PORT = 116, 140, 30

    def __init__(self, columns, labels, room):
        self.labels = labels
        place = {name: c for c, column in enumerate(columns) for name in column}
        widths = [max(54, *(_text_width(n, 15) + 34 for n in c)) for c in columns]
        gaps = [self.GAP] * (len(columns) - 1)
        for (start, _), texts in labels.items():
            widest = max(_text_width(text, 13) for text in texts)
            gaps[place[start]] = max(gaps[place[start]], widest + 70)
        rows = max(len(column) for column in columns)
        height = self.ROW * rows + 20
        self.centres, self.half = {}, {}
        left = 24.0
        for column, width, gap in zip(columns, widths, [*gaps, 0.0], strict=True):
            top = height / 2 + self.ROW / 2 * (len(column) - 1)
            for row, name in enumerate(column):
                if name:
                    self.centres[name] = np.array(
                        [left + width / 2, top - self.ROW * row]
                    )
                    self.half[name] = np.array([width / 2, 25.0])
            left += width + gap
        self.width, self.height = int(left + 24), height + room
        self.ports = {}
        for side in (0, 1):
            self._spread_ports(side)

    def _spread_ports(self, side):
        """Give each edge at one side of a node a place of its own, in order."""
        for name in self.centres:
            edges = [edge for edge in self.labels if edge[side] == name]
            edges.sort(key=lambda edge: -self._slope(edge))
            if side == 0:
                edges.reverse()
            offsets = self.PORT * (np.arange(len(edges)) - (len(edges) - 1) / 2)
            self.half[name][1] = max(
                self.half[name][1], self.PORT / 2 * (len(edges) + 0.4)
            )
            sign = 1 if side == 0 else -1
            for edge, offset in zip(edges, offsets, strict=True):
                self.ports[side, edge] = self.centres[name] + (
                    sign * self.half[name][0],
                    offset,
                )

    def _slope(self, edge):
        start, end = (self.centres[name] for name in edge)
        across, up = end - start
        return up / across

    def draw(self, ax):
        from matplotlib.patches import FancyBboxPatch

        for edge, texts in self.labels.items():
            self._draw_edge(ax, self.ports[0, edge], self.ports[1, edge], *texts)
        fed = {end for _, end in self.labels}
        for name, centre in self.centres.items():
            half = self.half[name]
            ax.add_patch(
                FancyBboxPatch(
                    centre - half,
                    *(2 * half),
                    boxstyle="round,pad=0,rounding_size=12",
                    facecolor="#e8f1f8" if name in fed else "white",
                    edgecolor=_style.INK,
                    linewidth=1.8,
                    zorder=3,
                )
            )
            ax.text(
                *centre,
                name,
                ha="center",
                va="center",
                fontsize=_style.points("title"),
                zorder=4,
            )

    @staticmethod
    def _draw_edge(ax, left, right, value, gradient):
        along = (right - left) / np.hypot(*(right - left))
        across = np.array([-along[1], along[0]])
        angle = math.degrees(math.atan2(along[1], along[0]))
        apart = 6 if gradient else 0
        ways = [(value, 1, left, right, _style.BLUE, "-")]
        if gradient:
            ways.append((gradient, -1, right, left, _style.RED, (0, (4, 2))))
        for text, side, tail, head, colour, dashes in ways:
            shift = side * apart * across
            ax.annotate(
                "",
                head + shift,
                tail + shift,
                arrowprops={
                    "arrowstyle": "-|>,head_width=0.3,head_length=0.6",
                    "color": colour,
                    "linewidth": 2,
                    "linestyle": dashes,
                    "shrinkA": 2,
                    "shrinkB": 2,
                },
            )
            middle = left + 0.45 * (right - left) + side * (apart + 13) * across
            ax.text(
                *middle,
                text,
                color=colour,
                fontsize=_style.points("text"),
                weight="bold",
                ha="center",
                va="center",
                rotation=angle,
                rotation_mode="anchor",
            )


def broadcasting(shape_a, shape_b, *, names=("a", "b")):
    """How two arrays broadcast: real cells full, repeated cells pale.

    Parameters
    ----------
    shape_a, shape_b : tuple of int
        At most two axes, at most eight long.
    names : (str, str)

    Shapes that do not fit each other are drawn as they are, with the reason. The rule
    is NumPy's: shapes are aligned at the right, and an axis of length 1 is repeated.
    """
    shapes = [_as_shape(shape_a, "shape_a"), _as_shape(shape_b, "shape_b")]
    names = as_pair(names, "names", "(name, name)")
    grids = [(1,) * (2 - len(shape)) + shape for shape in shapes]
    try:
        result = np.broadcast_shapes(*shapes)
    except ValueError:
        result = None
    full = grids if result is None else [(1,) * (2 - len(result)) + result] * 2
    parts = [
        (f"{name}: {_shape_text(shape)}", grid, shown, colour)
        for name, shape, grid, shown, colour in zip(
            names, shapes, grids, full, (_style.BLUE, _style.ORANGE), strict=True
        )
    ]
    if result is not None:
        parts.append((f"result: {_shape_text(result)}", full[0], full[0], _style.GREEN))
        said = f"{shapes[0]} and {shapes[1]} broadcast to {result}"
    else:
        clashes = [
            (m, n) for m, n in zip(*grids, strict=True) if m != n and 1 not in (m, n)
        ]
        first, second = clashes[-1]
        said = (
            f"{_shape_text(shapes[0])} and {_shape_text(shapes[1])} do not fit: "
            f"{first} against {second}"
        )

    text_width = [_text_width(part[0], 15) for part in parts]
    widths = [
        max(_CELL * part[2][1], text) + 80
        for part, text in zip(parts, text_width, strict=True)
    ]
    tall = max(part[2][0] for part in parts)
    width = int(sum(widths)) + 20
    height = _CELL * tall + (130 if result is None else 96)
    if result is None:
        width = max(width, int(_text_width(said, 15)) + 60)

    def draw(figure):
        figure.set_layout_engine("none")
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set_xlim(0, width)
        ax.set_ylim(height, 0)
        ax.set_axis_off()
        left = 10.0 + (width - 20 - sum(widths)) / 2
        for number, ((label, grid, shown, colour), size) in enumerate(
            zip(parts, widths, strict=True)
        ):
            middle = left + size / 2
            ax.text(
                middle,
                30,
                label,
                ha="center",
                va="center",
                fontsize=_style.points("title"),
                weight="bold",
            )
            top = 66 + _CELL * (tall - shown[0]) / 2
            _draw_cells(ax, middle - _CELL * shown[1] / 2, top, grid, shown, colour)
            sign = ["", "and", "gives"][number]
            ax.text(
                left,
                66 + _CELL * tall / 2,
                sign,
                ha="center",
                va="center",
                fontsize=_style.points("label"),
            )
            left += size
        if result is None:
            ax.text(
                width / 2,
                height - 28,
                said,
                color=_style.RED,
                ha="center",
                va="center",
                fontsize=_style.points("title"),
                weight="bold",
            )

    return show_figure(draw, said, width, height)


def _draw_cells(ax, left, top, grid, shown, colour):
    from matplotlib.patches import Rectangle

    for row in range(shown[0]):
        for column in range(shown[1]):
            real = row < grid[0] and column < grid[1]
            ax.add_patch(
                Rectangle(
                    (left + _CELL * column + 2, top + _CELL * row + 2),
                    _CELL - 4,
                    _CELL - 4,
                    facecolor=colour,
                    alpha=0.85 if real else 0.18,
                    linewidth=0,
                )
            )
            if not real:
                ax.add_patch(
                    Rectangle(
                        (left + _CELL * column + 2, top + _CELL * row + 2),
                        _CELL - 4,
                        _CELL - 4,
                        facecolor="none",
                        edgecolor=colour,
                        linestyle=(0, (3, 2)),
                        linewidth=1.2,
                    )
                )


def _as_shape(shape, name):
    if isinstance(shape, int | np.integer):
        shape = (shape,)
    try:
        shape = tuple(shape)
    except TypeError:
        raise TypeError(
            f"{name}: expected a tuple of integers, got {type(shape).__name__}"
        ) from None
    shape = tuple(as_count(length, name) for length in shape)
    if len(shape) > 2 or max(shape, default=1) > _MOST_CELLS:
        raise ValueError(
            f"{name}: expected at most two axes of at most {_MOST_CELLS}, got {shape}"
        )
    return shape


def _shape_text(shape):
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


def _as_label(value):
    if value is None:
        return ""
    shown = value if isinstance(value, str) else f"{value:.3g}"
    return shown.replace("-", "\N{MINUS SIGN}") if shown[:1] == "-" else shown


def _text_width(text, size):
    """Width in pixels of a text, mathematics included."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    if not text:
        return 0.0
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold")
    width, _, _ = TextToPath().get_text_width_height_descent(
        text, font, ismath=text.count("$") > 1
    )
    return width * _style.DPI / 72
