"""Undo and Ask again: new tickets, for approval like any other, that remember where they come from."""

from typing import Any

import pytest

from bot.answer import Refused
from bot.desk.people import Who
from bot.plan import Risk
from bot.ticket import State, Ticket
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import AGENT, CHANNEL, GUEST, LEAD1, LEAD2, LEAD3, Office


def follow_up(office: Office, ticket: Ticket, *, scenario: str = "undo", who: Who = AGENT, **form: Any) -> Ticket:
    asked = office.asks(
        scenario=scenario,
        pool="prod",
        form={"reason": "the wrong customer", **form},
        who=who,
        channel=CHANNEL,
        parent=ticket.id,
    )
    return office.post(asked)


def carry_out(office: Office, ticket: Ticket) -> Ticket:
    for lead in [lead for lead in (LEAD1, LEAD2, LEAD3) if lead.id not in ticket.authors][: ticket.needed]:
        assert office.told(ticket, lead) == ""
    return office.settled(ticket)


def test_an_undo_puts_back_what_was_before(office: Office, cognito: LittleCognito) -> None:
    ticket = office.carried_out("move", email="ana@example.org")
    undo = follow_up(office, ticket)
    assert (undo.parent, undo.state) == (ticket.id, State.PENDING)
    assert [(change.what, change.before, change.after) for change in undo.plan.changes] == [
        ("email", "ana@example.org", "ana@example.com")
    ]
    assert carry_out(office, undo).state is State.DONE
    assert cognito.attribute("ana", "email") == "ana@example.com"
    assert office.read(ticket).state is State.DONE


def test_an_undo_that_takes_an_address_away_says_so_and_needs_two_leads(office: Office, cognito: LittleCognito) -> None:
    ticket = office.carried_out("verify")
    undo = follow_up(office, ticket)
    assert undo.plan.risk is Risk.HIGH
    assert [(change.subject.name, change.after, change.loses) for change in undo.plan.changes] == [
        ("ana", "false", True)
    ]
    assert carry_out(office, undo).state is State.DONE
    assert cognito.attribute("ana", "email_verified") == "false"


def test_whoever_would_lose_by_an_undo_is_named(office: Office, cognito: LittleCognito) -> None:
    cognito.set("ana", email_verified="true")
    ticket = office.carried_out("move", email="ana@example.org")
    cognito.add("heir", "ana@example.com", verified=True)
    undo = follow_up(office, ticket)
    assert undo.needed == 2
    assert {(change.subject.name, change.what) for change in undo.plan.changes if change.loses} == {
        ("heir", "email_verified")
    }
    undo = carry_out(office, undo)
    assert (undo.state, undo.outcome.unnamed) == (State.DONE, ())


def test_an_address_that_comes_back_without_its_flag_is_said_to_be_unverified(
    office: Office, cognito: LittleCognito
) -> None:
    ticket = office.carried_out("move", email="ana@example.org")
    cognito.set("ana", email_verified="true")
    undo = follow_up(office, ticket)
    assert [(change.what, change.after, change.loses) for change in undo.plan.changes] == [
        ("email", "ana@example.com", False),
        ("email_verified", "false", True),
    ]
    assert carry_out(office, undo).state is State.DONE


def test_what_has_changed_since_is_not_overwritten(office: Office, cognito: LittleCognito) -> None:
    ticket = office.carried_out("move", email="ana@example.org")
    cognito.set("ana", email="third@example.com")
    with pytest.raises(Refused, match=r"it is third@example\.com now"):
        follow_up(office, ticket)


def test_what_changes_before_the_undo_is_sent_makes_it_stale(office: Office, cognito: LittleCognito) -> None:
    undo = follow_up(office, office.carried_out("move", email="ana@example.org"))
    cognito.set("ana", email="third@example.com")
    assert carry_out(office, undo).state is State.STALE
    assert cognito.attribute("ana", "email") == "third@example.com"


def test_what_is_as_before_needs_no_undo(office: Office, cognito: LittleCognito) -> None:
    ticket = office.carried_out("move", email="ana@example.org")
    cognito.set("ana", email="ana@example.com")
    with pytest.raises(Refused, match="as it was before already"):
        follow_up(office, ticket)


def test_an_undo_is_asked_for_once(office: Office) -> None:
    ticket = office.carried_out("move", email="ana@example.org")
    first = follow_up(office, ticket)
    with pytest.raises(Refused, match="asked to undo this already"):
        follow_up(office, ticket)
    click = office.decisions.may_follow_up(ticket.id, scenario="undo", who=AGENT, channel=CHANNEL, ts=ticket.ts)
    assert (click.accepted, str(click.words)) == (False, "U0AGENT has asked to undo this already.")
    office.decisions.withdraw(first.id, who=AGENT, channel=CHANNEL, ts=first.ts)
    assert follow_up(office, ticket).state is State.PENDING


