# %% [markdown]
# # 03 · From layers to a network
#
# **What you'll do.** Connect layers into a network and send gradients back through it: first `MLP`, two linear
# layers with an activation between them; then `Sequential`, as many layers as you like. At the end you check the
# gradient of a network with a hundred thousand parameters, in a moment.
#
# **What you'll learn.** Why backpropagation visits the layers in reverse; why one pass back serves all the
# parameters at once; what becomes of a gradient on a long way back.
#
# **What you need.** Notebooks 01 and 02: their layers come along in `parts.py`. About 75 minutes.

# %%
import numpy as np
from parts import Linear, ReLU, Sigmoid, Tanh, numerical_gradient

from helpers import gradcheck, live, plots
from helpers.checks import (
    SIZES,
    attempt,
    check,
    draw,
    expect,
    ready,
    same,
    summary,
    unchanged,
)

# %% [markdown]
# ## Words that stay the same in every notebook
#
# | name | meaning | shape |
# | --- | --- | --- |
# | `x` | inputs of the network, one sample a row | (N, D) |
# | `y`, `t` | its outputs (the prediction), and what they should be (the target) | (N, K) |
# | `weights`, `biases` | parameters of a linear layer with D inputs and M outputs | (M, D), (M,) |
# | `grad_output` | $\partial L$/$\partial$ output, handed back by whatever comes next | like the output |
# | `grad_input` | $\partial L$/$\partial$ input, returned by `backward` | like the input |
# | `grad_weights`, `grad_biases` | $\partial L$/$\partial$ parameter, kept on the layer that owns the parameter | like the parameter |
#
# The rules of notebook 01 hold here too: only the loss divides by N, `backward` overwrites gradients, no function
# changes its arguments, float32 in gives float32 out, integers count as float64, and randomness comes from a
# generator that is passed in.

# %% [markdown]
# ## The smallest network, by hand
#
# Take one input $x$, one hidden neuron $h$, one output $y$, and a loss $L$ that measures how far $y$ is from the
# target $t = 1$:
#
# $$a = w_1 x + b_1 \qquad h = \tanh a \qquad y = w_2 h + b_2 \qquad L = (y - t)^2$$
#
# Put in $x = 2$, $w_1 = 0.3$, $b_1 = -0.05$, $w_2 = 4$, $b_2 = 1$. Then $a = 0.55$ and, rounded, $h = 0.50$, $y = 3.0$
# and $L = 4.0$. The network says 3 where it should say 1. Which parameters should change, and which way?
#
# **Nudge one of them and follow it.** Raise $w_1$ by a tiny 0.001. Every step passes the nudge on, enlarged or
# shrunk by its own factor, and that factor is the step's derivative:
#
# | step | its factor | the nudge so far |
# | --- | --- | --- |
# | $w_1$ moves $a$ | $\partial a/\partial w_1 = x = 2$ | 0.002 |
# | $a$ moves $h$ | $\partial h/\partial a = 1 - h^2 = 0.75$ | 0.0015 |
# | $h$ moves $y$ | $\partial y/\partial h = w_2 = 4$ | 0.006 |
# | $y$ moves $L$ | $\partial L/\partial y = 2 (y - t) = 4$ | 0.024 |
#
# The loss moves 24 times as much as the weight. That is the chain rule, whole: **along a path, multiply**.
#
# $$\frac{\partial L}{\partial w_1} = \frac{\partial L}{\partial y} \cdot \frac{\partial y}{\partial h} \cdot
# \frac{\partial h}{\partial a} \cdot \frac{\partial a}{\partial w_1} = 4 \cdot 4 \cdot 0.75 \cdot 2 = 24$$

# %% [markdown]
# **Now a second parameter.** The product for $b_1$ is $4 \cdot 4 \cdot 0.75 \cdot 1 = 12$. The one for $x$ is
# $4 \cdot 4 \cdot 0.75 \cdot 0.3 = 3.6$. Look at their first three factors: they are the same as for $w_1$,
# because from $a$ to the loss there is only one way. It would be a waste to multiply them again for each.
#
# So start at the loss and walk **back** with one running product. At each step multiply by the step's factor.
# Whenever you pass a parameter, its gradient is the running product times one last factor of its own. One walk
# serves all the parameters. That is backpropagation.
#
# The running product has a name that you know. When it arrives at a layer, it is the layer's `grad_output`. When
# it leaves on the other side, it is the layer's `grad_input`, and the `grad_output` of the layer before.

# %%
x, w1, b1, w2, b2, t = 2.0, 0.3, -0.05, 4.0, 1.0, 1.0
a = w1 * x + b1
h = np.tanh(a)
y = w2 * h + b2
grad_y = 2 * (y - t)  # the running product, starting at the loss
grad_h = grad_y * w2
grad_a = grad_h * (1 - h**2)
plots.computational_graph(
    columns=[["w1", "x", "b1"], ["a"], ["w2", "h", "b2"], ["y"], ["L"]],
    edges={
        ("x", "a"): (f"{x:.2f}", f"{grad_a * w1:.1f}"),
        ("w1", "a"): (f"{w1:.2f}", f"{grad_a * x:.1f}"),
        ("b1", "a"): (f"{b1:.2f}", f"{grad_a:.1f}"),
        ("a", "h"): (f"{a:.2f}", f"{grad_a:.1f}"),
        ("h", "y"): (f"{h:.2f}", f"{grad_h:.1f}"),
        ("w2", "y"): (f"{w2:.2f}", f"{grad_y * h:.1f}"),
        ("b2", "y"): (f"{b2:.2f}", f"{grad_y:.1f}"),
        ("y", "L"): (f"{y:.2f}", f"{grad_y:.1f}"),
    },
    title="Values travel right; gradients travel left, rounded",
)

# %% [markdown]
# **Read the picture.** Over each arrow stands a value, and under it how much the loss changes for each unit of
# that value. All the gradients here are positive: making any of the four parameters smaller makes the loss
# smaller, too.
#
# **Where a value goes several ways.** Give the network more hidden neurons, and $x$ reaches the loss along several
# paths, one through each of them. A nudge of $x$ travels along all of them at once, and what arrives adds up:
# **along a path, multiply; over paths, add**.
#
# $$\frac{\partial L}{\partial x} = \sum_{m} \frac{\partial L}{\partial y} \cdot \frac{\partial y}{\partial h_m} \cdot
# \frac{\partial h_m}{\partial a_m} \cdot \frac{\partial a_m}{\partial x}$$
#
# You have built those sums already: the matrix product in `Linear.backward` takes them, over all paths and all
# samples. What is left for a network is to call its layers in the right order.

