"""`make campaign`: plays thousands of sequences of what agents, leads, customers and time do, and counts."""

import argparse
import secrets
import sys
import tempfile
import time
from pathlib import Path

from tests.bot import wired
from tests.model.bed import beds
from tests.model.campaign import Tally, campaign
from tests.model.world import AGENTS, LEADS


def main() -> int:
    """Play, and return 1 after telling the shortest sequence that hands something over."""
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--sequences", type=int, default=10_000, help="how many (default: 10,000)")
    parser.add_argument("--seed", type=int, default=None, help="what they are drawn from (default: another each time)")
    asked = parser.parse_args()
    seed = secrets.randbelow(2**32) if asked.seed is None else asked.seed
    sys.stdout.write(f"the model: {asked.sequences} sequences from seed {seed}\n")
    sys.stdout.flush()
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as directory,
        wired.cognito() as server,
        beds(server, Path(directory), agents=AGENTS, leads=LEADS) as made,
    ):
        tally = campaign(made, sequences=asked.sequences, begins=seed, tell=_tell)
    seconds = time.monotonic() - began
    sys.stdout.write(f"\r{tally.sequences} sequences, {tally.steps} steps, {round(seconds)} seconds\n")
    for kind, often in sorted(tally.came_of_it.items()):
        sys.stdout.write(f"{often:>8}  {kind}\n")
    return 0


def _tell(tally: Tally) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{tally.sequences} sequences ")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
