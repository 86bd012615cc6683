# %% [markdown]
# # 04 · How wrong? The mean squared error
#
# **What you'll do.** Build `MSELoss`: one number that says how far all predictions are from their targets, and the
# gradient with which every walk back begins. Then watch gradient descent from above, on the surface that this
# number forms.
#
# **What you'll learn.** Why errors are squared; why the loss divides and nobody else does; how a missing axis
# ruins a training without any error message; what a learning rate does to the way downhill.
#
# **What you need.** Notebooks 00 and 01: `residuals` and `Linear` come along in `parts.py`. About 50 minutes.

# %%
import numpy as np
from parts import Linear, numerical_gradient, residuals

from helpers import candidates, live, plots
from helpers.checks import (
    attempt,
    check,
    draw,
    expect,
    needs,
    raises,
    ready,
    same,
    same_number,
    summary,
    unchanged,
)

# %% [markdown]
# ## Words that stay the same in every notebook
#
# | name | meaning | shape |
# | --- | --- | --- |
# | `y` | predictions, one sample a row | (N, K) |
# | `t` | targets: what the predictions should be | (N, K) |
# | $L$ | the loss, one number | a float |
# | `grad_output` | $\partial L$/$\partial$ output; the loss hands the first one to the last layer | (N, K) |
#
# There are N samples, and K outputs for each. The rules of notebook 01 hold here too: only the loss divides by N, `backward` overwrites gradients, no function
# changes its arguments, float32 in gives float32 out, integers count as float64, and randomness comes from a
# generator that is passed in.

# %% [markdown]
# ## From many errors to one number
#
# Each prediction misses its target by a residual, $Y_{nk} - T_{nk}$. Training needs one number for all of them, so
# that "better" means "smaller". Adding up the residuals as they are will not do: a miss of +5 and a miss of -5
# would make a perfect zero.
#
# **Square them, and take the mean.** Squares do not cancel. They are smooth, so there is a gradient everywhere.
# And the gradient of a square is proportional to the miss: what is far off is pulled hard, what is nearly right is
# left nearly alone. (There is a deeper reason, due to Gauss: if each target is the truth plus independent,
# normally distributed noise of the same size, then the predictions with the smallest mean square are those that
# make the targets most probable.)
#
# **The price.** A miss of 10 counts a hundred times as much as a miss of 1. One wrong target, a typing error, can
# pull the whole fit towards itself. You will see that in the picture below.

# %% [markdown]
# ### Exercise 4.1 · Forward
#
# **Do** fill in `forward` in the class below. Leave `backward` for exercise 4.3.
#
# **Why** this is the number on every learning curve from now on. If it is wrong, you steer by a wrong compass.
#
# *10 minutes · difficulty 1 of 5*

# %% [markdown]
# $$L = \frac{1}{N K} \sum_{n=1}^{N} \sum_{k=1}^{K} (Y_{nk} - T_{nk})^2$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $Y$ | `y` | (N, K) |
# | $T$ | `t` | (N, K) |
# | $N K$ | the number of entries, `y.size` | a number |
# | $L$ | the result | one number: a float, a NumPy float or a 0-d array |
#
# The mean is over **all** entries, not only over the samples. Remember what `backward` will need.
#
# Integers, unsigned ones too, must be subtracted as floats. An image's bytes are unsigned: there 0 - 2 is 254.
# `residuals` of notebook 00 takes care of that, and you are welcome to use it.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "mse", "locked": false, "schema_version": 3, "solution": true, "task": false}
class MSELoss:
    """Mean squared error: the mean of (y - t)^2 over all N * K entries."""

    def forward(self, y, t):
        """Take y and t (N, K), return one number; ValueError if their shapes differ."""
        ### BEGIN SOLUTION
        self.misses = residuals(y, t)
        return float(np.mean(self.misses**2))
        ### END SOLUTION

    def backward(self):
        """Return dL/dy (N, K) for what forward saw last."""
        ### BEGIN SOLUTION
        return 2 * self.misses / self.misses.size
        ### END SOLUTION


# %% [markdown]
# **Try it.** Two samples with two outputs each. The residuals are 0, 2, -1 and 0; their squares 0, 4, 1 and 0; the
# mean of the four is 1.25.

