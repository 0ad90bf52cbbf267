"""The one place where the desk is put together, for `desk run` and for tests alike.

The doors of the desk, and what they stand on, are put together in `bot.desk.services`, what hands people's commands
and clicks to them in `bot.slack.listeners`.

It is long because each part of the desk is named here with what it stands on.
"""

import logging
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slack_sdk import WebClient

from bot import redaction
from bot.attached_list import NoLists
from bot.aws.gateway import threads
from bot.desk import services
from bot.desk.rechecks import AT_ONCE
from bot.desk.services import Foundation, FromSlack
from bot.pool_check import picture
from bot.pool_check.checks import PoolChecks
from bot.pool_check.files import ReportFiles
from bot.program import Looking, Program, Threads
from bot.scenario import Scenario
from bot.settings import Settings
from bot.slack import app as slack_app
from bot.slack import listeners, notices, web_api
from bot.slack.answers import Askers
from bot.slack.app import Departures, SocketMode, Workspace
from bot.slack.attachments import Attachments
from bot.slack.background_work import BackgroundWork, Lanes, Share, Turns
from bot.slack.file_posting import FileDeleter, FilePoster
from bot.slack.giving_way import Pauses
from bot.slack.home import HomeTabs
from bot.slack.interaction import Ephemeral, Replies
from bot.slack.modals import ModalClient
from bot.slack.notices import Drawing
from bot.slack.pool_checks import PoolCheckMessages
from bot.slack.posting import Permalinks
from bot.slack.writer import Writer
from bot.ticket import Event
from bot.tickets import bulk_files
from bot.tickets.audit_export import Exporter, target
from bot.tickets.connections import Connections
from bot.tickets.deliveries import Deliveries
from bot.tickets.files import Files, Maker, Makers
from bot.tickets.forgetting import Cleaner, Kept
from bot.tickets.message import Message, MessageKind
from bot.tickets.outbox import Outbox
from bot.tickets.seals import Sealer
from bot.tickets.store import Store
from bot.tickets.transitions import Tickets
from bot.timings import UNHURRIED, Timings

if TYPE_CHECKING:
    from bot.metrics import Metrics

log = logging.getLogger(__name__)

LISTENERS = 64
"""Threads that acknowledge. Each is busy for a millisecond; fifty people at once never wait for one."""

WORKERS = 64
"""Threads that work on requests after their acknowledgement, most of the time waiting for Cognito or Slack."""

DECIDERS = 32
"""Threads that work on decisions, which wait for no request."""

REFUSERS = 4
"""Threads that tell people that they have asked for too much."""

RUNNERS = 32
"""Approved tickets that run at once; when Cognito is slow, each keeps its thread for as long as its reads receive."""

BUSY_PERSON = Share(at_once=8, waiting=42)
"""Of requests: nobody types fifty commands before the first is answered."""

BUSY_CHANNEL = Share(at_once=48, waiting=400)
"""Of requests: a whole team at once, with threads left over for the next channel."""

DECIDING_PERSON = Share(at_once=8, waiting=92)
"""Of decisions: a lead who goes through everything that waits."""

DECIDING_CHANNEL = Share(at_once=24, waiting=400)

REFUSED = Share(at_once=1, waiting=20)
"""Of refusals. Who gets these has been told the same twenty times."""

