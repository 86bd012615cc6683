"""Grade a class: one submission at a time, so that none can stop the others.

Each submission is mended into a folder of its own, graded there by nbgrader's own
autograder, and put in place when it is whole. Manual grades and comments stay.
"""

import os
import shutil
import tempfile
import time
import warnings
from pathlib import Path

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.preprocessors import Preprocessor
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import Execute
from sqlalchemy.exc import DatabaseError, SAWarning
from traitlets import Integer, List

from grading.errors import GradingFailed
from grading.gradebook import (
    KeepsFailure,
    OneSubmission,
    changed_since_release,
    course_directory,
    digest_assignment,
    digest_folder,
    find_released,
    open_gradebook,
    quiet_log,
)
from grading.outcomes import PROCESS_DIED, graded_notebook, read_result, reason_file
from grading.submissions import NotGradable, find_submissions, mend, write_mended


def grade(course, name, *, students=(), force=False, on_done=None):
    """Grade the submissions for an assignment, and record each in the gradebook.

    What was graded before and has not changed since is left as it is.

    Parameters
    ----------
    course : Course
    name : str
        An assignment of the course.
    students : sequence of str
        Only these; all if it is empty.
    force : bool
        Grade again what has not changed, too.
    on_done : function, optional
        Called after each submission with its `Result`, and whether it was graded
        now.

    Returns
    -------
    list of Result
        One for each submission, graded or not.

    Raises
    ------
    NotReleased
        If the assignment has to be released first.
    CourseError
        If there are no submissions.
    GradingFailed
        If the gradebook cannot be used.
    """
    course.assignment(name)
    config = course.nbgrader_config()
    with open_gradebook(course) as gradebook:
        brought = digest_assignment(course, find_released(course, gradebook, name))
    released = nbformat.read(course.release_notebook(name), as_version=4)
    results = []
    for submission in find_submissions(course, name, students):
        digest = f"{brought} {digest_folder(submission.folder)}"
        wanted = force or digest != _graded_digest(course, submission)
        if wanted:
            _grade_one(course, config, submission, released, digest)
        with open_gradebook(course) as gradebook:
            results.append(read_result(course, gradebook, name, submission.student))
        if on_done:
            on_done(results[-1], wanted)
    return results


def find_changed_tests(course, name):
    """Return the graded cells whose tests have changed since the release."""
    with open_gradebook(course) as gradebook:
        return changed_since_release(course, find_released(course, gradebook, name))


def execute(notebook, folder, config):
    """Run a notebook's cells in a fresh kernel; return it with their outputs.

    Touches no gradebook and no other submission. A graded cell that was not run, for
    the process died or the time was up, ends with an error output that says so.

    Parameters
    ----------
    notebook : NotebookNode
        Mended, with the hidden tests in it. It is changed.
    folder : str
        Where the cells run, with the files that came with the notebook.
    config : Config
        nbgrader's; `Execute.timeout` is for a cell, `RunCells.total_timeout` for all.

    Returns
    -------
    NotebookNode
    """
    run = RunCells(config=config, log=quiet_log())
    return run.preprocess(notebook, {"metadata": {"path": folder}})[0]


class _TimeIsUp(Exception):
    """The submission took longer than all its cells may take together."""


class RunCells(Execute):
    """nbgrader's execution, which gives every graded cell an outcome."""

    total_timeout = Integer(600, help="Seconds for all cells of a submission").tag(
        config=True
    )
    # With the default of 4 seconds, a busy machine would fail honest work.
    iopub_timeout = Integer(60).tag(config=True)
    extra_arguments = List(["--IPKernelApp.log_level=ERROR"]).tag(config=True)

    def preprocess(self, nb, resources):
        self._end = time.monotonic() + self.total_timeout
        self._reached = 0
        try:
            return super().preprocess(nb, resources)
        except DeadKernelError:
            why = f"The Python process ended while cell {self._reached + 1} was run."
            self._fail_from_here(nb, PROCESS_DIED, why)
        except (_TimeIsUp, CellTimeoutError):
            why = f"The notebook ran for more than {self.total_timeout} seconds."
            self._fail_from_here(nb, "CellTimeoutError", why)
        return nb, resources

    def preprocess_cell(self, cell, resources, index):
        if time.monotonic() > self._end:
            raise _TimeIsUp
        self._reached = index
        return super().preprocess_cell(cell, resources, index)

    def _fail_from_here(self, notebook, error, why):
        for cell in notebook.cells[self._reached :]:
            if cell.cell_type == "code":
                cell.outputs.append(
                    nbformat.v4.new_output(
                        "error", ename=error, evalue=why, traceback=[why]
                    )
                )


class _Execution(Preprocessor):
    """The step of nbgrader's autograder in which the cells are run."""

    enabled = True

    def preprocess(self, nb, resources):
        folder = resources["metadata"]["path"]
        return execute(nb, folder, self.config), resources


class _Autograder(KeepsFailure, OneSubmission, Autograde):
    """nbgrader's autograder, for one submission."""


def _grade_one(course, config, submission, released, digest):
    """Grade a submission, and leave either the graded notebook or the reason."""
    student, name = submission.student, submission.assignment
    record = reason_file(course, name, student)
    course.build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=course.build, prefix="grade-") as staging:
        try:
            _mend_and_run(course, config, submission, released, digest, Path(staging))
        except (NotGradable, OSError) as error:
            record.parent.mkdir(parents=True, exist_ok=True)
            record.write_text(str(error), encoding="utf-8")
            return
        made = Path(staging, "autograded", student, name)
        _put_in_place(made, graded_notebook(course, name, student).parent)
    record.unlink(missing_ok=True)


def _mend_and_run(course, config, submission, released, digest, staging):
    student, name = submission.student, submission.assignment
    mended = mend(submission.folder, name, released)
    mended.notebook.metadata["course"] = {
        "fixes": list(mended.fixes),
        "digest": digest,
    }
    target = staging / "submitted" / student / name
    write_mended(mended, submission.folder, name, target)
    directory = course_directory(course, config)
    directory.assignment_id, directory.student_id = name, student
    directory.submitted_directory = str(target.parents[1].relative_to(course.root))
    directory.autograded_directory = str(
        (staging / "autograded").relative_to(course.root)
    )
    grader = _Autograder(coursedir=directory, config=config, log=quiet_log())
    grader.autograde_preprocessors = [
        _Execution if step is Execute else step
        for step in grader.autograde_preprocessors
    ]
    try:
        with warnings.catch_warnings():
            # nbgrader's own models are what SQLAlchemy complains about.
            warnings.simplefilter("ignore", SAWarning)
            grader.start()
    except NbGraderException as error:
        cause = grader.failure or error
        if isinstance(cause, DatabaseError):
            raise GradingFailed(
                f"{course.gradebook.name} cannot be written: "
                f"{str(cause.orig).strip()}; is it open in another program?"
            ) from error
        lines = str(cause).strip().split("\n")
        raise NotGradable(
            f"nbgrader stopped with {type(cause).__name__}: {lines[0]}"
        ) from error


def _put_in_place(made, wanted):
    wanted.parent.mkdir(parents=True, exist_ok=True)
    if wanted.exists():
        shutil.rmtree(wanted)
    os.replace(made, wanted)


def _graded_digest(course, submission):
    """Return the digest of what was graded last, or None."""
    student, name = submission.student, submission.assignment
    path = graded_notebook(course, name, student)
    if reason_file(course, name, student).exists() or not path.is_file():
        return None
    metadata = nbformat.read(path, as_version=4).metadata
    return metadata.get("course", {}).get("digest")
