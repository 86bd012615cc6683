# %% [markdown]
# # 14 · The debugging clinic
#
# **What you'll do.** Fourteen networks do not learn as they should. You build five instruments, read the chart of each
# patient, name the fault and the measurement that points at it, and repair the broken part.
#
# **What you'll learn.** Which measurements tell faults apart that look alike; in which order to take them; why a loss
# that falls proves little; the difference between a repair and a treatment that hides the symptom.
#
# **What you need.** Notebooks 01 to 06 (what they built comes along in `parts.py`). About four hours; after part 1
# every case stands on its own, so you may do some today and some tomorrow.

# %%
import itertools

import numpy as np
from parts import (
    Linear,
    MSELoss,
    ReLU,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
    accuracy,
    minibatches,
    preprocess,
    relative_error,
)
from sklearn.datasets import load_digits

from helpers import candidates, data, gradcheck, live, plots
from helpers.candidates import clinic
from helpers.checks import (
    attempt,
    check,
    draw,
    expect,
    raises,
    ready,
    same,
    same_number,
    same_spread,
    summary,
    unchanged,
)
from helpers.execution import is_grading

# %% [markdown]
# ## Why this is hard
#
# A program with a fault stops, or gives a wrong answer that you recognise. A network with a fault goes on learning
# around it. Most of the fourteen patients raise no error, and several of them reach 80 % and more. Reading the code
# again and again is slow, and you read what you meant. Measuring is quick, and numbers do not know what you meant.
#
# | word | meaning here |
# | --- | --- |
# | symptom | what you notice: a curve, an accuracy |
# | measurement | a number that is the same for all healthy networks, or nearly, and different for some ill ones |
# | fault | the line of code that is wrong |
# | repair | that line, mended. Whatever only makes the symptom disappear is none |
#
# The rules of the course hold as ever: no function changes its arguments, float32 in gives float32 out, integers count
# as float64, randomness comes from a generator that is passed in.

# %% [markdown]
# ## Part 1: five instruments
#
# Each of them is a few lines, and each belongs into your luggage for good.
#
# ### Exercise 14.1 · The loss before the first step
#
# **Do** write `surplus_over_chance`: how far the loss of an untrained network lies above that of guessing.
#
# **Why** it is the cheapest test there is: one forward pass, no training, and you know beforehand what must come out.
#
# *8 minutes · difficulty 1 of 5*

# %% [markdown]
# Whoever knows nothing gives each of C classes the probability $1/C$. The cross-entropy of that is $-\ln(1/C) = \ln C$,
# for any label; with ten classes 2.303. The logits of a well drawn network are small at first, so it begins near that.
#
# $$s = L_0 - \ln C$$
#
# | maths | code | what it is |
# | --- | --- | --- |
# | $L_0$ | `loss.forward(model.forward(x), labels)` | the loss of the network as it is, a number |
# | $C$ | classes: the columns of the logits | a number |
# | $s$ | the result | one number; near 0 is healthy |
#
# `model` has a `forward(x)`, which returns logits (N, C), `loss` has a `forward(logits, labels)`. Nothing is trained.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "start_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def surplus_over_chance(model, loss, x, labels):
    """Return the loss of the model as it is, minus ln C, the loss of guessing.

    x (N, D), labels (N,); model.forward(x) gives logits (N, C).
    """
    ### BEGIN SOLUTION
    logits = model.forward(x)
    return float(loss.forward(logits, labels) - np.log(logits.shape[1]))
    ### END SOLUTION


# %% [markdown]
# **Try it.** Weights of zero give logits of zero, and so exactly chance: 0. With weights of 100 the network is sure of
# nonsense: 73.9.

# %%
with attempt():
    x, labels_of_x = np.ones((4, 2)), np.array([0, 1, 2, 1])
    for scale_of_weights in (0.0, 100.0):
        layer = Linear(2, 3, scale_of_weights * np.array([[1, 0], [0, 1], [1, 1]]))
        print(surplus_over_chance(layer, SoftmaxCrossEntropy(), x, labels_of_x))


# %% deletable=false editable=false
@check
def check_start_loss():
    class Fixed:
        def __init__(self, values):
            self.values = values

        def forward(self, *_):
            return self.values

    for n, c, surplus in ((5, 3, 0.25), (4, 4, -0.125), (1, 7, 30.0)):
        model, loss = Fixed(np.zeros((n, c))), Fixed(surplus + np.log(float(c)))
        x, labels_of_x = np.zeros((n, 2)), np.ones(n, dtype=int)
        name = f"surplus_over_chance(...) with N={n}, C={c}"
        case = candidates.clinic.surplus(N=n, C=c, K=2)
        value = surplus_over_chance(model, loss, x, labels_of_x)
        same_number(name, value, surplus, case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_start_loss", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("start_loss")  # test_start_loss, 1 point
### BEGIN HIDDEN TESTS
import numpy as np
from parts import Linear, SoftmaxCrossEntropy

from helpers import candidates
from helpers.checks import draw, graded, same_number, unchanged


@graded
def test_start_loss():
    rng = np.random.default_rng(1401)
    for n, d, c in ((7, 5, 3), (4, 4, 4), (1, 3, 5), (11, 2, 13)):
        x, weights, biases = draw(rng, (n, d), (c, d), (c,))
        labels = rng.integers(c, size=n)
        model = Linear(d, c, 3 * weights, biases)
        logits = x @ (3 * weights).T + biases
        loss = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(n), labels]
        with unchanged(x=x, labels=labels):
            value = surplus_over_chance(model, SoftmaxCrossEntropy(), x, labels)
        name = f"surplus_over_chance(...) with N={n}, C={c}"
        case = candidates.clinic.surplus(N=n, C=c, K=labels.max() + 1)
        same_number(name, value, loss.mean() - np.log(c), case)
        name = f"{name}, the weights after it"
        same_number(name, model.weights.sum(), (3 * weights).sum())


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Which number would the loss be if the network guessed, and where do you read off how many classes there are?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Keep the logits: you need them for the loss, and their shape for C. `np.log` is the natural logarithm.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `loss.forward(logits, labels)` minus `np.log` of `logits.shape[1]`.
# </details>

# %% [markdown]
# ### Exercise 14.2 · Dead units
#
# **Do** write `fraction_of_dead_units`.
#
# **Why** a ReLU unit that is 0 for every sample hands back 0 for every sample. None of its weights will move again,
# whatever the loss says.
#
# *8 minutes · difficulty 1 of 5*

# %% [markdown]
# Let $h_{nj}$ be the output of unit $j$ for sample $n$, none of them negative. Unit $j$ is dead if $h_{nj} = 0$ for
# **all** $n$.
#
# | maths | code | shape |
# | --- | --- | --- |
# | $h$ | `outputs`, what comes out of a ReLU | (N, M) |
# | | the result: dead units, divided by M | one number from 0 to 1 |
#
# That a unit is off for half of the samples is nothing bad; it is what makes a ReLU network more than a straight line.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "dead_units", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fraction_of_dead_units(outputs):
    """Return the share of units, columns of outputs (N, M), that are 0 in every row."""
    ### BEGIN SOLUTION
    is_alive = (np.asarray(outputs) != 0).any(axis=0)
    return float(1 - is_alive.mean())
    ### END SOLUTION


# %% [markdown]
# **Try it.** Three samples, four units. Only the third unit is 0 for all three: a quarter.

# %%
with attempt():
    print(fraction_of_dead_units(np.array([[1, 0, 0, 2], [0, 3, 0, 0], [0, 0, 0, 1]])))


# %% deletable=false editable=false
@check
def check_dead_units():
    outputs = np.array([[0, 2, 0, 0, 1], [0, 0, 0, 3, 1], [0, 0, 0, 0, 0]])
    for scale_of_outputs, kind in ((1, "i8"), (0.25, "f8"), (0.25, "f4")):
        given = (scale_of_outputs * outputs).astype(kind)
        with unchanged(outputs=given):
            share = fraction_of_dead_units(given)
        case = candidates.clinic.dead(outputs=given, M=5)
        same_number(f"fraction_of_dead_units(outputs), {kind}", share, 0.4, case)
    share = fraction_of_dead_units(outputs[:, 1:2])
    same_number("fraction_of_dead_units for one living unit", share, 0.0)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_dead_units", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("dead_units")  # test_dead_units, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import graded, layouts, same_number, unchanged


@graded
def test_dead_units():
    rng = np.random.default_rng(1402)
    for n, m, dead in ((7, 5, 2), (4, 4, 1), (1, 7, 3), (13, 11, 0), (3, 2, 2)):
        outputs = rng.uniform(0.5, 2, size=(n, m)) * (rng.uniform(size=(n, m)) < 0.7)
        outputs[0] = 1e-9
        outputs[:, rng.permutation(m)[:dead]] = 0
        outputs[-1] *= n < 2
        for label, laid_out in layouts(outputs):
            with unchanged(outputs=laid_out):
                share = fraction_of_dead_units(laid_out)
            name = f"fraction_of_dead_units(outputs), {(n, m)}, {label}"
            case = candidates.clinic.dead(outputs=outputs, M=m)
            same_number(name, share, dead / m, case)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Along which axis do you ask "for all samples"?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Compare with 0, entry by entry. Then ask each column whether all of its entries agree. The mean of truth values is a
# share.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `(outputs == 0)`, then `.all` along the axis of the samples, then `.mean()`.
# </details>

# %% [markdown]
# ### Exercise 14.3 · How large is the gradient, layer by layer?
#
# **Do** write `gradient_size_per_layer`.
#
# **Why** it shows where a gradient gets lost on its way back, or grows without bound.
#
# *8 minutes · difficulty 1 of 5*

# %% [markdown]
# The *root mean square* (RMS) of the gradient of the weights, for each layer that has weights:
#
# $$r = \sqrt{\frac{1}{M D} \sum_{j=1}^{M} \sum_{i=1}^{D} \left(\frac{\partial L}{\partial W_{ji}}\right)^2}$$
#
# | maths | code | what it is |
# | --- | --- | --- |
# | $\partial L/\partial W$ | `layer.grad_weights` | (M, D), set by the last `backward` |
# | $M D$ | its number of entries | a number |
# | $r$ | one entry of the result | a number |
#
# `layers` is a list of layers, from the input to the output. Activations have no `weights`: they are passed over. The
# result is a list, an entry for each layer with weights, in the same order. The mean makes layers of different sizes
# comparable.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "gradient_sizes", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient_size_per_layer(layers):
    """Return a list: the RMS of grad_weights of each layer that has weights."""
    ### BEGIN SOLUTION
    gradients = [layer.grad_weights for layer in layers if hasattr(layer, "weights")]
    return [float(np.sqrt(np.mean(np.square(1.0 * g)))) for g in gradients]
    ### END SOLUTION


# %% [markdown]
# **Try it.** Gradients of 3 and 4: the mean of 9 and 16 is 12.5, and its root 3.54. The ReLU adds no entry.

# %%
with attempt():
    layer = Linear(2, 1, [[1.0, 1.0]])
    layer.grad_weights = np.array([[3.0, 4.0]])
    print(gradient_size_per_layer([layer, ReLU()]))


