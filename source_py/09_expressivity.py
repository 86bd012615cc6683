# %% [markdown]
# # 09 · What a network can say: boxes
#
# **What you'll do.** Build any smooth curve out of boxes, and each box out of two neurons. You write the weights of
# such a network down, without any training; then you let a network of the same size learn the same curve.
#
# **What you'll learn.** Why one hidden layer is enough in principle; how the error falls with the number of neurons,
# and how to predict it before you measure it; why the same construction is hopeless in ten dimensions; and what a
# trained network does that boxes cannot.
#
# **What you need.** The formula of a linear layer (notebook 01), `Sigmoid` (02), `MLP` (03), `MSELoss` (04) and `Adam`
# (07): they come along in `parts.py`. Derivatives. About 90 minutes.

# %%
import numpy as np
from parts import MLP, Adam, MSELoss, Sigmoid

from helpers import candidates, live, plots
from helpers.checks import (
    attempt,
    check,
    draw,
    expect,
    needs,
    ready,
    same,
    summary,
    unchanged,
)
from helpers.execution import is_grading

# %% [markdown]
# ## Words in this notebook
#
# | name | meaning | shape |
# | --- | --- | --- |
# | `x` | inputs, one sample a row | (N, D) |
# | `y` | what a network puts out | (N, 1) |
# | `weights`, `biases` | of a layer: `x @ weights.T + biases` | (M, D), (M,) |
# | `lefts`, `widths`, `heights` | n boxes side by side | (n,) each |
# | `corner`, `sides` | one box in D dimensions | (D,) each |
# | `bound` | $B$: curves are looked at between $-B$ and $B$ | a number |
#
# The rules of the earlier notebooks hold: no function changes its arguments, nor an array that it has returned before;
# integers count as float64. `step` and `box` give float32 for float32. The networks that you write down are always
# float64.

# %% [markdown]
# ## A neuron that is off or on
#
# Take a linear neuron, and let a **step** follow it: 0 for everything below 0, and 1 from 0 on. The neuron
# `step(x - left)` is off on the left of the place `left`, and on from there. McCulloch and Pitts described neurons like
# this one in 1943, before anybody thought of training them.
#
# A second such neuron, taken away from the first, switches it off again. What is left is a **box**.

# %% [markdown]
# ### Exercise 9.1 · A step, and a box
#
# **Do** fill in `step` and `box` in the cell below. There is a check for each.
#
# **Why** everything in this notebook is made of these two. What happens exactly *at* an edge looks like a trifle, until
# two boxes share one: then either both claim it, or none, or just one does.
#
# *10 minutes · difficulty 1 of 5*

# %% [markdown]
# $$\operatorname{step}(x) = \begin{cases} 0 & x < 0 \\ 1 & x \ge 0 \end{cases} \qquad\qquad
# \operatorname{box}(x) = h \, \bigl( \operatorname{step}(x - \ell) - \operatorname{step}(x - (\ell + \delta)) \bigr)$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $x$ | `x` | any shape, such as (N,) or (N, 1) |
# | $\ell$, $\delta$ | `left`, `width`: where the box begins, and how wide it is, above 0 | numbers |
# | $h$ | `height`: a negative one points down | a number |
# | the result | one value for each entry | like `x` |
#
# The box is **half-open**, $[\ell, \ell + \delta)$: its left edge belongs to it, its right edge does not. So boxes that
# stand side by side cover every place exactly once (as far as floats hold the edges exactly).
#
# float32 in gives float32 out; integers and everything else give float64, never booleans.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "box", "locked": false, "schema_version": 3, "solution": true, "task": false}
def step(x):
    """Return 1 where x >= 0 and 0 elsewhere, shaped like the array x."""
    ### BEGIN SOLUTION
    is_float = np.issubdtype(x.dtype, np.floating)
    return (x >= 0).astype(x.dtype if is_float else float)
    ### END SOLUTION


def box(x, left, width, height):
    """Return height where left <= x < left + width, and 0 elsewhere, shaped like x."""
    ### BEGIN SOLUTION
    return height * (step(x - left) - step(x - (left + width)))
    ### END SOLUTION


# %% [markdown]
# **Try it.** A box of height 3 from 1 to 1.5, its left edge in it, its right edge not: `[0. 0. 1. 1. 1.]` and
# `[0. 3. 3. 0. 0.]`.

# %%
with attempt():
    print(step(np.array([-2.0, -0.5, 0.0, 0.5, 2.0])))
    print(box(np.array([0.5, 1.0, 1.25, 1.5, 2.0]), left=1, width=0.5, height=3))


# %% deletable=false editable=false
@check
def check_step():
    rng, returned = np.random.default_rng(901), []
    for shape in ((5,), (5, 1), (3, 3), (2, 3, 2)):
        (x,) = draw(rng, shape)
        x.flat[1:4] = 0.0, 2.5, -1.5
        expected = np.array([float(v >= 0) for v in x.flat]).reshape(shape)
        with unchanged(x=x):
            y = step(x)
        case = candidates.expressivity.step(x=x)
        same(f"step(x), x of shape {shape}", y, expected, case)
        returned.append((y, expected))
        step(1 - x)
    x = np.array([-3, 0, 2])
    expected = np.array([0.0, 1.0, 1.0])
    same("step(x) for integers", step(x), expected, candidates.expressivity.step(x=x))
    small = x.astype(np.float32)
    same("step(x) in float32", step(small), expected.astype(np.float32))
    kept = all(candidates.close(*pair) for pair in returned)
    expect(kept, "A later call changes what step(x) returned: make a new array.")


# %% deletable=false editable=false
@check
def check_box():
    needs("step")
    x = np.array([-3, -1.5, -1, -0.75, -0.5, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2.25, 4])

    def right(x, left, width, height):
        up, down = (x >= left) * 1.0, (x >= left + width) * 1.0
        return height * up - height * down

    settings = (-0.75, 1.25, 3.5), (0.25, 0.5, -2.0), (0.5, 1.75, 0.25), (1, 2, 3)
    for left, width, height in settings:
        given = {"left": left, "width": width, "height": height}
        for shape in ((13,), (13, 1)):
            place = x.reshape(shape)
            case = candidates.expressivity.box(x=place, right=right, **given)
            with unchanged(x=place):
                y = box(place, left, width, height)
            name = f"box(x, {left}, {width}, {height}), x of shape {shape}"
            same(name, y, right(place, left, width, height), case)
        y = box(x.astype(np.float32), left, width, height)
        expected = right(x, left, width, height).astype(np.float32)
        same(f"box(x, {left}, {width}, {height}) in float32", y, expected)
    y = box(np.array([-1, 0, 1, 2, 3]), 1, 2, -3)
    same("box(x, 1, 2, -3) for integers", y, np.array([0.0, 0.0, -3.0, -3.0, 0.0]))


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_step", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("step")  # test_step, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import draw, expect, graded, layouts, same, unchanged


@graded
def test_step():
    rng, returned = np.random.default_rng(902), []
    for shape in ((7,), (11, 1), (4, 4), (1, 1), (1,), (3, 2, 5)):
        (x,) = draw(rng, shape)
        x.flat[:3] = (3.5, -1e-12, 0.0) if x.size > 1 else 0.0
        expected = np.where(np.signbit(x), 0.0, 1.0)
        case = candidates.expressivity.step(x=x)
        for label, x_laid_out in layouts(x):
            with unchanged(x=x_laid_out):
                y = step(x_laid_out)
            same(f"step(x), x {shape} in {label}", y, expected, case)
            returned.append((y, expected))
        step(-1 - x)
        y = step(x.astype("f4"))
        same(f"step(x), x {shape} in float32", y, expected.astype("f4"))
    kept = all(candidates.close(*pair) for pair in returned)
    expect(kept, "A later call changes what step(x) returned: make a new array.")
    x = np.array([[5, -1], [0, -7], [3, 0]])
    expected = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    same("step(x) for integers", step(x), expected, candidates.expressivity.step(x=x))


