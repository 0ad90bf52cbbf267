"""Whatever layer fails, with everything at DEBUG: no secret, no birthday and no whole address is in anybody's log."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError

from sandbox.testing import CognitoServer, LivePool
from tests.bot import wired
from tests.loud import Heard, loud
from tests.stories.floor import SUPPORT, Floor
from tests.stories.inline import InlineDesk, desk

PASSWORD, CODE = "Mark-4711-Password!", "Mark-4711-Code"
BIRTHDAY = "1947-11-08"
REASON = f"Born {BIRTHDAY}, as ana@example.com said"

SECRETS = (PASSWORD, CODE, BIRTHDAY, "xoxb-inline", "xapp-inline")


def told(heard: Heard, *secrets: str) -> list[str]:
    """Return what stands in somebody's log and must not."""
    return [secret for secret in (*SECRETS, *secrets) if secret in heard.text] + heard.addresses


@pytest.fixture
def pool(cognito: CognitoServer) -> LivePool:
    made = cognito.pools.create("prod")
    made.add("ana", email="ana@example.com", email_verified=False, password=PASSWORD)
    return made


@pytest.fixture
def inline(tmp_path: Path) -> Iterator[tuple[InlineDesk, Heard]]:
    with wired.cognito() as server:
        made = server.pools.create("prod")
        made.add("ana", email="ana@example.com", email_verified=False, password=PASSWORD)
        with desk(server, {"prod": wired.settings(made)}, tmp_path / "desk.db") as opened, loud() as heard:
            yield opened, heard


def submits(desk: InlineDesk, scenario: str, **fields: Any) -> None:
    values = {name: {"value": {"value": value}} for name, value in fields.items()}
    desk.submits("form", {"scenario": scenario, "pool": "prod", "channel": SUPPORT}, values)


def asks_and_is_approved(desk: InlineDesk) -> None:
    submits(desk, "verify-email", user="ana", reason=REASON)
    desk.approved()
    submits(desk, "send-code", user="ana", password=PASSWORD)


# The database.


