"""A small app for trying the page: commands, buttons that answer or don't, and forms of every kind of fate."""

from threading import Event
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

from tests.sandbox.slack.made_up_app import actions, button, field, modal, plain, section

Json = dict[str, Any]
SUPPORT = "C0SUPPORT"


def manifest() -> Json:
    """Three commands that begin alike."""
    commands = [
        ("/cognito", "", "Choose what to do"),
        ("/cognito-check", "[user]", "Find out why an address isn't verified"),
        ("/cognito-verify-email", "[user]", "Mark an address as verified"),
    ]
    return {
        "display_information": {"name": "Desk"},
        "features": {
            "bot_user": {"display_name": "Cognito Desk"},
            "slash_commands": [
                {"command": name, "usage_hint": hint, "description": words, "should_escape": True}
                for name, hint, words in commands
            ],
        },
        "oauth_config": {"scopes": {"bot": ["commands", "chat:write", "users:read"]}},
        "settings": {"interactivity": {"is_enabled": True}, "socket_mode_enabled": True},
    }


def form(user: str = "") -> Json:
    """The form behind /cognito-verify-email."""
    typed = {"type": "plain_text_input", **({"initial_value": user} if user else {})}
    return modal(
        "Mark as verified",
        field("user", "User", typed, hint=plain("User name, e-mail or sub")),
        field("reason", "Reason", {"type": "plain_text_input", "multiline": True, "max_length": 200}),
        {**actions(button("Look again", "look"), button("One more", "more")), "block_id": "deeds"},
        callback_id="verify",
    )


def card() -> Json:
    """The buttons of a card."""
    sure = {
        "title": plain("Deny it?"),
        "text": plain("The agent is told."),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    }
    return actions(
        button("Approve", "approve", style="primary"),
        button("Deny", "deny", style="danger", confirm=sure),
        button("Say nothing", "silence"),
    ) | {"block_id": "decision"}


def listen(app: App) -> None:
    """Everything that the app answers to."""

    @app.command("/cognito-check")
    def check(ack: Ack, command: Json, client: WebClient) -> None:
        ack()
        root = client.chat_postMessage(channel=SUPPORT, text=f"Checked {command['text']}")
        client.chat_postMessage(channel=SUPPORT, text="The evidence", thread_ts=root["ts"])

    @app.command("/cognito-verify-email")
    def verify(ack: Ack, command: Json, client: WebClient) -> None:
        ack()
        waiting = modal("Mark as verified", section("Loading…"))
        del waiting["submit"]
        opened = client.views_open(trigger_id=command["trigger_id"], view=waiting)
        client.views_update(view_id=opened["view"]["id"], view=form(command["text"]))

    @app.view("verify")
    def submitted(ack: Ack, view: Json, client: WebClient) -> None:
        values = view["state"]["values"]
        user, reason = values["user"]["value"]["value"], values["reason"]["value"]["value"]
        if user == "nobody":
            ack(response_action="errors", errors={"user": "Nobody is called nobody."})
            return
        ack()
        client.chat_postMessage(channel=SUPPORT, text=f"Asked for {user}: {reason}")

    @app.action("look")
    def look(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        view = form()
        view["blocks"].insert(0, section("Looked again."))
        client.views_update(view_id=body["view"]["id"], view=view)

    @app.action("more")
    def more(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.views_push(trigger_id=body["trigger_id"], view=form())

    @app.action("approve")
    def approve(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.chat_postEphemeral(channel=SUPPORT, user=body["user"]["id"], text="Someone else has to approve it.")

    @app.action("deny")
    def deny(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.chat_update(channel=SUPPORT, ts=body["message"]["ts"], text="Denied", blocks=[section("Denied")])

    @app.action("silence")
    def silence() -> None:
        Event().wait(1.2)
