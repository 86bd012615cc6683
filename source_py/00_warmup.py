# %% [markdown]
# # 00 · Warm-up
#
# **What you'll do.** Write four short functions: a layer's arithmetic without loops, a subtraction that refuses to
# go wrong, a derivative of any function by nudging, and a number that says how far apart two arrays are.
#
# **What you'll learn.** How NumPy stretches shapes to fit each other, and when that hurts; why loops over arrays are
# slow; how to find out whether a derivative is right without knowing its formula. That last tool checks everything
# you build later.
#
# **What you need.** Python, a little NumPy (arrays, `shape`, indexing), the idea of a derivative. About 60 minutes.

# %%
import timeit

import numpy as np

from helpers import candidates, gradcheck, plots
from helpers.checks import (
    SIZES,
    attempt,
    check,
    draw,
    expect,
    raises,
    ready,
    same,
    same_number,
    summary,
    unchanged,
)

# %% [markdown]
# ## How these notebooks work
#
# Every exercise has the same parts, in the same order:
#
# 1. A **card**: what you do, why, how long it takes, how hard it is.
# 2. The **equation**, and which symbol is which variable.
# 3. A cell with `# YOUR CODE HERE`. Replace that comment and the line `raise NotImplementedError()` below it. Keep
#    the name of the function and its arguments: the checks call it by them.
# 4. **Try it**: a tiny example whose answer you can work out in your head.
# 5. **A check** that you run as often as you like. It answers in one of three ways: *not attempted yet*, *passed*, or
#    *not right yet* with a sentence that says what is wrong. You need not read its code, but you may: `@check` runs
#    the function below it at once, `draw` makes arrays of random numbers, `same` compares shape, type and values,
#    `unchanged` watches the arguments, `candidates` knows what common mistakes come to, so that yours can be named.
# 6. **A hidden check** with points. Here it is one line; when your work is graded it tests the same promises with
#    other numbers.
# 7. **Hints**, folded. Open one, try again, then open the next.
# 8. **A picture** made with your own code, and a question. Answer it before you run the cell: a wrong guess teaches
#    more than a right answer that you read.
#
# Run the cells from top to bottom, each with *Shift + Enter*. When you have changed a cell, run it again, and then
# the ones below it that use it: until then they work with what was there before.
#
# Cells that begin with `with attempt():` need your code. Until it is there they say so, and the notebook runs on.
#
# **When something turns red**, read the last line first: it says what is wrong. Then look for the arrow: it points at
# the line. An error stops *Run All Cells*; mend it, or run the cells below one by one.
#
# **When you are stuck**, print shapes first: `print(x.shape)`. Then shrink the problem to numbers that you can work
# out on paper. Then open a hint. You may add cells, prints and functions of your own wherever you like.
#
# **Before you hand in**, choose *Kernel → Restart Kernel and Run All Cells* and save. Grading starts from
# an empty memory too: a variable that exists only because of a cell you have deleted is gone then. The last cell
# of each notebook lists how your checks went.

# %% [markdown]
# ## Four rules for everything you write
#
# 1. **No function changes its arguments**, nor an array that it has returned before. Whoever called it still needs
#    them.
# 2. **float32 in, float32 out; float64 in, float64 out.** Plain NumPy arithmetic does that for you.
# 3. **Integers count as float64.** You may be handed an array of integers where you expect floats, and the result
#    must be as right as for floats.
# 4. **Any array will do.** A single sample, a transposed array, every second column of another: plain indexing and
#    arithmetic work for all of them.
#
# And one habit: **the first axis is the sample**. N samples with D numbers each are an array `x` of shape (N, D), one
# sample a row.

# %% [markdown]
# ## Many sums at once
#
# A neuron multiplies each of its D inputs by a weight, adds everything up, and adds a bias. A layer is M neurons
# that look at the same inputs, and you have N samples. That makes N times M sums of D products each. Here they are,
# written out. This version is right, and it is the specification of the one that you write:


# %%
def affine_by_loops(x, weights, biases):
    """Take x (N, D), weights (M, D), biases (M,), return y (N, M)."""
    n_samples, input_dim = x.shape
    output_dim = len(weights)
    dtype = np.result_type(x, weights, biases)  # float32 in, float32 out
    y = np.empty((n_samples, output_dim), dtype)
    for n in range(n_samples):
        for m in range(output_dim):
            y[n, m] = biases[m]
            for d in range(input_dim):
                y[n, m] += x[n, d] * weights[m, d]
    return y


# %% [markdown]
# Apart from the biases, these three loops are what `@` does: `a @ b` multiplies the rows of `a` with the columns of
# `b`, and adds up. The sums have the shape (N, M), and the biases (M,). Adding the two works because of
# **broadcasting**:
#
# - Write the shapes below each other, flush right. A missing axis on the left counts as 1.
# - Two axes fit if they are equal, or if one of them is 1. An axis of length 1 is repeated as often as needed.
# - Nothing is copied. NumPy reads the same numbers again.

