"""What was asked in answer to a ticket that is over, and what its card may therefore still offer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from bot.ticket import State, Ticket
from bot.tickets import store, undo

_UNDOING = frozenset({State.PENDING, State.APPROVED, State.RUNNING, State.DONE})
"""The states of an undo that leave no room for another."""

_WORTH_ASKING_AGAIN = frozenset({State.EXPIRED, State.STALE, State.FAILED})
"""Where nobody decided against it and asking once more may come to another end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """One ticket that was asked in answer to another."""

    ticket: int
    scenario: str
    state: State
    requester: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedTickets:
    """What a ticket's card says of the tickets before and after it."""

    after: tuple[FollowUp, ...] = ()
    """Those that answer it, oldest first."""
    links: Mapping[int, str] = field(default_factory=dict)
    """The addresses of cards, by ticket, as far as they are known."""

    @property
    def undoing(self) -> FollowUp | None:
        """The undo that was asked for, or has been carried out."""
        return _undoing(self.after)

    @property
    def again(self) -> FollowUp | None:
        """The ticket by which the same was asked once more."""
        return next((each for each in reversed(self.after) if each.scenario != undo.NAME), None)

    def may_be_undone(self, ticket: Ticket) -> bool:
        """Whether the ticket's card offers Undo."""
        return undo.offered(ticket) and self.undoing is None

    def may_be_asked_again(self, ticket: Ticket) -> bool:
        """Whether the ticket's card offers Ask again. An undo is asked for again where it was asked for first."""
        return ticket.state in _WORTH_ASKING_AGAIN and ticket.scenario != undo.NAME and self.again is None


ALONE = RelatedTickets()
"""A ticket that answers none, and that none answers."""


def of(connection: Connection, ticket: int) -> tuple[FollowUp, ...]:
    """Return the tickets that answer one, oldest first."""
    row = store.ticket.c
    found = connection.execute(
        select(row.id, row.scenario, row.state, row.requester).where(row.parent == ticket).order_by(row.id)
    )
    return tuple(
        FollowUp(ticket=each.id, scenario=each.scenario, state=State(each.state), requester=each.requester)
        for each in found
    )


def undoing(connection: Connection, ticket: int) -> FollowUp | None:
    """Return the undo of a ticket that leaves no room for another, if there is one."""
    return _undoing(of(connection, ticket))


def _undoing(after: tuple[FollowUp, ...]) -> FollowUp | None:
    return next((each for each in after if each.scenario == undo.NAME and each.state in _UNDOING), None)
