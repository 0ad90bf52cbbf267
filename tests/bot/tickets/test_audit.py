"""The audit can only grow, and its export can be narrowed."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DatabaseError

from bot.ticket import Event, State
from bot.tickets import audit, resource_keys, tables
from bot.tickets.audit import Wanted
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import AGENT, CHANNEL, LEAD1, LEAD2, Office


@pytest.mark.parametrize("change", [delete(tables.audit), update(tables.audit).values(person="U0OTHER")])
def test_no_row_of_the_audit_can_be_changed_or_deleted(office: Office, change: object) -> None:
    office.ask()
    before = office.rows()
    with pytest.raises(DatabaseError, match="append-only"), office.store.transaction() as connection:
        connection.execute(change)  # type: ignore[call-overload]
    assert office.rows() == before


def test_no_row_of_the_audit_can_be_replaced(office: Office) -> None:
    office.ask()
    before = office.rows()
    other = "(id, at, person, event) VALUES (1, 0, 'U0OTHER', 'denied')"
    replace = {
        "sqlite": f"INSERT OR REPLACE INTO audit {other}",
        "postgresql": f"INSERT INTO audit {other} ON CONFLICT (id) DO UPDATE SET person = 'U0OTHER'",
    }
    with pytest.raises(DatabaseError, match="append-only"), office.store.transaction() as connection:
        connection.execute(text(replace[office.store.dialect]))
    assert office.rows() == before


def test_the_audit_can_not_be_emptied(office: Office) -> None:
    office.ask()
    with pytest.raises(DatabaseError, match=r"append-only|syntax error"), office.store.transaction() as connection:
        connection.execute(text("TRUNCATE audit CASCADE"))
    assert len(office.rows()) == 1


def test_an_export_says_who_did_what_when(office: Office) -> None:
    ticket = office.carried_out()
    rows = office.rows()
    assert json.loads(json.dumps(rows)) == rows
    requested, approved, *_ = rows
    assert (requested["person"], requested["ticket"], requested["pool"]) == (AGENT.id, ticket.id, "prod")
    assert requested["detail"]["plan"]["calls"][0]["operation"] == "AdminUpdateUserAttributes"
    assert requested["detail"]["reason"] == "called back"
    assert (approved["event"], approved["person"]) == ("approved", LEAD1.id)
    assert next(row["detail"]["request_id"] for row in rows if row["event"] == "sent") == "aws-1"
    assert {row["state"] for row in rows} == {"done"}


def test_an_export_is_narrowed_by_person_user_state_and_time(office: Office, cognito: LittleCognito) -> None:
    cognito.add("ben", "Ben@Example.com")
    first = office.carried_out()
    second = office.ask(user="ben", who=LEAD2)
    office.decisions.deny(second.id, who=LEAD1, channel=CHANNEL, ts=second.ts, reason="no")

    def tickets(wanted: Wanted) -> set[int]:
        return {row["ticket"] for row in audit.export(office.store, wanted)}

    assert tickets(Wanted(state=State.DENIED)) == {second.id}
    for name in ("ben", "ben@example.com", "sub-2"):
        assert tickets(Wanted(user=name)) == {second.id}
    assert tickets(Wanted(user="be_")) == set()
    assert {row["person"] for row in audit.export(office.store, Wanted(person=AGENT.id))} == {AGENT.id, LEAD1.id, None}
    assert tickets(Wanted(person=AGENT.id)) == {first.id}
    assert tickets(Wanted(person=LEAD1.id)) == {first.id, second.id}
    assert tickets(Wanted(until=first.created_at)) == set()
    assert tickets(Wanted(since=second.created_at)) == {second.id}
    assert tickets(Wanted(since=second.created_at + timedelta(hours=1))) == set()


def test_an_export_for_a_user_holds_what_their_own_credential_did(office: Office) -> None:
    for user in ("Ana", "ben"):
        with office.store.transaction() as connection:
            detail = {"operation": "SignUp", "pool": "prod", "user": user}
            concerns = resource_keys.of_person("prod", reference=user)
            audit.record(
                connection, office.store, Event.SENT, ticket=None, person=AGENT.id, detail=detail, concerns=concerns
            )
    assert [row["detail"]["user"] for row in audit.export(office.store, Wanted(user="ana"))] == ["Ana"]


def test_reading_the_audit_holds_nobody_up(office: Office) -> None:
    ticket = office.ask()
    reading = audit.export(office.store, Wanted())
    assert next(reading)["ticket"] == ticket.id
    assert office.ask("move", email="ana@example.org").id != ticket.id
    assert list(reading) == []


def test_what_somebody_was_told_is_kept_plain_for_the_export_and_whole_to_be_drawn_again(office: Office) -> None:
    ticket = office.ask()
    office.told(ticket, AGENT)
    detail = office.rows()[-1]["detail"]

    assert detail["words"] == "You asked for this, so someone else has to approve it. S0LEADS have been told."
    assert audit.said(detail).text().endswith("<!subteam^S0LEADS> have been told.")


OLD = {
    "You asked for this, so someone else has to approve it. S0LEADS have been told.": ["<!subteam^S0LEADS>"],
    "You asked for this, so someone else has to approve it. S0LEADS, U0LEAD1 have been told.": [
        "<!subteam^S0LEADS>",
        "<@U0LEAD1>",
    ],
    "Only leads can approve. You can ask one of them: U0LEAD1, W0LEAD2.": ["<@U0LEAD1>", "<@W0LEAD2>"],
    "Only U0AGENT can do this, who asked for it.": ["<@U0AGENT>"],
    "U0AGENT has asked to undo this already.": ["<@U0AGENT>"],
    "U0LEAD1 was faster: denied at Nov 26, 2026, 18:04 UTC.": ["<@U0LEAD1>"],
    "U0AGENT, who asked for this, may not ask for anything here any more.": ["<@U0AGENT>"],
}


@pytest.mark.parametrize(("plain", "mentioned"), OLD.items())
def test_people_in_the_sentences_of_older_rows_are_mentioned(plain: str, mentioned: list[str]) -> None:
    words = audit.said({"words": plain})

    assert re.findall("<[^>]+>", words.text()) == mentioned
    assert words.plain().replace(" and ", ", ") == plain


@pytest.mark.parametrize(
    "plain",
    [
        "U0LEAD1 is verified for U0AGENT",
        "No account in prod matches U0LEAD1.",
        "Only leads can approve. You can ask one of them: <!channel>.",
        "e-mail of U0LEAD1 was a@example.com, is b@example.com. Only U0AGENT can do this, who asked for it.",
        "*bold* {gap} `code` <@U0LEAD1>",
        "",
    ],
)
def test_what_only_looks_like_somebody_stays_the_text_that_it_is(plain: str) -> None:
    words = audit.said({"words": plain})

    assert words.plain() == plain
    assert "<@" not in words.text()
    assert "<!" not in words.text()


@pytest.mark.parametrize("broken", [None, "text", {}, {"template": "{who}"}, {"template": "x", "values": {"a": []}}])
def test_what_cannot_be_drawn_again_is_told_plainly(broken: object) -> None:
    assert audit.said({"words": "Too late.", "said": broken}).plain() == "Too late."
