"""Run solutions through the checks as a class does: hand them in and grade them.

The same solutions as in `grading.trial`, by the whole way of a submission: nbgrader's
release, a submitted notebook, the sealed execution, the gradebook. It takes longer, and
shows that the short way gives the same verdicts.
"""

import json
import re
import shutil
import tempfile
from pathlib import Path

from grading.catalogue import handed_in_files
from grading.course import CONFIG, Course
from grading.executor import WorkerPool
from grading.grade import grade
from grading.notebooks import nbgrader_metadata, read_notebook
from grading.outcomes import graded_notebook
from grading.release import release
from grading.sample_class import Work, fill_in
from grading.sources import checks
from grading.trial import STATES, Answer, Trial, keep_checks_and_definitions

# What a visible check shows in its notebook.
_SAID = re.compile(rf"(check_\w+): ({'|'.join(STATES)})\. ?(.*)", re.DOTALL)


def grade_trials(course, entries, *, jobs=None, on_done=None):
    """Hand in and grade solutions of the catalogue, a class for each notebook.

    Parameters
    ----------
    course : Course
        It is only read; the classes live in build/ and go when they are graded.
    entries : list of Entry
    jobs : int, optional
        How many solutions at a time; by default one for each processor.
    on_done : function, optional
        Called with 1 after each.

    Returns
    -------
    list of Trial
        In the order of `entries`.

    Raises
    ------
    CourseError
        If a release or a submission is refused.
    """
    notebooks = {}
    for entry in entries:
        notebooks.setdefault(entry.notebook, []).append(entry)
    found = {}
    with WorkerPool(jobs, hidden=[str(course.root)]) as workers:
        for group in notebooks.values():
            found |= _grade_class(course, group, workers, on_done)
    return [found[entry.place] for entry in entries]


def _grade_class(course, entries, workers, on_done):
    """Return the `Trial` of each entry, by its place; all are of one notebook."""
    name = entries[0].notebook
    course.build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=course.build, prefix="check-") as folder:
        shutil.copytree(course.source, Path(folder) / course.source.name)
        shutil.copy(course.root / CONFIG, folder)
        made = Course.at(folder)
        release(made, [name])
        students = {_student(entry): entry for entry in entries}
        files = handed_in_files(course, name)
        for student, entry in students.items():
            _hand_in(made, student, entry, files)
        results = grade(
            made,
            name,
            executor=workers,
            jobs=workers.jobs,
            on_done=lambda *_: on_done and on_done(1),
        )
        return {
            students[result.student].place: _read_trial(made, result)
            for result in results
        }


def _student(entry):
    return f"{entry.component}-{entry.name}"


def _hand_in(course, student, entry, files):
    """Write the released notebook with the entry's solution in it.

    The cells that only show something are emptied: some train for a minute.
    """
    notebook = fill_in(course, entry.notebook, Work())
    for cell in notebook["cells"]:
        meta = nbgrader_metadata(cell)
        if meta.get("grade_id") == entry.component:
            cell["source"] = entry.source
        elif cell["cell_type"] == "code" and not meta:
            cell["source"] = keep_checks_and_definitions(cell["source"])
    folder = course.submitted / student / entry.notebook
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    path = folder / f"{entry.notebook}.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")


def _read_trial(course, result):
    cells = read_notebook(graded_notebook(course, result.name, result.student))["cells"]
    visible = {}
    for output in (o for cell in cells for o in cell.get("outputs", [])):
        said = "".join(output.get("data", {}).get("text/plain", ""))
        match = _SAID.fullmatch(said.strip())
        if match:
            visible[match[1]] = Answer(STATES[match[2]], match[3])
    by_hand = {c.grade_id for c in checks(course, result.name) if c.kind == "manual"}
    graded = {
        outcome.grade_id: Answer(outcome.state, outcome.message)
        for outcome in result.outcomes
        if outcome.grade_id not in by_hand
    }
    return Trial(visible, graded)
