"""A real JupyterLab and a real browser, for what only they can show."""

import shutil
from pathlib import Path

import pytest

from tests.browser.session import jupyterlab

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def running_lab(tmp_path_factory):
    """JupyterLab on a folder whose path has a space in it; the real MNIST if there."""
    data = DATA if (DATA / "mnist").is_dir() else None
    with jupyterlab(tmp_path_factory.mktemp("lab"), data=data) as running:
        yield running


@pytest.fixture
def lab(running_lab):
    """JupyterLab; what a test leaves open in it is closed."""
    yield running_lab
    running_lab.close_all()


@pytest.fixture
def student(lab, request):
    """A student's folder: a copy of the release that JupyterLab serves."""
    folder = lab.folder / request.node.name[:40]
    shutil.copytree(ROOT / "release", folder)
    return folder


@pytest.fixture
def quiet_console(lab):
    """The browser's console has no errors during this test."""
    lab.problems.clear()
    yield
    assert lab.problems == []
