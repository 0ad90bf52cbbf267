"""One walk through the whole protocol: a command, a card, a press, a form, and what everyone sees."""

from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.conftest import Connect

FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "verify",
    "title": {"type": "plain_text", "text": "Mark as verified"},
    "submit": {"type": "plain_text", "text": "Ask"},
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "value"},
        }
    ],
}


def listen(app: App) -> None:
    @app.command("/cognito-check")
    def check(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        ack()
        client.chat_postMessage(
            channel=body["channel_id"],
            text=f"{body['text']}: the e-mail was changed",
            blocks=[
                {"type": "section", "text": {"type": "mrkdwn", "text": "changed"}},
                {
                    "type": "actions",
                    "elements": [
                        {
                            "type": "button",
                            "action_id": "open",
                            "value": "7",
                            "text": {"type": "plain_text", "text": "Mark as verified…"},
                        }
                    ],
                },
            ],
        )

    @app.action("open")
    def open_form(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.view("verify")
    def submitted(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        ack()
        reason = body["view"]["state"]["values"]["reason"]["value"]["value"]
        client.chat_postMessage(channel="C0SUPPORT", text=f"<@{body['user']['id']}> asks: {reason}")


def test_a_command_becomes_a_card_whose_button_opens_a_form_that_is_submitted(
    workspace: Workspace, connect: Connect
) -> None:
    connect(listen)

    command = workspace.types("agent", "/cognito-check ana@example.com")
    assert command is not None
    assert command.wait().acked

    card = workspace.wait_for_message("ana@example.com: the e-mail was changed")
    assert [one.label for one in card.buttons] == ["Mark as verified…"]
    workspace.clicks("agent", "Mark as verified…", within=card)

    form = workspace.wait_for_view("agent", "Mark as verified")
    assert form.values == {"reason": None}
    submission = workspace.submits("agent", {"Reason": "Proved the mailbox on the phone"})
    assert submission is not None
    assert submission.wait().acked

    workspace.wait_for_message("<@U0AGENT> asks: Proved the mailbox on the phone")
    assert workspace.view("agent") is None
    assert workspace.ephemeral("agent") == ()
    assert workspace.warnings("agent") == ()
