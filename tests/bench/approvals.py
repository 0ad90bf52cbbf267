"""What leads wait for who approve, alone and while one agent asks for everything at once."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.testing import LoggedCall, Message, find_control
from tests.bench.floor import CUSTOMERS, Floor, Times

_PATIENCE = 60.0
_SLOW_TICKETS = 10
"""Tickets that run into a slow Cognito."""

_SETTLED = 0.5
"""Seconds after which what a request, or its end, has set off is over: nobody's next click is measured beside it."""


@dataclass(frozen=True, slots=True)
class Approved:
    """What a lead waited for who pressed Approve, in seconds."""

    ack: float
    """From the click."""
    first: float
    """From the acknowledgement to the ticket's first call at Cognito, which reads."""
    whole: float
    """From the click to the change itself."""


@dataclass(frozen=True, slots=True)
class Approvals:
    """What leads waited, as `Approved` has it."""

    ack: Times
    first: Times
    change: Times
    """From the acknowledgement to the change itself."""
    whole: Times

    @classmethod
    def of(cls, every: Sequence[Approved]) -> "Approvals":
        """Sum up."""
        return cls(
            ack=Times.of([each.ack for each in every]),
            first=Times.of([each.first for each in every]),
            change=Times.of([each.whole - each.ack for each in every]),
            whole=Times.of([each.whole for each in every]),
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that waits for a lead."""

    user: str
    card: Message


@dataclass(frozen=True, slots=True)
class Pressed:
    """A lead's Approve."""

    user: str
    at: float
    """By the clock, as Cognito's calls are logged."""
    took: float
    """Seconds until the acknowledgement."""
    calls_before: int
    """How many calls about this customer Cognito had had by then."""


def approved(here: Floor, users: Sequence[str], *, has_form: bool = True) -> list[Approved]:
    """Have a change asked for of each of these users, and approve one after the other, once the last one is over.

    ``has_form``: False for a bot that takes the command as it is.
    """
    pressed = _approve_all(here, [_ask(here, user, has_form=has_form) for user in users])
    return [_waited(here, each) for each in pressed]


def beside_a_flood(
    here: Floor, *, requests: int, commands: int, slow: float
) -> tuple[Times, Sequence[Approved], Sequence[Approved]]:
    """Let one agent ask for everything at once and leads approve meanwhile; return what both waited.

    The last are the leads whose own requests meet a Cognito that is quick.

    ``slow``: seconds that Cognito takes for each answer to the agent.
    """
    hindered = [_ask(here, f"slow{n}") for n in range(min(requests, _SLOW_TICKETS))]
    quick = [_ask(here, f"quick{n}") for n in range(requests)]
    here.cognito.faults.delay_answer(slow)
    typed = [here.types(0, f"/cognito-check user{n % CUSTOMERS}@example.com") for n in range(commands)]
    flood = Times.of([envelope.wait(_PATIENCE).seconds or _PATIENCE for envelope in typed])
    pressed = []
    for each in hindered:
        pressed.append(click := _approve(here, each))
        here.slack.wait_for(lambda: len(_calls(here, click.user)) > click.calls_before, _PATIENCE)
    # What is under way hangs on; only what is asked from now on is answered at once.
    here.cognito.faults.clear()
    changed = _approve_all(here, quick)
    here.slack.wait_for(lambda: all(here.pool.user(each.user).email_verified for each in hindered), 2 * _PATIENCE)
    hindering, quickly = ([_waited(here, each) for each in clicks] for clicks in (pressed, changed))
    return flood, hindering, quickly


def _ask(here: Floor, user: str, *, has_form: bool = True) -> Asked:
    slack = here.slack
    here.pool.add(user, email=f"{user}@example.com", email_verified=False)
    slack.types("agent", f"/cognito-verify-email {user}")
    if has_form:
        slack.wait_for(lambda: (view := slack.view("agent")) and view.inputs and not view.busy, _PATIENCE)
        slack.submits("agent", {"proof": "called back on the number on file", "reason": "Proved it on the phone"})
    card = slack.wait_for(lambda: _card(here, user), _PATIENCE)
    assert card is not None
    slack.reloads("agent")
    return Asked(user, card)


def _card(here: Floor, name: str) -> Message | None:
    newest = here.slack.messages("#support")[-1:]
    return next((each for each in newest if name in each.text and find_control(each.controls, "Approve")), None)


def _approve(here: Floor, asked: Asked) -> Pressed:
    before, began = len(_calls(here, asked.user)), time.time()
    envelope = here.slack.clicks("lead1", "Approve", asked.card)
    assert envelope is not None
    took = envelope.wait(_PATIENCE).seconds or _PATIENCE
    assert envelope.acked, envelope.outcome
    return Pressed(asked.user, began, took, before)


def _approve_all(here: Floor, requests: Sequence[Asked]) -> list[Pressed]:
    """Approve one after the other, and wait each time until the change is made, read again and told."""
    pressed = []
    for asked in requests:
        time.sleep(_SETTLED)
        pressed.append(_approve(here, asked))
        here.slack.wait_for(lambda user=asked.user: here.pool.user(user).email_verified, _PATIENCE)  # type: ignore[misc]
    return pressed


def _waited(here: Floor, pressed: Pressed) -> Approved:
    """Return how long a lead waited for what has been made of their click at Cognito."""
    calls = _calls(here, pressed.user)
    (change,) = (call for call in calls if "Update" in call.operation)
    first = calls[pressed.calls_before].at.timestamp() - pressed.at - pressed.took
    return Approved(ack=pressed.took, first=first, whole=change.at.timestamp() - pressed.at)


def _calls(here: Floor, user: str) -> list[LoggedCall]:
    return [call for call in here.pool.calls if call.parameters.get("Username") == user]
