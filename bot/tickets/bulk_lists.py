"""The lists of requests over many people: from the rows of the pool's last check, with who is left out and why.

It reads the database alone; each person is looked at in Cognito right before their call.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, union

from bot.addresses import caseless
from bot.answer import refused
from bot.diagnosis import known
from bot.plan import MOST_PEOPLE, Act, Listing, Somebody
from bot.tickets import bulk_items, bulk_people, tables
from bot.tickets.bulk_items import ItemState
from bot.tickets.bulk_people import Named
from bot.tickets.store import Store, moment
from bot.words import Words, say

_DAY = 86_400.0
_AT_ONCE = 1000
_NOBODY = say("nobody goes by it in the pool's last check")
_user, _check, _item = tables.pool_user.c, tables.pool_check.c, tables.bulk_item.c


class Listings:
    """Implements `bot.plan.Everyone` for one pool."""

    def __init__(self, database: Store, pool: str, a_second: Callable[[str], float]) -> None:
        """``a_second``: how many calls of an operation its share of AWS's rate allows."""
        self._store = database
        self._pool = pool
        self._a_second = a_second

    def unverified(self, provider: str) -> Listing:
        """Return those whose address isn't verified and who sign in through a provider. Raises `Refused`."""
        with self._store.reading(patiently=True) as connection:
            check = self._last(connection)
            shared = _shared(connection, check.id)
            rows = (
                row for row in _rows(connection, check.id, _user.provider == provider) if not known(row.shape).verified
            )
            people = list(self._weighed(connection, _some(rows), shared, Act.VERIFY))
        return self._listing(people, check, "AdminUpdateUserAttributes")

    def listed(self, named: Mapping[str, int]) -> Listing:
        """Return those whose address isn't verified and who were named, by user name or address. Raises `Refused`."""
        by_key = {caseless(each): each for each in named}
        found: set[str] = set()
        with self._store.reading(patiently=True) as connection:
            check = self._last(connection)
            shared = _shared(connection, check.id)

            def meant() -> Iterator[Row[Any]]:
                for row in _rows(connection, check.id):
                    means = {row.name, row.sub, by_key.get(row.key, "")} & named.keys()
                    found.update(means)
                    if means:
                        yield row

            people = list(self._weighed(connection, _some(meant()), shared, Act.VERIFY))
        lost = (Somebody("", each, "", _NOBODY) for each in named if each not in found)
        return self._listing([*people, *lost], check, "AdminUpdateUserAttributes")

    def invited(self, most: int) -> Listing:
        """Return those whose invitation has certainly expired, no more than mails may leave today. Raises `Refused`."""
        with self._store.reading(patiently=True) as connection:
            check = self._last(connection)
            shared = _shared(connection, check.id)
            gone = bulk_items.mails_since(connection, self._pool, self._store.now(connection) - _DAY)
            waiting = (row for row in _rows(connection, check.id) if known(row.shape).status == "FORCE_CHANGE_PASSWORD")
            people = list(self._weighed(connection, _some(waiting), shared, Act.INVITE))
        return self._listing(people, check, "AdminCreateUser", most=max(0, most - gone), mails_a_day=most)

    def done(self, ticket: int) -> Listing:
        """Return those for whom an earlier run did something that can be undone."""
        query = select(_item.sub, _item.name, _item.address, _item.at).where(
            _item.ticket == ticket, _item.state == ItemState.DONE.value
        )
        with self._store.reading(patiently=True) as connection:
            now = self._store.now(connection)
            people = [Somebody(row.sub, row.name, row.address) for row in connection.execute(query.order_by(_item.n))]
            against = bulk_people.on_record(connection, self._pool, [_named(each) for each in people], Act.UNVERIFY)
        weighed = [Somebody(each.sub, each.name, each.address, against.get(each.sub)) for each in people]
        return Listing(everyone=weighed, seen_at=moment(now), a_second=self._a_second("AdminUpdateUserAttributes"))

    def _last(self, connection: Connection) -> "_Check":
        """Return the pool's last check that is done. Raises `Refused` where it is too old."""
        query = select(_check.id, _check.ended_at).where(
            _check.pool == self._pool, _check.state == "done", _check.cleared_at.is_(None)
        )
        row = connection.execute(query.order_by(_check.id.desc()).limit(1)).first()
        if row is None or row.ended_at is None or row.ended_at < self._store.now(connection) - _DAY:
            raise refused(
                "The pool has not been checked within a day, so nobody knows who is meant. Check the whole pool first, "
                "then ask for this again."
            )
        return _Check(int(row.id), float(row.ended_at))

    def _weighed(
        self, connection: Connection, some: Iterable[list[Row[Any]]], shared: frozenset[str], act: Act
    ) -> Iterator[Somebody]:
        for rows in some:
            named = [Named(sub=row.sub, name=row.name, address=row.address) for row in rows]
            against = bulk_people.on_record(connection, self._pool, named, act)
            for row in rows:
                words = _against(row, act, shared) or against.get(row.sub)
                yield Somebody(row.sub, row.name, row.address, words)

    def _listing(
        self, people: list[Somebody], check: "_Check", operation: str, *, most: int = MOST_PEOPLE, mails_a_day: int = 0
    ) -> Listing:
        """Return a list with no more people in it than one run may have."""
        kept, taken, later = [], 0, 0
        for each in people:
            if each.left_out is None and taken >= min(most, MOST_PEOPLE):
                later += 1
                continue
            taken += each.left_out is None
            kept.append(each)
        # Each is read twice before the call.
        a_second = min(self._a_second(operation), self._a_second("AdminGetUser") / 2)
        return Listing(
            everyone=kept, seen_at=moment(check.ended_at), a_second=a_second, mails_a_day=mails_a_day, later=later
        )


@dataclass(frozen=True, slots=True)
class _Check:
    """A pool's last check."""

    id: int
    ended_at: float


def _against(row: Row[Any], act: Act, shared: frozenset[str]) -> Words | None:
    state = known(row.shape)
    if not row.address:
        return bulk_people.NO_ADDRESS
    if act is Act.VERIFY and state.verified:
        return bulk_people.VERIFIED
    if not state.enabled:
        return bulk_people.DISABLED
    if act is Act.VERIFY and state.status == "UNCONFIRMED":
        return bulk_people.UNFINISHED
    if act is Act.INVITE and not state.invitation_over:
        return bulk_people.STILL_VALID
    return bulk_people.ANOTHER_HAS_IT if row.key in shared or row.name_key in shared else None


def _rows(connection: Connection, check: int, *conditions: ColumnElement[bool]) -> Iterator[Row[Any]]:
    query = select(tables.pool_user).where(_user.pool_check == check, *conditions).order_by(_user.sub)
    yield from connection.execute(query, execution_options={"yield_per": _AT_ONCE})


def _some(rows: Iterable[Row[Any]]) -> Iterator[list[Row[Any]]]:
    """Yield as many rows at a time as are looked up together."""
    some: list[Row[Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == _AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _shared(connection: Connection, check: int) -> frozenset[str]:
    """Return the addresses, without their letter case, that more than one account has or is called by."""
    mine = tables.pool_user.c.pool_check == check
    each = union(
        select(_user.key.label("key"), _user.sub).where(mine, _user.key != ""),
        select(_user.name_key.label("key"), _user.sub).where(mine, _user.name_key != ""),
    ).subquery()
    counted = select(each.c.key).group_by(each.c.key).having(func.count() > 1)
    return frozenset(connection.execute(counted).scalars())


def _named(somebody: Somebody) -> Named:
    return Named(sub=somebody.sub, name=somebody.name, address=somebody.address)
