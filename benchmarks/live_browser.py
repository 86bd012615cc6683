"""Live figures in a real JupyterLab in Chromium: frames painted, and what they cost.

Two panels (a loss curve, and data with a fitted line) beside training steps of 2 ms,
for ten seconds. Four ways take turns in one notebook: no figure; the canvas; Matplotlib
with blitting into an image widget; and the loop that notebooks often use,
`clear_output`, plot everything again, `plt.pause`, at each tenth step. Painted frames
are counted in the page. The training is the same for all: a fixed number of matrix
products for each step, by one thread, for the browser needs a core, too.
"""

import json
import tempfile
from pathlib import Path

from tests.browser.session import (
    CHROMIUM,
    chromium,
    jupyterlab,
    run_cell,
    write_notebook,
)

ROUNDS = 2
SETUP = """
import json, os
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import clear_output

from helpers import live

rng = np.random.default_rng(0)
x = rng.uniform(-1, 1, size=(200, 1))
t = 2 * x**2 + 3 + 0.2 * rng.normal(size=x.shape)
grid = np.linspace(-1, 1, 200).reshape(-1, 1)
a = rng.normal(size=(64, 784))
b = rng.normal(size=(784, 128))

def work(times):
    for _ in range(times):
        a @ b

for _ in range(3):
    start = perf_counter()
    work(200)
    TIMES = max(1, round(0.002 / ((perf_counter() - start) / 200)))

def line(step):
    return grid, 3 + 2 * (1 - 0.999**step) * grid**2

def run_bare(steps):
    for step in range(steps):
        work(TIMES)

def run_board(steps):
    global board
    board = live.Board(live.Curve("loss", log=True, xlabel="step"), live.Fit(x, t))
    with board:
        for step in range(steps):
            work(TIMES)
            board.update(loss=(step, 0.999**step + 0.001), fit=lambda: line(step))
        return perf_counter()

def run_pause(steps):
    losses = []
    for step in range(steps):
        work(TIMES)
        losses.append(0.999**step + 0.001)
        if step % 10 == 0:
            clear_output(wait=True)
            figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.6))
            left.semilogy(losses)
            right.plot(x, t, "o")
            right.plot(*line(step))
            plt.pause(0.001)
            plt.close(figure)

def measure(way, steps):
    run, kind = {"bare": (run_bare, ""), "canvas": (run_board, "canvas"),
                 "image": (run_board, "image"), "pause": (run_pause, "")}[way]
    os.environ["NN_LIVE"] = kind
    start = perf_counter()
    end = run(steps)
    seconds = (end or perf_counter()) - start
    said = {"seconds": seconds, "steps": steps}
    if end:
        # The first drawing comes before training; it is not the training's time.
        said["seconds"] = end - board._start
        said |= {"frames": board.frames, "spent": board._spent}
    clear_output()
    print(json.dumps(said))
"""
COUNT = """() => {
    window.painted = 0;
    new MutationObserver(all => { window.painted += all.length; }).observe(
        document.body,
        {subtree: true, attributes: true, attributeFilter: ["data-frames"]});
    document.addEventListener("load", event => {
        if (event.target.tagName === "IMG") window.painted += 1;
    }, true);
}"""


def measure():
    """Print painted frames a second, ms a frame and the cost in time for each way."""
    if CHROMIUM is None:
        print("live_browser: no Chromium on this machine")
        return
    with (
        tempfile.TemporaryDirectory() as room,
        jupyterlab(Path(room), environment={"OMP_NUM_THREADS": "1"}) as lab,
        chromium() as browser,
    ):
        page = open_page(lab, browser)
        results = [measure_round(page) for _ in range(ROUNDS)]
    for number, result in enumerate(results):
        say(number, result)


def open_page(lab, browser):
    """A notebook with the benchmark's functions, and counters in its page."""
    path = write_notebook(lab.folder / "bench.ipynb", [SETUP, "1"])
    page = lab.open(browser, path)
    run_cell(page, 0)
    page.evaluate(COUNT)
    run_cell(page, 1, "measure('canvas', 200)")
    return page


def measure_round(page):
    """What each way says of itself, and how many frames the page has painted."""
    result = {}
    for way, steps in (
        ("bare", 5000),
        ("canvas", 5000),
        ("bare again", 5000),
        ("image", 5000),
        ("pause", 250),
    ):
        before = page.evaluate("window.painted")
        text = run_cell(page, 1, f"measure('{way.split()[0]}', {steps})", timeout=300)
        said = json.loads(text.strip().splitlines()[-1])
        # The image widget's last picture is the still.
        said["painted"] = page.evaluate("window.painted") - before
        result[way] = said
    return result


def say(number, result):
    """Print one round."""
    bare = [result[way]["seconds"] / 5000 for way in ("bare", "bare again")]
    print(f"live_browser, round {number + 1}: steps of {1e3 * sum(bare) / 2:.2f} ms")
    step = sum(bare) / 2
    for way in ("canvas", "image", "pause"):
        said = result[way]
        longer = said["seconds"] / (step * said["steps"]) - 1
        frames = said["painted"] / said["seconds"]
        cost = (
            f"{1e3 * said['spent'] / said['frames']:.2f} ms a frame in the kernel"
            if "spent" in said
            else f"{1e3 * (said['seconds'] - step * 250) / 25:.0f} ms a frame"
        )
        print(
            f"live_browser:   {way:<7} {frames:5.1f} frames painted a second, {cost}, "
            f"{longer:+.1%} against no figure"
        )
