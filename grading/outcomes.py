"""What came of a graded submission: a state and a message for each check.

Points are nbgrader's, from the gradebook; states and messages are read from the
graded notebook, so they agree whichever command did the grading.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from grading.notebooks import nbgrader_metadata, read_notebook
from grading.sealed.outputs import PROCESS_DIED, TIME_IS_UP


class State(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    PARTLY = "partly right"
    FAILED = "not right yet"
    NOT_ATTEMPTED = "not attempted"
    TIMED_OUT = "timed out"
    DIED = "process died"
    WAITING = "waits for grading by hand"
    MISSING = "cell missing"


class Progress(StrEnum):
    """How far the grading of a submission came."""

    GRADED = "graded"
    MENDED = "graded after repair"
    NOT_GRADABLE = "could not be graded"
    NOT_GRADED = "not graded yet"


@dataclass(frozen=True)
class Outcome:
    """How one check of one submission ended.

    Parameters
    ----------
    grade_id : str
    state : State
    points, max_points : float
    message : str
        What the check said, for the student; may be empty.
    """

    grade_id: str
    state: State
    points: float
    max_points: float
    message: str = ""


@dataclass(frozen=True)
class Result:
    """What came of one submission.

    Parameters
    ----------
    student, name : str
        Who, and which assignment.
    progress : Progress
    outcomes : tuple of Outcome
        In the notebook's order; empty if the submission is not graded.
    fixes : tuple of str
        What was mended before grading.
    reason : str
        Why it could not be graded.
    late_penalty : float
        Points taken off by nbgrader for a late submission.
    """

    student: str
    name: str
    progress: Progress
    outcomes: tuple[Outcome, ...] = ()
    fixes: tuple[str, ...] = ()
    reason: str = ""
    late_penalty: float = 0.0

    @property
    def score(self):
        """The points in all, or None if the submission is not graded."""
        if not self.outcomes:
            return None
        return sum(outcome.points for outcome in self.outcomes) - self.late_penalty

    @property
    def max_score(self):
        """The points that could be had, or None if the submission is not graded."""
        if not self.outcomes:
            return None
        return sum(outcome.max_points for outcome in self.outcomes)

    @property
    def waiting(self):
        """The grade ids of the answers that a person has to grade."""
        return [o.grade_id for o in self.outcomes if o.state == State.WAITING]

    @property
    def notes(self):
        """All that an instructor should know of this submission, in sentences."""
        notes = [f"{self.progress.capitalize()}: {self.reason}."] if self.reason else []
        notes += self.fixes
        for state, what in (
            (State.DIED, "The process died before {} was done."),
            (State.TIMED_OUT, "{} took too long."),
            (State.WAITING, "{} waits for grading by hand."),
        ):
            names = [o.grade_id for o in self.outcomes if o.state == state]
            if names:
                notes.append(what.format(_join(names)))
        if self.late_penalty:
            notes.append(f"{self.late_penalty:g} points off: handed in late.")
        return notes


def read_result(course, gradebook, name, student):
    """Return what came of one submission, as a `Result`.

    Parameters
    ----------
    course : Course
    gradebook : Gradebook
        nbgrader's, open.
    name, student : str
    """
    from nbgrader.api import MissingEntry

    record = reason_file(course, name, student)
    if record.exists():
        reason = record.read_text(encoding="utf-8")
        return Result(student, name, Progress.NOT_GRADABLE, reason=reason)
    path = graded_notebook(course, name, student)
    try:
        entry = gradebook.find_submission_notebook(name, name, student)
    except MissingEntry:
        return Result(student, name, Progress.NOT_GRADED)
    if not path.exists():
        return Result(student, name, Progress.NOT_GRADED)
    return read_notebook_result(read_notebook(path), entry, name, student)


def read_notebook_result(notebook, entry, name, student):
    """Return what came of a graded notebook, as a `Result`.

    Parameters
    ----------
    notebook : dict
        Graded, with its outputs.
    entry : SubmittedNotebook
        The gradebook's.
    name, student : str
    """
    ours = notebook["metadata"].get("course", {})  # nothing if nbgrader ran it
    fixes = tuple(ours.get("fixes", ()))
    reasons = {check["grade_id"]: check["reason"] for check in ours.get("checks", ())}
    return Result(
        student,
        name,
        Progress.MENDED if fixes else Progress.GRADED,
        outcomes=tuple(read_outcomes(notebook["cells"], entry.grades, reasons)),
        fixes=fixes,
        late_penalty=entry.late_submission_penalty or 0.0,
    )


def read_outcomes(cells, grades, reasons):
    """Return the outcome of each check, in the order of the notebook.

    Parameters
    ----------
    cells : list of dict
        The graded notebook's cells.
    grades : list of Grade
        The gradebook's entries for it.
    reasons : dict
        What execution said of a check, by grade id; may be empty.
    """
    places = {
        nbgrader_metadata(cell).get("grade_id"): (place, cell)
        for place, cell in enumerate(cells)
    }
    ordered = sorted(
        grades, key=lambda grade: places.get(grade.name, (len(cells), None))[0]
    )
    return [
        _read_outcome(places.get(g.name, (0, None))[1], g, reasons.get(g.name))
        for g in ordered
    ]


def find_students(course, name):
    """Return all who handed in the assignment or have a result, sorted."""
    found = {path.parent.name for path in course.submitted.glob(f"*/{name}")}
    found |= {path.parent.name for path in course.autograded.glob(f"*/{name}")}
    found |= {path.stem for path in reason_file(course, name, "any").parent.glob("*")}
    return sorted(student for student in found if not student.startswith("."))


def graded_notebook(course, name, student):
    """Return where the graded notebook of a submission lies."""
    return course.autograded / student / name / f"{name}.ipynb"


def reason_file(course, name, student):
    """Return where it is written why a submission could not be graded."""
    return course.autograded / ".not_graded" / name / f"{student}.txt"


def unfinished_folder(course, name, student):
    """Return where a graded notebook lies until the gradebook knows of it."""
    return course.autograded / ".unfinished" / name / student


def _read_outcome(cell, grade, reason):
    points = float(grade.score or 0.0)
    max_points = float(grade.max_score)
    state, message = _read_state(cell, grade, points, max_points, reason)
    return Outcome(grade.name, state, points, max_points, message)


def _read_state(cell, grade, points, max_points, reason):
    if cell is None and grade.manual_score is None:
        return State.MISSING, ""
    if grade.needs_manual_grade:
        return State.WAITING, ""
    if points >= max_points:
        return State.PASSED, ""
    state, message = _read_error(cell or {}, grade.name, reason)
    if points > 0:
        return State.PARTLY, message
    if state is None:
        # nbgrader gives an answer that is as it was handed out no points by itself.
        untouched = cell and nbgrader_metadata(cell).get("solution")
        untouched = untouched and grade.manual_score is None
        state = State.NOT_ATTEMPTED if untouched else State.FAILED
    return state, message


def _read_error(cell, name, reason):
    """Return how a check that gave no full marks ended, and what it said."""
    outputs = cell.get("outputs", [])
    errors = {o["ename"]: o for o in outputs if o["output_type"] == "error"}
    if TIME_IS_UP in errors:
        return State.TIMED_OUT, reason or "It took too long and was stopped."
    if PROCESS_DIED in errors:
        return State.DIED, errors[PROCESS_DIED]["evalue"]
    if "CheckFailed" in errors:
        return read_verdict(errors["CheckFailed"]["evalue"], name)
    for error in errors.values():
        return State.FAILED, f"{error['ename']}: {error['evalue']}"
    stderr = [o["text"] for o in outputs if o.get("name") == "stderr"]
    return None, "".join("".join(text) for text in stderr)


def read_verdict(text, name):
    """Return the state and the message in what `helpers.checks.graded` raised."""
    verdict = re.match(rf"{re.escape(name)}: ([^.]*)\. *", text)
    if not verdict:
        return State.FAILED, text
    untouched = verdict[1].startswith(State.NOT_ATTEMPTED)
    message = text[verdict.end() :]
    return (State.NOT_ATTEMPTED if untouched else State.FAILED), message


def _join(names):
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
