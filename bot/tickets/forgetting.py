"""What names customers is removed: of one of them at the operator's wish, of all when it is old enough.

Who did what, when, stays in the audit, and its seals still fit: they cover a digest of the detail, not the detail. What
the desk has posted in Slack isn't touched by any of this.

It is long because whatever may name a customer has to go, and all of it is listed here.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, or_, select, text, update

from bot import OperatorError
from bot.addresses import caseless
from bot.plan import Plan, Risk
from bot.repeated import Repeated
from bot.ticket import OUTCOMES, PLANS, Event, Outcome, State
from bot.tickets import audit, pool_rows, resource_keys, seals, tables
from bot.tickets.store import Store
from bot.timings import UNHURRIED
from bot.words import say

log = logging.getLogger(__name__)

_AT_ONCE = 200
"""Rows that are changed in one transaction: on SQLite others wait for it."""

_OPEN = [state.value for state in State if not state.is_final]
_ticket, _case, _told = tables.ticket.c, tables.customer_case.c, tables.case_ticket.c


class StillOpen(OperatorError):
    """Somebody can't be forgotten while a request about them is open; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How much was removed."""

    tickets: int
    rows: int
    """Rows of the audit that have lost their detail."""
    cases: int
    writes: int
    """Addresses that the desk had noted as written by itself."""
    readings: int = 0
    """Checks of whole pools in which they had been read."""
    items: int = 0
    """How often they were among many for whom something was asked."""

    @property
    def nothing(self) -> bool:
        """Whether nothing was on record."""
        return not (self.tickets or self.rows or self.cases or self.writes or self.readings or self.items)


def forget(database: Store, user: str, *, by: str) -> Forgotten:
    """Remove what names a customer, whose sub, user name or address this is, in every pool.

    A request names others too, such as who lost an address by it; they go with it. ``by``: who wants it, for the audit.
    Raises `StoreError` and `StillOpen`; then nothing was removed.
    """
    database.check()
    # The chain has to hold what is about to go. There may be a long audit of an older desk that nobody has sealed yet.
    more = True
    while more:
        with database.transaction() as connection:
            more = seals.seal(connection, database, waits=True)
    with database.transaction() as connection:
        tickets = _owners(connection, tables.touched, "ticket", user)
        _refuse_open(connection, [*tickets, *_runs(connection, user)])
        rows = sorted({*_rows_of(connection, tickets), *_owners(connection, tables.concerned, "audit", user)})
        cases = sorted({*_owners(connection, tables.case_key, "conversation", user), *_telling(connection, tickets)})
        writes = _forget_writes(connection, user, tickets)
        forgotten = Forgotten(
            tickets=len(tickets),
            rows=len(rows),
            cases=len(cases),
            writes=writes,
            readings=pool_rows.forget(connection, user),
            items=connection.execute(delete(tables.bulk_item).where(_is_item_of(user))).rowcount,
        )
        if forgotten.nothing:
            return forgotten
        seals.seal(connection, database, waits=True)
        _clear(connection, database, tickets)
        # What is about to be posted names them still.
        _remove(connection, tables.outbox, "conversation", [*_threads(connection, tickets), *cases])
        _remove_cases(connection, cases)
        _remove(connection, tables.touched, "ticket", tickets)
        for table in (tables.audit_detail, tables.concerned):
            _remove(connection, table, "audit", rows)
        detail = {"by": by, "rows": list(_ranges(rows)), "requests": len(tickets)}
        audit.record(connection, database, Event.FORGOTTEN, ticket=None, detail=detail)
        return forgotten


def _owners(connection: Connection, keys: Table, owner: str, user: str) -> list[int]:
    found = select(keys.c[owner]).where(resource_keys.means(keys.c.key, user)).distinct()
    return sorted(connection.execute(found).scalars())


def _is_item_of(user: str) -> ColumnElement[bool]:
    """Whether a person of a run over many is somebody, whose sub, user name or address this is."""
    row = tables.bulk_item.c
    return or_(row.sub == user, row.name.in_((user, caseless(user))), func.lower(row.address) == user.lower())


