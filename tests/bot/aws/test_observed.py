"""Of each request to AWS its operation and outcome are told, however it ends, and every try of one that is repeated."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from bot.aws.gateway import Gateway
from bot.aws.observed import observe
from sandbox.testing import CognitoServer, LivePool
from tests.bot import wired

READ = "DescribeUserPool"


@pytest.fixture(scope="module")
def server() -> Iterator[CognitoServer]:
    with wired.cognito() as server:
        server.pools.create("prod")
        yield server


@pytest.fixture
def pool(server: CognitoServer) -> Iterator[LivePool]:
    yield server.pools["prod"]
    server.faults.clear()
    server.faults.refuse_credentials(False)


class Client:
    """A client of Cognito's that tells of its requests. It tries each twice at most."""

    def __init__(self, pool: LivePool) -> None:
        self.told = Counter[tuple[str, str]]()
        config = Config(retries={"mode": "standard", "total_max_attempts": 2})
        self.client: Any = botocore.session.Session().create_client("cognito-idp", pool.region, config=config)
        observe(self.client, lambda *each: self.told.update([each]))
        self.pool = pool

    def reads(self, pool: str = "") -> None:
        try:
            self.client.describe_user_pool(UserPoolId=pool or self.pool.id)
        except (ClientError, BotoCoreError, ResponseParserError):
            return


def test_what_works_and_what_aws_refuses(pool: LivePool) -> None:
    client = Client(pool)
    client.reads()
    client.reads("us-east-1_Nobody")
    assert client.told == {(READ, "ok"): 1, (READ, "ResourceNotFoundException"): 1}


def test_each_try_counts_where_aws_asks_to_slow_down(pool: LivePool, server: CognitoServer) -> None:
    client = Client(pool)
    server.faults.throttle(READ, times=1)
    client.reads()
    assert client.told == {(READ, "TooManyRequestsException"): 1, (READ, "ok"): 1}


def test_a_connection_that_breaks_and_an_error_that_aws_does_not_list(pool: LivePool, server: CognitoServer) -> None:
    client = Client(pool)
    server.faults.reset(READ, times=2)
    client.reads()
    server.faults.fail("OfSomeProxy's", "no tea here", READ, status=418, times=1)
    client.reads()
    assert client.told == {(READ, "no answer"): 2, (READ, "other"): 1}


def test_what_never_leaves(pool: LivePool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    client = Client(pool)
    client.reads()
    assert client.told == {(READ, "not sent"): 1}


def test_the_gateway_tells_of_its_reads(pool: LivePool) -> None:
    told = Counter[tuple[str, str]]()
    settings = {"prod": wired.settings(pool)}
    gateway = Gateway(settings, sends=frozenset(), observed=lambda *each: told.update([each]))
    gateway.directory("prod").pool  # noqa: B018 # it is read when it is looked at
    gateway.close()
    assert told[READ, "ok"] == 1
