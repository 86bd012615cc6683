# %% [markdown]
# # 01 · A linear layer
#
# **What you'll do.** Build the one layer that every network in this course is made of: `Linear`. It computes
# outputs from inputs (`forward`), hands gradients back (`backward`), and takes a step downhill (`update_params`).
# At the end your layer fits a line to noisy points while you watch.
#
# **What you'll learn.** How the chain rule becomes three matrix products; why every gradient has the shape of the
# thing it belongs to; how to find out, without anyone's help, whether a gradient is right.
#
# **What you need.** Notebook 00 (its functions come along in `parts.py`), matrix products, partial derivatives.
# About 75 minutes.

# %%
import numpy as np
from parts import affine

from helpers import candidates, gradcheck, live, plots
from helpers.checks import (
    SIZES,
    attempt,
    check,
    draw,
    expect,
    ready,
    run_backward,
    run_forward,
    same,
    same_spread,
    summary,
    unchanged,
)

# %% [markdown]
# ## Words that stay the same in every notebook
#
# | name | meaning | shape |
# | --- | --- | --- |
# | `x` | inputs, one sample a row | (N, D) |
# | `weights`, `biases` | parameters of the layer | (M, D), (M,) |
# | `y` | outputs, one sample a row | (N, M) |
# | `grad_output` | $\partial L / \partial y$, handed back by whatever comes next | (N, M) |
# | `grad_input` | $\partial L / \partial x$, returned by `backward` | (N, D) |
# | `grad_weights`, `grad_biases` | $\partial L / \partial$ parameter, kept on the layer | (M, D), (M,) |
#
# $L$ is the loss: one number that says how wrong the network is. Six rules hold everywhere:
#
# 1. **Only the loss divides by N.** A layer sums over the batch. (Some courses put $1/N$ into the layer instead.
#    Both give the same update, as long as the factor is there exactly once.)
# 2. `backward` **overwrites** gradients. It never adds to old ones.
# 3. **No function changes its arguments.**
# 4. float32 in, float32 out; float64 in, float64 out; integers count as float64.
# 5. Randomness comes from a `numpy.random.Generator` that is passed in.
# 6. **By hand.** NumPy, Python's own modules and what you built before are all you need. A library that does the work
#    for you (PyTorch, SciPy, scikit-learn, the course's `gradcheck`) gives no points; in try-outs of your own, use
#    what you like.

# %% [markdown]
# ## From one neuron to a layer
#
# A neuron takes D numbers, multiplies each by a weight, adds everything up, and adds a bias:
#
# $$y = w_1 x_1 + w_2 x_2 + \dots + w_D x_D + b$$
#
# A layer is M neurons that look at the same inputs. Put the weights of neuron $m$ into row $m$ of a matrix, and
# all M sums become one matrix product. Put one sample in each row of `x`, and all N samples do too.
# You built this as `affine` in notebook 00. A layer is `affine` with a memory: it owns its parameters, and it
# remembers what it needs for the way back.

# %% [markdown]
# ### Exercise 1.1 · Forward
#
# **Do** fill in `forward` in the class below. Leave `backward` and `update_params` for later: each has its own
# exercise, and the check for `forward` does not look at them.
#
# **Why** everything that a network predicts passes through this line.
#
# *10 minutes · difficulty 1 of 5*

