"""Following what a check offers first, to its end, leaves what was blocked working, or with a team that is named."""

import pytest

from tests.outlook.best_way import followed
from tests.outlook.draw import SEED, drawn
from tests.outlook.stage import Cognito

STATES, PARTS = 3000, 6
MOST_TOLD = 5


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_the_best_way_ends_it_and_hurts_nobody_unseen(part: int) -> None:
    cognito = Cognito()
    found: list[str] = []
    for state in drawn(STATES // PARTS, seed=SEED, part=part):
        with cognito.stands(state) as scene:
            way = followed(scene)
        if not way.ends:
            found.append(f"{way}\n{state}")
    cognito.world.close()
    assert not found, f"{len(found)} ways don't end it, the first ones:\n\n" + "\n\n".join(found[:MOST_TOLD])
