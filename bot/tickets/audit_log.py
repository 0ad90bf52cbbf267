"""One line in the log for each row of the audit, once the transaction that wrote it has committed.

A line says who did what to which ticket, and never a word of the row's detail: that may name customers.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Double, Engine, event, literal_column, select

from bot.redaction import as_text
from bot.ticket import Event
from bot.tickets import tables

log = logging.getLogger(__name__)

_KEY = "audit log"
"""Under which a connection keeps what is to be logged after its commit."""

_REMEMBERED = 10_000
"""Tickets, and calls under way, that are known by heart."""

_OF_CALLS = frozenset({Event.SENT, Event.CALL_FAILED})


@dataclass(frozen=True, slots=True)
class _Asked:
    """What never changes of a ticket."""

    scenario: str
    pool: str
    at: float
    """When it was asked, by `time.monotonic` of this process."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that has begun."""

    operation: str
    at: float
    """By `time.monotonic`."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the audit."""

    event: Event
    ticket: int | None
    person: str
    detail: Mapping[str, Any]
    at: float
    """By `time.monotonic`."""

    @property
    def call(self) -> tuple[object, ...]:
        """What tells the call that it is about from every other one under way."""
        if "call" in self.detail:
            return self.ticket, self.detail["call"]
        return self.ticket, self.person, self.detail.get("operation")


@dataclass(slots=True)
class Noted:
    """What one transaction has written into the audit by now."""

    rows: list[_Row] = field(default_factory=list)
    asked: dict[int, _Asked] = field(default_factory=dict)
    """The tickets that nobody knew by heart."""
    savepoints: list[int] = field(default_factory=list)
    """How many rows there were at each savepoint that is open, outermost first."""


class AuditLog:
    """Logs what a database's transactions write into its audit. Safe to share between threads."""

    def __init__(self, engine: Engine, now: str) -> None:
        """``now``: the database's time in SQL, in seconds since 1970."""
        self._now = literal_column(now, Double)
        self._lock = threading.Lock()
        self._asked = OrderedDict[int, _Asked]()
        self._calls = OrderedDict[tuple[object, ...], _Call]()
        event.listen(engine, "savepoint", _mark)
        event.listen(engine, "rollback_savepoint", _forget)
        event.listen(engine, "release_savepoint", _keep)

    def begin(self, connection: Connection) -> Noted:
        """Return what a transaction that begins now is going to write; whoever commits it hands that to `write`."""
        noted = Noted()
        connection.info[_KEY] = noted
        return noted

    def note(
        self, connection: Connection, event: Event, *, ticket: int | None, person: str, detail: Mapping[str, Any]
    ) -> None:
        """Note a row that its transaction has yet to commit."""
        noted: Noted = connection.info[_KEY]
        noted.rows.append(_Row(event, ticket, person, detail, time.monotonic()))
        if ticket is None or ticket in noted.asked or ticket in self._asked:
            return
        row = tables.ticket.c
        query = select(row.scenario, row.pool, self._now - row.created_at).where(row.id == ticket)
        if (found := connection.execute(query).one_or_none()) is not None:
            scenario, pool, seconds = found
            noted.asked[ticket] = _Asked(scenario, pool, time.monotonic() - float(seconds))

    def write(self, noted: Noted) -> None:
        """Log what has been committed."""
        for row in noted.rows:
            fields = self._fields(row, noted)
            log.info("%s", as_text(fields), extra=fields)
        if noted.asked:
            with self._lock:
                self._asked.update(noted.asked)
                _shorten(self._asked)

    def _fields(self, row: _Row, noted: Noted) -> dict[str, str | int | float]:
        asked = self._asked.get(row.ticket) or noted.asked.get(row.ticket) if row.ticket is not None else None
        call = self._call(row)
        # A call that another process has begun has no known beginning.
        since = call if row.event in _OF_CALLS else asked
        fields = {
            "event": row.event.value,
            "ticket": row.ticket,
            "person": row.person,
            "pool": asked.pool if asked else row.detail.get("pool"),
            "scenario": asked.scenario if asked else None,
            "call": row.detail.get("call"),
            "operation": call.operation if call else None,
            "code": row.detail.get("code"),
            "duration": round(row.at - since.at, 3) if since else None,
            "request_id": row.detail.get("request_id"),
        }
        return {name: value for name, value in fields.items() if value is not None and value != ""}

    def _call(self, row: _Row) -> _Call | None:
        """Return the call that a row is about, None where it is about none."""
        with self._lock:
            if row.event is Event.SENDING:
                begun = self._calls[row.call] = _Call(str(row.detail.get("operation", "")), row.at)
                _shorten(self._calls)
                return begun
            return self._calls.pop(row.call, None) if row.event in _OF_CALLS else None


def _mark(connection: Connection, _name: object) -> None:
    if (noted := connection.info.get(_KEY)) is not None:
        noted.savepoints.append(len(noted.rows))


def _forget(connection: Connection, _name: object, _context: object) -> None:
    if (noted := connection.info.get(_KEY)) is not None:
        del noted.rows[noted.savepoints.pop() :]


def _keep(connection: Connection, _name: object, _context: object) -> None:
    if (noted := connection.info.get(_KEY)) is not None:
        noted.savepoints.pop()


def _shorten(known: OrderedDict[Any, Any]) -> None:
    while len(known) > _REMEMBERED:
        known.popitem(last=False)
