"""Cases: what the root message of a check says, for as long as something born from it moves, as rows.

A case tells of the tickets that were born from it, of what follows those up, and of what waited for the same customer
already. Whatever moves one of them has the case drawn again, in the same transaction. After each remedy the check is
due once more: that is a row too, so that a crash in between is made good by whoever looks next.

It is long because a case is written, read, and checked again by the same columns.
"""

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, insert, literal, select, update

from bot.answer import Answer, CaseSubject, Offer
from bot.ticket import State, Ticket
from bot.tickets import resource_keys, tables
from bot.tickets.outbox import Outbox
from bot.tickets.store import Store, moment
from bot.words import Words, from_json, to_json

RECENT = 24 * 3600.0
"""Seconds for which a case counts as the one that a customer's trouble belongs to."""

_TRIES = (5.0, 30.0, 120.0, 600.0)
"""Seconds after which a check that Cognito didn't answer is tried again; after the last of them it isn't."""

_WORKS = "✅"
_DUE = "case is due"
_WINDOW = 20
_OPEN = [state.value for state in State if not state.is_final]
_CHANGES = frozenset({State.DONE, State.FAILED, State.IN_DOUBT})
"""Ends of a ticket after which the customer may stand otherwise than before."""

_case, _key, _told = tables.customer_case.c, tables.case_key.c, tables.case_ticket.c
_place, _ticket = tables.conversation.c, tables.ticket.c

_NEWEST = (
    select(func.max(_case.conversation))
    .join(tables.conversation, _place.id == _case.conversation)
    .join(tables.case_key, _key.conversation == _case.conversation)
    .where(
        _key.key.in_(bindparam("keys", expanding=True)),
        _place.channel == bindparam("channel"),
        ~_place.ended,
        _case.asked_at > bindparam("since"),
    )
)
"""The newest case of a customer in a channel that is recent and stands there."""

