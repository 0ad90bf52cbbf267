"""A gate that holds calls up until it is opened: for a test in which something has to happen exactly in between."""

import threading

LONGEST = 600.0
"""Seconds after which a call goes on although nobody has opened its gate."""


class Gate:
    """Closed until it is opened, or for ten minutes; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrived = 0
        self._open = threading.Event()

    @property
    def arrived(self) -> int:
        """How many calls have arrived at it."""
        with self._lock:
            return self._arrived

    @property
    def has_somebody(self) -> bool:
        """Whether a call has arrived at it."""
        return self.arrived > 0

    @property
    def is_open(self) -> bool:
        """Whether calls pass."""
        return self._open.is_set()

    def arrive(self) -> None:
        """Note that a call is here."""
        with self._lock:
            self._arrived += 1

    def pass_through(self) -> None:
        """Arrive, and go on once it is open."""
        self.arrive()
        self._open.wait(LONGEST)

    def open(self) -> None:
        """Let everybody through, from now on."""
        self._open.set()
