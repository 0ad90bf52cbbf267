"""What was read of a whole pool is kept for as long as somebody needs it, and nobody who is forgotten stays in it."""

import pytest
from sqlalchemy import select

from bot.tickets import pool_rows, tables
from bot.tickets.store import Store

DAY = 24 * 3600.0


@pytest.fixture(autouse=True)
def conversation(database: Store) -> None:
    with database.transaction() as connection:
        connection.execute(tables.conversation.insert(), {"channel": "C1", "created_at": 1.0})


def check(database: Store, state: str, *, ended: float, people: int = 3, due: float | None = None) -> int:
    with database.transaction() as connection:
        row = {"pool": "prod", "state": state, "person": "U1", "conversation": 1, "asked_at": 1.0, "ended_at": ended}
        row["due"] = due
        inserted = tables.pool_check.insert().values({**row, "plan": {}, "found": {}}).returning(tables.pool_check.c.id)
        number = int(connection.execute(inserted).scalar_one())
        users = [
            {
                "pool_check": number,
                "sub": f"{n}-sub",
                "name": f"ada{n}@example.com",
                "address": f"Ada{n}@example.com",
                "key": f"ada{n}@example.com",
                "name_key": f"ada{n}@example.com",
                "shape": "CONFIRMED",
                "month": "2026-01",
            }
            for n in range(people)
        ]
        connection.execute(tables.pool_user.insert(), users)
    return number


def kept(database: Store, number: int) -> list[tuple[str, str]]:
    user = tables.pool_user.c
    with database.reading() as connection:
        query = select(user.sub, user.name).where(user.pool_check == number).order_by(user.sub)
        return [(sub, name) for sub, name in connection.execute(query)]


def clean(database: Store, now: float) -> None:
    while True:
        with database.transaction() as connection:
            if not pool_rows.clean(connection, now):
                return


def test_of_a_check_that_was_not_finished_nothing_is_kept(database: Store) -> None:
    stopped, running = check(database, "stopped", ended=1.0), check(database, "reading", ended=1.0)
    clean(database, now=2.0)
    assert kept(database, stopped) == []
    assert len(kept(database, running)) == 3


def test_names_are_kept_for_a_week_and_what_was_found_until_the_next_check(database: Store) -> None:
    first = check(database, "done", ended=1.0)
    clean(database, now=6 * DAY)
    assert kept(database, first)[0] == ("0-sub", "ada0@example.com")
    clean(database, now=8 * DAY)
    assert kept(database, first) == [("0-sub", ""), ("1-sub", ""), ("2-sub", "")]
    check(database, "failed", ended=8 * DAY)
    clean(database, now=8 * DAY)
    assert len(kept(database, first)) == 3
    second = check(database, "done", ended=8 * DAY)
    clean(database, now=8 * DAY)
    assert kept(database, first) == []
    assert kept(database, second)[0] == ("0-sub", "ada0@example.com")


def test_a_scheduled_check_is_kept_until_the_next_scheduled_one_for_some_days_longer(database: Store) -> None:
    first = check(database, "done", ended=1.0, due=1.0)
    asked = check(database, "done", ended=1 * DAY)
    clean(database, now=9 * DAY)
    assert len(kept(database, first)) == 3
    check(database, "done", ended=9 * DAY, due=9 * DAY)
    clean(database, now=9 * DAY)
    assert kept(database, first) == []
    assert kept(database, asked) == []


def test_a_schedule_that_has_ended_keeps_nobody(database: Store) -> None:
    first = check(database, "done", ended=1.0, due=1.0)
    check(database, "done", ended=1 * DAY)
    clean(database, now=16 * DAY)
    assert kept(database, first) == []


def test_who_has_no_address_loses_their_name_too(database: Store) -> None:
    number = check(database, "done", ended=1.0)
    with database.transaction() as connection:
        no_address = {"address": "", "key": "", "name_key": ""}
        connection.execute(tables.pool_user.update().where(tables.pool_user.c.sub == "1-sub").values(no_address))
    clean(database, now=8 * DAY)
    assert kept(database, number) == [("0-sub", ""), ("1-sub", ""), ("2-sub", "")]


@pytest.mark.parametrize("user", ["1-SUB", "ada1@example.com", "ADA1@example.com"])
def test_somebody_is_forgotten_by_any_of_their_names(database: Store, user: str) -> None:
    number = check(database, "done", ended=1.0)
    with database.transaction() as connection:
        assert pool_rows.forget(connection, user) == 1
    assert [sub for sub, _ in kept(database, number)] == ["0-sub", "2-sub"]
