"""Lists, dicts, sets and random generators that both sides keep alike.

Like the buffers of arrays: what is appended to a list on one side, or drawn from a
generator, is so on the other side when the next message arrives.
"""

import sys

import msgspec
import numpy as np

from grading.sealed.messages import ChannelError, Kept, KeptNote

_KINDS = {list: "list", dict: "dict", set: "set", np.random.Generator: "generator"}
_MOST = 10_000


class Containers:
    """The containers of one side of a channel.

    Parameters
    ----------
    parity : int
        0 or 1: whether the numbers that this side gives are even or odd.
    pack, unpack : function
        From an object to a value of a message, and back.
    """

    def __init__(self, parity, pack, unpack):
        self._parity, self._pack, self._unpack = parity, pack, unpack
        self._next = 2 + parity
        self._objects = {}  # number: [object, what the other side knows of it]
        self._numbers = {}  # id: number
        self._new, self._sent = [], set()

    @staticmethod
    def fits(thing):
        """Whether an object can be kept alike."""
        kind = type(thing)
        if kind is np.random.Generator:
            return type(thing.bit_generator) is np.random.PCG64
        return kind in _KINDS

    def look(self, thing):
        """Return the `Kept` of a container, for the next message."""
        number = self._numbers.get(id(thing))
        if number is None:
            number, self._next = self._next, self._next + 2
            self._keep(number, thing)
            self._new.append(number)
        self._sent.add(number)
        return Kept(number)

    def show(self, kept):
        """Return the container that a `Kept` of the other side means.

        Raises
        ------
        ChannelError
            If there is none.
        """
        if kept.number not in self._objects:
            raise ChannelError(f"there is no container {kept.number}")
        return self._objects[kept.number][0]

    def collect(self):
        """Return the notes of what is new or changed, and the numbers given up."""
        if not self._objects:
            return [], []
        notes = [self._note(n) for n in list(self._objects) if n not in self._new]
        while self._new:  # a new list may hold more of them
            notes.append(self._note(self._new.pop()))
        dropped = [
            number
            for number, entry in self._objects.items()
            if number not in self._sent and sys.getrefcount(entry[0]) <= _HELD
        ]
        self.drop(dropped)
        self._sent.clear()
        return [note for note in notes if note], dropped

    def take(self, notes):
        """Take over what the other side says of its containers and ours.

        Raises
        ------
        ChannelError
            If there is none of a number, or it cannot hold what it should.
        """
        for note in notes:
            self._require(note)
        for note in notes:
            entry = self._objects[note.number]
            try:
                _fill(entry[0], [self._unpack(item) for item in note.items])
            except (TypeError, ValueError, OverflowError, RecursionError) as error:
                raise ChannelError(f"an impossible {note.kind}: {error}") from None
            entry[1] = _freeze(note.items)

    def drop(self, numbers):
        """Keep these containers no longer alike."""
        for number in numbers:
            entry = self._objects.pop(number, None)
            if entry is not None:
                del self._numbers[id(entry[0])]

    def _note(self, number):
        entry = self._objects[number]
        items = [self._pack(item) for item in _list(entry[0])]
        frozen = _freeze(items)
        if frozen == entry[1]:
            return None
        entry[1] = frozen
        return KeptNote(number, _KINDS[type(entry[0])], items)

    def _require(self, note):
        if note.number in self._objects:
            if _KINDS[type(self._objects[note.number][0])] != note.kind:
                raise ChannelError("a container of another kind than before")
            return
        if note.number % 2 == self._parity or note.number < 2:
            raise ChannelError(f"there is no container {note.number}")
        makers = {"list": list, "dict": dict, "set": set}
        makers["generator"] = np.random.default_rng
        if note.kind not in makers:
            raise ChannelError(f"a container of an unknown kind: {note.kind}")
        self._keep(note.number, makers[note.kind]())

    def _keep(self, number, thing):
        if len(self._objects) >= _MOST:
            raise ChannelError(f"more than {_MOST} lists are kept at once")
        self._objects[number] = [thing, None]
        self._numbers[id(thing)] = number


def _freeze(items):
    """Return what tells whether a container holds something else than before."""
    try:
        return msgspec.msgpack.encode(items)
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
        raise ChannelError(f"not to be sent: {error}") from None


def _list(thing):
    if type(thing) is dict:
        return [part for pair in thing.items() for part in pair]
    if type(thing) is np.random.Generator:
        state = thing.bit_generator.state
        numbers = state["state"]["state"], state["state"]["inc"]
        return [*numbers, state["has_uint32"], state["uinteger"]]
    return list(thing)


def _fill(thing, items):
    if type(thing) is list:
        thing[:] = items
    elif type(thing) is dict:
        fresh = dict(zip(items[::2], items[1::2], strict=True))
        thing.clear()
        thing.update(fresh)
    elif type(thing) is set:
        fresh = set(items)
        thing.clear()
        thing.update(fresh)
    else:
        state, inc, has_uint32, uinteger = items
        thing.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": state, "inc": inc},
            "has_uint32": has_uint32,
            "uinteger": uinteger,
        }


def _count_references():
    """Return what `sys.getrefcount` says of a list that only its holder knows."""
    entry = [[], None]
    return sys.getrefcount(entry[0])


_HELD = _count_references()
