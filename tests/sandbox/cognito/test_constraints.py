"""What Cognito checks at the server: wrong and missing input is refused politely, never with a crash."""

import json
import random
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from sandbox.cognito.constraints import input_shape, service_model
from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.pairs import pairs

ARTICLE = (
    "AdminConfirmSignUp",
    "AdminCreateUser",
    "AdminGetUser",
    "AdminLinkProviderForUser",
    "AdminDisableProviderForUser",
    "AdminListUserAuthEvents",
    "AdminResetUserPassword",
    "AdminSetUserPassword",
    "AdminUpdateUserAttributes",
    "AdminUserGlobalSignOut",
    "ConfirmSignUp",
    "DescribeIdentityProvider",
    "DescribeUserPool",
    "ForgotPassword",
    "ConfirmForgotPassword",
    "GetUser",
    "GetUserAttributeVerificationCode",
    "InitiateAuth",
    "AdminInitiateAuth",
    "ListIdentityProviders",
    "ListUsers",
    "ResendConfirmationCode",
    "RespondToAuthChallenge",
    "SignUp",
    "UpdateIdentityProvider",
    "UpdateUserAttributes",
    "UpdateUserPool",
    "VerifyUserAttribute",
)
SIGNATURE = "AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/us-east-1/cognito-idp/aws4_request, Signature=x"


def send(server: CognitoServer, operation: str, body: Any, *, signature: str = SIGNATURE) -> tuple[int, Any]:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {
        "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
        "Authorization": signature,
        "Content-Type": "application/x-amz-json-1.1",
    }
    try:
        with urlopen(Request(server.url, text, headers)) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.parametrize(
    ("operation", "change", "words"),
    [
        ("AdminGetUser", {"UserPoolId": "nonsense"}, "'userPoolId' failed to satisfy constraint"),
        ("AdminGetUser", {"UserPoolId": "us-east-1_" + "a" * 60}, "less than or equal to 55"),
        ("AdminGetUser", {"Username": "a b"}, "Value at 'username'"),
        ("AdminGetUser", {"Username": "a" * 129}, "less than or equal to 128"),
        ("AdminGetUser", {"Username": "zero\u200bwidth"}, "regular expression pattern"),
        ("AdminGetUser", {"Username": ""}, "greater than or equal to 1"),
        ("AdminGetUser", {"Username": None}, "Value null at 'username'"),
        ("ListUsers", {"Limit": 61}, "less than or equal to 60"),
        ("ListUsers", {"Limit": -1}, "greater than or equal to 0"),
        ("ListUsers", {"Filter": "x" * 257}, "less than or equal to 256"),
        ("ListUsers", {"AttributesToGet": [""]}, "'attributesToGet.1.member'"),
        ("ListIdentityProviders", {"MaxResults": 61}, "less than or equal to 60"),
        ("DescribeIdentityProvider", {"ProviderName": "x" * 33}, "less than or equal to 32"),
        ("UpdateIdentityProvider", {"ProviderName": "x", "AttributeMapping": {"x" * 33: "y"}}, "32"),
        ("AdminUpdateUserAttributes", {"UserAttributes": [{"Value": "x"}]}, "userAttributes.1.member.name"),
        (
            "AdminUpdateUserAttributes",
            {"UserAttributes": pairs({"name": "x" * 2049})},
            "less than or equal to 2048",
        ),
        ("AdminCreateUser", {"MessageAction": "SHOUT"}, "enum value set: [RESEND, SUPPRESS]"),
        ("AdminCreateUser", {"TemporaryPassword": "a b"}, "Value at 'temporaryPassword'"),
    ],
)
def test_values_beyond_the_limits_are_refused(
    server: CognitoServer, pool: LivePool, operation: str, change: dict[str, Any], words: str
) -> None:
    pool.add("ada", email="ada@example.com")
    status, answer = send(server, operation, {"UserPoolId": pool.id, "Username": "ada", **change})
    assert status == 400
    assert answer["__type"] == "InvalidParameterException"
    assert words in answer["message"]


def test_several_errors_are_counted_and_secrets_are_not_repeated(server: CognitoServer) -> None:
    status, answer = send(server, "SignUp", {"ClientId": "", "Username": "ada", "Password": "my secret"})
    assert status == 400
    assert answer["message"].startswith("3 validation errors detected: ")
    assert "my secret" not in answer["message"]


@pytest.mark.parametrize("operation", ARTICLE)
def test_wrong_and_missing_input_never_crashes_the_server(
    server: CognitoServer, pool: LivePool, operation: str
) -> None:
    pool.add("ada", email="ada@example.com", email_verified=True)
    pool.add_provider("Google", "Google", {"email": "email"})
    good: dict[str, Any] = {
        "UserPoolId": pool.id,
        "Username": "ada",
        "ClientId": pool.client_id,
        "AccessToken": pool.token("ada"),
        "ProviderName": "Google",
        "UserAttributes": pairs({"email": "new@example.com"}),
        "AttributeName": "email",
        "Code": "123456",
        "ConfirmationCode": "123456",
        "Password": "Correct-1!",
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "ada", "PASSWORD": "Wrong-1!"},
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "ChallengeResponses": {"USERNAME": "ada"},
        "Session": "s" * 30,
        "DestinationUser": {"ProviderName": "Cognito", "ProviderAttributeValue": "ada"},
        "SourceUser": {"ProviderName": "Google"},
        "User": {"ProviderName": "Google"},
    }
    odd: tuple[Any, ...] = (
        None,
        "",
        " ",
        "x",
        "\u202e",
        "x" * 5000,
        0,
        -1,
        61,
        True,
        [],
        {},
        [None],
        [{}],
        {"": ""},
        "'\"\\",
        "é😀",
    )
    chance = random.Random(operation)  # noqa: S311 - repeatable variety, no secret
    members = list(input_shape(operation)["members"])
    bodies: list[Any] = [{}, [], "text", 7, None, b"", b"{", b"\xff\xfe", good]
    for name in members:
        bodies += [{**good, name: value} for value in odd]
    bodies += [{name: chance.choice(odd) for name in members} for _ in range(20)]
    for body in bodies:
        status, answer = send(server, operation, body)
        assert status in {200, 400}, (body, answer)
        if status == 400:
            assert answer["__type"].endswith("Exception")


def test_unknown_operations_are_refused(server: CognitoServer) -> None:
    assert send(server, "MakeCoffee", {}) == (400, {"__type": "UnknownOperationException", "message": ""})
    status, answer = send(server, "DescribeTerms", {"UserPoolId": "us-east-1_x", "TermsId": "x"})
    assert status == 400
    assert answer["__type"] in {"InvalidParameterException", "UnsupportedOperationException"}


def test_operations_of_iam_want_a_signature_and_the_others_do_not(server: CognitoServer, pool: LivePool) -> None:
    status, answer = send(server, "DescribeUserPool", {"UserPoolId": pool.id}, signature="")
    assert (status, answer["__type"]) == (400, "MissingAuthenticationTokenException")
    pool.add("ada", email="ada@example.com")
    status, answer = send(server, "GetUser", {"AccessToken": pool.token("ada")}, signature="")
    assert (status, answer["Username"]) == (200, "ada")


def test_every_operation_of_the_article_is_one_that_aws_knows() -> None:
    assert set(ARTICLE) <= set(service_model()["operations"])
