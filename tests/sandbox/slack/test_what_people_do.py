"""What people's verbs send: payloads field for field, typed text, and presses on what was seen earlier."""

from typing import Any

import pytest
from slack_bolt import App
from slack_sdk import WebClient

from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.conftest import Connect
from tests.sandbox.slack.made_up_app import actions, button, field, modal, option, section

Json = dict[str, Any]
SUPPORT = "C0SUPPORT"


def acknowledge(app: App) -> None:
    for action in ("press", "open", "choose", "more", "tick"):
        app.action(action)(lambda ack: ack())
    app.view("form")(lambda ack: ack())
    for command in ("/cognito-check", "/cognito-verify-email"):
        app.command(command)(lambda ack: ack())


def test_a_press_in_a_thread_carries_its_message_and_where_it_stands(
    workspace: Workspace, connect: Connect, client: WebClient
) -> None:
    connect(acknowledge)
    root = client.chat_postMessage(channel=SUPPORT, text="root")["ts"]
    card = client.chat_postMessage(
        channel=SUPPORT, text="card", thread_ts=root, blocks=[actions(button("Approve", value="7"))]
    )

    sent = workspace.clicks("lead1", "Approve")

    assert sent is not None
    assert sent.wait().acked
    assert (sent.type, sent.accepts_response_payload) == ("interactive", False)
    payload = sent.payload
    assert payload["type"] == "block_actions"
    assert payload["container"] == {
        "type": "message",
        "message_ts": card["ts"],
        "channel_id": SUPPORT,
        "is_ephemeral": False,
        "thread_ts": root,
    }
    assert payload["channel"] == {"id": SUPPORT, "name": "support"}
    assert payload["message"]["ts"] == card["ts"]
    assert payload["team"] == {"id": "T0DESK", "domain": "desk-sandbox"}
    (action,) = payload["actions"]
    assert (action["type"], action["action_id"], action["value"]) == ("button", "press", "7")
    assert action["text"] == {"type": "plain_text", "text": "Approve", "emoji": True}
    assert action["action_ts"] > card["ts"]
    assert payload["response_url"].startswith(f"{workspace.base_url}/hooks/actions/")


def test_what_was_chosen_in_a_message_is_in_its_state(
    workspace: Workspace, connect: Connect, client: WebClient
) -> None:
    connect(acknowledge)
    select = {"type": "static_select", "action_id": "choose", "options": [option("a"), option("b")]}
    boxes = {"type": "checkboxes", "action_id": "tick", "options": [option("yes")]}
    client.chat_postMessage(
        channel=SUPPORT,
        text="card",
        blocks=[{**actions(select, boxes), "block_id": "where"}, actions(button("Go"))],
    )
    workspace.chooses("agent", "choose", "B")
    workspace.chooses("agent", "tick", answer=True)
    sent = workspace.clicks("agent", "Go")

    assert sent is not None
    state = sent.payload["state"]["values"]["where"]
    assert state["choose"]["selected_option"]["value"] == "b"
    assert [one["value"] for one in state["tick"]["selected_options"]] == ["yes"]
    other = workspace.clicks("lead1", "Go")
    assert other is not None
    assert other.payload["state"]["values"]["where"]["choose"]["selected_option"] is None


def test_an_overflow_menu_sends_the_chosen_option_and_keeps_no_state(
    workspace: Workspace, connect: Connect, client: WebClient
) -> None:
    connect(acknowledge)
    menu = {"type": "overflow", "action_id": "more", "options": [option("history"), option("requests")]}
    client.chat_postMessage(channel=SUPPORT, text="menu", blocks=[{**section("More"), "accessory": menu}])
    sent = workspace.chooses("agent", "more", "Requests")
    assert sent is not None
    assert sent.payload["actions"][0]["selected_option"]["value"] == "requests"
    assert sent.payload["state"]["values"] == {}
    with pytest.raises(LookupError, match="not 'Nothing'"):
        workspace.chooses("agent", "more", "Nothing")


def test_a_submission_carries_the_whole_view(workspace: Workspace, connect: Connect, client: WebClient) -> None:
    connect(acknowledge)
    view = modal("Form", field("user", "User"), private_metadata="7", external_id="mine")
    opened = client.views_open(trigger_id=workspace.permits.trigger("U0AGENT"), view=view)["view"]

    sent = workspace.submits("agent", {"User": "ana"})

    assert sent is not None
    assert sent.accepts_response_payload
    shown = sent.payload["view"]
    assert shown["state"] == {"values": {"user": {"value": {"type": "plain_text_input", "value": "ana"}}}}
    assert (shown["id"], shown["private_metadata"], shown["external_id"]) == (opened["id"], "7", "mine")
    assert (shown["callback_id"], shown["root_view_id"]) == ("form", opened["id"])
    assert sent.payload["response_urls"] == []
    assert "channel" not in sent.payload


