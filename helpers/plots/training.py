"""Pictures of a training: curves, a fitted line, gradients, the loss as a surface."""

import numpy as np

from .. import _drawing, _style
from .._arguments import as_array, as_function
from .._plot_arguments import as_columns, as_limits, as_names, as_pair
from ._figure import show


def curves(values, xlabel="epoch", ylabel=None, *, log=False, ax=None):
    """Lines over epochs or steps.

    Parameters
    ----------
    values : dict of str to array, shape (E,)
        The values of each line, or ``(xs, ys)``, a tuple of two arrays (E,). NaN and
        infinity are gaps.
    xlabel, ylabel : str
    log : bool
        Whether the y axis is logarithmic.
    ax : Axes, optional

    Raises
    ------
    TypeError, ValueError
        If a line is no array of numbers, or xs and ys differ in length.
    """
    if not isinstance(values, dict):
        raise TypeError(
            f"values: expected {{name: array}}, got {type(values).__name__}"
        )
    lines = {}
    for name in as_names(values, "values"):
        value = values[name]
        if isinstance(value, tuple) and len(value) == 2 and np.ndim(value[0]):
            lines[name] = as_columns(value, ("xs", "ys"), finite=False)
        else:
            ys = as_array(value, f"values[{name!r}]", shape=("E",), finite=False)
            lines[name] = np.arange(len(ys)), ys

    def draw(ax):
        for place, (name, (xs, ys)) in enumerate(lines.items()):
            shown = np.where(np.isfinite(ys), ys, np.nan)
            marker = "o" if len(xs) == 1 else None
            colour = _style.colour_of(place)
            ax.plot(xs, shown, color=colour, marker=marker, label=name)
        if log:
            ax.set_yscale("log", nonpositive="mask")
        ax.margins(x=0.01)
        ax.set_xlabel(xlabel)
        ax.set_ylabel(ylabel or (next(iter(lines)) if len(lines) == 1 else ""))
        if len(lines) > 4:  # beside the axes: inside it would cover lines
            ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
        elif len(lines) > 1:
            ax.legend()

    return show(draw, f"{', '.join(lines)} over {xlabel}", ax=ax)


def fit(x, t, xs, ys, *, xlabel="x", ylabel="y", ax=None):
    """Data points, and the line that a model draws through them.

    Parameters
    ----------
    x, t : array, shape (N,) or (N, 1)
        The data.
    xs, ys : array, shape (P,) or (P, 1)
        The line, in any order of xs.
    xlabel, ylabel : str
    ax : Axes, optional
    """
    x, t = as_columns((x, t), ("x", "t"))
    xs, ys = as_columns((xs, ys), ("xs", "ys"), finite=False)
    order = np.argsort(xs, kind="stable")

    def draw(ax):
        line = _drawing.draw_data(ax, x, t)
        line.set_data(xs[order], ys[order])
        ax.relim()
        ax.autoscale_view()
        ax.set_xlabel(xlabel)
        ax.set_ylabel(ylabel)

    return show(draw, f"{len(x)} data points and the line fitted to them", ax=ax)


def gradient_flow(names, gradients, *, ax=None):
    """How large the gradient is at each layer: its root mean square.

    Parameters
    ----------
    names : sequence of str
        The layers, from the input to the output.
    gradients : sequence of arrays, any shapes
        One for each layer.
    ax : Axes, optional

    Raises
    ------
    ValueError
        If the two differ in length, or a gradient is empty.
    """
    names = list(names)
    gradients = [as_array(g, "gradients", finite=False) for g in gradients]
    if not names or len(names) != len(gradients):
        raise ValueError(
            f"gradients: expected {len(names)}, one for each name, got {len(gradients)}"
        )
    if not all(g.size for g in gradients):
        raise ValueError("gradients: expected numbers in each, got an empty one")
    sizes = np.array([np.sqrt(np.mean(np.square(g, dtype=float))) for g in gradients])

    def draw(ax):
        places = np.arange(len(names))
        shown = np.where(np.isfinite(sizes) & (sizes > 0), sizes, np.nan)
        ax.set_yscale("log")
        ax.plot(places, shown, "-", color=_style.SKY, zorder=1)
        ax.plot(places, shown, "o", color=_style.BLUE, markersize=10, zorder=3)
        good = shown[np.isfinite(shown)]
        low, high = (good.min(), good.max()) if good.size else (1.0, 1.0)
        low, high = np.floor(np.log10(low) - 0.3), np.ceil(np.log10(high) + 0.3)
        ax.set_ylim(10.0**low, 10.0**high)
        for place, size in enumerate(sizes):
            found = np.isfinite(shown[place])
            ax.annotate(
                f"{size:.1e}" if found else ("zero" if size == 0 else "not finite"),
                (place, size if found else 10.0**low),
                (0, 12),
                textcoords="offset points",
                ha="center",
                zorder=2,
                color=_style.INK if found else _style.RED,
                fontsize=_style.points("tick"),
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
        crowded = len(names) > 6
        ax.set_xticks(places, names, rotation=40 if crowded else 0)
        if crowded:
            ax.tick_params("x", rotation=40)
        ax.set_xlim(-0.5, len(names) - 0.5)
        ax.set_ylabel("size of the gradient (RMS)")
        ax.grid(False, axis="x")

    said = ", ".join(f"{n} {s:.2g}" for n, s in zip(names, sizes, strict=True))
    width = max(640, 110 * len(names))
    return show(draw, f"size of the gradient: {said}", ax=ax, width=min(width, 1200))


def loss_surface(loss, w_range, b_range, path=None, *, names=("w", "b"), ax=None):
    """The loss of a model with two parameters, seen from above.

    Parameters
    ----------
    loss : function of (w, b)
        The loss at two floats, a number.
    w_range, b_range : (float, float)
        Limits of the two parameters.
    path : array, shape (S, 2), optional
        The parameters on the way, one step a row.
    names : (str, str)
        Names of the two axes.
    ax : Axes, optional
    """
    as_function(loss, "loss")
    w_range, b_range = as_limits(w_range, "w_range"), as_limits(b_range, "b_range")
    xlabel, ylabel = as_pair(names, "names", "(name, name)")
    if path is not None:
        path = as_array(path, "path", shape=("S", 2), finite=False)

    def draw(ax):
        _drawing.draw_contours(ax, loss, w_range, b_range)
        if path is not None and len(path):
            ax.plot(*path.T, "-o", color=_style.RED, markersize=4, linewidth=2)
            for point, name, marker in (
                (path[0], "start", "o"),
                (path[-1], "end", "*"),
            ):
                ax.plot(
                    *point,
                    marker,
                    color=_style.RED,
                    markeredgecolor="white",
                    markersize=12 if marker == "o" else 18,
                    linestyle="none",
                    label=name,
                )
            ax.legend(frameon=True, framealpha=0.9, edgecolor="none")
        ax.set_xlabel(xlabel)
        ax.set_ylabel(ylabel)

    said = f"contours of the loss over {xlabel} and {ylabel}"
    if path is not None:
        said += f", and a path of {len(path)} points"
    return show(draw, said, ax=ax)
