"""Somebody is told something alone: where they are, or directly where the channel takes nothing."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from bot.answer import Offer, Offers, Paragraph
from bot.desk.people import Who
from bot.slack.ephemeral import Ephemeral
from bot.slack.request import Request
from bot.words import Person, Words, say
from sandbox.slack.model import Message
from sandbox.slack.rules import Rules
from sandbox.slack.server import SlackServer
from sandbox.slack.workspace import Workspace
from tests.stories.floor import MANIFEST, SUPPORT

AGENT = Request(who=Who("U0AGENT", "T0DESK"), channel=SUPPORT)
BUSY = say("The database is busy; nothing was asked.")


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackServer]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with SlackServer(Workspace(MANIFEST, rules=Rules.quick())) as server:
        yield server


def ephemeral(slack: SlackServer) -> Ephemeral:
    return Ephemeral(
        WebClient(slack.workspace.bot_token, base_url=slack.api_url, retry_handlers=[]), name="Cognito Desk"
    )


def directly(slack: Workspace) -> list[Message]:
    """What the person was told in a direct message."""
    return [one for channel in slack.roll.channels if channel.im_with for one in slack.messages(channel.id)]


def told(slack: SlackServer, words: Words) -> str:
    ephemeral(slack).say(AGENT, words)
    (message,) = directly(slack.workspace)
    assert not message.blocks
    return message.text


def test_in_a_channel_that_takes_it_nothing_is_said_directly(slack: SlackServer) -> None:
    ephemeral(slack).say(AGENT, BUSY)

    assert [one.text for one in slack.workspace.ephemeral("agent")] == [BUSY.plain()]
    assert directly(slack.workspace) == []


def test_where_the_desk_is_no_member_a_direct_message_says_why_and_what_to_do(slack: SlackServer) -> None:
    slack.workspace.roll.leaves("cognito-desk", SUPPORT)

    # That the desk is called by an @ makes no address of it.
    here = say("I'm not in this channel, so I can't post here. Type /invite @Cognito Desk, then try again.")
    assert told(slack, here) == (
        f"I couldn't answer you in <#{SUPPORT}>. I'm not in <#{SUPPORT}>, so I can't post there. Somebody who is in it "
        f"can type /invite @Cognito Desk there.\n{here.plain()}"
    )


def test_in_an_archived_channel_and_for_somebody_who_has_left_it_too(slack: SlackServer) -> None:
    slack.workspace.roll.leaves("agent", SUPPORT)
    assert "Join it, then try again." in told(slack, BUSY)
    slack.workspace.roll.alter_channel(SUPPORT, is_archived=True)
    ephemeral(slack).say(AGENT, BUSY)
    assert "is archived, so nothing can be posted there" in directly(slack.workspace)[-1].text


@pytest.mark.parametrize("refusal", ["restricted_action_read_only_channel", "some_new_refusal"])
def test_whatever_else_the_channel_says(slack: SlackServer, refusal: str) -> None:
    slack.workspace.faults.refuse("chat.postEphemeral", refusal)

    assert f"I couldn't answer you in <#{SUPPORT}>" in told(slack, BUSY)


@pytest.mark.parametrize(
    "address", ["ana@example.com", '"a b"@example.com', "ana\N{FULLWIDTH COMMERCIAL AT}example.com"]
)
def test_a_customers_address_is_never_said_directly(slack: SlackServer, address: str) -> None:
    slack.workspace.roll.leaves("cognito-desk", SUPPORT)

    text = told(slack, say("No account in prod matches {address}.", address=address))
    assert "example.com" not in text
    assert "it isn't repeated here" in text


def test_nor_one_on_a_button(slack: SlackServer) -> None:
    slack.workspace.roll.leaves("cognito-desk", SUPPORT)
    offer = Offer(label="Check ana@example.com", scenario="check", fields={"user": "ana@example.com"})

    ephemeral(slack).show(AGENT, (Paragraph(say("Close to it:")), Offers((offer,))), pool="prod")
    (message,) = directly(slack.workspace)
    assert "example.com" not in message.text


def test_a_mention_is_no_address(slack: SlackServer) -> None:
    slack.workspace.roll.leaves("cognito-desk", SUPPORT)

    assert "Only <@U0LEAD1> can do this." in told(slack, say("Only {who} can do this.", who=Person("U0LEAD1")))


@pytest.mark.parametrize("refusal", ["token_revoked", "missing_scope"])
def test_what_is_refused_everywhere_is_not_tried_again_and_nothing_breaks(slack: SlackServer, refusal: str) -> None:
    slack.workspace.faults.refuse("chat.postEphemeral", refusal)
    ephemeral(slack).say(AGENT, BUSY)

    assert not slack.workspace.calls.of("chat.postMessage")


def test_when_nobody_knows_whether_they_were_told_they_are_not_told_twice(slack: SlackServer) -> None:
    slack.workspace.faults.lose_answer("chat.postEphemeral")
    ephemeral(slack).say(AGENT, BUSY)

    assert not slack.workspace.calls.of("chat.postMessage")


def test_a_closed_messages_tab_breaks_nothing(slack: SlackServer) -> None:
    slack.workspace.roll.leaves("cognito-desk", SUPPORT)
    slack.workspace.faults.refuse("chat.postMessage", "messages_tab_disabled")
    ephemeral(slack).say(AGENT, BUSY)

    assert len(slack.workspace.calls.of("chat.postMessage")) == 1
