"""What is read of a WebSocket: frame by frame, however much has come and however it was cut up on the way."""

import inspect
import logging
import random
import socket
from collections.abc import Iterator, Sequence
from threading import Lock

import pytest
from slack_sdk.socket_mode.builtin.internals import _fetch_messages, _receive_messages

from bot.slack.web_socket import Stream

LENGTHS = (1, 2, 124, 125, 126, 127, 128, 1000, 65535, 65536, 70000)
"""Of messages: around where the header grows, and longer than what is read at once."""


def frame(text: bytes) -> bytes:
    """Return what a server sends of one message."""
    if len(text) < 126:
        return bytes([0x81, len(text)]) + text
    if len(text) < 65536:
        return bytes([0x81, 126]) + len(text).to_bytes(2, "big") + text
    return bytes([0x81, 127]) + len(text).to_bytes(8, "big") + text


class Wire(socket.socket):
    """A socket on which this comes, in these pieces, without a pause, and then its end."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = b""

    def recv(self, size: int, _flags: int = 0) -> bytes:
        piece = self._rest or next(self._pieces, b"")
        self._rest = piece[size:]
        return piece[:size]


def heard(sent: bytes, sizes: Sequence[int] = (65536,), *, ended: bool = True) -> list[bytes]:
    """Read what is sent in pieces of these sizes, as the SDK reads, until the end."""
    left, chosen = memoryview(sent), random.Random(4)  # noqa: S311 - the same cuts each time, no secret

    def pieces() -> Iterator[bytes]:
        begins = 0
        while begins < len(left):
            size = chosen.choice(sizes)
            yield bytes(left[begins : begins + size])
            begins += size

    found = list[bytes]()
    with Wire(pieces()) as wire:
        stream = Stream(wire, lambda: ended)
        # The SDK reads from whatever has a socket's methods.
        while messages := _receive_messages(stream, Lock(), logging.getLogger(__name__)):  # type: ignore[arg-type]
            found += [data for _, data in messages]
    return found


def test_thousands_of_messages_that_come_without_a_pause_are_all_heard() -> None:
    said = [b"%d" % n * (1 + n % 300) for n in range(5000)]

    assert heard(b"".join(map(frame, said))) == said


@pytest.mark.parametrize("sizes", [(1,), (1, 2, 3), (5, 1000), (65536,)], ids=str)
def test_however_messages_are_cut_up_they_are_heard_whole(sizes: tuple[int, ...]) -> None:
    said = [bytes([65 + n]) * length for n, length in enumerate(LENGTHS)]

    assert heard(b"".join(map(frame, said)), sizes) == said


@pytest.mark.parametrize("cut", [1, 3, 500])
def test_an_end_within_a_message_is_an_error_and_what_came_before_is_heard(cut: int) -> None:
    sent = frame(b"whole") + frame(b"x" * 1000)[:cut]
    with Wire(iter([sent])) as wire:
        stream = Stream(wire, lambda: False)
        assert stream.recv(1024) == frame(b"whole")
        with pytest.raises(ConnectionResetError, match="without a word"):
            stream.recv(1024)


def test_what_is_left_of_the_handshake_is_no_message() -> None:
    assert "# \\n" in inspect.getsource(_fetch_messages), "the SDK knows that it leaves it"

    assert heard(b"\n" + frame(b"hello") + frame(b"more")) == [b"hello", b"more"]
    assert heard(b"\n" + frame(b"hello") + frame(b"more"), (1,)) == [b"hello", b"more"]


def test_an_end_that_was_asked_for_is_none() -> None:
    assert heard(frame(b"whole") + frame(b"x" * 1000)[:500]) == [b"whole"]
