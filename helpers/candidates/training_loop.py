"""05: what comes of a training loop in which something is wrong.

What is compared here is counted or written down by a check: the sizes of batches, the
rows in them, the steps that were taken, the losses that were met.
"""

from helpers.candidates._formulas import Candidates

#: The sizes of all batches. Given: n, size; right(n, size).
sizes = Candidates({
    "The last batch is missing: it holds the rest, however few samples that are.": "expected[:-1] if len(expected) > 1 else None",
    "No batch comes: even a few samples make one.": "[]",
    "Only the first batch comes: what ends your loop?": "expected[:1]",
    "The first batch is missing: where does your loop begin?": "expected[1:] if len(expected) > 1 else None",
    "An empty batch comes at the end.": "np.append(expected, 0)",
    "The smaller batch is not the last one: shuffle the samples, then cut the batches in order.": ("np.roll(expected, 1)", "np.roll(expected, 2)"),
    "`batch_size` is taken for the number of batches.": "[len(part) for part in np.array_split(np.arange(n), size)]",
    "The samples are split evenly: every batch but the last should be full.": "[len(part) for part in np.array_split(np.arange(n), len(expected))]",
    "The last batch is filled up: it should hold the rest, and nothing else.": "np.full(len(expected), size)",
    "The batches overlap by one sample: does a slice hold its end?": "expected + (np.arange(len(expected)) < len(expected) - 1)",
    "The batches overlap: the next one should begin where the last one ended.": "np.minimum(size, n - np.arange(n))",
    "Every batch is a sample short: does a slice hold its end?": "expected - (expected == size)",
    "One sample is missing: where does the counting begin, and where does it end?": "right(n - 1, size)",
    "All samples come in one batch: is `batch_size` used?": "[n]",
    "Each batch holds one sample: is `batch_size` used?": "np.ones(n)",
})  # fmt: skip

#: One batch of x or t. Given: rows (what came), source (x or t). For x: other (t). For t: own (t),
#: numbers (of the samples in its x_batch).
batch = Candidates({
    "These are the numbers of samples, not the samples.": ("numbers", "rows if rows.dtype.kind == 'i' and rows.ndim == 1 < expected.ndim else None"),
    "`x` and `t` have changed places: a pair is (x_batch, t_batch).": "rows if np.isin(rows, other).all() else None",
    "The rows are flattened: a row may have any shape, and keeps it.": "expected.reshape(len(expected), -1)",
    "It holds numbers that are not there in the data: the rows should come as they are.": "rows if rows.shape == expected.shape and rows.dtype == expected.dtype and not np.isin(rows, source).all() else None",
    "It belongs to other samples than its x_batch: `x` and `t` need the same order.": "rows if np.isin(rows, own).all() else None",
})  # fmt: skip

#: How many entries the history has. Given: epochs, batches (in an epoch).
entries = Candidates({
    "It is empty: who appends to it?": "0",
    "It has an entry for each batch: an epoch has one.": "epochs * batches",
    "There is one epoch too many.": "epochs + 1",
    "There are too few epochs: does the loop begin late, or end early?": ("1", "epochs - 1", "epochs - 2"),
})  # fmt: skip

#: The samples in each step, of all epochs. Given: n, size, epochs, sizes (of an epoch's batches);
#: right(n, size).
steps = Candidates({
    "No step is taken: who calls `update_params`?": "[]",
    "Only the first epoch has batches: what `yield` hands out can be used once.": "sizes",
    "Only the first batch of each epoch is used.": "np.tile(sizes[:1], epochs)",
    "Each epoch takes one step, after its last batch: every batch needs its own.": "np.tile(sizes[-1:], epochs)",
    "The last batch of each epoch is left out.": "np.tile(sizes[:-1], epochs)",
    "One sample is left out in each epoch.": "np.tile(right(n - 1, size), epochs)",
    "Each step uses all samples: the model should see one batch.": ("np.full(len(expected), n)", "np.full(epochs, n)"),
    "After the batches of each epoch comes a step with all samples: a look at the loss must not move the model.": "np.tile(np.append(sizes, n), epochs)",
    "Each batch takes two steps.": "np.repeat(expected, 2)",
    "The batches overlap by one sample.": "np.tile(sizes + (np.arange(len(sizes)) < len(sizes) - 1), epochs)",
    "Each step uses one sample: is `batch_size` used?": "np.ones(n * epochs)",
})  # fmt: skip

#: What loss.forward gets as its y. Given: x, t (those of the batch).
prediction = Candidates({
    "These are the targets: the prediction comes first, `loss.forward(y, t)`.": "t",
    "These are the inputs: the model should predict first.": "x",
})  # fmt: skip

