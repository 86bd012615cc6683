"""The regions of a classifier in the plane."""

import numpy as np

from ... import _cells, _style
from ..._arguments import as_function, as_number
from ..._plot_arguments import around, as_samples, as_scores, grid_points
from .._layers import is_layer, snapshot
from ..scene import Axes, Picture, Points, Scene
from .base import Panel


class Boundary(Panel):
    """The regions into which a classifier divides the plane, and the samples.

    Parameters
    ----------
    x : array, shape (N, 2)
    labels : array of int, shape (N,) or (N, 1)
    name : str
    threshold : float
        With one score for a point: the score from which class 1 begins.
    xlabel, ylabel : str

    A value is a function from points (P, 2) to logits (P, C) or scores (P, 1), such as
    ``model.forward``, or the model itself. It is called only when there is time to
    draw.
    """

    # Points of the grid in each direction.
    side = 80

    def __init__(
        self, x, labels, name="boundary", *, threshold=0.0, xlabel="x1", ylabel="x2"
    ):
        super().__init__(name)
        self.threshold = as_number(threshold, "threshold")
        self._labels = xlabel, ylabel
        self.replace(x, labels)

    def replace(self, x, labels):
        """Show other samples, and no regions yet; a lesson may do so at its start."""
        self.x, self.labels = as_samples(x, labels)
        xlim, ylim = around(self.x[:, 0], 0.1), around(self.x[:, 1], 0.1)
        self._axes = Axes(self.name, xlim, ylim, *self._labels, grid=False)
        self.grid = grid_points(xlim, ylim, self.side)
        self._samples = {
            f"class {label}": Points(
                *self.x[self.labels == label].T,
                _style.colour_of(label),
                _style.MARKERS[label % len(_style.MARKERS)],
            )
            for label in np.unique(self.labels)
        }
        self.reset()

    def reset(self):
        """Forget the regions; the samples stay."""
        self.scores = None

    def record(self, value):
        """Refuse what is not a function."""
        as_function(value, self.name)

    def evaluate(self, source):
        """Record the scores of a function, or of a model, on the grid."""
        function = source
        model = source if is_layer(source) else getattr(source, "__self__", None)
        if is_layer(model):
            name = "forward" if source is model else source.__name__
            function = getattr(snapshot(model), name)
        self.scores = as_scores(function(self.grid.copy()), self.name, len(self.grid))

    def scene(self):
        """The likeliest class in its colour, paler where it is unsure; the samples."""
        marks = {}
        if self.scores is not None:
            cells, palette = _cells.region_cells(self.scores, self.threshold, self.side)
            place = (*self._axes.xlim, *self._axes.ylim)
            marks["regions"] = Picture(cells, palette, place, smooth=True)
        return Scene(self._axes, moving=marks | self._samples)

    def describe(self):
        """One line for those who cannot see the picture."""
        classes = len(np.unique(self.labels))
        return (
            f"{self.name}: {len(self.x)} samples of {classes} classes and their regions"
        )
