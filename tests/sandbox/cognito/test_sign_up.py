"""Signing up, confirming, and what happens when the address is somebody else's."""

from datetime import timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.clients import secret_hash
from sandbox.cognito.contested import Contested
from sandbox.cognito.livepool import LivePool
from sandbox.cognito.pool import PreSignUp
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.pairs import pairs
from tests.sandbox.cognito.refusals import refused

ADDRESS, PASSWORD = "dora@example.com", "Correct-horse-1"
EMAIL = pairs({"email": ADDRESS})


def sign_up(cognito: CognitoIdentityProviderClient, pool: LivePool, name: str = "dora.new") -> Any:
    return cognito.sign_up(ClientId=pool.client_id, Username=name, Password=PASSWORD, UserAttributes=EMAIL)


def confirm(cognito: CognitoIdentityProviderClient, pool: LivePool, code: str, *, force: bool = False) -> None:
    cognito.confirm_sign_up(
        ClientId=pool.client_id, Username="dora.new", ConfirmationCode=code, ForceAliasCreation=force
    )


def test_a_sign_up_is_unfinished_until_its_code_is_entered(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    answer = sign_up(cognito, pool)
    assert answer["UserConfirmed"] is False
    assert answer["UserSub"] == pool.user("dora.new").sub
    assert answer["CodeDeliveryDetails"]["Destination"] == "d***@e***"
    assert pool.user("dora.new").status == "UNCONFIRMED"
    assert not pool.user("dora.new").email_verified
    confirm(cognito, pool, pool.mail[-1].code)
    assert pool.user("dora.new").status == "CONFIRMED"
    assert pool.user("dora.new").email_verified
    with refused("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"):
        confirm(cognito, pool, pool.mail[-1].code)
    pool.set_status("dora.new", "UNCONFIRMED")
    with refused("ExpiredCodeException"):
        confirm(cognito, pool, pool.mail[-1].code)


def test_a_taken_address_shows_only_at_the_confirmation(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.add("dora", email=ADDRESS, email_verified=True)
    sign_up(cognito, pool)
    assert [mail.to for mail in pool.mail] == [ADDRESS]
    code = pool.mail[-1].code
    with refused("AliasExistsException", "An account with the email already exists."):
        confirm(cognito, pool, code)
    assert pool.user("dora.new").status == "UNCONFIRMED"
    assert pool.user("dora").email_verified
    confirm(cognito, pool, code, force=True)
    assert pool.user("dora.new").email_verified
    assert not pool.user("dora").email_verified
    holder = pool.holder(ADDRESS)
    assert holder is not None
    assert holder.username == "dora.new"
    assert len(pool.mail) == 1


def test_a_refused_confirmation_may_use_up_the_code(
    pool: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    server.contested = Contested(refused_confirmation_burns_code=True)
    pool.add("dora", email=ADDRESS, email_verified=True)
    sign_up(cognito, pool)
    with refused("AliasExistsException"):
        confirm(cognito, pool, pool.mail[-1].code)
    with refused("ExpiredCodeException"):
        confirm(cognito, pool, pool.mail[-1].code, force=True)
    assert pool.user("dora").email_verified


def test_a_wrong_code_comes_before_a_taken_address(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.add("dora", email=ADDRESS, email_verified=True)
    sign_up(cognito, pool)
    wrong = f"{(int(pool.mail[-1].code) + 1) % 10**6:06}"
    for force in (False, True):
        with refused("CodeMismatchException"):
            confirm(cognito, pool, wrong, force=force)
    assert pool.user("dora").email_verified


def test_a_sign_up_code_works_for_a_day_and_can_be_sent_again(
    pool: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    sign_up(cognito, pool)
    server.clock.forward(timedelta(hours=24))
    with refused("ExpiredCodeException"):
        confirm(cognito, pool, pool.mail[-1].code)
    answer = cognito.resend_confirmation_code(ClientId=pool.client_id, Username="dora.new")
    assert answer["CodeDeliveryDetails"]["AttributeName"] == "email"
    confirm(cognito, pool, pool.mail[-1].code)
    with refused("InvalidParameterException", "User is already confirmed."):
        cognito.resend_confirmation_code(ClientId=pool.client_id, Username="dora.new")


def test_five_sign_up_codes_an_hour_and_fifteen_tries(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    sign_up(cognito, pool)
    for _ in range(5):
        cognito.resend_confirmation_code(ClientId=pool.client_id, Username="dora.new")
    with refused("LimitExceededException"):
        cognito.resend_confirmation_code(ClientId=pool.client_id, Username="dora.new")
    code = pool.mail[-1].code
    for _ in range(15):
        with refused("CodeMismatchException"):
            confirm(cognito, pool, pool.mail[0].code)
    with refused("LimitExceededException"):
        confirm(cognito, pool, code)


def test_an_administrators_confirmation_does_not_verify_the_address(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    sign_up(cognito, pool)
    cognito.admin_confirm_sign_up(UserPoolId=pool.id, Username="dora.new")
    assert pool.user("dora.new").status == "CONFIRMED"
    assert not pool.user("dora.new").email_verified
    with refused("NotAuthorizedException", "Current status is CONFIRMED"):
        cognito.admin_confirm_sign_up(UserPoolId=pool.id, Username="dora.new")


def test_where_the_address_is_the_user_name_a_duplicate_is_refused_at_once(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create("login", email_login=True)
    pool.add("", email=ADDRESS, email_verified=False)
    with refused("UsernameExistsException", "An account with the given email already exists."):
        sign_up(cognito, pool, ADDRESS)
    with refused("InvalidParameterException", "Username should be an email."):
        sign_up(cognito, pool, "dora")
    made = cognito.sign_up(ClientId=pool.client_id, Username="eli@example.com", Password=PASSWORD)
    eli = pool.user("eli@example.com")
    assert eli.username == made["UserSub"]
    assert eli.email == "eli@example.com"
    code = pool.mail[-1].code
    cognito.confirm_sign_up(ClientId=pool.client_id, Username="eli@example.com", ConfirmationCode=code)
    assert pool.user("eli@example.com").email_verified


def test_the_phone_comes_first_when_both_are_verified_by_code(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create("both", auto_verify=("email", "phone_number"))
    attributes = [*EMAIL, *pairs({"phone_number": "+15550100"})]
    cognito.sign_up(ClientId=pool.client_id, Username="dora.new", Password=PASSWORD, UserAttributes=attributes)
    assert [mail.to for mail in pool.mail] == ["+15550100"]
    confirm(cognito, pool, pool.mail[-1].code)
    assert pool.user("dora.new").attributes["phone_number_verified"] == "true"
    assert not pool.user("dora.new").email_verified


def test_a_pool_that_verifies_nothing_sends_no_sign_up_code(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create("silent", auto_verify=())
    assert "CodeDeliveryDetails" not in sign_up(cognito, pool)
    assert pool.mail == ()
    with refused("NotAuthorizedException", "Cannot resend codes. Auto verification not turned on."):
        cognito.resend_confirmation_code(ClientId=pool.client_id, Username="dora.new")


@pytest.mark.parametrize(
    ("name", "password", "attributes", "code", "words"),
    [
        ("taken", PASSWORD, EMAIL, "UsernameExistsException", "User already exists"),
        ("x@example.com", PASSWORD, EMAIL, "InvalidParameterException", "Username cannot be of email format"),
        ("new", "short", EMAIL, "InvalidPasswordException", "Password not long enough"),
        ("new", "lower-case-1", EMAIL, "InvalidPasswordException", "uppercase"),
        ("new", "UPPER-CASE-1", EMAIL, "InvalidPasswordException", "lowercase"),
        ("new", "No-digits-here", EMAIL, "InvalidPasswordException", "numeric"),
        ("new", "NoSymbols1", EMAIL, "InvalidPasswordException", "symbol"),
        (
            "new",
            PASSWORD,
            [*EMAIL, *pairs({"email_verified": "true"})],
            "NotAuthorizedException",
            "A client attempted to write unauthorized attribute",
        ),
        ("new", PASSWORD, pairs({"email": "no"}), "InvalidParameterException", "Invalid email"),
    ],
)
def test_a_sign_up_that_breaks_a_rule_creates_nobody(
    pool: LivePool,
    cognito: CognitoIdentityProviderClient,
    name: str,
    password: str,
    attributes: Any,
    code: str,
    words: str,
) -> None:
    pool.add("taken", email="taken@example.com")
    with refused(code, words):
        cognito.sign_up(ClientId=pool.client_id, Username=name, Password=password, UserAttributes=attributes)
    assert [user.username for user in pool.users] == ["taken"]
    assert pool.mail == ()


def test_required_attributes_are_required(server: CognitoServer, cognito: CognitoIdentityProviderClient) -> None:
    pool = server.pools.create("strict", required=("email", "family_name"))
    with refused("InvalidParameterException", "family_name: The attribute is required"):
        sign_up(cognito, pool)


def test_a_pool_may_be_closed_to_sign_ups(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.configure({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}})
    with refused("NotAuthorizedException", "SignUp is not permitted for this user pool"):
        sign_up(cognito, pool)


def test_a_client_with_a_secret_wants_its_hash(server: CognitoServer, cognito: CognitoIdentityProviderClient) -> None:
    pool = server.pools.create("secretive", client_secret=True)
    with refused("NotAuthorizedException", "is configured with secret but SECRET_HASH was not received"):
        sign_up(cognito, pool)
    hashes = (secret_hash("somebody", pool.client_id, pool.client_secret), "bm9uc2Vuc2U=")
    for wrong in hashes:
        with refused("NotAuthorizedException", f"Unable to verify secret hash for client {pool.client_id}"):
            cognito.sign_up(
                ClientId=pool.client_id, SecretHash=wrong, Username="dora", Password=PASSWORD, UserAttributes=EMAIL
            )
    good = secret_hash("dora", pool.client_id, pool.client_secret)
    cognito.sign_up(ClientId=pool.client_id, SecretHash=good, Username="dora", Password=PASSWORD, UserAttributes=EMAIL)
    cognito.resend_confirmation_code(ClientId=pool.client_id, SecretHash=good, Username="dora")
    code = pool.mail[-1].code
    with refused("NotAuthorizedException"):
        cognito.confirm_sign_up(ClientId=pool.client_id, Username="dora", ConfirmationCode=code)
    cognito.confirm_sign_up(ClientId=pool.client_id, SecretHash=good, Username="dora", ConfirmationCode=code)
    assert pool.user("dora").email_verified


def test_unknown_users_are_hidden_where_the_client_says_so(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    secretive, open_ = server.pools.create("secretive"), server.pools.create("open", hides_users=False)
    details = cognito.resend_confirmation_code(ClientId=secretive.client_id, Username="nobody")
    assert "Destination" in details["CodeDeliveryDetails"]
    with refused("ExpiredCodeException"):
        cognito.confirm_sign_up(ClientId=secretive.client_id, Username="nobody", ConfirmationCode="123456")
    with refused("UserNotFoundException", "Username/client id combination not found."):
        cognito.resend_confirmation_code(ClientId=open_.client_id, Username="nobody")
    with refused("UserNotFoundException"):
        cognito.confirm_sign_up(ClientId=open_.client_id, Username="nobody", ConfirmationCode="123456")
    assert secretive.mail == ()


def test_a_user_stays_behind_when_the_code_cannot_be_delivered(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    pool.configure({"EmailConfigurationFailure": "The SES identity is gone."})
    with refused("CodeDeliveryFailureException"):
        sign_up(cognito, pool)
    assert pool.user("dora.new").status == "UNCONFIRMED"


def test_a_pre_sign_up_function_can_move_an_address_without_any_error(
    pool: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    pool.add("dora", email=ADDRESS, email_verified=True)
    pool.trigger(PreSignUp(auto_confirm=True, auto_verify_email=True))
    assert sign_up(cognito, pool)["UserConfirmed"] is True
    assert pool.user("dora.new").email_verified
    assert not pool.user("dora").email_verified
    assert pool.mail == ()


def test_a_pre_sign_up_function_can_refuse(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.trigger(PreSignUp(refusal="No second accounts here"))
    with refused("UserLambdaValidationException", "No second accounts here"):
        sign_up(cognito, pool)
    assert pool.users == ()


def link_in(body: str) -> str:
    return next(word for word in body.split() if word.startswith("http"))


def test_a_link_works_for_a_day(server: CognitoServer, cognito: CognitoIdentityProviderClient) -> None:
    pool = server.pools.create("by-link", by_link=True)
    sign_up(cognito, pool)
    server.clock.forward(timedelta(hours=24))
    with pytest.raises(HTTPError) as caught:
        urlopen(link_in(pool.mail[-1].body))
    with caught.value as answer:
        assert answer.code == 400
    assert pool.user("dora.new").status == "UNCONFIRMED"
    cognito.resend_confirmation_code(ClientId=pool.client_id, Username="dora.new")
    with urlopen(link_in(pool.mail[-1].body)) as answer:
        assert answer.status == 200
    assert pool.user("dora.new").status == "CONFIRMED"


def test_a_link_in_the_mail_confirms_as_the_code_does(
    pool: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    pool.configure(
        {
            "VerificationMessageTemplate": {
                "DefaultEmailOption": "CONFIRM_WITH_LINK",
                "EmailMessageByLink": "Please {##confirm your address##} soon.",
                "EmailSubjectByLink": "Welcome",
            }
        }
    )
    sign_up(cognito, pool)
    mail = pool.mail[-1]
    assert mail.subject == "Welcome"
    assert mail.body.startswith(f"Please confirm your address: {server.url}/confirmUser?")
    with urlopen(link_in(mail.body)) as answer:
        assert answer.status == 200
    assert pool.user("dora.new").email_verified
    token = pool.token("dora.new")
    cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    assert pool.mail[-1].body == f"Your verification code is {pool.mail[-1].code}. "
