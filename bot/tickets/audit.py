"""The audit: one row for every step, written in the transaction that takes it, and its export.

Who did what, when, stands in the row, and stays. What may name customers stands beside it, as the row's detail, and can
be removed (`bot.tickets.forgetting`). What tells whether anything was changed since is in `bot.tickets.seals`.
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, or_, select

from bot.ticket import Event, State
from bot.tickets import resource_keys, store, tables
from bot.tickets.store import Store
from bot.words import Words, from_json, mentions, say, to_json

_AT_ONCE = 500
"""Rows that an export fetches at a time."""

_KEY_BYTES = 32

_DETAIL = insert(tables.audit_detail)

_ID, _AT = re.compile("[SUW][A-Z0-9]{3,15}"), re.compile(r"[\w ,:]{1,40}\.")
_OLD = (
    ("You asked for this, so someone else has to approve it. ", " have been told."),
    ("Only leads can approve. You can ask one of them: ", "."),
    ("Only ", " can do this, who asked for it."),
    ("", " has asked to undo this already."),
    ("", " was faster: approved at "),
    ("", " was faster: denied at "),
    ("", " was faster: withdrawn at "),
    ("", ", who asked for this, may not ask for anything here any more."),
)
"""What stands before and behind people in those sentences of which the audit of a desk up to 0.2 has the text alone.

A text counts only if it is one of these as a whole: elsewhere, what looks like a Slack id may be a customer's name.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows an export holds; whatever is left out doesn't narrow it."""

    since: datetime | None = None
    until: datetime | None = None
    person: str = ""
    """A Slack user id: who did it, or who asked for the ticket."""
    user: str = ""
    """A customer's sub, user name or address."""
    state: State | None = None
    """The state that the ticket is in now."""


