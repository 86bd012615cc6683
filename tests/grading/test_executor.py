"""Execution in worker processes: what goes there, and what happens when one dies."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future
from pathlib import Path

import pytest

from grading import executor
from grading.errors import GradingStopped
from grading.executor import WorkerPool, execute_all
from grading.grade import grade
from grading.outcomes import Progress
from tests.grading import standin
from tests.grading.standin import PlainExecutor

NAME = "02_quad"


@pytest.fixture
def light_workers(monkeypatch):
    """Let the workers judge by the text, as in `standin`."""
    monkeypatch.setattr(executor, "_set_up_worker", standin.set_up_worker)
    monkeypatch.setattr(executor, "run_task", standin.run_in_worker)


def append(text):
    def change(notebook):
        notebook["cells"][1]["source"] += f"\n{text}"

    return change


# What goes there -----------------------------------------------------------------


def test_nothing_but_plain_data_goes_to_an_executor(released_course, submit):
    folder = submit("ada", NAME).parent
    (folder / "data.csv").write_text("1,2")
    strict = PlainExecutor()
    (ada,) = grade(released_course, NAME, executor=strict)
    assert ada.score == 5
    (task,) = strict.tasks
    assert set(task) == {
        *("assignment", "cells", "given", "files", "judge_files"),
        *("limits", "isolation", "hidden"),
    }
    assert task["hidden"] == [str(released_course.root)]


def test_the_task_holds_what_the_student_wrote_and_what_the_course_gave(
    released_course, submit, find_cell
):
    def change(notebook):
        find_cell(notebook, "check_quadruple")["source"] = "mine = 1"
        find_cell(notebook, "test_quadruple")["source"] = "assert True"

    folder = submit("ada", NAME, change).parent
    (folder / "parts.py").write_text("mine")
    (folder / "data.csv").write_text("1,2")
    strict = PlainExecutor()
    grade(released_course, NAME, executor=strict)
    (task,) = strict.tasks
    kinds = [(cell["kind"], cell["grade_id"]) for cell in task["cells"]]
    assert kinds == [
        ("text", None),
        ("student", None),
        ("student", "quadruple"),
        ("student", None),
        ("graded", "test_quadruple"),
        ("text", "why_question"),
        ("text", "why"),
    ]
    assert task["cells"][3]["source"] == "mine = 1"
    kinds = [(cell["kind"], cell["grade_id"]) for cell in task["given"]]
    assert kinds == [
        ("given", None),
        ("solution", "quadruple"),
        ("given", None),
        ("graded", "test_quadruple"),
    ]
    test = task["given"][3]["source"]
    assert "-13.0" in test
    assert "secret" not in "".join(cell["source"] for cell in task["given"])
    parts = (released_course.source / NAME / "parts.py").read_bytes()
    assert task["files"] == {"parts.py": parts, "data.csv": b"1,2"}
    assert task["judge_files"] == {"parts.py": parts}


def test_limits_come_from_the_configuration_and_from_the_caller(
    released_course, submit
):
    with (released_course.root / "nbgrader_config.py").open("a") as config:
        config.write("\nc.SealedExecute.memory = 512\n")
    submit("ada", NAME)
    strict = PlainExecutor()
    grade(released_course, NAME, executor=strict, limits={"total": 7.0})
    limits = strict.tasks[0]["limits"]
    assert (limits["cell"], limits["total"]) == (120, 7)
    assert limits["memory"] == 512 * 2**20


def test_files_that_are_too_large_are_refused(released_course, submit):
    folder = submit("ada", NAME).parent
    with (folder / "huge.bin").open("wb") as file:
        file.truncate(300 * 2**20)
    (ada,) = grade(released_course, NAME, executor=PlainExecutor())
    assert ada.reason == (
        "the files beside the notebook take 300 MB: at most 256 MB are graded"
    )


def test_only_a_few_tasks_wait_at_a_time():
    class Slow(Executor):
        waiting = most = 0

        def submit(self, fn, /, task):
            self.futures.append(Future())
            self.most = max(self.most, len(self.futures))
            if len(self.futures) == 4:
                for future in self.futures:
                    future.set_result(task)
                self.futures = []
                return future
            return self.futures[-1]

    slow = Slow()
    slow.futures = []
    tasks = ((number, {}) for number in range(20))
    options = {"replace": None, "jobs": 2, "patience": 60, "check": lambda: None}
    done = list(execute_all(slow, tasks, **options))
    assert sorted(key for key, _ in done) == list(range(20))
    assert slow.most == 4


# What happens when one dies ------------------------------------------------------


@pytest.mark.usefixtures("light_workers")
def test_a_worker_that_dies_costs_the_submission_that_killed_it(
    released_course, submit
):
    for number in range(8):
        kill = append("# kill the worker") if number == 3 else None
        submit(f"student {number}", NAME, kill)
    results = grade(released_course, NAME, jobs=2)
    assert [r.student for r in results if r.progress != Progress.GRADED] == [
        "student 3"
    ]
    assert results[3].reason == "the grading process died"
    assert {r.score for r in results if r.student != "student 3"} == {5}


@pytest.mark.usefixtures("light_workers")
def test_an_executor_of_the_callers_that_breaks_is_replaced(released_course, submit):
    for student in ("ada", "ben"):
        submit(student, NAME)
    with WorkerPool(1) as pool:
        broken = pool._pool
        for process in pool._context.started:
            process.kill()
        broken.submit(os.getpid).exception()
        results = grade(released_course, NAME, executor=broken)
    assert [result.score for result in results] == [5, 5]


@pytest.mark.usefixtures("light_workers")
def test_a_worker_that_hangs_is_given_up(released_course, submit, monkeypatch):
    monkeypatch.setattr("grading.class_run._MARGIN", 2)
    submit("ada", NAME, append("# hang the worker"))
    submit("ben", NAME)
    ada, ben = grade(released_course, NAME, jobs=1, limits={"total": 1.0})
    assert ada.reason == "the grading process died"
    assert ben.score == 5


@pytest.mark.usefixtures("light_workers")
def test_a_fault_of_the_engine_costs_one_submission(released_course, submit):
    submit("ada", NAME, append("# a fault of the engine"))
    submit("ben", NAME)
    ada, ben = grade(released_course, NAME)
    assert ada.reason == (
        "the grader itself went wrong, see build/grade.log: RuntimeError: a fault"
    )
    assert ben.score == 5


# Stopping ------------------------------------------------------------------------


def find_descendants(process):
    """Return the processes that one has started, and those that these have started."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            status = path.read_text()
        except OSError:  # it has ended
            continue
        parents[path.parent] = int(re.search(r"^PPid:\s*(\d+)", status, re.M)[1])
    found = {Path("/proc", str(process.pid))}
    while more := {p for p in parents if parents[p] in map(pid, found)} - found:
        found |= more
    return found - {Path("/proc", str(process.pid))}


