"""The rules that a source notebook keeps, checked before each release.

A rule is here because breaking it would publish a solution or a hidden test, or
would spoil grading weeks later. `check_source` is in nbgrader's list of
preprocessors, so plain nbgrader and the formgrader's button refuse as well.
"""

import builtins
import re
import symtable
from pathlib import Path
from typing import NamedTuple

from grading.course import Course
from grading.errors import BrokenSource, CourseError
from grading.notebooks import nbgrader_metadata, read_notebook
from grading.parts import (
    parts_file,
    parts_source,
    solution_cells,
    without_markers,
)

REGIONS = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")
_NEARLY_A_MARKER = re.compile(
    r"^\s*(#+|<!--)\s*(begin|end)[ _-]*(solution|hidden|test|mark)",
    re.IGNORECASE,
)
_MARKER = re.compile(rf"(BEGIN|END) ({'|'.join(REGIONS)})\b")


class Check(NamedTuple):
    """A graded cell of a source notebook."""

    grade_id: str
    points: float
    kind: str  # "auto" or "manual"


def checks(course, name):
    """Return what is graded in an assignment, in the notebook's order.

    Parameters
    ----------
    course : Course
    name : str

    Returns
    -------
    list of Check

    Raises
    ------
    UnreadableNotebook
        If the source notebook cannot be read.
    BrokenSource
        If a graded cell has no grade id or no points.
    """
    found = []
    for cell in read_notebook(course.source_notebook(name))["cells"]:
        meta = nbgrader_metadata(cell)
        if _is_graded(meta):
            wrong = _metadata_problems(meta)
            if wrong:
                raise BrokenSource(*(f"{name}, {_describe(cell)}: {w}" for w in wrong))
            manual = meta.get("task") or meta.get("solution")
            kind = "manual" if manual else "auto"
            found.append(Check(meta["grade_id"], meta["points"], kind))
    return found


def problems(course, name):
    """Return what must be put right in an assignment before it can be released.

    Parameters
    ----------
    course : Course
    name : str

    Returns
    -------
    list of str
        A line for each problem: the notebook, the cell, what to do.
    """
    folder = course.source / name
    found = [
        f"{name}: {path.relative_to(folder)} would be released as well; "
        f"expected one notebook, {name}.ipynb; move the other away"
        for path in sorted(folder.rglob("*.ipynb"))
        if path != course.source_notebook(name)
        and ".ipynb_checkpoints" not in path.parts
    ]
    try:
        cells = read_notebook(course.source_notebook(name))["cells"]
        parts = parts_source(course, name)
        known = _names(parts or "")[0]
    except CourseError as error:
        return [*found, *error.lines]
    except SyntaxError as error:
        return [
            *found,
            f"{name}: what earlier notebooks built is no Python: {error.msg} "
            f"(parts.py, line {error.lineno}); release those first, they say more",
        ]
    complaints = {
        number: _cell_problems(cell) for number, cell in enumerate(cells, start=1)
    }
    for number, complaint in (
        *_repetitions(cells),
        *_module_problems(cells, known),
        *_promises(cells),
    ):
        complaints[number].append(complaint)
    found += [
        f"{name}, cell {number} {_describe(cells[number - 1])}: {complaint}"
        for number, lines in complaints.items()
        for complaint in lines
    ]
    return found


def refuse_broken(course, name):
    """Raise `BrokenSource` if an assignment has problems."""
    found = problems(course, name)
    if found:
        raise BrokenSource(*found)


def check_source(notebook, resources):
    """Stop a release whose source notebook breaks a rule.

    An nbconvert preprocessor, the first of `GenerateAssignment.preprocessors`;
    nbgrader calls it in the course folder. The notebook itself is left as it is.

    Raises
    ------
    BrokenSource
        With a line for each problem.
    """
    course = Course.at(Path.cwd())
    name = resources["nbgrader"]["assignment"]
    refuse_broken(course, name)
    path, wanted = parts_file(course, name), parts_source(course, name)
    present = path.read_text(encoding="utf-8") if path.exists() else None
    if present != wanted:
        raise BrokenSource(
            f"{name}: parts.py is not what the earlier notebooks say; see that the "
            "folder is writable, and run `course sync`"
        )
    return notebook, resources


def _is_graded(meta):
    return bool(meta.get("grade") or meta.get("task"))


def _describe(cell):
    grade_id = nbgrader_metadata(cell).get("grade_id")
    if grade_id:
        return f"'{grade_id}'"
    first = next((line for line in cell["source"].split("\n") if line.strip()), "")
    return f"({first.strip()[:40]!r})" if first else "(empty)"


def _cell_problems(cell):
    meta, text = nbgrader_metadata(cell), cell["source"]
    regions, found = _regions(text, prose=cell["cell_type"] != "code" and not meta)
    test = bool(meta.get("grade") and not meta.get("solution"))
    stub = bool(meta.get("solution") and not meta.get("grade"))
    if "id" not in cell:
        found.append(
            "has no cell id, and would get another in each release; "
            "run `course sync --from-text`"
        )
    if meta:
        found += _metadata_problems(meta)
    if "HIDDEN TESTS" in regions and not test:
        found.append(
            "has hidden tests but is no autograded cell, so nobody would run "
            'them; move them to a cell with "grade": true'
        )
    if "SOLUTION" in regions and not meta.get("solution"):
        found.append(
            "has a solution region but is no solution cell; "
            'set "solution": true and a grade id'
        )
    question = meta.get("locked") and not meta.get("grade")
    if "MARK SCHEME" in regions and not (question or meta.get("task")):
        found.append(
            "has a marking scheme, which belongs to the question; "
            'move it to the cell above the answer, with "locked": true'
        )
    if cell["cell_type"] == "code" and stub and not found and "SOLUTION" not in regions:
        found.append(
            "is a solution cell without a solution region, so students would "
            "lose all of it; put ### BEGIN SOLUTION and ### END SOLUTION "
            "around what they write"
        )
    if cell["cell_type"] == "code" and test and not found:
        found += _test_problems(meta["grade_id"], regions)
    return found