# %%
plots.broadcasting((4, 3), (3,), names=("sums", "biases"))

# %% [markdown]
# ### Exercise 0.1 · A layer's arithmetic, without loops
#
# **Do** fill in `affine`. One line is enough, and it has no loop in it.
#
# **Why** every layer with weights in this course is this line, and nearly all of the arithmetic happens in it.
#
# *10 minutes · difficulty 1 of 5*

# %% [markdown]
# $$Y_{nm} = \sum_{d=1}^{D} X_{nd}\, W_{md} + b_m$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $X$ | `x` | (N, D) |
# | $W$ | `weights` | (M, D): one row for each neuron |
# | $b$ | `biases` | (M,) |
# | $Y$ | the result | (N, M) |


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "affine", "locked": false, "schema_version": 3, "solution": true, "task": false}
def affine(x, weights, biases):
    """Take x (N, D), weights (M, D), biases (M,), return y (N, M)."""
    ### BEGIN SOLUTION
    return 1.0 * x @ weights.T + biases  # 1.0 turns integers into floats
    ### END SOLUTION


# %% [markdown]
# **Try it.** One sample, (1, 2), and three neurons. The first picks the first number, the second picks the second,
# the third adds both and 10. So you expect 1, 2 and 13.

# %%
with attempt():
    x = np.array([[1.0, 2.0]])
    weights = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    print(affine(x, weights, np.array([0.0, 0.0, 10.0])))  # [[ 1.  2. 13.]]

# %% [markdown]
# **Check it.** Your function is compared with the loops above, for several sizes: few neurons, as many neurons
# as inputs, a single sample, many neurons.


# %% deletable=false editable=false
@check
def check_affine():
    rng, what = np.random.default_rng(1), "affine(x, weights, biases)"
    right = affine_by_loops
    for n, d, m in SIZES:
        x, weights, biases = draw(rng, (n, d), (m, d), (m,))
        arrays = {"x": x, "weights": weights, "biases": biases}
        with unchanged(**arrays):
            y = affine(x, weights, biases)
        again = affine(x, weights, biases)
        same(what, y, again, candidates.warmup.twice(first=y))
        expected = right(x, weights, biases)
        case = candidates.warmup.affine(**arrays, right=right)
        same(f"{what} with N={n}, D={d}, M={m}", y, expected, case)
        later = affine(x, 1 - weights, -biases)
        case = candidates.warmup.affine(before=expected)
        expected_later = right(x, 1 - weights, -biases)
        same(f"{what}, other weights and biases", later, expected_later, case)
        case = candidates.warmup.kept(later=later)
        same(f"{what}, looked at again after a later call", y, expected, case)
        singles = [array.astype("f4") for array in (x, weights, biases)]
        same(f"{what} in float32", affine(*singles), expected.astype("f4"))
        whole = np.rint(4 * x)
        expected = right(whole, weights, biases)
        y = affine(whole.astype(int), weights, biases)
        same(f"{what}, x of integers", y, expected)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_affine", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("affine")  # test_affine, 2 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import OTHER_SIZES, draw, graded, layouts, same, unchanged


@graded
def test_affine():
    rng, what = np.random.default_rng(101), "affine(x, weights, biases)"

    def right(x, weights, biases):
        return np.einsum("nd,md->nm", x, weights) + biases

    for n, d, m in (*OTHER_SIZES, (6, 2, 6)):
        x, weights, biases = draw(rng, (n, d), (m, d), (m,))
        arrays = {"x": x, "weights": weights, "biases": biases}
        with unchanged(**arrays):
            y = affine(x, weights, biases)
        expected = right(x, weights, biases)
        again = affine(x, weights, biases)
        same(what, y, again, candidates.warmup.twice(first=y))
        case = candidates.warmup.affine(**arrays, right=right)
        same(f"{what} with N={n}, D={d}, M={m}", y, expected, case)
        later = affine(x, 2 * weights, 3 - biases)
        wanted = right(x, 2 * weights, 3 - biases)
        before = candidates.warmup.affine(before=expected)
        same(f"{what}, other weights and biases", later, wanted, before)
        changed = candidates.warmup.kept(later=later)
        same(f"{what}, looked at again after a later call", y, expected, changed)
        for (label, x_laid_out), (_, w_laid_out) in zip(
            layouts(x), layouts(weights), strict=True
        ):
            with unchanged(x=x_laid_out, weights=w_laid_out, biases=biases):
                y = affine(x_laid_out, w_laid_out, biases)
            same(f"{what}, x and weights in {label}", y, expected, case)
        singles = [array.astype("f4") for array in (x, weights, biases)]
        same(f"{what} in float32", affine(*singles), expected.astype("f4"))
        whole = rng.integers(-5, 6, size=(n, d))
        expected = right(whole.astype(float), weights, biases)
        same(f"{what}, x of integers", affine(whole, weights, biases), expected)
        ones, steps = np.ones((m, d), int), np.arange(m)
        expected = whole.sum(axis=1, keepdims=True) + steps
        same(f"{what} for integers only", affine(whole, ones, steps), expected)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# `a @ b` needs the last axis of `a` to be as long as the first axis of `b`. `x` is (N, D), `weights` is (M, D). Which
