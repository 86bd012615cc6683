"""What a check cell says about your code.

A check answers in one of three ways: not attempted yet, passed, or a message
that names what is wrong. `check` is for the cells that you run as often as you
like; `graded` is for the cells that carry points. Inside either, the functions
below compare one thing each: shape, then dtype, then finiteness, then values.
"""

import contextlib
import html
import linecache
import re
import sys
import traceback
from pathlib import Path

import numpy as np

from helpers import diagnosis
from helpers._arguments import as_array, as_function, as_generator
from helpers._display import in_ipython
from helpers._provenance import find_borrowed
from helpers.execution import is_validating

#: (N, D, M) for layers: all different and prime, square, a single sample, wide.
SIZES = ((5, 3, 2), (3, 3, 3), (1, 5, 2), (7, 2, 11))
#: The same kinds of sizes for hidden checks, so that code made for `SIZES` is seen.
OTHER_SIZES = ((7, 5, 3), (4, 4, 4), (1, 3, 5), (11, 2, 13))

PASSED, FAILED, NOT_ATTEMPTED = "passed", "not right yet", "not attempted yet"

#: How a message begins that sends students to another check.
MEND_FIRST = "Something before this has to be right first:"

_outcomes = {}
# Folders of what students are given, and of Python itself.
_given = {str(Path(__file__).parent), sys.base_prefix}
# The notebook's names, where the grader runs a check apart from the student's code.
_names = None


class CheckFailed(AssertionError):
    """A check's verdict, in words for a student; notebooks show no traceback."""

    def _render_traceback_(self):
        return [str(self)]


class _NotYet(CheckFailed):
    """A check that can say nothing before another one was attempted."""


# Running a check ---------------------------------------------------------------


@contextlib.contextmanager
def attempt():
    """Run a cell that needs your code; say so if that is not written yet.

    Only the `NotImplementedError` of an untouched stub is caught, so that the
    notebook still runs from top to bottom. Every other error shows as usual.
    """
    try:
        yield
    except NotImplementedError as error:
        if not _is_stub(error):
            raise
        _show(NOT_ATTEMPTED, _name_stub(error), "")


def check(function):
    """Run a visible check at once and show its answer; never stops the notebook.

    A decorator: the check is a function, so that nothing it names is left behind in
    the notebook, where student code could find it by mistake.

    Parameters
    ----------
    function : function without arguments
        Named after what it checks: ``check_linear_forward``.

    Returns
    -------
    function
        As it came.
    """
    as_function(function, "function")
    outcome, message = PASSED, ""
    try:
        _run(function)
    except (Exception, SystemExit) as error:  # student code may raise anything
        outcome, message = judge(error, function)
    _outcomes[function.__name__] = outcome, message
    _show(outcome, function.__name__, message)
    return function


def graded(function):
    """Run a hidden check at once: raise `CheckFailed` unless everything in it holds.

    A decorator, like `check`. What student code writes to stderr, a warning for
    instance, is sent to stdout: nbgrader would take any output on stderr as a failure.

    Parameters
    ----------
    function : function without arguments
        Named like the grade id of its cell: ``test_linear_forward``.

    Returns
    -------
    function
        As it came.

    Raises
    ------
    CheckFailed
        With one message that names what is wrong, and no traceback.
    """
    name = as_function(function, "function").__name__
    with contextlib.redirect_stderr(sys.stdout):
        try:
            _run(function)
        except (Exception, SystemExit) as error:  # student code may raise anything
            outcome, message = judge(error, function)
            raise CheckFailed(f"{name}: {outcome}. {message}".strip()) from None
        print(f"{name}: {PASSED}")
    return function


def _run(function):
    function()
    if _names is not None:
        function = _names.get(function.__name__, function)
    borrowed = find_borrowed(function, _names)
    if borrowed:
        raise CheckFailed(
            f"{borrowed} The results are right, but the work is not done by hand: "
            "write it with NumPy, and with what you have built so far."
        )


def judge(error, function):
    """Turn what came out of a check into an outcome and a message.

    Parameters
    ----------
    error : BaseException
        A `CheckFailed`, a stub's `NotImplementedError`, or anything else.
    function : function
        The check that raised it.

    Returns
    -------
    (str, str)
        `FAILED` or `NOT_ATTEMPTED`, and a sentence for the student.
    """
    if isinstance(error, CheckFailed):
        untouched = isinstance(error, _NotYet)
        return NOT_ATTEMPTED if untouched else FAILED, str(error)
    if isinstance(error, NotImplementedError) and _is_stub(error):
        return NOT_ATTEMPTED, (
            f"{_name_stub(error)} still raises NotImplementedError: "
            "write your code in place of that line. "
            "If your code is there already, delete the line."
        )
    return FAILED, _describe_exception(error, function.__qualname__)


