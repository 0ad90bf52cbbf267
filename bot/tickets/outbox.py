"""What Slack still has to be told, as rows: written in the transaction that made it true, sent later by the `Writer`.

A conversation is one root message and its thread. Its rows leave in the order they were written; a ticket's card is
drawn from the ticket's row at the moment it leaves, so the latest edit wins and a card never runs ahead of the fact.
Between conversations, what is about tickets leaves before answers: leads wait for the one, one person for the other.
"""

import threading
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from enum import IntEnum, StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Connection, Double, Row, Select, and_, bindparam, delete, exists, insert, or_, select, update

from bot.tickets import store
from bot.tickets.message import Message
from bot.tickets.store import Store

LEASE = 15.0
"""Seconds after which a message whose process has gone silent is another's. Kept for as long as a send takes."""

LONGEST_PAUSE = 60.0
"""Seconds; nothing is put off for longer than this at a time."""

_WINDOW = 20
"""How many of the oldest rows that may leave are looked at; others are being sent by someone else at this moment."""


class Kind(StrEnum):
    """How a row becomes a message."""

    SAY = "say"
    CARD = "card"
    LINK = "link"


class Method(StrEnum):
    """The Web API methods the writer sends by; Slack limits the rate of each by itself."""

    POST = "chat.postMessage"
    UPDATE = "chat.update"


EVERYWHERE = ""
"""In the place of a channel: all of them."""

Hold = tuple[Method, str]
"""A method, and the channel in which nothing is sent by it for now."""


class Rank(IntEnum):
    """What goes first when Slack takes less than there is."""

    TICKET = 0
    """A card, and what is said beneath it: others wait for it."""
    ANSWER = 1
    """What one person has asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One row that this process has claimed."""

    id: int
    kind: Kind
    conversation: int
    channel: str
    ts: str
    """The conversation's root message; empty while there is none."""
    ticket: int | None
    message: Message | None
    created_at: float
    not_before: float
    tries: int
    """How often it may have been sent before with nobody knowing the outcome."""

    @property
    def method(self) -> Method:
        """How it is sent."""
        return Method.UPDATE if self.kind is Kind.CARD and self.ts else Method.POST


