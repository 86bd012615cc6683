"""Read what students handed in, and mend what can be mended.

A submission is a folder, `submitted/STUDENT/ASSIGNMENT/`. Nothing in it is ever
changed: the mended notebook is a new one, and every fix is a sentence for the
student and the instructor.
"""

import ast
import difflib
import importlib.util
import json
import os
import re
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import nbformat

from grading.errors import CourseError

#: Files of a submission that grading never looks at.
IGNORED = (".*", "__pycache__", "*.pyc")


class NotGradable(CourseError):
    """A submission that no repair makes fit to be graded; the message says why."""


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
        The other files to take along, relative to the submission's folder.
    """

    notebook: nbformat.NotebookNode
    fixes: tuple[str, ...]
    files: tuple[Path, ...]


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
    path = _choose_notebook(folder, name, released, fixes)
    cells, kernel = _read_cells(path, fixes)
    marked = _Marked(released)
    marked.recognise(cells, fixes)
    marked.drop_copies(cells, fixes)
    marked.adopt(cells, fixes)
    if not any(_grade_id(cell) for cell in cells):
        raise NotGradable(f"{path.name} holds none of the exercises of {name}")
    marked.restore(cells, fixes)
    marked.put_back(cells, fixes)
    marked.put_imports_back(cells, fixes)
    _replace_kernel(kernel, released, fixes)
    files = _choose_files(folder, fixes)
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=_kernel_of(released))
    return Mended(notebook, tuple(fixes), files)


def write_mended(mended, folder, name, destination):
    """Write a mended submission to the folder `destination`, ready for nbgrader.

    Parameters
    ----------
    mended : Mended
    folder : Path
        The submission, from which the other files are copied.
    name : str
        The assignment.
    destination : Path
        A new folder.
    """
    destination.mkdir(parents=True)
    for file in mended.files:
        (destination / file).parent.mkdir(parents=True, exist_ok=True)
        (destination / file).write_bytes((folder / file).read_bytes())
    nbformat.write(mended.notebook, destination / f"{name}.ipynb")


# Which notebook ------------------------------------------------------------------


def _choose_notebook(folder, name, released, fixes):
    expected = folder / f"{name}.ipynb"
    if expected.is_symlink():
        raise NotGradable(f"{expected.name} is a link to another file")
    if expected.is_file():
        return expected
    notebooks = sorted(
        path
        for path in folder.glob("*.ipynb")
        if path.is_file() and not path.is_symlink()
    )
    if not notebooks:
        raise NotGradable(f"there is no notebook: expected {expected.name}")
    known = [path for path in notebooks if _has_exercises(path, released)]
    if len(known) == 1:
        fixes.append(f"The notebook was named {known[0].name}, not {expected.name}.")
        return known[0]
    if known:
        names = ", ".join(path.name for path in known)
        raise NotGradable(
            f"there is no {expected.name}, and it could be any of {names}"
        )
    names = ", ".join(path.name for path in notebooks)
    raise NotGradable(
        f"there is no {expected.name}: none of its exercises is in {names}"
    )


def _has_exercises(path, released):
    try:
        cells, _ = _read_cells(path, [])
    except NotGradable:
        return False
    wanted = {_grade_id(cell) for cell in released.cells} - {None}
    return any(_grade_id(cell) in wanted for cell in cells)


def _choose_files(folder, fixes):
    files = []
    for parent, folders, names in os.walk(folder):
        for kind in (folders, names):
            kind[:] = sorted(n for n in kind if not any(fnmatch(n, p) for p in IGNORED))
        at_top = Path(parent) == folder
        for name in list(folders) + names:
            path = Path(parent, name)
            shown = path.relative_to(folder)
            if path.is_symlink():
                fixes.append(f"{shown} is a link; it was left out.")
            elif at_top and _shadows_a_module(path):
                fixes.append(
                    f"{shown} was left out: Python would have loaded it in place of "
                    f"the module {path.stem}."
                )
            elif name == "timestamp.txt" and at_top and not _is_timestamp(path):
                fixes.append("timestamp.txt holds no date; it was left out.")
            elif path.is_file() and path.suffix != ".ipynb":
                files.append(shown)
                continue
            else:
                continue
            if name in folders:
                folders.remove(name)
    return tuple(files)


def _shadows_a_module(path):
    """Whether a file or folder beside the notebook hides an installed module."""
    if path.suffix != ".py" and not path.is_dir():
        return False
    if not path.stem.isidentifier():
        return False
    return importlib.util.find_spec(path.stem) is not None


def _is_timestamp(path):
    from nbgrader.utils import parse_utc

    try:
        return parse_utc(path.read_text().strip()) is not None
    except (ValueError, OverflowError):
        return False


# Reading a notebook that may be damaged ---------------------------------------------


def _read_cells(path, fixes):
    """Return a notebook's cells, rebuilt without outputs, and its kernel's name."""
    data = _read_json(path, fixes)
    if not isinstance(data, dict) or not ("cells" in data or "worksheets" in data):
        raise NotGradable(f"{path.name} is JSON, but not a notebook")
    data = _upgrade(data, path, fixes)
    cells = data.get("cells")
    if not isinstance(cells, list):
        raise NotGradable(f"{path.name} is damaged: its cells are no list")
    rebuilt, ids = [], set()
    for position, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict) or "source" not in cell:
            fixes.append(f"Cell {position} was damaged; it was left out.")
            continue
        rebuilt.append(_rebuild(cell, ids, position))
    metadata = data.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    return rebuilt, kernel.get("name") if isinstance(kernel, dict) else None


def _read_json(path, fixes):
    data = path.read_bytes()
    if not data.strip():
        raise NotGradable(f"{path.name} is empty")
    encoding = "utf-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
        fixes.append("The notebook was saved as UTF-16; it was read as that.")
    elif data.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
        fixes.append("The notebook began with a byte order mark; it was skipped.")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise NotGradable(f"{path.name} is not text in UTF-8") from None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if re.search(r"^(<{7} |={7}$|>{7} )", text, re.MULTILINE):
            raise NotGradable(
                f"{path.name} holds the marks of an unfinished merge (<<<<<<<)"
            ) from None
        raise NotGradable(
            f"{path.name} is not JSON: {error.msg} (line {error.lineno})"
        ) from None
    except RecursionError:
        raise NotGradable(f"{path.name} is not a notebook: nested too deep") from None


def _upgrade(data, path, fixes):
    major = data.get("nbformat", 4 if "cells" in data else 3)
    if major == 4:
        return data
    if not isinstance(major, int) or major > 4:
        raise NotGradable(f"{path.name} has an unknown notebook format: {major}")
    try:
        newer = nbformat.convert(nbformat.from_dict(data), 4)
    except (nbformat.ValidationError, KeyError, TypeError, ValueError):
        raise NotGradable(
            f"{path.name} is a damaged notebook of format {major}"
        ) from None
    fixes.append(f"The notebook was in the older format {major}; it was converted.")
    return newer


def _rebuild(cell, ids, position):
    """Return a sound cell with the same text; outputs and most metadata go."""
    source = cell["source"]
    lines = source if isinstance(source, list) else [source]
    # A lone surrogate is legal in JSON but cannot be written to a file.
    source = "".join(str(line) for line in lines).encode("utf-8", "replace").decode()
    kind = cell.get("cell_type")
    make = {
        "code": nbformat.v4.new_code_cell,
        "markdown": nbformat.v4.new_markdown_cell,
    }.get(kind, nbformat.v4.new_raw_cell)
    new = make(source)
    name = cell.get("id")
    sound = isinstance(name, str) and re.fullmatch(r"[\w-]{1,64}", name, re.ASCII)
    new["id"] = name if sound and name not in ids else f"handed-in-{position}"
    ids.add(new["id"])
    metadata = cell.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if isinstance(mark, dict) and isinstance(mark.get("grade_id"), str):
        new.metadata["nbgrader"] = nbformat.from_dict(mark)
    if isinstance(cell.get("attachments"), dict) and kind == "markdown":
        new["attachments"] = nbformat.from_dict(cell["attachments"])
    return new


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
