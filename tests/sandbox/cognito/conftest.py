"""A running Cognito of the sandbox, a fresh pool in it, and boto3 as the only way in."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache

import boto3
import pytest
from botocore.config import Config
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.contested import Contested
from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer

Connect = Callable[[str], CognitoIdentityProviderClient]


@pytest.fixture(scope="session")
def running() -> Iterator[CognitoServer]:
    with CognitoServer() as server:
        yield server


@pytest.fixture
def server(running: CognitoServer) -> CognitoServer:
    running.faults.clear()
    running.rates.enforce(False)
    running.default_sender.limit(None)
    running.contested = Contested()
    running.world.listing_lag = timedelta()
    running.world.page_cap = 60
    return running


@pytest.fixture(scope="session")
def connect(running: CognitoServer) -> Connect:
    session = boto3.session.Session(aws_access_key_id="AKIATEST", aws_secret_access_key="test")
    once = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=60)

    @cache
    def client(region: str) -> CognitoIdentityProviderClient:
        return session.client("cognito-idp", region_name=region, endpoint_url=running.url, config=once)

    return client


@pytest.fixture
def cognito(connect: Connect, server: CognitoServer) -> CognitoIdentityProviderClient:
    return connect("us-east-1")


@pytest.fixture
def pool(server: CognitoServer) -> LivePool:
    return server.pools.create("prod")
