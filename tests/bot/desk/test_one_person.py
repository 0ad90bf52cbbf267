"""One person with two ids is one person, whichever of them was stored, whichever Slack names; rule by rule."""

from dataclasses import replace
from functools import partial
from itertools import product

import pytest
from sqlalchemy import insert, select, update

from bot.answer import Refused
from bot.desk import rules
from bot.desk.approvals import NeedsConfirmation
from bot.desk.people import Who
from bot.desk.rules import Judging
from bot.settings import LeadsNeeded
from bot.ticket import Standing, State, Ticket
from bot.tickets import tables
from bot.tickets.store import Store
from tests.bot.desk.test_approvals import together
from tests.bot.desk.test_rights_at_the_moment import risky, votes
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import AGENT, CHANNEL, LEAD1, LEAD2, LEAD3, Office, digits, settings
from tests.bot.sample_tickets import ticket as sample

HOME = "T1"


def other(who: Who) -> Who:
    """Return the same person, as Slack may name them the next time, and from another workspace of the grid."""
    return Who(f"X{who.id[1:]}", "T0OTHER")


PAIRS = [pytest.param(first, second, id=f"{first}-{second}") for first, second in product("UX", "UX")]
"""By which of their two ids somebody is stored, and by which they come the next time."""


def named(who: Who, kind: str) -> Who:
    return who if kind == "U" else other(who)


@pytest.fixture(autouse=True)
def _grid(office: Office) -> None:
    office.roster.goes_by = {other(each).id: each.id for each in (AGENT, LEAD1, LEAD2, LEAD3)}


def voted_as(office: Office, ticket: Ticket, *people: Who) -> Ticket:
    with office.store.transaction() as connection:
        now = office.store.now(connection)
        rows = [{"ticket": ticket.id, "person": each.id, "at": now + n / 1000} for n, each in enumerate(people)]
        connection.execute(insert(tables.vote), rows)
    return office.read(ticket)


# Asking.


@pytest.mark.parametrize("kind", "UX")
def test_what_is_written_is_the_id_that_slack_named(office: Office, kind: str) -> None:
    """It can be mentioned, and asked for again, as it could then."""
    ticket = office.ask(who=named(AGENT, kind))

    assert ticket.requester == named(AGENT, kind).id
    assert ticket.authors == {named(AGENT, kind).id}
    assert office.told(ticket, named(LEAD1, kind)) == ""
    assert {row["person"] for row in office.rows() if row["person"]} == {ticket.requester, named(LEAD1, kind).id}


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_all_that_one_person_has_open_is_counted_together(
    database: Store, cognito: LittleCognito, first: str, second: str
) -> None:
    office = Office(database, cognito)
    office.roster.goes_by = {other(AGENT).id: AGENT.id}
    chosen = settings()
    chosen = replace(chosen, approvals=chosen.approvals.model_copy(update={"open_requests": 1}))
    judging = Judging(office.roster, chosen.approvals.leads_needed)
    office.requests = office.judged_by(judging, chosen)
    cognito.add("ben", "ben@example.com")
    office.ask(who=named(AGENT, first))
    with pytest.raises(Refused, match="You have 1 requests waiting"):
        office.ask(who=named(AGENT, second), user="ben")
    office.close()


@pytest.mark.parametrize("kind", "UX")
def test_one_person_listed_twice_is_one_lead_who_could_agree(office: Office, cognito: LittleCognito, kind: str) -> None:
    cognito.add("ana.new", "ana@example.com", verified=True)
    office.roster.deposed |= {LEAD3}
    with pytest.raises(Refused) as refused:
        office.ask(who=named(LEAD1, kind))
    assert str(refused.value.words).startswith("Two leads have to agree, and only U0LEAD2 could: you asked for it")
    assert [(row["event"], row["person"]) for row in office.rows()] == [("refused", named(LEAD1, kind).id)]


# Approving one's own.


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_nobody_approves_what_they_asked_for(office: Office, first: str, second: str) -> None:
    ticket = office.ask(who=named(LEAD1, first))

    assert office.told(ticket, named(LEAD1, second)) == (
        "You asked for this, so someone else has to approve it. S0LEADS have been told."
    )
    assert votes(office, ticket) == []


