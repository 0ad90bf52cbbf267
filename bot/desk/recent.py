"""Remembers what a slow read returned for a while; who asks while it is under way waits for the same read."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

PATIENCE = 45.0
"""Seconds for which a read that somebody else has begun is waited for."""


class Overdue(Exception):
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
        turn: Callable[[], None] = lambda: None,
        patience: float = PATIENCE,
    ) -> None:
        """``turn`` returns when a read may begin. An error of its own counts as one of the read's."""
        self._turn = turn
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
        kept = self._kept.get(key)
        if not fresh and kept is not None and self._is_recent(kept):
            # Who needs nothing new waits for nobody who does.
            return kept.value  # type: ignore[return-value] # a read without an error returned a T
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        if not lock.acquire(timeout=self._patience):
            raise Overdue
        try:
            kept = self._kept.get(key)
            # Everybody who queued here while a read was under way, or before it began, takes what it brought.
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
        return kept is not None and self._is_recent(kept)

    def last(self, key: str) -> T | None:
        """Return what was read last, however long ago; None where nothing was."""
        kept = self._kept.get(key)
        return kept.value if kept is not None else None

    def _is_recent(self, kept: _Kept[T]) -> bool:
        return kept.error is None and kept.began >= self._clock() - self._seconds

    def _now(self, key: str) -> _Kept[T]:
        began = self._clock()
        try:
            self._turn()
            # Everyone who came while this waited for its turn shares the read: it begins only now.
            began = self._clock()
            return _Kept(began, self._read(key), None)
        except Exception as error:  # It is raised in everyone who waited for this read.
            return _Kept(began, None, error)
