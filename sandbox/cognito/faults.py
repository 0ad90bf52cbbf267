"""Failures of AWS on demand: slow, throttled, failing, cut off or forbidden calls."""

import threading
import time
from dataclasses import dataclass, replace
from typing import Literal

from sandbox.cognito.errors import CognitoError
from sandbox.gate import Gate

FaultKind = Literal["delay", "error", "delay_answer", "reset", "lose_answer"]

ALL = "*"


class ConnectionCut(Exception):
    """The connection is to be cut instead of answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of misbehaviour for one operation (or ``*`` for all), the next ``times`` times or until cleared."""

    kind: FaultKind
    operation: str = ALL
    times: int | None = None
    seconds: float = 0.0
    code: str = ""
    message: str = ""
    status: int = 400
    gate: Gate | None = None
    """What a delay waits for, in place of its seconds."""

    def wait(self) -> None:
        """Be as late as it says."""
        if self.gate is None:
            time.sleep(self.seconds)
        else:
            self.gate.pass_through()


class CognitoFaults:
    """The faults in force; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._denied: frozenset[str] = frozenset()
        self._refuses_credentials = False

    def add(self, fault: Fault) -> None:
        """Put a fault in force, after those that are already."""
        with self._lock:
            self._faults.append(fault)

    def delay(self, seconds: float, operation: str = ALL, *, times: int | None = None) -> None:
        """Let calls take this much longer."""
        self.add(Fault(kind="delay", operation=operation, times=times, seconds=seconds))

    def delay_answer(self, seconds: float, operation: str = ALL, *, times: int | None = None) -> None:
        """Do what is asked at once, but answer this much later."""
        self.add(Fault(kind="delay_answer", operation=operation, times=times, seconds=seconds))

    def hold(self, operation: str = ALL, *, times: int | None = None) -> Gate:
        """Hold calls up, before anything is done, until the gate is opened."""
        gate = Gate()
        self.add(Fault(kind="delay", operation=operation, times=times, gate=gate))
        return gate

    def hold_answer(self, operation: str = ALL, *, times: int | None = None) -> Gate:
        """Do what is asked at once, but answer when the gate is opened."""
        gate = Gate()
        self.add(Fault(kind="delay_answer", operation=operation, times=times, gate=gate))
        return gate

    def throttle(self, operation: str = ALL, *, times: int | None = None) -> None:
        """Answer TooManyRequestsException."""
        self.fail("TooManyRequestsException", "Rate exceeded", operation, times=times)

    def fail(
        self, code: str, message: str, operation: str = ALL, *, times: int | None = None, status: int = 400
    ) -> None:
        """Answer any error without doing anything."""
        self.add(Fault(kind="error", operation=operation, times=times, code=code, message=message, status=status))

    def break_down(self, operation: str = ALL, *, times: int | None = None) -> None:
        """Answer HTTP 500 InternalErrorException without doing anything."""
        self.fail("InternalErrorException", "Something went wrong", operation, times=times, status=500)

    def reset(self, operation: str = ALL, *, times: int | None = None) -> None:
        """Cut the connection before anything is done."""
        self.add(Fault(kind="reset", operation=operation, times=times))

    def lose_answer(self, operation: str = ALL, *, times: int | None = None) -> None:
        """Do what is asked, then cut the connection instead of answering."""
        self.add(Fault(kind="lose_answer", operation=operation, times=times))

    def deny(self, *operations: str) -> None:
        """Let IAM deny exactly these operations; none lifts the ban."""
        with self._lock:
            self._denied = frozenset(operations)

    def refuse_credentials(self, refuse: bool = True) -> None:
        """Treat the caller's AWS keys as unknown."""
        with self._lock:
            self._refuses_credentials = refuse

    def clear(self) -> None:
        """End all misbehaviour."""
        with self._lock:
            self._faults.clear()
            self._denied = frozenset()
            self._refuses_credentials = False

    def denies(self, operation: str) -> bool:
        """Whether IAM denies this operation."""
        with self._lock:
            return operation in self._denied or ALL in self._denied

    @property
    def refuses_credentials(self) -> bool:
        """Whether signed calls are refused for their keys."""
        with self._lock:
            return self._refuses_credentials

    def hold_up(self, operation: str, kind: Literal["delay", "delay_answer"]) -> None:
        """Make a call, or its answer, as late as a fault says."""
        late = self.take(operation, kind)
        if late:
            late.wait()

    def strike(self, operation: str) -> None:
        """Raise what a fault has planned for a call: an error, or `ConnectionCut`."""
        planned = self.take(operation, "error", "reset")
        if planned and planned.kind == "reset":
            raise ConnectionCut
        if planned:
            raise CognitoError(planned.code, planned.message, status=planned.status)

    def take(self, operation: str, *kinds: FaultKind) -> Fault | None:
        """Return the first fault of these kinds that this call meets, and count it."""
        with self._lock:
            for position, fault in enumerate(self._faults):
                if fault.kind in kinds and fault.operation in {operation, ALL}:
                    if fault.times is not None:
                        self._count(position, fault)
                    return fault
        return None

    def _count(self, position: int, fault: Fault) -> None:
        left = (fault.times or 1) - 1
        if left > 0:
            self._faults[position] = replace(fault, times=left)
        else:
            del self._faults[position]
