"""The desk's metrics, for Prometheus. No label ever has anything of a customer's or a person's.

Each desk has a registry of its own. What is counted in the database was counted a few seconds ago by a thread that
does nothing else, so that who asks for the metrics never waits for the database.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Metric,
    PlatformCollector,
    ProcessCollector,
    exposition,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.aws.aws_words import THROTTLED
from bot.tickets.figures import Figures

log = logging.getLogger(__name__)

_ACK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Seconds; Slack waits for three."""

_REPLY = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_REASONS = frozenset({"cut", "disconnect", "link_disabled", "no hello", "refresh_requested", "too_many_websockets"})
"""Why a connection to Slack is replaced; whatever else Slack may say counts as ``other``."""

_KEPT = 120.0
"""Seconds after which figures are shown no more: the database has not answered for so long."""

_SHARE = 0.02
"""Of a processor's time, at most, that counting takes."""


class Metrics:
    """Everything that is measured of one desk. Safe to share between threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._ack = Histogram(
            "desk_ack_seconds",
            "From the arrival of what Slack sends until its acknowledgement has left.",
            buckets=_ACK,
            registry=self.registry,
        )
        self._reply = Histogram(
            "desk_first_reply_seconds",
            "From the acknowledgement of a command until the first message of its answer is posted.",
            buckets=_REPLY,
            registry=self.registry,
        )
        self._calls = Counter(
            "desk_aws_requests",
            "Requests to AWS, each try counted, by operation and outcome: ok, AWS's error code, or what went wrong.",
            ["operation", "outcome"],
            registry=self.registry,
        )
        self._throttles = Counter(
            "desk_aws_throttles",
            "Requests to which AWS answered that it is asked too often.",
            ["operation"],
            registry=self.registry,
        )
        self._reconnects = Counter(
            "desk_slack_reconnects",
            "Connections to Slack that have taken the place of another one, by why that had ended.",
            ["reason"],
            registry=self.registry,
        )
        self._away = Counter(
            "desk_slack_away_seconds",
            "For how long Slack could deliver nothing between two connections.",
            registry=self.registry,
        )

    def acknowledged(self, seconds: float) -> None:
        """Note how long an acknowledgement took."""
        self._ack.observe(seconds)

    def replied(self, seconds: float | None) -> None:
        """Note how long a first reply took; None where nobody knows."""
        if seconds is not None:
            self._reply.observe(seconds)

    def reconnected(self, why: str, away: float) -> None:
        """Note that a connection to Slack was replaced."""
        usual = "refresh_requested" if why == "warning" else why
        self._reconnects.labels(usual if usual in _REASONS else "other").inc()
        self._away.inc(away)

    def called(self, operation: str, outcome: str) -> None:
        """Note what came of a request to AWS."""
        self._calls.labels(operation, outcome).inc()
        if outcome in THROTTLED:
            self._throttles.labels(operation).inc()

    def show(self, figures: "Latest", parts: Callable[[], Mapping[str, bool]]) -> None:
        """Show what was counted in the database, and whether each part of the desk is well."""
        self.registry.register(_Shown(figures, parts))

    def page(self, accepts: str) -> tuple[bytes, str]:
        """Return all metrics in the format that a request accepts best, and its content type."""
        encode, kind = exposition.choose_encoder(accepts)
        return encode(self.registry), kind


class Latest:
    """The figures of a moment ago. `count` is for a thread that does it again and again."""

    def __init__(self, count: Callable[[], Figures]) -> None:
        self._count = count
        self._figures: Figures | None = None
        self._at = 0.0
        self._again = 0.0

    def count(self) -> None:
        """Count, unless that would take too much of the processor: years of tickets take a while."""
        began = time.monotonic()
        if began < self._again:
            return
        self._figures = self._count()
        self._at = time.monotonic()
        self._again = began + (self._at - began) / _SHARE

    def get(self) -> tuple[Figures, float] | None:
        """Return them, and how many seconds old they are; None where that is too old, or there are none."""
        age = time.monotonic() - self._at
        return (self._figures, age) if self._figures is not None and age < max(_KEPT, 2 * self._wait) else None

    @property
    def _wait(self) -> float:
        return self._again - self._at


def uncounted(error: Exception) -> None:
    """Say that the database didn't let itself be counted; the metrics are without it, once it was long ago."""
    log.warning("the tickets could not be counted for the metrics (%s)", type(error).__name__)


@dataclass(frozen=True, slots=True)
class _Shown(Collector):
    figures: Latest
    parts: Callable[[], Mapping[str, bool]]

    def collect(self) -> Iterable[Metric]:
        """Yield what is known at this moment."""
        ready = GaugeMetricFamily(
            "desk_part_ready", "Whether each part of the desk is well, as /readyz says.", labels=["part"]
        )
        for part, well in self.parts().items():
            ready.add_metric([part], well)
        yield ready
        latest = self.figures.get()
        if latest is None:
            return
        figures, age = latest
        tickets = GaugeMetricFamily("desk_tickets", "Requests on record.", labels=["state", "scenario"])
        for (state, scenario), n in figures.tickets.items():
            tickets.add_metric([state, scenario], n)
        yield tickets
        for name, said, value in (
            ("tickets_in_doubt", "Requests of which nobody knows what became of them.", figures.in_doubt),
            (
                "oldest_waiting_seconds",
                "How long the oldest request has waited for leads; 0 where none waits.",
                _now(figures.oldest_waiting, age),
            ),
            ("outbox_messages", "Messages that Slack has yet to be told.", figures.outbox),
            (
                "outbox_oldest_seconds",
                "How long the oldest of them has waited; 0 where there is none.",
                _now(figures.oldest_unsent, age),
            ),
            ("slack_connections", "Connections to Slack of all desks on this database.", figures.connections),
        ):
            yield GaugeMetricFamily(f"desk_{name}", said, value=value)


def _now(seconds: float | None, age: float) -> float:
    """Return how long something has waited by now that had so long when it was counted."""
    return 0.0 if seconds is None else seconds + age
