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
class Approvals:
    """What leads waited."""

    ack: Times
    """From the click."""
    first: Times
    """From the acknowledgement to the ticket's first call at Cognito, which reads."""
    change: Times
    """From the acknowledgement to the change itself."""
    whole: Times
    """From the click to the change itself."""


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


def measured(here: Floor, requests: int) -> Approvals:
    """Approve one request after the other, each once the one before is carried out."""
    pressed = _approve_all(here, [_ask(here, f"approved{n}") for n in range(requests)])
    return _summed_up(here, pressed, pressed)


def bare(here: Floor, requests: int) -> Times:
    """Return what `Approvals.whole` is with the plain bot, which makes a conditional update and the call."""
    pressed = _approve_all(here, [_ask(here, f"bare{n}", has_form=False) for n in range(requests)])
    return _summed_up(here, pressed, pressed).whole


def beside_a_flood(here: Floor, *, requests: int, commands: int, slow: float) -> tuple[Times, Approvals]:
    """Let one agent ask for everything at once and leads approve meanwhile; return what both waited.

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
    return flood, _summed_up(here, pressed, changed)


def _ask(here: Floor, user: str, *, has_form: bool = True) -> Asked:
    slack = here.slack
    here.pool.add(user, email=f"{user}@example.com", email_verified=False)
    slack.types("agent", f"/cognito-verify-email {user}")
    if has_form:
        slack.wait_for(lambda: (view := slack.view("agent")) and view.inputs and not view.busy, _PATIENCE)
        slack.submits("agent", {"reason": "Proved it on the phone"})
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


def _summed_up(here: Floor, pressed: Sequence[Pressed], changed: Sequence[Pressed]) -> Approvals:
    """Sum up what was pressed, and what came of those of ``changed`` at Cognito."""
    firsts = [_calls(here, each.user)[each.calls_before].at.timestamp() - each.at - each.took for each in pressed]
    whole = []
    for each in changed:
        (change,) = (call for call in _calls(here, each.user) if "Update" in call.operation)
        whole.append(change.at.timestamp() - each.at)
    return Approvals(
        ack=Times.of([each.took for each in pressed]),
        first=Times.of(firsts),
        change=Times.of([seconds - each.took for each, seconds in zip(changed, whole, strict=True)]),
        whole=Times.of(whole),
    )


def _calls(here: Floor, user: str) -> list[LoggedCall]:
    return [call for call in here.pool.calls if call.parameters.get("Username") == user]
