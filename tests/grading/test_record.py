"""What is written to the gradebook and to autograded/, with execution left out."""

import datetime
import json
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from sqlalchemy import event
from sqlalchemy.engine import Engine

from grading.errors import GradingFailed
from grading.grade import grade
from grading.notebooks import read_notebook
from grading.outcomes import Progress, State, graded_notebook, unfinished_folder
from tests.grading.standin import PlainExecutor, fail, judge

NAME = "02_quad"
SOLVED = (("quadruple",), (), ("quadruple", "why"))
DRIVER = Path(__file__).with_name("kill_grading.py")


@pytest.fixture
def record(released_course):
    """Grade the class without running anything; `answer` gives a task's result."""

    def run(answer=None, **options):
        return grade(released_course, NAME, executor=PlainExecutor(answer), **options)

    return run


@pytest.fixture
def grades_of(gradebook):
    """Return a student's grades in the gradebook, by grade id."""

    def read(student):
        gradebook.db.expire_all()
        entry = gradebook.find_submission_notebook(NAME, NAME, student)
        return {grade.name: grade for grade in entry.grades}

    return read


def configure(course, *lines):
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write("\n" + "\n".join(lines) + "\n")


def answer_with(outputs, state="passed"):
    """Return a function that gives these outputs for the graded cell."""

    def answer(task):
        result = judge(task)
        place = [cell["kind"] for cell in task["cells"]].index("graded")
        result["outputs"][place] = outputs
        result["checks"] = [
            {"grade_id": "test_quadruple", "state": state, "reason": "so it is"}
        ]
        return result

    return answer


def show(value):
    data = {"data": {"text/plain": value}, "metadata": {}, "execution_count": 1}
    return {"output_type": "execute_result"} | data


# As nbgrader's own autograding ---------------------------------------------------


def read_all(url):
    """Return all that a formgrader shows of a class."""
    with Gradebook(url) as gradebook:
        return {
            submission.student.id: (
                submission.timestamp,
                submission.needs_manual_grade,
                [
                    (
                        notebook.name,
                        notebook.late_submission_penalty,
                        notebook.failed_tests,
                        {g.name: read_columns(g) for g in notebook.grades},
                        {c.name: read_columns(c) for c in notebook.comments},
                    )
                    for notebook in submission.notebooks
                ],
            )
            for submission in gradebook.assignment_submissions(NAME)
        }


def read_columns(row):
    columns = {column.name: getattr(row, column.name) for column in row.__table__.c}
    return {k: v for k, v in columns.items() if not k.endswith("id")}


def simplify(cell):
    cell = dict(cell)
    outputs = cell.pop("outputs", [])
    cell["metadata"] = {"nbgrader": cell["metadata"].get("nbgrader")}
    return cell, [(o["output_type"], o.get("ename")) for o in outputs]


def test_everything_is_recorded_as_by_nbgraders_autograde(
    released_course, submit, find_cell
):
    def edit(notebook):
        find_cell(notebook, "test_quadruple")["source"] += "\n0.5"

    configure(
        released_course,
        'c.LateSubmissionPlugin.penalty_method = "zero"',
        # nbgrader's own autograding, from reading to recording, with a kernel.
        "import sys",
        'if "autograde" in sys.argv:',
        "    del c.Autograde.sanitize_preprocessors",
        "    del c.Autograde.autograde_preprocessors",
    )
    folder = submit("ada", NAME).parent
    (folder / "timestamp.txt").write_text("2024-02-03 04:05:06 UTC")
    (folder / "notes").mkdir()
    (folder / "notes" / "mine.txt").write_text("mine")
    submit("ben", NAME, solved=())
    submit("cleo", NAME, edit)
    url = f"sqlite:///{released_course.gradebook}"
    with Gradebook(url, "neural_networks_by_hand") as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2024-02-01 00:00:00 UTC")

    def see():
        notebooks = {
            student: read_notebook(graded_notebook(released_course, NAME, student))
            for student in ("ada", "ben", "cleo")
        }
        files = {
            (path.relative_to(released_course.autograded), stat.S_IMODE(mode))
            for path in released_course.autograded.rglob("*")
            if "__pycache__" not in path.parts  # a kernel imported `parts.py`
            if path.is_file() and (mode := path.stat().st_mode)
        }
        cells = {s: list(map(simplify, n["cells"])) for s, n in notebooks.items()}
        return read_all(url), files, cells

    grade(released_course, NAME)
    ours = see()
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", NAME, "--force"],
        cwd=released_course.root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    theirs = see()
    assert ours[0] == theirs[0]
    assert ours[1] == theirs[1]
    assert ours[2] == theirs[2]
    assert ours[0]["ada"][2][0][1] == 5.0  # the penalty takes all points


