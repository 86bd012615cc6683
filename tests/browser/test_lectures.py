"""Every lecture in JupyterLab, in a real browser: it runs, can be steered, and ends.

Screenshots are left in build/screenshots/: of each figure that is played, and of the
whole page at the end. `make screenshots` puts the first of each lecture into the folder
NN_SCREENSHOTS, for the documentation.
"""

import math
import os
import re
import shutil
from pathlib import Path

import pytest

from tests.browser.session import run_all

pytestmark = [
    pytest.mark.xdist_group("lectures"),
    pytest.mark.usefixtures("quiet_console"),
]

ROOT = Path(__file__).parents[2]
LECTURES = sorted((ROOT / "notebooks").glob("*.ipynb"))
SCREENSHOTS = ROOT / "build" / "screenshots"


@pytest.fixture(scope="session")
def hall(running_lab):
    """The folder with all lectures, as it is served."""
    folder = running_lab.folder / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return folder


# Which player's picture the documentation has, if it is not the first one's.
PICTURED = {"06_boundaries": 3, "11_batches": 1, "12_zoo": 1, "14_what_is_wrong": 1}

# Milliseconds for which a figure is watched before its picture is taken, and the size
# of the window in pixels: painting takes most of the time.
WATCHED, WIDTH, HEIGHT = (
    (4000, 1500, 1000) if "NN_SCREENSHOTS" in os.environ else (300, 1100, 800)
)


def draw(page, points):
    """Draw a line through points, in shares of the paper, with the mouse."""
    box = page.locator(".nn-paper").bounding_box()
    places = [
        (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def pause_all(page):
    """Let no player run on, and end by itself, while another is looked at."""
    page.evaluate(
        """() => {
            for (const button of document.querySelectorAll('.nn-desk button'))
                if (button.innerText.trim() === 'Pause') button.click();
            for (const canvas of document.querySelectorAll('.nn-figure canvas'))
                canvas.dispatchEvent(new PointerEvent('pointermove'));
        }"""
    )


def watch(desk):
    """Let a paused player go on for a while, and see that it paints."""
    canvas = desk.locator(".nn-figure canvas")
    before = int(canvas.get_attribute("data-frames"))
    desk.locator("button:has-text('Start')").click()
    desk.page.wait_for_function(
        "([canvas, count]) => Number(canvas.dataset.frames) >= count",
        arg=[canvas.element_handle(), before + 5],
        timeout=60_000,
    )
    desk.page.wait_for_timeout(WATCHED)


def end_each_player(page, name):
    """Watch each player, take its picture, and press its Stop; how many there were."""
    number = 0
    while page.locator(".nn-desk").count():
        desk = page.locator(".nn-desk").first
        desk.scroll_into_view_if_needed()
        is_a_pad = desk.locator(".nn-paper").count() > 0
        if is_a_pad:
            draw_digits(page, desk)
        else:
            watch(desk)
        desk.screenshot(path=SCREENSHOTS / f"{name}_{number}.png")
        if number == PICTURED.get(name, 0) and "NN_SCREENSHOTS" in os.environ:
            desk.screenshot(path=Path(os.environ["NN_SCREENSHOTS"]) / f"{name}.png")
        left = page.locator(".nn-desk").count()
        desk.locator(f"button:has-text('{'Done' if is_a_pad else 'Stop'}')").click()
        page.wait_for_function(
            f"document.querySelectorAll('.nn-desk').length < {left}", timeout=30_000
        )
        number += 1
    return number


def draw_digits(page, desk):
    """Draw a one, then a nought, and read what the network says of them."""
    canvas = desk.locator(".nn-figure canvas")
    drawings = {
        "1": [(0.5, 0.15), (0.5, 0.85)],
        "0": [
            (0.5 + 0.2 * math.sin(k / 5), 0.5 - 0.3 * math.cos(k / 5))
            for k in range(33)
        ],
    }
    for digit, points in drawings.items():
        desk.locator("button:has-text('Clear')").click()
        draw(page, points)
        page.wait_for_function(
            "([canvas, said]) => canvas.getAttribute('aria-label').startsWith(said)",
            arg=[canvas.element_handle(), f"what the network says: {digit} ("],
            timeout=20_000,
        )


def test_there_are_fourteen_lectures():
    assert [path.stem[:2] for path in LECTURES] == [f"{k:02}" for k in range(1, 15)]


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_a_lecture_runs_and_can_be_stopped_and_leaves_stills(path, lab, browser, hall):
    page = lab.open(browser, hall / path.name, width=WIDTH, height=HEIGHT)
    page.evaluate("jupyterapp.shell.collapseLeft()")  # room for the pictures
    page.emulate_media(reduced_motion="reduce")  # nobody looks yet
    run_all(page, timeout=240)
    pause_all(page)
    page.emulate_media(reduced_motion="no-preference")
    players = page.locator(".nn-desk").count()
    has_players = re.search(r"live\.(play|draw_digit)\(", path.read_text("utf-8"))
    assert end_each_player(page, path.stem) == players >= bool(has_players)
    text = page.eval_on_selector_all(
        ".jp-OutputArea-output", "nodes => nodes.map(node => node.innerText).join()"
    )
    assert "Traceback" not in text
    assert (
        page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    )
    assert page.locator("canvas").count() == 0
    stills = page.locator(".jp-OutputArea-output img")
    assert stills.count() >= 2
    missing = stills.evaluate_all("all => all.filter(img => !img.alt).length")
    assert missing == 0
    stills.first.scroll_into_view_if_needed()
    page.screenshot(path=SCREENSHOTS / f"{path.stem}.png")
