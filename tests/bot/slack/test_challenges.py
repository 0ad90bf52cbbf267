"""Sign-ins that wait: one answer each, from the one who began, within their time."""

import time

from pydantic import SecretStr

from bot.customer import Challenge, ChallengeKind, ChallengeNeeded, Reply
from bot.slack.challenges import Challenges, PausedSignIn

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
