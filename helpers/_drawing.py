"""What still pictures are made of: samples, regions, contours; and montages."""

import numpy as np

from . import _cells, _style


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


def region_picture(scores, threshold, side):
    """The colour of the likeliest class, paler where it is unsure: (side, side, 3)."""
    cells, palette = _cells.region_cells(scores, threshold, side)
    return palette[cells[::-1]] / 255


def draw_regions(ax, xlim, ylim, side):
    """Make the picture under the samples, empty at first."""
    ax.grid(False)
    return ax.imshow(
        np.ones((side, side, 3)),
        extent=(*xlim, *ylim),
        origin="lower",
        aspect="auto",
        interpolation="bilinear",
    )


def draw_borders(ax, scores, threshold, xlim, ylim, side):
    """Draw lines where one class gives way to another."""
    shares = _cells.class_shares(scores, threshold)
    xs, ys = np.linspace(*xlim, side), np.linspace(*ylim, side)
    for c in range(shares.shape[1] if shares.shape[1] > 2 else 1):
        others = np.delete(shares, c, axis=1).max(axis=1)
        lead = (shares[:, c] - others).reshape(side, side)
        if (lead < 0).any() and (lead > 0).any():
            ax.contour(xs, ys, lead, [0.0], colors=_style.INK, linewidths=1.6)


def draw_samples(ax, x, labels):
    """Draw samples (N, 2), each class in its colour and shape; the artists."""
    artists = []
    for label in np.unique(labels):
        chosen = x[labels == label]
        artists += ax.plot(
            chosen[:, 0],
            chosen[:, 1],
            _style.MARKERS[label % len(_style.MARKERS)],
            color=_style.colour_of(label),
            markeredgecolor="white",
            markeredgewidth=0.8,
            markersize=7,
        )
    return artists


def draw_data(ax, x, t):
    """Draw data points (N,); the line over them, empty at first."""
    ax.plot(x, t, "o", color=_style.FAINT, markersize=5, alpha=0.6, markeredgewidth=0)
    (line,) = ax.plot([], [], color=_style.RED, linewidth=3.2)
    return line


def draw_contours(ax, function, xlim, ylim):
    """Draw the heights ``function(x, y)`` as contours, finer near the lowest place."""
    xs, ys, heights, levels = _cells.sample_surface(function, xlim, ylim)
    if len(levels) > 2:
        from matplotlib.colors import BoundaryNorm

        filled = ax.contourf(
            xs,
            ys,
            heights,
            levels,
            cmap="Blues_r",
            norm=BoundaryNorm(levels, 256),
            alpha=0.55,
        )
        ax.contour(xs, ys, heights, levels, colors="white", linewidths=0.9)
        bar = ax.figure.colorbar(filled, ax=ax, ticks=levels[::3], format="%.2g")
        bar.outline.set_visible(False)
        bar.set_label("loss")
    ax.grid(False)
    ax.set_xlim(xlim)
    ax.set_ylim(ylim)
