"""03: what comes of a network that does not hand on what it should.

Arrays of an `MLP`: `x` (N, D), `sums` and `hidden` (N, M), `grad_output` (N, K), and what
arrives on the way back, `grad_hidden` and `grad_sums` (N, M).
"""

from helpers.candidates._formulas import Candidates

#: Given: sums, hidden; activate(sums), last(hidden).
forward = Candidates({
    "The activation is left out: without it, two linear layers do no more than one.": "last(sums)",
    "The activation stands behind `linear2`: its place is between the two layers.": "activate(last(sums))",
    "Another activation stands behind `linear2`: nothing comes after the last layer.": "activate(expected)",
    "A tanh stands between the layers, whatever activation is handed over.": "last(np.tanh(sums))",
    "This is what the activation puts out: it has to pass `linear2`, too.": "hidden",
})  # fmt: skip

#: What linear2 keeps. Given: grad_output, weights1, slope; right(what arrives), before.
linear2 = Candidates({
    "`linear1` and the activation had their turn before `linear2`: who made the output, and so comes first on the way back?": "right(grad_output @ weights1 * slope)",
    "The activation had its turn before `linear2`: on the way back, too, it stands between the two layers.": "right(grad_output * slope)",
    "`grad_output` is left out, as if it were ones.": "right(np.ones_like(grad_output))",
    "It is divided by N: only the loss does that.": "expected / len(grad_output)",
})  # fmt: skip

#: What linear1 keeps. Given: grad_output, grad_hidden, grad_sums, slope, tanh_slope; activate(a), right(what arrives), before.
linear1 = Candidates({
    "`grad_output` itself arrives here: each layer takes what the one after it hands back.": "right(grad_output)",
    "The activation is left out on the way back.": "right(grad_hidden)",
    "The activation's `backward` is passed twice.": "right(grad_sums * slope)",
    "The slope is that of a tanh, whatever activation is there: ask the activation.": "right(grad_sums / slope * tanh_slope)",
    "The activation's `forward` is used on the way back: which method takes a gradient?": "right(activate(grad_hidden))",
    "What arrives here is divided by N: only the loss does that.": "expected / len(grad_output)",
})  # fmt: skip

#: Given: grad_output, grad_hidden, grad_sums, grad_weights; before.
grad_input = Candidates({
    "This is `grad_output` itself: return what the last step of the way back gives.": "grad_output",
    "This is what `linear2` hands back: two steps of the way are still ahead.": "grad_hidden",
    "This is what the activation hands back: one step of the way is still ahead.": "grad_sums",
    "This is `grad_weights` of `linear1`: what does its `backward` return?": "grad_weights",
    "It is divided by N: only the loss does that.": "expected / len(grad_output)",
})  # fmt: skip

#: Given: start, gradient, learning_rate; other_gradient, count.
update = Candidates({
    "It did not move: is the step of this layer taken, and its new value kept?": "start",
    "The step goes uphill: look at the sign.": "2 * start - expected",
    "The learning rate is left out.": "start + (expected - start) / learning_rate",
    "A learning rate of 0.1 is written into the code: use the argument.": "start + 0.1 * (expected - start) / learning_rate",
    "A learning rate of 0.01 is written into the code: use the argument.": "start + 0.01 * (expected - start) / learning_rate",
    "The step is taken twice.": "2 * expected - start",
    "The step is divided once more: only the loss divides.": "start + (expected - start) / len(start)",
    "The step is divided by the number of layers.": "start + (expected - start) / count",
    "The step follows the gradient of another layer.": "start + (expected - start) / gradient * other_gradient",
    "The old value is gone: what came is the step alone.": ("expected - start", "start - expected"),
})  # fmt: skip

#: Given: x, layers; right(layers); before, added, linear_only, outer_only.
sequential_forward = Candidates({
    "The first layer is left out.": "right(layers[1:])",
    "The last layer is left out.": "right(layers[:-1])",
    "The layers have their turn from the last to the first.": "right(layers[::-1])",
    "Only the first layer had its turn: does the `return` stand inside the loop?": "right(layers[:1])",
    "Only the first two layers had their turn: a network may have any number of layers.": "right(layers[:2])",
    "Every second layer is left out.": "right(layers[::2])",
    "Only the last layer is in the result: each takes in what the one before it puts out.": "right(layers[-1:])",
    "Every layer has its turn twice.": "right([layer for pair in zip(layers, layers) for layer in pair])",
    "The first layer stands in for all of them.": "right(layers[:1] * len(layers))",
    "This is `x` as it came.": "x",
    "What each layer takes in is added to what it puts out: hand on the output alone.": "added",
    "Only the linear layers had their turn: a layer may be of any class.": "linear_only",
    "The `Sequential` among the layers is passed over: it has a `forward`, like any layer.": "outer_only",
    "A tanh follows the last layer: the network has no layers but those in its list.": "np.tanh(expected)",
})  # fmt: skip

#: Given: grad_output, layers; right(layers, grad_output); before, linear_only, outer_only.
sequential_backward = Candidates({
    "The layers have their turn from the first to the last: who made the output, and so comes first on the way back?": "right(layers[::-1])",
    "The first layer is left out.": "right(layers[1:])",
    "The last layer is left out.": "right(layers[:-1])",
    "Only the last layer had its turn: does the `return` stand inside the loop?": "right(layers[-1:])",
    "Only the last two layers had their turn: a network may have any number of layers.": "right(layers[-2:])",
    "Only the first layer is in the result: each takes what the one after it hands back.": "right(layers[:1])",
    "This is `grad_output` itself: return what the last step of the way back gives.": "grad_output",
    "`grad_output` is left out, as if it were ones.": "right(layers, np.ones_like(grad_output))",
    "It is divided by N: only the loss does that.": "expected / len(grad_output)",
    "It is divided by the number of layers.": "expected / len(layers)",
    "The linear layers alone had their turn: a layer may be of any class.": "linear_only",
    "The `Sequential` among the layers is passed over: it has a `backward`, like any layer.": "outer_only",
})  # fmt: skip
