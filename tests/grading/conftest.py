"""A tiny course of two assignments, in a folder with a space in its name."""

import contextlib
import json
import shutil
from pathlib import Path

import pytest

from grading.cli import main
from grading.course import Course
from grading.executor import WorkerPool

PROJECT = Path(__file__).parents[2]

DOUBLE = '''\
def double(x):
    """Return twice x, of any shape."""
    ### BEGIN SOLUTION
    secret_of_double = 2
    return secret_of_double * np.asarray(x)
    ### END SOLUTION'''

CHECK_DOUBLE = """\
@check
def check_double():
    same("double(x)", double(np.array([1.0, 3.0])), np.array([2.0, 6.0]))"""

TEST_DOUBLE = """\
ready("double")  # test_double, 3 points
### BEGIN HIDDEN TESTS
from helpers.checks import graded
@graded
def test_double():
    same("double(x)", double(np.array([-8.5])), np.array([-17.0]))
### END HIDDEN TESTS"""

QUADRUPLE = '''\
class Quadruple:
    """Four times x."""

    def forward(self, x):
        """Return 4 x."""
        ### BEGIN SOLUTION
        secret_of_quadruple = double(x)
        return double(secret_of_quadruple)
        ### END SOLUTION'''

CHECK_QUADRUPLE = """\
@check
def check_quadruple():
    same("forward(x)", Quadruple().forward(np.ones(3)), np.full(3, 4.0))"""

TEST_QUADRUPLE = """\
ready("quadruple")  # test_quadruple, 5 points
### BEGIN HIDDEN TESTS
from helpers.checks import graded
@graded
def test_quadruple():
    same("forward(x)", Quadruple().forward(np.full(2, -3.25)), np.full(2, -13.0))
### END HIDDEN TESTS"""

QUESTION = """\
## Why four?

In a sentence.
### BEGIN MARK SCHEME
The secret scheme: a point for each doubling.
### END MARK SCHEME"""

ANSWER = "The secret answer: doubling twice."

IMPORTS = "import numpy as np\nfrom helpers.checks import check, ready, same"


def _make_course(root):
    """Write the tiny course into the folder `root` and return it as a `Course`."""
    _write(
        root / "source" / "01_double" / "01_double.ipynb",
        [
            _markdown("# Double\n\nTwice as much.", "title"),
            _code(IMPORTS, "imports"),
            _code(DOUBLE, "double", solution=True),
            _code(CHECK_DOUBLE, "check_double"),
            _code(TEST_DOUBLE, "test_double", grade=True, locked=True, points=3),
        ],
    )
    _write(
        root / "source" / "02_quad" / "02_quad.ipynb",
        [
            _markdown("# Quadruple", "title"),
            _code(f"{IMPORTS}\nfrom parts import double", "imports"),
            _code(QUADRUPLE, "quadruple", solution=True),
            _code(CHECK_QUADRUPLE, "check_quadruple"),
            _code(TEST_QUADRUPLE, "test_quadruple", grade=True, locked=True, points=5),
            _markdown(QUESTION, "why_question", locked=True),
            _markdown(ANSWER, "why", grade=True, solution=True, points=2),
        ],
    )
    shutil.copy(PROJECT / "nbgrader_config.py", root)
    return Course.at(root)


@pytest.fixture(autouse=True)
def _one_worker(monkeypatch):
    """Warm up one worker only: few tests hand in more than a few submissions."""
    monkeypatch.setattr("grading.grade.count_processors", lambda: 1)


@pytest.fixture(scope="session")
def make_course():
    """Make the tiny course in a folder of one's own choice."""
    return _make_course


@pytest.fixture
def course(tmp_path):
    """The tiny course, 01_double and 02_quad, free of faults."""
    return _make_course(tmp_path / "my course")


@pytest.fixture
def second_course(tmp_path):
    """The same course in another place."""
    return _make_course(tmp_path / "elsewhere" / "a copy of the course")


