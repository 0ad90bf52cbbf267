"""Tickets in the database: how a row is written, read, and turned from one state into the next.

Every turn is a compare-and-set in the caller's transaction, and takes with it the audit row, the drawing of the card
and the notice in its thread. Whoever turns a ticket has locked its row first.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from bot.plan import Plan
from bot.ticket import Event, Outcome, State, Ticket, Vote
from bot.tickets import audit, codec, resource_keys, store
from bot.tickets.message import Message
from bot.tickets.outbox import Outbox
from bot.tickets.store import Store, moment

_DECISIONS = frozenset({State.APPROVED, State.DENIED, State.WITHDRAWN, State.EXPIRED})


class Notice(Protocol):
    """Words for a ticket's thread, drawn from the ticket as it is after the event; None where silence will do."""

    def __call__(self, event: Event, ticket: Ticket, *, by: str = "") -> Message | None:
        """``by`` is the person whose doing it was, or empty for the desk itself."""


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
    """The conversation of the check it was born from."""
    parent: int | None = None
    submission: str = ""

    @property
    def same(self) -> str:
        """A digest of what would be sent and what it changes: while one such ticket is open, there is no second."""
        plan = self.plan
        asked = [self.scenario, self.pool, codec.plain(plan.calls), codec.effects(plan.changes), plan.address]
        sent = json.dumps(asked, sort_keys=True)
        return hashlib.sha256(sent.encode()).hexdigest()


class Tickets:
    """The rows of all tickets. Its methods run in the caller's transaction."""

    def __init__(self, database: Store, outbox: Outbox, notice: Notice) -> None:
        self.store = database
        self.outbox = outbox
        self._notice = notice

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction; once it is committed, what it wrote for Slack leaves."""
        with self.store.transaction() as connection:
            yield connection
        self.outbox.wake()

    def add(self, connection: Connection, asked: Asked) -> Ticket:
        """Write a new ticket that waits for its leads, and everything that Slack has to be told of it."""
        now = self.store.now(connection)
        conversation = self.outbox.converse(connection, asked.channel, is_card=True)
        row = insert(store.ticket).values(
            state=State.PENDING.value,
            scenario=asked.scenario,
            pool=asked.pool,
            form=dict(asked.form),
            plan=codec.plain(asked.plan),
            observed=codec.plain(asked.observed),
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
        number = int(connection.execute(row.returning(store.ticket.c.id)).scalar_one())
        authors = self.authors(connection, asked)
        _add_all(connection, store.author, [{"ticket": number, "person": person} for person in sorted(authors)])
        keys = resource_keys.keys(asked.pool, asked.plan)
        _add_all(connection, store.touched, [{"ticket": number, "key": key} for key in keys])
        self.outbox.enqueue_card(connection, number)
        ticket = self.reload(connection, number)
        detail = {"plan": codec.plain(asked.plan), "reason": asked.reason, "needed": asked.needed}
        self.record(connection, Event.REQUESTED, ticket, by=asked.requester, detail=detail)
        if asked.origin is not None:
            self.outbox.link(connection, asked.origin, number)
        if asked.parent is not None:
            self.outbox.link(connection, self._conversation(connection, asked.parent), number)
        return ticket

    def authors(self, connection: Connection, asked: Asked) -> frozenset[str]:
        """Return everyone whose vote on this wouldn't count: who asks, and who asked for what it builds on."""
        return frozenset({asked.requester, *asked.plan.authors, *_authors(connection, asked.parent)})

    def get(self, connection: Connection, number: int) -> Ticket | None:
        """Return a ticket as it is in this transaction."""
        row = connection.execute(_whole().where(store.ticket.c.id == number)).first()
        return _ticket(connection, row) if row is not None else None

    def reload(self, connection: Connection, number: int) -> Ticket:
        """Return a ticket that is known to exist."""
        ticket = self.get(connection, number)
        assert ticket is not None
        return ticket

    def lock(self, connection: Connection, number: int, *, waits: bool = True) -> Ticket | None:
        """Return a ticket that nobody else can turn before this transaction ends; None when there is none.

        ``waits``: for somebody else who has locked it, or None for such a one too.
        """
        # SQLite has taken its one write lock already; PostgreSQL needs the row's.
        locked = select(store.ticket.c.id).where(store.ticket.c.id == number).with_for_update(skip_locked=not waits)
        if connection.execute(locked).first() is None:
            return None
        return self.get(connection, number)

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
        connection.execute(insert(store.vote).values(ticket=ticket.id, person=person, at=now))
        ticket = self.discount(connection, ticket, lost, repeated=repeated, needed=needed)
        voted = len(ticket.votes)
        detail = {"vote": voted, "needed": ticket.needed}
        if voted >= ticket.needed:
            return self.transition(connection, ticket, State.APPROVED, Event.APPROVED, by=person, detail=detail)
        self.record(connection, Event.APPROVED, ticket, by=person, detail=detail)
        self.outbox.enqueue_card(connection, ticket.id)
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
            connection.execute(update(store.ticket).where(store.ticket.c.id == ticket.id).values(needed=needed))
        for person in (*lost, *repeated):
            gone = delete(store.vote).where(store.vote.c.ticket == ticket.id, store.vote.c.person == person)
            connection.execute(gone)
        ticket = self.reload(connection, ticket.id)
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
        if to in _DECISIONS and ticket.state is not State.RUNNING:
            changed["decided_at"] = self.store.now(connection)
        if outcome is not None:
            changed["outcome"] = codec.plain(outcome)
        turned = connection.execute(
            update(store.ticket)
            .where(store.ticket.c.id == ticket.id, store.ticket.c.state == ticket.state.value)
            .values(changed)
        )
        if turned.rowcount != 1:
            raise RuntimeError(f"ticket {ticket.id} was turned by someone else while it was locked")
        ticket = self.reload(connection, ticket.id)
        if event is not None:
            self.record(connection, event, ticket, by=by, detail=detail)
        self.outbox.enqueue_card(connection, ticket.id)
        if to.is_final:
            self.outbox.tell_the_end(connection, ticket.id)
        if ticket.parent is not None and to.is_final:
            # What it follows up on says so, and may offer something again.
            self.outbox.enqueue_card(connection, ticket.parent)
        return ticket

    def remind(self, connection: Connection, event: Event, ticket: Ticket, *, by: str = "") -> None:
        """Mention those again who have to decide about a ticket, beneath a card that is there to be decided on."""
        # The edit leaves first, and finds out whether somebody has deleted the card.
        self.outbox.enqueue_card(connection, ticket.id)
        self.record(connection, event, ticket, by=by)

    def note(self, connection: Connection, ticket: Ticket, outcome: Outcome) -> Ticket:
        """Write what is known so far of a locked ticket that goes on."""
        kept = update(store.ticket).where(store.ticket.c.id == ticket.id).values(outcome=codec.plain(outcome))
        connection.execute(kept)
        return self.reload(connection, ticket.id)

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
        message = self._notice(event, ticket, by=by)
        if message is not None:
            self.outbox.say(connection, self._conversation(connection, ticket.id), message)

    def submitted(self, connection: Connection, submission: str) -> Ticket | None:
        """Return the ticket that a submission has already become."""
        if not submission:
            return None
        row = connection.execute(_whole().where(store.ticket.c.submission == submission)).first()
        return _ticket(connection, row) if row is not None else None

    def same(self, connection: Connection, asked: Asked) -> Ticket | None:
        """Return the open ticket that would send the very same."""
        row = connection.execute(_whole().where(store.ticket.c.same == asked.same)).first()
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
        ticket = store.ticket.c
        mine = select(func.count()).where(ticket.state == State.PENDING.value, ticket.requester.in_(ids))
        return int(connection.execute(mine.where(ticket.expires_at > self.store.now(connection))).scalar_one())

    def open_requesters(self, connection: Connection) -> Sequence[str]:
        """Return whose tickets wait for a decision, each by the id that is stored."""
        ticket = store.ticket.c
        return (
            connection.execute(select(ticket.requester).where(ticket.state == State.PENDING.value).distinct())
            .scalars()
            .all()
        )

    def _conversation(self, connection: Connection, number: int) -> int:
        query = select(store.ticket.c.conversation).where(store.ticket.c.id == number)
        return int(connection.execute(query).scalar_one())


