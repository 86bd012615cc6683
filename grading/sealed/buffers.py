"""Arrays that both sides keep alike.

An array that crosses the channel is a look at a buffer: a stretch of memory that exists
on both sides. Before each message a side sends what has changed in its buffers, so an
argument that was changed in place comes back changed, and two arrays that share memory
on one side share it on the other. Only the bytes of the array itself are sent, never
what lies beside or between them.
"""

import functools
import math
import re
import sys

import numpy as np

from grading.sealed.messages import MOST_BYTES, BufferNote, ChannelError, View

_DTYPE = re.compile(r"[<>|=]?[?biufcSUmM]\d{0,6}(\[[0-9a-zA-Z]{1,12}\])?")


class Buffers:
    """The buffers of one side of a channel.

    Parameters
    ----------
    parity : int
        0 or 1: whether the numbers that this side gives are even or odd.
    """

    def __init__(self, parity):
        self._parity = parity
        self._next = 2 + parity
        self._buffers = {}
        self._of_root = {}
        self._new, self._sent = set(), set()

    def look(self, array):
        """Return the `View` of an array, for the next message.

        Raises
        ------
        ChannelError
            If the array is too large to be sent.
        """
        if type(array) is not np.ndarray:
            array = array.view(np.ndarray)
        if array.nbytes > MOST_BYTES:
            raise ChannelError(f"an array of {array.nbytes} bytes is too large to send")
        number, offset = 0, 0
        if array.size:
            number, offset = self._find(array)
            self._sent.add(number)
        shape, strides = list(array.shape), list(array.strides)
        writeable = bool(array.flags.writeable)
        return View(number, array.dtype.str, shape, strides, offset, writeable)

    def show(self, view):
        """Return the array that a `View` of the other side describes.

        Raises
        ------
        ChannelError
            If there can be no such array.
        """
        dtype = read_dtype(view.dtype)
        size = count_entries(view.shape)
        most = MOST_BYTES // max(dtype.itemsize, 1)
        if size > most or len(view.shape) != len(view.strides):
            raise ChannelError("an array of an impossible size")
        if size == 0:
            return np.empty(view.shape, dtype)
        buffer = self._buffers.get(view.buffer)
        if buffer is None:
            raise ChannelError(f"there is no buffer {view.buffer}")
        try:
            _require_inside(view, dtype, buffer.length)
            return buffer.show(view, dtype)
        except (ValueError, TypeError) as error:
            raise ChannelError(f"an impossible array: {error}") from None

    def collect(self):
        """Return the notes of what is new or changed, and the numbers given up."""
        if not self._buffers:
            return [], []
        notes = []
        for number, buffer in self._buffers.items():
            data = buffer.read()
            if number in self._new or data != buffer.before:
                buffer.before = data
                notes.append(BufferNote(number, data))
        dropped = [
            number
            for number, buffer in self._buffers.items()
            if number not in self._sent and buffer.is_forgotten()
        ]
        self.drop(dropped)
        self._new.clear()
        self._sent.clear()
        return notes, dropped

    def take(self, note):
        """Take over what the other side says of a buffer.

        Raises
        ------
        ChannelError
            If it is a buffer of this side that does not exist or may not change.
        """
        buffer = self._buffers.get(note.number)
        if buffer is not None:
            buffer.write(note.data)
        elif note.number % 2 == self._parity or note.number < 2:
            raise ChannelError(f"there is no buffer {note.number}")
        else:
            self._keep(note.number, _Theirs(note.data))

    def drop(self, numbers):
        """Keep these buffers no longer alike."""
        for number in numbers:
            buffer = self._buffers.pop(number, None)
            if buffer is not None:
                numbers_here = self._of_root[buffer.root_id]
                numbers_here.remove(number)
                if not numbers_here:
                    del self._of_root[buffer.root_id]

    def _find(self, array):
        """Return the number of the buffer in which the array lies, and where in it."""
        low, high = _byte_bounds(array)
        start = low if array.flags.c_contiguous else _address(array)
        for number in self._of_root.get(id(_root(array)), ()):
            buffer = self._buffers[number]
            if buffer.holds(array, low, high):
                return number, start - buffer.low
        number, self._next = self._next, self._next + 2
        self._keep(number, _Ours(array, low, high))
        self._new.add(number)
        return number, start - low

    def _keep(self, number, buffer):
        self._buffers[number] = buffer
        self._of_root.setdefault(buffer.root_id, []).append(number)