def _runs(connection: Connection, user: str) -> list[int]:
    """Return the tickets over many people that somebody is among."""
    return [*connection.execute(select(tables.bulk_item.c.ticket).where(_is_item_of(user)).distinct()).scalars()]


def _refuse_open(connection: Connection, tickets: Sequence[int]) -> None:
    waiting = [
        number
        for some in _some(tickets)
        for number in connection.execute(
            select(_ticket.id).where(_ticket.id.in_(some), _ticket.state.in_(_OPEN)).order_by(_ticket.id)
        ).scalars()
    ]
    if waiting:
        named = ", ".join(f"#{number}" for number in waiting)
        raise StillOpen(
            f"Nothing was removed: {named} {'is' if len(waiting) == 1 else 'are'} still open. Deny or withdraw it in "
            "Slack, or wait until it has expired; then ask again."
        )


def _some(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield as many of them at a time as a statement takes well."""
    return (numbers[first : first + _AT_ONCE] for first in range(0, len(numbers), _AT_ONCE))


def _rows_of(connection: Connection, tickets: Sequence[int]) -> Iterator[int]:
    for some in _some(tickets):
        yield from connection.execute(select(tables.audit.c.id).where(tables.audit.c.ticket.in_(some))).scalars()


def _telling(connection: Connection, tickets: Sequence[int]) -> Iterator[int]:
    for some in _some(tickets):
        yield from connection.execute(select(_told.conversation).where(_told.ticket.in_(some))).scalars()


def _threads(connection: Connection, tickets: Sequence[int]) -> Iterator[int]:
    for some in _some(tickets):
        yield from connection.execute(select(_ticket.conversation).where(_ticket.id.in_(some))).scalars()


def _forget_writes(connection: Connection, user: str, tickets: Sequence[int]) -> int:
    row = tables.written.c
    mine = or_(
        resource_keys.means(row.account, user),
        resource_keys.means(row.replaced, user),
        row.name.in_((user, caseless(user))),
        func.lower(row.address) == user.lower(),
    )
    gone = connection.execute(delete(tables.written).where(mine)).rowcount
    return gone + _remove(connection, tables.written, "ticket", tickets)


def _remove(connection: Connection, table: Table, column: str, values: Sequence[int]) -> int:
    found = (delete(table).where(table.c[column].in_(some)) for some in _some(values))
    return sum(connection.execute(statement).rowcount for statement in found)


def _remove_cases(connection: Connection, conversations: Sequence[int]) -> None:
    for table in (tables.case_action, tables.case_ticket, tables.case_key, tables.customer_case):
        _remove(connection, table, "conversation", conversations)


_NOT_KEPT = say("what was asked isn't kept any more")
_NOT_UNDONE = say("What was asked isn't kept any more, so it can't be taken back.")


def _clear(connection: Connection, database: Store, tickets: Sequence[int]) -> None:
    """Take from tickets that are over what may name customers, and leave how they ended."""
    for number in tickets:
        row = connection.execute(select(_ticket.plan, _ticket.outcome).where(_ticket.id == number)).one()
        plan, outcome = PLANS.validate_python(row.plan), OUTCOMES.validate_python(row.outcome)
        connection.execute(
            update(tables.ticket)
            .where(_ticket.id == number, _ticket.cleared_at.is_(None))
            .values(
                form={},
                plan=PLANS.dump_python(_without_names(plan), mode="json"),
                observed={},
                reason="",
                outcome=OUTCOMES.dump_python(_ended(outcome), mode="json"),
                cleared_at=database.clock,
            )
        )
        # How many came to which end stays.
        blank = {"sub": "", "name": "", "address": "", "words": None, "before": None}
        connection.execute(update(tables.bulk_item).where(tables.bulk_item.c.ticket == number).values(blank))


def _without_names(plan: Plan) -> Plan:
    return Plan(summary=_NOT_KEPT, risk=Risk(plan.risk), calls=(), changes=(), undo_limits=_NOT_UNDONE)


def _ended(outcome: Outcome) -> Outcome:
    return replace(outcome, readings=(), words=None, done_before=(), reason="", unnamed=(), told=())


def _ranges(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of each run of numbers without a gap."""
    for _, run in groupby(enumerate(rows), key=lambda each: each[1] - each[0]):
        numbers = [number for _, number in run]
        yield numbers[0], numbers[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """For how long what nobody needs any more is kept."""

    messages: timedelta
    """What checks found, and what Slack delivered."""
    details: timedelta
    """What requests that are over asked for and changed. The audit keeps it beside its rows."""


class Cleaner:
    """The thread that removes what is old enough."""

    def __init__(self, database: Store, kept: Kept, *, every: float = UNHURRIED.clean) -> None:
        self._store = database
        self._kept = kept
        self._repeated = Repeated(self.clean, name="cleaner", every=every, broken=_failed)

    def start(self) -> None:
        """Begin to look, at once and then every now and then."""
        self._repeated.start()

    def stop(self, seconds: float) -> None:
        """Look no more."""
        self._repeated.stop(seconds)

    def clean(self) -> None:
        """Remove all that is old enough, some at a time."""
        every = (self._deliveries, self._cases, self._details, self._writes, self._pools, self._files)
        for some in every:
            while not self._repeated.is_stopped:
                with self._store.transaction() as connection:
                    if self._is_anothers(connection) or some(connection) < _AT_ONCE:
                        break

    def _is_anothers(self, connection: Connection) -> bool:
        """Whether another desk removes something at this moment."""
        if self._store.dialect == "sqlite":
            return False
        lock = text("SELECT pg_try_advisory_xact_lock(hashtext('cognito-desk cleaner'))")
        return not connection.execute(lock).scalar()

    def _before(self, connection: Connection, kept: timedelta) -> float:
        return self._store.now(connection) - kept.total_seconds()

    def _deliveries(self, connection: Connection) -> int:
        row = tables.delivery.c
        old = select(row.id).where(row.at < self._before(connection, self._kept.messages)).limit(_AT_ONCE)
        return connection.execute(delete(tables.delivery).where(row.id.in_(old.scalar_subquery()))).rowcount

    def _pools(self, connection: Connection) -> int:
        return pool_rows.clean(connection, self._store.now(connection))

    def _cases(self, connection: Connection) -> int:
        before = self._before(connection, self._kept.messages)
        ended = func.coalesce(_ticket.decided_at, _ticket.expires_at)
        lives = exists().where(
            _told.conversation == _case.conversation,
            _ticket.id == _told.ticket,
            or_(_ticket.state.in_(_OPEN), ended >= before),
        )
        old = select(_case.conversation).where(_case.asked_at < before, _case.due_at.is_(None), ~lives)
        found = connection.execute(old.order_by(_case.conversation).limit(_AT_ONCE)).scalars().all()
        _remove_cases(connection, found)
        return len(found)

    def _details(self, connection: Connection) -> int:
        before = self._before(connection, self._kept.details)
        ended: ColumnElement[bool] = func.coalesce(_ticket.decided_at, _ticket.expires_at) < before
        old = select(_ticket.id).where(
            and_(_ticket.created_at < before, ended, _ticket.state.not_in(_OPEN), _ticket.cleared_at.is_(None))
        )
        found = connection.execute(old.order_by(_ticket.id).limit(_AT_ONCE)).scalars().all()
        _clear(connection, self._store, found)
        return len(found)

    def _writes(self, connection: Connection) -> int:
        row = tables.written.c
        old = select(row.id).where(row.confirmed_at < self._before(connection, self._kept.details)).limit(_AT_ONCE)
        return connection.execute(delete(tables.written).where(row.id.in_(old.scalar_subquery()))).rowcount

    def _files(self, connection: Connection) -> int:
        row = tables.posted_file.c
        before = self._before(connection, self._kept.messages)
        # Of one that was never begun nothing is in Slack.
        gone = or_(row.deleted_at < before, and_(row.file == "", row.created_at < before))
        old = select(row.id).where(gone).limit(_AT_ONCE)
        return connection.execute(delete(tables.posted_file).where(row.id.in_(old.scalar_subquery()))).rowcount


def _failed(error: Exception) -> None:
    # Mostly the database is away; what isn't removed now is removed later.
    log.warning("what is old enough could not be removed; trying again later (%s)", type(error).__name__)
