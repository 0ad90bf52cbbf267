"""What a check in Slack publishes comes true over HTTP, and its first button ends the trouble, approved by leads."""

from itertools import islice
from pathlib import Path

import pytest

from tests.outlook.draw import SEED
from tests.outlook.program import opened, played, various
from tests.outlook.states import pairwise

STATES = 20


@pytest.mark.slow
def test_typed_and_clicked_it_comes_out_the_same(tmp_path: Path) -> None:
    states = various(pairwise(SEED), STATES)
    assert len(states) == STATES
    with opened(states, tmp_path / "desk.db") as (floor, scenes):
        for scene in islice(scenes, STATES):
            way, disagreements = played(floor, scene)
            assert not disagreements, "\n\n".join(map(str, disagreements))
            assert way.ends, f"{way}\n{scene.state}"
        assert floor.blocks_are_sound() == []
