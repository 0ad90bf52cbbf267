"""Pools in other AWS accounts: each is read and written with its own role, and nothing of two accounts is mixed up."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from bot.answer import Unread
from bot.aws.gateway import Gateway
from bot.aws.iam import policy
from bot.plan import Call, Effect
from bot.settings import PoolSettings
from sandbox.testing import CognitoServer, LivePool, LoggedCall
from tests.bot import wired

VERIFY = "AdminUpdateUserAttributes"
DELETE = "ses:DeleteSuppressedDestination"
SENDS = frozenset({VERIFY, DELETE})
HOUR = timedelta(hours=1)

Connect = Callable[..., Gateway]


@pytest.fixture
def server() -> Iterator[CognitoServer]:
    with wired.cognito() as server:
        yield server


@pytest.fixture
def own(server: CognitoServer) -> LivePool:
    """A pool in the desk's own account."""
    pool = server.pools.create("own")
    pool.add("ana", email="ana@example.com", email_verified=False)
    return pool


@pytest.fixture
def shop(server: CognitoServer) -> LivePool:
    """A pool in a second account and the same Region, where a role waits for the desk."""
    account = server.accounts.open()
    pool = server.pools.create("shop", account=account.id)
    pool.add("ben", email="ben@example.com", email_verified=False)
    server.accounts.role(account, "desk", trusts=[server.accounts.desk], external_id=wired.EXTERNAL_ID)
    return pool


def settings(server: CognitoServer, pool: LivePool) -> PoolSettings:
    """Return the settings of a pool, with the role where it isn't in the desk's own account."""
    if pool.account == server.accounts.first.id:
        return wired.settings(pool)
    return wired.with_role(pool, f"arn:aws:iam::{pool.account}:role/desk")


@pytest.fixture
def connect(server: CognitoServer) -> Iterator[Connect]:
    opened: list[Gateway] = []

    def gateway(*pools: LivePool) -> Gateway:
        known = {pool.name: settings(server, pool) for pool in pools}
        opened.append(Gateway(known, sends=SENDS, now=server.clock.now))
        return opened[-1]

    yield gateway
    for each in opened:
        each.close()


def signers(calls: tuple[LoggedCall, ...]) -> set[tuple[str, str]]:
    return {(call.account, call.session_name) for call in calls}


def read(gateway: Gateway, pool: str, who: str) -> str:
    """Look at everything that a check looks at, and return who was found."""
    directory = gateway.directory(pool)
    directory.look_ahead()
    found = directory.one(who)
    directory.client()
    return found.username


def test_two_accounts_in_one_region_are_told_apart_by_the_key_that_signs_each_call(
    server: CognitoServer, own: LivePool, shop: LivePool, connect: Connect
) -> None:
    gateway = connect(own, shop)
    assert (read(gateway, "own", "ana"), read(gateway, "shop", "ben")) == ("ana", "ben")
    gateway.send("own", wired.verify(own, "ana"))

    assert signers(own.calls) == {(own.account, "")}
    assert signers(shop.calls) == {(shop.account, "cognito-desk")}
    assert {call.access_key for call in own.calls} == {server.environment["AWS_ACCESS_KEY_ID"]}
    assert {call.access_key for call in shop.calls}.isdisjoint({call.access_key for call in own.calls})
    assert all(call.outcome == "ok" for call in (*own.calls, *shop.calls))
    (assumed,) = server.calls.list("sts:AssumeRole")
    assert assumed.access_key == server.environment["AWS_ACCESS_KEY_ID"]


def test_a_ticket_s_calls_are_signed_in_a_session_that_names_it(
    server: CognitoServer, own: LivePool, shop: LivePool, connect: Connect
) -> None:
    approved = connect(own, shop).for_tickets()
    for number in (7, 8):
        with approved.sender("shop", number) as sender:
            sender.ready()
            assert not shop.calls[number - 7 :], "nothing is sent by getting ready"
            sender.send(wired.verify(shop, "ben"))
    with approved.sender("own", 9) as sender:
        sender.ready()
        sender.send(wired.verify(own, "ana"))

    assert [call.session_name for call in shop.calls] == ["cognito-desk-ticket-7", "cognito-desk-ticket-8"]
    assert signers(own.calls) == {(own.account, "")}
    assert shop.user("ben").email_verified
    assert len(server.calls.list("sts:AssumeRole")) == 2


