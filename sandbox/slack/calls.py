"""A record of every Web API call, without tokens, for tests, and for people who want to know what the app did."""

import threading
from dataclasses import asdict, dataclass

from sandbox.slack.controls import Json


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call: what was asked, and what the app was told, if it was told anything."""

    method: str
    arguments: Json
    status: int
    answer: Json
    at: float
    lost: bool = False

    @property
    def error(self) -> str | None:
        """The error's name; None when the call succeeded."""
        return self.answer.get("error")


class CallLog:
    """The calls, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[ApiCall] = []

    def add(self, call: ApiCall) -> None:
        """Record a call."""
        with self._lock:
            self._calls.append(call)

    def of(self, method: str | None = None) -> tuple[ApiCall, ...]:
        """The calls of one method, or all."""
        with self._lock:
            return tuple(one for one in self._calls if method in (None, one.method))

    def clear(self) -> None:
        """Forget them."""
        with self._lock:
            self._calls.clear()

    def as_json(self, method: str | None = None) -> list[Json]:
        """The same for another process."""
        return [asdict(one) for one in self.of(method)]
