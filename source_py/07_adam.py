# %% [markdown]
# # 07 · Better steps: momentum and Adam
#
# **What you'll do.** Build three optimisers: plain gradient descent (`SGD`), gradient descent with `Momentum`, and
# `Adam`. Let them race on a surface. Then train your digit reader again, and get it above 98 %.
#
# **What you'll learn.** Which problem each of the three solves; what an optimiser has to remember; why Adam's
# first steps need a correction; how to choose a learning rate, and how to let it fall.
#
# **What you need.** Notebooks 01 to 06 (what they built comes along in `parts.py`). About 90 minutes.

# %%
import itertools
import math

import numpy as np
from parts import Linear, ReLU

from helpers import candidates, data, live, plots
from helpers.carry import carry
from helpers.checks import attempt, check, expect, ready, same, summary, unchanged

# %% [markdown]
# ## What an optimiser does
#
# So far each layer moved its own parameters, in `update_params`. From now on that is the business of an
# *optimiser*. It is given the layers once. After each `backward` you call its `step()`, and it moves every
# parameter of every layer, by the gradient that the layer holds and by what the optimiser itself remembers of
# earlier steps. Layers stay as they are.
#
# The parameters of a layer are called `weights` and `biases`, and their gradients `grad_weights` and
# `grad_biases`. Some layers, such as `ReLU`, have none. The function `parameters` below is given, so that you need
# not think about that: it returns a list of pairs, a layer and the name of one of its parameters. With such a pair
# in hand,
#
# | you write | and get |
# | --- | --- |
# | `getattr(layer, name)` | the parameter: for `"weights"` the same as `layer.weights` |
# | `getattr(layer, "grad_" + name)` | its gradient, the same as `layer.grad_weights` |
# | `setattr(layer, name, values)` | what `layer.weights = values` does |
#
# Four rules hold for all three optimisers:
#
# 1. What they remember, they remember **for each parameter on its own**.
# 2. Ask the layer for its arrays **at each step**. `backward` makes new gradients each time, and somebody may give
#    a layer new weights.
# 3. Use `self.learning_rate` **as it stands at each step**: it may be changed from outside, between two steps.
# 4. Gradients are not changed, and may be whole numbers; parameters in float32 stay float32.

# %% [markdown]
# ### Exercise 7.1 · Gradient descent
#
# **Do** fill in `step` of `SGD`. The constructor is given.
#
# **Why** it does what `update_params` did, so you can see the shape of an optimiser before the others add anything
# to it. SGD stands for stochastic gradient descent: *stochastic* because each minibatch shows the slope of a
# randomly drawn part of the data.
#
# *10 minutes · difficulty 1 of 5*

# %% [markdown]
# $$w \leftarrow w - \eta\, g$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $w$ | one parameter, `getattr(layer, name)` | any |
# | $g$ | its gradient, `getattr(layer, "grad_" + name)` | like the parameter |
# | $\eta$ | `self.learning_rate` | a number |
#
# You may change the array in place (`values -= ...`) or give the layer a new one (`setattr`). Beware of
# `values = values - ...`: it gives a new array to your local name, and the layer never hears of it.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "sgd", "locked": false, "schema_version": 3, "solution": true, "task": false}
def parameters(layers):
    """Return a pair (layer, name) for each parameter that the layers have."""
    names = ("weights", "biases")
    return [(layer, name) for layer in layers for name in names if hasattr(layer, name)]


class SGD:
    """Gradient descent: w = w - learning_rate * gradient."""

    def __init__(self, layers, learning_rate):
        """Keep the parameters of the layers, and how far to step."""
        self.parameters = parameters(layers)
        self.learning_rate = learning_rate

    def step(self):
        """Move every parameter one step against its gradient."""
        ### BEGIN SOLUTION
        for layer, name in self.parameters:
            values = getattr(layer, name)
            values -= self.learning_rate * getattr(layer, "grad_" + name)
        ### END SOLUTION


# %% [markdown]
# **Try it.** Weights (1, 2) with the gradient (3, 4), bias 0.5 with the gradient 11, learning rate 0.1. One step
# leads to (0.7, 1.6) and -0.6, as it did in notebook 01.

# %%
with attempt():
    neuron = Linear(2, 1, initial_weights=[[1.0, 2.0]], initial_biases=[0.5])
    neuron.grad_weights, neuron.grad_biases = np.array([[3.0, 4.0]]), np.array([11.0])
    SGD([neuron, ReLU()], learning_rate=0.1).step()
    print(neuron.weights, neuron.biases)  # [[0.7 1.6]] [-0.6]

# %% [markdown]
# **Check it.** `check_first_move` and `check_rules` are given, and all three checks use them. They hold layers side
# by side that see the same gradients, and look at the rules above. They do not know how your optimiser steps.


# %% deletable=false editable=false
def take_step(optimiser, layer, slope):
    """Let a layer take one step with these gradients; return how far down it goes."""
    layer.grad_weights, layer.grad_biases = slope.copy(), 3 - slope
    before = layer.weights.copy()
    with unchanged(grad_weights=layer.grad_weights, grad_biases=layer.grad_biases):
        optimiser.step()
    case = candidates.adam.gradients()
    same("grad_weights after a step", layer.grad_weights, slope, case)
    came = f"The weights are no array any more, but a {type(layer.weights).__name__}."
    expect(isinstance(layer.weights, np.ndarray), came)
    came = f"The weights have become an array of shape {layer.weights.shape}"
    expect(layer.weights.shape == before.shape, f"{came}, not {before.shape}.")
    return before - layer.weights


def take_steps(optimiser, layer, slopes):
    """Take a step with each row of gradients; return the moves, a row a step."""
    return np.array([take_step(optimiser, layer, np.c_[s]).ravel() for s in slopes])


# %% deletable=false editable=false
def check_first_move(build):
    """Check the first step of two optimisers that begin alike."""
    ones, slope = np.ones((2, 1), np.float32), np.array([[1], [-0.5]], np.float32)
    first, second = (Linear(1, 2, ones, ones) for _ in range(2))
    one, two = build([first]), build([ReLU(), second])
    second.grad_weights, second.grad_biases = ones.copy(), ones.copy()
    move = take_step(one, first, slope)
    came = "The step of one optimiser moves the layer of another"
    expect((second.weights == ones).all(), f"{came}: does each keep its own layers?")
    if not np.isfinite(move).all():
        return  # a check that knows the rule can say more
    alike = abs(take_step(two, second, slope) - move).max() < 1e-6
    came = "Two optimisers began alike and saw the same gradients, but one step took"
    came = f"{came} them to different weights"
    expect(alike, f"{came}: does each keep what it remembers on `self`?")
    late = take_step(one, first, slope).any() and not move.any()
    came = "The first step moves no weight, the second does"
    expect(not late, f"{came}: is the memory brought up to date before it is used?")
    expect(move.any(), "No weight moved. Does the layer hear of it?")
    up, down = (1 - move).ravel()  # from 1, with gradients of 1 and -0.5
    came = f"Gradients 1 and -0.5 moved two weights from 1 to {up:g} and {down:g}."
    expect(not down < 1 < up, f"{came} That is uphill: look at the sign.")
    came = f"float32 weights have become {first.weights.dtype}. Is a number np.float64?"
    expect(move.dtype == np.float32, f"{came} float() makes it a plain one.")


