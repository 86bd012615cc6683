# %% [markdown]
# # 10 · From samples to batches
#
# **What you'll do.** Train a network with 784-32-32-10 units one image at a time, with nothing but vectors. Watch
# where the time goes, line by line. Then compute the same gradients for a whole batch at once, prove that they are
# the same, and measure how much faster they come.
#
# **What you'll learn.** How every line of backpropagation changes when a sample becomes a row; why a sum over samples
# is a matrix product; what the time is spent on when there is little to compute; why the same gradients are not yet
# the same algorithm, and how to compare fairly.
#
# **What you need.** Notebooks 01 to 06 (what they built comes along in `parts.py`). About 90 minutes.
#
# `timeit` measures how long a call takes; `time_lines` does so for each line of a function.

# %%
import itertools
import timeit
from time import perf_counter

import numpy as np
from parts import (
    Linear,
    Sequential,
    Sigmoid,
    SoftmaxCrossEntropy,
    accuracy,
    minibatches,
    parse_idx,
    preprocess,
)

from helpers import candidates, data, live, plots
from helpers.checks import (
    attempt,
    check,
    draw,
    expect,
    ready,
    same,
    summary,
    unchanged,
)
from helpers.line_times import time_lines
from helpers.loops import expect_no_loop

# %% [markdown]
# ## A network is a list of pairs
#
# In this notebook there are no layer objects. A network is its parameters, and nothing else: a list `params` with one
# pair `(weights, biases)` for each layer, first layer first. Between the layers stands the sigmoid, after the last
# one softmax.
#
# | name | meaning | shape |
# | --- | --- | --- |
# | `params` | the parameters: a list of pairs `(weights, biases)` | (M, D) and (M,) in each pair |
# | gradients | a list of pairs `(grad_weights, grad_biases)`, in the same order | like `params` |
# | `x`, one sample | its pixels, a vector without a second axis | (D,) |
# | `t`, one sample | its target: 1 at the right class, 0 elsewhere | (K,) |
# | `x`, `t`, a batch | N samples, one a row | (N, D), (N, K) |
#
# The rules of the other notebooks hold here too: no function changes its arguments, float32 in gives float32 out,
# integers count as float64, and randomness comes from a generator that is passed in.
#
# **The loss is a sum here.** The loss of one sample is its cross-entropy; the loss of a batch is the *sum* over its
# samples. Nobody divides by N in this notebook: then the gradient of a batch is exactly the sum of what its samples
# give one by one. (Notebooks 04 and 06 took the mean. A mean is this sum divided by N, and you will see what that
# does to the learning rate.)

# %% [markdown]
# The weights are drawn with the variance $1/\max(D, M)$, where D is the number of a layer's inputs and M that of its
# outputs. The biases start at 0.


# %%
def draw_params(sizes, rng, dtype=np.float32):
    """Draw a network: pairs (weights (M, D), biases (M,)) for layers of these sizes."""
    params = []
    for d, m in itertools.pairwise(sizes):
        weights = rng.normal(scale=1 / np.sqrt(max(d, m)), size=(m, d))
        params.append((weights.astype(dtype), np.zeros(m, dtype)))
    return params


for weights, biases in draw_params([784, 32, 32, 10], np.random.default_rng(0)):
    print(weights.shape, biases.shape, f"variance {weights.var():.5f}")

# %% [markdown]
# Images and targets. With `whole_run = False` the notebook trains on 6,000 images, a tenth of MNIST, and is done in
# a minute or two. With `True` it takes all 60,000, and some minutes. (Offline there are 1,500 small digits.)

# %%
whole_run = False  # True: all images of MNIST

files = data.fetch_idx("mnist")
rows = slice(None) if whole_run else slice(6000)
x_train = preprocess(parse_idx(files.train_images)[rows])
t_train = np.eye(10, dtype=np.float32)[parse_idx(files.train_labels)[rows]]
x_test = preprocess(parse_idx(files.test_images))
labels_test = parse_idx(files.test_labels)
print(f"{files.source}: x {x_train.shape}, t {t_train.shape}, test {x_test.shape}")

# %% [markdown]
# ## One sample
#
# ### Exercise 10.1 · The gradient of one sample
#
# **Do** write `sample_gradients`: send one sample forward through the network, and the gradient back, in plain
# vectors. Write the shape at the end of each line, as a comment.
#
# **Why** this is backpropagation as textbooks print it, with nothing around it. If you can write it for any number of
# layers, on one screen, you own it. And it is the specification of the fast version below.
#
# *25 minutes · difficulty 3 of 5*

# %% [markdown]
# Layers count from 1 to $L$; $a^0$ is the sample, and $\sigma(z) = 1/(1 + e^{-z})$.
#
# $$z^l = W^l a^{l-1} + b^l \qquad a^l = \sigma(z^l) \text{ for } l < L \qquad p = \mathrm{softmax}(z^L)
# \qquad \mathcal{L} = -\sum_k t_k \log p_k$$
#
# On the way back, $\delta^l$ is $\partial \mathcal{L} / \partial z^l$. It begins with the simplest gradient of the
# course (notebook 06), and each layer hands it to the one before:
#
# $$\delta^L = p - t \qquad\qquad \delta^{l-1} = \left({W^l}^T \delta^l\right) \odot a^{l-1} \odot (1 - a^{l-1})$$
#
# $$\frac{\partial \mathcal{L}}{\partial W^l} = \delta^l\, {a^{l-1}}^T \qquad\qquad \frac{\partial \mathcal{L}}{\partial b^l} = \delta^l$$
#
# | maths | what it is | shape | in the first layer of 784-32-32-10 |
# | --- | --- | --- | --- |
# | $a^{l-1}$ | what goes into layer $l$ | (D,) | (784,) |
# | $W^l$, $b^l$ | `weights, biases = params[l - 1]` | (M, D), (M,) | (32, 784), (32,) |
# | $z^l$, $a^l$, $\delta^l$ | before the sigmoid; after it; the gradient at $z^l$ | (M,) | (32,) |
# | $\delta^l\, {a^{l-1}}^T$ | outer product: entry $(m, d)$ is $\delta_m a_d$ | (M, D) | (32, 784) |
# | $\odot$ | entry by entry | | |
#
# What `sample_gradients` promises:
#
# - Any number of layers, one at least. The gradients come in the order of `params`.
# - Vectors in, vectors out: no axis of length 1 anywhere.
# - Scores as large as $\pm 1000$ overflow nowhere, neither in softmax nor in the sigmoid: $\sigma(z)$ is also
#   $\frac12 + \frac12 \tanh \frac{z}{2}$, which is safe for every $z$. (The `softmax` of notebook 06 takes rows, and
#   you have a vector.)
# - New arrays at each call. `params`, `x` and `t` stay as they are.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "sample_gradients", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sample_gradients(params, x, t):
    """Return the gradient of the cross-entropy of one sample, a pair for each layer.

    params: pairs (weights (M, D), biases (M,)), first layer first; x (D,), t (K,)
    -> list of pairs (grad_weights (M, D), grad_biases (M,)), in the same order.
    """
    ### BEGIN SOLUTION
    *hidden, (weights, biases) = params
    inputs = [x]  # what goes into each layer: (784,), then (32,), then (32,)
    for first_weights, first_biases in hidden:
        z = first_weights @ inputs[-1] + first_biases  # (32,)
        inputs.append(0.5 + 0.5 * np.tanh(0.5 * z))  # (32,)
    logits = weights @ inputs[-1] + biases  # (10,)
    exponentials = np.exp(logits - logits.max())  # (10,)
    delta = exponentials / exponentials.sum() - t  # (10,)
    gradients = [(np.outer(delta, inputs[-1]), delta)]  # (10, 32), (10,)
    for layer in range(len(hidden), 0, -1):
        a = inputs[layer]  # (32,)
        delta = (params[layer][0].T @ delta) * a * (1 - a)  # (32,)
        gradients.append((np.outer(delta, inputs[layer - 1]), delta))
    return gradients[::-1]
    ### END SOLUTION


# %% [markdown]
# **Try it.** A network with a hidden layer of one unit, made so that the sample $x = (1, 3)$ leaves it undecided:
#
# - The first weights are 0, so the hidden unit says $\sigma(0) = 0.5$.
# - The second weights are 2 and -2, the biases -1 and 1. Both scores are 0, and $p = (0.5, 0.5)$.
# - The target is the first class, so $\delta^2 = (-0.5, 0.5)$, and times 0.5 that is the gradient of the weights.
# - Back through the weights it becomes $2 \cdot (-0.5) - 2 \cdot 0.5 = -2$, times $0.5 \cdot 0.5$ is $\delta^1 =
#   -0.5$. With $x$ that makes $(-0.5, -1.5)$.

# %%
with attempt():
    undecided = [
        (np.zeros((1, 2)), np.zeros(1)),
        (np.array([[2.0], [-2.0]]), np.array([-1.0, 1.0])),
    ]
    (first_weights, first_biases), (last_weights, last_biases) = sample_gradients(
        undecided, np.array([1.0, 3.0]), np.array([1.0, 0.0])
    )
    print(first_weights, first_biases)  # [[-0.5 -1.5]] [-0.5]
    print(last_weights.ravel(), last_biases)  # [-0.25  0.25] [-0.5  0.5]

