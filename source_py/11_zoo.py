# %% [markdown]
# # 11 · The zoo
#
# **What you'll do.** Build what stands in papers and in libraries beside the few pieces you know: more activations,
# more losses, more optimisers, and dropout. Each is a few lines long. Then let them compete, and measure.
#
# **What you'll learn.** To turn a formula in a paper into code that is right, also far out; which idea each piece
# adds to the one before it; how to compare them fairly; and that the choice matters less often than people say.
#
# **What you need.** Notebooks 01 to 07 (what they built comes along in `parts.py`). The notebook has parts that do
# not depend on each other: activations (65 minutes), losses (2 hours), optimisers (50 minutes) and dropout (30
# minutes). Your course may have handed out only some of them, and then the numbers of the exercises have gaps.

# %%
import itertools
import math

import numpy as np
from parts import (
    SGD,
    Adam,
    Linear,
    Momentum,
    MSELoss,
    ReLU,
    Sequential,
    Sigmoid,
    SoftmaxCrossEntropy,
    Tanh,
    accuracy,
    minibatches,
    parameters,
    softmax,
)
from sklearn.datasets import load_digits

from helpers import candidates, contracts, live, plots
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
from helpers.execution import is_grading

# %% [markdown]
# ## Words in this notebook
#
# | name | meaning | shape |
# | --- | --- | --- |
# | `x`, `y` | what goes into a layer, and what comes out; in a loss on numbers, `y` is a prediction | (N, D) |
# | `grad_output` | $\partial L/\partial$ output, handed back by whatever comes next | like the output |
# | `logits` | class scores | (N, C), (N, K) |
# | `labels` | integer classes, 0 to C - 1 | (N,) |
# | `targets`, `t` | what the network should say | like the logits, or the prediction |
#
# The rules of the course hold for everything below, and the checks rely on them: only a loss divides; no function
# changes its arguments, nor what it has returned before; `backward` may be called twice and answers the same; float32
# in gives float32 out; integers count as float64; any number of rows, from 1 on. At a kink every subgradient is
# right, and the checks stay away from kinks. All must be right for numbers of $\pm 1000$, without a clip and without
# a small number added.

# %% [markdown] tags=["part:activations", "part:losses", "part:optimisers"]
# The next cell opens the zoo. What you build moves in at the end of its part, and at the end of the notebook
# everything that lives there competes.

# %% tags=["part:activations", "part:losses", "part:optimisers"]
zoo = {
    "activations": {"Tanh": Tanh, "ReLU": ReLU},
    "losses": {"SoftmaxCrossEntropy": SoftmaxCrossEntropy},
    # An optimiser, and a learning rate that suits it on the task at the end.
    "optimisers": {
        "SGD": (SGD, 0.6),
        "Momentum": (Momentum, 0.06),
        "Adam": (Adam, 0.02),
    },
}

# %% [markdown] tags=["part:losses", "part:dropout"]
# Further down some labels are made wrong, on purpose. This is how.


# %% tags=["part:losses", "part:dropout"]
def spoil(labels, count, classes, rng):
    """Return a copy of the labels in which `count` of them are wrong."""
    spoilt, wrong = labels.copy(), rng.choice(len(labels), count, replace=False)
    spoilt[wrong] = (spoilt[wrong] + rng.integers(1, classes, size=count)) % classes
    return spoilt


# %% [markdown] tags=["part:activations"]
# ## Activations
#
# ReLU has a price: a unit that is off for every sample has a gradient of 0 for every sample, and its weights stay as
# they are. The three activations that follow let a little of the negative side through, each in its own way.
#
# ### Exercise 11.1 · Leaky ReLU
#
# **Do** fill in `forward` and `backward`.
#
# **Why** it is the smallest possible answer to units that die: a line with a slope of 0.01 instead of nothing.
#
# *10 minutes · difficulty 1 of 5*

# %% [markdown] tags=["part:activations"]
# $$g(x) = \begin{cases} x & x > 0 \\ a\,x & x < 0 \end{cases} \qquad\qquad
# g'(x) = \begin{cases} 1 & x > 0 \\ a & x < 0 \end{cases}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $x$, $g(x)$ | `x`, the result of `forward` | (N, D) |
# | $a$ | `self.slope`, a plain float | a number |
#
# Mind the dtypes: `np.where(x > 0, 1.0, self.slope)` is an array of float64, whatever `x` is, and makes float64 of
# everything it is multiplied with. A plain float does not.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "leaky_relu", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["part:activations"]
class LeakyReLU:
    """Each entry if it is positive, else `slope` times the entry."""

    def __init__(self, slope=0.01):
        self.slope = slope

    def forward(self, x):
        """Take x (N, D), return y (N, D); remember what backward needs."""
        ### BEGIN SOLUTION
        self.x = 1.0 * x
        return np.where(self.x > 0, self.x, self.slope * self.x)
        ### END SOLUTION

    def backward(self, grad_output):
        """Take dL/dy (N, D), return dL/dx (N, D)."""
        ### BEGIN SOLUTION
        return np.where(self.x > 0, grad_output, self.slope * grad_output)
        ### END SOLUTION


# %% [markdown] tags=["part:activations"]
# **Try it.** With a slope of 0.1 the inputs -2, 3 and 0.5 become -0.2, 3 and 0.5, and a gradient of (10, 20, -30)
# comes back as (1, 20, -30).

# %% tags=["part:activations"]
with attempt():
    layer = LeakyReLU(slope=0.1)
    print(layer.forward(np.array([[-2.0, 3.0, 0.5]])))  # [[-0.2  3.   0.5]]
    print(layer.backward(np.array([[10.0, 20.0, -30.0]])))  # [[  1.  20. -30.]]


# %% deletable=false editable=false tags=["part:activations"]
@check
def check_leaky_relu_forward():
    rng = np.random.default_rng(1)
    known = {-1000: -250, -2: -0.5, -1: -0.25, -0.5: -0.125}  # for a slope of 1/4
    x = rng.choice([-1000.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 1000.0], size=(3, 4))

    def right(x):
        return np.vectorize(lambda v: known.get(v, v), otypes=[float])(x)

    def describe(**given):
        return candidates.zoo.leaky_forward(**given, slope=0.25)

    contracts.compare_forward(lambda: LeakyReLU(0.25), [x, x[:1]], right, describe)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_leaky_relu_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:activations"]
ready("leaky_relu_forward")  # test_leaky_relu_forward, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, graded


@graded
def test_leaky_relu_forward():
    rng = np.random.default_rng(1101)
    for slope in (0.3, 0.01, 1.0):

        def right(x, slope=slope):
            rows = [[v if v > 0 else slope * v for v in row] for row in x.tolist()]
            return np.array(rows, dtype=float)

        def describe(slope=slope, **given):
            return candidates.zoo.leaky_forward(**given, slope=slope)

        inputs = [4 * rng.normal(size=(n, d)) for n, d, _ in OTHER_SIZES]
        inputs.append(np.array([[-1000.0, -2.0, 3.0, 1000.0]]))
        contracts.compare_forward(
            lambda slope=slope: LeakyReLU(slope), inputs, right, describe
        )


### END HIDDEN TESTS


# %% deletable=false editable=false tags=["part:activations"]
@check
def check_leaky_relu_backward():
    def make():
        return LeakyReLU(0.25)

    def describe(**given):
        return candidates.zoo.leaky_backward(**given, slope=0.25)

    LeakyReLU().forward(np.ones((1, 1)))
    needs("leaky_relu_forward")  # nudging it tells nothing if it is wrong
    rng, shapes = np.random.default_rng(2), [(n, d) for n, d, _ in SIZES]
    right = contracts.nudge_layer(make)
    contracts.compare_backward(make, shapes, right, describe, rng, rtol=1e-6)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_leaky_relu_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:activations"]
ready("leaky_relu_backward")  # test_leaky_relu_backward, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, graded


@graded
def test_leaky_relu_backward():
    rng, shapes = np.random.default_rng(1102), [(n, d) for n, d, _ in OTHER_SIZES]
    for slope in (0.3, 0.01):

        def right(x, grad_output, slope=slope):
            negative = (np.sign(x) - 1) / -2
            return grad_output * (1 - (1 - slope) * negative)

        def describe(slope=slope, **given):
            return candidates.zoo.leaky_backward(**given, slope=slope)

        contracts.compare_backward(
            lambda slope=slope: LeakyReLU(slope), shapes, right, describe, rng
        )


### END HIDDEN TESTS

# %% [markdown] tags=["part:activations"]
# <details><summary>Hint 1: a question</summary>
#
# Which of the two cases of `ReLU` changes, and what stands there now in `forward`, and in `backward`?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `np.where` takes a condition and two arrays, and picks entry by entry. Both methods ask the same condition, of the
# input: so `forward` keeps the input.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `np.where(x > 0, x, self.slope * x)`, with an `x` of floats. In `backward` the condition is the same, and
# `grad_output` stands where `x` stood.
# </details>

# %% [markdown] tags=["part:activations"]
# ### Exercise 11.2 · GELU
#
# **Do** fill in both methods of the *Gaussian error linear unit*. The error function `erf` is given.
#
# **Why** it is the activation of BERT and of GPT-2. It lets through a *share* of each entry, and the share is the
# probability that a standard normal number is smaller than the entry: large entries pass whole, very negative ones
# not at all, and in between it is smooth.
#
# *20 minutes · difficulty 3 of 5*

# %% [markdown] tags=["part:activations"]
# $$g(x) = x\,\Phi(x) \qquad \Phi(x) = \tfrac12\left(1 + \operatorname{erf}\frac{x}{\sqrt 2}\right)$$
#
# $$g'(x) = \Phi(x) + x\,\varphi(x) \qquad \varphi(x) = \frac{1}{\sqrt{2\pi}}\,e^{-x^2/2}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $x$, $g(x)$ | `x`, the result of `forward` | (N, D) |
# | $\Phi$ | the share: the area under the bell curve left of $x$ | (N, D) |
# | $\varphi = \Phi'$ | the bell curve itself | (N, D) |
# | $\operatorname{erf}$ | `erf(x)`, entry by entry, in the dtype of `x` | like `x` |
#
# The slope is the product rule: the first factor's derivative times the second, plus the first times the second's.
#
# Write this exact form. The approximations that you find on the net, one with tanh and one with a sigmoid, are there
# for speed. And take roots with `math.sqrt` or `** 0.5`: the result of `np.sqrt(2)` is a number of NumPy's, and
# float32 divided by one of those is float64.

# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "gelu", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["part:activations"]
import math


def erf(x):
    """Return the error function of each entry, in the dtype of x."""
    x = 1.0 * np.asarray(x)
    return np.vectorize(math.erf, otypes=[x.dtype])(x)


class GELU:
    """Gaussian error linear unit: x times the normal distribution function of x."""

    def forward(self, x):
        """Take x (N, D), return y (N, D); remember what backward needs."""
        ### BEGIN SOLUTION
        self.x = 1.0 * x
        self.share = (1 + erf(self.x / math.sqrt(2))) / 2
        return self.x * self.share
        ### END SOLUTION

    def backward(self, grad_output):
        """Take dL/dy (N, D), return dL/dx (N, D)."""
        ### BEGIN SOLUTION
        density = np.exp(-(self.x**2) / 2) / math.sqrt(2 * math.pi)
        return grad_output * (self.share + self.x * density)
        ### END SOLUTION


# %% [markdown] tags=["part:activations"]
# **Try it.** 84.1 % of a normal distribution lie below 1, so $g(1) = 0.841$, and $g(-1) = -0.159$. The slope at 0 is
# a half.

# %% tags=["part:activations"]
with attempt():
    layer = GELU()
    print(layer.forward(np.array([[-1.0, 0.0, 1.0]])))  # [[-0.15865525 0. 0.84134475]]
    print(layer.backward(np.ones((1, 3))))  # [[-0.08331547 0.5 1.08331547]]


# %% deletable=false editable=false tags=["part:activations"]
@check
def check_gelu_forward():
    rng = np.random.default_rng(3)
    known = {0.0: 0.0, 0.5: 0.345731230637, 1.0: 0.841344746069}
    known |= {2.0: 1.954499736104, 3.0: 2.995950305881, 1000.0: 1000.0}
    known |= {-v: value - v for v, value in known.items()}  # Phi(-x) = 1 - Phi(x)

    def right(x):
        return np.vectorize(known.get, otypes=[float])(x)

    def describe(**given):
        return candidates.zoo.gelu_forward(**given, erf=erf)

    inputs = [rng.choice([-3.0, -1.0, 0.5, 1.0, 2.0], size=s) for s in ((4, 3), (1, 5))]
    inputs.append(np.array([[-1000.0, 1000.0]]))
    contracts.compare_forward(GELU, inputs, right, describe)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_gelu_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:activations"]
ready("gelu_forward")  # test_gelu_forward, 1 point
### BEGIN HIDDEN TESTS
import math

import numpy as np

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, graded


@graded
def test_gelu_forward():
    rng = np.random.default_rng(1103)

    def right(x):
        rows = [[v * math.erfc(-v / 2**0.5) / 2 for v in row] for row in x.tolist()]
        return np.array(rows)

    def describe(**given):
        return candidates.zoo.gelu_forward(**given, erf=np.vectorize(math.erf))

    inputs = [2 * rng.normal(size=(n, d)) for n, d, _ in OTHER_SIZES]
    inputs.append(np.array([[-1000.0, -9.0, 9.0, 1000.0]]))
    contracts.compare_forward(GELU, inputs, right, describe)


### END HIDDEN TESTS


# %% deletable=false editable=false tags=["part:activations"]
@check
def check_gelu_backward():
    GELU().forward(np.ones((1, 1)))
    needs("gelu_forward")  # nudging it tells nothing if it is wrong
    rng, shapes = np.random.default_rng(4), [(n, d) for n, d, _ in SIZES]
    right, describe = contracts.nudge_layer(GELU), candidates.zoo.gelu_backward
    contracts.compare_backward(GELU, shapes, right, describe, rng, rtol=1e-6)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_gelu_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["part:activations"]
ready("gelu_backward")  # test_gelu_backward, 2 points
### BEGIN HIDDEN TESTS
import math

import numpy as np

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, graded, run_forward, same


@graded
def test_gelu_backward():
    rng, shapes = np.random.default_rng(1104), [(n, d) for n, d, _ in OTHER_SIZES]

    def slope(v):
        bell = math.exp(-0.5 * v * v) / (2 * math.pi) ** 0.5
        return math.erfc(-v / 2**0.5) / 2 + v * bell

    def right(x, grad_output):
        return grad_output * np.array([[slope(v) for v in row] for row in x.tolist()])

    describe = candidates.zoo.gelu_backward
    contracts.compare_backward(GELU, shapes, right, describe, rng)
    layer = GELU()
    run_forward(layer, np.array([[-1000.0, 1000.0]]))
    came, expected = layer.backward(np.array([[3.0, 3.0]])), np.array([[0.0, 3.0]])
    same("backward(grad_output) at -1000 and 1000", came, expected)


### END HIDDEN TESTS

# %% [markdown] tags=["part:activations"]
# <details><summary>Hint 1: a question</summary>
#
# Both methods need $\Phi(x)$. Where is it computed, and where kept?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `forward`: make floats of `x`, work out the share with `erf`, keep both, return their product. `backward`: the bell
# curve at `x`, then share plus `x` times bell, times `grad_output`.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# The share is one half of one plus `erf(x / math.sqrt(2))`. The bell is `np.exp(-(x**2) / 2)` divided by `math.sqrt(2
# * math.pi)`: mind the minus, which belongs to the exponent and not to the base of the square.
# </details>

# %% [markdown] tags=["part:activations"]
# **Predict, then run.** GELU is not monotonic: somewhere it turns. Where, roughly, and how deep? What is the slope
# there, and can it be above 1 anywhere?

# %% tags=["part:activations"]
with attempt():
    layer = GELU()
    plots.activation(layer.forward, layer.backward, name="GELU")

# %% [markdown] tags=["part:activations"]
# ### Exercise 11.3 · SiLU
#
# **Do** fill in both methods of the *sigmoid linear unit*, also called swish.
#
# **Why** a smooth share that is cheaper: the sigmoid, which you have got. It was found more than once, by thinking and
# by a program that put formulas together and trained networks with them.
#
# *15 minutes · difficulty 2 of 5*

# %% [markdown] tags=["part:activations"]
# $$g(x) = x\,\sigma(x) \qquad \sigma(x) = \frac{1}{1 + e^{-x}} \qquad\qquad
# g'(x) = \sigma(x) + x\,\sigma(x)\,(1 - \sigma(x))$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $x$, $g(x)$ | `x`, the result of `forward` | (N, D) |
# | $\sigma$ | the share; `Sigmoid().forward(x)` of notebook 02 is right at $\pm 1000$ | (N, D) |


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "silu", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["part:activations"]
class SiLU:
    """Sigmoid linear unit: x times the sigmoid of x."""

    def forward(self, x):
        """Take x (N, D), return y (N, D); remember what backward needs."""
        ### BEGIN SOLUTION
        self.x = 1.0 * x
        self.share = Sigmoid().forward(self.x)
        return self.x * self.share
        ### END SOLUTION

    def backward(self, grad_output):
        """Take dL/dy (N, D), return dL/dx (N, D)."""
        ### BEGIN SOLUTION
        return grad_output * self.share * (1 + self.x * (1 - self.share))
        ### END SOLUTION


