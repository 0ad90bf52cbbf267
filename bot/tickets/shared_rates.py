"""How fast pools are read and bulk runs send: what AWS allows is shared by all of them, in all replicas, in one row.

A process takes a second's worth at a time, a `Window`: so many requests, spread evenly from its beginning. The next
window, whoever takes it, begins where that one ends. A single check or request never waits for this row, reads or
writes it: what those have used is counted in memory, and subtracted once a second.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import case, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.tickets import tables
from bot.tickets.store import Store

WINDOW = 1.0
"""Seconds for which a process takes requests at a time."""

_AHEAD = 0.4
"""Seconds before a window's end at which the next one is taken, so that nobody waits for the database."""

_LONGEST_DEBT = 10.0
"""Seconds for which a row can be used up in advance; more only comes of a clock that was set back."""

_SLOWEST = 0.05
"""Of the rate: however much AWS refuses, a little is tried, or nobody would learn that it lets more through."""

_RECOVERY = 0.05
"""Of the rate that is tried again with each second in which AWS refuses nothing."""

_BY_CHANCE = 0.05
"""Of a window's requests that may be refused without meaning anything: two clocks never agree on a second."""

_MADE_GOOD = 0.7
"""Seconds of a standstill that are made good afterwards: AWS saves up a second's worth at most."""

_LATELY = 10.0
"""Seconds after which a row that nobody takes from is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A number of requests, and when they may leave: spread evenly over its time."""

    starts_in: float
    """Seconds from now."""
    tokens: int
    seconds: float


class SharedRates:
    """The rows, each the rate of one account, Region and category. Safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._own: Counter[str] = Counter()
        self._lock = threading.Lock()

    def window(self, key: str, per_second: float, *, refused: float = 0.0) -> Window:
        """Take the next window. ``refused``: which part of what was taken before AWS has refused, from 0 to 1."""
        row = tables.rate.c
        with self._store.transaction() as connection:
            now = self._store.now(connection)
            new = {"key": key, "taken_until": now, "per_second": per_second, "factor": 1.0, "at": now}
            kind = postgresql if connection.dialect.name == "postgresql" else sqlite
            connection.execute(kind.insert(tables.rate).values(new).on_conflict_do_nothing())
            found = connection.execute(select(tables.rate).where(row.key == key).with_for_update()).one()
            factor = _factor(found.factor, refused, max(0.0, now - found.at))
            seconds = max(WINDOW, 1 / (per_second * factor))
            tokens = max(1, round(per_second * factor * seconds))
            starts = max(now, min(found.taken_until, now + _LONGEST_DEBT))
            taken = {"taken_until": starts + seconds, "per_second": per_second, "factor": factor, "at": now}
            connection.execute(update(tables.rate).where(row.key == key).values(taken))
        return Window(starts_in=starts - now, tokens=tokens, seconds=seconds)

    def count(self, key: str) -> None:
        """Count a request of a single check, or of any other that takes no window. It waits for nothing."""
        with self._lock:
            self._own[key] += 1

    def subtract(self) -> None:
        """Take what was counted off the rows that are in use, once for all requests since the last time."""
        with self._lock:
            own, self._own = self._own, Counter()
        if not own:
            return
        row = tables.rate.c
        with self._store.reading() as connection:
            used = set(connection.execute(select(row.key).where(row.at > self._store.clock - _LATELY)).scalars())
        if not used & own.keys():
            return
        with self._store.transaction() as connection:
            now = self._store.now(connection)
            for key in sorted(used & own.keys()):
                from_now = case((row.taken_until > now, row.taken_until), else_=now)
                later = from_now + own[key] / (row.per_second * row.factor)
                connection.execute(update(tables.rate).where(row.key == key).values(taken_until=later))


def _factor(factor: float, refused: float, seconds: float) -> float:
    """Return which part of the rate is tried next: less by what was refused, or a little more than before."""
    if refused > _BY_CHANCE:
        return max(_SLOWEST, factor * (1 - refused))
    return min(1.0, factor + _RECOVERY * min(seconds, 2 * WINDOW))


class Pacer:
    """Lets requests through at the rate that this process gets. Safe to share between threads."""

    def __init__(
        self,
        take_window: Callable[[float], Window],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """``take_window``: takes the next window, told which part of the last one's requests AWS has refused."""
        self._take_window = take_window
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._due: list[float] = []
        """When each request of the windows at hand may leave, the last first."""
        self._ends = 0.0
        """When the last of these windows ends."""
        self._sent = self._refused = 0

    def take(self, stopped: threading.Event | None = None) -> bool:
        """Return when one more request may leave; False, and sooner, once it is ``stopped``.

        Raises what the database raises.
        """
        with self._lock:
            too_old = self._clock() - _MADE_GOOD
            while self._due and self._due[-1] < too_old:
                self._due.pop()
            if self._clock() > self._ends - _AHEAD or not self._due:
                self._add_window()
            due = self._due.pop()
            self._sent += 1
        wait = due - self._clock()
        if stopped is not None:
            return not stopped.wait(max(0.0, wait))
        if wait > 0:
            self._sleep(wait)
        return True

    def throttled(self) -> None:
        """Note that AWS has refused a request that was let through."""
        with self._lock:
            self._refused += 1

    def _add_window(self) -> None:
        refused = min(1.0, self._refused / self._sent) if self._sent else 0.0
        window = self._take_window(refused)
        self._sent = self._refused = 0
        starts, step = self._clock() + window.starts_in, window.seconds / window.tokens
        self._due = [*(starts + n * step for n in reversed(range(window.tokens))), *self._due]
        self._ends = starts + window.seconds
