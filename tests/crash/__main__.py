"""`make crash`: kills the desk hundreds of times on each database, and prints what became of everything."""

import argparse
import sys
import time

from tests.crash.campaign import Tally, campaign
from tests.crash.many import Outcome, play
from tests.databases import Postgres

_COLUMNS = "{:<12}{:>7}{:>9}{:>12}{:>10}{:>7}{:>9}{:>13}{:>10}{:>9}"
_HEADING = _COLUMNS.format(
    "database", "kills", "tickets", "calls sent", "repeated", "lost", "doubled", "lying cards", "in doubt", "seconds"
)


def main() -> int:
    """Run the campaigns and return 1 if anything was lost or doubled, or if a card lied."""
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=400, help="at least so many on each database (default: 400)")
    parser.add_argument("--lanes", type=int, default=6, help="desks that live and die side by side (default: 6)")
    parser.add_argument("--seed", type=int, default=0, help="for the kills at random (default: 0)")
    parser.add_argument(
        "--many", type=int, default=10, help="rounds of each kind with a whole pool, on each database (default: 10)"
    )
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one database alone")
    asked = parser.parse_args()
    databases = [asked.only] if asked.only else ["sqlite", "postgresql"]
    lines, faults = [], []
    for database in databases:
        began = time.monotonic()
        tally = _sqlite(asked) if database == "sqlite" else _postgresql(asked)
        lines.append(_line(database, tally, time.monotonic() - began))
        faults += [f"{database}: {fault}" for fault in tally.faults]
        began = time.monotonic()
        for name, played in _many(database, asked).items():
            lines.append(f"{database:<12}{name:<8}{played.rounds:>3} times, {played.kills} kills, ")
            lines[-1] += f"{played.freezes} freezes: {played.in_doubt} in doubt, {len(played.faults)} wrong"
            faults += [f"{database}: {fault}" for fault in played.faults]
        lines.append(f"{database:<12}whole pools and runs: {time.monotonic() - began:.0f} seconds")
    sys.stdout.write("\n".join(["\r" + _HEADING, *lines, *faults, ""]))
    return 1 if faults else 0


def _sqlite(asked: argparse.Namespace) -> Tally:
    return campaign(
        lambda folder: f"sqlite:///{folder}/desk.db", kills=asked.kills, lanes=asked.lanes, seed=asked.seed, tell=_tell
    )


def _postgresql(asked: argparse.Namespace) -> Tally:
    server = Postgres()
    try:
        return campaign(
            lambda folder: server.fresh(), kills=asked.kills, lanes=asked.lanes, seed=asked.seed, tell=_tell
        )
    finally:
        server.stop()


def _many(database: str, asked: argparse.Namespace) -> dict[str, Outcome]:
    if database == "sqlite":
        return play(
            lambda folder: f"sqlite:///{folder}/desk.db", rounds=asked.many, users=2000, replicas=1, seed=asked.seed
        )
    server = Postgres()
    try:
        return play(lambda _: server.fresh(), rounds=asked.many, users=2000, replicas=2, seed=asked.seed)
    finally:
        server.stop()


def _tell(tally: Tally) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{tally.kills} kills, {len(tally.faults)} faults ")
        sys.stderr.flush()


def _line(database: str, tally: Tally, seconds: float) -> str:
    return _COLUMNS.format(
        database,
        tally.kills,
        tally.tickets,
        tally.sent,
        tally.repeated,
        tally.lost,
        tally.doubled,
        tally.lies,
        tally.in_doubt,
        round(seconds),
    )


if __name__ == "__main__":
    sys.exit(main())