# %% [markdown]
# **Check it.** The check builds the same network from the layers of notebooks 01 to 06, hands it your sample as a
# batch with one row, and asks those layers for their gradients. `by_layers` can also make mistakes on purpose, so
# that it recognises yours.


# %% deletable=false editable=false
class Bent:
    """A sigmoid whose backward goes any way: way(grad_output, a, z)."""

    def __init__(self, way):
        self.sigmoid, self.way = Sigmoid(), way

    def forward(self, x):
        self.z, self.a = x, self.sigmoid.forward(x)
        return self.a

    def backward(self, grad_output):
        if self.way is None:
            return self.sigmoid.backward(grad_output)
        return self.way(grad_output, self.a, self.z)


def as_network(params, way=None):
    """Build the network of these parameters from the layers of earlier notebooks."""
    layers = []
    for weights, biases in params:
        m, d = weights.shape
        layers += [Linear(d, m, weights, biases), Bent(way)]
    return Sequential(layers[:-1])


def by_layers(params, x, t, begin=None, way=None):
    """Return the gradients, summed over rows, that those layers give.

    begin(z, p) in place of the gradient at the scores, and a way, are mistakes.
    """
    network, loss = as_network(params, way), SoftmaxCrossEntropy()
    scores = network.forward(x)
    loss.forward(scores, t.argmax(axis=1))
    right = loss.backward() * len(x)  # the layers of this course take the mean
    network.backward(begin(scores, right + t) if begin else right)
    return [(layer.grad_weights, layer.grad_biases) for layer in network.layers[::2]]


# %% deletable=false editable=false
def describe_mistakes(params, x, t, layer, part):
    """Return what mistakes give in one place: rows x, t; layer from 0; part 0 or 1."""

    def at(x=x, t=t, params=params, **how):
        return by_layers(params, x, t, **how)[layer][part]

    gradients, z = by_layers(params, x, t), as_network(params).forward(x)
    together, column = np.exp(z - z.max()), np.exp(z - z.max(axis=0))
    given = {
        "back": lambda delta: at(begin=lambda z, p: delta),
        "bent": lambda slope: at(way=lambda g, a, z: g * slope(a, z)),
        "passed": lambda way: at(way=way),
        "unbiased": at(params=[(weights, 0 * biases) for weights, biases in params]),
        "each": np.stack([at(x=x[[n]], t=t[[n]]) for n in range(len(x))]),
        "p_of_all": together / together.sum(),
        "p_of_columns": column / column.sum(axis=0),
        "mirrored": gradients[-1 - layer][part],
        "partner": gradients[layer][1 - part],
        **{"z": z, "t": t, "N": len(x)},
    }
    if len(x) == 1 and part == 0:
        output = as_network(params[: layer + 1]).forward(x)[0]
        is_last = layer == len(params) - 1
        given["output"] = output if is_last else Sigmoid().forward(output)
        given["delta"] = gradients[layer][1]
    return given


def compare_gradients(name, got, params, x, t, **known):
    """Compare all gradients with those of the layers, for rows x, t."""
    came = f"{name}: expected a list with a pair for each layer"
    is_list = isinstance(got, list | tuple)
    expect(got is not None, f"{came}, got None. Is a `return` missing?")
    expect(is_list, f"{came}, got {type(got).__name__}.")
    expect(len(got) == len(params), f"{came}, {len(params)} of them, got {len(got)}.")
    names, right = ("grad_weights", "grad_biases"), by_layers(params, x, t)
    for layer, pair in enumerate(got):
        is_pair = isinstance(pair, list | tuple) and len(pair) == 2
        kind = type(pair).__name__
        expect(is_pair, f"{came}, got {kind} in place of (grad_weights, grad_biases).")
        for part in (0, 1):
            given = describe_mistakes(params, x, t, layer, part)
            given |= {key: pairs[layer][part] for key, pairs in known.items()}
            case = candidates.samples_to_batches.gradients(**given)
            what = f"{name}: {names[part]} of layer {layer + 1}"
            same(what, pair[part], right[layer][part], case)


# %% deletable=false editable=false
def draw_case(rng, sizes, n):
    """Draw a network with biases, and n samples: params, x (n, D), t (n, K)."""
    params = [tuple(draw(rng, (m, d), (m,))) for d, m in itertools.pairwise(sizes)]
    classes = rng.permutation(np.arange(n) % sizes[-1])
    return params, rng.normal(size=(n, sizes[0])), np.eye(sizes[-1])[classes]


@check
def check_sample_gradients():
    rng = np.random.default_rng(1)
    for sizes in ([5, 3, 2], [3, 3, 3], [2, 5, 7, 3], [4, 2]):
        params, x, t = draw_case(rng, sizes, 2)
        arrays = {f"params[{i}]": a for i, pair in enumerate(params) for a in pair}
        with unchanged(x=x, t=t, **arrays):
            got = sample_gradients(params, x[0], t[0])
            later = sample_gradients(params, x[1], t[1])
        name = f"sample_gradients for {'-'.join(map(str, sizes))}"
        first, other = (by_layers(params, x[[n]], t[[n]]) for n in (0, 1))
        compare_gradients(name, got, params, x[:1], t[:1], later=other)
        name = f"{name}, a second sample"
        compare_gradients(name, later, params, x[1:], t[1:], before=first)
    single = [(w.astype("f4"), b.astype("f4")) for w, b in params]
    row, target = x[:1].astype("f4"), t[:1].astype("f4")
    got = sample_gradients(single, row[0], target[0])
    compare_gradients("sample_gradients in float32", got, single, row, target)
    large = [(np.array([[1000.0, 0.0], [-1000.0, 1.0], [999.0, 0.0]]), np.zeros(3))]
    row, target = np.array([[1.0, 2.0]]), np.array([[0.0, 1.0, 0.0]])
    got = sample_gradients(large, row[0], target[0])
    compare_gradients("sample_gradients, scores of 1000", got, large, row, target)
    whole = [(np.array([[1, -2], [0, 1]]), np.array([1, 1]))] * 2
    row, target = np.array([[3, 1]]), np.array([[0, 1]])
    got = sample_gradients(whole, row[0], target[0])
    compare_gradients("sample_gradients for integers", got, whole, row, target)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_sample_gradients", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
ready("sample_gradients")  # test_sample_gradients, 4 points
### BEGIN HIDDEN TESTS
import itertools

import numpy as np

from helpers import candidates
from helpers.checks import draw, expect, graded, layouts, same, unchanged


def right(params, x, t, begin=None, way=None):
    """Return gradients summed over rows, scores, probabilities, and all outputs."""
    outputs, zs = [1.0 * x], []
    for weights, biases in params:
        zs.append(np.einsum("nd,md->nm", outputs[-1], 1.0 * weights) + biases)
        outputs.append(np.exp(-np.logaddexp(0, -zs[-1])))
    p = np.exp(zs[-1] - np.logaddexp.reduce(zs[-1], axis=1, keepdims=True))
    delta, gradients = begin(zs[-1], p) if begin else p - t, []
    for layer in reversed(range(len(params))):
        a = outputs[layer]
        gradients.insert(0, (np.einsum("nm,nd->md", delta, a), delta.sum(axis=0)))
        if layer:
            delta = np.einsum("nm,md->nd", delta, 1.0 * params[layer][0])
            delta = way(delta, a, zs[layer - 1]) if way else delta * (a - a**2)
    return gradients, zs[-1], p, outputs


def compare_all_of(name, got, params, x, t, kind="f8", **known):
    """Compare all gradients of one sample, the row x, t, with the right ones."""
    expected, z, _, outputs = right(params, x, t)
    plain, *_ = right([(w, 0 * b) for w, b in params], x, t)
    came = f"{name}: expected a list of {len(params)} pairs, one for each layer"
    expect(got is not None, f"{came}, got None. Is a `return` missing?")
    is_list = isinstance(got, list | tuple)
    expect(is_list, f"{came}, got {type(got).__name__}.")
    expect(len(got) == len(params), f"{came}, got {len(got)}.")
    for layer, pair in enumerate(got):
        is_pair = isinstance(pair, list | tuple) and len(pair) == 2
        kind_of = type(pair).__name__
        expect(is_pair, f"{came}, (grad_weights, grad_biases), got {kind_of}.")
        for part, what in enumerate(("grad_weights", "grad_biases")):
            case = candidates.samples_to_batches.gradients(
                back=lambda delta, i=layer, j=part: right(
                    params, x, t, begin=lambda z, p: delta
                )[0][i][j],
                bent=lambda slope, i=layer, j=part: right(
                    params, x, t, way=lambda g, a, z: g * slope(a, z)
                )[0][i][j],
                passed=lambda way, i=layer, j=part: right(params, x, t, way=way)[0][i][
                    j
                ],
                **{"z": z, "t": t, "unbiased": plain[layer][part]},
                **{"delta": expected[layer][1], "mirrored": expected[~layer][part]},
                **({"output": outputs[layer + 1][0]} if part == 0 else {}),
                partner=expected[layer][1 - part],
                **{key: pairs[layer][part] for key, pairs in known.items()},
            )
            wanted = expected[layer][part].astype(kind)
            same(f"{name}: {what} of layer {layer + 1}", pair[part], wanted, case)


