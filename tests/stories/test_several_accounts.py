"""A desk for pools of two AWS accounts, with exactly the rights that it prints for each."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import commands
from bot.aws import iam
from bot.scenario import load
from sandbox.testing import CognitoServer, LivePool
from tests.bot import wired
from tests.stories.floor import Floor, settings_for, workspace

SENDS = frozenset().union(*(each.sends for each in load(commands).values()))
WRITE = "AdminUpdateUserAttributes"


@pytest.fixture
def prod(pool: LivePool) -> LivePool:
    """The pool in the desk's own account."""
    pool.add("ada", email="ada@example.com", email_verified=False)
    return pool


@pytest.fixture
def shop(cognito: CognitoServer) -> LivePool:
    """The pool in a second account, in the same Region."""
    pool = cognito.pools.create("shop", account=cognito.accounts.open().id)
    pool.add("eva", email="eva@example.com", email_verified=False)
    return pool


@pytest.fixture
def floor(cognito: CognitoServer, prod: LivePool, shop: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor whose desk has what it prints for itself, and the role what it prints for that, and no more."""
    account = cognito.accounts[shop.account]
    pools = {
        "prod": wired.settings(prod),
        "shop": wired.with_role(shop, f"arn:aws:iam::{account.id}:role/desk"),
    }
    printed = iam.policies(pools.values(), SENDS, desk=cognito.accounts.desk)
    (trust,) = printed[str(pools["shop"].role_arn)]["trust"]["Statement"]
    cognito.accounts.role(
        account,
        "desk",
        trusts=[trust["Principal"]["AWS"]],
        external_id=trust["Condition"]["StringEquals"]["sts:ExternalId"],
        policy=printed[str(pools["shop"].role_arn)]["policy"],
    )
    cognito.accounts.limit(cognito.accounts.desk, printed[iam.OWN]["policy"])
    with workspace() as (slack, server):
        floor = Floor(slack, server, replace(settings_for(slack, server, {}, tmp_path / "desk.db"), pools=pools))
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()
    cognito.accounts.limit(cognito.accounts.desk, None)


def signers(pool: LivePool) -> set[tuple[str, str]]:
    return {(call.account, call.session_name) for call in pool.calls if call.operation != WRITE}


def test_a_pool_in_a_second_account_works_with_no_right_in_the_first(
    floor: Floor, cognito: CognitoServer, prod: LivePool, shop: LivePool
) -> None:
    card = floor.asks("/cognito-verify-email eva@example.com")
    floor.clicks("lead1", "Approve", card)
    floor.reads_card("✅ Done")

    assert shop.user("eva").email_verified
    assert signers(shop) == {(shop.account, "cognito-desk")}
    (write,) = cognito.calls.list(WRITE)
    assert (write.account, write.session_name) == (shop.account, "cognito-desk-ticket-1"), "CloudTrail names the ticket"
    # That it is nowhere else had to be looked for with the desk's own credentials.
    assert signers(prod) == {(prod.account, "")}
    assert {call.outcome for call in (*prod.calls, *shop.calls)} <= {"ok", "UserNotFoundException"}


def test_a_pool_in_the_first_account_works_as_ever(
    floor: Floor, cognito: CognitoServer, prod: LivePool, shop: LivePool
) -> None:
    card = floor.asks("/cognito-verify-email ada@example.com")
    floor.clicks("lead1", "Approve", card)
    floor.reads_card("✅ Done")

    assert prod.user("ada").email_verified
    (write,) = cognito.calls.list(WRITE)
    assert (write.account, write.session_name) == (prod.account, "")


def test_while_the_role_can_not_be_assumed_a_check_says_so(
    floor: Floor, cognito: CognitoServer, shop: LivePool
) -> None:
    cognito.accounts.role(cognito.accounts[shop.account], "desk", trusts=[])
    assert floor.closes()
    floor.opens()
    floor.types("agent", "/cognito-check eva@example.com")

    ephemeral = floor.told("agent", f"The desk can't use the role arn:aws:iam::{shop.account}:role/desk")
    assert "AWS doesn't let it assume that role. Please tell the operator" in ephemeral.text
    assert not shop.calls


def test_what_is_approved_while_the_role_can_not_be_assumed_is_not_sent(
    floor: Floor, cognito: CognitoServer, shop: LivePool
) -> None:
    card = floor.asks("/cognito-verify-email eva@example.com")
    # It can still be read: those credentials have not ended.
    cognito.faults.deny("sts:AssumeRole")
    floor.clicks("lead1", "Approve", card)

    failed = floor.reads_card("❌ Failed")
    assert "The desk can't use the role " in failed.text
    assert not cognito.calls.list(WRITE)
    assert not shop.user("eva").email_verified
    assert "sending" not in floor.audited
