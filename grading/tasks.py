"""From a mended submission to a task for `grading.sealed.execute`, and back.

A task and its result are plain data. What comes back is put into the notebook such
that nbgrader's own rules give the right points: a test that did not pass always holds
an error, and nothing else that could be taken for points.
"""

import nbformat
from nbgrader.utils import (
    compute_checksum,
    determine_grade,
    is_grade,
    is_solution,
    is_task,
)

from grading.assignment import is_test
from grading.gradebook import quiet_log
from grading.notebooks import nbgrader_metadata

NO_RESPONSE = "No response."


def lock_cells(assignment, notebook):
    """Put the gradebook's text, points and checksums into a mended notebook.

    As nbgrader's `OverwriteCells` does: the graded cells get their hidden tests.

    Parameters
    ----------
    assignment : Assignment
    notebook : NotebookNode
        It is changed.
    """
    for cell in notebook.cells:
        mark = nbgrader_metadata(cell)
        known = assignment.marked.get(mark.get("grade_id"))
        if known is None:
            continue
        mark["locked"], mark["checksum"] = known.locked, known.checksum
        if mark.get("grade") and mark["points"] != known.points:
            mark["points"] = known.points
        if known.locked:
            cell.source = known.source


def make_task(assignment, notebook, files, *, limits, isolation, hidden):
    """Return what `grading.sealed.execute` needs to run a submission.

    Parameters
    ----------
    assignment : Assignment
    notebook : NotebookNode
        Mended.
    files : dict
        Bytes by relative path: what the student handed in beside it.
    limits : dict
    isolation : str
    hidden : sequence of str
        Folders that student code must not see.

    Returns
    -------
    dict
        Nothing but plain data.
    """
    return {
        "assignment": assignment.name,
        "cells": [
            {
                "kind": _kind(cell),
                "source": cell.source,
                "grade_id": nbgrader_metadata(cell).get("grade_id"),
            }
            for cell in notebook.cells
        ],
        "given": assignment.given,
        "files": overwrite_files(assignment, files),
        "judge_files": assignment.judge_files,
        "limits": limits,
        "isolation": isolation,
        "hidden": list(hidden),
    }


def overwrite_files(assignment, files):
    """Return a student's files and the released ones, which take their place."""
    own = {
        name: data
        for name, data in files.items()
        if name in assignment.editable
        or not any(_in_the_way(name, released) for released in assignment.files)
    }
    return assignment.files | own


def put_in_outputs(notebook, result):
    """Put what execution gave into the notebook's cells.

    Parameters
    ----------
    notebook : NotebookNode
        It is changed; `metadata.course` gets the states and reasons of the checks, too.
    result : dict
        Of `grading.sealed.execute`.

    Raises
    ------
    ValueError
        If the result is not that of this notebook.
    """
    notebook.metadata["course"] |= {
        "seconds": result["seconds"],
        "checks": result["checks"],
    }
    checks = {check["grade_id"]: check for check in result["checks"]}
    count = 0
    for cell, outputs in zip(notebook.cells, result["outputs"], strict=True):
        if cell.cell_type != "code":
            continue
        cell.outputs = [nbformat.from_dict(output) for output in outputs or ()]
        if is_test(cell):
            _settle(cell, checks.get(nbgrader_metadata(cell)["grade_id"], {}))
        if not cell.source.strip():
            continue
        count += 1
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count


def read_scores(notebook):
    """Return the points that nbgrader's rules give each graded cell, by grade id.

    None where a person has to look.
    """
    return {
        cell.metadata.nbgrader["grade_id"]: determine_grade(cell, quiet_log())[0]
        for cell in notebook.cells
        if is_grade(cell)
    }


def read_comments(notebook):
    """Return nbgrader's comment on each answer, by grade id, None where it has none."""
    return {
        cell.metadata.nbgrader["grade_id"]: NO_RESPONSE if _is_untouched(cell) else None
        for cell in notebook.cells
        if is_solution(cell) or is_task(cell)
    }


def _in_the_way(name, released):
    """Whether two paths are one, or one is a folder above the other."""
    both = f"{name}/", f"{released}/"
    return both[0].startswith(both[1]) or both[1].startswith(both[0])


def _kind(cell):
    if cell.cell_type != "code":
        return "text"
    return "graded" if is_test(cell) else "student"


def _settle(cell, check):
    """Make a test give points only if it was run and passed."""
    if check.get("state") != "passed":
        _refuse(cell, check.get("reason") or "This check was not run.")
        return
    for output in cell.outputs:
        # nbgrader takes whatever a test writes there for its failure.
        if output.output_type == "stream":
            output.name = "stdout"
    try:
        determine_grade(cell, quiet_log())
    except (ValueError, KeyError) as error:
        _refuse(cell, f"The check's own value gives no points: {error}")


def _refuse(cell, why):
    # A value that stands before the error would count as partial credit.
    kept = [o for o in cell.outputs if o.output_type != "execute_result"]
    if not any(output.output_type == "error" for output in kept):
        kept.append(
            nbformat.v4.new_output(
                "error", ename="CheckFailed", evalue=why, traceback=[why]
            )
        )
    cell.outputs = kept


def _is_untouched(cell):
    checksum = cell.metadata.nbgrader.get("checksum")
    return checksum == compute_checksum(cell) and not is_task(cell)
