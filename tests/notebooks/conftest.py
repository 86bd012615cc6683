"""What the tests of the notebooks share: the course, and a real kernel."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from grading.course import Course
from grading.parts import load_reference

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"

# A closed port: whatever is not on this machine is out of reach at once.
OFFLINE = {
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "",
}


@pytest.fixture(scope="session")
def course():
    return Course.at(ROOT)


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """No network and an empty cache: data are the digits inside scikit-learn."""
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NN_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def real_data(offline, monkeypatch):
    """The real MNIST and Fashion-MNIST, where they lie beside the project."""
    if not (DATA / "mnist").is_dir():
        pytest.skip("the real MNIST is not beside this checkout")
    monkeypatch.setenv("NN_DATA_DIR", str(DATA))


@pytest.fixture
def run_notebook(tmp_path):
    """Run a notebook in a real kernel from top to bottom; return it with its outputs.

    The first error stops it and fails the test. An assignment runs in a copy, with the
    others beside it: it may write files.
    """

    def run(path):
        if path.parent.name == path.stem:
            copy = tmp_path / path.parent.parent.name
            made = shutil.ignore_patterns("predictions.csv", "report.npz")
            shutil.copytree(path.parent.parent, copy, ignore=made)
            path = copy / path.stem / path.name
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(
            notebook,
            timeout=600,
            kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
        )
        client.execute()
        return notebook

    return run


@pytest.fixture
def texts():
    """Return a function that collects everything a run notebook printed."""

    def collect(notebook, stream="stdout"):
        outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
        return "".join(
            o.text if o.output_type == "stream" else o.data.get("text/plain", "") + "\n"
            for o in outputs
            if o.get("name", "stdout") == stream
        )

    return collect


@pytest.fixture(scope="session")
def reference(course):
    """The course's own solutions, as the lecture notebooks import them."""
    return load_reference(course)
