"""What stands in the audit stands in the log too, once it is committed, and without anybody's name or address."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import Connection, event

from bot import redaction
from bot.redaction import JsonLines
from bot.ticket import Event
from bot.tickets import audit
from bot.tickets.store import Store
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import AGENT, LEAD1, Office
from tests.databases import prepare


@pytest.fixture
def database(database_url: str) -> Iterator[Store]:
    """One of its own: what a store knows by heart of tickets is of no other database."""
    opened = Store(database_url)
    prepare(opened)
    yield opened
    opened.close()


@pytest.fixture
def log() -> Iterator[StringIO]:
    """The log, as JSON."""
    redaction.guard()
    said, ours = StringIO(), logging.getLogger("bot")
    handler, level = logging.StreamHandler(said), ours.level
    handler.setFormatter(JsonLines())
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    yield said
    ours.removeHandler(handler)
    ours.setLevel(level)


def lines(log: StringIO) -> list[dict[str, Any]]:
    """Return the lines of the audit."""
    return [line for each in log.getvalue().splitlines() if "event" in (line := json.loads(each))]


def test_each_row_of_the_audit_is_a_line_of_the_log(office: Office, log: StringIO) -> None:
    ticket = office.carried_out()

    said = lines(log)
    assert [each["event"] for each in said] == office.audited(ticket)
    assert {(each["ticket"], each["pool"], each["scenario"]) for each in said} == {(ticket.id, "prod", "verify")}
    assert [each.get("person") for each in said][:2] == [AGENT.id, LEAD1.id]
    sent = next(each for each in said if each["event"] == "sent")
    assert (sent["call"], sent["operation"]) == (1, "AdminUpdateUserAttributes")
    assert sent["request_id"] == "aws-1"
    # From its sending on, where others count from the request on.
    assert 0 <= sent["duration"] <= said[-1]["duration"]
    assert sent["message"].startswith(f"event=sent ticket={ticket.id} pool=prod scenario=verify call=1 operation=")


def test_what_a_customer_is_called_stays_out_of_it(office: Office, cognito: LittleCognito, log: StringIO) -> None:
    cognito.add("Zenobia", "zenobia@example.com")
    ticket = office.ask(user="Zenobia", reason="Zenobia called")
    office.told(ticket, AGENT)
    office.told(ticket, LEAD1)
    office.settled(ticket)

    assert {"refused", "done"} <= {each["event"] for each in lines(log)}
    assert "zenobia" not in log.getvalue().lower()
    assert "sub-2" not in log.getvalue()


def test_what_is_rolled_back_is_not_logged(office: Office, log: StringIO) -> None:
    ticket = office.ask()
    before = lines(log)

    def writes(connection: Connection, event: Event, *, breaks: bool = False) -> None:
        audit.record(connection, office.store, event, ticket=ticket.id)
        if breaks:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), office.store.transaction() as connection:
        writes(connection, Event.DENIED, breaks=True)
    with office.store.transaction() as connection:
        writes(connection, Event.REMINDED)
        with pytest.raises(ZeroDivisionError), connection.begin_nested():
            writes(connection, Event.APPROVED, breaks=True)
        assert lines(log) == before
        with connection.begin_nested():
            writes(connection, Event.ESCALATED)

    assert [each["event"] for each in lines(log)[len(before) :]] == ["reminded", "escalated"]


def test_what_the_database_does_not_commit_is_not_logged(office: Office, log: StringIO) -> None:
    ticket = office.ask()
    before = lines(log)

    def refuses(_: Connection) -> None:
        raise ZeroDivisionError

    event.listen(office.store.engine, "commit", refuses)
    with pytest.raises(ZeroDivisionError), office.store.transaction() as connection:
        audit.record(connection, office.store, Event.DENIED, ticket=ticket.id)
    event.remove(office.store.engine, "commit", refuses)

    assert lines(log) == before
    assert office.audited(ticket) == ["requested"]


def test_a_ticket_that_another_process_wrote_is_known_too(
    office: Office, database_url: str, cognito: LittleCognito, log: StringIO
) -> None:
    ticket = office.ask()
    other = Store(database_url)
    second = Office(other, cognito)
    second.told(ticket, LEAD1)
    second.settled(ticket)
    second.close()
    other.close()

    assert {(each["pool"], each["scenario"]) for each in lines(log)} == {("prod", "verify")}
