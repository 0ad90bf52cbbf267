"""Tells its listeners that something in the workspace changed, and lets a test wait for it."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from sandbox.slack.model import Change, ChangeKind, Message

T = TypeVar("T")
LOOK_AGAIN_SECONDS = 0.05


class Changes:
    """The workspace's one lock, and the changes made under it, numbered."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._listeners: list[Callable[[Change], None]] = []
        self._number = 0

    def publish(
        self,
        kind: ChangeKind,
        *,
        channel: str | None = None,
        ts: str | None = None,
        thread_ts: str | None = None,
        person: str | None = None,
    ) -> None:
        """Announce a change; call it with the lock held, after the change was made."""
        with self._changed:
            self._number += 1
            change = Change(self._number, kind, channel, ts, thread_ts, person)
            self._changed.notify_all()
            for listener in tuple(self._listeners):
                listener(change)

    def publish_message(self, kind: ChangeKind, message: Message) -> None:
        """Announce a change of one message to those who can see it."""
        self.publish(
            kind,
            channel=message.channel,
            ts=message.ts,
            thread_ts=message.thread_ts,
            person=message.ephemeral_to,
        )

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` on every change, on the thread that made it; returns how to stop that."""
        with self.lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self.lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def wait_for(self, wanted: Callable[[], T], timeout: float) -> T | None:
        """Return the first true value of `wanted`, or None when the time is up."""
        deadline = time.monotonic() + timeout
        while True:
            number = self._number
            # The lock is free meanwhile: the predicate may ask the server, which needs it to answer.
            found = wanted()
            if found:
                return found
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return None
            with self._changed:
                if number == self._number:
                    # What is waited for may lie outside the workspace, so it is asked without a change, too.
                    self._changed.wait(min(remaining, LOOK_AGAIN_SECONDS))
