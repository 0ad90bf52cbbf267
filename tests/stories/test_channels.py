"""Channels that the desk can't post in, or shouldn't: people are told at once, with the cure; nothing is half done."""

import copy
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.settings import Channels
from sandbox.testing import PASSWORD, LivePool, Rates, Rules, SlackFaults, SlackServer, Workspace
from tests.stories.floor import MANIFEST, SUPPORT, UNHURRIED, Floor, settings_for, workspace

DESK = "cognito-desk"
NOT_HERE = "I'm not in this channel, so I can't post here. Type /invite @Cognito Desk, then try again."


@pytest.fixture(autouse=True)
def ada(pool: LivePool) -> str:
    return pool.add("ada", email="ada@example.com", email_verified=False).username


@pytest.fixture
def floor(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor whose desk takes no channel for open because it was, and nobody's patience for endless."""
    with workspace() as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db"))
        floor.timings = replace(floor.timings, open_channels=0.0)
        floor.opens()
        yield floor
        slack.faults.clear()
        assert floor.blocks_are_sound() == []
        floor.closes()


def removed(floor: Floor) -> None:
    floor.slack.roll.leaves(DESK, SUPPORT)


def directly(floor: Floor) -> str:
    """What the agent was told by direct message."""
    talks = [each for each in floor.slack.roll.channels if each.im_with == "U0AGENT"]
    return "".join(message.text for each in talks for message in floor.slack.messages(each.id))


def is_now(floor: Floor, **what: bool) -> None:
    floor.slack.roll.alter_channel(SUPPORT, **what)


def operator_was_told(caplog: pytest.LogCaptureFixture) -> list[str]:
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    return [record.getMessage() for record in errors if record.name == "bot.desk.channels"]


def calls(pool: LivePool) -> list[str]:
    return [call.operation for call in pool.calls]


def test_where_the_desk_is_no_member_everybody_is_told_at_once_and_after_an_invitation_it_works(floor: Floor) -> None:
    floor.types("agent", "/cognito-check ada@example.com")
    case = floor.slack.wait_for_message("ada@example.com")
    floor.reads_thread("Why", case)
    floor.quiet()
    removed(floor)

    floor.types("agent", "/cognito-check ada@example.com")
    floor.told("agent", NOT_HERE)
    for command in ("/cognito-verify-email ada", "/cognito"):
        floor.slack.reloads("agent")
        floor.types("agent", command)
        floor.told("agent", NOT_HERE)
        floor.modal_says("agent", NOT_HERE)
    floor.slack.reloads("agent")
    details = next(each for each in floor.slack.replies(case) if any(b.label == "Details" for b in each.buttons))
    floor.clicks("agent", "Details", details)
    floor.modal_says("agent", NOT_HERE)

    # It came by the addresses that Slack gave along; nothing else works without membership.
    assert not floor.slack.calls.of("chat.postEphemeral")
    assert len(floor.roots) == 1
    assert floor.program
    assert floor.program.outbox.is_empty()

    floor.slack.reloads("agent")
    floor.slack.types("agent", "/invite @Cognito Desk")
    floor.types("agent", "/cognito-check ada@example.com")
    floor.slack.wait_for(lambda: len(floor.roots) == 2)


def test_removed_while_a_form_is_open_the_person_is_told_directly_and_nothing_is_asked(floor: Floor) -> None:
    floor.types("agent", "/cognito-verify-email ada")
    floor.form("agent")
    removed(floor)
    floor.submits("agent", reason="Proved the mailbox on the phone")

    floor.slack.wait_for(lambda: NOT_HERE in directly(floor))
    assert floor.slack.view("agent") is None
    assert "requested" not in floor.audited
    floor.slack.types("agent", "/invite @Cognito Desk")
    floor.asks("/cognito-verify-email ada")
    floor.reads_card("Needs a lead")


@pytest.mark.parametrize("change", ["is_archived", "is_ext_shared"])
def test_a_customers_own_action_is_not_carried_out_where_nobody_would_be_told(
    floor: Floor, pool: LivePool, change: str
) -> None:
    floor.types("agent", "/cognito-send-code ada")
    floor.form("agent")
    before = calls(pool)
    is_now(floor, **{change: True})
    floor.submits("agent", password=PASSWORD)

    form = floor.modal_says("agent", "⚠️")
    assert (form.values["user"], form.values["password"]) == ("ada", None)
    assert not {"InitiateAuth", "GetUserAttributeVerificationCode"} & set(calls(pool)[len(before) :])
    assert floor.is_silent()


def test_what_is_only_looked_up_is_refused_too(floor: Floor, pool: LivePool) -> None:
    floor.types("agent", "/cognito-check")
    floor.form("agent", "Find out why")
    is_now(floor, is_archived=True)
    floor.submits("agent", user="ada@example.com")

    assert floor.modal_says("agent", "This channel is archived").values == {"user": "ada@example.com"}
    assert floor.is_silent()


def test_a_channel_that_becomes_shared_while_a_request_waits_is_left_alone(
    floor: Floor, pool: LivePool, caplog: pytest.LogCaptureFixture
) -> None:
    card = floor.asks("/cognito-verify-email ada")
    floor.quiet()
    is_now(floor, is_ext_shared=True)
    shared_at = floor.slack.now()

    floor.clicks("lead1", "Approve", card)
    floor.told("lead1", "This channel is shared with another organisation")
    # What only makes things safer still works, and is not said to be on the card before it is.
    floor.clicks("agent", "Withdraw", card)
    floor.told("agent", "Withdrawn. The card shows it as soon as I can post there.")
    floor.types("agent", "/cognito-check ada@example.com")
    floor.told("agent", "This channel is shared with another organisation")

    assert "AdminUpdateUserAttributes" not in calls(pool)
    (told,) = operator_was_told(caplog)
    assert SUPPORT in told
    assert "channels.shared" in told

    until = floor.slack.now()
    is_now(floor, is_ext_shared=False)
    floor.reads_card("Withdrawn")
    posts = [*floor.slack.calls.of("chat.postMessage"), *floor.slack.calls.of("chat.update")]
    here = [each for each in posts if each.arguments["channel"] == SUPPORT]
    assert not [each for each in here if shared_at <= each.at <= until]


def test_a_channel_that_may_be_shared_goes_on(pool: LivePool, tmp_path: Path) -> None:
    with workspace() as (slack, server):
        settings = settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db")
        settings = replace(settings, channels=Channels(allowed=(SUPPORT,), shared=(SUPPORT,)))
        floor = Floor(slack, server, settings)
        is_now(floor, is_ext_shared=True)
        floor.opens()
        floor.asks("/cognito-verify-email ada")
        floor.closes()


def test_nobody_decides_where_nobody_would_be_told(floor: Floor, pool: LivePool) -> None:
    card = floor.asks("/cognito-verify-email ada")
    floor.quiet()
    removed(floor)

    floor.clicks("lead1", "Approve", card)
    floor.told("lead1", NOT_HERE)
    floor.clicks("lead2", "Deny", card)
    floor.form("lead2", "Deny")
    floor.submits("lead2", reason="Call them back first")
    floor.modal_says("lead2", "Denied. The card shows it as soon as I can post there.")
    assert "AdminUpdateUserAttributes" not in calls(pool)

    floor.slack.types("agent", "/invite @Cognito Desk")
    floor.types("agent", "/cognito-requests")
    floor.told("agent", "Nothing waits")


@pytest.mark.slow
def test_without_the_scopes_the_person_and_the_operator_are_told_what_to_do(
    pool: LivePool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    manifest = copy.deepcopy(MANIFEST)
    granted = manifest["oauth_config"]["scopes"]
    granted["bot"] = [each for each in granted["bot"] if each not in ("channels:read", "groups:read")]
    rules = Rules(rates=Rates.generous(), ack_seconds=UNHURRIED, trigger_seconds=UNHURRIED)
    slack = Workspace(manifest, rules=rules)
    with SlackServer(slack) as server:
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db"))
        floor.opens()
        floor.types("agent", "/cognito-check ada@example.com")
        floor.told("agent", "Please tell the operator that I lack the scopes channels:read and groups:read.")

        assert floor.is_silent()
        (told,) = operator_was_told(caplog)
        assert "install it again" in told
        floor.closes()


@pytest.mark.slow
def test_nothing_is_said_to_be_there_before_it_is(floor: Floor) -> None:
    floor.closes()
    floor.timings = replace(floor.timings, posting=0.1)
    floor.opens()
    gate = floor.slack.faults.hold("chat.postMessage")
    floor.types("agent", "/cognito-verify-email ada")
    floor.form("agent")
    floor.submits("agent", reason="Proved the mailbox on the phone")
    floor.told("agent", "Asked. Slack hasn't taken the card yet; it's posted as soon as it does.")

    floor.types("agent", "/cognito-send-code ada")
    floor.form("agent")
    floor.submits("agent", password=PASSWORD)
    floor.modal_says("agent", "Sent. Slack hasn't taken the answer yet; it's posted as soon as it does.")
    floor.slack.closes("agent")

    floor.types("agent", "/cognito-check")
    floor.form("agent")
    floor.submits("agent", user="ada")
    floor.modal_says("agent", "Slack hasn't taken the answer yet; it's posted as soon as it does.")

    floor.types("agent", "/cognito-requests")
    listed = floor.told("agent", "One request waits for a decision.")
    floor.clicks("agent", "Remind the leads", listed)
    floor.told("agent", "Slack hasn't taken it yet; the leads are reminded as soon as it does.")

    gate.open()
    floor.slack.wait_for(lambda: len(floor.roots) == 3)
    floor.reads_thread("asks for a decision on this")


def test_a_command_that_is_delivered_twice_is_not_said_to_have_broken(floor: Floor) -> None:
    command = floor.types("agent", "/cognito-verify-email ada")
    form = floor.form("agent")
    floor.server.sockets.redeliver(command)
    floor.slack.wait_for(lambda: len(floor.slack.calls.of("views.open")) == 2)
    # Stopping waits for whatever is under way.
    floor.closes()

    assert floor.slack.ephemeral("agent") == ()
    assert floor.slack.view("agent") == form
    floor.opens()


WINDOWS: dict[str, Callable[[SlackFaults], None]] = {
    "too many": lambda faults: faults.rate_limit("views.open"),
    "a fault": lambda faults: faults.fail("views.open"),
    "an error": lambda faults: faults.refuse("views.open", "internal_error"),
}


@pytest.mark.parametrize("trouble", WINDOWS)
def test_a_form_that_slack_does_not_open_is_said_so(floor: Floor, trouble: str) -> None:
    WINDOWS[trouble](floor.slack.faults)
    floor.types("agent", "/cognito-verify-email ada")

    floor.told("agent", "Slack doesn't open windows right now. Please try again in a minute.")


def test_a_closed_form_is_answered_directly_where_the_channel_takes_nothing(floor: Floor) -> None:
    floor.types("agent", "/cognito-verify-email ada")
    floor.form("agent")
    removed(floor)
    floor.submits("agent", reason="Proved the mailbox on the phone")

    floor.slack.wait_for(lambda: directly(floor))
    assert directly(floor).startswith(f"I couldn't answer you in <#{SUPPORT}>. I'm not in <#{SUPPORT}>")
