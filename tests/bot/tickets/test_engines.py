"""The desk's files are for its own user alone; a database's error says what and where, never what stood in a row."""

import os
import stat
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from bot.tickets import tables
from bot.tickets.engines import make_private, tighten
from bot.tickets.store import Store, only_one, taken


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o277], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    mask: int = request.param
    before = os.umask(mask)
    yield mask
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in folder.iterdir()}


@pytest.mark.usefixtures("umask")
def test_whatever_the_desk_makes_is_readable_by_its_user_alone(tmp_path: Path) -> None:
    database = Store(f"sqlite:///{tmp_path / 'desk.db'}")
    with only_one(database):
        database.prepare()
        with database.transaction() as connection:
            connection.execute(text("INSERT INTO delivery VALUES ('one', 1.0)"))
            found = modes(tmp_path)
    database.close()

    assert found.keys() == {"desk.db", "desk.db-wal", "desk.db-shm", "desk.db.lock"}
    assert set(found.values()) == {"0o600"}


def test_a_database_that_others_can_read_is_tightened_at_the_start_with_what_stands_beside_it(tmp_path: Path) -> None:
    earlier = Store(f"sqlite:///{tmp_path / 'real.db'}")
    (tmp_path / "desk.db").symlink_to("real.db")
    (tmp_path / "real.db.lock").touch()
    earlier.prepare()
    with earlier.reading() as still_open:
        still_open.execute(text("SELECT 1 FROM delivery"))
        for file in tmp_path.iterdir():
            file.chmod(0o664)
        database = Store(f"sqlite:///{tmp_path / 'desk.db'}")
        with only_one(database):
            database.prepare()
            found = modes(tmp_path)
        database.close()
    earlier.close()

    assert {"real.db", "real.db-wal", "real.db-shm", "real.db.lock"} <= found.keys()
    assert set(found.values()) == {"0o600"}


def test_reading_alone_changes_no_mode(tmp_path: Path) -> None:
    database = Store(f"sqlite:///{tmp_path / 'desk.db'}")
    database.prepare()
    database.close()
    (tmp_path / "desk.db").chmod(0o640)
    again = Store(f"sqlite:///{tmp_path / 'desk.db'}")
    again.check()
    again.close()

    assert modes(tmp_path)["desk.db"] == "0o640"


def test_a_file_of_somebody_else_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "desk.db"
    file.touch()
    file.chmod(0o660)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)

    tighten(file)

    assert modes(tmp_path)["desk.db"] == "0o660"


def test_a_file_that_is_there_keeps_what_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "desk.db"
    file.write_text("rows")

    make_private(file)
    tighten(tmp_path / "not.there")

    assert file.read_text() == "rows"


BIRTHDAY = "Mark-1947-11-08"


def a_key_twice(connection: Connection) -> None:
    for _ in range(2):
        connection.execute(insert(tables.busy).values(key=BIRTHDAY, ticket=None))


def nothing_where_something_must_be(connection: Connection) -> None:
    connection.execute(insert(tables.vote).values(ticket=None, person=BIRTHDAY, at=1.0))


def a_ticket_that_is_not_there(connection: Connection) -> None:
    connection.execute(insert(tables.author).values(ticket=-1, person=BIRTHDAY))
    connection.commit()


def a_text_for_a_number(connection: Connection) -> None:
    connection.execute(text("INSERT INTO delivery (id, at) VALUES ('x', CAST(:at AS integer))"), {"at": BIRTHDAY})
    connection.execute(text("SELECT abs(:at, :at)"), {"at": BIRTHDAY})


def a_table_that_is_not_there(connection: Connection) -> None:
    connection.execute(text("INSERT INTO nowhere VALUES (:value)"), {"value": BIRTHDAY})


FAULTS = (
    a_key_twice,
    nothing_where_something_must_be,
    a_ticket_that_is_not_there,
    a_text_for_a_number,
    a_table_that_is_not_there,
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_no_error_of_the_database_repeats_a_value(database: Store, fault: Callable[[Connection], None]) -> None:
    database.prepare()
    with database.engine.connect() as connection, pytest.raises(StatementError) as raised:
        fault(connection)

    shown = "".join(traceback.format_exception(raised.value))
    assert "Mark-1947" not in shown
    assert raised.value.statement is not None
    assert raised.value.statement in shown


def test_a_key_that_is_taken_is_still_known_as_one(database: Store) -> None:
    database.prepare()
    with database.engine.connect() as connection:
        connection.execute(insert(tables.delivery).values(id="one", at=1.0))
        with pytest.raises(IntegrityError) as raised:
            connection.execute(insert(tables.delivery).values(id="one", at=2.0))

    assert taken(raised.value)


def test_what_postgresql_says_keeps_the_state_and_the_place(database: Store) -> None:
    if database.dialect != "postgresql":
        return
    database.prepare()
    with pytest.raises(DBAPIError) as raised, database.engine.connect() as connection:
        connection.execute(insert(tables.vote).values(ticket=None, person="x", at=1.0))

    assert str(raised.value.orig) == "NotNullViolation (SQLSTATE 23502, table vote, column ticket)"
    assert str(raised.value).startswith("(psycopg.errors.NotNullViolation) NotNullViolation (SQLSTATE 23502")
