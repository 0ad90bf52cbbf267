"""The post confirmation function: when it is called, and what it can do."""

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.livepool import LivePool
from sandbox.cognito.pool import PostConfirmation
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.refusals import refused

ADDRESS, NEW_PASSWORD = "ada@example.com", "Brand-new-2"


@pytest.fixture
def watched(pool: LivePool) -> LivePool:
    pool.after_confirmation(PostConfirmation())
    return pool


def test_it_is_called_for_each_way_to_be_confirmed_and_for_a_forgotten_password(
    watched: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    watched.sign_up("ada", email=ADDRESS)
    watched.sign_up("bob", email="bob@example.com")
    assert not list(watched.confirmations)
    cognito.confirm_sign_up(
        ClientId=watched.client_id, Username="ada", ConfirmationCode=server.mailbox.code(ADDRESS, pool_id=watched.id)
    )
    cognito.admin_confirm_sign_up(UserPoolId=watched.id, Username="bob")
    cognito.forgot_password(ClientId=watched.client_id, Username="ada")
    cognito.confirm_forgot_password(
        ClientId=watched.client_id,
        Username="ada",
        ConfirmationCode=server.mailbox.code(ADDRESS, pool_id=watched.id),
        Password=NEW_PASSWORD,
    )
    sign_up, reset = "PostConfirmation_ConfirmSignUp", "PostConfirmation_ConfirmForgotPassword"
    assert watched.confirmations == (sign_up, sign_up, reset)


def test_it_can_set_the_flag(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.after_confirmation(PostConfirmation(verifies_email=True))
    pool.sign_up("ada", email=ADDRESS)
    cognito.admin_confirm_sign_up(UserPoolId=pool.id, Username="ada")
    assert pool.user("ada").email_verified


def test_when_it_fails_the_account_is_confirmed_all_the_same(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    pool.after_confirmation(PostConfirmation(refusal="The mailing list is down"))
    pool.sign_up("ada", email=ADDRESS)
    with refused("UserLambdaValidationException", "PostConfirmation failed with error The mailing list is down."):
        cognito.admin_confirm_sign_up(UserPoolId=pool.id, Username="ada")
    assert pool.user("ada").status == "CONFIRMED"


def test_a_pool_that_names_a_function_calls_it(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.configure({"LambdaConfig": {"PostConfirmation": "arn:aws:lambda:us-east-1:111122223333:function:post"}})
    pool.sign_up("ada", email=ADDRESS)
    cognito.admin_confirm_sign_up(UserPoolId=pool.id, Username="ada")
    assert pool.confirmations == ("PostConfirmation_ConfirmSignUp",)
