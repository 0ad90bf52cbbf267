"""The doctor's look at pools in other AWS accounts: whether their roles can be assumed, and if not, why."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.operator import doctor_aws
from bot.operator.doctor_result import DoctorResult, DoctorStatus
from bot.settings import Bucket
from sandbox.testing import CognitoServer, LivePool
from tests.bot import wired

READS = ["cognito-idp:DescribeUserPool"]


@pytest.fixture
def server() -> Iterator[CognitoServer]:
    with wired.cognito() as server:
        yield server


@pytest.fixture
def shop(server: CognitoServer) -> LivePool:
    """A pool in another account than the desk's."""
    return server.pools.create("shop", account=server.accounts.open().id)


def role(server: CognitoServer, pool: LivePool, **more: Any) -> str:
    asked = {"trusts": [server.accounts.desk], **more}
    return server.accounts.role(server.accounts[pool.account], "desk", **asked).arn


def found(pool: LivePool, role_arn: str | None, external_id: str | None = None) -> dict[str, DoctorResult]:
    settings = wired.settings(pool).model_copy(update={"role_arn": role_arn, "external_id": external_id})
    return {each.name: each for each in doctor_aws.examine({pool.name: settings}, READS)}


def test_a_role_that_can_be_assumed_is_told_and_the_pool_is_looked_at_with_it(
    server: CognitoServer, shop: LivePool
) -> None:
    arn = role(server, shop, external_id="shop-42")
    results = found(shop, arn, "shop-42")

    assert results["pool shop: role"].verdict is DoctorStatus.OK
    assert results["pool shop: role"].says == f"{arn} can be assumed"
    assert results["pool shop"].verdict is results["pool shop: client"].verdict is DoctorStatus.OK
    assert {(call.account, call.session_name) for call in shop.calls} == {(shop.account, "cognito-desk-doctor")}


def test_a_role_of_another_account_without_an_external_id_is_pointed_out(server: CognitoServer, shop: LivePool) -> None:
    told = found(shop, role(server, shop))["pool shop: role"]
    assert told.verdict is DoctorStatus.OK
    assert "without an external_id; set one" in told.says


@pytest.mark.parametrize(
    ("wrong", "wants"),
    [
        ({"trusts": []}, "asks for an external_id"),
        ({"external_id": "another"}, "asks for an external_id"),
    ],
)
def test_a_role_that_refuses_is_a_problem_with_its_cure_and_the_pool_is_left_alone(
    server: CognitoServer, shop: LivePool, wrong: dict[str, Any], wants: str
) -> None:
    results = found(shop, role(server, shop, **wrong))

    told = results["pool shop: role"]
    assert told.verdict is DoctorStatus.PROBLEM
    assert "AWS refuses sts:AssumeRole" in told.says
    assert wants in told.says
    assert "desk iam-policy" in told.fix
    assert results["pool shop"].verdict is DoctorStatus.NOT_CHECKED
    assert not shop.calls


def test_a_wrong_external_id_is_named(server: CognitoServer, shop: LivePool) -> None:
    arn = role(server, shop, external_id="shop-42")
    assert "another external_id than shop-43" in found(shop, arn, "shop-43")["pool shop: role"].says


def test_a_right_of_the_desk_s_own_that_is_missing_is_told_from_a_trust_that_is(shop: LivePool, aws: set[str]) -> None:
    arn = f"arn:aws:iam::{shop.account}:role/desk"
    trust = found(shop, arn)["pool shop: role"]
    assert trust.says.startswith("the desk may ask, but AWS refuses: ")
    assert "`desk iam-policy --desk-role arn:aws:iam::111122223333:role/desk`" in trust.fix

    aws.add("sts:AssumeRole")
    right = found(shop, arn)["pool shop: role"]
    assert right.says == f"arn:aws:iam::111122223333:role/desk has no right to sts:AssumeRole on {arn}"
    assert right.fix == "Attach what `desk iam-policy` prints, to arn:aws:iam::111122223333:role/desk."


def test_an_sts_that_is_away_is_told_as_that(server: CognitoServer, shop: LivePool) -> None:
    server.faults.fail("ServiceUnavailable", "away", "sts:AssumeRole", status=503)
    told = found(shop, role(server, shop))["pool shop: role"]
    assert told.verdict is DoctorStatus.PROBLEM
    assert told.says.startswith("AWS's STS is out of service")


BUCKET = Bucket(name="example-audit", prefix="desk/", owner="123456789012", region="us-east-1")


@pytest.mark.parametrize(("denied", "verdict"), [(set(), DoctorStatus.OK), ({"s3:PutObject"}, DoctorStatus.PROBLEM)])
def test_whether_the_audit_may_be_exported_is_asked_of_iam(
    server: CognitoServer, aws: set[str], denied: set[str], verdict: DoctorStatus
) -> None:
    aws.update(denied)
    pool = server.pools.create("prod")
    told = {each.name: each for each in doctor_aws.examine({"prod": wired.settings(pool)}, READS, BUCKET)}
    assert told["export: rights"].verdict is verdict
    assert "example-audit/desk/" in told["export: rights"].says


def test_on_this_machine_nobody_is_asked_whether_the_audit_may_be_exported(server: CognitoServer) -> None:
    pool = server.pools.create("prod")
    told = {each.name: each for each in doctor_aws.examine({"prod": wired.settings(pool)}, READS, BUCKET)}
    assert told["export: rights"].verdict is DoctorStatus.NOT_CHECKED
