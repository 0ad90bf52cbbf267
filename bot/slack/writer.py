"""The one writer to Slack: sends what the outbox holds, as fast as Slack lets it, nothing twice and nothing lost.

What Slack refuses has an end: it gives way, it is told to whom it concerns, or it is dropped (`bot.slack_errors`).

It is long because each kind of answer that Slack gives to a message has its own way on.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot import rates, slack_errors
from bot.repeated import Beat
from bot.slack import giving_way, notices
from bot.slack.giving_way import EditWindow, Pauses, pause
from bot.slack.posting import Form, Posting, RootGone, name
from bot.slack_errors import Meaning, SlackError, Way
from bot.tickets.deliveries import Deliveries
from bot.tickets.message import EVERYWHERE, Item, Message, MessageKind, Method, Rank, Sent
from bot.tickets.outbox import LONGEST_PAUSE
from bot.words import Link, Words, say

log = logging.getLogger(__name__)

ANSWER_WAITS = 15 * 60.0
"""Seconds for which an answer may wait for Slack: after that nobody waits for it, and it may not be true any more."""

DIRECT_WAITS = 24 * 3600.0
"""Seconds for which a direct message may wait: who was left without something is told so even after an outage."""

OVER_WAITS = 24 * 3600.0
"""Seconds for which what is told of a ticket is tried after it is over: until everybody has looked once a day."""

_ODD_TOLD = 60.0
"""Seconds after which an error that nobody knows counts as one that doesn't pass by itself."""

_MOST_FORMS = 8
"""Forms in which one message is tried in a row."""

_NAMED = 3
"""Of these, those in which only what Slack names gives way."""

_POLL = 1.0
"""Seconds between looks at the queue when nobody wakes the writer: another replica may have written to it."""

_RATE = frozenset({"ratelimited", "rate_limited"})


def tell_directly(item: Item, refused: str) -> Message | None:
    """Draw what those are told directly whose answer Slack refused by this name."""
    return notices.direct(*notices.unanswered(item, slack_errors.told(refused, item.channel)))


