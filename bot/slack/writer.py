"""The one writer to Slack: sends what the outbox holds, as fast as Slack lets it, nothing twice and nothing lost."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.tickets.message import Message
from bot.tickets.outbox import Item, Kind, Method, Outbox

log = logging.getLogger(__name__)

_POLL = 1.0
"""Seconds between looks at the queue when nobody wakes the writer: another replica may have written to it."""

_LONGEST_PAUSE = 60.0

_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "update_failed"})
"""Answers to chat.update after which only a new message can show the card."""

_MALFORMED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_metadata_format"})
"""Answers that the same blocks will always get; the words alone still arrive."""

_UNSURE = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})
"""Answers that don't say whether the message was taken."""

_HOPELESS = frozenset({"msg_too_long", "no_text", "invalid_arguments", "metadata_too_large"})


class Drawing(Protocol):
    """What the writer needs to turn rows into messages."""

    def card(self, ticket: int) -> Message:
        """Draw a ticket's card from its row."""

    def born(self, ticket: int, permalink: str) -> Message:
        """Draw the reply that links a check to the ticket that was born from it."""


class Writer:
    """One thread that empties the outbox. `start` it once; `stop` lets the message on its way arrive."""

    def __init__(self, outbox: Outbox, client: WebClient, drawing: Drawing, *, owner: str) -> None:
        self._outbox = outbox
        self._client = client
        self._drawing = drawing
        self._owner = owner
        self._held: dict[Method, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="slack-writer", daemon=True)

    def start(self) -> None:
        """Begin to send; what an earlier process left is sent too."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Finish the message that is on its way; what is left stays in the database."""
        self._stopping.set()
        self._outbox.wake()
        self._thread.join(seconds)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._outbox.waiting.clear()
            try:
                item = self._outbox.claim(self._owner, held=self._pauses())
                if item is not None:
                    self._deliver(item)
                    continue
            except Exception:  # The thread must outlive a database that is away for a minute.
                log.exception("the outbox can't be read; trying again")
                self._stopping.wait(_POLL)
            self._outbox.waiting.wait(self._until_next())

    def _pauses(self) -> frozenset[Method]:
        now = time.monotonic()
        self._held = {method: until for method, until in self._held.items() if until > now}
        return frozenset(self._held)

    def _until_next(self) -> float:
        now = time.monotonic()
        return min([_POLL, *(max(0.0, until - now) for until in self._held.values())])

    def _deliver(self, item: Item) -> None:
        try:
            self._send(item)
        except SlackApiError as error:
            self._refused(item, error)
        except Exception as error:  # Anything else means that nobody knows whether the message arrived.
            log.warning("outbox %d: no answer from Slack (%s)", item.id, type(error).__name__)
            self._outbox.postpone(item, seconds=_pause(item.tries), unknown=True)

    def _send(self, item: Item) -> None:
        message, through = self._message(item)
        if message is None:
            self._outbox.postpone(item, seconds=_POLL, unknown=False)
        elif item.method is Method.UPDATE:
            self._client.chat_update(
                channel=item.channel, ts=item.ts, text=message.text, blocks=_marked(item, message), **_metadata(message)
            )
            self._outbox.sent(item, through=through)
        else:
            ts = self._arrived(item) or self._post(item, message)
            # A message that was found may show an older state than was drawn now: its newer rows stay.
            self._outbox.sent(item, ts=None if item.ts else ts, through=None if item.tries else through)

    def _post(self, item: Item, message: Message) -> str:
        answer = self._client.chat_postMessage(
            channel=item.channel,
            thread_ts=item.ts or None,
            text=message.text,
            blocks=_marked(item, message),
            unfurl_links=False,
            unfurl_media=False,
            **_metadata(message),
        )
        return str(answer["ts"])

    def _message(self, item: Item) -> tuple[Message | None, int | None]:
        if item.ticket is None:
            return item.message, None
        if item.kind is Kind.CARD:
            through = self._outbox.newest_card(item.ticket)
            return self._drawing.card(item.ticket), through
        conversation, channel, ts, permalink = self._outbox.card_of(item.ticket)
        if not ts:
            return None, None
        if not permalink:
            permalink = str(self._client.chat_getPermalink(channel=channel, message_ts=ts)["permalink"])
            self._outbox.keep_permalink(conversation, permalink)
        return self._drawing.born(item.ticket, permalink), None

    def _arrived(self, item: Item) -> str | None:
        """Look for a message that may have been sent before. Needs the optional history scopes; without, None."""
        if not item.tries:
            return None
        read: Callable[..., Any] = self._client.conversations_history
        where: dict[str, Any] = {"channel": item.channel}
        if item.ts:
            read, where = self._client.conversations_replies, {"channel": item.channel, "ts": item.ts}
        try:
            for page in read(**where, oldest=f"{item.created_at - 60:.6f}", limit=200):
                for message in page["messages"]:
                    if _mark(item) in [block.get("block_id") for block in message.get("blocks", ())]:
                        return str(message["ts"])
        except SlackApiError as error:
            if error.response["error"] != "missing_scope":
                raise
        return None

    def _refused(self, item: Item, error: SlackApiError) -> None:
        response = error.response
        if response.status_code == 429:
            self._held[item.method] = time.monotonic() + float(response.headers.get("Retry-After", 1))
            self._outbox.postpone(item, seconds=0, unknown=False)
        elif response.status_code >= 500 or response["error"] in _UNSURE:
            self._outbox.postpone(item, seconds=_pause(item.tries), unknown=True)
        else:
            self._no(item, str(response["error"]))

    def _no(self, item: Item, answer: str) -> None:
        log.error("outbox %d: Slack refused %s: %s", item.id, item.method, answer)
        if item.method is Method.UPDATE and answer in _GONE:
            self._deliver(replace(item, ts="", tries=0))
        elif answer in _MALFORMED and (item.message is None or item.message.blocks):
            message, _ = self._message(item)
            if message is not None:
                bare = replace(item, kind=Kind.SAY, ticket=None, message=replace(message, blocks=()))
                self._deliver(bare)
        elif answer in _HOPELESS | _MALFORMED:
            self._outbox.sent(item)
        else:
            # The channel, a scope or the token: the operator can mend it, and then the message still counts.
            self._outbox.postpone(item, seconds=_LONGEST_PAUSE, unknown=False)


def _mark(item: Item) -> str:
    return f"desk-{item.id}"


def _marked(item: Item, message: Message) -> Sequence[dict[str, Any]]:
    """Give the first block an id of ours, by which the message can be found again."""
    return [{**block, "block_id": _mark(item)} if n == 0 else dict(block) for n, block in enumerate(message.blocks)]


def _metadata(message: Message) -> dict[str, Any]:
    return {"metadata": dict(message.metadata)} if message.metadata else {}


def _pause(tries: int) -> float:
    return float(min(_LONGEST_PAUSE, 2**tries))
