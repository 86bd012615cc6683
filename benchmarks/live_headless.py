"""What a live figure costs where nobody looks, and whether its memory grows.

One kernel without a browser. The same training of a small network runs with and without
a board, in turns, by one thread; the board's still picture at its end is counted apart.
"""

import os

import nbformat
from nbclient import NotebookClient

IN_THE_KERNEL = """
import resource
from statistics import median
from time import perf_counter

import numpy as np
from IPython.display import clear_output

from helpers import live

STEPS, ROUNDS = 2000, 5
rng = np.random.default_rng(0)
a, b = rng.normal(size=(64, 784)), rng.normal(size=(784, 128))
x = np.linspace(-1, 1, 200)

def step():
    for _ in range(4):
        a @ b

def bare():
    start = perf_counter()
    for k in range(STEPS):
        step()
    return perf_counter() - start, 0.0

def board():
    panels = live.Curve("loss", log=True), live.Fit(x, x), live.Images("weights")
    with live.Board(*panels, pace=0.01) as board:
        start = perf_counter()
        for k in range(STEPS):
            step()
            board.update(loss=(k, 0.999**k), fit=lambda: (x, x), weights=lambda: b.T)
        end = perf_counter()
    return end - start, perf_counter() - end

board()
pairs = [(bare(), board(), bare()) for _ in range(ROUNDS)]
memory = []
for _ in range(10):
    board()
    memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
clear_output()
ratios = sorted(
    2 * with_it[0] / (one[0] + other[0]) - 1 for one, with_it, other in pairs
)
each = median(one[0] for one, *_ in pairs) / STEPS
print(f"live_headless: {1e3 * each:.2f} ms a step")
print(f"live_headless: {median(ratios):+.1%} with a board of three panels "
      f"({ratios[0]:+.1%} to {ratios[-1]:+.1%} over {ROUNDS} rounds), "
      f"and {median(w[1] for _, w, _ in pairs):.2f} s for the still picture")
print(f"live_headless: {memory[0]:.0f} MiB after one more run, "
      f"{memory[-1]:.0f} MiB after ten")
"""


def measure():
    """Print what the board adds to the time of a step, and the memory of ten runs."""
    cells = [nbformat.v4.new_code_cell(IN_THE_KERNEL)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3")
    client.execute(env=os.environ | {"OMP_NUM_THREADS": "1"})
    for output in notebook.cells[0].outputs:
        if output.output_type == "stream" and output.name == "stdout":
            print(output.text, end="")
