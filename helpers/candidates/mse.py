"""04: what comes of a mean squared error in which something is wrong.

Arrays: `y`, `t` (N, K); the sizes are `N` and `K`.
"""

from helpers.candidates._formulas import Candidates

#: Given: y, t, N, K; absolute, the mean of the misses without their signs; wrapped,
#: what comes of bytes that wrap around; before.
forward = Candidates({
    "It is divided by N: the mean is over all entries, not only over the samples.": "expected * K",
    "It is divided by K: the mean is over all entries, not only over the outputs.": "expected * N",
    "It is a sum: it should be a mean.": "expected * N * K",
    "It is half the mean: this loss has no 1/2.": "expected / 2",
    "It is half the sum: it should be a mean, without 1/2.": "expected * N * K / 2",
    "It is divided by 2 N: this loss has no 1/2, and its mean is over all entries.": "expected * K / 2",
    "It is doubled: the 2 belongs to the gradient.": "2 * expected",
    "It is divided once more: a mean is divided only once.": ("expected / N", "expected / K", "expected / (N * K)"),
    "It is the root of the mean: this loss has no root.": "np.sqrt(expected)",
    "It is the root of the sum: this loss has no root, and it is a mean.": "np.sqrt(expected * N * K)",
    "It is the mean of the absolute values, not of the squares.": "absolute",
    "It is the sum of the absolute values: where are the squares, where is the mean?": "absolute * N * K",
    "The sign is wrong: squares are never negative.": "-expected",
    "Nothing is squared, so misses up and misses down cancel.": ("y.mean() - t.mean()", "t.mean() - y.mean()"),
    "Nothing is squared, so misses up and misses down cancel; and it is a sum.": ("y.sum() - t.sum()", "t.sum() - y.sum()"),
    "The residuals are doubled, not squared.": ("2 * (y.mean() - t.mean())", "2 * (t.mean() - y.mean())"),
    "The mean comes before the square: in which order should they come?": "(y.mean() - t.mean()) ** 2",
    "The sum comes before the square: in which order should they come?": ("(y.sum() - t.sum()) ** 2", "(y.sum() - t.sum()) ** 2 / (N * K)", "(y.sum() - t.sum()) ** 2 / N"),
    "`y` and `t` are squared before they are subtracted.": "y.var() - t.var() + (y.mean() - t.mean()) * (y.mean() + t.mean())",
    "It is zero, although there are misses.": "0 * expected",
    "This is the answer of the example: compute it from `y` and `t`.": "np.float64(1.25)",
    "The difference wraps around, as integers of one byte do: subtract floats.": ("wrapped[0]", "wrapped[1]"),
})  # fmt: skip

#: Given: y, t, N, K; right(y, t); other, before; wrapped, as above.
backward = Candidates({
    "It is divided by N: the loss is a mean over all N * K entries.": "expected * K",
    "It is divided by K: the loss is a mean over all N * K entries.": "expected * N",
    "It is not divided at all: the loss is a mean, and so its gradient is divided too.": "expected * N * K",
    "A factor of 2 is missing: what is the derivative of a square?": "expected / 2",
    "A factor of 2 is missing, and it is divided by N, not by the number of entries.": "expected / 2 * K",
    "These are the residuals: two factors are missing.": "expected / 2 * N * K",
    "There is a factor of 2 too many.": "2 * expected",
    "It is divided once more: a mean is divided only once.": ("expected / N", "expected / K", "expected / (N * K)"),
    "The sign is wrong: are prediction and target swapped?": "-expected",
    "The sign is wrong, and a factor of 2 is missing.": "-expected / 2",
    "This is the gradient of the root of the loss: there is no root.": "expected / np.linalg.norm(expected) / np.sqrt(N * K)",
    "This is the gradient of the mean absolute error: only the signs are left.": "np.sign(expected) / (N * K)",
    "These are the signs of the residuals: how large they are counts too.": "np.sign(expected)",
    "The squares are in it: look at what `forward` keeps.": ("expected * expected * N * K / 2", "expected * expected * N * K / 4", "expected * expected / 4 * (N * K) ** 2"),
    "The targets are left out.": "right(y, 0 * t)",
    "`y` and `t` are added, not subtracted.": "right(y, -t)",
    "It is summed or averaged over the outputs: each prediction has a gradient of its own.": (
        "expected.sum(axis=1)", "expected.mean(axis=1)", "expected.sum(axis=1) * N", "expected.sum(axis=1, keepdims=True)", "expected.sum(axis=1, keepdims=True) * N",
    ),
    "It is summed or averaged over the samples: each prediction has a gradient of its own.": (
        "expected.sum(axis=0)", "expected.mean(axis=0)", "expected.sum(axis=0) * K", "expected.sum(axis=0, keepdims=True)", "expected.sum(axis=0, keepdims=True) * K",
    ),
    "Everything is one number: each prediction has a gradient of its own.": ("expected.sum()", "expected.mean()", "expected.sum() * N * K"),
    "It is flat: it needs the shape of `y`.": "expected.ravel()",
    "It is rounded down to whole numbers: `//` does that.": "np.floor(expected)",
    "This is the answer of the example: compute it from `y` and `t`.": "np.array([[0.0, 1.0], [-0.5, 0.0]])",
    "This is the gradient of another loss: is what `forward` keeps on `self`?": "other",
    "The difference wraps around, as integers of one byte do: subtract floats.": ("wrapped[0]", "wrapped[1]"),
})  # fmt: skip
