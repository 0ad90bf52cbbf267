"""A lead has a whole pool read: its message says how far that is, how it ended, and who may stop it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import commands
from bot import csv_files
from bot.operator.manifest import manifest
from bot.scenario import load
from bot.settings import SlackApp
from bot.weekly import Weekly
from sandbox.testing import CognitoServer, LivePool, SlackFile
from tests.stories.floor import SUPPORT, Floor, settings_for, workspace


@pytest.fixture
def people(pool: LivePool) -> LivePool:
    for name in ("ada", "bea", "cid"):
        pool.add(name, email=f"{name}@example.com", email_verified=False)
    return pool


def test_a_lead_has_everybody_read_and_the_message_says_how_many(floor: Floor, people: LivePool) -> None:
    floor.types("lead1", "/cognito-pool-check")
    floor.told("lead1", "I am reading everybody now.")
    done = floor.reads_root("📊 prod: 3 of 3 accounts have trouble")
    assert "asked by <@U0LEAD1>" in done.text
    assert "3 accounts: address not verified" in done.text
    assert "[ Stop ]" not in done.text
    floor.reads_thread("What was found", done)
    assert floor.audited == ["pool check", "pool check"]
    assert "ada" not in json.dumps([row["detail"] for row in floor.audit()])


@pytest.fixture
def posting(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor where the desk may post files."""
    app = SlackApp(files=True)
    with workspace(manifest=manifest(load(commands).values(), app)) as (slack, server):
        settings = settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db")
        floor = Floor(slack, server, replace(settings, slack=app))
        floor.opens()
        yield floor
        floor.closes()


def test_the_list_of_those_concerned_and_the_picture_stand_in_the_thread(posting: Floor, people: LivePool) -> None:
    people.add("=dan", email="dan@example.com", email_verified=False)
    posting.types("lead1", "/cognito-pool-check")
    posting.reads_root("📊 prod: 4 of 4 accounts have trouble")

    def shared() -> list[SlackFile]:
        return [one for one in posting.slack.files.all() if one.channel]

    posting.slack.wait_for(lambda: len(shared()) == 2)
    picture, table = shared()
    assert picture.content
    assert picture.content.startswith(b"\x89PNG")
    assert picture.alt_text == "4 accounts: address not verified"
    assert table.content
    heading, *rows = csv_files.read_back(table.content)
    assert heading[0] == "user name"
    assert {(row[0], row[2], row[5]) for row in rows} == {
        (name, "address not verified", f"{name.strip('=')[0]}***@e***") for name in ("ada", "bea", "cid", "=dan")
    }
    assert b"'=dan" in table.content


def test_where_the_desk_posts_no_files_the_report_says_so(floor: Floor, people: LivePool) -> None:
    floor.types("lead1", "/cognito-pool-check")
    floor.reads_thread("here the desk may not post any", floor.reads_root("📊 prod: 3"))


def test_the_report_leads_to_what_helps_everyone(floor: Floor, people: LivePool) -> None:
    people.add_provider("Google", "Google", {"email": "email"})
    people.sign_in_earlier("Google", {"sub": "104", "email": "gil@example.com"})
    floor.types("lead1", "/cognito-pool-check")
    done = floor.reads_root("📊 prod: 4 of 4 accounts have trouble")
    assert "[ Map Google's claim… ]" in done.text

    floor.clicks("lead1", "Verify 1 of Google, once mapped…", done)
    floor.modal_says("lead1", "Map the claim first")
    floor.slack.closes("lead1")
    floor.clicks("agent", "Map Google's claim…", done)
    assert floor.form("agent", "Map a provider").values["provider"] == "Google"
    floor.submits("agent", reason="everyone is hit")
    card = floor.reads_card("needs 2 leads")
    assert "Google" in card.text
    assert floor.blocks_are_sound() == []


