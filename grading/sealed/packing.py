"""From objects to values of a message, and back.

Numbers, strings, tuples and the like are copied. Arrays and containers are kept alike
on both sides. What both have by name, such as `numpy.float32`, goes by its name, and
every other object stays where it is: the other side gets a stand-in.
"""

import builtins
import types
import weakref

import numpy as np

from grading.sealed import messages
from grading.sealed.buffers import Buffers, count_entries, is_plain, read_dtype
from grading.sealed.containers import Containers
from grading.sealed.messages import MOST_BITS, MOST_BYTES, ChannelError
from grading.sealed.standins import (
    FORWARDED,
    RemoteMethod,
    StandinType,
    handle_of,
    make_class,
    make_object,
)

_MOST_OBJECTS = 200_000
_MOST_CLASSES = 2_000
_IMPOSSIBLE = (KeyError, TypeError, ValueError, OverflowError, AttributeError)
_SMALL = range(-(2**63), 2**63)


class Packer:
    """Packs and unpacks what crosses the channel, for one side of it.

    Parameters
    ----------
    peer : Peer
        Whom the stand-ins made here ask.
    parity : int
        0 or 1; the other side has the other.
    """

    def __init__(self, peer, parity):
        self._peer, self._parity = peer, parity
        self._buffers = Buffers(parity)
        self._containers = Containers(parity, self.pack, self.unpack)
        self._next = 2 + parity
        # Objects of this side that the other side knows, by handle, and back by id.
        self._ours, self._handles = {}, {}
        # Stand-ins for objects of the other side, the classes of these, and what died.
        self._standins, self._kinds = weakref.WeakValueDictionary(), {}
        self._classes, self._dead, self._sent = {}, [], set()
        self._class_notes, self._object_notes = [], []

    def pack(self, thing):
        """Return the value that stands for an object in the next message.

        Raises
        ------
        ChannelError
            If it is too large.
        """
        kind = type(thing)
        if thing is None or kind is bool or kind is float:
            return thing
        if kind is int:
            return thing if thing in _SMALL else _pack_large(thing)
        if kind is str:
            return thing.encode("utf-8", "replace").decode()
        if isinstance(kind, StandinType) or issubclass(kind, StandinType):
            handle = handle_of(thing)
            self._sent.add(handle)
            return messages.Yours(handle)
        if issubclass(kind, np.ndarray):
            return self._pack_array(thing)
        if kind is tuple:
            return messages.Tuple([self.pack(item) for item in thing])
        if issubclass(kind, np.generic):
            return self._pack_scalar(thing)
        if Containers.fits(thing):
            return self._containers.look(thing)
        if kind is RemoteMethod:
            return messages.Method(self.pack(thing.owner), thing.name)
        name = _KNOWN_NAMES.get(id(thing))
        if name is not None:
            return messages.Known(*name)
        if isinstance(thing, np.dtype) and is_plain(thing):
            return messages.DType(thing.str)
        make = _PLAIN.get(kind)
        return make(self, thing) if make else messages.Mine(self._export(thing))

    def unpack(self, value):
        """Return the object that a value of a received message stands for.

        Raises
        ------
        ChannelError
            If there can be no such object.
        """
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        try:
            return _UNPACK[kind](self, value)
        except _IMPOSSIBLE as error:
            raise ChannelError(f"an impossible value: {error}") from None

    def collect(self):
        """Return the `Luggage` of the next message, after its values were packed.

        None if there is none.
        """
        kept, kept_dropped = self._containers.collect()
        buffers, dropped = self._buffers.collect()
        parts = (
            *(self._class_notes, self._object_notes),
            *(buffers, kept, dropped, kept_dropped, self._bury()),
        )
        self._class_notes, self._object_notes = [], []
        return messages.Luggage(*parts) if any(parts) else None

    def take(self, luggage):
        """Take over the luggage of a received message, if any, before its values.

        Raises
        ------
        ChannelError
            If it breaks the rules.
        """
        if luggage is None:
            return
        for handle in luggage.released:
            self._handles.pop(id(self._ours.pop(handle, None)), None)
        for note in luggage.classes:
            self._meet_class(note)
        for note in luggage.objects:
            self._meet_object(note)
        for note in luggage.buffers:
            self._buffers.take(note)
        self._containers.take(luggage.kept)
        self._buffers.drop(luggage.dropped)
        self._containers.drop(luggage.kept_dropped)

    def find(self, value):
        """Return the object of this side that a request is about.

        Raises
        ------
        ChannelError
            If the value names none.
        """
        if type(value) is not messages.Yours:
            raise ChannelError("a request must be about an object of the receiver")
        return self.unpack(value)

    # From objects to values

    def _pack_array(self, array):
        if is_plain(array.dtype):
            return self._buffers.look(array)
        if array.dtype.kind == "O":
            items = [self.pack(item) for item in np.asarray(array).ravel().tolist()]
            return messages.ObjectArray(list(array.shape), items)
        return messages.Mine(self._export(array))

    def _pack_scalar(self, scalar):
        if not is_plain(scalar.dtype):
            return messages.Mine(self._export(scalar))
        return messages.Scalar(scalar.dtype.str, scalar.tobytes())

    def _export(self, thing):
        if isinstance(thing, type):
            return self._export_class(thing)
        handle = self._handles.get(id(thing))
        if handle is None:
            kind = self._export_class(type(thing))
            handle = self._number(thing)
            self._object_notes.append(messages.ObjectNote(handle, kind))
        return handle

    def _export_class(self, kind):
        handle = self._handles.get(id(kind))
        if handle is None:
            bases = [
                self._export_class(base)
                for base in kind.__bases__
                if base is not object and id(base) not in _KNOWN_NAMES
            ]
            lines = [vars(base) for base in kind.__mro__ if base is not object]
            special = sorted(FORWARDED.intersection(set().union(*lines)))
            handle = self._number(kind)
            module = str(kind.__module__)[:300]
            name = str(kind.__qualname__)[:300]
            methods = _find_methods(kind)
            note = messages.ClassNote(handle, name, module, bases, special, methods)
            self._class_notes.append(note)
        return handle

    def _number(self, thing):
        handle, self._next = self._next, self._next + 2
        self._ours[handle] = thing
        self._handles[id(thing)] = handle
        return handle

    # From values to objects

    def _meet_class(self, note):
        self._require_new(note.handle)
        if len(self._classes) >= _MOST_CLASSES:
            raise ChannelError("too many classes")
        try:
            bases = tuple(dict.fromkeys(self._classes[base] for base in note.bases))
            self._classes[note.handle] = make_class(self._peer, note, bases)
        except (KeyError, ValueError) as error:
            raise ChannelError(f"an impossible class: {error}") from None

    def _meet_object(self, note):
        self._require_new(note.handle)
        if note.kind not in self._classes or len(self._kinds) >= _MOST_OBJECTS:
            raise ChannelError("an object of no class, or one too many")
        self._kinds[note.handle] = self._classes[note.kind]

    def _require_new(self, handle):
        ours = handle % 2 == self._parity or handle < 2
        if ours or handle in self._kinds or handle in self._classes:
            raise ChannelError(f"not a new handle: {handle}")

    def _meet(self, value):
        handle = value.handle
        if handle in self._classes:
            return self._classes[handle]
        standin = self._standins.get(handle)
        if standin is None:
            standin = make_object(self._kinds[handle], handle)
            self._standins[handle] = standin
            weakref.finalize(standin, self._dead.append, handle).atexit = False
        return standin

    def _bury(self):
        """Return the handles of the stand-ins that nobody holds any more."""
        if not self._dead:
            self._sent.clear()
            return []
        dead = set(self._dead) - self._sent
        self._dead[:] = self._sent.intersection(self._dead)
        self._sent.clear()
        dead = {handle for handle in dead if handle not in self._standins}
        for handle in dead:
            self._kinds.pop(handle, None)
        return list(dead)

    def _unpack_ours(self, value):
        return self._ours[value.handle]

    def _unpack_objects(self, value):
        if count_entries(value.shape) != len(value.items):
            raise ChannelError("an array with another number of entries than its shape")
        array = np.empty(len(value.items), object)
        array[:] = [self.unpack(item) for item in value.items]
        return array.reshape(value.shape)


