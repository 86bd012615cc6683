"""A computational graph through which values and gradients flow."""

import numpy as np

from ... import _style
from ..._plot_arguments import as_graph, check_named
from ..scene import Axes, Bars, Line, Points, Scene, Texts
from .base import Panel

# In units of a column and of a row.
_HALF_WIDTH, _HALF_HEIGHT = 0.25, 0.24
_APART = 0.07


class Graph(Panel):
    """A computational graph: values forward in blue, gradients back in red.

    Parameters
    ----------
    columns : sequence of sequences of str
        Names of the nodes from left to right; an empty name keeps a place free.
    edges : sequence of (str, str)
        From which node to which, always to the right.
    name : str

    A value is ``{(from, to): (value, gradient)}`` for some or all edges: numbers or
    strings, None for what is not known yet and not drawn.

    Raises
    ------
    ValueError
        If an edge names no node or does not lead to the right, or a name is used twice.
    """

    # It needs the width of two other panels.
    span = 2

    def __init__(self, columns, edges, name="graph"):
        super().__init__(name)
        columns, self.edges = as_graph(columns, edges)
        rows = max(len(column) for column in columns)
        self._axes = Axes(
            name, (-0.4, len(columns) - 0.6), (0.0, float(rows)), frame=False
        )
        self._places = {}
        for k, column in enumerate(columns):
            top = rows / 2 + (len(column) - 1) / 2
            for row, node in enumerate(column):
                if node:
                    self._places[node] = np.array([k, top - row])
        self._fixed = self._draw_nodes(columns)
        self.reset()

    def reset(self):
        """Forget all values and gradients."""
        self.values = {edge: (None, None) for edge in self.edges}

    def record(self, value):
        """Replace what flows along some or all of the edges."""
        form = "{(from, to): (value, gradient)}"
        check_named(value, self.values, self.name, form, "edge")
        for edge, pair in value.items():
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise ValueError(
                    f"{self.name}, {edge}: expected (value, gradient), got {pair!r:.60}"
                )
            for flow in pair:
                _check_flow(flow, f"{self.name}, {edge}")
        self.values |= value

    def scene(self):
        """Nodes and faint edges; what flows along an edge gives it its colour."""
        marks = {}
        for side, colour in ((0, _style.BLUE), (1, _style.RED)):
            words = Texts([], [], [], colour, bold=True, size="text", box=True)
            for edge, pair in self.values.items():
                if pair[side] is None:
                    continue
                start, end = self._ends(edge, side)
                marks[f"{edge} {side}"] = Line(
                    *np.transpose([start, end]), colour, 2.6, dashed=bool(side)
                )
                tip = start if side else end
                marker = "<" if side else ">"
                marks[f"tip {edge} {side}"] = Points(
                    tip[:1], tip[1:], colour, marker, 10.0
                )
                place = (start + end) / 2
                words.xs.append(float(place[0]))
                words.ys.append(float(place[1]) + (-0.14 if side else 0.14))
                words.texts.append(_as_text(pair[side]))
            marks["gradients" if side else "values"] = words
        return Scene(self._axes, self._fixed, marks)

    def _ends(self, edge, side):
        start, end = (self._places[node] for node in edge)
        reach = np.array([_HALF_WIDTH + 0.03, 0.0])
        shift = np.array([0.0, -_APART if side else _APART])
        return start + reach + shift, end - reach + shift

    def _draw_nodes(self, columns):
        marks = {}
        for edge in self.edges:
            ends = np.transpose(self._ends(edge, 0)) - [[0.0], [_APART]]
            marks[f"edge {edge}"] = Line(*ends, "#cccccc", 1.4)
        places = np.array(list(self._places.values()))
        half = np.array([_HALF_WIDTH, _HALF_HEIGHT])
        (left, low), (right, high) = (places - half).T, (places + half).T
        marks["boxes"] = Bars(left, right, low, high, "#e8f1f8", edge=_style.INK)
        names = list(self._places)
        marks["names"] = Texts(
            *places.T.tolist(), names, size="label" if len(columns) < 7 else "tick"
        )
        return marks

    def describe(self):
        """One line for those who cannot see the picture."""
        said = []
        for (start, end), (value, gradient) in self.values.items():
            if value is not None:
                back = "" if gradient is None else f", gradient {_as_text(gradient)}"
                said.append(f"{start} to {end} {_as_text(value)}{back}")
        return f"{self.name}: " + ("; ".join(said) or "nothing flows yet")


def _check_flow(flow, name):
    known = str | int | float | np.number | None
    single = isinstance(flow, np.ndarray) and flow.shape == ()
    if not single and not isinstance(flow, known):
        raise TypeError(
            f"{name}: expected a number, a string or None, got {type(flow).__name__}"
        )


def _as_text(value):
    return value if isinstance(value, str) else f"{float(value):.3g}"
