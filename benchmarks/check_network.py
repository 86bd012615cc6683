"""Seconds to check the gradient of a whole 784-128-10 network.

By random directions, against nudging each parameter; of the second only a hundred
are timed and the rest is reckoned, for it would take minutes.
"""

from time import perf_counter

import numpy as np

from grading.course import Course
from grading.parts import load_reference
from helpers import gradcheck


def measure():
    """Print the seconds of both ways, and their ratio."""
    parts = load_reference(Course.find(__file__))
    rng = np.random.default_rng(0)
    first = parts.Linear(784, 128, rng=rng)
    model = parts.Sequential([first, parts.ReLU(), parts.Linear(128, 10, rng=rng)])
    loss = parts.SoftmaxCrossEntropy()
    x, labels = rng.uniform(size=(128, 784)), rng.integers(10, size=128)

    start = perf_counter()
    gradcheck.compare_directions(model, loss, x, labels, rng=rng)
    directions = perf_counter() - start

    def loss_of(some_weights):
        first.weights[0, :100] = some_weights
        return loss.forward(model.forward(x), labels)

    start = perf_counter()
    gradcheck.numerical_gradient(loss_of, first.weights[0, :100].copy())
    count = sum(
        layer.weights.size + layer.biases.size
        for layer in gradcheck.layers_with_parameters(model)
    )
    nudging = (perf_counter() - start) * count / 100

    print(f"check_network: {directions:.3f} s by three random directions")
    print(f"check_network: {nudging:.0f} s by nudging {count:,} parameters (reckoned)")
    print(f"check_network: {nudging / directions:,.0f} times as fast")
