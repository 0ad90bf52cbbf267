"""`make campaign`: thousands of states at random, each predicted, tried and followed to its end, and counted."""

import argparse
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tests.outlook.best_way import Way, followed
from tests.outlook.compare import Disagreement, disagreements
from tests.outlook.program import opened, played
from tests.outlook.stage import Cognito
from tests.outlook.states import State, uniform

_AT_ONCE = 20
"""States that stand beside each other in one desk; it looks for everybody in all of its pools."""


def main() -> int:
    """Look at so many states, and return 1 after telling those that came out otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.outlook", description=__doc__)
    parser.add_argument("--states", type=int, default=30_000, help="how many in this process (default: 30,000)")
    parser.add_argument("--typed", type=int, default=300, help="how many through the program (default: 300)")
    parser.add_argument("--seed", type=int, default=None, help="what they are drawn from (default: another each time)")
    asked = parser.parse_args()
    seed = secrets.randbelow(2**32) if asked.seed is None else asked.seed
    sys.stdout.write(f"the outlook: {asked.states} states, and {asked.typed} through the program, from seed {seed}\n")
    drawn = uniform(seed)
    wrong = _counted("in this process", _in_process(islice(drawn, asked.states)))
    wrong += _counted("through the program", _typed(islice(drawn, asked.typed)))
    return 1 if wrong else 0


Looked = tuple[State, Way, tuple[Disagreement, ...]]


def _in_process(states: Iterator[State]) -> Iterator[Looked]:
    cognito = Cognito()
    for state in states:
        with cognito.stands(state) as scene:
            found = disagreements(scene)
            yield state, followed(scene), found
    cognito.world.close()


def _typed(states: Iterator[State]) -> Iterator[Looked]:
    while batch := tuple(islice(states, _AT_ONCE)):
        with tempfile.TemporaryDirectory() as place, opened(batch, Path(place) / "desk.db") as (floor, scenes):
            for scene in scenes:
                yield scene.state, *played(floor, scene)


def _counted(where: str, looked: Iterator[Looked]) -> int:
    """Tell what came out otherwise at once, and the figures at the end."""
    began, seen, wrong = time.monotonic(), Counter[str](), 0
    for state, way, found in looked:
        seen["states"] += 1
        seen["disagreements"] += len(found)
        seen[_ending(way)] += 1
        seen["ways on which somebody else is worse off, unnamed"] += bool(way.hurt)
        if found or not way.ends:
            wrong += 1
            told = [*map(str, found), *([] if way.ends else [f"{way}\n{state}"])]
            sys.stdout.write("\n".join(told) + "\n\n")
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{seen['states']} states ")
            sys.stderr.flush()
    sys.stdout.write(f"\r{where}: {round(time.monotonic() - began)} seconds\n")
    for kind, often in seen.items():
        sys.stdout.write(f"{often:>8}  {kind}\n")
    sys.stdout.flush()
    return wrong


def _ending(way: Way) -> str:
    if not way.ends:
        return "ways that don't end"
    return "ways that end in what works" if way.works else "ways handed over"


if __name__ == "__main__":
    sys.exit(main())