# %% deletable=false editable=false
def check_rules(build, **betas):
    """Check what holds for every optimiser; build(layers) makes one."""
    ones = np.ones((2, 1), np.float32)
    plain, renewed, slowed = (Linear(1, 2, ones, ones) for _ in range(3))
    one, two, three = (build([ReLU(), layer]) for layer in (plain, renewed, slowed))
    for step in (1, 2, 3):
        slope, start = np.array([[step], [-0.5]], np.float32), plain.weights.copy()
        move = take_step(one, plain, slope)
        if not np.isfinite(move).all():
            return
        if step > 1:
            renewed.weights, three.learning_rate = renewed.weights.copy(), 0.15
            slowed.weights[...] = start
            fresh = Linear(1, 2, start, ones)
            given = {"begun": take_step(build([fresh]), fresh, slope), **betas}
            case = candidates.adam.rules(renewed=move, **given)
            name = f"moves of a layer that was given a new array, step {step}"
            same(name, take_step(two, renewed, slope), move, case)
            case = candidates.adam.rules(halved=move, **given)
            name = f"moves with half the learning rate, from step 2 on, step {step}"
            same(name, take_step(three, slowed, slope), move / 2, case)
        else:
            take_step(two, renewed, slope)
            take_step(three, slowed, slope)


# %% deletable=false editable=false
def check_neighbours(build, move, mistakes, **given):
    """Check the first step of four parameters; move(gradient) is how far each goes."""
    start = np.array([[2.5], [-3.5]])
    first, last = (Linear(1, 2, start, start) for _ in range(2))
    optimiser = build([first, ReLU(), last])
    places = [(la, name) for la in (first, last) for name in ("weights", "biases")]
    slopes = [np.c_[s] for s in ([3.0, -1.0], [0.5, 4.0], [-2.0, 7.0], [5.0, -6.0])]
    for (layer, name), slope in zip(places, slopes, strict=True):
        setattr(layer, f"grad_{name}", slope.copy())
    optimiser.step()
    for i, (layer, name) in enumerate(places):
        case = mistakes(
            **{"start": start, "gradient": slopes[i], "other": slopes[i ^ 1]},
            **({"neighbour": slopes[i - 1], "counted": i + 1} if i else {}),
            **({"namesake": slopes[i - 2]} if i > 1 else {}),
            **given,
        )
        what = f"{name} of layer {1 + i // 2}, after the first of its steps"
        same(what, getattr(layer, name), start - move(slopes[i]), case, rtol=1e-6)


# %% deletable=false editable=false
@check
def check_sgd():
    check_first_move(lambda layers: SGD(layers, learning_rate=0.3))
    starts = [np.c_[[1.0, -3.0, 4.0]], np.c_[[0.5, -2.0, 1.5]]]
    first, last = Linear(1, 3, *starts), Linear(1, 3, *starts[::-1])
    optimiser = SGD([first, ReLU(), last], learning_rate=0.25)
    places = [(la, name) for la in (first, last) for name in ("weights", "biases")]
    slopes = np.array([[3, -2, 0.4], [11, -4, 2], [10, -6, 2.4], [-1, 5, 8]])
    moves = [[0.75, -0.5, 0.1], [2.75, -1, 0.5], [2.5, -1.5, 0.6], [-0.25, 1.25, 2]]
    moves, first_slopes = np.array(moves), slopes
    for step, learning_rate, part in ((1, 0.25, 1), (2, 0.3, 1.2)):
        optimiser.learning_rate = learning_rate
        before = [getattr(*place).copy() for place in places]
        for (layer, name), slope in zip(places, slopes, strict=True):
            setattr(layer, f"grad_{name}", np.c_[slope])
        optimiser.step()
        for i, (layer, name) in enumerate(places):
            case = candidates.adam.sgd(
                **{"start": before[i], "learning_rate": learning_rate, "t": step},
                **{"gradient": np.c_[slopes[i]], "other": np.c_[slopes[i ^ 1]]},
                **{"still": before[i], "first_gradient": np.c_[first_slopes[i]]},
                first_rate=0.25,
                earlier=(step - 1) * np.c_[first_slopes[i]],
            )
            what = f"{name} of layer {1 + i // 2}, step {step}"
            expected = before[i] - part * np.c_[moves[i]]
            same(what, getattr(layer, name), expected, case)
        slopes, moves = slopes[:, ::-1], moves[:, ::-1]  # other gradients next time
    check_rules(lambda layers: SGD(layers, learning_rate=0.3))


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_sgd", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("sgd")  # test_sgd, 1 point
### BEGIN HIDDEN TESTS
import numpy as np
from parts import Linear, ReLU

from helpers import candidates
from helpers.checks import expect, graded, same, unchanged


@graded
def test_sgd():
    for shapes, dtype in (
        ([(3, 2)] * 4, "f8"),
        ([(5, 3), (5,), (2, 5), (2,)], "f8"),
        ([(7, 4), (7,), (1, 7), (1,)], "f4"),
        ([(4, 4), (4,), (4, 4), (4,)], "whole"),
    ):
        rng = np.random.default_rng(701)
        kind = "f8" if dtype == "whole" else dtype
        first, last, elsewhere = (Linear(1, 1) for _ in range(3))
        places = [(la, name) for la in (first, last) for name in ("weights", "biases")]
        for (layer, name), shape in zip(places, shapes, strict=True):
            setattr(layer, name, rng.normal(size=shape).astype(kind))
        optimiser, _ = SGD([first, ReLU(), last], 0.4), SGD([elsewhere], 0.4)
        kept = elsewhere.weights.copy()
        elsewhere.grad_weights, elsewhere.grad_biases = np.ones((1, 1)), np.ones(1)
        earlier, first_gradients = [0.0] * 4, []
        for step, learning_rate in enumerate((0.4, 0.3, 0.03, 1.7), start=1):
            optimiser.learning_rate = learning_rate
            starts, gradients = [], []
            for (layer, name), shape in zip(places, shapes, strict=True):
                gradient = 2 * rng.normal(size=shape)
                whole = dtype == "whole"
                gradient = np.rint(gradient).astype(int) if whole else gradient
                gradients.append(gradient if whole else gradient.astype(kind))
                starts.append(getattr(layer, name).copy())
                setattr(layer, f"grad_{name}", gradients[-1].copy())
                if step > 1:
                    setattr(layer, name, starts[-1].copy())
            first_gradients = first_gradients or gradients
            held = {
                f"grad_{name} of layer {1 + i // 2}": getattr(layer, f"grad_{name}")
                for i, (layer, name) in enumerate(places)
            }
            with unchanged(**held):
                optimiser.step()
            came = "The step of one optimiser moves the layer of another"
            alone = np.array_equal(elsewhere.weights, kept)
            expect(alone, f"{came}: does each keep its own layers?")
            for i, (layer, name) in enumerate(places):
                what = f"{name} of layer {1 + i // 2}, {dtype}, step {step}"
                came = getattr(layer, f"grad_{name}")
                case = candidates.adam.gradients()
                same(f"grad_{what}, after it", came, gradients[i], case)
                case = candidates.adam.sgd(
                    **{"rebound" if step > 1 else "still": starts[i]},
                    **{"start": starts[i], "gradient": gradients[i]},
                    **{"other": gradients[i ^ 1], "earlier": earlier[i]},
                    first_gradient=first_gradients[i],
                    **{"learning_rate": learning_rate, "first_rate": 0.4, "t": step},
                )
                expected = starts[i].astype(float) - learning_rate * gradients[i]
                same(what, getattr(layer, name), expected.astype(kind), case)
                earlier[i] = earlier[i] + gradients[i]


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Over what do you loop? What do you need of each pair?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# For each pair in `self.parameters`: get the parameter, get its gradient, move the parameter.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `values = getattr(layer, name)` is the layer's own array, not a copy. `values -= ...` changes it where it lies,
# and needs no `setattr`.
# </details>

