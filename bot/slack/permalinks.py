"""The addresses of messages, asked of Slack once and kept."""

import logging
from collections.abc import Iterable, Mapping

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.tickets.outbox import Outbox

log = logging.getLogger(__name__)

_MOST_LOOKED_AT = 15
"""Cards that Slack is asked about at a time: as many as a list shows."""

_POSTED = 3.0
"""Seconds for which somebody who wants a link waits for a card that is being posted again."""


class Permalinks:
    """Answers from the database, or from Slack."""

    def __init__(self, outbox: Outbox, client: WebClient) -> None:
        self._outbox = outbox
        self._client = client

    def of(self, conversation: int, channel: str, ts: str, known: str) -> str:
        """Return the address of a conversation's root message; empty while there is none, or none to be had."""
        if known or not ts:
            return known
        try:
            found = str(self._client.chat_getPermalink(channel=channel, message_ts=ts)["permalink"])
        except (SlackApiError, OSError) as error:
            log.warning("conversation %d: no link to it (%s)", conversation, type(error).__name__)
            return ""
        self._outbox.keep_permalink(conversation, found)
        return found

    def standing(self, tickets: Iterable[int]) -> Mapping[int, str]:
        """Return the addresses of tickets' cards that stand in Slack now.

        One that somebody has deleted is posted again, and left out if that takes too long. Only the first few are
        looked for in Slack.
        """
        numbers = list(tickets)
        gone = []
        for ticket in numbers[:_MOST_LOOKED_AT]:
            found = self._is_gone(ticket)
            if found is None:
                break
            gone += [ticket] if found else []
        for ticket in gone:
            self._outbox.wait_for_card(ticket, _POSTED)
        return self.cards(numbers)

    def _is_gone(self, ticket: int) -> bool | None:
        """Whether somebody has deleted a ticket's card; then it is posted again. None: Slack doesn't say."""
        conversation, channel, ts, known = self._outbox.card_of(ticket)
        if not ts:
            return False
        try:
            found = str(self._client.chat_getPermalink(channel=channel, message_ts=ts)["permalink"])
        except (SlackApiError, OSError) as error:
            if not (isinstance(error, SlackApiError) and error.response["error"] == "message_not_found"):
                log.warning("conversation %d: nobody knows whether it stands (%s)", conversation, type(error).__name__)
                return None
            log.warning("ticket %d: its card is gone; it is posted again", ticket)
            self._outbox.gone(ticket, ts)
            return True
        if found != known:
            self._outbox.keep_permalink(conversation, found)
        return False

    def cards(self, tickets: Iterable[int]) -> Mapping[int, str]:
        """Return the addresses of tickets' cards, as far as they are posted."""
        found = {ticket: self.of(*self._outbox.card_of(ticket)) for ticket in tickets}
        return {ticket: link for ticket, link in found.items() if link}
