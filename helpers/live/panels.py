"""What a live figure shows: panels that hold data and know nothing of drawing."""

from array import array

import numpy as np

from .._arguments import as_array, as_count, as_function, as_number
from .._plot_arguments import (
    around,
    as_columns,
    as_image_shape,
    as_limits,
    as_names,
    as_pair,
    as_samples,
    as_scores,
    grid_points,
    unknown,
)

# Beyond this a number cannot be drawn: axis limits would overflow.
_LARGEST = 1e300


class Panel:
    """One picture of a board: its name, and the data it shows.

    A subclass keeps the data. `record` takes a value and checks it; `evaluate` makes
    the value from a function, which a board calls only when it draws.
    """

    def __init__(self, name):
        if not isinstance(name, str):
            raise TypeError(f"name: expected a string, got {type(name).__name__}")
        if not name:
            raise ValueError("name: expected at least one letter, got an empty string")
        self.name = name

    def evaluate(self, function):
        """Record what `function()` returns."""
        self.record(function())


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
    ):
        super().__init__(name)
        self.single = lines is None
        self.lines = [name] if lines is None else as_names(lines, "lines")
        self.xlabel, self.ylabel, self.log = xlabel, ylabel, bool(log)
        self.xlim = None if xlim is None else as_limits(xlim, "xlim")
        self.ylim = None if ylim is None else as_limits(ylim, "ylim")
        self.reset()

    def reset(self):
        """Forget all points."""
        self._points = {line: (array("d"), array("d")) for line in self.lines}
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
            if line not in self._points:
                raise ValueError(unknown(line, self.lines, f"{self.name}: line"))
        for line, number in y.items():
            self._add(line, x, number, f"{self.name}, {line}")

    def _add(self, line, x, y, name):
        y = _item(y)
        if isinstance(y, bool) or not isinstance(y, int | float | np.number):
            raise TypeError(f"{name}: expected a number, got {type(y).__name__}")
        y = float(y)
        if not abs(y) <= _LARGEST:
            y = np.nan
            self.not_finite_from.setdefault(line, x)
        xs, ys = self._points[line]
        xs.append(x)
        ys.append(y)

    def points(self, line):
        """The points so far, as two arrays of shape (P,); NaN at a gap."""
        xs, ys = self._points[line]
        return np.array(xs), np.array(ys)

    def latest(self, line):
        """The last point, or None."""
        xs, ys = self._points[line]
        return (xs[-1], ys[-1]) if xs else None

    def describe(self):
        """One line for those who cannot see the picture."""
        said = []
        for line in self.lines:
            if (last := self.latest(line)) is not None:
                said.append(f"{line} {last[1]:.3g} at {self.xlabel} {last[0]:g}")
        return ", ".join(said) or f"{self.name}: no points"


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

    A value is ``(xs, ys)``, each (P,) or (P, 1), in any order of xs.
    """

    def __init__(
        self, x, t, name="fit", *, xlabel="x", ylabel="y", xlim=None, ylim=None
    ):
        super().__init__(name)
        self.x, self.t = as_columns((x, t), ("x", "t"))
        if not self.x.size:
            raise ValueError("x: expected at least one sample, got none")
        self.xlabel, self.ylabel = xlabel, ylabel
        self.xlim = around(self.x, 0.03) if xlim is None else as_limits(xlim, "xlim")
        self.ylim = around(self.t, 0.10) if ylim is None else as_limits(ylim, "ylim")
        self.reset()

    def reset(self):
        """Forget the line; the data stay."""
        self.line = None

    def record(self, value):
        """Replace the line."""
        value = as_pair(value, self.name, "(xs, ys)")
        names = (f"{self.name}, xs", f"{self.name}, ys")
        xs, ys = as_columns(value, names, finite=False)
        order = np.argsort(xs, kind="stable")
        self.line = xs[order], ys[order]

    def describe(self):
        """One line for those who cannot see the picture."""
        line = "no line yet" if self.line is None else "the line fitted to them"
        return f"{self.name}: {self.x.size} data points and {line}"


class Images(Panel):
    """A grid of small images, such as the first layer's weights.

    Parameters
    ----------
    name : str
    shape : (int, int)
        Height and width of one image, in pixels.
    columns : int
        Images in a row.
    count : int
        Images in all.

    A value is an array (M, height * width), of which the first `count` rows are shown,
    negative blue and positive red.
    """

    def __init__(self, name, shape=(28, 28), columns=8, count=32):
        super().__init__(name)
        self.shape = as_image_shape(shape)
        self.columns = as_count(columns, "columns")
        self.count = as_count(count, "count")
        self.reset()

    def reset(self):
        """Forget the images."""
        self.rows = None

    def record(self, value):
        """Replace the images."""
        shape = ("M", self.shape[0] * self.shape[1])
        self.rows = as_array(value, self.name, shape=shape, finite=False)[: self.count]

    def describe(self):
        """One line for those who cannot see the picture."""
        shown = 0 if self.rows is None else len(self.rows)
        return (
            f"{self.name}: {shown} images of {self.shape[0]} x {self.shape[1]} pixels"
        )


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
        self.xlim, self.ylim = as_limits(xlim, "xlim"), as_limits(ylim, "ylim")
        self.lines = as_names(names, "names")
        self.xlabel, self.ylabel = xlabel, ylabel
        self.reset()

    def reset(self):
        """Forget the paths."""
        self._points = {line: (array("d"), array("d")) for line in self.lines}

    def record(self, value):
        """Add one point to some or all of the paths."""
        if not isinstance(value, dict):
            raise TypeError(
                f"{self.name}: expected {{name: (x, y)}}, got {type(value).__name__}"
            )
        for line in value:
            if line not in self._points:
                raise ValueError(unknown(line, self.lines, f"{self.name}: path"))
        for line, point in value.items():
            point = as_array(point, f"{self.name}, {line}", shape=(2,), finite=False)
            good = bool((np.abs(point) <= _LARGEST).all())
            for numbers, number in zip(self._points[line], point, strict=True):
                numbers.append(float(number) if good else np.nan)

    def points(self, line):
        """The points so far, as two arrays of shape (P,); NaN at a gap."""
        xs, ys = self._points[line]
        return np.array(xs), np.array(ys)

    def describe(self):
        """One line for those who cannot see the picture."""
        said = []
        for line in self.lines:
            xs, ys = self._points[line]
            where = f"at ({xs[-1]:.3g}, {ys[-1]:.3g})" if xs else "not started"
            said.append(f"{line} {where}")
        return f"{self.name}: " + ", ".join(said)


class Boundary(Panel):
    """The regions into which a classifier divides the plane, and the samples.

    Parameters
    ----------
    x : array, shape (N, 2)
    labels : array of int, shape (N,) or (N, 1)
    name : str
    threshold : float
        With one score for a point: the score from which class 1 begins.

    A value is a function from points (P, 2) to logits (P, C) or scores (P, 1), such as
    ``model.forward``. A board calls it only when it draws.
    """

    # Points of the grid in each direction.
    side = 80

    def __init__(self, x, labels, name="boundary", *, threshold=0.0):
        super().__init__(name)
        self.x, self.labels = as_samples(x, labels)
        self.threshold = as_number(threshold, "threshold")
        self.xlim, self.ylim = around(self.x[:, 0], 0.1), around(self.x[:, 1], 0.1)
        self.grid = grid_points(self.xlim, self.ylim, self.side)
        self.reset()

    def reset(self):
        """Forget the regions; the samples stay."""
        self.scores = None

    def record(self, value):
        """Refuse what is not a function."""
        as_function(value, self.name)

    def evaluate(self, function):
        """Record the scores of `function` on the grid."""
        self.scores = as_scores(function(self.grid.copy()), self.name, len(self.grid))

    def describe(self):
        """One line for those who cannot see the picture."""
        classes = len(np.unique(self.labels))
        return (
            f"{self.name}: {len(self.x)} samples of {classes} classes and their regions"
        )


def _item(number):
    if isinstance(number, np.ndarray) and number.size == 1:
        return number.item()
    return number
