"""Who can in fact decide about a request that waits, and what is said where not enough people can."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from bot.desk.people import Who
from bot.desk.rules import Judging
from bot.plan import Deciding, Risk
from bot.settings import LeadsNeeded
from bot.ticket import State, Ticket, Vote
from bot.words import Group, Person
from tests.bot.office import AGENT, GUEST, LEAD1, LEAD2, LEAD3, FixedRoster
from tests.bot.sample_tickets import NOON, PLAN, ticket

ASKED = ticket(
    State.PENDING,
    authors=frozenset({AGENT.id}),
    requester=AGENT.id,
    plan=replace(PLAN, risk=Risk.NORMAL),
    needed=1,
    votes=(),
)


def vote(who: Who) -> Vote:
    return Vote(person=who.id, at=NOON)


@pytest.fixture
def roster() -> FixedRoster:
    return FixedRoster()


def deciding(roster: FixedRoster, about: Ticket, reader: str = GUEST.id) -> Deciding:
    return Judging(roster, LeadsNeeded()).deciding(about, reader=reader)


def named(found: Deciding) -> list[str]:
    return [value.id for _, value in found.words.values if isinstance(value, Person | Group)]


def test_all_leads_can_but_those_who_asked_or_have_agreed(roster: FixedRoster) -> None:
    assert named(deciding(roster, ASKED)) == [LEAD1.id, LEAD2.id, LEAD3.id]
    own = replace(ASKED, authors=frozenset({AGENT.id, LEAD1.id}))
    assert named(deciding(roster, own)) == [LEAD2.id, LEAD3.id]
    half = replace(own, needed=2, votes=(vote(LEAD2),))
    assert named(deciding(roster, half)) == [LEAD3.id]
    roster.deposed.add(LEAD3)
    assert named(deciding(roster, own)) == [LEAD2.id]


def test_the_reader_can_if_they_are_one_of_them(roster: FixedRoster) -> None:
    assert deciding(roster, ASKED, LEAD1.id).reader
    assert not deciding(roster, ASKED, AGENT.id).reader
    assert not deciding(roster, replace(ASKED, authors=frozenset({LEAD1.id})), LEAD1.id).reader
    assert not deciding(roster, replace(ASKED, needed=2, votes=(vote(LEAD1),)), LEAD1.id).reader
    # By another id too.
    roster.goes_by["W0LEAD1"] = LEAD1.id
    assert deciding(roster, ASKED, "W0LEAD1").reader
    assert not deciding(roster, replace(ASKED, authors=frozenset({LEAD1.id})), "W0LEAD1").reader


def test_where_too_few_are_left_it_says_so_and_what_to_do(roster: FixedRoster) -> None:
    own = replace(ASKED, requester=LEAD1.id, authors=frozenset({LEAD1.id}), needed=3)
    assert str(deciding(roster, own).words) == (
        "Three leads still have to agree, and only U0LEAD2 and U0LEAD3 can. Withdraw it, and let somebody ask for it "
        "who isn't a lead; or have the operator name more leads."
    )
    roster.deposed |= {LEAD2, LEAD3}
    found = deciding(roster, replace(own, needed=1))
    assert str(found.words).startswith("A lead still has to agree, and nobody can. Withdraw it")
    others = deciding(roster, replace(ASKED, needed=2))
    assert str(others.words) == (
        "Two leads still have to agree, and only U0LEAD1 can. Please have the operator name more leads."
    )
    # Whoever is left may still have a reason to deny it.
    assert deciding(roster, replace(ASKED, needed=2), LEAD1.id).reader


def test_while_slack_says_nothing_nobody_can(roster: FixedRoster) -> None:
    roster.silent = True
    found = deciding(roster, ASKED, LEAD1.id)

    assert not found.reader
    assert "nobody can decide" in str(found.words)


class Crowd(FixedRoster):
    """Many leads, of whom each is able to."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.looked_at = 0

    def leads(self, pool: str, *, fresh: bool = False) -> tuple[str, ...]:
        return tuple(f"U0{number:03}" for number in range(self.size))

    def able_leads(self, people: Iterable[str], pool: str, *, fresh: bool = False) -> frozenset[str]:
        self.looked_at += 1
        return frozenset(people)


def test_a_crowd_is_named_as_the_group_that_it_is_and_not_looked_at_one_by_one() -> None:
    roster = Crowd(50)
    assert named(deciding(roster, ASKED)) == ["S0LEADS"]
    assert roster.looked_at < 5


def test_of_many_only_the_first_are_named() -> None:
    assert str(deciding(Crowd(8), ASKED).words) == "Can decide: U0000, U0001, U0002, U0003, U0004 and 3 more."
