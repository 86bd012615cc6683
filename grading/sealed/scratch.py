"""Temporary folders that do not outlive the process that made them.

They are named after it. A process that is killed cannot remove its own, so the next one
that needs a folder removes those whose process is gone.
"""

import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path

_PREFIX = "grading-"
_NAME = re.compile(_PREFIX + r"(\d+)-\w+")


@contextlib.contextmanager
def temporary_folder():
    """Make a folder for the time of a ``with`` statement; return its `Path`."""
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as folder:
        yield Path(folder)


def sweep():
    """Remove the folders that killed processes of this user have left."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        made_by = _NAME.fullmatch(path.name)
        with contextlib.suppress(OSError):
            ours = made_by and path.lstat().st_uid == os.getuid()
            if ours and not path.is_symlink() and not _is_running(int(made_by[1])):
                shutil.rmtree(path, ignore_errors=True)


def _is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        pass
    return True
