"""Two sides of a channel: what is done with a stand-in is done with the object."""

import copy
import math
import socket
import sys
import threading
import types
from pathlib import Path

import numpy as np
import pytest

from grading.sealed.channel import Channel
from grading.sealed.messages import Answer, Kept, Luggage, Mine, View, Yours
from grading.sealed.peer import Everything, Peer, Reach, Stopped

STUDENT = '''
import numpy as np

class Layer:
    """A student's layer."""

    def __init__(self, weights):
        self.weights = np.array(weights)

    def forward(self, x):
        self.x = x
        return x @ self.weights

    def keep(self, x):
        self.weights = x

    def __len__(self):
        return len(self.weights)

class Deep(Layer):
    pass

class Own(ValueError):
    def __init__(self, one, two):
        super().__init__("mine", one)

def call(f, *args, **kwargs):
    return f(*args, **kwargs)

def double_in_place(x):
    x *= 2

def count(n):
    for i in range(n):
        yield np.full(2, i)

def drain(iterable):
    return sum(iterable)

def fail(kind):
    raise kind("on purpose")

def own():
    raise Own(1, 2)

def append(items, thing):
    items.append(thing)

def draw(rng):
    return rng.normal(size=3)

def give(x):
    return x

def read(thing, name):
    return getattr(thing, name)

def write(thing, name, value):
    setattr(thing, name, value)

def halve_rate(thing):
    vars(thing)["rate"] = vars(thing)["rate"] / 2
    vars(thing)["added"] = 1
    return [*vars(thing)]

def swallow(f):
    try:
        f()
    except Exception as error:
        return type(error).__name__, str(error)

buffer = np.zeros(3)

def fill(value):
    buffer[:] = value
    return buffer

def shout():
    print("hello")

def stub():
    raise NotImplementedError
'''


@pytest.fixture
def peers():
    """The judge's side and the student's, the latter served in a thread."""
    ours, theirs = socket.socketpair()
    labels = {3: "<submitted cell 4>"}
    judge = Peer(ours, 0, Reach(), cells={}, labels=labels, shared={})
    student = Peer(theirs, 1, Everything(), cells={"<cell 4>": 3}, labels={}, shared={})
    judge.channel.deadline = None
    thread = threading.Thread(target=_serve, args=(student,), daemon=True)
    thread.start()
    yield judge, student
    ours.close()
    thread.join(10)
    theirs.close()
    assert not thread.is_alive()


def _serve(student):
    with pytest.raises(Exception, match="the other side is gone"):
        student.serve()


@pytest.fixture
def fetch(peers):
    """Get a name of the student's module as the judge sees it."""
    judge, student = peers
    module = types.ModuleType("__main__")
    exec(compile(STUDENT, "<cell 4>", "exec"), vars(module))
    student.services["fetch"] = lambda name: getattr(module, name)
    return lambda name: judge.request("serve", None, "fetch", (name,))


VALUES = (
    *(None, True, False, 0, -1, 2**63 - 1, 2**63, -(10**40), 1.5, -0.0, math.inf),
    *(1 + 2j, "", "text", "ünï", b"\0\xff", (), (1, (2, "a")), frozenset({1, 2})),
    *(slice(1, None, 2), range(0, 10, 3), ..., NotImplemented, [1, [2]], {"a": (1,)}),
    *({1, 2}, np.float32(1.5), np.int8(-3), np.bool_(True), np.dtype("f4")),
    *(np.float32, ValueError, int, np.tanh, np.datetime64("2020-01-01")),
)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_plain_values_come_back_as_they_went(fetch, value):
    came = fetch("give")(value)
    assert type(came) is type(value)
    assert came == value
    assert repr(came) == repr(value)


def test_a_list_that_holds_itself_comes_back(fetch):
    items = [1]
    items.append(items)
    assert fetch("give")(items) is items