def test_who_is_no_lead_hears_that_leads_ask_for_it(floor: Floor, people: LivePool) -> None:
    floor.types("agent", "/cognito-pool-check")
    floor.told("agent", "Only leads can ask for this.")
    floor.quiet()
    assert floor.roots == []
    assert floor.audited == ["refused"]


def test_a_second_one_leads_to_the_first_and_a_lead_stops_it(
    floor: Floor, people: LivePool, cognito: CognitoServer
) -> None:
    gate = cognito.faults.hold("ListUsers")
    floor.types("lead1", "/cognito-pool-check")
    running = floor.reads_root("Checking everybody in prod")
    assert "░░░░░░░░░░░░░░░░░░░░ 0 % · 0 of about 3 users" in running.text

    floor.types("lead2", "/cognito-pool-check")
    assert "asked by <@U0LEAD1>" in floor.told("lead2", "prod is being checked already").text

    floor.clicks("agent", "Stop", running)
    floor.told("agent", "Only leads can stop this.")
    floor.clicks("lead2", "Stop", running)
    stopped = floor.reads_root("The check of prod was stopped")
    assert "<@U0LEAD2> stopped it" in stopped.text
    cognito.faults.clear()
    gate.open()

    floor.types("lead2", "/cognito-pool-check")
    floor.reads_root("📊 prod: 3 of 3 accounts have trouble")


def test_a_weekly_report_is_posted_by_itself_when_a_desk_is_there_after_its_time(
    floor: Floor, people: LivePool
) -> None:
    floor.closes()
    came = datetime.now(UTC) - timedelta(hours=1)
    weekly = Weekly(day=came.weekday(), at=time(came.hour, came.minute), zone=ZoneInfo("UTC"))
    pool = floor.settings.pools["prod"].model_copy(update={"report": weekly, "report_channel": SUPPORT})
    floor.settings = replace(floor.settings, pools={"prod": pool})
    floor.timings = replace(floor.timings, reports=0.05)
    floor.opens()
    done = floor.reads_root("📊 prod: 3")
    assert "by the schedule" in done.text
    assert floor.audited == ["pool check", "pool check"]
    assert {row["person"] for row in floor.audit()} == {None}


@pytest.fixture
def two_pools(pool: LivePool, cognito: CognitoServer, tmp_path: Path) -> Iterator[Floor]:
    """A floor whose desk serves two pools, so that a lead has to choose one."""
    pools = {"prod": pool, "shop": cognito.pools.create("shop")}
    pools["shop"].add("eva", email="eva@example.com", email_verified=False)
    with workspace() as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, pools, tmp_path / "desk.db"))
        floor.opens()
        yield floor
        floor.closes()


def test_the_form_closes_at_once_and_what_there_is_to_say_is_told_beside(
    two_pools: Floor, cognito: CognitoServer
) -> None:
    gate = cognito.faults.hold("ListUsers")
    two_pools.types("lead1", "/cognito-pool-check")
    two_pools.form("lead1", "Check the whole pool")
    two_pools.submits("lead1", pool="shop")
    assert two_pools.slack.view("lead1") is None
    two_pools.told("lead1", "I am reading everybody now. My message in the channel shows how far it is.")

    two_pools.types("lead2", "/cognito-pool-check")
    two_pools.form("lead2", "Check the whole pool")
    two_pools.submits("lead2", pool="shop")
    assert two_pools.slack.view("lead2") is None
    two_pools.told("lead2", "shop is being checked already")
    gate.open()
    two_pools.reads_root("📊 shop: 1 of 1 accounts has trouble")


def test_who_is_no_lead_hears_it_although_the_form_has_closed(two_pools: Floor) -> None:
    two_pools.types("agent", "/cognito-pool-check")
    two_pools.form("agent", "Check the whole pool")
    two_pools.submits("agent", pool="shop")
    two_pools.told("agent", "Only leads can ask for this.")
    assert two_pools.slack.view("agent") is None
    two_pools.quiet()
    assert two_pools.roots == []
