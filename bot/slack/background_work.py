"""The one place where work after an acknowledgement runs, and where whatever breaks in it is caught, logged and told.

An exception that leaves a Bolt listener right after its `ack()` loses the acknowledgement; so listeners only hand
their work over here. Decisions never wait for anything else, and nobody's requests for those of one busy person:
people take turns at the threads they share, nobody gets more than their share, and who asks for more is told at once.
"""

import logging
import secrets
import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from bot import redaction
from bot.answer import Refused
from bot.tickets.engines import is_busy
from bot.tickets.store import DeliveredTwice
from bot.words import Words, say

log = logging.getLogger(__name__)

BUSY = say("The database is busy; nothing was decided. Please press it again in a minute.")
"""What a click comes to that would have waited for too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of somebody's may be in hand at once."""

    at_once: int
    """Pieces of work that run."""
    waiting: int
    """Pieces of work that wait to run."""


class Touches(Enum):
    """What may have happened by the time that a piece of work breaks, so that nobody is told that nothing did."""

    NOTHING = auto()
    TICKET = auto()
    """Somebody decides about a ticket. Such work waits for no other kind."""
    CUSTOMER = auto()
    """Something is sent for a customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Something to be done for a person in a channel."""

    person: str
    channel: str
    work: Callable[[], None]
    tell: Callable[[Words], None]
    """Reaches the person, if it isn't begun or breaks."""
    touches: Touches = Touches.NOTHING


class Full(Exception):
    """A person's share, or a channel's, is used up."""

    def __init__(self, *, under_way: int, whole_channel: bool) -> None:
        super().__init__(f"{under_way} under way")
        self.under_way = under_way
        """How many pieces of work that share has in hand, waiting ones included."""
        self.whole_channel = whole_channel
        """Whether it is the share of everybody in the channel."""


class Turns:
    """Gives work to an executor's threads. Safe to call from any thread; never waits.

    A person's work is begun in its order, people take turns: however much one has asked for, the next one's first
    piece is begun as soon as a thread is free.
    """

    def __init__(self, executor: Executor, *, threads: int, person: Share, channel: Share) -> None:
        self._executor = executor
        self._threads = threads
        self._person = person
        self._channel = channel
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Piece]] = {}
        """By person; whose turn is next comes first."""
        self._running: Counter[tuple[str, str]] = Counter()
        """By "person" or "channel", and its id."""
        self._in_hand: Counter[tuple[str, str]] = Counter()
        """The same, with what waits."""

    def check(self, person: str, channel: str) -> None:
        """Return if there is room for one piece more. Raises `Full`."""
        with self._lock:
            self._check(person, channel)

    def give(self, piece: Piece) -> None:
        """Do it as soon as it is its turn. Raises `Full`, and does nothing then."""
        with self._lock:
            self._check(piece.person, piece.channel)
            self._in_hand.update(_of(piece))
            self._waiting.setdefault(piece.person, deque()).append(piece)
        self._begin()

    def _check(self, person: str, channel: str) -> None:
        shares = ((("person", person), self._person), (("channel", channel), self._channel))
        for key, share in shares:
            if self._in_hand[key] >= share.at_once + share.waiting:
                raise Full(under_way=self._in_hand[key], whole_channel=key[0] == "channel")

    def _begin(self) -> None:
        """Begin what there are threads for."""
        while (piece := self._next()) is not None:
            # Outside the lock: an executor without threads does the work at once, and that may give more work.
            try:
                future = self._executor.submit(piece.work)
            except RuntimeError:
                # The executor was shut down: the program ends without what waits.
                return
            future.add_done_callback(partial(self._ended, piece))

    def _next(self) -> Piece | None:
        with self._lock:
            if self._running["all", ""] >= self._threads:
                return None
            for person, pieces in self._waiting.items():
                piece = next((each for each in pieces if self._may_run(each)), None)
                if piece is None:
                    continue
                pieces.remove(piece)
                del self._waiting[person]
                if pieces:
                    # Now everybody else comes first.
                    self._waiting[person] = pieces
                self._running.update([*_of(piece), ("all", "")])
                return piece
        return None

    def _may_run(self, piece: Piece) -> bool:
        person, channel = _of(piece)
        return self._running[person] < self._person.at_once and self._running[channel] < self._channel.at_once

    def _ended(self, piece: Piece, _: Future[None]) -> None:
        with self._lock:
            for counter, keys in ((self._running, [*_of(piece), ("all", "")]), (self._in_hand, _of(piece))):
                counter.subtract(keys)
                for key in keys:
                    if not counter[key]:
                        del counter[key]
        self._begin()


