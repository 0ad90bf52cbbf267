"""Rights are judged at the moment that counts: at the vote, and once more right before anything is sent."""

from functools import partial

import pytest
from sqlalchemy import select, update

from bot.answer import Refused
from bot.desk.approvals import NeedsConfirmation
from bot.desk.people import Who
from bot.plan import Risk
from bot.settings import LeadsNeeded
from bot.ticket import State, Ticket
from bot.tickets import tables
from bot.tickets.store import Store
from tests.bot.desk.test_approvals import together
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import AGENT, CHANNEL, LEAD1, LEAD2, LEAD3, Office, digits, ended

TWO = LeadsNeeded(normal=2, high=2)


def risky(office: Office, cognito: LittleCognito) -> Ticket:
    """Ask for what two leads have to agree to."""
    cognito.add("ana.new", "ana@example.com", verified=True)
    return office.ask()


def votes(office: Office, ticket: Ticket) -> list[str]:
    return [vote.person for vote in office.read(ticket).votes]


def held(office: Office, ticket: Ticket, *people: Who) -> None:
    """Vote as people do whose process dies before it sends anything."""
    with office.store.transaction() as connection:
        for person in people:
            office.tickets.vote(connection, office.tickets.reload(connection, ticket.id), person.id)


def nonce_for(office: Office, ticket: Ticket, who: Who) -> str:
    """Click Approve, and return what the confirmation carries that it opens."""
    opened = office.clicks(ticket, who)
    assert isinstance(opened, NeedsConfirmation)
    assert opened.nonce not in repr(opened)
    return opened.nonce


# At the last vote.


def test_the_vote_of_somebody_who_is_no_lead_any_more_does_not_count(office: Office, cognito: LittleCognito) -> None:
    ticket = risky(office, cognito)
    assert office.told(ticket, LEAD1) == ""
    office.roster.deposed.add(LEAD1)
    verdict = office.approve(ticket, LEAD2)
    assert verdict.accepted
    assert str(verdict.words) == (
        "Your approval counts. U0LEAD1 isn't a lead any more, so their approval doesn't count; one more is needed."
    )
    ticket = office.settled(ticket)
    assert (ticket.state, votes(office, ticket)) == (State.PENDING, [LEAD2.id])
    assert office.audited(ticket) == ["requested", "approved", "discounted", "approved"]
    assert [row["person"] for row in office.rows() if row["event"] == "discounted"] == [LEAD1.id]
    assert "discounted pending U0LEAD1" in office.thread(ticket)
    assert cognito.sent == []

    assert office.told(ticket, LEAD3) == ""
    assert office.settled(ticket).state is State.DONE


def test_a_request_that_too_few_could_still_agree_to_says_so(office: Office, cognito: LittleCognito) -> None:
    ticket = risky(office, cognito)
    office.told(ticket, LEAD1)
    office.roster.deposed |= {LEAD1, LEAD3}
    assert str(office.approve(ticket, LEAD2).words).endswith(
        "one more is needed. Too few others could still agree to it: please have the operator name more leads."
    )


def test_a_lead_who_is_one_again_may_vote_again(office: Office, cognito: LittleCognito) -> None:
    ticket = risky(office, cognito)
    office.told(ticket, LEAD1)
    office.roster.deposed.add(LEAD1)
    office.approve(ticket, LEAD2)
    office.roster.deposed.clear()
    assert office.told(ticket, LEAD1) == ""
    assert office.settled(ticket).state is State.DONE


def test_who_loses_the_role_between_the_click_and_the_look_has_not_voted(office: Office) -> None:
    ticket = office.ask()
    office.roster.before_judging = lambda: office.roster.deposed.add(LEAD1)
    assert office.told(ticket, LEAD1) == "Only leads can approve."
    assert votes(office, ticket) == []
    assert office.audited(ticket) == ["requested", "refused"]


