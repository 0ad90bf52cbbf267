"""What is found of everybody of a pool that has been read: each shape once, those who share an address together.

All of it can be done again: who goes on after a crash begins at the beginning, and comes to the same. Counting is the
database's work; nothing here grows with the pool.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    distinct,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.diagnosis import Cause, Judged, Listed, Member, Unlisted, user_of
from bot.tickets import tables
from bot.tickets.store import Store

WORKS = Cause.VERIFIED.value
"""The finding of those with whom nothing is the matter."""

_AT_ONCE = 500
"""Addresses that are judged at a time, so that nobody waits long for a database that takes one writer."""

_user = tables.pool_user.c
_shape = tables.pool_shape.c

_CALLED = case((_user.name_key == _user.key, _user.name), else_="")
"""The user name, where it is the address in some letter case."""


def judge(store: Store, check: int, listed: Listed) -> dict[str, Any]:
    """Write down the findings of a check, and return what was found: counts that name nobody, JSON-ready.

    Where an earlier check of the pool is still there, what has changed since is told too.
    """
    _judge_shapes(store, check, listed)
    for keys in _shared(store, check):
        _judge_together(store, check, listed, keys)
    if not listed.pool.email_is_data:
        _judge_called(store, check, listed)
    with store.reading(patiently=True) as connection:
        found = _counted(connection, check, listed)
        found["shared"] = _sharing(connection, check)
        if (before := _before(connection, check)) is not None:
            found["since"] = {"at": before.ended_at, **_changed(connection, check, before.id)}
    return found


def digest(shape: str) -> str:
    """Return what `pool_shape` calls a shape."""
    return hashlib.sha256(shape.encode()).hexdigest()


def of_shapes(connection: Connection, check: int) -> dict[str, Judged]:
    """Return what is found of each shape of a check that has been judged, of those who share no address."""
    rows = connection.execute(select(_shape.digest, _shape.finding, _shape.doubts).where(_shape.pool_check == check))
    known = {row.digest: judged_of(row.finding, row.doubts) for row in rows}
    return {shape: known[named] for shape in _shapes(connection, check) if (named := digest(shape)) in known}


def with_finding(shapes: Mapping[str, Judged], finding: str) -> ColumnElement[bool]:
    """Return the condition for rows of `pool_user` with a finding; ``shapes`` are of the same check."""
    alone = [shape for shape, judged in shapes.items() if judged.finding == finding]
    return or_(_user.finding == finding, and_(_user.finding == "", _user.shape.in_(alone)))


def judged_of(finding: str, doubts: str) -> Judged:
    """Return a finding as it is written in a row."""
    return Judged(finding, tuple(map(Unlisted, doubts.split())))


def _shapes(connection: Connection, check: int) -> list[str]:
    return list(connection.execute(select(_user.shape).where(_user.pool_check == check).distinct()).scalars())


def _judge_shapes(store: Store, check: int, listed: Listed) -> None:
    with store.reading(patiently=True) as connection:
        shapes = sorted(_shapes(connection, check))
    rows = [{"pool_check": check, "digest": digest(shape), **_values(listed.alone(shape))} for shape in shapes]
    with store.transaction() as connection:
        connection.execute(delete(tables.pool_shape).where(_shape.pool_check == check))
        if rows:
            connection.execute(insert(tables.pool_shape), rows)


def _values(judged: Judged) -> dict[str, str]:
    return {"finding": judged.finding, "doubts": " ".join(judged.doubts)}


def _shared(store: Store, check: int) -> Iterator[tuple[str, ...]]:
    """Yield the addresses that several have, some at a time."""
    last = ""
    while True:
        several = select(_user.key).where(_user.pool_check == check, _user.key > last).group_by(_user.key)
        some = several.having(func.count() > 1).order_by(_user.key).limit(_AT_ONCE)
        with store.reading(patiently=True) as connection:
            keys = tuple(connection.execute(some).scalars())
        if not keys:
            return
        yield keys
        last = keys[-1]


class _Class(NamedTuple):
    """Those of one address who are judged alike."""

    key: str
    member: Member


def _classes(check: int, which: ColumnElement[bool]) -> Select[tuple[str, str, str, str, int]]:
    columns = (_user.key, _user.address, _user.shape, _CALLED.label("called"))
    query = select(*columns, func.count().label("members")).where(_user.pool_check == check, which)
    return query.group_by(*columns).order_by(*columns)


def _read_classes(connection: Connection, check: int, which: ColumnElement[bool]) -> list[_Class]:
    return [
        _Class(row.key, Member(address=row.address, shape=row.shape, name=row.called, count=row.members))
        for row in connection.execute(_classes(check, which))
    ]


def _judge_together(store: Store, check: int, listed: Listed, keys: Sequence[str]) -> None:
    with store.reading(patiently=True) as connection:
        classes = _read_classes(connection, check, _user.key.in_(keys))
    found: list[tuple[_Class, Judged]] = []
    for key, several in groupby(classes, key=lambda each: each.key):
        judged = listed.together(each.member for each in several)
        found += [(_Class(key, member), each) for member, each in judged.items()]
    _write(store, check, found)


def _judge_called(store: Store, check: int, listed: Listed) -> None:
    """Judge once more those whose address is what somebody else is called."""
    other = tables.pool_user.alias("other")
    has_it = and_(other.c.pool_check == check, other.c.key == _user.name_key)
    query = (
        select(_user.name_key, _user.name, _user.address, _user.shape)
        .join(other, has_it)
        .where(_user.pool_check == check, _user.name_key != "", _user.name_key != _user.key)
        .distinct()
        .order_by(_user.name_key)
    )
    with store.reading(patiently=True) as connection:
        called = defaultdict[str, list[Member]](list)
        for row in connection.execute(query):
            called[row.name_key].append(Member(address=row.address, shape=row.shape, name=row.name))
    for key, others in called.items():
        with store.reading(patiently=True) as connection:
            classes = _read_classes(connection, check, _user.key == key)
        judged = listed.together((each.member for each in classes), others)
        _write(store, check, [(_Class(key, member), each) for member, each in judged.items()])


def _write(store: Store, check: int, found: Iterable[tuple[_Class, Judged]]) -> None:
    rows = [
        {
            "of_key": each.key,
            "of_address": each.member.address,
            "of_shape": each.member.shape,
            "of_name": each.member.name,
            **_values(judged),
        }
        for each, judged in found
    ]
    if not rows:
        return
    written = update(tables.pool_user).where(
        _user.pool_check == check,
        _user.key == bindparam("of_key"),
        _user.address == bindparam("of_address"),
        _user.shape == bindparam("of_shape"),
        bindparam("of_name") == _CALLED,
    )
    with store.transaction() as connection:
        connection.execute(written.values(finding=bindparam("finding"), doubts=bindparam("doubts")), rows)


def _counted(connection: Connection, check: int, listed: Listed) -> dict[str, Any]:
    """Count what was found."""
    shapes = of_shapes(connection, check)
    unverified = {shape for shape in shapes if _is_unverified(shape, listed)}
    columns = (_user.shape, _user.finding, _user.doubts, _user.provider, _user.month)
    query = select(*columns, func.count().label("users")).where(_user.pool_check == check).group_by(*columns)
    findings, doubts = Counter[str](), Counter[str]()
    providers, months = defaultdict[str, Counter[str]](Counter), defaultdict[str, Counter[str]](Counter)
    users = not_verified = 0
    for row in connection.execute(query.execution_options(stream_results=True, max_row_buffer=1000)):
        judged = judged_of(row.finding, row.doubts) if row.finding else shapes[row.shape]
        users += row.users
        not_verified += row.users * (row.shape in unverified)
        findings[judged.finding] += row.users
        providers[row.provider][judged.finding] += row.users
        months[row.month][judged.finding] += row.users
        for doubt in judged.doubts:
            doubts[doubt.value] += row.users
    return {
        "users": users,
        "unverified": not_verified,
        "findings": dict(findings.most_common()),
        "doubts": dict(doubts.most_common()),
        "providers": {name: dict(found.most_common()) for name, found in sorted(providers.items())},
        "months": {month: dict(found.most_common()) for month, found in sorted(months.items())},
    }


def _is_unverified(shape: str, listed: Listed) -> bool:
    user = user_of(shape, listed.pool, listed.at)
    return bool(user.email) and not user.email_verified


def _sharing(connection: Connection, check: int) -> dict[str, int]:
    """Count the addresses that several have, and those that differ in letter case only."""
    members, spelled = func.count().label("members"), func.count(distinct(_user.address)).label("spelled")
    by_key = select(members, spelled).where(_user.pool_check == check, _user.key != "").group_by(_user.key)
    several = by_key.having(func.count() > 1).subquery()
    differing = func.sum(case((several.c.spelled > 1, 1), else_=0))
    row = connection.execute(select(func.count(), func.sum(several.c.members), differing).select_from(several)).one()
    return {"addresses": int(row[0]), "accounts": int(row[1] or 0), "spelled": int(row[2] or 0)}


def _before(connection: Connection, check: int) -> Row[int, float] | None:
    """Return the check of the same pool to compare with, and when it ended; None where nobody it has read is there.

    That is the last one that is done. A scheduled check is compared with the last scheduled one, if there is one:
    what is new since last week is new, though somebody has looked yesterday.
    """
    row = tables.pool_check.c
    this = connection.execute(select(row.pool, row.due).where(row.id == check)).one()
    is_there = exists().where(_user.pool_check == row.id)
    done = select(row.id, row.ended_at).where(row.pool == this.pool, row.id < check, row.state == "done", is_there)
    if this.due is not None:
        done = done.order_by(row.due.is_(None))
    return connection.execute(done.order_by(row.id.desc()).limit(1)).first()


def _changed(connection: Connection, check: int, before: int) -> dict[str, dict[str, int]]:
    """Return of how many each finding is new since an earlier check, and of how many it is gone."""
    now_found, then_found = of_shapes(connection, check), of_shapes(connection, before)
    new, gone = Counter[str](), Counter[str]()
    now, then = tables.pool_user.alias("now"), tables.pool_user.alias("before")

    def finding(shape: str | None, own: str | None, shapes: Mapping[str, Judged]) -> str:
        return own or (shapes[shape].finding if shape is not None else "")

    columns = (now.c.shape, now.c.finding, then.c.shape.label("then_shape"), then.c.finding.label("then_finding"))
    same = and_(then.c.pool_check == before, then.c.sub == now.c.sub)
    query = (
        select(*columns, func.count().label("users"))
        .select_from(now.outerjoin(then, same))
        .where(now.c.pool_check == check)
        .group_by(*columns)
    )
    for row in connection.execute(query):
        is_now = finding(row.shape, row.finding, now_found)
        was = finding(row.then_shape, row.then_finding, then_found)
        if is_now != was:
            new[is_now] += row.users
            gone[was] += row.users
    left = (
        select(then.c.shape, then.c.finding, func.count().label("users"))
        .select_from(then.outerjoin(now, and_(now.c.pool_check == check, now.c.sub == then.c.sub)))
        .where(then.c.pool_check == before, now.c.sub.is_(None))
        .group_by(then.c.shape, then.c.finding)
    )
    for row in connection.execute(left):
        gone[finding(row.shape, row.finding, then_found)] += row.users
    gone.pop("", None)
    return {"new": dict(new.most_common()), "gone": dict(gone.most_common())}
