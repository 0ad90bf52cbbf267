"""A floor for each story: its own workspace, pool, database and desk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.testing import CognitoServer, LivePool
from tests.stories.floor import Floor, settings_for, workspace


@pytest.fixture(scope="session")
def cognito_server() -> Iterator[CognitoServer]:
    with CognitoServer() as server:
        yield server


@pytest.fixture
def cognito(cognito_server: CognitoServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[CognitoServer]:
    """Cognito, to which boto3 finds its way by its own environment variables alone."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in cognito_server.environment.items():
        monkeypatch.setenv(name, value)
    cognito_server.calls.clear()
    yield cognito_server
    cognito_server.faults.clear()


@pytest.fixture
def pool(cognito: CognitoServer) -> LivePool:
    """One pool, in which an address is an alias."""
    return cognito.pools.create("prod")


@pytest.fixture
def floor(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor whose desk is open."""
    with workspace() as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db"))
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()
