"""How soon a control of a running player acts, in a real JupyterLab in Chromium.

Training runs at full speed, in steps of 2 ms. From the click or the key in the page to
the last step of training (pause, stop) or the first one with the new value (a slider).
Page and kernel read the same machine's clock.
"""

import json
import tempfile
from pathlib import Path
from statistics import median

from tests.browser.session import (
    CHROMIUM,
    chromium,
    jupyterlab,
    run_cell,
    write_notebook,
)

ROUNDS = 10
SETUP = """
import json, time
import numpy as np
from helpers import live

x = np.linspace(-1, 1, 40)
taken = []

def lesson(settings):
    step = 0
    while True:
        end = time.perf_counter() + 0.002
        while time.perf_counter() < end:
            pass
        step += 1
        taken.append((time.time(), settings.rate))
        yield {"loss": (step, 0.999**step), "fit": (x, x * settings.rate)}
"""
PLAY = """
taken.clear()
live.play(lesson, live.Curve("loss", log=True), live.Fit(x, x), steps=1_000_000,
          rate=live.Slider(0.1, 0.001, 1, log=True))
"""
LISTEN = """() => {
    window.acted = [];
    for (const kind of ["click", "keydown"])
        document.addEventListener(kind, () => window.acted.push(Date.now()), true);
}"""


def measure():
    """Print milliseconds from the page to the training, median and largest."""
    if CHROMIUM is None:
        print("live_controls: no Chromium on this machine")
        return
    with (
        tempfile.TemporaryDirectory() as room,
        jupyterlab(Path(room), environment={"OMP_NUM_THREADS": "1"}) as lab,
        chromium() as browser,
    ):
        page = lab.open(
            browser, write_notebook(lab.folder / "b.ipynb", [SETUP, "1", "1"])
        )
        run_cell(page, 0)
        page.evaluate(LISTEN)
        delays = {"a slider": [], "pause": [], "stop": []}
        for _ in range(ROUNDS):
            measure_once(page, delays)
    for name, seconds in delays.items():
        print(
            f"live_controls: {name} acts after {1e3 * median(seconds):.0f} ms "
            f"(at most {1e3 * max(seconds):.0f} ms in {len(seconds)} times)"
        )


def measure_once(page, delays):
    """Play, move the slider, pause, start and stop; add the seconds that each took."""
    run_cell(page, 1, PLAY)
    page.wait_for_function(
        "document.querySelector('.nn-figure canvas').dataset.frames > 9"
    )
    page.locator(".nn-desk .widget-slider:has-text('rate') .noUi-handle").focus()
    moved = act(page, lambda: page.keyboard.press("ArrowRight"))
    page.wait_for_timeout(300)
    paused = act(page, lambda: page.click(".nn-desk button:has-text('Pause')"))
    page.wait_for_selector(".nn-desk button:has-text('Start')")
    steps = ask(page)
    delays["a slider"].append(next(t for t, rate in steps if rate > 0.1001) - moved)
    delays["pause"].append(max(0.0, steps[-1][0] - paused))
    page.click(".nn-desk button:has-text('Start')")
    page.wait_for_timeout(300)
    stopped = act(page, lambda: page.click(".nn-desk button:has-text('Stop')"))
    page.wait_for_selector(".nn-desk", state="detached")
    delays["stop"].append(max(0.0, ask(page)[-1][0] - stopped))


def act(page, do):
    """Do something in the page; the second in which the page heard of it."""
    page.evaluate("window.acted = []")
    do()
    return page.evaluate("window.acted[0]") / 1e3


def ask(page):
    """The steps taken so far: when, and with which value."""
    return json.loads(run_cell(page, 2, "print(json.dumps(taken))"))