# %% [markdown]
# ## A surface to walk on
#
# Two numbers make a landscape that you can see. `Point` is a layer whose weight and bias are the coordinates $x$
# and $y$ of a point, and your optimisers cannot tell it from any other layer. The landscape is a ravine:
#
# $$f(x, y) = \frac{x^2}{20} + y^2$$
#
# At the same distance from the bottom it is 20 times as steep across, in $y$, as along, in $x$. The losses of
# networks that were measured look like that: strongly curved in a few directions, nearly flat in most (Sagun and
# others, 2017).


# %%
class Point:
    """A layer with two numbers: where a walker stands, weights = x and biases = y."""

    def __init__(self, x, y):
        self.weights, self.biases = np.array([float(x)]), np.array([float(y)])

    def look_around(self, slope):
        """Take the gradient of the surface here."""
        grad_x, grad_y = slope(self.weights.item(), self.biases.item())
        self.grad_weights, self.grad_biases = np.array([grad_x]), np.array([grad_y])

    def place(self):
        """Return (x, y)."""
        return self.weights.item(), self.biases.item()


def ravine(x, y):
    return x**2 / 20 + y**2


def ravine_slope(x, y):
    return x / 10, 2 * y


# %%
def race(walkers, surface, slope, *, steps, xlim, ylim):
    """Let (point, optimiser) pairs walk at the same time; print where they end."""
    board = live.Board(live.Paths(surface, xlim, ylim, list(walkers)), pace=0.03)
    with board:
        board.update(
            paths={name: point.place() for name, (point, _) in walkers.items()}
        )
        for _ in range(steps):
            for point, optimiser in walkers.values():
                point.look_around(slope)
                optimiser.step()
            board.update(
                paths={name: point.place() for name, (point, _) in walkers.items()}
            )
    for name, (point, _) in walkers.items():
        print(f"{name:<12} height {surface(*point.place()):.2g}")


# %% [markdown]
# **Predict, then run.** Three walkers start at (-9, 1.5), with learning rates of 0.05, 0.9 and 1.02. Who is the
# lowest after 50 steps? Who moves in which direction? (Across the ravine one step multiplies $y$ by $1 - 2 \eta$.)

# %%
with attempt():
    walkers = {}
    for learning_rate in (0.05, 0.9, 1.02):
        point = Point(-9, 1.5)
        walkers[f"SGD {learning_rate}"] = point, SGD([point], learning_rate)
    race(walkers, ravine, ravine_slope, steps=50, xlim=(-10, 3), ylim=(-4, 4))

# %% [markdown]
# ## Memory of a direction
#
# That is the dilemma of plain gradient descent. The steepest direction limits the learning rate: beyond 1 it flies
# off. And with that learning rate it crawls along the ravine, while it swings from wall to wall.
#
# Look at the gradients on the way: across the ravine their sign changes at each step, along it they always point
# the same way. So *add them up*: what swings cancels, what agrees grows. That is momentum, the way a heavy ball
# rolls (Polyak, 1964). A fraction $\mu$ of the old velocity stays at each step, so that what is long ago fades.
#
# ### Exercise 7.2 · Momentum
#
# **Do** fill in `Momentum`: in the constructor, whatever it has to remember from the start; then `step`.
#
# **Why** one line more than SGD, and the ravine loses its terror. Networks that recognise images are often trained
# with it to this day.
#
# *15 minutes · difficulty 2 of 5*

# %% [markdown]
# $$v \leftarrow \mu\, v + g \qquad\qquad w \leftarrow w - \eta\, v$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $v$, at the start 0 | the velocity, one for each parameter; its name is up to you | like the parameter |
# | $\mu$ | `self.momentum` | a number, usually 0.9 |
# | $g$, $w$, $\eta$ | as in `SGD` | |
#
# If the gradient stays at $g$, the velocity grows to $g + \mu g + \mu^2 g + \dots = g / (1 - \mu)$: ten times the
# gradient for $\mu = 0.9$. So the learning rate has to be smaller than the one of SGD. (Some books write
# $(1 - \mu)\, g$ instead, or put $\eta$ into the velocity. Those are other conventions; the checks hold you to
# this one.)
#
# If nothing has to be prepared in the constructor, delete the line that raises `NotImplementedError` there.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "momentum", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Momentum:
    """Gradient descent with momentum (Polyak, 1964): steps along a velocity."""

    def __init__(self, layers, learning_rate, momentum=0.9):
        """Keep the parameters of the layers; every velocity starts at 0."""
        self.parameters = parameters(layers)
        self.learning_rate = learning_rate
        self.momentum = momentum
        ### BEGIN SOLUTION
        self.velocities = [
            np.zeros_like(getattr(layer, name)) for layer, name in self.parameters
        ]
        ### END SOLUTION

    def step(self):
        """Update every velocity, and move every parameter along it."""
        ### BEGIN SOLUTION
        for (layer, name), velocity in zip(
            self.parameters, self.velocities, strict=True
        ):
            velocity *= self.momentum
            velocity += getattr(layer, "grad_" + name)
            values = getattr(layer, name)
            values -= self.learning_rate * velocity
        ### END SOLUTION


# %% [markdown]
# **Try it.** One parameter, 0 at the start, a gradient that is always 1, $\mu = 0.5$ and $\eta = 1$. The velocity
# becomes 1, then 1.5, then 1.75. So the parameter goes to -1, -2.5, -4.25.

# %%
with attempt():
    point = Point(0, 0)
    optimiser = Momentum([point], learning_rate=1.0, momentum=0.5)
    for _ in range(3):
        point.look_around(lambda x, y: (1.0, 0.0))
        optimiser.step()
        print(point.weights)  # [-1.] [-2.5] [-4.25]

# %% [markdown]
# **Check it.** Two weights start at 0, again with $\mu = 0.5$ and $\eta = 1$. The first sees the gradients 1, 1, 1 of the
# example, the second 0, 4, 0. Work out on paper where the second goes.


