"""The IAM policy: what it grants, on which pools, and what it never does."""

import botocore.session
import pytest

import commands
from bot.aws import iam
from bot.aws.gateway import READS
from bot.plan import SES
from bot.scenario import load
from bot.settings import Bucket, PoolSettings

PROD = PoolSettings(id="us-east-1_AbC123", region="us-east-1", client_id="x")
CHINA = PoolSettings(id="cn-north-1_AbC123", region="cn-north-1", client_id="x")
OPEN = PoolSettings(id="eu-central-1_AbC123", region="eu-central-1", client_id="x", mail_evidence=True)
ROLE = "arn:aws:iam::444455556666:role/support/cognito-desk"
SHOP = PoolSettings(id="us-east-1_Shop", region="us-east-1", client_id="x", role_arn=ROLE, external_id="shop-42")
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
    assert {each["Sid"] for each in iam.policy([PROD], {"ConfirmSignUp"})["Statement"]} == {"Read", "Rates", "Never"}


@pytest.mark.parametrize("sid", ["Read", "Fix", "Never"])
def test_it_names_exactly_the_pools(sid: str) -> None:
    printed = iam.policy([PROD, CHINA, PROD], SENDS, account="111122223333")["Statement"]
    (statement,) = [each for each in printed if each["Sid"] == sid]
    assert statement["Resource"] == [
        "arn:aws-cn:cognito-idp:cn-north-1:111122223333:userpool/cn-north-1_AbC123",
        "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_AbC123",
    ]


def test_what_belongs_to_no_pool_is_that_the_account_s_rates_may_be_looked_at() -> None:
    (rates,) = [each for each in iam.policy([PROD], SENDS)["Statement"] if each["Sid"] == "Rates"]
    assert (rates["Action"], rates["Resource"]) == (["cognito-idp:GetProvisionedLimit"], "*")


def test_rights_in_ses_are_granted_only_where_a_pool_is_to_be_looked_into_and_only_there() -> None:
    without = iam.policy([PROD, CHINA], SENDS)["Statement"]
    assert {each["Sid"] for each in without} == {"Read", "Rates", "Fix", "Never"}

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


def test_a_pool_with_a_role_is_that_role_s_and_the_desk_may_assume_it_and_no_more() -> None:
    printed = iam.policies([PROD, SHOP], SENDS)
    own, of_role = printed[iam.OWN]["policy"], printed[ROLE]["policy"]

    assert set(printed) == {iam.OWN, ROLE}
    assert own["Statement"][:-1] == iam.policy([PROD], SENDS)["Statement"]
    assert own["Statement"][-1] == {
        "Sid": "Roles",
        "Effect": "Allow",
        "Action": ["sts:AssumeRole"],
        "Resource": [ROLE],
    }
    assert of_role == iam.policy([SHOP], SENDS, account="444455556666")
    assert "us-east-1_Shop" not in str(own)
    assert PROD.id not in str(of_role)


def test_where_every_pool_has_a_role_the_desk_s_own_may_only_assume_them() -> None:
    (only,) = iam.policies([SHOP], SENDS)[iam.OWN]["policy"]["Statement"]
    assert only["Sid"] == "Roles"


def test_a_role_trusts_the_desk_and_demands_the_external_id_that_it_says() -> None:
    desk = "arn:aws:iam::111122223333:role/desk"
    assert iam.policies([SHOP], SENDS, desk=desk)[ROLE]["trust"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Desk",
                "Effect": "Allow",
                "Principal": {"AWS": desk},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": "shop-42"}},
            }
        ],
    }


def test_without_the_desk_s_arn_a_trust_policy_names_nobody_that_aws_would_take() -> None:
    role = "arn:aws-cn:iam::444455556666:role/desk"
    china = CHINA.model_copy(update={"role_arn": role})
    (statement,) = iam.policies([china], SENDS)[role]["trust"]["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws-cn:iam::ACCOUNT:role/ROLE-OF-THE-DESK"}
    assert "Condition" not in statement


def test_an_export_may_put_objects_under_its_prefix_of_that_owner_s_bucket_and_nothing_else() -> None:
    bucket = Bucket(name="example-audit", prefix="desk/", owner="123456789012", region="eu-central-1")
    assert iam.export(bucket) == {
        "Sid": "Export",
        "Effect": "Allow",
        "Action": ["s3:PutObject"],
        "Resource": ["arn:aws:s3:::example-audit/desk/*"],
        "Condition": {"StringEquals": {"s3:ResourceAccount": "123456789012"}},
    }
    whole = bucket.model_copy(update={"prefix": "", "region": "us-gov-west-1"})
    assert iam.objects(whole) == "arn:aws-us-gov:s3:::example-audit/*"
