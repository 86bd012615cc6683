"""Trainings that are played: what each control does, and what is left behind."""

import asyncio
import base64
import time

import ipywidgets
import numpy as np
import pytest

from helpers import appearance, live
from helpers.live import _screens, player
from helpers.live import board as board_module

# An event loop in the test, a screen in plain Python, and real widgets around it


class Front:
    """A front end: its screens, and a hand that uses the controls of the last one."""

    def __init__(self):
        self.screens = []
        self.figure = ipywidgets.Image

    def open_screen(self, kind, layout, scenes, said, around=None):
        self.screens.append(FrontScreen(self.figure(), scenes, around))
        return self.screens[-1]

    @property
    def screen(self):
        return self.screens[-1]

    def find(self, description, kind):
        """The control with these words on it."""
        (found,) = (
            widget
            for widget in self.screen.widgets()
            if isinstance(widget, kind) and widget.description == description
        )
        return found

    def press(self, text):
        self.find(text, ipywidgets.Button).click()

    def move(self, name, value):
        kinds = ipywidgets.SelectionSlider, ipywidgets.FloatSlider, ipywidgets.Dropdown
        self.find(name, kinds).value = value

    def counter(self):
        (label,) = (w for w in self.screen.widgets() if type(w) is ipywidgets.Label)
        return label.value


class FrontScreen:
    """A screen that keeps what it is shown, with real controls around it."""

    def __init__(self, figure, scenes, around):
        self.figure, self.widget = figure, around(figure)
        self.shown = [scenes]
        self.closed_with = None
        self.removed = False

    def widgets(self):
        waiting, found = [self.widget], []
        while waiting:
            found.append(waiting.pop())
            waiting += getattr(found[-1], "children", ())
        return found

    def show(self, scenes):
        self.shown.append(scenes)

    def line(self):
        """The line of the panel `loss` as it was last shown."""
        scenes = next(scenes for scenes in self.shown[::-1] if "loss" in scenes)
        return scenes["loss"].moving["line loss"].ys.tolist()

    def close(self, still, said):
        self.closed_with = still, said

    def remove(self):
        self.removed = True

    @property
    def is_over(self):
        return self.closed_with is not None or self.removed


class Talking(ipywidgets.Image):
    """A figure whose front end says when it is ready, and when it is touched."""

    def __init__(self):
        super().__init__()
        self.heard = {}

    def on(self, kind, function):
        self.heard[kind] = function


@pytest.fixture
def front(monkeypatch):
    front = Front()
    for module in (board_module, player):
        monkeypatch.setattr(module, "kind_of_screen", lambda: "image")
    monkeypatch.setattr(board_module, "open_screen", front.open_screen)
    monkeypatch.setattr(_screens, "_cell_key", lambda: "a cell")
    monkeypatch.setattr(_screens, "_occupants", {})
    monkeypatch.setattr(player, "_UNTOUCHED", 0.02)
    yield front
    for screen in front.screens:
        _screens.close_widget(screen.widget)


class Lesson:
    """A lesson that notes each step and each run."""

    def __init__(self, end=10**9, seconds=0.0):
        self.steps, self.runs, self.closed, self.rates = 0, 0, 0, []
        self._end, self._seconds = end, seconds

    def __call__(self, settings):
        self.runs += 1
        self.steps_of_run = 0
        return self._train(settings)

    def _train(self, settings):
        try:
            for step in range(self._end):
                if self._seconds:
                    time.sleep(self._seconds)
                self.steps += 1
                self.steps_of_run += 1
                self.rates.append(getattr(settings, "rate", None))
                yield {"loss": (step, float(step))}
        finally:
            self.closed += 1


def play_in_loop(scenario):
    """Run a scenario, a coroutine function, in an event loop, and end what it began."""

    async def run():
        await asyncio.wait_for(scenario(), 30)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        errors = [r for r in results if isinstance(r, Exception)]
        assert errors == []

    asyncio.run(run())


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


async def settle():
    """Let the player do all that it has been asked for."""
    for _ in range(20):
        await asyncio.sleep(0.001)


def play(lesson, *, steps=10**9, panels=(), **kwargs):
    live.play(lesson, live.Curve("loss"), *panels, steps=steps, **kwargs)


# A run


def test_the_cell_ends_before_the_training_begins(front):
    lesson = Lesson()

    async def scenario():
        play(lesson, steps=50)
        assert lesson.steps == 0
        assert len(front.screens) == 1
        await until(lambda: lesson.steps == 50)

    play_in_loop(scenario)


