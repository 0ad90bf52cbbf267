"""Two desks on one PostgreSQL: they share the work, one goes on when the other dies, and nothing happens twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.ticket import State
from sandbox.testing import CognitoServer, LivePool
from tests.crash.deeds import DEEDS, Party
from tests.crash.place import Place, place
from tests.crash.program import Child
from tests.crash.verdict import judge
from tests.databases import Postgres

PEOPLE = 8
(VERIFY,) = (deed for deed in DEEDS if deed.name == "verify")


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture
def here(cognito: CognitoServer, pool: LivePool, postgres: Postgres, tmp_path: Path) -> Iterator[Place]:
    with place(cognito, pool, tmp_path, postgres.fresh(), people=PEOPLE) as here:
        for n in range(PEOPLE):
            VERIFY.customers(pool, f"user{n}")
        yield here


@pytest.fixture
def replicas(here: Place) -> Iterator[tuple[Child, Child]]:
    """Two desks; the place watches the second one."""
    here.start()
    first = here.child
    here.start()
    assert first
    assert here.child
    yield first, here.child
    if first.is_alive:
        first.kill()


def served_by(here: Place) -> set[int]:
    """The connections over which people's commands and clicks went."""
    return {number for envelope in here.slack.envelopes.sent for number in envelope.connections}


def press_together(here: Place, party: Party) -> None:
    """Let both leads press Approve in the same moment."""
    card = here.until(lambda: party.card("Approve"), "the card")
    assert card
    (approve,) = (button for button in card.buttons if button.label == "Approve")
    for lead in party.leads:
        here.slack.clicks(lead, approve, card)


def test_two_leads_in_the_same_moment_on_different_replicas_have_one_effect(
    here: Place, replicas: tuple[Child, Child]
) -> None:
    parties = [Party(here, n) for n in range(PEOPLE)]
    for party in parties:
        party.asks("/cognito-verify-email")
    for party in parties:
        press_together(here, party)
    for party in parties:
        party.ended()
    here.recovered()

    verdict = judge(here, [VERIFY] * PEOPLE, parties)
    assert verdict.faults == ()
    assert verdict.sent == PEOPLE
    clicks = [each for each in here.slack.envelopes.sent if each.type == "interactive"][-2 * PEOPLE :]
    pairs = [tuple(each.connections) for each in clicks]
    assert any(one != other for one, other in zip(pairs[::2], pairs[1::2], strict=True))


def test_when_one_dies_in_the_middle_of_a_ticket_the_other_carries_it_through_and_answers_everyone(
    here: Place, replicas: tuple[Child, Child], cognito: CognitoServer
) -> None:
    first, second = replicas
    parties = [Party(here, n) for n in range(PEOPLE)]
    for party in parties:
        party.asks("/cognito-verify-email")
    assert len(served_by(here)) == 2
    cognito.faults.delay(0.5, "AdminUpdateUserAttributes")
    for party in parties:
        press_together(here, party)
    here.until(lambda: State.RUNNING in {ticket.state for ticket in here.all_tickets()}, "tickets to run")
    first.kill()

    for party in parties:
        party.approve()
        party.ended()
    here.recovered()
    assert second.is_alive
    verdict = judge(here, [VERIFY] * PEOPLE, parties)
    assert verdict.faults == ()
    assert verdict.sent == PEOPLE


def test_what_one_could_not_tell_slack_any_more_the_other_tells(here: Place, replicas: tuple[Child, Child]) -> None:
    first, _ = replicas
    party = Party(here, 0)
    here.slack.faults.delay("chat.postMessage", seconds=0.5)
    party.asks("/cognito-verify-email")
    first.kill()
    here.recovered()

    (card,) = here.slack.messages("#support")
    assert party.user in card.text
    assert len(here.slack.replies(card)) == 1
