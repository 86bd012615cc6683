"""06: what comes of reading digits and of classifying in which something is wrong.

Arrays: `images` (N, 28, 28), `logits` (N, C), `labels` (N,), `p` (N, C), the
probabilities.
"""

import numpy as np

from helpers.candidates._formulas import Candidates

# What to ask if something is not finite, by where the scores are.
_NOT_FINITE = {
    "above 0": "What may be subtracted from all scores of a row?",
    "below 0": "Every exponential is 0: what may be added to all scores of a row?",
    "rows far apart": "Each row needs a number of its own to subtract.",
    "far apart": "No exponent may be above 0: which score has to be subtracted?",
    "far apart, wrong label": "Is it the logarithm of a probability that became 0?",
}

# The exponentials of a row, in units of its largest one.
_SCALED = "(expected / expected.max(axis=1, keepdims=True))"
# What is true: in each row a 1 in the column of the label.
_TRUE = "np.eye(p.shape[1])[labels]"
# The columns and the rows that some label points at.
_COLUMNS = "np.isin(np.arange(p.shape[1]), labels)"
_ROWS = "np.isin(np.arange(len(p)), labels)[:, np.newaxis]"

#: Given: data, the bytes of the file; other, what came of another file.
parse_idx = Candidates({
    "The first entries are missing: how long is the header if there is one dimension?": "expected[8:]",
    "These are all bytes of the file: the header does not belong to the entries.": "data",
    "The entries are right, but not in the shape that the header says.": "expected.ravel()",
    "The lengths are taken in the opposite order.": "expected.reshape(expected.shape[::-1])",
    "The entries are laid out in the wrong order: the last dimension runs fastest.": "expected.ravel().reshape(expected.shape, order='F')",
    "The bytes are read as signed: from 128 on they became negative.": "np.where(expected > 127, expected - 256, expected)",
    "A length is cut: it takes four bytes, not only the last one.": "expected[: len(expected) % 256]",
    "A length is cut: it takes four bytes, not only the last two.": "expected[: len(expected) % 65536]",
    "The grey levels are divided by 255: here they stay bytes.": "expected / 255",
    "It is the same as for another file: does every call make an array of its own, from its own bytes?": "other",
})  # fmt: skip

#: Given: images; other, what came of other images.
preprocess = Candidates({
    "The grey levels are not divided yet.": "255 * expected",
    "They are divided by 256: the brightest grey level is 255.": "expected * 255 / 256",
    "Fractions are cut off: 255 became 1, all darker pixels 0. Does `//` or an integer dtype do that?": "np.floor(expected)",
    "They are divided by the brightest pixel of all images given: nothing may be measured on them.": "expected / expected.max()",
    "The mean of the images given is subtracted: nothing may be measured on them.": ("expected - expected.mean()", "(expected - expected.mean()) / expected.std()"),
    "Each pixel's mean over the images given is subtracted: nothing may be measured on them.": ("expected - expected.mean(axis=0)", "(expected - expected.mean(axis=0)) / (expected.std(axis=0) + 1e-8)"),
    "Each image is divided by a number of its own: a bright one and a dark one become alike.": ("expected / expected.max(axis=1, keepdims=True)", "expected / expected.sum(axis=1, keepdims=True)"),
    "Each image's own mean is subtracted: a bright one and a dark one become alike.": ("expected - expected.mean(axis=1, keepdims=True)", "(expected - expected.mean(axis=1, keepdims=True)) / expected.std(axis=1, keepdims=True)"),
    "A number is subtracted from unsigned bytes, and wraps around below 0: dark pixels became bright ones.": tuple(f"(images - np.uint8({n})).reshape(expected.shape) / {m}" for n, m in ((128, 128), (128, 127), (128, 127.5), (128, 255), (127, 127), (127, 128))),
    "The range is from -1 to 1, but it should be from 0 to 1.": ("2 * expected - 1", "(255 * expected - 128) / 128", "(255 * expected - 127.5) / 127.5"),
    "The mean and the spread of another recipe are in it: the range should be from 0 to 1.": ("(expected - 0.1307) / 0.3081", "(expected - 0.5) / 0.25"),
    "Rows and columns of the images are swapped.": "expected.reshape(-1, 28, 28).transpose(0, 2, 1).reshape(expected.shape)",
    "Pixels of different images are mixed in a row: keep the first axis as it is.": "expected.reshape(expected.shape[::-1]).T",
    "An image became a column, but it should be a row.": ("expected.T", "expected.reshape(expected.shape[::-1])"),
    "The first axis is gone: every image should stay a row of its own.": "expected.ravel()",
    "Only the first image is there.": "expected[:1]",
    "The images are still squares.": "expected.reshape(-1, 28, 28)",
    "Black and white are swapped.": "1 - expected",
    "The grey levels are lost: a pixel is on or off.": ("expected > 0", "expected > 0.5", "expected >= 0.5"),
    "It is the same as for other images: does every call make an array of its own, from its own images?": "other",
})  # fmt: skip

