"""Small images side by side, and what a classifier says of some."""

import numpy as np

from ... import _cells, _drawing, _style
from ..._arguments import as_array, as_count
from ..._plot_arguments import (
    as_image_shape,
    as_images,
    as_probabilities,
    check_classes,
)
from .._layers import arrays_of
from ..scene import Axes, Bars, Picture, Scene, Texts
from .base import Panel


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
    negative blue and positive red, or a layer or model: its first weights.
    """

    def __init__(self, name, shape=(28, 28), columns=8, count=32):
        super().__init__(name)
        self.shape = as_image_shape(shape)
        self.columns = as_count(columns, "columns")
        self.count = as_count(count, "count")
        self.columns = min(self.columns, self.count)
        lines = -(-self.count // self.columns)
        high = lines * (self.shape[0] + 1) - 1
        wide = self.columns * (self.shape[1] + 1) - 1
        self._axes = Axes(name, (0, wide), (0, high), frame=False, equal=True)
        self.reset()

    def reset(self):
        """Forget the images."""
        self.rows = None

    def record(self, value):
        """Replace the images."""
        shape = ("M", self.shape[0] * self.shape[1])
        rows = as_array(value, self.name, shape=shape, finite=False)
        # Training may change these weights in place before they are drawn.
        self.rows = rows[: self.count].copy()

    def observe(self, model):
        """Replace the images by the first weights of a layer or a model."""
        weights = arrays_of(model, "weights")
        if not weights:
            raise TypeError(f"{self.name}: {type(model).__name__} has no weights")
        self.record(next(iter(weights.values())))

    def scene(self):
        """All images in one picture, scaled by the largest number of all."""
        rows = np.empty((0, 1)) if self.rows is None else self.rows
        picture = _drawing.montage(rows, self.shape, self.columns, self.count)
        cells = _cells.signed_cells(picture)
        place = (*self._axes.xlim, *self._axes.ylim)
        shown = Picture(cells, _cells.signed(), place)
        return Scene(self._axes, moving={"images": shown})

    def describe(self):
        """One line for those who cannot see the picture."""
        shown = 0 if self.rows is None else len(self.rows)
        return (
            f"{self.name}: {shown} images of {self.shape[0]} x {self.shape[1]} pixels"
        )


class Predictions(Panel):
    """Images, and beside each a bar for the probability of each class.

    Parameters
    ----------
    name : str
    count : int
        How many images, one under the other.
    classes : int
    names : sequence of str, optional
        Names of the classes; their numbers by default.

    A value is ``(images, probabilities)`` or ``(images, probabilities, labels)``:
    images (K, H, W) or (K, side * side), probabilities (K, C), labels (K,). The first
    `count` are shown. With labels, a wrong prediction is orange and the right class
    blue.
    """

    def __init__(self, name="predictions", count=3, classes=10, *, names=None):
        super().__init__(name)
        self.count, self.classes = (
            as_count(count, "count"),
            as_count(classes, "classes"),
        )
        self.names = [str(n) for n in (range(classes) if names is None else names)]
        if len(self.names) != self.classes:
            raise ValueError(
                f"names: expected {self.classes}, one for each class, "
                f"got {len(self.names)}"
            )
        # Images are squares of one unit; the bars take what is left beside them.
        self._wide = max(2.3, 1.5 * self.count)
        self._axes = Axes(
            name, (0.0, self._wide), (0.0, float(self.count)), frame=False, equal=True
        )
        self.reset()

    def reset(self):
        """Forget the images."""
        self.images = self.probabilities = self.labels = None

    def record(self, value):
        """Replace images, probabilities and labels."""
        if not isinstance(value, tuple | list) or len(value) not in (2, 3):
            raise ValueError(
                f"{self.name}: expected (images, probabilities) or "
                f"(images, probabilities, labels), got {value!r:.60}"
            )
        images = as_images(value[0], f"{self.name}, images")
        shape = (len(images), self.classes)
        probabilities = as_probabilities(value[1], f"{self.name}, probabilities", shape)
        labels = None
        if len(value) == 3:
            name = f"{self.name}, labels"
            labels = as_array(value[2], name, shape=shape[:1], integer=True)
            check_classes(labels, name, self.classes)
            labels = labels[: self.count].astype(int)
        self.images = images[: self.count].copy()
        self.probabilities, self.labels = probabilities[: self.count].copy(), labels

    def scene(self):
        """Each image at the left, bars and the names of the classes at its right."""
        if self.images is None:
            return Scene(self._axes)
        marks, width = {}, (self._wide - 1.25) / self.classes
        starts = 1.2 + width * np.arange(self.classes)
        names, said = Texts([], [], [], [], size="tick"), Texts([], [], [], [])
        said.across, said.bold = "left", True
        for k, (image, shares) in enumerate(
            zip(self.images, self.probabilities, strict=True)
        ):
            floor = self.count - 1 - k
            marks[f"image {k}"] = Picture(
                _cells.grey_cells(image),
                _cells.grey(),
                (0.05, 0.95, floor + 0.05, floor + 0.95),
            )
            colours = self._colours(k)
            marks[f"bars {k}"] = Bars(
                starts,
                starts + 0.85 * width,
                np.full(self.classes, floor + 0.22),
                floor + 0.22 + 0.48 * np.clip(shares, 0, 1),
                colours,
            )
            names.xs += list(starts + 0.42 * width)
            names.ys += [floor + 0.11] * self.classes
            names.texts += self.names
            names.colour += [_style.INK] * self.classes
            words, colour = self._verdict(k)
            said.xs.append(1.2)
            said.ys.append(floor + 0.84)
            said.texts.append(words)
            said.colour.append(colour)
        return Scene(self._axes, moving=marks | {"names": names, "said": said})

    def _colours(self, k):
        best = int(self.probabilities[k].argmax())
        colours = [_style.SKY] * self.classes
        colours[best] = _style.BLUE
        if self.labels is not None and self.labels[k] != best:
            colours[best], colours[self.labels[k]] = _style.RED, _style.BLUE
        return colours

    def _verdict(self, k):
        best = int(self.probabilities[k].argmax())
        said = f"{self.names[best]} ({self.probabilities[k, best]:.0%})"
        if self.labels is None:
            return said, _style.INK
        if self.labels[k] == best:
            return f"{said}: right", _style.BLUE
        return f"{said}: it is {self.names[self.labels[k]]}", _style.RED

    def describe(self):
        """One line for those who cannot see the picture."""
        if self.images is None:
            return f"{self.name}: no images"
        said = "; ".join(self._verdict(k)[0] for k in range(len(self.images)))
        return f"{self.name}: {said}"