# %% deletable=false editable=false
@check
def check_momentum():
    check_first_move(lambda layers: Momentum(layers, learning_rate=0.3))
    layer = Linear(1, 2, initial_weights=[[0.0], [0.0]])
    del layer.biases  # one parameter, and no other
    optimiser = Momentum([ReLU(), layer], learning_rate=1.0, momentum=0.5)
    slopes = np.array([[1, 0], [1, 4], [1, 0]])  # what each of the two weights sees
    moves = take_steps(optimiser, layer, slopes)
    places = ", ".join(f"{place:.4g}" for place in -np.cumsum(moves[:, 0]))
    name = f"moves of two weights, a row a step (the first one went to {places})"
    given = {"gradients": slopes, "rates": np.ones((3, 1)), "t": np.c_[[1, 2, 3]]}
    case = candidates.adam.momentum(momentum=0.5, **given)
    same(name, moves, [[1.0, 0.0], [1.5, 4.0], [1.75, 2.0]], case)
    check_neighbours(
        lambda layers: Momentum(layers, learning_rate=1.0, momentum=0.5),
        lambda gradient: gradient,
        candidates.adam.momentum_of_many,
        learning_rate=1.0,
        momentum=0.5,
    )
    check_rules(lambda layers: Momentum(layers, learning_rate=0.3))


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_momentum", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("momentum")  # test_momentum, 3 points
### BEGIN HIDDEN TESTS
import numpy as np
from parts import Linear, ReLU

from helpers import candidates
from helpers.checks import expect, graded, same, unchanged


def right(gradients, rates, momentum, wrong=""):
    """Return the move of every step; `wrong` names a mistake to make."""
    velocity, moves = 0.0, []
    every = int(wrong.split()[-1]) if "after" in wrong else 99
    for step, (gradient, rate) in enumerate(zip(gradients, rates, strict=True)):
        is_new = step > 0 and rate != rates[step - 1]
        forgets = (is_new and "new rate" in wrong) or step % every == 0
        within = rate if wrong in ("rate in the velocity", "rate in both") else 1.0
        velocity = (0.0 if forgets else momentum) * velocity + within * gradient
        if wrong == "cut":
            velocity = np.trunc(velocity)
        moves.append(velocity if wrong == "rate in the velocity" else rate * velocity)
    return np.array(moves)


def twins(build):
    """Compare the first step of two optimisers that begin alike."""
    ones, slope = np.ones((2, 3)), np.array([[1.0, -2, 3], [-4, 5, -6]])
    first, second = (Linear(3, 2, ones, ones) for _ in range(2))
    one, two = build([first]), build([second])
    for layer in (first, second):
        layer.grad_weights, layer.grad_biases = slope.copy(), 7 - slope
    one.step()
    came = f"The weights are no array any more, but a {type(first.weights).__name__}."
    expect(isinstance(first.weights, np.ndarray), came)
    came = "The step of one optimiser moves the layer of another"
    alone = np.array_equal(second.weights, ones)
    expect(alone, f"{came}: does each keep its own layers?")
    two.step()
    came = "Two optimisers began alike and saw the same gradients, but one step took"
    came = f"{came} them to different weights"
    alike = np.array_equal(first.weights, second.weights, equal_nan=True)
    expect(alike, f"{came}: does each keep what it remembers on `self`?")


def follow(shape, dtype, momentum):
    """Compare all moves of one parameter with sums over all gradients so far."""
    rng = np.random.default_rng(702)
    kind = "f8" if dtype == "whole" else dtype
    rates = np.c_[[0.5] * 4 + [0.2] * 3 + [0.7] * 5]
    layer = Linear(1, 1)
    del layer.biases
    layer.weights = rng.normal(size=shape).astype(kind)
    optimiser = Momentum([layer], 0.5, momentum)
    gradients = 2 * rng.normal(size=(len(rates), *shape))
    if dtype == "whole":
        gradients = np.rint(gradients).astype(int)
    moves = []
    for gradient, rate in zip(gradients, rates[:, 0], strict=True):
        if optimiser.learning_rate != rate:
            optimiser.learning_rate = float(rate)
        layer.grad_weights = gradient if dtype == "whole" else gradient.astype(kind)
        before, given = layer.weights.copy(), layer.grad_weights.copy()
        with unchanged(grad_weights=layer.grad_weights):
            optimiser.step()
        case = candidates.adam.gradients()
        same("grad_weights after a step", layer.grad_weights, given, case)
        moves.append((before - layer.weights).ravel())
    gradients = gradients.reshape(len(rates), -1)

    def right_with(momentum=momentum, wrong=""):
        if wrong == "cut" and dtype != "whole":
            return None
        return right(gradients, rates, momentum, wrong)

    given = {"gradients": gradients, "rates": rates, "momentum": momentum}
    given |= {"right": right_with, "t": np.c_[1 : len(rates) + 1]}
    name = f"moves of one parameter, a row a step, {dtype}, momentum {momentum}"
    case = candidates.adam.momentum(**given)
    same(name, np.array(moves), right_with().astype(kind), case)


def walk(shapes, dtype, momentum):
    """Compare every parameter of several layers after every step."""
    rng = np.random.default_rng(703)
    first, last = Linear(1, 1), Linear(1, 1)
    places = [(la, name) for la in (first, last) for name in ("weights", "biases")]
    for (layer, name), shape in zip(places, shapes, strict=True):
        setattr(layer, name, rng.normal(size=shape).astype(dtype))
    optimiser = Momentum([first, ReLU(), last], 0.5, momentum)
    seen = [[] for _ in places]
    for step, rate in enumerate((0.5, 0.5, 0.1, 0.7), start=1):
        optimiser.learning_rate = rate
        for (layer, name), gradients, shape in zip(places, seen, shapes, strict=True):
            gradients.append(rng.normal(size=shape).astype(dtype))
            setattr(layer, f"grad_{name}", gradients[-1].copy())
            if step > 1:
                setattr(layer, name, getattr(layer, name).copy())
        starts = [getattr(*place).copy() for place in places]
        optimiser.step()
        for i, (layer, name) in enumerate(places):
            now = seen[i][-1]
            what = f"{name} of layer {1 + i // 2}, {dtype}, step {step}"
            came, case = getattr(layer, f"grad_{name}"), candidates.adam.gradients()
            same(f"grad_{what}, after it", came, now, case)
            given = {"rebound": starts[i], "lost": starts[i] - rate * now}
            if step == 1:
                given = {"start": starts[i], "gradient": now, "other": seen[i ^ 1][-1]}
                given |= {"neighbour": seen[i - 1][-1]} if i else {}
                given |= {"namesake": seen[i - 2][-1]} if i > 1 else {}
            case = candidates.adam.momentum_of_many(
                **given, learning_rate=rate, momentum=momentum
            )
            move = right(seen[i], [rate] * step, momentum)[-1]
            expected = (starts[i] - move).astype(dtype)
            same(what, getattr(layer, name), expected, case)


def expect_given_default():
    """See that momentum is 0.9 where it is not given, as `__init__` says."""
    first, second = (Linear(2, 1, [[1.0, -2.0]], [0.5]) for _ in range(2))
    optimisers = Momentum([first], 0.5), Momentum([second], 0.5, 0.9)
    for gradient in ([[1.0, 2.0]], [[-3.0, 0.5]]):
        for layer, optimiser in zip((first, second), optimisers, strict=True):
            layer.grad_weights, layer.grad_biases = np.array(gradient), np.ones(1)
            optimiser.step()
    same("weights where momentum is left to be 0.9", first.weights, second.weights)


