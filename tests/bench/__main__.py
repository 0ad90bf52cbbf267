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

from sandbox.slack.controls import find
from sandbox.slack.model import Message
from tests.bench.floor import CUSTOMERS, DESK, DESK_WITHOUT_RATES, ECHO, Floor, floor

_PATIENCE = 60.0


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


def main() -> int:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--alone", type=int, default=300, help="commands one at a time (default: 300)")
    parser.add_argument("--waves", type=int, default=10, help="waves of fifty at once (default: 10)")
    parser.add_argument("--starts", type=int, default=5, help="starts of each bot (default: 5)")
    parser.add_argument("--approvals", type=int, default=30, help="requests that a lead approves (default: 30)")
    parser.add_argument("--commands", type=int, default=10_000, help="before memory is read again (default: 10000)")
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
            approved = Times.of([_approval(here, n) for n in range(asked.approvals)])
        at_rest, afterwards = _memory(here, asked.commands)
    _print(_waits(desk, echo))
    _print(
        [
            ["", "desk", "echo bot"],
            ["start to connected, median", *(f"{1000 * started[module]:.0f} ms" for module in (DESK, ECHO))],
            ["Approve click → AWS call, p50 / p99", str(approved), "–"],
            ["memory at rest", f"{at_rest:.0f} MB", "–"],
            [f"memory after {asked.commands:,} commands", f"{afterwards:.0f} MB", "–"],
        ]
    )
    sys.stdout.write(f"{_machine()}\n")
    return 0


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


def _approval(here: Floor, n: int) -> float:
    """Ask, approve, and return the seconds from the click to Cognito's having had the call."""
    slack, name = here.slack, f"approved{n}"
    here.pool.add(name, email=f"{name}@example.com", email_verified=False)
    slack.types("agent", f"/cognito-verify-email {name}")
    slack.wait_for(lambda: (view := slack.view("agent")) and view.inputs and not view.busy, _PATIENCE)
    slack.submits("agent", {"reason": "Proved it on the phone"})
    card = slack.wait_for(lambda: _card(here, name), _PATIENCE)
    assert card is not None
    # Long enough for everything that asking has set off to be over.
    time.sleep(0.3)
    clicked = time.time()
    slack.clicks("lead1", "Approve", card)
    slack.wait_for(lambda: here.pool.user(name).email_verified, _PATIENCE)
    (call,) = (
        each for each in here.pool.calls if each.parameters.get("Username") == name and "Update" in each.operation
    )
    slack.reloads("agent")
    return call.at.timestamp() - clicked


def _card(here: Floor, name: str) -> Message | None:
    newest = here.slack.messages("#support")[-1]
    return newest if name in newest.text and find(newest.controls, "Approve") else None


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
