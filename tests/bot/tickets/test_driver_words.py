"""An error of the database says what went wrong and where, and never what stood in a row."""

import traceback
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from bot.tickets import store
from bot.tickets.store import Store, taken

BIRTHDAY = "Mark-1947-11-08"


def a_key_twice(connection: Connection) -> None:
    for _ in range(2):
        connection.execute(insert(store.busy).values(key=BIRTHDAY, ticket=None))


def nothing_where_something_must_be(connection: Connection) -> None:
    connection.execute(insert(store.vote).values(ticket=None, person=BIRTHDAY, at=1.0))


def a_ticket_that_is_not_there(connection: Connection) -> None:
    connection.execute(insert(store.author).values(ticket=-1, person=BIRTHDAY))
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
        connection.execute(insert(store.delivery).values(id="one", at=1.0))
        with pytest.raises(IntegrityError) as raised:
            connection.execute(insert(store.delivery).values(id="one", at=2.0))

    assert taken(raised.value)


def test_what_postgresql_says_keeps_the_state_and_the_place(database: Store) -> None:
    if database.dialect != "postgresql":
        return
    database.prepare()
    with pytest.raises(DBAPIError) as raised, database.engine.connect() as connection:
        connection.execute(insert(store.vote).values(ticket=None, person="x", at=1.0))

    assert str(raised.value.orig) == "NotNullViolation (SQLSTATE 23502, table vote, column ticket)"
    assert str(raised.value).startswith("(psycopg.errors.NotNullViolation) NotNullViolation (SQLSTATE 23502")