@graded
def test_sample_gradients():
    rng = np.random.default_rng(1001)
    for sizes in ([7, 5, 3], [4, 4, 4], [3, 2, 11, 5], [1, 6, 2], [5, 3, 3, 3, 2]):
        name = f"sample_gradients for {'-'.join(map(str, sizes))}"
        shapes = [(m, d) for d, m in itertools.pairwise(sizes)]
        params = [tuple(draw(rng, shape, shape[:1])) for shape in shapes]
        x, (k, m) = rng.normal(size=(2, sizes[0])), rng.permutation(sizes[-1])[:2]
        t = np.eye(sizes[-1])[[k, m]]
        first, other = right(params, x[:1], t[:1])[0], right(params, x[1:], t[1:])[0]
        for label, row in layouts(x[0]):
            laid_out = [(dict(layouts(w))[label], b.copy()) for w, b in params]
            arrays = {
                f"{what} of layer {i}": array
                for i, pair in enumerate(laid_out, start=1)
                for what, array in zip(("weights", "biases"), pair, strict=True)
            }
            target = t[0].copy()
            with unchanged(x=row, t=target, **arrays):
                got = sample_gradients(laid_out, row, target)
            compare_all_of(f"{name}, {label}", got, params, x[:1], t[:1])
            with unchanged(x=row, t=target, **arrays):
                later = sample_gradients(laid_out, x[1].copy(), t[1].copy())
            second = f"{name}, a second sample"
            compare_all_of(second, later, params, x[1:], t[1:], before=first)
            again = f"{name}, looked at again after another call"
            compare_all_of(again, got, params, x[:1], t[:1], later=other)
        single = [(w.astype("f4"), b.astype("f4")) for w, b in params]
        got = sample_gradients(single, x[0].astype("f4"), t[0].astype("f4"))
        compare_all_of(f"{name}, in float32", got, params, x[:1], t[:1], kind="f4")
        rounded = [
            (np.rint(2 * w).astype(int), np.rint(b).astype(int)) for w, b in params
        ]
        row, target = np.rint(3 * x[:1]).astype(int), t[:1].astype(int)
        got = sample_gradients(rounded, row[0].copy(), target[0].copy())
        compare_all_of(f"{name}, for integers", got, rounded, row, target)
    for sign in (1.0, -1.0):
        weights = sign * np.array([[-999.0, 1.0], [1000.0, 0.5], [-1000.0, 0.0]])
        row, target = np.array([[1.0, 0.25]]), np.array([[1.0, 0.0, 0.0]])
        got = sample_gradients([(weights, np.zeros(3))], row[0], target[0])
        name = "sample_gradients, scores of 1000 and -1000"
        compare_all_of(name, got, [(weights, np.zeros(3))], row, target)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# On the way back you need what went *into* each layer. Which of these vectors do you have to keep on the way forward,
# and how many are there for three layers?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Keep a list that begins with `x` and grows by the output of each hidden layer. The last layer is different: softmax
# in place of the sigmoid. Begin the way back with $p - t$; then walk from the last layer to the first, make two
# gradients in each, and hand $\delta$ on, if there is a layer before. Turn the list of gradients round at the end.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `np.outer(delta, a)` is the outer product, with as many rows as `delta` has entries. Subtract the largest score from
# all of them before you take `np.exp`. For the step from a layer to the one before: `weights.T @ delta`, with that
# layer's weights, times `a * (1 - a)`, where `a` is what went into it.
# </details>

# %% [markdown]
# An outer product is what broadcasting makes of a column times a row, here with $\delta$ (4,) and $a$ (6,).
# **Predict, then run.** Which entry of $\delta$ and which of $a$ meet in the second row, third column? How many
# numbers must be written for one image in the first layer of 784-32-32-10, and how many of them are different?

# %%
plots.broadcasting((4, 1), (1, 6), names=("delta as a column", "a as a row"))

# %% [markdown]
# ## One sample, one step
#
# ### Exercise 10.2 · Train one sample at a time
#
# **Do** write `train_samples`: for each epoch go through all samples in a new random order, and take a step after
# each.
#
# **Why** this is stochastic gradient descent in its oldest form. Each step sees the parameters as the step before has
# left them; remember that when the batches come.
#
# *15 minutes · difficulty 2 of 5*

# %% [markdown]
# For each sample $n$, in random order, and each layer:
#
# $$W^l \leftarrow W^l - \eta\, \frac{\partial \mathcal{L}_n}{\partial W^l} \qquad\qquad b^l \leftarrow b^l - \eta\, \frac{\partial \mathcal{L}_n}{\partial b^l}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $\partial \mathcal{L}_n/\partial W^l$, $\partial \mathcal{L}_n/\partial b^l$ | a pair of `gradients(params, x[n], t[n])` | like the parameters |
# | sample $n$ | `x[n]`, `t[n]` | (D,), (K,) |
# | $\eta$ | `learning_rate` | a number |
#
# What `train_samples` promises:
#
# - `gradients` is a function such as `sample_gradients`. It is called once for each sample and epoch, with the
#   parameters **as they stand at that moment**, and everything it returns is used in one step.
# - Each epoch takes every sample once, in a new order, drawn from `rng`. The same generator in the same state gives
#   the same order.
# - It returns the trained parameters, a list of pairs. The `params` that it was given stay as they are, and so do `x`
#   and `t`. (So begin with a copy.) float32 stays float32; integers count as float64.
# - After each epoch it calls `on_epoch(epoch, params)`, if there is one, with the parameters of that moment. Epochs
#   count from 0. (These may be the very arrays that go on learning; whoever wants to keep them makes a copy.)


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "train_samples", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_samples(
    gradients, params, x, t, *, epochs, learning_rate, rng, on_epoch=None
):
    """Take a step after each sample; return the trained parameters, a list of pairs.

    gradients(params, x (D,), t (K,)) -> pairs like params; x (N, D), t (N, K).
    After each epoch on_epoch(epoch, params) is called.
    """
    ### BEGIN SOLUTION
    params = [(1.0 * weights, 1.0 * biases) for weights, biases in params]
    for epoch in range(epochs):
        for n in rng.permutation(len(x)):
            steps = gradients(params, x[n], t[n])  # x[n] (784,), t[n] (10,)
            for (weights, biases), (down_w, down_b) in zip(params, steps, strict=True):
                weights -= learning_rate * down_w  # (32, 784), in the first layer
                biases -= learning_rate * down_b  # (32,)
        if on_epoch is not None:
            on_epoch(epoch, params)
    return params
    ### END SOLUTION


# %% [markdown]
# **Try it.** With a `gradients` that returns the parameters themselves, and a learning rate of 0.5, each step halves
# them. Three samples and two epochs are six steps: 64 becomes 1. The 64 that you started from is still there.

# %%
with attempt():
    start = [(np.array([[64.0]]), np.array([32.0]))]
    trained = train_samples(
        lambda params, x, t: params,
        start,
        np.zeros((3, 1)),
        np.zeros((3, 2)),
        epochs=2,
        learning_rate=0.5,
        rng=np.random.default_rng(0),
    )
    print([array.item() for array in trained[0]])  # [1.0, 0.5]
    print([array.item() for array in start[0]])  # [64.0, 32.0]

# %% [markdown]
# **Check it.** The check hands your loop a `gradients` of its own, a spy. It writes down which sample it is given,
# with which parameters, and its answers are made up: half of the weights plus a number that depends on the sample. So
# this check does not care whether your `sample_gradients` is right.


# %% deletable=false editable=false
def spy_on_steps(calls):
    """Return a function like sample_gradients that writes down what it is given."""

    def gradients(params, x, t):
        now = [(np.array(weights), np.array(biases)) for weights, biases in params]
        push = float(np.sum(x))
        down = [(0.5 * w + push, 0.25 * b - 2 * push) for w, b in now]
        calls.append((now, np.array(x), np.array(t), down))
        return [(w.copy(), b.copy()) for w, b in down]

    return gradients


def compare_params(name, got, expected, **lists):
    """Compare all parameters; lists hold the start, the gradients and the like."""
    came = f"{name}: expected a list of {len(expected)} pairs (weights, biases)"
    expect(got is not None, f"{came}, got None. Is a `return` missing?")
    is_list = isinstance(got, list | tuple) and len(got) == len(expected)
    expect(is_list, f"{came}, got {type(got).__name__}.")
    for layer, (pair, wanted) in enumerate(zip(got, expected, strict=True)):
        is_pair = isinstance(pair, list | tuple) and len(pair) == 2
        expect(is_pair, f"{came}, got {type(pair).__name__} in place of a pair.")
        for part, what in enumerate(("weights", "biases")):
            given = {
                key: value[layer][part] if isinstance(value, list) else value
                for key, value in lists.items()
            }
            case = candidates.samples_to_batches.params(**given)
            same(f"{name}: {what} of layer {layer + 1}", pair[part], wanted[part], case)


