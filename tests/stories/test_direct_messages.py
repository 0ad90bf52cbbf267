"""Leads who aren't in the channel are told directly of what waits, if the operator wants that; it gives no right."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.settings import Approvals
from sandbox.testing import LivePool, Message
from tests.stories.floor import SUPPORT, Floor, settings_for, workspace

WANTED = Approvals(expires_after=timedelta(hours=4), direct_messages=True)


@pytest.fixture
def telling(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A desk that tells leads directly, and one lead who isn't in the channel."""
    pool.add("ada", email="ada@example.com", email_verified=False)
    with workspace() as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "d.db", approvals=WANTED))
        floor.timings = replace(floor.timings, sweep=0.1)
        slack.roll.leaves("lead2", SUPPORT)
        floor.opens()
        yield floor
        floor.closes()


def direct(floor: Floor, person: str) -> list[Message]:
    """What somebody was told by direct message."""
    somebody = floor.slack.person(person).id
    talks = [each for each in floor.slack.roll.channels if each.im_with == somebody]
    return [each for talk in talks for each in floor.slack.messages(talk.id)]


def test_a_lead_who_is_not_there_is_told_once_and_decides_from_the_message(telling: Floor, pool: LivePool) -> None:
    card = telling.asks("/cognito-verify-email ada")
    (told,) = telling.slack.wait_for(lambda: direct(telling, "lead2"))
    assert told.text.startswith(f"🟡 Request #1 waits for a lead in <#{SUPPORT}>, until <!date^")
    assert f"/p{card.ts.replace('.', '')}|card ↗" in told.text
    assert "ada" not in told.text
    telling.quiet()
    assert [len(direct(telling, each)) for each in ("lead1", "lead2", "agent")] == [0, 1, 0]

    telling.clicks("lead2", "Open…", told)
    telling.modal_says("lead2", "mark ada@example.com as verified for ada")
    telling.submits("lead2")
    telling.modal_says("lead2", "Your approval counts.")
    telling.reads_card("approved by <@U0LEAD2>")
    telling.reads_card("Done")
    assert pool.user("ada").email_verified
    telling.quiet()
    assert len(direct(telling, "lead2")) == 1


def test_somebody_who_is_no_lead_any_more_has_no_right_by_the_message(telling: Floor, pool: LivePool) -> None:
    telling.asks("/cognito-verify-email ada")
    (told,) = telling.slack.wait_for(lambda: direct(telling, "lead2"))
    # Who was a lead a moment ago is shown it; when the vote is judged, the group is read anew.
    telling.leaves_group("lead2", "S0LEADS")
    telling.clicks("lead2", "Open…", told)
    telling.modal_says("lead2", "mark ada@example.com as verified for ada")
    telling.submits("lead2")
    telling.modal_says("lead2", "Only leads can approve")
    assert not pool.user("ada").email_verified


def test_a_lead_is_told_when_the_card_stands_and_not_of_what_is_over(telling: Floor) -> None:
    closed = replace(telling.slack.channel("#support"), is_read_only=True)
    telling.slack.roll.put_channel(closed)
    telling.types("agent", "/cognito-verify-email ada")
    telling.form("agent")
    telling.submits("agent", reason="Proved the mailbox on the phone")
    telling.slack.wait_for(lambda: direct(telling, "agent"))
    assert direct(telling, "lead2") == []

    telling.time_passes(hours=4.1)
    telling.slack.roll.put_channel(replace(closed, is_read_only=False))
    telling.reads_card("⌛ No")
    telling.quiet()
    assert direct(telling, "lead2") == []


def test_unless_the_operator_wants_it_nobody_is_told_directly(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.slack.roll.leaves("lead2", SUPPORT)
    floor.asks("/cognito-verify-email ada")
    floor.quiet()

    assert direct(floor, "lead2") == []
    assert not floor.slack.calls.of("conversations.members")
