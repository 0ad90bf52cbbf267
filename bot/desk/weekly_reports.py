"""Begins the checks of whole pools that the settings ask for once a week. Each scheduled time gets one, of one desk."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from bot.answer import Refused
from bot.pool_check.checks import PoolChecks
from bot.repeated import Repeated
from bot.settings import PoolSettings
from bot.tickets.store import moment
from bot.timings import UNHURRIED
from bot.words import Words

log = logging.getLogger(__name__)

_LATE = timedelta(days=1)
"""How much later than its time a report is still begun, when no desk ran then, or the pool was being checked."""


class Begins(Protocol):
    """Begins one check."""

    def begin(self) -> object:
        """Begin it. Raises `Refused`."""


class Scheduled(Protocol):
    """Knows how the check of a scheduled time is begun."""

    def __call__(self, pool: str, channel: str, due: float) -> Begins:
        """Return what begins it; ``due`` in seconds since 1970."""


class Objection(Protocol):
    """Knows what speaks against posting in a channel."""

    def __call__(self, channel: str, *, elsewhere: bool) -> Words | None:
        """Return it, None for nothing."""


class WeeklyReports:
    """The thread that looks whether it is time. `start` it once, `stop` it once."""

    def __init__(
        self,
        checks: PoolChecks,
        scheduled: Scheduled,
        pools: Mapping[str, PoolSettings],
        *,
        objection: Objection,
        every: float = UNHURRIED.reports,
    ) -> None:
        self._checks = checks
        self._scheduled = scheduled
        self._objection = objection
        self._reports = {
            name: (each.report, each.report_channel)
            for name, each in pools.items()
            if each.report is not None and each.report_channel is not None
        }
        self._told: dict[str, tuple[float, str]] = {}
        """What the operator was told last of a pool, and of which time."""
        self._repeated = Repeated(self._look, name="weekly-reports", every=every, broken=_failed)

    def start(self) -> None:
        """Begin to look, if there is any report to begin."""
        if self._reports:
            self._repeated.start()

    def stop(self, seconds: float) -> None:
        """Look no more. What is due is begun by the next desk that runs."""
        self._repeated.stop(seconds)

    def begin_due(self, now: datetime) -> None:
        """Begin the report of every pool whose time has come and that has none yet."""
        for pool, (report, channel) in self._reports.items():
            came = report.last(now)
            if now - came > _LATE:
                continue
            try:
                self._begin(pool, channel, came.timestamp())
            except Exception as error:  # the others' reports don't wait for that one
                _failed(error)

    def _look(self) -> None:
        with self._checks.store.reading() as connection:
            now = self._checks.store.now(connection)
        self.begin_due(moment(now))

    def _begin(self, pool: str, channel: str, due: float) -> None:
        if self._checks.has_begun(pool, due):
            return
        # It is asked at each report: a channel may have been shared with others since.
        if (words := self._objection(channel, elsewhere=True)) is not None:
            self._tell(pool, due, words)
            return
        try:
            self._scheduled(pool, channel, due).begin()
        except Refused as refused:
            # Another desk may have been faster.
            if not self._checks.has_begun(pool, due):
                self._tell(pool, due, refused.words)

    def _tell(self, pool: str, due: float, words: Words) -> None:
        told = (due, words.plain())
        if self._told.get(pool) != told:
            self._told[pool] = told
            log.warning("the weekly report of pool %s can't be begun yet, and is tried again: %s", pool, told[1])


def _failed(error: Exception) -> None:
    log.warning("whether a weekly report is due can't be seen (%s); trying again", type(error).__name__)
