"""Read what students handed in, and mend what can be mended.

A submission is a folder, `submitted/STUDENT/ASSIGNMENT/`. Nothing in it is ever
changed: the mended notebook is a new one, and every fix is a sentence for the
student and the instructor.
"""

import ast
import difflib
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat

from grading.damaged import NotGradable
from grading.errors import CourseError
from grading.handed_in import choose_files, find_handed_in, read_all


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one assignment."""

    student: str
    assignment: str
    folder: Path


@dataclass(frozen=True)
class Mended:
    """A submission that is fit to be graded.

    Parameters
    ----------
    notebook : NotebookNode
        The student's cells, with every cell of the release in its place.
    fixes : tuple of str
        What had to be mended, a sentence each.
    files : tuple of Path
        The other files to take along, relative to the notebook's folder.
    folder : Path
        The submission's.
    packed : dict or None
        Bytes of the files by name, if they are not in `folder` itself but in a zip
        file or a folder in it.
    """

    notebook: nbformat.NotebookNode
    fixes: tuple[str, ...]
    files: tuple[Path, ...]
    folder: Path
    packed: dict[Path, bytes] | None = None

    def read_files(self, most):
        """Return the bytes of the other files, by their names with slashes.

        Raises
        ------
        NotGradable
            If they have more than `most` bytes in all.
        """
        packed = self.packed
        if packed is None:
            sizes = [(self.folder / name).stat().st_size for name in self.files]
        else:
            sizes = [len(data) for data in packed.values()]
        if sum(sizes) > most:
            raise NotGradable(
                f"the files beside the notebook take {sum(sizes) / 2**20:.0f} MB: "
                f"at most {most / 2**20:.0f} MB are graded"
            )
        if packed is None:
            packed = {name: (self.folder / name).read_bytes() for name in self.files}
        return {name.as_posix(): data for name, data in packed.items()}


def find_submissions(course, name, students=()):
    """Return the submissions for the assignment `name`, in the order of students.

    Parameters
    ----------
    course : Course
    name : str
    students : sequence of str
        Only these; all if it is empty.

    Raises
    ------
    CourseError
        If there are none, or one of `students` has handed in nothing.
    """
    found = {
        folder.parent.name: Submission(folder.parent.name, name, folder)
        for folder in sorted(course.submitted.glob(f"*/{name}"))
        if folder.is_dir() and not folder.parent.name.startswith(".")
    }
    where = f"{course.submitted.name}/STUDENT/{name}/{name}.ipynb"
    if not found:
        raise CourseError(f"no submissions for {name}: expected them in {where}")
    for student in students:
        if student not in found:
            near = difflib.get_close_matches(student, found, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"expected {where}"
            raise CourseError(f"no submission of '{student}' for {name}: {hint}")
    return [found[student] for student in sorted(set(students) or found)]


def mend(folder, name, released):
    """Return the submission in `folder` with everything in place for grading.

    Parameters
    ----------
    folder : Path
        The submission; it is only read.
    name : str
        The assignment, which is also the notebook's name.
    released : NotebookNode
        The notebook that was handed out. Its cells with nbgrader metadata are the
        ones that are put back, restored and told apart.

    Returns
    -------
    Mended

    Raises
    ------
    NotGradable
        If there is no notebook of this assignment in the folder.
    """
    fixes = []
    with find_handed_in(folder, name, released, fixes) as found:
        files = choose_files(found.folder, fixes)
        packed = None if found.folder == folder else read_all(found.folder, files)
    cells, kernel = found.cells, found.kernel
    marked = _Marked(released)
    marked.recognise(cells, fixes)
    marked.drop_copies(cells, fixes)
    marked.adopt(cells, fixes)
    if not any(_grade_id(cell) for cell in cells):
        raise NotGradable(f"{found.name} holds none of the exercises of {name}")
    marked.restore(cells, fixes)
    marked.put_back(cells, fixes)
    marked.put_imports_back(cells, fixes)
    _replace_kernel(kernel, released, fixes)
    notebook = nbformat.from_dict(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": _kernel_of(released),
            "cells": cells,
        }
    )
    return Mended(notebook, tuple(fixes), files, folder, packed)


# The kernel ------------------------------------------------------------------------


def _kernel_of(notebook):
    return {
        key: notebook.metadata[key]
        for key in ("kernelspec", "language_info")
        if key in notebook.metadata
    }


def _replace_kernel(kernel, released, fixes):
    expected = released.metadata.get("kernelspec", {}).get("name", "python3")
    if kernel is None:
        fixes.append(f"The notebook named no kernel; it was run with {expected}.")
    elif kernel != expected:
        fixes.append(f"The notebook's kernel was {kernel}; it was run with {expected}.")


# Cells that the course marked ------------------------------------------------------


class _Marked:
    """The released cells that carry nbgrader metadata, by grade id."""

    def __init__(self, released):
        self.released = released.cells
        self.names = {cell.get("id") for cell in self.released}
        self.order = [_grade_id(cell) for cell in self.released]
        self.cells = {
            grade_id: cell
            for grade_id, cell in zip(self.order, self.released, strict=True)
            if grade_id and _is_active(cell.metadata["nbgrader"])
        }

    def recognise(self, cells, fixes):
        """Take the mark off cells that are not of this assignment."""
        for cell in cells:
            grade_id = _grade_id(cell)
            if grade_id in self.cells:
                continue
            mark = cell.metadata.pop("nbgrader", {})
            if grade_id and _is_active(mark):
                fixes.append(
                    f"A cell was marked '{grade_id}', which is no part of this "
                    "assignment; it was run as a plain cell."
                )

    def drop_copies(self, cells, fixes):
        """Let one cell of each grade id count; leave out untouched copies."""
        for grade_id, original in self.cells.items():
            copies = [c for c in cells if _grade_id(c) == grade_id]
            if len(copies) < 2:
                continue
            ranked = sorted(
                copies,
                key=lambda cell, original=original: (
                    not _is_locked(original) and _same_text(cell, original),
                    self._count_misplaced(cells, cell),
                ),
            )
            for copy in ranked[1:]:
                if _same_text(copy, original) or _is_locked(original):
                    cells[:] = [cell for cell in cells if cell is not copy]
                else:
                    del copy.metadata["nbgrader"]
            fixes.append(
                f"The cell '{grade_id}' was there {len(copies)} times; "
                "one of them counts."
            )

    def _count_misplaced(self, cells, cell):
        """Count the marked cells that `cell` is on the wrong side of."""
        place = self.order.index(_grade_id(cell))
        before = True
        misplaced = 0
        for other in cells:
            if other is cell:
                before = False
            elif _grade_id(other) not in (None, _grade_id(cell)):
                belongs_before = self.order.index(_grade_id(other)) < place
                misplaced += belongs_before != before
        return misplaced

    def adopt(self, cells, fixes):
        """Give a mark that got lost back to the cell that it belongs to."""
        present = {_grade_id(cell) for cell in cells}
        for grade_id, original in self.cells.items():
            if grade_id in present:
                continue
            plain = [cell for cell in cells if not _grade_id(cell)]
            heir = next((c for c in plain if c["id"] == original.get("id")), None)
            if heir is None and _is_stub(original):
                names = _defined_names(original.source)
                heirs = [
                    cell
                    for cell in plain
                    if names & _defined_names(cell.source)
                    and cell["id"] not in self.names
                ]
                heir = heirs[-1] if heirs else None
            if heir is not None:
                heir.metadata["nbgrader"] = nbformat.from_dict(
                    original.metadata["nbgrader"]
                )
                fixes.append(
                    f"The cell '{grade_id}' had lost its nbgrader metadata; "
                    "it was restored."
                )

    def restore(self, cells, fixes):
        """Restore type, metadata and locked text of the marked cells."""
        for position, cell in enumerate(cells):
            grade_id = _grade_id(cell)
            if not grade_id:
                continue
            original = self.cells[grade_id]
            changed = _changed_metadata(cell, original)
            if changed:
                fixes.append(
                    f"The cell '{grade_id}' had other nbgrader metadata "
                    f"({', '.join(changed)}); it was restored."
                )
            if cell.cell_type != original.cell_type:
                fixes.append(
                    f"The cell '{grade_id}' had become a {cell.cell_type} cell; it was "
                    f"made a {original.cell_type} cell again."
                )
            source = cell.source
            if _is_locked(original) and not _same_text(cell, original):
                fixes.append(
                    f"The locked cell '{grade_id}' was edited; "
                    "the one that was handed out was used."
                )
            if _is_locked(original):
                source = original.source
            cells[position] = _copy(original, source, cell["id"])
            if original.cell_type == "markdown" and "attachments" in cell:
                cells[position]["attachments"] = cell["attachments"]

    def put_back(self, cells, fixes):
        """Put marked cells that were deleted back in their place."""
        ids = {cell["id"] for cell in cells}
        for grade_id, original in self.cells.items():
            if any(_grade_id(cell) == grade_id for cell in cells):
                continue
            name = original.get("id")
            if name is None or name in ids:
                name = f"put-back-{self.order.index(grade_id)}"
            new = _copy(original, original.source, name)
            place = self._find_place(cells, self.order.index(grade_id))
            cells.insert(place, new)
            ids.add(name)
            fixes.append(f"The cell '{grade_id}' had been deleted; {_fate(original)}.")

    def put_imports_back(self, cells, fixes):
        """Run the released imports first if the student's cells lack some of them.

        The graded cells rely on them, and losing an import should cost no points.
        """
        for number, original in enumerate(self.released):
            if _grade_id(original) or not _only_imports(original):
                continue
            needed = _lines(original)
            if any(needed <= _lines(c) for c in cells if c.cell_type == "code"):
                continue
            new = _copy(original, original.source, f"put-back-{number}")
            cells.insert(self._find_place(cells, number), new)
            fixes.append(
                "The imports that were handed out were changed or deleted; "
                "they were put back in front."
            )

    def _find_place(self, cells, place):
        """Return the index behind the nearest released cell in front of `place`."""
        for released in reversed(self.released[:place]):
            for index, cell in enumerate(cells):
                if _corresponds(cell, released):
                    return index + 1
        return 0


def _grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id") or None


def _is_active(mark):
    return any(mark.get(key) for key in ("grade", "locked", "solution", "task"))


def _corresponds(cell, released):
    if _grade_id(released):
        return _grade_id(cell) == _grade_id(released)
    return cell["id"] == released.get("id")


def _is_locked(cell):
    mark = cell.metadata["nbgrader"]
    return not mark["solution"] and (mark["grade"] or mark["locked"])


def _is_stub(cell):
    mark = cell.metadata["nbgrader"]
    return cell.cell_type == "code" and mark["solution"] and not mark["grade"]


def _same_text(cell, original):
    return cell.source.strip() == original.source.strip()


def _changed_metadata(cell, original):
    """Return the names of the nbgrader fields that a student's tool changed."""
    ours, theirs = original.metadata["nbgrader"], cell.metadata["nbgrader"]
    return sorted(
        key
        for key in ("grade", "locked", "points", "solution", "task")
        if (ours.get(key) or 0) != (theirs.get(key) or 0)
    )


def _copy(original, source, name):
    copy = nbformat.from_dict(original)
    copy["id"], copy["source"] = name, source
    return copy


def _defined_names(source):
    return set(re.findall(r"^(?:class|def) +(\w+)", source, re.MULTILINE))


def _only_imports(cell):
    if cell.cell_type != "code":
        return False
    try:
        statements = ast.parse(cell.source).body
    except SyntaxError:
        return False
    kinds = ast.Import | ast.ImportFrom
    return bool(statements) and all(isinstance(s, kinds) for s in statements)


def _lines(cell):
    return {line.strip() for line in cell.source.split("\n") if line.strip()}


def _fate(original):
    mark = original.metadata["nbgrader"]
    if mark["solution"] or mark.get("task"):
        return "it counts as not attempted"
    if mark["grade"]:
        return "it was put back and run"
    return "it was put back"