# of the two has to be turned, and what is the shape of the product then?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Inputs times turned weights gives the sums, (N, M). Broadcasting adds the biases to each row, as in the drawing.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `weights.T` has the shape (D, M). So the line is: `x`, then `@`, then `weights.T`, then a plus and the biases.
# No `reshape`, no loop.
# </details>

# %% [markdown]
# **Predict, then run.** Both versions do the same N · 10 · 20 multiplications. How many times faster is yours for
# one sample? For 400? Does the ratio grow for ever?


# %%
def seconds(function, *args, number=1):
    """Return how long one call takes: the best of three trials."""
    return min(timeit.repeat(lambda: function(*args), number=number, repeat=3)) / number


with attempt():
    rng, counts, ratios = np.random.default_rng(2), [1, 10, 50, 100, 200, 400], []
    for n in counts:
        arrays = draw(rng, (n, 20), (10, 20), (10,))
        slow = seconds(affine_by_loops, *arrays)
        fast = seconds(affine, *arrays, number=20)
        ratios.append(slow / fast)
        print(f"N = {n:3}: loops {1e3 * slow:7.3f} ms, affine {1e3 * fast:6.3f} ms")
    plots.curves({"loops / affine": (counts, ratios)}, "N", "times faster")

# %% [markdown]
# One step of the Python loop takes as long as a thousand multiplications in NumPy, or more: the interpreter looks up
# names, unpacks numbers, packs results. NumPy pays that price once for a whole array. For one sample the price of the call
# itself still counts; for many, only the arithmetic is left.
#
# ## The subtraction that goes wrong quietly
#
# To train, you compare predictions `y` with targets `t`. The difference is called the residual. It is one minus sign,
# and it is easy to get wrong without noticing. Suppose the predictions are perfect, but one of the arrays
# came as a column:

# %%
y = np.array([1.0, 2.0, 3.0, 4.0])  # shape (4,)
t = np.array([[1.0], [2.0], [3.0], [4.0]])  # the same numbers, shape (4, 1)
print(y - t)
print("mean squared difference:", np.mean((y - t) ** 2))  # of a perfect prediction

# %%
plots.broadcasting((4,), (4, 1), names=("y", "t"))

# %% [markdown]
# No error, no warning: broadcasting has compared everybody's prediction with everybody else's target. The network
# would train on that number, learn to predict the mean, and nobody would know why.
#
# ### Exercise 0.2 · Residuals that refuse to broadcast
#
# **Do** fill in `residuals`: the difference if the shapes are the same, a `ValueError` if they are not.
#
# **Why** a function that stops with a clear message saves the afternoon that a quiet wrong number costs.
#
# *10 minutes · difficulty 1 of 5*

# %% [markdown]
# $$R = Y - T$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $Y$ | `y`, the predictions | any, mostly (N, K) |
# | $T$ | `t`, the targets | exactly the same |
# | $R$ | the result | the same |
#
# **Integers count as float64**, and here that matters. The pixels of an image are unsigned bytes, and bytes cannot be
# negative: for bytes, $3 - 5$ is 254. Yours gives -2. The expression `1.0 * y` turns integers into
# float64 and leaves float32 as it is.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "residuals", "locked": false, "schema_version": 3, "solution": true, "task": false}
def residuals(y, t):
    """Return y - t; raise ValueError if the shapes of y and t differ."""
    ### BEGIN SOLUTION
    if y.shape != t.shape:
        raise ValueError(f"y has shape {y.shape}, but t has shape {t.shape}")
    return 1.0 * y - t  # 1.0 turns integers into floats
    ### END SOLUTION


# %% [markdown]
# **Try it.** Predictions (2, 5), targets (3, 3): the residuals are -1 and 2. For the bytes 3 and 5 it is -2.

# %%
with attempt():
    print(residuals(np.array([2.0, 5.0]), np.array([3.0, 3.0])))  # [-1.  2.]
    print(residuals(np.array([3], np.uint8), np.array([5], np.uint8)))  # [-2.]


