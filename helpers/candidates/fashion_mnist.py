"""12: what comes of dividing, scaling and counting clothes in which something is wrong."""

from helpers.candidates._formulas import Candidates

#: The sizes of the two parts. Given: n, fraction.
sizes = Candidates({
    "The two parts have changed places: the training part comes first.": "expected[::-1]",
    "The size is cut off, but it should be rounded.": "[n - int(fraction * n), int(fraction * n)]",
    "The size is rounded up, but it should be rounded.": "[n - np.ceil(fraction * n), np.ceil(fraction * n)]",
    "All samples are in the training part, those for validation as well.": "[n, expected[1]]",
    "A sample is lost at the border of the two parts.": ("[expected[0] - 1, expected[1]]", "[expected[0], expected[1] - 1]"),
    "The two parts share a sample at their border.": ("[expected[0] + 1, expected[1]]", "[expected[0], expected[1] + 1]"),
    "These are masks over all samples: numbers of samples are asked for.": "[n, n]",
})  # fmt: skip

#: Given: array, train; joined, all arrays in one.
standardise = Candidates({
    "It is standardised by its own mean and deviation: those of `train` are for all.": "(array - array.mean()) / array.std()",
    "It is standardised by what all arrays have together: measure on `train` alone.": "(array - joined.mean()) / joined.std()",
    "Each column has a mean and a deviation of its own: two numbers are for all entries.": ("(array - train.mean(axis=0)) / train.std(axis=0)", "(array - train.mean(axis=0)) / train.std()"),
    "Each row has a mean and a deviation of its own: two numbers are for all entries.": ("(array - array.mean(axis=1, keepdims=True)) / array.std(axis=1, keepdims=True)", "(array - array.mean(axis=1, keepdims=True)) / array.std()"),
    "The mean is subtracted, but nothing is divided.": "array - train.mean()",
    "It is divided by the deviation, but the mean is not subtracted.": "array / train.std()",
    "Its own deviation divides it: that of `train` is for all.": "(array - train.mean()) / array.std()",
    "Its own mean is subtracted: that of `train` is for all.": "(array - array.mean()) / train.std()",
    "Brackets are missing: the mean is divided, the array is not.": "array - train.mean() / train.std()",
    "The division comes before the subtraction.": "array / train.std() - train.mean()",
    "It is divided by the variance: the deviation is its root.": "(array - train.mean()) / train.var()",
    "The deviation divides by N D - 1, but here by N D.": "(array - train.mean()) / train.std(ddof=1)",
    "It is stretched from 0 to 1, by the smallest and the largest entry.": "(array - train.min()) / (train.max() - train.min())",
    "The array came back as it was.": "array",
    "The mean and the deviation are those of a data set, written into the code: measure them.": ("(array - 0.286) / 0.353", "(array - 0.5) / 0.5", "(array - 4) / 2"),
})  # fmt: skip

#: The rates at many steps. Given: step, steps, peak.
cosine_decay = Candidates({
    "It falls along a straight line: where is the cosine?": "np.maximum(peak * (1 - step / steps), 0)",
    "It is twice as large: the cosine plus 1 runs from 2 to 0.": "2 * expected",
    "The cosine runs down to -1: lift it by 1, and halve it.": "2 * expected - peak",
    "It is a quarter of a cosine wave: the angle runs to pi.": "peak * np.cos(np.pi / 2 * np.minimum(step / steps, 1))",
    "It falls and rises again before the end: the angle runs to pi, not to 2 pi.": "peak * (1 + np.cos(2 * np.pi * np.minimum(step / steps, 1))) / 2",
    "It rises from 0 to the peak: which sign has the cosine?": "peak - expected",
    "Behind the last step it rises again: there it should be 0.": "peak * (1 + np.cos(np.pi * step / steps)) / 2",
    "Behind the last step it goes back to the peak: there it should be 0.": "np.where(step > steps, peak, expected)",
    "It never comes to 0: the end is at `steps`, not one step before it.": "peak * (1 + np.cos(np.pi * np.minimum(step, steps - 1) / steps)) / 2",
    "Brackets are missing: 1 and the cosine are added before anything is done to the sum.": ("peak + np.cos(np.pi * np.minimum(step / steps, 1)) / 2", "peak * (1 + np.cos(np.pi * np.minimum(step / steps, 1)) / 2)"),
    "This is a sine: it begins in the middle.": "peak * (1 + np.sin(np.pi * np.minimum(step / steps, 1))) / 2",
    "`peak` is left out.": "expected / peak if peak != 1 else None",
    "It does not fall: the rate stays at its peak.": "np.full(len(step), peak)",
    "It is a step ahead: at step 0 nothing is done yet.": "peak * (1 + np.cos(np.pi * np.minimum((step + 1) / steps, 1))) / 2",
    "It reaches 0 a step too early: the end is at `steps`.": "peak * (1 + np.cos(np.pi * np.minimum(step / max(steps - 1, 1), 1))) / 2 if steps > 1 else None",
    "The angle ends at 1: pi is missing.": "peak * (1 + np.cos(np.minimum(step / steps, 1))) / 2",
    "The part that is done is a whole number: `//` cuts it.": "np.where(step < steps, peak, 0)",
})  # fmt: skip

#: The labels in a text. Given: labels.
lines = Candidates({
    "The labels are sorted: they belong to the images in their order.": "np.sort(labels)",
    "The labels are in reversed order.": "labels[::-1]",
    "These are the numbers of the lines, not the labels.": ("np.arange(len(labels)) % 10",),
})  # fmt: skip

#: Given: nothing but what is expected.
confusion = Candidates({
    "Rows and columns are swapped: a row is for a label.": "expected.T",
    "What occurs several times is counted once: `+=` with arrays of places does that.": "np.minimum(expected, 1)",
    "These are shares of the rows: counts are asked for.": "expected / np.maximum(expected.sum(axis=1, keepdims=True), 1)",
    "These are shares of all samples: counts are asked for.": "expected / expected.sum()",
    "Only the right ones are counted: the mistakes are what it is for.": "np.diag(np.diag(expected))",
    "Only the mistakes are counted: the right ones stand on the diagonal.": "expected - np.diag(np.diag(expected))",
    "The counting begins at 1.": "expected + 1",
    "Class 0 is left out: classes count from 0.": "np.pad(expected[1:, 1:], ((1, 0), (1, 0)))",
    "There is a row and a column too many: the classes are 0 to `classes` - 1.": "np.pad(expected, ((0, 1), (0, 1)))",
    "Both directions of a mistake are added up: the table is not symmetric.": "expected + expected.T - np.diag(np.diag(expected))",
    "Classes that do not occur are left out: the table has `classes` rows and columns.": "expected[np.ix_(*2 * [expected.sum(axis=0) + expected.sum(axis=1) > 0])]",
})  # fmt: skip
