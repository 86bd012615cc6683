"""One side of a channel: asks the other side, and does what the other side asks.

Both sides are alike but for what they let be reached. The student's side lets
everything be done with its objects: they are the student's. The judge's side hands out
functions, generators and objects of a check, which may be called and read as a student
would, but never leads further: see `Reach`.
"""

import copy
import time
import types

from grading.sealed.channel import Channel, TimeIsUp
from grading.sealed.crossing import Crossing
from grading.sealed.messages import Answer, ChannelError, Failure, Request
from grading.sealed.packing import Packer
from grading.sealed.standins import FORWARDED

#: Seconds that the other side has to come to an end once it was interrupted.
GRACE = 5


class Stopped(BaseException):
    """The other side cannot go on: no more requests to it make sense.

    No `Exception`, so that a check does not take it for the student's.

    Parameters
    ----------
    cause : ChannelError or TimeIsUp
    """

    def __init__(self, cause):
        super().__init__(str(cause))
        self.cause = cause


class Late(BaseException):
    """A cell took too long; the other side was interrupted, and can go on.

    No `Exception`, as `Stopped` is none.
    """


class Peer:
    """One side of a channel.

    Parameters
    ----------
    connection : socket.socket
    parity : int
        0 for the judge, 1 for the student.
    reach : Everything or Reach
        What the other side may do with objects of this one.
    cells, labels, shared
        As for `Crossing`.
    """

    def __init__(self, connection, parity, reach, *, cells, labels, shared):
        self.channel = Channel(connection)
        self.packer = Packer(self, parity)
        self._crossing = Crossing(self.packer, cells, labels, shared)
        self._reach = reach
        #: What else the other side may ask for, by name: functions of plain values.
        self.services = {}
        #: Why no more requests are possible, or None.
        self.stopped = None
        #: Whether time was up since this was set to False.
        self.late = False
        #: Interrupts the other side when time is up, or None.
        self.interrupt = None
        #: Whether this side packs, sends or waits, and must not be interrupted.
        self.busy = False
        #: Called with what the other side has printed.
        self.on_print = None
        #: Returns what was printed here since the last call.
        self.take_printed = str

    def request(self, operation, target, name="", args=(), kwargs=None):
        """Have something done with an object of the other side; return the result.

        Parameters
        ----------
        operation : str
            "get", "set", "delete", "call", "method" (get and call), "special", "dir",
            "names" (of what `vars` holds), "copy", "deepcopy"; or "serve" for one of
            the other side's services.
        target : Standin or None
        name : str
            Of an attribute, a method or a service.
        args, kwargs
            Of a call.

        Raises
        ------
        Stopped
            If the other side cannot answer any more.
        Exception
            Whatever the other side raises.
        """
        if self.stopped:
            raise Stopped(self.stopped)
        if self.interrupt and not self.late and self.channel.is_over():
            self._extend()  # the other side waits, so there is nothing to interrupt
            raise Late
        before, self.busy = self.busy, True
        try:
            request = self._pack(operation, target, str(name), args, kwargs or {})
            self.channel.send(request)
            answer = self._serve_until_answered()
            if type(answer) is Answer and not self.late:
                return self.packer.unpack(answer.value)
        except (ChannelError, TimeIsUp) as error:
            self.stopped = error
            raise Stopped(error) from None
        finally:
            self.busy = before
        if self.late:
            raise Late
        try:
            self._crossing.raise_it(answer)
        except StopIteration as error:
            if name == "__next__":
                raise
            # It would end a loop of the caller, such as `map`, as if all were done.
            raise RuntimeError(f"{operation} raised StopIteration") from error

    def _pack(self, operation, target, name, args, kwargs):
        pack = self.packer.pack
        try:
            target, args = pack(target), [pack(arg) for arg in args]
            kwargs = {key: pack(value) for key, value in kwargs.items()}
            luggage = self.packer.collect()
        except ChannelError as error:
            raise ValueError(f"cannot be handed to the other side: {error}") from None
        return Request(operation, target, name, args, kwargs, luggage)

    def serve(self):
        """Do what the other side asks until it closes the channel.

        Raises
        ------
        ChannelError
        """
        self.busy = True
        while True:
            self._answer(self._receive())

    def _serve_until_answered(self):
        while True:
            message = self._receive()
            if type(message) is not Request:
                if self.on_print and message.printed:
                    self.on_print(message.printed)
                return message
            self._answer(message)

    def _receive(self):
        message = self._receive_in_time()
        try:
            self.packer.take(message.luggage)
        except (RecursionError, MemoryError) as error:
            raise ChannelError(
                f"a message that is too deep or large: {error}"
            ) from None
        return message

    def _receive_in_time(self):
        try:
            return self.channel.receive()
        except TimeIsUp:
            if self.late or self.interrupt is None:
                raise
            self._extend()
            self.interrupt()
            return self.channel.receive()

    def _extend(self):
        """Note that time is up, and allow what it takes to come to an end."""
        self.late = True
        self.channel.deadline = time.monotonic() + GRACE

    def _answer(self, request):
        try:
            self.busy = False
            result = self._perform(request)
            self.busy = True
            value = self.packer.pack(result)
            answer = Answer(value, self.take_printed(), self.packer.collect())
        except ChannelError as error:
            answer = self._fail(RuntimeError(f"cannot be sent to the grader: {error}"))
        except Stopped:
            raise
        except Late:
            self.late = True
            answer = self._fail(TimeoutError("time is up"))
        except BaseException as error:  # student code may raise anything
            answer = self._fail(error)
        self.channel.send(answer)

    def _fail(self, error):
        self.busy = True
        told = self._crossing.pack(error)
        return Failure(*told, self.take_printed(), self.packer.collect())

    def get(self, thing, name):
        """Return an attribute of an object of this side, if the other may read it."""
        self._reach.require("get", thing, name)
        return getattr(thing, name)

    def _perform(self, request):
        unpack = self.packer.unpack
        args = [unpack(arg) for arg in request.args]
        kwargs = {key: unpack(value) for key, value in request.kwargs.items()}
        operation, name = request.operation, request.name
        if operation == "serve":
            return self.services[name](*args, **kwargs)
        thing = self.packer.find(request.target)
        if operation == "method":
            return self.get(thing, name)(*args, **kwargs)
        self._reach.require(operation, thing, name)
        if operation == "names":
            return self._reach.list_names(thing)
        return _OPERATIONS[operation](thing, name, *args, **kwargs)


