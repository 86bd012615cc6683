"""07: what comes of a step in which something is wrong.

Moves are how far a parameter goes downwards, flattened, a row for each step: arrays
(T, entries), with `rates`, the learning rates, and `t`, the number of the step, as
columns (T, 1). Where single parameters are compared, `start` is where one stood before.
"""

import numpy as np

from helpers.candidates._formulas import Candidates

#: Given: nothing but the gradients that a layer has after a step.
gradients = Candidates({
    "They are set to 0: `step` reads the gradients, and leaves them as they are.": "0 * expected",
})  # fmt: skip

#: Given: halved or renewed, the moves without the change; begun, those of a first step; for Adam the betas.
rules = Candidates({
    "The layer was given a new array, and that did not move: ask the layer at each step.": "0 * renewed",
    "The memory is lost when a layer is given a new array: keep it for the parameter, not for the array.": ("begun + 0 * renewed", "begun / (1 + beta1) * np.sqrt(1 + beta2) + 0 * renewed"),
    "Setting `learning_rate` changes nothing: use `self.learning_rate` as it stands at each step.": "halved",
    "The learning rate is in it twice.": ("halved / 4", "halved / 2 - begun / 4"),
    "What is left of earlier steps keeps the old learning rate: keep the rate out of the memory.": "halved - begun / 2",
    "`t` begins again when a new learning rate is set: it counts as long as the optimiser lives.": "halved / 2 * (1 + beta1) / np.sqrt(1 + beta2)",
    "The memory is lost when `learning_rate` is set: it lasts as long as the optimiser.": "begun / 2 + 0 * halved",
})  # fmt: skip

#: Given: start, gradient, learning_rate, other, t; earlier, first_gradient, first_rate; still or rebound.
sgd = Candidates({
    "The step goes uphill: look at the sign.": "2 * start - expected",
    "It did not move: does the loop reach it, and does the layer hear of it?": "still",
    "The layer was given a new array, and that did not move: ask the layer at each step.": "rebound",
    "The learning rate is left out.": "start + (expected - start) / learning_rate",
    "The learning rate is in it twice.": "start + (expected - start) * learning_rate",
    "It still uses the learning rate of the constructor: read `self.learning_rate` at each step.": "start + (expected - start) / learning_rate * first_rate",
    "A learning rate of 0.1 is written into the code: use `self.learning_rate`.": "start + (expected - start) / learning_rate * 0.1",
    "A learning rate of 0.01 is written into the code: use `self.learning_rate`.": "start + (expected - start) / learning_rate * 0.01",
    "The step is taken twice.": "2 * expected - start",
    "The step is divided once more: only the loss divides.": ("start + (expected - start) / len(start)", "start + (expected - start) / start.size"),
    "It follows the gradient of the other parameter.": "start + (expected - start) / gradient * other",
    "All entries take the same step, along a sum of the gradient.": "start + (expected - start) / gradient * gradient.sum()",
    "All entries take the same step, along a mean of the gradient.": "start + (expected - start) / gradient * gradient.mean()",
    "The old value is gone: what came is the step alone.": ("expected - start", "start - expected"),
    "Only the sign of the gradient counts, and its size should as well.": "start + (expected - start) / np.abs(gradient)",
    "The gradient is cut off at 1 and -1.": "start + (expected - start) / gradient * np.clip(gradient, -1, 1)",
    "The step follows the parameter itself, not its gradient.": "start + (expected - start) / gradient * start",
    "It still follows the gradient of the first step: ask the layer at each step.": "start + (expected - start) / gradient * first_gradient",
    "Gradients of earlier steps are in it: SGD remembers nothing.": "expected - learning_rate * earlier",
    "The steps shrink as they are counted: the learning rate is changed from outside only.": "start + (expected - start) / t",
    "The parameter itself is subtracted as well (weight decay): that is no part of the rule.": tuple(f"expected - learning_rate * {part} * start" for part in (0.1, 0.2, 0.01, 0.02, 0.001, 0.002)),
})  # fmt: skip

