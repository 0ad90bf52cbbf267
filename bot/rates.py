"""Keeping below a service's rates: how long Slack asks to wait, an allowance of calls, and answers that are kept."""

import math
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

SHORTEST_WAIT = 1.0
"""Seconds to wait at least, also where Slack doesn't say how long, or says something that can't be."""

LONGEST_WAIT = 300.0
"""Seconds after which Slack is asked again in any case: nobody would notice a wait of a day."""


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float:
    """Return how many seconds an answer's header `Retry-After` asks to wait, within the bounds above.

    The header is a number of seconds or a date (RFC 9110). A date is held against the answer's own `Date`, and against
    ``now`` only where there is none: clocks differ.
    """
    given = {name.lower(): str(value).strip() for name, value in headers.items()}
    asked = given.get("retry-after", "")
    try:
        wait = float(asked)
    except ValueError:
        until, at = _date(asked), _date(given.get("date", "")) or now or datetime.now(UTC)
        wait = (until - at).total_seconds() if until else SHORTEST_WAIT
    return min(LONGEST_WAIT, max(SHORTEST_WAIT, wait)) if not math.isnan(wait) else SHORTEST_WAIT


def _date(text: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


class UsedUp(Exception):
    """A call can't be made within the time that somebody would wait for it."""


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
        """Let nobody through for a while, because the service asks for it."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock() + seconds)


_KEPT_FOR = 60.0
"""Seconds. What an operator changes shows after that long at the latest."""


class Remembered:
    """Answers by what was asked, None for "not there". Shared by all threads; one that didn't come is never kept."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[Hashable, tuple[float, Mapping[str, Any] | None]] = {}

    def answer(self, key: Hashable, read: Callable[[], Mapping[str, Any] | None]) -> Mapping[str, Any] | None:
        """Return what is kept for ``key``, or read it. Two who ask at the same time may both read."""
        with self._lock:
            until, answer = self._kept.get(key, (float("-inf"), None))
        if self._clock() < until:
            return answer
        answer = read()
        with self._lock:
            self._kept[key] = (self._clock() + _KEPT_FOR, answer)
        return answer