def test_a_request_of_somebody_who_may_not_ask_any_more_ends_with_the_next_vote(
    office: Office, cognito: LittleCognito
) -> None:
    ticket = office.ask()
    office.roster.left.add(AGENT)
    verdict = office.approve(ticket, LEAD1)
    assert not verdict.accepted
    assert str(verdict.words) == "U0AGENT, who asked for this, may not ask for anything here any more."
    assert ended(office.settled(ticket)) == (State.STALE, str(verdict.words))
    assert office.audited(ticket) == ["requested", "stale"]
    assert cognito.sent == []


def test_while_slack_does_not_say_who_leads_a_vote_does_not_count_and_may_be_cast_again(office: Office) -> None:
    ticket = office.ask()
    office.roster.unreadable = True
    assert "nobody can approve until it can" in office.told(ticket, LEAD1)
    assert (office.read(ticket).state, votes(office, ticket)) == (State.PENDING, [])
    office.roster.unreadable = False
    assert office.told(ticket, LEAD1) == ""


def test_somebody_who_is_no_lead_costs_nobody_a_look_at_the_list(office: Office) -> None:
    ticket, asked = office.ask(), list[bool]()
    office.roster.before_judging = lambda: asked.append(True)
    office.told(ticket, Who("U0STRANGER", "T1"))
    office.told(ticket, AGENT)
    assert asked == []


def test_a_vote_that_comes_while_the_others_are_judged_is_judged_too(office: Office, cognito: LittleCognito) -> None:
    ticket = risky(office, cognito)

    def another_votes() -> None:
        office.roster.before_judging = lambda: None
        held(office, ticket, LEAD1)
        office.roster.deposed.add(LEAD1)

    office.roster.before_judging = another_votes
    assert "U0LEAD1 isn't a lead any more" in str(office.approve(ticket, LEAD2).words)
    assert (office.settled(ticket).state, votes(office, ticket)) == (State.PENDING, [LEAD2.id])
    assert cognito.sent == []


# The number of leads.


@pytest.mark.parametrize("now", [LeadsNeeded(normal=1, high=2), LeadsNeeded(normal=3, high=3)])
def test_of_both_numbers_the_higher_counts(database: Store, cognito: LittleCognito, now: LeadsNeeded) -> None:
    before, after = Office(database, cognito, needed=TWO), Office(database, cognito, needed=now)
    ticket = before.ask()
    most = max(2, now.normal)
    for n, lead in enumerate((LEAD1, LEAD2, LEAD3)[:most], 1):
        assert after.told(ticket, lead) == ""
        assert (after.settled(ticket).state is State.PENDING) == (n < most)
    assert after.read(ticket).state is State.DONE
    assert after.read(ticket).needed == most
    before.close()
    after.close()


def test_a_number_that_was_lowered_since_it_was_asked_does_not_make_up_for_a_lost_vote(
    database: Store, cognito: LittleCognito
) -> None:
    before, after = Office(database, cognito, needed=TWO), Office(database, cognito)
    ticket = before.ask()
    held(before, ticket, LEAD1, LEAD2)
    after.roster.deposed.add(LEAD2)
    after.runner.start(ticket.id)
    assert after.settled(ticket).state is State.PENDING
    assert cognito.sent == []
    before.close()
    after.close()


# Right before sending.


def test_an_approval_that_is_worth_too_little_by_now_goes_back_to_the_leads(
    office: Office, cognito: LittleCognito
) -> None:
    ticket = risky(office, cognito)
    held(office, ticket, LEAD1, LEAD2)
    office.roster.deposed.add(LEAD2)
    office.runner.start(ticket.id)
    ticket = office.settled(ticket)
    assert (ticket.state, votes(office, ticket), ticket.decided_at) == (State.PENDING, [LEAD1.id], None)
    assert office.audited(ticket) == ["requested", "approved", "approved", "started", "discounted", "reopened"]
    assert cognito.sent == []

    assert office.told(ticket, LEAD3) == ""
    assert office.settled(ticket).state is State.DONE
    assert len(cognito.sent) == 1


