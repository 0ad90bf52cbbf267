"""Agents who run errands, each in a pool of its own kind."""

from collections.abc import Callable, Iterator

import pytest

from bot.aws.gateway import Gateway
from sandbox.cognito.contested import Contested
from sandbox.cognito.server import CognitoServer
from tests.commands.errands import Errands, wire

Open = Callable[[str], Errands]


@pytest.fixture(scope="module")
def _errand_wire() -> Iterator[tuple[CognitoServer, Gateway]]:
    with wire() as both:
        yield both


@pytest.fixture
def errands_in(_errand_wire: tuple[CognitoServer, Gateway]) -> Iterator[Open]:
    """Open one of the pools of `tests.commands.errands.KINDS`, empty."""
    server, gateway = _errand_wire
    yield lambda kind: Errands(server, gateway, kind)
    server.contested = Contested()
    server.world.default_sender.limit(None)
    server.faults.clear()
    server.mailbox.clear()
    server.calls.clear()
    for pool in server.pools:
        pool.trigger(None)
        for user in pool.users:
            pool.delete(user.sub)


@pytest.fixture
def errands(errands_in: Open) -> Errands:
    """The usual pool: an address is an alias."""
    return errands_in("alias")
