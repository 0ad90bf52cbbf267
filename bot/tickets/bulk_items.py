"""The rows of a run over many people: who they are, who has hold of which, and what became of each.

Every write is made only of rows that this process still has. It is long because it is one list of writes, each under
the same lease: frozen, claimed, calling, over.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.cognito import User
from bot.plan import SAMPLE, Somebody
from bot.ticket import MAY_HAVE_CHANGED, Event, State
from bot.tickets import audit, resource_keys, store, tables
from bot.tickets.store import Store
from bot.timings import UNHURRIED
from bot.words import Words, from_json, to_json

_AT_ONCE = 1000
_BUSY_AGAIN = 5.0
"""Seconds after which somebody is tried again whose account another request has in hand."""

_TRIES = 3
_item, _run = tables.bulk_item.c, tables.bulk_run.c


class RunState(StrEnum):
    """Where a run is."""

    WAITING = "waiting"
    """For its approval, or to be begun."""
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    """What is under way is finished, then it is over."""
    OVER = "over"


class ItemState(StrEnum):
    """Where one person of a run is."""

    TODO = "todo"
    CLAIMED = "claimed"
    """A process looks at them; nothing has been sent."""
    CALLING = "calling"
    """Their call may have been sent; nobody has written down the answer."""
    DONE = "done"
    FAILED = "failed"
    IN_DOUBT = "in doubt"
    LEFT_OUT = "left out"


_MAY_MAIL = tuple(each.value for each in (State.RUNNING, *MAY_HAVE_CHANGED))
UNDER_WAY = frozenset({ItemState.CLAIMED, ItemState.CALLING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One person of a run whom this process has."""

    n: int
    sub: str
    name: str
    address: str
    at: float = 0.0
    """Calling: since when, in the database's seconds."""
    before: Mapping[str, str]
    """What was there before the call; empty until one is about to leave."""
    user: User | None = field(default=None, repr=False)
    """As Cognito showed them a moment ago; None until somebody has looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What became of one person."""

    item: Item
    state: ItemState
    words: Words | None = None
    request_id: str = ""
    stops: bool = False
    """Whether it would be the same for everybody else today: no mail leaves any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is."""

    run: RunState
    states: Mapping[ItemState, int]
    person: str = ""
    """Who paused or stopped it last; empty for the desk."""
    words: Words | None = None
    """Why the desk paused it."""
    begun_at: float | None = None
    sample: tuple[str, ...] = ()
    """The user names of some for whom something is done."""

    def count(self, *states: ItemState) -> int:
        """Return how many people are in any of these states."""
        return sum(self.states.get(each, 0) for each in states)

    @property
    def left(self) -> int:
        """For how many something is still to be done, or under way."""
        return self.count(ItemState.TODO, ItemState.CLAIMED, ItemState.CALLING)

    @property
    def over(self) -> int:
        """For how many it is over, but for those who were left out from the start."""
        return self.count(ItemState.DONE, ItemState.FAILED, ItemState.IN_DOUBT)


_ENDED = {
    ItemState.DONE: Event.ONE_DONE,
    ItemState.FAILED: Event.ONE_FAILED,
    ItemState.IN_DOUBT: Event.ONE_IN_DOUBT,
    ItemState.LEFT_OUT: Event.ONE_LEFT_OUT,
}


def freeze(connection: Connection, ticket: int, everyone: Iterable[Somebody]) -> None:
    """Write the list of a new ticket, those who are left out among them."""
    connection.execute(insert(tables.bulk_run).values(ticket=ticket, state=RunState.WAITING.value))
    numbered = enumerate(everyone, 1)
    while some := list(islice(numbered, _AT_ONCE)):
        connection.execute(
            insert(tables.bulk_item),
            [
                {
                    "ticket": ticket,
                    "n": n,
                    "sub": each.sub,
                    "name": each.name,
                    "address": each.address,
                    "state": (ItemState.TODO if each.left_out is None else ItemState.LEFT_OUT).value,
                    "words": to_json(each.left_out) if each.left_out is not None else None,
                }
                for n, each in some
            ],
        )


