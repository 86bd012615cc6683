"""Submissions a minute: `course grade`, sealed, against plain `nbgrader autograde`.

A class hands in one notebook, each student with another solution from the catalogue of
mistakes. Both grade copies of the course; the points that they give are compared. The
floor is what the same cells take as a plain script in a forked process.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from time import perf_counter, sleep

import nbformat
import psutil
from nbgrader.api import Gradebook

from grading.catalogue import read_catalogue
from grading.course import Course
from grading.notebooks import nbgrader_metadata, read_notebook
from grading.parts import without_markers
from grading.sample_class import Work, fill_in
from grading.submissions import mend
from grading.trial import Cell, Task, run_tasks

ROOT = Path(__file__).parents[1]
NOTEBOOK = "01_linear"
CLASS = 100
#: Of these as many as plain nbgrader grades; at seconds each, it is enough.
FEW = 20
JOBS = 2

#: Settings with which nbgrader runs every cell in one kernel, as it comes.
PLAIN = """
c.Autograde.sanitize_preprocessors = names(Autograde.sanitize_preprocessors)
c.Autograde.autograde_preprocessors = names(Autograde.autograde_preprocessors)
"""


def measure():
    """Print submissions a minute of both, their ratio, and the time of the parts."""
    entries = read_catalogue(Course.at(ROOT), [NOTEBOOK])[:CLASS]
    with tempfile.TemporaryDirectory() as folder:
        ours = make_class(Path(folder, "ours"), entries)
        theirs = make_class(Path(folder, "theirs"), entries[:FEW], PLAIN)
        command = [find_program("course"), "grade", NOTEBOOK, "--jobs", str(JOBS)]
        seconds, memory = _time(ours.root, command)
        rate = 60 * len(entries) / seconds
        print(f"grade_class: {rate:.0f} a minute, course grade, {seconds:.1f} s in all")
        print(f"grade_class: {memory / 2**30:.2f} GiB at most, all processes")
        _print_parts(ours, seconds)
        command = [find_program("nbgrader"), "autograde", NOTEBOOK]
        seconds, _ = _time(theirs.root, command)
        plain = 60 * FEW / seconds
        print(f"grade_class: {plain:.1f} a minute, nbgrader autograde")
        print(f"grade_class: ours is {rate / plain:.1f} times as fast")
        _compare_points(ours, theirs)
        _print_floor(ours, entries)


def make_class(root, entries, settings=""):
    """Copy the course to a new folder, release, and hand in a solution of each entry.

    Parameters
    ----------
    root : Path
    entries : iterable of Entry
        Of the same notebook; the students are numbered.
    settings : str
        What comes at the end of nbgrader's configuration.

    Returns
    -------
    Course
    """
    root.mkdir()
    for name in ("source", "notebooks"):
        shutil.copytree(ROOT / name, root / name)
    config = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    (root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    _run(root, [find_program("course"), "release", NOTEBOOK])
    (root / "nbgrader_config.py").write_text(config + settings, encoding="utf-8")
    course = Course.at(root)
    for number, entry in enumerate(entries, start=1):
        notebook = fill_in(course, NOTEBOOK, Work())
        for cell in notebook["cells"]:
            if nbgrader_metadata(cell).get("grade_id") == entry.component:
                cell["source"] = entry.source
        folder = course.submitted / f"{number:04}-{entry.name}" / NOTEBOOK
        folder.mkdir(parents=True)
        (folder / f"{NOTEBOOK}.ipynb").write_text(json.dumps(notebook))
    return course


def find_program(program):
    """Return the path of a program of this Python."""
    return str(Path(sys.executable).with_name(program))


def _run(root, command):
    subprocess.run(command, cwd=root, check=True, capture_output=True)


def _time(root, command):
    """Run a command; return its seconds, and the most memory of its processes."""
    begin, most = perf_counter(), 0
    # Two BLAS threads on a core that others want are slower than one.
    with subprocess.Popen(
        command,
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    ) as process:
        watched = threading.Event()
        found = []
        watcher = threading.Thread(target=_watch, args=(process.pid, watched, found))
        watcher.start()
        process.wait()
        seconds = perf_counter() - begin
        watched.set()
        watcher.join()
    if process.returncode:
        raise RuntimeError(f"{command} ended with exit code {process.returncode}")
    most = max(found, default=most)
    return seconds, most


def _watch(number, ended, found):
    """Note the memory of a process and all below it, shared pages counted once."""
    while not ended.is_set():
        try:
            top = psutil.Process(number)
            family = [top, *top.children(recursive=True)]
            found.append(sum(measure_memory(process) for process in family))
        except psutil.Error:
            pass
        sleep(0.5)


def measure_memory(process):
    """Return the bytes of a process, pages that it shares counted in part."""
    try:
        return process.memory_full_info().pss
    except psutil.Error:
        return 0


def _print_parts(course, whole):
    """Print the milliseconds of the parts of grading one submission, medians."""
    released = nbformat.read(course.release_notebook(NOTEBOOK), as_version=4)
    parts = {"repair": []}
    for path in sorted(course.submitted.glob(f"*/{NOTEBOOK}"))[:FEW]:
        begin = perf_counter()
        mend(path, NOTEBOOK, released)
        parts["repair"].append(perf_counter() - begin)
    for path in course.autograded.glob(f"*/{NOTEBOOK}/{NOTEBOOK}.ipynb"):
        for part, seconds in read_notebook(path)["metadata"]["course"][
            "seconds"
        ].items():
            parts.setdefault(part, []).append(seconds)
    for part, seconds in parts.items():
        print(f"grade_class: {1000 * statistics.median(seconds):.1f} ms, {part}")


def _compare_points(ours, theirs):
    mine, plain = read_points(ours), read_points(theirs)
    differing = [name for name in plain if mine[name] != plain[name]]
    print(f"grade_class: {len(plain) - len(differing)} of {len(plain)} scores equal")
    for name in differing:
        print(f"grade_class: {name}: {mine[name]}, plain nbgrader {plain[name]}")


def read_points(course):
    """Return the points in a gradebook: {student: {check: points}}."""
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        return {
            submission.student.id: {
                grade.name: grade.score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in gradebook.assignment_submissions(NOTEBOOK)
        }


def _print_floor(course, entries):
    """Print what the same cells take as a plain script in a forked process."""
    cells = [
        _read_cell(cell)
        for cell in read_notebook(course.source_notebook(NOTEBOOK))["cells"]
        if cell["cell_type"] == "code"
    ]
    notebooks = [
        [
            cell._replace(source=entry.source)
            if cell.grade_id == entry.component
            else cell
            for cell in cells
        ]
        for entry in entries
    ]
    folder = str(course.source / NOTEBOOK)
    tasks = [Task(cells, folder, {}, [(0, cells[0].source)]) for cells in notebooks]
    run_tasks(tasks[:JOBS], jobs=JOBS)  # the first ones warm up
    begin = perf_counter()
    run_tasks(tasks, jobs=JOBS)
    rate = 60 * len(entries) / (perf_counter() - begin)
    print(f"grade_class: {rate:.0f} a minute, the floor: a plain script, forked")


def _read_cell(cell):
    mark, source = nbgrader_metadata(cell), cell["source"]
    source = without_markers(source) if mark.get("solution") else source
    is_graded = bool(mark.get("grade") and not mark.get("solution"))
    return Cell(mark.get("grade_id", ""), source, is_graded)
