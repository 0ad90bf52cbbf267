"""Slack's times and rates, in one value, so that a test can shorten them; and what is left of the rates."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rates:
    """How many calls Slack takes: posts a second in each channel, and calls a minute of each method, by its tier.

    ``post_burst`` is how many posts may come at once, ``burst_share`` which part of a minute's calls may. Tier 5 stands
    for the methods that Slack describes as "hundreds a minute".
    """

    posts_per_second: float = 1.0
    post_burst: int = 4
    per_minute: dict[int, int] = field(default_factory=lambda: {1: 1, 2: 20, 3: 50, 4: 100, 5: 600})
    burst_share: float = 0.5

    @classmethod
    def slack(cls) -> "Rates":
        """What Slack documents, with the small bursts that it tolerates."""
        return cls()

    @classmethod
    def strict(cls) -> "Rates":
        """Not one message past one a second."""
        return cls(post_burst=1)

    @classmethod
    def generous(cls) -> "Rates":
        """So many that a fast test never meets them."""
        return cls(posts_per_second=10_000, post_burst=10_000, per_minute=dict.fromkeys((1, 2, 3, 4, 5), 1_000_000))


@dataclass(frozen=True, slots=True)
class Rules:
    """Slack's deadlines and limits; seconds where a time is meant."""

    ack_seconds: float = 3.0
    trigger_seconds: float = 3.0
    response_url_seconds: float = 1800.0
    response_url_uses: int = 5
    ping_seconds: float = 5.0
    connection_seconds: int = 18060
    refresh_grace: float = 0.5
    """Between saying that a connection is taken back and closing it; envelopes may still come over it."""
    handshake_seconds: float = 0.0
    """How long a connecting app waits for the handshake, and then for the hello."""
    hello_seconds: float = 0.0
    most_connections: int = 10
    acks_anywhere: bool = False
    """Whether an acknowledgement counts on another connection than the one that delivered: Slack doesn't say."""
    rates: Rates = field(default_factory=Rates.slack)
    edit_seconds: float = float("inf")
    """For how long a message may be edited, by the workspace's settings."""
    refuses_uploads: str = ""
    """By which error the workspace refuses files, such as `file_uploads_disabled`; empty where it takes them."""
    sharing_seconds: float = 1.0
    """For how long `files.info` doesn't say yet where a file is shared."""
    refused_blocks: frozenset[str] = frozenset()
    """The types of blocks that this workspace doesn't take in messages (yet)."""

    @classmethod
    def quick(cls) -> "Rules":
        """For tests: no rates to meet, pings so frequent that the app's socket notices its own closing at once, and
        deadlines that no machine is too slow for.
        """
        return cls(
            ack_seconds=60.0,
            trigger_seconds=60.0,
            ping_seconds=0.1,
            sharing_seconds=0.0,
            rates=Rates.generous(),
        )


class Buckets:
    """One bucket of permissions per method, and for posts per channel; each fills again at its rate."""

    def __init__(self, rates: Rates, now: Callable[[], float] = time.monotonic) -> None:
        self._rates = rates
        self._now = now
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait_before_call(self, method: str, tier: int) -> int | None:
        """Seconds to wait, as `Retry-After` says them; None when the call may go on."""
        per_minute = self._rates.per_minute[tier]
        return self._take(method, per_minute / 60, max(1, int(per_minute * self._rates.burst_share)))

    def wait_before_post(self, channel: str) -> int | None:
        """The same for a message to a channel."""
        return self._take(f"post to {channel}", self._rates.posts_per_second, self._rates.post_burst)

    def _take(self, key: str, per_second: float, room: int) -> int | None:
        now = self._now()
        left, since = self._buckets.get(key, (float(room), now))
        left = min(float(room), left + (now - since) * per_second)
        if left < 1:
            self._buckets[key] = (left, now)
            return max(1, math.ceil((1 - left) / per_second))
        self._buckets[key] = (left - 1, now)
        return None