# %% deletable=false editable=false
@check
def check_gradient_sizes():
    rng, layers, gradients, biases, weights = np.random.default_rng(1), [], [], [], []
    for size, (d, m) in ((0.5, (4, 3)), (3.0, (6, 5)), (0.02, (2, 1))):
        layer = Linear(d, m, rng=rng)
        every_other = np.tile([size * np.sqrt(2), 0.0], d * m // 2)
        signs = rng.choice([-1, 1], size=(m, d))
        layer.grad_weights = every_other.reshape(m, d) * signs
        layer.grad_biases = rng.normal(size=m)
        layers += [layer, ReLU()]
        gradients.append(layer.grad_weights.copy())
        biases.append(layer.grad_biases)
        weights.append(layer.weights.copy())
    sizes = gradient_size_per_layer(layers)
    came = type(sizes).__name__
    expect(
        isinstance(sizes, list | tuple | np.ndarray), f"expected a list, got {came}."
    )
    came = f"expected 3 entries, one for each layer with weights, got {len(sizes)}."
    expect(len(sizes) == 3, came)
    given = {"gradients": gradients, "biases": biases, "weights": weights}
    case = candidates.clinic.gradient_sizes(**given)
    same("gradient_size_per_layer(layers)", np.array(sizes), [0.5, 3.0, 0.02], case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_gradient_sizes", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("gradient_sizes")  # test_gradient_sizes, 1 point
### BEGIN HIDDEN TESTS
import numpy as np
from parts import Linear, ReLU, Tanh

from helpers import candidates
from helpers.checks import expect, graded, same


@graded
def test_gradient_sizes():
    rng = np.random.default_rng(1403)
    for shapes in (((5, 3), (3, 7), (7, 2)), ((4, 4), (4, 4)), ((1, 1),)):
        layers, gradients, biases, weights = [Tanh()], [], [], []
        for d, m in shapes:
            layer = Linear(d, m, rng=rng)
            gradients.append(rng.normal(size=(m, d)) * 10 ** rng.uniform(-3, 2))
            biases.append(rng.normal(size=m))
            layer.grad_weights, layer.grad_biases = gradients[-1].copy(), biases[-1]
            weights.append(layer.weights.copy())
            layers += [layer, ReLU()]
        sizes = gradient_size_per_layer(layers)
        came = f"expected a list, got {type(sizes).__name__}."
        expect(isinstance(sizes, list | tuple | np.ndarray), came)
        count = len(shapes)
        came = f"expected {count} entries, one for each layer with weights, got "
        expect(len(sizes) == count, f"{came}{len(sizes)}.")
        expected = [np.linalg.norm(g) / g.size**0.5 for g in gradients]
        given = {"gradients": gradients, "biases": biases, "weights": weights}
        case = candidates.clinic.gradient_sizes(**given)
        name = f"gradient_size_per_layer(layers), {len(shapes)} of them with weights"
        same(name, np.array(sizes), expected, case)
        kept = all(
            np.array_equal(layer.grad_weights, gradient)
            for layer, gradient in zip(layers[1::2], gradients, strict=True)
        )
        expect(
            kept, "gradient_size_per_layer changes grad_weights: it should look only."
        )
    layer = Linear(3, 2)
    layer.grad_weights = np.array([[100, -100, 100], [100, 100, -100]])
    sizes = gradient_size_per_layer([layer])
    same("gradient_size_per_layer for integers", np.array(sizes), [100.0])


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# How do you recognise a layer that has weights?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Loop over the layers; `hasattr(layer, "weights")` tells which count. Square, take the mean, take the root: in this
# order.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `np.sqrt(np.mean(layer.grad_weights**2))` for each, appended to a list.
# </details>

# %% [markdown]
# ### Exercise 14.4 · How far does a step go?
#
# **Do** write `update_to_weight_ratios`.
#
# **Why** a learning rate as such says nothing: the step also depends on the gradient. This ratio says what the step
# does. Andrej Karpathy's rule of thumb is to have it near 0.001 for each layer; 0.00001 is too slow, and 0.1 is
# violent.
#
# *8 minutes · difficulty 1 of 5*

# %% [markdown]
# $$q = \frac{\lVert W_{\text{after}} - W_{\text{before}} \rVert}{\lVert W_{\text{before}} \rVert} \qquad
# \lVert A \rVert = \sqrt{\textstyle\sum A_{ji}^2}$$
#
# | maths | code | what it is |
# | --- | --- | --- |
# | $W_{\text{before}}$ | an entry of `before` | the weights of one layer before a step, any shape |
# | $W_{\text{after}}$ | the same entry of `after` | its weights after the step |
# | $q$ | one entry of the result | a number |
#
# `before` and `after` are lists of arrays of equal lengths; so is the result, a list of numbers. No array in `before`
# is all zero.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "update_ratios", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_to_weight_ratios(before, after):
    """Return a list: the length of each array's change, over its length before."""
    ### BEGIN SOLUTION
    ratios = []
    for old, new in zip(before, after, strict=True):
        change = np.linalg.norm(1.0 * new - old)
        ratios.append(float(change / np.linalg.norm(old)))
    return ratios
    ### END SOLUTION


# %% [markdown]
# **Try it.** A vector (3, 4) of length 5 moves to (3, 4.5): by 0.5, a tenth of its length. One that is turned from
# (1, 0) to (0, 1) keeps its length, but has moved by 1.41.

# %%
with attempt():
    before = [np.array([3.0, 4.0]), np.array([1.0, 0.0])]
    after = [np.array([3.0, 4.5]), np.array([0.0, 1.0])]
    print(update_to_weight_ratios(before, after))


# %% deletable=false editable=false
@check
def check_update_ratios():
    old = [np.array([[3.0, -4.0]]), np.array([[1.0, 2], [2, -4]]), np.ones((1, 1))]
    new = [np.array([[3.3, -4.4]]), np.array([[1.0, 2], [2, 1]]), np.ones((1, 1))]
    with unchanged(before=old[0], after=new[0]):
        ratios = update_to_weight_ratios(old, new)
    came = f"expected a list, got {type(ratios).__name__}."
    expect(isinstance(ratios, list | tuple | np.ndarray), came)
    case = candidates.clinic.update_ratios(old=old, new=new)
    same("update_to_weight_ratios", np.array(ratios), [0.1, 1.0, 0.0], case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_update_ratios", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("update_ratios")  # test_update_ratios, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import expect, graded, same, unchanged


@graded
def test_update_ratios():
    rng = np.random.default_rng(1404)
    for shapes in (
        ((5, 3), (7, 5), (2, 7)),
        ((4, 4), (4, 4)),
        ((1, 1),),
        ((6,), (3, 2)),
    ):
        old = [rng.normal(size=shape) for shape in shapes]
        new = [a + 10 ** rng.uniform(-4, 0) * rng.normal(size=a.shape) for a in old]
        expected = [
            np.sqrt(((b - a) ** 2).sum() / (a * a).sum())
            for a, b in zip(old, new, strict=True)
        ]
        with unchanged(before=old[0], after=new[0]):
            ratios = update_to_weight_ratios(old, new)
        came = f"expected a list, got {type(ratios).__name__}."
        expect(isinstance(ratios, list | tuple | np.ndarray), came)
        case = candidates.clinic.update_ratios(old=old, new=new)
        name = f"update_to_weight_ratios for {len(shapes)} arrays"
        same(name, np.array(ratios), expected, case, rtol=1e-9)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Which two lengths do you need? Why is the difference of the two lengths before and after not one of them?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `zip(before, after)` walks through both lists. Subtract first, then take the length; `np.linalg.norm` does that for
# any array of one or two dimensions.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `np.linalg.norm(new - old) / np.linalg.norm(old)` for each pair.
# </details>

# %% [markdown]
# ### Exercise 14.5 · Learn one batch by heart
#
# **Do** write `overfit_one_batch`: train on a single batch, and write down the losses.
#
# **Why** twenty samples can be learned by heart by any network that is put together rightly. If yours cannot, do not
# wait for an hour of training on sixty thousand to tell you.
#
# *10 minutes · difficulty 2 of 5*

# %% [markdown]
# Take `steps` steps, each with all samples of the batch:
#
# $$L_0,\quad w \leftarrow w - \eta \frac{\partial L}{\partial w},\quad L_1,\quad \dots,\quad L_{\text{steps}}$$
#
# | maths | code | what it is |
# | --- | --- | --- |
# | $L_0$ | first entry of the result | the loss before the first step |
# | $L_{\text{steps}}$ | last entry | the loss after the last step |
# | $\eta$ | `learning_rate` | for `model.update_params` |
#
# So the list has `steps + 1` entries. The model is trained where it is; `x` and `t` stay as they are. `model` has
# `forward`, `backward` and `update_params`, `loss` has `forward` and `backward`: nothing else is known about them.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "one_batch", "locked": false, "schema_version": 3, "solution": true, "task": false}
def overfit_one_batch(model, loss, x, t, *, steps, learning_rate):
    """Train on one batch, in place; return the losses before and after all steps."""
    ### BEGIN SOLUTION
    losses = [float(loss.forward(model.forward(x), t))]
    for _ in range(steps):
        model.backward(loss.backward())
        model.update_params(learning_rate)
        losses.append(float(loss.forward(model.forward(x), t)))
    return losses
    ### END SOLUTION


# %% [markdown]
# **Try it.** The line of notebook 05, one weight at 0 and the data $t = 2x$: 4, 1 and 0.25 are the losses before and
# after two steps with a learning rate of 0.25.

# %%
with attempt():
    line = Linear(1, 1, [[0.0]], [0.0])
    x, t = np.array([[-1.0], [1.0]]), np.array([[-2.0], [2.0]])
    print(overfit_one_batch(line, MSELoss(), x, t, steps=2, learning_rate=0.25))


# %% deletable=false editable=false
@check
def check_one_batch():
    x, t = np.array([[-1.0], [1.0]]), np.array([[-6.0], [6.0]])
    for rate, steps, losses, slope in (
        (0.25, 3, [36.0, 9.0, 2.25, 0.5625], 5.25),
        (0.5, 1, [36.0, 0.0], 6.0),
        (0.25, 0, [36.0], 0.0),
    ):
        line, name = Linear(1, 1, [[0.0]], [0.0]), f"{steps} steps, rate {rate}"
        with unchanged(x=x, t=t):
            came = overfit_one_batch(
                line, MSELoss(), x, t, steps=steps, learning_rate=rate
            )
        expect(isinstance(came, list), f"expected a list, got {type(came).__name__}.")
        case = candidates.clinic.one_batch(start=36.0)
        same(f"overfit_one_batch, {name}", np.array(came), losses, case)
        more = slope - 2 * rate * (slope - 6)
        case = candidates.clinic.trained(more=more)
        same_number(f"the weight, {name}", line.weights.item(), slope, case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_one_batch", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("one_batch")  # test_one_batch, 1 point
### BEGIN HIDDEN TESTS
import numpy as np
from parts import Linear, MSELoss, Sequential, Tanh

from helpers import candidates
from helpers.checks import draw, expect, graded, same, unchanged


@graded
def test_one_batch():
    rng = np.random.default_rng(1405)
    for n, d, k, steps in ((7, 5, 3, 4), (4, 4, 4, 2), (1, 3, 2, 5), (3, 2, 1, 0)):
        x, t, one, two = draw(rng, (n, d), (n, k), (6, d), (k, 6))
        twins = [
            Sequential([Linear(d, 6, one), Tanh(), Linear(6, k, two)]) for _ in range(2)
        ]
        losses = []
        for _ in range(steps + 1):
            residuals = twins[1].forward(x) - t
            losses.append((residuals**2).mean())
            right = [twins[1].layers[place].weights.copy() for place in (0, 2)]
            twins[1].backward(2 * residuals / residuals.size)
            twins[1].update_params(0.3)
        name = f"overfit_one_batch, {steps} steps"
        with unchanged(x=x, t=t):
            came = overfit_one_batch(
                twins[0], MSELoss(), x, t, steps=steps, learning_rate=0.3
            )
        expect(isinstance(came, list), f"expected a list, got {type(came).__name__}.")
        case = candidates.clinic.one_batch(start=losses[0])
        same(name, np.array(came), losses, case)
        for place, expected in zip((0, 2), right, strict=True):
            mine, more = (twin.layers[place].weights for twin in twins)
            case = candidates.clinic.trained(more=more)
            name_of_layer = f"{name}: the weights of layer {place} after it"
            same(name_of_layer, mine, expected, case)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# There is one loss more than there are steps. Where is the extra one taken?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# It is the inside of `train`, without epochs and batches. Take one loss before the loop, and one at the end of each
# turn.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# In the loop: `model.backward(loss.backward())`, `model.update_params(learning_rate)`, and then `loss.forward` of
# `model.forward(x)` and `t`, appended. `backward` uses what the last `forward` kept, so no other forward pass may come
# between.
# </details>

# %% [markdown]
# ## The ward
#
# All patients but one read digits: the small ones that come with scikit-learn, 8 by 8 pixels of 0 to 16, a thousand for
# training and the rest for testing. (One is shown the large ones, too.) A training takes a tenth of a second.

# %%
digits = load_digits()
order = np.random.default_rng(0).permutation(len(digits.target))
images = digits.images[order].astype(np.uint8)
labels = digits.target[order]
small = data.Dataset(images[:1000], labels[:1000], images[1000:], labels[1000:], "UCI")
print(images.shape, images.dtype, "from", images.min(), "to", images.max())

# %% [markdown]
# A `Patient` is a network with everything that its training needs. Each argument is one part, and healthy unless you
# say otherwise: your own layers, a learning rate of 0.2, pixels divided by 16. A case replaces one part by a broken
# one.


# %%
def scale(images):
    """Take images (N, 8, 8), return rows (N, 64) from 0 to 1."""
    return images.reshape(len(images), -1) / 16


def connect(sizes, make, activation, rng):
    """Return a network of linear layers of these sizes, with activations between."""
    layers = []
    for d, m in itertools.pairwise(sizes):
        layers += [make(d, m, rng=rng), activation()]
    return Sequential(layers[:-1])


def as_they_are(x, t, rng):
    """Return samples and labels in the order in which they came."""
    return x, t


# %%
class Patient:
    """A network, its loss, its data, and how it is trained."""

    def __init__(
        self,
        *,
        make=Linear,
        activation=ReLU,
        connect=connect,
        loss=SoftmaxCrossEntropy,
        pictures=small,
        prepare=scale,
        arrange=as_they_are,
        rate=lambda step: 0.2,
        sizes=(64, 32, 32, 10),
        samples=1000,
        batch_size=50,
        epochs=15,
    ):
        rng = np.random.default_rng(1)
        self.model, self.loss = connect(sizes, make, activation, rng), loss()
        x, t = prepare(pictures.train_images[:samples]), pictures.train_labels[:samples]
        self.x, self.t = arrange(x, t, rng)
        self.pictures, self.prepare = pictures, prepare
        self.rate, self.rng, self.losses = rate, rng, []
        self.batch_size, self.epochs = batch_size, epochs


# %% [markdown]
# Two functions go with it. `train_epoch` is the loop of notebook 05, with a learning rate that may depend on the step.


# %%
def train_epoch(patient):
    """Train for one epoch; return the mean of the losses of the batches."""
    model, loss, done = patient.model, patient.loss, len(patient.losses)
    batches = minibatches(patient.x, patient.t, patient.batch_size, patient.rng)
    for step, (x, t) in enumerate(batches, done):
        patient.losses.append(loss.forward(model.forward(x), t))
        model.backward(loss.backward())
        model.update_params(patient.rate(step))
    return float(np.mean(patient.losses[done:]))


def accuracies(patient):
    """Return the accuracy on training and on test samples."""
    model, pictures = patient.model, patient.pictures
    x_test = patient.prepare(pictures.test_images)
    return {
        "train": accuracy(model.forward(patient.x), patient.t),
        "test": accuracy(model.forward(x_test), pictures.test_labels),
    }


# %% [markdown]
# `watch` shows a patient in training, live, beside its healthy twin: the same network, data and settings, apart from
# the broken part. (While your work is graded it does nothing, and neither does `chart` below.)


# %%
def watch(broken, *, log=False, **settings):
    """Train a patient and its healthy twin; show both losses, and its accuracies."""
    if is_grading():
        return
    twins = {"healthy": Patient(**settings), "patient": Patient(**settings | broken)}
    loss = live.Curve("loss", lines=list(twins), log=log)
    lines = ["healthy, test", "patient, test", "patient, train"]
    percent = live.Curve("accuracy", lines=lines, ylim=(0, 1))
    with np.errstate(all="ignore"), live.Board(loss, percent, pace=0.08) as board:
        for epoch in range(twins["patient"].epochs):
            losses = {name: train_epoch(twin) for name, twin in twins.items()}
            reached = {name: accuracies(twin) for name, twin in twins.items()}
            shares = {line: reached[line[:7]][line[9:]] for line in lines}
            board.update(loss=(epoch, losses), accuracy=(epoch, shares))
    for name, twin in twins.items():
        said = ", ".join(f"{part} {share:.1%}" for part, share in reached[name].items())
        print(f"{name}: loss {losses[name]:.4g}, {said}")
        for what, found in (("infinite", np.isinf), ("NaN", np.isnan)):
            steps = np.flatnonzero(found(twin.losses))
            if steps.size:
                print(f"  the first loss that is {what}: that of step {steps[0]}")


# %% [markdown]
# **Predict, then run.** A patient with nothing broken. Where does the loss begin? Do the two lines differ? (Where they
# do not, that of the patient covers that of its twin.)

# %%
watch({})

# %% [markdown]
# ## The chart
#
# Your five instruments and a few more, in one table: every reading of the healthy twin beside that of the patient. Ten
# are taken before training, each with a fresh network, three after it. These three functions take the gradients.


# %%
def read_gradients(patient, x, t):
    """Return the gradient sizes of a first backward, and of a second one."""
    patient.loss.forward(patient.model.forward(x), t)
    sizes = []
    for _ in range(2):
        patient.model.backward(patient.loss.backward())
        sizes.append(np.array(gradient_size_per_layer(patient.model.layers)))
    return sizes


def read_ratios(patient, x, t):
    """Return the update-to-weight ratios of the first step."""
    layers = gradcheck.layers_with_parameters(patient.model)
    before = [np.array(layer.weights) for layer in layers]
    patient.loss.forward(patient.model.forward(x), t)
    patient.model.backward(patient.loss.backward())
    patient.model.update_params(patient.rate(0))
    return update_to_weight_ratios(before, [layer.weights for layer in layers])


def read_gradient_check(patient, x, t):
    """Return the largest relative error along three directions."""
    rng, model = np.random.default_rng(2), patient.model
    compared = gradcheck.compare_directions(model, patient.loss, x, t, rng=rng)
    return max(relative_error(*pair) for pair in compared)


# %% [markdown]
# The probabilities need not be asked for: the gradient of the loss is (probabilities minus one-hot labels) / N, so they
# can be worked out from it.


# %%
def read_loss(patient, x, t):
    """Return the sums of the probabilities, and the loss of a sure mistake."""
    loss, logits = patient.loss, patient.model.forward(x)
    loss.forward(logits, t)
    sums = (loss.backward() * len(t) + np.eye(10)[t]).sum(axis=1)
    mistake = np.zeros((1, 10))
    mistake[0, 3] = 1000.0
    return sums, loss.forward(mistake, np.array([7]))


# %%
def examine_fresh(build):
    """Return {measurement: reading} before training; build() makes a fresh patient."""
    patient, fitted = build(), build()
    x, t = patient.x[:100], patient.t[:100]
    start = surplus_over_chance(patient.model, patient.loss, x, t)
    first, second = read_gradients(build(), x, t)
    sums, mistake = read_loss(build(), x, t)
    few = {"x": x[:20], "t": t[:20], "steps": 200, "learning_rate": fitted.rate(999)}
    losses = overfit_one_batch(fitted.model, fitted.loss, **few)
    return {
        "inputs": join([x.min(), x.max(), x.mean(), x.std()]),
        "shapes": f"{patient.model.forward(x).shape} {t.shape}",
        "start loss": f"{start:+.2f}",
        "row sums": f"{sums.min():.3g} to {sums.max():.3g}",
        "large logits": f"{mistake + 0.0:.4g}",  # no minus before 0
        "gradient check": f"{read_gradient_check(build(), x, t):.0e}",
        "gradient sizes": join(first),
        "backward twice": join(second / first),
        "update ratios": join(read_ratios(build(), x, t)),
        "one batch": f"{losses[0]:.2g} to {losses[-1] + 0.0:.2g}",
    }


# %%
def examine_trained(patient):
    """Train a patient; return {measurement: reading} of what it is then."""
    for _ in range(patient.epochs):
        train_epoch(patient)
    reached, values, dead = accuracies(patient), patient.x, []
    for layer in patient.model.layers:
        values = layer.forward(values)
        if not hasattr(layer, "weights"):
            dead.append(fraction_of_dead_units(values))
    asked = patient.pictures.test_images[:200]
    known = patient.pictures.test_labels[:200]
    together = patient.model.forward(patient.prepare(asked))
    alone = [patient.model.forward(patient.prepare(asked[[i]])) for i in range(200)]
    alone = accuracy(np.concatenate(alone), known)
    return {
        "dead units": join(dead) or "there is no ReLU",
        "train and test": f"{reached['train']:.1%} {reached['test']:.1%}",
        "one by one": f"{accuracy(together, known):.1%} {alone:.1%}",
    }


# %%
def join(numbers):
    """Return a line of numbers with two digits each."""
    return "  ".join(f"{number:.2g}" for number in numbers)


def chart(broken, **settings):
    """Print every reading of the healthy twin and of the patient."""
    if is_grading():
        return
    with np.errstate(all="ignore"):
        twins = [{}, broken]
        readings = [examine_fresh(lambda b=b: Patient(**settings | b)) for b in twins]
        for reading, b in zip(readings, twins, strict=True):
            reading.update(examine_trained(Patient(**settings | b)))
    print(f"{'':<16}{'healthy':<40}patient")
    for line, reading in readings[0].items():
        print(f"{line:<16}{reading:<40}{readings[1][line]}")


# %% [markdown]
# **Predict, then run.** A chart with nothing broken. Which four lines would you know beforehand, to two digits, without
# any training?

# %%
with attempt():
    chart({})

# %% [markdown]
# Readings are for the first 100 training samples; the ratios belong to the first step; "one batch" is the loss on 20
# samples before and after 200 steps, with the learning rate of step 999. A gradient check of 1e-9 or so is as good as
# it gets, and here and there a kink of a ReLU spoils it to 1e-6.
#
# ## How to answer
#
# In each case there is a function that returns two words: what is wrong, and the line of the chart that points at it.
# "Points at it" means that it tells this fault from the others on the list. There are more diagnoses than patients, and
# nobody has two.

# %%
print("What it may be:")
for word, (what, _) in clinic.DIAGNOSES.items():
    print(f"  {word:<34} {what}")
print("\nWhat points at it:")
for word, (what, _) in clinic.MEASUREMENTS.items():
    print(f"  {word:<34} {what}")

# %% [markdown]
# The checks know when you are right, so you can get there by trying words. You would learn nothing, and the repair
# below it does not accept words. A wrong word is answered with what that fault *would* look like: read it, and look
# whether the chart shows it.
#
# ## Part 2: the patients


# %%
class FromPair:
    """A loss made of a function that returns (loss, gradient)."""

    def __init__(self, function):
        self.function = function

    def forward(self, y, t):
        value, self.gradient = self.function(y, t)
        return value

    def backward(self):
        return self.gradient


# %% [markdown]
# ### Exercise 14.6 · The loss that does not move
#
# A network for digits, all of it from your own parts, but somebody has rewritten how a layer takes its step. Nothing
# raises an error, and the loss begins where it should.
#
# **Do** find out what is wrong, and repair it.
#
# *12 minutes · difficulty 1 of 5*


# %%
class FlatLossLinear(Linear):
    """A linear layer, with its own way to take a step."""

    def update_params(self, learning_rate):
        weights, biases = self.weights, self.biases
        weights = weights - learning_rate * self.grad_weights
        biases = biases - learning_rate * self.grad_biases


# %% [markdown]
# **Predict, then run.** Read the five lines, then decide what the two loss curves will look like. Which lines of the
# chart will differ?

# %%
watch({"make": FlatLossLinear})

# %%
with attempt():
    chart({"make": FlatLossLinear})


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "flat_loss_diagnosis", "locked": false, "schema_version": 3, "solution": true, "task": false}
def diagnose_flat_loss():
    """Return (diagnosis, measurement), two words of the lists."""
    ### BEGIN SOLUTION
    return "never updated", "update ratios"
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_flat_loss_diagnosis():
    seals = (
        "3914152ddad4",
        "84cdf8d6c15f",
    )
    wrong = clinic.read_answer("flat_loss", diagnose_flat_loss(), *seals)
    expect(wrong is None, wrong)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_flat_loss_diagnosis", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("flat_loss_diagnosis")  # test_flat_loss_diagnosis, 1 point
### BEGIN HIDDEN TESTS
from helpers.candidates import clinic
from helpers.checks import expect, graded


@graded
def test_flat_loss_diagnosis():
    words = "never updated", "update ratios"
    seals = [clinic.seal("flat_loss", word) for word in words]
    wrong = clinic.read_answer("flat_loss", diagnose_flat_loss(), *seals)
    expect(wrong is None, wrong)


### END HIDDEN TESTS

# %% [markdown]
# **Repair it.** Now write `SteppingLinear`, a `Linear` whose `update_params` takes the step.
#
# $$W \leftarrow W - \eta \frac{\partial L}{\partial W} \qquad b \leftarrow b - \eta \frac{\partial L}{\partial b}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $W$, $b$ | `self.weights`, `self.biases` | (M, D), (M,) |
# | their gradients | `self.grad_weights`, `self.grad_biases`, as `backward` left them | the same |
# | $\eta$ | `learning_rate` | a number |


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "flat_loss_repair", "locked": false, "schema_version": 3, "solution": true, "task": false}
class SteppingLinear(Linear):
    """A linear layer that takes its steps."""

    def update_params(self, learning_rate):
        """Move weights and biases one step against their gradients."""
        ### BEGIN SOLUTION
        self.weights = self.weights - learning_rate * self.grad_weights
        self.biases = self.biases - learning_rate * self.grad_biases
        ### END SOLUTION


# %% deletable=false editable=false
@check
def check_flat_loss_repair():
    layer = SteppingLinear(2, 1, [[1.0, 2.0]], [0.5])
    weights, biases = np.array([[1.0, 2.0]]), np.array([0.5])
    for _ in range(2):
        gradients = np.array([[4.0, -2.0]]), np.array([8.0])
        layer.grad_weights, layer.grad_biases = (g.copy() for g in gradients)
        layer.update_params(0.25)
        case = candidates.clinic.step(start=weights, gradient=gradients[0])
        weights = weights - gradients[0] * 0.25
        same("weights after a step", layer.weights, weights, case)
        case = candidates.clinic.step(start=biases, gradient=gradients[1])
        biases = biases - gradients[1] * 0.25
        same("biases after a step", layer.biases, biases, case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_flat_loss_repair", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("flat_loss_repair")  # test_flat_loss_repair, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import draw, graded, same


@graded
def test_flat_loss_repair():
    rng = np.random.default_rng(1411)
    for d, m, kind in ((5, 3, "f8"), (4, 4, "f8"), (2, 7, "f4"), (1, 1, "f8")):
        weights, biases = (a.astype(kind) for a in draw(rng, (m, d), (m,)))
        layer, other = (SteppingLinear(d, m, weights, biases) for _ in range(2))
        for rate in (0.5, 0.03):
            dw, db = (a.astype(kind) for a in draw(rng, (m, d), (m,)))
            layer.grad_weights, layer.grad_biases = dw.copy(), db.copy()
            layer.update_params(rate)
            case = candidates.clinic.step(start=weights, gradient=dw)
            weights = (weights - rate * dw).astype(kind)
            same(f"weights after a step, {kind}", layer.weights, weights, case)
            case = candidates.clinic.step(start=biases, gradient=db)
            biases = (biases - rate * db).astype(kind)
            same(f"biases after a step, {kind}", layer.biases, biases, case)
            same("grad_weights after a step", layer.grad_weights, dw)
        moved = other.weights.astype("f8") - layer.weights
        gap = np.abs(moved).max() > 1e-6
        same("whether another layer stayed where it was", np.array(gap), np.array(True))


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Gradients arrive in every layer, and nothing moves. What does `weights = ...` bind: an array, or a name?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# The second line of the method makes a new array and gives it to a local name. The layer still holds the old one.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# Give the new array to the layer: `self.weights = ...`, and the same for the biases.
# </details>

# %% [markdown]
# **Run it.** The patient with your part in the place of the broken one. Which reading must have become healthy?

# %%
with attempt():
    watch({"make": SteppingLinear})

# %% [markdown]
# ### Exercise 14.7 · Not a number
#
# One linear layer, pixels as they are (0 to 16), and a learning rate of 0.5: rough treatment, but the healthy twin
# survives it. The patient has its own loss, straight from the textbook.
#
# **Do** find out what is wrong, and repair it.
#
# *15 minutes · difficulty 2 of 5*


# %%
def raw(images):
    """Take images (N, 8, 8), return rows (N, 64) from 0 to 16."""
    return images.reshape(len(images), -1) * 1.0


def not_a_number_loss(logits, labels):
    """Return the mean cross-entropy of softmax(logits), and its gradient."""
    rows = np.arange(len(labels))
    exponentials = np.exp(logits)
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    loss = -np.log(p[rows, labels]).mean()
    gradient = p.copy()
    gradient[rows, labels] -= 1
    return float(loss), gradient / len(labels)


# %% [markdown]
# **Predict, then run.** For how many steps will the loss of the patient be a number? What will its accuracy be from
# then on?

# %%
watch(
    {"loss": lambda: FromPair(not_a_number_loss)},
    log=True,
    sizes=(64, 10),
    prepare=raw,
    rate=lambda step: 0.5,
)

# %%
with attempt():
    chart(
        {"loss": lambda: FromPair(not_a_number_loss)},
        sizes=(64, 10),
        prepare=raw,
        rate=lambda step: 0.5,
    )


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "not_a_number_diagnosis", "locked": false, "schema_version": 3, "solution": true, "task": false}
def diagnose_not_a_number():
    """Return (diagnosis, measurement), two words of the lists."""
    ### BEGIN SOLUTION
    return "no shift", "large logits"
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_not_a_number_diagnosis():
    seals = (
        "44862fbdc688",
        "25578435ed77",
    )
    wrong = clinic.read_answer("not_a_number", diagnose_not_a_number(), *seals)
    expect(wrong is None, wrong)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_not_a_number_diagnosis", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("not_a_number_diagnosis")  # test_not_a_number_diagnosis, 1 point
### BEGIN HIDDEN TESTS
from helpers.candidates import clinic
from helpers.checks import expect, graded


@graded
def test_not_a_number_diagnosis():
    words = "no shift", "large logits"
    seals = [clinic.seal("not_a_number", word) for word in words]
    wrong = clinic.read_answer("not_a_number", diagnose_not_a_number(), *seals)
    expect(wrong is None, wrong)


### END HIDDEN TESTS

# %% [markdown]
# **Repair it.** Now write `stable_loss`, which returns the loss and its gradient for logits of any size, exactly:
# without a limit, and without a small number that is added somewhere.
#
# $$L = \frac{1}{N} \sum_n \Bigl( \ln \sum_c e^{z_{nc} - m_n} - (z_{n,\ell_n} - m_n) \Bigr) \qquad m_n = \max_c z_{nc} \qquad
# \frac{\partial L}{\partial z_{nc}} = \frac{p_{nc} - [c = \ell_n]}{N}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $z$ | `logits` | (N, C) |
# | $\ell$ | `labels`, from 0 to C - 1 | (N,) |
# | $p$ | softmax of each row of `logits` | (N, C) |
# | $L$, $\partial L/\partial z$ | the result, a pair | a number, (N, C) |
#
# A sure mistake by 1000 costs 1000. Whatever makes it cost less hides the symptom.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "not_a_number_repair", "locked": false, "schema_version": 3, "solution": true, "task": false}
def stable_loss(logits, labels):
    """Return the mean cross-entropy of softmax(logits), and its gradient (N, C).

    logits (N, C) of any size, labels (N,).
    """
    ### BEGIN SOLUTION
    loss = SoftmaxCrossEntropy()
    return loss.forward(logits, labels), loss.backward()
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_not_a_number_repair():
    for logits, each, chances in (
        ([[0, 0], [0, 1000]], [np.log(2), 1000], [[0.5, 0.5], [0, 1]]),
        ([[-1000, -1000]], [np.log(2)], [[0.5, 0.5]]),
        ([[1000, -1000], [3, 3]], [0, np.log(2)], [[1, 0], [0.5, 0.5]]),
    ):
        name, n = f"stable_loss({logits}, zeros)", len(logits)
        given, labels_of_x = np.array(logits, float), np.zeros(n, int)
        with unchanged(logits=given), np.errstate(all="ignore"):
            pair = stable_loss(given, labels_of_x)
        is_pair = isinstance(pair, tuple | list) and len(pair) == 2
        expect(is_pair, f"{name}: expected a pair, got {type(pair).__name__}.")
        case = candidates.clinic.stable_loss(each=np.array(each))
        same_number(f"the loss of {name}", pair[0], np.mean(each), case)
        expected = (np.array(chances) - np.eye(1, 2)) / n
        same(f"the gradient of {name}", pair[1], expected)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_not_a_number_repair", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("not_a_number_repair")  # test_not_a_number_repair, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import draw, expect, graded, same, same_number, unchanged


@graded
def test_not_a_number_repair():
    rng = np.random.default_rng(1412)
    for n, c, size, kind in (
        (7, 5, 1, "f8"),
        (4, 4, 3000, "f8"),
        (1, 3, 900, "f8"),
        (11, 2, 40, "f4"),
    ):
        (logits,) = draw(rng, (n, c))
        logits, labels = (size * logits).astype(kind), rng.integers(c, size=n)
        rows = logits.astype("f8") - logits.max(axis=1, keepdims=True)
        sums = np.exp(rows).sum(axis=1)
        each = np.log(sums) - rows[np.arange(n), labels]
        expected = (np.exp(rows) / sums[:, None] - np.eye(c)[labels]) / n
        name = f"stable_loss with N={n}, C={c}, logits around {size}, {kind}"
        with unchanged(logits=logits, labels=labels), np.errstate(all="ignore"):
            pair = stable_loss(logits, labels)
        is_pair = isinstance(pair, tuple | list) and len(pair) == 2
        expect(is_pair, f"{name}: expected a pair, got {type(pair).__name__}.")
        case = candidates.clinic.stable_loss(each=each)
        rtol = 1e-4 if kind == "f4" else 1e-9
        same_number(f"{name}: loss", pair[0], each.mean(), case, rtol=rtol)
        same(f"{name}: gradient", pair[1], expected.astype(kind), rtol=rtol)
    logits, labels = np.array([[0, 2000], [5, 5]]), np.array([0, 1])
    pair = stable_loss(logits, labels)
    same_number("stable_loss for integers", pair[0], 1000 + np.log(2) / 2)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Feed the loss logits of 0, 10, 100, 1000. Where does it stop being a number, and which of its lines is the first to
# know?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Subtracting the same number from all logits of a row changes no probability. And the logarithm of a quotient is a
# difference: then nothing is ever logged that has become 0.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `shifted` is `logits` minus the largest of each row (keepdims). The logarithms of the probabilities are `shifted`
# minus the logarithm of the summed exponentials; their own exponentials are the probabilities for the gradient.
# (Notebook 06 has it all, as a class.)
# </details>

# %% [markdown]
# **Run it.** The patient with your part in the place of the broken one. Which reading must have become healthy?

# %%
with attempt():
    watch(
        {"loss": lambda: FromPair(stable_loss)},
        sizes=(64, 10),
        prepare=raw,
        rate=lambda step: 0.5,
        log=True,
    )

# %% [markdown]
# ### Exercise 14.8 · Some per cent short
#
# One hidden layer, and weights that are drawn by a formula from a famous paper: variance 2 / D, for D inputs (He and
# others, 2015). It learns. It only never gets as far as others do.
#
# **Do** find out what is wrong, and repair it.
#
# *12 minutes · difficulty 1 of 5*


# %%
class HighStartLinear(Linear):
    """A linear layer whose first weights are drawn as He and others propose."""

    def __init__(self, inputs, outputs, rng):
        weights = rng.normal(size=(outputs, inputs)) / np.sqrt(2 / inputs)
        super().__init__(inputs, outputs, weights)


# %% [markdown]
# **Predict, then run.** Where do the two losses begin? After 15 epochs, which of the two accuracies, training or test,
# is further behind?

# %%
watch({"make": HighStartLinear}, log=True, sizes=(64, 32, 10))

# %% [markdown]
# The same on the large digits of notebook 06, MNIST, with 128 hidden units and the first 5000 images. (Offline: the
# small digits, scaled to 28 x 28.)
#
# **Predict, then run.** The losses differ by a factor of several hundred. By how many per cent do the test accuracies
# differ? Had you seen only the patient's, would you have looked for a fault?

# %%
mnist = data.load("mnist")
large = {"pictures": mnist, "prepare": preprocess, "rate": lambda step: 0.1}
large |= {"sizes": (784, 128, 10), "samples": 5000, "batch_size": 50, "epochs": 6}
print(mnist)
watch({"make": HighStartLinear}, log=True, **large)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# On MNIST the patient reads 84 % of the test images, its twin 91 %. Both curves look like those of a network that
# learns, and 84 % is a result that one could believe. (On the few images that you get offline it is 93 % against 94 %:
# there the loss is the only symptom.)
# </details>

# %%
with attempt():
    chart({"make": HighStartLinear}, sizes=(64, 32, 10))


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "high_start_diagnosis", "locked": false, "schema_version": 3, "solution": true, "task": false}
def diagnose_high_start():
    """Return (diagnosis, measurement), two words of the lists."""
    ### BEGIN SOLUTION
    return "weights too large", "start loss"
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_high_start_diagnosis():
    seals = (
        "62761c8f836d",
        "c171ee7213fd",
    )
    wrong = clinic.read_answer("high_start", diagnose_high_start(), *seals)
    expect(wrong is None, wrong)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_high_start_diagnosis", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("high_start_diagnosis")  # test_high_start_diagnosis, 1 point
### BEGIN HIDDEN TESTS
from helpers.candidates import clinic
from helpers.checks import expect, graded


@graded
def test_high_start_diagnosis():
    words = "weights too large", "start loss"
    seals = [clinic.seal("high_start", word) for word in words]
    wrong = clinic.read_answer("high_start", diagnose_high_start(), *seals)
    expect(wrong is None, wrong)


### END HIDDEN TESTS

# %% [markdown]
# **Repair it.** Now write `drawn_weights`, which draws the weights of one layer as the paper has it.
#
# $$W_{ji} \sim \mathcal{N}\Bigl(0, \frac{2}{D}\Bigr)$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $D$ | `inputs` | a number |
# | $2/D$ | the **variance**: the square of the standard deviation | a number |
# | $W$ | the result | (`outputs`, `inputs`) |
#
# All randomness comes from `rng`: the same generator in the same state gives the same weights, and a second call gives
# others.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "high_start_repair", "locked": false, "schema_version": 3, "solution": true, "task": false}
def drawn_weights(outputs, inputs, rng):
    """Return weights (outputs, inputs) with mean 0 and variance 2 / inputs."""
    ### BEGIN SOLUTION
    return rng.normal(size=(outputs, inputs)) * np.sqrt(2 / inputs)
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_high_start_repair():
    for m, d in ((40, 50), (30, 200), (2000, 2)):
        drawn = drawn_weights(m, d, np.random.default_rng(1))
        name = f"drawn_weights({m}, {d}, rng)"
        expect(drawn is not None, f"{name}: got None. Is a `return` missing?")
        came = np.shape(drawn)
        expect(came == (m, d), f"{name}: expected shape {(m, d)}, got {came}.")
        same_spread(name, drawn, 2 / d)
    one, two = (drawn_weights(3, 2, np.random.default_rng(s)) for s in (1, 2))
    expect((one != two).all(), "Two seeds gave the same weights: draw them from `rng`.")
    again = drawn_weights(3, 2, np.random.default_rng(1))
    expect((one == again).all(), "One seed gave two sets of weights: use `rng` only.")


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_high_start_repair", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("high_start_repair")  # test_high_start_repair, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers.checks import expect, graded, same_spread


@graded
def test_high_start_repair():
    for m, d in ((70, 30), (60, 60), (11, 300), (5000, 1), (300, 7)):
        rng = np.random.default_rng(1413)
        first, second = drawn_weights(m, d, rng), drawn_weights(m, d, rng)
        name = f"drawn_weights({m}, {d}, rng)"
        expect(first is not None, f"{name}: got None. Is a `return` missing?")
        came = np.shape(first)
        expect(came == (m, d), f"{name}: expected shape {(m, d)}, got {came}.")
        same_spread(name, first, 2 / d)
        fresh = (first != second).any()
        expect(fresh, "Two calls gave the same weights: draw them from `rng`.")
        again = drawn_weights(m, d, np.random.default_rng(1413))
        expect(
            (first == again).all(), "One seed gave two sets of weights: use `rng` only."
        )
        other = drawn_weights(m, d, np.random.default_rng(1414))
        came = "Two seeds gave the same weights: draw them from `rng`."
        expect((first != other).any(), came)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# What is the standard deviation of the patient's first weights, in numbers, for 64 inputs? What should it be?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `rng.normal` gives numbers with a standard deviation of 1. To get a variance $v$, they are multiplied by its root.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# The patient divides by `np.sqrt(2 / inputs)`. Which operation did the author mean?
# </details>

# %% [markdown]
# **Run it.** The patient with your part in the place of the broken one. Which reading must have become healthy?


# %%
def well_drawn(inputs, outputs, rng):
    """Return a layer whose weights are drawn by your function."""
    return Linear(inputs, outputs, drawn_weights(outputs, inputs, rng))


with attempt():
    watch({"make": well_drawn}, sizes=(64, 32, 10))
    watch({"make": well_drawn}, **large)

# %% [markdown]
# ### Exercise 14.9 · A little behind, and nobody knows why
#
# This patient would pass nearly every test: its loss falls, its accuracy is above 90 %. Only beside its twin does it
# look tired. Faults of this kind are in published code, sometimes for years. The activation has been rewritten.
#
# **Do** find out what is wrong, and repair it.
#
# *12 minutes · difficulty 2 of 5*


# %%
class LaggingReLU:
    """Each entry if it is positive, else 0."""

    def forward(self, x):
        self.output = np.maximum(x, 0.0)
        return self.output

    def backward(self, grad_output):
        return grad_output * (self.output >= 0)


# %% [markdown]
# **Predict, then run.** `forward` is right. Which lines of the chart look at `backward`?

# %%
watch(
    {"activation": LaggingReLU},
    sizes=(64, 32, 32, 32, 10),
    rate=lambda step: 0.1,
    epochs=20,
)

# %%
with attempt():
    chart(
        {"activation": LaggingReLU},
        sizes=(64, 32, 32, 32, 10),
        rate=lambda step: 0.1,
        epochs=20,
    )


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "lagging_diagnosis", "locked": false, "schema_version": 3, "solution": true, "task": false}
def diagnose_lagging():
    """Return (diagnosis, measurement), two words of the lists."""
    ### BEGIN SOLUTION
    return "mask always true", "gradient check"
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_lagging_diagnosis():
    seals = (
        "117a0f684c2e",
        "3155ad6d7424",
    )
    wrong = clinic.read_answer("lagging", diagnose_lagging(), *seals)
    expect(wrong is None, wrong)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_lagging_diagnosis", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("lagging_diagnosis")  # test_lagging_diagnosis, 1 point
