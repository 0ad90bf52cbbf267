"""Counts calls against Slack's rates and says how long to wait past them."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.slack.rules import Rates


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
