"""Slack says no for good: nobody waits for what nobody can see, and what can give way does."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.testing import LivePool, Message
from tests.stories.floor import Floor, settings_for, workspace

DESK = "cognito-desk"


@pytest.fixture(autouse=True)
def ada(pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)


@pytest.fixture
def hurried(floor: Floor) -> Floor:
    """A floor whose desk looks at deadlines all the time, and keeps nobody waiting for what isn't posted."""
    floor.closes()
    floor.timings = replace(floor.timings, sweep=0.1, posting=0.1)
    floor.opens()
    return floor


def asks(floor: Floor, command: str = "/cognito-verify-email ada") -> None:
    """Ask for something whose card may not appear."""
    floor.types("agent", command)
    floor.form("agent")
    floor.submits("agent", reason="Proved the mailbox on the phone")


def told(floor: Floor, words: str, person: str = "agent") -> Message:
    """Wait until a person is told something by direct message."""
    somebody = floor.slack.person(person).id

    def there() -> Message | None:
        for channel in floor.slack.roll.channels:
            if channel.im_with == somebody:
                said = floor.slack.messages(channel.id)
                return next((each for each in reversed(said) if words in each.text), None)
        return None

    return floor.slack.wait_for(there)  # type: ignore[return-value] # None never gets past wait_for


def changed(floor: Floor, **channel: Any) -> None:
    floor.slack.roll.put_channel(replace(floor.slack.channel("#support"), **channel))


def deleted(floor: Floor, message: Message) -> None:
    """An administrator deletes a message."""
    floor.quiet()
    floor.slack.conversations.delete(message)


def test_a_request_that_nobody_can_see_is_told_and_posted_when_the_desk_is_let_in(
    hurried: Floor, pool: LivePool
) -> None:
    floor = hurried
    # Slack doesn't show beforehand what the app may post there.
    changed(floor, is_read_only=True)
    asks(floor)
    floor.told("agent", "Slack hasn't taken the card yet")
    said = told(floor, "nobody can see it")
    assert "<#C0SUPPORT> is read-only for me." in said.text
    assert "let @Cognito Desk post there" in said.text
    assert "expires by itself" in said.text
    assert "ada" not in said.text.replace("Cognito Desk", "")
    floor.types("agent", "/cognito-requests")
    listed = floor.told("agent", "One request waits for a decision.")
    assert "Nobody can see it" in listed.text
    assert "just being posted" not in listed.text
    assert "<#C0SUPPORT> is read-only for me." in listed.text

    changed(floor, is_read_only=False)
    card = floor.reads_card("Needs a lead")
    assert "<!subteam^S0LEADS>" in card.text
    floor.clicks("lead1", "Approve", card)
    floor.reads_card("Done")
    assert pool.user("ada").email_verified


def test_a_request_that_nobody_could_see_says_directly_that_it_has_expired(hurried: Floor, pool: LivePool) -> None:
    floor = hurried
    changed(floor, is_read_only=True)
    asks(floor)
    assert "is read-only for me" in told(floor, "nobody can see it").text
    floor.time_passes(hours=4.1)

    assert "Nothing was sent" in told(floor, "has expired").text
    assert floor.roots == []


def test_an_answer_that_the_channel_refuses_is_told_at_once_and_never_posted_late(floor: Floor) -> None:
    changed(floor, is_read_only=True)
    floor.types("agent", "/cognito-check ada@example.com")
    # By the address that came with the command.
    said = floor.told("agent", "can't be posted in <#C0SUPPORT>")
    assert "<#C0SUPPORT> is read-only for me." in said.text
    assert not floor.slack.calls.of("chat.postEphemeral")
    changed(floor, is_read_only=False)
    floor.types("agent", "/cognito-check ada@example.com")
    floor.slack.wait_for_message("ada@example.com")
    floor.quiet()

    assert len(floor.roots) == 1


def test_where_tables_are_refused_leads_decide_by_the_lines(floor: Floor, pool: LivePool) -> None:
    floor.slack.rules = replace(floor.slack.rules, refused_blocks=frozenset({"table"}))
    card = floor.asks("/cognito-verify-email ada")
    assert "table" not in {block["type"] for block in card.blocks}
    assert "verified" in str(card.blocks)
    floor.clicks("lead1", "Approve", card)

    floor.reads_card("Done")
    assert pool.user("ada").email_verified