### BEGIN HIDDEN TESTS
from helpers.candidates import clinic
from helpers.checks import expect, graded


@graded
def test_lagging_diagnosis():
    words = "mask always true", "gradient check"
    seals = [clinic.seal("lagging", word) for word in words]
    wrong = clinic.read_answer("lagging", diagnose_lagging(), *seals)
    expect(wrong is None, wrong)


### END HIDDEN TESTS

# %% [markdown]
# **Repair it.** Now write `MendedReLU`, `forward` and `backward`.
#
# $$y = \max(x, 0) \qquad \frac{\partial L}{\partial x} = \begin{cases} \partial L/\partial y & x > 0 \\ 0 & x < 0 \end{cases}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $x$, $y$ | `x`, what `forward` returns | (N, M) |
# | $\partial L/\partial y$ | `grad_output` | (N, M) |
# | $\partial L/\partial x$ | what `backward` returns | (N, M) |
#
# At $x = 0$ itself, any part of `grad_output` from none to all is accepted.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "lagging_repair", "locked": false, "schema_version": 3, "solution": true, "task": false}
class MendedReLU:
    """Each entry if it is positive, else 0."""

    def forward(self, x):
        """Take x (N, M), return y (N, M); remember what backward needs."""
        ### BEGIN SOLUTION
        self.mask = x > 0
        return np.maximum(x, 0.0)
        ### END SOLUTION

    def backward(self, grad_output):
        """Take dL/dy (N, M), return dL/dx (N, M)."""
        ### BEGIN SOLUTION
        return grad_output * self.mask
        ### END SOLUTION