def _metadata_problems(meta):
    found = []
    grade_id, graded = meta.get("grade_id"), _is_graded(meta)
    active = graded or meta.get("solution") or meta.get("locked")
    if active and not grade_id:
        found.append('has no grade id; give it one, such as "grade_id": "linear"')
    elif active and not re.fullmatch(r"[A-Za-z0-9_-]+", grade_id):
        found.append(
            "has a grade id with other characters than letters, digits, "
            "_ and -; rename it"
        )
    if meta.get("schema_version") != 3:
        found.append(
            "has nbgrader metadata of another version: expected "
            f'"schema_version": 3, got {meta.get("schema_version")}'
        )
    points = meta.get("points")
    if graded and (isinstance(points, bool) or not isinstance(points, int | float)):
        found.append(
            'is graded but has no points; add "points": 2, or what it is worth'
        )
    elif graded and points <= 0:
        found.append(f"is graded but worth {points} points; expected more than 0")
    return found


def _test_problems(grade_id, regions):
    if "HIDDEN TESTS" not in regions:
        return [
            "has no hidden tests, so students would see the test; put ### BEGIN "
            "HIDDEN TESTS and ### END HIDDEN TESTS around it"
        ]
    named = re.findall(r"^@graded\s+def (\w+)", regions["HIDDEN TESTS"], re.MULTILINE)
    if not named:
        return [
            f"does not say what it grades; expected `@graded` and `def {grade_id}():` "
            "among its hidden tests"
        ]
    return [
        f"grades '{other}'; expected `def {grade_id}():`, its own grade id"
        for other in named
        if other != grade_id
    ]


def _regions(text, prose):
    """Return the marked regions' text by kind, and what is wrong with the markers.

    In prose, a line that merely looks like a marker is left alone.
    """
    regions, found, opened = {}, [], None
    for line in text.split("\n"):
        marker = _MARKER.search(line)
        if not marker:
            if _NEARLY_A_MARKER.match(line) and not prose:
                found.append(
                    f"has a marker that nbgrader does not know, "
                    f"`{line.strip()}`; expected BEGIN or END, and one of "
                    f"{', '.join(REGIONS)}"
                )
            elif opened:
                regions[opened] += line + "\n"
            continue
        edge, kind = marker.groups()
        if edge == "BEGIN" and opened:
            found.append(
                f"has BEGIN {kind} inside {opened}; put END {opened} before it"
            )
        elif edge == "BEGIN":
            opened = kind
            regions.setdefault(kind, "")
        elif opened != kind:
            found.append(
                f"has END {kind} without BEGIN {kind}; add the one or remove the other"
            )
        else:
            opened = None
    if opened:
        found.append(f"has BEGIN {opened} that is not closed; add ### END {opened}")
    return regions, found


def _repetitions(cells):
    """Yield (cell number, problem) for each id that two cells share."""
    for key, ids in {
        "grade id": [nbgrader_metadata(cell).get("grade_id") for cell in cells],
        "cell id": [cell.get("id") for cell in cells],
    }.items():
        for number, value in enumerate(ids, start=1):
            if value and value in ids[: number - 1]:
                first = ids.index(value) + 1
                yield number, f"has the {key} of cell {first}, '{value}'; rename one"


def _promises(cells):
    """Yield (cell number, problem) for what validation could never confirm."""
    seen = set()
    for number, cell in enumerate(cells, start=1):
        if cell["cell_type"] != "code":
            continue
        seen |= set(re.findall(r"^@check\s+def check_(\w+)", cell["source"], re.M))
        for name in re.findall(r"\bready\(\s*[\"']([^\"']*)[\"']", cell["source"]):
            if name not in seen:
                yield (
                    number,
                    f'asks `ready("{name}")`, but no cell before it is the visible '
                    f"check `check_{name}`; add that, or name the right one",
                )


def _module_problems(cells, earlier):
    """Yield (cell number, problem) for what would break later notebooks' parts."""
    stubs = solution_cells({"cells": cells})
    known, used = {"np", *dir(builtins), *earlier}, {}
    for number, cell in enumerate(cells, start=1):
        if not any(cell is stub for stub in stubs):
            continue
        try:
            defined, used[number] = _names(without_markers(cell["source"]))
        except SyntaxError as error:
            yield number, f"is no Python: {error.msg} (line {error.lineno})"
        else:
            known |= defined
    for number, names in used.items():
        for missing in sorted(names - known):
            yield (
                number,
                f"uses `{missing}`, which later notebooks' parts.py will not have; "
                "import or define it in this cell",
            )


def _names(text):
    """Return the names that a module defines, and the global names that it uses."""
    module = symtable.symtable(text, "<cell>", "exec")
    defined = {
        symbol.get_name()
        for symbol in module.get_symbols()
        if symbol.is_assigned() or symbol.is_imported()
    }
    used, tables = set(), [module]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        used |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (table is module or symbol.is_global())
        }
    return defined, used
