"""Messages: posted, edited, deleted, read back, and refused by Slack's names for the reasons."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.slack.model import Channel
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.made_up_app import actions, button, section

SUPPORT = "C0SUPPORT"
METADATA = {"event_type": "desk_check", "event_payload": {"cause": "EMAIL_CHANGED", "pool": "prod"}}


def refused(method: Any, **arguments: Any) -> str:
    """The error's name."""
    with pytest.raises(SlackApiError) as refusal:
        method(**arguments)
    return str(refusal.value.response["error"])


def test_a_message_is_read_back_with_its_thread_and_metadata(workspace: Workspace, client: WebClient) -> None:
    root = client.chat_postMessage(channel=SUPPORT, text="root", metadata=METADATA)["ts"]
    reply = client.chat_postMessage(channel=SUPPORT, text="reply", thread_ts=root)["ts"]

    (shown,) = client.conversations_history(channel=SUPPORT, include_all_metadata=True)["messages"]
    assert (shown["ts"], shown["reply_count"], shown["latest_reply"]) == (root, 1, reply)
    assert shown["metadata"] == METADATA
    assert shown["bot_id"] == "B0DESK"

    thread = client.conversations_replies(channel=SUPPORT, ts=root)["messages"]
    assert [one["text"] for one in thread] == ["root", "reply"]
    assert "metadata" not in thread[0]
    assert [one.text for one in workspace.thread(workspace.messages()[0])] == ["root", "reply"]


def test_history_and_threads_come_in_pages(client: WebClient) -> None:
    posted = [client.chat_postMessage(channel=SUPPORT, text=str(number))["ts"] for number in range(3)]

    first = client.conversations_history(channel=SUPPORT, limit=2)
    following = client.conversations_history(channel=SUPPORT, limit=2, cursor=first["response_metadata"]["next_cursor"])
    assert [one["text"] for one in first["messages"]] == ["2", "1"]
    assert [one["text"] for one in following["messages"]] == ["0"]
    assert not following["has_more"]
    since = client.conversations_history(channel=SUPPORT, oldest=posted[1], inclusive=True)["messages"]
    assert [one["text"] for one in since] == ["2", "1"]


def test_a_broadcast_reply_stands_in_the_channel_too(workspace: Workspace, client: WebClient) -> None:
    root = client.chat_postMessage(channel=SUPPORT, text="root")["ts"]
    client.chat_postMessage(channel=SUPPORT, text="quiet", thread_ts=root)
    client.chat_postMessage(channel=SUPPORT, text="loud", thread_ts=root, reply_broadcast=True)
    assert [one.text for one in workspace.messages()] == ["root", "loud"]


def test_text_without_blocks_takes_the_blocks_away_and_marks_the_edit(workspace: Workspace, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=SUPPORT, text="card", blocks=[section()], metadata=METADATA)["ts"]

    client.chat_update(channel=SUPPORT, ts=ts, text="card 2", blocks=[section(), actions(button())])
    (redrawn,) = workspace.messages()
    assert (len(redrawn.blocks), redrawn.edited_ts) == (2, None)

    client.chat_update(channel=SUPPORT, ts=ts, text="words only")
    (edited,) = workspace.messages()
    assert (edited.blocks, edited.text) == ((), "words only")
    assert edited.edited_ts is not None
    assert edited.metadata == METADATA


def test_metadata_stays_unless_it_is_given_again(workspace: Workspace, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=SUPPORT, text="card", metadata=METADATA)["ts"]
    other = {"event_type": "desk_card", "event_payload": {"ticket": 7}}
    client.chat_update(channel=SUPPORT, ts=ts, text="card", metadata=other)
    assert workspace.messages()[0].metadata == other
    client.chat_update(channel=SUPPORT, ts=ts, text="card", metadata={})
    assert workspace.messages()[0].metadata is None


def test_only_own_messages_can_be_edited_or_deleted(workspace: Workspace, client: WebClient) -> None:
    workspace.types("agent", "hello <!channel> & all")
    (message,) = workspace.messages()
    assert message.text == "hello &lt;!channel&gt; &amp; all"
    assert refused(client.chat_update, channel=SUPPORT, ts=message.ts, text="x") == "cant_update_message"
    assert refused(client.chat_delete, channel=SUPPORT, ts=message.ts) == "cant_delete_message"