def needs(name):
    """Stop this check if the visible check `name` was run before it and did not pass.

    For a check that cannot tell on its own whose mistake it sees: a gradient by finite
    differences is that of your `forward`, whatever it computes.

    Raises
    ------
    CheckFailed
        With `MEND_FIRST` at the beginning. If the other check is not attempted yet,
        neither is this one.
    """
    outcome, _ = _outcomes.get(f"check_{name}", (PASSED, ""))
    if outcome != PASSED:
        kind = _NotYet if outcome == NOT_ATTEMPTED else CheckFailed
        raise kind(f"{MEND_FIRST} check_{name} is {outcome}.")


def ready(name):
    """Say whether the visible check `name` has passed, ahead of its graded cell.

    Under `nbgrader validate` a visible check that has not passed raises
    `CheckFailed`, so that validation can explain what is still to do.
    """
    outcome, _ = _outcomes.get(f"check_{name}", (NOT_ATTEMPTED, ""))
    if is_validating() and outcome != PASSED:
        raise CheckFailed(f"check_{name}: {outcome}. Run that check for the details.")
    print(f"test_{name} runs when your work is graded. So far: check_{name} {outcome}.")


def judge_apart(names, outcomes, folder):
    """Let graded checks be run apart from the code that they judge.

    For the grader, whose checks see stand-ins for what student code defines.

    Parameters
    ----------
    names : dict
        What the notebook defines, as far as its text tells: see `find_borrowed`.
    outcomes : dict of str to (str, str)
        How the visible checks went, where the student's code is: see `outcomes`.
    folder : str
        The grader's own code, which no message should show.
    """
    global _names
    _names = names
    _given.add(folder)
    _outcomes.clear()
    _outcomes.update(outcomes)


def summary():
    """Print the visible checks of this notebook and how each went last."""
    if not _outcomes:
        print("No check has been run yet.")
    width = max(map(len, _outcomes), default=0)
    for name, (outcome, _) in _outcomes.items():
        print(f"{name:<{max(width, 34)}} {outcome}")


def outcomes():
    """Return how each visible check went last: ``{name: (outcome, message)}``."""
    return dict(_outcomes)


def is_given(filename):
    """Return whether a file is installed, ours, or the course's `parts.py`.

    Parameters
    ----------
    filename : str
        As code objects have it.
    """
    return (
        "site-packages" in filename
        or filename.startswith(tuple(_given))
        or Path(filename).name == "parts.py"
    )


# Comparing one thing -------------------------------------------------------------


def expect(condition, message):
    """Fail with `message` unless `condition` is true."""
    if not condition:
        raise CheckFailed(message)


def same(name, got, expected, case=None, *, rtol=None):
    """Compare an array with the expected one: shape, dtype, finiteness, values.

    Parameters
    ----------
    name : str
        What it is, as the student would write it: ``"forward(x)"``.
    got : object
        What student code returned.
    expected : array-like
        Its shape is required; so is its dtype, if that is a float.
    case : helpers.candidates.Case, optional
        The mistakes that the exercise invites, with this comparison's arrays: with
        it the message can name the one that fits.
    rtol : float, optional
        Largest difference allowed, relative to the largest expected entry;
        by default 1e-7 in float64 and 1e-4 in float32.

    Raises
    ------
    CheckFailed
        At the first of the four that does not hold.
    """
    expected = np.asarray(expected)
    array = _as_result(name, got)
    if array.shape != expected.shape:
        hint = diagnosis.explain_array(array, expected, case)
        raise CheckFailed(
            _join(f"{name}: expected shape {expected.shape}, got {array.shape}.", hint)
        )
    if expected.dtype.kind == "f" and array.dtype != expected.dtype:
        hint = diagnosis.explain_dtype(array, expected, case)
        raise CheckFailed(
            _join(f"{name}: expected {expected.dtype}, got {array.dtype}.", hint)
        )
    if array.dtype.kind not in "iubf":
        raise CheckFailed(f"{name}: expected numbers, got dtype {array.dtype}.")
    _require_finite(name, array)
    _require_close(name, array, expected, rtol, case)


