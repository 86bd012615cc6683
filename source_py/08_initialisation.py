# %% [markdown]
# # 08 · Where to begin: the first weights
#
# **What you'll do.** Work out, on paper, how large the first weights of a layer must be. Turn the answer into three
# rules, named after LeCun, Glorot and He, and measure what each does to signals and gradients in fifty layers.
#
# **What you'll learn.** Why the variance of a weight is one over the number of inputs; what ReLU costs, and what makes
# up for it; why the way back wants something else than the way forward; why all weights equal is the one start from
# which a network never learns.
#
# **What you need.** Notebooks 01 to 06 (what they built comes along in `parts.py`); of probability, that variances of
# independent numbers add up. About 120 minutes, half of them with paper and pencil.

# %%
import functools
import itertools

import numpy as np
from parts import (
    MLP,
    Linear,
    MSELoss,
    ReLU,
    Sequential,
    Sigmoid,
    SoftmaxCrossEntropy,
    Tanh,
    accuracy,
    minibatches,
    parse_idx,
    preprocess,
    train,
)

from helpers import candidates, data, initialisation, live, plots
from helpers.checks import attempt, check, draw, ready, summary
from helpers.execution import is_grading

# %% [markdown]
# ## Words that stay the same in every notebook
#
# | name | meaning | shape |
# | --- | --- | --- |
# | `x` | inputs, one sample a row | (N, D) |
# | `weights` | those of a layer: $W_{ji}$ leads from input $i$ to output $j$ | (M, D) |
# | `n_in`, `n_out` | how many inputs and outputs a layer has: D and M | numbers |
# | $a_j$ | output $j$ of a linear layer, before the activation | a number |
# | $\sigma^2$ | the variance with which the weights are drawn | a number |
# | $v^2$ | the mean square of a layer's inputs, $\frac{1}{n_\text{in}} \sum_i x_i^2$ | a number |
#
# `n_in` and `n_out` are new names for D and M: the literature on first weights uses them, and calls them *fan-in* and
# *fan-out*. The rules of notebook 01 hold here too: `weights` is (M, D), that is `(n_out, n_in)`, no function changes
# its arguments, and randomness comes from a generator that is passed in. Biases start at 0 in this notebook.

# %% [markdown]
# ## The size of a sum
#
# Before training, a network is a set of random numbers. It learns by small steps from there, so it must already let
# signals through, forward and back. Whether it does depends on one number for each layer: how large its weights are.
#
# A linear layer adds up $n_\text{in}$ products. Positive and negative ones partly cancel, so the sum is larger than one
# product, but not $n_\text{in}$ times as large. How large is it?
#
# **Predict, then run.** Three inputs of 100 numbers each: normal numbers; all ones; and 99 zeros with a single 10. All
# have the mean square 1. Each goes through a layer of 20,000 units whose weights have the variance $\sigma^2 = 0.09$.
# How large is the variance of what comes out? For which of the three is it the largest?

# %%
rng = np.random.default_rng(1)
normal = rng.normal(size=100)
inputs = {
    "normal": normal / np.sqrt(np.mean(normal**2)),
    "all ones": np.ones(100),
    "a single 10": np.eye(100)[0] * 10,
}
layer = Linear(100, 20_000, rng.normal(scale=0.3, size=(20_000, 100)))
for name, x in inputs.items():
    sums = layer.forward(x[np.newaxis])  # (1, 20000)
    print(f"{name:12} mean square {np.mean(x**2):.2f}, variance out {sums.var():.2f}")

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "sum_question", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Exercise 8.1 · The variance of a sum
#
# The weights $w_{ji}$ of a linear layer are drawn independently of each other, and of the inputs, with mean 0 and
# variance $\sigma^2$. Its inputs $x_1, \dots, x_{n_\text{in}}$ have the mean square $v^2$. Its outputs are
# $a_j = \sum_i w_{ji}\, x_i$.
#
# **Do** answer in the cell below. A person reads it.
#
# 1. Show that $\mathrm{E}[a_j] = 0$, and that $\mathrm{var}(a_j) = n_\text{in}\, \sigma^2\, v^2$. Begin with $a_j^2$ as
#    a double sum.
# 2. At each step say what it rests on. Which terms vanish, and why? Must the inputs have mean 0? Must they be
#    independent of each other?
# 3. Which $\sigma^2$ keeps the size, so that $\mathrm{var}(a_j) = v^2$? What becomes of the variance after 50 layers
#    (without activations) if $\sigma^2$ is 10 % too large?
#
# **Why** this one line decides whether a deep network can begin to learn. All three rules below follow from it.
#
# *20 minutes · difficulty 3 of 5 · 3 points*
# ### BEGIN MARK SCHEME
#
# **For whoever marks it.** One point for each of the three, half a point where only half of it is there:
#
# 1. *The derivation.* The mean is 0 because each weight's is. The variance is then $\mathrm{E}[a_j^2]$, written as a
#    double sum over $i$ and $k$ of $\mathrm{E}[w_{ji} w_{jk}]\, x_i x_k$; what is left is
#    $\sum_i \sigma^2 x_i^2 = n_\text{in} \sigma^2 v^2$. "Variances add up" in place of the double sum is fine if it
#    says that the terms $w_{ji} x_i$ are independent for given inputs.
# 2. *What it rests on.* Terms with $i \ne k$ vanish because two weights are independent with mean 0. Inputs need
#    neither mean 0 nor independence: only their mean square enters. An answer that assumes inputs with mean 0 gets
#    half.
# 3. *Consequences.* $\sigma^2 = 1/n_\text{in}$, and $1.1^{50} \approx 117$ times the variance (about 11 times the
#    standard deviation).
# ### END MARK SCHEME

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": true, "grade_id": "sum", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# 1. The inputs are given; only the weights are random. $\mathrm{E}[a_j] = \sum_i \mathrm{E}[w_{ji}]\, x_i = 0$, since
#    every weight has mean 0. So the variance is the mean square,
#    $$\mathrm{var}(a_j) = \mathrm{E}\Big[\sum_i \sum_k w_{ji} w_{jk}\, x_i x_k\Big] = \sum_i \sum_k \mathrm{E}[w_{ji} w_{jk}]\, x_i x_k .$$
#    For $i \ne k$ the expectation is $\mathrm{E}[w_{ji}]\, \mathrm{E}[w_{jk}] = 0$. For $i = k$ it is $\sigma^2$. Left
#    is $\sum_i \sigma^2 x_i^2 = \sigma^2\, n_\text{in}\, v^2$, because $v^2$ is $\sum_i x_i^2 / n_\text{in}$.
# 2. The weights do not depend on the inputs, so that $x_i x_k$ can be taken out of the expectation. Two different
#    weights are independent and have mean 0, so the mixed terms vanish. Of the inputs nothing was used: they may have
#    any mean, and depend on each other. (If they are random, too, the same holds on average over them, with
#    $v^2 = \mathrm{E}[x_i^2]$.) What counts is their mean square, not their variance.
# 3. $n_\text{in} \sigma^2 = 1$, so $\sigma^2 = 1/n_\text{in}$. With 10 % more, each layer multiplies by 1.1, and 50
#    layers by $1.1^{50} \approx 117$.
# ### END SOLUTION

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# The square of a sum is a double sum: $\big(\sum_i u_i\big)^2 = \sum_i \sum_k u_i u_k$. Of which products do you know
# the expectation?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Mean first. Then, since it is 0, the variance is $\mathrm{E}[a_j^2]$. Split the double sum into the terms with $i = k$
# and those with $i \ne k$.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# For $i \ne k$: $\mathrm{E}[w_{ji} w_{jk}] = \mathrm{E}[w_{ji}]\, \mathrm{E}[w_{jk}]$, because they are independent.
# For $i = k$ it is $\mathrm{E}[w_{ji}^2]$, and that is the variance of a weight.
# </details>