def test_a_button_can_be_pressed_as_it_was_seen_after_the_card_was_redrawn(
    workspace: Workspace, connect: Connect, client: WebClient
) -> None:
    connect(acknowledge)
    ts = client.chat_postMessage(channel=SUPPORT, text="card", blocks=[actions(button("Approve"))])["ts"]
    seen = workspace.wait_for_message("card")
    client.chat_update(channel=SUPPORT, ts=ts, text="done", blocks=[section("done")])

    with pytest.raises(LookupError):
        workspace.clicks("lead2", "Approve")
    late = workspace.clicks("lead2", seen.buttons[0], within=seen)

    assert late is not None
    assert late.wait().acked
    assert late.payload["message"]["text"] == "card"


def test_the_newest_button_of_that_name_is_pressed(workspace: Workspace, connect: Connect, client: WebClient) -> None:
    connect(acknowledge)
    for value in ("1", "2"):
        client.chat_postMessage(channel=SUPPORT, text="card", blocks=[actions(button("Approve", value=value))])
    newest = workspace.clicks("lead1", "Approve")
    oldest = workspace.clicks("lead1", "Approve", within=workspace.messages()[0])
    assert newest is not None
    assert oldest is not None
    assert (newest.payload["actions"][0]["value"], oldest.payload["actions"][0]["value"]) == ("2", "1")


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("/cognito-check @lead1 in #support", "@lead1 in #support"),
        ("/cognito-verify-email @lead1 in #support", "<@U0LEAD1|lead1> in <#C0SUPPORT|support>"),
        ("/cognito-verify-email @leads @nobody", "<!subteam^S0LEADS|@leads> @nobody"),
        ("/cognito-verify-email ana@example.com", "ana@example.com"),
        ("/cognito-verify-email see https://example.com/a?b=c", "see <https://example.com/a?b=c>"),
        ("/cognito-verify-email <mailto:a@b.c|a@b.c>", "<mailto:a@b.c|a@b.c>"),
    ],
)
def test_only_a_command_that_wants_it_has_its_text_escaped(
    typed: str, sent: str, workspace: Workspace, connect: Connect
) -> None:
    connect(acknowledge)
    envelope = workspace.types("agent", typed)
    assert envelope is not None
    assert envelope.payload["text"] == sent


def test_plain_words_are_a_message_with_mentions(workspace: Workspace) -> None:
    assert workspace.types("agent", "@lead1 and @leads, see #general <now>", channel="#general") is None
    (message,) = workspace.messages("#general")
    assert message.text == "<@U0LEAD1> and <!subteam^S0LEADS>, see <#C0GENERAL|general> &lt;now&gt;"
    assert message.user == "U0AGENT"


def test_waiting_in_vain_says_what_is_there_instead(workspace: Workspace) -> None:
    workspace.types("agent", "hello")
    with pytest.raises(AssertionError, match="#support agent: hello"):
        workspace.wait_for_message("goodbye", timeout=0.05)
    workspace.modals.open("U0AGENT", modal("Form", section("Checking…"), field("user", "User")))
    with pytest.raises(AssertionError, match=r"\[agent's modal\] Form: Checking… User"):
        workspace.wait_for_message("goodbye", timeout=0.05)


def test_every_change_is_told_to_who_listens(workspace: Workspace, client: WebClient) -> None:
    heard: list[tuple[str, str | None]] = []
    stop = workspace.subscribe(lambda change: heard.append((change.kind, change.person)))
    ts = client.chat_postMessage(channel=SUPPORT, text="x")["ts"]
    client.chat_postEphemeral(channel=SUPPORT, user="U0AGENT", text="y")
    client.chat_delete(channel=SUPPORT, ts=ts)
    client.views_open(trigger_id=workspace.permits.trigger("U0LEAD1"), view=modal("Form"))
    stop()
    workspace.closes("lead1")
    assert heard == [("message", None), ("ephemeral", "U0AGENT"), ("deleted", None), ("view", "U0LEAD1")]
