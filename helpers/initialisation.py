"""What the checks of notebook 08 compare: first weights, and spreads through layers.

Weights are drawn at random, and a right rule must not fail by chance. So each measured
number may be six standard errors off; a normal number goes further twice in a billion
times. The errors are those of `n` independent weights with standard deviation s:

- their mean: ``s / sqrt(n)``;
- their variance: ``s**2 * sqrt(2 / n)`` if they are normal, ``s**2 * sqrt(0.8 / n)`` if
  they are uniform (in general the root of ``(fourth moment - s**4) / n``);
- a share p of them: ``sqrt(p * (1 - p) / n)``;
- the correlation of two rows of length d: ``1 / sqrt(d)``. A matrix has tens of
  thousands of pairs, so this one may be 7.5 errors off.

The largest of `n` uniform weights misses its bound b by more than ``20 * b / n`` with
the probability ``exp(-20)``, again twice in a billion times.
"""

import itertools

import numpy as np

from helpers import candidates, diagnosis
from helpers.checks import CheckFailed, draw, expect, layouts, same, unchanged

#: How many standard errors a number may be off, and the correlation of two rows.
ERRORS, PAIR_ERRORS = 6, 7.5
#: The share of numbers within one standard deviation of 0: normal, and uniform.
_WITHIN_ONE = {False: 0.6827, True: 0.5774}
#: n times the squared relative error of the variance: normal, and uniform.
_SQUARED_ERROR = {False: 2.0, True: 0.8}


def compare_rule(name, rule, variance, *, uniform, sizes, seed, mistakes):
    """Compare a rule for first weights with what it promises.

    Looked at are shape, dtype, mean, variance and kind of distribution at each size,
    whether rows and columns are independent, and whether all of it comes from the
    generator that is handed over.

    Parameters
    ----------
    name : str
        What the rule is called.
    rule : function of (n_in, n_out, rng, uniform=False)
        Returns weights (n_out, n_in).
    variance : function of (n_in, n_out)
        The variance that they should have.
    uniform : bool
        Whether uniform weights are asked for, or normal ones.
    sizes : sequence of (int, int)
        n_in and n_out; a thousand weights or more, or chance hides everything.
    seed : int
        Of the generators that are handed over.
    mistakes : helpers.candidates.Candidates
        The variances that mistakes give.

    Raises
    ------
    CheckFailed
        At the first thing that does not hold.
    """
    options = {"uniform": True} if uniform else {}
    said = ", uniform=True" if uniform else ""
    for place, (n_in, n_out) in enumerate(sizes):
        call, rng = f"{name}({n_in}, {n_out}, rng{said})", np.random.default_rng(seed)
        weights = _take(call, rule(n_in, n_out, rng, **options), (n_out, n_in))
        message = f"{call}: all weights are equal, to {weights.flat[0]:.3g}. "
        expect(np.ptp(weights) > 0, message + "Draw each of them.")
        if place == 0:
            _expect_own_generator(
                call,
                weights,
                lambda rng, shape=(n_in, n_out): rule(*shape, rng, **options),
                rng,
                seed,
            )
        _expect_independent(call, weights)
        _compare_mean(call, weights)
        expected = variance(n_in, n_out)
        _compare_variance(call, weights, expected, uniform, mistakes, n_in, n_out)
        _compare_kind(call, weights, expected, uniform)


def compare_spreads(which, spreads, *, networks, kinds, seed):
    """Compare what `spreads` measures in several networks with what it promises.

    Parameters
    ----------
    which : "signals" or "gradients"
        Which of the two is compared; what the other is like is left alone.
    spreads : function of (weights, activation, x, grad_output)
        Returns signals and gradients.
    networks : sequence of (int, tuple of int)
        N, and the numbers of units from the input to the output. In the first one they
        are all equal: there a mistake on the way back raises no error. In later ones
        such an error is let go by where signals are compared.
    kinds : sequence of (class, function, function)
        An activation, its value and its slope.
    seed : int

    Raises
    ------
    CheckFailed
        At the first thing that does not hold.
    """
    rng = np.random.default_rng(seed)
    mistakes = getattr(candidates.initialisation, which)
    cases = itertools.product(networks, kinds)
    for place, ((n, sizes), (activation, value, slope)) in enumerate(cases):
        shapes = [(m, d) for d, m in itertools.pairwise(sizes)]
        x, grad_output, *weights = draw(rng, (n, sizes[0]), (n, sizes[-1]), *shapes)
        units = "-".join(str(size) for size in sizes)
        where = f"{which} of a network {units}, N={n}, {activation.__name__}"

        single = [array.astype("f4") for array in (x, grad_output, *weights)]
        whole = [np.rint(4 * array).astype(int) for array in (x, grad_output, *weights)]
        ways = [(f", x in {label}", x, weights) for label, x in layouts(x)]
        ways.append((", weights in Fortran order", x, [w.copy("F") for w in weights]))
        ways = [(what, x, grad_output, w) for what, x, w in ways]
        ways.append((", integers", *whole[:2], whole[2:]))
        ways.append((", float32", *single[:2], single[2:]))
        for what, x, grad_output, w in ways:
            seen = _look_inside(w, value, slope, x, grad_output)[which]
            expected = seen.pop("right")
            try:
                got = _call(spreads, (list(w), activation, x, grad_output))
            except Exception as error:  # student code may raise anything
                lets_go = which == "signals" and place > 0
                if not lets_go or isinstance(error, CheckFailed | NotImplementedError):
                    raise
                continue
            part = _numbers(which, got[int(which == "gradients")])
            rtol = 1e-3 if x.dtype == np.float32 else 1e-6
            same(where + what, part, expected, mistakes(**seen), rtol=rtol)


