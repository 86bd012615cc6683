"""What a process may do to others: it gives up what grading does not need."""

import ctypes
import os
import random

from grading.sealed import system_calls

#: Users that no system and no person has.
_USERS = range(61000, 62000)
_CAPABILITY_VERSION = 0x20080522


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Capabilities(ctypes.Structure):
    """Effective, permitted and inheritable ones, twice 32 of each."""

    _fields_ = (("sets", ctypes.c_uint32 * 6),)


def choose_user():
    """Return the number of a user for the sandbox, by chance; None if not root."""
    return random.SystemRandom().choice(_USERS) if os.geteuid() == 0 else None


def become_user(user):
    """Turn from root into a user, for good, with the group of the same number.

    Raises
    ------
    OSError
        If it is not root's process, or the user is unknown to its user namespace.
    """
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def drop_capabilities():
    """Give up all capabilities, also those that root has."""
    header = _CapabilityHeader(version=_CAPABILITY_VERSION, pid=0)
    system_calls.call("capset", ctypes.byref(header), ctypes.byref(_Capabilities()))


def refuse_tracing():
    """Keep other processes of the same user from reading and tracing this one.

    Children that it forks inherit that, until they start another program.
    """
    system_calls.set_process(system_calls.DUMPABLE, 0)


def adopt_orphans():
    """Become the parent of descendants whose parent ends, so that none gets lost."""
    system_calls.set_process(system_calls.CHILD_SUBREAPER, 1)