# %% [markdown]
# $$Y = X W^\top + b \qquad\qquad Y_{nm} = \sum_{d=1}^{D} X_{nd}\, W_{md} + b_m$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $X$ | `x` | (N, D) |
# | $W$ | `self.weights` | (M, D) |
# | $b$ | `self.biases` | (M,) |
# | $Y$ | the result | (N, M) |
#
# `forward` must also keep whatever `backward` will need, in an attribute whose name you choose.
#
# The constructor, `__init__`, is written for you. It copies the parameters that it is handed. Without any, it draws
# the weights with mean 0 and variance 1/D, and sets the biases to 0. A sum of D products with such weights is about
# as large as the inputs, whatever D is. Inside a method, the layer's own parameters are `self.weights` and
# `self.biases`.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "linear", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Linear:
    """Linear layer: y = x @ weights.T + biases."""

    def __init__(
        self, input_dim, output_dim, initial_weights=None, initial_biases=None, rng=None
    ):
        """Copy the parameters given, or draw weights with variance 1 / input_dim."""
        if initial_weights is None:
            rng = np.random.default_rng() if rng is None else rng
            initial_weights = rng.normal(size=(output_dim, input_dim))
            initial_weights /= np.sqrt(input_dim)
        # Times 1.0 makes a copy, and turns integers into floats.
        self.weights = np.array(initial_weights) * 1.0  # (M, D)
        if initial_biases is None:
            initial_biases = np.zeros(output_dim, self.weights.dtype)
        self.biases = np.array(initial_biases) * 1.0  # (M,)

    def forward(self, x):
        """Take x (N, D), return y (N, M); remember what backward needs."""
        ### BEGIN SOLUTION
        self.x = x
        return x @ self.weights.T + self.biases
        ### END SOLUTION

    def backward(self, grad_output):
        """Take dL/dy (N, M), set grad_weights and grad_biases, return dL/dx (N, D)."""
        ### BEGIN SOLUTION
        self.grad_weights = grad_output.T @ self.x
        self.grad_biases = grad_output.sum(axis=0)
        return grad_output @ self.weights
        ### END SOLUTION

    def update_params(self, learning_rate):
        """Move every parameter one step against its gradient."""
        ### BEGIN SOLUTION
        self.weights = self.weights - learning_rate * self.grad_weights
        self.biases = self.biases - learning_rate * self.grad_biases
        ### END SOLUTION


# %% [markdown]
# **Try it.** One neuron with weights (1, 2) and bias 0.5. For the input (3, 4) it should give
# $1 \cdot 3 + 2 \cdot 4 + 0.5 = 11.5$, and for (0, 0) just the bias.

# %%
with attempt():
    neuron = Linear(2, 1, initial_weights=[[1.0, 2.0]], initial_biases=[0.5])
    print(neuron.forward(np.array([[3.0, 4.0], [0.0, 0.0]])))  # [[11.5] [0.5]]

# %% [markdown]
# **Check it**, as often as you like. It compares your layer with `affine` from notebook 00, for several sizes:
# a wide layer, a square one, a single sample.


# %%
def expect_given_constructor():
    """See that `__init__`, which was written for you, is as it was."""
    one, two = Linear(90, 50, rng=np.random.default_rng(7)), Linear(90, 50)
    same_spread("the weights that __init__ draws for D=90", one.weights, 1 / 90)
    alike = (one.weights == two.weights).all()
    expect(not alike, "__init__ draws the same weights for every layer.")
    same("the biases that __init__ sets", one.biases, np.zeros(50))
    weights, biases = np.ones((2, 3)), np.ones(2)
    layer = Linear(3, 2, weights, biases)
    for kept, given in ((layer.weights, weights), (layer.biases, biases)):
        shared = np.shares_memory(kept, given)
        expect(not shared, "__init__ keeps the arrays that it is handed, not copies.")


# %% deletable=false editable=false
@check
def check_linear_forward():
    rng = np.random.default_rng(1)
    for n, d, m in SIZES:
        x, later, weights, biases = draw(rng, (n, d), (n, d), (m, d), (m,))
        layer, other = Linear(d, m, weights, biases), Linear(d, m, 1 - weights, -biases)
        with unchanged(x=x):
            y = layer.forward(x)
        own = {"weights": weights, "biases": biases, "right": affine}
        others = {"other_weights": 1 - weights, "other_biases": -biases}
        case = candidates.linear.forward(x=x, **own, **others)
        expected = affine(x, weights, biases)
        same(f"forward(x) with N={n}, D={d}, M={m}", y, expected, case)
        case = candidates.linear.forward(x=later, **own, before=expected)
        y, expected = layer.forward(later), affine(later, weights, biases)
        same("forward(x) for the next batch", y, expected, case)
        expected = affine(x, 1 - weights, -biases)
        same("forward(x) of another layer", other.forward(x), expected)
        whole = [np.rint(4 * array).astype(int) for array in (x, weights, biases)]
        y = Linear(d, m, *whole[1:]).forward(whole[0])
        same("forward(x) for integers", y, 1.0 * affine(*whole))
        single = [array.astype("f4") for array in (x, weights, biases)]
        y = Linear(d, m, *single[1:]).forward(single[0])
        same("forward(x) in float32", y, affine(*single))
    expect_given_constructor()


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_linear_forward", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
ready("linear_forward")  # test_linear_forward, 4 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import (
    OTHER_SIZES,
    draw,
    expect,
    graded,
    layouts,
    same,
    same_spread,
    unchanged,
)


