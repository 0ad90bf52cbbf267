"""Who is told of what waits: the leads once more, at most every quarter of an hour; and those who aren't there."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.answer import Refused
from bot.desk.approvals import ClickResult
from bot.desk.mentions import LeadsElsewhere, Reminders
from bot.desk.people import Who
from bot.ticket import Ticket
from bot.tickets import tables
from bot.tickets.records import REMINDED_EVERY
from bot.words import say
from tests.bot.desk.test_approvals import together
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import AGENT, CHANNEL, GUEST, LEAD1, LEAD2, LEAD3, Office


def remind(office: Office, ticket: Ticket, who: Who = AGENT, *, every: timedelta = REMINDED_EVERY) -> ClickResult:
    return Reminders(office.tickets, office.access, every=every).remind(ticket.id, who=who)


def test_the_leads_are_mentioned_again_in_the_card_s_thread(office: Office) -> None:
    ticket = office.ask()
    assert remind(office, ticket, LEAD2).accepted
    assert office.thread(ticket) == ["requested pending U0AGENT", "nudged pending U0LEAD2"]
    assert office.audited(ticket) == ["requested", "nudged"]


def test_a_second_time_has_to_wait_whoever_asks(office: Office) -> None:
    ticket = office.ask()
    remind(office, ticket)
    again = remind(office, ticket, LEAD1)

    assert not again.accepted
    assert "already" in str(again.words)
    assert office.audited(ticket) == ["requested", "nudged", "refused"]
    assert len(office.thread(ticket)) == 2


def test_after_a_quarter_of_an_hour_it_is_possible_again(office: Office) -> None:
    assert timedelta(minutes=15) == REMINDED_EVERY
    ticket = office.ask()
    remind(office, ticket)
    # The audit can't be made older, so the desk is made more patient instead.
    assert remind(office, ticket, every=timedelta(0)).accepted


def test_in_the_same_moment_one_of_many_nudges_counts(office: Office) -> None:
    ticket = office.ask()
    verdicts = together([lambda: remind(office, ticket)] * 8)

    assert [verdict.accepted for verdict in verdicts].count(True) == 1
    assert office.audited(ticket).count("nudged") == 1


def test_each_request_is_counted_by_itself(office: Office, cognito: LittleCognito) -> None:
    cognito.add("eve", "eve@example.com")
    assert remind(office, office.ask()).accepted
    assert remind(office, office.ask(user="eve")).accepted


def test_what_is_decided_is_not_nudged(office: Office) -> None:
    ticket = office.carried_out()
    assert "was faster: approved" in str(remind(office, ticket).words)
    assert office.audited(ticket)[-1] == "refused"


def test_what_has_expired_is_not_nudged(office: Office) -> None:
    ticket = office.ask()
    with office.store.transaction() as connection:
        connection.execute(update(tables.ticket).values(expires_at=1.0))
    assert "expired" in str(remind(office, ticket).words)


def test_where_nothing_can_be_posted_nobody_is_said_to_have_been_mentioned(office: Office) -> None:
    ticket = office.ask()
    with office.store.transaction() as connection:
        connection.execute(update(tables.conversation).values(refused="not_in_channel"))
    verdict = remind(office, ticket)

    assert not verdict.accepted
    assert "I'm not in C0SUPPORT, so I can't post there." in str(verdict.words)
    assert len(office.thread(ticket)) == 1


def test_whoever_may_not_ask_may_not_nudge(office: Office) -> None:
    with pytest.raises(Refused):
        remind(office, office.ask(), GUEST)
    assert [row["person"] for row in office.rows() if row["event"] == "refused"] == [GUEST.id]


def test_in_a_closed_channel_nobody_is_said_to_have_been_mentioned(office: Office) -> None:
    ticket = office.ask()
    office.channels.against[ticket.channel] = say("I'm not there.")
    verdict = remind(office, ticket)

    assert not verdict.accepted
    assert str(verdict.words) == "I'm not there."
    assert office.audited(ticket) == ["requested", "refused"]


# Leads who don't see the channel.


def elsewhere(office: Office, *authors: Who) -> list[str]:
    found = LeadsElsewhere(office.judging, office.roster, office.channels)
    return list(found.of(CHANNEL, pool="prod", authors=frozenset(each.id for each in authors)))


def test_the_leads_who_are_not_in_the_channel_are_found(office: Office) -> None:
    office.channels.people_in = frozenset({AGENT.id, LEAD1.id})
    assert elsewhere(office, AGENT) == [LEAD2.id, LEAD3.id]
    # Who asks for it, and who is no lead any more, is told nothing.
    office.roster.deposed.add(LEAD3)
    assert elsewhere(office, LEAD2) == []


def test_somebody_who_is_there_by_another_id_is_there(office: Office) -> None:
    office.roster.goes_by["W0LEAD2"] = LEAD2.id
    office.channels.people_in = frozenset({LEAD1.id, "W0LEAD2", LEAD3.id})
    assert elsewhere(office, AGENT) == [LEAD2.id]
    office.channels.people_in = frozenset({LEAD1.id, LEAD2.id, LEAD3.id})
    assert elsewhere(office, AGENT) == []


def test_where_slack_does_not_say_who_is_there_all_leads_are_told(office: Office) -> None:
    office.channels.people_in = None
    assert elsewhere(office, AGENT) == [LEAD1.id, LEAD2.id, LEAD3.id]


def test_while_nobody_knows_who_is_a_lead_nobody_is_told(office: Office) -> None:
    office.roster.silent = True
    assert elsewhere(office, AGENT) == []
