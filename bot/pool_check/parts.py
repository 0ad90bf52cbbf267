"""The parts of a pool: the users whose ``sub`` begins with the same digits, as rows that processes take and finish.

In newer pools some digits of a ``sub`` are the same for all users, so that a part may have none. Each method runs in
its caller's transaction.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from bot.tickets import tables

DIGITS = "0123456789abcdef"
"""What a ``sub`` is made of, besides its hyphens."""

DEEPEST = 8
"""Digits of a prefix at most: the ninth character of a ``sub`` is a hyphen."""

_BIG = 16_000
"""Users of a part, as far as that can be told, from which on it is read in smaller ones. Each of them ends with a page
that isn't full; of larger ones more has to be read again when a process ends."""

SURE = 8
"""Pages of a part after which it can be told whether others of its length have anybody."""

_row = tables.pool_part.c


class PartState(StrEnum):
    """How far a part is."""

    TODO = "todo"
    READING = "reading"
    DONE = "done"
    SPLIT = "split"
    """It is read in smaller ones."""


OPEN = (PartState.TODO, PartState.READING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How much of a pool has been read."""

    users: int
    pages: int
    left: int
    """Parts that aren't done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A part that is being read from its first page on."""

    prefix: str
    owner: str
    """New each time that the part is taken: what was read before, by the same process too, counts for nothing."""


def begin(connection: Connection, check: int) -> None:
    """Write the first parts of a check: one for each digit."""
    _add(connection, check, DIGITS)


def take(connection: Connection, check: int, *, now: float, lease: float) -> Taken | None:
    """Take a part that nobody reads; None where there is none.

    One that somebody has begun who is gone is read from its beginning: what was read of it is removed.
    """
    chosen = select(_row.prefix, _row.state).where(_free(check, now)).order_by(_row.prefix).limit(1)
    found = connection.execute(chosen.with_for_update(skip_locked=True)).first()
    if found is None:
        return None
    if found.state == PartState.READING:
        _forget(connection, check, found.prefix)
    taken = Taken(prefix=str(found.prefix), owner=uuid.uuid4().hex)
    mine = {"state": PartState.READING, "owner": taken.owner, "lease_until": now + lease, "users": 0, "pages": 0}
    connection.execute(update(tables.pool_part).where(_one(check, taken.prefix)).values(mine))
    return taken


def is_any_free(connection: Connection, check: int, *, now: float) -> bool:
    """Whether there is a part that nobody reads."""
    return connection.execute(select(_row.prefix).where(_free(check, now)).limit(1)).first() is not None


def restart(connection: Connection, check: int, taken: Taken) -> Taken | None:
    """Remove what was read of a part, and take it once more; None where it is another's by now."""
    once_more = Taken(prefix=taken.prefix, owner=uuid.uuid4().hex)
    begun = {"owner": once_more.owner, "users": 0, "pages": 0}
    if connection.execute(update(tables.pool_part).where(_has(check, taken)).values(begun)).rowcount != 1:
        return None
    _forget(connection, check, taken.prefix)
    return once_more


def split(connection: Connection, check: int, taken: Taken) -> bool:
    """Replace a part by its smaller ones; what was read of it is removed. Return whether it was still taken so."""
    done = {"state": PartState.SPLIT, "owner": None, "lease_until": None, "users": 0}
    if connection.execute(update(tables.pool_part).where(_has(check, taken)).values(done)).rowcount != 1:
        return False
    _forget(connection, check, taken.prefix)
    _add(connection, check, [taken.prefix + digit for digit in DIGITS])
    return True


def is_worth_splitting(connection: Connection, check: int, prefix: str, *, pages: int, estimate: int) -> bool:
    """Whether a part is better read in smaller ones. ``pages``: how many of it have come; there are more.

    ``estimate``: users in the pool.
    """
    if len(prefix) == 1:
        return pages == 1 and estimate / len(DIGITS) > _BIG
    if len(prefix) >= DEEPEST or pages != SURE:
        return False
    mine, above = func.length(_row.prefix) == len(prefix), func.length(_row.prefix) == len(prefix) - 1
    begun = or_(_row.pages > 0, _row.state == PartState.SPLIT)
    somebody = or_(_row.users > 0, _row.state == PartState.SPLIT)
    parents = func.count().filter(above, _row.state != PartState.DONE)
    seen, peopled = func.count().filter(mine, begun), func.count().filter(mine, somebody)
    found = connection.execute(select(parents, seen, peopled).where(_row.pool_check == check)).one()
    every, begun_by_now, with_users = (max(1, int(each)) for each in found)
    return estimate / (len(DIGITS) * every * with_users / begun_by_now) > _BIG


def advance(connection: Connection, check: int, taken: Taken, *, users: int, is_last: bool = False) -> bool:
    """Count a page of a part. Return whether it is still taken so, and the page's rows may be written."""
    changed = {"users": _row.users + users, "pages": _row.pages + 1}
    done = {"state": PartState.DONE, "owner": None, "lease_until": None} if is_last else {}
    counted = update(tables.pool_part).where(_has(check, taken)).values({**changed, **done})
    return connection.execute(counted).rowcount == 1


def renew(connection: Connection, check: int, mine: Iterable[Taken], *, now: float, lease: float) -> None:
    """Go on having the parts that this process reads, and cut impossible leases of others.

    A lease is impossible that nobody can have taken by the clock as it is now: it was set back.
    """
    until = update(tables.pool_part).where(_row.pool_check == check, _row.state == PartState.READING)
    until = until.values(lease_until=now + lease)
    connection.execute(until.where(_row.owner.in_(sorted(each.owner for each in mine))))
    connection.execute(until.where(_row.lease_until > now + lease))


def progress(connection: Connection, check: int) -> Progress:
    """Return how much has been read, with what is read of parts that aren't done."""
    left = func.count().filter(_row.state.in_(OPEN))
    found = connection.execute(
        select(func.sum(_row.users), func.sum(_row.pages), left).where(_row.pool_check == check)
    ).one()
    return Progress(users=int(found[0] or 0), pages=int(found[1] or 0), left=int(found[2]))


def _free(check: int, now: float) -> ColumnElement[bool]:
    gone = and_(_row.state == PartState.READING, _row.lease_until < now)
    return and_(_row.pool_check == check, or_(_row.state == PartState.TODO, gone))


def _one(check: int, prefix: str) -> ColumnElement[bool]:
    return and_(_row.pool_check == check, _row.prefix == prefix)


def _has(check: int, taken: Taken) -> ColumnElement[bool]:
    return and_(_one(check, taken.prefix), _row.owner == taken.owner, _row.state == PartState.READING)


def _add(connection: Connection, check: int, prefixes: Iterable[str]) -> None:
    rows = [{"pool_check": check, "prefix": each, "state": PartState.TODO} for each in prefixes]
    connection.execute(insert(tables.pool_part), rows)


def _forget(connection: Connection, check: int, prefix: str) -> None:
    user = tables.pool_user.c
    # No digit comes after "f", and every letter after that does.
    mine = and_(user.pool_check == check, user.sub >= prefix, user.sub < f"{prefix}g")
    connection.execute(delete(tables.pool_user).where(mine))
