# %% [markdown]
# # 02 · Activations
#
# **What you'll do.** Build the three classic activations, `Tanh`, `ReLU` and `Sigmoid`: each one bends its input
# (`forward`) and hands the gradient back through the bend (`backward`).
#
# **What you'll learn.** Why a network without a bend is just one linear layer, however deep; why the gradient of
# something that acts entry by entry is a product entry by entry; how a formula that is right on paper can be wrong in
# a computer; and why gradients vanish.
#
# **What you need.** Notebook 01 (its `Linear` comes along in `parts.py`), derivatives of $e^x$ and of quotients.
# About 60 minutes.

# %%
import numpy as np
from parts import Linear, relative_error

from helpers import candidates, gradcheck, plots
from helpers.checks import (
    SIZES,
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

# %% [markdown]
# ## Words in this notebook
#
# | name | meaning | shape |
# | --- | --- | --- |
# | `x` | inputs of the activation, one sample a row | (N, D) |
# | `y` | its outputs | (N, D) |
# | `grad_output` | $\partial L / \partial y$, handed back by whatever comes next | (N, D) |
# | `grad_input` | $\partial L / \partial x$, returned by `backward` | (N, D) |
#
# The rules of notebooks 00 and 01 hold: no function changes its arguments, nor an array that it has returned before;
# float32 in, float32 out; integers count as float64; `backward` may be called twice and answers the same.

# %% [markdown]
# ## Two linear layers are one
#
# Put a linear layer behind another one. For a single sample $x$, written as a column, you get
#
# $$W_2 (W_1 x + b_1) + b_2 = (W_2 W_1)\, x + (W_2 b_1 + b_2)$$
#
# which is again a matrix times $x$ plus a vector. A thousand of them are still one.
#
# **Predict, then run.** Three inputs, four hidden neurons, two outputs. How large is the difference between the two
# layers and the one? How many parameters do the two have, how many the one?

# %%
rng = np.random.default_rng(1)
first = Linear(3, 4, *draw(rng, (4, 3), (4,)))
second = Linear(4, 2, *draw(rng, (2, 4), (2,)))
weights = second.weights @ first.weights
one = Linear(3, 2, weights, second.weights @ first.biases + second.biases)
(x,) = draw(rng, (5, 3))
print(relative_error(second.forward(first.forward(x)), one.forward(x)))

# %% [markdown]
# So something must stand between the layers that is not linear. It is enough to bend each number by itself. That is
# an activation: a function $g$ of one variable, applied to every entry.
#
# ## The way back through a bend
#
# Entry $X_{nd}$ reaches the loss along a single path, through $Y_{nd} = g(X_{nd})$. Nudge it, and $Y_{nd}$ moves
# $g'(X_{nd})$ times as much, and the loss $G_{nd}$ times that, where $G = \partial L / \partial Y$. One path, so
# there is nothing to add up:
#
# $$\frac{\partial L}{\partial X_{nd}} = G_{nd} \; g'(X_{nd})$$
#
# All three activations below share this line. They differ only in $g$ and $g'$.

# %% [markdown]
# ### Exercise 2.1 · Tanh
#
# **Do** fill in `forward`, run the first check, then fill in `backward`.
#
# **Why** tanh squeezes every number into (-1, 1), keeps its sign, and is almost the identity near 0. The network that
# you build in notebook 03 uses it.
#
# *15 minutes · difficulty 2 of 5*

# %% [markdown]
# $$g(x) = \tanh x = \frac{e^x - e^{-x}}{e^x + e^{-x}} \qquad\qquad g'(x) = 1 - \tanh^2 x$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $X$ | `x` | (N, D) |
# | $Y = g(X)$ | the result of `forward` | (N, D) |
# | $G = \partial L/\partial Y$ | `grad_output` | (N, D) |
# | $\partial L/\partial X$ | the result of `backward` | (N, D) |
#
# The slope needs nothing but the output: $g' = 1 - y^2$. So `forward` keeps what it returns, in an attribute whose
# name you choose. It must be right for every `x`, for -1000 and 1000 as well: the fraction above is not, because
# $e^{1000}$ is more than a float64 can hold. NumPy has a function that is.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "tanh", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Tanh:
    """Hyperbolic tangent of each entry."""

    def forward(self, x):
        """Take x (N, D), return y (N, D); remember what backward needs."""
        ### BEGIN SOLUTION
        self.output = np.tanh(1.0 * x)  # 1.0 turns integers into floats
        return self.output
        ### END SOLUTION

    def backward(self, grad_output):
        """Take dL/dy (N, D), return dL/dx (N, D)."""
        ### BEGIN SOLUTION
        return grad_output * (1 - self.output**2)
        ### END SOLUTION


# %% [markdown]
# **Try it.** $\tanh 0 = 0$ and $\tanh 1 \approx 0.76$. The slopes there are $1 - 0^2 = 1$ and
# $1 - 0.76^2 \approx 0.42$. If the loss grows by 10 for each unit of either output, `backward` gives 10 and 4.2.

# %%
with attempt():
    layer = Tanh()
    print(layer.forward(np.array([[0.0, 1.0]])))  # [[0. 0.76159416]]
    print(layer.backward(np.array([[10.0, 10.0]])))  # [[10. 4.19974342]]


# %% deletable=false editable=false
def compare_values(activation, x, right, describe):
    """Compare what forward gives: twice in turn, far out, float32 and integers."""
    layer = activation()
    with unchanged(x=x):
        y = layer.forward(x)
    same("forward(x)", y, right(x), describe(x=x, right=right))
    batch = x[::-1]
    case = describe(x=batch, right=right, before=right(x))
    same("forward(x) for the next batch", layer.forward(batch), right(batch), case)
    what = "forward(x), looked at again after a later call"
    same(what, y, right(x), describe(later=right(batch)))
    far = np.array([[-1000.0, 0.0, 1000.0]])
    what = "forward(x) at -1000, 0, 1000"
    same(what, activation().forward(far), right(far), describe(far=right(far)))
    for given in (x.astype("f4"), far.astype("f4")):
        expected = right(given).astype("f4")
        same("forward(x) in float32", activation().forward(given), expected)
    whole = np.array([[-1, 0, 2]])
    same("forward(x) for integers", activation().forward(whole), right(whole))


@check
def check_tanh_forward():
    known = {0: 0.0, 0.25: 0.244918662404, 0.5: 0.46211715726, 1: 0.761594155956}
    known |= {2: 0.964027580076, 4: 0.999329299739, 1000: 1.0}

    def right(x):
        return np.sign(x) * np.vectorize(known.get, otypes=[float])(np.abs(x))

    x = np.array([[-2.0, -0.5, 1.0], [0.5, -1.0, 2.0]])
    compare_values(Tanh, x, right, candidates.activations.tanh_forward)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_tanh_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("tanh_forward")  # test_tanh_forward, 1 point
### BEGIN HIDDEN TESTS
import math

import numpy as np

from helpers import candidates
from helpers.checks import OTHER_SIZES, graded, layouts, same, unchanged


@graded
def test_tanh_forward():
    rng, describe = np.random.default_rng(201), candidates.activations.tanh_forward

    def right(x):
        return np.vectorize(math.tanh, otypes=[float])(x)

    for n, d, _ in OTHER_SIZES:
        x = 2 * rng.normal(size=(n, d))
        expected, later = right(x), right(-2 * x)
        layer, other = Tanh(), Tanh()
        case = describe(x=x, right=right)
        for label, x_laid_out in layouts(x):
            with unchanged(x=x_laid_out):
                y = layer.forward(x_laid_out)
            same(f"forward(x), x in {label}", y, expected, case)
        other.forward(x + 1)
        case = describe(x=-2 * x, right=right, before=expected)
        same("forward(x) for the next batch", layer.forward(-2 * x), later, case)
        what = "forward(x), looked at again after later calls"
        same(what, y, expected, describe(later=later))
        y = Tanh().forward(x.astype("f4"))
        same("forward(x) in float32", y, expected.astype("f4"))
        whole = rng.integers(-3, 4, size=(n, d))
        same("forward(x) for integers", Tanh().forward(whole), right(whole))
    far = np.array([[-1000.0, -30.0, 0.0, 30.0, 1000.0]])
    for given, how in ((far, ""), (far.astype("f4"), ", in float32")):
        y, expected = Tanh().forward(given), np.sign(given)
        same(f"forward(x) at -1000, -30, 0, 30, 1000{how}", y, expected)


### END HIDDEN TESTS

# %% [markdown]
# **Check the way back.** It is compared with nudging: `numerical_gradient` from notebook 00, applied to your
# `forward`.


# %% deletable=false editable=false
def compare_with_nudging(activation, name, describe):
    """Compare backward with nudging forward: two batches in turn, then two layers."""

    def right(x, grad_output):
        def loss(x):
            return (activation().forward(x) * grad_output).sum()

        return gradcheck.numerical_gradient(loss, x)

    rng = np.random.default_rng(2)
    for n, d, _ in SIZES:
        *inputs, one, two = draw(rng, *[(n, d)] * 5)
        x, later, other = (given + 0.1 * np.sign(given) for given in inputs)
        layer, before = activation(), {}
        for batch, grad_output, what in (
            (x, one, "backward(grad_output)"),
            (later, two, "backward(grad_output) for the next batch"),
        ):
            y = layer.forward(batch)
            needs(f"{name}_forward")  # nudging it tells nothing if it is wrong
            arrays = {"x": batch, "y": np.array(y), "grad_output": grad_output}
            with unchanged(x=batch, grad_output=grad_output):
                grad_input = layer.backward(grad_output)
            again, expected = layer.backward(grad_output), right(batch, grad_output)
            case = describe(**arrays, **before, right=right)
            same(what, grad_input, expected, case, rtol=1e-6)
            spared = candidates.close(y, arrays["y"])
            expect(spared, "backward changes the array that forward has returned.")
            case = describe(again=grad_output, before=expected)
            same(f"{what}, called again", again, expected, case, rtol=1e-6)
            before = {"before": expected, "earlier": batch}
        activation().forward(other)
        again, case = layer.backward(two), describe(other=right(other, two))
        what = "backward(grad_output), after another layer was used"
        same(what, again, expected, case, rtol=1e-6)
        layer.forward(later.astype("f4"))
        again = layer.backward(two.astype("f4"))
        same("backward(grad_output) in float32", again, expected.astype("f4"))


# %% deletable=false editable=false
@check
def check_tanh_backward():
    compare_with_nudging(Tanh, "tanh", candidates.activations.tanh_backward)
    layer = Tanh()
    layer.forward(np.array([[0, 1]]))
    expected = np.array([[10.0, 4.199743416]])
    same("backward for integers", layer.backward(np.array([[10, 10]])), expected)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_tanh_backward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("tanh_backward")  # test_tanh_backward, 3 points
### BEGIN HIDDEN TESTS
import contextlib

import numpy as np

from helpers import candidates
from helpers.checks import (
    OTHER_SIZES,
    draw,
    expect,
    graded,
    layouts,
    same,
    unchanged,
)


@graded
def test_tanh_backward():
    rng = np.random.default_rng(202)
    describe = candidates.activations.tanh_backward

    def right(x, grad_output):
        return grad_output / np.cosh(x) ** 2

    def judge(what, came, x, y, grad_output, case=None):
        """Compare with what is right for x, or for y, if forward has gone wrong."""
        expected = right(x, grad_output).astype(np.result_type(x, grad_output, 1.0))
        with contextlib.suppress(Exception):  # forward may have given anything
            by_output = grad_output * (1 - np.asarray(y) ** 2)
            if came.dtype == by_output.dtype and candidates.close(came, by_output):
                expected = by_output
        same(f"backward(grad_output){what}", came, expected, case)

    for n, d, _ in OTHER_SIZES:
        batch, first, another, first_grad, grad_output = draw(rng, *[(n, d)] * 5)
        expected = right(batch, grad_output)
        layer, other, given = Tanh(), Tanh(), batch.copy()
        layer.forward(first)
        layer.backward(first_grad)
        came = layer.forward(given)
        y = np.array(came)
        case = describe(
            **{"x": batch, "y": y, "grad_output": grad_output, "right": right},
            **{"before": right(first, first_grad), "earlier": first},
        )
        with unchanged(x=given, grad_output=grad_output):
            grad_input = layer.backward(grad_output)
        judge("", grad_input, batch, y, grad_output, case)
        spared = np.array(came).tobytes() == y.tobytes()
        expect(spared, "backward changes the array that forward has returned.")
        case = describe(again=grad_output, before=expected)
        for label, grad_laid_out in layouts(grad_output):
            with unchanged(grad_output=grad_laid_out):
                again = layer.backward(grad_laid_out)
            what = f", called again, grad_output in {label}"
            judge(what, again, batch, y, grad_output, case)
        other.forward(another)
        again = layer.backward(grad_output)
        case = describe(other=right(another, grad_output))
        judge(", after another layer was used", again, batch, y, grad_output, case)
        layer.forward(-3 * batch)
        layer.backward(-grad_output)
        judge(", after later calls", grad_input, batch, y, grad_output)
        whole = rng.integers(-2, 3, (n, d))
        whole_grad = rng.integers(-9, 10, (n, d))
        for how, x, grad in (
            (" in float32", batch.astype("f4"), grad_output.astype("f4")),
            (" for integers", whole, whole_grad),
        ):
            layer, y = Tanh(), np.nan
            with contextlib.suppress(Exception):
                y = np.array(layer.forward(x.copy()))
            if candidates.close(y, y):  # finite numbers; else forward has the mistake
                case = describe(x=x, y=y, grad_output=grad, right=right)
                judge(how, layer.backward(grad), x, y, grad, case)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# `backward` is handed two things, one as an argument and one that `forward` has kept. What does each of them
# contribute to the line $G_{nd} \, g'(X_{nd})$?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `forward`: NumPy's tanh, kept on `self`, returned. `backward`: one minus the square of what you kept, times
# `grad_output`. Entry by entry, so `*` and not `@`.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `np.tanh(x)` takes whole arrays. Store it as `self.output`; the slope is `1 - self.output**2`. The square is of the
# output, not of `x`, and the tanh is not taken a second time.
# </details>

# %% [markdown]
# **Predict, then run.** Where is the slope largest, and how large is it? Move the slider to 3: what is left of a
# gradient that passes through here?

# %%
with attempt():
    layer = Tanh()
    plots.activation(layer.forward, layer.backward, name="tanh")

# %% [markdown]
# ### Exercise 2.2 · ReLU
#
# **Do** fill in both methods of the *rectified linear unit*.
#
# **Why** it costs almost nothing, and where it is on, its slope is exactly 1, however large the input. With it, deep
# networks became much easier to train.
#
# *10 minutes · difficulty 2 of 5*

# %% [markdown]
# $$g(x) = \max(x, 0) \qquad\qquad g'(x) = \begin{cases} 1 & x > 0 \\ 0 & x < 0 \end{cases}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $X$, $Y$ | `x`, the result of `forward` | (N, D) |
# | $G = \partial L/\partial Y$ | `grad_output` | (N, D) |
# | $\partial L/\partial X$ | the result of `backward` | (N, D) |
#
# At 0 there is a kink, and no single slope: every number from 0 to 1 is a *subgradient*, and **any of them is
# right**. The checks stay away from the kink. For integers, `forward` returns float64, like every function in this
# course.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "relu", "locked": false, "schema_version": 3, "solution": true, "task": false}
class ReLU:
    """Rectified linear unit: each entry if it is positive, else 0."""

    def forward(self, x):
        """Take x (N, D), return y (N, D); remember what backward needs."""
        ### BEGIN SOLUTION
        self.output = np.maximum(x, 0.0)
        return self.output
        ### END SOLUTION

    def backward(self, grad_output):
        """Take dL/dy (N, D), return dL/dx (N, D)."""
        ### BEGIN SOLUTION
        return np.where(self.output > 0, grad_output, 0.0)
        ### END SOLUTION


# %% [markdown]
# **Try it.** For the inputs -2, 3 and 0.5 the outputs are 0, 3 and 0.5. A gradient (10, 20, -30) comes back as
# (0, 20, -30): the first neuron is off, the others let everything pass, whatever its sign.

# %%
with attempt():
    layer = ReLU()
    print(layer.forward(np.array([[-2.0, 3.0, 0.5]])))  # [[0. 3. 0.5]]
    print(layer.backward(np.array([[10.0, 20.0, -30.0]])))  # [[0. 20. -30.]]


# %% deletable=false editable=false
@check
def check_relu_forward():
    known = {value: value for value in (0.5, 1, 2, 8, 16, 1000)}

    def right(x):
        return np.vectorize(lambda v: known.get(v, 0), otypes=[float])(x)

    x = np.array([[-8.0, -0.5, 1.0], [0.5, -2.0, 8.0]])
    compare_values(ReLU, x, right, candidates.activations.relu_forward)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_relu_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("relu_forward")  # test_relu_forward, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import OTHER_SIZES, graded, layouts, same, unchanged


@graded
def test_relu_forward():
    rng, describe = np.random.default_rng(203), candidates.activations.relu_forward

    def right(x):
        return np.vectorize(lambda v: v if v > 0 else 0.0, otypes=[float])(x)

    for n, d, _ in OTHER_SIZES:
        x = 4 * rng.normal(size=(n, d))
        expected, later = right(x), right(-2 * x)
        layer, other = ReLU(), ReLU()
        case = describe(x=x, right=right)
        for label, x_laid_out in layouts(x):
            with unchanged(x=x_laid_out):
                y = layer.forward(x_laid_out)
            same(f"forward(x), x in {label}", y, expected, case)
        other.forward(x + 1)
        case = describe(x=-2 * x, right=right, before=expected)
        same("forward(x) for the next batch", layer.forward(-2 * x), later, case)
        what = "forward(x), looked at again after later calls"
        same(what, y, expected, describe(later=later))
        y = ReLU().forward(x.astype("f4"))
        same("forward(x) in float32", y, expected.astype("f4"))
        whole = rng.integers(-9, 10, size=(n, d))
        same("forward(x) for integers", ReLU().forward(whole), right(whole))
    y = ReLU().forward(np.array([[-1000.0, -0.5, 0.0, 0.5, 1000.0]]))
    expected = np.array([[0.0, 0.0, 0.0, 0.5, 1000.0]])
    same("forward(x) at -1000, -0.5, 0, 0.5, 1000", y, expected)


### END HIDDEN TESTS


# %% deletable=false editable=false
@check
def check_relu_backward():
    compare_with_nudging(ReLU, "relu", candidates.activations.relu_backward)
    layer = ReLU()
    layer.forward(np.array([[-2, 3]]))
    grad_input = layer.backward(np.array([[0.5, 0.25]]))
    same("backward(grad_output) for x of integers", grad_input, np.array([[0, 0.25]]))


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_relu_backward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("relu_backward")  # test_relu_backward, 3 points
### BEGIN HIDDEN TESTS
import contextlib

import numpy as np

from helpers import candidates
from helpers.checks import (
    OTHER_SIZES,
    draw,
    expect,
    graded,
    layouts,
    same,
    unchanged,
)


@graded
def test_relu_backward():
    rng = np.random.default_rng(204)
    describe = candidates.activations.relu_backward

    def right(x, grad_output):
        slope = np.vectorize(lambda v: 1.0 if v > 0 else 0.0, otypes=[float])
        return grad_output * slope(x)

    def judge(what, came, x, y, grad_output, case=None):
        """Compare with what is right for x, or for y, if forward has gone wrong."""
        expected = right(x, grad_output).astype(np.result_type(x, grad_output, 1.0))
        with contextlib.suppress(Exception):  # forward may have given anything
            by_output = np.where(np.asarray(y) > 0, grad_output, 0.0)
            if came.dtype == by_output.dtype and candidates.close(came, by_output):
                expected = by_output
        same(f"backward(grad_output){what}", came, expected, case)

    for n, d, _ in OTHER_SIZES:
        *inputs, first_grad, grad_output = draw(rng, *[(n, d)] * 5)
        batch, first, another = (3 * given + np.sign(given) / 9 for given in inputs)
        expected = right(batch, grad_output)
        layer, other, given = ReLU(), ReLU(), batch.copy()
        layer.forward(first)
        layer.backward(first_grad)
        came = layer.forward(given)
        y = np.array(came)
        case = describe(
            **{"x": batch, "y": y, "grad_output": grad_output, "right": right},
            **{"before": right(first, first_grad), "earlier": first},
        )
        with unchanged(x=given, grad_output=grad_output):
            grad_input = layer.backward(grad_output)
        judge("", grad_input, batch, y, grad_output, case)
        spared = np.array(came).tobytes() == y.tobytes()
        expect(spared, "backward changes the array that forward has returned.")
        case = describe(again=grad_output, before=expected)
        for label, grad_laid_out in layouts(grad_output):
            with unchanged(grad_output=grad_laid_out):
                again = layer.backward(grad_laid_out)
            what = f", called again, grad_output in {label}"
            judge(what, again, batch, y, grad_output, case)
        other.forward(another)
        again = layer.backward(grad_output)
        case = describe(other=right(another, grad_output))
        judge(", after another layer was used", again, batch, y, grad_output, case)
        layer.forward(-3 * batch)
        layer.backward(-grad_output)
        judge(", after later calls", grad_input, batch, y, grad_output)
        whole = rng.integers(1, 9, (n, d)) * rng.choice([-1, 1], (n, d))
        whole_grad = grad_output
        for how, x, grad in (
            (" in float32", batch.astype("f4"), grad_output.astype("f4")),
            (" for integers", whole, whole_grad),
        ):
            layer, y = ReLU(), np.nan
            with contextlib.suppress(Exception):
                y = np.array(layer.forward(x.copy()))
            if candidates.close(y, y):  # finite numbers; else forward has the mistake
                case = describe(x=x, y=y, grad_output=grad, right=right)
                judge(how, layer.backward(grad), x, y, grad, case)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Which entries let the gradient pass: those where `grad_output` is positive, or those where the input was?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `forward`: the larger one of each entry and 0, as a new array; keep what tells you later which entries were
# positive. `backward`: `grad_output` there, 0 elsewhere.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `np.maximum(x, 0.0)` compares entry by entry, and the `0.0` makes floats of integers. A comparison such as
# `self.output > 0` gives an array of True and False, which count as 1 and 0 in a product. `>=` would let everything
# pass: no output is below 0.
# </details>

# %% [markdown]
# **Predict, then run.** What does the slope look like? What happens to a neuron whose input is negative for every
# sample?

# %%
with attempt():
    layer = ReLU()
    plots.activation(layer.forward, layer.backward, name="ReLU")

# %% [markdown]
# Such a neuron gets no gradient from anyone, so its weights do not move, so it stays off as long as its inputs stay
# what they are: it is *dead*. Here is one.
#
# **Predict, then run.** One neuron, weight 1, bias -10, inputs between 0 and 1. What is `grad_weights`? For which
# biases is it anything else?

# %%
with attempt():
    neuron, relu = Linear(1, 1, [[1.0]], [-10.0]), ReLU()
    x = np.linspace(0, 1, 5)[:, None]
    y = relu.forward(neuron.forward(x))
    neuron.backward(relu.backward(np.ones_like(y)))
    print("outputs", y.ravel(), "gradient", neuron.grad_weights.ravel())

# %% [markdown]
# ### Exercise 2.3 · Sigmoid
#
# **Do** fill in both methods. The hard part is `forward`: it must be right at -1000 and at 1000.
#
# **Why** sigmoid squeezes every number into (0, 1), so its output can be read as a probability. And it is your first
# formula that is right on paper and wrong in a computer.
#
# *20 minutes · difficulty 3 of 5*

# %% [markdown]
# $$g(x) = \frac{1}{1 + e^{-x}} = \frac{e^x}{1 + e^x} \qquad\qquad g'(x) = g(x) \, (1 - g(x))$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $X$, $Y$ | `x`, the result of `forward` | (N, D) |
# | $G = \partial L/\partial Y$ | `grad_output` | (N, D) |
# | $\partial L/\partial X$ | the result of `backward` | (N, D) |
#
# Both fractions are the same number. But the largest float64 is about $1.8 \cdot 10^{308}$, and $e^{1000}$ is more
# than that: NumPy calls it `inf`. See what becomes of the second fraction:

# %%
with np.errstate(over="ignore", invalid="ignore"):  # without the two warnings
    large = np.exp(np.array([-1000.0, 0.0, 1000.0]))
    print(large, large / (1 + large))

# %% [markdown]
# `inf / inf` is `nan`, *not a number*, and a single one soon turns every weight of a network into `nan`.
# An exponential that becomes 0 does no harm. So the way out is to compute $e^{\dots}$ of negative numbers only. A
# warning alone costs no points; a wrong number does.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "sigmoid", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Sigmoid:
    """Logistic sigmoid of each entry: 1 / (1 + exp(-x))."""

    def forward(self, x):
        """Take x (N, D), return y (N, D); remember what backward needs."""
        ### BEGIN SOLUTION
        small = np.exp(-np.abs(1.0 * x))  # at most 1, so nothing overflows
        self.output = np.where(x >= 0, 1.0, small) / (1 + small)
        return self.output
        ### END SOLUTION

    def backward(self, grad_output):
        """Take dL/dy (N, D), return dL/dx (N, D)."""
        ### BEGIN SOLUTION
        return grad_output * self.output * (1 - self.output)
        ### END SOLUTION


# %% [markdown]
# **Try it.** At 0 the output is 1/2, and the slope $\frac12 \cdot \frac12 = \frac14$. Far out the outputs are 0 and
# 1, and the slopes 0.

# %%
with attempt():
    layer = Sigmoid()
    print(layer.forward(np.array([[-1000.0, 0.0, 1000.0]])))  # [[0. 0.5 1.]]
    print(layer.backward(np.array([[10.0, 10.0, 10.0]])))  # [[0. 2.5 0.]]


# %% deletable=false editable=false
@check
def check_sigmoid_forward():
    known = {0: 0.5, 0.25: 0.562176500886, 0.5: 0.622459331202, 1: 0.73105857863}
    known |= {2: 0.880797077978, 4: 0.982013790038, 1000: 1.0}

    def right(x):
        above = np.vectorize(known.get, otypes=[float])(np.abs(x))
        return np.where(x > 0, above, 1 - above)

    x = np.array([[-2.0, -0.5, 1.0], [0.5, -1.0, 2.0]])
    compare_values(Sigmoid, x, right, candidates.activations.sigmoid_forward)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_sigmoid_forward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("sigmoid_forward")  # test_sigmoid_forward, 3 points
### BEGIN HIDDEN TESTS
import math

import numpy as np

from helpers import candidates
from helpers.checks import OTHER_SIZES, graded, layouts, same, unchanged


@graded
def test_sigmoid_forward():
    rng, describe = np.random.default_rng(205), candidates.activations.sigmoid_forward

    def right(x):
        return np.vectorize(lambda v: (1 + math.tanh(v / 2)) / 2)(x)

    for n, d, _ in OTHER_SIZES:
        x = rng.uniform(-4, 4, size=(n, d))
        expected, later = right(x), right(-2 * x)
        layer, other = Sigmoid(), Sigmoid()
        case = describe(x=x, right=right)
        for label, x_laid_out in layouts(x):
            with unchanged(x=x_laid_out):
                y = layer.forward(x_laid_out)
            same(f"forward(x), x in {label}", y, expected, case)
        other.forward(x + 1)
        case = describe(x=-2 * x, right=right, before=expected)
        same("forward(x) for the next batch", layer.forward(-2 * x), later, case)
        what = "forward(x), looked at again after later calls"
        same(what, y, expected, describe(later=later))
        y = Sigmoid().forward(x.astype("f4"))
        same("forward(x) in float32", y, expected.astype("f4"))
        whole = rng.integers(-4, 5, size=(n, d))
        same("forward(x) for integers", Sigmoid().forward(whole), right(whole))
    far = np.array([[-1000.0, -800.0, -30.0, 0.0, 30.0, 800.0, 1000.0]])
    for given, how in (
        (far, "from -1000 to 1000"),
        (far.astype("f4"), "from -1000 to 1000, in float32"),
        (far.astype(int), "from -1000 to 1000, integers"),
        (far[:, :2], "at -1000, -800"),
        (far[:, 5:], "at 800, 1000"),
    ):
        expected = right(given).astype(np.result_type(given, 1.0))
        case = describe(far=expected)
        same(f"forward(x) {how}", Sigmoid().forward(given), expected, case)


### END HIDDEN TESTS


# %% deletable=false editable=false
@check
def check_sigmoid_backward():
    compare_with_nudging(Sigmoid, "sigmoid", candidates.activations.sigmoid_backward)
    layer = Sigmoid()
    layer.forward(np.array([[-1000.0, 0.0, 1000.0]]))
    grad_input = layer.backward(np.array([[3.0, 2.0, -1.0]]))
    same("backward(grad_output) at -1000, 0, 1000", grad_input, np.array([[0, 0.5, 0]]))
    layer.forward(np.array([[-1, 0]]))
    expected = np.array([[1.96611933241, 2.5]])
    same("backward for integers", layer.backward(np.array([[10, 10]])), expected)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_sigmoid_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("sigmoid_backward")  # test_sigmoid_backward, 2 points
### BEGIN HIDDEN TESTS
import contextlib

import numpy as np

from helpers import candidates
from helpers.checks import (
    OTHER_SIZES,
    draw,
    expect,
    graded,
    layouts,
    same,
    unchanged,
)


@graded
def test_sigmoid_backward():
    rng = np.random.default_rng(206)
    describe = candidates.activations.sigmoid_backward

    def right(x, grad_output):
        return grad_output / (2 * np.cosh(x / 2)) ** 2

    def judge(what, came, x, y, grad_output, case=None):
        """Compare with what is right for x, or for y, if forward has gone wrong."""
        expected = right(x, grad_output).astype(np.result_type(x, grad_output, 1.0))
        with contextlib.suppress(Exception):  # forward may have given anything
            by_output = grad_output * np.asarray(y) * (1 - np.asarray(y))
            if came.dtype == by_output.dtype and candidates.close(came, by_output):
                expected = by_output
        same(f"backward(grad_output){what}", came, expected, case)

    for n, d, _ in OTHER_SIZES:
        batch, first, another, first_grad, grad_output = draw(rng, *[(n, d)] * 5)
        expected = right(batch, grad_output)
        layer, other, given = Sigmoid(), Sigmoid(), batch.copy()
        layer.forward(first)
        layer.backward(first_grad)
        came = layer.forward(given)
        y = np.array(came)
        case = describe(
            **{"x": batch, "y": y, "grad_output": grad_output, "right": right},
            **{"before": right(first, first_grad), "earlier": first},
        )
        with unchanged(x=given, grad_output=grad_output):
            grad_input = layer.backward(grad_output)
        judge("", grad_input, batch, y, grad_output, case)
        spared = np.array(came).tobytes() == y.tobytes()
        expect(spared, "backward changes the array that forward has returned.")
        case = describe(again=grad_output, before=expected)
        for label, grad_laid_out in layouts(grad_output):
            with unchanged(grad_output=grad_laid_out):
                again = layer.backward(grad_laid_out)
            what = f", called again, grad_output in {label}"
            judge(what, again, batch, y, grad_output, case)
        other.forward(another)
        again = layer.backward(grad_output)
        case = describe(other=right(another, grad_output))
        judge(", after another layer was used", again, batch, y, grad_output, case)
        layer.forward(-3 * batch)
        layer.backward(-grad_output)
        judge(", after later calls", grad_input, batch, y, grad_output)
        whole = rng.integers(-3, 4, (n, d))
        whole_grad = rng.integers(-9, 10, (n, d))
        for how, x, grad in (
            (" in float32", batch.astype("f4"), grad_output.astype("f4")),
            (" for integers", whole, whole_grad),
        ):
            layer, y = Sigmoid(), np.nan
            with contextlib.suppress(Exception):
                y = np.array(layer.forward(x.copy()))
            if candidates.close(y, y):  # finite numbers; else forward has the mistake
                case = describe(x=x, y=y, grad_output=grad, right=right)
                judge(how, layer.backward(grad), x, y, grad, case)
    layer, y = Sigmoid(), np.nan
    far, grad = np.array([[-1000.0, 0.0, 900.0]]), np.array([[3.0, 2.0, -1.0]])
    with contextlib.suppress(Exception):
        y = np.array(layer.forward(far.copy()))
    if candidates.close(y, y):
        came = layer.backward(grad)
        judge(" at -1000, 0, 900", came, far, y, grad)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Which of the two fractions is safe for large positive `x`? Which one for large negative `x`? In each of them, what
# is the sign of the exponent?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# $e^{-|x|}$ is always safe. With it, the denominator is the same in both cases, and only the numerator depends on
# the sign of `x`.
# (Another way: look at the pictures of tanh and of sigmoid. One is the other, squeezed and moved.)
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# Call it `small = np.exp(-np.abs(x))`. The denominator is `1 + small`. The numerator is 1 where `x >= 0` and
# `small` elsewhere: `np.where` with three arguments. Keep the output; its slope is the output times one minus the
# output, and `backward` multiplies that by `grad_output`.
# </details>

# %% [markdown]
# **Predict, then run.** How large is the slope at most? How many such slopes, multiplied, make a gradient a
# thousand times smaller?

# %%
with attempt():
    layer = Sigmoid()
    plots.activation(layer.forward, layer.backward, limits=(-8, 8), name="sigmoid")

# %% [markdown]
# **Predict, then run.** Sigmoid looks like tanh, squeezed to half its height, stretched to twice its width, and
# moved up. If that is exact, what do these two lines print?

# %%
with attempt():
    x = np.linspace(-20, 20, 101)[:, None]
    print(relative_error(Sigmoid().forward(x), (1 + Tanh().forward(x / 2)) / 2))
    print(relative_error(Tanh().forward(x), 2 * Sigmoid().forward(2 * x) - 1))

# %% [markdown]
# The formulas are equal on paper. In a computer, $1 + \tanh(x/2)$ subtracts two numbers that are nearly equal when
# `x` is far below 0, and loses digits there: at -20 eight of sixteen are left. Training does not notice, and the
# checks accept both.
#
# ## What a bend is good for
#
# **Predict, then run.** A network with one input, three ReLU neurons, and one output:
# $\mathrm{relu}(x + 1) - 2\,\mathrm{relu}(x) + \mathrm{relu}(x - 1)$. Draw it by hand first: what is its slope left
# of -1, between -1 and 0, between 0 and 1, right of 1? And what is left when you take the activation away?

# %%
with attempt():
    hidden = Linear(1, 3, [[1.0], [1.0], [1.0]], [1.0, 0.0, -1.0])
    output = Linear(3, 1, [[1.0, -2.0, 1.0]], [0.0])
    x = np.linspace(-3, 3, 301)[:, None]
    bent = output.forward(ReLU().forward(hidden.forward(x)))
    straight = output.forward(hidden.forward(x))
    curves = {"with ReLU": (x[:, 0], bent[:, 0]), "without": (x[:, 0], straight[:, 0])}
    plots.curves(curves, "x", "y")

# %% [markdown]
# Each neuron adds one kink. Three of them make a hat, and out of hats of any height and width at any place you can
# put together every continuous curve on an interval, as closely as you like. That is why one hidden layer with a bend
# can do what a thousand without cannot.
#
# ## Slopes that vanish
#
# On the way back through a deep network the gradient is multiplied by weights and by slopes, in turn. Twenty layers
# deep, that is twenty slopes: at most 1 each for tanh, at most 1/4 for sigmoid, 1 or 0 for ReLU.
#
# **Predict, then run.** The picture shows the size of the gradient after each of 20 layers, 50 neurons wide,
# counted from the output. The weights are drawn so that a linear layer alone keeps the size. Put the three curves
# in order before you run. How many powers of ten does sigmoid lose?


# %%
def gradient_sizes(activation, depth=20, width=50):
    """Return the root mean square of the gradient behind each layer, last layer first."""
    rng = np.random.default_rng(5)
    pairs = [(Linear(width, width, rng=rng), activation()) for _ in range(depth)]
    values, gradient, sizes = *draw(rng, (30, width), (30, width)), []
    for linear, bend in pairs:
        values = bend.forward(linear.forward(values))
    for linear, bend in reversed(pairs):
        gradient = linear.backward(bend.backward(gradient))
        sizes.append(np.sqrt(np.mean(gradient**2)))
    return sizes


with attempt():
    passed, kinds = np.arange(1, 21), {"tanh": Tanh, "ReLU": ReLU, "sigmoid": Sigmoid}
    curves = {name: (passed, gradient_sizes(kind)) for name, kind in kinds.items()}
    plots.curves(curves, "layers passed on the way back", "size of gradient", log=True)

# %% [markdown]
# With sigmoid, the first layers get about a million millionth of what the last one gets: they do not learn. Tanh
# loses little, as long as its inputs stay near 0. ReLU loses about half of the paths in each layer; weights with
# twice the variance make up for that, on average. How to draw weights for which activation is a subject of its own.
#
# ## Summary
#
# - Without a bend, many linear layers are one. With it, three neurons make a hat.
# - An activation acts entry by entry, so its gradient does too: `grad_output` times the slope.
# - For tanh and sigmoid the slope follows from the output, for ReLU from its sign; `forward` keeps the output.
# - A formula must hold in floating point too. Take exponentials of negative numbers.
# - Slopes multiply. Small ones vanish quickly, and a ReLU that is always off stays off.
#
# **Where this comes from.** LeCun, Bottou, Orr and Müller, *Efficient BackProp* (1998), on tanh against sigmoid.
# ReLU: Nair and Hinton, *Rectified linear units improve restricted Boltzmann machines* (2010), and Glorot, Bordes and
# Bengio, *Deep sparse rectifier neural networks* (2011). Twice the variance for ReLU: He, Zhang, Ren and Sun, *Delving
# deep into rectifiers* (2015). Vanishing gradients: Hochreiter's diploma thesis (Technische Universität München,
# 1991), and Glorot and Bengio, *Understanding the difficulty of training deep feedforward neural networks* (2010).
# Sums of bends approximate every continuous function: Cybenko, *Approximation by superpositions of a sigmoidal
# function* (1989); for ReLU and every other bend that is no polynomial: Leshno, Lin, Pinkus and Schocken, *Multilayer
# feedforward networks with a nonpolynomial activation function can approximate any function* (1993).

# %%
summary()
