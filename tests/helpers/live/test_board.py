"""The board: when it draws, and what it leaves behind."""

import base64
import gc
import os
import subprocess
import sys
import weakref

import numpy as np
import pytest

from helpers import _style, appearance, live
from helpers.live import board as board_module
from helpers.live._layout import Layout
from helpers.live._matplotlib import Renderer

# When it draws


def test_a_curve_keeps_every_point_although_no_frame_is_drawn(clock, screen):
    curve = live.Curve("loss")
    board = live.Board(curve, clock=clock, budget=0.0)
    with board:
        for epoch in range(50):
            board.update(loss=(epoch, 1 / (epoch + 1)))
    assert board.frames == 0
    xs, ys = curve.points("loss")
    np.testing.assert_array_equal(xs, np.arange(50))
    np.testing.assert_array_equal(ys, 1 / (np.arange(50) + 1))


def test_functions_are_called_only_for_a_frame_and_once_at_the_end(clock, screen, data):
    calls = []

    def line():
        calls.append(clock.now)
        return data

    board = live.Board(live.Curve("loss"), live.Fit(*data), clock=clock)
    with board:
        board.draw()
        for epoch in range(100):
            board.update(loss=(epoch, 1.0), fit=line)
        assert calls == []
        clock.pass_by(1.0)
        board.update(fit=line)
        assert calls == [101.0]
        board.update(fit=line)
        assert calls == [101.0]
    assert calls == [101.0, 101.0]
    assert board.frames == 2


def test_a_model_is_looked_at_only_for_a_frame_and_once_at_the_end(
    clock, screen, data, layer
):
    fit, model = live.Fit(*data), layer(1.0)
    board = live.Board(fit, clock=clock)
    with board:
        board.draw()
        board.update(fit=model)
        assert fit.line is None
        model.factor = 2.0
        clock.pass_by(1.0)
        board.update(fit=model)
        np.testing.assert_array_equal(fit.line[1], 2.0 * fit.line[0])
        board.update(fit=model)
        model.factor = 3.0
    np.testing.assert_array_equal(fit.line[1], 3.0 * fit.line[0])


def test_a_plain_value_takes_the_place_of_a_waiting_function(data):
    def fails():
        raise AssertionError("called although a newer value came")

    fit = live.Fit(*data)
    board = live.Board(fit)
    with board:
        board.update(fit=fails)
        board.update(fit=([0.0, 1.0], [2.0, 3.0]))
    np.testing.assert_array_equal(fit.line, [[0, 1], [2, 3]])


@pytest.mark.parametrize("budget", [0.05, 0.3])
def test_drawing_keeps_to_its_share_of_the_time(clock, screen, data, budget):
    rng = np.random.default_rng(0)
    spent = 0.0

    def draw_slowly():
        nonlocal spent
        cost = rng.uniform(0.01, 0.09)
        spent += cost
        clock.pass_by(cost)
        return data

    board = live.Board(live.Fit(*data), clock=clock, budget=budget)
    with board:
        began = clock.now
        for _ in range(20_000):
            clock.pass_by(0.002)
            board.update(fit=draw_slowly)
            # One frame may cost more than frames did so far.
            assert spent <= budget * (clock.now - began) + 0.09
        assert spent > 0.8 * budget * (clock.now - began)
        assert board.frames > 20


def test_the_first_slow_drawing_is_outside_the_budget(clock, screen, monkeypatch, data):
    def open_slowly(*args):
        clock.pass_by(5.0)
        return screen(*args)

    monkeypatch.setattr(board_module, "open_screen", open_slowly)
    board = live.Board(live.Fit(*data), clock=clock)
    with board:
        clock.pass_by(0.001)
        board.update(fit=data)
    assert board.frames == 1


def test_a_frame_as_slow_as_the_first_must_fit_into_the_budget(
    clock, screen, monkeypatch, data
):
    monkeypatch.setattr(screen, "show", lambda self, scenes: clock.pass_by(0.1))
    board = live.Board(live.Fit(*data), clock=clock, budget=0.05)
    with board:
        clock.pass_by(1.9)
        board.update(fit=data)
        assert board.frames == 0
        clock.pass_by(0.2)
        board.update(fit=data)
        assert board.frames == 1


def test_no_more_frames_than_the_cap(clock, screen):
    board = live.Board(live.Curve("loss"), clock=clock, frames_per_second=10)
    with board:
        for step in range(2000):
            clock.pass_by(0.001)
            board.update(loss=(step, 1.0))
    assert board.frames == pytest.approx(20, abs=1)


