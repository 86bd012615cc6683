"""13: what comes of a functional network in which something is wrong.

Here the linear layer divides by N, and the gradient of the loss does not. Arrays: `x`
(N, D), `weights` (M, D), `biases` (M,), `grad_output` (N, M); sizes `N`, `K`. What a
function gives that keeps something from the call before is `other`.
"""

import numpy as np

from helpers.candidates._formulas import Candidates

_STATE = {
    "This belongs to the call before: take everything from the arguments.": "other",
}  # fmt: skip

#: Given: x, weights, biases; other; later, what a later call gives.
linear_forward = Candidates(_STATE | {
    "The biases are left out.": "expected - biases",
    "The axes of the weights are swapped: which of their axes belongs to the inputs?": "x @ weights + biases",
    "The biases are added to the samples, as a column, and not to the neurons.": "expected - biases + biases[:, np.newaxis]",
    "A later call has changed this array: every call should make one of its own.": "later",
    "It is divided by N: that is for the gradients of the parameters only.": ("expected / len(x)", "(expected - biases) / len(x) + biases"),
})  # fmt: skip

#: What a cache holds. Given: output, of the function that made it; exchanged, its other entry.
cache = Candidates({
    "The two entries have changed places.": "exchanged",
    "This is what came out: a cache holds what went in.": "output",
    "This is a mask: a cache holds what went in.": "expected > 0",
})  # fmt: skip

#: Given: grad_output, weights; right(grad_output, weights); other.
grad_input = Candidates(_STATE | {
    "It is divided by N: only the gradients of the parameters are, where the samples come together.": "expected / len(grad_output)",
    "The weights enter with their axes swapped.": "right(grad_output, weights.T)",
    "This is `grad_output` itself: the way back passes the weights.": "grad_output",
    "`grad_output` is left out, as if it were ones.": "right(np.ones_like(grad_output), weights)",
})  # fmt: skip

#: Given: x, grad_output; right(x, grad_output); other.
grad_weights = Candidates(_STATE | {
    "It is a sum over the samples: here the layer divides by N.": "expected * len(x)",
    "It is divided by N twice.": "expected / len(x)",
    "It is divided by the number of outputs: N is the number of samples.": "expected * len(x) / grad_output.shape[1]",
    "`grad_output` is left out, as if it were ones.": "right(x, np.ones_like(grad_output))",
    "Only the first sample is used: every sample adds its part.": ("right(x[:1], grad_output[:1])", "right(x[:1], grad_output[:1]) / len(x)"),
})  # fmt: skip

#: Given: grad_output.
grad_biases = Candidates({
    "It is a sum over the samples: here the layer divides by N.": "expected * len(grad_output)",
    "It is divided by N twice.": "expected / len(grad_output)",
    "The mean runs over the neurons: a bias is shared by the samples.": ("grad_output.mean(axis=1)", "grad_output.sum(axis=1)", "grad_output.sum(axis=1) / len(grad_output)"),
    "An axis of length 1 is kept.": "expected[np.newaxis]",
    "Everything becomes one number: each neuron has a bias of its own.": ("grad_output.mean()", "grad_output.sum()", "grad_output.sum() / len(grad_output)"),
})  # fmt: skip

#: Given: x; other.
relu_forward = Candidates(_STATE | {
    "This is `x` itself: nothing is cut off.": "x",
    "This is the size of `x`: negative entries should become 0.": "np.abs(x)",
    "Negative entries leak through: ReLU lets nothing of them pass.": ("expected + 0.01 * (x - expected)", "expected + 0.1 * (x - expected)"),
    "This is the mask: it says which entries are on, and not how large they are.": "np.sign(expected)",
    "This is the largest of several entries: each is compared with 0 on its own.": ("x.max(axis=0)", "x.max(axis=1)", "x.max()"),
    "Large entries are cut off as well: ReLU has no upper limit.": "np.minimum(expected, 6)",
})  # fmt: skip

