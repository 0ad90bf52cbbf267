"""A ticket: one plan, who asked for it, what became of it. The row is the truth; this is a frozen copy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.plan import Plan
from bot.words import Words


class State(StrEnum):
    """Where a ticket is in its life."""

    PENDING = "pending"
    APPROVED = "approved"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    IN_DOUBT = "in doubt"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    STALE = "stale"

    @property
    def is_final(self) -> bool:
        """Whether nothing will happen to the ticket any more."""
        return self not in {State.PENDING, State.APPROVED, State.RUNNING}


class Event(StrEnum):
    """What the audit records, of a ticket in the order of its life."""

    REQUESTED = "requested"
    REFUSED = "refused"
    """Somebody tried what they may not, or was too late; nothing changed."""
    APPROVED = "approved"
    """One lead's vote; the detail says whether it was the last one needed."""
    DISCOUNTED = "discounted"
    """The vote of somebody who isn't a lead any more was taken away; the audit's person is whose it was."""
    SAME_PERSON = "same person"
    """A vote was taken away because its lead is somebody who has another one, or who asked for this, by another id."""
    REOPENED = "reopened"
    """Approved, but before anything was sent not enough votes counted any more: it waits for leads again."""
    WAITING = "waiting"
    """Approved, but nothing is sent, because Slack doesn't say who may do what; it is tried again."""
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REMINDED = "reminded"
    REMINDED_BY_HAND = "nudged"
    """Somebody had the leads mentioned once more."""
    STARTED = "started"
    SENDING = "sending"
    """Written before a call leaves."""
    SENT = "sent"
    """Cognito answered; the detail holds the AWS request id."""
    CALL_FAILED = "call failed"
    REREAD = "re-read"
    STALE = "stale"
    DONE = "done"
    FAILED = "failed"
    IN_DOUBT = "in doubt"
    UNNAMED_LOSS = "unnamed loss"
    CONFIRMED = "confirmed"
    """The account's own user, signed in, has entered the code for the address; it shows as verified."""
    HANDED_OVER = "handed over"
    """A team was mentioned that has to do something; recorded without a ticket, and without what it was told."""
    CHALLENGED = "challenged"
    """An customer action's sign-in asks for one more answer. What customer actions do is recorded without a ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One lead's approval."""

    person: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value that was read again after the calls: is it what the plan said?"""

    subject: str
    """The user name, pool or provider."""
    what: str
    planned: str
    found: str

    @property
    def as_planned(self) -> bool:
        """Whether the value is the planned one."""
        return self.planned == self.found


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a ticket; which fields are filled depends on its state."""

    sent_at: datetime | None = None
    request_ids: tuple[str, ...] = ()
    reread_at: datetime | None = None
    readings: tuple[Reading, ...] = ()
    failed_call: int = 0
    """Failed: the number of the call that failed, counted from 1."""
    words: Words | None = None
    """Failed, in doubt, stale: what happened, in plain words."""
    done_before: tuple[str, ...] = ()
    """Failed: the calls (as shown) that had succeeded before."""
    by: str = ""
    """Denied, withdrawn: who."""
    reason: str = ""
    """Denied: why."""
    unnamed: tuple[str, ...] = ()
    """User names of people who lost the address though the plan didn't name them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One ticket as the database holds it."""

    id: int
    state: State
    scenario: str
    pool: str
    """The pool's name in the settings."""
    form: Mapping[str, Any]
    """The submitted form, JSON-ready; never a secret."""
    plan: Plan
    observed: Mapping[str, Any]
    """What the plan was made from, by subject; compared again before anything is sent."""
    needed: int
    """How many leads have to agree."""
    votes: tuple[Vote, ...]
    requester: str
    reason: str
    authors: frozenset[str]
    """Everyone who asked for this or for what it builds on; their votes never count."""
    channel: str
    ts: str
    """The card's message; empty until it is posted. A click counts only on this message."""
    origin: str
    """Permalink of the check it was born from, or empty."""
    parent: int | None
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    outcome: Outcome