# %% deletable=false editable=false
def follow_samples(n, sizes, epochs, learning_rate, seed, kind=float):
    """Train with a spy and compare each step; return the order of the samples."""
    rng = np.random.default_rng(2)
    start, x, t = draw_case(rng, sizes, n)
    start = [(np.rint(4 * w).astype(kind), np.rint(b).astype(kind)) for w, b in start]
    x, t = x.astype(np.float32 if kind is np.float32 else float), t.astype(np.float32)
    t += np.arange(n, dtype=np.float32)[:, None]  # to tell the samples apart
    calls, told = [], []

    def on_epoch(epoch, params):
        is_list = isinstance(params, list | tuple)  # check_told says it if not
        now = [(w.copy(), b.copy()) for w, b in params] if is_list else None
        told.append((len(calls), epoch, now))

    arrays = {f"params[{i}]": a for i, pair in enumerate(start) for a in pair}
    with unchanged(x=x, t=t, **arrays):
        trained = train_samples(
            spy_on_steps(calls),
            start,
            x,
            t,
            epochs=epochs,
            learning_rate=learning_rate,
            rng=np.random.default_rng(seed),
            on_epoch=on_epoch if seed else None,
        )
    order = read_order(calls, x, t, epochs)
    floats = np.float32 if kind is np.float32 else float
    then = [(w.astype(floats), b.astype(floats)) for w, b in start]
    given = {"start": then, "rate": learning_rate, "N": n}
    name = f"parameters in the call after {{}} of {n * epochs} steps"
    states = []
    for steps, (now, _, _, down) in enumerate(calls):
        if steps == 0:
            compare_params(name.format(0), now, start)
        else:
            compare_params(name.format(steps), now, then, **given)
        states.append(then)
        given |= {"previous": then, "gradient": down}
        pairs = zip(then, down, strict=True)
        then = [
            (w - learning_rate * v, b - learning_rate * c) for (w, b), (v, c) in pairs
        ]
    compare_params("what train_samples returns", trained, then, **given)
    if seed:
        check_told(told, [*states[n::n], then], n)
    return order


def read_order(calls, x, t, epochs):
    """Return which samples were used, epoch by epoch, and mind that all were."""
    n = len(x)
    case = candidates.samples_to_batches.calls(N=n, epochs=epochs)
    hint = case.name_mistake(np.array(len(calls)), np.array(n * epochs))
    came = f"{n} samples, {epochs} epochs: expected {n * epochs} calls of `gradients`"
    expect(len(calls) == n * epochs, f"{came}, got {len(calls)}. {hint or ''}".strip())
    numbers = []
    for _, row, target, _ in calls:
        case = candidates.samples_to_batches.sample(x=x, t=t)
        same("the x that gradients is given", row, x[find_row(x, row)], case)
        numbers.append(find_row(x, row))
        case = candidates.samples_to_batches.sample(x=x, t=t, rows=t, came=target)
        same("the t that gradients is given", target, t[numbers[-1]], case)
    order = np.reshape(numbers, (epochs, n))
    once = (np.sort(order, axis=1) == np.arange(n)).all()
    came = "In one epoch some samples come more than once, others never"
    expect(once, f"{came}. Are they drawn again, or shuffled in place?")
    return order


def find_row(rows, row):
    """Return the number of the row that is meant, or 0."""
    if row.size != rows[0].size:
        return 0
    return int(np.abs(rows - row.ravel()).sum(axis=1).argmin())


def check_told(told, states, n):
    """Look at what on_epoch was given, and when."""
    epochs = len(states)
    expect(told, "on_epoch: it is never called.")
    listed = all(params is not None for *_, params in told)
    expect(listed, "on_epoch takes the epoch first, then the list of parameters.")
    came = f"on_epoch: expected {epochs} calls in {epochs} epochs, got {len(told)}."
    expect(len(told) == epochs, came)
    numbers = [epoch for _, epoch, _ in told]
    came = f"on_epoch: expected the epochs {list(range(epochs))}, got {numbers}."
    expect(numbers == list(range(epochs)), f"{came} They count from 0.")
    when = [steps for steps, *_ in told]
    in_time = when == [n * (epoch + 1) for epoch in range(epochs)]
    expect(in_time, "on_epoch should be called when its epoch ends, not before it.")
    for (_, epoch, params), state in zip(told, states, strict=True):
        compare_params(f"params that on_epoch is given, epoch {epoch}", params, state)


# %% deletable=false editable=false
@check
def check_train_samples():
    follow_samples(5, [3, 2, 4], 2, 0.1, seed=0)
    follow_samples(1, [2, 3], 3, 0.25, seed=1)
    follow_samples(5, [3, 3, 3], 2, 0.4, seed=2, kind=np.float32)
    follow_samples(4, [2, 3], 2, 0.5, seed=3, kind=int)
    one, again, other = (
        follow_samples(12, [2, 3], 3, 0.1, seed=seed) for seed in (4, 4, 5)
    )
    in_order = (one == np.arange(12)).all(axis=1).any()
    expect(not in_order, "The samples come in the order of x: nothing is shuffled.")
    expect((one[0] != one[1]).any(), "Two epochs go through the samples in one order.")
    came = "draw it from `rng`, the argument, and nothing else"
    expect((one == again).all(), f"One seed gave two orders: {came}.")
    expect((one != other).any(), f"Two seeds gave the same order: {came}.")


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_train_samples", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("train_samples")  # test_train_samples, 3 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import draw, expect, graded, layouts, same, unchanged


def compare_all(name, got, expected, **lists):
    """Compare all parameters; lists hold the start, the gradients and the like."""
    came = f"{name}: expected a list of {len(expected)} pairs (weights, biases)"
    expect(got is not None, f"{came}, got None. Is a `return` missing?")
    is_list = isinstance(got, list | tuple) and len(got) == len(expected)
    expect(is_list, f"{came}, got {type(got).__name__}.")
    for layer, (pair, wanted) in enumerate(zip(got, expected, strict=True)):
        is_pair = isinstance(pair, list | tuple) and len(pair) == 2
        expect(is_pair, f"{came}, got {type(pair).__name__} in place of a pair.")
        for part, what in enumerate(("weights", "biases")):
            given = {
                key: value[layer][part] if isinstance(value, list) else value
                for key, value in lists.items()
            }
            case = candidates.samples_to_batches.params(**given)
            same(f"{name}: {what} of layer {layer + 1}", pair[part], wanted[part], case)


def find(rows, row):
    """Return the number of the row that is meant, or 0."""
    if row.size != rows[0].size:
        return 0
    return int(np.abs(rows - row.ravel()).sum(axis=1).argmin())


def follow(start, x, t, epochs, learning_rate, seed, watched=True):
    """Train with a spy, compare every step; return the order, a row an epoch."""
    calls, told, n = [], [], len(x)

    def gradients(params, x_row, t_row):
        now = [(np.array(weights), np.array(biases)) for weights, biases in params]
        push = float(np.sum(x_row)) / 3
        down = [(0.7 * w - push, push - 0.3 * b) for w, b in now]
        calls.append((now, np.array(x_row), np.array(t_row), down))
        return [(w.copy(), b.copy()) for w, b in down]

    def on_epoch(epoch, params):
        now = None  # which is told below
        if isinstance(params, list | tuple):
            now = [(np.array(weights), np.array(biases)) for weights, biases in params]
        told.append((len(calls), epoch, now))

    given = {
        f"{what} of layer {i}": array
        for i, pair in enumerate(start, start=1)
        for what, array in zip(("weights", "biases"), pair, strict=True)
    }
    settings = {"epochs": epochs, "learning_rate": learning_rate}
    settings |= {"on_epoch": on_epoch} if watched else {}
    handed = list(start)
    with unchanged(x=x, t=t, **given):
        rng = np.random.default_rng(seed)
        trained = train_samples(gradients, handed, x, t, rng=rng, **settings)
    expect(len(handed) == len(start), "Your code changes the list `params`.")

    case = candidates.samples_to_batches.calls(N=n, epochs=epochs)
    hint = case.name_mistake(np.array(len(calls)), np.array(n * epochs)) or ""
    came = f"{n} samples, {epochs} epochs: expected {n * epochs} calls of `gradients`"
    expect(len(calls) == n * epochs, f"{came}, got {len(calls)}. {hint}".strip())
    numbers = []
    for _, row, target, _ in calls:
        case = candidates.samples_to_batches.sample(x=x, t=t)
        numbers.append(find(x, row))
        same("the x that gradients is given", row, x[numbers[-1]], case)
        case = candidates.samples_to_batches.sample(x=x, t=t, rows=t, came=target)
        same("the t that gradients is given", target, t[numbers[-1]], case)
    order = np.reshape(numbers, (epochs, n))
    came = "In one epoch some samples come more than once, others never"
    once = (np.sort(order, axis=1) == np.arange(n)).all()
    expect(once, f"{came}. Are they drawn again, or shuffled in place?")

    kind = np.float32 if start[0][0].dtype == np.float32 else float
    then = [(w.astype(kind), b.astype(kind)) for w, b in start]
    known, states = {"start": then, "rate": learning_rate, "N": n}, []
    for steps, (now, _, _, down) in enumerate(calls):
        name = f"parameters in the call after {steps} of {n * epochs} steps"
        compare_all(name, now, then if steps else start, **known)
        states.append(then)
        known |= {"previous": then, "gradient": down}
        pairs = zip(then, down, strict=True)
        then = [
            ((w - learning_rate * v).astype(kind), (b - learning_rate * c).astype(kind))
            for (w, b), (v, c) in pairs
        ]
    compare_all("what train_samples returns", trained, then, **known)
    if not watched:
        return order

    came = f"on_epoch: expected {epochs} calls in {epochs} epochs, got {len(told)}."
    expect(told, "on_epoch: it is never called.")
    listed = all(params is not None for *_, params in told)
    expect(listed, "on_epoch takes the epoch first, then the list of parameters.")
    expect(len(told) == epochs, came)
    numbers = [epoch for _, epoch, _ in told]
    came = f"on_epoch: expected the epochs {list(range(epochs))}, got {numbers}."
    expect(numbers == list(range(epochs)), f"{came} They count from 0.")
    in_time = [steps for steps, *_ in told] == list(range(n, n * epochs + 1, n))
    expect(in_time, "on_epoch should be called when its epoch ends, not before it.")
    for (_, epoch, params), state in zip(told, [*states[n::n], then], strict=True):
        compare_all(f"params that on_epoch is given, epoch {epoch}", params, state)
    return order


