"""What the tests of live figures share: a clock, a screen, small data, a kernel."""

import io

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from helpers import appearance
from helpers.live import board as board_module


class Clock:
    """A clock that moves only when told to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def pass_by(self, seconds):
        self.now += seconds


class RecordingScreen:
    """Stands where a widget would be, and keeps what it is shown."""

    last = None

    def __init__(self, kind, layout, scenes, said, around=None):
        self.kind, self.layout, self.said = kind, layout, said
        self.shown = [scenes]
        self.closed_with = None
        self.removed = False
        self.widget = None if around is None else around(object())
        type(self).last = self

    def show(self, scenes):
        self.shown.append(scenes)

    def close(self, still, said):
        self.closed_with = still, said

    def remove(self):
        self.removed = True


class Scale:
    """A layer without an activation: inputs times a number."""

    def __init__(self, factor, **arrays):
        self.factor = factor
        vars(self).update(arrays)

    def forward(self, x):
        return self.factor * x


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def screen(monkeypatch):
    """A screen in plain Python; drawing on it costs nothing on the fake clock."""
    monkeypatch.setattr(RecordingScreen, "last", None)
    monkeypatch.setattr(board_module, "kind_of_screen", lambda: "image")
    monkeypatch.setattr(board_module, "open_screen", RecordingScreen)
    return RecordingScreen


@pytest.fixture(autouse=True)
def usual_appearance(monkeypatch):
    """Neither a projector nor reduced motion, whatever a test before has chosen."""
    monkeypatch.setattr(appearance, "_chosen", {})
    for name in ("NN_PROJECTOR", "NN_REDUCED_MOTION", "NN_LIVE", "NBGRADER_EXECUTION"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    x = rng.uniform(-1, 1, (40, 1))
    return x, 2 * x**2 + 3 + 0.1 * rng.normal(size=x.shape)


@pytest.fixture
def layer():
    """A function (factor, **arrays) that makes a layer."""
    return Scale


@pytest.fixture
def size_of():
    """The size of a picture, given its bytes."""
    return lambda picture: Image.open(io.BytesIO(picture)).size


@pytest.fixture
def pixels_of():
    """The pixels of a picture (H, W, 3), given its bytes."""

    def decode(picture):
        return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), dtype=int)

    return decode


@pytest.fixture
def run_in_kernel(monkeypatch):
    """Run cells in a real kernel that nobody looks at; `environment` may say so."""
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)

    def run(cells, environment=(), **kwargs):
        for name, value in dict(environment).items():
            monkeypatch.setenv(name, value)
        cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
        notebook = nbformat.v4.new_notebook(cells=cells)
        NotebookClient(notebook, timeout=120, **kwargs).execute()
        return notebook

    return run