@graded
def test_linear_forward():
    rng = np.random.default_rng(101)

    def right(x, weights, biases):
        return np.einsum("nd,md->nm", x, weights) + biases

    for n, d, m in OTHER_SIZES:
        batch, w, b = draw(rng, (n, d), (m, d), (m,))
        own = {"weights": w, "biases": b, "right": right}
        others = {"other_weights": -w, "other_biases": 3 * b}
        case, expected = (
            candidates.linear.forward(x=batch, **own, **others),
            right(batch, w, b),
        )
        layer, other = Linear(d, m, w, b), Linear(d, m, -w, 3 * b)
        for label, x_laid_out in layouts(batch):
            with unchanged(x=x_laid_out):
                y = layer.forward(x_laid_out)
            same(f"forward(x), x in {label}", y, expected, case)
        later = right(batch, -w, 3 * b)
        same("forward(x) of another layer", other.forward(batch), later)
        case = candidates.linear.forward(x=-2 * batch, **own, before=expected)
        later = right(-2 * batch, w, b)
        same("forward(x) for the next batch", layer.forward(-2 * batch), later, case)
        same("forward(x), looked at again after later calls", y, expected)
        same("forward(x), called again", layer.forward(batch), expected)
        same("weights after forward", layer.weights, w)
        whole = rng.integers(-5, 6, size=(n, d))
        same(
            "forward(x) for integers",
            Linear(d, m, np.ones((m, d), int), np.arange(m)).forward(whole),
            whole.sum(axis=1, keepdims=True) + np.arange(m, dtype=float),
        )
        layer = Linear(d, m, w.astype("f4"), b.astype("f4"))
        y = layer.forward(batch.astype("f4"))
        same("forward(x) in float32", y, expected.astype("f4"))
    # What the constructor promises, which is given: it must be as it was.
    one, two = Linear(120, 40, rng=rng), Linear(120, 40)
    same_spread("the weights that __init__ draws for D=120", one.weights, 1 / 120)
    alike = (one.weights == two.weights).all()
    expect(not alike, "__init__ draws the same weights for every layer.")
    same("the biases that __init__ sets", one.biases, np.zeros(40))
    layer = Linear(d, m, w, b)
    shared = np.shares_memory(layer.weights, w) or np.shares_memory(layer.biases, b)
    expect(not shared, "__init__ keeps the arrays that it is handed, not copies.")


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# `x` is (N, D) and `weights` is (M, D). The result is (N, M). Which of the two must be transposed so that the
# D axes meet in the middle?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Remember the input, then: inputs times weights, turned so that the shapes fit, plus the biases. Broadcasting
# adds the (M,) biases to every row.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# You wrote it in notebook 00: `affine(x, weights, biases)` is this line. Here the parameters live on `self`, and
# `x` has to be kept on `self` too.
# </details>

# %% [markdown]
# **Predict, then run.** A layer with one input and four outputs is four neurons that look at the same number. Draw
# what each of them says against its input: which shape is each curve? Which of the parameters below decide
# where the third one crosses zero? And which shape does `forward` return for the 50 inputs together?

# %%
with attempt():
    layer = Linear(1, 4, [[1.0], [-2.0], [0.5], [0.0]], [0.0, 1.0, -0.5, 2.0])
    x = np.linspace(-2, 2, 50)[:, np.newaxis]  # (50, 1)
    y = layer.forward(x)
    print(y.shape)
    neurons = {f"neuron {m + 1}": (x[:, 0], y[:, m]) for m in range(4)}
    plots.curves(neurons, xlabel="input", ylabel="output")

