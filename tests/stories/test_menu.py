"""The menu: for someone who has never heard of Cognito, everything that can be asked for."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.testing import LivePool
from tests.stories.floor import Floor, settings_for, text_of, workspace


@pytest.fixture
def strict(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor where the desk may not ask for what customers sign in with."""
    with workspace() as (slack, server):
        settings = settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db")
        forbidden = {
            name: each.model_copy(update={"customer_credentials": False}) for name, each in settings.pools.items()
        }
        floor = Floor(slack, server, replace(settings, pools=forbidden))
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()


def test_every_scenario_can_be_reached_from_it(floor: Floor) -> None:
    floor.types("agent", "/cognito")
    menu = floor.modal_says("agent", "What is the matter?")

    started = {name for name in floor.scenarios if any(f'"{name}"' in (each.value or "") for each in menu.buttons)}
    # What needs a file is nothing for a desk that may take none.
    assert started == {name for name, each in floor.scenarios.items() if not each.needs_file}
    assert "Not offered here" not in text_of(menu)


def test_it_begins_with_what_is_most_often_the_matter(floor: Floor) -> None:
    floor.types("agent", "/cognito")
    menu = floor.modal_says("agent", "What is the matter?")

    assert [button.label for button in menu.buttons[:7]] == [
        "Find out why",
        "Send a new code",
        "Enter a code",
        "Change the e-mail",
        "Find out why",
        "Show",
        "History",
    ]
    said = text_of(menu)
    assert said.index("What happened to someone") < said.index("Less often") < said.index("A sign-up was never")


def test_what_needs_the_customer_s_own_sign_in_is_left_out_where_it_is_not_allowed(strict: Floor) -> None:
    strict.types("agent", "/cognito")
    menu = strict.modal_says("agent", "Not offered here: ")

    assert "Enter a code" not in {button.label for button in menu.buttons}
    assert "The customer has a code" not in text_of(menu)
    for title in ("Enter a code", "Sign someone up", "Confirm a sign-up"):
        assert title in text_of(menu).partition("Not offered here: ")[2]


def test_a_line_opens_its_form_in_the_menu_s_place(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.types("agent", "/cognito")
    menu = floor.modal_says("agent", "What is the matter?")
    floor.clicks("agent", "Find out why", menu)

    form = floor.form("agent", "Find out why")
    assert form.id == menu.id
    floor.submits("agent", user="ada@example.com")
    floor.slack.wait_for_message("ada@example.com")