# %% [markdown]
# ## A network with one hidden layer
#
# `MLP` is short for multilayer perceptron, the old name of a network of linear layers with activations in between.
# Yours has two linear layers. Without the activation they could do no more than one: a linear layer of a linear
# layer is a linear layer.
#
# The constructor and `forward` are given.
#
# ### Exercise 3.1 · Backward through the network
#
# **Do** fill in `backward` of `MLP`. Leave `update_params` for exercise 3.2.
#
# **Why** this is the walk back. Once it is right for two layers, it is right for a hundred.
#
# *15 minutes · difficulty 2 of 5*

# %% [markdown]
# $$A = \mathrm{linear}_1(X) \qquad H = \varphi(A) \qquad Y = \mathrm{linear}_2(H)$$
#
# $$\frac{\partial L}{\partial Y} \;\longrightarrow\; \frac{\partial L}{\partial H} \;\longrightarrow\;
# \frac{\partial L}{\partial A} \;\longrightarrow\; \frac{\partial L}{\partial X}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $X$ | `x` | (N, D) |
# | $\mathrm{linear}_1$, $\varphi$, $\mathrm{linear}_2$ | `self.linear1`, `self.activation`, `self.linear2` | each with `forward` and `backward` |
# | $A$, $H$ | on the way; N samples, M hidden neurons | (N, M) |
# | $Y$ | the result of `forward` | (N, K) |
# | $\partial L/\partial Y$ | `grad_output` | (N, K) |
# | $\partial L/\partial X$ | the result of `backward` | (N, D) |
#
# After `backward`, each linear layer holds its own `grad_weights` and `grad_biases`. Each layer remembers by
# itself what it needs from `forward`; the network has nothing to remember.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "mlp", "locked": false, "schema_version": 3, "solution": true, "task": false}
class MLP:
    """Two linear layers with an activation between them."""

    def __init__(self, input_dim, hidden_dim, output_dim, activation=Tanh, rng=None):
        """Draw both linear layers; `activation` is a class, such as Tanh."""
        self.linear1 = Linear(input_dim, hidden_dim, rng=rng)
        self.activation = activation()
        self.linear2 = Linear(hidden_dim, output_dim, rng=rng)

    def forward(self, x):
        """Take x (N, D), return y (N, K)."""
        return self.linear2.forward(self.activation.forward(self.linear1.forward(x)))

    def backward(self, grad_output):
        """Take dL/dy (N, K), set the gradients of both layers, return dL/dx (N, D)."""
        ### BEGIN SOLUTION
        grad_hidden = self.linear2.backward(grad_output)
        grad_sums = self.activation.backward(grad_hidden)
        return self.linear1.backward(grad_sums)
        ### END SOLUTION

    def update_params(self, learning_rate):
        """Move the parameters of both linear layers one step against their gradients."""
        ### BEGIN SOLUTION
        self.linear1.update_params(learning_rate)
        self.linear2.update_params(learning_rate)
        ### END SOLUTION


# %% [markdown]
# **Try it.** The smallest network from above, as an `MLP`. Rounded to one decimal, the gradients must be the ones
# in the picture: 3.6 for the input, 24 for $w_1$, 12 for $b_1$, 2 for $w_2$ and 4 for $b_2$.


# %%
def smallest_network():
    """Return the network of the picture: weights 0.3 and 4, biases -0.05 and 1."""
    model = MLP(1, 1, 1)
    for layer, weight, bias in ((model.linear1, 0.3, -0.05), (model.linear2, 4.0, 1.0)):
        layer.weights, layer.biases = np.array([[weight]]), np.array([bias])
    return model


with attempt():
    model = smallest_network()
    y = model.forward(np.array([[2.0]]))
    print(model.backward(2 * (y - 1)).round(1))  # [[3.6]]
    for layer in (model.linear1, model.linear2):
        print(layer.grad_weights.round(1), layer.grad_biases.round(1))

# %% [markdown]
# **Check it.** The check nudges every input and every parameter of the network, one at a time, and looks how much
# the output moves. It needs to know nothing about what is between them. This function does it for one parameter.


# %%
def nudge(model, layer, name, x, grad_output):
    """Return d/d(layer.name) of the sum of model.forward(x) * grad_output."""
    kept = getattr(layer, name)

    def loss(values):
        setattr(layer, name, values)
        return (model.forward(x) * grad_output).sum()

    gradient = numerical_gradient(loss, kept)
    setattr(layer, name, kept)
    return gradient


# %% deletable=false editable=false
@check
def check_mlp_backward():
    rng = np.random.default_rng(1)
    others = ((7, Tanh), (3, Sigmoid), (3, Tanh), (1, Sigmoid))
    for (n, d, m), (k, activation) in zip(SIZES, others, strict=True):
        x, grad_output = draw(rng, (n, d), (n, k))
        model = MLP(d, m, k, activation, rng=rng)
        model.forward(x)
        with unchanged(grad_output=grad_output):
            grad_input = model.backward(grad_output)
        sizes = f"N={n}, D={d}, M={m}, K={k}"
        for label, layer, so_far in (
            ("linear2", model.linear2, ""),
            ("linear1", model.linear1, " (the gradients of linear2 are right)"),
        ):
            for name in ("weights", "biases"):
                called = hasattr(layer, f"grad_{name}")
                expect(called, f"{label} has no grad_{name}: was its backward called?")
                wanted = nudge(model, layer, name, x, grad_output)
                what = f"{label}.grad_{name} with {sizes}{so_far}"
                same(what, getattr(layer, f"grad_{name}"), wanted, rtol=1e-6)
        wanted = gradcheck.compare_layer(model, x, grad_output)["grad_input"][1]
        same(f"backward(grad_output) with {sizes}", grad_input, wanted, rtol=1e-6)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_mlp_backward", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
ready("mlp_backward")  # test_mlp_backward, 6 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers.checks import draw, expect, graded, layouts, same, unchanged


class Cube:
    def forward(self, x):
        self.x = x
        return x**3

    def backward(self, grad_output):
        return 3 * self.x**2 * grad_output


def give(model, dtype, weights1, biases1, weights2, biases2):
    model.linear1.weights = weights1.astype(dtype)
    model.linear1.biases = biases1.astype(dtype)
    model.linear2.weights = weights2.astype(dtype)
    model.linear2.biases = biases2.astype(dtype)
    return model


