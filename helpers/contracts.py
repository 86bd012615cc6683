"""What the course promises of every layer, loss and optimiser, compared case by case.

Notebooks with many small classes hand theirs over, together with what they should
give. Each function compares one method: shape, dtype and values, in any memory layout,
in float32 and for integers, at a second call, and beside another object of the class.
"""

import numpy as np

from helpers import candidates
from helpers._arguments import as_function, as_generator
from helpers.checks import (
    CheckFailed,
    draw,
    expect,
    layouts,
    run_forward,
    same,
    same_number,
    unchanged,
)
from helpers.gradcheck import numerical_gradient

_KEPT = "A later call changes what backward() returned: make a new array."
_TWICE = "backward() called twice: it changes what `forward` kept."


# Layers ----------------------------------------------------------------------------


def compare_forward(make, inputs, right, describe, *, rtol=None):
    """Compare a layer's `forward(x)` with what is right.

    Parameters
    ----------
    make : function
        Returns a new layer.
    inputs : list of ndarray, (N, D)
        In turn; `right` must know ``-x`` and ``x`` rounded, too.
    right : function
        Takes x, returns what forward should.
    describe : helpers.candidates.Candidates, or a function that gives a `Case`
        Given: `x`, `right`; `before`, `later`.
    rtol : float, optional
        As for `helpers.checks.same`; float32 has the default of its own.

    Raises
    ------
    CheckFailed
    TypeError
        If `make` is no function.
    """
    as_function(make, "make")
    for x in inputs:
        layer, expected, turned = make(), right(x), right(-x)
        case = describe(x=x, right=right)
        for label, laid_out in layouts(x):
            with unchanged(x=laid_out):
                y = layer.forward(laid_out)
            name = f"forward(x), x {x.shape} in {label}"
            same(name, y, expected, case, rtol=rtol)
        case = describe(x=-x, right=right, before=expected)
        name = "forward(x) for the next batch"
        same(name, layer.forward(-x), turned, case, rtol=rtol)
        name = "forward(x), looked at again after a later call"
        same(name, y, expected, describe(later=turned), rtol=rtol)
        short = x.astype("f4")
        case = describe(x=x, right=right)
        expected = right(short.astype(float)).astype("f4")
        same("forward(x) in float32", make().forward(short), expected, case)
        whole = np.rint(x)
        y, expected = make().forward(whole.astype(int)), right(whole)
        same("forward(x) for integers", y, expected, rtol=rtol)


def compare_backward(make, shapes, right, describe, rng, *, rtol=None):
    """Compare a layer's `backward(grad_output)` with what is right.

    Parameters
    ----------
    make : function
        Returns a new layer.
    shapes : list of (int, int)
        Of `x`, which is drawn, away from 0.
    right : function
        Takes x and grad_output, returns what backward should.
    describe : helpers.candidates.Candidates, or a function that gives a `Case`
        Given: `x`, `y`, `grad_output`, `right`; `before`, `earlier`, `other`, `again`.
    rng : numpy.random.Generator
    rtol : float, optional
        As for `compare_forward`.

    Raises
    ------
    CheckFailed
    TypeError
        If `make` is no function, or `rng` no generator.
    """
    as_function(make, "make")
    as_generator(rng, "rng")
    for shape in shapes:
        x, earlier, other = (
            given + 0.1 * np.sign(given) for given in draw(rng, *[shape] * 3)
        )
        grad_output, first_grad = draw(rng, shape, shape)
        # right may call forward, too: what comes of it is worked out beforehand
        before, expected = right(earlier, first_grad), right(x, grad_output)
        elsewhere = right(other, grad_output)
        layer, given = make(), x.copy()
        run_forward(layer, earlier.copy())
        first = layer.backward(first_grad)
        y = run_forward(layer, given)
        kept = np.array(y)
        arrays = {"x": x, "y": kept, "grad_output": grad_output, "right": right}
        case = describe(**arrays, before=before, earlier=earlier)
        what = "backward(grad_output)"
        for label, laid_out in layouts(grad_output):
            with unchanged(x=given, grad_output=laid_out):
                grad_input = layer.backward(laid_out)
            name = f"{what}, grad_output {shape} in {label}"
            same(name, grad_input, expected, case, rtol=rtol)
            spared = kept.tobytes() == np.array(y).tobytes()
            expect(spared, "backward changes the array that forward has returned.")
            case = describe(again=grad_output, before=expected)
        expect(candidates.close(first, before), _KEPT)
        run_forward(make(), other.copy())
        case = describe(other=elsewhere)
        again = layer.backward(grad_output)
        same(f"{what}, after another layer was used", again, expected, case, rtol=rtol)
        short, short_grad = x.astype("f4"), grad_output.astype("f4")
        run_forward(layer, short)
        case = describe(x=x, y=kept, grad_output=grad_output, right=right)
        expected = expected.astype("f4")
        same(f"{what} in float32", layer.backward(short_grad), expected, case)
        whole = (2 * np.rint(x) + 1).astype(int)  # odd, so never at a kink
        whole_grad = np.rint(3 * grad_output).astype(int)
        expected = right(whole.astype(float), whole_grad.astype(float))
        run_forward(layer, whole)
        same(f"{what} for integers", layer.backward(whole_grad), expected, rtol=rtol)


