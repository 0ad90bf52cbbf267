"""What was done is sealed and exported while people work; what is old goes, and the cards that are left say so."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.settings import Audit
from bot.tickets.forgetting import Cleaner, Kept, forget
from bot.tickets.verify_seals import verify
from sandbox.testing import LivePool
from tests.stories.floor import PROOF, Floor

AT_ONCE = Kept(messages=timedelta(seconds=-1), details=timedelta(seconds=-1))


@pytest.fixture(autouse=True)
def ada(pool: LivePool) -> None:
    pool.add("ada", email="ada@example.com", email_verified=False)


def _verified(floor: Floor) -> None:
    floor.types("agent", "/cognito-check ada")
    floor.slack.wait_for_message("ada")
    floor.asks("/cognito-verify-email ada")
    floor.clicks("lead1", "Approve", floor.card)
    floor.reads_card("✅ Done: ")
    floor.quiet()


def test_everything_is_sealed_and_leaves_as_it_was_while_the_desk_works(
    floor: Floor, capsys: pytest.CaptureFixture[str]
) -> None:
    floor.closes()
    floor.settings = replace(floor.settings, audit=Audit(export="stdout"))
    floor.timings = replace(floor.timings, seal=0.02, export=0.02)
    floor.opens()

    _verified(floor)

    assert floor.program
    database = floor.program.database
    left: list[str] = []

    def all_left() -> bool:
        left.extend(capsys.readouterr().out.splitlines())
        return len(left) == len(floor.audit())

    floor.slack.wait_for(all_left)
    assert [json.loads(line)["event"] for line in left] == floor.audited
    found = verify(database)
    assert (found.fits, found.links, found.unsealed) == (True, len(left), 0)
    assert found.head is not None
    assert json.loads(left[-1])["seal"] == {"n": found.head.n, "digest": found.head.digest}


def test_an_old_request_says_that_what_was_asked_is_not_kept(floor: Floor) -> None:
    _verified(floor)
    assert floor.program
    Cleaner(floor.program.database, AT_ONCE).clean()

    floor.clicks("agent", "Undo", floor.card)

    floor.told("agent", "What was asked isn't kept any more, so it can't be taken back.")
    # The audit has lost nothing.
    floor.types("agent", "/cognito-history ada")
    history = floor.slack.wait_for_message("ada: one request, latest step")
    floor.reads_thread("what was asked isn't kept any more", history)
    floor.reads_thread("AdminUpdateUserAttributes", history)
    # And the customer can be helped again.
    floor.types("agent", "/cognito-check ada")
    floor.slack.wait_for_message("works")


def test_what_expired_long_ago_can_be_asked_again_from_an_empty_form(floor: Floor, pool: LivePool) -> None:
    floor.closes()
    floor.timings = replace(floor.timings, sweep=0.05)
    floor.opens()
    floor.asks("/cognito-verify-email ada", proof=PROOF)
    floor.time_passes(hours=5)
    floor.reads_card("⌛ No decision by ")
    assert floor.program
    Cleaner(floor.program.database, AT_ONCE).clean()

    floor.clicks("agent", "Ask again", floor.card)

    floor.form("agent")
    floor.submits("agent", user="ada", reason="called back")
    floor.slack.wait_for(lambda: len(floor.cards) == 2)
    floor.clicks("lead1", "Approve", floor.card)
    floor.reads_card("✅ Done: ")
    assert pool.user("ada").email_verified


def test_of_somebody_who_was_forgotten_the_desk_knows_nothing_and_a_check_works_as_ever(
    floor: Floor, pool: LivePool
) -> None:
    _verified(floor)
    assert floor.program
    floor.quiet()
    forget(floor.program.database, "ada", by="root")
    forget(floor.program.database, "ada@example.com", by="root")

    floor.types("agent", "/cognito-history ada")

    floor.slack.wait_for_message("nobody has asked the desk for anything yet")
    floor.types("agent", "/cognito-check ada@example.com")
    floor.slack.wait_for_message("works")
    assert pool.user("ada").email_verified
