"""The few calls of Linux that Python has no function for."""

import ctypes
import errno
import os

PARENT_DEATH_SIGNAL = 1
NO_NEW_PRIVILEGES = 38
DUMPABLE = 4
SECCOMP = 22
CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    """Call a function of the C library and return what it returns.

    Raises
    ------
    OSError
        If it returns -1, or if there is no such function (`ENOSYS`).
    """
    function = getattr(_libc, name, None)
    if function is None:
        raise OSError(errno.ENOSYS, f"this system has no {name}()")
    function.restype = ctypes.c_long
    result = function(*arguments)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def set_process(option, *values):
    """Set one of the attributes of this process that `prctl` knows, by numbers."""
    rest = [ctypes.c_ulong(0)] * (4 - len(values))
    call("prctl", ctypes.c_int(option), *map(ctypes.c_ulong, values), *rest)
