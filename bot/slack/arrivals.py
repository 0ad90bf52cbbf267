"""Whether what was committed stands in the channel by now: nobody is sent there to look for what isn't there yet."""

import time

from sqlalchemy import ColumnElement, exists, select

from bot.tickets import store
from bot.tickets.store import Store

PATIENCE = 2.0
"""Seconds for which somebody who has asked is kept waiting for their message to be posted."""

_FIRST_LOOK, _LONGEST_LOOK = 0.02, 0.25
"""Seconds between two looks: soon after the first, since most messages are posted at once."""


class Arrivals:
    """Waits for messages, in the thread of whoever asks; never for longer than its patience, in seconds."""

    def __init__(self, database: Store, *, patience: float = PATIENCE) -> None:
        self._store = database
        self._patience = patience

    def card(self, ticket: int) -> bool:
        """Wait for a ticket's card, and return whether it is posted."""
        conversation = select(store.ticket.c.conversation).where(store.ticket.c.id == ticket).scalar_subquery()
        return self._comes(_has_root(store.conversation.c.id == conversation))

    def root(self, conversation: int) -> bool:
        """Wait for the root message of a conversation, and return whether it is posted."""
        return self._comes(_has_root(store.conversation.c.id == conversation))

    def replies(self, conversation: int) -> bool:
        """Wait for everything that was to be said in a conversation, and return whether nothing of it is left."""
        return self._comes(~exists().where(store.outbox.c.conversation == conversation))

    def beneath_card(self, ticket: int) -> bool:
        """Wait for everything that was to be said beneath a ticket's card, and return whether nothing of it is left."""
        conversation = select(store.ticket.c.conversation).where(store.ticket.c.id == ticket).scalar_subquery()
        return self._comes(~exists().where(store.outbox.c.conversation == conversation))

    def _comes(self, wanted: ColumnElement[bool]) -> bool:
        until, look = time.monotonic() + self._patience, _FIRST_LOOK
        while not self._is_so(wanted):
            left = until - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(look, left))
            look = min(2 * look, _LONGEST_LOOK)
        return True

    def _is_so(self, wanted: ColumnElement[bool]) -> bool:
        with self._store.reading() as connection:
            return bool(connection.execute(select(wanted)).scalar_one())


def _has_root(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(which, store.conversation.c.ts != "")
