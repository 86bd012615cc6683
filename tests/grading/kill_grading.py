"""Kill grading, as often as is wanted, and see that nothing is lost.

    python kill_grading.py COURSE lines STEP      at every STEP-th line of the recorder
    python kill_grading.py COURSE moments COUNT   at random, in one class

It prints, as JSON, how often grading was killed and what went wrong. Each run is a
process that is forked after the slow imports.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from grading import class_run, record  # noqa: F401  (imported before the forks)
from grading.course import Course
from grading.grade import grade
from grading.notebooks import read_notebook
from tests.grading.standin import PlainExecutor

NAME = "02_quad"


def main(root, how, number):
    kill = {"lines": kill_at_lines, "moments": kill_at_moments}[how]
    killed, wrong = kill(Course.at(root), int(number))
    print(json.dumps({"killed": killed, "wrong": wrong}))


def kill_at_lines(course, step):
    """Kill the second grading of a class that has changed, on copies of it."""
    killed, wrong = 0, []
    give_by_hand(course)
    swap_submissions(course)
    for line in range(1, 10**6, step):
        copy = course.root.with_name("killed")
        shutil.copytree(course.root, copy)
        trial = Course.at(copy)
        status = in_fork(lambda trial=trial, line=line: run(trial, kill_at=line))
        killed += os.WIFSIGNALED(status)
        wrong += [f"line {line}: {what}" for what in inspect(trial)]
        again = in_fork(lambda trial=trial: run(trial))
        if again != 0:
            wrong.append(f"line {line}: the next run failed")
        wrong += [f"line {line}, then: {what}" for what in inspect_end(trial)]
        shutil.rmtree(copy)
        if not os.WIFSIGNALED(status):
            return killed, wrong
    raise RuntimeError("it never came to an end")


def kill_at_moments(course, count):
    """Kill the grading of one class again and again, then let it finish."""
    rng = random.Random(1815)
    begin = time.monotonic()
    copy = course.root.with_name("whole")
    shutil.copytree(course.root, copy)
    whole = Course.at(copy)
    if in_fork(lambda: run(whole)) != 0:
        return 0, ["grading failed"]
    seconds = time.monotonic() - begin
    wrong = []
    for number in range(count):
        status = in_fork(lambda: run(course), rng.uniform(0.02, 1.5 * seconds / count))
        if not os.WIFSIGNALED(status):
            wrong.append(f"kill {number}: it was done before")
        wrong += [f"kill {number}: {what}" for what in inspect(course)]
    if in_fork(lambda: run(course)) != 0:
        wrong.append("the last run failed")
    wrong += inspect(course)
    if read_scores(course) != read_scores(whole):
        wrong.append("other scores than without a kill")
    if list_files(course) != list_files(whole):
        wrong.append("other files than without a kill")
    return count, wrong


def run(course, kill_at=None):
    """Grade; at the line of that number in the recorder the process is killed."""
    if kill_at:
        left = kill_at

        def trace(frame, event, argument):
            nonlocal left
            if frame.f_code.co_filename != record.__file__:
                return None
            if event == "line":
                left -= 1
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
    grade(course, NAME, executor=PlainExecutor())


def in_fork(work, seconds=None):
    """Do `work` in a process, which is killed after some seconds; return its status."""
    process = os.fork()
    if not process:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(process, signal.SIGKILL)
    return os.waitpid(process, 0)[1]


def inspect(course):
    """Return what is wrong with a course after a kill."""
    wrong = []
    (sound,) = query(course, "PRAGMA integrity_check")[0]
    if sound != "ok":
        wrong.append(f"the gradebook is damaged: {sound}")
    unfinished = course.autograded / ".unfinished" / NAME
    unfinished = {path.name for path in unfinished.glob("*")}
    scores = read_scores(course)
    for path in course.autograded.glob(f"*/{NAME}/{NAME}.ipynb"):
        student = path.parents[1].name
        noted = read_notebook(path)["metadata"]["course"]["scores"]
        if student not in unfinished and noted != scores[student]:
            wrong.append(f"{student}: gradebook and notebook differ")
    return wrong


def inspect_end(course):
    """Return what is wrong after the next run of the class of two."""
    scores, wrong = read_scores(course), inspect(course)
    if [scores[s]["test_quadruple"] for s in ("ada", "ben")] != [5.0, 0.0]:
        wrong.append(f"wrong scores: {scores}")
    if query(course, "SELECT manual_score FROM grade WHERE manual_score > 0") != [
        (1.5,)
    ]:
        wrong.append("the grade given by hand is lost")
    wrong += [f"{p} was left" for p in list_files(course) if "unfinished" in p]
    if len(list_files(course)) != 2 * 2:
        wrong.append(f"files: {list_files(course)}")
    return wrong


def give_by_hand(course):
    connection = sqlite3.connect(course.gradebook)
    (grade,) = connection.execute(
        "SELECT grade.id FROM grade JOIN base_cell ON base_cell.id = grade.cell_id "
        "WHERE name = 'why'"
    ).fetchone()
    connection.execute("UPDATE grade SET manual_score = 1.5 WHERE id = ?", (grade,))
    connection.commit()
    connection.close()


def swap_submissions(course):
    """Make all that was recorded of ada and ben out of date."""
    ada, ben = (course.submitted / student / NAME for student in ("ada", "ben"))
    ada.rename(course.submitted / "other")
    ben.rename(ada)
    (course.submitted / "other").rename(ben)


def read_scores(course):
    rows = query(
        course,
        "SELECT student_id, name, auto_score FROM grade "
        "JOIN base_cell ON base_cell.id = grade.cell_id "
        "JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id "
        "JOIN submitted_assignment AS s ON s.id = submitted_notebook.assignment_id",
    )
    scores = {}
    for student, check, score in rows:
        scores.setdefault(student, {})[check] = score
    return scores


def list_files(course):
    return sorted(
        path.relative_to(course.autograded).as_posix()
        for path in course.autograded.rglob("*")
        if path.is_file()
    )


def query(course, text):
    connection = sqlite3.connect(course.gradebook)
    try:
        return connection.execute(text).fetchall()
    finally:
        connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
