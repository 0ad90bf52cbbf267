"""What waits for a decision: found by whoever wonders, and brought before the leads once more."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.settings import Channels
from sandbox.testing import CognitoServer, LivePool
from tests.stories.floor import SUPPORT, Floor, settings_for, text_of, workspace


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
    told = floor.told("agent", "2 requests wait for a decision.")

    assert told.text.index("ada@example.com") < told.text.index("bea@example.com")
    for card in (first, second):
        assert f"/p{card.ts.replace('.', '')}|card ↗" in told.text
    assert told.text.count("Can decide: <@U0LEAD1>, <@U0LEAD2>.") == 2
    # Who can't decide is offered nothing that would refuse.
    assert [each.label for each in told.controls] == ["Remind the leads"] * 2
    assert len(floor.roots) == 2


def test_a_nudge_mentions_the_leads_in_the_thread_once_in_a_quarter_of_an_hour(floor: Floor, people: LivePool) -> None:
    floor.asks("/cognito-verify-email ada")
    floor.types("agent", "/cognito-requests")
    listed = floor.told("agent", "One request waits for a decision.")

    floor.clicks("agent", "Remind the leads", listed)
    floor.reads_thread("<!subteam^S0LEADS>: <@U0AGENT> asks for a decision on this. It expires")
    floor.told("agent", "The leads were reminded, in the card's thread.")

    floor.clicks("agent", "Remind the leads", listed)
    floor.told("agent", "The leads were reminded at")
    assert floor.audited == ["requested", "nudged", "refused"]


def test_the_menu_counts_what_waits_and_a_nudge_shows_the_list_again(floor: Floor, people: LivePool) -> None:
    floor.asks("/cognito-verify-email ada")
    floor.types("agent", "/cognito")
    floor.modal_says("agent", "Waiting for a decision: 1")
    floor.clicks("agent", "Show")
    listed = floor.modal_says("agent", "One request waits for a decision.")
    assert listed.title == "Waiting requests"

    floor.clicks("agent", "Remind the leads", listed)
    again = floor.modal_says("agent", "The leads were reminded")
    assert "You can remind them again at" in text_of(again)
    assert not again.buttons


def test_what_stands_in_a_channel_that_is_closed_now_offers_nothing_that_would_refuse(
    cognito: CognitoServer, tmp_path: Path
) -> None:
    pool = cognito.pools.create("prod")
    pool.add("ada", email="ada@example.com", email_verified=False)
    with workspace() as (slack, server):
        both = Channels(allowed=(SUPPORT, "C0GENERAL"))
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db", channels=both))
        floor.timings = replace(floor.timings, open_channels=0.0)
        floor.opens()
        floor.asks("/cognito-verify-email ada")
        slack.roll.alter_channel(SUPPORT, is_archived=True)

        floor.types("lead1", "/cognito-requests", channel="#general")
        listed = floor.told("lead1", f"<#{SUPPORT}> is archived")
        assert "Needs a lead" in listed.text
        assert not listed.controls
        floor.closes()


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


def test_a_lead_opens_a_request_from_the_list_reads_it_and_approves_it(floor: Floor, people: LivePool) -> None:
    floor.asks("/cognito-verify-email ada")
    floor.types("lead1", "/cognito-requests")
    listed = floor.told("lead1", "🟡 Needs a lead: mark ada@example.com as verified for ada")
    floor.clicks("lead1", "Open…", listed)
    floor.modal_says("lead1", "mark ada@example.com as verified for ada")
    assert floor.audited == ["requested"]

    floor.submits("lead1")
    floor.modal_says("lead1", "Your approval counts.")
    floor.reads_card("approved by <@U0LEAD1>")
    floor.reads_card("Done")
    assert people.user("ada").email_verified

    # The list is as old as it looks.
    floor.clicks("lead1", "Open…", listed)
    floor.modal_says("lead1", "You were first yourself: approved at")


def test_a_lead_denies_a_high_risk_that_the_menu_lists(floor: Floor, pool: LivePool) -> None:
    for name in ("ben.old", "ben.new"):
        pool.add(name, email="ben@example.com", email_verified=True)
    floor.asks("/cognito-verify-email ben.old")
    floor.types("lead1", "/cognito")
    floor.modal_says("lead1", "Waiting for a decision: 1")
    floor.clicks("lead1", "Show")
    listed = floor.modal_says("lead1", "🔴 High risk · needs 2 leads: ")
    assert "LOSES it: can't sign in or reset with it any more." in text_of(listed)

    floor.clicks("lead1", "Open…", listed)
    shown = floor.modal_says("lead1", "LOSES")
    floor.clicks("lead1", "Deny", shown)
    floor.form("lead1", "Deny")
    floor.submits("lead1", reason="Call them back first")
    floor.reads_card("Denied by <@U0LEAD1>: “Call them back first”")


def test_a_lead_who_is_not_in_the_cards_channel_decides_from_a_list(cognito: CognitoServer, tmp_path: Path) -> None:
    pool = cognito.pools.create("prod")
    pool.add("ada", email="ada@example.com", email_verified=False)
    with workspace() as (slack, server):
        both = Channels(allowed=(SUPPORT, "C0GENERAL"))
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db", channels=both))
        floor.opens()
        floor.asks("/cognito-verify-email ada")
        slack.roll.leaves("lead1", SUPPORT)

        floor.types("lead1", "/cognito-requests", channel="#general")
        listed = floor.told("lead1", "Needs a lead")
        floor.clicks("lead1", "Open…", listed)
        floor.modal_says("lead1", "mark ada@example.com as verified for ada")
        floor.submits("lead1")
        floor.modal_says("lead1", "Your approval counts.")
        floor.reads_card("Done")

        # Whatever is refused is said in the modal, not where they can't be.
        floor.clicks("lead1", "Open…", listed)
        floor.modal_says("lead1", "You were first yourself")
        assert not [call for call in slack.calls.of("chat.postEphemeral") if call]
        floor.closes()
