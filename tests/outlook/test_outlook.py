"""What the desk predicts for an account is what happens, in thousands of states of pools, people and providers."""

from itertools import combinations, product

import pytest

from tests.outlook.compare import Disagreement, disagreements
from tests.outlook.draw import SEED, drawn
from tests.outlook.stage import Cognito
from tests.outlook.states import DIMENSIONS, contradictory, pairwise

STATES, PARTS = 3000, 6
MOST_TOLD = 5


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_what_is_predicted_is_what_happens(part: int) -> None:
    cognito = Cognito()
    found: list[Disagreement] = []
    for state in drawn(STATES // PARTS, seed=SEED, part=part):
        with cognito.stands(state) as scene:
            found += disagreements(scene)
    cognito.world.close()
    assert not found, f"{len(found)} disagreements, the first ones:\n\n" + "\n\n".join(map(str, found[:MOST_TOLD]))


def test_every_two_values_that_can_meet_do() -> None:
    met = {
        pair
        for state in pairwise(SEED)
        for pair in combinations(((name, getattr(state, name)) for name in DIMENSIONS), 2)
    }
    for one, other in combinations(DIMENSIONS, 2):
        for value, second in product(DIMENSIONS[one], DIMENSIONS[other]):
            if ((one, value), (other, second)) not in met:
                assert contradictory({one: value, other: second}) or {one, other} in FOLLOW


FOLLOW = (
    {"preferred", "mfa"},
    {"preferred", "status"},
    {"preferred", "identity"},
    {"preferred", "email"},
    {"preferred", "phone"},
    {"factors", "identity"},
    {"name_is_address", "identity"},
)
"""Where what two rules say together keeps some values apart: what is preferred is a factor, and a profile has none, nor
a name of its own."""
