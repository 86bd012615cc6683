"""14: what comes of broken parts, and the words of the debugging clinic.

A diagnosis is a word of `DIAGNOSES` with a word of `MEASUREMENTS`, the line of the
chart that points at it. A visible check knows the right words as seals only, so that
reading the check tells nobody what the patient has.
"""

import difflib
import hashlib

from helpers.candidates._formulas import Candidates

#: What may be wrong with a patient, and what it would look like: (what, look).
DIAGNOSES = {
    "activation missing": ("There is no activation between two linear layers.", "Without an activation the network is linear: on one batch its loss falls, all gradients are right, and only problems that no line can solve stay unsolved."),
    "activation shared": ("One activation object stands in several places.", "What it kept of its first place would be overwritten by the last: the gradient check would fail, and only layers before the last place would learn wrongly."),
    "bytes wrap around": ("Unsigned bytes go below 0.", "The smallest inputs would turn into the largest: inputs that should lie around 0 would reach far above anything that an image can hold."),
    "first steps too long": ("The learning rate is far too large at first, and right later.", "A few steps would throw the weights far out: afterwards most ReLU units would be 0 for every sample."),
    "gradients add up": ("`backward` adds to the gradients of earlier batches.", "A second `backward` for the same batch would leave gradients twice as large as the first."),
    "gradient divided twice": ("The loss and the layers both divide by the batch size.", "Every gradient would be N times too small: the gradient check would fail in every layer, by the same factor."),
    "labels off by one": ("Every label is one too large.", "The network would learn as well as a healthy one, only with other names: its training accuracy would be as high."),
    "labels of other samples": ("Samples and labels are not in the same order.", "There would be nothing to learn but by heart: the training accuracy may climb, the test accuracy stays at chance."),
    "layer skipped": ("The way back leaves a layer out.", "The layer's gradients would never change, or its neighbour would get a gradient of the wrong shape; the gradient check would fail."),
    "mask always true": ("The activation lets every gradient through.", "`forward` would be right and `backward` wrong: the gradient check would fail in the layers before an activation, however few there are."),
    "never updated": ("The steps do not reach the parameters.", "The gradients would be there, but no weight would move: the loss would stay the same to its last digit."),
    "no shift": ("The exponentials of softmax are taken as they are.", "All would be well until a logit passes 709; then the exponential overflows, and infinity divided by infinity is NaN."),
    "order never changes": ("The batches are the same in every epoch.", "The loss would fall nearly as it should: you would hardly see it in a chart, only in the batches themselves."),
    "rate too large": ("Each step is longer than the valley is wide.", "The weights would change by several per cent or more in a single step, and the loss would go up and down, or up only."),
    "rate too small": ("Each step is a tiny part of the way.", "The loss would fall smoothly and hardly at all, and a step would change the weights by a few millionths of their size."),
    "shapes broadcast": ("Prediction and target differ by an axis.", "NumPy would subtract every target from every prediction: the model would learn the mean of all targets, and nothing else."),
    "softmax twice": ("The network ends in a softmax, and the loss takes another.", "The loss could not fall below 1.46 with ten classes, however right the predictions are, and its gradients would be small."),
    "statistics of the evaluated data": ("New data are standardised by their own mean and deviation.", "The result for a sample would depend on the samples beside it: alone, or in odd company, it would be judged by another measure than in training."),
    "too little data": ("A healthy network has too few samples.", "Training accuracy would be high, and test accuracy clearly lower but far above chance."),
    "weights all zero": ("All weights begin at 0.", "Nothing would pass a ReLU, forward or back: only the last biases would ever have a gradient."),
    "weights too large": ("The first weights have too large a variance.", "The network would be very sure of nonsense before its first step: the loss would begin far above ln C."),
    "wrong axis": ("Softmax runs over the samples, not over the classes.", "The probabilities of a sample would not add up to 1, and the loss would begin near ln N, so that it depends on the batch size."),
}  # fmt: skip

