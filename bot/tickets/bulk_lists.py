"""The lists of requests over many people: from the rows of the pool's last check, with who is left out and why.

It reads the database alone; each person is looked at in Cognito right before their call.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, func, select

from bot.addresses import caseless
from bot.answer import refused
from bot.diagnosis import Known, known
from bot.plan import MOST_PEOPLE, Act, Listing, Somebody
from bot.tickets import bulk_items, bulk_people, tables
from bot.tickets.bulk_items import ItemState
from bot.tickets.bulk_people import Named
from bot.tickets.store import Store, moment
from bot.words import Words, say

_user, _check, _item = tables.pool_user.c, tables.pool_check.c, tables.bulk_item.c
_DAY = 86_400.0
_AT_ONCE = 1000

_COLUMNS: Sequence[Column[Any]] = (_user.sub, _user.name, _user.address, _user.key, _user.name_key, _user.shape)

_MOST_WEIGHED = 2 * MOST_PEOPLE
"""People of one list, with those who are left out: they are in memory."""

_OPERATIONS = {
    Act.VERIFY: "AdminUpdateUserAttributes",
    Act.UNVERIFY: "AdminUpdateUserAttributes",
    Act.INVITE: "AdminCreateUser",
}
_NOBODY = say("nobody was found by it in the pool's last check")


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
            meant = _of_shapes(connection, check.id, lambda of: provider in of.providers and not of.verified)
            return self._listing(connection, meant, check, Act.VERIFY)

    def listed(self, named: Mapping[str, int]) -> Listing:
        """Return those whose address isn't verified and who were named, by user name or address. Raises `Refused`."""
        by_key = {caseless(each): each for each in named}
        found: set[str] = set()
        with self._store.reading(patiently=True) as connection:
            check = self._last(connection)

            def meant() -> Iterator[Row[Any]]:
                for row in _rows(connection, check.id):
                    means = {row.name, row.sub, by_key.get(row.key, "")} & named.keys()
                    found.update(means)
                    if means:
                        yield row

            listing = self._listing(connection, meant(), check, Act.VERIFY)
        lost = (Somebody("", each, "", _NOBODY) for each in named if each not in found)
        return replace(listing, everyone=[*listing.everyone, *lost])

    def invited(self, most: int) -> Listing:
        """Return those whose invitation has certainly expired, no more than mails may leave today. Raises `Refused`."""
        with self._store.reading(patiently=True) as connection:
            check = self._last(connection)
            gone = bulk_items.mails_since(connection, self._pool, self._store.now(connection) - _DAY)
            waiting = _of_shapes(connection, check.id, lambda of: of.status == "FORCE_CHANGE_PASSWORD")
            listing = self._listing(connection, waiting, check, Act.INVITE, most=max(0, most - gone))
        return replace(listing, mails_a_day=most)

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
        return Listing(everyone=weighed, seen_at=moment(now), a_second=self._pace(Act.UNVERIFY))

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

    def _listing(
        self, connection: Connection, meant: Iterator[Row[Any]], check: "_Check", act: Act, *, most: int = MOST_PEOPLE
    ) -> Listing:
        """Return a list with no more people in it than one run may have; who comes after them is only counted."""
        kept: list[Somebody] = []
        taken = later = 0
        called = _called_otherwise(connection, check.id)
        for rows in _some(meant):
            shared = _shared(connection, check.id, rows, called)
            for each in self._weighed(connection, rows, shared, act):
                if each.left_out is None and taken == most:
                    later += 1
                    continue
                taken += each.left_out is None
                kept.append(each)
            if taken == most or len(kept) >= _MOST_WEIGHED:
                later += sum(1 for _ in meant)
        return Listing(everyone=kept, seen_at=moment(check.ended_at), a_second=self._pace(act), later=later)

    def _pace(self, act: Act) -> float:
        # Each is read twice before the call.
        return min(self._a_second(_OPERATIONS[act]), self._a_second("AdminGetUser") / 2)

    def _weighed(
        self, connection: Connection, rows: Sequence[Row[Any]], shared: Container[str], act: Act
    ) -> Iterator[Somebody]:
        named = [Named(sub=row.sub, name=row.name, address=row.address) for row in rows]
        against = bulk_people.on_record(connection, self._pool, named, act)
        for row in rows:
            words = _against(row, act, is_shared=row.sub in shared) or against.get(row.sub)
            yield Somebody(row.sub, row.name, row.address, words)


@dataclass(frozen=True, slots=True)
class _Check:
    """A pool's last check."""

    id: int
    ended_at: float


def _against(row: Row[Any], act: Act, *, is_shared: bool) -> Words | None:
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
    return bulk_people.ANOTHER_HAS_IT if is_shared else None


def _rows(connection: Connection, check: int, *conditions: ColumnElement[bool]) -> Iterator[Row[Any]]:
    query = select(*_COLUMNS).where(_user.pool_check == check, *conditions).order_by(_user.sub)
    yield from connection.execute(query, execution_options={"yield_per": _AT_ONCE})


def _of_shapes(connection: Connection, check: int, fits: Callable[[Known], bool]) -> Iterator[Row[Any]]:
    """Yield the rows of those whose state fits: there are some hundred states, so that the database finds them."""
    shapes = connection.execute(select(_user.shape).where(_user.pool_check == check).distinct()).scalars()
    return _rows(connection, check, _user.shape.in_([each for each in shapes if fits(known(each))]))


def _some(rows: Iterator[Row[Any]]) -> Iterator[list[Row[Any]]]:
    """Yield as many rows at a time as are looked up together."""
    while some := list(islice(rows, _AT_ONCE)):
        yield some


def _called_otherwise(connection: Connection, check: int) -> Counter[str]:
    """Count those who are called by an address that isn't their own, by that address without its letter case."""
    other_name = (_user.pool_check == check) & (_user.name_key != "") & (_user.name_key != _user.key)
    query = select(_user.name_key, func.count()).where(other_name).group_by(_user.name_key)
    return _counts(connection, query)


def _counts(connection: Connection, query: Select[Any]) -> Counter[str]:
    return Counter(dict(tuple(row) for row in connection.execute(query)))


def _shared(connection: Connection, check: int, rows: Sequence[Row[Any]], called: Counter[str]) -> set[str]:
    """Return who of some, by sub, has or is called by an address that another account has or is called by."""
    keys = {key for row in rows for key in (row.key, row.name_key) if key}
    query = select(_user.key, func.count()).where(_user.pool_check == check, _user.key.in_(keys)).group_by(_user.key)
    having = _counts(connection, query)

    def others(row: Row[Any]) -> int:
        is_otherwise = row.name_key not in {"", row.key}
        with_address = (having[row.key] - 1 if row.key else 0) + called[row.key]
        with_name = having[row.name_key] + called[row.name_key] - 1 if is_otherwise else 0
        return with_address + with_name

    return {row.sub for row in rows if others(row)}


def _named(somebody: Somebody) -> Named:
    return Named(sub=somebody.sub, name=somebody.name, address=somebody.address)