@graded
def test_train_samples():
    rng = np.random.default_rng(1002)
    for n, shapes, epochs, rate, kind in (
        (7, [(3, 5), (2, 3)], 2, 0.03, "f8"),
        (1, [(4, 2)], 4, 0.3, "f8"),
        (3, [(4, 4), (4, 4), (4, 4)], 3, 0.6, "f8"),
        (5, [(2, 3), (5, 2)], 2, 0.2, "f4"),
        (4, [(3, 2), (2, 3)], 2, 0.5, "i8"),
    ):
        pairs = [draw(rng, (m, d), (m,)) for m, d in shapes]
        start = [
            (np.rint(5 * w).astype(kind), np.rint(5 * b).astype(kind)) for w, b in pairs
        ]
        real = kind if kind != "i8" else "f8"
        x, t = draw(rng, (n, shapes[0][1]), (n, shapes[-1][0]))
        for _, laid_out in layouts(x.astype(real)):
            follow(start, laid_out, t.astype(real), epochs, rate, seed=n)
        follow(start, x.astype(real), t.astype(real), epochs, rate, n, watched=False)
    start, (x, t) = [tuple(draw(rng, (2, 3), (2,)))], draw(rng, (17, 3), (17, 2))
    one, again, other = (follow(start, x, t, 3, 0.1, seed) for seed in (8, 8, 9))
    in_order = (one == np.arange(17)).all(axis=1).any()
    expect(not in_order, "The samples come in the order of x: nothing is shuffled.")
    expect((one[0] != one[1]).any(), "Two epochs go through the samples in one order.")
    came = "draw it from `rng`, the argument, and nothing else"
    expect((one == again).all(), f"One seed gave two orders: {came}.")
    expect((one != other).any(), f"Two seeds gave the same order: {came}.")


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# How many loops are there, one inside the other? In which of them does the order change, and in which do the
# parameters?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Copy the parameters into a new list of pairs. For each epoch draw an order; for each number in it ask for the
# gradients, then walk through parameters and gradients together and move each array.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `1.0 * weights` is a copy, with integers turned into floats. `rng.permutation(len(x))` is an order. With
# `for (weights, biases), (grad_weights, grad_biases) in zip(params, steps):` the two lines inside are
# `weights -= learning_rate * grad_weights`, and the same for the biases.
# </details>

# %% [markdown]
# ## The published result, and yours
#
# A public course trains this network with code of this kind, in the manner of Nielsen's book: 784-32-32-10, sigmoids,
# the variance from above, one sample at a time, a learning rate of 0.003. It reports the accuracy on the 10,000 test
# images of MNIST before training and after each of three epochs.
#
# | on the MNIST test images, in % | before | 1 epoch | 2 epochs | 3 epochs |
# | --- | --- | --- | --- | --- |
# | reported | 10.3 | 87.2 | 91.2 | 92.9 |
# | this notebook's code, mean of five seeds | 9.7 | 87.5 | 91.0 | 92.6 |
# | lowest to highest of the five | 8.9 to 10.1 | 87.0 to 88.2 | 90.7 to 91.3 | 92.2 to 92.9 |
#
# What was reported does not say which loss that was, so several were tried. Softmax with cross-entropy, as here,
# comes out where the report is, within the spread of the seeds (the first number is chance: ten classes, no
# training). The cross-entropy of ten sigmoids does, too: 87.6, 91.1, 92.7 for one seed. A squared error behind
# sigmoids does not: its gradient is multiplied by slopes of at most a quarter, and after three epochs it has come to
# 87.0, or to 61.3 if it is halved. (All but the reported row come from `python -m benchmarks samples_to_batches`.)
#
# Three epochs over all of MNIST are 180,000 steps. The next cell takes a tenth of the images, and in return a
# learning rate ten times as large: 0.003 times 60,000 divided by the number of images.
#
# **Predict, then run.** Ten times fewer steps, each ten times as long. Will the accuracies be about the same, higher,
# or lower? And which of the two do you expect to do better after many epochs?


# %%
def scores(params, x):
    """Return the scores (N, K) of all rows of x (N, D)."""
    return as_network(params).forward(x)


def accuracy_on_test(params):
    """Return the share of test images that the network reads right."""
    return accuracy(scores(params, x_test), labels_test)


sample_rate = 0.003 * 60_000 / len(x_train)
print(f"learning rate {sample_rate:.3g} for {len(x_train)} images")

# %%
with attempt():
    rng = np.random.default_rng(0)
    start = draw_params([784, 32, 32, 10], rng)
    print(f"before training   test accuracy {accuracy_on_test(start):.1%}")
    began = perf_counter()
    trained = train_samples(
        sample_gradients,
        start,
        x_train,
        t_train,
        epochs=3,
        learning_rate=sample_rate,
        rng=rng,
        on_epoch=lambda epoch, params: print(
            f"epoch {epoch + 1}: {perf_counter() - began:6.2f} s, "
            f"test accuracy {accuracy_on_test(params):.1%}"
        ),
    )

# %% [markdown]
# ## Where the time goes
#
# How long does one sample take, and what does your computer do all that time? The work itself is easily counted: one
# multiplication and one addition for each weight on the way forward, one for each entry of an outer product, and one
# for each weight that $\delta$ is pulled back through.


# %%
def microseconds(function, *arguments, calls=20):
    """Return how long one call takes: the least of 40 rounds, in microseconds."""
    rounds = timeit.repeat(lambda: function(*arguments), number=calls, repeat=40)
    return 1e6 * min(rounds) / calls


def count_products(params):
    """Return how many multiplications the gradient of one sample takes, and adds."""
    forward = sum(weights.size for weights, _ in params)
    pulled = sum(weights.size for weights, _ in params[1:])
    return 2 * forward + pulled


params = draw_params([784, 32, 32, 10], np.random.default_rng(0))
print(f"{count_products(params):,} multiplications, and about as many additions")

# %% [markdown]
# A core of a laptop does several thousand million of these a second, so that should take a few microseconds.
#
# **Predict, then run.** How long will one call of your `sample_gradients` take? And how long for a network 2-2-2-2,
# which has next to nothing to compute?

# %%
with attempt():
    rng = np.random.default_rng(0)
    tiny, tiny_x, tiny_t = draw_case(rng, [2, 2, 2, 2], 1)
    large_time = microseconds(sample_gradients, params, x_train[0], t_train[0])
    tiny_time = microseconds(sample_gradients, tiny, tiny_x[0], tiny_t[0])
    print(f"784-32-32-10  {large_time:6.1f} microseconds")
    print(f"2-2-2-2       {tiny_time:6.1f} microseconds, {tiny_time / large_time:.0%}")

# %% [markdown]
# That is the price of *calling*. Each line makes Python look up names, makes NumPy look at types and shapes and ask
# for memory for its result, and only then comes a loop over 32 numbers. The price is the same for 2 numbers as for
# 32.
#
# Now line by line. `time_lines` watches your function while it runs. **Predict, then run.** Which line is the most
# expensive for the real network? Which lines cost the same in both networks, so that they are all overhead?

# %%
with attempt():
    real = time_lines(sample_gradients, params, x_train[0], t_train[0])
    idle = time_lines(sample_gradients, tiny, tiny_x[0], tiny_t[0])
    print("microseconds for 784-32-32-10, and for 2-2-2-2")
    for line, empty in zip(real, idle, strict=True):
        print(f"{line.microseconds:8.1f} {empty.microseconds:8.1f}   {line.text}")

# %% [markdown]
# Two things can be had for less. The overhead, if one call does the work of many samples. And the outer products: for
# each sample 25,088 numbers of the first layer are written to memory, and read again when the step is taken, although
# nobody ever looks at them one by one.

# %% [markdown]
# ## All samples at once
#
# ### Exercise 10.3 · The gradient of a batch
#
# **Do** write `batch_gradients`: the sum of the gradients of N samples, without a loop over the samples.
#
# **Why** go through your `sample_gradients` line by line, and give each vector an axis of samples in front. What was
# a vector becomes a matrix with a row for each sample; what was a matrix times a vector becomes a product of two
# matrices; and what each sample added to the gradient is summed by that product, with no sum in sight.
#
# *20 minutes · difficulty 3 of 5*

