"""The house style of every picture, live or still: colours, sizes, PNG bytes.

`helpers.appearance` has the switches of the one who looks: larger text, less motion.

The colours are those of Okabe and Ito (2008), which colour-blind people can tell
apart; the sizes can be read from the last row of a lecture hall.
"""

import io
from contextlib import contextmanager

from . import appearance

INK = "#222222"
FAINT = "#8a8a8a"
GRID = "#e6e6e6"
BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
RED = "#D55E00"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
CYCLE = [BLUE, ORANGE, GREEN, PURPLE, SKY, RED, "#999999", INK, "#F0E442", "#7F5539"]
MARKERS = "os^Dv<>Pph"
DIVERGING = "RdBu_r"

# Sizes of text in points, at the normal scale.
SIZES = {"title": 15, "label": 14, "text": 13, "tick": 12, "small": 10}
# On a projector: how much larger text is in a picture, and how much larger the picture.
_LARGER_TEXT, _LARGER = 1.2, 1.35

DPI = 100
STILL_SCALE = 2

_RC = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.facecolor": "white",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.titleweight": "bold",
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "lines.linewidth": 2.4,
    "lines.solid_capstyle": "round",
    "text.color": INK,
    "xtick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.color": FAINT,
    "ytick.labelcolor": INK,
}
_RC_SIZES = {
    "axes.labelsize": "label",
    "axes.titlesize": "title",
    "font.size": "text",
    "legend.fontsize": "text",
    "xtick.labelsize": "tick",
    "ytick.labelsize": "tick",
}


def text_scale():
    """How many times its normal size text has in a picture."""
    return _LARGER_TEXT if appearance.is_projector() else 1.0


def zoom():
    """How many times its normal size a picture is shown."""
    return _LARGER if appearance.is_projector() else 1.0


def points(role):
    """The size of text in points, for a role of `SIZES`."""
    return SIZES[role] * text_scale()


def pixels(role):
    """The size of text in pixels of a picture at its normal size."""
    return points(role) * DPI / 72


@contextmanager
def house_style():
    """Matplotlib's settings for our pictures; the caller's own come back after it."""
    import matplotlib as mpl

    sizes = {key: points(role) for key, role in _RC_SIZES.items()}
    with mpl.rc_context(_RC | sizes):
        yield


def new_figure(width, height):
    """A figure of `width` by `height` pixels that no global state knows about."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def encode(pixels, kind="PNG"):
    """The bytes of a picture, (H, W, 4) uint8, as ``"PNG"`` or ``"JPEG"``."""
    from PIL import Image

    height, width, _ = pixels.shape
    picture = Image.frombuffer("RGBA", (width, height), pixels, "raw", "RGBA", 0, 1)
    picture = picture.convert("RGB")
    stream = io.BytesIO()
    if kind == "JPEG":
        picture.save(stream, "JPEG", quality=85, subsampling=0)
    else:
        picture.save(stream, "PNG")
    return stream.getvalue()


def palette(name):
    """256 colours of one of Matplotlib's colour maps, (256, 3) uint8."""
    import matplotlib as mpl
    import numpy as np

    return mpl.colormaps[name](np.arange(256), bytes=True)[:, :3]


def pale(colour):
    """The colour under a veil, opaque: the same wherever lines cross."""
    parts = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{round(255 - 0.3 * (255 - part)):02x}" for part in parts)


def colour_of(place):
    """The colour of class or line number `place`."""
    return CYCLE[place % len(CYCLE)]
