"""The IAM policy: what it grants, on which pools, and what it never does."""

import botocore.session
import pytest

import commands
from bot.aws import iam
from bot.aws.gateway import READS
from bot.scenario import load
from bot.settings import PoolSettings

PROD = PoolSettings(id="us-east-1_AbC123", region="us-east-1", client_id="x")
CHINA = PoolSettings(id="cn-north-1_AbC123", region="cn-north-1", client_id="x")
SENDS = {operation for each in load(commands).values() for operation in each.sends}


def actions(sid: str) -> set[str]:
    statements = {each["Sid"]: each["Action"] for each in iam.policy([PROD], SENDS)["Statement"]}
    return {action.removeprefix("cognito-idp:") for action in statements[sid]}


def test_it_grants_what_the_desk_reads_and_what_its_scenarios_send_and_no_more() -> None:
    assert actions("Read") == READS
    assert actions("Fix") <= SENDS
    assert "AdminUpdateUserAttributes" in actions("Fix")


def test_every_action_is_an_operation_of_cognito() -> None:
    known = set(botocore.session.get_session().get_service_model("cognito-idp").operation_names)
    assert actions("Read") | actions("Fix") | actions("Never") <= known


def test_what_is_denied_for_good_is_nothing_that_a_scenario_needs() -> None:
    assert not actions("Never") & (actions("Read") | actions("Fix"))


def test_calls_that_iam_does_not_judge_are_left_out() -> None:
    (fix,) = [
        each for each in iam.policy([PROD], {"ConfirmSignUp", "UpdateUserPool"})["Statement"] if each["Sid"] == "Fix"
    ]
    assert fix["Action"] == ["cognito-idp:UpdateUserPool"]
    assert {each["Sid"] for each in iam.policy([PROD], {"ConfirmSignUp"})["Statement"]} == {"Read", "Never"}


@pytest.mark.parametrize("statement", iam.policy([PROD, CHINA, PROD], SENDS, account="111122223333")["Statement"])
def test_it_names_exactly_the_pools(statement: dict[str, list[str]]) -> None:
    assert statement["Resource"] == [
        "arn:aws-cn:cognito-idp:cn-north-1:111122223333:userpool/cn-north-1_AbC123",
        "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_AbC123",
    ]


def test_without_an_account_the_pools_ids_tell_them_apart() -> None:
    assert iam.arn(PROD) == "arn:aws:cognito-idp:us-east-1:*:userpool/us-east-1_AbC123"
