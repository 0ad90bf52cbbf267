"""What the desk itself has done before, as far as a plan may ask; read-only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.cognito import User
from bot.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One earlier change that was carried out, or begun."""

    ticket: int | None
    """None for an errand, which the customer's own sign-in authorised."""
    at: datetime
    authors: frozenset[str]
    """Slack ids of everyone who asked, anywhere up its chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One request that waits for a decision."""

    ticket: int
    pool: str
    summary: Words
    requester: str
    """Slack id."""
    waited: timedelta
    until: datetime
    """When it expires."""
    left: int
    """How many leads have to agree yet."""
    nudged: datetime | None
    """When somebody had the leads mentioned again, if anybody had."""
    card: str
    """The permalink of its card; empty while there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of the audit."""

    at: datetime
    event: str
    """What happened, in the audit's own word: ``requested``."""
    person: str
    """Slack id of whoever did it; empty for the desk itself."""
    ticket: int | None
    """The request it belongs to; None for what a customer's own credential did."""
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """One request, whatever became of it."""

    summary: Words
    reason: str
    state: str
    card: str
    """The permalink of its card; empty while there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the desk has on record of somebody in one pool."""

    steps: tuple[Step, ...]
    """The newest, oldest of them first."""
    tickets: Mapping[int, Filed]
    """The requests that the steps belong to, by number."""
    earlier: int
    """How many steps there were before."""


class Ledger(Protocol):
    """Reads tickets and audit."""

    def waiting(self) -> tuple[Waiting, ...]:
        """Return what waits for a decision in any pool, oldest first."""

    def history(self, reference: str, users: Iterable[User], *, most: int) -> History:
        """Return the newest steps that concern these users, or a user name, sub or address that the desk remembers.

        An address stands for every account that has carried it in a request.
        """

    def changed_email(self, user: User, *, within_hours: int) -> tuple[Past, ...]:
        """Return the desk's own changes of this user's address in the last hours, newest first.

        A change counts from the moment its call may have been sent.
        """
