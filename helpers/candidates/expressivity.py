"""09: what comes of steps, boxes and towers in which something is wrong.

Arrays: `x`, of any shape for `step` and `box`, else (N, 1) or (N, D).
"""

import numpy as np

from helpers.candidates._formulas import Candidates

#: Given: x.
step = Candidates({
    "At 0 itself the step is up already: `>` leaves 0 out.": "np.where(x == 0, 0.0, expected)",
    "At 0 itself the step is up already, not halfway.": "np.where(x == 0, 0.5, expected)",
    "It is turned round: on which side is it 1?": ("1 - expected", "np.where(x == 0, 1.0, 1 - expected)"),
    "It is -1 on the left, as a sign is: a step begins at 0.": ("2 * expected - 1", "np.sign(x)"),
    "It grows with x: a step is 1, however large x is.": "x * expected",
    "It rises gradually: a step is 0 or 1, and nothing between.": ("1 / (1 + np.exp(-x))", "np.clip(x, 0, 1)"),
    "It is 1 everywhere.": "np.ones(x.shape)",
})  # fmt: skip

#: Given: x, left, width, height; right(x, left, width, height), also for widths below 0.
box = Candidates({
    "The right edge stands at `width`: it is that far from the left edge.": "right(x, left, width - left, height)",
    "The second edge is on the left of the first: are there brackets about `left + width`?": "right(x, left, -width, height)",
    "The right edge belongs to the box: it should not.": "expected + height * (x == left + width)",
    "The left edge does not belong to the box: it should.": "expected - height * (x == left)",
    "The wrong edge belongs to the box: the left one should, the right one should not.": "expected - height * (x == left) + height * (x == left + width)",
    "The second step goes up, too: it should take the first one away.": "expected + 2 * height * (x >= left + width)",
    "It never comes down: where is the second step?": "expected + height * (x >= left + width)",
    "The height is left out.": "expected / height",
    "The height is added: it should be multiplied.": "expected / height + height",
    "Only one of the two steps is as high as it should be.": ("expected + (height - 1) * (x >= left + width)", "expected - (height - 1) * (x >= left)"),
    "`left` is taken for the middle of the box.": "right(x, left - width / 2, width, height)",
    "`left` has the wrong sign: where does x minus something become 0?": ("right(x, -left, -width, height)", "right(x, -left, width, height)"),
    "A negative height should point down.": "abs(expected)",
    "It is flattened: it should have the shape of x.": "expected.ravel()",
})  # fmt: skip

#: Given: x, left, width, height (n,), N; right(places, jumps), the sum of steps.
box_network = Candidates({
    "The biases have the wrong sign: for which x is x plus the bias 0?": "right(np.append(-left, -left - width), np.append(height, -height))",
    "The widths are taken for the right edges.": "right(np.append(left, width), np.append(height, -height))",
    "`lefts` are taken for the middles of the boxes.": "right(np.append(left - width / 2, left + width / 2), np.append(height, -height))",
    "All steps go up: at a right edge the output should come down again.": "right(np.append(left, left + width), np.append(height, height))",
    "The boxes never come down: what does the output layer do with the second steps?": "right(left, height)",
    "The heights are left out.": "right(np.append(left, left + width), np.repeat([1.0, -1.0], len(left)))",
    "The heights are left out where the output comes down.": "right(np.append(left, left + width), np.append(height, 0 * height - 1))",
    "The hidden neurons stand in one order, the weights of the output in another.": (
        "right(np.stack([left, left + width], 1).ravel(), np.append(height, -height))",
        "right(np.append(left, left + width), np.stack([height, -height], 1).ravel())",
    ),
    "The wrong edges belong to the boxes: the left ones should, the right ones should not.": "expected - (height * (x == left)).sum(1, keepdims=True) + (height * (x == left + width)).sum(1, keepdims=True)",
    "The right edges belong to the boxes: they should not.": "expected + (height * (x == left + width)).sum(1, keepdims=True)",
    "Away from all boxes the output should be 0: which bias does it have?": ("expected + height.sum()", "expected + height.mean()", "expected + 1", "expected + height.sum() + (height * (x == left + width)).sum(1, keepdims=True)"),
    "Negative heights should point down.": "right(np.append(left, left + width), np.append(abs(height), -abs(height)))",
    "Every box has the height of the first one.": "right(np.append(left, left + width), height[0] * np.repeat([1.0, -1.0], len(left)))",
    "The heights are cut to whole numbers.": "right(np.append(left, left + width), np.append(np.trunc(height), -np.trunc(height)))",
})  # fmt: skip

