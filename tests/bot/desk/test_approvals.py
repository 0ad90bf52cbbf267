"""Asking and deciding: who may, on which message, and that everything happens once."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, select, update

from bot.answer import Barred, Refused
from bot.desk.approvals import ClickResult, NeedsConfirmation
from bot.desk.people import Who
from bot.plan import Risk
from bot.slack import forms
from bot.ticket import PLANS, State, Ticket
from bot.tickets import store, tables
from bot.words import say
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import AGENT, CHANNEL, GUEST, LEAD1, LEAD2, LEAD3, Office, digits, settings


def together(actions: list[Callable[[], Any]]) -> list[Any]:
    """Do all of it in the same moment."""
    barrier = threading.Barrier(len(actions))
    results: list[Any] = [None] * len(actions)

    def act(number: int) -> None:
        barrier.wait()
        results[number] = actions[number]()

    threads = [threading.Thread(target=act, args=(number,)) for number in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_request_waits_for_its_leads_and_is_on_record(office: Office) -> None:
    ticket = office.ask()
    assert ticket.state is State.PENDING
    assert (ticket.requester, ticket.reason, ticket.needed) == (AGENT.id, "called back", 1)
    assert ticket.authors == {AGENT.id}
    assert ticket.form == {"user": "ana", "reason": "called back"}
    assert (ticket.expires_at - ticket.created_at).total_seconds() == pytest.approx(14400)
    assert office.audited(ticket) == ["requested"]
    assert office.thread(ticket) == ["requested pending U0AGENT"]


CLOSED = say("This channel is closed.")


def test_nothing_is_asked_in_a_channel_that_is_closed_now(office: Office) -> None:
    office.channels.against[CHANNEL] = CLOSED
    with pytest.raises(Refused, match="This channel is closed") as refused:
        office.ask()

    # Somebody can open it, so what was typed is kept.
    assert not isinstance(refused.value, Barred)
    assert office.channels.read_anew == [CHANNEL]
    assert [row["event"] for row in office.rows()] == ["refused"]


def test_where_it_may_not_work_at_all_slack_is_not_even_asked(office: Office) -> None:
    with pytest.raises(Barred):
        office.asks(scenario="verify", pool="prod", form={}, who=AGENT, channel="C0ELSEWHERE")

    assert office.channels.read_anew == []


def test_in_a_channel_that_is_closed_now_only_what_makes_things_safer_is_decided(office: Office) -> None:
    risky, denied, withdrawn = office.ask(), office.ask("pair"), office.ask("move", email="new@example.com")
    office.channels.against[CHANNEL] = CLOSED

    assert office.told(risky, LEAD1) == "This channel is closed."
    assert office.read(risky).votes == ()
    spoken = office.decisions.deny(denied.id, who=LEAD1, channel=CHANNEL, ts=denied.ts, reason="called them back")
    assert str(spoken.words) == "Denied. The card shows it as soon as I can post there."
    spoken = office.decisions.withdraw(withdrawn.id, who=AGENT, channel=CHANNEL, ts=withdrawn.ts)
    assert str(spoken.words) == "Withdrawn. The card shows it as soon as I can post there."
    assert [office.read(each).state for each in (denied, withdrawn)] == [State.DENIED, State.WITHDRAWN]

    follows = office.decisions.may_follow_up(denied.id, scenario="pair", who=AGENT, channel=CHANNEL, ts=denied.ts)
    assert (follows.accepted, str(follows.words)) == (False, "This channel is closed.")
    office.channels.against.clear()
    assert office.told(risky, LEAD1) == ""


def test_what_is_submitted_asks_anew_how_the_channel_is(office: Office) -> None:
    waiting, pending = office.ask("code"), office.ask()
    assert office.told(waiting, LEAD1) == ""
    office.channels.read_anew.clear()
    office.channels.against[CHANNEL] = CLOSED
    voted = office.submits(pending, LEAD1, "a nonce")
    assert str(voted.words) == "This channel is closed."
    assert office.channels.read_anew == [CHANNEL]
    office.channels.read_anew.clear()
    entered = office.decisions.enter(waiting.id, who=AGENT, channel=CHANNEL, ts=waiting.ts, secrets=digits("123456"))

    assert str(entered.words) == "This channel is closed."
    assert office.channels.read_anew == [CHANNEL]
    assert office.read(waiting).state is State.APPROVED


def test_a_plan_survives_the_database_word_for_word(office: Office) -> None:
    planned = office.planner.plan("verify", "prod", {"user": "ana", "reason": "called back"})
    assert office.ask().plan == planned.plan


def test_whatever_a_reason_holds_can_be_written_down(office: Office) -> None:
    state = {"reason": {"value": {"value": "called\0 back \ud83d \u202e <!channel> 👩"}}}
    typed = forms.typed_in(office.scenarios["verify"].form, state)
    assert (
        office.ask(reason=typed["reason"]).reason
        == "called\N{REPLACEMENT CHARACTER} back \N{REPLACEMENT CHARACTER} \u202e <!channel> 👩"
    )


def test_the_card_comes_before_the_thread(office: Office) -> None:
    ticket = office.ask()
    with office.store.reading() as connection:
        kinds = connection.execute(select(tables.outbox.c.kind).order_by(tables.outbox.c.id)).scalars().all()
    assert kinds == ["card", "say"]
    assert office.read(ticket).channel == CHANNEL


def test_a_request_born_from_a_check_is_linked_from_there(office: Office) -> None:
    with office.store.transaction() as connection:
        check = office.outbox.converse(connection, CHANNEL)
    office.asks(
        scenario="verify", pool="prod", form={"user": "ana", "reason": "yes"}, who=AGENT, channel=CHANNEL, origin=check
    )
    with office.store.reading() as connection:
        links = connection.execute(select(tables.outbox).where(tables.outbox.c.kind == "link")).all()
    assert [link.conversation for link in links] == [check]


def test_whoever_is_no_agent_asks_in_vain(office: Office) -> None:
    with pytest.raises(Refused, match="Only agents"):
        office.ask(who=GUEST)
    assert [(row["event"], row["person"], row["ticket"]) for row in office.rows()] == [("refused", GUEST.id, None)]


def test_whoever_is_no_agent_reads_nothing_and_that_is_on_record(office: Office) -> None:
    with pytest.raises(Refused, match="Only agents"):
        office.requests.check(GUEST, CHANNEL)
    assert [(row["event"], row["person"]) for row in office.rows()] == [("refused", GUEST.id)]


def test_a_refused_plan_asks_nothing(office: Office, cognito: LittleCognito) -> None:
    cognito.set("ana", email_verified="true")
    with pytest.raises(Refused, match="verified already"):
        office.ask()
    assert office.rows() == []


def test_a_form_that_is_wrong_comes_back_under_its_field(office: Office) -> None:
    with pytest.raises(Refused) as refused:
        office.ask(user="two words")
    assert refused.value.field == "user"


def test_the_same_submission_delivered_twice_is_one_ticket(office: Office) -> None:
    def submit() -> Ticket:
        return office.asks(
            scenario="verify",
            pool="prod",
            form={"user": "ana", "reason": "yes"},
            who=AGENT,
            channel=CHANNEL,
            submission="V123",
        )

    first, second = together([submit, submit])
    assert first.id == second.id
    assert len(office.rows()) == 1


def _waits(office: Office, who: Who = AGENT, **form: str) -> str:
    """Ask for what waits already, and return where that leads to."""
    with pytest.raises(Refused) as error:
        office.ask(who=who, **form)
    return str(error.value)


def test_what_waits_where_nobody_can_see_it_is_not_looked_for_in_vain(office: Office) -> None:
    office.ask()
    with office.store.transaction() as connection:
        connection.execute(update(tables.conversation).values(ts="", refused="is_archived"))
    told = _waits(office)

    assert "Already asked by " in told
    assert "is archived" in told
    assert "Look for its card" not in told


def test_what_waits_already_is_not_asked_twice_and_leads_to_its_card(office: Office, cognito: LittleCognito) -> None:
    first = office.ask()
    assert f"Already asked by {AGENT.id}" in _waits(office)
    assert "It waits for a lead." in _waits(office, LEAD1)
    # It is what would be sent that counts, not how the account was named.
    assert "Already asked by " in _waits(office, user="ana@example.com")
    office.decisions.withdraw(first.id, who=AGENT, channel=CHANNEL, ts=first.ts)
    assert office.ask().id != first.id


def test_thirty_who_ask_for_the_same_in_one_moment_make_one_request(office: Office) -> None:
    def ask() -> int:
        try:
            return office.ask().id
        except Refused:
            return 0

    made = [number for number in together([ask] * 30) if number]
    assert len(made) == 1
    assert [row["event"] for row in office.rows()] == ["requested"]


def test_what_has_expired_stands_in_nobody_s_way(office: Office) -> None:
    late = office.ask()
    with office.store.transaction() as connection:
        connection.execute(update(tables.ticket).where(tables.ticket.c.id == late.id).values(expires_at=1.0))
    assert office.ask().id != late.id
    assert office.read(late).state is State.EXPIRED


def test_one_person_has_only_so_many_requests_waiting(office: Office, cognito: LittleCognito) -> None:
    most = settings().approvals.open_requests
    for number in range(most + 1):
        cognito.add(f"user{number}", f"user{number}@example.com")
    for number in range(most):
        office.ask(user=f"user{number}")
    assert f"You have {most} requests waiting" in _waits(office, user=f"user{most}")
    assert office.ask(user=f"user{most}", who=LEAD1)


def test_from_the_click_to_its_end_a_ticket_is_read_once_and_written_in_four_transactions(office: Office) -> None:
    ticket = office.ask()
    whole, written, writes = list[str](), list[str](), threading.local()

    @event.listens_for(office.store.engine, "before_cursor_execute")
    def look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "ticket.observed" in statement and "WHERE ticket.id =" in statement:
            whole.append(statement)
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            writes.last = statement

    @event.listens_for(office.store.engine, "commit")
    def count(_connection: Any) -> None:
        if getattr(writes, "last", ""):
            written.append(writes.last)
            writes.last = ""

    assert office.told(ticket, LEAD1) == ""
    office.runner.wait()
    event.remove(office.store.engine, "before_cursor_execute", look)
    event.remove(office.store.engine, "commit", count)

    assert len(whole) == 1
    # The vote with the claim, "about to send", the answer, the end.
    assert len(written) == 4


def test_a_lead_approves_and_it_is_done(office: Office, cognito: LittleCognito) -> None:
    ticket = office.carried_out()
    assert ticket.state is State.DONE
    assert cognito.attribute("ana", "email_verified") == "true"
    assert [reading.as_planned for reading in ticket.outcome.readings] == [True]
    assert ticket.outcome.request_ids == ("aws-1",)
    assert office.audited(ticket) == ["requested", "approved", "started", "sending", "sent", "re-read", "done"]


def test_nobody_approves_their_own(office: Office) -> None:
    own = office.ask(who=LEAD1)
    assert "someone else has to approve it" in office.told(own, LEAD1)
    assert office.read(own).votes == ()
    assert office.audited(own) == ["requested", "refused"]


def test_an_agent_is_told_that_someone_else_must(office: Office) -> None:
    ticket = office.ask()
    assert office.told(ticket, AGENT) == (
        "You asked for this, so someone else has to approve it. S0LEADS have been told."
    )


def test_whoever_is_no_lead_approves_nothing(office: Office) -> None:
    ticket = office.ask()
    assert office.told(ticket, GUEST) == "Only leads can approve."
    assert office.read(ticket).state is State.PENDING


def test_a_forged_card_approves_nothing(office: Office) -> None:
    ticket = office.ask()
    for channel, ts in (("C0OTHER", ticket.ts), (CHANNEL, "99.0"), (CHANNEL, "")):
        verdict = office.decisions.approve(ticket.id, who=LEAD1, channel=channel, ts=ts)
        assert isinstance(verdict, ClickResult)
        assert not verdict.accepted
    assert office.read(ticket).state is State.PENDING
    assert office.audited(ticket).count("refused") == 3


def test_a_card_that_is_not_posted_yet_can_not_be_clicked(office: Office, cognito: LittleCognito) -> None:
    ticket = office.asks(
        scenario="verify", pool="prod", form={"user": "ana", "reason": "yes"}, who=AGENT, channel=CHANNEL
    )
    assert ticket.ts == ""
    assert "only just being posted. Please press the button again" in office.told(ticket, LEAD1)
    elsewhere = office.decisions.approve(ticket.id, who=LEAD1, channel="C0OTHER", ts="1.0")
    assert isinstance(elsewhere, ClickResult)
    assert "not the request itself" in str(elsewhere.words)
    assert office.read(ticket).votes == ()


def test_a_ticket_that_never_was_is_refused_and_on_record(office: Office) -> None:
    verdict = office.decisions.approve(404, who=LEAD1, channel=CHANNEL, ts="1.0")
    assert isinstance(verdict, ClickResult)
    assert not verdict.accepted
    assert [row["event"] for row in office.rows()] == ["refused"]


def test_high_risk_needs_two_leads_and_a_confirmation(office: Office, cognito: LittleCognito) -> None:
    cognito.add("ana.new", "ana@example.com", verified=True)
    ticket = office.ask()
    assert ticket.needed == 2
    shown = office.clicks(ticket, LEAD1)
    assert isinstance(shown, NeedsConfirmation)
    assert shown.ticket == ticket
    assert office.read(ticket).votes == ()

    assert office.told(ticket, LEAD1) == ""
    assert office.read(ticket).state is State.PENDING
    assert office.told(ticket, LEAD1) == "You have approved this already; it needs 1 more."
    assert office.told(ticket, LEAD2) == ""
    ticket = office.settled(ticket)
    assert ticket.state is State.DONE
    assert [vote.person for vote in ticket.votes] == [LEAD1.id, LEAD2.id]
    assert cognito.attribute("ana.new", "email_verified") == "false"


def opened(office: Office, ticket: Ticket, who: Who) -> ClickResult | NeedsConfirmation:
    """Press Open in a list."""
    return office.decisions.may_approve(ticket.id, who=who)


def test_away_from_the_card_a_vote_is_a_confirmation_whatever_the_risk(office: Office) -> None:
    ticket = office.ask()
    assert ticket.plan.risk is Risk.NORMAL
    shown = opened(office, ticket, LEAD1)
    assert isinstance(shown, NeedsConfirmation)
    assert shown.ticket == ticket
    assert office.read(ticket).votes == ()

    assert office.submits(ticket, LEAD1, shown.nonce).accepted
    assert office.settled(ticket).state is State.DONE
    assert office.audited(ticket)[:2] == ["requested", "approved"]


def test_away_from_the_card_the_same_people_may_not(office: Office, cognito: LittleCognito) -> None:
    cognito.add("ana.new", "ana@example.com", verified=True)
    ticket = office.ask(who=LEAD1)
    first = opened(office, ticket, LEAD2)
    assert isinstance(first, NeedsConfirmation)
    assert office.submits(ticket, LEAD2, first.nonce).accepted

    refused = {who: opened(office, ticket, who) for who in (LEAD1, GUEST, LEAD2)}
    assert {who: str(each.words) for who, each in refused.items() if isinstance(each, ClickResult)} == {
        LEAD1: "You asked for this, so someone else has to approve it. S0LEADS have been told.",
        GUEST: "Only leads can approve.",
        LEAD2: "You have approved this already; it needs 1 more.",
    }
    assert office.audited(ticket) == ["requested", "approved", "refused", "refused", "refused"]


def test_away_from_the_card_nothing_is_decided_that_is_over_closed_or_not_posted(office: Office) -> None:
    unposted = office.asks(
        scenario="verify", pool="prod", form={"user": "ana", "reason": "yes"}, who=AGENT, channel=CHANNEL
    )
    assert isinstance(said := opened(office, unposted, LEAD1), ClickResult)
    assert "only just being posted" in str(said.words)
    ticket = office.post(unposted)
    office.channels.against[CHANNEL] = CLOSED
    assert isinstance(said := opened(office, ticket, LEAD1), ClickResult)
    assert str(said.words) == "This channel is closed."
    office.channels.against.clear()
    office.decisions.withdraw(ticket.id, who=AGENT, channel=CHANNEL, ts=ticket.ts)
    assert isinstance(said := opened(office, ticket, LEAD1), ClickResult)
    assert "was faster: withdrawn" in str(said.words)
    assert office.audited(ticket) == ["requested", "refused", "refused", "withdrawn", "refused"]


def test_what_a_list_opened_is_not_a_vote_of_a_lead_who_is_none_any_more(office: Office) -> None:
    ticket = office.ask()
    shown = opened(office, ticket, LEAD1)
    assert isinstance(shown, NeedsConfirmation)
    office.roster.deposed.add(LEAD1)

    assert not office.submits(ticket, LEAD1, shown.nonce).accepted
    assert office.read(ticket).votes == ()


def test_whoever_asked_for_what_a_ticket_builds_on_never_counts(office: Office) -> None:
    first = office.carried_out("move", who=LEAD1, email="ana@example.org")
    again = office.asks(
        scenario="verify",
        pool="prod",
        form={"user": "ana", "reason": "yes"},
        who=AGENT,
        channel=CHANNEL,
        parent=first.id,
    )
    again = office.post(again)
    assert again.authors == {LEAD1.id, AGENT.id}
    assert "someone else has to approve it" in office.told(again, LEAD1)


def test_two_leads_in_the_same_moment_send_one_call(office: Office, cognito: LittleCognito) -> None:
    ticket = office.ask()
    told = together([partial(office.told, ticket, lead) for lead in (LEAD1, LEAD2, LEAD3)])
    assert sorted(words == "" for words in told) == [False, False, True]
    assert all("was faster: approved at" in words for words in told if words)
    assert office.settled(ticket).state is State.DONE
    assert len(cognito.sent) == 1
    assert office.audited(ticket).count("approved") == 1


def test_two_needed_votes_in_the_same_moment_are_enough(office: Office, cognito: LittleCognito) -> None:
    cognito.add("ana.new", "ana@example.com", verified=True)
    ticket = office.ask()
    assert together([partial(office.told, ticket, lead) for lead in (LEAD1, LEAD2)]) == ["", ""]
    assert office.settled(ticket).state is State.DONE
    assert len(cognito.sent) == 1


def test_a_double_click_is_one_vote(office: Office, cognito: LittleCognito) -> None:
    cognito.add("ana.new", "ana@example.com", verified=True)
    ticket = office.ask()
    told = together([lambda: office.told(ticket, LEAD1)] * 4)
    assert sorted(words == "" for words in told) == [False, False, False, True]
    assert len(office.read(ticket).votes) == 1
    assert office.read(ticket).state is State.PENDING


def test_approval_and_denial_in_the_same_moment_have_one_winner(office: Office, cognito: LittleCognito) -> None:
    ticket = office.ask()

    def deny() -> str:
        verdict = office.decisions.deny(ticket.id, who=LEAD2, channel=CHANNEL, ts=ticket.ts, reason="no")
        return str(verdict.words)

    told = together([lambda: office.told(ticket, LEAD1), deny])
    approved, denied = (words == "" for words in told)
    state = office.settled(ticket).state
    # A denial counts even after the approval, as long as nothing has begun.
    assert (approved, denied, state, len(cognito.sent)) in [
        (True, False, State.DONE, 1),
        (False, True, State.DENIED, 0),
        (True, True, State.DENIED, 0),
    ]


@pytest.mark.parametrize("by", [LEAD1, LEAD2])
def test_a_lead_denies_with_a_reason(office: Office, cognito: LittleCognito, by: Who) -> None:
    ticket = office.ask()
    assert office.decisions.may_deny(ticket.id, who=by, channel=CHANNEL, ts=ticket.ts).accepted
    assert office.read(ticket).state is State.PENDING
    verdict = office.decisions.deny(ticket.id, who=by, channel=CHANNEL, ts=ticket.ts, reason="call back first")
    assert verdict.accepted
    ticket = office.read(ticket)
    assert (ticket.state, ticket.outcome.by, ticket.outcome.reason) == (State.DENIED, by.id, "call back first")
    assert ticket.decided_at is not None
    assert cognito.sent == []


def test_only_leads_deny(office: Office) -> None:
    ticket = office.ask()
    for who, told in (
        (AGENT, "Only leads can deny. To take it back, press Withdraw."),
        (GUEST, "Only leads can deny."),
    ):
        asked = office.decisions.may_deny(ticket.id, who=who, channel=CHANNEL, ts=ticket.ts)
        denied = office.decisions.deny(ticket.id, who=who, channel=CHANNEL, ts=ticket.ts, reason="no")
        assert [(each.accepted, str(each.words)) for each in (asked, denied)] == [(False, told)] * 2
    assert office.read(ticket).state is State.PENDING


def test_who_was_faster_is_said(office: Office) -> None:
    ticket = office.ask()
    office.decisions.deny(ticket.id, who=LEAD1, channel=CHANNEL, ts=ticket.ts, reason="no")
    assert office.told(ticket, LEAD2).startswith("U0LEAD1 was faster: denied at ")
    assert office.told(ticket, LEAD1).startswith("You were first yourself: denied at ")
    assert office.audited(ticket) == ["requested", "denied", "refused", "refused"]


def test_only_the_requester_withdraws(office: Office) -> None:
    ticket = office.ask()
    refused = office.decisions.withdraw(ticket.id, who=LEAD1, channel=CHANNEL, ts=ticket.ts)
    assert not refused.accepted
    assert office.decisions.withdraw(ticket.id, who=AGENT, channel=CHANNEL, ts=ticket.ts).accepted
    assert office.read(ticket).state is State.WITHDRAWN
    assert "was faster: withdrawn at" in office.told(ticket, LEAD1)


def test_whoever_is_no_agent_any_more_withdraws_nothing_and_enters_no_code(
    office: Office, cognito: LittleCognito
) -> None:
    ticket = office.ask("code")
    assert office.told(ticket, LEAD1) == ""
    office.roster.left.add(AGENT)
    withdrawn = office.decisions.withdraw(ticket.id, who=AGENT, channel=CHANNEL, ts=ticket.ts)
    entered = office.decisions.enter(ticket.id, who=AGENT, channel=CHANNEL, ts=ticket.ts, secrets=digits("123456"))
    assert str(withdrawn.words) == str(entered.words) == "Only agents can ask."
    assert office.settled(ticket).state is State.APPROVED
    assert office.audited(ticket) == ["requested", "approved", "refused", "refused"]
    assert cognito.sent == []


@pytest.mark.parametrize("risk", Risk)
def test_for_a_high_risk_the_agents_are_read_anew_when_a_code_is_entered(office: Office, risk: Risk) -> None:
    ticket = office.ask("code")
    with office.store.transaction() as connection:
        plan = PLANS.dump_python(replace(ticket.plan, risk=risk), mode="json")
        connection.execute(update(tables.ticket).where(tables.ticket.c.id == ticket.id).values(plan=plan))
        office.tickets.vote(connection, ticket, LEAD1.id)
    office.decisions.enter(ticket.id, who=AGENT, channel=CHANNEL, ts=ticket.ts, secrets=digits("000000"))
    office.settled(ticket)
    assert office.roster.read_anew == ([AGENT] if risk is Risk.HIGH else [])


def test_what_is_over_stays_over(office: Office, cognito: LittleCognito) -> None:
    ticket = office.carried_out()
    assert not office.decisions.withdraw(ticket.id, who=AGENT, channel=CHANNEL, ts=ticket.ts).accepted
    assert "was faster: approved at" in office.told(ticket, LEAD2)
    assert len(cognito.sent) == 1


def test_a_click_after_the_time_is_over_approves_nothing(database: store.Store, cognito: LittleCognito) -> None:
    office = Office(database, cognito, expires_after=0.01)
    ticket = office.ask()
    threading.Event().wait(0.02)
    assert "This expired at" in office.told(ticket, LEAD1)
    assert office.read(ticket).state is State.EXPIRED
    assert office.audited(ticket) == ["requested", "expired", "refused"]
    assert cognito.sent == []
    office.close()