def test_updates_that_do_not_fit_the_cap_do_not_make_frames_rarer(clock, screen):
    board = live.Board(live.Curve("loss"), clock=clock, frames_per_second=20)
    with board:
        for step in range(1000):
            clock.pass_by(0.03)
            board.update(loss=(step, 1.0))
    assert board.frames == pytest.approx(600, abs=2)


def test_with_reduced_motion_a_frame_every_two_seconds(clock, screen):
    appearance.reduced_motion()
    board = live.Board(live.Curve("loss"), clock=clock)
    with board:
        for step in range(2000):
            clock.pass_by(0.01)
            board.update(loss=(step, 1.0))
    assert board.frames == pytest.approx(10, abs=1)


def test_no_frame_is_drawn_when_nothing_has_changed(clock, screen):
    board = live.Board(live.Curve("loss"), clock=clock)
    with board:
        for _ in range(100):
            clock.pass_by(0.1)
            board.draw_if_due()
        assert board.frames == 1  # the first after the start shows all


def test_a_pace_makes_updates_wait_and_drawing_falls_into_the_wait(
    clock, screen, data, monkeypatch
):
    monkeypatch.setattr(board_module.time, "sleep", clock.pass_by)

    def draw_slowly():
        clock.pass_by(0.015)
        return data

    board = live.Board(live.Fit(*data), clock=clock, pace=0.02, frames_per_second=60)
    with board:
        began = clock.now
        for _ in range(100):
            board.update(fit=draw_slowly)
        assert clock.now - began == pytest.approx(2.0)
        assert board.frames >= 99


def test_only_what_a_slow_frame_delays_is_charged_to_a_paced_board(
    clock, screen, data, monkeypatch
):
    monkeypatch.setattr(board_module.time, "sleep", clock.pass_by)

    def draw_slowly():
        clock.pass_by(0.05)
        return data

    board = live.Board(live.Fit(*data), clock=clock, pace=0.02)
    with board:
        began = clock.now
        for _ in range(500):
            board.update(fit=draw_slowly)
        assert clock.now - began <= 10.0 * 1.05
        assert board.frames > 150


def test_where_nobody_looks_a_pace_does_not_wait(clock, monkeypatch):
    def fails(seconds):
        raise AssertionError(f"slept {seconds} s although nobody looks")

    monkeypatch.setattr(board_module.time, "sleep", fails)
    board = live.Board(live.Curve("loss"), clock=clock, pace=60.0)
    with board:
        for epoch in range(3):
            board.update(loss=(epoch, 1.0))
    assert board.still is not None


def test_a_frame_shows_only_the_panels_that_changed(clock, screen, data):
    board = live.Board(live.Curve("loss"), live.Fit(*data), clock=clock)
    with board:
        clock.pass_by(1.0)
        board.update()
        clock.pass_by(1.0)
        board.update(loss=(0, 1.0))
        clock.pass_by(1.0)
        board.update(fit=data)
    assert [set(scenes) for scenes in screen.last.shown[2:]] == [
        {"loss", "fit"},
        {"loss"},
        {"fit"},
    ]


# What is left behind


def test_in_plain_python_only_the_still_is_made(data, size_of):
    board = live.Board(live.Curve("loss"), live.Fit(*data))
    assert board.still is None
    with board:
        board.update(loss=(0, 1.0), fit=data)
    assert board.frames == 0
    assert size_of(board.still) == (1920, 720)


def test_the_still_shows_the_last_values(clock, screen, data):
    fit = live.Fit(*data)
    board = live.Board(fit, clock=clock)
    with board:
        board.update(fit=lambda: ([-1.0, 1.0], [3.0, 3.0]))
    still, said = screen.last.closed_with
    fresh = Renderer(Layout([fit])).still({"fit": fit.scene()})
    assert still == board.still == fresh
    assert said == "fit: 40 data points and the line fitted to them"


def test_the_still_ends_where_the_curve_ends(clock, screen):
    curve = live.Curve("loss")
    board = live.Board(curve, clock=clock)
    with board:
        for epoch in range(5):
            board.update(loss=(epoch, 1.0))
        assert curve.scene().axes.xlim == (0, 10)
    assert curve.scene().axes.xlim == (0, 4)


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_an_error_or_an_interrupt_leaves_a_still(error, clock, screen, data, size_of):
    def fails_too():
        raise ValueError("the second error, which must not hide the first")

    board = live.Board(live.Curve("loss"), live.Fit(*data), clock=clock)

    def train():
        with board:
            board.draw()
            board.update(loss=(0, 1.0), fit=fails_too)
            raise error

    with pytest.raises(error):
        train()
    assert screen.last.closed_with[0] == board.still
    assert size_of(board.still) == (1920, 720)


