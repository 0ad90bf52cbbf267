"""What Slack still has to be told, as rows: written in the transaction that made it true, sent later by the `Writer`.

A conversation is one root message and its thread. Its rows leave in the order they were written; a ticket's card is
drawn from the ticket's row at the moment it leaves, so the latest edit wins and a card never runs ahead of the fact.
Only a card becomes the root of a ticket's conversation: while there is none, what is to stand beneath it waits. Between
conversations, what is about tickets leaves before answers: leads wait for the one, one person for the other. What a
person is told directly is a conversation whose channel is the person's id.
"""

import threading
import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from math import inf
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, insert, or_, select, update

from bot.ticket import State
from bot.tickets import store
from bot.tickets.at_hand import AtHand
from bot.tickets.message import (
    CLAIM,
    EVERYWHERE,
    LOCK_PLACE,
    LOCK_ROW,
    PLACE,
    REMOVE,
    STANDS,
    TAKEN,
    Hold,
    Item,
    Message,
    MessageKind,
    Method,
    Rank,
    Sent,
    item_of,
    list_name,
    ready,
    row_of,
    stored,
)
from bot.tickets.store import Store
from bot.timings import UNHURRIED

LONGEST_PAUSE = 60.0
"""Seconds; nothing is put off for longer than this at a time."""

_WINDOW = 20
"""How many of the oldest rows that may leave are looked at; others are being sent by someone else at this moment."""

SOON = 0.3
"""Seconds that the drawing of a card waits for what is about to be known: Slack takes few edits a minute."""

_NEWS = "may leave"

_LOOK_AGAIN = 0.5
"""Seconds between two looks for a card that somebody waits for."""


