"""A function and its slope, still or with a slider that moves along it."""

import numpy as np

from .. import _style
from .._arguments import as_array, as_function, as_number
from .._display import in_ipython, replace_still, show_still
from .._plot_arguments import as_limits
from ..execution import is_grading
from ._figure import make_figure, show, to_png

_SIZE = (900, 400)


def function_and_slope(function, slope, *, limits=(-5, 5), name=None, ax=None):
    """A function of one variable, and its derivative, on the same axes.

    Parameters
    ----------
    function, slope : function of an array (P,)
        Each gives an array (P,).
    limits : (float, float)
        Where x begins and ends.
    name : str, optional
        The title.
    ax : Axes, optional
    """
    as_function(function, "function")
    as_function(slope, "slope")
    limits = as_limits(limits, "limits")

    def draw(ax):
        xs = np.linspace(*limits, 501)
        for f, colour, style, label in (
            (function, _style.BLUE, "-", "function"),
            (slope, _style.RED, "--", "slope"),
        ):
            ax.plot(xs, _values(f, xs, label), style, color=colour, label=label)
        _mark_axes(ax, "x", limits)
        ax.legend()
        if name:
            ax.set_title(name)

    return show(draw, f"{name or 'a function'} and its slope", ax=ax)


def activation(forward, backward, limits=(-5, 5), *, at=1.0, name=None):
    """An activation with its tangent at one input, and its slope; a slider moves it.

    Parameters
    ----------
    forward : function
        From inputs (P, 1) to outputs (P, 1), such as ``Tanh().forward``.
    backward : function
        From `grad_output` (P, 1) to `grad_input` (P, 1), of the same layer: it is
        called after `forward`, with ones, so that it gives the slope.
    limits : (float, float)
        Where x begins and ends.
    at : float
        Where the tangent touches at first.
    name : str, optional
        The title.
    """
    as_function(forward, "forward")
    as_function(backward, "backward")
    low, high = as_limits(limits, "limits")
    at = as_number(at, "at", low=low, high=high)
    if is_grading():
        return None
    xs = np.linspace(low, high, 501)
    value, slope = _both(forward, backward, xs)

    def make(at):
        height, rise = (float(v[0]) for v in _both(forward, backward, np.array([at])))

        def draw(figure):
            left, right = figure.subplots(1, 2)
            left.plot(xs, value, color=_style.BLUE)
            left.axline((at, height), slope=rise, color=_style.ORANGE, linewidth=2)
            left.plot(at, height, "o", color=_style.ORANGE, markersize=11, mec="white")
            left.set_title(name or "function")
            right.plot(xs, slope, color=_style.RED)
            right.plot(at, rise, "o", color=_style.ORANGE, markersize=11, mec="white")
            right.set_title(f"slope at {at:.2f}: {rise:.3g}")
            for ax, ys in ((left, value), (right, slope)):
                _mark_axes(ax, "x", (low, high))
                shown = ys[np.isfinite(ys)]
                bottom, top = shown.min(initial=0.0), shown.max(initial=0.1)
                space = 0.08 * (top - bottom)
                ax.set_ylim(bottom - space, top + space)

        return make_figure(draw, *_SIZE)

    figure = make(at)
    if not in_ipython():
        return figure
    _show_with_slider(
        make, figure, low, high, at, f"{name or 'function'} and its slope"
    )
    return None


def _show_with_slider(make, figure, low, high, at, said):
    import ipywidgets
    from IPython.display import display

    slider = ipywidgets.FloatSlider(
        value=at, min=low, max=high, step=(high - low) / 200, description="x"
    )
    slider.layout.width = "60%"
    display(slider)
    handle = show_still(to_png(figure), *_SIZE, said)

    def follow(change):
        replace_still(handle, to_png(make(change["new"])), *_SIZE, said)

    slider.observe(follow, names="value")


def _both(forward, backward, xs):
    xs = xs[:, None]
    value = as_array(forward(xs), "forward's output", shape=xs.shape, finite=False)
    slope = as_array(
        backward(np.ones_like(xs)), "backward's output", shape=xs.shape, finite=False
    )
    return value[:, 0].copy(), slope[:, 0].copy()


def _values(function, xs, name):
    return as_array(function(xs), f"{name}'s output", shape=xs.shape, finite=False)


def _mark_axes(ax, xlabel, limits):
    ax.axhline(0, color=_style.FAINT, linewidth=1)
    ax.axvline(0, color=_style.FAINT, linewidth=1)
    ax.set_xlim(limits)
    ax.set_xlabel(xlabel)
