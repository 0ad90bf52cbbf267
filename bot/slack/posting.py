"""How a message of the outbox gets into Slack: posted once, edited, taken back; and where messages stand there."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import rates
from bot.tickets.message import Item, Message
from bot.tickets.outbox import Outbox

log = logging.getLogger(__name__)

_TAKING_BACK = 3
"""Tries to delete a message while Slack asks to wait."""

_LONGEST_WAIT = 5.0
"""Seconds that the writer waits for one such try; meanwhile it sends nothing else."""

_NO_ROOT = frozenset({"thread_not_found", "message_not_found"})


class RootGone(Exception):
    """Somebody has deleted the message that a reply was meant for, and the reply stands nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a message is tried; what Slack refuses of it gives way."""

    message: Message
    thread: str = ""
    """The message that it replies to; empty for one that stands in the channel by itself."""
    edits: str = ""
    """The message that it takes the place of; empty for a new one."""


def name(error: SlackApiError) -> str:
    """Return what Slack calls an error; empty where it says nothing."""
    return str(error.response.get("error") or "")


class Posting:
    """The Web API's methods for messages, for one thread."""

    def __init__(self, client: WebClient, *, wait: Callable[[float], object] = time.sleep) -> None:
        self._client = client
        self._wait = wait

    def edit(self, item: Item, form: Form) -> None:
        """Put a message in the place of an earlier one."""
        message = form.message
        self._client.chat_update(
            channel=item.channel, ts=form.edits, text=message.text, blocks=_marked(item, message), **_metadata(message)
        )

    def post(self, item: Item, form: Form) -> str:
        """Post a message, unless it has arrived before, and return its ``ts``. Raises `RootGone`.

        Slack posts a reply whose root is gone into the channel, without an error: it is taken back.
        """
        ts, thread = self._arrived(item, form.thread) or self._post(item, form)
        if form.thread and thread != form.thread:
            self._take_back(item, ts)
            raise RootGone
        return ts

    def permalink(self, channel: str, ts: str) -> str:
        """Return the address of a message."""
        return str(self._client.chat_getPermalink(channel=channel, message_ts=ts)["permalink"])

    def _post(self, item: Item, form: Form) -> tuple[str, str]:
        message = form.message
        answer = self._client.chat_postMessage(
            channel=item.channel,
            thread_ts=form.thread or None,
            text=message.text,
            blocks=_marked(item, message),
            unfurl_links=False,
            unfurl_media=False,
            **_metadata(message),
        )
        posted = answer.get("message")
        return str(answer["ts"]), form.thread if posted is None else str(posted.get("thread_ts") or "")

    def _arrived(self, item: Item, thread: str) -> tuple[str, str] | None:
        """Look for a message that may have been sent before, and return its ``ts`` and its thread's.

        Needs the optional history scopes; without them, None. Raises `RootGone`.
        """
        if not item.tries or item.is_direct:
            return None
        since = {"channel": item.channel, "oldest": f"{item.created_at - 60:.6f}", "limit": 200}
        try:
            if not thread:
                return self._found(item, self._client.conversations_history, since)
            try:
                return self._found(item, self._client.conversations_replies, {**since, "ts": thread})
            except SlackApiError as error:
                if name(error) not in _NO_ROOT:
                    raise
            # Its root is gone, and it may stand in the channel for that.
            stray = self._found(item, self._client.conversations_history, since)
        except SlackApiError as error:
            if name(error) != "missing_scope":
                raise
            return None
        if stray is None:
            raise RootGone
        return stray

    def _found(self, item: Item, read: Callable[..., Any], where: Mapping[str, Any]) -> tuple[str, str] | None:
        for page in read(**where):
            for message in page["messages"]:
                if _mark(item) in [block.get("block_id") for block in message.get("blocks", ())]:
                    return str(message["ts"]), str(message.get("thread_ts") or "")
        return None

    def _take_back(self, item: Item, ts: str) -> None:
        for _ in range(_TAKING_BACK):
            try:
                self._client.chat_delete(channel=item.channel, ts=ts)
            except SlackApiError as error:
                if error.response.status_code == 429:
                    self._wait(min(_LONGEST_WAIT, rates.retry_after(error.response.headers)))
                    continue
                if name(error) != "message_not_found":
                    log.warning("outbox %d: a reply without its root can't be deleted: %s", item.id, name(error))
            return


def _mark(item: Item) -> str:
    return f"desk-{item.id}"


def _marked(item: Item, message: Message) -> Sequence[dict[str, Any]]:
    """Give the first block an id of ours, by which the message can be found again."""
    return [{**block, "block_id": _mark(item)} if n == 0 else dict(block) for n, block in enumerate(message.blocks)]


def _metadata(message: Message) -> dict[str, Any]:
    return {"metadata": dict(message.metadata)} if message.metadata else {}


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

    def of_conversation(self, conversation: int) -> str:
        """Return the address of a conversation's root message; empty while there is none, or none to be had."""
        return self.of(*self._outbox.root_of(conversation))

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
