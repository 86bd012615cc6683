"""What the course brings to the grading of an assignment, read once for a whole class.

The tests, points and locked texts come from the gradebook, as they were when the
assignment was released; the order of the cells from the release; files from both.
"""

from dataclasses import dataclass
from fnmatch import fnmatch

import nbformat

from grading.gradebook import (
    course_directory,
    digest_assignment,
    find_released,
    made_by_students,
)
from grading.notebooks import nbgrader_metadata
from grading.predicted import files_for


@dataclass(frozen=True)
class MarkedCell:
    """What the gradebook keeps of a cell that the course marked.

    Parameters
    ----------
    cell_type : str
    locked : bool
        Whether `source` takes the place of what a student handed in.
    source : str
        Of a graded cell with its hidden tests.
    checksum : str
        nbgrader's.
    points : float or None
        None if the cell carries none.
    """

    cell_type: str
    locked: bool
    source: str
    checksum: str
    points: float | None


@dataclass(frozen=True)
class Assignment:
    """An assignment as it was released, for grading.

    Parameters
    ----------
    name : str
    released : NotebookNode
        What was handed out.
    marked : dict
        `MarkedCell` by grade id.
    files, judge_files : dict
        Bytes by relative path: what lies beside the notebook in the release, and in
        the source, where predictions are compared with labels, too.
    editable : frozenset
        The files of which a student's version is used
        (`Autograde.exclude_overwriting`).
    digest : str
        Of all that grading depends on, apart from the submission.
    """

    name: str
    released: nbformat.NotebookNode
    marked: dict
    files: dict
    judge_files: dict
    editable: frozenset
    digest: str

    @property
    def given(self):
        """The course's own code cells in order, as the judge wants them.

        A list of dictionaries: `kind` ("given", "solution" or "graded"), `source` and
        `grade_id`.
        """
        return [
            {
                "kind": _kind(cell),
                "source": self.trusted_source(cell),
                "grade_id": nbgrader_metadata(cell).get("grade_id"),
            }
            for cell in self.released.cells
            if cell.cell_type == "code"
        ]

    def trusted_source(self, cell):
        """Return the text of a released cell; of a locked one the gradebook's."""
        known = self.marked.get(nbgrader_metadata(cell).get("grade_id"))
        return known.source if known and known.locked else cell.source


def read_assignment(course, gradebook, name):
    """Return what the course brings to the grading of `name`, as an `Assignment`.

    Parameters
    ----------
    course : Course
    gradebook : Gradebook
        nbgrader's, open.
    name : str

    Raises
    ------
    NotReleased
        If it has to be released first.
    GradingFailed
        If this machine lacks what its checks compare with.
    """
    known = find_released(course, gradebook, name)
    points = {c.name: c.max_score for c in known.grade_cells + known.task_cells}
    marked = {
        cell.name: MarkedCell(
            cell.cell_type,
            cell.locked,
            cell.source,
            cell.checksum,
            points.get(cell.name),
        )
        for cell in known.source_cells
    }
    config = course.nbgrader_config()
    ignored = course_directory(course, config).ignore
    ignored = [*ignored, *made_by_students(config, name)]
    editable = config.Autograde.get("exclude_overwriting", {}).get(name, ())
    return Assignment(
        name,
        nbformat.read(course.release_notebook(name), as_version=4),
        marked,
        _read_files(course.release / name, ignored),
        _read_files(course.source / name, ignored)
        | files_for(cell.source for cell in known.source_cells),
        frozenset(editable),
        digest_assignment(course, known),
    )


def is_test(cell):
    """Return whether a notebook's cell is graded by running it."""
    mark = nbgrader_metadata(cell)
    graded = mark.get("grade") and not mark.get("solution")
    return bool(graded) and cell["cell_type"] == "code"


def _kind(cell):
    if is_test(cell):
        return "graded"
    return "solution" if nbgrader_metadata(cell).get("solution") else "given"


def _read_files(folder, ignored):
    """Return the bytes of each file in a folder, notebooks apart, by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.suffix != ".ipynb"
        and not any(
            fnmatch(part, pattern)
            for part in path.relative_to(folder).parts
            for pattern in ignored
        )
    }
