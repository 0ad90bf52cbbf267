"""How long to wait before Slack is asked for another connection."""

import random
from collections.abc import Callable, Sequence
from enum import Enum


class Cause(Enum):
    """Why another connection is needed: the seconds to wait after it has happened once, twice, …; the last stays.

    Only what happens while no connection lasts is counted.
    """

    REFRESHED = (*(0.0,) * 20, 1.0, 2.0, 4.0, 8.0, 15.0)
    """Slack takes a connection back, as it does every few hours. Nothing is wrong, and nobody may be kept waiting."""
    CUT = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
    """A connection that stood has ended without a word."""
    FAILED = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
    """None could be opened."""
    TOO_MANY = (5.0, 10.0, 20.0, 40.0, 60.0)
    """Slack has sent us away. Each attempt costs it something, and somebody has to do something first."""


def _spread(seconds: float) -> float:
    return seconds * random.uniform(0.75, 1.25)  # noqa: S311 - so that replicas don't come all at once, no secret


class Backoff:
    """Counts how often in a row no connection lasted. For use under its owner's lock."""

    def __init__(self, spread: Callable[[float], float] = _spread) -> None:
        self._spread = spread
        self._times = 0
        self._pauses: Sequence[float] = (0.0,)

    @property
    def seconds(self) -> float:
        """How long to wait before the next attempt."""
        return self._spread(self._pauses[min(self._times, len(self._pauses)) - 1]) if self._times else 0.0

    def count(self, cause: Cause) -> None:
        """Note that another one is needed, though the last one hadn't lasted."""
        self._times += 1
        self._pauses = cause.value

    def forget(self) -> None:
        """Note that a connection lasts."""
        self._times = 0