# Boxes with these left edges, all of one width, and heights: a formula's text.
_BOXES = "right(np.append({0}, {0} + {1}), np.append({2}, 0 - {2}))"
_LEFTS, _WIDTH = "(2 * bound * k / n - bound)", "(bound / n * 2)"
_MIDDLES = "(bound * (2 * k + 1) / n - bound)"

#: Given: f, bound, n, k (the numbers of the parts); right(places, jumps).
approximate = Candidates({
    "The heights are taken at the left edges: they should be taken in the middles.": _BOXES.format(_LEFTS, _WIDTH, f"f({_LEFTS})"),
    "The heights are taken at the right edges: they should be taken in the middles.": _BOXES.format(_LEFTS, _WIDTH, f"f({_LEFTS} + {_WIDTH})"),
    "The heights are means of both edges: they should be taken in the middles.": _BOXES.format(_LEFTS, _WIDTH, f"(f({_LEFTS}) + f({_LEFTS} + {_WIDTH})) / 2"),
    "The interval has the length 2 `bound`: the boxes are too narrow, and leave gaps.": (
        _BOXES.format(_LEFTS, "(bound / n)", f"f({_MIDDLES})"),
        _BOXES.format(_LEFTS, "(bound / n)", f"f({_LEFTS} + bound / n / 2)"),
    ),
    "Only the left half of the interval is covered: how long is it?": (
        _BOXES.format("(bound * k / n - bound)", "(bound / n)", "f(bound * (k + 0.5) / n - bound)"),
    ),
    "Only the right half of the interval is covered: where does it begin?": (
        _BOXES.format("(bound * k / n)", "(bound / n)", "f(bound * (k + 0.5) / n)"),
    ),
    "The boxes begin at 0: the interval begins at minus `bound`.": _BOXES.format(f"({_LEFTS} + bound)", _WIDTH, f"f({_MIDDLES} + bound)"),
    "The n left edges are spread over the whole interval, so that the last box sticks out: `linspace` includes both ends.": (
        _BOXES.format("np.linspace(-bound, bound, len(k))", _WIDTH, f"f(np.linspace(-bound, bound, len(k)) + {_WIDTH} / 2)"),
        _BOXES.format("np.linspace(-bound, bound, len(k))", "(2 * bound / (n - 1))", "f(np.linspace(-bound, bound, len(k)) + bound / (n - 1))"),
    ),
    "The boxes begin half a width too early.": _BOXES.format(f"({_LEFTS} - bound / n)", _WIDTH, f"f({_LEFTS})"),
    "The boxes begin half a width too late: `lefts` are the left edges.": _BOXES.format(_MIDDLES, _WIDTH, f"f({_MIDDLES})"),
    "The heights stand in the wrong order, or at the wrong side.": _BOXES.format(_LEFTS, _WIDTH, f"f({_MIDDLES})[::-1]"),
    "The bound is cut to a whole number.": "right(np.append(2 * int(bound) * k / n - int(bound), 2 * int(bound) * (k + 1) / n - int(bound)), np.append(f(int(bound) * (2 * k + 1) / n - int(bound)), 0 - f(int(bound) * (2 * k + 1) / n - int(bound))))",
    "The width is rounded down to a whole number: `//` does that.": _BOXES.format("(2 * bound // n * k - bound)", "(2 * bound // n)", "f(2 * bound // n * (k + 0.5) - bound)"),
    "Negative heights should point down.": _BOXES.format(_LEFTS, _WIDTH, f"abs(f({_MIDDLES}))"),
    "The heights are cut to whole numbers.": _BOXES.format(_LEFTS, _WIDTH, f"np.trunc(f({_MIDDLES}))"),
})  # fmt: skip