def _call(spreads, given):
    """Call `spreads`; return the pair that it should give, and see what it changes."""
    weights, _, x, grad_output = given
    kept = list(weights)
    held = {f"weights[{place}]": array for place, array in enumerate(kept)}
    with unchanged(x=x, grad_output=grad_output, **held):
        got = spreads(*given)
    same_list = len(weights) == len(kept)
    same_list = same_list and all(a is b for a, b in zip(weights, kept, strict=True))
    expect(same_list, "Your code changes the list `weights`: leave it as it was.")
    came = "None" if got is None else f"a result of type {type(got).__name__}"
    if isinstance(got, np.ndarray):
        came = f"an array of shape {got.shape}"
    is_pair = isinstance(got, tuple | list) or np.ndim(got) == 2
    message = f"spreads(...): expected a pair, signals and gradients; got {came}."
    expect(is_pair and len(got) == 2, message)
    return got


def _numbers(which, part):
    """One half of the pair as an array of floats."""
    came = "None" if part is None else f"a result of type {type(part).__name__}"
    is_listed = isinstance(part, list | tuple | np.ndarray)
    expect(is_listed, f"{which}: expected a list or an array of numbers; got {came}.")
    are_single = all(
        isinstance(entry, int | float | np.number | np.ndarray) and np.ndim(entry) == 0
        for entry in part
    )
    expect(are_single, f"{which}: expected single numbers, one for each signal.")
    return np.array(part, dtype=float)


def _look_inside(weights, value, slope, x, grad_output):
    """What may be measured on the way forward and on the way back.

    Returns
    -------
    dict of str to dict of str to array
        Of "signals" and "gradients" what is right, and what comes of mistakes.
    """
    x, grad_output, *weights = (
        np.asarray(array, dtype=float) for array in (x, grad_output, *weights)
    )
    h, sums, straight = [x], [], [x]
    for matrix in weights:
        sums.append(np.einsum("nd,md->nm", h[-1], matrix))
        h.append(value(sums[-1]))
        straight.append(np.einsum("nd,md->nm", straight[-1], matrix))
    g, between, plain, shared = [grad_output], [], [grad_output], [grad_output]
    alike = all(a.shape == sums[-1].shape for a in sums)
    for matrix, a in zip(reversed(weights), reversed(sums), strict=True):
        between.insert(0, g[0] * slope(a))
        g.insert(0, np.einsum("nm,md->nd", between[0], matrix))
        plain.insert(0, np.einsum("nm,md->nd", plain[0], matrix))
        last = sums[-1] if alike else a
        shared.insert(0, np.einsum("nm,md->nd", shared[0] * slope(last), matrix))
    signals, gradients = _measure(h), _measure(g)
    if alike and x.shape == grad_output.shape:
        turned, round_about = [x], [grad_output]
        for matrix, a in zip(weights, sums, strict=True):
            turned.append(value(turned[-1] @ matrix))
            round_about.insert(0, (round_about[0] * slope(a)) @ matrix)
        signals["turned"] = _deviations(turned)
        gradients["forth"] = _deviations(round_about)
        back = [grad_output]
        for matrix, h_in in zip(reversed(weights), reversed(turned[:-1]), strict=True):
            back.insert(0, (back[0] * slope(h_in @ matrix)) @ matrix.T)
        gradients["turned"] = _deviations(back)
    signals |= {
        **{"sums": _deviations([x, *sums]), "straight": _deviations(straight)},
        "other": gradients["right"],
    }
    gradients |= {
        **{"sums": _deviations([*between, grad_output]), "shared": _deviations(shared)},
        **{"straight": _deviations(plain), "other": signals["right"]},
    }
    return {"signals": signals, "gradients": gradients}


def _deviations(arrays):
    return np.array([array.std() for array in arrays])


def _measure(arrays):
    """The spreads of arrays, and what else may be taken for them."""
    return {
        "right": _deviations(arrays),
        "squares": np.array([np.sqrt(np.mean(a**2)) for a in arrays]),
        "absolute": np.array([np.abs(a).mean() for a in arrays]),
        "units": np.array([a.std(axis=0).mean() for a in arrays]),
        "fewer": np.array([a.std(ddof=1) if a.size > 1 else 0.0 for a in arrays]),
    }


