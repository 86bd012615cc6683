"""Bubblewrap: start a program where there is nothing but Python.

It gets a root of its own, with read-only binds of what Python needs, an empty /tmp, and
its own processes, network and System V IPC. See https://github.com/containers/bubblewrap.
"""

import functools
import os
import shutil
import subprocess
from pathlib import Path

from grading.sealed import installation

_UNSHARE = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
_SCRATCH = ("/tmp", "/scratch")  # the second where Python is installed in the first
_SHARED_MEMORY = "/dev/shm"


def find():
    """Return the path of bubblewrap's program, or None."""
    return shutil.which("bwrap")


def find_version():
    """Return bubblewrap's version, such as "0.8.0"."""
    done = subprocess.run(
        [find(), "--version"], capture_output=True, text=True, check=True
    )
    return done.stdout.split()[-1]


def command(argv, *, disk, readable=(), hidden=(), environment=None):
    """Return the command that starts a program inside bubblewrap.

    Open files are handed on: give `pass_fds` to `subprocess.Popen`. The program ends
    with the thread that started it. Run as root it is root without a home and
    without capabilities, apart from those to turn into another user: it should do
    so at once (`privileges.become_user`).

    Parameters
    ----------
    argv : list of str
        The program and its arguments, such as `sys.executable`.
    disk : int
        Bytes that it can write to /tmp, and to /dev/shm.
    readable : iterable of path
        What it can read besides Python's installation.
    hidden : iterable of path
        Folders that it must not see, such as the course's. Python's installation and
        what is `readable` inside of them can be seen all the same.
    environment : dict, optional
        Variables on top of those of `installation.set_up_environment`.
    """
    links, real = _follow([*installation.find_readable(), *readable, argv[0]])
    layers = _plan(real, _follow([*installation.find_hidden(), *hidden])[1])
    scratch = _choose_scratch(layers)
    variables = installation.set_up_environment(scratch) | (environment or {})
    return [
        find(),
        *_UNSHARE,
        *("--unshare-cgroup-try", "--die-with-parent", "--new-session"),
        *_name_user(),
        *_build_root(layers, links),
        *("--proc", "/proc", "--dev", "/dev"),
        *_mount_writable(scratch, disk),
        *_mount_writable(_SHARED_MEMORY, disk),
        *("--remount-ro", "/dev", "--remount-ro", "/"),
        "--clearenv",
        *(word for pair in variables.items() for word in ("--setenv", *pair)),
        *("--chdir", "/", "--", *argv),
    ]


def writable_folders():
    """Return the folders that can be written to, asked inside bubblewrap."""
    return [os.environ["TMPDIR"], _SHARED_MEMORY]


def knows(option):
    """Return whether the installed bubblewrap has an option, such as "--size"."""
    return option in _read_help().split()


@functools.cache
def _read_help():
    done = subprocess.run([find(), "--help"], capture_output=True, text=True)
    return done.stdout + done.stderr


def _name_user():
    # RLIMIT_NPROC does not bind root, nor root of a user namespace made by root.
    if os.geteuid() == 0:
        kept = ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
        return ["--cap-drop", "ALL", *kept]
    return ["--unshare-user", *(o for o in ("--disable-userns",) if knows(o))]


def _follow(paths):
    """Return the symbolic links that paths go through, and where they end.

    Paths that do not exist are left out.
    """
    links, ends = {}, set()
    for path in map(Path, paths):
        if path.exists():
            ends.add(_walk(path.absolute(), links))
    return links, ends


def _walk(path, links):
    place = Path(path.anchor)
    for name in path.parts[1:]:
        place = place.parent if name == ".." else place / name
        if place.is_symlink():
            links[place] = place.readlink()
            place = _walk(place.parent / links[place], links)
    return place


def _plan(readable, hidden):
    """Return what to mount, in order: {path: whether it is readable there}.

    The nearest folder above decides, so what it says already is not said again.
    """
    layers = {}
    wanted = {path: True for path in readable} | {path: False for path in hidden}
    for path in sorted(wanted, key=lambda path: len(path.parts)):
        if wanted[path] != _is_readable(path, layers):
            layers[path] = wanted[path]
    return layers


def _is_readable(path, layers):
    return next((layers[above] for above in path.parents if above in layers), False)


def _choose_scratch(layers):
    inside = {str(above) for path in layers for above in (path, *path.parents)}
    return next(folder for folder in _SCRATCH if folder not in inside)


def _build_root(layers, links):
    steps = {
        path: ("--ro-bind", str(path)) if readable else ("--tmpfs",)
        for path, readable in layers.items()
    }
    for path, target in links.items():
        if not _is_readable(path, layers):
            steps[path] = ("--symlink", str(target))
    # Those that bubblewrap would make by itself, no other user than root could enter.
    for path in {above for step in steps for above in step.parents} - {Path("/")}:
        if path not in steps and not _is_readable(path, layers):
            steps[path] = ("--dir",)
    for path in sorted(steps, key=lambda path: len(path.parts)):
        yield from (*steps[path], str(path))


def _mount_writable(folder, size):
    if knows("--perms"):
        yield from ("--perms", "1777")
    if knows("--size"):
        yield from ("--size", str(size))
    yield from ("--tmpfs", folder)
