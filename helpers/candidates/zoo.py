"""11: what comes of a layer, loss or optimiser of the zoo in which something is wrong.

Arrays: `x`, `y`, `grad_output` (N, D) of a layer; `logits` (N, C), `labels` (N,) and
`p` (N, C), the probabilities, or `targets` and `t`, of a loss. Moves are as in `adam`.
"""

import numpy as np

from helpers.candidates._formulas import Candidates
from helpers.candidates.activations import _BACKWARD, _FORWARD

# What is true, a 1 in the column of the label; the probability of the right class; by
# how much each score is above that of the right class.
_TRUE = "np.eye(p.shape[1])[labels]"
_CHOSEN = "p[np.arange(len(labels)), labels]"
_GAPS = "(logits - logits[np.arange(len(labels)), labels][:, np.newaxis])"
_SIZES = "np.abs(y - t)"

_ITSELF = {"This is `x` itself: nothing is bent.": "x"}
_UNBENT = {
    "This is `grad_output` itself: the way back passes the slope.": "grad_output"
}
_MEAN = {
    "This is the sum over the samples, but the loss is their mean.": "expected * len(labels)",
    "It is divided by the number of classes, too: the loss is a mean over the samples only.": "expected / logits.shape[1]",
}  # fmt: skip
_MEAN_GRADIENT = {
    "It is not divided by N: the loss is a mean, and so is its gradient.": "expected * len(labels)",
    "It is divided by the number of classes, too: the loss is a mean over the samples only.": "expected / logits.shape[1]",
    "This is the gradient of another loss object: does each keep what its own `forward` saw?": "other",
}  # fmt: skip
_MEAN_OF_ALL = {
    "It is a sum: it should be a mean.": "expected * N * K",
    "It is divided by N: the mean is over all entries, not only over the samples.": "expected * K",
}  # fmt: skip
_GRADIENT_OF_ALL = {
    "It is not divided at all: the loss is a mean, and so its gradient is divided too.": "expected * N * K",
    "It is divided by N: the loss is a mean over all N * K entries.": "expected * K",
    "This is the gradient of another loss: is what `forward` keeps on `self`?": "other",
}  # fmt: skip
_SIGN = {"The sign is wrong: a logarithm of a probability is negative, a loss is not.": "-expected"}  # fmt: skip

#: Given: x, slope; before, later.
leaky_forward = Candidates(_FORWARD | _ITSELF | {
    "Nothing leaks through: negative entries are multiplied by the slope, not by 0.": "np.maximum(expected, 0)",
    "A slope of 0.01 is written into the code: use `self.slope`.": "np.where(expected > 0, expected, expected / slope * 0.01)",
    "The positive entries are multiplied by the slope, and the negative ones are kept.": "x + slope * x - expected",
    "All entries are multiplied by the slope: the positive ones pass as they are.": "slope * x",
    "The slope is added to the negative entries: it is a factor.": "np.where(expected > 0, expected, expected / slope + slope)",
})  # fmt: skip

#: Given: x, y, grad_output, slope; right(x, grad_output); before, earlier, other, again.
leaky_backward = Candidates(_BACKWARD | _UNBENT | {
    "No gradient leaks through where `x` is negative.": "expected * (x > 0)",
    "A slope of 0.01 is written into the code: use `self.slope`.": "np.where(x > 0, expected, expected / slope * 0.01)",
    "The sign of `grad_output` decides what passes: that is up to the input alone.": "right(grad_output, grad_output)",
    "It is multiplied where `x` is positive, and passes where it is negative: the other way round.": "grad_output + slope * grad_output - expected",
})  # fmt: skip

#: Given: x; erf, the error function; before, later.
gelu_forward = Candidates(_FORWARD | _ITSELF | {
    "This is the share that passes, and not what passes: multiply `x` by it.": "expected / x",
    "This is the approximation by tanh: here the exact one is asked for.": "0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))",
    "This is the approximation by a sigmoid: here the exact one is asked for.": "x / (1 + np.exp(-1.702 * x))",
    "The root of 2 is missing inside the error function.": "x * (1 + erf(x)) / 2",
    "The 1 is missing: the error function runs from -1 to 1, and a share from 0 to 1.": "expected - x / 2",
    "The share of -x is taken: large entries should pass, and very negative ones should not.": "x - expected",
})  # fmt: skip

