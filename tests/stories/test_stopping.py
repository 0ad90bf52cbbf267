"""Asked to end, the desk finishes what runs, leaves the rest in the database, and ends well; then nothing is lost."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest

from bot.ticket import State
from sandbox.testing import CognitoServer, LivePool
from tests.crash.deeds import PROOF, Party
from tests.crash.place import Place, place


@pytest.fixture
def here(cognito: CognitoServer, pool: LivePool, tmp_path: Path) -> Iterator[Place]:
    """A place where a desk runs as a process of its own."""
    with place(cognito, pool, tmp_path, f"sqlite:///{tmp_path}/desk.db", people=1) as here:
        pool.add("user0", email="user0@example.com", email_verified=False)
        here.start()
        yield here


@pytest.fixture
def party(here: Place) -> Party:
    """An agent with a customer."""
    return Party(here, 0)


def ends_well(here: Place) -> None:
    assert here.child
    # It is killed if it waits for what takes for ever.
    assert here.child.end() == 0, here.child.log
    assert "stopped" in here.child.log
    assert "Traceback" not in here.child.log
    here.slack.wait_for(lambda: not here.server.sockets.connections)


def test_a_ticket_that_runs_comes_to_its_end(here: Place, party: Party, cognito: CognitoServer) -> None:
    party.asks("/cognito-verify-email")
    gate = cognito.faults.hold("AdminUpdateUserAttributes", times=1)
    party.approve()
    here.until(lambda: gate.has_somebody, "the ticket to run")
    Timer(0.5, gate.open).start()
    ends_well(here)

    assert party.ticket
    assert party.ticket.state is State.DONE
    here.start()
    here.recovered()
    assert "Done" in here.slack.messages("#support")[-1].text
    assert [call.operation for call in here.pool.calls].count("AdminUpdateUserAttributes") == 1


def test_what_slack_would_not_take_is_told_after_the_next_start(here: Place, party: Party) -> None:
    here.slack.faults.rate_limit("chat.postMessage", times=1000, retry_after=86400)
    here.slack.types("agent0", f"/cognito-check {party.address}")
    here.until(lambda: not here.tickets.outbox.is_empty(), "the answer to wait for Slack")
    here.until(lambda: 429 in [call.status for call in here.slack.calls.of("chat.postMessage")], "Slack to refuse it")
    ends_well(here)

    assert party.answer is None
    here.slack.faults.clear()
    here.start()
    here.recovered()
    assert len(here.slack.messages("#support")) == 1
    assert party.answer


def test_a_form_that_was_open_can_still_be_submitted_to_the_next_desk(here: Place, party: Party) -> None:
    here.slack.types("agent0", f"/cognito-verify-email {party.user}")
    here.until(lambda: here.slack.view("agent0") and here.slack.view("agent0").inputs, "the form")  # type: ignore[union-attr]
    ends_well(here)

    here.start()
    here.slack.submits("agent0", {"proof": PROOF, "reason": "called back"})
    here.until(lambda: party.ticket, "the ticket")


def test_people_who_wait_for_an_answer_get_it_before_the_end(here: Place, party: Party, cognito: CognitoServer) -> None:
    gate = cognito.faults.hold("AdminGetUser", times=1)
    here.slack.types("agent0", f"/cognito-check {party.address}")
    here.until(lambda: gate.has_somebody, "the question to Cognito")
    Timer(0.5, gate.open).start()
    ends_well(here)

    here.start()
    here.recovered()
    assert party.answer


def test_a_slack_that_asks_for_patience_delays_no_end(here: Place) -> None:
    here.slack.faults.rate_limit("apps.connections.open", times=100, retry_after=86400)
    here.server.sockets.cut()
    refused = "its question for another connection to be refused"
    here.until(lambda: 429 in [call.status for call in here.slack.calls.of("apps.connections.open")], refused)
    ends_well(here)


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.1])
def test_it_can_be_ended_while_it_has_only_just_connected(here: Place, seconds: float) -> None:
    ends_well(here)
    here.start()
    time.sleep(seconds)
    ends_well(here)
