"""02: what comes of an activation in which something is wrong.

Arrays: `x` (N, D), `y`, what `forward` gives, and `grad_output`, shaped alike.
"""

from helpers.candidates._formulas import Candidates

_FORWARD = {
    "A later call has changed this array: every call should make one of its own.": "later",
}  # fmt: skip

# Of one slope or another. `earlier` is the `x` of the call before; `again` is
# `grad_output`, given where `backward` is called a second time.
_BACKWARD = {
    "`grad_output` is left out, as if it were ones.": "right(x, np.ones_like(grad_output))",
    "`grad_output` is multiplied in twice.": "expected * grad_output",
    "This is what `forward` has returned, and not a gradient.": "y",
    "It is divided by N: only the loss does that.": "expected / len(grad_output)",
    "The batch is summed over: every input has a gradient of its own.": ("expected.sum(axis=0)", "expected.sum(axis=0, keepdims=True)", "expected.sum()"),
    "This is the gradient of another layer: does every layer keep its own?": "other",
    "This belongs to the batch of an earlier call: what does `forward` keep?": "right(earlier, grad_output)",
    "The call before has changed what `forward` keeps: `backward` should leave that as it is.": ("expected * again", "again - expected**2 / again", "expected * (1 - expected / again)", "expected * (again > 0)"),
}  # fmt: skip

#: Given: x; right(x); before, later.
tanh_forward = Candidates(_FORWARD | {
    "This is `x` itself: nothing is bent.": "x",
    "This is a function of trigonometry: tanh is another one, made of exponentials.": ("np.tan(x)", "np.arctan(x)"),
    "This is the numerator or the denominator alone, or half of it.": ("np.sinh(x)", "2 * np.sinh(x)", "np.cosh(x)", "2 * np.cosh(x)"),
    "The parentheses of the fraction are missing: what is divided by what?": "np.exp(x) + np.exp(-x) - np.exp(-2 * x)",
    "This is a straight line, cut off at -1 and 1: tanh is curved.": "np.clip(x, -1, 1)",
    "The values lie between 0 and 1, as those of sigmoid do.": ("(1 + expected) / 2", "np.sqrt(1 + expected) / (np.sqrt(1 + expected) + np.sqrt(1 - expected))"),
    "The inputs are halved or doubled on the way: count the factors of `x`.": ("right(x / 2)", "right(2 * x)"),
    "The values are rounded.": ("np.round(expected, 2)", "np.round(expected, 3)"),
    "The inputs are cut to whole numbers.": "right(np.trunc(x))",
})  # fmt: skip

#: Given: x; before, later.
relu_forward = Candidates(_FORWARD | {
    "This is `x` itself: nothing is cut off.": "x",
    "This is the size of `x`: negative entries lose their sign, and should lose everything.": "np.abs(x)",
    "Negative entries leak through: ReLU lets nothing of them pass.": ("expected + 0.01 * (x - expected)", "expected + 0.1 * (x - expected)", "expected + 0.2 * (x - expected)"),
    "Large entries are cut off as well: ReLU has no upper limit.": ("np.minimum(expected, 6)", "np.minimum(expected, 1)"),
    "Small positive entries are cut off as well: where is the kink?": "expected * (expected > 1)",
    "This is the mask: it says which entries are on, and not how large they are.": "np.sign(expected)",
    "It is the other way round: the negative entries are kept, the positive ones are cut off.": ("x - expected", "expected - x"),
    "This is a smooth relative of ReLU: its kink is sharp.": ("np.logaddexp(0, x)", "expected + np.expm1(x - expected)"),
    "This is the largest entry of a column, or of all: every entry is compared with 0 by itself.": ("x.max(axis=0)", "x.max()"),
})  # fmt: skip

