"""Sign-ins that wait for one more answer, in this process's memory, for three minutes."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bot.customer import Challenge, Reply

KEPT_SECONDS = 180.0
"""As long as Cognito keeps a sign-in's session, unless the app client says otherwise."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedSignIn(Generic[T]):
    """What goes on once the challenge is answered, and who may answer it."""

    person: str
    challenge: Challenge
    go_on: Callable[[Reply], T] = field(repr=False)
    """It holds what was typed, secrets included; so it must not outlive its three minutes."""


class Challenges(Generic[T]):
    """Waiting sign-ins by a random id. Safe to share between threads; nothing of it is ever written anywhere."""

    def __init__(self, *, seconds: float = KEPT_SECONDS) -> None:
        self._seconds = seconds
        self._waiting: dict[str, PausedSignIn[T]] = {}
        self._timers: dict[str, threading.Timer] = {}
        self._lock = threading.Lock()

    def keep(self, waiting: PausedSignIn[T]) -> str:
        """Keep one and return its id."""
        key = secrets.token_urlsafe(16)
        timer = threading.Timer(self._seconds, self._forget, (key,))
        timer.daemon = True
        with self._lock:
            self._waiting[key], self._timers[key] = waiting, timer
        timer.start()
        return key

    def take(self, key: str, person: str) -> PausedSignIn[T] | None:
        """Return what waits, and forget it: an answer counts once. None when there is nothing of this person's."""
        with self._lock:
            found = self._waiting.get(key)
            if found is not None and found.person == person:
                return self._waiting.pop(key)
            return None

    def was_taken(self, key: str) -> bool:
        """Whether it was answered within its time."""
        with self._lock:
            return key in self._timers and key not in self._waiting

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._waiting.clear()
            timers, self._timers = self._timers, {}
        for timer in timers.values():
            timer.cancel()

    def _forget(self, key: str) -> None:
        with self._lock:
            self._waiting.pop(key, None)
            self._timers.pop(key, None)