class Outbox:
    """The queue. Everything but `wake` runs in the caller's transaction or opens a short one of its own."""

    def __init__(self, database: Store, *, lease: float = LEASE) -> None:
        self._store = database
        self._lease = lease
        self._in_hand: dict[int, str] = {}
        """The rows that this process is sending, and who in it holds them."""
        self.waiting = threading.Event()
        """Set when something may be waiting."""

    def converse(self, connection: Connection, channel: str) -> int:
        """Begin a conversation in a channel and return its id."""
        row = insert(store.conversation).values(channel=channel, created_at=self._store.now(connection))
        return int(connection.execute(row.returning(store.conversation.c.id)).scalar_one())

    def say(self, connection: Connection, conversation: int, message: Message, *, rank: Rank = Rank.TICKET) -> None:
        """Post a message: the conversation's first is its root, the others reply in its thread."""
        self._add(connection, Kind.SAY, conversation, message=asdict(message), rank=rank)

    def draw(self, connection: Connection, ticket: int) -> None:
        """Draw a ticket's card as its row is when the message leaves: posted once, edited from then on."""
        conversation = connection.execute(
            select(store.ticket.c.conversation).where(store.ticket.c.id == ticket)
        ).scalar_one()
        self._add(connection, Kind.CARD, conversation, ticket=ticket)

    def link(self, connection: Connection, conversation: int, ticket: int) -> None:
        """Reply in a conversation that a ticket was born from it, with a link to the card once there is one."""
        self._add(connection, Kind.LINK, conversation, ticket=ticket)

    def wake(self) -> None:
        """Tell the writer that something was committed."""
        self.waiting.set()

    def claim(self, owner: str, *, held: frozenset[Hold], left: Collection[int] = ()) -> Item | None:
        """Take the row that is to leave now, or None. ``held``: where Slack takes nothing for now.

        ``left``: rows that have left already, which could not be written yet.
        Of the lowest rank that is there, the oldest. Only the first row of a conversation may leave, but for the edit
        of a card, which has no place in the order; and only one row of a conversation is on its way at any time, in
        all replicas together.
        """
        everywhere = frozenset(method for method, channel in held if channel == EVERYWHERE)
        channels = {_held(each): [channel for method, channel in held if method is each] for each in Method}
        with self._store.transaction() as connection:
            now = self._store.now(connection)
            for item in map(_item, connection.execute(_ready(everywhere), {"now": now, **channels})):
                if item.id not in left and self._take(connection, item, owner, now):
                    self._in_hand[item.id] = owner
                    return item
        return None

    def keep(self) -> None:
        """Renew the leases of what is being sent here; to be called well within a lease's time. It waits for nobody."""
        held = dict(self._in_hand)
        if not held:
            return
        mine = and_(store.outbox.c.id.in_(held), store.outbox.c.owner.in_(set(held.values())))
        free = select(store.outbox.c.id).where(mine).with_for_update(skip_locked=True)
        with self._store.transaction() as connection:
            ids = connection.execute(free).scalars().all()
            until = self._store.now(connection) + self._lease
            connection.execute(update(store.outbox).where(store.outbox.c.id.in_(ids)).values(lease_until=until))

    def shorten(self) -> None:
        """Cut what was written before the database's clock was set back to what it may last from now."""
        with self._store.reading() as connection:
            if connection.execute(self._too_late(self._store.now(connection))).first() is None:
                return
        with self._store.transaction() as connection:
            now = self._store.now(connection)
            ids = connection.execute(self._too_late(now).with_for_update(skip_locked=True)).scalars().all()
            row, wrong = store.outbox.c, update(store.outbox).where(store.outbox.c.id.in_(ids))
            connection.execute(wrong.where(row.lease_until > now + self._lease).values(lease_until=now + self._lease))
            connection.execute(wrong.where(row.not_before > now + LONGEST_PAUSE).values(not_before=now))
        self.wake()

    def _too_late(self, now: float) -> Select[tuple[int]]:
        """Choose the rows with times that nobody can have written by a clock that now says ``now``."""
        row = store.outbox.c
        return select(row.id).where(or_(row.lease_until > now + self._lease, row.not_before > now + LONGEST_PAUSE))

    def sent(self, item: Item, *, ts: str | None = None, through: int | None = None) -> None:
        """Record that an item left. ``ts``: the new root message.

        ``through``: the ticket's card rows up to this id were drawn by it too. As long as this can't be written, it
        is kept from everybody else.
        """
        with self._store.transaction() as connection:
            if ts is not None:
                connection.execute(
                    update(store.conversation)
                    .where(store.conversation.c.id == item.conversation)
                    .values(ts=ts, permalink="")
                )
                self._draw_parent(connection, item)
            connection.execute(delete(store.outbox).where(store.outbox.c.id == item.id))
            if through is not None:
                connection.execute(
                    delete(store.outbox).where(
                        store.outbox.c.kind == Kind.CARD,
                        store.outbox.c.ticket == item.ticket,
                        store.outbox.c.id <= through,
                    )
                )
        self._in_hand.pop(item.id, None)

    def _draw_parent(self, connection: Connection, item: Item) -> None:
        """Now that there is a card to link to, let the card that it follows up on do so."""
        parent = connection.execute(select(store.ticket.c.parent).where(store.ticket.c.id == item.ticket)).scalar()
        if parent is not None:
            self.draw(connection, parent)

    def postpone(self, item: Item, *, seconds: float, unknown: bool) -> None:
        """Give an item back for later. ``unknown``: it may have arrived, so it is looked for first."""
        owner = self._in_hand.pop(item.id, None)
        with self._store.transaction() as connection:
            connection.execute(
                update(store.outbox)
                # Whoever has taken it meanwhile is sending it.
                .where(store.outbox.c.id == item.id, store.outbox.c.owner == owner)
                .values(
                    owner=None,
                    lease_until=None,
                    not_before=self._store.now(connection) + seconds,
                    attempts=item.tries + unknown,
                )
            )

    def newest_card(self, ticket: int) -> int:
        """Return the id of the newest card row of a ticket: a card drawn after this read covers all up to it."""
        with self._store.reading() as connection:
            return int(
                connection.execute(
                    select(store.outbox.c.id)
                    .where(store.outbox.c.kind == Kind.CARD, store.outbox.c.ticket == ticket)
                    .order_by(store.outbox.c.id.desc())
                    .limit(1)
                ).scalar_one()
            )

    def card_of(self, ticket: int) -> tuple[int, str, str, str]:
        """Return a ticket's conversation: id, channel, ts and permalink (both empty until there is one)."""
        with self._store.reading() as connection:
            row = connection.execute(
                select(store.conversation)
                .join(store.ticket, store.ticket.c.conversation == store.conversation.c.id)
                .where(store.ticket.c.id == ticket)
            ).one()
            return row.id, row.channel, row.ts, row.permalink

    def keep_permalink(self, conversation: int, permalink: str) -> None:
        """Remember the address of a conversation's root message."""
        with self._store.transaction() as connection:
            connection.execute(
                update(store.conversation).where(store.conversation.c.id == conversation).values(permalink=permalink)
            )

    def is_empty(self) -> bool:
        """Whether everything has been sent."""
        with self._store.reading() as connection:
            return connection.execute(select(store.outbox.c.id).limit(1)).first() is None

    def _add(
        self,
        connection: Connection,
        kind: Kind,
        conversation: int,
        *,
        ticket: int | None = None,
        message: Mapping[str, Any] | None = None,
        rank: Rank = Rank.TICKET,
    ) -> None:
        now = self._store.now(connection)
        connection.execute(
            insert(store.outbox).values(
                conversation=conversation,
                kind=kind.value,
                rank=rank.value,
                ticket=ticket,
                message=message,
                created_at=now,
                not_before=now,
            )
        )

    def _take(self, connection: Connection, item: Item, owner: str, now: float) -> bool:
        if self._store.dialect == "postgresql":
            # The conversation's row is the lock: another replica that has just taken one of its rows is seen here.
            locked = connection.execute(
                select(store.conversation.c.id)
                .where(store.conversation.c.id == item.conversation)
                .with_for_update(skip_locked=True)
            ).first()
            taken = select(store.outbox.c.id).where(
                store.outbox.c.conversation == item.conversation, store.outbox.c.lease_until > now
            )
            # A row that somebody else has locked would keep all the others waiting.
            free = select(store.outbox.c.id).where(store.outbox.c.id == item.id).with_for_update(skip_locked=True)
            if locked is None or connection.execute(taken).first() or connection.execute(free).first() is None:
                return False
        claimed = connection.execute(
            update(store.outbox)
            .where(store.outbox.c.id == item.id)
            .values(owner=owner, lease_until=now + self._lease, attempts=item.tries + 1)
        )
        return claimed.rowcount == 1


