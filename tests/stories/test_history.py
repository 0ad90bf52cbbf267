"""What happened to someone: one timeline, from the first request to the last result."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.testing import CognitoServer, LivePool, Message
from tests.stories.floor import Floor, settings_for, workspace


@pytest.fixture
def shops(cognito: CognitoServer, tmp_path: Path) -> Iterator[tuple[Floor, LivePool]]:
    """A floor with two pools; Eva is in the second."""
    pools = {"prod": cognito.pools.create("prod"), "shop": cognito.pools.create("shop", region="eu-west-1")}
    pools["shop"].add("eva", email="eva@example.com", email_verified=False)
    with workspace() as (slack, server):
        floor = Floor(slack, server, settings_for(slack, server, pools, tmp_path / "desk.db"))
        floor.opens()
        yield floor, pools["shop"]
        assert floor.blocks_are_sound() == []
        floor.closes()


def timeline(floor: Floor, text: str) -> tuple[Message, str]:
    """Ask for a history; return its root and everything in its thread."""
    floor.types("agent", f"/cognito-history {text}")
    root = floor.slack.wait_for_message("🕘")
    floor.quiet()
    return root, "\n".join(each.text for each in floor.slack.replies(root))


def test_a_request_is_told_from_asking_to_its_end_with_a_way_to_its_card(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    card = floor.asks("/cognito-verify-email ada")
    floor.clicks("agent", "Approve")
    floor.told("agent", "You asked for this")
    floor.clicks("lead1", "Approve")
    floor.reads_card("✅ Done")

    root, told = timeline(floor, "ada@example.com")
    assert "🕘 ada@example.com (ada): one request, latest step <!date^" in root.text
    expected = [
        "#1 <@U0AGENT> asked: mark ada@example.com as verified for ada. “Proved the mailbox on the phone”",
        f"p{card.ts.replace('.', '')}|to the card ↗>",
        "#1 <@U0AGENT> could not approve: You asked for this, so someone else has to approve it. The leads have been "
        "told.",
        "#1 <@U0LEAD1> approved (1 of 1)",
        "#1 sent to Cognito: AdminUpdateUserAttributes(ada, email_verified=true)",
        "#1 Cognito accepted it · AWS request id ",
        "#1 re-read: ada, verified: yes",
        "#1 done",
    ]
    places = [told.index(each) for each in expected]
    assert places == sorted(places)


def test_a_customer_who_is_gone_is_remembered(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.asks("/cognito-verify-email ada")
    pool.delete("ada")

    _, told = timeline(floor, "ada@example.com")
    assert "#1 <@U0AGENT> asked: mark ada@example.com as verified for ada." in told
    assert "Cognito knows no ada@example.com any more; this is what the desk remembers." in told


def test_an_address_tells_of_all_its_accounts(floor: Floor, pool: LivePool) -> None:
    pool.add("ben.old", email="ben@example.com", email_verified=True, created=timedelta(days=700))
    pool.add("ben.new", email="ben@example.com", email_verified=True)
    floor.asks("/cognito-verify-email ben.old")
    floor.asks("/cognito-change-email ben.new", email="new@example.com")

    root, told = timeline(floor, "ben@example.com")
    assert "ben@example.com (ben.old, ben.new): 2 requests" in root.text
    assert "#1 <@U0AGENT> asked: take ben@example.com from ben.new, give it to ben.old." in told
    assert "#2 <@U0AGENT> asked: change the e-mail of ben.new to new@example.com" in told


def test_with_several_pools_the_right_one_is_found_also_for_somebody_who_is_gone(
    shops: tuple[Floor, LivePool],
) -> None:
    floor, shop = shops
    floor.asks("/cognito-verify-email eva")
    shop.delete("eva")

    root, told = timeline(floor, "eva@example.com")
    assert "\nshop · " in root.text
    assert "Cognito knows no eva@example.com any more" in told


def test_somebody_whom_nobody_knows_is_said_to_the_person_alone(floor: Floor, pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com")
    floor.types("agent", "/cognito-history adda@example.com")
    floor.told("agent", 'No account in prod has "adda@example.com".')
    assert floor.is_silent()
