"""Slack's bad days: no message twice, none missing once Slack is back, and each thread in its order."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.timings import SocketTimings, Timings
from sandbox.testing import LivePool, Reason, SlackFaults
from tests.stories.floor import PROOF, Floor, settings_for, workspace

TROUBLES: dict[str, Callable[[SlackFaults, str], None]] = {
    "429": lambda faults, method: faults.rate_limit(method, times=2, retry_after=1),
    "500": lambda faults, method: faults.fail(method, status=500, times=2),
    "503": lambda faults, method: faults.fail(method, status=503, times=2, after=1),
    "dropped before it arrived": lambda faults, method: faults.drop(method, times=2),
    "taken, but never answered": lambda faults, method: faults.lose_answer(method, times=2),
    "taken, but never answered, later": lambda faults, method: faults.lose_answer(method, times=2, after=2),
}


@pytest.fixture(autouse=True)
def ada(pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)


@pytest.fixture
def shaky(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor whose sockets notice within a moment that the other side has gone."""
    with workspace(ping_seconds=0.2) as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db"))
        floor.opens()
        yield floor
        floor.closes()


def types_until_heard(floor: Floor, text: str) -> None:
    """Type a command again until it is acknowledged, as people do."""
    for _ in range(20):
        sent = floor.slack.types("agent", text)
        assert sent
        floor.slack.wait_for(lambda sent=sent: sent.outcome or floor.server.sockets.has_lost(sent))  # type: ignore[misc]
        if sent.acked:
            return
        floor.slack.wait_for(lambda: floor.server.sockets.connections)
    raise AssertionError(floor.slack.seen())


def said_once(floor: Floor) -> bool:
    """Whether no message of the desk's stands there twice."""
    floor.quiet()
    everything = [each for root in floor.roots for each in floor.slack.thread(root)]
    marks = [each.blocks[0]["block_id"] for each in everything]
    return len(set(marks)) == len(marks)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_message_arrives_once_and_in_its_order(floor: Floor, trouble: str) -> None:
    for method in ("chat.postMessage", "chat.update"):
        TROUBLES[trouble](floor.slack.faults, method)
    card = floor.asks("/cognito-verify-email ada")
    floor.clicks("lead1", "Approve", card)
    floor.reads_card("Done")
    floor.reads_thread("<@U0AGENT>: done:")

    assert said_once(floor)
    assert len(floor.roots) == 1
    texts = [reply.text for reply in floor.slack.replies(floor.card)]
    assert [text.splitlines()[0] for text in texts] == [
        "<@U0AGENT> asked for this.",
        "<@U0LEAD1> approved this.",
        "<@U0AGENT>: done: ada has ada@example.com, verified",
    ]


def test_without_the_history_scopes_a_message_may_come_twice_but_is_never_missing(
    pool: LivePool, tmp_path: Path
) -> None:
    with workspace(optional_scopes=False) as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db"))
        floor.opens()
        slack.faults.lose_answer("chat.postMessage", times=1)
        floor.types("agent", "/cognito-check ada@example.com")
        floor.slack.wait_for_message("ada@example.com")
        floor.quiet()

        assert len(floor.roots) == 2
        floor.closes()


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "too_many_websockets"])
def test_a_connection_that_slack_takes_back_is_replaced(shaky: Floor, reason: Reason) -> None:
    (before,) = shaky.server.sockets.connections
    shaky.server.sockets.disconnect(reason, grace=0.3)
    shaky.slack.wait_for(lambda: shaky.server.sockets.connections not in ((), (before,)))

    types_until_heard(shaky, "/cognito-check ada@example.com")
    shaky.slack.wait_for_message("ada@example.com")
    assert said_once(shaky)


def test_a_connection_that_breaks_without_a_word_is_replaced(shaky: Floor) -> None:
    shaky.server.sockets.cut()
    types_until_heard(shaky, "/cognito-check ada@example.com")

    shaky.slack.wait_for_message("ada@example.com")
    assert said_once(shaky)


def test_half_an_envelope_is_none(shaky: Floor) -> None:
    shaky.slack.faults.cut_frame()
    types_until_heard(shaky, "/cognito-check ada@example.com")

    shaky.slack.wait_for_message("ada@example.com")
    assert said_once(shaky)
    assert len(shaky.roots) == 1


