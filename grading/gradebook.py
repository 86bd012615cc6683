"""Open nbgrader's gradebook, and know what it says of an assignment."""

import contextlib
import hashlib
import logging

from grading.errors import GradingFailed, NotReleased
from grading.notebooks import nbgrader_metadata, read_notebook


def course_directory(course, config):
    """Return nbgrader's view of the course folder, a `CourseDirectory`."""
    from nbgrader.coursedir import CourseDirectory

    directory = CourseDirectory(config=config, log=quiet_log())
    directory.root = str(course.root)
    return directory


@contextlib.contextmanager
def open_gradebook(course):
    """Open the gradebook of a course, as a context manager.

    Raises
    ------
    NotReleased
        If there is none yet: releasing an assignment makes it.
    GradingFailed
        If it cannot be read or written.
    """
    from nbgrader.api import Gradebook
    from sqlalchemy.exc import DatabaseError

    directory = course_directory(course, course.nbgrader_config())
    default = directory.db_url.endswith(str(course.gradebook))
    if default and not course.gradebook.exists():
        raise NotReleased(
            f"nothing has been released: there is no {course.gradebook.name} yet; "
            "run `course release` first"
        )
    try:
        with Gradebook(directory.db_url, directory.course_id) as gradebook:
            yield gradebook
    except DatabaseError as error:
        raise GradingFailed(
            f"{course.gradebook.name} cannot be used: {str(error.orig).strip()}; "
            "make a copy of it, then try `nbgrader db upgrade`"
        ) from error


def find_released(course, gradebook, name):
    """Return the gradebook's notebook of an assignment, as it was released.

    Raises
    ------
    NotReleased
        If the assignment is not in the gradebook, its release is missing, or the two
        are not of the same generation.
    """
    from nbgrader.api import MissingEntry

    hint = f"run `course release {name}` first"
    try:
        known = gradebook.find_notebook(name, name)
    except MissingEntry:
        raise NotReleased(f"{name} has not been released: {hint}") from None
    if not course.release_notebook(name).is_file():
        raise NotReleased(f"{name} has no student version in release/: {hint}")
    released = {
        nbgrader_metadata(cell).get("grade_id")
        for cell in read_notebook(course.release_notebook(name))["cells"]
    }
    if not {cell.name for cell in known.source_cells} <= released:
        raise NotReleased(f"release/{name} has other cells than the gradebook: {hint}")
    return known


def changed_since_release(course, known):
    """Return the graded cells whose hidden tests the source now has otherwise."""
    name = known.name
    texts = {cell.name: cell.source for cell in known.source_cells if cell.locked}
    return [
        grade_id
        for cell in read_notebook(course.source_notebook(name))["cells"]
        if (grade_id := nbgrader_metadata(cell).get("grade_id")) in texts
        and cell["source"] != texts[grade_id]
    ]


def digest_assignment(course, known):
    """Return a digest of all that grading brings: the tests, points and files."""
    digest = hashlib.sha256()
    points = {cell.name: cell.max_score for cell in known.grade_cells}
    for cell in sorted(known.source_cells, key=lambda cell: cell.name):
        digest.update(f"{cell.name} {cell.checksum} {points.get(cell.name)}\n".encode())
    # What matters of the source notebook is in the gradebook.
    digest.update(digest_folder(course.source / known.name, skip="*.ipynb").encode())
    return digest.hexdigest()


def made_by_students(config, name):
    """Return the names of the files that an assignment's students make and hand in.

    The course never gives them out: `HandedIn.files` of its configuration says which.
    """
    return tuple(config.HandedIn.get("files", {}).get(name, ()))


def digest_folder(folder, skip=""):
    """Return a digest of the files in a folder, apart from those named `skip`."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and not path.match(skip or "/"):
            data = path.read_bytes()
            digest.update(f"{path.relative_to(folder)} {len(data)}\n".encode())
            digest.update(data)
    return digest.hexdigest()


class KeepsFailure:
    """A mixin for nbgrader's converters: keeps the exception that stopped it."""

    failure = None

    def convert_single_notebook(self, notebook_filename):
        try:
            super().convert_single_notebook(notebook_filename)
        except Exception as error:
            self.failure = error
            raise


def quiet_log():
    """Return a logger for nbgrader that prints nothing."""
    log = logging.getLogger("grading.nbgrader")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    return log
