"""Pictures as numbers 0 to 255 and the palettes that give them colours."""

import functools

import numpy as np

from . import _style

# Shades of each class in a picture of regions, from unsure to sure.
_SHADES = 25
# A surface seen from above: points at which it is asked, cells, and steps.
_COARSE, _SIDE, _STEPS = 80, 240, 12


@functools.cache
def signed():
    """The palette of `signed_cells`: blue below zero, red above, white for none."""
    palette = _style.palette(_style.DIVERGING).copy()
    palette[255] = 255
    return palette


def signed_cells(picture):
    """Numbers (H, W) by their share of the largest size; NaN is 255, white."""
    finite = np.isfinite(picture)
    largest = np.abs(picture[finite]).max(initial=0.0)
    shares = np.where(finite, picture, 0.0) / (largest or 1.0)
    cells = np.rint(127 + 127 * shares).astype(np.uint8)
    return np.where(finite, cells, np.uint8(255))


@functools.cache
def grey():
    """The palette of `grey_cells`: 0 is white, 255 black."""
    return _style.palette("gray_r")


def grey_cells(image):
    """An image (H, W), its smallest number 0 and its largest 255."""
    image = np.asarray(image, dtype=float)
    low, high = image.min(), image.max()
    return np.rint(255 * (image - low) / ((high - low) or 1.0)).astype(np.uint8)


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


@functools.cache
def regions(classes):
    """The palette of `region_cells` for a number of classes, at most ten."""
    from matplotlib.colors import to_rgb

    colours = np.array([to_rgb(_style.colour_of(c)) for c in range(classes)])
    strength = 0.15 + 0.4 * np.linspace(0, 1, _SHADES)
    shades = 1 - strength[:, None] * (1 - colours[:, None])
    palette = np.full((256, 3), 0.85)  # grey where the scores are no numbers
    palette[: classes * _SHADES] = shades.reshape(-1, 3)
    return np.rint(255 * palette).astype(np.uint8)


def region_cells(scores, threshold, side):
    """The likeliest class on a grid, paler where it is unsure.

    Parameters
    ----------
    scores : array, shape (side * side, C), C at most ten
        Row by row from below, as `grid_points` has them.
    threshold : float
    side : int

    Returns
    -------
    array of uint8, shape (side, side), and its palette
    """
    shares = class_shares(scores, threshold)
    classes = shares.shape[1]
    known = np.isfinite(shares).all(axis=1)
    shares = np.where(known[:, None], shares, 1 / classes)
    sure = (shares.max(axis=1) - 1 / classes) / (1 - 1 / classes)
    shade = np.rint((_SHADES - 1) * sure).astype(int)
    cells = np.where(known, shares.argmax(axis=1) * _SHADES + shade, 255)
    return cells.reshape(side, side)[::-1].astype(np.uint8), regions(classes)


@functools.cache
def confusions():
    """The palette of `confusion_cells`: right in blue, wrong in orange, none white."""
    halves = [
        _style.palette(name)[np.linspace(20, 128, 128).astype(int)]
        for name in ("Blues", "Oranges")
    ]
    palette = np.concatenate(halves)
    palette[[0, 128]] = 255
    return palette


def confusion_cells(counts):
    """A table of counts (C, C) with the right ones on its diagonal."""
    right = np.diag(np.diag(counts))
    wrong = counts - right
    cells = np.zeros(counts.shape, dtype=np.uint8)
    for part, first in ((right, 0), (wrong, 128)):
        shares = part / max(part.max(), 1)
        chosen = part > 0
        cells[chosen] = (first + 1 + np.rint(126 * shares)).astype(np.uint8)[chosen]
    return cells


@functools.cache
def heights():
    """The palette of `height_cells`: the lower, the darker."""
    steps = np.linspace(40, 235, _STEPS + 1).astype(int)
    palette = np.full((256, 3), 255, np.uint8)
    shades = _style.palette("Greys_r")[steps]
    palette[: _STEPS + 1] = 255 - ((255 - shades.astype(int)) * 0.55).astype(np.uint8)
    return palette


def sample_surface(function, xlim, ylim):
    """The heights ``function(x, y)`` on a grid, and steps, finer near the lowest place.

    Returns
    -------
    xs, ys : array, shape (80,)
    heights : array, shape (80, 80)
        NaN where the function is not finite.
    levels : array
        Where one step ends and the next begins; empty if no height is finite.
    """
    xs, ys = np.linspace(*xlim, _COARSE), np.linspace(*ylim, _COARSE)
    heights = np.array([[float(function(x, y)) for x in xs] for y in ys])
    heights[~np.isfinite(heights)] = np.nan
    finite = heights[np.isfinite(heights)]
    if not finite.size:
        return xs, ys, heights, np.empty(0)
    levels = np.unique(np.quantile(finite, np.linspace(0, 1, _STEPS + 1) ** 1.5))
    return xs, ys, heights, levels


def height_cells(function, xlim, ylim):
    """The heights ``function(x, y)`` in steps, finer near the lowest place.

    Returns
    -------
    array of uint8, shape (H, W), the first row at the top, and the lines between the
    steps, (xs, ys) with NaN between them.
    """
    from contourpy import contour_generator

    xs, ys, heights, levels = sample_surface(function, xlim, ylim)
    if not levels.size:
        return np.full((1, 1), 255, np.uint8), (np.empty(0), np.empty(0))
    fine = _refine(heights, _SIDE)
    cells = np.searchsorted(levels, fine, side="right") - 1
    cells = np.where(np.isfinite(fine), np.clip(cells, 0, _STEPS), 255)
    generator = contour_generator(xs, ys, np.ma.masked_invalid(heights))
    gap = np.full((1, 2), np.nan)
    parts = [gap]
    for level in levels[1:-1]:
        for line in generator.lines(level):
            parts += [line, gap]
    border_x, border_y = np.concatenate(parts).T
    return cells[::-1].astype(np.uint8), (border_x, border_y)


def _refine(values, side):
    """Values on a finer grid, linear between the given ones."""
    places = np.linspace(0, len(values) - 1, side)
    low = np.minimum(places.astype(int), len(values) - 2)
    share = places - low
    rows = values[low] + share[:, None] * (values[low + 1] - values[low])
    return rows[:, low] + share * (rows[:, low + 1] - rows[:, low])
