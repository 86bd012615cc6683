"""The pad's widgets: paper to draw on, and its two buttons."""

import ipywidgets
import numpy as np
import traitlets

from ._desk import as_desk, make_button
from ._widget import BrowserWidget
from .pad import SIDE


class Paper(BrowserWidget):
    """The browser's side: it says "ink", with what is drawn."""

    side = traitlets.Int(SIDE).tag(sync=True)
    # Counts up at each Clear.
    sheet = traitlets.Int(0).tag(sync=True)


class PadWidget:
    """Paper, Clear and Done.

    Parameters
    ----------
    see : function of an array of uint8, shape (SIDE, SIDE)
        Called with what is drawn, after each part of a stroke.
    finish : function without arguments
        Called by Done.
    """

    def __init__(self, see, finish):
        self._paper = Paper("pad.js")
        self._paper.on("ink", lambda ink: see(_as_picture(ink)))
        clear = make_button("Clear", "eraser", self._clear)
        done = make_button("Done", "check", finish)
        self._buttons = ipywidgets.HBox([clear, done])

    def beside(self, figure):
        """The paper at the left, the figure at its right, as one widget."""
        left = ipywidgets.VBox([self._paper, self._buttons])
        figure.layout.flex = "1 1 0"
        figure.layout.min_width = "360px"
        layout = ipywidgets.Layout(align_items="center")
        return as_desk(ipywidgets.Box([left, figure], layout=layout))

    def _clear(self):
        self._paper.sheet += 1


def _as_picture(ink):
    return np.frombuffer(ink, dtype=np.uint8).reshape(SIDE, SIDE)
