"""What a process may use of the machine: the limits that the kernel keeps."""

import contextlib
import math
import os
import resource
import signal
from pathlib import Path

_GRACE = 5  # seconds of processor time; the clock on the wall comes first
_STACK = 8 * 2**20  # bytes: as usual on Linux
_PROCESSES = Path("/proc")


def apply(limits):
    """Limit this process, and those it starts, for good.

    Memory and processes are counted on top of what is in use now. A limit that the
    system does not offer is skipped; one that is lower already stays.

    Parameters
    ----------
    limits : dict
        `total` in seconds; `memory`, `file_size` in bytes; `processes` and
        `open_files` are numbers.
    """
    seconds = math.ceil(limits["total"]) + _GRACE
    _limit("CPU", seconds, seconds + _GRACE)
    _limit("FSIZE", limits["file_size"])
    # Writing more is then an OSError, as on a full disk, and not the end.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _limit("NOFILE", limits["open_files"])
    _limit("STACK", _STACK)
    for name in ("CORE", "MSGQUEUE", "RTPRIO"):
        _limit(name, 0)
    if _PROCESSES.joinpath("self/statm").exists():  # elsewhere nothing can be counted
        _limit("NPROC", _count_threads(os.getuid()) + limits["processes"])
        limit_memory(limits["memory"])


def limit_memory(size):
    """Let this process take so many bytes of memory on top of what it has now."""
    if _PROCESSES.joinpath("self/statm").exists():
        _limit("AS", _measure_memory() + size)


def offer_to_the_kernel():
    """Let the kernel end this process, and its children, first if memory runs out.

    Once a process cannot be traced any more, it cannot say so either.
    """
    with contextlib.suppress(OSError):
        _PROCESSES.joinpath("self/oom_score_adj").write_text("1000")


def known():
    """Return the names of the limits that this system offers, such as "NPROC"."""
    names = ("CPU", "AS", "NPROC", "FSIZE", "NOFILE", "STACK", "CORE", "MSGQUEUE")
    return tuple(name for name in names if hasattr(resource, f"RLIMIT_{name}"))


def _limit(name, soft, hard=None):
    kind = getattr(resource, f"RLIMIT_{name}", None)
    if kind is None:
        return
    wanted = (soft, soft if hard is None else hard)
    pairs = zip(wanted, resource.getrlimit(kind), strict=True)
    resource.setrlimit(kind, tuple(_lower(new, now) for new, now in pairs))


def _lower(new, now):
    return new if now == resource.RLIM_INFINITY else min(new, now)


def _measure_memory():
    """Return the size of the address space in bytes."""
    pages = _PROCESSES.joinpath("self/statm").read_text().split()[0]
    return int(pages) * resource.getpagesize()


def _count_threads(user):
    """Return how many threads a user has here; the kernel counts them as processes."""
    count = 0
    for status in _PROCESSES.glob("[0-9]*/status"):
        with contextlib.suppress(OSError):  # it has ended
            text = status.read_text(errors="replace")
            fields = dict(line.split(":", 1) for line in text.splitlines())
            if int(fields["Uid"].split()[0]) == user:
                count += int(fields["Threads"])
    return count