# Of x times a share: the first term is `grad_output * y / x`.
_SHARES = {
    "The second term of the product rule is missing: the share depends on `x` as well.": "grad_output * y / x",
    "The first term of the product rule is missing: the share itself.": "expected - grad_output * y / x",
    "The second term of the product rule lacks its factor `x`.": "grad_output * y / x + (expected - grad_output * y / x) / x",
    "The second term of the product rule has the wrong sign.": "2 * grad_output * y / x - expected",
}  # fmt: skip

#: Given: x, y, grad_output; right(x, grad_output); before, earlier, other, again.
gelu_backward = Candidates(_BACKWARD | _UNBENT | _SHARES | {
    "The density lacks its factor, one over the root of 2 pi.": "grad_output * y / x + (expected - grad_output * y / x) * np.sqrt(2 * np.pi)",
    "The root in the density covers 2 only: it is that of 2 pi.": "grad_output * y / x + (expected - grad_output * y / x) / np.sqrt(np.pi)",
    "The exponent of the density is positive: mind the minus.": "grad_output * y / x + (expected - grad_output * y / x) * np.exp(x**2)",
    "The half is missing in the exponent of the density.": "grad_output * y / x + (expected - grad_output * y / x) * np.exp(-(x**2) / 2)",
})  # fmt: skip

#: Given: x; before, later.
silu_forward = Candidates(_FORWARD | _ITSELF | {
    "This is the share that passes, and not what passes: multiply `x` by it.": "expected / x",
    "The share of -x is taken: large entries should pass, and very negative ones should not.": "x - expected",
    "The sigmoid is taken twice.": "x / (1 + np.exp(-expected / x))",
})  # fmt: skip

#: Given: x, y, grad_output; right(x, grad_output); before, earlier, other, again.
silu_backward = Candidates(_BACKWARD | _UNBENT | _SHARES)

#: Given: x, y, grad_output; right(x, grad_output); before, earlier, other, again.
softmax_layer = Candidates(_BACKWARD | {
    "This is `grad_output` itself: the way back passes the Jacobian.": "grad_output",
    "Only the diagonal of the Jacobian is used: a score moves the probabilities of all classes.": "grad_output * y * (1 - y)",
    "The second part of the Jacobian is missing: what the other probabilities lose.": "grad_output * y",
    "The sum runs over the samples, but each sample has a Jacobian of its own.": "y * (grad_output - (grad_output * y).sum(axis=0))",
    "The sum runs over everything, but each sample has a Jacobian of its own.": "y * (grad_output - (grad_output * y).sum())",
    "It is a mean over the classes, but it should be their sum.": "y * grad_output - (y * grad_output - expected) / y.shape[1]",
    "The gradients are added up as they are: each counts as much as the probability of its class.": "y * (grad_output - grad_output.sum(axis=1, keepdims=True))",
    "The difference is not multiplied by the probabilities.": "expected / y",
})  # fmt: skip

#: Given: logits.
logsumexp = Candidates({
    "The logarithm is left out.": "np.exp(expected)",
    "The largest score is subtracted, but not added again.": "expected - logits.max(axis=1)",
    "The largest score is added twice.": "expected + logits.max(axis=1)",
    "This is the largest score alone.": "logits.max(axis=1)",
    "This is the mean of the exponentials: it should be their sum.": "expected - np.log(logits.shape[1])",
    "The sum runs down the columns, but it should run along the rows: one row is one sample.": "np.log(np.exp(logits).sum(axis=0))",
    "Everything is summed: each row has a result of its own.": ("np.log(np.exp(logits).sum())", "logits.max(axis=1) + np.log(np.exp(logits - logits.max(axis=1, keepdims=True)).sum())"),
    "A column (N, 1) and a row (N,) have been added, which makes a table (N, N).": "logits.max(axis=1, keepdims=True) + (expected - logits.max(axis=1))",
})  # fmt: skip

