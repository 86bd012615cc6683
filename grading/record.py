"""The one writer: put the outcome of a submission into gradebook and `autograded/`.

The gradebook is a database, the graded notebook a file, and no rename is part of a
transaction. So that a stop at any moment, even by SIGKILL, loses nothing:

1. the new folder is written whole to `autograded/.unfinished/NAME/STUDENT/`;
2. everything in the gradebook is changed in one transaction, and committed;
3. the folder takes the place of the one before.

While the unfinished folder is there, the submission counts as not graded, whatever
the gradebook and the older notebook say, and the next run grades it again. Stopped in
step 1, both are still the old ones; after the commit, the gradebook is newer until
then. A transaction that is refused leaves no trace: its unfinished folder goes.

Committing last would leave a new notebook beside old points. It would look finished.
"""

import contextlib
import errno
import os
import shutil
import uuid

import nbformat
from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import load_only

from grading.errors import GradingFailed, UnreadableNotebook
from grading.gradebook import quiet_log
from grading.notebooks import read_notebook
from grading.outcomes import graded_notebook, reason_file, unfinished_folder
from grading.submissions import NotGradable
from grading.tasks import read_comments, read_scores

_DISK_ERRORS = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS),
    *(errno.EACCES, errno.EPERM, errno.EIO),
}


