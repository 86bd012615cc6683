"""The student's side: runs the cells of one submission, and serves the judge.

Once the first cell has run, nothing in this process can be relied on. It holds no more
than the submission itself, and the judge takes from it only what `messages` lets
through.
"""

import contextlib
import json
import os
import signal
from pathlib import Path

from grading.sealed.messages import ChannelError
from grading.sealed.peer import Everything, Peer
from helpers import checks

_MOST_FILES, _MOST_WRITTEN = 100, 16 * 2**20


def name_cell(index):
    """Return under which file name the student's cell of some index runs."""
    return f"<cell {index + 1}>"


def live(connection, shell):
    """Serve the judge until it closes the channel.

    Parameters
    ----------
    connection : socket.socket
    shell : Shell
    """
    _Student(connection, shell).live()


class _Student:
    """One submission, from its first cell to its last check."""

    def __init__(self, connection, shell):
        self._shell, self._cells, self._files = shell, {}, {}
        self._peer = Peer(
            connection, 1, Everything(), cells=self._cells, labels={}, shared={}
        )
        self._peer.take_printed = shell.outputs.take_text
        for service in (self.place, self.run_cell, self.prepare):
            self._peer.services[service.__name__] = service

    def live(self):
        signal.signal(signal.SIGINT, self._interrupt)
        self._shell.start()
        with contextlib.suppress(ChannelError):
            self._peer.serve()

    def place(self, *files):
        """Write files, pairs of a name and bytes, into the working folder."""
        for name, data in files:
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self._files = _list_files()

    def run_cell(self, number, source):
        """Run a cell; return its outputs as JSON."""
        label = name_cell(number)
        self._cells[label] = number
        outputs = self._shell.run(source, label)
        self._shell.outputs.begin()
        return json.dumps(outputs, ensure_ascii=False)

    def prepare(self, *names):
        """Return what a check needs: variables, how visible checks went, new files.

        Returns
        -------
        (tuple of (str, object), str, tuple of (str, bytes))
            The second as JSON.
        """
        namespace = self._shell.namespace
        found = tuple((name, namespace[name]) for name in names if name in namespace)
        known, self._files = self._files, _list_files()
        changed = [
            name for name, stamp in self._files.items() if known.get(name) != stamp
        ]
        return found, json.dumps(checks.outcomes()), tuple(_read_files(changed))

    def _interrupt(self, number, frame):
        if not self._peer.busy:
            raise KeyboardInterrupt


def _list_files():
    """Return {path: (size, time of the last change)} of the working folder."""
    files = {}
    for parent, _, names in os.walk("."):
        for name in names:
            path = os.path.join(parent, name)
            with contextlib.suppress(OSError):
                state = os.lstat(path)
                files[os.path.relpath(path)] = state.st_size, state.st_mtime_ns
        if len(files) > 10 * _MOST_FILES:
            break
    return files


def _read_files(paths):
    left = _MOST_WRITTEN
    for path in sorted(paths)[:_MOST_FILES]:
        with contextlib.suppress(OSError):
            if os.path.isfile(path) and os.path.getsize(path) <= left:
                data = Path(path).read_bytes()
                left -= len(data)
                yield path, data
