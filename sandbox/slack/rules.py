"""Slack's times and rates, in one value, so that a test can shorten them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rates:
    """How many calls a minute each tier takes, and how many may come at once.

    Tier 5 stands for the methods that Slack describes as "hundreds a minute".
    """

    posts_per_second: float = 1.0
    post_burst: int = 4
    per_minute: dict[int, int] = field(default_factory=lambda: {1: 1, 2: 20, 3: 50, 4: 100, 5: 600})
    burst_share: float = 0.5

    @classmethod
    def slack(cls) -> Rates:
        """What Slack documents, with the small bursts that it tolerates."""
        return cls()

    @classmethod
    def strict(cls) -> Rates:
        """Not one message past one a second."""
        return cls(post_burst=1)

    @classmethod
    def generous(cls) -> Rates:
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
    """For which whoever connects is kept waiting, and then for the hello."""
    hello_seconds: float = 0.0
    most_connections: int = 10
    acks_anywhere: bool = False
    """Whether an acknowledgement counts on another connection than the one that delivered: Slack doesn't say."""
    rates: Rates = field(default_factory=Rates.slack)
    edit_seconds: float = float("inf")
    """For how long a message may be edited, by the workspace's settings."""
    refused_blocks: frozenset[str] = frozenset()
    """The types of blocks that this workspace doesn't take in messages (yet)."""

    @classmethod
    def quick(cls) -> Rules:
        """For tests: no rates to meet, pings so frequent that the app's socket notices its own closing at once, and
        deadlines that no machine is too slow for.
        """
        return cls(
            ack_seconds=60.0,
            trigger_seconds=60.0,
            ping_seconds=0.1,
            rates=Rates.generous(),
        )
