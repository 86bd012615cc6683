"""Each real notebook, solved and untouched, through every way of grading it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grading.catalogue import handed_in_files
from grading.course import Course
from grading.grade import grade
from grading.notebooks import nbgrader_metadata
from grading.release import release
from grading.sample_class import Work, fill_in
from grading.sources import checks

pytestmark = pytest.mark.usefixtures("warm_workers")

PROJECT = Path(__file__).parents[2]
NAMES = Course.at(PROJECT).assignments()

# nbgrader as it comes: every cell in one kernel, with the instructor's rights.
PLAIN = """
c.Autograde.sanitize_preprocessors = names(Autograde.sanitize_preprocessors)
c.Autograde.autograde_preprocessors = names(Autograde.autograde_preprocessors)
"""


@pytest.fixture
def course(tmp_path):
    """A copy of the course, its sources only, in a folder with a space in its name."""
    root = tmp_path / "the course"
    shutil.copytree(PROJECT / "source", root / "source")
    shutil.copy(PROJECT / "nbgrader_config.py", root)
    return Course.at(root)


def nbgrader(course, *command):
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=course.root,
        capture_output=True,
        text=True,
        timeout=500,
    )


def hand_in(course, student, name, notebook, files=()):
    folder = course.submitted / student / name
    folder.mkdir(parents=True)
    for file, content in dict(files).items():
        (folder / file).write_bytes(content)
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def solve(course, name):
    """Return the released notebook with every solution and an answer filled in."""
    notebook = fill_in(course, name, Work())
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and nbgrader_metadata(cell).get("solution"):
            cell["source"] = "Smoothly, in ten epochs."
    return notebook


def read_scores(course, name):
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        return {
            (submission.student.id, check.name): check.auto_score
            for submission in gradebook.assignment_submissions(name)
            for notebook in submission.notebooks
            for check in notebook.grades
        }


@pytest.mark.parametrize("name", NAMES)
def test_solutions_get_full_marks_and_stubs_none_and_plain_nbgrader_agrees(
    course, name, request
):
    files = handed_in_files(Course.at(PROJECT), name)
    if files:
        request.getfixturevalue("fashion_labels")
    release(course, [name])
    hand_in(course, "solved", name, solve(course, name), files)
    untouched = json.loads(course.release_notebook(name).read_text(encoding="utf-8"))
    hand_in(course, "untouched", name, untouched)
    expected = {
        (student, check.grade_id): check.points if student == "solved" else 0
        for student in ("solved", "untouched")
        for check in checks(course, name)
        if check.kind == "auto"
    }

    grade(course, name)
    by_course = read_scores(course, name)
    assert {key: by_course[key] for key in expected} == expected

    # The untouched ones are for `test_nbgrader_validates_...`, two of them.
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(PLAIN)
    done = nbgrader(course, "autograde", name, "--force", "--student", "solved")
    assert done.returncode == 0, done.stderr
    assert read_scores(course, name) == by_course


# The first has no parts beside it; the other asks for a written answer, too.
@pytest.mark.parametrize("name", ["00_warmup", "05_training_loop"])
def test_nbgrader_validates_a_solved_notebook_and_explains_an_untouched_one(
    course, name
):
    release(course, [name])
    solved = hand_in(course, "solved", name, solve(course, name))
    parts = course.source / name / "parts.py"
    if parts.exists():
        shutil.copy(parts, solved.parent)
    done = nbgrader(course, "validate", str(solved))
    assert done.stdout == "Success! Your notebook passes all the tests.\n"

    done = nbgrader(course, "validate", str(course.release_notebook(name)))
    graded = checks(course, name)
    assert f"VALIDATION FAILED ON {len(graded)} CELL(S)!" in done.stdout
    for check in (check for check in graded if check.kind == "auto"):
        visible = check.grade_id.replace("test_", "check_")
        assert f"{visible}: not attempted yet." in done.stdout
    assert "Traceback" not in done.stdout
