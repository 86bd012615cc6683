# %% [markdown]
# # 13 · The same network as plain functions, and PyTorch
#
# **What you'll do.** Write your network once more, without a single class: functions that take everything they need and
# return everything they know. Then put PyTorch beside it, line by line, and compare the numbers.
#
# **What you'll learn.** What a layer object hides; where the factor 1/N can live, and why it does not matter where, as
# long as it is there once; why PyTorch needs `zero_grad` and your functions do not; what a framework does for you, and
# what stays the same.
#
# **What you need.** Notebooks 01 to 05 (what they built comes along in `parts.py`). PyTorch, if you have it: without it
# everything else here still runs. About 120 minutes.

# %%
import contextlib
import copy

import numpy as np
from parts import (
    Linear,
    MSELoss,
    ReLU,
    Sequential,
    affine,
    minibatches,
    numerical_gradient,
    relative_error,
    residuals,
    train,
)

from helpers import candidates, live, nested, plots
from helpers.checks import (
    SIZES,
    attempt,
    check,
    draw,
    expect,
    needs,
    raises,
    ready,
    same,
    same_number,
    same_spread,
    summary,
    unchanged,
)

# %% [markdown]
# ## What an object hides
#
# `forward` of your `Linear` returns one array, and quietly keeps another on `self`, for `backward`. That is convenient,
# and it is a trap: `backward` means "the batch that was seen *last*", whoever showed it.
#
# **Predict, then run.** Two batches go forward, then the way back is asked for the first one. Which batch do
# `grad_weights` belong to?

# %%
rng = np.random.default_rng(0)
one, two, slopes = draw(rng, (4, 3), (4, 3), (4, 2))
layer = Linear(3, 2, rng=rng)
layer.forward(one)
layer.forward(two)
layer.backward(slopes)
for name, batch in (("first", one), ("second", two)):
    difference = np.abs(layer.grad_weights - slopes.T @ batch).max()
    print(f"from those of the {name} batch they differ by {difference:.2f}")

# %% [markdown]
# A *pure function* has no such memory. What it returns depends on its arguments alone, and it changes nothing, neither
# its arguments nor anything outside. What `backward` needs from `forward` must then travel in the open: `forward`
# returns it, in a *cache*, and whoever called hands it to `backward`.
#
# | name | meaning | form |
# | --- | --- | --- |
# | `params` | the parameters of a linear layer | a dictionary, `"weights"` (M, D) and `"biases"` (M,) |
# | | the parameters of a network | a list of such dictionaries, the first layer first |
# | `grads` | gradients | built like the `params` that they belong to |
# | `cache` | what went into a forward function | see the table below |
# | `caches` | those of a whole network | a list, in the order of the calls |
#
# | function | returns | its cache holds |
# | --- | --- | --- |
# | `linear_forward(x, params)` | `(z, cache)` | the tuple `(x, params)` |
# | `relu_forward(x)` | `(y, cache)` | the array `x` |
# | `mse_forward(y, t)` | `(loss, cache)` | the tuple `(y, t)` |
#
# So **a cache is what went in**. It needs no copies: nobody changes an argument, so the arrays stay as they are.
#
# Some rules stay: float32 in gives float32 out, integers in `x`, `y`, `t` and `grad_output` count as float64,
# parameters are always floats, randomness comes from a generator that is passed in, and you write it by hand.
# One rule changes in this notebook, on purpose.

# %% [markdown]
# ## The 1/N moves into the layer
#
# `MSELoss` and `SoftmaxCrossEntropy` divide by N, and `Linear` sums over the batch. (In notebook 10 nobody divides: its
# loss is a sum.) Here it is the other way round, as in several public courses. Write the loss of a batch as the mean of
# the samples' own losses:
#
# $$L = \frac{1}{N} \sum_{n=1}^{N} L_n \qquad\qquad L_n = \frac{1}{K} \sum_{k=1}^{K} (Y_{nk} - T_{nk})^2$$
#
# $L$ is the mean over all N K entries, as always. But the way back now carries, in row $n$, the gradient of the
# sample's **own** loss, $\partial L_n / \partial Y_n$. No N is in it, because a sample does not know how many others
# there are. The samples come together only where they share something: in the gradients of the parameters. *There* the
# mean is taken.
#
# | | `Linear` and `MSELoss`, PyTorch | here |
# | --- | --- | --- |
# | gradient of the loss | $2 (Y - T) / (N K)$ | $2 (Y - T) / K$ |
# | row $n$ of `grad_output`, `grad_input` | $\partial L / \partial$ that row | $\partial L_n / \partial$ that row, N times as large |
# | linear layer, `"weights"` | $G^\top X$ | $G^\top X / N$ |
# | linear layer, `"biases"` | $\sum_n G_n$ | $\frac{1}{N} \sum_n G_n$ |
# | both of the last two are | $\partial L / \partial$ parameter | $\partial L / \partial$ parameter, the same numbers |

# %% [markdown]
# ### Exercise 13.1 · The linear layer
#
# **Do** write `linear_forward` and `linear_backward`.
#
# **Why** with the cache in your hands you see all that passes between the two directions. And you will know which
# convention a strange code base uses after looking at one line of it.
#
# *15 minutes · difficulty 2 of 5*

# %% [markdown]
# $$Z = X W^\top + b \qquad\quad \frac{\partial L}{\partial W} = \frac{1}{N}\, G^\top X \qquad\quad
# \frac{\partial L}{\partial b} = \frac{1}{N} \sum_{n=1}^{N} G_n \qquad\quad \text{grad\_input} = G\, W$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $X$ | `x` | (N, D) |
# | $W$, $b$ | `params["weights"]`, `params["biases"]` | (M, D), (M,) |
# | $Z$ | `z` | (N, M) |
# | $G$, row $n$ is $\partial L_n / \partial Z_n$ | `grad_output` | (N, M) |
# | $\partial L/\partial W$, $\partial L/\partial b$ | `grads["weights"]`, `grads["biases"]` | (M, D), (M,) |
# | row $n$ is $\partial L_n / \partial X_n$ | `grad_input` | (N, D) |


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "linear_functions", "locked": false, "schema_version": 3, "solution": true, "task": false}
def linear_forward(x, params):
    """Take x (N, D) and a layer's params; return z (N, M) and the cache (x, params)."""
    ### BEGIN SOLUTION
    z = x @ params["weights"].T + params["biases"]
    return z, (x, params)
    ### END SOLUTION


def linear_backward(grad_output, cache):
    """Take grad_output (N, M) and the cache (x, params); return (grad_input, grads).

    grad_input (N, D); grads is built like params, and divided by N.
    """
    ### BEGIN SOLUTION
    x, params = cache
    grad_weights = grad_output.T @ x / len(x)
    grad_biases = grad_output.mean(axis=0)
    grad_input = grad_output @ params["weights"]
    return grad_input, {"weights": grad_weights, "biases": grad_biases}
    ### END SOLUTION


# %% [markdown]
# **Try it.** The neuron of notebook 01, weights (1, 2) and bias 0.5, sees (3, 4) and (0, 0): 11.5 and 0.5. With
# gradients 1 and 10 from behind, the weights' gradient was (3, 4) and the bias's 11. Now both are halved, because two
# samples share them; `grad_input` is (1, 2) and (10, 20), as before.

# %%
with attempt():
    params = {"weights": np.array([[1.0, 2.0]]), "biases": np.array([0.5])}
    z, cache = linear_forward(np.array([[3.0, 4.0], [0.0, 0.0]]), params)
    print(z.ravel())  # [11.5  0.5]
    grad_input, grads = linear_backward(np.array([[1.0], [10.0]]), cache)
    print(grad_input.ravel())  # [ 1.  2. 10. 20.]
    print(grads["weights"], grads["biases"])  # [[1.5 2. ]] [5.5]

# %% [markdown]
# **Check it.** The first check looks at `z` and at the cache. The second hands `linear_backward` a cache of its own, so
# it does not mind what your `linear_forward` does.


# %% deletable=false editable=false
@check
def check_linear_forward():
    rng = np.random.default_rng(1)
    for n, d, m in SIZES:
        x, weights, biases = draw(rng, (n, d), (m, d), (m,))
        params = {"weights": weights, "biases": biases}
        call = f"linear_forward(x, params) with N={n}, D={d}, M={m}"
        with nested.unchanged(x=x, params=params):
            z, cache = nested.pair(call, linear_forward(x, params), "(z, cache)")
        case = candidates.functional.linear_forward(x=x, weights=weights, biases=biases)
        same(f"z of {call}", z, affine(x, weights, biases), case)
        describe = candidates.functional.cache(output=z)
        nested.same(f"cache of {call}", cache, (x, params), lambda _, c=describe: c)
        others = {"weights": 1 - weights, "biases": -biases}
        again, _ = linear_forward(2 - x, others)
        expected, before = affine(2 - x, **others), affine(x, weights, biases)
        case = candidates.functional.linear_forward(other=before)
        same("z for another x and other params", again, expected, case)
        case = candidates.functional.linear_forward(later=expected)
        same("z, looked at again after later calls", z, before, case)
        whole = np.rint(4 * x).astype(int)
        z, _ = linear_forward(whole, params)
        same("z for integers in x", z, affine(whole, weights, biases))
        single = {name: array.astype("f4") for name, array in params.items()}
        z, _ = linear_forward(x.astype("f4"), single)
        same("z in float32", z, affine(x.astype("f4"), *single.values()))


# %% deletable=false editable=false
@check
def check_linear_backward():
    rng = np.random.default_rng(2)
    for n, d, m in SIZES:
        x, later, weights, biases = draw(rng, (n, d), (n, d), (m, d), (m,))
        params, (grad_output,) = (
            {"weights": weights, "biases": biases},
            draw(rng, (n, m)),
        )

        def right_input(g, weights, like=x, biases=biases):
            def own_losses(values):
                return (affine(values, weights, biases) * g).sum()

            return numerical_gradient(own_losses, like[: len(g)])

        def right(name, x, g, params=params):
            def mean_loss(values):
                return (affine(x, **params | {name: values}) * g).sum() / len(x)

            return numerical_gradient(mean_loss, params[name])

        call = f"linear_backward(grad_output, cache) with N={n}, D={d}, M={m}"
        with contextlib.suppress(Exception):  # the check above is for that
            linear_forward(later, params)
        cache = (x, params)
        with nested.unchanged(grad_output=grad_output, cache=cache):
            both = linear_backward(grad_output, cache)
        grad_input, grads = nested.pair(call, both, "(grad_input, grads)")
        given = {"grad_output": grad_output, "weights": weights, "right": right_input}
        case = candidates.functional.grad_input(**given)
        expected = right_input(grad_output, weights)
        same(f"grad_input of {call}", grad_input, expected, case, rtol=1e-6)
        cases = {
            '["weights"]': candidates.functional.grad_weights(
                x=x,
                grad_output=grad_output,
                right=lambda x, g, right=right: right("weights", x, g),
                other=right("weights", later, grad_output),
            ),
            '["biases"]': candidates.functional.grad_biases(grad_output=grad_output),
        }
        expected = {name: right(name, x, grad_output) for name in params}
        nested.same(f"grads of {call}", grads, expected, cases.get, rtol=1e-6)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_linear_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("linear_forward")  # test_linear_forward, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, nested
from helpers.checks import OTHER_SIZES, draw, graded, layouts, same


@graded
def test_linear_forward():
    rng = np.random.default_rng(1301)

    def right(x, weights, biases):
        return np.einsum("nd,md->nm", x, weights) + biases

    for n, d, m in OTHER_SIZES:
        x, weights, biases = draw(rng, (n, d), (m, d), (m,))
        params = {"weights": weights, "biases": biases}
        others = {"weights": 1 - weights, "biases": -biases}
        expected = right(x, weights, biases)
        linear_forward(2 - x, others)
        for label, x_laid_out in layouts(x):
            call = f"linear_forward(x, params), x in {label}"
            with nested.unchanged(x=x_laid_out, params=params):
                both = linear_forward(x_laid_out, params)
            z, cache = nested.pair(call, both, "(z, cache)")
            given = {"x": x, "weights": weights, "biases": biases}
            given["other"] = right(x, **others)
            case = candidates.functional.linear_forward(**given)
            same(f"z of {call}", z, expected, case)
            describe = candidates.functional.cache(output=expected)
            nested.same(f"cache of {call}", cache, (x, params), lambda _, c=describe: c)
        again, _ = linear_forward(x, others)
        case = candidates.functional.linear_forward(other=expected)
        same("z for other params", again, right(x, **others), case)
        case = candidates.functional.linear_forward(later=right(x, **others))
        same("z, looked at again after later calls", z, expected, case)
        nested.same("cache, looked at again after later calls", cache, (x, params))
        whole = rng.integers(-9, 10, size=(n, d))
        z, _ = linear_forward(whole, params)
        same("z for integers in x", z, right(whole, weights, biases))
        single = {name: array.astype("f4") for name, array in params.items()}
        z, _ = linear_forward(x.astype("f4"), single)
        same("z in float32", z, expected.astype("f4"))


### END HIDDEN TESTS

# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_linear_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("linear_backward")  # test_linear_backward, 2 points
### BEGIN HIDDEN TESTS
import contextlib

import numpy as np

from helpers import candidates, nested
from helpers.checks import OTHER_SIZES, draw, graded, layouts, same