def expect_gradients(model, x, grad_output, parameters, slope, value, when):
    weights1, biases1, weights2, _ = parameters
    sums = np.einsum("nd,md->nm", x, weights1) + biases1
    grad_sums = np.einsum("nk,km->nm", grad_output, weights2) * slope(sums)
    wanted = (
        ("linear2", "grad_weights", np.einsum("nk,nm->km", grad_output, value(sums))),
        ("linear2", "grad_biases", np.einsum("nk->k", grad_output)),
        ("linear1", "grad_weights", np.einsum("nm,nd->md", grad_sums, x)),
        ("linear1", "grad_biases", np.einsum("nm->m", grad_sums)),
    )
    for label, name, gradient in wanted:
        layer = getattr(model, label)
        called = hasattr(layer, name)
        expect(called, f"{label} has no {name}: was its backward called?")
        same(f"{label}.{name}{when}", getattr(layer, name), gradient)
    return np.einsum("nm,md->nd", grad_sums, weights1)


@graded
def test_mlp_backward():
    rng = np.random.default_rng(301)
    kinds = (
        ({}, lambda a: 1 / np.cosh(a) ** 2, np.tanh, ""),
        (
            {"activation": Cube},
            lambda a: 3 * a**2,
            lambda a: a**3,
            ", another activation",
        ),
    )
    for n, d, m, k in ((5, 3, 7, 2), (3, 3, 3, 3), (1, 5, 2, 3), (2, 3, 5, 7)):
        x, grad_output, *parameters = draw(
            rng, (n, d), (n, k), (m, d), (m,), (k, m), (k,)
        )
        for chosen, slope, value, when in kinds:
            model = give(MLP(d, m, k, **chosen), float, *parameters)
            other = give(MLP(d, m, k, **chosen), float, *(-p for p in parameters))
            model.forward(1 - x)
            model.backward(1 + grad_output)
            model.forward(x)
            other.forward(2 * x)
            with unchanged(grad_output=grad_output):
                grad_input = model.backward(grad_output)
            expected = expect_gradients(
                model, x, grad_output, parameters, slope, value, when
            )
            same(f"backward(grad_output){when}", grad_input, expected)
            other.backward(3 * grad_output)
            for label, laid_out in layouts(grad_output):
                again = model.backward(laid_out)
                same(f"backward(grad_output), grad_output in {label}", again, expected)
            expect_gradients(
                model, x, grad_output, parameters, slope, value, ", backward again"
            )
            model.backward(-grad_output)
            same("backward(grad_output), after later calls", grad_input, expected)
            same("linear1.weights after backward", model.linear1.weights, parameters[0])
            same("linear2.weights after backward", model.linear2.weights, parameters[2])
        model = give(MLP(d, m, k), "f4", *parameters)
        model.forward(x.astype("f4"))
        grad_input = model.backward(grad_output.astype("f4"))
        slope, value = kinds[0][1:3]
        expected = np.einsum(
            "nk,km,nm,md->nd",
            grad_output,
            parameters[2],
            slope(np.einsum("nd,md->nm", x, parameters[0]) + parameters[1]),
            parameters[0],
        )
        same("backward(grad_output) in float32", grad_input, expected.astype("f4"))


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# `grad_output` says how the loss answers to `y`. Which of the three layers made `y`, and which of its methods
# turns an answer for its output into an answer for its input?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Three calls. What the first one returns goes into the second, what the second one returns goes into the third.
# Values went through `linear1` first; who comes first on the way back?
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# Read `forward` from the outside in: `linear2`, then `activation`, then `linear1`. Call `backward` on them in that
# order, hand each one what the one before it returned, and return what the last one gives you.
# </details>

# %% [markdown]
# **Predict, then run.** The picture moves the weights of `linear1` along their gradient, a little back and a
# little forth, and draws the loss. The straight line is what `backward` promises: it starts from the loss at step
# 0 and climbs by the length of the gradient. Where do the two touch? How far can you trust the promise? What would
# the straight line do if you had dropped the activation on the way back?

# %%
with attempt():
    rng = np.random.default_rng(2)
    x, t = draw(rng, (20, 2), (20, 1))
    model = MLP(2, 8, 1, rng=rng)
    y = model.forward(x)
    model.backward(2 * (y - t))
    start, gradient = model.linear1.weights, model.linear1.grad_weights
    length = np.sqrt((gradient**2).sum())
    steps, losses = np.linspace(-1.5, 1.5, 61), []
    for step in steps:
        model.linear1.weights = start + step * gradient / length
        losses.append(((model.forward(x) - t) ** 2).sum())
    promised = ((y - t) ** 2).sum() + length * steps
    plots.curves(
        {"loss": (steps, losses), "what backward promises": (steps, promised)},
        xlabel="step along the gradient",
        ylabel="loss",
    )

# %% [markdown]
# ### Exercise 3.2 · Update the network
#
# **Do** go back up to the class and fill in `update_params`. Run that cell again, then come back here.
#
# **Why** a gradient changes nothing by itself. A layer that is left out here stays at its random start for ever,
# and the network still learns a little, so that nobody notices.
#
# *5 minutes · difficulty 1 of 5*

# %% [markdown]
# $$W \leftarrow W - \eta\, \frac{\partial L}{\partial W} \qquad b \leftarrow b - \eta\, \frac{\partial L}{\partial b}
# \qquad \text{for both linear layers}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $\eta$ | `learning_rate` | a number |
# | $W$, $b$ of the first layer | `self.linear1.weights`, `self.linear1.biases` | (M, D), (M,) |
# | $W$, $b$ of the second layer | `self.linear2.weights`, `self.linear2.biases` | (K, M), (K,) |

# %% [markdown]
# **Try it.** One step with learning rate 0.01 takes the smallest network's $w_1$ from 0.3 to
# $0.3 - 0.01 \cdot 24 = 0.06$ and its $w_2$ from 4 to 3.98. The prediction falls from 3 to about 0.8: a little too
# far, and still much closer to the target 1.

# %%
with attempt():
    model = smallest_network()
    x = np.array([[2.0]])
    y = model.forward(x)
    model.backward(2 * (y - 1))
    model.update_params(0.01)
    print(model.linear1.weights.round(2), model.linear2.weights.round(2))
    print(y.round(1), "becomes", model.forward(x).round(1))


