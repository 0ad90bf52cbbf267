"""The IAM policy: exactly what the desk reads with and what its scenarios declare, for its pools alone."""

from dataclasses import replace

import commands
from bot.gateway import READS
from bot.iam import EXAMPLE, operations, policy
from bot.scenario import load

SCENARIOS = tuple(load(commands).values())


def test_it_allows_every_read_and_every_declared_write_and_nothing_else() -> None:
    statements = policy(SCENARIOS)["Statement"]
    allowed = {action for statement in statements for action in statement["Action"]}

    assert allowed == {f"cognito-idp:{one}" for one in operations(SCENARIOS)}
    assert {f"cognito-idp:{one}" for one in READS} < allowed
    assert "cognito-idp:AdminUpdateUserAttributes" in allowed
    assert not any("*" in action for action in allowed)
    assert {statement["Effect"] for statement in statements} == {"Allow"}


def test_it_names_each_pool_in_its_region_and_partition() -> None:
    pools = [
        EXAMPLE,
        EXAMPLE.model_copy(update={"id": "cn-north-1_Xyz", "region": "cn-north-1"}),
        EXAMPLE.model_copy(update={"id": "us-gov-west-1_Xyz", "region": "us-gov-west-1"}),
    ]
    for statement in policy(SCENARIOS, pools)["Statement"]:
        assert statement["Resource"] == [
            "arn:aws-cn:cognito-idp:cn-north-1:*:userpool/cn-north-1_Xyz",
            "arn:aws-us-gov:cognito-idp:us-gov-west-1:*:userpool/us-gov-west-1_Xyz",
            "arn:aws:cognito-idp:us-east-1:*:userpool/us-east-1_AbC123",
        ]


def test_what_a_customers_own_credential_authorises_is_left_out() -> None:
    errand = replace(SCENARIOS[0], sends=frozenset({"VerifyUserAttribute", "ConfirmSignUp", "AdminCreateUser"}))

    assert set(operations([errand])) - READS == {"AdminCreateUser"}


def test_without_writes_there_is_no_statement_for_them() -> None:
    assert [one["Sid"] for one in policy([])["Statement"]] == ["ReadThePools"]
