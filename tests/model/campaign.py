"""Plays sequences of steps against a desk, from a seed, and counts what came of them."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.model import steps
from tests.model.bed import Bed
from tests.model.steps import Step
from tests.model.world import Start, World


@dataclass(slots=True)
class Tally:
    """What was played."""

    sequences: int = 0
    steps: int = 0
    came_of_it: Counter[str] = field(default_factory=Counter)
    """How often each kind of step was refused, became a request, was carried out."""


def campaign(
    beds: Mapping[str, Bed], *, sequences: int, begins: int, tell: Callable[[Tally], None] = lambda tally: None
) -> Tally:
    """Play so many sequences, drawn from the seed ``begins``.

    Raises the first `Violation` that hypothesis has found the shortest sequence for; several kinds at once come as an
    `ExceptionGroup`.
    """
    tally = Tally()

    @seed(begins)
    @settings(
        max_examples=sequences,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(steps.kinds, steps.starts, steps.sequences())
    def nobody_gets_what_is_not_theirs(kind: str, starts: tuple[Start, ...], sequence: list[Step]) -> None:
        tally.sequences += 1
        tally.steps += len(sequence)
        beds[kind].reset()
        world = World(beds[kind], counted=tally.came_of_it)
        world.peopled(starts)
        steps.played(world, sequence)
        # Whatever breaks inside the desk is told to a person and logged; it would hide what was to be played.
        assert beds[kind].inline.log.said == []
        tell(tally)

    nobody_gets_what_is_not_theirs()
    return tally
