"""Draws what the outbox holds by number: a ticket's card as its row is now, and the reply that links a check to it."""

from collections.abc import Callable

from sqlalchemy import select

from bot import slack_errors
from bot.slack import cards, direct
from bot.slack.permalinks import Permalinks
from bot.slack_errors import Told
from bot.ticket import Ticket
from bot.tickets import follow_ups, store
from bot.tickets.follow_ups import RelatedTickets
from bot.tickets.message import Message
from bot.tickets.transitions import Tickets


class Drawing:
    """The writer's drawing hand."""

    def __init__(
        self,
        tickets: Tickets,
        permalinks: Permalinks,
        *,
        leads: Callable[[], tuple[str, ...]],
        told: Told = slack_errors.told,
    ) -> None:
        """``leads``: whom to mention at this moment. ``told``: what a refusal of Slack's is in words."""
        self._tickets = tickets
        self._permalinks = permalinks
        self._leads = leads
        self._told = told

    def card(self, ticket: int) -> Message:
        """Draw a ticket's card from its row."""
        self._find_origin(ticket)
        drawn = self._read(ticket)
        return cards.card(drawn, leads=self._leads(), related=self._related(drawn))

    def created_from(self, ticket: int, permalink: str) -> Message:
        """Draw the reply that links a check, or an earlier request, to the ticket that was born from it."""
        return cards.created_from(self._read(ticket), permalink)

    def unseen(self, ticket: int) -> Message | None:
        """Draw what the one who asked is told while the ticket's channel takes nothing; None where it does."""
        with self._tickets.store.reading() as connection:
            refused = self._tickets.outbox.refusal(connection, ticket)
            drawn = self._tickets.reload(connection, ticket)
        return direct.unseen(drawn, self._told(refused, drawn.channel)) if refused else None

    def _read(self, ticket: int) -> Ticket:
        with self._tickets.store.reading() as connection:
            return self._tickets.reload(connection, ticket)

    def _related(self, ticket: Ticket) -> RelatedTickets:
        with self._tickets.store.reading() as connection:
            after = follow_ups.of(connection, ticket.id)
        around = [*([ticket.parent] if ticket.parent is not None else []), *(each.ticket for each in after)]
        return RelatedTickets(after=after, links=self._permalinks.cards(around))

    def _find_origin(self, ticket: int) -> None:
        """Learn the address of the check that a ticket was born from, once; a card without it is still a card."""
        with self._tickets.store.reading() as connection:
            origin = connection.execute(
                select(store.conversation)
                .join(store.ticket, store.ticket.c.origin == store.conversation.c.id)
                .where(store.ticket.c.id == ticket)
            ).first()
        if origin is not None:
            self._permalinks.of(origin.id, origin.channel, origin.ts, origin.permalink)
