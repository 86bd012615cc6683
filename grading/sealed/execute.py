"""Run one submission: plain data in, plain data out.

`execute` touches no gradebook and no other submission, so it can run in many processes
or on many machines. In each of these it keeps one warm parent, from which the student
processes are forked, and forks the judge from itself.
"""

import atexit
import contextlib
import functools
import gc
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from signal import SIGKILL

import msgspec

from grading.sealed import (
    bubblewrap,
    installation,
    isolation,
    limits,
    privileges,
    remains,
    scratch,
    system_calls,
)
from grading.sealed.judge import DIED, Judge, name_graded_cell, read_plan
from grading.sealed.outputs import PROCESS_DIED, error_output
from grading.sealed.reading import find_imports
from grading.sealed.shell import Shell
from grading.sealed.student import name_cell

_START = 120  # seconds that a warm parent may take to start
_GRACE = 30  # seconds that a judge may need on top of a submission's time


class _Unusable(Exception):
    """The warm parent does not answer as it should: it is replaced."""


def execute(task):
    """Run the cells of a submission, and its checks in a process of their own.

    Parameters
    ----------
    task : dict
        ``assignment``; ``cells`` of the submission and those ``given`` by the course,
        each a dict with ``kind``, ``source`` and ``grade_id``; ``files`` beside the
        student's code and ``judge_files`` beside the checks, as {path: bytes};
        ``limits``; ``isolation``, one of `isolation.LEVELS`; and ``hidden``, folders
        that student code must not see.

    Returns
    -------
    dict
        ``outputs``, for each cell a list of outputs of the notebook format, or None;
        ``checks``, for each graded cell a dict with ``grade_id``, ``state`` and
        ``reason``; ``seconds``, the time that ``cells`` and ``judge`` took, and
        ``fork``: making the processes, and ending all that they left.

    Raises
    ------
    SandboxUnavailable
        If the machine cannot keep the student's code apart as the task wants it.
    """
    warm = _warm_up_for(task)
    _prepare_judges(task["given"])
    begin = time.monotonic()
    ours, theirs = socket.socketpair()
    try:
        warm.fork(theirs, task)
    except _Unusable:  # it was harmed by the submission before
        warm = _replace(task, warm)
        warm.fork(theirs, task)
    theirs.close()
    with ours:
        found = _judge(task, ours, warm)
    try:
        warm.end()
    except _Unusable:
        _replace(task, warm)
    result = _complete(task, found)
    seconds = {"cells": 0.0, "judge": 0.0}
    for _, _, check, taken in found:
        seconds["judge" if check else "cells"] += taken
    whole = time.monotonic() - begin
    seconds["fork"] = whole - seconds["cells"] - seconds["judge"]
    return result | {"seconds": seconds}


def _prepare_judges(given):
    """Read a notebook's graded cells, which judges that are forked later then know."""
    read_plan(given)
    graded = [cell for cell in given if cell["kind"] == "graded"]
    _make_shell().remember(
        (cell["source"], name_graded_cell(cell["grade_id"])) for cell in graded
    )


@functools.cache
def warm_up(level, disk=256 * 2**20, hidden=()):
    """Start a warm parent, if there is none of the kind yet; takes seconds.

    Returns
    -------
    WarmParent
    """
    scratch.sweep()
    parent = WarmParent(level, disk, hidden)
    import_module("helpers.candidates")  # what checks import, and students need not
    import_module("helpers.gradcheck")
    _make_shell()
    parent.wait()
    gc.collect()
    gc.freeze()  # what is here now: no judge has to look through it, and copy it
    return parent


def _replace(task, warm):
    warm.close()
    warm_up.cache_clear()
    return _warm_up_for(task)


def _warm_up_for(task):
    return warm_up(task["isolation"], task["limits"]["disk"], tuple(task["hidden"]))


@functools.cache
def _make_shell():
    return Shell(pictures=False)


