"""Milliseconds for one live frame, against the plt.pause loop that notebooks often use.

Two panels (a loss curve, and data with a fitted line), in a real kernel without a
browser: what the training waits for. The two take turns, so that a slow moment of the
machine hits both.
"""

import nbformat
from nbclient import NotebookClient

IN_THE_KERNEL = '''
from statistics import median
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import clear_output

from helpers import live

FRAMES, SLOW_FRAMES, ROUNDS = 40, 8, 3
rng = np.random.default_rng(0)
x = rng.uniform(-1, 1, size=(200, 1))
t = 2 * x**2 + 3 + 0.2 * rng.normal(size=x.shape)
grid = np.linspace(-1, 1, 200).reshape(-1, 1)


def with_board():
    """Seconds a frame: all time may go into drawing."""
    panels = live.Curve("loss", log=True, xlim=(0, FRAMES)), live.Fit(x, t)
    board = live.Board(*panels, budget=1.0, frames_per_second=1e6)
    with board:
        start = perf_counter()
        step = 0
        while board.frames < FRAMES:
            line = grid, 3 + 2 * step / FRAMES * grid**2
            board.update(loss=(step, 0.8**step), fit=line)
            step += 1
        return (perf_counter() - start) / FRAMES


def with_pause():
    """Seconds a frame: clear the cell, plot everything again, pause."""
    start = perf_counter()
    losses = []
    for step in range(SLOW_FRAMES):
        losses.append(0.8**step)
        clear_output(wait=True)
        figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.6))
        left.semilogy(losses)
        left.set_xlabel("epoch")
        right.plot(x, t, "o")
        right.plot(grid, 3 + 2 * step / SLOW_FRAMES * grid**2)
        plt.pause(0.001)
        plt.close(figure)
    return (perf_counter() - start) / SLOW_FRAMES


sides = {"live.Board": with_board, "plt.pause and clear_output": with_pause}
times = {name: [] for name in sides}
for _ in range(1 + ROUNDS):
    for name, seconds in sides.items():
        times[name].append(seconds())
clear_output()
for name, seconds in times.items():
    print(f"live_frame: {1e3 * median(seconds[1:]):.1f} ms a frame, {name}")
ours, theirs = (seconds[1:] for seconds in times.values())
ratios = sorted(b / a for a, b in zip(ours, theirs, strict=True))
print(
    f"live_frame: ours is {median(ratios):.1f} times as fast "
    f"({ratios[0]:.1f} to {ratios[-1]:.1f} over {ROUNDS} rounds)"
)
'''


def measure():
    """Print milliseconds a frame for both, and how many times as fast ours is."""
    cells = [nbformat.v4.new_code_cell(IN_THE_KERNEL)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    for output in notebook.cells[0].outputs:
        if output.output_type == "stream" and output.name == "stdout":
            print(output.text, end="")