#: Given: gradients, rates, momentum, t; right(momentum=...) or right(wrong=...).
momentum = Candidates({
    "The moves go uphill: look at the sign.": "-expected",
    "Nothing moves: does the layer hear of it?": "0 * expected",
    "These are the moves of plain SGD: is the velocity kept from one step to the next?": "expected - rates * momentum * np.concatenate([0 * expected[:1], (expected / rates)[:-1]])",
    "The gradient should enter the velocity as it is, without a factor.": ("(1 - momentum) * expected", "momentum * expected"),
    "`momentum` belongs to the old velocity, not to the gradient.": "rates * momentum * np.cumsum(gradients, axis=0)",
    "Old velocities never fade: where is `momentum`?": "rates * np.cumsum(gradients, axis=0)",
    "A momentum of 0.9 is written into the code: use `self.momentum`.": ("right(momentum=0.9)", "[[1, 0, 0], [0.9, 1, 0], [0.81, 0.9, 1]] @ (rates * gradients)"),
    "All entries of a parameter share one velocity: it has the shape of the parameter.": ("0 * expected + expected.mean(axis=1, keepdims=True)", "0 * expected + expected.sum(axis=1, keepdims=True)"),
    "The learning rate is left out.": "expected / rates",
    "It still uses the learning rate of the constructor: read `self.learning_rate` at each step.": "expected / rates * rates[0]",
    "A learning rate of 0.1 is written into the code: use `self.learning_rate`.": "expected / rates * 0.1",
    "The learning rate is in the velocity: it belongs to the step.": "right(wrong='rate in the velocity')",
    "The learning rate is in the velocity and in the step.": "right(wrong='rate in both')",
    "The velocity does not begin at 0.": "expected + rates * momentum**t",
    "The step looks ahead (Nesterov): move along the velocity itself.": "momentum * expected + rates * gradients",
    "The step goes along the velocity of the step before: update it first.": "rates * np.concatenate([0 * expected[:1], (expected / rates)[:-1]])",
    "The step is taken twice.": "2 * expected",
    "The velocity is cut to whole numbers: an array of integers holds no fractions.": ("right(wrong='cut')", "np.trunc(expected)"),
    "The velocity is lost when a new learning rate is set: it lasts as long as the optimiser.": "right(wrong='forgets at a new rate')",
    "The velocity is lost after some steps: it lasts as long as the optimiser.": ("right(wrong='forgets after 5')", "right(wrong='forgets after 10')"),
})  # fmt: skip

#: Given: start, gradient, learning_rate, momentum; other, neighbour, namesake; rebound, lost.
momentum_of_many = Candidates({
    "It did not move: does the loop reach it, and does the layer hear of it?": "start",
    "It follows the gradient of the other parameter.": "start + (expected - start) / gradient * other",
    "It shares its velocity with the parameter before it: each has its own.": "expected - learning_rate * momentum * neighbour",
    "Parameters of the same name share a velocity, whichever layer they are of.": "expected - learning_rate * momentum * namesake",
    "The layer was given a new array, and that did not move: ask the layer at each step.": "rebound",
    "The velocity is lost when a layer is given a new array: keep it for the parameter, not for the array.": "lost",
})  # fmt: skip