# %% [markdown]
# ## The way back
#
# Training asks one question of every parameter: *if I nudge you, how does the loss change?* The answer is the
# gradient. The layer does not know the loss. But whatever comes after it hands back `grad_output`, the answer
# for every one of the layer's outputs, and the chain rule turns that into answers for the layer's own inputs,
# weights and biases.
#
# Take one weight, $W_{md}$. It reaches the loss along N paths, one for each sample, because
# $Y_{nm} = \sum_d X_{nd} W_{md} + b_m$. On path $n$ a nudge of $W_{md}$ moves $Y_{nm}$ by $X_{nd}$ times as much,
# and the loss by $G_{nm}$ times that, where $G = \partial L/\partial Y$. Paths add up:
#
# $$\frac{\partial L}{\partial W_{md}} = \sum_{n=1}^{N} G_{nm} X_{nd}$$
#
# That sum over $n$ is a matrix product. A bias moves its output one to one, so the factor $X_{nd}$ becomes 1. An
# input $X_{nd}$ reaches the loss along M paths, one for each neuron, and on path $m$ the factor is $W_{md}$.

# %%
plots.computational_graph(
    columns=[["x", "weights"], ["product", "biases"], ["sum"], ["y"]],
    edges={
        ("x", "product"): ("(N, D)", "grad_input"),
        ("weights", "product"): ("(M, D)", "grad_weights"),
        ("product", "sum"): ("(N, M)", "grad_output"),
        ("biases", "sum"): ("(M,)", "grad_biases"),
        ("sum", "y"): ("(N, M)", "grad_output"),
    },
    title="Values travel right, gradients travel left",
)

# %% [markdown]
# ### Exercise 1.2 · Backward
#
# **Do** go back up to the class and fill in `backward`. Run that cell again, then come back here.
#
# **Why** this is backpropagation. Every other layer in the course has the same method, with an easier formula.
#
# *30 minutes · difficulty 3 of 5*

# %% [markdown]
# $$\frac{\partial L}{\partial W} = G^\top X \qquad \frac{\partial L}{\partial b} = \sum_{n=1}^{N} G_{n} \qquad
# \frac{\partial L}{\partial X} = G\, W$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $G = \partial L/\partial Y$ | `grad_output` | (N, M) |
# | $\partial L/\partial W$ | `self.grad_weights` | (M, D), like `weights` |
# | $\partial L/\partial b$ | `self.grad_biases` | (M,), like `biases` |
# | $\partial L/\partial X$ | the result | (N, D), like `x` |
#
# A gradient has the shape of the thing it belongs to. If yours has not, it is wrong, whatever its values are.

# %% [markdown]
# **Try it.** The neuron from above saw the inputs (3, 4) and (0, 0). Suppose the loss grows by 1 for each unit of
# the first output and by 10 for each unit of the second. Then `grad_weights` is $1 \cdot (3, 4) + 10 \cdot (0, 0)
# = (3, 4)$, `grad_biases` is $1 + 10 = 11$, and `grad_input` is (1, 2) and (10, 20).

# %%
with attempt():
    neuron = Linear(2, 1, initial_weights=[[1.0, 2.0]], initial_biases=[0.5])
    neuron.forward(np.array([[3.0, 4.0], [0.0, 0.0]]))
    print(neuron.backward(np.array([[1.0], [10.0]])))  # [[1. 2.] [10. 20.]]
    print(neuron.grad_weights, neuron.grad_biases)  # [[3. 4.]] [11.]

# %% [markdown]
# **Check it.** Nobody has to know the right formula to check a gradient. Nudge an entry up and down by a
# tiny step, look how much the loss moves, divide: that is `numerical_gradient` from notebook 00. It is slow and
# it is never wrong by much, so the checks compare your `backward` with it.


# %% deletable=false editable=false
def nudge(name, x, weights, biases, grad_output):
    """Return the gradient of one of x, weights and biases by finite differences."""
    arrays = {"x": x, "weights": weights, "biases": biases}

    def loss(values):
        return (affine(**arrays | {name: values}) * grad_output).sum()

    return gradcheck.numerical_gradient(loss, arrays[name])


