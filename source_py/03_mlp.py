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
import contextlib
from types import SimpleNamespace

import numpy as np
from parts import Linear, ReLU, Sigmoid, Tanh, affine, numerical_gradient

from helpers import candidates, gradcheck, live, plots
from helpers.checks import (
    SIZES,
    attempt,
    check,
    draw,
    expect,
    raises,
    ready,
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
# The constructor and `forward` are given. Leave them as they are: the check looks at them, too. The constructor
# draws both layers from the `rng` that it is handed, each with the variance that `Linear` promises, 1 over its own
# number of inputs. Every network has layers of its own.
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
# **Check it.** The check nudges every input, every parameter and every value on the way, one at a time, and looks
# how much the output moves. For that it needs the equations from above and no rule for a gradient. These functions
# help it.


# %% deletable=false editable=false
def nudge(function, at, grad_output):
    """Return d/d(at) of the sum of function(at) * grad_output."""
    return numerical_gradient(lambda at: (function(at) * grad_output).sum(), at)


def give(model, *parameters):
    """Hand weights and biases to linear1, then to linear2; return the model."""
    one, two = model.linear1, model.linear2
    one.weights, one.biases, two.weights, two.biases = (p.copy() for p in parameters)
    return model


def look_inside(activate, x, grad_output, weights1, biases1, weights2, biases2):
    """Return values and gradients on the way, and how each parameter acts."""

    def first(x):
        return affine(x, weights1, biases1)

    def last(hidden):
        return affine(hidden, weights2, biases2)

    sums = first(x)
    hidden = activate(sums)
    known = {
        **{"x": x, "sums": sums, "hidden": hidden, "grad_output": grad_output},
        **{"first": first, "activate": activate, "last": last, "weights1": weights1},
        "grad_hidden": nudge(last, hidden, grad_output),
        "grad_sums": nudge(lambda sums: last(activate(sums)), sums, grad_output),
        "slope": nudge(activate, sums, np.ones(sums.shape)),
        "tanh_slope": 1 - hidden**2,
    }
    return known, {
        ("linear2", "weights"): (lambda w: affine(hidden, w, biases2), weights2),
        ("linear2", "biases"): (lambda b: affine(hidden, weights2, b), biases2),
        ("linear1", "weights"): (lambda w: affine(x, w, biases1), weights1),
        ("linear1", "biases"): (lambda b: affine(x, weights1, b), biases1),
    }


# %% deletable=false editable=false
def expect_gradients(model, grad_input, known, acts, before, where):
    """Compare the gradients with what nudging gives; return those of the layers."""
    arriving = {"linear2": known["grad_output"], "linear1": known["grad_sums"]}
    found = {}
    for (label, name), (act, at) in acts.items():
        layer, what = getattr(model, label), f"{label}.grad_{name}"
        called = hasattr(layer, f"grad_{name}")
        expect(called, f"{what} is not set: was the backward of {label} called?")

        def right(grad, act=act, at=at):
            return nudge(act, at, grad)

        expected = found[what] = right(arriving[label])
        case = getattr(candidates.mlp, label)(
            **known, right=right, before=before.get(what)
        )
        got = getattr(layer, f"grad_{name}")
        same(f"{what}{where}", got, expected, case, rtol=1e-6)
    case = candidates.mlp.grad_input(
        **known, grad_weights=found["linear1.grad_weights"]
    )
    expected = nudge(known["first"], known["x"], known["grad_sums"])
    same(f"backward(grad_output){where}", grad_input, expected, case, rtol=1e-6)
    return found


# %% deletable=false editable=false
def expect_own_layers(network, d, m, k):
    """Compare what the constructor makes with what it promises."""
    rng = np.random.default_rng(2)
    one, two, square = (network(*s, rng=rng) for s in ((d, m, k), (d, m, k), (m, m, m)))
    expect(one.linear1 is not one.linear2, "linear1 and linear2 are one object.")
    is_class = isinstance(one.activation, type)
    expect(
        not is_class, "The network keeps the activation's class, not an object of it."
    )
    for part in ("linear1", "activation", "linear2"):
        shared = getattr(one, part) is getattr(two, part)
        expect(not shared, f"Two networks share one {part}: each needs its own.")
    for part, shape in (("linear1", (m, d)), ("linear2", (k, m))):
        weights, again = getattr(one, part).weights, getattr(two, part).weights
        sizes = f"{shape[1]} inputs and {shape[0]} outputs"
        what = f"{part}.weights that __init__ draws for {sizes}"
        came = f"expected shape {shape}, got {weights.shape}."
        expect(weights.shape == shape, f"{what}: {came}")
        # The variance first: if it is wrong, the mean strays with it.
        same_spread(what, weights - weights.mean(), 1 / shape[1])
        same_spread(what, weights, 1 / shape[1])
        alike = (weights == again).all()
        expect(not alike, "__init__ draws the same weights for every network.")
    alike = (square.linear1.weights == square.linear2.weights).all()
    expect(not alike, "__init__ draws the same weights for both layers.")
    one, two = (network(d, m, k, rng=np.random.default_rng(3)) for _ in range(2))
    alike = (one.linear2.weights == two.linear2.weights).all()
    expect(alike, "__init__ does not draw from the rng that it is handed.")


# %% deletable=false editable=false
@check
def check_mlp_backward():
    expect_own_layers(MLP, 90, 60, 50)
    rng = np.random.default_rng(1)
    sizes = (5, 3, 3, 3), (5, 3, 2, 7), (1, 5, 2, 3), (7, 2, 11, 1)
    for (n, d, m, k), kind in zip(sizes, 2 * (Tanh, Sigmoid), strict=True):
        where = f" with N={n}, D={d}, M={m}, K={k} and {kind.__name__}"
        x, grad_output, *given = draw(rng, (n, d), (n, k), (m, d), (m,), (k, m), (k,))
        model = give(MLP(d, m, k, kind), *given)
        other = give(MLP(d, m, k, kind), *(-parameter for parameter in given))
        one, two, before = model.linear1, model.linear2, {}
        for batch, arriving in ((x, grad_output), (1 - x, 1 + grad_output)):
            known, acts = look_inside(kind().forward, batch, arriving, *given)
            y, expected = model.forward(batch.copy()), known["last"](known["hidden"])
            same(f"forward(x){where}", y, expected, candidates.mlp.forward(**known))
            other.forward(-batch)
            with unchanged(grad_output=arriving):
                grad_input = model.backward(arriving)
            now = one.weights, one.biases, two.weights, two.biases
            stay = all((a == b).all() for a, b in zip(now, given, strict=True))
            expect(stay, "backward changes parameters: only `update_params` does that.")
            came = type(grad_input).__name__
            message = f"backward returns a {came}: return the input's gradient alone."
            expect(came not in ("list", "tuple"), message)
            before = expect_gradients(model, grad_input, known, acts, before, where)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_mlp_backward", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
ready("mlp_backward")  # test_mlp_backward, 6 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import draw, expect, graded, layouts, same, same_spread, unchanged


class Cube:
    def forward(self, x):
        self.x = x
        return x**3

    def backward(self, grad_output):
        return 3 * self.x**2 * grad_output


KINDS = (
    ({}, np.tanh, lambda a: 1 / np.cosh(a) ** 2, ""),
    ({"activation": Cube}, lambda a: a**3, lambda a: 3 * a**2, ", another activation"),
)


def hand_over(model, dtype, *parameters):
    one, two = model.linear1, model.linear2
    one.weights, one.biases, two.weights, two.biases = (
        p.astype(dtype) for p in parameters
    )
    return model


def know(value, slope, x, grad_output, weights1, biases1, weights2, biases2):
    sums = np.einsum("nd,md->nm", x, weights1) + biases1
    grad_hidden = np.einsum("nk,km->nm", grad_output, weights2)
    return {
        **{"x": x, "weights1": weights1, "sums": sums, "hidden": value(sums)},
        **{"activate": value, "slope": slope(sums), "grad_output": grad_output},
        **{"grad_hidden": grad_hidden, "grad_sums": grad_hidden * slope(sums)},
        "tanh_slope": 1 - value(sums) ** 2,
    }


def compare_gradients(model, known, before, when):
    found = {}
    for label, inputs, grad in (
        ("linear2", known["hidden"], known["grad_output"]),
        ("linear1", known["x"], known["grad_sums"]),
    ):
        for name, right in (
            ("grad_weights", lambda grad, x=inputs: np.einsum("nm,nd->md", grad, x)),
            ("grad_biases", lambda grad: np.einsum("nm->m", grad)),
        ):
            layer, what = getattr(model, label), f"{label}.{name}"
            called = hasattr(layer, name)
            expect(called, f"{what} is not set: was the backward of {label} called?")
            case = getattr(candidates.mlp, label)(
                **known, right=right, before=before.get(what)
            )
            found[what] = right(grad)
            same(f"{what}{when}", getattr(layer, name), found[what], case)
    return found


def compare_constructor(network, d, m, k):
    rng = np.random.default_rng(310)
    one, two, square = (network(*s, rng=rng) for s in ((d, m, k), (d, m, k), (m, m, m)))
    expect(one.linear1 is not one.linear2, "linear1 and linear2 are one object.")
    is_class = isinstance(one.activation, type)
    expect(
        not is_class, "The network keeps the activation's class, not an object of it."
    )
    for part in ("linear1", "activation", "linear2"):
        shared = getattr(one, part) is getattr(two, part)
        expect(not shared, f"Two networks share one {part}: each needs its own.")
    for part, shape in (("linear1", (m, d)), ("linear2", (k, m))):
        weights, again = getattr(one, part).weights, getattr(two, part).weights
        sizes = f"{shape[1]} inputs and {shape[0]} outputs"
        what = f"{part}.weights that __init__ draws for {sizes}"
        came = f"expected shape {shape}, got {weights.shape}."
        expect(weights.shape == shape, f"{what}: {came}")
        # The variance first: if it is wrong, the mean strays with it.
        same_spread(what, weights - weights.mean(), 1 / shape[1])
        same_spread(what, weights, 1 / shape[1])
        alike = (weights == again).all()
        expect(not alike, "__init__ draws the same weights for every network.")
        biases = getattr(one, part).biases
        same(f"{part}.biases that __init__ sets", biases, np.zeros(shape[0]))
    alike = (square.linear1.weights == square.linear2.weights).all()
    expect(not alike, "__init__ draws the same weights for both layers.")
    one, two = (network(d, m, k, rng=np.random.default_rng(311)) for _ in range(2))
    for part in ("linear1", "linear2"):
        alike = (getattr(one, part).weights == getattr(two, part).weights).all()
        expect(alike, "__init__ does not draw from the rng that it is handed.")


@graded
def test_mlp_backward():
    compare_constructor(MLP, 120, 70, 40)
    rng = np.random.default_rng(301)
    for n, d, m, k in ((7, 4, 4, 4), (7, 5, 3, 2), (1, 3, 7, 2), (2, 3, 5, 11)):
        x, grad_output, *parameters = draw(
            rng, (n, d), (n, k), (m, d), (m,), (k, m), (k,)
        )
        for chosen, value, slope, when in KINDS:
            model = hand_over(MLP(d, m, k, **chosen), float, *parameters)
            other = hand_over(MLP(d, m, k, **chosen), float, *(-p for p in parameters))
            one, two, before = model.linear1, model.linear2, {}

            def last(hidden, parameters=parameters):
                return np.einsum("nm,km->nk", hidden, parameters[2]) + parameters[3]

            for batch, arriving in ((1 - x, 1 + grad_output), (x, grad_output)):
                known = know(value, slope, batch, arriving, *parameters)
                case = candidates.mlp.forward(**known, last=last)
                y = model.forward(batch.copy())
                same(f"forward(x){when}", y, last(known["hidden"]), case)
                other.forward(2 * batch)
                with unchanged(grad_output=arriving):
                    grad_input = model.backward(arriving)
                now = one.weights, one.biases, two.weights, two.biases
                stay = all((a == b).all() for a, b in zip(now, parameters, strict=True))
                expect(
                    stay, "backward changes parameters: only `update_params` does that."
                )
                came = type(grad_input).__name__
                expect(
                    came not in ("list", "tuple"),
                    f"backward returns a {came}: return the input's gradient alone.",
                )
                before = compare_gradients(model, known, before, when)
                expected = np.einsum("nm,md->nd", known["grad_sums"], parameters[0])
                case = candidates.mlp.grad_input(
                    **known, grad_weights=before["linear1.grad_weights"]
                )
                same(f"backward(grad_output){when}", grad_input, expected, case)
            other.backward(3 * grad_output)
            for label, laid_out in layouts(grad_output):
                again = model.backward(laid_out)
                what = f"backward(grad_output), grad_output in {label}"
                same(what, again, expected, case)
            compare_gradients(model, known, {}, ", backward again")
            model.backward(-grad_output)
            same("backward(grad_output), after later calls", grad_input, expected)
        model = hand_over(MLP(d, m, k), "f4", *parameters)
        model.forward(x.astype("f4"))
        grad_input = model.backward(grad_output.astype("f4"))
        value, slope = KINDS[0][1:3]
        known = know(value, slope, x, grad_output, *parameters)
        expected = np.einsum("nm,md->nd", known["grad_sums"], parameters[0])
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
    rng = np.random.default_rng(5)
    shapes = (3, 3), (3,), (3, 3), (3,)
    places = [(f"linear{i}", name) for i in (1, 2) for name in ("weights", "biases")]
    start = dict(zip(places, draw(rng, *shapes), strict=True))
    model, other = give(MLP(3, 3, 3), *start.values()), MLP(3, 3, 3)
    expect(model.linear1 is not model.linear2, "linear1 and linear2 are one object.")
    shared = model.linear1 is other.linear1
    expect(not shared, "Two networks share one linear1: each needs its own.")
    for learning_rate in (0.7, 0.2):
        gradients = dict(zip(places, draw(rng, *shapes), strict=True))
        for (label, name), gradient in gradients.items():
            setattr(getattr(model, label), f"grad_{name}", gradient.copy())
        model.update_params(learning_rate)
        for place, gradient in gradients.items():
            label, name = place
            elsewhere = "linear2" if label == "linear1" else "linear1"
            case = candidates.mlp.update(
                **{"start": start[place], "gradient": gradient},
                **{"learning_rate": learning_rate},
                other_gradient=gradients[elsewhere, name],
            )
            start[place] = start[place] - learning_rate * gradient
            got = getattr(getattr(model, label), name)
            what = f"{label}.{name}, learning rate {learning_rate}"
            same(what, got, start[place], case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_mlp_update", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("mlp_update")  # test_mlp_update, 2 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import OTHER_SIZES, draw, expect, graded, same


@graded
def test_mlp_update():
    rng = np.random.default_rng(302)
    places = [
        (label, name)
        for label in ("linear1", "linear2")
        for name in ("weights", "biases")
    ]
    sizes = ((0, 4, 4, 4), *((0, d, m, k) for k, d, m in OTHER_SIZES))
    for learning_rate, (_, d, m, k) in zip(
        (0.2, 0.03, 1.3, 0.6, 0.07), sizes, strict=True
    ):
        shapes = ((m, d), (m,), (k, m), (k,))
        start = dict(zip(places, draw(rng, *shapes), strict=True))
        kept = dict(start)
        model, untouched = MLP(d, m, k), MLP(d, m, k)
        one, two = model.linear1, model.linear2
        expect(one is not two, "linear1 and linear2 are one object.")
        shared = one is untouched.linear1
        expect(not shared, "Two networks share one linear1: each needs its own.")
        for (label, name), value in start.items():
            setattr(getattr(model, label), name, value.copy())
            setattr(getattr(untouched, label), name, value.copy())
        for step in (1, 2, 3):
            gradients = dict(zip(places, draw(rng, *shapes), strict=True))
            for (label, name), gradient in gradients.items():
                setattr(getattr(model, label), f"grad_{name}", gradient.copy())
            model.update_params(learning_rate)
            for place, gradient in gradients.items():
                label, name = place
                elsewhere = "linear2" if label == "linear1" else "linear1"
                case = candidates.mlp.update(
                    **{"start": start[place], "gradient": gradient},
                    **{"learning_rate": learning_rate},
                    other_gradient=gradients[elsewhere, name],
                )
                start[place] = start[place] - learning_rate * gradient
                got = getattr(getattr(model, label), name)
                same(f"{label}.{name}, step {step}", got, start[place], case)
        for (label, name), value in kept.items():
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
#
# The constructor is given: it keeps a list of its own, which stays as it is. The rest is the layers' business. A
# layer remembers what it needs for the way back when its own `forward` is called. If a layer raises an error, the
# network lets it through.


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
class Noted(Linear):
    """A linear layer that notes what comes in."""

    def forward(self, x):
        self.came = x
        return super().forward(x)


def straight(layers, x):
    """Return what linear layers in a row make of x, if they have no biases."""
    return np.linalg.multi_dot([x, *(layer.weights.T for layer in layers)])


def expect_apart(model, other):
    """Fail if two networks hold the same layers."""
    shared = list(model.layers) == list(other.layers)
    expect(not shared, "Two networks share their layers: each keeps its own.")


def expect_way_through(rng, n, d, m):
    """Compare networks of one and three layers, and a nested one, with the layers."""
    (x,) = draw(rng, (n, d))
    one, two, three = Linear(d, m, rng=rng), Tanh(), Linear(m, d, rng=rng)
    same("forward(x), one layer", Sequential([one]).forward(x), one.forward(x))
    wanted = three.forward(two.forward(one.forward(x)))
    linear_only = three.forward(one.forward(x))
    case = candidates.mlp.sequential_forward(x=x, linear_only=linear_only)
    y = Sequential([one, two, three]).forward(x)
    same("forward(x), three layers", y, wanted, case)
    case = candidates.mlp.sequential_forward(x=x, outer_only=linear_only)
    y = Sequential([one, Sequential([two]), three]).forward(x)
    same("forward(x), a Sequential among the layers", y, wanted, case)


# %% deletable=false editable=false
@check
def check_sequential_forward():
    rng = np.random.default_rng(4)
    x, *matrices = draw(rng, (5, 3), *[(3, 3)] * 4)
    layers = [Noted(3, 3, weights) for weights in matrices]
    handed, before = list(layers), None
    model, other = Sequential(handed), Sequential([Tanh()])
    expect_apart(model, other)
    handed.clear()
    lost = "The network keeps the caller's list, and has lost its layers with it."
    expect(len(model.layers) == 4, lost)
    added = [np.eye(3) + weights.T for weights in matrices]
    for batch in (x, 1 - x):
        case = candidates.mlp.sequential_forward(
            **{"x": batch, "layers": layers, "before": before},
            right=lambda layers, x=batch: straight(layers, x),
            added=np.linalg.multi_dot([batch, *added]),
        )
        with unchanged(x=batch):
            y = model.forward(batch)
        a_list = "forward(x) returns a list: return the last layer's output alone."
        expect(type(y) not in (list, tuple), a_list)
        before = straight(layers, batch)
        same("forward(x), four layers", y, before, case)
        gone = "forward changes self.layers: the next call needs them, too."
        expect(list(model.layers) == layers, gone)
        for number, layer in enumerate(layers, start=1):
            idle = f"The forward of layer {number} is never called: what will it keep?"
            expect(hasattr(layer, "came"), idle)
    for sizes in SIZES:
        expect_way_through(rng, *sizes)
    what = "forward(x), when a layer raises an error (which is not to be caught)"
    raises(what, ValueError, Sequential([Linear(3, 2)]).forward, np.ones((2, 4)))


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_sequential_forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("sequential_forward")  # test_sequential_forward, 2 points
### BEGIN HIDDEN TESTS
from itertools import pairwise

import numpy as np
from parts import Linear, Tanh

from helpers import candidates
from helpers.checks import draw, expect, graded, layouts, raises, same, unchanged


class Mix:
    def __init__(self, matrix):
        self.matrix = matrix
        self.inputs = []

    def forward(self, x):
        self.inputs.append(np.array(x))
        return x @ self.matrix

    def backward(self, grad_output):
        return grad_output @ self.matrix.T


class MixedWeights(Linear):
    def forward(self, x):
        self.came = x
        return super().forward(x)


def multiply(layers, x):
    matrices = [
        layer.matrix if isinstance(layer, Mix) else layer.weights.T for layer in layers
    ]
    return np.linalg.multi_dot([x, *matrices])


@graded
def test_sequential_forward():
    rng = np.random.default_rng(303)
    x, *matrices = draw(rng, (7, 4), *[(4, 4)] * 6)
    one, two, three, four, five, six = matrices
    layers = [MixedWeights(4, 4, one.T), Mix(two), Mix(three)]
    layers += [MixedWeights(4, 4, four.T), MixedWeights(4, 4, five.T), Mix(six)]
    handed, before = list(layers), None
    model, other = Sequential(handed), Sequential([Tanh()])
    shared = list(model.layers) == list(other.layers)
    expect(not shared, "Two networks share their layers: each keeps its own.")
    handed.clear()
    lost = "The network keeps the caller's list, and has lost its layers with it."
    expect(len(model.layers) == 6, lost)
    for batch in (x, 2 - x):
        case = candidates.mlp.sequential_forward(
            **{"x": batch, "layers": layers, "before": before},
            right=lambda layers, x=batch: multiply(layers, x),
            added=np.linalg.multi_dot([batch, *(np.eye(4) + m for m in matrices)]),
            linear_only=multiply([layers[0], layers[3], layers[4]], batch),
        )
        with unchanged(x=batch):
            y = model.forward(batch)
        a_list = "forward(x) returns a list: return the last layer's output alone."
        expect(type(y) not in (list, tuple), a_list)
        before = multiply(layers, batch)
        same("forward(x), six layers", y, before, case)
        gone = "forward changes self.layers: the next call needs them, too."
        expect(list(model.layers) == layers, gone)
        for number, layer in enumerate(layers, start=1):
            called = hasattr(layer, "came") or len(getattr(layer, "inputs", []))
            idle = f"The forward of layer {number} is never called: what will it keep?"
            expect(called, idle)
    nested = Sequential([layers[0], Sequential([layers[1], Sequential([layers[2]])])])
    case = candidates.mlp.sequential_forward(x=x, outer_only=multiply(layers[:1], x))
    what = "forward(x), a Sequential among the layers"
    same(what, nested.forward(x), multiply(layers[:3], x), case)

    for n, *widths in ((5, 3, 2), (3, 3, 3, 3), (1, 5, 2, 7), (2, 3, 2, 5, 3, 1, 4)):
        x, *matrices = draw(rng, (n, widths[0]), *pairwise(widths))
        expected = np.linalg.multi_dot([x, *matrices])
        depth = f"{len(matrices)} layer{'s' if len(matrices) > 1 else ''}"
        layers = [Mix(matrix) for matrix in matrices]
        model = Sequential(layers)
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
        for number, layer in enumerate(layers):
            wanted = np.linalg.multi_dot([x, *matrices[:number]]) if number else x
            same(f"what layer {number + 1} takes in", layer.inputs[-1], wanted)
        narrow = Sequential([Mix(matrix.astype("f4")) for matrix in matrices])
        y = narrow.forward(x.astype("f4"))
        same("forward(x) in float32", y, expected.astype("f4"))
    x, weights, biases, again = draw(rng, (4, 3), (2, 3), (2,), (5, 2))
    model = Sequential(
        [Linear(3, 2, weights, biases), Tanh(), Linear(2, 5, again), Tanh()]
    )
    hidden = np.tanh(np.einsum("nd,md->nm", x, weights) + biases)
    expected = np.tanh(np.einsum("nm,km->nk", hidden, again))
    same("forward(x), linear layers and activations", model.forward(x), expected)
    what = "forward(x), when a layer raises an error (which is not to be caught)"
    raises(what, ValueError, Sequential([Linear(3, 4)]).forward, np.ones((3, 5)))


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
# check below runs the layers itself, one by one, so your own `forward` need not be right.

# %%
with attempt():
    first = Linear(1, 1, initial_weights=[[2.0]], initial_biases=[1.0])
    second = Linear(1, 1, initial_weights=[[3.0]], initial_biases=[0.0])
    model = Sequential([first, second])
    model.forward(np.array([[1.0]]))
    print(model.backward(np.array([[1.0]])))  # [[6.]]
    print(first.grad_weights, second.grad_weights)  # [[3.]] [[3.]]


# %% deletable=false editable=false
def expect_way_back(rng, n, d, m):
    """Compare a network of five layers, and a nested one, with what nudging gives."""
    x, grad_output = draw(rng, (n, d), (n, d))
    one, two, three = (Linear(a, b, rng=rng) for a, b in ((d, m), (m, m), (m, d)))
    tanh, sigmoid = Tanh(), Sigmoid()

    def through(x):
        hidden = two.forward(tanh.forward(one.forward(x)))
        return three.forward(sigmoid.forward(hidden))

    only = {
        "linear_only": lambda x: three.forward(two.forward(one.forward(x))),
        "outer_only": lambda x: three.forward(one.forward(x)),
    }
    case = candidates.mlp.sequential_backward(
        grad_output=grad_output,
        **{name: nudge(act, x, grad_output) for name, act in only.items()},
    )
    expected = nudge(through, x, grad_output)
    for label, layers in (
        ("five layers", [one, tanh, two, sigmoid, three]),
        (
            "a Sequential among the layers",
            [one, Sequential([tanh, two, sigmoid]), three],
        ),
    ):
        model = Sequential(layers)
        with contextlib.suppress(Exception):
            model.forward(x.copy())
        through(x)
        grad_input = model.backward(grad_output)
        what = f"backward(grad_output), {label}, N={n}, D={d}, M={m}"
        same(what, grad_input, expected, case, rtol=1e-6)


def expect_layer_gradients(layers, x, grad_output):
    """Compare grad_weights of linear layers in a row with what nudging gives."""
    for number, layer in enumerate(layers):
        what = f"grad_weights of layer {number + 1} of {len(layers)}"
        expect(
            hasattr(layer, "grad_weights"), f"{what}: not set. Was its backward called?"
        )
        before, after = layers[:number], layers[number + 1 :]

        def act(weights, before=before, after=after, shape=layer.weights.shape[::-1]):
            return straight([*before, Linear(*shape, weights), *after], x)

        expected = nudge(act, layer.weights, grad_output)
        same(what, layer.grad_weights, expected, rtol=1e-6)


# %% deletable=false editable=false
@check
def check_sequential_backward():
    rng = np.random.default_rng(6)
    x, grad_output, *matrices = draw(rng, (5, 3), (5, 3), *[(3, 3)] * 4)
    layers = one, two, three, four = [Linear(3, 3, weights) for weights in matrices]
    model, other, before = Sequential(layers), Sequential([Tanh()]), None
    expect_apart(model, other)
    for batch, arriving in ((x, grad_output), (1 - x, 1 + grad_output)):
        with contextlib.suppress(Exception):
            model.forward(batch.copy())
        four.forward(three.forward(two.forward(one.forward(batch))))

        def right(layers, grad_output=arriving, x=batch):
            return nudge(lambda x: straight(layers, x), x, grad_output)

        case = candidates.mlp.sequential_backward(
            grad_output=arriving, layers=layers, right=right, before=before
        )
        with unchanged(grad_output=arriving):
            grad_input = model.backward(arriving)
        order = "backward changes self.layers: the next forward needs them in order."
        expect(list(model.layers) == layers, order)
        pairs = zip(layers, matrices, strict=True)
        stay = all((layer.weights == weights).all() for layer, weights in pairs)
        expect(stay, "backward changes parameters: only `update_params` does that.")
        a_list = "backward returns a list: return the input's gradient alone."
        expect(type(grad_input) not in (list, tuple), a_list)
        before, what = right(layers), "backward(grad_output), four layers"
        same(what, grad_input, before, case, rtol=1e-6)
        expect_layer_gradients(layers, batch, arriving)
    for sizes in SIZES:
        expect_way_back(rng, *sizes)
    single = Sequential([one])
    with contextlib.suppress(Exception):
        single.forward(x.copy())
    one.forward(x)
    what = "backward, when a layer raises an error (which is not to be caught)"
    raises(what, ValueError, single.backward, np.ones((2, 5)))


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_sequential_backward", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
ready("sequential_backward")  # test_sequential_backward, 4 points
### BEGIN HIDDEN TESTS
import contextlib
from itertools import pairwise

import numpy as np
from parts import Linear, Tanh

from helpers import candidates, gradcheck
from helpers.checks import draw, expect, graded, layouts, raises, same, unchanged


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


def multiply_back(layers, grad_output):
    matrices = [
        layer.matrix.T if isinstance(layer, Mix) else layer.weights
        for layer in reversed(layers)
    ]
    return np.linalg.multi_dot([grad_output, *matrices])


@graded
def test_sequential_backward():
    rng = np.random.default_rng(304)
    x, grad_output, *matrices = draw(rng, (7, 4), (7, 4), *[(4, 4)] * 6)
    linears = [Linear(4, 4, weights) for weights in matrices[:3]]
    mixes = [Mix(matrix) for matrix in matrices[3:]]
    layers = [linears[0], *mixes[:2], *linears[1:], mixes[2]]
    model, other, before = Sequential(layers), Sequential([Tanh()]), None
    shared = list(model.layers) == list(other.layers)
    expect(not shared, "Two networks share their layers: each keeps its own.")
    for batch, arriving in ((x, grad_output), (1 - x, 1 + grad_output)):
        prepare(model, layers, batch)

        def right(layers, grad_output=arriving):
            return multiply_back(layers, grad_output)

        case = candidates.mlp.sequential_backward(
            **{"grad_output": arriving, "layers": layers, "right": right},
            **{"before": before, "linear_only": right(linears)},
        )
        with unchanged(grad_output=arriving):
            grad_input = model.backward(arriving)
        order = "backward changes self.layers: the next forward needs them in order."
        expect(list(model.layers) == layers, order)
        pairs = zip(linears, matrices, strict=False)
        stay = all((layer.weights == weights).all() for layer, weights in pairs)
        expect(stay, "backward changes parameters: only `update_params` does that.")
        a_list = "backward returns a list: return the input's gradient alone."
        expect(type(grad_input) not in (list, tuple), a_list)
        before = right(layers)
        same("backward(grad_output), six layers", grad_input, before, case)
    one, two, three, four = layers[:4]
    nested = Sequential([one, Sequential([two, Sequential([three])]), four])
    prepare(nested, [one, two, three, four], x)
    case = candidates.mlp.sequential_backward(
        **{"grad_output": grad_output, "outer_only": right([one, four], grad_output)},
    )
    grad_input, expected = nested.backward(grad_output), right(layers[:4], grad_output)
    what = "backward(grad_output), a Sequential among the layers"
    same(what, grad_input, expected, case)

    for n, *widths in ((5, 3, 2), (3, 3, 3, 3), (1, 5, 2, 7), (2, 3, 2, 5, 3, 1, 4)):
        x, grad_output, *matrices = draw(
            rng, (n, widths[0]), (n, widths[-1]), *pairwise(widths)
        )
        layers = [Mix(matrix) for matrix in matrices]
        expected = multiply_back(layers, grad_output)
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
                what = f"grad_{name} of layer {place + 1} of four"
                called = hasattr(layers[place], f"grad_{name}")
                expect(called, f"{what}: not set. Was its backward called?")
                got = getattr(layers[place], f"grad_{name}")
                kept = getattr(layers[place], name)
                wanted = gradcheck.numerical_gradient(
                    lambda values, place=place, name=name: loss(place, name, values),
                    kept,
                )
                setattr(layers[place], name, kept)
                same(what, got, wanted, rtol=1e-6)
        wanted = gradcheck.numerical_gradient(
            lambda values, layers=layers, grad_output=grad_output: (
                run(layers, values) * grad_output
            ).sum(),
            x,
        )
        same("backward(grad_output), four layers", grad_input, wanted, rtol=1e-6)
    layers = [Linear(3, 4)]
    single = prepare(Sequential(layers), layers, np.ones((3, 3)))
    what = "backward, when a layer raises an error (which is not to be caught)"
    raises(what, ValueError, single.backward, np.ones((3, 5)))


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
    rng = np.random.default_rng(12)
    linears = one, two, three, four = [Linear(3, 3, rng=rng) for _ in range(4)]
    inner, rates = Sequential([three, ReLU()]), []

    def note(learning_rate):
        rates.append(learning_rate)

    layers = [one, Tanh(), two, inner, SimpleNamespace(update_params=note), four]
    model = Sequential(layers)
    places = "layer 1", "layer 3", "the inner Sequential", "the last layer"
    expect_apart(model, inner)
    for learning_rate in (0.7, 0.2):
        starts = [(layer.weights.copy(), layer.biases.copy()) for layer in linears]
        gradients = [draw(rng, (3, 3), (3,)) for _ in linears]
        for layer, (grad_weights, grad_biases) in zip(linears, gradients, strict=True):
            layer.grad_weights, layer.grad_biases = grad_weights, grad_biases
        model.update_params(learning_rate)
        gone = "update_params changes self.layers: all layers have to stay."
        expect(list(model.layers) == layers, gone)
        for number, place in enumerate(places):
            for i, name in enumerate(("weights", "biases")):
                start, gradient = starts[number][i], gradients[number][i]
                got = getattr(linears[number], name)
                case = candidates.mlp.update(
                    **{"start": start, "gradient": gradient, "count": len(layers)},
                    learning_rate=learning_rate,
                    other_gradient=gradients[number - 1][i],
                )
                expected = start - learning_rate * gradient
                same(f"{name} of {place}", got, expected, case)
    once = "expected one call of its update_params for each update, with the rate"
    expect(rates == [0.7, 0.2], f"a layer of another class: {once}, got {rates}.")
    one.grad_weights = np.ones((2, 5))  # as if something had gone wrong before
    what = "update_params, when a layer raises an error (which is not to be caught)"
    raises(what, ValueError, Sequential([one]).update_params, 0.5)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_sequential_update", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("sequential_update")  # test_sequential_update, 2 points
### BEGIN HIDDEN TESTS
import numpy as np
from parts import Linear, Tanh

from helpers import candidates
from helpers.checks import draw, expect, graded, raises, same


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
    for d, m in ((4, 4), (3, 2), (1, 5)):
        starts = [draw(rng, (m, d), (m,)) for _ in range(5)]
        gradients = [draw(rng, (m, d), (m,)) for _ in range(5)]
        linears = [Linear(d, m, *values) for values in starts]
        one, two, three, four, untouched = linears
        for layer, (grad_weights, grad_biases) in zip(linears, gradients, strict=True):
            layer.grad_weights, layer.grad_biases = grad_weights, grad_biases
        diary, inner = Diary(), Diary()
        nested = Sequential([three, Sequential([inner, Tanh()])])
        layers = [one, Tanh(), diary, two, nested, Tanh(), four]
        model = Sequential(layers)
        shared = list(model.layers) == list(nested.layers)
        expect(not shared, "Two networks share their layers: each keeps its own.")
        Sequential([untouched])
        rates = (0.1, 0.03, 1.7)
        for step, learning_rate in enumerate(rates, start=1):
            before = [(layer.weights.copy(), layer.biases.copy()) for layer in linears]
            model.update_params(learning_rate)
            gone = "update_params changes self.layers: all layers have to stay."
            expect(list(model.layers) == layers, gone)
            for number, layer in enumerate(linears[:4], start=1):
                for i, name in enumerate(("weights", "biases")):
                    start, gradient = before[number - 1][i], gradients[number - 1][i]
                    case = candidates.mlp.update(
                        **{"start": start, "gradient": gradient, "count": len(layers)},
                        learning_rate=learning_rate,
                        other_gradient=gradients[:4][number - 2][i],
                    )
                    what = f"{name} of linear layer {number}, step {step}"
                    expected = start - learning_rate * gradient
                    same(what, getattr(layer, name), expected, case)
        same("weights of another network", untouched.weights, starts[4][0])
        for label, book in (("a layer", diary), ("a layer of an inner one", inner)):
            expect(
                book.learning_rates == list(rates),
                f"{label} of another class: expected one call of its update_params for "
                f"each update, with the rates {list(rates)}, got {book.learning_rates}.",
            )
    single = Linear(1, 1, [[5.0]], [1.0])
    single.grad_weights, single.grad_biases = np.array([[2.0]]), np.array([4.0])
    Sequential([single]).update_params(0.5)
    same("weights, one layer", single.weights, [[4.0]])
    Sequential([Tanh()]).update_params(0.5)
    single = Linear(3, 2)
    single.grad_weights, single.grad_biases = np.ones((2, 5)), np.ones(2)
    what = "update_params, when a layer raises an error (which is not to be caught)"
    raises(what, ValueError, Sequential([single]).update_params, 0.5)


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
