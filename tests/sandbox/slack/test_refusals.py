"""What real workspaces refuse, and what they do without a word: each by a control, none by default."""

from dataclasses import replace
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.slack.workspace import Workspace

SUPPORT = "C0SUPPORT"
TABLE = {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}
LINE = {"type": "section", "text": {"type": "plain_text", "text": "x"}}


def changed(workspace: Workspace, **channel: Any) -> None:
    workspace.roll.put_channel(replace(workspace.channel("#support"), **channel))


def test_a_reply_to_a_deleted_message_is_posted_in_the_channel_without_a_word(
    workspace: Workspace, client: WebClient
) -> None:
    root = client.chat_postMessage(channel=SUPPORT, text="root")["ts"]
    client.chat_delete(channel=SUPPORT, ts=root)
    answer = client.chat_postMessage(channel=SUPPORT, text="reply", thread_ts=root)

    assert "thread_ts" not in answer["message"]
    assert [message.text for message in workspace.messages()] == ["reply"]


@pytest.mark.parametrize(
    ("channel", "thread", "error"),
    [
        ({"is_read_only": True}, False, "restricted_action_read_only_channel"),
        ({"is_read_only": True}, True, "restricted_action_read_only_channel"),
        ({"is_thread_only": True}, False, "restricted_action_thread_only_channel"),
        ({"is_non_threadable": True}, True, "restricted_action_non_threadable_channel"),
    ],
)
def test_a_channel_takes_what_its_administrators_let_it(
    channel: dict[str, bool], thread: bool, error: str, workspace: Workspace, client: WebClient
) -> None:
    root = client.chat_postMessage(channel=SUPPORT, text="root")["ts"]
    changed(workspace, **channel)
    with pytest.raises(SlackApiError, match=error):
        client.chat_postMessage(channel=SUPPORT, text="x", thread_ts=root if thread else None)
    if not channel.get("is_read_only"):
        client.chat_postMessage(channel=SUPPORT, text="x", thread_ts=None if thread else root)


def test_a_block_that_a_workspace_does_not_know_is_named(workspace: Workspace, client: WebClient) -> None:
    client.chat_postMessage(channel=SUPPORT, text="x", blocks=[LINE, TABLE])
    workspace.rules = replace(workspace.rules, refused_blocks=frozenset({"table"}))
    with pytest.raises(SlackApiError) as refusal:
        client.chat_postMessage(channel=SUPPORT, text="x", blocks=[LINE, TABLE])

    told = ["[ERROR] unsupported type: table [json-pointer:/blocks/1/type]"]
    assert refusal.value.response["error"] == "invalid_blocks"
    assert refusal.value.response["response_metadata"]["messages"] == refusal.value.response["errors"] == told


def test_a_message_that_is_too_old_cannot_be_edited(workspace: Workspace, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=SUPPORT, text="x")["ts"]
    client.chat_update(channel=SUPPORT, ts=ts, text="y")
    workspace.rules = replace(workspace.rules, edit_seconds=0.0)
    with pytest.raises(SlackApiError, match="edit_window_closed"):
        client.chat_update(channel=SUPPORT, ts=ts, text="z")


def test_a_refusal_on_demand_says_what_it_is_told_to(workspace: Workspace, client: WebClient) -> None:
    workspace.faults.refuse("chat.postMessage", "invalid_blocks", messages=("[ERROR] x [json-pointer:/blocks/0/y]",))
    with pytest.raises(SlackApiError) as refusal:
        client.chat_postMessage(channel=SUPPORT, text="x")
    assert refusal.value.response["errors"] == ["[ERROR] x [json-pointer:/blocks/0/y]"]
