"""The remote control: another process does over HTTP what a test does in this one."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.slack.server import SlackServer
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.conftest import Connect
from tests.sandbox.slack.made_up_app import actions, button, field, modal

Json = dict[str, Any]


class Remote:
    """The control's face for these tests."""

    def __init__(self, server: SlackServer) -> None:
        self._base = f"{server.url}/_control"

    def orders(self, verb: str, **order: Any) -> Json:
        request = Request(
            f"{self._base}/{verb}",
            data=json.dumps(order).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urlopen(request) as answer:
            return dict(json.load(answer))

    def reads(self, what: str) -> Any:
        with urlopen(f"{self._base}/{what}") as answer:
            return json.load(answer)

    def refused(self, verb: str, **order: Any) -> str:
        with pytest.raises(HTTPError) as refusal:
            self.orders(verb, **order)
        with refusal.value:
            assert refusal.value.code == 400
            return str(json.load(refusal.value)["error"])


@pytest.fixture
def remote(server: SlackServer) -> Remote:
    return Remote(server)


def listen(app: App) -> None:
    @app.command("/cognito-check")
    def check(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.chat_postMessage(channel=body["channel_id"], text="card", blocks=[actions(button("Open", "open"))])

    @app.action("open")
    def open_form(ack: Ack, body: Json, client: WebClient) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=modal("Form", field("user", "User")))
        ack()

    @app.view("form")
    def submitted(ack: Ack) -> None:
        ack(response_action="errors", errors={"user": "Nobody."})


def test_a_story_is_driven_over_http(workspace: Workspace, connect: Connect, remote: Remote) -> None:
    connect(listen)
    typed = remote.orders("types", person="agent", text="/cognito-check ana", wait=5)
    assert typed["envelope"]["outcome"] == "acked"
    workspace.wait_for_message("card")

    remote.orders("clicks", person="agent", wanted="Open", wait=5)
    (view,) = remote.reads("state?person=agent")["views"]
    assert (view["title"], view["controls"][0]["label"]) == ("Form", "User")

    remote.orders("submits", person="agent", values={"User": "ana"}, view_id=view["id"], wait=5)
    state = remote.reads("state?person=agent")
    assert state["views"][0]["errors"] == {"user": "Nobody."}
    support = next(one for one in state["channels"] if one["name"] == "support")
    assert [one["text"] for one in support["messages"]] == ["card"]
    assert len(state["connections"]) == 1
    assert [one["type"] for one in remote.reads("envelopes")] == ["slash_commands", "interactive", "interactive"]

    remote.orders("closes", person="agent")
    assert remote.reads("state?person=agent")["views"] == []


def test_a_button_of_one_message_is_named_by_its_ts(
    workspace: Workspace, connect: Connect, client: WebClient, remote: Remote
) -> None:
    connect(listen)
    first, _ = (
        client.chat_postMessage(channel="C0SUPPORT", text=one, blocks=[actions(button("Open", "open", value=one))])
        for one in "ab"
    )
    remote.orders("clicks", person="agent", wanted="Open", ts=first["ts"], wait=5)
    assert workspace.envelopes.sent[0].payload["actions"][0]["value"] == "a"


def test_faults_and_sockets_take_orders(
    workspace: Workspace, server: SlackServer, connect: Connect, client: WebClient, remote: Remote
) -> None:
    connect(listen)
    remote.orders("faults", fault="rate_limit", method="chat.postMessage", seconds=3)
    remote.orders("faults", fault="fail", method="chat.postMessage", status=502)
    for status in (502, 429):
        with pytest.raises(SlackApiError) as refused:
            client.chat_postMessage(channel="C0SUPPORT", text="x")
        assert refused.value.response.status_code == status
    assert [one["status"] for one in remote.reads("calls?method=chat.postMessage")] == [502, 429]

    (before,) = server.sockets.connections
    remote.orders("sockets", do="disconnect", reason="refresh_requested", grace=0.1)
    workspace.wait_for(lambda: server.sockets.connections and before not in server.sockets.connections)
    sent = remote.orders("types", person="agent", text="/cognito-check ana", wait=5)["envelope"]
    remote.orders("redeliver", envelope_id=sent["id"])
    workspace.wait_for(lambda: len(workspace.messages()) == 2)


def test_sockets_can_be_made_as_unkind_as_slacks(
    workspace: Workspace, server: SlackServer, connect: Connect, remote: Remote
) -> None:
    connect(listen)
    remote.orders("sockets", do="foreign", count=7)
    remote.orders("sockets", do="deliver", over="newest")
    remote.orders("sockets", do="rules", rules={"hello_seconds": 0.1, "handshake_seconds": 0.1, "refresh_grace": 0.2})
    remote.orders("sockets", do="refresh", every=0.5)
    workspace.wait_for(lambda: server.sockets.opened > 2)
    remote.orders("sockets", do="refresh", every=0)

    assert (server.sockets.foreign, server.sockets.over) == (7, "newest")
    assert workspace.rules.hello_seconds == 0.1
    remote.orders("sockets", do="switch", on=False)
    workspace.wait_for(lambda: not server.sockets.connections)


@pytest.mark.parametrize(
    ("verb", "order", "error"),
    [
        ("types", {"person": "nobody", "text": "x"}, "LookupError"),
        ("types", {"person": "agent"}, "KeyError"),
        ("clicks", {"person": "agent", "wanted": "Approve"}, "sees nothing called 'Approve'"),
        ("submits", {"person": "agent"}, "has no modal open"),
        ("faults", {"fault": "earthquake"}, "earthquake"),
        ("sockets", {"do": "dance"}, "cut"),
        ("channel", {"channel": "#support", "is_haunted": True}, "not is_haunted"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_in_words(verb: str, order: Json, error: str, remote: Remote) -> None:
    assert error in remote.refused(verb, **order)


def test_a_workspace_becomes_part_of_an_organisation_and_people_get_a_second_id(
    workspace: Workspace, connect: Connect, client: WebClient, remote: Remote
) -> None:
    connect(listen)
    remote.orders("organisation", id="E0ORG", name="all of us", hides_team=True)
    grid = {"id": "W0AGENT", "teams": ["T0OTHER", "T0DESK"]}
    changes = {"grid": grid, "team_id": "T0OTHER", "shows_team": False, "acts_from": "E0ORG"}
    remote.orders("people", person="agent", changes=changes)

    remote.orders("types", person="W0AGENT", text="/cognito-check ana", wait=5)
    workspace.wait_for_message("card")
    remote.orders("clicks", person="agent", wanted="Open", wait=5)
    command, click = (one.payload for one in workspace.envelopes.sent)
    assert (command["user_id"], command["team_id"], command["enterprise_id"]) == ("W0AGENT", None, "E0ORG")
    assert (click["user"]["id"], click["user"]["team_id"]) == ("U0AGENT", "E0ORG")
    assert (click["team"], click["enterprise"]["id"]) == (None, "E0ORG")
    assert client.auth_test()["enterprise_id"] == "E0ORG"
    for asked in ("U0AGENT", "W0AGENT"):
        user = client.users_info(user=asked)["user"]
        assert "team_id" not in user
        assert (user["id"], user["enterprise_user"]["id"]) == (asked, "W0AGENT")
        assert user["enterprise_user"]["teams"] == ["T0OTHER", "T0DESK"]
        client.chat_postEphemeral(channel="C0SUPPORT", user=asked, text=f"for {asked}")
    assert [one.text for one in workspace.ephemeral("agent")] == ["for U0AGENT", "for W0AGENT"]


def test_a_channel_is_altered(workspace: Workspace, client: WebClient, remote: Remote) -> None:
    remote.orders("channel", channel="#support", is_ext_shared=True, is_read_only=True)
    shown = client.conversations_info(channel="C0SUPPORT")["channel"]
    assert (shown["is_ext_shared"], shown["is_read_only"], shown["is_archived"]) == (True, True, False)

    remote.orders("channel", channel="#support", is_ext_shared=False, is_archived=True)
    with pytest.raises(SlackApiError, match="is_archived"):
        client.chat_postMessage(channel="C0SUPPORT", text="x")


def test_the_app_and_people_leave_and_join(workspace: Workspace, client: WebClient, remote: Remote) -> None:
    remote.orders("channel", channel="#support", leaves="")
    assert not client.conversations_info(channel="C0SUPPORT")["channel"]["is_member"]
    remote.orders("channel", channel="#support", joins="")
    assert client.conversations_info(channel="C0SUPPORT")["channel"]["is_member"]
    remote.orders("channel", channel="#support", leaves="agent")
    assert "U0AGENT" not in workspace.channel("#support").members