def same_number(name, got, expected, case=None, *, rtol=1e-7):
    """Compare one number (a float, a NumPy scalar or a 0-d array).

    Parameters
    ----------
    name : str
    got : object
    expected : float
    case : helpers.candidates.Case, optional
        The mistakes that the exercise invites, as in `same`.
    rtol : float
        Largest relative difference allowed.

    Raises
    ------
    CheckFailed
    """
    if isinstance(got, int | float) and not isinstance(got, bool):
        got = np.float64(got)
    elif got is not None and not isinstance(got, np.ndarray | np.generic):
        came = type(got).__name__
        raise CheckFailed(f"{name}: expected a single number, got {came}.")
    array = _as_result(name, got)
    if array.shape != () or array.dtype.kind not in "iuf":
        hint = case.name_mistake(array, np.float64(expected)) if case else None
        came = f"got an array of shape {array.shape} and dtype {array.dtype}."
        raise CheckFailed(_join(f"{name}: expected a single number, {came}", hint))
    _require_finite(name, array)
    _require_close(name, array, np.float64(expected), rtol, case)


def same_spread(name, got, variance):
    """Compare random numbers with the mean 0 and the variance they should have.

    Chance alone passes: six standard errors are allowed, those of a normal
    distribution, ``sqrt(spread / n)`` and ``variance * sqrt(2 / n)``, where the spread
    is the variance that came.

    Parameters
    ----------
    name : str
    got : ndarray of n random numbers, at least 100 of them
    variance : float

    Raises
    ------
    CheckFailed
    """
    array = _as_result(name, got).astype(float)
    _require_finite(name, array)
    came, error = array.var(), np.sqrt(2 / array.size)
    if came == 0:
        raise CheckFailed(f"{name}: all numbers are equal, expected random ones.")
    if abs(array.mean()) > 6 * np.sqrt(came / array.size):
        raise CheckFailed(f"{name}: expected the mean 0, got {array.mean():.3g}.")
    if abs(came / variance - 1) > 6 * error:
        times = max(came / variance, variance / came)
        direction = "large" if came > variance else "small"
        raise CheckFailed(
            f"{name}: expected the variance {variance:.3g}, got {came:.3g}, "
            f"{times:.3g} times too {direction}."
        )


@contextlib.contextmanager
def unchanged(**arrays):
    """Fail if the code inside changes one of the named arrays in place."""
    before = {name: _fingerprint(array) for name, array in arrays.items()}
    yield
    for name, array in arrays.items():
        if _fingerprint(array) != before[name]:
            raise CheckFailed(
                f"Your code changes its argument `{name}` in place. "
                "Compute with a new array instead."
            )


def raises(name, error, function, *args, **kwargs):
    """Fail unless ``function(*args, **kwargs)`` raises `error`.

    A stub's `NotImplementedError` goes through: it is not an answer.
    """
    try:
        result = function(*args, **kwargs)
    except error:
        return
    except (NotImplementedError, CheckFailed):
        raise
    except Exception as other:  # student code may raise anything
        came = _describe_exception(other)
        raise CheckFailed(f"{name}: expected {error.__name__}, but {came}") from None
    came = "None" if result is None else f"a result of type {type(result).__name__}"
    raise CheckFailed(f"{name}: expected {error.__name__}, got {came}.")


def run_forward(layer, *inputs):
    """Call ``layer.forward(*inputs)`` before `backward` is judged; return its result.

    An error in it costs the points of another check, and is let go by here; only a
    stub's `NotImplementedError` goes through.
    """
    try:
        return layer.forward(*inputs)
    except NotImplementedError:
        raise
    except Exception:  # student code may raise anything
        return None


def run_backward(layer, grad_output, *, sets):
    """Call ``layer.backward(grad_output)``, of which one attribute is judged.

    An error that comes when the attribute `sets` is there already costs the points of
    another check, and is let go by here.
    """
    try:
        layer.backward(grad_output)
    except Exception as error:  # student code may raise anything
        if isinstance(error, NotImplementedError) or not hasattr(layer, sets):
            raise


def draw(rng, *shapes):
    """Return one array of normal numbers for each shape: signed, not uniform.

    Parameters
    ----------
    rng : numpy.random.Generator
    *shapes : tuple of int

    Raises
    ------
    TypeError
        If `rng` is no generator.
    """
    as_generator(rng, "rng")
    return [rng.normal(size=shape) for shape in shapes]


