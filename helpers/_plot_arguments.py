"""Checks of what is to be drawn, for `helpers.live` and `helpers.plots`."""

import difflib
from collections.abc import Iterable

import numpy as np

from ._arguments import as_array, as_count


def as_names(names, argument):
    """A list of different names, or a clear error."""
    came = names
    several = isinstance(names, Iterable) and not isinstance(names, str)
    names = list(names) if several else []
    if not several or not all(isinstance(name, str) for name in names):
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


def as_images(images, name):
    """Images (K, H, W), or (K, pixels) of square ones, as (K, H, W), K at least 1."""
    images = as_array(images, name)
    if images.ndim == 2:
        side = round(images.shape[1] ** 0.5)
        if side * side != images.shape[1]:
            raise ValueError(
                f"{name}: expected (K, H, W), or (K, pixels) of square images, "
                f"got {images.shape}"
            )
        images = images.reshape(len(images), side, side)
    images = as_array(images, name, shape=("K", "H", "W"))
    if not len(images):
        raise ValueError(f"{name}: expected at least one, got none")
    return images


def as_probabilities(probabilities, name, shape):
    """Numbers between 0 and 1, a row for each sample."""
    probabilities = as_array(probabilities, name, shape=shape)
    if probabilities.min() < -1e-6 or probabilities.max() > 1 + 1e-6:
        raise ValueError(
            f"{name}: expected numbers between 0 and 1, got "
            f"{probabilities.min():.3g} to {probabilities.max():.3g} (logits?)"
        )
    return probabilities


def check_classes(numbers, name, classes):
    """Refuse integers that are no class, 0 to `classes` - 1."""
    if numbers.min() < 0 or numbers.max() >= classes:
        wrong = numbers.min() if numbers.min() < 0 else numbers.max()
        raise ValueError(
            f"{name}: expected classes from 0 to {classes - 1}, got {wrong}"
        )


def count_confusions(predicted, labels, classes=None, prefix=""):
    """How often each label (row) was taken for each class (column), (C, C).

    Without `classes` there are as many as occur; `prefix` begins the messages.
    """
    predicted = as_array(predicted, f"{prefix}predicted", shape=("N",), integer=True)
    shape = (len(predicted),)
    labels = as_array(labels, f"{prefix}labels", shape=shape, integer=True)
    if not len(labels):
        raise ValueError(f"{prefix}labels: expected at least one, got none")
    largest = int(max(predicted.max(), labels.max()))
    classes = largest + 1 if classes is None else as_count(classes, "classes")
    check_classes(predicted, f"{prefix}predicted", classes)
    check_classes(labels, f"{prefix}labels", classes)
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (labels.astype(int), predicted.astype(int)), 1)
    return counts


def as_graph(columns, edges):
    """Columns of a graph as lists of names, and its edges as a list of pairs.

    Raises
    ------
    ValueError
        If an edge names no node or does not lead to the right, or a name is used twice.
    """
    columns = [list(column) for column in columns]
    names = as_names((n for column in columns for n in column if n), "columns")
    place = {n: c for c, column in enumerate(columns) for n in column if n}
    pairs = []
    for edge in edges:
        start, end = as_pair(edge, "edges", "(from, to)")
        for name in (start, end):
            if name not in place:
                raise ValueError(unknown(name, names, "edges: node"))
        if place[start] >= place[end]:
            raise ValueError(
                f"edges: expected an edge to the right, got {start!r} to {end!r}"
            )
        pairs.append((start, end))
    return columns, pairs


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
    scores = as_array(scores, f"{name}'s scores", shape=(count, "C"), finite=False)
    if not 1 <= scores.shape[1] <= 10:
        raise ValueError(
            f"{name}'s scores: expected 1 to 10 classes, got {scores.shape[1]}"
        )
    return scores


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
    known = {str(other): other for other in known}
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f"; did you mean {known[near[0]]!r}?" if near else ""
    return f"{what} {name!r} is none of {', '.join(map(repr, known.values()))}{hint}"


def check_named(value, known, name, form, what):
    """Refuse what is no dict, or has a key that is none of `known`.

    `form` says what was expected, and `what` which kind of thing a key names.
    """
    if not isinstance(value, dict):
        raise TypeError(f"{name}: expected {form}, got {type(value).__name__}")
    for key in value:
        if key not in known:
            raise ValueError(unknown(key, list(known), f"{name}: {what}"))


def as_pair(value, name, wanted):
    """Two things, or a clear error that says what was `wanted`."""
    try:
        first, second = value
    except (TypeError, ValueError):
        raise ValueError(f"{name}: expected {wanted}, got {value!r:.60}") from None
    return first, second
