"""A plan over many people: who they are, frozen at the moment of asking, who is left out and why, and how fast it goes.

A `Plan` with `Many` has one call, without a user name: it is sent for each of them, who are planned again one by one
right before their own call (`bot.tickets.bulk_people`).
"""

import hashlib
import operator
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import Field, PlainSerializer

from bot.words import Words

MOST_PEOPLE = 100_000
"""People in one run. Their list is in memory while it is planned: about 40 MB."""

SAMPLE = 10
"""Of them, how many stand on the card by name."""


class Act(StrEnum):
    """What is done for each of them."""

    VERIFY = "verify"
    """The address becomes verified."""
    UNVERIFY = "unverify"
    """The flag goes back to what it was: the undo of `VERIFY`."""
    INVITE = "invite"
    """The invitation is mailed once more."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """One person of a list, as the pool's last check, or Cognito itself, showed them."""

    sub: str
    name: str
    """The user name."""
    address: str
    """As it is stored."""
    left_out: Words | None = None
    """Why nothing is done for them; None where something is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """For how many nothing is done, for one reason."""

    words: Words
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """What a card says of a list of people."""

    act: Act
    people: int
    """For how many something is done."""
    digest: str
    """SHA-256 of the list, in hexadecimal: another list is another request."""
    sample: Annotated[tuple[str, ...], Field(exclude=True)] = ()
    """The user names of some of them, while it is planned: a stored plan names nobody."""
    left_out: tuple[LeftOut, ...]
    """By reason, most people first."""
    ground: Words
    """Why it is right for all of them."""
    provider: str = ""
    """Whose word on the address is the ground, which has to be mapped still when it begins; empty for another one."""
    a_second: float
    """Calls a second that its share of AWS's rate allows."""
    mails_a_day: int = 0
    """How many mails may leave a day; 0 where nothing is mailed."""
    seen_at: Annotated[datetime, PlainSerializer(lambda at: at.isoformat())]
    """When the list was read from the pool."""
    later: Annotated[int, Field(exclude_if=operator.not_)] = 0
    """How many may fit besides, and are too many for one run."""

    @property
    def seconds(self) -> float:
        """How long it takes, as far as AWS's rate alone decides that."""
        return self.people / self.a_second


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Everyone whom a request over many people was weighed for."""

    everyone: Sequence[Somebody]
    """Those who are left out among them."""
    seen_at: datetime
    a_second: float
    mails_a_day: int = 0
    later: int = 0

    @property
    def people(self) -> Sequence[Somebody]:
        """Those for whom something is done."""
        return [each for each in self.everyone if each.left_out is None]

    def many(self, act: Act, ground: Words, *, provider: str = "") -> Many:
        """Return what the card says of it."""
        people = self.people
        reasons = Counter(each.left_out for each in self.everyone if each.left_out is not None)
        return Many(
            act=act,
            people=len(people),
            digest=_digest(people),
            sample=tuple(each.name for each in people[:: max(1, len(people) // SAMPLE)][:SAMPLE]),
            left_out=tuple(LeftOut(words=words, people=n) for words, n in reasons.most_common()),
            ground=ground,
            provider=provider,
            a_second=self.a_second,
            mails_a_day=self.mails_a_day,
            seen_at=self.seen_at,
            later=self.later,
        )


def _digest(people: Iterable[Somebody]) -> str:
    digest = hashlib.sha256()
    for each in people:
        digest.update(f"{each.sub}\0{each.name}\0{each.address}\n".encode())
    return digest.hexdigest()


class Everyone(Protocol):
    """The users of one pool as its last check read them, and what speaks against doing something for each of them."""

    def unverified(self, provider: str) -> Listing:
        """Return those whose address isn't verified and who sign in through a provider. Raises `Refused`."""

    def listed(self, named: Mapping[str, int]) -> Listing:
        """Return those whose address isn't verified and who were named, by user name or address. Raises `Refused`.

        ``named``: the line of each name in the list from outside.
        """

    def invited(self, most: int) -> Listing:
        """Return those whose invitation has certainly expired, no more than mails may leave today. Raises `Refused`.

        ``most``: how many mails may leave a day.
        """

    def done(self, ticket: int) -> Listing:
        """Return those for whom an earlier run did something that can be undone. Raises `Refused`."""
