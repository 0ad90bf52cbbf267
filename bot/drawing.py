"""Draws what the outbox holds by number: a ticket's card as its row is now, and the reply that links a check to it."""

import logging

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import select

from bot import cards, store
from bot.message import Message
from bot.outbox import Outbox
from bot.ticket import Ticket
from bot.tickets import Tickets

log = logging.getLogger(__name__)


class Drawing:
    """The writer's drawing hand."""

    def __init__(self, tickets: Tickets, outbox: Outbox, client: WebClient, *, leads: tuple[str, ...]) -> None:
        self._tickets = tickets
        self._outbox = outbox
        self._client = client
        self._leads = leads

    def card(self, ticket: int) -> Message:
        """Draw a ticket's card from its row."""
        self._find_origin(ticket)
        return cards.card(self._read(ticket), leads=self._leads)

    def born(self, ticket: int, permalink: str) -> Message:
        """Draw the reply that links a check to the ticket that was born from it."""
        return cards.born(self._read(ticket), permalink)

    def _read(self, ticket: int) -> Ticket:
        with self._tickets.store.reading() as connection:
            return self._tickets.reload(connection, ticket)

    def _find_origin(self, ticket: int) -> None:
        """Learn the address of the check that a ticket was born from, once; a card without it is still a card."""
        with self._tickets.store.reading() as connection:
            origin = connection.execute(
                select(store.conversation)
                .join(store.ticket, store.ticket.c.origin == store.conversation.c.id)
                .where(store.ticket.c.id == ticket)
            ).first()
        if origin is None or not origin.ts or origin.permalink:
            return
        try:
            answer = self._client.chat_getPermalink(channel=origin.channel, message_ts=origin.ts)
            self._outbox.keep_permalink(origin.id, str(answer["permalink"]))
        except (SlackApiError, OSError) as error:
            log.warning("ticket %d: no link to its check (%s)", ticket, type(error).__name__)
