"""Figures that move while a network trains: a few lines around your own loop.

>>> board = live.Board(live.Curve("loss", log=True), live.Fit(x, t))
>>> with board:
...     for epoch in range(epochs):
...         ...
...         board.update(
...             loss=(epoch, loss), fit=lambda: (grid, model.forward(grid))
...         )

A board draws only what changed, and only as often as its time budget allows. When it
ends, also by an error or an interrupt, a still picture stays in the notebook. While a
notebook is graded nothing is drawn.
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