# %% deletable=false editable=false
@check
def check_residuals():
    y = np.array([[2.0, 5.5, -1.0], [0.5, 4.0, -3.5]])
    t = np.array([[3.0, 3.0, 1.0], [0.25, 4.0, -1.5]])
    expected = np.array([[-1.0, 2.5, -2.0], [0.25, 0.0, -2.0]])
    case = candidates.warmup.residuals(y=y, t=t)
    with unchanged(y=y, t=t):
        difference = residuals(y, t)
    same("residuals(y, t)", difference, expected, case)
    changed = candidates.warmup.kept(later=residuals(t, 2 * y))
    same("residuals(y, t), looked at again later", difference, expected, changed)
    single = residuals(y.astype("f4"), t.astype("f4"))
    same("residuals(y, t) in float32", single, expected.astype("f4"), case)
    y, t = np.array([3, 7, 250, 90], "u1"), np.array([5, 200, 10, 80], "u1")
    case, expected = candidates.warmup.residuals(), np.array([-2, -193, 240, 10])
    same("residuals(y, t) for bytes", residuals(y, t), expected, case)
    for one, other in (
        *(((2,), (2, 1)), ((2, 1), (2,)), ((2, 3), (2, 1)), ((2, 3), (3,))),
        *(((2, 1), (1, 2)), ((3,), (1,))),
    ):
        what = f"residuals(y, t) with shapes {one} and {other}"
        raises(what, ValueError, residuals, np.ones(one), np.ones(other))


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_residuals", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("residuals")  # test_residuals, 2 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import draw, graded, layouts, raises, same, unchanged


@graded
def test_residuals():
    rng, what = np.random.default_rng(102), "residuals(y, t)"
    for shape in ((5,), (5, 3), (3, 3), (7, 1), (1, 4), (1, 1), (1,), (2, 3, 4)):
        y, t = draw(rng, shape, shape)
        expected = np.array([a - b for a, b in zip(y.flat, t.flat, strict=True)])
        expected = expected.reshape(shape)
        case = candidates.warmup.residuals(y=y, t=t)
        difference = residuals(y, t)
        same(f"{what} with shapes {shape}", difference, expected, case)
        changed = candidates.warmup.kept(later=residuals(t, 2 * y))
        same(f"{what}, looked at again later", difference, expected, changed)
        for label, y_laid_out in layouts(y):
            with unchanged(y=y_laid_out, t=t):
                difference = residuals(y_laid_out, t)
            same(f"{what}, y in {label}", difference, expected, case)
        difference = residuals(y.astype("f4"), t.astype("f4"))
        same(f"{what} in float32", difference, expected.astype("f4"), case)
        case = candidates.warmup.residuals()
        for kind in (np.int64, np.uint8):
            steps = np.arange(3, 3 + y.size).reshape(shape)
            y, t = (factor * steps % 256 for factor in (37, 101))
            y, t = y.astype(kind), t.astype(kind)
            expected = y.astype(int) - t.astype(int)
            same(f"{what} for {kind.__name__}", residuals(y, t), expected, case)
    for y_shape, t_shape in (
        *(((6,), (6, 1)), ((6, 1), (6,)), ((1,), (1, 1)), ((5, 2), (5, 1))),
        *(((5, 2), (2,)), ((5, 2), (1, 2)), ((3, 3), (3,)), ((6, 1), (1, 6))),
        *(((6,), (1, 6)), ((4,), (1,)), ((2, 3), (3, 2)), ((4,), (5,))),
    ):
        y, t = draw(rng, y_shape, t_shape)
        what = f"residuals(y, t) with shapes {y_shape} and {t_shape}"
        raises(what, ValueError, residuals, y, t)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# `y.shape` is a tuple. How do you find out whether two tuples differ?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# First the test, with an `if` and a `raise ValueError(...)` whose message names both shapes. After it the shapes are
# equal, and you subtract; but not bytes from bytes.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# Compare the whole shapes, not the lengths and not the number of axes: (6,) and (6, 1) have the same length, (5, 2)
# and (5, 1) the same number of axes. Make one of the two arrays a float array, with `1.0 *`, before the minus sign.
# </details>

# %% [markdown]
# **Predict, then run.** The points lie near a parabola, and the model is the best straight line. The picture shows
# what the line leaves over. Will it look like noise? What will it look like if you change `degree` to 2?

# %%
with attempt():
    degree = 1
    rng = np.random.default_rng(3)
    x = np.linspace(-2, 2, 80)
    t = 2 * x**2 + 3 + 0.5 * rng.normal(size=x.shape)
    y = np.polyval(np.polyfit(x, t, degree), x)
    plots.fit(x, residuals(y, t), x, np.zeros_like(x), ylabel="residual")

# %% [markdown]
# Residuals of a good model look like noise. A pattern in them is something that the model could still learn.
#
# ## The slope of anything
#
# Training asks of every number in a network: if I nudge you, how does the loss change? The answer is a derivative.
# You will derive many of them with the chain rule, and some will be wrong at first. So build the judge first: a
# function that finds derivatives with no formula at all. It nudges one entry of `x` up, then down, looks how much the
# value of $f$ moves, and divides by how far it has nudged.
#
# ### Exercise 0.3 · A gradient by nudging
#
# **Do** fill in `numerical_gradient`.
#
# **Why** it is slow, but it is right for every smooth function. From now on, each gradient that you write is
# compared with it.
#
# *20 minutes · difficulty 3 of 5*

