"""One busy person, and everybody else: decisions wait for no checks, and nobody for somebody else's."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.answer import Answer
from bot.app import BUSY_PERSON
from bot.cognito import Directory
from bot.scenario import Form, scenario
from bot.words import say
from sandbox.testing import LivePool
from tests.stories.floor import Floor

MOST = BUSY_PERSON.at_once + BUSY_PERSON.waiting
MANY = 2 * MOST


class Anything(Form):
    user: str = ""


@pytest.fixture
def go() -> Iterator[threading.Event]:
    """Set, it lets every slow check come to its end."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def slow_floor(floor: Floor, pool: LivePool, go: threading.Event) -> Floor:
    """A floor with a check that ends when it may, a request that Needs a lead, and a second agent: lead2."""

    @scenario("slow", title="Slow")
    def slow(form: Anything, directory: Directory) -> Answer:
        """Wait for Cognito."""
        assert go.wait(100)
        return Answer(emoji="🐌", headline=say("{user} at last", user=form.user), thread=())

    agents = floor.slack.roll.group("S0SUPPORT")
    second = floor.slack.person("lead2").id
    floor.slack.roll.put_group(replace(agents, members=(*agents.members, second)))
    pool.add("ada", email="ada@example.com", email_verified=False)
    floor.closes()
    floor.scenarios = {**floor.scenarios, "slow": slow}
    floor.opens()
    floor.asks("/cognito-verify-email ada")
    return floor


@pytest.fixture
def busy(slow_floor: Floor) -> Floor:
    """The same, on which one agent has asked for far more than can be answered now."""
    type_too_much(slow_floor)
    return slow_floor


def type_too_much(floor: Floor) -> None:
    for n in range(MANY):
        # Acknowledged every time: `types` insists on it.
        floor.types("agent", f"/cognito slow {n}")


def at_last(floor: Floor) -> int:
    """How many slow checks have been answered."""
    return sum("at last" in root.text for root in floor.roots)


def test_while_one_agents_checks_wait_a_lead_decides_and_it_is_done(busy: Floor, pool: LivePool) -> None:
    busy.clicks("lead1", "Approve", busy.card)

    busy.reads_card("Done")
    assert pool.user("ada").email_verified
    assert at_last(busy) == 0


def test_who_asks_for_too_much_is_told_at_once_and_what_was_taken_is_answered(busy: Floor, go: threading.Event) -> None:
    busy.told("agent", f"You have {MOST} requests under way. Please wait for one of them and try again.")
    go.set()
    busy.slack.wait_for(lambda: at_last(busy) == MOST, 60)


def test_somebody_elses_check_is_answered_meanwhile(busy: Floor) -> None:
    busy.types("lead2", "/cognito-check ada@example.com")

    busy.slack.wait_for_message("asked by <@U0LEAD2>", timeout=20)
    assert at_last(busy) == 0


def test_the_busy_one_withdraws_without_waiting_for_their_own_checks(busy: Floor) -> None:
    busy.clicks("agent", "Withdraw", busy.card)

    busy.reads_card("Withdrawn")
    assert at_last(busy) == 0


def test_a_form_that_is_too_much_keeps_what_was_typed_and_is_taken_later(
    slow_floor: Floor, pool: LivePool, go: threading.Event
) -> None:
    pool.add("eve", email="eve@example.com", email_verified=False)
    slow_floor.types("agent", "/cognito-verify-email eve")
    slow_floor.form("agent")
    type_too_much(slow_floor)
    slow_floor.submits("agent", reason="Proved the mailbox on the phone")
    form = slow_floor.form("agent")
    assert f"You have {MOST} requests under way." in " ".join(form.errors.values())
    assert form.values["reason"] == "Proved the mailbox on the phone"

    go.set()
    slow_floor.slack.wait_for(lambda: at_last(slow_floor) == MOST, 60)
    slow_floor.submits("agent")
    slow_floor.slack.wait_for(lambda: len(slow_floor.cards) == 2, 20)