# %% [markdown] tags=["part:activations"]
# **Try it.** $\sigma(1) = 0.731$, so $g(1) = 0.731$ and $g(-1) = -0.269$. The slope at 0 is a half.

# %% tags=["part:activations"]
with attempt():
    layer = SiLU()
    print(layer.forward(np.array([[-1.0, 0.0, 1.0]])))  # [[-0.26894142 0. 0.73105858]]
    print(layer.backward(np.ones((1, 3))))  # [[0.07232949 0.5 0.92767051]]


# %% deletable=false editable=false tags=["part:activations"]
@check
def check_silu_forward():
    rng = np.random.default_rng(5)
    known = {0.0: 0.0, 0.5: 0.311229665601, 1.0: 0.731058578630}
    known |= {2.0: 1.761594155956, 3.0: 2.857722380473, 1000.0: 1000.0}
    known |= {-v: value - v for v, value in known.items()}  # sigma(-x) = 1 - sigma(x)

    def right(x):
        return np.vectorize(known.get, otypes=[float])(x)

    inputs = [rng.choice([-3.0, -1.0, 0.5, 1.0, 2.0], size=s) for s in ((4, 3), (1, 5))]
    inputs.append(np.array([[-1000.0, 1000.0]]))
    contracts.compare_forward(SiLU, inputs, right, candidates.zoo.silu_forward)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_silu_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:activations"]
ready("silu_forward")  # test_silu_forward, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, graded


@graded
def test_silu_forward():
    rng = np.random.default_rng(1105)

    def right(x):
        return x * (1 + np.tanh(x / 2)) / 2

    inputs = [2 * rng.normal(size=(n, d)) for n, d, _ in OTHER_SIZES]
    inputs.append(np.array([[-1000.0, -30.0, 30.0, 1000.0]]))
    contracts.compare_forward(SiLU, inputs, right, candidates.zoo.silu_forward)


### END HIDDEN TESTS


# %% deletable=false editable=false tags=["part:activations"]
@check
def check_silu_backward():
    SiLU().forward(np.ones((1, 1)))
    needs("silu_forward")  # nudging it tells nothing if it is wrong
    rng, shapes = np.random.default_rng(6), [(n, d) for n, d, _ in SIZES]
    right, describe = contracts.nudge_layer(SiLU), candidates.zoo.silu_backward
    contracts.compare_backward(SiLU, shapes, right, describe, rng, rtol=1e-6)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_silu_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:activations"]
ready("silu_backward")  # test_silu_backward, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, graded, run_forward, same


@graded
def test_silu_backward():
    rng, shapes = np.random.default_rng(1106), [(n, d) for n, d, _ in OTHER_SIZES]

    def right(x, grad_output):
        half = np.tanh(x / 2)
        return grad_output * ((1 + half) / 2 + x * (1 - half**2) / 4)

    describe = candidates.zoo.silu_backward
    contracts.compare_backward(SiLU, shapes, right, describe, rng)
    layer = SiLU()
    run_forward(layer, np.array([[-1000.0, 1000.0]]))
    came, expected = layer.backward(np.array([[3.0, 3.0]])), np.array([[0.0, 3.0]])
    same("backward(grad_output) at -1000 and 1000", came, expected)


### END HIDDEN TESTS

# %% [markdown] tags=["part:activations"]
# <details><summary>Hint 1: a question</summary>
#
# What is different from GELU? Only one function and its derivative: which?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Keep `x`, as floats, and the share. The derivative of the share is the share times one minus the share.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# The share is `Sigmoid().forward(x)`: a new `Sigmoid` each time does no harm. Take it out of the sum in $g'$, and
# what is left is `1 + x * (1 - share)`.
# </details>

# %% [markdown] tags=["part:activations"]
# **Predict, then run.** All of them in one picture, and their slopes in another. Which two are hard to tell apart?
# Whose slope is above 1 somewhere? Which of them can a unit not come back from?

# %% tags=["part:activations"]
with attempt():
    row = np.linspace(-4, 4, 161)[np.newaxis]
    values, slopes = {}, {}
    for activation in (ReLU(), LeakyReLU(0.1), GELU(), SiLU()):
        name = type(activation).__name__
        values[name] = (row[0], activation.forward(row)[0])
        slopes[name] = (row[0], activation.backward(np.ones_like(row))[0])
    plots.curves(values, xlabel="x", ylabel="g(x)")
    plots.curves(slopes, xlabel="x", ylabel="slope of g")

# %% [markdown] tags=["part:activations"]
# ### Exercise 11.4 · Softmax as a layer
#
# **Do** fill in `backward`. `forward` is given: it is your `softmax` of notebook 06.
#
# **Why** this is the first function that does *not* act entry by entry: every probability of a row depends on all the
# scores of the row. Attention uses softmax in the middle of a network, far from any cross-entropy that would make the
# gradient simple.
#
# *20 minutes · difficulty 4 of 5*

# %% [markdown] tags=["part:activations"]
# For one sample with scores $z$ and probabilities $s$, the derivative of each output with respect to each input is a
# matrix, the *Jacobian*:
#
# $$J_{ij} = \frac{\partial s_i}{\partial z_j} = s_i\,(\delta_{ij} - s_j) \qquad\qquad
# \frac{\partial L}{\partial z_j} = \sum_i g_i\, J_{ij} = s_j \Big(g_j - \sum_i g_i\, s_i\Big)$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $z$ | `x`, one sample a row | (N, C) |
# | $s$ | what `forward` returns | (N, C) |
# | $g$ | `grad_output` | (N, C) |
# | $\delta_{ij}$ | 1 if $i = j$, else 0 | |
#
# On the diagonal stands $s_j (1 - s_j)$, which looks like the slope of the sigmoid. Whoever stops there forgets what
# a score does to the *other* probabilities: it lowers all of them. On the right the matrix is gone: N matrices of C
# times C need not be made.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "softmax_layer", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["part:activations"]
class Softmax:
    """Softmax of each row, as a layer."""

    def forward(self, x):
        """Take scores x (N, C), return probabilities (N, C)."""
        self.output = softmax(x)
        return self.output

    def backward(self, grad_output):
        """Take dL/d(probabilities) (N, C), return dL/dx (N, C)."""
        ### BEGIN SOLUTION
        weighted = self.output * grad_output
        return weighted - self.output * weighted.sum(axis=1, keepdims=True)
        ### END SOLUTION


# %% [markdown] tags=["part:activations"]
# **Try it.** Probabilities 1/8, 2/8 and 5/8. If the loss grows with the first one only, at a rate of 64, then the
# gradient is 64 times the first column of the Jacobian: $64 \cdot \frac18 \cdot \frac78 = 7$, then $-2$ and $-5$.
# Each row of a gradient has the sum 0, because adding the same number to all scores changes nothing.

# %% tags=["part:activations"]
with attempt():
    layer = Softmax()
    layer.forward(np.log([[1.0, 2.0, 5.0]]))
    print(layer.backward(np.array([[64.0, 0.0, 0.0]])))  # nearly [[ 7. -2. -5.]]


# %% deletable=false editable=false tags=["part:activations"]
@check
def check_softmax_layer():
    rng, shapes = np.random.default_rng(7), [(n, c) for n, c, _ in SIZES]
    right, describe = contracts.nudge_layer(Softmax), candidates.zoo.softmax_layer
    contracts.compare_backward(Softmax, shapes, right, describe, rng, rtol=1e-6)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_softmax_layer", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["part:activations"]
ready("softmax_layer")  # test_softmax_layer, 2 points
### BEGIN HIDDEN TESTS
import numpy as np
from parts import softmax

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, graded, same


@graded
def test_softmax_layer():
    rng, shapes = np.random.default_rng(1107), [(n, c) for n, c, _ in OTHER_SIZES]

    def right(x, grad_output):
        rows = []
        for s, g in zip(softmax(x), grad_output, strict=True):
            rows.append((np.diag(s) - np.outer(s, s)) @ g)
        return np.array(rows)

    describe = candidates.zoo.softmax_layer
    contracts.compare_backward(Softmax, shapes, right, describe, rng)
    layer = Softmax()
    layer.forward(np.array([[1000.0, -1000.0, 1000.0]]))
    came = layer.backward(np.array([[8.0, 3.0, 4.0]]))
    same("backward(grad_output) at 1000 and -1000", came, np.array([[1.0, 0.0, -1.0]]))


### END HIDDEN TESTS

# %% [markdown] tags=["part:activations"]
# <details><summary>Hint 1: a question</summary>
#
# In the formula on the right, which part is one number for each sample?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Multiply `grad_output` and the probabilities entry by entry, and sum along each row: (N, 1) with `keepdims`.
# Subtract it from `grad_output`, multiply by the probabilities.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `(grad_output * s).sum(axis=1, keepdims=True)` is the sum, with `s` for what `forward` has kept. The rest is one
# difference and one product.
# </details>

# %% [markdown] tags=["part:activations"]
# **Predict, then run.** A matrix can be read off any `backward`: hand it the rows of the identity, one at a time.
# Here is the Jacobian of your layer for six scores, the third of which is the largest. Which signs do you expect, on
# the diagonal and elsewhere? Which entry is the largest? What is the sum of a row? Below it stands what the diagonal
# alone would make of the gradient (1, 1, 1, 1, 1, 1): what should it be?

# %% tags=["part:activations"]
with attempt():
    scores = np.array([[0.0, 0.5, 2.0, 1.0, -1.0, 0.0]])
    layer = Softmax()
    s = layer.forward(scores)[0]
    jacobian = np.array([layer.backward(row[np.newaxis])[0] for row in np.eye(6)])
    print(jacobian.round(3))
    print("diagonal alone:", np.diag(jacobian).round(3))
    print(
        "with the whole matrix:",
        np.abs(layer.backward(np.ones((1, 6)))).max().round(12),
    )

# %% [markdown] tags=["part:activations"]
# What you have built moves in.

# %% tags=["part:activations"]
for activation in (LeakyReLU, GELU, SiLU):
    with attempt():
        layer = activation()
        layer.backward(layer.forward(np.ones((1, 1))))
        zoo["activations"][activation.__name__] = activation

# %% [markdown] tags=["part:losses"]
# ## Losses
#
# A loss says what you want. Change it, and the same network learns something else: to be sure, or only to be right;
# to listen to outliers, or to shrug at them; to care about the many easy samples, or the few hard ones.
#
# ### Exercise 11.5 · The logarithm of a sum of exponentials
#
# **Do** write `logsumexp`. It must be right for scores of $\pm 1000$.
#
# **Why** it is inside nearly every loss for classes, and the one place where they overflow. Do it once, see its check
# pass, and you can forget about it.
#
# *10 minutes · difficulty 2 of 5*

# %% [markdown] tags=["part:losses"]
# $$\operatorname{lse}(z)_n = \log \sum_{c=1}^{C} e^{z_{nc}} = m_n + \log \sum_{c=1}^{C} e^{z_{nc} - m_n}
# \qquad \text{for any } m_n$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $z$ | `logits`, one sample a row | (N, C) |
# | $\operatorname{lse}(z)$ | the result, one number a row | (N,) |
#
# It is a smooth maximum: never below the largest score, and never more than $\log C$ above it. In notebook 06 you
# wrote $\log p_c = z_c - \operatorname{lse}(z)$ without giving the second part a name.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "logsumexp", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["part:losses"]
def logsumexp(logits):
    """Take logits (N, C), return log(sum(exp(logits))) of each row, (N,)."""
    ### BEGIN SOLUTION
    scores = 1.0 * logits  # 1.0 turns integers into floats
    largest = scores.max(axis=1, keepdims=True)
    return largest[:, 0] + np.log(np.exp(scores - largest).sum(axis=1))
    ### END SOLUTION


# %% [markdown] tags=["part:losses"]
# **Try it.** The exponentials of $\log 1$, $\log 2$ and $\log 5$ have the sum 8, and $\log 8 = 2.079$. For scores of
# 1000 and 1000 it is $1000 + \log 2$.

# %% tags=["part:losses"]
with attempt():
    print(logsumexp(np.log([[1.0, 2.0, 5.0]])))  # [2.07944154]
    print(logsumexp(np.array([[1000.0, 1000.0]])))  # [1000.69314718]


# %% deletable=false editable=false tags=["part:losses"]
@check
def check_logsumexp():
    counts = np.array([[1.0, 2, 5], [6, 1, 1], [2, 2, 4], [1, 6, 3], [3, 4, 1]])
    shift = np.array([0.0, -2, 1, 3, -1])
    for n in (5, 3, 1):
        logits = np.log(counts[:n]) + shift[:n, np.newaxis]
        expected = np.log(counts[:n].sum(axis=1)) + shift[:n]
        case = candidates.zoo.logsumexp(logits=logits)
        with unchanged(logits=logits):
            came = logsumexp(logits)
        same(f"logsumexp(logits) with N={n}, C=3", came, expected, case)
        came = logsumexp(logits.astype("f4"))
        same("logsumexp(logits) in float32", came, expected.astype("f4"), case)
        for large in (1000.0, -1000.0):
            came = logsumexp(logits + large)
            same("logsumexp of scores of 1000", came, expected + large)
    logits = np.log(counts) + 900 * shift[:, np.newaxis]
    expected = np.log(counts.sum(axis=1)) + 900 * shift
    same("logsumexp of rows that lie far apart", logsumexp(logits), expected)
    whole = np.array([[3, 3], [-2, -2]])
    expected = np.log(2) + np.array([3, -2])
    same("logsumexp(logits) for integers", logsumexp(whole), expected)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_logsumexp", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:losses"]
ready("logsumexp")  # test_logsumexp, 1 point
### BEGIN HIDDEN TESTS
import math

import numpy as np

from helpers import candidates
from helpers.checks import OTHER_SIZES, draw, graded, layouts, same, unchanged


@graded
def test_logsumexp():
    rng = np.random.default_rng(1108)

    def right(logits):
        sums = []
        for row in logits.tolist():
            top = max(row)
            sums.append(top + math.log(math.fsum(math.exp(z - top) for z in row)))
        return np.array(sums)

    for n, c, _ in (*OTHER_SIZES, (4, 1, 1)):
        (logits,) = draw(rng, (n, c))
        case, expected = candidates.zoo.logsumexp(logits=logits), right(logits)
        for label, laid_out in layouts(logits):
            with unchanged(logits=laid_out):
                came = logsumexp(laid_out)
            name = f"logsumexp(logits) with N={n}, C={c}, in {label}"
            same(name, came, expected, case)
        came = logsumexp(logits.astype("f4"))
        same("logsumexp(logits) in float32", came, expected.astype("f4"), case)
        whole = rng.integers(-4, 5, size=(n, c))
        same("logsumexp(logits) for integers", logsumexp(whole), right(whole))
        for large in (1000.0, -1000.0):
            came = logsumexp(logits + large)
            same("logsumexp of scores of 1000", came, right(logits + large))
        far = logits + 900.0 * np.arange(n)[:, np.newaxis] * (-1) ** n
        same("logsumexp of rows that lie far apart", logsumexp(far), right(far))


### END HIDDEN TESTS

# %% [markdown] tags=["part:losses"]
# <details><summary>Hint 1: a question</summary>
#
# Which $m_n$ makes sure that no exponent is ever above 0, and that one of them is 0?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# The largest score of each row; the exponentials of the differences; their sum along the row; its logarithm; and the
# largest score added again.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# You need the largest scores twice: as (N, 1), for the difference, and as (N,), for the result. With `keepdims=True`
# you have the first, and `[:, 0]` of it is the second.
# </details>

# %% [markdown] tags=["part:losses"]
# ### Exercise 11.6 · Binary cross-entropy
#
# **Do** fill in `forward` and `backward`. The loss takes logits, and has the sigmoid inside.
#
# **Why** one yes or no for each output. A picture may show a cat *and* a dog, or neither: softmax could not say so,
# because its probabilities have the sum 1. K sigmoids can.
#
# *20 minutes · difficulty 3 of 5*

