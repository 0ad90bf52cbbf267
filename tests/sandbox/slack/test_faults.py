"""Slack's bad days: what the app sees of them, and what happened in the workspace nevertheless."""

import threading
import time
from typing import Any
from urllib.error import URLError

import pytest
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.slack.server import SlackServer
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.conftest import Connect
from tests.sandbox.slack.made_up_app import soon_gives_up

SUPPORT = "C0SUPPORT"
HUNG_UP = (ConnectionError, URLError)


def texts(workspace: Workspace) -> list[str]:
    return [one.text for one in workspace.messages()]


def test_429_on_demand_leaves_the_workspace_as_it_was(workspace: Workspace, client: WebClient) -> None:
    workspace.faults.rate_limit("chat.postMessage", times=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(SlackApiError) as refused:
            client.chat_postMessage(channel=SUPPORT, text="x")
        assert refused.value.response.headers["Retry-After"] == "7"
    client.auth_test()
    client.chat_postMessage(channel=SUPPORT, text="at last")
    assert texts(workspace) == ["at last"]


def test_a_5xx_on_demand_leaves_the_workspace_as_it_was(workspace: Workspace, client: WebClient) -> None:
    workspace.faults.fail("chat.postMessage", status=503, after=1)
    client.chat_postMessage(channel=SUPPORT, text="before")
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel=SUPPORT, text="lost")
    assert refused.value.response.status_code == 503
    client.chat_postMessage(channel=SUPPORT, text="after")
    assert texts(workspace) == ["before", "after"]


def test_a_lost_answer_does_not_unsay_the_message(workspace: Workspace, client: WebClient) -> None:
    workspace.faults.lose_answer("chat.postMessage")
    with pytest.raises(HUNG_UP):
        client.chat_postMessage(channel=SUPPORT, text="said")
    assert texts(workspace) == ["said"]
    (call,) = workspace.calls.of("chat.postMessage")
    assert (call.lost, call.answer["ok"]) == (True, True)


def test_the_sdks_own_resend_after_a_lost_answer_says_it_twice(workspace: Workspace, server: SlackServer) -> None:
    workspace.faults.lose_answer("chat.postMessage")
    resending = WebClient(token=workspace.bot_token, base_url=server.api_url)
    resending.chat_postMessage(channel=SUPPORT, text="said")
    assert texts(workspace) == ["said", "said"]


def test_a_dropped_connection_before_the_work_says_nothing(workspace: Workspace, client: WebClient) -> None:
    workspace.faults.drop("chat.postMessage")
    with pytest.raises(HUNG_UP):
        client.chat_postMessage(channel=SUPPORT, text="lost")
    assert texts(workspace) == []


def test_a_delay_holds_one_method_up_and_no_other(workspace: Workspace, client: WebClient) -> None:
    workspace.faults.delay("chat.postMessage", seconds=0.3)
    start = time.monotonic()
    client.chat_postMessage(channel=SUPPORT, text="slow")
    assert time.monotonic() - start >= 0.3
    workspace.faults.clear()


def test_a_call_is_held_up_until_its_gate_is_opened_and_no_other_is(workspace: Workspace, client: WebClient) -> None:
    gate = workspace.faults.hold("chat.postMessage")
    saying = threading.Thread(target=lambda: client.chat_postMessage(channel=SUPPORT, text="held up"))
    saying.start()
    workspace.wait_for(lambda: gate.has_somebody)
    client.auth_test()
    assert texts(workspace) == []

    gate.open()
    saying.join()
    assert texts(workspace) == ["held up"]


def test_a_call_can_be_refused_by_name(workspace: Workspace, client: WebClient) -> None:
    workspace.faults.refuse("chat.postMessage", "channel_not_found")
    with pytest.raises(SlackApiError, match="channel_not_found"):
        client.chat_postMessage(channel=SUPPORT, text="refused")
    assert texts(workspace) == []
    client.chat_postMessage(channel=SUPPORT, text="said")
    assert texts(workspace) == ["said"]


def test_calls_are_recorded_without_their_tokens(workspace: Workspace, client: WebClient) -> None:
    client.chat_postMessage(channel=SUPPORT, text="said")
    with pytest.raises(SlackApiError):
        client.api_call("users.info", params={"user": "U0NOBODY", "token": workspace.bot_token})
    first, second = workspace.calls.of()
    assert (first.method, first.arguments, first.error) == (
        "chat.postMessage",
        {"channel": SUPPORT, "text": "said"},
        None,
    )
    assert (second.method, second.error) == ("users.info", "user_not_found")
    assert workspace.bot_token not in repr(workspace.calls.of())


def listen(app: App) -> None:
    @app.command("/cognito-check")
    def check(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        ack()
        client.chat_postMessage(channel=body["channel_id"], text=body["text"])


@pytest.mark.parametrize("fault", ["close_after_delivery", "cut_frame"])
def test_a_socket_that_breaks_around_an_envelope_is_replaced_by_a_new_one(
    fault: str, workspace: Workspace, server: SlackServer, connect: Connect
) -> None:
    connect(listen)
    (before,) = server.sockets.connections
    patient = workspace.rules
    soon_gives_up(workspace)
    getattr(workspace.faults, fault)()
    workspace.types("agent", "/cognito-check first")
    workspace.wait_for(lambda: workspace.envelopes.sent[0].connections)
    workspace.rules = patient
    workspace.wait_for(lambda: server.sockets.connections and before not in server.sockets.connections)

    sent = workspace.types("agent", "/cognito-check second")

    assert sent is not None
    assert sent.wait().acked
    workspace.wait_for_message("second")
    if fault == "cut_frame":
        assert "first" not in texts(workspace)
        workspace.wait_for_ephemeral("agent", "operation_timeout")


def test_an_envelope_can_be_delivered_again(workspace: Workspace, server: SlackServer, connect: Connect) -> None:
    connect(listen)
    sent = workspace.types("agent", "/cognito-check once")
    assert sent is not None
    sent.wait()
    server.sockets.redeliver(sent)
    workspace.wait_for(lambda: texts(workspace) == ["once", "once"])
    assert len(sent.connections) == 2


def test_what_falls_into_a_silence_is_lost(workspace: Workspace, server: SlackServer, connect: Connect) -> None:
    connect(listen)
    workspace.faults.silence(600)
    patient = workspace.rules
    soon_gives_up(workspace)
    lost = workspace.types("agent", "/cognito-check lost")
    assert lost is not None
    assert lost.wait().outcome == "operation_timeout"

    workspace.faults.clear()
    workspace.rules = patient
    found = workspace.types("agent", "/cognito-check found")
    assert found is not None
    assert found.wait().acked
    workspace.wait_for_message("found")
    assert texts(workspace) == ["found"]


def test_the_app_notices_a_silent_socket_and_opens_another(
    workspace: Workspace, server: SlackServer, connect: Connect
) -> None:
    app = connect(listen)
    # Without a first pong it never counts the seconds since the last one.
    session = app.client.current_session
    assert session
    workspace.wait_for(lambda: session.last_ping_pong_time)
    (before,) = server.sockets.connections
    workspace.faults.silence(600)
    workspace.wait_for(lambda: before not in server.sockets.connections)
    workspace.faults.clear()
    workspace.wait_for(lambda: server.sockets.connections)
