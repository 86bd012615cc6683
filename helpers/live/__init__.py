"""Figures that move while a network trains: a few lines around your own loop.

>>> board = live.Board(live.Curve("loss", log=True), live.Fit(x, t))
>>> with board:
...     for epoch in range(epochs):
...         ...
...         board.update(loss=(epoch, loss), fit=model)

With buttons and sliders that act while it trains, the loop is a generator:

>>> def lesson(settings):
...     for step in range(1000):
...         ...
...         model.update_params(settings.learning_rate)
...         yield {"loss": (step, loss), "fit": model}
>>> panels = live.Curve("loss"), live.Fit(x, t)
>>> rate = live.Slider(0.1, 0.001, 1, log=True)
>>> live.play(lesson, *panels, steps=1000, learning_rate=rate)

A figure draws only what changed, and only as often as its time budget allows: in the
browser from the numbers alone, or, where that cannot be, as pictures. When it ends,
also by an error or an interrupt, a still picture stays in the notebook. Where nobody
looks there is only the still; while a notebook is graded there is nothing.

Panels say what there is to see as axes and marks (`scene`); `_matplotlib` draws these
for stills and pictures, `_canvas` sends their numbers to `browser/canvas.js`.
"""

from .board import Board
from .controls import Choice, Slider
from .pad import draw_digit
from .panels import (
    Boundary,
    Confusion,
    Curve,
    Fit,
    Graph,
    Histograms,
    Images,
    Lines,
    Paths,
    Predictions,
)
from .player import play

__all__ = [
    "Board",
    "Boundary",
    "Choice",
    "Confusion",
    "Curve",
    "Fit",
    "Graph",
    "Histograms",
    "Images",
    "Lines",
    "Paths",
    "Predictions",
    "Slider",
    "draw_digit",
    "play",
]