# %% [markdown]
# | one sample | shape | a batch | shape, with N = 100 in the first layer |
# | --- | --- | --- | --- |
# | $a^{l-1}$ | (D,) | $A^{l-1}$, one sample a row | (N, D): (100, 784) |
# | $z = W a + b$ | (M,) | $Z = A\, W^T + b$ | (N, M): (100, 32) |
# | $\delta^L = p - t$ | (K,) | $\Delta^L = P - T$ | (N, K): (100, 10) |
# | $W^T \delta$ | (D,) | row $n$ is $W^T \delta_n$ | (N, D) |
# | $\delta\, a^T$ | (M, D) | $\sum_n \delta_n\, a_n^T$ | (M, D): (32, 784) |
# | $\delta$ | (M,) | $\sum_n \delta_n$ | (M,): (32,) |
#
# Entry $(m, d)$ of the sum in the last line but one is
#
# $$\sum_{n=1}^{N} \Delta_{nm}\, A_{nd}$$
#
# which is a product of two matrices. Of which two, and in which order? The shapes leave only one way.
#
# What `batch_gradients` promises:
#
# - The **sum** over the samples, not the mean: nobody divides by N. For N = 1 it is what `sample_gradients` gives.
# - A list of pairs `(grad_weights, grad_biases)` like `params`, for any number of layers and samples.
# - Softmax is a matter of each row. Scores of 1000 in one row and of -1000 in another must not disturb each other.
# - New arrays at each call; `params`, `x` and `t` stay as they are.
# - No Python loop over the samples, in no disguise: `map`, Python's own `sum`, `np.vectorize` and
#   `np.apply_along_axis` go through the rows one by one, too. Loops over the layers are fine. (The steps that Python
#   takes are counted, in a check of its own.)


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "batch_gradients", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batch_gradients(params, x, t):
    """Return the sum over the samples of their gradients, a pair for each layer.

    params: pairs (weights (M, D), biases (M,)), first layer first; x (N, D), t (N, K)
    -> list of pairs (grad_weights (M, D), grad_biases (M,)), in the same order.
    """
    ### BEGIN SOLUTION
    *hidden, (weights, biases) = params
    inputs = [x]  # what goes into each layer: (N, 784), then (N, 32), then (N, 32)
    for first_weights, first_biases in hidden:
        z = inputs[-1] @ first_weights.T + first_biases  # (N, 32)
        inputs.append(0.5 + 0.5 * np.tanh(0.5 * z))  # (N, 32)
    logits = inputs[-1] @ weights.T + biases  # (N, 10)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))  # (N, 10)
    delta = exponentials / exponentials.sum(axis=1, keepdims=True) - t  # (N, 10)
    gradients = [(delta.T @ inputs[-1], delta.sum(axis=0))]  # (10, 32), (10,)
    for layer in range(len(hidden), 0, -1):
        a = inputs[layer]  # (N, 32)
        delta = (delta @ params[layer][0]) * a * (1 - a)  # (N, 32)
        gradients.append((delta.T @ inputs[layer - 1], delta.sum(axis=0)))
    return gradients[::-1]
    ### END SOLUTION


# %% [markdown]
# **Try it.** The undecided network from above, and three samples with the pixels (1, 3): twice the first class, once
# the second. The gradients of the first class appear twice, those of the second have the other sign, so one of each
# cancels and the sum is what it was for one sample.

# %%
with attempt():
    three = np.array([[1.0, 3.0]] * 3)
    targets = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    for grad_weights, grad_biases in batch_gradients(undecided, three, targets):
        print(grad_weights.ravel(), grad_biases)
    # [-0.5 -1.5] [-0.5], then [-0.25  0.25] [-0.5  0.5]

# %% [markdown]
# **Check it.** Again the layers of the earlier notebooks give the answer. (Your `sample_gradients` is not asked, so
# that a mistake in it costs nothing here.)


# %% deletable=false editable=false
@check
def check_batch_gradients():
    rng = np.random.default_rng(3)
    for n, sizes in ((5, [3, 4, 2]), (3, [3, 3, 3]), (1, [5, 2, 3]), (7, [2, 3, 5, 4])):
        params, x, t = draw_case(rng, sizes, n)
        arrays = {f"params[{i}]": a for i, pair in enumerate(params) for a in pair}
        name = f"batch_gradients, N={n}, {'-'.join(map(str, sizes))}"
        with unchanged(x=x, t=t, **arrays):
            got = batch_gradients(params, x, t)
            later = batch_gradients(params, -x, t)
        other = by_layers(params, -x, t)
        compare_gradients(name, got, params, x, t, later=other)
        name, first = f"{name}, for another x", by_layers(params, x, t)
        compare_gradients(name, later, params, -x, t, before=first)
    single = [(w.astype("f4"), b.astype("f4")) for w, b in params]
    rows, targets = x.astype("f4"), t.astype("f4")
    got = batch_gradients(single, rows, targets)
    compare_gradients("batch_gradients in float32", got, single, rows, targets)
    large = [(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, -1.0]]), np.zeros(3))]
    rows, targets = np.array([[1000.0, 1.0], [-1000.0, 2.0]]), np.eye(3)[:2]
    got = batch_gradients(large, rows, targets)
    compare_gradients("batch_gradients, scores of 1000", got, large, rows, targets)
    whole = [(np.array([[1, -2], [0, 1]]), np.array([1, 1]))] * 2
    rows, targets = np.array([[2, 1], [-1, 3], [0, 1]]), np.eye(2, dtype=int)[[0, 1, 1]]
    got = batch_gradients(whole, rows, targets)
    compare_gradients("batch_gradients for integers", got, whole, rows, targets)


# %% [markdown]
# The next check counts the steps that Python takes, the instructions of its virtual machine, for 8 samples and for 40.
# What NumPy does inside of a call is no step of Python. Without a loop over the samples both numbers are the same, to
# the last one.


# %% deletable=false editable=false
@check
def check_batch_loops():
    rng = np.random.default_rng(4)
    params, x, t = draw_case(rng, [3, 4, 2], 40)
    few, many = (params, x[:8], t[:8]), (params, x, t)
    run = batch_gradients
    try:
        came = run(*few)
    except NotImplementedError:
        raise
    except Exception:  # that is for check_batch_gradients to tell
        return
    expect(came is not None, "batch_gradients: got None. Is a `return` missing?")
    is_list = isinstance(came, list | tuple) and len(came) == len(params)
    expect(is_list, "Steps are counted once `batch_gradients` returns a list of pairs.")
    expect_no_loop(run, few, many)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_batch_gradients", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("batch_gradients")  # test_batch_gradients, 3 points
### BEGIN HIDDEN TESTS
import itertools

import numpy as np

from helpers import candidates
from helpers.checks import draw, expect, graded, layouts, same, unchanged


def right_sum(params, x, t, begin=None, way=None):
    """Return gradients summed over rows, and the scores."""
    outputs, zs = [1.0 * x], []
    for weights, biases in params:
        zs.append(np.einsum("nd,md->nm", outputs[-1], 1.0 * weights) + biases)
        outputs.append(np.exp(-np.logaddexp(0, -zs[-1])))
    p = np.exp(zs[-1] - np.logaddexp.reduce(zs[-1], axis=1, keepdims=True))
    delta, gradients = begin(zs[-1], p) if begin else p - t, []
    for layer in reversed(range(len(params))):
        a = outputs[layer]
        gradients.insert(
            0, (np.einsum("nm,nd->md", delta, a), np.einsum("nm->m", delta))
        )
        if layer:
            delta = np.einsum("nm,md->nd", delta, 1.0 * params[layer][0])
            delta = way(delta, a, zs[layer - 1]) if way else delta * (a - a**2)
    return gradients, zs[-1]


def compare_sums(name, got, params, x, t, kind="f8", **known):
    """Compare all gradients of rows x, t with the right ones."""
    expected, z = right_sum(params, x, t)
    plain, _ = right_sum([(w, 0 * b) for w, b in params], x, t)
    each = [right_sum(params, x[n : n + 1], t[n : n + 1])[0] for n in range(len(x))]
    together, column = np.exp(z - z.max()), np.exp(z - z.max(axis=0))
    came = f"{name}: expected a list of {len(params)} pairs, one for each layer"
    expect(got is not None, f"{came}, got None. Is a `return` missing?")
    is_list = isinstance(got, list | tuple)
    expect(is_list, f"{came}, got {type(got).__name__}.")
    expect(len(got) == len(params), f"{came}, got {len(got)}.")
    for layer, pair in enumerate(got):
        is_pair = isinstance(pair, list | tuple) and len(pair) == 2
        kind_of = type(pair).__name__
        expect(is_pair, f"{came}, (grad_weights, grad_biases), got {kind_of}.")
        for part, what in enumerate(("grad_weights", "grad_biases")):
            case = candidates.samples_to_batches.gradients(
                back=lambda delta, i=layer, j=part: right_sum(
                    params, x, t, begin=lambda z, p: delta
                )[0][i][j],
                bent=lambda slope, i=layer, j=part: right_sum(
                    params, x, t, way=lambda g, a, z: g * slope(a, z)
                )[0][i][j],
                passed=lambda way, i=layer, j=part: right_sum(params, x, t, way=way)[0][
                    i
                ][j],
                **{"z": z, "t": t, "N": len(x), "unbiased": plain[layer][part]},
                each=np.stack([one[layer][part] for one in each]),
                p_of_all=together / together.sum(),
                p_of_columns=column / column.sum(axis=0),
                mirrored=expected[~layer][part],
                partner=expected[layer][1 - part],
                **{key: pairs[layer][part] for key, pairs in known.items()},
            )
            wanted = expected[layer][part].astype(kind)
            same(f"{name}: {what} of layer {layer + 1}", pair[part], wanted, case)