class WarmParent:
    """A warm parent (`grading.sealed.warm`), seen from the process that uses it."""

    def __init__(self, level, disk, hidden):
        self._control, theirs = socket.socketpair()
        self._prepared = set()  # the notebooks whose imports it has made
        user = privileges.choose_user() if level == isolation.FULL else None
        argv = [sys.executable, "-P", "-m", "grading.sealed.warm"]
        argv += ["--control", str(theirs.fileno()), "--level", level]
        argv += ["--user", str(user)] if user is not None else []
        environment = installation.set_up_environment(tempfile.gettempdir())
        if level == isolation.FULL:
            argv += ["--outside", remains.read_namespaces()]
            argv = bubblewrap.command(argv, disk=disk, hidden=hidden)
        else:
            argv += ["--hidden", *map(str, hidden)]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long)
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
            pass_fds=[theirs.fileno()],
            env=environment,
            start_new_session=True,
        )
        theirs.close()
        atexit.register(self.close)

    @property
    def pid(self):
        """The number of the process that all others of it are below."""
        return self._process.pid

    def wait(self):
        """Wait until it is ready.

        Raises
        ------
        SandboxUnavailable
            If it does not start.
        """
        try:
            self._hear("ready", _START)
        except _Unusable:
            self._log.seek(0)
            lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
            self.close()
            why = lines[-1] if lines else "it gave no reason"
            raise isolation.SandboxUnavailable(
                f"the process for students' code does not start: {why}"
            ) from None

    def fork(self, connection, task):
        """Fork a student process for a task, with its end of a channel."""
        sources = tuple(cell["source"] for cell in task["given"])
        if sources not in self._prepared:
            cells = [
                (cell["source"], name_cell(index))
                for index, cell in enumerate(task["cells"])
                if cell["kind"] == "student" and cell["source"] in sources
            ]
            order = {"do": "prepare", "import": find_imports(sources), "cells": cells}
            self._order(order)
            self._hear("prepared", _START)
            self._prepared.add(sources)
        order = {"do": "fork", "limits": task["limits"]}
        self._order(order, connection.fileno())
        answer = self._hear("forked", 20)
        if answer["problem"]:
            raise isolation.SandboxUnavailable(
                f"the process for students' code does not start: {answer['problem']}"
            )

    def _order(self, order, *descriptors):
        data = json.dumps(order).encode() + b"\n"
        try:
            if descriptors:
                socket.send_fds(self._control, [data], descriptors)
            else:
                self._control.sendall(data)
        except OSError as error:
            raise _Unusable(str(error)) from None

    def interrupt(self):
        """Interrupt what the student process does."""
        with contextlib.suppress(OSError):
            self._control.sendall(b'{"do": "interrupt"}\n')

    def end(self):
        """End the student process, and whatever it has left behind."""
        with contextlib.suppress(OSError):
            self._control.sendall(b'{"do": "end"}\n')
        self._hear("ended", 30)

    def close(self):
        """End the warm parent, and with it all that it has started."""
        self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, SIGKILL)
        self._process.wait()
        self._log.close()
        atexit.unregister(self.close)

    def _hear(self, state, seconds):
        self._control.settimeout(seconds)
        data = b""
        try:
            while not data.endswith(b"\n"):
                part = self._control.recv(2**12)
                if not part:
                    raise _Unusable("it is gone")
                data += part
            answer = json.loads(data.splitlines()[-1])
            if answer.get("state") != state:
                raise _Unusable("it says something else")
            return answer
        except (OSError, ValueError) as error:
            raise _Unusable(str(error)) from None


def _judge(task, connection, warm):
    """Fork a judge; return its findings: (index, outputs, check, seconds) each."""
    reading, writing = os.pipe()
    with scratch.temporary_folder() as folder:
        process = os.fork()
        if not process:
            try:
                system_calls.set_process(system_calls.PARENT_DEATH_SIGNAL, SIGKILL)
                os.close(reading)
                _be_judge(task, connection, warm, writing, folder)
            finally:
                os._exit(0)
        os.close(writing)
        connection.close()
        try:
            return _collect(reading, task["limits"]["total"] + _GRACE)
        finally:
            os.close(reading)
            os.kill(process, SIGKILL)
            os.waitpid(process, 0)


def _be_judge(task, connection, warm, writing, folder):
    beside, work = folder / "beside", folder / "work"
    for place in (beside, work):
        for name, data in task["judge_files"].items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        place.mkdir(exist_ok=True)
    os.chdir(work)
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    sys.path[:] = [str(beside), *(path for path in sys.path if path)]
    limits.limit_memory(task["limits"]["memory"])
    judge = Judge(task, connection, _make_shell(), warm.interrupt)
    begin = time.monotonic()
    for step in judge.run():
        data = msgspec.msgpack.encode((*step, time.monotonic() - begin))
        _write_all(writing, len(data).to_bytes(8, "little") + data)
        begin = time.monotonic()


def _write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data) :]


def _collect(descriptor, seconds):
    end, data, found = time.monotonic() + seconds, bytearray(), []
    while True:
        left = max(end - time.monotonic(), 0)
        if not select.select([descriptor], [], [], left)[0]:
            return found
        part = os.read(descriptor, 2**20)
        if not part:
            return found
        data += part
        while len(data) >= 8:
            length = int.from_bytes(data[:8], "little")
            if len(data) < 8 + length:
                break
            found.append(msgspec.msgpack.decode(data[8 : 8 + length]))
            del data[: 8 + length]


def _complete(task, found):
    """Return the result; what the judge did not come to has not passed."""
    outputs, checks = [], []
    reached = {index: (shown, check) for index, shown, check, _ in found}
    why = "The process that grades ended before this was done."
    for index, cell in enumerate(task["cells"]):
        shown, check = reached.get(index, (None, None))
        if cell["kind"] == "graded":
            if check is None:
                shown = [error_output(PROCESS_DIED, why)]
                check = {"grade_id": cell["grade_id"], "state": DIED, "reason": why}
            checks.append(check)
        elif cell["kind"] != "text" and shown is None:
            shown = []
        outputs.append(shown)
    return {"outputs": outputs, "checks": checks}
