"""Whether a function goes through the rows of its arrays one by one.

No clock is needed for that. A function that leaves the rows to NumPy takes as many
steps of Python for forty rows as for eight; one with a loop over the rows takes more,
whether that is a `for`, a comprehension, `map`, recursion or `np.vectorize`.
"""

import linecache
import sys

import numpy as np

from helpers._arguments import as_function
from helpers.checks import expect, is_given

#: A picture of an array, for `print`, is made row by row: that is nobody's loop.
_PRINTING = "arrayprint.py"


class _Watched(np.ndarray):
    """An array that takes a step of Python for each array that is made from it.

    So a loop within Python's own `sum` or `map` is seen, too: it makes each row.
    """

    def __array_finalize__(self, other):
        return None


def expect_no_loop(function, few, many):
    """Fail if a student's function takes more steps of Python for more rows.

    Parameters
    ----------
    function : function
        Where student code is graded, it is a stand-in. The steps are counted where the
        function lives, because only there it can be watched.
    few, many : tuple
        Arguments for two calls. The last one in each has a row for each sample.

    Raises
    ------
    CheckFailed
        With the line that takes more steps, and how many.
    """
    came = "expected a function that is written with `def`"
    builtins = getattr(function, "__builtins__", None)
    expect(builtins, f"{came}, got an object of type {type(function).__name__}.")
    there = builtins["__import__"](__name__, fromlist=("find_loop",))
    found = there.find_loop(function, few, many)
    if found:
        line, before, after = found
        expect(
            False,
            f"For {len(few[-1])} samples Python takes {before} steps in the line "
            f"`{line}`, for {len(many[-1])} samples {after}. "
            "Does a loop go through the samples?",
        )


def find_loop(function, few, many):
    """Return the line that takes more steps of Python for more rows, or None.

    Steps are instructions of Python's virtual machine. Those of what a line calls count
    as its own; what NumPy does in compiled code is none.

    Parameters
    ----------
    function : function
    few, many : tuple
        Arguments for two calls; the last one in each has a row for each sample.

    Returns
    -------
    (str, int, int) or None
        The line, and its steps in each of the two calls, if there is at least one more
        for each row more. Of several lines, that with the most.

    Raises
    ------
    RuntimeError
        If the function itself makes use of Python's tracing.
    Exception
        Whatever the function raises.
    """
    as_function(function, "function")
    for arguments in (few, many):  # whatever is done the first time only
        function(*arguments)
    before, after = (_count_steps(function, _watch(a)) for a in (few, many))
    growth = {place: n - before.get(place, 0) for place, n in after.items()}
    place = max(growth, key=growth.get, default=None)
    if place is None or growth[place] < len(many[-1]) - len(few[-1]):
        return None
    line = linecache.getline(*place).strip()
    return line, before.get(place, 0), after[place]


def _count_steps(function, arguments):
    """Return the steps of each line in one call: ``{(file, number): steps}``."""
    steps = {}

    def see_step(frame, event, argument):
        if event == "opcode":
            place = _find_place(frame)
            steps[place] = steps.get(place, 0) + 1
        return see_step

    def see_call(frame, event, argument):
        frame.f_trace_opcodes = True
        return see_step

    before = sys.gettrace()
    sys.settrace(see_call)
    try:
        function(*arguments)
        still_watched = sys.gettrace() is see_call
    finally:
        sys.settrace(before)
    if not still_watched:
        raise RuntimeError("the steps of this function cannot be counted: it traces")
    steps.pop(None, None)
    return steps


def _find_place(frame):
    """Return the line of the function for which a frame works, or None.

    That is the student's line closest to the call: what it calls counts as its own.
    """
    place = None
    while frame is not None and frame.f_code is not _count_steps.__code__:
        name = frame.f_code.co_filename
        if name.endswith(_PRINTING):
            return None
        if not is_given(name):
            place = name, frame.f_lineno
        frame = frame.f_back
    return place


def _watch(value):
    """Return the arguments with all arrays, in lists and tuples too, watched."""
    if isinstance(value, list | tuple):
        return type(value)(_watch(item) for item in value)
    return value.view(_Watched) if isinstance(value, np.ndarray) else value
