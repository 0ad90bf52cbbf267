"""The manifest, the messages and the forms of an app that exists for these tests only."""

from dataclasses import replace
from threading import Thread
from typing import Any

from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from sandbox.slack.server import SlackServer
from sandbox.slack.workspace import Workspace

Json = dict[str, Any]
SCOPES = ["commands", "chat:write", "users:read", "usergroups:read", "channels:read", "channels:history"]


def manifest(
    *,
    scopes: list[str] | None = None,
    interactive: bool = True,
    socket_mode: bool = True,
    messages_tab: bool = True,
    home_tab: bool = True,
    events: tuple[str, ...] = ("app_home_opened",),
) -> Json:
    """A manifest with two commands, of which one wants its text escaped, a shortcut and a Home tab."""
    return {
        "display_information": {"name": "Desk"},
        "features": {
            "bot_user": {"display_name": "Cognito Desk"},
            "app_home": {"home_tab_enabled": home_tab, "messages_tab_enabled": messages_tab},
            "shortcuts": [{"name": "Check this", "type": "message", "callback_id": "check", "description": "Checks"}],
            "slash_commands": [
                {"command": "/cognito-check", "description": "Find out why"},
                {"command": "/cognito-verify-email", "description": "Verify", "should_escape": True},
            ],
        },
        "oauth_config": {"scopes": {"bot": SCOPES if scopes is None else scopes}},
        "settings": {
            "event_subscriptions": {"bot_events": list(events)},
            "interactivity": {"is_enabled": interactive},
            "socket_mode_enabled": socket_mode,
        },
    }


def plain(text: str) -> Json:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    """A mrkdwn object."""
    return {"type": "mrkdwn", "text": text}


def section(text: str = "words") -> Json:
    """A section block."""
    return {"type": "section", "text": mrkdwn(text)}


def button(text: str = "Press", action_id: str = "press", **more: Any) -> Json:
    """A button element."""
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def actions(*elements: Json) -> Json:
    """An actions block."""
    return {"type": "actions", "elements": list(elements)}


def option(value: str, text: str | None = None) -> Json:
    """One option of a select."""
    return {"text": plain(text or value.title()), "value": value}


def field(block_id: str, label: str, element: Json | None = None, **more: Any) -> Json:
    """An input block; a text input unless told otherwise."""
    element = element or {"type": "plain_text_input"}
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": "value", **element},
        **more,
    }


def modal(title: str, *blocks: Json, **more: Any) -> Json:
    """A modal with a submit button."""
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain(title),
        "submit": plain("Ask"),
        "close": plain("Cancel"),
        "blocks": list(blocks) or [section()],
        **more,
    }


def close_at_once(handler: SocketModeHandler) -> None:
    """Close a Socket Mode client without waiting for its queue, which is asked only once a second when idle."""

    def close() -> None:
        while True:
            try:
                handler.close()  # type: ignore[no-untyped-call] # Bolt leaves it untyped
            except AttributeError:
                # The server let go of the same connection in this moment, and the SDK's client closed it twice. Left
                # half closed it would go on connecting, and tell the log of every later test that nobody answers.
                continue
            return

    closing = Thread(target=close)
    closing.start()
    while closing.is_alive():
        handler.client.enqueue_message("{}")
        closing.join(0.02)


def client_for(server: SlackServer, token: str | None = None) -> WebClient:
    """A Web API client that repeats nothing by itself."""
    token = token or server.workspace.bot_token
    return WebClient(token=token, base_url=server.api_url, retry_handlers=[])


def soon_gives_up(workspace: Workspace) -> None:
    """Let what is sent from now on time out, unless it is acknowledged within a moment."""
    workspace.rules = replace(workspace.rules, ack_seconds=0.5)
