"""Requests carried out by the desk's own gateway in the sandbox's Cognito: what happened is read off its call log."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import commands
from bot.aws.gateway import Gateway
from bot.scenario import load
from bot.ticket import State, Ticket
from bot.tickets.store import Store
from sandbox.testing import CognitoFaults, CognitoServer, LivePool
from tests.bot import wired
from tests.bot.office import LEAD1, LEAD2, Office, ended
from tests.bot.tickets.test_undo import carry_out, follow_up
from tests.databases import prepare

VERIFY = "AdminUpdateUserAttributes"


@pytest.fixture(scope="module")
def server() -> Iterator[CognitoServer]:
    with wired.cognito() as server:
        yield server


@pytest.fixture
def pool(server: CognitoServer) -> LivePool:
    server.faults.clear()
    pool = server.pools.create("prod")
    pool.add("ana", email="ana@example.com", email_verified=False)
    return pool


@pytest.fixture
def gateway(server: CognitoServer, pool: LivePool) -> Iterator[Gateway]:
    sends = frozenset[str]().union(*(scenario.sends for scenario in load(commands).values()))
    with wired.gateway(server, sends) as opened:
        yield opened


@pytest.fixture
def office(tmp_path: Path, gateway: Gateway) -> Iterator[Office]:
    database = Store(f"sqlite:///{tmp_path / 'desk.db'}")
    prepare(database)
    opened = Office(database, gateway, scenarios=load(commands))
    yield opened
    opened.close()
    database.close()


def writes(pool: LivePool) -> list[str]:
    """The outcomes of every write that reached the pool."""
    return [call.outcome for call in pool.calls if call.operation == VERIFY]


def verified(office: Office, **form: str) -> Ticket:
    return office.carried_out("verify-email", **form)


def test_a_flag_is_set_once_and_read_again(office: Office, pool: LivePool) -> None:
    ticket = verified(office)
    assert ended(ticket) == (State.DONE, "")
    assert pool.user("ana").email_verified
    assert writes(pool) == ["ok"]
    assert ticket.outcome.request_ids == tuple(call.request_id for call in pool.calls if call.operation == VERIFY)


@pytest.mark.parametrize("fault", [CognitoFaults.lose_answer, CognitoFaults.break_down, CognitoFaults.reset])
def test_a_lost_answer_is_settled_by_reading(
    office: Office, pool: LivePool, server: CognitoServer, fault: Callable[..., None]
) -> None:
    fault(server.faults, VERIFY, times=1)
    assert ended(verified(office)) == (State.DONE, "")
    assert writes(pool).count("ok") == 1


def test_a_refusal_is_a_failure_in_plain_words(office: Office, pool: LivePool, server: CognitoServer) -> None:
    server.faults.deny(VERIFY)
    ticket = verified(office)
    assert ticket.state is State.FAILED
    assert "has no right" in str(ticket.outcome.words)
    assert not pool.user("ana").email_verified


def test_a_user_who_is_gone_makes_it_stale(office: Office, pool: LivePool) -> None:
    ticket = office.ask("verify-email")
    pool.delete("ana")
    office.told(ticket, LEAD1)
    assert office.settled(ticket).state is State.STALE
    assert writes(pool) == []


def test_an_alias_moves_by_name_and_comes_back_by_undo(office: Office, pool: LivePool) -> None:
    pool.add("ana.new", email="ana@example.com", email_verified=True)
    ticket = verified(office, user="ana")
    assert ended(ticket) == (State.DONE, "")
    assert ticket.outcome.unnamed == ()
    assert (pool.user("ana").email_verified, pool.user("ana.new").email_verified) == (True, False)

    undo = follow_up(office, ticket)
    assert undo.needed == 2
    assert {change.subject.name for change in undo.plan.changes if change.loses} == {"ana"}
    assert ended(carry_out(office, undo)) == (State.DONE, "")
    assert (pool.user("ana").email_verified, pool.user("ana.new").email_verified) == (False, True)


def test_an_address_changed_with_a_loser_comes_back_to_both(office: Office, pool: LivePool) -> None:
    pool.add("ben", email="ben@example.com", email_verified=True)
    form = {"user": "ana", "email": "ben@example.com", "how": "Verified now, by us"}
    ticket = office.carried_out("change-email", **form)
    assert ended(ticket) == (State.DONE, "")
    assert pool.user("ben").email_verified is False

    undo = follow_up(office, ticket)
    assert ended(carry_out(office, undo)) == (State.DONE, "")
    assert (pool.user("ana").email, pool.user("ana").email_verified) == ("ana@example.com", False)
    assert pool.user("ben").email_verified


def test_a_holder_whom_the_list_hides_is_told_to_the_leads(office: Office, pool: LivePool) -> None:
    pool.add("ben", email="ana@example.com")
    pool.hide_from_listing("ben")
    ticket = office.ask("verify-email", user="ana")
    pool.write("ben", {"email_verified": "true"})
    office.told(ticket, LEAD1)
    office.told(ticket, LEAD2)
    ticket = office.settled(ticket)
    # Whoever signs in with the address is found by asking for them, so the plan no longer fits.
    assert ticket.state is State.STALE
    assert writes(pool) == []


def test_a_pool_is_set_and_everything_else_compared(office: Office, server: CognitoServer, pool: LivePool) -> None:
    ticket = office.carried_out("pool-email", codes=True, keep=True)
    assert ended(ticket) == (State.DONE, "")
    assert [reading.as_planned for reading in ticket.outcome.readings] == [True]


def test_a_pool_setting_that_moves_along_is_told_to_the_leads(
    office: Office, server: CognitoServer, pool: LivePool
) -> None:
    ticket = office.ask("pool-email", codes=True, keep=True)
    server.faults.delay_answer(0.5, "UpdateUserPool", times=1)
    office.told(ticket, LEAD1)
    office.told(ticket, LEAD2)
    while not [call for call in pool.calls if call.operation == "UpdateUserPool"]:
        time.sleep(0.01)
    pool.configure({"DeletionProtection": "ACTIVE"})
    state, words = ended(office.settled(ticket))
    assert state is State.IN_DOUBT
    assert "other settings are not as they were sent: DeletionProtection" in words


def test_a_providers_mapping_is_set_and_undone(office: Office, pool: LivePool) -> None:
    pool.add_provider("Google", "Google", {"email": "email"})
    ticket = office.carried_out("map-provider", provider="Google")
    assert ended(ticket) == (State.DONE, "")
    assert pool.providers["Google"]["email_verified"] == "email_verified"

    undo = carry_out(office, follow_up(office, ticket))
    assert ended(undo) == (State.DONE, "")
    assert "email_verified" not in pool.providers["Google"]


def test_a_user_is_created_and_takes_an_address_by_name(office: Office, pool: LivePool) -> None:
    pool.add("ben", email="ben@example.com", email_verified=True)
    form = {"username": "ben.new", "email": "ben@example.com", "verified": True}
    ticket = office.carried_out("create-user", **form, taken="Move the e-mail to this account")
    assert ended(ticket) == (State.DONE, "")
    assert (pool.user("ben.new").email_verified, pool.user("ben").email_verified) == (True, False)
    assert len(pool.mail) == 1


def test_a_created_user_whose_answer_is_lost_is_invited_once(
    office: Office, server: CognitoServer, pool: LivePool
) -> None:
    server.faults.lose_answer("AdminCreateUser", times=1)
    form = {"username": "ben.new", "email": "ben@example.com", "verified": True}
    assert ended(office.carried_out("create-user", **form)) == (State.DONE, "")
    assert len(pool.mail) == 1