def test_a_run_takes_all_its_steps_and_leaves_a_still(front, size_of):
    lesson = Lesson()

    async def scenario():
        play(lesson, steps=50)
        await until(lambda: front.screen.is_over)
        assert _screens._occupants == {}

    play_in_loop(scenario)
    assert (lesson.steps, lesson.runs, lesson.closed) == (50, 1, 1)
    still, said = front.screen.closed_with
    assert size_of(still) == (1280, 840)
    assert said == "loss 49 at epoch 49"
    assert front.screen.line() == list(range(50))
    assert front.counter() == "step 50"


def test_a_lesson_may_end_early(front):
    lesson = Lesson(end=7)

    async def scenario():
        play(lesson, steps=50)
        await until(lambda: front.screen.is_over)

    play_in_loop(scenario)
    assert lesson.steps == 7
    assert front.screen.closed_with[1] == "loss 6 at epoch 6"


def test_a_step_may_hand_over_nothing(front):
    def lesson(settings):
        yield
        yield {"loss": (0, 3.0)}
        yield None

    async def scenario():
        play(lesson, steps=50)
        await until(lambda: front.screen.is_over)

    play_in_loop(scenario)
    assert front.screen.closed_with[1] == "loss 3 at epoch 0"


def test_the_event_loop_goes_on_while_a_lesson_trains(front):
    lesson = Lesson(seconds=0.0002)
    gaps = []

    async def scenario():
        play(lesson)
        await until(lambda: lesson.steps > 0)
        for _ in range(50):
            began = time.perf_counter()
            await asyncio.sleep(0)
            gaps.append(time.perf_counter() - began)

    play_in_loop(scenario)
    # A slice, and now and then a frame, which costs nothing here.
    assert np.median(gaps) < 0.02
    assert lesson.steps > 100


def test_functions_are_called_only_for_frames(front, data):
    calls = []

    def lesson(settings):
        for step in range(2000):
            yield {"fit": lambda step=step: (calls.append(step), data)[1]}

    async def scenario():
        play(lesson, panels=[live.Fit(*data)], steps=2000, budget=0.0)
        await until(lambda: front.screen.is_over)

    play_in_loop(scenario)
    assert calls == [1999]


def test_a_run_waits_until_the_front_end_is_ready(front):
    front.figure = Talking
    lesson = Lesson()

    async def scenario():
        play(lesson, steps=5)
        await asyncio.sleep(0.05)
        assert lesson.steps == 0
        front.screen.figure.heard["ready"]()
        await until(lambda: lesson.steps == 5)

    play_in_loop(scenario)


def test_a_front_end_that_never_says_it_is_ready_is_not_waited_for_for_ever(
    front, monkeypatch
):
    monkeypatch.setattr(player, "_UNREADY", 0.05)
    front.figure = Talking
    lesson = Lesson()

    async def scenario():
        play(lesson, steps=5)
        await until(lambda: lesson.steps == 5)

    play_in_loop(scenario)


# Buttons


def test_pause_stops_and_start_goes_on(front):
    lesson = Lesson()

    async def scenario():
        play(lesson)
        await until(lambda: lesson.steps > 10)
        front.press("Pause")
        await settle()
        paused = lesson.steps
        await asyncio.sleep(0.05)
        assert lesson.steps == paused
        assert front.counter() == f"step {paused}"
        assert front.screen.line() == list(range(paused))
        front.press("Start")
        await until(lambda: lesson.steps > paused + 10)
        assert lesson.runs == 1
        assert front.find("Pause", ipywidgets.Button).icon == "pause"

    play_in_loop(scenario)


def test_step_pauses_and_takes_one_step(front):
    lesson = Lesson()

    async def scenario():
        play(lesson)
        await until(lambda: lesson.steps > 10)
        front.press("Pause")
        await settle()
        paused = lesson.steps
        for taken in (1, 2, 3):
            front.press("Step")
            await settle()
            assert lesson.steps == paused + taken
            assert front.counter() == f"step {paused + taken}"
            assert front.screen.line()[-1] == paused + taken - 1
        front.press("Start")
        await until(lambda: lesson.steps > paused + 10)
        front.press("Step")
        await settle()
        stepped = lesson.steps
        await settle()
        assert lesson.steps == stepped
        assert front.find("Start", ipywidgets.Button).icon == "play"

    play_in_loop(scenario)


