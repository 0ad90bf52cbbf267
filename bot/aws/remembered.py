"""What AWS answers the same to everybody, kept for a minute: such reads are few a second for the whole AWS account."""

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from typing import Any

KEPT_FOR = 60.0
"""Seconds. What an operator changes shows after that long at the latest."""

Answer = Mapping[str, Any] | None


class Remembered:
    """Answers by what was asked. Shared by all threads; an answer that didn't come is never kept."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[Hashable, tuple[float, Answer]] = {}

    def answer(self, key: Hashable, read: Callable[[], Answer]) -> Answer:
        """Return what is kept for ``key``, or read it. Two who ask at the same time may both read."""
        with self._lock:
            until, answer = self._kept.get(key, (float("-inf"), None))
        if self._clock() < until:
            return answer
        answer = read()
        with self._lock:
            self._kept[key] = (self._clock() + KEPT_FOR, answer)
        return answer
