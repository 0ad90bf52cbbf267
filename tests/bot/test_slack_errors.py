"""Each of Slack's errors has one meaning, and who is told of it learns the reason and the cure."""

import re

import pytest

from bot import slack_errors
from bot.operator.derive import errors_page
from bot.slack_errors import TABLE, UNKNOWN, Meaning, SlackError, Way
from bot.words import Channel


@pytest.mark.parametrize("error", TABLE, ids=lambda error: error.name)
def test_an_error_says_what_is_done_and_who_is_told(error: SlackError) -> None:
    assert slack_errors.meaning(error.name) is error
    assert error.when.endswith(".")
    assert (error.way is not None) == (error.meaning is Meaning.GIVE_WAY)
    assert bool(error.why) == (error.meaning is Meaning.PERSON)
    assert bool(error.cure) == (error.meaning in (Meaning.PERSON, Meaning.OPERATOR))
    assert not error.final or error.meaning is Meaning.OPERATOR


def test_an_error_that_nobody_knows_has_a_meaning() -> None:
    assert slack_errors.meaning("a_new_error") is UNKNOWN


def test_a_person_is_told_the_channel_the_reason_and_the_cure() -> None:
    told = slack_errors.told("not_in_channel", "C0SUPPORT", name="Staging Desk")

    assert told.plain() == (
        "I'm not in C0SUPPORT, so I can't post there. Somebody who is in it can type /invite @Staging Desk there."
    )
    assert ("channel", Channel("C0SUPPORT")) in told.values
    assert "<#C0SUPPORT>" in told.text()
    assert {"type": "channel", "channel_id": "C0SUPPORT"} in told.elements()


@pytest.mark.parametrize("error", ["token_revoked", "msg_too_long", "a_new_error"])
def test_what_a_person_can_do_nothing_about_sends_them_to_the_operator(error: str) -> None:
    assert "tell the operator" in slack_errors.told(error, "C0SUPPORT").plain()


@pytest.mark.parametrize(
    ("error", "status", "passes"),
    [
        ("fatal_error", 200, True),
        ("ratelimited", 429, True),
        ("Received a response in a non-JSON format: <html>", 503, True),
        ("view_too_large", 200, False),
        ("invalid_auth", 200, False),
        ("a_new_error", 200, False),
    ],
)
def test_slacks_bad_days_pass_and_nothing_else_does(error: str, status: int, passes: bool) -> None:
    assert slack_errors.passes(error, status) is passes


@pytest.mark.parametrize(
    "error",
    ["expired_trigger_id", "trigger_expired", "invalid_trigger_id", "not_found", "view_not_found", "hash_conflict"],
)
def test_a_modal_that_came_too_late_or_is_gone_gives_way(error: str) -> None:
    assert slack_errors.meaning(error).way is Way.MODAL


def test_the_page_has_a_line_for_each_error() -> None:
    page = errors_page()

    assert set(re.findall(r"`(\w+)`", page)) >= {error.name for error in TABLE}
    assert "{" not in page