# %% [markdown]
# ### Exercise 8.2 · LeCun's rule
#
# **Do** fill in `lecun`: it draws the weights of a layer with mean 0 and variance $1/n_\text{in}$, from a normal
# distribution, or from a uniform one if `uniform` is true.
#
# **Why** a layer with such weights hands on what it gets, neither louder nor softer. You have used this rule since
# notebook 01: it is what `Linear` does when it is given no weights.
#
# *10 minutes · difficulty 2 of 5*

# %% [markdown]
# $$\mathrm{E}[w] = 0 \qquad \mathrm{var}(w) = \frac{1}{n_\text{in}} \qquad\qquad
# w \sim \mathcal{U}[-b, b] \;\text{ has the variance }\; \frac{b^2}{3}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $n_\text{in}$, $n_\text{out}$ | `n_in`, `n_out` | whole numbers |
# | $w \sim \mathcal{N}$ | `rng.normal(scale=..., size=...)`; `scale` is a **standard deviation** | the `size` you give |
# | $w \sim \mathcal{U}[-b, b]$ | `rng.uniform(low, high, size=...)` | the `size` you give |
# | $W$ | the result, a new array at each call | (`n_out`, `n_in`) |
#
# Mean and variance are what matters; which of the two distributions it is makes little difference. The uniform one has
# an end: no weight is larger than $b$. Draw from the `rng` that is passed in and from nothing else: then the same seed
# gives the same network, and two layers drawn one after the other are different.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "lecun", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lecun(n_in, n_out, rng, uniform=False):
    """Return weights (n_out, n_in), drawn from rng with mean 0, variance 1 / n_in."""
    ### BEGIN SOLUTION
    variance = 1 / n_in
    if uniform:
        bound = np.sqrt(3 * variance)
        return rng.uniform(-bound, bound, size=(n_out, n_in))
    return rng.normal(scale=np.sqrt(variance), size=(n_out, n_in))
    ### END SOLUTION


# %% [markdown]
# **Try it.** With 400 inputs the standard deviation is $1/\sqrt{400} = 0.05$, up to chance, and the uniform weights end
# at 0.0866. The shape is (300, 400).

# %%
with attempt():
    weights = lecun(400, 300, np.random.default_rng(1))
    print(weights.shape, weights.std().round(3))  # (300, 400) 0.05
    weights = lecun(400, 300, np.random.default_rng(1), uniform=True)
    print(weights.std().round(3), np.abs(weights).max().round(4))  # 0.05 0.0866

# %% [markdown]
# **Check it.** How does one check a random number? With many of them. The check draws $n \approx 75{,}000$ weights and
# measures their mean and variance. By chance a variance measured from $n$ normal numbers is off by $\sqrt{2/n}$ of
# itself, usually (0.5 % here; $\sqrt{0.8/n}$ for uniform ones). The check allows **six** times as much. A right rule
# goes further twice in a billion times, and since the seeds are fixed, it passes once and for all. A wrong factor is
# far outside. In the same way it looks at the mean, at the share of weights within one standard deviation, at the
# largest uniform weight, and whether any two rows or columns are alike.


# %% deletable=false editable=false
@check
def check_lecun_normal():
    initialisation.compare_rule(
        *("lecun", lecun, lambda n_in, n_out: 1 / n_in),
        uniform=False,
        sizes=((240, 310), (310, 240), (250, 250)),
        seed=82,
        mistakes=candidates.initialisation.normal,
    )


# %% deletable=false editable=false
@check
def check_lecun_uniform():
    initialisation.compare_rule(
        *("lecun", lecun, lambda n_in, n_out: 1 / n_in),
        uniform=True,
        sizes=((240, 310), (310, 240), (250, 250)),
        seed=83,
        mistakes=candidates.initialisation.uniform,
    )


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_lecun_normal", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("lecun_normal")  # test_lecun_normal, 1 point
### BEGIN HIDDEN TESTS
from helpers import candidates, initialisation
from helpers.checks import graded


@graded
def test_lecun_normal():
    initialisation.compare_rule(
        *("lecun", lecun, lambda n_in, n_out: 1 / n_in),
        uniform=False,
        sizes=((211, 307), (307, 211), (263, 263), (1, 30_011), (30_011, 1)),
        seed=802,
        mistakes=candidates.initialisation.normal,
    )


### END HIDDEN TESTS

# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_lecun_uniform", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("lecun_uniform")  # test_lecun_uniform, 1 point
### BEGIN HIDDEN TESTS
from helpers import candidates, initialisation
from helpers.checks import graded


@graded
def test_lecun_uniform():
    initialisation.compare_rule(
        *("lecun", lecun, lambda n_in, n_out: 1 / n_in),
        uniform=True,
        sizes=((211, 307), (307, 211), (263, 263), (1, 30_011), (30_011, 1)),
        seed=803,
        mistakes=candidates.initialisation.uniform,
    )


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# You know the variance. Which number does `rng.normal` want as its `scale`, and which $b$ gives
# $b^2/3 = 1/n_\text{in}$?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Write the variance first. Then one `if`: in the uniform case draw between minus and plus a bound, otherwise draw
# normal numbers. Both times the `size` is a pair, outputs first.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# The normal weights have the scale `np.sqrt(1 / n_in)`, the uniform ones the bound `np.sqrt(3 / n_in)`, and the size is
# `(n_out, n_in)`. Do not forget the `return`.
# </details>