# %% deletable=false editable=false
@check
def check_lagging_repair():
    unit, other = MendedReLU(), MendedReLU()
    x = np.array([[2.0, -3.0, 0.5], [-0.1, 4.0, -6.0]])
    with unchanged(x=x):
        y = unit.forward(x)
    same("forward(x)", y, [[2.0, 0.0, 0.5], [0.0, 4.0, 0.0]])
    other.forward(-x)
    grad_output = np.array([[5.0, 7.0, -1.5], [2.5, -3.0, -4.0]])
    with unchanged(x=x, grad_output=grad_output):
        gradient = unit.backward(grad_output)
    case = candidates.clinic.mask(x=x, grad_output=grad_output)
    expected = np.array([[5.0, 0.0, -1.5], [0.0, -3.0, 0.0]])
    same("backward(grad_output)", gradient, expected, case)
    again = unit.backward(grad_output)
    same("backward(grad_output), called twice", again, expected, case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_lagging_repair", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("lagging_repair")  # test_lagging_repair, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import draw, graded, layouts, same, unchanged


@graded
def test_lagging_repair():
    rng = np.random.default_rng(1414)
    for n, m, kind in ((7, 5, "f8"), (4, 4, "f8"), (1, 3, "f8"), (11, 2, "f4")):
        x, grad_output = (a.astype(kind) for a in draw(rng, (n, m), (n, m)))
        x += np.sign(x) * 0.01
        unit, other = MendedReLU(), MendedReLU()
        is_on = (np.sign(x) + 1) / 2
        for label, laid_out in layouts(x):
            with unchanged(x=laid_out, grad_output=grad_output):
                y = unit.forward(laid_out)
                other.forward(-x)
                gradient = unit.backward(grad_output)
            same(f"forward(x), {kind}, {label}", y, (is_on * x).astype(kind))
            case = candidates.clinic.mask(x=x, grad_output=grad_output)
            expected = (is_on * grad_output).astype(kind)
            same(f"backward(grad_output), {kind}, {label}", gradient, expected, case)
        again = unit.backward(grad_output)
        same("backward(grad_output), called twice", again, expected, case)
        unit.forward(2 * x)
        unit.forward(-x)
        gradient = unit.backward(grad_output)
        expected = ((1 - is_on) * grad_output).astype(kind)
        same("backward(grad_output) after another forward", gradient, expected)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# For which outputs of a ReLU is `output >= 0`?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# The mask has to tell units that were on from those that were off. An output of a ReLU is 0 for the latter, and never
# below.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `self.output > 0`, or `x > 0`, kept in `forward`. Multiply `grad_output` by it.
# </details>

# %% [markdown]
# **Run it.** The patient with your part in the place of the broken one. Which reading must have become healthy?

# %%
with attempt():
    watch(
        {"activation": MendedReLU},
        sizes=(64, 32, 32, 32, 10),
        rate=lambda step: 0.1,
        epochs=20,
    )

# %% [markdown]
# ### Exercise 14.10 · A loss that depends on the batch size
#
# This loss begins neither at ln 10 = 2.30 nor near it. Somebody tried batches of 20 and of 200: it began somewhere else
# each time. The probabilities come from a softmax of three lines.
#
# **Do** find out what is wrong, and repair it.
#
# *12 minutes · difficulty 2 of 5*


# %%
def changing_start_softmax(logits):
    """Take logits (N, C), return probabilities (N, C)."""
    exponentials = np.exp(logits - logits.max(axis=0))
    return exponentials / exponentials.sum(axis=0)


def loss_from(softmax):
    """Return a loss that takes its probabilities from a function."""

    def loss_and_gradient(logits, labels):
        p, rows = softmax(logits), np.arange(len(labels))
        gradient = p.copy()
        gradient[rows, labels] -= 1
        return float(-np.log(p[rows, labels]).mean()), gradient / len(labels)

    return lambda: FromPair(loss_and_gradient)


# %% [markdown]
# **Predict, then run.** Batches have 50 samples. Which number do you expect at the start, and which one comes? Which
# logarithm is it? (The rate is small and the epochs are few: it is the beginning that counts here.)

# %%
watch({"loss": loss_from(changing_start_softmax)}, rate=lambda step: 0.02, epochs=4)

# %%
with attempt():
    chart({"loss": loss_from(changing_start_softmax)}, rate=lambda step: 0.02, epochs=4)


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "changing_start_diagnosis", "locked": false, "schema_version": 3, "solution": true, "task": false}
def diagnose_changing_start():
    """Return (diagnosis, measurement), two words of the lists."""
    ### BEGIN SOLUTION
    return "wrong axis", "row sums"
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_changing_start_diagnosis():
    seals = (
        "48718dbc820b",
        "f1de39236560",
        "176c4a692468",
    )
    wrong = clinic.read_answer("changing_start", diagnose_changing_start(), *seals)
    expect(wrong is None, wrong)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_changing_start_diagnosis", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("changing_start_diagnosis")  # test_changing_start_diagnosis, 1 point
### BEGIN HIDDEN TESTS
from helpers.candidates import clinic
from helpers.checks import expect, graded


@graded
def test_changing_start_diagnosis():
    words = "wrong axis", "row sums", "start loss"
    seals = [clinic.seal("changing_start", word) for word in words]
    wrong = clinic.read_answer("changing_start", diagnose_changing_start(), *seals)
    expect(wrong is None, wrong)


### END HIDDEN TESTS

# %% [markdown]
# **Repair it.** Now write `softmax_of_rows`.
#
# $$p_{nc} = \frac{e^{z_{nc} - m_n}}{\sum_{k} e^{z_{nk} - m_n}} \qquad m_n = \max_k z_{nk}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $z$ | `logits`, of any size | (N, C) |
# | $m$, and the sum over $k$ | one number for each sample | (N, 1), so that they broadcast |
# | $p$ | the result; each **row** has the sum 1 | (N, C) |


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "changing_start_repair", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax_of_rows(logits):
    """Take logits (N, C), return probabilities (N, C); each row has the sum 1."""
    ### BEGIN SOLUTION
    shifted = 1.0 * logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    return exponentials / exponentials.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_changing_start_repair():
    def turned(logits):
        return np.exp(logits) / np.exp(logits).sum(axis=-1)[..., None]

    for odds in ([[1, 1, 2], [5, 3, 2]], [[1, 3], [4, 1]], [[2, 2, 2, 4]]):
        odds = np.array(odds, float)
        logits, name = np.log(odds), f"softmax_of_rows, N={len(odds)}"
        with unchanged(logits=logits), np.errstate(all="ignore"):
            chances = softmax_of_rows(logits)
        case = candidates.clinic.rows(logits=logits, right=turned)
        expected = np.array([row / row.sum() for row in odds])
        same(name, chances, expected, case)
    with np.errstate(all="ignore"):
        chances = softmax_of_rows(np.array([[1000.0, 1000.0], [-1000.0, 0.0]]))
    same("softmax_of_rows for large logits", chances, [[0.5, 0.5], [0.0, 1.0]])


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_changing_start_repair", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("changing_start_repair")  # test_changing_start_repair, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import draw, graded, layouts, same, unchanged


