"""The app's manifest: what Slack is told of the desk, derived from the scenarios."""

from collections.abc import Iterable
from typing import Any

import yaml

from bot.scenario import Scenario

NAME = "Cognito Desk"
MENU = "/cognito"

SCOPES = ("chat:write", "commands", "usergroups:read", "users:read")
"""The least that the desk works with: to post, to be typed to, and to see who may approve."""

OPTIONAL_SCOPES = ("channels:history", "groups:history")
"""What lets the desk look whether a message arrived before it sends it again; whoever installs it may decline."""


def manifest(scenarios: Iterable[Scenario[Any]]) -> dict[str, Any]:
    """Return the manifest as api.slack.com takes it (https://docs.slack.dev/reference/app-manifest)."""
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": NAME,
            "description": "Finds out why a customer's e-mail is not verified in Amazon Cognito, and puts it right.",
            "long_description": (
                "Type /cognito-check and a customer's address: the desk says why their e-mail is not verified in "
                "Amazon Cognito, what to tell them, and what can be done. Whatever would change their account is shown "
                "first, with what it changes for whom, and is sent only when a lead has approved it."
            ),
            "background_color": "#2b4a6f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": False,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "slash_commands": [
                _command(MENU, "Help a customer who is not verified or can't sign in", "[what to do] [user]"),
                *(_command(one.command, one.summary, one.usage) for one in scenarios),
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES), "bot_optional": list(OPTIONAL_SCOPES)}},
        "settings": {
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }


def as_yaml(content: dict[str, Any]) -> str:
    """Return the manifest as the text of ``manifest.yml``."""
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def _command(command: str, description: str, usage: str) -> dict[str, Any]:
    return {
        "command": command,
        "description": description,
        **({"usage_hint": usage} if usage else {}),
        # Unescaped, an address arrives as it was typed, and a mention as text that means nobody.
        "should_escape": False,
    }
