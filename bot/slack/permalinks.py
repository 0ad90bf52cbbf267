"""The addresses of messages, asked of Slack once and kept."""

import logging
from collections.abc import Iterable, Mapping

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.tickets.outbox import Outbox

log = logging.getLogger(__name__)


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

    def cards(self, tickets: Iterable[int]) -> Mapping[int, str]:
        """Return the addresses of tickets' cards, as far as they are posted."""
        found = {ticket: self.of(*self._outbox.card_of(ticket)) for ticket in tickets}
        return {ticket: link for ticket, link in found.items() if link}
