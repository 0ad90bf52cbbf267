"""Ephemeral messages and response URLs: seen by one person, and changed only from where they came."""

import threading
from typing import Any

import pytest
from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient, WebhookClient
from slack_sdk.errors import SlackApiError

from sandbox.slack.rules import Rules
from sandbox.slack.server import SlackServer
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.conftest import Connect
from tests.sandbox.slack.made_up_app import actions, button, manifest, section

SUPPORT = "C0SUPPORT"
Json = dict[str, Any]


def test_an_ephemeral_message_is_seen_by_one_person_until_they_reload(workspace: Workspace, client: WebClient) -> None:
    client.chat_postEphemeral(channel=SUPPORT, user="U0AGENT", text="only you")

    assert [one.text for one in workspace.messages(person="agent")] == ["only you"]
    assert workspace.messages(person="lead1") == workspace.messages() == ()
    assert client.conversations_history(channel=SUPPORT)["messages"] == []
    workspace.reloads("agent")
    assert workspace.ephemeral("agent") == ()


def test_an_ephemeral_message_can_be_neither_updated_nor_deleted_nor_answered(client: WebClient) -> None:
    ts = client.chat_postEphemeral(channel=SUPPORT, user="U0AGENT", text="only you")["message_ts"]
    with pytest.raises(SlackApiError, match="message_not_found"):
        client.chat_update(channel=SUPPORT, ts=ts, text="x")
    with pytest.raises(SlackApiError, match="message_not_found"):
        client.chat_delete(channel=SUPPORT, ts=ts)
    with pytest.raises(SlackApiError, match="cannot_reply_to_message"):
        client.chat_postMessage(channel=SUPPORT, text="x", thread_ts=ts)


def test_an_ephemeral_message_needs_its_reader_in_the_channel(workspace: Workspace, client: WebClient) -> None:
    workspace.roll.leaves("guest", "support")
    with pytest.raises(SlackApiError, match="user_not_in_channel"):
        client.chat_postEphemeral(channel=SUPPORT, user="U0GUEST", text="x")


def test_a_click_on_an_ephemeral_message_carries_no_message(
    workspace: Workspace, connect: Connect, client: WebClient
) -> None:
    connect(lambda app: app.action("press")(lambda ack: ack()))
    client.chat_postEphemeral(channel=SUPPORT, user="U0AGENT", text="x", blocks=[actions(button())])

    sent = workspace.clicks("agent", "Press")

    assert sent is not None
    assert sent.wait().acked
    assert sent.payload["container"]["is_ephemeral"] is True
    assert "message" not in sent.payload
    with pytest.raises(LookupError):
        workspace.clicks("lead1", "Press")


def test_a_response_url_replaces_and_deletes_the_ephemeral_message_it_came_from(
    workspace: Workspace, connect: Connect, client: WebClient
) -> None:
    def listen(app: App) -> None:
        @app.action("press")
        def pressed(ack: Ack, respond: Respond) -> None:
            ack()
            respond(text="pressed", blocks=[section(), actions(button("Away", "away"))], replace_original=True)

        @app.action("away")
        def away(ack: Ack, respond: Respond) -> None:
            ack()
            respond(delete_original=True)

    connect(listen)
    client.chat_postEphemeral(channel=SUPPORT, user="U0AGENT", text="x", blocks=[actions(button())])
    workspace.clicks("agent", "Press")
    workspace.wait_for_ephemeral("agent", "pressed")
    assert len(workspace.ephemeral("agent")) == 1
    workspace.clicks("agent", "Away")
    workspace.wait_for(lambda: not workspace.ephemeral("agent"))


def test_a_commands_acknowledgement_is_ephemeral_or_public(workspace: Workspace, connect: Connect) -> None:
    def listen(app: App) -> None:
        @app.command("/cognito-check")
        def check(ack: Ack, command: Json) -> None:
            if command["text"] == "aloud":
                ack(text="for all", response_type="in_channel")
            else:
                ack(text="for you", blocks=[section("x" * (3001 if command["text"] == "badly" else 1))])

    connect(listen)
    for text in ("", "aloud", "badly"):
        sent = workspace.types("agent", f"/cognito-check {text}")
        assert sent is not None
        sent.wait()

    assert [one.text for one in workspace.ephemeral("agent")] == [
        "for you",
        '/cognito-check failed with the error "invalid_command_response"',
    ]
    assert [(one.user, one.text) for one in workspace.messages()] == [
        ("U0AGENT", "/cognito-check aloud"),
        ("U0DESK", "for all"),
    ]


def response_url(workspace: Workspace, connect: Connect) -> WebhookClient:
    """The response URL of a command that the agent typed."""
    urls: list[str] = []
    given = threading.Event()

    def listen(app: App) -> None:
        @app.command("/cognito-check")
        def check(ack: Ack, body: Json) -> None:
            ack()
            urls.append(body["response_url"])
            given.set()

    connect(listen)
    workspace.types("agent", "/cognito-check", channel="#random")
    assert given.wait(60)
    return WebhookClient(urls[0], retry_handlers=[])


def test_a_response_url_works_five_times_even_where_the_app_is_no_member(
    workspace: Workspace, connect: Connect
) -> None:
    url = response_url(workspace, connect)
    answers = [url.send(text=f"{number}", response_type="in_channel") for number in range(6)]

    assert [one.status_code for one in answers] == [200] * 5 + [404]
    assert "used_url" in answers[-1].body
    assert [one.text for one in workspace.messages("#random")] == ["0", "1", "2", "3", "4"]


def test_a_response_url_is_ephemeral_unless_told_otherwise(workspace: Workspace, connect: Connect) -> None:
    url = response_url(workspace, connect)
    url.send(text="for you")
    assert workspace.messages("#random") == ()
    assert [one.text for one in workspace.ephemeral("agent")] == ["for you"]


def test_a_response_url_refuses_what_slack_refuses(workspace: Workspace, connect: Connect) -> None:
    url = response_url(workspace, connect)
    assert url.send(text="x", blocks=[{"type": "banner"}]).status_code == 400
    assert url.send(text="x", replace_original=True).status_code == 400
    assert url.send(text="x", delete_original=True).status_code == 400
    assert WebhookClient(f"{url.url}x").send(text="x").status_code == 404
    assert workspace.ephemeral("agent") == ()


def test_a_response_url_expires_after_half_an_hour() -> None:
    at = [1_000_000.0]
    workspace = Workspace(manifest(), rules=Rules.quick(), now=lambda: at[0])
    with SlackServer(workspace) as server:
        secret = workspace.permits.response_url("U0AGENT", SUPPORT)
        url = WebhookClient(f"{server.url}/hooks/commands/T0DESK/B0DESK/{secret}")
        at[0] += 1800
        assert url.send(text="in time").status_code == 200
        at[0] += 1
        late = url.send(text="late")
    assert (late.status_code, "expired_url" in late.body) == (404, True)
    assert [one.text for one in workspace.ephemeral("agent")] == ["in time"]
