"""`make bench`: how long people wait for the desk, how long for two bare bots, and what the desk takes to run."""

import argparse
import logging
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import approvals, pool, runs, size
from tests.bench.floor import CUSTOMERS, DESK, DESK_WITHOUT_RATES, ECHO, PLAIN, Floor, Times, floor

_Table = list[list[str]]

_SETTLED = 1.5
"""Seconds after which what a first reply has left to do is over."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one bot."""

    ack: Times
    reply: Times
    crowd_ack: Times
    crowd_reply: Times
    again_reply: Times
    cpu: float
    """Milliseconds of processor time for each command."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """One turn of one bot: seconds to each acknowledgement and first reply."""

    alone: Sequence[tuple[float, float]]
    crowd: Sequence[tuple[float, float]]
    again: Sequence[tuple[float, float]]
    """About a customer who was checked before."""

    cpu_seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print tables in Markdown."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=_PARTS, help="measure this part; may be given several times")
    # A machine that grows slower meanwhile is slower for all bots that take turns.
    parser.add_argument("--rounds", type=int, default=3, help="in which the bots take turns (default: 3)")
    parser.add_argument("--alone", type=int, default=300, help="commands one at a time (default: 300)")
    parser.add_argument("--waves", type=int, default=10, help="waves of fifty at once (default: 10)")
    parser.add_argument("--starts", type=int, default=5, help="starts of each bot (default: 5)")
    parser.add_argument("--approvals", type=int, default=30, help="requests that a lead approves (default: 30)")
    parser.add_argument("--commands", type=int, default=10_000, help="before memory is read again (default: 10000)")
    parser.add_argument("--flood", type=int, default=1000, help="commands of one agent at once (default: 1000)")
    parser.add_argument("--slow", type=float, default=10, help="seconds that Cognito takes meanwhile (default: 10)")
    parser.add_argument("--tickets", type=int, default=100_000, help="requests on record (default: 100000)")
    parser.add_argument("--users", type=int, default=1_000_000, help="in the largest pool (default: 1000000)")
    parser.add_argument("--people", type=int, default=20_000, help="in a run over many (default: 20000)")
    asked = parser.parse_args(arguments)
    # A bot that ends while Slack speaks to it is nothing to report.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    for part in asked.only or _PARTS:
        _print(_PARTS[part](asked))
    sys.stdout.write(f"{_machine()}\n")
    return 0


def _checks(asked: argparse.Namespace) -> _Table:
    """Measure what those wait for who ask."""
    with floor() as here:
        here.record_answer()
        rounds = [
            [_measured(here, bot, asked) for bot in (DESK_WITHOUT_RATES, PLAIN, ECHO)] for _ in range(asked.rounds)
        ]
    desk, plain, echo = (_summed_up(turns) for turns in zip(*rounds, strict=True))
    rows = [
        ("command → ack, one at a time", desk.ack, plain.ack, echo.ack),
        ("command → first reply, one at a time", desk.reply, plain.reply, echo.reply),
        ("command → ack, fifty at once", desk.crowd_ack, plain.crowd_ack, echo.crowd_ack),
        ("command → first reply, fifty at once", desk.crowd_reply, plain.crowd_reply, echo.crowd_reply),
        (
            "command → first reply, of a customer who was checked before",
            desk.again_reply,
            plain.again_reply,
            echo.again_reply,
        ),
    ]
    cpu = [f"{each.cpu:.1f} ms" for each in (desk, plain, echo)]
    return [
        ["p50 / p99", "desk", "plain bot", "echo bot", "desk : plain"],
        *([what, str(ours), str(fair), str(least), ours.over(fair)] for what, ours, fair, least in rows),
        ["processor time for a command", *cpu, f"{desk.cpu / plain.cpu:.1f}"],
    ]


def _measured(here: Floor, module: tuple[str, ...], asked: argparse.Namespace) -> _Turn:
    with here.bot(module) as bot:
        # The first command of each person finds caches empty and connections closed; nobody is measured by it.
        here.asks(here.newcomers(CUSTOMERS))
        time.sleep(_SETTLED)
        before = bot.cpu_seconds
        alone = [here.asks(here.newcomers(1))[0] for _ in range(_share(asked, asked.alone))]
        crowd = [times for _ in range(_share(asked, asked.waves)) for times in here.asks(here.newcomers(CUSTOMERS))]
        time.sleep(_SETTLED)
        cpu_seconds = bot.cpu_seconds - before
        here.asks(regular := here.newcomers(1))
        again = [here.asks(regular)[0] for _ in range(_share(asked, asked.alone))]
        return _Turn(alone, crowd, again, cpu_seconds)


def _share(asked: argparse.Namespace, number: int) -> int:
    """Return how many of so many are done in one round."""
    return math.ceil(number / int(asked.rounds))


def _summed_up(turns: Sequence[_Turn]) -> Measured:
    alone = [times for turn in turns for times in turn.alone]
    crowd = [times for turn in turns for times in turn.crowd]
    ack, reply, crowd_ack, crowd_reply = (
        Times.of([each[which] for each in group]) for group in (alone, crowd) for which in (0, 1)
    )
    cpu = 1000 * sum(turn.cpu_seconds for turn in turns) / (len(alone) + len(crowd))
    again_reply = Times.of([each[1] for turn in turns for each in turn.again])
    return Measured(ack, reply, crowd_ack, crowd_reply, again_reply, cpu)


def _starts(asked: argparse.Namespace) -> _Table:
    """Measure how long each bot takes from its start until it is connected."""
    with floor() as here:
        here.record_answer()
        rounds = [[_start(here, module) for module in (DESK, PLAIN, ECHO)] for _ in range(asked.starts)]
    took = [statistics.median(turns) for turns in zip(*rounds, strict=True)]
    desk, _, echo = took
    return [
        ["", "desk", "plain bot", "echo bot", "desk : echo"],
        ["start to connected, median", *(f"{1000 * each:.0f} ms" for each in took), f"{desk / echo:.1f}"],
    ]


def _start(here: Floor, module: tuple[str, ...]) -> float:
    with here.bot(module) as bot:
        return bot.seconds_to_connect


def _approvals(asked: argparse.Namespace) -> _Table:
    """Measure what leads wait for."""
    with floor() as here:
        here.record_answer()
        ours, bares = list[approvals.Approved](), list[approvals.Approved]()
        for n in range(asked.rounds):
            users = [f"n{n}x{each}" for each in range(_share(asked, asked.approvals))]
            with here.bot(DESK_WITHOUT_RATES):
                ours += approvals.approved(here, [f"desk{each}" for each in users])
            with here.bot(PLAIN):
                bares += approvals.approved(here, [f"bare{each}" for each in users], has_form=False)
    desk, bare = approvals.Approvals.of(ours), approvals.Approvals.of(bares).whole
    return [
        ["p50 / p99", "desk", "a bare update and the call", "desk : bare"],
        ["Approve click → ack", str(desk.ack), "–", "–"],
        ["ack → the first AWS call, which reads", str(desk.first), "–", "–"],
        ["ack → AWS call that changes something", str(desk.change), "–", "–"],
        ["Approve click → AWS call that changes something", str(desk.whole), str(bare), desk.whole.over(bare)],
    ]


def _flood(asked: argparse.Namespace) -> _Table:
    """Measure what leads wait for while one agent sends everything at once."""
    with floor() as here, here.bot(DESK_WITHOUT_RATES):
        flood, *beside = approvals.beside_a_flood(here, requests=asked.approvals, commands=asked.flood, slow=asked.slow)
    hindered, quick = map(approvals.Approvals.of, beside)
    return [
        [f"while one agent sends {asked.flood:,} commands and Cognito takes {asked.slow:.0f} s, p50 / p99", "desk"],
        ["a lead's Approve click → ack", str(hindered.ack)],
        ["ack → the first AWS call, which reads", str(hindered.first)],
        ["ack → AWS call that changes something, Cognito being quick for this ticket", str(quick.change)],
        ["the agent's own commands → ack", str(flood)],
    ]


def _memory(asked: argparse.Namespace) -> _Table:
    """Measure what the desk holds."""
    with floor() as here, here.bot(DESK) as bot:
        time.sleep(2)
        at_rest = bot.megabytes
        for _ in range(asked.commands // CUSTOMERS):
            here.asks(here.newcomers(CUSTOMERS))
        afterwards = bot.megabytes
    return [
        ["", "desk"],
        ["memory at rest", f"{at_rest:.0f} MB"],
        [f"memory after {asked.commands:,} commands", f"{afterwards:.0f} MB"],
    ]


def _database(asked: argparse.Namespace) -> _Table:
    """Measure what the database takes for each thing that people wait for, with so many requests on record."""
    tickets: int = asked.tickets
    with size.databases() as databases:
        for database in databases.values():
            size.fill(database, tickets=tickets)
        took = {name: size.measured(database) for name, database in databases.items()}
        exports = {name: size.exported(database) for name, database in databases.items()}
        seals = {name: size.sealed(database) for name, database in databases.items()}
        sizes = {name: size.megabytes(database) for name, database in databases.items()}
    works = next(iter(took.values()))
    return [
        [f"with {tickets:,} requests and {tickets * size.ROWS:,} rows of the audit, median", *took],
        *([work, *(f"{1000 * each[work]:.1f} ms" for each in took.values())] for work in works),
        ["export of the whole audit", *(f"{rows:,} rows in {seconds:.0f} s" for rows, seconds in exports.values())],
        ["sealing of the whole audit", *(f"{sealing:.0f} s" for sealing, _ in seals.values())],
        ["`desk audit verify`", *(f"{verifying:.0f} s" for _, verifying in seals.values())],
        ["the database's size", *(f"{size:,.0f} MB" for size in sizes.values())],
    ]


def _pool(asked: argparse.Namespace) -> _Table:
    """Measure how a whole pool is read, at ten times AWS's rates."""
    sizes = [each for each in (10_000, 100_000) if each < asked.users]
    slower = [(asked.users, 0.08)]
    return pool.table([pool.read(*each) for each in [*((each, 0.0) for each in [*sizes, asked.users]), *slower]])


def _runs(asked: argparse.Namespace) -> _Table:
    """Measure a run over many people, at ten times AWS's rates."""
    few, checks = min(asked.people, 1000), max(2, asked.alone // 3)
    return runs.table(runs.run(asked.people, checks), runs.run(few, checks, speed=1))


_PARTS: dict[str, Callable[[argparse.Namespace], _Table]] = {
    "checks": _checks,
    "starts": _starts,
    "approvals": _approvals,
    "flood": _flood,
    "memory": _memory,
    "database": _database,
    "pool": _pool,
    "runs": _runs,
}


def _print(table: Sequence[Sequence[str]]) -> None:
    heading, *rows = table
    lines = [heading, ["---"] * len(heading), *rows]
    sys.stdout.write("\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n\n")
    sys.stdout.flush()


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
