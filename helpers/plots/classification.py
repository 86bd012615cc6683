"""Pictures of a classifier: regions, weights, images, confusions, predictions."""

import numpy as np

from .. import _drawing, _style
from .._arguments import as_array, as_count, as_function, as_number
from .._plot_arguments import (
    around,
    as_image_shape,
    as_images,
    as_probabilities,
    as_samples,
    as_scores,
    check_classes,
    count_confusions,
    grid_points,
)
from ._figure import show, show_figure


def boundary(
    classify,
    x,
    labels,
    *,
    names=None,
    threshold=0.0,
    xlabel="x1",
    ylabel="x2",
    ax=None,
):
    """The regions into which a classifier divides the plane, and the samples.

    Parameters
    ----------
    classify : function
        From points (P, 2) to logits (P, C) or scores (P, 1), such as ``model.forward``.
    x : array, shape (N, 2)
    labels : array of int, shape (N,) or (N, 1)
    names : sequence of str, optional
        Names of the classes.
    threshold : float
        With one score for a point: the score from which class 1 begins.
    xlabel, ylabel : str
    ax : Axes, optional

    Raises
    ------
    TypeError, ValueError
        If an argument, or what `classify` returns, has the wrong form.
    """
    as_function(classify, "classify")
    x, labels = as_samples(x, labels)
    threshold = as_number(threshold, "threshold")
    names = _class_names(names, labels.max() + 1)

    def draw(ax):
        xlim, ylim = around(x[:, 0], 0.1), around(x[:, 1], 0.1)
        side = 200
        grid = grid_points(xlim, ylim, side)
        scores = as_scores(classify(grid), "classify", len(grid))
        image = _drawing.draw_regions(ax, xlim, ylim, side)
        image.set_data(_drawing.region_picture(scores, threshold, side))
        _drawing.draw_borders(ax, scores, threshold, xlim, ylim, side)
        artists = _drawing.draw_samples(ax, x, labels)
        ax.set_xlim(xlim)
        ax.set_ylim(ylim)
        ax.set_xlabel(xlabel)
        ax.set_ylabel(ylabel)
        shown = [names[label] for label in np.unique(labels)]
        ax.legend(
            artists, shown, loc="upper left", bbox_to_anchor=(1, 1), handletextpad=0.2
        )

    said = f"{len(x)} samples of {len(np.unique(labels))} classes and their regions"
    return show(draw, said, ax=ax)


