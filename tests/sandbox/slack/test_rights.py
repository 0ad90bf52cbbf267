"""Tokens, scopes and switches of the manifest, and who may do what in the workspace."""

from dataclasses import replace
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.slack.model import Channel
from sandbox.slack.rules import Rules
from sandbox.slack.server import SlackServer
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.conftest import Connect
from tests.sandbox.slack.made_up_app import SCOPES, actions, button, client_for, field, manifest, modal

SUPPORT = "C0SUPPORT"


@pytest.mark.parametrize(
    ("method", "scope", "arguments"),
    [
        ("chat.postMessage", "chat:write", {"channel": SUPPORT, "text": "x"}),
        ("chat.postEphemeral", "chat:write", {"channel": SUPPORT, "user": "U0AGENT", "text": "x"}),
        ("users.info", "users:read", {"user": "U0AGENT"}),
        ("users.list", "users:read", {}),
        ("usergroups.list", "usergroups:read", {}),
        ("usergroups.users.list", "usergroups:read", {"usergroup": "S0LEADS"}),
        ("conversations.info", "channels:read", {"channel": SUPPORT}),
        ("conversations.members", "channels:read", {"channel": SUPPORT}),
        ("conversations.history", "channels:history", {"channel": SUPPORT}),
        ("conversations.replies", "channels:history", {"channel": SUPPORT, "ts": "1.1"}),
    ],
)
def test_a_method_whose_scope_the_manifest_lacks_is_refused(method: str, scope: str, arguments: dict[str, Any]) -> None:
    granted = [one for one in SCOPES if one != scope]
    workspace = Workspace(manifest(scopes=granted), rules=Rules.quick())
    with SlackServer(workspace) as server, pytest.raises(SlackApiError) as refused:
        client_for(server).api_call(method, params=arguments)
    assert refused.value.response["error"] == "missing_scope"
    assert refused.value.response["needed"] == scope
    assert refused.value.response["provided"] == ",".join(sorted(granted))
    assert refused.value.response.headers["x-oauth-scopes"] == ",".join(sorted(granted))


@pytest.mark.parametrize(
    ("token", "method", "error"),
    [
        ("", "auth.test", "not_authed"),
        ("xoxb-stolen", "auth.test", "invalid_auth"),
        ("xoxb-sandbox", "apps.connections.open", "not_allowed_token_type"),
        ("xapp-sandbox", "chat.postMessage", "not_allowed_token_type"),
        ("xoxb-sandbox", "chat.shout", "unknown_method"),
    ],
)
def test_a_call_with_the_wrong_token_or_name_is_refused(
    token: str, method: str, error: str, server: SlackServer
) -> None:
    with pytest.raises(SlackApiError) as refused:
        WebClient(token=token, base_url=server.api_url).api_call(method)
    assert refused.value.response["error"] == error


def test_the_app_is_told_who_it_is(client: WebClient) -> None:
    answer = client.auth_test()
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == ("U0DESK", "B0DESK", "T0DESK")
    assert answer["user"] == "cognito-desk"


def test_people_and_groups_are_what_the_cast_says(workspace: Workspace, client: WebClient) -> None:
    guest = client.users_info(user="U0GUEST")["user"]
    outsider = client.users_info(user="U0OUTSIDE", include_locale=True)["user"]
    agent = client.users_info(user="U0AGENT", include_locale=True)["user"]
    assert (guest["is_restricted"], guest["is_bot"], guest["deleted"]) == (True, False, False)
    assert (outsider["is_stranger"], outsider["team_id"], "locale" in outsider) == (True, "T0OTHER", False)
    assert (agent["locale"], agent["tz"], agent["tz_offset"]) == ("en-GB", "Asia/Tokyo", 9 * 3600)
    assert client.usergroups_users_list(usergroup="S0LEADS")["users"] == ["U0LEAD1", "U0LEAD2"]
    assert client.conversations_info(channel="C0RANDOM")["channel"]["is_member"] is False
    assert "U0GUEST" in client.conversations_members(channel=SUPPORT)["members"]

    workspace.roll.put_person(replace(workspace.person("lead2"), deleted=True))
    assert client.users_info(user="U0LEAD2")["user"]["deleted"] is True
    workspace.roll.put_group(replace(workspace.roll.group("leads"), disabled=True))
    with pytest.raises(SlackApiError, match="no_such_subteam"):
        client.usergroups_users_list(usergroup="S0LEADS")
    with pytest.raises(SlackApiError, match="user_not_found"):
        client.users_info(user="U0NOBODY")


def test_a_private_channel_without_the_app_does_not_exist_for_it(workspace: Workspace, client: WebClient) -> None:
    workspace.roll.put_channel(Channel(id="C0SECRET", name="secret", is_private=True))
    with pytest.raises(SlackApiError, match="channel_not_found"):
        client.chat_postMessage(channel="C0SECRET", text="x")


