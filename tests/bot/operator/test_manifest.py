"""The manifest: derived from the scenarios, within Slack's limits, with the least scopes."""

import ast
import re
from pathlib import Path

import pytest
import yaml
from slack_sdk import WebClient

import commands
from bot.operator.manifest import FILE_SCOPES, OPTIONAL_SCOPES, SCOPES, as_yaml, check, manifest, without_own
from bot.scenario import load
from bot.settings import SettingsError, SlackApp
from sandbox.testing import AppManifest

SCENARIOS = load(commands)
MANIFEST = manifest(SCENARIOS.values())
ROOT = Path(__file__).parents[3]
LONG = "resend-invitation"
APPS = [
    SlackApp(),
    SlackApp(command="/id-desk", name="Desk"),
    SlackApp(command="/identities-of-customers-staging", name="The staging desk for identities, EU"),
]
DECLARED = MANIFEST["features"]["slash_commands"]


def test_every_scenario_has_its_command_with_its_own_words() -> None:
    declared = {one["command"]: one for one in DECLARED}

    assert set(declared) == {"/cognito", *(f"/cognito-{name}" for name in SCENARIOS)}
    for name, scenario in SCENARIOS.items():
        assert declared[f"/cognito-{name}"]["description"] == scenario.summary
        assert declared[f"/cognito-{name}"].get("usage_hint", "") == scenario.usage


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.command)
def test_it_is_within_slacks_limits_whatever_the_app_is_called(app: SlackApp) -> None:
    made = manifest(SCENARIOS.values(), app)
    shown, features = made["display_information"], made["features"]

    assert len(features["slash_commands"]) <= 50
    for one in features["slash_commands"]:
        assert re.fullmatch(r"/[a-z0-9-]{1,31}", one["command"])
        assert one["command"] == app.command or one["command"].startswith(f"{app.command}-")
        assert 1 <= len(one["description"]) <= 2000
        assert len(one.get("usage_hint", "")) <= 1000
        assert one["should_escape"] is False
        assert "url" not in one
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert re.fullmatch(r"#[0-9a-f]{6}", shown["background_color"])
    assert len(features["bot_user"]["display_name"]) <= 80
    assert shown["name"] == features["bot_user"]["display_name"] == app.name
    others = as_yaml(made)
    assert app == SlackApp() or ("Cognito Desk" not in others and not re.search(r"/cognito\b", others))


def test_what_is_too_long_for_a_command_of_its_own_is_left_out_and_said() -> None:
    app = SlackApp(command="/cognito-staging")

    declared = {one["command"] for one in manifest(SCENARIOS.values(), app)["features"]["slash_commands"]}

    # Of sixteen characters: `confirm-account` just fits.
    assert {"/cognito-staging-confirm-account", "/cognito-staging-confirm-sign-up"} <= declared
    assert declared == {"/cognito-staging", *(f"/cognito-staging-{name}" for name in SCENARIOS.keys() - {LONG})}
    assert without_own(app, SCENARIOS) == (
        "/cognito-staging-resend-invitation would have 34 characters, and Slack takes 32. Without a command of their "
        "own, but in the menu, and typed like this: /cognito-staging resend-invitation"
    )
    assert without_own(SlackApp(), SCENARIOS) == ""


@pytest.mark.parametrize("taken", ["/cognito-check", "/cognito-verify-email"])
def test_a_prefix_that_is_a_command_of_the_usual_desk_is_refused(taken: str) -> None:
    with pytest.raises(SettingsError, match=f"slack.command: {taken} is a command of the desk whose prefix"):
        check(SlackApp(command=taken), SCENARIOS)
    check(SlackApp(command="/cognito-staging"), SCENARIOS)
    check(SlackApp(), SCENARIOS)


def test_people_can_be_told_in_direct_messages_and_write_none() -> None:
    tab = MANIFEST["features"]["app_home"]

    assert (tab["messages_tab_enabled"], tab["messages_tab_read_only_enabled"]) == (True, True)


def test_it_asks_for_what_may_be_declined_too_and_for_no_public_address() -> None:
    scopes = MANIFEST["oauth_config"]["scopes"]

    assert scopes == {"bot": [*SCOPES, *OPTIONAL_SCOPES], "bot_optional": list(OPTIONAL_SCOPES)}
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert MANIFEST["settings"]["token_rotation_enabled"] is False
    assert "request_url" not in as_yaml(MANIFEST)


def test_it_asks_for_files_only_where_they_are_wanted() -> None:
    scopes = manifest(SCENARIOS.values(), SlackApp(files=True))["oauth_config"]["scopes"]

    assert scopes["bot"] == [*SCOPES, *FILE_SCOPES, *OPTIONAL_SCOPES]
    assert scopes["bot_optional"] == list(OPTIONAL_SCOPES)
    assert not FILE_SCOPES.keys() & set(MANIFEST["oauth_config"]["scopes"]["bot"])


NEEDS: dict[str, set[str]] = {
    "apps.connections.open": set(),  # the app's own token
    "auth.test": set(),
    "chat.delete": {"chat:write"},
    "chat.getPermalink": set(),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.members": {"channels:read", "groups:read"},
    "conversations.replies": {"channels:history", "groups:history"},
    "files.completeUploadExternal": {"files:write"},
    "files.delete": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "files.info": {"files:read"},
    "usergroups.users.list": {"usergroups:read"},
    "users.info": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
    "views.update": set(),
}
"""What each method needs in channels, public and private, by its page under https://docs.slack.dev/reference/methods."""


def _called() -> set[str]:
    """Every method of the Web API that the desk's source calls, as a function of the SDK's or by its name."""
    functions = {each.replace("_", "."): each for each in vars(WebClient) if not each.startswith("_")}
    found = set()
    for file in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                found.add(node.attr.replace("_", "."))
            elif isinstance(node, ast.Constant):
                found.add(str(node.value))
    return {each for each in found if "." in each and each in functions}


def test_it_asks_for_exactly_the_scopes_of_the_methods_that_the_desk_calls() -> None:
    called = _called()

    assert called == NEEDS.keys(), "say in NEEDS what a new method needs, and take out what is called no more"
    needed = {scope for method in called for scope in NEEDS[method]} | {"commands"}
    assert needed == SCOPES.keys() | FILE_SCOPES.keys() | OPTIONAL_SCOPES.keys()
    assert not SCOPES.keys() & OPTIONAL_SCOPES.keys()


def test_what_is_printed_is_read_back_as_the_same_manifest_and_by_the_sandbox() -> None:
    text = as_yaml(MANIFEST)
    assert yaml.safe_load(text) == MANIFEST

    installed = AppManifest.read(yaml.safe_load(text))
    assert set(installed.commands) == {one["command"] for one in DECLARED}
    assert installed.scopes == {*SCOPES, *OPTIONAL_SCOPES}
    assert installed.interactive
    assert installed.socket_mode


def test_a_scope_that_is_only_called_optional_is_not_asked_for() -> None:
    made = manifest(SCENARIOS.values())
    assert AppManifest.read(made, optional_scopes=False).scopes == SCOPES.keys()

    made["oauth_config"]["scopes"]["bot"] = list(SCOPES)
    assert AppManifest.read(made).scopes == SCOPES.keys()
