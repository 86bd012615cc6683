"""Whether student code does the work itself or leaves it to a library.

What is read is the code that the check reaches: which modules it imports, and from
which modules the names come that it uses. Nothing is run for it.
"""

import builtins
import dis
import functools
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
# With these a library can be imported by the text of its name.
_LOADERS = frozenset(("__import__", "import_module", "modules"))
# What stands for a function, and where it keeps it.
_WRAPPERS = (
    *(staticmethod, classmethod, property, types.FunctionType, types.MethodType),
    *(functools.partial, functools.cached_property, type(functools.cache(print))),
)
_WRAPPED = ("__wrapped__", "__func__", "func", "fget", "fset", "fdel")


def find_borrowed(check, names=None):
    """Return a sentence about what student code borrows, or None if all is its own.

    Parameters
    ----------
    check : function
        A check of a notebook. Followed are the functions and classes that it uses and
        that the notebook defines; what the check itself uses is its own business.
    names : dict, optional
        The notebook's names, by default those that the check sees. Functions that are
        its own have it as their `__globals__`. The name ``*`` stands for all that was
        imported from a library without naming it, if the dictionary knows of that.

    Returns
    -------
    str or None
        Such as "`Linear` uses `torch`."
    """
    names = check.__globals__ if names is None else names
    return _search(check.__code__, names, seen=set(), owner=None)


def _search(code, names, seen, owner):
    """Look through a function's code; `owner` is whose work it is."""
    imported, used = _read(code)
    for value in imported if owner else ():
        nudges = any(_is_nudging(o, value, names, owner) for o in (value, "parts"))
        if _is_borrowed(value) or nudges:
            return f"`{owner}` uses `{value}`."
    for value in used:
        if (value, owner) not in seen:
            seen.add((value, owner))
            found = _search_object(_look_up(value, names), value, names, seen, owner)
            if found:
                return found
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            found = _search(inner, names, seen, owner)
            if found:
                return found
    return None


@functools.lru_cache(maxsize=1_000)
def _read(code):
    """Return the names that some code imports, and those that it looks up."""
    loads = not _LOADERS.isdisjoint(code.co_names)
    imported, used = {}, {}
    for instruction in dis.get_instructions(code):
        name, value = instruction.opname, instruction.argval
        if name in ("LOAD_GLOBAL", "LOAD_NAME"):
            used[value] = None
        elif name in ("IMPORT_NAME", "IMPORT_FROM") or (
            loads and "CONST" in name and _is_name(value)
        ):
            imported[value] = None
    return tuple(imported), tuple(used)


def _look_up(name, names):
    if name in names or hasattr(builtins, name):
        return names.get(name)
    return names.get("*")


def _is_name(value):
    return isinstance(value, str) and value.replace(".", "").isidentifier()


def _search_object(value, name, names, seen, owner):
    origin = _origin(value)
    if owner and (_is_borrowed(origin) or _is_nudging(origin, name, names, owner)):
        return f"`{owner}` uses `{name}`."
    if not isinstance(names.get(owner), type):  # what a class calls is its own work
        owner = name
    for part in [] if _is_borrowed(origin) else _parts_of(value):
        origin = _origin(part)
        if part is not value and _is_borrowed(origin):
            return f"`{owner}` uses `{origin.partition('.')[0]}`."
        is_own = isinstance(part, types.FunctionType) and part.__globals__ is names
        if is_own and (id(part.__code__), owner) not in seen:
            seen.add((id(part.__code__), owner))
            found = _search(part.__code__, names, seen, owner)
            if found:
                return found
    return None


def _origin(value):
    """The name of the module that a value is, or comes from."""
    is_module = isinstance(value, types.ModuleType)
    return value.__name__ if is_module else getattr(value, "__module__", None)


def _is_borrowed(origin):
    return isinstance(origin, str) and origin.partition(".")[0] in LIBRARIES


def _is_nudging(origin, name, names, owner):
    """Whether a class, or numerical_gradient itself, uses the course's nudging.

    Another function of the notebook may: it shows or checks something with it.
    """
    if not isinstance(names.get(owner), type) and owner != "numerical_gradient":
        return False
    return origin in _NUDGING or (name == "numerical_gradient" and origin == "parts")


def _parts_of(value):
    """Return what a class and its bases hold, or a value, and what each part wraps."""
    waiting, found = [value], {}
    if isinstance(value, type):
        for each in value.__mro__[:-1]:
            waiting += [each, *vars(each).values()]
    while waiting:
        part = waiting.pop(0)
        if id(part) not in found:
            found[id(part)] = part
            if isinstance(part, _WRAPPERS):
                for name in _WRAPPED:
                    inner = getattr(part, name, None)  # several, in an outline
                    waiting += inner if isinstance(inner, list) else [inner]
    return list(found.values())