# %% [markdown]
# ## Fifty layers
#
# One layer is forgiving. Fifty are not: whatever factor a layer has, fifty of them take its fiftieth power. To see that
# you need an instrument that looks into every layer, on the way forward and on the way back.
#
# ### Exercise 8.3 · Measure the spread, layer by layer
#
# **Do** fill in `spreads`. It sends `x` forward through all layers, then `grad_output` back, and returns how large
# signals and gradients are on the way: their standard deviations.
#
# **Why** this is the first thing to look at when a deep network does not learn. It takes one batch, and no training.
#
# *20 minutes · difficulty 3 of 5*

# %% [markdown]
# Here a layer is a `Linear` with the given weights and biases 0, followed by an activation of its own. Signal 0 is `x`,
# and signal $k$ is what layer $k$ puts out. Gradient $k$ is $\partial L$ / $\partial$ signal $k$:
#
# $$h^{(0)} = x, \quad h^{(k)} = f\big(h^{(k-1)}\, W^{(k)\top}\big), \qquad
# g^{(L)} = \text{grad\_output}, \quad g^{(k-1)} = \big(g^{(k)} \odot f'\big)\, W^{(k)}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $W^{(1)}, \dots, W^{(L)}$ | `weights`, a list of $L$ arrays | (M, D) each |
# | $f$ | `activation`, a class: `activation()` makes one | |
# | $h^{(0)}, \dots, h^{(L)}$ | the signals; `h.std()` is the spread of one | (N, D) |
# | $g^{(0)}, \dots, g^{(L)}$ | the gradients; `g.std()` is the spread of one | (N, D) |
# | | the result: `signals, gradients`, two lists or arrays | $L + 1$ numbers each |
#
# The spread is over **all** entries of an array, samples and units together, and both lists are in the order of the
# signals: entry 0 belongs to `x`, the last one to the network's output. Your `Linear` and the activations know how to
# go forward and back; here they only have to be called in the right order.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "spreads", "locked": false, "schema_version": 3, "solution": true, "task": false}
def spreads(weights, activation, x, grad_output):
    """Return the standard deviations of signals and gradients, two times L + 1 numbers.

    weights: a list of L arrays (M, D); activation: a class, such as Tanh; x (N, D) goes
    into the first layer; grad_output, shaped like the output, comes back into the last.
    """
    ### BEGIN SOLUTION
    layers, signals = [], [x.std()]
    for matrix in weights:
        n_out, n_in = matrix.shape
        layers.append(Sequential([Linear(n_in, n_out, matrix), activation()]))
        x = layers[-1].forward(x)
        signals.append(x.std())
    gradients = [grad_output.std()]
    for layer in reversed(layers):
        grad_output = layer.backward(grad_output)
        gradients.append(grad_output.std())
    return np.array(signals), np.array(gradients[::-1])
    ### END SOLUTION


# %% [markdown]
# **Try it.** Two layers with one unit each, weights 2 and 3, ReLU. The inputs 1 and 3 become 2 and 6, then 6 and 18. The
# spread of two numbers is half their distance, so the signals have 1, 2 and 6. The gradients 1 and -1 become 3 and -3,
# then 6 and -6: their spreads are 1, 3, 6, and in the order of the signals 6, 3, 1. With -3 in the place of 3 the second
# ReLU lets nothing through: 1, 2, 0, and 0, 0, 1.

# %%
with attempt():
    x, grad_output = np.array([[1.0], [3.0]]), np.array([[1.0], [-1.0]])
    for last in (3.0, -3.0):
        two_layers = [np.array([[2.0]]), np.array([[last]])]
        print(*spreads(two_layers, ReLU, x, grad_output))


# %% [markdown]
# **Check it.** Several networks, of different sizes, with tanh and with ReLU. One check looks at the signals, the other
# at the gradients.


# %% deletable=false editable=false
def try_networks(which, seed):
    """Compare signals, or gradients, in networks of several sizes."""
    initialisation.compare_spreads(
        *(which, spreads),
        networks=((5, (4, 4, 4, 4)), (5, (3, 7, 2)), (3, (2, 3)), (1, (5, 3, 2))),
        kinds=(
            (Tanh, np.tanh, lambda a: 1 / np.cosh(a) ** 2),
            (ReLU, lambda a: np.maximum(a, 0), lambda a: 1.0 * (a > 0)),
        ),
        seed=seed,
    )


# %% deletable=false editable=false
@check
def check_spreads_signals():
    try_networks("signals", seed=84)


# %% deletable=false editable=false
@check
def check_spreads_gradients():
    try_networks("gradients", seed=85)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_spreads_signals", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("spreads_signals")  # test_spreads_signals, 2 points
### BEGIN HIDDEN TESTS
import numpy as np
from parts import ReLU

from helpers import initialisation
from helpers.checks import graded


class Bent:
    def forward(self, x):
        self.x = x
        return x + 0.5 * np.cos(x)

    def backward(self, grad_output):
        return grad_output * (1 - 0.5 * np.sin(self.x))


@graded
def test_spreads_signals():
    initialisation.compare_spreads(
        "signals",
        spreads,
        networks=((3, (3, 3, 3, 3, 3)), (7, (5, 3, 2)), (1, (5, 7, 3)), (11, (2, 13))),
        kinds=(
            (Bent, lambda a: a + np.cos(a) / 2, lambda a: 1 - np.sin(a) / 2),
            (ReLU, lambda a: np.where(a > 0, a, 0), lambda a: np.where(a > 0, 1, 0)),
        ),
        seed=804,
    )


### END HIDDEN TESTS

# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_spreads_gradients", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("spreads_gradients")  # test_spreads_gradients, 2 points
### BEGIN HIDDEN TESTS
import numpy as np
from parts import ReLU

from helpers import initialisation
from helpers.checks import graded


class Bowed:
    def forward(self, x):
        self.x = x
        return x - 0.5 * np.cos(x)

    def backward(self, grad_output):
        return grad_output * (1 + 0.5 * np.sin(self.x))


@graded
def test_spreads_gradients():
    initialisation.compare_spreads(
        "gradients",
        spreads,
        networks=((3, (3, 3, 3, 3, 3)), (7, (5, 3, 2)), (1, (5, 7, 3)), (11, (2, 13))),
        kinds=(
            (Bowed, lambda a: a - np.cos(a) / 2, lambda a: 1 + np.sin(a) / 2),
            (ReLU, lambda a: np.where(a > 0, a, 0), lambda a: np.where(a > 0, 1, 0)),
        ),
        seed=805,
    )


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# A layer's `backward` needs what its `forward` kept. So what must be true of the objects that you use on the way back?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Build the layers first, or while you go forward, and keep them in a list: a `Linear` and an activation for each array
# of weights. Note the spread of `x` before the first layer, then one after each. Go back through the same objects in
# reverse order: activation first, then `Linear`.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `Sequential([Linear(n_in, n_out, matrix), activation()])` is one layer, and `matrix.shape` is `(n_out, n_in)`. On the
# way back you collect `grad_output.std()` first, then one for each layer in `reversed(layers)`. Turn that list around
# at the end.
# </details>