def test_a_deleted_card_is_posted_again_by_the_list_which_links_the_new_one(floor: Floor, pool: LivePool) -> None:
    old = floor.asks("/cognito-verify-email ada")
    # Its address is known by now, and no proof that it stands.
    floor.types("agent", "/cognito-requests")
    floor.told("agent", f"/p{old.ts.replace('.', '')}|card ↗")
    deleted(floor, old)
    floor.types("agent", "/cognito-requests")

    new = floor.slack.wait_for(lambda: floor.cards and floor.card)
    assert isinstance(new, Message)
    floor.told("agent", f"/p{new.ts.replace('.', '')}|card ↗")
    floor.clicks("lead1", "Approve", new)
    floor.reads_card("Done")


def test_a_deleted_card_is_posted_again_by_a_nudge_and_by_the_reminder(hurried: Floor) -> None:
    floor = hurried
    old = floor.asks("/cognito-verify-email ada")
    floor.types("agent", "/cognito-requests")
    listed = floor.told("agent", "One request waits")
    deleted(floor, old)
    floor.clicks("agent", "Remind the leads", listed)
    floor.slack.wait_for(lambda: floor.cards)
    reminded_by_hand = floor.card
    floor.reads_thread("asks for a decision on this", reminded_by_hand)
    deleted(floor, reminded_by_hand)
    floor.time_passes(hours=2.1)

    floor.slack.wait_for(lambda: floor.cards)
    floor.reads_thread("this still waits", floor.card)
    assert len({old.ts, reminded_by_hand.ts, floor.card.ts}) == 3
    # The card was looked for first: nothing was posted in the channel only to be taken back.
    assert not floor.slack.calls.of("chat.delete")


def test_the_result_of_a_request_whose_card_is_gone_stands_beneath_a_new_card(floor: Floor, pool: LivePool) -> None:
    card = floor.asks("/cognito-verify-email ada")
    floor.quiet()
    gate = floor.slack.faults.hold("chat.postMessage")
    floor.clicks("lead1", "Approve", card)
    floor.slack.wait_for(lambda: "done" in floor.audited)
    floor.slack.conversations.delete(card)
    gate.open()

    new = floor.reads_card("Done")
    floor.reads_thread("<@U0AGENT>: done:", new)
    floor.quiet()
    assert floor.roots == [floor.slack.current(new)]


def test_where_edits_are_not_allowed_the_new_card_decides_and_the_old_one_does_not(
    floor: Floor, pool: LivePool
) -> None:
    floor.slack.rules = replace(floor.slack.rules, edit_seconds=0.0)
    old = floor.asks("/cognito-verify-email ada")
    floor.clicks("agent", "Withdraw", old)
    new = floor.reads_card("Withdrawn")
    assert new.ts != old.ts

    floor.clicks("lead1", "Approve", old)
    floor.quiet()
    assert not pool.user("ada").email_verified


def test_without_threads_an_answer_and_a_request_are_read_in_the_channel(floor: Floor) -> None:
    changed(floor, is_non_threadable=True)
    card = floor.asks("/cognito-verify-email ada")
    floor.clicks("lead1", "Approve", card)
    said = floor.slack.wait_for_message("<@U0AGENT>: done:")

    assert said.text.startswith("About <")
    assert f"/p{card.ts.replace('.', '')}|this request ↗>" in said.text


@pytest.fixture
def by_itself(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor of an app without the optional scopes: nothing can be looked up in the channel."""
    with workspace(optional_scopes=False) as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db"))
        floor.opens()
        yield floor
        floor.closes()


def test_without_the_history_scopes_a_deleted_card_is_noticed_too(by_itself: Floor) -> None:
    floor = by_itself
    old = floor.asks("/cognito-verify-email ada")
    floor.quiet()
    gate = floor.slack.faults.hold("chat.postMessage")
    floor.clicks("lead1", "Approve", old)
    floor.slack.wait_for(lambda: "done" in floor.audited)
    floor.slack.conversations.delete(old)
    gate.open()

    floor.reads_thread("<@U0AGENT>: done:", floor.reads_card("Done"))
    floor.quiet()
    assert len(floor.roots) == 1
