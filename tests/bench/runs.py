"""How fast a run over many people goes, and how long a single check takes meanwhile."""

import time
from dataclasses import dataclass

from sandbox.testing import Message, Workspace, find_control
from tests.bench import crowd
from tests.bench.floor import DESK_WITHOUT_RATES, Times, floor
from tests.bench.pool import SPEED, PoolFloor, counts, serving

_PATIENCE = 900.0
_STEPS = 60.0
_PART = 10
"""One in so many of the crowd signs in through Google."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What was measured of one run."""

    people: int
    rate_used: float
    """Part of the allowed rate of calls, from the first to the last."""
    seconds: float
    """From the last approval to the end."""
    once: int
    """For how many exactly one call was made."""
    alone: Times
    """Single checks before the run: from the command to the first reply."""
    beside: Times
    """The same during the run."""
    megabytes: float


def run(people: int, checks: int, *, speed: float = SPEED) -> Ran:
    """Have so many marked as verified in one run, at so many times AWS's rates; single checks before and meanwhile."""
    with floor(PoolFloor) as here, serving(people * _PART, 0.0, "--mapped", speed=speed) as address:
        assert isinstance(here, PoolFloor)
        here.at(address)
        with here.bot(DESK_WITHOUT_RATES) as bot:
            here.slack.types("lead1", "/cognito-pool-check")
            here.slack.wait_for(lambda: "📊" in here.shown, _PATIENCE)
            alone = [_checked(here, n, people * _PART // 100) for n in range(checks)]
            card = asked(here.slack, people)
            for lead in ("lead1", "lead2"):
                approves(here.slack, lead, card)
            began = time.monotonic()
            here.slack.wait_for(lambda: counts(address)["rates"]["UserUpdate"]["answered"] > 0, _PATIENCE)
            beside = [_checked(here, checks + n, people * _PART // 100) for n in range(checks)]
            here.slack.wait_for(lambda: "Cognito accepted " in card_of(here.slack).text, _PATIENCE)
            seconds, megabytes = time.monotonic() - began, bot.megabytes
        told = counts(address)
    calls = told["rates"]["UserUpdate"]
    return Ran(
        people=people,
        rate_used=calls["answered"] / calls["seconds"] / (crowd.RATES["UserUpdate"] * speed),
        seconds=seconds,
        once=told["written"].get("1", 0),
        alone=Times.of(alone),
        beside=Times.of(beside),
        megabytes=megabytes,
    )


def _checked(here: PoolFloor, n: int, hundreds: int) -> float:
    """Let an agent check one customer, and return the seconds to the first reply."""
    # As long as there are any, those whom nobody has asked about.
    customer = 100 * (n % hundreds)
    ((_, reply),) = here.asks(range(customer, customer + 1))
    return reply


def asked(slack: Workspace, people: int) -> Message:
    """Ask for so many whom Google vouches for, and return the card."""
    return _asked(slack, "/cognito-bulk-verify Google", f"mark {people:,} addresses")


def invited(slack: Workspace, people: int) -> Message:
    """Ask for so many invitations to be mailed once more, and return the card."""
    return _asked(slack, "/cognito-bulk-invite", f"send {people:,} invitations")


def _asked(slack: Workspace, command: str, summary: str) -> Message:
    slack.types("agent", command)
    slack.wait_for(lambda: (view := slack.view("agent")) and view.inputs and not view.busy, _STEPS)
    slack.submits("agent", {"reason": "They can't sign in, and it is certain why"})
    # What the form shows is agreed to.
    slack.wait_for(
        lambda: (view := slack.view("agent")) is None or (not view.busy and view.submit == "Ask the leads"), _STEPS
    )
    if slack.view("agent") is not None:
        slack.submits("agent")
    slack.wait_for(lambda: summary in card_of(slack).text, _STEPS)
    return card_of(slack)


def card_of(slack: Workspace) -> Message:
    """Return the last card."""
    cards = [each for each in slack.messages("#support") if (each.metadata or {}).get("event_type") == "desk_ticket"]
    return cards[-1] if cards else slack.messages("#support")[-1]


def approves(slack: Workspace, lead: str, card: Message) -> None:
    """Let a lead agree to a card's run."""
    slack.wait_for(lambda: find_control(card_of(slack).controls, "Approve…"), _STEPS)
    slack.clicks(lead, "Approve…", card)
    slack.wait_for(lambda: (view := slack.view(lead)) and view.submit and not view.busy, _STEPS)
    slack.submits(lead)
    slack.wait_for(lambda: (view := slack.view(lead)) is None or not view.submit, _STEPS)


def table(ran: Ran, at_aws_rate: Ran) -> list[list[str]]:
    """Return the figures as a table."""
    return [
        [f"{ran.people:,} people at 25 calls a second, ten times as fast", "desk"],
        ["of the allowed rate", f"{100 * ran.rate_used:.1f} %"],
        ["from the last approval to the end", f"{ran.seconds:.0f} s"],
        ["people for whom exactly one call was made", f"{ran.once:,}"],
        ["a single check → first reply, before, p50 / p99", str(ran.alone)],
        ["the same during the run", str(ran.beside)],
        [f"the same before a run over {at_aws_rate.people:,} at 25 calls a second", str(at_aws_rate.alone)],
        ["the same during that run", str(at_aws_rate.beside)],
        ["memory", f"{ran.megabytes:.0f} MB"],
    ]