def progress(connection: Connection, ticket: int) -> Progress | None:
    """Return how far a ticket's run is; None for a ticket that concerns one person."""
    run = connection.execute(select(tables.bulk_run).where(_run.ticket == ticket)).first()
    if run is None:
        return None
    counted = select(_item.state, func.count()).where(_item.ticket == ticket).group_by(_item.state)
    return Progress(
        run=RunState(run.state),
        states={ItemState(state): n for state, n in connection.execute(counted)},
        person=run.person,
        words=from_json(run.words) if run.words else None,
        begun_at=run.begun_at,
        sample=tuple(row.name for row in connection.execute(_meant(ticket).limit(SAMPLE))),
    )


def _meant(ticket: int) -> Select[tuple[str]]:
    """Choose the names of those for whom something was to be done, whatever became of it."""
    left_out_first = (_item.state == ItemState.LEFT_OUT.value) & _item.at.is_(None)
    return select(_item.name).where(_item.ticket == ticket, ~left_out_first, _item.name != "").order_by(_item.n)


def set_run(connection: Connection, ticket: int, to: RunState, *, of: Collection[RunState], **values: Any) -> bool:
    """Turn a run into another state; whether it was in one of those from which it can be."""
    turned = (
        update(tables.bulk_run)
        .where(_run.ticket == ticket, _run.state.in_([each.value for each in of]))
        .values(state=to.value, **values)
    )
    return connection.execute(turned).rowcount == 1