#: Given: logits, targets, N, K; before.
bce_forward = Candidates(_MEAN_OF_ALL | _SIGN | {
    "Only the targets 1 count: those that should be 0 have a term, too.": "(targets * np.logaddexp(0, -logits)).mean()",
    "Only the targets 0 count: those that should be 1 have a term, too.": "expected - (targets * np.logaddexp(0, -logits)).mean()",
    "The product of logits and targets is added: it should be subtracted.": "expected + 2 * (logits * targets).mean()",
    "The absolute value is missing in the exponent.": "expected + (np.logaddexp(0, -logits) - np.logaddexp(0, -np.abs(logits))).mean()",
    "The maximum is missing: negative logits enter the first term as 0.": "expected + np.minimum(logits, 0).mean()",
    "The roles of the targets 0 and 1 are exchanged.": "expected + ((2 * targets - 1) * logits).mean()",
})  # fmt: skip

#: Given: logits, targets, N, K; before, other.
bce_backward = Candidates(_GRADIENT_OF_ALL | {
    "The targets are left out: these are the probabilities alone.": "expected + targets / (N * K)",
    "The slope of sigmoid is in it, but the logarithm has cancelled it.": "expected * np.exp(-np.abs(logits)) / (1 + np.exp(-np.abs(logits))) ** 2",
    "The logits stand where the probabilities should.": "(logits - targets) / (N * K)",
})  # fmt: skip

#: Given: logits, labels (N,) or (N, C), p; hard, the result for the likeliest class of each target; before.
cross_entropy_forward = Candidates(_MEAN | _SIGN | {
    "Only the likeliest class of each target counts, but every class should, as likely as it is.": "hard",
    "The entropy of the targets is subtracted: that is another loss (Kullback-Leibler).": "expected + (labels * np.log(labels)).sum() / len(p)",
    "The logarithm is that of the targets: it should be that of what the network says.": "-(p * np.log(labels)).sum() / len(p)",
})  # fmt: skip

#: Given: logits, labels (N,) or (N, C), p; hard; before, other.
cross_entropy_backward = Candidates(_MEAN_GRADIENT | {
    "Only the likeliest class of each target counts, but every class should, as likely as it is.": "hard",
    "The labels are left out: these are the probabilities alone.": "p / len(p)",
    "The probabilities enter with the slope p (1 - p) of a single score.": "expected * p * (1 - p)",
})  # fmt: skip

#: Given: logits, labels; before.
hinge_forward = Candidates(_MEAN | {
    "The right class is compared with itself, which adds 1 to every sample.": "expected + 1",
    "The margin is missing.": f"np.maximum({_GAPS}, 0).sum() / len(labels)",
    "Only the worst of the other classes counts: here all of them do (that is another version).": f"np.maximum(0, 1 + np.where({_GAPS} == 0, -9e9, {_GAPS}).max(axis=1)).mean()",
    "The difference is turned around: the right class should be the larger one.": f"(np.maximum(0, 1 - {_GAPS}).sum(axis=1) - 1).mean()",
    "The misses are squared (that is another version).": f"(np.maximum(0, 1 + {_GAPS}) ** 2).sum() / len(labels) - 1",
})  # fmt: skip

#: Given: logits, labels; before, other.
hinge_backward = Candidates(_MEAN_GRADIENT | {
    "The score of the right class has no gradient: it is in every term of the sum.": f"np.where({_GAPS} == 0, 0, expected)",
    "The score of the right class counts once, but it is in every term that is above 0.": f"np.where({_GAPS} == 0, np.sign(expected) / len(labels), expected)",
    "The signs are turned around.": "-expected",
    "The right class is compared with itself: its own term does not count.": f"np.where({_GAPS} == 0, expected - 1 / len(labels), expected)",
    "All terms count, also those that are 0.": f"np.where({_GAPS} == 0, 1 - logits.shape[1], 1) / len(labels)",
})  # fmt: skip

