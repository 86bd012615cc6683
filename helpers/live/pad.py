"""A pad on which one draws a digit with the mouse, and what a network says of it."""

import asyncio

import numpy as np

from .._arguments import as_array, as_function
from ..execution import is_grading
from . import _screens
from .board import Board
from .panels import Predictions

# The pad's picture: pixels on a side, as the browser sends it.
SIDE = 112
# MNIST: a digit fits in a box of 20 pixels, within an image of 28.
_BOX, _IMAGE = 20, 28
# Seconds without a stroke after which a still picture takes the pad's place.
_PATIENCE = 900.0


def draw_digit(recognise, example, *, name="what the network says"):
    """Show a pad to draw on; while one draws, the ten probabilities follow.

    Parameters
    ----------
    recognise : function
        From images (1, 784) float32, 0 to 1, to probabilities (1, 10), for example
        ``lambda x: softmax(network.forward(x))``.
    example : array, shape (784,) or (28, 28)
        An image that is shown before anyone draws, and where nobody can.
    name : str
        The title.

    What is drawn is fitted into 20 x 20 pixels and moved so that its centre of mass is
    in the middle of 28 x 28, as MNIST's digits were (LeCun, Bottou, Bengio and Haffner,
    1998, *Gradient-based learning applied to document recognition*, section III.A).

    Done, or 15 minutes without a stroke, leaves a still picture. While a notebook is
    graded nothing happens.

    Raises
    ------
    TypeError, ValueError
        If `recognise` is no function, or returns no probabilities.
    """
    as_function(recognise, "recognise")
    example = as_array(example, "example").reshape(-1)
    example = as_array(example, "example", shape=(_IMAGE * _IMAGE,))
    if is_grading():
        return
    pad = _Pad(recognise, name)
    if _screens.kind_of_screen() == "canvas":
        pad.show(example)
    else:
        pad.show_still(example)


class _Pad:
    def __init__(self, recognise, name):
        self._recognise, self._name = recognise, name
        self._board = Board(Predictions(name, count=1))

    def show_still(self, example):
        with self._board:
            self._predict(example)

    def show(self, example):
        from ._pad_widget import PadWidget

        widget = PadWidget(self._see, self.finish)
        self._board.start(widget.beside)
        self._predict(example)
        self._board.draw()
        self._loop = asyncio.get_running_loop()
        self._wait_for_strokes()
        _screens.occupy(self)

    def abandon(self):
        """End without a picture: the cell that would show it runs again."""
        self._timer.cancel()
        self._board.abandon()

    def finish(self):
        """Put a still picture in the pad's place."""
        self._timer.cancel()
        _screens.vacate(self)
        self._board.finish()

    def _see(self, ink):
        self._loop.call_soon_threadsafe(self._wait_for_strokes)
        self._predict(fit_into_image(ink))
        self._board.draw()

    def _wait_for_strokes(self):
        if hasattr(self, "_timer"):
            self._timer.cancel()
        self._timer = self._loop.call_later(_PATIENCE, self.finish)

    def _predict(self, image):
        images = np.asarray(image, dtype=np.float32).reshape(1, -1)
        probabilities = self._recognise(images)
        self._board.record({self._name: (images, probabilities)})


def fit_into_image(ink):
    """A drawing as MNIST would have it.

    Parameters
    ----------
    ink : array of uint8, shape (S, S)
        0 where there is no ink, 255 where there is all.

    Returns
    -------
    array of float32, shape (28, 28)
        0 to 1; zeros if there is no ink.
    """
    from PIL import Image

    image = np.zeros((_IMAGE, _IMAGE), dtype=np.float32)
    rows, columns = np.nonzero(ink)
    if not rows.size:
        return image
    digit = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    scale = _BOX / max(digit.shape)
    height, width = (max(1, round(side * scale)) for side in digit.shape)
    small = Image.fromarray(digit).resize((width, height), Image.Resampling.BOX)
    small = np.asarray(small, dtype=np.float32) / 255
    total = small.sum()
    corner = []
    for axis, side in enumerate(small.shape):
        mass = small.sum(axis=1 - axis)
        centre = (mass * (np.arange(side) + 0.5)).sum() / total
        corner.append(int(np.clip(round(_IMAGE / 2 - centre), 0, _IMAGE - side)))
    top, left = corner
    image[top : top + height, left : left + width] = small
    return image