def _take(call, got, shape):
    """The weights as an array, if they are one of this shape."""
    if got is None:
        raise CheckFailed(f"{call}: got None. Is a `return` missing?")
    if not isinstance(got, np.ndarray):
        came = type(got).__name__
        raise CheckFailed(f"{call}: expected a NumPy array, got {came}.")
    if got.shape != shape:
        hint = diagnosis.explain_shape(got.shape, shape)
        came = f"{call}: expected shape {shape}, got {got.shape}."
        raise CheckFailed(f"{came} {hint or ''}".strip())
    if got.dtype != float:
        raise CheckFailed(f"{call}: expected float64, got {got.dtype}.")
    bad = ~np.isfinite(got)
    expect(not bad.any(), f"{call}: {bad.sum()} weights are NaN or infinite.")
    return np.array(got)


def _expect_own_generator(call, weights, draw, rng, seed):
    """See that the weights come from the generator that is handed over."""
    again = draw(np.random.default_rng(seed))
    message = f"{call}: two generators in the same state give different weights. "
    message += "Draw from the `rng` that is handed over, and from nothing else."
    expect(np.array_equal(weights, again), message)
    other = draw(np.random.default_rng(seed + 1))
    expect(
        not np.array_equal(weights, other),
        f"{call}: another generator gives the same weights. "
        "Draw from the `rng` that is handed over.",
    )
    later = draw(rng)
    expect(
        not np.array_equal(weights, later),
        f"{call}: a second call with the same `rng` gives the same weights again. "
        "Draw from `rng` itself: a copy leaves it where it was.",
    )
    expect(
        not np.shares_memory(again, later) and np.array_equal(weights, again),
        f"{call}: a later call changes what an earlier one returned.",
    )


def _compare_mean(call, weights):
    came, allowed = weights.mean(), ERRORS * weights.std() / np.sqrt(weights.size)
    if abs(came) > allowed:
        one_sided = (weights >= 0).all() or (weights <= 0).all()
        hint = "They all have one sign: half of them should be negative."
        raise CheckFailed(
            f"{call}: the mean of the weights should be 0, and chance explains up to "
            f"{allowed:.2g}, but it is {came:.3g}. {hint if one_sided else ''}".strip()
        )


def _compare_variance(call, weights, expected, uniform, mistakes, n_in, n_out):
    came = weights.var()
    allowed = ERRORS * np.sqrt(_SQUARED_ERROR[uniform] / weights.size)

    def near(variance):
        """What came, if chance explains how far from `variance` it is."""
        return came if abs(came / variance - 1) < allowed else None

    if near(expected) is None:
        case = mistakes(near=near, n_in=n_in, n_out=n_out)
        hint = case.name_mistake(np.float64(came), np.float64(expected))
        raise CheckFailed(
            f"{call}: the variance of the weights should be {expected:.4g}, and chance "
            f"explains {allowed:.1%} either way, but it is {came:.4g}. "
            f"{hint or ''}".strip()
        )


def _compare_kind(call, weights, variance, uniform):
    """See whether the weights are normal, or uniform, once their variance is right."""
    kind = "uniform" if uniform else "normal"
    share = _WITHIN_ONE[uniform]
    allowed = ERRORS * np.sqrt(share * (1 - share) / weights.size)
    came = np.mean(weights**2 < variance)
    other = _WITHIN_ONE[not uniform]
    if abs(came - share) > allowed:
        look = "Look at how `uniform` is used."
        hint = look if abs(came - other) < allowed else ""
        raise CheckFailed(
            f"{call}: of {kind} weights {share:.1%} lie within one standard deviation "
            f"of 0, here {came:.1%} do. {hint}".strip()
        )
    if uniform:
        # A uniform distribution ends where the square is three times the variance.
        reach = np.abs(weights).max() / np.sqrt(3 * variance)
        expect(
            1 - 20 / weights.size < reach < 1 + 1e-9,
            f"{call}: the largest weight is {reach:.3f} times as large as the bound.",
        )


def _expect_independent(call, weights):
    """See that no row or column repeats another one."""
    for lines, what in ((weights, "rows"), (weights.T, "columns")):
        count, length = lines.shape
        if count < 2 or length < 100:
            continue
        centred = lines - lines.mean(axis=1, keepdims=True)
        sizes = np.sqrt((centred**2).sum(axis=1))
        if (sizes == 0).any():
            raise CheckFailed(
                f"{call}: all numbers in one of the {what} are equal. "
                "Draw each weight on its own."
            )
        centred /= sizes[:, np.newaxis]
        alike = np.abs(np.triu(centred @ centred.T, k=1))
        if alike.max() > PAIR_ERRORS / np.sqrt(length):
            one, two = (int(i) for i in np.argwhere(alike == alike.max())[0])
            raise CheckFailed(
                f"{call}: {what} {one} and {two} are not independent: their "
                f"correlation is {alike.max():.2f}. Draw each weight on its own."
            )
