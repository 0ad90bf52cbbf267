"""Modals: the stack, what an acknowledgement does to it, and what survives an update."""

from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.slack.model import View
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.conftest import Connect
from tests.sandbox.slack.made_up_app import actions, button, field, modal, option, section

Json = dict[str, Any]
TROUBLE = "We had some trouble connecting. Try again?"


def opened(workspace: Workspace, client: WebClient, view: Json, person: str = "U0AGENT") -> Json:
    """A modal on somebody's screen, as `views.open` answered it."""
    shown: Json = client.views_open(trigger_id=workspace.permits.trigger(person), view=view)["view"]
    return shown


def submitted(workspace: Workspace, connect: Connect, client: WebClient, answer: Json) -> View | None:
    """What the agent sees after a submission that the app acknowledged with this answer."""

    def listen(app: App) -> None:
        @app.view("form")
        def take(ack: Ack) -> None:
            ack(answer) if answer else ack()

    connect(listen)
    opened(workspace, client, modal("Below", section()))
    trigger = workspace.permits.trigger("U0AGENT", workspace.stack("agent")[0].id)
    client.views_push(trigger_id=trigger, view=modal("Form", field("user", "User"), field("reason", "Reason")))
    sent = workspace.submits("agent", {"User": "ana", "reason": "called back"})
    assert sent is not None
    assert sent.wait().acked
    return workspace.view("agent")


def test_an_empty_acknowledgement_closes_the_top_view(
    workspace: Workspace, connect: Connect, client: WebClient
) -> None:
    view = submitted(workspace, connect, client, {})
    assert view is not None
    assert view.title == "Below"


def test_clear_closes_the_whole_stack(workspace: Workspace, connect: Connect, client: WebClient) -> None:
    assert submitted(workspace, connect, client, {"response_action": "clear"}) is None


def test_errors_appear_under_their_fields(workspace: Workspace, connect: Connect, client: WebClient) -> None:
    errors = {"user": "Nobody is called ana."}
    view = submitted(workspace, connect, client, {"response_action": "errors", "errors": errors})
    assert view is not None
    assert view.errors == errors
    assert view.values == {"user": "ana", "reason": "called back"}
    assert not view.busy


def test_update_replaces_the_view_and_keeps_its_id(workspace: Workspace, connect: Connect, client: WebClient) -> None:
    answer = {"response_action": "update", "view": modal("Checking…", field("user", "User"))}
    view = submitted(workspace, connect, client, answer)
    assert view is not None
    assert view.title == "Checking…"
    assert view.values == {"user": "ana"}
    assert view.id == "V00000002"
    assert view.previous_view_id == view.root_view_id == "V00000001"


def test_push_puts_a_third_view_on_top(workspace: Workspace, connect: Connect, client: WebClient) -> None:
    submitted(workspace, connect, client, {"response_action": "push", "view": modal("Third")})
    assert [one.title for one in workspace.stack("agent")] == ["Below", "Form", "Third"]
    assert not any(one.busy for one in workspace.stack("agent"))


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "no such field"}},
        {"response_action": "update", "view": modal("x" * 25)},
        {"response_action": "update"},
        {"response_action": "dance"},
        {"text": "Thank you"},
    ],
    ids=["error for no field", "view that breaks a limit", "no view", "unknown action", "text"],
)
def test_an_answer_that_slack_cannot_use_reads_as_trouble(
    answer: Json, workspace: Workspace, connect: Connect, client: WebClient
) -> None:
    view = submitted(workspace, connect, client, answer)
    assert view is not None
    assert (view.title, view.trouble, view.busy) == ("Form", TROUBLE, False)


def test_only_three_views_stack_up(workspace: Workspace, client: WebClient) -> None:
    first = opened(workspace, client, modal("1"))
    for title in ("2", "3"):
        client.views_push(trigger_id=workspace.permits.trigger("U0AGENT", first["id"]), view=modal(title))

    with pytest.raises(SlackApiError, match="push_limit_reached"):
        client.views_push(trigger_id=workspace.permits.trigger("U0AGENT", first["id"]), view=modal("4"))
    assert [one.title for one in workspace.stack("agent")] == ["1", "2", "3"]


