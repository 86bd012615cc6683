"""How every still picture is made and shown."""

import contextlib
import io

from .. import _style
from .._display import in_ipython, show_still
from ..execution import is_grading

_is_marked = False


@contextlib.contextmanager
def for_marking():
    """Show the pictures inside while the notebook is graded, too.

    For the few that a person has to see who marks a written answer.
    """
    global _is_marked
    before, _is_marked = _is_marked, True
    try:
        yield
    finally:
        _is_marked = before


def _is_drawn():
    return _is_marked or not is_grading()


def show(draw, said, *, ax=None, width=640, height=420):
    """Draw on `ax`, or on new axes that are shown at once.

    Parameters
    ----------
    draw : function of axes
    said : str
        One line for those who cannot see the picture.
    ax : Axes, optional
    width, height : int
        Size in pixels of a new picture.
    """
    if ax is None:
        return show_figure(
            lambda figure: draw(figure.add_subplot()), said, width, height
        )
    if _is_drawn():
        with _style.house_style():
            draw(ax)
    return ax


def show_figure(draw, said, width, height):
    """Make a figure, let `draw` fill it, and show it; the figure outside of IPython."""
    if not _is_drawn():
        return None
    figure = make_figure(draw, width, height)
    if not in_ipython():
        return figure
    show_still(to_png(figure), width, height, said)
    return None


def make_figure(draw, width, height):
    """A new figure in the house style that `draw` has filled."""
    with _style.house_style():
        figure = _style.new_figure(width, height)
        figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.10)
        draw(figure)
    return figure


def to_png(figure):
    """The bytes of a figure's picture."""
    stream = io.BytesIO()
    with _style.house_style():
        figure.savefig(stream, format="png", dpi=_style.DPI * _style.STILL_SCALE)
    return stream.getvalue()
