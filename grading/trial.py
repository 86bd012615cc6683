"""Run solutions through the checks of their notebook, visible and graded.

The cells run as they are graded, in a process of their own: a solution that patches
NumPy, exits or never ends harms no other. What stands before a solution runs once for
all, and is forked for each; behind it run the checks that can tell it from the
notebook's own solution (`grading.affected`), whose answers the others have. Left out is
what no check looks at: the notebook's trainings, pictures and try-outs.
"""

import ast
import contextlib
import gc
import io
import linecache
import multiprocessing
import os
import signal
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from grading.affected import find_affected
from grading.catalogue import handed_in_files
from grading.notebooks import nbgrader_metadata, read_notebook
from grading.outcomes import State, read_verdict
from grading.parts import without_markers
from grading.predicted import files_for
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
    *("grading.cli", "grading.trial"),
]

# How many solutions one process runs, one after the other.
_BATCH = 60


class Cell(NamedTuple):
    """A code cell of a notebook, as a trial runs it."""

    grade_id: str  # of a solution or a graded check, else empty
    source: str
    is_graded: bool

    @property
    def is_check(self):
        """Whether it checks, visibly or graded, and defines nothing for others."""
        return self.is_graded or self.source.startswith("@check")


class Task(NamedTuple):
    """A notebook, and the texts that take the place of one of its cells each."""

    cells: list[Cell]
    folder: str  # where they run: with the `parts.py` of the notebook
    files: dict  # bytes by name: what each solution finds where it runs
    changes: list[tuple[int, str]]  # the place of the cell, and its other text


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


def run_trials(course, entries, *, prepare=prepare, **settings):
    """Run other solutions through the checks of their notebooks, several at a time.

    Parameters
    ----------
    course : Course
    entries : list of Entry or Mutant
        The `source` of each belongs into the cell whose grade id is its `component`.
    prepare : function
        What is run of a notebook: as `prepare` of this module.
    **settings
        For `run_tasks`.

    Returns
    -------
    list of Trial
        In the order of `entries`.

    Raises
    ------
    GradingFailed
        If this machine lacks what the checks of a notebook compare with.
    """
    notebooks = {}
    for number, entry in enumerate(entries):
        notebooks.setdefault(entry.notebook, []).append(number)
    tasks, order = [], []
    for notebook, numbers in notebooks.items():
        cells, files = prepare(course, notebook), _files_for(course, notebook)
        places = [cell.grade_id for cell in cells]
        for first in range(0, len(numbers), _BATCH):
            some = numbers[first : first + _BATCH]
            changes = [
                (places.index(entries[number].component), entries[number].source)
                for number in some
            ]
            tasks.append(Task(cells, str(course.source / notebook), files, changes))
            order += some
    trials = dict(zip(order, run_tasks(tasks, **settings), strict=True))
    return [trials[number] for number in range(len(entries))]


def _files_for(course, notebook):
    """Return what lies where a notebook is graded, and comes with a submission."""
    cells = read_notebook(course.source_notebook(notebook))["cells"]
    return handed_in_files(course, notebook) | files_for(c["source"] for c in cells)


