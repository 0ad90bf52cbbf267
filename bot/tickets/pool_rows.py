"""How long the users of a whole pool are kept who were read for a check, and how one of them is forgotten."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, or_, select, update

from bot.addresses import caseless
from bot.tickets import tables

NAMED_FOR = timedelta(days=7)
"""For how long names and addresses are kept; then only what was found, by ``sub``, to compare the next check with."""

COMPARED_FOR = timedelta(days=15)
"""For how long a scheduled check waits for the next one at most, though other checks have been done since."""

_SLICE = 2000
"""Rows that are changed in one transaction: on SQLite others wait for it."""

_check, _user = tables.pool_check.c, tables.pool_user.c
_UNFINISHED = ("stopped", "failed")


def forget(connection: Connection, user: str) -> int:
    """Remove somebody, whose sub, user name or address this is, and return of how many checks."""
    mine = or_(
        _user.sub == user.lower(), _user.name == user, _user.key == caseless(user), _user.name_key == caseless(user)
    )
    return connection.execute(delete(tables.pool_user).where(mine)).rowcount


def clean(connection: Connection, now: float) -> int:
    """Remove some of what is kept for no purpose any more, and return how many rows that were.

    That is all of a check that wasn't finished, names and addresses after a week, and after that the rest of a check
    once a newer one of the pool is done: of a scheduled one, once the next scheduled one is.
    """
    before = now - NAMED_FOR.total_seconds()
    newer = tables.pool_check.alias()
    following = exists().where(newer.c.pool == _check.pool, newer.c.id > _check.id, newer.c.state == "done")
    waits = and_(_check.due.is_not(None), _check.ended_at > now - COMPARED_FOR.total_seconds())
    is_followed = and_(following, or_(~waits, following.where(newer.c.due.is_not(None))))
    old = and_(_check.state == "done", _check.ended_at < before)
    useless = or_(_check.state.in_(_UNFINISHED), and_(old, is_followed))
    return _remove(connection, useless) or _take_names(connection, old, now)


def _remove(connection: Connection, which: ColumnElement[bool]) -> int:
    has_rows = exists().where(_user.pool_check == _check.id)
    for check in connection.execute(select(_check.id).where(which, has_rows).limit(1)).scalars():
        some = select(_user.sub).where(_user.pool_check == check).order_by(_user.sub).limit(_SLICE)
        gone = delete(tables.pool_user).where(_user.pool_check == check, _user.sub.in_(some.scalar_subquery()))
        return connection.execute(gone).rowcount
    return 0


def _take_names(connection: Connection, which: ColumnElement[bool], now: float) -> int:
    for check in connection.execute(select(_check.id).where(which, _check.cleared_at.is_(None)).limit(1)).scalars():
        # By the index first: looking for names alone begins at the first user each time, of forty million maybe.
        taken = _take_some(connection, check, _user.key > "") or _take_some(connection, check, _user.name != "")
        if not taken:
            connection.execute(update(tables.pool_check).where(_check.id == check).values(cleared_at=now))
        return taken
    return 0


def _take_some(connection: Connection, check: int, which: ColumnElement[bool]) -> int:
    named = select(_user.sub).where(_user.pool_check == check, which).limit(_SLICE)
    unnamed = update(tables.pool_user).where(_user.pool_check == check, _user.sub.in_(named.scalar_subquery()))
    return connection.execute(unnamed.values(name="", address="", key="", name_key="")).rowcount