@graded
def test_momentum():
    twins(lambda layers: Momentum(layers, 0.5))
    follow((2, 3), "f8", 0.8)
    follow((7,), "f8", 0.5)
    follow((4, 4), "f8", 0.0)
    follow((5, 2), "f4", 0.9)
    follow((3, 5), "whole", 0.9)
    walk([(3, 2)] * 4, "f8", 0.8)
    walk([(5, 3), (5,), (2, 5), (2,)], "f8", 0.9)
    walk([(7, 4), (7,), (1, 7), (1,)], "f4", 0.9)
    expect_given_default()


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# How many velocities are there, and which shape does each of them have? Who keeps them from one `step` to the
# next?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# In the constructor, a list with an array of zeros for each pair in `self.parameters`. In `step`, walk through
# pairs and velocities together: `for (layer, name), velocity in zip(...)`.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `velocity *= self.momentum` and `velocity += ...` change the array that is in the list. With `velocity = ...` you
# would have to put the result back into the list. Then move the parameter as in `SGD`, with the velocity in place
# of the gradient.
# </details>

# %% [markdown]
# **Predict, then run.** SGD with a good learning rate against Momentum with a smaller one. Does momentum swing
# less, or more, in its first steps? Does it stop at the lowest point?

# %%
with attempt():
    slow, fast = Point(-9, 1.5), Point(-9, 1.5)
    walkers = {
        "SGD": (slow, SGD([slow], 0.9)),
        "Momentum": (fast, Momentum([fast], 0.2, momentum=0.8)),
    }
    race(walkers, ravine, ravine_slope, steps=60, xlim=(-10, 3), ylim=(-2, 2))

# %% [markdown]
# ## A scale for each parameter
#
# Momentum helps with the swinging, but there is still *one* learning rate for all parameters, and gradients in a
# network differ by factors of thousands: between layers, between a pixel that is nearly always white and one in
# the middle. What is a good step for one of them is far too large, or far too small, for another.
#
# Adam (Kingma and Ba, 2015) gives each single number its own scale. It remembers two running means: of the
# gradient, $m$, which is a momentum; and of its *square*, $v$, which says how large the gradients of this number
# usually are. Then it steps by $m / \sqrt{v}$. Multiply all gradients of one parameter by 1000, and nothing
# changes: $m$ and $\sqrt{v}$ both grow by 1000. What is left is a number around 1 or -1 when the gradients agree,
# around 0 when they do not, and the learning rate tells directly how far a step goes.
#
# Running means that start at 0 have a flaw. Here are their first values for a gradient that is always 1, with the
# usual $\beta_1 = 0.9$ and $\beta_2 = 0.999$:
#
# | step $t$ | $m$ | $v$ | $m/\sqrt{v}$ | $\hat m = m / (1 - \beta_1^t)$ | $\hat v = v / (1 - \beta_2^t)$ | $\hat m/\sqrt{\hat v}$ |
# | --- | --- | --- | --- | --- | --- | --- |
# | 1 | 0.1 | 0.001 | 3.16 | 1 | 1 | 1 |
# | 2 | 0.19 | 0.001999 | 4.25 | 1 | 1 | 1 |
# | 10 | 0.651 | 0.00996 | 6.53 | 1 | 1 | 1 |
# | 1000 | 1 | 0.632 | 1.26 | 1 | 1 | 1 |
#
# Both means should be 1 from the start. They are too small, since they began at 0, and $v$ by far more than $m$:
# so the first ten steps would be three to six times too long, just when the network knows least. After $t$ steps the
# weights of the gradients in $m$ have the sum $1 - \beta_1^t$, not 1. Dividing by that sum is the *bias
# correction*.

# %% [markdown]
# ### Exercise 7.3 · Adam
#
# **Do** fill in `Adam`: the state in the constructor, then `step`.
#
# **Why** Adam is what many people try first, because its default values often work. When more than a dozen optimisers
# were compared, none was clearly better on all the problems (Schmidt, Schneider and Hennig, 2021).
#
# *30 minutes · difficulty 4 of 5*

