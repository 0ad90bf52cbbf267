"""A ticket: one plan, who asked for it, what its approvals are worth, what became of it.

The database's row is the truth; this is a frozen copy. It is long because all that the audit records stands here.
"""

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, TypeAdapter

from bot.answer import Refused
from bot.plan import Plan
from bot.words import Person, Words, say

StoredTime = Annotated[datetime, PlainSerializer(lambda at: at.isoformat())]
"""A time, in the database's JSON with its offset in digits."""


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


MAY_HAVE_CHANGED = frozenset({State.DONE, State.FAILED, State.IN_DOUBT})
"""The states in which something may have been changed for somebody."""


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
    ESCALATED = "escalated"
    """Nobody had decided for as long as the settings say: whom they name was mentioned, and got no right by it."""
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
    TOLD = "told"
    """Somebody wrote down that they told an account's person what it lost; the detail has the user name."""
    PAUSED = "paused"
    """A run over many people sends nothing more for now; by a person, or by the desk, with words."""
    RESUMED = "resumed"
    STOPPED = "stopped"
    """A run over many people sends nothing more; what is done stays."""
    HALF_DONE = "half done"
    ONE_DONE = "done for one"
    """Of one person of a run; whom, say the keys beside the row (`bot.tickets.audit`)."""
    ONE_FAILED = "failed for one"
    ONE_IN_DOUBT = "in doubt for one"
    ONE_LEFT_OUT = "left out"
    """Nothing was sent for one person of a run, because they don't fit any more."""
    CONFIRMED = "confirmed"
    """The account's own user, signed in, has entered the code for the address; it shows as verified."""
    HANDED_OVER = "handed over"
    """A team was mentioned that has to do something; recorded without a ticket, and without what it was told."""
    POOL_CHECK = "pool check"
    """A check of a whole pool was begun, or has ended; recorded without a ticket, and the detail names no customer."""
    FORGOTTEN = "forgotten"
    """What named a customer was removed at the operator's wish; the detail says of which rows, not whose it was."""
    CHALLENGED = "challenged"
    """A customer action's sign-in asks for one more answer. What customer actions do is recorded without a ticket."""


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
class LossTold:
    """Who told somebody of what they lost."""

    name: str
    """The user name of the one who lost something."""
    by: str
    """Slack id."""
    at: StoredTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a ticket; which fields are filled depends on its state."""

    sent_at: StoredTime | None = None
    request_ids: tuple[str, ...] = ()
    reread_at: StoredTime | None = None
    readings: tuple[Reading, ...] = ()
    failed_call: int = 0
    """Failed: the number of the call that failed, counted from 1."""
    words: Words | None = None
    """Failed, in doubt, stale: what happened, in plain words."""
    says_unchanged: Annotated[bool, Field(exclude_if=operator.not_)] = False
    """Failed: whether the words say already that the call changed nothing. Older desks didn't write that down."""
    accepted: Annotated[int, Field(exclude_if=operator.not_)] = 0
    """Done: of a request over many people, for how many Cognito accepted the call."""
    done_before: tuple[str, ...] = ()
    """Failed: the calls (as shown) that had succeeded before."""
    by: str = ""
    """Denied, withdrawn: who."""
    reason: str = ""
    """Denied: why."""
    unnamed: tuple[str, ...] = ()
    """User names of people who lost the address though the plan didn't name them."""
    told: Annotated[tuple[LossTold, ...], Field(exclude_if=operator.not_)] = ()
    """Of those who lost something, whom somebody has told since. Older desks didn't ask for that."""


