"""The audit: one row for every step, written in the transaction that takes it, and its export."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, insert, or_, select

from bot.ticket import Event, State
from bot.tickets import store
from bot.tickets.store import Store


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
) -> None:
    """Append one row. ``person`` is empty for what the desk does by itself."""
    connection.execute(
        insert(store.audit).values(
            at=database.now(connection), ticket=ticket, person=person, event=event.value, detail=dict(detail or {})
        )
    )


def export(database: Store, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Yield the wanted rows in the order they were written, ready to be JSON Lines. Raises `StoreError`."""
    database.check()
    # Who reads the export may take their time.
    with database.reading(patiently=True) as connection:
        for row in connection.execute(_chosen(wanted)):
            yield {
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
            }


def _chosen(wanted: Wanted) -> Select[Any]:
    ticket = store.ticket.c
    query = (
        select(store.audit, ticket.state, ticket.scenario, ticket.pool, ticket.requester)
        .outerjoin(store.ticket, ticket.id == store.audit.c.ticket)
        .order_by(store.audit.c.id)
    )
    if wanted.since is not None:
        query = query.where(store.audit.c.at >= wanted.since.timestamp())
    if wanted.until is not None:
        query = query.where(store.audit.c.at < wanted.until.timestamp())
    if wanted.person:
        query = query.where(or_(store.audit.c.person == wanted.person, ticket.requester == wanted.person))
    if wanted.user:
        named = [
            store.touched.c.key.endswith(f":{kind}:{name}", autoescape=True)
            for kind, name in (("user", wanted.user), ("name", wanted.user), ("address", wanted.user.lower()))
        ]
        touched = store.audit.c.ticket.in_(select(store.touched.c.ticket).where(or_(*named)))
        # What was done with a customer's own credential has no ticket; it says itself whom it was for.
        typed = func.lower(store.audit.c.detail["user"].as_string()) == wanted.user.lower()
        query = query.where(or_(touched, and_(store.audit.c.ticket.is_(None), typed)))
    if wanted.state is not None:
        query = query.where(ticket.state == wanted.state.value)
    return query
