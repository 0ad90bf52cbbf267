"""Checks of a whole pool and runs over many people, killed or frozen anywhere; the crowd knows what is right."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.ticket import State
from sandbox.testing import Message
from tests.bench import runs
from tests.crash import many_verdict
from tests.crash.place import Stuck
from tests.crash.points import Point
from tests.crash.replicas import Scene, scene

_PART = 10
"""One in so many of the crowd signs in through Google."""

_INVITED = 3
"""So many in a hundred wait for their first sign-in."""

_MAILS_A_DAY = 50
"""What Cognito's own sender mails at most."""

_SPLITS = ("--estimate", "300000", "--constant", "7")
"""Of a crowd whose parts split: by AWS's estimate it is large. As its second digit is the same for all of them, they
split once more, in the middle of a part."""

_LARGE = 8000
"""Users of that crowd: so many that most parts have more pages than are read before they split once more."""

_SLOW, _DEEP = 0.25, 6000
"""Seconds for an answer, and users, so that parts have several pages and there is time to freeze a desk between two."""

_EARLIEST, _LATEST = 16, 80
"""Of such a crowd's hundred pages, after which one a desk is frozen at the earliest, and at the latest."""

_OVER = frozenset(state.value for state in State if state.is_final)


@dataclass(slots=True)
class Outcome:
    """What came of one round, or of several."""

    rounds: int = 0
    kills: int = 0
    freezes: int = 0
    in_doubt: int = 0
    """People who, it was said, may have been mailed."""
    faults: list[str] = field(default_factory=list)

    def add(self, other: "Outcome", name: str) -> None:
        """Count another one, and call its faults by its name."""
        self.rounds += other.rounds
        self.kills += other.kills
        self.freezes += other.freezes
        self.in_doubt += other.in_doubt
        self.faults += [f"{name}: {fault}" for fault in other.faults]


