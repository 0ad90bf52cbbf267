"""`make bench`: how long people wait for the desk, how long for a bare echo bot, and what the desk takes to run."""

import argparse
import logging
import os
import platform
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.cognito.calllog import LoggedCall
from sandbox.slack.controls import find
from sandbox.slack.model import Message
from tests.bench import size
from tests.bench.floor import CUSTOMERS, DESK, DESK_WITHOUT_RATES, ECHO, Floor, floor

_PATIENCE = 60.0
_SLOW_TICKETS = 10
"""Tickets that run into such a Cognito."""


@dataclass(frozen=True, slots=True)
class Times:
    """What many people waited, in milliseconds."""

    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Times":
        """Sum up."""
        cuts = statistics.quantiles(seconds, n=100, method="inclusive")
        return cls(p50=1000 * cuts[49], p99=1000 * cuts[98])

    def __str__(self) -> str:
        return f"{self.p50:.0f} / {self.p99:.0f} ms"

    def over(self, other: "Times") -> str:
        """Say how many times as long as others these waited."""
        return f"{self.p50 / other.p50:.1f} / {self.p99 / other.p99:.1f}"


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one bot."""

    ack: Times
    reply: Times
    crowd_ack: Times
    crowd_reply: Times


@dataclass(frozen=True, slots=True)
class Approvals:
    """What leads waited."""

    ack: Times
    """From the click."""
    first: Times
    """From the acknowledgement to the ticket's first call at Cognito, which reads."""
    change: Times
    """From the acknowledgement to the change itself."""


def main() -> int:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--alone", type=int, default=300, help="commands one at a time (default: 300)")
    parser.add_argument("--waves", type=int, default=10, help="waves of fifty at once (default: 10)")
    parser.add_argument("--starts", type=int, default=5, help="starts of each bot (default: 5)")
    parser.add_argument("--approvals", type=int, default=30, help="requests that a lead approves (default: 30)")
    parser.add_argument("--commands", type=int, default=10_000, help="before memory is read again (default: 10000)")
    parser.add_argument("--flood", type=int, default=1000, help="commands of one agent at once (default: 1000)")
    parser.add_argument("--slow", type=float, default=10, help="seconds that Cognito takes meanwhile (default: 10)")
    parser.add_argument("--tickets", type=int, default=100_000, help="requests on record (default: 100000)")
    asked = parser.parse_args()
    # A bot that ends while Slack speaks to it is nothing to report.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    with floor() as here:
        started = {module: statistics.median(_starts(here, module, asked.starts)) for module in (DESK, ECHO)}
        with here.bot(ECHO):
            echo = _measured(here, asked)
        with here.bot(DESK):
            desk = _measured(here, asked)
        with here.bot(DESK_WITHOUT_RATES):
            pressed = _approve_all(here, [_ask(here, f"approved{n}") for n in range(asked.approvals)])
        approved = Approvals(ack=_acks(pressed), first=_firsts(here, pressed), change=_changes(here, pressed))
        with here.bot(DESK_WITHOUT_RATES):
            flood, beside = _beside_a_flood(here, asked)
        at_rest, afterwards = _memory(here, asked.commands)
    _print(_waits(desk, echo))
    _print(
        [
            ["", "desk", "echo bot"],
            ["start to connected, median", *(f"{1000 * started[module]:.0f} ms" for module in (DESK, ECHO))],
            ["Approve click → ack, p50 / p99", str(approved.ack), "–"],
            ["ack → AWS call that changes something", str(approved.change), "–"],
            ["ack → the first AWS call, which reads", str(approved.first), "–"],
            ["memory at rest", f"{at_rest:.0f} MB", "–"],
            [f"memory after {asked.commands:,} commands", f"{afterwards:.0f} MB", "–"],
        ]
    )
    _print(
        [
            [f"while one agent sends {asked.flood:,} commands and Cognito takes {asked.slow:.0f} s, p50 / p99", "desk"],
            ["a lead's Approve click → ack", str(beside.ack)],
            ["ack → the first AWS call, which reads", str(beside.first)],
            ["ack → AWS call that changes something, Cognito being quick for this ticket", str(beside.change)],
            ["the agent's own commands → ack", str(flood)],
        ]
    )
    _print(_large(asked.tickets))
    sys.stdout.write(f"{_machine()}\n")
    return 0


def _large(tickets: int) -> list[list[str]]:
    """Return what the database takes for each thing that people wait for, with so many requests on record."""
    with size.databases() as databases:
        for database in databases.values():
            size.fill(database, tickets=tickets)
        took = {name: size.measured(database) for name, database in databases.items()}
        exports = {name: size.exported(database) for name, database in databases.items()}
    works = next(iter(took.values()))
    return [
        [f"with {tickets:,} requests and {tickets * size.ROWS:,} rows of the audit, median", *took],
        *([work, *(f"{1000 * each[work]:.1f} ms" for each in took.values())] for work in works),
        ["export of the whole audit", *(f"{rows:,} rows in {seconds:.0f} s" for rows, seconds in exports.values())],
    ]


def _waits(desk: Measured, echo: Measured) -> list[list[str]]:
    rows = [
        ("command → ack, one at a time", desk.ack, echo.ack),
        ("command → first reply, one at a time", desk.reply, echo.reply),
        ("command → ack, fifty at once", desk.crowd_ack, echo.crowd_ack),
        ("command → first reply, fifty at once", desk.crowd_reply, echo.crowd_reply),
    ]
    return [
        ["p50 / p99", "desk", "echo bot", "ratio"],
        *([what, str(ours), str(theirs), ours.over(theirs)] for what, ours, theirs in rows),
    ]


