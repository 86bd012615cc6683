"""Scores of sealed grading against those of a plain kernel, one by one.

- Every entry of the catalogue of mistakes: sealed and through the gradebook, against
  the same cells in one process, where nothing keeps student and check apart.
- The sample class, and some entries of each notebook: against `nbgrader autograde` as
  it comes, in a kernel. What that cannot read, and would stop at, is left out.

It takes a quarter of an hour, so `make bench` leaves it out.
"""

import json
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

from nbgrader.api import Gradebook

from benchmarks.grade_class import PLAIN, ROOT, find_program
from grading.catalogue import read_catalogue
from grading.course import CONFIG, Course
from grading.graded_trial import grade_trials
from grading.notebooks import nbgrader_metadata
from grading.sample_class import SAMPLE_CLASS, Work, fill_in, make_sample_class
from grading.trial import keep_checks_and_definitions, run_trials

JOBS = 2
#: Entries of each notebook that plain nbgrader grades, too.
EACH = 6


def measure():
    """Print how many scores agree, and each that does not."""
    course = Course.at(ROOT)
    for name in course.assignments():
        _compare_entries(course, name)
    for name in course.assignments():
        _compare_with_nbgrader(course, name)


def _compare_entries(course, name):
    entries = read_catalogue(course, [name])
    plain = run_trials(course, entries, jobs=JOBS)
    sealed = grade_trials(course, entries, jobs=JOBS)
    count, states, messages = 0, [], []
    for entry, ours, theirs in zip(entries, sealed, plain, strict=True):
        for check in ours.graded.keys() | theirs.graded.keys():
            one, other = ours.graded.get(check), theirs.graded.get(check)
            count += 1
            if one is None or other is None or one.state != other.state:
                states.append(f"{entry.place}, {check}: {one}, plain {other}")
            elif one.message != other.message:
                messages.append(f"{entry.place}, {check}")
    print(
        f"parity: {name}: {len(entries)} entries, {count} graded checks, "
        f"{len(states)} other states, {len(messages)} other messages"
    )
    for line in states + messages:
        print(f"parity: {line}")


def _compare_with_nbgrader(course, name):
    chosen = read_catalogue(course, [name])
    chosen = random.Random(7).sample(chosen, min(EACH, len(chosen)))
    with tempfile.TemporaryDirectory() as folder:
        ours = _make_class(course, name, chosen, Path(folder, "ours"))
        theirs = Course.at(shutil.copytree(ours.root, Path(folder, "theirs")))
        with (theirs.root / CONFIG).open("a", encoding="utf-8") as config:
            config.write(PLAIN)
        _run(ours, "course", "grade", name)
        for path in sorted(theirs.submitted.glob(f"*/{name}")):
            _run(theirs, "nbgrader", "autograde", name, "--student", path.parent.name)
        mine, plain = _read_scores(ours, name), _read_scores(theirs, name)
    differing = [student for student in plain if mine[student] != plain[student]]
    print(
        f"parity: {name}: {len(plain)} of {len(mine)} submissions graded by nbgrader "
        f"in a kernel too, {len(plain) - len(differing)} with equal scores"
    )
    for student in differing:
        print(f"parity: {name}, {student}: {mine[student]}, plain {plain[student]}")


def _make_class(course, name, entries, root):
    """Release an assignment in a new course; hand in the sample class and entries."""
    shutil.copytree(course.source, root / course.source.name)
    shutil.copy(course.root / CONFIG, root)
    made = Course.at(root)
    _run(made, "course", "release", name)
    if any(name in works for works in SAMPLE_CLASS.values()):
        make_sample_class(made, [name], made.submitted)
    for entry in entries:
        notebook = fill_in(made, name, Work())
        for cell in notebook["cells"]:
            meta = nbgrader_metadata(cell)
            if meta.get("grade_id") == entry.component:
                cell["source"] = entry.source
            elif cell["cell_type"] == "code" and not meta:
                cell["source"] = keep_checks_and_definitions(cell["source"])
        folder = made.submitted / f"{entry.component}-{entry.name}" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return made


def _run(course, program, *arguments):
    """Run a command in a course; what one submission does to it may be an error."""
    command = [find_program(program), *arguments]
    subprocess.run(command, cwd=course.root, capture_output=True, check=False)


def _read_scores(course, name):
    """Return the points by student and check of what was graded."""
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        return {
            submission.student.id: {
                check.name: check.auto_score
                for notebook in submission.notebooks
                for check in notebook.grades
            }
            for submission in gradebook.assignment_submissions(name)
            if (course.autograded / submission.student.id / name).exists()
        }
