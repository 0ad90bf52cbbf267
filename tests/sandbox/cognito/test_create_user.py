"""Creating users as an administrator: invitations, flags and taken addresses."""

from typing import Any

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.pairs import pairs
from tests.sandbox.cognito.refusals import refused

ADDRESS = "cleo@example.com"
EMAIL = pairs({"email": ADDRESS})
VERIFIED = [*EMAIL, *pairs({"email_verified": "true"})]


def test_a_new_user_must_change_the_password_and_is_invited_by_mail_when_asked(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    user = cognito.admin_create_user(
        UserPoolId=pool.id, Username="cleo", UserAttributes=EMAIL, DesiredDeliveryMediums=["EMAIL"]
    )["User"]
    assert user["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert user["Enabled"] is True
    assert {"Name": "email", "Value": ADDRESS} in user["Attributes"]
    assert not pool.user("cleo").email_verified
    (mail,) = pool.mail
    assert mail.to == ADDRESS
    assert mail.subject == "Your temporary password"
    assert mail.body.startswith("Your username is cleo and temporary password is ")


def test_without_a_medium_it_is_a_text_message_and_no_mail(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    cognito.admin_create_user(UserPoolId=pool.id, Username="cleo", UserAttributes=EMAIL)
    assert [mail.to for mail in pool.mail] == []
    phone = pairs({"phone_number": "+15550188"})
    cognito.admin_create_user(UserPoolId=pool.id, Username="cleo2", UserAttributes=[*EMAIL, *phone])
    assert [mail.to for mail in pool.mail] == ["+15550188"]


def test_a_suppressed_invitation_is_not_sent(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    cognito.admin_create_user(
        UserPoolId=pool.id,
        Username="cleo",
        UserAttributes=EMAIL,
        MessageAction="SUPPRESS",
        DesiredDeliveryMediums=["EMAIL"],
    )
    assert pool.mail == ()


def test_an_invitation_can_be_sent_again_until_the_first_sign_in(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    def resend() -> None:
        cognito.admin_create_user(
            UserPoolId=pool.id, Username="cleo", MessageAction="RESEND", DesiredDeliveryMediums=["EMAIL"]
        )

    with refused("UserNotFoundException"):
        resend()
    cognito.admin_create_user(
        UserPoolId=pool.id, Username="cleo", UserAttributes=EMAIL, DesiredDeliveryMediums=["EMAIL"]
    )
    resend()
    first, second = (mail.body for mail in pool.mail)
    assert first != second
    pool.set_status("cleo", "CONFIRMED")
    with refused("UnsupportedUserStateException"):
        resend()
    assert len(pool.users) == 1


def test_who_cannot_be_invited_by_mail_exists_all_the_same(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    pool.configure({"EmailConfigurationFailure": "broken"})
    with refused("CodeDeliveryFailureException"):
        cognito.admin_create_user(
            UserPoolId=pool.id, Username="cleo", UserAttributes=EMAIL, DesiredDeliveryMediums=["EMAIL"]
        )
    assert pool.user("cleo").status == "FORCE_CHANGE_PASSWORD"


def test_a_verified_new_user_takes_a_free_address(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    cognito.admin_create_user(UserPoolId=pool.id, Username="cleo", UserAttributes=VERIFIED)
    holder = pool.holder(ADDRESS)
    assert holder is not None
    assert holder.username == "cleo"


def test_a_taken_address_is_refused_unless_forced(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.add("first", email=ADDRESS, email_verified=True)
    with refused("AliasExistsException", "An account with the email already exists."):
        cognito.admin_create_user(UserPoolId=pool.id, Username="cleo", UserAttributes=VERIFIED)
    assert [user.username for user in pool.users] == ["first"]
    cognito.admin_create_user(UserPoolId=pool.id, Username="cleo", UserAttributes=VERIFIED, ForceAliasCreation=True)
    assert pool.user("cleo").email_verified
    assert not pool.user("first").email_verified


def test_force_means_nothing_without_the_flag(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.add("first", email=ADDRESS, email_verified=True)
    for name, attributes in (
        ("absent", EMAIL),
        ("false", [*EMAIL, *pairs({"email_verified": "false"})]),
    ):
        cognito.admin_create_user(UserPoolId=pool.id, Username=name, UserAttributes=attributes, ForceAliasCreation=True)
        assert not pool.user(name).email_verified
    assert pool.user("first").email_verified


@pytest.mark.parametrize("force", [True, False])
def test_where_the_address_is_the_user_name_force_changes_nothing(
    server: CognitoServer, cognito: CognitoIdentityProviderClient, force: bool
) -> None:
    pool = server.pools.create("login", email_login=True)
    pool.add("", email=ADDRESS, email_verified=False)
    with refused("UsernameExistsException", "An account with the given email already exists."):
        cognito.admin_create_user(
            UserPoolId=pool.id, Username=ADDRESS, UserAttributes=VERIFIED, ForceAliasCreation=force
        )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Username": "first"}, "UsernameExistsException"),
        ({"Username": "x@example.com"}, "InvalidParameterException"),
        ({"TemporaryPassword": "short"}, "InvalidPasswordException"),
        ({"UserAttributes": pairs({"email": "no"})}, "InvalidParameterException"),
        ({"UserAttributes": pairs({"email_verified": "sure"})}, "InvalidParameterException"),
        ({"MessageAction": "SHOUT"}, "InvalidParameterException"),
    ],
)
def test_a_wrong_request_creates_nobody(
    pool: LivePool, cognito: CognitoIdentityProviderClient, change: dict[str, Any], code: str
) -> None:
    pool.add("first", email=ADDRESS)
    request: Any = {"UserPoolId": pool.id, "Username": "cleo", "UserAttributes": EMAIL, **change}
    with refused(code):
        cognito.admin_create_user(**request)
    assert [user.username for user in pool.users] == ["first"]


def test_required_attributes_may_wait_for_the_first_sign_in(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create("strict", required=("family_name",))
    cognito.admin_create_user(UserPoolId=pool.id, Username="cleo", UserAttributes=EMAIL)
    assert "family_name" not in pool.user("cleo").attributes