def test_a_trigger_from_a_message_pushes_nothing(workspace: Workspace, client: WebClient) -> None:
    opened(workspace, client, modal("1"))
    with pytest.raises(SlackApiError, match="not_found"):
        client.views_push(trigger_id=workspace.permits.trigger("U0AGENT"), view=modal("2"))


def test_an_update_with_an_old_hash_loses_the_race(workspace: Workspace, client: WebClient) -> None:
    view = opened(workspace, client, modal("Loading…"))
    newer = client.views_update(view_id=view["id"], hash=view["hash"], view=modal("Loaded"))["view"]

    with pytest.raises(SlackApiError, match="hash_conflict"):
        client.views_update(view_id=view["id"], hash=view["hash"], view=modal("Late"))
    client.views_update(view_id=view["id"], hash=newer["hash"], view=modal("In time"))
    assert workspace.wait_for_view("agent").title == "In time"


def test_a_view_can_be_updated_by_its_external_id(workspace: Workspace, client: WebClient) -> None:
    opened(workspace, client, modal("Loading…", external_id="mine"))
    client.views_update(external_id="mine", view=modal("Loaded", external_id="mine"))
    assert workspace.wait_for_view("agent").title == "Loaded"


def test_an_external_id_is_taken_while_its_view_is_open(workspace: Workspace, client: WebClient) -> None:
    opened(workspace, client, modal("One", external_id="mine"))
    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        opened(workspace, client, modal("Two", external_id="mine"), person="U0LEAD1")

    workspace.closes("agent")
    opened(workspace, client, modal("Two", external_id="mine"), person="U0LEAD1")


def test_a_closed_view_cannot_be_updated(workspace: Workspace, client: WebClient) -> None:
    view = opened(workspace, client, modal("Form"))
    workspace.closes("agent")
    with pytest.raises(SlackApiError, match="not_found"):
        client.views_update(view_id=view["id"], view=modal("Late"))


def test_a_view_past_250_kilobytes_is_too_large(workspace: Workspace, client: WebClient) -> None:
    big = modal("Form", *[section("ä" * 3000) for _ in range(50)])
    with pytest.raises(SlackApiError, match="view_too_large"):
        opened(workspace, client, big)


def test_what_was_typed_survives_an_update_only_under_the_same_ids(workspace: Workspace, client: WebClient) -> None:
    view = opened(workspace, client, modal("Form", field("user", "User"), field("reason", "Reason")))
    workspace.chooses("agent", "User", "ana")
    workspace.chooses("agent", "Reason", "called back")

    client.views_update(view_id=view["id"], view=modal("Form", field("user", "User"), field("reason-2", "Reason")))
    assert workspace.wait_for_view("agent").values == {"user": "ana", "reason-2": None}


def test_fields_start_with_what_the_app_filled_in(workspace: Workspace, client: WebClient) -> None:
    how = {"type": "radio_buttons", "options": [option("now"), option("code")], "initial_option": option("code")}
    tick = {"type": "checkboxes", "options": [option("yes")], "initial_options": [option("yes")]}
    user = {"type": "plain_text_input", "initial_value": "ana"}
    view = opened(
        workspace, client, modal("F", field("user", "User", user), field("how", "How", how), field("v", "V", tick))
    )
    assert workspace.wait_for_view("agent").values == {"user": "ana", "how": "code", "v": ["yes"]}
    assert view["state"]["values"]["how"]["value"]["selected_option"]["value"] == "code"


@pytest.mark.parametrize(
    ("element", "typed", "complaint"),
    [
        ({"type": "plain_text_input"}, "", "Please complete this required field."),
        ({"type": "plain_text_input", "min_length": 5}, "four", "Please use at least 5 characters."),
        ({"type": "plain_text_input", "max_length": 3}, "four", "Please use at most 3 characters."),
        ({"type": "email_text_input"}, "ana", "Please enter a valid email address."),
        ({"type": "url_text_input"}, "ana", "Please enter a valid URL."),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "Please enter a valid number."),
        (
            {"type": "number_input", "is_decimal_allowed": True, "max_value": "3"},
            "4",
            "Please enter a number that is at most 3.",
        ),
    ],
)
def test_the_client_keeps_an_incomplete_form_back(
    element: Json, typed: str, complaint: str, workspace: Workspace, client: WebClient
) -> None:
    opened(workspace, client, modal("Form", field("user", "User", element)))

    assert workspace.submits("agent", {"User": typed}) is None

    assert workspace.wait_for_view("agent").errors == {"user": complaint}
    assert workspace.envelopes.sent == ()


