"""The desk's gateway, connected to the sandbox's Cognito over loopback."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.gateway import Gateway
from bot.settings import PoolSettings
from sandbox.cognito.server import CognitoServer

SENDS = frozenset({"AdminUpdateUserAttributes", "ConfirmSignUp"})


@contextmanager
def cognito() -> Iterator[CognitoServer]:
    """Serve Cognito, and let boto3 in this process talk to nobody else."""
    with CognitoServer() as server, pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server


@contextmanager
def gateway(server: CognitoServer, sends: frozenset[str] = SENDS) -> Iterator[Gateway]:
    """Open a gateway to every pool that the server has now."""
    pools = {pool.name: PoolSettings(id=pool.id, region=pool.region, client_id=pool.client_id) for pool in server.pools}
    opened = Gateway(pools, sends=sends)
    yield opened
    opened.close()
