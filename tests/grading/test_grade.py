import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grading.errors import CourseError, GradingFailed, NotReleased, UnknownAssignment
from grading.grade import grade
from grading.outcomes import Progress, State
from grading.release import release

pytestmark = pytest.mark.usefixtures("warm_workers")

NAME = "02_quad"
WRONG = "class Quadruple:\n    def forward(self, x):\n        return double(x)"


@pytest.fixture
def solve_with(find_cell):
    """Return a change of a notebook: another text in the cell `quadruple`."""

    def make(source):
        def change(notebook):
            find_cell(notebook, "quadruple")["source"] = source

        return change

    return make


def points(result):
    return {outcome.grade_id: outcome.points for outcome in result.outcomes}


def states(result):
    return {outcome.grade_id: outcome.state for outcome in result.outcomes}


def nbgrader(course, *arguments):
    """Run nbgrader's own command in the course folder."""
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course.root,
        capture_output=True,
        text=True,
        timeout=300,
    )


def scores(gradebook, name):
    return {
        (entry.student.id, check.name): (check.score, check.needs_manual_grade)
        for entry in gradebook.assignment_submissions(name)
        for notebook in entry.notebooks
        for check in notebook.grades
    }


# Scores ------------------------------------------------------------------------------


def test_a_class_gets_the_points_that_plain_nbgrader_gives(
    released_course, submit, solve_with, gradebook
):
    submit("ada", NAME)
    submit("ben", NAME, solved=())
    submit("cleo", NAME, solved=("quadruple",))
    submit("dan", NAME, solve_with(WRONG))
    submit("eve", NAME, solve_with(WRONG.replace("double(x)", "1 / 0")))
    results = grade(released_course, NAME)
    assert [result.student for result in results] == [
        "ada",
        "ben",
        "cleo",
        "dan",
        "eve",
    ]
    assert [result.progress for result in results] == [Progress.GRADED] * 5
    assert [points(r)["test_quadruple"] for r in results] == [5, 0, 5, 0, 0]
    assert [states(r)["why"] for r in results] == [
        State.WAITING,
        State.NOT_ATTEMPTED,
        State.NOT_ATTEMPTED,
        State.WAITING,
        State.WAITING,
    ]
    ours = scores(gradebook, NAME)
    gradebook.close()
    done = nbgrader(released_course, "autograde", NAME, "--force")
    assert done.returncode == 0, done.stderr
    with Gradebook(f"sqlite:///{released_course.gradebook}") as reopened:
        assert scores(reopened, NAME) == ours


def test_each_check_ends_in_a_state_with_a_message(released_course, submit, solve_with):
    submit("ada", NAME)
    submit("ben", NAME, solved=())
    submit("dan", NAME, solve_with(WRONG))
    submit("eve", NAME, solve_with(WRONG.replace("double(x)", "1 / 0")))
    ada, ben, dan, eve = (r.outcomes[0] for r in grade(released_course, NAME))
    assert (ada.state, ada.message) == (State.PASSED, "")
    assert ben.state == State.NOT_ATTEMPTED
    assert ben.message.startswith("Quadruple.forward still raises NotImplementedError")
    assert dan.state == State.FAILED
    assert "2 times too small" in dan.message
    assert eve.state == State.FAILED
    assert "ZeroDivisionError" in eve.message


def test_a_warning_and_prints_cost_no_points(released_course, submit, solve_with):
    noisy = (
        "import sys, warnings\n"
        "class Quadruple:\n"
        "    def forward(self, x):\n"
        "        warnings.warn('careful')\n"
        "        print('thinking', file=sys.stderr)\n"
        "        np.array([1.0]) / np.array([0.0])\n"
        "        return 4 * x"
    )
    submit("ada", NAME, solve_with(noisy))
    (ada,) = grade(released_course, NAME)
    assert points(ada)["test_quadruple"] == 5


def test_the_course_s_parts_are_used_not_the_student_s(released_course, submit):
    folder = submit("ada", NAME).parent
    (folder / "parts.py").write_text("def double(x):\n    return 0 * x\n")
    (ada,) = grade(released_course, NAME)
    assert points(ada)["test_quadruple"] == 5


