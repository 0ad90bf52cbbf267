"""Where the desk may not ask for customers' credentials, what needs one isn't offered, and typing it says why."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.settings import PoolSettings
from sandbox.testing import CognitoServer, LivePool
from tests.bot import wired
from tests.stories.floor import Floor, settings_for, workspace

CUSTOMER_ACTIONS = {"Enter a code", "Sign someone up", "Confirm a sign-up"}


def closed(pool: LivePool) -> PoolSettings:
    return wired.settings(pool).model_copy(update={"customer_credentials": False})


@pytest.fixture
def floor(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor whose one pool forbids it."""
    pool.add("ana", email="ana@example.com", email_verified=False)
    with workspace() as (slack, server):
        settings = settings_for(slack, server, {}, tmp_path / "desk.db")
        floor = Floor(slack, server, replace(settings, pools={"prod": closed(pool)}))
        floor.opens()
        yield floor
        floor.closes()


@pytest.mark.parametrize("command", ["enter-code ana", "sign-up nina", "confirm-sign-up ana"])
def test_typing_it_says_why_not_and_what_to_do_instead(floor: Floor, pool: LivePool, command: str) -> None:
    floor.types("agent", f"/cognito-{command}")
    ephemeral = floor.told("agent", "In pool prod the desk may not ask for a customer's own token, password or code.")
    assert "Let the customer do it in the app" in ephemeral.text
    assert floor.is_silent()
    assert not pool.calls


def test_the_menu_does_not_offer_it(floor: Floor) -> None:
    floor.types("agent", "/cognito")
    menu = floor.modal_says("agent", "What is the matter?")
    assert not CUSTOMER_ACTIONS & {button.label for button in menu.buttons}


def test_the_way_of_the_customer_is_missing_from_the_form(floor: Floor) -> None:
    floor.types("agent", "/cognito-change-email ana")
    form = floor.form("agent", "Change the e-mail")
    assert [each.label for each in form.inputs] == ["New e-mail", "How", "Proof", "Reason"]
    how = next(each for each in form.inputs if each.label == "How")
    assert [option.text for option in how.options] == ["Verified now, by us", "The customer confirms by code"]


def test_with_several_pools_the_form_leads_to_the_one_that_allows_it(
    cognito: CognitoServer, pool: LivePool, tmp_path: Path
) -> None:
    shop = cognito.pools.create("shop")
    shop.add("eva", email="eva@example.com", email_verified=False)
    with workspace() as (slack, server):
        settings = settings_for(slack, server, {}, tmp_path / "desk.db")
        floor = Floor(slack, server, replace(settings, pools={"prod": closed(pool), "shop": wired.settings(shop)}))
        floor.opens()
        floor.types("agent", "/cognito-enter-code eva")
        form = floor.form("agent")
        assert [each.label for each in form.inputs] == ["Code", "Access token", "Password"]
        token = shop.token("eva")
        shop.change_own("eva", {"email": "eva2@example.com"})
        floor.submits("agent", code=cognito.mailbox.code("eva2@example.com"), token=token)
        assert "\nshop · " in floor.slack.wait_for_message("eva2@example.com is verified for eva").text
        floor.closes()
