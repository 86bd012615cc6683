"""Generate the student notebooks, all of them in one process.

nbgrader does the work, with the course's own configuration, so that its commands and
the formgrader's button write the same bytes. It deletes a release before it makes the
new one; here the new one is made elsewhere and put in place once it is whole.
"""

import fnmatch
import os
import tempfile
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException

from grading.course import Course
from grading.errors import CourseError, ReleaseFailed
from grading.gradebook import (
    KeepsFailure,
    course_directory,
    made_by_students,
    quiet_log,
)
from grading.parts import write_lecture_parts
from grading.sources import refuse_broken


def release(course, names, on_done=None):
    """Generate the student version of each assignment.

    A failure leaves the release before it in place, and does not stop the others.

    Parameters
    ----------
    course : Course
    names : list of str
        Assignments; all of them exist.
    on_done : function, optional
        Called after each assignment with its name, the list of released files that
        changed, and the `CourseError` that stopped it or None.

    Raises
    ------
    ReleaseFailed
        At the end, if any assignment failed, with a line for each problem.
    """
    config = course.nbgrader_config()
    lines = []
    for name in names:
        changed, failure = [], None
        try:
            refuse_broken(course, name)
            changed = _release_one(course, config, name)
        except CourseError as error:
            failure = error
        except OSError as error:
            failure = ReleaseFailed(f"{name}: {error.filename}: {error.strerror}")
        if failure:
            lines += failure.lines
        if on_done:
            on_done(name, changed, failure)
    try:
        write_lecture_parts(course)
    except CourseError as error:
        lines += error.lines
    if lines:
        raise ReleaseFailed(*dict.fromkeys(lines))


def take_out_handed_in(assignment, student, notebooks):
    """Take out of a release what students make themselves.

    nbgrader's `post_convert_hook`, for its own commands and the formgrader's button: it
    calls it in the course folder, with these arguments by name.
    """
    course = Course.at(Path.cwd())
    config = course.nbgrader_config()
    for name in fnmatch.filter(course.assignments(), assignment):
        for pattern in made_by_students(config, name):
            for path in (course.release / name).rglob(pattern):
                path.unlink()


class _Generator(KeepsFailure, GenerateAssignment):
    """nbgrader's converter of a source notebook."""


def _release_one(course, config, name):
    course.build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=course.build, prefix="release-") as folder:
        directory = course_directory(course, config)
        directory.assignment_id = name
        directory.ignore = [*directory.ignore, *made_by_students(config, name)]
        directory.release_directory = os.path.relpath(folder, course.root)
        generator = _Generator(coursedir=directory, config=config, log=quiet_log())
        generator.force = True
        try:
            generator.start()
        except NbGraderException as error:
            raise _explain(name, generator.failure or error) from error
        return _put_in_place(Path(folder) / name, course.release / name)


def _explain(name, error):
    if isinstance(error, CourseError):
        return error
    text = str(error).strip().split("\n")[0]
    if "submissions associated" in text:
        return ReleaseFailed(
            f"{name}: students' work is graded already, and the set of graded cells "
            "has changed; keep the grade ids, or start again with "
            f"`nbgrader db assignment remove {name}`, which deletes its grades"
        )
    return ReleaseFailed(f"{name}: nbgrader refused: {text or type(error).__name__}")


def _put_in_place(made, wanted):
    """Make the folder `wanted` equal to `made`, file by file; return what changed."""
    files = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    changed = []
    for file in sorted(files):
        before = wanted / file
        if not before.is_file() or before.read_bytes() != (made / file).read_bytes():
            before.parent.mkdir(parents=True, exist_ok=True)
            os.replace(made / file, before)
            changed.append(before)
    for path in sorted(wanted.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(wanted) not in files:
            path.unlink()
            changed.append(path)
    return changed
