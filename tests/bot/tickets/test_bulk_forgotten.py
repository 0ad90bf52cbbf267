"""Somebody who was one of many is forgotten as anybody else; and who was meant is, with the details of a request."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.ticket import State
from bot.tickets import tables
from bot.tickets.forgetting import Cleaner, Kept, StillOpen, forget
from bot.tickets.store import Store
from tests.bot.tickets.many_people import DONE, Desk, Pool, checked

# The rows of the pool's check are another matter.
ELSEWHERE = {"pool_user"}


@pytest.fixture
def pool() -> Pool:
    found = Pool()
    for name in ("ana.one", "bob.two"):
        found.through(name)
    return found


@pytest.fixture
def desk(database: Store, pool: Pool) -> Iterator[Desk]:
    opened = Desk(database, pool)
    checked(database, pool)
    yield opened
    opened.close()


def named(desk: Desk, *names: str) -> set[str]:
    """Return the tables that hold any of these names."""
    found = set()
    with desk.store.reading() as connection:
        for table in tables.metadata.sorted_tables:
            rows = [dict(row) for row in connection.execute(select(table)).mappings()]
            text = json.dumps(rows, default=str)
            if any(name in text for name in names):
                found.add(table.name)
    return found - ELSEWHERE


def test_one_of_many_is_forgotten_and_the_others_are_not(desk: Desk, pool: Pool) -> None:
    ticket = desk.carried(desk.agree(desk.verify_all()))
    sub = pool.users["ana.one"].sub
    assert named(desk, "ana.one", f'"{sub}"', f":{sub}") == {"audit_detail", "bulk_item", "concerned"}

    gone = forget(desk.store, sub, by="root")

    assert gone.items == 1
    assert not named(desk, "ana.one", f'"{sub}"', f":{sub}")
    assert desk.states(ticket) == {"bob.two": DONE}
    assert named(desk, "bob.two") == {"audit_detail", "bulk_item", "concerned"}


def test_nobody_is_forgotten_while_a_run_that_they_are_in_is_open(desk: Desk) -> None:
    desk.verify_all()
    with pytest.raises(StillOpen):
        forget(desk.store, "ANA.ONE@example.com", by="root")


def test_with_its_details_a_request_loses_whom_it_was_for_and_keeps_how_many(desk: Desk) -> None:
    ticket = desk.carried(desk.agree(desk.verify_all()))
    assert ticket.state is State.DONE
    with desk.store.transaction() as connection:
        connection.execute(update(tables.ticket).values(created_at=1.0, decided_at=1.0))
    day = timedelta(days=1)
    Cleaner(desk.store, Kept(messages=day, details=day)).clean()
    assert desk.states(ticket) == {"": DONE}
    assert desk.progress(ticket).over == 2
    assert "bulk_item" not in named(desk, "ana.one", "bob.two")