def _find_methods(kind):
    """Return the names of a class's plain methods, which every object of it has."""
    if "__getattribute__" in set().union(*map(vars, kind.__mro__[:-1])):
        return []
    found = {}
    for base in reversed(kind.__mro__):
        found.update(vars(base))
    methods = [
        name
        for name, thing in found.items()
        if type(thing) is types.FunctionType and not name.startswith("_")
    ]
    return [name for name in methods if len(name) <= 300][:1000]


def _unpack_scalar(packer, value):
    dtype = read_dtype(value.dtype)
    if dtype.itemsize != len(value.data) or dtype.itemsize == 0:
        raise ChannelError("a scalar of an impossible size")
    return np.frombuffer(value.data, dtype)[0]


def _unpack_range(packer, value):
    return range(value.start, value.stop, value.step)


def _pack_large(thing):
    if thing.bit_length() > MOST_BITS:
        raise ChannelError(f"an int of {thing.bit_length()} bits is too large to send")
    return messages.LargeInt(hex(thing))


def _pack_slice(packer, thing):
    return messages.Slice(*map(packer.pack, (thing.start, thing.stop, thing.step)))


def _unpack_slice(packer, value):
    return slice(*map(packer.unpack, (value.start, value.stop, value.step)))


def _pack_range(packer, thing):
    ends = thing.start, thing.stop, thing.step
    if all(end in _SMALL for end in ends):
        return messages.Range(*ends)
    return messages.Mine(packer._export(thing))