def layouts(array):
    """Yield ``(label, copy)``: the same values in different memory layouts.

    Parameters
    ----------
    array : array-like of numbers, at least one-dimensional

    Raises
    ------
    TypeError, ValueError
        If it holds no numbers, or is a single number.
    """
    array = as_array(array, "array", finite=False)
    if array.ndim == 0:
        raise ValueError("array: expected at least one dimension, got a single number")
    yield "C order", array.copy(order="C")
    yield "Fortran order", array.copy(order="F")
    yield "every second column of an array", np.repeat(array, 2, axis=-1)[..., ::2]
    yield "a reversed view", array[::-1].copy()[::-1]


# How it is done -------------------------------------------------------------------


def _as_result(name, got):
    if got is None:
        kept = re.match(r"grad_(weights|biases)\b", name)
        hint = f"Does `backward` set `self.{kept[0]}`?" if kept else ""
        raise CheckFailed(f"{name}: got None. {hint or 'Is a `return` missing?'}")
    if not isinstance(got, np.ndarray | np.generic):
        raise CheckFailed(f"{name}: expected a NumPy array, got {type(got).__name__}.")
    return np.array(got)


def _require_finite(name, array):
    bad = ~np.isfinite(array)
    if bad.any():
        where = [int(i) for i in np.argwhere(bad)[0]]
        at = f", the first at {where}" if where else ""
        count = f"{bad.sum()} of {array.size} entries are" if where else "the number is"
        raise CheckFailed(
            f"{name}: {count} NaN or infinite{at}. "
            "Look for an overflow, a logarithm of 0, or a division by 0."
        )


def _require_close(name, got, expected, rtol, case):
    if rtol is None:
        rtol = 1e-4 if expected.dtype == np.float32 else 1e-7
    scale = np.abs(expected).max(initial=0.0)
    wrong = np.abs(got - expected.astype(float)) > rtol * max(scale, 1e-8)
    if wrong.any():
        hint = diagnosis.explain_array(got, expected, case)
        raise CheckFailed(_join(_count_wrong(name, wrong, got), hint))


def _count_wrong(name, wrong, got):
    if wrong.ndim == 0:
        return f"{name}: the number is wrong, got {got:.6g}."
    if wrong.size == 1:
        return (
            f"{name}: the shape is right, but its one value is wrong, "
            f"got {got.item():.6g}."
        )
    where = [int(i) for i in np.argwhere(wrong)[0]]
    return (
        f"{name}: the shape is right, but {wrong.sum()} of {wrong.size} "
        f"values are wrong, the first at {where}."
    )


def _fingerprint(array):
    array = np.asarray(array)
    return array.shape, array.dtype.str, array.tobytes()


def _join(*parts):
    return " ".join(part for part in parts if part)


def _is_stub(error):
    return not error.args and _frames(error)[-1].name != "<module>"


def _name_stub(error):
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_code.co_qualname


def _frames(error):
    return traceback.extract_tb(error.__traceback__)


def _describe_exception(error, check_name=""):
    what = f"{type(error).__name__}: {error}".rstrip(": ")
    hint = diagnosis.explain_error(error)
    for frame, line_number in reversed(list(traceback.walk_tb(error.__traceback__))):
        code = frame.f_code
        ours = code.co_name == "<module>" or is_given(code.co_filename)
        if not ours and not _is_within(code.co_qualname, check_name):
            line = linecache.getline(code.co_filename, line_number).strip()
            shown = f", `{line}`" if line else ""
            where = f"`{code.co_qualname}` raised {what} (line {line_number}{shown})."
            return _join(where, hint)
    return _join(f"The check stopped with {what}.", hint)


def _is_within(name, function_name):
    return name == function_name or name.startswith(f"{function_name}.<locals>.")


_COLOURS = {PASSED: "#1a7f37", FAILED: "#b35900", NOT_ATTEMPTED: "#57606a"}


def _show(outcome, name, message):
    text = f"{name}: {outcome}." + (f" {message}" if message else "")
    if not in_ipython():
        print(text)
        return
    from IPython.display import display

    style = f"border-left: 4px solid {_COLOURS[outcome]}; padding: 2px 10px"
    body = (
        f'<div style="{style}"><b>{html.escape(name)}</b>: {outcome}.'
        f"<br>{html.escape(message)}</div>"
    )
    display({"text/plain": text, "text/html": body}, raw=True)