def test_a_number_that_was_raised_after_the_approval_counts(database: Store, cognito: LittleCognito) -> None:
    office = Office(database, cognito)
    ticket = office.ask()
    held(office, ticket, LEAD1)
    office.close()
    raised = Office(database, cognito, needed=TWO)
    raised.runner.start(ticket.id)
    ticket = raised.settled(ticket)
    assert (ticket.state, ticket.needed, votes(raised, ticket)) == (State.PENDING, 2, [LEAD1.id])
    assert cognito.sent == []
    assert raised.told(ticket, LEAD2) == ""
    assert raised.settled(ticket).state is State.DONE
    raised.close()


def test_a_lead_who_is_removed_while_the_plan_is_made_again_has_not_approved(
    office: Office, cognito: LittleCognito
) -> None:
    ticket = office.ask()
    held(office, ticket, LEAD1)
    plan = office.planner.plan

    def removed_meanwhile(*given: object, **named: object) -> object:
        office.roster.deposed.add(LEAD1)
        return plan(*given, **named)  # type: ignore[arg-type]

    office.planner.plan = removed_meanwhile  # type: ignore[method-assign,assignment]
    office.runner.start(ticket.id)
    assert office.settled(ticket).state is State.PENDING
    assert cognito.sent == []


def test_nothing_is_sent_for_somebody_who_may_not_ask_any_more(office: Office, cognito: LittleCognito) -> None:
    ticket = office.ask()
    held(office, ticket, LEAD1)
    office.roster.left.add(AGENT)
    office.runner.start(ticket.id)
    state, words = ended(office.settled(ticket))
    assert state is State.STALE
    assert "U0AGENT, who asked for this, may not ask for anything here any more" in words
    assert cognito.sent == []


def test_a_code_is_not_used_once_its_approval_counts_no_more(office: Office, cognito: LittleCognito) -> None:
    ticket = office.ask("code")
    assert office.told(ticket, LEAD1) == ""
    office.settled(ticket)
    office.roster.deposed.add(LEAD1)
    office.decisions.enter(ticket.id, who=AGENT, channel=CHANNEL, ts=ticket.ts, secrets=digits("123456"))
    assert office.settled(ticket).state is State.PENDING
    assert cognito.sent == []


def test_a_code_that_can_not_be_used_because_slack_says_nothing_is_asked_for_again(
    office: Office, cognito: LittleCognito
) -> None:
    ticket = office.ask("code")
    assert office.told(ticket, LEAD1) == ""
    office.settled(ticket)
    office.roster.unreadable = True
    office.runner.start(ticket.id, secrets=digits("123456"))
    state, words = ended(office.settled(ticket))
    assert state is State.APPROVED
    assert "the code was not used. Please enter it once more" in words
    assert cognito.sent == []


def test_what_has_begun_is_finished_whoever_leads_by_then(office: Office, cognito: LittleCognito) -> None:
    ticket = office.ask("pair")

    def after_the_first(call: object) -> None:
        office.roster.deposed.add(LEAD1)
        office.roster.unreadable = True

    cognito.after_send = after_the_first
    assert office.told(ticket, LEAD1) == ""
    assert office.settled(ticket).state is State.DONE
    assert len(cognito.sent) == 2


# Before asking.


def test_a_lead_among_too_few_is_told_before_asking(office: Office, cognito: LittleCognito) -> None:
    cognito.add("ana.new", "ana@example.com", verified=True)
    office.roster.deposed.add(LEAD3)
    with pytest.raises(Refused) as refused:
        office.ask(who=LEAD1)
    assert str(refused.value.words) == (
        "Two leads have to agree, and only U0LEAD2 could: you asked for it yourself. "
        "Ask somebody who isn't a lead to ask for it, or have the operator name more leads."
    )
    assert [(row["event"], row["person"]) for row in office.rows()] == [("refused", LEAD1.id)]
    assert office.ask(who=AGENT).state is State.PENDING


