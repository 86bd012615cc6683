"""The judge: runs the graded cells of one submission, with the course's own code.

It is forked for each submission. The student's cells run elsewhere; of what they define
the judge holds stand-ins (`standins`) and plain data, so nothing that they have patched
reaches a check. Each cell's outputs, and each check's verdict, are handed on as soon as
they are known.
"""

import contextlib
import functools
import signal
import time
from pathlib import Path, PurePosixPath

import msgspec

from grading.sealed import outputs
from grading.sealed.channel import Closed, TimeIsUp
from grading.sealed.crossing import show_source
from grading.sealed.given import plan
from grading.sealed.messages import ChannelError
from grading.sealed.outline import extend, outline
from grading.sealed.outputs import PROCESS_DIED, TIME_IS_UP
from grading.sealed.peer import Late, Peer, Reach, Stopped
from grading.sealed.reading import CellTooLong
from helpers import checks

PASSED, FAILED, TIMED_OUT, DIED = "passed", "failed", "timed out", "died"

# What of the course both processes have, and may raise at each other.
_SHARED = {
    (kind.__module__, kind.__qualname__): kind
    for kind in (checks.CheckFailed, *checks.CheckFailed.__subclasses__())
}
_read_outcomes = msgspec.json.Decoder(dict[str, tuple[str, str]]).decode
# Bytes of files that student code writes, and of what all its cells show.
_MOST_FILES, _MOST_SHOWN = 16 * 2**20, 48 * 2**20
_MOST_SHOWN = 64 * 2**20  # characters of all cells' outputs, as JSON


@functools.lru_cache(maxsize=4)
def _plan(given):
    outline(source for _, source, _ in given)  # parses the cells, and remembers them
    return plan([{"kind": kind, "source": s, "grade_id": g} for kind, s, g in given])


def read_plan(given):
    """Return what each graded cell needs; known at once for a notebook seen before.

    Judges that are forked afterwards also know the cells, parsed.
    """
    keys = "kind", "source", "grade_id"
    return _plan(tuple(tuple(cell[key] for key in keys) for cell in given))


def name_graded_cell(grade_id):
    """Return under which file name a graded cell runs."""
    return f"<{grade_id}>"


