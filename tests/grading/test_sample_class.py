import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grading import demo
from grading.course import Course
from grading.demo import Comparison, explain_differences, run_demo
from grading.errors import CourseError
from grading.notebooks import read_notebook
from grading.sample_class import (
    EVERYTHING,
    SAMPLE_CLASS,
    Change,
    Work,
    copy_cell,
    delete,
    fill_in,
    make_sample_class,
)

PROJECT = Path(__file__).parents[2]
NAMES = ("00_warmup", "01_linear", "02_activations", "04_mse")


@pytest.fixture
def real_course(tmp_path):
    """The course itself, its sources copied to a folder with a space in its name."""
    root = tmp_path / "the real course"
    shutil.copytree(PROJECT / "source", root / "source")
    shutil.copy(PROJECT / "nbgrader_config.py", root)
    return Course.at(root)


def sources(notebook):
    return {cell["id"]: cell["source"] for cell in notebook["cells"]}


# Making it ---------------------------------------------------------------------


def test_there_are_at_least_twelve_students_and_three_notebooks():
    assert len(SAMPLE_CLASS) >= 12
    assert {name for works in SAMPLE_CLASS.values() for name in works} == set(NAMES)
    assert set(demo.NAMES) <= set(NAMES)
    assert len(demo.NAMES) >= 3


def test_the_class_has_solved_untouched_and_ungradable_work_for_each_demo_notebook():
    for name in demo.NAMES:
        works = [works[name] for works in SAMPLE_CLASS.values() if name in works]
        assert Work() in works
        assert Work(skips=EVERYTHING, loses=EVERYTHING) in works
        assert any(not work.gradable for work in works)
        assert any(work.changes and work.loses for work in works)


def test_solved_work_is_the_reference_without_its_markers(released_course):
    filled = sources(fill_in(released_course, "01_double", Work()))
    assert filled["double"].splitlines()[-2:] == [
        "    secret_of_double = 2",
        "    return secret_of_double * np.asarray(x)",
    ]
    assert "SOLUTION" not in filled["double"]
    assert "HIDDEN" not in filled["test_double"]


def test_untouched_work_is_what_was_handed_out(released_course):
    name = "02_quad"
    for work in (Work(skips=EVERYTHING), Work(skips=("quadruple.forward",))):
        notebook = fill_in(released_course, name, work)
        assert notebook == read_notebook(released_course.release_notebook(name))


def test_a_mistake_changes_the_reference_solution(released_course):
    mistake = Change("double", "secret_of_double = 2", "secret_of_double = 3")
    filled = sources(fill_in(released_course, "01_double", Work(changes=(mistake,))))
    assert "    secret_of_double = 3\n" in filled["double"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            Change("double", "secret = 2", "secret = 3"),
            "01_double, 'double': the reference solution has 'secret = 2' 0 times; "
            "bring the sample class up to date",
        ),
        (
            Change("double", "secret_of_double", "a"),
            "01_double, 'double': the reference solution has 'secret_of_double' 2 "
            "times; bring the sample class up to date",
        ),
        (
            Change("triple", "2", "3"),
            "01_double: there is no solution cell 'triple'",
        ),
    ],
)
def test_a_mistake_that_does_not_fit_any_more_stops(released_course, change, complaint):
    with pytest.raises(CourseError) as stopped:
        fill_in(released_course, "01_double", Work(changes=(change,)))
    assert str(stopped.value) == complaint


def test_a_lost_check_that_does_not_exist_stops(released_course, monkeypatch):
    works = {"ada": {"01_double": Work(loses=("test_triple",))}}
    monkeypatch.setattr("grading.sample_class.SAMPLE_CLASS", works)
    with pytest.raises(CourseError, match="no graded cell 'test_triple', which ada"):
        make_sample_class(released_course, ["01_double"], released_course.submitted)