#: Given: x, corner, sides, height, D; inside, along how many axes each x is inside;
#: right(axes, places, signs), the sum of steps along some axes.
tower = Candidates({
    "The threshold is too low: the arms of the cross are still there.": "height * (inside > 0)",
    "The threshold is made for two dimensions.": "height * (inside > 1)",
    "The sides are taken for the opposite corner.": "height * (right([*range(D)] * 2, np.append(corner, sides), np.repeat([1, -1], D)) > D - 0.5)",
    "`corner` is taken for the middle of the block.": "height * (right([*range(D)] * 2, np.append(corner - sides / 2, corner + sides / 2), np.repeat([1, -1], D)) > D - 0.5)",
    "All sides are as long as the first one.": "height * (right([*range(D)] * 2, np.append(corner, corner + sides[0]), np.repeat([1, -1], D)) > D - 0.5)",
    "The threshold has the wrong sign: the tower is everywhere.": "np.full(expected.shape, 1.0 * height)",
    "The hidden neurons stand in one order, their biases in another.": "height * (right(np.repeat(np.arange(D), 2), np.append(corner, corner + sides), np.repeat([1, -1], D)) > D - 0.5)",
    "The second steps are missing: the block has no end.": "height * (right([*range(D)], corner, np.ones(D)) > D - 0.5)",
    "All steps count plus: those at the far edges should be taken away.": "height * (right([*range(D)] * 2, np.append(corner, corner + sides), np.ones(2 * D)) > D - 0.5)",
    "The height stands before the threshold, which counts ridges: it belongs behind it.": "1.0 * (height * right([*range(D)] * 2, np.append(corner, corner + sides), np.repeat([1, -1], D)) > D - 0.5)",
    "The height is left out.": "1.0 * (inside > D - 1)",
    "A negative height should point down.": "abs(expected)",
    "Outside of the block the output should be 0: which bias does it have?": ("expected + height", "expected + 1"),
    "The wrong edges belong to the block: those at the corner should, the opposite ones should not.": "height * ((x > corner) & (x <= corner + sides)).all(1, keepdims=True)",
    "The far edges belong to the block: they should not.": "height * ((x >= corner) & (x <= corner + sides)).all(1, keepdims=True)",
    "The height is cut to a whole number.": "np.trunc(expected)",
})  # fmt: skip


def explain_boxes(network, n, what):
    """Return what is wrong with the form of the network of n boxes, or None."""
    shapes = {
        "weights1": (2 * n, 1),
        "biases1": (2 * n,),
        "weights2": (1, 2 * n),
        "biases2": (1,),
    }
    return _explain_form(network, shapes, what, n, "two hidden neurons for each box")


def explain_tower(network, d, what):
    """Return what is wrong with the form of the network of a tower, or None."""
    shapes = {
        "weights1": (2 * d, d),
        "biases1": (2 * d,),
        "weights2": (1, 2 * d),
        "biases2": (1,),
        "weights3": (1, 1),
        "biases3": (1,),
    }
    return _explain_form(network, shapes, what, d, "two hidden neurons for each axis")


def _explain_form(network, shapes, what, n, rule):
    """Return the first thing that is wrong: the tuple, a shape, a dtype, a NaN."""
    asked = f"the network {what}: expected a tuple of {len(shapes)} arrays"
    if network is None:
        return f"{asked}, got None. Is a `return` missing?"
    if not isinstance(network, tuple | list):
        return f"{asked}, got {type(network).__name__}."
    if len(network) != len(shapes):
        return f"{asked}, {', '.join(shapes)}; got {len(network)} of them."
    for (name, shape), array in zip(shapes.items(), network, strict=True):
        said = f"{name} {what}: expected"
        if not isinstance(array, np.ndarray):
            return f"{said} an array, got {type(array).__name__}."
        if array.shape != shape:
            hint = _explain_shape(array.shape, shape, n, rule)
            return f"{said} shape {shape}, got {array.shape}. {hint}".strip()
        if array.dtype != np.float64:
            hint = "Whole numbers cannot hold fractions." * (array.dtype.kind in "iu")
            return f"{said} float64, got {array.dtype}. {hint}".strip()
        if not np.isfinite(array).all():
            return f"{said} finite numbers, got NaN or infinity."
    return None


def _explain_shape(got, shape, n, rule):
    if got == shape[::-1] and len(shape) == 2:
        return "It is transposed."
    if len(got) == len(shape) + 1:
        return "There is an axis too many."
    if len(got) == len(shape) - 1:
        return "An axis of length 1 is missing."
    if len(got) != len(shape):
        return ""
    for came, wanted in zip(got, shape, strict=True):
        if came != wanted == 2 * n:
            return (
                f"There are {rule}." if came == n else f"Count them: there are {rule}."
            )
    return ""