@check
def check_linear_grad_input():
    rng = np.random.default_rng(2)
    for n, d, m in SIZES:
        x, weights, biases, grad_output = draw(rng, (n, d), (m, d), (m,), (n, m))
        layer, other = Linear(d, m, weights, biases), Linear(d, m, 1 - weights, biases)
        run_forward(layer, x)
        run_forward(other, x)

        def right(grad_output, weights, x=x, biases=biases):
            return nudge("x", x[: len(grad_output)], weights, biases, grad_output)

        for which, what in ((layer, ""), (other, " of another layer")):
            kept = np.array(which.weights)
            with unchanged(x=x, grad_output=grad_output):
                grad_input = which.backward(grad_output)
            same("weights after backward", which.weights, kept)
            arrays = {"grad_output": grad_output, "weights": kept, "biases": biases}
            case = candidates.linear.grad_input(**arrays, right=right)
            expected = right(grad_output, kept)
            same(f"backward(grad_output){what}", grad_input, expected, case, rtol=1e-6)


# %% deletable=false editable=false
@check
def check_linear_grad_weights():
    rng = np.random.default_rng(3)
    for n, d, m in SIZES:
        weights, biases = draw(rng, (m, d), (m,))
        layer, before = Linear(d, m, weights, biases), {}

        def right(x, grad_output, m=m, biases=biases):
            return nudge("weights", x, np.zeros((m, x.shape[1])), biases, grad_output)

        for what in ("", " for the next batch"):
            x, grad_output = draw(rng, (n, d), (n, m))
            arrays = {"x": x, "grad_output": grad_output, "right": right, **before}
            case = candidates.linear.grad_weights(
                **arrays, y=affine(x, weights, biases)
            )
            run_forward(layer, x.copy())
            run_backward(layer, grad_output.copy(), sets="grad_weights")
            expected = right(x, grad_output)
            same(f"grad_weights{what}", layer.grad_weights, expected, case, rtol=1e-6)
            before = {"before": expected, "x_before": x}


# %% deletable=false editable=false
@check
def check_linear_grad_biases():
    rng = np.random.default_rng(4)
    for n, d, m in SIZES:
        weights, biases = draw(rng, (m, d), (m,))
        layer, before = Linear(d, m, weights, biases), None
        for what in ("", " for the next batch"):
            x, grad_output = draw(rng, (n, d), (n, m))
            case = candidates.linear.grad_biases(grad_output=grad_output, before=before)
            run_forward(layer, x.copy())
            run_backward(layer, grad_output.copy(), sets="grad_biases")
            expected = nudge("biases", x, weights, biases, grad_output)
            same(f"grad_biases{what}", layer.grad_biases, expected, case, rtol=1e-6)
            before = expected


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_linear_grad_input", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("linear_grad_input")  # test_linear_grad_input, 3 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import (
    OTHER_SIZES,
    draw,
    graded,
    layouts,
    run_forward,
    same,
    unchanged,
)


@graded
def test_linear_grad_input():
    rng = np.random.default_rng(102)

    def right(grad_output, weights):
        return np.einsum("nm,md->nd", grad_output, weights)

    for n, d, m in OTHER_SIZES:
        batch, w, b, grad_output = draw(rng, (n, d), (m, d), (m,), (n, m))
        layer, other = Linear(d, m, w, b), Linear(d, m, -w, b)
        run_forward(layer, 2 - batch)
        layer.backward(1 + grad_output)
        run_forward(layer, batch)
        run_forward(other, 3 * batch)
        kept = np.array(layer.weights)
        expected = right(grad_output, kept)
        arrays = {"grad_output": grad_output, "weights": kept, "biases": b}
        before = right(1 + grad_output, kept)
        case = candidates.linear.grad_input(**arrays, right=right, before=before)
        for label, grad_laid_out in layouts(grad_output):
            with unchanged(x=batch, grad_output=grad_laid_out):
                grad_input = layer.backward(grad_laid_out)
            same("weights after backward", layer.weights, kept)
            what = f"backward(grad_output), grad_output in {label}"
            same(what, grad_input, expected, case)
        layer.backward(-grad_output)
        same("backward(grad_output), after later calls", grad_input, expected)
        layer = Linear(d, m, w.astype("f4"), b.astype("f4"))
        run_forward(layer, batch.astype("f4"))
        layer.weights = w.astype("f4")
        expected = right(grad_output, layer.weights)
        grad_input = layer.backward(grad_output.astype("f4"))
        same("backward(grad_output) in float32", grad_input, expected.astype("f4"))


