"""What every layer, loss and optimiser promises: kept, and broken one at a time."""

import numpy as np
import pytest

from helpers import candidates, contracts
from helpers.checks import CheckFailed

NOTHING = candidates.Candidates({})
RNG = np.random.default_rng(0)


class Cube:
    """A layer that keeps every promise."""

    def forward(self, x):
        self.x = 1.0 * x
        return self.x**3

    def backward(self, grad_output):
        return 3 * self.x**2 * grad_output


class Distance:
    """A loss that keeps every promise: the mean of (y - t)^2, by hand."""

    def forward(self, y, t):
        self.misses = 1.0 * y - t
        return float(np.mean(self.misses**2))

    def backward(self):
        return 2 * self.misses / self.misses.size


class Heavy:
    """An optimiser that keeps every rule: momentum of 0.5."""

    def __init__(self, layers, learning_rate=0.3):
        self.places = [
            (layer, name)
            for layer in layers
            for name in ("weights", "biases")
            if hasattr(layer, name)
        ]
        self.learning_rate = learning_rate
        self.kept = [np.zeros_like(getattr(*place)) for place in self.places]

    def step(self):
        for (layer, name), velocity in zip(self.places, self.kept, strict=True):
            velocity *= 0.5
            velocity += getattr(layer, f"grad_{name}")
            values = getattr(layer, name)
            values -= self.learning_rate * velocity


def compare_forward(make):
    inputs = [RNG.normal(size=(3, 4)), RNG.normal(size=(1, 2))]
    contracts.compare_forward(make, inputs, lambda x: x**3, NOTHING)


def compare_backward(make, right=lambda x, g: 3 * x**2 * g, **options):
    rng = np.random.default_rng(1)
    shapes = [(3, 4), (2, 2), (1, 3)]
    contracts.compare_backward(make, shapes, right, NOTHING, rng, **options)


def loss_cases():
    rng = np.random.default_rng(2)
    return [rng.normal(size=(2, *shape)) for shape in ((3, 4), (1, 2))]


def compare_loss(make, names=("y", "t")):
    cases = [(y, t, np.mean((y - t) ** 2)) for y, t in loss_cases()]
    contracts.compare_loss(make, cases, lambda y, t, **_: NOTHING(), names=names)


def compare_loss_gradient(make, right=lambda y, t: 2 * (y - t) / y.size, **options):
    contracts.compare_loss_gradient(
        make, loss_cases(), right, lambda y, t, **_: NOTHING(), **options
    )


def change(kind, **methods):
    """Return a subclass with other methods."""
    return type(kind.__name__, (kind,), methods)


def test_what_keeps_its_promises_passes():
    compare_forward(Cube)
    compare_backward(Cube)
    compare_loss(Distance)
    compare_loss_gradient(Distance)
    contracts.compare_optimiser_rules(Heavy)


def test_nudging_gives_the_gradient_of_a_layer_and_of_a_loss():
    x, grad_output = RNG.normal(size=(2, 3, 4))
    nudged = contracts.nudge_layer(Cube)(x, grad_output)
    np.testing.assert_allclose(nudged, 3 * x**2 * grad_output, rtol=1e-6)
    nudged = contracts.nudge_loss(Distance)(x, grad_output)
    np.testing.assert_allclose(nudged, (x - grad_output) / 6, rtol=1e-6, atol=1e-9)
    compare_backward(Cube, contracts.nudge_layer(Cube), rtol=1e-6)


def in_place(self, x):
    x[...] = x**3
    return 1.0 * x


def keep_one_array(self, x):
    kept = self.__dict__.setdefault("kept", {})
    buffer = kept.setdefault((x.shape, x.dtype), np.empty(x.shape))
    buffer[...] = x**3
    return buffer


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (lambda self, x: 1.0 * x, "forward.* values are wrong"),
        (lambda self, x: (1.0 * x) ** 3 * np.ones(1), "float32: expected float32"),
        (lambda self, x: x**3, "for integers: expected float64"),
        (in_place, "changes its argument `x` in place"),
        (keep_one_array, "looked at again after a later call"),
        (lambda self, x: np.full_like(1.0 * x, np.nan), "NaN or infinite"),
    ],
)
def test_a_broken_promise_of_forward_is_told(forward, message):
    with pytest.raises(CheckFailed, match=message):
        compare_forward(change(Cube, forward=forward))