def test_who_is_the_only_one_to_be_told_is_not_said_to_have_been(office: Office) -> None:
    ticket = office.ask(who=LEAD1)
    me = office.roster.member(LEAD1)
    assert str(rules.own(ticket, me, ())) == "You asked for this, so someone else has to approve it."
    office.roster.mentioned = (other(LEAD1).id, LEAD2.id)
    for who in (LEAD1, other(LEAD1)):
        assert office.told(ticket, who).endswith("someone else has to approve it. U0LEAD2 have been told.")


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_nobody_approves_what_builds_on_what_they_asked_for(office: Office, first: str, second: str) -> None:
    original = office.ask("move", who=named(LEAD1, first), email="ana@example.org")
    assert office.told(original, LEAD2) == ""
    assert office.settled(original).state is State.DONE
    undo = office.post(
        office.asks(
            scenario="undo",
            pool="prod",
            form={"reason": "a mistake"},
            who=AGENT,
            channel=CHANNEL,
            parent=original.id,
        )
    )
    assert "You asked for what this builds on" in office.told(undo, named(LEAD1, second))
    assert votes(office, undo) == []


@pytest.mark.parametrize("second", "UX")
def test_where_slack_shows_it_at_the_vote_only_the_vote_does_not_count(office: Office, second: str) -> None:
    """As between the first look and the last a workspace joins a grid."""
    ticket = office.ask(who=other(LEAD1))
    ids, office.roster.goes_by = office.roster.goes_by, {}
    office.roster.before_judging = lambda: setattr(office.roster, "goes_by", ids)

    assert "You asked for this" in office.told(ticket, LEAD1)
    assert votes(office, ticket) == []


# One vote.


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_one_lead_has_one_vote(office: Office, cognito: LittleCognito, first: str, second: str) -> None:
    ticket = risky(office, cognito)
    assert office.told(ticket, named(LEAD1, first)) == ""

    assert office.told(ticket, named(LEAD1, second)) == "You have approved this already; it needs 1 more."
    assert office.settled(ticket).state is State.PENDING
    assert office.told(ticket, LEAD2) == ""
    assert office.settled(ticket).state is State.DONE


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_vote_needs_no_more_than_its_own_confirmation(
    office: Office, cognito: LittleCognito, first: str, second: str
) -> None:
    ticket = risky(office, cognito)
    opened = office.clicks(ticket, named(LEAD1, first))
    assert isinstance(opened, NeedsConfirmation)

    assert not office.submits(ticket, named(LEAD2, second), opened.nonce).accepted
    assert office.submits(ticket, named(LEAD1, second), opened.nonce).accepted
    assert votes(office, ticket) == [named(LEAD1, second).id]


def test_both_ids_of_a_lead_at_the_same_moment_are_one_vote(office: Office, cognito: LittleCognito) -> None:
    ticket = risky(office, cognito)
    nonces = []
    for who in (LEAD1, other(LEAD1)):
        opened = office.clicks(ticket, who)
        assert isinstance(opened, NeedsConfirmation)
        nonces.append((who, opened.nonce))
    told = together([partial(office.submits, ticket, who, nonce) for who, nonce in nonces])
    assert sorted(verdict.accepted for verdict in told) == [False, True]
    assert len(votes(office, ticket)) == 1


# What was counted before Slack, or the desk, knew of the second id.


@pytest.mark.parametrize("counted", [(LEAD1, other(LEAD1)), (other(LEAD1), LEAD1), (other(LEAD2), LEAD1)])
def test_votes_of_one_person_that_were_counted_twice_carry_nothing(
    office: Office, cognito: LittleCognito, counted: tuple[Who, Who]
) -> None:
    ticket = risky(office, cognito)
    if other(LEAD2) in counted:
        with office.store.transaction() as connection:
            connection.execute(insert(tables.author).values(ticket=ticket.id, person=LEAD2.id))
    voted_as(office, ticket, *counted)
    with office.store.transaction() as connection:
        connection.execute(update(tables.ticket).values(state=State.APPROVED.value))
    office.runner.start(ticket.id)

    ticket = office.settled(ticket)
    gone = counted[0] if other(LEAD2) in counted else counted[1]
    assert ticket.state is State.PENDING
    assert votes(office, ticket) == [each.id for each in counted if each != gone]
    assert office.audited(ticket)[-2:] == ["same person", "reopened"]
    assert [row["person"] for row in office.rows() if row["event"] == "same person"] == [gone.id]
    assert cognito.sent == []