#: Given: x, grad_output; right(x, grad_output); other.
relu_backward = Candidates(_STATE | {
    "This is `grad_output` itself: every entry passes, also where `x` is negative.": "grad_output",
    "The mask is the wrong way round: it passes what `relu_forward` cuts off.": "grad_output - expected",
    "The sign of `grad_output` decides what passes: that is up to the cache alone.": "right(grad_output, grad_output)",
    "Cache and `grad_output` have changed places: one decides, the other one passes.": "x * (grad_output > 0)",
    "Only those that pass are left: the others are 0, and stay in their places.": "grad_output[x > 0]",
    "`grad_output` is multiplied by the input: the slope of ReLU is no such number.": ("grad_output * x", "expected * x"),
    "`grad_output` is left out, as if it were ones.": "right(x, np.ones_like(grad_output))",
    "It is divided by N: only the gradients of the parameters are.": "expected / len(grad_output)",
})  # fmt: skip

#: Given: y, t, N, K; right(y, t); other; wrapped, what comes of bytes that wrap around.
mse_backward = Candidates(_STATE | {
    "It is divided by N as well: in this notebook the layers do that.": "expected / N",
    "It is divided by N, where it should be divided by K.": "expected * K / N",
    "It is not divided at all: each sample's loss is a mean over its K outputs.": "expected * K",
    "A factor of 2 is missing: what is the derivative of a square?": "expected / 2",
    "These are the residuals: two factors are missing.": "expected * K / 2",
    "The sign is wrong: are prediction and target swapped?": "-expected",
    "The targets are left out.": "right(y, 0 * t)",
    "It is summed or averaged over the outputs: each prediction has a gradient of its own.": ("expected.sum(axis=1)", "expected.mean(axis=1)", "expected.sum(axis=1, keepdims=True)"),
    "The samples are added up: row n is the gradient of sample n's own loss.": ("expected.sum(axis=0)", "expected.mean(axis=0)"),
    "The difference wraps around, as integers of one byte do: subtract floats.": ("wrapped[0]", "wrapped[1]"),
})  # fmt: skip

#: Given: hidden (what goes into the last layer), first, unbent, linear_first; other.
mlp_forward = Candidates(_STATE | {
    "A ReLU follows the last layer: nothing comes after it.": "np.maximum(expected, 0)",
    "There is no ReLU between the layers.": "unbent",
    "The last layer is left out.": "hidden",
    "Only the first layer is used.": "first",
})  # fmt: skip

#: For one gradient. Given: unbent (without ReLU), count (of samples); other.
mlp_backward = Candidates(_STATE | {
    "The ReLUs are left out on the way back.": "unbent",
    "It is divided by N twice: `linear_backward` has done that.": "expected / count",
})  # fmt: skip

#: For grad_input. Given: grad_output, unbent, count; other.
mlp_grad_input = Candidates(_STATE | {
    "This is `grad_output` itself: return what the first layer hands back.": "grad_output",
    "The ReLUs are left out on the way back.": "unbent",
    "It is divided by N: only the gradients of the parameters are.": "expected / count",
})  # fmt: skip

#: Given: start, gradient, learning_rate; other_gradient.
sgd_step = Candidates({
    "The step goes uphill: look at the sign.": "2 * start - expected",
    "It did not move: what comes of the step?": "start",
    "The learning rate is left out.": "start + (expected - start) / learning_rate",
    "A learning rate of 0.1 is written into the code: use the argument.": "start + 0.1 * (expected - start) / learning_rate",
    "The step is taken twice.": "2 * expected - start",
    "The old value is gone: what came is the step alone.": ("expected - start", "start - expected"),
    "It is the gradient: what came is not a parameter.": "gradient",
    "The step follows the gradient of another layer.": "start + (expected - start) / gradient * other_gradient",
    "The step is divided once more: the gradients are means already.": "start + (expected - start) / len(start)",
})  # fmt: skip

#: Given: values, of the parameter.
zero_grads = Candidates({
    "These are the parameters themselves.": "values",
    "These are ones.": "np.ones_like(expected)",
})  # fmt: skip