def read_only(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA query_only = ON")


def full(connection: Connection) -> None:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def refusing(connection: Connection) -> None:
    for table in ("ticket", "audit", "outbox"):
        connection.exec_driver_sql(
            f"CREATE TEMP TRIGGER IF NOT EXISTS no_{table} BEFORE INSERT ON main.{table} "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )


def gone(connection: Connection) -> None:
    connection.exec_driver_sql("ROLLBACK")
    raw: Any = connection.connection.dbapi_connection
    raw.close()


@pytest.mark.parametrize("fault", [read_only, full, refusing, gone], ids=lambda fault: fault.__name__)
def test_the_database(inline: tuple[InlineDesk, Heard], fault: Callable[[Connection], None]) -> None:
    opened, heard = inline
    event.listen(opened.program.database.engine, "begin", fault)

    for _ in range(40):
        # Until a full one is full.
        submits(opened, "verify-email", user="ana", reason=REASON)
        submits(opened, "send-code", user="ana", password=PASSWORD)
        if "broke; the person was told reference" in heard.text:
            break

    assert "broke; the person was told reference" in heard.text
    assert "sqlite3." in heard.text
    assert told(heard) == []


def test_the_database_at_statements_all_over_a_life(inline: tuple[InlineDesk, Heard]) -> None:
    opened, heard = inline
    failing = _Failing(opened.program.database.engine)
    asks_and_is_approved(opened)
    statements = failing.seen

    for n in range(0, statements, 7):
        failing.at(n)
        # It may be the statement by which this test itself looks for the ticket.
        with suppress(DBAPIError):
            asks_and_is_approved(opened)

    assert statements > 20
    assert "ProgrammingError" in heard.text
    assert told(heard) == []


class _Failing:
    """Loses the database's connection at one statement."""

    def __init__(self, engine: Engine) -> None:
        self.seen = 0
        self._at: int | None = None
        event.listen(engine, "before_cursor_execute", self._meets)

    def at(self, n: int) -> None:
        self.seen, self._at = 0, n

    def _meets(self, connection: Connection, *_: object) -> None:
        self.seen += 1
        if self.seen - 1 == self._at:
            raw: Any = connection.connection.dbapi_connection
            raw.close()


# What Slack delivers.


@pytest.mark.parametrize(
    "values",
    [
        {"password": {"value": {"value": [PASSWORD]}}},
        {"password": {"value": {"value": {"deep": PASSWORD}}}, "user": {"value": {"value": 7}}},
        {"password": [PASSWORD]},
        {"password": {"value": PASSWORD}},
        {"user": {"value": {"value": BIRTHDAY + "\ud800"}}, "password": {"value": {"value": PASSWORD * 100}}},
    ],
)
def test_a_submission_of_no_known_shape(inline: tuple[InlineDesk, Heard], values: Any) -> None:
    opened, heard = inline
    memory = {"scenario": "send-code", "pool": "prod", "channel": SUPPORT}

    opened.submits("form", memory, values)
    opened.submits("entry", {"channel": SUPPORT, "ticket": 1, "ts": "1.0"}, values)
    opened.submits("challenge", {"channel": SUPPORT, "challenge": "x"}, values)
    opened.submits("form", {"scenario": PASSWORD, "pool": [PASSWORD], "channel": BIRTHDAY}, {"user": values})

    assert "a submission could not be read" in heard.text
    assert told(heard) == []


# Slack itself, and the threads.


@pytest.mark.parametrize("status", [200, 500])
def test_slacks_web_api_answers_no_json(floor: Floor, status: int) -> None:
    with loud() as heard:
        floor.types("agent", "/cognito-send-code ana")
        floor.form("agent")
        floor.slack.faults.fail("chat.postMessage", status=status)
        floor.slack.faults.fail("views.update", status=status)
        floor.slack.faults.fail("chat.postEphemeral", status=status)
        floor.submits("agent", password=PASSWORD)
        floor.slack.wait_for(lambda: "upstream connect error" in heard.text, 20)

    assert told(heard, floor.slack.bot_token, floor.slack.app_token) == []


@pytest.mark.parametrize("lost", ["drop", "lose_answer"])
def test_slacks_web_api_cuts_the_connection(floor: Floor, lost: str) -> None:
    with loud() as heard:
        fault: Callable[..., None] = getattr(floor.slack.faults, lost)
        fault("chat.postMessage")
        floor.types("agent", "/cognito-check ana@example.com")
        floor.slack.wait_for(lambda: "no answer from Slack" in heard.text, 20)
        floor.slack.wait_for(lambda: floor.roots, 20)
        floor.quiet()

    assert told(heard, floor.slack.bot_token, floor.slack.app_token) == []


def test_socket_mode_brings_what_is_broken(floor: Floor) -> None:
    assert floor.program
    client = floor.program._socket.client
    [heard_on] = client._now()
    with loud() as heard:
        floor.types("agent", "/cognito-send-code ana")
        floor.form("agent")
        floor.slack.faults.cut_frame()
        floor.slack.submits("agent", {"password": PASSWORD})
        client._hears(heard_on, f'{{"payload": {{"password": "{PASSWORD}", "token": "{floor.slack.bot_token}"')
        client._hears(heard_on, f'{{"envelope_id": "x", "type": ["{PASSWORD}"], "payload": "{BIRTHDAY}"}}')
        floor.slack.wait_for(lambda: "Failed to process a message" in heard.text, 20)
        floor.slack.wait_for(lambda: "in an unexpected way" in heard.text or floor.server.sockets.connections, 20)

    assert told(heard, floor.slack.bot_token, floor.slack.app_token) == []


def test_the_threads_that_nobody_waits_for(floor: Floor) -> None:
    """The writer, the sweeper and the runner, while the database can't be used."""
    assert floor.program
    engine = floor.program.database.engine
    floor.asks("/cognito-verify-email ana", reason=REASON)
    with loud() as heard:
        event.listen(engine, "begin", gone)
        floor.slack.wait_for(lambda: "the outbox can't be read" in heard.text, 20)
        floor.slack.wait_for(lambda: "could not look after the tickets" in heard.text, 20)
        floor.program._runner.start(1)
        floor.slack.wait_for(lambda: "ticket 1 is left as it is" in heard.text, 20)
        event.remove(engine, "begin", gone)

    assert told(heard, floor.slack.bot_token, floor.slack.app_token) == []


def test_two_that_write_the_same_key(inline: tuple[InlineDesk, Heard]) -> None:
    opened, heard = inline
    with opened.program.database.transaction() as connection:
        connection.execute(text("CREATE UNIQUE INDEX once ON audit (event)"))

    asks_and_is_approved(opened)
    asks_and_is_approved(opened)

    assert "UNIQUE constraint failed" in heard.text
    assert told(heard) == []
