"""Pools that keep the original address until the new one is verified."""

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.pairs import pairs
from tests.sandbox.cognito.refusals import refused

OLD, NEW = "pia@example.com", "pia.new@example.com"
CHANGE = pairs({"email": NEW})
VERIFIED = pairs({"email_verified": "true"})


@pytest.fixture
def pia(server: CognitoServer) -> LivePool:
    pool = server.pools.create("careful", keep_original=True)
    pool.add("pia", email=OLD, email_verified=True)
    return pool


def test_a_change_waits_and_no_call_shows_it(pia: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    token = pia.token("pia")
    cognito.update_user_attributes(AccessToken=token, UserAttributes=CHANGE)
    assert [mail.to for mail in pia.mail] == [NEW]
    answers = (
        str(cognito.get_user(AccessToken=token)["UserAttributes"]),
        str(cognito.admin_get_user(UserPoolId=pia.id, Username=OLD)["UserAttributes"]),
        str(cognito.list_users(UserPoolId=pia.id)["Users"]),
    )
    for shown in answers:
        assert OLD in shown
        assert NEW not in shown
    assert pia.user("pia").email_verified
    assert pia.user("pia").pending == {"email": NEW}


def test_the_code_puts_the_new_address_in_force(
    pia: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    token = pia.token("pia")
    cognito.update_user_attributes(AccessToken=token, UserAttributes=CHANGE)
    cognito.verify_user_attribute(AccessToken=token, AttributeName="email", Code=server.mailbox.code(NEW))
    holder = pia.holder(NEW)
    assert holder is not None
    assert holder.email_verified
    assert holder.pending == {}
    assert pia.holder(OLD) is None


def test_a_code_asked_for_goes_to_the_old_address_and_leaves_the_change_waiting(
    pia: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    token = pia.token("pia")
    cognito.update_user_attributes(AccessToken=token, UserAttributes=CHANGE)
    cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    assert [mail.to for mail in pia.mail] == [NEW, OLD]
    code = pia.mail[-1].code
    cognito.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    assert pia.user("pia").email == OLD
    assert pia.user("pia").pending == {"email": NEW}


def test_sending_the_change_again_sends_its_code_again(pia: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    token = pia.token("pia")
    for _ in range(2):
        cognito.update_user_attributes(AccessToken=token, UserAttributes=CHANGE)
    assert [mail.to for mail in pia.mail] == [NEW, NEW]
    with refused("CodeMismatchException"):
        cognito.verify_user_attribute(AccessToken=token, AttributeName="email", Code=pia.mail[0].code)
    cognito.verify_user_attribute(AccessToken=token, AttributeName="email", Code=pia.mail[1].code)
    assert pia.user("pia").email == NEW


def test_an_administrators_change_without_the_flag_waits_as_well(
    pia: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    cognito.admin_update_user_attributes(UserPoolId=pia.id, Username="pia", UserAttributes=CHANGE)
    assert pia.user("pia").email == OLD
    assert pia.user("pia").email_verified
    assert [mail.to for mail in pia.mail] == [NEW]


def test_an_administrators_change_with_the_flag_waits_for_nothing(
    pia: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    cognito.admin_update_user_attributes(UserPoolId=pia.id, Username="pia", UserAttributes=[*CHANGE, *VERIFIED])
    assert pia.user("pia").email == NEW
    assert pia.user("pia").email_verified
    assert pia.mail == ()


def test_setting_the_flag_alone_leaves_the_change_waiting(
    pia: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    cognito.update_user_attributes(AccessToken=pia.token("pia"), UserAttributes=CHANGE)
    cognito.admin_update_user_attributes(UserPoolId=pia.id, Username="pia", UserAttributes=VERIFIED)
    assert pia.user("pia").email == OLD
    assert pia.user("pia").pending == {"email": NEW}


def test_a_later_change_makes_the_earlier_ones_code_worthless(
    pia: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    token = pia.token("pia")
    cognito.update_user_attributes(AccessToken=token, UserAttributes=CHANGE)
    third = pairs({"email": "pia.third@example.com"})
    cognito.update_user_attributes(AccessToken=token, UserAttributes=third)
    with refused("ExpiredCodeException"):
        cognito.verify_user_attribute(AccessToken=token, AttributeName="email", Code=pia.mail[0].code)
    assert pia.user("pia").email == OLD
