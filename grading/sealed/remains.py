"""What a submission leaves behind: processes, files, shared memory. All of it goes.

Whoever calls this is alone with what a student started: nothing else runs as its child
or, at the level `full`, in its namespaces.
"""

import contextlib
import os
import secrets
import signal
import stat
import time
from pathlib import Path

from grading.sealed import system_calls

_SECONDS = 20  # until processes that were killed must be gone
_PAUSE = 0.002
_PROCESSES = Path("/proc")
_REMOVE = 0  # IPC_RMID
#: The System V kinds: {kind: (column of its number, function, arguments after it)}.
_KINDS = {
    "shm": ("shmid", "shmctl", (_REMOVE, None)),
    "sem": ("semid", "semctl", (0, _REMOVE)),
    "msg": ("msqid", "msgctl", (_REMOVE, None)),
}


class RemainsLeft(Exception):
    """Something of a submission could not be removed: nothing else may run here."""


def read_namespaces():
    """Return which process and IPC namespaces this process is in, as a word.

    None where the system has no namespaces.
    """
    with contextlib.suppress(FileNotFoundError):
        names = (os.readlink(f"/proc/self/ns/{kind}") for kind in ("pid", "ipc"))
        return ",".join(names)
    return None


def kill_all(outside=None):
    """Kill all that a submission started, and wait until it is gone.

    Parameters
    ----------
    outside : str, optional
        The namespaces of the process that started bubblewrap (`read_namespaces`):
        everything in this namespace is killed. None: the descendants are, and for
        that the process must have adopted orphans (`privileges.adopt_orphans`).

    Returns
    -------
    dict of {int: int}
        The wait status of each process that ended, those that had ended before too.

    Raises
    ------
    RemainsLeft
        If a process is still there after 20 seconds.
    RuntimeError
        If `outside` is given and this process is not inside bubblewrap.
    """
    if outside is None:
        return _kill_descendants()
    _insist_on_namespaces(outside)
    with contextlib.suppress(ProcessLookupError):  # there is none
        os.kill(-1, signal.SIGKILL)
    ended = _reap()
    if others := _list_processes().keys() - {1, os.getpid()}:
        raise RemainsLeft(f"processes that could not be killed: {sorted(others)}")
    return ended


def empty(folders):
    """Remove everything in folders, whatever its permissions, and follow no links.

    No process that writes there may be left. Also takes off what a student can attach
    to the folders themselves: extended attributes, permissions, times.

    Raises
    ------
    RemainsLeft
        If something cannot be removed.
    """
    for folder in folders:
        if not os.path.lexists(folder):
            continue
        try:
            with _open_folder(folder) as place:
                _reset(place)
                _remove_below(place)
                _reset(place)
        except OSError as error:
            raise RemainsLeft(f"{folder}: {error}") from error


def forget_ipc(outside):
    """Remove the System V shared memory, semaphores and queues of this namespace.

    Parameters
    ----------
    outside : str
        The namespaces of the process that started bubblewrap (`read_namespaces`).

    Raises
    ------
    RemainsLeft
        If one cannot be removed.
    RuntimeError
        If this process is not inside bubblewrap.
    """
    _insist_on_namespaces(outside)
    for kind, (column, function, arguments) in _KINDS.items():
        for number in _list_ipc(kind, column):
            try:
                system_calls.call(function, number, *arguments)
            except OSError as error:
                raise RemainsLeft(f"System V {kind} {number}: {error}") from error


def _insist_on_namespaces(outside):
    here = read_namespaces()
    apart = here and all(
        mine != theirs
        for mine, theirs in zip(here.split(","), outside.split(","), strict=True)
    )
    # Inside, the first process is bubblewrap's own, and it started this one.
    first = apart and os.getppid() == 1 and _PROCESSES.joinpath("1/comm").read_text()
    if not first or first.strip() != "bwrap":
        raise RuntimeError("this is only for a process that bubblewrap started")


def _kill_descendants():
    # Nothing is reaped in between: what has ended but was not waited for counts for
    # the limit of processes, and shows that one which forks and ends at once, and so
    # is missed by a look at all processes, was there.
    until = time.monotonic() + _SECONDS
    before = None
    while True:
        running, ended = _find_descendants()
        if not running and ended == before:
            return _reap()
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if time.monotonic() > until:
            raise RemainsLeft(f"processes that could not be killed: {running}")
        before = ended
        time.sleep(_PAUSE)


def _find_descendants():
    """Return the processes below this one: those that run, and those that ended."""
    parents = _list_processes()
    family = {os.getpid()}
    while more := {p for p, (above, _) in parents.items() if above in family} - family:
        family |= more
    family.remove(os.getpid())
    ended = {process for process in family if parents[process][1] in "ZX"}
    return family - ended, ended


def _list_processes():
    """Return {process: (its parent, the letter of its state)}."""
    found = {}
    for place in _PROCESSES.glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = place.read_text(errors="replace").rpartition(")")[2].split()
            found[int(place.parent.name)] = int(fields[1]), fields[0]
    return found


def _reap():
    until = time.monotonic() + _SECONDS
    ended = {}
    with contextlib.suppress(ChildProcessError):  # all are reaped
        while True:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process:
                ended[process] = status
            elif time.monotonic() > until:
                raise RemainsLeft("a process was killed and does not end")
            else:
                time.sleep(_PAUSE)
    return ended


@contextlib.contextmanager
def _open_folder(folder):
    _own(folder)
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield place
    finally:
        os.close(place)


def _own(name, above=None):
    """Give the owner every permission for a folder, if it is this user's."""
    found = os.stat(name, dir_fd=above, follow_symlinks=False)
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
        os.chmod(name, 0o700, dir_fd=above)


def _reset(place):
    if os.fstat(place).st_uid != os.geteuid():  # then a student could not change it
        return
    for name in os.listxattr(place) if hasattr(os, "listxattr") else ():
        if not name.startswith(("security.", "trusted.")):
            os.removexattr(place, name)
    os.utime(place, (0, 0))


def _remove_below(place):
    # Folders in folders move up first, so that no depth is too deep.
    while names := os.listdir(place):
        for name in names:
            _remove_or_lift(name, place)


def _remove_or_lift(name, place):
    found = os.stat(name, dir_fd=place, follow_symlinks=False)
    if not stat.S_ISDIR(found.st_mode):
        os.unlink(name, dir_fd=place)
        return
    _own(name, place)
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place)
    try:
        for below in os.listdir(inner):
            if stat.S_ISDIR(
                os.stat(below, dir_fd=inner, follow_symlinks=False).st_mode
            ):
                _own(below, inner)
                new = secrets.token_hex(16)  # no name that is there already
                os.rename(below, new, src_dir_fd=inner, dst_dir_fd=place)
            else:
                os.unlink(below, dir_fd=inner)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=place)


def _list_ipc(kind, column):
    lines = _PROCESSES.joinpath("sysvipc", kind).read_text().splitlines()
    place = lines[0].split().index(column)
    return [int(line.split()[place]) for line in lines[1:]]