def _special(thing, name, *args):
    return getattr(type(thing), name)(thing, *args)


_OPERATIONS = {
    "get": getattr,
    "set": setattr,
    "delete": delattr,
    "call": lambda thing, _, *args, **kwargs: thing(*args, **kwargs),
    "special": _special,
    "dir": lambda thing, _: [name for name in dir(thing) if isinstance(name, str)],
    "copy": lambda thing, _: copy.copy(thing),
    "deepcopy": lambda thing, _: copy.deepcopy(thing),
}


class Everything:
    """Lets the other side do all there is to do with an object of this one."""

    def require(self, operation, thing, name):
        """Allow it."""

    def list_names(self, thing):
        """Return the names of what `vars` gives."""
        return [name for name in vars(thing) if isinstance(name, str)]


class Reach:
    """Lets student code use what a check hands it, and go no further.

    Functions, and classes of the course, can be called; iterators and the like can be
    iterated over. Of objects whose class belongs to the course, attributes without a
    leading underscore can be read, and set unless that would replace a method. All else
    could lead to a check's own variables.
    """

    def require(self, operation, thing, name):
        """Raise an error unless student code may do this with a check's object.

        Raises
        ------
        AttributeError
        """
        if operation == "special" and name == "__call__":
            operation = "call"
        if not self._allows(operation, thing, name):
            raise AttributeError(
                f"submitted code cannot use '{name or operation}' of an object of type "
                f"'{type(thing).__name__}' that belongs to a check"
            )

    def list_names(self, thing):
        """Return the names of what `vars` gives, as far as they may be read."""
        return [name for name in vars(thing) if self._allows("get", thing, name)]

    def _allows(self, operation, thing, name):
        is_class = isinstance(thing, type)
        ours = _is_of_course(thing if is_class else type(thing))
        if operation == "call":
            return ours if is_class else callable(thing)
        if operation == "special":
            return name in FORWARDED and not is_class
        if operation in ("copy", "deepcopy"):
            return ours
        if operation == "names":
            return ours and not is_class
        if isinstance(thing, types.GeneratorType):
            return operation == "get" and name in ("send", "throw", "close")
        if not ours or name.startswith("_"):
            return False
        replaces = is_class or callable(getattr(type(thing), name, None))
        return operation == "get" or (operation in ("set", "delete") and not replaces)


def _is_of_course(kind):
    module = kind.__module__
    return module in ("__main__", "parts") or str(module).startswith("helpers.")