# %% deletable=false editable=false
@check
def check_mlp_update():
    model = smallest_network()
    for layer, grad_weight, grad_bias in (
        (model.linear1, 24.0, 12.0),
        (model.linear2, 2.0, 4.0),
    ):
        layer.grad_weights = np.array([[grad_weight]])
        layer.grad_biases = np.array([grad_bias])
    model.update_params(0.01)
    for label, layer, weight in (
        ("linear1", model.linear1, 0.3),
        ("linear2", model.linear2, 4.0),
    ):
        moved = layer.weights != weight
        expect(np.all(moved), f"{label}.weights are what they were before the update.")
    same("linear1.weights", model.linear1.weights, [[0.06]])
    same("linear1.biases", model.linear1.biases, [-0.17])
    same("linear2.weights", model.linear2.weights, [[3.98]])
    same("linear2.biases", model.linear2.biases, [0.96])


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_mlp_update", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("mlp_update")  # test_mlp_update, 2 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers.checks import SIZES, draw, graded, same


@graded
def test_mlp_update():
    rng = np.random.default_rng(302)
    for learning_rate, (k, d, m) in zip((0.2, 0.03, 1.3, 0.5), SIZES, strict=True):
        shapes = ((m, d), (m,), (k, m), (k,))
        before, gradients = draw(rng, *shapes), draw(rng, *shapes)
        model, untouched = MLP(d, m, k), MLP(d, m, k)
        places = [
            (label, name)
            for label in ("linear1", "linear2")
            for name in ("weights", "biases")
        ]
        for (label, name), value in zip(places, before, strict=True):
            setattr(getattr(model, label), name, value.copy())
            setattr(getattr(untouched, label), name, value.copy())
        for step in (1, 2, 3):
            for (label, name), gradient in zip(places, gradients, strict=True):
                setattr(getattr(model, label), f"grad_{name}", step * gradient)
            model.update_params(learning_rate)
            moved = (1, 3, 6)[step - 1] * learning_rate
            for (label, name), value, gradient in zip(
                places, before, gradients, strict=True
            ):
                got = getattr(getattr(model, label), name)
                same(f"{label}.{name}, step {step}", got, value - moved * gradient)
        for (label, name), value in zip(places, before, strict=True):
            got = getattr(getattr(untouched, label), name)
            same(f"{label}.{name} of another network", got, value)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Who owns the parameters and their gradients: the network, or its layers?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# A linear layer knows how to take its own step: you wrote that in notebook 01. The network has to ask each of
# them, and the order does not matter. The activation has nothing to update.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# Call `update_params(learning_rate)` on `linear1` and on `linear2`.
# </details>

# %% [markdown]
# **Predict, then run.** Your network learns the shape of a letter V, $|x| - 1.5$, from sixty noisy points. It has
# ten hidden neurons, and each of them contributes one smooth step, a scaled and shifted tanh. Where will it fit
# last? Can it make the sharp corner? Try 1 and 2 in place of 10: how many bends do you get?
#
# The loss is the mean of $(y - t)^2$ over the N points, so the first `grad_output` is $2 (y - t) / N$. Notebook 04
# makes that a class of its own.

# %%
with attempt():
    rng = np.random.default_rng(3)
    x = np.linspace(-3, 3, 60).reshape(-1, 1)
    t = np.abs(x) - 1.5 + 0.1 * rng.normal(size=x.shape)
    model = MLP(1, 10, 1, rng=rng)
    board = live.Board(live.Curve("loss", xlabel="step"), live.Fit(x, t), pace=0.015)
    with board:
        for step in range(450):
            y = model.forward(x)
            model.backward(2 * (y - t) / len(x))
            model.update_params(0.1)
            if step % 3 == 0:
                board.update(
                    loss=(step, np.mean((y - t) ** 2)),
                    fit=lambda: (x, model.forward(x)),
                )

# %% [markdown]
# ## Any number of layers
#
# `MLP` names its layers one by one. For ten layers you want a list. Look at what `MLP` asked of its layers:
# `forward` and `backward`, and `update_params` from those that have parameters. It never looked inside. So
# anything with these methods may stand in the list: a linear layer, an activation, a layer that nobody has thought
# of yet.
#
# And since the network itself has the same three methods, a network may stand in the list of a larger one. That is
# how large networks are put together.
#
# ### Exercise 3.3 · Sequential, forward
#
# **Do** fill in `forward` of `Sequential` below. `backward` and `update_params` have their own exercises.
#
# **Why** from here on, every network in the course is a list of layers.
#
# *5 minutes · difficulty 1 of 5*

# %% [markdown]
# $$X_0 = X \qquad X_l = \mathrm{layer}_l(X_{l-1}) \quad \text{for } l = 1, \dots, P \qquad Y = X_P$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $\mathrm{layer}_l$ | `self.layers[l - 1]`: Python counts from 0 | |
# | $P$ | `len(self.layers)` | a number |
# | $X$ | `x` | (N, D), whatever the first layer takes |
# | $X_l$ | what layer $l$ puts out | (N, as many as layer $l$ has outputs) |
# | $Y$ | the result | (N, K), whatever the last layer puts out |
#
# One layer or more, of any kind: each has `forward` and `backward`. Those with parameters have `update_params`
# too; that is how you tell them apart, whatever their class.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "sequential", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Sequential:
    """Layers in a row: what one puts out, the next takes in."""

    def __init__(self, layers):
        """Keep the layers, in the order in which values pass through them."""
        self.layers = list(layers)

    def forward(self, x):
        """Take the first layer's input, return the last layer's output."""
        ### BEGIN SOLUTION
        for layer in self.layers:
            x = layer.forward(x)
        return x
        ### END SOLUTION

    def backward(self, grad_output):
        """Take dL/d(output), let every layer set its gradients, return dL/d(input)."""
        ### BEGIN SOLUTION
        for layer in reversed(self.layers):
            grad_output = layer.backward(grad_output)
        return grad_output
        ### END SOLUTION

    def update_params(self, learning_rate):
        """Let every layer that has parameters take one step against its gradients."""
        ### BEGIN SOLUTION
        for layer in self.layers:
            if hasattr(layer, "update_params"):
                layer.update_params(learning_rate)
        ### END SOLUTION


# %% [markdown]
# **Try it.** Two neurons in a row, $2x + 1$ and then $3x$. For the input 1 the first gives 3 and the second 9. (In
# the wrong order it would be 3, then 7.)

# %%
with attempt():
    first = Linear(1, 1, initial_weights=[[2.0]], initial_biases=[1.0])
    second = Linear(1, 1, initial_weights=[[3.0]], initial_biases=[0.0])
    print(Sequential([first, second]).forward(np.array([[1.0]])))  # [[9.]]


