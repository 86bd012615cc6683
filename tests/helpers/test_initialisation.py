"""First weights compared with their distribution; spreads compared with the truth."""

import math

import numpy as np
import pytest

from helpers import candidates, initialisation
from helpers.checks import CheckFailed

SIZES = ((120, 170), (170, 120), (1, 20_011), (20_011, 1))
SEEDS = range(25)


def variance(n_in, n_out):
    return 3 / (n_in + 2 * n_out)


def draw_weights(n_in, n_out, rng, uniform=False):
    deviation = np.sqrt(variance(n_in, n_out))
    if uniform:
        bound = np.sqrt(3) * deviation
        return rng.uniform(-bound, bound, size=(n_out, n_in))
    return rng.normal(scale=deviation, size=(n_out, n_in))


def compare(rule, *, uniform=False, sizes=SIZES, seed=0, mistakes=None):
    lists = candidates.initialisation
    initialisation.compare_rule(
        *("draw_weights", rule, variance),
        uniform=uniform,
        sizes=sizes,
        seed=seed,
        mistakes=mistakes or (lists.uniform if uniform else lists.normal),
    )


@pytest.mark.parametrize("uniform", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_right_rule_passes_whatever_the_seed(seed, uniform):
    compare(draw_weights, uniform=uniform, seed=seed)


@pytest.mark.parametrize("uniform", [False, True])
def test_the_standard_errors_are_those_of_many_draws(uniform):
    rng, n = np.random.default_rng(1), 1000
    share = initialisation._WITHIN_ONE[uniform]
    rows = draw_weights(n, 4000, rng, uniform)  # each row is a sample of n weights
    true = variance(n, 4000)
    errors = {
        "mean": (rows.mean(axis=1).std(), np.sqrt(true / n)),
        "variance": (
            rows.var(axis=1).std(),
            true * np.sqrt(initialisation._SQUARED_ERROR[uniform] / n),
        ),
        "share": (
            np.mean(rows**2 < true, axis=1).std(),
            np.sqrt(share * (1 - share) / n),
        ),
    }
    for name, (came, claimed) in errors.items():
        assert came == pytest.approx(claimed, rel=0.06), name
    assert np.mean(rows**2 < true) == pytest.approx(share, abs=0.002)


def test_chance_goes_beyond_the_allowed_errors_twice_in_a_billion_times():
    assert math.erfc(initialisation.ERRORS / math.sqrt(2)) == pytest.approx(
        2e-9, rel=0.1
    )
    pairs = 307 * 306 / 2
    beyond = math.erfc(initialisation.PAIR_ERRORS / math.sqrt(2))
    assert pairs * beyond < 1e-8


def scaled(factor):
    return lambda n_in, n_out, rng, uniform=False: (
        factor * draw_weights(n_in, n_out, rng, uniform)
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (scaled(np.sqrt(2)), "There is a factor of 2 too many."),
        (scaled(1.05), "the variance of the weights should be"),
        (lambda a, b, rng: draw_weights(b, a, rng), "It is transposed."),
        (lambda a, b, rng: draw_weights(b, a, rng).T, "the variance of the weights"),
        (lambda a, b, rng: None, "Is a `return` missing?"),
        (lambda a, b, rng: 1.0, "expected a NumPy array, got float"),
        (lambda a, b, rng: np.ones((b, a)), "all weights are equal"),
        (lambda a, b, rng: np.full((b, a), np.nan), "NaN or infinite"),
        (lambda a, b, rng: draw_weights(a, b, rng).astype("f4"), "got float32"),
        (lambda a, b, rng: draw_weights(a, b, rng, True), "how `uniform` is used"),
        (lambda a, b, rng: abs(draw_weights(a, b, rng)), "They all have one sign"),
        (
            lambda a, b, rng: draw_weights(a, b, np.random.default_rng(3)),
            "another generator gives the same weights",
        ),
        (
            lambda a, b, rng: draw_weights(a, b, np.random.default_rng()),
            "two generators in the same state",
        ),
        (
            lambda a, b, rng: np.tile(draw_weights(a, b, rng)[:1], (b, 1)),
            "rows 0 and 1 are not independent",
        ),
        (
            lambda a, b, rng: np.tile(draw_weights(a, b, rng)[:, :1], (1, a)),
            "all numbers in one of the rows are equal",
        ),
        (
            lambda a, b, rng: draw_weights(a, b, rng) + 0.02,
            "the mean of the weights should be 0",
        ),
    ],
)
def test_a_wrong_rule_is_told_what_is_wrong(rule, words):
    with pytest.raises(CheckFailed) as caught:
        compare(rule)
    assert words in str(caught.value)


def test_uniform_weights_must_end_at_their_bound():
    def triangular(n_in, n_out, rng, uniform):
        # Variance and share are nearly right, the end is not.
        weights = draw_weights(n_in, n_out, rng, True)
        weights[0, 0] *= 2.5
        return weights

    with pytest.raises(CheckFailed, match="times as large as the bound"):
        compare(triangular, uniform=True, seed=2)


def through(weights, activation, x, grad_output):
    pairs, forth, back = [], [x], [grad_output]
    for matrix in weights:
        pairs.append((matrix, activation()))
        forth.append(pairs[-1][1].forward(forth[-1] @ matrix.T))
    for matrix, act in reversed(pairs):
        back.append(act.backward(back[-1]) @ matrix)
    return [a.std() for a in forth], [a.std() for a in back[::-1]]


class Square:
    def forward(self, x):
        self.x = x
        return x**2

    def backward(self, grad_output):
        return 2 * self.x * grad_output


def compare_spreads(which, spreads):
    initialisation.compare_spreads(
        *(which, spreads),
        networks=((3, (3, 3, 3)), (5, (2, 4, 3)), (1, (2, 3))),
        kinds=((Square, np.square, lambda a: 2 * a),),
        seed=0,
    )


@pytest.mark.parametrize("which", ["signals", "gradients"])
def test_right_spreads_pass(which):
    compare_spreads(which, through)


def test_an_error_on_the_way_back_costs_the_gradients_only():
    def fails_behind(weights, activation, x, grad_output):
        got = through(weights, activation, x, grad_output)
        if x.shape != grad_output.shape:
            raise ValueError("operands could not be broadcast")
        return got

    compare_spreads("signals", fails_behind)
    with pytest.raises(ValueError, match="broadcast"):
        compare_spreads("gradients", fails_behind)


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (lambda s, g: None, "got None"),
        (lambda s, g: np.array(s), "got an array of shape"),
        (lambda s, g: (s, g, s), "expected a pair"),
        (lambda s, g: (0.5, g), "signals: expected a list or an array"),
        (lambda s, g: ([np.ones(2)] * len(s), g), "signals: expected single numbers"),
        (lambda s, g: (s[1:], g), "Entry 0 is missing"),
        (lambda s, g: (g, s), "These are the spreads of the gradients"),
        (lambda s, g: (s[::-1], g), "They stand in the wrong order"),
    ],
)
def test_wrong_spreads_are_told_what_is_wrong(got, words):
    with pytest.raises(CheckFailed) as caught:
        compare_spreads("signals", lambda *args: got(*through(*args)))
    assert words in str(caught.value)


def test_a_list_of_weights_that_is_changed_is_noticed():
    def turns_it_round(weights, *rest):
        got = through(weights, *rest)
        weights.reverse()
        return got

    with pytest.raises(CheckFailed, match="changes the list `weights`"):
        compare_spreads("signals", turns_it_round)
