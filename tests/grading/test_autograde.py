"""nbgrader's own autograding with the course's configuration: sealed, and mended."""

import json
import subprocess
import sys

import pytest
from nbgrader.api import Gradebook

from grading.grade import grade
from grading.notebooks import read_notebook
from grading.outcomes import Progress, State, graded_notebook, read_result
from grading.release import release

NAME = "02_quad"
WRONG = "class Quadruple:\n    def forward(self, x):\n        return double(x)"


def autograde(course, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", NAME, *arguments],
        cwd=course.root,
        capture_output=True,
        text=True,
        timeout=300,
    )


def read_results(course, *students):
    url = f"sqlite:///{course.gradebook}"
    with Gradebook(url, "neural_networks_by_hand") as gradebook:
        return [read_result(course, gradebook, NAME, student) for student in students]


@pytest.fixture
def hand_in(submit, find_cell):
    """Hand in as a class does: solved, untouched, wrong, mangled, slow, dying."""

    def solve_with(source):
        def change(notebook):
            find_cell(notebook, "quadruple")["source"] = source

        return change

    def copy_the_test(notebook):
        again = json.loads(json.dumps(find_cell(notebook, "test_quadruple")))
        notebook["cells"].append(again | {"id": "again"})

    def delete_the_test(notebook):
        notebook["cells"].remove(find_cell(notebook, "test_quadruple"))

    def forge(notebook):
        find_cell(notebook, "test_quadruple")["source"] = "5"
        find_cell(notebook, "quadruple")["source"] = "import os\nos._exit(0)"

    submit("ada", NAME)
    submit("ben", NAME, solved=())
    submit("cleo", NAME, solve_with(WRONG))
    submit("dan", NAME, copy_the_test)
    submit("eve", NAME, delete_the_test)
    submit("fay", NAME, forge)
    return "ada", "ben", "cleo", "dan", "eve", "fay"


def test_nbgraders_command_grades_as_the_course_does(released_course, hand_in):
    done = autograde(released_course)
    assert done.returncode == 0, done.stderr
    theirs = read_results(released_course, *hand_in)
    points = [result.outcomes[0].points for result in theirs]
    assert points == [5, 0, 0, 5, 5, 0]
    assert [result.outcomes[0].state for result in theirs[1::4]] == [
        State.NOT_ATTEMPTED,
        State.DIED,
    ]
    assert [result.progress for result in theirs] == [
        *[Progress.GRADED] * 3,
        *[Progress.MENDED] * 3,
    ]
    assert grade(released_course, NAME) == theirs


def test_what_could_not_be_graded_stops_no_other_and_is_forgotten_when_it_can(
    released_course, submit
):
    path = submit("ada", NAME)
    whole = path.read_text()
    path.write_text("{")
    submit("ben", NAME)
    grade(released_course, NAME)
    done = autograde(released_course, "--force")
    assert done.returncode == 1
    ada, ben = read_results(released_course, "ada", "ben")
    assert ada.progress == Progress.NOT_GRADABLE
    assert ben.score == 5
    path.write_text(whole)
    done = autograde(released_course, "--force")
    assert done.returncode == 0, done.stderr
    assert [r.score for r in read_results(released_course, "ada", "ben")] == [5, 5]


def test_where_labels_are_out_of_reach_one_line_ends_it_and_nothing_is_recorded(
    released_course, submit, editing, monkeypatch, tmp_path
):
    course = released_course
    with editing(course.source_notebook(NAME)) as cells:
        asks = "### BEGIN HIDDEN TESTS\nfrom grading.predicted import expect_accuracy\n"
        test = cells["test_quadruple"]
        test["source"] = test["source"].replace("### BEGIN HIDDEN TESTS\n", asks)
    release(course, [NAME])
    submit("ada", NAME)
    submit("ben", NAME)
    monkeypatch.setenv("NN_DATA_DIR", str(tmp_path / "no labels"))
    for variable in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for _ in range(2):
        done = autograde(course)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        said = [line for line in done.stderr.splitlines() if "| ERROR]" in line]
        assert len(said) == 1, done.stderr
        assert "nothing was graded: the test labels of Fashion-MNIST" in said[0]
        assert not list(course.autograded.glob("*/*"))
    assert [r.score for r in read_results(course, "ada", "ben")] == [None, None]


def test_it_runs_in_the_sandbox_and_starts_no_kernel(
    released_course, submit, find_cell
):
    def look(notebook):
        source = f"import os\nprint(os.path.exists({str(released_course.source)!r}))"
        find_cell(notebook, "imports")["source"] += f"\n{source}"
        find_cell(notebook, "imports")["source"] += (
            "\nprint('ipykernel' in os.sys.modules)"
        )

    submit("ada", NAME, look)
    done = autograde(released_course)
    assert done.returncode == 0, done.stderr
    notebook = read_notebook(graded_notebook(released_course, NAME, "ada"))
    printed = "".join(
        "".join(output.get("text", ""))
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
    )
    assert printed.splitlines()[:2] == ["False", "False"]
    assert notebook["metadata"]["course"]["isolation"] in ("full", "landlock")


def test_the_formgraders_button_does_the_same(released_course, submit):
    submit("ada", NAME)
    press = (
        "from grading.course import Course\n"
        "from nbgrader.apps.api import NbGraderAPI\n"
        "api = NbGraderAPI(config=Course.find().nbgrader_config())\n"
        f"print(api.autograde({NAME!r}, 'ada')['success'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", press],
        cwd=released_course.root,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout.splitlines()[-1] == "True", done.stderr
    (ada,) = read_results(released_course, "ada")
    assert ada.score == 5