@pytest.mark.parametrize(
    ("flag", "in_thread", "error"),
    [
        ("is_read_only", False, "restricted_action_read_only_channel"),
        ("is_read_only", True, "restricted_action_read_only_channel"),
        ("is_thread_only", False, "restricted_action_thread_only_channel"),
        ("is_thread_only", True, ""),
        ("is_non_threadable", False, ""),
        ("is_non_threadable", True, "restricted_action_non_threadable_channel"),
    ],
)
def test_a_channel_takes_what_its_settings_let_it(
    flag: str, in_thread: bool, error: str, workspace: Workspace, client: WebClient
) -> None:
    root = client.chat_postMessage(channel=SUPPORT, text="root")["ts"] if in_thread else None
    workspace.roll.alter_channel(SUPPORT, **{flag: True})
    if not error:
        client.chat_postMessage(channel=SUPPORT, text="x", thread_ts=root)
        return
    with pytest.raises(SlackApiError, match=error):
        client.chat_postMessage(channel=SUPPORT, text="x", thread_ts=root)


def test_people_invite_the_app_by_its_name(workspace: Workspace) -> None:
    workspace.types("agent", "/invite @Cognito Desk", channel="#random")
    assert workspace.roll.bot.id in workspace.channel("#random").members

    workspace.types("agent", "/invite @Nobody", channel="#random")
    assert workspace.ephemeral("agent")[0].text == "There is nobody called Nobody here."


def test_chat_write_public_lets_the_app_post_where_it_is_no_member() -> None:
    workspace = Workspace(manifest(scopes=["chat:write", "chat:write.public"]), rules=Rules.quick())
    with SlackServer(workspace) as server:
        client_for(server).chat_postMessage(channel="C0RANDOM", text="hello")
    assert [one.text for one in workspace.messages("#random")] == ["hello"]


def test_a_closed_messages_tab_takes_no_direct_messages() -> None:
    workspace = Workspace(manifest(messages_tab=False), rules=Rules.quick())
    with SlackServer(workspace) as server, pytest.raises(SlackApiError, match="messages_tab_disabled"):
        client_for(server).chat_postMessage(channel="U0AGENT", text="x")


@pytest.mark.parametrize("person", ["agent", "outsider"])
def test_a_command_that_is_not_declared_or_not_theirs_is_answered_by_slack(person: str, workspace: Workspace) -> None:
    command = "/cognito-foo" if person == "agent" else "/cognito-check"
    assert workspace.types(person, f"{command} x") is None
    (ephemeral,) = workspace.ephemeral(person)
    assert ephemeral.text.startswith(f"{command} is not a valid command.")
    assert workspace.envelopes.sent == ()


def test_a_command_cannot_be_typed_in_a_thread(workspace: Workspace, client: WebClient) -> None:
    root = client.chat_postMessage(channel=SUPPORT, text="root")["ts"]
    assert workspace.types("agent", "/cognito-check x", thread_ts=root) is None
    assert workspace.ephemeral("agent")[0].text == "/cognito-check is not supported in threads. Sorry!"


def test_an_outsiders_click_reaches_the_app_and_says_where_they_are_from(
    workspace: Workspace, connect: Connect, client: WebClient
) -> None:
    connect(lambda app: app.action("press")(lambda ack: ack()))
    client.chat_postMessage(channel=SUPPORT, text="card", blocks=[actions(button("Approve"))])
    sent = workspace.clicks("outsider", "Approve")
    assert sent is not None
    assert sent.wait().acked
    assert sent.payload["user"] == {
        "id": "U0OUTSIDE",
        "username": "outsider",
        "name": "outsider",
        "team_id": "T0OTHER",
    }


def test_without_interactivity_nothing_pressed_or_submitted_reaches_the_app() -> None:
    workspace = Workspace(manifest(interactive=False), rules=Rules.quick())
    with SlackServer(workspace) as server:
        client = client_for(server)
        client.chat_postMessage(channel=SUPPORT, text="card", blocks=[actions(button("Approve"))])
        assert workspace.clicks("agent", "Approve") is None
        view = modal("Form", field("user", "User"))
        client.views_open(trigger_id=workspace.permits.trigger("U0AGENT"), view=view)
        assert workspace.submits("agent", {"User": "ana"}) is None
    (warning,) = workspace.warnings("agent")
    assert "not configured to handle interactive responses" in warning.text
    assert workspace.wait_for_view("agent").trouble
    assert workspace.envelopes.sent == ()


def test_people_act_only_where_they_are(workspace: Workspace, client: WebClient) -> None:
    workspace.roll.leaves("guest", "support")
    client.chat_postMessage(channel=SUPPORT, text="card", blocks=[actions(button("Approve"))])
    with pytest.raises(PermissionError, match="not in #support"):
        workspace.types("guest", "hello")
    with pytest.raises(LookupError, match="sees nothing called 'Approve'"):
        workspace.clicks("guest", "Approve")
    workspace.roll.put_person(replace(workspace.person("lead2"), deleted=True))
    with pytest.raises(PermissionError, match="deactivated"):
        workspace.clicks("lead2", "Approve")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "127.0.0.1"}, 200),
        ({"Host": "localhost:8377"}, 200),
        ({"Host": "evil.example.com"}, 403),
        ({"Host": "127.0.0.1", "Origin": "https://evil.example.com"}, 403),
        ({"Host": "127.0.0.1", "Origin": "null"}, 403),
        ({"Host": "127.0.0.1", "Origin": "http://localhost:8377"}, 200),
    ],
)
def test_only_loopback_names_are_answered(headers: dict[str, str], status: int, server: SlackServer) -> None:
    address = urlsplit(server.url)
    assert address.hostname == "127.0.0.1"
    connection = HTTPConnection(address.hostname, address.port or 0, timeout=60)
    connection.request("GET", "/_control/state?person=agent", headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == status