def test_where_somebody_else_asking_would_not_help_it_is_not_advised(database: Store, cognito: LittleCognito) -> None:
    office = Office(database, cognito, needed=LeadsNeeded(normal=3, high=3))
    office.roster.deposed.add(LEAD3)
    with pytest.raises(Refused) as refused:
        office.ask(who=LEAD1)
    assert str(refused.value.words) == (
        "Three leads have to agree, and only U0LEAD2 could: you asked for it yourself. "
        "Please have the operator name more leads."
    )
    office.close()


def test_the_only_lead_asks_for_nothing(office: Office) -> None:
    office.roster.deposed |= {LEAD2, LEAD3}
    with pytest.raises(Refused, match="A lead has to agree, and nobody else could: you asked for it yourself"):
        office.ask(who=LEAD1)


def test_too_few_leads_besides_those_who_asked_before_are_said_too(office: Office) -> None:
    first = office.carried_out("move", who=LEAD1, email="ana@example.org")
    office.roster.deposed.add(LEAD3)
    with pytest.raises(Refused) as refused:
        office.asks(
            scenario="verify",
            pool="prod",
            form={"user": "ana", "reason": "yes"},
            who=AGENT,
            channel=CHANNEL,
            parent=first.id,
        )
    assert str(refused.value.words) == (
        "Two leads have to agree, and only U0LEAD2 could. Those who asked for what this builds on don't count. "
        "Please have the operator name more leads."
    )


def test_too_few_leads_are_said_to_an_agent_too(office: Office, cognito: LittleCognito) -> None:
    cognito.add("ana.new", "ana@example.com", verified=True)
    office.roster.deposed |= {LEAD2, LEAD3}
    with pytest.raises(Refused) as refused:
        office.ask()
    assert str(refused.value.words) == (
        "Two leads have to agree, and only U0LEAD1 could. Please have the operator name more leads."
    )


def test_an_undo_that_nobody_may_approve_is_refused(office: Office) -> None:
    first = office.carried_out(who=LEAD1)
    office.roster.deposed |= {LEAD3}
    office.roster.left.add(AGENT)
    with pytest.raises(Refused, match="nobody else could: you asked for it yourself"):
        office.asks(
            scenario="undo",
            pool="prod",
            form={"reason": "a mistake"},
            who=LEAD2,
            channel=CHANNEL,
            parent=first.id,
        )


def test_nobody_asks_while_slack_does_not_say_who_leads(office: Office) -> None:
    office.roster.silent = True
    with pytest.raises(Refused, match="nobody can ask until it can"):
        office.ask()
    assert office.rows() == []


# Confirmations.


def test_a_confirmation_works_once(office: Office, cognito: LittleCognito) -> None:
    ticket = risky(office, cognito)
    nonce = nonce_for(office, ticket, LEAD1)
    told = together([partial(office.submits, ticket, LEAD1, nonce)] * 3)
    assert sorted(verdict.accepted for verdict in told) == [False, False, True]
    with office.store.transaction() as connection:
        connection.execute(tables.vote.delete())
    assert "This confirmation doesn't count" in str(office.submits(ticket, LEAD1, nonce).words)
    assert votes(office, ticket) == []


@pytest.mark.parametrize("nonce", ["", "made-up", "\0", "é"])
def test_a_submission_without_a_nonce_of_the_desks_votes_nothing(
    office: Office, cognito: LittleCognito, nonce: str
) -> None:
    ticket = risky(office, cognito)
    nonce_for(office, ticket, LEAD1)
    verdict = office.submits(ticket, LEAD1, nonce)
    assert not verdict.accepted
    assert "Please open it again" in str(verdict.words)
    assert votes(office, ticket) == []
    assert office.audited(ticket) == ["requested", "refused"]


def test_a_normal_risk_can_not_be_confirmed_by_a_view_that_somebody_made_up(office: Office) -> None:
    ticket = office.ask()
    assert not office.submits(ticket, LEAD1, "").accepted
    assert votes(office, ticket) == []