#: Given: gradients, rates, beta1, beta2, t; right(beta1=...) or right(wrong=...).
adam = Candidates({
    "The moves go uphill: look at the sign.": "-expected",
    "Nothing moves: does the layer hear of it?": "0 * expected",
    "Neither of the two means is corrected.": "expected * (1 - beta1**t) / np.sqrt(1 - beta2**t)",
    "Only `m` is corrected, and `v` is not.": "expected / np.sqrt(1 - beta2**t)",
    "Only `v` is corrected, and `m` is not.": "expected * (1 - beta1**t)",
    "The correction is always that of the first step: is `t` counted up, and kept on `self`?": "expected * (1 - beta1**t) / (1 - beta1) * np.sqrt((1 - beta2) / (1 - beta2**t))",
    "The correction is that of the step after: `t` is 1 in the first step.": "expected * (1 - beta1**t) / (1 - beta1 ** (t + 1)) * np.sqrt((1 - beta2 ** (t + 1)) / (1 - beta2**t))",
    "The betas are exchanged in the correction.": "expected * ((1 - beta1**t) / (1 - beta2**t)) ** 1.5",
    "The betas are exchanged.": ("right(beta1=beta2, beta2=beta1)", "expected[[3, 4, 5, 0, 1, 2]]"),
    "Betas of 0.9 and 0.999 are written into the code: use `self.beta1` and `self.beta2`.": ("right(beta1=0.9, beta2=0.999)", "np.c_[[1, 0.670058245, -0.0858677134, 1, 0.670058245, -0.0858677134]] * np.sign(gradients[0])"),
    "The square root is taken before the correction, not after it.": "expected * np.sqrt(1 - beta2**t)",
    "The square root is missing.": ("right(wrong='no root')", "np.c_[[1, 0.77777776, -0.634285705, 1, 1.28571425, -0.264864861]] * np.sign(gradients[0]) / np.maximum(1, np.abs(gradients[0]))"),
    "`v` is the mean of something that is not squared.": ("right(wrong='size')", "expected * np.sqrt(np.abs(gradients[0]))"),
    "`v` is the mean of the squares of `m`: it should be that of the squares of the gradient.": ("right(wrong='m squared')", "np.c_[[2, 0.88191708, -1.13774363, 4, 2.03687485, -1.17763152]] * np.sign(gradients[0])"),
    "The old `v` has no part in the new one: is it kept from one step to the next?": ("right(wrong='v afresh')", "right(wrong='square alone')", "np.c_[[1, 33333333.3, -0.651724547, 1, 42857142.9, -0.250273769]] * np.where(np.c_[[0, 1, 0, 0, 1, 0]], gradients[0], np.sign(gradients[0]))", "np.c_[[1, 33333333.3, -0.428571424, 1, 42857142.9, -0.189189187]] * np.where(np.c_[[0, 1, 0, 0, 1, 0]], gradients[0], np.sign(gradients[0]))"),
    "The old `m` has no part in the new one: is it kept from one step to the next?": ("right(wrong='m afresh')", "right(wrong='gradient alone')", "np.c_[[1, 0, -0.695172852, 1, 0, -0.511660948]] * np.sign(gradients[0])", "np.c_[[1, 0, -1.21655249, 1, 0, -1.18321594]] * np.sign(gradients[0])"),
    "The gradient enters `m` without its factor.": "expected / (1 - beta1)",
    "The square enters `v` without its factor.": "expected * np.sqrt(1 - beta2)",
    "The gradient enters `m`, and its square `v`, without their factors.": "expected * np.sqrt(1 - beta2) / (1 - beta1)",
    "`v` is a sum that never fades: it should be a running mean.": ("right(wrong='sum')", "np.c_[[1, 0.33333333, -0.303045761, 1, 0.428571424, -0.133776958]] * np.sign(gradients[0])"),
    "The corrected `m` is kept for the next step: keep the uncorrected one.": ("right(wrong='m stored')", "np.c_[[1, 1.01835014, -0.231724284, 1, 2.9692299, 2.11973821]] * np.sign(gradients[0])"),
    "The corrected `v` is kept for the next step: keep the uncorrected one.": ("right(wrong='v stored')", "np.c_[[1, 0.254587537, -0.262953451, 1, 0.524890653, -0.193861229]] * np.sign(gradients[0])"),
    "The corrected `m` and `v` are kept for the next step: keep the uncorrected ones.": ("right(wrong='both stored')", "np.c_[[1, 0.509175073, -0.1168682, 1, 2.09956261, 1.83574715]] * np.sign(gradients[0])"),
    "All entries of a parameter share one `v`: it has the shape of the parameter.": ("right(wrong='one v')", "expected * np.abs(gradients[0]) / np.sqrt((gradients[0] ** 2).mean())"),
    "The learning rate is left out.": "expected / rates",
    "The learning rate is in it twice.": "expected * rates",
    "It still uses the learning rate of the constructor: read `self.learning_rate` at each step.": "expected / rates * rates[0]",
    "A learning rate of 0.001 is written into the code: use `self.learning_rate`.": "expected / rates * 0.001",
    "The step is taken twice.": "2 * expected",
    "The means are cut to whole numbers: an array of integers holds no fractions.": ("right(wrong='cut')", "expected * (np.abs(gradients[0]) > 1)"),
    "`t` begins again when a new learning rate is set: it counts as long as the optimiser lives.": "right(wrong='counts anew at a new rate')",
    "The means are lost when a new learning rate is set: they last as long as the optimiser.": "right(wrong='forgets at a new rate')",
    "The means are lost after some steps: they last as long as the optimiser.": ("right(wrong='forgets after 5')", "right(wrong='forgets after 10')"),
})  # fmt: skip

#: Given: start, gradient, beta1, beta2; other, neighbour, namesake, counted; rebound, lost.
adam_of_many = Candidates({
    "It did not move: does the loop reach it, and does the layer hear of it?": "start",
    "It follows the gradient of the other parameter.": "start + (expected - start) * np.sign(gradient * other)",
    "It shares its means with the parameter before it: each has its own.": "start + (expected - start) * (1 + beta1 * neighbour / gradient) / np.sqrt(1 + beta2 * (neighbour / gradient) ** 2)",
    "Parameters of the same name share their means, whichever layer they are of.": "start + (expected - start) * (1 + beta1 * namesake / gradient) / np.sqrt(1 + beta2 * (namesake / gradient) ** 2)",
    "`t` counts parameters: it should count steps, one for all of them.": "start + (expected - start) * (1 - beta1) / (1 - beta1**counted) * np.sqrt((1 - beta2**counted) / (1 - beta2))",
    "The layer was given a new array, and that did not move: ask the layer at each step.": "rebound",
    "The means are lost when a layer is given a new array: keep them for the parameter, not for the array.": "lost",
})  # fmt: skip


def explain_nan(moves, gradients):
    """Return a sentence on where the moves of Adam are not finite, or None.

    Parameters
    ----------
    moves, gradients : ndarray, (T, entries)
        The first gradients of both signs, and one entry that is always 0.
    """
    bad = ~np.isfinite(moves)
    if bad[0].all():
        return "NaN from the first step on: which `t` does the correction see, is it 0?"
    if bad.any() and np.array_equal(bad, gradients[:1] + 0 * gradients == 0):
        return "NaN where the gradient is always 0: 0 is divided by 0. Where is `eps`?"
    if bad.any() and np.array_equal(bad[0], gradients[0] < 0):
        return "NaN where the gradient is negative: `v` is the mean of its squares."
    return None