# %% deletable=false editable=false
@check
def check_sequential_forward():
    rng = np.random.default_rng(4)
    for n, d, m in SIZES:
        (x,) = draw(rng, (n, d))
        one, two, three = Linear(d, m, rng=rng), Tanh(), Linear(m, d, rng=rng)
        with unchanged(x=x):
            y = Sequential([one]).forward(x)
        same("forward(x), one layer", y, one.forward(x))
        y = Sequential([one, two, three]).forward(x)
        wanted = three.forward(two.forward(one.forward(x)))
        same("forward(x), three layers", y, wanted)
        y = Sequential([one, two, three, one, two]).forward(x)
        wanted = two.forward(one.forward(wanted))
        same("forward(x), five layers", y, wanted)
        y = Sequential([one, Sequential([two, three]), one, two]).forward(x)
        same("forward(x), a Sequential among the layers", y, wanted)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_sequential_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("sequential_forward")  # test_sequential_forward, 2 points
### BEGIN HIDDEN TESTS
from itertools import pairwise

import numpy as np
from parts import Linear, Tanh

from helpers.checks import draw, graded, layouts, same, unchanged


class Mix:
    def __init__(self, matrix):
        self.matrix = matrix

    def forward(self, x):
        return x @ self.matrix

    def backward(self, grad_output):
        return grad_output @ self.matrix.T


@graded
def test_sequential_forward():
    rng = np.random.default_rng(303)
    for n, *widths in ((5, 3, 2), (3, 3, 3, 3), (1, 5, 2, 7), (2, 3, 2, 5, 3, 1, 4)):
        x, *matrices = draw(rng, (n, widths[0]), *pairwise(widths))
        expected = np.linalg.multi_dot([x, *matrices])
        depth = f"{len(matrices)} layer{'s' if len(matrices) > 1 else ''}"
        model = Sequential([Mix(matrix) for matrix in matrices])
        other = Sequential([Mix(-2 * matrix) for matrix in matrices])
        for label, x_laid_out in layouts(x):
            with unchanged(x=x_laid_out):
                y = model.forward(x_laid_out)
            same(f"forward(x), {depth}, x in {label}", y, expected)
        other.forward(x)
        later = np.linalg.multi_dot([3 - x, *matrices])
        same("forward(x), for another x", model.forward(3 - x), later)
        same("forward(x), looked at again after later calls", y, expected)
        same("forward(x), called again", model.forward(x), expected)
        narrow = Sequential([Mix(matrix.astype("f4")) for matrix in matrices])
        y = narrow.forward(x.astype("f4"))
        same("forward(x) in float32", y, expected.astype("f4"))
    x, *matrices = draw(rng, (3, 2), (2, 2), (2, 2), (2, 2), (2, 2))
    one, two, three, four = (Mix(matrix) for matrix in matrices)
    nested = Sequential([one, Sequential([two, Sequential([three])]), four])
    expected = np.linalg.multi_dot([x, *matrices])
    same("forward(x), a Sequential among the layers", nested.forward(x), expected)
    x, weights, biases, again = draw(rng, (4, 3), (2, 3), (2,), (5, 2))
    model = Sequential(
        [Linear(3, 2, weights, biases), Tanh(), Linear(2, 5, again), Tanh()]
    )
    hidden = np.tanh(np.einsum("nd,md->nm", x, weights) + biases)
    expected = np.tanh(np.einsum("nm,km->nk", hidden, again))
    same("forward(x), linear layers and activations", model.forward(x), expected)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# What does the second layer take in?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# A loop over `self.layers`, with one variable that holds the values on their way. Each turn replaces it.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# Start from `x`. In each turn of the loop bind the name again to what the layer's `forward` makes of it. Return it
# after the loop, not inside.
# </details>

# %% [markdown]
# **Predict, then run.** Three random networks, never trained, with one input and one output. Their depths are 1, 3
# and 9 hidden layers of 30 tanh neurons each, and their weights are two and a half times as large as `Linear`
# would draw them. Which one draws the wildest curve? The third one has nine times as many neurons as the first.
# Would 270 neurons in one layer do the same?


# %%
def hidden_layers(depth, width, scale, rng):
    """Return `depth` pairs of a linear layer and a tanh, from 1 input to `width`."""
    layers = []
    for input_dim in [1] + [width] * (depth - 1):
        weights, biases = draw(rng, (width, input_dim), (width,))
        weights, biases = scale * weights / np.sqrt(input_dim), 0.5 * biases
        layers += [Linear(input_dim, width, weights, biases), Tanh()]
    return layers


with attempt():
    rng = np.random.default_rng(7)
    x = np.linspace(-2, 2, 400).reshape(-1, 1)
    drawn = {}
    for depth in (1, 3, 9):
        layers = hidden_layers(depth, 30, 2.5, rng)
        model = Sequential([*layers, Linear(30, 1, rng=rng)])
        drawn[f"{depth} hidden"] = (x.ravel(), model.forward(x).ravel())
    plots.curves(drawn, xlabel="x", ylabel="y")

# %% [markdown]
# ### Exercise 3.4 · Sequential, backward
#
# **Do** go back up to the class and fill in `backward`. Run that cell again, then come back here.
#
# **Why** the same walk back as in `MLP`, for any depth. Every deep learning library has this loop in its heart.
#
# *10 minutes · difficulty 2 of 5*

# %% [markdown]
# $$G_P = \frac{\partial L}{\partial Y} \qquad G_{l-1} = \mathrm{backward}_l(G_l) \quad \text{for } l = P, \dots, 1
# \qquad \frac{\partial L}{\partial X} = G_0$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $G_P$ | `grad_output`; there are P layers | (N, K) |
# | $G_l$ | the `grad_output` of layer $l$, and the `grad_input` of layer $l + 1$ | like $X_l$ |
# | $G_0$ | the result | (N, D) |

# %% [markdown]
# **Try it.** The same two neurons, $2x + 1$ and then $3x$, at $x = 1$. If the loss grows by 1 for each unit of the
# output, it grows by 3 for each unit between the two, and by 6 for each unit of the input. The first weight is
# multiplied by the input 1, so its gradient is 3. The second is multiplied by 3, so its gradient is 3 too. The
# check below nudges what goes through your own `forward`, so that one must be right first.

# %%
with attempt():
    first = Linear(1, 1, initial_weights=[[2.0]], initial_biases=[1.0])
    second = Linear(1, 1, initial_weights=[[3.0]], initial_biases=[0.0])
    model = Sequential([first, second])
    model.forward(np.array([[1.0]]))
    print(model.backward(np.array([[1.0]])))  # [[6.]]
    print(first.grad_weights, second.grad_weights)  # [[3.]] [[3.]]