# %% [markdown] tags=["part:losses"]
# $$\ell(z, t) = -t \log \sigma(z) - (1 - t) \log(1 - \sigma(z)) = \max(z, 0) - z\,t + \log\left(1 + e^{-|z|}\right)$$
#
# $$L = \frac{1}{NK}\sum_{n,k} \ell(z_{nk}, t_{nk}) \qquad\qquad \frac{\partial L}{\partial z_{nk}} = \frac{\sigma(z_{nk}) - t_{nk}}{NK}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $z$ | `logits` | (N, K) |
# | $t$ | `targets`, from 0 to 1 | (N, K) |
# | $L$ | the result of `forward`, a float | a number |
# | $\partial L/\partial z$ | the result of `backward` | (N, K) |
#
# The middle form of $\ell$ is what you mean, and the last one is what you compute. They are equal (use $1 - \sigma(z)
# = \sigma(-z)$), but at $z = 1000$ with $t = 0$ the middle one takes the logarithm of 0. The mean is over all
# entries, as in `MSELoss`. `np.log1p(a)` is $\log(1 + a)$, exact for tiny $a$ too.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "bce", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["part:losses"]
class BinaryCrossEntropy:
    """Mean over all entries of the cross-entropy of sigmoid(logits) and targets."""

    def forward(self, logits, targets):
        """Take logits and targets (N, K), return the loss, a float."""
        ### BEGIN SOLUTION
        self.logits = 1.0 * logits
        self.targets = np.asarray(targets).astype(self.logits.dtype)
        excess = np.maximum(self.logits, 0) - self.logits * self.targets
        return float(np.mean(excess + np.log1p(np.exp(-np.abs(self.logits)))))
        ### END SOLUTION

    def backward(self):
        """Return dL/d(logits), (N, K)."""
        ### BEGIN SOLUTION
        return (Sigmoid().forward(self.logits) - self.targets) / self.logits.size
        ### END SOLUTION


# %% [markdown] tags=["part:losses"]
# **Try it.** A logit of 0 is a probability of a half: a loss of $\log 2 = 0.693$, whatever the target. A logit of
# 1000 costs nothing if the target is 1, and 1000 if it is 0.

# %% tags=["part:losses"]
with attempt():
    loss = BinaryCrossEntropy()
    print(loss.forward(np.array([[0.0]]), np.array([[1.0]])))  # 0.693...
    print(loss.forward(np.array([[1000.0, 1000.0]]), np.array([[1.0, 0.0]])))  # 500.0
    print(loss.backward())  # [[0.  0.5]]


# %% deletable=false editable=false tags=["part:losses"]
@check
def check_bce_forward():
    def describe(logits, targets, **given):
        given |= dict(zip("NK", logits.shape, strict=True))
        return candidates.zoo.bce_forward(logits=logits, targets=targets, **given)

    rng, cases = np.random.default_rng(8), []
    for n, k, known in (
        (5, 3, 0.909358144356),
        (3, 3, 0.898832392873),
        (1, 5, 0.856175617872),
    ):
        (logits,) = draw(rng, (n, k))
        cases.append((logits, rng.uniform(size=(n, k)).round(1), known))
    far = np.array([[1000.0, -1000.0, 1000.0, -1000.0]])
    cases.append((far, np.array([[1.0, 0.0, 1.0, 1.0]]), 250.0))
    cases.append((np.array([[0, 0], [0, 0]]), np.array([[1, 0], [0, 0]]), math.log(2)))
    contracts.compare_loss(BinaryCrossEntropy, cases, describe)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_bce_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:losses"]
ready("bce_forward")  # test_bce_forward, 1 point
### BEGIN HIDDEN TESTS
import math

import numpy as np

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, draw, graded


@graded
def test_bce_forward():
    rng, cases = np.random.default_rng(1109), []

    def describe(logits, targets, **given):
        given |= dict(zip("NK", logits.shape, strict=True))
        return candidates.zoo.bce_forward(logits=logits, targets=targets, **given)

    def right(logits, targets):
        """The two logarithms of probabilities, each from its own stable form."""
        total = 0.0
        for z, t in zip(logits.ravel().tolist(), targets.ravel().tolist(), strict=True):
            rest = math.log1p(math.exp(-abs(z)))
            total += t * (rest + max(-z, 0)) + (1 - t) * (rest + max(z, 0))
        return total / logits.size

    for n, k, _ in (*OTHER_SIZES, (6, 1, 1)):
        (logits,) = draw(rng, (n, k))
        for targets in (rng.uniform(size=(n, k)), rng.integers(0, 2, size=(n, k))):
            cases.append((3 * logits, targets, right(3 * logits, targets)))
    far = 1000 * rng.choice([-1.0, 1.0], size=(7, 2))
    cases += [(far, t, right(far, t)) for t in rng.integers(0, 2, size=(3, 7, 2))]
    whole = rng.integers(-4, 5, size=(5, 3))
    targets = rng.integers(0, 2, size=(5, 3))
    cases.append((whole, targets, right(whole, targets)))
    contracts.compare_loss(BinaryCrossEntropy, cases, describe)


### END HIDDEN TESTS


# %% deletable=false editable=false tags=["part:losses"]
@check
def check_bce_backward():
    def describe(logits, targets, **given):
        given |= dict(zip("NK", logits.shape, strict=True))
        return candidates.zoo.bce_backward(logits=logits, targets=targets, **given)

    BinaryCrossEntropy().forward(np.zeros((1, 1)), np.zeros((1, 1)))
    needs("bce_forward")  # nudging it tells nothing if it is wrong
    rng, cases = np.random.default_rng(9), []
    for n, k, _ in SIZES:
        (logits,) = draw(rng, (n, k))
        cases.append((logits, rng.uniform(size=(n, k))))
    right = contracts.nudge_loss(BinaryCrossEntropy)
    contracts.compare_loss_gradient(
        BinaryCrossEntropy, cases, right, describe, rtol=1e-6
    )


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_bce_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:losses"]
ready("bce_backward")  # test_bce_backward, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, draw, graded, run_forward, same


@graded
def test_bce_backward():
    rng, cases = np.random.default_rng(1110), []

    def describe(logits, targets, **given):
        given |= dict(zip("NK", logits.shape, strict=True))
        return candidates.zoo.bce_backward(logits=logits, targets=targets, **given)

    def right(logits, targets):
        return ((1 + np.tanh(logits / 2)) / 2 - targets) * (1 / logits.size)

    for n, k, _ in (*OTHER_SIZES, (6, 1, 1)):
        (logits,) = draw(rng, (n, k))
        cases.append((2 * logits, rng.uniform(size=(n, k))))
    contracts.compare_loss_gradient(BinaryCrossEntropy, cases, right, describe)
    loss = BinaryCrossEntropy()
    run_forward(loss, np.array([[1000.0, -1000.0]]), np.array([[0.0, 1.0]]))
    same("backward() at 1000 and -1000", loss.backward(), np.array([[0.5, -0.5]]))


### END HIDDEN TESTS

# %% [markdown] tags=["part:losses"]
# <details><summary>Hint 1: a question</summary>
#
# Of the three terms in the last form of $\ell$, can any of them overflow? What is the largest value of $e^{-|z|}$?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `forward`: the three terms entry by entry, one mean over everything, `float`. Keep logits and targets. `backward`:
# the sigmoid of the logits (`Sigmoid().forward`), minus the targets, over the number of entries.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `np.maximum(z, 0) - z * targets + np.log1p(np.exp(-np.abs(z)))`, with `z` for the logits as floats. The number of
# entries is `z.size`; `len(z)` counts rows only.
# </details>

# %% [markdown] tags=["part:losses"]
# **Why not the mean squared error?** Nothing forbids it: squash the output with a sigmoid, compare it with 0 or 1.
# The target here is 1, and the network says so with a logit from -8 (*surely not*) to 8 (*surely*). The loss of both
# falls all the way.
#
# **Predict, then run.** How large is the gradient of each with respect to the logit where the network is sure and
# wrong? Where is the gradient of the squared error largest? Then both walk down from -8, with 200 steps of plain
# gradient descent and a learning rate of 1: where do they end?


# %% tags=["part:losses"]
def slope_of_mse(logit):
    """Return d(loss)/d(logit) of sigmoid and squared error, where the target is 1."""
    bend, loss, target = Sigmoid(), MSELoss(), np.ones((1, 1))
    loss.forward(bend.forward(logit * target), target)
    return bend.backward(loss.backward()).item()


def slope_of_bce(logit):
    """Return d(loss)/d(logit) of binary cross-entropy, where the target is 1."""
    loss, target = BinaryCrossEntropy(), np.ones((1, 1))
    loss.forward(logit * target, target)
    return loss.backward().item()


# %% tags=["part:losses"]
with attempt():
    z, lines = np.linspace(-8, 8, 161), {}
    for name, slope in (
        ("sigmoid + MSE", slope_of_mse),
        ("binary cross-entropy", slope_of_bce),
    ):
        lines[name] = (z, [slope(logit) for logit in z])
        logit = -8.0
        for _ in range(200):
            logit -= slope(logit)
        print(f"{name:<21} gradient at -8: {slope(-8.0):.5f}, then to {logit:.2f}")
    plots.curves(lines, xlabel="logit, where the target is 1", ylabel="gradient")

# %% [markdown] tags=["part:losses"]
# The slope of the sigmoid, $\sigma (1 - \sigma)$, is a factor of the squared error's gradient, and it vanishes at
# both ends. In the cross-entropy the logarithm cancels it: what is left is probability minus target, the miss itself.
# With softmax and several classes it is the same story.

# %% [markdown] tags=["part:losses"]
# ### Exercise 11.7 · Cross-entropy with soft targets
#
# **Do** fill in `forward` and `backward`. The targets may be labels, as in notebook 06, or a row of probabilities for
# each sample.
#
# **Why** not every truth is one class. Three people look at a blurred digit, and two say 1, one says 7. A large
# network teaches a small one by its probabilities (*distillation*). And *label smoothing* asks for 0.91 in place of 1,
# where there are ten classes, so that no network need be infinitely sure.
#
# *20 minutes · difficulty 3 of 5*

# %% [markdown] tags=["part:losses"]
# $$L = -\frac1N \sum_{n,c} t_{nc} \log p_{nc} \qquad \log p_{nc} = z_{nc} - \operatorname{lse}(z)_n \qquad\qquad
# \frac{\partial L}{\partial z_{nc}} = \frac{p_{nc} - t_{nc}}{N}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $z$ | `logits` | (N, C) |
# | $t$ | `targets`: integer labels, or probabilities with the sum 1 in each row | (N,) or (N, C) |
# | $\operatorname{lse}$ | `logsumexp(logits)` | (N,) |
# | $L$ | the result, a float | a number |
#
# A label $l$ is the row of probabilities with a 1 in column $l$ and 0 elsewhere: so turn labels into such rows, and
# the rest is one formula. `targets.ndim` tells the two apart. (Labels are in 0..C-1. You have checked that once, in
# notebook 06, and need not do it again.) Call your `logsumexp` if its check has passed: a mistake in it would be a
# mistake of this loss, too. If it has not, compute the logarithms of the probabilities as in notebook 06.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "cross_entropy_soft", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["part:losses"]
class CrossEntropy:
    """Mean cross-entropy of softmax(logits) and labels (N,) or probabilities (N, C)."""

    def forward(self, logits, targets):
        """Take logits (N, C) and targets (N,) or (N, C), return the loss, a float."""
        ### BEGIN SOLUTION
        scores, targets = 1.0 * logits, np.asarray(targets)
        if targets.ndim == 1:
            targets = np.eye(scores.shape[1])[targets]
        self.targets = targets.astype(scores.dtype)
        shifted = scores - scores.max(axis=1, keepdims=True)
        sums = np.exp(shifted).sum(axis=1, keepdims=True)
        self.log_probabilities = shifted - np.log(sums)
        return float(-(self.targets * self.log_probabilities).sum() / len(scores))
        ### END SOLUTION

    def backward(self):
        """Return dL/d(logits), (N, C)."""
        ### BEGIN SOLUTION
        p = np.exp(self.log_probabilities)
        return (p - self.targets) / len(p)
        ### END SOLUTION


# %% [markdown] tags=["part:losses"]
# **Try it.** With probabilities of 1/8, 2/8 and 5/8, the label 1 costs $\log 4 = 1.386$. A target that is half class
# 0 and half class 1 costs $\frac12 \log 8 + \frac12 \log 4 = 1.733$.

# %% tags=["part:losses"]
with attempt():
    logits, loss = np.log([[1.0, 2.0, 5.0]]), CrossEntropy()
    print(loss.forward(logits, np.array([1])))  # 1.386...
    print(loss.forward(logits, np.array([[0.5, 0.5, 0.0]])))  # 1.732...
    print(loss.backward())  # [[-0.375 -0.25   0.625]]


# %% deletable=false editable=false tags=["part:losses"]
@check
def check_cross_entropy_soft_forward():
    def describe(logits, targets, **given):
        given |= {"hard": 1.85740819925} if targets.shape == (4, 3) else {}
        given |= {"logits": logits, "labels": targets, "p": softmax(logits)}
        return candidates.zoo.cross_entropy_forward(**given)

    rng = np.random.default_rng(10)
    logits, others, single = draw(rng, (5, 3), (4, 3), (1, 5))
    soft = softmax(2 * rng.normal(size=(4, 3))).round(2)
    soft[:, 0] += 1 - soft.sum(axis=1)
    far, high = np.array([[1000.0, -1000, 0]]), np.array([[0.5, 0.25, 0.25]])
    cases = [
        (logits, np.array([2, 0, 1, 1, 2]), 1.15686411219),
        (others, soft, 1.669491214203),
        (single, np.array([3]), 2.348826456024),
        (far, np.array([1]), 2000.0),
        (far, high, 750.0),
        (np.array([[0, 0], [3, 3]]), np.array([1, 0]), math.log(2)),
    ]
    contracts.compare_loss(CrossEntropy, cases, describe)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_cross_entropy_soft_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["part:losses"]
ready("cross_entropy_soft_forward")  # test_cross_entropy_soft_forward, 2 points
### BEGIN HIDDEN TESTS
import math

import numpy as np
from parts import softmax

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, draw, graded


@graded
def test_cross_entropy_soft_forward():
    rng, cases = np.random.default_rng(1111), []

    def right(logits, targets):
        losses = []
        for n, row in enumerate(logits.tolist()):
            top = max(row)
            total = top + math.log(math.fsum(math.exp(z - top) for z in row))
            chosen = np.arange(len(row)) == targets[n]
            shares = targets[n] if targets.ndim == 2 else chosen
            losses += [t * (total - z) for z, t in zip(row, shares, strict=True)]
        return math.fsum(losses) / len(logits)

    def describe(logits, targets, **given):
        if targets.ndim == 2:
            given |= {"hard": right(logits, targets.argmax(axis=1))}
        given |= {"logits": logits, "labels": targets, "p": softmax(logits)}
        return candidates.zoo.cross_entropy_forward(**given)

    for n, c, _ in OTHER_SIZES:
        logits, others = draw(rng, (n, c), (n, c))
        for targets in (
            rng.integers(c, size=n),
            rng.integers(c, size=n).astype("u1"),
            softmax(others),
        ):
            for scale in (2, 500):
                scaled = scale * logits
                cases.append((scaled, targets, right(scaled, targets)))
    logits, others = draw(rng, (5, 5), (5, 5))
    cases.append((logits, softmax(others), right(logits, softmax(others))))
    whole = rng.integers(-4, 5, size=(5, 3))
    cases.append((whole, np.arange(5) % 3, right(whole, np.arange(5) % 3)))
    contracts.compare_loss(CrossEntropy, cases, describe)


### END HIDDEN TESTS


# %% deletable=false editable=false tags=["part:losses"]
@check
def check_cross_entropy_soft_backward():
    right = contracts.nudge_loss(CrossEntropy)

    def describe(logits, targets, **given):
        if targets.ndim == 2:
            given |= {"hard": right(logits, targets.argmax(axis=1))}
        given |= {"logits": logits, "labels": targets, "p": softmax(logits)}
        return candidates.zoo.cross_entropy_backward(**given)

    CrossEntropy().forward(np.zeros((1, 2)), np.array([0]))
    needs("cross_entropy_soft_forward")  # nudging it tells nothing if it is wrong
    rng, cases = np.random.default_rng(11), []
    for n, c, _ in SIZES:
        logits, others = draw(rng, (n, c), (n, c))
        cases += [(logits, np.arange(n) % c), (others, softmax(2 * logits))]
    contracts.compare_loss_gradient(CrossEntropy, cases, right, describe, rtol=1e-6)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_cross_entropy_soft_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:losses"]
ready("cross_entropy_soft_backward")  # test_cross_entropy_soft_backward, 1 point
### BEGIN HIDDEN TESTS
import numpy as np
from parts import softmax

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, draw, graded


@graded
def test_cross_entropy_soft_backward():
    rng, cases = np.random.default_rng(1112), []

    def right(logits, targets):
        n, c = logits.shape
        if targets.ndim == 1:
            targets = np.equal.outer(targets, np.arange(c)).astype(float)
        return (softmax(logits) - targets) * (1 / n)

    def describe(logits, targets, **given):
        if targets.ndim == 2:
            given |= {"hard": right(logits, targets.argmax(axis=1))}
        given |= {"logits": logits, "labels": targets, "p": softmax(logits)}
        return candidates.zoo.cross_entropy_backward(**given)

    for n, c, _ in (*OTHER_SIZES, (5, 5, 5)):
        logits, others = draw(rng, (n, c), (n, c))
        cases += [
            (2 * logits, rng.integers(c, size=n)),
            (logits, softmax(others)),
            (500 * others, rng.integers(c, size=n).astype("u1")),
        ]
    contracts.compare_loss_gradient(CrossEntropy, cases, right, describe)


