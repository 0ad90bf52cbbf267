"""What the describing operations show: the settings that predictions stand on, and secrets that must go no further."""

from typing import Any

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer


def client_of(cognito: CognitoIdentityProviderClient, pool: LivePool) -> Any:
    return cognito.describe_user_pool_client(UserPoolId=pool.id, ClientId=pool.client_id)["UserPoolClient"]


def test_an_app_client_shows_all_that_decides_what_people_meet(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create(
        "shop",
        client_secret=True,
        hides_users=False,
        flows=("ALLOW_USER_SRP_AUTH",),
        read_attributes=("email", "email_verified"),
        write_attributes=("email",),
        providers=("COGNITO", "Google"),
    )
    shown = client_of(cognito, pool)
    assert shown["PreventUserExistenceErrors"] == "LEGACY"
    assert shown["ExplicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH"]
    assert shown["ReadAttributes"] == ["email", "email_verified"]
    assert shown["WriteAttributes"] == ["email"]
    assert shown["SupportedIdentityProviders"] == ["COGNITO", "Google"]
    assert shown["ClientSecret"] == pool.client_secret != ""


def test_an_app_client_without_lists_shows_none(server: CognitoServer, cognito: CognitoIdentityProviderClient) -> None:
    shown = client_of(cognito, server.pools.create("plain"))
    assert shown["PreventUserExistenceErrors"] == "ENABLED"
    assert not {"ReadAttributes", "WriteAttributes", "ClientSecret"} & set(shown)


def test_a_pool_shows_its_recovery_its_texts_and_what_may_change(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create(
        "careful",
        recovery=("email", "phone_number"),
        mfa="OPTIONAL",
        by_link=True,
        immutable=("email",),
        temporary_days=30,
        settings={"SmsConfigurationFailure": "SNSSandbox"},
    )
    shown: Any = cognito.describe_user_pool(UserPoolId=pool.id)["UserPool"]
    assert shown["AccountRecoverySetting"] == {
        "RecoveryMechanisms": [
            {"Priority": 1, "Name": "verified_email"},
            {"Priority": 2, "Name": "verified_phone_number"},
        ]
    }
    assert shown["MfaConfiguration"] == "OPTIONAL"
    assert shown["VerificationMessageTemplate"]["DefaultEmailOption"] == "CONFIRM_WITH_LINK"
    assert shown["SmsConfigurationFailure"] == "SNSSandbox"
    assert shown["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"] == 30
    mutable = {each["Name"]: each["Mutable"] for each in shown["SchemaAttributes"]}
    assert not mutable["email"]
    assert mutable["phone_number"]


def test_a_pool_without_a_recovery_setting_shows_none(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    assert "AccountRecoverySetting" not in cognito.describe_user_pool(UserPoolId=pool.id)["UserPool"]


def test_an_account_shows_its_factors_and_which_it_prefers(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    both = ("SMS_MFA", "EMAIL_OTP")
    pool.add("ada", email="ada@example.com", phone="+15550100", mfa=both, preferred_mfa="EMAIL_OTP")
    pool.add("bob", email="bob@example.com", mfa=("EMAIL_OTP",), preferred_mfa="")
    ada, bob = (cognito.admin_get_user(UserPoolId=pool.id, Username=name) for name in ("ada", "bob"))
    assert sorted(ada["UserMFASettingList"]) == ["EMAIL_OTP", "SMS_MFA"]
    assert ada["PreferredMfaSetting"] == "EMAIL_OTP"
    assert bob["UserMFASettingList"] == ["EMAIL_OTP"]
    assert "PreferredMfaSetting" not in bob


@pytest.mark.parametrize("kind", ["OIDC", "Google", "Facebook", "LoginWithAmazon"])
def test_a_provider_shows_its_secret_as_aws_does(
    pool: LivePool, cognito: CognitoIdentityProviderClient, kind: str
) -> None:
    pool.add_provider("Theirs", kind, {"email": "email"}, details={"authorize_scopes": "openid email"})
    shown = cognito.describe_identity_provider(UserPoolId=pool.id, ProviderName="Theirs")["IdentityProvider"]
    details = shown["ProviderDetails"]
    assert details["client_secret"] == "theirs-secret"
    assert details["authorize_scopes"] == "openid email"
    assert details["attributes_url"] == "https://theirs.example.com/userinfo"


def test_a_saml_provider_has_no_secret(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.add_provider("Corp", "SAML", {"email": "http://claims/mail"})
    shown = cognito.describe_identity_provider(UserPoolId=pool.id, ProviderName="Corp")["IdentityProvider"]
    assert "client_secret" not in shown["ProviderDetails"]
    assert shown["ProviderDetails"]["MetadataURL"] == "https://corp.example.com/metadata"


def test_a_pool_shows_its_factor_by_mail(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    assert "EmailMfaConfiguration" not in cognito.get_user_pool_mfa_config(UserPoolId=pool.id)
    cognito.set_user_pool_mfa_config(
        UserPoolId=pool.id, MfaConfiguration="OPTIONAL", EmailMfaConfiguration={"Subject": "Your code"}
    )
    shown = cognito.get_user_pool_mfa_config(UserPoolId=pool.id)
    assert shown["MfaConfiguration"] == "OPTIONAL"
    assert shown["EmailMfaConfiguration"] == {"Subject": "Your code"}