ARRAYS = (
    *(np.arange(6.0).reshape(2, 3), np.asfortranarray(np.arange(6.0).reshape(2, 3))),
    *(np.repeat(np.arange(6.0), 2)[::2], np.arange(5)[::-1], np.array(3.0)),
    *(np.broadcast_to(np.arange(3), (4, 3)), np.zeros((0, 3)), np.array([True])),
    *(np.array(["a", "bc"]), np.array([b"x"]), np.arange(3, dtype="f4")[1:]),
    *(np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1), np.array([1 + 2j])),
    *(np.array([1, "a", None], object), np.arange(3, dtype=np.longdouble)),
    *(np.array([np.nan, np.inf]), np.array(["2020-01-01"], "M8[D]")),
)


@pytest.mark.parametrize("array", ARRAYS, ids=repr)
def test_arrays_come_back_with_their_dtype_shape_and_values(fetch, array):
    came = fetch("give")(array)
    assert type(came) is np.ndarray
    assert (came.dtype, came.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(came, array)


def test_an_array_of_a_subclass_arrives_as_a_plain_one(fetch):
    assert type(fetch("give")(np.ma.masked_array([1.0], [True]))) is np.ndarray


@pytest.mark.parametrize("make", [np.array, lambda x: np.repeat(x, 2)[::2]])
def test_an_argument_that_student_code_changes_comes_back_changed(fetch, make):
    x = make([1.0, 2.0, 3.0])
    fetch("double_in_place")(x)
    assert x.tolist() == [2.0, 4.0, 6.0]


def test_what_student_code_keeps_is_the_array_that_it_was_handed(fetch):
    x = np.arange(4.0)
    layer = fetch("Layer")([1.0])
    layer.keep(x)
    assert np.shares_memory(layer.weights, x)
    x[0] = 9  # changed here ...
    assert layer.weights[0] == 9
    layer.weights[1] = 8  # ... and through the student's attribute
    assert x[1] == 8


def test_what_student_code_copies_is_no_array_that_it_was_handed(fetch):
    x = np.arange(4.0)
    assert not np.shares_memory(fetch("Layer")(x).weights, x)


def test_a_result_that_student_code_overwrites_later_changes(fetch):
    first = fetch("fill")(1)
    fetch("fill")(2)
    assert first.tolist() == [2, 2, 2]


def test_bytes_beside_an_array_are_not_sent(peers, fetch):
    _, student = peers
    secret = np.full((3, 4), 1234.5)
    secret[:, :2] = 0
    fetch("give")(secret[:, :2])
    known = [buffer.read() for buffer in student.packer._buffers._buffers.values()]
    assert known
    assert not any(np.float64(1234.5).tobytes() in data for data in known)


def test_buffers_do_not_pile_up(peers, fetch):
    judge, student = peers
    layer = fetch("Layer")(np.eye(3))
    for _ in range(50):
        layer.forward(np.ones((2, 3)))
    for side in peers:
        assert len(side.packer._buffers._buffers) < 6
        assert len(side.packer._ours) < 20
    assert judge.packer._buffers._buffers.keys() == (
        student.packer._buffers._buffers.keys()
    )


def test_a_list_that_student_code_appends_to_grows_here(fetch):
    items = [1]
    fetch("append")(items, 2.0)
    assert items == [1, 2.0]


def test_a_list_that_is_cleared_here_is_cleared_where_student_code_kept_it(fetch):
    items = [1, 2]
    layer = fetch("Layer")([1.0])
    layer.weights = items
    items.clear()
    assert len(layer) == 0


def test_a_generator_that_student_code_draws_from_goes_on_here(fetch):
    rng, same = np.random.default_rng(3), np.random.default_rng(3)
    assert fetch("draw")(rng).tolist() == same.normal(size=3).tolist()
    assert rng.normal() == same.normal()


def test_classes_and_objects_look_like_what_they_stand_for(fetch):
    deep, layer = fetch("Deep"), fetch("Layer")
    thing = deep([1.0, 2.0])
    assert type(thing).__name__ == "Deep"
    assert isinstance(thing, layer)
    assert issubclass(deep, layer)
    assert not isinstance(layer([1.0]), deep)
    assert len(thing) == 2
    assert not callable(thing)
    assert not hasattr(thing, "missing")
    assert thing is fetch("give")(thing)
    with pytest.raises(TypeError, match="has no len"):
        len(fetch("give"))
    with pytest.raises(TypeError, match="cannot inherit from Layer"):
        type("Sub", (layer,), {})


def test_a_copy_of_a_stand_in_is_a_copy_of_the_object(fetch):
    layer = fetch("Layer")([1.0])
    twin = copy.deepcopy(layer)
    twin.weights = np.array([5.0])
    assert layer.weights[0] == 1


def test_student_code_calls_functions_of_a_check(fetch):
    seen = []

    def f(x, *, scale=1):
        seen.append(x)
        return scale * x.sum()

    assert fetch("call")(f, np.ones(3), scale=2) == 6
    assert len(seen) == 1


def test_student_code_iterates_over_a_generator_of_a_check(fetch):
    assert fetch("drain")(n * n for n in range(4)) == 14


def test_a_check_iterates_over_a_generator_of_student_code(fetch):
    assert [int(x.sum()) for x in fetch("count")(3)] == [0, 2, 4]
    with pytest.raises(StopIteration):
        next(fetch("count")(0))


def test_an_object_of_a_check_is_itself_when_it_comes_back(fetch):
    class Mine:
        pass

    thing = Mine()
    assert fetch("give")(thing) is thing
    assert fetch("give")([thing])[0] is thing


@pytest.mark.parametrize("kind", [ValueError, KeyError, NotImplementedError])
def test_an_exception_of_student_code_arrives_as_one(fetch, kind):
    with pytest.raises(kind) as caught:
        fetch("fail")(kind)
    assert type(caught.value) is kind
    assert caught.value.args == ("on purpose",)


def test_an_exception_of_a_students_own_class_arrives_with_its_name(fetch):
    with pytest.raises(ValueError, match="mine") as caught:
        fetch("own")()
    assert type(caught.value).__name__ == "Own"


def test_an_exception_shows_the_lines_of_the_cell_that_it_came_through(fetch):
    with pytest.raises(ZeroDivisionError) as caught:
        fetch("call")(fetch("fail"), lambda text: 1 / 0)
    with pytest.raises(NotImplementedError) as caught:
        fetch("call")(fetch("stub"))
    frames = [entry.frame.code for entry in caught.traceback]
    names = [frame.raw.co_qualname for frame in frames]
    assert names[-2:] == ["call", "stub"]
    assert {str(frame.raw.co_filename) for frame in frames[-2:]} == {
        "<submitted cell 4>"
    }
    lines = STUDENT.splitlines()
    assert lines[caught.traceback[-1].lineno] == "    raise NotImplementedError"


def test_a_missing_name_is_told(fetch):
    layer = fetch("Layer")([1.0])
    with pytest.raises(AttributeError) as caught:
        layer.nothing  # noqa: B018
    assert caught.value.name == "nothing"
    assert caught.value.obj is layer


def test_an_exception_of_a_check_goes_through_student_code_and_is_itself(fetch):
    error = LookupError("from the check")

    def f():
        raise error

    with pytest.raises(LookupError) as caught:
        fetch("call")(f)
    assert caught.value is error
    assert fetch("swallow")(f) == ("LookupError", "from the check")


def test_what_student_code_prints_is_told(peers, fetch):
    judge, student = peers
    printed, said = [], ["hello\n"]
    judge.on_print = printed.append
    student.take_printed = lambda: said.pop() if said else ""
    fetch("give")
    assert printed == ["hello\n"]


# What student code cannot reach -----------------------------------------------------


class OfCourse:
    """A layer of a check; its module counts as the course's."""

    inputs = 3

    def forward(self):
        return 5


OfCourse.__module__ = "__main__"


@pytest.mark.parametrize(
    "name", ["__globals__", "__code__", "__closure__", "__dict__", "__self__", "x"]
)
def test_nothing_of_a_function_can_be_read(fetch, name):
    def f():
        return 1

    with pytest.raises(AttributeError, match="submitted code cannot use"):
        fetch("read")(f, name)
    with pytest.raises(AttributeError, match="submitted code cannot use"):
        fetch("write")(f, name, 1)


def test_frames_of_a_generator_cannot_be_read(fetch):
    generator = (n for n in range(3))
    for name in ("gi_frame", "gi_code", "gi_yieldfrom"):
        with pytest.raises(AttributeError, match="submitted code cannot use"):
            fetch("read")(generator, name)


def test_open_attributes_of_a_checks_layer_can_be_read_and_set(fetch):
    layer = OfCourse()
    assert fetch("read")(layer, "inputs") == 3
    fetch("write")(layer, "inputs", 4)
    assert layer.inputs == 4
    assert fetch("read")(layer, "forward")() == 5


def test_vars_of_a_checks_layer_holds_its_open_attributes(fetch):
    layer = OfCourse()
    layer._secret, layer.rate = 7, 0.5
    assert fetch("halve_rate")(layer) == ["rate", "added"]
    assert (layer.rate, layer.added) == (0.25, 1)


def test_vars_of_a_students_object_is_read_and_written(fetch):
    layer = fetch("Layer")([1.0, 2.0])
    layer.forward(np.ones(2))
    assert [*vars(layer)] == ["weights", "x"]
    vars(layer)["weights"] = np.array([3.0, 4.0])
    assert layer.forward(np.ones(2)) == 7
    assert "forward" not in vars(layer)
    kept = copy.deepcopy(vars(layer))
    layer.weights[0] = 0
    assert kept["weights"][0] == 3
    del vars(layer)["x"]
    assert not hasattr(layer, "x")
    with pytest.raises(KeyError):
        del vars(layer)["forward"]
    with pytest.raises(TypeError):
        vars(fetch("count")(3))


@pytest.mark.parametrize("name", ["_secret", "__dict__", "__init__"])
def test_closed_attributes_of_a_checks_layer_cannot_be_read(peers, name):
    judge, student = peers
    layer = OfCourse()
    layer._secret = 7
    student.services["ask"] = lambda thing: student.request("get", thing, name)
    with pytest.raises(AttributeError, match="submitted code cannot use"):
        judge.request("serve", None, "ask", (layer,))


def test_a_method_of_a_checks_layer_cannot_be_replaced(fetch):
    layer = OfCourse()
    with pytest.raises(AttributeError, match="submitted code cannot use"):
        fetch("write")(layer, "forward", fetch("give"))
    assert layer.forward() == 5


def test_special_methods_that_lead_further_are_refused(peers, fetch):
    judge, student = peers

    def f():
        return 1

    def ask(thing):
        for name in ("__getattribute__", "__reduce_ex__", "__get__", "__init__"):
            with pytest.raises(AttributeError, match="cannot use"):
                student.request("special", thing, name, ("__globals__",))
        return "asked"

    student.services["ask"] = ask
    assert judge.request("serve", None, "ask", (f,)) == "asked"


# A student's side that lies --------------------------------------------------------


@pytest.fixture
def liar():
    """A judge, and the bare channel at the other end."""
    ours, theirs = socket.socketpair()
    judge = Peer(ours, 0, Reach(), cells={}, labels={}, shared={})
    yield judge, Channel(theirs), theirs
    ours.close()
    theirs.close()


LIES = {
    "unknown object": (Mine(77), Luggage()),
    "unknown handle of the judge": (Yours(400), Luggage()),
    "unknown buffer": (View(5, "<f8", [2], [8], 0, True), Luggage()),
    "unknown container": (Kept(5), Luggage()),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_stops_the_talk(liar, lie):
    judge, channel, _ = liar
    value, luggage = LIES[lie]
    channel.send(Answer(value, "", luggage))
    with pytest.raises(Stopped):
        judge.request("serve", None, "anything")
    with pytest.raises(Stopped):  # for good
        judge.request("serve", None, "anything")


@pytest.mark.parametrize("data", [b"\xff" * 4, b"\0\0\0\x01x" * 9, b"\1\0\0\0x"])
def test_bytes_that_are_no_message_stop_the_talk(liar, data):
    judge, _, connection = liar
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)
    with pytest.raises(Stopped):
        judge.request("serve", None, "anything")


def test_the_engine_imports_nothing_of_nbgrader():
    import subprocess

    program = (
        "import sys, grading.sealed.execute; "
        "print([m for m in sys.modules if m.split('.')[0] in ('nbgrader', 'nbformat')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.strip() == "[]"
