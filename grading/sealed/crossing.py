"""Exceptions that cross the channel.

An exception that leaves code on one side is raised on the other, of the same class
where both have it, else of a class with the same name. Its traceback shows the lines of
the notebook that it came through, and nothing else of the other side.
"""

import builtins
import linecache
import types

import numpy as np

from grading.sealed.messages import Place

_MOST_RAISED = 200
_SHARED = {
    ("numpy.linalg", "LinAlgError"): np.linalg.LinAlgError,
    ("numpy.exceptions", "AxisError"): np.exceptions.AxisError,
}
_PLAIN = (type(None), bool, int, float, complex, str, bytes)


class Crossing:
    """Packs and raises exceptions, for one side of a channel.

    Parameters
    ----------
    packer : Packer
    cells : dict of str to int
        From the file name of a notebook's cell to its number.
    labels : dict of int to str
        Back: the file name under which `linecache` knows the cell's text.
    shared : dict of (str, str) to type
        Classes that both sides have, by module and name.
    """

    def __init__(self, packer, cells, labels, shared):
        self._packer, self._cells, self._labels = packer, cells, labels
        self._shared = _SHARED | shared
        self._raised, self._next = {}, 0
        self._classes = {}

    def pack(self, error):
        """Return what a `Failure` tells of an exception, up to what was printed."""
        kind = type(error)
        bases = [
            base.__name__ for base in kind.__mro__ if base.__module__ == "builtins"
        ]
        args = [arg if isinstance(arg, _PLAIN) else str(arg) for arg in error.args]
        about = [getattr(error, "name", None), getattr(error, "obj", None)]
        about[0] = about[0] if isinstance(about[0], str) else None
        return (
            _short(_name(kind)),
            _short(kind.__module__),
            bases[:50],
            [self._packer.pack(arg) for arg in args[:20]],
            _describe(error)[:100_000],
            [self._packer.pack(part) for part in about],
            [*self._places(error)][-100:],
            self._remember(error),
            getattr(error, "_sealed_origin", None),
        )

    def raise_it(self, failure):
        """Raise the exception that a received `Failure` tells of."""
        error = self._raised.get(failure.origin)
        if error is None:
            error = self._make(failure)
            error._sealed_origin = failure.number
        _raise_through(error, failure.places, self._labels)

    def _remember(self, error):
        """Keep an exception, so that it is itself when it comes back."""
        self._next += 1
        self._raised[self._next] = error
        self._raised.pop(self._next - _MOST_RAISED, None)
        return self._next

    def _places(self, error):
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            cell = self._cells.get(code.co_filename)
            if cell is not None:
                name = _short(code.co_qualname)
                yield Place(cell, name, min(trace.tb_lineno or 0, 10_000_000))
            trace = trace.tb_next

    def _make(self, failure):
        args = [self._packer.unpack(arg) for arg in failure.args]
        kind = self._find_class(failure)
        try:
            error = kind(*args)
            if str(error) != failure.text:
                raise ValueError
        except Exception:  # a class that takes other arguments, or says it otherwise
            kind = self._make_class(failure)
            error = kind(*args)
            error._sealed_text = failure.text
        name, thing = (self._packer.unpack(part) for part in failure.about)
        if isinstance(error, NameError | AttributeError | ImportError):
            error.name = name
        if isinstance(error, AttributeError):
            error.obj = thing
        return error

    def _find_class(self, failure):
        shared = self._shared.get((failure.module, failure.kind))
        if shared is not None:
            return shared
        if failure.module == "builtins":
            kind = vars(builtins).get(failure.kind)
            if isinstance(kind, type) and issubclass(kind, Exception | SystemExit):
                return kind
        return self._make_class(failure)

    def _make_class(self, failure):
        """Return a class of the same name, and of the nearest kind that both have."""
        known = [vars(builtins).get(name) for name in failure.bases]
        base = next(
            (kind for kind in known if isinstance(kind, type) and _is_simple(kind)),
            Exception,
        )
        key = failure.module, failure.kind, base
        if key not in self._classes:
            name = failure.kind.rpartition(".")[2].replace("\0", "")
            body = {"__module__": failure.module, "__str__": _say}
            self._classes[key] = type(name or "Exception", (base,), body)
        return self._classes[key]


def _name(kind):
    """Return the name of an exception's class as Python shows it in a traceback."""
    whole = kind.__qualname__
    # NumPy has private classes that go by the name of their base.
    return whole if whole.rpartition(".")[2] == kind.__name__ else kind.__name__


def _is_simple(kind):
    """Whether a built-in exception can be made from any arguments."""
    difficult = UnicodeError | BaseExceptionGroup
    return issubclass(kind, Exception) and not issubclass(kind, difficult)


def _say(error):
    return getattr(error, "_sealed_text", "")


def _short(name):
    return str(name)[:300]


def _describe(error):
    try:
        return str(error).encode("utf-8", "replace").decode()
    except Exception:  # a student's own __str__
        return ""


def _raise_through(error, places, labels):
    """Raise an exception with a traceback through lines of a notebook."""
    step, scope = "raise error", {"error": error}
    for place in reversed(places):
        if place.cell not in labels:
            continue
        code = compile(step, "<cell>", "exec").replace(
            co_filename=labels[place.cell],
            co_firstlineno=max(place.line, 1),
            co_name=place.function.rpartition(".")[2],
            co_qualname=place.function,
        )
        step, scope = "further()", {"further": types.FunctionType(code, scope)}
    if "further" in scope:
        scope["further"]()
    raise error


def show_source(label, source):
    """Let tracebacks show the lines of a cell under a file name."""
    lines = source.splitlines(keepends=True)
    linecache.cache[label] = len(source), None, lines, label
