"""The network of notebook 10, one sample at a time, and the same gradients in batches.

784-32-32-10 on all of MNIST, with the notebook's own functions. Accuracies on the test
images after each epoch, next to those that were reported for it; seconds for one epoch
of each way, in turns, with random orders and steps on both sides; and the largest
difference between the gradients. Losses that the report leaves open are tried, too.
"""

import itertools
from time import perf_counter

import numpy as np

from grading.course import Course
from grading.parts import load_reference
from helpers import data

SIZES, BATCH, EPOCHS, RATE = (784, 32, 32, 10), 128, 3, 0.003
SEEDS, ROUNDS = 5, 5
REPORTED = "10.3, 87.2, 91.2, 92.9"
#: The gradient at the last scores, for losses that the report may have meant.
OTHER_LOSSES = {
    "cross-entropy of ten sigmoids": lambda y, t: y - t,
    "half the squared error of sigmoids": lambda y, t: (y - t) * y * (1 - y),
    "squared error of sigmoids": lambda y, t: 2 * (y - t) * y * (1 - y),
}


def measure():
    """Print accuracies, times, their ratio, and how far the gradients are apart."""
    parts = load_reference(Course.find(__file__))
    digits = data.load("mnist")
    _say(f"on {digits.source}, {len(digits.train_images)} images")
    _say("% right on the test images, before training and after 1, 2 and 3 epochs:")
    _say(f"{REPORTED} %, as reported")
    _measure_accuracies(parts, digits)
    for dtype in (np.float32, np.float64):
        _measure_times(parts, digits, dtype)
    for dtype in (np.float64, np.float32):
        _measure_difference(parts, digits, dtype)


def _measure_accuracies(parts, digits):
    x, t = _images(digits.train_images), _targets(digits.train_labels)
    x_test = _images(digits.test_images)

    def follow(gradients, seed):
        rng = np.random.default_rng(seed)
        start, reached = _draw(rng), []

        def note(epoch, params):
            a = x_test
            for weights, biases in params:
                scores = a @ weights.T + biases
                a = _sigmoid(scores)
            found = scores.argmax(axis=1)
            reached.append(100 * np.mean(found == digits.test_labels))

        note(-1, start)
        parts.train_samples(
            gradients,
            start,
            x,
            t,
            epochs=EPOCHS,
            learning_rate=RATE,
            rng=rng,
            on_epoch=note,
        )
        return np.array(reached)

    reached = []
    for seed in range(SEEDS):
        reached.append(follow(parts.sample_gradients, seed))
        _say(f"{_listed(reached[-1])} %, cross-entropy of softmax, seed {seed}")
    lowest, highest = np.min(reached, axis=0), np.max(reached, axis=0)
    _say(f"{_listed(np.mean(reached, axis=0))} %, mean of {SEEDS} seeds")
    _say(f"{_listed(lowest)} % to {_listed(highest)} %, lowest and highest")
    for name, begin in OTHER_LOSSES.items():
        _say(f"{_listed(follow(_gradients_with(begin), 0))} %, {name}, seed 0")


def _gradients_with(begin):
    """Return a function like sample_gradients for another loss behind sigmoids."""

    def gradients(params, x, t):
        inputs = [x]
        for weights, biases in params:
            inputs.append(_sigmoid(weights @ inputs[-1] + biases))
        delta, found = begin(inputs.pop(), t), []
        for layer in range(len(params) - 1, -1, -1):
            a = inputs[layer]
            found.append((np.outer(delta, a), delta))
            if layer:
                delta = (params[layer][0].T @ delta) * a * (1 - a)
        return found[::-1]

    return gradients


def _measure_times(parts, digits, dtype):
    x, t = _images(digits.train_images, dtype), _targets(digits.train_labels, dtype)
    params, rng = _draw(np.random.default_rng(0), dtype), np.random.default_rng(1)

    def train_batches():
        moved = [(1.0 * weights, 1.0 * biases) for weights, biases in params]
        for x_batch, t_batch in parts.minibatches(x, t, BATCH, rng):
            steps = parts.batch_gradients(moved, x_batch, t_batch)
            for (weights, biases), (down_w, down_b) in zip(moved, steps, strict=True):
                weights -= RATE * down_w
                biases -= RATE * down_b

    def train_samples():
        parts.train_samples(
            parts.sample_gradients, params, x, t, epochs=1, learning_rate=RATE, rng=rng
        )

    def sum_samples():
        for row, target in zip(x, t, strict=True):
            parts.sample_gradients(params, row, target)

    def sum_batches():
        for rows in _slices(len(x)):
            parts.batch_gradients(params, x[rows], t[rows])

    name = np.dtype(dtype)
    for slow, fast, what in (
        (train_samples, train_batches, "gradients and steps, random order"),
        (sum_samples, sum_batches, "gradients alone"),
    ):
        times = np.array([(_seconds(slow), _seconds(fast)) for _ in range(ROUNDS)])
        one, batched = times.min(axis=0)
        ratios = times[:, 0] / times[:, 1]
        _say(f"{one:.2f} s an epoch, one sample at a time, {name}, {what}")
        _say(f"{batched:.3f} s an epoch, batches of {BATCH}, {name}, {what}")
        _say(
            f"{one / batched:.1f} times as fast, {name}, {what} "
            f"({ratios.min():.1f} to {ratios.max():.1f} in {ROUNDS} rounds)"
        )


def _measure_difference(parts, digits, dtype):
    x, t = _images(digits.train_images, dtype), _targets(digits.train_labels, dtype)
    params, apart = _draw(np.random.default_rng(0), dtype), 0.0
    for rows in _slices(len(x)):
        sums = [[0 * weights, 0 * biases] for weights, biases in params]
        for row, target in zip(x[rows], t[rows], strict=True):
            found = parts.sample_gradients(params, row, target)
            for pair, (grad_weights, grad_biases) in zip(sums, found, strict=True):
                pair[0] += grad_weights
                pair[1] += grad_biases
        batched = parts.batch_gradients(params, x[rows], t[rows])
        for pair, other in zip(sums, batched, strict=True):
            for a, b in zip(pair, other, strict=True):
                apart = max(apart, float(np.abs(a - b).max()))
    _say(
        f"{apart:.1e} largest difference of the gradients of a batch of {BATCH}, "
        f"{np.dtype(dtype)}, all {len(x)} images"
    )


def _sigmoid(z):
    return 0.5 + 0.5 * np.tanh(0.5 * z)


def _draw(rng, dtype=np.float32):
    return [
        (
            rng.normal(scale=1 / np.sqrt(max(d, m)), size=(m, d)).astype(dtype),
            np.zeros(m, dtype),
        )
        for d, m in itertools.pairwise(SIZES)
    ]


def _images(images, dtype=np.float32):
    return images.reshape(len(images), -1).astype(dtype) / 255


def _targets(labels, dtype=np.float32):
    return np.eye(10, dtype=dtype)[labels]


def _slices(n):
    return [slice(start, start + BATCH) for start in range(0, n, BATCH)]


def _seconds(run):
    began = perf_counter()
    run()
    return perf_counter() - began


def _listed(numbers):
    return ", ".join(f"{number:.1f}" for number in numbers)


def _say(text):
    print(f"samples_to_batches: {text}", flush=True)
