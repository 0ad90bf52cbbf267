"""The database: its clock, its schema's versions, and what it says when it can't be used."""

import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, inspect, select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from bot.ticket import Event
from bot.tickets import audit, store, tables
from bot.tickets.store import Store, StoreError, moment, taken
from bot.tickets.upgrades import UPGRADES, Upgrade


def reopened(database: Store) -> Store:
    return Store(database.engine.url.render_as_string(hide_password=False))


def test_the_clock_is_the_databases_and_has_fractions(database: Store) -> None:
    with database.reading() as connection:
        times = [database.now(connection)]
        time.sleep(0.02)
        times.append(database.now(connection))
    assert abs(times[0] - time.time()) < 5
    if database.dialect == "postgresql":
        assert 0.01 < times[1] - times[0] < 2
    assert moment(times[0]).tzinfo is not None


def test_time_goes_on_within_a_transaction(database: Store) -> None:
    with database.transaction() as connection:
        before = database.now(connection)
        time.sleep(0.02)
        assert database.now(connection) > before


def test_an_exception_takes_everything_back(database: Store) -> None:
    def break_down() -> None:
        with database.transaction() as connection:
            audit.record(connection, database, Event.REFUSED, ticket=None, person="U0AGENT")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_down()
    assert list(audit.export(database, audit.Wanted())) == []


def test_a_key_that_is_taken_is_known_from_other_mistakes(database: Store) -> None:
    again = insert(tables.schema).values(version=store.SCHEMA_VERSION)
    with pytest.raises(IntegrityError) as twice, database.transaction() as connection:
        connection.execute(again)
    assert taken(twice.value)
    with pytest.raises(IntegrityError) as orphan, database.transaction() as connection:
        connection.execute(insert(tables.vote).values(ticket=404, person="U0LEAD", at=0))
    assert not taken(orphan.value)


def test_preparing_twice_changes_nothing(database: Store) -> None:
    other = reopened(database)
    other.prepare()
    other.check()
    other.close()


def test_a_newer_programs_database_is_left_alone(database: Store) -> None:
    with database.transaction() as connection:
        connection.execute(update(tables.schema).values(version=store.SCHEMA_VERSION + 1))
        connection.execute(text("DROP TABLE vote"))
    with pytest.raises(StoreError, match=f"schema version {store.SCHEMA_VERSION + 1}, newer than"):
        database.prepare()
    with pytest.raises(StoreError, match=f"schema version {store.SCHEMA_VERSION + 1}, newer than"):
        next(audit.export(database, audit.Wanted()))
    with database.reading() as connection:
        assert not inspect(connection).has_table("vote")


def _step(statement: str) -> Upgrade:
    def run(connection: Connection) -> None:
        connection.execute(text(statement))

    return run


def test_an_older_database_is_brought_up_to_date_step_by_step_once(database: Store) -> None:
    steps = [*UPGRADES, _step("ALTER TABLE ticket ADD COLUMN mood TEXT"), _step("UPDATE ticket SET mood = 'new'")]
    database.prepare(steps)
    database.prepare(steps)
    with database.reading() as connection:
        assert connection.execute(select(tables.schema.c.version)).scalars().all() == [1 + len(steps)]
        assert "mood" in {column["name"] for column in inspect(connection).get_columns("ticket")}


def test_an_older_database_is_not_read_before_it_is_brought_up_to_date(database: Store) -> None:
    with database.transaction() as connection:
        connection.execute(update(tables.schema).values(version=store.SCHEMA_VERSION - 1))
    with pytest.raises(StoreError, match="`desk run` brings it up to date"):
        database.check()


def test_an_upgrade_that_fails_changes_nothing(database: Store) -> None:
    first, second = "ALTER TABLE ticket ADD COLUMN mood TEXT", "ALTER TABLE nowhere ADD COLUMN mood TEXT"
    steps = [*UPGRADES, _step(first), _step(second)]
    with pytest.raises((DatabaseError, StoreError)):
        database.prepare(steps)
    with database.reading() as connection:
        assert connection.execute(select(tables.schema.c.version)).scalar() == store.SCHEMA_VERSION
        assert "mood" not in {column["name"] for column in inspect(connection).get_columns("ticket")}


def test_an_empty_database_has_nothing_to_read(tmp_path: Path) -> None:
    empty = Store(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(StoreError, match="no desk has run on it yet"):
        next(audit.export(empty, audit.Wanted()))
    assert list(tmp_path.iterdir()) == []
    empty.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("desk.db", "no address of a database"),
        ("mysql://desk@127.0.0.1/desk", "mysql is not supported"),
        ("sqlite:////nowhere/at/all/desk.db", "unable to open"),
        ("postgresql://desk@127.0.0.1:1/desk", "refused"),
    ],
)
def test_a_database_that_can_not_be_used_says_why(url: str, said: str) -> None:
    with pytest.raises(StoreError, match="DESK_DATABASE_URL") as error:
        Store(url).prepare()
    assert said in str(error.value)


def test_reading_waits_for_no_writer(database: Store) -> None:
    with database.transaction() as writing:
        audit.record(writing, database, Event.REFUSED, ticket=None, person="U0AGENT")
        began = time.monotonic()
        other = reopened(database)
        with other.reading() as connection:
            assert connection.execute(select(tables.audit.c.id)).all() == []
        other.close()
        assert time.monotonic() - began < 5