def test_step_does_not_go_beyond_the_end(front, monkeypatch):
    monkeypatch.setattr(player, "_TOUCHED", 0.1)
    lesson = Lesson()

    async def scenario():
        play(lesson, steps=20)
        await until(lambda: lesson.steps == 20)
        front.press("Step")
        await until(lambda: front.screen.is_over)

    play_in_loop(scenario)
    assert lesson.steps == 20
    assert front.screen.closed_with[1] == "loss 19 at epoch 19"


def test_reset_begins_a_new_run(front):
    lesson = Lesson()

    async def scenario():
        play(lesson)
        await until(lambda: lesson.steps > 50)
        front.press("Reset")
        await until(lambda: lesson.runs == 2 and lesson.steps_of_run > 5)
        assert lesson.closed == 1
        front.press("Pause")
        await settle()
        assert front.screen.line() == list(range(lesson.steps_of_run))

    play_in_loop(scenario)


def test_reset_in_a_pause_shows_an_empty_figure_and_stays_paused(front):
    lesson = Lesson()

    async def scenario():
        play(lesson)
        await until(lambda: lesson.steps > 10)
        front.press("Pause")
        await settle()
        steps = lesson.steps
        front.press("Reset")
        await settle()
        assert lesson.runs == 2
        assert lesson.steps == steps
        assert front.screen.line() == []
        assert front.counter() == "step 0"
        front.press("Step")
        await settle()
        assert front.screen.line() == [0]

    play_in_loop(scenario)


def test_stop_leaves_a_still_at_once_and_closes_the_lesson(front):
    lesson = Lesson()

    async def scenario():
        play(lesson)
        await until(lambda: lesson.steps > 10)
        front.press("Stop")
        await until(lambda: front.screen.is_over)
        stopped = lesson.steps
        await settle()
        assert lesson.steps == stopped
        assert lesson.closed == 1
        said = front.screen.closed_with[1]
        assert said == f"loss {stopped - 1:.3g} at epoch {stopped - 1:g}"

    play_in_loop(scenario)


@pytest.mark.parametrize("pause", [True, False])
def test_stop_works_in_a_pause_and_before_the_first_step(front, pause):
    front.figure = ipywidgets.Image if pause else Talking
    lesson = Lesson()

    async def scenario():
        play(lesson)
        if pause:
            await until(lambda: lesson.steps > 10)
            front.press("Pause")
        await settle()
        front.press("Stop")
        await until(lambda: front.screen.is_over)

    play_in_loop(scenario)
    assert front.screen.closed_with is not None
    assert (lesson.steps > 0) == pause


@pytest.mark.parametrize(
    "act",
    [
        lambda front: front.press("Start"),
        lambda front: front.press("Reset"),
        lambda front: front.move("rate", 0.25),
    ],
    ids=["Start", "Reset", "a control"],
)
def test_at_the_end_a_new_run_can_be_begun(act, front, monkeypatch):
    monkeypatch.setattr(player, "_UNTOUCHED", 20.0)
    lesson = Lesson()

    async def scenario():
        play(lesson, steps=20, rate=live.Slider(0.5, 0, 1, restart=True))
        await until(lambda: front.counter() == "step 20")
        assert front.find("Start", ipywidgets.Button)
        act(front)
        await until(lambda: lesson.steps == 40)
        assert lesson.runs == 2
        await until(lambda: front.counter() == "step 20")
        assert front.screen.line() == list(range(20))

    play_in_loop(scenario)


def test_a_speed_is_kept(front):
    lesson = Lesson()

    async def scenario():
        play(lesson, speed=30)
        began = time.perf_counter()
        await asyncio.sleep(0.5)
        # A step too late is possible on a busy machine, one too early is not.
        assert 3 <= lesson.steps <= 30 * (time.perf_counter() - began) + 2

    play_in_loop(scenario)


def test_the_speed_can_be_changed_while_it_runs(front):
    lesson = Lesson()

    async def scenario():
        play(lesson, speed=1)
        assert front.find("speed", ipywidgets.SelectionSlider).value == "1 /s"
        await until(lambda: lesson.steps == 1)
        await asyncio.sleep(0.05)
        assert lesson.steps == 1
        front.move("speed", "full")
        await until(lambda: lesson.steps > 100)
        front.move("speed", "3 /s")
        await settle()
        slow = lesson.steps
        await asyncio.sleep(0.1)
        assert lesson.steps <= slow + 1

    play_in_loop(scenario)