_WAITING = (
    select(_ticket.id)
    .where(_ticket.state.in_(_OPEN), _ticket.expires_at > bindparam("now"))
    .where(
        _ticket.id.in_(
            select(tables.touched.c.ticket).where(tables.touched.c.key.in_(bindparam("keys", expanding=True)))
        )
    )
    .order_by(_ticket.id)
)
_BEGINNING, _KNOWING = insert(tables.customer_case), insert(tables.case_key)
"""What every check runs is built once: to build a statement takes longer than to run it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a check found, as far as its root message says it."""

    emoji: str
    headline: Words
    names: tuple[str, ...]
    """The user names of whom it is about, as far as people know them."""
    about: str
    """The sub of the account that the first headline was about."""
    others: tuple[Words, ...] = ()
    """What is the matter with other accounts, where the one that it is about works now."""
    best: Offer | None = None
    event_type: str = ""
    event: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What was done with the customer's own credential."""

    at: datetime
    person: str
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCase:
    """A case as the database holds it."""

    conversation: int
    pool: str
    user: str
    """Whom it is about, as the check was asked."""
    asker: str
    asked_at: datetime
    found: Found
    read_at: datetime | None
    """When it was checked again; None for a case that wasn't."""
    is_due: bool
    """Whether it is about to be checked again."""
    unread: Words | None
    """Why the last try to check it again came to nothing."""
    earlier: int | None
    """The conversation of an earlier case of the same customer."""
    tickets: tuple[int, ...]
    """Of which it tells, oldest first."""
    actions: tuple[Acted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A case that is to be checked again, taken up."""

    conversation: int
    turn: int
    channel: str
    scenario: str
    pool: str
    form: Mapping[str, Any]
    asker: str
    found: Found
    tries: int


_FOUND = TypeAdapter(Found)


def found(answer: Answer, subject: CaseSubject, *, about: str = "") -> Found:
    """Return what the root message of an answer says.

    ``about``: the sub of the account that the case began with. If that one works now, the case is over, though another
    account with the same address may not: two can't own it.
    """
    first = subject.accounts[0]
    here = next((each for each in subject.accounts if each.sub == about), first)
    helped = here.works and here is not first
    return Found(
        emoji=_WORKS if helped else answer.emoji,
        headline=here.headline if helped else answer.headline,
        names=tuple(each.name for each in sorted(subject.accounts, key=lambda each: each.name) if each.name),
        about=here.sub,
        others=tuple(each.headline for each in subject.accounts if not each.works) if helped else (),
        best=None if helped else answer.best,
        event_type=answer.event_type,
        event=answer.event,
    )


class Cases:
    """The rows of all cases. Its methods run in the caller's transaction, but for `take_up`, `settle` and `fail`."""

    def __init__(self, database: Store, outbox: Outbox) -> None:
        self._store = database
        self._outbox = outbox
        self.due = threading.Event()
        """Set when a case is due that this process has written down."""

    def begin(
        self,
        connection: Connection,
        conversation: int,
        channel: str,
        *,
        scenario: str,
        pool: str,
        user: str,
        asker: str,
        answer: Answer,
        subject: CaseSubject,
    ) -> LiveCase:
        """Write a new case, and return it with what waits for the customer already."""
        now = self._store.now(connection)
        keys = sorted(_keys(pool, subject))
        earlier = self._newest(connection, keys, channel, now)
        seen = found(answer, subject)
        row = {
            "conversation": conversation,
            "scenario": scenario,
            "pool": pool,
            "form": {"user": user, "again": dict(subject.again)},
            "asker": asker,
            "asked_at": now,
            "found": _FOUND.dump_python(seen, mode="json"),
            "read_at": now,
            "earlier": earlier,
        }
        connection.execute(_BEGINNING, [row])
        connection.execute(_KNOWING, [{"conversation": conversation, "key": key} for key in keys])
        tickets = tuple(connection.execute(_WAITING, {"now": now, "keys": keys}).scalars())
        _tell(connection, [conversation], tickets)
        return LiveCase(
            conversation=conversation,
            pool=pool,
            user=user,
            asker=asker,
            asked_at=moment(now),
            found=seen,
            read_at=None,
            is_due=False,
            unread=None,
            earlier=earlier,
            tickets=tickets,
            actions=(),
        )

    def read(self, connection: Connection, conversation: int) -> LiveCase | None:
        """Return a case as it is in this transaction; None where there is none."""
        row = connection.execute(select(tables.customer_case).where(_case.conversation == conversation)).first()
        if row is None:
            return None
        told = select(_told.ticket).where(_told.conversation == conversation).order_by(_told.ticket)
        action = tables.case_action.c
        acted = select(tables.case_action).where(action.conversation == conversation).order_by(action.id)
        return LiveCase(
            conversation=conversation,
            pool=row.pool,
            user=row.form["user"],
            asker=row.asker,
            asked_at=moment(row.asked_at),
            found=_FOUND.validate_python(row.found),
            read_at=moment(row.read_at) if row.read_at > row.asked_at else None,
            is_due=row.due_at is not None,
            unread=from_json(row.unread) if row.unread else None,
            earlier=row.earlier,
            tickets=tuple(connection.execute(told).scalars()),
            actions=tuple(
                Acted(at=moment(each.at), person=each.person, words=from_json(each.words))
                for each in connection.execute(acted)
            ),
        )

    def lives(self, connection: Connection, conversation: int | None, *, channel: str, pool: str) -> bool:
        """Whether a conversation that a button named is a case of this channel and pool, and stands there."""
        place = tables.conversation.c
        query = (
            select(_case.conversation)
            .join(tables.conversation, place.id == _case.conversation)
            .where(_case.conversation == conversation, _case.pool == pool)
            .where(place.channel == channel, ~place.ended)
        )
        return conversation is not None and connection.execute(query).first() is not None

    def asked(self, connection: Connection, ticket: Ticket, *, origin: int | None, keys: Sequence[str]) -> None:
        """Let the cases tell of a new ticket that it belongs to: that it was born from, or the customer's newest."""
        wanted: list[ColumnElement[bool]] = [_case.conversation == origin]
        if ticket.parent is not None:
            above = select(_told.conversation).where(_told.ticket == ticket.parent)
            wanted.append(_case.conversation.in_(above))
        if origin is None and ticket.parent is None:
            now = self._store.now(connection)
            wanted = [_case.conversation == self._newest(connection, keys, ticket.channel, now)]
        for condition in wanted:
            cases = connection.execute(select(_case.conversation).where(condition)).scalars().all()
            _tell(connection, cases, [ticket.id])
        self.moved(connection, ticket)

    def moved(self, connection: Connection, ticket: Ticket) -> None:
        """Have the cases drawn again that tell of a ticket; after a remedy they are checked again, too."""
        telling = select(_told.conversation).where(_told.ticket == ticket.id)
        self._outbox.enqueue_cases(connection, telling)
        if ticket.state in _CHANGES:
            self._want(connection, _case.conversation.in_(telling))

    def acted(self, connection: Connection, conversation: int, *, person: str, words: Words) -> None:
        """Write what was done in a case with the customer's own credential; it is checked again after that."""
        row = {"conversation": conversation, "at": self._store.now(connection), "person": person}
        connection.execute(insert(tables.case_action), [{**row, "words": to_json(words)}])
        self.redraw(connection, conversation)
        self._want(connection, _case.conversation == conversation)

    def redraw(self, connection: Connection, conversation: int) -> None:
        """Have a case drawn again."""
        self._outbox.enqueue_cases(connection, select(_case.conversation).where(_case.conversation == conversation))

    def wake(self, connection: Connection) -> bool:
        """Whether this transaction has made a case due: once it is committed, `due` is to be set."""
        return bool(connection.info.pop(_DUE, False))

    def take_up(self, seconds: float) -> Due | None:
        """Take up a case that is due; None for none. ``seconds``: after which it is due again if nobody settles it."""
        with self._store.reading() as connection:
            now = self._store.now(connection)
            query = select(_case.conversation, _case.turn).where(_case.due_at <= now).order_by(_case.due_at)
            waiting = connection.execute(query.limit(_WINDOW)).all()
        # Others may take them up in this moment.
        taken = (self._take(each.conversation, each.turn, seconds) for each in waiting)
        return next((each for each in taken if each is not None), None)

    def settle(self, due: Due, seen: Found, subject: CaseSubject | None) -> None:
        """Write what a check found that was asked again, and have it drawn. ``subject``: whom it found."""
        with self._store.transaction() as connection:
            values = {
                "found": _FOUND.dump_python(seen, mode="json"),
                "read_at": self._store.now(connection),
                "due_at": None,
                "tries": 0,
                "unread": None,
            }
            if not self._turn(connection, due.conversation, due.turn, values):
                return
            if subject is not None:
                self._know(connection, due.conversation, sorted(_keys(due.pool, subject)))
            self.redraw(connection, due.conversation)
        self._outbox.wake()

    def fail(self, due: Due, why: Words, *, again: bool = True) -> None:
        """Write why a case could not be checked again. ``again``: it is tried a few times more."""
        with self._store.transaction() as connection:
            pause = _TRIES[due.tries - 1] if again and due.tries <= len(_TRIES) else None
            due_at = self._store.now(connection) + pause if pause is not None else None
            values = {"due_at": due_at, "unread": to_json(why)}
            if self._turn(connection, due.conversation, due.turn, values):
                self.redraw(connection, due.conversation)
        self._outbox.wake()

    def _take(self, conversation: int, turn: int, seconds: float) -> Due | None:
        with self._store.transaction() as connection:
            now = self._store.now(connection)
            values = {"due_at": now + seconds, "tries": _case.tries + 1}
            if not self._turn(connection, conversation, turn, values):
                return None
            row = connection.execute(
                select(tables.customer_case, tables.conversation.c.channel)
                .join(tables.conversation, tables.conversation.c.id == _case.conversation)
                .where(_case.conversation == conversation)
            ).one()
            return Due(
                conversation=conversation,
                turn=row.turn,
                channel=row.channel,
                scenario=row.scenario,
                pool=row.pool,
                form=row.form["again"],
                asker=row.asker,
                found=_FOUND.validate_python(row.found),
                tries=row.tries,
            )

    def _turn(self, connection: Connection, conversation: int, turn: int, values: Mapping[str, Any]) -> bool:
        """Change a case's row, unless somebody else has since it was read."""
        mine = update(tables.customer_case).where(_case.conversation == conversation, _case.turn == turn)
        return connection.execute(mine.values(turn=turn + 1, **values)).rowcount == 1

    def _want(self, connection: Connection, which: ColumnElement[bool]) -> None:
        """Let cases be due at once, unless nothing is posted in them any more."""
        place = tables.conversation.c
        standing = ~exists().where(place.id == _case.conversation, place.ended)
        wanted = update(tables.customer_case).where(which, standing)
        now = self._store.now(connection)
        if connection.execute(wanted.values(due_at=now, turn=_case.turn + 1, tries=0, unread=None)).rowcount:
            connection.info[_DUE] = True

    def _know(self, connection: Connection, conversation: int, keys: Collection[str]) -> None:
        known = select(_key.key).where(_key.conversation == conversation)
        old = set(connection.execute(known).scalars())
        if new := [{"conversation": conversation, "key": key} for key in keys if key not in old]:
            connection.execute(_KNOWING, new)

    def _newest(self, connection: Connection, keys: Collection[str], channel: str, now: float) -> int | None:
        """Return the newest case of a customer in a channel that is recent and stands there."""
        given = {"keys": list(keys), "channel": channel, "since": now - RECENT}
        return connection.execute(_NEWEST, given).scalar()


def _keys(pool: str, subject: CaseSubject) -> set[str]:
    accounts = {resource_keys.user(pool, each.sub) for each in subject.accounts}
    return accounts | {resource_keys.address(pool, address) for address in subject.addresses}


def _tell(connection: Connection, cases: Collection[int], tickets: Collection[int]) -> None:
    """Let cases tell of tickets, unless they do already."""
    for case in cases:
        for ticket in tickets:
            known = exists().where(_told.conversation == case, _told.ticket == ticket)
            row = select(literal(case), literal(ticket)).where(~known)
            connection.execute(insert(tables.case_ticket).from_select(["conversation", "ticket"], row))