# %% [markdown]
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x + \varepsilon e_i) - f(x - \varepsilon e_i)}{2 \varepsilon}
# \qquad \text{for each entry } i \text{ of } x$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $f$ | `f`, a function: takes an array like `x`, returns one number | |
# | $x$ | `x` | any: (D,), (M, D), even () |
# | $\varepsilon$ | `eps` | a small number |
# | $e_i$ | 1 at entry $i$, 0 everywhere else | like `x` |
# | $\partial f / \partial x$ | the result, float64 | like `x` |
#
# These are *central* differences: one step to each side. Three things to look after:
#
# - **The other entries stay where they are**, so undo one nudge before the next.
# - **`x` keeps its values, to the last bit.** Undoing by arithmetic is not enough: `(0.5 + 1e-5) - 1e-5` is
#   0.49999999999999994. So work on a copy.
# - **`x` may hold integers or float32.** An integer cannot be nudged by 0.00001, and float32 has only seven digits.
#   So make the copy a float64 one.
#
# This loop visits all entries of an array of any shape:

# %%
for index in np.ndindex(2, 2):
    print(index, np.array([[1.0, 2.0], [3.0, 4.0]])[index])


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "numerical_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def numerical_gradient(f, x, eps=1e-5):
    """Return the gradient of f at x by central differences, shaped like x."""
    ### BEGIN SOLUTION
    point = np.array(x, dtype=float)  # a copy in float64: x itself stays as it is
    gradient = np.zeros(point.shape)
    for index in np.ndindex(point.shape):
        centre = point[index]
        point[index] = centre + eps
        above = float(f(point))
        point[index] = centre - eps
        below = float(f(point))
        point[index] = centre
        gradient[index] = (above - below) / (2 * eps)
    return gradient
    ### END SOLUTION


# %% [markdown]
# **Try it.** The product of two numbers, at (3, 5): nudge the first, and the product moves 5 times as much; nudge
# the second, and it moves 3 times as much. So the gradient is (5, 3).

# %%
with attempt():
    print(numerical_gradient(np.prod, np.array([3.0, 5.0])))  # [5. 3.]

# %% [markdown]
# **Check it.** The check uses $f(x) = \sum_i x_i^3 + (\sum_i x_i)^2$, whose gradient is
# $3 x_i^2 + 2 \sum_j x_j$, at several shapes. Central differences of this $f$ give exactly $\varepsilon^2$ more. With a
# large step, $\varepsilon = 0.1$, that shows whether you use `eps`.


