"""How many tickets are in which state, what waits and since when: the same for the status and for the metrics."""

from pathlib import Path

import pytest
from sqlalchemy import delete, update

from bot.operator import status
from bot.ticket import State
from bot.tickets import tables
from bot.tickets.figures import figures
from bot.tickets.store import Store, StoreError
from tests.bot.office import LEAD1, Office


def older(office: Office, seconds: float) -> None:
    """Let everything have been written so much earlier."""
    with office.store.transaction() as connection:
        for table in (tables.ticket, tables.outbox):
            connection.execute(update(table).values(created_at=table.c.created_at - seconds))


def test_tickets_count_by_state_and_scenario(office: Office) -> None:
    office.carried_out()
    office.ask("pair")
    doubtful = office.ask("move", email="new@example.com")
    with office.store.transaction() as connection:
        row = update(tables.ticket).where(tables.ticket.c.id == doubtful.id)
        connection.execute(row.values(state=State.IN_DOUBT.value))
    older(office, 3725)

    found = figures(office.store)
    assert found.tickets == {(State.DONE, "verify"): 1, (State.PENDING, "pair"): 1, (State.IN_DOUBT, "move"): 1}
    assert found.in_doubt == 1
    assert found.oldest_waiting == pytest.approx(3725, abs=60)
    assert found.outbox > 0
    assert found.oldest_unsent == pytest.approx(3725, abs=60)
    assert found.newest_audit is not None

    said = status.as_text(found)
    assert "waiting for leads     1, the oldest for 1 h 2 min" in said
    assert "in doubt              1" in said
    assert [line.split("  ")[0] for line in said.splitlines()[-3:]] == [
        "pending, pair",
        "done, verify",
        "in doubt, move",
    ]
    assert "example" not in said + status.as_json(found)


def test_where_nothing_waits_there_is_no_age(office: Office) -> None:
    ticket = office.ask()
    office.told(ticket, LEAD1)
    office.settled(ticket)
    with office.store.transaction() as connection:
        connection.execute(delete(tables.outbox))

    found = figures(office.store)
    assert (found.oldest_waiting, found.outbox, found.oldest_unsent) == (None, 0, None)


def test_an_empty_database_has_only_zeros(database: Store) -> None:
    found = figures(database)
    assert (dict(found.tickets), found.connections, found.newest_audit) == ({}, 0, None)
    assert found.by_state == dict.fromkeys(State, 0)


def test_a_database_that_breaks_while_it_is_read_is_told_in_words(tmp_path: Path) -> None:
    database = Store(f"sqlite:///{tmp_path}/desk.db")
    database.prepare()
    with database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox RENAME TO gone")
    with pytest.raises(StoreError, match=r"^DESK_DATABASE_URL: the database can't be used \(no such table: outbox\)\."):
        status.read(database)
    database.close()