def _pack_bytes(packer, thing):
    if len(thing) > MOST_BYTES:
        raise ChannelError(f"{len(thing)} bytes are too many to send")
    return messages.Bytes(thing)


_PLAIN = {
    bytes: _pack_bytes,
    complex: lambda packer, thing: messages.Complex(thing.real, thing.imag),
    frozenset: lambda packer, thing: messages.FrozenSet([*map(packer.pack, thing)]),
    slice: _pack_slice,
    range: _pack_range,
}
_UNPACK = {
    messages.Bytes: lambda packer, value: value.data,
    messages.LargeInt: lambda packer, value: int(value.digits, 16),
    messages.Complex: lambda packer, value: complex(value.real, value.imag),
    messages.Tuple: lambda packer, value: tuple(map(packer.unpack, value.items)),
    messages.FrozenSet: lambda packer, value: frozenset(
        map(packer.unpack, value.items)
    ),
    messages.Slice: _unpack_slice,
    messages.Range: _unpack_range,
    messages.Scalar: _unpack_scalar,
    messages.View: lambda packer, value: packer._buffers.show(value),
    messages.ObjectArray: Packer._unpack_objects,
    messages.Kept: lambda packer, value: packer._containers.show(value),
    messages.Known: lambda packer, value: _KNOWN[value.module, value.name],
    messages.DType: lambda packer, value: read_dtype(value.name),
    messages.Mine: Packer._meet,
    messages.Yours: Packer._unpack_ours,
    messages.Method: lambda packer, value: packer._peer.get(
        packer.unpack(value.owner), value.name
    ),
}


def _list_known():
    """Return what both sides have: ``{(module, name): object}``, nothing that acts."""
    kinds = (
        *("int", "float", "bool", "complex", "str", "bytes", "list", "tuple", "dict"),
        *("set", "frozenset", "slice", "range", "object"),
        *("abs", "len", "max", "min", "sum", "round", "sorted"),
        *("Ellipsis", "NotImplemented"),
    )
    errors = [
        name
        for name, thing in vars(builtins).items()
        if isinstance(thing, type) and issubclass(thing, BaseException)
    ]
    known = {("builtins", name): getattr(builtins, name) for name in (*kinds, *errors)}
    for name in np.__all__:
        thing = getattr(np, name)
        is_number = isinstance(thing, type) and issubclass(thing, np.generic)
        # Not `ndarray`: called here, it would give memory of this process as it is.
        if is_number or isinstance(thing, np.ufunc):
            known["numpy", name] = thing
    return known


_KNOWN = _list_known()
_KNOWN_NAMES = {id(thing): name for name, thing in reversed(_KNOWN.items())}
