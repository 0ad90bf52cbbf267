"""/cognito-requests: what waits, each with who can decide it, a way to its card, and a reminder."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.answer import EphemeralAnswer, Paragraph, RequestButtons
from bot.plan import Deciding, Risk, Waiting
from bot.scenario import Sources
from bot.slack import blocks
from bot.slack.blocks import Topic
from bot.words import mentioning, say
from sandbox.testing import check_message
from tests.commands.paper import SCENARIOS, PaperLedger

WAITING = Waiting(
    ticket=7,
    pool="shop",
    risk=Risk.NORMAL,
    summary=say("mark {address} as verified for {name}", address="ana@example.com", name="ana"),
    requester="U0AGENT",
    waited=timedelta(minutes=80),
    until=datetime(2026, 11, 24, 18, 4, tzinfo=UTC),
    left=1,
    reminded_by_hand=None,
    card="https://desk.example/archives/C0SUPPORT/p7",
)
RISKY = replace(WAITING, ticket=8, risk=Risk.HIGH, left=2, danger=say("{who} loses the address.", who="ben.new"))
ANYBODY = Deciding(words=mentioning("Can decide: %s.", ["U0LEAD1", "U0LEAD2"]), reader=True)
SOMEBODY_ELSE = replace(ANYBODY, reader=False)


def listed(*waiting: Waiting, deciding: Deciding = ANYBODY) -> EphemeralAnswer:
    scenario = SCENARIOS["requests"]
    ledger = PaperLedger(waiting=waiting, deciding=deciding)
    answer = scenario.run(scenario.form(), Sources(directory=None, ledger=ledger))
    assert isinstance(answer, EphemeralAnswer)
    return answer


def words(answer: EphemeralAnswer) -> list[str]:
    return [part.words.text() for part in answer.parts if isinstance(part, Paragraph)]


def buttons(answer: EphemeralAnswer) -> list[RequestButtons]:
    return [part for part in answer.parts if isinstance(part, RequestButtons)]


def test_it_reads_no_pool_and_asks_for_nothing() -> None:
    assert SCENARIOS["requests"].fields == ()
    assert not SCENARIOS["requests"].reads_a_pool


def test_each_request_says_its_risk_first_then_what_who_where_how_long_and_who_can_decide() -> None:
    answer = listed(WAITING)

    assert words(answer)[0] == "One request waits for a decision."
    headline, asked, deciding = words(answer)[1].splitlines()
    assert headline == "🟡 Needs a lead: mark ana@example.com as verified for ana"
    assert asked.startswith("Asked by <@U0AGENT> in pool shop, 1 h 20 min ago · until <!date^")
    assert asked.endswith("<https://desk.example/archives/C0SUPPORT/p7|card ↗>")
    assert deciding == "Can decide: <@U0LEAD1>, <@U0LEAD2>."
    assert buttons(answer) == [RequestButtons(ticket=7, opens=True, reminds=True)]


def test_a_high_risk_says_who_loses_what_in_its_second_line() -> None:
    headline, danger, *_ = words(listed(RISKY))[1].splitlines()

    assert headline.startswith("🔴 High risk · needs 2 leads: ")
    assert danger == "ben.new loses the address."


def test_only_who_can_decide_is_offered_to_open_it() -> None:
    assert buttons(listed(WAITING, deciding=SOMEBODY_ELSE)) == [RequestButtons(ticket=7, opens=False, reminds=True)]


def test_where_nobody_can_decide_the_cure_stands_there() -> None:
    stuck = Deciding(words=say("2 more leads have to agree, and nobody can. Do this."), reader=False)
    assert "nobody can. Do this." in words(listed(RISKY, deciding=stuck))[1]


def test_a_reminder_is_offered_only_when_it_is_possible() -> None:
    again = WAITING.until + timedelta(minutes=15)
    soon = listed(replace(WAITING, reminded_by_hand=WAITING.until, remind_from=again))
    said = words(soon)[1].splitlines()[-1]
    assert said.startswith(f"The leads were reminded at <!date^{int(WAITING.until.timestamp())}^{{time}}|")
    assert f"You can remind them again at <!date^{int(again.timestamp())}^{{time}}|" in said
    assert buttons(soon) == [RequestButtons(ticket=7, opens=True, reminds=False)]

    possible = listed(replace(WAITING, reminded_by_hand=WAITING.until))
    assert "The leads were reminded at" in words(possible)[1]
    assert buttons(possible) == [RequestButtons(ticket=7, opens=True, reminds=True)]


def test_a_card_that_is_still_on_its_way_is_not_opened() -> None:
    answer = listed(replace(WAITING, card=""))
    assert "Its card is just being posted." in words(answer)[1]
    assert buttons(answer) == [RequestButtons(ticket=7, opens=False, reminds=True)]


def test_what_nobody_can_see_has_its_cure_instead_of_buttons() -> None:
    answer = listed(replace(WAITING, card="", unseen=say("Invite me to the channel.")))

    assert "Nobody can see it: " in words(answer)[1]
    assert "Can decide" not in words(answer)[1]
    assert words(answer)[2] == "Invite me to the channel."
    assert buttons(answer) == []


def test_where_nothing_can_be_posted_its_cure_stands_instead_of_buttons() -> None:
    closed = Deciding(words=say("The channel is archived. Unarchive it."), reader=False, is_closed=True)
    answer = listed(WAITING, deciding=closed)

    assert "The channel is archived. Unarchive it." in words(answer)[1]
    assert buttons(answer) == [RequestButtons(ticket=7, opens=False, reminds=False)]
    assert [block["type"] for block in blocks.message(answer.parts, Topic()).blocks] == ["rich_text", "rich_text"]


def test_nothing_is_said_in_a_sentence() -> None:
    assert words(listed()) == ["Nothing waits for a decision."]


def test_a_long_list_is_cut_and_the_rest_counted() -> None:
    answer = listed(*(replace(RISKY, ticket=number) for number in range(20)))
    assert [part.ticket for part in buttons(answer)] == list(range(15))
    assert words(answer)[0] == "20 requests wait for a decision. The first one expires first."
    assert words(answer)[-1] == "… and 5 more, which expire later."


def test_the_longest_list_fits_into_a_message() -> None:
    unseen = replace(RISKY, card="", unseen=say("Invite me to the channel."))
    for each in (RISKY, unseen):
        answer = listed(*(replace(each, ticket=number) for number in range(20)))
        drawn = blocks.message(answer.parts, Topic())
        assert len(drawn.blocks) <= 50
        assert check_message(list(drawn.blocks), drawn.text) == []
        rows = [block["elements"] for block in drawn.blocks if block["type"] == "actions"]
        opened = [button["action_id"] for row in rows for button in row if button["action_id"].startswith("open:")]
        assert len(set(opened)) == len(opened)


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