@graded
def test_linear_backward():
    rng = np.random.default_rng(1302)

    def right_input(grad_output, weights):
        return np.einsum("nm,md->nd", grad_output, weights)

    def right_weights(x, grad_output):
        return np.einsum("nm,nd->md", grad_output, x) / x.shape[0]

    def compare(call, both, x, grad_output, weights, later, dtype="f8"):
        given = {"grad_output": grad_output, "x": x, "weights": weights}
        case = candidates.functional.grad_input(
            **given, right=right_input, other=right_input(grad_output, 1 - weights)
        )
        grad_input, grads = nested.pair(call, both, "(grad_input, grads)")
        expected = right_input(grad_output, weights).astype(dtype)
        same(f"grad_input of {call}", grad_input, expected, case)
        case = candidates.functional.grad_weights(
            **given, right=right_weights, other=right_weights(later, grad_output)
        )
        by_bias = candidates.functional.grad_biases(grad_output=grad_output)
        mean = np.einsum("nm->m", grad_output) / len(grad_output)
        expected = {"weights": right_weights(x, grad_output), "biases": mean}
        expected = {name: array.astype(dtype) for name, array in expected.items()}
        cases = {'["weights"]': case, '["biases"]': by_bias}
        nested.same(f"grads of {call}", grads, expected, cases.get)

    for n, d, m in OTHER_SIZES:
        x, later, weights, biases, grad_output = draw(
            rng, (n, d), (n, d), (m, d), (m,), (n, m)
        )
        params = {"weights": weights, "biases": biases}
        with contextlib.suppress(Exception):  # what it does is judged elsewhere
            linear_forward(later, {"weights": 1 - weights, "biases": biases})
        kept = []
        for label, grad_laid_out in layouts(grad_output):
            cache, call = (x, params), f"linear_backward, grad_output in {label}"
            with nested.unchanged(grad_output=grad_laid_out, cache=cache):
                both = linear_backward(grad_laid_out, cache)
            compare(call, both, x, grad_output, weights, later)
            kept.append(both)
        linear_backward(1 - grad_output, (later, params))
        call = "linear_backward, looked at again after later calls"
        compare(call, kept[0], x, grad_output, weights, later)
        single = {name: array.astype("f4") for name, array in params.items()}
        both = linear_backward(grad_output.astype("f4"), (x.astype("f4"), single))
        call = "linear_backward in float32"
        compare(call, both, x, grad_output, weights, later, "f4")
        whole, slopes = (rng.integers(-9, 10, size=s) for s in ((n, d), (n, m)))
        both = linear_backward(slopes, (whole, params))
        call = "linear_backward for integers"
        compare(call, both, whole, slopes, weights, later)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Your `Linear` of notebook 01 has all the products. Which of its `self.` come in as arguments now, and which go out as
# results? Which of its three gradients does a single sample own, and which do all samples share?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `linear_forward` returns two things, the second of which is just a tuple of its arguments. `linear_backward` unpacks
# that tuple, computes three arrays, and returns one of them beside a new dictionary with the other two. Only the two in
# the dictionary are means over the samples.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `x, params = cache`. The weights' gradient is the product you know, divided by `len(x)`; that of the biases is
# `grad_output.mean(axis=0)`. `grad_input` is what it was in notebook 01, with no division.
# </details>

# %% [markdown]
# **Predict, then run.** The question from the beginning, asked of your functions: two batches go forward, then the way
# back is asked for the first one.

# %%
with attempt():
    params = {"weights": layer.weights, "biases": layer.biases}
    _, cache_of_one = linear_forward(one, params)
    _, cache_of_two = linear_forward(two, params)
    for name, batch, cache in (
        ("first", one, cache_of_one),
        ("second", two, cache_of_two),
    ):
        _, grads = linear_backward(slopes, cache)
        difference = np.abs(grads["weights"] * len(batch) - slopes.T @ batch).max()
        print(f"from those of the {name} batch they differ by {difference:.1e}")

# %% [markdown]
# ### Exercise 13.2 · ReLU
#
# **Do** write `relu_forward` and `relu_backward`.
#
# **Why** a function without parameters returns no `grads`, and nothing is averaged in it: each entry has a gradient of
# its own. So it looks the same in both conventions.
#
# *5 minutes · difficulty 1 of 5*

# %% [markdown]
# $$Y_{nd} = \max(X_{nd}, 0) \qquad\qquad \text{grad\_input}_{nd} = \begin{cases} G_{nd} & X_{nd} > 0 \\ 0 & X_{nd} < 0
# \end{cases}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $X$ | `x`, and the cache | (N, D) |
# | $Y$ | `y` | (N, D) |
# | $G$ | `grad_output` | (N, D) |
#
# At 0 itself any slope from 0 to 1 is right. Compute the mask in `relu_backward`; the cache is `x` itself.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "relu_functions", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relu_forward(x):
    """Take x (N, D); return y (N, D), negative entries set to 0, and the cache x."""
    ### BEGIN SOLUTION
    y = np.maximum(x, 0.0)
    return y, x
    ### END SOLUTION


def relu_backward(grad_output, cache):
    """Take grad_output (N, D) and the cache x (N, D); return grad_input (N, D)."""
    ### BEGIN SOLUTION
    return np.where(cache > 0, grad_output, 0.0)
    ### END SOLUTION


# %% [markdown]
# **Try it.** (-2, 3) becomes (0, 3). Of a gradient (5, 7) only the 7 passes.

# %%
with attempt():
    y, cache = relu_forward(np.array([[-2.0, 3.0]]))
    print(y, cache)  # [[0. 3.]] [[-2.  3.]]
    print(relu_backward(np.array([[5.0, 7.0]]), cache))  # [[0. 7.]]


# %% deletable=false editable=false
@check
def check_relu_forward():
    rng = np.random.default_rng(3)
    for n, d, _ in SIZES:
        (x,) = draw(rng, (n, d))
        x *= 8
        call = f"relu_forward(x) with N={n}, D={d}"
        with unchanged(x=x):
            y, cache = nested.pair(call, relu_forward(x), "(y, cache)")
        expected = ReLU().forward(x)
        case = candidates.functional.relu_forward(x=x)
        same(f"y of {call}", y, expected, case)
        case = candidates.functional.cache(output=expected)
        same(f"cache of {call}", cache, x, case)
        again, _ = relu_forward(1 - x)
        case = candidates.functional.relu_forward(x=1 - x, other=expected)
        same("y of relu_forward for another x", again, ReLU().forward(1 - x), case)
        same("y, looked at again after later calls", y, expected)
        y, _ = relu_forward(x.astype("f4"))
        same("y in float32", y, expected.astype("f4"))
        whole = np.rint(x).astype(int)
        same("y for integers", relu_forward(whole)[0], ReLU().forward(whole))


# %% deletable=false editable=false
@check
def check_relu_backward():
    rng = np.random.default_rng(4)

    def right(x, grad_output):
        return numerical_gradient(lambda v: (v * (v > 0) * grad_output).sum(), x)

    for n, d, _ in SIZES:
        x, later, grad_output = draw(rng, (n, d), (n, d), (n, d))
        x, later = x + 0.1 * np.sign(x), later + 0.1 * np.sign(later)
        with contextlib.suppress(Exception):  # the check above is for that
            relu_forward(later)
        with unchanged(grad_output=grad_output, cache=x):
            grad_input = relu_backward(grad_output, x)
        given = {"x": x, "grad_output": grad_output, "right": right}
        case = candidates.functional.relu_backward(
            **given, other=right(later, grad_output)
        )
        name = f"relu_backward(grad_output, cache) with N={n}, D={d}"
        same(name, grad_input, right(x, grad_output), case, rtol=1e-6)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_relu_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("relu_forward")  # test_relu_forward, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, nested
from helpers.checks import OTHER_SIZES, graded, layouts, same, unchanged


@graded
def test_relu_forward():
    rng = np.random.default_rng(1303)

    def right(x):
        return np.vectorize(lambda v: v if v > 0 else 0.0, otypes=[float])(x)

    for n, d, _ in OTHER_SIZES:
        x = 8 * rng.normal(size=(n, d))
        expected, later = right(x), right(1 - x)
        relu_forward(1 - x)
        for label, x_laid_out in layouts(x):
            call = f"relu_forward(x), x in {label}"
            with unchanged(x=x_laid_out):
                both = relu_forward(x_laid_out)
            y, cache = nested.pair(call, both, "(y, cache)")
            case = candidates.functional.relu_forward(x=x, other=later)
            same(f"y of {call}", y, expected, case)
            case = candidates.functional.cache(output=expected)
            same(f"cache of {call}", cache, x, case)
        case = candidates.functional.relu_forward(x=1 - x, other=expected)
        same("y of relu_forward for another x", relu_forward(1 - x)[0], later, case)
        same("y, looked at again after later calls", y, expected)
        same("cache, looked at again after later calls", cache, x)
        y, _ = relu_forward(x.astype("f4"))
        same("y in float32", y, expected.astype("f4"))
        whole = rng.integers(-9, 10, size=(n, d))
        same("y for integers", relu_forward(whole)[0], right(whole))


### END HIDDEN TESTS

# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_relu_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("relu_backward")  # test_relu_backward, 1 point
### BEGIN HIDDEN TESTS
import contextlib

import numpy as np

from helpers import candidates
from helpers.checks import OTHER_SIZES, draw, graded, layouts, same, unchanged


@graded
def test_relu_backward():
    rng = np.random.default_rng(1304)

    def right(x, grad_output):
        slope = np.vectorize(lambda v: 1.0 if v > 0 else 0.0, otypes=[float])
        return grad_output * slope(x)

    for n, d, _ in OTHER_SIZES:
        x, later, grad_output = draw(rng, (n, d), (n, d), (n, d))
        with contextlib.suppress(Exception):  # what it does is judged elsewhere
            relu_forward(later)
        expected, kept = right(x, grad_output), []
        given = {"x": x, "grad_output": grad_output, "right": right}
        case = candidates.functional.relu_backward(
            **given, other=right(later, grad_output)
        )
        for label, grad_laid_out in layouts(grad_output):
            with unchanged(grad_output=grad_laid_out, cache=x):
                kept.append(relu_backward(grad_laid_out, x))
            same(f"relu_backward, grad_output in {label}", kept[-1], expected, case)
        relu_backward(1 - grad_output, later)
        same("relu_backward, looked at again after later calls", kept[0], expected)
        single = relu_backward(grad_output.astype("f4"), x.astype("f4"))
        same("relu_backward in float32", single, expected.astype("f4"))
        whole = np.where(x > 0, 2, -3)
        slopes = rng.integers(1, 10, size=(n, d))
        came = relu_backward(slopes, whole)
        same("relu_backward for integers", came, right(x, slopes))


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Which array decides where a gradient passes, and where do you find it in `relu_backward`?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `np.maximum` compares entry by entry. On the way back, a comparison gives a mask, and `np.where` picks by it.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# The forward function ends in `return y, x`. The backward function is one `np.where`, with a comparison of the cache
# with 0 as its first argument.
# </details>

# %% [markdown]
# ### Exercise 13.3 · The loss
#
# **Do** write `mse_forward` and `mse_backward`.
#
# **Why** this is the other end of the convention. The *number* is the same as in notebook 04, the mean over all N K
# entries. Its *gradient* leaves the 1/N to the layers.
#
# *10 minutes · difficulty 2 of 5*

# %% [markdown]
# $$L = \frac{1}{N K} \sum_{n,k} (Y_{nk} - T_{nk})^2 \qquad\qquad
# \frac{\partial L_n}{\partial Y_{nk}} = \frac{2}{K}\, (Y_{nk} - T_{nk})$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $Y$, $T$ | `y`, `t`, and the cache `(y, t)` | (N, K) |
# | $L$ | `loss` | one number |
# | $\partial L_n / \partial Y_n$ | the result of `mse_backward` | (N, K) |
# | $K$ | the number of outputs, `y.shape[1]` | a number |
#
# As in notebook 04, `mse_forward` raises `ValueError` if the shapes differ, and integers, unsigned ones too, are
# subtracted as floats. `residuals` of notebook 00 does both, and you are welcome to use it in both functions.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "mse_functions", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mse_forward(y, t):
    """Take y and t (N, K); return the mean over all N * K entries, and the cache (y, t).

    Raises ValueError if the shapes differ.
    """
    ### BEGIN SOLUTION
    loss = np.mean(residuals(y, t) ** 2)
    return loss, (y, t)
    ### END SOLUTION


def mse_backward(cache):
    """Take the cache (y, t); return (N, K), in row n the gradient of sample n's loss."""
    ### BEGIN SOLUTION
    y, t = cache
    return 2 * residuals(y, t) / y.shape[1]
    ### END SOLUTION


# %% [markdown]
# **Try it.** The example of notebook 04: residuals 0, 2, -1 and 0, loss 1.25. There the gradient was 0, 1, -0.5 and 0.
# Now it is N = 2 times as large.

# %%
with attempt():
    y = np.array([[1.0, 2.0], [3.0, 5.0]])
    t = np.array([[1.0, 0.0], [4.0, 5.0]])
    loss, cache = mse_forward(y, t)
    print(loss)  # 1.25
    print(mse_backward(cache))  # [[ 0.  2.] [-1.  0.]]


# %% deletable=false editable=false
@check
def check_mse_forward():
    rng = np.random.default_rng(5)
    for n, k in ((5, 3), (3, 3), (1, 2), (7, 1)):
        y, t = draw(rng, (n, k), (n, k))
        call = f"mse_forward(y, t) with N={n}, K={k}"
        with unchanged(y=y, t=t):
            loss, cache = nested.pair(call, mse_forward(y, t), "(loss, cache)")
        absolute = np.abs(y - t).mean()
        case = candidates.mse.forward(y=y, t=t, absolute=absolute, N=n, K=k)
        same_number(f"loss of {call}", loss, MSELoss().forward(y, t), case)
        cases = {
            place: candidates.functional.cache(output=y - t, exchanged=other)
            for place, other in (("[0]", t), ("[1]", y))
        }
        nested.same(f"cache of {call}", cache, (y, t), cases.get)
    low, high = np.array([[0, 25]], np.uint8), np.array([[20, 21]], np.uint8)
    loss, _ = mse_forward(low, high)
    case = candidates.mse.forward(wrapped=(80.0, 27856.0))
    same_number("loss for unsigned integers", loss, 208.0, case)
    y = np.ones((4, 1))
    name = "mse_forward(y, t) with shapes (4, 1) and (4,)"
    raises(name, ValueError, mse_forward, y, np.ones(4))