class Writer:
    """One thread that empties the outbox. `start` it once; `stop` lets the message on its way arrive.

    ``draw`` makes a message of a row that names a ticket: from its kind, the ticket's number (for a case its
    conversation's), and the address of the ticket's card for a row that links to it; None where there is nothing to
    say any more. ``unanswered`` makes what
    those are told directly whose answer was refused, by the name of the error; None where they know it already.
    ``hopeless`` is told once, by name, of an error after which no message is ever taken.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        client: WebClient,
        draw: Callable[[MessageKind, int, str], Message | None],
        *,
        unanswered: Callable[[Item, str], Message | None] = tell_directly,
        hopeless: Callable[[str], None] = log.critical,
        pauses: Pauses | None = None,
    ) -> None:
        self._deliveries = deliveries
        self._outbox = deliveries.outbox
        self._draw = draw
        self._owner = self._outbox.writer = uuid.uuid4().hex
        self._unanswered = unanswered
        self._hopeless = hopeless
        self._pauses = pauses or Pauses()
        self._left: list[_Left] = []
        self._look_at = 0.0
        """On the monotonic clock: when to look at the queue though nobody here has written to it."""
        self._said: dict[str, str] = {}
        """What the log has been told that each channel answers, until it takes something."""
        self._window = EditWindow()
        self._stopping = threading.Event()
        self._posting = Posting(client, wait=self._stopping.wait)
        self.beat = Beat()
        """When it last looked what there is to send."""
        self.files: Callable[[Item], object] = deliveries.drop
        """Takes the rows of files, on this thread, and posts them on one of its own."""
        self.root_listeners: list[Callable[[int], None]] = []
        """Called with the conversation of each root message that has left."""
        self.thread = threading.Thread(target=self._loop, name="slack-writer", daemon=True)

    def start(self) -> None:
        """Begin to send; what an earlier process left is sent too."""
        self.thread.start()

    def stop(self, seconds: float) -> None:
        """Finish the message that is on its way; what is left stays in the database."""
        self._stopping.set()
        self._outbox.wake()
        self.thread.join(seconds)

    def deliver_next(self) -> bool:
        """Send the message that comes first among those that may leave now. Return whether there may be another."""
        now = time.monotonic()
        # What has left and what leaves next are written together. What the database doesn't take is tried again later,
        # and keeps nothing else waiting meanwhile.
        due = [each for each in self._left if now >= each.again]
        held, looks = self._pauses.held(), self._outbox.news or now >= self._look_at
        if looks:
            self._look_at = now + self._until_next()
        try:
            item = self._deliveries.claim(
                self._owner,
                held=held,
                closed=self._pauses.closed(),
                left=[each.sent.item.id for each in self._left if each not in due],
                sent=[each.sent for each in due],
                looks=looks,
            )
        except SQLAlchemyError as error:
            if not due:
                raise
            self._put_off(due, error)
            return True
        self._left = [each for each in self._left if each not in due]
        if item is not None:
            self._deliver(item)
        return item is not None

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._outbox.waiting.clear()
            self.beat()
            try:
                if self.deliver_next():
                    continue
            except Exception:  # The thread must outlive a database that is away for a minute.
                log.exception("the outbox can't be read; trying again")
                self._stopping.wait(_POLL)
            if not self._outbox.waiting.wait(self._until_next()):
                self._outbox.news = True
        self._write_down()

    def _until_next(self) -> float:
        return min(_POLL, self._pauses.seconds_left(), self._outbox.seconds_left())

    def _deliver(self, item: Item) -> None:
        if item.kind is MessageKind.FILE:
            # It keeps its lease, and what stands behind it in its thread waits; nothing else does.
            self.files(item)
            return
        try:
            if not self._has_ended(item):
                self._send(item)
        except RootGone:
            self._uprooted(item)
        except SlackApiError as error:
            self._refused(item, error)
        except SQLAlchemyError as error:  # It was not even drawn.
            log.warning("outbox %d: the database doesn't say what to send (%s)", item.id, type(error).__name__)
            self._deliveries.postpone(item, seconds=_POLL, unknown=False)
        except Exception as error:  # Anything else means that nobody knows whether the message arrived.
            log.warning("outbox %d: no answer from Slack (%s)", item.id, type(error).__name__)
            self._later(item, seconds=pause(item.tries), unknown=True)

    def _has_ended(self, item: Item) -> bool:
        """End what may not be posted any more: what nobody waits for, and what has no place."""
        if item.ended:
            log.warning("outbox %d: dropped, nothing more is posted in its conversation", item.id)
            self._deliveries.drop(item)
        elif item.is_direct and item.waited > DIRECT_WAITS:
            log.error("outbox %d: dropped, nobody could be told it directly for a day", item.id)
            self._deliveries.drop(item)
        elif item.rank is Rank.ANSWER and not item.is_direct and item.waited > ANSWER_WAITS:
            self._abandon(item, "too late", notices.too_late(item))
        elif not item.is_direct and (error := self._pauses.refuses(item.channel)):
            self._no(item, error)
        else:
            return False
        return True

    def _send(self, item: Item) -> None:
        message, through = self._message(item)
        if message is None:
            self._have_nothing_to_send(item)
            return
        is_edit = item.method is Method.UPDATE
        form = Form(message=message, thread="" if is_edit else item.ts, edits=item.ts if is_edit else "")
        if is_edit and self._window.is_closed(item.ts):
            if item.kind is MessageKind.CASE:
                self._deliveries.drop(item)
                return
            form = replace(form, edits="")
        ts = ""
        for n in range(_MOST_FORMS):
            try:
                if form.edits:
                    self._posting.edit(item, form)
                else:
                    ts = self._posting.post(item, form)
                break
            except SlackApiError as error:
                lesser = self._lesser(item, form, error, n)
                if lesser is None:
                    raise
                form = lesser
        # A message that was found may show an older state than was drawn now: its newer rows stay.
        covered = None if ts and item.tries else through
        is_root = bool(ts) and (is_edit or not item.ts)
        self._has_left(Sent(item=item, ts=ts if is_root else None, through=covered))

    def _lesser(self, item: Item, form: Form, error: SlackApiError, n: int) -> Form | None:
        """Return the form in which a message is tried next; None where there is none."""
        message, refused = form.message, name(error)
        lesser: Form | None = None
        way = slack_errors.meaning(refused).way if n < _MOST_FORMS - 1 else None
        if way is Way.BLOCKS:
            told = giving_way.problems(error.response) if n < _NAMED else ()
            without = giving_way.lesser(message, told)
            lesser = replace(form, message=without) if without else None
        elif way is Way.METADATA and message.metadata:
            lesser = replace(form, message=replace(message, metadata={}))
        elif way is Way.THREAD and form.thread:
            lesser = replace(form, message=giving_way.about(message, self._subject(item)), thread="")
        elif way is Way.EDIT and form.edits:
            if refused == "edit_window_closed":
                self._window.closed(form.edits)
            # What a case said is told already: nobody needs it a second time.
            lesser = replace(form, edits="") if item.kind is not MessageKind.CASE else None
        if lesser is not None:
            log.warning("outbox %d: Slack refused it as it was (%s); it is sent in another form", item.id, refused)
        return lesser

    def _subject(self, item: Item) -> Words:
        """Say what a reply is about that can't stand beneath it."""
        try:
            link = self._posting.permalink(item.channel, item.ts)
        except SlackApiError as error:
            log.warning("outbox %d: no link to what it is about: %s", item.id, name(error))
            return say("About an earlier message here:")
        words = "About {link}:"
        return say(words, link=Link(link, "this request ↗" if item.is_card else "this answer ↗"))

    def _has_left(self, sent: Sent) -> None:
        """Keep in mind what has left until it is written: a database that is away must not make it leave twice."""
        # What waits for a channel that was closed may leave now.
        if self._pauses.closed():
            self._outbox.news = True
        self._pauses.arrived(sent.item.conversation, sent.item.channel)
        for where in (sent.item.channel, EVERYWHERE):
            self._said.pop(where, None)
        self._left.append(_Left(sent))
        if sent.ts is not None:
            for listener in self.root_listeners:
                listener(sent.item.conversation)

    def _write_down(self) -> None:
        """Write what has left, at the end, and leave the rest to whom comes next."""
        try:
            self._deliveries.close(*(each.sent for each in self._left))
        except SQLAlchemyError as error:
            self._put_off(self._left, error)

    def _put_off(self, due: Sequence["_Left"], error: SQLAlchemyError) -> None:
        for left in due:
            log.warning("outbox %d: has left, but that can't be written (%s)", left.sent.item.id, type(error).__name__)
            left.again = time.monotonic() + self._pauses.write_again

    def _message(self, item: Item) -> tuple[Message | None, int | None]:
        if item.kind is MessageKind.CASE:
            through = self._outbox.newest_drawing(item)
            return self._draw(item.kind, item.conversation, ""), through
        if item.ticket is None:
            return item.message, None
        if item.kind is MessageKind.UNSEEN:
            return self._draw(item.kind, item.ticket, ""), None
        if item.kind is MessageKind.CARD:
            through = self._outbox.newest_drawing(item)
            return self._draw(item.kind, item.ticket, ""), through
        conversation, channel, ts, permalink = self._outbox.card_of(item.ticket)
        if ts and not permalink:
            try:
                permalink = self._posting.permalink(channel, ts)
            except SlackApiError as error:
                if name(error) != "message_not_found":
                    raise
                self._outbox.gone(item.ticket, ts)
                ts = ""
            else:
                self._outbox.keep_permalink(conversation, permalink)
        return self._draw(item.kind, item.ticket, permalink) if ts else None, None

    def _have_nothing_to_send(self, item: Item) -> None:
        if item.kind in (MessageKind.UNSEEN, MessageKind.CASE):
            # The channel has taken it after all; or the case is one no more.
            self._deliveries.drop(item)
        elif item.kind is MessageKind.LEAD and self._deliveries.is_over(item, 0.0):
            # It was decided before anybody could be told.
            self._deliveries.drop(item)
        elif self._deliveries.is_over(item, ANSWER_WAITS):
            log.warning("outbox %d: dropped, there never was a card to link to", item.id)
            self._deliveries.drop(item)
        else:
            # A card that can't be posted keeps nothing else in this thread waiting.
            self._deliveries.behind(item, seconds=min(LONGEST_PAUSE, max(_POLL, item.waited / 4)))

    def _uprooted(self, item: Item) -> None:
        """Somebody has deleted what a reply was meant for: only a card is posted anew."""
        if self._deliveries.uproot(item):
            log.warning("outbox %d: the card above it is gone; it is posted again", item.id)
        else:
            self._abandon(item, "the message above is gone", None)

    def _abandon(self, item: Item, why: str, farewell: Message | None) -> None:
        dropped = self._deliveries.abandon(item, farewell)
        log.warning("outbox %d: dropped with the rest of its answer, %d in all: %s", item.id, dropped, why)

    def _refused(self, item: Item, error: SlackApiError) -> None:
        response, refused = error.response, name(error)
        meaning = slack_errors.meaning(refused).meaning
        if response.status_code == 429 or refused in _RATE:
            self._pauses.limited(item.method, item.channel, rates.retry_after(response.headers))
            self._later(item, seconds=0, unknown=False)
        elif response.status_code >= 500 or meaning is Meaning.UNSURE:
            self._later(item, seconds=pause(item.tries), unknown=True)
        elif meaning is Meaning.AGAIN:
            self._later(item, seconds=self._pauses.refused_one(item.conversation, item.channel), unknown=False)
        else:
            self._no(item, refused)

    def _later(self, item: Item, *, seconds: float, unknown: bool) -> None:
        """Give an item back, unless it has waited for long enough."""
        if item.rank is not Rank.ANSWER and self._deliveries.is_over(item, OVER_WAITS):
            log.error("outbox %d: dropped, its request is over and Slack still doesn't take it", item.id)
            self._deliveries.drop(item)
        else:
            self._deliveries.postpone(item, seconds=seconds, unknown=unknown)

    def _no(self, item: Item, refused: str) -> None:
        """Do what a refusal asks for that doesn't pass by itself, and leaves nothing that could give way."""
        error = slack_errors.meaning(refused)
        if error.meaning is Meaning.OPERATOR:
            self._say_to_operator(refused, error)
            self._pauses.refused(EVERYWHERE)
            self._later(item, seconds=0, unknown=False)
        elif item.is_direct and error is not slack_errors.UNKNOWN:
            log.error("outbox %d: dropped, Slack refused to tell %s directly: %s", item.id, item.channel, refused)
            self._deliveries.drop(item)
        elif item.kind is MessageKind.CASE and error.way is Way.EDIT:
            self._no_case(item, refused)
        elif item.rank is not Rank.ANSWER:
            self._no_ticket(item, refused, error)
        elif error is slack_errors.UNKNOWN:
            self._say(item, refused)
            self._later(item, seconds=self._pauses.refused_one(item.conversation, item.channel), unknown=False)
        else:
            self._abandon(item, refused, self._unanswered(item, refused))

    def _no_case(self, item: Item, refused: str) -> None:
        """Leave a case's root message as it is; if somebody has deleted it, the case is over."""
        if refused == "message_not_found":
            self._abandon(item, "the message of the case is gone", None)
        else:
            log.warning("outbox %d: dropped, the message of the case can't be edited: %s", item.id, refused)
            self._deliveries.drop(item)

    def _no_ticket(self, item: Item, refused: str, error: SlackError) -> None:
        """Wait until a channel takes what is about tickets, and let the one who asked know that it waits."""
        self._say(item, refused)
        gives_up = error.meaning in (Meaning.STOP, Meaning.GIVE_WAY)
        if not gives_up and self._deliveries.is_over(item, OVER_WAITS):
            log.error("outbox %d: dropped, its request is over and Slack still refuses it: %s", item.id, refused)
            gives_up = True
        seconds = 0.0
        if error is slack_errors.UNKNOWN:
            seconds = self._pauses.refused_one(item.conversation, item.channel)
        elif not gives_up:
            self._pauses.refused(item.channel)
        if item.is_card and (item.kind is MessageKind.CARD or not gives_up):
            tells = error is not slack_errors.UNKNOWN or item.waited > _ODD_TOLD
            self._deliveries.refuse(item, refused, seconds=seconds, gives_up=gives_up, tells=tells)
        elif gives_up:
            self._deliveries.drop(item)
        else:
            self._deliveries.postpone(item, seconds=seconds, unknown=False)

    def _say(self, item: Item, refused: str) -> None:
        """Tell the log what a channel answers, once until it takes something."""
        if self._said.get(item.channel) != refused:
            self._said[item.channel] = refused
            log.error("outbox %d: Slack refused %s in %s: %s", item.id, item.method, item.channel, refused)

    def _say_to_operator(self, refused: str, error: SlackError) -> None:
        """Say once, loudly, what only the operator can change."""
        if self._said.get(EVERYWHERE) == refused:
            return
        self._said[EVERYWHERE] = refused
        words = f"SLACK_BOT_TOKEN: Slack takes nothing from the desk ({refused}). {error.when} {error.cure}"
        if error.final:
            self._hopeless(words)
        else:
            log.critical(words)


@dataclass(slots=True, eq=False)
class _Left:
    """A message that is Slack's now, and what the outbox has yet to be told of it."""

    sent: Sent
    again: float = 0.0
    """On the monotonic clock: when to try to tell it again."""
