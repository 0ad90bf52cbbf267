"""The manifest, the messages and the forms of an app that exists for these tests only."""

from __future__ import annotations

from typing import Any


def manifest(**changes: Any) -> dict[str, Any]:
    """A manifest with two commands; keyword arguments replace its scopes and switches."""
    return {
        "display_information": {"name": "Desk"},
        "features": {
            "bot_user": {"display_name": "Cognito Desk"},
            "app_home": {"messages_tab_enabled": changes.get("messages_tab", True)},
            "slash_commands": [
                {"command": "/cognito-check", "description": "Find out why", "should_escape": False},
                {"command": "/cognito-verify-email", "description": "Verify", "should_escape": True},
            ],
        },
        "oauth_config": {
            "scopes": {
                "bot": changes.get(
                    "scopes",
                    ["commands", "chat:write", "users:read", "usergroups:read", "channels:read", "channels:history"],
                )
            }
        },
        "settings": {
            "interactivity": {"is_enabled": changes.get("interactive", True)},
            "socket_mode_enabled": changes.get("socket_mode", True),
        },
    }