@graded
def test_batch_gradients():
    rng = np.random.default_rng(1003)
    for n, sizes in (
        (7, [5, 3, 2]),
        (4, [4, 4, 4]),
        (1, [3, 5, 2]),
        (11, [2, 7, 3, 5]),
        (3, [6, 3]),
        (2, [1, 3, 3, 3, 2]),
    ):
        name = f"batch_gradients, N={n}, {'-'.join(map(str, sizes))}"
        shapes = [(m, d) for d, m in itertools.pairwise(sizes)]
        params = [tuple(draw(rng, shape, shape[:1])) for shape in shapes]
        x = rng.normal(size=(n, sizes[0]))
        t = np.eye(sizes[-1])[rng.permutation(np.arange(n) % sizes[-1])]
        for label, rows in layouts(x):
            laid_out = [(dict(layouts(w))[label], b.copy()) for w, b in params]
            arrays = {
                f"{what} of layer {i}": array
                for i, pair in enumerate(laid_out, start=1)
                for what, array in zip(("weights", "biases"), pair, strict=True)
            }
            targets = dict(layouts(t))[label]
            with unchanged(x=rows, t=targets, **arrays):
                got = batch_gradients(laid_out, rows, targets)
            compare_sums(f"{name}, {label}", got, params, x, t)
        first, _ = right_sum(params, x, t)
        got = batch_gradients(params, x, t)
        later = batch_gradients(params, 1 - x, t.copy())
        compare_sums(f"{name}, for another x", later, params, 1 - x, t, before=first)
        again = f"{name}, looked at again after another call"
        other, _ = right_sum(params, 1 - x, t)
        compare_sums(again, got, params, x, t, later=other)
        single = [(w.astype("f4"), b.astype("f4")) for w, b in params]
        got = batch_gradients(single, x.astype("f4"), t.astype("f4"))
        compare_sums(f"{name}, in float32", got, params, x, t, kind="f4")
        rounded = [
            (np.rint(2 * w).astype(int), np.rint(b).astype(int)) for w, b in params
        ]
        rows, targets = np.rint(3 * x).astype(int), t.astype(int)
        got = batch_gradients(rounded, rows.copy(), targets.copy())
        compare_sums(f"{name}, for integers", got, rounded, rows, targets)
    weights = np.array([[1.0, 0.0], [0.999, 1.0], [1.001, -0.5]])
    rows = np.array([[-1000.0, 1.0], [1000.0, 0.5], [0.0, 1.0]])
    targets = np.eye(3)[[1, 0, 2]]
    got = batch_gradients([(weights, np.zeros(3))], rows, targets)
    name = "batch_gradients, scores of 1000 and -1000"
    compare_sums(name, got, [(weights, np.zeros(3))], rows, targets)


### END HIDDEN TESTS

# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_batch_loops", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("batch_loops")  # test_batch_loops, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers.checks import draw, expect, graded
from helpers.loops import expect_no_loop


@graded
def test_batch_loops():
    rng = np.random.default_rng(1004)
    params = [tuple(draw(rng, shape, shape[:1])) for shape in ((5, 7), (2, 5), (3, 2))]
    x, t = rng.normal(size=(53, 7)), np.eye(3)[rng.integers(3, size=53)]
    few, many = (params, x[:11], t[:11]), (params, x, t)
    run = batch_gradients
    try:
        came = run(*few)
    except NotImplementedError:
        raise
    except Exception:  # that is for test_batch_gradients to tell
        return
    expect(came is not None, "batch_gradients: got None. Is a `return` missing?")
    is_list = isinstance(came, list | tuple) and len(came) == len(params)
    expect(is_list, "Steps are counted once `batch_gradients` returns a list of pairs.")
    expect_no_loop(run, few, many)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Take the shapes of two factors and of what you want. For $A$ (N, D), $W$ (M, D) and $Z$ (N, M): which one has to be
# transposed, and on which side does it stand?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Copy your `sample_gradients`, and change line by line. Five lines change: the product of each layer, the largest
# score and the sum in softmax (now for each row), the pull back through the weights, and the pair of gradients. The
# biases' gradient is a sum over the samples, and that is the only sum that you write.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `max(axis=1, keepdims=True)` and `sum(axis=1, keepdims=True)` for softmax. To pull back, `delta @ weights`, with no
# transposition: each row of it is $W^T \delta_n$. For the weights you need $\Delta^T$ (M, N) times $A$ (N, D); for
# the biases `delta.sum(axis=0)`.
# </details>

# %% [markdown]
# The shapes on the way through the network: forward in blue over the arrows, gradients in red under the arrows back.
# (The gradient at the pixels is missing, for nobody needs it.)
#
# **Predict, then run.** The second picture is for a batch of 100. Which shapes get a 100? Which stay as they are, and
# do not stand on the arrows at all?

# %%
for front in ("", "100, "):
    small, last = ((f"({front}{n})" if front else f"({n},)") for n in (32, 10))
    pixels = f"({front}784)" if front else "(784,)"
    plots.computational_graph(
        [
            ["x"],
            ["weights 32 x 784"],
            ["weights 32 x 32"],
            ["weights 10 x 32"],
            ["loss"],
        ],
        {
            ("x", "weights 32 x 784"): (pixels, None),
            ("weights 32 x 784", "weights 32 x 32"): (small, small),
            ("weights 32 x 32", "weights 10 x 32"): (small, small),
            ("weights 10 x 32", "loss"): (last, last),
        },
        title="a batch of 100 samples" if front else "one sample",
    )

# %% [markdown]
# ## The same gradients
#
# Two functions, one result? Add up what `sample_gradients` gives for 500 images, one after the other, and compare
# that with one call of `batch_gradients`.
#
# **Predict, then run.** Will they be the same to the last bit? If not, how many digits will agree in float64, how
# many in float32, and why are they not all the same?


# %%
def add_up(params, x, t):
    """Return the sum of the gradients of all rows, one after the other."""
    total = [[0 * weights, 0 * biases] for weights, biases in params]
    for row, target in zip(x, t, strict=True):
        for sums, pair in zip(
            total, sample_gradients(params, row, target), strict=True
        ):
            sums[0] += pair[0]
            sums[1] += pair[1]
    return total


def compare(name, one, other):
    """Print whether two arrays are equal, nearly equal, and how far apart they are."""
    apart, size = np.abs(one - other).max(), np.abs(other).max()
    exact, near = str(apart == 0), str(apart < 1e-5 * size)
    print(f"{name:24} exact {exact:5}  approximate {near:5}  largest {apart:.1e}")
    return apart


# %%
with attempt():
    for dtype in (np.float64, np.float32):
        params = draw_params([784, 32, 32, 10], np.random.default_rng(0), dtype)
        x, t = x_train[:500].astype(dtype), t_train[:500].astype(dtype)
        apart = 0.0
        for layer, (slow, fast) in enumerate(
            zip(add_up(params, x, t), batch_gradients(params, x, t), strict=True), 1
        ):
            for what, one, other in zip(("weights", "biases"), slow, fast, strict=True):
                apart = max(apart, compare(f"grad_{what} of layer {layer}", one, other))
        print(f"{np.dtype(dtype)}: largest difference {apart:.1e}\n")

# %% [markdown]
# The mathematics is the same, the order of the additions is not, and each addition rounds. In float64 the difference
# is below $10^{-10}$, far below what a gradient's nudging could show. In float32 it is several hundred million times
# as large, as is the rounding of a single number, and still far smaller than the noise of a gradient from a batch.
#
# ## How much faster?
#
# Now one epoch of each: all images, a gradient for each, and steps with a learning rate of 0, so that both compute
# gradients of the same network and the comparison is fair. The batches have 128 images.
#
# **Predict, then run.** The number of multiplications is the same. By which factor is the second one faster?


# %%
def train_batches(params, x, t, *, epochs, batch_size, learning_rate, rng, told=None):
    """Take a step after each batch, along the sum; return the trained parameters."""
    params = [(1.0 * weights, 1.0 * biases) for weights, biases in params]
    for epoch in range(epochs):
        for x_batch, t_batch in minibatches(x, t, batch_size, rng):
            steps = batch_gradients(params, x_batch, t_batch)
            for (weights, biases), (down_w, down_b) in zip(params, steps, strict=True):
                weights -= learning_rate * down_w
                biases -= learning_rate * down_b
        if told is not None:
            told(epoch, params)
    return params


def seconds(train, *arguments, **settings):
    """Return how long one epoch takes."""
    rng, began = np.random.default_rng(0), perf_counter()
    train(*arguments, epochs=1, learning_rate=0.0, rng=rng, **settings)
    return perf_counter() - began


# %%
with attempt():
    params = draw_params([784, 32, 32, 10], np.random.default_rng(0))
    pairs = []
    for _ in range(3):  # in turns, so that a slow moment of the machine hits both
        slow = seconds(train_samples, sample_gradients, params, x_train, t_train)
        fast = seconds(train_batches, params, x_train, t_train, batch_size=128)
        pairs.append((slow, fast))
    slow, fast = np.min(pairs, axis=0)
    print(f"one at a time     {slow:7.3f} s an epoch of {len(x_train)} images")
    print(f"batches of 128    {fast:7.3f} s, {slow / fast:.0f} times as fast")

# %% [markdown]
# Measured on all 60,000 images (the same benchmark, one thread of a shared machine), with random orders and steps on
# both sides: 30 times as fast in float32, 16 times in float64. In float64 the arithmetic that is left takes
# twice as long, and the overhead costs the same, so the factor is smaller. Such a factor is never a property of
# batches alone: it depends on the network, the dtype, the threads, and on how well the slow side was written.
#
# Where does the time go now? The same table as before, for a batch of 128, in microseconds **for each sample**.

