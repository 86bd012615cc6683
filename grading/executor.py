"""Run submissions in worker processes; only plain data goes there and comes back.

A worker that dies costs no more than what it was running: those submissions are tried
once more, each alone in fresh workers, and the rest of the class goes on.
"""

import contextlib
import math
import multiprocessing
import os
import signal
import time
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    ProcessPoolExecutor,
    wait,
)
from multiprocessing.context import SpawnContext

from grading.errors import GradingFailed
from grading.sealed import system_calls
from grading.sealed.isolation import SandboxUnavailable, choose, find_offer

#: What a submission may use, unless the course says otherwise: seconds, bytes, numbers.
LIMITS = {
    "cell": 120.0,
    "total": 600.0,
    "memory": 2 * 2**30,
    "processes": 64,
    "file_size": 64 * 2**20,
    "disk": 256 * 2**20,
    "open_files": 256,
    "output": 2**20,
}

# Seconds that a worker has to end when it is told to.
_PATIENCE = 2.0
# Seconds between two looks at whether to stop.
_LOOK = 0.5


class WorkerDied(Exception):
    """The process that ran a submission ended, each time it was tried."""


class WorkerPool(Executor):
    """Worker processes for submissions; they warm up as soon as it is made.

    Parameters
    ----------
    jobs : int, optional
        How many; by default one for each processor.
    isolation : str, optional
        "full", "landlock" or "none"; by default the best that there is.
    hidden : sequence of str
        Folders that student code must not see.

    Attributes
    ----------
    jobs, hidden
        As above.
    isolation : str
        The level that was chosen.
    remark : str
        What the instructor should know of it, or "".

    Raises
    ------
    GradingFailed
        If this machine does not offer that isolation.
    """

    def __init__(self, jobs=None, isolation=None, hidden=()):
        self.jobs, self.hidden = jobs or count_processors(), tuple(hidden)
        try:
            self.isolation, self.remark = choose(isolation, find_offer())
        except SandboxUnavailable as error:
            raise GradingFailed(str(error)) from error
        self._start(self.jobs)

    def submit(self, fn, /, *args, **kwargs):
        """Schedule a call; see `concurrent.futures.Executor`."""
        self._idle = False
        return self._pool.submit(fn, *args, **kwargs)

    def shutdown(self, wait=True, *, cancel_futures=False):
        """Let the workers end when they are done."""
        self._pool.shutdown(wait, cancel_futures=cancel_futures)

    def renew(self, jobs=None):
        """Replace the workers by fresh ones, by default as many as at first."""
        self.kill()
        self._start(jobs or self.jobs)

    def kill(self):
        """End the workers at once, whatever they do."""
        for process in self._context.started:
            process.terminate()
        for process in self._context.started:
            process.join(_PATIENCE)
            process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __exit__(self, kind, error, trace):
        if error is None and not self._idle:
            self.shutdown()
        else:  # what never had work may still be warming up
            self.kill()
        return False

    def _start(self, jobs):
        self._idle = True
        self._context = _Context()
        self._pool = ProcessPoolExecutor(
            jobs,
            mp_context=self._context,
            initializer=_set_up_worker,
            initargs=(self.isolation, self.hidden, _number(self._context, jobs)),
        )
        with _hold_interrupts():
            for _ in range(jobs):  # a pool starts a process for each call that waits
                self._pool.submit(os.getpid)


def execute_all(executor, tasks, *, replace, jobs, patience, check):
    """Execute tasks in any order, a few at a time, and yield what came of each.

    Parameters
    ----------
    executor : Executor
    tasks : iterable of (key, task)
        `task` is what `grading.sealed.execute.execute` takes. Only a few are asked
        for ahead of time: they hold files.
    replace : function
        Makes a `WorkerPool` that takes the executor's place if it breaks and is none.
    jobs : int
        How many the executor runs at a time.
    patience : float
        Seconds within which workers that are alive have finished some task.
    check : function
        Called every now and then while this waits; it raises what ends it all.

    Yields
    ------
    key
    result or Exception
        `WorkerDied`, or what `execute` raised.
    """
    tasks = iter(tasks)
    running, suspects = {}, []
    with contextlib.ExitStack() as replacement:
        while True:
            if not suspects:
                suspects = _schedule(executor, tasks, running, 2 * jobs)
            if running:
                for future in _wait_for_some(executor, running, patience, check):
                    check()
                    key, task = running.pop(future)
                    error = future.exception()
                    if isinstance(error, BrokenExecutor):
                        suspects.append((key, task))
                    else:
                        yield key, error or future.result()
            elif suspects:
                if not isinstance(executor, WorkerPool):
                    executor = replacement.enter_context(replace())
                for key, task in suspects:
                    executor.renew(1)
                    yield key, _try_alone(executor, task, patience)
                suspects = []
                executor.renew()
            else:
                return


def run_task(task):
    """Execute one submission; this is what a worker calls."""
    from grading.sealed.execute import execute

    return execute(task)


def count_processors():
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Context(SpawnContext):
    """Starts processes afresh, and knows which."""

    def __init__(self):
        super().__init__()
        self.started = []

    def Process(self, *args, **kwargs):
        process = super().Process(*args, **kwargs)
        self.started.append(process)
        return process


def _schedule(executor, tasks, running, most):
    """Keep `most` tasks under way; return those that a broken executor refused."""
    while len(running) < most:
        item = next(tasks, None)
        if item is None:
            break
        try:
            running[executor.submit(run_task, item[1])] = item
        except BrokenExecutor:
            return [item]
    return []


def _wait_for_some(executor, running, patience, check):
    is_ours = isinstance(executor, WorkerPool)
    end = time.monotonic() + (patience if is_ours else math.inf)
    while time.monotonic() < end:
        check()
        done = wait(running, _LOOK, FIRST_COMPLETED).done
        if done:
            return done
    executor.kill()
    return set()


def _try_alone(executor, task, patience):
    try:
        return executor.submit(run_task, task).result(patience)
    except (BrokenExecutor, TimeoutError):
        return WorkerDied()
    except Exception as error:
        return error


@contextlib.contextmanager
def _hold_interrupts():
    """Let Ctrl-C wait, also in the processes that are started meanwhile."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _number(context, jobs):
    """Return a counter for the workers, if they are to use every processor."""
    return context.Value("i", 0) if jobs >= count_processors() > 1 else None


def _set_up_worker(isolation, hidden, count):
    if count is not None and hasattr(os, "sched_setaffinity"):
        _settle(count)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process deals with it
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    with contextlib.suppress(OSError):  # only Linux has it
        system_calls.set_process(system_calls.PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if not multiprocessing.parent_process().is_alive():
        os._exit(1)
    from grading.sealed import execute

    with contextlib.suppress(Exception):  # `execute` fails like that, and says why
        execute.warm_up(isolation, LIMITS["disk"], hidden)


def _settle(count):
    """Keep this worker, and all that it starts, on a processor of its own.

    The judge and the student take turns. To wake each other on another processor,
    which has gone to sleep meanwhile, takes them five times as long.
    """
    with count.get_lock():
        place, count.value = count.value, count.value + 1
    processors = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {processors[place % len(processors)]})