@graded
def test_changing_start_repair():
    def right(logits):
        return np.array([np.exp(z) / np.exp(z).sum() for z in logits.astype("f8")])

    rng = np.random.default_rng(1415)
    for n, c, kind in ((7, 5, "f8"), (4, 4, "f8"), (1, 3, "f8"), (11, 2, "f4")):
        logits = (2 * draw(rng, (n, c))[0]).astype(kind)
        case = candidates.clinic.rows(logits=logits, right=right)
        for label, laid_out in layouts(logits):
            with unchanged(logits=laid_out), np.errstate(all="ignore"):
                chances = softmax_of_rows(laid_out)
            name = f"softmax_of_rows(logits), {(n, c)}, {kind}, {label}"
            same(name, chances, right(logits).astype(kind), case)
        with np.errstate(all="ignore"):
            chances = softmax_of_rows(logits + np.sign(logits[:, :1]) * 1000)
        name = f"{name}, logits around 1000 and -1000"
        shifted = logits + np.sign(logits[:, :1]) * 1000
        same(name, chances, right(shifted - shifted[:, :1]).astype(kind), rtol=1e-3)
    chances = softmax_of_rows(np.array([[3, 3], [0, 0]]))
    same("softmax_of_rows for integers", chances, np.full((2, 2), 0.5))


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Print the sums of the probabilities, once for each row, once for each column. Which ones are 1?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Axis 0 goes down the samples, axis 1 along the classes. A sum over an axis makes the axis disappear.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `axis=1` in both places, with `keepdims=True`, so that (N, 1) broadcasts over the columns.
# </details>

# %% [markdown]
# **Run it.** The patient with your part in the place of the broken one. Which reading must have become healthy?

# %%
with attempt():
    watch({"loss": loss_from(softmax_of_rows)}, rate=lambda step: 0.2, epochs=10)

# %% [markdown]
# ### Exercise 14.11 · By heart
#
# A hundred samples, a wide network, sixty epochs. The training accuracy climbs and climbs. Before training, samples and
# labels are brought into a random order.
#
# **Do** find out what is wrong, and repair it.
#
# *12 minutes · difficulty 2 of 5*


# %%
def by_heart_arrange(x, t, rng):
    """Return samples and labels in a random order."""
    return x[rng.permutation(len(x))], t[rng.permutation(len(t))]


# %% [markdown]
# **Predict, then run.** A hundred samples are few. What does the healthy twin reach on test samples, would you say:
# 20 %, 50 %, 90 %? And the patient?

# %%
watch(
    {"arrange": by_heart_arrange},
    sizes=(64, 128, 10),
    samples=100,
    batch_size=10,
    rate=lambda step: 0.5,
    epochs=60,
)

# %%
with attempt():
    chart(
        {"arrange": by_heart_arrange},
        sizes=(64, 128, 10),
        samples=100,
        batch_size=10,
        rate=lambda step: 0.5,
        epochs=60,
    )


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "good_train_bad_test_diagnosis", "locked": false, "schema_version": 3, "solution": true, "task": false}
def diagnose_good_train_bad_test():
    """Return (diagnosis, measurement), two words of the lists."""
    ### BEGIN SOLUTION
    return "labels of other samples", "train and test"
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_good_train_bad_test_diagnosis():
    seals = (
        "e2391698f863",
        "d6793b604bb7",
    )
    wrong = clinic.read_answer(
        "good_train_bad_test", diagnose_good_train_bad_test(), *seals
    )
    expect(wrong is None, wrong)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_good_train_bad_test_diagnosis", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("good_train_bad_test_diagnosis")  # test_good_train_bad_test_diagnosis, 1 point
### BEGIN HIDDEN TESTS
from helpers.candidates import clinic
from helpers.checks import expect, graded


@graded
def test_good_train_bad_test_diagnosis():
    words = "labels of other samples", "train and test"
    seals = [clinic.seal("good_train_bad_test", word) for word in words]
    wrong = clinic.read_answer(
        "good_train_bad_test", diagnose_good_train_bad_test(), *seals
    )
    expect(wrong is None, wrong)


### END HIDDEN TESTS

# %% [markdown]
# **Repair it.** Now write `shuffled_together`, which brings samples and labels into a random order.
#
# For a random order $\pi$ of $0, \dots, N-1$: the new sample $k$ is $x_{\pi(k)}$, and its label $t_{\pi(k)}$.
#
# | maths | code | shape |
# | --- | --- | --- |
# | $x$, $t$ | `x`, `t` | (N, ...), (N, ...) |
# | $\pi$ | an order, drawn from `rng` | (N,) |
# | | the result: a pair of new arrays | like `x` and `t` |
#
# `x` and `t` stay as they are; a new order comes with each call; the same state of `rng` gives the same order.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "good_train_bad_test_repair", "locked": false, "schema_version": 3, "solution": true, "task": false}
def shuffled_together(x, t, rng):
    """Return copies of x (N, ...) and t (N, ...) in one random order, drawn from rng."""
    ### BEGIN SOLUTION
    order = rng.permutation(len(x))
    return x[order], t[order]
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_good_train_bad_test_repair():
    x, t = np.arange(60.0).reshape(30, 2), 10 * np.arange(30)
    orders = []
    for seed in (1, 1, 2):
        with unchanged(x=x, t=t):
            pair = shuffled_together(x, t, np.random.default_rng(seed))
        is_pair = isinstance(pair, tuple | list) and len(pair) == 2
        expect(is_pair, f"expected a pair of arrays, got {type(pair).__name__}.")
        every = sorted(np.ravel(pair[1]).tolist()) == sorted(t.tolist())
        expect(every, "Some labels are there twice, others are lost.")
        rows = [[0.2 * label, 0.2 * label + 1] for label in np.ravel(pair[1])]
        together = np.shape(pair[0]) == (30, 2) and np.allclose(pair[0], rows)
        expect(together, "Samples and labels are not in the same order.")
        orders.append(np.ravel(pair[1]).tolist())
    expect(orders[0] != t.tolist(), "The order is the old one: nothing is shuffled.")
    expect(orders[0] == orders[1], "One seed gave two orders: use `rng` only.")
    expect(orders[0] != orders[2], "Two seeds gave one order: draw it from `rng`.")


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_good_train_bad_test_repair", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("good_train_bad_test_repair")  # test_good_train_bad_test_repair, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers.checks import draw, expect, graded, unchanged


@graded
def test_good_train_bad_test_repair():
    for shape, kind in (
        ((23, 2), "i8"),
        ((16, 3, 4), "f4"),
        ((31,), "f8"),
        ((1, 5), "f8"),
    ):
        rng, n, orders = np.random.default_rng(1416), shape[0], []
        x, t = draw(rng, shape)[0].astype(kind), np.arange(n) * 3
        x.reshape(n, -1)[:, 0] = np.arange(n)
        for _ in range(2):
            with unchanged(x=x, t=t):
                pair = shuffled_together(x, t, rng)
            is_pair = isinstance(pair, tuple | list) and len(pair) == 2
            expect(is_pair, f"expected a pair of arrays, got {type(pair).__name__}.")
            new_x, new_t = (np.array(part) for part in pair)
            every = sorted(new_t.ravel().tolist()) == t.tolist()
            expect(every, "Some labels are there twice, others are lost.")
            expected = [x[label // 3] for label in new_t]
            together = new_x.shape == x.shape and (new_x == np.array(expected)).all()
            expect(together, "Samples and labels are not in the same order.")
            expect(new_x.dtype == x.dtype, f"x has become {new_x.dtype}.")
            orders.append(new_t.tolist())
        if n > 1:
            expect(
                orders[0] != t.tolist(),
                "The order is the old one: nothing is shuffled.",
            )
            expect(
                orders[0] != orders[1], "Two calls gave one order: draw it from `rng`."
            )
            pairs = [
                shuffled_together(x, t, np.random.default_rng(s)) for s in (5, 5, 6)
            ]
            one, same_seed, other = (np.array(pair[1]).tolist() for pair in pairs)
            expect(one == same_seed, "One seed gave two orders: use `rng` only.")
            expect(one != other, "Two seeds gave one order: draw it from `rng`.")


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# How many random orders are drawn in the one line of the patient?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Draw one order, keep it in a name, and use it for both arrays.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `order = rng.permutation(len(x))`, then index `x` and `t` with it.
# </details>

# %% [markdown]
# **Run it.** The patient with your part in the place of the broken one. Which reading must have become healthy?

# %%
with attempt():
    watch(
        {"arrange": shuffled_together},
        sizes=(64, 128, 10),
        samples=100,
        batch_size=10,
        rate=lambda step: 0.5,
        epochs=60,
    )

# %% [markdown]
# ### Exercise 14.12 · The crawler
#
# Nothing in this patient's code is wrong. One number is.
#
# **Do** find out what is wrong. (The repair comes together with that of the next patient.)
#
# *5 minutes · difficulty 1 of 5*


# %%
def crawling_rate(step):
    """Return the learning rate of a step."""
    return 0.001


# %% [markdown]
# **Predict, then run.** After 15 epochs, how far has the loss fallen? Would you have the patience to find out on 60,000
# images?

# %%
watch({"rate": crawling_rate})

# %%
with attempt():
    chart({"rate": crawling_rate})


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "crawling_diagnosis", "locked": false, "schema_version": 3, "solution": true, "task": false}
def diagnose_crawling():
    """Return (diagnosis, measurement), two words of the lists."""
    ### BEGIN SOLUTION
    return "rate too small", "update ratios"
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_crawling_diagnosis():
    seals = (
        "ee4c3c240bee",
        "d62dcf656795",
    )
    wrong = clinic.read_answer("crawling", diagnose_crawling(), *seals)
    expect(wrong is None, wrong)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_crawling_diagnosis", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("crawling_diagnosis")  # test_crawling_diagnosis, 1 point
### BEGIN HIDDEN TESTS
from helpers.candidates import clinic
from helpers.checks import expect, graded


@graded
def test_crawling_diagnosis():
    words = "rate too small", "update ratios"
    seals = [clinic.seal("crawling", word) for word in words]
    wrong = clinic.read_answer("crawling", diagnose_crawling(), *seals)
    expect(wrong is None, wrong)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Which line of the chart is some hundred times smaller than that of the twin?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Look at the update-to-weight ratios, and at Karpathy's rule of thumb.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# Gradients as large as the twin's, and steps a two-hundredth of its own.
# </details>

# %% [markdown]
# ### Exercise 14.13 · The jumper
#
# The same network, the same code, another number.
#
# **Do** find out what is wrong, and repair it.
#
# *12 minutes · difficulty 2 of 5*


# %%
def jumping_rate(step):
    """Return the learning rate of a step."""
    return 1.5


# %% [markdown]
# **Predict, then run.** What does the loss do: fall, rise, both? Will there be a NaN?

# %%
watch({"rate": jumping_rate})

# %%
with attempt():
    chart({"rate": jumping_rate})


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "jumping_diagnosis", "locked": false, "schema_version": 3, "solution": true, "task": false}
def diagnose_jumping():
    """Return (diagnosis, measurement), two words of the lists."""
    ### BEGIN SOLUTION
    return "rate too large", "update ratios"
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_jumping_diagnosis():
    seals = (
        "359f1c95b664",
        "787640a45e01",
    )
    wrong = clinic.read_answer("jumping", diagnose_jumping(), *seals)
    expect(wrong is None, wrong)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_jumping_diagnosis", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("jumping_diagnosis")  # test_jumping_diagnosis, 1 point
### BEGIN HIDDEN TESTS
from helpers.candidates import clinic
from helpers.checks import expect, graded


@graded
def test_jumping_diagnosis():
    words = "rate too large", "update ratios"
    seals = [clinic.seal("jumping", word) for word in words]
    wrong = clinic.read_answer("jumping", diagnose_jumping(), *seals)
    expect(wrong is None, wrong)


### END HIDDEN TESTS

# %% [markdown]
# Both patients need the same thing: a look at several rates, instead of one guess.
#
# **Repair it.** Now write `best_rate`. Somebody has trained a fresh network for a few steps with each of several
# learning rates, and written down the losses. Return the rate that came off best.
#
# $$\eta^* = \eta_k \quad \text{with} \quad k = \operatorname*{arg\,min}_{k:\ L_k \text{ finite}} L_k$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $\eta$ | `rates`, positive, in any order | (R,) |
# | $L$ | `losses` after some steps; a training that blew up has left NaN or an infinity | (R,) |
# | $\eta^*$ | the result | one number |
#
# If no loss is finite, no rate is good: raise `ValueError`.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "jumping_repair", "locked": false, "schema_version": 3, "solution": true, "task": false}
def best_rate(rates, losses):
    """Return the rate with the smallest finite loss; ValueError if none is finite.

    rates (R,), losses (R,), among which NaN and infinities may be.
    """
    ### BEGIN SOLUTION
    losses = np.asarray(losses, dtype=float)
    if not np.isfinite(losses).any():
        raise ValueError("no loss is finite")
    return float(rates[np.where(np.isfinite(losses), losses, np.inf).argmin()])
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_jumping_repair():
    rates = np.array([0.001, 0.01, 0.1, 0.6, 7.0])
    for losses, rate in (
        ([2.3, 2.0, 0.4, 3.0, 9.0], 0.1),
        ([2.3, 0.7, 2.4, np.nan, np.nan], 0.01),
        ([np.inf, 2.5, 2.2, 1.9, -np.inf], 0.6),
    ):
        losses = np.array(losses)
        with unchanged(rates=rates, losses=losses):
            value = best_rate(rates, losses)
        case = candidates.clinic.best_rate(rates=rates, losses=losses)
        same_number(f"best_rate for losses of {losses}", value, rate, case)
    nothing = np.array([np.nan, np.inf])
    raises("best_rate without a finite loss", ValueError, best_rate, rates[:2], nothing)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_jumping_repair", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("jumping_repair")  # test_jumping_repair, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import graded, raises, same_number, unchanged


@graded
def test_jumping_repair():
    rng = np.random.default_rng(1417)
    for count, bad in ((7, 3), (9, 4), (5, 0), (11, 8), (2, 1), (1, 0)):
        rates = rng.permutation(np.geomspace(1e-4, 3, count))
        losses = rng.uniform(0.1, 5, size=count)
        places = rng.permutation(count)
        odd = np.array([np.nan, np.inf, -np.inf])
        losses[places[:bad]] = odd[np.arange(bad) % 3]
        good = sorted(zip(losses[places[bad:]], rates[places[bad:]], strict=True))
        with unchanged(rates=rates, losses=losses):
            value = best_rate(rates, losses)
        case = candidates.clinic.best_rate(rates=rates, losses=losses)
        name = f"best_rate for {count} rates, {bad} losses not finite"
        same_number(name, value, good[0][1], case)
    whole = np.array([4, 2, 3])
    same_number("best_rate for integers", best_rate(whole, whole), 2)
    for odd in ([np.nan], [np.inf, np.nan], [-np.inf, np.inf]):
        rates, losses = np.ones(len(odd)), np.array(odd)
        name = f"best_rate for losses of {odd}"
        raises(name, ValueError, best_rate, rates, losses)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# How much of the weights does one step change, here and in the twin?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Diagnosis: compare the ratios with 0.001 and with 0.1. Repair: what does `np.argmin` return if one of the numbers is
# NaN? Try it.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# Replace what is not finite by plus infinity (`np.where`, `np.isfinite`) before `argmin`; use the place that it gives
# as an index into `rates`.
# </details>

