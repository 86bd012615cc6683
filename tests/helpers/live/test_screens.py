"""Which screen a notebook has, and what is left of it when it closes."""

import pytest

from helpers import appearance
from helpers.live._screens import close_widget, kind_of_screen, least_interval

KIND = """
from helpers.live._screens import kind_of_screen
kind_of_screen()
"""


def kind_in(run_in_kernel, environment, before=""):
    cells = [before + KIND]
    return (
        run_in_kernel(cells, environment)
        .cells[0]
        .outputs[0]
        .data["text/plain"]
        .strip("'")
    )


def test_plain_python_has_no_screen_whatever_is_asked_for(monkeypatch):
    monkeypatch.setenv("NN_LIVE", "canvas")
    monkeypatch.setenv("JPY_SESSION_NAME", "notebook.ipynb")
    assert kind_of_screen() == "still"


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({}, "still"),
        ({"JPY_SESSION_NAME": "/a/notebook.ipynb"}, "canvas"),
        ({"NN_LIVE": "image"}, "image"),
        ({"NN_LIVE": "still", "JPY_SESSION_NAME": "/a/notebook.ipynb"}, "still"),
    ],
    ids=["nobody looks", "a server", "asked for images", "asked for stills"],
)
def test_the_screen_of_a_kernel(environment, kind, run_in_kernel):
    assert kind_in(run_in_kernel, environment) == kind


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        ("__vsc_ipynb_file__ = 'a.ipynb'", "canvas"),
        (
            "import sys, types; sys.modules['google.colab'] = types.ModuleType('c')",
            "canvas",
        ),
        (
            "import os, helpers.live._screens as screens\n"
            "os.environ['JPY_SESSION_NAME'] = 'a.ipynb'\n"
            "screens._is_installed = lambda package: package != 'anywidget'",
            "image",
        ),
        (
            "import os, helpers.live._screens as screens\n"
            "os.environ['JPY_SESSION_NAME'] = 'a.ipynb'\n"
            "screens._is_installed = lambda package: False",
            "still",
        ),
    ],
    ids=["VS Code", "Colab", "without anywidget", "without widgets"],
)
def test_other_front_ends_are_known(before, kind, run_in_kernel):
    assert kind_in(run_in_kernel, {}, before) == kind


def test_an_unknown_kind_of_screen_gets_one_clear_line(run_in_kernel):
    environment = {"NN_LIVE": "film"}
    notebook = run_in_kernel([KIND], environment, allow_errors=True)
    error = notebook.cells[0].outputs[0]
    assert error.ename == "ValueError"
    assert error.evalue == "NN_LIVE: expected canvas, image, still, got 'film'"


def test_closing_a_widget_leaves_nothing_of_it():
    ipywidgets = pytest.importorskip("ipywidgets")
    from ipywidgets.widgets.widget import _instances

    before = set(_instances)
    inner = ipywidgets.HBox([ipywidgets.Button(), ipywidgets.FloatSlider()])
    widget = ipywidgets.VBox([inner, ipywidgets.Image(), ipywidgets.Label("a")])
    assert len(set(_instances) - before) >= 14
    close_widget(widget)
    assert set(_instances) == before


def test_frames_are_rare_with_reduced_motion():
    assert least_interval(20) == 0.05
    appearance.reduced_motion()
    assert least_interval(20) == 2.0
