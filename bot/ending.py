"""The end that a signal asks for, or a thread of the program: noticed at once, wherever it comes from."""

import logging
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

log = logging.getLogger(__name__)

_FROM_A_THREAD = 0
"""No signal has this number."""


class Wait(Protocol):
    """Waits for the end to be asked for."""

    def __call__(self, seconds: float | None = None) -> bool:
        """Return whether it was, after so many seconds at most; with None, as soon as it is."""
        ...


class End:
    """What any thread asks for the end with, when something is wrong that no waiting changes."""

    def __init__(self) -> None:
        self._first = threading.Lock()
        self._wake: Callable[[], None] | None = None
        self.reason = ""
        """What is wrong; empty while nobody has asked."""

    def because(self, reason: str) -> None:
        """Ask for the end, and say in the log why. What is wrong besides is not said."""
        with self._first:
            if self.reason:
                return
            self.reason = reason
        log.critical("the desk ends: %s", reason)
        if self._wake is not None:
            self._wake()

    def wakes(self, wake: Callable[[], None]) -> None:
        """Say how to wake the one who waits."""
        self._wake = wake


@contextmanager
def ending(*signals: signal.Signals, end: End | None = None) -> Iterator[Wait]:
    """Catch these signals, and give a function that returns once one of them has come, or ``end`` was asked for.

    For the main thread only. An `Event` that a handler sets won't do. Python runs handlers in the main thread, which
    sleeps on when the system has given the signal to another one; and a handler may interrupt that very `Event` while
    its lock is held.
    """
    end = end or End()
    hears, speaks = socket.socketpair()
    with hears, speaks:
        speaks.setblocking(False)
        before = signal.set_wakeup_fd(speaks.fileno(), warn_on_full_buffer=False)
        for each in signals:
            signal.signal(each, lambda *_: None)
        asked = False

        def wake() -> None:
            # Full of signals, it wakes the one who waits as well; closed, nobody waits any more.
            with suppress(OSError):
                speaks.send(bytes([_FROM_A_THREAD]))

        def wait(seconds: float | None = None) -> bool:
            nonlocal asked
            while not (asked or end.reason) and select.select([hears], [], [], seconds)[0]:
                asked = hears.recv(1)[0] in signals
            return asked or bool(end.reason)

        end.wakes(wake)
        try:
            yield wait
        finally:
            signal.set_wakeup_fd(before)
