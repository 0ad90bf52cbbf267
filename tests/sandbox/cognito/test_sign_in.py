"""Signing in: by user name and by address, and every challenge on the way to a token."""

import json
from datetime import timedelta
from typing import Any

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.clients import secret_hash
from sandbox.cognito.livepool import PASSWORD, LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.refusals import refused

ADDRESS, NEW_PASSWORD = "ada@example.com", "Brand-new-2"


def begin(cognito: CognitoIdentityProviderClient, pool: LivePool, name: str, password: str = PASSWORD) -> Any:
    return cognito.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )


def respond(cognito: CognitoIdentityProviderClient, pool: LivePool, step: Any, **responses: str) -> Any:
    return cognito.respond_to_auth_challenge(
        ClientId=pool.client_id,
        ChallengeName=step["ChallengeName"],
        Session=step["Session"],
        ChallengeResponses=responses,
    )


def bearer(cognito: CognitoIdentityProviderClient, answer: Any) -> str:
    return cognito.get_user(AccessToken=answer["AuthenticationResult"]["AccessToken"])["Username"]


@pytest.fixture
def ada(pool: LivePool) -> LivePool:
    pool.add("ada", email=ADDRESS, email_verified=True)
    return pool


def test_a_user_signs_in_by_name_by_sub_and_by_verified_address(
    ada: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    for name in ("ada", ada.user("ada").sub, ADDRESS):
        assert bearer(cognito, begin(cognito, ada, name)) == "ada"


def test_an_unverified_address_looks_like_an_unknown_user(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    secretive, open_ = server.pools.create("secretive"), server.pools.create("open", hides_users=False)
    for pool in (secretive, open_):
        pool.add("ada", email=ADDRESS, email_verified=False)
    with refused("NotAuthorizedException", "Incorrect username or password."):
        begin(cognito, secretive, ADDRESS)
    with refused("UserNotFoundException", "User does not exist."):
        begin(cognito, open_, ADDRESS)
    assert bearer(cognito, begin(cognito, open_, "ada")) == "ada"


def test_where_the_address_is_the_user_name_it_needs_no_verification(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create("login", email_login=True, case_sensitive=False)
    eli = pool.add("", email="eli@example.com", email_verified=False)
    assert bearer(cognito, begin(cognito, pool, "Eli@Example.com")) == eli.username


@pytest.fixture
def open_(server: CognitoServer) -> LivePool:
    """A pool whose app client hides nobody, with ada in it."""
    pool = server.pools.create("open", hides_users=False)
    pool.add("ada", email=ADDRESS, email_verified=True)
    return pool


def test_states_that_bar_the_way_are_told_apart(open_: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    ada = open_
    with refused("NotAuthorizedException", "Incorrect username or password."):
        begin(cognito, ada, "ada", "Wrong-1!")
    ada.set_status("ada", "UNCONFIRMED")
    with refused("UserNotConfirmedException", "User is not confirmed."):
        begin(cognito, ada, "ada")
    ada.set_status("ada", "RESET_REQUIRED")
    with refused("PasswordResetRequiredException"):
        begin(cognito, ada, "ada")
    ada.disable("ada")
    with refused("NotAuthorizedException", "User is disabled."):
        begin(cognito, ada, "ada")
    ada.add_provider("Google", "Google", {"email": "email"})
    ada.sign_in("Google", {"sub": "1", "email": "gil@example.com"})
    with refused("NotAuthorizedException", "User is not authorized to get auth details"):
        begin(cognito, ada, "Google_1")


def test_too_many_wrong_passwords_lock_the_user_out_for_a_while(
    ada: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    for _ in range(5):
        with refused("NotAuthorizedException", "Incorrect username or password."):
            begin(cognito, ada, "ada", "Wrong-1!")
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        begin(cognito, ada, "ada")
    server.clock.forward(timedelta(minutes=15))
    assert bearer(cognito, begin(cognito, ada, "ada")) == "ada"


def test_a_temporary_password_asks_for_a_new_one(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.add("tess", email="tess@example.com", email_verified=False, status="FORCE_CHANGE_PASSWORD")
    step = begin(cognito, pool, "tess")
    assert step["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert step["ChallengeParameters"]["USER_ID_FOR_SRP"] == "tess"
    assert json.loads(step["ChallengeParameters"]["userAttributes"])["email"] == "tess@example.com"
    with refused("InvalidPasswordException"):
        respond(cognito, pool, step, USERNAME="tess", NEW_PASSWORD="weak")
    with refused("InvalidParameterException", "NEW_PASSWORD"):
        respond(cognito, pool, step, USERNAME="tess")
    answer = respond(cognito, pool, step, USERNAME="tess", NEW_PASSWORD=NEW_PASSWORD)
    assert bearer(cognito, answer) == "tess"
    assert pool.user("tess").status == "CONFIRMED"
    assert not pool.user("tess").email_verified
    assert bearer(cognito, begin(cognito, pool, "tess", NEW_PASSWORD)) == "tess"
    with refused("NotAuthorizedException", "session can only be used once"):
        respond(cognito, pool, step, USERNAME="tess", NEW_PASSWORD=NEW_PASSWORD)


def test_a_new_password_brings_the_attributes_that_were_missing(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create("strict", required=("email", "family_name"))
    pool.add("tess", email="tess@example.com", status="FORCE_CHANGE_PASSWORD")
    step = begin(cognito, pool, "tess")
    assert json.loads(step["ChallengeParameters"]["requiredAttributes"]) == ["userAttributes.family_name"]
    answer = {"USERNAME": "tess", "NEW_PASSWORD": NEW_PASSWORD}
    with refused("InvalidParameterException", "family_name is missing"):
        respond(cognito, pool, step, **answer)
    taken = {**answer, "userAttributes.email": "x@example.com", "userAttributes.family_name": "T"}
    with refused("InvalidParameterException", "Cannot modify an already provided email"):
        respond(cognito, pool, step, **taken)
    respond(cognito, pool, step, **answer, **{"userAttributes.family_name": "Tell"})
    assert pool.user("tess").attributes["family_name"] == "Tell"


def test_a_temporary_password_expires_after_a_week(
    pool: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    pool.add("tess", email="tess@example.com", status="FORCE_CHANGE_PASSWORD")
    server.clock.forward(timedelta(days=7, minutes=1))
    with refused("NotAuthorizedException", "Temporary password has expired"):
        begin(cognito, pool, "tess")


@pytest.mark.parametrize(("factor", "contact"), [("SMS_MFA", "+15550100"), ("EMAIL_OTP", ADDRESS)])
def test_a_second_factor_sends_a_code(
    pool: LivePool, cognito: CognitoIdentityProviderClient, factor: str, contact: str
) -> None:
    pool.add("ada", email=ADDRESS, email_verified=True, phone="+15550100", phone_verified=True, mfa=(factor,))
    step = begin(cognito, pool, ADDRESS)
    assert step["ChallengeName"] == factor
    assert pool.mail[-1].to == contact
    assert contact not in str(step["ChallengeParameters"])
    code = pool.mail[-1].code
    wrong = f"{(int(code) + 1) % 10**6:06}"
    with refused("CodeMismatchException", "Invalid code or auth state for the user."):
        respond(cognito, pool, step, USERNAME="ada", **{f"{factor}_CODE": wrong})
    assert bearer(cognito, respond(cognito, pool, step, USERNAME="ada", **{f"{factor}_CODE": code})) == "ada"


def test_with_two_second_factors_one_is_chosen_first(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.add("ada", email=ADDRESS, email_verified=True, mfa=("EMAIL_OTP", "SOFTWARE_TOKEN_MFA"))
    step = begin(cognito, pool, "ada")
    assert step["ChallengeName"] == "SELECT_MFA_TYPE"
    assert [mail.to for mail in pool.mail] == []
    with refused("InvalidParameterException"):
        respond(cognito, pool, step, USERNAME="ada", ANSWER="SMS_MFA")
    second = respond(cognito, pool, step, USERNAME="ada", ANSWER="EMAIL_OTP")
    assert second["ChallengeName"] == "EMAIL_OTP"
    code = pool.mail[-1].code
    assert bearer(cognito, respond(cognito, pool, second, USERNAME="ada", EMAIL_OTP_CODE=code)) == "ada"


def test_an_authenticator_code_works_once(ada: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    ada.add("bob", email="bob@example.com", mfa=("SOFTWARE_TOKEN_MFA",))
    code = ada.authenticator_code("bob")
    wrong = f"{(int(code) + 1) % 10**6:06}"
    step = begin(cognito, ada, "bob")
    assert step["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    with refused("CodeMismatchException"):
        respond(cognito, ada, step, USERNAME="bob", SOFTWARE_TOKEN_MFA_CODE=wrong)
    assert bearer(cognito, respond(cognito, ada, step, USERNAME="bob", SOFTWARE_TOKEN_MFA_CODE=code)) == "bob"
    with refused("ExpiredCodeException", "already been used once"):
        respond(cognito, ada, begin(cognito, ada, "bob"), USERNAME="bob", SOFTWARE_TOKEN_MFA_CODE=code)


def test_a_session_dies_after_three_minutes(
    pool: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    pool.add("tess", email="tess@example.com", status="FORCE_CHANGE_PASSWORD")
    step = begin(cognito, pool, "tess")
    server.clock.forward(timedelta(minutes=3))
    with refused("NotAuthorizedException", "session is expired"):
        respond(cognito, pool, step, USERNAME="tess", NEW_PASSWORD=NEW_PASSWORD)


def test_a_session_belongs_to_one_user_and_one_challenge(ada: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    ada.add("tess", email="tess@example.com", status="FORCE_CHANGE_PASSWORD")
    step = begin(cognito, ada, "tess")
    with refused("NotAuthorizedException", "Invalid session for the user."):
        respond(cognito, ada, step, USERNAME="ada", NEW_PASSWORD=NEW_PASSWORD)
    with refused("NotAuthorizedException", "Invalid session for the user."):
        respond(cognito, ada, {**step, "ChallengeName": "SMS_MFA"}, USERNAME="tess", SMS_MFA_CODE="123456")
    with refused("NotAuthorizedException", "Invalid session for the user."):
        respond(cognito, ada, {**step, "Session": "x" * 40}, USERNAME="tess", NEW_PASSWORD=NEW_PASSWORD)


def test_a_client_with_a_secret_wants_its_hash_at_every_step(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create("secretive", client_secret=True)
    pool.add("tess", email="tess@example.com", email_verified=True, status="FORCE_CHANGE_PASSWORD")
    with refused("NotAuthorizedException", "SECRET_HASH was not received"):
        begin(cognito, pool, "tess")

    def hashed(name: str) -> str:
        return secret_hash(name, pool.client_id, pool.client_secret)

    step = cognito.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={
            "USERNAME": "tess@example.com",
            "PASSWORD": PASSWORD,
            "SECRET_HASH": hashed("tess@example.com"),
        },
    )
    name = step["ChallengeParameters"]["USER_ID_FOR_SRP"]
    with refused("NotAuthorizedException", "Unable to verify secret hash"):
        respond(cognito, pool, step, USERNAME=name, NEW_PASSWORD=NEW_PASSWORD, SECRET_HASH=hashed("other"))
    answer = respond(cognito, pool, step, USERNAME=name, NEW_PASSWORD=NEW_PASSWORD, SECRET_HASH=hashed(name))
    assert bearer(cognito, answer) == "tess"


def test_a_refresh_token_brings_new_tokens_until_it_is_revoked(
    ada: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    refresh = begin(cognito, ada, "ada")["AuthenticationResult"]["RefreshToken"]

    def renew(token: str) -> Any:
        return cognito.initiate_auth(
            ClientId=ada.client_id, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": token}
        )

    answer = renew(refresh)
    assert bearer(cognito, answer) == "ada"
    assert "RefreshToken" not in answer["AuthenticationResult"]
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        renew("never-issued")
    cognito.admin_user_global_sign_out(UserPoolId=ada.id, Username="ada")
    with refused("NotAuthorizedException", "Refresh Token has been revoked"):
        renew(refresh)


def test_flows_must_be_enabled_and_their_parameters_complete(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create("srp-only", flows=("ALLOW_USER_SRP_AUTH",))
    pool.add("ada", email=ADDRESS)
    with refused("InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client"):
        begin(cognito, pool, "ada")
    open_ = server.pools.create("open")
    for flow in ("USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"):
        with refused("InvalidParameterException", "Missing required parameter"):
            cognito.initiate_auth(ClientId=open_.client_id, AuthFlow=flow, AuthParameters={})
    with refused("InvalidParameterException"):
        cognito.initiate_auth(ClientId=open_.client_id, AuthFlow="CUSTOM_AUTH", AuthParameters={})
    with refused("ResourceNotFoundException"):
        cognito.initiate_auth(ClientId="nosuchclient", AuthFlow="USER_PASSWORD_AUTH", AuthParameters={})


def test_an_administrator_signs_a_user_in_through_the_same_challenges(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    pool.add("tess", email="tess@example.com", status="FORCE_CHANGE_PASSWORD")
    step = cognito.admin_initiate_auth(
        UserPoolId=pool.id,
        ClientId=pool.client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "tess", "PASSWORD": PASSWORD},
    )
    answer = cognito.admin_respond_to_auth_challenge(
        UserPoolId=pool.id,
        ClientId=pool.client_id,
        ChallengeName=step["ChallengeName"],
        Session=step["Session"],
        ChallengeResponses={"USERNAME": "tess", "NEW_PASSWORD": NEW_PASSWORD},
    )
    assert bearer(cognito, answer) == "tess"


def test_sign_ins_are_recorded_where_the_plan_includes_it(
    ada: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    begin(cognito, ada, "ada")
    with refused("UserPoolAddOnNotEnabledException"):
        cognito.admin_list_user_auth_events(UserPoolId=ada.id, Username="ada")
    ada.configure({"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}})
    with refused("NotAuthorizedException"):
        begin(cognito, ada, "ada", "Wrong-1!")
    first = cognito.admin_list_user_auth_events(UserPoolId=ada.id, Username="ada", MaxResults=1)
    second = cognito.admin_list_user_auth_events(UserPoolId=ada.id, Username="ada", NextToken=first["NextToken"])
    assert [event["EventResponse"] for event in first["AuthEvents"] + second["AuthEvents"]] == ["Fail", "Pass"]
