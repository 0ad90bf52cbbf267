"""Work that a thread of its own does over and over: what breaks it once doesn't end it."""

import math
import threading
import time
from collections.abc import Callable


class Beat:
    """When something last did what it is there for. Safe to share between threads."""

    def __init__(self) -> None:
        self._at: float | None = None

    def __call__(self) -> None:
        """Note that it does so now."""
        self._at = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long ago that was; infinity if it never did."""
        at = self._at
        return math.inf if at is None else time.monotonic() - at


class Repeated:
    """Does something at once, and then every few seconds. `start` it once; `stop` it once."""

    def __init__(
        self,
        work: Callable[[], object],
        *,
        name: str,
        every: float,
        broken: Callable[[Exception], None],
        wake: threading.Event | None = None,
    ) -> None:
        """``every``: seconds from the end of one time to the next, which comes sooner if somebody sets ``wake``.

        ``broken`` is told what broke it, on its thread; it is done again as if nothing had.
        """
        self._work = work
        self._every = every
        self._broken = broken
        self._wake = wake or threading.Event()
        self._stopped = False
        self.beat = Beat()
        """When the work was last done without breaking; what takes long may say in between that it goes on."""
        self.thread = threading.Thread(target=self._over_and_over, name=name, daemon=True)

    @property
    def is_stopped(self) -> bool:
        """Whether nothing more is to be begun."""
        return self._stopped

    def start(self) -> None:
        """Begin."""
        self.thread.start()

    def stop(self, seconds: float) -> None:
        """Let it end, and wait for that, but not longer than this."""
        self._stopped = True
        self._wake.set()
        if self.thread.is_alive():
            self.thread.join(seconds)

    def _over_and_over(self) -> None:
        while not self._stopped:
            self._wake.clear()
            try:
                self._work()
                self.beat()
            except Exception as error:  # without this thread nobody would do it any more
                self._broken(error)
            if not self._stopped:
                self._wake.wait(self._every)
