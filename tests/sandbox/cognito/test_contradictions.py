"""Settings that exclude each other are refused when a pool is made, in whichever way, and when it is changed."""

from typing import Any

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.errors import CognitoError
from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.refusals import refused

SMS = {"SnsCallerArn": "arn:aws:iam::111122223333:role/sms", "ExternalId": "x"}


def recovery(*names: str) -> dict[str, Any]:
    mechanisms = [{"Priority": place, "Name": name} for place, name in enumerate(names, start=1)]
    return {"AccountRecoverySetting": {"RecoveryMechanisms": mechanisms}}


CONTRADICTIONS = [
    pytest.param(
        {
            "AutoVerifiedAttributes": ["phone_number"],
            "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
        },
        "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
        id="keeps an original that it doesn't verify",
    ),
    pytest.param(recovery("admin_only", "verified_email"), "admin_only", id="administrators only, and others"),
    pytest.param(
        recovery("verified_email", "verified_email"),
        "one recovery mechanism for each priority",
        id="one way of recovery twice",
    ),
    pytest.param(
        {"MfaConfiguration": "ON", "SmsConfiguration": SMS, **recovery("verified_phone_number")},
        "Account Recovery Setting cannot use verified_phone_number as a recovery mechanism when SMS MFA is configured",
        id="recovery by the required second factor",
    ),
    pytest.param({"MfaConfiguration": "OPTIONAL"}, "SMS configuration", id="second factors without text messages"),
]


@pytest.mark.parametrize(("settings", "words"), CONTRADICTIONS)
def test_a_contradictory_pool_is_neither_made_nor_made_of_another(
    pool: LivePool,
    server: CognitoServer,
    cognito: CognitoIdentityProviderClient,
    settings: dict[str, Any],
    words: str,
) -> None:
    with refused("InvalidParameterException", words):
        cognito.create_user_pool(PoolName="by-api", **settings)
    with refused("InvalidParameterException", words):
        cognito.update_user_pool(UserPoolId=pool.id, **settings)
    with pytest.raises(CognitoError, match=words):
        server.pools.create("by-test", settings=settings)
    assert "by-test" not in {each.name for each in server.pools}


def test_an_address_is_either_an_alias_or_the_user_name(
    pool: LivePool, server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    words = "Only one of the aliasAttributes or usernameAttributes can be set in a user pool."
    with refused("InvalidParameterException", words):
        cognito.create_user_pool(PoolName="by-api", AliasAttributes=["email"], UsernameAttributes=["email"])
    with pytest.raises(CognitoError, match=words):
        server.pools.create("by-test", settings={"UsernameAttributes": ["email"]})


def test_a_pool_of_older_date_may_be_contradictory_until_it_is_changed(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    old = server.pools.create("old", mfa="ON", recovery=("phone_number",), of_older_date=True)
    shown: Any = cognito.describe_user_pool(UserPoolId=old.id)["UserPool"]
    assert shown["AccountRecoverySetting"] == recovery("verified_phone_number")["AccountRecoverySetting"]
    kept = {name: shown[name] for name in ("MfaConfiguration", "SmsConfiguration", "AccountRecoverySetting")}
    with refused("InvalidParameterException", "verified_phone_number"):
        cognito.update_user_pool(UserPoolId=old.id, **kept)


def test_a_second_factor_by_mail_and_recovery_by_mail_alone_exclude_each_other(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    by_mail: Any = {"MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {"Subject": "Your code"}}
    mail_only = server.pools.create("mail-only", recovery=("email",))
    with refused("InvalidParameterException", "verified_email"):
        cognito.set_user_pool_mfa_config(UserPoolId=mail_only.id, **by_mail)
    assert cognito.get_user_pool_mfa_config(UserPoolId=mail_only.id)["MfaConfiguration"] == "OFF"

    other = server.pools.create("either", recovery=("email", "phone_number"))
    cognito.set_user_pool_mfa_config(UserPoolId=other.id, **by_mail)
    change: Any = {"MfaConfiguration": "OPTIONAL", "SmsConfiguration": SMS, **recovery("verified_email")}
    with refused("InvalidParameterException", "verified_email"):
        cognito.update_user_pool(UserPoolId=other.id, **change)