#: Given: y, t, delta, N, K; standard, the result for a delta of 1; before.
huber_forward = Candidates(_MEAN_OF_ALL | {
    "These are squares everywhere: far out it should be a line.": f"({_SIZES} ** 2).mean() / 2",
    "These are absolute values everywhere: near 0 it should be a square.": (f"{_SIZES}.mean()", f"{_SIZES}.mean() * delta"),
    "The half is missing near 0.": f"expected + ({_SIZES} ** 2 * ({_SIZES} <= delta)).mean() / 2",
    "The line does not begin where the square ends: what is subtracted from it?": (f"expected + (delta**2 * ({_SIZES} > delta)).mean() / 2", f"expected - (delta**2 * ({_SIZES} > delta)).mean() / 2", f"expected + ((delta**2 - delta) * ({_SIZES} > delta)).mean() / 2"),
    "A delta of 1 is written into the code: use `self.delta`.": "standard",
})  # fmt: skip

#: Given: y, t, delta, N, K; standard; before, other.
huber_backward = Candidates(_GRADIENT_OF_ALL | {
    "The gradient has no limit: far out it should stay at delta.": "(y - t) / (N * K)",
    "These are the signs of the residuals: near 0 the gradient is smaller.": ("np.sign(expected) / (N * K)", "delta * np.sign(expected) / (N * K)"),
    "A delta of 1 is written into the code: use `self.delta`.": "standard",
})  # fmt: skip

#: Given: logits, labels, p, gamma; standard, the result for a gamma of 2; before.
focal_forward = Candidates(_MEAN | _SIGN | {
    "This is plain cross-entropy: the weight is missing.": f"-np.log({_CHOSEN}).mean()",
    "The weight is large for what is easy: it should be large for what is hard.": f"-({_CHOSEN} ** gamma * np.log({_CHOSEN})).mean()",
    "A gamma of 2 is written into the code: use `self.gamma`.": "standard",
    "`gamma` is a factor here: it should be the exponent.": f"-(gamma * (1 - {_CHOSEN}) * np.log({_CHOSEN})).mean()",
    "Weight and loss are averaged apart: multiply them sample by sample.": f"-((1 - {_CHOSEN}) ** gamma).mean() * np.log({_CHOSEN}).mean()",
})  # fmt: skip

#: Given: logits, labels, p, gamma; standard; before, other.
focal_backward = Candidates(_MEAN_GRADIENT | {
    "This is the gradient of plain cross-entropy.": f"(p - {_TRUE}) / len(p)",
    "The weight is taken for a constant, but it depends on the scores as well.": f"((1 - {_CHOSEN}) ** gamma)[:, np.newaxis] * (p - {_TRUE}) / len(p)",
    "The two terms of df/du have the same sign: the second is subtracted.": f"expected + 2 * ((1 - {_CHOSEN}) ** gamma)[:, np.newaxis] * ({_TRUE} - p) / len(p)",
    "The first term of df/du lacks its factor p.": f"(expected + ((1 - {_CHOSEN}) ** gamma)[:, np.newaxis] * ({_TRUE} - p) / len(p)) / {_CHOSEN}[:, np.newaxis] - ((1 - {_CHOSEN}) ** gamma)[:, np.newaxis] * ({_TRUE} - p) / len(p)",
    "The 1 in the column of the label is missing.": f"np.where({_TRUE} == 1, expected * p / (p - 1), expected)",
    "Only the entries of the right classes are there: a score moves the probabilities of all classes.": f"expected * {_TRUE}",
    "A gamma of 2 is written into the code: use `self.gamma`.": "standard",
})  # fmt: skip

_UPHILL = {
    "The moves go uphill: look at the sign.": ("-expected", "right('uphill')"),
    "The learning rate is left out.": "expected / rates",
}

#: Given: rates, a column; right(mistake), or what `recorded` gives.
nesterov = Candidates(_UPHILL | {
    "This is plain momentum: Nesterov's step adds the gradient once more.": "right('plain momentum')",
    "The velocity has no factor in the step: it enters with `self.momentum`.": "right('no factor')",
    "These are the moves of plain SGD: is the velocity kept from one step to the next?": "right('no memory')",
    "The gradient is added as it is, but it is the velocity that has a factor.": "right('factor on the gradient')",
    "The gradient should enter the velocity as it is, without a factor.": "right('dampened')",
    "A momentum of 0.9 is written into the code: use `self.momentum`.": "right('0.9')",
})  # fmt: skip

