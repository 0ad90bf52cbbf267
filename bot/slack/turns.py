"""Threads that many people share: everybody in turn, nobody more than their share, and too much is said at once."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of somebody's may be in hand at once."""

    at_once: int
    """Pieces of work that run."""
    waiting: int
    """Pieces of work that wait to run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Something to be done for a person in a channel."""

    person: str
    channel: str
    work: Callable[[], None]


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
