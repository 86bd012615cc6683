"""The socket between the judge and a student process: whole messages, in time."""

import math
import struct
import time

from grading.sealed.messages import MOST_BYTES, ChannelError, decode, encode

_LENGTH = struct.Struct("<I")


class TimeIsUp(Exception):
    """The other side did not answer in time."""


class Closed(ChannelError):
    """The other side has closed the channel, or its process is gone."""


class Channel:
    """Sends and receives messages over a connected stream socket.

    Parameters
    ----------
    connection : socket.socket
    """

    def __init__(self, connection):
        self._connection, self._came = connection, bytearray()
        self._set_for, self._set_at = None, -math.inf  # see `_wait`
        #: When waiting ends, on the clock `time.monotonic`; None: never.
        self.deadline = None

    def is_over(self):
        """Return whether the time to wait is over."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    def send(self, message):
        """Send a message.

        Raises
        ------
        ChannelError
            If it cannot be encoded (nothing is sent then); `Closed` if nobody is there.
        TimeIsUp
        """
        data = encode(message)
        self._wait(at_least=1.0)  # what the other side asked for, it should get
        try:
            self._connection.sendall(_LENGTH.pack(len(data)) + data)
        except TimeoutError:
            raise TimeIsUp from None
        except OSError as error:
            raise Closed(f"the other side is gone: {error}") from None

    def receive(self):
        """Return the next message.

        If time is up, what has come so far is kept, and another call goes on.

        Raises
        ------
        ChannelError
            If what came is no message; `Closed` if nobody is there.
        TimeIsUp
        """
        self._fill(_LENGTH.size)
        (length,) = _LENGTH.unpack_from(self._came)
        if length > MOST_BYTES:
            raise ChannelError(f"a message of {length} bytes is too long")
        end = _LENGTH.size + length
        if len(self._came) < end:
            self._fill(end)
        data, self._came = self._came[_LENGTH.size : end], self._came[end:]
        return decode(data)

    def close(self):
        """Close the socket."""
        self._connection.close()

    def _fill(self, length):
        # Memory is taken as the bytes come, not as they are announced.
        while len(self._came) < length:
            self._wait()
            try:
                part = self._connection.recv(2**18)
            except TimeoutError:
                raise TimeIsUp from None
            except OSError as error:
                raise Closed(f"the other side is gone: {error}") from None
            if not part:
                raise Closed("the other side is gone")
            self._came += part

    def _wait(self, at_least=0.0):
        """Let the socket wait no longer than it may, to a tenth of a second."""
        now = time.monotonic()
        if self.deadline == self._set_for and now < self._set_at + 0.1:
            return
        left = None if self.deadline is None else max(self.deadline - now, at_least)
        if left == 0:
            raise TimeIsUp
        self._connection.settimeout(left)
        self._set_for, self._set_at = self.deadline, now
