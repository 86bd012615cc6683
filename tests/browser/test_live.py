"""Live figures in JupyterLab, in a real browser: what is painted, and what acts."""

import json
import re

import nbformat
import pytest
from nbconvert import HTMLExporter

from tests.browser.session import run_all, run_cell, write_notebook

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.usefixtures("quiet_console"),
]

SETUP = """
import time
import numpy as np
from helpers import live

x = np.linspace(-1, 1, 40)
def line(k):
    return x, (1 - 0.98**k) * x**2
"""
BOARD = """
with live.Board(live.Curve("loss", log=True), live.Fit(x, x**2)) as board:
    for k in range(STEPS):
        time.sleep(0.01)
        board.update(loss=(k, 0.98**k), fit=lambda: line(k))
"""
PLAYER = """
taken = []
def lesson(settings):
    k = 0
    while True:
        time.sleep(0.002)
        k += 1
        taken.append((time.time(), settings.rate, settings.hidden_units))
        yield {"loss": (k, 0.98**k), "fit": line(k)}

live.play(lesson, live.Curve("loss", log=True), live.Fit(x, x**2), steps=100_000,
          rate=live.Slider(0.1, 0.001, 1, log=True),
          hidden_units=live.Slider(10, 1, 50, whole=True, restart=True))
"""
NOW = "print(len(taken), *(taken[-1] if taken else ''))"


def board(steps):
    return BOARD.replace("STEPS", str(steps))


def pictures(path, cell):
    """The media types of what a saved notebook's cell has shown."""
    outputs = nbformat.read(path, as_version=4).cells[cell].outputs
    return [sorted(output.data) for output in outputs if "data" in output]


def save(page):
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    page.wait_for_selector("text=Saving completed", timeout=20_000)


def wait_for(page, condition, seconds=15):
    page.wait_for_function(condition, timeout=1000 * seconds)


CANVAS = "document.querySelector('.nn-figure canvas')"


def frames(page):
    return page.evaluate(f"Number({CANVAS}?.dataset.frames ?? 0)")


def described(page):
    return page.evaluate(f"{CANVAS}?.getAttribute('aria-label')")


def press(page, name):
    page.click(f".nn-desk button:has-text('{name}')")


def steps_taken(page):
    """How many steps the lesson has taken, asked in another cell while it runs."""
    return int(run_cell(page, 2, NOW).split()[0])


@pytest.fixture
def notebook(lab, browser, request):
    """Open a notebook of these cells in JupyterLab."""

    def open_notebook(*cells, **options):
        path = lab.folder / request.node.name[:40] / "live.ipynb"
        write_notebook(path, [SETUP, *cells])
        return lab.open(browser, path, **options), path

    return open_notebook


@pytest.fixture
def player(notebook):
    """A player that runs, and a cell in which to ask how far it is."""
    page, _ = notebook(PLAYER, "1")
    run_cell(page, 0)
    run_cell(page, 1)
    wait_for(page, f"Number({CANVAS}?.dataset.frames ?? 0) > 5")
    return page


# A board


def test_the_canvas_is_painted_while_the_loop_runs_and_a_still_stays(notebook):
    page, path = notebook(board(300))
    page.locator(".jp-CodeCell .cm-content").first.click()
    run_cell(page, 0)
    page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    wait_for(page, f"Number({CANVAS}?.dataset.frames ?? 0) > 20")
    assert re.match(r"loss 0\.\d+ at epoch \d+; fit: 40 data points", described(page))
    page.wait_for_selector(".jp-CodeCell img", timeout=20_000)
    assert page.locator("canvas").count() == 0
    save(page)
    assert pictures(path, 1) == [["image/png", "text/html", "text/plain"]]


