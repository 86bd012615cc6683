"""The pad's widgets: paper to draw on, and its two buttons."""

import ipywidgets
import numpy as np
import traitlets

from .. import _style
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
        clear = ipywidgets.Button(description="Clear", icon="eraser")
        clear.on_click(self._clear)
        done = ipywidgets.Button(description="Done", icon="check")
        done.on_click(lambda _: finish())
        for button in (clear, done):
            button.layout.width = "auto"
        self._buttons = ipywidgets.HBox([clear, done])

    def beside(self, figure):
        """The paper at the left, the figure at its right, as one widget."""
        left = ipywidgets.VBox([self._paper, self._buttons])
        figure.layout.flex = "1 1 0"
        figure.layout.min_width = "360px"
        layout = ipywidgets.Layout(align_items="center")
        desk = ipywidgets.Box([left, figure], layout=layout)
        desk.add_class("nn-desk")
        if _style.zoom() > 1:
            desk.add_class("nn-projector")
        return desk

    def _clear(self, _):
        self._paper.sheet += 1


def _as_picture(ink):
    return np.frombuffer(ink, dtype=np.uint8).reshape(SIDE, SIDE)