#: Given: rates, a column; right(mistake), or what `recorded` gives.
adamw = Candidates(_UPHILL | {
    "There is no weight decay: this is Adam.": "right('no decay')",
    "There is nothing but the decay: where is Adam's step?": "right('decay alone')",
    "The decay is part of the gradient, and is divided by its size: here it stands on its own.": "right('coupled')",
    "The decay lacks the learning rate.": "right('decay without rate')",
    "The parameters grow: the decay should make them smaller.": "right('growth')",
    "The decay is taken twice.": "right('decay twice')",
    "The biases do not decay: here every parameter does.": "right('weights only')",
    "Neither of the two means is corrected.": "right('no correction')",
    "Betas of 0.9 and 0.999 are written into the code: use `self.beta1` and `self.beta2`.": "right('betas')",
    "A decay of 0.01 is written into the code: use `self.weight_decay`.": "right('0.01')",
    "Adam gets the decay as its epsilon, or another argument in the wrong place.": "right('epsilon')",
})  # fmt: skip

#: Given: rates, a column; right(mistake), or what `recorded` gives.
lion = Candidates(_UPHILL | {
    "The size of the mixture counts: only its sign should.": "right('no sign')",
    "The momentum is brought up to date before the step: it should be after it.": "right('memory first')",
    "The betas are exchanged.": "right('betas exchanged')",
    "A beta and 1 minus it are exchanged: the beta belongs to what was there before.": ("right('mixture exchanged')", "right('memory exchanged')", "right('all exchanged')"),
    "One beta does the work of both.": ("right('beta1 alone')", "right('beta2 alone')"),
    "This is the sign of the gradient alone: is the momentum kept from one step to the next?": "right('no memory')",
    "There is no weight decay.": "right('no decay')",
    "The decay is inside the sign: it stands beside it.": "right('coupled')",
    "The decay lacks the learning rate.": "right('decay without rate')",
})  # fmt: skip

#: Given: x, rate; kept, which entries are not 0.
dropout_forward = Candidates({
    "Nothing is dropped: while `training` is true, some entries become 0.": "x if kept.all() else None",
    "What is kept is not scaled up.": "None if kept.all() else x * kept",
    "What is kept is divided by the rate: that is the share of what is dropped.": "expected * (1 / rate - 1)",
    "What is kept is scaled down, but it should be scaled up.": "expected * (rate - 1) ** 2",
})  # fmt: skip

#: Given: grad_output; kept, which entries forward has kept.
dropout = Candidates({
    "Nothing was dropped, and nothing scaled: look at `forward` first.": "grad_output if kept.all() else None",
    "The gradient passes everywhere, also where `forward` gave 0.": "None if kept.all() else grad_output",
    "The gradient is not scaled, but the output was.": "None if kept.all() else grad_output * kept",
    "It passes where `forward` gave 0, and is lost elsewhere.": "grad_output * ~kept",
})  # fmt: skip

#: While nothing is dropped. Given: rate; kept, which entries forward kept before.
evaluation = Candidates({
    "It is scaled down: with inverted dropout nothing is scaled after the training.": "expected - rate * expected",
    "It is scaled up: after the training nothing is scaled.": "expected / -(rate - 1)",
    "The entries that training dropped last are dropped still.": "expected * kept / -(rate - 1)",
})  # fmt: skip