# %% deletable=false editable=false
@check
def check_numerical_gradient():
    rng, handed = np.random.default_rng(4), set()

    def f(v):
        return (v**3).sum() + v.sum() ** 2

    def watched(v):
        handed.add(np.shape(v))
        return f(v)

    given = {"f": f, "right": gradcheck.numerical_gradient}
    for shape in ((3,), (2, 3), (1, 1), ()):
        x = np.array(rng.normal(size=shape))
        x += np.sign(x)
        slope = 3 * x**2 + 2 * x.sum()
        for eps, step in ((0.1, {"eps": 0.1}), (1e-5, {})):
            with unchanged(x=x):
                gradient = numerical_gradient(watched, x, **step)
            expect(handed, "numerical_gradient never calls `f`.")
            others = ", ".join(map(str, handed - {shape}))
            expect(not others, f"`f` is handed shape {others}, but x has {shape}.")
            handed.clear()
            now = {"x": x, "eps": eps, "slope": slope}
            case = candidates.warmup.numerical_gradient(**given, **now)
            what = f"numerical_gradient(f, x), eps={eps}, x of shape {shape}"
            same(what, gradient, slope + eps**2, case)
        later = numerical_gradient(f, np.array(3 - x))
        changed = candidates.warmup.kept(later=later)
        same(f"{what}, looked at again later", gradient, slope + eps**2, changed)
    for kind in (int, np.float32):
        x = np.array([[1, -2], [3, 4], [5, -6]], kind).T
        what = f"numerical_gradient(f, x), x of {x.dtype}, transposed"
        gradient, x = numerical_gradient(f, x), x.astype(float)
        now = given | {"x": x, "eps": 1e-5} if kind is int else {"came": gradient}
        case = candidates.warmup.numerical_gradient(**now)
        same(what, gradient, 3 * x**2 + 2 * x.sum(), case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_numerical_gradient", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("numerical_gradient")  # test_numerical_gradient, 3 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, gradcheck
from helpers.checks import expect, graded, layouts, same, unchanged


@graded
def test_numerical_gradient():
    rng, handed = np.random.default_rng(103), set()

    def f(v):
        return np.array(np.sin(v).sum() + 0.5 * v.sum() ** 2)  # a 0-d array

    def watched(v):
        handed.add(np.shape(v))
        return f(v)

    def sum_of_cubes(v):
        return float((v**3).sum())

    def central(x, eps):
        return np.cos(x) * np.sin(eps) / eps + x.sum()

    def make_case(x, eps=1e-5, f=f, **given):
        given = {"x": x.astype(float), "eps": eps, "f": f, **given}
        right = gradcheck.numerical_gradient
        return candidates.warmup.numerical_gradient(right=right, **given)

    for shape in ((5,), (3, 2), (2, 2), (1, 4), (1,), (2, 3, 2), ()):
        x = np.array(rng.normal(size=shape))
        x += np.sign(x)
        for eps, step in ((0.2, {"eps": 0.2}), (1e-5, {})):
            with unchanged(x=x):
                gradient = numerical_gradient(watched, x, **step)
            expect(handed, "numerical_gradient never calls `f`.")
            others = ", ".join(map(str, handed - {shape}))
            expect(not others, f"`f` is handed shape {others}, but x has {shape}.")
            handed.clear()
            what = f"numerical_gradient(f, x), eps={eps}, x of shape {shape}"
            case = make_case(x, eps, slope=central(x, 1e-5))
            same(what, gradient, central(x, eps), case)
        changed = numerical_gradient(sum_of_cubes, np.array(3 - x))
        changed = candidates.warmup.kept(later=changed)
        same(f"{what}, looked at again later", gradient, central(x, 1e-5), changed)
        gradient = numerical_gradient(sum_of_cubes, x, eps=0.01)
        what = f"numerical_gradient(f, x), eps=0.01, x of shape {shape}"
        same(what, gradient, 3 * x**2 + 1e-4, make_case(x, 0.01, sum_of_cubes))
        gradient, x = numerical_gradient(f, x.astype("f4")), x.astype("f4")
        expected = central(x.astype(float), 1e-5)
        what = "numerical_gradient(f, x), x in float32"
        case = candidates.warmup.numerical_gradient(came=gradient)
        same(what, gradient, expected, case)
        whole = np.array(rng.integers(-4, 5, size=shape))
        with unchanged(x=whole):
            gradient = numerical_gradient(sum_of_cubes, whole)
        what = "numerical_gradient(f, x), x of integers"
        same(what, gradient, 3.0 * whole**2 + 1e-10, make_case(whole, f=sum_of_cubes))
    x = rng.normal(size=(3, 4))
    for label, x_laid_out in layouts(x):
        with unchanged(x=x_laid_out):
            gradient = numerical_gradient(f, x_laid_out)
        what = f"numerical_gradient(f, x), x in {label}"
        same(what, gradient, central(x, 1e-5), make_case(x))


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# For one entry of `x`: which two points do you hand to `f`, and what must be true of `x` before you turn to the
# next entry?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# A float64 copy of `x`, and a result full of zeros of the same shape. For each index: keep the entry's value; set the
# entry to that value plus `eps`, ask `f`; set it to that value minus `eps`, ask `f`; put the value back; fill in the
# result.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# The copy is `np.array(x, dtype=float)`, and the loop is the one printed above, over the copy's shape.
# `copy[index] = centre + eps` nudges, `copy[index] = centre` undoes. The difference of the two values is divided by
# `2 * eps`. If all your gradients come out doubled, you know why.
# </details>

# %% [markdown]
# **Predict, then run.** The solid curve is $x \sin x$, the dashed one its slope, found by your function. Where is
# the slope zero? Where is it largest? Sketch it from the formula alone, then run.


# %%
def hills(x):
    return x * np.sin(x)


def slope_of_hills(x):
    return numerical_gradient(lambda v: hills(v).sum(), x)


with attempt():
    plots.function_and_slope(hills, slope_of_hills, limits=(-6, 6), name="x sin x")

# %% [markdown]
# **Predict, then run.** How often does your function call `f` for 1, 10, 100 entries? The network that reads digits
# in notebook 06 has 101,770 parameters, and its loss takes about a millisecond to compute. How long does one
# gradient take this way?


# %%
def count_calls(entries):
    """Return how often numerical_gradient calls a function of so many entries."""
    calls = []
    numerical_gradient(lambda v: calls.append(v.shape) or 0.0, np.ones(entries))
    return len(calls)


with attempt():
    for entries in (1, 10, 100):
        print(f"{entries:3} entries: {count_calls(entries):3} calls")

# %% [markdown]
# Minutes for one step, and training takes thousands. That is why nobody trains by nudging, and why notebooks 01 to
# 04 build *backpropagation*: all 101,770 slopes for the price of about three calls. Nudging stays the judge.
#
# ### Exercise 0.4 · How far apart are two arrays?
#
# **Do** fill in `relative_error`.
#
# **Why** to compare two gradients you need one number. The plain difference will not do: 0.001 is nothing between
# numbers near 1000, and everything between numbers near 0.001.
#
# *10 minutes · difficulty 2 of 5*

# %% [markdown]
# $$\text{relative error} = \max_i \frac{|a_i - b_i|}{\max(|a_i|, |b_i|)}, \qquad \text{where } \tfrac{0}{0}
# \text{ counts as } 0$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $a$, $b$ | `a`, `b` | any, the same for both |
# | the result | one float | |
#
# It is 0 if the arrays are equal. An entry that is 0 on one side only gives 1. More than 1 means a wrong sign, and 2
# is the most there is. Where both entries are zero they agree, so that entry counts as 0. Do not add a small number
# to the denominator to avoid the division by zero: gradients can be small themselves, and the answer would be wrong
# for them. Integers count as float64 here, too: bytes must not wrap around.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "relative_error", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relative_error(a, b):
    """Return the largest |a - b| / max(|a|, |b|), where 0 against 0 counts as 0."""
    ### BEGIN SOLUTION
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    scale = np.maximum(np.abs(a), np.abs(b))
    scale = np.where(scale == 0, 1.0, scale)  # both are zero there: 0 / 1 = 0
    return float(np.max(np.abs(a - b) / scale))
    ### END SOLUTION


# %% [markdown]
# **Try it.** 4 against 5 differs by 1, and the larger one is 5: that is 0.2. The entries 10 and 0 agree.

# %%
with attempt():
    print(relative_error(np.array([10.0, 4.0, 0.0]), np.array([10.0, 5.0, 0.0])))  # 0.2


# %% deletable=false editable=false
@check
def check_relative_error():
    for a, b, ratios in (
        ([10.8, 4, 9.5, -2.5], [12, 5, 10, -8], [0.1, 0.2, 0.05, 0.6875]),
        ([[2.0, 9], [-4, 24]], [[5.0, 5], [-4, 25]], [[0.6, 4 / 9], [0, 0.04]]),
        ([20.0, 8, 0], [20.0, 10, 0], [0, 0.2, 0]),
        ([8.0, 5, 0], [10.0, 9, 3], [0.2, 4 / 9, 1]),
        ([4.0, 6, 1e-13, 20], [4.4, 9, 3e-13, 22], [1 / 11, 1 / 3, 2 / 3, 1 / 11]),
        ([5.0, 1e-13], [5.0, -1e-13], [0, 2]),
        ([0.0, 0], [0.0, 0], [0, 0]),
        ([7, 4], [7, 5], [0, 0.2]),
        (np.uint8([3, 200]), np.uint8([5, 180]), [0.4, 0.1]),
    ):
        a, b, ratios = np.array(a), np.array(b), np.array(ratios)
        case = candidates.warmup.relative_error(a=a, b=b, ratios=ratios)
        with unchanged(a=a, b=b):
            error = relative_error(a, b)
        what = f"relative_error of {a.tolist()} and {b.tolist()}"
        same_number(what, error, ratios.max(), case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_relative_error", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("relative_error")  # test_relative_error, 2 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import draw, graded, layouts, same_number, unchanged


@graded
def test_relative_error():
    rng = np.random.default_rng(104)

    def compare(what, a, b, rtol=1e-7):
        ratios = np.array(
            [
                abs(float(p) - float(q)) / (max(abs(float(p)), abs(float(q))) or 1.0)
                for p, q in zip(a.flat, b.flat, strict=True)
            ]
        ).reshape(a.shape)
        case = candidates.warmup.relative_error(a=a, b=b, ratios=ratios)
        with unchanged(a=a, b=b):
            error = relative_error(a, b)
        same_number(f"relative_error of {what}", error, ratios.max(), case, rtol=rtol)

    for a, b in (
        ([5.5, 8.0, 19.0, 14.0, -1.5], [6.0, 11.0, 20.0, 13.0, -7.0]),
        ([[3.0, 9.0, 2.0], [-7.0, 5.0, 4.0]], [[8.0, 5.0, 2.5], [-8.0, 5.0, 4.1]]),
        ([2.0, 0.0, -8.0, 0.0, 8.0], [2.0, 0.0, -10.0, 0.0, 8.0]),
        ([4.0, 7.0, 0.0, 9.0, -6.0], [5.0, 4.0, -2.0, 8.0, -6.0]),
        ([7.0, 3e-14, 5.0, 40.0, -4.0], [8.0, 4e-14, 6.0, 44.0, -4.0]),
        ([3e-14, 2.0, 5.0, 1.0], [-3e-14, 2.0, 5.0, 1.0]),
        ([0.0] * 5, [0.0] * 5),
    ):
        compare(f"{a} and {b}", np.array(a), np.array(b))
    for shape in ((6,), (1,), (4, 3), (3, 3), (1, 1), (2, 3, 2)):
        for scale in (1.0, 1e-9, 1e6):
            a, b = (scale * array for array in draw(rng, shape, shape))
            what = f"entries near {scale:g}, shape {shape}"
            compare(what, a, b)
            compare(f"{what}, a and b swapped", b, a)
        compare("a and a", a, a.copy())
        compare("a and -a", a, -a)
        compare("a and zeros", a, np.zeros(shape))
        compare("zeros and a", np.zeros(shape), a)
        compare("zeros and zeros", np.zeros(shape), np.zeros(shape))
    a, b = np.array([[2.0, 0.0], [-4.0, 8.0]]), np.array([[2.0, 0.0], [-5.0, 8.0]])
    for label, a_laid_out in layouts(a):
        compare(f"a and b, a in {label}", a_laid_out, b)
    for kind in ("i8", "f4"):
        what = f"a and b in {np.dtype(kind)}"
        compare(what, a.astype(kind), b.astype(kind), rtol=1e-6)
    compare("bytes", np.array([9, 90, 7], "u1"), np.array([14, 70, 7], "u1"))


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# `np.maximum(p, q)` compares entry by entry, `np.max(p)` finds one number. Where do you need which?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Three arrays of the same shape: the distances, the larger sizes, their ratio. Before you divide, put a harmless
# number in place of each size that is 0. At the end, one maximum.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# A size is 0 only if both entries are 0, and then the distance is 0 as well; so any positive denominator gives 0.
# `np.where(size == 0, 1.0, size)` puts a 1 there. Return `float(...)` of the largest ratio.
# </details>

# %% [markdown]
# **Predict, then run.** How small should `eps` be? A large step is coarse: the curve bends on the way. A tiny step
# drowns in rounding: two values of $f$ that agree in 15 digits leave one digit for the difference. The picture
# shows the error against $\log_{10} \varepsilon$, once for central differences, once for the one-sided
# $(f(x + \varepsilon) - f(x)) / \varepsilon$. Which curve is lower? Where is the bottom of each?


# %%
def errors_of_slopes(eps):
    """Return the relative errors of two estimates of the slopes of exp."""
    x = np.array([-0.7, 0.3, 1.2])
    central = numerical_gradient(lambda v: np.exp(v).sum(), x, eps)
    one_sided = (np.exp(x + eps) - np.exp(x)) / eps
    return relative_error(central, np.exp(x)), relative_error(one_sided, np.exp(x))


with attempt():
    powers = np.arange(-14, 0.1, 0.25)
    central, one_sided = zip(*(errors_of_slopes(10.0**p) for p in powers), strict=True)
    curves = {"central": (powers, central), "one-sided": (powers, one_sided)}
    plots.curves(curves, "log10 of eps", "relative error", log=True)

# %% [markdown]
# The right-hand arms are straight lines: the one-sided error shrinks like $\varepsilon$, the central one like
# $\varepsilon^2$. The left-hand arms rise like $10^{-16} / \varepsilon$, which is rounding. They meet near
# $\varepsilon = 10^{-8}$ and near $\varepsilon = 10^{-5}$. That is where the default `eps=1e-5` comes from. Ten right
# digits are enough for a judge.
#
# ## Let it judge
#
# **Predict, then run.** Here is $f(w) = \sum_n (x_n \cdot w - t_n)^2$ and five attempts at its gradient. One is
# right. Which? And what relative error will the others have: the one that lacks a factor of 2, the one with the
# wrong sign?

# %%
with attempt():
    x, t, w = draw(np.random.default_rng(8), (9, 3), (9,), (3,))
    numeric = numerical_gradient(lambda w: ((x @ w - t) ** 2).sum(), w)
    r = residuals(x @ w, t)
    attempts = {
        "x.T @ r": x.T @ r,
        "2 * x.T @ r": 2 * x.T @ r,
        "-2 * x.T @ r": -2 * x.T @ r,
        "2 * x.T @ r / len(x)": 2 * x.T @ r / len(x),
        "2 * x.T @ (x @ w)": 2 * x.T @ (x @ w),
    }
    for formula, gradient in attempts.items():
        print(f"{formula:<22} relative error {relative_error(gradient, numeric):.1e}")

# %% [markdown]
# Below $10^{-7}$ a gradient is right. Exactly 0.5 smells of a factor of 2, exactly 2 of a sign. Anything else is a
# formula that is wrong in earnest.
#
# ## Summary
#
# - Arithmetic on whole arrays is the loop, written shorter and run faster.
# - Broadcasting lines shapes up at the right and stretches axes of length 1. It helps with biases, and it
#   ruins a difference of (N,) and (N, 1) without a word. Compare shapes.
# - Central differences find any gradient to about ten digits, at the price of two calls of `f` for each entry.
# - A relative error compares gradients of any size with one number.
#
# **Where this comes from.** Broadcasting: Harris and others, *Array programming with NumPy*, Nature 585 (2020).
# Finite differences and the best step: Nocedal and Wright, *Numerical Optimization*, 2nd edition (2006), section 8.1.
# All slopes for the price of a few calls: Griewank and Walther, *Evaluating Derivatives*, 2nd edition (2008).

# %%
summary()
