"""The app's Home tab, and its entries in the menu of a message."""

from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.slack.rules import Rules
from sandbox.slack.server import SlackServer
from sandbox.slack.state import texts_of
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.conftest import Connect
from tests.sandbox.slack.made_up_app import actions, button, client_for, manifest, modal, section, soon_gives_up

Json = dict[str, Any]
AGENT = "U0AGENT"


def tab(*blocks: Json, **more: Any) -> Json:
    return {"type": "home", "blocks": list(blocks) or [section("Nothing waits")], **more}


def refused(client: WebClient, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as error:
        client.views_publish(**{"user_id": AGENT, "view": tab(), **arguments})
    return str(error.value.response["error"])


def test_each_person_sees_what_was_published_for_them(workspace: Workspace, client: WebClient) -> None:
    published = client.views_publish(user_id=AGENT, view=tab(section("Two requests wait")))["view"]
    assert published["type"] == "home"
    home = workspace.home("agent")
    assert home is not None
    assert list(texts_of(home.blocks)) == ["Two requests wait"]
    assert workspace.home("lead1") is None

    client.views_publish(user_id=AGENT, view=tab(section("One waits")), hash=published["hash"])
    assert refused(client, hash=published["hash"]) == "hash_conflict"
    again = workspace.home("agent")
    assert again is not None
    assert (again.id, list(texts_of(again.blocks))) == (published["id"], ["One waits"])


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"view": modal("A modal")}, "invalid_arguments"),
        ({"view": tab(*[section(str(n)) for n in range(101)])}, "invalid_arguments"),
        ({"view": {**tab(), "title": {"type": "plain_text", "text": "Home"}}}, "invalid_arguments"),
        ({"user_id": "U0NOBODY"}, "invalid_arguments"),
    ],
)
def test_what_is_no_tab_of_anybodys_is_refused(client: WebClient, wrong: Json, error: str) -> None:
    assert refused(client, **wrong) == error


def test_without_a_home_tab_nothing_is_published_and_nothing_told() -> None:
    workspace = Workspace(manifest(home_tab=False), rules=Rules.quick())
    with SlackServer(workspace) as server:
        assert refused(client_for(server)) == "not_enabled"
    assert workspace.opens_home("agent") is None


def test_the_app_is_told_who_opens_it_if_it_listens(workspace: Workspace, connect: Connect, client: WebClient) -> None:
    told: list[Json] = []

    def listen(app: App) -> None:
        app.event("app_home_opened")(lambda event: told.append(event))

    connect(listen)
    for _ in range(2):
        sent = workspace.opens_home("agent")
        assert sent is not None
        assert sent.wait().acked
        client.views_publish(user_id=AGENT, view=tab())
    workspace.wait_for(lambda: len(told) == 2)
    first, second = told
    assert (first["user"], first["tab"], "view" in first) == (AGENT, "home", False)
    assert second["view"]["type"] == "home"

    assert Workspace(manifest(events=())).opens_home("agent") is None


def test_a_button_there_has_no_channel_and_no_message(
    workspace: Workspace, connect: Connect, client: WebClient
) -> None:
    pressed: list[Json] = []

    def listen(app: App) -> None:
        @app.action("press")
        def press(ack: Ack, body: Json) -> None:
            ack()
            pressed.append(body)

    connect(listen)
    client.views_publish(user_id=AGENT, view=tab(actions(button("Open", value="7"))))
    sent = workspace.clicks("agent", "Open", within=workspace.home("agent"))
    assert sent is not None
    assert sent.wait().acked
    workspace.wait_for(lambda: pressed)
    (body,) = pressed
    assert body["view"]["type"] == "home"
    assert body["container"] == {"type": "view", "view_id": body["view"]["id"]}
    assert not {"channel", "message", "response_url"} & body.keys()
    # It may open a modal, and none can be put on top of the tab.
    client.views_open(trigger_id=body["trigger_id"], view=modal("Opened", section()))
    assert workspace.view("agent") is not None


def test_a_message_s_menu_hands_the_message_over(workspace: Workspace, connect: Connect, client: WebClient) -> None:
    chosen: list[Json] = []

    def listen(app: App) -> None:
        @app.message_shortcut("check")
        def check(ack: Ack, body: Json) -> None:
            ack()
            chosen.append(body)

    connect(listen)
    workspace.types("agent", "Who helps ana@example.com?")
    (question,) = workspace.messages()
    workspace.types("lead1", "I do", thread_ts=question.ts)
    (_, reply) = workspace.thread(question)
    for message in (question, reply):
        sent = workspace.uses("agent", "Check this", message)
        assert sent is not None
        assert sent.wait().acked
    workspace.wait_for(lambda: len(chosen) == 2)
    assert [(each["message"]["ts"], each["message"].get("thread_ts")) for each in chosen] == [
        (question.ts, question.ts),
        (reply.ts, question.ts),
    ]
    assert chosen[0]["type"] == "message_action"
    assert chosen[0]["channel"]["name"] == "support"

    with pytest.raises(LookupError, match="a message's menu has"):
        workspace.uses("agent", "Delete this", question)


def test_nobody_is_left_without_an_answer_to_a_shortcut(workspace: Workspace, connect: Connect) -> None:
    def listen(app: App) -> None:
        @app.message_shortcut("check")
        def check() -> None:
            """Acknowledge nothing."""

    connect(listen)
    workspace.types("agent", "Who helps ana@example.com?")
    soon_gives_up(workspace)
    sent = workspace.uses("agent", "Check this", workspace.messages()[-1])
    assert sent is not None
    assert not sent.wait().acked
    workspace.wait_for_ephemeral("agent", "Check this")
