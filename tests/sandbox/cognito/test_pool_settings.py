"""DescribeUserPool and UpdateUserPool, which is no patch."""

from typing import Any

import boto3
import pytest
from botocore.config import Config
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.constraints import members_of
from sandbox.cognito.contested import Contested
from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.pairs import pairs
from tests.sandbox.cognito.refusals import refused


@pytest.fixture(scope="module")
def unchecked(running: CognitoServer) -> CognitoIdentityProviderClient:
    """A client that leaves all checking to the server."""
    session = boto3.session.Session(aws_access_key_id="AKIATEST", aws_secret_access_key="test")
    loose = Config(parameter_validation=False)
    return session.client("cognito-idp", region_name="us-east-1", endpoint_url=running.url, config=loose)


def described(cognito: CognitoIdentityProviderClient, pool: LivePool) -> Any:
    return cognito.describe_user_pool(UserPoolId=pool.id)["UserPool"]


def sendable(cognito: CognitoIdentityProviderClient, pool: LivePool) -> Any:
    """Return the whole of the pool's settings as a careful caller sends them back."""
    shown = described(cognito, pool)
    allowed = members_of("UpdateUserPoolRequest")
    request = {name: value for name, value in shown.items() if name in allowed and value != {}}
    request["AdminCreateUserConfig"].pop("UnusedAccountValidityDays")
    return {**request, "UserPoolId": shown["Id"], "PoolName": shown["Name"]}


