"""The plain page tokens of the shorter lists."""

from __future__ import annotations

from sandbox.cognito.errors import invalid


def start_of(token: str) -> int:
    """Return the position at which a page begins."""
    if token and not token.isdecimal():
        raise invalid("Invalid pagination token.")
    return int(token or 0)
