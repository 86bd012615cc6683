"""The house style of every picture, live or still: colours, sizes, PNG bytes.

The colours are those of Okabe and Ito (2008), which colour-blind people can tell
apart; the sizes can be read from the last row of a lecture hall.
"""

import io
from contextlib import contextmanager

import numpy as np

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

    picture = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    stream = io.BytesIO()
    if kind == "JPEG":
        picture.save(stream, "JPEG", quality=85)
    else:
        picture.save(stream, "PNG")
    return stream.getvalue()


def montage(rows, shape, columns, count):
    """Small images side by side as one, NaN between them.

    Parameters
    ----------
    rows : array, shape (M, H * W)
        One image a row; the first `count` are taken.
    shape : (H, W)
    columns : int
        Images in a row of the montage.
    count : int
        Places in the montage; those without an image stay NaN.
    """
    height, width = shape
    lines = -(-count // columns)
    picture = np.full((lines * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for place, row in enumerate(rows[:count]):
        top, left = divmod(place, columns)
        top, left = top * (height + 1), left * (width + 1)
        picture[top : top + height, left : left + width] = row.reshape(shape)
    return picture


def class_shares(scores, threshold):
    """Shares of each class in (0, 1) from scores, rows adding up to 1.

    Parameters
    ----------
    scores : array, shape (P, C) logits or (P, 1) scores
        Of logits the softmax is taken; of one score its logistic function,
        where `threshold` counts as one half.
    """
    scores = np.asarray(scores, dtype=float)
    if scores.shape[1] == 1:
        scores = np.hstack([np.zeros_like(scores), scores - threshold])
    with np.errstate(all="ignore"):
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True)


def region_colours(scores, threshold):
    """Pale colours of the classes, mixed by their shares: (P, 3) in 0..1."""
    from matplotlib.colors import to_rgb

    shares = class_shares(scores, threshold)
    colours = np.array([to_rgb(colour_of(c)) for c in range(shares.shape[1])])
    pale = 0.45 * colours + 0.55
    return np.nan_to_num(shares @ pale, nan=0.85)


def colour_of(place):
    """The colour of class or line number `place`."""
    return CYCLE[place % len(CYCLE)]


def draw_samples(ax, x, labels):
    """Draw samples (N, 2), each class in its colour and shape; the artists."""
    artists = []
    for label in np.unique(labels):
        chosen = x[labels == label]
        artists += ax.plot(
            chosen[:, 0],
            chosen[:, 1],
            MARKERS[label % len(MARKERS)],
            color=colour_of(label),
            markeredgecolor="white",
            markeredgewidth=0.8,
            markersize=7,
        )
    return artists


def draw_contours(ax, function, xlim, ylim, side=80):
    """Draw the heights ``function(x, y)`` as contours, finer near the lowest place."""
    xs, ys = np.linspace(*xlim, side), np.linspace(*ylim, side)
    heights = np.array([[float(function(x, y)) for x in xs] for y in ys])
    finite = heights[np.isfinite(heights)]
    if finite.size:
        levels = np.unique(np.quantile(finite, np.linspace(0, 1, 14) ** 1.5))
        if len(levels) > 1:
            ax.contourf(xs, ys, heights, levels, cmap="Greys", alpha=0.5)
            ax.contour(xs, ys, heights, levels, colors="white", linewidths=0.8)
    ax.grid(False)
    ax.set_xlim(xlim)
    ax.set_ylim(ylim)
