"""Sealed execution for nbgrader's own commands, in the place of a kernel.

`nbgrader_config.py` names these steps, so plain `nbgrader autograde` and the
formgrader's Autograde button mend and execute a submission as `course grade` does.
Everything else, the recording too, is nbgrader's.
"""

import functools
import shutil
from pathlib import Path

from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Enum, Float, Integer, default

from grading.assignment import read_assignment
from grading.course import Course
from grading.errors import GradingFailed
from grading.executor import LIMITS, WorkerPool, run_task
from grading.gradebook import open_gradebook
from grading.outcomes import reason_file
from grading.sealed.isolation import LEVELS
from grading.submissions import mend
from grading.tasks import lock_cells, make_task, put_in_outputs


class MendSubmission(NbGraderPreprocessor):
    """The first step of sanitising: replaces a submission by the mended one."""

    def preprocess(self, nb, resources):
        """Return the mended notebook, whatever `nb` is; nbconvert's interface.

        Where this machine can grade nobody, the labels being out of reach, all of the
        command ends with one line, before anything is recorded.
        """
        try:
            submission = _Submission(resources)
        except GradingFailed as problem:
            self.log.error("%s", problem)
            names = resources["nbgrader"]
            begun = Course.at(Path.cwd()).autograded / names["student"]
            shutil.rmtree(begun / names["assignment"], ignore_errors=True)
            raise SystemExit(1) from None
        mended = submission.mend()
        notebook = mended.notebook
        lock_cells(submission.assignment, notebook)
        notebook.metadata["course"] = {"fixes": list(mended.fixes)}
        return notebook, resources


class SealedExecute(NbGraderPreprocessor):
    """The first step of autograding: runs a submission where it can harm nothing."""

    cell_timeout = Float(help="Seconds for one cell").tag(config=True)
    total_timeout = Float(
        LIMITS["total"], help="Seconds for all cells of a submission"
    ).tag(config=True)
    memory = Integer(
        LIMITS["memory"] // 2**20, help="Megabytes of memory for a submission"
    ).tag(config=True)
    isolation = Enum(
        LEVELS,
        None,
        allow_none=True,
        help="For nbgrader's commands; the best that there is. `course grade` has an "
        "option.",
    ).tag(config=True)

    @default("cell_timeout")
    def _default_cell_timeout(self):
        return Execute(config=self.config).timeout or self.total_timeout

    @property
    def limits(self):
        """What a submission may use, as `grading.sealed.execute` wants it."""
        return LIMITS | {
            "cell": self.cell_timeout,
            "total": self.total_timeout,
            "memory": self.memory * 2**20,
        }

    def preprocess(self, nb, resources):
        """Return the notebook with its outputs; nbconvert's interface."""
        submission = _Submission(resources)
        hidden = (str(submission.course.root),)
        workers = _workers(self.isolation, hidden)
        limits = self.limits
        task = make_task(
            submission.assignment,
            nb,
            submission.mend().read_files(limits["disk"]),
            limits=limits,
            isolation=workers.isolation,
            hidden=hidden,
        )
        try:
            result = workers.submit(run_task, task).result()
        except BaseException:
            # A broken pool is of no more use, and Ctrl-C is to end what runs.
            workers.renew()
            raise
        nb.metadata.setdefault("course", {})["isolation"] = workers.isolation
        put_in_outputs(nb, result)
        submission.forget_reason()
        return nb, resources


class _Submission:
    """The submission that nbgrader is at work on; it works in the course folder."""

    def __init__(self, resources):
        names = resources["nbgrader"]
        self._name, self._student = names["assignment"], names["student"]
        self.course = Course.at(Path.cwd())
        self.folder = self.course.submitted / self._student / self._name
        with open_gradebook(self.course) as gradebook:
            self.assignment = read_assignment(self.course, gradebook, self._name)

    def mend(self):
        return mend(self.folder, self._name, self.assignment.released)

    def forget_reason(self):
        """Take back that it could not be graded."""
        reason_file(self.course, self._name, self._student).unlink(missing_ok=True)


@functools.cache
def _workers(isolation, hidden):
    """Return the worker of this process; it serves all submissions of a batch."""
    return WorkerPool(1, isolation, hidden)
