"""The end that a signal asks for: noticed at once, in whichever thread the system delivers it."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def ending(*signals: signal.Signals) -> Iterator[Callable[[], None]]:
    """Catch these signals, and give a function that returns once one of them has come. For the main thread only.

    An `Event` that a handler sets won't do. Python runs handlers in the main thread, which sleeps on when the system
    has given the signal to another one; and a handler may interrupt that very `Event` while its lock is held.
    """
    hears, speaks = socket.socketpair()
    with hears, speaks:
        speaks.setblocking(False)
        before = signal.set_wakeup_fd(speaks.fileno(), warn_on_full_buffer=False)
        for each in signals:
            signal.signal(each, lambda *_: None)

        def wait() -> None:
            while hears.recv(1)[0] not in signals:
                pass

        try:
            yield wait
        finally:
            signal.set_wakeup_fd(before)