# What gives points ---------------------------------------------------------------


def test_a_checks_own_value_is_partial_credit(submit, record, grades_of):
    submit("ada", NAME)
    (ada,) = record(answer_with([show("2.5")]))
    assert (ada.outcomes[0].points, ada.outcomes[0].state) == (2.5, State.PARTLY)
    assert grades_of("ada")["test_quadruple"].auto_score == 2.5


@pytest.mark.parametrize(
    ("outputs", "state"),
    [
        ([], "failed"),
        ([], "timed out"),
        ([], "died"),
        ([], "a state that nobody knows"),
        ([show("2.5")], "failed"),
        ([show("2.5"), fail("test_quadruple: not right yet. No.")], "failed"),
        ([fail("test_quadruple: not right yet. No.")], "passed"),
        ([show("17")], "passed"),
        ([show("")], "passed"),
    ],
)
def test_only_a_check_that_was_run_and_passed_gives_points(
    submit, record, grades_of, outputs, state
):
    submit("ada", NAME)
    (ada,) = record(answer_with(outputs, state))
    assert ada.outcomes[0].points == 0
    assert not grades_of("ada")["test_quadruple"].needs_manual_grade


def test_a_check_that_the_result_does_not_mention_gives_no_points(submit, record):
    submit("ada", NAME)
    (ada,) = record(lambda task: judge(task) | {"checks": []})
    assert ada.outcomes[0].points == 0
    assert ada.outcomes[0].message == "This check was not run."


def test_stderr_of_a_passed_check_costs_nothing(submit, record):
    submit("ada", NAME)
    warning = {"output_type": "stream", "name": "stderr", "text": "careful"}
    (ada,) = record(answer_with([warning]))
    assert ada.outcomes[0].points == 5


def test_a_number_at_the_end_of_a_students_cell_is_no_score(submit, record, find_cell):
    def change(notebook):
        find_cell(notebook, "quadruple")["source"] = "3.5"

    def answer(task):
        result = judge(task)
        for cell, outputs in zip(task["cells"], result["outputs"], strict=True):
            if cell["kind"] == "student":
                outputs.append(show("3.5"))
        return result

    submit("ada", NAME, change)
    (ada,) = record(answer)
    assert ada.outcomes[0].points == 0


def test_a_result_of_another_notebook_is_refused(submit, record, released_course):
    submit("ada", NAME)
    (ada,) = record(lambda task: judge(task) | {"outputs": []})
    assert ada.progress == Progress.NOT_GRADABLE
    assert ada.reason.startswith("the grader itself went wrong, see build/grade.log: ")
    log = (released_course.build / "grade.log").read_text()
    assert log.startswith("02_quad, ada\nTraceback")


def test_text_that_no_file_can_hold_is_replaced(submit, record, released_course):
    submit("ada", NAME)
    odd = {"output_type": "stream", "name": "stdout", "text": "a\ud800b"}
    (ada,) = record(answer_with([odd]))
    assert ada.outcomes[0].points == 5
    path = graded_notebook(released_course, NAME, "ada")
    nbformat.validate(nbformat.read(path, as_version=4))


# What a person gave stays --------------------------------------------------------


