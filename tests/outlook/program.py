"""States that stand in one served Cognito, and a desk for all of them that people use in Slack."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from sandbox.testing import Contested
from tests.bot import wired
from tests.outlook.best_way import Way, followed
from tests.outlook.clicks import Clicks, Served
from tests.outlook.compare import Disagreement, differing, examined
from tests.outlook.plays import outcomes
from tests.outlook.stage import Cognito, Scene
from tests.outlook.states import State
from tests.stories.floor import Floor, settings_for, workspace


def various(states: Iterable[State], count: int) -> tuple[State, ...]:
    """Return so many of the states, whose checks find different things and offer different ways, if there are."""
    cognito = Cognito()
    seen: dict[tuple[object, ...], State] = {}
    for state in states:
        with cognito.stands(state) as scene:
            case, way = examined(scene), followed(scene)
        seen.setdefault((case.cause, way.steps[0] if way.steps else ""), state)
    cognito.world.close()
    return tuple(seen.values())[:count]


@contextmanager
def opened(states: Iterable[State], database: Path) -> Iterator[tuple[Floor, tuple[Scene, ...]]]:
    """Let the states stand, each in a pool of its own, and open a desk for them."""
    with wired.cognito() as server, workspace() as (slack, http):
        served = Served(server)
        scenes = tuple(served.brought(state, f"state-{number}") for number, state in enumerate(states))
        pools = {scene.live.name: wired.settings(scene.live, trusting=scene.state.credentials) for scene in scenes}
        settings = replace(settings_for(slack, http, {}, database), pools=pools)
        floor = Floor(slack, http, settings)
        floor.opens()
        yield floor, scenes
        floor.closes()


def played(floor: Floor, scene: Scene) -> tuple[Way, tuple[Disagreement, ...]]:
    """Check the account in Slack, follow the best way by clicks, and try everything over HTTP before that."""
    plain = Contested(federated_flag_takes_alias=scene.state.federated_holds_alias)
    happens = outcomes(scene)
    scene.afresh(plain)
    found = differing(examined(scene), happens, scene.state)
    return followed(scene, partial(Clicks, floor=floor)), found
