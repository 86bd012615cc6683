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
    "Everything is summed: each row has a result of its own.": "np.log(np.exp(logits).sum())",
})  # fmt: skip

#: Given: logits, targets, N, K; before.
bce_forward = Candidates(_MEAN_OF_ALL | _SIGN | {
    "Only the targets 1 count: those that should be 0 have a term, too.": "(targets * np.logaddexp(0, -logits)).mean()",
    "Only the targets 0 count: those that should be 1 have a term, too.": "expected - (targets * np.logaddexp(0, -logits)).mean()",
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
})  # fmt: skip

#: Given: y, t, delta, N, K; standard, the result for a delta of 1; before.
huber_forward = Candidates(_MEAN_OF_ALL | {
    "These are squares everywhere: far out it should be a line.": f"({_SIZES} ** 2).mean() / 2",
    "These are absolute values everywhere: near 0 it should be a square.": (f"{_SIZES}.mean()", f"{_SIZES}.mean() * delta"),
    "The half is missing near 0.": f"expected + ({_SIZES} ** 2 * ({_SIZES} <= delta)).mean() / 2",
    "The line does not begin where the square ends: what is subtracted from it?": (f"expected + (delta**2 * ({_SIZES} > delta)).mean() / 2", f"expected - (delta**2 * ({_SIZES} > delta)).mean() / 2"),
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
    "These are the moves of plain SGD: is the velocity kept from one step to the next?": "right('no memory')",
    "The gradient is added as it is, but it is the velocity that has a factor.": "right('factor on the gradient')",
    "The gradient should enter the velocity as it is, without a factor.": "right('dampened')",
    "A momentum of 0.9 is written into the code: use `self.momentum`.": "right('0.9')",
})  # fmt: skip

#: Given: rates, a column; right(mistake), or what `recorded` gives.
adamw = Candidates(_UPHILL | {
    "There is no weight decay: this is Adam.": "right('no decay')",
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
    "One beta does the work of both.": ("right('beta1 alone')", "right('beta2 alone')"),
    "This is the sign of the gradient alone: is the momentum kept from one step to the next?": "right('no memory')",
    "There is no weight decay.": "right('no decay')",
    "The decay is inside the sign: it stands beside it.": "right('coupled')",
    "The decay lacks the learning rate.": "right('decay without rate')",
})  # fmt: skip

#: Given: grad_output; kept, which entries forward has kept.
dropout = Candidates({
    "The gradient passes everywhere, also where `forward` gave 0.": "grad_output",
    "The gradient is not scaled, but the output was.": "grad_output * kept",
    "It passes where `forward` gave 0, and is lost elsewhere.": "grad_output * ~kept",
})  # fmt: skip

#: While nothing is dropped. Given: rate.
evaluation = Candidates({
    "It is scaled down: with inverted dropout nothing is scaled after the training.": "expected - rate * expected",
    "It is scaled up: after the training nothing is scaled.": "expected / -(rate - 1)",
})  # fmt: skip

