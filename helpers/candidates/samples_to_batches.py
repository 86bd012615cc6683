"""10: what comes of gradients, one sample at a time or in a batch, with a mistake in them.

Arrays: gradients of one layer, like its weights (M, D) or its biases (M,); scores `z` and
targets `t` (N, K). One sample is a batch with one row.
"""

from helpers.candidates._formulas import Candidates

#: Given: z, t; back(delta), the gradient where the way back begins with delta; bent(slope), with
#: the slope of the sigmoid replaced by slope(a, z); passed(way), with the gradient before a sigmoid
#: made by way(gradient behind it, a, z); unbiased, without biases; mirrored, that of the
#: layer counted from the other end; partner, the other one of the pair. For one sample: delta and
#: output of the layer. For a batch: N; each (N, ...), the gradients of all samples;
#: p_of_all, p_of_columns, other ways to normalise softmax; later, the answer of the next call.
gradients = Candidates({
    "The slope of the sigmoid is missing on the way back.": "bent(lambda a, z: 1.0)",
    "Half of the sigmoid's slope is missing: it has two factors.": ("bent(lambda a, z: a)", "bent(lambda a, z: 1 - a)"),
    "The sigmoid's slope is taken at the wrong place: it is written in terms of the sigmoid's output.": ("bent(lambda a, z: z * (1 - z))", "bent(lambda a, z: (1 / (1 + np.exp(-a))) * (1 - 1 / (1 + np.exp(-a))))"),
    "Brackets are missing on the way back: the slope is a * (1 - a).": "passed(lambda g, a, z: g * a * 1 - a)",
    "This is the slope of tanh: the network has sigmoids.": "bent(lambda a, z: 1 - a * a)",
    "The targets are left out: the way back begins with a difference.": "back(np.exp(z - z.max(axis=1, keepdims=True)) / np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True))",
    "The scores stand in place of the probabilities: where is softmax?": "back(z - t)",
    "Softmax is upside down: the largest score has the smallest probability.": "back(np.exp(z.min(axis=1, keepdims=True) - z) / np.exp(z.min(axis=1, keepdims=True) - z).sum(axis=1, keepdims=True) - t)",
    "A sigmoid stands in place of softmax.": "back(1 / (1 + np.exp(-z)) - t)",
    "This is the gradient of a squared error behind a sigmoid: the loss is the cross-entropy of softmax.": (
        "back((1 / (1 + np.exp(-z)) - t) / (1 + np.exp(-z)) / (1 + np.exp(z)))", "back(2 * (1 / (1 + np.exp(-z)) - t) / (1 + np.exp(-z)) / (1 + np.exp(z)))",
    ),
    "Softmax is normalised over the whole batch: each row has a sum of its own.": "back(p_of_all - t)",
    "Softmax is normalised over the samples: along which axis are the classes?": "back(p_of_columns - t)",
    "The biases are left out on the way forward.": "unbiased",
    "It is made from what the layer put out: what went into it?": "np.outer(delta, output)",
    "The layers come in the order of the way back: the first layer comes first.": "mirrored",
    "Weights and biases have changed places in the pair.": "partner",
    "It is divided by N: this is the mean, and the sum is wanted.": "expected / N",
    "There is a gradient for each sample: add them up.": "each",
    "This is the gradient of the first sample alone.": "each[0]",
    "This is the gradient of the last sample alone.": "each[-1]",
    "It is the answer of a later call: who else writes into this array?": "later",
})  # fmt: skip

#: How often `gradients` is called. Given: N, epochs.
calls = Candidates({
    "It is never called.": "0",
    "There is one call for each epoch: each sample needs its own.": "epochs",
    "One epoch is all: what does the loop over the epochs go through?": "N",
    "One sample is left out in each epoch.": "(N - 1) * epochs",
    "Each sample is used twice in an epoch.": "2 * N * epochs",
    "There is one epoch too many.": "N * (epochs + 1)",
})  # fmt: skip

#: The x or t of one call. Given: x, t; for t: rows (all targets), came.
sample = Candidates({
    "These are all samples at once: one row is wanted.": ("x", "t"),
    "It has a second axis: one sample is a vector.": "expected[None]",
    "These are the targets of another sample: `x` and `t` need the same number.": "came if came.shape == expected.shape and (np.abs(rows - came).sum(axis=1) == 0).any() else None",
})  # fmt: skip

#: The parameters after a step. Given: previous (before it), gradient (what it was given), rate,
#: start, N.
params = Candidates({
    "They are as they were before the step: every sample moves them.": "previous",
    "The step goes uphill: look at the sign.": "previous + rate * gradient",
    "The learning rate is left out.": "previous - gradient",
    "A learning rate of 0.003 is written into the code: use the argument.": "previous - 0.003 * gradient",
    "The step is divided by N: one sample, one whole step.": "previous - rate * gradient / N",
    "The step is taken twice.": "previous - 2 * rate * gradient",
    "The step begins at the parameters that were given, not where the step before has ended.": "start - rate * gradient",
    "This is the gradient, or the step: subtract it from the parameter.": ("gradient", "rate * gradient", "-rate * gradient"),
})  # fmt: skip