# %% [markdown]
# ### The fiftieth power
#
# `go_through` sends random numbers through fifty layers of 256 units. A *rule* is a function like your `lecun`: it gets
# `n_in`, `n_out` and `rng`, and returns weights. `fixed(0.05)` is a rule that knows nothing of `n_in`.

# %%
DEPTH = 50
WIDTH = 16 if is_grading() else 256  # no figure is drawn then


class Identity:
    """No activation: what comes in goes out."""

    def forward(self, x):
        return x

    def backward(self, grad_output):
        return grad_output


def fixed(deviation):
    """Return a rule: normal weights with this standard deviation, whatever n_in is."""
    return lambda n_in, n_out, rng: rng.normal(scale=deviation, size=(n_out, n_in))


def go_through(rule, activation, seed=8):
    """Return the spreads of signals and gradients in fifty layers that a rule draws."""
    rng = np.random.default_rng(seed)
    x, grad_output = draw(rng, (64, WIDTH), (64, WIDTH))
    weights = [rule(WIDTH, WIDTH, rng) for _ in range(DEPTH)]
    return spreads(weights, activation, x, grad_output)


# %% [markdown]
# **Predict, then run.** Without any activation, LeCun's rule gives a standard deviation of $1/\sqrt{256} = 0.0625$.
# What is left of a signal of size 1 after fifty layers with that? With 0.05 instead, or 0.08? ($0.05/0.0625 = 0.8$.)

# %%
with attempt():
    rules = {"0.05": fixed(0.05), "lecun, 0.0625": lecun, "0.08": fixed(0.08)}
    reached = {name: go_through(rule, Identity)[0] for name, rule in rules.items()}
    plots.curves(reached, xlabel="layer", ylabel="spread of the signal", log=True)
    for name, signals in reached.items():
        print(f"{name:14} after {DEPTH} layers {signals[-1]:.2g}")

# %% [markdown]
# A wrong guess by a quarter, and the signal is a hundred thousand times too small, or too large.
#
# ## What ReLU costs
#
# **Predict, then run.** Now LeCun's weights with ReLU after each layer. ReLU sets about half of the sums to 0. Does the
# signal arrive? By which factor does its variance change in each layer?

# %%
with attempt():
    signals, gradients = go_through(lecun, ReLU)
    both = {"signals": signals, "gradients": gradients}
    plots.curves(both, xlabel="layer", ylabel="spread", log=True)
    # From layer 1 on: x itself has not been through ReLU.
    factor = (signals[-1] / signals[1]) ** (2 / (DEPTH - 1))
    print(f"after {DEPTH} layers {signals[-1]:.2g}, a factor of {factor:.3f} a layer")
    print(f"2**-25 is {2**-25:.2g}")

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "relu_question", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Exercise 8.4 · Half is lost
#
# **Do** explain what you have just measured. The sums $a_j$ of a layer have mean 0, and their distribution is symmetric
# about 0 (as it is for weights that are as likely positive as negative). The next layer gets $x_j = \max(0, a_j)$.
#
# 1. Show that the mean square of what ReLU lets through is half the variance of what goes in:
#    $\mathrm{E}[x_j^2] = \frac{1}{2} \mathrm{var}(a_j)$. Why must one take the mean square here, and not the variance
#    of $x_j$?
# 2. Which $\sigma^2$ keeps the size from layer to layer, then? And which factors does $\sigma^2 = 1/n_\text{in}$ leave
#    after 50 layers, of the variance and of the standard deviation?
#
# **Why** this factor of 2 made networks with 30 layers of ReLU learn that had not learned before.
#
# *10 minutes · difficulty 3 of 5 · 2 points*
# ### BEGIN MARK SCHEME
#
# **For whoever marks it.** One point for each of the two, half a point where only half of it is there:
#
# 1. *A half.* By symmetry the positive $a_j$ contribute half of $\mathrm{E}[a_j^2]$, the negative ones the other half,
#    which ReLU sets to 0; and $\mathrm{E}[a_j^2]$ is the variance because the mean is 0. The mean square, because
#    exercise 8.1 has it: after ReLU the mean is not 0, and the variance is smaller than the mean square. "Half of the
#    numbers are 0" without symmetry, or without squares, is half a point.
# 2. *Consequences.* $n_\text{in} \sigma^2 / 2 = 1$, so $\sigma^2 = 2/n_\text{in}$. With $1/n_\text{in}$:
#    $2^{-50} \approx 10^{-15}$ of the variance, $2^{-25} \approx 3 \cdot 10^{-8}$ of the standard deviation.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": true, "grade_id": "relu_half", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# 1. Since $a_j$ has mean 0, $\mathrm{var}(a_j) = \mathrm{E}[a_j^2]$. This is made up of what positive and what negative
#    values contribute, and by symmetry the two are equal. ReLU leaves the positive ones as they are and makes 0 of the
#    others, so $\mathrm{E}[x_j^2] = \mathrm{E}[a_j^2; a_j > 0] = \frac{1}{2} \mathrm{var}(a_j)$. By exercise 8.1 the
#    next sums have the variance $n_\text{in} \sigma^2$ times the *mean square* of their inputs. The mean of $x_j$ is
#    not 0, so its variance is smaller than that and tells nothing about the next layer.
# 2. $\mathrm{var}(a_j^{(k+1)}) = n_\text{in} \sigma^2 \cdot \frac{1}{2} \mathrm{var}(a_j^{(k)})$. This keeps the size
#    for $\sigma^2 = 2/n_\text{in}$. With $1/n_\text{in}$ each layer halves the variance:
#    $2^{-50} \approx 9 \cdot 10^{-16}$ is left of it after 50 layers, and $2^{-25} \approx 3 \cdot 10^{-8}$ of the
#    standard deviation.
# ### END SOLUTION

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Write $\mathrm{E}[a^2]$ as one part from $a > 0$ and one part from $a < 0$. What does symmetry say about the two?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Look again at what $v^2$ was in exercise 8.1. ReLU's outputs are never negative: what is their mean like?
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# Put $v^2 = \frac{1}{2} \mathrm{var}(a)$ into the formula of 8.1, and ask for a factor of 1 from one $\mathrm{var}(a)$
# to the next.
# </details>

