"""Whatever a student process sends, the judge takes it or raises its own error."""

import contextlib

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grading.sealed import messages as m
from grading.sealed.messages import ChannelError, decode, encode
from grading.sealed.outputs import read_outputs
from grading.sealed.packing import Packer

FEW = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

# Small numbers meet each other, large ones break things.
numbers = st.integers(0, 9) | st.integers(0, 2**53)
names = st.sampled_from(["list", "dict", "set", "generator", "x", "__eq__", "a\0b", ""])
texts = st.text(max_size=5) | names
dtypes = st.sampled_from(
    ["<f8", "|u1", "<U3", "|O", "<V8", "<M8[ns]", "<M8[xx]", "<f99999", "|S0", "b"]
)
ends = st.integers(-(2**63), 2**63 - 1)
shapes = st.lists(st.integers(0, 4) | st.integers(0, 2**48), max_size=4)
strides = st.lists(st.integers(-16, 16) | st.integers(-(2**48), 2**48), max_size=4)
plain = (
    *(st.none(), st.booleans(), ends, st.floats(), texts),
    *(st.builds(m.Bytes, st.binary(max_size=9)), st.builds(m.Mine, numbers)),
    *(st.builds(m.Yours, numbers), st.builds(m.Kept, numbers)),
    *(st.builds(m.LargeInt, st.from_regex("^-?0x[0-9a-f]{1,40}$", fullmatch=True)),),
    *(st.builds(m.Complex, st.floats(), st.floats()),),
    *(st.builds(m.Range, ends, ends, ends), st.builds(m.DType, dtypes)),
    *(st.builds(m.Scalar, dtypes, st.binary(max_size=9)),),
    *(st.builds(m.Known, st.sampled_from(["builtins", "numpy", "os"]), texts),),
    st.builds(m.View, numbers, dtypes, shapes, strides, numbers, st.booleans()),
)
values = st.recursive(
    st.one_of(*plain),
    lambda inner: st.one_of(
        *(st.builds(kind, st.lists(inner, max_size=3)) for kind in (m.Tuple,)),
        st.builds(m.FrozenSet, st.lists(inner, max_size=3)),
        st.builds(m.ObjectArray, shapes, st.lists(inner, max_size=3)),
        st.builds(m.Slice, inner, inner, inner),
    ),
    max_leaves=6,
)
few = {"max_size": 3}
luggage = st.builds(
    m.Luggage,
    st.lists(
        st.builds(
            m.ClassNote,
            *(numbers, texts, texts),
            st.lists(numbers, **few),
            st.lists(st.sampled_from(["__eq__", "__len__", "__class__", "x"]), **few),
        ),
        **few,
    ),
    st.lists(st.builds(m.ObjectNote, numbers, numbers), **few),
    st.lists(st.builds(m.BufferNote, numbers, st.binary(max_size=32)), **few),
    st.lists(st.builds(m.KeptNote, numbers, names, st.lists(values, **few)), **few),
    *(st.lists(numbers, **few),) * 3,
)


class NoPeer:
    """Whom stand-ins ask; nothing here should ask."""

    def request(self, *args):
        raise AssertionError("a stand-in was used while it was unpacked")


def make_judge():
    """A judge's packer that has handed out an array, a list and an object."""
    packer = Packer(NoPeer(), 0)
    packer.held = [np.arange(4.0), [1, 2], NoPeer(), np.random.default_rng(0)]
    for thing in packer.held:
        packer.pack(thing)
    packer.collect()
    return packer


@FEW
@given(st.binary(max_size=200))
def test_bytes_are_a_message_or_the_channels_own_error(data):
    with contextlib.suppress(ChannelError):
        decode(data)


@FEW
@given(luggage, values, st.data())
def test_a_damaged_message_is_a_message_or_the_channels_own_error(bag, value, data):
    try:
        good = bytearray(encode(m.Answer(value, "", bag)))
    except ChannelError:  # a lone surrogate, for instance
        return
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(good) - 1))
        good[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ChannelError):
        decode(bytes(good))


@FEW
@given(st.lists(st.tuples(luggage, values), min_size=1, max_size=4))
def test_well_formed_lies_are_taken_or_the_channels_own_error(said):
    judge = make_judge()
    for bag, value in said:
        try:
            judge.take(bag)
            thing = judge.unpack(value)
            judge.pack(thing)
            judge.collect()
        except ChannelError:
            return


@FEW
@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_any_structure_is_a_message_or_the_channels_own_error(thing):
    try:
        data = msgspec.msgpack.encode(thing)
    except (OverflowError, UnicodeEncodeError):
        return
    with contextlib.suppress(ChannelError):
        decode(data)


@FEW
@given(st.text(max_size=60) | st.binary(max_size=60))
def test_any_text_is_outputs_or_a_value_error(text):
    with contextlib.suppress(ValueError):
        assert isinstance(read_outputs(text), list)


@pytest.mark.parametrize("depth", [10, 10_000, 1_000_000])
def test_a_deep_message_is_refused(depth):
    with pytest.raises(ChannelError):
        decode(b"\x92\xa5tuple\x91" * depth)


def test_only_known_names_are_handed_over_by_name():
    judge = make_judge()
    for module, name in (("builtins", "eval"), ("builtins", "open"), ("os", "system")):
        with pytest.raises(ChannelError):
            judge.unpack(m.Known(module, name))
    with pytest.raises(ChannelError):
        judge.unpack(m.Known("numpy", "load"))


def test_an_array_that_would_not_fit_is_refused():
    judge = make_judge()
    judge.take(m.Luggage(buffers=[m.BufferNote(3, b"12345678")]))
    for shape, strides in (([2], [8]), ([2**40], [0]), ([1], []), ([3], [-8])):
        with pytest.raises(ChannelError):
            judge.unpack(m.View(3, "<f8", shape, strides, 0, True))
    assert judge.unpack(m.View(3, "<f8", [2], [0], 0, True)).shape == (2,)


def test_a_read_only_array_of_the_judge_stays_as_it_is():
    judge = Packer(NoPeer(), 0)
    array = np.arange(3.0)
    array.flags.writeable = False
    number = judge.pack(array).buffer
    judge.collect()
    with pytest.raises(ChannelError):
        judge.take(m.Luggage(buffers=[m.BufferNote(number, bytes(24))]))
    assert array.tolist() == [0, 1, 2]
