"""The desk's gateway, connected to the sandbox's Cognito over loopback."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pydantic import SecretStr

from bot.aws.gateway import Gateway
from bot.plan import Call, Effect
from bot.settings import PoolSettings
from sandbox.testing import CognitoServer, LivePool

EXTERNAL_ID = "shop-42"
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


def settings(pool: LivePool, *, trusting: bool = True) -> PoolSettings:
    """Return what an operator would write for a pool; ``trusting``: with customers' credentials. With mail evidence."""
    return PoolSettings(
        id=pool.id,
        region=pool.region,
        client_id=pool.client_id,
        customer_credentials=trusting,
        mail_evidence=True,
        client_secret=SecretStr(pool.client_secret) if pool.client_secret else None,
    )


def with_role(pool: LivePool, role: str) -> PoolSettings:
    """Return the same for a pool that is worked on with a role, by ARN, which asks for the external id below."""
    return settings(pool).model_copy(update={"role_arn": role, "external_id": EXTERNAL_ID})


def verify(pool: LivePool, user: str) -> Call:
    """Return the call that verifies a user's address."""
    return Call(
        operation="AdminUpdateUserAttributes",
        parameters={
            "UserPoolId": pool.id,
            "Username": user,
            "UserAttributes": [{"Name": "email_verified", "Value": "true"}],
        },
        shown=f"AdminUpdateUserAttributes({user}, email_verified=true)",
        effect=Effect.READABLE,
    )


@contextmanager
def gateway(server: CognitoServer, sends: frozenset[str] = SENDS, *, trusting: bool = True) -> Iterator[Gateway]:
    """Open a gateway to every pool that the server has now."""
    opened = Gateway({pool.name: settings(pool, trusting=trusting) for pool in server.pools}, sends=sends)
    yield opened
    opened.close()
