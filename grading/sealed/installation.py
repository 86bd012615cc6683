"""Where Python and the packages of the course lie on this machine."""

import importlib.util
import os
import site
import sys
from pathlib import Path

_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
    *("/nix/store", "/gnu/store"),
)
_SETTINGS = (
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives"),
    *("/etc/fonts", "/etc/localtime"),
)
#: Of a prefix only these: an environment may have been made in the course's folder.
_PARTS = ("bin", "lib", "lib64", "share", "etc", "pyvenv.cfg")
_SEALED = Path(__file__).parent


def find_readable():
    """Return what a student process has to read: files and folders that exist.

    Python with its packages, the libraries of the system, `helpers`, and of this
    package only what runs submissions. Some lie inside those of `find_hidden`.
    """
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    found = [Path(path) for path in (*_SYSTEM, *_SETTINGS)]
    found += [Path(prefix, part) for prefix in prefixes for part in _PARTS]
    found += [Path(folder) for folder in _site_packages()]
    found += [_SEALED, _SEALED.with_name("__init__.py"), *_find_helpers()]
    return sorted(path for path in set(found) if path.exists())


def find_hidden():
    """Return the folders of which a student process must read nothing else.

    The rest of `grading` holds solutions.
    """
    return [_SEALED.parent]


def leave_out(paths, hidden):
    """Split paths up so that what is hidden in them is left out.

    Parameters
    ----------
    paths, hidden : iterable of Path
        Without symbolic links. Paths inside of what is hidden stay.

    Returns
    -------
    whole : set of Path
    opened : set of Path
        The folders that hold something hidden; what else they hold is in `whole`.
    """
    whole, opened, hidden = set(), set(), set(hidden)
    above = {folder for path in hidden for folder in path.parents}
    waiting = set(paths) - hidden
    while waiting:
        path = waiting.pop()
        if path not in above:
            whole.add(path)
        elif path not in opened:
            opened.add(path)
            inside = (place for place in path.iterdir() if not place.is_symlink())
            waiting |= set(inside) - hidden
    return whole, opened


def set_up_environment(folder):
    """Return the environment variables that a student process needs, and no others.

    Parameters
    ----------
    folder : path
        Its home, where it writes temporary files.
    """
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "MPLCONFIGDIR": str(Path(folder, ".matplotlib")),
        "IPYTHONDIR": str(Path(folder, ".ipython")),
        "USER": "student",
        "LOGNAME": "student",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "random",
    }
    for library in ("OMP", "OPENBLAS", "MKL"):
        environment[f"{library}_NUM_THREADS"] = "1"
    if site.ENABLE_USER_SITE:
        environment["PYTHONUSERBASE"] = site.getuserbase()
    if parent := _source_folder():
        environment["PYTHONPATH"] = parent
    return environment


def _site_packages():
    names = ("site-packages", "dist-packages")
    return [path for path in sys.path if os.path.basename(path) in names]


def _find_helpers():
    spec = importlib.util.find_spec("helpers")
    places = spec.submodule_search_locations if spec else None
    return [Path(place) for place in places or ()]


def _source_folder():
    """Return the folder that `grading` is imported from, if it is not installed."""
    parent = str(_SEALED.parents[1])
    listed = parent in [os.path.abspath(path) for path in sys.path]
    return parent if listed and parent not in _site_packages() else None