def _measured(here: Floor, asked: argparse.Namespace) -> Measured:
    # The first command of each finds caches empty and connections closed; nobody is measured by it.
    here.asks(range(1))
    alone = [here.asks(range(n % CUSTOMERS, n % CUSTOMERS + 1))[0] for n in range(asked.alone)]
    crowd = [times for _ in range(asked.waves) for times in here.asks(range(CUSTOMERS))]
    return Measured(*(Times.of([each[which] for each in group]) for group in (alone, crowd) for which in (0, 1)))


def _starts(here: Floor, module: tuple[str, ...], times: int) -> list[float]:
    seconds = []
    for _ in range(times):
        with here.bot(module) as bot:
            seconds.append(bot.seconds_to_connect)
    return seconds


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that waits for a lead."""

    user: str
    card: Message


@dataclass(frozen=True, slots=True)
class Pressed:
    """A lead's Approve."""

    user: str
    acked_at: float
    """By the clock, as Cognito's calls are logged."""
    took: float
    """Seconds until the acknowledgement."""
    calls_before: int
    """How many calls about this customer Cognito had had by then."""


def _ask(here: Floor, user: str) -> Asked:
    slack = here.slack
    here.pool.add(user, email=f"{user}@example.com", email_verified=False)
    slack.types("agent", f"/cognito-verify-email {user}")
    slack.wait_for(lambda: (view := slack.view("agent")) and view.inputs and not view.busy, _PATIENCE)
    slack.submits("agent", {"reason": "Proved it on the phone"})
    card = slack.wait_for(lambda: _card(here, user), _PATIENCE)
    assert card is not None
    slack.reloads("agent")
    # Long enough for everything that asking has set off to be over.
    time.sleep(0.3)
    return Asked(user, card)


def _approve(here: Floor, asked: Asked) -> Pressed:
    before, began = len(_calls(here, asked.user)), time.time()
    envelope = here.slack.clicks("lead1", "Approve", asked.card)
    assert envelope is not None
    took = envelope.wait(_PATIENCE).seconds or _PATIENCE
    assert envelope.acked, envelope.outcome
    return Pressed(asked.user, began + took, took, before)


def _approve_all(here: Floor, requests: Sequence[Asked]) -> list[Pressed]:
    """Approve one after the other, and wait each time until the change is made."""
    pressed = []
    for asked in requests:
        pressed.append(_approve(here, asked))
        here.slack.wait_for(lambda user=asked.user: here.pool.user(user).email_verified, _PATIENCE)  # type: ignore[misc]
    return pressed


def _beside_a_flood(here: Floor, asked: argparse.Namespace) -> tuple[Times, Approvals]:
    """Let one agent ask for everything at once and leads approve meanwhile; return what both waited."""
    slow = [_ask(here, f"slow{n}") for n in range(min(asked.approvals, _SLOW_TICKETS))]
    quick = [_ask(here, f"quick{n}") for n in range(asked.approvals)]
    here.cognito.faults.delay_answer(asked.slow)
    typed = [here.types(0, f"/cognito-check user{n % CUSTOMERS}@example.com") for n in range(asked.flood)]
    flood = Times.of([envelope.wait(_PATIENCE).seconds or _PATIENCE for envelope in typed])
    pressed = []
    for each in slow:
        pressed.append(click := _approve(here, each))
        here.slack.wait_for(lambda: len(_calls(here, click.user)) > click.calls_before, _PATIENCE)
    # What is under way hangs on; only what is asked from now on is answered at once.
    here.cognito.faults.clear()
    changed = _approve_all(here, quick)
    here.slack.wait_for(lambda: all(here.pool.user(each.user).email_verified for each in slow), 2 * _PATIENCE)
    return flood, Approvals(ack=_acks(pressed), first=_firsts(here, pressed), change=_changes(here, changed))


def _acks(pressed: Sequence[Pressed]) -> Times:
    return Times.of([each.took for each in pressed])


def _firsts(here: Floor, pressed: Sequence[Pressed]) -> Times:
    return Times.of([_calls(here, each.user)[each.calls_before].at.timestamp() - each.acked_at for each in pressed])


def _changes(here: Floor, pressed: Sequence[Pressed]) -> Times:
    seconds = []
    for each in pressed:
        (change,) = (call for call in _calls(here, each.user) if "Update" in call.operation)
        seconds.append(change.at.timestamp() - each.acked_at)
    return Times.of(seconds)


def _calls(here: Floor, user: str) -> list[LoggedCall]:
    return [call for call in here.pool.calls if call.parameters.get("Username") == user]


def _card(here: Floor, name: str) -> Message | None:
    newest = here.slack.messages("#support")[-1:]
    return next((each for each in newest if name in each.text and find(each.controls, "Approve")), None)


def _memory(here: Floor, commands: int) -> tuple[float, float]:
    with here.bot(DESK) as bot:
        time.sleep(2)
        at_rest = bot.megabytes
        for _ in range(commands // CUSTOMERS):
            here.asks(range(CUSTOMERS))
        return at_rest, bot.megabytes


def _print(table: list[list[str]]) -> None:
    heading, *rows = table
    lines = [heading, ["---"] * len(heading), *rows]
    sys.stdout.write("\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n\n")


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory / 1024**3:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}, SQLite"
    )


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(models), platform.processor() or platform.machine())


if __name__ == "__main__":
    sys.exit(main())
