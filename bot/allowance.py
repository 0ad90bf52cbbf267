"""Keeps the desk below a service's rates: who comes too soon waits for their turn, but not for ever."""

import threading
import time
from collections.abc import Callable


class UsedUp(Exception):
    """The turn would come too late."""


class Allowance:
    """So many calls a minute, a few of them at once. Safe to share between threads."""

    def __init__(
        self,
        *,
        a_minute: float,
        at_once: int,
        patience: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """``patience`` is how many seconds somebody waits for their turn at most."""
        self._interval = 60.0 / a_minute
        self._slack = self._interval * (at_once - 1)
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._used_until = 0.0
        """When everything that was taken would have been taken at an even pace."""
        self._closed_until = 0.0

    def take(self, *, patience: float | None = None) -> None:
        """Return when one more call may be made. Raises `UsedUp` at once when that would take too long.

        ``patience`` takes the place of the allowance's own.
        """
        patience = self._patience if patience is None else patience
        with self._lock:
            now = self._clock()
            due = max(now, self._used_until - self._slack, self._closed_until)
            if due - now > patience:
                raise UsedUp
            self._used_until = max(self._used_until, due) + self._interval
        # With nothing to wait for there is nothing to sleep for: a thread that sleeps gives its place away.
        if due > now:
            self._sleep(due - now)

    def close(self, seconds: float) -> None:
        """Let nobody through for a while, because whoever set the rate asks for it."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock() + seconds)
