"""Misbehaviour on demand, the call log, and the levers over HTTP."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.conftest import Connect
from tests.sandbox.cognito.pairs import pairs
from tests.sandbox.cognito.refusals import refused

FLAG = pairs({"email_verified": "true"})


@pytest.fixture
def ada(pool: LivePool) -> LivePool:
    pool.add("ada", email="ada@example.com", email_verified=False)
    return pool


def verify(cognito: CognitoIdentityProviderClient, pool: LivePool) -> Any:
    return cognito.admin_update_user_attributes(UserPoolId=pool.id, Username="ada", UserAttributes=FLAG)


def wait_until(wanted: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not wanted():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def look(cognito: CognitoIdentityProviderClient, pool: LivePool) -> Any:
    return cognito.admin_get_user(UserPoolId=pool.id, Username="ada")


def test_an_operation_can_be_slow(ada: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer) -> None:
    server.faults.delay(0.3, "AdminGetUser")
    began = time.monotonic()
    look(cognito, ada)
    assert time.monotonic() - began >= 0.3


def test_an_operation_can_be_held_up_and_no_other_waits_for_it(
    ada: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    gate = server.faults.hold("AdminGetUser")
    caller = Thread(target=look, args=(cognito, ada))
    caller.start()
    cognito.describe_user_pool(UserPoolId=ada.id)
    wait_until(lambda: gate.has_somebody)
    assert [call.operation for call in ada.calls] == ["DescribeUserPool"]

    gate.open()
    caller.join()
    assert [call.operation for call in ada.calls] == ["DescribeUserPool", "AdminGetUser"]


def test_slow_calls_do_not_wait_for_each_other(
    ada: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    gate = server.faults.hold()
    with ThreadPoolExecutor(8) as threads:
        looking = threads.map(lambda _: look(cognito, ada), range(8))
        wait_until(lambda: gate.arrived == 8)
        gate.open()
        list(looking)


def test_the_next_calls_are_throttled_and_the_one_after_is_not(
    ada: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    server.faults.throttle("AdminUpdateUserAttributes", times=2)
    for _ in range(2):
        with refused("TooManyRequestsException", "Rate exceeded"):
            verify(cognito, ada)
    assert not ada.user("ada").email_verified
    verify(cognito, ada)
    assert ada.user("ada").email_verified


def test_any_error_can_be_asked_for(
    ada: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    server.faults.fail("ConcurrentModificationException", "Someone else is at it.", "UpdateUserPool")
    with refused("ConcurrentModificationException", "Someone else is at it."):
        cognito.update_user_pool(UserPoolId=ada.id)
    server.faults.clear()
    cognito.update_user_pool(UserPoolId=ada.id)


def test_a_breakdown_is_a_500(ada: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer) -> None:
    server.faults.break_down("AdminGetUser", times=1)
    with pytest.raises(ClientError) as caught:
        look(cognito, ada)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert caught.value.response["Error"]["Code"] == "InternalErrorException"


def test_a_reset_connection_changes_nothing_and_a_lost_answer_does(
    ada: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    server.faults.reset("AdminUpdateUserAttributes", times=1)
    with pytest.raises(ConnectionClosedError):
        verify(cognito, ada)
    assert not ada.user("ada").email_verified
    server.faults.lose_answer("AdminUpdateUserAttributes", times=1)
    with pytest.raises(ConnectionClosedError):
        verify(cognito, ada)
    assert ada.user("ada").email_verified
    outcomes = [(call.outcome, call.answered) for call in ada.calls]
    assert outcomes == [("ConnectionReset", False), ("ok", False)]


def test_an_answer_can_come_late_for_what_was_done_in_time(
    ada: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    gate = server.faults.hold_answer("AdminUpdateUserAttributes", times=1)
    caller = Thread(target=verify, args=(cognito, ada))
    caller.start()
    wait_until(lambda: gate.has_somebody)
    assert ada.user("ada").email_verified
    assert caller.is_alive()
    gate.open()
    caller.join()


def test_iam_denies_by_name_and_only_what_it_judges(
    ada: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    server.faults.deny("AdminUpdateUserAttributes", "GetUser")
    with refused("AccessDeniedException", "is not authorized to perform: cognito-idp:AdminUpdateUserAttributes"):
        verify(cognito, ada)
    assert not ada.user("ada").email_verified
    assert cognito.get_user(AccessToken=ada.token("ada"))["Username"] == "ada"
    look(cognito, ada)


def test_unknown_credentials_are_refused_where_they_count(
    ada: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    server.faults.refuse_credentials()
    with refused("UnrecognizedClientException", "The security token included in the request is invalid."):
        look(cognito, ada)
    assert cognito.get_user(AccessToken=ada.token("ada"))["Username"] == "ada"
    server.faults.clear()
    look(cognito, ada)


def test_the_log_names_every_call_and_no_secret(
    ada: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    token = ada.token("ada")
    answer = look(cognito, ada)
    with refused("CodeMismatchException"):
        cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
        cognito.verify_user_attribute(AccessToken=token, AttributeName="email", Code="not-the-code")
    with refused("NotAuthorizedException"):
        cognito.initiate_auth(
            ClientId=ada.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ada", "PASSWORD": "a-guessed-password"},
        )
    assert [(call.operation, call.outcome) for call in ada.calls] == [
        ("AdminGetUser", "ok"),
        ("GetUserAttributeVerificationCode", "ok"),
        ("VerifyUserAttribute", "CodeMismatchException"),
        ("InitiateAuth", "NotAuthorizedException"),
    ]
    assert ada.calls[0].request_id == answer["ResponseMetadata"]["RequestId"]
    assert ada.calls[0].parameters == {"UserPoolId": ada.id, "Username": "ada"}
    shown = str(ada.calls)
    for secret in (token, "not-the-code", "a-guessed-password", ada.mail[-1].code):
        assert secret not in shown


def pull(server: CognitoServer, lever: str, body: Any = None) -> Any:
    method, path = lever.split()
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{server.url}/_control/{path}", data, method=method)) as answer:
        return json.load(answer)


def test_every_lever_can_be_pulled_from_another_process(
    ada: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    pull(server, "DELETE calls")
    pull(server, "DELETE mail")
    pull(server, "POST faults", {"kind": "error", "operation": "AdminGetUser", "times": 1, "code": "OopsException"})
    with refused("OopsException"):
        look(cognito, ada)
    pull(server, "POST deny", {"operations": ["AdminGetUser"]})
    with refused("AccessDeniedException"):
        look(cognito, ada)
    pull(server, "POST credentials", {"refused": True})
    with refused("UnrecognizedClientException"):
        look(cognito, ada)
    pull(server, "DELETE faults")
    look(cognito, ada)
    outcomes = [call["outcome"] for call in pull(server, "GET calls?operation=AdminGetUser")]
    assert outcomes == ["OopsException", "AccessDeniedException", "UnrecognizedClientException", "ok"]

    token = ada.token("ada")
    cognito.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    (mail,) = pull(server, "GET mail?to=ada@example.com")
    assert mail["subject"] == "Your verification code"
    pull(server, "POST clock", {"forward": 86400})
    pull(server, "POST contested", {"listusers_ignores_case": False})
    assert not server.contested.listusers_ignores_case
    with refused("NotAuthorizedException", "Access Token has expired"):
        cognito.get_user(AccessToken=token)

    pull(server, "POST suppression", {"region": "us-east-1", "address": "ada@example.com"})
    assert "ada@example.com" in server.ses["us-east-1"].suppressed
    pull(server, "DELETE suppression", {"region": "us-east-1", "address": "ada@example.com"})
    assert not server.ses["us-east-1"].suppressed

    ada.add_provider("Google", "Google", {"email": "email"})
    claims = {"sub": "1", "email": "gil@example.com"}
    pull(server, "POST sign-in", {"pool": ada.id, "provider": "Google", "claims": claims})
    users = pull(server, f"GET users?pool={ada.id}")
    assert [user["username"] for user in users] == ["ada", "Google_1"]
    assert ada.id in {pool["id"] for pool in pull(server, "GET pools")}


@pytest.mark.parametrize(
    ("lever", "body"),
    [
        ("POST nonsense", {}),
        ("POST faults", {"kind": "error", "colour": "red"}),
        ("POST clock", {"forward": -1}),
        ("POST clock", {}),
        ("POST contested", {"unheard": True}),
        ("GET users", None),
        ("POST sign-in", {"pool": "nowhere", "provider": "x", "claims": {}}),
    ],
)
def test_a_wrong_lever_says_so(server: CognitoServer, lever: str, body: Any) -> None:
    with pytest.raises(HTTPError) as caught:
        pull(server, lever, body)
    with caught.value as answer:
        assert answer.code in {400, 404}
        assert json.load(answer)["error"]


def test_a_stopped_server_is_gone_and_comes_back_with_its_pools(connect: Connect) -> None:
    with CognitoServer() as server:
        pool = server.pools.create("prod")
        pool.add("ada", email="ada@example.com")
        session = boto3.session.Session(aws_access_key_id="AKIATEST", aws_secret_access_key="test")
        once = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=60)
        client = session.client("cognito-idp", region_name="us-east-1", endpoint_url=server.url, config=once)
        address = server.url
        look(client, pool)
        server.stop()
        with pytest.raises(EndpointConnectionError):
            look(client, pool)
        server.start()
        assert server.url == address
        look(client, pool)


def test_two_servers_know_nothing_of_each_other(server: CognitoServer, connect: Connect) -> None:
    pool = server.pools.create("mine")
    pool.add("ada", email="ada@example.com")
    with CognitoServer() as other:
        with pytest.raises(LookupError):
            other.pools[pool.id]
        theirs = other.pools.create("theirs")
        with refused("ResourceNotFoundException"):
            connect("us-east-1").describe_user_pool(UserPoolId=theirs.id)
        listed = connect("us-east-1").list_user_pools(MaxResults=60)["UserPools"]
        assert theirs.id not in {each["Id"] for each in listed}


def test_the_server_starts_without_the_machines_aws_settings() -> None:
    program = (
        "from sandbox.testing import CognitoServer, seed\nwith CognitoServer() as server: print(len(seed(server)))\n"
    )
    environment = {**os.environ, "AWS_PROFILE": "no-such-profile", "AWS_CONFIG_FILE": "/nonexistent"}
    finished = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert int(finished.stdout) > 15
