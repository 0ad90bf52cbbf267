"""A database that has been in use for years: so many requests, each with its plan, its keys and its audit."""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text

from bot.cognito import User
from bot.ticket import PLANS
from bot.tickets import audit, follow_ups, records, resource_keys, store, tables
from bot.tickets.deliveries import Deliveries
from bot.tickets.outbox import Outbox
from bot.tickets.records import Records
from bot.tickets.seals import Sealer
from bot.tickets.store import Store
from bot.tickets.sweeper import Sweeper
from bot.tickets.transitions import Tickets
from bot.tickets.verify_seals import verify
from tests.bot.sample_tickets import PLAN
from tests.databases import Postgres

ROWS = 11
"""Rows of the audit that a request leaves, as a rule."""

_AT_ONCE = 2000
_YEAR = 365 * 86400.0


@contextmanager
def databases() -> Iterator[dict[str, Store]]:
    """Open an empty database of each kind, by its name."""
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="desk-bench-"))
        server = Postgres()
        opened.callback(server.stop)
        found = {"SQLite": Store(f"sqlite:///{folder}/desk.db"), "PostgreSQL": Store(server.fresh())}
        for database in found.values():
            opened.callback(database.close)
            database.prepare()
        yield found


def fill(database: Store, *, tickets: int, customers: int = 0) -> None:
    """Write that many finished requests, for a tenth as many customers unless it is said how many."""
    everyone = customers or max(1, tickets // 10)
    plan = PLANS.dump_python(PLAN, mode="json")
    with database.transaction() as connection:
        now = database.now(connection)
    for first in range(1, tickets + 1, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, tickets + 1))
        with database.transaction() as connection:
            _add(connection, tables.conversation, (_conversation(n, now) for n in numbers))
            _add(connection, tables.ticket, (_ticket(n, plan, now) for n in numbers))
            _add(connection, tables.author, ({"ticket": n, "person": "U0AGENT"} for n in numbers))
            _add(connection, tables.touched, (key for n in numbers for key in _touched(n, n % everyone)))
            _add(connection, tables.audit, (row for n in numbers for row in _audit(n, now)))
            _add(connection, tables.audit_detail, (row for n in numbers for row in _details(n)))
            _add(connection, tables.concerned, (_concerned(n, n % everyone) for n in numbers))
            _add(connection, tables.written, (_written(n, n % everyone, now) for n in numbers))
    if database.dialect == "postgresql":
        with database.transaction() as connection:
            for table in ("conversation", "ticket", "audit"):
                newest = select(func.max(tables.metadata.tables[table].c.id)).scalar_subquery()
                connection.execute(select(func.setval(func.pg_get_serial_sequence(table, "id"), newest)))
            # As its autovacuum would; on SQLite nobody does, and plans are made without figures.
            for each in tables.metadata.sorted_tables:
                connection.execute(text(f'ANALYZE "{each.name}"'))


def _add(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    connection.execute(insert(table), list(rows))


def _conversation(n: int, now: float) -> dict[str, Any]:
    return {
        "id": n,
        "channel": "C0SUPPORT",
        "ts": f"{n}.0",
        "permalink": f"https://example.slack.com/{n}",
        "created_at": now,
    }


def _ticket(n: int, plan: Any, now: float) -> dict[str, Any]:
    return {
        "id": n, "state": "done", "scenario": "verify-email", "pool": "prod", "form": {}, "plan": plan, "observed": {},
        "needed": 1, "requester": "U0AGENT", "reason": "called back", "conversation": n, "created_at": now - _YEAR,
        "expires_at": now - _YEAR + 14400, "decided_at": now - _YEAR, "outcome": {},
    }  # fmt: skip


def _touched(n: int, customer: int) -> Iterator[dict[str, Any]]:
    address = f"user{customer}@example.com"
    for key in (
        resource_keys.user("prod", f"sub-{customer}"),
        resource_keys.name("prod", f"user{customer}"),
        resource_keys.address("prod", address),
    ):
        yield {"ticket": n, "key": key}


def _audit(n: int, now: float) -> Iterator[dict[str, Any]]:
    for row in _rows(n):
        yield {"id": row, "at": now - _YEAR, "ticket": n, "person": "U0AGENT", "event": "sent"}


def _details(n: int) -> Iterator[dict[str, Any]]:
    for row in _rows(n):
        yield {"audit": row, "key": f"{row:064x}", "detail": {"words": "x" * 200}}


def _rows(n: int) -> range:
    return range((n - 1) * ROWS + 1, n * ROWS + 1)


def _concerned(n: int, customer: int) -> dict[str, Any]:
    return {"audit": n, "key": resource_keys.name("prod", f"user{customer}")}


def _written(n: int, customer: int, now: float) -> dict[str, Any]:
    account, address = resource_keys.user("prod", f"sub-{customer}"), f"user{customer}@example.com"
    return {"account": account, "address": address, "signed_up": False, "ticket": n, "call": 1, "at": now - _YEAR}


class _Idle:
    """A runner with nothing to run."""

    def keep(self) -> None:
        """Renew nothing."""

    def start(self, number: int) -> None:
        """Start nothing."""

    def shorten(self) -> None:
        """Cut nothing."""


def _no_notice(*_: object, **__: object) -> None:
    """Say nothing."""


def measured(database: Store, *, times: int = 5) -> dict[str, float]:
    """Return the median seconds of the database's work behind each thing that people wait for."""
    user = User(
        username="user7",
        sub="sub-7",
        status="CONFIRMED",
        enabled=True,
        attributes={"email": "user7@example.com"},
        created=store.moment(0),
        modified=store.moment(0),
    )
    outbox = Outbox(database)
    ledger = Records(database, "prod", ["prod"])

    def card() -> None:
        with database.reading() as connection:
            follow_ups.of(connection, 7)

    works: dict[str, Callable[[], object]] = {
        "/cognito-history of an account": lambda: ledger.history("user7", (user,), most=60),
        "/cognito-history of an address": lambda: ledger.history("user7@example.com", (user,), most=60),
        "/cognito-requests": lambda: (ledger.waiting(), records.count_waiting(database, ["prod"])),
        "a plan's look-ups": lambda: (ledger.written(user), ledger.earlier(PLAN)),
        "what follows up on a card": card,
        "the sweeper's look": Sweeper(Tickets(database, outbox, _no_notice), _Idle()).sweep,  # type: ignore[arg-type] # it runs nothing
        "the outbox's look": lambda: Deliveries(outbox).claim("bench", held=frozenset()),
    }
    return {name: statistics.median(_seconds(work) for _ in range(times)) for name, work in works.items()}


def exported(database: Store) -> tuple[int, float]:
    """Export the whole audit, and return its rows and the seconds it took."""
    began = time.perf_counter()
    rows = sum(1 for row in audit.export(database, audit.Wanted()) if json.dumps(row))
    return rows, time.perf_counter() - began


def sealed(database: Store) -> tuple[float, float]:
    """Seal the whole audit and verify it, and return the seconds that each took."""
    sealing = _seconds(Sealer(database).seal_all)
    verifying = _seconds(lambda: verify(database))
    return sealing, verifying


def megabytes(database: Store) -> float:
    """Return what the database takes on its disk."""
    with database.reading() as connection:
        if database.dialect == "sqlite":
            pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
            taken = connection.execute(text(pages)).scalar_one()
        else:
            taken = sum(
                connection.execute(text("SELECT pg_total_relation_size(:table)"), {"table": table}).scalar_one()
                for table in tables.metadata.tables
            )
    return float(taken) / 1e6


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
