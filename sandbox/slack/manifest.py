"""Reads the app's manifest: which commands, scopes and features Slack would know of."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """One declared command, as Slack lists it while a person types."""

    command: str
    description: str
    usage_hint: str = ""
    should_escape: bool = False


@dataclass(frozen=True, slots=True)
class MessageShortcut:
    """One entry of the menu that every message has."""

    name: str
    callback_id: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class AppManifest:
    """The app as it is installed."""

    name: str
    bot_name: str
    commands: Mapping[str, SlashCommand]
    scopes: frozenset[str]
    interactive: bool
    socket_mode: bool
    messages_tab: bool
    home_tab: bool
    events: frozenset[str]
    """Of what the app is told."""
    shortcuts: tuple[MessageShortcut, ...]

    @classmethod
    def read(cls, source: Path | str | Mapping[str, Any], *, optional_scopes: bool = True) -> "AppManifest":
        """Take a parsed manifest, or the path of one in YAML or JSON.

        ``optional_scopes``: whether the person who installed the app granted what may be declined.
        """
        if isinstance(source, Path | str):
            source = yaml.safe_load(Path(source).read_text(encoding="utf-8"))
        if not isinstance(source, dict):
            raise ValueError(
                "a manifest is a mapping with `display_information`, `features`, `oauth_config` and `settings`"
            )
        features, settings = source.get("features") or {}, source.get("settings") or {}
        name, tabs = source["display_information"]["name"], features.get("app_home") or {}
        scopes = (source.get("oauth_config") or {}).get("scopes") or {}
        optional = scopes.get("bot_optional") or ()
        declared = [
            SlashCommand(
                command=one["command"],
                description=one["description"],
                usage_hint=one.get("usage_hint", ""),
                should_escape=bool(one.get("should_escape")),
            )
            for one in features.get("slash_commands") or []
        ]
        return cls(
            name=name,
            bot_name=(features.get("bot_user") or {}).get("display_name", name),
            commands={one.command: one for one in declared},
            # What `bot` doesn't list is not asked for; `bot_optional` only says which of it may be declined.
            scopes=frozenset(scopes.get("bot") or ()) - frozenset(() if optional_scopes else optional),
            interactive=bool((settings.get("interactivity") or {}).get("is_enabled")),
            socket_mode=bool(settings.get("socket_mode_enabled")),
            messages_tab=bool(tabs.get("messages_tab_enabled")),
            home_tab=bool(tabs.get("home_tab_enabled")),
            events=frozenset((settings.get("event_subscriptions") or {}).get("bot_events") or ()),
            shortcuts=tuple(
                MessageShortcut(
                    name=one["name"], callback_id=one["callback_id"], description=one.get("description", "")
                )
                for one in features.get("shortcuts") or []
                if one["type"] == "message"
            ),
        )