# %% [markdown]
# ### Exercise 8.5 · He's rule
#
# **Do** fill in `he`: mean 0, variance $2/n_\text{in}$, normal or uniform.
#
# **Why** with ReLU it is the rule to take. The digit reader of notebook 07 was drawn by it.
#
# *5 minutes · difficulty 1 of 5*

# %% [markdown]
# $$\mathrm{E}[w] = 0 \qquad \mathrm{var}(w) = \frac{2}{n_\text{in}}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $n_\text{in}$, $n_\text{out}$ | `n_in`, `n_out` | whole numbers |
# | $W$ | the result | (`n_out`, `n_in`) |
#
# In all else it promises what `lecun` does.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "he", "locked": false, "schema_version": 3, "solution": true, "task": false}
def he(n_in, n_out, rng, uniform=False):
    """Return weights (n_out, n_in), drawn from rng with mean 0, variance 2 / n_in."""
    ### BEGIN SOLUTION
    variance = 2 / n_in
    if uniform:
        bound = np.sqrt(3 * variance)
        return rng.uniform(-bound, bound, size=(n_out, n_in))
    return rng.normal(scale=np.sqrt(variance), size=(n_out, n_in))
    ### END SOLUTION


# %% [markdown]
# **Try it.** With 200 inputs the standard deviation is 0.1, up to chance, and the uniform weights end at 0.1732.

# %%
with attempt():
    weights = he(200, 500, np.random.default_rng(1))
    print(weights.shape, weights.std().round(2))  # (500, 200) 0.1
    weights = he(200, 500, np.random.default_rng(1), uniform=True)
    print(weights.std().round(2), np.abs(weights).max().round(4))  # 0.1 0.1732


# %% deletable=false editable=false
@check
def check_he_normal():
    initialisation.compare_rule(
        *("he", he, lambda n_in, n_out: 2 / n_in),
        uniform=False,
        sizes=((240, 310), (310, 240), (250, 250)),
        seed=86,
        mistakes=candidates.initialisation.normal,
    )


# %% deletable=false editable=false
@check
def check_he_uniform():
    initialisation.compare_rule(
        *("he", he, lambda n_in, n_out: 2 / n_in),
        uniform=True,
        sizes=((240, 310), (310, 240), (250, 250)),
        seed=87,
        mistakes=candidates.initialisation.uniform,
    )


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_he_normal", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("he_normal")  # test_he_normal, 1 point
### BEGIN HIDDEN TESTS
from helpers import candidates, initialisation
from helpers.checks import graded


@graded
def test_he_normal():
    initialisation.compare_rule(
        *("he", he, lambda n_in, n_out: 2 / n_in),
        uniform=False,
        sizes=((211, 307), (307, 211), (263, 263), (1, 30_011), (30_011, 1)),
        seed=806,
        mistakes=candidates.initialisation.normal,
    )


### END HIDDEN TESTS

# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_he_uniform", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("he_uniform")  # test_he_uniform, 1 point
### BEGIN HIDDEN TESTS
from helpers import candidates, initialisation
from helpers.checks import graded


@graded
def test_he_uniform():
    initialisation.compare_rule(
        *("he", he, lambda n_in, n_out: 2 / n_in),
        uniform=True,
        sizes=((211, 307), (307, 211), (263, 263), (1, 30_011), (30_011, 1)),
        seed=807,
        mistakes=candidates.initialisation.uniform,
    )


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# What is different from `lecun`, and in how many places does it show?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# If `lecun` starts with the variance, `he` is the same function with another first line.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `variance = 2 / n_in`. The scale is its root, the bound the root of three times it. Or multiply the weights of `lecun`
# by $\sqrt 2$.
# </details>

# %% [markdown]
# **Predict, then run.** Fifty layers with ReLU and He's weights, drawn five times. Do all five arrive with the same
# spread? Where does what differs come from?

# %%
with attempt():
    draws = {f"seed {seed}": go_through(he, ReLU, seed)[0] for seed in range(5)}
    plots.curves(draws, xlabel="layer", ylabel="spread of the signal")
    print("after 50 layers", *(f"{signals[-1]:.2f}" for signals in draws.values()))

# %% [markdown]
# The rule is right on average. Each layer is one draw of 65,536 weights, and is off by a few per cent; fifty such
# factors wander about 1, by chance. Wider layers wander less. Measured after ReLU, the spread starts at 0.83, not at 1:
# the mean square is kept, and $1 - 1/\pi = 0.68$ of that is variance, the rest is the square of the mean.

# %% [markdown]
# ## The way back
#
# Gradients go through the same weights, in the other direction. `grad_input` is `grad_output @ weights`: a sum, too,
# but over the layer's *outputs*.

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "back_question", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Exercise 8.6 · Two wishes, one number
#
# **Do** answer in the cell below. There is no activation here (for tanh near 0, whose slope is 1, it is nearly the
# same).
#
# 1. A gradient $\partial L / \partial a_j$ of mean square $u^2$ arrives at a linear layer. Take it as independent of
#    the weights. Derive the variance of $\partial L / \partial x_i$. Which $\sigma^2$ keeps the size of the gradient?
# 2. When can one $\sigma^2$ keep signals and gradients at once? Show where Glorot's compromise
#    $\sigma^2 = 2 / (n_\text{in} + n_\text{out})$ comes from, and say what it does to both in a layer with
#    $n_\text{out} = n_\text{in}/2$.
# 3. Show that a uniform distribution on $[-b, b]$ has the variance $b^2/3$. Which $b$ does Glorot's compromise need?
#
# **Why** a signal that arrives does not prove that the gradient does, and it is the gradient that learns.
#
# *20 minutes · difficulty 3 of 5 · 3 points*
# ### BEGIN MARK SCHEME
#
# **For whoever marks it.** One point for each of the three, half a point where only half of it is there:
#
# 1. *Backward.* $\partial L / \partial x_i = \sum_j w_{ji}\, \partial L / \partial a_j$, a sum of $n_\text{out}$ terms,
#    so its variance is $n_\text{out} \sigma^2 u^2$ by the argument of 8.1, and $\sigma^2 = 1/n_\text{out}$. A result
#    without the sum over $j$ gets half.
# 2. *Compromise.* Both only if $n_\text{in} = n_\text{out}$. The factors $n_\text{in} \sigma^2$ and
#    $n_\text{out} \sigma^2$ shall be 1 on average (or: the mean of both fans replaces one of them). With
#    $n_\text{out} = n_\text{in}/2$ the variance of signals is multiplied by 4/3, that of gradients by 2/3.
# 3. *Uniform.* $\frac{1}{2b} \int_{-b}^{b} w^2\, dw = b^2/3$, mean 0; $b = \sqrt{6/(n_\text{in} + n_\text{out})}$.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": true, "grade_id": "back", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# 1. Input $i$ reaches the loss through all outputs:
#    $\partial L / \partial x_i = \sum_j w_{ji}\, \partial L / \partial a_j$, with $n_\text{out}$ terms. The argument of
#    8.1 holds word for word, with the gradients in the place of the inputs: mean 0, and variance
#    $n_\text{out}\, \sigma^2\, u^2$. It keeps the size for $\sigma^2 = 1/n_\text{out}$.
# 2. Signals want $n_\text{in} \sigma^2 = 1$, gradients want $n_\text{out} \sigma^2 = 1$. Both hold only if
#    $n_\text{in} = n_\text{out}$. The compromise asks that the two factors are 1 on average:
#    $\frac{1}{2} (n_\text{in} + n_\text{out})\, \sigma^2 = 1$, so $\sigma^2 = 2/(n_\text{in} + n_\text{out})$. For
#    $n_\text{out} = n_\text{in}/2$ that is $\frac{4}{3} / n_\text{in}$: the variance of the signals is multiplied by
#    4/3, that of the gradients by 2/3.
# 3. The density is $1/(2b)$ and the mean 0, so the variance is
#    $\frac{1}{2b} \int_{-b}^{b} w^2\, dw = \frac{1}{2b} \cdot \frac{2 b^3}{3} = \frac{b^2}{3}$. From
#    $b^2/3 = 2/(n_\text{in} + n_\text{out})$ follows $b = \sqrt{6/(n_\text{in} + n_\text{out})}$.
# ### END SOLUTION

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Through which of the $a_j$ does $x_i$ reach the loss? How many terms has the sum?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# The argument of 8.1 used of the inputs only that the weights do not depend on them. Use it again. For the compromise
# write down both factors, the forward and the backward one, and ask for a mean of 1.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# $\frac{1}{2}(n_\text{in} \sigma^2 + n_\text{out} \sigma^2) = 1$. The variance of a distribution with mean 0 is the
# integral of $w^2$ times the density, which is $1/(2b)$ here.
# </details>