### END HIDDEN TESTS

# %% [markdown] tags=["part:losses"]
# <details><summary>Hint 1: a question</summary>
#
# What does row $l$ of the identity matrix look like? What do you get if you index the identity by all the labels at
# once?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `forward`: targets as rows of probabilities; the logarithms of the probabilities, from `logits` and `logsumexp`;
# minus the sum of their products, over N. `backward`: exponentials of the logarithms, minus targets, over N.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `np.eye(C)[targets]` makes rows of labels, in float64: give them the dtype of the scores. `logsumexp(scores)` is
# (N,), and lines up with the rows as `[:, np.newaxis]`.
# </details>

# %% [markdown] tags=["part:losses"]
# **Predict, then run.** *Label smoothing* takes a tenth away from the right class and spreads it over all ten. The
# label is class 0 and its logit grows, the other nine stay at 0. For which logit is each loss smallest? What does
# that do to the weights of a network that is trained to the end?

# %% tags=["part:losses"]
with attempt():
    grid, loss = np.linspace(0, 12, 121), CrossEntropy()
    hard, smooth = np.eye(10)[:1], np.full((1, 10), 0.01)
    smooth[0, 0] = 0.91
    losses = {"label": [], "smoothed label": []}
    for logit in grid:
        logits = np.zeros((1, 10))
        logits[0, 0] = logit
        losses["label"].append(loss.forward(logits, hard))
        losses["smoothed label"].append(loss.forward(logits, smooth))
    lines = {name: (grid, line) for name, line in losses.items()}
    plots.curves(lines, xlabel="logit of the right class", ylabel="loss")
    for name, line in losses.items():
        print(f"{name:<15} smallest at {grid[np.argmin(line)]:.1f}")

# %% [markdown] tags=["part:losses"]
# ### Exercise 11.8 · Hinge loss
#
# **Do** fill in `forward` and `backward` of the hinge loss for several classes.
#
# **Why** it does not ask for probabilities. It asks that the right class be ahead of every other one by a *margin* of
# 1, and when it is, the loss is exactly 0 and the sample has no say any more. Support vector machines live by it.
#
# *20 minutes · difficulty 3 of 5*

# %% [markdown] tags=["part:losses"]
# $$L = \frac1N \sum_{n} \sum_{c \ne l_n} \max(0,\; z_{nc} - z_{n l_n} + 1)$$
#
# $$\frac{\partial L}{\partial z_{nc}} = \frac1N \begin{cases} 1 & c \ne l_n \text{ and the term of } c \text{ is above } 0 \\
# 0 & c \ne l_n \text{ and it is not} \\ -\,(\text{number of terms above } 0 \text{ in row } n) & c = l_n \end{cases}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $z$ | `logits` | (N, C) |
# | $l$ | `labels` | (N,) |
# | $L$ | the result, a float | a number |
#
# This is the version of Weston and Watkins: the sum runs over *all* the other classes, and only N divides. (Crammer
# and Singer take the worst of them, and PyTorch's `MultiMarginLoss` divides by C, too. Others say *hinge loss* for
# two classes and targets of -1 and 1.)


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "hinge", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["part:losses"]
class HingeLoss:
    """Mean over the samples of sum_{c != label} max(0, z_c - z_label + 1)."""

    def forward(self, logits, labels):
        """Take logits (N, C) and labels (N,), return the loss, a float."""
        ### BEGIN SOLUTION
        scores, self.rows, self.labels = 1.0 * logits, np.arange(len(logits)), labels
        self.terms = scores - scores[self.rows, labels][:, np.newaxis] + 1
        self.terms[self.rows, labels] = 0  # the right class is not compared with itself
        self.terms = np.maximum(self.terms, 0)
        return float(self.terms.sum() / len(scores))
        ### END SOLUTION

    def backward(self):
        """Return dL/d(logits), (N, C)."""
        ### BEGIN SOLUTION
        grad_logits = (self.terms > 0).astype(self.terms.dtype)
        grad_logits[self.rows, self.labels] = -grad_logits.sum(axis=1)
        return grad_logits / len(grad_logits)
        ### END SOLUTION


# %% [markdown] tags=["part:losses"]
# **Try it.** Scores 3, 2.5 and 1 with label 0: the second class is behind by 0.5 only, half a point too little; the
# third one is far enough. The loss is 0.5, and its gradient is $(-1, 1, 0)$.

# %% tags=["part:losses"]
with attempt():
    loss = HingeLoss()
    print(loss.forward(np.array([[3.0, 2.5, 1.0]]), np.array([0])))  # 0.5
    print(loss.backward())  # [[-1.  1.  0.]], or -0. in places


# %% deletable=false editable=false tags=["part:losses"]
@check
def check_hinge_forward():
    def describe(logits, targets, **given):
        return candidates.zoo.hinge_forward(logits=logits, labels=targets, **given)

    rng, cases = np.random.default_rng(12), []
    for n, c, known in (
        (5, 3, 0.976895807932),
        (3, 3, 1.015833767038),
        (1, 5, 5.582003303055),
    ):
        (logits,) = draw(rng, (n, c))
        cases.append((logits, np.arange(n) % c, known))
    cases.append((np.array([[5, 2, 7], [1, 1, 1]]), np.array([0, 2]), 2.5))
    cases.append((np.array([[1000.0, -1000.0]]), np.array([1]), 2001.0))
    contracts.compare_loss(HingeLoss, cases, describe, names=("logits", "labels"))


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_hinge_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:losses"]
ready("hinge_forward")  # test_hinge_forward, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, draw, graded


@graded
def test_hinge_forward():
    rng, cases = np.random.default_rng(1113), []

    def right(logits, labels):
        total = 0.0
        for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
            for c, z in enumerate(row):
                total += max(0.0, z - row[label] + 1) if c != label else 0.0
        return total / len(logits)

    def describe(logits, targets, **given):
        return candidates.zoo.hinge_forward(logits=logits, labels=targets, **given)

    for n, c, _ in OTHER_SIZES:
        (logits,) = draw(rng, (n, c))
        for scale, kind in ((2, "i8"), (0.3, "u1"), (1000, "i8")):
            labels = rng.integers(c, size=n).astype(kind)
            cases.append((scale * logits, labels, right(scale * logits, labels)))
    whole, labels = rng.integers(-4, 5, size=(7, 4)), rng.integers(4, size=7)
    cases.append((whole, labels, right(whole, labels)))
    contracts.compare_loss(HingeLoss, cases, describe, names=("logits", "labels"))


### END HIDDEN TESTS


# %% deletable=false editable=false tags=["part:losses"]
@check
def check_hinge_backward():
    def describe(logits, targets, **given):
        return candidates.zoo.hinge_backward(logits=logits, labels=targets, **given)

    HingeLoss().forward(np.zeros((1, 2)), np.array([0]))
    needs("hinge_forward")  # nudging it tells nothing if it is wrong
    rng = np.random.default_rng(13)
    cases = [(*draw(rng, (n, c)), np.arange(n) % c) for n, c, _ in SIZES]
    contracts.compare_loss_gradient(
        HingeLoss,
        cases,
        contracts.nudge_loss(HingeLoss),
        describe,
        names=("logits", "labels"),
        rtol=1e-6,
    )


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_hinge_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:losses"]
ready("hinge_backward")  # test_hinge_backward, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, draw, graded


@graded
def test_hinge_backward():
    rng, cases = np.random.default_rng(1114), []

    def right(logits, labels):
        gradient = np.zeros(logits.shape)
        for n, (row, label) in enumerate(zip(logits, labels.tolist(), strict=True)):
            for c in range(len(row)):
                if c != label and row[c] - row[label] > -1:
                    gradient[n, c] += 1 / len(logits)
                    gradient[n, label] -= 1 / len(logits)
        return gradient

    def describe(logits, targets, **given):
        return candidates.zoo.hinge_backward(logits=logits, labels=targets, **given)

    for n, c, _ in OTHER_SIZES:
        (logits,) = draw(rng, (n, c))
        for scale, kind in ((2, "i8"), (0.3, "u1"), (1000, "i8")):
            cases.append((scale * logits, rng.integers(c, size=n).astype(kind)))
    names = ("logits", "labels")
    contracts.compare_loss_gradient(HingeLoss, cases, right, describe, names=names)


### END HIDDEN TESTS

# %% [markdown] tags=["part:losses"]
# <details><summary>Hint 1: a question</summary>
#
# How do you get the score of each row's right class, as a column (N, 1)? And which terms must not be there?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `forward`: a table (N, C) of all terms; put 0 where the class is the right one; cut at 0; add everything up; divide
# by N. `backward`: a table of ones where a term is above 0; in the column of the label, minus the sum of the row;
# divided by N.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `scores[np.arange(N), labels]` picks one score from each row, and `[:, np.newaxis]` makes a column of them. The same
# pair of indices, on the left of `=`, writes into those places.
# </details>

# %% [markdown] tags=["part:losses"]
# ### Exercise 11.9 · Huber loss
#
# **Do** fill in `forward` and `backward`. This loss is for numbers, not for classes.
#
# **Why** in notebook 04 one typing error pulled the whole fit towards itself, because a miss of 10 counts a hundred
# times as much as a miss of 1. Huber's loss is a square near 0, where squares are good, and a line far out.
#
# *15 minutes · difficulty 2 of 5*

# %% [markdown] tags=["part:losses"]
# $$L = \frac{1}{NK} \sum_{n,k} h(y_{nk} - t_{nk}) \qquad
# h(r) = \begin{cases} \frac12 r^2 & |r| \le \delta \\ \delta\,(|r| - \frac12 \delta) & |r| > \delta \end{cases} \qquad
# h'(r) = \begin{cases} r & |r| \le \delta \\ \delta \operatorname{sign} r & |r| > \delta \end{cases}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $y$, $t$ | `y`, `t` | (N, K) |
# | $\delta$ | `self.delta` | a number |
# | $L$ | the result, a float | a number |
#
# The $\frac12 \delta$ is there so that the line begins where the square ends, and with the same slope.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "huber", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["part:losses"]
class HuberLoss:
    """Mean over all entries: a square up to `delta`, a line beyond."""

    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, y, t):
        """Take y and t (N, K), return the loss, a float."""
        ### BEGIN SOLUTION
        self.misses = 1.0 * y - t
        size = np.abs(self.misses)
        line = self.delta * (size - self.delta / 2)
        return float(np.mean(np.where(size <= self.delta, size**2 / 2, line)))
        ### END SOLUTION

    def backward(self):
        """Return dL/dy, (N, K)."""
        ### BEGIN SOLUTION
        return np.clip(self.misses, -self.delta, self.delta) / self.misses.size
        ### END SOLUTION


# %% [markdown] tags=["part:losses"]
# **Try it.** With $\delta = 1$, misses of 0.5 and -3 cost $0.125$ and $1 \cdot (3 - 0.5) = 2.5$. The mean is 1.3125,
# and the gradient $(0.5, -1) / 2$.

# %% tags=["part:losses"]
with attempt():
    loss = HuberLoss()
    print(loss.forward(np.array([[0.5, -3.0]]), np.zeros((1, 2))))  # 1.3125
    print(loss.backward())  # [[ 0.25 -0.5 ]]


# %% deletable=false editable=false tags=["part:losses"]
@check
def check_huber_forward():
    standards = {
        (5, 3): 0.649881658243,
        (3, 3): 0.577680847149,
        (1, 5): 0.783325350832,
    }  # for delta 1

    def describe(y, t, **given):
        given |= {"y": y, "t": t, "standard": standards.get(y.shape, np.nan)}
        given |= dict(zip("NK", y.shape, strict=True))
        return candidates.zoo.huber_forward(**given, delta=0.75)

    rng, cases = np.random.default_rng(14), []
    for n, k, known in (
        (5, 3, 0.54827169601),
        (3, 3, 0.487762886957),
        (1, 5, 0.649020102535),
    ):
        cases.append((*draw(rng, (n, k), (n, k)), known))
    cases.append((np.array([[3, 0]]), np.array([[1, 0]]), 0.609375))
    cases.append((np.array([[1000.0]]), np.array([[-1000.0]]), 1499.71875))
    names = ("y", "t")
    contracts.compare_loss(lambda: HuberLoss(0.75), cases, describe, names=names)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_huber_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:losses"]
ready("huber_forward")  # test_huber_forward, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, draw, graded


@graded
def test_huber_forward():
    rng = np.random.default_rng(1115)

    def right(y, t, delta):
        misses = [abs(miss) for miss in (y - t).ravel().tolist()]
        near = [min(miss, delta) for miss in misses]
        # a square as far as it goes, then at its last slope
        parts = zip(misses, near, strict=True)
        return sum(n * n / 2 + delta * (m - n) for m, n in parts) / y.size

    for delta in (0.5, 1.0, 1.7):

        def describe(y, t, delta=delta, **given):
            given |= {"standard": right(y, t, 1.0), "delta": delta, "y": y, "t": t}
            given |= dict(zip("NK", y.shape, strict=True))
            return candidates.zoo.huber_forward(**given)

        cases = []
        for n, k, _ in (*OTHER_SIZES, (6, 1, 1)):
            y, t = draw(rng, (n, k), (n, k))
            for scale in (2, 1000):
                cases.append((scale * y, t, right(scale * y, t, delta)))
        y, t = rng.integers(-4, 5, size=(2, 5, 3))
        cases.append((y, t, right(y, t, delta)))
        contracts.compare_loss(
            lambda delta=delta: HuberLoss(delta), cases, describe, names=("y", "t")
        )


### END HIDDEN TESTS


# %% deletable=false editable=false tags=["part:losses"]
@check
def check_huber_backward():
    standard = contracts.nudge_loss(HuberLoss)

    def describe(y, t, **given):
        given |= {"y": y, "t": t, "standard": standard(y, t)}
        given |= dict(zip("NK", y.shape, strict=True))
        return candidates.zoo.huber_backward(**given, delta=0.75)

    def make():
        return HuberLoss(0.75)

    HuberLoss().forward(np.zeros((1, 1)), np.zeros((1, 1)))
    needs("huber_forward")  # nudging it tells nothing if it is wrong
    rng, names = np.random.default_rng(15), ("y", "t")
    cases = [draw(rng, (n, k), (n, k)) for n, k, _ in SIZES]
    right = contracts.nudge_loss(make)
    contracts.compare_loss_gradient(
        make, cases, right, describe, names=names, rtol=1e-6
    )


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_huber_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:losses"]
ready("huber_backward")  # test_huber_backward, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, draw, graded


@graded
def test_huber_backward():
    rng = np.random.default_rng(1116)

    def right(y, t, delta):
        misses = [max(-delta, min(delta, miss)) for miss in (y - t).ravel().tolist()]
        return np.reshape(misses, y.shape) / y.size

    for delta in (0.5, 1.0, 1.7):

        def describe(y, t, delta=delta, **given):
            given |= {"standard": right(y, t, 1.0), "delta": delta, "y": y, "t": t}
            given |= dict(zip("NK", y.shape, strict=True))
            return candidates.zoo.huber_backward(**given)

        cases = []
        for n, k, _ in (*OTHER_SIZES, (6, 1, 1)):
            y, t = draw(rng, (n, k), (n, k))
            cases += [(y, t), (1000 * y, t)]
        contracts.compare_loss_gradient(
            lambda delta=delta: HuberLoss(delta),
            cases,
            lambda y, t, delta=delta: right(y, t, delta),
            describe,
            names=("y", "t"),
        )


### END HIDDEN TESTS

# %% [markdown] tags=["part:losses"]
# <details><summary>Hint 1: a question</summary>
#
# Both cases need the sizes of the misses. Which of the two methods needs their signs?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `forward`: misses, as floats, kept; their sizes; `np.where` between square and line; the mean. `backward`: the
# misses, but none beyond $\delta$ or $-\delta$, over the number of entries.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# The line is `self.delta * (size - self.delta / 2)`. `np.clip(misses, -self.delta, self.delta)` is $h'$ of all
# entries at once.
# </details>

# %% [markdown] tags=["part:losses"]
# **Predict, then run.** The typing error of notebook 04: ten measurements near 2, the eleventh is 10. Where will
# Huber's loss put the one prediction, nearer to the mean (2.73) or to the median (2)? What happens if you make
# $\delta$ very large? Very small?

# %% tags=["part:losses"]
with attempt():
    measured = np.array([1.6, 1.7, 1.8, 1.9, 2.0, 2.0, 2.1, 2.2, 2.3, 2.4, 10.0])
    t, grid, lines = measured.reshape(-1, 1), np.linspace(0, 5, 251), {}
    for name, loss in (
        ("squared", MSELoss()),
        ("Huber, delta 1", HuberLoss()),
        ("Huber, delta 0.1", HuberLoss(0.1)),
    ):
        line = np.array([loss.forward(np.full_like(t, c), t) for c in grid])
        lines[name] = (grid, line / line.min())
        print(f"{name:<17} smallest at {grid[np.argmin(line)]:.2f}")
    plots.curves(lines, xlabel="the one prediction", ylabel="loss / its smallest value")

