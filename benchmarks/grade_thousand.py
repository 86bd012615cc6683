"""A thousand submissions in one run: memory, open files and processes must not grow."""

import itertools
import tempfile
from pathlib import Path

import psutil

from benchmarks.grade_class import JOBS, NOTEBOOK, ROOT, make_class, measure_memory
from grading.catalogue import read_catalogue
from grading.course import Course
from grading.grade import grade

COUNT, EVERY = 1000, 100


def measure():
    """Print what all processes of the run hold, after each hundred submissions."""
    entries = itertools.cycle(read_catalogue(Course.at(ROOT), [NOTEBOOK]))
    done = []

    def note(result, _):
        done.append(result)
        if len(done) % EVERY == 0:
            _print_holdings(len(done))

    with tempfile.TemporaryDirectory() as folder:
        class_of_many = itertools.islice(entries, COUNT)
        course = make_class(Path(folder, "course"), class_of_many)
        grade(course, NOTEBOOK, jobs=JOBS, on_done=note)
        _print_holdings(len(done))
        left = [path.name for path in course.build.glob("*")]
    print(f"grade_thousand: left in build/: {left or 'nothing'}")


def _print_holdings(count):
    top = psutil.Process()
    family = [top, *top.children(recursive=True)]
    memory = sum(measure_memory(process) for process in family) / 2**20
    files = top.num_fds()
    print(
        f"grade_thousand: {count} done, {memory:.0f} MiB, {files} open files of the "
        f"writer, {len(family)} processes"
    )