# What comes of each mistake in the visible checks, (T, n): by notebook name and mistake.
_RECORDED = {
    "Nesterov": {
        "plain momentum": [[[0.5, -1.0], [2.0, 0.5]], [[0.25, 0.0], [0.0, 1.75]], [[-2.75, 2.0], [1.0, 2.25]]],
        "no memory": [[[0.5, -1.0], [2.0, 0.5]], [[0.0, 0.5], [-1.0, 1.5]], [[-3.0, 2.0], [1.0, 0.5]]],
        "factor on the gradient": [[[0.75, -1.5], [3.0, 0.75]], [[0.25, 0.25], [-0.5, 2.5]], [[-4.25, 3.0], [1.5, 2.5]]],
        "dampened": [[[0.625, -1.25], [2.5, 0.625]], [[0.0625, 0.5], [-1.0, 1.9375]], [[-3.6875, 2.5], [1.25, 1.0625]]],
        "0.9": [[[0.95, -1.9], [3.8, 0.95]], [[0.405, 0.14], [-0.28, 3.255]], [[-4.971, 3.152], [3.196, 4.109]]],
    },
    "AdamW": {
        "no decay": [[[0.499999995, -0.499999998], [0.499999999, 0.499999995]], [[0.254587535, 0.0], [0.0, 0.49426915]], [[-0.772769174, 0.656876606], [0.241007825, 0.71097224]]],
        "coupled": [[[0.499999996, -0.499999998], [0.499999999, 0.499999997]], [[0.295653181, -0.100529896], [0.005410229, 0.503710842]], [[-0.732745185, 0.498531121], [0.242577742, 0.783532055]]],
        "decay without rate": [[[0.699999995, -0.899999998], [0.599999999, 1.099999995]], [[0.314587536, -0.22], [-0.02, 0.874269151]], [[-0.77568668, 0.480876606], [0.225007826, 0.916118411]]],
        "growth": [[[0.399999995, -0.299999998], [0.449999999, 0.199999995]], [[0.194587534, 0.17], [-0.005, 0.214269149]], [[-0.853851668, 1.030876607], [0.230007825, 0.193826069]]],
        "decay twice": [[[0.699999995, -0.899999998], [0.599999999, 1.099999995]], [[0.314587536, -0.22], [-0.02, 0.874269151]], [[-0.778604186, 0.304876605], [0.209007826, 1.121264582]]],
        "weights only": [[[0.599999995, -0.699999998], [0.499999999, 0.499999995]], [[0.294587535, -0.13], [0.0, 0.49426915]], [[-0.75168668, 0.422876606], [0.241007825, 0.71097224]]],
        "no correction": [[[0.59999999, -0.699999995], [0.549999998, 0.79999999]], [[0.328675129, -0.13], [-0.005, 0.780448536]], [[-0.87503231, 0.521928939], [0.268350097, 1.102092107]]],
        "betas": [[[0.599999995, -0.699999998], [0.549999999, 0.799999995]], [[0.375029123, -0.263168519], [0.12816852, 0.678890558]], [[-0.437453254, 0.065330493], [0.304795443, 1.104774228]]],
        "0.01": [[[0.504999995, -0.509999998], [0.502499999, 0.514999995]], [[0.257062535, -0.00745], [-1.25e-05, 0.50669415]], [[-0.770389799, 0.642051106], [0.24098295, 0.730755298]]],
        "epsilon": [[[0.416666667, -0.454545455], [0.476190476, 0.416666667]], [[0.195010766, 0.0], [0.0, 0.455660216]], [[-0.70357123, 0.589151624], [0.222259619, 0.640171986]]],
        "uphill": [[[-0.599999995, 0.699999998], [-0.549999999, -0.799999995]], [[-0.414587534, 0.27], [-0.105, -0.874269149]], [[0.369851668, -0.062876607], [-0.472007825, -1.645826069]]],
    },
    "Lion": {
        "no sign": [[[0.425, 0.0, 0.32], [-0.225, 0.525, -0.45]], [[0.0725, 0.115, -0.012], [-0.3075, 0.1675, -0.665]], [[-0.7155, -0.299, 0.3184], [-1.1115, 0.4835, -0.563]], [[0.2308, -0.884, -0.06328], [-0.0656, 0.5824, -1.1932]], [[0.1636, 0.14348, -0.547512], [0.1032, -0.2238, -0.2594]]],
        "memory first": [[[0.6, 0.3, 0.57], [-0.45, 0.8, -0.9]], [[-0.46, 0.27, -0.487], [-0.405, -0.28, -0.81]], [[-0.828, 0.486, 1.1234], [-0.729, 1.496, 0.542]], [[1.3376, -1.6112, -1.10128], [-0.5832, 1.1968, -1.5664]], [[0.53504, 0.35552, -0.440512], [-0.23328, -0.52128, -0.62656]]],
        "betas exchanged": [[[0.6, 0.3, 0.57], [-0.45, 0.8, -0.9]], [[0.54, 0.27, 0.513], [-0.405, 0.72, -0.81]], [[-1.028, 0.486, 0.9234], [-0.729, -0.704, -1.458]], [[-0.8224, 0.3888, 0.73872], [-0.5832, 1.4368, -1.1664]], [[-0.32896, -0.84448, -0.704512], [-0.23328, -0.42528, -0.46656]]],
        "beta1 alone": [[[0.6, 0.3, 0.57], [-0.45, 0.8, -0.9]], [[0.54, 0.27, 0.513], [-0.405, -0.28, -0.81]], [[-1.028, 0.486, 0.9234], [-0.729, -0.504, -1.458]], [[-0.8224, -1.6112, -1.26128], [-0.5832, 1.5968, -1.1664]], [[0.67104, 0.35552, -0.504512], [-0.23328, -0.36128, -0.46656]]],
        "beta2 alone": [[[0.6, 0.3, 0.57], [-0.45, 0.8, -0.9]], [[0.54, 0.27, 0.513], [-0.405, 0.72, -0.81]], [[-1.028, 0.486, 0.9234], [-0.729, 1.296, -1.458]], [[-0.8224, -1.6112, 0.73872], [-0.5832, 1.0368, -1.1664]], [[-0.32896, 0.35552, -0.704512], [-0.23328, -0.58528, -0.46656]]],
        "no memory": [[[0.6, 0.3, 0.57], [-0.45, 0.8, -0.9]], [[-0.46, 0.27, -0.487], [-0.405, -0.28, -0.81]], [[-0.828, -1.514, 1.1234], [-0.729, 0.496, 0.542]], [[1.3376, -1.2112, -1.10128], [-0.5832, 1.3968, -1.5664]], [[0.53504, 0.51552, -0.440512], [0.76672, -0.44128, -0.62656]]],
        "no decay": [[[0.5, 0.5, 0.5], [-0.5, 0.5, -0.5]], [[0.5, 0.5, -0.5], [-0.5, -0.5, -0.5]], [[-1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]], [[-1.0, -1.0, -1.0], [-1.0, 1.0, -1.0]], [[0.5, 0.5, -0.5], [-0.5, -0.5, -0.5]]],
        "coupled": [[[0.5, 0.0, 0.5], [-0.5, 0.5, -0.5]], [[0.5, 0.5, -0.5], [-0.5, 0.5, -0.5]], [[-1.0, -1.0, 1.0], [-1.0, 1.0, -1.0]], [[1.0, -1.0, -1.0], [1.0, 1.0, -1.0]], [[0.5, 0.5, -0.5], [0.5, -0.5, -0.5]]],
        "decay without rate": [[[0.7, 0.1, 0.64], [-0.4, 1.1, -1.3]], [[0.56, 0.08, -0.488], [-0.32, -0.12, -1.04]], [[-1.052, 0.564, 1.1096], [-0.756, 1.404, 0.668]], [[-0.8416, -1.5488, -1.11232], [-0.6048, 1.1232, -1.4656]], [[0.82672, 0.26096, -0.389856], [0.01616, -0.60144, -0.67248]]],
        "uphill": [[[-0.6, -0.3, -0.57], [0.45, -0.8, 0.9]], [[-0.66, -0.33, 0.373], [0.495, 0.12, 0.99]], [[0.548, -0.726, -1.1794], [1.089, -1.736, 0.178]], [[0.6576, 1.1288, 0.58472], [1.3068, -2.0832, 2.2136]], [[-0.60544, -0.32272, 0.350832], [0.78408, -0.24992, 1.32816]]],
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
