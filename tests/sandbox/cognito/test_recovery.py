"""Passwords set, reset and forgotten: none of it verifies an address."""

from datetime import timedelta

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.livepool import PASSWORD, LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.refusals import refused

ADDRESS, NEW_PASSWORD = "rosa@example.com", "Brand-new-2"


@pytest.mark.parametrize(("permanent", "status"), [(True, "CONFIRMED"), (False, "FORCE_CHANGE_PASSWORD")])
def test_setting_a_password_moves_the_status_and_not_the_flag(
    pool: LivePool, cognito: CognitoIdentityProviderClient, permanent: bool, status: str
) -> None:
    pool.add("rosa", email=ADDRESS, email_verified=False, status="RESET_REQUIRED")
    with refused("InvalidPasswordException"):
        cognito.admin_set_user_password(UserPoolId=pool.id, Username="rosa", Password="weak")
    cognito.admin_set_user_password(UserPoolId=pool.id, Username="rosa", Password=NEW_PASSWORD, Permanent=permanent)
    assert pool.user("rosa").status == status
    assert not pool.user("rosa").email_verified
    assert pool.mail == ()


def test_a_reset_needs_a_verified_contact(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.add("rosa", email=ADDRESS, email_verified=False)
    with refused("InvalidParameterException", "no registered/verified email or phone_number"):
        cognito.admin_reset_user_password(UserPoolId=pool.id, Username="rosa")
    assert pool.user("rosa").status == "CONFIRMED"


def test_a_reset_mails_a_code_that_sets_a_new_password(
    pool: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    pool.add("rosa", email=ADDRESS, email_verified=True)
    cognito.admin_reset_user_password(UserPoolId=pool.id, Username="rosa")
    assert pool.user("rosa").status == "RESET_REQUIRED"
    assert [mail.to for mail in pool.mail] == [ADDRESS]
    code = server.mailbox.code(ADDRESS)
    cognito.confirm_forgot_password(
        ClientId=pool.client_id, Username="rosa", ConfirmationCode=code, Password=NEW_PASSWORD
    )
    assert pool.user("rosa").status == "CONFIRMED"
    with refused("ExpiredCodeException"):
        cognito.confirm_forgot_password(
            ClientId=pool.client_id, Username="rosa", ConfirmationCode=code, Password=NEW_PASSWORD
        )


def test_states_in_which_a_password_cannot_be_reset(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.add("tess", email=ADDRESS, email_verified=True, status="FORCE_CHANGE_PASSWORD")
    pool.add_provider("Google", "Google", {"email": "email"})
    pool.sign_in("Google", {"sub": "1", "email": "gil@example.com"})
    for name in ("tess", "Google_1"):
        with refused("NotAuthorizedException", "User password cannot be reset in the current state."):
            cognito.admin_reset_user_password(UserPoolId=pool.id, Username=name)
    pool.configure({"AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]}})
    with refused("NotAuthorizedException", "Contact administrator to reset password."):
        cognito.forgot_password(ClientId=pool.client_id, Username="tess")


def test_a_forgotten_password_is_reset_by_code_within_the_hour(
    pool: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    pool.add("rosa", email=ADDRESS, email_verified=True)

    def enter(code: str) -> None:
        cognito.confirm_forgot_password(
            ClientId=pool.client_id, Username=ADDRESS, ConfirmationCode=code, Password=NEW_PASSWORD
        )

    answer = cognito.forgot_password(ClientId=pool.client_id, Username=ADDRESS)
    assert answer["CodeDeliveryDetails"]["Destination"] == "r***@e***"
    server.clock.forward(timedelta(hours=1))
    with refused("ExpiredCodeException"):
        enter(server.mailbox.code(ADDRESS))
    cognito.forgot_password(ClientId=pool.client_id, Username=ADDRESS)
    enter(server.mailbox.code(ADDRESS))
    cognito.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "rosa", "PASSWORD": NEW_PASSWORD},
    )


def test_a_forgotten_password_of_an_unknown_user_looks_like_any_other(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    secretive, open_ = server.pools.create("secretive"), server.pools.create("open", hides_users=False)
    assert "CodeDeliveryDetails" in cognito.forgot_password(ClientId=secretive.client_id, Username="nobody")
    assert secretive.mail == ()
    with refused("UserNotFoundException"):
        cognito.forgot_password(ClientId=open_.client_id, Username="nobody")


def test_a_user_can_change_the_password_they_know(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.add("rosa", email=ADDRESS)
    token = pool.token("rosa")
    with refused("NotAuthorizedException"):
        cognito.change_password(AccessToken=token, PreviousPassword="Wrong-1!", ProposedPassword=NEW_PASSWORD)
    cognito.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=NEW_PASSWORD)