def test_the_next_lead_reads_that_a_vote_was_counted_twice(office: Office, cognito: LittleCognito) -> None:
    ticket = voted_as(office, risky(office, cognito), LEAD1, other(LEAD1))
    with office.store.transaction() as connection:
        connection.execute(update(tables.ticket).values(needed=3))

    verdict = office.approve(ticket, LEAD2)
    assert verdict.accepted
    assert str(verdict.words) == (
        f"Your approval counts. What was approved as {other(LEAD1).id} doesn't count any more, as the thread says; "
        "one more is needed."
    )
    assert votes(office, ticket) == [LEAD1.id, LEAD2.id]
    assert f"same person pending {other(LEAD1).id}" in office.thread(ticket)


def test_what_the_votes_of_a_ticket_are_worth() -> None:
    made = sample(State.APPROVED)
    (first, *_), asker = made.votes, made.requester
    twice = replace(made, votes=(first, replace(first, person="X1"), replace(first, person="X2")))
    judged = frozenset(vote.person for vote in twice.votes)
    keys = {"X1": first.person, "X2": asker}

    standing = Standing(voters=judged, lost=frozenset(), needed=2, may_ask=True, keys=keys)
    assert standing.repeated_votes(twice) == ("X1", "X2")
    assert not standing.suffices(twice)
    # Whose first vote is lost may count by the other one no more: they are no lead by any id.
    lost = replace(standing, lost=frozenset({first.person, "X1"}))
    assert (lost.lost_votes(twice), lost.repeated_votes(twice)) == ((first.person, "X1"), ("X2",))


# Who asked, afterwards.


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_who_asked_withdraws(office: Office, first: str, second: str) -> None:
    ticket = office.ask(who=named(AGENT, first))

    done = office.decisions.withdraw(ticket.id, who=named(AGENT, second), channel=CHANNEL, ts=ticket.ts)
    assert done.accepted
    assert office.read(ticket).outcome.by == named(AGENT, second).id
    assert not office.decisions.withdraw(ticket.id, who=named(LEAD1, second), channel=CHANNEL, ts=ticket.ts).accepted


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_who_asked_enters_the_code_and_nobody_else(office: Office, first: str, second: str) -> None:
    ticket = office.ask("code", who=named(AGENT, first))
    assert office.told(ticket, LEAD1) == ""

    def enter(who: Who) -> bool:
        entered = digits("123456")
        return office.decisions.enter(ticket.id, who=who, channel=CHANNEL, ts=ticket.ts, secrets=entered).accepted

    assert not enter(named(LEAD2, second))
    assert enter(named(AGENT, second))


@pytest.mark.parametrize("kind", "UX")
def test_who_was_first_is_told_so(office: Office, kind: str) -> None:
    ticket = office.ask()
    office.decisions.deny(ticket.id, who=named(LEAD1, kind), channel=CHANNEL, ts=ticket.ts, reason="no proof")

    for second in "UX":
        assert office.told(ticket, named(LEAD1, second)).startswith("You were first yourself: denied")
    assert f"{named(LEAD1, kind).id} was faster" in office.told(ticket, LEAD2)


def test_a_confirmation_is_kept_for_the_key(office: Office, cognito: LittleCognito) -> None:
    office.clicks(risky(office, cognito), other(LEAD1))
    with office.store.reading() as connection:
        assert connection.execute(select(tables.confirmation.c.person)).scalars().all() == [LEAD1.id]


def test_three_ids_of_two_leads_are_too_few_for_three(database: Store, cognito: LittleCognito) -> None:
    office = Office(database, cognito, needed=LeadsNeeded(normal=3, high=3))
    office.roster.goes_by = {other(LEAD1).id: LEAD1.id}
    office.roster.deposed.add(LEAD3)
    with pytest.raises(Refused, match="Three leads have to agree, and only U0LEAD1 and U0LEAD2 could"):
        office.ask()
    office.close()
