"""Second factors in an administrator's hands, and what they mean at the next sign-in."""

from typing import Any

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.livepool import PASSWORD, LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.refusals import refused

ON, PREFERRED, OFF = {"Enabled": True}, {"Enabled": True, "PreferredMfa": True}, {"Enabled": False}


def challenge(cognito: CognitoIdentityProviderClient, pool: LivePool) -> str:
    answer = cognito.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ada", "PASSWORD": PASSWORD},
    )
    return answer.get("ChallengeName", "")


def prefer(cognito: CognitoIdentityProviderClient, pool: LivePool, **settings: Any) -> None:
    cognito.admin_set_user_mfa_preference(UserPoolId=pool.id, Username="ada", **settings)


def shown(cognito: CognitoIdentityProviderClient, pool: LivePool) -> tuple[list[str], str]:
    user = cognito.admin_get_user(UserPoolId=pool.id, Username="ada")
    return sorted(user.get("UserMFASettingList", [])), user.get("PreferredMfaSetting", "")


def test_factors_are_switched_on_preferred_and_switched_off(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    pool.add("ada", email="ada@example.com", phone="+15550100")
    prefer(cognito, pool, SMSMfaSettings=PREFERRED, EmailMfaSettings=ON)
    assert shown(cognito, pool) == (["EMAIL_OTP", "SMS_MFA"], "SMS_MFA")
    assert challenge(cognito, pool) == "SMS_MFA"
    prefer(cognito, pool, EmailMfaSettings=PREFERRED)
    assert shown(cognito, pool) == (["EMAIL_OTP", "SMS_MFA"], "EMAIL_OTP")
    prefer(cognito, pool, EmailMfaSettings=ON)
    assert shown(cognito, pool) == (["EMAIL_OTP", "SMS_MFA"], "")
    assert challenge(cognito, pool) == "SELECT_MFA_TYPE"
    prefer(cognito, pool, SMSMfaSettings=OFF, EmailMfaSettings=OFF)
    assert shown(cognito, pool) == ([], "")
    assert challenge(cognito, pool) == ""


@pytest.mark.parametrize(
    "settings",
    [
        {"SMSMfaSettings": ON},
        {"SoftwareTokenMfaSettings": ON},
        {"EmailMfaSettings": PREFERRED, "SoftwareTokenMfaSettings": PREFERRED},
    ],
)
def test_a_factor_needs_what_it_stands_on_and_one_is_preferred(
    pool: LivePool, cognito: CognitoIdentityProviderClient, settings: Any
) -> None:
    pool.add("ada", email="ada@example.com")
    with refused("InvalidParameterException"):
        prefer(cognito, pool, **settings)
    assert shown(cognito, pool) == ([], "")


def test_a_required_factor_cannot_be_switched_off(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create("strict", mfa="ON", recovery=("email",))
    pool.add("ada", email="ada@example.com", mfa=("EMAIL_OTP",))
    with refused("InvalidParameterException"):
        prefer(cognito, pool, EmailMfaSettings=OFF)
    assert shown(cognito, pool) == (["EMAIL_OTP"], "EMAIL_OTP")


def test_a_lost_authenticator_app_is_taken_away_for_good(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    pool.add("ada", email="ada@example.com", mfa=("SOFTWARE_TOKEN_MFA",))
    cognito.admin_delete_software_token(UserPoolId=pool.id, Username="ada")
    assert shown(cognito, pool) == ([], "")
    assert challenge(cognito, pool) == ""
    with refused("InvalidParameterException"):
        prefer(cognito, pool, SoftwareTokenMfaSettings=ON)


def test_who_never_had_a_password_can_be_told(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.add("ada", email="ada@example.com")
    pool.add("bob", email="bob@example.com", password=None)
    first = [
        cognito.admin_get_user_auth_factors(UserPoolId=pool.id, Username=name)["ConfiguredUserAuthFactors"]
        for name in ("ada", "bob")
    ]
    assert first == [["PASSWORD"], []]