def test_an_account_that_was_made_again_under_the_same_name_is_left_alone(
    office: Office, cognito: LittleCognito
) -> None:
    ticket = office.carried_out("move", email="ana@example.org")
    cognito.users.pop("ana")
    cognito.add("ana", "ana@example.org")
    with pytest.raises(Refused, match="ana is another account now"):
        follow_up(office, ticket)


def test_there_is_no_undo_of_what_gives_no_way_back(office: Office, cognito: LittleCognito) -> None:
    ticket = office.carried_out("pair")
    assert ticket.state is State.DONE
    verdict = office.decisions.may_follow_up(ticket.id, scenario="undo", who=AGENT, channel=CHANNEL, ts=ticket.ts)
    assert str(verdict.words) == "There is nothing to undo."
    with pytest.raises(Refused, match="nothing to undo"):
        follow_up(office, ticket)


def test_nobody_along_the_chain_approves_an_undo(office: Office) -> None:
    ticket = office.carried_out("move", who=LEAD1, email="ana@example.org")
    undo = follow_up(office, ticket, who=AGENT)
    assert "someone else has to approve it" in office.told(undo, LEAD1)
    assert office.told(undo, LEAD2) == ""


def test_asking_again_makes_a_new_ticket_of_the_same_form(office: Office, cognito: LittleCognito) -> None:
    ticket = office.ask(who=LEAD1)
    office.decisions.deny(ticket.id, who=LEAD2, channel=CHANNEL, ts=ticket.ts, reason="call back first")
    ticket = office.read(ticket)
    verdict = office.decisions.may_follow_up(ticket.id, scenario="verify", who=AGENT, channel=CHANNEL, ts=ticket.ts)
    assert verdict.accepted
    again = follow_up(office, ticket, scenario="verify", user=ticket.form["user"])
    assert again.parent == ticket.id
    assert again.authors == {LEAD1.id, AGENT.id}
    assert carry_out(office, again).state is State.DONE


def test_nothing_follows_up_on_what_is_not_over(office: Office) -> None:
    ticket = office.ask()
    with pytest.raises(Refused, match="no finished request"):
        follow_up(office, ticket, scenario="verify", user="ana")
    verdict = office.decisions.may_follow_up(ticket.id, scenario="undo", who=AGENT, channel=CHANNEL, ts=ticket.ts)
    assert not verdict.accepted


def test_whoever_is_no_agent_follows_nothing_up(office: Office) -> None:
    ticket = office.carried_out("move", email="ana@example.org")
    verdict = office.decisions.may_follow_up(ticket.id, scenario="undo", who=GUEST, channel=CHANNEL, ts=ticket.ts)
    assert str(verdict.words) == "Only agents can ask."


def test_the_undo_has_a_slash_command_nowhere(office: Office) -> None:
    with pytest.raises(Refused):
        office.asks(scenario="undo", pool="prod", form={"reason": "why"}, who=AGENT, channel=CHANNEL)


def test_an_undo_that_too_few_could_agree_to_is_refused_at_its_button(office: Office, cognito: LittleCognito) -> None:
    cognito.add("ana.new", "ana@example.com", verified=True)
    ticket = office.carried_out("verify")
    office.roster.deposed.add(LEAD3)

    def pressed(who: Who) -> str:
        click = office.decisions.may_follow_up(ticket.id, scenario="undo", who=who, channel=CHANNEL, ts=ticket.ts)
        return str(click.words)

    assert pressed(AGENT) == ""
    assert pressed(LEAD1) == (
        "Two leads have to agree, and only U0LEAD2 could: you asked for it yourself. Ask somebody who isn't a lead to "
        "ask for it, or have the operator name more leads."
    )


def test_an_undo_of_what_one_of_two_leads_asked_for_says_why_nobody_can_agree(
    office: Office, cognito: LittleCognito
) -> None:
    cognito.add("ana.new", "ana@example.com", verified=True)
    ticket = office.carried_out("verify", who=LEAD1)
    office.roster.deposed.add(LEAD3)
    click = office.decisions.may_follow_up(ticket.id, scenario="undo", who=AGENT, channel=CHANNEL, ts=ticket.ts)

    assert str(click.words) == (
        "Two leads have to agree, and only U0LEAD2 could. Those who asked for what this builds on don't count. "
        "Please have the operator name more leads."
    )
    with pytest.raises(Refused, match="only U0LEAD2 could"):
        follow_up(office, ticket)
