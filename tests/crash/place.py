"""Where one desk lives, dies and lives again: its workspace, its pool, its database, and patience with all of them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from pydantic import SecretStr
from sqlalchemy import select

from bot.settings import Approvals, Settings
from bot.ticket import Event, State, Ticket
from bot.tickets import tables
from bot.tickets.message import Message as Drawn
from bot.tickets.outbox import Outbox
from bot.tickets.store import Store
from bot.tickets.transitions import Tickets
from sandbox.testing import (
    AGENT,
    CHANNELS,
    GROUPS,
    LEAD1,
    PEOPLE,
    CognitoServer,
    LivePool,
    Person,
    Rates,
    Rules,
    SlackServer,
    Workspace,
)
from tests.crash.points import Point
from tests.crash.program import Child, Order
from tests.stories.floor import MANIFEST, UNHURRIED, settings_for

T = TypeVar("T")
PATIENCE = 300.0
"""Seconds after which what somebody waited for counts as never to come; a busy machine takes a minute at times."""
_LOOK = 0.05


class Died(Exception):
    """The desk died while somebody waited for it."""


class Stuck(Exception):
    """What somebody waited for did not come, though the desk lives."""


@dataclass(slots=True)
class Place:
    """One workspace, one pool, one database; a desk while one lives."""

    slack: Workspace
    server: SlackServer
    cognito: CognitoServer
    pool: LivePool
    settings: Settings
    folder: Path
    tickets: Tickets
    child: Child | None = field(default=None, repr=False)
    calls_before: int = 0
    """What had come to Cognito, and what it had mailed, before anybody did anything with the desk."""
    mails_before: int = 0

    def start(self, kill_at: Point | None = None) -> None:
        """Give the desk a life."""
        order = Order(settings=self.settings, environ=self.cognito.environment, folder=self.folder, kill_at=kill_at)
        before = set(self.server.sockets.connections)
        self.child = Child(order)
        self.until(lambda: set(self.server.sockets.connections) - before, "the desk to connect")

    def kill(self) -> None:
        """Kill the desk, wherever it is."""
        if self.child is not None:
            self.child.kill()

    def until(self, wanted: Callable[[], T], what: str) -> T:
        """Return the first true value. Raises `Died` and `Stuck`."""
        end = time.monotonic() + PATIENCE
        while not (found := wanted()):
            assert self.child
            if not self.child.is_alive:
                raise Died
            if time.monotonic() > end:
                raise Stuck(f"waited in vain for {what}\n{self.slack.seen()}\n{self.child.log[-4000:]}")
            time.sleep(_LOOK)
        return found

    def all_tickets(self) -> list[Ticket]:
        """Return every ticket as its row is now."""
        if not self._has_tables():
            return []
        with self.tickets.store.reading() as connection:
            numbers = connection.execute(select(tables.ticket.c.id).order_by(tables.ticket.c.id)).scalars().all()
            return [self.tickets.reload(connection, number) for number in numbers]

    def events(self, ticket: int) -> list[Event]:
        """Return what the audit holds of a ticket, oldest first."""
        with self.tickets.store.reading() as connection:
            query = select(tables.audit.c.event).where(tables.audit.c.ticket == ticket).order_by(tables.audit.c.id)
            return [Event(event) for event in connection.execute(query).scalars()]

    def recovered(self) -> None:
        """Wait until everything that a death left behind is made good, and Slack has been told everything."""
        self.until(self.rests, "what was left behind to be made good")

    def rests(self) -> bool:
        """Whether nothing is due any more: what isn't told or done by then is lost."""
        # In this order: a ticket that comes to its end leaves its messages in the outbox with the same commit.
        return (
            all(
                ticket.state in (State.PENDING, *_FINAL) or (ticket.state is State.APPROVED and ticket.plan.secrets)
                for ticket in self.all_tickets()
            )
            and not self._has_case_due()
            and self.tickets.outbox.is_empty()
        )

    def _has_case_due(self) -> bool:
        with self.tickets.store.reading() as connection:
            case = tables.customer_case.c
            return connection.execute(select(case.conversation).where(case.due_at.is_not(None))).first() is not None

    def _has_tables(self) -> bool:
        with self.tickets.store.reading() as connection:
            return connection.dialect.has_table(connection, tables.audit.name)


_FINAL = tuple(state for state in State if state.is_final)


def _silent(event: Event, ticket: Ticket, by: str) -> Drawn | None:
    return None


@contextmanager
def place(
    cognito: CognitoServer,
    pool: LivePool,
    folder: Path,
    database: str,
    *,
    people: int,
    expires_after: float = 14400.0,
) -> Iterator[Place]:
    """Set a place up: a workspace with this many agents, each with two leads of their own, and no desk yet."""
    agents = [_like(AGENT, f"agent{n}") for n in range(people)]
    leads = [_like(LEAD1, f"lead{n}{which}") for n in range(people) for which in "ab"]
    joining = {"support": [one.id for one in agents], "leads": [one.id for one in leads]}
    everyone = frozenset(one.id for one in (*agents, *leads))
    slack = Workspace(
        MANIFEST,
        rules=Rules(rates=Rates.generous(), ack_seconds=UNHURRIED, trigger_seconds=UNHURRIED),
        people=(*PEOPLE, *agents, *leads),
        groups=[replace(group, members=(*group.members, *joining.get(group.handle, ()))) for group in GROUPS],
        channels=[replace(channel, members=channel.members | everyone) for channel in CHANNELS],
    )
    with SlackServer(slack) as server:
        settings = settings_for(
            slack,
            server,
            {"prod": pool},
            folder,
            database_url=SecretStr(database),
            approvals=Approvals(
                expires_after=timedelta(seconds=expires_after),
                escalate_to=("U0AGENT",),
                escalate_after=timedelta(seconds=expires_after * 0.6),
            ),
        )
        watching = Store(database)
        here = Place(slack, server, cognito, pool, settings, folder, Tickets(watching, Outbox(watching), _silent))
        try:
            yield here
        finally:
            if here.child is not None and here.child.is_alive:
                here.child.kill()
            watching.close()


def _like(somebody: Person, name: str) -> Person:
    return replace(somebody, id=f"U0{name.upper()}", name=name, display_name=name, real_name=name)
