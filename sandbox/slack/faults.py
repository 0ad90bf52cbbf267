"""Failures of Slack on demand: refusals, lost answers, slowness and silence."""

import threading
import time
from dataclasses import dataclass, replace
from typing import Literal

from sandbox.gate import Gate

ANY_METHOD = "*"
Kind = Literal[
    "rate_limited", "status", "lost_answer", "dropped", "delay", "refused", "close_after_delivery", "cut_frame"
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of failure, `times` times; `after` lets that many calls pass first."""

    kind: Kind
    method: str = ANY_METHOD
    times: int = 1
    after: int = 0
    amount: float = 0.0
    error: str = ""
    messages: tuple[str, ...] = ()
    """What a refusal says of the blocks, with a JSON pointer to each."""
    gate: Gate | None = None
    """What a delay waits for, in place of its seconds."""


class SlackFaults:
    """The failures that are still to happen; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._silent_until = 0.0

    def rate_limit(self, method: str = ANY_METHOD, *, times: int = 1, retry_after: float = 1, after: int = 0) -> None:
        """Answer 429 with `Retry-After`."""
        self._add(Fault("rate_limited", method, times, after, retry_after))

    def fail(self, method: str = ANY_METHOD, *, status: int = 500, times: int = 1, after: int = 0) -> None:
        """Answer a 5xx; nothing happens in the workspace."""
        self._add(Fault("status", method, times, after, status))

    def drop(self, method: str = ANY_METHOD, *, times: int = 1, after: int = 0) -> None:
        """Cut the connection before anything happens in the workspace."""
        self._add(Fault("dropped", method, times, after))

    def lose_answer(self, method: str = ANY_METHOD, *, times: int = 1, after: int = 0) -> None:
        """Do what was asked, and cut the connection instead of answering."""
        self._add(Fault("lost_answer", method, times, after))

    def delay(self, method: str = ANY_METHOD, *, seconds: float, times: int = 1_000_000, after: int = 0) -> None:
        """Take that long before answering."""
        self._add(Fault("delay", method, times, after, seconds))

    def hold(self, method: str = ANY_METHOD, *, times: int = 1_000_000) -> Gate:
        """Hold calls up, before anything happens in the workspace, until the gate is opened."""
        gate = Gate()
        self._add(Fault("delay", method, times, gate=gate))
        return gate

    def refuse(
        self, method: str, error: str, *, times: int = 1, after: int = 0, messages: tuple[str, ...] = ()
    ) -> None:
        """Answer with one of Slack's errors; nothing happens in the workspace.

        `messages` are Slack's own words on blocks: ``[ERROR] missing required field [json-pointer:/blocks/2/text]``.
        """
        self._add(Fault("refused", method, times, after, error=error, messages=messages))

    def close_after_delivery(self, *, times: int = 1) -> None:
        """Close the socket right after an envelope went out over it."""
        self._add(Fault("close_after_delivery", times=times))

    def cut_frame(self, *, times: int = 1) -> None:
        """Send half an envelope and cut the connection."""
        self._add(Fault("cut_frame", times=times))

    def silence(self, seconds: float) -> None:
        """Send nothing over any socket, not even pongs, for that long; what falls into it is lost."""
        with self._lock:
            self._silent_until = time.monotonic() + seconds

    def clear(self) -> None:
        """Everything is well again."""
        with self._lock:
            self._waiting.clear()
            self._silent_until = 0.0

    @property
    def silent(self) -> bool:
        """Whether the sockets are silent now."""
        with self._lock:
            return time.monotonic() < self._silent_until

    def take(self, kind: Kind, method: str = ANY_METHOD) -> Fault | None:
        """The next failure of this kind that meets this method, used up by one; None when there is none."""
        with self._lock:
            for position, fault in enumerate(self._waiting):
                if fault.kind != kind or fault.method not in (ANY_METHOD, method):
                    continue
                if fault.after:
                    self._waiting[position] = replace(fault, after=fault.after - 1)
                    continue
                if fault.times == 1:
                    del self._waiting[position]
                else:
                    self._waiting[position] = replace(fault, times=fault.times - 1)
                return fault
        return None

    def _add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)
