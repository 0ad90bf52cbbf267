"""A pool with many people, its last check as rows, and desks that run what is asked for all of them."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from sqlalchemy import insert, select

from bot.addresses import caseless
from bot.cognito import Identity, Provider, User
from bot.scenario import Scenario
from bot.ticket import Ticket
from bot.tickets import bulk_items, tables
from bot.tickets.bulk_items import ItemState, Progress, RunState
from bot.tickets.bulk_lists import Listings
from bot.tickets.bulk_runs import BulkRuns
from bot.tickets.store import Store
from bot.timings import Timings
from commands.bulk_invite import bulk_invite
from commands.bulk_verify import bulk_verify
from commands.verify_email import verify_email
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import LEAD1, LEAD2, LEAD3, Office

SCENARIOS: dict[str, Scenario[Any]] = {each.name: each for each in (bulk_verify, bulk_invite, verify_email)}
QUICK = Timings(pauses=(0.0, 0.0), progress=0.0)

GOOGLE = Provider(
    name="Google", type="Google", mapping={"email": "email", "email_verified": "email_verified", "name": "name"}
)
UNMAPPED = replace(GOOGLE, mapping={"email": "email"})


class NoWait:
    """A pace that lets everything through at once, and counts."""

    a_second = 250.0

    def __init__(self) -> None:
        self.taken = 0
        self.refused = 0

    def take(self, stopped: threading.Event) -> bool:
        self.taken += 1
        return not stopped.is_set()

    def throttled(self) -> None:
        self.refused += 1


class Pool(LittleCognito):
    """A pool in which many sign in through Google."""

    def __init__(self) -> None:
        super().__init__()
        self.providers = {"Google": GOOGLE}

    def through(self, name: str, *, verified: bool = False, email: str | None = None, **more: Any) -> User:
        address = f"{name}@example.com" if email is None else email
        user = self.add(name, address, verified=verified)
        identity = Identity(provider="Google", provider_type="Google", subject=name)
        self.users[name] = replace(user, identities=(identity,), **more)
        return self.users[name]

    def crowd(self, count: int) -> None:
        for n in range(count):
            self.through(f"user{n:03}")

    @property
    def unverified(self) -> list[str]:
        return [name for name, user in self.users.items() if not user.email_verified]


def checked(database: Store, pool: Pool, *, ago: float = 60.0) -> int:
    """Write what a check of the whole pool reads."""
    with database.transaction() as connection:
        now = database.now(connection)
        conversation = insert(tables.conversation).values(channel="C1", created_at=now)
        place = connection.execute(conversation.returning(tables.conversation.c.id)).scalar_one()
        row = {"pool": "prod", "state": "done", "person": "", "conversation": place, "asked_at": now, "plan": {}}
        check = insert(tables.pool_check).values(**row, found={}, ended_at=now - ago)
        number = int(connection.execute(check.returning(tables.pool_check.c.id)).scalar_one())
        for user in pool.users.values():
            connection.execute(insert(tables.pool_user).values(_row(number, user)))
    return number


def _row(check: int, user: User) -> Mapping[str, Any]:
    waits = user.status == "FORCE_CHANGE_PASSWORD"
    return {
        "pool_check": check,
        "sub": user.sub,
        "name": user.username,
        "address": user.email,
        "key": caseless(user.email),
        "name_key": caseless(user.username) if "@" in user.username else "",
        "shape": "\t".join(
            (
                user.status,
                *(() if user.enabled else ("off",)),
                *(("verified",) if user.email_verified else ()),
                *(f"by:{each.provider}" for each in user.identities),
                *(("invited:no",) if waits else ()),
            )
        ),
        "provider": user.provider,
        "month": "2025-01",
    }


class Desk(Office):
    """One process of the desk that runs what is asked for many people. Several may share a database."""

    def __init__(self, database: Store, pool: Pool, *, timings: Timings = QUICK) -> None:
        self.pace = NoWait()

        def everyone(name: str) -> Listings:
            return Listings(database, name, lambda _: self.pace.a_second)

        super().__init__(database, pool, scenarios=SCENARIOS, everyone=everyone)
        self.runs = BulkRuns(
            self.tickets,
            pool,
            judge=self.judging.standing,
            pacers=lambda pool, operation: self.pace,
            threads=lambda count, name: ThreadPoolExecutor(min(count, 8), thread_name_prefix=name),
            timings=timings,
        )

    def verify_all(self) -> Ticket:
        return self.ask("bulk-verify", who=LEAD1, provider="Google")

    def agree(self, ticket: Ticket) -> Ticket:
        for lead in (LEAD2, LEAD3):
            assert self.told(ticket, lead) == ""
        return self.read(ticket)

    def looks(self) -> None:
        """Look once, and let everything that this takes up come to its end."""
        self.runs.look()
        assert self.runs.wait()

    def carried(self, ticket: Ticket) -> Ticket:
        """Look until a run is over."""
        for _ in range(20):
            if self.read(ticket).state.is_final:
                break
            self.looks()
        return self.read(ticket)

    def paused(self, ticket: Ticket) -> Progress:
        """Look until a run is paused, and return how far it is."""
        for _ in range(50):
            progress = self.progress(ticket)
            if progress.run is RunState.PAUSED:
                return progress
            self.looks()
        raise AssertionError(f"not paused: {self.progress(ticket)}")

    def progress(self, ticket: Ticket) -> Progress:
        with self.store.reading() as connection:
            found = bulk_items.progress(connection, ticket.id)
        assert found is not None
        return found

    def states(self, ticket: Ticket) -> dict[str, str]:
        """Return the state of each person, by user name."""
        return {row.name: row.state for row in self.items(ticket)}

    def why(self, ticket: Ticket) -> dict[str, str]:
        """Return why each person came to another end than done, by user name."""
        return {row.name: row.words["template"] for row in self.items(ticket) if row.words}

    def items(self, ticket: Ticket) -> list[Any]:
        with self.store.reading() as connection:
            query = select(tables.bulk_item).where(tables.bulk_item.c.ticket == ticket.id)
            return [*connection.execute(query.order_by(tables.bulk_item.c.n))]

    def close(self) -> None:
        self.runs.stop(30)
        for each in self.runs.executors:
            each.shutdown()
        super().close()


DONE, LEFT_OUT, IN_DOUBT, FAILED = (
    each.value for each in (ItemState.DONE, ItemState.LEFT_OUT, ItemState.IN_DOUBT, ItemState.FAILED)
)