class Outbox:
    """The queue. Everything but `wake` runs in the caller's transaction or opens a short one of its own."""

    def __init__(self, database: Store, *, lease: float = UNHURRIED.sending) -> None:
        self._store = database
        self._lease = lease
        beginning = insert(store.conversation).values(created_at=database.clock)
        self._beginning = beginning.returning(store.conversation.c.id)
        row = store.outbox.c
        # Nothing that may leave at once has a time to wait for: the clock may be set back.
        self._adding = insert(store.outbox).values(created_at=database.clock, not_before=0.0)
        self._putting_off = self._adding.values(not_before=database.clock + SOON)
        leased = self._adding.values(lease_until=database.clock + lease, attempts=1)
        self._handing = leased.returning(row.id, row.created_at, sort_by_parameter_order=True)
        self._in_hand: dict[int, str] = {}
        """The rows that this process is sending, and who in it holds them."""
        self.waiting = threading.Event()
        """Set when something may be waiting."""
        self.news = True
        """Whether there may be rows that may leave and that the writer hasn't looked at."""
        self.writer: str | None = None
        """Who in this process sends answers without having to look for them; None for nobody."""
        self.at_hand = AtHand()
        """What the writer sends without a look."""
        self._arrival = threading.Condition()
        self._due: deque[float] = deque()
        """When cards that this process has put off are due, by the monotonic clock, the first first."""

    def converse(self, connection: Connection, channel: str, *, is_card: bool = False) -> int:
        """Begin a conversation in a channel and return its id. ``is_card``: its root is to be a ticket's card."""
        given = {"channel": channel, "is_card": is_card}
        return int(connection.execute(self._beginning, given).scalar_one())

    def enqueue(
        self,
        connection: Connection,
        conversation: int,
        *messages: Message,
        rank: Rank = Rank.TICKET,
        person: str = "",
    ) -> None:
        """Post messages in this order: the conversation's first is its root, the others reply in its thread.

        ``person``: whom they answer, to be told if they can't be posted; empty for nobody.
        """
        row = row_of(MessageKind.SAY, conversation, rank=rank, person=person)
        connection.execute(self._adding, [{**row, "message": stored(each)} for each in messages])
        connection.info[_NEWS] = True

    def enqueue_answer(
        self, connection: Connection, conversation: int, channel: str, *messages: Message, person: str
    ) -> tuple[Item, ...]:
        """Post an answer as `enqueue` does, in a conversation that has just begun.

        Returns what is to be handed to `wake` after the commit: the writer holds these rows from the start, and sends
        them without a look. Empty where it will have to look.
        """
        owner = self.writer
        if owner is None or self.at_hand.is_full:
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
            place = select(store.ticket.c.conversation).where(store.ticket.c.id == ticket)
            conversation = int(connection.execute(place).scalar_one())
        self._add(connection, MessageKind.CARD, conversation, ticket=ticket, soon=soon)

    def link(self, connection: Connection, conversation: int, ticket: int) -> None:
        """Reply in a conversation that a ticket was created from it, with a link to the card once there is one."""
        self._add(connection, MessageKind.LINK, conversation, ticket=ticket)

    def tell_the_end(self, connection: Connection, ticket: int) -> None:
        """Tell the one who asked for a ticket that has just ended, if its channel takes nothing."""
        if self.refusal(connection, ticket):
            self._tell_unseen(connection, ticket)

    def wake(self, *handed: Item, looks: bool = True) -> None:
        """Tell the writer that something was committed: ``handed``, as `enqueue_answer` returned it, or any other rows.

        ``looks``: False where none of those may leave yet, so that it only has to know until when to wait.
        """
        if handed and self.writer is not None:
            self._in_hand |= dict.fromkeys((each.id for each in handed), self.writer)
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

    def claim(
        self,
        owner: str,
        *,
        held: frozenset[Hold],
        closed: frozenset[str] = frozenset(),
        left: Collection[int] = (),
        sent: Collection[Sent] = (),
        looks: bool = True,
    ) -> Item | None:
        """Take the row that is to leave now, or None. ``held``: where Slack takes nothing for now.

        ``closed``: channels that have refused what is about tickets; answers are tried there, since the channel may
        have been opened meanwhile. ``left``: rows that have left already, which could not be written yet. ``sent``:
        what is recorded in the same transaction as having left; as long as that can't be written, it is kept from
        everybody else. ``looks``: False where only what is at hand is asked for.
        Of the lowest rank that is there, the oldest; of answers, those of which nothing stands in Slack yet come first,
        so that nobody waits for the rest of somebody else's. Only the first row of a conversation may leave, but for a
        card, which has no place in the order; and only one row of a conversation is on its way at any time, in all
        replicas together.
        """
        found: Item | None = None
        stuck = self.at_hand.take_out_held(held) if held else []
        if sent or looks or stuck:
            try:
                with self._store.transaction() as connection:
                    self._write_sent(connection, sent)
                    self._return(connection, stuck)
                    if looks:
                        found = self._look(connection, owner, held=held, closed=closed, left=left)
            finally:
                self._forget(stuck)
            self._have_left(sent)
        if found:
            self._in_hand[found.id] = owner
            return found
        return self.at_hand.take(held) if owner == self.writer else None

    def _look(
        self,
        connection: Connection,
        owner: str,
        *,
        held: frozenset[Hold],
        closed: frozenset[str],
        left: Collection[int],
    ) -> Item | None:
        """Take the row that is to leave before all that is at hand, None where there is none."""
        everywhere = frozenset(method for method, channel in held if channel == EVERYWHERE)
        channels = {each: [channel for method, channel in held if method is each and channel] for each in Method}
        given = {list_name(method): here for method, here in channels.items() if here}
        given |= {"closed": sorted(closed)} if closed else {}
        # On SQLite nobody else takes any meanwhile.
        most = _WINDOW if self._store.dialect == "postgresql" else 1 + len(left)
        first = self.at_hand.next(held)
        self.news = False
        now = self._store.now(connection)
        for row in connection.execute(ready(everywhere, frozenset(given)), {"now": now, "most": most, **given}).all():
            self.news = True
            if first and (row.rank, bool(row.ts), row.id) > (first.rank, bool(first.ts), first.id):
                break
            if row.id not in left and (found := self._take(connection, row, owner, now)):
                return found
        return None

    def _return(self, connection: Connection, items: Collection[Item]) -> None:
        """Give back what was never sent."""
        if items:
            row = store.outbox.c
            ours = {self._in_hand.get(each.id) for each in items}
            mine = update(store.outbox).where(row.id.in_([each.id for each in items]), row.owner.in_(ours))
            connection.execute(mine.values(owner=None, lease_until=None, attempts=0))
            self.news = True

    def _forget(self, items: Iterable[Item]) -> None:
        for each in items:
            self._in_hand.pop(each.id, None)

    def close(self, *sent: Sent) -> None:
        """Record what has left, and give back what is at hand: the writer sends nothing more."""
        self.writer = None
        rest = self.at_hand.take_out()
        with self._store.transaction() as connection:
            self._write_sent(connection, sent)
            self._return(connection, rest)
        self._forget(rest)
        self._have_left(sent)

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

    def _write_sent(self, connection: Connection, sent: Collection[Sent]) -> None:
        roots = [each for each in sent if each.ts is not None]
        if roots:
            connection.execute(STANDS, [{"place": each.item.conversation, "stands": each.ts} for each in roots])
        for each in sent:
            if each.item.refused:
                connection.execute(PLACE.values(refused="", told_at=None), {"place": each.item.conversation})
            if each.ts is not None and each.item.kind is MessageKind.CARD:
                self._draw_parent(connection, each.item)
        if sent:
            connection.execute(REMOVE, [{"item": each.item.id} for each in sent])
        for each in sent:
            if each.through is not None:
                drawn = store.outbox.c.kind == MessageKind.CARD, store.outbox.c.ticket == each.item.ticket
                connection.execute(delete(store.outbox).where(*drawn, store.outbox.c.id <= each.through))

    def _have_left(self, sent: Collection[Sent]) -> None:
        for each in sent:
            self._in_hand.pop(each.item.id, None)
            self.at_hand.follow(each)
        if sent:
            with self._arrival:
                self._arrival.notify_all()

    def drop(self, item: Item) -> None:
        """Give an item up."""
        with self._handing_back(item) as connection:
            connection.execute(REMOVE, {"item": item.id})

    def abandon(self, item: Item, farewell: Message | None) -> int:
        """End an item's conversation, and return how many of its messages are given up by that.

        ``farewell``: what those whom they were for are told directly; None for nothing.
        """
        mine = store.outbox.c.conversation == item.conversation
        with self._handing_back(item) as connection:
            ended = update(store.conversation).where(store.conversation.c.id == item.conversation)
            connection.execute(ended.values(ended=True))
            people = connection.execute(select(store.outbox.c.person).where(mine)).scalars().all()
            connection.execute(delete(store.outbox).where(mine))
            if farewell is not None:
                for person in sorted(set(people) - {""}):
                    self.tell(connection, person, farewell)
        self.wake()
        return len(people)

    def refuse(self, item: Item, error: str, *, seconds: float, gives_up: bool = False, tells: bool = True) -> None:
        """Remember that Slack takes nothing in a ticket's conversation, and tell the one who asked for it, once.

        The item is given back for later, or given up. ``tells``: False while it may still pass by itself.
        """
        row = store.conversation.c
        with self._handing_back(item) as connection:
            place = update(store.conversation).where(row.id == item.conversation)
            connection.execute(place.where(row.refused != error).values(refused=error))
            if tells:
                now = self._store.now(connection)
                first = connection.execute(place.where(row.told_at.is_(None)).values(told_at=now)).rowcount == 1
                ticket = _ticket_of(connection, item.conversation)
                if first and ticket is not None:
                    self._tell_unseen(connection, ticket)
            if gives_up:
                connection.execute(REMOVE, {"item": item.id})
            else:
                self._give_back(connection, item, seconds=seconds, unknown=False)
        self.wake()

    def uproot(self, item: Item) -> bool:
        """Take note that somebody has deleted the card above an item: it is posted anew, and the item waits for it.

        Return False where no card belongs there: then it is all over with the conversation, see `abandon`.
        """
        if not item.is_card:
            return False
        with self._handing_back(item) as connection:
            self._post_anew(connection, item.conversation, item.ts)
            self._give_back(connection, item, seconds=0, unknown=False)
        self.wake()
        return True

    def gone(self, ticket: int, ts: str) -> None:
        """Take note that somebody has deleted a ticket's card; it is posted anew, unless it has been already."""
        with self._store.transaction() as connection:
            conversation = select(store.ticket.c.conversation).where(store.ticket.c.id == ticket)
            self._post_anew(connection, int(connection.execute(conversation).scalar_one()), ts)
        self.wake()

    def wait_for_card(self, ticket: int, seconds: float) -> tuple[int, str, str, str]:
        """Wait until a ticket's card stands, or no longer than this, and return `card_of` it."""
        until = time.monotonic() + seconds
        with self._arrival:
            while not (found := self.card_of(ticket))[2] and (left := until - time.monotonic()) > 0:
                # Another replica may have posted it, of which nobody here is told.
                self._arrival.wait(min(left, _LOOK_AGAIN))
        return found

    def is_over(self, item: Item, seconds: float) -> bool:
        """Whether an item is about a ticket that is over, or about none, and has waited for longer than this."""
        if item.waited <= seconds:
            return False
        row = store.ticket.c
        mine = row.id == item.ticket if item.ticket is not None else row.conversation == item.conversation
        with self._store.reading() as connection:
            state = connection.execute(select(row.state).where(mine)).scalar()
        return state is None or State(state).is_final

    def behind(self, item: Item, *, seconds: float) -> None:
        """Put an item that was never sent behind the others of its conversation, for later."""
        with self._handing_back(item) as connection:
            # The process that has taken it since is sending it.
            mine = and_(store.outbox.c.id == item.id, store.outbox.c.owner == self._in_hand.get(item.id))
            row = connection.execute(delete(store.outbox).where(mine).returning(*store.outbox.c)).mappings().first()
            if row is not None:
                again = {name: held for name, held in row.items() if name != "id"}
                again |= {"owner": None, "lease_until": None, "attempts": item.tries}
                again["not_before"] = self._store.now(connection) + seconds
                connection.execute(insert(store.outbox).values(again))

    def refusal(self, connection: Connection, ticket: int) -> str:
        """Return what Slack answered last, while it takes nothing where a ticket's card belongs; empty otherwise."""
        row = store.conversation.c
        query = select(row.refused).join(store.ticket, store.ticket.c.conversation == row.id)
        return str(connection.execute(query.where(store.ticket.c.id == ticket)).scalar_one())

    def _tell_unseen(self, connection: Connection, ticket: int) -> None:
        """Write that the one who asked has to be told how a ticket stands, unless that waits already."""
        row = store.outbox.c
        waits = select(row.id).where(row.kind == MessageKind.UNSEEN, row.ticket == ticket, row.owner.is_(None))
        if connection.execute(waits.limit(1)).first() is None:
            asker = select(store.ticket.c.requester).where(store.ticket.c.id == ticket)
            conversation = self.converse(connection, connection.execute(asker).scalar_one())
            self._add(connection, MessageKind.UNSEEN, conversation, ticket=ticket, rank=Rank.ANSWER)

    def _post_anew(self, connection: Connection, conversation: int, ts: str) -> None:
        """Have the card of a conversation posted, whose message of this ``ts`` is gone."""
        row = store.conversation.c
        stood = update(store.conversation).where(row.id == conversation, row.ts == ts, row.ts != "")
        if connection.execute(stood.values(ts="", permalink="")).rowcount == 1:
            ticket = _ticket_of(connection, conversation)
            assert ticket is not None
            self._add(connection, MessageKind.CARD, conversation, ticket=ticket)

    def _draw_parent(self, connection: Connection, item: Item) -> None:
        """Now that there is a card to link to, let the card that it follows up on do so."""
        parent = connection.execute(select(store.ticket.c.parent).where(store.ticket.c.id == item.ticket)).scalar()
        if parent is not None:
            self.enqueue_card(connection, parent)

    def postpone(self, item: Item, *, seconds: float, unknown: bool) -> None:
        """Give an item back for later. ``unknown``: it may have arrived, so it is looked for first."""
        with self._handing_back(item) as connection:
            self._give_back(connection, item, seconds=seconds, unknown=unknown)

    @contextmanager
    def _handing_back(self, item: Item) -> Iterator[Connection]:
        """Open a transaction after which an item, and what was to follow it, isn't sent here any more.

        If it fails, their leases end by themselves.
        """
        rest = self.at_hand.take_out(lambda each: each.conversation == item.conversation)
        try:
            with self._store.transaction() as connection:
                yield connection
                self._return(connection, rest)
        finally:
            self._forget((item, *rest))
            self.news = True

    def _give_back(self, connection: Connection, item: Item, *, seconds: float, unknown: bool) -> None:
        connection.execute(
            update(store.outbox)
            # The process that has taken it since is sending it.
            .where(store.outbox.c.id == item.id, store.outbox.c.owner == self._in_hand.get(item.id))
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
                    .where(store.outbox.c.kind == MessageKind.CARD, store.outbox.c.ticket == ticket)
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

    def _take(self, connection: Connection, row: Row[Any], owner: str, now: float) -> Item | None:
        if self._store.dialect == "postgresql":
            # The conversation's row is the lock: another replica that has just taken one of its rows is seen here.
            place = {"place": row.conversation}
            if connection.execute(LOCK_PLACE, place).first() is None:
                return None
            # A row that somebody else has locked would keep all the others waiting.
            taken = connection.execute(TAKEN, {**place, "now": now}).first()
            if taken or connection.execute(LOCK_ROW, {"item": row.id}).first() is None:
                return None
        mine = {"item": row.id, "owner": owner, "lease_until": now + self._lease, "attempts": row.attempts + 1}
        claimed = connection.execute(CLAIM, mine).first()
        return item_of(row, claimed.message, now) if claimed else None


def _ticket_of(connection: Connection, conversation: int) -> int | None:
    """Return the ticket whose card and thread a conversation is."""
    query = select(store.ticket.c.id).where(store.ticket.c.conversation == conversation)
    return connection.execute(query).scalar()
