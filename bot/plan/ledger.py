"""What the desk itself has done before, as far as a plan may ask; read-only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.cognito import User
from bot.plan.plan import Plan, Risk
from bot.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An address that the desk wrote to an account, and that the account's own user has not confirmed since.

    Confirmed means: that user, signed in (GetUser shows the account's sub), entered the code that went to the address.
    """

    address: str
    """As it was written; empty where an older desk didn't keep it, which stands for any address."""
    authors: frozenset[str]
    """Slack ids of everyone who asked for it, anywhere up its chain."""
    signed_up: bool = False
    """Whether the account was signed up with it, rather than given it afterwards or by an administrator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedOff:
    """An account that had an address until the desk wrote another one, which its own user has not confirmed since."""

    name: str
    """The user name."""
    sub: str
    authors: frozenset[str]
    """Slack ids of everyone who asked for that, anywhere up its chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """An earlier request for the same account or address."""

    ticket: int
    summary: Words
    requester: str
    """Slack id."""
    at: datetime
    """When it was denied; of one that waits, when it was asked."""
    by: str = ""
    """Slack id of the lead who denied it."""
    reason: str = ""
    """Why it was denied."""
    card: str = ""
    """The permalink of its card; empty while there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What leads have to know of other requests before they decide about one; each newest first."""

    denied: tuple[Related, ...] = ()
    waiting: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One request that waits for a decision."""

    ticket: int
    pool: str
    risk: Risk
    summary: Words
    danger: Words | None = None
    """What makes its risk high, before all who loses something by it; None for a normal risk."""
    requester: str
    """Slack id."""
    waited: timedelta
    until: datetime
    """When it expires."""
    left: int
    """How many leads have to agree yet."""
    reminded_by_hand: datetime | None
    """When somebody had the leads mentioned again, if anybody had."""
    remind_from: datetime | None = None
    """From when on they can be mentioned again; None for now."""
    card: str
    """The permalink of its card; empty while there is none."""
    unseen: Words | None = None
    """Why its channel doesn't take the card, and the cure; None where it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """Who can in fact decide about a request that waits, at this moment."""

    words: Words
    """Says who; or why not enough people can, and what to do."""
    reader: bool
    """Whether it is one of those who reads this."""
    is_closed: bool = False
    """Whether nothing can be decided or posted where the request stands, as the words say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of the audit."""

    at: datetime
    event: str
    """What happened, in the audit's own word: ``requested``."""
    person: str
    """Slack id of the person who did it; empty for the desk itself."""
    ticket: int | None
    """The request it belongs to; None for what a customer's own credential did."""
    detail: Mapping[str, Any]
    words: Words = Words("")  # noqa: RUF009 - it is frozen
    """What somebody was told in that moment, with mentions of the people in it; empty for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """One request, whatever became of it."""

    summary: Words
    reason: str
    proof: str
    """How the customer proved themselves; empty where nobody had to say that."""
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
        """Return what waits for a decision in any pool; what expires first comes first."""

    def deciding(self, ticket: int) -> Deciding:
        """Return who can decide about a request that waits. May ask Slack."""

    def history(self, reference: str, users: Iterable[User], *, most: int) -> History:
        """Return the newest steps that concern these users, or a user name, sub or address that the desk remembers.

        An address stands for every account that has carried it in a request.
        """

    def written(self, user: User) -> tuple[Written, ...]:
        """Return the addresses that the desk wrote to this account and that its user has not confirmed since.

        An address counts as written from the moment its call may have been sent.
        """

    def moved_off(self, address: str, *, other_than: User | None) -> tuple[MovedOff, ...]:
        """Return the other accounts that the desk took this address off, and whose users have not confirmed that."""

    def earlier(self, plan: Plan) -> Earlier:
        """Return the requests for a plan's accounts and address that were denied, and those that wait now."""