#: Given: x; right(x); before, later; far, which is `expected` at large inputs.
sigmoid_forward = Candidates(_FORWARD | {
    "This is `x` itself: nothing is bent.": "x",
    "These are the values for `-x`: look at the signs, and at which case is which.": "1 - expected",
    "Negative inputs get the values of positive ones: the sign of `x` is lost.": "np.maximum(expected, 1 - expected)",
    "Positive inputs get the values of negative ones: the sign of `x` is lost.": "np.minimum(expected, 1 - expected)",
    "The fraction is upside down: do the parentheses hold the denominator together?": "1 / expected if expected.all() else None",
    "These are whole numbers, a step: sigmoid rises smoothly.": "np.rint(expected)",
    "This is an exponential alone: where is the rest of the fraction?": ("1 / expected - 1 if expected.all() else None", "expected / (1 - expected) if (1 - expected).all() else None"),
    "A sign in the denominator is wrong.": "expected / (2 * expected - 1) if (expected != 0.5).all() else None",
    "The values run from -1 to 1, as those of tanh do.": ("2 * expected - 1", "(2 * expected - 1) / (expected**2 + (1 - expected) ** 2)"),
    "The inputs are halved or doubled on the way: count the factors of `x`.": ("right(x / 2)", "right(2 * x)"),
    "The inputs are cut to whole numbers.": "right(np.trunc(x))",
    "The exponentials are divided by their sum, as in softmax: here every entry is on its own.": ("expected / (1 - expected) / (expected / (1 - expected)).sum()", "expected / (1 - expected) / (expected / (1 - expected)).sum(axis=1, keepdims=True)"),
    "Far out the values stop short of 0 and 1: what cuts them, or the inputs, off?": ("np.clip(expected, 6.692850924e-3, 0.993307149076)", "np.clip(far, 4.539786870e-5, 0.999954602131)", "np.clip(far, 1e-5, 1 - 1e-5)"),
})  # fmt: skip

#: Given: x, y, grad_output; right(x, grad_output); before, earlier, other, again.
tanh_backward = Candidates(_BACKWARD | {
    "This is `grad_output` itself: the way back passes the slope.": "grad_output",
    "`grad_output` is multiplied by the output: what is multiplied in is the slope.": "grad_output * y",
    "`grad_output` is multiplied by the input: what is multiplied in is the slope.": "grad_output * x",
    "The input stands where the output should: what does `forward` keep?": "expected + grad_output * (y**2 - x**2)",
    "The slope is taken at `grad_output`: what does `forward` keep?": "right(grad_output, grad_output)",
    "The tanh is taken a second time, of the output.": "right(y, grad_output)",
    "The slope lacks its square.": ("grad_output - grad_output * y", "np.sign(expected) * np.sqrt(expected * grad_output)"),
    "The square is that of a difference: what is squared?": "grad_output * (y - 1) ** 2",
    "This is the square alone: the rest of the slope is missing.": "grad_output - expected",
    "A sign in the slope is wrong.": "2 * grad_output - expected",
    "The parentheses around the slope are missing: the product comes first.": "grad_output - y**2",
    "It is divided by the slope, where it should be multiplied.": "grad_output**2 / expected",
    "This is the slope of sigmoid.": "expected * y / (1 + y)",
})  # fmt: skip

#: Given: x, y, grad_output; right(x, grad_output); before, earlier, other, again.
relu_backward = Candidates(_BACKWARD | {
    "This is `grad_output` itself: every entry passes, also where `forward` gave 0.": "grad_output",
    "The mask is the wrong way round: it passes what `forward` cuts off.": "grad_output - expected",
    "The sign of `grad_output` decides what passes: that is up to the input alone.": ("right(grad_output, grad_output)", "right(grad_output, expected)"),
    "`grad_output` is multiplied by the input: the slope of ReLU is no such number.": "grad_output * x",
    "`grad_output` is multiplied by the output: the slope of ReLU is no such number.": "grad_output * y",
    "Some of the gradient leaks through where `forward` lets nothing pass.": ("expected + 0.01 * (grad_output - expected)", "expected + 0.1 * (grad_output - expected)"),
    "The mask cuts off small positive inputs as well: where is the kink?": "expected * (x > 1)",
    "It has the sign of the input: left of the kink the slope is not -1.": "2 * expected - grad_output",
})  # fmt: skip

#: Given: x, y, grad_output; right(x, grad_output); before, earlier, other, again.
sigmoid_backward = Candidates(_BACKWARD | {
    "This is `grad_output` itself: the way back passes the slope.": "grad_output",
    "`grad_output` is multiplied by the input: what is multiplied in is the slope.": "grad_output * x",
    "The input stands where the output should: what does `forward` keep?": "expected + grad_output * (x - y) * (1 - x - y)",
    "The slope is taken at `grad_output`: what does `forward` keep?": "right(grad_output, grad_output)",
    "The sigmoid is taken a second time, of the output.": "right(y, grad_output)",
    "One of the two factors of the slope is missing.": ("expected / y", "expected / (1 - y)"),
    "One factor of the slope stands there twice, the other one is missing.": ("expected * y / (1 - y)", "expected * (1 - y) / y"),
    "A sign in the slope is wrong.": "expected * (1 + y) / (1 - y)",
    "The parentheses around the slope are missing: the product comes first.": "grad_output * y - y",
    "It is divided by the slope, where it should be multiplied.": "grad_output**2 / expected",
    "This is the slope of tanh.": "expected * (1 + y) / y",
})  # fmt: skip