#: Given: logits; right(logits); other, what came of other logits.
softmax = Candidates({
    "The columns have the sum 1, but the rows should: one row is one sample.": ("right(logits.T).T", f"{_SCALED} / {_SCALED}.sum(axis=0)"),
    "All entries together have the sum 1, but each row should: one row is one sample.": ("right(logits.reshape(1, -1)).reshape(logits.shape)", f"{_SCALED} / {_SCALED}.sum()"),
    "Within a row not every score is lowered by the same number: along which axis is the largest one taken?": "right(logits - logits.max(axis=0))",
    "The exponentials are not divided by their sum.": ("np.exp(logits)", _SCALED),
    "The signs are turned around: the largest score should get the largest probability.": "right(-logits)",
    "Softmax is applied twice.": "right(expected)",
    "These are the logarithms of the probabilities.": "np.log(expected)",
    "The powers have the base 2, but it should be e.": "right(np.log(2) * logits)",
    "The exponential function is missing: these are the scores, divided by a sum.": ("logits / logits.sum(axis=1, keepdims=True)", "np.abs(logits) / np.abs(logits).sum(axis=1, keepdims=True)"),
    "Each score is turned into a probability by itself: those of a row should share the sum 1.": "1 / (1 + np.exp(-logits))",
    "The winner gets everything: the others should get their share.": "expected == expected.max(axis=1, keepdims=True)",
    "The scores are divided by the largest one: a quotient changes the result, a difference does not.": "right(logits / logits.max(axis=1, keepdims=True))",
    "The scores are cut to whole numbers.": "right(np.trunc(logits))",
    "Only the first sample is there.": ("expected[0]", "expected[:1]"),
    "The proportions are right, but a row does not have the sum 1: what is it multiplied by?": ("1.05 * expected", "expected / 1.05", "100 * expected"),
    "It is the same as for other scores: does every call make an array of its own, from its own scores?": "other",
})  # fmt: skip

#: For scores of 1000. Given: logits; right(logits).
softmax_large = Candidates({
    "The large scores are clipped, and their differences are lost.": tuple(f"right(np.clip(logits, -{n}, {n}))" for n in (20, 30, 50, 88, 100, 300, 500, 600, 700, 709)),
    "A row came out as zeros: an overflow or underflow is hidden, but should be avoided.": ("0 * expected", "expected * (logits.max(axis=1, keepdims=True) > logits.max() - 700)"),
})  # fmt: skip