# %%
with attempt():
    y = np.array([[1.0, 2.0], [3.0, 5.0]])
    t = np.array([[1.0, 0.0], [4.0, 5.0]])
    print(MSELoss().forward(y, t))  # 1.25

# %% [markdown]
# **Check it.** The check lets `y` miss `t` by amounts whose mean square is known. Misses twice as large must give
# four times the loss, and integers must be subtracted as floats.


# %% deletable=false editable=false
@check
def check_mse_forward():
    rng = np.random.default_rng(1)
    misses = np.array([3, -1, 2, -2, 5, -3, 1, -1, 0, 4, -2, 2, -2, 1, -1]) * 0.7
    # The mean square of the first n * k misses. Without signs, their mean is 1.4.
    for n, k, known in ((5, 3, 2.744), (3, 3, 2.94), (1, 2, 2.45), (4, 1, 2.205)):
        (t,) = draw(rng, (n, k))
        loss, before, name = MSELoss(), None, f"forward(y, t) with N={n}, K={k}"
        for times, what in ((1, ""), (2, ", all misses doubled")):
            y = t + times * misses[: n * k].reshape(n, k)
            arrays = {"y": y, "t": t, "absolute": times * 1.4, "before": before}
            case = candidates.mse.forward(**arrays, N=n, K=k)
            with unchanged(y=y, t=t):
                value = loss.forward(y, t)
            expected = times * times * known
            same_number(name + what, value, expected, case, rtol=1e-9)
            before = known
    y, t = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[1.0, 0.0], [4.0, 5.0]])
    same_number("forward(y, t) for the example above", MSELoss().forward(y, t), 1.25)
    y, t = np.array([[0, 25], [7, 1]]), np.array([[20, 25], [4, 2]])
    same_number("forward(y, t) for integers", MSELoss().forward(y, t), 102.5)
    value = MSELoss().forward(y.astype(np.uint8), t.astype(np.uint8))
    case = candidates.mse.forward(wrapped=(38.5, 30182.5))
    same_number("forward(y, t) for unsigned integers", value, 102.5, case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_mse_forward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("mse_forward")  # test_mse_forward, 3 points
### BEGIN HIDDEN TESTS
import math

import numpy as np

from helpers import candidates
from helpers.checks import draw, graded, layouts, same_number, unchanged


def mean_square(y, t):
    pairs = zip(y.ravel().tolist(), t.ravel().tolist(), strict=True)
    return math.fsum((a - b) * (a - b) for a, b in pairs) / y.size


@graded
def test_mse_forward():
    rng = np.random.default_rng(401)
    for n, k in ((7, 5), (4, 4), (2, 11), (1, 3), (6, 1), (1, 1)):
        y, t = draw(rng, (n, k), (n, k))
        loss, other, expected = MSELoss(), MSELoss(), mean_square(y, t)
        arrays = {"y": y, "t": t, "N": n, "K": k}
        before = mean_square(2 * y, t)
        case = candidates.mse.forward(
            **arrays, absolute=np.abs(y - t).mean(), before=before
        )
        same_number(
            "forward(y, t), a first call",
            loss.forward(2 * y, t.copy()),
            before,
            candidates.mse.forward(
                **arrays | {"y": 2 * y}, absolute=np.abs(2 * y - t).mean()
            ),
            rtol=1e-9,
        )
        for label, y_laid_out in layouts(y):
            with unchanged(y=y_laid_out, t=t):
                value = loss.forward(y_laid_out, t)
            same_number(f"forward(y, t), y in {label}", value, expected, case)
        for label, t_laid_out in layouts(t):
            with unchanged(y=y, t=t_laid_out):
                value = loss.forward(y, t_laid_out)
            same_number(f"forward(y, t), t in {label}", value, expected, case)
        other.forward(3 * y, t)
        case = candidates.mse.forward(**arrays | {"y": 5 - y}, before=expected)
        name, value = "forward(y, t), for another y", loss.forward(5 - y, t)
        same_number(name, value, mean_square(5 - y, t), case)
        same_number("forward(y, t), called again", loss.forward(y, t), expected)
        same_number("forward(y, t) with y equal to t", loss.forward(t, t), 0.0)
        for kind, low, high in (("i8", -9, 10), ("u1", 0, 256), ("i1", -128, 128)):
            y, t = (rng.integers(low, high, size=(n, k)).astype(kind) for _ in "yt")
            with unchanged(y=y, t=t):
                value = loss.forward(y, t)
            bytewise = (y - t, (y - t).astype(float))
            wrapped = [(misses**2).mean() for misses in bytewise]
            case = candidates.mse.forward(wrapped=wrapped)
            name = f"forward(y, t) for {y.dtype}"
            same_number(name, value, mean_square(y, t), case)
        y, t = (values.astype("f4") for values in draw(rng, (n, k), (n, k)))
        value = loss.forward(y, t)
        same_number("forward(y, t) in float32", value, mean_square(y, t), rtol=1e-4)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# The formula has three steps. In which order do you subtract, square and average?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Keep the residuals on `self`: `backward` will want them. Then square them entry by entry, with `**`, and take the
# mean. Without an `axis`, NumPy's mean is over all entries.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `np.mean` of `residuals(y, t)` squared. Bind the residuals to an attribute of `self` first.
# </details>

# %% [markdown]
# **Predict, then run.** Ten measurements lie near 2, and the eleventh is a typing error: 10. You must predict all
# of them by a single number $c$. Which $c$ does the mean squared error like best? Which one does the mean absolute
# error like best? Move the typing error to 20: which of the two answers moves along?

# %%
with attempt():
    measured = np.array([1.6, 1.7, 1.8, 1.9, 2.0, 2.0, 2.1, 2.2, 2.3, 2.4, 10.0])
    t = measured.reshape(-1, 1)
    constants = np.linspace(0, 5, 101)
    squared = [MSELoss().forward(np.full_like(t, c), t) for c in constants]
    absolute = [np.mean(np.abs(c - t)) for c in constants]
    plots.curves(
        {"mean squared": (constants, squared), "mean absolute": (constants, absolute)},
        xlabel="the one prediction c",
        ylabel="loss",
    )
    print("lowest at", constants[np.argmin(squared)], constants[np.argmin(absolute)])
    print("mean", measured.mean().round(2), "median", np.median(measured))

# %% [markdown]
# ## The same trap again
#
# You met it in notebook 00: (N, 1) against (N,). Networks put out (N, 1), and targets read from a file are often
# (N,). NumPy does not complain. It takes the (N,) for a row, repeats both, and subtracts **every** target from
# **every** prediction.

# %%
plots.broadcasting((4, 1), (4,), names=("y", "t"))

# %% [markdown]
# ### Exercise 4.2 · Refuse shapes that differ
#
# **Do** make `forward` raise `ValueError` when `y` and `t` differ in shape. If you used `residuals`, it does so
# already: run the check.
#
# **Why** without this line the mean of those N times N differences is a perfectly ordinary number. It even falls
# during training. Only the result is useless.
#
# *5 minutes · difficulty 1 of 5*

# %% [markdown]
# $$\text{shape of } Y = \text{shape of } T, \qquad \text{otherwise } \texttt{ValueError}$$
#
# | `y` | `t` | `y - t` in NumPy | `forward` |
# | --- | --- | --- | --- |
# | (N, K) | (N, K) | (N, K) | a number |
# | (N, 1) | (N,) | (N, N) | `ValueError` |
# | (N, K) | (N, 1) | (N, K) | `ValueError` |
# | (N, K) | (K,) | (N, K) | `ValueError` |
#
# Equal numbers of entries are not enough: (N, 1) and (1, N) have them too.

# %% [markdown]
# **Try it.** Four perfect predictions, with the targets as a flat array. You should see a `ValueError`, caught
# here so that the notebook goes on; the loss without the check would be 2.5, for a perfect prediction.

# %%
with attempt():
    y = np.array([[1.0], [2.0], [3.0], [4.0]])
    try:
        print("no ValueError:", MSELoss().forward(y, y.ravel()))
    except ValueError as error:
        print("ValueError:", error)


# %% deletable=false editable=false
@check
def check_mse_shapes():
    for y_shape, t_shape in (((4, 1), (4,)), ((3, 2), (3, 1)), ((3, 2), (2,))):
        y, t = np.ones(y_shape), np.ones(t_shape)
        whole = np.broadcast_shapes(y_shape, t_shape)
        name = f"forward(y, t) with shapes {y_shape} and {t_shape}"
        name += f", which NumPy would subtract as {whole}"
        raises(name, ValueError, MSELoss().forward, y, t)
        refused = False
        try:
            MSELoss().forward(y, np.ones(y_shape))
        except Exception as error:  # others are for check_mse_forward to tell
            refused = isinstance(error, ValueError)
        expect(not refused, f"forward(y, t) refuses y and t, both of shape {y_shape}.")


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_mse_shapes", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("mse_shapes")  # test_mse_shapes, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers.checks import draw, expect, graded, raises


@graded
def test_mse_shapes():
    rng = np.random.default_rng(402)
    for y_shape, t_shape in (
        ((5,), (5, 1)),
        ((5, 1), (5,)),
        ((5, 1), (1, 5)),
        ((2, 3), (2, 1)),
        ((2, 3), (1, 3)),
        ((2, 3), (3,)),
        ((1, 3), (2, 3)),
        ((3, 3), (3,)),
        ((5, 1), (1, 1)),
        ((2, 3), (3, 2)),
    ):
        y, t = draw(rng, y_shape, t_shape)
        name = f"forward(y, t) with shapes {y_shape} and {t_shape}"
        if y_shape != t_shape[::-1] or 1 in y_shape:
            whole = np.broadcast_shapes(y_shape, t_shape)
            name += f", which NumPy would subtract as {whole}"
        raises(name, ValueError, MSELoss().forward, y, t)
    for shape in ((5, 1), (2, 3), (3, 3), (1, 1)):
        refused = False
        try:
            MSELoss().forward(*draw(rng, shape, shape))
        except Exception as error:  # others are for test_mse_forward to tell
            refused = isinstance(error, ValueError)
        expect(not refused, f"forward(y, t) refuses y and t, both of shape {shape}.")


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# What do you know about `y.shape` and `t.shape` before you subtract?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Compare the two tuples. If they differ, raise an error whose message names both: whoever reads it will want to
# know.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `if y.shape != t.shape:` and then `raise ValueError(...)`, as the first thing in `forward`. An `assert` raises
# `AssertionError`, which is not what was asked.
# </details>

# %% [markdown]
# **Predict, then run.** Take predictions that move step by step from "the mean, for everyone" ($s = 0$) to
# "perfect" ($s = 1$) and beyond. Your loss gets (N, 1) and (N, 1); the other curve is what broadcasting makes of
# (N, 1) and (N,). Where is the lowest point of each? So what does a network learn that is trained on the second
# one?

# %%
with attempt():
    rng = np.random.default_rng(2)
    t = rng.normal(loc=3, size=(50, 1))
    shares = np.linspace(-0.5, 1.5, 81)
    predictions = [t.mean() + s * (t - t.mean()) for s in shares]
    right = [MSELoss().forward(y, t) for y in predictions]
    wrong = [np.mean((y - t.ravel()) ** 2) for y in predictions]
    plots.curves(
        {"(N, 1) and (N, 1)": (shares, right), "(N, 1) and (N,)": (shares, wrong)},
        xlabel="s, from the mean (0) to perfect (1)",
        ylabel="loss",
    )

# %% [markdown]
# ## The first gradient
#
# Every walk back through a network starts here. The last layer's `grad_output` is the gradient of the loss with
# respect to the predictions: one number for each prediction, saying how the loss answers to it.
#
# Take the entry $Y_{nk}$. Of the $N K$ terms in the sum only one contains it, $(Y_{nk} - T_{nk})^2$, and the
# derivative of a square is twice what was squared. The factor in front of the sum stays.
#
# ### Exercise 4.3 · Backward
#
# **Do** go back up to the class and fill in `backward`. It takes no argument: nothing comes after the loss. Run
# that cell again, then come back here.
#
# **Why** with this, your network can be trained. And this is the one place where the number of samples appears;
# the layers sum.
#
# *15 minutes · difficulty 2 of 5*

# %% [markdown]
# $$\frac{\partial L}{\partial Y_{nk}} = \frac{2}{N K} \, (Y_{nk} - T_{nk})$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $Y - T$ | what you kept in `forward` | (N, K) |
# | $N K$ | the number of entries | a number |
# | $\partial L/\partial Y$ | the result | (N, K), like `y` |
#
# Take the number of entries from `.size`, which is a plain Python integer. `np.prod` of the shape is the same
# number as a NumPy integer, and float32 divided by one of those is float64.
#
# `backward` may be called twice after one `forward`, and gives the same both times. What it has returned stays as
# it is, whatever is called later.
#
# The sign says which way to go: where the prediction is too large the gradient is positive, and a step against it
# makes the prediction smaller.

# %% [markdown]
# **Try it.** The four predictions from 4.1 had the residuals 0, 2, -1 and 0. Twice that, divided by four entries,
# is 0, 1, -0.5 and 0. The check below goes on to nudge each prediction and to watch your own `forward`, so that
# one must be right first.

# %%
with attempt():
    loss = MSELoss()
    loss.forward(np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[1.0, 0.0], [4.0, 5.0]]))
    print(loss.backward())  # [[ 0.   1. ] [-0.5  0. ]]