def record(
    connection: Connection,
    database: Store,
    event: Event,
    *,
    ticket: int | None,
    person: str = "",
    detail: Mapping[str, Any] | None = None,
    concerns: Iterable[str] = (),
) -> None:
    """Append one row. ``person`` is empty for what the desk does by itself.

    ``concerns``: the keys of those whom it is about (`bot.tickets.resource_keys`), where no ticket says so.
    """
    row = insert(tables.audit).values(at=database.clock, ticket=ticket, person=person, event=event.value)
    number = connection.execute(row.returning(tables.audit.c.id)).scalar_one()
    beside = {"audit": number, "key": secrets.token_hex(_KEY_BYTES), "detail": dict(detail or {})}
    connection.execute(_DETAIL, beside)
    if keys := [{"audit": number, "key": key} for key in concerns]:
        connection.execute(insert(tables.concerned), keys)
    database.audit_log.note(connection, event, ticket=ticket, person=person, detail=detail or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One of many rows that are written at once, all of one ticket and by the desk itself."""

    event: Event
    detail: Mapping[str, Any]
    concerns: Sequence[str]
    """The keys of the one whom it is about."""


def record_all(connection: Connection, database: Store, rows: Sequence[Step], *, ticket: int) -> None:
    """Append many rows in a few statements, each as `record` would; ``rows`` may be empty."""
    if not rows:
        return
    each = [{"ticket": ticket, "person": "", "event": row.event.value} for row in rows]
    adding = insert(tables.audit).values(at=database.clock).returning(tables.audit.c.id, sort_by_parameter_order=True)
    numbers = connection.execute(adding, each).scalars().all()
    numbered = list(zip(numbers, rows, strict=True))
    connection.execute(
        _DETAIL,
        [{"audit": n, "key": secrets.token_hex(_KEY_BYTES), "detail": dict(row.detail)} for n, row in numbered],
    )
    if keys := [{"audit": n, "key": key} for n, row in numbered for key in row.concerns]:
        connection.execute(insert(tables.concerned), keys)
    for row in rows:
        database.audit_log.note(connection, row.event, ticket=ticket, person="", detail=row.detail)


def told(words: Words) -> dict[str, Any]:
    """Return words as a row's detail holds them: plain, for who reads the export; and whole, to be drawn again."""
    return {"words": words.plain(), "said": to_json(words)}


def said(detail: Mapping[str, Any]) -> Words:
    """Return the words that a row's detail holds, with mentions of the people in them; empty where it holds none."""
    try:
        return from_json(detail["said"])
    except (KeyError, TypeError, AttributeError, ValueError):
        plain = str(detail.get("words", ""))
    for before, after in _OLD:
        people, found, tail = plain.removeprefix(before).partition(after)
        ids = people.replace(" and ", ", ").split(", ")
        ends = _AT.fullmatch(tail) is not None if after.endswith(" at ") else not tail
        if plain.startswith(before) and found and ends and all(map(_ID.fullmatch, ids)):
            drawn = mentions(ids)
            return Words(f"{before}{drawn.template}{after}{tail}", drawn.values)
    return say("{words}", words=plain) if plain else say("")


def export(database: Store, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Yield the wanted rows in the order they were written, ready to be JSON Lines. Raises `StoreError`.

    A detail that was removed is None, as is the seal of a row that isn't sealed yet.
    """
    database.check()
    with (
        # Who reads the export may take their time.
        database.reading(patiently=True) as connection,
        # However long the audit is, only so many rows are in memory at a time.
        connection.execute(_chosen(wanted), execution_options={"yield_per": _AT_ONCE}) as rows,
    ):
        for row in rows:
            yield _exported(row)


_WHOLE = (
    select(
        tables.audit,
        *(tables.ticket.c[name] for name in ("state", "scenario", "pool", "requester")),
        tables.audit_detail.c.detail,
        tables.audit_seal.c.n,
        tables.audit_seal.c.digest,
    )
    .outerjoin(tables.ticket, tables.ticket.c.id == tables.audit.c.ticket)
    .outerjoin(tables.audit_detail, tables.audit_detail.c.audit == tables.audit.c.id)
    .outerjoin(tables.audit_seal, tables.audit_seal.c.audit == tables.audit.c.id)
)


def sealed(connection: Connection, *, after: int, up_to: int) -> Sequence[dict[str, Any]]:
    """Return the rows of these links of the chain, the first excluded, in its order, ready to be JSON Lines."""
    link = tables.audit_seal.c.n
    rows = connection.execute(_WHOLE.where(link > after, link <= up_to).order_by(link))
    return [_exported(row) for row in rows]


def _exported(row: Row[Any]) -> dict[str, Any]:
    """Return a row as an export holds it."""
    return {
        "id": row.id,
        "at": store.moment(row.at).isoformat(timespec="milliseconds"),
        "event": row.event,
        "person": row.person or None,
        "ticket": row.ticket,
        "state": row.state,
        "scenario": row.scenario,
        "pool": row.pool,
        "requester": row.requester,
        "detail": row.detail,
        "seal": {"n": row.n, "digest": row.digest} if row.n is not None else None,
    }


def _chosen(wanted: Wanted) -> Select[Any]:
    ticket = tables.ticket.c
    query = _WHOLE.order_by(tables.audit.c.id)
    if wanted.since is not None:
        query = query.where(tables.audit.c.at >= wanted.since.timestamp())
    if wanted.until is not None:
        query = query.where(tables.audit.c.at < wanted.until.timestamp())
    if wanted.person:
        query = query.where(or_(tables.audit.c.person == wanted.person, ticket.requester == wanted.person))
    if wanted.user:
        touched = select(tables.touched.c.ticket).where(resource_keys.means(tables.touched.c.key, wanted.user))
        # What was done with a customer's own credential has no ticket.
        alone = select(tables.concerned.c.audit).where(resource_keys.means(tables.concerned.c.key, wanted.user))
        query = query.where(or_(tables.audit.c.ticket.in_(touched), tables.audit.c.id.in_(alone)))
    if wanted.state is not None:
        query = query.where(ticket.state == wanted.state.value)
    return query