### END HIDDEN TESTS

# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_box", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("box")  # test_box, 2 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import graded, layouts, same, unchanged


def right(x, left, width, height):
    return height * np.where(x < left, 0.0, np.where(x < left + width, 1.0, 0.0))


def signed(x, left, width, height):
    """The same with the two steps one by one: a width below 0 counts backwards."""
    return height * ((x >= left) * 1.0 - (x >= left + width))


def with_own_step(x, left, width, height):
    """What a right box makes of the step that it is given, or None."""
    try:
        made = height * (step(x - left) - step(x - (left + width)))
    except NotImplementedError:
        raise
    except Exception:  # what is wrong with it is for test_step to tell
        return None
    return np.asarray(made)


def tells_boxes_apart(x, left, width, height):
    others = (
        (left + 0.5, width, height),
        (left, width + 1, height),
        (left, width, 3 * height),
    )
    own = with_own_step(x, left, width, height)
    made = [with_own_step(x, *other) for other in others]
    return own is not None and not any(candidates.close(own, m) for m in made)


def judge(name, x, left, width, height, is_telling):
    """Compare; a step that is wrong costs the points of test_step only."""
    given = {"left": left, "width": width, "height": height}
    expected = right(x, left, width, height).astype("f4" if x.dtype == "f4" else float)
    own = with_own_step(x, left, width, height)
    with unchanged(x=x):
        y = box(x, left, width, height)
    is_right = own is not None and own.dtype == expected.dtype
    is_right = is_right and candidates.close(own, expected)
    if own is not None and is_telling and not is_right and candidates.close(y, own):
        return
    case = candidates.expressivity.box(x=x, right=signed, **given)
    same(name, y, expected, case)


@graded
def test_box():
    rng = np.random.default_rng(903)
    settings = (-1.75, 0.75, 2.5), (0.5, 2.25, -1.5), (-0.25, 4.5, 0.125), (2, 1, -7)
    for left, width, height in settings:
        edges = left, left + width, left - 0.125, left + width + 0.125, -left, width
        x = np.concatenate([rng.uniform(-5, 7, size=24), edges])
        given = left, width, height, tells_boxes_apart(x, left, width, height)
        said = f"box(x, {left}, {width}, {height})"
        for shape in ((30,), (30, 1), (6, 5), (2, 3, 5)):
            for label, x_laid_out in layouts(x.reshape(shape)):
                judge(f"{said}, x {shape} in {label}", x_laid_out, *given)
        judge(f"{said} in float32", np.float32(8 * x).round() / 8, *given)
        judge(f"{said} for integers", np.rint(x).astype(int), *given)
        for value in (left, left + width / 2, left + width):
            judge(f"{said} for one sample", np.array([[value]]) * 1.0, *given)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# What does a comparison such as `x >= 0` give for an array? What would have to happen to it before you can count with
# it?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# The booleans become numbers with `astype`: of the dtype that `x` has, if that is a float one, and else `float`. (NumPy
# knows the step, too: `np.heaviside`. Read what its second argument is for.) For the box follow the formula, with your
# own `step`: one that goes up at the left edge, minus one that goes up at the right edge.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `(x >= 0).astype(...)`. In `box` two calls: `step` of `x` minus the left edge, and `step` of `x` minus the right edge,
# which is `left + width`. Multiply the difference by `height`.
# </details>

# %% [markdown]
# **Predict, then run.** Three boxes that share edges, and their sum. Where does the sum jump, and by how much? What
# would stand at $x = 1$ if both edges belonged to a box, and what if none did?

# %%
with attempt():
    places = np.linspace(-0.5, 3.5, 2001)
    three = [(0, 1, 1.0), (1, 1, -0.5), (2, 1, 2.0)]
    lines = {f"box {k}": (places, box(places, *b)) for k, b in enumerate(three, 1)}
    lines["sum"] = (places, sum(box(places, *b) for b in three) + 0.03)
    plots.curves(lines, xlabel="x", ylabel="y (the sum is drawn a little higher)")

# %% [markdown]
# ## Boxes are a network
#
# Look at the sum of boxes again: steps of $x$ minus a place, times numbers, added up. That is a linear layer, a step,
# and another linear layer:
#
# $$h = \operatorname{step}(x\, W_1^\top + b_1) \qquad\qquad y = h\, W_2^\top + b_2$$
#
# There is nothing to train: you can say which weights these are.

# %% [markdown]
# ### Exercise 9.2 · The weights of n boxes
#
# **Do** write `box_network`: it takes n boxes, and returns the weights and biases of a network with one hidden layer
# whose output is the sum of the boxes.
#
# **Why** "a network can represent this function" is a claim about weights. The surest way to show it is to write them
# down.
#
# *20 minutes · difficulty 3 of 5*

# %% [markdown]
# $$y(x) = \sum_{k=1}^{n} h_k \, \bigl( \operatorname{step}(x - \ell_k) - \operatorname{step}(x - (\ell_k + \delta_k)) \bigr)$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $\ell_k$, $\delta_k$, $h_k$ | `lefts`, `widths`, `heights` | (n,) |
# | $W_1$, $b_1$ | `weights1`, `biases1`: two hidden neurons for each box | (2n, 1), (2n,) |
# | $W_2$, $b_2$ | `weights2`, `biases2`: one output | (1, 2n), (1,) |
#
# What `box_network` promises:
#
# - It returns a tuple of four arrays, `(weights1, biases1, weights2, biases2)`, all float64, whatever numbers come in.
# - In which order the hidden neurons stand is yours to choose. So are the weights in $W_1$, as long as the boxes are half-open.
# - n is 1 or more. Boxes may overlap, leave gaps, and have negative heights; the widths are above 0.
#
# `evaluate` is given. It runs any network of this kind, with your `step` between the layers.


# %%
def evaluate(network, x, bend=None):
    """Take x (N, D), return y (N, 1): linear layers, and `bend` after all but the last.

    network : weights and biases of each layer, in turn
    bend : function of an array, `step` by default
    """
    bend = step if bend is None else bend
    *hidden, (weights, biases) = zip(network[::2], network[1::2], strict=True)
    for hidden_weights, hidden_biases in hidden:
        x = bend(x @ hidden_weights.T + hidden_biases)
    return x @ weights.T + biases


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "box_network", "locked": false, "schema_version": 3, "solution": true, "task": false}
def box_network(lefts, widths, heights):
    """Take n boxes (n,), return weights1, biases1, weights2, biases2 of their sum.

    Shapes: weights1 (2n, 1), biases1 (2n,), weights2 (1, 2n), biases2 (1,), float64.
    """
    ### BEGIN SOLUTION
    edges = np.concatenate([lefts, lefts + widths]).astype(float)  # all up, all down
    jumps = np.concatenate([1.0 * heights, -1.0 * heights]).astype(float)
    weights1, weights2 = np.ones((edges.size, 1)), jumps[np.newaxis, :]
    return weights1, -edges, weights2, np.zeros(1)
    ### END SOLUTION


# %% [markdown]
# **Try it.** Two boxes, one of height 3 over [1, 2), one of height -1 over [2, 4). At 0, 1, 2, 3 and 4 the network says
# 0, 3, -1, -1 and 0.

# %%
with attempt():
    network = box_network(np.array([1, 2]), np.array([1, 2]), np.array([3.0, -1.0]))
    for array in network:
        print(f"{array.shape!s:7} {array.ravel()}")
    print(evaluate(network, np.arange(5.0).reshape(-1, 1)).ravel())