def test_a_deleted_message_is_gone(workspace: Workspace, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=SUPPORT, text="oops")["ts"]
    client.chat_delete(channel=SUPPORT, ts=ts)
    assert workspace.messages() == ()
    assert refused(client.chat_update, channel=SUPPORT, ts=ts, text="x") == "message_not_found"
    assert refused(client.conversations_replies, channel=SUPPORT, ts=ts) == "thread_not_found"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0RANDOM", "text": "x"}, "not_in_channel"),
        ({"channel": SUPPORT, "text": ""}, "no_text"),
        ({"channel": SUPPORT, "text": "x", "blocks": "not JSON"}, "invalid_blocks_format"),
        ({"channel": SUPPORT, "text": "x", "blocks": [{"type": "banner"}]}, "invalid_blocks"),
        ({"channel": SUPPORT, "text": "x", "blocks": [section("x" * 2900)] * 5}, "msg_blocks_too_long"),
        ({"channel": SUPPORT, "text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"channel": SUPPORT, "text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
    ],
)
def test_a_post_is_refused_by_slacks_name_for_the_reason(
    arguments: dict[str, Any], error: str, workspace: Workspace, client: WebClient
) -> None:
    # The SDK's own method would warn of a missing text before it asks.
    assert refused(client.api_call, api_method="chat.postMessage", json=arguments) == error
    assert workspace.messages() == ()


def test_invalid_blocks_name_the_spot(client: WebClient) -> None:
    with pytest.raises(SlackApiError) as refusal:
        client.chat_postMessage(channel=SUPPORT, text="x", blocks=[section(), section("x" * 3001)])
    assert refusal.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/1/text/text]"
    ]


def test_an_archived_channel_takes_nothing(workspace: Workspace, client: WebClient) -> None:
    workspace.roll.put_channel(Channel(id="C0OLD", name="old", members=frozenset({"U0DESK"}), is_archived=True))
    assert refused(client.chat_postMessage, channel="C0OLD", text="x") == "is_archived"


def test_a_reply_cannot_be_a_root(client: WebClient) -> None:
    root = client.chat_postMessage(channel=SUPPORT, text="root")["ts"]
    reply = client.chat_postMessage(channel=SUPPORT, text="reply", thread_ts=root)["ts"]
    assert refused(client.chat_postMessage, channel=SUPPORT, text="x", thread_ts=reply) == "cannot_reply_to_message"


def test_an_edit_holds_four_thousand_characters_and_a_post_is_cut_at_forty(
    workspace: Workspace, client: WebClient
) -> None:
    ts = client.chat_postMessage(channel=SUPPORT, text="x" * 40_001)["ts"]
    assert len(workspace.messages()[0].text) == 40_000
    assert refused(client.chat_update, channel=SUPPORT, ts=ts, text="x" * 4001) == "msg_too_long"


def test_a_permalink_leads_to_the_message_on_this_server(workspace: Workspace, client: WebClient) -> None:
    root = client.chat_postMessage(channel=SUPPORT, text="root")["ts"]
    reply = client.chat_postMessage(channel=SUPPORT, text="reply", thread_ts=root)["ts"]
    link = client.chat_getPermalink(channel=SUPPORT, message_ts=root)["permalink"]
    assert link == f"{workspace.base_url}/archives/{SUPPORT}/p{root.replace('.', '')}"
    link = client.chat_getPermalink(channel=SUPPORT, message_ts=reply)["permalink"]
    assert link.endswith(f"?thread_ts={root}&cid={SUPPORT}")
    assert refused(client.chat_getPermalink, channel=SUPPORT, message_ts="1.1") == "message_not_found"


def test_a_direct_message_goes_to_the_persons_conversation_with_the_app(
    workspace: Workspace, client: WebClient
) -> None:
    posted = client.chat_postMessage(channel="U0AGENT", text="psst")
    assert posted["channel"] == "D0AGENT"
    assert [one.text for one in workspace.messages("D0AGENT")] == ["psst"]
    assert "D0AGENT" in {one.id for one in workspace.channels_of("agent")}
    assert "D0AGENT" not in {one.id for one in workspace.channels_of("lead1")}


def test_blocks_get_the_ids_that_were_left_out(workspace: Workspace, client: WebClient) -> None:
    client.chat_postMessage(
        channel=SUPPORT, text="x", blocks=[section(), actions({**button(), "action_id": ""} | {"action_id": "a"})]
    )
    (message,) = workspace.messages()
    assert all(block["block_id"] for block in message.blocks)
    assert message.buttons[0].block_id == message.blocks[1]["block_id"]


def test_form_encoded_and_json_calls_mean_the_same(workspace: Workspace, client: WebClient) -> None:
    client.api_call("chat.postMessage", data={"channel": SUPPORT, "text": "form", "blocks": "[]"})
    client.api_call("chat.postMessage", json={"channel": SUPPORT, "text": "json"})
    client.api_call("chat.postMessage", params={"channel": SUPPORT, "text": "query"})
    assert [one.text for one in workspace.messages()] == ["form", "json", "query"]
