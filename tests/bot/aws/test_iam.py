"""The IAM policy: what it grants, on which pools, and what it never does."""

import botocore.session
import pytest

import commands
from bot.aws import iam
from bot.aws.gateway import READS
from bot.plan import SES
from bot.scenario import load
from bot.settings import PoolSettings

PROD = PoolSettings(id="us-east-1_AbC123", region="us-east-1", client_id="x")
CHINA = PoolSettings(id="cn-north-1_AbC123", region="cn-north-1", client_id="x")
OPEN = PoolSettings(id="eu-central-1_AbC123", region="eu-central-1", client_id="x", mail_evidence=True)
SENDS = {operation for each in load(commands).values() for operation in each.sends}


def actions(sid: str) -> set[str]:
    statements = {each["Sid"]: each["Action"] for each in iam.policy([PROD], SENDS)["Statement"]}
    return {action.removeprefix("cognito-idp:") for action in statements[sid]}


def test_it_grants_what_the_desk_reads_and_what_its_scenarios_send_and_no_more() -> None:
    assert actions("Read") == READS
    assert actions("Fix") <= SENDS
    assert not any(action.startswith(SES) for sid in ("Read", "Fix", "Never") for action in actions(sid))
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


def test_rights_in_ses_are_granted_only_where_a_pool_is_to_be_looked_into_and_only_there() -> None:
    without = iam.policy([PROD, CHINA], SENDS)["Statement"]
    assert {each["Sid"] for each in without} == {"Read", "Fix", "Never"}

    (mail,) = [each for each in iam.policy([OPEN, PROD, CHINA], SENDS)["Statement"] if each["Sid"] == "Mail"]
    assert mail == {
        "Sid": "Mail",
        "Effect": "Allow",
        "Action": [
            "ses:DeleteSuppressedDestination",
            "ses:GetAccount",
            "ses:GetEmailIdentity",
            "ses:GetSuppressedDestination",
        ],
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "aws:RequestedRegion": ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2"],
                "ses:ApiVersion": "2",
            }
        },
    }


def test_every_action_in_ses_is_an_operation_of_its_second_version() -> None:
    known = set(botocore.session.get_session().get_service_model("sesv2").operation_names)
    (mail,) = [each for each in iam.policy([OPEN], SENDS)["Statement"] if each["Sid"] == "Mail"]
    assert {action.removeprefix(SES) for action in mail["Action"]} <= known


def test_other_partitions_have_no_ses_elsewhere() -> None:
    assert iam.ses_regions(CHINA) == {"cn-north-1"}


def test_without_an_account_the_pools_ids_tell_them_apart() -> None:
    assert iam.arn(PROD) == "arn:aws:cognito-idp:us-east-1:*:userpool/us-east-1_AbC123"