# %% [markdown]
# **Run it.** The patient with your part in the place of the broken one. Which reading must have become healthy?

# %%
with attempt():
    rates, losses = np.geomspace(1e-3, 10, 9), []
    for rate in rates:
        patient = Patient(rate=lambda step, rate=rate: rate)
        with np.errstate(all="ignore"):
            losses.append([train_epoch(patient) for _ in range(3)][-1])
    chosen = best_rate(rates, np.array(losses))
    plots.curves(
        {"loss": (np.log10(rates), np.array(losses))},
        xlabel="log10 of the learning rate",
    )
    print(f"chosen: {chosen:.3g}")
    watch({"rate": lambda step: chosen})

# %% [markdown]
# ### Exercise 14.14 · One bad morning
#
# A *warm-up* lets the learning rate rise during the first steps, because the first gradients are the wildest. This
# patient has one, over 100 steps. From the second epoch on its loss lies at ln 10 and stays there, although from step
# 100 on everything is as in the healthy twin.
#
# **Do** find out what is wrong, and repair it.
#
# *15 minutes · difficulty 2 of 5*


# %%
def stuck_rate(step):
    """Return the learning rate of a step: a warm-up, then 0.2."""
    return 0.2 * max(100 / (step + 1), 1)


# %% [markdown]
# **Predict, then run.** Who is ahead after the first epoch? What could happen in one epoch that nine good ones after it
# do not undo?

# %%
watch({"rate": stuck_rate}, log=True, epochs=10)

# %%
with attempt():
    chart({"rate": stuck_rate}, epochs=10)


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "stuck_diagnosis", "locked": false, "schema_version": 3, "solution": true, "task": false}
def diagnose_stuck():
    """Return (diagnosis, measurement), two words of the lists."""
    ### BEGIN SOLUTION
    return "first steps too long", "dead units"
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_stuck_diagnosis():
    seals = (
        "b3ab94895c74",
        "a6541869786d",
        "f4dc878b01b0",
    )
    wrong = clinic.read_answer("stuck", diagnose_stuck(), *seals)
    expect(wrong is None, wrong)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_stuck_diagnosis", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("stuck_diagnosis")  # test_stuck_diagnosis, 1 point
### BEGIN HIDDEN TESTS
from helpers.candidates import clinic
from helpers.checks import expect, graded


@graded
def test_stuck_diagnosis():
    words = "first steps too long", "dead units", "update ratios"
    seals = [clinic.seal("stuck", word) for word in words]
    wrong = clinic.read_answer("stuck", diagnose_stuck(), *seals)
    expect(wrong is None, wrong)


### END HIDDEN TESTS

# %% [markdown]
# **Repair it.** Now write `warmed_up`, the learning rate of one step.
#
# $$\eta_s = \eta \cdot \min\Bigl(\frac{s + 1}{S}, 1\Bigr)$$
#
# | maths | code | what it is |
# | --- | --- | --- |
# | $s$ | `step`, from 0 | the number of the step |
# | $S$ | `steps`, at least 1 | how many steps the warm-up takes |
# | $\eta$ | `rate` | the learning rate after the warm-up |
# | $\eta_s$ | the result | one number |


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "stuck_repair", "locked": false, "schema_version": 3, "solution": true, "task": false}
def warmed_up(step, steps, rate):
    """Return the learning rate of a step (from 0), in a warm-up of so many steps."""
    ### BEGIN SOLUTION
    return rate * min((step + 1) / steps, 1)
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_stuck_repair():
    for steps, rate, expected in (
        (4, 0.5, [0.125, 0.25, 0.375, 0.5, 0.5, 0.5]),
        (1, 3.0, [3.0, 3.0, 3.0]),
        (2, 0.5, [0.25, 0.5, 0.5, 0.5]),
    ):
        came = [warmed_up(step, steps, rate) for step in range(len(expected))]
        got_none = any(value is None for value in came)
        expect(not got_none, "warmed_up: got None. Is a `return` missing?")
        step = np.arange(len(expected))
        case = candidates.clinic.warm_up(step=step, steps=steps, rate=rate)
        name = f"warmed_up(step, {steps}, {rate}), for steps from 0"
        same(name, np.array(came, dtype=float), expected, case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_stuck_repair", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("stuck_repair")  # test_stuck_repair, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import expect, graded, same


@graded
def test_stuck_repair():
    for steps, rate in ((7, 0.3), (10, 1.0), (1, 0.05), (3, 2), (100, 0.2)):
        step = np.arange(2 * steps + 3)
        came = [warmed_up(int(number), steps, rate) for number in step]
        got_none = any(value is None for value in came)
        expect(not got_none, "warmed_up: got None. Is a `return` missing?")
        expected = np.full(len(step), float(rate))
        expected[:steps] -= rate * np.arange(steps - 1, -1, -1) / steps
        case = candidates.clinic.warm_up(step=step, steps=steps, rate=rate)
        name = f"warmed_up(step, {steps}, {rate}), for steps from 0"
        same(name, np.array(came, dtype=float), expected, case)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Evaluate the patient's rate for steps 0, 1, 9 and 99. Is that a warm-up?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Such a step throws weights and biases so far that a unit is below 0 for every sample. Then its gradient is 0, and it
# stays where it is. The fraction has to be upside down, and what was a floor becomes a ceiling.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `(step + 1) / steps` is the share of the warm-up that is done, and `min` keeps it from passing 1.
# </details>

# %% [markdown]
# **Run it.** The patient with your part in the place of the broken one. Which reading must have become healthy?

# %%
with attempt():
    watch({"rate": lambda step: warmed_up(step, 100, 0.2)}, epochs=10)

# %% [markdown]
# ### Exercise 14.15 · The flat line
#
# The only patient that reads no digits. It should draw a curve through forty points. The targets came as a plain list
# of numbers, as they often do, and nothing complained.
#
# **Do** find out what is wrong, and repair it.
#
# *15 minutes · difficulty 2 of 5*

# %%
rng = np.random.default_rng(3)
line_x = rng.uniform(-1, 1, size=(40, 1))
line_t = np.sin(3 * line_x.ravel()) + 0.1 * rng.normal(size=40)


def flat_line_loss(y, t):
    """Return the mean squared error of y (N, 1), and its gradient (N, 1)."""
    misses = y - t
    loss = float(np.mean(misses**2))
    return loss, 2 * misses.mean(axis=1, keepdims=True) / len(misses)


# %% [markdown]
# **Predict, then run.** Which curve will the network draw? Against which number will its loss run? (The chart of this
# patient is the last line that is printed.)


# %%
def watch_line(loss_function):
    """Train a small network on the points, live."""
    if is_grading():
        return
    rng = np.random.default_rng(1)
    layers = [Linear(1, 20, rng=rng), Tanh(), Linear(20, 1, rng=rng)]
    model, loss = Sequential(layers), FromPair(loss_function)
    board = live.Board(live.Curve("loss"), live.Fit(line_x, line_t), pace=0.01)
    with board:
        for step in range(300):
            value = loss.forward(model.forward(line_x), line_t)
            model.backward(loss.backward())
            model.update_params(0.3)
            board.update(loss=(step, value), fit=model)
    y = model.forward(line_x)
    print(f"loss {value:.3f}; the variance of the targets is {line_t.var():.3f}")
    print(f"predictions from {y.min():.2f} to {y.max():.2f}")
    print("shapes", y.shape, line_t.shape, (y - line_t).shape)


watch_line(flat_line_loss)


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "flat_line_diagnosis", "locked": false, "schema_version": 3, "solution": true, "task": false}
def diagnose_flat_line():
    """Return (diagnosis, measurement), two words of the lists."""
    ### BEGIN SOLUTION
    return "shapes broadcast", "shapes"
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_flat_line_diagnosis():
    seals = (
        "bb4d42b3fc72",
        "ae407a2d56c2",
    )
    wrong = clinic.read_answer("flat_line", diagnose_flat_line(), *seals)
    expect(wrong is None, wrong)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_flat_line_diagnosis", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("flat_line_diagnosis")  # test_flat_line_diagnosis, 1 point
### BEGIN HIDDEN TESTS
from helpers.candidates import clinic
from helpers.checks import expect, graded


@graded
def test_flat_line_diagnosis():
    words = "shapes broadcast", "shapes"
    seals = [clinic.seal("flat_line", word) for word in words]
    wrong = clinic.read_answer("flat_line", diagnose_flat_line(), *seals)
    expect(wrong is None, wrong)


### END HIDDEN TESTS

# %% [markdown]
# **Repair it.** Now write `column_loss`, which takes targets of both shapes, and refuses all others.
#
# $$L = \frac{1}{N} \sum_n (Y_n - T_n)^2 \qquad \frac{\partial L}{\partial Y_n} = \frac{2}{N} (Y_n - T_n)$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $Y$ | `y` | (N, 1) |
# | $T$ | `t` | (N,) or (N, 1) |
# | $L$, $\partial L/\partial Y$ | the result, a pair | a number, (N, 1) |
#
# Any other shape of `t`, of another length too, raises `ValueError`.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "flat_line_repair", "locked": false, "schema_version": 3, "solution": true, "task": false}
def column_loss(y, t):
    """Return the mean squared error of y (N, 1), and its gradient (N, 1).

    t (N,) or (N, 1); any other shape raises ValueError.
    """
    ### BEGIN SOLUTION
    if t.shape not in ((len(y),), (len(y), 1)):
        raise ValueError(f"t: expected {len(y)} targets, got shape {t.shape}")
    misses = 1.0 * y - t.reshape(y.shape)
    return float(np.mean(misses**2)), 2 * misses / misses.size
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_flat_line_repair():
    y, t = np.array([[1.0], [2.0], [4.0], [0.0]]), np.array([1.0, 4.0, 3.0, 1.0])
    case = candidates.clinic.column(y=y, t=t)
    for given in (t, t[:, None]):
        name = f"column_loss for y {y.shape} and t {given.shape}"
        with unchanged(y=y, t=given):
            pair = column_loss(y, given)
        is_pair = isinstance(pair, tuple | list) and len(pair) == 2
        expect(is_pair, f"{name}: expected a pair, got {type(pair).__name__}.")
        same_number(f"{name}: loss", pair[0], 1.5, case)
        expected = np.array([[0.0], [-1.0], [0.5], [-0.5]])
        same(f"{name}: gradient", pair[1], expected, case)
    for wrong in (t[:3], t[None], np.ones((4, 2)), np.array(1.0)):
        raises(f"t of shape {wrong.shape}", ValueError, column_loss, y, wrong)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_flat_line_repair", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("flat_line_repair")  # test_flat_line_repair, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import draw, expect, graded, raises, same, same_number, unchanged


@graded
def test_flat_line_repair():
    rng = np.random.default_rng(1418)
    for n, kind in ((7, "f8"), (2, "f8"), (1, "f8"), (13, "f4"), (5, "i8"), (6, "u1")):
        y, t = (10 * a for a in draw(rng, (n, 1), (n,)))
        y, t = (
            np.abs(a).astype(kind) if kind == "u1" else a.astype(kind) for a in (y, t)
        )
        misses = y.ravel().astype("f8") - t
        out = kind if kind[0] == "f" else "f8"
        case = candidates.clinic.column(y=y.astype("f8"), t=t.astype("f8"))
        for given in (t, t[:, None]):
            name = f"column_loss for y {y.shape} and t {given.shape}, {kind}"
            with unchanged(y=y, t=given):
                pair = column_loss(y, given)
            is_pair = isinstance(pair, tuple | list) and len(pair) == 2
            expect(is_pair, f"{name}: expected a pair, got {type(pair).__name__}.")
            rtol = 1e-4 if kind == "f4" else 1e-9
            loss = misses @ misses / n
            same_number(f"{name}: loss", pair[0], loss, case, rtol=rtol)
            expected = (misses * (2 / n))[:, None].astype(out)
            same(f"{name}: gradient", pair[1], expected, case)
    y = rng.normal(size=(6, 1))
    for shape in ((5,), (7, 1), (1, 6), (6, 2), (1,), (), (6, 1, 1)):
        raises(f"t of shape {shape}", ValueError, column_loss, y, np.ones(shape))


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# What is the shape of `y - t`, for `y` of (40, 1) and `t` of (40,)?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Bring `t` to the shape of `y` before you subtract; but first look whether its shape is one of the two that are
# allowed, since `reshape` also takes (1, N).
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `if t.shape not in ((len(y),), (len(y), 1)):` raise. Then `y - t.reshape(y.shape)`, its mean square, and 2 times it
# over N.
# </details>

# %% [markdown]
# **Run it.** The patient with your part in the place of the broken one. Which reading must have become healthy?

# %%
with attempt():
    watch_line(column_loss)

# %% [markdown]
# ### Exercise 14.16 · Better, then worse
#
# The first epochs go well, better than in the twin. Then it gets worse and worse. Halving the learning rate helps a
# little, for a while. The layer has its own `backward`.
#
# **Do** find out what is wrong, and repair it.
#
# *12 minutes · difficulty 2 of 5*


# %%
class SwingingLinear(Linear):
    """A linear layer, with its own way back."""

    def backward(self, grad_output):
        self.grad_weights = grad_output.T @ self.x + getattr(self, "grad_weights", 0)
        self.grad_biases = grad_output.sum(axis=0) + getattr(self, "grad_biases", 0)
        return grad_output @ self.weights


# %% [markdown]
# **Predict, then run.** Will the gradient check find this? It asks a fresh network once.

# %%
watch({"make": SwingingLinear}, rate=lambda step: 0.05, epochs=20)

# %%
with attempt():
    chart({"make": SwingingLinear}, rate=lambda step: 0.05, epochs=20)


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "swinging_diagnosis", "locked": false, "schema_version": 3, "solution": true, "task": false}
def diagnose_swinging():
    """Return (diagnosis, measurement), two words of the lists."""
    ### BEGIN SOLUTION
    return "gradients add up", "backward twice"
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_swinging_diagnosis():
    seals = (
        "ee9f25b71143",
        "f3bdb15f8eb6",
    )
    wrong = clinic.read_answer("swinging", diagnose_swinging(), *seals)
    expect(wrong is None, wrong)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_swinging_diagnosis", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("swinging_diagnosis")  # test_swinging_diagnosis, 1 point
### BEGIN HIDDEN TESTS
from helpers.candidates import clinic
from helpers.checks import expect, graded


@graded
def test_swinging_diagnosis():
    words = "gradients add up", "backward twice"
    seals = [clinic.seal("swinging", word) for word in words]
    wrong = clinic.read_answer("swinging", diagnose_swinging(), *seals)
    expect(wrong is None, wrong)


### END HIDDEN TESTS

# %% [markdown]
# **Repair it.** Now write `OverwritingLinear`, a `Linear` whose `backward` leaves the gradients of the last batch, and
# of no other.
#
# $$\frac{\partial L}{\partial W} = G^{\top} X \qquad \frac{\partial L}{\partial b_j} = \sum_n G_{nj} \qquad \frac{\partial L}{\partial X} = G\, W$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $G$ | `grad_output` | (N, M) |
# | $X$ | `self.x`, which `forward` has kept | (N, D) |
# | | `self.grad_weights`, `self.grad_biases` | (M, D), (M,) |
# | $\partial L/\partial X$ | the result | (N, D) |
#
# (Libraries that do add up, such as PyTorch, expect you to call `zero_grad()` before each `backward`. Forgetting it
# gives this patient.)


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "swinging_repair", "locked": false, "schema_version": 3, "solution": true, "task": false}
class OverwritingLinear(Linear):
    """A linear layer whose backward begins afresh each time."""

    def backward(self, grad_output):
        """Take dL/dy (N, M), set grad_weights and grad_biases, return dL/dx (N, D)."""
        ### BEGIN SOLUTION
        self.grad_weights = grad_output.T @ self.x
        self.grad_biases = grad_output.sum(axis=0)
        return grad_output @ self.weights
        ### END SOLUTION