# %% [markdown] tags=["part:losses"]
# ### Exercise 11.10 · Focal loss
#
# **Do** fill in `forward` and `backward`.
#
# **Why** where a detector looks at a hundred thousand places of a picture, nearly all are background, and easy. Each
# costs next to nothing, but together they drown the few that matter. The focal loss multiplies cross-entropy by a
# weight that is small for what is right already. And its gradient is the hardest of this notebook, so that you see
# why people like automatic differentiation.
#
# *30 minutes · difficulty 4 of 5*

# %% [markdown] tags=["part:losses"]
# Let $p$ be the probability that softmax gives to the right class of a sample, and $u = \log p$. Then
#
# $$L = \frac1N \sum_n f(u_n) \qquad f(u) = -(1 - p)^{\gamma}\, u \qquad p = e^u \qquad
# u_n = z_{n l_n} - \operatorname{lse}(z)_n$$
#
# $$\frac{df}{du} = \gamma\, (1 - p)^{\gamma - 1}\, p\, u - (1 - p)^{\gamma} \qquad\qquad
# \frac{\partial L}{\partial z_{nc}} = \frac1N\, \frac{df}{du}\, (\delta_{c\,l_n} - p_{nc})$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $z$ | `logits` | (N, C) |
# | $l$ | `labels` | (N,) |
# | $\gamma$ | `self.gamma`; 0 would be plain cross-entropy, here it is at least 1 | a number |
# | $u$, $p$ | of the right class, one number a sample | (N,) |
# | $p_{nc}$ | all probabilities; $\delta_{c\,l_n}$ is 1 in the column of the label | (N, C) |
#
# Two terms in $df/du$, because $u$ stands in the weight as well as behind it. With two classes this is the formula of
# the paper, without its factor $\alpha$. Stay with logarithms: $u = -2000$ is a good number, and $\log e^{-2000}$ is
# not.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "focal", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["part:losses"]
class FocalLoss:
    """Mean of -(1 - p)^gamma log p, p the softmax probability of the right class."""

    def __init__(self, gamma=2.0):
        self.gamma = gamma

    def forward(self, logits, labels):
        """Take logits (N, C) and labels (N,), return the loss, a float."""
        ### BEGIN SOLUTION
        scores = 1.0 * logits
        shifted = scores - scores.max(axis=1, keepdims=True)
        table = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        self.probabilities = np.exp(table)
        self.rows, self.labels = np.arange(len(scores)), labels
        self.log_p = table[self.rows, labels]
        self.rest = -np.expm1(self.log_p)  # 1 - p, exact for p near 1 too
        return float(np.mean(-(self.rest**self.gamma) * self.log_p))
        ### END SOLUTION

    def backward(self):
        """Return dL/d(logits), (N, C)."""
        ### BEGIN SOLUTION
        inside = self.gamma * self.rest ** (self.gamma - 1) * np.exp(self.log_p)
        slope = inside * self.log_p - self.rest**self.gamma
        towards = -self.probabilities
        towards[self.rows, self.labels] += 1
        return slope[:, np.newaxis] * towards / len(slope)
        ### END SOLUTION


# %% [markdown] tags=["part:losses"]
# **Try it.** The right class has the probability $\frac14$. Cross-entropy is $\log 4 = 1.386$, the weight is
# $(\frac34)^2$, and the loss 0.780. Where $p = \frac{9}{10}$, the weight is a hundredth.

# %% tags=["part:losses"]
with attempt():
    loss = FocalLoss()
    print(loss.forward(np.log([[1.0, 2.0, 5.0]]), np.array([1])))  # 0.7797...
    print(loss.forward(np.log([[9.0, 1.0]]), np.array([0])))  # 0.00105...
    print(loss.backward())  # about [[-0.0029  0.0029]]


# %% deletable=false editable=false tags=["part:losses"]
@check
def check_focal_forward():
    standards = {
        (5, 3): 0.958799630598,
        (3, 3): 0.234800070252,
        (1, 5): 1.119551618389,
    }  # for gamma 2

    def describe(logits, targets, **given):
        given |= {"logits": logits, "labels": targets, "p": softmax(logits)}
        given |= {"standard": standards.get(logits.shape, np.nan)}
        return candidates.zoo.focal_forward(**given, gamma=3.0)

    rng, cases = np.random.default_rng(16), []
    for n, c, known in (
        (5, 3, 0.82405217169),
        (3, 3, 0.144661945069),
        (1, 5, 0.912211733849),
    ):
        (logits,) = draw(rng, (n, c))
        cases.append((logits, np.arange(n) % c, known))
    cases.append((np.array([[0, 0], [5, 5]]), np.array([0, 1]), math.log(2) / 8))
    cases.append((np.array([[1000.0, -1000.0]] * 2), np.array([1, 0]), 1000.0))
    names = ("logits", "labels")
    contracts.compare_loss(lambda: FocalLoss(3.0), cases, describe, names=names)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_focal_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:losses"]
ready("focal_forward")  # test_focal_forward, 1 point
### BEGIN HIDDEN TESTS
import math

import numpy as np
from parts import softmax

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, draw, graded


@graded
def test_focal_forward():
    rng = np.random.default_rng(1117)

    def right(logits, labels, gamma):
        losses = []
        for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
            top = max(row)
            parts = [math.exp(z - top) for z in row]
            others = math.fsum(parts[:label] + parts[label + 1 :])
            total = math.fsum(parts)
            surprise = top + math.log(total) - row[label]
            losses.append((others / total) ** gamma * surprise)
        return math.fsum(losses) / len(losses)

    for gamma in (1.0, 2.0, 3.5):

        def describe(logits, targets, gamma=gamma, **given):
            given |= {"logits": logits, "labels": targets, "p": softmax(logits)}
            given |= {"standard": right(logits, targets, 2.0), "gamma": gamma}
            return candidates.zoo.focal_forward(**given)

        cases = []
        for n, c, _ in (*OTHER_SIZES, (6, 2, 1)):
            (logits,) = draw(rng, (n, c))
            for scale, kind in ((2, "i8"), (1, "u1"), (500, "i8")):
                labels = rng.integers(c, size=n).astype(kind)
                scaled = scale * logits
                cases.append((scaled, labels, right(scaled, labels, gamma)))
        whole, labels = rng.integers(-4, 5, size=(7, 4)), rng.integers(4, size=7)
        cases.append((whole, labels, right(whole, labels, gamma)))
        contracts.compare_loss(
            lambda gamma=gamma: FocalLoss(gamma),
            cases,
            describe,
            names=("logits", "labels"),
        )


### END HIDDEN TESTS


# %% deletable=false editable=false tags=["part:losses"]
@check
def check_focal_backward():
    standard = contracts.nudge_loss(FocalLoss)

    def describe(logits, targets, **given):
        given |= {"logits": logits, "labels": targets, "p": softmax(logits)}
        given |= {"standard": standard(logits, targets)}
        return candidates.zoo.focal_backward(**given, gamma=3.0)

    def make():
        return FocalLoss(3.0)

    FocalLoss().forward(np.zeros((1, 2)), np.array([0]))
    needs("focal_forward")  # nudging it tells nothing if it is wrong
    rng, names = np.random.default_rng(17), ("logits", "labels")
    cases = [(*draw(rng, (n, c)), np.arange(n) % c) for n, c, _ in SIZES]
    right = contracts.nudge_loss(make)
    contracts.compare_loss_gradient(
        make, cases, right, describe, names=names, rtol=1e-5
    )
    loss = make()
    loss.forward(np.array([[1000.0, -1000.0]] * 2), np.array([1, 0]))
    expected = np.array([[0.5, -0.5], [0.0, 0.0]])
    same("backward() for scores of 1000 and -1000", loss.backward(), expected)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_focal_backward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["part:losses"]
ready("focal_backward")  # test_focal_backward, 2 points
### BEGIN HIDDEN TESTS
import numpy as np
from parts import softmax

from helpers import candidates, contracts
from helpers.checks import OTHER_SIZES, draw, graded, run_forward, same


@graded
def test_focal_backward():
    rng, names = np.random.default_rng(1118), ("logits", "labels")

    def right(logits, labels, gamma):
        """The chain through p: df/dp, then the column of softmax's Jacobian."""
        gradient = []
        for s, label in zip(softmax(logits), labels.tolist(), strict=True):
            p, own = s[label], np.arange(len(s)) == label
            others = s[~own].sum()
            of_p = gamma * others ** (gamma - 1) * np.log(p) - others**gamma / p
            gradient.append(of_p * p * (own - s))
        return np.array(gradient) / len(gradient)

    for gamma in (1.0, 2.0, 3.5):

        def describe(logits, targets, gamma=gamma, **given):
            given |= {"logits": logits, "labels": targets, "p": softmax(logits)}
            given |= {"standard": right(logits, targets, 2.0), "gamma": gamma}
            return candidates.zoo.focal_backward(**given)

        cases = []
        for n, c, _ in (*OTHER_SIZES, (6, 2, 1)):
            (logits,) = draw(rng, (n, c))
            cases += [(s * logits, rng.integers(c, size=n)) for s in (2, 1)]
        contracts.compare_loss_gradient(
            lambda gamma=gamma: FocalLoss(gamma),
            cases,
            lambda z, labels, gamma=gamma: right(z, labels, gamma),
            describe,
            names=names,
        )
        loss = FocalLoss(gamma)
        run_forward(loss, np.array([[1000.0, -1000.0]] * 2), np.array([1, 0]))
        expected = np.array([[0.5, -0.5], [0.0, 0.0]])
        same("backward() for scores of 1000 and -1000", loss.backward(), expected)


### END HIDDEN TESTS

# %% [markdown] tags=["part:losses"]
# <details><summary>Hint 1: a question</summary>
#
# Of the four things that `backward` needs ($u$, $p$, $1 - p$ and all the probabilities), which have you got in
# `forward` already?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `forward`: the table of logarithms, `scores - logsumexp(scores)` with the second as a column; pick $u$ from it as in
# `HingeLoss`; weight, product, mean. `backward`: $df/du$, one number a sample; minus all probabilities, plus 1 in the
# label's column; their product, the first one as a column, over N.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# $df/du$ is `gamma * rest ** (gamma - 1) * p * u - rest**gamma`, with `rest` for $1 - p$. Make the table with
# `-probabilities`, which is a new array, and add 1 at `[rows, labels]`.
# </details>

# %% [markdown] tags=["part:losses"]
# **Predict, then run.** Ten thousand easy samples, each with $p = 0.99$, and ten hard ones with $p = 0.1$. Which
# share of the whole loss belongs to the hard ones, for cross-entropy ($\gamma = 0$), and for $\gamma = 1, 2, 5$?

# %% tags=["part:losses"]
with attempt():
    easy, hard = np.log([[0.99, 0.01]]), np.log([[0.1, 0.9]])
    label = np.array([0])
    for name, loss in (
        ("gamma 0", CrossEntropy()),
        *((f"gamma {gamma}", FocalLoss(gamma)) for gamma in (1.0, 2.0, 5.0)),
    ):
        small = 10_000 * loss.forward(easy, label)
        large = 10 * loss.forward(hard, label)
        print(f"{name:<10} share of the hard ones {large / (small + large):.1%}")

# %% [markdown] tags=["part:losses"]
# What you have built moves in: the losses that take labels. `CrossEntropy` with labels is what lives there already, so
# it comes with smoothed ones. And the squared error behind a sigmoid may show what it can do.


# %% tags=["part:losses"]
class SmoothedLabels:
    """Your cross-entropy, with a tenth of each label spread over all classes."""

    def __init__(self):
        self.loss = CrossEntropy()

    def forward(self, logits, labels):
        count = logits.shape[1]
        return self.loss.forward(logits, 0.9 * np.eye(count)[labels] + 0.1 / count)

    def backward(self):
        return self.loss.backward()


class SquaredErrors:
    """Mean squared error of sigmoid(logits); the target is 1 for the label, else 0."""

    def __init__(self):
        self.bend, self.loss = Sigmoid(), MSELoss()

    def forward(self, logits, labels):
        targets = np.eye(logits.shape[1])[labels]
        return self.loss.forward(self.bend.forward(logits), targets)

    def backward(self):
        return self.bend.backward(self.loss.backward())


# %% tags=["part:losses"]
for loss_class in (SmoothedLabels, HingeLoss, FocalLoss, SquaredErrors):
    with attempt():
        loss = loss_class()
        loss.forward(np.zeros((1, 2)), np.array([0]))
        loss.backward()
        zoo["losses"][loss_class.__name__] = loss_class

# %% [markdown] tags=["part:optimisers"]
# ## Optimisers
#
# Three more, each with one idea of its own. All keep the four rules of notebook 07: memory for each parameter on its
# own, arrays asked for at each step, `self.learning_rate` as it stands, gradients left alone. Layers without
# parameters are passed over. `parameters(layers)`, which you know from there, lists the pairs of layer and name.
#
# ### Exercise 11.11 · Nesterov's momentum
#
# **Do** fill in `step`. The velocities are there.
#
# **Why** momentum runs past the end, because it notices a rise only when it is on it. Nesterov looks ahead: it takes
# the slope where the velocity is about to carry it.
#
# *10 minutes · difficulty 2 of 5*

# %% [markdown] tags=["part:optimisers"]
# $$v \leftarrow \mu\, v + g \qquad\qquad w \leftarrow w - \eta\,(g + \mu\, v)$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $v$, at the start 0 | `self.velocities`, one for each parameter | like the parameter |
# | $g$, $w$ | as in notebook 07 | like the parameter |
# | $\mu$, $\eta$ | `self.momentum`, `self.learning_rate` | numbers |
#
# In Nesterov's paper the gradient is taken at the point ahead. Here $w$ *is* that point: renamed in this way, the
# gradient is the one that `backward` gives, and what remains of looking ahead is the second $\mu v$. This is the form
# of PyTorch's `SGD(nesterov=True)`. The $v$ in the step is the new one.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "nesterov", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["part:optimisers"]
class Nesterov:
    """Gradient descent with Nesterov's momentum, in the form of PyTorch."""

    def __init__(self, layers, learning_rate, momentum=0.9):
        """Keep the parameters of the layers; every velocity starts at 0."""
        self.parameters = parameters(layers)
        self.learning_rate = learning_rate
        self.momentum = momentum
        arrays = [getattr(layer, name) for layer, name in self.parameters]
        self.velocities = [np.zeros_like(array) for array in arrays]

    def step(self):
        """Update every velocity, and move every parameter beyond it."""
        ### BEGIN SOLUTION
        for (layer, name), velocity in zip(
            self.parameters, self.velocities, strict=True
        ):
            gradient = getattr(layer, "grad_" + name)
            velocity *= self.momentum
            velocity += gradient
            values = getattr(layer, name)
            values -= self.learning_rate * (gradient + self.momentum * velocity)
        ### END SOLUTION


# %% [markdown] tags=["part:optimisers"]
# **Try it.** A weight at 0, a gradient that is always 1, $\mu = 0.5$ and $\eta = 1$. The velocity becomes 1, then
# 1.5. So the steps are $1 + 0.5 = 1.5$ and $1 + 0.75 = 1.75$, and the weight goes to -1.5 and -3.25.

# %% tags=["part:optimisers"]
with attempt():
    layer = Linear(1, 1, initial_weights=[[0.0]])
    optimiser = Nesterov([layer], learning_rate=1.0, momentum=0.5)
    for _ in range(2):
        layer.grad_weights, layer.grad_biases = np.ones((1, 1)), np.zeros(1)
        optimiser.step()
        print(layer.weights)  # [[-1.5]] [[-3.25]]


# %% deletable=false editable=false tags=["part:optimisers"]
@check
def check_nesterov():
    contracts.compare_optimiser_rules(lambda layers: Nesterov(layers, 0.3))

    def describe(name):
        rates = np.c_[[0.5, 0.5, 1.0]]
        right = candidates.zoo.recorded("Nesterov", name)
        return candidates.zoo.nesterov(rates=rates, right=right)

    starts = np.array([[1.0, -2.0], [0.5, 3.0]])
    slopes = [[[1, -2], [4, 1]], [[0, 1], [-2, 3]], [[-3, 2], [1, 0.5]]]
    expected = [
        [[0.75, -1.5], [3.0, 0.75]],
        [[0.125, 0.5], [-1.0, 2.375]],
        [[-4.375, 3.0], [1.5, 1.625]],
    ]
    contracts.compare_moves(
        lambda layers: Nesterov(layers, 0.1, momentum=0.5),
        starts,
        np.array(slopes, dtype=float),
        [0.5, 0.5, 1.0],
        np.array(expected),
        describe,
    )


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_nesterov", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["part:optimisers"]
ready("nesterov")  # test_nesterov, 2 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, contracts
from helpers.checks import graded