def weights(weights, shape=(28, 28), count=32, *, columns=8, ax=None):
    """The weights of each first unit as an image, negative blue and positive red.

    Parameters
    ----------
    weights : array, shape (M, height * width)
        One unit a row; the first `count` are shown.
    shape : (int, int)
        Height and width of one image.
    count, columns : int
        How many images, and how many in a row.
    ax : Axes, optional
    """
    height, width = as_image_shape(shape)
    count, columns = as_count(count, "count"), as_count(columns, "columns")
    rows = as_array(weights, "weights", shape=("M", height * width), finite=False)
    count = max(1, min(count, len(rows)))
    columns = min(columns, count)

    def draw(ax):
        picture = _drawing.montage(rows, (height, width), columns, count)
        sizes = np.abs(picture[np.isfinite(picture)])
        limit = sizes.max() if sizes.size and sizes.max() > 0 else 1.0
        image = ax.imshow(
            picture,
            cmap=_style.DIVERGING,
            vmin=-limit,
            vmax=limit,
            interpolation="nearest",
        )
        ax.set_axis_off()
        bar = ax.figure.colorbar(image, ax=ax, fraction=0.03, pad=0.02, aspect=30)
        bar.outline.set_visible(False)

    lines = -(-count // columns)
    tall = int(88 * lines * height / width) + 30
    return show(
        draw,
        f"weights of {count} units as images of {height} x {width} pixels",
        ax=ax,
        width=90 * columns + 100,
        height=max(tall, 200),
    )


def images(images, titles=None, *, count=32, columns=8):
    """Grey images in a grid, with titles over them.

    Parameters
    ----------
    images : array, shape (M, H, W) or (M, side * side)
    titles : sequence, optional
        One for each image, such as its label.
    count, columns : int
        How many images at most, and how many in a row.
    """
    images = as_images(images, "images")
    count = min(as_count(count, "count"), len(images))
    columns = min(as_count(columns, "columns"), count)
    titles = _as_many(titles, "titles", len(images))
    texts = [] if titles is None else [str(title) for title in titles[:count]]
    role = "title" if max(map(len, texts), default=0) <= 6 else "tick"
    lines = -(-count // columns)

    def draw(figure):
        grid = figure.subplots(lines, columns, squeeze=False).ravel()
        for ax in grid:
            ax.set_axis_off()
        for ax, image, place in zip(grid, images, range(count), strict=False):
            _draw_image(ax, image)
            if texts:
                size = _style.points(role)  # long ones would meet
                ax.set_title(texts[place], loc="center", pad=3, fontsize=size)

    height = (118 if texts else 90) * lines
    said = f"{count} images"
    if texts:
        said += ": " + ", ".join(texts)
    return show_figure(draw, said, 100 * columns, height)


def confusion_matrix(predicted, labels, classes=None):
    """How often each class was taken for each class.

    Parameters
    ----------
    predicted, labels : array of int, shape (N,)
    classes : int, optional
        How many classes there are; as many as occur by default.

    Returns
    -------
    array of int, shape (C, C)
        One row for each label, one column for each prediction.

    Raises
    ------
    ValueError
        If the two differ in length, or a class is negative or not below `classes`.
    """
    return count_confusions(predicted, labels, classes)


def confusion(predicted, labels, names=None, *, ax=None):
    """A table of which class was taken for which: right in blue, wrong in orange.

    Parameters
    ----------
    predicted, labels : array of int, shape (N,)
    names : sequence of str, optional
        Names of the classes; their number is the number of classes.
    ax : Axes, optional
    """
    classes = None if names is None else len(list(names))
    counts = confusion_matrix(predicted, labels, classes)
    names = _class_names(names, len(counts))
    right = np.diag(np.diag(counts))

    def draw(ax):
        for part, colours in ((right, "Blues"), (counts - right, "Oranges")):
            shares = part / max(part.max(), 1)
            ax.imshow(
                np.where(part > 0, 0.08 + 0.42 * shares, np.nan),
                cmap=colours,
                vmin=0,
                vmax=1,
            )
        size = _style.points("text" if len(counts) <= 10 else "small")
        for (row, column), count in np.ndenumerate(counts):
            shown = f"{count}" if count else "·"
            colour = _style.INK if count else _style.FAINT
            ax.text(
                column,
                row,
                shown,
                ha="center",
                va="center",
                color=colour,
                fontsize=size,
            )
        places = np.arange(len(counts))
        turned = max(len(name) for name in names) > 3
        ax.set_xticks(places, names, rotation=40 if turned else 0)
        ax.set_yticks(places, names)
        ax.tick_params(length=0)
        ax.set_xlabel("predicted")
        ax.set_ylabel("label")
        ax.grid(False)
        ax.spines[:].set_visible(False)

    total = int(counts.sum())
    said = f"confusions: {int(right.sum())} of {total} right"
    side = min(max(360, 56 * len(counts) + 110), 900)
    return show(draw, said, ax=ax, width=side, height=side - 20)


def predictions(images, probabilities, labels=None, names=None):
    """Images, each with a bar for the probability of each class.

    Parameters
    ----------
    images : array, shape (K, H, W) or (K, side * side)
    probabilities : array, shape (K, C)
        Each row adds up to 1.
    labels : array of int, shape (K,), optional
        The right classes.
    names : sequence of str, optional
        Names of the classes.

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong form, or probabilities are outside of [0, 1].
    """
    images = as_images(images, "images")
    shape = (len(images), "C")
    probabilities = as_probabilities(probabilities, "probabilities", shape)
    classes = probabilities.shape[1]
    names = _class_names(names, classes)
    if labels is not None:
        labels = as_array(labels, "labels", shape=(len(images),), integer=True)
        check_classes(labels, "labels", classes)
    best = probabilities.argmax(axis=1)

    def title(k):
        said = f"{names[best[k]]} ({probabilities[k, best[k]]:.0%})"
        if labels is None:
            return said, _style.INK
        if best[k] == labels[k]:
            return f"{said}: right", _style.BLUE
        return f"{said}: it is {names[labels[k]]}", _style.RED

    columns = min(len(images), 4)
    lines = -(-len(images) // columns)
    # What does not fit above an image takes two lines, and turned names more room.
    is_long = max(len(title(k)[0]) for k in range(len(images))) > 22
    turned = max(len(name) for name in names) > 2

    def draw(figure):
        grid = figure.subplots(
            2 * lines, columns, squeeze=False, height_ratios=[1.25, 1] * lines
        )
        for ax in grid.ravel():
            ax.set_axis_off()
        for k, image in enumerate(images):
            row, column = divmod(k, columns)
            above, below = grid[2 * row, column], grid[2 * row + 1, column]
            _draw_image(above, image)
            text, colour = title(k)
            text = text.replace(": ", ":\n") if is_long else text
            above.set_title(
                text, loc="center", color=colour, fontsize=_style.points("label"), pad=6
            )
            below.set_axis_on()
            colours = [_style.SKY] * classes
            colours[best[k]] = _style.BLUE
            if labels is not None and labels[k] != best[k]:
                colours[best[k]], colours[labels[k]] = _style.RED, _style.BLUE
            below.bar(np.arange(classes), probabilities[k], color=colours, width=0.8)
            below.set_ylim(0, 1)
            below.set_yticks([0, 1], ["0", "1"] if column == 0 else ["", ""])
            below.set_xticks(np.arange(classes), names, rotation=90 if turned else 0)
            below.tick_params(length=0)
            below.grid(False)
            if column == 0:
                below.set_ylabel("probability", fontsize=_style.points("tick"))

    said = "; ".join(title(k)[0] for k in range(len(images)))
    height = 360 + 30 * is_long
    return show_figure(draw, f"predictions: {said}", 270 * columns, height * lines)


def _draw_image(ax, image):
    ax.imshow(image, cmap="gray_r", interpolation="nearest")


def _as_many(values, name, count):
    if values is None:
        return None
    values = list(values)
    if len(values) != count:
        raise ValueError(
            f"{name}: expected {count}, one for each image, got {len(values)}"
        )
    return values


def _class_names(names, classes):
    if names is None:
        return [str(number) for number in range(classes)]
    names = [str(name) for name in names]
    if len(names) < classes:
        raise ValueError(
            f"names: expected {classes}, one for each class, got {len(names)}"
        )
    return names
