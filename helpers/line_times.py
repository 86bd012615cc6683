"""Where the time of a function goes: the seconds that each of its lines takes."""

import linecache
import sys
from statistics import median
from time import perf_counter
from typing import NamedTuple

from helpers._arguments import as_count, as_function


class LineTime(NamedTuple):
    """One line of a function, and what it costs.

    Attributes
    ----------
    number : int
        Of the line in its file or cell.
    text : str
        The line itself, as far as it can be found.
    runs : float
        How often it runs in one call of the function.
    microseconds : float
        What all its runs together take in one call, functions that it calls included.
    """

    number: int
    text: str
    runs: float
    microseconds: float


def time_lines(function, *arguments, calls=200):
    """Return what each line of a function costs, in the order of the lines.

    The times are those of a typical call, the median of all: a slow moment of the
    machine does not count. The stopwatch costs time itself, as much for each line; that
    is measured, and taken off. Lines that did not run are left out.

    Parameters
    ----------
    function : function
        Written in Python; it is called ``2 * calls`` times, the first half to warm up.
    *arguments : object
        What it is called with.
    calls : int

    Returns
    -------
    list of LineTime

    Raises
    ------
    TypeError, ValueError
        If `function` is not written in Python, or `calls` is below 1.
    """
    code = getattr(as_function(function, "function"), "__code__", None)
    if code is None:
        came = type(function).__name__
        raise TypeError(f"function: expected one written in Python, got a {came}")
    calls = as_count(calls, "calls")
    for _ in range(calls):
        function(*arguments)
    cost = min(median(times) for times in _watch(_do_nothing, (), 200)[1].values())
    runs, seconds = _watch(function, arguments, calls)
    lines = []
    for number in sorted(runs):
        each = runs[number] / calls
        took = max(median(seconds[number]) - cost * each, 0.0)
        text = linecache.getline(code.co_filename, number).strip()
        lines.append(LineTime(number, text, each, 1e6 * took))
    return lines


def _watch(function, arguments, calls):
    """Return, by line number, how often each line ran, and its seconds in each call."""
    code, runs, seconds = function.__code__, {}, {}
    current, since, in_call = None, 0.0, {}

    def see_line(frame, event, argument):
        nonlocal current, since
        now = perf_counter()
        if current is not None:
            in_call[current] = in_call.get(current, 0.0) + now - since
            runs[current] = runs.get(current, 0) + 1
        current = frame.f_lineno if event == "line" else None
        since = perf_counter()
        return see_line

    def see_call(frame, event, argument):
        return see_line if frame.f_code is code else None

    before = sys.gettrace()
    sys.settrace(see_call)
    try:
        for _ in range(calls):
            function(*arguments)
            for number, took in in_call.items():
                seconds.setdefault(number, []).append(took)
            in_call.clear()
    finally:
        sys.settrace(before)
    return runs, seconds


def _do_nothing():
    a = 0
    b = a
    c = b
    return c
