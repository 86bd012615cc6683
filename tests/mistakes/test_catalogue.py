"""Every check of the course, proven by the catalogue in mistakes/."""

from functools import partial
from pathlib import Path

import pytest

from grading.catalogue import handed_in_files, numbers, read_catalogue
from grading.course import Course
from grading.graded_trial import grade_trials
from grading.notebooks import nbgrader_metadata, read_notebook
from grading.parts import solution_cells
from grading.proof import add_up, count, prove, sentences
from grading.proof_page import render_page
from grading.trial import run_trials

COURSE = Course.at(Path(__file__).parents[2])
NAMES = COURSE.assignments()
CLINIC = "14_debugging_clinic"
#: Of these the short way and the way of a submission are compared in each test run.
SAMPLE = (
    "01_linear/linear/no_biases",
    "01_linear/linear/dot",
    "01_linear/linear/syntax_error",
    "01_linear/linear/patches_allclose",
)


def alone(name):
    """A notebook's tests share what takes them minutes, so one worker runs them."""
    return pytest.param(name, marks=pytest.mark.xdist_group(f"catalogue {name}"))


@pytest.fixture(scope="module", params=map(alone, NAMES))
def verdicts(request):
    if handed_in_files(COURSE, request.param):
        request.getfixturevalue("fashion_labels")
    return prove(COURSE, [request.param], partial(run_trials, jobs=1))


def test_every_solution_gets_what_it_must(verdicts):
    wrong = [f"{v.entry.place}: {line}" for v in verdicts for line in v.problems]
    assert not wrong, "\n".join(wrong)


def test_nine_of_ten_mistakes_that_return_values_are_named(verdicts):
    named, values = add_up(count(verdicts)).named
    assert named >= 0.9 * values


def test_the_page_in_the_docs_is_fresh(verdicts):
    page = (COURSE.root / "docs" / "checks.md").read_text(encoding="utf-8")
    for line in render_page(verdicts).splitlines():
        if line.startswith(("- ", f"| {verdicts[0].entry.notebook}")):
            assert line in page, "the page is stale: run `make check`"


def test_every_mistake_of_the_list_is_in_the_catalogue():
    listed = {number for given in numbers(COURSE).values() for number in given}
    assert listed == set(range(1, 184))


def test_every_component_has_wrong_and_right_solutions():
    """Twelve and four; of the many small repairs of the clinic, three and one."""
    entries = read_catalogue(COURSE, [])
    assert {entry.notebook for entry in entries} == set(NAMES)
    solved = {
        (name, nbgrader_metadata(cell)["grade_id"])
        for name in NAMES
        for cell in solution_cells(read_notebook(COURSE.source_notebook(name)))
    }
    for place in solved:
        ours = [e for e in entries if (e.notebook, e.component) == place]
        wrong, right = (3, 1) if place[0] == CLINIC else (12, 4)
        assert sum(e.is_wrong for e in ours) >= wrong, place
        assert sum(not e.is_wrong for e in ours) >= right, place


def test_every_sentence_that_can_name_a_mistake_is_proven_by_an_entry():
    shown = {words for e in read_catalogue(COURSE, []) for words in e.shown}
    unproven = [s for s in sentences() if not any(words in s for words in shown)]
    assert not unproven


def test_graded_notebooks_give_the_same_verdicts():
    plain = prove(COURSE, SAMPLE, partial(run_trials, jobs=1))
    graded = prove(COURSE, SAMPLE, partial(grade_trials, jobs=1))
    assert len(plain) == len(SAMPLE)
    assert [v.trial for v in plain] == [v.trial for v in graded]
    assert [v.problems for v in graded] == [()] * len(SAMPLE)