#: What loss.forward gets as its t. Given: rows (what came), whole (all targets).
target = Candidates({
    "These are the targets of all samples, not those of the batch.": "whole",
    "These numbers are not in `t`: targets should go in as they are.": "rows if rows.shape == expected.shape and not np.isin(rows, whole).all() else None",
    "These are the targets of other samples: `x` and `t` need the same order.": "rows if rows.shape == expected.shape and np.isin(rows, whole).all() else None",
})  # fmt: skip

#: What model.backward gets. Given: value (of the loss), y, t.
grad_output = Candidates({
    "This is the loss, not its gradient.": "np.asarray(value)",
    "This is the prediction, not the gradient of the loss.": "y",
    "This is the difference of prediction and target, not the gradient of the loss.": "y - t",
    "It is divided by the number of samples: the loss has done that.": "expected / len(expected)",
    "It has the wrong sign: the step will go uphill.": "-expected",
})  # fmt: skip

#: The learning rate in each step. Given: sizes (of all batches), batches (in an epoch), n.
rates = Candidates({
    "The step goes uphill: look at the sign.": "-expected",
    "A learning rate of 0.1 is written into the code: use the argument.": "np.full(len(expected), 0.1)",
    "A learning rate of 0.01 is written into the code: use the argument.": "np.full(len(expected), 0.01)",
    "It is divided by the samples in the batch: the loss has done that.": ("expected / sizes", "expected / max(sizes)"),
    "It is divided by N: the loss has divided already.": "expected / n",
    "It shrinks from epoch to epoch: every step should use the rate as it was given.": ("expected / (1 + np.arange(len(expected)) // batches)", "expected * 0.9 ** (np.arange(len(expected)) // batches)"),
})  # fmt: skip

#: The parameter when training is over. Given: start, epochs_end (its value after each epoch),
#: best (the number of the best epoch).
parameter = Candidates({
    "It is back where it began: is it a copy that learns?": "start",
    "It is that of the best epoch: what is put back at the end?": "epochs_end[best]",
})  # fmt: skip

#: The history. Given: losses (of an epoch's batches, for each epoch), n, size; late (of losses after
#: each step), after (the loss after the epoch).
history = Candidates({
    "This is the plain mean of the batch losses: a smaller batch counts for less.": "[np.mean(of_epoch) for of_epoch in losses]",
    "This is the sum of the batch losses: it should be a mean over the samples.": "[np.sum(of_epoch) for of_epoch in losses]",
    "This is the loss of the last batch: every batch counts.": "[of_epoch[-1] for of_epoch in losses]",
    "This is the loss of the first batch: every batch counts.": "[of_epoch[0] for of_epoch in losses]",
    "This is a sum over the samples: it should be their mean.": "expected * n",
    "The last batch counts as if it were full.": "[np.mean(of_epoch) * len(of_epoch) * size / n for of_epoch in losses]",
    "The sum of the batch losses is divided by N: a batch loss is a mean already, of how many samples?": "[np.sum(of_epoch) / n for of_epoch in losses]",
    "The sum of the batch losses is divided by `batch_size`.": "[np.sum(of_epoch) / size for of_epoch in losses]",
    "The sum over the samples is divided by the number of batches.": "[one * n / len(of_epoch) for one, of_epoch in zip(expected, losses)]",
    "The losses were taken after each step: take each before its own.": "late",
    "This is the loss after the epoch: take those that were met on the way.": "after",
    "The total goes on from the epoch before: it should begin at 0.": "np.cumsum(expected)",
    "The mean goes over all epochs so far: it should begin anew.": "np.cumsum(expected) / np.arange(1, len(expected) + 1)",
    "This is the smallest loss so far, not the loss of the epoch.": "np.minimum.accumulate(expected)",
    "The losses are rounded.": ("np.round(expected, 2)", "np.round(expected, 3)", "np.round(expected, 4)"),
    "This is a root of the loss.": "np.sqrt(expected)",
})  # fmt: skip

#: How often on_epoch is called. Given: epochs, batches (in an epoch).
calls = Candidates({
    "It is never called.": "0",
    "It is called once: each epoch should call it.": "1",
    "It is called after each batch: once an epoch is enough.": "epochs * batches",
})  # fmt: skip

#: The epochs that on_epoch is told. Given: losses (the history).
told = Candidates({
    "Epochs count from 0.": "expected + 1",
    "The loss comes first: it should be on_epoch(epoch, epoch_loss).": "losses",
})  # fmt: skip
