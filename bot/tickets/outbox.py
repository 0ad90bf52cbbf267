"""What Slack still has to be told, as rows: written in the transaction that made it true, sent later by the `Writer`.

A conversation is one root message and its thread. Its rows leave in the order they were written; a ticket's card is
drawn from the ticket's row at the moment it leaves, so the latest edit wins and a card never runs ahead of the fact.
Only a card becomes the root of a ticket's conversation: while there is none, what is to stand beneath it waits. Between
conversations, what is about tickets leaves before answers: leads wait for the one, one person for the other. What a
person is told directly is a conversation whose channel is the person's id.

It is long because everything that may be written for Slack is written here, each kind with when it may leave.
"""

import threading
import time
from collections import deque
from math import inf
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, literal, or_, select, update

from bot.tickets import tables
from bot.tickets.at_hand import AtHand
from bot.tickets.message import Item, Message, MessageKind, Rank, row_of, stored
from bot.tickets.store import Store
from bot.timings import UNHURRIED

LONGEST_PAUSE = 60.0
"""Seconds; nothing is put off for longer than this at a time."""

SOON = 0.3
"""Seconds that the drawing of a card waits for what is about to be known: Slack takes few edits a minute."""

_NEWS = "may leave"

_LOOK_AGAIN = 0.5
"""Seconds between two looks for a card that somebody waits for."""