def test_a_confirmation_is_for_one_person_and_one_request(office: Office, cognito: LittleCognito) -> None:
    ticket = risky(office, cognito)
    cognito.add("ben", "ben@example.com")
    cognito.add("ben.new", "ben@example.com", verified=True)
    other = office.ask(user="ben")
    nonce = nonce_for(office, ticket, LEAD1)
    assert not office.submits(ticket, LEAD2, nonce).accepted
    assert not office.submits(other, LEAD1, nonce).accepted
    assert votes(office, ticket) == votes(office, other) == []
    assert office.submits(ticket, LEAD1, nonce).accepted


def test_a_confirmation_does_not_count_for_an_equal_request(office: Office, cognito: LittleCognito) -> None:
    ticket = risky(office, cognito)
    with office.store.transaction() as connection:
        # Only so can the very same be asked twice.
        connection.execute(update(tables.ticket).values(same=None))
    other = office.ask()
    nonce = nonce_for(office, ticket, LEAD1)
    with office.store.transaction() as connection:
        connection.execute(update(tables.conversation).values(ts=ticket.ts))
    assert not office.submits(office.read(other), LEAD1, nonce).accepted
    assert votes(office, other) == []


@pytest.mark.parametrize("what", ["reason", "requester", "ts"])
def test_a_confirmation_of_what_looks_otherwise_by_now_does_not_count(
    office: Office, cognito: LittleCognito, what: str
) -> None:
    ticket = risky(office, cognito)
    nonce = nonce_for(office, ticket, LEAD1)
    with office.store.transaction() as connection:
        if what == "ts":
            card = select(tables.ticket.c.conversation).where(tables.ticket.c.id == ticket.id).scalar_subquery()
            moved = update(tables.conversation).where(tables.conversation.c.id == card).values(ts="99.0")
        else:
            moved = update(tables.ticket).where(tables.ticket.c.id == ticket.id).values({what: "U0OTHER"})
        connection.execute(moved)
    assert not office.submits(office.read(ticket), LEAD1, nonce).accepted
    assert votes(office, ticket) == []


def test_a_confirmation_that_is_too_old_does_not_count(office: Office, cognito: LittleCognito) -> None:
    ticket = risky(office, cognito)
    nonce = nonce_for(office, ticket, LEAD1)
    with office.store.transaction() as connection:
        row = connection.execute(select(tables.confirmation)).one()
        assert row.expires_at - row.made_at == pytest.approx(1800)
        assert nonce not in str(row)
        connection.execute(update(tables.confirmation).values(expires_at=office.store.now(connection)))
    assert not office.submits(ticket, LEAD1, nonce).accepted
    assert votes(office, ticket) == []
    assert office.told(ticket, LEAD1) == ""
    with office.store.reading() as connection:
        assert [row.used_at is None for row in connection.execute(select(tables.confirmation))] == [False]


def test_a_confirmation_lives_no_longer_than_its_request(database: Store, cognito: LittleCognito) -> None:
    office = Office(database, cognito, expires_after=60)
    ticket = risky(office, cognito)
    nonce_for(office, ticket, LEAD1)
    with database.reading() as connection:
        row = connection.execute(select(tables.confirmation)).one()
    assert row.expires_at == pytest.approx(ticket.expires_at.timestamp(), abs=0.001)
    office.close()


def test_two_leads_confirm_in_the_same_moment(office: Office, cognito: LittleCognito) -> None:
    ticket = risky(office, cognito)
    assert ticket.plan.risk is Risk.HIGH
    nonces = {lead: nonce_for(office, ticket, lead) for lead in (LEAD1, LEAD2, LEAD3)}
    told = together([partial(office.submits, ticket, lead, nonce) for lead, nonce in nonces.items()])
    assert sorted(verdict.accepted for verdict in told) == [False, True, True]
    assert office.settled(ticket).state is State.DONE
    assert len(cognito.sent) == 1
