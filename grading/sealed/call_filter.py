"""Refuse the system calls that students' code has no honest use for.

They are what Landlock and limits leave open: sockets of any kind (a Unix socket leads
to programs outside), memory that no limit counts, keyrings, namespaces, limits and
priorities of other processes (the next submission would inherit those of the warm
parent), and parts of the kernel where most of its faults were found. A socket pair,
pipes, files, processes and threads work. See seccomp(2) and `linux/filter.h`.
"""

import ctypes
import errno
import platform
import struct

from grading.sealed import system_calls

_EVERYWHERE = {
    **{"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427},
    **{"open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432},
    **{"pidfd_getfd": 438, "mount_setattr": 442, "memfd_secret": 447},
}
_X86_64 = {
    **{"socket": 41, "shmget": 29, "semget": 64, "msgget": 68, "mq_open": 240},
    **{"memfd_create": 319, "add_key": 248, "request_key": 249, "keyctl": 250},
    **{"ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312},
    **{"unshare": 272, "setns": 308, "mount": 165, "umount2": 166, "pivot_root": 155},
    **{"chroot": 161, "open_by_handle_at": 304, "userfaultfd": 323, "bpf": 321},
    **{"perf_event_open": 298, "kexec_load": 246, "setpriority": 141},
    **{"sched_setparam": 142, "sched_setscheduler": 144, "sched_setaffinity": 203},
    **{"ioprio_set": 251, "sched_setattr": 314},
}
_GENERIC = {
    **{"socket": 198, "shmget": 194, "semget": 190, "msgget": 186, "mq_open": 180},
    **{"memfd_create": 279, "add_key": 217, "request_key": 218, "keyctl": 219},
    **{"ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272},
    **{"unshare": 97, "setns": 268, "mount": 40, "umount2": 39, "pivot_root": 41},
    **{"chroot": 51, "open_by_handle_at": 265, "userfaultfd": 282, "bpf": 280},
    **{"perf_event_open": 241, "kexec_load": 104, "setpriority": 140},
    **{"sched_setparam": 118, "sched_setscheduler": 119, "sched_setaffinity": 122},
    **{"ioprio_set": 30, "sched_setattr": 274},
}
# What Landlock lets pass: they change files that cannot be opened.
_CHANGES_EVERYWHERE = {
    **{"fchmodat2": 452, "setxattrat": 463, "removexattrat": 466, "file_setattr": 469},
}
_X86_64_CHANGES = {
    **{"chmod": 90, "fchmod": 91, "fchmodat": 268, "truncate": 76},
    **{"chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260},
    **{"utime": 132, "utimes": 235, "futimesat": 261, "utimensat": 280},
    **{"setxattr": 188, "lsetxattr": 189, "fsetxattr": 190},
    **{"removexattr": 197, "lremovexattr": 198, "fremovexattr": 199},
}
_GENERIC_CHANGES = {
    **{"fchmod": 52, "fchmodat": 53, "fchownat": 54, "fchown": 55, "truncate": 45},
    **{"utimensat": 88, "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7},
    **{"removexattr": 14, "lremovexattr": 15, "fremovexattr": 16},
}
#: {machine: (number in linux/audit.h, refused calls, changes, clone, prlimit64)}.
_MACHINES = {
    "x86_64": (0xC000003E, _X86_64, _X86_64_CHANGES, 56, 302),
    "aarch64": (0xC00000B7, _GENERIC, _GENERIC_CHANGES, 220, 261),
    "riscv64": (0xC00000F3, _GENERIC, _GENERIC_CHANGES, 220, 261),
}
_CLONE3 = 435
_NEW_NAMESPACES = 0x7E020000
_FIRST_OF_X32 = 0x40000000  # other numbers for the same calls, on x86_64

_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16  # where they lie in seccomp_data
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_MODE_FILTER = 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def is_available():
    """Return whether the numbers of this machine's system calls are known here."""
    return platform.machine() in _MACHINES


def install(*, keep_files=False):
    """Refuse the calls in this process, and those it starts, from now on.

    A refused call ends with `PermissionError`. Does nothing on a machine whose
    numbers are not known here. Also sets no-new-privileges.

    Parameters
    ----------
    keep_files : bool
        Let calls that change permissions, owners, times or extended attributes, or cut
        off a file by its name, succeed without doing anything: other than Landlock,
        this works for files everywhere.

    Raises
    ------
    OSError
        If the kernel takes no filters.
    """
    if not is_available():
        return
    machine, calls, changes, clone, prlimit = _MACHINES[platform.machine()]
    ignored = changes | _CHANGES_EVERYWHERE if keep_files else {}
    code = b"".join(_write_program(machine, calls, ignored, clone, prlimit))
    program = _Program(length=len(code) // 8, instructions=code)
    system_calls.set_process(system_calls.NO_NEW_PRIVILEGES, 1)
    place = ctypes.addressof(program)
    system_calls.set_process(system_calls.SECCOMP, _MODE_FILTER, place)


def _write_program(machine, calls, ignored, clone, prlimit):
    yield _instruct(_LOAD, _MACHINE)
    yield _instruct(_IF_EQUAL, machine, then=1)
    yield _instruct(_RETURN, _KILL)
    yield _instruct(_LOAD, _NUMBER)
    yield from _refuse_if(_IF_AT_LEAST, _FIRST_OF_X32, errno.ENOSYS)
    # Its flags lie in memory; the C library then uses clone.
    yield from _refuse_if(_IF_EQUAL, _CLONE3, errno.ENOSYS)
    for number in (_EVERYWHERE | calls).values():
        yield from _refuse_if(_IF_EQUAL, number, errno.EPERM)
    for number in ignored.values():
        yield from _refuse_if(_IF_EQUAL, number, 0)
    # The limits of the process itself, number 0, but not those of its parent.
    yield _instruct(_IF_EQUAL, prlimit, otherwise=4)
    yield _instruct(_LOAD, _FIRST_ARGUMENT)
    yield _instruct(_IF_EQUAL, 0, then=1)
    yield _instruct(_RETURN, _REFUSE | errno.EPERM)
    yield _instruct(_RETURN, _ALLOW)
    yield _instruct(_IF_EQUAL, clone, otherwise=3)
    yield _instruct(_LOAD, _FIRST_ARGUMENT)
    yield from _refuse_if(_IF_ANY_BIT, _NEW_NAMESPACES, errno.EPERM)
    yield _instruct(_RETURN, _ALLOW)


def _refuse_if(condition, value, error):
    yield _instruct(condition, value, otherwise=1)
    yield _instruct(_RETURN, _REFUSE | error)


def _instruct(code, value, then=0, otherwise=0):
    return struct.pack("HBBI", code, then, otherwise, value)
