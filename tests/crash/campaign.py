"""Many rounds side by side: every deed killed at every point that it passes, and all of them together at random."""

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.ticket import State
from sandbox.testing import CognitoServer
from tests.crash.deeds import DEEDS, Deed
from tests.crash.points import Point
from tests.crash.rounds import Played, Round, Theatre

_TOGETHER = tuple(deed for deed in DEEDS if deed.pool == "alias" and deed.expires_after > 60)
_AT_RANDOM = 0.25
"""The share of kills that come at random, while several people are served at once."""
_TWICE = 3
"""Every third time the desk is killed once more, while it makes good what the first death left behind."""
_LATEST = 1.5


@dataclass(slots=True)
class Tally:
    """What all rounds on one database came to."""

    kills: int = 0
    tickets: int = 0
    sent: int = 0
    repeated: int = 0
    lost: int = 0
    doubled: int = 0
    lies: int = 0
    in_doubt: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, played: Played, round_: Round) -> None:
        """Count one round."""
        verdict = played.verdict
        self.kills += played.kills
        self.tickets += verdict.tickets
        self.sent += verdict.sent
        self.repeated += verdict.repeated
        self.lost += len(verdict.lost)
        self.doubled += len(verdict.doubled)
        self.lies += len(verdict.lies)
        self.in_doubt += verdict.in_doubt
        self.faults += [f"{round_}: {fault}" for fault in verdict.faults]


def campaign(
    fresh: Callable[[Path], str],
    *,
    kills: int,
    lanes: int,
    seed: int = 0,
    tell: Callable[[Tally], None] = lambda _: None,
) -> Tally:
    """Kill the desk at least this often. ``fresh`` returns the address of a database that nobody used before."""
    chance = random.Random(seed)  # noqa: S311 - it chooses moments, and keeps nothing secret
    with theatre(fresh, lanes, tell) as play:
        undisturbed = play([Round(deeds=(deed,)) for deed in DEEDS])
        passed = [(deed, point) for deed, played in zip(DEEDS, undisturbed, strict=True) for point in played.passed]
        play(list(_at_points(passed, round(kills * (1 - _AT_RANDOM)), chance)))
        while play.tally.kills < kills:
            play([_at_random(chance) for _ in range(lanes)])
        return play.tally


def sample(fresh: Callable[[Path], str], *, lanes: int, half: int, seed: int = 0) -> Tally:
    """Kill each deed that sends a call just before it leaves or just after it was applied, and all deeds at random.

    ``half`` is 0 or 1: the other one kills each deed at the other of the two moments.
    """
    chance = random.Random(seed)  # noqa: S311 - it chooses moments, and keeps nothing secret
    sending = [deed for deed in DEEDS if State.DONE in deed.ends]
    rounds = [
        Round(deeds=(deed,), deaths=(Point("cognito AdminUpdateUserAttributes", when, 1),))
        for n, deed in enumerate(sending)
        for when in (("before", "after")[(n + half) % 2],)
    ]
    with theatre(fresh, lanes) as play:
        play([*rounds, *(_at_random(chance) for _ in range(lanes))])
        return play.tally


@dataclass(slots=True)
class Stage:
    """Plays rounds side by side, and counts."""

    _play: Callable[[Round], Played]
    _executor: ThreadPoolExecutor
    _tell: Callable[[Tally], None]
    tally: Tally = field(default_factory=Tally)

    def __call__(self, rounds: Sequence[Round]) -> list[Played]:
        """Play these rounds and return what came of each."""
        every = []
        for round_, played in zip(rounds, self._executor.map(self._play, rounds), strict=True):
            self.tally.add(played, round_)
            self._tell(self.tally)
            every.append(played)
        return every


@contextmanager
def theatre(
    fresh: Callable[[Path], str], lanes: int, tell: Callable[[Tally], None] = lambda _: None
) -> Iterator[Stage]:
    """Open a stage on which so many desks live and die side by side."""
    # A client that was killed in the middle of a request is what this is about, and nothing to report.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    with CognitoServer() as cognito, ThreadPoolExecutor(lanes) as executor:
        yield Stage(Theatre(cognito, fresh).play, executor, tell)


def _at_points(passed: Sequence[tuple[Deed, Point]], most: int, chance: random.Random) -> Iterator[Round]:
    """Kill each deed at its points; if those are too many, at those first after which something is different."""
    shuffled = chance.sample(passed, len(passed))
    chosen = sorted(shuffled, key=lambda each: not _matters(each[1]))[:most]
    for number, (deed, point) in enumerate(chosen):
        again = (Point("commit", chance.choice(("before", "after")), chance.randint(1, 6)),)
        yield Round(deeds=(deed,), deaths=(point, *(() if number % _TWICE else again)))


def _matters(point: Point) -> bool:
    reads = ("AdminGet", "List", "Describe", "usergroups", "users", "auth", "apps", "views")
    return not point.what.partition(" ")[2].startswith(reads)


def _at_random(chance: random.Random) -> Round:
    return Round(deeds=_TOGETHER, deaths=(chance.uniform(0.05, _LATEST), chance.uniform(0.05, _LATEST)))
