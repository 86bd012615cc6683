"""Grade a class: many submissions at a time, and none can stop the others.

The workers start first: they warm up while this process imports nbgrader, which takes
seconds.
"""

import contextlib
import fcntl
import os
import signal
import threading
from typing import NamedTuple

from grading.errors import GradingFailed, GradingStopped
from grading.executor import WorkerPool, count_processors


class Start(NamedTuple):
    """What is known when grading starts.

    Parameters
    ----------
    total : int
        The number of submissions.
    changed_tests : list of str
        The graded cells whose tests have changed since the release.
    remark : str
        What the instructor should know of the isolation, or "".
    """

    total: int
    changed_tests: list
    remark: str


def grade(
    course,
    name,
    *,
    students=(),
    force=False,
    on_start=None,
    on_done=None,
    jobs=None,
    executor=None,
    limits=None,
    isolation=None,
):
    """Grade the submissions for an assignment, and record each in the gradebook.

    What was graded before and has not changed since is left as it is. It can be
    stopped at any moment; what was graded stays, and the next run does the rest.

    Parameters
    ----------
    course : Course
    name : str
        An assignment of the course.
    students : sequence of str
        Only these; all if it is empty.
    force : bool
        Grade again what has not changed, too.
    on_start : function, optional
        Called with a `Start`.
    on_done : function, optional
        Called after each submission with its `Result`, and whether it was graded
        now.
    jobs : int, optional
        How many submissions at a time; by default one for each processor.
    executor : concurrent.futures.Executor, optional
        Where they are executed; by default in worker processes of this run. Only
        plain data goes there. It is used at the level of isolation, and hides the
        folders, that it was made for, if it is a `WorkerPool`.
    limits : dict, optional
        "cell" and "total", in seconds, and others of `grading.sealed`, in place of
        the course's own.
    isolation : str, optional
        "full", "landlock" or "none"; by default the best that there is.

    Returns
    -------
    list of Result
        One for each submission, graded or not, in the order of students.

    Raises
    ------
    NotReleased
        If the assignment has to be released first.
    CourseError
        If there are no submissions.
    GradingFailed
        If the gradebook, the disk or the sandbox cannot be used.
    GradingStopped
        After Ctrl-C.
    """
    course.assignment(name)
    jobs, hidden = jobs or count_processors(), (str(course.root),)
    finished = []
    total = None

    def note(result, graded_now):
        finished.append(result)
        if on_done:
            on_done(result, graded_now)

    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(_alone(course))
            check = stack.enter_context(_noting_interrupts())
            if executor is None:
                executor = stack.enter_context(WorkerPool(jobs, isolation, hidden))
            from grading.class_run import ClassRun

            run = ClassRun(
                course,
                name,
                students=students,
                force=force,
                limits=limits or {},
                isolation=getattr(executor, "isolation", isolation or "full"),
                hidden=getattr(executor, "hidden", hidden),
            )
            total = len(run.submissions)
            if on_start:
                remark = getattr(executor, "remark", "")
                on_start(Start(total, run.changed_tests, remark))
            return run.grade(executor, jobs, note, check)
        except KeyboardInterrupt:
            raise _stopped(len(finished), total) from None


def _stopped(done, total):
    if total is None:
        return GradingStopped("stopped before anything was graded")
    return GradingStopped(
        f"stopped: {done} of {total} are done, {total - done} are left; "
        "the same command grades the rest"
    )


@contextlib.contextmanager
def _noting_interrupts():
    """Note Ctrl-C; return a function that raises KeyboardInterrupt if it came.

    Python itself loses it if it comes while an object is being destroyed.
    """
    came = threading.Event()

    def note(number, frame):
        came.set()
        signal.default_int_handler(number, frame)

    def check():
        if came.is_set():
            raise KeyboardInterrupt

    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        yield check  # Ctrl-C comes elsewhere, or not at all
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _alone(course):
    """Keep a second run on the same course away: there is only one writer.

    The lock goes with the process, however that ends.
    """
    folder = os.open(course.root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise GradingFailed(
            "this course is being graded already; wait until that is done"
        ) from None
    finally:
        os.close(folder)
