"""From a pool's description to a request that changes nothing, and back again over the wire."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.plan import (
    UNKNOWN_SETTINGS,
    WRITABLE_SETTINGS,
    Call,
    Effect,
    setting_differences,
    unchanged_update,
    with_email_settings,
)
from sandbox.testing import CognitoServer
from tests.bot import wired

ALL = ("AdminCreateUserConfig", "AutoVerifiedAttributes", "EmailConfiguration", "EmailVerificationMessage",
       "LambdaConfig", "Policies", "PoolName", "SmsConfiguration", "UserPoolId", "UserPoolTags",
       "VerificationMessageTemplate")  # fmt: skip


def described(**settings: Any) -> dict[str, Any]:
    pool = {"Id": "p_1", "Name": "customers", "Arn": "arn", "SchemaAttributes": [], **settings}
    return {"UserPool": pool, WRITABLE_SETTINGS: list(ALL), UNKNOWN_SETTINGS: []}


def parameters(**settings: Any) -> dict[str, Any]:
    return dict(unchanged_update(described(**settings)).parameters)


def test_names_are_turned_and_what_only_a_description_has_is_left_out() -> None:
    assert parameters() == {"UserPoolId": "p_1", "PoolName": "customers"}


def test_the_days_of_a_temporary_password_are_sent_once() -> None:
    sent = parameters(
        Policies={"PasswordPolicy": {"TemporaryPasswordValidityDays": 7}},
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True, "UnusedAccountValidityDays": 7},
    )
    assert sent["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert sent["Policies"] == {"PasswordPolicy": {"TemporaryPasswordValidityDays": 7}}


TEXTS = {"EmailMessage": "Code {####}", "EmailMessageByLink": "{##Link##}", "SmsMessage": "{####}"}


@pytest.mark.parametrize(
    ("option", "kept", "lost"),
    [("CONFIRM_WITH_CODE", "EmailMessage", "link"), ("CONFIRM_WITH_LINK", "EmailMessageByLink", "code")],
)
def test_only_the_texts_that_suit_the_option_go_back_and_the_others_are_named(
    option: str, kept: str, lost: str
) -> None:
    update = unchanged_update(described(VerificationMessageTemplate={"DefaultEmailOption": option, **TEXTS}))
    assert update.parameters["VerificationMessageTemplate"].keys() == {"DefaultEmailOption", kept, "SmsMessage"}
    assert update.unsendable == (f"the pool's own wording of the {lost} mail",)


def test_a_text_in_its_old_place_moves_to_the_template_unless_that_has_its_own() -> None:
    moved = parameters(EmailVerificationMessage="Old {####}")
    assert moved["VerificationMessageTemplate"] == {"EmailMessage": "Old {####}"}
    assert "EmailVerificationMessage" not in moved
    own = parameters(EmailVerificationMessage="Old {####}", VerificationMessageTemplate={"EmailMessage": "New {####}"})
    assert own["VerificationMessageTemplate"] == {"EmailMessage": "New {####}"}


def test_what_is_empty_is_left_out_but_empty_lists_are_kept() -> None:
    sent = parameters(
        SmsConfiguration={},
        LambdaConfig={},
        EmailConfiguration={"ReplyToEmailAddress": "", "EmailSendingAccount": "COGNITO_DEFAULT"},
        AutoVerifiedAttributes=[],
    )
    assert sent == {
        "UserPoolId": "p_1",
        "PoolName": "customers",
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
        "AutoVerifiedAttributes": [],
    }


def test_tags_that_are_awss_own_stay_behind() -> None:
    assert parameters(UserPoolTags={"aws:cloudformation:stack-name": "s", "team": "crm"})["UserPoolTags"] == {
        "team": "crm"
    }


@pytest.mark.parametrize(
    ("tags", "tool"),
    [
        ({"aws:cloudformation:stack-name": "s"}, "CloudFormation"),
        ({"ManagedBy": "terraform"}, "Terraform"),
        ({"managed_by_terraform": "true"}, "Terraform"),
        ({"aws-cdk:id": "x"}, "the AWS CDK"),
        ({"owner": "Pulumi stack"}, "Pulumi"),
        ({"team": "crm", "backup": "cdkeys"}, ""),
        ({}, ""),
    ],
)
def test_a_pool_that_a_tool_manages_is_told_by_its_tags(tags: dict[str, str], tool: str) -> None:
    assert unchanged_update(described(UserPoolTags=tags)).managed_by == tool


def test_differences_are_paths_and_what_is_empty_counts_as_absent() -> None:
    sent = {"A": {"B": 1, "C": ["x", "y"]}, "D": [], "E": "e"}
    assert setting_differences(sent, {"A": {"B": 1, "C": ["y", "x"]}, "E": "e", "F": ""}) == ()
    assert setting_differences(sent, {"A": {"B": 2, "C": ["y"]}, "G": "g"}) == ("A.B", "A.C", "E", "G")


@pytest.fixture
def server() -> Iterator[CognitoServer]:
    with wired.cognito() as server:
        rich = {
            "UserPoolTags": {"team": "crm"},
            "MfaConfiguration": "OPTIONAL",
            "UserPoolTier": "PLUS",
            "DeletionProtection": "ACTIVE",
            "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "x"},
            "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
            "LambdaConfig": {"PreSignUp": "arn:aws:lambda:us-east-1:123456789012:function:f"},
            "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE", "EmailMessage": "Code {####}"},
            "Policies": {"PasswordPolicy": {"MinimumLength": 12, "TemporaryPasswordValidityDays": 3}},
        }
        server.pools.create("rich", auto_verify=("phone_number",), settings=rich)
        yield server


@pytest.mark.parametrize("omitted", ["resets", "measured"])
def test_after_the_update_cognito_shows_what_was_asked_for_and_nothing_else_moved(
    server: CognitoServer, omitted: Any
) -> None:
    server.contested = replace(server.contested, update_pool_omitted=omitted)
    with wired.gateway(server, frozenset({"UpdateUserPool"})) as gateway:
        for switched in (True, False):
            before = gateway.directory("rich").pool
            assert before.temporary_password_days == 3
            sent = with_email_settings(before.update, codes=switched, keep=switched)
            gateway.send("rich", Call(operation="UpdateUserPool", parameters=sent, shown="", effect=Effect.READABLE))
            after = gateway.directory("rich").pool
            assert (after.mails_codes, after.keeps_original) == (switched, switched)
            assert setting_differences(sent, after.update.parameters) == ()
            assert setting_differences(before.update.parameters, after.update.parameters) == (
                "AutoVerifiedAttributes",
                "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate",
            )


def test_a_setting_that_somebody_else_moved_is_found(server: CognitoServer) -> None:
    with wired.gateway(server) as gateway:
        sent = gateway.directory("rich").pool.update.parameters
        server.pools["rich"].configure({"DeletionProtection": "INACTIVE"})
        found = gateway.directory("rich").pool.update.parameters
    assert setting_differences(sent, found) == ("DeletionProtection",)