#: The lines of a chart, and what each of them can show: (what, use).
MEASUREMENTS = {
    "inputs": ("The smallest and largest input, the mean and the deviation.", "It shows what the network is really given."),
    "shapes": ("The shapes of prediction, target and difference.", "It shows whether what is compared belongs together."),
    "start loss": ("The loss before the first step, minus ln C.", "It shows whether the first guesses are as good as chance, as they should be."),
    "row sums": ("The sums of the probabilities of each sample, from smallest to largest.", "It shows whether the loss looks at samples."),
    "large logits": ("The loss of a sure mistake: the wrong logit is 1000, the others 0.", "It shows whether the loss can be computed where it is large."),
    "gradient check": ("`backward` against finite differences, the relative error.", "It shows whether `forward` and `backward` belong together."),
    "gradient sizes": ("The size of the gradient in each layer.", "It shows whether a gradient arrives in every layer, not whether it is right."),
    "backward twice": ("The gradient after a second `backward`, relative to the first.", "It shows whether anything is left over from an earlier batch."),
    "update ratios": ("How far a step moves the weights of each layer, relative to their size.", "It shows whether steps arrive, and whether they are too long or too short."),
    "one batch": ("The loss on one batch after many steps on it.", "It shows that something is wrong, hardly ever what."),
    "dead units": ("The share of units that are 0 for every sample, after training.", "It shows units that cannot learn any more."),
    "train and test": ("Accuracy on training and on test samples, after training.", "It shows whether what was learned holds for other samples, not why it does not."),
    "one by one": ("Accuracy when the test samples come all at once, and one by one.", "It shows whether an answer depends on the samples beside it."),
}  # fmt: skip


def seal(case, word):
    """Return what a visible check keeps in place of a word, for one case.

    Parameters
    ----------
    case, word : str
    """
    return hashlib.sha256(f"clinic/{case}/{word}".encode()).hexdigest()[:12]


