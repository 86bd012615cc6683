"""An executor in the place of the sealed one: at once, and without running anything.

A check passes if the texts of the submission hold what `PASSES` says. As strict as a
remote machine could be, it lets nothing but plain data through.
"""

import io
import os
import pickle
import time
from concurrent.futures import Executor, Future

PASSES = {"test_double": "return 2 * np", "test_quadruple": "double(double(x))"}


class PlainData(pickle.Unpickler):
    """Refuses everything that is more than numbers, text, bytes and containers."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"{module}.{name} is no plain data")


def pass_on(value):
    """Return a copy of `value` that went through a pickle of plain data."""
    return PlainData(io.BytesIO(pickle.dumps(value))).load()


class PlainExecutor(Executor):
    """Judges tasks by their text, or by `answer`, a function of the task."""

    def __init__(self, answer=None):
        self.tasks = []
        self._answer = answer or judge

    def submit(self, fn, /, task):
        task = pass_on(task)
        self.tasks.append(task)
        future = Future()
        try:
            future.set_result(pass_on(self._answer(task)))
        except Exception as error:
            future.set_exception(error)
        return future


def judge(task):
    """Return a result like that of `grading.sealed.execute.execute`."""
    written = "\n".join(c["source"] for c in task["cells"] if c["kind"] == "student")
    checks, outputs = [], []
    for cell in task["cells"]:
        outputs.append(None if cell["kind"] == "text" else [])
        if cell["kind"] == "graded":
            name = cell["grade_id"]
            passed = PASSES[name] in written
            reason = "" if passed else f"{name}: not right yet. No {PASSES[name]}."
            if not passed:
                outputs[-1].append(fail(reason))
            state = "passed" if passed else "failed"
            checks.append({"grade_id": name, "state": state, "reason": reason})
    return {"outputs": outputs, "checks": checks, "seconds": {"cells": 0.0}}


def fail(why, name="CheckFailed"):
    return {"output_type": "error", "ename": name, "evalue": why, "traceback": [why]}


# In a worker process --------------------------------------------------------------


def set_up_worker(isolation, hidden, count):
    """Prepare nothing."""


def run_in_worker(task):
    """Judge a task in a worker, which ends where the submission says so."""
    texts = [cell["source"] for cell in task["cells"]]
    if any("# kill the worker" in text for text in texts):
        os._exit(9)
    if any("# hang the worker" in text for text in texts):
        time.sleep(600)
    if any("# a fault of the engine" in text for text in texts):
        raise RuntimeError("a fault")
    return judge(task)
