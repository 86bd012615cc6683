"""Every source notebook runs from top to bottom; `test_bundle` runs the students'."""

import re
from pathlib import Path

import pytest

from grading.course import Course
from grading.sources import checks

COURSE = Course.at(Path(__file__).parents[2])
NAMES = COURSE.assignments()


def passed(course, name, text):
    wanted = {c.grade_id for c in checks(course, name) if c.kind == "auto"}
    return {grade_id for grade_id in wanted if f"{grade_id}: passed" in text} == wanted


@pytest.mark.parametrize("name", NAMES)
def test_a_source_notebook_runs_offline_and_passes_its_checks(
    name, course, offline, run_notebook, texts
):
    notebook = run_notebook(course.source_notebook(name))
    assert passed(course, name, texts(notebook))
    assert texts(notebook, "stderr") == ""


@pytest.mark.parametrize("name", ["06_mnist", "07_adam"])
def test_a_notebook_reaches_its_accuracy_on_the_real_mnist(
    name, course, real_mnist, run_notebook, texts
):
    text = texts(run_notebook(course.source_notebook(name)))
    assert passed(course, name, text)
    reached = float(re.search(r"test accuracy ([\d.]+)%", text)[1])
    assert reached >= {"06_mnist": 97.0, "07_adam": 98.0}[name]
