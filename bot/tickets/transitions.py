"""Tickets in the database: how a row is written, read, and turned from one state into the next.

Every turn is a compare-and-set in the caller's transaction, and takes with it the audit row, the drawing of the card
and the notice in its thread. Who moves a ticket has locked its row first.

It is long because a row is written, read back and turned by the same columns.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Integer, Row, Select, bindparam, delete, func, insert, select, update

from bot.plan import Plan
from bot.ticket import OUTCOMES, PLANS, Event, LossTold, Outcome, State, Ticket, Vote, as_compared
from bot.tickets import audit, bulk_files, bulk_items, resource_keys, tables
from bot.tickets.cases import Cases
from bot.tickets.message import Message
from bot.tickets.outbox import Outbox
from bot.tickets.store import Store, moment

if TYPE_CHECKING:
    from bot.tickets.files import Files

_DECISIONS = frozenset({State.APPROVED, State.DENIED, State.WITHDRAWN, State.EXPIRED})

Notice = Callable[[Event, Ticket, str], Message | None]
"""Words for a ticket's thread, from an event, the ticket as it is after it, and the person whose doing it was.

That person is empty for the desk itself. None where silence will do.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a new ticket is made of."""

    scenario: str
    pool: str
    form: Mapping[str, Any]
    plan: Plan
    observed: Mapping[str, Any]
    needed: int
    requester: str
    reason: str
    lifetime: timedelta
    channel: str
    origin: int | None = None
    """The conversation of the check it was created from."""
    parent: int | None = None
    submission: str = ""

    @property
    def same(self) -> str:
        """A digest of what would be sent and what it changes: while one such ticket is open, there is no second."""
        plan = self.plan
        calls, changes = as_compared(plan)
        asked = [self.scenario, self.pool, calls, changes, plan.address, *([plan.many.digest] if plan.many else [])]
        sent = json.dumps(asked, sort_keys=True)
        return hashlib.sha256(sent.encode()).hexdigest()


class Tickets:
    """The rows of all tickets. Its methods run in the caller's transaction."""

    def __init__(self, database: Store, outbox: Outbox, notice: Notice) -> None:
        self.store = database
        self.outbox = outbox
        self.cases = Cases(database, outbox)
        self._notice = notice
        self.files: Files | None = None
        """Posts files beneath cards; None for nothing."""

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction; once it is committed, what it wrote for Slack leaves."""
        with self.store.transaction() as connection:
            yield connection
            news = self.outbox.has_news(connection)
            due = self.cases.wake(connection)
        self.outbox.wake(looks=news)
        if due:
            self.cases.due.set()

    def add(self, connection: Connection, asked: Asked) -> Ticket:
        """Write a new ticket that waits for its leads, and everything that Slack has to be told of it."""
        now = self.store.now(connection)
        conversation = self.outbox.converse(connection, asked.channel, is_card=True)
        row = insert(tables.ticket).values(
            state=State.PENDING.value,
            scenario=asked.scenario,
            pool=asked.pool,
            form=dict(asked.form),
            plan=PLANS.dump_python(asked.plan, mode="json"),
            observed=dict(asked.observed),
            needed=asked.needed,
            requester=asked.requester,
            reason=asked.reason,
            conversation=conversation,
            origin=asked.origin,
            parent=asked.parent,
            created_at=now,
            expires_at=now + asked.lifetime.total_seconds(),
            outcome={},
            submission=asked.submission or None,
            same=asked.same,
        )
        number = int(connection.execute(row.returning(tables.ticket.c.id)).scalar_one())
        authors = self.authors(connection, asked)
        _add_all(connection, tables.author, [{"ticket": number, "person": person} for person in sorted(authors)])
        keys = resource_keys.keys(asked.pool, asked.plan)
        _add_all(connection, tables.touched, [{"ticket": number, "key": key} for key in keys])
        if asked.plan.many is not None:
            bulk_items.freeze(connection, number, asked.plan.everyone)
        self.outbox.enqueue_card(connection, number, conversation=conversation)
        if asked.plan.many is not None and self.files is not None:
            self.files.post(connection, conversation, bulk_files.LIST, number)
        ticket = self.reload(connection, number)
        plan = PLANS.dump_python(asked.plan, mode="json")
        proof = {"proof": ticket.proof} if ticket.proof else {}
        detail = {"plan": plan, "reason": asked.reason, "needed": asked.needed, **proof}
        self.record(connection, Event.REQUESTED, ticket, by=asked.requester, detail=detail)
        if asked.origin is not None:
            self.outbox.link(connection, asked.origin, number)
        if asked.parent is not None:
            self.outbox.link(connection, self._conversation(connection, asked.parent), number)
        self.cases.asked(connection, ticket, origin=asked.origin, keys=keys)
        return ticket

    def authors(self, connection: Connection, asked: Asked) -> frozenset[str]:
        """Return everyone whose vote on this wouldn't count: who asks, and who asked for what it builds on."""
        return frozenset({asked.requester, *asked.plan.authors, *_authors(connection, asked.parent)})

    def get(self, connection: Connection, number: int, *, known: Ticket | None = None) -> Ticket | None:
        """Return a ticket as it is in this transaction; None when there is none.

        ``known``: the same ticket as it was read before. What never changes is taken from it, not read again.
        """
        return read(connection, number, known=known)

    def reload(self, connection: Connection, number: int) -> Ticket:
        """Return a ticket that is known to exist."""
        ticket = self.get(connection, number)
        assert ticket is not None
        return ticket

    def lock(
        self, connection: Connection, number: int, *, known: Ticket | None = None, waits: bool = True
    ) -> Ticket | None:
        """Return a ticket that nobody else can turn before this transaction ends; None when there is none.

        ``known`` as for `get`. ``waits``: for somebody else who has locked it, or None for such a one too.
        """
        if self.store.dialect != "sqlite":
            # SQLite has taken its one write lock already; PostgreSQL needs the row's.
            locked = (
                select(tables.ticket.c.id).where(tables.ticket.c.id == number).with_for_update(skip_locked=not waits)
            )
            if connection.execute(locked).first() is None:
                return None
        return self.get(connection, number, known=known)

    def vote(
        self,
        connection: Connection,
        ticket: Ticket,
        person: str,
        *,
        needed: int = 0,
        lost: Sequence[str] = (),
        repeated: Sequence[str] = (),
    ) -> Ticket:
        """Add a lead's vote to a locked ticket; the last one needed turns it to approved.

        ``needed`` is how many are needed today, which counts if it is the higher number. ``lost`` and ``repeated`` are
        those whose votes don't count any more, as for `discount`.
        """
        now = self.store.now(connection)
        connection.execute(insert(tables.vote).values(ticket=ticket.id, person=person, at=now))
        ticket = replace(ticket, votes=(*ticket.votes, Vote(person=person, at=moment(now))))
        ticket = self.discount(connection, ticket, lost, repeated=repeated, needed=needed)
        voted = len(ticket.votes)
        detail = {"vote": voted, "needed": ticket.needed}
        if voted >= ticket.needed:
            at = {"decided_at": now}
            return self.transition(
                connection, ticket, State.APPROVED, Event.APPROVED, by=person, detail=detail, values=at
            )
        self.record(connection, Event.APPROVED, ticket, by=person, detail=detail)
        self.outbox.enqueue_card(connection, ticket.id, conversation=ticket.conversation)
        self.cases.moved(connection, ticket)
        return ticket

    def discount(
        self,
        connection: Connection,
        ticket: Ticket,
        lost: Sequence[str],
        *,
        repeated: Sequence[str] = (),
        needed: int = 0,
    ) -> Ticket:
        """Take away the votes that don't count any more from a locked ticket, and raise the number that it needs.

        ``lost`` aren't leads any more; ``repeated`` are ids of people who have a vote already, or who asked for it.
        """
        if needed > ticket.needed:
            connection.execute(update(tables.ticket).where(tables.ticket.c.id == ticket.id).values(needed=needed))
        if gone := {*lost, *repeated}:
            mine = tables.vote.c.ticket == ticket.id
            connection.execute(delete(tables.vote).where(mine, tables.vote.c.person.in_(gone)))
        votes = tuple(vote for vote in ticket.votes if vote.person not in gone)
        ticket = replace(ticket, votes=votes, needed=max(needed, ticket.needed))
        detail = {"votes": len(ticket.votes), "needed": ticket.needed}
        for person in lost:
            self.record(connection, Event.DISCOUNTED, ticket, by=person, detail=detail)
        for person in repeated:
            self.record(connection, Event.SAME_PERSON, ticket, by=person, detail=detail)
        return ticket

    def transition(
        self,
        connection: Connection,
        ticket: Ticket,
        to: State,
        event: Event | None,
        *,
        by: str = "",
        outcome: Outcome | None = None,
        detail: Mapping[str, Any] | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Ticket:
        """Turn a locked ticket into another state, with its audit row, its card and its notice.

        ``event`` is None where the caller records what happened by itself.
        """
        changed: dict[str, Any] = {"state": to.value, **(values or {})}
        if to.is_final:
            changed["same"] = None
        if to in _DECISIONS and ticket.state is not State.RUNNING and "decided_at" not in changed:
            changed["decided_at"] = self.store.now(connection)
        if outcome is not None:
            changed["outcome"] = OUTCOMES.dump_python(outcome, mode="json")
        turned = connection.execute(
            update(tables.ticket)
            .where(tables.ticket.c.id == ticket.id, tables.ticket.c.state == ticket.state.value)
            .values(changed)
        )
        if turned.rowcount != 1:
            raise RuntimeError(f"ticket {ticket.id} was turned by someone else while it was locked")
        decided_at = _moment(changed["decided_at"]) if "decided_at" in changed else ticket.decided_at
        kept = ticket.outcome if outcome is None else outcome
        ticket = replace(ticket, state=to, decided_at=decided_at, outcome=kept)
        if event is not None:
            self.record(connection, event, ticket, by=by, detail=detail)
        # One that is carried out is soon over, unless Cognito is slow or a code has to be entered first.
        soon = to is State.RUNNING or (to is State.APPROVED and not ticket.plan.secrets)
        self.outbox.enqueue_card(connection, ticket.id, conversation=ticket.conversation, soon=soon)
        if to.is_final:
            self.outbox.tell_the_end(connection, ticket.id)
        if ticket.parent is not None and to.is_final:
            # What it follows up on says so, and may offer something again.
            self.outbox.enqueue_card(connection, ticket.parent)
        self.cases.moved(connection, ticket)
        return ticket

    def remind(
        self,
        connection: Connection,
        event: Event,
        ticket: Ticket,
        *,
        by: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Mention those again who have to decide about a ticket, beneath a card that is there to be decided on."""
        # The edit leaves first, and finds out whether somebody has deleted the card.
        self.outbox.enqueue_card(connection, ticket.id, conversation=ticket.conversation)
        self.record(connection, event, ticket, by=by, detail=detail)

    def note(self, connection: Connection, ticket: Ticket, outcome: Outcome) -> Ticket:
        """Write what is known so far of a locked ticket that goes on."""
        kept = (
            update(tables.ticket)
            .where(tables.ticket.c.id == ticket.id)
            .values(outcome=OUTCOMES.dump_python(outcome, mode="json"))
        )
        connection.execute(kept)
        return replace(ticket, outcome=outcome)

    def note_told(self, connection: Connection, ticket: Ticket, name: str, *, by: str) -> Ticket:
        """Write down that somebody told one who lost something by a locked ticket of it. ``name``: the user name."""
        told = LossTold(name=name, by=by, at=moment(self.store.now(connection)))
        ticket = self.note(connection, ticket, replace(ticket.outcome, told=(*ticket.outcome.told, told)))
        self.record(connection, Event.TOLD, ticket, by=by, detail={"name": name})
        self.outbox.enqueue_card(connection, ticket.id, conversation=ticket.conversation)
        return ticket

    def record(
        self,
        connection: Connection,
        event: Event,
        ticket: Ticket,
        *,
        by: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Write what happened into the audit, and into the ticket's thread if there are words for it."""
        audit.record(connection, self.store, event, ticket=ticket.id, person=by, detail=detail)
        message = self._notice(event, ticket, by)
        if message is not None:
            self.outbox.enqueue(connection, ticket.conversation, message)

    def submitted(self, connection: Connection, submission: str) -> Ticket | None:
        """Return the ticket that a submission has already become."""
        if not submission:
            return None
        row = connection.execute(_WHOLE.where(tables.ticket.c.submission == submission)).first()
        return _ticket(connection, row) if row is not None else None

    def same(self, connection: Connection, asked: Asked) -> Ticket | None:
        """Return the open ticket that would send the very same."""
        row = connection.execute(_WHOLE.where(tables.ticket.c.same == asked.same)).first()
        return _ticket(connection, row) if row is not None else None

    def expired(self, connection: Connection, ticket: Ticket) -> bool:
        """Whether a ticket's time is over; one that nobody has begun to carry out ends by this."""
        if ticket.expires_at > moment(self.store.now(connection)):
            return False
        locked = self.lock(connection, ticket.id)
        if locked is not None and locked.state in (State.PENDING, State.APPROVED):
            self.transition(connection, locked, State.EXPIRED, Event.EXPIRED)
            return True
        return locked is None or locked.state.is_final

    def open_of(self, connection: Connection, ids: Collection[str]) -> int:
        """Return how many of somebody's tickets wait for a decision. ``ids``: all that are known to be theirs."""
        ticket = tables.ticket.c
        mine = select(func.count()).where(ticket.state == State.PENDING.value, ticket.requester.in_(ids))
        return int(connection.execute(mine.where(ticket.expires_at > self.store.now(connection))).scalar_one())

    def open_requesters(self, connection: Connection) -> Sequence[str]:
        """Return whose tickets wait for a decision, each by the id that is stored."""
        ticket = tables.ticket.c
        return (
            connection.execute(select(ticket.requester).where(ticket.state == State.PENDING.value).distinct())
            .scalars()
            .all()
        )

    def _conversation(self, connection: Connection, number: int) -> int:
        query = select(tables.ticket.c.conversation).where(tables.ticket.c.id == number)
        return int(connection.execute(query).scalar_one())


def read(connection: Connection, number: int, *, known: Ticket | None = None) -> Ticket | None:
    """Return what `Tickets.get` returns."""
    query = _BY_NUMBER if known is None else _CHANGING
    row = connection.execute(query, {"number": number}).first()
    return _ticket(connection, row, known) if row is not None else None


def _add_all(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _authors(connection: Connection, number: int | None) -> Iterable[str]:
    if number is None:
        return ()
    query = select(tables.author.c.person).where(tables.author.c.ticket == number)
    return connection.execute(query).scalars().all()


_CARD, _ORIGIN = tables.conversation.alias("card"), tables.conversation.alias("origin")
_AROUND = (_CARD.c.channel, _CARD.c.ts, _ORIGIN.c.permalink.label("origin_link"))
_MAY_CHANGE = [tables.ticket.c[name] for name in ("id", "state", "needed", "expires_at", "decided_at", "outcome")]


def _with_place(*columns: Any) -> Select[Any]:
    """Choose columns of tickets, with where their cards are and what they were created from."""
    return (
        select(*columns, *_AROUND)
        .join_from(tables.ticket, _CARD, _CARD.c.id == tables.ticket.c.conversation)
        .outerjoin(_ORIGIN, _ORIGIN.c.id == tables.ticket.c.origin)
    )


# Statements that every click makes are put together once.
_NUMBER = bindparam("number", type_=Integer)
_WHOLE = _with_place(tables.ticket)
_BY_NUMBER = _WHOLE.where(tables.ticket.c.id == _NUMBER)
_CHANGING = _with_place(*_MAY_CHANGE).where(tables.ticket.c.id == _NUMBER)
_VOTES = select(tables.vote).where(tables.vote.c.ticket == _NUMBER).order_by(tables.vote.c.at, tables.vote.c.person)


def _ticket(connection: Connection, row: Row[Any], known: Ticket | None = None) -> Ticket:
    """Make a ticket from its row. ``known``: what was made of it before, where the row holds only what may change."""
    votes = connection.execute(_VOTES, {"number": row.id})
    may_change: dict[str, Any] = {
        "state": State(row.state),
        "needed": row.needed,
        "votes": tuple(Vote(person=vote.person, at=moment(vote.at)) for vote in votes),
        "channel": row.channel,
        "ts": row.ts,
        "origin": row.origin_link or "",
        "expires_at": moment(row.expires_at),
        "decided_at": _moment(row.decided_at),
        "outcome": OUTCOMES.validate_python(row.outcome),
    }
    if known is not None:
        return replace(known, **may_change)
    return Ticket(
        id=row.id,
        scenario=row.scenario,
        pool=row.pool,
        form=row.form,
        plan=PLANS.validate_python(row.plan),
        observed=row.observed,
        requester=row.requester,
        reason=row.reason,
        authors=frozenset(_authors(connection, row.id)),
        parent=row.parent,
        conversation=row.conversation,
        created_at=moment(row.created_at),
        **may_change,
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else moment(seconds)
