"""Notices: one line for each step, and a mention for whoever has to know."""

from dataclasses import replace

import pytest

from bot.plan import Risk
from bot.slack import cards
from bot.slack.notices import notice, waits
from bot.ticket import Event, LossTold, Outcome, State, Ticket, Vote
from bot.words import say
from sandbox.testing import check_message
from tests.bot.sample_tickets import HOSTILE, LEADS, NOON, OUTCOMES, PLAN, ticket

STATES = {
    Event.DENIED: State.DENIED,
    Event.WITHDRAWN: State.WITHDRAWN,
    Event.EXPIRED: State.EXPIRED,
    Event.STALE: State.STALE,
    Event.DONE: State.DONE,
    Event.FAILED: State.FAILED,
    Event.IN_DOUBT: State.IN_DOUBT,
}


def said(event: Event, made: Ticket, by: str = "") -> str:
    message = notice(event, made, by=by, leads=LEADS)
    assert message is not None
    assert check_message(list(message.blocks), message.text) == []
    return message.text


@pytest.mark.parametrize("event", list(Event))
def test_every_notice_is_a_message_that_slack_takes(event: Event) -> None:
    told = Outcome(told=(LossTold(name="ben.new", by="U0LEAD1", at=NOON),))
    changed = {"outcome": told} if event is Event.TOLD else {}
    message = notice(event, ticket(STATES.get(event, State.PENDING), **changed), by="U0LEAD1", leads=LEADS)

    assert message is None or check_message(list(message.blocks), message.text) == []


@pytest.mark.parametrize("event", [Event.REFUSED, Event.STARTED, Event.SENDING, Event.SENT, Event.REREAD])
def test_steps_that_concern_nobody_are_silent(event: Event) -> None:
    assert notice(event, ticket(), leads=LEADS) is None


@pytest.mark.parametrize("event", [Event.DENIED, Event.EXPIRED, Event.STALE, Event.DONE, Event.FAILED, Event.IN_DOUBT])
def test_an_end_that_the_requester_did_not_make_mentions_them(event: Event) -> None:
    assert "<@U0AGENT>" in said(event, ticket(STATES[event]), by="U0LEAD1")


def test_a_vote_that_was_lost_says_what_is_needed_now() -> None:
    one, two = (Vote(person="U0LEAD2", at=NOON),), (Vote(person="U0LEAD2", at=NOON), Vote(person="U0LEAD3", at=NOON))

    begins = "<@U0LEAD1> isn't a lead any more, so their approval doesn't count. "
    assert said(Event.DISCOUNTED, ticket(), by="U0LEAD1") == f"{begins}It needs two more leads."
    assert said(Event.DISCOUNTED, ticket(votes=one), by="U0LEAD1") == f"{begins}It needs one more lead."
    assert said(Event.DISCOUNTED, ticket(votes=two), by="U0LEAD1") == f"{begins}The others are enough."
    assert said(Event.REOPENED, ticket(votes=one)) == (
        "<!subteam^S0LEADS>: this was approved, but it needs one more lead by now. Nothing was sent."
    )


def test_a_vote_of_somebody_who_counts_already_says_why_it_does_not() -> None:
    one = (Vote(person="U0LEAD2", at=NOON),)

    begins = (
        "<@W0LEAD2> is the same person as somebody who asked for this or has approved it, so that approval doesn't "
    )
    assert said(Event.SAME_PERSON, ticket(votes=one), by="W0LEAD2") == f"{begins}count. It needs one more lead."
    assert said(Event.SAME_PERSON, ticket(votes=()), by="W0LEAD2") == f"{begins}count. It needs two more leads."


@pytest.mark.parametrize("event", [Event.REMINDED, Event.REMINDED_BY_HAND, Event.REOPENED])
def test_where_no_lead_can_be_mentioned_the_word_stands_for_them(event: Event) -> None:
    message = notice(event, ticket(), by="U0AGENT", leads=())
    assert message is not None
    assert message.text.startswith("Leads: ")
    assert "Leads, two of you please." in cards.card(ticket(votes=()), leads=()).text


def test_what_waits_for_slack_says_so_in_its_thread_and_on_its_card() -> None:
    words = say("Slack doesn't say right now who is a lead.")
    waits = ticket(State.APPROVED, outcome=Outcome(words=words))

    assert "<@U0AGENT>: this is approved. Slack doesn't say right now who is a lead." in said(Event.WAITING, waits)
    assert "⚠️ Slack doesn't say right now who is a lead." in cards.card(waits, leads=LEADS).text


