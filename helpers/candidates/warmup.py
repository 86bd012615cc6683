"""00: what comes of the four functions of the warm-up if something is wrong.

Arrays: `x` (N, D), `weights` (M, D), `biases` (M,); `y`, `t`, `a`, `b` of any shape.
"""

from helpers.candidates._formulas import Candidates

#: Given: first, the answer of an earlier call with the same arguments.
twice = Candidates({
    "Two calls with the same arguments give two answers: what is drawn at random, or kept from the call before?": "first",
})  # fmt: skip

#: Given: later, the answer of a later call.
kept = Candidates({
    "A later call has changed this answer: make a new array at each call.": "later",
})  # fmt: skip

#: Given: x, weights, biases; right(x, weights, biases); before.
affine = Candidates({
    "The biases are left out.": "expected - biases",
    "The biases are added twice.": "expected + biases",
    "The biases are subtracted.": "expected - 2 * biases",
    "The biases are multiplied in, where they should be added.": "(expected - biases) * biases",
    "The biases are added once for each input: once for each sum is enough.": "expected + (x.shape[1] - 1) * biases",
    "The biases are added to the samples, as a column, and not to the neurons.": "expected - biases + biases[:, np.newaxis]",
    "The axes of the weights are swapped: which of their axes belongs to the inputs?": "x @ weights + biases",
    "The weights are reshaped, which reads them in the old order: their axes should change places.": "right(x, weights.reshape(weights.shape[::-1]).T, biases) if x.shape[1] != len(weights) else None",
    "Entries are multiplied one by one, where rows should meet columns.": "x * weights + biases",
    "The sum over the inputs is divided by D.": ("(expected - biases) / x.shape[1] + biases", "expected / x.shape[1]"),
    "The sum is divided by N: every sample has its own sums.": ("(expected - biases) / len(x) + biases", "expected / len(x)"),
    "The last of the inputs is left out of the sums.": "right(x[:, :-1], weights[:, :-1], biases)",
    "The last sample is left out.": "np.concatenate([expected[:-1], 0 * expected[-1:]])",
    "The neurons are added up: each has an output of its own.": "expected.sum(axis=1)",
    "The inputs are cut to whole numbers.": "right(np.trunc(x), weights, biases)",
    "The weights are cut to whole numbers.": "right(x, np.trunc(weights), biases)",
    "The array is empty: nothing is put into it.": "np.zeros(0)",
})  # fmt: skip

#: Given: y, t.
residuals = Candidates({
    "These are the targets minus the predictions: which comes first?": "-expected",
    "These are distances: a residual keeps its sign.": "abs(expected)",
    "These are squares: a residual is a plain difference.": "expected**2",
    "This is one number: every entry has a residual of its own.": ("expected.sum()", "expected.mean()", "(expected**2).mean()", "abs(expected).mean()", "(expected**2).sum()"),
    "It is divided by how many there are: a residual is no mean.": ("expected / expected.size", "expected / len(expected)"),
    "It is divided by the targets: a residual is a plain difference.": "expected / t",
    "The result is flattened: it should keep the shape of y and t.": "expected.ravel()",
    "The numbers are cut to whole ones before the subtraction.": "expected - np.fmod(y, 1) + np.fmod(t, 1)",
    "Bytes wrap around, as if on a clock: something has to become a float before the minus sign.": "expected % 256",
    "Signed bytes end at 127, and wrap around: something has to become a float before the minus sign.": "(expected + 128) % 256 - 128",
})  # fmt: skip