#: Given: logits, labels, p; right(logits, labels), probabilities(logits); before.
cross_entropy_forward = Candidates({
    "This is the sum over the samples, but the loss is their mean.": "expected * len(labels)",
    "It is divided by the number of classes, too: the loss is a mean over the samples only.": "expected / p.shape[1]",
    "The sign is wrong: a logarithm of a probability is negative, a loss is not.": "-expected",
    "N whole columns are taken, every sample with the labels of all: take one entry from each row.": ("-np.log(p[:, labels]).mean()", "-np.log(p[:, labels]).sum() / len(p)"),
    "Whole rows are taken, those whose number is some label: take one entry from each row.": ("-np.log(p[labels]).mean()", "-np.log(p[labels]).sum() / len(p)"),
    "All classes are in it, but only the right class of each sample should be.": ("-np.log(p).mean()", "-np.log(p).sum() / len(p)"),
    "The other classes are in it, with log(1 - p): only the right class counts.": (f"expected - ((1 - {_TRUE}) * np.log(1 - p)).sum() / len(p)", f"(expected - ((1 - {_TRUE}) * np.log(1 - p)).sum() / len(p)) / p.shape[1]"),
    "Softmax is applied twice.": "right(p, labels)",
    "The labels are off by one: they count from 0.": ("right(logits, (labels.astype(int) - 1) % p.shape[1])", "right(logits, (labels.astype(int) + 1) % p.shape[1])"),
    "This is the loss of the class that the network prefers: the labels are left out.": "right(logits, p.argmax(axis=1))",
    "The logarithm has another base: it should be the natural one.": ("expected / np.log(2)", "expected / np.log(10)"),
    "It is off by a constant factor: what is it multiplied by?": ("1.05 * expected", "2 * expected", "expected / 2", "expected / 1.05"),
    "A small number is added to the probabilities before the logarithm: the loss is exact without.": tuple(f"right(np.log(p + {n}), labels) - np.log1p({n} * p.shape[1])" for n in ("1e-2", "1e-3", "1e-4", "1e-5", "1e-6", "1e-7", "1e-8")),
    "The logarithm is left out.": (f"({_TRUE} * p).sum() / len(p)", f"-({_TRUE} * p).sum() / len(p)", f"1 - ({_TRUE} * p).sum() / len(p)"),
    "The mean is taken before the logarithm, but it comes after.": f"-np.log(({_TRUE} * p).sum() / len(p))",
    "This is a squared error.": (f"(({_TRUE} - p) ** 2).mean()", f"(({_TRUE} - p) ** 2).sum() / len(p)"),
    "The largest score is subtracted in one of two places only.": ("expected - logits.max(axis=1).mean()", "expected + logits.max(axis=1).mean()"),
    "The logarithm of the sum is left out: these are scores, not logarithms of probabilities.": (f"-({_TRUE} * logits).sum() / len(p)", f"({_TRUE} * (logits.max(axis=1, keepdims=True) - logits)).sum() / len(p)"),
    "The sums run down the columns, but they should run along the rows: one row is one sample.": f"expected + ({_TRUE} * (np.log(p) - np.log(probabilities(logits.T).T))).sum() / len(p)",
    "The loss is rounded.": ("np.round(expected, 1)", "np.round(expected, 2)"),
    "Only the first sample counts.": "right(logits[:1], labels[:1])",
    "The scores are cut to whole numbers.": "right(np.trunc(logits), labels)",
})  # fmt: skip

#: For scores of 1000. Given: logits, labels; right(logits, labels).
cross_entropy_large = Candidates({
    "The large scores are clipped, and their differences are lost.": "np.log(logits.shape[1])",
    "The scores are rounded to float32: large ones lose their last digits.": "right(logits.astype('f4').astype(float), labels)",
})  # fmt: skip

