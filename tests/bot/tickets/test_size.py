"""However much is on record: what people wait for is found by key and index, and an export never holds all of it."""

import re
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from bot.tickets import audit, follow_ups, records, tables
from bot.tickets.deliveries import Deliveries
from bot.tickets.message import Sent
from bot.tickets.records import Records
from bot.tickets.seals import Sealer
from bot.tickets.store import Store
from bot.tickets.sweeper import Escalation, Sweeper
from tests.bench.size import fill
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import AGENT, LEAD1, Office

pytestmark = pytest.mark.slow

GROWING = {
    *("audit", "audit_detail", "author", "bulk_item", "call", "concerned", "conversation", "delivery", "pool_check"),
    *("pool_user", "posted_file", "ticket", "touched", "vote", "written"),
}
"""The tables that keep what was; the others hold what is under way."""

SMALL = "audit_detail_unsealed"
"""An index that has only what is under way, so that it may be read from end to end."""


@contextmanager
def statements(database: Store) -> Iterator[list[tuple[str, Any]]]:
    """Collect the questions that are asked of a database, with their parameters."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(database.engine, "before_cursor_execute", note)


def scanned(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Return the growing tables that a question reads from end to end."""
    if connection.dialect.name == "postgresql":
        (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
        names = [node["Relation Name"] for node in _nodes(plan["Plan"]) if _reads_all(node)]
    else:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        names = [found[1] for row in rows if (found := re.match(r"SCAN (\w+)", row[-1])) and SMALL not in row[-1]]
    aliases = {alias: table for table, alias in re.findall(r"(\w+) AS (\w+)", statement)}
    return [name for name in names if aliases.get(name, name) in GROWING]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", ()):
        yield from _nodes(inner)


def _reads_all(node: dict[str, Any]) -> bool:
    by_key = {"Index Cond", "Recheck Cond"} & node.keys() or node.get("Index Name") == SMALL
    return "Relation Name" in node and not by_key


def _history(office: Office, cognito: LittleCognito) -> None:
    Records(office.store, "prod").history("ana@example.com", (cognito.users["ana"],), most=60)


def _gone(office: Office, _: LittleCognito) -> None:
    records.remembers(office.store, "prod", "somebody")


def _waiting(office: Office, _: LittleCognito) -> None:
    Records(office.store, "prod", ["prod"]).waiting()
    records.count_waiting(office.store, ["prod"])


def _plan(office: Office, _: LittleCognito) -> None:
    office.ask("move", email="other@example.com")


def _card(office: Office, _: LittleCognito) -> None:
    with office.store.reading() as connection:
        office.tickets.reload(connection, 1)
        follow_ups.of(connection, 1)


def _sweep(office: Office, _: LittleCognito) -> None:
    told = Escalation(to=("S0MANAGERS",), after=0.0)
    Sweeper(office.tickets, office.runner, escalation=told).sweep()


def _send(office: Office, _: LittleCognito) -> None:
    deliveries = Deliveries(office.outbox)
    item = deliveries.claim("me", held=frozenset())
    assert item is not None
    office.outbox.card_of(1)
    deliveries.claim("me", held=frozenset(), sent=[Sent(item=item, ts="1.0")])


def _decide(office: Office, _: LittleCognito) -> None:
    ticket = office.ask("verify", user="eve")
    office.told(ticket, LEAD1)
    office.settled(ticket)


def _seal(office: Office, _: LittleCognito) -> None:
    Sealer(office.store).seal_all()


@pytest.mark.parametrize("work", [_history, _gone, _waiting, _plan, _card, _sweep, _send, _decide, _seal])
def test_nothing_that_people_wait_for_reads_what_grows_from_end_to_end(
    office: Office, cognito: LittleCognito, work: Callable[[Office, LittleCognito], None]
) -> None:
    fill(office.store, tickets=300)
    cognito.add("eve", "eve@example.com")
    office.carried_out()
    office.ask(who=AGENT, user="ana", scenario="move", email="new@example.com")
    with statements(office.store) as asked:
        work(office, cognito)
    assert asked
    with office.store.reading() as connection:
        if connection.dialect.name == "postgresql":
            # A table of few rows is read faster whole; what matters is whether there is another way.
            for way in ("seqscan", "mergejoin", "hashjoin"):
                connection.execute(text(f"SET LOCAL enable_{way} = off"))
        found = {statement: scanned(connection, statement, parameters) for statement, parameters in asked}
    assert {statement: tables for statement, tables in found.items() if tables} == {}


def test_an_export_holds_some_rows_at_a_time_however_many_there_are(office: Office) -> None:
    with office.store.transaction() as connection:
        row = {"at": 1.0, "ticket": None, "person": AGENT.id, "event": "refused"}
        connection.execute(tables.audit.insert(), [row | {"id": n} for n in range(1, 10_001)])
        detail = {"key": "0" * 64, "detail": {"words": "x" * 2000}}
        connection.execute(tables.audit_detail.insert(), [detail | {"audit": n} for n in range(1, 10_001)])
    kinds: list[str] = []

    def note(_c: Any, cursor: Any, *_: Any) -> None:
        kinds.append(type(cursor).__name__)

    event.listen(office.store.engine, "before_cursor_execute", note)
    tracemalloc.start()
    assert sum(1 for _ in audit.export(office.store, audit.Wanted())) == 10_000
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    event.remove(office.store.engine, "before_cursor_execute", note)
    assert most < 10_000 * 2000 / 2
    if office.store.dialect == "postgresql":
        # What the driver itself would hold can't be seen from Python; a cursor in the server holds nothing here.
        assert kinds[-1] == "ServerCursor"