# %% [markdown]
# At each step $t \leftarrow t + 1$, and for every parameter
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad\qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2$$
#
# $$\hat m = \frac{m}{1 - \beta_1^t} \qquad\qquad \hat v = \frac{v}{1 - \beta_2^t} \qquad\qquad
# w \leftarrow w - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $t$, at the start 0 | number of steps so far, one count for the whole optimiser | a number |
# | $m$, $v$, at the start 0 | running means, a pair for each parameter | like the parameter |
# | $\hat m$, $\hat v$ | corrected for this step; $m$ and $v$ themselves stay uncorrected | like the parameter |
# | $\beta_1$, $\beta_2$ | `self.beta1`, `self.beta2` | numbers |
# | $\epsilon$ | `self.eps`, added to the root, not under it | a number |
#
# All products, squares and roots go entry by entry. $\epsilon$ keeps a parameter whose gradient has always been 0
# from dividing 0 by 0: it stays where it is. (This is algorithm 1 of the paper. The faster form at the end of its
# section 2, which puts both corrections into the learning rate, is accepted too.)


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "adam", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Adam:
    """Adam (Kingma and Ba, 2015, algorithm 1): a scale for each parameter."""

    def __init__(self, layers, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        """Keep the parameters of the layers; all running means start at 0."""
        self.parameters = parameters(layers)
        self.learning_rate = learning_rate
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        ### BEGIN SOLUTION
        self.t = 0
        arrays = [getattr(layer, name) for layer, name in self.parameters]
        self.means = [np.zeros_like(array) for array in arrays]
        self.squares = [np.zeros_like(array) for array in arrays]
        ### END SOLUTION

    def step(self):
        """Update the running means, and move every parameter."""
        ### BEGIN SOLUTION
        self.t += 1
        m_sum = 1 - self.beta1**self.t  # the sum of the gradients' weights in m
        v_sum = 1 - self.beta2**self.t
        for (layer, name), m, v in zip(
            self.parameters, self.means, self.squares, strict=True
        ):
            gradient = getattr(layer, "grad_" + name)
            m *= self.beta1
            m += (1 - self.beta1) * gradient
            v *= self.beta2
            v += (1 - self.beta2) * gradient**2
            root = np.sqrt(v / v_sum)
            values = getattr(layer, name)
            # dividing the learning rate by m_sum is cheaper than dividing all of m
            values -= self.learning_rate / m_sum * m / (root + self.eps)
        ### END SOLUTION


# %% [markdown]
# **Try it.** Two parameters with gradients of 1 and 0.001, always the same. Both move by the learning rate at each
# step: to -0.1, -0.2, -0.3.

# %%
with attempt():
    point = Point(0, 0)
    optimiser = Adam([point], learning_rate=0.1)
    for _ in range(3):
        point.look_around(lambda x, y: (1.0, 0.001))
        optimiser.step()
        print(point.weights, point.biases)  # nearly [-0.1] [-0.1], then -0.2, -0.3

# %% [markdown]
# **Check it.** With $\beta_1 = 0.5$ and $\beta_2 = 0.75$ the numbers can be worked out on paper. The gradients of
# the three steps are 1, 0, -1, and the learning rate is 1. The first step is 1. In the second $\hat m = 1/3$ and
# $\hat v = 3/7$, which makes 0.509: the first weight, which starts at 0, is at -1 and then at -1.509. Work out the
# third step yourself if your code does not agree. Then the same again, with the two betas exchanged.


# %% deletable=false editable=false
def check_eps():
    """Check that eps is used, and where it stands, by the first step of a point."""
    for gradient, eps, low, high in ((1.0, 1.0, 0.35, 0.6), (1e-4, 1e-8, 0.99, 1.0)):
        point = Linear(1, 1, [[0.0]], [[0.0]])
        optimiser = Adam([point], learning_rate=1.0, beta2=0.5, eps=eps)
        part = take_step(optimiser, point, np.array([[gradient]])).item()
        came = f"With a gradient of {gradient:g} and eps={eps:g} the first step is"
        came = f"{came} {part:.3g}"
        expect(part < 0.99 or eps < 1, f"{came}. Is `self.eps` used?")
        expect(low < part < high, f"{came}. Is eps added to the root, not under it?")


# %% deletable=false editable=false
@check
def check_adam():
    check_first_move(lambda layers: Adam(layers, learning_rate=0.3))
    slopes, moves = np.outer([1, 0, -1], [1, -256, 0]), []  # what three weights see
    for beta1, beta2 in ((0.5, 0.75), (0.75, 0.5)):
        layer = Linear(1, 3, initial_weights=[[0.0], [3.0], [1.0]])
        del layer.biases  # one parameter, and no other
        optimiser = Adam([ReLU(), layer], 1.0, beta1, beta2)
        moves.append(take_steps(optimiser, layer, slopes))
    places = ", ".join(f"{place:.4f}" for place in -np.cumsum(moves[0][:, 0]))
    moves, slopes = np.concatenate(moves), np.concatenate([slopes, slopes])
    sentence = candidates.adam.explain_nan(moves, slopes)
    expect(sentence is None, sentence)
    name = "moves of three weights, with the betas 0.5 and 0.75, then 0.75 and 0.5,"
    name = f"{name} a row a step (the first one went to {places}, and so on)"
    right = [1.0, 0.50917507, -0.52137964, 1.0, 0.74230748, -0.22385167]
    given = {"gradients": slopes, "rates": np.ones((6, 1)), "t": np.c_[[1, 2, 3] * 2]}
    one, two = np.c_[[0.5] * 3 + [0.75] * 3], np.c_[[0.75] * 3 + [0.5] * 3]
    case = candidates.adam.adam(beta1=one, beta2=two, **given)
    same(name, moves, np.outer(right, [1, -1, 0]), case, rtol=1e-6)
    betas = {"beta1": 0.5, "beta2": 0.75}
    check_neighbours(
        lambda layers: Adam(layers, learning_rate=1.0, **betas),
        np.sign,
        candidates.adam.adam_of_many,
        **betas,
    )
    check_eps()
    check_rules(lambda layers: Adam(layers, learning_rate=0.3), beta1=0.9, beta2=0.999)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_adam", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
ready("adam")  # test_adam, 6 points
### BEGIN HIDDEN TESTS
import numpy as np
from parts import Linear, ReLU

from helpers import candidates
from helpers.checks import expect, graded, same, unchanged


def right(gradients, rates, beta1, beta2, wrong=""):
    """Return the move of every step; `wrong` names a mistake to make."""
    m, v, t, moves = 0.0, 0.0, 0, []
    every = int(wrong.split()[-1]) if "after" in wrong else 99
    for step, (gradient, rate) in enumerate(zip(gradients, rates, strict=True)):
        is_new = step > 0 and rate != rates[step - 1] and "new rate" in wrong
        if step % every == 0 or is_new:
            m, v, t = (m, v, 0) if "counts" in wrong else (0.0, 0.0, 0)
        t += 1
        old = 0.0 if wrong in ("m afresh", "gradient alone") else beta1 * m
        m = old + (1 - beta1) * gradient
        square = {"m squared": m * m, "size": abs(gradient)}.get(wrong, gradient**2)
        square = np.mean(square) if wrong == "one v" else square
        old = 0.0 if wrong in ("v afresh", "square alone") else beta2 * v
        v = old + (1 - beta2) * square
        if wrong == "cut":
            m, v = np.trunc(m), np.trunc(v)
        corrected_m, corrected_v = m / (1 - beta1**t), v / (1 - beta2**t)
        if wrong == "gradient alone":
            corrected_m = gradient
        if wrong == "square alone":
            corrected_v = gradient**2
        if wrong == "sum":
            corrected_v = np.sum(np.square(gradients[: step + 1]), axis=0)
        m = corrected_m if wrong in ("m stored", "both stored") else m
        v = corrected_v if wrong in ("v stored", "both stored") else v
        root = corrected_v if wrong == "no root" else corrected_v**0.5
        moves.append(rate * corrected_m / (root + 1e-8))
    return np.array(moves)


def twins(build):
    """Compare the first step of two optimisers that begin alike."""
    ones, slope = np.ones((2, 3)), np.array([[1.0, -2, 3], [-4, 5, -6]])
    first, second = (Linear(3, 2, ones, ones) for _ in range(2))
    one, two = build([first]), build([second])
    for layer in (first, second):
        layer.grad_weights, layer.grad_biases = slope.copy(), 7.5 - slope
    one.step()
    came = f"The weights are no array any more, but a {type(first.weights).__name__}."
    expect(isinstance(first.weights, np.ndarray), came)
    came = "The step of one optimiser moves the layer of another"
    alone = np.array_equal(second.weights, ones)
    expect(alone, f"{came}: does each keep its own layers?")
    two.step()
    came = "Two optimisers began alike and saw the same gradients, but one step took"
    came = f"{came} them to different weights"
    alike = np.array_equal(first.weights, second.weights, equal_nan=True)
    expect(alike, f"{came}: does each keep what it remembers on `self`?")


def draw_gradients(rng, *shape, scale=1.0):
    """Draw gradients away from 0, of both signs."""
    return scale * rng.uniform(0.5, 2, size=shape) * rng.choice([-1, 1], size=shape)


def follow(shape, dtype, beta1, beta2, *, scale=1.0, rtol=1e-6):
    """Compare all moves of one parameter with means over all gradients so far."""
    rng = np.random.default_rng(703)
    kind = "f8" if dtype == "whole" else dtype
    rates = np.c_[[0.5] * 4 + [0.2] * 3 + [0.7] * 5]
    layer = Linear(1, 1)
    del layer.biases
    layer.weights = rng.normal(size=shape).astype(kind)
    optimiser = Adam([layer], 0.5, beta1, beta2)
    gradients = draw_gradients(rng, len(rates), np.prod(shape), scale=scale)
    gradients[0, :2] = 1.5 * scale, -0.8 * scale
    gradients[:, -1] = 0.0
    if dtype == "whole":
        gradients = np.rint(7 * gradients).astype(int)
    moves = []
    for gradient, rate in zip(gradients, rates[:, 0], strict=True):
        if optimiser.learning_rate != rate:
            optimiser.learning_rate = float(rate)
        gradient = gradient.reshape(shape)
        layer.grad_weights = gradient if dtype == "whole" else gradient.astype(kind)
        before, given = layer.weights.copy(), layer.grad_weights.copy()
        with unchanged(grad_weights=layer.grad_weights):
            optimiser.step()
        case = candidates.adam.gradients()
        same("grad_weights after a step", layer.grad_weights, given, case)
        moves.append((before - layer.weights).ravel())
    moves = np.array(moves)
    sentence = candidates.adam.explain_nan(moves, gradients)
    expect(sentence is None, sentence)

    def right_with(beta1=beta1, beta2=beta2, wrong=""):
        if wrong == "cut" and dtype != "whole":
            return None
        return right(gradients, rates, beta1, beta2, wrong)

    given = {"gradients": gradients, "rates": rates, "beta1": beta1, "beta2": beta2}
    given |= {"right": right_with, "t": np.c_[1 : len(rates) + 1]}
    name = f"moves of one parameter, a row a step, {dtype}, betas {beta1} and {beta2}"
    case = candidates.adam.adam(**given)
    same(name, moves, right_with().astype(kind), case, rtol=rtol)


def walk(shapes, dtype, beta1, beta2):
    """Compare every parameter of several layers after every step."""
    rng = np.random.default_rng(704)
    first, last = Linear(1, 1), Linear(1, 1)
    places = [(la, name) for la in (first, last) for name in ("weights", "biases")]
    for (layer, name), shape in zip(places, shapes, strict=True):
        setattr(layer, name, rng.normal(size=shape).astype(dtype))
    optimiser = Adam([first, ReLU(), last], 0.5, beta1, beta2)
    seen, betas = [[] for _ in places], {"beta1": beta1, "beta2": beta2}
    for t, rate in enumerate((0.5, 0.5, 0.1, 0.7), start=1):
        optimiser.learning_rate = rate
        for (layer, name), gradients, shape in zip(places, seen, shapes, strict=True):
            gradients.append(draw_gradients(rng, *shape).astype(dtype))
            setattr(layer, f"grad_{name}", gradients[-1].copy())
            if t > 1:
                setattr(layer, name, getattr(layer, name).copy())
        starts = [getattr(*place).copy() for place in places]
        optimiser.step()
        for i, (layer, name) in enumerate(places):
            now = seen[i][-1]
            what = f"{name} of layer {1 + i // 2}, {dtype}, step {t}"
            came, case = getattr(layer, f"grad_{name}"), candidates.adam.gradients()
            same(f"grad_{what}, after it", came, now, case)
            part = (1 - beta1) / (1 - beta1**t) * ((1 - beta2**t) / (1 - beta2)) ** 0.5
            given = {"rebound": starts[i]}
            given |= {"lost": starts[i] - rate * part * np.sign(now)}
            if t == 1:
                given = {"start": starts[i], "gradient": now, "other": seen[i ^ 1][-1]}
                given |= {"neighbour": seen[i - 1][-1], "counted": i + 1} if i else {}
                given |= {"namesake": seen[i - 2][-1]} if i > 1 else {}
            case = candidates.adam.adam_of_many(**given, **betas)
            move = right(np.array(seen[i], float), [rate] * t, beta1, beta2)[-1]
            expected = (starts[i] - move).astype(dtype)
            rtol = 1e-4 if dtype == "f4" else 1e-6
            same(what, getattr(layer, name), expected, case, rtol=rtol)


def try_eps(gradient, eps, low, high):
    """Compare one step with how long it is when eps is in its place."""
    layer = Linear(1, 1, [[0.0]], [0.0])
    layer.grad_weights, layer.grad_biases = np.array([[gradient]]), np.array([0.0])
    Adam([layer], 0.1, beta2=0.75, eps=eps).step()
    part = -layer.weights.item() / 0.1
    came = f"With a gradient of {gradient:g} and eps={eps:g} the first step is"
    came = f"{came} {part:.3g} times the learning rate"
    expect(part < 0.99 or eps < 0.1, f"{came}. Is `self.eps` used?")
    expect(low < part < high, f"{came}. Is eps added to the root, not under it?")


def expect_given_defaults():
    """See that what is not given is as `__init__` says."""
    first, second = (Linear(2, 1, [[1.0, -2.0]], [0.5]) for _ in range(2))
    optimisers = Adam([first]), Adam([second], 1e-3, 0.9, 0.999, 1e-8)
    for gradient in ([[1.0, 2.0]], [[-3.0, 0.5]]):
        for layer, optimiser in zip((first, second), optimisers, strict=True):
            layer.grad_weights, layer.grad_biases = np.array(gradient), np.ones(1)
            optimiser.step()
    what = "weights where 1e-3, 0.9, 0.999 and 1e-8 are left to be"
    same(what, first.weights, second.weights)


@graded
def test_adam():
    twins(lambda layers: Adam(layers, 0.5))
    follow((2, 3), "f8", 0.6, 0.7)
    follow((7,), "f8", 0.9, 0.999)
    follow((4, 4), "f8", 0.5, 0.8)
    follow((5, 2), "f4", 0.9, 0.99, rtol=1e-4)
    follow((3, 5), "whole", 0.5, 0.75)
    walk([(3, 2)] * 4, "f8", 0.6, 0.7)
    walk([(5, 3), (5,), (2, 5), (2,)], "f8", 0.9, 0.999)
    walk([(7, 4), (7,), (1, 7), (1,)], "f4", 0.9, 0.999)
    # eps: its place shows where it, or its root, is as large as a gradient
    try_eps(1.0, 0.5, 0.45, 0.7)
    try_eps(1e-4, 1e-8, 0.99, 1.0)
    follow((3, 4), "f8", 0.5, 0.5, scale=1e-4, rtol=2e-3)
    expect_given_defaults()


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# What has to survive from one step to the next: $m$, $v$, $\hat m$, $\hat v$, $t$? Which of them exist once for
# each parameter, and which only once?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# It is `Momentum` with two lists of zeros and one count. Count up once in each `step`, before the loop. In the
# loop, update both means, make corrected *copies*, move the parameter.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# The five formulas above are five lines in the same order. `gradient**2` squares each entry. Divide `m` by
# `1 - self.beta1**self.t` into a new name; `m /= ...` would spoil the mean for the next step.
# </details>

# %% [markdown]
# **Predict, then run.** The race, all three of them. Adam's learning rate is 0.5: how far does it get with its
# first step, in $x$ and in $y$? In which direction does it set off, whatever the ravine looks like?


# %%
def race_three(surface, slope, *, xlim, ylim):
    """Let one walker of each kind start at (-9, 1.5)."""
    starts = [Point(-9, 1.5) for _ in range(3)]
    walkers = {
        "SGD": (starts[0], SGD(starts[:1], 0.9)),
        "Momentum": (starts[1], Momentum(starts[1:2], 0.2, momentum=0.8)),
        "Adam": (starts[2], Adam(starts[2:], 0.5)),
    }
    race(walkers, surface, slope, steps=60, xlim=xlim, ylim=ylim)


with attempt():
    race_three(ravine, ravine_slope, xlim=(-10, 3), ylim=(-2, 2))

# %% [markdown]
# On this ravine Adam wins nothing: it runs past the end, as anything with momentum does. Now make the ravine a
# hundred times flatter along its floor. Nothing else changes, and the three keep their learning rates.
#
# **Predict, then run.** How far along will SGD and Momentum be after 60 steps? And Adam: what does its path look
# like now that the slope in $x$ is a hundredth?

# %%
with attempt():
    race_three(
        lambda x, y: x**2 / 2000 + y**2,
        lambda x, y: (x / 1000, 2 * y),
        xlim=(-10, 3),
        ylim=(-2, 2),
    )

# %% [markdown]
# Adam's path has not changed at all, because it divides by the size of the slope. That is what it is for. In a
# network nobody can choose a learning rate for each of 100,000 parameters, and Adam need not be told.

# %% [markdown]
# ## Your digits again
#
# `fit` is the training loop of notebook 05 with an optimiser in it. It also lets the learning rate change on the
# way: `schedule` is a function that takes the part of the training that is done, from 0 to 1, and returns a
# learning rate.

# %%
Linear, ReLU, Sequential, minibatches = carry(
    "Linear", "ReLU", "Sequential", "minibatches"
)
parse_idx, preprocess, SoftmaxCrossEntropy, accuracy = carry(
    "parse_idx", "preprocess", "SoftmaxCrossEntropy", "accuracy"
)


# %%
def build_network(*sizes, rng):
    """Return linear layers of these sizes, float32, with ReLU between them."""
    layers = []
    for inputs, outputs in itertools.pairwise(sizes):
        weights = rng.normal(scale=np.sqrt(2 / inputs), size=(outputs, inputs))
        layers += [Linear(inputs, outputs, weights.astype(np.float32)), ReLU()]
    return Sequential(layers[:-1])


# %%
def fit(
    model, optimiser, x, labels, *, epochs, batch_size, schedule, rng, on_epoch=None
):
    """Train with an optimiser; return the mean loss of each epoch.

    schedule(done) is the learning rate when the part done, from 0 to 1, is over.
    """
    loss, history = SoftmaxCrossEntropy(), []
    for epoch in range(epochs):
        total, seen = 0.0, 0
        for x_batch, labels_batch in minibatches(x, labels, batch_size, rng):
            optimiser.learning_rate = schedule((epoch + seen / len(x)) / epochs)
            total += len(x_batch) * loss.forward(model.forward(x_batch), labels_batch)
            model.backward(loss.backward())
            optimiser.step()
            seen += len(x_batch)
        history.append(total / len(x))
        if on_epoch is not None:
            on_epoch(epoch, history[-1])
    return history


# %% [markdown]
# The images are *standardised* this time: minus their mean, divided by their standard deviation, so that inputs
# are around 0 and of size 1. Both numbers are measured on the training images, and used for all the others as they
# are. Measured on the test images they would tell the network something about the test.

# %%
files = data.fetch_idx("mnist")
print(files.source)
x = preprocess(parse_idx(files.train_images))
x_test = preprocess(parse_idx(files.test_images))
labels_test, labels = parse_idx(files.test_labels), parse_idx(files.train_labels)
last = len(x) - len(x) // 10
mean, deviation = x[:last].mean(), x[:last].std()
for images in (x, x_test):
    images -= mean
    images /= deviation
x_train, labels_train = x[:last], labels[:last]
x_val, labels_val = x[last:], labels[last:]
print(f"mean {mean:.3f}, deviation {deviation:.3f}, {x_train.shape}, {x_val.shape}")

# %% [markdown]
# ### How sensitive is each to its learning rate?
#
# Each optimiser trains a new network with 32 hidden units on 1,000 images for three epochs, with learning rates
# from 0.0001 to 10. The picture shows the validation loss afterwards. Networks that flew off are left out.
#
# **Predict, then run.** Three curves with a valley each. Which valley lies furthest to the left? Is one of them much
# wider than the others? By which factor are Momentum's and SGD's apart, and why by that one?

# %%
with attempt():
    learning_rates = np.geomspace(1e-4, 10, 11)
    curves = {}
    for optimiser_class in (SGD, Momentum, Adam):
        losses = []
        for learning_rate in learning_rates:
            rng = np.random.default_rng(1)
            network = build_network(784, 32, 10, rng=rng)
            fit(
                network,
                optimiser_class(network.layers, learning_rate),
                x_train[:1000],
                labels_train[:1000],
                epochs=3,
                batch_size=50,
                schedule=lambda done, rate=learning_rate: rate,
                rng=rng,
            )
            loss = SoftmaxCrossEntropy().forward(network.forward(x_val), labels_val)
            losses.append(loss if loss < 3 else np.nan)
        curves[optimiser_class.__name__] = (np.log10(learning_rates), losses)
    plots.curves(curves, xlabel="log10 of the learning rate", ylabel="validation loss")

# %% [markdown]
# ### The whole training
#
# 784-128-10 as before, with Adam. The learning rate starts at 0.002 and falls to 0 along half a cosine: large
# steps while there is far to go, small ones to settle at the end.
#
# **Predict, then run.** In notebook 06 the accuracy jittered to the end. What will it do here, and why?


# %%
def cosine(done):
    """Return the learning rate: 0.002 at the start, 0 at the end."""
    return 0.001 * (1 + math.cos(math.pi * done))


def show_progress(board, network, epoch, loss):
    """Show what an epoch has brought, on validation and test images."""
    accuracies = {
        "validation": accuracy(network.forward(x_val), labels_val),
        "test": accuracy(network.forward(x_test), labels_test),
    }
    board.update(
        loss=(epoch, loss),
        accuracy=(epoch, accuracies),
        weights=network.layers[0].weights,
    )


# %%
with attempt():
    rng = np.random.default_rng(0)
    network = build_network(784, 128, 10, rng=rng)
    adam = Adam(network.layers, learning_rate=cosine(0))
    board = live.Board(
        live.Curve("loss", log=True),
        live.Curve("accuracy", lines=["validation", "test"], ylim=(0.85, 1)),
        live.Images("weights", count=24),
        pace=0.1,
        budget=0.2,
    )
    with board:
        fit(
            network,
            adam,
            x_train,
            labels_train,
            epochs=8,
            batch_size=64,
            schedule=cosine,
            rng=rng,
            on_epoch=lambda epoch, loss: show_progress(board, network, epoch, loss),
        )
    print(f"test accuracy {accuracy(network.forward(x_test), labels_test):.2%}")

# %% [markdown]
# On MNIST that is more than 98 %. The test line was on the board only to be watched: the learning rate, the size of
# the batches and the number of epochs were chosen by the validation images.
#
# ## Summary
#
# - An optimiser walks through the parameters of all layers; what it remembers, it remembers for each of them.
# - SGD follows the slope. In a ravine it swings across and crawls along.
# - Momentum adds up slopes: what swings cancels, what agrees grows, up to $1/(1-\mu)$ times.
# - Adam divides by the size that gradients usually have, so that the learning rate is the length of a step. The
#   bias correction makes up for running means that start at 0.
# - A learning rate that falls lets the network settle.
#
# **Where this comes from.** Polyak, *Some methods of speeding up the convergence of iteration methods*, USSR
# Computational Mathematics and Mathematical Physics 4 (1964). Kingma and Ba, *Adam: a method for stochastic
# optimization*, ICLR (2015). Loshchilov and Hutter, *SGDR*, ICLR (2017), for the cosine. Sagun, Evci, Güney, Dauphin
# and Bottou, *Empirical analysis of the Hessian of over-parametrized neural networks* (2017), for the shape of losses.
# Schmidt, Schneider and Hennig, *Descending through a crowded valley*, ICML (2021), for the comparison.

# %%
summary()
