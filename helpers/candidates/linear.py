"""01: what comes of a linear layer in which something is wrong.

Arrays: `x` (N, D), `weights` (M, D), `biases` (M,), `grad_output` (N, M).
"""

from helpers.candidates._formulas import Candidates

#: Given: x, weights, biases; right(x, weights, biases); other, other_..., before.
forward = Candidates({
    "The biases are left out.": "expected - biases",
    "The biases are added twice.": "expected + biases",
    "The biases are subtracted.": "expected - 2 * biases",
    "The axes of the weights are swapped: which of their axes belongs to the inputs?": "x @ weights + biases",
    "Entries are multiplied one by one, where rows should meet columns.": "x * weights + biases",
    "The biases are added to the samples, as a column, and not to the neurons.": "expected - biases + biases[:, np.newaxis]",
    "The sum over the inputs is divided by D.": ("(expected - biases) / x.shape[1] + biases", "expected / x.shape[1]"),
    "The sum is divided by N: a layer does not divide.": ("(expected - biases) / len(x) + biases", "expected / len(x)"),
    "These are the parameters of another layer: does every layer keep its own?": ("other", "right(x, other_weights, biases)", "right(x, other_weights, other_biases)"),
    "The inputs are cut to whole numbers.": "right(np.trunc(x), weights, biases)",
    "The weights are cut to whole numbers.": "right(x, np.trunc(weights), biases)",
})  # fmt: skip

#: Given: grad_output, weights; right(grad_output, weights); x, before.
grad_input = Candidates({
    "The weights enter with their axes swapped.": "right(grad_output, weights.T)",
    "This is `grad_output` itself: the way back passes the weights.": "grad_output",
    "`grad_output` is left out, as if it were ones.": "right(np.ones_like(grad_output), weights)",
    "It is divided by N: only the loss does that.": "expected / len(grad_output)",
    "It is divided by M: a sum over the neurons is no mean.": "expected / grad_output.shape[1]",
    "The biases are added to it: a constant has no slope.": "expected + biases",
    "Only the first row of `grad_output` is used.": "np.repeat(right(grad_output[:1], weights), len(grad_output), axis=0)",
})  # fmt: skip

#: Given: x, grad_output; right(x, grad_output); y, x_before, before.
grad_weights = Candidates({
    "It is divided by N: only the loss does that.": "expected / len(x)",
    "`grad_output` is left out, as if it were ones.": "right(x, np.ones_like(grad_output))",
    "The output stands where the input should: what does `forward` keep?": "right(y, grad_output)",
    "Only the first sample is used: every sample adds its part.": "right(x[:1], grad_output[:1])",
    "Only the last sample is used: every sample adds its part.": "right(x[-1:], grad_output[-1:])",
    "An old input is used: does `forward` keep the latest one?": "right(x_before, grad_output)",
    "The input is left out, as if it were ones.": "right(np.ones_like(x), grad_output)",
})  # fmt: skip

#: Given: grad_output; before.
grad_biases = Candidates({
    "This is a mean over the batch: a layer does not divide, only the loss does.": "expected / len(grad_output)",
    "Everything is summed to one number: each neuron has a bias of its own.": ("grad_output.sum()", "np.full(grad_output.shape[1], grad_output.sum())"),
    "The sum runs over the neurons: a bias is shared by the samples.": "grad_output.sum(axis=1)",
    "The sum keeps an axis of length 1.": "expected[np.newaxis]",
    "Only the first row of `grad_output` is used.": "grad_output[0]",
    "Only the last row of `grad_output` is used.": "grad_output[-1]",
    "It is not summed over the batch.": "grad_output",
    "This is the number of samples: `grad_output` is left out, as if it were ones.": "np.full(expected.shape, len(grad_output))",
})  # fmt: skip

#: Given: start, gradient, learning_rate; other_gradient, other.
update = Candidates({
    "The step goes uphill: look at the sign.": "2 * start - expected",
    "It did not move: is the new value kept on `self`?": "start",
    "The learning rate is left out.": "start + (expected - start) / learning_rate",
    "A learning rate of 0.1 is written into the code: use the argument.": "start + 0.1 * (expected - start) / learning_rate",
    "A learning rate of 0.01 is written into the code: use the argument.": "start + 0.01 * (expected - start) / learning_rate",
    "The step is taken twice.": "2 * expected - start",
    "The step is divided once more: only the loss divides.": ("start + (expected - start) / len(start)", "start + (expected - start) / start.shape[-1]"),
    "The step follows the gradient of the other parameter.": "start + (expected - start) / gradient * other_gradient",
    "All entries take the same step, along a sum of the gradient.": "start + (expected - start) / gradient * gradient.sum()",
    "All entries take the same step, along a mean of the gradient.": "start + (expected - start) / gradient * gradient.mean()",
    "The old value is gone: what came is the step alone.": ("expected - start", "start - expected"),
    "It took the step of another layer: does each layer keep its own parameters?": "other",
})  # fmt: skip
