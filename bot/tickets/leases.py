"""What a running ticket writes: that this process runs it, each call before it leaves, and what came of it.

Every write is made only while this process still owns the ticket; one that finds it lost stops without another word.

It is long because it is one list of writes, each under the same lease.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Integer, Select, and_, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.aws.failure import CallFailed
from bot.ticket import Event, Outcome, Standing, State, Ticket
from bot.tickets import audit, resource_keys, store, tables, written
from bot.tickets.store import moment
from bot.tickets.transitions import Tickets
from bot.timings import UNHURRIED
from bot.words import Words, say

NOBODY: Mapping[str, str] = MappingProxyType({})
_SOONEST, _LATEST = 3.0, 60.0
"""Seconds after which a ticket is tried again that waits for Slack to say who may do what."""

_NOTHING_ELSE: Mapping[str, Any] = MappingProxyType({})


class LostLease(Exception):
    """Someone else runs the ticket now; nothing more may be written or sent here."""


class CallState(StrEnum):
    """What is known of a call that was begun."""

    CALLING = "calling"
    """It may have been sent; nobody has seen the answer."""
    SENT = "sent"
    FAILED = "failed"
    """Cognito said no, or it never left."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A call that was begun, and when."""

    state: CallState
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A ticket that this process has taken, with all that was read in the transaction that took it."""

    ticket: Ticket
    begun: Mapping[int, Begun] = field(default_factory=dict)
    """Its calls that were begun before, by number."""
    original: Ticket | None = None
    """The ticket that it follows up on, if any."""


class Leases:
    """The tickets that one process runs. The owner's name is new at every start."""

    def __init__(self, tickets: Tickets, *, lease: float = UNHURRIED.lease) -> None:
        self._tickets = tickets
        self._store = tickets.store
        self._lease = lease
        self.owner = uuid.uuid4().hex

    def take(self, number: int, *, with_secret: bool = False, waits: bool = True) -> Claim | None:
        """Take an approved ticket, or one whose process has gone silent. None: it is not to be run, or not now.

        ``waits``: for somebody else who has locked its row.
        """
        try:
            with self._tickets.transaction() as connection:
                ticket = self._tickets.lock(connection, number, waits=waits)
                if ticket is None:
                    return None
                return self._take(connection, ticket, with_secret=with_secret)
        except IntegrityError as error:
            if not store.taken(error):
                raise
        # Another ticket runs for the same account or address; this one stays approved until that is over.
        if with_secret:
            self._say_unused(number)
        return None

    def take_approved(self, connection: Connection, ticket: Ticket) -> Claim | None:
        """Take a ticket in the transaction that approves it. None: it is not to be run yet."""
        try:
            with connection.begin_nested():
                return self._take(connection, ticket, with_secret=False)
        except IntegrityError as error:
            if not store.taken(error):
                raise
        return None

    def renew(self, numbers: Iterable[int]) -> None:
        """Keep tickets that this process still works on.

        It waits for nobody: one whose row somebody else has locked would let the leases of all the others end, and
        its own is safe for as long, since nobody else gets at it either.
        """
        mine = and_(
            tables.ticket.c.id.in_(list(numbers)),
            tables.ticket.c.owner == self.owner,
            tables.ticket.c.state == State.RUNNING.value,
        )
        free = select(tables.ticket.c.id).where(mine).with_for_update(skip_locked=True)
        with self._store.transaction() as connection:
            ids = connection.execute(free).scalars().all()
            if ids:
                until = self._store.now(connection) + self._lease
                connection.execute(update(tables.ticket).where(tables.ticket.c.id.in_(ids)).values(lease_until=until))

    def shorten(self) -> None:
        """Cut leases that were taken before the database's clock was set back to what a lease may last from now.

        A process that lives renews its own long before that ends; one that died in that hour is not waited for.
        """
        with self._store.reading() as connection:
            if connection.execute(self._too_long(self._store.now(connection))).first() is None:
                return
        with self._store.transaction() as connection:
            now = self._store.now(connection)
            ids = connection.execute(self._too_long(now).with_for_update(skip_locked=True)).scalars().all()
            until = now + self._lease
            connection.execute(update(tables.ticket).where(tables.ticket.c.id.in_(ids)).values(lease_until=until))

    def _too_long(self, now: float) -> Select[tuple[int]]:
        """Choose the tickets whose lease nobody can have taken by a clock that now says ``now``."""
        too_long = and_(tables.ticket.c.state == State.RUNNING.value, tables.ticket.c.lease_until > now + self._lease)
        return select(tables.ticket.c.id).where(too_long)

    def begun(self, ticket: Ticket) -> Mapping[int, Begun]:
        """Return the calls of a ticket that were begun, by number."""
        with self._store.reading() as connection:
            return _begun(connection, ticket.id)

    def age(self, begun: Begun) -> float:
        """Return how many seconds ago a call was begun."""
        with self._store.reading() as connection:
            return self._store.now(connection) - begun.at

    def sending(self, ticket: Ticket, n: int) -> bool:
        """Write that a call is about to leave. Return False, with the ticket expired, if that comes too late.

        The deadline is judged here, in the transaction that lets a call leave, for the first call of a ticket. Once
        one has begun the rest follows, however late: half of what was approved is what nobody approved.
        """
        with self._tickets.transaction() as connection:
            now = self._hold(connection, ticket)
            if _expires_at(connection, ticket) <= now and not _begun(connection, ticket.id):
                self._release(connection, ticket, State.EXPIRED, Event.EXPIRED, ticket.outcome, {})
                return False
            _drop_call(connection, ticket, n)
            row = {"ticket": ticket.id, "n": n, "state": CallState.CALLING.value, "at": now}
            connection.execute(insert(tables.call).values(row))
            written.begin_call(connection, ticket, n, at=now)
            call = ticket.plan.calls[n - 1]
            detail = {"call": n, "operation": call.operation, "shown": call.shown}
            self._tickets.record(connection, Event.SENDING, ticket, detail=detail)
            return True

    def sent(self, ticket: Ticket, n: int, request_id: str, *, seen_only: bool = False) -> Ticket:
        """Write that a call has happened: Cognito said so, or its effect was seen (``seen_only``)."""
        with self._tickets.transaction() as connection:
            now = self._hold(connection, ticket)
            _set_call(connection, ticket, n, CallState.SENT, request_id)
            ids = (*ticket.outcome.request_ids, *((request_id,) if request_id else ()))
            outcome = replace(ticket.outcome, sent_at=moment(now), request_ids=ids)
            ticket = self._tickets.note(connection, ticket, outcome)
            detail = {"call": n, "request_id": request_id, "seen_only": seen_only}
            self._tickets.record(connection, Event.SENT, ticket, detail=detail)
            return ticket

    def unanswered(self, ticket: Ticket, n: int, error: CallFailed) -> None:
        """Write that a call's answer was lost; the call stays begun until it is settled by reading."""
        with self._tickets.transaction() as connection:
            self._hold(connection, ticket)
            self._tickets.record(connection, Event.CALL_FAILED, ticket, detail=_failure(n, error))

    def refused(self, ticket: Ticket, n: int, error: CallFailed, outcome: Outcome) -> None:
        """Write that a call failed for certain, and end the ticket with it."""
        with self._tickets.transaction() as connection:
            self._hold(connection, ticket)
            _set_call(connection, ticket, n, CallState.FAILED, error.request_id)
            written.forget_call(connection, ticket.id, n)
            self._tickets.record(connection, Event.CALL_FAILED, ticket, detail=_failure(n, error))
            self._end(connection, ticket, State.FAILED, Event.FAILED, outcome)

    def ask_secret_again(self, ticket: Ticket, n: int, words: Words, error: CallFailed | None) -> None:
        """Give a ticket back, still approved, because its secret was wrong or is gone; nothing was changed by it."""
        with self._tickets.transaction() as connection:
            self._hold(connection, ticket)
            _drop_call(connection, ticket, n)
            written.forget_call(connection, ticket.id, n)
            outcome = replace(ticket.outcome, words=words)
            detail = {"call": n, "secret_again": True, **audit.told(words), **(_failure(n, error) if error else {})}
            self._release(connection, ticket, State.APPROVED, Event.CALL_FAILED, outcome, detail)

    def later(self, ticket: Ticket, seconds: float) -> None:
        """Leave a ticket for another try, by whichever process comes first."""
        with self._tickets.transaction() as connection:
            now = self._hold(connection, ticket)
            until = update(tables.ticket).where(tables.ticket.c.id == ticket.id).values(lease_until=now + seconds)
            connection.execute(until)

    def reopen(self, ticket: Ticket, standing: Standing) -> None:
        """Give a ticket of which nothing was sent back to the leads: too few of its votes count."""
        with self._tickets.transaction() as connection:
            self._hold(connection, ticket)
            lost, repeated = standing.lost_votes(ticket), standing.repeated_votes(ticket)
            ticket = self._tickets.discount(connection, ticket, lost, repeated=repeated, needed=standing.needed)
            detail = {"votes": len(ticket.votes), "needed": ticket.needed}
            outcome, undecided = replace(ticket.outcome, words=None), {"decided_at": None}
            self._release(connection, ticket, State.PENDING, Event.REOPENED, outcome, detail, undecided)

    def wait(self, ticket: Ticket, words: Words) -> None:
        """Give a ticket of which nothing was sent back, still approved, to be tried again in a while."""
        with self._tickets.transaction() as connection:
            now = self._hold(connection, ticket)
            again = {"lease_until": now + _pause(ticket, now)}
            outcome, detail = replace(ticket.outcome, words=words), audit.told(words)
            if ticket.outcome.words == words:
                # The thread was told when it began.
                self._release(connection, ticket, State.APPROVED, None, outcome, {}, again)
                audit.record(connection, self._store, Event.WAITING, ticket=ticket.id, detail=detail)
            else:
                self._release(connection, ticket, State.APPROVED, Event.WAITING, outcome, detail, again)

    def waiting(self, number: int) -> Ticket | None:
        """Return a ticket that is approved and was given back by `wait`, None for any other."""
        with self._store.reading() as connection:
            row = tables.ticket.c
            query = select(row.id).where(row.id == number, row.state == State.APPROVED.value)
            waits = connection.execute(query.where(row.lease_until.is_not(None))).first() is not None
            return self._tickets.get(connection, number) if waits else None

    def wait_longer(self, number: int) -> None:
        """Let a ticket that waits wait on."""
        with self._tickets.transaction() as connection:
            ticket = self._tickets.lock(connection, number)
            if ticket is not None and ticket.state is State.APPROVED:
                now = self._store.now(connection)
                until = update(tables.ticket).where(tables.ticket.c.id == number)
                connection.execute(until.values(lease_until=now + _pause(ticket, now)))

    def finish(
        self, ticket: Ticket, state: State, event: Event, outcome: Outcome, *, made: Mapping[str, str] = NOBODY
    ) -> None:
        """Write how a ticket ended. ``made``: the subs of accounts that it made, by name."""
        with self._tickets.transaction() as connection:
            now = self._hold(connection, ticket)
            for name, sub in made.items():
                self._identify(connection, ticket, name, sub)
            if state is State.DONE:
                _confirm(connection, ticket, outcome, at=now)
            if outcome.readings:
                outcome = replace(outcome, reread_at=moment(now))
                ticket = replace(ticket, outcome=outcome)
                found = [{"subject": r.subject, "what": r.what, "found": r.found} for r in outcome.readings]
                self._tickets.record(connection, Event.REREAD, ticket, detail={"readings": found})
            self._end(connection, ticket, state, event, outcome)

    def _identify(self, connection: Connection, ticket: Ticket, name: str, sub: str) -> None:
        """Call an account by its sub as soon as it has one: another account may get its name one day."""
        written.identify(connection, ticket.pool, name, sub)
        key = {"ticket": ticket.id, "key": resource_keys.user(ticket.pool, sub)}
        connection.execute(insert(tables.touched), [key])

    def _take(self, connection: Connection, ticket: Ticket, *, with_secret: bool) -> Claim | None:
        """Take a locked ticket; None where it isn't to be run."""
        now = self._store.now(connection)
        mine = {"owner": self.owner, "lease_until": now + self._lease}
        too_late = ticket.expires_at <= moment(now)
        if ticket.state is State.RUNNING:
            expired = update(tables.ticket).where(tables.ticket.c.id == ticket.id, tables.ticket.c.lease_until < now)
            if connection.execute(expired.values(mine)).rowcount != 1:
                return None
            if too_late and not _begun(connection, ticket.id):
                # Claimed in time by a process that died before it sent anything: sending it now would be too late.
                self._release(connection, ticket, State.EXPIRED, Event.EXPIRED, ticket.outcome, {})
                return None
            detail = {"taken_over": True}
            audit.record(connection, self._store, Event.STARTED, ticket=ticket.id, detail=detail)
            return self._claim(connection, ticket)
        if ticket.plan.many is not None:
            # It is run by no process of its own: `bot.tickets.bulk_runs`.
            return None
        if ticket.state is not State.APPROVED or bool(ticket.plan.secrets) != with_secret:
            return None
        if too_late:
            self._tickets.transition(connection, ticket, State.EXPIRED, Event.EXPIRED)
            return None
        _occupy(connection, ticket.id)
        ticket = self._tickets.transition(connection, ticket, State.RUNNING, Event.STARTED, values=mine)
        return self._claim(connection, ticket)

    def _claim(self, connection: Connection, ticket: Ticket) -> Claim:
        original = self._tickets.get(connection, ticket.parent) if ticket.parent is not None else None
        return Claim(ticket=ticket, begun=_begun(connection, ticket.id), original=original)

    def _say_unused(self, number: int) -> None:
        """A secret can't wait as the ticket does, so the one who entered it has to hear that it went nowhere."""
        words = say(
            "Another request for this account or address is being carried out, so the code was not used. "
            "Please enter it once more."
        )
        with self._tickets.transaction() as connection:
            ticket = self._tickets.lock(connection, number)
            if ticket is not None and ticket.state is State.APPROVED:
                ticket = self._tickets.note(connection, ticket, replace(ticket.outcome, words=words))
                detail = {"secret_again": True, **audit.told(words)}
                self._tickets.record(connection, Event.CALL_FAILED, ticket, detail=detail)
                self._tickets.outbox.enqueue_card(connection, number)

    def _end(self, connection: Connection, ticket: Ticket, state: State, event: Event, outcome: Outcome) -> None:
        detail = audit.told(outcome.words) if outcome.words else {}
        ticket = self._release(connection, ticket, state, event, outcome, detail)
        if outcome.unnamed:
            lost = {"users": list(outcome.unnamed), "address": ticket.plan.address}
            self._tickets.record(connection, Event.UNNAMED_LOSS, ticket, detail=lost)

    def _release(
        self,
        connection: Connection,
        ticket: Ticket,
        state: State,
        event: Event | None,
        outcome: Outcome,
        detail: Mapping[str, Any],
        values: Mapping[str, Any] = _NOTHING_ELSE,
    ) -> Ticket:
        connection.execute(delete(tables.busy).where(tables.busy.c.ticket == ticket.id))
        changed = {"owner": None, "lease_until": None, **values}
        return self._tickets.transition(
            connection, ticket, state, event, outcome=outcome, detail=detail, values=changed
        )

    def _hold(self, connection: Connection, ticket: Ticket) -> float:
        """Renew the lease of a ticket, and return the time. Raises `LostLease` when it is this process's no more."""
        now = self._store.now(connection)
        mine = {"number": ticket.id, "me": self.owner, "until": now + self._lease}
        if connection.execute(_HOLD, mine).rowcount != 1:
            raise LostLease(f"ticket {ticket.id}")
        return now


