"""Cognito says no, or the world has changed: the card tells the truth, and nothing is claimed that isn't so."""

from threading import Timer

import pytest

from sandbox.testing import CognitoServer, LivePool
from tests.stories.floor import Floor


@pytest.fixture(autouse=True)
def ada(pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)


def test_the_user_was_deleted_meanwhile(floor: Floor, pool: LivePool) -> None:
    floor.asks("/cognito-verify-email ada")
    pool.delete("ada")
    floor.clicks("lead1", "Approve")

    card = floor.reads_card("↻ Not sent")
    assert card.buttons == () or [button.label for button in card.buttons] == ["Ask again"]
    floor.reads_thread("<@U0AGENT>: nothing was sent.")
    assert "AdminUpdateUserAttributes" not in [call.operation for call in pool.calls]


def test_the_account_changed_meanwhile(floor: Floor, pool: LivePool) -> None:
    floor.asks("/cognito-verify-email ada")
    pool.write("ada", {"email": "other@example.com"})
    floor.clicks("lead1", "Approve")

    card = floor.reads_card("↻ Not sent")
    assert "e-mail of ada was ada@example.com, is other@example.com" in card.text
    assert not pool.user("ada").email_verified


def test_the_rights_are_missing(floor: Floor, pool: LivePool, cognito: CognitoServer) -> None:
    floor.asks("/cognito-verify-email ada")
    cognito.faults.deny("AdminUpdateUserAttributes")
    floor.clicks("lead1", "Approve")

    card = floor.reads_card("❌ Failed")
    assert "Failed at call 1 of 1: " in card.text
    assert card.text.count("Nothing was changed") == 1
    assert "<@U0AGENT>" in floor.reads_thread("Failed at call 1 of 1").text
    assert not pool.user("ada").email_verified


def test_a_loss_that_nobody_named_alerts_the_leads(floor: Floor, pool: LivePool, cognito: CognitoServer) -> None:
    floor.asks("/cognito-verify-email ada")
    gate = cognito.faults.hold("AdminUpdateUserAttributes", times=1)
    floor.clicks("lead1", "Approve")
    floor.slack.wait_for(lambda: gate.has_somebody)
    # Between the last look and the write, another application gives somebody the address.
    pool.add("zoe", email="ada@example.com", email_verified=True)
    gate.open()

    floor.reads_card("Done")
    alert = floor.reads_thread("lost the address too")
    assert "<!subteam^S0LEADS>" in alert.text
    assert "zoe" in alert.text


def test_a_lost_answer_is_settled_by_reading(floor: Floor, pool: LivePool, cognito: CognitoServer) -> None:
    floor.asks("/cognito-verify-email ada")
    cognito.faults.lose_answer("AdminUpdateUserAttributes", times=1)
    floor.clicks("lead1", "Approve")

    floor.reads_card("Done")
    assert pool.user("ada").email_verified


def test_a_desk_that_was_restarted_goes_on_where_it_was(floor: Floor, pool: LivePool) -> None:
    card = floor.asks("/cognito-verify-email ada")
    floor.quiet()
    assert floor.closes()
    floor.opens()
    floor.clicks("lead1", "Approve", card)

    floor.reads_card("Done")
    assert pool.user("ada").email_verified


def test_stopping_finishes_what_is_running(floor: Floor, pool: LivePool, cognito: CognitoServer) -> None:
    floor.asks("/cognito-verify-email ada")
    gate = cognito.faults.hold("AdminUpdateUserAttributes", times=1)
    floor.clicks("lead1", "Approve")
    floor.reads_card("Being sent")
    Timer(0.5, gate.open).start()
    assert floor.closes()

    assert pool.user("ada").email_verified
    floor.opens()
    floor.reads_card("Done")
