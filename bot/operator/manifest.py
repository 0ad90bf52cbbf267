"""The app's manifest: what Slack is told of the desk, derived from the scenarios and from what the app is called."""

from collections.abc import Collection, Iterable
from typing import Any

import yaml

from bot import slash
from bot.scenario import Scenario
from bot.settings import SettingsError, SlackApp

SCOPES = {
    "channels:read": "To see who is in a public channel, itself too, and whether it is archived or shared with others",
    "chat:write": "To post, and to edit what it has posted",
    "commands": "To be typed to",
    "groups:read": "The same as `channels:read` for private channels, of which it sees only those that it is in",
    "usergroups:read": "To see who is in the groups of agents, of leads and of the teams",
    "users:read": "To see who is a guest, a bot, deactivated or from outside: they may neither ask nor approve",
}
"""The least that the desk works with, each with what for."""

OPTIONAL_SCOPES = {
    "channels:history": "To look, in a public channel, whether a message arrived before it is sent once more",
    "groups:history": "The same in a private channel",
}
"""What the desk works without; who installs it may decline these."""


FILE_SCOPES = {
    "files:read": "To fetch an attached list, and to see whether a file has arrived before it is sent again",
    "files:write": "To post files, and to delete them after their time",
}
"""What it needs besides where `slack.files` is on."""


def required(app: SlackApp) -> dict[str, str]:
    """Return the scopes without which a desk with these settings doesn't work, each with what for."""
    return {**SCOPES, **(FILE_SCOPES if app.files else {})}


def manifest(scenarios: Iterable[Scenario[Any]], app: SlackApp | None = None) -> dict[str, Any]:
    """Return the manifest as api.slack.com takes it (https://docs.slack.dev/reference/app-manifest)."""
    app = app or SlackApp()
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": app.name,
            "description": "Finds out why a customer's e-mail is not verified in Amazon Cognito, and puts it right.",
            "long_description": (
                f"Type {app.commands.typed('check')} and a customer's address: the desk says why their e-mail is not "
                "verified in Amazon Cognito, what to tell them, and what can be done. Whatever would change their "
                "account is shown first, with what it changes for whom, and is sent only when a lead has approved it."
            ),
            "background_color": "#2b4a6f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                # The desk tells people there what can't be told in a channel. What they type there reaches nobody.
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": app.name, "always_online": True},
            "shortcuts": [
                {
                    "name": "Check this customer",
                    "type": "message",
                    "callback_id": slash.CHECK_MESSAGE,
                    "description": "Finds the e-mail address in a message, and says in its thread what works.",
                }
            ],
            "slash_commands": [
                _command(app.command, "Help a customer who is not verified or can't sign in", "[what to do] [user]"),
                *(
                    _command(command, one.summary, one.usage)
                    for one in scenarios
                    if (command := app.commands.own(one.name))
                ),
            ],
        },
        # Slack asks for what `bot` lists; `bot_optional` says which of it may be declined.
        "oauth_config": {
            "scopes": {"bot": [*required(app), *OPTIONAL_SCOPES], "bot_optional": list(OPTIONAL_SCOPES)},
        },
        "settings": {
            "event_subscriptions": {"bot_events": ["app_home_opened"]},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }


def check(app: SlackApp, scenarios: Collection[str]) -> None:
    """Return if a desk with this prefix takes no command of the desk with the usual one. Raises `SettingsError`."""
    usual = slash.SlashCommands().scenario(app.command)
    if usual in scenarios:
        raise SettingsError(
            f"slack.command: {app.command} is a command of the desk whose prefix is {slash.DEFAULT}; of two apps with "
            f'the same command Slack asks only one. For example:\n[slack]\ncommand = "{slash.DEFAULT}-staging"'
        )


def without_own(app: SlackApp, scenarios: Iterable[str]) -> str:
    """Say which scenarios have no command of their own under this prefix, and how to start them; empty if all have."""
    long = app.commands.without_own(scenarios)
    if not long:
        return ""
    first = f"{app.command}-{long[0]}"
    return (
        f"{first} would have {len(first)} characters, and Slack takes {slash.LONGEST}. Without a command of their own, "
        f"but in the menu, and typed like this: {', '.join(map(app.commands.typed, long))}"
    )


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
