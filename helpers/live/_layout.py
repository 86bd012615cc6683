"""Where each panel of a figure is, in pixels."""

from typing import NamedTuple

_SINGLE = (640, 420)
_SEVERAL = (480, 360)
_COLUMNS = 3


class Place(NamedTuple):
    """A panel's rectangle."""

    left: int
    top: int
    width: int
    height: int


class Layout:
    """Panels side by side, in rows of at most three; a wide one takes two places.

    Attributes
    ----------
    size : (int, int)
        Width and height of the whole.
    places : dict of str to Place
        By the panels' names.
    """

    def __init__(self, panels):
        spans = {panel.name: panel.span for panel in panels}
        total = sum(spans.values())
        width, height = _SINGLE if total == 1 else _SEVERAL
        columns = 2 if total == 4 else min(total, _COLUMNS)
        self.places, row, column = {}, 0, 0
        for name, span in spans.items():
            if column + span > columns:
                row, column = row + 1, 0
            corner = column * width, row * height
            self.places[name] = Place(*corner, span * width, height)
            column += span
        self.size = columns * width, (row + 1) * height