def test_a_click_whose_acknowledgement_was_lost_with_its_connection_has_counted_once(
    shaky: Floor, pool: LivePool
) -> None:
    card = shaky.asks("/cognito-verify-email ada")
    shaky.quiet()
    shaky.slack.faults.close_after_delivery()
    shaky.slack.clicks("lead1", "Approve", card)

    shaky.reads_card("Done")
    assert [call.operation for call in pool.calls].count("AdminUpdateUserAttributes") == 1
    assert said_once(shaky)


def test_what_is_delivered_twice_has_one_effect(floor: Floor, pool: LivePool) -> None:
    floor.types("agent", "/cognito-verify-email ada")
    floor.form("agent")
    submission = floor.slack.submits("agent", {"proof": PROOF, "reason": "called back"})
    assert submission
    floor.server.sockets.redeliver(submission)
    card = floor.reads_card("Needs a lead")
    click = floor.clicks("lead1", "Approve", card)
    floor.server.sockets.redeliver(click)
    floor.reads_card("Done")
    floor.server.sockets.redeliver(submission)
    floor.server.sockets.redeliver(click)
    floor.reads_thread("<@U0AGENT>: done:")

    assert said_once(floor)
    assert len(floor.cards) == 1
    assert [call.operation for call in pool.calls].count("AdminUpdateUserAttributes") == 1
    assert floor.audited.count("requested") == floor.audited.count("approved") == 1


def test_a_form_that_was_taken_does_not_come_back_because_slack_shows_nothing_more(floor: Floor) -> None:
    floor.types("agent", "/cognito-verify-email ada")
    floor.form("agent")
    floor.slack.faults.refuse("views.update", "internal_error", times=2)
    floor.submits("agent", reason="called back")

    # It closes in its acknowledgement, so that nothing has to be shown in it.
    floor.reads_card("Needs a lead")
    assert floor.slack.view("agent") is None
    assert len(floor.cards) == 1


def test_a_command_that_is_delivered_twice_is_answered_once(floor: Floor, pool: LivePool) -> None:
    command = floor.types("agent", "/cognito-check ada@example.com")
    floor.slack.wait_for_message("ada@example.com")
    floor.server.sockets.redeliver(command)
    floor.slack.wait_for(lambda: len(command.connections) == 2)
    floor.slack.wait_for(lambda: [call.operation for call in pool.calls].count("DescribeUserPool") == 2)
    # Stopping waits for whatever is under way, and a new start sends whatever it left.
    floor.closes()
    floor.opens()
    floor.quiet()

    assert said_once(floor)
    assert len(floor.roots) == 1


def test_after_a_long_silence_everything_that_waited_is_told(shaky: Floor, pool: LivePool) -> None:
    card = shaky.asks("/cognito-verify-email ada")
    shaky.quiet()
    shaky.slack.faults.drop("chat.postMessage", times=1000)
    shaky.slack.faults.drop("chat.update", times=1000)
    shaky.clicks("lead1", "Approve", card)
    shaky.slack.wait_for(lambda: "done" in shaky.audited)
    shaky.slack.faults.silence(2.0)
    shaky.slack.wait_for(lambda: not shaky.slack.faults.silent)
    shaky.slack.faults.clear()

    shaky.reads_card("Done")
    shaky.reads_thread("<@U0AGENT>: done:")
    types_until_heard(shaky, "/cognito-check ada@example.com")
    assert said_once(shaky)


def test_a_connection_that_never_says_anything_is_replaced(pool: LivePool, tmp_path: Path) -> None:
    with workspace() as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db"))
        floor.timings = Timings(socket=SocketTimings(ping=0.2))
        slack.faults.silence(60)
        floor.opens()
        (before,) = server.sockets.connections
        slack.wait_for(lambda: before not in server.sockets.connections)
        slack.faults.clear()
        slack.wait_for(lambda: server.sockets.connections)
        floor.types("agent", "/cognito-check ada@example.com")
        slack.wait_for_message("ada@example.com")
        floor.closes()


def test_commands_typed_while_slack_takes_no_messages_are_answered_in_the_end(floor: Floor) -> None:
    floor.slack.faults.rate_limit("chat.postMessage", times=3, retry_after=1)
    floor.types("agent", "/cognito-check ada@example.com")
    root = floor.slack.wait_for_message("asked by")

    floor.reads_thread("Why", root)
    assert said_once(floor)