# %% [markdown]
# **Check it.** The check looks at the four arrays first, and then runs them, with a step of its own: at places in and
# between the boxes, and exactly at their edges.


# %% deletable=false editable=false
def run(network, x):
    """What a network puts out, with a step that is surely right."""
    pairs = list(zip(network[::2], network[1::2], strict=True))
    for weights, biases in pairs[:-1]:
        x = (x @ weights.T + biases >= 0) * 1.0
    weights, biases = pairs[-1]
    return x @ weights.T + biases


def staircase(x):
    """Return the function of places and jumps (n,) that adds up steps at x (N, 1)."""
    return lambda places, jumps: ((x >= places) * jumps).sum(axis=1, keepdims=True)


# %% deletable=false editable=false
@check
def check_box_network():
    rng, returned = np.random.default_rng(904), []
    boxes = [
        ([1, 2], [1, 2], [3, -2]),
        ([-1.5, 0.25, 2.0], [0.75, 1.0, 0.5], [2.0, -0.5, 1.25]),
        ([-0.5], [1.25], [-4.0]),
        ([-2, -1, 0.5, 1, -1.5], [0.5, 2.25, 1, 1.5, 4], [1.5, 2, -3, 0.5, 1]),
    ]
    for values, kind in [(b, k) for b in boxes for k in (None, np.float32)]:
        lefts, widths, heights = (np.array(v, kind) for v in values)
        given = {"lefts": lefts, "widths": widths, "heights": heights}
        with unchanged(**given):
            network = box_network(lefts, widths, heights)
        n, what = len(lefts), f"of {len(lefts)} boxes, {lefts.dtype}"
        sentence = candidates.expressivity.explain_boxes(network, n, what)
        expect(sentence is None, sentence)
        x = np.concatenate([rng.uniform(-4, 8, size=20), lefts, lefts + widths])[
            :, None
        ]
        right = staircase(x)
        given = {"left": lefts, "width": widths, "height": heights, "right": right}
        case = candidates.expressivity.box_network(x=x, N=n, **given)
        inside = (x >= lefts) & (x < lefts + widths)
        expected = (inside * heights.astype(float)).sum(axis=1, keepdims=True)
        same(f"the network {what}: its y", run(network, x), expected, case)
        returned.append((network, x, expected))
        box_network(lefts - 1, widths, 2 * heights)
    kept = all(candidates.close(run(net, x), y) for net, x, y in returned)
    expect(kept, "A later call changes a network from before: make new arrays.")


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_box_network", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("box_network")  # test_box_network, 3 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import expect, graded, same, unchanged


def run_sharp(network, x):
    weights1, biases1, weights2, biases2 = network
    return np.where(x @ weights1.T + biases1 < 0, 0.0, 1.0) @ weights2.T + biases2


def add_boxes(x, lefts, widths, heights):
    total = np.zeros((len(x), 1))
    for left, width, height in zip(lefts, widths, heights, strict=True):
        total += height * np.logical_and(left <= x, x < left + width)
    return total


def try_boxes(rng, lefts, widths, heights, what):
    """Compare the network of some boxes with their sum; return what to look at again."""
    arrays, n = {"lefts": lefts, "widths": widths, "heights": heights}, len(lefts)
    with unchanged(**arrays):
        network = box_network(lefts, widths, heights)
    what = f"of {n} boxes, {what}"
    sentence = candidates.expressivity.explain_boxes(network, n, what)
    expect(sentence is None, sentence)
    left, width, height = (a.astype(float) for a in arrays.values())
    edges = np.concatenate([left, left + width])
    x = np.concatenate([rng.uniform(-9, 9, size=40), edges, edges - 0.125])[:, None]

    def right(places, jumps):
        return sum(
            j * np.where(x < p, 0.0, 1.0) for p, j in zip(places, jumps, strict=True)
        )

    given = {"left": left, "width": width, "height": height, "right": right}
    case = candidates.expressivity.box_network(x=x, N=n, **given)
    expected = add_boxes(x, left, width, height)
    same(f"the network {what}: its y", run_sharp(network, x), expected, case)
    return network, x, expected


@graded
def test_box_network():
    rng, returned = np.random.default_rng(905), []
    for n in (5, 11, 2, 3, 1, 7):
        lefts = np.concatenate([[-3.25, -1.5], rng.integers(-20, 20, size=n) / 4])[-n:]
        widths = rng.integers(1, 14, size=n) / 4
        heights = rng.uniform(0.5, 3, size=n) * rng.choice([-1, 1], size=n)
        arrays = lefts, widths, heights
        returned.append(try_boxes(rng, *arrays, "float64"))
        spread = [np.repeat(a, 2)[::2] for a in arrays]
        try_boxes(rng, *spread, "every second entry of arrays")
        try_boxes(rng, *(a.astype("f4") for a in arrays), "float32")
        whole = np.rint(3 * lefts).astype(int), np.rint(widths + 1).astype(int)
        try_boxes(rng, *whole, heights, "int64 and float64")
        try_boxes(rng, *whole, np.rint(4 * heights).astype(int), "int64")
    kept = all(candidates.close(run_sharp(net, x), y) for net, x, y in returned)
    expect(kept, "A later call changes a network from before: make new arrays.")


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# A hidden neuron computes `step(x * weight + bias)`. With a weight of 1: which bias lets it rise at the place `left`?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# List all places where something rises: first the n left edges, then the n right edges, with `np.concatenate`. The
# biases of the hidden layer come from that list. Then list, in the same order, by how much the output jumps there.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `weights1` is all ones, `biases1` is minus the list of places. `weights2` is the heights followed by minus the
# heights, as one row: `[np.newaxis, :]` or `reshape(1, -1)`. `biases2` is one zero. `np.concatenate` of integers gives
# integers: turn them into floats.
# </details>

# %% [markdown]
# ### Steps that are only steep
#
# Nothing can be trained through a step: its slope is 0 wherever it has one. A `Sigmoid` of $s z$ has a slope
# everywhere, and looks more and more like a step as $s$ grows. The network stays as it is; only the bend between its
# layers changes.
#
# At the distance $d$ from its edge such a neuron is off by $\sigma(-s d) < e^{-s d}$, times the jump that it makes. So
# for every distance, however small, some slope will do.
#
# **Predict, then run.** Two boxes with slopes of 5, 20 and 100. At which distance from an edge is each curve right? And
# exactly at an edge, does a larger slope help there?

# %%
with attempt():
    network = box_network(
        np.array([0.0, 1.0]), np.array([1.0, 1.0]), np.array([2.0, -1.0])
    )
    x = np.linspace(-0.5, 2.5, 1201).reshape(-1, 1)
    sharp = evaluate(network, x)
    lines = {"step": (x.ravel(), sharp.ravel())}
    away = (np.abs(x - np.array([0, 1, 2])) > 0.099).all(axis=1)
    print("largest error at 0.1 or more from every edge, and error at the edge x = 1:")
    for slope in (5, 20, 100):
        soft = evaluate(network, x, lambda z, s=slope: Sigmoid().forward(s * z))
        lines[f"slope {slope}"] = (x.ravel(), soft.ravel())
        error = np.abs(soft - sharp)
        at_edge = error[np.argmin(np.abs(x - 1))].item()
        print(f"slope {slope:3}: {error[away].max():.1e} and {at_edge:.2f}")
    plots.curves(lines, xlabel="x", ylabel="y")

# %% [markdown]
# At an edge a sigmoid is at one half, whatever its slope: there the curve passes through the middle of the jump. A
# steeper one is wrong in a smaller neighbourhood, never by less. Networks with sigmoids come as near to boxes as you
# like, except at the jumps themselves; and a continuous curve has none.

