"""Seconds for one epoch of the notebooks' own code, against PyTorch eager.

The same network (784-128-10, ReLU), batches of 128, Adam, float32, on the CPU with
each library's own threads. Each side has a process of its own, for their waiting
threads get in each other's way; the two take turns, so that a slow moment of the
machine hits both. The pixels are random: the time does not depend on what they show.
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from statistics import median
from time import perf_counter

import numpy as np

from grading.course import Course
from grading.parts import load_reference

SAMPLES, BATCH, EPOCHS = 60_000, 128, 9


def measure():
    """Print seconds an epoch for both, and how many times as fast ours is."""
    sides = {"the notebooks' code": _prepare_ours, "PyTorch eager": _prepare_pytorch}
    if find_spec("torch") is None:
        print("train_epoch: PyTorch is not installed, so there is nothing to compare")
        del sides["PyTorch eager"]
    spawn = multiprocessing.get_context("spawn")
    workers = {
        name: ProcessPoolExecutor(1, spawn, _prepare, (prepare,))
        for name, prepare in sides.items()
    }
    seconds = {name: [] for name in sides}
    for _ in range(1 + EPOCHS):  # the first is for warming up
        for name, worker in workers.items():
            seconds[name].append(worker.submit(_time_epoch).result())
    for worker in workers.values():
        worker.shutdown()
    for name, times in seconds.items():
        print(f"train_epoch: {median(times[1:]):.3f} s an epoch, {name}")
    if len(seconds) == 2:
        ours, theirs = (times[1:] for times in seconds.values())
        ratios = sorted(b / a for a, b in zip(ours, theirs, strict=True))
        print(
            f"train_epoch: ours is {median(ratios):.2f} times as fast "
            f"({ratios[0]:.2f} to {ratios[-1]:.2f} over {EPOCHS} epochs)"
        )


def _prepare(prepare):
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(SAMPLES, 784)).astype(np.float32)
    labels = rng.integers(10, size=SAMPLES)
    global _run_epoch
    _run_epoch = prepare(x, labels)


def _time_epoch():
    start = perf_counter()
    _run_epoch()
    return perf_counter() - start


def _prepare_ours(x, labels):
    parts = load_reference(Course.find(__file__))
    rng = np.random.default_rng(1)

    def draw(m, d):
        return (rng.normal(size=(m, d)) / np.sqrt(d)).astype(np.float32)

    model = parts.Sequential(
        [
            parts.Linear(784, 128, draw(128, 784), np.zeros(128, np.float32)),
            parts.ReLU(),
            parts.Linear(128, 10, draw(10, 128), np.zeros(10, np.float32)),
        ]
    )
    loss, optimiser = (
        parts.SoftmaxCrossEntropy(),
        parts.Adam(model.layers, learning_rate=1e-3),
    )

    def run_epoch():
        for x_batch, t_batch in parts.minibatches(x, labels, BATCH, rng):
            loss.forward(model.forward(x_batch), t_batch)
            model.backward(loss.backward())
            optimiser.step()

    return run_epoch


def _prepare_pytorch(x, labels):
    import torch

    model = torch.nn.Sequential(
        torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10)
    )
    criterion = torch.nn.CrossEntropyLoss()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    inputs, targets = torch.from_numpy(x), torch.from_numpy(labels)

    def run_epoch():
        order = torch.randperm(SAMPLES)
        for start in range(0, SAMPLES, BATCH):
            batch = order[start : start + BATCH]
            optimiser.zero_grad()
            criterion(model(inputs[batch]), targets[batch]).backward()
            optimiser.step()

    return run_epoch