REFUSED_CHANNEL = Share(at_once=3, waiting=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the desk reaches the world by. Tests give something else."""

    clients: Callable[[Settings], tuple[WebClient, WebClient]] = web_api.clients
    """A client of Slack's for what may be sent only once, and one that asks again when a connection breaks."""
    store: Callable[..., Store] = Store
    threads: Callable[[int, str], Executor] = threads
    makers: Makers = field(default_factory=dict)
    """What makes files, by their kind, besides the desk's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What the desk is built from; see `build`."""

    settings: Settings
    scenarios: Mapping[str, Scenario[Any]]
    timings: Timings
    outside: Outside


@dataclass(frozen=True, slots=True, kw_only=True)
class _Threads:
    """All that work at once."""

    listening: Executor
    working: Executor
    deciding: Executor
    refusing: Executor
    running: Executor
    rechecking: Executor


def build(
    settings: Settings,
    *,
    scenarios: Mapping[str, Scenario[Any]],
    timings: Timings = UNHURRIED,
    end: Callable[[str], None] = log.critical,
    outside: Outside | None = None,
) -> Program:
    """Put the desk together. Asks Slack who it is and who the leads are. Raises `SettingsError` and `StoreError`.

    Nothing is written before it starts: another desk may be running on the database. ``end``: how any thread asks for
    the program's end, with what is wrong, when no waiting changes it.
    """
    given = _Given(settings=settings, scenarios=scenarios, timings=timings, outside=outside or Outside())
    _hide_secrets(settings)
    metrics = _metrics(settings)
    slack = slack_app.workspace(settings, timings, *given.outside.clients(settings))
    work = _threads(given.outside)
    foundation, permalinks = _foundation(given, slack, work, metrics)
    doors = services.doors(settings, foundation)
    departures, askers = Departures(), Askers(work.refusing)
    replies = Replies(
        background=_background(work),
        ephemeral=Ephemeral(slack.client, name=settings.slack.name),
        modals=ModalClient(client=slack.client, departures=departures, settled=timings.settled),
    )
    app = slack_app.bolt(settings, slack, work.listening)
    homes = HomeTabs(slack.client, foundation.tickets.store, slack.roster, foundation.records, every=timings.home)
    for each in listeners.table(settings, scenarios, doors, foundation.gateway, askers, homes, timings):
        each.listen(app, replies)
    socket = SocketMode(
        app,
        settings.app_token.get_secret_value(),
        at_once=LISTENERS,
        departures=departures,
        end=end,
        timings=timings.socket,
    )
    database = foundation.tickets.store
    drawing = Drawing(
        foundation.tickets,
        permalinks,
        leads=slack.roster.to_mention,
        stuck=foundation.judging.stuck,
        told=slack.told,
        asker_told=askers.tell,
    )
    writer = Writer(
        Deliveries(foundation.tickets.outbox),
        slack.client,
        _draws(drawing, foundation.pool_checks),
        unanswered=drawing.unanswered,
        hopeless=end,
        pauses=Pauses(closed=slack.channels.closed),
    )
    poster = _poster(given, slack, foundation)
    writer.files = poster.hand
    health = None
    if metrics is not None and settings.health.listen is not None:
        from bot import watched

        watched.measure(metrics, socket.client, writer, askers)
        parts = watched.Watched(database=database, client=socket.client, sweeper=foundation.sweeper, writer=writer)
        health = watched.health(settings.health.listen, parts, metrics, timings.health)
    connections = Connections(database, socket.client.opened, owner=uuid.uuid4().hex, settling=timings.settling)
    retention = settings.retention
    kept = Kept(messages=retention.messages, details=retention.details)
    sealer, cleaner = Sealer(database, every=timings.seal), Cleaner(database, kept, every=timings.clean)
    deleter = FileDeleter(foundation.files, slack.client, every=timings.clean)
    looking: list[Looking] = [connections, homes, sealer, cleaner, poster, deleter]
    looking += [foundation.pool_worker, foundation.weekly_reports, foundation.bulk_runs]
    if export := settings.audit.bucket or settings.audit.export:
        looking.append(Exporter(database, target(export), every=timings.export))
    executors = (
        work.listening,
        work.working,
        work.deciding,
        work.refusing,
        work.running,
        work.rechecking,
        *foundation.bulk_runs.executors,
    )
    return Program(
        foundation=foundation,
        decisions=doors.decisions,
        writer=writer,
        socket=socket,
        threads=Threads(background=replies.background, executors=executors, looking=looking),
        health=health,
    )


def _draws(drawing: Drawing, pool_checks: PoolChecks) -> Callable[[MessageKind, int, str], Message | None]:
    """Return what draws every message that the outbox holds by number."""

    def draw(kind: MessageKind, number: int, permalink: str) -> Message | None:
        drawn = drawing.ticket(kind, number, permalink)
        return pool_checks.message(number) if drawn is None and kind is MessageKind.CASE else drawn

    return draw


def _poster(given: _Given, slack: Workspace, foundation: Foundation) -> FilePoster:
    """Return what posts files; what makes one of each kind is named here."""
    pools = given.settings.pools
    reports = ReportFiles(foundation.pool_checks, pools)
    runs = bulk_files.makers(foundation.tickets.store, lambda pool: pools[pool].list_addresses)
    makers: dict[str, Maker] = {**reports.makers, **runs, **given.outside.makers}
    deliveries = Deliveries(foundation.tickets.outbox)
    return FilePoster(foundation.files, deliveries, slack.client, makers, closed=slack.channels.closed, told=slack.told)


def _hide_secrets(settings: Settings) -> None:
    """Let no log show the settings' secrets."""
    redaction.guard()
    for secret in (settings.bot_token, settings.app_token, *(pool.client_secret for pool in settings.pools.values())):
        if secret is not None:
            redaction.hide(secret)


def _threads(outside: Outside) -> _Threads:
    return _Threads(
        listening=outside.threads(LISTENERS, "listener"),
        working=outside.threads(WORKERS, "work"),
        deciding=outside.threads(DECIDERS, "decision"),
        refusing=outside.threads(REFUSERS, "refusal"),
        running=outside.threads(RUNNERS, "ticket"),
        rechecking=outside.threads(AT_ONCE, "recheck"),
    )


def _background(work: _Threads) -> BackgroundWork:
    return BackgroundWork(
        Lanes(
            decisions=Turns(work.deciding, threads=DECIDERS, person=DECIDING_PERSON, channel=DECIDING_CHANNEL),
            requests=Turns(work.working, threads=WORKERS, person=BUSY_PERSON, channel=BUSY_CHANNEL),
            refusals=Turns(work.refusing, threads=REFUSERS, person=REFUSED, channel=REFUSED_CHANNEL),
        )
    )


def _metrics(settings: Settings) -> "Metrics | None":
    if settings.health.listen is None:
        return None
    # What nobody asks for takes no time at the start.
    from bot.metrics import Metrics

    return Metrics()


def _foundation(
    given: _Given, slack: Workspace, work: _Threads, metrics: "Metrics | None"
) -> tuple[Foundation, Permalinks]:
    settings, timings, roster = given.settings, given.timings, slack.roster
    database = given.outside.store(settings.database_url.get_secret_value(), lock_seconds=timings.lock)
    outbox = Outbox(database, lease=timings.sending)
    files = Files(outbox, on=settings.slack.files, kept=settings.retention.files)
    drawn = PoolCheckMessages(files=files.on, picture=picture.is_installed(), scenarios=given.scenarios.keys())
    pool_checks = PoolChecks(outbox, drawn, files)
    permalinks = Permalinks(outbox, slack.reader)
    foundation = services.foundation(
        settings,
        given.scenarios,
        timings,
        slack=FromSlack(
            roster=roster,
            channels=slack.channels,
            cards=permalinks.cards,
            standing=permalinks.standing,
            told=slack.told,
            lists=Attachments(slack.reader) if settings.slack.files else NoLists(),
        ),
        tickets=Tickets(
            database,
            outbox,
            lambda event, ticket, by: notices.notice(
                event,
                ticket,
                by=by,
                leads=settings.approvals.escalate_to if event is Event.ESCALATED else roster.to_mention(ticket.pool),
            ),
        ),
        running=work.running,
        rechecking=work.rechecking,
        threads=given.outside.threads,
        observed=metrics.called if metrics is not None else None,
        pool_checks=pool_checks,
        files=files,
    )
    return foundation, permalinks
