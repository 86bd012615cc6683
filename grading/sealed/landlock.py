"""Landlock: a process of Linux gives up files, ports and signals for good.

The numbers are those of `linux/landlock.h`; the calls have the same numbers on every
architecture. What a process gives up, its children lack as well.
"""

import ctypes
import os
import stat
import sys

from grading.sealed import system_calls

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_FOR_ABI = 1
_BENEATH_A_PATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FOR_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
#: The ABI from which on a number of rights (the lowest bits) is known.
_RIGHTS = ((1, 13), (2, 14), (3, 15), (5, 16))
_MAKE_DEVICES = 1 << 6 | 1 << 11
_TCP_ABI, _TCP = 4, 1 << 0 | 1 << 1  # bind and connect
_SCOPES_ABI, _SCOPES = 6, 1 << 0 | 1 << 1  # abstract Unix sockets and signals

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_files", ctypes.c_uint64),
        ("handled_ports", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def abi():
    """Return the version of Landlock that the kernel offers; 0 if it offers none."""
    if not sys.platform.startswith("linux"):
        return 0
    try:
        return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_FOR_ABI)
    except OSError:
        return 0


def restrict(readable, writable, *, listable=(), network=False):
    """Let this process, and those it starts, use only these files from now on.

    It cannot be undone. Also sets no-new-privileges. With it go TCP (ABI 4 and later),
    and signals and abstract Unix sockets to processes outside (ABI 6 and later); not
    UDP, nor Unix sockets that have a path. Other threads of the process go free: call
    it where there is one.

    Parameters
    ----------
    readable : iterable of path
        Files, and folders with all below them, to read and execute.
    writable : iterable of path
        Folders to read, write and execute in, but not to make devices in.
    listable : iterable of path
        Folders whose names may be listed, and those of all folders below.
    network : bool
        Leave TCP as it is.

    Raises
    ------
    OSError
        If the kernel offers no Landlock, or refuses a rule. Missing paths are skipped.
    """
    version = abi()
    handled = _known_rights(version)
    attributes = _Ruleset(
        handled_files=handled,
        handled_ports=_TCP if version >= _TCP_ABI and not network else 0,
        scoped=_SCOPES if version >= _SCOPES_ABI else 0,
    )
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    ruleset = _call(_CREATE_RULESET, ctypes.byref(attributes), size, 0)
    try:
        everything = handled & ~(_MAKE_DEVICES | _IOCTL_DEVICE)
        for paths, allowed in (
            (readable, _READ),
            (writable, everything),
            (listable, _READ_DIR),
            (_DEVICES, _READ_FILE | _WRITE_FILE | _TRUNCATE & handled),
        ):
            for path in paths:
                _allow(ruleset, path, allowed)
        system_calls.set_process(system_calls.NO_NEW_PRIVILEGES, 1)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _known_rights(version):
    count = max((bits for since, bits in _RIGHTS if version >= since), default=0)
    return (1 << count) - 1


def _allow(ruleset, path, allowed):
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        if not stat.S_ISDIR(os.fstat(folder).st_mode):
            allowed &= _FOR_FILES
        rule = _Beneath(allowed=allowed, folder=folder)
        _call(_ADD_RULE, ruleset, _BENEATH_A_PATH, ctypes.byref(rule), 0)
    finally:
        os.close(folder)


def _call(number, *arguments):
    return system_calls.call("syscall", ctypes.c_long(number), *arguments)