class Recorder:
    """Records the submissions for one assignment, one after another.

    Parameters
    ----------
    course : Course
    gradebook : Gradebook
        nbgrader's, open for as long as the recorder is used.
    name : str
        The assignment.
    autograder : nbgrader.converters.Autograde
        Configured; it says what is the course's choice.
    """

    def __init__(self, course, gradebook, name, autograder):
        self._course, self._name = course, name
        self._session = gradebook.db
        self._autograder = autograder
        self._penalties = AssignLatePenalties(config=autograder.config, log=quiet_log())
        self._penalties.init_plugin()
        assignment = gradebook.find_assignment(name)
        self._assignment_id = assignment.id
        self._notebooks = {n.name: _Structure(n) for n in assignment.notebooks}
        self._scores = self._read_scores()
        self._session.rollback()  # what was read keeps no lock

    def has_recorded(self, student, digest):
        """Return whether gradebook and notebook agree on what has that digest."""
        if unfinished_folder(self._course, self._name, student).exists():
            return False
        if reason_file(self._course, self._name, student).exists():
            return False
        try:
            path = graded_notebook(self._course, self._name, student)
            noted = read_notebook(path).get("metadata", {}).get("course", {})
        except UnreadableNotebook:
            return False
        scores = noted.get("scores", {})
        recorded = self._scores.get(student, {})
        return (
            noted.get("digest") == digest
            and recorded.keys() >= scores.keys()
            and all(recorded[check] == scores[check] for check in scores)
        )

    def record(self, student, notebook, files, timestamp):
        """Record a graded notebook: points, comments, penalty, and the folder.

        What was graded by hand stays, and is to be looked at again, as with nbgrader.

        Parameters
        ----------
        student : str
        notebook : NotebookNode
            With its outputs.
        files : dict
            Bytes by relative path: what lies beside it.
        timestamp : datetime or None
            When it was handed in; None leaves what the gradebook has.

        Raises
        ------
        GradingFailed
            If the gradebook or the folder cannot be written.
        NotGradable
            If the student is unknown and must not be added.
        """
        notebook.metadata["course"]["scores"] = read_scores(notebook)
        unfinished = unfinished_folder(self._course, self._name, student)
        with _explain_disk():
            self._write_folder(unfinished, notebook, files)
        try:
            self._write_grades(student, notebook, timestamp)
            self._session.commit()
        except Exception as error:
            self._session.rollback()
            shutil.rmtree(unfinished)
            _remove_empty(unfinished.parents[:2])
            if isinstance(error, DatabaseError):
                raise GradingFailed(
                    f"{self._course.gradebook.name} cannot be written: "
                    f"{str(error.orig).strip()}; is it open in another program?"
                ) from error
            raise
        with _explain_disk():
            self._put_in_place(student, unfinished)

    def record_reason(self, student, reason):
        """Record why a submission could not be graded; earlier grades stay.

        Raises
        ------
        GradingFailed
            If it cannot be written.
        """
        path = reason_file(self._course, self._name, student)
        with _explain_disk():
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_name(".new")
            new.write_text(reason, encoding="utf-8")
            os.replace(new, path)

    # The gradebook ---------------------------------------------------------------

    def _write_grades(self, student, notebook, timestamp):
        with self._session.no_autoflush:  # all at once is several times as fast
            submitted = self._find_submission(student)
            if timestamp is not None:
                submitted.timestamp = timestamp
            found = {n: self._find_entries(submitted, n) for n in self._notebooks}
        entry, grades, comments = found[self._name]
        for check, score in notebook.metadata["course"]["scores"].items():
            grade = grades[check]
            grade.auto_score = score
            grade.needs_manual_grade = grade.manual_score is not None or score is None
        for answer, text in read_comments(notebook).items():
            comments[answer].auto_comment = text
        self._session.flush()
        entry.late_submission_penalty = self._penalise(student, submitted, entry)

    def _find_submission(self, student):
        """Return the submission's entry, a new one if there is none."""
        fields = {"assignment_id": self._assignment_id, "student_id": student}
        found = self._find(SubmittedAssignment, **fields)
        if found:
            return found[0]
        if self._session.get(Student, student) is None:
            if not self._autograder.create_student:
                raise NotGradable("the gradebook has no student of that name")
            self._session.add(Student(id=student))
        return self._add(SubmittedAssignment, **fields)

    def _find_entries(self, submitted, name):
        """Return a notebook's entry, its grades and its comments by grade id.

        What is missing is added.
        """
        notebook = self._notebooks[name]
        fields = {"notebook_id": notebook.id, "assignment_id": submitted.id}
        found = self._find_below(submitted, SubmittedNotebook, **fields)
        entry = found[0] if found else self._add(SubmittedNotebook, **fields)
        grades = self._find_rows(Grade, entry, notebook.graded)
        return entry, grades, self._find_rows(Comment, entry, notebook.commented)

    def _find_rows(self, model, entry, cells):
        found = self._find_below(entry, model, notebook_id=entry.id)
        rows = {row.cell_id: row for row in found}
        return {
            name: rows.get(cell) or self._add(model, cell_id=cell, notebook_id=entry.id)
            for name, cell in cells.items()
        }

    def _find_below(self, above, model, **fields):
        return [] if above in self._session.new else self._find(model, **fields)

    def _find(self, model, **fields):
        # Scores and the like, which nbgrader computes from other rows, take longest.
        stored = load_only(*(getattr(model, c.key) for c in model.__table__.columns))
        return self._session.query(model).options(stored).filter_by(**fields).all()

    def _add(self, model, **fields):
        new = model(id=uuid.uuid4().hex, **fields)
        self._session.add(new)
        return new

    def _penalise(self, student, submitted, entry):
        """Return the points to take off, by the course's own rule, or None."""
        late = submitted.total_seconds_late
        if not late > 0:
            return None
        score = self._session.scalar(
            select(SubmittedNotebook.score).where(SubmittedNotebook.id == entry.id)
        )
        plugin = self._penalties.plugin_inst
        penalty = plugin.late_submission_penalty(student, score, late)
        return None if penalty is None else min(max(penalty, 0), score)

    def _read_scores(self):
        """Return what is in the gradebook: {student: {check: points}}."""
        rows = self._session.execute(
            select(SubmittedAssignment.student_id, BaseCell.name, Grade.auto_score)
            .join(
                SubmittedNotebook,
                SubmittedNotebook.assignment_id == SubmittedAssignment.id,
            )
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .join(BaseCell, BaseCell.id == Grade.cell_id)
            .where(SubmittedNotebook.notebook_id == self._notebooks[self._name].id)
        )
        found = {}
        for student, check, score in rows:
            found.setdefault(student, {})[check] = score
        return found

    # The folder --------------------------------------------------------------------

    def _write_folder(self, folder, notebook, files):
        if folder.exists():  # a run that was killed left it
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        # A lone surrogate that a student printed cannot be written.
        text = nbformat.v4.writes(notebook) + "\n"
        content = files | {f"{self._name}.ipynb": text.encode("utf-8", "replace")}
        mode = int(str(self._autograder.permissions), 8)
        for name, data in content.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(mode)

    def _put_in_place(self, student, unfinished):
        folder = graded_notebook(self._course, self._name, student).parent
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(unfinished, folder)
        _remove_empty(unfinished.parents[:2])
        if self._autograder.coursedir.groupshared:
            self._autograder.set_permissions(self._name, student)
        reason_file(self._course, self._name, student).unlink(missing_ok=True)


class _Structure:
    """The ids of what belongs to a notebook in the gradebook, by name."""

    def __init__(self, notebook):
        cells = notebook.grade_cells + notebook.task_cells
        self.id = notebook.id
        self.graded = {cell.name: cell.id for cell in cells}
        answers = notebook.solution_cells + notebook.task_cells
        self.commented = {cell.name: cell.id for cell in answers}


def _remove_empty(folders):
    with contextlib.suppress(OSError):  # it holds what another run left
        for folder in folders:
            folder.rmdir()


@contextlib.contextmanager
def _explain_disk():
    """Tell what is wrong with the disk from what is wrong with one submission."""
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK_ERRORS:
            raise
        raise GradingFailed(
            f"{error.filename or 'the disk'} cannot be written: {error.strerror}"
        ) from error