# Controls


def test_a_control_acts_at_the_next_step(front):
    lesson = Lesson()

    async def scenario():
        play(lesson, rate=live.Slider(0.5, 0, 1))
        await until(lambda: lesson.steps > 10)
        front.move("rate", 0.25)
        before = len(lesson.rates)
        await until(lambda: len(lesson.rates) > before + 10)
        assert set(lesson.rates[:before]) == {0.5}
        assert set(lesson.rates[before:]) == {0.25}
        assert lesson.runs == 1

    play_in_loop(scenario)


def test_a_control_with_restart_begins_a_new_run(front):
    lesson = Lesson()

    async def scenario():
        rate = live.Choice({"low": 0.1, "high": 0.9})
        play(lesson, rate=rate)
        await until(lambda: lesson.steps > 10)
        front.move("rate", "high")
        before = len(lesson.rates)
        await until(lambda: len(lesson.rates) > before + 10)
        assert set(lesson.rates[:before]) == {0.1}
        assert set(lesson.rates[before:]) == {0.9}
        assert lesson.runs == 2

    play_in_loop(scenario)


def test_a_control_that_is_moved_does_not_hurry_a_slow_run(front):
    lesson = Lesson()

    async def scenario():
        play(lesson, speed=1, rate=live.Slider(0.5, 0, 1))
        await until(lambda: lesson.steps == 1)
        for k in range(10):
            front.move("rate", k / 20)
            await asyncio.sleep(0.005)
        assert lesson.steps == 1

    play_in_loop(scenario)


def test_controls_have_readable_names(front):
    async def scenario():
        play(Lesson(), learning_rate=live.Slider(0.5, 0, 1))
        assert front.find("learning rate", ipywidgets.FloatSlider).value == 0.5

    play_in_loop(scenario)


@pytest.mark.parametrize("projector", [False, True])
def test_on_a_projector_the_controls_are_larger(projector, front):
    appearance.projector(projector)

    async def scenario():
        play(Lesson())
        classes = front.screen.widget._dom_classes
        assert "nn-desk" in classes
        assert ("nn-projector" in classes) == projector

    play_in_loop(scenario)


# Patience


def test_a_figure_that_somebody_used_waits_longer_at_its_end(front, monkeypatch):
    monkeypatch.setattr(player, "_TOUCHED", 1.0)
    lesson = Lesson()

    async def scenario():
        play(lesson, steps=200, rate=live.Slider(0.5, 0, 1))
        front.move("rate", 0.25)
        await until(lambda: lesson.steps == 200)
        await asyncio.sleep(0.15)
        assert not front.screen.is_over
        front.press("Reset")
        await until(lambda: lesson.steps == 400)
        await until(lambda: front.screen.is_over)

    play_in_loop(scenario)


def test_a_figure_under_a_pointer_waits_longer_at_its_end(front, monkeypatch):
    monkeypatch.setattr(player, "_UNTOUCHED", 0.4)
    front.figure = Talking
    lesson = Lesson()

    async def scenario():
        play(lesson, steps=5)
        front.screen.figure.heard["ready"]()
        await until(lambda: lesson.steps == 5)
        for _ in range(6):
            await asyncio.sleep(0.1)
            front.screen.figure.heard["touch"]()
        assert not front.screen.is_over

    play_in_loop(scenario)


def test_a_pause_that_nobody_ends_becomes_a_still(front, monkeypatch):
    monkeypatch.setattr(player, "_PAUSED", 0.1)
    lesson = Lesson()

    async def scenario():
        play(lesson)
        await until(lambda: lesson.steps > 10)
        front.press("Pause")
        await until(lambda: front.screen.is_over)
        assert front.screen.closed_with is not None

    play_in_loop(scenario)


# The same cell again


def test_running_a_cell_again_ends_the_run_before_it(front):
    first, second = Lesson(), Lesson()

    async def scenario():
        play(first)
        await until(lambda: first.steps > 10)
        play(second)
        stopped = first.steps
        await until(lambda: second.steps > 10)
        assert first.steps == stopped
        old, new = front.screens
        assert (old.removed, old.closed_with) == (True, None)
        assert not new.is_over

    play_in_loop(scenario)