def test_a_pool_shows_what_kind_it_is(server: CognitoServer, cognito: CognitoIdentityProviderClient) -> None:
    shown = described(cognito, server.pools.create("alias", keep_original=True, required=("email",)))
    assert shown["AliasAttributes"] == ["email"]
    assert "UsernameAttributes" not in shown
    assert shown["AutoVerifiedAttributes"] == ["email"]
    assert shown["UsernameConfiguration"] == {"CaseSensitive": True}
    assert shown["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    assert [each["Name"] for each in shown["SchemaAttributes"] if each["Required"]] == ["sub", "email"]
    assert shown["MfaConfiguration"] == "OFF"
    login = described(cognito, server.pools.create("login", email_login=True, case_sensitive=False))
    assert login["UsernameAttributes"] == ["email"]
    assert "AliasAttributes" not in login
    assert login["UsernameConfiguration"] == {"CaseSensitive": False}


def test_what_is_sent_back_whole_stays_whole(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.configure(
        {
            "LambdaConfig": {"PreSignUp": "arn:aws:lambda:us-east-1:111122223333:function:pre"},
            "UserPoolTags": {"team": "support"},
            "EmailConfigurationFailure": "broken",
        }
    )
    before = described(cognito, pool)
    cognito.update_user_pool(**{**sendable(cognito, pool), "DeletionProtection": "ACTIVE"})
    after = described(cognito, pool)
    differing = {name for name in before if before[name] != after.get(name)}
    assert differing == {"DeletionProtection", "LastModifiedDate"}
    assert after["LastModifiedDate"] > before["LastModifiedDate"]


def test_what_is_left_out_is_reset(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.configure(
        {
            "UserPoolTags": {"team": "support"},
            "Policies": {"PasswordPolicy": {"MinimumLength": 20, "TemporaryPasswordValidityDays": 2}},
            "LambdaConfig": {"PreSignUp": "arn:aws:lambda:us-east-1:111122223333:function:pre"},
            "UserPoolTier": "PLUS",
        }
    )
    cognito.update_user_pool(UserPoolId=pool.id)
    after = described(cognito, pool)
    assert "AutoVerifiedAttributes" not in after
    assert after["UserPoolTags"] == {}
    assert after["Policies"]["PasswordPolicy"]["MinimumLength"] == 8
    assert after["LambdaConfig"] == {}
    assert after["UserPoolTier"] == "ESSENTIALS"
    assert after["AliasAttributes"] == ["email"]
    assert after["Name"] == "prod"


def test_two_settings_may_survive_being_left_out(
    pool: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    server.contested = Contested(update_pool_omitted="measured")
    pool.configure({"Policies": {"PasswordPolicy": {"MinimumLength": 20}}})
    cognito.update_user_pool(UserPoolId=pool.id)
    after = described(cognito, pool)
    assert after["Policies"]["PasswordPolicy"]["MinimumLength"] == 20
    assert "AutoVerifiedAttributes" not in after


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (
            {"AdminCreateUserConfig": {"UnusedAccountValidityDays": 7}},
            "InvalidParameterException",
            "Please use TemporaryPasswordValidityDays in PasswordPolicy",
        ),
        (
            {
                "VerificationMessageTemplate": {
                    "EmailMessage": "{####}",
                    "EmailSubject": "s",
                    "EmailMessageByLink": "{##here##}",
                }
            },
            "InvalidParameterException",
            "The message is invalid.",
        ),
        (
            {
                "AutoVerifiedAttributes": [],
                "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
            },
            "InvalidParameterException",
            "must exist in AutoVerifiedAttributes",
        ),
        ({"MfaConfiguration": "OPTIONAL"}, "InvalidParameterException", "SMS configuration"),
        ({"UserPoolTags": {"aws:cloudformation:stack-name": "x"}}, "UserPoolTaggingException", "reserved"),
        ({"AutoVerifiedAttributes": ["shoe_size"]}, "InvalidParameterException", "enum value set"),
        ({"SmsConfiguration": {"SnsCallerArn": ""}}, "InvalidParameterException", "SnsCallerArn"),
    ],
)
def test_contradictions_are_refused_and_change_nothing(
    pool: LivePool,
    cognito: CognitoIdentityProviderClient,
    unchecked: CognitoIdentityProviderClient,
    change: Any,
    code: str,
    words: str,
) -> None:
    before = described(cognito, pool)
    request = {**sendable(cognito, pool), **change}
    with refused(code, words):
        unchecked.update_user_pool(**request)
    assert described(cognito, pool) == before


def test_stored_texts_of_a_default_sender_may_be_refused_on_their_way_back(
    pool: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    texts = {"EmailMessage": "{####}", "EmailSubject": "Code", "DefaultEmailOption": "CONFIRM_WITH_CODE"}
    pool.configure({"VerificationMessageTemplate": texts})
    cognito.update_user_pool(**sendable(cognito, pool))
    server.contested = Contested(default_sender_texts="refused")
    with refused("InvalidParameterException"):
        cognito.update_user_pool(**sendable(cognito, pool))


def test_switching_codes_on_makes_a_change_of_address_mail_one(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create("silent", auto_verify=())
    pool.add("ada", email="ada@example.com", email_verified=True)
    keeps = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    cognito.update_user_pool(
        **{
            **sendable(cognito, pool),
            "AutoVerifiedAttributes": ["email"],
            "UserAttributeUpdateSettings": keeps,
        }
    )
    cognito.update_user_attributes(AccessToken=pool.token("ada"), UserAttributes=pairs({"email": "new@example.com"}))
    assert [mail.to for mail in pool.mail] == ["new@example.com"]
    assert pool.user("ada").email == "ada@example.com"


def test_the_pools_own_words_are_what_customers_read(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    texts = {"EmailMessage": "Moin! {####} ist Ihr Code.", "EmailSubject": "Ihr Code"}
    pool.configure({"VerificationMessageTemplate": texts})
    pool.add("ada", email="ada@example.com")
    cognito.get_user_attribute_verification_code(AccessToken=pool.token("ada"), AttributeName="email")
    (mail,) = pool.mail
    assert mail.subject == "Ihr Code"
    assert mail.body == f"Moin! {mail.code} ist Ihr Code."


def test_pools_made_through_the_api_behave_alike(cognito: CognitoIdentityProviderClient) -> None:
    schema: Any = [
        {"Name": "email", "Required": True, "Mutable": True},
        {"Name": "tier", "AttributeDataType": "String", "Mutable": True},
    ]
    made = cognito.create_user_pool(PoolName="by-api", AliasAttributes=["email"], Schema=schema)["UserPool"]
    names = {each["Name"] for each in made["SchemaAttributes"]}
    assert {"sub", "email", "phone_number", "custom:tier"} <= names
    cognito.admin_create_user(UserPoolId=made["Id"], Username="ada", UserAttributes=pairs({"custom:tier": "gold"}))
    client = cognito.create_user_pool_client(UserPoolId=made["Id"], ClientName="app")["UserPoolClient"]
    shown = cognito.describe_user_pool_client(UserPoolId=made["Id"], ClientId=client["ClientId"])
    assert shown["UserPoolClient"]["ClientName"] == "app"
    pages = cognito.get_paginator("list_user_pools").paginate(MaxResults=60)  # type: ignore[call-arg]
    assert made["Id"] in {pool["Id"] for page in pages for pool in page["UserPools"]}
    assert cognito.get_user_pool_mfa_config(UserPoolId=made["Id"])["MfaConfiguration"] == "OFF"
    cognito.delete_user_pool(UserPoolId=made["Id"])
    with refused("ResourceNotFoundException"):
        cognito.describe_user_pool(UserPoolId=made["Id"])
