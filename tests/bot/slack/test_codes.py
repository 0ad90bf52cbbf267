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
from bot.slack.codes import Challenges, Next, PausedSignIn, SignIns
from bot.slack.modals import Memory
from tests.bot.office import CHANNEL
from tests.bot.slack.replies import acting, replies

CHALLENGE = Challenge(kind=ChallengeKind.MAIL, sub="1", username="ana", session=SecretStr("SESSION-4711"))


def waiting() -> PausedSignIn[str]:
    return PausedSignIn(person="U1", challenge=CHALLENGE, go_on=lambda reply: reply.answer.get_secret_value())


def test_an_answer_goes_on_where_the_sign_in_stopped_and_counts_once() -> None:
    challenges: Challenges[str] = Challenges()
    key = challenges.keep(waiting())
    taken = challenges.take(key, "U1")
    assert taken is not None
    assert taken.go_on(Reply(challenge=CHALLENGE, answer=SecretStr("123456"))) == "123456"
    assert challenges.take(key, "U1") is None
    assert challenges.was_taken(key)


def test_nobody_else_can_answer() -> None:
    challenges: Challenges[str] = Challenges()
    key = challenges.keep(waiting())
    assert challenges.take(key, "U2") is None
    assert challenges.take("made up", "U1") is None
    assert challenges.take(key, "U1") is not None


def test_what_waits_too_long_is_forgotten_even_if_nobody_asks() -> None:
    challenges: Challenges[str] = Challenges(seconds=0.02)
    key = challenges.keep(waiting())
    until = time.monotonic() + 5
    while challenges._waiting and time.monotonic() < until:
        time.sleep(0.01)
    assert not challenges._waiting
    assert not challenges.was_taken(key)
    assert challenges.take(key, "U1") is None


def test_stopping_forgets_everything() -> None:
    challenges: Challenges[str] = Challenges()
    key = challenges.keep(waiting())
    challenges.clear()
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
    sign_ins, answers, by = SignIns(lambda each: KEYS.get(each, each)), list[Reply](), replies(Shown("xoxb-made-up"))

    def begin() -> Next:
        raise ChallengeNeeded(CHALLENGE)

    def then(reply: Reply) -> Next:
        answers.append(reply)
        return Next({})

    asking = sign_ins.begin(begin, then, acting(Who("U0AGENT", "T1"), CHANNEL, by, view_id="V1"))
    memory = Memory.model_validate_json(asking.view["private_metadata"])
    state: dict[str, Any] = {"answer": {"value": {"value": "123456"}}}
    ack = Ack()  # type: ignore[no-untyped-call] # Bolt leaves it untyped
    answering = acting(Who(person, ""), CHANNEL, by, memory=memory, view_id="V1")
    sign_ins.answered(replace(answering, values=state, ack=ack))
    sign_ins.stop()
    assert bool(answers) is goes_on
    assert ack.response is not None