### END HIDDEN TESTS

# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_linear_grad_weights", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("linear_grad_weights")  # test_linear_grad_weights, 3 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import (
    OTHER_SIZES,
    draw,
    graded,
    layouts,
    run_backward,
    run_forward,
    same,
)


@graded
def test_linear_grad_weights():
    rng = np.random.default_rng(103)

    def right(x, grad_output):
        return np.einsum("nm,nd->md", grad_output, x)

    def run(layer, x, grad_output):
        run_forward(layer, x)
        run_backward(layer, grad_output, sets="grad_weights")
        return layer.grad_weights

    for n, d, m in OTHER_SIZES:
        batch, w, b, grad_output = draw(rng, (n, d), (m, d), (m,), (n, m))
        expected = right(batch, grad_output)
        case = candidates.linear.grad_weights(
            **{"x": batch, "grad_output": grad_output, "right": right},
            y=np.einsum("nd,md->nm", batch, w) + b,
            **{"before": right(2 - batch, 1 + grad_output), "x_before": 2 - batch},
        )
        layer, other = Linear(d, m, w, b), Linear(d, m, -w, b)
        run(layer, 2 - batch, 1 + grad_output)
        for label, x_laid_out in layouts(batch):
            run_forward(layer, x_laid_out)
            run(other, 3 * batch, 2 * grad_output)
            run_backward(layer, grad_output.copy(), sets="grad_weights")
            same(f"grad_weights, x in {label}", layer.grad_weights, expected, case)
        run_backward(layer, grad_output.copy(), sets="grad_weights")
        same("grad_weights, backward called twice", layer.grad_weights, expected)
        layer = Linear(d, m, w.astype("f4"), b.astype("f4"))
        came = run(layer, batch.astype("f4"), grad_output.astype("f4"))
        same("grad_weights in float32", came, expected.astype("f4"))
        layer = Linear(d, m, np.ones((m, d), int), np.zeros(m, int))
        came = run(layer, batch.copy(), grad_output.copy())
        same("grad_weights, weights given as integers", came, expected)


### END HIDDEN TESTS

# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_linear_grad_biases", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("linear_grad_biases")  # test_linear_grad_biases, 2 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import (
    OTHER_SIZES,
    draw,
    graded,
    layouts,
    run_backward,
    run_forward,
    same,
)


@graded
def test_linear_grad_biases():
    rng = np.random.default_rng(104)

    def run(layer, x, grad_output):
        run_forward(layer, x)
        run_backward(layer, grad_output, sets="grad_biases")
        return layer.grad_biases

    for n, d, m in OTHER_SIZES:
        batch, w, b, grad_output = draw(rng, (n, d), (m, d), (m,), (n, m))
        expected = np.einsum("nm->m", grad_output)
        before = np.einsum("nm->m", 1 + grad_output)
        case = candidates.linear.grad_biases(grad_output=grad_output, before=before)
        layer, other = Linear(d, m, w, b), Linear(d, m, -w, b)
        run(layer, 2 - batch, 1 + grad_output)
        run_forward(layer, batch.copy())
        run(other, 3 * batch, 2 * grad_output)
        for label, grad_laid_out in layouts(grad_output):
            run_backward(layer, grad_laid_out, sets="grad_biases")
            what = f"grad_biases, grad_output in {label}"
            same(what, layer.grad_biases, expected, case)
        layer = Linear(d, m, w.astype("f4"), b.astype("f4"))
        came = run(layer, batch.astype("f4"), grad_output.astype("f4"))
        same("grad_biases in float32", came, expected.astype("f4"))
        layer = Linear(d, m, np.ones((m, d), int), np.zeros(m, int))
        came = run(layer, batch.copy(), grad_output.copy())
        same("grad_biases, biases given as integers", came, expected)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Write the three shapes you have, (N, M), (N, D) and (M, D), and the three you want. Which axis has to disappear