# %% [markdown]
# ### Exercise 8.7 · Glorot's rule
#
# **Do** fill in `glorot`: mean 0, variance $2/(n_\text{in} + n_\text{out})$, normal or uniform.
#
# **Why** it serves both ways, as well as one number can. Keras draws its dense layers by the uniform one, unless you say
# otherwise.
#
# *5 minutes · difficulty 1 of 5*

# %% [markdown]
# $$\mathrm{E}[w] = 0 \qquad \mathrm{var}(w) = \frac{2}{n_\text{in} + n_\text{out}}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $n_\text{in}$, $n_\text{out}$ | `n_in`, `n_out` | whole numbers |
# | $W$ | the result | (`n_out`, `n_in`) |
#
# In all else it promises what `lecun` does.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "glorot", "locked": false, "schema_version": 3, "solution": true, "task": false}
def glorot(n_in, n_out, rng, uniform=False):
    """Return weights (n_out, n_in), mean 0, variance 2 / (n_in + n_out), from rng."""
    ### BEGIN SOLUTION
    variance = 2 / (n_in + n_out)
    if uniform:
        bound = np.sqrt(3 * variance)
        return rng.uniform(-bound, bound, size=(n_out, n_in))
    return rng.normal(scale=np.sqrt(variance), size=(n_out, n_in))
    ### END SOLUTION


# %% [markdown]
# **Try it.** With 150 inputs and 50 outputs the standard deviation is 0.1, up to chance, and the uniform weights end at
# 0.173.

# %%
with attempt():
    weights = glorot(150, 50, np.random.default_rng(1))
    print(weights.shape, weights.std().round(2))  # (50, 150) 0.1
    weights = glorot(150, 50, np.random.default_rng(1), uniform=True)
    print(weights.std().round(2), np.abs(weights).max().round(3))  # 0.1 0.173


# %% deletable=false editable=false
@check
def check_glorot_normal():
    initialisation.compare_rule(
        *("glorot", glorot, lambda n_in, n_out: 2 / (n_in + n_out)),
        uniform=False,
        sizes=((150, 400), (400, 150), (250, 250)),
        seed=88,
        mistakes=candidates.initialisation.glorot_normal,
    )


# %% deletable=false editable=false
@check
def check_glorot_uniform():
    initialisation.compare_rule(
        *("glorot", glorot, lambda n_in, n_out: 2 / (n_in + n_out)),
        uniform=True,
        sizes=((150, 400), (400, 150), (250, 250)),
        seed=89,
        mistakes=candidates.initialisation.glorot_uniform,
    )


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_glorot_normal", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("glorot_normal")  # test_glorot_normal, 1 point
### BEGIN HIDDEN TESTS
from helpers import candidates, initialisation
from helpers.checks import graded


@graded
def test_glorot_normal():
    initialisation.compare_rule(
        *("glorot", glorot, lambda n_in, n_out: 2 / (n_in + n_out)),
        uniform=False,
        sizes=((157, 409), (409, 157), (263, 263), (1, 30_011), (30_011, 1)),
        seed=808,
        mistakes=candidates.initialisation.glorot_normal,
    )


### END HIDDEN TESTS

# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_glorot_uniform", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("glorot_uniform")  # test_glorot_uniform, 1 point
### BEGIN HIDDEN TESTS
from helpers import candidates, initialisation
from helpers.checks import graded


@graded
def test_glorot_uniform():
    initialisation.compare_rule(
        *("glorot", glorot, lambda n_in, n_out: 2 / (n_in + n_out)),
        uniform=True,
        sizes=((157, 409), (409, 157), (263, 263), (1, 30_011), (30_011, 1)),
        seed=809,
        mistakes=candidates.initialisation.glorot_uniform,
    )


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Would the weights of a layer with 100 inputs and 300 outputs have another variance if it were the other way round?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `lecun` once more, with another first line. The bound is the one that you derived in 8.6.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `variance = 2 / (n_in + n_out)`: mind the brackets. The uniform weights end at `np.sqrt(6 / (n_in + n_out))`.
# </details>

# %% [markdown]
# **Predict, then run.** A funnel without activations: 1024, 512, 256, 128, 64, 32 units. By which factor does the
# variance of the signal change in each layer with LeCun's rule, and that of the gradient on its way back? And with
# Glorot's?

# %%
with attempt():
    sizes = [1024, 512, 256, 128, 64, 32]
    for rule in (lecun, glorot):
        rng = np.random.default_rng(9)
        x, grad_output = draw(rng, (200, sizes[0]), (200, sizes[-1]))
        weights = [rule(*pair, rng) for pair in itertools.pairwise(sizes)]
        signals, gradients = (
            np.square(s) for s in spreads(weights, Identity, x, grad_output)
        )
        print(rule.__name__)
        print("  signals  ", (signals[1:] / signals[:-1]).round(2))
        print("  gradients", (gradients[:-1] / gradients[1:]).round(2))

