"""What the desk remembers: who waits, and everything that concerned somebody, also after they are gone."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import update

from bot.cognito import User
from bot.desk.mentions import Reminders
from bot.plan import History, Risk
from bot.ticket import Event
from bot.tickets import audit, records, resource_keys, tables
from bot.tickets.records import Records
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import LEAD1, Office


def history(office: Office, reference: str, *users: User, most: int = 50) -> History:
    return Records(office.store, "prod").history(reference, users, most=most)


def events(office: Office, reference: str, *users: User) -> list[str]:
    return [step.event for step in history(office, reference, *users).steps]


def age(office: Office, ticket: int, **column: float) -> None:
    with office.store.transaction() as connection:
        connection.execute(update(tables.ticket).where(tables.ticket.c.id == ticket).values(**column))


def test_what_waits_is_listed_with_what_it_waits_for_and_what_expires_first_comes_first(
    office: Office, cognito: LittleCognito
) -> None:
    cognito.add("ben.old", "ben@example.com")
    cognito.add("ben.new", "ben@example.com", verified=True)
    first, second = office.ask(user="ben.old"), office.ask()
    office.approve(first, LEAD1)

    found = Records(
        office.store, "", ["prod"], lambda numbers: {number: f"card {number}" for number in numbers}
    ).waiting()

    assert [(each.ticket, each.left, each.card) for each in found] == [
        (first.id, 1, f"card {first.id}"),
        (second.id, 1, f"card {second.id}"),
    ]
    assert str(found[1].summary) == "Mark ana@example.com as verified for ana"
    assert (found[1].pool, found[1].requester, found[1].reminded_by_hand) == ("prod", "U0AGENT", None)
    assert found[1].waited < timedelta(minutes=1)
    assert found[1].until == second.expires_at
    assert records.count_waiting(office.store, ["prod"]) == 2
    assert (found[0].risk, str(found[0].danger)) == (Risk.HIGH, "ben.new (23 months old) LOSES it.")
    assert (found[1].risk, found[1].danger) == (Risk.NORMAL, None)

    age(office, second.id, expires_at=first.expires_at.timestamp() - 60)
    assert [each.ticket for each in Records(office.store, "", ["prod"]).waiting()] == [second.id, first.id]


def test_how_soon_the_leads_can_be_reminded_again_is_told(office: Office) -> None:
    ticket = office.ask()
    Reminders(office.tickets, office.access).remind(ticket.id, who=LEAD1)
    (found,) = Records(office.store, "", ["prod"]).waiting()

    assert found.reminded_by_hand
    assert found.remind_from == found.reminded_by_hand + timedelta(minutes=15)


def test_who_can_decide_is_asked_about_the_ticket_as_it_is(office: Office) -> None:
    ticket = office.ask()
    nobody_asked = Records(office.store, "")
    assert nobody_asked.deciding(ticket.id).words.template == ""
    judged = replace(nobody_asked, judged=partial(office.judging.deciding, reader=LEAD1.id))

    assert judged.deciding(ticket.id).reader
    assert str(judged.deciding(ticket.id).words) == "Can decide: U0LEAD1, U0LEAD2, U0LEAD3."
    assert not judged.deciding(404).reader


def test_what_is_decided_or_too_old_waits_no_more(office: Office, cognito: LittleCognito) -> None:
    cognito.add("eve", "eve@example.com")
    office.carried_out()
    late = office.ask(user="eve")
    age(office, late.id, expires_at=1.0)

    assert Records(office.store, "prod", ["prod"]).waiting() == ()
    assert records.count_waiting(office.store, ["prod"]) == 0


@pytest.mark.parametrize("reference", ["ana", "sub-1", "ana@example.com", "Ana@Example.com"])
def test_a_user_s_history_is_found_by_name_sub_and_address(office: Office, reference: str) -> None:
    ticket = office.carried_out()
    found = history(office, reference)

    assert [step.event for step in found.steps] == office.audited(ticket)
    assert found.earlier == 0
    assert found.tickets[ticket.id].state == "done"
    assert found.tickets[ticket.id].reason == "called back"


def test_an_address_stands_for_everyone_whom_a_request_about_it_touched(office: Office, cognito: LittleCognito) -> None:
    cognito.add("ben.old", "ben@example.com")
    cognito.add("ben.new", "ben@example.com", verified=True)
    office.ask(user="ben.old")
    moved = office.ask("move", user="ben.new", email="other@example.com")

    assert moved.id in history(office, "ben@example.com").tickets
    assert moved.id not in history(office, "ben.old").tickets
    assert events(office, "nobody@example.com") == []


def test_what_a_customer_s_own_sign_in_did_belongs_to_their_history(office: Office) -> None:
    about = {"operation": "VerifyUserAttribute", "pool": "prod", "user": "ana"}
    with office.store.transaction() as connection:
        for pool, user in (("prod", "ana"), ("shop", "ana"), ("prod", "eve")):
            detail = {**about, "pool": pool, "user": user}
            concerns = resource_keys.of_person(pool, reference=user)
            audit.record(
                connection, office.store, Event.SENT, ticket=None, person="U0AGENT", detail=detail, concerns=concerns
            )

    (step,) = history(office, "ana").steps
    assert (step.event, step.person, step.ticket, step.detail) == ("sent", "U0AGENT", None, about)


def test_only_the_newest_steps_are_told_and_the_rest_counted(office: Office) -> None:
    ticket = office.carried_out()
    found = history(office, "ana", most=3)

    assert [step.event for step in found.steps] == office.audited(ticket)[-3:]
    assert found.earlier == len(office.audited(ticket)) - 3


def test_somebody_who_was_never_asked_about_is_not_remembered(office: Office) -> None:
    office.ask()
    assert records.remembers(office.store, "prod", "ana@example.com")
    assert not records.remembers(office.store, "shop", "ana@example.com")
    assert not records.remembers(office.store, "prod", "an")
