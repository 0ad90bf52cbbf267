"""What a payload says of who and where, and how somebody is told something alone: where they are, or directly."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.answer import Offer, Offers, Paragraph, Refused
from bot.desk.people import Who
from bot.slack import interaction
from bot.slack.interaction import Interaction
from bot.words import Person, Words, say
from sandbox.testing import Message, Rules, SlackServer, Workspace
from tests.bot.slack.replies import acting, replies
from tests.stories.floor import MANIFEST, SUPPORT

BUSY = say("The database is busy; nothing was asked.")

COMMAND = {
    "user_id": "U1",
    "channel_id": "C1",
    "trigger_id": "1.2.3",
    "response_url": "https://hooks.slack.com/commands/1",
    "command": "/cognito",
}
MODAL = {
    "view": {
        "id": "V1",
        "hash": "1.5",
        "title": {"text": "Some form"},
        "private_metadata": '{"channel": "C1"}',
        "state": {"values": {"code": {"value": {"value": "4711"}}}},
    }
}
CLICK = {"container": {"channel_id": "C1", "message_ts": "1.0"}, "trigger_id": "1.2.3"}
ENTERPRISE = {"enterprise": {"id": "E1", "name": "all of us"}, "is_enterprise_install": False}


@pytest.mark.parametrize(("body", "team"), [({"team_id": "T1"}, "T1"), ({"team_id": None}, ""), ({}, "")])
def test_a_command_may_name_no_team(body: dict[str, Any], team: str) -> None:
    read = interaction.of_command({**COMMAND, **body, "enterprise_id": "E1"}, replies())

    assert (read.who, read.channel) == (Who("U1", team), "C1")


@pytest.mark.parametrize(
    ("body", "team"),
    [
        ({"user": {"id": "U1", "team_id": "T2"}, "team": {"id": "T1"}}, "T2"),
        ({"user": {"id": "U1", "team_id": "E1"}, "team": None}, "E1"),
        ({"user": {"id": "U1", "team_id": None}, "team": {"id": "T1"}}, "T1"),
        ({"user": {"id": "U1"}, "team": {"id": "T1"}}, "T1"),
        ({"user": {"id": "U1"}, "team": None}, ""),
        ({"user": {"id": "U1"}, "team": {}}, ""),
        ({"user": {"id": "U1"}}, ""),
    ],
)
def test_a_click_and_a_submission_may_name_no_team_or_another(body: dict[str, Any], team: str) -> None:
    assert interaction.of_action({**CLICK, **ENTERPRISE, **body}, {}, replies()).who == Who("U1", team)
    submitted = interaction.of_submission({**MODAL, **ENTERPRISE, **body}, None, replies())
    assert (submitted.who, submitted.channel) == (Who("U1", team), "C1")


@pytest.mark.parametrize(
    ("value", "ticket"), [("17", 17), ("", 0), ("-1", 0), ("1" * 19, 0), ("１", 0), ("x", 0), ("1.0", 0)]
)
def test_what_is_no_number_of_a_ticket_means_none(value: str, ticket: int) -> None:
    assert interaction.of_action({**CLICK, "user": {"id": "U1"}}, {"value": value}, replies()).ticket == ticket


def test_what_was_chosen_in_a_menu_is_read_like_a_button() -> None:
    chosen = {"selected_option": {"value": "17"}}
    assert interaction.of_action({**MODAL, "user": {"id": "U1"}}, chosen, replies()).value == "17"


def test_a_press_in_the_home_tab_has_no_channel_and_may_open_a_modal() -> None:
    at_home = {"container": {"type": "view", "view_id": "V1"}, "trigger_id": "1.2.3", "user": {"id": "U1"}}
    read = interaction.of_action({**at_home, "view": {"id": "V1", "type": "home"}}, {"value": "17"}, replies())

    assert (read.channel, read.ts, read.ticket, read.trigger) == ("", "", 17, "1.2.3")
    # The tab itself is no modal: it is never redrawn as one.
    assert not read.modal.is_open


def test_neither_what_was_typed_nor_a_right_to_answer_shows_in_what_python_prints() -> None:
    typed = interaction.of_command({**COMMAND, "text": "ana@example.com"}, replies())
    submitted = interaction.of_submission({**MODAL, "user": {"id": "U1"}}, None, replies())
    pressed = interaction.of_action({**CLICK, "user": {"id": "U1"}}, {"value": "ben"}, replies())
    for shown in map(repr, (typed, submitted, pressed)):
        assert not re.search("ana@|ben|4711|hooks.slack.com|1.2.3", shown)


# Told in the modal, or beside it.


class Modals(WebClient):
    """Answers views.update with a refusal, if there is one, and keeps what is told beside the modal."""

    def __init__(self, refusal: str) -> None:
        super().__init__("xoxb-made-up")
        self.refusal = refusal
        self.beside: list[str] = []

    def views_update(self, **_: Any) -> Any:
        if self.refusal:
            answer = SlackResponse(
                client=self,
                http_verb="POST",
                api_url="views.update",
                req_args={},
                data={"ok": False, "error": self.refusal},
                headers={},
                status_code=200,
            )
            raise SlackApiError("refused", answer)  # type: ignore[no-untyped-call] # the SDK doesn't type it

    def chat_postEphemeral(self, **message: Any) -> Any:  # noqa: N802 - the SDK's name
        self.beside.append(message["text"])


@pytest.mark.parametrize("refusal", ["not_found", "hash_conflict", "view_too_large", "invalid_arguments"])
def test_whoever_cannot_be_told_in_the_modal_is_told_beside_it(refusal: str) -> None:
    slack = Modals(refusal)
    acting(Who("U1", "T1"), "C1", replies(slack), view_id="V1").tell(BUSY)

    assert slack.beside == [BUSY.plain()]


def test_whoever_is_told_in_the_modal_is_told_there_alone() -> None:
    slack = Modals("")
    acting(Who("U1", "T1"), "C1", replies(slack), view_id="V1").tell(BUSY)

    assert slack.beside == []


def test_whatever_breaks_work_is_told_to_its_person_in_the_modal_that_it_opened() -> None:
    slack = Modals("")
    acted = acting(Who("U1", "T1"), "C1", replies(slack), view_id="V1")

    def breaks() -> None:
        raise Refused(BUSY)

    acted.replies.background.run(acted.piece(breaks))
    slack.refusal = "not_found"
    assert slack.beside == []
    acted.replies.background.run(acted.piece(breaks))
    assert slack.beside == [BUSY.plain()]


# Told alone.


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackServer]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with SlackServer(Workspace(MANIFEST, rules=Rules.quick())) as server:
        yield server


def agent(slack: SlackServer) -> Interaction:
    client = WebClient(slack.workspace.bot_token, base_url=slack.api_url, retry_handlers=[])
    return acting(Who("U0AGENT", "T0DESK"), SUPPORT, replies(client))


def directly(slack: Workspace) -> list[Message]:
    """What the person was told in a direct message."""
    return [one for channel in slack.roll.channels if channel.im_with for one in slack.messages(channel.id)]


def told(slack: SlackServer, words: Words) -> str:
    agent(slack).tell(words)
    (message,) = directly(slack.workspace)
    assert not message.blocks
    return message.text


def test_in_a_channel_that_takes_it_nothing_is_said_directly(slack: SlackServer) -> None:
    agent(slack).tell(BUSY)

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
    agent(slack).tell(BUSY)
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


def test_whoever_is_at_home_is_told_directly_without_an_address(slack: SlackServer) -> None:
    at_home = replace(agent(slack), channel="")
    at_home.tell(BUSY)
    at_home.tell(say("No account in prod matches {address}.", address="ana@example.com"))

    assert not slack.workspace.calls.of("chat.postEphemeral")
    plain, hidden = (message.text for message in directly(slack.workspace))
    assert plain == BUSY.plain()
    assert "example.com" not in hidden


def test_nor_one_on_a_button(slack: SlackServer) -> None:
    slack.workspace.roll.leaves("cognito-desk", SUPPORT)
    offer = Offer(label="Check ana@example.com", scenario="check", fields={"user": "ana@example.com"})

    agent(slack).show_ephemeral(Paragraph(say("Close to it:")), Offers((offer,)))
    (message,) = directly(slack.workspace)
    assert "example.com" not in message.text


def test_a_mention_is_no_address(slack: SlackServer) -> None:
    slack.workspace.roll.leaves("cognito-desk", SUPPORT)

    assert "Only <@U0LEAD1> can do this." in told(slack, say("Only {who} can do this.", who=Person("U0LEAD1")))


@pytest.mark.parametrize("refusal", ["token_revoked", "missing_scope"])
def test_what_is_refused_everywhere_is_not_tried_again_and_nothing_breaks(slack: SlackServer, refusal: str) -> None:
    slack.workspace.faults.refuse("chat.postEphemeral", refusal)
    agent(slack).tell(BUSY)

    assert not slack.workspace.calls.of("chat.postMessage")


def test_when_nobody_knows_whether_they_were_told_they_are_not_told_twice(slack: SlackServer) -> None:
    slack.workspace.faults.lose_answer("chat.postEphemeral")
    agent(slack).tell(BUSY)

    assert not slack.workspace.calls.of("chat.postMessage")


def test_a_closed_messages_tab_breaks_nothing(slack: SlackServer) -> None:
    slack.workspace.roll.leaves("cognito-desk", SUPPORT)
    slack.workspace.faults.refuse("chat.postMessage", "messages_tab_disabled")
    agent(slack).tell(BUSY)

    assert len(slack.workspace.calls.of("chat.postMessage")) == 1