class Judge:
    """Grades one submission.

    Parameters
    ----------
    task : dict
        As for `grading.sealed.execute.execute`.
    connection : socket.socket
        The judge's end of the channel to the student process.
    shell : Shell
        Not used before, for the graded cells.
    interrupt : function
        Interrupts the student's code.
    """

    def __init__(self, task, connection, shell, interrupt):
        self._task, self._limits = task, task["limits"]
        self._shell = shell
        self._plans = read_plan(task["given"])
        self._given = {cell["grade_id"]: cell for cell in task["given"]}
        self._labels = {}
        self._student = Peer(
            connection, 0, Reach(), cells={}, labels=self._labels, shared=_SHARED
        )
        self._student.interrupt = interrupt
        self._student.on_print = shell.out.write
        self._end = time.monotonic() + self._limits["total"]
        self._number = 0  # of the cell that is being run
        self._shown = 0  # characters of outputs
        self._waiting = list(self._plans)  # whose statements have not been run
        self._outline, self._unread = outline([]), ""
        self._stopped_in = ""  # the cell after which nothing went on

    def run(self):
        """Run all cells; yield ``(index, outputs, check or None)`` for each of them."""
        signal.signal(signal.SIGALRM, self._ring)
        self._shell.start()
        self._begin_cell()
        try:
            self._serve("place", *self._task["files"].items())
        except (Stopped, Late) as error:
            self._student.stopped = self._student.stopped or error
        _write_files(self._task["files"].items(), self._task["judge_files"])
        for index, cell in enumerate(self._task["cells"]):
            self._number = index
            if cell["kind"] == "text":
                yield index, None, None
            elif cell["kind"] == "graded":
                yield index, *self._grade(cell)
            else:
                yield index, self._run_students(index, cell["source"]), None

    def _run_students(self, index, source):
        self._read(source)
        label = self._labels[index] = f"<submitted cell {index + 1}>"
        show_source(label, source)
        if self._student.stopped or self._is_over():
            return []
        self._begin_cell()
        try:
            return self._read_outputs(self._serve("run_cell", index, source))
        except Late:
            why = self._explain_late()
        except Stopped:
            why = self._explain_stop()
        except (Exception, SystemExit) as error:
            why = self._explain_nonsense(error)
        return [outputs.error_output(*why[1:])]

    def _read_outputs(self, text):
        """Return a cell's outputs, unless the notebook has shown too much by then."""
        shown = outputs.read_outputs(text)
        self._shown += len(text)
        if self._shown > _MOST_SHOWN:
            return [outputs.print_output("[cut: the notebook showed too much]\n")]
        return shown

    def _grade(self, cell):
        """Return the outputs of a graded cell, and its check."""
        name = cell["grade_id"]
        shown = []
        if name not in self._plans:
            why = FAILED, "MissingCheck", "The course has no check of this name."
        elif self._student.stopped:
            why = self._explain_stop()
        elif self._is_over():
            why = self._explain_late()
        elif self._unread:
            why = FAILED, "CellTooLong", self._unread
        else:
            self._begin_cell()
            signal.setitimer(signal.ITIMER_REAL, self._left() + 1, 0.2)
            shown, why = self._run_graded(name)
            signal.setitimer(signal.ITIMER_REAL, 0)
        if why[0] != PASSED and not any(o["output_type"] == "error" for o in shown):
            shown.append(outputs.error_output(*why[1:]))
        return shown, {"grade_id": name, "state": why[0], "reason": why[2]}

    def _run_graded(self, name):
        try:
            self._prepare(name)
        except Late:
            return [], self._explain_late()
        except Stopped:
            return [], self._explain_stop()
        except (Exception, SystemExit) as error:
            return [], self._explain_nonsense(error)
        source = self._given[name]["source"]
        shown = self._shell.run(source, name_graded_cell(name), is_secret=True)
        # nbgrader takes whatever is on stderr for a failure: a warning, for instance.
        for output in shown:
            if output.get("name") == "stderr":
                output["name"] = "stdout"
        errors = [o for o in shown if o["output_type"] == "error"]
        if self._student.stopped:
            return _without(errors, shown), self._explain_stop()
        if self._student.late:
            return _without(errors, shown), self._explain_late()
        if errors:
            return shown, (FAILED, errors[0]["ename"], errors[0]["evalue"])
        return shown, (PASSED, "", "")

    def _prepare(self, name):
        """Put into the namespace what a graded cell needs."""
        names, namespace = self._plans[name].names, self._shell.namespace
        while name in self._waiting:
            for statement in self._plans[self._waiting.pop(0)].statements:
                with contextlib.suppress(Exception):  # the check will say
                    exec(statement.code, namespace)
        found, outcomes, files = self._serve("prepare", *sorted(names))
        for missing in names:
            namespace.pop(missing, None)
        namespace.update((key, value) for key, value in found if key in names)
        _write_files(files, self._task["judge_files"])
        self._read(self._given[name]["source"])
        ours = str(Path(__file__).parent)
        checks.judge_apart(self._outline, _read_outcomes(outcomes), ours)

    def _read(self, source):
        """Note what a cell binds, as far as its text tells."""
        try:
            extend(self._outline, source)
        except CellTooLong as error:
            self._unread = str(error)

    def _serve(self, service, *args):
        return self._student.request("serve", None, service, args)

    def _begin_cell(self):
        self._student.late = False
        self._student.channel.deadline = time.monotonic() + self._left()

    def _is_over(self):
        return time.monotonic() >= self._end

    def _left(self):
        return max(min(self._limits["cell"], self._end - time.monotonic()), 0.01)

    def _ring(self, number, frame):
        if not self._student.busy:  # else time is looked at there
            self._student.late = True
            raise Late

    def _explain_late(self):
        what, limit = "It", self._limits["cell"]
        if self._is_over():
            what, limit = "The whole notebook", self._limits["total"]
        why = f"{what} took more than {limit:g} seconds and was stopped."
        return TIMED_OUT, TIME_IS_UP, why

    def _explain_nonsense(self, error):
        """The process does not do any more what it should."""
        self._student.stopped = ChannelError(f"it has lost its way: {error}")
        return self._explain_stop()

    def _explain_stop(self):
        cause, cell = self._student.stopped, f"cell {self._number + 1}"
        self._stopped_in = self._stopped_in or cell
        if isinstance(cause, TimeIsUp | Late):
            why = (
                f"{self._stopped_in} ran on after its time was up, until it was ended."
            )
            return TIMED_OUT, TIME_IS_UP, why.capitalize()
        if isinstance(cause, Closed):
            why = f"The Python process ended while {self._stopped_in} was run."
            return DIED, PROCESS_DIED, why
        why = f"In {self._stopped_in} the process broke off its talk with the judge."
        return DIED, PROCESS_DIED, f"{why} {cause}".strip()


def _without(errors, shown):
    return [output for output in shown if output not in errors]


def _write_files(files, given):
    """Write what was handed in or student code wrote, where a check may look for it."""
    total = 0
    for name, data in files:
        path = PurePosixPath(name)
        is_inside = not path.is_absolute() and ".." not in path.parts
        total += len(data)
        if is_inside and str(path) not in given and total <= _MOST_FILES:
            with contextlib.suppress(OSError, ValueError):  # an impossible name
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                Path(path).write_bytes(data)