def run_tasks(tasks, *, jobs=None, shift=0, timeout=TIMEOUT, on_done=None):
    """Run notebooks; return a `Trial` for each change of each task, in their order.

    Parameters
    ----------
    tasks : list of Task
    jobs : int, optional
        How many at a time; by default one for each processor.
    shift : int
        By how much the seeds of random numbers are shifted; 0: as they stand in the
        checks.
    timeout : float
        Seconds that one change may take, with the cells behind it.
    on_done : function, optional
        Called with 1 for each change that is done.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_WARM)
    trials = []
    with (
        _one_thread_each(),
        ProcessPoolExecutor(
            jobs or os.cpu_count(), mp_context=context, max_tasks_per_child=1
        ) as pool,
    ):
        running = [pool.submit(_run_task, task, shift, timeout) for task in tasks]
        for future in running:
            for trial in future.result():
                trials.append(trial)
                if on_done:
                    on_done(1)
    return trials


def _run_task(task, shift, timeout):
    """Run a notebook once, up to the last change; go on with each change in a fork.

    This process is not fit for anything else afterwards.
    """
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    sys.path.insert(0, task.folder)
    os.chdir(task.folder)
    if shift:
        _shift_seeds(shift)
    notebook = Notebook(task.cells)

    def finish(place, source, reference=None):
        places = notebook.places_behind(place, source if reference else None)
        run = partial(notebook.finish, place, source, places, reference)
        with _files_at_hand(task.files):
            lost, trial = _run_in_fork(run, timeout)
        graded = {cell.grade_id: lost for cell in task.cells if cell.is_graded}
        return trial or Trial({}, graded)

    reference = None
    if len(task.changes) > 1:
        own = finish(0, task.cells[0].source)
        reference = own if _passes(own) else None
    done, trials = 0, {}
    in_order = sorted(enumerate(task.changes), key=lambda numbered: numbered[1][0])
    with _files_at_hand(task.files):
        for number, (place, source) in in_order:
            notebook.run(range(done, place))
            done = place
            gc.freeze()  # a collection in a fork would copy what it shares with this
            trials[number] = finish(place, source, reference)
    return [trials[number] for number in range(len(task.changes))]


def _passes(trial):
    answers = [*trial.visible.values(), *trial.graded.values()]
    return all(answer.state == State.PASSED for answer in answers)


@contextlib.contextmanager
def _files_at_hand(files):
    """Work in a new folder that holds these files; without any, stay where we are."""
    if not files:
        yield
        return
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, content in files.items():
            Path(name).write_bytes(content)
        yield


def _run_in_fork(function, timeout):
    """Return (None, what the function returns), or what became of it and None.

    It runs in a fork of this process, which is stopped after `timeout` seconds.
    """
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)  # with whatever it starts
        try:
            sender.send(function())
        finally:
            os._exit(0)
    sender.close()
    with receiver:
        try:
            if receiver.poll(timeout):
                return None, receiver.recv()
            late = "It took too long and was stopped."
            return Answer(State.TIMED_OUT, late), None
        except EOFError:
            return Answer(State.DIED, "The process died."), None
        finally:
            for stop in (os.kill, os.killpg):
                with contextlib.suppress(ProcessLookupError):
                    stop(child, signal.SIGKILL)
            os.waitpid(child, 0)


class Notebook:
    """Cells that run one after the other, in this process or on in a fork of it."""

    def __init__(self, cells):
        self._cells = cells
        self._codes = [_compile(place, cell.source) for place, cell in enumerate(cells)]
        self._namespace, self._graded = {"__name__": "__main__"}, {}

    def run(self, places):
        """Run the cells at these places."""
        for place in places:
            cell = self._cells[place]
            answer = _execute(self._codes[place], self._namespace, cell.grade_id)
            if cell.is_graded:
                self._graded[cell.grade_id] = answer

    def places_behind(self, place, source=None):
        """Return the places behind one; with another source for it, of what matters.

        These are the checks that it can make say something else, and what defines
        names.
        """
        places = range(place + 1, len(self._cells))
        if source is None:
            return list(places)
        affected = find_affected([cell.source for cell in self._cells], place, source)
        return [k for k in places if k in affected or not self._cells[k].is_check]

    def finish(self, place, source, places, reference=None):
        """Run another source at `place`, then the cells at `places`; return a `Trial`.

        Checks that are not among them take their answers from `reference`, the `Trial`
        of the cell's own source.
        """
        self._codes[place] = _compile(place, source)
        self.run([place, *places])
        reference = reference or Trial({}, {})
        ran = "\n".join(self._cells[k].source for k in places)
        visible = {k: v for k, v in reference.visible.items() if f"def {k}(" not in ran}
        visible |= {
            name: Answer(STATES[outcome], message)
            for name, (outcome, message) in checks.outcomes().items()
        }
        return Trial(visible, reference.graded | self._graded)


def _compile(place, source):
    """Return the code of a cell, or the error that it has instead."""
    filename = f"<cell {place + 1}>"
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = len(source), None, lines, filename
    try:
        return compile(source, filename, "exec")
    except (SyntaxError, ValueError) as error:  # ValueError: a null character
        return error


def _execute(code, namespace, grade_id):
    """Run the code of a cell; return an `Answer`, of the check if it is one."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            if isinstance(code, Exception):
                raise code
            exec(code, namespace)
        except (Exception, SystemExit) as error:  # student code may raise anything
            if type(error).__name__ == "CheckFailed":
                return Answer(*read_verdict(str(error), grade_id))
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