class Outbox:
    """What is written for Slack, and where it stands there; `Deliveries` has what becomes of it.

    Everything but `wake` runs in the caller's transaction or opens a short one of its own.
    """

    def __init__(self, database: Store, *, lease: float = UNHURRIED.sending) -> None:
        self.store = database
        self.lease = lease
        beginning = insert(tables.conversation).values(created_at=database.clock)
        self._beginning = beginning.returning(tables.conversation.c.id)
        row = tables.outbox.c
        # Nothing that may leave at once has a time to wait for: the clock may be set back.
        self._adding = insert(tables.outbox).values(created_at=database.clock, not_before=0.0)
        self._putting_off = self._adding.values(not_before=database.clock + SOON)
        leased = self._adding.values(lease_until=database.clock + lease, attempts=1)
        self._handing = leased.returning(row.id, row.created_at, sort_by_parameter_order=True)
        self.in_hand: dict[int, str] = {}
        """The rows that this process is sending, and who in it holds them."""
        self.waiting = threading.Event()
        """Set when something may be waiting."""
        self.news = True
        """Whether there may be rows that may leave and that the writer hasn't looked at."""
        self.writer: str | None = None
        """Who in this process sends answers without having to look for them; None for nobody."""
        self.at_hand = AtHand()
        """What the writer sends without a look."""
        self.arrival = threading.Condition()
        """Told of everything that has left and is written."""
        self._due: deque[float] = deque()
        """When cards that this process has put off are due, by the monotonic clock, the first first."""

    def converse(self, connection: Connection, channel: str, *, is_card: bool = False, thread_of: str = "") -> int:
        """Begin a conversation in a channel and return its id. ``is_card``: its root is to be a ticket's card.

        ``thread_of``: the message in whose thread all of it is posted, the first one too; empty: it has its own root.
        """
        given = {"channel": channel, "is_card": is_card, "ts": thread_of}
        return int(connection.execute(self._beginning, given).scalar_one())

    def enqueue(
        self,
        connection: Connection,
        conversation: int,
        *messages: Message,
        rank: Rank = Rank.TICKET,
        person: str = "",
        kind: MessageKind = MessageKind.SAY,
    ) -> None:
        """Post messages in this order: the conversation's first is its root, the others reply in its thread.

        ``person``: whom they answer, to be told if they can't be posted; empty for nobody. ``kind``: `SAY` or `ACTION`.
        """
        row = row_of(kind, conversation, rank=rank, person=person)
        connection.execute(self._adding, [{**row, "message": stored(each)} for each in messages])
        connection.info[_NEWS] = True

    def enqueue_answer(
        self,
        connection: Connection,
        conversation: int,
        channel: str,
        *messages: Message,
        person: str,
        has_root: bool = False,
    ) -> tuple[Item, ...]:
        """Post an answer as `enqueue` does, in a conversation that has just begun.

        ``has_root``: it stands in the thread of another message, so that none of these is its root.

        Returns what is to be handed to `wake` after the commit: the writer holds these rows from the start, and sends
        them without a look. Empty where it will have to look.
        """
        owner = self.writer
        if owner is None or has_root or self.at_hand.is_full:
            self.enqueue(connection, conversation, *messages, rank=Rank.ANSWER, person=person)
            return ()
        row = {**row_of(MessageKind.SAY, conversation, rank=Rank.ANSWER, person=person), "owner": owner}
        written = connection.execute(self._handing, [{**row, "message": stored(each)} for each in messages]).all()
        return tuple(
            Item(
                id=number,
                kind=MessageKind.SAY,
                conversation=conversation,
                channel=channel,
                message=each,
                person=person,
                rank=Rank.ANSWER,
                created_at=at,
            )
            for (number, at), each in zip(written, messages, strict=True)
        )

    def tell(self, connection: Connection, person: str, message: Message) -> None:
        """Tell one person something by direct message."""
        self.enqueue(connection, self.converse(connection, person), message, rank=Rank.ANSWER)

    def enqueue_card(
        self, connection: Connection, ticket: int, *, conversation: int | None = None, soon: bool = False
    ) -> None:
        """Draw a ticket's card as its row is when the message leaves: posted once, edited from then on.

        ``conversation``: the card's, None if who calls doesn't know it. ``soon``: it can wait for `SOON`, since it may
        have changed again by then; that is drawn in its place.
        """
        if conversation is None:
            place = select(tables.ticket.c.conversation).where(tables.ticket.c.id == ticket)
            conversation = int(connection.execute(place).scalar_one())
        self._add(connection, MessageKind.CARD, conversation, ticket=ticket, soon=soon)

    def enqueue_cases(self, connection: Connection, which: Select[tuple[int]]) -> None:
        """Draw cases again as they are when the messages leave; what is about to be known is waited for. ``which``:
        their conversations; those in which nothing is posted any more are left out.
        """
        place = tables.conversation.c
        row = row_of(MessageKind.CASE, 0, rank=Rank.CASE)
        del row["conversation"], row["ticket"]
        values: dict[str, ColumnElement[Any]] = {name: literal(value) for name, value in {**row, "attempts": 0}.items()}
        values |= {"created_at": self.store.clock, "not_before": self.store.clock + SOON}
        chosen = select(place.id, *values.values()).where(place.id.in_(which), ~place.ended)
        drawn = insert(tables.outbox).from_select(["conversation", *values], chosen)
        if connection.execute(drawn).rowcount:
            self._due.append(time.monotonic() + SOON + 0.01)

    def enqueue_file(self, connection: Connection, conversation: int) -> int:
        """Have a file posted in a conversation's thread, in its order, and return the row's id; see `Files.post`."""
        row = row_of(MessageKind.FILE, conversation, rank=Rank.TICKET)
        connection.info[_NEWS] = True
        return int(connection.execute(self._adding.returning(tables.outbox.c.id), row).scalar_one())

    def link(self, connection: Connection, conversation: int, ticket: int) -> None:
        """Reply in a conversation that a ticket was created from it, with a link to the card once there is one."""
        self._add(connection, MessageKind.LINK, conversation, ticket=ticket)

    def tell_lead(self, connection: Connection, lead: str, ticket: int) -> None:
        """Tell a lead directly that a ticket waits, with a link to the card once there is one."""
        self._add(connection, MessageKind.LEAD, self.converse(connection, lead), ticket=ticket, rank=Rank.ANSWER)

    def tell_the_end(self, connection: Connection, ticket: int) -> None:
        """Tell the one who asked for a ticket that has just ended, if its channel takes nothing."""
        if self.refusal(connection, ticket):
            self.tell_unseen(connection, ticket)

    def wake(self, *handed: Item, looks: bool = True) -> None:
        """Tell the writer that something was committed: ``handed``, as `enqueue_answer` returned it, or any other rows.

        ``looks``: False where none of those may leave yet, so that it only has to know until when to wait.
        """
        if handed and self.writer is not None:
            self.in_hand |= dict.fromkeys((each.id for each in handed), self.writer)
            self.at_hand.put(*handed)
        elif looks:
            self.news = True
        self.waiting.set()

    def has_news(self, connection: Connection) -> bool:
        """Whether this transaction has written something that may leave once it is committed."""
        # One that was rolled back may have left its mark: to look in vain does no harm.
        return bool(connection.info.pop(_NEWS, False))

    def seconds_left(self) -> float:
        """Return after how many seconds something is due that this process has put off; infinite for nothing."""
        left = self._due[0] - time.monotonic() if self._due else inf
        if left <= 0:
            self._due.popleft()
        return max(0.0, left)

    def keep(self) -> None:
        """Renew the leases of what is being sent here; to be called well within a lease's time. It waits for nobody."""
        held = dict(self.in_hand)
        if not held:
            return
        mine = and_(tables.outbox.c.id.in_(held), tables.outbox.c.owner.in_(set(held.values())))
        free = select(tables.outbox.c.id).where(mine).with_for_update(skip_locked=True)
        with self.store.transaction() as connection:
            ids = connection.execute(free).scalars().all()
            until = self.store.now(connection) + self.lease
            connection.execute(update(tables.outbox).where(tables.outbox.c.id.in_(ids)).values(lease_until=until))

    def shorten(self) -> None:
        """Cut what was written before the database's clock was set back to what it may last from now."""
        with self.store.reading() as connection:
            if connection.execute(self._too_late(self.store.now(connection))).first() is None:
                return
        with self.store.transaction() as connection:
            now = self.store.now(connection)
            ids = connection.execute(self._too_late(now).with_for_update(skip_locked=True)).scalars().all()
            row, wrong = tables.outbox.c, update(tables.outbox).where(tables.outbox.c.id.in_(ids))
            connection.execute(wrong.where(row.lease_until > now + self.lease).values(lease_until=now + self.lease))
            connection.execute(wrong.where(row.not_before > now + LONGEST_PAUSE).values(not_before=now))
        self.wake()

    def _too_late(self, now: float) -> Select[tuple[int]]:
        """Choose the rows with times that nobody can have written by a clock that now says ``now``."""
        row = tables.outbox.c
        return select(row.id).where(or_(row.lease_until > now + self.lease, row.not_before > now + LONGEST_PAUSE))

    def gone(self, ticket: int, ts: str) -> None:
        """Take note that somebody has deleted a ticket's card; it is posted anew, unless it has been already."""
        with self.store.transaction() as connection:
            conversation = select(tables.ticket.c.conversation).where(tables.ticket.c.id == ticket)
            self.post_anew(connection, int(connection.execute(conversation).scalar_one()), ts)
        self.wake()

    def wait_for_card(self, ticket: int, seconds: float) -> tuple[int, str, str, str]:
        """Wait until a ticket's card stands, or no longer than this, and return `card_of` it."""
        until = time.monotonic() + seconds
        with self.arrival:
            while not (found := self.card_of(ticket))[2] and (left := until - time.monotonic()) > 0:
                # Another replica may have posted it, of which nobody here is told.
                self.arrival.wait(min(left, _LOOK_AGAIN))
        return found

    def refusal(self, connection: Connection, ticket: int) -> str:
        """Return what Slack answered last, while it takes nothing where a ticket's card belongs; empty otherwise."""
        row = tables.conversation.c
        query = select(row.refused).join(tables.ticket, tables.ticket.c.conversation == row.id)
        return str(connection.execute(query.where(tables.ticket.c.id == ticket)).scalar_one())

    def tell_unseen(self, connection: Connection, ticket: int) -> None:
        """Write that the one who asked has to be told how a ticket stands, unless that waits already."""
        row = tables.outbox.c
        waits = select(row.id).where(row.kind == MessageKind.UNSEEN, row.ticket == ticket, row.owner.is_(None))
        if connection.execute(waits.limit(1)).first() is None:
            asker = select(tables.ticket.c.requester).where(tables.ticket.c.id == ticket)
            conversation = self.converse(connection, connection.execute(asker).scalar_one())
            self._add(connection, MessageKind.UNSEEN, conversation, ticket=ticket, rank=Rank.ANSWER)

    def post_anew(self, connection: Connection, conversation: int, ts: str) -> None:
        """Have the card of a conversation posted, whose message of this ``ts`` is gone."""
        row = tables.conversation.c
        stood = update(tables.conversation).where(row.id == conversation, row.ts == ts, row.ts != "")
        if connection.execute(stood.values(ts="", permalink="")).rowcount == 1:
            ticket = ticket_of(connection, conversation)
            assert ticket is not None
            self._add(connection, MessageKind.CARD, conversation, ticket=ticket)

    def newest_drawing(self, item: Item) -> int:
        """Return the id of the newest row like a card's or a case's: one drawn after this read covers all up to it."""
        with self.store.reading() as connection:
            return int(connection.execute(select(func.max(tables.outbox.c.id)).where(*drawn_as(item))).scalar_one())

    def root_of(self, conversation: int) -> tuple[int, str, str, str]:
        """Return a conversation: id, channel, ts and permalink (both empty until there is one)."""
        with self.store.reading() as connection:
            row = connection.execute(select(tables.conversation).where(tables.conversation.c.id == conversation)).one()
            return row.id, row.channel, row.ts, row.permalink

    def card_of(self, ticket: int) -> tuple[int, str, str, str]:
        """Return a ticket's conversation: id, channel, ts and permalink (both empty until there is one)."""
        with self.store.reading() as connection:
            row = connection.execute(
                select(tables.conversation)
                .join(tables.ticket, tables.ticket.c.conversation == tables.conversation.c.id)
                .where(tables.ticket.c.id == ticket)
            ).one()
            return row.id, row.channel, row.ts, row.permalink

    def keep_permalink(self, conversation: int, permalink: str) -> None:
        """Remember the address of a conversation's root message."""
        with self.store.transaction() as connection:
            connection.execute(
                update(tables.conversation).where(tables.conversation.c.id == conversation).values(permalink=permalink)
            )

    def is_empty(self) -> bool:
        """Whether everything has been sent."""
        with self.store.reading() as connection:
            return connection.execute(select(tables.outbox.c.id).limit(1)).first() is None

    def _add(
        self,
        connection: Connection,
        kind: MessageKind,
        conversation: int,
        *,
        ticket: int,
        rank: Rank = Rank.TICKET,
        soon: bool = False,
    ) -> None:
        row = row_of(kind, conversation, ticket=ticket, rank=rank)
        if soon:
            connection.execute(self._putting_off, row)
            # The database may tell its time by the millisecond.
            self._due.append(time.monotonic() + SOON + 0.01)
        else:
            connection.execute(self._adding, row)
            connection.info[_NEWS] = True


def drawn_as(item: Item) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Choose the rows that one drawing covers: those of the same card, or of the same case."""
    row = tables.outbox.c
    if item.kind is MessageKind.CASE:
        return row.kind == item.kind.value, row.conversation == item.conversation
    return row.kind == item.kind.value, row.ticket == item.ticket


def ticket_of(connection: Connection, conversation: int) -> int | None:
    """Return the ticket whose card and thread a conversation is."""
    query = select(tables.ticket.c.id).where(tables.ticket.c.conversation == conversation)
    return connection.execute(query).scalar()