def test_the_expected_points_are_those_of_the_source(released_course, monkeypatch):
    works = {
        "ada": {"01_double": Work(), "02_quad": Work(loses=("test_quadruple",))},
        "ben": {"02_quad": Work(gradable=False, spoil=Path.unlink)},
    }
    monkeypatch.setattr("grading.sample_class.SAMPLE_CLASS", works)
    expected = make_sample_class(
        released_course, ["01_double", "02_quad"], released_course.submitted
    )
    assert expected == {
        "ada": {
            "01_double": {"test_double": 3},
            "02_quad": {"test_quadruple": 0, "why": 2},
        },
        "ben": {"02_quad": None},
    }
    assert list((released_course.submitted / "ben" / "02_quad").iterdir()) == []


# Grading it --------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_submission_gets_the_points_that_it_must(real_course, name, content):
    handed_in = real_course.submitted / "real" / name
    handed_in.mkdir(parents=True)
    (handed_in / f"{name}.ipynb").write_text("the instructor's own")
    before = content(real_course.root)
    made, comparisons = run_demo(real_course, [name])
    assert explain_differences(comparisons) == []
    assert len(comparisons) == sum(name in works for works in SAMPLE_CLASS.values())
    assert all(comparison.right for comparison in comparisons)
    after = content(real_course.root)
    outside = {k: v for k, v in after.items() if not k.startswith("build/demo/")}
    assert outside == before
    assert (made.build / "report.html").is_file()
    for comparison in comparisons:
        page = made.feedback / comparison.student / name / f"{name}.html"
        assert page.is_file()
    assert name != "02_activations" or _plain_scores(made, name) == {
        (c.student, check): points
        for c in comparisons
        if _is_honest(SAMPLE_CLASS[c.student][name])
        for check, points in c.got.items()
    }


def _is_honest(work):
    return work.gradable and not work.edits and work.spoil is None


def _plain_scores(course, name):
    """Return what plain `nbgrader autograde` gives the submissions without mishaps."""
    course.autograded.rename(course.root / "graded by course")
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        for submission in gradebook.assignment_submissions(name):
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    grade.auto_score = None
        gradebook.db.commit()
    for student, works in SAMPLE_CLASS.items():
        if name in works and not _is_honest(works[name]):
            shutil.rmtree(course.submitted / student)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", name],
        cwd=course.root,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        return {
            (student.name, grade.name): grade.auto_score
            for student in course.submitted.iterdir()
            if (student / name).is_dir()
            for notebook in gradebook.find_submission(name, student.name).notebooks
            for grade in notebook.grades
        }


def test_a_score_that_differs_is_named():
    comparisons = [
        Comparison("ada", "01", {"a": 2, "b": 1}, {"a": 2.0, "b": 0.0}),
        Comparison("ben", "01", None, {"a": 2.0}),
        Comparison("cleo", "01", {"a": 2}, None),
        Comparison("dan", "01", None, None),
        Comparison("eve", "01", {"a": 2}, {"a": 2.0}),
    ]
    assert explain_differences(comparisons) == [
        "ada, 01, b: expected 1 points, got 0",
        "ben, 01: was graded, unlike what was expected",
        "cleo, 01: could not be graded, unlike what was expected",
    ]
    assert [c.right for c in comparisons] == [False, False, False, True, True]


def test_the_demo_ends_with_1_if_a_score_differs(
    released_course, run_course, monkeypatch
):
    works = {
        "ada": {"01_double": Work()},
        "ben": {"01_double": Work(skips=EVERYTHING)},  # must lose, but is not said to
        "cleo": {"01_double": Work(edits=(delete("test_double"),))},
        "dan": {"01_double": Work(edits=(copy_cell("test_double", 0),))},
    }
    monkeypatch.setattr("grading.sample_class.SAMPLE_CLASS", works)
    monkeypatch.setattr("grading.demo.SAMPLE_CLASS", works)
    command = ("--course", released_course.root, "demo", "01_double")
    code, out, err = run_course(*command)
    assert code == 1
    assert "│ ada     │ 3             │" in out
    assert "│ ben     │ 0, expected 3 │" in out
    assert err == "course: ben, 01_double, test_double: expected 3 points, got 0\n"
    del works["ben"]
    code, out, err = run_course(*command)
    assert (code, err) == (0, "")
    assert "all 3 submissions got the points that they must" in out
    report = released_course.root / "build" / "demo" / "build" / "report.html"
    assert f"report:            {report}" in out
