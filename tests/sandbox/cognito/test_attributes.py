"""What changing an attribute does to the flag, to the old address and to the mailbox."""

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.contested import Contested
from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.pairs import pairs
from tests.sandbox.cognito.refusals import refused

OLD, NEW = "ada@example.com", "ada.new@example.com"
CHANGE = pairs({"email": NEW})


@pytest.fixture
def ada(pool: LivePool) -> LivePool:
    pool.add("ada", email=OLD, email_verified=True)
    return pool


def test_a_users_own_change_clears_the_flag_and_mails_a_code_to_the_new_address(
    ada: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    answer = cognito.update_user_attributes(AccessToken=ada.token("ada"), UserAttributes=CHANGE)
    assert answer["CodeDeliveryDetailsList"] == [
        {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    ]
    assert ada.user("ada").email == NEW
    assert not ada.user("ada").email_verified
    assert ada.holder(OLD) is None
    assert ada.holder(NEW) is None
    assert [mail.to for mail in ada.mail] == [NEW]


def test_an_administrators_change_without_the_flag_does_the_same(
    ada: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    answer = cognito.admin_update_user_attributes(UserPoolId=ada.id, Username="ada", UserAttributes=CHANGE)
    assert "CodeDeliveryDetailsList" not in answer
    assert not ada.user("ada").email_verified
    assert [mail.to for mail in ada.mail] == [NEW]


def test_a_pool_that_verifies_nothing_by_itself_sends_nothing(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create("silent", auto_verify=())
    pool.add("ada", email=OLD, email_verified=True)
    answer = cognito.update_user_attributes(AccessToken=pool.token("ada"), UserAttributes=CHANGE)
    assert answer["CodeDeliveryDetailsList"] == []
    assert not pool.user("ada").email_verified
    assert pool.mail == ()


def test_sending_the_same_address_again_changes_nothing_and_mails_nothing(
    ada: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    same = pairs({"email": OLD})
    cognito.update_user_attributes(AccessToken=ada.token("ada"), UserAttributes=same)
    cognito.admin_update_user_attributes(UserPoolId=ada.id, Username="ada", UserAttributes=same)
    assert ada.user("ada").email_verified
    assert ada.mail == ()


def test_a_user_cannot_verify_themselves(
    ada: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    ada.write("ada", {"email_verified": "false"})
    flag = pairs({"email_verified": "true"})
    cognito.update_user_attributes(AccessToken=ada.token("ada"), UserAttributes=flag)
    assert not ada.user("ada").email_verified
    server.contested = Contested(self_verified="refused")
    with refused("InvalidParameterException"):
        cognito.update_user_attributes(AccessToken=ada.token("ada"), UserAttributes=flag)


def test_a_flag_needs_an_address(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    pool.add("nemo")
    flag = pairs({"email_verified": "true"})
    with refused("InvalidParameterException", "Email is required to verify/un-verify an email"):
        cognito.admin_update_user_attributes(UserPoolId=pool.id, Username="nemo", UserAttributes=flag)


def test_a_blank_value_deletes_an_attribute_and_its_flag(ada: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    blank = pairs({"email": ""})
    cognito.admin_update_user_attributes(UserPoolId=ada.id, Username="ada", UserAttributes=blank)
    assert set(ada.user("ada").attributes) == {"sub"}


def test_an_administrator_can_delete_attributes(ada: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    ada.write("ada", {"name": "Ada"})
    cognito.admin_delete_user_attributes(UserPoolId=ada.id, Username="ada", UserAttributeNames=["name"])
    assert "name" not in ada.user("ada").attributes
    cognito.admin_delete_user_attributes(UserPoolId=ada.id, Username="ada", UserAttributeNames=["email_verified"])
    assert "email_verified" not in ada.user("ada").attributes


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [
        ("email", "not an address", "Invalid email address format."),
        ("phone_number", "555 0100", "Invalid phone number format."),
        ("email_verified", "maybe", "email_verified: Value must be a boolean."),
        ("custom:tier", "gold", "custom:tier: Attribute does not exist in the schema."),
        ("sub", "1", "user.sub: Attribute cannot be updated."),
        ("birthdate", "1815", "birthdate: String must be no shorter than 10 characters"),
        ("identities", "[]", "identities: Attribute does not exist in the schema."),
    ],
)
def test_values_that_do_not_fit_the_schema_are_refused_and_change_nothing(
    ada: LivePool, cognito: CognitoIdentityProviderClient, attribute: str, value: str, words: str
) -> None:
    before = ada.user("ada")
    pair = pairs({attribute: value})
    with refused("InvalidParameterException", words):
        cognito.admin_update_user_attributes(UserPoolId=ada.id, Username="ada", UserAttributes=[*CHANGE, *pair])
    assert ada.user("ada") == before


def test_flags_are_stored_in_lower_case(ada: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    ada.write("ada", {"email_verified": "false"})
    flag = pairs({"email_verified": "True"})
    cognito.admin_update_user_attributes(UserPoolId=ada.id, Username="ada", UserAttributes=flag)
    assert ada.user("ada").attributes["email_verified"] == "true"


def test_a_required_attribute_cannot_be_deleted(server: CognitoServer, cognito: CognitoIdentityProviderClient) -> None:
    pool = server.pools.create("strict", required=("email",))
    pool.add("ada", email=OLD)
    with refused("InvalidParameterException", "The attribute email is required"):
        cognito.admin_update_user_attributes(UserPoolId=pool.id, Username="ada", UserAttributes=pairs({"email": ""}))


def test_an_app_client_that_may_not_write_the_address_is_refused(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create("narrow", write_attributes=("name",), read_attributes=("name",))
    pool.add("ada", email=OLD, email_verified=True, attributes={"name": "Ada"})
    token = pool.token("ada")
    with refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"):
        cognito.update_user_attributes(AccessToken=token, UserAttributes=CHANGE)
    shown = cognito.get_user(AccessToken=token)["UserAttributes"]
    assert {pair["Name"] for pair in shown} == {"sub", "name"}


def test_mail_that_cannot_be_delivered_leaves_the_change_behind(
    ada: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    ada.configure({"EmailConfigurationFailure": "The SES identity is gone."})
    with refused("CodeDeliveryFailureException"):
        cognito.update_user_attributes(AccessToken=ada.token("ada"), UserAttributes=CHANGE)
    assert ada.user("ada").email == NEW
    other = pairs({"email": "third@example.com"})
    cognito.admin_update_user_attributes(UserPoolId=ada.id, Username="ada", UserAttributes=other)
    assert ada.user("ada").email == "third@example.com"


def test_with_a_sender_function_of_its_own_the_pool_sends_nothing(
    ada: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    ada.configure({"LambdaConfig": {"CustomEmailSender": {"LambdaArn": "arn", "LambdaVersion": "V1_0"}}})
    cognito.update_user_attributes(AccessToken=ada.token("ada"), UserAttributes=CHANGE)
    assert ada.mail == ()


def test_a_federated_profiles_flag_can_be_set_or_refused(
    pool: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    pool.add_provider("Google", "Google", {"email": "email"})
    gil = pool.sign_in("Google", {"sub": "1", "email": "gil@example.com"})
    flag = pairs({"email_verified": "true"})
    cognito.admin_update_user_attributes(UserPoolId=pool.id, Username=gil.username, UserAttributes=flag)
    assert pool.user(gil.username).email_verified
    server.contested = Contested(federated_admin_flag="refused")
    with refused("InvalidParameterException"):
        cognito.admin_update_user_attributes(UserPoolId=pool.id, Username=gil.username, UserAttributes=flag)
