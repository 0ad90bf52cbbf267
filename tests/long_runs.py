"""How much the random tests try: what `make test` has time for, and many times as much in `make campaign`."""

import os

TIMES = int(os.environ.get("DESK_TIMES", "1"))


def longer(ordinary: int) -> int:
    """Return how many examples, or seconds, it is in this run."""
    return ordinary * TIMES
