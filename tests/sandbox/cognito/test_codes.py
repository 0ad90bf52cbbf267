"""Codes: wrong, old, used, replaced, and how many an hour."""

from datetime import timedelta

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.contested import Contested
from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.pairs import pairs
from tests.sandbox.cognito.refusals import refused

ADDRESS = "ana@example.com"


@pytest.fixture
def ana(pool: LivePool) -> LivePool:
    pool.add("ana", email=ADDRESS, email_verified=False)
    return pool


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def ask(cognito: CognitoIdentityProviderClient, token: str) -> None:
    cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")


def enter(cognito: CognitoIdentityProviderClient, token: str, code: str) -> None:
    cognito.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)


def test_the_code_verifies_the_address_and_takes_it(ana: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    ana.add("rival", email=ADDRESS, email_verified=True)
    token = ana.token("ana")
    details = cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    assert details["CodeDeliveryDetails"]["Destination"] == "a***@e***"
    enter(cognito, token, ana.mail[-1].code)
    holder = ana.holder(ADDRESS)
    assert holder is not None
    assert holder.username == "ana"
    assert not ana.user("rival").email_verified


def test_entering_a_code_for_a_taken_address_can_be_refused(
    ana: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    server.contested = Contested(verify_on_taken_alias="alias_exists")
    ana.add("rival", email=ADDRESS, email_verified=True)
    token = ana.token("ana")
    ask(cognito, token)
    with refused("AliasExistsException"):
        enter(cognito, token, ana.mail[-1].code)
    assert ana.user("rival").email_verified


def test_a_verified_address_can_be_verified_again(ana: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    ana.write("ana", {"email_verified": "true"})
    token = ana.token("ana")
    ask(cognito, token)
    enter(cognito, token, ana.mail[-1].code)
    assert ana.user("ana").email_verified


def test_a_wrong_code_is_refused_and_the_right_one_still_works(
    ana: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    token = ana.token("ana")
    ask(cognito, token)
    code = ana.mail[-1].code
    for entered in (wrong(code), "no-digits", "é", "１２３４５６"):
        with refused("CodeMismatchException", "Invalid verification code provided, please try again."):
            enter(cognito, token, entered)
    assert not ana.user("ana").email_verified
    enter(cognito, token, code)
    assert ana.user("ana").email_verified


def test_a_code_works_for_a_day(ana: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer) -> None:
    ask(cognito, ana.token("ana"))
    server.clock.forward(timedelta(hours=23, minutes=59))
    enter(cognito, ana.token("ana"), ana.mail[-1].code)
    ask(cognito, ana.token("ana"))
    server.clock.forward(timedelta(hours=24))
    with refused("ExpiredCodeException", "Invalid code provided, please request a code again."):
        enter(cognito, ana.token("ana"), ana.mail[-1].code)


def test_a_code_works_once(ana: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    token = ana.token("ana")
    ask(cognito, token)
    enter(cognito, token, ana.mail[-1].code)
    with refused("ExpiredCodeException"):
        enter(cognito, token, ana.mail[-1].code)


def test_a_newer_code_may_replace_the_older_one_or_not(
    ana: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    token = ana.token("ana")
    ask(cognito, token)
    ask(cognito, token)
    older, newer = (mail.code for mail in ana.mail)
    with refused("CodeMismatchException"):
        enter(cognito, token, older)
    enter(cognito, token, newer)
    server.contested = Contested(newer_code_replaces=False)
    ask(cognito, token)
    ask(cognito, token)
    enter(cognito, token, ana.mail[-2].code)


def test_a_code_for_an_address_that_changed_since_is_worthless(
    ana: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    token = ana.token("ana")
    ask(cognito, token)
    other = pairs({"email": "other@example.com"})
    cognito.admin_update_user_attributes(UserPoolId=ana.id, Username="ana", UserAttributes=other)
    with refused("CodeMismatchException"):
        enter(cognito, token, ana.mail[0].code)
    assert not ana.user("ana").email_verified


def test_a_code_stays_worthless_when_the_address_comes_back(
    ana: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    token = ana.token("ana")
    ask(cognito, token)
    for address in ("other@example.com", ADDRESS):
        change = pairs({"email": address, "email_verified": "true"})
        cognito.admin_update_user_attributes(UserPoolId=ana.id, Username="ana", UserAttributes=change)
    with refused("ExpiredCodeException"):
        enter(cognito, token, ana.mail[0].code)


def test_five_codes_an_hour_may_be_asked_for(
    ana: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    token = ana.token("ana")
    for _ in range(5):
        ask(cognito, token)
    with refused("LimitExceededException", "Attempt limit exceeded, please try after some time."):
        ask(cognito, token)
    assert len(ana.mail) == 5
    server.clock.forward(timedelta(hours=1))
    ask(cognito, ana.token("ana"))


def test_fifteen_codes_an_hour_may_be_tried(ana: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    token = ana.token("ana")
    ask(cognito, token)
    code = ana.mail[-1].code
    for _ in range(15):
        with refused("CodeMismatchException"):
            enter(cognito, token, wrong(code))
    with refused("LimitExceededException"):
        enter(cognito, token, code)


def test_only_contacts_are_verified_by_code(ana: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    token = ana.token("ana")
    with refused("InvalidParameterException"):
        cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="name")
    with refused("InvalidParameterException"):
        cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="phone_number")
    with refused("InvalidParameterException"):
        cognito.verify_user_attribute(AccessToken=token, AttributeName="name", Code="123456")


def test_a_phone_number_is_verified_by_text_message(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.add("phil", phone="+15550123", phone_verified=False)
    token = pool.token("phil")
    answer = cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="phone_number")
    assert answer["CodeDeliveryDetails"]["Destination"] == "+*******0123"
    code = pool.mail[-1].code
    cognito.verify_user_attribute(AccessToken=token, AttributeName="phone_number", Code=code)
    assert pool.user("phil").attributes["phone_number_verified"] == "true"


def test_a_mapped_address_may_be_verified_by_code_or_not(
    ana: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    ana.add_provider("Google", "Google", {"email": "email"})
    ana.sign_in("Google", {"sub": "1", "email": "gil@example.com"})
    token = ana.token("Google_1")
    ask(cognito, token)
    enter(cognito, token, ana.mail[-1].code)
    assert ana.user("Google_1").email_verified
    server.contested = Contested(federated_code="refused")
    with refused("InvalidParameterException"):
        ask(cognito, token)
