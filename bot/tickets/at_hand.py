"""Answers that the writer of this process holds from the moment they were written: it sends them without a look.

The database has them too, as rows leased to this writer. If the process dies, they are another's when the lease ends.
"""

import threading
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import replace

from bot.tickets.message import EVERYWHERE, Hold, Item, Sent

_MOST = 64
"""Answers at hand; more than this wait in the database alone."""


class AtHand:
    """Whole answers, each a root and its replies, in memory. Safe to share between threads.

    All roots leave before any reply, and the replies of an answer once it is written where its root stands.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._roots: deque[Item] = deque()
        self._rest: dict[int, Collection[Item]] = {}
        """What follows a root, by conversation, until that is written."""
        self._replies: deque[Item] = deque()
        """What may follow now."""

    @property
    def is_full(self) -> bool:
        """Whether no more should be handed over."""
        return len(self._roots) >= _MOST

    def put(self, root: Item, *replies: Item) -> None:
        """Hand an answer over."""
        with self._lock:
            self._rest[root.conversation] = replies
            self._roots.append(root)

    def next(self, held: frozenset[Hold]) -> Item | None:
        """Return the message that may leave next, None where there is none, or where it is held."""
        with self._lock:
            item = next(iter(self._roots or self._replies), None)
        return None if item is None or _is_held(item, held) else item

    def take(self, held: frozenset[Hold]) -> Item | None:
        """Take the message that `next` returns."""
        with self._lock:
            waiting = self._roots or self._replies
            return waiting.popleft() if waiting and not _is_held(waiting[0], held) else None

    def follow(self, sent: Sent) -> None:
        """Let the replies follow whose root has left, and is written."""
        with self._lock:
            for each in self._rest.pop(sent.item.conversation, ()):
                self._replies.append(replace(each, ts=sent.ts or ""))

    def take_out_held(self, held: frozenset[Hold]) -> list[Item]:
        """Take out the answers of which a message can't leave now, and return what is left of them."""
        return self.take_out(lambda item: _is_held(item, held))

    def take_out(self, wanted: Callable[[Item], bool] = lambda _: True) -> list[Item]:
        """Take out the answers of which a message is wanted, whole, and return what is left of them."""
        with self._lock:
            every = [*self._roots, *self._replies, *(each for rest in self._rest.values() for each in rest)]
            places = {each.conversation for each in every if wanted(each)}
            self._roots = deque(each for each in self._roots if each.conversation not in places)
            self._replies = deque(each for each in self._replies if each.conversation not in places)
            self._rest = {place: rest for place, rest in self._rest.items() if place not in places}
        return [each for each in every if each.conversation in places]


def _is_held(item: Item, held: frozenset[Hold]) -> bool:
    return bool(held & {(item.method, item.channel), (item.method, EVERYWHERE)})