class _Ours:
    """A stretch of memory that belongs to an array of this side."""

    def __init__(self, array, low, high):
        self.array = array.view()  # our own, so that references can be counted
        self.low, self.high, self.before = low, high, None
        self.length = high - low
        self.root_id = id(_root(array))
        self._flat = _flatten(array, low, high)

    def holds(self, array, low, high):
        if array.flags.writeable and not self.array.flags.writeable:
            return False
        if self._flat is not None:
            return self.low <= low and high <= self.high
        mine = self.array
        return (low, high, array.shape, array.strides, array.dtype) == (
            *(self.low, self.high, mine.shape, mine.strides, mine.dtype),
        )

    def is_forgotten(self):
        held = _HELD if self._flat is None else _HELD + 1
        return sys.getrefcount(self.array.base) <= held

    def show(self, view, dtype):
        if self._flat is not None:
            return _show(self._flat, view, dtype)
        mine = self.array
        geometry = tuple(view.shape), tuple(view.strides), dtype
        if geometry == (mine.shape, mine.strides, mine.dtype):
            return mine.view()
        # Between the entries of a sparse array lies what the other side must not see.
        return _show(self._image(), view, dtype)

    def read(self):
        return (self._image() if self._flat is None else self._flat).tobytes()

    def write(self, data):
        if len(data) != self.length or not self.array.flags.writeable:
            raise ChannelError("a buffer that cannot be changed like that")
        fresh = np.frombuffer(data, np.uint8)
        if self._flat is None:
            self.array[...] = self._within(fresh)
        else:
            self._flat[...] = fresh
        self.before = data

    def _image(self):
        image = np.zeros(self.length, np.uint8)
        self._within(image)[...] = self.array
        return image

    def _within(self, image):
        array = self.array
        offset = _address(array) - self.low
        return np.ndarray(array.shape, array.dtype, image, offset, array.strides)


class _Theirs:
    """A stretch of memory that began on the other side."""

    def __init__(self, data):
        self._flat = np.array(np.frombuffer(data, np.uint8))
        self.length, self.before = len(data), data
        self.root_id = id(self._flat)

    @functools.cached_property
    def low(self):
        return _address(self._flat)

    def holds(self, array, low, high):
        return True

    def is_forgotten(self):
        return sys.getrefcount(self._flat) <= _HELD

    def show(self, view, dtype):
        return _show(self._flat, view, dtype)

    def read(self):
        return self._flat.tobytes()

    def write(self, data):
        if len(data) != self.length:
            raise ChannelError("a buffer that cannot be changed like that")
        self._flat[...] = np.frombuffer(data, np.uint8)
        self.before = data


def _require_inside(view, dtype, length):
    """Raise a ValueError for an array that leaves its buffer.

    NumPy's own test of this overflows for large strides.
    """
    first = last = view.offset
    for n, step in zip(view.shape, view.strides, strict=True):
        if step < 0:
            first += (n - 1) * step
        else:
            last += (n - 1) * step
    if first < 0 or last + dtype.itemsize > length:
        raise ValueError("it lies outside of its buffer")


def _show(memory, view, dtype):
    array = np.ndarray(view.shape, dtype, memory, view.offset, tuple(view.strides))
    if not view.writeable:
        array.flags.writeable = False
    return array


def count_entries(shape):
    """Return the number of entries of an array of some shape, of any size."""
    return math.prod(shape)


@functools.lru_cache(maxsize=100)
def read_dtype(name):
    """Return the dtype of a name.

    Raises
    ------
    ChannelError
        If it is none, or not of numbers, strings or times.
    """
    try:
        if not _DTYPE.fullmatch(name):
            raise ValueError
        return np.dtype(name)
    except (TypeError, ValueError):
        raise ChannelError(f"not a dtype: {name!r}") from None


@functools.lru_cache(maxsize=100)
def is_plain(dtype):
    """Whether arrays of a dtype can be sent as bytes."""
    return bool(_DTYPE.fullmatch(dtype.str))


def _byte_bounds(array):
    """Return the addresses of an array's first byte and of the one behind its last."""
    if array.flags.c_contiguous:
        low = _address(array)
        return low, low + array.nbytes
    return np.lib.array_utils.byte_bounds(array)


def _address(array):
    """Return the address of an array's first entry."""
    return array.__array_interface__["data"][0]


def _root(array):
    """Return the array that owns the memory that `array` looks at."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _flatten(array, low, high):
    """Return the bytes of a dense array, as an array that shares them; else None."""
    if array.base is None and array.flags.c_contiguous:
        return array.reshape(-1).view(np.uint8)
    root = _root(array)
    if array.nbytes != high - low or root.dtype.hasobject:
        return None
    flat = root.view(np.ndarray).ravel("K").view(np.uint8)
    start = _byte_bounds(root)[0]
    if _address(flat) != start or _root(flat) is not root:
        return None
    return flat[low - start : high - start]


def _count_references():
    """Return what `sys.getrefcount` says of an array that only its holder knows."""
    theirs = _Theirs(b"12345678")
    return sys.getrefcount(theirs._flat)


_HELD = _count_references()
