"""The following step of a sign-in is for the person who began it, by whichever of their ids they come."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr
from slack_bolt import Ack

from bot.customer import Challenge, ChallengeKind, ChallengeNeeded, Reply
from bot.desk.people import Who
from bot.slack.request import Request
from bot.slack.signing_in import Next, SigningIn
from bot.slack.views import Frame, Memory
from tests.bot.office import CHANNEL

KEYS = {"U0AGENT": "W0AGENT"}


class AtOnce:
    """Does all work in place; modals show nothing."""

    def run(self, work: Callable[[], object], *_: object, **__: object) -> None:
        work()

    def acknowledged(self, *_: object, **__: object) -> "AtOnce":
        return self

    def show(self, _: object) -> bool:
        return True

    def tell(self, _: object) -> None:
        return None


@pytest.mark.parametrize(("person", "goes_on"), [("U0AGENT", True), ("W0AGENT", True), ("U0LEAD1", False)])
def test_who_began_it_goes_on(person: str, goes_on: bool) -> None:
    done: Any = AtOnce()
    signing_in = SigningIn(
        known_key=lambda each: KEYS.get(each, each),
        background=done,
        ephemeral=done,
        modals=done,
    )
    asked = Challenge(kind=ChallengeKind.AUTHENTICATOR, sub="1", username="ana", session=SecretStr("made-up-session"))
    frame, answers = Frame(title="Enter code", memory=Memory(channel=CHANNEL)), list[Reply]()

    def begin() -> Next:
        raise ChallengeNeeded(asked)

    def then(reply: Reply) -> Next:
        answers.append(reply)
        return Next({})

    asking = signing_in.begin(begin, then, frame=frame, request=Request(who=Who("U0AGENT", "T1"), channel=CHANNEL))
    memory = Memory.model_validate_json(asking.view["private_metadata"])
    state: dict[str, Any] = {"answer": {"value": {"value": "123456"}}}
    ack = Ack()  # type: ignore[no-untyped-call] # Bolt leaves it untyped
    signing_in.answered(ack, Request(who=Who(person, ""), channel=CHANNEL), "V1", memory, "Enter code", state)
    signing_in.stop()
    assert bool(answers) is goes_on
