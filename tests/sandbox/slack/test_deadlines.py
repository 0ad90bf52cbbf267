"""Slack's three seconds, and what a person sees when the app lets them pass."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.slack.rules import Rules
from sandbox.slack.server import SlackServer
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.conftest import Connect
from tests.sandbox.slack.made_up_app import (
    actions,
    button,
    client_for,
    field,
    manifest,
    modal,
    section,
    soon_gives_up,
)

Json = dict[str, Any]


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """Lets the listeners that hang come to their end."""
    event = threading.Event()
    yield event
    event.set()


def test_a_command_that_nobody_acknowledges_times_out_for_its_caller_alone(
    workspace: Workspace, connect: Connect, release: threading.Event
) -> None:
    connect(lambda app: app.command("/cognito-check")(lambda ack: release.wait()))

    soon_gives_up(workspace)
    sent = workspace.types("agent", "/cognito-check ana")

    assert sent is not None
    assert sent.wait().outcome == "operation_timeout"
    ephemeral = workspace.wait_for_ephemeral("agent")
    assert ephemeral.text == '/cognito-check failed with the error "operation_timeout"'
    assert workspace.ephemeral("lead1") == ()
    assert workspace.messages() == ()


def test_a_command_fails_at_once_when_the_app_is_not_connected(workspace: Workspace, client: WebClient) -> None:
    sent = workspace.types("agent", "/cognito-check ana")

    assert sent is not None
    assert sent.wait().outcome == "dispatch_failed"
    assert workspace.ephemeral("agent")[0].text == '/cognito-check failed with the error "dispatch_failed"'


def test_a_press_that_nobody_acknowledges_leaves_a_warning_beside_the_button_for_who_pressed(
    workspace: Workspace, connect: Connect, client: WebClient, release: threading.Event
) -> None:
    hang = True

    def listen(app: App) -> None:
        @app.action("press")
        def pressed(ack: Ack) -> None:
            if hang:
                release.wait()
            ack()

    connect(listen)
    client.chat_postMessage(channel="C0SUPPORT", text="card", blocks=[actions(button("Approve"))])

    patient = workspace.rules
    soon_gives_up(workspace)
    sent = workspace.clicks("lead1", "Approve")
    assert sent is not None
    sent.wait()
    (warning,) = workspace.warnings("lead1")
    assert warning.action_id == "press"
    assert workspace.warnings("lead2") == ()

    hang = False
    workspace.rules = patient
    again = workspace.clicks("lead1", "Approve")
    assert again is not None
    assert again.wait().acked
    assert workspace.warnings("lead1") == ()


def test_a_form_whose_submission_nobody_acknowledges_stays_open_with_what_was_typed(
    workspace: Workspace, connect: Connect, release: threading.Event
) -> None:
    def listen(app: App) -> None:
        @app.command("/cognito-check")
        def check(ack: Ack, body: Json, client: WebClient) -> None:
            ack()
            client.views_open(trigger_id=body["trigger_id"], view=modal("Form", field("user", "User")))

        app.view("form")(lambda ack: release.wait())

    connect(listen)
    workspace.types("agent", "/cognito-check")
    workspace.wait_for_view("agent", "Form")
    soon_gives_up(workspace)
    sent = workspace.submits("agent", {"User": "ana"})
    assert sent is not None
    assert workspace.view("agent").busy  # type: ignore[union-attr] # a form under way is open

    sent.wait()

    form = workspace.wait_for_view("agent", "Form")
    assert form.trouble == "We had some trouble connecting. Try again?"
    assert form.values == {"user": "ana"}


def test_a_trigger_opens_one_modal_and_only_for_a_moment(workspace: Workspace, connect: Connect) -> None:
    errors: list[str] = []
    done = threading.Event()

    def listen(app: App) -> None:
        @app.command("/cognito-check")
        def check(ack: Ack, body: Json, client: WebClient) -> None:
            ack()
            client.views_open(trigger_id=body["trigger_id"], view=modal("First"))
            errors.append(refusal(client, body["trigger_id"]))
            errors.append(refusal(client, "1.2.made-up"))
            done.set()

    connect(listen)
    workspace.types("agent", "/cognito-check")
    assert done.wait(60)
    assert errors == ["exchanged_trigger_id", "invalid_trigger_id"]
    assert [one.title for one in workspace.stack("agent")] == ["First"]


def test_a_trigger_expires() -> None:
    at = [1_700_000_000.0]
    workspace = Workspace(manifest(), rules=Rules(), now=lambda: at[0])
    with SlackServer(workspace) as server:
        client = client_for(server)
        first, second = (workspace.permits.trigger("U0AGENT") for _ in range(2))
        at[0] += 3.0
        client.views_open(trigger_id=first, view=modal("In time"))
        at[0] += 0.1

        assert refusal(client, second) == "expired_trigger_id"
        assert [one.title for one in workspace.stack("agent")] == ["In time"]


def test_a_refused_view_does_not_use_the_trigger_up(workspace: Workspace, client: WebClient) -> None:
    trigger = workspace.permits.trigger("U0AGENT")
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        client.views_open(trigger_id=trigger, view=modal("x" * 25))

    client.views_open(trigger_id=trigger, view=modal("Fine", section("words")))
    assert workspace.wait_for_view("agent").title == "Fine"


def refusal(client: WebClient, trigger_id: str) -> str:
    with pytest.raises(SlackApiError) as refused:
        client.views_open(trigger_id=trigger_id, view=modal("Again"))
    return str(refused.value.response["error"])
