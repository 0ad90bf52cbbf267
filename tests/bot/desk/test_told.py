"""Told: somebody tells those who lost something, and writes that down. Once each, on the request's own card."""

import pytest

from bot.desk.people import Who
from bot.ticket import State, Ticket
from tests.bot.desk.test_approvals import together
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import AGENT, CHANNEL, GUEST, LEAD1, Office


@pytest.fixture
def ticket(office: Office, cognito: LittleCognito) -> Ticket:
    """A request that is done, by which ana.new lost an address."""
    cognito.add("ana.new", "ana@example.com", verified=True)
    made = office.carried_out()
    assert (made.state, made.losers) == (State.DONE, ("ana.new",))
    return made


def tells(office: Office, ticket: Ticket, who: Who = AGENT, *, loser: int = 0, ts: str = "") -> str:
    result = office.decisions.tell(ticket.id, who=who, channel=CHANNEL, ts=ts or ticket.ts, loser=loser)
    return str(result.words)


def test_who_told_them_and_when_is_kept(office: Office, ticket: Ticket) -> None:
    assert tells(office, ticket) == ""

    [told] = office.read(ticket).outcome.told
    assert (told.name, told.by) == ("ana.new", AGENT.id)
    assert office.audited(ticket)[-1] == "told"
    row = office.rows()[-1]
    assert (row["person"], row["detail"]) == (AGENT.id, {"name": "ana.new"})
    assert office.thread(ticket)[-1] == f"told done {AGENT.id}"


def test_the_second_one_is_told_who_was_first(office: Office, ticket: Ticket) -> None:
    tells(office, ticket)

    assert f"{AGENT.id} was faster and told ana.new at" in tells(office, ticket, LEAD1)
    assert "You told ana.new yourself, at" in tells(office, ticket)
    assert [each.by for each in office.read(ticket).outcome.told] == [AGENT.id]
    assert office.audited(ticket).count("told") == 1


def test_two_at_once_have_one_effect(office: Office, ticket: Ticket) -> None:
    said = together([lambda: tells(office, ticket, AGENT), lambda: tells(office, ticket, LEAD1)] * 2)

    assert sorted(words == "" for words in said) == [False, False, False, True]
    assert office.audited(ticket).count("told") == 1


def test_only_agents_and_leads_may_and_are_asked_for_anew(office: Office, ticket: Ticket) -> None:
    office.roster.read_anew.clear()

    assert tells(office, ticket, GUEST) == "Only agents can ask."
    assert office.roster.read_anew == [GUEST]
    assert office.read(ticket).outcome.told == ()
    assert tells(office, ticket, LEAD1) == ""


def test_it_counts_only_on_the_card_itself_and_for_somebody_who_lost_something(office: Office, ticket: Ticket) -> None:
    assert "This message is not the request itself" in tells(office, ticket, ts="9.9")
    assert tells(office, ticket, loser=1) == tells(office, ticket, loser=-1) == "Nobody has to be told anything here."
    assert office.audited(ticket).count("told") == 0


def test_nobody_is_told_of_what_was_not_done(office: Office, cognito: LittleCognito) -> None:
    cognito.add("ana.new", "ana@example.com", verified=True)
    waiting = office.ask()

    assert tells(office, waiting) == "This still waits for its leads."
    office.decisions.deny(waiting.id, who=LEAD1, channel=CHANNEL, ts=waiting.ts, reason="no")
    assert "was faster: denied at" in tells(office, waiting)
