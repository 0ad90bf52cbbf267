"""Many at once: an agent asks for all whom Google vouches for, two leads read it, and everybody is called once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from bot.tickets import tables
from sandbox.testing import CognitoServer, LivePool
from tests.stories.floor import Floor, settings_for, workspace

NAMES = [f"Google_{n}" for n in range(100, 112)]


@pytest.fixture
def pool(cognito: CognitoServer) -> LivePool:
    """A pool in which a dozen signed in through Google when its claim wasn't mapped yet."""
    pool = cognito.pools.create("prod")
    pool.add_provider("Okta", "OIDC", {"email": "email", "email_verified": "email_verified"})
    pool.add_provider("Google", "Google", {"email": "email", "name": "name"})
    for n in range(100, 112):
        pool.sign_in("Google", {"sub": str(n), "email": f"g{n}@example.com", "email_verified": True, "name": "G"})
    return pool


@pytest.fixture
def floor(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor that doesn't wait long between two looks."""
    with workspace() as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db"))
        floor.timings = replace(floor.timings, bulk=0.05, progress=0.1)
        floor.opens()
        checks_the_pool(floor, pool)
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()


def checks_the_pool(floor: Floor, pool: LivePool) -> None:
    """Write what a check of the whole pool reads."""
    assert floor.program
    with floor.program.database.transaction() as connection:
        now = floor.program.database.now(connection)
        check = done_check(connection, now)
        for name in NAMES:
            user = pool.user(name)
            address = str(user.attributes["email"])
            row = {"sub": user.sub, "name": name, "address": address, "key": address, "provider": "Google"}
            more = {"shape": "EXTERNAL_PROVIDER\taddress\town:Google", "month": "2026-01", "pool_check": check}
            connection.execute(insert(tables.pool_user).values(**row, **more))


def done_check(connection: Connection, now: float) -> int:
    """Write that the pool was checked, and return the number of that check."""
    place = insert(tables.conversation).values(channel="C0SUPPORT", created_at=now)
    number = connection.execute(place.returning(tables.conversation.c.id)).scalar_one()
    row = {"pool": "prod", "state": "done", "person": "", "conversation": number, "asked_at": now, "ended_at": now}
    check = insert(tables.pool_check).values(**row, plan={}, found={})
    return int(connection.execute(check.returning(tables.pool_check.c.id)).scalar_one())


def test_from_the_form_to_the_end(floor: Floor, pool: LivePool) -> None:
    floor.asks("/cognito-map-provider Google", reason="They are all not verified")
    floor.both_leads_approve("everyone who signs in through Google")
    floor.reads_card("✅ Done")
    pool.sign_in("Google", {"sub": "111", "email": "g111@example.com", "email_verified": False, "name": "G"})

    floor.types("agent", "/cognito-bulk-verify")
    floor.form("agent", "Verify many")
    floor.submits("agent", provider="Google", reason="Google's claim is mapped now")
    card = floor.reads_card("needs 2 leads: mark 12 addresses as verified")
    assert "Google's claim email_verified is mapped: at each sign-in" in card.text
    assert "of them, Google has said nothing yet" in card.text
    assert "Among them: Google_1" in card.text
    assert "The whole list comes as a file, and here the desk may not post any." in card.text

    floor.both_leads_approve("Among them: Google_1")

    done = floor.reads_card("⚠️ Cognito accepted 11 of 12: addresses marked as verified")
    assert "11 done, 0 failed, 1 left out." in done.text
    assert [button.label for button in done.buttons] == ["Undo"]
    # Of the last one Google itself says no.
    assert [name for name in NAMES if not pool.user(name).email_verified] == ["Google_111"]
    floor.reads_thread("<@U0AGENT>: Cognito accepted 11 of 12: addresses marked as verified")
    assert floor.audited.count("done for one") == 11

    floor.types("agent", "/cognito-history Google_105")
    history = floor.slack.wait_for_message("Google_105: ")
    floor.reads_thread("one of many in “mark 12 addresses as verified”: done", history)
