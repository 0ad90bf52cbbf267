"""A desk for each kind of pool, put back to the beginning by every test that uses one.

Not for longer than a module's tests: while such a desk is open the program is put together otherwise for everybody.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.bot import wired
from tests.model.bed import Bed, beds
from tests.model.world import AGENTS, LEADS, Start, World

Peopled = Callable[..., World]
"""Puts accounts into a pool of one kind, and returns the world around it."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Bed]]:
    with wired.cognito() as server, beds(server, tmp_path_factory.mktemp("model"), agents=AGENTS, leads=LEADS) as made:
        yield made


@pytest.fixture
def peopled(opened: dict[str, Bed]) -> Peopled:
    def put(kind: str, *starts: Start) -> World:
        opened[kind].reset()
        world = World(opened[kind])
        world.peopled(starts)
        return world

    return put
