"""The house style of every picture, live or still: colours, sizes, PNG bytes.

The colours are those of Okabe and Ito (2008), which colour-blind people can tell
apart; the sizes can be read from the last row of a lecture hall.
"""

import io
from contextlib import contextmanager

INK = "#222222"
FAINT = "#8a8a8a"
BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
RED = "#D55E00"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
CYCLE = [BLUE, ORANGE, GREEN, PURPLE, SKY, RED, "#999999", INK, "#F0E442", "#7F5539"]
MARKERS = "os^Dv<>Pph"
DIVERGING = "RdBu_r"

DPI = 100
STILL_SCALE = 2

_RC = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.facecolor": "white",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 14,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.titlesize": 15,
    "axes.titleweight": "bold",
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 13,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.8,
    "legend.fontsize": 13,
    "legend.frameon": False,
    "lines.linewidth": 2.4,
    "lines.solid_capstyle": "round",
    "text.color": INK,
    "xtick.color": FAINT,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 12,
    "ytick.color": FAINT,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 12,
}


@contextmanager
def house_style():
    """Matplotlib's settings for our pictures; the caller's own come back after it."""
    import matplotlib as mpl

    with mpl.rc_context(_RC):
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


def colour_of(place):
    """The colour of class or line number `place`."""
    return CYCLE[place % len(CYCLE)]
