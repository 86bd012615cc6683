"""Grade the submissions for one assignment: mend, execute elsewhere, record.

Everything but execution happens here, in one process, which is the only one to write.
What goes wrong with one submission is recorded as its reason, and stops no other.
"""

import contextlib
import traceback
import warnings
from dataclasses import dataclass

import nbformat
from nbgrader.converters import Autograde
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    Execute,
    SaveAutoGrades,
)
from nbgrader.utils import parse_utc
from sqlalchemy.exc import SAWarning
from traitlets import import_item

from grading.assignment import read_assignment
from grading.autograde import SealedExecute
from grading.errors import CourseError, GradingFailed
from grading.executor import WorkerDied, WorkerPool, execute_all
from grading.gradebook import (
    changed_since_release,
    course_directory,
    digest_folder,
    find_released,
    open_gradebook,
    quiet_log,
)
from grading.outcomes import read_result
from grading.record import Recorder
from grading.sealed.isolation import SandboxUnavailable
from grading.submissions import NotGradable, Submission, find_submissions, mend
from grading.tasks import (
    lock_cells,
    make_task,
    overwrite_files,
    put_in_outputs,
)

# Seconds that a submission may take on top of its time limit before its worker is
# given up.
_MARGIN = 120

# The steps of nbgrader's autograding that do not run here. The last one looks at
# metadata that mending took from the release, where it looked at them already.
_LEFT_OUT = (
    *(Execute, SealedExecute, SaveAutoGrades, AssignLatePenalties),
    CheckCellMetadata,
)


@dataclass(frozen=True)
class _Prepared:
    """A submission that is ready to be executed."""

    submission: Submission
    notebook: nbformat.NotebookNode
    files: dict