def test_the_canvas_shows_what_the_still_shows(notebook):
    """Painted pixels: the red line over the grey points is where it must be."""
    page, _ = notebook(board(500))
    run_cell(page, 0)
    page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    wait_for(page, f"Number({CANVAS}?.dataset.frames ?? 0) > 60")
    colours = page.evaluate(
        f"""() => {{
            const canvas = {CANVAS};
            const {{width, height}} = canvas;
            const {{data}} = canvas.getContext('2d').getImageData(0, 0, width, height);
            const is = (k, colour) => colour.every((c, j) => data[k + j] === c);
            const count = {{blue: 0, red: 0}};
            for (let k = 0; k < data.length; k += 4) {{
                const left = (k / 4) % width < width / 2;
                if (left && is(k, [0, 114, 178])) count.blue += 1;
                if (!left && is(k, [213, 94, 0])) count.red += 1;
            }}
            return count;
        }}"""
    )
    assert colours["blue"] > 100
    assert colours["red"] > 300


def test_an_interrupted_loop_leaves_its_still(notebook):
    page, _ = notebook(board(100_000))
    run_cell(page, 0)
    page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    wait_for(page, f"Number({CANVAS}?.dataset.frames ?? 0) > 5")
    page.click("jp-button[data-command='notebook:interrupt-kernel']")
    page.wait_for_selector(".jp-CodeCell img", timeout=20_000)
    page.wait_for_selector("text=KeyboardInterrupt", timeout=20_000)
    assert page.locator("canvas").count() == 0


def test_ten_runs_of_a_cell_leave_one_picture_and_no_widget(notebook):
    page, _ = notebook(board(30), "1")
    run_cell(page, 0)
    for _ in range(10):
        run_cell(page, 1)
    count = "import ipywidgets; print(len(ipywidgets.widgets.widget._instances))"
    assert run_cell(page, 2, count).strip() == "0"
    page.wait_for_selector(".jp-CodeCell img")
    assert page.locator(".jp-CodeCell img").count() == 1
    assert page.locator("canvas").count() == 0


def test_a_saved_notebook_shows_its_figure_when_it_is_opened_again(
    notebook, lab, browser
):
    page, path = notebook(board(30))
    run_all(page)
    save(page)
    again = lab.open(browser, path)
    again.wait_for_selector(".jp-CodeCell img", timeout=20_000)
    width = again.evaluate("document.querySelector('.jp-CodeCell img').naturalWidth")
    assert width == 1920
    html, _ = HTMLExporter().from_filename(str(path))
    assert html.count('src="data:image/png;base64,') == 1
    assert 'alt="loss 0.557 at epoch 29; fit: 40 data points' in html


def test_without_the_canvas_pictures_are_painted_into_an_image(notebook):
    page, path = notebook("import os; os.environ['NN_LIVE'] = 'image'", board(100_000))
    run_cell(page, 0)
    run_cell(page, 1)
    page.evaluate(
        """() => {
            window.painted = 0;
            document.addEventListener('load', event => {
                if (event.target.matches('img.widget-image')) window.painted += 1;
            }, true);
        }"""
    )
    page.locator(".jp-CodeCell").nth(2).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    wait_for(page, "window.painted > 3", seconds=60)
    page.click("jp-button[data-command='notebook:interrupt-kernel']")
    page.wait_for_selector("text=KeyboardInterrupt", timeout=20_000)
    assert page.locator("img.widget-image").count() == 0
    save(page)
    assert pictures(path, 2) == [["image/png", "text/html", "text/plain"]]


def test_a_browser_that_reduces_motion_paints_rarely(notebook, lab, browser):
    page, _ = notebook(board(500))
    page.emulate_media(reduced_motion="reduce")
    run_cell(page, 0)
    page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".nn-figure canvas")
    page.wait_for_timeout(3000)
    assert 1 <= frames(page) <= 3


def test_notebook_7_paints_and_keeps_the_still_as_well(notebook):
    page, _ = notebook(board(400), application="notebook")
    run_cell(page, 0)
    page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    wait_for(page, f"Number({CANVAS}?.dataset.frames ?? 0) > 10")
    page.wait_for_selector(".jp-CodeCell img", timeout=20_000)
    assert page.locator("canvas").count() == 0


# A player


