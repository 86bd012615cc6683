"""Checks of what is to be drawn, for `helpers.live` and `helpers.plots`."""

import difflib

import numpy as np

from ._arguments import as_array, as_count


def as_names(names, argument):
    """A list of different names, or a clear error."""
    came = names
    names = [] if isinstance(names, str) else list(names)
    if isinstance(came, str) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"{argument}: expected several names, got {came!r}")
    if not names or len(set(names)) < len(names):
        raise ValueError(f"{argument}: expected different names, got {names}")
    return names


def as_limits(limits, argument):
    """Two floats, the first below the second."""
    low, high = (float(n) for n in as_array(limits, argument, shape=(2,)))
    if not low < high:
        raise ValueError(f"{argument}: expected (low, high), got ({low:g}, {high:g})")
    return low, high


def as_image_shape(shape):
    """Height and width in pixels."""
    height, width = as_pair(shape, "shape", "(height, width)")
    return as_count(height, "shape"), as_count(width, "shape")


def as_columns(values, names, finite=True):
    """Two arrays (N,) or (N, 1) of the same length, as (N,)."""
    columns = []
    for value, name in zip(values, names, strict=True):
        column = as_array(value, name, finite=finite)
        if column.ndim == 2 and column.shape[1] == 1:
            column = column[:, 0]
        columns.append(as_array(column, name, shape=("N",), finite=finite))
    first, second = columns
    if len(first) != len(second):
        raise ValueError(
            f"{names[1]}: expected {len(first)} values, as many as {names[0]}, "
            f"got {len(second)}"
        )
    return first, second


def as_samples(x, labels):
    """Points (N, 2) and their classes (N,)."""
    x = as_array(x, "x", shape=("N", 2))
    labels = as_array(labels, "labels", integer=True)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    labels = as_array(labels, "labels", shape=(len(x),), integer=True)
    if not len(x):
        raise ValueError("x: expected at least one sample, got none")
    if labels.min() < 0:
        raise ValueError(f"labels: expected classes from 0, got {labels.min()}")
    return x, labels.astype(int)


def as_scores(scores, name, count):
    """What a classifier says of `count` points, as (P, C)."""
    scores = as_array(scores, f"{name}'s scores", finite=False)
    if scores.ndim == 1:
        scores = scores[:, None]
    return as_array(scores, f"{name}'s scores", shape=(count, "C"), finite=False)


def around(numbers, margin):
    """Limits around the data, with a margin on both sides."""
    low, high = float(numbers.min()), float(numbers.max())
    space = (high - low) * margin or 1.0
    return low - space, high + space


def grid_points(xlim, ylim, side):
    """The points of a grid, (side * side, 2), row by row from below."""
    xs, ys = np.linspace(*xlim, side), np.linspace(*ylim, side)
    return np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)


def unknown(name, known, what):
    """A message for a name that is not one of `known`."""
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{what} {name!r} is none of {', '.join(map(repr, known))}{hint}"


def as_pair(value, name, wanted):
    """Two things, or a clear error that says what was `wanted`."""
    try:
        first, second = value
    except (TypeError, ValueError):
        raise ValueError(f"{name}: expected {wanted}, got {value!r:.60}") from None
    return first, second