#: Given: logits, labels, p; right(logits, labels), probabilities(logits); other, before.
cross_entropy_backward = Candidates({
    "It is not divided by N: the loss is a mean, and so is its gradient.": "expected * len(labels)",
    "It is divided by N twice.": "expected / len(labels)",
    "It is divided by the number of classes, too: the loss is a mean over the samples only.": "expected / p.shape[1]",
    "The labels are left out: these are the probabilities alone.": ("p / len(p)", "p"),
    "These are the true probabilities alone: what the network said is left out.": (f"{_TRUE} / len(p)", f"-{_TRUE} / len(p)"),
    "Only the entries of the right classes are there: a score moves the probabilities of all classes.": f"expected * {_TRUE}",
    "This is the gradient with respect to the probabilities: one step more leads to the scores.": (f"-{_TRUE} / p / len(p)", f"-{_TRUE} / p"),
    "1 is subtracted in whole columns: in each row only one entry should change.": f"expected + ({_TRUE} - {_COLUMNS}) / len(p)",
    "1 is subtracted in whole rows: in each row only one entry should change.": f"expected + ({_TRUE} - {_ROWS}) / len(p)",
    "1 is added in the column of the label, but it should be subtracted.": f"expected + 2 * {_TRUE} / len(p)",
    "The scores are cut to whole numbers.": "right(np.trunc(logits), labels)",
    "The labels are subtracted as numbers: subtract 1 in the column of the label.": f"expected + ({_TRUE} - labels[:, np.newaxis]) / len(p)",
    "The labels are off by one: they count from 0.": ("right(logits, (labels.astype(int) - 1) % p.shape[1])", "right(logits, (labels.astype(int) + 1) % p.shape[1])"),
    "The class that the network prefers stands where the label should.": "right(logits, p.argmax(axis=1))",
    "The logarithms of the probabilities stand where the probabilities should.": "expected + (np.log(p) - p) / len(p)",
    "The scores stand where the probabilities should.": "expected + (logits - p) / len(p)",
    "Softmax is applied twice.": "expected + (probabilities(p) - p) / len(p)",
    "The probabilities of a column have the sum 1, but those of a row should: one row is one sample.": "expected + (probabilities(logits.T).T - p) / len(p)",
    "The probabilities enter with the slope p (1 - p) of a single score.": ("expected * p * (1 - p)", "expected * p"),
    "It is summed over the samples: each sample's scores have a gradient of their own.": ("expected.sum(axis=0)", "expected.mean(axis=0)"),
    "It is off by a constant factor: what is it multiplied by?": ("1.05 * expected", "expected / 1.05"),
    "This is the gradient of another loss object: does each keep what its own `forward` saw?": "other",
})  # fmt: skip

#: Given: logits, labels; right(logits, labels); before_labels; other, what came of another call.
accuracy = Candidates({
    "The largest score is looked for in a column, but a sample is a row.": "right(logits.T, labels)",
    "The largest score of the whole table is looked for, but every row has its own.": "(labels == logits.argmax()).sum() / len(labels)",
    "The smallest score is looked for.": "right(-logits, labels)",
    "The score furthest from 0 is looked for, but the largest one wins.": "right(np.abs(logits), labels)",
    "The classes are off by one: they count from 0.": ("right(logits, labels - 1)", "right(logits, labels + 1)"),
    "This is the part that is wrong.": "1 - expected",
    "This is a percentage: a fraction lies between 0 and 1.": "100 * expected",
    "This is how many are right: divide by the number of samples.": "expected * len(labels)",
    "It is divided by the number of classes, but it should be by the number of samples.": "expected * len(labels) / logits.shape[1]",
    "The fraction is cut to a whole number.": "np.trunc(expected)",
    "It is divided by a number that is written into the code.": tuple(f"expected * len(labels) / {n}" for n in (4, 6, 10, 100, 1000, 10_000)),
    "The fraction is rounded.": ("np.round(expected, 2)", "np.round(expected, 1)"),
    "Every prediction is compared with every label: compare one with one.": "right(np.repeat(logits, len(labels), axis=0), np.tile(labels, len(labels)))",
    "The second largest score counts, too: a sample has one prediction.": "expected + right(np.where(logits < logits.max(axis=1, keepdims=True), logits, logits.min()), labels)",
    "It is the same as for other predictions: is an old answer kept, or a number written into the code?": "other",
    "These predictions are compared with the labels of the call before.": "right(logits, before_labels)",
})  # fmt: skip


def explain_large(got, where, expected=0.0):
    """Return what is wrong with a result for scores of 1000, or an empty string.

    Parameters
    ----------
    got : array-like of float
        Right for small scores.
    where : str
        One of the keys of `_NOT_FINITE`.
    expected : float
        The loss, if it is one: what keeps a logarithm finite makes it smaller.

    Returns
    -------
    str
    """
    exact = "the result must be exact for large scores, too"
    if not np.isfinite(got).all():
        return f"NaN or infinite, but {exact}. {_NOT_FINITE[where]}"
    if np.abs(got).max() > 1e100:
        return (
            f"{np.abs(got).max():.4g} is too large, but {exact}. {_NOT_FINITE[where]}"
        )
    if expected > 100 and got < expected - 1:
        return (
            f"{got:.4g} is too small, but {exact}. "
            "Is something clipped, or a small number added, before the logarithm?"
        )
    return ""
