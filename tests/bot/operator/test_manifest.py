"""The manifest: derived from the scenarios, within Slack's limits, with the least scopes."""

import re
from typing import Any

import pytest
import yaml

import commands
from bot.operator.manifest import OPTIONAL_SCOPES, SCOPES, as_yaml, manifest
from bot.scenario import load
from sandbox.slack.manifest import AppManifest

SCENARIOS = load(commands)
MANIFEST = manifest(SCENARIOS.values())
DECLARED = MANIFEST["features"]["slash_commands"]


def test_every_scenario_has_its_command_with_its_own_words() -> None:
    declared = {one["command"]: one for one in DECLARED}

    assert set(declared) == {"/cognito", *(f"/cognito-{name}" for name in SCENARIOS)}
    for scenario in SCENARIOS.values():
        assert declared[scenario.command]["description"] == scenario.summary
        assert declared[scenario.command].get("usage_hint", "") == scenario.usage


@pytest.mark.parametrize("one", DECLARED, ids=lambda one: str(one["command"]))
def test_a_command_is_within_slacks_limits(one: dict[str, Any]) -> None:
    assert re.fullmatch(r"/[a-z0-9-]{1,31}", one["command"])
    assert 1 <= len(one["description"]) <= 2000
    assert len(one.get("usage_hint", "")) <= 1000
    assert one["should_escape"] is False
    assert "url" not in one


def test_the_whole_is_within_slacks_limits() -> None:
    shown = MANIFEST["display_information"]

    assert len(DECLARED) <= 50
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert re.fullmatch(r"#[0-9a-f]{6}", shown["background_color"])
    assert len(MANIFEST["features"]["bot_user"]["display_name"]) <= 80


def test_it_asks_for_the_least_scopes_and_for_no_public_address() -> None:
    assert MANIFEST["oauth_config"]["scopes"] == {"bot": list(SCOPES), "bot_optional": list(OPTIONAL_SCOPES)}
    assert set(SCOPES) == {"chat:write", "commands", "usergroups:read", "users:read"}
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert MANIFEST["settings"]["token_rotation_enabled"] is False
    assert "request_url" not in as_yaml(MANIFEST)


def test_what_is_printed_is_read_back_as_the_same_manifest_and_by_the_sandbox() -> None:
    text = as_yaml(MANIFEST)
    assert yaml.safe_load(text) == MANIFEST

    installed = AppManifest.read(yaml.safe_load(text))
    assert set(installed.commands) == {one["command"] for one in DECLARED}
    assert installed.scopes == {*SCOPES, *OPTIONAL_SCOPES}
    assert installed.interactive
    assert installed.socket_mode