def _held(method: Method) -> str:
    """Name the parameter with the channels in which a method is held."""
    return method.replace(".", "_")


@cache
def _ready(held: frozenset[Method]) -> Any:
    """Choose the rows that may leave at ``:now``, the first first. What has to wait stands in nobody else's way.

    Written once for each set of paused methods: to write it takes longer than to run it.
    """
    now = bindparam("now", type_=Double)
    row, place = store.outbox.c, store.conversation.c
    ahead, leaving = store.outbox.alias().c, store.outbox.alias().c
    is_edit = and_(row.kind == Kind.CARD.value, place.ts != "")
    is_first = ~exists().where(ahead.conversation == row.conversation, ahead.id < row.id)
    is_busy = exists().where(leaving.conversation == row.conversation, leaving.lease_until > now)
    sent_by = {Method.POST: ~is_edit, Method.UPDATE: is_edit}
    paused = [sent_by[method] for method in sorted(held)]
    closed = [and_(by, place.channel.in_(bindparam(_held(method), expanding=True))) for method, by in sent_by.items()]
    # What was never put off leaves whatever the clock says: it may have been set back since.
    is_time = or_(row.not_before <= now, row.not_before == row.created_at)
    return (
        select(store.outbox, place.channel, place.ts)
        .join(store.conversation, place.id == row.conversation)
        .where(is_time, or_(is_first, is_edit), ~is_busy, *(~each for each in (*paused, *closed)))
        .order_by(row.rank, row.id)
        .limit(_WINDOW)
    )


def _item(row: Row[Any]) -> Item:
    return Item(
        id=row.id,
        kind=Kind(row.kind),
        conversation=row.conversation,
        channel=row.channel,
        ts=row.ts,
        ticket=row.ticket,
        message=Message(**row.message) if row.message else None,
        created_at=row.created_at,
        not_before=row.not_before,
        tries=row.attempts,
    )
