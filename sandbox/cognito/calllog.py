"""The log of all calls that reached the sandbox's Cognito, with every secret masked."""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

MASK = "•••"
_SECRET = frozenset(
    {
        "AccessToken",
        "RefreshToken",
        "IdToken",
        "Session",
        "SecretHash",
        "SECRET_HASH",
        "Password",
        "TemporaryPassword",
        "ProposedPassword",
        "PreviousPassword",
        "PASSWORD",
        "NEW_PASSWORD",
        "REFRESH_TOKEN",
        "Code",
        "ConfirmationCode",
        "UserCode",
        "SMS_MFA_CODE",
        "EMAIL_OTP_CODE",
        "SOFTWARE_TOKEN_MFA_CODE",
        "client_secret",
        "private_key",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """One call: when, what, with which parameters, and how it ended."""

    at: datetime
    operation: str
    parameters: Mapping[str, Any]
    pool_id: str
    request_id: str
    outcome: str
    """``ok``, or the error's code."""
    answered: bool = True
    """False when the connection was cut before the answer went out."""
    access_key: str = ""
    """Which key signed it; empty where nothing did."""
    account: str = ""
    """The account that the key belongs to."""
    session_name: str = ""
    """For a role that was assumed, what that session is called."""

    def as_json(self) -> dict[str, Any]:
        """Return the call for the control interface."""
        return {**asdict(self), "at": self.at.isoformat()}


class CallLog:
    """All calls in the order in which they ended; safe to use from several threads."""

    def __init__(self) -> None:
        self._calls: list[LoggedCall] = []
        self._lock = threading.Lock()

    def add(self, call: LoggedCall) -> None:
        """Append one call."""
        with self._lock:
            self._calls.append(call)

    def list(self, operation: str = "", *, pool_id: str = "") -> tuple[LoggedCall, ...]:
        """Return the calls: all, or those of one operation, or of one pool."""
        with self._lock:
            calls = tuple(self._calls)
        return tuple(
            call
            for call in calls
            if call.operation == (operation or call.operation) and call.pool_id == (pool_id or call.pool_id)
        )

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls.clear()


def masked(value: Any) -> Any:
    """Return parameters with passwords, tokens, codes and provider secrets replaced."""
    if isinstance(value, dict):
        return {key: MASK if key in _SECRET else masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value