# %% deletable=false editable=false
@check
def check_sequential_backward():
    rng = np.random.default_rng(6)
    for n, d, m in SIZES:
        x, grad_output = draw(rng, (n, d), (n, m))
        one, two, three = (Linear(a, b, rng=rng) for a, b in ((d, m), (m, d), (d, m)))
        middle = [Tanh(), two, Sigmoid()]
        for label, layers, linears in (
            ("one layer", [one], {1: one}),
            ("five layers", [one, *middle, three], {3: three, 2: two, 1: one}),
            ("nested", [one, Sequential(middle), three], {3: three, 2: two, 1: one}),
        ):
            model = Sequential(layers)
            model.forward(x)
            with unchanged(grad_output=grad_output):
                grad_input = model.backward(grad_output)
            expect(list(model.layers) == layers, "backward changes self.layers.")
            for number, layer in linears.items():
                name = f"grad_weights of linear layer {number}, {label}"
                called = hasattr(layer, "grad_weights")
                expect(called, f"{name}: not set. Was its backward called?")
                wanted = nudge(model, layer, "weights", x, grad_output)
                same(name, layer.grad_weights, wanted, rtol=1e-6)
            wanted = gradcheck.compare_layer(model, x, grad_output)["grad_input"][1]
            same(f"backward(grad_output), {label}", grad_input, wanted, rtol=1e-6)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_sequential_backward", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
ready("sequential_backward")  # test_sequential_backward, 4 points
### BEGIN HIDDEN TESTS
import contextlib
from itertools import pairwise

import numpy as np
from parts import Linear, Tanh

from helpers import gradcheck
from helpers.checks import draw, expect, graded, layouts, same, unchanged


class Mix:
    def __init__(self, matrix):
        self.matrix = matrix

    def forward(self, x):
        return x @ self.matrix

    def backward(self, grad_output):
        return grad_output @ self.matrix.T


def run(layers, x):
    for layer in layers:
        x = layer.forward(x)
    return x


def prepare(model, layers, x):
    # A mistake in forward costs nothing here: the layers are run once more, in order.
    with contextlib.suppress(Exception):
        model.forward(x.copy())
    run(layers, x)
    return model


@graded
def test_sequential_backward():
    rng = np.random.default_rng(304)
    for n, *widths in ((5, 3, 2), (3, 3, 3, 3), (1, 5, 2, 7), (2, 3, 2, 5, 3, 1, 4)):
        x, grad_output, *matrices = draw(
            rng, (n, widths[0]), (n, widths[-1]), *pairwise(widths)
        )
        turned = [matrix.T for matrix in reversed(matrices)]
        expected = np.linalg.multi_dot([grad_output, *turned])
        layers = [Mix(matrix) for matrix in matrices]
        model = prepare(Sequential(layers), layers, x)
        depth = f"{len(layers)} layer{'s' if len(layers) > 1 else ''}"
        for label, laid_out in layouts(grad_output):
            with unchanged(grad_output=laid_out):
                grad_input = model.backward(laid_out)
            same(f"backward(grad_output), {depth}, {label}", grad_input, expected)
        model.backward(-grad_output)
        same("backward(grad_output), after later calls", grad_input, expected)
        layers = [Mix(matrix.astype("f4")) for matrix in matrices]
        model = prepare(Sequential(layers), layers, x.astype("f4"))
        grad_input = model.backward(grad_output.astype("f4"))
        same("backward(grad_output) in float32", grad_input, expected.astype("f4"))

    x, grad_output, *matrices = draw(rng, (3, 2), (3, 2), *[(2, 2)] * 4)
    one, two, three, four = layers = [Mix(matrix) for matrix in matrices]
    nested = Sequential([one, Sequential([two, Sequential([three])]), four])
    prepare(nested, layers, x)
    turned = [matrix.T for matrix in reversed(matrices)]
    expected = np.linalg.multi_dot([grad_output, *turned])
    grad_input = nested.backward(grad_output)
    same("backward(grad_output), a Sequential among the layers", grad_input, expected)

    for n, a, b, c in ((5, 3, 2, 7), (3, 3, 3, 3), (1, 2, 5, 3)):
        shapes = ((b, a), (b,), (c, b), (c,), (a, c), (a,))
        w1, b1, w2, b2, w3, b3 = draw(rng, *shapes)
        owners = [Linear(a, b, w1, b1), Linear(b, c, w2, b2), Linear(c, a, w3, b3)]
        layers = [owners[0], Tanh(), owners[1], owners[2]]
        model = Sequential(layers)
        for _ in range(2):  # the first batch must not be remembered
            x, grad_output = draw(rng, (n, a), (n, a))
            prepare(model, layers, x)
            grad_input = model.backward(grad_output)

        def loss(place, name, values, layers=layers, x=x, grad_output=grad_output):
            setattr(layers[place], name, values)
            return (run(layers, x) * grad_output).sum()

        for place in (3, 2, 0):
            for name in ("weights", "biases"):
                called = hasattr(layers[place], f"grad_{name}")
                expect(
                    called,
                    f"layers[{place}] has no grad_{name}: was its backward called?",
                )
                got = getattr(layers[place], f"grad_{name}")
                kept = getattr(layers[place], name)
                wanted = gradcheck.numerical_gradient(
                    lambda values, place=place, name=name: loss(place, name, values),
                    kept,
                )
                setattr(layers[place], name, kept)
                same(f"layers[{place}].grad_{name}", got, wanted, rtol=1e-6)
        wanted = gradcheck.numerical_gradient(
            lambda values, layers=layers, grad_output=grad_output: (
                run(layers, values) * grad_output
            ).sum(),
            x,
        )
        same("backward(grad_output), four layers", grad_input, wanted, rtol=1e-6)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Which layer knows what to do with the gradient of the network's output? And which one ought to get what that
# layer returns?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# The same loop as in `forward`, with `backward` in place of `forward`, from the last layer to the first. Leave the
# list itself as it is: turning it round in place would spoil the next `forward`.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `reversed(self.layers)` walks from the last to the first. One name holds the running product: it starts as
# `grad_output`, every layer's `backward` replaces it, and after the loop it is the gradient of the input.
# </details>

# %% [markdown]
# ### A long way back
#
# On its way the running product meets every layer, and every layer multiplies it. The slope of a sigmoid is at
# most $\tfrac14$. The slope of tanh is at most 1; of ReLU it is 0 or 1.
#
# **Predict, then run.** Ten linear layers of fifty neurons, each followed by an activation. The pictures show how
# large `grad_weights` is in each of them. Which layer of the sigmoid network learns fastest, which one slowest,
# and how many times slower? What happens with tanh, and with ReLU?


