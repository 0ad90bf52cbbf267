"""What waits for a decision: found by whoever wonders, and brought before the leads once more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.testing import CognitoServer, LivePool
from tests.stories.floor import Floor, settings_for, workspace


@pytest.fixture
def people(pool: LivePool) -> LivePool:
    for name in ("ada", "bea"):
        pool.add(name, email=f"{name}@example.com", email_verified=False)
    return pool


@pytest.fixture
def two_pools(cognito: CognitoServer, tmp_path: Path) -> Iterator[Floor]:
    pools = {"prod": cognito.pools.create("prod"), "shop": cognito.pools.create("shop", region="eu-west-1")}
    for name, pool in pools.items():
        pool.add(f"ada.{name}", email=f"ada@{name}.example.com", email_verified=False)
    with workspace() as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, pools, tmp_path / "desk.db"))
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()


def test_the_list_is_for_the_person_alone_and_leads_to_each_card(floor: Floor, people: LivePool) -> None:
    first = floor.asks("/cognito-verify-email ada")
    second = floor.asks("/cognito-verify-email bea")

    floor.types("agent", "/cognito-requests")
    told = floor.told("agent", "2 requests wait, the oldest first.")

    assert told.text.index("ada@example.com") < told.text.index("bea@example.com")
    for card in (first, second):
        assert f"/p{card.ts.replace('.', '')}|To the card" in told.text
    assert len(floor.roots) == 2


def test_a_nudge_mentions_the_leads_in_the_thread_once_in_a_quarter_of_an_hour(floor: Floor, people: LivePool) -> None:
    floor.asks("/cognito-verify-email ada")
    floor.types("agent", "/cognito-requests")
    listed = floor.told("agent", "One request waits for a decision.")

    floor.clicks("agent", "Remind the leads", listed)
    floor.reads_thread("<!subteam^S0LEADS>: <@U0AGENT> asks for a decision on this. It expires")
    floor.told("agent", "The leads have been mentioned again, in the card's thread.")

    floor.clicks("agent", "Remind the leads", listed)
    floor.told("agent", "The leads were mentioned at")
    assert floor.audited == ["requested", "nudged", "refused"]


def test_the_menu_counts_what_waits_and_a_nudge_shows_the_list_again(floor: Floor, people: LivePool) -> None:
    floor.asks("/cognito-verify-email ada")
    floor.types("agent", "/cognito")
    floor.modal_says("agent", "Waiting for a decision: 1")
    floor.clicks("agent", "Show")
    listed = floor.modal_says("agent", "One request waits for a decision.")
    assert listed.title == "Waiting requests"

    floor.clicks("agent", "Remind the leads", listed)
    again = floor.modal_says("agent", "The leads have been mentioned again")
    assert again.buttons[0].label == "Remind the leads"
    floor.modal_says("agent", "Leads mentioned again at")


def test_requests_of_every_pool_are_listed_without_choosing_one(two_pools: Floor) -> None:
    for name in ("prod", "shop"):
        two_pools.asks(f"/cognito-verify-email ada.{name}")

    two_pools.types("agent", "/cognito-requests")
    told = two_pools.told("agent", "2 requests wait")
    assert "in pool prod" in told.text
    assert "in pool shop" in told.text


def test_when_nothing_waits_it_says_so(floor: Floor) -> None:
    floor.types("agent", "/cognito-requests")
    floor.told("agent", "Nothing waits for a decision.")
    assert floor.is_silent()


def test_somebody_who_may_not_ask_learns_nothing(floor: Floor, people: LivePool) -> None:
    floor.asks("/cognito-verify-email ada")
    floor.types("guest", "/cognito-requests")
    floor.told("guest", "Only the support team can ask for this.")
