"""Seconds to release the whole course, against nbgrader called for each notebook.

Both write into a copy of the course, so nothing of yours is touched.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from grading.course import Course

ROOT = Path(__file__).parents[1]


def measure():
    """Print the seconds of both, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        course = str(Path(sys.executable).with_name("course"))
        ours = _time_release(Path(folder) / "ours", [[course, "release"]])
        nbgrader = [sys.executable, "-m", "nbgrader", "generate_assignment", "--force"]
        names = Course.at(ROOT).assignments()
        each = [[*nbgrader, name] for name in names]
        theirs = _time_release(Path(folder) / "theirs", each)
    print(f"release_course: {ours:.1f} s, course release")
    print(f"release_course: {theirs:.1f} s, nbgrader generate_assignment for each")
    print(f"release_course: ours is {theirs / ours:.1f} times as fast")


def _time_release(copy, commands):
    copy.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", copy)
    shutil.copytree(ROOT / "source", copy / "source")
    shutil.copytree(ROOT / "notebooks", copy / "notebooks")
    start = perf_counter()
    for command in commands:
        subprocess.run(command, cwd=copy, check=True, capture_output=True)
    return perf_counter() - start
