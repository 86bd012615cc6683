"""What earlier notebooks built, as a module beside each notebook: `parts.py`.

A broken notebook then costs nothing in the ones after it: they import the course's
own version. It is made from the solution cells of the source notebooks, and holds
only what comes before: the release of a notebook never shows its own solution.
"""

import fnmatch
import importlib.util
from pathlib import Path

from grading.course import Course
from grading.notebooks import nbgrader_metadata, read_notebook

_HEADER = '''"""What {built} built, in the course's version.

Generated from the source notebooks; change those.
"""

import numpy as np
'''
_MARKERS = ("BEGIN SOLUTION", "END SOLUTION")
_NUMPY = "import numpy as np"


def parts_source(course, name):
    """Return the text of an assignment's `parts.py`, or None for the first one.

    Parameters
    ----------
    course : Course
    name : str
        The assignment; its own solutions are not part of it.

    Raises
    ------
    UnreadableNotebook
        If an earlier source notebook cannot be read.
    """
    earlier = [other for other in course.assignments() if other < name]
    return _module(course, earlier, built="earlier notebooks") if earlier else None


def lecture_parts_source(course):
    """Return the text of the lecture notebooks' `parts.py`: what all notebooks build.

    Raises
    ------
    UnreadableNotebook
        If a source notebook cannot be read.
    """
    return _module(course, course.assignments(), built="the notebooks")


def write_parts(course, names):
    """Write `source/NAME/parts.py` of each assignment.

    Parameters
    ----------
    course : Course
    names : list of str

    Returns
    -------
    list of Path
        The files whose content changed.
    """
    return [
        parts_file(course, name)
        for name in names
        if _write(parts_file(course, name), parts_source(course, name))
    ]


def write_lecture_parts(course):
    """Write `notebooks/parts.py`, if the course has lecture notebooks.

    Returns
    -------
    list of Path
        The file, if its content changed.
    """
    path = course.lectures / "parts.py"
    if not course.lectures.is_dir():
        return []
    return [path] if _write(path, lecture_parts_source(course)) else []


def load_reference(course):
    """Return the lecture notebooks' `parts.py` as a module: everything students build.

    Raises
    ------
    FileNotFoundError
        If it has not been written yet; `course release` does.
    """
    path = course.lectures / "parts.py"
    spec = importlib.util.spec_from_file_location("reference_parts", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def parts_file(course, name):
    """Return where an assignment's `parts.py` lies."""
    return course.source / name / "parts.py"


def refresh_for_release(assignment, student, notebooks):
    """Bring `parts.py` up to date before nbgrader generates a release.

    nbgrader's `pre_convert_hook`: it calls it in the course folder, with these
    arguments by name, and `assignment` may be a pattern such as ``*``. It swallows
    what a hook raises, so `grading.sources.check_source` looks at the result.
    """
    course = Course.at(Path.cwd())
    write_parts(course, fnmatch.filter(course.assignments(), assignment))


def solution_cells(notebook):
    """Return the code cells in which students write, in order."""
    return [
        cell
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        and nbgrader_metadata(cell).get("solution")
        and not nbgrader_metadata(cell).get("grade")
    ]


def without_markers(text):
    """Return a solution cell's text as Python: no region markers, no NumPy import."""
    return "\n".join(line for line, _ in _read_lines(text)).strip()


def solution_lines(text):
    """Return which lines of ``without_markers(text)`` are the student's to write.

    A set of numbers, from 0; all of them if no region is marked.
    """
    lines = list(_read_lines(text))
    while lines and not lines[0][0].strip():
        del lines[0]
    written = {number for number, (_, is_solution) in enumerate(lines) if is_solution}
    return written or set(range(len(lines)))


def _read_lines(text):
    """Yield each line that is Python, and whether it stands in a marked region."""
    is_solution = False
    for line in text.strip().split("\n"):
        if any(marker in line for marker in _MARKERS):
            is_solution = _MARKERS[0] in line
        elif line != _NUMPY:
            yield line, is_solution


def _module(course, names, built):
    blocks = [_HEADER.format(built=built)]
    for name in names:
        cells = solution_cells(read_notebook(course.source_notebook(name)))
        if cells:
            texts = [without_markers(cell["source"]) for cell in cells]
            blocks.append("\n\n\n".join([f"# {name}", *texts]) + "\n")
    header, *rest = blocks
    return header + "".join(
        ("\n" if number == 0 else "\n\n") + block for number, block in enumerate(rest)
    )


def _write(path, text):
    before = path.read_bytes() if path.exists() else None
    after = None if text is None else text.encode()
    if before == after:
        return False
    if after is None:
        path.unlink()
    else:
        path.write_bytes(after)
    return True