def nudge_layer(make):
    """Return what is right for `backward` as far as `forward` is, by nudging it.

    Parameters
    ----------
    make : function
        Returns a new layer.

    Returns
    -------
    function
        Takes x and grad_output, returns dL/dx by central differences.
    """

    def right(x, grad_output):
        def loss(values):
            return float((make().forward(values) * grad_output).sum())

        return numerical_gradient(loss, x)

    return right


# Losses ----------------------------------------------------------------------------


def compare_loss(make, cases, describe, *, names=("logits", "targets"), rtol=1e-7):
    """Compare a loss's `forward(scores, targets)` with what is right.

    Parameters
    ----------
    make : function
        Returns a new loss.
    cases : list of (ndarray, ndarray, float)
        Scores (N, C), targets (N,) or (N, C) and the loss, in turn.
    describe : function
        Takes scores, targets and `before`, returns the `Case`.
    names : (str, str)
        What the notebook calls the two arguments.
    rtol : float
        Largest relative difference allowed in float64.

    Raises
    ------
    CheckFailed
    TypeError
        If `make` is no function.
    """
    as_function(make, "make")
    loss, before = make(), None
    for scores, targets, expected in cases:
        case = describe(scores, targets, before=before)
        for label, laid_out in layouts(scores):
            target = targets.copy()
            with unchanged(**dict(zip(names, (laid_out, target), strict=True))):
                value = loss.forward(laid_out, target)
            name = f"forward, {names[0]} {scores.shape} in {label}"
            same_number(name, value, expected, case, rtol=rtol)
        short = _shorten(scores), _shorten(targets)
        value = make().forward(*short)
        same_number("forward in float32", value, expected, case, rtol=1e-4)
        before = expected


def compare_loss_gradient(
    make, cases, right, describe, *, names=("logits", "targets"), rtol=1e-7
):
    """Compare a loss's `backward()` with what is right.

    Parameters
    ----------
    make : function
        Returns a new loss.
    cases : list of (ndarray, ndarray)
        Scores (N, C) and targets (N,) or (N, C), in turn.
    right : function
        Takes scores and targets, returns what backward should.
    describe : function
        Takes scores and targets, returns the `Case`; also takes `before` and `other`.
    names : (str, str)
        What the notebook calls the two arguments.
    rtol : float
        Largest relative difference allowed in float64.

    Raises
    ------
    CheckFailed
    TypeError
        If `make` is no function.
    """
    as_function(make, "make")
    loss, returned, before = make(), [], None
    for scores, targets in cases:
        expected, elsewhere = right(scores, targets), right(1 - 2 * scores, targets)
        case = describe(scores, targets, before=before, other=elsewhere)
        given, target, other = scores.copy(), targets.copy(), make()
        run_forward(loss, given, target)
        run_forward(other, 1 - 2 * scores, targets.copy())
        with unchanged(**dict(zip(names, (given, target), strict=True))):
            gradient = loss.backward()
        same(f"backward() for {scores.shape}", gradient, expected, case, rtol=rtol)
        expect(candidates.close(loss.backward(), expected), _TWICE)
        returned.append((gradient, expected))
        before = expected
        short = _shorten(scores), _shorten(targets)
        other = make()
        run_forward(other, *short)
        case = describe(scores, targets)
        name = "backward() in float32"
        same(name, other.backward(), expected.astype("f4"), case)
        # even numbers, so never at a kink that is 1 away from a whole one
        whole = 2 * np.rint(scores)
        name, expected = "backward() for integers", right(whole, targets)
        run_forward(other, whole.astype(int), targets.copy())
        same(name, other.backward(), expected, rtol=rtol)
    expect(all(candidates.close(*pair) for pair in returned), _KEPT)