#: Given: f, x, eps, slope (the exact one); right(f, x, eps=...); came, in float32.
numerical_gradient = Candidates({
    "The step goes to one side only: the two points lie above and below, equally far from x.": (
        "2 * right(lambda v: f(np.maximum(v, x)), x, eps=eps)", "right(lambda v: f(np.maximum(v, x)), x, eps=eps)",
        "2 * right(lambda v: f(np.minimum(v, x)), x, eps=eps)", "right(lambda v: f(np.minimum(v, x)), x, eps=eps)",
    ),
    "It is twice too large: how far apart are the two points, and what do you divide by?": "2 * expected",
    "It is not divided by the distance of the two points.": ("expected * 2 * eps", "expected * eps"),
    "`/ 2 * eps` divides by 2 and multiplies by `eps`: brackets are missing.": "expected * eps**2 if eps > 1e-3 else None",
    "`eps` is not used: the step is written into the code.": "slope",
    "One nudge is not undone before the next.": (
        "np.reshape([right(f, x - eps * (np.arange(x.size).reshape(x.shape) < i), eps=eps).flat[i] for i in range(x.size)], x.shape)",
        "np.reshape([right(f, x + eps * (np.arange(x.size).reshape(x.shape) < i), eps=eps).flat[i] for i in range(x.size)], x.shape)",
        "np.reshape([right(lambda s: f(x + s * (np.arange(x.size).reshape(x.shape) <= i)), 0.0, eps=eps) for i in range(x.size)], x.shape)",
    ),
    "The other entries are zero while one is nudged: `f` has to see all of x.": "np.reshape([right(f, x * (np.arange(x.size).reshape(x.shape) == i), eps=eps).flat[i] for i in range(x.size)], x.shape)",
    "All entries are nudged at once: nudge one at a time.": ("right(lambda s: f(x + s), 0.0, eps=eps)", "np.full(x.shape, right(lambda s: f(x + s), 0.0, eps=eps))"),
    "A whole row is nudged at once: the loop has to run over every axis.": (
        "np.broadcast_to(right(lambda r: f(x + r), 0 * x[:, :1], eps=eps), x.shape) if x.ndim == 2 else None",
        "right(lambda r: f(x + r), 0 * x[:, :1], eps=eps).ravel() if x.ndim == 2 else None",
    ),
    "The two values of `f` are added: how much does it change from one to the other?": "right(lambda v: f(v) * np.sign((v - x).sum()), x, eps=eps)",
    "Every entry has the wrong sign: which value of `f` is subtracted from which?": "-expected",
    "This is the second derivative: a slope needs two values of `f`, not three.": "2 * right(lambda v: f(np.maximum(v, x)) - f(np.minimum(v, x)), x, eps=eps) / eps",
    "The result is flattened: it should be shaped like x.": "expected.ravel()",
    "Whole numbers cannot be nudged by so little: which dtype has the copy?": "right(lambda v: f(np.trunc(v)), np.trunc(x), eps=eps)",
    "Seven digits are too few for so small a step: which dtype has what you nudge?": "np.where(abs(came - expected) < 0.2 * abs(expected).max(), came, np.nan)",
})  # fmt: skip

# A constant in the denominator, added to it or as its least value.
_CONSTANTS = (
    "1e-6",
    "1e-7",
    "1e-8",
    "1e-9",
    "1e-10",
    "1e-12",
    "1e-15",
    "2.220446049250313e-16",
)
_ADDED = "np.nanmax(ratios / (1 + {} * ratios / abs(1.0 * a - b)))"
_AT_LEAST = "np.nanmax(ratios * np.minimum(1, abs(1.0 * a - b) / ratios / {}))"
# The ratio to the smaller size; none if that is zero.
_BY_SMALLER = "np.where(ratios == 1, np.nan, ratios / abs(1 - ratios))"

#: Given: a, b; ratios, the right one for each entry.
relative_error = Candidates({
    "A small number in the denominator hides a difference between small entries.": tuple(
        formula.format(constant) for constant in _CONSTANTS for formula in (_ADDED, _AT_LEAST)
    ),
    "This is the absolute error: nothing is divided.": "abs(1.0 * a - b).max()",
    "It is not the larger size that you divide by, at each entry: is it always that of one side, or the smaller one?": (
        f"np.where(abs(a) > abs(b), {_BY_SMALLER}, ratios).max()",
        f"np.where(abs(a) < abs(b), {_BY_SMALLER}, ratios).max()",
        f"({_BY_SMALLER}).max()",
    ),
    "The two sizes are added in the denominator: it should be the larger one.": "np.where(a * b < 0, 1, ratios / (2 - ratios)).max()",
    "The mean of the two sizes is the denominator: it should be the larger one.": "np.where(a * b < 0, 2, 2 * ratios / (2 - ratios)).max()",
    "The arrays are compared as wholes: every entry has its own ratio, and the largest ratio counts.": (
        "abs(a - b).max() / abs(np.append(a, b)).max()",
        *(f"np.linalg.norm(a - b) / {size}" for size in (
            "(np.linalg.norm(a) + np.linalg.norm(b))", "np.linalg.norm(a)", "np.linalg.norm(b)",
        )),
    ),
    "A sign is left in: a distance and a size are never negative.": (
        "(ratios * np.sign(a - b)).max()", "(ratios * np.sign(b - a)).max()",
        "np.where((a < 0) & (b < 0), ratios / (ratios - 1), ratios).max()",
        "(np.sign(a - b) * np.where((a < 0) & (b < 0), ratios / (ratios - 1), ratios)).max()",
    ),
    "This is the mean of the ratios: the largest one counts.": "ratios.mean()",
    "This is the sum of the ratios: the largest one counts.": "ratios.sum()",
    "This is the smallest ratio: the largest one counts.": "ratios.min()",
    "Only the first entry is looked at.": "ratios.flat[0]",
    "Only the last entry is looked at.": "ratios.flat[-1]",
    "The ratio is squared.": "expected**2",
    "Two zeros agree: they count as 0.": "np.where((a == 0) & (b == 0), 1, ratios).max()",
    "An entry that is 0 on one side only is left out: its ratio is 1.": "ratios[(a != 0) & (b != 0)].max()",
    "Bytes wrap around, as if on a clock: something has to become a float before the minus sign.": "np.nanmax(ratios * ((1.0 * a - b) % 256) / abs(1.0 * a - b))",
})  # fmt: skip