def test_the_clients_of_a_ticket_are_let_go_of_with_it(shop: LivePool, connect: Connect) -> None:
    sender = connect(shop).for_tickets().sender("shop", 7)
    with sender:
        sender.ready()
        client: Any = sender._outlet.result().cognito
        manager = client._endpoint.http_session._manager
        sender.send(wired.verify(shop, "ben"))
        assert manager.pools
    assert not manager.pools


def test_one_that_ends_before_its_session_is_there_lets_go_of_it_too(
    server: CognitoServer, shop: LivePool, connect: Connect
) -> None:
    approved, held = connect(shop).for_tickets(), server.faults.hold("sts:AssumeRole")
    with approved.sender("shop", 7) as sender:
        pass
    held.open()
    assert sender._outlet.result(60).settings.id == shop.id


def test_credentials_are_renewed_before_they_end(server: CognitoServer, shop: LivePool, connect: Connect) -> None:
    gateway = connect(shop)
    read(gateway, "shop", "ben")
    first = {call.access_key for call in shop.calls}
    server.calls.clear()

    server.clock.forward(timedelta(minutes=40))
    read(gateway, "shop", "ben")
    assert {call.access_key for call in shop.calls} == first, "there is no need yet"

    server.clock.forward(timedelta(minutes=11))
    read(gateway, "shop", "ben")
    assert len(server.calls.list("sts:AssumeRole")) == 1
    assert shop.calls[-1].access_key not in first
    assert all(call.outcome == "ok" for call in shop.calls), "none ended with the old ones"

    server.clock.forward(timedelta(hours=5))
    server.calls.clear()
    read(gateway, "shop", "ben")
    assert {call.outcome for call in shop.calls} == {"ok"}


@pytest.mark.usefixtures("hurried")
def test_while_sts_is_away_credentials_are_used_to_their_end_and_then_it_is_said(
    server: CognitoServer, own: LivePool, shop: LivePool, connect: Connect
) -> None:
    gateway = connect(own, shop)
    read(gateway, "shop", "ben")
    server.faults.fail("ServiceUnavailable", "away", "sts:AssumeRole", status=503)
    server.clock.forward(timedelta(minutes=48))
    assert read(gateway, "shop", "ben") == "ben"

    server.clock.forward(HOUR)
    with pytest.raises(Unread) as unread:
        read(gateway, "shop", "ben")
    assert unread.value.words.plain() == (
        f"The desk can't use the role arn:aws:iam::{shop.account}:role/desk, which it needs for this. "
        "AWS's STS is out of service at the moment. Please ask again in a minute."
    )
    assert read(gateway, "own", "ana") == "ana", "the others go on"
    server.faults.clear()
    server.clock.forward(timedelta(seconds=3))
    assert read(gateway, "shop", "ben") == "ben"


def test_the_reads_of_one_check_do_not_each_ask_sts_in_vain(
    server: CognitoServer, shop: LivePool, connect: Connect
) -> None:
    server.accounts.role(server.accounts[shop.account], "desk", trusts=[])
    with pytest.raises(Unread) as unread:
        read(connect(shop), "shop", "ben")
    assert "AWS doesn't let it assume that role. Please tell the operator that desk doctor finds out why." in str(
        unread.value
    )
    assert not shop.calls
    assert len(server.calls.list("sts:AssumeRole")) == 1


def test_the_metrics_are_told_of_roles_and_of_what_is_sent_with_them(shop: LivePool) -> None:
    told: list[tuple[str, str]] = []
    role = f"arn:aws:iam::{shop.account}:role/desk"
    pools = {"shop": wired.with_role(shop, role)}
    gateway = Gateway(pools, sends=SENDS, observed=lambda *each: told.append(each))
    with closing(gateway), gateway.for_tickets().sender("shop", 7) as sender:
        sender.send(wired.verify(shop, "ben"))
    assert told == [("AssumeRole", "ok"), (VERIFY, "ok")]


def test_a_ticket_whose_session_is_refused_sends_nothing(
    server: CognitoServer, shop: LivePool, connect: Connect
) -> None:
    approved = connect(shop).for_tickets()
    server.faults.deny("sts:AssumeRole")
    with approved.sender("shop", 7) as sender, pytest.raises(Unread):
        sender.ready()
    assert not shop.calls