@graded
def test_nesterov():
    rng = np.random.default_rng(1119)

    def right(gradients, rates, momentum, mistake=""):
        momentum = 0.9 if mistake == "0.9" else momentum
        part = 1 - momentum if mistake == "dampened" else 1.0
        moves, velocity = [], np.zeros_like(gradients[0])
        for gradient, rate in zip(gradients, rates, strict=True):
            velocity = momentum * velocity + part * gradient
            if mistake == "no memory":
                velocity = gradient
            step = {
                "plain momentum": velocity,
                "no memory": gradient,
                "factor on the gradient": momentum * gradient + velocity,
                "no factor": gradient + velocity,
            }.get(mistake, gradient + momentum * velocity)
            moves.append(rate * step)
        return np.array(moves)

    contracts.compare_optimiser_rules(lambda layers: Nesterov(layers, 0.3))
    rates = [0.5, 0.5, 0.2, 0.2, 0.7, 0.7]
    for momentum, n in ((0.8, 7), (0.5, 4), (0.9, 1)):
        gradients = 2 * rng.normal(size=(len(rates), 2, n))

        def describe(name, gradients=gradients, momentum=momentum):
            own = gradients[:, ("weights", "biases").index(name)]
            return candidates.zoo.nesterov(
                rates=np.c_[rates],
                right=lambda mistake: right(own, rates, momentum, mistake),
            )

        contracts.compare_moves(
            lambda layers, momentum=momentum: Nesterov(layers, 0.1, momentum),
            rng.normal(size=(2, n)),
            gradients,
            rates,
            right(gradients, rates, momentum),
            describe,
        )


### END HIDDEN TESTS

# %% [markdown] tags=["part:optimisers"]
# <details><summary>Hint 1: a question</summary>
#
# Which single line of `Momentum.step` changes?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Walk through pairs and velocities together, with `zip`. Bring the velocity up to date in place, as in `Momentum`.
# Then the step is made of the gradient and of a part of the velocity.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `velocity *= self.momentum` and `velocity += gradient`; then move by `self.learning_rate` times the sum of the
# gradient and `self.momentum * velocity`.
# </details>

# %% [markdown] tags=["part:optimisers"]
# ### Exercise 11.12 · AdamW
#
# **Do** fill in `AdamW`: what it has to remember, then `step`. It may use `Adam` from notebook 07, which you have
# imported.
#
# **Why** weights that nothing holds grow as long as that helps with the training data. *Weight decay* shrinks every
# parameter a little at each step. With SGD that is the same as adding $\frac{\lambda}{2} |w|^2$ to the loss. With
# Adam it is not: Adam divides every gradient by its usual size, the one of the penalty too, so that parameters with
# large gradients hardly decay at all. Loshchilov and Hutter took the decay out of the gradient, and many transformers
# are trained with the result.
#
# *20 minutes · difficulty 3 of 5*