# %% [markdown]
# Each layer has half as many outputs as inputs. LeCun's rule keeps the signal, and halves the variance of the gradient.
# Glorot's multiplies the one by 4/3 and the other by 2/3. In a funnel one of the two must give way. (He and others
# note that either rule alone will do: along the whole network the factors $n_\text{out}/n_\text{in}$ cancel, up to the
# ratio of its last and first size. What ruins a deep network is a factor that comes back in every layer.)

# %% [markdown]
# ## Every rule, every activation
#
# Five rules: a fixed standard deviation of 0.01, one of 1, and your three. Three activations. Fifty layers of 256
# units, so that `lecun` and `glorot` want the same here. The table shows what is left after fifty layers, and by which
# factor the variance changes in each, from layer 10 on.
#
# **Predict, then run.** Which of the fifteen let both signal and gradient through? With which is the signal fine, and
# the gradient lost?

# %%
ACTIVATIONS = {"Tanh": Tanh, "Sigmoid": Sigmoid, "ReLU": ReLU}
RULES = {
    "0.01": fixed(0.01),
    "1": fixed(1.0),
    "lecun": lecun,
    "glorot": glorot,
    "he": he,
}


@functools.cache
def measure(kind):
    """Return the spreads with an activation for each rule; go through only once."""
    return {name: go_through(rule, ACTIVATIONS[kind]) for name, rule in RULES.items()}


# %%
with attempt():
    print(f"{'':16} {'signal 50':>10} {'factor':>9} {'gradient 0':>12} {'factor':>9}")
    for kind, name in itertools.product(ACTIVATIONS, RULES):
        signals, gradients = measure(kind)[name]
        forth = (signals[50] / signals[10]) ** (2 / 40)
        back = (gradients[0] / gradients[40]) ** (2 / 40)
        ends = f"{signals[50]:10.2g} {forth:9.3g} {gradients[0]:12.2g} {back:9.3g}"
        print(f"{kind:9}{name:7} {ends}")

# %% [markdown]
# Now watch it, layer by layer. The signal goes forward first, then the gradient comes back. Choose another activation
# while it runs.


# %%
def there_and_back(settings):
    """Show one layer more at each step: fifty forward, then fifty back."""
    layers = np.arange(DEPTH + 1)
    for step in range(1, 2 * DEPTH + 2):
        ahead = slice(0, step + 1)
        back = slice(max(0, 2 * DEPTH - step), None if step > DEPTH else 0)
        shown = measure(settings.activation)
        yield {
            "signal": {n: (layers[ahead], s[ahead]) for n, (s, _) in shown.items()},
            "gradient": {n: (layers[back], g[back]) for n, (_, g) in shown.items()},
        }


# %%
with attempt():
    measure("ReLU")
    axes = {"xlim": (0, DEPTH), "ylim": (1e-30, 1e30), "xlabel": "layer", "log": True}
    axes["dashed"] = ["glorot"]  # it covers the line of lecun
    live.play(
        there_and_back,
        live.Lines("signal", list(RULES), **axes),
        live.Lines("gradient", list(RULES), **axes),
        steps=2 * DEPTH + 1,
        speed=10,
        budget=0.5,
        activation=live.Choice({name: name for name in ACTIVATIONS}, "ReLU"),
    )

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# - **ReLU.** `he` brings both through, to about 1. `lecun` and `glorot` halve the variance in each layer:
#   $3 \cdot 10^{-8}$ are left after fifty.
# - **Tanh.** `lecun` and `glorot` bring a tenth of both through. `he` keeps the signal, but the gradient grows
#   eightfold. With 1 the signal looks best of all, 0.97: every unit sits at $\pm 1$. The gradient then grows to
#   $10^{23}$.
# - **Sigmoid.** None of your three rules brings the gradient through: the slope of a sigmoid is at most 1/4. With 1 it
#   does arrive, $3 \cdot 10^4$ times too large. And the signal of your rules does not arrive either, though 0.12 seems
#   to be left. See the next cell.
# - **0.01.** Dead in every activation, for 256 units. It would be right for 10,000.
# </details>

# %% [markdown]
# **Predict, then run.** A spread over all entries mixes two things: how units differ, and how samples differ. Only the
# second one carries what the input says. How much of it is left behind fifty layers of sigmoids?

# %%
with attempt():
    rng = np.random.default_rng(10)
    for layer, rule in ((Sigmoid, lecun), (Tanh, lecun), (ReLU, he)):
        (h,) = draw(rng, (64, WIDTH))
        for _ in range(DEPTH):
            h = layer().forward(
                Linear(WIDTH, WIDTH, rule(WIDTH, WIDTH, rng)).forward(h)
            )
        between = h.std(axis=0).mean()  # samples, unit by unit
        print(f"{layer.__name__:8} all {h.std():.2g}, between samples {between:.2g}")

# %% [markdown]
# All 64 samples have become the same, behind fifty sigmoids: to sixteen digits. With ReLU, too, most of the spread is
# between units: each layer makes samples more alike, even when the size is right. A good start is necessary, and not
# sufficient; residual connections and normalisation are what came after.

# %% [markdown]
# ## The start that never learns
#
# Why draw weights at all? Why not begin with zeros, or with the same number everywhere? Look at a hidden layer whose
# units all have the same weights in and the same weight out. In the forward pass they say the same. In the backward
# pass they get the same gradient. So they take the same step, and are the same afterwards, and so on for ever. However
# many there are, the network has one hidden unit.
#
# **Predict, then run.** Eight tanh units learn a parabola from four starts: all weights 0; all weights 0.5; all weights
# 0.5 but random biases in the hidden layer; LeCun's rule. How many *different* hidden units are there after 300 epochs?
# Which of the four learn?


# %%
def begin(start, rng):
    """Return a network 1-8-1 with such a start."""
    model = MLP(1, 8, 1, Tanh, rng=rng)
    for layer, (n_in, n_out) in ((model.linear1, (1, 8)), (model.linear2, (8, 1))):
        value = 0.0 if start == "all 0" else 0.5
        random = start == "lecun"
        layer.weights = (
            lecun(n_in, n_out, rng) if random else np.full((n_out, n_in), value)
        )
    if start == "0.5, random biases":
        model.linear1.biases = rng.normal(size=8)
    return model


