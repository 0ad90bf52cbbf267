"""A desk with several pools: an agent knows the customer's address, not where it is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cognito.server import CognitoServer
from tests.stories.floor import Floor, settings_for, workspace


@pytest.fixture
def floors(cognito: CognitoServer, tmp_path: Path) -> Iterator[Floor]:
    """A floor whose desk serves two pools in two regions."""
    prod = cognito.pools.create("prod")
    shop = cognito.pools.create("shop", region="eu-west-1")
    prod.add("ada", email="ada@example.com", email_verified=False)
    shop.add("eva", email="eva@example.com", email_verified=False)
    for pool in (prod, shop):
        pool.add(f"tom.{pool.name}", email="tom@example.com", email_verified=True)
    with workspace() as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, {"prod": prod, "shop": shop}, tmp_path / "desk.db"))
        floor.opens()
        yield floor
        floor.closes()


def test_a_check_finds_the_pool_by_itself(floors: Floor) -> None:
    floors.types("agent", "/cognito-check eva@example.com")
    root = floors.slack.wait_for_message("eva@example.com")

    assert "pool shop" in root.text
    assert root.metadata is not None
    assert root.metadata["event_payload"]["pool"] == "shop"


def test_an_address_in_two_pools_is_checked_in_both(floors: Floor) -> None:
    floors.types("agent", "/cognito-check tom@example.com")

    floors.slack.wait_for(lambda: len(floors.roots) == 2)
    assert {root.metadata["event_payload"]["pool"] for root in floors.roots if root.metadata} == {"prod", "shop"}


def test_nobody_in_any_pool_is_said_to_the_person_alone_with_who_comes_close(floors: Floor) -> None:
    floors.types("agent", "/cognito-check evaa@example.com")
    whisper = floors.told("agent", "No account in prod, shop matches")

    assert "Close to it: eva@example.com" in whisper.text
    assert floors.is_silent()

    floors.clicks("agent", "Check eva@example.com")
    assert "pool shop" in floors.slack.wait_for_message("eva@example.com").text


def test_a_form_starts_with_the_pool(floors: Floor) -> None:
    floors.types("agent", "/cognito-verify-email ada")

    assert [field.label for field in floors.form("agent").inputs] == ["Pool", "User", "Reason"]


def test_what_follows_up_on_a_request_stays_in_its_pool(floors: Floor) -> None:
    floors.asks("/cognito-verify-email eva", pool="shop")
    floors.clicks("lead1", "Approve")
    done = floors.reads_card("✅ Done: ")

    floors.clicks("agent", "Undo", done)
    assert [field.label for field in floors.form("agent", "Undo").inputs] == ["Reason"]
    floors.submits("agent", reason="It was the wrong customer")
    floors.slack.wait_for(lambda: len(floors.cards) == 2)
    assert "pool shop" in floors.reads_card("🟡 Undo: ").text