def test_what_expires_says_what_was_missing() -> None:
    votes = (Vote(person="U0LEAD1", at=NOON), Vote(person="U0LEAD2", at=NOON))
    with_code = replace(PLAN, calls=(replace(PLAN.calls[0], secrets=("ConfirmationCode",)),))

    assert "nobody decided in time" in said(Event.EXPIRED, ticket(State.EXPIRED))
    assert "no code was entered in time" in said(Event.EXPIRED, ticket(State.EXPIRED, votes=votes, plan=with_code))
    assert "this was approved, but the desk could not send it in time" in said(
        Event.EXPIRED, ticket(State.EXPIRED, votes=votes)
    )


@pytest.mark.parametrize("event", [Event.IN_DOUBT, Event.UNNAMED_LOSS, Event.REMINDED])
def test_what_leads_must_look_at_mentions_them(event: Event) -> None:
    made = ticket(STATES.get(event, State.PENDING))

    assert "<!subteam^S0LEADS>" in said(event, made)


def test_who_is_told_what_nobody_decides_is_asked_to_find_a_lead() -> None:
    told = said(Event.ESCALATED, ticket(State.PENDING))
    assert told.startswith("<!subteam^S0LEADS>: nobody has decided this since <!date^")
    assert told.endswith("Please find a lead who does.")


def test_a_result_says_what_was_sent_what_the_reread_shows_and_what_to_tell_the_customer() -> None:
    assert said(Event.DONE, ticket(State.DONE)).splitlines() == [
        "<@U0AGENT>: done: ben.old has ben@example.com, verified",
        "Sent. AWS request id req-1",
        "Re-read: ben.old, verified: yes · ben.new, verified: no",
        "Tell the customer: “Your e-mail address is confirmed.”",
        "Tell ben.new: “You can't use the e-mail address ben@example.com with your account ben.new any more, neither "
        "to sign in nor for “forgot password”. Please sign in with the user name ben.new. If this is a surprise, tell "
        "us.”",
    ]


def test_who_told_somebody_is_one_line() -> None:
    told = (LossTold(name="ben.new", by="U0AGENT", at=NOON),)
    made = ticket(State.DONE, outcome=replace(OUTCOMES[State.DONE], told=told))

    assert said(Event.TOLD, made, by="U0AGENT") == "<@U0AGENT> told ben.new."


def test_without_a_reread_cognito_accepted_it_and_nothing_is_called_done() -> None:
    plan = replace(PLAN, accepted=say("Accepted; waiting for the customer's code."))
    pending = ticket(State.DONE, plan=plan, outcome=replace(OUTCOMES[State.DONE], readings=()))

    told = said(Event.DONE, pending)
    assert "Cognito accepted the change. Accepted; waiting for the customer's code." in told
    assert "done." not in told


def test_a_vote_says_how_many_are_missing() -> None:
    first = ticket(votes=(Vote(person="U0LEAD1", at=NOON),))

    assert said(Event.APPROVED, first, "U0LEAD1") == "<@U0LEAD1> approved this. It needs one more lead."
    assert said(Event.APPROVED, ticket(State.APPROVED), "U0LEAD2") == "<@U0LEAD2> approved this."


def test_a_loss_that_no_plan_named_is_told_by_name() -> None:
    lost = ticket(State.DONE, outcome=replace(OUTCOMES[State.DONE], unnamed=("zoe",)))

    assert "zoe lost the address too" in said(Event.UNNAMED_LOSS, lost)


def test_a_hostile_reason_stays_text() -> None:
    told = said(Event.DENIED, ticket(State.DENIED, outcome=Outcome(by="U0LEAD1", reason=HOSTILE)), by="U0LEAD1")

    assert "<!channel>" not in told
    assert "\u202e" not in told


def test_what_a_lead_is_told_directly_names_the_request_and_no_customer() -> None:
    made = ticket(State.PENDING, plan=replace(PLAN, risk=Risk.NORMAL), needed=1)
    for each, begins in ((made, "🟡 Request #"), (ticket(State.PENDING), "🔴 High risk: request #")):
        message = waits(each, "https://desk.example/archives/C0SUPPORT/p7")
        assert check_message(list(message.blocks), message.text) == []
        assert message.text.startswith(begins)
        assert "<#C0SUPPORT>" in message.text
        assert "<https://desk.example/archives/C0SUPPORT/p7|card ↗>" in message.text
        assert message.text.endswith("[ Open… ]")
        for theirs in ("ben", "example.com"):
            assert theirs not in str((message.text, message.blocks))
