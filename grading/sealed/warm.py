"""The warm parent: a process that has imported what notebooks need, and forks.

It is started by a worker (`python -m grading.sealed.warm`), inside bubblewrap where
there is one, and does what the worker says on a Unix socket, a line of JSON at a time:

- `{"do": "prepare", "import": [...], "cells": [...]}`: import what the course's own
  cells import, and compile these, pairs of a source and a file name
- `{"do": "fork", "limits": ...}`, with the student's end of a channel: fork a student
- `{"do": "interrupt"}`: interrupt the student's code, as Ctrl-C does
- `{"do": "end"}`: kill all that is left of the submission, and leave no trace of it

One submission lives at a time.
"""

import argparse
import array
import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
import tempfile

from grading.sealed import bubblewrap, isolation, remains
from grading.sealed.scratch import temporary_folder

#: What the notebooks of a course import, and what running them needs.
_USUAL = (
    *("helpers.checks", "helpers.candidates", "helpers.carry", "helpers.data"),
    *("helpers.gradcheck", "helpers.live", "helpers.plots"),
    *("matplotlib.pyplot", "matplotlib.figure", "matplotlib_inline.backend_inline"),
    *("matplotlib.backends.backend_agg", "PIL.PngImagePlugin"),
    *("IPython.core.ultratb", "IPython.core.completer", "asyncio", "ipywidgets"),
)
#: What these import only when they are used, and takes long.
_BEHIND = {"helpers.data": ("sklearn.datasets",)}


def import_all(names):
    """Import modules, and what is behind them; leave out what is not installed."""
    for name in names:
        for module in (name, *_BEHIND.get(name, ())):
            with contextlib.suppress(ImportError):
                importlib.import_module(module)


def main():
    """Serve the worker until it closes the socket."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--level", required=True)
    parser.add_argument("--user", type=int)
    parser.add_argument("--outside", default="")
    parser.add_argument("--hidden", nargs="*", default=[])
    options = parser.parse_args()
    isolation.enter(options.level, options.user)
    _WarmParent(options).serve()


class _WarmParent:
    """Forks students for one worker."""

    def __init__(self, options):
        # Only now, for importing takes its time, and other things come first.
        from grading.sealed.shell import Shell
        from grading.sealed.student import live

        self._live = live
        self._control = socket.socket(fileno=options.control)
        self._level, self._hidden = options.level, options.hidden
        self._outside = options.outside or None
        os.environ["NBGRADER_EXECUTION"] = "autograde"
        import_all(name for name in _USUAL if name not in _BEHIND)
        self._shell = Shell()
        self._stack = contextlib.ExitStack()
        if self._level == isolation.FULL:
            self._writable = bubblewrap.writable_folders()
        else:
            self._writable = [str(self._stack.enter_context(temporary_folder()))]
        self._child = None
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        gc.collect()
        gc.freeze()  # no student has to look through what is here now, and copy it
        self._say("ready")

    def serve(self):
        try:
            while True:
                data, descriptors = _receive(self._control)
                if not data:
                    break
                self._do(json.loads(data), descriptors)
        finally:
            self._end()
            self._stack.close()

    def _do(self, order, descriptors):
        if order["do"] == "fork":
            problem = self._fork(order["limits"], descriptors[0])
            os.close(descriptors[0])
            self._say("forked", problem=problem)
        elif order["do"] == "prepare":
            import_all(order["import"])
            self._shell.remember(order["cells"])
            gc.freeze()
            self._say("prepared")
        elif order["do"] == "interrupt":
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGINT)
        else:
            self._end()
            self._say("ended")

    def _fork(self, limits, descriptor):
        """Fork a student; return what keeps it from starting, or ""."""
        reading, writing = os.pipe()
        self._child = os.fork()
        if self._child:
            os.close(writing)
            with open(reading, encoding="utf-8") as told:
                return told.read()
        try:
            os.close(reading)
            self._control.close()
            self._become_student(limits, socket.socket(fileno=descriptor), writing)
        finally:
            os._exit(0)

    def _become_student(self, limits, connection, telling):
        try:
            self._move_in(limits)
        except Exception as error:  # whatever it is, no student's code may run
            os.write(telling, f"{type(error).__name__}: {error}".encode())
            return
        os.close(telling)
        self._live(connection, self._shell)

    def _move_in(self, limits):
        home = self._writable[0]
        folder = tempfile.mkdtemp(dir=home)
        os.chdir(folder)
        os.environ |= {"HOME": home, "TMPDIR": home}
        tempfile.tempdir = None
        sys.path.insert(0, folder)
        self._shell.outputs.most_text = limits["output"]
        isolation.confine(self._level, limits, self._writable, self._hidden)

    def _end(self):
        remains.kill_all(self._outside)
        remains.empty(self._writable)
        if self._outside:
            remains.forget_ipc(self._outside)
        self._child = None

    def _say(self, state, **more):
        self._control.sendall(json.dumps({"state": state, **more}).encode() + b"\n")


def _receive(control):
    """Return a line, without its end, and the open files that came with it."""
    data, descriptors = b"", array.array("i")
    while not data.endswith(b"\n"):
        part, found, _, _ = socket.recv_fds(control, 2**16, 1)
        if not part:
            return b"", []
        data += part
        descriptors.extend(found)
    return data.rstrip(b"\n"), list(descriptors)


if __name__ == "__main__":
    main()
