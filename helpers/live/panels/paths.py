"""Paths on a surface."""

from array import array

import numpy as np

from ... import _cells, _style
from ..._arguments import as_array, as_function
from ..._plot_arguments import as_limits, as_names, check_named
from ..scene import Axes, Line, Picture, Points, Scene, legend
from .base import Panel
from .curve import LARGEST


class Paths(Panel):
    """A surface seen from above, and named paths that grow on it.

    Parameters
    ----------
    function : function of (x, y)
        The height at two floats, a number.
    xlim, ylim : (float, float)
    names : sequence of str
        One for each path.
    name, xlabel, ylabel : str

    A value is ``{name: (x, y)}``: the next point of some or all paths.
    """

    def __init__(
        self, function, xlim, ylim, names, name="paths", *, xlabel="x", ylabel="y"
    ):
        super().__init__(name)
        self.function = as_function(function, "function")
        self.lines = as_names(names, "names")
        xlim, ylim = as_limits(xlim, "xlim"), as_limits(ylim, "ylim")
        colours = [_style.colour_of(place) for place in range(len(self.lines))]
        names, rows = legend(self.lines, colours)
        if len(self.lines) == 1:
            rows = 0
        self._axes = Axes(name, xlim, ylim, xlabel, ylabel, grid=False, rows=rows)
        cells, levels = _cells.height_cells(self.function, xlim, ylim)
        self._ground = {
            "heights": Picture(cells, _cells.heights(), (*xlim, *ylim)),
            "levels": Line(*levels, "#ffffff", width=0.9),
        } | ({"names": names} if rows else {})
        self.reset()

    def reset(self):
        """Forget the paths."""
        self._points = {line: (array("d"), array("d")) for line in self.lines}

    def record(self, value):
        """Add one point to some or all of the paths."""
        check_named(value, self._points, self.name, "{name: (x, y)}", "path")
        for line, point in value.items():
            point = as_array(point, f"{self.name}, {line}", shape=(2,), finite=False)
            good = bool((np.abs(point) <= LARGEST).all())
            for numbers, number in zip(self._points[line], point, strict=True):
                numbers.append(float(number) if good else np.nan)

    def points(self, line):
        """The points so far, as two arrays of shape (P,); NaN at a gap."""
        xs, ys = self._points[line]
        return np.array(xs), np.array(ys)

    def scene(self):
        """Lines, each with a marker at its end, and their names over all."""
        moving = {}
        for place, line in enumerate(self.lines):
            colour = _style.colour_of(place)
            marker = _style.MARKERS[place % len(_style.MARKERS)]
            xs, ys = self.points(line)
            moving[f"path {line}"] = Line(xs, ys, colour, grows=True)
            moving[f"head {line}"] = Points(xs[-1:], ys[-1:], colour, marker, 10.0)
        return Scene(self._axes, self._ground, moving)

    def describe(self):
        """One line for those who cannot see the picture."""
        said = []
        for line in self.lines:
            xs, ys = self._points[line]
            where = f"at ({xs[-1]:.3g}, {ys[-1]:.3g})" if xs else "not started"
            said.append(f"{line} {where}")
        return f"{self.name}: " + ", ".join(said)