# %% deletable=false editable=false
@check
def check_swinging_repair():
    layer = OverwritingLinear(2, 1, [[1.0, 2.0]], [0.5])
    before = None, None
    for x, slope in (
        ([[1.0, 3.0], [2.0, -1.0]], 2.0),
        ([[4.0, 0.0], [0.0, 1.0]], -3.0),
    ):
        x, grad_output = np.array(x), slope * np.array([[1.0], [0.5]])
        layer.forward(x)
        for _ in range(2):
            with unchanged(x=x, grad_output=grad_output):
                grad_input = layer.backward(grad_output)
            weights = slope * (x[:1] + x[1:] / 2)
            biases = np.array([1.5 * slope])
            case = candidates.clinic.step(before=before[0], N=2)
            same("grad_weights", layer.grad_weights, weights, case)
            case = candidates.clinic.step(before=before[1], N=2)
            same("grad_biases", layer.grad_biases, biases, case)
            same("grad_input", grad_input, slope * np.array([[1.0, 2.0], [0.5, 1.0]]))
            before = weights, biases


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_swinging_repair", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("swinging_repair")  # test_swinging_repair, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import draw, graded, same, unchanged


@graded
def test_swinging_repair():
    rng = np.random.default_rng(1419)
    for n, d, m, kind in (
        (7, 5, 3, "f8"),
        (4, 4, 4, "f8"),
        (1, 3, 5, "f8"),
        (11, 2, 13, "f4"),
    ):
        weights, biases = (a.astype(kind) for a in draw(rng, (m, d), (m,)))
        layer, other = (OverwritingLinear(d, m, weights, biases) for _ in range(2))
        before = None, None
        for _ in range(3):
            x, grad_output = (a.astype(kind) for a in draw(rng, (n, d), (n, m)))
            layer.forward(x)
            other.forward(-x)
            with unchanged(x=x, grad_output=grad_output):
                grad_input = layer.backward(grad_output)
            other.backward(2 * grad_output)
            right = (
                np.einsum("nm,nd->md", grad_output, x),
                grad_output.T @ np.ones(n, kind),
            )
            case = candidates.clinic.step(before=before[0], N=n)
            same(f"grad_weights, {kind}", layer.grad_weights, right[0], case)
            case = candidates.clinic.step(before=before[1], N=n)
            same(f"grad_biases, {kind}", layer.grad_biases, right[1], case)
            expected = np.einsum("nm,md->nd", grad_output, weights)
            same(f"grad_input, {kind}", grad_input, expected)
            before = right


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Call `backward` twice, one after the other, with nothing in between. What should the second call change?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# The gradients of the batch before, and of all batches before that, are still in it. Momentum without forgetting: the
# ball never slows down.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# The three lines of notebook 01: both gradients are set with `=`, and nothing old is on the right side.
# </details>

# %% [markdown]
# **Run it.** The patient with your part in the place of the broken one. Which reading must have become healthy?

# %%
with attempt():
    watch({"make": OverwritingLinear}, rate=lambda step: 0.05, epochs=20)

# %% [markdown]
# ### Exercise 14.17 · Good enough, one might think
#
# Inputs around 0 are easier to learn from, so this patient subtracts the middle of the grey levels, 8 of 16. It learns,
# and its accuracy is one that a hard problem might have. A larger learning rate makes it worse.
#
# **Do** find out what is wrong, and repair it.
#
# *12 minutes · difficulty 2 of 5*


# %%
def mediocre_prepare(images):
    """Take images (N, 8, 8), bytes from 0 to 16; return rows (N, 64) around 0."""
    rows = images.reshape(len(images), -1)
    return (rows - np.uint8(8)) / 16


# %% [markdown]
# **Predict, then run.** Will the patient learn at all? Who is ahead after the first epochs, and who in the end?

# %%
watch({"prepare": mediocre_prepare}, rate=lambda step: 0.045, epochs=30)

# %%
with attempt():
    chart({"prepare": mediocre_prepare}, rate=lambda step: 0.045, epochs=30)


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "mediocre_diagnosis", "locked": false, "schema_version": 3, "solution": true, "task": false}
def diagnose_mediocre():
    """Return (diagnosis, measurement), two words of the lists."""
    ### BEGIN SOLUTION
    return "bytes wrap around", "inputs"
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_mediocre_diagnosis():
    seals = (
        "43f791407645",
        "9a05f27f30cc",
    )
    wrong = clinic.read_answer("mediocre", diagnose_mediocre(), *seals)
    expect(wrong is None, wrong)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_mediocre_diagnosis", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("mediocre_diagnosis")  # test_mediocre_diagnosis, 1 point
### BEGIN HIDDEN TESTS
from helpers.candidates import clinic
from helpers.checks import expect, graded


@graded
def test_mediocre_diagnosis():
    words = "bytes wrap around", "inputs"
    seals = [clinic.seal("mediocre", word) for word in words]
    wrong = clinic.read_answer("mediocre", diagnose_mediocre(), *seals)
    expect(wrong is None, wrong)


### END HIDDEN TESTS

# %% [markdown]
# **Repair it.** Now write `centred`.
#
# $$x_{nk} = \frac{b_{nk} - 8}{16}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $b$ | `images`, bytes (`uint8`) from 0 to 16, as rows | (N, 8, 8); as rows (N, 64) |
# | $x$ | the result, from -0.5 to 0.5, float64 | (N, 64) |
#
# Images of other sizes work in the same way: (N, H, W) becomes (N, H W).


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "mediocre_repair", "locked": false, "schema_version": 3, "solution": true, "task": false}
def centred(images):
    """Take images (N, H, W), bytes from 0 to 16; return rows (N, H W), -0.5 to 0.5."""
    ### BEGIN SOLUTION
    return (images.reshape(len(images), -1) - 8.0) / 16
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_mediocre_repair():
    for levels in ([[[0, 16], [8, 4]]], [[[1, 2, 3]], [[16, 12, 8]], [[0, 0, 10]]]):
        given = np.array(levels, dtype=np.uint8)
        flat = given.reshape(len(given), -1)
        with unchanged(images=given):
            rows = centred(given)
        case = candidates.clinic.centre(x=flat, middle=np.uint8(8))
        expected = np.array([[level / 16 - 0.5 for level in row] for row in flat])
        same(f"centred(images), images {given.shape}", rows, expected, case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_mediocre_repair", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("mediocre_repair")  # test_mediocre_repair, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import graded, layouts, same, unchanged


@graded
def test_mediocre_repair():
    rng = np.random.default_rng(1420)
    for shape in ((7, 8, 8), (5, 3, 2), (1, 4, 4), (1, 1, 1)):
        levels = rng.integers(0, 17, size=shape)
        levels.reshape(-1)[0] = 3
        flat = levels.reshape(shape[0], -1).astype(np.uint8)
        case = candidates.clinic.centre(x=flat, middle=np.uint8(8))
        for label, given in layouts(levels.astype(np.uint8)):
            with unchanged(images=given):
                rows = centred(given)
            expected = levels.reshape(shape[0], -1) * 0.0625 - 0.5
            same(f"centred(images), images {shape}, {label}", rows, expected, case)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# What is `np.uint8(0) - np.uint8(8)`? Try it.
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Bytes have no room below 0: they start again from 255. The subtraction must not happen among bytes.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# Subtract `8.0`, a float, or turn the images into floats first. Then divide by 16.
# </details>

# %% [markdown]
# **Run it.** The patient with your part in the place of the broken one. Which reading must have become healthy?

# %%
with attempt():
    pixels = {"patient": mediocre_prepare(images), "repaired": centred(images)}
    with live.Board(live.Histograms("inputs", xlabel="input")) as board:
        board.update(inputs=pixels)
    watch({"prepare": centred}, rate=lambda step: 0.045, epochs=30)

# %% [markdown]
# ### Exercise 14.18 · Deeper is worse
#
# With one hidden layer this code works perfectly. With four, it is worse than with one. The function builds the
# network; all parts are healthy.
#
# **Do** find out what is wrong, and repair it.
#
# *15 minutes · difficulty 3 of 5*


# %%
def depth_hurts_connect(sizes, make, activation, rng):
    """Return a network of linear layers of these sizes, with activations between."""
    between, layers = activation(), []
    for d, m in itertools.pairwise(sizes):
        layers += [make(d, m, rng=rng), between]
    return Sequential(layers[:-1])


# %% [markdown]
# **Predict, then run.** `forward` gives the same numbers as in the twin. Why? And which layers get a wrong gradient:
# the first, the last, all?

# %%
watch({"connect": depth_hurts_connect}, sizes=(64, 32, 32, 32, 32, 10), epochs=25)

# %%
with attempt():
    chart({"connect": depth_hurts_connect}, sizes=(64, 32, 32, 32, 32, 10), epochs=25)


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "depth_hurts_diagnosis", "locked": false, "schema_version": 3, "solution": true, "task": false}
def diagnose_depth_hurts():
    """Return (diagnosis, measurement), two words of the lists."""
    ### BEGIN SOLUTION
    return "activation shared", "gradient check"
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_depth_hurts_diagnosis():
    seals = (
        "0b0411371c0b",
        "df5a21072719",
    )
    wrong = clinic.read_answer("depth_hurts", diagnose_depth_hurts(), *seals)
    expect(wrong is None, wrong)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_depth_hurts_diagnosis", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("depth_hurts_diagnosis")  # test_depth_hurts_diagnosis, 1 point
### BEGIN HIDDEN TESTS
from helpers.candidates import clinic
from helpers.checks import expect, graded


@graded
def test_depth_hurts_diagnosis():
    words = "activation shared", "gradient check"
    seals = [clinic.seal("depth_hurts", word) for word in words]
    wrong = clinic.read_answer("depth_hurts", diagnose_depth_hurts(), *seals)
    expect(wrong is None, wrong)


### END HIDDEN TESTS

# %% [markdown]
# **Repair it.** Now write `stacked_layers`, with the same arguments.
#
# For sizes $d_0, d_1, \dots, d_L$: the layers
#
# $$\text{linear } d_0 \to d_1,\ \text{activation},\ \text{linear } d_1 \to d_2,\ \dots,\ \text{linear } d_{L-1} \to d_L$$
#
# | code | what it is |
# | --- | --- |
# | `sizes` | the sizes, two of them or more |
# | `make(d, m, rng=rng)` | gives a linear layer |
# | `activation()` | gives an activation, a new one at each call |
# | | the result: a `Sequential`, without an activation at its end |
#
# Every place between two linear layers has an activation of its own.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "depth_hurts_repair", "locked": false, "schema_version": 3, "solution": true, "task": false}
def stacked_layers(sizes, make, activation, rng):
    """Return a Sequential of linear layers with an own activation between each two."""
    ### BEGIN SOLUTION
    layers = []
    for k in range(len(sizes) - 1):
        layers += [make(sizes[k], sizes[k + 1], rng=rng), activation()]
    return Sequential(layers[:-1])
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_depth_hurts_repair():
    for sizes in ((2, 3, 3, 3, 1), (4, 4, 4), (3, 2)):
        made, kept, rng = [], [], np.random.default_rng(1)

        def make(d, m, rng, made=made):
            made.append(Linear(d, m, rng=rng))
            return made[-1]

        def activation(kept=kept):
            kept.append(Tanh())
            return kept[-1]

        name = f"stacked_layers for sizes {sizes}"
        model = stacked_layers(sizes, make, activation, rng)
        expect(model is not None, f"{name}: got None. Is a `return` missing?")
        came = f"{name}: expected a Sequential, got {type(model).__name__}."
        expect(hasattr(model, "forward"), came)
        shapes = [layer.weights.shape for layer in made]
        wanted = [(m, d) for d, m in itertools.pairwise(sizes)]
        came = f"expected linear layers with weights of {wanted}, got {shapes}."
        expect(shapes == wanted, f"{name}: {came}")
        came = "there is no activation between the linear layers: `activation` is never"
        expect(kept or len(sizes) == 2, f"{name}: {came} called.")
        values, slopes = np.array([[0.3, -0.2, 0.5, 1.0][: sizes[0]]]), []
        y, linear, early = model.forward(values), values, values
        for place, layer in enumerate(made):
            early = np.tanh(early) @ layer.weights.T + layer.biases
            values = np.tanh(values) if place else values
            slopes.append(1 - values**2)
            values = values @ layer.weights.T + layer.biases
            linear = linear @ layer.weights.T + layer.biases
        case = candidates.clinic.stack(linear=linear, early=early)
        same(f"{name}: forward(x)", y, values, case)
        model.backward(np.ones_like(values))
        grad_output = shared = np.ones_like(values)
        for place in reversed(range(len(made))):
            came = f"{name}: grad_biases of linear layer {place + 1}"
            case = candidates.clinic.stack(shared=shared[0])
            same(came, made[place].grad_biases, grad_output[0], case)
            grad_output = grad_output @ made[place].weights * slopes[place]
            if place:
                shared = shared @ made[place].weights * slopes[-1]


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_depth_hurts_repair", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("depth_hurts_repair")  # test_depth_hurts_repair, 1 point
### BEGIN HIDDEN TESTS
import itertools

import numpy as np
from parts import Linear, ReLU, Tanh

from helpers import candidates
from helpers.checks import draw, expect, graded, same


@graded
def test_depth_hurts_repair():
    rng = np.random.default_rng(1421)
    for sizes in ((5, 3, 3, 3, 2), (4, 4, 4, 4), (3, 7, 7, 1), (2, 6)):
        for kind in (Tanh, ReLU):
            made, called = [], []

            def make(d, m, rng, made=made):
                made.append(Linear(d, m, rng.normal(size=(m, d)), rng.normal(size=m)))
                return made[-1]

            def activation(kind=kind, called=called):
                called.append(kind)
                return kind()

            name = f"stacked_layers for sizes {sizes} and {kind.__name__}"
            model = stacked_layers(sizes, make, activation, rng)
            expect(model is not None, f"{name}: got None. Is a `return` missing?")
            came = f"{name}: expected a Sequential, got {type(model).__name__}."
            expect(hasattr(model, "forward"), came)
            shapes = [layer.weights.shape for layer in made]
            wanted = [(m, d) for d, m in itertools.pairwise(sizes)]
            came = f"expected linear layers with weights of {wanted}, got {shapes}."
            expect(shapes == wanted, f"{name}: {came}")
            came = "there is no activation between the linear layers: `activation` is"
            expect(called or len(sizes) == 2, f"{name}: {came} never called.")
            x, grad_output = draw(rng, (3, sizes[0]), (3, sizes[-1]))
            values, kept, linear, early = x, [], x, x
            for place, layer in enumerate(made):
                early = kind().forward(early) @ layer.weights.T + layer.biases
                if place:
                    kept.append(kind())
                    values = kept[-1].forward(values)
                values = values @ layer.weights.T + layer.biases
                linear = linear @ layer.weights.T + layer.biases
            case = candidates.clinic.stack(linear=linear, early=early)
            same(f"{name}: forward(x)", model.forward(x), values, case)
            model.backward(grad_output.copy())
            slope = shared = grad_output
            for place in range(len(made) - 1, -1, -1):
                came = f"{name}: grad_biases of linear layer {place + 1}"
                case = candidates.clinic.stack(shared=shared.sum(axis=0))
                same(came, made[place].grad_biases, slope.sum(axis=0), case)
                slope, shared = (g @ made[place].weights for g in (slope, shared))
                if place:
                    slope = kept[place - 1].backward(slope)
                    shared = kept[-1].backward(shared)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# How many activation objects are in the patient's network? How many places do they stand in?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# An activation keeps what it needs for `backward`. In which place was it last when the way back begins?
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# Call `activation()` in the loop, once for each linear layer, and leave the last one off.
# </details>

# %% [markdown]
# **Run it.** The patient with your part in the place of the broken one. Which reading must have become healthy?