# in each product?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# For `grad_weights` the N axes must meet: one factor is transposed, and what comes first decides whether the
# result is (M, D) or (D, M). For `grad_biases` the N axis is summed away. For `grad_input` the M axes must meet,
# and they already do.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `grad_output` stands first in both products: once transposed, times the input that you kept; once as it is, times
# the weights. The sum is over axis 0. No division by N: that is the loss's business.
# </details>

# %% [markdown]
# **Predict, then run.** Every point below is one entry of `grad_weights`: your value against the numerical one. Where
# must the points lie? Where would they lie if you had divided by N? If you had forgotten `grad_output`?

# %%
with attempt():
    x, weights, biases, grad_output = draw(
        np.random.default_rng(5), (6, 5), (4, 5), (4,), (6, 4)
    )
    layer = Linear(5, 4, weights, biases)
    analytic, numeric = gradcheck.compare_layer(layer, x, grad_output)["grad_weights"]
    ends = np.array([numeric.min(), numeric.max()])
    plots.fit(
        numeric.ravel(),
        analytic.ravel(),
        ends,
        ends,
        xlabel="by nudging",
        ylabel="by backward",
    )

# %% [markdown]
# ### Exercise 1.3 · Update
#
# **Do** fill in `update_params` in the class.
#
# **Why** the gradient points uphill. A small step the other way makes the loss smaller: that is all of gradient
# descent.
#
# *5 minutes · difficulty 1 of 5*

# %% [markdown]
# $$W \leftarrow W - \eta\, \frac{\partial L}{\partial W} \qquad b \leftarrow b - \eta\, \frac{\partial L}{\partial b}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $\eta$ | `learning_rate` | a number |
# | $W$, $b$ | `self.weights`, `self.biases` | (M, D), (M,) |
#
# It does not matter whether you change the arrays in place or bind new ones.

# %% [markdown]
# **Try it.** With the gradients from above, (3, 4) and 11, a learning rate of 0.1 moves the weights from (1, 2) to
# (0.7, 1.6) and the bias from 0.5 to -0.6.

# %%
with attempt():
    neuron = Linear(2, 1, initial_weights=[[1.0, 2.0]], initial_biases=[0.5])
    neuron.forward(np.array([[3.0, 4.0], [0.0, 0.0]]))
    neuron.backward(np.array([[1.0], [10.0]]))
    neuron.update_params(0.1)
    print(neuron.weights, neuron.biases)  # [[0.7 1.6]] [-0.6]


