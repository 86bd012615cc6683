"""Pictures of functions of two inputs, seen from above."""

import numpy as np

from .. import _style
from .._arguments import as_array
from .._plot_arguments import as_limits, as_names
from ._figure import show_figure


def heights(grids, xlim=(0, 1), ylim=(0, 1), *, xlabel="x1", ylabel="x2"):
    """Functions of two inputs side by side, as colours on one scale.

    Parameters
    ----------
    grids : dict of str to array, shape (P, Q)
        The values of each function: P places along the second input, upwards, and Q
        along the first. The names are the titles.
    xlim, ylim : (float, float)
        What the first and the second input run over.
    xlabel, ylabel : str

    Raises
    ------
    TypeError, ValueError
        If there is no grid, or one is no array of finite numbers with two axes.
    """
    if not isinstance(grids, dict):
        raise TypeError(f"grids: expected {{name: array}}, got {type(grids).__name__}")
    names = as_names(grids, "grids")
    shown = {n: as_array(grids[n], f"grids[{n!r}]", shape=("P", "Q")) for n in names}
    for name, grid in shown.items():
        if not grid.size:
            raise ValueError(f"grids[{name!r}]: expected numbers, got an empty array")
    xlim, ylim = as_limits(xlim, "xlim"), as_limits(ylim, "ylim")
    low = float(min(grid.min() for grid in shown.values()))
    high = float(max(grid.max() for grid in shown.values()))
    scale = {"vmin": low, "vmax": high if high > low else low + 1, "cmap": "viridis"}

    def draw(figure):
        row = figure.subplots(1, len(shown), squeeze=False, sharey=True)[0]
        for ax, (name, grid) in zip(row, shown.items(), strict=True):
            picture = ax.imshow(
                grid,
                origin="lower",
                extent=(*xlim, *ylim),
                aspect="auto",
                interpolation="nearest",
                **scale,
            )
            ax.set_title(name, fontsize=_style.points("text"))
            ax.set_xlabel(xlabel)
            ax.grid(False)
        row[0].set_ylabel(ylabel)
        bar = figure.colorbar(picture, ax=row, fraction=0.05, pad=0.02, aspect=25)
        bar.outline.set_visible(False)

    values = [np.unique(grid.round(6)).size for grid in shown.values()]
    said = ", ".join(f"{n} ({v} heights)" for n, v in zip(names, values, strict=True))
    width = min(120 + 270 * len(shown), 1200)
    return show_figure(draw, f"seen from above: {said}", width, 330)
