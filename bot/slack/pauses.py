"""Where Slack takes nothing for now, and for how long: it has limited a method, or refuses a channel."""

import time
from collections.abc import Callable

from bot.tickets.outbox import EVERYWHERE, LONGEST_PAUSE, Hold, Method

_DOUBLINGS = 6
"""After which a pause is as long as it gets."""

_PERHAPS_ITS_OWN = 3
"""Refusals of different messages in a row, none of which has to mean the channel, after which they do."""


class Pauses:
    """Back-off by method, channel and conversation; in one process's memory, for one thread.

    A channel that refuses costs one try each time its pause is over, however many messages about tickets wait for it;
    and the next channel never waits for it.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[Hold, float] = {}
        self._closed_until: dict[str, float] = {}
        self._limited: dict[str, float] = {}
        """Until when posts to a channel are limited; one that refuses them is not among these."""
        self._refusals: dict[str, int] = {}
        self._stuck: dict[int, int] = {}

    def held(self) -> frozenset[Hold]:
        """Return where nothing may be sent now."""
        now = self._clock()
        self._until = {hold: until for hold, until in self._until.items() if until > now}
        return frozenset(self._until)

    def closed(self) -> frozenset[str]:
        """Return the channels that refused what is about tickets, and aren't asked again yet."""
        now = self._clock()
        self._closed_until = {channel: until for channel, until in self._closed_until.items() if until > now}
        return frozenset(self._closed_until)

    def seconds_left(self) -> float:
        """Return after how many seconds the next of them is over, 0 where one is; infinity where there is none."""
        now = self._clock()
        ends = (*self._until.values(), *self._closed_until.values())
        return min((max(0.0, until - now) for until in ends), default=float("inf"))

    def limited(self, method: Method, channel: str, seconds: float) -> None:
        """Hold what Slack has answered 429 to.

        Slack limits posts by channel, and all of them together only far above that, and doesn't say which it was: the
        channel is held, and everything once a second channel is limited meanwhile. Edits it limits by method alone.
        """
        now = self._clock()
        self._limited = {where: until for where, until in self._limited.items() if until > now and where != channel}
        if method is Method.POST and not self._limited:
            self._hold(method, channel, seconds)
        else:
            self._hold(method, EVERYWHERE, seconds)
        if method is Method.POST:
            self._limited[channel] = now + seconds

    def refused(self, channel: str) -> None:
        """Hold a channel that takes nothing, or `EVERYWHERE` when it is us whom Slack refuses; longer each time."""
        self._refusals[channel] = self._refusals.get(channel, 0) + 1
        self._close(channel, pause(self._refusals[channel]))

    def refused_one(self, conversation: int, channel: str) -> float:
        """Return for how many seconds a conversation waits whose message was refused for a reason that we don't know.

        If nothing else arrives in its channel meanwhile, it is the channel's.
        """
        self._stuck[conversation] = self._stuck.get(conversation, 0) + 1
        here = self._refusals[channel] = self._refusals.get(channel, 0) + 1
        if here > _PERHAPS_ITS_OWN:
            self._close(channel, pause(here - _PERHAPS_ITS_OWN))
        return pause(self._stuck[conversation])

    def arrived(self, conversation: int, channel: str) -> None:
        """Forget what was refused here: Slack has taken something."""
        self._stuck.pop(conversation, None)
        self._closed_until.pop(channel, None)
        for where in (channel, EVERYWHERE):
            self._refusals.pop(where, None)

    def _close(self, channel: str, seconds: float) -> None:
        if channel != EVERYWHERE:
            self._closed_until[channel] = self._clock() + seconds
            return
        for method in Method:
            self._hold(method, channel, seconds)

    def _hold(self, method: Method, channel: str, seconds: float) -> None:
        self._until[method, channel] = max(self._until.get((method, channel), 0.0), self._clock() + seconds)


def pause(times: int) -> float:
    """Return how many seconds to wait after something has failed so many times in a row."""
    return float(min(LONGEST_PAUSE, 2 ** min(times, _DOUBLINGS)))