def nudge_loss(make):
    """Return what is right for a loss's `backward` as far as its `forward` is.

    Parameters
    ----------
    make : function
        Returns a new loss.

    Returns
    -------
    function
        Takes scores and targets, returns dL/d(scores) by central differences.
    """

    def right(scores, targets):
        return numerical_gradient(lambda z: make().forward(z, targets), scores)

    return right


def _shorten(array):
    """Return a copy, in float32 if the array holds floats: labels stay labels."""
    return array.astype("f4" if array.dtype.kind == "f" else array.dtype)


# Optimisers ------------------------------------------------------------------------


class Parameters:
    """What an optimiser sees of a layer: two parameters and their gradients."""

    def __init__(self, start, dtype=float):
        self.weights = np.array(start, dtype=dtype)
        self.biases = np.array(2 - np.asarray(start), dtype=dtype)
        self.grad_weights = np.zeros_like(self.weights)
        self.grad_biases = np.zeros_like(self.biases)

    def show(self, slope):
        """Set gradients: `slope` for the weights, ``3 - slope`` for the biases."""
        self.grad_weights, self.grad_biases = slope.copy(), 3 - slope

    def values(self):
        """Return both parameters, copied, as rows of one array."""
        for name in ("weights", "biases"):
            came = getattr(self, name)
            what = f"The {name} are no array any more, but a {type(came).__name__}."
            expect(isinstance(came, np.ndarray), what)
            what = f"The {name} have become an array of shape {came.shape}."
            expect(came.shape == np.shape(self.grad_weights), what)
        return np.array([self.weights.ravel(), self.biases.ravel()])


class Bend:
    """A layer without parameters."""


def compare_optimiser_rules(build):
    """See that an optimiser keeps the rules that hold for every one of them.

    Nothing is known here of how it steps: layers that see the same gradients are
    compared with each other. Where a step gives NaN there is nothing to compare.

    Parameters
    ----------
    build : function
        Takes layers, returns a new optimiser with a learning rate of 0.3.

    Raises
    ------
    CheckFailed
    TypeError
        If `build` is no function.
    """
    as_function(build, "build")
    layer = Parameters(np.ones((2, 3)))
    if not np.isfinite(_step(build([layer]), layer, np.ones((2, 3)))).all():
        return  # a comparison that knows the rule can say more
    _compare_two_optimisers(build)
    _compare_neighbours(build)
    _compare_dtypes(build)
    _compare_changes(build)


def compare_moves(build, starts, gradients, rates, expected, describe, *, rtol=1e-6):
    """Compare how far an optimiser moves a parameter at each step.

    Parameters
    ----------
    build : function
        Takes layers, returns a new optimiser.
    starts : ndarray, (2, n)
        Where the weights and the biases of a layer begin.
    gradients : ndarray, (T, 2, n)
    rates : sequence of T floats
        The learning rate of each step.
    expected : ndarray, (T, 2, n)
        How far down weights and biases should go at each step.
    describe : function
        Takes "weights" or "biases" and returns the `Case`.
    rtol : float
        Largest difference allowed, relative to the largest move.

    Raises
    ------
    CheckFailed
    TypeError
        If `build` is no function.
    """
    as_function(build, "build")
    layer = Parameters(starts[0])
    layer.biases = np.array(starts[1])
    optimiser, moves = build([Bend(), layer]), []
    for (layer.grad_weights, layer.grad_biases), rate in zip(
        gradients, rates, strict=True
    ):
        optimiser.learning_rate = float(rate)
        before = layer.values()
        optimiser.step()
        moves.append(before - layer.values())
    for i, name in enumerate(("weights", "biases")):
        what = f"moves of the {name}, a row a step"
        came = np.array(moves)[:, i]
        same(what, came, expected[:, i], describe(name), rtol=rtol)


def _step(optimiser, layer, slope):
    """Let a layer take one step with these gradients; return how far down it goes."""
    layer.show(slope)
    before = layer.values()
    with unchanged(grad_weights=layer.grad_weights, grad_biases=layer.grad_biases):
        optimiser.step()
    case = candidates.adam.gradients()
    same("grad_weights after a step", layer.grad_weights, slope, case)
    return before - layer.values()


def _slopes(count, seed):
    rng = np.random.default_rng(seed)
    sizes = rng.uniform(0.5, 2, size=(count, 2, 3))
    return sizes * rng.choice([-1, 1], size=sizes.shape)