def pid(path):
    return int(path.name)


@pytest.fixture
def start_grading(released_course, submit):
    """Start `course grade` on a class; return once the first is graded.

    The others take a minute each.
    """
    running = []

    def start():
        nap = append("import time; time.sleep(60)")
        for number in range(6):
            submit(f"student {number}", NAME, *([nap] if number else []))
        process = subprocess.Popen(
            [
                Path(sys.executable).with_name("course"),
                *("--course", released_course.root, "grade", NAME, "--jobs", "1"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        running.append(process)
        graded = released_course.autograded.glob("*/*/*.ipynb")
        end = time.monotonic() + 200
        while not any(graded) and time.monotonic() < end:
            time.sleep(0.1)
            graded = released_course.autograded.glob("*/*/*.ipynb")
        return process

    yield start
    for process in running:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_until_gone(processes):
    end = time.monotonic() + 20
    while any(map(Path.exists, processes)) and time.monotonic() < end:
        time.sleep(0.1)
    return not any(map(Path.exists, processes))


def test_ctrl_c_says_what_is_left_and_leaves_no_process(
    released_course, start_grading, submit
):
    process = start_grading()
    started = find_descendants(process)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    done = re.fullmatch(
        r"course: stopped: ([01]) of 6 are done, (\d) are left; the same command "
        r"grades the rest\n",
        err,
    )
    assert done, err
    assert int(done[1]) + int(done[2]) == 6
    assert out == ""
    assert wait_until_gone(started)
    for number in range(1, 6):
        submit(f"student {number}", NAME)
    results = grade(released_course, NAME, executor=PlainExecutor())
    assert [result.score for result in results] == [5] * 6


def test_a_ctrl_c_that_python_loses_stops_grading_too(
    released_course, submit, monkeypatch
):
    lost = []
    monkeypatch.setattr(sys, "unraisablehook", lambda it: lost.append(it.exc_type))

    class Losing:
        def __del__(self):  # what is raised in here goes nowhere
            signal.raise_signal(signal.SIGINT)

    def lose(*_):
        Losing()

    for student in ("ada", "ben", "cleo"):
        submit(student, NAME)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(GradingStopped, match="stopped: 1 of 3 are done, 2 are left"):
        grade(released_course, NAME, executor=PlainExecutor(), on_done=lose)
    assert lost == [KeyboardInterrupt]
    assert signal.getsignal(signal.SIGINT) is before


def test_when_grading_is_killed_its_workers_end(start_grading):
    process = start_grading()
    started = find_descendants(process)
    assert len(started) > 2
    process.kill()
    assert wait_until_gone(started)