# What comes of each mistake in the visible checks, (T, n): by notebook name and mistake.
_RECORDED = {
    "Nesterov": {
        "plain momentum": [[[0.5, -1.0], [2.0, 0.5]], [[0.25, 0.0], [0.0, 1.75]], [[-2.75, 2.0], [1.0, 2.25]]],
        "no memory": [[[0.5, -1.0], [2.0, 0.5]], [[0.0, 0.5], [-1.0, 1.5]], [[-3.0, 2.0], [1.0, 0.5]]],
        "factor on the gradient": [[[0.75, -1.5], [3.0, 0.75]], [[0.25, 0.25], [-0.5, 2.5]], [[-4.25, 3.0], [1.5, 2.5]]],
        "dampened": [[[0.625, -1.25], [2.5, 0.625]], [[0.0625, 0.5], [-1.0, 1.9375]], [[-3.6875, 2.5], [1.25, 1.0625]]],
        "0.9": [[[0.95, -1.9], [3.8, 0.95]], [[0.405, 0.14], [-0.28, 3.255]], [[-4.971, 3.152], [3.196, 4.109]]],
        "no factor": [[[1.0, -2.0], [4.0, 1.0]], [[0.25, 0.5], [-1.0, 3.25]], [[-5.75, 4.0], [2.0, 2.75]]],
    },
    "AdamW": {
        "no decay": [[[0.499999995, -0.499999998], [0.499999999, 0.499999995]], [[0.286410977, -0.041339864], [0.041339864, 0.47661668]], [[-0.662373578, 0.551307151], [0.266830092, 0.750470698]]],
        "coupled": [[[0.499999996, -0.499999998], [0.499999999, 0.499999997]], [[0.324690547, -0.139485231], [0.046663225, 0.489800223]], [[-0.618975496, 0.387944176], [0.268099165, 0.820719304]]],
        "decay without rate": [[[0.699999995, -0.899999998], [0.599999999, 1.099999995]], [[0.346410978, -0.261339864], [0.021339864, 0.856616681]], [[-0.671655772, 0.383575124], [0.24256212, 0.959147362]]],
        "growth": [[[0.399999995, -0.299999998], [0.449999999, 0.199999995]], [[0.226410976, 0.128660136], [0.036339864, 0.196616679]], [[-0.737091384, 0.917039179], [0.264098065, 0.229794033]]],
        "decay twice": [[[0.699999995, -0.899999998], [0.599999999, 1.099999995]], [[0.346410978, -0.261339864], [0.021339864, 0.856616681]], [[-0.680937967, 0.215843096], [0.218294147, 1.167824027]]],
        "weights only": [[[0.599999995, -0.699999997], [0.499999999, 0.499999995]], [[0.326410977, -0.171339864], [0.041339864, 0.47661668]], [[-0.647655772, 0.325575124], [0.266830092, 0.750470698]]],
        "no correction": [[[0.499999992, -0.599999996], [0.449999998, 0.699999992]], [[0.327128124, -0.18], [0.045, 0.691169081]], [[-0.648405939, 0.324458562], [0.276131296, 1.095584362]]],
        "betas": [[[0.599999995, -0.699999997], [0.549999999, 0.799999995]], [[0.375029123, -0.263168519], [0.12816852, 0.678890558]], [[-0.437453254, 0.065330493], [0.304795443, 1.104774228]]],
        "0.01": [[[0.504999995, -0.509999998], [0.502499999, 0.514999995]], [[0.288885977, -0.048789864], [0.041327364, 0.48904168]], [[-0.660312437, 0.53689505], [0.266391819, 0.770430281]]],
        "epsilon": [[[0.416666667, -0.454545455], [0.476190476, 0.416666667]], [[0.219387111, -0.03651004], [0.03877513, 0.439386637]], [[-0.603061054, 0.494466541], [0.246073149, 0.675737097]]],
        "uphill": [[[-0.599999995, 0.699999997], [-0.549999999, -0.799999995]], [[-0.446410976, 0.311339864], [-0.146339864, -0.856616679]], [[0.253091384, 0.050960821], [-0.506098065, -1.681794033]]],
        "decay alone": [[[0.1, -0.2], [0.05, 0.3]], [[0.09, -0.18], [0.045, 0.27]], [[0.162, -0.324], [0.081, 0.486]]],
    },
    "Lion": {
        "no sign": [[[0.02, 0.04, -0.05, -0.14], [-0.19, 0.32, -0.64, 0.36]], [[-0.314, 0.132, -0.203, 0.07], [0.313, 0.471, -0.232, -0.367]], [[-0.0028, 0.2804, -0.3198, -0.2512], [0.8146, 1.1472, -1.0084, -1.0044]], [[-0.80608, -0.46716, 0.6952, 0.79956], [0.87776, 0.08722, -0.57844, -0.41294]], [[0.15584, -0.13303, 0.111048, 0.120058], [0.02784, 0.086145, -0.21365, 0.015585]]],
        "memory first": [[[-0.4, 0.3, -0.43, -0.48], [-0.45, 0.8, -0.9, 0.4]], [[-0.36, 0.27, -0.387, 0.568], [0.595, 0.72, 0.19, -0.64]], [[-0.648, 0.486, -0.6966, -0.9776], [1.071, 1.296, -1.658, -1.152]], [[-0.5184, -1.6112, 1.44272, 1.21792], [0.8568, -0.9632, -1.3264, -0.9216]], [[-0.20736, 0.35552, 0.577088, 0.487168], [0.34272, -0.38528, -0.53056, -0.36864]]],
        "betas exchanged": [[[-0.4, 0.3, -0.43, -0.48], [-0.45, 0.8, -0.9, 0.4]], [[-0.36, 0.27, -0.387, -0.432], [-0.405, 0.72, -0.81, 0.36]], [[-0.648, 0.486, -0.6966, -0.7776], [1.271, 1.296, -1.458, -1.352]], [[-0.5184, 0.3888, -0.55728, -0.62208], [1.0168, 1.0368, -1.1664, -1.0816]], [[-0.20736, 0.15552, 0.777088, 0.751168], [0.40672, 0.41472, -0.46656, -0.43264]]],
        "beta1 alone": [[[-0.4, 0.3, -0.43, -0.48], [-0.45, 0.8, -0.9, 0.4]], [[-0.36, 0.27, -0.387, -0.432], [0.595, 0.72, -0.81, -0.64]], [[-0.648, 0.486, -0.6966, -0.7776], [1.071, 1.296, -1.458, -1.152]], [[-0.5184, 0.3888, 1.44272, 1.37792], [0.8568, 1.0368, -1.1664, -0.9216]], [[-0.20736, 0.15552, 0.577088, 0.551168], [0.34272, 0.41472, -0.46656, -0.36864]]],
        "beta2 alone": [[[-0.4, 0.3, -0.43, -0.48], [-0.45, 0.8, -0.9, 0.4]], [[-0.36, 0.27, -0.387, -0.432], [0.595, 0.72, -0.81, 0.36]], [[-0.648, 0.486, -0.6966, -0.7776], [1.071, 1.296, -1.458, -1.352]], [[-0.5184, 0.3888, -0.55728, 1.37792], [0.8568, 1.0368, -1.1664, -1.0816]], [[-0.20736, 0.15552, -0.222912, 0.551168], [0.34272, 0.41472, -0.46656, -0.43264]]],
        "no memory": [[[-0.4, 0.3, -0.43, -0.48], [-0.45, 0.8, -0.9, 0.4]], [[-0.36, 0.27, -0.387, 0.568], [0.595, 0.72, 0.19, -0.64]], [[-0.648, 0.486, -0.6966, -0.9776], [1.071, 1.296, -1.658, -1.152]], [[-0.5184, -1.6112, 1.44272, 1.21792], [0.8568, -0.9632, -1.3264, -0.9216]], [[0.79264, -0.64448, 0.577088, 0.487168], [0.34272, -0.38528, -0.53056, 0.63136]]],
        "no decay": [[[-0.5, 0.5, -0.5, -0.5], [-0.5, 0.5, -0.5, 0.5]], [[-0.5, 0.5, -0.5, 0.5], [0.5, 0.5, 0.5, -0.5]], [[-1.0, 1.0, -1.0, -1.0], [1.0, 1.0, -1.0, -1.0]], [[-1.0, 1.0, 1.0, 1.0], [1.0, -1.0, -1.0, -1.0]], [[-0.5, 0.5, 0.5, 0.5], [0.5, -0.5, -0.5, -0.5]]],
        "coupled": [[[0.5, 0.5, -0.5, -0.5], [-0.5, 0.5, -0.5, 0.5]], [[-0.5, 0.5, -0.5, 0.5], [0.5, 0.5, -0.5, -0.5]], [[-1.0, 1.0, -1.0, -1.0], [1.0, 1.0, -1.0, -1.0]], [[-1.0, -1.0, 1.0, 1.0], [1.0, 1.0, -1.0, -1.0]], [[0.5, -0.5, 0.5, 0.5], [0.5, -0.5, -0.5, 0.5]]],
        "decay without rate": [[[-0.3, 0.1, -0.36, -0.46], [-0.4, 1.1, -1.3, 0.3]], [[-0.24, 0.08, -0.288, 0.632], [0.68, 0.88, -0.04, -0.76]], [[-0.692, 0.564, -0.7304, -0.9944], [1.044, 1.204, -1.532, -1.108]], [[-0.5536, 0.4512, 1.41568, 1.20448], [0.8352, -1.0368, -1.2256, -0.8864]], [[0.05712, -0.13904, 0.632544, 0.463584], [0.16816, -0.32944, -0.48048, -0.20912]]],
        "uphill": [[[0.4, -0.3, 0.43, 0.48], [0.45, -0.8, 0.9, -0.4]], [[0.44, -0.33, 0.473, -0.472], [-0.505, -0.88, -0.01, 0.56]], [[0.968, -0.726, 1.0406, 0.9616], [-1.111, -1.936, 1.978, 1.232]], [[1.1616, -0.8712, -0.75128, -0.84608], [-1.3332, -0.3232, 2.3736, 1.4784]], [[0.69696, -0.52272, -0.450768, -0.507648], [-0.79992, -0.19392, 1.42416, 0.88704]]],
        "mixture exchanged": [[[-0.4, 0.3, -0.43, -0.48], [-0.45, 0.8, -0.9, 0.4]], [[-0.36, 0.27, -0.387, 0.568], [0.595, 0.72, 0.19, -0.64]], [[-0.648, 0.486, -0.6966, -0.9776], [1.071, 1.296, -1.658, -1.152]], [[-0.5184, -1.6112, 1.44272, 1.21792], [0.8568, -0.9632, -1.3264, -0.9216]], [[0.79264, 0.35552, 0.577088, 0.487168], [0.34272, -0.38528, -0.53056, 0.63136]]],
        "memory exchanged": [[[-0.4, 0.3, -0.43, -0.48], [-0.45, 0.8, -0.9, 0.4]], [[-0.36, 0.27, -0.387, -0.432], [-0.405, 0.72, -0.81, 0.36]], [[-0.648, 0.486, -0.6966, -0.7776], [1.271, 1.296, -1.458, -1.352]], [[-0.5184, 0.3888, -0.55728, 1.37792], [1.0168, 1.0368, -1.1664, -1.0816]], [[-0.20736, -0.84448, 0.777088, 0.551168], [0.40672, -0.58528, -0.46656, -0.43264]]],
        "all exchanged": [[[-0.4, 0.3, -0.43, -0.48], [-0.45, 0.8, -0.9, 0.4]], [[-0.36, 0.27, -0.387, -0.432], [0.595, 0.72, -0.81, -0.64]], [[-0.648, 0.486, -0.6966, -0.7776], [1.071, 1.296, -1.458, -1.152]], [[-0.5184, 0.3888, 1.44272, 1.37792], [0.8568, 1.0368, -1.1664, -0.9216]], [[-0.20736, -0.84448, 0.577088, 0.551168], [0.34272, -0.58528, -0.46656, -0.36864]]],
    },
}  # fmt: skip


def recorded(name, parameter):
    """Return a function that gives the moves of a visible check by the mistake made.

    Parameters
    ----------
    name : str
        The optimiser: "AdamW".
    parameter : str
        "weights" or "biases".
    """
    row = ["weights", "biases"].index(parameter)
    # Where only biases are wrong, there is a decay: that of the weights.
    missing = {"no decay"} if parameter == "biases" else set()

    def right(mistake):
        known = _RECORDED[name].get(mistake)
        return None if known is None or mistake in missing else np.array(known)[:, row]

    return right