def test_what_was_graded_by_hand_stays_and_is_looked_at_again(
    submit, record, grades_of, gradebook
):
    path = submit("ada", NAME)
    record()
    grades = grades_of("ada")
    grades["why"].manual_score, grades["why"].needs_manual_grade = 1.5, False
    grades["test_quadruple"].extra_credit = 0.5
    grades["test_quadruple"].manual_score = 4.0
    gradebook.find_comment("why", NAME, NAME, "ada").manual_comment = "Nearly."
    gradebook.db.commit()
    (ada,) = record()
    assert ada.score == 6
    path.write_text(path.read_text().replace("double(double(x))", "double(x)"))
    (ada,) = record()
    grades = grades_of("ada")
    assert (grades["why"].manual_score, grades["why"].needs_manual_grade) == (1.5, True)
    check = grades["test_quadruple"]
    assert (check.auto_score, check.manual_score, check.extra_credit) == (0, 4, 0.5)
    assert check.needs_manual_grade
    assert gradebook.find_comment("why", NAME, NAME, "ada").comment == "Nearly."


def test_an_untouched_answer_gets_no_points_and_says_so(submit, record, gradebook):
    submit("ada", NAME, solved=("quadruple",))
    (ada,) = record()
    assert ada.outcomes[1].state == State.NOT_ATTEMPTED
    comment = gradebook.find_comment("why", NAME, NAME, "ada").comment
    assert comment == "No response."


# Late work -----------------------------------------------------------------------


def test_late_work_is_punished_by_the_courses_own_rule(
    released_course, submit, record, gradebook
):
    rule = released_course.root / "late_rule.py"
    rule.write_text(
        "from nbgrader.plugins import BasePlugin\n"
        "class Rule(BasePlugin):\n"
        "    def late_submission_penalty(self, student_id, score, seconds):\n"
        "        return {'ada': 2.0, 'ben': 99.0, 'cleo': -1.0}.get(student_id)\n"
    )
    configure(
        released_course,
        "import sys",
        f"sys.path.append({str(released_course.root)!r})",
        "from late_rule import Rule",
        "c.AssignLatePenalties.plugin_class = Rule",
    )
    gradebook.update_or_create_assignment(NAME, duedate="2024-02-01 00:00:00 UTC")
    for student in ("ada", "ben", "cleo", "dan", "eve"):
        folder = submit(student, NAME).parent
        day = 1 if student == "eve" else 2
        (folder / "timestamp.txt").write_text(f"2024-0{day}-02 00:00:00 UTC")
    results = {r.student: r for r in record()}
    penalties = {student: r.late_penalty for student, r in results.items()}
    assert penalties == {"ada": 2, "ben": 5, "cleo": 0, "dan": 0, "eve": 0}
    assert results["ada"].score == 3
    handed_in = gradebook.find_submission(NAME, "ada").timestamp
    assert handed_in == datetime.datetime(2024, 2, 2)


# Nothing half done ---------------------------------------------------------------


def test_a_locked_gradebook_stops_grading_and_leaves_no_trace(
    released_course, submit, record, content
):
    submit("ada", NAME)
    record()
    submit("ben", NAME)
    before = content(released_course.autograded)
    other = sqlite3.connect(released_course.gradebook)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(GradingFailed) as stopped:
        record()
    other.rollback()
    assert str(stopped.value) == (
        "gradebook.db cannot be written: database is locked; "
        "is it open in another program?"
    )
    assert content(released_course.autograded) == before
    assert [r.score for r in record()] == [5, 5]


def test_a_full_disk_stops_grading_and_leaves_no_trace(
    released_course, submit, record, content
):
    def forbid_growth(connection, _):
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    submit("ada", NAME)
    record()
    before = content(released_course.autograded)
    for number in range(50):
        submit(f"student {number:02}", NAME)
    event.listen(Engine, "connect", forbid_growth)
    try:
        with pytest.raises(GradingFailed, match=r"cannot be written: .* disk is full"):
            record()
    finally:
        event.remove(Engine, "connect", forbid_growth)
    after = content(released_course.autograded)
    assert {path: after[path] for path in before} == before
    assert not (released_course.autograded / ".unfinished").exists()
    assert [result.score for result in record()] == [5] * 51


