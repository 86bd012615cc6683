"""Run one solution through the checks of its notebook, visible and graded.

The cells run as they are graded, in a process of their own that is forked from a warm
one: a solution that patches NumPy, exits or never ends harms no other. Left out is
what no check looks at: the notebook's trainings, pictures and try-outs.
"""

import ast
import contextlib
import io
import linecache
import multiprocessing
import os
import sys
from concurrent.futures import TimeoutError as TimedOut
from typing import NamedTuple

from pebble import ProcessExpired, ProcessPool

from grading.notebooks import nbgrader_metadata, read_notebook
from grading.outcomes import State, read_verdict
from grading.parts import without_markers
from helpers import checks

#: What a visible check says, and the state that it means.
STATES = {
    checks.PASSED: State.PASSED,
    checks.FAILED: State.FAILED,
    checks.NOT_ATTEMPTED: State.NOT_ATTEMPTED,
}

#: Seconds after which a solution counts as one that never ends.
TIMEOUT = 120

# Imported once, before the first solution runs; what notebooks import takes a second.
_WARM = [
    *("helpers.checks", "helpers.candidates", "helpers.carry", "helpers.data"),
    *("helpers.gradcheck", "helpers.live", "helpers.plots"),
    *("sklearn.datasets", "sklearn.linear_model", "matplotlib.figure"),
    *("grading.cli", "grading.trial", "pebble.pool.process"),
]


class Cell(NamedTuple):
    """A code cell of a notebook, as a trial runs it."""

    grade_id: str  # of a solution or a graded check, else empty
    source: str
    is_graded: bool


class Answer(NamedTuple):
    """What one check said."""

    state: State
    message: str


class Trial(NamedTuple):
    """What the checks of a notebook said of a solution.

    `visible` and `graded` are dictionaries of check name to `Answer`.
    """

    visible: dict
    graded: dict


def prepare(course, notebook):
    """Return what a trial runs of a source notebook, as a list of `Cell`.

    Parameters
    ----------
    course : Course
    notebook : str
        An assignment.
    """
    cells = []
    for cell in read_notebook(course.source_notebook(notebook))["cells"]:
        if cell["cell_type"] != "code":
            continue
        meta, source = nbgrader_metadata(cell), cell["source"]
        if meta.get("solution") or meta.get("grade"):
            source = without_markers(source) if meta.get("solution") else source
        else:
            source = keep_checks_and_definitions(source)
        is_graded = bool(meta.get("grade") and not meta.get("solution"))
        cells.append(Cell(meta.get("grade_id", ""), source, is_graded))
    return [cell for cell in cells if cell.source]


def put_in(cells, changed):
    """Return the cells with another solution in the place of the reference.

    Parameters
    ----------
    cells : list of Cell
    changed : Entry or Mutant
        Its `source` belongs into the cell whose grade id is its `component`.
    """
    return [
        cell._replace(source=changed.source)
        if cell.grade_id == changed.component
        else cell
        for cell in cells
    ]


def run_trials(course, entries, *, jobs=None, shift=0, on_done=None):
    """Run solutions of the catalogue through their checks, several at a time.

    Parameters
    ----------
    course : Course
    entries : list of Entry
    jobs : int, optional
        How many at a time; by default one for each processor.
    shift : int
        By how much the seeds of random numbers are shifted; 0: as they stand in the
        checks.
    on_done : function, optional
        Called with 1 after each.

    Returns
    -------
    list of Trial
        In the order of `entries`.
    """
    prepared = {name: prepare(course, name) for name in {e.notebook for e in entries}}
    notebooks = [put_in(prepared[e.notebook], e) for e in entries]
    folders = [str(course.source / e.notebook) for e in entries]
    tasks = list(zip(notebooks, folders, strict=True))
    return run_tasks(tasks, jobs=jobs, shift=shift, on_done=on_done)


def run_tasks(tasks, *, jobs=None, shift=0, timeout=TIMEOUT, on_done=None):
    """Run notebooks, each in a process of its own; return a `Trial` for each.

    Parameters
    ----------
    tasks : list of (list of Cell, str)
        The cells, and the folder in which they run.
    jobs, shift, on_done
        As for `run_trials`.
    timeout : float
        Seconds that one may take.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_WARM)
    trials = []
    with (
        _one_thread_each(),
        ProcessPool(jobs or os.cpu_count(), max_tasks=1, context=context) as pool,
    ):
        running = [
            pool.schedule(run_cells, (cells, folder, shift), timeout=timeout)
            for cells, folder in tasks
        ]
        for (cells, _), future in zip(tasks, running, strict=True):
            trials.append(_collect(future, cells))
            if on_done:
                on_done(1)
    return trials


def run_cells(cells, folder, shift=0):
    """Run cells in this process, which is not fit for anything else afterwards.

    Parameters
    ----------
    cells : list of Cell
    folder : str
        Where they run: with the `parts.py` of the notebook.
    shift : int
        Added to the seeds of all random numbers.

    Returns
    -------
    Trial
    """
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    os.chdir(folder)
    sys.path.insert(0, folder)
    if shift:
        _shift_seeds(shift)
    namespace, graded = {"__name__": "__main__"}, {}
    for number, cell in enumerate(cells, start=1):
        answer = _run_cell(cell, f"<cell {number}>", namespace)
        if cell.is_graded:
            graded[cell.grade_id] = answer
    visible = {
        name: Answer(STATES[outcome], message)
        for name, (outcome, message) in checks.outcomes().items()
    }
    return Trial(visible, graded)


def _run_cell(cell, filename, namespace):
    lines = cell.source.splitlines(keepends=True)
    linecache.cache[filename] = len(cell.source), None, lines, filename
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            exec(compile(cell.source, filename, "exec"), namespace)
        except (Exception, SystemExit) as error:  # student code may raise anything
            if type(error).__name__ == "CheckFailed":
                return Answer(*read_verdict(str(error), cell.grade_id))
            return Answer(State.FAILED, f"{type(error).__name__}: {error}")
    return Answer(State.PASSED, "")


def keep_checks_and_definitions(source):
    """Return what checks need of an ordinary cell; the rest of it shows something.

    A visible check stays as it is; of another cell its imports, definitions and
    constants.
    """
    if source.startswith("@check"):
        return source
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # a magic command
        return ""
    kept = [node for node in statements if _is_definition(node)]
    return "\n".join(ast.unparse(node) for node in kept)


def _is_definition(node):
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Constant)
    kinds = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
    return isinstance(node, kinds)


def _shift_seeds(shift):
    """Let every generator with a seed start somewhere else."""
    import numpy as np

    original = np.random.default_rng

    def default_rng(seed=None):
        return original((seed, shift) if isinstance(seed, int) else seed)

    np.random.default_rng = default_rng


def _collect(future, cells):
    try:
        return future.result()
    except TimedOut:
        lost = Answer(State.TIMED_OUT, "It took too long and was stopped.")
    except ProcessExpired:
        lost = Answer(State.DIED, "The process died.")
    return Trial({}, {cell.grade_id: lost for cell in cells if cell.is_graded})


@contextlib.contextmanager
def _one_thread_each():
    """The processes take a core each; a matrix product must not take them all."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before
