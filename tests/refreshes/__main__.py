"""`make campaign`: a thousand commands typed across twenty refreshes, beside a thousand without any.

Each has to be acknowledged and answered, once, and a refresh may not be felt: of those typed around refreshes, 99 in a
hundred are acknowledged within 1.5 times of what the same share takes without. Both kinds are typed by turns, so that
whatever else the machine does meets both.
"""

import argparse
import logging
import random
import secrets
import statistics
import sys
from collections.abc import Sequence

from tests.bench.floor import AGENTS, DESK_WITHOUT_RATES, Floor, floor
from tests.refreshes.play import Count, Refresh, Round

MOST = 1.5
"""How many times as long an acknowledgement may take around a refresh: the p99 of both."""

_TRIES = 3
"""For the times alone: whatever else the machine does slows down one of them, and a desk that is deaf each."""

_EVERY = 0.03
"""Seconds between two commands."""


def main() -> int:
    """Play, and return 1 after telling what was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.refreshes", description=__doc__)
    parser.add_argument("--commands", type=int, default=1000, help="commands across refreshes (default: 1000)")
    parser.add_argument("--refreshes", type=int, default=20, help="refreshes of the connection (default: 20)")
    parser.add_argument("--seed", type=int, default=None, help="what they are drawn from (default: another each time)")
    asked = parser.parse_args()
    seed = secrets.randbelow(2**32) if asked.seed is None else asked.seed
    sys.stdout.write(f"refreshes: {asked.commands} commands across {asked.refreshes}, from seed {seed}\n")
    # A desk that ends while Slack speaks to it is nothing to report.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    with floor() as here, here.bot(DESK_WITHOUT_RATES):
        return 0 if any(_is_right(here, asked, seed + n, first=n) for n in range(_TRIES)) else 1


def _is_right(here: Floor, asked: argparse.Namespace, seed: int, *, first: int) -> bool:
    """Play once and say how it was. Exits where a command was lost or doubled: that is wrong, however rare."""
    before = here.server.sockets.opened
    draw = random.Random(seed)  # noqa: S311 - no secret
    quiet, refreshed = _played(here, draw, asked.commands, asked.refreshes, first=first)
    for name, count in (("without", quiet), ("across refreshes", refreshed)):
        sys.stdout.write(f"{name}: {_figures(count)}\n")
        sys.stdout.writelines(f"  {line}\n" for line in count.wrong)
    ratio = _p(99, refreshed.seconds) / _p(99, quiet.seconds)
    opened = here.server.sockets.opened - before
    sys.stdout.write(f"{opened} connections opened; the p99 across refreshes is {ratio:.2f} times of that without\n")
    sys.stdout.flush()
    if quiet.wrong or refreshed.wrong:
        sys.exit(1)
    return ratio <= MOST


def _played(here: Floor, draw: random.Random, commands: int, refreshes: int, *, first: int) -> tuple[Count, Count]:
    def round_from(number: int) -> Round:
        return Round(here.slack, here.server, here.types, agents=len(AGENTS), first=10_000_000 * first + number)

    quiet, refreshed, warming = round_from(1_000_000), round_from(2_000_000), round_from(0)
    # The first commands find caches empty and connections closed; nobody is measured by them.
    warming.type_many(len(AGENTS), every=_EVERY)
    warming.settle()
    for n in range(refreshes):
        each = commands * (n + 1) // refreshes - commands * n // refreshes
        quiet.type_many(each, every=_EVERY)
        quiet.settle()
        before = draw.randint(1, each // 3)
        refreshed.type_many(before, every=_EVERY)
        with refreshed.refresh(Refresh.drawn(draw)):
            refreshed.type_many(each - before, every=_EVERY)
        refreshed.settle()
    return quiet.count(), refreshed.count()


def _figures(count: Count) -> str:
    times = " / ".join(f"{1000 * _p(share, count.seconds):.1f}" for share in (50, 99, 100))
    return (
        f"{count.typed} typed, {count.unanswered} unanswered, {count.acked_twice} acknowledged twice, "
        f"{count.answered_twice} answered twice; acknowledged within {times} ms (p50 / p99 / the slowest)"
    )


def _p(share: int, seconds: Sequence[float]) -> float:
    if share == 100:
        return max(seconds)
    return statistics.quantiles(seconds, n=100, method="inclusive")[share - 1]


if __name__ == "__main__":
    sys.exit(main())