# %%
with attempt():
    x = np.linspace(-1, 1, 64)[:, np.newaxis]  # (64, 1)
    t = 2 * x**2 - 1
    drawn = {"target": (x[:, 0], t[:, 0])}
    epochs = 1 if is_grading() else 300
    settings = {"epochs": epochs, "batch_size": 16, "learning_rate": 0.1}
    for start in ("all 0", "all 0.5", "0.5, random biases", "lecun"):
        rng = np.random.default_rng(12)
        model = begin(start, rng)
        history = train(model, MSELoss(), x, t, rng=rng, **settings)
        drawn[start] = x[:, 0], model.forward(x)[:, 0]
        units = np.c_[model.linear1.weights, model.linear1.biases].round(6)
        different = len(np.unique(units, axis=0))
        print(f"{start:20} {different} different units, loss {history[-1]:.4f}")
    plots.curves(drawn, xlabel="x", ylabel="prediction")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# - All 0: the hidden layer says 0, so the weights behind it get no gradient; these are 0, so the hidden layer gets none
#   either. Only the last bias learns: the mean of the targets.
# - All 0.5: the weights do move, all by the same steps. One hidden unit, eight times, cannot bend down and up again.
# - Different biases are enough to break the symmetry. But so are different weights, and then biases may start at 0, as
#   they do in this course.
# </details>

# %% [markdown]
# ## Does it matter?
#
# A deep reader of digits: 784 inputs, ten hidden layers of 64 units with ReLU, ten classes. Three networks that differ
# in nothing but the scale of their first weights.
#
# **Predict, then run.** What is the loss of a network that says the same to every image? ($\ln 10 = 2.30$.) Which of
# the three stay there, and for how long? LeCun's rule loses a factor of $2^{-10}$ in variance in ten layers: is that
# too much?

# %%
files = data.fetch_idx("mnist")
x_train = preprocess(parse_idx(files.train_images)[:6000])  # (N, 784), float32
labels_train = parse_idx(files.train_labels)[:6000]
x_train = (x_train - x_train.mean()) / x_train.std()
print(files.source, x_train.shape)


# %%
def build_reader(rule):
    """Return a network 784-64-...-64-10 with ReLU, in float32."""
    rng, layers = np.random.default_rng(0), []
    for n_in, n_out in itertools.pairwise([784] + [64] * 10 + [10]):
        weights = rule(n_in, n_out, rng).astype(np.float32)
        layers += [Linear(n_in, n_out, weights), ReLU()]
    return Sequential(layers[:-1])


def learn(model, x, labels, learning_rate=0.03):
    """Take one step on a batch; return its loss and its accuracy, before the step."""
    loss = SoftmaxCrossEntropy()
    logits = model.forward(x)
    value = loss.forward(logits, labels)
    model.backward(loss.backward())
    model.update_params(learning_rate)
    return value, accuracy(logits, labels)


def batches(steps, rng):
    """Yield (step, batch, labels), epoch after epoch."""
    epochs = iter(lambda: minibatches(x_train, labels_train, 64, rng), None)
    endless = itertools.chain.from_iterable(epochs)
    steps = 1 if is_grading() else steps
    for step, (batch, labels) in enumerate(itertools.islice(endless, steps)):
        yield step, batch, labels


# %%
with attempt():
    readers = {"0.01": fixed(0.01), "lecun": lecun, "he": he}
    readers = {name: build_reader(rule) for name, rule in readers.items()}
    curve = {"lines": list(readers), "xlabel": "batch", "xlim": (0, 400), "smooth": 0.9}
    board = live.Board(
        live.Curve("loss", ylim=(0, 3), **curve),
        live.Curve("accuracy", ylim=(0, 1), **curve),
        budget=0.2,
    )
    recent = {name: [] for name in readers}
    with board:
        for step, batch, labels in batches(400, np.random.default_rng(1)):
            now = {name: learn(model, batch, labels) for name, model in readers.items()}
            board.update(
                loss=(step, {name: loss for name, (loss, _) in now.items()}),
                accuracy=(step, {name: right for name, (_, right) in now.items()}),
            )
            for name, (_, right) in now.items():
                recent[name].append(right)
    for name, right in recent.items():
        print(f"{name:6} accuracy over the last 50 batches {np.mean(right[-50:]):.1%}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# On MNIST `he` learns at once, and gets about 93 % of the batches right. `lecun` says the same to every image for a
# hundred batches; then the weights have grown large enough, and it learns: it pays with time. `0.01` stays at 2.30. The
# deeper the network, the more the beginning matters: with one hidden layer all three learn, and with thirty only `he`
# has begun to learn after 400 batches.
# </details>

# %% [markdown]
# **Ask yourself.** PyTorch's `Linear` draws uniform weights between $-1/\sqrt{n_\text{in}}$ and $1/\sqrt{n_\text{in}}$,
# unless you say otherwise. Which variance is that? What is left of a signal after fifty layers, with ReLU?
#
# <details><summary>An answer</summary>
#
# $b^2/3 = 1/(3 n_\text{in})$, a third of LeCun's variance and a sixth of He's. Fifty layers with ReLU leave
# $6^{-25} \approx 4 \cdot 10^{-20}$ of the standard deviation. You can put
# `lambda n_in, n_out, rng: lecun(n_in, n_out, rng, uniform=True) / np.sqrt(3)` into `go_through`, and see. It does no
# harm in the shallow networks, and in those with normalisation, that are built with it; in a deep plain one you have to
# say which rule you want.
# </details>

# %% [markdown]
# ## Summary
#
# - A sum of $n_\text{in}$ products with independent weights has the variance $n_\text{in}\, \sigma^2\, v^2$. Of the
#   inputs only their mean square counts.
# - Whatever factor a layer has, depth takes it to a power. So it has to be near 1.
# - LeCun: $1/n_\text{in}$ keeps the signal. He: $2/n_\text{in}$, because ReLU loses half of the mean square. The way
#   back wants $1/n_\text{out}$. Glorot: $2/(n_\text{in} + n_\text{out})$, a mean of both wishes.
# - Uniform or normal makes no difference to the variance: a uniform distribution on $[-b, b]$ has $b^2/3$.
# - Units that begin equal stay equal. Random weights make them different.
# - If a deep network does not learn, send one batch forward and back, and look at the spreads.
#
# **Where this comes from.** LeCun, Bottou, Orr and Müller, *Efficient BackProp*, in Neural Networks: Tricks of the
# Trade, Springer (1998), section 4.6. Glorot and Bengio, *Understanding the difficulty of training deep feedforward
# neural networks*, AISTATS (2010). He, Zhang, Ren and Sun, *Delving deep into rectifiers*, ICCV (2015). What Keras and
# PyTorch draw is from their documentation (`keras.layers.Dense`, `torch.nn.Linear`).

# %%
summary()