def test_an_optional_field_may_stay_empty(workspace: Workspace, connect: Connect, client: WebClient) -> None:
    connect(lambda app: app.view("form")(lambda ack: ack()))
    opened(workspace, client, modal("Form", field("user", "User", optional=True)))
    sent = workspace.submits("agent")
    assert sent is not None
    assert sent.wait().acked
    assert sent.payload["view"]["state"]["values"] == {"user": {"value": {"type": "plain_text_input", "value": None}}}


def test_closing_tells_the_app_only_when_it_asked(workspace: Workspace, connect: Connect, client: WebClient) -> None:
    connect(lambda app: app.view_closed("form")(lambda ack: ack()))
    opened(workspace, client, modal("Silent"))
    workspace.closes("agent")
    assert not workspace.envelopes.sent

    opened(workspace, client, modal("Told", notify_on_close=True))
    workspace.clicks("agent", "Cancel")
    (envelope,) = workspace.envelopes.sent
    assert envelope.wait().acked
    assert envelope.payload["type"] == "view_closed"
    assert envelope.payload["is_cleared"] is False


def test_a_select_in_a_modal_dispatches_and_is_part_of_the_state(
    workspace: Workspace, connect: Connect, client: WebClient
) -> None:
    connect(lambda app: app.action("pool")(lambda ack: ack()))
    select = {"type": "static_select", "action_id": "pool", "options": [option("prod"), option("test")]}
    opened(workspace, client, modal("Form", {**actions(select), "block_id": "where"}, field("user", "User")))

    sent = workspace.chooses("agent", "pool", "test")

    assert sent is not None
    assert sent.wait().acked
    assert sent.payload["container"] == {"type": "view", "view_id": "V00000001"}
    assert sent.payload["actions"][0]["selected_option"]["value"] == "test"
    assert "channel" not in sent.payload
    assert sent.payload["view"]["state"]["values"]["where"]["pool"]["selected_option"]["value"] == "test"


@pytest.mark.parametrize(
    ("when", "typing", "enter"),
    [
        (None, False, True),
        (["on_enter_pressed"], False, True),
        (["on_character_entered"], True, False),
        (["on_enter_pressed", "on_character_entered"], True, True),
    ],
)
def test_a_field_tells_of_typing_or_of_enter_as_it_says(
    workspace: Workspace, connect: Connect, client: WebClient, when: list[str] | None, *, typing: bool, enter: bool
) -> None:
    connect(lambda app: app.action("a")(lambda ack: ack()))
    config = {"dispatch_action_config": {"trigger_actions_on": when}} if when else {}
    element = {"type": "plain_text_input", "action_id": "a", **config}
    opened(workspace, client, modal("Form", field("user", "User", element, dispatch_action=True)))

    assert bool(workspace.chooses("agent", "User", "an")) is typing
    sent = workspace.enters("agent", "User", "ana")

    assert bool(sent) is enter
    assert workspace.view("agent").values == {"user": "ana"}  # type: ignore[union-attr] # it is open
    if sent is not None:
        assert sent.wait().payload["actions"][0]["value"] == "ana"


def test_a_field_that_dispatches_nothing_keeps_what_is_entered_to_itself(
    workspace: Workspace, connect: Connect, client: WebClient
) -> None:
    connect(lambda app: app.action("a")(lambda ack: ack()))
    opened(workspace, client, modal("Form", field("user", "User", {"type": "plain_text_input", "action_id": "a"})))
    assert workspace.enters("agent", "User", "ana") is None


def test_the_submit_button_can_be_clicked_by_its_label(
    workspace: Workspace, connect: Connect, client: WebClient
) -> None:
    connect(lambda app: app.view("form")(lambda ack: ack()))
    opened(workspace, client, modal("Form", actions(button("Other"))))
    sent = workspace.clicks("agent", "Ask")
    assert sent is not None
    assert sent.wait().payload["type"] == "view_submission"