def test_a_pool_that_nobody_knows_any_more_is_refused_when_it_is_used(shop: LivePool, connect: Connect) -> None:
    with connect(shop).for_tickets().sender("gone", 7) as sender, pytest.raises(Exception, match="no pool gone"):
        sender.ready()


def test_each_works_with_exactly_the_rights_that_are_printed_for_it_and_with_none_in_the_other(
    server: CognitoServer, own: LivePool, shop: LivePool, connect: Connect
) -> None:
    here, there = settings(server, own), settings(server, shop)
    account = server.accounts[shop.account]
    rights = policy([there], SENDS, account=account.id)
    role = server.accounts.role(
        account, "desk", trusts=[server.accounts.desk], external_id=wired.EXTERNAL_ID, policy=rights
    )
    may_assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role.arn}
    server.accounts.limit(server.accounts.desk, {"Statement": [may_assume]})
    gateway = connect(own, shop)

    assert read(gateway, "shop", "ben") == "ben"
    with gateway.for_tickets().sender("shop", 7) as sender:
        sender.send(wired.verify(shop, "ben"))
    with pytest.raises(Unread, match="no right"):
        read(gateway, "own", "ana")

    mine = policy([here], SENDS, account=server.accounts.first.id)
    server.accounts.limit(server.accounts.desk, {"Statement": [*mine["Statement"], may_assume]})
    assert read(gateway, "own", "ana") == "ana"
    borrowed = there.model_copy(update={"id": own.id, "client_id": own.client_id})
    with closing(Gateway({"own": borrowed}, sends=SENDS)) as wrong, pytest.raises(Unread):
        read(wrong, "own", "ana")


def test_the_same_pool_with_and_without_a_role_shares_no_answers(server: CognitoServer, shop: LivePool) -> None:
    with_role = settings(server, shop)
    without = wired.settings(shop)
    with closing(Gateway({"with": with_role, "without": without}, sends=SENDS)) as gateway:
        assert read(gateway, "with", "ben") == "ben"
        for _ in range(2):
            with pytest.raises(Unread, match="knows no such pool"):
                gateway.directory("without").client()


def test_the_ses_of_a_pool_is_its_own_account_s(
    server: CognitoServer, own: LivePool, shop: LivePool, connect: Connect
) -> None:
    gateway = connect(own, shop)
    for pool in (own, shop):
        pool.send_with_ses("example.com")
    ses = server.accounts[shop.account].ses
    ses.suppress(shop.region, "ben@example.com")
    ses[shop.region].production_access = False

    here, there = (gateway.directory(name).mail("ben@example.com") for name in ("own", "shop"))
    assert (here.suppressed, here.sandboxed, here.unread) == (None, False, ())
    assert (there.suppressed is not None, there.sandboxed, there.unread) == (True, True, ())

    lift = Call(
        operation=DELETE,
        parameters={"EmailAddress": "ben@example.com"},
        shown=DELETE,
        effect=Effect.READABLE,
        region=shop.region,
    )
    with gateway.for_tickets().sender("shop", 7) as sender:
        sender.send(lift)
    assert not ses[shop.region].suppressed
    (call,) = server.calls.list(DELETE)
    assert (call.account, call.session_name) == (shop.account, "cognito-desk-ticket-7")


def test_temporary_credentials_reach_no_log(
    server: CognitoServer, shop: LivePool, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = connect(shop)
    for name in ("", "botocore", "botocore.credentials", "botocore.parsers", "botocore.endpoint", "urllib3"):
        caplog.set_level(logging.DEBUG, logger=name)
    read(gateway, "shop", "ben")
    with gateway.for_tickets().sender("shop", 7) as sender:
        sender.send(wired.verify(shop, "ben"))
        clients: tuple[Any, Any] = sender._outlet.result().cognito, gateway._clients.regions[0].reading
        own, shared = (each._request_signer._credentials.get_frozen_credentials() for each in clients)
        for secret in (own.secret_key, own.token, shared.secret_key, shared.token):
            assert secret not in caplog.text
            logging.getLogger("bot").warning("by mistake: %s", secret)
            assert secret not in caplog.text
    assert "by mistake: […]" in caplog.text
