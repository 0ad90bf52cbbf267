"""One process's part in reading a pool: several chains of pages side by side, at the rate that all of them share."""

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from bot.answer import Refused
from bot.aws.pool_reader import NoAnswer, Page, Restart, SlowDown
from bot.cognito import User
from bot.pool_check import parts
from bot.pool_check.checks import PoolCheck, PoolChecks
from bot.pool_check.spool import Read, Spool, rows_of
from bot.words import Words

log = logging.getLogger(__name__)

_PATIENCE = 300.0
"""Seconds for which AWS may not answer before the check fails."""

_LONGEST_PAUSE = 20.0
_LOOK_AGAIN = 1.0
"""Seconds after which a chain without a part looks again whether another process has left one."""

_DRAW = 5.0
"""Seconds between two drawings of the progress; Slack takes few edits a minute."""

_FEWEST, _MOST = 4, 64
"""Chains of one process: each of them has a page in memory now and then."""

_SPARE = 2.5
"""Times as many chains as keep up the rate where each page takes as long as the last ones did."""

_LIKE_BEFORE = 0.9
"""How much what a page takes counts that was known before the last one came."""


def chains_for(per_second: float, page_seconds: float) -> int:
    """Return how many chains keep up a rate of pages, if each page takes so long."""
    return min(_MOST, max(_FEWEST, math.ceil(per_second * page_seconds * _SPARE)))


class Source(Protocol):
    """Where the pages come from."""

    def page(self, prefix: str, token: str) -> Page:
        """Return a page. Raises `SlowDown`, `NoAnswer`, `Restart` and `Refused`."""


class Turns(Protocol):
    """Lets requests through at the shared rate."""

    def take(self, stopped: threading.Event) -> bool:
        """Wait for one's turn. Return False, and sooner, once it is stopped."""

    def throttled(self) -> None:
        """Note that AWS refused a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a reading works with."""

    checks: PoolChecks
    source: Source
    turns: Turns
    shape_of: Callable[[User], str]
    lease: float
    """Seconds after which a part whose process has gone silent is another's; longer than any page takes."""


class _Stopped(Exception):
    """Nothing more is to be read."""