def _of(piece: Piece) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("person", piece.person), ("channel", piece.channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """Threads for each kind of work, so that none of it waits for another kind."""

    decisions: Turns
    """Clicks on cards, and what is submitted from them."""
    requests: Turns
    """Everything else that somebody asks for: checks, forms, customers' own actions."""
    refusals: Turns
    """To tell people at once that something of theirs was not even begun."""


class BackgroundWork:
    """Runs work on threads of its own, so that no acknowledgement ever waits for any."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._under_way = 0
        self._changed = threading.Condition()
        self._stopping = False

    def run(self, piece: Piece) -> None:
        """Run a piece of work soon. Whatever breaks it, its person is told."""
        with self._changed:
            if stopping := self._stopping:
                words = say("The desk is being restarted. Nothing was sent; please try again in a minute.")
            else:
                self._under_way += 1
        if not stopping:
            try:
                lane = self._lanes.decisions if piece.touches is Touches.TICKET else self._lanes.requests
                self._give(lane, piece, lambda: self._run(piece))
                return
            except Full as full:
                self._over()
                words = _too_much(full)
        self._refuse(piece, words)

    def full(self, person: str, channel: str) -> Words | None:
        """Return why this person's next request would not be begun, None when it would be."""
        try:
            self._lanes.requests.check(person, channel)
        except Full as full:
            return _too_much(full)
        return None

    def stop(self, seconds: float) -> bool:
        """Take nothing new and wait for what is under way. Return whether all of it came to its end in time."""
        with self._changed:
            self._stopping = True
            return self._changed.wait_for(lambda: not self._under_way, timeout=seconds)

    def _give(self, lane: Turns, piece: Piece, work: Callable[[], None]) -> None:
        def counted() -> None:
            try:
                work()
            finally:
                self._over()

        lane.give(replace(piece, work=counted))

    def _refuse(self, piece: Piece, words: Words) -> None:
        """Tell it on other threads: this one has to acknowledge, and Slack may be slow to hear it."""
        with self._changed:
            self._under_way += 1
        try:
            self._give(self._lanes.refusals, piece, lambda: _tell(piece, words))
        except Full:
            # The same words are on their way to them many times over.
            self._over()
            log.info("%s asks for more than can be answered", piece.person)

    def _over(self) -> None:
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()

    def _run(self, piece: Piece) -> None:
        reference = secrets.token_hex(2)
        redaction.reference.set(reference)
        try:
            piece.work()
        except DeliveredTwice:
            # The first delivery is being answered, so nobody is told anything.
            log.info("an interaction was delivered twice")
        except Refused as refused:
            _tell(piece, refused.words)
        except Exception as error:  # Whatever broke, the person is told and the operator finds it.
            if isinstance(error, SQLAlchemyError) and is_busy(error):
                log.warning("the database was busy (%s)", type(error).__name__)
                _tell(piece, _WHEN_BUSY[piece.touches])
                return
            log.exception("broke; the person was told reference %s", reference)
            _tell(piece, _broken(reference, piece.touches))


def _too_much(full: Full) -> Words:
    if full.whole_channel:
        return say(
            "This channel has {count} requests under way. Please wait for one of them and try again.",
            count=full.under_way,
        )
    return say("You have {count} requests under way. Please wait for one of them and try again.", count=full.under_way)


_WHEN_BUSY = {
    Touches.NOTHING: say("The database is busy; nothing was asked. Please try again in a minute."),
    Touches.TICKET: BUSY,
    Touches.CUSTOMER: say("The database is busy, so it isn't written down what was sent. Look before you try again."),
}


def _broken(reference: str, touches: Touches) -> Words:
    so_far = "Nothing was sent." if touches is Touches.NOTHING else "Look at the card before you try again."
    return say(
        f"Something broke on my side. {so_far} Tell the operator this reference: {{reference}}.", reference=reference
    )


def _tell(piece: Piece, words: Words) -> None:
    try:
        piece.tell(words)
    except Exception:  # The first failure is in the log already; telling it failed as well.
        log.exception("the person could not be told")
