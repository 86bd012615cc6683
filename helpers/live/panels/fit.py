"""Data, and lines over them."""

import numpy as np

from ... import _style
from ..._plot_arguments import (
    around,
    as_columns,
    as_limits,
    as_names,
    as_pair,
    check_named,
    unknown,
)
from .._layers import snapshot
from ..scene import Axes, Line, Points, Scene, legend
from .base import Panel


class Fit(Panel):
    """Data points, and the line that a model draws through them.

    Parameters
    ----------
    x, t : array, shape (N,) or (N, 1)
        The data.
    name : str
    xlabel, ylabel : str
    xlim, ylim : (float, float), optional
        Limits of the axes; without them those of the data.

    A value is ``(xs, ys)``, each (P,) or (P, 1), in any order of xs, or a model, whose
    `forward` is then asked at 200 inputs (200, 1) from one side to the other.
    """

    # Inputs at which a model is asked.
    side = 200

    def __init__(
        self, x, t, name="fit", *, xlabel="x", ylabel="y", xlim=None, ylim=None
    ):
        super().__init__(name)
        self._xlim = None if xlim is None else as_limits(xlim, "xlim")
        self._ylim = None if ylim is None else as_limits(ylim, "ylim")
        self._labels = xlabel, ylabel
        self.replace(x, t)

    def replace(self, x, t):
        """Show other data, and no line yet; a lesson may do so at its start."""
        self.x, self.t = as_columns((x, t), ("x", "t"))
        if not self.x.size:
            raise ValueError("x: expected at least one sample, got none")
        xlim, ylim = self._xlim, self._ylim
        xlim = around(self.x, 0.03) if xlim is None else xlim
        ylim = around(self.t, 0.10) if ylim is None else ylim
        self._axes = Axes(self.name, xlim, ylim, *self._labels)
        grey = {"size": 5.0, "edge": None, "alpha": 0.6}
        self._data = Points(self.x, self.t, _style.FAINT, **grey)
        self.reset()

    def reset(self):
        """Forget the line; the data stay."""
        self.line = None

    def record(self, value):
        """Replace the line."""
        value = as_pair(value, self.name, "(xs, ys)")
        self.line = _sorted(value, self.name)

    def observe(self, model):
        """Replace the line by what the model says now."""
        xs = np.linspace(*self._axes.xlim, self.side)[:, None]
        self.record((xs, snapshot(model).forward(xs)))

    def scene(self):
        """Grey points, and a red line over them."""
        xs, ys = self.line or (np.empty(0), np.empty(0))
        line = Line(xs, ys, _style.RED, width=3.2)
        return Scene(self._axes, {"data": self._data}, {"line": line})

    def describe(self):
        """One line for those who cannot see the picture."""
        line = "no line yet" if self.line is None else "the line fitted to them"
        return f"{self.name}: {self.x.size} data points and {line}"


class Lines(Panel):
    """One or several lines that are replaced at each update, with a point on each.

    Parameters
    ----------
    name : str
    lines : sequence of str
        Names of the lines; they stand beside their colours.
    xlim, ylim : (float, float)
    xlabel, ylabel : str
    log : bool
        Whether the y axis is logarithmic.
    dashed : sequence of str
        The lines that are dashed.

    A value is ``{line: (xs, ys)}`` for some or all lines, each (P,) or (P, 1); a single
    point is drawn as one.
    """

    def __init__(
        self,
        name,
        lines,
        xlim,
        ylim,
        *,
        xlabel="x",
        ylabel="",
        log=False,
        dashed=(),
    ):
        super().__init__(name)
        self.lines = as_names(lines, "lines")
        xlim, ylim = as_limits(xlim, "xlim"), as_limits(ylim, "ylim")
        if log and ylim[0] <= 0:
            raise ValueError(
                f"ylim: expected limits above 0 on a logarithmic axis, got {ylim}"
            )
        colours = [_style.colour_of(place) for place in range(len(self.lines))]
        self._names, rows = legend(self.lines, colours)
        self._axes = Axes(name, xlim, ylim, xlabel, ylabel, log=bool(log), rows=rows)
        self._dashed = set(dashed)
        for line in dashed:
            if line not in self.lines:
                raise ValueError(unknown(line, self.lines, "dashed: line"))
        self.reset()

    def reset(self):
        """Forget all lines."""
        self._values = {line: (np.empty(0), np.empty(0)) for line in self.lines}

    def record(self, value):
        """Replace some or all of the lines."""
        check_named(value, self._values, self.name, "{line: (xs, ys)}", "line")
        for line, pair in value.items():
            pair = as_pair(pair, f"{self.name}, {line}", "(xs, ys)")
            self._values[line] = _sorted(pair, f"{self.name}, {line}")

    def scene(self):
        """Lines in their colours, and their names."""
        lines, points = {}, {}
        for place, (line, (xs, ys)) in enumerate(self._values.items()):
            colour = _style.colour_of(place)
            if len(xs) == 1:
                points[f"point {line}"] = Points(xs, ys, colour, size=11.0)
            else:
                lines[line] = Line(xs, ys, colour, dashed=line in self._dashed)
        return Scene(self._axes, {"names": self._names}, lines | points)

    def describe(self):
        """One line for those who cannot see the picture."""
        return f"{self.name}: {', '.join(self.lines)} over {self._axes.xlabel}"


def _sorted(pair, name):
    xs, ys = as_columns(pair, (f"{name}, xs", f"{name}, ys"), finite=False)
    order = np.argsort(xs, kind="stable")
    return xs[order], ys[order]