def shared(self, grad_output):
    return 3 * Cube.last**2 * grad_output


def keep_on_the_class(self, x):
    Cube.last = 1.0 * x
    return Cube.last**3


def keep_the_output(self, x):
    self.x, self.y = 1.0 * x, (1.0 * x) ** 3
    return self.y


def spoil_the_output(self, grad_output):
    self.y *= 2
    return 3 * self.x**2 * grad_output


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        ({"backward": lambda self, g: 1.0 * g}, "backward.* values are wrong"),
        ({"forward": keep_on_the_class, "backward": shared}, "another layer was used"),
        (
            {"forward": keep_the_output, "backward": spoil_the_output},
            "changes the array that forward has returned",
        ),
        ({"backward": lambda self, g: 3 * self.x**2 * g * np.ones(1)}, "float32"),
    ],
)
def test_a_broken_promise_of_backward_is_told(methods, message):
    with pytest.raises(CheckFailed, match=message):
        compare_backward(change(Cube, **methods))


def test_an_error_of_forward_is_let_go_by_where_backward_is_judged():
    def forward(self, x):
        self.x = 1.0 * x
        raise ValueError

    compare_backward(change(Cube, forward=forward))


def move_y(self, y, t):
    y += 1
    return 0.0


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (lambda self, y, t: float(np.sum((y - t) ** 2)), "the number is wrong"),
        (lambda self, y, t: (y - t) ** 2, "expected a single number"),
        (move_y, "changes its argument `y` in place"),
    ],
)
def test_a_broken_promise_of_a_loss_is_told(forward, message):
    with pytest.raises(CheckFailed, match=message):
        compare_loss(change(Distance, forward=forward))


def halve_what_is_kept(self):
    self.misses /= 2
    return 4 * self.misses / self.misses.size


def keep_one_gradient(self):
    buffers = self.__dict__.setdefault("buffers", {})
    key = self.misses.shape, self.misses.dtype
    buffer = buffers.setdefault(key, np.empty_like(self.misses))
    buffer[...] = 2 * self.misses / self.misses.size
    return buffer


@pytest.mark.parametrize(
    ("backward", "message"),
    [
        (lambda self: 2 * self.misses, "backward"),
        (lambda self: 2.0 * self.misses / np.float64(self.misses.size), "float32"),
        (halve_what_is_kept, "called twice"),
    ],
)
def test_a_broken_promise_of_a_gradient_is_told(backward, message):
    with pytest.raises(CheckFailed, match=message):
        compare_loss_gradient(change(Distance, backward=backward), names=("y", "t"))


def test_gradients_that_share_an_array_are_told():
    y, t = loss_cases()[0]
    with pytest.raises(CheckFailed, match="A later call changes what backward"):
        contracts.compare_loss_gradient(
            change(Distance, backward=keep_one_gradient),
            [(y, t), (3 * y, t)],
            lambda y, t: 2 * (y - t) / y.size,
            lambda y, t, **_: NOTHING(),
        )


def step_with(**options):
    """Return a step that breaks one rule."""

    def step(self):
        for (layer, name), velocity in zip(self.places, self.kept, strict=True):
            velocity *= 0.5
            velocity += getattr(layer, f"grad_{name}")
            rate = options.get("rate", self.learning_rate)
            if "frozen" in options:
                values = self.__dict__.setdefault("old", {}).setdefault(
                    (id(layer), name), getattr(layer, name)
                )
            else:
                values = getattr(layer, name)
            if "rebinds" in options:
                values = values - rate * velocity
            elif "casts" in options:
                setattr(layer, name, np.array(values - rate * velocity, dtype=float))
            else:
                values -= rate * velocity
            if "zeroes" in options:
                setattr(layer, f"grad_{name}", 0 * getattr(layer, f"grad_{name}"))

    return step


