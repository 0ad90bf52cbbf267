"""What the desk predicts for a state, held against everything that can happen there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.diagnosis import Case, cases
from bot.diagnosis.outlook import Doubt
from tests.outlook.plays import Outcomes, outcomes
from tests.outlook.stage import Scene
from tests.outlook.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A point that nobody can tell beforehand, and that the sandbox's Cognito plays in one way only."""

    why: str
    key: str
    """Of the check's metadata."""
    holds: Callable[[Case], bool]


OPEN = (
    Open(
        why="17.8, 2: whether a factor by text message bars a reset at all in a pool without AccountRecoverySetting",
        key="reset",
        holds=lambda case: case.outlook.reset.doubt is Doubt.TEXT_FACTOR and not case.pool.recovery,
    ),
    Open(
        why="17.8, 11: what a sign-in writes when the address that is mapped doesn't come",
        key="flag_next",
        holds=lambda case: any(each.scopes and "email" not in each.scopes for each in case.evidence.at_work),
    ),
)
"""Where the desk may say that it can't tell though all plays of the sandbox agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Where a prediction and what happens differ."""

    key: str
    predicted: str
    happens: frozenset[str]
    state: State

    def __str__(self) -> str:
        word = "can't be told" if self.predicted == "unknown" else self.predicted
        return f"{self.key}: predicted {word}, and what happens is {' or '.join(sorted(self.happens))}\n{self.state}"


def examined(scene: Scene) -> Case:
    """Check the account as the desk does."""
    directory = scene.directory()
    directory.look_ahead()
    user = directory.read(scene.username)
    assert user is not None
    (case,) = cases((user,), directory)
    return case


def disagreements(scene: Scene) -> tuple[Disagreement, ...]:
    """Predict, try everything, and return where the two differ."""
    case = examined(scene)
    return differing(case, outcomes(scene), scene.state)


def differing(case: Case, happens: Outcomes, state: State) -> tuple[Disagreement, ...]:
    """Return where a prediction isn't what happens, and where it says less than it could."""
    published: Mapping[str, str] = case.outlook.published
    return tuple(
        Disagreement(key=key, predicted=value, happens=happens[key], state=state)
        for key, value in published.items()
        if not _agrees(case, key, value, happens[key])
    )


def _agrees(case: Case, key: str, value: str, happens: frozenset[str]) -> bool:
    if value != "unknown":
        return happens == {value}
    return len(happens) > 1 or any(each.key == key and each.holds(case) for each in OPEN)
