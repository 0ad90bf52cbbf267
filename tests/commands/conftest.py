"""Agents who run customer actions, each in a pool of its own kind."""

from collections.abc import Callable, Iterator

import pytest

from bot.aws.gateway import Gateway
from sandbox.testing import CognitoServer, Contested
from tests.commands.customer_actions import CustomerActions, wire

Open = Callable[[str], CustomerActions]


@pytest.fixture(scope="module")
def _customer_action_wire() -> Iterator[tuple[CognitoServer, Gateway]]:
    with wire() as both:
        yield both


@pytest.fixture
def customer_actions_in(_customer_action_wire: tuple[CognitoServer, Gateway]) -> Iterator[Open]:
    """Open one of the pools of `tests.commands.customer_actions.KINDS`, empty."""
    server, gateway = _customer_action_wire
    yield lambda kind: CustomerActions(server, gateway, kind)
    server.contested = Contested()
    server.default_sender.limit(None)
    server.faults.clear()
    server.mailbox.clear()
    server.calls.clear()
    for pool in server.pools:
        pool.trigger(None)
        for user in pool.users:
            pool.delete(user.sub)


@pytest.fixture
def customer_actions(customer_actions_in: Open) -> CustomerActions:
    """The usual pool: an address is an alias."""
    return customer_actions_in("alias")