def test_another_cell_leaves_the_run_alone(front, monkeypatch):
    first, second = Lesson(), Lesson()

    async def scenario():
        play(first)
        monkeypatch.setattr(_screens, "_cell_key", lambda: "another cell")
        play(second)
        await until(lambda: first.steps > 10 and second.steps > 10)
        assert [screen.is_over for screen in front.screens] == [False, False]

    play_in_loop(scenario)


def test_a_cell_whose_run_is_over_can_be_run_again(front):
    lesson = Lesson()

    async def scenario():
        for run in (1, 2):
            play(lesson, steps=5)
            await until(lambda: front.screen.is_over)
            assert lesson.runs == run
            assert front.screen.closed_with is not None

    play_in_loop(scenario)


# Where nobody looks


def test_in_plain_python_all_steps_are_taken_at_once(monkeypatch, size_of):
    shown = []
    monkeypatch.setattr(board_module, "show_still", lambda *args: shown.append(args))
    lesson = Lesson()
    play(lesson, steps=50, speed=1, rate=live.Slider(0.5, 0, 1))
    assert (lesson.steps, lesson.rates[0]) == (50, 0.5)
    ((still, width, height, said),) = shown
    assert size_of(still) == (2 * width, 2 * height)
    assert said == "loss 49 at epoch 49"


def test_in_plain_python_an_error_of_the_lesson_is_raised_after_the_still(monkeypatch):
    shown = []
    monkeypatch.setattr(board_module, "show_still", lambda *args: shown.append(args))

    def lesson(settings):
        yield {"loss": (0, 1.0)}
        raise ZeroDivisionError("in the second step")

    with pytest.raises(ZeroDivisionError, match="in the second step"):
        play(lesson, steps=50)
    assert len(shown) == 1
    assert shown[0][-1] == "loss 1 at epoch 0"


# In a real kernel

SETUP = """
import asyncio
from helpers import live
from helpers.live import _screens, player
player._UNTOUCHED = 0.1
player._UNREADY = 0.1
def lesson(settings):
    for step in range(1000):
        yield {"loss": (step, 1 / (step + 1))}
def fails(settings):
    yield {"loss": (0, 3.0)}
    raise ZeroDivisionError("in the second step")
def fails_late(settings):
    yield {"loss": lambda: 1 / 0}
def interrupted(settings):
    yield {"loss": (0, 5.0)}
    raise KeyboardInterrupt
async def wait():
    while _screens._occupants:
        await asyncio.sleep(0.02)
"""
PLAY = """
live.play({lesson}, live.Curve("loss"), steps={steps}, rate=live.Slider(1, 0, 2))
"""
COUNT_WIDGETS = """
from ipywidgets.widgets.widget import _instances
len(_instances)
"""


def test_where_nobody_looks_a_notebook_trains_in_the_cell(run_in_kernel, size_of):
    cells = [
        SETUP,
        PLAY.format(lesson="lesson", steps=1000) + "'the cell ends here'",
        PLAY.format(lesson="lesson", steps=5)
        + "import sys; 'ipywidgets' in sys.modules",
        PLAY.format(lesson="fails", steps=5),
        PLAY.format(lesson="lambda settings: 3", steps=5),
    ]
    notebook = run_in_kernel(cells, allow_errors=True)
    picture, last = notebook.cells[1].outputs
    assert picture.data["text/plain"] == "loss 0.001 at epoch 999"
    assert size_of(base64.b64decode(picture.data["image/png"])) == (1280, 840)
    assert last.data["text/plain"] == "'the cell ends here'"
    picture, loaded = notebook.cells[2].outputs
    assert picture.data["text/plain"] == "loss 0.2 at epoch 4"
    assert loaded.data["text/plain"] == "False"
    picture, error = notebook.cells[3].outputs
    assert picture.data["text/plain"] == "loss 3 at epoch 0"
    assert (error.ename, error.evalue) == ("ZeroDivisionError", "in the second step")
    (error,) = notebook.cells[4].outputs
    assert error.ename == "TypeError"
    assert "expected a generator function" in error.evalue