def share_one_velocity(self, layers, learning_rate=0.3):
    Heavy.__init__(self, layers, learning_rate)
    self.kept = [self.kept[0]] * len(self.places)


def half_of_it_at_the_old_rate(self):
    for layer, name in self.places:
        slope = getattr(layer, f"grad_{name}")
        values = getattr(layer, name)
        values -= self.learning_rate * slope + 0.3 * np.sign(slope)


VELOCITIES = {}


def share_with_all(self, layers, learning_rate=0.3):
    Heavy.__init__(self, layers, learning_rate)
    self.kept = [
        VELOCITIES.setdefault((number, name, kept.shape, kept.dtype.str), kept)
        for (number, (_, name)), kept in zip(
            enumerate(self.places), self.kept, strict=True
        )
    ]


def whole_numbers(self):
    for layer, name in self.places:
        slope = getattr(layer, f"grad_{name}")
        step = np.zeros_like(slope)
        step += (0.3 * slope).astype(slope.dtype)
        values = getattr(layer, name)
        values -= self.learning_rate * step


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        ({"step": step_with(rebinds=True)}, "No parameter moved"),
        ({"step": step_with(zeroes=True)}, "They are set to 0"),
        ({"step": step_with(rate=0.3)}, "Setting `learning_rate` changes nothing"),
        ({"step": half_of_it_at_the_old_rate}, "wherever it is used"),
        ({"step": step_with(frozen=True)}, "given a new array, and that did not move"),
        ({"step": step_with(casts=True)}, "have become float64"),
        ({"step": whole_numbers}, "whole numbers give other moves"),
        ({"__init__": share_one_velocity}, "have its own memory"),
        ({"__init__": share_with_all}, "keep what it remembers on `self`"),
    ],
)
def test_a_broken_rule_of_optimisers_is_told(methods, message):
    VELOCITIES.clear()
    with pytest.raises(CheckFailed, match=message):
        contracts.compare_optimiser_rules(change(Heavy, **methods))


def test_an_optimiser_that_gives_nan_is_left_to_what_knows_its_rule():
    def step(self):
        for layer, name in self.places:
            getattr(layer, name)[...] = np.nan

    contracts.compare_optimiser_rules(change(Heavy, step=step))


def test_moves_are_compared_with_the_learning_rate_of_each_step():
    starts, slopes = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 2, 3))
    rates = [0.5, 0.1, 0.2]
    velocities = [slopes[0], 0.5 * slopes[0] + slopes[1]]
    velocities.append(0.5 * velocities[1] + slopes[2])
    moves = np.array(rates)[:, np.newaxis, np.newaxis] * velocities
    seen = []

    def describe(name):
        seen.append(name)
        return NOTHING()

    contracts.compare_moves(Heavy, starts, slopes, rates, moves, describe)
    assert seen == ["weights", "biases"]
    wrong = moves * [[[1], [2]]]
    with pytest.raises(CheckFailed, match="moves of the biases, a row a step"):
        contracts.compare_moves(Heavy, starts, slopes, rates, wrong, describe)


def test_a_weight_that_is_no_array_any_more_is_told():
    def step(self):
        for layer, name in self.places:
            setattr(layer, name, getattr(layer, name).tolist())

    with pytest.raises(CheckFailed, match="no array any more, but a list"):
        contracts.compare_optimiser_rules(change(Heavy, step=step))


def test_arguments_that_are_none_are_refused():
    with pytest.raises(TypeError, match="make"):
        contracts.compare_forward(Cube(), [], lambda x: x, NOTHING)
    with pytest.raises(TypeError, match="rng"):
        contracts.compare_backward(Cube, [], lambda x, g: x, NOTHING, 1)
    with pytest.raises(TypeError, match="build"):
        contracts.compare_optimiser_rules(None)
    with pytest.raises(TypeError, match="build"):
        contracts.compare_moves(None, None, None, None, None, None)