def read_answer(case, answer, diagnosis, *measurements):
    """Return what is wrong with a diagnosis, in a sentence, or None.

    Parameters
    ----------
    case : str
    answer : object
        What student code returned: (diagnosis, measurement), two words of the lists.
    diagnosis : str
        The seal of the right one.
    *measurements : str
        The seals of those that point at it.
    """
    came = "expected a pair of words, (diagnosis, measurement), got"
    if answer is None:
        return f"{came} None. Is a `return` missing?"
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        return f"{came} {type(answer).__name__}."
    if not all(isinstance(word, str) for word in answer):
        return f"{came} {' and '.join(type(word).__name__ for word in answer)}."
    if answer[0] in MEASUREMENTS and answer[1] in DIAGNOSES:
        return "The two have changed places: the diagnosis comes first."
    lists = (("diagnosis", DIAGNOSES), ("measurement", MEASUREMENTS))
    for word, (kind, words) in zip(answer, lists, strict=True):
        if word not in words:
            near = difflib.get_close_matches(word, words, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "Look at the list."
            return f"There is no {kind} {word!r}. {hint}"
    said, measured = answer
    if seal(case, said) != diagnosis:
        look = DIAGNOSES[said][1]
        return f"{said!r} is not what this patient has. {look} Compare that with the chart."
    if seal(case, measured) not in measurements:
        use = MEASUREMENTS[measured][1]
        return (
            f"The diagnosis fits, but {measured!r} does not point at it. {use} Which "
            "line of the chart tells this fault from all the others on the list?"
        )
    return None


#: Given: C (classes), N, K (one more than the largest label).
surplus = Candidates({
    "This is the loss itself: ln C is not subtracted.": "expected + np.log(C)",
    "This is the loss as a multiple of ln C: ask for the difference.": "1 + expected / np.log(C)",
    "What is subtracted is ln N: chance has as many choices as there are classes.": "expected + np.log(C) - np.log(N)",
    "C is taken from the labels, and the last classes may not be among them: count the columns of the logits.": "expected + np.log(C) - np.log(K)",
    "C is taken to be 10: there are as many classes as the logits have columns.": "expected + np.log(C) - np.log(10)",
    "The logarithm has another base: np.log is the natural one.": ("expected + np.log(C) - np.log2(C)", "expected + np.log(C) - np.log10(C)"),
    "The sign is wrong: above chance is positive.": "-expected",
})  # fmt: skip

#: Given: outputs (N, M), M.
dead = Candidates({
    "This is the share of all entries that are 0: a unit is dead if its whole column is.": "np.mean(outputs == 0)",
    "These are the living units.": "1 - expected",
    "This is the share of samples for which every unit is 0: look along the other axis.": "np.mean(~outputs.any(axis=1))",
    "A unit that is 0 for one sample is not dead yet: it has to be 0 for all.": "1 - np.mean((outputs > 0).all(axis=0))",
    "This is a number of units, not a share of them.": "expected * M",
})  # fmt: skip

#: Given: gradients, biases, weights: lists of arrays, one for each layer.
gradient_sizes = Candidates({
    "This is the length of the gradient: a mean is missing, and large layers look large.": "expected * np.sqrt([g.size for g in gradients])",
    "The square root is missing.": "expected**2",
    "This is the mean of the absolute values: square, take the mean, then the root.": "[np.abs(g).mean() for g in gradients]",
    "The layers come in the order of the way back.": "expected[::-1]",
    "This is made of the gradients of the biases.": "[np.sqrt(np.mean(b * b)) for b in biases]",
    "This is made of the weights: ask how large their gradients are.": "[np.sqrt(np.mean(w * w)) for w in weights]",
    "This is the standard deviation, which takes the mean off first: the root mean square does not.": "[g.std() for g in gradients]",
    "This is the mean of the gradient: entries of both signs cancel.": "[abs(g.mean()) for g in gradients]",
})  # fmt: skip

#: Given: old, new (lists of arrays).
update_ratios = Candidates({
    "It is upside down: how much of the weights is the step?": "1 / np.maximum(expected, 1e-300)",
    "The lengths are compared: a turned vector has moved, too. Take the length of the difference.": "[abs(np.linalg.norm(b) - np.linalg.norm(a)) / np.linalg.norm(a) for a, b in zip(old, new)]",
    "This is the length of the step, not yet divided by that of the weights.": "[e * np.linalg.norm(a) for e, a in zip(expected, old)]",
    "This is made of absolute values: a length is the root of a sum of squares.": "[np.abs(b - a).sum() / np.abs(a).sum() for a, b in zip(old, new)]",
    "Each entry is divided by its own: divide one length by the other.": ("[np.abs((b - a) / a).mean() for a, b in zip(old, new)]", "[np.linalg.norm((b - a) / a) for a, b in zip(old, new)]"),
    "The square root is missing.": "expected**2",
    "It is divided by the length after the step: take the one before.": "[e * np.linalg.norm(a) / np.linalg.norm(b) for e, a, b in zip(expected, old, new)]",
})  # fmt: skip

#: Given: start (the loss before the first step).
one_batch = Candidates({
    "The loss after the last step is missing.": "expected[:-1]",
    "The loss before the first step is missing.": "expected[1:]",
    "The loss never changes: is the model updated?": "np.full(len(expected), start)",
})  # fmt: skip

#: A parameter after some steps on one batch. Given: more (after one step more).
trained = Candidates({
    "The model has gone one step too far: nothing follows the last loss.": "more",
})  # fmt: skip

#: A parameter after a step, or its gradient. Given: start, gradient; or N.
step = Candidates({
    "It did not move: does `self` hear of the new array?": "start",
    "The step goes uphill.": "2 * start - expected",
    "The learning rate is left out.": "start - gradient",
    "This is a mean over the samples: layers sum, and only the loss divides.": "expected / N",
})  # fmt: skip

#: The loss of several samples. Given: each (their losses).
stable_loss = Candidates({
    "The probability is kept away from 0: so the loss of a sure mistake stops growing, and the symptom is gone, not the fault.": ("np.minimum(each, -np.log(1e-7)).mean()", "np.minimum(each, -np.log(1e-8)).mean()", "np.minimum(each, -np.log(1e-9)).mean()", "np.minimum(each, -np.log(1e-10)).mean()", "np.minimum(each, -np.log(1e-12)).mean()", "np.minimum(each, -np.log(1e-15)).mean()"),
    "What is not a number is counted as 0: that hides the largest losses.": ("np.where(each < 700, each, 0).mean()", "each[each < 700].mean()"),
    "The logits are cut off: that hides the largest losses.": ("np.minimum(each, 500).mean()", "np.minimum(each, 700).mean()", "np.minimum(each, 100).mean()"),
    "This is a sum over the samples: it should be their mean.": "each.sum()",
})  # fmt: skip

#: What an activation hands back. Given: x, grad_output.
mask = Candidates({
    "Every gradient passes, as if every unit were on: the mask is true everywhere.": "grad_output",
    "This is the mask: `grad_output` is left out.": "1.0 * (x > 0)",
    "The mask looks at the gradient: it should look at what passed in `forward`.": "grad_output * (grad_output > 0)",
    "Gradients below 0 are cut off: where x is positive they pass, whatever their sign.": "np.maximum(grad_output, 0) * (x > 0)",
    "It is multiplied by the output: the slope of a ReLU that is on is 1.": "grad_output * np.maximum(x, 0)",
    "The mask is turned around.": "grad_output * (x < 0)",
})  # fmt: skip

#: Given: logits; right(logits).
rows = Candidates({
    "The columns add up to 1: these are probabilities of samples, not of classes.": "right(logits.T).T",
    "All entries together add up to 1: each row should.": "right(logits.reshape(1, -1)).reshape(logits.shape)",
    "What is subtracted is the largest of each column, so that the probabilities of a row are changed: take the largest of each row.": "right(logits - logits.max(axis=0))",
    "These are the logarithms of the probabilities.": "np.log(expected)",
})  # fmt: skip

#: Given: rates, losses.
best_rate = Candidates({
    "This is the rate of a loss that is NaN: what does np.argmin do with one?": "rates[np.flatnonzero(np.isnan(losses))[0]]",
    "This is the rate of the largest loss.": "rates[np.argmax(np.nan_to_num(losses, nan=-1, posinf=-1, neginf=-1))]",
    "This is the smallest loss, not its rate.": "losses[rates == expected][0]",
    "This is the number of the rate, not the rate.": "np.flatnonzero(rates == expected)[0]",
    "The place was counted among the finite losses only: in `rates` it is another one.": "rates[np.argmin(losses[np.isfinite(losses)])]",
    "A loss of minus infinity is no good sign: only finite losses count.": "rates[np.nanargmin(losses)]",
    "This is the smallest rate of all.": "np.min(rates)",
})  # fmt: skip

#: Given: step, steps, rate.
warm_up = Candidates({
    "It begins far above the rate and falls: that is the patient's own mistake.": "rate * np.maximum(steps / (step + 1), 1)",
    "The first step has a learning rate of 0: step 0 is a step, too.": ("rate * np.minimum(step / steps, 1)", "rate * np.minimum(step / (steps - 1), 1)"),
    "It begins at the rate and grows: the share of the warm-up is 1 at most.": "rate * np.maximum((step + 1) / steps, 1)",
    "The share is cut to a whole number: `/` divides, `//` cuts.": "rate * np.minimum((step + 1) // steps, 1)",
    "The share is taken for a learning rate: multiply it by `rate`.": ("np.minimum((step + 1) / steps, rate)", "np.minimum((step + 1) / steps, 1)"),
    "It goes on growing: after the warm-up the rate stays as it is.": "rate * (step + 1) / steps",
    "There is no warm-up.": "np.full(np.shape(step), rate)",
    "It never rises above the first step's rate.": "np.full(np.shape(step), rate / steps)",
})  # fmt: skip

#: A loss, or its gradient. Given: y (N, 1), t (N,).
column = Candidates({
    "Every target is subtracted from every prediction: look at the shape of the difference.": ("((y - t) ** 2).mean()", "2 * (y - t).mean(axis=1, keepdims=True) / len(y)"),
    "It is a sum: the loss should be a mean.": "expected * len(y)",
    "The gradient is that of the half of this loss: a 2 is missing.": "expected / 2",
})  # fmt: skip

#: Given: x (bytes), middle.
centre = Candidates({
    "It wraps around below 0: subtract after the bytes have become floats.": ("(x - middle) / 16", "(x - middle)"),
    "It has been cut off at 0: dark pixels should come out negative.": "np.maximum(expected, 0)",
    "The absolute value is taken: what is darker than the middle should come out negative.": "np.abs(expected)",
    "It is not divided by 16.": "expected * 16",
    "The middle is not subtracted.": "x / 16",
    "The middle is subtracted after the division: it is a grey level, so it comes first.": "x / 16 - 8",
    "What is subtracted is a mean of these images: the middle is 8 for all.": ("(x - x.mean()) / 16", "(x - x.mean(axis=0)) / 16", "(x - x.mean(axis=1, keepdims=True)) / 16"),
})  # fmt: skip

#: Given: x; seen (what `fit` was given), other (what another one was); right(x, seen).
standardise = Candidates({
    "It is standardised by its own mean and deviation: keep those that `fit` has seen.": "right(x, x)",
    "It is divided by the variance: take the deviation, its root.": "right(x, seen) / np.where(seen.std(axis=0) > 0, seen.std(axis=0), 1)",
    "One mean and one deviation are used for all columns: each has its own.": "(x - seen.mean()) / seen.std()",
    "The mean is subtracted, and that is all.": "x - seen.mean(axis=0)",
    "It is standardised by what another `Standardiser` has seen: keep the two on `self`.": "right(x, other)",
    "A small number is added to the deviation: where it is 0, divide by 1.": ("(x - seen.mean(axis=0)) / (seen.std(axis=0) + 1e-6)", "(x - seen.mean(axis=0)) / (seen.std(axis=0) + 1e-7)", "(x - seen.mean(axis=0)) / (seen.std(axis=0) + 1e-8)", "(x - seen.mean(axis=0)) / (seen.std(axis=0) + 1e-9)", "(x - seen.mean(axis=0)) / (seen.std(axis=0) + 1e-10)", "(x - seen.mean(axis=0)) / (seen.std(axis=0) + 1e-12)"),
    "A column that never varied is set to 0: divide by 1, so that new values are seen.": "expected * (seen.std(axis=0) > 0)",
    "The deviation is that with N - 1: the formula divides by N.": "(x - seen.mean(axis=0)) / np.where(seen.std(axis=0) > 0, seen.std(axis=0, ddof=1), 1)",
    "Mean and deviation are those of each sample: take them over the samples, for each column.": ("(x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)", "(x - seen.mean(axis=1, keepdims=True)) / seen.std(axis=1, keepdims=True)"),
})  # fmt: skip

#: What a network of several layers gives, or the gradients in it. Given: linear (without any
#: activation), early (with one before the first layer), shared (with one for all places).
stack = Candidates({
    "There is an activation behind the last linear layer, too.": ("np.tanh(expected)", "np.maximum(expected, 0)"),
    "There is no activation between the linear layers.": "linear",
    "There is an activation before the first linear layer, too.": "early",
    "The way back finds in an activation what has passed it in another place: how many activations have been made?": "shared",
})  # fmt: skip