# %% [markdown] tags=["part:optimisers"]
# $$w \leftarrow w - \eta\,\lambda\, w - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}$$
#
# with the same $w$ in both places on the right, and $m$, $v$ and their corrections as in notebook 07: means of the
# gradient and of its square, without any decay in them.
#
# | maths | code | shape |
# | --- | --- | --- |
# | $\lambda$ | `self.weight_decay` | a number |
# | $\eta$, $\beta_1$, $\beta_2$, $\epsilon$ | `self.learning_rate`, `self.beta1`, `self.beta2`, `self.eps` | numbers |
# | $\hat m$, $\hat v$ | the corrected means of `Adam` | like the parameter |
#
# Here **all** parameters decay, weights and biases alike, as PyTorch's `AdamW` does it if you hand it everything.
# (Many people leave out the biases.) The decay is multiplied by the learning rate, so that a schedule slows both. If
# nothing has to be prepared in the constructor, delete the line that raises `NotImplementedError` there.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "adamw", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["part:optimisers"]
class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019)."""

    def __init__(
        self,
        layers,
        learning_rate=1e-3,
        beta1=0.9,
        beta2=0.999,
        eps=1e-8,
        weight_decay=0.01,
    ):
        """Keep the parameters of the layers, and what Adam remembers of them."""
        self.parameters = parameters(layers)
        self.learning_rate = learning_rate
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self.weight_decay = weight_decay
        ### BEGIN SOLUTION
        self.adam = Adam(layers, learning_rate, beta1, beta2, eps)
        ### END SOLUTION

    def step(self):
        """Let every parameter decay, and move it as Adam does."""
        ### BEGIN SOLUTION
        for layer, name in self.parameters:
            values = getattr(layer, name)
            values -= self.learning_rate * self.weight_decay * values
        self.adam.learning_rate = self.learning_rate
        self.adam.step()
        ### END SOLUTION


# %% [markdown] tags=["part:optimisers"]
# **Try it.** A weight of 10 and one of -10, with gradients of 1 and 0.001. Adam would move both by the learning rate,
# 0.1, to 9.9 and -10.1. A decay of 0.5 takes away $0.1 \cdot 0.5 \cdot 10 = 0.5$ of each: 9.4 and -9.6.

# %% tags=["part:optimisers"]
with attempt():
    layer = Linear(1, 2, initial_weights=[[10.0], [-10.0]])
    layer.grad_weights, layer.grad_biases = np.array([[1.0], [0.001]]), np.zeros(2)
    AdamW([layer], learning_rate=0.1, weight_decay=0.5).step()
    print(layer.weights.ravel())  # about [ 9.4 -9.6]


# %% deletable=false editable=false tags=["part:optimisers"]
@check
def check_adamw():
    def build(layers):
        return AdamW(layers, 0.3, weight_decay=0.1)

    contracts.compare_optimiser_rules(build)

    def describe(name):
        rates = np.c_[[0.5, 0.5, 1.0]]
        right = candidates.zoo.recorded("AdamW", name)
        return candidates.zoo.adamw(rates=rates, right=right)

    starts = np.array([[1.0, -2.0], [0.5, 3.0]])
    slopes = [[[1, -2], [4, 1]], [[0, 1], [-2, 3]], [[-3, 2], [1, 0.5]]]
    expected = [
        [[0.599999995, -0.699999997], [0.549999999, 0.799999995]],
        [[0.326410977, -0.171339864], [0.036339864, 0.69661668]],
        [[-0.647655772, 0.325575124], [0.24956212, 1.051147363]],
    ]
    contracts.compare_moves(
        lambda layers: AdamW(layers, 0.1, 0.6, 0.75, weight_decay=0.2),
        starts,
        np.array(slopes, dtype=float),
        [0.5, 0.5, 1.0],
        np.array(expected),
        describe,
    )


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_adamw", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["part:optimisers"]
ready("adamw")  # test_adamw, 2 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, contracts
from helpers.checks import graded


@graded
def test_adamw():
    rng = np.random.default_rng(1120)

    def right(starts, gradients, rates, betas, decay, mistake=""):
        """Moves of parameters (2, n): weights and biases."""
        beta1, beta2 = (0.9, 0.999) if mistake == "betas" else betas
        decay = 0.01 if mistake == "0.01" else decay
        w, m, v, moves, eps = np.array(starts), 0.0, 0.0, [], 1e-8
        for t, (gradient, rate) in enumerate(
            zip(gradients, rates, strict=True), start=1
        ):
            part = {"no decay": 0, "growth": -1, "decay twice": 2}.get(mistake, 1)
            shrink = part * decay * w
            if mistake == "weights only":
                shrink = shrink * [[1], [0]]
            if mistake == "epsilon":
                shrink, eps = 0 * w, decay
            if mistake == "coupled":
                gradient, shrink = gradient + decay * w, 0 * w
            m = beta1 * m + (1 - beta1) * gradient
            v = beta2 * v + (1 - beta2) * gradient**2
            plain = mistake == "no correction"
            m_sum, v_sum = (1, 1) if plain else (1 - beta1**t, 1 - beta2**t)
            factor = 1 if mistake == "decay without rate" else rate
            step = m / m_sum / ((v / v_sum) ** 0.5 + eps)
            move = rate * step * (mistake != "decay alone") + factor * shrink
            move = -move if mistake == "uphill" else move
            moves.append(move)
            w = w - move
        return np.array(moves)

    contracts.compare_optimiser_rules(lambda la: AdamW(la, 0.3, weight_decay=0.1))
    rates = [0.5, 0.5, 0.2, 0.2, 0.7, 0.7]
    for betas, decay, n in (((0.6, 0.7), 0.3, 7), ((0.9, 0.99), 0.1, 4)):
        starts = 3 * rng.normal(size=(2, n))
        gradients = rng.uniform(0.5, 2, size=(len(rates), 2, n))
        gradients *= rng.choice([-1, 1], size=gradients.shape)
        given = starts, gradients, rates, betas, decay

        def describe(name, given=given):
            row = ("weights", "biases").index(name)

            def wrong(mistake):
                # where only biases are wrong, there is a decay: that of the weights
                known = row == 0 or mistake != "no decay"
                return right(*given, mistake)[:, row] if known else None

            return candidates.zoo.adamw(rates=np.c_[rates], right=wrong)

        def build(layers, betas=betas, decay=decay):
            return AdamW(layers, 0.1, *betas, weight_decay=decay)

        contracts.compare_moves(
            build, starts, gradients, rates, right(*given), describe
        )
    # a gradient that is always 0: nothing but the decay
    starts, still = np.array([[2.0], [-4.0]]), np.zeros((2, 2, 1))
    expected = right(starts, still, [0.5, 0.5], (0.9, 0.999), 0.2)
    contracts.compare_moves(
        lambda layers: AdamW(layers, 0.1, weight_decay=0.2),
        starts,
        still,
        [0.5, 0.5],
        expected,
        lambda name: None,
    )


### END HIDDEN TESTS

# %% [markdown] tags=["part:optimisers"]
# <details><summary>Hint 1: a question</summary>
#
# Which part of the formula is a whole step of `Adam`, and what remains?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Let the constructor make an `Adam` for the same layers, and keep it. In `step`, shrink every parameter, then let
# that `Adam` take its step: its move does not depend on the parameters, so the order does not matter.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `values -= self.learning_rate * self.weight_decay * values`, for each pair. The inner `Adam` has a learning rate of
# its own: set it to yours before each of its steps, since yours may have been changed from outside.
# </details>

# %% [markdown] tags=["part:optimisers"]
# **Predict, then run.** Two parameters, both 1 at the start. The gradients of the first are noise of size 10, those
# of the second noise of size 0.1, and both have the mean 0: nothing but decay should count in the long run. Once the
# decay is in the gradient ($g + \lambda w$, then Adam), once it is beside it. Which of the four curves falls, which
# do not, and why?

# %% tags=["part:optimisers"]
with attempt():
    rng, noise = np.random.default_rng(18), np.array([[10.0], [0.1]])
    lines = {}
    for kind in ("in the gradient", "AdamW"):
        layer, path = Linear(1, 2, initial_weights=np.ones((2, 1))), []
        decay = 0.0 if kind == "in the gradient" else 1.0
        optimiser = AdamW([layer], learning_rate=1e-3, weight_decay=decay)
        for _ in range(2000):
            layer.grad_weights = noise * rng.normal(size=(2, 1))
            layer.grad_biases = np.zeros(2)
            if kind == "in the gradient":
                layer.grad_weights += 1.0 * layer.weights
            optimiser.step()
            path.append(layer.weights.ravel().copy())
        for i, size in enumerate((10, 0.1)):
            lines[f"{kind}, noise {size}"] = np.array(path)[:, i]
            print(f"{kind:<15}, noise {size:>4}: from 1 to {path[-1][i]:.2f}")
    plots.curves(lines, xlabel="step", ylabel="parameter")

# %% [markdown] tags=["part:optimisers"]
# ### Exercise 11.13 · Lion
#
# **Do** fill in `Lion`: its memory, then `step`.
#
# **Why** this rule was not thought up. A program searched among many, and this came out: only the *sign* of a
# direction counts, so every number of every parameter moves by the same amount. It remembers one array where Adam
# remembers two.
#
# *20 minutes · difficulty 3 of 5*

# %% [markdown] tags=["part:optimisers"]
# $$c = \beta_1 m + (1 - \beta_1)\, g \qquad w \leftarrow w - \eta\,(\operatorname{sign} c + \lambda\, w) \qquad
# m \leftarrow \beta_2 m + (1 - \beta_2)\, g$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $m$, at the start 0 | the momentum, one for each parameter; its name is up to you | like the parameter |
# | $c$ | the mixture for this step; it is not kept | like the parameter |
# | $\beta_1$, $\beta_2$ | `self.beta1`, `self.beta2` | numbers |
# | $\lambda$ | `self.weight_decay` | a number |
#
# In this order: the step uses the *old* $m$, and mixes in more of the new gradient ($1 - \beta_1 = 0.1$) than the
# memory does ($1 - \beta_2 = 0.01$). The sign of 0 is 0. Nothing is corrected, since the size of $c$ does not count.
# As a step is as long as the learning rate in every direction, that should be three to ten times smaller than Adam's.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "lion", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["part:optimisers"]
class Lion:
    """Steps by the sign of a momentum (Chen and others, 2023)."""

    def __init__(
        self, layers, learning_rate=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0
    ):
        """Keep the parameters of the layers; every momentum starts at 0."""
        self.parameters = parameters(layers)
        self.learning_rate = learning_rate
        self.beta1, self.beta2 = beta1, beta2
        self.weight_decay = weight_decay
        ### BEGIN SOLUTION
        arrays = [getattr(layer, name) for layer, name in self.parameters]
        self.momenta = [np.zeros_like(array) for array in arrays]
        ### END SOLUTION

    def step(self):
        """Move every parameter by a sign, then update every momentum."""
        ### BEGIN SOLUTION
        for (layer, name), momentum in zip(self.parameters, self.momenta, strict=True):
            gradient = getattr(layer, "grad_" + name)
            mixture = self.beta1 * momentum + (1 - self.beta1) * gradient
            values = getattr(layer, name)
            direction = np.sign(mixture) + self.weight_decay * values
            values -= self.learning_rate * direction
            momentum *= self.beta2
            momentum += (1 - self.beta2) * gradient
        ### END SOLUTION


# %% [markdown] tags=["part:optimisers"]
# **Try it.** Two weights at 0, gradients of 5 and -0.001: Lion moves both by the learning rate. Then gradients of
# -0.1 and -0.001: with $\beta_1 = \beta_2 = 0.5$, $c$ is $0.5 \cdot 2.5 - 0.05 > 0$ for the first weight, which goes
# on downwards.

# %% tags=["part:optimisers"]
with attempt():
    layer = Linear(1, 2, initial_weights=[[0.0], [0.0]])
    optimiser = Lion([layer], learning_rate=0.1, beta1=0.5, beta2=0.5)
    for gradients in ([[5.0], [-0.001]], [[-0.1], [-0.001]]):
        layer.grad_weights, layer.grad_biases = np.array(gradients), np.zeros(2)
        optimiser.step()
        print(layer.weights.ravel())  # [-0.1  0.1] [-0.2  0.2]


# %% deletable=false editable=false tags=["part:optimisers"]
@check
def check_lion():
    def build(layers):
        return Lion(layers, 0.3, weight_decay=0.1)

    contracts.compare_optimiser_rules(build)

    def describe(name):
        rates = np.c_[[0.5, 0.5, 1.0, 1.0, 0.5]]
        right = candidates.zoo.recorded("Lion", name)
        return candidates.zoo.lion(rates=rates, right=right)

    starts = np.array([[1.0, -2.0, 0.7, 0.2], [0.5, 3.0, -4.0, -1.0]])
    slopes = np.random.default_rng(190).normal(size=(5, 2, 4)).round(1)
    expected = [
        [[-0.4, 0.3, -0.43, -0.48], [-0.45, 0.8, -0.9, 0.4]],
        [[-0.36, 0.27, -0.387, 0.568], [0.595, 0.72, 0.19, -0.64]],
        [[-0.648, 0.486, -0.6966, -0.9776], [1.071, 1.296, -1.658, -1.152]],
        [[-0.5184, 0.3888, 1.44272, 1.21792], [0.8568, -0.9632, -1.3264, -0.9216]],
        [
            [-0.20736, 0.15552, 0.577088, 0.487168],
            [0.34272, -0.38528, -0.53056, -0.36864],
        ],
    ]
    contracts.compare_moves(
        lambda layers: Lion(layers, 0.1, 0.6, 0.9, weight_decay=0.2),
        starts,
        slopes,
        [0.5, 0.5, 1.0, 1.0, 0.5],
        np.array(expected),
        describe,
    )


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_lion", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["part:optimisers"]
ready("lion")  # test_lion, 3 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates, contracts
from helpers.checks import graded


@graded
def test_lion():
    rng = np.random.default_rng(1121)

    def right(starts, gradients, rates, betas, decay, mistake=""):
        beta1, beta2 = betas[::-1] if mistake == "betas exchanged" else betas
        beta2 = beta1 if mistake == "beta1 alone" else beta2
        beta1 = beta2 if mistake == "beta2 alone" else beta1
        mixed = mistake in ("mixture exchanged", "all exchanged")
        kept = mistake in ("memory exchanged", "all exchanged")
        old1, new1 = (1 - beta1, beta1) if mixed else (beta1, 1 - beta1)
        old2, new2 = (1 - beta2, beta2) if kept else (beta2, 1 - beta2)
        w, m, moves = np.array(starts), np.zeros_like(starts), []
        for gradient, rate in zip(gradients, rates, strict=True):
            if mistake == "memory first":
                m = old2 * m + new2 * gradient
            c = old1 * m + new1 * gradient
            c = gradient if mistake == "no memory" else c
            shrink = 0 * w if mistake in ("no decay", "coupled") else decay * w
            c = c + decay * w if mistake == "coupled" else c
            step = c if mistake == "no sign" else np.sign(c)
            factor = 1 if mistake == "decay without rate" else rate
            move = rate * step + factor * shrink
            move = -move if mistake == "uphill" else move
            moves.append(move)
            w = w - move
            if mistake != "memory first":
                m = old2 * m + new2 * gradient
        return np.array(moves)

    contracts.compare_optimiser_rules(lambda la: Lion(la, 0.3, weight_decay=0.1))
    rates = [0.5] * 4 + [0.2] * 4 + [0.7] * 4
    cases = ((0.6, 0.9), 0.3, 11), ((0.9, 0.7), 0.1, 7), ((0.4, 0.3), 0.2, 5)
    for betas, decay, n in cases:
        starts = 3 * rng.normal(size=(2, n))
        gradients = rng.normal(size=(len(rates), 2, n))
        given = starts, gradients, rates, betas, decay

        def describe(name, given=given):
            row = ("weights", "biases").index(name)
            return candidates.zoo.lion(
                rates=np.c_[rates],
                right=lambda mistake: right(*given, mistake)[:, row],
            )

        def build(layers, betas=betas, decay=decay):
            return Lion(layers, 0.1, *betas, weight_decay=decay)

        contracts.compare_moves(
            build, starts, gradients, rates, right(*given), describe
        )
    # a gradient that is always 0 has the sign 0
    starts, still = np.array([[2.0], [-4.0]]), np.zeros((2, 2, 1))
    contracts.compare_moves(
        lambda layers: Lion(layers, 0.1),
        starts,
        still,
        [0.5, 0.5],
        still,
        lambda name: None,
    )


### END HIDDEN TESTS

# %% [markdown] tags=["part:optimisers"]
# <details><summary>Hint 1: a question</summary>
#
# Which two arrays are made of $m$ and $g$ in each step, and which of them has to survive?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# One array of zeros for each parameter, as in `Momentum`. In `step`, for each parameter: the mixture, a new array;
# the move; then the momentum, in place.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `np.sign(mixture) + self.weight_decay * values` is the direction, with `values` as they were before the step. Then
# `momentum *= self.beta2` and `momentum += (1 - self.beta2) * gradient`.
# </details>

# %% [markdown] tags=["part:optimisers"]
# What you have built moves in, each with a learning rate that suits it on the task at the end.

# %% tags=["part:optimisers"]
for optimiser_class, learning_rate in ((Nesterov, 0.06), (AdamW, 0.02), (Lion, 0.004)):
    with attempt():
        layer = Linear(1, 1)
        layer.grad_weights, layer.grad_biases = np.zeros((1, 1)), np.zeros(1)
        optimiser_class([layer], learning_rate).step()
        name = optimiser_class.__name__
        zoo["optimisers"][name] = (optimiser_class, learning_rate)

# %% [markdown] tags=["part:dropout"]
# ## Dropout
#
# A network with many more parameters than samples can learn all of them by heart. One remedy is to make its life
# hard: at each training step every hidden unit is switched off with some probability. No unit can rely on a certain
# other one, and in effect many networks learn at once that share their weights.
#
# ### Exercise 11.14 · Dropout
#
# **Do** fill in `forward` and `backward`.
#
# **Why** it is the first layer that behaves differently in training and afterwards, and forgetting to switch it over
# is a mistake that no error message tells: the network is merely worse than it could be.
#
# *20 minutes · difficulty 3 of 5*

# %% [markdown] tags=["part:dropout"]
# $$y_{nd} = \frac{k_{nd}}{1 - p}\, x_{nd} \qquad\qquad \frac{\partial L}{\partial x_{nd}} = \frac{k_{nd}}{1 - p}\, g_{nd}
# \qquad\qquad k_{nd} = \begin{cases} 0 & \text{with probability } p \\ 1 & \text{with probability } 1 - p \end{cases}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $p$ | `self.rate`, at least 0 and below 1 | a number |
# | $k$ | which entries are kept: drawn from `self.rng`, each on its own, anew in each `forward` | like `x` |
# | $g$ | `grad_output` | like `x` |
#
# This is *inverted* dropout: what is kept is scaled up by $1/(1-p)$, so that every entry is on average what it was
# ($p \cdot 0 + (1 - p) \cdot \frac{x}{1 - p} = x$), and afterwards nothing has to be scaled. While `self.training` is
# false, `forward` and `backward` hand on what they are given, and draw nothing. `backward` always belongs to the last
# `forward`, and uses its $k$.
#
# Draw with `self.rng.random(x.shape)`: numbers from 0 to 1, below $p$ with probability $p$. Mind the dtypes: a
# comparison divided by a float is an array of float64.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "dropout", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["part:dropout"]
class Dropout:
    """Inverted dropout: entries are 0 with probability `rate`, others scaled up."""

    def __init__(self, rate, rng):
        self.rate = rate
        self.rng = rng
        self.training = True

    def forward(self, x):
        """Take x (N, D), return y (N, D); remember what backward needs."""
        ### BEGIN SOLUTION
        x = 1.0 * x
        self.scale = np.ones_like(x)
        if self.training:
            self.scale[self.rng.random(x.shape) < self.rate] = 0
            self.scale /= 1 - self.rate
        return x * self.scale
        ### END SOLUTION

    def backward(self, grad_output):
        """Take dL/dy (N, D), return dL/dx (N, D)."""
        ### BEGIN SOLUTION
        return grad_output * self.scale
        ### END SOLUTION


# %% [markdown] tags=["part:dropout"]
# **Try it.** Eight ones, half of which are dropped on average. What is left is 2. The gradient passes where the ones
# did.

# %% tags=["part:dropout"]
with attempt():
    layer = Dropout(0.5, np.random.default_rng(0))
    print(layer.forward(np.ones((1, 8))))  # zeros and twos
    print(layer.backward(np.full((1, 8), 3.0)))  # zeros and sixes, in the same places
    layer.training = False
    print(layer.forward(np.ones((1, 8))))  # ones


# %% deletable=false editable=false tags=["part:dropout"]
@check
def check_dropout_forward():
    rng = np.random.default_rng(20)
    x = rng.uniform(1, 2, size=(40, 50))
    for rate in (0.2, 0.5):
        layer, twin = (Dropout(rate, np.random.default_rng(1)) for _ in range(2))
        with unchanged(x=x):
            y = layer.forward(x)
        kept = np.not_equal(y, 0)
        case = candidates.zoo.dropout_forward(x=x, rate=rate, kept=kept)
        name = f"forward(x) with rate={rate}, where it is not 0"
        same(name, y, kept * x / (1 - rate), case)
        came = "Whole rows or columns are dropped together: each entry is on its own."
        expect(kept.any(axis=0).all() and kept.any(axis=1).all(), came)
        expect(np.unique(kept, axis=0).shape[0] == 40, came)
        share, error = 1 - kept.mean(), (rate * (1 - rate) / x.size) ** 0.5
        came = f"With rate={rate}, {share:.0%} of 2000 entries are dropped."
        expect(abs(share - rate) < 6 * error, came)
        came = (
            "Two generators that begin alike drop other entries: draw from `self.rng`."
        )
        expect(candidates.close(twin.forward(x), y), came)
        again = np.not_equal(layer.forward(x), 0)
        came = "The same entries are dropped in the next forward: draw them anew."
        expect(np.not_equal(again, kept).any(), came)
    y = Dropout(0.5, rng).forward(x.astype("f4"))
    expect(y.dtype == np.float32, f"forward(x) in float32: got {y.dtype}.")
    y = Dropout(0.5, rng).forward(np.ones((3, 4), dtype=int))
    expect(y.dtype == np.float64, f"forward(x) for integers: got {y.dtype}.")
    same("forward(x) with rate=0", Dropout(0.0, rng).forward(x), x)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_dropout_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["part:dropout"]
ready("dropout_forward")  # test_dropout_forward, 2 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import expect, graded, layouts, same, unchanged


@graded
def test_dropout_forward():
    rng = np.random.default_rng(1122)
    for rate, shape in ((0.3, (70, 30)), (0.8, (1, 3000)), (0.1, (2500, 1))):
        x = rng.choice([-1, 1], size=shape) * rng.uniform(0.5, 2, size=shape)
        layer, twin = (Dropout(rate, np.random.default_rng(2)) for _ in range(2))
        masks = []
        for label, laid_out in layouts(x):
            with unchanged(x=laid_out):
                y = layer.forward(laid_out)
            kept = np.not_equal(y, 0)
            name = f"forward(x) with rate={rate}, x in {label}, where it is not 0"
            case = candidates.zoo.dropout_forward(x=x, rate=rate, kept=kept)
            same(name, y, kept * x / (1 - rate), case)
            masks.append(kept)
            came = "Two generators that begin alike drop other entries: draw from "
            came = f"{came}`self.rng`."
            expect(candidates.close(twin.forward(x), y), came)
        masks = np.array(masks)
        came = "Whole rows or columns are dropped together: each entry is on its own."
        for axis in (1, 2):
            if shape[2 - axis] > 20 and shape[axis - 1] > 20:
                spread = masks.mean(axis=axis)
                expect((spread > 0).all() and (spread < 1).all(), came)
        share, error = 1 - masks.mean(), (rate * (1 - rate) / masks.size) ** 0.5
        came = f"With rate={rate}, {share:.0%} of {masks.size} entries are dropped."
        expect(abs(share - rate) < 6 * error, came)
        came = "The same entries are dropped in the next forward: draw them anew."
        expect(all(np.not_equal(masks[0], mask).any() for mask in masks[1:]), came)
        short = Dropout(rate, rng).forward(x.astype("f4"))
        expect(short.dtype == np.float32, f"forward(x) in float32: got {short.dtype}.")
        whole = Dropout(rate, rng).forward(np.ones(shape, dtype=int))
        expect(
            whole.dtype == np.float64, f"forward(x) for integers: got {whole.dtype}."
        )
        same("forward(x) with rate=0", Dropout(0.0, rng).forward(x), x)


### END HIDDEN TESTS


# %% deletable=false editable=false tags=["part:dropout"]
@check
def check_dropout_backward():
    rng, returned = np.random.default_rng(21), []
    Dropout(0.4, rng).forward(np.ones((1, 1)))
    needs("dropout_forward")  # what is kept is read off what it returns
    for shape in ((30, 20), (1, 50)):
        x, grad_output = rng.uniform(1, 2, size=(2, *shape))
        layer, other = Dropout(0.4, rng), Dropout(0.4, rng)
        for _ in range(2):
            kept = np.not_equal(layer.forward(x.copy()), 0)
            other.forward(x.copy())
            with unchanged(grad_output=grad_output):
                grad_input = layer.backward(grad_output)
            again, expected = layer.backward(grad_output), kept * grad_output / 0.6
            case = candidates.zoo.dropout(kept=kept, grad_output=grad_output)
            same("backward(grad_output)", grad_input, expected, case)
            same("backward(grad_output), called again", again, expected, case)
            returned.append((grad_input, expected))
    kept = all(candidates.close(*pair) for pair in returned)
    expect(kept, "A later call changes what backward() returned: make a new array.")
    layer.forward(x.astype("f4"))
    came = layer.backward(grad_output.astype("f4")).dtype
    expect(came == np.float32, f"backward(grad_output) in float32: got {came}.")


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_dropout_backward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:dropout"]
ready("dropout_backward")  # test_dropout_backward, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import expect, graded, layouts, run_forward, same, unchanged


@graded
def test_dropout_backward():
    rng, returned = np.random.default_rng(1123), []
    for rate, shape in ((0.3, (17, 23)), (0.7, (1, 101)), (0.5, (41, 1))):
        x = rng.uniform(0.5, 2, size=shape)
        grad_output = rng.normal(size=shape)
        layer, other = Dropout(rate, rng), Dropout(rate, rng)
        for label, laid_out in layouts(grad_output):
            y = run_forward(layer, x.copy())
            kept = np.not_equal(y, 0)
            run_forward(other, x.copy())
            with unchanged(grad_output=laid_out):
                grad_input = layer.backward(laid_out)
            again, expected = layer.backward(laid_out), kept * grad_output / (1 - rate)
            if np.shape(y) == shape and 0 < kept.mean() < 1:
                # the slope of what forward does is right, whatever it does
                followed = y / x * grad_output
                if candidates.close(grad_input, followed):
                    expected = followed
            case = candidates.zoo.dropout(kept=kept, grad_output=grad_output)
            name = f"backward(grad_output), grad_output in {label}"
            same(name, grad_input, expected, case)
            same("backward(grad_output), called again", again, expected, case)
            returned.append((grad_input, expected))
        y = run_forward(layer, x.astype("f4"))
        if getattr(y, "dtype", None) == np.float32:
            came = layer.backward(grad_output.astype("f4")).dtype
            expect(came == np.float32, f"backward(grad_output) in float32: got {came}.")
    kept = all(candidates.close(*pair) for pair in returned)
    expect(kept, "A later call changes what backward() returned: make a new array.")


### END HIDDEN TESTS


# %% deletable=false editable=false tags=["part:dropout"]
@check
def check_dropout_evaluation():
    rng = np.random.default_rng(22)
    x, grad_output = draw(rng, (5, 3), (5, 3))
    layer = Dropout(0.5, np.random.default_rng(3))
    kept = np.not_equal(layer.forward(x), 0)
    layer.training = False
    state = layer.rng.bit_generator.state
    case = candidates.zoo.evaluation(rate=0.5, kept=kept)
    same("forward(x) while training is False", layer.forward(x), x, case)
    came = layer.backward(grad_output)
    same("backward(grad_output) while training is False", came, grad_output, case)
    drawn = layer.rng.bit_generator.state != state
    expect(not drawn, "While training is False, nothing should be drawn from `rng`.")
    layer.training = True
    y = layer.forward(np.ones((20, 20)))
    came = "Back in training nothing is dropped: is `self.training` asked each time?"
    expect(np.equal(y, 0).any(), came)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_dropout_evaluation", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:dropout"]
ready("dropout_evaluation")  # test_dropout_evaluation, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import draw, expect, graded, same, unchanged


@graded
def test_dropout_evaluation():
    rng = np.random.default_rng(1124)
    for rate, shape in ((0.3, (7, 5)), (0.9, (4, 4)), (0.5, (1, 3))):
        x, grad_output = draw(rng, shape, shape)
        own = np.random.default_rng(4)
        layer, kept = Dropout(rate, own), None
        for trained in (True, False):
            if trained:
                kept = np.not_equal(layer.forward(x.copy()), 0)
            else:
                layer.training = True
                y = layer.forward(np.ones((30, 30)))
                came = "Back in training nothing is dropped: is `self.training` asked "
                expect(np.equal(y, 0).any(), f"{came}each time?")
                layer, kept = Dropout(rate, own), None  # this one never trains
            case = candidates.zoo.evaluation(rate=rate, kept=kept)
            layer.training = False
            state = own.bit_generator.state
            with unchanged(x=x, grad_output=grad_output):
                y = layer.forward(x)
                grad_input = layer.backward(grad_output)
            same("forward(x) while training is False", y, x, case)
            name = "backward(grad_output) while training is False"
            same(name, grad_input, grad_output, case)
            drawn = own.bit_generator.state != state
            came = "While training is False, nothing should be drawn from `rng`."
            expect(not drawn, came)


### END HIDDEN TESTS

# %% [markdown] tags=["part:dropout"]
# <details><summary>Hint 1: a question</summary>
#
# `forward` and `backward` multiply by the same array. What does it look like in training, and what afterwards?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Make that array in `forward`, and keep it: ones, in the dtype of `x`; in training, zeros where the draw says so, and
# the rest divided by $1 - p$. Both methods return a product with it.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `np.ones_like(x)` has the dtype of `x`, if `x` holds floats. `scale[self.rng.random(x.shape) < self.rate] = 0` puts
# the zeros in place, and `scale /= 1 - self.rate` does the rest, if `self.training`.
# </details>

# %% [markdown] tags=["part:dropout"]
# **Predict, then run.** One row of inputs goes through the layer 2000 times. What is the mean of what comes out,
# entry by entry? How does its spread depend on the rate, and on the size of the input?

# %% tags=["part:dropout"]
with attempt():
    x = np.array([[0.5, 1.0, 2.0, 4.0]])
    for rate in (0.1, 0.5, 0.9):
        layer = Dropout(rate, np.random.default_rng(23))
        many = np.concatenate([layer.forward(x) for _ in range(2000)])
        mean, spread = many.mean(axis=0).round(2), many.std(axis=0).round(2)
        print(f"rate {rate}: mean {mean}, spread {spread}")

# %% [markdown] tags=["part:dropout"]
# ### Exercise 11.15 · Switch them all
#
# **Do** write `set_training(model, training)`: it sets `training` of every `Dropout` in the model.
#
# **Why** a network has several, and somebody has to switch all of them before it is tested, and back again.
#
# *10 minutes · difficulty 2 of 5*

# %% [markdown] tags=["part:dropout"]
# | in the model | what happens |
# | --- | --- |
# | a `Dropout` | its `training` becomes the value |
# | a `Sequential` | the same for each of its `layers`; another `Sequential` may be among them, and in that one more |
# | any other layer | nothing |
#
# A model may be a single layer. The function returns nothing, and changes this model only.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "set_training", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["part:dropout"]
def set_training(model, training):
    """Set `training` of every Dropout in a model, a layer or nested Sequentials."""
    ### BEGIN SOLUTION
    if isinstance(model, Dropout):
        model.training = training
    for layer in getattr(model, "layers", []):
        set_training(layer, training)
    ### END SOLUTION


# %% [markdown] tags=["part:dropout"]
# **Try it.** Two dropouts, one of them a level deeper.

# %% tags=["part:dropout"]
with attempt():
    rng = np.random.default_rng(24)
    first, second = Dropout(0.5, rng), Dropout(0.5, rng)
    model = Sequential([first, ReLU(), Sequential([Linear(2, 2), second])])
    set_training(model, False)
    print(first.training, second.training)  # False False
    set_training(model, True)
    print(first.training, second.training)  # True True


# %% deletable=false editable=false tags=["part:dropout"]
@check
def check_set_training():
    rng = np.random.default_rng(25)
    first, second, third, alone = (Dropout(0.5, rng) for _ in range(4))
    inner = Sequential([Linear(2, 2), second, Sequential([third])])
    model = Sequential([ReLU(), first, inner, Tanh()])
    for training in (False, True, False):
        set_training(model, training)
        came = [layer.training for layer in (first, second, third)]
        expect(came[0] == training, "The Dropout among the outer layers is not set.")
        what = "is not set: a Sequential may hold another one."
        expect(came[1] == training, f"The Dropout one level deeper {what}")
        expect(came[2] == training, f"The Dropout two levels deeper {what}")
        came = "A Dropout of another model is set as well: set it on the layer itself."
        expect(alone.training is True, came)
    set_training(alone, False)
    expect(alone.training is False, "A model that is a single Dropout is not set.")
    set_training(ReLU(), True)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_set_training", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["part:dropout"]
ready("set_training")  # test_set_training, 1 point
### BEGIN HIDDEN TESTS
import numpy as np
from parts import Linear, ReLU, Sequential

from helpers.checks import expect, graded


@graded
def test_set_training():
    rng = np.random.default_rng(1125)
    layers = [Dropout(0.5, rng) for _ in range(6)]
    outer, deeper, deepest, late, elsewhere, alone = layers
    inner = Sequential([deeper, Linear(3, 3), Sequential([ReLU(), deepest])])
    model = Sequential([outer, inner, Linear(3, 2), late])
    other = Sequential([elsewhere])
    for training in (False, True, True, False):
        set_training(model, training)
        for layer, place in (
            (outer, "The Dropout among the outer layers is not set."),
            (late, "The Dropout that comes after a Sequential is not set."),
            (
                deeper,
                "The Dropout one level deeper is not set: a Sequential may hold "
                "another one.",
            ),
            (
                deepest,
                "The Dropout two levels deeper is not set: a Sequential may hold "
                "another one.",
            ),
        ):
            expect(layer.training == training, place)
        came = "A Dropout of another model is set as well: set it on the layer itself."
        expect(elsewhere.training is True, came)
    set_training(alone, False)
    expect(alone.training is False, "A model that is a single Dropout is not set.")
    set_training(other, False)
    expect(not elsewhere.training, "The Dropout among the outer layers is not set.")
    set_training(ReLU(), True)
    set_training(Sequential([]), True)


### END HIDDEN TESTS

# %% [markdown] tags=["part:dropout"]
# <details><summary>Hint 1: a question</summary>
#
# A Sequential in a Sequential in a Sequential: which function already knows what to do with the inner one?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Two cases. A `Dropout` is set. Whatever has `layers` hands the job on: the function calls itself for each of them.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `isinstance(model, Dropout)` asks for the first case, `getattr(model, "layers", [])` is an empty list in the other
# ones.
# </details>

# %% [markdown] tags=["part:dropout"]
# Does it help? 300 images of digits (8 x 8, from scikit-learn) are few for a network with 7,510 parameters, and to
# make it worse a tenth of their labels are wrong. The network is trained three times without dropout and three times
# with, from the same three starts, and tested on 1,000 other images, whose labels are right.
#
# **Predict, then run.** Which of the two has the lower loss on its own images? And which on the others? How much is
# lost when the dropout is left on for the test?


# %% tags=["part:dropout"]
def train_on_digits(rate, seed, epochs):
    """Train 64-100-10 on 300 digits, 30 labels wrong; return it, and both sets."""
    rng, digits = np.random.default_rng(seed), load_digits()
    x, labels = digits.data / 16, digits.target
    known, others = (
        (x[:300], spoil(labels[:300], 30, 10, rng)),
        (x[-1000:], labels[-1000:]),
    )
    first = Linear(64, 100, rng.normal(size=(100, 64)) / 8)
    last = Linear(100, 10, rng.normal(size=(10, 100)) / 10)
    model = Sequential([first, ReLU(), Dropout(rate, rng), last])
    optimiser, loss = Adam(model.layers, 0.003), SoftmaxCrossEntropy()
    for _ in range(epochs):
        for x_batch, batch in minibatches(*known, 50, rng):
            loss.forward(model.forward(x_batch), batch)
            model.backward(loss.backward())
            optimiser.step()
    return model, known, others


# %% tags=["part:dropout"]
with attempt():
    epochs, loss = 1 if is_grading() else 80, SoftmaxCrossEntropy()
    for rate in (0.0, 0.5):
        rows = []
        for seed in range(3):
            model, known, others = train_on_digits(rate, seed, epochs)
            left_on = accuracy(model.forward(others[0]), others[1])
            set_training(model, False)
            row = [
                loss.forward(model.forward(x), labels) for x, labels in (known, others)
            ]
            rows.append([*row, accuracy(model.forward(others[0]), others[1]), left_on])
        known_loss, other_loss, right, left_on = np.mean(rows, axis=0)
        print(
            f"rate {rate}: loss {known_loss:.3f} on its own, {other_loss:.3f} on others"
        )
        print(f"          accuracy {right:.1%}; with dropout left on {left_on:.1%}")

# %% [markdown] tags=["part:dropout"]
# Without dropout the network learns the wrong labels by heart, too: a low loss on its own images is no good sign
# here.

# %% [markdown] tags=["part:activations", "part:losses", "part:optimisers"]
# ## Side by side
#
# Now everything that lives in the zoo competes, on a small task: three spirals in the plane, one for each class, 300
# points to learn and 600 others to be tested on. The network is 2-32-32-3. With the same seed every competitor starts
# from the same weights and sees the same batches.


# %% tags=["part:activations", "part:losses", "part:optimisers"]
def draw_spirals(rng, count):
    """Return points (3 * count, 2) on three noisy spirals, and their labels."""
    labels = np.repeat(np.arange(3), count)
    along = rng.uniform(0.1, 1, size=3 * count)
    angle = 2 * np.pi * labels / 3 + 8 * along + 0.2 * rng.normal(size=3 * count)
    return 2 * along[:, np.newaxis] * np.c_[np.cos(angle), np.sin(angle)], labels


spirals = draw_spirals(np.random.default_rng(26), 100)
new_spirals = draw_spirals(np.random.default_rng(27), 200)


# %% tags=["part:activations", "part:losses", "part:optimisers"]
def build_network(activation, rng):
    """Return 2-32-32-3 with this activation between the layers."""
    layers = []
    for inputs, outputs in itertools.pairwise((2, 32, 32, 3)):
        weights = rng.normal(scale=np.sqrt(2 / inputs), size=(outputs, inputs))
        layers += [Linear(inputs, outputs, weights), activation()]
    return Sequential(layers[:-1])


def train_on_spirals(activation, optimiser, loss, labels, epochs, seed=28):
    """Train a network; yield it and the mean loss after each epoch."""
    rng, (optimiser_class, learning_rate) = np.random.default_rng(seed), optimiser
    model = build_network(activation, rng)
    optimiser = optimiser_class(model.layers, learning_rate)
    for _ in range(1 if is_grading() else epochs):
        losses = []
        for x_batch, batch in minibatches(spirals[0], labels, 30, rng):
            losses.append(loss.forward(model.forward(x_batch), batch))
            model.backward(loss.backward())
            optimiser.step()
        yield model, float(np.mean(losses))


def score_on_spirals(activation, optimiser, loss, labels, epochs):
    """Return the accuracy on new points of three trainings, one for each start."""
    scores = []
    for seed in (28, 29, 30):
        training = train_on_spirals(activation, optimiser, loss, labels, epochs, seed)
        *_, (model, _) = training
        scores.append(accuracy(model.forward(new_spirals[0]), new_spirals[1]))
    return np.array(scores)


def show_scores(scores):
    """Return the mean in percent, and in brackets best minus worst start, as text."""
    return f"{100 * scores.mean():>7.1f} ({100 * np.ptp(scores):>4.1f})"


# %% [markdown] tags=["part:activations", "part:optimisers"]
# **Predict, then run.** Every activation with every optimiser, 30 epochs, three starts. Each entry is the mean
# accuracy on new points in percent, and in brackets how many points lie between the best start and the worst. Does a
# row stand out, or a column? How many of the differences are larger than what the start alone makes?

# %% tags=["part:activations", "part:optimisers"]
with attempt():
    print(" " * 10 + "".join(f"{name:>14}" for name in zoo["optimisers"]))
    for name, activation in zoo["activations"].items():
        row = [
            score_on_spirals(
                activation, optimiser, SoftmaxCrossEntropy(), spirals[1], 30
            )
            for optimiser in zoo["optimisers"].values()
        ]
        print(f"{name:<10}" + "".join(show_scores(scores) for scores in row))

# %% [markdown] tags=["part:activations", "part:optimisers"]
# Do not take the table for more than it is: one task, three starts, 30 epochs, and learning rates that were tried out
# by hand. To say that one is better than another you would need more starts, and a learning rate tuned for each with
# the same care. When that was done for fifteen optimisers, none won everywhere (Schmidt and others, 2021).

# %% [markdown] tags=["part:optimisers"]
# **Predict, then run.** How much is the learning rate's doing? The same optimisers with tanh, each with a third of
# its learning rate, with the one in the zoo, and with three times as much. Which differ more, the entries of a row or
# those of a column?

# %% tags=["part:optimisers"]
with attempt():
    print(" " * 10 + "".join(f"{name:>14}" for name in ("a third", "1", "3 times")))
    for name, (optimiser_class, rate) in zoo["optimisers"].items():
        row = []
        for factor in (1 / 3, 1, 3):
            optimiser, loss = (optimiser_class, factor * rate), SoftmaxCrossEntropy()
            row.append(score_on_spirals(Tanh, optimiser, loss, spirals[1], 30))
        print(f"{name:<10}" + "".join(show_scores(scores) for scores in row))

# %% [markdown] tags=["part:losses"]
# **Predict, then run.** The losses, with Adam and tanh, 80 epochs, three starts: first with the right labels, then
# with 60 of the 300 labels wrong. Accuracy is measured on clean points both times, in percent; in brackets stands
# what lies between the best start and the worst. Which loss minds the wrong labels most, and which the least? (Think
# of what each says to a sample that is sure and wrong, and to one that is far ahead.)

# %% tags=["part:losses"]
with attempt():
    spoilt = spoil(spirals[1], 60, 3, np.random.default_rng(29))
    print(" " * 20 + f"{'right labels':>14}{'60 wrong':>14}")
    for name, loss_class in zoo["losses"].items():
        row = [
            score_on_spirals(Tanh, (Adam, 0.01), loss_class(), labels, 80)
            for labels in (spirals[1], spoilt)
        ]
        print(f"{name:<20}" + "".join(show_scores(scores) for scores in row))

# %% [markdown] tags=["part:losses"]
# The squared error does not do badly here: Adam divides every gradient by its usual size, so that small ones are not
# lost, and no network starts out sure and wrong. And a loss that says little to a sure mistake says little to a wrong
# label, too (Ghosh and others, 2017).

# %% [markdown] tags=["part:optimisers"]
# ### The race, live
#
# **Predict, then run.** All the optimisers at once, each with a tanh network of its own and the same start. Who is
# ahead after five epochs, who in the end? On the right is the plane as the network of the last one in the list sees
# it.

# %% tags=["part:optimisers"]
with attempt():
    racers = {
        name: train_on_spirals(Tanh, optimiser, SoftmaxCrossEntropy(), spirals[1], 60)
        for name, optimiser in zoo["optimisers"].items()
    }
    board = live.Board(
        live.Curve("loss", lines=list(racers), log=True),
        live.Boundary(*spirals),
        pace=0.1,
        budget=0.3,
    )
    with board:
        for epoch, states in enumerate(zip(*racers.values(), strict=True)):
            losses = dict(zip(racers, [loss for _, loss in states], strict=True))
            board.update(loss=(epoch, losses), boundary=states[-1][0].forward)
    for name, (model, loss) in zip(racers, states, strict=True):
        right = accuracy(model.forward(new_spirals[0]), new_spirals[1])
        print(f"{name:<10} loss {loss:.4f}, accuracy on new points {right:.1%}")

# %% [markdown]
# ## Summary
#
# - A formula becomes code that is right when you ask where it overflows, which axis a sum runs over, and who divides.

# %% [markdown] tags=["part:activations"]
# - Smooth activations let a *share* of each entry through. Softmax mixes the entries of a row: its way back needs the
#   whole Jacobian, but never as a matrix.

# %% [markdown] tags=["part:losses"]
# - A loss for classes is built from logits, with the logarithm inside. Cross-entropy's gradient is the miss itself;
#   that of squared errors behind a sigmoid vanishes where the network is sure and wrong. Margins, lines far out and
#   weights say what else should count.

# %% [markdown] tags=["part:optimisers"]
# - Optimisers differ in what they remember and what they do with it: look ahead, decay on its own, or a sign. Before
#   you compare two, tune the learning rate of both.

# %% [markdown] tags=["part:dropout"]
# - Dropout is noise in training and nothing afterwards, and somebody has to switch it.

# %% [markdown]
# **Where this comes from.**

# %% [markdown] tags=["part:activations"]
# Maas, Hannun and Ng, *Rectifier nonlinearities improve neural network acoustic models*, ICML workshop (2013).
# Hendrycks and Gimpel, *Gaussian error linear units* (2016). Elfwing, Uchibe and Doya, *Sigmoid-weighted linear
# units*, Neural Networks 107 (2018); Ramachandran, Zoph and Le, *Searching for activation functions* (2017).

# %% [markdown] tags=["part:losses"]
# Solla, Levin and Fleisher, *Accelerated learning in layered neural networks*, Complex Systems 2 (1988), on squared
# errors and cross-entropy. Szegedy and others, *Rethinking the Inception architecture*, CVPR (2016), for label
# smoothing; Hinton, Vinyals and Dean, *Distilling the knowledge in a neural network* (2015). Weston and Watkins,
# *Support vector machines for multi-class pattern recognition*, ESANN (1999). Huber, *Robust estimation of a location
# parameter*, Annals of Mathematical Statistics 35 (1964). Lin, Goyal, Girshick, He and Dollár, *Focal loss for dense
# object detection*, ICCV (2017). Ghosh, Kumar and Sastry, *Robust loss functions under label noise for deep neural
# networks*, AAAI (2017).

# %% [markdown] tags=["part:optimisers"]
# Nesterov, *A method of solving a convex programming problem with convergence rate O(1/k²)*, Soviet Mathematics
# Doklady 27 (1983); Sutskever, Martens, Dahl and Hinton, *On the importance of initialization and momentum in deep
# learning*, ICML (2013). Loshchilov and Hutter, *Decoupled weight decay regularization*, ICLR (2019). Chen and
# others, *Symbolic discovery of optimization algorithms*, NeurIPS (2023).

# %% [markdown] tags=["part:activations", "part:optimisers"]
# Schmidt, Schneider and Hennig, *Descending through a crowded valley: benchmarking deep learning optimizers*, ICML
# (2021).

# %% [markdown] tags=["part:dropout"]
# Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, *Dropout: a simple way to prevent neural networks from
# overfitting*, JMLR 15 (2014).

# %%
summary()
