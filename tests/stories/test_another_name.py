"""A desk that isn't called as usual: nothing that anybody reads has the usual name or the usual commands in it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import commands
from bot.operator.manifest import manifest
from bot.scenario import load
from bot.settings import SlackApp
from sandbox.testing import LivePool
from tests.stories.floor import PROOF, Floor, settings_for, workspace

NAME = "Cognitive Desk of Staging"
PREFIX = "/cogn-staging"
USUAL = re.compile(r"/cognito|cognito desk", re.IGNORECASE)


@pytest.fixture
def staging(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor whose app is called by other names, in Slack and in the settings."""
    app = SlackApp(command=PREFIX, name=NAME)
    with workspace(manifest=manifest(load(commands).values(), app)) as (slack, server):
        settings = settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db")
        floor = Floor(slack, server, replace(settings, slack=app))
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()


def said(floor: Floor) -> str:
    """Everything that the desk has told Slack, and everything that stands there."""
    calls = [call.arguments for call in floor.slack.calls.of()]
    return json.dumps(calls, default=str, ensure_ascii=False) + floor.slack.seen()


def test_the_main_story_goes_by_the_other_names(staging: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)

    staging.types("agent", PREFIX)
    menu = staging.modal_says("agent", "What is the matter?")
    # The title takes 24 characters, one less than this name has.
    assert menu.title == "Cognitive Desk of Stagi…"

    staging.types("agent", f"{PREFIX}-check ada@example.com")
    staging.slack.wait_for_message("ada@example.com")
    staging.types("agent", f"{PREFIX} history ada@example.com")
    staging.asks(f"{PREFIX}-verify-email ada")
    staging.clicks("lead1", "Approve")
    staging.reads_card("✅")
    assert staging.slack.roll.bot.display_name == NAME
    assert not USUAL.search(said(staging))


def test_no_form_and_no_refusal_has_the_usual_names_in_it(staging: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    for name in staging.scenarios:
        staging.types("agent", f"{PREFIX} {name}")
        staging.types("agent", f"{PREFIX} {name} ada@example.com")
        staging.types("guest", f"{PREFIX} {name} ada")
    for text in ("nonsense", "help", "-", "check", "check nobody@example.com", "chekc ada"):
        staging.types("agent", f"{PREFIX} {text}")
        staging.types("agent", f"{PREFIX}-check {text}")
    staging.types("agent", f"{PREFIX} check ada", channel="#random")
    staging.types("agent", PREFIX)
    staging.modal_says("agent", "What is the matter?")
    # What was asked before is finished, and told, before it ends.
    assert staging.closes()

    everything = said(staging)
    assert PREFIX in everything, "some refusal says what to type"
    assert not USUAL.search(everything), USUAL.findall(everything)


def test_a_form_that_is_no_more_is_told_under_the_other_name(staging: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    staging.types("agent", f"{PREFIX}-verify-email ada")
    form = staging.form("agent")
    staging.closes()
    staging.scenarios = {name: each for name, each in staging.scenarios.items() if name != "verify-email"}
    staging.opens()

    staging.slack.submits("agent", {"proof": PROOF, "reason": "Proved it on the phone"}, form)

    gone = staging.modal_says("agent", "There is no command verify-email any more")
    assert gone.title.startswith("Cognitive Desk")


def test_a_command_with_the_usual_prefix_is_answered_and_starts_nothing(pool: LivePool, tmp_path: Path) -> None:
    # The settings were changed, and the app is still installed as it was: Slack sends what the old manifest lists.
    with workspace() as (slack, server):
        settings = settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db")
        floor = Floor(slack, server, replace(settings, slack=SlackApp(command="/cognito-staging")))
        floor.opens()

        floor.types("agent", "/cognito-check ada@example.com")

        floor.told("agent", "/cognito-check is none of my commands. Type /cognito-staging for everything there is.")
        assert floor.is_silent()
        floor.closes()


def test_a_usual_desk_takes_a_command_of_staging_for_none_of_its_own(floor: Floor) -> None:
    assert floor.program
    text = "staging-check ada@example.com"

    floor.types("agent", f"/cognito {text}")

    floor.told("agent", "Do you mean ada@example.com?")
    assert floor.is_silent()


def test_a_button_of_before_goes_on_working_under_the_new_names(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.types("agent", "/cognito-check ada@example.com")
    floor.slack.wait_for_message("ada@example.com")
    floor.closes()
    floor.settings = replace(floor.settings, slack=SlackApp(command=PREFIX, name=NAME))
    floor.opens()

    floor.clicks("agent", "Mark as verified…")

    floor.form("agent", "Mark as verified")
