"""The acknowledgements that are on their way to Slack, and when each of them left."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class Departure:
    """One acknowledgement, from the arrival of what it answers on."""

    def __init__(self, view_id: str) -> None:
        self.view_id = view_id
        self._left = threading.Event()
        self._at = 0.0

    def leaves(self) -> None:
        """Note that it is with Slack, or never will be."""
        self._at = time.monotonic()
        self._left.set()

    def wait(self, seconds: float) -> float:
        """Return when it left, by `time.monotonic`; after so many seconds the present moment, though it hasn't."""
        return self._at if self._left.wait(seconds) else time.monotonic()


class Departures:
    """Every acknowledgement that hasn't left. Safe to share between threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[Departure] = []

    @contextmanager
    def owing(self, view_id: str = "") -> Iterator[None]:
        """Owe an acknowledgement for as long as this lasts; ``view_id``: the view that was submitted, if any."""
        departure = Departure(view_id)
        with self._changed:
            self._waiting.append(departure)
        try:
            yield
        finally:
            departure.leaves()
            with self._changed:
                self._waiting.remove(departure)
                self._changed.notify_all()

    def of(self, view_id: str) -> Sequence[Departure]:
        """Return what hasn't left of the acknowledgements of this view's submission."""
        with self._changed:
            return [each for each in self._waiting if each.view_id == view_id]

    def settle(self, seconds: float) -> None:
        """Wait until nothing is owed, but not longer than this."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, timeout=seconds)