PLANS, OUTCOMES = TypeAdapter(Plan), TypeAdapter(Outcome)
"""Write plans and outcomes into the database's JSON, ``dump_python(…, mode="json")``, and read them from there."""


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
    """Permalink of the check it was created from, or empty."""
    parent: int | None
    conversation: int
    """The outbox's conversation that its card and its thread are."""
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    outcome: Outcome

    @property
    def losers(self) -> tuple[str, ...]:
        """The user names of those who lost something and should be told; in doubt, of those who may have lost it.

        The customer whom it was for is told anyhow.
        """
        if self.state not in MAY_HAVE_CHANGED:
            return ()
        outcome, plan = self.outcome, self.plan
        # The call that failed changed nothing.
        sent = plan.calls[: max(0, outcome.failed_call - 1)] if self.state is State.FAILED else plan.calls
        kept = {(reading.subject, reading.what) for reading in outcome.readings if not reading.as_planned}
        helped = {change.subject.name for change in plan.changes if not change.loses and plan.tell_customer is not None}
        named = (
            change.subject.name
            for change in plan.changes
            if change.loses and change.readable and change.subject.name not in helped
            if (change.subject.name, change.what) not in kept
        )
        lost = named if any(call.settles_address for call in sent) else ()
        return tuple(dict.fromkeys((*lost, *outcome.unnamed)))

    @property
    def proof(self) -> str:
        """How the customer proved themselves, as the one who asked says; empty where nobody had to say that."""
        return str(self.form.get("proof") or "")


class Unjudged(Refused):
    """Slack didn't say who may do what, so nobody may, until it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whose votes count, how many are needed, and whether the one who asked still may ask."""

    voters: frozenset[str]
    """Whose votes were judged, each by the id that the vote has."""
    lost: frozenset[str]
    """Those of them who aren't leads any more."""
    needed: int
    """How many have to count: by today's settings or by those of the day it was asked, the higher number."""
    may_ask: bool
    """Whether the one who asked is still one who may."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """What tells voters and authors of the ticket apart, by the id that is stored; a missing one stands for itself."""

    def covers(self, ticket: Ticket) -> bool:
        """Whether everyone who has voted by now was judged."""
        return self.voters.issuperset(vote.person for vote in ticket.votes)

    def ids_of(self, key: str) -> frozenset[str]:
        """Return the stored ids that mean the person whose key this is."""
        return frozenset(stored for stored, its in self.keys.items() if its == key)

    def lost_votes(self, ticket: Ticket) -> tuple[str, ...]:
        """Return whose votes on a ticket don't count because they aren't leads any more, in the order of the votes."""
        return tuple(vote.person for vote in ticket.votes if vote.person in self.lost)

    def repeated_votes(self, ticket: Ticket) -> tuple[str, ...]:
        """Return the ids whose votes don't count because that person asked for it, or counts already by another id.

        There are such only among votes that were counted before Slack, or the desk, knew of the second id.
        """
        seen = {self._key(author) for author in ticket.authors}
        repeated = []
        for person in (vote.person for vote in ticket.votes if vote.person not in self.lost):
            if self._key(person) in seen:
                repeated.append(person)
            seen.add(self._key(person))
        return tuple(repeated)

    def suffices(self, ticket: Ticket) -> bool:
        """Whether enough of a ticket's votes count."""
        return len(ticket.votes) - len(self.lost_votes(ticket)) - len(self.repeated_votes(ticket)) >= self.needed

    def _key(self, stored: str) -> str:
        return self.keys.get(stored, stored)


def may_not_ask(requester: str) -> Words:
    """Return why a ticket ends whose requester may no longer ask."""
    return say("{who}, who asked for this, may not ask for anything here any more.", who=Person(requester))


def as_compared(plan: Plan) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return a plan's calls and changes as JSON that is equal where the same is to be sent for the same effect.

    Left out is what older desks didn't write: why a re-read can't show something, and how old an account is.
    """
    stored = PLANS.dump_python(plan, mode="json")
    return stored["calls"], [_effect(change) for change in stored["changes"]]


def _effect(change: dict[str, Any]) -> dict[str, Any]:
    subject = {name: value for name, value in change["subject"].items() if name != "created"}
    kept = {name: value for name, value in change.items() if name != "unseen_because"}
    return {**kept, "subject": subject}
