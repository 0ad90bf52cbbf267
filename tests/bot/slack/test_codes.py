"""Sign-ins that wait: one answer each, from the one who began, by whichever of their ids, within their time."""

import time
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr
from slack_bolt import Ack
from slack_sdk import WebClient

from bot.customer import Challenge, ChallengeKind, ChallengeNeeded, Reply
from bot.desk.people import Who
from bot.slack.codes import Challenges, PausedSignIn, SignIns
from bot.slack.interaction import Interaction
from bot.slack.modals import Memory
from tests.bot.office import CHANNEL
from tests.bot.slack.replies import acting, replies

CHALLENGE = Challenge(kind=ChallengeKind.MAIL, sub="1", username="ana", session=SecretStr("SESSION-4711"))


def waiting() -> PausedSignIn:
    stopped = acting(Who("U1", "T1"), CHANNEL, replies())
    return PausedSignIn(person="U1", challenge=CHALLENGE, stopped=stopped, go_on=lambda *_: None)


def test_an_answer_counts_once() -> None:
    challenges = Challenges()
    kept = waiting()
    key = challenges.keep(kept)
    assert challenges.take(key, "U1") is kept
    assert challenges.take(key, "U1") is None
    assert challenges.was_taken(key)


def test_nobody_else_can_answer() -> None:
    challenges = Challenges()
    key = challenges.keep(waiting())
    assert challenges.take(key, "U2") is None
    assert challenges.take("made up", "U1") is None
    assert challenges.take(key, "U1") is not None


def test_what_waits_too_long_is_forgotten_even_if_nobody_asks() -> None:
    challenges = Challenges(seconds=0.02)
    key = challenges.keep(waiting())
    until = time.monotonic() + 5
    while challenges._waiting and time.monotonic() < until:
        time.sleep(0.01)
    assert not challenges._waiting
    assert not challenges.was_taken(key)
    assert challenges.take(key, "U1") is None


def test_neither_the_session_nor_anything_typed_shows_in_what_python_prints() -> None:
    needed = ChallengeNeeded(CHALLENGE)
    assert str(needed) == "EMAIL_OTP"
    for shown in (repr(needed), repr(needed.challenge), repr(waiting())):
        assert "4711" not in shown


KEYS = {"U0AGENT": "W0AGENT"}


class Shown(WebClient):
    """Shows every view."""

    def views_update(self, **_: Any) -> Any:
        return None


@pytest.mark.parametrize(("person", "goes_on"), [("U0AGENT", True), ("W0AGENT", True), ("U0LEAD1", False)])
def test_who_began_it_goes_on(person: str, goes_on: bool) -> None:
    sign_ins, by = SignIns(lambda each: KEYS.get(each, each)), replies(Shown("xoxb-made-up"))
    gone_on = list[tuple[Who, Memory, str]]()

    def go_on(stopped: Interaction, reply: Reply) -> None:
        gone_on.append((stopped.who, stopped.memory, reply.answer.get_secret_value()))

    stopped = acting(Who("U0AGENT", "T1"), CHANNEL, by, view_id="V1")
    asking = sign_ins.ask(ChallengeNeeded(CHALLENGE), stopped, go_on)
    memory = Memory.model_validate_json(asking.view["private_metadata"])
    state: dict[str, Any] = {"answer": {"value": {"value": "123456"}}}
    ack = Ack()  # type: ignore[no-untyped-call] # Bolt leaves it untyped
    answering = acting(Who(person, ""), CHANNEL, by, memory=memory, view_id="V1")
    piece = sign_ins.answered(replace(answering, values=state, ack=ack))
    if piece is not None:
        piece.work()
    assert gone_on == ([(stopped.who, stopped.memory, "123456")] if goes_on else [])
    assert ack.response is not None
