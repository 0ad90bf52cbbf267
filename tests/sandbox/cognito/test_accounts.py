"""Several AWS accounts in the sandbox: whose key signs what, and who may assume which role, for how long."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.testing import CognitoServer, LivePool

HERE = "us-east-1"
_ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=60)

Connect = Callable[..., Any]


@pytest.fixture
def server() -> Iterator[CognitoServer]:
    with CognitoServer() as server:
        yield server


@pytest.fixture
def connect(server: CognitoServer) -> Connect:
    def client(service: str, *, key: str = "", session: dict[str, Any] | None = None) -> Any:
        keys = session or {"AccessKeyId": key or server.environment["AWS_ACCESS_KEY_ID"], "SecretAccessKey": "x"}
        return boto3.session.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
        ).client(service, region_name=HERE, endpoint_url=server.url, config=_ONCE)  # type: ignore[call-overload]

    return client


@pytest.fixture
def shop(server: CognitoServer) -> LivePool:
    """A pool in a second account."""
    return server.pools.create("shop", account=server.accounts.open().id)


def role(server: CognitoServer, pool: LivePool, **more: Any) -> str:
    account = server.accounts[pool.account]
    return server.accounts.role(account, "desk", **{"trusts": [server.accounts.desk], **more}).arn


def assumed(sts: Any, arn: str, **more: Any) -> dict[str, Any]:
    asked = {"RoleArn": arn, "RoleSessionName": "tests", **more}
    return dict(sts.assume_role(**asked)["Credentials"])


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_an_account_sees_its_own_pools_only(server: CognitoServer, connect: Connect, shop: LivePool) -> None:
    own = server.pools.create("own")
    other = connect("cognito-idp", key=server.accounts.key(server.accounts[shop.account], "olaf"))

    assert other.describe_user_pool(UserPoolId=shop.id)["UserPool"]["Name"] == "shop"
    assert [each["Id"] for each in other.list_user_pools(MaxResults=10)["UserPools"]] == [shop.id]
    assert other.describe_user_pool_client(UserPoolId=shop.id, ClientId=shop.client_id)["UserPoolClient"]
    with pytest.raises(ClientError) as refused:
        other.describe_user_pool(UserPoolId=own.id)
    assert code_of(refused) == "ResourceNotFoundException"
    with pytest.raises(ClientError) as refused:
        connect("cognito-idp").describe_user_pool(UserPoolId=shop.id)
    assert code_of(refused) == "ResourceNotFoundException"
    assert [call.account for call in server.calls.list("DescribeUserPool")] == [
        shop.account,
        shop.account,
        server.accounts.first.id,
    ]


def test_a_pool_that_is_created_belongs_to_whoever_signs(server: CognitoServer, connect: Connect) -> None:
    second = server.accounts.open()
    made = connect("cognito-idp", key=server.accounts.key(second, "olaf")).create_user_pool(PoolName="new")["UserPool"]
    assert made["Arn"].split(":")[4] == second.id


def test_an_assumed_role_works_in_its_own_account_and_its_session_is_logged(
    server: CognitoServer, connect: Connect, shop: LivePool
) -> None:
    session = assumed(connect("sts"), role(server, shop))
    assert connect("cognito-idp", session=session).describe_user_pool(UserPoolId=shop.id)["UserPool"]["Id"] == shop.id
    (call,) = server.calls.list("DescribeUserPool")
    assert (call.access_key, call.account, call.session_name) == (session["AccessKeyId"], shop.account, "tests")
    identity = connect("sts", session=session).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{shop.account}:assumed-role/desk/tests"
    assert all(session["SessionToken"] not in str(each) for each in server.calls.list())


def test_sts_does_not_say_why_it_refuses(server: CognitoServer, connect: Connect, shop: LivePool) -> None:
    sts, said = connect("sts"), set()
    arn = role(server, shop, external_id="our-secret-word")
    for asked in ({}, {"ExternalId": "wrong"}):
        with pytest.raises(ClientError) as refused:
            assumed(sts, arn, **asked)
        said.add(str(refused.value))
    role(server, shop, trusts=["arn:aws:iam::111122223333:user/somebody"])
    with pytest.raises(ClientError) as refused:
        assumed(sts, arn)
    said.add(str(refused.value))
    role(server, shop)
    server.accounts.limit(server.accounts.desk, {"Statement": []})
    with pytest.raises(ClientError) as refused:
        assumed(sts, arn)
    said.add(str(refused.value))
    assert code_of(refused) == "AccessDenied"
    (only,) = said
    assert f"is not authorized to perform: sts:AssumeRole on resource: {arn}" in only

    role(server, shop, trusts=[server.accounts.first.id], external_id="our-secret-word")
    server.accounts.limit(server.accounts.desk, None)
    assert assumed(sts, arn, ExternalId="our-secret-word")


@pytest.mark.parametrize("wrong", [{"RoleSessionName": "two words"}, {"DurationSeconds": 7200}])
def test_sts_refuses_a_session_that_aws_does_not_make(
    server: CognitoServer, connect: Connect, shop: LivePool, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as refused:
        assumed(connect("sts"), role(server, shop), **wrong)
    assert code_of(refused) == "ValidationError"


def test_temporary_credentials_end(server: CognitoServer, connect: Connect, shop: LivePool) -> None:
    session = assumed(connect("sts"), role(server, shop), DurationSeconds=900)
    assert session["Expiration"] - datetime.now(UTC) < timedelta(seconds=901)
    cognito = connect("cognito-idp", session=session)
    cognito.describe_user_pool(UserPoolId=shop.id)

    server.clock.forward(timedelta(seconds=900))
    with pytest.raises(ClientError) as refused:
        cognito.describe_user_pool(UserPoolId=shop.id)
    assert code_of(refused) == "ExpiredTokenException"
    with pytest.raises(ClientError) as refused:
        connect("sts", session=session).get_caller_identity()
    assert code_of(refused) == "ExpiredToken"


def test_a_temporary_key_without_its_token_is_unknown(server: CognitoServer, connect: Connect, shop: LivePool) -> None:
    session = {**assumed(connect("sts"), role(server, shop)), "SessionToken": "another"}
    with pytest.raises(ClientError) as refused:
        connect("cognito-idp", session=session).describe_user_pool(UserPoolId=shop.id)
    assert code_of(refused) == "UnrecognizedClientException"


def test_a_policy_allows_what_it_names_and_what_it_denies_is_denied(
    server: CognitoServer, connect: Connect, shop: LivePool
) -> None:
    arn = f"arn:aws:cognito-idp:{HERE}:*:userpool/{shop.id}"
    statements = [
        {"Effect": "Allow", "Action": ["cognito-idp:Describe*"], "Resource": [arn]},
        {"Effect": "Deny", "Action": "cognito-idp:DescribeUserPoolClient", "Resource": "*"},
    ]
    session = assumed(connect("sts"), role(server, shop, policy={"Statement": statements}))
    cognito = connect("cognito-idp", session=session)
    assert cognito.describe_user_pool(UserPoolId=shop.id)
    with pytest.raises(ClientError) as refused:
        cognito.describe_user_pool_client(UserPoolId=shop.id, ClientId=shop.client_id)
    assert code_of(refused) == "AccessDeniedException"
    with pytest.raises(ClientError) as refused:
        cognito.list_users(UserPoolId=shop.id)
    assert code_of(refused) == "AccessDeniedException"


def test_every_account_has_an_ses_of_its_own(server: CognitoServer, connect: Connect, shop: LivePool) -> None:
    shop.send_with_ses("shop.example.com")
    session = assumed(connect("sts"), role(server, shop))
    assert connect("sesv2", session=session).get_email_identity(EmailIdentity="shop.example.com")
    with pytest.raises(ClientError) as refused:
        connect("sesv2").get_email_identity(EmailIdentity="shop.example.com")
    assert code_of(refused) == "NotFoundException"
    assert (shop.inner.setting("EmailConfiguration") or {})["SourceArn"].split(":")[4] == shop.account


def test_faults_hit_sts_too(server: CognitoServer, connect: Connect, shop: LivePool) -> None:
    arn = role(server, shop)
    server.faults.deny("sts:AssumeRole")
    with pytest.raises(ClientError) as refused:
        assumed(connect("sts"), arn)
    assert code_of(refused) == "AccessDenied"
    server.faults.clear()
    server.faults.fail("ServiceUnavailable", "away", "sts:AssumeRole", status=503)
    with pytest.raises(ClientError) as refused:
        assumed(connect("sts"), arn)
    assert code_of(refused) == "ServiceUnavailable"
    assert [call.outcome for call in server.calls.list("sts:AssumeRole")] == ["AccessDenied", "ServiceUnavailable"]


def test_every_account_has_its_own_rates_and_its_own_mails_of_the_day(
    server: CognitoServer, connect: Connect, shop: LivePool
) -> None:
    own = server.pools.create("own")
    other = connect("cognito-idp", key=server.accounts.key(server.accounts[shop.account], "olaf"))
    server.rates.enforce()
    soon = server.clock.now() + timedelta(minutes=5)
    for _ in range(15):
        # Of a second that lies ahead: nobody knows how fast this machine is.
        assert server.rates.admits("DescribeUserPool", {}, region=f"{HERE} of {shop.account}", pool="", now=soon)
    with pytest.raises(ClientError) as refused:
        other.describe_user_pool(UserPoolId=shop.id)
    assert code_of(refused) == "TooManyRequestsException"
    assert connect("cognito-idp").describe_user_pool(UserPoolId=own.id)
    server.rates.enforce(False)

    server.default_sender.limit(0)
    other.sign_up(ClientId=shop.client_id, Username="ben", Password="Abcdef-1!", UserAttributes=_mail("ben"))
    with pytest.raises(ClientError) as refused:
        other.sign_up(ClientId=own.client_id, Username="ana", Password="Abcdef-1!", UserAttributes=_mail("ana"))
    assert code_of(refused) == "LimitExceededException"


def _mail(name: str) -> list[dict[str, str]]:
    return [{"Name": "email", "Value": f"{name}@example.com"}]