#: A gradient of one way. Given: count; exchanged, what belongs to the other way.
both_ways = Candidates({
    "It belongs to the other convention: who divides by N on this way?": "exchanged",
    "The 1/N is there twice on this way, in the loss and in the layer.": "expected / count",
    "There is no 1/N on this way, neither in the loss nor in the layer.": "expected * count",
})  # fmt: skip

#: A parameter after the step of one way, whose gradient was right. Given: start, count.
both_steps = Candidates({
    "It did not move: what comes of the step?": "start",
    "The gradient is right, and the step is N times too short: the learning rate stays as it is.": "start + (expected - start) / count",
    "The gradient is right, and the step is N times too long: the learning rate stays as it is.": "start + (expected - start) * count",
    "The step goes uphill: look at the sign.": "2 * start - expected",
})  # fmt: skip

#: A parameter after training. Given: start; and where it ends after a single step (one), one epoch
#: (epoch), the first batch of each (first), without shuffling (ordered), with the batches of the
#: first epoch in all (once), uphill, and with steps that are divided by N again (divided).
trained = Candidates({
    "It did not move: keep what `sgd_step` returns, and hand it on.": "start",
    "Only one step counts: each should begin where the one before it ended.": "one",
    "Only one epoch counts: each should begin where the one before it ended.": "epoch",
    "Only the first batch of each epoch is used.": "first",
    "The samples come in the order of `x`: nothing is shuffled.": "ordered",
    "The samples are dealt out once: each epoch needs a new order.": "once",
    "Each step goes by all samples: a batch is what it is for.": "whole",
    "The steps go uphill: look at the sign.": "uphill",
    "The 1/N is there twice, in the loss and in the layers.": "divided",
})  # fmt: skip


def explain_settings(settings, *, neurons, steps, samples):
    """Return what is wrong with the form of chosen hyperparameters, or None.

    Parameters
    ----------
    settings : object
        What student code returned.
    neurons, steps : int
        How many are allowed.
    samples : int
        In an epoch.
    """
    keys = ("hidden", "learning_rate", "batch_size", "epochs")
    if not isinstance(settings, dict):
        return f"expected a dictionary, got {type(settings).__name__}."
    if set(settings) != set(keys):
        came = ", ".join(map(str, settings)) or "none"
        return f"expected the keys {', '.join(keys)}, got {came}."
    hidden = settings["hidden"]
    if not isinstance(hidden, list | tuple) or not all(map(_is_count, hidden)):
        return "hidden: expected a list of whole numbers, one for each hidden layer."
    if not hidden:
        return "hidden: expected one hidden layer at least."
    if sum(hidden) > neurons:
        return f"hidden: {sum(hidden)} neurons, and {neurons} are allowed."
    for key in ("batch_size", "epochs"):
        if not _is_count(settings[key]):
            return f"{key}: expected a whole number from 1, got {settings[key]!r}."
    rate = settings["learning_rate"]
    is_number = isinstance(rate, int | float | np.floating) and np.isfinite(rate)
    if not is_number or rate <= 0:
        return f"learning_rate: expected a positive number, got {rate!r}."
    taken = settings["epochs"] * -(-samples // settings["batch_size"])
    if taken > steps:
        return (
            f"{taken} steps, and {steps} are allowed: fewer epochs or larger batches."
        )
    return None


def explain_training(losses):
    """Return in words how a training went that did not get below its threshold.

    Parameters
    ----------
    losses : list of float
        The loss before the training, and after each epoch.
    """
    if not np.isfinite(losses[-1]) or losses[-1] > losses[0]:
        return "The loss grew: the steps are too long."
    part = max(3, len(losses) // 4)
    late, before = losses[-part:], losses[-2 * part : -part]
    if np.mean(late) < 0.9 * np.mean(before):
        return "The loss is still falling: longer steps, or more of them."
    return "The loss falls no more: it jitters, or the network is too small."


def _is_count(value):
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return is_whole and value >= 1
