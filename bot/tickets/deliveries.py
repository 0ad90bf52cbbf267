"""What leaves the outbox: the row that is to be sent next, and what became of it.

Rows of a conversation leave in the order they were written, and only one of them is on its way at any time, in all
replicas together. What the `Writer` has taken is leased to it: if its process dies, another takes it when the lease
ends.

It is long because all that may become of a row is in one place.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, select, update

from bot.ticket import State
from bot.tickets import tables
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
    Sent,
    item_of,
    list_name,
    ready,
)
from bot.tickets.outbox import Outbox, drawn_as, ticket_of

_WINDOW = 20
"""How many of the oldest rows that may leave are looked at; others are being sent by someone else at this moment."""


class Deliveries:
    """What the writer of this process takes and gives back. Each method opens a short transaction of its own."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
        self._store = outbox.store
        self._at_hand = outbox.at_hand

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
        stuck = self._at_hand.take_out_held(held) if held else []
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
            self.outbox.in_hand[found.id] = owner
            return found
        return self._at_hand.take(held) if owner == self.outbox.writer else None

    def postpone(self, item: Item, *, seconds: float, unknown: bool) -> None:
        """Give an item back for later. ``unknown``: it may have arrived, so it is looked for first."""
        with self._handing_back(item) as connection:
            self._give_back(connection, item, seconds=seconds, unknown=unknown)

    def behind(self, item: Item, *, seconds: float) -> None:
        """Put an item that was never sent behind the others of its conversation, for later."""
        with self._handing_back(item) as connection:
            # The process that has taken it since is sending it.
            mine = and_(tables.outbox.c.id == item.id, tables.outbox.c.owner == self.outbox.in_hand.get(item.id))
            row = connection.execute(delete(tables.outbox).where(mine).returning(*tables.outbox.c)).mappings().first()
            if row is not None:
                again = {name: held for name, held in row.items() if name != "id"}
                again |= {"owner": None, "lease_until": None, "attempts": item.tries}
                again["not_before"] = self._store.now(connection) + seconds
                connection.execute(insert(tables.outbox).values(again))

    def drop(self, item: Item) -> None:
        """Give an item up."""
        with self._handing_back(item) as connection:
            connection.execute(REMOVE, {"item": item.id})

    def abandon(self, item: Item, farewell: Message | None) -> int:
        """End an item's conversation, and return how many of its messages are given up by that.

        ``farewell``: what those whom they were for are told directly. None: somebody has deleted the root, so nobody
        waits for what was beneath it, but for what came of a customer action: that is posted in the channel by itself.
        """
        mine = tables.outbox.c.conversation == item.conversation
        with self._handing_back(item) as connection:
            ended = update(tables.conversation).where(tables.conversation.c.id == item.conversation)
            connection.execute(ended.values(ended=True))
            if farewell is None:
                self._unthread(connection, item)
            people = connection.execute(select(tables.outbox.c.person).where(mine)).scalars().all()
            connection.execute(delete(tables.outbox).where(mine))
            if farewell is not None:
                for person in sorted(set(people) - {""}):
                    self.outbox.tell(connection, person, farewell)
        self.outbox.wake()
        return len(people)

    def _unthread(self, connection: Connection, item: Item) -> None:
        """Let what came of customer actions leave a thread that is gone."""
        row = tables.outbox.c
        mine = and_(row.conversation == item.conversation, row.kind == MessageKind.ACTION)
        if connection.execute(select(row.id).where(mine).limit(1)).first() is not None:
            place = self.outbox.converse(connection, item.channel)
            moved = {"conversation": place, "kind": MessageKind.SAY, "owner": None, "lease_until": None}
            connection.execute(update(tables.outbox).where(mine).values(moved))

    def refuse(self, item: Item, error: str, *, seconds: float, gives_up: bool = False, tells: bool = True) -> None:
        """Remember that Slack takes nothing in a ticket's conversation, and tell the one who asked for it, once.

        The item is given back for later, or given up. ``tells``: False while it may still pass by itself.
        """
        row = tables.conversation.c
        with self._handing_back(item) as connection:
            place = update(tables.conversation).where(row.id == item.conversation)
            connection.execute(place.where(row.refused != error).values(refused=error))
            if tells:
                now = self._store.now(connection)
                first = connection.execute(place.where(row.told_at.is_(None)).values(told_at=now)).rowcount == 1
                ticket = ticket_of(connection, item.conversation)
                if first and ticket is not None:
                    self.outbox.tell_unseen(connection, ticket)
            if gives_up:
                connection.execute(REMOVE, {"item": item.id})
            else:
                self._give_back(connection, item, seconds=seconds, unknown=False)
        self.outbox.wake()

    def uproot(self, item: Item) -> bool:
        """Take note that somebody has deleted the card above an item: it is posted anew, and the item waits for it.

        Return False where no card belongs there: then it is all over with the conversation, see `abandon`.
        """
        if not item.is_card:
            return False
        with self._handing_back(item) as connection:
            self.outbox.post_anew(connection, item.conversation, item.ts)
            self._give_back(connection, item, seconds=0, unknown=False)
        self.outbox.wake()
        return True

    def is_over(self, item: Item, seconds: float) -> bool:
        """Whether an item is about a ticket that is over, or about none, and has waited for longer than this."""
        if item.waited <= seconds:
            return False
        row = tables.ticket.c
        mine = row.id == item.ticket if item.ticket is not None else row.conversation == item.conversation
        with self._store.reading() as connection:
            state = connection.execute(select(row.state).where(mine)).scalar()
        return state is None or State(state).is_final

    def close(self, *sent: Sent) -> None:
        """Record what has left, and give back what is at hand: the writer sends nothing more."""
        self.outbox.writer = None
        rest = self._at_hand.take_out()
        with self._store.transaction() as connection:
            self._write_sent(connection, sent)
            self._return(connection, rest)
        self._forget(rest)
        self._have_left(sent)

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
        first = self._at_hand.next(held)
        self.outbox.news = False
        now = self._store.now(connection)
        for row in connection.execute(ready(everywhere, frozenset(given)), {"now": now, "most": most, **given}).all():
            self.outbox.news = True
            if first and (row.rank, bool(row.ts), row.id) > (first.rank, bool(first.ts), first.id):
                break
            if row.id not in left and (found := self._take(connection, row, owner, now)):
                return found
        return None

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
        mine = {"item": row.id, "owner": owner, "lease_until": now + self.outbox.lease, "attempts": row.attempts + 1}
        claimed = connection.execute(CLAIM, mine).first()
        return item_of(row, claimed.message, now) if claimed else None

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
                covered = delete(tables.outbox).where(*drawn_as(each.item), tables.outbox.c.id <= each.through)
                connection.execute(covered)

    def _draw_parent(self, connection: Connection, item: Item) -> None:
        """Now that there is a card to link to, let the card that it follows up on do so, and the cases."""
        parent = connection.execute(select(tables.ticket.c.parent).where(tables.ticket.c.id == item.ticket)).scalar()
        if parent is not None:
            self.outbox.enqueue_card(connection, parent)
        told = tables.case_ticket.c
        self.outbox.enqueue_cases(connection, select(told.conversation).where(told.ticket == item.ticket))

    def _have_left(self, sent: Collection[Sent]) -> None:
        for each in sent:
            self.outbox.in_hand.pop(each.item.id, None)
            self._at_hand.follow(each)
        if sent:
            with self.outbox.arrival:
                self.outbox.arrival.notify_all()

    @contextmanager
    def _handing_back(self, item: Item) -> Iterator[Connection]:
        """Open a transaction after which an item, and what was to follow it, isn't sent here any more.

        If it fails, their leases end by themselves.
        """
        rest = self._at_hand.take_out(lambda each: each.conversation == item.conversation)
        try:
            with self._store.transaction() as connection:
                yield connection
                self._return(connection, rest)
        finally:
            self._forget((item, *rest))
            self.outbox.news = True

    def _give_back(self, connection: Connection, item: Item, *, seconds: float, unknown: bool) -> None:
        connection.execute(
            update(tables.outbox)
            # The process that has taken it since is sending it.
            .where(tables.outbox.c.id == item.id, tables.outbox.c.owner == self.outbox.in_hand.get(item.id))
            .values(
                owner=None,
                lease_until=None,
                not_before=self._store.now(connection) + seconds,
                attempts=item.tries + unknown,
            )
        )

    def _return(self, connection: Connection, items: Collection[Item]) -> None:
        """Give back what was never sent."""
        if items:
            row = tables.outbox.c
            ours = {self.outbox.in_hand.get(each.id) for each in items}
            mine = update(tables.outbox).where(row.id.in_([each.id for each in items]), row.owner.in_(ours))
            connection.execute(mine.values(owner=None, lease_until=None, attempts=0))
            self.outbox.news = True

    def _forget(self, items: Iterable[Item]) -> None:
        for each in items:
            self.outbox.in_hand.pop(each.id, None)
