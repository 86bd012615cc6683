"""08: what comes of first weights, and of spreads through layers, that are wrong.

A variance that was measured is never exact. So the checks hand over `near`: it gives
what came, if chance explains how far that is from a variance, and else None.
"""

from helpers.candidates._formulas import Candidates

_EITHER = {
    "`n_in` and `n_out` have changed places.": "near(expected * n_in / n_out)",
    "It is divided by the number of all weights.": "near(expected / n_out)",
    "There is a factor of 2 too many.": "near(2 * expected)",
    "A factor of 2 is missing.": "near(expected / 2)",
    "The weights are not scaled at all.": ("near(1)", "near(1 / 3)"),
    "A standard deviation of 0.01 is written into the code.": "near(1e-4)",
    "It is one over what it should be: do you divide where you mean to multiply?": "near(1 / expected)",
}
_NORMAL = {
    "It is the square of what it should be: NumPy's `scale` is a standard deviation, not a variance.": "near(expected**2)",
    "It is the root of what it should be: there is a root too many.": "near(np.sqrt(expected))",
    "It is three times too large: the bound of a uniform distribution is not its standard deviation.": "near(3 * expected)",
    "The root is only over the 2: it belongs over the whole fraction.": "near(expected**2 / 2)",
}
_UNIFORM = {
    "It is a third of what it should be: the bound is larger than the standard deviation.": "near(expected / 3)",
    "It is a quarter of what it should be: does the range go from -b to b, or is it b wide?": "near(expected / 4)",
    "It is four times too large: is the bound taken for half of itself?": "near(4 * expected)",
    "It is a ninth of what it should be: does the 3 multiply, or divide?": "near(expected / 9)",
    "The bound looks like a variance: where is the root?": ("near(expected**2 / 3)", "near(3 * expected**2)"),
    "The root is only over the number above the line: it belongs over the whole fraction.": ("near(expected**2 / 2)", "near(expected**2)"),
    "The number above the line stands outside the root: it belongs under it.": ("near(6 * expected)", "near(3 * expected)"),
}  # fmt: skip
_GLOROT = {
    "Only `n_in` is in it: Glorot's rule looks at both sides.": ("near(expected * (n_in + n_out) / (2 * n_in))", "near(expected * (n_in + n_out) / n_in)"),
    "Only `n_out` is in it: Glorot's rule looks at both sides.": ("near(expected * (n_in + n_out) / (2 * n_out))", "near(expected * (n_in + n_out) / n_out)"),
    "`n_in` and `n_out` are multiplied, or a mean of another kind is taken: add them.": ("near(2 / (n_in * n_out))", "near(1 / np.sqrt(n_in * n_out))"),
    "Brackets are missing: it is the sum of both that divides.": ("near(2 / n_in + n_out)", "near(2 / n_in + n_out / 3)"),
}  # fmt: skip
_SUM = {
    "`n_in` and `n_out` are added: that is Glorot's rule, this one looks at one side.": ("near(expected * n_in / (n_in + n_out))", "near(2 * expected * n_in / (n_in + n_out))"),
}  # fmt: skip

#: The variance of weights that LeCun's or He's rule draws. Given: near, n_in, n_out.
normal = Candidates(_EITHER | _NORMAL | _SUM)
uniform = Candidates(_EITHER | _UNIFORM | _SUM)

#: The variance of weights that Glorot's rule draws. Given: near, n_in, n_out.
glorot_normal = Candidates({
    sentence: formula for sentence, formula in (_EITHER | _NORMAL | _GLOROT).items() if "changed places" not in sentence and "all weights" not in sentence
})  # fmt: skip
glorot_uniform = Candidates({
    sentence: formula for sentence, formula in (_EITHER | _UNIFORM | _GLOROT).items() if "changed places" not in sentence and "all weights" not in sentence
})  # fmt: skip

_SPREADS = {
    "These are variances: a spread is a standard deviation.": "expected**2",
    "They stand in the wrong order: entry 0 belongs to the network's input.": "expected[::-1]",
    "These are root mean squares: a standard deviation is measured from the mean.": "squares",
    "The divisor is one less than the number of values: NumPy's `std` has the right one.": "fewer",
    "These are the spreads of single units, averaged: take the spread of all values together.": "units",
    "These are mean absolute values: a spread is a standard deviation.": "absolute",
    "The weights are transposed.": "turned",
}

#: The spreads on the way forward. Given: squares, fewer, units, absolute, turned (weights
#: transposed), sums (before the activations), straight (no activations), other (the gradients).
signals = Candidates(_SPREADS | {
    "Entry 0 is missing: the spread of `x` itself.": "expected[1:]",
    "The last entry is missing.": "expected[:-1]",
    "These are the spreads before the activations.": ("sums", "sums[1:]"),
    "The activations are left out.": "straight",
    "These are the spreads of the gradients: signals come first.": "other",
})  # fmt: skip

#: The spreads on the way back. Given: squares, fewer, units, absolute, turned, sums (between
#: a layer and its activation), straight (no slopes), shared (all slopes are the last layer's),
#: forth (through the layers in forward order), other (the signals).
gradients = Candidates(_SPREADS | {
    "An entry is missing, that of the gradient with respect to `x`.": ("expected[1:]", "expected[1:][::-1]"),
    "An entry is missing, that of `grad_output` itself.": ("expected[:-1]", "expected[:-1][::-1]"),
    "These are the gradients between a layer and its activation: take those that a layer returns.": ("sums", "sums[:-1]"),
    "The backward of the activations is left out.": "straight",
    "All layers share one activation object, which remembers the last layer only.": "shared",
    "The gradient goes through the layers in the order of the way forward.": "forth",
    "These are the spreads of the signals: gradients come second.": "other",
})  # fmt: skip
