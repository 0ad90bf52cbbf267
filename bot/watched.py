"""What is put together only where the operator asks how the desk is: what is looked at, and what is measured."""

import logging
from dataclasses import dataclass
from functools import partial

from bot.health import Health, Part
from bot.metrics import Latest, Metrics, uncounted
from bot.repeated import Repeated
from bot.settings import Listen
from bot.slack.answers import Askers
from bot.slack.client import Client
from bot.slack.writer import Writer
from bot.tickets.figures import figures
from bot.tickets.store import Store
from bot.tickets.sweeper import Sweeper
from bot.timings import HealthTimings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The parts of a desk without which it can't work."""

    database: Store
    client: Client
    sweeper: Sweeper
    writer: Writer


def measure(metrics: Metrics, client: Client, writer: Writer, askers: Askers) -> None:
    """Let the connection to Slack and the writer tell the metrics what they do."""
    client.acknowledged_listeners.append(metrics.acknowledged)
    client.reconnect_listeners.append(metrics.reconnected)
    writer.root_listeners.append(lambda conversation: metrics.replied(askers.seconds(conversation)))


def health(listen: Listen, desk: Watched, metrics: Metrics, timings: HealthTimings) -> Health:
    """Return what says how a desk is, and shows its metrics."""
    latest = Latest(partial(figures, desk.database))
    probe = Repeated(desk.database.answers, name="database-probe", every=timings.probe, broken=_unanswered)
    parts = (
        Part(
            name="slack",
            seconds=desk.client.seconds_unheard,
            limit=timings.slack,
            never="Slack has not said hello yet",
            failing="nothing has come from Slack for",
        ),
        Part(
            name="database",
            seconds=lambda: probe.beat.seconds,
            limit=timings.database,
            never="it has not answered yet",
            failing="it has not answered for",
        ),
        Part(
            name="sweeper",
            seconds=lambda: desk.sweeper.seconds_idle,
            limit=timings.sweeper,
            never="it has not looked yet",
            failing="it has not looked for",
        ),
        Part(
            name="writer",
            seconds=lambda: desk.writer.beat.seconds,
            limit=timings.writer,
            never="it has not begun yet",
            failing="it has not looked for messages for",
        ),
    )
    made = Health(
        listen,
        parts,
        threads=(*desk.sweeper.threads, desk.writer.thread, *desk.client.threads),
        looking=(probe, Repeated(latest.count, name="figures", every=timings.figures, broken=uncounted)),
        metrics=metrics.page,
        patience=timings.connection,
    )
    metrics.show(latest, made.by_part)
    return made


def _unanswered(error: Exception) -> None:
    log.warning("the database doesn't answer (%s)", type(error).__name__)