class Reading:
    """Reads a check's parts until none is left. `start` it once."""

    def __init__(self, check: PoolCheck, context: Context) -> None:
        self._check = check
        self._context = context
        self._store = context.checks.store
        self._stopped = threading.Event()
        self._mine: set[parts.Taken] = set()
        self._lock = threading.Lock()
        self._news = threading.Condition()
        """Told when there are new parts, and when there is nothing more to do."""
        self._chains: list[threading.Thread] = []
        self._page_seconds = 0.0
        """What a page takes, as the last ones did."""
        self._thread = threading.Thread(target=self._watch, name="pool-read", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether it still reads."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Read no more, within so many seconds. What is half read is read again later."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _watch(self) -> None:
        """Start the chains, keep their parts, and have the progress drawn, until they have ended."""
        self._spool = Spool(self._store, self._check.id, broken=_failed, done=self._stopped.set)
        self._add_chains()
        drawn = time.monotonic()
        while any(each.is_alive() for each in self._chains):
            self._stopped.wait(min(1.0, self._context.lease / 4))
            if time.monotonic() - drawn >= _DRAW and not self._stopped.is_set():
                drawn = time.monotonic()
                self._try(self._draw)
            self._try(self._keep)
            if self._stopped.is_set():
                for each in self._chains:
                    each.join()
        self._spool.close()
        self._try(lambda: self._context.checks.has_been_read(self._check.id))

    def _keep(self) -> None:
        if not self._context.checks.is_reading(self._check.id):
            self._stopped.set()
            return
        with self._lock:
            mine = set(self._mine)
        with self._store.transaction() as connection:
            now = self._store.now(connection)
            parts.renew(connection, self._check.id, mine, now=now, lease=self._context.lease)

    def _add_chains(self) -> None:
        """Begin more chains, where those that there are can't keep up the rate."""
        with self._lock:
            for n in range(len(self._chains), chains_for(self._check.plan.per_second, self._page_seconds)):
                if not self._stopped.is_set():
                    self._chains.append(threading.Thread(target=self._chain, name=f"pool-read-{n}", daemon=True))
                    self._chains[-1].start()

    def _draw(self) -> None:
        with self._store.transaction() as connection:
            self._context.checks.keep_drawing(connection, self._check.id)
        self._context.checks.wake()

    def _chain(self) -> None:
        while not self._stopped.is_set():
            try:
                taken = self._take()
                if taken is None:
                    if self._all_read():
                        return
                    with self._news:
                        self._news.wait(_LOOK_AGAIN)
                    continue
                self._read_part(taken)
            except Refused as refused:
                self._give_up(refused.words)
            except SQLAlchemyError as error:  # the database may be away for a moment
                _failed(error)
                self._stopped.wait(1.0)
            except Exception as error:  # nobody waits for this thread, and the check has to go on
                log.exception("a part of a pool couldn't be read (%s)", type(error).__name__)
                self._stopped.wait(1.0)

    def _take(self) -> parts.Taken | None:
        with self._store.reading() as connection:
            # Most of those who look in vain don't have to wait for their turn to write.
            if not parts.is_any_free(connection, self._check.id, now=self._store.now(connection)):
                return None
        with self._store.transaction() as connection:
            now = self._store.now(connection)
            taken = parts.take(connection, self._check.id, now=now, lease=self._context.lease)
        if taken is not None:
            with self._lock:
                self._mine.add(taken)
        return taken

    def _all_read(self) -> bool:
        with self._store.reading() as connection:
            return parts.progress(connection, self._check.id).left == 0

    def _read_part(self, taken: parts.Taken) -> None:
        try:
            token, pages = "", 0
            while True:
                try:
                    page = self._page(taken.prefix, token)
                except Restart:
                    token, pages = "", 0
                    taken = self._restart(taken)
                    continue
                pages += 1
                if page.next and pages in (1, parts.SURE) and self._is_split(taken, pages):
                    return
                if self._spool.has_lost(taken):
                    return
                rows = tuple(rows_of(page, self._check.id, self._context.shape_of))
                read, token = Read(part=taken, rows=rows, is_last=not page.next), page.next
                # Most chains wait most of the time: none of them is to keep its last page in memory until the next.
                del page, rows
                self._spool.put(read)
                del read
                if not token:
                    return
        except _Stopped:
            return
        finally:
            with self._lock:
                self._mine.discard(taken)

    def _restart(self, taken: parts.Taken) -> parts.Taken:
        with self._store.transaction() as connection:
            once_more = parts.restart(connection, self._check.id, taken)
        if once_more is None:
            raise _Stopped
        with self._lock:
            self._mine.discard(taken)
            self._mine.add(once_more)
        return once_more

    def _is_split(self, taken: parts.Taken, pages: int) -> bool:
        estimate = self._check.plan.estimate
        with self._store.reading() as connection:
            worth = parts.is_worth_splitting(connection, self._check.id, taken.prefix, pages=pages, estimate=estimate)
        if not worth:
            return False
        with self._store.transaction() as connection:
            is_split = parts.split(connection, self._check.id, taken)
        with self._news:
            self._news.notify_all()
        return is_split

    def _page(self, prefix: str, token: str) -> Page:
        """Return a page, however often it has to be asked for. Raises `Refused` when AWS is silent for too long."""
        silent_since, pause = time.monotonic(), 0.5
        while True:
            if not self._context.turns.take(self._stopped):
                raise _Stopped
            began = time.monotonic()
            try:
                page = self._context.source.page(prefix, token)
            except SlowDown:
                self._context.turns.throttled()
            except NoAnswer as no_answer:
                if time.monotonic() - silent_since > _PATIENCE:
                    raise Refused(no_answer.words) from None
                self._stopped.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                self._learn(time.monotonic() - began)
                return page

    def _learn(self, seconds: float) -> None:
        """Take note of what a page took."""
        with self._lock:
            known = self._page_seconds or seconds
            self._page_seconds = _LIKE_BEFORE * known + (1 - _LIKE_BEFORE) * seconds
        self._add_chains()

    def _give_up(self, words: Words) -> None:
        self._stopped.set()
        self._context.checks.failed(self._check.id, words)

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
        except SQLAlchemyError as error:  # it is tried again
            _failed(error)


def _failed(error: Exception) -> None:
    log.warning("reading a pool: the database can't be used (%s); trying again", type(error).__name__)