# %%
def gradient_sizes(activation, depth=10, width=50):
    """Return grad_weights of each linear layer of a deep random network."""
    rng = np.random.default_rng(7)
    linears = [Linear(width, width, rng=rng) for _ in range(depth)]
    model = Sequential([layer for one in linears for layer in (one, activation())])
    x, grad_output = draw(rng, (100, width), (100, width))
    model.forward(x)
    model.backward(grad_output)
    return [layer.grad_weights for layer in linears]


with attempt():
    names = [f"layer {number}" for number in range(1, 11)]
    plots.gradient_flow(names, gradient_sizes(Sigmoid))

# %%
with attempt():
    sizes = {
        kind.__name__: (
            np.arange(1, 11),
            [np.sqrt(np.mean(gradient**2)) for gradient in gradient_sizes(kind)],
        )
        for kind in (Sigmoid, Tanh, ReLU)
    }
    plots.curves(sizes, xlabel="layer", ylabel="size of grad_weights", log=True)

# %% [markdown]
# The sigmoid's gradient **vanishes**: each layer on the way back makes it about four times smaller, and the first
# layer gets less than a hundred-thousandth of what the last one gets. A step that suits the last layer does not
# move the first one at all. That is one reason why deep networks were thought to be hopeless for a long time, and
# why the hidden layers of this course use tanh and ReLU. With weights that are too large the opposite happens: the
# gradient **explodes**. How large the weights should be, so that neither happens, is the question behind the
# variance 1/D in the constructor of `Linear` (LeCun, Bottou, Orr and Müller, 1998).

# %% [markdown]
# ### Exercise 3.5 · Sequential, update
#
# **Do** go back up to the class and fill in `update_params`. Run that cell again, then come back here.
#
# **Why** the list holds layers of all kinds, and some of them have nothing to update. The network must treat each
# rightly without knowing them all.
#
# *5 minutes · difficulty 1 of 5*

# %% [markdown]
# $$W \leftarrow W - \eta\, \frac{\partial L}{\partial W} \qquad b \leftarrow b - \eta\, \frac{\partial L}{\partial b}
# \qquad \text{for every layer that has } W \text{ and } b$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $\eta$ | `learning_rate` | a number |
# | a layer with parameters | has a method `update_params` | |
# | a layer without | has none, and is passed over | |
#
# A `Sequential` inside a `Sequential` has no weights of its own, but it has `update_params`. So ask for the
# method, not for the class and not for the weights.

# %% [markdown]
# **Try it.** $2x + 1$, a tanh, and $3x$, at $x = 0$. The output is $3 \tanh 1 \approx 2.28$. Suppose the loss is
# the output itself: one step with learning rate 0.5 must bring it down, to 0.43, and nothing may break at the
# tanh.

# %%
with attempt():
    first = Linear(1, 1, initial_weights=[[2.0]], initial_biases=[1.0])
    second = Linear(1, 1, initial_weights=[[3.0]], initial_biases=[0.0])
    model = Sequential([first, Tanh(), second])
    print(model.forward(np.array([[0.0]])).round(2))  # [[2.28]]
    model.backward(np.array([[1.0]]))
    model.update_params(0.5)
    print(model.forward(np.array([[0.0]])).round(2))  # [[0.43]]


# %% deletable=false editable=false
@check
def check_sequential_update():
    linears = [Linear(1, 1, [[10.0 * number]], [1.0]) for number in (1, 2, 3)]
    one, two, three = linears
    for layer in linears:
        layer.grad_weights, layer.grad_biases = np.array([[4.0]]), np.array([2.0])
    model = Sequential([one, Tanh(), Sequential([ReLU(), two]), three])
    model.update_params(0.5)
    places = "the first layer", "a layer of the inner Sequential", "the last layer"
    for place, number, layer in zip(places, (1, 2, 3), linears, strict=True):
        moved = np.all(layer.weights != 10.0 * number)
        expect(moved, f"weights of {place}: they are what they were before the update.")
        same(f"weights of {place}", layer.weights, [[10.0 * number - 2]])
        same(f"biases of {place}", layer.biases, [0.0])


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_sequential_update", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("sequential_update")  # test_sequential_update, 2 points
### BEGIN HIDDEN TESTS
import numpy as np
from parts import Linear, Tanh

from helpers.checks import draw, expect, graded, same


class Diary:
    def __init__(self):
        self.learning_rates = []

    def forward(self, x):
        return x

    def backward(self, grad_output):
        return grad_output

    def update_params(self, learning_rate):
        self.learning_rates.append(float(learning_rate))


@graded
def test_sequential_update():
    rng = np.random.default_rng(305)
    for d, m in ((3, 2), (3, 3), (1, 5)):
        before = [draw(rng, (m, d), (m,)) for _ in range(5)]
        gradients = [draw(rng, (m, d), (m,)) for _ in range(5)]
        linears = [Linear(d, m, *values) for values in before]
        one, two, three, four, untouched = linears
        for layer, (grad_weights, grad_biases) in zip(linears, gradients, strict=True):
            layer.grad_weights, layer.grad_biases = grad_weights, grad_biases
        diary, inner = Diary(), Diary()
        nested = Sequential([three, Sequential([inner, Tanh()])])
        model = Sequential([one, Tanh(), two, diary, nested, Tanh(), four])
        Sequential([untouched])
        rates = (0.1, 0.03, 1.7)
        for step, learning_rate in enumerate(rates, start=1):
            model.update_params(learning_rate)
            moved = sum(rates[:step])
            for number, layer in enumerate(linears[:4], start=1):
                weights, biases = before[number - 1]
                grad_weights, grad_biases = gradients[number - 1]
                where = f"of linear layer {number}, step {step}"
                same(f"weights {where}", layer.weights, weights - moved * grad_weights)
                same(f"biases {where}", layer.biases, biases - moved * grad_biases)
        same("weights of another network", untouched.weights, before[4][0])
        for label, book in (("a layer", diary), ("a layer of an inner one", inner)):
            expect(
                book.learning_rates == list(rates),
                f"{label} with update_params: expected one call of it for each update, "
                f"with the learning rates {list(rates)}, got {book.learning_rates}.",
            )
    single = Linear(1, 1, [[5.0]], [1.0])
    single.grad_weights, single.grad_biases = np.array([[2.0]]), np.array([4.0])
    Sequential([single]).update_params(0.5)
    same("weights, one layer", single.weights, [[4.0]])
    Sequential([Tanh()]).update_params(0.5)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# What goes wrong if you call `update_params` on a `Tanh`? How can you find out beforehand?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# A loop over `self.layers`, and inside it a question: does this layer have such a method? Python's built-in
