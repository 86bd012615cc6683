"""Where frames go while a figure is open, and what a notebook keeps of it."""

import os
import sys

from .. import appearance
from .._display import replace_still

KINDS = "canvas", "image", "still"

# The figure that goes on behind each cell.
_occupants = {}


def kind_of_screen():
    """What this notebook's front end can show: "canvas", "image" or "still".

    A canvas needs the front end's help (anywidget); an image is a plain widget into
    which whole pictures are sent; "still" is for a notebook that nobody looks at while
    it runs (nbconvert, nbclient) and for plain Python. The environment variable
    ``NN_LIVE`` overrules what is found.

    Raises
    ------
    ValueError
        If NN_LIVE is none of the three.
    """
    if not _in_kernel() or not _is_installed("ipywidgets"):
        return "still"
    chosen = os.environ.get("NN_LIVE")
    if chosen:
        if chosen not in KINDS:
            raise ValueError(f"NN_LIVE: expected {', '.join(KINDS)}, got {chosen!r}")
        return chosen
    if not _has_front_end():
        return "still"
    return "canvas" if _is_installed("anywidget") else "image"


def open_screen(kind, layout, scenes, said, around=None):
    """Show a figure's first frame; the screen on which the next ones are shown.

    Parameters
    ----------
    kind : "canvas" or "image"
    layout : Layout
    scenes : dict of str to Scene
    said : function without arguments
        Gives one line for those who cannot see the picture.
    around : function, optional
        From the figure's widget to the widget that is displayed, with controls.
    """
    if kind == "canvas":
        from ._canvas import Canvas

        figure = Canvas(layout, scenes, said)
    else:
        from ._image import ImageFigure

        figure = ImageFigure(layout, scenes)
    return Screen(figure, layout, around)


class Screen:
    """A widget that a notebook shows, and that gives way to a still picture."""

    def __init__(self, figure, layout, around):
        from IPython.display import display

        self._figure, self._size = figure, layout.size
        self.widget = figure.widget if around is None else around(figure.widget)
        self._handle = display(self.widget, display_id=True)

    def show(self, scenes):
        """Show these panels, {name: scene}, anew."""
        self._figure.show(scenes)

    def close(self, still, said):
        """Put a still PNG picture in the widget's place."""
        replace_still(self._handle, still, *self._size, said)
        self.remove()

    def remove(self):
        """Close the widget; nothing takes its place."""
        close_widget(self.widget)
        self._figure.close()


def close_widget(widget):
    """Close a widget with all that it holds, so that nothing of it stays in memory."""
    for child in getattr(widget, "children", ()):
        close_widget(child)
    for part in ("layout", "style"):
        if (held := getattr(widget, part, None)) is not None:
            held.close()
    widget.close()


def least_interval(frames_per_second):
    """Seconds from one frame to the next at the least."""
    return 2.0 if appearance.is_motion_reduced() else 1 / frames_per_second


def occupy(figure):
    """Let a figure have this cell; what the same cell showed before is abandoned."""
    key = _cell_key()
    before = _occupants.pop(key, None)
    if before is not None:
        before.abandon()
    _occupants[key] = figure


def vacate(figure):
    """Say that a figure has ended."""
    for key in [key for key, held in _occupants.items() if held is figure]:
        del _occupants[key]


def _cell_key():
    """What tells this cell from others, also when it is run again."""
    from IPython import get_ipython

    shell = get_ipython()
    cell = shell.get_parent().get("metadata", {}).get("cellId")
    return cell or shell.history_manager.input_hist_raw[-1]


def _in_kernel():
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


def _has_front_end():
    """Whether someone looks: a Jupyter server, VS Code or Colab started this kernel.

    A Jupyter server tells its kernels the name of their session; what runs a notebook
    without a browser does not.
    """
    from IPython import get_ipython

    return (
        "JPY_SESSION_NAME" in os.environ
        or "google.colab" in sys.modules
        or "__vsc_ipynb_file__" in get_ipython().user_ns
    )


def _is_installed(package):
    from importlib.util import find_spec

    return find_spec(package) is not None