_HOLD = (
    update(tables.ticket)
    .where(
        tables.ticket.c.id == bindparam("number", type_=Integer),
        tables.ticket.c.owner == bindparam("me"),
        tables.ticket.c.state == State.RUNNING.value,
    )
    .values(lease_until=bindparam("until"))
)


def _occupy(connection: Connection, number: int) -> None:
    """Take every account and address of a ticket, in one order; an `IntegrityError` while another ticket has one."""
    mine = select(tables.touched.c.key, tables.touched.c.ticket).where(tables.touched.c.ticket == number)
    connection.execute(insert(tables.busy).from_select(["key", "ticket"], mine.order_by(tables.touched.c.key)))


def _confirm(connection: Connection, ticket: Ticket, outcome: Outcome, *, at: float) -> None:
    """Note that a customer's own code was taken, with a sign-in that had shown to be theirs."""
    entered = any(call.operation == "VerifyUserAttribute" for call in ticket.plan.calls)
    seen = any(reading.what == "email_verified" and reading.as_planned for reading in outcome.readings)
    if entered and seen:
        written.confirm(connection, ticket.pool, ticket.plan.bearer.id, ticket.plan.address, at=at)


def _expires_at(connection: Connection, ticket: Ticket) -> float:
    query = select(tables.ticket.c.expires_at).where(tables.ticket.c.id == ticket.id)
    return float(connection.execute(query).scalar_one())


def _pause(ticket: Ticket, now: float) -> float:
    """Return after how many seconds to try again: half of the time that it has waited since it was approved."""
    waited = now - (ticket.decided_at or ticket.created_at).timestamp()
    return min(max(waited / 2, _SOONEST), _LATEST)


def _begun(connection: Connection, number: int) -> dict[int, Begun]:
    rows = connection.execute(select(tables.call).where(tables.call.c.ticket == number))
    return {row.n: Begun(CallState(row.state), row.at) for row in rows}


def _drop_call(connection: Connection, ticket: Ticket, n: int) -> None:
    connection.execute(delete(tables.call).where(tables.call.c.ticket == ticket.id, tables.call.c.n == n))


def _set_call(connection: Connection, ticket: Ticket, n: int, state: CallState, request_id: str) -> None:
    connection.execute(
        update(tables.call)
        .where(tables.call.c.ticket == ticket.id, tables.call.c.n == n)
        .values(state=state.value, request_id=request_id)
    )


def _failure(n: int, error: CallFailed) -> dict[str, Any]:
    return {
        "call": n,
        "code": error.code,
        "fate": error.fate.value,
        **audit.told(error.words),
        "request_id": error.request_id,
    }