# %%
with attempt():
    watch({"connect": stacked_layers}, sizes=(64, 32, 32, 32, 32, 10), epochs=25)

# %% [markdown]
# ### Exercise 14.19 · Not in company
#
# Ninety-odd per cent on training samples, and on the test set too. Then it is put to use: one image at a time comes in,
# and it sees the same digit in all of them. Its inputs are *standardised*: minus their mean, divided by their standard
# deviation, each pixel for itself.
#
# **Do** find out what is wrong, and repair it.
#
# *15 minutes · difficulty 2 of 5*


# %%
def alone_prepare(images):
    """Take images (N, 8, 8); return rows (N, 64) with mean 0 and deviation 1."""
    x = scale(images)
    deviation = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(deviation > 0, deviation, 1)


# %% [markdown]
# **Predict, then run.** The curves are those of training and of the test set as a whole. Will you see anything wrong in
# them?

# %%
watch({"prepare": alone_prepare}, rate=lambda step: 0.1)

# %%
with attempt():
    chart({"prepare": alone_prepare}, rate=lambda step: 0.1)


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "alone_diagnosis", "locked": false, "schema_version": 3, "solution": true, "task": false}
def diagnose_alone():
    """Return (diagnosis, measurement), two words of the lists."""
    ### BEGIN SOLUTION
    return "statistics of the evaluated data", "one by one"
    ### END SOLUTION


# %% deletable=false editable=false
@check
def check_alone_diagnosis():
    seals = (
        "3391b6a9f51f",
        "125ff7ed6a78",
    )
    wrong = clinic.read_answer("alone", diagnose_alone(), *seals)
    expect(wrong is None, wrong)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_alone_diagnosis", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("alone_diagnosis")  # test_alone_diagnosis, 1 point
### BEGIN HIDDEN TESTS
from helpers.candidates import clinic
from helpers.checks import expect, graded


@graded
def test_alone_diagnosis():
    words = "statistics of the evaluated data", "one by one"
    seals = [clinic.seal("alone", word) for word in words]
    wrong = clinic.read_answer("alone", diagnose_alone(), *seals)
    expect(wrong is None, wrong)


### END HIDDEN TESTS

# %% [markdown]
# **Repair it.** Now write `Standardiser`: `fit` measures mean and deviation, `apply` uses them.
#
# $$\mu_k = \frac{1}{N} \sum_n x_{nk} \qquad \sigma_k = \sqrt{\frac{1}{N} \sum_n (x_{nk} - \mu_k)^2} \qquad \tilde x_{nk} = \frac{x_{nk} - \mu_k}{\sigma_k}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $x$ | `x`; `fit` gets the training samples, `apply` any samples | (N, D) |
# | $\mu$, $\sigma$ | of the training samples only; yours to keep | (D,), (D,) |
# | $\tilde x$ | what `apply` returns | (N, D) |
#
# A column that never varied in training has $\sigma_k = 0$: divide by 1 in its place.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "alone_repair", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Standardiser:
    """Brings columns to mean 0 and deviation 1, as measured on training samples."""

    def fit(self, x):
        """Measure the mean and the deviation of each column of x (N, D)."""
        ### BEGIN SOLUTION
        self.mean, deviation = x.mean(axis=0), x.std(axis=0)
        self.deviation = np.where(deviation > 0, deviation, 1.0)
        ### END SOLUTION

    def apply(self, x):
        """Take x (N, D), return it standardised by what fit has measured."""
        ### BEGIN SOLUTION
        return (x - self.mean) / self.deviation
        ### END SOLUTION


# %% deletable=false editable=false
@check
def check_alone_repair():
    def standardised(x, seen):
        deviation = np.sqrt(((seen - seen.mean(axis=0)) ** 2).mean(axis=0))
        return (x - seen.mean(axis=0)) / np.where(deviation > 0, deviation, 1)

    standardiser, other = Standardiser(), Standardiser()
    seen = np.array([[1.0, 10.0, 5.0], [3.0, 30.0, 5.0]])  # deviations 1, 10 and 0
    with unchanged(x=seen):
        standardiser.fit(seen)
    other.fit(3 * seen + 1)
    for x, expected in (
        ([[1.0, 30.0, 5.0], [3.0, 10.0, 5.0]], [[-1.0, 1.0, 0.0], [1.0, -1.0, 0.0]]),
        ([[4.0, 0.0, 7.0]], [[2.0, -2.0, 2.0]]),
        (
            [[2.0, 20.0, 5.0], [5.0, 20.0, 4.0], [2.0, 5.0, 5.0]],
            [[0.0, 0.0, 0.0], [3.0, 0.0, -1.0], [0.0, -1.5, 0.0]],
        ),
    ):
        x = np.array(x)
        with unchanged(x=x), np.errstate(all="ignore"):
            came = standardiser.apply(x)
        given = {"x": x, "seen": seen, "other": 3 * seen + 1}
        case = candidates.clinic.standardise(right=standardised, **given)
        same(f"apply(x), {len(x)} samples", came, expected, case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_alone_repair", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("alone_repair")  # test_alone_repair, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import draw, graded, layouts, same, unchanged


@graded
def test_alone_repair():
    def right(x, seen):
        mean = seen.sum(axis=0) / len(seen)
        deviation = np.sqrt((seen * seen).sum(axis=0) / len(seen) - mean * mean)
        return (x - mean) / np.where(deviation > 1e-6, deviation, 1)

    rng = np.random.default_rng(1422)
    for n, d, kind in ((7, 5, "f8"), (4, 4, "f8"), (11, 3, "f8"), (13, 2, "f4")):
        seen = (draw(rng, (n, d))[0] * np.geomspace(4, 0.1, d) + 2).astype(kind)
        seen[:, 0] = 3 if kind == "f8" else seen[:, 0]
        standardiser, other = Standardiser(), Standardiser()
        with unchanged(x=seen):
            standardiser.fit(seen)
        other.fit(5 - 2 * seen)
        for rows in (1, 2, 17):
            x = (3 * draw(rng, (rows, d))[0]).astype(kind)
            expected = right(x.astype("f8"), seen.astype("f8")).astype(kind)
            given = {"x": x, "seen": seen, "other": 5 - 2 * seen}
            case = candidates.clinic.standardise(right=right, **given)
            for label, laid_out in layouts(x):
                with unchanged(x=laid_out), np.errstate(all="ignore"):
                    came = standardiser.apply(laid_out)
                name = f"apply(x), {rows} samples of {d} columns, {kind}, {label}"
                same(name, came, expected, case)
        standardiser.fit(2 * seen)
        with np.errstate(all="ignore"):
            came = standardiser.apply(x)
        expected = right(x.astype("f8"), 2 * seen.astype("f8")).astype(kind)
        same("apply(x) after a second fit", came, expected)
    standardiser.fit(np.array([[1, 4], [3, 4]]))
    came = standardiser.apply(np.array([[5, 6]]))
    same("apply(x) for integers", came, [[3.0, 2.0]])


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Which samples decide what 0 and 1 mean: those of training, or those that are standing in the queue?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Two methods, because there are two moments. What `fit` measures has to be kept for `apply`.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `fit` keeps `x.mean(axis=0)`, and `x.std(axis=0)` with 1 wherever it is 0. `apply` subtracts the one and divides by
# the other.
# </details>

# %% [markdown]
# **Run it.** The patient with your part in the place of the broken one. Which reading must have become healthy?

# %%
with attempt():
    standardiser = Standardiser()
    standardiser.fit(scale(images[:1000]))
    standardise = {"prepare": lambda images: standardiser.apply(scale(images))}
    watch(standardise, rate=lambda step: 0.1)
    chart(standardise, rate=lambda step: 0.1)

# %% [markdown]
# ## Part 3: your own practice

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "search_order_question", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Exercise 14.20 · A network that you have never seen
#
# **Do** answer in the cell below, in about 200 words. A person reads it. A colleague sends you a network and a message:
# "It does not learn." You know nothing else.
#
# 1. In which order do you measure, and why in this one? Name at least five measurements.
# 2. For two of them, say what you would do next if the reading were healthy, and what if it were not.
# 3. When do you stop measuring and begin to read the code?
# 4. How do you make sure that a repair is one, and not a way to hide the symptom?
#
# **Why** an order is what you can take along: the fifteenth patient has a fault that is on no list.
#
# *20 minutes · difficulty 3 of 5 · 4 points*
# ### BEGIN MARK SCHEME
#
# **For whoever marks it.** One point for each of the four questions, half a point where only half of it is there:
#
# 1. *Order.* Five measurements or more, from cheap to dear or from data to training (inputs and labels, loss at the
#    start, gradient check, one batch, then training with ratios, dead units, train and test), **and** a reason for
#    the order: a later reading means nothing if an earlier one is ill, or it costs less.
# 2. *Branches.* Two measurements, each with both outcomes, and a next step that follows from the outcome. "Try
#    another learning rate" without a reading that calls for it earns nothing.
# 3. *Reading.* When the measurements have narrowed it down to one part (one layer, the loss, the data), or split the
#    network in halves until they do.
# 4. *Repair.* A prediction made before: which reading must become healthy. The measurement is repeated, a healthy
#    twin or a second seed is compared; an example of hiding it (clipping, replacing NaN, a smaller learning rate)
#    counts, too.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": true, "grade_id": "search_order", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# 1. Data first: range, mean and shapes of the inputs, a few samples beside their labels. It costs seconds, and
#    everything later depends on it. Then the loss before the first step against ln C: one forward pass. Then the
#    gradient check: a few forward passes, and it tells whether `forward` and `backward` belong together. Then one
#    batch of twenty samples: can it be learned by heart? Only then a training, with update ratios, gradient sizes and
#    dead units beside it, and at the end training against test accuracy. From cheap to dear, and in the order in
#    which the values flow: an ill reading makes all later ones worthless.
# 2. Start loss healthy: go on to the gradient check. Far above ln C: look at the first weights and at the range of
#    the inputs, before any training. One batch learned: the parts fit together, so the fault is in the data, the
#    learning rate or the size of the problem. Not learned: check gradients layer by layer and whether the weights
#    move at all.
# 3. When one part is left. I check it alone, with two numbers that I can work out by hand, and then read that part
#    only. If nothing stands out I halve: replace half of the parts by healthy ones.
# 4. I say beforehand which reading must change, and to what. A clipped logarithm makes the NaN go away, but a sure
#    mistake by 1000 still costs 16 in place of 1000: so I repeat the measurement that pointed at the fault, not only
#    the training, with another seed, beside a healthy twin.
# ### END SOLUTION

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "own_case_question", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Exercise 14.21 · A case of your own
#
# **Do** break a healthy network in a way that is not among the fourteen cases (the list of diagnoses has some that no
# patient had), and hand it to a fellow student. Build the patient in the free cell below, and write in the cell after
# it, in about 150 words:
#
# 1. the broken part, and the symptom, with numbers from your own run;
# 2. the measurement that points at it, its reading for the healthy twin and for the patient;
# 3. what somebody might take it for, and how to tell the two apart;
# 4. a treatment that would hide the symptom, and the repair.
#
# **Why** whoever can build a fault that is hard to find has understood what the easy measurements see.
#
# *30 minutes · difficulty 4 of 5 · 4 points*
# ### BEGIN MARK SCHEME
#
# **For whoever marks it.** One point for each of the four, half a point where only half of it is there. The case must
# run and must not be one of the fourteen under another name.
#
# 1. *Part and symptom.* The code that is broken, and numbers of a run.
# 2. *Measurement.* It differs between twin and patient, both readings are given, and it says more than "the loss is
#    worse".
# 3. *Differential.* One other fault with the same symptom, and a reading in which the two differ.
# 4. *Treatment and repair.* Something that makes the symptom smaller and leaves the fault, and the line that mends
#    it.
# ### END MARK SCHEME

# %%
# Yours: build your patient here, then watch(...) and chart(...) it.

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": true, "grade_id": "own_case", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# 1. The network ends in a softmax layer (forward: softmax; backward: its Jacobian), and the loss takes another
#    softmax of that. After 60 epochs its loss is 1.67 and its test accuracy 75 %; the twin has 0.012 and 98 %.
# 2. "One batch": after 200 steps on 20 samples the twin is at 0.007, the patient at 1.76. All gradients are right, so
#    the gradient check is healthy for both. There is a floor, ln(e + 9) - 1 = 1.46: the loss of logits that are 1 for
#    the right class and 0 for the nine others, and a softmax gives no more than that.
# 3. It could be taken for a learning rate that is too small: the loss falls slowly. But with a learning rate of 2 it
#    stops at 1.46 on one batch, where a crawler would go on to 0.
# 4. A learning rate of 2 hides it: 98 % on test samples, with a loss of 1.47 that nobody looks at any more. The
#    repair is to take the softmax out of the network.
# ### END SOLUTION

# %% [markdown]
# ## A field guide
#
# From the symptom to the measurement. Several faults share a symptom; the third column is where they part.
#
# | symptom | what may be behind it | what tells them apart |
# | --- | --- | --- |
# | loss stays at ln C | steps do not arrive; weights all zero; rate too small; dead units; labels of other samples | update ratios: exactly 0, or tiny? gradient sizes: 0 behind which layer? dead units; does one batch work? |
# | accuracy some per cent short, nothing else | first weights too large; a wrong `backward` that is nearly right; rate | start loss; gradient check; update ratios: three readings, no training |
# | loss starts far above ln C | weights too large; inputs too large; labels that mean something else | inputs: range; start loss with inputs of the right size |
# | loss starts at another number that depends on N | a sum or a softmax over the wrong axis | row sums; another batch size |
# | NaN | exponential or logarithm out of range; rate too large; a division by a deviation of 0 | the loss for large logits; which epoch, which layer is the first? |
# | loss goes up and down, or up | rate too large; gradients add up; a sign | update ratios; backward twice; gradient check |
# | loss falls, but more slowly than a twin's | a wrong `backward` that is nearly right; rate too small; inputs in odd ranges | gradient check first, it is cheap |
# | only deep networks suffer | something shared between layers; weights too large or small; an error in `backward` that multiplies | gradient check; gradient sizes, layer by layer |
# | loss cannot fall below a certain number | noise in the targets; softmax twice; a prediction that is a mean | one batch; shapes; predictions against targets, drawn |
# | training good, test at chance | labels of other samples in training or in test; other preparation of test data | inputs of both; a few samples with their labels, seen by eye |
# | training good, test clearly lower | too little data; a network too large for them | more data, fewer epochs: does the gap close? |
# | test good, but not in use | the answer depends on other samples in the batch; another preparation | one by one against all together |
# | all readings healthy, result poor | the problem is hard, or the measure is wrong | a baseline (notebook 06), a person's own score |
#
# **In which order.** Inputs and labels. Start loss. Gradient check. One batch. Then a training, beside it update ratios
# and dead units. Then test.
#
# ## Summary
#
# - A loss that falls shows that something is learned, not that the code is right: several of the fourteen learned
#   well.
# - Know the reading before you take it. A number that you cannot judge is decoration.
# - One measurement seldom settles it; a healthy twin beside the patient nearly always helps.
# - Name the fault before you change the code, and say which reading the repair will change. A repair that only calms
#   the curve is none.
#
# **Where this comes from.** Karpathy, *A Recipe for Training Neural Networks* (2019, karpathy.github.io), for the loss
# at the start, overfitting one batch and the spirit; his course notes for CS231n, *Neural Networks Part 3*
# (cs231n.github.io), for the ratio of about 0.001. He, Zhang, Ren and Sun, *Delving Deep into Rectifiers*, ICCV (2015),
# for the variance 2/D. Goyal and others, *Accurate, Large Minibatch SGD* (2017), for the warm-up. The digits are those
# of Alpaydin and Kaynak, *Optical Recognition of Handwritten Digits*, UCI (1998), as scikit-learn has them.

# %%
summary()
