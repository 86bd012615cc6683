"""Compare and guard what holds arrays: dictionaries, lists and tuples, in any depth.

For checks of functions that take and return such structures, where `helpers.checks`
compares single arrays. A place in a structure is called as a student would write it:
``grads[0]["weights"]``.
"""

import contextlib

import numpy as np

from helpers import candidates, checks

_STRUCTURES, _VALUES = dict | list | tuple, np.ndarray | np.generic | float


def pair(name, got, parts, like=None):
    """Return the two results of a function, or fail.

    Parameters
    ----------
    name : str
        The call, as the student would write it.
    got : object
        What it returned.
    parts : str
        What the two are, such as ``"(z, cache)"``.
    like : tuple of two, optional
        Structures of the form that they should have.

    Raises
    ------
    helpers.checks.CheckFailed
        Unless it is a tuple or list of two, and if they have changed places: by the
        forms in `like`, or else if a structure comes first and an array second.
    """
    if got is None:
        raise checks.CheckFailed(f"{name}: got None. Is a `return` missing?")
    if not isinstance(got, tuple | list) or len(got) != 2:
        raise checks.CheckFailed(
            f"{name}: expected two results, {parts}, got {_describe(got)}."
        )
    if like:
        exchanged = not has_form(got, like) and has_form(got[::-1], like)
    else:
        exchanged = isinstance(got[0], _STRUCTURES) and isinstance(got[1], _VALUES)
    if exchanged:
        raise checks.CheckFailed(
            f"{name}: expected two results, {parts}. They have changed places."
        )
    return got


def same(name, got, expected, describe=None, *, rtol=None):
    """Compare a structure of arrays with the expected one: its form, then each array.

    Parameters
    ----------
    name : str
        What it is, as the student would write it.
    got : object
        What student code returned; a list may stand for a tuple.
    expected : array, dict, list or tuple
        Of arrays, or of such structures.
    describe : function of str, optional
        Returns the `candidates.Case` for the array at a place, such as
        ``'[0]["weights"]'``; the place of the whole is empty.
    rtol : float, optional
        As for `helpers.checks.same`.

    Raises
    ------
    helpers.checks.CheckFailed
        At the first place that differs.
    """
    _same(name, "", got, expected, describe or (lambda place: None), rtol)


def fits(got, expected):
    """Whether two structures have one form, and all their arrays agree."""
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(fits(got[key], expected[key]) for key in expected)
        )
    if isinstance(expected, tuple | list):
        return (
            isinstance(got, tuple | list)
            and len(got) == len(expected)
            and all(fits(a, b) for a, b in zip(got, expected, strict=True))
        )
    is_array = isinstance(got, np.ndarray | np.generic | int | float)
    return is_array and candidates.close(got, expected)


def has_form(got, expected):
    """Whether two structures have one form, and arrays of the same shapes."""
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(has_form(got[key], expected[key]) for key in expected)
        )
    if isinstance(expected, tuple | list):
        return (
            isinstance(got, tuple | list)
            and len(got) == len(expected)
            and all(has_form(a, b) for a, b in zip(got, expected, strict=True))
        )
    is_array = isinstance(got, _VALUES | int)
    return is_array and np.shape(got) == np.shape(expected)


@contextlib.contextmanager
def unchanged(**structures):
    """Fail if the code inside changes one of the named structures in place.

    Raises
    ------
    helpers.checks.CheckFailed
    """
    before = {name: _fingerprint(value) for name, value in structures.items()}
    yield
    for name, value in structures.items():
        if _fingerprint(value) != before[name]:
            raise checks.CheckFailed(
                f"Your code changes its argument `{name}` in place. "
                "Make something new instead."
            )


def _same(name, place, got, expected, describe, rtol):
    where = _put_into(name, place)
    if isinstance(expected, dict):
        wanted = ", ".join(map(repr, expected))
        came = f"{where}: expected a dictionary with the keys {wanted}, got"
        checks.expect(isinstance(got, dict), f"{came} {_describe(got)}.")
        checks.expect(
            got.keys() == expected.keys(), f"{came} {', '.join(map(repr, got))}."
        )
        inner = [(f"[{key!r}]".replace("'", '"'), key) for key in expected]
    elif isinstance(expected, tuple | list):
        kind = "a list" if isinstance(expected, list) else "a tuple"
        came = f"{where}: expected {kind} of {len(expected)}, got {_describe(got)}."
        is_list = isinstance(got, tuple | list)
        fitting = is_list and len(got) == len(expected)
        checks.expect(fitting, f"{came} {_explain(got, expected)}".strip())
        checks.expect(
            has_form(got, expected) or not has_form(got[::-1], expected),
            f"{where}: the {len(expected)} entries come in the reverse order.",
        )
        inner = [(f"[{key}]", key) for key in range(len(expected))]
    else:
        checks.same(where, got, expected, describe(place), rtol=rtol)
        return
    for step, key in inner:
        _same(name, place + step, got[key], expected[key], describe, rtol)


def _put_into(name, place):
    """Return the name of a place: ``grads[0] of mlp_backward(x, y), N=2``."""
    depth = 0
    for end, letter in enumerate(name):
        depth += (letter in "([") - (letter in ")]")
        if depth == 0 and name.startswith((" of ", ", "), end):
            return name[:end] + place + name[end:]
    return name + place


def _explain(got, expected):
    """Return a sentence about a list with too few or too many entries, or nothing."""
    if not isinstance(got, tuple | list):
        first = expected[0] if expected else None
        is_entry = isinstance(first, dict) and has_form(got, first)
        return (
            "That is the first entry alone: is a loop left early?" if is_entry else ""
        )
    if all(isinstance(entry, tuple | list) for entry in got):
        flat = [inner for entry in got for inner in entry]
        if has_form(flat, expected):
            return "Each entry holds several that should stand side by side."
    places, left = [], list(got)
    for place, wanted in enumerate(expected):
        if left and has_form(left[0], wanted) and fits(left[0], wanted):
            left.pop(0)
        else:
            places.append(f"[{place}]")
    found = len(places) < len(expected) and not left
    return f"Missing: {', '.join(places)}." if found else ""


def _describe(value):
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return "None" if value is None else f"a {type(value).__name__}"


def _fingerprint(value):
    if isinstance(value, dict):
        return [(key, _fingerprint(inner)) for key, inner in value.items()]
    if isinstance(value, tuple | list):
        return [_fingerprint(inner) for inner in value]
    array = np.asarray(value)
    return array.shape, array.dtype.str, array.tobytes()
