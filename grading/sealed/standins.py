"""Objects that stand for those on the other side of the channel.

Whatever is done with a stand-in is done with the object that it stands for, where that
lives. Each class of the other side gets a class of stand-ins, with its name, its bases
and its special methods, so `type(x).__name__`, `isinstance`, `len`, `for` and `with`
work as with the object itself.
"""

import copy
import sys
import types
from collections.abc import MutableMapping

#: The special methods that are done on the other side, where a class has them.
FORWARDED = frozenset(
    f"__{name}__"
    for name in (
        *("len", "iter", "next", "reversed", "contains", "call", "enter", "exit"),
        *("getitem", "setitem", "delitem", "bool", "int", "float", "complex", "index"),
        *("eq", "ne", "lt", "le", "gt", "ge", "hash", "repr", "str", "format", "bytes"),
        *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow"),
        *("radd", "rsub", "rmul", "rmatmul", "rtruediv", "rfloordiv", "rmod", "rpow"),
        *("iadd", "isub", "imul", "imatmul", "itruediv", "ifloordiv", "imod", "ipow"),
        *("and", "or", "xor", "rand", "ror", "rxor", "lshift", "rshift"),
        *("neg", "pos", "abs", "invert", "round", "trunc", "floor", "ceil"),
    )
)
_COMPARISONS = frozenset(f"__{name}__" for name in ("eq", "ne", "lt", "le", "gt", "ge"))
# NumPy asks every object for these: for functions that take its own over, and for the
# address of an array, which it would then read in the memory of this process.
_UNASKED = frozenset(
    f"__array_{name}__"
    for name in ("interface", "struct", "function", "ufunc", "priority", "wrap")
)
_BUILTIN = {
    kind.__name__: kind
    for kind in (
        *(types.FunctionType, types.MethodType, types.GeneratorType),
        *(types.BuiltinFunctionType, types.ModuleType, type),
    )
}


class StandinType(type):
    """The class of the classes of stand-ins."""

    def __new__(cls, name, bases, body):
        for base in bases:
            if isinstance(base, StandinType):
                raise TypeError(
                    f"{name} cannot inherit from {base.__name__}, which lives in "
                    "another process: wrap an object of it instead"
                )
        return super().__new__(cls, name, bases, body)

    def __call__(cls, *args, **kwargs):
        return cls._standin_peer.request("call", cls, "", args, kwargs)

    def __getattr__(cls, name):
        if name.startswith("_standin") or name in _UNASKED:
            raise AttributeError(name)
        return cls._standin_peer.request("get", cls, name)

    def __setattr__(cls, name, value):
        cls._standin_peer.request("set", cls, name, (value,))

    def __delattr__(cls, name):
        cls._standin_peer.request("delete", cls, name)


class Standin(metaclass=StandinType):
    """Stands for an object on the other side that is no class."""

    __slots__ = ("__weakref__", "_standin_handle")
    _standin_known, _standin_methods = None, frozenset()

    def __getattr__(self, name):
        kind = type(self)
        if name in kind._standin_methods:
            return RemoteMethod(self, name)
        if name.startswith("_standin") or name in _UNASKED:
            raise AttributeError(name)
        return kind._standin_peer.request("get", self, name)

    def __setattr__(self, name, value):
        type(self)._standin_peer.request("set", self, name, (value,))

    def __delattr__(self, name):
        type(self)._standin_peer.request("delete", self, name)

    def __dir__(self):
        return type(self)._standin_peer.request("dir", self)

    def __copy__(self):
        return type(self)._standin_peer.request("copy", self)

    def __deepcopy__(self, memo):
        return type(self)._standin_peer.request("deepcopy", self)

    def __reduce_ex__(self, protocol):
        raise TypeError(f"a {type(self).__name__} of the other side cannot be pickled")

    def __repr__(self):
        return f"<{type(self).__name__} object>"

    @property
    def __class__(self):
        return type(self)._standin_known or type(self)

    @property
    def __dict__(self):
        return Attributes(self)


class Attributes(MutableMapping):
    """The attributes of an object on the other side, by name: what `vars` gives."""

    __slots__ = ("_owner",)

    def __init__(self, owner):
        self._owner = owner
        self._names()  # raises if there are none, or none that may be read

    def _names(self):
        return type(self._owner)._standin_peer.request("names", self._owner)

    def __getitem__(self, name):
        if name not in self._names():
            raise KeyError(name)
        return getattr(self._owner, name)

    def __setitem__(self, name, value):
        setattr(self._owner, name, value)

    def __delitem__(self, name):
        if name not in self._names():
            raise KeyError(name)
        delattr(self._owner, name)

    def __iter__(self):
        return iter(self._names())

    def __len__(self):
        return len(self._names())

    def __repr__(self):
        return repr(self.copy())

    def __or__(self, other):
        return self.copy() | other

    def copy(self):
        """Return a dict of them."""
        return dict(self)

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return copy.deepcopy(self.copy(), memo)


class RemoteMethod:
    """A method of an object on the other side, looked up there when it is called."""

    __slots__ = ("name", "owner")

    def __init__(self, owner, name):
        self.owner, self.name = owner, name

    def __call__(self, *args, **kwargs):
        peer = type(self.owner)._standin_peer
        return peer.request("method", self.owner, self.name, args, kwargs)

    @property
    def __name__(self):
        return self.name

    @property
    def __class__(self):
        return types.MethodType


_handle = vars(Standin)["_standin_handle"]


def handle_of(standin):
    """Return the handle of a stand-in, be it of a class or of another object."""
    if isinstance(standin, StandinType):
        return type.__getattribute__(standin, "_standin_class_handle")
    return _handle.__get__(standin)


def make_class(peer, note, bases):
    """Return a class of stand-ins for a class of the other side.

    Parameters
    ----------
    peer : Peer
        Through which the other side is asked.
    note : ClassNote
    bases : tuple of StandinType

    Returns
    -------
    StandinType

    Raises
    ------
    ValueError
        If no class can have that name.
    """
    body = {name: _forward(name) for name in note.special if name in FORWARDED}
    body |= {
        "__slots__": (),
        "__module__": note.module,
        "__qualname__": note.name,
        "_standin_peer": peer,
        "_standin_class_handle": note.handle,
        "_standin_methods": frozenset(note.methods),
    }
    known = _find_known(note)
    if known is not None:  # else that of a base
        body["_standin_known"] = known
    name = note.name.rpartition(".")[2]
    try:
        return type.__new__(StandinType, name, bases or (Standin,), body)
    except TypeError:  # bases that do not go together here
        return type.__new__(StandinType, name, (Standin,), body)


def make_object(kind, handle):
    """Return a stand-in of the class `kind` for an object of the other side."""
    thing = object.__new__(kind)
    _handle.__set__(thing, handle)
    return thing


def _forward(name):
    def call(self, *args, **kwargs):
        return type(self)._standin_peer.request("call", self, "", args, kwargs)

    def method(self, *args):
        if name in _COMPARISONS and not isinstance(type(args[0]), StandinType):
            return NotImplemented  # so that nothing can say it equals what is expected
        return type(self)._standin_peer.request("special", self, name, args)

    method.__name__ = name
    return call if name == "__call__" else method


def _find_known(note):
    """Return the class of this side that is the same as the other side's, or None."""
    if note.module == "builtins":
        return _BUILTIN.get(note.name)
    if note.module != "parts" and not note.module.startswith("helpers."):
        return None
    module = sys.modules.get(note.module)
    found = vars(module).get(note.name) if module else None
    return found if isinstance(found, type) else None
