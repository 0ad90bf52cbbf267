"""A sign-in that waits for its next challenge to be answered."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.cognito.errors import not_authorized

if TYPE_CHECKING:
    from sandbox.cognito.pool import SandboxPool

DEFAULT_MINUTES = 3


@dataclass(slots=True, kw_only=True)
class Session:
    """One step of a sign-in: who, through which client, and which challenge is open until when."""

    username: str
    client_id: str
    challenge: str
    expires: datetime
    used: bool = False


def open_session(pool: SandboxPool, client_id: str, username: str, challenge: str, *, now: datetime) -> str:
    """Begin a step and return its opaque ``Session`` string; it lives as long as the app client says."""
    minutes = pool.clients[client_id].extended_config.get("AuthSessionValidity") or DEFAULT_MINUTES
    token = secrets.token_urlsafe(96)
    pool.sessions[token] = Session(
        username=username, client_id=client_id, challenge=challenge, expires=now + timedelta(minutes=minutes)
    )
    return token


def read_session(pool: SandboxPool, token: str, client_id: str, challenge: str, *, now: datetime) -> Session:
    """Return the open step, or raise what Cognito says of a wrong, used or old one."""
    session = pool.sessions.get(token)
    if session is None or session.client_id != client_id or session.challenge != challenge:
        raise not_authorized("Invalid session for the user.")
    if session.used:
        raise not_authorized("Invalid session for the user, session can only be used once.")
    if now >= session.expires:
        raise not_authorized("Invalid session for the user, session is expired.")
    return session
