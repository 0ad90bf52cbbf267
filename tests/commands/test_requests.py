"""/cognito-requests: what waits, the oldest first, each with a way to its card and a reminder."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.answer import EphemeralAnswer, Paragraph, RemindButton
from bot.plan import Waiting
from bot.scenario import Sources
from bot.words import say
from tests.commands.paper import SCENARIOS, PaperLedger

WAITING = Waiting(
    ticket=7,
    pool="shop",
    summary=say("Mark {address} as verified for {name}", address="ana@example.com", name="ana"),
    requester="U0AGENT",
    waited=timedelta(minutes=80),
    until=datetime(2026, 11, 24, 18, 4, tzinfo=UTC),
    left=2,
    reminded_by_hand=None,
    card="https://desk.example/archives/C0SUPPORT/p7",
)


def listed(*waiting: Waiting) -> EphemeralAnswer:
    scenario = SCENARIOS["requests"]
    answer = scenario.run(scenario.form(), Sources(directory=None, ledger=PaperLedger(waiting=waiting)))
    assert isinstance(answer, EphemeralAnswer)
    return answer


def words(answer: EphemeralAnswer) -> list[str]:
    return [part.words.text() for part in answer.parts if isinstance(part, Paragraph)]


def test_it_reads_no_pool_and_asks_for_nothing() -> None:
    assert SCENARIOS["requests"].fields == ()
    assert not SCENARIOS["requests"].reads_a_pool


def test_each_request_says_what_who_where_how_long_and_what_it_needs() -> None:
    answer = listed(WAITING)

    assert words(answer)[0] == "One request waits for a decision."
    (_, line) = words(answer)
    assert "Mark ana@example.com as verified for ana" in line
    assert "Asked by <@U0AGENT> in pool shop, 1 h 20 min ago. Still needs 2 leads, until <!date^" in line
    assert "<https://desk.example/archives/C0SUPPORT/p7|To the card ↗>" in line
    assert answer.parts[-1] == RemindButton(7)


def test_a_nudge_before_and_a_card_that_is_still_on_its_way_are_said() -> None:
    (_, line) = words(listed(replace(WAITING, reminded_by_hand=WAITING.until, card="", left=1)))
    assert "Still needs one lead" in line
    assert "Leads mentioned again at <!date^" in line
    assert "Its card is just being posted." in line


def test_nothing_is_said_in_a_sentence() -> None:
    assert words(listed()) == ["Nothing waits for a decision."]


def test_a_long_list_is_cut_and_the_rest_counted() -> None:
    answer = listed(*(replace(WAITING, ticket=number) for number in range(20)))
    assert [part.ticket for part in answer.parts if isinstance(part, RemindButton)] == list(range(15))
    assert words(answer)[0] == "20 requests wait, the oldest first."
    assert words(answer)[-1] == "… and 5 younger ones."


@pytest.mark.parametrize(
    ("waited", "said"),
    [
        (timedelta(seconds=20), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(hours=2), "2 h 0 min"),
        (timedelta(hours=30), "1 day"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_how_long_it_waits_is_told_as_people_do(waited: timedelta, said: str) -> None:
    assert f"{said} ago" in words(listed(replace(WAITING, waited=waited)))[1]
