"""Whether student code does the work itself or leaves it to a library.

What is read is the code that the check reaches: which modules it imports, and from
which modules the names come that it uses. Nothing is run for it.
"""

import dis
import types

#: Libraries that do what the course builds; NumPy and Python's own are welcome.
LIBRARIES = frozenset(
    (
        *("autograd", "flax", "jax", "keras", "mxnet", "paddle"),
        *("scipy", "sklearn", "tensorflow", "tinygrad", "torch"),
    )
)
# Of the course's own tools: derivatives by nudging are for checks only.
_NUDGING = ("helpers.gradcheck", "gradcheck")


def find_borrowed(check):
    """Return a sentence about what student code borrows, or None if all is its own.

    Parameters
    ----------
    check : function
        A check of a notebook. Followed are the functions and classes that it uses and
        that the notebook defines; what the check itself uses is its own business.

    Returns
    -------
    str or None
        Such as "`Linear` uses `torch`."
    """
    return _search(check.__code__, check.__globals__, seen=set(), owner=None)


def _search(code, names, seen, owner):
    """Look through a function's code; `owner` is whose work it is."""
    for instruction in dis.get_instructions(code):
        value = instruction.argval
        if owner and instruction.opname in ("IMPORT_NAME", "IMPORT_FROM"):
            nudges = any(_is_nudging(o, value, names, owner) for o in (value, "parts"))
            if _is_borrowed(value) or nudges:
                return f"`{owner}` uses `{value}`."
        elif instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME") and value in names:
            found = _search_object(names[value], value, names, seen, owner)
            if found:
                return found
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            found = _search(inner, names, seen, owner)
            if found:
                return found
    return None


def _search_object(value, name, names, seen, owner):
    is_module = isinstance(value, types.ModuleType)
    origin = value.__name__ if is_module else getattr(value, "__module__", None)
    if owner and (_is_borrowed(origin) or _is_nudging(origin, name, names, owner)):
        return f"`{owner}` uses `{name}`."
    if not isinstance(names.get(owner), type):  # what a class calls is its own work
        owner = name
    for function in _functions_of(value, names):
        if (function.__code__, owner) not in seen:
            seen.add((function.__code__, owner))
            found = _search(function.__code__, names, seen, owner)
            if found:
                return found
    return None


def _is_borrowed(origin):
    return isinstance(origin, str) and origin.partition(".")[0] in LIBRARIES


def _is_nudging(origin, name, names, owner):
    """Whether a class, or numerical_gradient itself, uses the course's nudging.

    Another function of the notebook may: it shows or checks something with it.
    """
    if not isinstance(names.get(owner), type) and owner != "numerical_gradient":
        return False
    return origin in _NUDGING or (name == "numerical_gradient" and origin == "parts")


def _functions_of(value, names):
    """The functions that belong to a class or are one, if this notebook defines it."""
    parts = vars(value).values() if isinstance(value, type) else [value]
    parts = [getattr(part, "__func__", part) for part in parts]
    return [
        part
        for part in parts
        if isinstance(part, types.FunctionType) and part.__globals__ is names
    ]
