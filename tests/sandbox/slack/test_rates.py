"""Slack's rates: 429 with Retry-After past them, for that method alone."""

from collections.abc import Callable

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.slack.rules import Buckets, Rates, Rules
from sandbox.slack.server import SlackServer
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.made_up_app import client_for, manifest


def refused(call: Callable[[], object]) -> SlackApiError:
    with pytest.raises(SlackApiError) as refusal:
        call()
    return refusal.value


def test_strictly_one_message_a_second_and_channel() -> None:
    workspace = Workspace(manifest(), rules=Rules(rates=Rates.strict()))
    with SlackServer(workspace) as server:
        client = client_for(server)
        client.chat_postMessage(channel="C0SUPPORT", text="1")
        late = refused(lambda: client.chat_postMessage(channel="C0SUPPORT", text="2"))
        client.chat_postMessage(channel="C0GENERAL", text="elsewhere")
        client.auth_test()

    assert late.response.status_code == 429
    assert late.response["error"] == "ratelimited"
    assert late.response.headers["Retry-After"] == "1"
    assert [one.text for one in workspace.messages()] == ["1"]


def test_a_small_burst_is_tolerated() -> None:
    workspace = Workspace(manifest(), rules=Rules(rates=Rates(post_burst=3)))
    with SlackServer(workspace) as server:
        client = client_for(server)
        for number in range(3):
            client.chat_postMessage(channel="C0SUPPORT", text=str(number))
        refused(lambda: client.chat_postMessage(channel="C0SUPPORT", text="3"))


@pytest.mark.parametrize(("tier", "burst", "wait"), [(2, 10, 3), (3, 25, 2), (4, 50, 1)])
def test_each_tier_has_its_burst_and_its_pace(tier: int, burst: int, wait: int) -> None:
    now = [0.0]
    buckets = Buckets(Rates.slack(), now=lambda: now[0])

    assert [buckets.wait_before_call("a", tier) for _ in range(burst)] == [None] * burst
    assert buckets.wait_before_call("a", tier) == wait
    assert buckets.wait_before_call("b", tier) is None

    now[0] += wait
    assert buckets.wait_before_call("a", tier) is None


def test_group_members_are_a_slow_read() -> None:
    workspace = Workspace(manifest(), rules=Rules())
    with SlackServer(workspace) as server:
        client = client_for(server)
        late = refused(lambda: [client.usergroups_users_list(usergroup="S0LEADS") for _ in range(11)])
    assert late.response.status_code == 429
    assert len(workspace.calls.of("usergroups.users.list")) == 11