# %% deletable=false editable=false
@check
def check_linear_update():
    rng = np.random.default_rng(6)
    layer, other = Linear(2, 3, rng=rng), Linear(2, 3, rng=rng)
    gradients = {
        "weights": np.array([[3.0, 4.0], [-2.0, 1.0], [0.5, -1.0]]),
        "biases": np.array([11.0, -4.0, 2.0]),
    }
    moves = {
        "weights": np.array([[-1.2, -1.6], [0.8, -0.4], [-0.2, 0.4]]),
        "biases": np.array([-4.4, 1.6, -0.8]),
    }
    others = {"weights": np.array([[11.0], [-4.0], [2.0]]), "biases": [3.0, -2.0, 0.5]}
    for learning_rate, part in ((0.4, 1.0), (0.12, 0.3)):
        before = {name: getattr(layer, name).copy() for name in moves}
        for name, gradient in gradients.items():
            setattr(layer, f"grad_{name}", gradient.copy())
        untouched = other.weights.copy()
        layer.update_params(learning_rate)
        for name, gradient in gradients.items():
            case = candidates.linear.update(
                **{"start": before[name], "gradient": gradient},
                **{"other_gradient": others[name], "learning_rate": learning_rate},
            )
            expected = before[name] + part * moves[name]
            what = f"{name}, learning rate {learning_rate}"
            same(what, getattr(layer, name), expected, case)
        case = candidates.linear.update(other=layer.weights)
        same("weights of another layer", other.weights, untouched, case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_linear_update", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("linear_update")  # test_linear_update, 3 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import OTHER_SIZES, draw, graded, same, unchanged


@graded
def test_linear_update():
    rng = np.random.default_rng(105)
    for learning_rate, (_, d, m) in zip(
        (0.2, 0.03, 1.7, 0.5), OTHER_SIZES, strict=True
    ):
        w, b, gw, gb = draw(rng, (m, d), (m,), (m, d), (m,))
        layer = Linear(d, m, w.copy(), b.copy())
        untouched = Linear(d, m, w.copy(), b.copy())
        start = {"weights": w, "biases": b}
        gradients = {"weights": gw, "biases": gb}
        others = {"weights": gb[:, None], "biases": gw[:, 0]}
        for step in (1, 2, 3):
            layer.grad_weights, layer.grad_biases = gw.copy(), gb.copy()
            with unchanged(grad_weights=layer.grad_weights):
                layer.update_params(learning_rate)
            for name, gradient in gradients.items():
                case = candidates.linear.update(
                    **{"start": start[name], "gradient": gradient},
                    **{"learning_rate": learning_rate, "other_gradient": others[name]},
                )
                start[name] = start[name] - learning_rate * gradient
                same(f"{name}, step {step}", getattr(layer, name), start[name], case)
        same(
            "weights of another layer",
            untouched.weights,
            w,
            candidates.linear.update(other=start["weights"]),
        )
        layer = Linear(d, m, np.ones((m, d), int), np.zeros(m, int))
        layer.grad_weights, layer.grad_biases = gw, gb
        layer.update_params(learning_rate)
        same("weights given as integers", layer.weights, 1 - learning_rate * gw)
        layer = Linear(d, m, w.astype("f4"), b.astype("f4"))
        layer.weights = w.astype("f4")
        layer.grad_weights = gw.astype("f4")
        layer.grad_biases = gb.astype("f4")
        layer.update_params(learning_rate)
        expected = w - learning_rate * gw
        same("weights in float32", layer.weights, expected.astype("f4"))


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# The gradient points to where the loss grows fastest. Which sign takes you the other way?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Two lines of the same form, one for the weights and one for the biases, each with its own gradient.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# New value = old value minus `learning_rate` times gradient. Assign the result to the attribute of `self`; a local
# name would be forgotten at the end of the method.
# </details>

# %% [markdown]
# ## Your layer fits a line
#
# Forty noisy points lie near $t = 1.5 x - 0.5$. One neuron with one input is a line: its weight is the slope, its
# bias the height. The loop is all that training is: forward, how wrong, backward, a step.
# (The gradient $2 (y - t) / N$ belongs to the mean squared error, which you build in notebook 04.)
#
# **Predict, then run.** Where does the line start? Does it turn first or shift first? What happens if you multiply
# `learning_rate` by ten?

# %%
with attempt():
    rng = np.random.default_rng(7)
    x = rng.uniform(-2, 2, size=(40, 1))
    t = 1.5 * x - 0.5 + 0.3 * rng.normal(size=x.shape)
    ends = np.array([[-2.0], [2.0]])
    line = Linear(1, 1, initial_weights=[[-1.0]], initial_biases=[1.0])
    learning_rate = 0.02
    board = live.Board(live.Curve("loss", xlabel="step"), live.Fit(x, t), pace=0.015)
    with board:
        for step in range(200):
            y = line.forward(x)
            loss = np.mean((y - t) ** 2)
            line.backward(2 * (y - t) / len(x))
            line.update_params(learning_rate)
            board.update(loss=(step, loss), fit=lambda: (ends, line.forward(ends)))
    print(f"slope {line.weights.item():.2f}, height {line.biases.item():.2f}")

# %% [markdown]
# ## Summary
#
# - A linear layer is one matrix product and a sum; the batch is the first axis everywhere.
# - `backward` takes $\partial L/\partial$ output, keeps $\partial L/\partial$ parameters, returns
#   $\partial L/\partial$ input. Each gradient has the shape of the thing it belongs to.
# - Where a value reaches the loss along several paths, gradients add up. That is where every sum comes from.
# - Nudging a number up and down checks any gradient, without knowing the formula.
#
# **Where this comes from.** Rumelhart, Hinton and Williams, *Learning representations by back-propagating errors*,
# Nature 323 (1986). Weights with variance 1/D: LeCun, Bottou, Orr and Müller, *Efficient BackProp* (1998).

# %%
summary()
