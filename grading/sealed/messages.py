"""What goes over the channel between the judge and a student process: plain data.

Messages are msgpack, decoded by msgspec against the types below: whatever does not fit
them is refused before anything looks at it. Nothing is ever unpickled. The two sides
speak the same language, one at a time: a request is answered by an `Answer` or a
`Failure`, and before the answer the other side may have requests of its own.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

#: Longest message, in bytes.
MOST_BYTES = 64 * 2**20
#: Of the largest int.
MOST_BITS = 80_000

_Name = Annotated[str, Meta(max_length=300)]
_Handle = Annotated[int, Meta(ge=0, le=2**53)]
_Shape = Annotated[list[Annotated[int, Meta(ge=0, le=2**48)]], Meta(max_length=64)]
_Strides = Annotated[
    list[Annotated[int, Meta(ge=-(2**48), le=2**48)]], Meta(max_length=64)
]


class ChannelError(Exception):
    """The other side broke the rules of the channel, or is gone."""


class _Node(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Part of a message; sent as an array that begins with the name of its kind."""


# Values: None, bool, int of 64 bits, float, str, and these ---------------------------


class Bytes(_Node, tag="bytes"):
    """A bytes object."""

    data: bytes


class LargeInt(_Node, tag="int"):
    """An int that does not fit 64 bits, in hexadecimal digits."""

    digits: Annotated[
        str, Meta(max_length=MOST_BITS // 4 + 3, pattern="^-?0x[0-9a-f]+$")
    ]


class Complex(_Node, tag="complex"):
    """A complex number."""

    real: float
    imag: float


class Tuple(_Node, tag="tuple"):
    """A tuple, of values."""

    items: "list[Value]"


class FrozenSet(_Node, tag="frozenset"):
    """A frozenset, of values."""

    items: "list[Value]"


class Slice(_Node, tag="slice"):
    """A slice, of values."""

    start: "Value"
    stop: "Value"
    step: "Value"


class Range(_Node, tag="range"):
    """A range."""

    start: int
    stop: int
    step: int


class Scalar(_Node, tag="scalar"):
    """A NumPy scalar."""

    dtype: _Name
    data: Annotated[bytes, Meta(max_length=2**20)]


class View(_Node, tag="view"):
    """A NumPy array: a look at a buffer that both sides keep alike."""

    buffer: _Handle
    dtype: _Name
    shape: _Shape
    strides: _Strides
    offset: _Handle
    writeable: bool


class ObjectArray(_Node, tag="objects"):
    """A NumPy array of objects, copied."""

    shape: _Shape
    items: "list[Value]"


class Kept(_Node, tag="kept"):
    """A list, dict, set or random generator that both sides keep alike."""

    number: _Handle


class Known(_Node, tag="known"):
    """Something that both sides have by name: `numpy.float32`, `ValueError`."""

    module: _Name
    name: _Name


class DType(_Node, tag="dtype"):
    """A NumPy dtype."""

    name: _Name


class Mine(_Node, tag="mine"):
    """An object that lives on the sender's side."""

    handle: _Handle


class Yours(_Node, tag="yours"):
    """An object that lives on the receiver's side."""

    handle: _Handle


class Method(_Node, tag="method"):
    """A method of an object that lives on the receiver's side."""

    owner: Yours
    name: _Name


Value = (
    None
    | bool
    | int
    | float
    | str
    | Bytes
    | LargeInt
    | Complex
    | Tuple
    | FrozenSet
    | Slice
    | Range
    | Scalar
    | View
    | ObjectArray
    | Kept
    | Known
    | DType
    | Mine
    | Yours
    | Method
)


# What comes along with the values of a message ----------------------------------------


class ClassNote(_Node):
    """A class that lives on the sender's side, told of once."""

    handle: _Handle
    name: _Name
    module: _Name
    bases: Annotated[list[_Handle], Meta(max_length=50)]
    special: Annotated[list[_Name], Meta(max_length=150)]
    methods: Annotated[list[_Name], Meta(max_length=1_000)]


class ObjectNote(_Node):
    """An object that lives on the sender's side, told of once."""

    handle: _Handle
    kind: _Handle


class BufferNote(_Node):
    """A buffer that is new, or has other bytes than before."""

    number: _Handle
    data: bytes


class KeptNote(_Node):
    """A container that is new, or holds something else than before."""

    number: _Handle
    kind: _Name
    items: "list[Value]"


class Luggage(_Node):
    """What a message's values refer to, and what has changed since the last one."""

    classes: list[ClassNote] = []
    objects: list[ObjectNote] = []
    buffers: list[BufferNote] = []
    kept: list[KeptNote] = []
    dropped: list[_Handle] = []
    kept_dropped: list[_Handle] = []
    released: list[_Handle] = []


# Messages -------------------------------------------------------------------------


class Request(_Node, tag="request"):
    """Do something with an object of yours; `operation` is one of those in `peer`."""

    operation: _Name
    target: Value
    name: _Name
    args: list[Value]
    kwargs: dict[_Name, Value]
    luggage: Luggage | None


class Answer(_Node, tag="answer"):
    """What a request gave, and what was printed on the way."""

    value: Value
    printed: str
    luggage: Luggage | None


class Place(_Node):
    """A line of a notebook's cell that an exception came through."""

    cell: int
    function: _Name
    line: Annotated[int, Meta(ge=0, le=10_000_000)]


class Failure(_Node, tag="failure"):
    """An exception that came out of a request."""

    kind: _Name
    module: _Name
    bases: Annotated[list[_Name], Meta(max_length=50)]
    args: list[Value]
    text: Annotated[str, Meta(max_length=100_000)]
    about: Annotated[list[Value], Meta(min_length=2, max_length=2)]
    places: Annotated[list[Place], Meta(max_length=100)]
    number: _Handle  # under which the sender keeps it
    origin: _Handle | None  # the receiver's number, if it came from there
    printed: str
    luggage: Luggage | None


Message = Request | Answer | Failure

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Message)


def encode(message):
    """Return the bytes of a message.

    Raises
    ------
    ChannelError
        If it is too long, or holds what cannot be sent.
    """
    try:
        data = _encoder.encode(message)
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
        raise ChannelError(f"not to be sent: {error}") from None
    if len(data) > MOST_BYTES:
        raise ChannelError(f"a message of {len(data)} bytes is too long")
    return data


def decode(data):
    """Return the message in some bytes.

    Raises
    ------
    ChannelError
        If they are not exactly one message.
    """
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError, MemoryError) as error:
        raise ChannelError(f"not a message: {error}") from None