# %%
with attempt():
    lines = time_lines(batch_gradients, params, x_train[:128], t_train[:128], calls=50)
    print("microseconds for each sample of a batch of 128")
    for line in lines:
        print(f"{line.microseconds / 128:8.3f}   {line.text}")
    total = sum(line.microseconds for line in lines) / 128
    products = count_products(params)
    print(
        f"{total:8.3f}   all: {products / total / 1e3:.1f} thousand million products/s"
    )
    rate = products / large_time / 1e3
    print(f"{large_time:8.3f}   one sample at a time: {rate:.1f} thousand million")

# %% [markdown]
# Nearly everything that is left is spent in the two products with 784 columns, and that is arithmetic.
#
# **Predict, then run.** The time for each sample against the batch size. On the left the overhead is shared by few,
# so twice the samples should take half the time for each. Where does the curve become flat? Does it rise again at the
# end, when a batch no longer fits into the processor's cache?

# %%
with attempt():
    sizes = 2 ** np.arange(0, 11)
    times = []
    for size in sizes:
        x, t = x_train[:size], t_train[:size]
        calls = max(1, 20 // size)
        times.append(microseconds(batch_gradients, params, x, t, calls=calls) / size)
    plots.curves(
        {
            "batch_gradients": (np.log2(sizes), times),
            "sample_gradients": (np.log2(sizes), np.full(len(sizes), large_time)),
        },
        xlabel="log2 of the batch size",
        ylabel="microseconds for each sample",
        log=True,
    )

# %% [markdown]
# ## The same gradients, another algorithm
#
# So far the parameters stood still. When they move, the two ways part. One at a time, the second sample meets
# parameters that the first one has moved already; in a batch all samples meet the same ones, and there is one step
# for all of them.
#
# How far apart are they? Let $g_n(w)$ be the gradient of sample $n$. Two samples one after the other lead to
#
# $$w' = w - \eta\, g_1(w) - \eta\, g_2\big(w - \eta\, g_1(w)\big) = w - \eta \big(g_1(w) + g_2(w)\big) + O(\eta^2)$$
#
# so up to a term in $\eta^2$ they make **one step along the sum, with the same learning rate**. Along the *mean* the
# same step needs a learning rate N times as large. (Goyal and others, 2017, train on ImageNet by that rule, and say
# where it ends: when a batch is so large that the parameters would have moved far in the meantime.)
#
# **Predict, then run.** Everything starts from the same network, with the same order of samples, along the sum, with
# the learning rate of the single samples. How much accuracy do batches of 10 cost? Of 100? What happens at 1,000?

# %%
with attempt():
    start = draw_params([784, 32, 32, 10], np.random.default_rng(0))
    print("batch size   rate of the sum   of the mean   test accuracy   away from 1")
    for size in (1, 10, 100, 1000):
        end = train_batches(
            start,
            x_train,
            t_train,
            epochs=3,
            batch_size=size,
            learning_rate=sample_rate,
            rng=np.random.default_rng(1),
        )
        flat = np.concatenate([array.ravel() for pair in end for array in pair])
        one = flat if size == 1 else one
        away = np.linalg.norm(flat - one) / np.linalg.norm(one)
        print(
            f"{size:10} {sample_rate:17.3g} {sample_rate * size:13.3g} "
            f"{accuracy_on_test(end):15.1%} {away:13.2f}"
        )

# %% [markdown]
# And the other way round: the learning rate that was right for the sum of one sample, used with the *mean* of 100.
# **Predict, then run.** A hundred times fewer steps, each no longer than before.

# %%
with attempt():
    end = train_batches(
        start,
        x_train,
        t_train,
        epochs=3,
        batch_size=100,
        learning_rate=sample_rate / 100,
        rng=np.random.default_rng(1),
    )
    print(f"mean of 100, learning rate {sample_rate:.3g}: {accuracy_on_test(end):.1%}")

# %% [markdown]
# What counts in the end is neither epochs nor steps, but how good the network is after so many seconds. Both ways
# train for the same time now, the batches with 64 images and a learning rate of their own: along the sum, 0.005.
#
# **Predict, then run.** How many epochs will the batches have done when the single samples have done two? Who is
# ahead?

# %%
with attempt():
    curve = live.Curve(
        "test accuracy", lines=["one at a time", "batches of 64"], xlabel="seconds"
    )

    def watch(board, line, began):
        def on_epoch(epoch, params):
            after = perf_counter() - began
            board.update(**{"test accuracy": (after, {line: accuracy_on_test(params)})})

        return on_epoch

    with live.Board(curve, budget=0.5) as board:
        rng, began = np.random.default_rng(2), perf_counter()
        train_samples(
            sample_gradients,
            start,
            x_train,
            t_train,
            epochs=2,
            learning_rate=sample_rate,
            rng=rng,
            on_epoch=watch(board, "one at a time", began),
        )
        limit, began = perf_counter() - began, perf_counter()
        params, epochs = start, 0
        while perf_counter() - began < limit:
            params = train_batches(
                params,
                x_train,
                t_train,
                epochs=1,
                batch_size=64,
                learning_rate=0.005,
                rng=rng,
            )
            watch(board, "batches of 64", began)(epochs, params)
            epochs += 1
    print(f"one at a time: 2 epochs; batches of 64: {epochs} epochs in {limit:.1f} s")

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "fair_question", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Exercise 10.4 · A fair comparison
#
# **Do** answer in the cell below, in about 150 words, with numbers of your own from the tables above. A person reads
# it.
#
# 1. What takes the time when samples come one at a time? Name two things, with numbers, and how you can tell them
#    apart.
# 2. "Batches are as accurate, and 20 times as fast." Why must two claims be told apart here, the one about gradients
#    and the one about training? What did you compare for each of them?
# 3. Somebody replaces single samples by batches of 100, keeps the learning rate and takes the mean over the batch.
#    The network hardly learns. Why, and what do you advise?
# 4. Do you trust the accuracies reported above? Say what agrees with yours, within what, and what the report left
#    open.
#
# **Why** speed is easily claimed and easily measured wrong. Whoever reads your factor wants to know a factor of what.
#
# *15 minutes · difficulty 2 of 5 · 4 points*
# ### BEGIN MARK SCHEME
#
# **For whoever marks it.** One point for each of the four questions, half a point where only half of it is there:
#
# 1. *Where the time goes?* The overhead of calls (a network with nothing to compute takes a large part of the time),
#    and the large arrays that each sample writes: outer products and steps of 25,088 numbers. Told apart by the tiny
#    network, or by the table of lines. Numbers given.
# 2. *Two claims?* The gradients were compared at the same parameters (largest difference below 1e-10 in float64), and
#    timed there. Training takes one step a batch in place of one a sample: another algorithm, which must be compared
#    by its accuracy, after the same time, each with a learning rate of its own.
# 3. *The mean?* The steps are as long as before but there are a hundred times fewer of them. Take the sum, or a
#    learning rate up to a hundred times as large; and try, since the rule fails for large batches.
# 4. *The report?* A comparison with own or quoted numbers that names the spread over seeds, and at least one thing
#    that is not known (the loss, seeds, order). "It is the same" earns half a point.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": true, "grade_id": "fair", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# 1. First the calls: 2-2-2-2 has nothing to compute and takes 33 of the 55 microseconds of 784-32-32-10, so more than
#    half is overhead. The rest is arrays: each sample writes an outer product of 25,088 numbers, and reads it again
#    for the step; in the table of lines these are the lines that cost more for the real network than for the tiny
#    one.
# 2. The gradients are the same: at the same parameters, 500 images, largest difference 4e-14 in float64, and that is
#    what was timed. Training is another algorithm, with one step for a batch in place of one for each sample. For
#    that I compared accuracies after the same seconds: 89 % one at a time, 91 % in batches of 64 with a rate of their
#    own.
# 3. There are a hundred times fewer steps, and each is no longer than before (11.5 % after three epochs). Take the
#    sum, or multiply the rate by up to 100, and try it: with the sum, batches of 100 came to 87 %, batches of 1,000
#    to chance.
# 4. Mostly. 87.2, 91.2 and 92.9 lie within the five seeds' 87.0 to 88.2, 90.7 to 91.3, 92.2 to 92.9. The loss is not
#    reported, nor the seed or the order: two losses fit, and one seed proves little at a few tenths of a percent.
# ### END SOLUTION

# %% [markdown]
# ## Summary
#
# - Backpropagation for one sample is vectors and outer products. For a batch each vector gets an axis in front, and a
#   sum of outer products becomes one matrix product.
# - The two give the same sum of gradients, up to rounding: below $10^{-10}$ in float64.
# - One sample at a time, much of the time is the price of calling, and of writing arrays that are only added up. In a
#   batch both are shared, and what remains is arithmetic.
# - Equal gradients do not make an equal algorithm: a step after each sample sees the steps before it. Along the sum,
#   the same learning rate does nearly the same as long as the batch is small; along the mean it must grow with the
#   batch.
# - Compare gradients at the same parameters, and trainings by what they reach in the same time.
#
# **Where this comes from.** Rumelhart, Hinton and Williams, *Learning representations by back-propagating errors*,
# Nature 323 (1986). Nielsen, *Neural Networks and Deep Learning* (2015), chapters 1 and 2, for the network trained
# sample by sample. LeCun, Bottou, Orr and Müller, *Efficient BackProp* (1998), for one sample against a batch. Goyal
# and others, *Accurate, Large Minibatch SGD* (2017), for the learning rate that grows with the batch.

# %%
summary()