def test_pause_stops_the_training_and_start_goes_on(player):
    press(player, "Pause")
    player.wait_for_selector(".nn-desk button:has-text('Start')")
    at_pause = steps_taken(player)
    player.wait_for_timeout(500)
    assert steps_taken(player) == at_pause
    press(player, "Start")
    player.wait_for_selector(".nn-desk button:has-text('Pause')")
    player.wait_for_timeout(500)
    assert steps_taken(player) > at_pause + 20


def test_step_takes_one_step_and_paints_it(player):
    press(player, "Pause")
    player.wait_for_selector(".nn-desk button:has-text('Start')")
    before = steps_taken(player)
    for count in (1, 2, 3):
        press(player, "Step")
        player.wait_for_selector(f".nn-desk >> text='step {before + count}'")
    assert steps_taken(player) == before + 3
    assert f"at epoch {before + 3};" in described(player)


def test_a_moved_slider_reaches_the_steps_that_follow_without_a_reset(player):
    before = steps_taken(player)
    slider = player.locator(".nn-desk .widget-slider:has-text('rate')")
    slider.locator(".noUi-handle").focus()
    player.keyboard.press("ArrowRight")
    player.wait_for_timeout(300)
    count, _, rate, _ = run_cell(player, 2, NOW).split()
    assert float(rate) == pytest.approx(0.1 * 10**0.05)
    assert int(count) > before + 20
    epoch = int(re.search(r"at epoch (\d+)", described(player))[1])
    assert epoch > before


def test_a_slider_that_needs_a_new_run_begins_one(player):
    slider = player.locator(".nn-desk .widget-slider:has-text('hidden units')")
    slider.locator(".noUi-handle").focus()
    player.wait_for_timeout(1500)
    before = int(re.search(r"at epoch (\d+)", described(player))[1])
    player.keyboard.press("ArrowRight")
    player.wait_for_timeout(300)
    after = int(re.search(r"at epoch (\d+)", described(player))[1])
    assert 0 < after < before
    assert run_cell(player, 2, NOW).split()[-1] == "11"


def test_stop_leaves_the_still_and_nothing_runs_behind_it(player):
    press(player, "Stop")
    player.wait_for_selector(".jp-CodeCell img", timeout=20_000)
    assert player.locator(".nn-desk").count() == 0
    at_stop = steps_taken(player)
    player.wait_for_timeout(300)
    assert steps_taken(player) == at_stop
    count = "import ipywidgets; print(len(ipywidgets.widgets.widget._instances))"
    assert run_cell(player, 2, count).strip() == "0"


def test_running_the_cell_again_ends_the_run_before_it(player):
    run_cell(player, 1)
    wait_for(player, f"Number({CANVAS}?.dataset.frames ?? 0) > 5")
    assert player.locator(".nn-desk").count() == 1
    tasks = (
        "import asyncio; print(sum('_Player' in repr(t) for t in asyncio.all_tasks()))"
    )
    assert run_cell(player, 2, tasks).strip() == "1"


def test_a_lesson_that_fails_leaves_its_still_and_says_why(notebook):
    code = PLAYER.replace("k += 1", "k += 1; 1 / (k - 200)")
    page, _ = notebook(code)
    run_cell(page, 0)
    run_cell(page, 1)
    page.wait_for_selector("text=ZeroDivisionError", timeout=20_000)
    page.wait_for_selector(".jp-CodeCell img")
    assert page.locator(".nn-desk").count() == 0


def test_a_run_that_ends_by_itself_becomes_a_still(notebook):
    quick = "from helpers.live import player; player._UNTOUCHED = 0.5\n"
    page, path = notebook(quick + PLAYER.replace("100_000", "300"))
    run_cell(page, 0)
    run_cell(page, 1)
    page.wait_for_selector(".nn-desk")
    page.wait_for_selector(".jp-CodeCell img", timeout=20_000)
    assert page.locator(".nn-desk").count() == 0
    save(page)
    (shown,) = [o for o in nbformat.read(path, 4).cells[1].outputs if "data" in o]
    assert "at epoch 300" in shown.data["text/plain"]
    assert json.dumps(shown.metadata).count("alt") == 1