class Many:
    """Plays rounds on databases that nobody used before.

    In each round ``first`` says when the first lives end, at a point or after seconds, and ``deaths`` when the next do.
    """

    def __init__(self, fresh: Callable[[Path], str], *, users: int, replicas: int) -> None:
        self._fresh = fresh
        self._users = users
        self.replicas = replicas

    def check(self, first: Point | float, deaths: Sequence[Point] = ()) -> Outcome:
        """Have a pool checked."""
        with self._scene(first, deaths) as (here, outcome):
            _checks(here, first)
            outcome.faults += many_verdict.wrong_check(here, self._users)
        return outcome

    def split(self, first: Point | float, deaths: Sequence[Point] = ()) -> Outcome:
        """Have a pool checked whose parts split."""
        with self._scene(first, deaths, *_SPLITS, users=_LARGE) as (here, outcome):
            _checks(here, first)
            outcome.faults += many_verdict.wrong_check(here, _LARGE)
            outcome.faults += many_verdict.wrong_split(here)
        return outcome

    def files(self, first: Point | float, deaths: Sequence[Point] = ()) -> Outcome:
        """Have a pool checked, with a picture and a list in the thread of the report."""
        with self._scene(first, deaths, files=True) as (here, outcome):
            _checks(here)
            if isinstance(first, float):
                here.desks.kill_after(first)
            here.desks.until(lambda: len(here.files) > 1 and here.has_told(), "the files")
            outcome.faults += many_verdict.wrong_check(here, self._users)
            outcome.faults += many_verdict.wrong_files(here, self._users)
        return outcome

    def freeze(self, pages: int) -> Outcome:
        """Have a pool checked; a desk is frozen when so many pages have come, and goes on after its lease."""
        with self._scene(None, users=_DEEP, latency=_SLOW) as (here, outcome):
            here.desks.slack.types("lead1", "/cognito-pool-check")
            here.desks.until(lambda: here.answered("UserList") >= pages, "some pages")
            here.desks.freeze()
            outcome.freezes += 1
            here.desks.until(lambda: "📊" in here.shown, "the report")
            outcome.faults += many_verdict.wrong_check(here, _DEEP)
        return outcome

    def run(self, first: Point | float, deaths: Sequence[Point] = ()) -> Outcome:
        """Have many addresses marked as verified."""
        people = self._users // _PART
        with self._scene(first, deaths, "--mapped") as (here, outcome):
            _checks(here)
            _approved(here, lambda: runs.asked(here.desks.slack, people))
            _is_carried_out(here, first, "UserUpdate")
            outcome.faults += many_verdict.wrong_run(here, people)
        return outcome

    def invite(self, first: Point | float, deaths: Sequence[Point] = ()) -> Outcome:
        """Have many invitations mailed once more."""
        people = min(_MAILS_A_DAY, self._users * _INVITED // 100)
        with self._scene(first, deaths) as (here, outcome):
            _checks(here)
            _approved(here, lambda: runs.invited(here.desks.slack, people))
            _is_carried_out(here, first, "UserCreation")
            outcome.faults += many_verdict.wrong_invitations(here, people)
            outcome.in_doubt += many_verdict.in_doubt(here)
        return outcome

    @contextmanager
    def _scene(
        self,
        first: Point | float | None,
        deaths: Sequence[Point] = (),
        *options: str,
        users: int = 0,
        latency: float = 0.0,
        files: bool = False,
    ) -> Iterator[tuple[Scene, Outcome]]:
        outcome = Outcome(rounds=1)
        set_up = scene(
            self._fresh,
            users=users or self._users,
            replicas=self.replicas,
            options=options,
            latency=latency,
            files=files,
        )
        with set_up as here:
            here.desks.deaths = list(deaths)
            try:
                here.desks.start(first)
                yield here, outcome
            except Stuck as stuck:
                outcome.faults.append(str(stuck))
            outcome.kills = here.desks.kills


def _checks(here: Scene, first: Point | float | None = None) -> None:
    here.desks.slack.types("lead1", "/cognito-pool-check")
    if isinstance(first, float):
        here.desks.until(lambda: "/cognito-pool-check" in here.desks.slack.seen() or bool(here.shown), "the command")
        here.desks.kill_after(first)
    here.desks.until(lambda: "📊" in here.shown, "the report")


def _approved(here: Scene, asked: Callable[[], Message]) -> None:
    card = asked()
    for lead in ("lead1", "lead2"):
        runs.approves(here.desks.slack, lead, card)


def _is_carried_out(here: Scene, first: Point | float, category: str) -> None:
    if isinstance(first, float):
        here.desks.until(lambda: here.answered(category) > 0, "the first call")
        here.desks.kill_after(first)
    here.desks.until(lambda: _state(here) in _OVER, "the run's end")
    here.desks.until(here.has_told, "Slack to be told everything")


def _state(here: Scene) -> str:
    return str((runs.card_of(here.desks.slack).metadata or {}).get("event_payload", {}).get("state"))


def play(fresh: Callable[[Path], str], *, rounds: int, users: int, replicas: int, seed: int = 0) -> dict[str, Outcome]:
    """Play so many rounds of each kind, and return what came of them, by kind."""
    chance = random.Random(seed)  # noqa: S311 - it chooses moments, and keeps nothing secret
    many = Many(fresh, users=users, replicas=replicas)
    pages = users // 60
    kinds = {
        "check": (many.check, ["cognito ListUsers"], (1, pages)),
        "split": (many.split, ["commit parts"], (2, 30 // replicas)),
        "files": (many.files, _FILES, (1, 2)),
        "verify": (many.run, ["cognito AdminUpdateUserAttributes"], (1, users // _PART // replicas // 2)),
        "invite": (many.invite, ["cognito AdminCreateUser"], (1, _MAILS_A_DAY // replicas // 2)),
    }
    outcomes = {name: Outcome() for name in (*kinds, "freeze")}
    for n in range(rounds):
        for name, (deed, what, between) in kinds.items():
            first, again = some_deaths(chance, what, between)
            died = f"{name} no. {n}, killed at {first}, {', '.join(map(str, again))}"
            outcomes[name].add(deed(first, again), died)
        frozen = chance.randint(_EARLIEST, _LATEST)
        outcomes["freeze"].add(many.freeze(frozen), f"freeze no. {n}, after page {frozen}")
    return outcomes


_FILES = ["slack files.getUploadURLExternal", "slack upload", "slack files.completeUploadExternal"]


def some_deaths(
    chance: random.Random, what: Sequence[str], between: tuple[int, int]
) -> tuple[Point | float, list[Point]]:
    """Return when a desk dies first, by a request of a kind or after a moment, and when its next lives end."""
    at = Point(chance.choice(what), chance.choice(("before", "after")), chance.randint(*between))
    first = at if chance.random() < 0.7 else chance.uniform(0.0, 1.5)
    again = [Point("commit", chance.choice(("before", "after")), chance.randint(1, 60)) for _ in range(2)]
    return first, again