def test_an_error_in_a_last_function_is_raised_after_the_still(clock, screen, data):
    board = live.Board(live.Fit(*data), clock=clock)

    def train():
        with board:
            board.draw()
            board.update(fit=lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        train()
    assert screen.last.closed_with[0] == board.still is not None


def test_a_board_that_is_finished_twice_shows_its_still_once(
    clock, screen, data, monkeypatch
):
    shown = []
    monkeypatch.setattr(board_module, "show_still", lambda *args: shown.append(args))
    board = live.Board(live.Fit(*data), clock=clock)
    board.start()
    board.finish()
    board.finish()
    assert screen.last.closed_with is not None
    assert shown == []


def test_an_abandoned_board_closes_its_screen_without_a_still(clock, screen, data):
    board = live.Board(live.Fit(*data), clock=clock)
    board.start()
    board.abandon()
    assert screen.last.removed
    assert screen.last.closed_with is board.still is None
    with pytest.raises(RuntimeError, match="inside `with board:` only"):
        board.record({"fit": data})


def test_entering_again_starts_afresh():
    curve = live.Curve("loss")
    board = live.Board(curve)
    for _ in range(2):
        with board:
            board.update(loss=(0, 1.0))
            board.update(loss=(1, np.nan))
    assert len(curve.points("loss")[0]) == 2
    with board:
        pass
    assert curve.points("loss")[0].size == 0
    assert curve.not_finite_from == {}


def test_a_board_that_could_not_be_opened_can_be_entered_again(clock, screen, data):
    board = live.Board(live.Fit(*data), clock=clock)

    def fails(figure):
        raise ValueError("no controls")

    with pytest.raises(ValueError, match="no controls"):
        board.start(fails)
    with board:
        board.update(fit=data)
    assert board.still is not None


@pytest.fixture
def young():
    """Nothing grows old: no collection but those that are asked for."""
    gc.disable()
    yield
    gc.enable()


def test_a_board_that_has_ended_holds_no_figure_in_memory(data, monkeypatch, young):
    figures, new_figure = [], _style.new_figure

    def remember(*size):
        figures.append(weakref.ref(figure := new_figure(*size)))
        return figure

    monkeypatch.setattr(_style, "new_figure", remember)
    board = live.Board(live.Curve("loss"), live.Fit(*data))
    with board:
        board.update(loss=(0, 1.0))
    assert [figure() for figure in figures] == [None, None]


def test_those_who_cannot_see_are_told_every_panel(data):
    board = live.Board(live.Curve("loss"), live.Fit(*data))
    with board:
        board.update(loss=(3, 0.25))
        assert board.describe() == (
            "loss 0.25 at epoch 3; fit: 40 data points and no line yet"
        )


def test_matplotlib_settings_and_pyplot_are_left_alone():
    code = (
        "import sys, matplotlib as mpl\n"
        "rc = mpl.rcParams  # asking for its backend would import pyplot\n"
        "now = lambda: [rc[key] for key in rc if key != 'backend']\n"
        "before = now()\n"
        "from helpers import live\n"
        "with live.Board(live.Curve('loss'), live.Fit([0, 1], [1, 2])) as board:\n"
        "    board.update(loss=(0, 1.0))\n"
        "print(board.still is not None, before == now())\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True", "False"]


def test_while_grading_nothing_is_drawn_called_or_imported():
    code = (
        "import sys\n"
        "from helpers import live\n"
        "def fails(*_): raise AssertionError('called while grading')\n"
        "with live.Board(live.Curve('loss'), live.Fit([0, 1], [1, 2])) as board:\n"
        "    board.update(loss=(0, 1.0), fit=fails)\n"
        "live.play(fails, live.Curve('loss'), steps=3, rate=live.Slider(1, 0, 2))\n"
        "slow = 'matplotlib', 'ipywidgets', 'anywidget'\n"
        "print(board.still, *[name in sys.modules for name in slow])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "NBGRADER_EXECUTION": "autograde"},
    )
    assert done.stdout.split() == ["None", "False", "False", "False"]


# In a real kernel

SETUP = """
import time
import numpy as np
from helpers import live
x = np.linspace(-1, 1, 20)
board = live.Board(live.Curve("loss"), live.Fit(x, x * x), budget=1.0)
def train(epochs):
    with board:
        for epoch in range(epochs):
            time.sleep(0.04)
            board.update(loss=(epoch, 1 / (epoch + 1)), fit=lambda: (x, x))
            if epoch == 7:
                raise KeyboardInterrupt
"""
COUNT_WIDGETS = """
from ipywidgets.widgets.widget import _instances
len(_instances)
"""


@pytest.mark.parametrize("kind", ["canvas", "image"])
def test_a_saved_notebook_keeps_one_still_picture_and_no_widget(
    kind, run_in_kernel, size_of
):
    cells = [SETUP, "train(5)\nboard.frames > 1", COUNT_WIDGETS]
    notebook = run_in_kernel(cells, {"NN_LIVE": kind})
    picture, answer = notebook.cells[1].outputs
    assert sorted(picture.data) == ["image/png", "text/html", "text/plain"]
    assert picture.metadata["image/png"]["width"] == 960
    assert size_of(base64.b64decode(picture.data["image/png"])) == (1920, 720)
    assert picture.data["text/plain"].startswith("loss 0.2 at epoch 4; fit: 20 data")
    assert picture.metadata["image/png"]["alt"] == picture.data["text/plain"]
    assert answer.data["text/plain"] == "True"
    assert notebook.cells[2].outputs[0].data["text/plain"] == "0"


def test_where_nobody_looks_a_notebook_keeps_the_still_and_never_had_a_widget(
    run_in_kernel,
):
    notebook = run_in_kernel(
        [
            SETUP,
            "train(5)\nboard.frames",
            "import sys\n'ipywidgets' in sys.modules",
        ]
    )
    picture, answer = notebook.cells[1].outputs
    assert sorted(picture.data) == ["image/png", "text/html", "text/plain"]
    assert answer.data["text/plain"] == "0"
    assert notebook.cells[2].outputs[0].data["text/plain"] == "False"
    assert "widgets" not in notebook.metadata


@pytest.mark.parametrize("kind", ["canvas", "still"])
def test_an_interrupted_notebook_keeps_its_picture(kind, run_in_kernel):
    cells = [SETUP, "train(20)"]
    notebook = run_in_kernel(cells, {"NN_LIVE": kind}, allow_errors=True)
    picture, error = notebook.cells[1].outputs
    assert sorted(picture.data) == ["image/png", "text/html", "text/plain"]
    assert picture.data["text/plain"].startswith("loss 0.125 at epoch 7")
    assert error.ename == "KeyboardInterrupt"


def test_a_notebook_that_is_graded_has_no_output(run_in_kernel):
    environment = {"NBGRADER_EXECUTION": "autograde", "NN_LIVE": "canvas"}
    notebook = run_in_kernel([SETUP, "train(5)"], environment)
    assert [cell.outputs for cell in notebook.cells] == [[], []]
    assert "widgets" not in notebook.metadata


# Bad input


def _board(**kwargs):
    return live.Board(live.Curve("loss"), **kwargs)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: live.Board(), ValueError, "panels: expected at least one, got none"),
        (lambda: live.Board("loss"), TypeError, "panels: expected .* got str"),
        (
            lambda: live.Board(live.Curve("a"), live.Curve("a")),
            ValueError,
            "panels: expected different names, got 'a' twice",
        ),
        (lambda: _board(budget=2), ValueError, "budget: expected .* 0 and 1, got 2"),
        (lambda: _board(budget="all"), TypeError, "budget: expected a number, got str"),
        (lambda: _board(frames_per_second=0), ValueError, "frames_per_second"),
        (lambda: _board(pace=-1), ValueError, "pace: .* at least 0, got -1"),
    ],
)
def test_bad_arguments_get_one_clear_line(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_an_unknown_panel_gets_one_clear_line():
    board = live.Board(live.Curve("loss"))
    with board, pytest.raises(ValueError, match=r"'los' is none of .*mean 'loss'\?"):
        board.update(los=(0, 1))


def test_a_bad_value_is_refused_at_once_and_without_a_screen():
    board = live.Board(live.Curve("loss"))
    with board, pytest.raises(ValueError, match=r"loss: expected \(x, y\), got 3.0"):
        board.update(loss=3.0)


def test_a_board_works_inside_with_only():
    board = live.Board(live.Curve("loss"))
    with pytest.raises(RuntimeError, match="inside `with board:` only"):
        board.update(loss=(0, 1.0))
    with board, pytest.raises(RuntimeError, match="already open"):
        board.__enter__()
