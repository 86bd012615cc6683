"""How well this machine can keep students' code from doing harm.

`find_offer` tries it, `choose` decides, `enter` and `confine` do it: the first once in
the warm parent, the second in each student process that it forks.

- `full`: inside bubblewrap, and Landlock and limits for each student process
- `landlock`: Landlock and limits only
- `none`: limits only
"""

import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from grading.sealed import bubblewrap, call_filter, installation, landlock, privileges

FULL, LANDLOCK, NONE = LEVELS = ("full", "landlock", "none")

_MISSING = "bubblewrap is not installed"
_INSTALL = "install bubblewrap: apt install bubblewrap"
_ELSE = "or use `--isolation none` after reading docs/security.md"
#: What a student process reads besides Python at the level `landlock`.
_MACHINE = ("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu")

# Runs inside bubblewrap; prints what is wrong, or that all is well.
_TRIAL = """\
import os, socket, sys
user, port, outside = sys.argv[1:]
wrong = []
if os.path.exists(outside):
    wrong.append("a file outside can be seen")
try:
    socket.create_connection(("127.0.0.1", int(port)), 2)
    wrong.append("the network can be reached")
except OSError:
    pass
if user:
    os.setgroups([])
    os.setresgid(*[int(user)] * 3)
    os.setresuid(*[int(user)] * 3)
try:
    open(os.path.join(os.environ["TMPDIR"], "trial"), "x").close()
except OSError as error:
    wrong.append(f"temporary files cannot be written: {error.strerror}")
print(*wrong or ["sealed"], sep=", ")
"""


class SandboxUnavailable(Exception):
    """This machine cannot keep students' code apart as wanted; says what to do."""


@dataclass(frozen=True)
class Offer:
    """What this machine has to keep students' code apart.

    Parameters
    ----------
    bubblewrap : str
        Its version; empty if it cannot be used.
    problem : str
        Why bubblewrap cannot be used; empty if it can.
    bounded_disk : bool
        Whether bubblewrap can limit what is written to /tmp.
    landlock : int
        The ABI; 0 if there is none.
    limits : tuple of str
        The names of the limits that the kernel keeps.
    """

    bubblewrap: str
    problem: str
    bounded_disk: bool
    landlock: int
    limits: tuple[str, ...]


class Choice(NamedTuple):
    """A level of isolation, and what to tell the instructor of it, or ""."""

    level: str
    remark: str


def find_offer():
    """Try what this machine has, and return it as an `Offer`. Takes about 0.1 s."""
    if not sys.platform.startswith("linux"):
        return Offer("", f"{sys.platform} has no bubblewrap", False, 0, _find_limits())
    problem = _try_bubblewrap()
    return Offer(
        bubblewrap="" if problem else bubblewrap.find_version(),
        problem=problem,
        bounded_disk=not problem and bubblewrap.knows("--size"),
        landlock=landlock.abi(),
        limits=_find_limits(),
    )


def choose(wanted, offer):
    """Choose a level of isolation.

    Parameters
    ----------
    wanted : str or None
        One of `LEVELS`; None for the best that protects: `full`, else `landlock`.
    offer : Offer

    Returns
    -------
    Choice

    Raises
    ------
    SandboxUnavailable
        If the machine does not offer what is wanted, or nothing that protects.
    ValueError
        If there is no such level.
    """
    if wanted not in (None, *LEVELS):
        raise ValueError(f"isolation is one of {', '.join(LEVELS)}, not {wanted!r}")
    if wanted == NONE:
        return Choice(NONE, "students' code runs with your rights, on your files")
    if wanted != LANDLOCK and not offer.problem:
        return Choice(FULL, "" if offer.landlock else "this kernel has no Landlock")
    if wanted == FULL:
        raise SandboxUnavailable(f"{offer.problem}; {_say_what_to_do(offer)}, {_ELSE}")
    if not offer.landlock:
        raise SandboxUnavailable(
            f"students' code cannot be kept apart here: {offer.problem}, and the "
            f"kernel offers no Landlock; {_say_what_to_do(offer)}, {_ELSE}"
        )
    if wanted == LANDLOCK:
        return Choice(LANDLOCK, "")
    return Choice(
        LANDLOCK,
        f"{offer.problem}: isolating with Landlock alone, which docs/security.md "
        f"compares; {_say_what_to_do(offer)}",
    )


def enter(level, user=None):
    """Make this process a warm parent: one that forks student processes.

    Call it first of all, with one thread.

    Parameters
    ----------
    level : str
    user : int, optional
        The user to become, at the level `full` and as root.
    """
    from grading.sealed import limits

    if not sys.platform.startswith("linux"):
        return
    limits.offer_to_the_kernel()
    if user is not None:
        privileges.become_user(user)
    elif level == FULL and os.geteuid() == 0:
        raise ValueError("inside bubblewrap, root has to become another user")
    privileges.drop_capabilities()
    privileges.refuse_tracing()
    privileges.adopt_orphans()


def confine(level, limits, writable, hidden=()):
    """Keep this process, a student's, from doing harm, for good.

    Call it in the forked child, with one thread, before any of the student's code.

    Parameters
    ----------
    level : str
    limits : dict
        See `grading.sealed.limits.apply`.
    writable : iterable of path
        The folders that it may write to; other than these, none.
    hidden : iterable of path
        Folders that it must not read, such as the course's.
    """
    from grading.sealed import limits as kernel_limits

    kernel_limits.apply(limits)
    if level == NONE:
        return
    if level == LANDLOCK:
        readable, listable = find_readable(hidden)
        landlock.restrict(readable, writable, listable=listable)
    elif landlock.abi():
        landlock.restrict(["/"], writable)  # there is nothing else inside bubblewrap
    call_filter.install(keep_files=level == LANDLOCK)


def find_readable(hidden=()):
    """Return what a student process reads where Landlock is alone, and what it lists.

    Parameters
    ----------
    hidden : iterable of path

    Returns
    -------
    readable, listable : set of Path
        For `landlock.restrict`.
    """
    wanted = {path.resolve() for path in installation.find_readable()}
    left_out = [Path(path).resolve() for path in (*installation.find_hidden(), *hidden)]
    whole, opened = installation.leave_out(wanted, left_out)
    return whole | set(map(Path, _MACHINE)), opened


def _find_limits():
    try:
        from grading.sealed import limits
    except ImportError:  # Windows has none
        return ()
    return limits.known()


def _say_what_to_do(offer):
    return _INSTALL if offer.problem == _MISSING else "see docs/security.md"


def _try_bubblewrap():
    """Return why bubblewrap cannot be used here; "" if it can."""
    if bubblewrap.find() is None:
        return _MISSING
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        tempfile.NamedTemporaryFile() as outside,
    ):
        user = privileges.choose_user()
        port = server.getsockname()[1]
        trial = [_TRIAL, "" if user is None else str(user), str(port), outside.name]
        argv = [sys.executable, "-I", "-S", "-c", *trial]
        command = bubblewrap.command(argv, disk=2**20)
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"bubblewrap does not work here: {error}"
    said = (done.stdout or done.stderr or f"exit code {done.returncode}").strip()
    if said == "sealed" and done.returncode == 0:
        return ""
    return f"bubblewrap does not work here: {said.splitlines()[-1]}"
