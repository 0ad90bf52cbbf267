"""Remembers what a slow read returned for a while; whoever asks while it is under way waits for the same read."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.plan import Refused
from bot.words import say

T = TypeVar("T")

PATIENCE = 20.0
"""Seconds for which a read that somebody else has begun is waited for."""


class Overdue(Refused):
    """The read that somebody else has begun takes too long."""


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    began: float
    value: T | None
    error: Exception | None


class Recent(Generic[T]):
    """A read by key, shared between threads. What was read is used for ``seconds`` from when its read began."""

    def __init__(
        self,
        read: Callable[[str], T],
        *,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._clock = clock
        self._patience = patience
        self._kept: dict[str, _Kept[T]] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, key: str, *, fresh: bool = False) -> T:
        """Return what was read, or read it. ``fresh``: only a read that begins after this call will do.

        A failed read is raised in everyone who was waiting for it, and forgotten. Raises `Overdue`.
        """
        asked = self._clock()
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        if not lock.acquire(timeout=self._patience):
            raise Overdue(say("Slack takes very long to say who may do this. Nothing was done; please try again soon."))
        try:
            kept = self._kept.get(key)
            # Whoever queued here while a read was under way, or before it began, takes what it brought.
            if kept is None or kept.began < (asked if fresh or kept.error else self._clock() - self._seconds):
                kept = self._kept[key] = self._now(key)
        finally:
            lock.release()
        if kept.error is not None:
            raise kept.error
        return kept.value  # type: ignore[return-value] # a read without an error returned a T

    def knows(self, key: str) -> bool:
        """Whether an answer is at hand that needs no read."""
        kept = self._kept.get(key)
        return kept is not None and kept.error is None and kept.began >= self._clock() - self._seconds

    def _now(self, key: str) -> _Kept[T]:
        began = self._clock()
        try:
            return _Kept(began, self._read(key), None)
        except Exception as error:  # It is raised in everyone who waited for this read.
            return _Kept(began, None, error)
