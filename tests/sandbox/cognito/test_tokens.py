"""Access tokens: whose they are, and what Cognito says of bad ones."""

from datetime import timedelta

from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.refusals import refused


def test_a_token_shows_its_bearer_and_no_more(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    ada = pool.add("ada", email="ada@example.com", email_verified=True)
    answer = cognito.get_user(AccessToken=pool.token("ada"))
    assert answer["Username"] == "ada"
    assert {"Name": "sub", "Value": ada.sub} in answer["UserAttributes"]
    assert "UserStatus" not in answer


def test_a_token_works_in_whatever_region_its_pool_is(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    far = server.pools.create("far", region="ap-northeast-1")
    far.add("ada", email="ada@example.com")
    assert cognito.get_user(AccessToken=far.token("ada"))["Username"] == "ada"


def test_bad_tokens_are_told_apart(
    pool: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    pool.add("ada", email="ada@example.com")
    with refused("NotAuthorizedException", "Invalid Access Token"):
        cognito.get_user(AccessToken="abc.def.ghi")
    with refused("NotAuthorizedException", "Access Token does not have required scopes"):
        cognito.get_user(AccessToken=pool.token("ada", scoped=False))
    signed_out = pool.token("ada")
    cognito.global_sign_out(AccessToken=signed_out)
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        cognito.get_user(AccessToken=signed_out)
    old = pool.token("ada")
    server.clock.forward(timedelta(hours=1))
    with refused("NotAuthorizedException", "Access Token has expired"):
        cognito.get_user(AccessToken=old)


def test_a_token_of_a_disabled_or_deleted_user_opens_nothing(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    pool.add("ada", email="ada@example.com")
    token = pool.token("ada")
    cognito.admin_disable_user(UserPoolId=pool.id, Username="ada")
    with refused("NotAuthorizedException", "User is disabled."):
        cognito.get_user(AccessToken=token)
    cognito.admin_enable_user(UserPoolId=pool.id, Username="ada")
    assert cognito.get_user(AccessToken=token)["Username"] == "ada"
    cognito.admin_delete_user(UserPoolId=pool.id, Username="ada")
    with refused("NotAuthorizedException"):
        cognito.get_user(AccessToken=token)
    with refused("UserNotFoundException"):
        cognito.admin_get_user(UserPoolId=pool.id, Username="ada")


def test_a_token_is_no_good_while_a_reset_or_the_sign_up_is_open(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    pool.add("ada", email="ada@example.com")
    token = pool.token("ada")
    pool.set_status("ada", "RESET_REQUIRED")
    with refused("PasswordResetRequiredException"):
        cognito.get_user(AccessToken=token)
    pool.set_status("ada", "UNCONFIRMED")
    with refused("UserNotConfirmedException"):
        cognito.get_user(AccessToken=token)


def test_an_administrator_can_end_all_of_a_users_sessions(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    pool.add("ada", email="ada@example.com", email_verified=True)
    pool.add("bob", email="bob@example.com")
    ada, bob = pool.token("ada"), pool.token("bob")
    cognito.admin_user_global_sign_out(UserPoolId=pool.id, Username="ada@example.com")
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        cognito.get_user(AccessToken=ada)
    assert cognito.get_user(AccessToken=bob)["Username"] == "bob"
