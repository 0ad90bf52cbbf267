"""Which states a run looks at: every pair of values first, then as many as it has time for, drawn evenly."""

from collections.abc import Iterator
from itertools import chain, islice

from tests.outlook.states import State, pairwise, uniform

SEED = 8


def drawn(count: int, *, seed: int, part: int = 0, pairs: bool = True) -> Iterator[State]:
    """Yield so many states. Each part of a run draws its own; the first one begins with the pairs."""
    first = pairwise(seed) if pairs and part == 0 else ()
    return islice(chain(first, uniform(seed + part)), count)