def _add_all(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _authors(connection: Connection, number: int | None) -> Iterable[str]:
    if number is None:
        return ()
    query = select(store.author.c.person).where(store.author.c.ticket == number)
    return connection.execute(query).scalars().all()


def _whole() -> Any:
    card = store.conversation.alias("card")
    origin = store.conversation.alias("origin")
    return (
        select(store.ticket, card.c.channel, card.c.ts, origin.c.permalink.label("origin_link"))
        .join(card, card.c.id == store.ticket.c.conversation)
        .outerjoin(origin, origin.c.id == store.ticket.c.origin)
    )


def _ticket(connection: Connection, row: Row[Any]) -> Ticket:
    votes = connection.execute(
        select(store.vote).where(store.vote.c.ticket == row.id).order_by(store.vote.c.at, store.vote.c.person)
    )
    return Ticket(
        id=row.id,
        state=State(row.state),
        scenario=row.scenario,
        pool=row.pool,
        form=row.form,
        plan=codec.plan(row.plan),
        observed=row.observed,
        needed=row.needed,
        votes=tuple(Vote(person=vote.person, at=moment(vote.at)) for vote in votes),
        requester=row.requester,
        reason=row.reason,
        authors=frozenset(_authors(connection, row.id)),
        channel=row.channel,
        ts=row.ts,
        origin=row.origin_link or "",
        parent=row.parent,
        created_at=moment(row.created_at),
        expires_at=moment(row.expires_at),
        decided_at=moment(row.decided_at) if row.decided_at is not None else None,
        outcome=codec.outcome(row.outcome),
    )
