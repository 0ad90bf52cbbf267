"""The outlook predicts, for the state of every row of the facts, what the facts say, read over the gateway."""

from collections.abc import Iterator

import pytest

from bot.aws.gateway import Gateway
from bot.diagnosis import cases
from tests.bot import wired
from tests.facts.rows import ROWS, Row
from tests.facts.scene import Scene, Stage

_PREDICTED = [row for row in ROWS if row.outlook]


@pytest.fixture(scope="module")
def played() -> Iterator[tuple[Gateway, dict[str, Scene]]]:
    """Every row's state, each with people of its own, before anything is tried."""
    with wired.cognito() as server:
        stage = Stage(server)
        scenes = {str(row): stage.set(row) for row in _PREDICTED}
        # By their ids: all pools of the table have one name.
        gateway = Gateway({pool.id: wired.settings(pool) for pool in server.pools}, sends=frozenset())
        yield gateway, scenes
        gateway.close()


@pytest.mark.parametrize("row", _PREDICTED, ids=str)
def test_the_outlook_is_what_the_facts_say(played: tuple[Gateway, dict[str, Scene]], row: Row) -> None:
    gateway, scenes = played
    scene = scenes[str(row)]
    scene.server.contested = row.plays
    directory = gateway.directory(scene.pool.id)
    user = directory.read(scene.username)
    assert user is not None
    (case,) = cases((user,), directory)
    published = case.outlook.published
    assert {key: published[key] for key in row.outlook} == row.outlook