# `hasattr` takes an object and a name in quotation marks.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# For each layer: if `hasattr(layer, "update_params")`, call it with `learning_rate`. There is nothing to return.
# </details>

# %% [markdown]
# **Predict, then run.** A network 2-16-16-1 learns to tell the points inside a ring from those on it: its target
# is -1 inside and +1 on the ring, and the boundary is where its output is 0. A single linear layer can only draw a
# straight boundary. What will this one draw first, and what at the end? Take the two `Tanh()` out: what can it
# still do?

# %%
with attempt():
    rng = np.random.default_rng(8)
    labels = np.arange(200) % 2
    radius, angle = 2.0 * labels + 0.3 * rng.normal(size=200), rng.uniform(0, 7, 200)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    t = 2.0 * labels.reshape(-1, 1) - 1
    first, second = Linear(2, 16, rng=rng), Linear(16, 16, rng=rng)
    model = Sequential([first, Tanh(), second, Tanh(), Linear(16, 1, rng=rng)])
    panels = live.Curve("loss", xlabel="step"), live.Boundary(x, labels)
    with live.Board(*panels, pace=0.02, budget=0.5) as board:
        for step in range(120):
            y = model.forward(x)
            model.backward(2 * (y - t) / len(x))
            model.update_params(0.1)
            board.update(loss=(step, np.mean((y - t) ** 2)), boundary=model.forward)

# %% [markdown]
# ## Is the gradient of the whole network right?
#
# The network that will read digits in notebook 06 has 784 inputs, 128 hidden neurons and 10 outputs: 101 770
# parameters. To nudge each of them up and down takes 203 540 forward passes. You would wait for minutes.
#
# Nudge **all of them at once** instead. Draw a random direction $d$ of length 1 in the space of all parameters
# $\theta$. The loss along that direction has a slope, and the gradient $g$ knows it:
#
# $$\frac{L(\theta + h d) - L(\theta - h d)}{2h} \approx g \cdot d$$
#
# The left side costs two forward passes, however many parameters there are. The right side is one sum. If
# `backward` makes a mistake $e$, the right side is off by $e \cdot d$, and for a random $d$ that is practically
# never zero. Three directions, compared to many digits, tell you **that** something is wrong; nudging single
# parameters then tells you **where**.


# %%
class SumOfSquares:
    """A loss to check with: half the sum of (y - t)^2, with the gradient y - t."""

    def forward(self, y, t):
        self.difference = y - t
        return (self.difference**2).sum() / 2

    def backward(self):
        return self.difference


with attempt():
    rng = np.random.default_rng(9)
    x, t = draw(rng, (32, 784), (32, 10))
    layers = [Linear(784, 128, rng=rng), Tanh(), Linear(128, 10, rng=rng)]
    slopes = gradcheck.compare_directions(
        Sequential(layers), SumOfSquares(), x, t, rng=rng
    )
    for analytic, numeric in slopes:
        print(f"by backward {analytic:12.8f}   by nudging {numeric:12.8f}")

# %% [markdown]
# ## One object in two places
#
# A layer remembers its last `forward`. That is why each place in the list needs a layer of its own.
#
# **Predict, then run.** The two networks below differ in one thing: the second uses one `Tanh` object twice. Both
# have the same `forward`. Which gradients are wrong in the second, and why does nothing complain?


# %%
def network(first_tanh, second_tanh):
    """Return a network 2-5-5-1 with these two activations, the same at each call."""
    rng = np.random.default_rng(10)
    one, two = Linear(2, 5, rng=rng), Linear(5, 5, rng=rng)
    return Sequential([one, first_tanh, two, second_tanh, Linear(5, 1, rng=rng)])


with attempt():
    shared = Tanh()
    rng = np.random.default_rng(11)
    x, t = draw(rng, (20, 2), (20, 1))
    for label, model in (
        ("two objects", network(Tanh(), Tanh())),
        ("one object", network(shared, shared)),
    ):
        slopes = gradcheck.compare_directions(model, SumOfSquares(), x, t, rng=rng)
        for analytic, numeric in slopes:
            print(f"{label:12} backward {analytic:9.5f}   nudging {numeric:9.5f}")

# %% [markdown]
# The shared object remembers only its second `forward`. On the way back its first answer is right, and its second
# one uses the memory of the wrong place. The last two linear layers get right gradients; the first one's are
# wrong. (The trap has a sister: `[Linear(5, 5)] * 3` is a list that names **one** layer three times.)

# %% [markdown]
# ## Summary
#
# - Along a path, multiply; over paths, add. That is the chain rule on a graph.
# - Backpropagation walks from the loss to the input with one running product. What arrives at a layer is its
#   `grad_output`; what leaves is its `grad_input`. One walk serves every parameter.
# - The walk visits the layers in reverse, and skips none. A linear layer takes two matrix products where `forward`
#   took one, so the gradient of **all** parameters costs about as much as two more forward passes.
# - A network has the methods of a layer, so networks are made of layers and of networks.
# - Neurons side by side add up; layers in a row bend what is bent already.
# - Many small factors in a row make a gradient vanish. Sigmoids do that; tanh and ReLU do it less.
# - A random direction checks the gradient of any network for the price of two forward passes.
#
# **Where this comes from.** Linnainmaa (master's thesis, Helsinki, 1970) described the walk back through a
# computation; Rumelhart, Hinton and Williams, *Learning representations by back-propagating errors*, Nature 323
# (1986), made networks learn with it. Vanishing gradients: Hochreiter (diploma thesis, Munich, 1991); Bengio,
# Simard and Frasconi, *Learning long-term dependencies with gradient descent is difficult*, IEEE Transactions on
# Neural Networks 5 (1994); Glorot and Bengio, *Understanding the difficulty of training deep feedforward neural
# networks*, AISTATS (2010). The size of the first weights: LeCun, Bottou, Orr and Müller, *Efficient BackProp*, in
# Neural Networks: Tricks of the Trade (1998). Why depth bends a curve so much more than width: Poole, Lahiri,
# Raghu, Sohl-Dickstein and Ganguli, *Exponential expressivity in deep neural networks through transient chaos*,
# NeurIPS (2016).

# %%
summary()