# %% [markdown]
# ## From boxes to curves
#
# Cut the interval from $-B$ to $B$ into $n$ equal parts, and put a box on each, as high as the curve is in the middle
# of the part.
#
# **How wrong can that be?** A part is $2B/n$ wide, so no place in it is further than $B/n$ from the middle $c$. On the
# way from $c$ to $x$ the curve cannot rise or fall faster than its largest slope (that is the mean value theorem), so
#
# $$|f(x) - f(c)| \le \max|f'| \cdot |x - c| \le \frac{B \max|f'|}{n}$$
#
# The error falls like $1/n$: twice as many boxes, half the error. One says that the method is of **first order**. And
# on average? The mean distance from the middle is half the largest one, so the mean error is near
# $B\,\overline{|f'|} / (2n)$, with the mean slope in place of the largest.

# %% [markdown]
# ### Exercise 9.3 · Any curve
#
# **Do** write `approximate`, which chooses the boxes for a function and returns their network.
#
# **Why** with it you hold a proof in your hands: for every smooth function and every error you ask for, here is the
# network.
#
# *10 minutes · difficulty 2 of 5*

# %% [markdown]
# $$\delta = \frac{2B}{n} \qquad\qquad \ell_k = -B + k\,\delta \qquad\qquad h_k = f\!\left(\ell_k + \tfrac{1}{2}\delta\right)
# \qquad\qquad k = 0, \dots, n-1$$
#
# | maths | code | what it is |
# | --- | --- | --- |
# | $f$ | `f` | a function that takes an array of any shape, and returns the value for each entry |
# | $B$ | `bound` | a number above 0, whole or not |
# | $n$ | `n` | how many boxes, 1 or more |
# | $\ell_k$, $\delta$, $h_k$ | the `lefts`, `widths` (all alike) and `heights` for `box_network` | (n,) each |
#
# `approximate` returns what `box_network` returns for these boxes: the tuple `(weights1, biases1, weights2, biases2)`,
# which `evaluate` can run. As the boxes are half-open, the network covers $[-B, B)$: at $x = B$ and outside it is 0.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "approximate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def approximate(f, bound, n):
    """Return the box network of n equal boxes on [-bound, bound) that follows f."""
    ### BEGIN SOLUTION
    width = 2 * bound / n
    lefts = -bound + width * np.arange(n)
    return box_network(lefts, np.full(n, width), f(lefts + width / 2))
    ### END SOLUTION


# %% [markdown]
# **Try it.** Four boxes for $x^2$ between -2 and 2. The middles are -1.5, -0.5, 0.5 and 1.5, so the boxes are 2.25,
# 0.25, 0.25 and 2.25 high. At -2, -0.5, 0 and 1 the network says 2.25, 0.25, 0.25 and 2.25; at 2 it says 0.

# %%
with attempt():
    network = approximate(np.square, 2, 4)
    print(evaluate(network, np.array([[-2.0], [-0.5], [0.0], [1.0], [2.0]])).ravel())


