"""What Slack has sent to the app and waits to have acknowledged."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from sandbox.slack.changes import Changes
from sandbox.slack.controls import Json

LONGEST_WAIT = 180.0
"""Seconds; Slack itself settles every envelope long before."""

Outcome = Literal["acked", "operation_timeout", "dispatch_failed", "not_sent"]


@dataclass(eq=False)
class Envelope:
    """One delivery: what was sent, to whom it owes an answer, and what became of it."""

    type: str
    payload: Json
    person: str
    accepts_response_payload: bool
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    sent_at: float = field(default_factory=time.monotonic)
    settled_at: float | None = None
    outcome: Outcome | None = None
    answer: Json | None = None
    connections: list[int] = field(default_factory=list)
    """Those that it was sent over."""
    acks: list[int] = field(default_factory=list)
    """Those over which it was acknowledged, in whatever way and as often as it was."""
    _settled: threading.Event = field(default_factory=threading.Event)

    @property
    def frame(self) -> Json:
        """What goes over the socket."""
        return {
            "envelope_id": self.id,
            "type": self.type,
            "payload": self.payload,
            "accepts_response_payload": self.accepts_response_payload,
        }

    @property
    def acked(self) -> bool:
        """Whether the app acknowledged it in time."""
        return self.outcome == "acked"

    @property
    def seconds(self) -> float | None:
        """How long the acknowledgement took."""
        return None if self.settled_at is None else self.settled_at - self.sent_at

    def wait(self, timeout: float = LONGEST_WAIT) -> "Envelope":
        """Block until it is settled; never call this on the server's own thread."""
        if not self._settled.wait(timeout):
            raise TimeoutError(f"{self.type} {self.id} is still unsettled after {timeout} s")
        return self

    def record(self, outcome: Outcome, answer: Json | None) -> None:
        """Note what became of it."""
        self.outcome, self.answer, self.settled_at = outcome, answer, time.monotonic()

    def release(self) -> None:
        """Let those go on who wait for it."""
        self._settled.set()


class Envelopes:
    """Every envelope that was sent, and what is to be done when it is settled."""

    def __init__(self, *, changes: Changes) -> None:
        self._changes = changes
        self._waiting: dict[str, Callable[[Envelope], None]] = {}
        self._sent: dict[str, Envelope] = {}
        self.deliver: Callable[[Envelope], None] | None = None
        """Sends one to a connection of the app, from any thread; None while there is no server."""

    @property
    def sent(self) -> tuple[Envelope, ...]:
        """Every envelope so far, oldest first."""
        with self._changes.lock:
            return tuple(self._sent.values())

    def send(self, envelope: Envelope, when_settled: Callable[[Envelope], None]) -> Envelope:
        """Deliver an envelope; `when_settled` runs once, under the workspace's lock."""
        with self._changes.lock:
            self._sent[envelope.id] = envelope
            self._waiting[envelope.id] = when_settled
        if self.deliver is None:
            self.settle(envelope.id, "dispatch_failed")
        else:
            self.deliver(envelope)
        return envelope

    def acknowledge(self, envelope_id: str, connection: int, answer: Json | None, *, anywhere: bool) -> None:
        """Take an acknowledgement from a connection, unless the envelope was never sent over it."""
        with self._changes.lock:
            envelope = self._sent.get(envelope_id)
            if envelope is None:
                return
            envelope.acks.append(connection)
            if anywhere or connection in envelope.connections:
                self.settle(envelope_id, "acked", answer)

    def settle(self, envelope_id: str, outcome: Outcome, answer: Json | None = None) -> None:
        """Note the acknowledgement or its absence; whatever comes second changes nothing."""
        with self._changes.lock:
            when_settled = self._waiting.pop(envelope_id, None)
            if when_settled is None:
                return
            envelope = self._sent[envelope_id]
            envelope.record(outcome, answer)
            try:
                when_settled(envelope)
            finally:
                envelope.release()
