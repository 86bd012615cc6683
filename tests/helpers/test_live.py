"""Live figures: what they record, when they draw, and what they leave behind."""

import base64
import io
import os
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from helpers import live
from helpers.live import board as board_module
from helpers.live._matplotlib import Renderer


class Clock:
    """A clock that moves only when told to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def pass_by(self, seconds):
        self.now += seconds


class Recorder:
    """Stands where the image widget would be, and keeps what it is shown."""

    def __init__(self, picture, width, height):
        self.size = width, height
        self.shown = [picture]
        self.closed_with = None
        type(self).last = self

    @staticmethod
    def is_there():
        return True

    def show(self, picture):
        self.shown.append(picture)

    def close(self, still, said):
        self.closed_with = still, said


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def screen(monkeypatch):
    """A screen in plain Python; drawing on it costs nothing on the fake clock."""
    monkeypatch.setattr(board_module, "Screen", Recorder)
    return Recorder


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    x = rng.uniform(-1, 1, (40, 1))
    return x, 2 * x**2 + 3 + 0.1 * rng.normal(size=x.shape)


def size_of(png):
    return Image.open(io.BytesIO(png)).size


def pixels_of(picture):
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), dtype=int)


# What the panels record


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


def test_each_line_of_a_curve_grows_by_itself():
    curve = live.Curve("accuracy", lines=["train", "test"])
    curve.record((0, {"train": 0.5, "test": 0.4}))
    curve.record((1, {"train": np.float32(0.75)}))
    curve.record((2, {"test": np.array([[0.5]])}))
    np.testing.assert_array_equal(curve.points("train"), [[0, 1], [0.5, 0.75]])
    np.testing.assert_array_equal(curve.points("test"), [[0, 2], [0.4, 0.5]])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, np.float32("inf"), 1e305])
def test_a_loss_that_is_not_finite_is_a_gap_with_a_note(bad):
    curve = live.Curve("loss", log=True)
    board = live.Board(curve)
    with board:
        for epoch, loss in enumerate([3.0, 2.0, bad, bad, 1.0]):
            board.update(loss=(epoch, loss))
    np.testing.assert_array_equal(curve.points("loss")[1], [3, 2, np.nan, np.nan, 1])
    assert curve.not_finite_from == {"loss": 2}
    drawing = _drawing_of(Renderer([curve]), "loss")
    drawing.draw()
    assert drawing.note.get_text() == "loss is not finite from epoch 2"


def test_zero_and_negative_losses_are_gaps_on_a_logarithmic_axis():
    curve = live.Curve("loss", log=True)
    for epoch, loss in enumerate([1.0, 0.0, -1.0, 1e-310, 0.02]):
        curve.record((epoch, loss))
    drawing = _drawing_of(Renderer([curve]), "loss")
    drawing.draw()
    assert drawing.axes.get_ylim() == pytest.approx((0.01, 1.0))


def test_a_fitted_line_is_sorted_by_x_and_takes_columns(data):
    fit = live.Fit(*data)
    fit.record((np.array([[2.0], [0.0], [1.0]]), np.array([5.0, 3.0, np.nan])))
    np.testing.assert_array_equal(fit.line, [[0, 1, 2], [3, np.nan, 5]])


def test_images_shows_the_first_ones_scaled_by_the_largest():
    panel = live.Images("weights", shape=(2, 2), columns=2, count=3)
    panel.record(np.array([[1, 2, 3, 4], [0, 0, 0, -8], [2, 2, 2, 2], [99] * 4]))
    drawing = _drawing_of(Renderer([panel]), "weights")
    drawing.draw()
    gap = np.nan
    np.testing.assert_array_equal(
        drawing.image.get_array().filled(np.nan) * 8,
        [
            [1, 2, gap, 0, 0],
            [3, 4, gap, 0, -8],
            [gap] * 5,
            [2, 2, gap, gap, gap],
            [2, 2, gap, gap, gap],
        ],
    )


def test_paths_grow_and_a_path_that_flies_off_has_a_gap():
    panel = live.Paths(lambda x, y: x * x + y, (-1, 1), (0, 2), ["SGD", "Adam"])
    panel.record({"SGD": (0.5, 1), "Adam": np.array([0.0, 1.0])})
    panel.record({"SGD": (np.inf, 1)})
    np.testing.assert_array_equal(panel.points("SGD"), [[0.5, np.nan], [1, np.nan]])
    np.testing.assert_array_equal(panel.points("Adam"), [[0.0], [1.0]])


def test_a_surface_may_use_plain_mathematics_that_takes_no_arrays():
    panel = live.Paths(lambda x, y: max(x, y), (-1, 1), (0, 2), ["SGD"])
    assert _drawing_of(Renderer([panel]), "paths").draw().any()


@pytest.mark.parametrize(
    ("scores", "classes"),
    [
        (lambda p: p[:, :1], [0, 1]),
        (lambda p: p[:, 0], [0, 1]),
        (lambda p: np.stack([0 * p[:, 0], p[:, 0]], axis=1), [0, 1]),
        (lambda p: np.stack([-p[:, 0] - 9, 0 * p[:, 0], p[:, 0]], axis=1), [1, 2]),
    ],
)
def test_a_boundary_colours_each_side_by_its_class(scores, classes):
    from matplotlib.colors import to_rgb

    from helpers._style import colour_of

    x = np.array([[-1.0, -1.0], [1.0, 1.0]])
    panel = live.Boundary(x, np.array([0, 1]))
    panel.evaluate(scores)
    drawing = _drawing_of(Renderer([panel]), "boundary")
    drawing.draw()
    picture = drawing.image.get_array()
    for column, label in zip((0, -1), classes, strict=True):
        tint = 1 - picture[0, column]
        paint = 1 - np.array(to_rgb(colour_of(label)))
        np.testing.assert_allclose(tint / tint.sum(), paint / paint.sum(), atol=1e-6)


def test_a_threshold_moves_the_boundary_of_a_single_score():
    panel = live.Boundary(np.array([[0.0, 0.0], [1.0, 1.0]]), [0, 1], threshold=0.5)
    panel.evaluate(lambda points: points[:, :1])
    from helpers._drawing import class_shares

    sure = class_shares(panel.scores, panel.threshold)[:, 1] > 0.5
    np.testing.assert_array_equal(sure, panel.grid[:, 0] > 0.5)


# When a board draws


def test_functions_are_called_only_for_a_frame_and_once_at_the_end(clock, screen, data):
    calls = []

    def line():
        calls.append(clock.now)
        return data

    board = live.Board(live.Curve("loss"), live.Fit(*data), clock=clock)
    with board:
        for epoch in range(100):
            board.update(loss=(epoch, 1.0), fit=line)
        assert calls == []
        clock.pass_by(1.0)
        board.update(fit=line)
        assert calls == [101.0]
        board.update(fit=line)
        assert calls == [101.0]
    assert calls == [101.0, 101.0]
    assert board.frames == 1


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


def test_the_first_slow_drawing_is_outside_the_budget(clock, monkeypatch, data):
    class SlowAtFirst(Recorder):
        def __init__(self, *args):
            clock.pass_by(5.0)
            super().__init__(*args)

    monkeypatch.setattr(board_module, "Screen", SlowAtFirst)
    board = live.Board(live.Fit(*data), clock=clock)
    with board:
        clock.pass_by(0.001)
        board.update(fit=data)
    assert board.frames == 1


def test_no_more_frames_than_the_cap(clock, screen):
    board = live.Board(live.Curve("loss"), clock=clock, frames_per_second=10)
    with board:
        for step in range(2000):
            clock.pass_by(0.001)
            board.update(loss=(step, 1.0))
    assert board.frames == pytest.approx(20, abs=1)


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


def test_a_frame_draws_only_the_panels_that_changed(data):
    curve, fit = live.Curve("loss"), live.Fit(*data)
    renderer = Renderer([curve, fit])
    before = pixels_of(renderer.frame(["loss", "fit"]))
    for panel, value in ((curve, (0, 1.0)), (fit, data)):
        panel.record(value)
    after = pixels_of(renderer.frame(["loss"]))
    half = before.shape[1] // 2
    assert (before[:, half:] == after[:, half:]).all()
    assert (before[:, :half] != after[:, :half]).any()


def _drawing_of(renderer, name):
    return renderer._drawings[name][1]


def _curve(rng):
    panel = live.Curve("loss", lines=["a", "b"], log=True, xlim=(0, 40), ylim=(0.1, 9))
    return panel, lambda k: (k, {"a": 5 * 0.9**k, "b": rng.uniform(1, 2)})


def _fit(rng):
    x = rng.normal(size=30)
    return live.Fit(x, x**2), lambda k: (np.sort(x), np.sort(x) * k / 10)


def _images(rng):
    return live.Images("w", (4, 4)), lambda k: rng.normal(size=(40, 16))


def _paths(rng):
    panel = live.Paths(lambda x, y: x * x + y * y, (-1, 1), (-1, 1), ["a", "b"], "p")
    return panel, lambda k: {"a": rng.uniform(-1, 1, 2), "b": (k / 40, 0)}


def _boundary(rng):
    panel = live.Boundary(rng.normal(size=(30, 2)), rng.integers(0, 3, 30))
    return panel, lambda k: lambda points: points @ rng.normal(size=(2, 3))


@pytest.mark.parametrize("make", [_curve, _fit, _images, _paths, _boundary])
def test_a_frame_over_a_kept_background_equals_a_full_drawing(make):
    panel, value_at = make(np.random.default_rng(5))
    drawing = _drawing_of(Renderer([panel]), panel.name)
    canvas = drawing.figure.canvas
    full_drawings = []
    draw_all = canvas.draw
    canvas.draw = lambda: (full_drawings.append(1), draw_all())
    for k in range(12):
        value = value_at(k)
        panel.evaluate(value) if callable(value) else panel.record(value)
        kept = drawing.draw().copy()
    assert len(full_drawings) == 1
    fresh = _drawing_of(Renderer([panel]), panel.name).draw()
    assert (kept == fresh).all()
    assert (kept[..., :3].std(axis=(0, 1)) > 0).all()


def test_a_path_does_not_run_over_the_legend():
    panel = live.Paths(lambda x, y: x + y, (-1, 1), (-1, 1), ["SGD", "Adam"], "p")
    drawing = _drawing_of(Renderer([panel]), "p")
    drawing.draw()
    height = int(drawing.figure.bbox.height)
    box = drawing.axes.get_legend().get_window_extent()
    left, bottom, right, top = (int(edge) for edge in box.extents)
    inside = slice(height - top + 2, height - bottom - 2), slice(left + 2, right - 2)
    middle = (left + right) / 2, 0
    x = drawing.axes.transData.inverted().transform(middle)[0]
    for k in range(20):
        panel.record({"SGD": (x, (-1) ** k)})
    with_path = drawing.draw()[inside].astype(int)
    panel.reset()
    without = drawing.draw()[inside].astype(int)
    assert abs(with_path - without).max() < 40  # the legend is not quite opaque


@pytest.mark.parametrize(("ylim", "scale"), [((-2, 2), 1), ((-0.02, 0.02), 2)])
def test_no_label_beside_the_axes_is_cut_off(ylim, scale):
    panel = live.Paths(lambda x, y: x + y, (-1, 1), ylim, ["SGD"], "p")
    renderer = Renderer([panel])
    renderer.frame(["p"])
    drawing = _drawing_of(renderer, "p")
    drawing.draw(100 * scale)
    labels = drawing.axes.yaxis.get_tightbbox(drawing.figure.canvas.get_renderer())
    assert 3 * scale < labels.x0 < 60 * scale
    assert (drawing.draw(100 * scale)[:, : 2 * scale, :3] == 255).all()


def test_axes_grow_rarely_and_hold_all_points():
    curve = live.Curve("loss")
    drawing = _drawing_of(Renderer([curve]), "loss")
    grown = 0
    for step in range(1, 3001):
        curve.record((step, np.sqrt(step)))
        grown += drawing.follow()
    assert grown <= 30
    assert drawing.axes.get_xlim()[1] >= 3000
    assert drawing.axes.get_ylim()[1] >= np.sqrt(3000)


# What is left behind


def test_in_plain_python_only_the_still_is_made(data):
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
    assert still == board.still == Renderer([fit]).still()
    assert said == "fit: 40 data points and the line fitted to them"


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_an_error_or_an_interrupt_leaves_a_still(error, clock, screen, data):
    def fails_too():
        raise ValueError("the second error, which must not hide the first")

    board = live.Board(live.Curve("loss"), live.Fit(*data), clock=clock)

    def train():
        with board:
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
            board.update(fit=lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        train()
    assert screen.last.closed_with[0] == board.still is not None


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


def test_matplotlib_settings_and_pyplot_are_left_alone(data):
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
        "def fails(): raise AssertionError('called while grading')\n"
        "with live.Board(live.Curve('loss'), live.Fit([0, 1], [1, 2])) as board:\n"
        "    board.update(loss=(0, 1.0), fit=fails)\n"
        "print(board.still, 'matplotlib' in sys.modules, 'ipywidgets' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "NBGRADER_EXECUTION": "autograde"},
    )
    assert done.stdout.split() == ["None", "False", "False"]


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


def run_in_kernel(cells, **kwargs):
    cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, **kwargs).execute()
    return notebook


def test_a_saved_notebook_keeps_one_still_picture():
    notebook = run_in_kernel([SETUP, "train(5)\nprint(board.frames > 1)"])
    picture, printed = notebook.cells[1].outputs
    assert sorted(picture.data) == ["image/png", "text/plain"]
    assert picture.metadata["image/png"]["width"] == 960
    assert size_of(base64.b64decode(picture.data["image/png"])) == (1920, 720)
    assert picture.data["text/plain"].startswith("loss 0.2 at epoch 4; fit: 20 data")
    assert printed.text == "True\n"
    # No frame of the widget is kept, only that it was there.
    assert len(str(notebook.metadata.get("widgets", ""))) < 4000


def test_an_interrupted_notebook_keeps_its_picture():
    notebook = run_in_kernel([SETUP, "train(20)"], allow_errors=True)
    picture, error = notebook.cells[1].outputs
    assert sorted(picture.data) == ["image/png", "text/plain"]
    assert picture.data["text/plain"].startswith("loss 0.125 at epoch 7")
    assert error.ename == "KeyboardInterrupt"


def test_a_notebook_that_is_graded_has_no_output(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    notebook = run_in_kernel([SETUP, "train(5)"])
    assert [cell.outputs for cell in notebook.cells] == [[], []]
    assert "widgets" not in notebook.metadata


# Bad input


def _board(**kwargs):
    return live.Board(live.Curve("loss"), **kwargs)


X2 = np.zeros((3, 2))


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
        (lambda: live.Curve(3), TypeError, "name: expected a string, got int"),
        (lambda: live.Curve(""), ValueError, "name: expected at least one letter"),
        (lambda: live.Curve("a", lines="bc"), TypeError, "lines: .* got 'bc'"),
        (lambda: live.Curve("a", lines=["b", "b"]), ValueError, "lines: .*different"),
        (lambda: live.Curve("a", lines=[]), ValueError, "lines: expected"),
        (lambda: live.Curve("a", xlim=(3, 1)), ValueError, "xlim: .* got .3, 1."),
        (
            lambda: live.Fit([1, 2], [1, 2, 3]),
            ValueError,
            "t: expected 2 values, as many as x, got 3",
        ),
        (lambda: live.Fit([1, np.nan], [1, 2]), ValueError, "x: expected finite"),
        (lambda: live.Fit([], []), ValueError, "x: expected at least one"),
        (lambda: live.Fit(np.zeros((2, 2)), [1, 2]), ValueError, "x: expected shape"),
        (lambda: live.Images("w", shape=28), ValueError, "shape: .*height, width"),
        (lambda: live.Images("w", count=0), ValueError, "count: .* got 0"),
        (
            lambda: live.Paths(3, (0, 1), (0, 1), ["a"]),
            TypeError,
            "function: expected a function, got int",
        ),
        (lambda: live.Boundary(X2, [0, 1]), ValueError, "labels: expected shape"),
        (lambda: live.Boundary(X2, [0, 1, 0.5]), TypeError, "labels: .*integers"),
        (lambda: live.Boundary(X2, [0, 1, -1]), ValueError, "labels: .* got -1"),
        (lambda: live.Boundary(X2[:, :1], [0] * 3), ValueError, "x: expected shape"),
    ],
)
def test_bad_arguments_get_one_clear_line(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"los": (0, 1)}, ValueError, "'los' is none of .*; did you mean 'loss'"),
        ({"loss": 3.0}, ValueError, r"loss: expected \(x, y\), got 3.0"),
        ({"loss": (0, "low")}, TypeError, "loss: expected a number, got str"),
        ({"loss": (0, [1, 2])}, TypeError, "loss: expected a number, got list"),
        ({"loss": (np.nan, 1)}, ValueError, "loss, x: expected a finite number"),
        ({"loss": (0, {"a": 1})}, TypeError, "loss: expected a number, got dict"),
        ({"two": (0, 1.0)}, TypeError, r"two: expected \(x, {line: y}\)"),
        ({"two": (0, {"tain": 1})}, ValueError, "did you mean 'train'"),
        ({"fit": ([1, 2], [1])}, ValueError, "fit, ys: expected 2 values"),
        ({"fit": ([1, 2], ["a", "b"])}, TypeError, "fit, ys: .* real numbers"),
        ({"images": np.zeros((3, 5))}, ValueError, r"images: .*\(M, 4\), got \(3, 5\)"),
        ({"paths": (1, 2)}, TypeError, "paths: expected {name"),
        ({"paths": {"SDG": (1, 2)}}, ValueError, "did you mean 'SGD'"),
        ({"paths": {"SGD": (1, 2, 3)}}, ValueError, "paths, SGD: expected shape"),
        ({"boundary": X2}, TypeError, "boundary: expected a function, got ndarray"),
    ],
)
def test_a_bad_value_gets_one_clear_line(values, error, message):
    board = live.Board(
        live.Curve("loss"),
        live.Curve("two", lines=["train", "test"]),
        live.Fit([0, 1], [1, 2]),
        live.Images("images", (2, 2)),
        live.Paths(lambda x, y: x + y, (0, 1), (0, 1), ["SGD"]),
        live.Boundary(X2, [0, 1, 0]),
    )
    with board, pytest.raises(error, match=message):
        board.update(**values)


def test_a_classifier_with_the_wrong_shape_gets_one_clear_line():
    panel = live.Boundary(X2, [0, 1, 0])
    with pytest.raises(ValueError, match="boundary's scores: expected shape"):
        panel.evaluate(lambda points: np.zeros((3, 2)))


def test_a_board_works_inside_with_only():
    board = live.Board(live.Curve("loss"))
    with pytest.raises(RuntimeError, match="inside `with board:` only"):
        board.update(loss=(0, 1.0))
    with board, pytest.raises(RuntimeError, match="already open"):
        board.__enter__()