# %% deletable=false editable=false
@check
def check_approximate():
    needs("box_network")
    rng = np.random.default_rng(906)
    curves = {
        "x ** 2 + x": lambda v: v**2 + v,
        "np.exp(v)": np.exp,
        "3 - v": lambda v: 3 - v,
    }
    for name, f in curves.items():
        for bound, n in ((2, 4), (2.5, 3), (1.5, 1), (0.7, 5), (2.1, 7)):
            network = approximate(f, bound, n)
            what = f"of {n} boxes for {name}, bound {bound}"
            sentence = candidates.expressivity.explain_boxes(network, n, what)
            expect(sentence is None, sentence)
            part = np.repeat(np.arange(n), 4)
            width = bound / n + bound / n
            inside = (part + rng.uniform(0.05, 0.95, size=4 * n)) * width - bound
            x = np.append(inside, [-1.1 * bound, 1.1 * bound, 2 * bound])[:, None]
            middles = [(k - (n - 1) / 2) * width for k in part]
            expected = np.append([float(f(np.array(c))) for c in middles], [0, 0, 0])
            right = staircase(x)
            case = candidates.expressivity.approximate(
                f=f, bound=bound, n=n, k=np.arange(n), right=right
            )
            y = run(network, x)
            same(f"the network {what}: its y", y, expected[:, None], case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_approximate", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("approximate")  # test_approximate, 3 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import CheckFailed, expect, graded, same


def run_sharp(network, x):
    weights1, biases1, weights2, biases2 = network
    return np.where(x @ weights1.T + biases1 < 0, 0.0, 1.0) @ weights2.T + biases2


def keep(network):
    """A copy of a network's arrays; anything else as it is."""
    is_sequence = isinstance(network, tuple | list)
    if is_sequence and all(isinstance(a, np.ndarray) for a in network):
        return [a.copy() for a in network]
    return network


def own_network(lefts, widths, heights):
    """What the student's box_network gives, or None."""
    try:
        return keep(box_network(lefts, widths, heights))
    except NotImplementedError:
        raise
    except Exception:  # what is wrong with it is for test_box_network to tell
        return None


def agree(one, two):
    pairs = isinstance(one, list) and isinstance(two, list) and len(one) == len(two)
    return pairs and all(candidates.close(a, b) for a, b in zip(one, two, strict=True))


def is_excused(network, lefts, widths, heights):
    """Whether only box_network is wrong: these boxes, and no others, give the network."""
    own = own_network(lefts.copy(), widths.copy(), heights.copy())
    others = (
        own_network(lefts + 0.3, widths.copy(), heights.copy()),
        own_network(lefts.copy(), 1.5 * widths, heights.copy()),
        own_network(lefts.copy(), widths.copy(), 3 - 2 * heights),
    )
    return agree(network, own) and not all(agree(own, other) for other in others)


def compare(name, network, x, expected, case, n):
    sentence = candidates.expressivity.explain_boxes(network, n, name)
    expect(sentence is None, sentence)
    same(f"the network {name}: its y", run_sharp(network, x), expected, case)


@graded
def test_approximate():
    rng = np.random.default_rng(907)
    curves = {
        "a cubic": lambda v: v**3 / 4 - v + 0.5,
        "np.cos(2 * v) + v + 0.3": lambda v: np.cos(2 * v) + v + 0.3,
        "a line that goes down": lambda v: 1.4 - 2 * v,
        "whole numbers": lambda v: np.rint(5 * np.sin(v) - v).astype(int),
    }
    for name, f in curves.items():
        for bound, n in ((3, 7), (1.25, 5), (2, 16), (0.9, 2), (4.75, 1), (1, 49)):
            network = keep(approximate(f, bound, n))
            what = f"of {n} boxes for {name}, bound {bound}"
            middles = bound * (2 * np.arange(n) + 1 - n) / n
            heights = np.array([float(f(np.array([c]))[0]) for c in middles])
            half = np.full(n, bound / n)
            places = middles[:, None] + rng.uniform(-0.97, 0.97, size=(n, 3)) * half[0]
            x = np.append(places, [-1.01 * bound, 1.01 * bound, 2.2 * bound])[:, None]
            expected = np.append(np.repeat(heights, 3), np.zeros(3))[:, None]
            if n == 16:  # edges that floats hold exactly
                x = np.append(x, np.arange(-2.0, 2.25, 0.25))[:, None]
                expected = np.append(expected, [*heights, 0.0])[:, None]

            def right(places, jumps, x=x):
                up = [j * (x >= p) for p, j in zip(places, jumps, strict=True)]
                return np.sum(up, axis=0)

            given = {"f": f, "bound": bound, "n": n, "k": np.arange(n)}
            case = candidates.expressivity.approximate(right=right, **given)
            try:
                compare(what, network, x, expected, case, n)
            except CheckFailed:
                if not is_excused(network, middles - half, 2 * half, heights):
                    raise


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# How many parts fit between $-B$ and $B$, and how wide is one? Where does part number $k$ begin?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `np.arange(n)` gives the numbers of the parts; the left edges come from it by one product and one sum. Counting the
# parts is safer than `np.arange(-bound, bound, width)`, which now and then gives one too many, because of rounding.
# Then ask `f` in the middle of each part, once, for all parts together.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# The width is `2 * bound / n`, the left edges are `-bound + width * np.arange(n)`, the middles half a width further.
# `np.full(n, width)` makes the array of widths. Return what `box_network` gives for lefts, widths and `f` of the
# middles.
# </details>

# %% [markdown]
# **Predict, then run.** A wave, and a hill on a slope, each from 5, 10 and 20 boxes. Where are the boxes furthest from
# the curve: at its peaks, or where it is steep?


# %%
BOUND = 2


def wave(x):
    """Return sin 3x."""
    return np.sin(3 * x)


def hill(x):
    """Return a hill on a slope."""
    return np.exp(-4 * x**2) + x / 2


# The middles of 4000 equal parts: between the edges of boxes, not on them.
grid = BOUND * ((np.arange(4000) + 0.5) / 2000 - 1).reshape(-1, 1)

# %%
with attempt():
    names = ["boxes", "curve"]
    panels = [
        live.Lines(name, names, (-2, 2), (-1.6, 2), dashed=["curve"])
        for name in ("wave", "hill")
    ]
    with live.Board(*panels, pace=0.8, budget=0.5) as board:
        for n in (5, 10, 20):
            lines = {}
            for f in (wave, hill):
                y = evaluate(approximate(f, BOUND, n), grid)
                lines[f.__name__] = {"boxes": (grid, y), "curve": (grid, f(grid))}
            board.update(**lines)

# %% [markdown]
# **Now measure it.** For each function the largest error and the mean error over 4000 places, and the bounds that were
# derived above. The largest slope is measured, too. (The places lie between the edges. In floats, `left + width` and
# the next `left` may differ in the last digit, and on that hair's breadth there is no box, or two.)
#
# **Predict, then run.** In a picture in which both axes are logarithmic, $c/n$ is a straight line. Which slope does it
# have? Which of the curves will be straighter, that of the mean error or that of the largest?


# %%
def errors(f, y):
    """Return the largest and the mean distance between f and y on the grid."""
    distance = np.abs(y - f(grid))
    return distance.max(), distance.mean()


def slope_of(counts, values):
    """Return the slope of the straight line through the points, both in logarithms."""
    return np.polyfit(np.log(counts), np.log(values), 1)[0]


# %%
with attempt():
    counts, lines = np.array([10, 20, 40, 80, 160]), {}
    for f in (wave, hill):
        slopes = np.abs(np.gradient(f(grid).ravel(), grid.ravel()))
        print(f"{f.__name__}: boxes, largest error (bound), mean error (predicted)")
        measured = []
        for n in counts:
            largest, mean = errors(f, evaluate(approximate(f, BOUND, n), grid))
            bounds = BOUND * slopes.max() / n, BOUND * slopes.mean() / (2 * n)
            measured.append((largest, mean))
            line = f"{largest:.4f} ({bounds[0]:.4f})   {mean:.4f} ({bounds[1]:.4f})"
            print(f"{n:14}   {line}")
        largest, mean = np.transpose(measured)
        said = f"{slope_of(counts, largest):.3f} and {slope_of(counts, mean):.3f}"
        print(f"slopes in log-log: {said}")
        lines[f"{f.__name__}, largest"] = (np.log10(counts), largest)
        lines[f"{f.__name__}, mean"] = (np.log10(counts), mean)
    xlabel = "log10 of the number of boxes"
    plots.curves(lines, xlabel=xlabel, ylabel="error", log=True)

# %% [markdown]
# The slopes are near -1, as derived. The largest error stays below its bound and comes close to it: with many boxes one
# of them is bound to stand where the curve is steepest. To win one more digit you need ten times as many boxes.

# %% [markdown]
# ## Towers
#
# With two inputs a step neuron is on one side of a line, and off on the other. Two of them make a ridge that is
# infinitely long. Add a ridge along the other axis: where they cross the sum is 2, on the four arms it is 1,
# elsewhere 0.
#
# To keep the crossing and nothing else, a second step looks at the sum, and asks for more than 1. The result is a
# **tower**: four step neurons, then a threshold. It takes a second hidden layer. (The theorems of Cybenko and others
# get by with one in any dimension. But they do not write the weights down.)

# %% [markdown]
# ### Exercise 9.4 · A tower
#
# **Do** write `tower`, which returns the weights and biases of a network that is `height` over a rectangle and 0
# elsewhere. The same works in D dimensions: D ridges, whose sum is D in the block and at most D - 1 outside.
#
# **Why** towers do for surfaces what boxes do for curves. And counting their neurons will show what is wrong with the
# idea.
#
# *20 minutes · difficulty 3 of 5*

# %% [markdown]
# In two dimensions, with corner $\ell$ and sides $\delta$:
#
# $$u = \operatorname{step}(x_1 - \ell_1) - \operatorname{step}(x_1 - \ell_1 - \delta_1)
#     + \operatorname{step}(x_2 - \ell_2) - \operatorname{step}(x_2 - \ell_2 - \delta_2)
#     \qquad\qquad y = h \cdot \operatorname{step}(u - \tfrac{3}{2})$$
#
# In D dimensions $u$ is the sum over all D of them, and the threshold lies between $D - 1$ and $D$.
#
# | maths | code | shape |
# | --- | --- | --- |
# | $\ell$, $\delta$ | `corner`, `sides`: where the block begins, and how long its sides are, above 0 | (D,) |
# | $h$ | `height`, also below 0 | a number |
# | | `weights1`, `biases1`: the steps, two for each axis | (2D, D), (2D,) |
# | | `weights2`, `biases2`: the threshold | (1, 2D), (1,) |
# | | `weights3`, `biases3`: the height | (1, 1), (1,) |
#
# `tower` returns a tuple of these six arrays, all float64, whatever numbers come in. The block is half-open along each
# axis, as the boxes are. D is 1 or more; the sides may differ.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "tower", "locked": false, "schema_version": 3, "solution": true, "task": false}
def tower(corner, sides, height):
    """Take corner and sides (D,), return the six arrays of a network with one tower.

    Shapes: weights1 (2D, D), biases1 (2D,), weights2 (1, 2D), biases2 (1,),
    weights3 (1, 1), biases3 (1,), all float64.
    """
    ### BEGIN SOLUTION
    d = len(corner)
    weights1 = np.concatenate([np.eye(d), np.eye(d)])  # up along each axis, then down
    biases1 = -np.concatenate([corner, corner + sides]).astype(float)
    weights2 = np.concatenate([np.ones(d), -np.ones(d)])[np.newaxis, :]
    biases2 = np.array([0.5 - d])  # on if all d ridges are there
    weights3, biases3 = np.full((1, 1), float(height)), np.zeros(1)
    return weights1, biases1, weights2, biases2, weights3, biases3
    ### END SOLUTION


# %% [markdown]
# **Try it.** A tower of height 5 over the rectangle from 1 to 3 along the first axis, and from 0 to 1 along the second.
# The four points are in the middle, at the corner, on an arm and far away: 5, 5, 0 and 0.

# %%
with attempt():
    network = tower(np.array([1.0, 0.0]), np.array([2.0, 1.0]), 5)
    points = np.array([[2.0, 0.5], [1.0, 0.0], [2.0, 7.0], [9.0, 9.0]])
    print(evaluate(network, points).ravel())


# %% deletable=false editable=false
@check
def check_tower():
    rng, returned = np.random.default_rng(908), []
    blocks = (
        ([1.0, 0.0], [2.0, 1.0], 5.0),
        ([-0.5, 1.25], [0.75, 2.5], -1.5),
        ([-1, 2], [3, 1], 2),
        ([0.25], [1.5], 3.0),
        ([-1.0, 0.5, 0.25], [0.75, 1.5, 2.0], 2.5),
    )
    for corner, sides, height, kind in [(*b, k) for b in blocks for k in (None, "f4")]:
        corner, sides = np.array(corner, kind), np.array(sides, kind)
        d, what = len(corner), f"of a tower in {len(corner)} dimensions, {corner.dtype}"
        with unchanged(corner=corner, sides=sides):
            network = tower(corner, sides, height)
        sentence = candidates.expressivity.explain_tower(network, d, what)
        expect(sentence is None, sentence)
        # Each coordinate before, at, in and after the block, in all combinations.
        parts = np.array([-0.4, 0.0, 0.5, 1.0, 1.7])
        each = [c + s * parts for c, s in zip(corner, sides, strict=True)]
        x = np.stack(np.meshgrid(*each), axis=-1).reshape(-1, d)
        x = np.concatenate([x, corner + rng.uniform(-3, 4, size=(40, d)) * sides])

        def right(axes, places, signs, x=x):
            up = [
                s * (x[:, a] >= p) for a, p, s in zip(axes, places, signs, strict=True)
            ]
            return np.sum(up, axis=0)[:, np.newaxis]

        inside = ((x >= corner) & (x < corner + sides)).sum(axis=1, keepdims=True)
        given = {"corner": corner, "sides": sides, "height": height, "D": d}
        case = candidates.expressivity.tower(x=x, inside=inside, right=right, **given)
        expected = height * (inside > d - 1) * 1.0
        same(f"the network {what}: its y", run(network, x), expected, case)
        returned.append((network, x, expected))
    kept = all(candidates.close(run(net, x), y) for net, x, y in returned)
    expect(kept, "A later call changes a network from before: make new arrays.")


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_tower", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("tower")  # test_tower, 3 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import expect, graded, same, unchanged


def run_sharp(network, x):
    weights1, biases1, weights2, biases2, weights3, biases3 = network
    ridges = np.where(x @ weights1.T + biases1 < 0, 0.0, 1.0)
    is_on = np.where(ridges @ weights2.T + biases2 < 0, 0.0, 1.0)
    return is_on @ weights3.T + biases3


def try_tower(rng, corner, sides, height, what):
    """Compare the network of a tower with what a tower is."""
    with unchanged(corner=corner, sides=sides):
        network = tower(corner, sides, height)
    d = len(corner)
    what = f"of a tower in {d} dimensions, {what}"
    sentence = candidates.expressivity.explain_tower(network, d, what)
    expect(sentence is None, sentence)
    corner, sides = corner.astype(float), sides.astype(float)
    # Random parts of the way, and the edges themselves.
    parts = rng.choice([-0.6, -0.25, 0.0, 0.5, 0.75, 1.0, 1.25, 3.0], size=(90, d))
    near = rng.choice(
        [0.0, 0.25, 0.5, 1.0, 1.5], size=(60, d), p=[0.3, 0.3, 0.3, 0.05, 0.05]
    )
    whole = rng.choice([0.0, 0.25, 0.5], size=(20, d))
    parts = np.concatenate([parts, near, whole])
    x = corner + sides * parts
    x = np.concatenate([x, -x[:20], rng.normal(scale=4, size=(30, d))])

    def right(axes, places, signs):
        total = np.zeros((len(x), 1))
        for axis, place, sign in zip(axes, places, signs, strict=True):
            total[:, 0] += np.where(x[:, axis] < place, 0.0, sign)
        return total

    is_in = np.logical_and(corner <= x, x < corner + sides)
    given = {"corner": corner, "sides": sides, "height": height, "D": d}
    inside = is_in.sum(axis=1, keepdims=True)
    case = candidates.expressivity.tower(x=x, inside=inside, right=right, **given)
    expected = np.where(is_in.all(axis=1, keepdims=True), float(height), 0.0)
    same(f"the network {what}: its y", run_sharp(network, x), expected, case)
    return network, x, expected


@graded
def test_tower():
    rng, returned = np.random.default_rng(909), []
    for d, height in ((2, 4.5), (2, -0.75), (3, 1.25), (1, 6.0), (5, -3.5), (2, 3)):
        corner = rng.integers(-12, 12, size=d) / 4 - 0.125
        sides = rng.permutation(np.arange(3, 3 + d)) / 2
        returned.append(try_tower(rng, corner, sides, height, "float64"))
        spread = (np.repeat(a, 2)[::2] for a in (corner, sides))
        try_tower(rng, *spread, height, "every second entry of arrays")
        small = corner.astype("f4"), sides.astype("f4")
        try_tower(rng, *small, height, "float32")
        whole = np.rint(2 * corner).astype(int), np.rint(4 * sides).astype(int)
        try_tower(rng, *whole, height, "int64")
    kept = all(candidates.close(run_sharp(net, x), y) for net, x, y in returned)
    expect(kept, "A later call changes a network from before: make new arrays.")


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# A row of `weights1` is one step neuron. It looks at one of the axes only: which numbers does its row hold?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Stack two identity matrices, `np.eye(D)`: D neurons that rise at the corner, and D that rise at the opposite corner.
# Their biases are as in `box_network`. In `weights2` the first D count plus, the others minus; its bias is minus the
# threshold.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `weights1` is `np.concatenate([np.eye(D), np.eye(D)])`, `biases1` is minus `np.concatenate([corner, corner + sides])`,
# `weights2` is a row of D ones and D minus ones, `biases2` is one number between $-D$ and $1 - D$. The last layer
# multiplies by the height and adds nothing. Turn what may be integers into floats.
# </details>

# %% [markdown]
# **Predict, then run.** The sum of the four steps, and what a threshold leaves of it. How many colours has the first
# picture? What does a threshold of 0.5 leave?

# %%
with attempt():
    side = 120
    axis = np.linspace(0, 1, side)
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    network = tower(np.array([0.3, 0.5]), np.array([0.45, 0.2]), 1)
    sums = evaluate((*network[:3], np.zeros(1)), points)
    low = evaluate((*network[:3], np.array([-0.5]), *network[4:]), points)
    high = evaluate(network, points)
    pictures = {"sum of four steps": sums, "threshold 0.5": low, "threshold 1.5": high}
    plots.heights({name: y.reshape(side, side) for name, y in pictures.items()})

# %% [markdown]
# **Predict, then run.** A surface, built of 16, 64 and 256 towers. For half the error in one dimension you needed twice
# as many boxes. How many times as many towers do you need for half the error in two?


# %%
def surface(x):
    """Take points (P, 2) in the unit square, return heights (P, 1)."""
    return np.sin(4 * x[:, :1]) * np.cos(3 * x[:, 1:]) + x[:, :1]


def add_towers(n, points):
    """Return the sum of n * n towers on the unit square at these points (P, 2)."""
    sides, total = np.full(2, 1 / n), np.zeros((len(points), 1))
    for corner in np.stack(np.meshgrid(np.arange(n), np.arange(n)), -1).reshape(-1, 2):
        middle = (corner[np.newaxis, :] + 0.5) / n
        total += evaluate(tower(corner / n, sides, surface(middle).item()), points)
    return total


# %%
with attempt():
    axis = (np.arange(side) + 0.5) / side
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    pictures, exact = {}, surface(points)
    for n in (4, 8, 16):
        y = pictures[f"{n * n} towers"] = add_towers(n, points)
        worst = np.abs(y - exact).max()
        print(f"{n * n:3} towers, {5 * n * n:4} neurons: largest error {worst:.3f}")
    pictures["the surface"] = exact
    plots.heights({name: y.reshape(side, side) for name, y in pictures.items()})

# %% [markdown]
# ## Why this does not scale
#
# Let the slope along each axis be at most $G$, and cut every axis between $-B$ and $B$ into $n$ parts. From the middle
# of a block no point is further than $B/n$ along each of the $d$ axes, so the error is at most $G\,d\,B/n$. For an
# error of $\epsilon$ that takes
#
# $$n = \left\lceil \frac{G\,d\,B}{\epsilon} \right\rceil \text{ parts on each axis,} \qquad n^d \text{ blocks,} \qquad
# (2d + 1)\, n^d \text{ neurons}$$
#
# (in one dimension $2n$, since there the threshold is not needed). Neighbours could share their steps; then $n^d$
# thresholds are still left. It is the exponent that hurts.
#
# **Predict, then run.** With $G = B = 1$ and an error of 0.01: how many neurons in one, two and three dimensions? In
# how many dimensions would there be more than the $10^{80}$ or so atoms that the visible universe is thought to hold?


# %%
def count_neurons(d, error, slope=1.0, bound=1.0):
    """Return how many parts on each axis, and how many step neurons, it takes."""
    parts = int(np.ceil(round(slope * d * bound / error, 9)))
    return parts, (2 * parts if d == 1 else (2 * d + 1) * parts**d)


for d in (1, 2, 3, 10, 28, 784):
    parts, neurons = count_neurons(d, 0.01)
    said = f"{neurons:,}" if d < 4 else f"about 10^{len(str(neurons)) - 1}"
    print(f"d = {d:3}: {parts:6} parts on each axis, {said} neurons")
beyond = next(d for d in range(1, 784) if count_neurons(d, 0.01)[1] > 10**80)
print(f"more than 10^80 from d = {beyond} on")

# %% [markdown]
# **And where would the heights come from?** Here you could ask $f$ anywhere. If all you have is data, a block learns
# its height from the samples that fall into it. Take 10,000 samples, and only 10 parts on each axis.
#
# **Predict, then run.** In which share of the blocks is there at least one sample, in 1 to 7 dimensions? (Chance says
# $1 - (1 - 10^{-d})^{10000}$.)

# %%
rng = np.random.default_rng(10)
samples = rng.uniform(size=(10_000, 7))
for d in range(1, 8):
    blocks = (10 * samples[:, :d]).astype(int) @ 10 ** np.arange(d)
    share, chance = len(np.unique(blocks)) / 10**d, 1 - (1 - 10.0**-d) ** 10_000
    print(f"d = {d}: {share:8.3%} of the blocks hold a sample (by chance {chance:.3%})")

# %% [markdown]
# Bellman called this the **curse of dimensionality** (1957). The blocks know nothing of each other: what one has
# learned tells its neighbour nothing.

# %% [markdown]
# ## The same curves, learned
#
# Ten boxes are a network 1-20-1. It has 20 + 20 + 20 + 1 = 61 numbers. Your `MLP(1, 20, 1)` has just as many, with tanh
# in place of the step. Its 61 numbers start at random, and Adam moves them.
#
# `learn` trains it on 200 samples, all of them in each step, and lets the learning rate fall from 0.05 to 0 along half
# a cosine, as in notebook 07.


# %%
def learn(model, x, t, steps, on_step=None):
    """Train a model with Adam on all samples at once; call on_step now and then."""
    optimiser, loss = Adam([model.linear1, model.linear2]), MSELoss()
    steps = 10 if is_grading() else steps
    for k in range(steps):
        optimiser.learning_rate = 0.025 * (1 + np.cos(np.pi * k / steps))
        loss.forward(model.forward(x), t)
        model.backward(loss.backward())
        optimiser.step()
        if on_step is not None and k % 20 == 19:
            on_step(k + 1)
    return model


# %%
def open_board(f):
    """Return a board with f and two lines that follow it, and their largest errors."""
    names = ["10 boxes", "MLP", "curve"]
    picture = live.Lines(f.__name__, names, (-2, 2), (-1.6, 2), dashed=["curve"])
    labels = {"xlabel": "step", "ylabel": "largest error"}
    error = live.Curve("error", lines=names[:2], log=True, **labels)
    return live.Board(picture, error, pace=0.04, budget=0.5)


def follow(board, f, y_boxes, model):
    """Return an on_step that shows the boxes and the model on the board."""

    def show(step_number):
        lines = {"10 boxes": y_boxes, "MLP": model.forward(grid)}
        largest = {name: errors(f, y)[0] for name, y in lines.items()}
        lines["curve"] = f(grid)
        picture = {name: (grid, y) for name, y in lines.items()}
        board.update(error=(step_number, largest), **{f.__name__: picture})

    return show


def print_both(f, boxes, model):
    """Print the parameters and the errors of a box network and of a trained one."""
    layers = model.linear1, model.linear2
    arrays = [array for la in layers for array in (la.weights, la.biases)]
    answers = {"boxes": (boxes, evaluate(boxes, grid))}
    answers["MLP"] = arrays, model.forward(grid)
    for name, (network, y) in answers.items():
        size, (largest, mean) = sum(array.size for array in network), errors(f, y)
        said = f"largest error {largest:.4f}, mean error {mean:.4f}"
        print(f"{f.__name__}, {name:5} {size} parameters: {said}")
    slopes = np.abs(np.gradient(f(grid).ravel(), grid.ravel()))
    print(f"boxes for that largest error: {BOUND * slopes.max() / largest:.0f}")


# %% [markdown]
# **Predict, then run.** Ten boxes against the network that learns, for both curves. At which step does the network
# overtake the boxes, if it does? What do you expect of its largest error in the end: half that of the boxes, a tenth, a
# hundredth?

# %%
with attempt():
    x = np.linspace(-BOUND, BOUND, 200).reshape(-1, 1)
    for f in (wave, hill):
        boxes = approximate(f, BOUND, 10)
        model = MLP(1, 20, 1, rng=np.random.default_rng(0))
        with open_board(f) as board:
            on_step = follow(board, f, evaluate(boxes, grid), model)
            learn(model, x, f(x), 3000, on_step)
        print_both(f, boxes, model)

# %% [markdown]
# **Was that luck?** Four other starts for the wave, without a picture.
#
# **Predict, then run.** All boxes of one kind are alike. Will all trainings be?

# %%
with attempt():
    expected = errors(wave, evaluate(approximate(wave, BOUND, 10), grid))[0]
    for seed in range(1, 5):
        model = MLP(1, 20, 1, rng=np.random.default_rng(seed))
        largest, _ = errors(wave, learn(model, x, wave(x), 3000).forward(grid))
        print(
            f"seed {seed}: {largest:.4f}, {expected / largest:.0f} times less than boxes"
        )

# %% [markdown]
# The same number of parameters, the same shape, and an error that is several times smaller, by how much depends on the
# start. The boxes stand where they were put, one on each part, needed or not. The trained neurons have chosen *where*
# to bend, *how* steeply, and *how much* each one contributes.
#
# **More dimensions, the same data.** Now the target depends on one direction only, $t = \sin(3\, a \cdot x)$, where $a$
# is a unit vector in $d$ dimensions. Nobody says which one. There are 1000 samples. Blocks, 5 on each axis, learn the
# mean target of the samples in them; a block without any says the mean of all. Beside them an MLP with 20 hidden
# neurons.
#
# **Predict, then run.** Root mean square errors on 1000 new samples: which of the two lines rises, and from which
# dimension on? (Saying the mean everywhere makes the error that is drawn as the third line.)


# %%
def learn_blocks(x, t, x_new, parts):
    """Return for x_new (P, d) in [-1, 1] the mean of the targets in the same block."""
    places = parts ** np.arange(x.shape[1])
    block, new = (
        np.minimum((parts * (v + 1) / 2).astype(int), parts - 1) @ places
        for v in (x, x_new)
    )
    sums = np.bincount(block, t.ravel(), minlength=parts ** x.shape[1])
    counts = np.bincount(block, minlength=parts ** x.shape[1])
    means = np.where(counts > 0, sums / np.maximum(counts, 1), t.mean())
    return means[new].reshape(-1, 1)


def root_mean_square(values):
    """Return the root of the mean of the squares."""
    return np.sqrt(np.mean(values**2))


# %%
dimensions, kept = (1, 2, 3, 5, 8), {"blocks": [], "MLP": [], "the mean": []}
for d in dimensions:
    rng = np.random.default_rng(d)
    direction = rng.normal(size=(d, 1))
    direction /= np.linalg.norm(direction)
    x, x_new = rng.uniform(-1, 1, size=(1000, d)), rng.uniform(-1, 1, size=(1000, d))
    t, t_new = np.sin(3 * x @ direction), np.sin(3 * x_new @ direction)
    model = learn(MLP(d, 20, 1, rng=rng), x, t, 1000)
    answers = {
        "blocks": learn_blocks(x, t, x_new, 5),
        "MLP": model.forward(x_new),
        "the mean": t.mean(),
    }
    for name, answer in answers.items():
        kept[name].append(root_mean_square(answer - t_new))
    print(
        f"d = {d}: {5**d:6} blocks {kept['blocks'][-1]:.3f}   "
        f"MLP with {20 * (d + 2) + 1} parameters {kept['MLP'][-1]:.3f}"
    )
lines = {name: (np.array(dimensions), values) for name, values in kept.items()}
plots.curves(lines, xlabel="dimensions", ylabel="error on new samples", log=True)

# %% [markdown]
# Each neuron uses *all* samples to find its direction. The blocks' places were fixed before the first sample came. (The
# target was made to suit: a function that depends on everything in a complicated way is hard for both.)
#
# Barron (1993) made that exact. For functions whose Fourier transform falls off fast enough (a certain mean of their
# frequencies, $C_f$, is finite) there are $n$ sigmoid neurons with a mean square error of order $1/n$, *in any
# dimension*. With $n$ functions that are fixed beforehand, as blocks are, no choice gets below order $1/n^{2/d}$ for
# all of these functions. Two warnings: $C_f$ may itself grow quickly with $d$; and "there are" does not say that
# training finds them.

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "scaling_question", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Exercise 9.5 · What was proved, and what was not?
#
# **Do** answer in the cell below, in about 200 words, with numbers from this notebook. A person reads it.
#
# 1. Why does the number of boxes explode with the dimension $d$, and why do the data become sparse? Give the formula and
#    two numbers for each.
# 2. What does the trained network do differently from the boxes, with the same number of parameters? Which measurement
#    shows it?
# 3. The theorems of Cybenko and of Hornik, Stinchcombe and White say that one hidden layer can come as near to any
#    continuous function on a box as you like. Name two things that they do *not* say, and that you would want to know.
# 4. "Our network is a universal approximator, so with enough neurons it will learn your data." What is wrong with this
#    sentence?
#
# **Why** universal approximation is the most quoted theorem of the field, and often quoted for what it does not say.
#
# *20 minutes · difficulty 3 of 5 · 4 points*
# ### BEGIN MARK SCHEME
#
# **For whoever marks it.** One point for each of the four questions, half a point where only half of it is there:
#
# 1. *Explodes and sparse?* Half a point for $n^d$ blocks, $n = G d B / \epsilon$ (or "parts on each axis to the power
#    $d$"), with two of the numbers: 200, 200,000, 189,000,000 neurons. Half a point for the data: $10^d$ blocks, so that
#    10,000 samples reach all of them for $d \le 3$, about 63 % at $d = 4$, 1 % at $d = 6$. Full marks without the formula if
#    the exponent is explained.
# 2. *Different?* It chooses where and in which direction its neurons bend, so all samples work on every neuron; blocks are
#    fixed and know only their own samples. With a measurement: 61 parameters each and an error 5 to 40 times smaller,
#    or the error over the dimension. "It has more parameters" or "tanh is smoother" alone earns nothing.
# 3. *Not said?* Two of: how many neurons it takes; that gradient descent finds the weights; that few data are enough, or
#    that it is right between and beyond them (generalisation); how large the weights are. Half a point for each.
# 4. *The sentence?* *Can represent* is mixed up with *will learn* (half a point), with a reason from this notebook (half):
#    boxes are universal, too, and useless in high dimensions; or: fitting the samples says nothing about new ones.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": true, "grade_id": "scaling", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# 1. With slopes up to G along each axis it takes $n = G d B / \epsilon$ parts on each of the $d$ axes, and so $n^d$ blocks with
#    $2d + 1$ neurons each. For an error of 0.01 that is 200 neurons in one dimension, 200,000 in two and 189 million in
#    three. The data are shared out among the blocks: of the $10^d$ blocks with ten parts on each axis, 10,000 samples
#    reach all in three dimensions, 63 % in four and 1 % in six. An empty block knows nothing.
# 2. A block's place is fixed beforehand, and only the samples inside tell it anything. The trained network moves its
#    neurons to where the curve bends, and turns them to the direction that matters; every sample helps with every neuron.
#    With 61 parameters each, the wave's largest error was 0.58 with ten boxes and 0.02 to 0.11 with five trained networks.
#    In eight dimensions, 201 parameters left an error of 0.05, while 390,625 blocks did no better than the mean.
# 3. They do not say how many neurons it takes, or that gradient descent finds the weights from a random start (ours found
#    quite different ones), or that a network that is right on the samples is right on new inputs.
# 4. It takes "there are such weights" for "training finds them", and fitting the samples for being right elsewhere. Our
#    boxes are universal approximators, too. In eight dimensions they learned nothing from 1000 samples.
# ### END SOLUTION

# %% [markdown]
# ## Summary
#
# - Two step neurons are a box, $2n$ of them are $n$ boxes, and boxes follow any smooth curve: the weights can be written down.
# - The largest error is at most $B \max|f'| / n$. Measured on a log-log plot the slope is -1: first order.
# - A steep sigmoid is as good as a step, except at the edge itself; and it can be trained.
# - In $d$ dimensions a block takes $2d$ steps and a threshold, and a grid takes $n^d$ blocks. The neurons run out, and so do
#   the data.
# - That a network *can* represent a function says nothing about how many neurons it takes, whether training finds them,
#   or what it says about new samples. Trained neurons choose their own directions, and that is what makes the difference.
#
# **Where this comes from.** McCulloch and Pitts, *A logical calculus of the ideas immanent in nervous activity*,
# Bulletin of Mathematical Biophysics 5 (1943). Bellman, *Dynamic Programming* (1957). Cybenko, *Approximation by
# superpositions of a sigmoidal function*, Mathematics of Control, Signals, and Systems 2 (1989): continuous sigmoids.
# Hornik, Stinchcombe and White, *Multilayer feedforward networks are universal approximators*, Neural Networks 2
# (1989): any squashing function, the step among them. Barron, *Universal approximation bounds for superpositions of a
# sigmoidal function*, IEEE Transactions on Information Theory 39 (1993).

# %%
summary()