def test_a_gradebook_that_was_put_back_is_brought_up_to_date(
    released_course, submit, record
):
    path = submit("ada", NAME)
    whole = path.read_text()
    path.write_text(whole.replace("double(double(x))", "double(x)"))
    copies = [released_course.gradebook.read_bytes()]
    record()
    copies.append(released_course.gradebook.read_bytes())
    path.write_text(whole)
    record()
    for copy in copies:  # without ada, and with her first try
        released_course.gradebook.write_bytes(copy)
        done = []
        (ada,) = record(on_done=lambda result, now, done=done: done.append(now))
        assert (done, ada.score) == ([True], 5)


def test_a_graded_notebook_that_was_damaged_is_made_again(
    released_course, submit, record
):
    submit("ada", NAME)
    record()
    path = graded_notebook(released_course, NAME, "ada")
    path.chmod(0o644)
    path.write_text("{")
    done = []
    record(on_done=lambda result, now: done.append((result.student, now)))
    assert done == [("ada", True)]


def test_a_file_that_a_student_put_in_the_way_of_the_courses_is_left_out(
    released_course, submit, record
):
    folder = submit("ada", NAME).parent
    (folder / "parts.py").mkdir()
    (folder / "parts.py" / "mine.txt").write_text("mine")
    (ada,) = record()
    assert ada.outcomes[0].points == 5
    graded = graded_notebook(released_course, NAME, "ada").parent
    assert {path.name for path in graded.iterdir()} == {"parts.py", f"{NAME}.ipynb"}


def test_a_bug_of_the_grader_costs_one_submission(
    submit, record, monkeypatch, released_course
):
    from grading import class_run

    real = class_run.mend

    def mend(folder, name, released):
        if folder.parent.name == "ben":
            raise KeyError("a bug")
        return real(folder, name, released)

    for student in ("ada", "ben", "cleo"):
        submit(student, NAME)
    monkeypatch.setattr(class_run, "mend", mend)
    ada, ben, cleo = record()
    assert ada.score == cleo.score == 5
    assert ben.reason == (
        "the grader itself went wrong, see build/grade.log: KeyError: 'a bug'"
    )


def test_a_second_run_at_the_same_time_is_refused(released_course, submit, record):
    submit("ada", NAME)
    refused = []

    def start_again(start):
        with pytest.raises(GradingFailed) as stopped:
            record()
        refused.append(str(stopped.value))

    record(on_start=start_again)
    assert refused == ["this course is being graded already; wait until that is done"]


# Killed --------------------------------------------------------------------------


def kill(released_course, *arguments):
    """Kill grading over and over; return what the driver saw of it."""
    done = subprocess.run(
        [sys.executable, DRIVER, released_course.root, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=3000,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_a_killed_run_left_goes_and_is_graded_again(
    released_course, submit, record
):
    submit("ada", NAME)
    record()
    left = unfinished_folder(released_course, NAME, "ada")
    left.mkdir(parents=True)
    (left / f"{NAME}.ipynb").write_text("{")
    done = []
    record(on_done=lambda result, now: done.append(now))
    record(on_done=lambda result, now: done.append(now))
    assert done == [True, False]
    assert not (released_course.autograded / ".unfinished").exists()


def test_killed_at_any_line_of_the_recorder_nothing_is_lost(
    released_course, submit, record
):
    submit("ada", NAME, solved=())
    submit("ben", NAME, solved=("quadruple",))
    record()
    step = int(os.environ.get("NN_KILL_EVERY", 12))
    seen = kill(released_course, "lines", step)
    assert seen["killed"] > 100 / step
    assert seen["wrong"] == []


def test_a_class_that_is_killed_at_random_is_graded_in_the_end(
    released_course, submit, record
):
    for number in range(100):
        submit(f"student {number:02}", NAME, solved=SOLVED[number % 3])
    moments = int(os.environ.get("NN_KILLS", 6))
    seen = kill(released_course, "moments", moments)
    assert seen["killed"] == moments
    assert seen["wrong"] == []
