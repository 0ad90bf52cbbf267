"""Does what nobody clicks for, every few seconds in every replica: deadlines, reminders, and what a crash left behind.

Everything it finds it takes up by compare-and-set, so that any number of replicas may find the same. What somebody
else has locked it leaves for the next look, and leases are renewed by a thread that does nothing else: neither a lock
nor a long list of deadlines may let them end.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import ColumnElement, and_, exists, or_, select, update

from bot.repeated import Repeated
from bot.ticket import Event, State
from bot.tickets import tables
from bot.tickets.runner import Runner
from bot.tickets.transitions import Tickets
from bot.timings import UNHURRIED

_log = logging.getLogger(__name__)
_ticket = tables.ticket.c
_IS_ESCALATED = exists().where(tables.audit.c.ticket == _ticket.id, tables.audit.c.event == Event.ESCALATED.value)


_IS_BULK = exists().where(tables.bulk_run.c.ticket == _ticket.id)
"""It concerns many people: `bot.tickets.bulk_runs` runs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Who is told of a request that nobody decides."""

    to: tuple[str, ...]
    """Slack ids."""
    after: float
    """Seconds from when it was asked."""


@dataclass(frozen=True, slots=True)
class _Due:
    expire: tuple[int, ...]
    remind: tuple[int, ...]
    escalate: tuple[int, ...]
    run: tuple[int, ...]
    """Approved and not begun, or begun by a process that has gone silent."""


class Sweeper:
    """The threads that look after the tickets."""

    def __init__(
        self,
        tickets: Tickets,
        runner: Runner,
        *,
        every: float = UNHURRIED.sweep,
        escalation: Escalation | None = None,
    ) -> None:
        """``escalation``: None where nobody but the leads is told."""
        self._tickets = tickets
        self._escalation = escalation
        self._store = tickets.store
        self._runner = runner
        self._looking = Repeated(self.look, name="sweeper", every=every, broken=_failed)
        self._repeated = (Repeated(self.keep, name="leases", every=every, broken=_failed), self._looking)

    @property
    def threads(self) -> tuple[threading.Thread, ...]:
        """Those that do all of it."""
        return tuple(each.thread for each in self._repeated)

    @property
    def seconds_idle(self) -> float:
        """How long ago it last did what it is there for; infinity if it hasn't yet."""
        return max(each.beat.seconds for each in self._repeated)

    def start(self) -> None:
        """Begin to look, at once and then every few seconds."""
        for each in self._repeated:
            each.start()

    def stop(self, seconds: float) -> None:
        """Look no more."""
        until = time.monotonic() + seconds
        for each in self._repeated:
            # None begins anything while another is waited for.
            each.stop(0.0)
        for each in self._repeated:
            each.stop(max(0.0, until - time.monotonic()))

    def sweep(self) -> None:
        """Do everything once."""
        self.keep()
        self.look()

    def keep(self) -> None:
        """Renew the leases of what this process runs and sends."""
        try:
            self._runner.keep()
        finally:
            self._tickets.outbox.keep()

    def look(self) -> None:
        """Take up what is due."""
        self._runner.shorten()
        self._tickets.outbox.shorten()
        due = self._due()
        self._each(due.expire, self._expire)
        self._each(due.remind, self._remind)
        self._each(due.escalate, self._escalate)
        self._each(due.run, partial(self._runner.start, waits=False))

    def _each(self, numbers: tuple[int, ...], take_up: Callable[[int], None]) -> None:
        for number in numbers:
            try:
                take_up(number)
            except Exception:  # one ticket that can't be taken up must not keep the others waiting
                _log.exception("ticket %d could not be taken up", number)
            # However many there are, it goes on.
            self._looking.beat()

    def _due(self) -> _Due:
        with self._store.reading() as connection:
            now = self._store.now(connection)

            def which(*conditions: ColumnElement[bool]) -> tuple[int, ...]:
                rows = connection.execute(select(_ticket.id).where(*conditions).order_by(_ticket.id))
                return tuple(rows.scalars())

            pending, approved = _ticket.state == State.PENDING.value, _ticket.state == State.APPROVED.value
            half_time = (_ticket.created_at + _ticket.expires_at) / 2 <= now
            # One that waits for Slack to say who may do what is tried again when its time has come.
            not_waiting = or_(_ticket.lease_until.is_(None), _ticket.lease_until <= now)
            orphaned = and_(approved, _ticket.expires_at > now, not_waiting, ~_IS_BULK)
            silent = and_(_ticket.state == State.RUNNING.value, _ticket.lease_until < now)
            return _Due(
                expire=which(or_(pending, approved), _ticket.expires_at <= now),
                remind=which(pending, _ticket.expires_at > now, _ticket.reminded_at.is_(None), half_time),
                escalate=which(
                    pending,
                    _ticket.expires_at > now,
                    _ticket.created_at <= now - self._escalation.after,
                    ~_IS_ESCALATED,
                )
                if self._escalation
                else (),
                run=which(or_(orphaned, silent)),
            )

    def _expire(self, number: int) -> None:
        with self._tickets.transaction() as connection:
            ticket = self._tickets.lock(connection, number, waits=False)
            if ticket is not None and ticket.state in (State.PENDING, State.APPROVED):
                self._tickets.transition(connection, ticket, State.EXPIRED, Event.EXPIRED)

    def _remind(self, number: int) -> None:
        with self._tickets.transaction() as connection:
            ticket = self._tickets.lock(connection, number, waits=False)
            first = (
                update(tables.ticket)
                .where(_ticket.id == number, _ticket.state == State.PENDING.value, _ticket.reminded_at.is_(None))
                .values(reminded_at=self._store.now(connection))
            )
            if ticket is not None and connection.execute(first).rowcount == 1:
                self._tickets.remind(connection, Event.REMINDED, ticket)

    def _escalate(self, number: int) -> None:
        assert self._escalation is not None
        with self._tickets.transaction() as connection:
            # Who holds the row is the only one who reads and writes whether it was done.
            ticket = self._tickets.lock(connection, number, waits=False)
            done = select(tables.audit.c.id).where(
                tables.audit.c.ticket == number, tables.audit.c.event == Event.ESCALATED.value
            )
            if ticket is None or ticket.state is not State.PENDING or connection.execute(done.limit(1)).first():
                return
            detail = {"to": list(self._escalation.to)}
            self._tickets.remind(connection, Event.ESCALATED, ticket, detail=detail)


def _failed(error: Exception) -> None:
    # Mostly the database is away.
    _log.error("could not look after the tickets; trying again", exc_info=error)