@pytest.mark.parametrize("kind", ["image", "canvas"])
def test_behind_a_cell_a_notebook_trains_and_keeps_one_still(
    kind, run_in_kernel, size_of
):
    cells = [
        SETUP,
        PLAY.format(lesson="lesson", steps=300) + "await wait()",
        PLAY.format(lesson="fails", steps=5) + "await wait()",
        PLAY.format(lesson="fails_late", steps=5) + "await wait()",
        COUNT_WIDGETS,
        PLAY.format(lesson="interrupted", steps=5) + "await wait()",
        PLAY.format(lesson="lesson", steps=300),
        "held = len(_screens._occupants)\nawait wait()\nheld",
        COUNT_WIDGETS,
    ]
    notebook = run_in_kernel(cells, {"NN_LIVE": kind}, allow_errors=True)
    (picture,) = notebook.cells[1].outputs
    assert sorted(picture.data) == ["image/png", "text/html", "text/plain"]
    assert size_of(base64.b64decode(picture.data["image/png"])) == (1280, 840)
    assert picture.data["text/plain"] == "loss 0.00333 at epoch 299"
    picture, error = notebook.cells[2].outputs
    assert picture.data["text/plain"] == "loss 3 at epoch 0"
    assert (error.ename, error.evalue) == ("ZeroDivisionError", "in the second step")
    picture, error = notebook.cells[3].outputs
    assert picture.data["text/plain"] == "loss: no points"
    assert error.ename == "ZeroDivisionError"
    assert notebook.cells[4].outputs[0].data["text/plain"] == "0"
    picture, error = notebook.cells[5].outputs
    assert picture.data["text/plain"] == "loss 5 at epoch 0"
    assert error.ename == "KeyboardInterrupt"
    # A cell that does not wait has ended while its run goes on.
    assert notebook.cells[7].outputs[0].data["text/plain"] == "1"
    assert notebook.cells[8].outputs[0].data["text/plain"] == "0"


@pytest.mark.parametrize("kind", ["image", "canvas"])
def test_a_cell_that_is_run_again_and_again_keeps_one_run_and_no_widget(
    kind, run_in_kernel
):
    play_on = PLAY.format(lesson="lesson", steps=10**6)
    cells = [
        SETUP,
        *[play_on] * 3,
        "held = len(_screens._occupants)\n"
        "(figure,) = _screens._occupants.values()\n"
        "figure.stop()\n"
        "await wait()\n"
        "held",
        COUNT_WIDGETS,
    ]
    notebook = run_in_kernel(cells, {"NN_LIVE": kind})
    answers = [cell.outputs[0].data["text/plain"] for cell in notebook.cells[4:]]
    assert answers == ["1", "0"]


def test_a_notebook_that_is_graded_plays_nothing(run_in_kernel):
    environment = {"NBGRADER_EXECUTION": "autograde", "NN_LIVE": "canvas"}
    notebook = run_in_kernel([SETUP, PLAY.format(lesson="fails", steps=5)], environment)
    assert [cell.outputs for cell in notebook.cells] == [[], []]
    assert "widgets" not in notebook.metadata


# Bad input


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"lesson": 3}, TypeError, "lesson: expected a generator function, got int"),
        (
            {"lesson": lambda settings: None},
            TypeError,
            "lesson: .*`yield` after each step, got a function that returns NoneType",
        ),
        (
            {"lesson": lambda settings: iter([None])},
            TypeError,
            "lesson: .*`yield` after each step, .* list_iterator",
        ),
        ({"steps": 0}, ValueError, "steps: expected an integer of at least 1, got 0"),
        ({"steps": 2.0}, TypeError, "steps: expected an integer, got float"),
        ({"speed": 5}, ValueError, "speed 5 is none of 1, 3, 10, 30, 100, 'full'"),
        ({"speed": "fast"}, TypeError, "speed: expected a number, got str"),
        ({"speed": live.Slider(1, 0, 2)}, TypeError, "speed: .* got Slider"),
        ({"budget": 2}, ValueError, "budget: .* 0 and 1, got 2"),
        ({"rate": 0.1}, TypeError, "rate: expected live.Slider or .* got float"),
    ],
)
def test_bad_arguments_get_one_clear_line(arguments, error, message):
    arguments = {"lesson": Lesson(), "steps": 3} | arguments
    with pytest.raises(error, match=message) as caught:
        play(arguments.pop("lesson"), **arguments)
    assert "\n" not in str(caught.value)


def test_without_a_panel_nothing_is_played():
    with pytest.raises(ValueError, match="panels: expected at least one, got none"):
        live.play(Lesson(), steps=3)


def test_a_mistyped_control_is_named_when_the_lesson_reads_it():
    def lesson(settings):
        yield {"loss": (0, settings.rat)}

    with pytest.raises(AttributeError, match=r"control 'rat' .* did you mean 'rate'"):
        play(lesson, steps=3, rate=live.Slider(0.5, 0, 1))
