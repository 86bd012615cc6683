"""Kill `course grade` fifty times over a class of 100, let it finish, see what is lost.

The gradebook must equal that of an undisturbed run, nothing may be graded twice, and no
process or temporary folder may stay behind. It takes about five minutes.
"""

import random
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.grade_class import (
    CLASS,
    JOBS,
    NOTEBOOK,
    ROOT,
    find_program,
    make_class,
    read_points,
)
from grading.catalogue import read_catalogue
from grading.course import Course

KILLS = 50
#: Seconds after which a run is killed, at most: it grades from the fourth or so on.
_LATEST = 6.0


def measure():
    """Print how many kills there were, and everything that went wrong."""
    entries = read_catalogue(Course.at(ROOT), [NOTEBOOK])[:CLASS]
    rng, wrong, stamps = random.Random(5), [], {}
    with tempfile.TemporaryDirectory() as folder:
        calm = make_class(Path(folder, "calm"), entries)
        course = make_class(Path(folder, "killed"), entries)
        command = [find_program("course"), "grade", NOTEBOOK, "--jobs", str(JOBS)]
        subprocess.run(command, cwd=calm.root, check=True, capture_output=True)
        done = []
        for _ in range(KILLS):
            _kill_after(rng.uniform(0.3, _LATEST), command, course)
            wrong += _find_regraded(course, stamps)
            done.append(len(stamps))
        subprocess.run(command, cwd=course.root, check=True, capture_output=True)
        wrong += _find_regraded(course, stamps)
        if read_points(calm) != read_points(course):
            wrong.append("the gradebook differs from that of an undisturbed run")
        wrong += _find_leftovers(course)
    print(f"kill_grading: {KILLS} kills; graded after each: {done}")
    print(f"kill_grading: {len(stamps)} of {len(entries)} graded in the end")
    print(f"kill_grading: went wrong: {wrong or 'nothing'}")


def _kill_after(seconds, command, course):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=course.root, **quiet) as process:
        time.sleep(seconds)
        process.kill()


def _find_regraded(course, stamps):
    """Return which submissions were graded again, and note those that are done."""
    unfinished = course.autograded / ".unfinished" / NOTEBOOK
    wrong = []
    for path in course.autograded.glob(f"*/{NOTEBOOK}/{NOTEBOOK}.ipynb"):
        student, stamp = path.parts[-3], path.stat().st_mtime_ns
        if stamps.setdefault(student, stamp) != stamp:
            wrong.append(f"{student} was graded twice")
            stamps[student] = stamp
        if (unfinished / student).exists():  # to be graded again: that is right
            del stamps[student]
    return wrong


def _find_leftovers(course):
    wrong = []
    with sqlite3.connect(course.gradebook) as database:
        (answer,) = database.execute("PRAGMA integrity_check").fetchone()
    if answer != "ok":
        wrong.append(f"integrity_check: {answer}")
    if (course.autograded / ".unfinished").exists():
        wrong.append("autograded/.unfinished is still there")
    time.sleep(5)  # what lost its parent is ending
    for process in psutil.process_iter(["cmdline"]):
        is_warm = "grading.sealed.warm" in (process.info["cmdline"] or ())
        if is_warm and _is_left(process, course):
            wrong.append(f"process {process.pid} is still there")
    folders = Path(tempfile.gettempdir()).glob("grading-*-*")
    return wrong + [
        f"{path.name} is still there"
        for path in folders
        if not psutil.pid_exists(int(path.name.split("-")[1]))
    ]


def _is_left(process, course):
    """Whether a process is of this course, or an orphan; others may be grading too."""
    try:
        above = process.parents()
        said = [word for each in (process, *above) for word in each.cmdline()]
    except psutil.NoSuchProcess:
        return False
    return str(course.root) in said or len(above) < 2
