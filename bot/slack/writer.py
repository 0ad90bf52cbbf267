"""The one writer to Slack: sends what the outbox holds, as fast as Slack lets it, nothing twice and nothing lost."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot import retry_after
from bot.slack.pauses import Pauses, pause
from bot.tickets.message import Message
from bot.tickets.outbox import EVERYWHERE, Item, Kind, Method, Outbox

log = logging.getLogger(__name__)

_POLL = 1.0
"""Seconds between looks at the queue when nobody wakes the writer: another replica may have written to it."""

_WRITE_AGAIN = 10.0
"""Seconds between two tries to write down that a message has left, while the database doesn't take it."""

_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "update_failed"})
"""Answers to chat.update after which only a new message can show the card."""

_MALFORMED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_metadata_format"})
"""Answers that the same blocks will always get; the words alone still arrive."""

_UNSURE = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})
"""Answers that don't say whether the message was taken."""

_HOPELESS = frozenset({"msg_too_long", "no_text", "invalid_arguments", "metadata_too_large"})

_CLOSED = frozenset(
    {"channel_not_found", "is_archived", "not_in_channel", "restricted_action", "restricted_action_read_only_channel"}
)
"""Answers that the channel gives to every message, until somebody changes it."""

_OURS = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "missing_scope",
        "not_authed",
        "token_expired",
        "token_revoked",
        "team_disabled",
    }
)
"""Answers that every channel gives, until the operator changes the token or the app."""


class Drawing(Protocol):
    """What the writer needs to turn rows into messages."""

    def card(self, ticket: int) -> Message:
        """Draw a ticket's card from its row."""

    def born(self, ticket: int, permalink: str) -> Message:
        """Draw the reply that links a check to the ticket that was born from it."""


class Writer:
    """One thread that empties the outbox. `start` it once; `stop` lets the message on its way arrive."""

    def __init__(
        self,
        outbox: Outbox,
        client: WebClient,
        drawing: Drawing,
        *,
        owner: str,
        closed: Callable[[str], str] = lambda channel: "",
    ) -> None:
        """``closed`` says why nothing may be posted in a channel; empty where it may."""
        self._closed = closed
        self._outbox = outbox
        self._client = client
        self._drawing = drawing
        self._owner = owner
        self._pauses = Pauses()
        self._left: deque[_Left] = deque()
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

    def deliver_next(self) -> bool:
        """Send the message that comes first among those that may leave now. Return whether there was one."""
        self._write_down()
        item = self._outbox.claim(self._owner, held=self._pauses.held(), left=[each.item.id for each in self._left])
        if item is not None:
            self._deliver(item)
        return item is not None

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._outbox.waiting.clear()
            try:
                if self.deliver_next():
                    continue
            except Exception:  # The thread must outlive a database that is away for a minute.
                log.exception("the outbox can't be read; trying again")
                self._stopping.wait(_POLL)
            self._outbox.waiting.wait(self._until_next())
        self._write_down(at_once=True)

    def _until_next(self) -> float:
        return min(_POLL, self._pauses.seconds_left())

    def _deliver(self, item: Item) -> None:
        if self._closed(item.channel):
            self._pauses.refused(item.channel)
            self._outbox.postpone(item, seconds=0, unknown=False)
            return
        try:
            self._send(item)
        except SlackApiError as error:
            self._refused(item, error)
        except SQLAlchemyError as error:  # It was not even drawn.
            log.warning("outbox %d: the database doesn't say what to send (%s)", item.id, type(error).__name__)
            self._outbox.postpone(item, seconds=_POLL, unknown=False)
        except Exception as error:  # Anything else means that nobody knows whether the message arrived.
            log.warning("outbox %d: no answer from Slack (%s)", item.id, type(error).__name__)
            self._outbox.postpone(item, seconds=pause(item.tries), unknown=True)

    def _send(self, item: Item) -> None:
        message, through = self._message(item)
        if message is None:
            self._outbox.postpone(item, seconds=_POLL, unknown=False)
        elif item.method is Method.UPDATE:
            self._client.chat_update(
                channel=item.channel, ts=item.ts, text=message.text, blocks=_marked(item, message), **_metadata(message)
            )
            self._has_left(_Left(item, through=through))
        else:
            ts = self._arrived(item) or self._post(item, message)
            # A message that was found may show an older state than was drawn now: its newer rows stay.
            self._has_left(_Left(item, ts=None if item.ts else ts, through=None if item.tries else through))

    def _has_left(self, left: "_Left") -> None:
        """Write down that a message has left. A database that doesn't take it now must not make it leave twice."""
        self._pauses.arrived(left.item.conversation, left.item.channel)
        self._left.append(left)
        self._write_down()

    def _write_down(self, *, at_once: bool = False) -> None:
        """Write what has left, as far as the database takes it, and no more often than it is worth."""
        for left in list(self._left):
            if not (at_once or time.monotonic() >= left.again):
                continue
            try:
                self._outbox.sent(left.item, ts=left.ts, through=left.through)
            except SQLAlchemyError as error:
                log.warning("outbox %d: has left, but that can't be written (%s)", left.item.id, type(error).__name__)
                left.again = time.monotonic() + _WRITE_AGAIN
            else:
                self._left.remove(left)

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
        if response.status_code == 429 or response["error"] == "ratelimited":
            self._pauses.limited(item.method, item.channel, retry_after.seconds(response.headers))
            self._outbox.postpone(item, seconds=0, unknown=False)
        elif response.status_code >= 500 or response["error"] in _UNSURE:
            self._outbox.postpone(item, seconds=pause(item.tries), unknown=True)
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
            self._has_left(_Left(item))
        else:
            # The channel, a scope or the token: the operator can change it, and then the message still counts.
            self._outbox.postpone(item, seconds=self._back_off(item, answer), unknown=False)

    def _back_off(self, item: Item, answer: str) -> float:
        """Hold what refuses to take this message, and return for how many seconds the message itself has to wait."""
        if answer in _CLOSED:
            self._pauses.refused(item.channel)
        elif answer in _OURS:
            self._pauses.refused(EVERYWHERE)
        else:
            return self._pauses.refused_one(item.conversation, item.channel)
        return 0.0


@dataclass(slots=True, eq=False)
class _Left:
    """A message that is Slack's now, and what the outbox has yet to be told of it."""

    item: Item
    ts: str | None = None
    through: int | None = None
    again: float = 0.0
    """On the monotonic clock: when to try to tell it again."""


def _mark(item: Item) -> str:
    return f"desk-{item.id}"


def _marked(item: Item, message: Message) -> Sequence[dict[str, Any]]:
    """Give the first block an id of ours, by which the message can be found again."""
    return [{**block, "block_id": _mark(item)} if n == 0 else dict(block) for n, block in enumerate(message.blocks)]


def _metadata(message: Message) -> dict[str, Any]:
    return {"metadata": dict(message.metadata)} if message.metadata else {}