# One submission never stops the others ---------------------------------------------


def test_what_cannot_be_graded_stops_nobody_and_says_why(released_course, submit):
    submit("ada", NAME).write_text("not JSON")
    submit("ben", NAME)
    submit("cleo", NAME).unlink()
    ada, ben, cleo = grade(released_course, NAME)
    assert ada.progress == cleo.progress == Progress.NOT_GRADABLE
    assert ada.reason == "02_quad.ipynb is not JSON: Expecting value (line 1)"
    assert cleo.reason == "there is no notebook: expected 02_quad.ipynb"
    assert ada.score is None
    assert points(ben)["test_quadruple"] == 5


def test_a_submission_that_was_put_right_is_graded(released_course, submit):
    path = submit("ada", NAME)
    whole = path.read_text()
    path.write_text("{")
    assert grade(released_course, NAME)[0].progress == Progress.NOT_GRADABLE
    path.write_text(whole)
    (ada,) = grade(released_course, NAME)
    assert (ada.progress, ada.reason) == (Progress.GRADED, "")


def test_a_mangled_notebook_is_graded_after_repair(released_course, submit, find_cell):
    def mangle(notebook):
        again = json.loads(json.dumps(find_cell(notebook, "quadruple")))
        notebook["cells"].append(again | {"id": "again"})
        notebook["cells"].remove(find_cell(notebook, "test_quadruple"))
        notebook["metadata"]["kernelspec"] = {"name": "julia-1.9"}

    submit("ada", NAME, mangle)
    (ada,) = grade(released_course, NAME)
    assert ada.progress == Progress.MENDED
    assert points(ada)["test_quadruple"] == 5
    assert len(ada.fixes) == 3
    assert set(ada.fixes) <= set(ada.notes)


def test_a_process_that_dies_loses_only_the_checks_that_follow(
    released_course, submit, find_cell
):
    def crash(notebook):
        mortal = {"cell_type": "code", "id": "crash", "metadata": {}, "outputs": []}
        mortal |= {"execution_count": None, "source": "import os\nos._exit(3)"}
        notebook["cells"].insert(len(notebook["cells"]) - 1, mortal)

    def crash_early(notebook):
        crash(notebook)
        notebook["cells"].insert(0, notebook["cells"].pop(-2))

    submit("ada", NAME, crash)
    submit("ben", NAME, crash_early)
    submit("cleo", NAME)
    ada, ben, cleo = grade(released_course, NAME)
    assert points(ada)["test_quadruple"] == points(cleo)["test_quadruple"] == 5
    assert points(ben)["test_quadruple"] == 0
    assert states(ben)["test_quadruple"] == State.DIED
    assert "The process died before test_quadruple was done." in ben.notes


def test_an_endless_loop_ends_with_the_time_limit(released_course, submit, solve_with):
    config = released_course.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("timeout = 120", "timeout = 2"))
    endless = "class Quadruple:\n    def forward(self, x):\n        while True: pass"
    submit("ada", NAME, solve_with(endless))
    (ada,) = grade(released_course, NAME)
    assert states(ada)["test_quadruple"] == State.TIMED_OUT
    assert points(ada)["test_quadruple"] == 0


def test_a_submission_that_takes_too_long_in_all_is_stopped(
    released_course, submit, find_cell
):
    config = released_course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc.SealedExecute.total_timeout = 1\n")

    def dawdle(notebook):
        slow = "import time\ntime.sleep(1.5)"
        find_cell(notebook, "imports")["source"] += f"\n{slow}"

    submit("ada", NAME, dawdle)
    (ada,) = grade(released_course, NAME)
    assert states(ada)["test_quadruple"] == State.TIMED_OUT


# What stays ---------------------------------------------------------------------------


def test_submissions_are_never_changed(released_course, submit, content):
    submit("ada", NAME)
    submit("ben", NAME).write_text("{")
    before = content(released_course.submitted)
    grade(released_course, NAME)
    assert content(released_course.submitted) == before
    assert list(released_course.build.iterdir()) == []