class Items:
    """The rows that one process works on. The owner's name is new at every start."""

    def __init__(self, database: Store, *, lease: float = UNHURRIED.lease) -> None:
        self._store = database
        self._lease = lease
        self.owner = uuid.uuid4().hex

    def claim(self, ticket: int, most: int) -> list[Item]:
        """Take some people for whom nothing was begun; none where none is left, or the run doesn't run."""
        return self._take(ticket, most, ItemState.TODO, ItemState.CLAIMED)

    def take_over(self, ticket: int, most: int) -> list[Item]:
        """Take some whose call may have been sent by a process that has gone silent, also of a run that is paused."""
        return self._take(ticket, most, ItemState.CALLING, ItemState.CALLING)

    def _take(self, ticket: int, most: int, state: ItemState, to: ItemState) -> list[Item]:
        with self._store.transaction() as connection:
            now = self._store.now(connection)
            if to is ItemState.CLAIMED and not is_running(connection, ticket):
                return []
            free = (_item.lease_until.is_(None)) | (_item.lease_until < now)
            chosen = select(tables.bulk_item).where(_item.ticket == ticket, _item.state == state.value, free)
            rows = connection.execute(chosen.order_by(_item.n).limit(most).with_for_update(skip_locked=True)).all()
            mine = {"state": to.value, "owner": self.owner, "lease_until": now + self._lease}
            connection.execute(_of(ticket, [row.n for row in rows]).values(mine))
            return [_made(row) for row in rows]

    def begin(self, ticket: int, pool: str, calling: Sequence[Item], over: Sequence[End] = ()) -> list[Item]:
        """Write that the calls of these people are about to leave, and return for whom they may.

        Not for who has become another process's; nor, for now, for whose account or address another request has in
        hand, nor while the run doesn't run: they get their turn later. ``over``: those with whom it is over already.
        """
        for _ in range(_TRIES - 1):
            try:
                return self._begin(ticket, pool, calling, over)
            except IntegrityError as error:
                # Another request has taken an account in this very moment.
                if not store.taken(error):
                    raise
        return self._begin(ticket, pool, calling, over)

    def _begin(self, ticket: int, pool: str, calling: Sequence[Item], over: Sequence[End]) -> list[Item]:
        with self._store.transaction() as connection:
            now = self._store.now(connection)
            self._end(connection, ticket, pool, over, ItemState.CLAIMED)
            mine = self._mine(connection, ticket, calling, ItemState.CLAIMED)
            runs = is_running(connection, ticket)
            busy = _busy(connection, pool, mine) if runs else {each.n for each in mine}
            again = now + _BUSY_AGAIN if runs else None
            back = {"state": ItemState.TODO.value, "owner": None, "lease_until": again}
            connection.execute(_of(ticket, sorted(busy)).values(back))
            begun = [each for each in mine if each.n not in busy]
            if begun:
                until = now + self._lease
                connection.execute(
                    _CALLING,
                    [{"of": ticket, "one": e.n, "was": dict(e.before), "since": now, "till": until} for e in begun],
                )
                keys = sorted(key for each in begun for key in _keys(pool, each))
                connection.execute(insert(tables.busy), [{"key": key, "ticket": ticket} for key in keys])
            return begun

    def end(self, ticket: int, pool: str, ends: Sequence[End]) -> None:
        """Write what became of people, of those who are this process's still."""
        with self._store.transaction() as connection:
            self._end(connection, ticket, pool, ends, ItemState.CALLING)

    def give_back(self, ticket: int, pool: str, items: Sequence[Item], *, after: float = 0.0) -> None:
        """Let people be tried again, after so many seconds: nothing has happened for them."""
        with self._store.transaction() as connection:
            mine = self._mine(connection, ticket, items, *UNDER_WAY)
            again = self._store.now(connection) + after
            back = {"state": ItemState.TODO.value, "owner": None, "lease_until": again}
            connection.execute(_of(ticket, [each.n for each in mine]).values(back))
            _free(connection, ticket, pool, mine)

    def later(self, ticket: int, items: Sequence[Item], seconds: float) -> None:
        """Leave people whose answer was lost for another look, by whichever process comes first."""
        with self._store.transaction() as connection:
            mine = self._mine(connection, ticket, items, ItemState.CALLING)
            until = self._store.now(connection) + seconds
            connection.execute(_of(ticket, [each.n for each in mine]).values(owner=None, lease_until=until))

    def keep(self, ticket: int) -> None:
        """Renew the leases of those whom this process has, release those of others that ended, and cut impossible ones.

        A lease is impossible that nobody can have taken by the clock as it is now: it was set back.
        """
        with self._store.transaction() as connection:
            now = self._store.now(connection)
            under_way = (_item.ticket == ticket) & _item.state.in_([each.value for each in UNDER_WAY])
            table = update(tables.bulk_item)
            connection.execute(table.where(under_way, _item.owner == self.owner).values(lease_until=now + self._lease))
            too_long = _item.lease_until > now + self._lease
            connection.execute(table.where(under_way, too_long).values(lease_until=now + self._lease))
            silent = (_item.ticket == ticket) & (_item.state == ItemState.CLAIMED.value) & (_item.lease_until < now)
            freed = {"state": ItemState.TODO.value, "owner": None, "lease_until": None}
            connection.execute(table.where(silent).values(freed))

    def _mine(self, connection: Connection, ticket: int, items: Sequence[Item], *states: ItemState) -> list[Item]:
        """Return those that this process still has, in a state in which it left them, locked."""
        if not items:
            return []
        held = select(_item.n).where(
            _item.ticket == ticket,
            _item.n.in_([each.n for each in items]),
            _item.owner == self.owner,
            _item.state.in_([each.value for each in states]),
        )
        ns = set(connection.execute(held.order_by(_item.n).with_for_update()).scalars())
        return [each for each in items if each.n in ns]

    def _end(self, connection: Connection, ticket: int, pool: str, ends: Sequence[End], state: ItemState) -> None:
        mine = {each.n for each in self._mine(connection, ticket, [end.item for end in ends], state)}
        ends = [each for each in ends if each.item.n in mine]
        if not ends:
            return
        now = self._store.now(connection)
        connection.execute(
            _OVER,
            [
                {
                    "of": ticket,
                    "one": each.item.n,
                    "what": each.state.value,
                    "why": to_json(each.words) if each.words is not None else None,
                    "request": each.request_id,
                    "since": now,
                }
                for each in ends
            ],
        )
        if state is ItemState.CALLING:
            _free(connection, ticket, pool, [each.item for each in ends])
        rows = [
            audit.Step(event=_ENDED[each.state], detail=_detail(each), concerns=_keys(pool, each.item)) for each in ends
        ]
        audit.record_all(connection, self._store, rows, ticket=ticket)