@pytest.fixture(scope="session")
def workers():
    """A real worker, warm, that many tests share."""
    with WorkerPool(1) as pool:
        yield pool


@pytest.fixture
def warm_workers(workers, monkeypatch):
    """Let `grade` use the shared worker: to start one takes seconds each time."""
    monkeypatch.setattr(
        "grading.grade.WorkerPool", lambda *_: contextlib.nullcontext(workers)
    )


@pytest.fixture
def editing():
    """Change a notebook: ``with editing(path) as cells: cells["id"]["source"] = ...``.

    `cells` maps cell ids to cells, whose source is one string.
    """

    @contextlib.contextmanager
    def edit(path):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = {cell["id"]: cell for cell in notebook["cells"]}
        for cell in cells.values():
            cell["source"] = "".join(cell["source"])
        yield cells
        for cell in cells.values():
            cell["source"] = cell["source"].splitlines(keepends=True)
        _write(path, list(cells.values()))

    return edit


@pytest.fixture
def run_course(capsys, monkeypatch):
    """Run the `course` command in this process; return exit code, output, errors."""
    monkeypatch.setenv("COLUMNS", "200")  # messages on one line, whatever the path

    def run(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return stopped.value.code, captured.out, captured.err

    return run


@pytest.fixture
def content():
    """Return the bytes of every file below a folder, by relative path."""

    def read(folder):
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return read


def _markdown(text, cell_id, **nbgrader):
    return _cell("markdown", text, cell_id, nbgrader)


def _code(text, cell_id, **nbgrader):
    cell = _cell("code", text, cell_id, nbgrader)
    return cell | {"execution_count": None, "outputs": []}


def _cell(kind, text, cell_id, nbgrader):
    metadata = {}
    if nbgrader:
        metadata["nbgrader"] = {
            "grade": False,
            "grade_id": cell_id,
            "locked": False,
            "schema_version": 3,
            "solution": False,
            "task": False,
        } | nbgrader
    return {
        "cell_type": kind,
        "id": cell_id,
        "metadata": metadata,
        "source": text.splitlines(keepends=True),
    }


def _write(path, cells):
    kernel = {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n",
        encoding="utf-8",
    )


# A class ---------------------------------------------------------------------------

SOLVED = {
    "double": "def double(x):\n    return 2 * np.asarray(x)",
    "quadruple": (
        "class Quadruple:\n    def forward(self, x):\n        return double(double(x))"
    ),
    "why": "Because two times two is four.",
}


@pytest.fixture(scope="session")
def _released_once(tmp_path_factory):
    from grading.release import release

    course = _make_course(tmp_path_factory.mktemp("released") / "my course")
    release(course, course.assignments())
    return course


@pytest.fixture
def released_course(_released_once, tmp_path):
    """The tiny course with both assignments released, in a folder of its own."""
    root = tmp_path / "my released course"
    shutil.copytree(_released_once.root, root)
    return Course.at(root)


@pytest.fixture
def submit(released_course):
    """Hand in: ``submit("ada", "01_double")`` a solved notebook; returns its path.

    `solved` are the grade ids to solve; `change` gets the notebook, as a dictionary in
    which each cell's source is one string, before it is written.
    """

    def hand_in(student, name, change=None, solved=tuple(SOLVED)):
        path = released_course.release_notebook(name)
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell["source"])
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if grade_id in solved and grade_id in SOLVED:
                cell["source"] = SOLVED[grade_id]
        if change:
            change(notebook)
        path = released_course.submitted / student / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
        return path

    return hand_in


@pytest.fixture
def gradebook(released_course):
    """The gradebook of `released_course`, open."""
    from nbgrader.api import Gradebook

    url = f"sqlite:///{released_course.gradebook}"
    with Gradebook(url, "neural_networks_by_hand") as opened:
        yield opened


@pytest.fixture
def find_cell():
    """Return a function that finds a notebook's cell by its id."""

    def find(notebook, cell_id):
        return next(cell for cell in notebook["cells"] if cell["id"] == cell_id)

    return find
