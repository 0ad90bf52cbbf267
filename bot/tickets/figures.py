"""How many tickets there are in which state, what waits, and since when: for `desk status` and for the metrics.

Numbers, states and the names of scenarios alone: nothing of any customer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.ticket import State
from bot.tickets import connections, tables
from bot.tickets.store import Store, moment

_ticket, _outbox = tables.ticket.c, tables.outbox.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one look at the database has counted. Ages are in seconds; None where there is nothing of the kind."""

    tickets: Mapping[tuple[State, str], int]
    """By state and scenario; what there is none of isn't in it."""
    oldest_waiting: float | None
    """Of the tickets that wait for leads: since the oldest was asked for."""
    outbox: int
    """Messages that Slack has yet to be told."""
    oldest_unsent: float | None
    """Since the oldest of them was written."""
    connections: int
    """How many connections to Slack the desks on this database have."""
    newest_audit: datetime | None
    """When the newest row of the audit was written; None while it is empty."""

    @property
    def by_state(self) -> Mapping[State, int]:
        """How many there are in each state, those of which there are none included."""
        return {state: sum(n for (each, _), n in self.tickets.items() if each is state) for state in State}

    @property
    def in_doubt(self) -> int:
        """How many tickets there are of which nobody knows what became of them."""
        return self.by_state[State.IN_DOUBT]


def figures(database: Store) -> Figures:
    """Count. Takes as long as it takes to look through all tickets."""
    # All in one transaction, so that the numbers fit each other.
    with database.reading(patiently=True) as connection:
        now = database.now(connection)
        counted = select(_ticket.state, _ticket.scenario, func.count()).group_by(_ticket.state, _ticket.scenario)
        oldest_waiting = select(func.min(_ticket.created_at)).where(_ticket.state == State.PENDING.value)
        unsent, oldest_unsent = connection.execute(select(func.count(), func.min(_outbox.created_at))).one()
        audited = select(tables.audit.c.at).order_by(tables.audit.c.id.desc()).limit(1)
        return Figures(
            tickets={(State(state), scenario): n for state, scenario, n in connection.execute(counted)},
            oldest_waiting=_age(connection.execute(oldest_waiting).scalar(), now),
            outbox=unsent,
            oldest_unsent=_age(oldest_unsent, now),
            connections=_connections(connection, now),
            newest_audit=moment(at) if (at := connection.execute(audited).scalar()) is not None else None,
        )


def _connections(connection: Connection, now: float) -> int:
    return int(connection.execute(select(func.count()).where(connections.are_open(now))).scalar_one())


def _age(at: float | None, now: float) -> float | None:
    # A clock that was set back makes nothing younger than new.
    return None if at is None else max(0.0, now - at)