# %% deletable=false editable=false
@check
def check_mse_backward():
    needs("mse_forward")

    def right(y, t):
        return numerical_gradient(lambda values: MSELoss().forward(values, t), y)

    rng, returned = np.random.default_rng(3), []
    for n, k in ((5, 3), (3, 3), (1, 2), (7, 1)):
        y, t = draw(rng, (n, k), (n, k))
        loss, before = MSELoss(), None
        for guess, what in ((y, ""), (1 - 2 * y, ", for another y")):
            loss.forward(guess, t)
            MSELoss().forward(3 * y, t)
            with unchanged(y=guess, t=t):
                gradient = loss.backward()
            expected = right(guess, t)
            arrays = {"y": guess, "t": t, "right": right, "other": right(3 * y, t)}
            case = candidates.mse.backward(**arrays, before=before, N=n, K=k)
            name = f"backward() with N={n}, K={k}{what}"
            same(name, gradient, expected, case, rtol=1e-6)
            before = expected
            returned.append((gradient, expected))
        again = candidates.close(loss.backward(), expected)
        expect(again, "backward() called twice: it changes what `forward` kept.")
        loss.forward(guess.astype(np.float32), t.astype(np.float32))
        same(f"{name}, float32", loss.backward(), expected.astype(np.float32))
    kept = all(candidates.close(*pair) for pair in returned)
    expect(kept, "A later call changes what backward() returned: make a new array.")
    y, t = np.array([[0, 25], [7, 1]]), np.array([[20, 25], [4, 2]])
    wrapped = np.array([[54, 0], [1.5, 63.5]]), np.array([[118, 0], [1.5, 127.5]])
    for kind in (int, np.uint8):
        loss.forward(y.astype(kind), t.astype(kind))
        case = candidates.mse.backward(wrapped=wrapped)
        name = f"backward() for {np.dtype(kind)}"
        same(name, loss.backward(), [[-10.0, 0.0], [1.5, -0.5]], case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_mse_backward", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
ready("mse_backward")  # test_mse_backward, 4 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import draw, expect, graded, layouts, same, unchanged


@graded
def test_mse_backward():
    rng = np.random.default_rng(403)

    def right(y, t):
        return np.einsum("nk,->nk", y, 2 / y.size) - t * (2 / y.size)

    def wrap(y, t):
        return 2 * (y - t) / y.size, (y - t) * (2 / y.size)

    def feed(loss, y, t):
        """Call forward; what goes wrong in it is for test_mse_forward to tell."""
        try:
            return loss.forward(y, t)
        except NotImplementedError:
            raise
        except Exception:
            return None

    for n, k in ((7, 5), (4, 4), (2, 11), (1, 3), (6, 1), (1, 1)):
        y, t = draw(rng, (n, k), (n, k))
        loss, other, expected = MSELoss(), MSELoss(), right(y, t)
        arrays = {"y": y, "t": t, "right": right, "N": n, "K": k}
        before = {"before": right(1 - y, 2 * t), "other": right(3 * y, t)}
        case = candidates.mse.backward(**arrays, **before)
        feed(loss, 1 - y, 2 * t)
        loss.backward()
        for label, y_laid_out in layouts(y):
            target = t.copy()
            feed(loss, y_laid_out, target)
            feed(other, 3 * y, t.copy())
            with unchanged(y=y_laid_out, t=target):
                gradient = loss.backward()
            same(f"backward(), y in {label}", gradient, expected, case)
            again = candidates.close(loss.backward(), expected)
            expect(again, "backward() called twice: it changes what `forward` kept.")
        other.backward()
        feed(loss, t.copy(), y.copy())
        loss.backward()
        kept = candidates.close(gradient, expected)
        expect(kept, "A later call changes what backward() returned: make a new array.")
        feed(loss, y.astype("f4"), t.astype("f4"))
        same("backward() in float32", loss.backward(), expected.astype("f4"))
    for kind, low, high in (("i8", -9, 10), ("u1", 0, 256), ("i1", -128, 128)):
        y, t = (rng.integers(low, high, size=(5, 3)).astype(kind) for _ in "yt")
        misses = y.astype(float) - t.astype(float)
        value = feed(loss, y.copy(), t.copy())
        # A subtraction that wraps around in forward costs the points of forward only.
        is_one = (
            isinstance(value, float | np.floating | np.ndarray) and np.ndim(value) == 0
        )
        wrapped = is_one and not np.isclose(value, np.mean(misses**2), rtol=1e-3)
        if kind == "i8" or not wrapped:
            case = candidates.mse.backward(wrapped=wrap(y, t))
            same(f"backward() for {y.dtype}", loss.backward(), misses * (2 / 15), case)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# You kept the residuals. What must they be multiplied by, and what must they be divided by?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# No sum and no mean: each entry has its own gradient, so the result has the shape of `y`. How many entries there
# are, an array tells you by its `size`; `len` would count the rows only.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# Two times the residuals, divided by their `.size`. Make a new array; the kept residuals must stay as they are,
# for a second call.
# </details>

# %% [markdown]
# ## Gradient descent, seen from above
#
# A line $y = w x + b$ has two parameters, so its loss is a landscape: over each point $(w, b)$ stands the loss of
# that line on the data. Training starts somewhere and always walks straight downhill, as steeply as it can, with
# steps as long as the slope times the learning rate.
#
# For the mean squared error of a line it is a bowl with one lowest point (if the inputs are not all the same).
# Here it is a long, narrow bowl, because slope and height are entangled: all the inputs are positive, so a steeper
# line also lies higher.
#
# The next cell holds forty points near the line $t = 1.5 x - 0.5$, and the height of the landscape at $(w, b)$,
# computed by your loss.

# %%
rng = np.random.default_rng(4)
inputs = rng.uniform(0, 2, size=(40, 1))
targets = 1.5 * inputs - 0.5 + 0.2 * rng.normal(size=inputs.shape)


def loss_of(w, b):
    """Return the loss of the line y = w x + b on these points."""
    return MSELoss().forward(Linear(1, 1, [[w]], [b]).forward(inputs), targets)


def step_down(line, learning_rate):
    """Take one step of gradient descent."""
    loss = MSELoss()
    loss.forward(line.forward(inputs), targets)
    line.backward(loss.backward())
    line.update_params(learning_rate)


# %% [markdown]
# **Predict, then run.** Three walks start at the same place with learning rates 0.02, 0.2 and 0.37. Which one is
# first at the bottom of the valley? Which one zigzags, and across what? Try 0.4 in place of 0.37.

# %%
with attempt():
    rates = {"0.02": 0.02, "0.2": 0.2, "0.37": 0.37}
    lines = {name: Linear(1, 1, [[-1.0]], [1.5]) for name in rates}
    paths = live.Paths(
        loss_of, (-2, 3), (-1.7, 2.4), list(rates), xlabel="w", ylabel="b"
    )
    with live.Board(paths, pace=0.04) as board:
        for _ in range(60):
            board.update(
                paths={
                    name: (line.weights.item(), line.biases.item())
                    for name, line in lines.items()
                }
            )
            for name, line in lines.items():
                step_down(line, rates[name])

# %% [markdown]
# One walk on its own, with small steps. Wherever it crosses a contour line it does so at a right angle (the two
# axes have nearly the same scale here), because that is where downhill is steepest. Least squares on a line can
# also be solved exactly, and `np.polyfit` does it.
#
# **Predict, then run.** Where will the steps be long, and where short? Has the walk arrived after 300 of them?

# %%
with attempt():
    line, path = Linear(1, 1, [[-1.0]], [1.5]), []
    for _ in range(300):
        path.append((line.weights.item(), line.biases.item()))
        step_down(line, 0.05)
    plots.loss_surface(loss_of, (-2, 3), (-1.7, 2.4), path=np.array(path))
    print("walked to   ", np.round(path[-1], 3))
    print("exact answer", np.polyfit(inputs.ravel(), targets.ravel(), 1).round(3))

# %% [markdown]
# ## Who divides, and by what
#
# Other courses and libraries write other losses under the same name:
#
# | the loss | its gradient | compared with ours |
# | --- | --- | --- |
# | mean over all N K entries (this course, PyTorch's `MSELoss`) | $2 (y - t) / (N K)$ | 1 |
# | sum over the outputs, mean over the N samples | $2 (y - t) / N$ | K |
# | half of that | $(y - t) / N$ | K / 2 |
# | sum over everything (least squares) | $2 (y - t)$ | N K |
#
# They differ by a constant factor. A factor does not move the lowest point, and backpropagation passes it on to
# every gradient of the network, because every layer's `backward` is linear in `grad_output`. So a loss that is $c$
# times as large, with a learning rate $c$ times as small, takes the same steps of gradient descent.
#
# **Predict, then run.** A linear map from 5 inputs to 3 outputs, trained with all four. How large are the
# differences between the four matrices?

# %%
with attempt():
    rng = np.random.default_rng(5)
    n, k = 30, 3
    x, mixing, noise = draw(rng, (n, 5), (5, k), (n, k))
    t = x @ mixing + 0.1 * noise
    learned = {}
    for name, factor in (("N K", 1), ("N", k), ("2 N", k / 2), ("1", n * k)):
        model, loss = Linear(5, k, np.zeros((k, 5))), MSELoss()
        for _ in range(20):
            loss.forward(model.forward(x), t)
            model.backward(factor * loss.backward())
            model.update_params(0.2 / factor)
        learned[name] = model.weights
        difference = np.abs(learned[name] - learned["N K"]).max()
        print(f"divided by {name:4} largest difference {difference:.1e}")

# %% [markdown]
# **Why divide at all?** So that the learning rate keeps its meaning. With a sum, twice as much data means a
# gradient twice as large, and a step twice as long. With a mean, the same learning rate suits 10 samples, 100, or
# the last, smaller batch of an epoch.
#
# **Why here, and nowhere else?** The loss is the place that knows what is averaged. A layer only sees
# `grad_output`; if it divided the gradients of its parameters by N as well, they would be N times too small, and
# the network would learn N times too slowly without any sign of an error. In a network whose layers divide, the
# loss must not.

# %% [markdown]
# ## Summary
#
# - The mean squared error is the mean of the squared residuals over all N K entries; its gradient is
#   $2 (y - t) / (N K)$, one number for each prediction. Every walk back starts with it.
# - It punishes large misses most. That suits normally distributed noise, and gives outliers a loud voice.
# - Shapes that differ must raise an error: broadcasting would train the network towards the mean.
# - Only the loss divides. By what is a convention: a constant factor in the loss only rescales the learning rate.
# - Seen from above, gradient descent crosses contour lines at right angles. Too small a learning rate creeps, too
#   large a one zigzags across the valley or leaves it.
#
# **Where this comes from.** Legendre, *Nouvelles méthodes pour la détermination des orbites des comètes* (1805),
# proposed least squares; Gauss, *Theoria motus corporum coelestium* (1809), tied them to the normal distribution.

# %%
summary()