_CALLING = (
    update(tables.bulk_item)
    .where(_item.ticket == bindparam("of"), _item.n == bindparam("one"))
    .values(
        state=ItemState.CALLING.value,
        before=bindparam("was", type_=_item.before.type),
        at=bindparam("since"),
        lease_until=bindparam("till"),
    )
)
_OVER = (
    update(tables.bulk_item)
    .where(_item.ticket == bindparam("of"), _item.n == bindparam("one"))
    .values(
        state=bindparam("what"),
        words=bindparam("why", type_=_item.words.type),
        request_id=bindparam("request"),
        at=bindparam("since"),
        owner=None,
        lease_until=None,
    )
)


def mails_since(connection: Connection, pool: str, since: float) -> int:
    """Return how many mails runs in a pool have sent, or may have sent, since a moment of the database's."""
    ticket = tables.ticket.c
    went = [each.value for each in (ItemState.CALLING, ItemState.DONE, ItemState.IN_DOUBT)]
    # `before` is empty of what is mailed alone, and of what nothing was sent for.
    query = (
        select(_item.before)
        .join(tables.ticket, ticket.id == _item.ticket)
        .where(ticket.pool == pool, ticket.state.in_(_MAY_MAIL), _item.state.in_(went), _item.at >= since)
    )
    return sum(1 for before in connection.execute(query).scalars() if not before)


def stored(words: Words) -> dict[str, Any]:
    """Return words as these tables keep them."""
    return to_json(words)


def is_running(connection: Connection, ticket: int) -> bool:
    """Whether a run may send something."""
    state = connection.execute(select(_run.state).where(_run.ticket == ticket)).scalar()
    return bool(state == RunState.RUNNING.value)


def _of(ticket: int, ns: Sequence[int]) -> Any:
    return update(tables.bulk_item).where(_item.ticket == ticket, _item.n.in_(ns))


def _made(row: Row[Any]) -> Item:
    return Item(n=row.n, sub=row.sub, name=row.name, address=row.address, at=row.at or 0.0, before=row.before or {})


def _keys(pool: str, item: Item) -> tuple[str, ...]:
    """Return the keys by which one person's account and address are taken, and found again."""
    address = (resource_keys.address(pool, item.address),) if item.address else ()
    return (*address, resource_keys.user(pool, item.sub))


def _busy(connection: Connection, pool: str, items: Sequence[Item]) -> set[int]:
    """Return the numbers of those whose account or address a request has in hand."""
    by_key = {key: each.n for each in items for key in _keys(pool, each)}
    taken = select(tables.busy.c.key).where(tables.busy.c.key.in_(by_key))
    return {by_key[key] for key in connection.execute(taken).scalars()}


def _free(connection: Connection, ticket: int, pool: str, items: Sequence[Item]) -> None:
    keys = [key for each in items for key in _keys(pool, each)]
    if keys:
        connection.execute(delete(tables.busy).where(tables.busy.c.ticket == ticket, tables.busy.c.key.in_(keys)))


def _detail(end: End) -> dict[str, Any]:
    said = audit.told(end.words) if end.words is not None else {}
    return {"user": end.item.name, **said, **({"request_id": end.request_id} if end.request_id else {})}