def test_an_unchanged_submission_is_not_graded_twice(released_course, submit):
    path = submit("ada", NAME)
    submit("ben", NAME)
    graded = []

    def note(result, now):
        graded.append((result.student, now))

    grade(released_course, NAME, on_done=note)
    path.write_text(path.read_text().replace("two times two", "2 times 2"))
    grade(released_course, NAME, on_done=note)
    grade(released_course, NAME, on_done=note, force=True, students=["ben"])
    assert sorted(graded[:2]) == [("ada", True), ("ben", True)]
    assert sorted(graded[2:4]) == [("ada", True), ("ben", False)]
    assert graded[4:] == [("ben", True)]


def test_a_new_release_means_new_grades(released_course, submit, editing):
    submit("ada", NAME)
    starts = []

    def grade_again():
        (ada,) = grade(released_course, NAME, on_start=starts.append)
        return points(ada)["test_quadruple"]

    assert grade_again() == 5
    with editing(released_course.source_notebook(NAME)) as cells:
        test = cells["test_quadruple"]
        test["source"] = test["source"].replace("-13.0", "-14.0")
    assert grade_again() == 5
    release(released_course, [NAME])
    assert grade_again() == 0
    assert [start.total for start in starts] == [1, 1, 1]
    changed = [start.changed_tests for start in starts]
    assert changed == [[], ["test_quadruple"], []]


def test_manual_grades_and_comments_survive_grading_again(
    released_course, submit, gradebook
):
    submit("ada", NAME)
    grade(released_course, NAME)
    given = gradebook.find_grade("why", NAME, NAME, "ada")
    given.manual_score, given.needs_manual_grade = 1.5, False
    gradebook.find_comment("why", NAME, NAME, "ada").manual_comment = "Nearly."
    gradebook.db.commit()
    (ada,) = grade(released_course, NAME)
    assert points(ada) == {"test_quadruple": 5, "why": 1.5}
    assert states(ada)["why"] == State.PARTLY
    assert ada.score == 6.5
    (ada,) = grade(released_course, NAME, force=True)
    assert points(ada) == {"test_quadruple": 5, "why": 1.5}
    assert states(ada)["why"] == State.WAITING
    gradebook.db.expire_all()
    assert gradebook.find_comment("why", NAME, NAME, "ada").comment == "Nearly."


def test_a_failed_second_try_keeps_the_first_grade(
    released_course, submit, gradebook, content
):
    path = submit("ada", NAME)
    grade(released_course, NAME)
    before = content(released_course.autograded / "ada")
    path.write_text("{")
    assert grade(released_course, NAME)[0].progress == Progress.NOT_GRADABLE
    assert content(released_course.autograded / "ada") == before
    assert gradebook.find_submission(NAME, "ada").score == 5


def test_odd_student_names_are_no_patterns(released_course, submit):
    for student in ("a*", "a[b]", "Jörg Æ", "x+y"):
        submit(student, NAME)
    results = grade(released_course, NAME, students=["a*", "x+y", "a[b]", "Jörg Æ"])
    assert [points(r)["test_quadruple"] for r in results] == [5, 5, 5, 5]
    assert (released_course.autograded / "a[b]" / NAME / f"{NAME}.ipynb").is_file()


# What is wrong ------------------------------------------------------------------------


def test_grading_before_releasing_says_what_to_do(course):
    with pytest.raises(NotReleased) as stopped:
        grade(course, NAME)
    assert str(stopped.value) == (
        "nothing has been released: there is no gradebook.db yet; "
        "run `course release` first"
    )
    release(course, ["01_double"])
    with pytest.raises(NotReleased) as stopped:
        grade(course, NAME)
    assert str(stopped.value) == (
        "02_quad has not been released: run `course release 02_quad` first"
    )


def test_a_release_that_is_missing_or_of_another_time_is_named(
    released_course, editing
):
    notebook = released_course.release_notebook(NAME)
    with editing(notebook) as cells:
        cells["test_quadruple"]["metadata"]["nbgrader"]["grade_id"] = "test_other"
    with pytest.raises(NotReleased, match="release/02_quad has other cells than the"):
        grade(released_course, NAME)
    notebook.unlink()
    with pytest.raises(NotReleased, match="02_quad has no student version in release/"):
        grade(released_course, NAME)