class ClassRun:
    """Grades the submissions for an assignment.

    Parameters
    ----------
    course : Course
    name : str
    students : sequence of str
        Only these; all if it is empty.
    force : bool
        Grade again what has not changed, too.
    limits : dict
        Those that are not the course's own.
    isolation : str
    hidden : sequence of str
        Folders that student code must not see.

    Raises
    ------
    CourseError
        If the assignment is not released, or has no submissions.
    """

    def __init__(self, course, name, *, students, force, limits, isolation, hidden):
        self._course, self._name = course, name
        self._force, self._isolation, self._hidden = force, isolation, hidden
        config = course.nbgrader_config()
        self._limits = SealedExecute(config=config).limits | limits
        self._autograder = Autograde(
            coursedir=course_directory(course, config), config=config, log=quiet_log()
        )
        self._steps = _make_steps(self._autograder)
        with self._open() as gradebook:
            known = find_released(course, gradebook, name)
            self.changed_tests = changed_since_release(course, known)
            self._assignment = read_assignment(course, gradebook, name)
        self.submissions = find_submissions(course, name, students)

    def grade(self, executor, jobs, on_done, check):
        """Grade what has to be graded; return a `Result` for each submission.

        Parameters
        ----------
        executor : Executor
        jobs : int
            How many it runs at a time.
        on_done : function
            Called after each submission with its `Result`, and whether it was graded
            now.
        check : function
            Called every now and then; it raises what stops the run.

        Raises
        ------
        GradingFailed
            If the gradebook, the disk or the sandbox cannot be used.
        """
        results = {}
        with self._open() as gradebook:
            self._recorder = Recorder(
                self._course, gradebook, self._name, self._autograder
            )

            def finish(submission, graded_now):
                result = read_result(
                    self._course, gradebook, self._name, submission.student
                )
                gradebook.db.rollback()  # what was read keeps no lock
                results[submission.student] = result
                on_done(result, graded_now)

            executed = execute_all(
                executor,
                self._prepare_all(finish),
                replace=lambda: WorkerPool(jobs, self._isolation, self._hidden),
                jobs=jobs,
                patience=self._limits["total"] + _MARGIN,
                check=check,
            )
            with contextlib.closing(executed):
                for prepared, result in executed:
                    with self._recording_what_goes_wrong(prepared.submission):
                        self._record(prepared, result)
                    finish(prepared.submission, True)
        return [results[submission.student] for submission in self.submissions]

    @contextlib.contextmanager
    def _open(self):
        with warnings.catch_warnings():
            # nbgrader's own models are what SQLAlchemy complains about.
            warnings.simplefilter("ignore", SAWarning)
            with open_gradebook(self._course) as gradebook:
                yield gradebook

    def _prepare_all(self, finish):
        """Yield what is prepared, and its task, for each submission to be executed."""
        for submission in self.submissions:
            wanted, prepared = True, None
            with self._recording_what_goes_wrong(submission):
                digest = f"{self._assignment.digest} {digest_folder(submission.folder)}"
                wanted = self._force or not self._recorder.has_recorded(
                    submission.student, digest
                )
                if wanted:
                    prepared = self._prepare(submission, digest)
            if prepared is None:
                finish(submission, wanted)
            else:
                yield prepared, self._make_task(prepared)

    def _prepare(self, submission, digest):
        mended = mend(submission.folder, self._name, self._assignment.released)
        files = mended.read_files(self._limits["disk"])
        lock_cells(self._assignment, mended.notebook)
        mended.notebook.metadata["course"] = {
            "fixes": list(mended.fixes),
            "digest": digest,
            "isolation": self._isolation,
        }
        return _Prepared(submission, mended.notebook, files)

    def _make_task(self, prepared):
        return make_task(
            self._assignment,
            prepared.notebook,
            prepared.files,
            limits=self._limits,
            isolation=self._isolation,
            hidden=self._hidden,
        )

    def _record(self, prepared, result):
        if isinstance(result, WorkerDied):
            raise NotGradable("the grading process died")
        if isinstance(result, SandboxUnavailable):
            raise GradingFailed(str(result)) from result
        if isinstance(result, Exception):
            raise result
        student = prepared.submission.student
        put_in_outputs(prepared.notebook, result)
        self._recorder.record(
            student,
            self._take_steps(prepared.notebook, student),
            overwrite_files(self._assignment, prepared.files),
            _read_timestamp(prepared.files),
        )

    def _take_steps(self, notebook, student):
        """Return the notebook as nbgrader's other steps leave it."""
        names = {"student": student, "assignment": self._name, "notebook": self._name}
        names["db_url"] = self._autograder.coursedir.db_url
        resources = {"nbgrader": names, "metadata": {}, "unique_key": self._name}
        for step in self._steps:
            notebook, resources = step(notebook, resources)
        nbformat.validate(notebook)
        return notebook

    @contextlib.contextmanager
    def _recording_what_goes_wrong(self, submission):
        """Record an exception as the reason why a submission could not be graded."""
        try:
            yield
        except GradingFailed:  # it is no fault of this submission
            raise
        except CourseError as error:
            reason = str(error)
        except OSError as error:
            reason = f"{error.filename or 'a file'} cannot be used: {error.strerror}"
        except Exception as error:
            log = self._log(submission)
            what = " ".join([f"{type(error).__name__}:", *str(error).split("\n")[:1]])
            reason = f"the grader itself went wrong, see {log}: {what}"
        else:
            return
        self._recorder.record_reason(submission.student, reason)

    def _log(self, submission):
        """Write the exception that is being handled to the log, and return its name."""
        path = self._course.build / "grade.log"
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(f"{self._name}, {submission.student}\n{traceback.format_exc()}\n")
        return path.relative_to(self._course.root)


def _make_steps(autograder):
    """Return the steps between execution and recording that the course configured."""
    steps = []
    for step in autograder.autograde_preprocessors:
        made = import_item(step) if isinstance(step, str) else step
        if not isinstance(made, type):
            steps.append(made)
        elif not issubclass(made, _LEFT_OUT):
            steps.append(made(parent=autograder))
    return steps


def _read_timestamp(files):
    """Return when a submission was handed in, as nbgrader reads it, or None."""
    text = files.get("timestamp.txt", b"").decode().strip()
    return parse_utc(text) if text else None