def _compare_two_optimisers(build):
    start, slopes = np.ones((2, 3)), _slopes(3, 1)
    first, second = Parameters(start), Parameters(start)
    one, two = build([first]), build([Bend(), second])
    second.show(slopes[0])
    before = second.values()
    moves = [_step(one, first, slope) for slope in slopes]
    came = "The step of one optimiser moves the layer of another"
    alone = candidates.close(second.values(), before)
    expect(alone, f"{came}: does each keep its own layers?")
    expect(np.any(moves), "No parameter moved. Does the layer hear of it?")
    came = "Two optimisers began alike and saw the same gradients, but one step took "
    came += "them to different weights: does each keep what it remembers on `self`?"
    for slope, move in zip(slopes, moves, strict=True):
        again = _step(two, second, slope)
        expect(candidates.close(again, move), came)


def _compare_neighbours(build):
    start, slopes = np.ones((2, 3)), _slopes(8, 2)
    pair = Parameters(start), Parameters(2 * start)
    alone = [Parameters(start), Parameters(2 * start)]
    together, apart = build([pair[0], Bend(), pair[1]]), [build([a]) for a in alone]
    for step, (one, two) in enumerate(zip(slopes[::2], slopes[1::2], strict=True)):
        pair[0].show(one)
        pair[1].show(two)
        before = [layer.values() for layer in pair]
        together.step()
        for layer, started, own, optimiser, slope in zip(
            pair, before, alone, apart, (one, two), strict=True
        ):
            moved, expected = started - layer.values(), _step(optimiser, own, slope)
            expect(
                candidates.close(moved, expected),
                f"Two layers in one optimiser move otherwise than each in its own, at "
                f"step {step + 1}: does every parameter have its own memory, and is "
                "every one of them moved once?",
            )


def _compare_dtypes(build):
    slopes = np.rint(4 * _slopes(3, 3))
    start = np.ones((2, 3))
    layer, whole, short = Parameters(start), Parameters(start), Parameters(start, "f4")
    one, two, three = build([layer]), build([whole]), build([short])
    for slope in slopes:
        expected = _step(one, layer, slope)
        came = _step(two, whole, slope.astype(int))
        what = "Gradients that are whole numbers give other moves as integers than as "
        what += "floats: an array of integers holds no fractions."
        expect(candidates.close(came, expected), what)
        came = _step(three, short, slope.astype("f4"))
        what = f"float32 parameters have become {short.weights.dtype}. Is a number "
        what += "np.float64? float() makes it a plain one."
        expect(short.weights.dtype == short.biases.dtype == np.float32, what)
        what = "float32 parameters move otherwise than float64 ones."
        expect(candidates.close(came.astype("f4"), expected), what)


def _compare_changes(build):
    """Give a layer a new array, and the optimiser another learning rate."""
    slopes = _slopes(3, 4)
    start = np.ones((2, 3))
    plain, renewed, slowed = (Parameters(start) for _ in range(3))
    one, two, three = (build([layer]) for layer in (plain, renewed, slowed))
    for step, slope in enumerate(slopes, start=1):
        began = plain.values()
        move = _step(one, plain, slope)
        if step == 1:
            _step(two, renewed, slope)
            _step(three, slowed, slope)
            continue
        renewed.weights, renewed.biases = renewed.weights.copy(), renewed.biases.copy()
        three.learning_rate = 0.15
        slowed.weights[...], slowed.biases[...] = began.reshape(2, *start.shape)
        fresh = Parameters(start)
        fresh.weights[...], fresh.biases[...] = began.reshape(2, *start.shape)
        begun = _step(build([fresh]), fresh, slope)
        case = candidates.adam.rules(renewed=move, begun=begun)
        _require_moves(
            f"The moves of a layer that was given a new array are wrong, step {step}.",
            _step(two, renewed, slope),
            move,
            case,
            "Is the layer asked for its array at each step?",
        )
        case = candidates.adam.rules(halved=move, begun=begun)
        _require_moves(
            f"The moves with half the learning rate are wrong, step {step}.",
            _step(three, slowed, slope),
            move / 2,
            case,
            "Is `learning_rate` asked for wherever it is used?",
        )


def _require_moves(verdict, came, expected, case, hint):
    """Fail with the mistake that fits the moves, or else with what invites it."""
    if not candidates.close(came, expected):
        named = case.name_mistake(came, expected)
        raise CheckFailed(f"{verdict} {named or hint}")