# %% deletable=false editable=false
@check
def check_mse_backward():
    rng = np.random.default_rng(6)

    def right(y, t):
        def own_losses(y):
            return MSELoss().forward(y, t) * len(y)  # their sum, not their mean

        return numerical_gradient(own_losses, y)

    for n, k in ((5, 3), (3, 3), (1, 2), (7, 1)):
        y, t, later = draw(rng, (n, k), (n, k), (n, k))
        with contextlib.suppress(Exception):  # the check above is for that
            mse_forward(later, t)
        with unchanged(y=y, t=t):
            gradient = mse_backward((y, t))
        given = {"y": y, "t": t, "right": right, "N": n, "K": k}
        case = candidates.functional.mse_backward(**given, other=right(later, t))
        name = f"mse_backward(cache) with N={n}, K={k}"
        same(name, gradient, right(y, t), case, rtol=1e-6)
    low, high = np.array([[0, 25]], np.uint8), np.array([[20, 21]], np.uint8)
    case = candidates.functional.mse_backward(wrapped=([[236.0, 4]], [[108.0, 4]]))
    name = "mse_backward for unsigned integers"
    same(name, mse_backward((low, high)), [[-20.0, 4.0]], case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_mse_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("mse_forward")  # test_mse_forward, 1 point
### BEGIN HIDDEN TESTS
import math

import numpy as np

from helpers import candidates, nested
from helpers.checks import draw, graded, layouts, raises, same_number, unchanged


@graded
def test_mse_forward():
    rng = np.random.default_rng(1305)

    def mean_square(y, t):
        pairs = zip(y.ravel().tolist(), t.ravel().tolist(), strict=True)
        return math.fsum((a - b) * (a - b) for a, b in pairs) / y.size

    for n, k in ((7, 5), (4, 4), (2, 11), (1, 3), (6, 1), (1, 1)):
        y, t = draw(rng, (n, k), (n, k))
        before, expected = mean_square(2 * y, t), mean_square(y, t)
        absolute = np.abs(y - t).mean()
        mse_forward(2 * y, t)
        for label, y_laid_out in layouts(y):
            call = f"mse_forward(y, t), y in {label}"
            with unchanged(y=y_laid_out, t=t):
                both = mse_forward(y_laid_out, t)
            loss, cache = nested.pair(call, both, "(loss, cache)")
            given = {"y": y, "t": t, "N": n, "K": k, "absolute": absolute}
            case = candidates.mse.forward(**given, before=before)
            same_number(f"loss of {call}", loss, expected, case)
            cases = {
                place: candidates.functional.cache(output=y - t, exchanged=other)
                for place, other in (("[0]", t), ("[1]", y))
            }
            nested.same(f"cache of {call}", cache, (y, t), cases.get)
        loss, _ = mse_forward(2 * y, t)
        same_number("loss for another y", loss, before)
        nested.same("cache, looked at again after later calls", cache, (y, t))
        for kind, low, high in (("i8", -9, 10), ("u1", 0, 256)):
            a, b = (rng.integers(low, high, size=(n, k)).astype(kind) for _ in "yt")
            bytewise = (a - b, (a - b).astype(float))
            wrapped = [(misses**2).mean() for misses in bytewise]
            case = candidates.mse.forward(wrapped=wrapped)
            loss, _ = mse_forward(a, b)
            same_number(f"loss for {a.dtype}", loss, mean_square(a, b), case)
        loss, _ = mse_forward(y.astype("f4"), t.astype("f4"))
        same_number("loss in float32", loss, expected, rtol=1e-4)
    for one, two in (((5, 1), (5,)), ((2, 3), (2, 1)), ((5, 1), (1, 5)), ((3,), (1,))):
        name = f"mse_forward(y, t) with shapes {one} and {two}"
        raises(name, ValueError, mse_forward, *draw(rng, one, two))


### END HIDDEN TESTS

# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_mse_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("mse_backward")  # test_mse_backward, 2 points
### BEGIN HIDDEN TESTS
import contextlib

import numpy as np

from helpers import candidates
from helpers.checks import draw, graded, layouts, same, unchanged


@graded
def test_mse_backward():
    rng = np.random.default_rng(1306)

    def right(y, t):
        return np.einsum("nk,->nk", y, 2 / y.shape[1]) - t * (2 / y.shape[1])

    for n, k in ((7, 5), (4, 4), (2, 11), (1, 3), (6, 1), (1, 1)):
        y, t, later = draw(rng, (n, k), (n, k), (n, k))
        with contextlib.suppress(Exception):  # what it does is judged elsewhere
            mse_forward(later, t)
        expected, kept = right(y, t), []
        given = {"y": y, "t": t, "right": right, "N": n, "K": k}
        case = candidates.functional.mse_backward(**given, other=right(later, t))
        for label, y_laid_out in layouts(y):
            with unchanged(y=y_laid_out, t=t):
                kept.append(mse_backward((y_laid_out, t)))
            same(f"mse_backward, y in {label}", kept[-1], expected, case)
        mse_backward((later, t))
        same("mse_backward, looked at again after later calls", kept[0], expected)
        single = mse_backward((y.astype("f4"), t.astype("f4")))
        same("mse_backward in float32", single, expected.astype("f4"))
    for kind, low, high in (("i8", -9, 10), ("u1", 0, 256)):
        y, t = (rng.integers(low, high, size=(5, 3)).astype(kind) for _ in "yt")
        wrapped = 2 * (y - t) / 3, (y - t) * (2 / 3)
        case = candidates.functional.mse_backward(wrapped=wrapped)
        expected = (y.astype(float) - t.astype(float)) * (2 / 3)
        same(f"mse_backward for {y.dtype}", mse_backward((y, t)), expected, case)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Look at one sample's loss, $L_n$. By which number does it divide? And does that number change when there are more
# samples?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# The forward function is a mean of squares, beside a tuple of its arguments. The backward function needs no sum: two
# times the residuals, divided by the length of a row.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `y, t = cache`, then `residuals(y, t)` once more, times 2, over `y.shape[1]`. Dividing by `y.size` would be the other
# convention.
# </details>

# %% [markdown]
# ### Exercise 13.4 · The network
#
# **Do** write `build_mlp`, `mlp_forward` and `mlp_backward`, with the functions above.
#
# **Why** a network without objects is a list of dictionaries. You can print it, copy it, save it, or average two of
# them. That is the style of JAX, and of `torch.func`.
#
# *25 minutes · difficulty 3 of 5*

# %% [markdown]
# $$X \xrightarrow{\ \text{linear}\ } Z_1 \xrightarrow{\ \text{ReLU}\ } H_1 \xrightarrow{\ \text{linear}\ } Z_2
# \xrightarrow{\ \text{ReLU}\ } \dots \xrightarrow{\ \text{linear}\ } Y$$
#
# | name | what it is |
# | --- | --- |
# | `sizes` | how many numbers pass each place, such as `(5, 16, 3)`: two linear layers, 5 to 16 and 16 to 3 |
# | `params` | a list with a dictionary for each linear layer, the first layer first |
# | `caches` | a list with a cache for each call, in the order of the calls: linear, ReLU, linear, ..., linear |
# | `grads` | a list like `params`: `grads[0]` belongs to `params[0]` |
#
# - `build_mlp(sizes, rng)` draws the weights of each layer with mean 0 and variance 1/D, where D is the number of the
#   layer's inputs, and sets its biases to 0, as the constructor of `Linear` did. All in float64, all drawn from `rng`.
# - `mlp_forward(x, params)` returns `(y, caches)`. A ReLU stands between two linear layers, and none after the last.
#   With L linear layers there are 2 L - 1 caches; a network with one layer has no ReLU at all.
# - `mlp_backward(grad_output, caches)` returns `(grad_input, grads)`. The caches hold the parameters, too, so it needs
#   nothing else. It leaves the list of caches as it is.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "mlp_functions", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build_mlp(sizes, rng):
    """Return new params: for each pair of neighbours in sizes, a dict of two arrays."""
    ### BEGIN SOLUTION
    params = []
    for m, d in zip(sizes[1:], sizes[:-1], strict=True):
        weights = rng.normal(size=(m, d)) / np.sqrt(d)
        params.append({"weights": weights, "biases": np.zeros(m)})
    return params
    ### END SOLUTION


def mlp_forward(x, params):
    """Take x (N, D) and a network's params; return y (N, K) and the list of caches."""
    ### BEGIN SOLUTION
    x, cache = linear_forward(x, params[0])
    caches = [cache]
    for layer in params[1:]:
        x, cache = relu_forward(x)
        caches.append(cache)
        x, cache = linear_forward(x, layer)
        caches.append(cache)
    return x, caches
    ### END SOLUTION


def mlp_backward(grad_output, caches):
    """Take grad_output (N, K) and the caches; return grad_input (N, D) and grads."""
    ### BEGIN SOLUTION
    grad_output, last = linear_backward(grad_output, caches[-1])
    grads = [last]
    for place in range(len(caches) - 2, 0, -2):
        grad_output = relu_backward(grad_output, caches[place])
        grad_output, earlier = linear_backward(grad_output, caches[place - 1])
        grads.insert(0, earlier)
    return grad_output, grads
    ### END SOLUTION


# %% [markdown]
# **Try it.** A network 2-3-1 has two dictionaries, and makes three caches. Its gradients have the shapes of its
# parameters.

# %%
with attempt():
    rng = np.random.default_rng(7)
    params = build_mlp((2, 3, 1), rng)
    print([{name: a.shape for name, a in layer.items()} for layer in params])
    y, caches = mlp_forward(rng.normal(size=(4, 2)), params)
    print(y.shape, len(caches))  # (4, 1) 3
    grad_input, grads = mlp_backward(np.ones((4, 1)), caches)
    print(grad_input.shape)  # (4, 2)
    print([{name: a.shape for name, a in layer.items()} for layer in grads])

# %% [markdown]
# **Check it.** `like_classes` is given: the same network from the classes of notebooks 01 to 03, with the same
# parameters.


# %% deletable=false editable=false
def like_classes(params):
    """Return a Sequential of Linear and ReLU with these parameters."""
    layers = []
    for layer in params:
        m, d = layer["weights"].shape
        layers += [Linear(d, m, layer["weights"], layer["biases"]), ReLU()]
    return Sequential(layers[:-1])


def draw_network(rng, sizes):
    """Return params with biases that are not 0."""
    return [
        {"weights": rng.normal(size=(m, d)), "biases": rng.normal(size=m)}
        for m, d in zip(sizes[1:], sizes[:-1], strict=True)
    ]


def go_through(x, params):
    """Return what goes into each function on the way, and what comes out in the end."""
    inputs, model = [x], like_classes(params)
    for layer in model.layers:
        inputs.append(layer.forward(inputs[-1]))
    return inputs


# %% deletable=false editable=false
@check
def check_build_mlp():
    sizes = (90, 50, 70, 40)
    params = build_mlp(sizes, np.random.default_rng(8))
    shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
    came = f"build_mlp({sizes}, rng): expected a list of 3 dictionaries, got"
    expect(isinstance(params, list | tuple), f"{came} {type(params).__name__}.")
    expect(len(params) == 3, f"{came} {len(params)} entries.")
    for place, (layer, (m, d)) in enumerate(zip(params, shapes, strict=True)):
        name = f"params[{place}]"
        expect(isinstance(layer, dict), f"{name}: expected a dictionary.")
        expect(
            set(layer) == {"weights", "biases"},
            f'{name}: expected the keys "weights" and "biases", got {", ".join(layer)}.',
        )
        weights = layer["weights"]
        shape = np.shape(weights)
        said = f'{name}["weights"]: expected shape {(m, d)}, got {shape}.'
        said += " It is transposed." * (shape == (d, m))
        expect(shape == (m, d), said)
        same_spread(f'{name}["weights"], for D={d}', weights, 1 / d)
        expect(weights.dtype == float, f'{name}["weights"]: expected float64.')
        same(f'{name}["biases"]', layer["biases"], np.zeros(m))
    again = build_mlp(sizes, np.random.default_rng(8))
    other = build_mlp(sizes, np.random.default_rng(9))
    first = [network[0]["weights"] for network in (params, again, other)]
    expect((first[0] == first[1]).all(), "One seed gave two networks: draw from `rng`.")
    alike = (first[0] == first[2]).all()
    expect(not alike, "Two seeds gave the same network: draw from `rng`.")


# %% deletable=false editable=false
@check
def check_mlp_forward():
    needs("linear_forward")
    needs("relu_forward")
    rng = np.random.default_rng(10)
    for n, sizes in ((5, (3, 7, 2)), (3, (3, 3, 3, 3)), (1, (2, 5, 4)), (4, (3, 2))):
        params, (x,) = draw_network(rng, sizes), draw(rng, (n, sizes[0]))
        inputs = go_through(x, params)
        call = f"mlp_forward(x, params) with N={n}, sizes {sizes}"
        with nested.unchanged(x=x, params=params):
            y, caches = nested.pair(call, mlp_forward(x, params), "(y, caches)")
        unbent = x
        for layer in params:
            unbent = affine(unbent, **layer)
        given = {"hidden": inputs[-2], "first": inputs[1], "unbent": unbent}
        case = candidates.functional.mlp_forward(**given)
        same(f"y of {call}", y, inputs[-1], case)
        expected = [
            inputs[k] if k % 2 else (inputs[k], params[k // 2])
            for k in range(2 * len(params) - 1)
        ]
        nested.same(f"caches of {call}", caches, expected)
        again, _ = mlp_forward(2 - x, params)
        case = candidates.functional.mlp_forward(other=inputs[-1])
        name = "y of mlp_forward for another x"
        same(name, again, go_through(2 - x, params)[-1], case)


# %% deletable=false editable=false
@check
def check_mlp_backward():
    needs("linear_backward")
    needs("relu_backward")
    rng = np.random.default_rng(11)
    for n, sizes in ((5, (3, 7, 2)), (3, (3, 3, 3, 3)), (1, (2, 5, 4)), (4, (3, 2))):
        params, (x,) = draw_network(rng, sizes), draw(rng, (n, sizes[0]))
        (grad_output,) = draw(rng, (n, sizes[-1]))
        (later,), model = draw(rng, x.shape), like_classes(params)
        with contextlib.suppress(Exception):  # the check above is for that
            mlp_forward(later, copy.deepcopy(params))
        both, inputs = [], go_through(x, params)
        for batch in (later, x):
            model.forward(batch)
            grad_input = model.backward(grad_output)
            slopes = [
                {"weights": layer.grad_weights / n, "biases": layer.grad_biases / n}
                for layer in model.layers[::2]
            ]
            both.append((grad_input, slopes))
        (other_input, other), (grad_input, expected) = both
        caches = [
            inputs[k] if k % 2 else (inputs[k], params[k // 2])
            for k in range(2 * len(params) - 1)
        ]
        straight = Sequential(model.layers[::2])  # without the ReLUs
        unbent_input, unbent = straight.backward(grad_output), {}
        places = [(k, key) for k in range(len(params)) for key in expected[0]]
        for k, key in places:
            slope = getattr(straight.layers[k], f"grad_{key}") / n
            unbent[f'[{k}]["{key}"]'] = candidates.functional.mlp_backward(
                unbent=slope,
                count=n,
                other=other[k][key],
            )
        call = f"mlp_backward(grad_output, caches) with N={n}, sizes {sizes}"
        with nested.unchanged(grad_output=grad_output, caches=caches):
            both = mlp_backward(grad_output, caches)
        came, grads = nested.pair(call, both, "(grad_input, grads)")
        nested.same(f"grads of {call}", grads, expected, unbent.get)
        given = {"grad_output": grad_output, "unbent": unbent_input, "count": n}
        case = candidates.functional.mlp_grad_input(**given, other=other_input)
        same(f"grad_input of {call}", came, grad_input, case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_build_mlp", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("build_mlp")  # test_build_mlp, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers.checks import expect, graded, same, same_spread


@graded
def test_build_mlp():
    for sizes in ((110, 60, 80), [40, 90], (50, 70, 30, 60, 20), (3, 5, 1)):
        networks = [build_mlp(sizes, np.random.default_rng(s)) for s in (17, 17, 18)]
        params = networks[0]
        count = len(sizes) - 1
        came = f"build_mlp({sizes}, rng): expected a list of {count} dictionaries, got"
        expect(isinstance(params, list | tuple), f"{came} {type(params).__name__}.")
        expect(len(params) == count, f"{came} {len(params)} entries.")
        for k, (layer, d, m) in enumerate(
            zip(params, sizes[:-1], sizes[1:], strict=True)
        ):
            name = f"params[{k}]"
            expect(isinstance(layer, dict), f"{name}: expected a dictionary.")
            expect(
                set(layer) == {"weights", "biases"},
                f'{name}: expected the keys "weights" and "biases", got {", ".join(layer)}.',
            )
            weights, shape = layer["weights"], np.shape(layer["weights"])
            said = f'{name}["weights"]: expected shape {(m, d)}, got {shape}.'
            said += " It is transposed." * (shape == (d, m))
            expect(shape == (m, d), said)
            if m * d > 100:
                same_spread(f'{name}["weights"], for D={d}', weights, 1 / d)
            expect(weights.dtype == float, f'{name}["weights"]: expected float64.')
            same(f'{name}["biases"]', layer["biases"], np.zeros(m))
        one, again, other = ([p["weights"] for p in network] for network in networks)
        pairs = zip(one, again, strict=True)
        alike = all((a == b).all() for a, b in pairs)
        expect(alike, "One seed gave two networks: draw from `rng`.")
        changed = not any((a == b).all() for a, b in zip(one, other, strict=True))
        expect(changed, "Two seeds gave the same network: draw from `rng`.")
    rng = np.random.default_rng(19)
    first, second = (build_mlp((20, 20, 20), rng) for _ in range(2))
    drawn = [p["weights"].tobytes() for p in (*first, *second)]
    expect(len(set(drawn)) == 4, "Two layers have the same weights: draw new ones.")


### END HIDDEN TESTS

# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_mlp_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("mlp_forward")  # test_mlp_forward, 1 point
### BEGIN HIDDEN TESTS
import copy

import numpy as np

from helpers import candidates, nested
from helpers.checks import draw, graded, same


@graded
def test_mlp_forward():
    rng = np.random.default_rng(1308)

    def linear(x, layer):
        return np.einsum("nd,md->nm", x, layer["weights"]) + layer["biases"]

    def right(x, params):
        caches = []
        for k, layer in enumerate(params):
            if k:
                caches.append(x)
                x = np.vectorize(lambda v: max(v, 0.0), otypes=[float])(x)
            caches.append((x, layer))
            x = linear(x, layer)
        return x, caches

    def by_own(x, params):
        """Go through the student's own functions: their mistakes cost points elsewhere."""
        caches = []
        try:
            for k, layer in enumerate(params):
                if k:
                    x, cache = relu_forward(x)
                    caches.append(cache)
                x, cache = linear_forward(x, layer)
                caches.append(cache)
        except Exception:  # student code may raise anything
            return None
        return x, caches

    def unbend(x, params):
        for layer in params:
            x = linear(x, layer)
        return x

    def compare(what, both, x, params, other=None):
        expected = right(x, params)
        hidden, last = expected[1][-1]
        given = {"hidden": hidden, "first": linear(x, params[0])}
        case = candidates.functional.mlp_forward(
            **given, unbent=unbend(x, params), **({} if other is None else other)
        )
        own = by_own(x.copy(), copy.deepcopy(params))
        if own is not None and nested.fits(both, own):
            expected = own
        y, caches = nested.pair(f"mlp_forward{what}", both, "(y, caches)")
        same(f"y of mlp_forward{what}", y, expected[0], case)
        nested.same(f"caches of mlp_forward{what}", caches, expected[1])
        return last

    for n, sizes in (
        (7, (5, 3, 2)),
        (4, (4, 4, 4, 4, 4)),
        (1, (3, 5, 7)),
        (6, (5, 2)),
    ):
        params = [
            {"weights": rng.normal(size=(m, d)), "biases": rng.normal(size=m)}
            for m, d in zip(sizes[1:], sizes[:-1], strict=True)
        ]
        x, later = draw(rng, (n, sizes[0]), (n, sizes[0]))
        mlp_forward(later, copy.deepcopy(params))
        handed = {"x": x.copy(), "params": copy.deepcopy(params)}
        theirs = copy.deepcopy(handed)
        by_own(**theirs)
        # What the student's own functions change, another check has told.
        changing = handed if nested.fits(theirs, {"x": x, "params": params}) else {}
        with nested.unchanged(**changing):
            both = mlp_forward(**handed)
        other = {"other": right(later, params)[0]}
        compare(f"(x, params), N={n}, sizes {sizes}", both, x, params, other)
        more = mlp_forward(later, copy.deepcopy(params))
        compare(" for another x", more, later, params)
        compare(", looked at again after later calls", both, x, params)


### END HIDDEN TESTS

# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_mlp_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("mlp_backward")  # test_mlp_backward, 2 points
### BEGIN HIDDEN TESTS
import contextlib
import copy

import numpy as np

from helpers import candidates, nested
from helpers.checks import draw, graded, same


@graded
def test_mlp_backward():
    rng = np.random.default_rng(1309)

    def go(x, params, bent=True):
        caches = []
        for k, layer in enumerate(params):
            if k:
                caches.append(x)
                x = x * (x > 0) if bent else x
            caches.append((x, layer))
            x = np.einsum("nd,md->nm", x, layer["weights"]) + layer["biases"]
        return caches

    def right(grad_output, caches, bent=True):
        grads = []
        for place, cache in reversed(list(enumerate(caches))):
            if place % 2:
                grad_output = grad_output * (cache > 0) if bent else grad_output
            else:
                x, layer = cache
                weights = np.einsum("nm,nd->md", grad_output, x) / x.shape[0]
                biases = np.einsum("nm->m", grad_output) / x.shape[0]
                grads = [{"weights": weights, "biases": biases}, *grads]
                grad_output = np.einsum("nm,md->nd", grad_output, layer["weights"])
        return grad_output, grads

    def by_own(grad_output, caches):
        """Go through the student's own functions: their mistakes cost points elsewhere."""
        grads = []
        try:
            for place, cache in reversed(list(enumerate(caches))):
                if place % 2:
                    grad_output = relu_backward(grad_output, cache)
                else:
                    grad_output, of_layer = linear_backward(grad_output, cache)
                    grads = [of_layer, *grads]
        except Exception:  # student code may raise anything
            return None
        return grad_output, grads

    def compare(what, both, grad_output, caches, later=None):
        n = len(grad_output)
        expected = wanted = right(grad_output, caches)
        own = by_own(*copy.deepcopy((grad_output, caches)))
        if own is not None and nested.fits(both, own):
            expected = own
        unbent_input, unbent = right(grad_output, caches, bent=False)
        stale = right(grad_output, later or caches)

        def describe(place):
            k, key = int(place[1 : place.index("]")]), place.split('"')[1]
            if key not in wanted[1][k]:
                return None
            return candidates.functional.mlp_backward(
                unbent=unbent[k][key],
                count=n,
                other=stale[1][k][key],
            )

        grad_input, grads = nested.pair(what, both, "(grad_input, grads)")
        nested.same(f"grads of {what}", grads, expected[1], describe)
        given = {"grad_output": grad_output, "unbent": unbent_input, "count": n}
        case = candidates.functional.mlp_grad_input(**given, other=stale[0])
        same(f"grad_input of {what}", grad_input, expected[0], case)

    for n, sizes in (
        (7, (5, 3, 2)),
        (4, (4, 4, 4, 4, 4)),
        (1, (3, 5, 7)),
        (6, (5, 2)),
    ):
        params = [
            {"weights": rng.normal(size=(m, d)), "biases": rng.normal(size=m)}
            for m, d in zip(sizes[1:], sizes[:-1], strict=True)
        ]
        x, later = draw(rng, (n, sizes[0]), (n, sizes[0]))
        (grad_output,) = draw(rng, (n, sizes[-1]))
        caches, others = go(x, params), go(later, params)
        with contextlib.suppress(Exception):  # what it does is judged elsewhere
            mlp_forward(later, copy.deepcopy(params))
        given = {"grad_output": grad_output, "caches": caches}
        handed, theirs = copy.deepcopy(given), copy.deepcopy(given)
        by_own(**theirs)
        # What the student's own functions change, another check has told.
        with nested.unchanged(**(handed if nested.fits(theirs, given) else {})):
            both = mlp_backward(**handed)
        what = f"mlp_backward(grad_output, caches), N={n}, sizes {sizes}"
        compare(what, both, grad_output, caches, others)
        again = mlp_backward(**copy.deepcopy(given))
        compare("mlp_backward, called again", again, grad_output, caches)
        mlp_backward(1 - grad_output, copy.deepcopy(others))
        what = "mlp_backward, looked at again after later calls"
        compare(what, both, grad_output, caches)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# In which order are the caches made, and in which order are they needed? How many of them belong to one step of your
# loop, if the first layer has no ReLU before it?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Forward: one linear layer before the loop, then in the loop ReLU and linear, and an `append` after each. Backward: the
# last linear layer before the loop, then ReLU and linear, walking through the list from its end with
# `range(len(caches) - 2, 0, -2)`. Each linear step gives a dictionary, which belongs *before* those you have.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# At `place` in that range, `caches[place]` belongs to a ReLU and `caches[place - 1]` to the linear layer before it.
# `grads.insert(0, ...)` puts a dictionary at the front. Do not `pop` from `caches`: the list is the caller's.
# </details>

# %% [markdown]
# **Predict, then run.** Are these gradients those of the loss? Nudge each of the 83 parameters of a network 5-9-2-3. The
# loss is the mean over all N K entries, as always, and somewhere on the way back somebody has divided by N. How well
# will the two agree?

# %%
with attempt():
    rng = np.random.default_rng(12)
    params = build_mlp((5, 9, 2, 3), rng)
    x, t = draw(rng, (11, 5), (11, 3))
    y, caches = mlp_forward(x, params)
    _, cache = mse_forward(y, t)
    _, grads = mlp_backward(mse_backward(cache), caches)
    for place, layer in enumerate(params):
        for name in layer:

            def loss_of(values, place=place, name=name):
                moved = [dict(layer) for layer in params]
                moved[place][name] = values
                return mse_forward(mlp_forward(x, moved)[0], t)[0]

            numeric = numerical_gradient(loss_of, layer[name])
            error = relative_error(grads[place][name], numeric)
            print(f"layer {place}, {name:<8} relative error {error:.1e}")

# %% [markdown]
# ### Exercise 13.5 · A step, and zeros
#
# **Do** write `sgd_step` and `zero_grads`.
#
# **Why** `update_params` changed a layer. A pure step returns **new** parameters and leaves the old ones alone: you can
# go back to them, compare, or take two different steps from one place. `zero_grads` you will need in a moment, to see
# what PyTorch's method of that name is for.
#
# *10 minutes · difficulty 1 of 5*

# %% [markdown]
# $$W' = W - \eta\, \frac{\partial L}{\partial W} \qquad\qquad b' = b - \eta\, \frac{\partial L}{\partial b}$$
#
# | maths | code | what it is |
# | --- | --- | --- |
# | $W$, $b$ of all layers | `params` | a list of dictionaries |
# | $\partial L / \partial W$, $\partial L / \partial b$ | `grads` | a list of dictionaries |
# | $\eta$ | `learning_rate` | a number |
# | $W'$, $b'$ | the result of `sgd_step` | a new list of new dictionaries with new arrays |
# | | the result of `zero_grads(params)` | the same form, every array full of zeros |
#
# `params` and `grads` keep their values, and so do the dictionaries in them. Parameters in float32 stay float32, also
# as zeros. Gradients may be integers.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "step_functions", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sgd_step(params, grads, learning_rate):
    """Return new params, one step against the gradients; the arguments stay as they are."""
    ### BEGIN SOLUTION
    return [
        {name: layer[name] - learning_rate * slopes[name] for name in layer}
        for layer, slopes in zip(params, grads, strict=True)
    ]
    ### END SOLUTION


def zero_grads(params):
    """Return gradients of zero: built like params, with arrays of the same dtype."""
    ### BEGIN SOLUTION
    return [
        {name: np.zeros_like(values) for name, values in layer.items()}
        for layer in params
    ]
    ### END SOLUTION


# %% [markdown]
# **Try it.** The step of notebook 01: weights (1, 2) with the gradient (3, 4), bias 0.5 with the gradient 11, learning
# rate 0.1. It leads to (0.7, 1.6) and -0.6, and this time the old parameters are still there.

# %%
with attempt():
    params = [{"weights": np.array([[1.0, 2.0]]), "biases": np.array([0.5])}]
    grads = [{"weights": np.array([[3.0, 4.0]]), "biases": np.array([11.0])}]
    print(sgd_step(params, grads, 0.1))  # weights [[0.7, 1.6]], biases [-0.6]
    print(params)  # weights [[1., 2.]], biases [0.5]
    print(zero_grads(params))


# %% deletable=false editable=false
@check
def check_sgd_step():
    rng = np.random.default_rng(13)
    for sizes in ((3, 5, 2), (4, 4, 4), (2, 1)):
        params, grads = (draw_network(rng, sizes) for _ in range(2))
        for rate in (0.3, 0.02):
            expected, cases = [], {}
            for k, layer in enumerate(params):
                moved = Linear(1, 1, layer["weights"], layer["biases"])
                moved.grad_weights, moved.grad_biases = grads[k].values()
                moved.update_params(rate)
                after = {"weights": moved.weights, "biases": moved.biases}
                expected.append(after)
                for name in layer:
                    cases[f'[{k}]["{name}"]'] = candidates.functional.sgd_step(
                        **{"start": layer[name], "gradient": grads[k][name]},
                        learning_rate=rate,
                        other_gradient=grads[-1 - k][name],
                    )
            with nested.unchanged(params=params, grads=grads):
                stepped = sgd_step(params, grads, rate)
            name = f"sgd_step(params, grads, {rate}), sizes {sizes}"
            nested.same(name, stepped, expected, cases.get)


# %% deletable=false editable=false
@check
def check_zero_grads():
    rng = np.random.default_rng(14)
    for sizes in ((3, 5, 2), (4, 4, 4), (2, 1)):
        params = draw_network(rng, sizes)
        with nested.unchanged(params=params):
            zeros = zero_grads(params)
        expected = [{name: 0 * a for name, a in layer.items()} for layer in params]
        cases = {
            f'[{k}]["{name}"]': candidates.functional.zero_grads(values=values)
            for k, layer in enumerate(params)
            for name, values in layer.items()
        }
        nested.same(f"zero_grads(params), sizes {sizes}", zeros, expected, cases.get)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_sgd_step", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("sgd_step")  # test_sgd_step, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, nested
from helpers.checks import expect, graded


@graded
def test_sgd_step():
    rng = np.random.default_rng(1310)
    for sizes, kind, slopes in (
        ((5, 3, 2), "f8", "f8"),
        ((4, 4, 4, 4), "f8", "f8"),
        ((3, 1), "f8", "i8"),
        ((2, 7, 3), "f4", "f4"),
    ):
        shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
        params, grads = (
            [
                {"weights": rng.normal(size=s), "biases": rng.normal(size=s[0])}
                for s in shapes
            ]
            for _ in range(2)
        )
        params = [{n: a.astype(kind) for n, a in p.items()} for p in params]
        grads = [{n: (9 * a).astype(slopes) for n, a in g.items()} for g in grads]
        for rate in (0.7, 0.03, 0.0):
            expected, cases = [], {}
            for k, (layer, slope) in enumerate(zip(params, grads, strict=True)):
                expected.append({})
                for name, start in layer.items():
                    moved = start.astype("f8") + (-rate) * slope[name].astype("f8")
                    expected[k][name] = moved.astype(kind)
                    cases[f'[{k}]["{name}"]'] = candidates.functional.sgd_step(
                        **{"start": start, "gradient": slope[name]},
                        learning_rate=rate,
                        other_gradient=grads[-1 - k][name],
                    )
            with nested.unchanged(params=params, grads=grads):
                stepped = sgd_step(params, grads, rate)
            name = f"sgd_step(params, grads, {rate}), sizes {sizes}, {kind}"
            nested.same(name, stepped, expected, cases.get)
            for new, old in zip(stepped, params, strict=True):
                shared = any(np.shares_memory(new[name], old[name]) for name in old)
                expect(not shared, "A new array is an old one: make new ones.")
        sgd_step(params, grads, 0.9)
        nested.same("sgd_step, looked at again after later calls", stepped, expected)


### END HIDDEN TESTS

# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_zero_grads", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("zero_grads")  # test_zero_grads, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, nested
from helpers.checks import graded


@graded
def test_zero_grads():
    rng = np.random.default_rng(1311)
    for sizes, kind in (((5, 3, 2), "f8"), ((4, 4, 4, 4), "f8"), ((2, 7), "f4")):
        params = [
            {
                "weights": rng.normal(size=(m, d)).astype(kind),
                "biases": rng.normal(size=m).astype(kind),
            }
            for m, d in zip(sizes[1:], sizes[:-1], strict=True)
        ]
        with nested.unchanged(params=params):
            zeros = zero_grads(params)
        expected = [
            {name: np.zeros(a.shape, kind) for name, a in layer.items()}
            for layer in params
        ]
        cases = {
            f'[{k}]["{name}"]': candidates.functional.zero_grads(values=values)
            for k, layer in enumerate(params)
            for name, values in layer.items()
        }
        name = f"zero_grads(params), sizes {sizes}, {kind}"
        nested.same(name, zeros, expected, cases.get)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# The result is a list of dictionaries. How do you write such a thing down in one expression, a comprehension inside a
# comprehension?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Walk through `params` and `grads` together with `zip`. For each layer make a new dictionary, whose values are
# differences. A difference is a new array; `-=` would change the caller's.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `{name: layer[name] - ... for name in layer}` is one layer. For the zeros, `np.zeros_like` of each array: it keeps
# the shape and the dtype.
# </details>

# %% [markdown]
# ## Why PyTorch has a zero_grad
#
# Your functions return fresh gradients at each call, so there is nothing to reset. PyTorch keeps the gradients on the
# parameters, in `.grad`, and `backward()` **adds** to what is there (a parameter may be used twice in one network, and
# then its two gradients belong together). So somebody has to say where a sum begins: `optimiser.zero_grad()`.
#
# `add_grads` below does what PyTorch does, with your structures. Both trainings take the same steps by the same rule;
# one of them begins its sum anew each time, with `zero_grads`, the other one never does.
#
# **Predict, then run.** The parameter that is never reset moves by the sum of *all* gradients so far. When it arrives at
# the lowest point, what is in that sum? Does it stop there? (Notebook 07 had an optimiser that does the same, but
# lets old gradients fade.)


# %%
def add_grads(total, grads):
    """Return the sum of two gradients of a network."""
    return [
        {name: a[name] + b[name] for name in a}
        for a, b in zip(total, grads, strict=True)
    ]


# %%
with attempt():
    rng = np.random.default_rng(15)
    x, mixing = draw(rng, (60, 4), (4, 2))
    t, start, losses = x @ mixing, build_mlp((4, 2), rng), {}
    for resets in (True, False):
        params, total, name = start, zero_grads(start), "never reset"
        if resets:
            name = "zero_grads before each step"
        losses[name] = []
        for _ in range(60):
            total = zero_grads(params) if resets else total
            y, caches = mlp_forward(x, params)
            loss, cache = mse_forward(y, t)
            _, grads = mlp_backward(mse_backward(cache), caches)
            total = add_grads(total, grads)
            params = sgd_step(params, total, 0.1)
            losses[name].append(float(loss))
    plots.curves(losses, xlabel="step", ylabel="loss", log=True)

# %% [markdown]
# No error, no warning: the sum swings like a pendulum without friction. That is the price of keeping gradients.
#
# The reward: sums can be *wanted*. A batch that does not fit into memory is cut into pieces, and their gradients are
# added up before a single step. And here the conventions bite: each piece's gradient is a mean over the piece, so the
# sum of four equal pieces is four times the mean over the batch.

# %%
with attempt():
    params = build_mlp((4, 8, 2), np.random.default_rng(16))

    def gradients(x, t):
        y, caches = mlp_forward(x, params)
        return mlp_backward(mse_backward(mse_forward(y, t)[1]), caches)[1]

    total = zero_grads(params)
    for rows in np.split(np.arange(60), 4):
        total = add_grads(total, gradients(x[rows], t[rows]))
    whole = gradients(x, t)
    for layer, summed in zip(whole, total, strict=True):
        print((summed["weights"] / layer["weights"]).ravel()[:4].round(10))

# %% [markdown]
# ## Who divides?
#
# | convention | the loss, a number | gradient of the loss | gradient of the weights | compared with ours |
# | --- | --- | --- | --- | --- |
# | `Linear` and `MSELoss`, PyTorch | mean over N K entries | $2 (Y - T) / (N K)$ | $G^\top X$ | 1 |
# | this notebook | mean over N K entries | $2 (Y - T) / K$ | $G^\top X / N$ | 1 |
# | mean over the samples, sum over the outputs | $\frac{1}{N} \sum (Y - T)^2$ | $2 (Y - T) / N$ | $G^\top X$ | K |
# | half of that, divided in the loss | $\frac{1}{2N} \sum (Y - T)^2$ | $(Y - T) / N$ | $G^\top X$ | K / 2 |
# | half of that, divided in the layer | $\frac{1}{2N} \sum (Y - T)^2$ | $Y - T$ | $G^\top X / N$ | K / 2 |
# | half sum, nobody divides | $\frac{1}{2} \sum (Y - T)^2$ | $Y - T$ | $G^\top X$ | N K / 2 |
# | as in notebook 10: the sum of the samples' losses | $\frac{1}{K} \sum (Y - T)^2$ | $2 (Y - T) / K$ | $G^\top X$ | N |
# | nobody divides, by mistake | mean over N K entries | $2 (Y - T) / K$ | $G^\top X$ | N |
# | both divide, by mistake | mean over N K entries | $2 (Y - T) / (N K)$ | $G^\top X / N$ | 1 / N |
#
# The last column is how many times as large the weights' gradient is. The first two rows are *the same gradient*. The
# next three are right for another loss, and a learning rate that is smaller by that factor makes up for it.
#
# Then come two losses that are sums over the samples. Their factor has an N in it, so a batch of twice the size takes
# steps twice as long, and the last, smaller batch of an epoch a shorter one. That can be wanted: in notebook 10 the
# gradient of a batch is to be exactly what its samples give one by one. (Its loss is a cross-entropy, with $P - T$ in
# place of $2 (Y - T) / K$.)
#
# In the last two rows somebody follows another gradient than that of the loss on the screen. Forgetting to divide *is*
# the sum of the row above it, with a learning rate that was chosen for a mean. Dividing twice makes every step N times
# too short. Both factors change with the batch, so no single learning rate makes up for them.
#
# A layer with $G^\top X / N$, and no N in the gradient of the loss: that is the convention of the *Neural Networks and
# Deep Learning* course by Andrew Ng, where it reads `dW = 1/m * np.dot(dZ, A_prev.T)` with the samples in columns.
# CS231n divides in the loss, as `MSELoss` and `SoftmaxCrossEntropy` of this course do.

# %% [markdown]
# ### Exercise 13.6 · One update, both ways
#
# **Do** write `update_both_ways`: from the same parameters and the same batch, one step of gradient descent with the
# classes of notebooks 01 and 04, and one with your functions. Return what happened on each way.
#
# **Why** "it should be the same" is easily said. Here you see which numbers differ on the way, by which factor, and
# that the new parameters agree to twelve digits.
#
# *15 minutes · difficulty 2 of 5*

# %% [markdown]
# $$\underbrace{\Big(\frac{2}{N K}(Y - T)\Big)^{\!\top} X}_{\text{in the loss}} \;=\;
# \underbrace{\frac{1}{N} \Big(\frac{2}{K} (Y - T)\Big)^{\!\top} X}_{\text{in the layer}}$$
#
# | argument | what it is |
# | --- | --- |
# | `params` | of one linear layer: a dictionary, `"weights"` (K, D) and `"biases"` (K,) |
# | `x`, `t` | a batch, (N, D) and (N, K) |
# | `learning_rate` | a number |
#
# It returns two dictionaries, `(in_loss, in_layer)`: the first from `Linear` and `MSELoss`, the second from your
# functions. Each of the two has these keys:
#
# | key | what it holds | shape |
# | --- | --- | --- |
# | `"grad_output"` | what the loss hands to the layer | (N, K) |
# | `"grad_weights"` | the gradient of the weights, as the layer gives it | (K, D) |
# | `"weights"`, `"biases"` | the parameters after the step | (K, D), (K,) |
#
# The arguments stay as they are. (`Linear(D, K, weights, biases)` copies what it is handed.)


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "both_conventions", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_both_ways(params, x, t, learning_rate):
    """Take one step in each convention; return two dictionaries, (in_loss, in_layer).

    Each has "grad_output" (N, K), "grad_weights" (K, D), "weights", "biases".
    """
    ### BEGIN SOLUTION
    outputs, inputs = params["weights"].shape
    layer, criterion = (
        Linear(inputs, outputs, params["weights"], params["biases"]),
        MSELoss(),
    )
    criterion.forward(layer.forward(x), t)
    in_loss = {"grad_output": criterion.backward()}
    layer.backward(in_loss["grad_output"])
    in_loss["grad_weights"] = layer.grad_weights
    layer.update_params(learning_rate)
    in_loss |= {"weights": layer.weights, "biases": layer.biases}

    y, cache = linear_forward(x, params)
    _, loss_cache = mse_forward(y, t)
    slopes = mse_backward(loss_cache)
    _, grads = linear_backward(slopes, cache)
    (stepped,) = sgd_step([params], [grads], learning_rate)
    in_layer = {"grad_output": slopes, "grad_weights": grads["weights"], **stepped}
    return in_loss, in_layer
    ### END SOLUTION


# %% [markdown]
# **Try it.** Ten samples. Which of the four should differ, and by which factor?

# %%
with attempt():
    rng = np.random.default_rng(17)
    x, t, weights, biases = draw(rng, (10, 5), (10, 3), (3, 5), (3,))
    params = {"weights": weights, "biases": biases}
    in_loss, in_layer = update_both_ways(params, x, t, 0.1)
    for name in in_loss:
        ratio = (in_layer[name] / in_loss[name]).mean()
        difference = np.abs(in_layer[name] - in_loss[name]).max()
        print(f"{name:<12} ratio {ratio:5.2f}   largest difference {difference:.1e}")


# %% deletable=false editable=false
@check
def check_update_both_ways():
    for name in ("linear_forward", "linear_backward", "mse_forward", "mse_backward"):
        needs(name)
    needs("sgd_step")
    rng = np.random.default_rng(18)
    for n, d, k in SIZES:
        x, t, weights, biases = draw(rng, (n, d), (n, k), (k, d), (k,))
        params, rate = {"weights": weights, "biases": biases}, 0.3
        call = f"update_both_ways(params, x, t, 0.3) with N={n}, D={d}, K={k}"
        with nested.unchanged(params=params, x=x, t=t):
            both = update_both_ways(params, x, t, rate)
        ways = nested.pair(call, both, "(in_loss, in_layer)")
        loss = MSELoss()
        loss.forward(affine(x, weights, biases), t)
        slopes, after = loss.backward(), {}
        for name, start in params.items():

            def loss_of(values, name=name, params=params, x=x, t=t):
                return MSELoss().forward(affine(x, **params | {name: values}), t)

            after[name] = numerical_gradient(loss_of, start)
        expected = {"grad_weights": after["weights"]}
        expected |= {name: start - rate * after[name] for name, start in params.items()}
        for way, name, factor, other in zip(
            ways, ("in_loss", "in_layer"), (1, n), (n, 1), strict=True
        ):
            wanted = {"grad_output": factor * slopes, **expected}
            cases = {
                '["grad_output"]': candidates.functional.both_ways(
                    exchanged=other * slopes
                ),
                '["grad_weights"]': candidates.functional.both_ways(count=n),
                **{
                    f'["{key}"]': candidates.functional.both_steps(start=start, count=n)
                    for key, start in params.items()
                },
            }
            nested.same(f"{name} of {call}", way, wanted, cases.get, rtol=1e-6)
        for key in expected:
            gap = np.abs(ways[0][key] - ways[1][key]).max()
            size = np.abs(ways[0][key]).max()
            agree = gap <= 1e-12 * size
            expect(agree, f'{call}: the two "{key}" differ by {gap:.1e}.')


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_update_both_ways", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("update_both_ways")  # test_update_both_ways, 2 points
### BEGIN HIDDEN TESTS
import copy

import numpy as np

from helpers import candidates, nested
from helpers.checks import OTHER_SIZES, draw, graded


@graded
def test_update_both_ways():
    rng = np.random.default_rng(1312)

    def right(params, x, t, rate):
        y = np.einsum("nd,md->nm", x, params["weights"]) + params["biases"]
        slopes = (y - t) * (2 / y.size)
        weights = np.einsum("nm,nd->md", slopes, x)
        return {
            "grad_output": slopes,
            "grad_weights": weights,
            "weights": params["weights"] - rate * weights,
            "biases": params["biases"] - rate * np.einsum("nm->m", slopes),
        }

    def by_own(params, x, t, rate):
        """Use the student's own functions: their mistakes cost points elsewhere."""
        params = copy.deepcopy(params)
        try:
            y, cache = linear_forward(x, params)
            _, loss_cache = mse_forward(y, t)
            slopes = mse_backward(loss_cache)
            _, grads = linear_backward(slopes, cache)
            (new,) = sgd_step([params], [grads], rate)
            new = {"grad_output": slopes, "grad_weights": grads["weights"], **new}
            return new, params
        except Exception:  # student code may raise anything
            return None, params

    for n, d, k in OTHER_SIZES:
        for rate in (0.2, 0.01):
            x, t, weights, biases = draw(rng, (n, d), (n, k), (k, d), (k,))
            params = {"weights": weights, "biases": biases}
            call = f"update_both_ways(params, x, t, {rate}) with N={n}, D={d}, K={k}"
            own, after = by_own(params, x, t, rate)
            handed = copy.deepcopy(params)
            changing = {"x": x, "t": t}
            if nested.fits(after, params):
                changing["params"] = handed
            with nested.unchanged(**changing):
                both = update_both_ways(handed, x, t, rate)
            ways = nested.pair(call, both, "(in_loss, in_layer)")
            in_loss = right(params, x, t, rate)
            in_layer = {**in_loss, "grad_output": in_loss["grad_output"] * n}
            other = (in_layer["grad_output"], in_loss["grad_output"])
            if own is not None and nested.fits(ways[1], own):
                in_layer = own
            for way, name, wanted, exchanged in zip(
                ways, ("in_loss", "in_layer"), (in_loss, in_layer), other, strict=True
            ):
                cases = {
                    '["grad_output"]': candidates.functional.both_ways(
                        exchanged=exchanged
                    ),
                    '["grad_weights"]': candidates.functional.both_ways(count=n),
                }
                for key, start in params.items():
                    case = candidates.functional.both_steps(start=start, count=n)
                    cases[f'["{key}"]'] = case
                said = f"{name} of {call}"
                nested.same(said, way, wanted, cases.get, rtol=1e-12)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# On each of the two ways the same four things happen: predict, compare, go back, step. Which calls are they with the
# classes, and which with your functions?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# The shape of `params["weights"]` is (K, D), which is what `Linear` wants to know, the other way round. After
# `update_params` the new parameters are on the layer. `sgd_step` wants lists: one layer is a list with one dictionary.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# First way: `layer.forward`, `loss.forward`, `loss.backward`, `layer.backward`, `layer.update_params`. Second way:
# `linear_forward`, `mse_forward`, `mse_backward`, `linear_backward`, `sgd_step([params], [grads], learning_rate)`. Write
# down the gradient of the loss on each way before you go on.
# </details>

# %% [markdown]
# **Predict, then run.** The batch grows from 1 to 1000 samples. The curves are the sizes (root mean square) of what the
# loss hands back, and of the weights' gradient, on both ways. Which of the four lie on top of each other? Which one
# falls, and how fast?

# %%
with attempt():
    rng = np.random.default_rng(19)
    counts, sizes = np.array([1, 3, 10, 30, 100, 300, 1000]), {}
    params = {"weights": np.zeros((3, 5)), "biases": np.zeros(3)}
    mixing = rng.normal(size=(5, 3))
    for n in counts:
        x = rng.normal(size=(n, 5))
        t = x @ mixing + 0.1 * rng.normal(size=(n, 3))
        ways = update_both_ways(params, x, t, 0.1)
        for way, place in zip(ways, ("loss", "layer"), strict=True):
            for key in ("grad_output", "grad_weights"):
                size = np.sqrt(np.mean(way[key] ** 2))
                sizes.setdefault(f"{key}, 1/N in the {place}", []).append(size)
    lines = {name: (np.log10(counts), np.array(v)) for name, v in sizes.items()}
    plots.curves(lines, xlabel="log10 of N", ylabel="size", log=True)

# %% [markdown]
# ### Exercise 13.7 · The training loop
#
# **Do** write `train_functional`. Deal out the batches with `minibatches` of notebook 05, once for each epoch.
#
# **Why** parameters go in, parameters come out. Nothing happens to the ones you handed over, so two trainings can start
# from the same place without anyone making a copy.
#
# *15 minutes · difficulty 2 of 5*

# %% [markdown]
# $$\theta \leftarrow \theta - \eta\, \nabla L_{\text{batch}}(\theta) \qquad \text{for each batch of each epoch}$$
#
# | name | what it is |
# | --- | --- |
# | `params` | where the training starts; stays as it is |
# | `x`, `t` | inputs (N, D) and targets (N, K) |
# | `epochs`, `batch_size`, `learning_rate`, `rng` | as in `train` of notebook 05; the order of the samples comes from `minibatches(x, t, batch_size, rng)` alone |
# | returns | `(params, history)` |
# | `history` | a list of floats, one for each epoch: the mean over the samples of the losses met on the way, each before its update |


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "train_functional", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_functional(params, x, t, *, epochs, batch_size, learning_rate, rng):
    """Train a network from params on; return its new params, and its history."""
    ### BEGIN SOLUTION
    history = []
    for _ in range(epochs):
        total = 0.0
        for x_batch, t_batch in minibatches(x, t, batch_size, rng):
            y, caches = mlp_forward(x_batch, params)
            loss, cache = mse_forward(y, t_batch)
            _, grads = mlp_backward(mse_backward(cache), caches)
            params = sgd_step(params, grads, learning_rate)
            total += loss * len(x_batch)
        history.append(float(total / len(x)))
    return params, history
    ### END SOLUTION


# %% [markdown]
# **Try it.** The points (1, 2) and (2, 4), a single weight that starts at 0, both samples in one batch. The loss is
# $(2^2 + 4^2)/2 = 10$. The gradient of the weight is $2\,(-2 \cdot 1 - 4 \cdot 2)/2 = -10$, so that a step with a rate
# of 0.1 takes it to 1; that of the bias is $2\,(-2 - 4)/2 = -6$, which takes it to 0.6.

# %%
with attempt():
    start = [{"weights": np.zeros((1, 1)), "biases": np.zeros(1)}]
    x, t = np.array([[1.0], [2.0]]), np.array([[2.0], [4.0]])
    settings = {"batch_size": 2, "learning_rate": 0.1, "rng": np.random.default_rng(0)}
    params, history = train_functional(start, x, t, epochs=1, **settings)
    print(params)  # weights 1, biases 0.6
    print(history)  # [10.0]


# %% deletable=false editable=false
def train_classes(start, epochs, learning_rate):
    """Train the classes on these batches, a list of them for each epoch.

    Return the parameters in the end, and the losses of the batches.
    """
    model, loss, losses = like_classes(start), MSELoss(), []
    for batches in epochs:
        losses.append([])
        for x, t in batches:
            losses[-1].append(loss.forward(model.forward(x), t))
            model.backward(loss.backward())
            model.update_params(learning_rate(len(x)))
    layers = model.layers[::2]
    return [{"weights": la.weights, "biases": la.biases} for la in layers], losses


def train_wrongly(start, epochs, in_order, rate):
    """Return the parameters that trainings with a mistake end with, by its name."""

    def train_on(epochs, rate=lambda n: rate):
        return train_classes(start, epochs, rate)[0]

    everything = [np.concatenate(arrays) for arrays in zip(*in_order, strict=True)]
    return {
        "start": start,
        "one": train_on([epochs[0][:1]]),
        "epoch": train_on(epochs[:1]),
        "first": train_on([batches[:1] for batches in epochs]),
        "ordered": train_on([in_order] * len(epochs)),
        "once": train_on(epochs[:1] * len(epochs)),
        "whole": train_on([[everything] * len(in_order)] * len(epochs)),
        "uphill": train_on(epochs, lambda n: -rate),
        "divided": train_on(epochs, lambda n: rate / n),
    }


# %% deletable=false editable=false
@check
def check_train_functional():
    for name in ("linear", "relu", "mse", "mlp"):
        needs(f"{name}_forward")
        needs(f"{name}_backward")
    needs("sgd_step")
    rng = np.random.default_rng(20)
    for n, sizes, size in ((10, (3, 4, 2), 4), (6, (2, 2), 3), (1, (2, 3, 1), 5)):
        start = draw_network(rng, sizes)
        x, t = draw(rng, (n, sizes[0]), (n, sizes[-1]))
        dealing = np.random.default_rng(21)
        epochs = [list(minibatches(x, t, size, dealing)) for _ in range(4)]
        expected, losses = train_classes(start, epochs, lambda n: 0.05)
        in_order = [(x[k : k + size], t[k : k + size]) for k in range(0, n, size)]
        wrong = train_wrongly(start, epochs, in_order, 0.05)
        call = f"train_functional(params, x, t, ...) with N={n}, sizes {sizes}"
        settings = {"epochs": 4, "batch_size": size, "learning_rate": 0.05}
        with nested.unchanged(params=start, x=x, t=t):
            both = train_functional(
                start, x, t, rng=np.random.default_rng(21), **settings
            )
        forms = (expected, [0.0] * 4)
        trained, history = nested.pair(call, both, "(params, history)", forms)
        cases = {
            f'[{k}]["{name}"]': candidates.functional.trained(
                **{how: params[k][name] for how, params in wrong.items()}
            )
            for k, layer in enumerate(start)
            for name in layer
        }
        nested.same(f"params of {call}", trained, expected, cases.get)
        expect(isinstance(history, list), f"history of {call}: expected a list.")
        counts = [len(x_batch) for x_batch, _ in epochs[0]]
        means = [np.average(of_epoch, weights=counts) for of_epoch in losses]
        case = candidates.training_loop.history(losses=losses, n=n, size=size)
        same(f"history of {call}", np.array(history), means, case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_train_functional", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("train_functional")  # test_train_functional, 2 points
### BEGIN HIDDEN TESTS
import copy

import numpy as np
from parts import minibatches

from helpers import candidates, nested
from helpers.checks import draw, expect, graded, same


def predict(params, x):
    """Return what goes into each layer, and what comes out in the end."""
    inputs = [x]
    for k, layer in enumerate(params):
        z = np.einsum("nd,md->nm", inputs[-1], layer["weights"]) + layer["biases"]
        inputs.append(z * (z > 0) if k + 1 < len(params) else z)
    return inputs


def step(params, x, t, rate):
    """Return new params, and the loss before the step."""
    inputs = predict(params, x)
    misses = inputs[-1] - t
    slopes, new = misses * (2 / misses.size), []
    for k in reversed(range(len(params))):
        weights, biases = params[k]["weights"], params[k]["biases"]
        moved = {
            "weights": weights - rate * np.einsum("nm,nd->md", slopes, inputs[k]),
            "biases": biases - rate * np.einsum("nm->m", slopes),
        }
        new = [moved, *new]
        slopes = np.einsum("nm,md->nd", slopes, weights) * (inputs[k] > 0)
    return new, float(np.square(misses).mean())


def step_by_own(params, x, t, rate):
    """Use the student's own functions: their mistakes cost points elsewhere."""
    y, caches = mlp_forward(x, params)
    value, cache = mse_forward(y, t)
    _, grads = mlp_backward(mse_backward(cache), caches)
    return sgd_step(params, grads, rate), float(value)


def deal(x, t, epochs, batch_size, seed):
    """Return the batches of each epoch."""
    rng = np.random.default_rng(seed)
    return [list(minibatches(x, t, batch_size, rng)) for _ in range(epochs)]


def follow(one_step, params, dealt, rate):
    """Train on these batches; return the params in the end, the losses, their means."""
    losses, means = [], []
    for batches in dealt:
        losses.append([])
        for x, t in batches:
            params, value = one_step(params, x, t, rate)
            losses[-1].append(value)
        means.append(np.average(losses[-1], weights=[len(x) for x, _ in batches]))
    return params, losses, means


def go_wrong(params, dealt, in_order, rate):
    """Return the params that trainings with a mistake end with, by its name."""

    def divide(params, x, t, rate):
        return step(params, x, t, rate / len(x))

    count = len(dealt)
    everything = [np.concatenate(arrays) for arrays in zip(*in_order, strict=True)]
    ways = {
        "one": (step, [dealt[0][:1]], rate),
        "epoch": (step, dealt[:1], rate),
        "first": (step, [batches[:1] for batches in dealt], rate),
        "ordered": (step, [in_order] * count, rate),
        "once": (step, dealt[:1] * count, rate),
        "whole": (step, [[everything] * len(in_order)] * count, rate),
        "uphill": (step, dealt, -rate),
        "divided": (divide, dealt, rate),
    }
    ends = {
        how: follow(each, params, epochs, length)[0]
        for how, (each, epochs, length) in ways.items()
    }
    return {"start": params, **ends}


@graded
def test_train_functional():
    rng = np.random.default_rng(1313)
    for n, sizes, size in (
        (13, (5, 3, 2), 5),
        (8, (4, 4, 4, 4), 4),
        (5, (2, 3), 7),
        (1, (3, 2, 1), 1),
    ):
        start = [
            {"weights": rng.normal(size=(m, d)) / 2, "biases": rng.normal(size=m) / 2}
            for m, d in zip(sizes[1:], sizes[:-1], strict=True)
        ]
        x, t = draw(rng, (n, sizes[0]), (n, sizes[-1]))
        x, t = x / 2, t / 2
        for rate, seed in ((0.03, 5), (0.004, 6)):
            call = f"train_functional(params, x, t, ...) with N={n}, sizes {sizes}"
            settings = {"epochs": 4, "batch_size": size, "learning_rate": rate}
            dealt = deal(x, t, 4, size, seed)
            end, losses, means = follow(step, start, dealt, rate)
            handed, theirs, own = copy.deepcopy(start), copy.deepcopy(start), None
            try:
                own = follow(step_by_own, theirs, dealt, rate)
            except Exception:  # student code may raise anything
                theirs = start
            changing = {"x": x, "t": t}
            if nested.fits(theirs, start):  # else another check has told it
                changing["params"] = handed
            with nested.unchanged(**changing):
                generator = np.random.default_rng(seed)
                both = train_functional(handed, x, t, rng=generator, **settings)
            forms = (end, [0.0] * 4)
            trained, history = nested.pair(call, both, "(params, history)", forms)
            if own is not None and nested.fits(trained, own[0]):
                end, losses, means = own
            in_order = [(x[k : k + size], t[k : k + size]) for k in range(0, n, size)]
            wrong = go_wrong(start, dealt, in_order, rate)
            cases = {
                f'[{k}]["{name}"]': candidates.functional.trained(
                    **{how: params[k][name] for how, params in wrong.items()}
                )
                for k, layer in enumerate(start)
                for name in layer
            }
            nested.same(f"params of {call}", trained, end, cases.get)
            kind = type(history).__name__
            listed = isinstance(history, list)
            expect(listed, f"history of {call}: expected a list, got {kind}.")
            case = candidates.training_loop.history(losses=losses, n=n, size=size)
            same(f"history of {call}", np.array(history), means, case)
        again = train_functional(
            copy.deepcopy(start), x, t, rng=np.random.default_rng(seed), **settings
        )
        nested.same(f"params of {call}, once more", again[0], trained)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Five calls make a step. Which result of each is an argument of another one?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Two loops, as in notebook 05. In the inner one: `mlp_forward`, `mse_forward`, `mse_backward`, `mlp_backward`,
# `sgd_step`. Bind what `sgd_step` returns to `params`: the name is yours, the caller's list stays.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `mse_backward` takes the cache of `mse_forward`, and `mlp_backward` takes its result and the caches of `mlp_forward`.
# Add up `loss * len(x_batch)`, and divide by `len(x)` at the end of the epoch. Return both.
# </details>

# %% [markdown]
# **Predict, then run.** The classes and `train` of notebook 05 against your functions: the same start, the same batches,
# 40 epochs. They divide in different places. How far apart are they in the end?

# %%
with attempt():
    rng = np.random.default_rng(22)
    x = rng.uniform(-1, 1, size=(200, 1))
    t = 2 * x**2 + 3 + 0.2 * rng.normal(size=x.shape)
    start, settings = build_mlp((1, 10, 1), rng), {"epochs": 40, "batch_size": 12}
    model, histories = like_classes(start), {}
    histories["classes, 1/N in the loss"] = train(
        *(model, MSELoss(), x, t),
        **settings,
        learning_rate=0.1,
        rng=np.random.default_rng(23),
    )
    params, histories["functions, 1/N in the layer"] = train_functional(
        *(start, x, t),
        **settings,
        learning_rate=0.1,
        rng=np.random.default_rng(23),
    )
    plots.curves(histories, ylabel="loss", log=True)
    for place, layer in enumerate(params):
        for name, values in layer.items():
            apart = np.abs(values - getattr(model.layers[2 * place], name)).max()
            print(f"layer {place}, {name:<8} largest difference {apart:.1e}")

# %% [markdown]
# ### Exercise 13.8 · Your own hyperparameters
#
# **Do** choose how to train a network with ReLU on the random linear map of notebook 05: 200 points, 5 inputs, 3
# outputs, no noise. Return your settings from `hyperparameters`. **Threshold: a mean squared error below 0.001**, from
# each of three seeds.
#
# **Why** so far somebody else had chosen. In notebook 05 a linear layer was there within 40 epochs; a network that has
# to put straight lines together from kinks is another matter. (For scale: whoever always answers the mean of the
# targets is wrong by about 5.)
#
# *15 minutes · difficulty 3 of 5*

# %% [markdown]
# $$5 \to \text{hidden} \to \dots \to 3, \qquad \frac{1}{N K} \sum_{n,k} (Y_{nk} - T_{nk})^2 < 0.001$$
#
# | key | what it is | bounds |
# | --- | --- | --- |
# | `"hidden"` | a list with the number of neurons of each hidden layer | one layer at least, 64 neurons in all at most |
# | `"learning_rate"` | a number | positive |
# | `"batch_size"` | samples in a batch | 1 or more |
# | `"epochs"` | how long it may train | with these batches 5000 steps in all at most |
#
# The seed draws the map, the points, the first weights (by `build_mlp`) and the batches. After each epoch the error over
# all 200 points is measured, and the training ends as soon as it is below the threshold. The graded check does it with
# other seeds than you see, and with the course's own functions, so a mistake in yours costs nothing here.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "hyperparameters", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hyperparameters():
    """Return your settings, a dict: hidden, learning_rate, batch_size and epochs."""
    ### BEGIN SOLUTION
    return {"hidden": [16], "learning_rate": 0.2, "batch_size": 20, "epochs": 500}
    ### END SOLUTION


# %% [markdown]
# **Try it**, live. `random_map` and `train_to` are given. The right panel shows the network's outputs over their targets:
# when they agree, the line is straight.


# %%
def random_map(seed):
    """Return 200 points of a random linear map, 5 to 3, and the seed's generator."""
    rng = np.random.default_rng(seed)
    true_weights, shift = rng.normal(size=(3, 5)), rng.normal(size=3)
    x = rng.normal(size=(200, 5))
    return x, x @ true_weights.T + shift, rng


def train_to(threshold, seed, settings, on_epoch=None):
    """Train epoch by epoch until the error is below the threshold; return all errors."""
    x, t, rng = random_map(seed)
    rule = {name: settings[name] for name in ("batch_size", "learning_rate")}
    params = build_mlp((5, *settings["hidden"], 3), rng)
    errors = [float(mse_forward(mlp_forward(x, params)[0], t)[0])]
    with np.errstate(all="ignore"):  # steps that are too long overflow
        while len(errors) <= settings["epochs"] and threshold <= errors[-1] < 1e9:
            params, _ = train_functional(params, x, t, epochs=1, rng=rng, **rule)
            y, _ = mlp_forward(x, params)
            errors.append(float(mse_forward(y, t)[0]))
            if on_epoch is not None:
                on_epoch(len(errors) - 1, errors[-1], y, t)
    return errors


# %%
with attempt():
    x, t, _ = random_map(0)
    order = np.argsort(t.ravel())
    shown = live.Fit(t.ravel(), t.ravel(), "outputs", xlabel="target", ylabel="output")
    board = live.Board(live.Curve("error", log=True), shown, pace=0.02, budget=0.5)

    def watch(epoch, error, y, t):
        board.update(error=(epoch, error), outputs=(t.ravel()[order], y.ravel()[order]))

    with board:
        errors = train_to(1e-3, 0, hyperparameters(), watch)
    print(f"error {errors[-1]:.2g} after {len(errors) - 1} epochs")

# %% [markdown]
# **Check it.** The check trains from three seeds with your own functions.


# %% deletable=false editable=false
@check
def check_hyperparameters():
    settings = hyperparameters()
    fault = candidates.functional.explain_settings(
        settings, neurons=64, steps=5000, samples=200
    )
    expect(fault is None, f"hyperparameters(): {fault}")
    for name in ("build_mlp", "mlp_forward", "mse_forward", "train_functional"):
        needs(name)
    for seed in (1, 2, 3):
        errors = train_to(1e-3, seed, settings)
        if not errors[-1] < 1e-3:
            said = candidates.functional.explain_training(errors)
            came = f"seed {seed}: the error is {errors[-1]:.2g} after {len(errors) - 1}"
            expect(False, f"{came} epochs, and should be below 0.001. {said}")


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_hyperparameters", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("hyperparameters")  # test_hyperparameters, 2 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import expect, graded


@graded
def test_hyperparameters():
    settings = hyperparameters()
    fault = candidates.functional.explain_settings(
        settings, neurons=64, steps=5000, samples=200
    )
    expect(fault is None, f"hyperparameters(): {fault}")

    def forward(x, params):
        inputs = [x]
        for k, (weights, biases) in enumerate(params):
            z = inputs[-1] @ weights.T + biases
            inputs.append(z if k + 1 == len(params) else np.maximum(z, 0))
        return inputs

    def train_from(seed):
        """Train as the notebook says; return the errors before and after each epoch."""
        rng = np.random.default_rng(seed)
        true_weights, shift = rng.normal(size=(3, 5)), rng.normal(size=3)
        x = rng.normal(size=(200, 5))
        t = x @ true_weights.T + shift
        sizes, params = (5, *settings["hidden"], 3), []
        for m, d in zip(sizes[1:], sizes[:-1], strict=True):
            params.append((rng.normal(size=(m, d)) / np.sqrt(d), np.zeros(m)))
        errors, size = [float(np.mean((forward(x, params)[-1] - t) ** 2))], None
        rate, size = settings["learning_rate"], settings["batch_size"]
        while len(errors) <= settings["epochs"] and 1e-3 <= errors[-1] < 1e9:
            order = rng.permutation(200)
            for begin in range(0, 200, size):
                rows = order[begin : begin + size]
                inputs = forward(x[rows], params)
                slopes = (inputs[-1] - t[rows]) * (2 / (3 * len(rows)))
                for k in reversed(range(len(params))):
                    weights, biases = params[k]
                    new = (
                        weights - rate * (slopes.T @ inputs[k]),
                        biases - rate * slopes.sum(axis=0),
                    )
                    slopes = (slopes @ weights) * (inputs[k] > 0)
                    params[k] = new
            errors.append(float(np.mean((forward(x, params)[-1] - t) ** 2)))
        return errors

    for seed in (1314, 1315, 1316):
        with np.errstate(all="ignore"):  # steps that are too long overflow
            errors = train_from(seed)
        if not errors[-1] < 1e-3:
            said = candidates.functional.explain_training(errors)
            came = f"a seed: the error is {errors[-1]:.2g} after {len(errors) - 1}"
            expect(False, f"{came} epochs, and should be below 0.001. {said}")


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Begin with one hidden layer, and look at the curve. Is it still falling when it ends, does it jitter, or does it
# explode? What does each of the three ask for?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# 5000 steps are 500 epochs with batches of 20. There is no noise in the targets, so jitter dies out near the
# solution, and long steps are affordable. Six hidden neurons could be enough: an output is $\max(z, 0) - \max(-z, 0)$.
# A few more make it easier to find.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# One hidden layer with somewhere between 10 and 60 neurons, batches of 10 to 20, and a learning rate between 0.1 and
# 0.3. Use all the steps that you are allowed.
# </details>

# %% [markdown]
# **Predict, then run.** That is the error on the 200 points that the network learned from. What about 1000 points of the
# same map that it has never seen? A network of kinks has no reason to be straight where no point told it to be.

# %%
with attempt():
    settings = hyperparameters()
    rng = np.random.default_rng(24)
    true_weights = rng.normal(size=(3, 5))
    x, fresh = rng.normal(size=(200, 5)), rng.normal(size=(1000, 5))
    params = build_mlp((5, *settings["hidden"], 3), rng)
    for epoch in range(100):
        rule = {name: settings[name] for name in ("batch_size", "learning_rate")}
        params, history = train_functional(
            params, x, x @ true_weights.T, epochs=1, rng=rng, **rule
        )
        if epoch in (0, 9, 99):
            for name, points in (("learned", x), ("fresh", fresh)):
                y, _ = mlp_forward(points, params)
                error, _ = mse_forward(y, points @ true_weights.T)
                print(f"epoch {epoch + 1:3}, {name:<7} error {error:.5f}")

# %% [markdown]
# ## PyTorch, line by line
#
# | your functions | PyTorch | what is different |
# | --- | --- | --- |
# | `params = build_mlp((5, 16, 3), rng)` | `model = Sequential(Linear(5, 16), ReLU(), Linear(16, 3))` | the parameters live in objects; `weight` and `bias`, of the same shapes as ours |
# | `y, caches = mlp_forward(x, params)` | `y = model(x)` | the caches hang on `y`, as a graph, at `y.grad_fn` |
# | `loss, cache = mse_forward(y, t)` | `loss = MSELoss()(y, t)` | it is part of the graph, too |
# | | `optimiser.zero_grad()` | gradients are kept, so the sum must begin anew |
# | `_, grads = mlp_backward(mse_backward(cache), caches)` | `loss.backward()` | nobody wrote a backward function; results go to `.grad` |
# | `params = sgd_step(params, grads, 0.1)` | `optimiser.step()` | the parameters are changed in place |
#
# PyTorch may be missing on your machine. Then the next cell says so, and the cells after it leave it out.

# %%
from helpers.execution import is_grading

torch, why = None, "is not needed for grading"
if not is_grading():
    try:
        import torch
    except ModuleNotFoundError:
        why = "is not installed"
    except (ImportError, OSError):  # a library that it needs, for instance
        why = "is installed, but cannot be imported"
if torch is None:
    print(
        f"PyTorch {why}. Skipped are its first weights, its gradients beside yours, "
        "100 steps of both, and what its zero_grad is for."
    )

# %% [markdown]
# The same network twice, in float64. First the parameters: `as_torch` copies them over.


# %%
def as_torch(params):
    """Return a network in PyTorch with the same parameters, in float64."""
    layers = []
    for layer in params:
        m, d = layer["weights"].shape
        linear = torch.nn.Linear(d, m, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(layer["weights"]))
            linear.bias.copy_(torch.from_numpy(layer["biases"]))
        layers += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


# %% [markdown]
# **Predict, then run.** Left to itself, `torch.nn.Linear` draws weights, too. Are they as large as ours? (Ours have the
# variance 1/D. Its documentation says: uniform between $-1/\sqrt{D}$ and $1/\sqrt{D}$.)

# %%
with attempt():
    ours = build_mlp((400, 300), np.random.default_rng(25))[0]["weights"]
    print(f"ours:    variance times D = {ours.var() * 400:.2f}")
    if torch is not None:
        torch.manual_seed(25)
        theirs = torch.nn.Linear(400, 300).weight
        print(f"PyTorch: variance times D = {theirs.var().item() * 400:.2f}")

# %% [markdown]
# Forward, loss, backward. First yours:

# %%
with attempt():
    rng = np.random.default_rng(26)
    params = build_mlp((5, 16, 3), rng)
    x, t = draw(rng, (20, 5), (20, 3))

    y, caches = mlp_forward(x, params)
    loss, cache = mse_forward(y, t)
    _, grads = mlp_backward(mse_backward(cache), caches)

# %% [markdown]
# Then PyTorch's, and the difference. Your layers divide by N, PyTorch's loss does. **Predict, then run:** which of these
# numbers should agree, and to how many digits?

# %%
with attempt():
    mlp_forward(x, params)
    if torch is not None:
        model, criterion = as_torch(params), torch.nn.MSELoss()

        y_torch = model(torch.from_numpy(x))
        loss_torch = criterion(y_torch, torch.from_numpy(t))
        loss_torch.backward()

        print(f"loss: difference {abs(loss_torch.item() - loss):.1e}")
        for ours, linear in zip(grads, model[::2], strict=True):
            for name, tensor in (("weights", linear.weight), ("biases", linear.bias)):
                gap = np.abs(ours[name] - tensor.grad.numpy()).max()
                print(f"gradient of {name:<8}: largest difference {gap:.1e}")
        print("the last entry of its graph:", y_torch.grad_fn.name())

# %% [markdown]
# 100 steps side by side, a line of yours and a line of PyTorch's in turn.

# %%
with attempt():
    mlp_forward(x, params)
    if torch is not None:
        x_torch, t_torch = torch.from_numpy(x), torch.from_numpy(t)
        ours, model, apart = params, as_torch(params), []
        optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(100):
            y, caches = mlp_forward(x, ours)
            y_torch = model(x_torch)

            _, cache = mse_forward(y, t)
            loss_torch = criterion(y_torch, t_torch)

            _, grads = mlp_backward(mse_backward(cache), caches)
            optimiser.zero_grad()
            loss_torch.backward()

            ours = sgd_step(ours, grads, 0.1)
            optimiser.step()

            weight = model[0].weight.detach().numpy()
            apart.append(np.abs(ours[0]["weights"] - weight).max())
        print(f"in 100 steps: largest difference {max(apart):.1e}")

# %% [markdown]
# And the pitfall in the original: `backward()` twice, without `zero_grad()` between.

# %%
with attempt():
    mlp_forward(x, params)
    if torch is not None:
        model = as_torch(params)
        for times in (1, 2, 3):
            criterion(model(x_torch), t_torch).backward()
            fresh = gradients(x, t)[0]["weights"]
            ratio = (model[0].weight.grad.numpy() / fresh).mean()
            print(f"backward() {times} times: .grad is {ratio:.6f} times the gradient")
        model.zero_grad()
        print("after zero_grad():", model[0].weight.grad)

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "pytorch_question", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Exercise 13.9 · Four mistakes in seven lines
#
# **Do** read this training. `x` has the shape (200, 5), `t` has the shape (200,), and both are noise-free: a linear map
# fits them exactly. Nothing in it raises an error.
#
#     model = torch.nn.Linear(5, 1)
#     criterion = torch.nn.MSELoss(reduction="sum")
#     optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
#     for epoch in range(100):
#         loss = criterion(model(x), t)
#         optimiser.step()
#         loss.backward()
#
# There are four mistakes. For each: which line, what does it do to the training, and how do you put it right? Answer in
# the cell below, in about 150 words. A person reads it.
#
# **Why** a framework takes the derivatives off your hands, and none of these decisions.
#
# *15 minutes · difficulty 3 of 5 · 4 points*
# ### BEGIN MARK SCHEME
#
# **For whoever marks it.** One point for each mistake, half a point where the line is named but not what it does:
#
# 1. *Shapes.* (200, 1) against (200,) broadcasts to (200, 200): every prediction is compared with every target, and the
#    model learns their mean. PyTorch warns, and goes on. Remedy: `t` as (200, 1), or `model(x).squeeze(1)`.
# 2. *Sum.* With `reduction="sum"` the gradient is N K = 200 times that of the mean (with the broadcasting 40000 times),
#    so that 0.1 is far too large and the loss explodes. Remedy: the mean, or a learning rate divided by 200.
# 3. *Order.* `step` comes before `backward`: the first step has no gradient, and each later one uses that of the step
#    before. Remedy: `backward`, then `step`.
# 4. *No zero_grad.* Gradients of all epochs add up; the parameters swing or fly off. Remedy: `optimiser.zero_grad()`
#    before `backward`.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": true, "grade_id": "pytorch_answer", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# 1. `criterion(model(x), t)`: the prediction has the shape (200, 1) and the target (200,), so the difference is
#    (200, 200). Each prediction is pulled towards all targets, that is, towards their mean. `MSELoss` of ours raises
#    `ValueError`; PyTorch only warns. Use `t.reshape(-1, 1)`.
# 2. `reduction="sum"`: nobody divides. The gradient is 200 times that of the mean, and a learning rate of 0.1 acts like
#    one of 20: the loss is infinite after about ten steps. Leave it at `"mean"`, which is what PyTorch does by itself.
# 3. `optimiser.step()` stands before `loss.backward()`. The first step finds no gradient and does nothing, every later
#    one follows a gradient that is one step old. Exchange the two lines.
# 4. There is no `optimiser.zero_grad()`. `backward` adds to `.grad`, so each step follows the sum of all gradients so
#    far, and the parameters swing past the lowest point. Call it before `loss.backward()`.
# ### END SOLUTION

# %% [markdown]
# ## What a framework does for you, and what stays the same
#
# | you wrote | a framework has |
# | --- | --- |
# | `linear_backward`, `relu_backward`, `mse_backward` | *autograd*: every operation writes itself into a graph on the way forward, with its cache; the way back walks through the graph and knows the derivative of each operation |
# | `caches[::-1]` by hand | any order of operations, branches and loops; the graph is built anew at each forward pass |
# | NumPy arrays on one processor | the same program on other *devices*: `model.to("cuda")`, `x.to("cuda")` |
# | `minibatches` | *data loaders*, which read, shuffle and prepare batches in other processes while the network trains |
# | `Linear`, `ReLU` | hundreds of layers, losses and optimisers, in fast kernels |
#
# | what stays the same |
# | --- |
# | the loop: predict, compare, go back, step |
# | the shapes: `weight` is (M, D), one sample a row, and shapes that do not fit may broadcast |
# | the conventions: who divides, what is averaged, when a sum of gradients begins |
# | the learning rate, the batch size, the first weights: all of them your choice |
# | the ways to find out that something is wrong: nudge it, watch the loss, look at one batch |
#
# You have built every line of the left column yourself. When `loss.backward()` does something strange, you know what it
# should have done.

# %% [markdown]
# ## Summary
#
# - A pure function gets everything as an argument and returns everything it makes. Its cache travels in the open, so two
#   batches can be under way at once.
# - A cache is what went in. It needs no copies, because nobody changes an argument.
# - The 1/N may stand in the gradient of the loss or in the layer's gradients of its parameters, and must stand in exactly
#   one of them. The update is the same to the last digits.
# - Row $n$ of what travels back is the gradient of $L$ in one convention, of $L_n$ in the other: a factor N.
# - Where gradients are kept and added to, as in PyTorch, somebody has to begin the sum anew. Where they are returned
#   fresh, nobody has to.
#
# **Where this comes from.** Paszke and others, *PyTorch: An Imperative Style, High-Performance Deep Learning Library*,
# NeurIPS (2019); the pages on `torch.nn.Linear`, `torch.nn.MSELoss` and `Optimizer.zero_grad` in its documentation.
# Bradbury and others, *JAX: composable transformations of Python+NumPy programs* (2018), for parameters as plain data.
# Ng, *Neural Networks and Deep Learning*, and Stanford's *CS231n*, for the two conventions.

# %%
summary()
