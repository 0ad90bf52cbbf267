"""One WebSocket to Slack, from its opening to its end; a thread of its own reads it.

The WebSocket itself is the SDK's. What it lacks is added here: it takes the end of the stream for silence and reads on
as fast as it can; it forgets the beginning of a message whose rest is late; it calls itself once for each piece of what
comes without a pause, until Python stops it and all that came is lost; and its `close` waits for a blocked read, up to
as long as the read may take.
"""

import errno
import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin.connection import Connection, ConnectionState

_PATIENCE = 10.0
"""Seconds for each step of the handshake, and for one write."""

_AT_ONCE = 65536
"""Bytes that are read at once at most."""

_quiet = logging.getLogger(f"{__name__}.sdk")
_quiet.setLevel(logging.CRITICAL + 1)
"""The SDK logs every failed attempt, most of them twice; `bot.slack.client` logs each trouble once."""


class Stream:
    """A socket that gives one whole frame at a time, however much has come.

    Its end is an error, as it is for everybody who waits for more; no error once it was asked to end.
    """

    def __init__(self, stream: socket.socket, expected: Callable[[], bool]) -> None:
        self._stream = stream
        self._expected = expected
        self._received = bytearray()
        """What has come and wasn't given yet."""
        self._is_new = True
        self.heard_at = time.monotonic()
        """When anything came last, be it a ping."""

    def recv(self, _size: int) -> bytes:
        """Wait for a whole frame, and return it, whatever its size. Raises `ConnectionResetError`."""
        while (length := _length_of_frame(self._received)) is None or len(self._received) < length:
            some = self._awaited(_AT_ONCE)
            if not some:
                if self._expected():
                    return b""
                raise ConnectionResetError(errno.ECONNRESET, "Slack has ended the connection without a word")
            self.heard_at = time.monotonic()
            if self._is_new:
                # The SDK stops one byte before the end of the handshake's answer.
                some, self._is_new = some.removeprefix(b"\n"), False
            self._received += some
        frame = bytes(self._received[:length])
        del self._received[:length]
        return frame

    def _awaited(self, size: int) -> bytes:
        while True:
            # Between two messages the SDK would simply ask again; within one it would lose what it has.
            with suppress(TimeoutError):
                return self._stream.recv(size)

    def send(self, data: bytes) -> int:
        """Send all of it, where a socket may send a part."""
        self._stream.sendall(data)
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _length_of_frame(received: bytes | bytearray) -> int | None:
    """Return how many bytes the frame has that begins here (RFC 6455, 5.2); None while its header isn't whole."""
    if len(received) < 2:
        return None
    said = received[1] & 0x7F
    # A server's frames have no mask, which would make the header longer.
    begins = {126: 4, 127: 10}.get(said, 2)
    if len(received) < begins:
        return None
    return begins + (int.from_bytes(received[2:begins], "big") if begins > 2 else said)


class WebSocket:
    """A connection that was asked for with a single-use address.

    ``hears`` is called with every message, ``ended`` once, both on the thread that reads.
    """

    def __init__(
        self,
        url: str,
        web_client: WebClient,
        *,
        number: int,
        hears: Callable[["WebSocket", str], None],
        ended: Callable[["WebSocket"], None],
    ) -> None:
        self.number = number
        """How many this program has opened by now."""
        self.greeted_at: float | None = None
        """When Slack said hello, by `time.monotonic`; None before that."""
        self.told: int | None = None
        """How many connections of the app there were then, by Slack's count."""
        self.leaving = ""
        """Why this one is about to end; empty while it isn't."""
        self.leaving_since = 0.0
        self.is_over = False
        self._ended = ended
        self._state = ConnectionState()  # type: ignore[no-untyped-call] # the SDK doesn't say what it returns
        self._broke: Exception | None = None
        self._stream: Stream | None = None
        self._reader = threading.Thread(target=self._read, name=f"socket-reading-{number}", daemon=True)
        self._sdk = Connection(
            url=url,
            logger=_quiet,
            proxy=web_client.proxy,
            receive_timeout=_PATIENCE,
            on_message_listener=partial(hears, self),
            on_error_listener=self._note,
            ssl_context=web_client.ssl,
        )

    @property
    def id(self) -> str:
        """A name that no other connection has, in whatever process."""
        return self._sdk.session_id

    @property
    def was_cut(self) -> bool:
        """Whether it ended without a word from either side, so that Slack may not know of it yet."""
        return self._broke is not None and not self.leaving

    @property
    def is_good(self) -> bool:
        """Whether Slack delivers over it and hasn't said that it will end."""
        return self.greeted_at is not None and not self.leaving and not self.is_over

    def open(self) -> None:
        """Connect and begin to read. Raises whatever kept it from connecting."""
        self._sdk.connect()
        stream = self._sdk.sock
        if stream is None:
            raise self._broke or ConnectionError("the handshake was refused")
        self._stream = Stream(stream, lambda: self._state.terminated)
        self._sdk.sock = self._stream  # type: ignore[assignment] # as good as one
        self._reader.start()

    def send(self, text: str) -> None:
        """Send one message. Raises `SlackClientNotConnectedError`."""
        self._sdk.send(text)

    def ping(self) -> None:
        """Ask for a sign of life. Raises `OSError`."""
        self._sdk.ping(self.id)

    def seconds_silent(self) -> float:
        """Return for how long nothing has come."""
        return time.monotonic() - self._stream.heard_at if self._stream else 0.0

    def end(self) -> None:
        """End it now, without waiting for the one who reads: for that thread this is the end of the stream."""
        self._state.terminated = True
        if self._stream is not None:
            with suppress(OSError):
                self._stream.shutdown(socket.SHUT_RDWR)

    def drop(self, error: Exception) -> None:
        """End it because of something that Slack may not know of."""
        self._broke = error
        self.end()

    def join(self) -> None:
        """Wait until nobody reads any more."""
        if self._reader.ident is not None:
            self._reader.join()

    def _note(self, error: Exception) -> None:
        self._broke = error

    def _read(self) -> None:
        try:
            self._sdk.run_until_completion(self._state)
        finally:
            self._sdk.disconnect()
            self._ended(self)
