"""Which class is taken for which."""

import numpy as np

from ... import _cells, _style
from ..._arguments import as_count
from ..._plot_arguments import as_pair, count_confusions
from ..scene import Axes, Picture, Scene, Texts
from .base import Panel


class Confusion(Panel):
    """A table of which class was taken for which: right in blue, wrong in orange.

    Parameters
    ----------
    name : str
    classes : int

    A value is ``(predicted, labels)``, two arrays of integers (N,).
    """

    def __init__(self, name="confusions", classes=10):
        super().__init__(name)
        self.classes = as_count(classes, "classes")
        limits = -0.5, self.classes - 0.5
        ticks = tuple((float(c), str(c)) for c in range(self.classes))
        turned = tuple((self.classes - 1 - place, text) for place, text in ticks)
        self._axes = Axes(
            name,
            limits,
            limits,
            "predicted",
            "label",
            xticks=ticks,
            yticks=turned,
            grid=False,
        )
        self.reset()

    def reset(self):
        """Forget the counts."""
        self.counts = np.zeros((self.classes, self.classes), dtype=int)

    def record(self, value):
        """Count predictions anew."""
        predicted, labels = as_pair(value, self.name, "(predicted, labels)")
        self.counts = count_confusions(
            predicted, labels, self.classes, f"{self.name}, "
        )

    def scene(self):
        """Colours by the counts, and the counts of those that occur."""
        cells, palette = _cells.confusion_cells(self.counts), _cells.confusions()
        edge = -0.5, self.classes - 0.5
        picture = Picture(cells, palette, (*edge, *edge))
        rows, columns = np.nonzero(self.counts)
        crowded = self.classes > 10 or _style.text_scale() > 1
        size = "small" if crowded else "tick"
        texts = [str(count) for count in self.counts[rows, columns]]
        ys = (self.classes - 1 - rows).tolist()
        counts = Texts(columns.tolist(), ys, texts, size=size)
        return Scene(self._axes, moving={"colours": picture, "counts": counts})

    def describe(self):
        """One line for those who cannot see the picture."""
        right, total = int(np.trace(self.counts)), int(self.counts.sum())
        return f"{self.name}: {right} of {total} right"
