"""What the desk itself has done before, as far as a plan may ask; read-only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.cognito import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One earlier ticket that was carried out, or begun."""

    ticket: int
    at: datetime
    authors: frozenset[str]
    """Slack ids of everyone who asked, anywhere up its chain."""


class Ledger(Protocol):
    """Reads tickets and audit."""

    def changed_email(self, user: User, *, within_hours: int) -> tuple[Past, ...]:
        """Return the desk's own changes of this user's address in the last hours, newest first.

        A change counts from the moment its call may have been sent.
        """