def test_an_unknown_assignment_is_named(released_course):
    with pytest.raises(UnknownAssignment, match="did you mean '02_quad'"):
        grade(released_course, "02_quads")


def test_no_submissions_is_an_error(released_course):
    with pytest.raises(CourseError, match="no submissions for 02_quad"):
        grade(released_course, NAME)


def test_a_gradebook_that_is_none_is_named(released_course, submit):
    submit("ada", NAME)
    released_course.gradebook.write_bytes(b"this is no database" * 100)
    with pytest.raises(
        GradingFailed, match=r"gradebook.db cannot be used: .* database"
    ):
        grade(released_course, NAME)


# The command --------------------------------------------------------------------------


def test_the_command_shows_a_table_and_ends_with_0(
    released_course, submit, run_course, monkeypatch
):
    submit("ada", NAME)
    submit("ben", NAME, solved=())
    monkeypatch.chdir(released_course.submitted)
    code, out, err = run_course("grade", NAME)
    assert (code, err) == (0, "")
    assert "│ ada     │   5/7 │ why waits for grading by hand." in out
    assert "│ ben     │   0/7 │" in out
    code, out, err = run_course("grade", NAME, "--students", "ben")
    assert code == 0
    assert "all unchanged since they were graded (--force grades again)" in out
    assert "ada" not in out


def test_the_command_ends_with_1_if_one_could_not_be_graded(
    released_course, submit, run_course
):
    submit("ada", NAME)
    submit("ben", NAME).write_text("{")
    code, out, err = run_course("--course", released_course.root, "grade", NAME)
    assert code == 1
    assert "│ ada     │   5/7 │" in out
    assert "│ ben     │     - │ Could not be graded: 02_quad.ipynb is not JSON" in out
    assert err == "course: 1 of 2 could not be graded: ben\n"


def test_the_command_warns_of_tests_that_are_newer_than_the_release(
    released_course, submit, run_course, editing
):
    submit("ada", NAME)
    with editing(released_course.source_notebook(NAME)) as cells:
        cells["test_quadruple"]["source"] += "\n# stricter"
    code, _, err = run_course("--course", released_course.root, "grade", NAME)
    assert code == 0
    assert err == (
        "course: the source now has other tests for test_quadruple; "
        "run `course release 02_quad` to grade with them\n"
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["grade", "02_quads"], "no assignment named '02_quads': did you mean"),
        (["grade", "01_double"], "no submissions for 01_double: expected them in"),
        (["grade", NAME, "-s", "ad"], "no submission of 'ad' for 02_quad: did you"),
    ],
)
def test_the_command_says_what_is_wrong_in_a_line(
    released_course, submit, run_course, arguments, complaint
):
    submit("ada", NAME)
    code, out, err = run_course("--course", released_course.root, *arguments)
    assert (code, out) == (1, "")
    assert err.startswith(f"course: {complaint}")
    assert err.count("\n") == 1


# nbgrader's own commands --------------------------------------------------------------


def test_nbgrader_validate_accepts_a_solved_notebook(released_course, submit):
    path = submit("ada", "01_double")
    done = nbgrader(released_course, "validate", str(path))
    assert "Success! Your notebook passes all the tests." in done.stdout


def test_nbgrader_validate_explains_itself_on_an_untouched_notebook(released_course):
    path = released_course.release_notebook("01_double")
    done = nbgrader(released_course, "validate", str(path))
    assert "VALIDATION FAILED ON 1 CELL(S)" in done.stdout
    assert "check_double: not attempted yet. Run that check for the details." in (
        done.stdout
    )


def test_the_formgrader_lists_what_was_graded(released_course, submit):
    from nbgrader.apps.api import NbGraderAPI

    submit("ada", NAME)
    grade(released_course, NAME)
    config = released_course.nbgrader_config()
    here = Path.cwd()
    os.chdir(released_course.root)
    try:
        api = NbGraderAPI(config=config)
        assert api.get_autograded_students(NAME) == {"ada"}
        submission = api.get_submission(NAME, "ada")
    finally:
        os.chdir(here)
    assert (submission["score"], submission["max_score"]) == (5, 7)
    assert submission["needs_manual_grade"]
