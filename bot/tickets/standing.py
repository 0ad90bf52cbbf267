"""What the approvals of a ticket are worth at one moment, as the tickets ask it; `bot.desk.judging` answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.plan import Refused
from bot.ticket import Ticket
from bot.words import Person, Words, say


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


class Judge(Protocol):
    """Asks Slack anew. What was read before the call never counts; calls at the same time share a read."""

    def standing(self, ticket: Ticket, *, voters: Iterable[str] = ()) -> Standing:
        """Judge everyone who voted, and ``voters`` besides. May wait for Slack's rates. Raises `Unjudged`."""


def may_not_ask(requester: str) -> Words:
    """Return why a ticket ends whose requester may no longer ask."""
    return say("{who}, who asked for this, may not ask for anything here any more.", who=Person(requester))
