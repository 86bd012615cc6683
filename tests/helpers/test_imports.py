"""Importing what a notebook imports is cheap."""

import subprocess
import sys

import pytest

SLOW = [
    "matplotlib",
    "sklearn",
    "requests",
    "ipywidgets",
    "anywidget",
    "scipy",
    "nbformat",
]


@pytest.mark.parametrize(
    "module",
    [
        "appearance",
        "carry",
        "checks",
        "data",
        "diagnosis",
        "execution",
        "gradcheck",
        "handed_in",
        "live",
        "plots",
    ],
)
def test_importing_a_helper_loads_nothing_slow(module):
    code = (
        f"import sys, helpers.{module}; print(*[m for m in {SLOW} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_helpers_never_import_grading():
    code = "import sys, helpers.checks, helpers.live, helpers.plots, helpers.data; "
    code += "print('grading' in sys.modules or 'nbgrader' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
