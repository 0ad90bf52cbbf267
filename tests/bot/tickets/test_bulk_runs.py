"""A run over many people, from the request to its end: planned again one by one, each called once."""

from collections.abc import Iterator

import pytest

from bot.answer import Refused
from bot.plan import Risk
from bot.ticket import State
from bot.tickets.store import Store
from tests.bot.office import AGENT, LEAD1, LEAD2
from tests.bot.tickets.many_people import DONE, LEFT_OUT, UNMAPPED, Desk, Pool, checked


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def desk(database: Store, pool: Pool) -> Iterator[Desk]:
    opened = Desk(database, pool)
    yield opened
    opened.close()


def test_everyone_is_called_once_and_the_ticket_says_so(desk: Desk, pool: Pool) -> None:
    pool.crowd(150)
    pool.through("told", verified=True)
    checked(desk.store, pool)
    ticket = desk.verify_all()
    assert ticket.plan.many is not None
    assert (ticket.plan.risk, ticket.needed, ticket.plan.many.people) == (Risk.HIGH, 2, 150)
    assert desk.agree(ticket).state is State.APPROVED
    ended = desk.carried(ticket)
    assert ended.state is State.DONE
    assert pool.unverified == []
    assert sorted(pool.sent) == [f"AdminUpdateUserAttributes(user{n:03}, email_verified=true)" for n in range(150)]
    assert set(desk.states(ticket).values()) == {DONE}
    events = desk.audited(ticket)
    assert events.count("done for one") == 150
    others = [each for each in events if each != "done for one"]
    assert others == ["requested", "approved", "approved", "started", "done"]


def test_an_agent_asks_for_many_and_two_leads_are_enough(desk: Desk, pool: Pool) -> None:
    pool.crowd(2)
    checked(desk.store, pool)
    ticket = desk.ask("bulk-verify", who=AGENT, provider="Google")
    assert ticket.needed == 2
    for lead in (LEAD1, LEAD2):
        assert desk.told(ticket, lead) == ""
    assert desk.carried(ticket).state is State.DONE
    assert pool.unverified == []


def test_a_claim_that_is_not_mapped_any_more_ends_it_before_anything_is_sent(desk: Desk, pool: Pool) -> None:
    pool.crowd(3)
    checked(desk.store, pool)
    ticket = desk.agree(desk.verify_all())
    pool.providers = {"Google": UNMAPPED}
    assert desk.carried(ticket).state is State.STALE
    assert pool.sent == []


def test_the_pool_has_to_have_been_checked_within_a_day(desk: Desk, pool: Pool) -> None:
    pool.crowd(1)
    checked(desk.store, pool, ago=90_000)
    with pytest.raises(Refused, match="Check the whole pool first"):
        desk.ask("bulk-verify", who=LEAD1, provider="Google")


def test_who_has_changed_since_is_left_out_with_the_reason(desk: Desk, pool: Pool) -> None:
    for name in ("gone", "moved", "verified", "fits"):
        pool.through(name)
    checked(desk.store, pool)
    ticket = desk.agree(desk.verify_all())
    del pool.users["gone"]
    pool.set("moved", email="new@example.com")
    pool.set("verified", email_verified="true")
    assert desk.carried(ticket).state is State.DONE
    assert desk.states(ticket) == {"gone": LEFT_OUT, "moved": LEFT_OUT, "verified": LEFT_OUT, "fits": DONE}
    assert desk.why(ticket) == {
        "gone": "the account is not there any more",
        "moved": "the address has changed since the list was made",
        "verified": "the address is verified already",
    }
