"""The one place where the desk is put together, for `desk run` and for tests alike."""

import logging
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from bot import slack_errors, slack_log
from bot.aws.gateway import Gateway
from bot.desk.approvals import Desk
from bot.desk.asking import Asking
from bot.desk.audited_access import AuditedAccess
from bot.desk.channels import ChannelStates
from bot.desk.customer_actions import CustomerActions
from bot.desk.hand_overs import HandOvers
from bot.desk.judging import Judging
from bot.desk.people import Roster
from bot.desk.reminders import Reminders
from bot.desk.which_pool import WhichPool
from bot.program import Program
from bot.scenario import Scenario
from bot.settings import Settings
from bot.slack import app as slack_app
from bot.slack import listeners, notices
from bot.slack.answering import Answering
from bot.slack.arrivals import Arrivals
from bot.slack.askers import Askers
from bot.slack.background_work import BackgroundWork, Lanes
from bot.slack.clicks import Clicks
from bot.slack.deciding import Deciding
from bot.slack.departures import Departures
from bot.slack.detailing import Detailing
from bot.slack.drawing import Drawing
from bot.slack.entering import Entering
from bot.slack.ephemeral import Ephemeral
from bot.slack.following_up import FollowingUp
from bot.slack.handing_over import HandingOver
from bot.slack.modals import Modals
from bot.slack.offered import Offered
from bot.slack.permalinks import Permalinks
from bot.slack.preparing import Preparing
from bot.slack.reminding import Reminding
from bot.slack.signing_in import SigningIn
from bot.slack.socket import Socket
from bot.slack.starting import Starting
from bot.slack.submitting import Submitting
from bot.slack.turns import Share, Turns
from bot.slack.writer import Writer
from bot.ticket import Event, Ticket
from bot.tickets import records, undo
from bot.tickets.connections import Connections
from bot.tickets.leases import Leases
from bot.tickets.message import Message
from bot.tickets.outbox import Outbox
from bot.tickets.planner import Planner
from bot.tickets.runner import Runner
from bot.tickets.store import Store
from bot.tickets.sweeper import Sweeper
from bot.tickets.transitions import Tickets
from bot.timings import UNHURRIED, Timings

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
"""Approved tickets that run at once; when Cognito is slow, each keeps its thread for as long as its reads take."""

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


def build(
    settings: Settings,
    *,
    scenarios: Mapping[str, Scenario[Any]],
    timings: Timings = UNHURRIED,
    end: Callable[[str], None] = log.critical,
) -> Program:
    """Put the desk together. Asks Slack who it is and who the leads are. Raises `SettingsError` and `StoreError`.

    Nothing is written before it starts: another desk may be running on the database. ``end``: how any thread asks for
    the program's end, with what is wrong, when no waiting changes it.
    """
    slack_log.guard()
    for secret in (settings.bot_token, settings.app_token, *(pool.client_secret for pool in settings.pools.values())):
        if secret is not None:
            slack_log.hide(secret)
    client, reader = slack_app.clients(settings)
    us = slack_app.identity(client)
    roster = Roster(
        reader,
        settings.people,
        home=us.team_id or "",
        group_reads=timings.group_reads,
        person_reads=timings.person_reads,
    )
    slack_app.check_leads(roster, settings.approvals.leads_needed)
    judging = Judging(roster, settings.approvals.leads_needed)

    database = Store(settings.database_url.get_secret_value(), lock_seconds=timings.lock)
    channels = ChannelStates(
        reader,
        shared=settings.channels.shared,
        name=settings.slack.name,
        kept=timings.open_channels,
        reads=timings.channel_reads,
    )
    told = partial(slack_errors.told, name=settings.slack.name)
    audited_access = AuditedAccess(roster, database, channels)
    outbox = Outbox(database, lease=timings.sending)

    def notice(event: Event, ticket: Ticket, *, by: str = "") -> Message | None:
        return notices.notice(event, ticket, by=by, leads=roster.to_mention())

    tickets = Tickets(database, outbox, notice)
    gateway = Gateway(settings.pools, sends=frozenset().union(*(each.sends for each in scenarios.values())))
    permalinks = Permalinks(outbox, reader)
    planner = Planner(scenarios, gateway, database, links=permalinks.cards, standing=permalinks.standing, told=told)
    running = ThreadPoolExecutor(RUNNERS, thread_name_prefix="ticket")
    # What is approved is planned again over clients and threads of its own: it waits for nobody's check.
    approved = gateway.for_tickets()
    replanner = Planner(scenarios, approved, database)
    leases = Leases(tickets, lease=timings.lease)
    runner = Runner(leases, replanner, approved, running, judge=judging, pauses=timings.pauses)
    sweeper = Sweeper(tickets, runner, every=timings.sweep)
    desk = Desk(
        tickets=tickets,
        planner=planner,
        runner=runner,
        roster=roster,
        audited_access=audited_access,
        judging=judging,
        settings=settings,
        links=permalinks.standing,
    )
    drawing = Drawing(tickets, permalinks, leads=roster.to_mention, told=told)
    working = ThreadPoolExecutor(WORKERS, thread_name_prefix="work")
    deciding = ThreadPoolExecutor(DECIDERS, thread_name_prefix="decision")
    refusing = ThreadPoolExecutor(REFUSERS, thread_name_prefix="refusal")
    background = BackgroundWork(
        Lanes(
            decisions=Turns(deciding, threads=DECIDERS, person=DECIDING_PERSON, channel=DECIDING_CHANNEL),
            requests=Turns(working, threads=WORKERS, person=BUSY_PERSON, channel=BUSY_CHANNEL),
            refusals=Turns(refusing, threads=REFUSERS, person=REFUSED, channel=REFUSED_CHANNEL),
        )
    )
    departures = Departures()
    ephemeral, modals = Ephemeral(client, name=settings.slack.name), Modals(client, departures)
    askers = Askers(ephemeral, refusing)
    writer = Writer(
        outbox,
        client,
        drawing,
        owner=uuid.uuid4().hex,
        closed=channels.closed,
        hopeless=end,
        told=told,
        asker_told=askers.tell,
    )
    clicks = Clicks(desk=desk, background=background, ephemeral=ephemeral, modals=modals)
    answering = Answering(desk, database, outbox, askers)
    arrivals = Arrivals(database, patience=timings.posting)
    offered = Offered(settings.pools)
    customer_actions = CustomerActions(
        scenarios=scenarios,
        pools=settings.pools,
        asking=Asking(
            tickets=tickets,
            planner=planner,
            audited_access=audited_access,
            judging=judging,
            settings=settings,
            links=permalinks.standing,
        ),
        planner=planner,
        customers=gateway,
        database=database,
        pauses=timings.pauses,
    )
    signing_in = SigningIn(known_key=roster.known_key, background=background, ephemeral=ephemeral, modals=modals)
    askable = {**scenarios, undo.NAME: undo.undo}
    which_pool = WhichPool(gateway, tuple(settings.pools), remembers=partial(records.remembers, database))
    preparing = Preparing(
        scenarios=scenarios,
        offered=offered,
        directories=gateway,
        audited_access=audited_access,
        which_pool=which_pool,
        background=background,
        ephemeral=ephemeral,
        modals=modals,
    )
    listening = ThreadPoolExecutor(LISTENERS, thread_name_prefix="listener")
    app = slack_app.bolt(settings, us, listening)
    listeners.register(
        app,
        starting=Starting(
            name=settings.slack.name,
            slash=settings.slack.commands,
            scenarios=scenarios,
            pools=tuple(settings.pools),
            channels=settings.channels.allowed,
            roster=roster,
            audited_access=audited_access,
            background=background,
            ephemeral=ephemeral,
            modals=modals,
            answering=answering,
            arrivals=arrivals,
            which_pool=which_pool,
            count_waiting=partial(records.count_waiting, database),
            preparing=preparing,
            offered=offered,
        ),
        preparing=preparing,
        submitting=Submitting(
            name=settings.slack.name,
            scenarios=askable,
            offered=offered,
            desk=desk,
            channels=settings.channels.allowed,
            audited_access=audited_access,
            background=background,
            ephemeral=ephemeral,
            modals=modals,
            answering=answering,
            arrivals=arrivals,
            preparing=preparing,
            customer_actions=customer_actions,
            signing_in=signing_in,
        ),
        deciding=Deciding(desk, clicks),
        reminding=Reminding(
            reminders=Reminders(tickets, audited_access, told=told),
            answering=answering,
            arrivals=arrivals,
            background=background,
            ephemeral=ephemeral,
            modals=modals,
        ),
        entering=Entering(desk, clicks, customer_actions, signing_in),
        signing_in=signing_in,
        following_up=FollowingUp(desk, clicks, preparing, askable),
        detailing=Detailing(
            scenarios=scenarios,
            pools=settings.pools.keys(),
            channels=settings.channels.allowed,
            offered=offered,
            audited_access=audited_access,
            desk=desk,
            database=database,
            clicks=clicks,
        ),
        handing_over=HandingOver(
            hand_overs=HandOvers(
                audited_access=audited_access,
                channels=settings.channels.allowed,
                teams=settings.teams,
                database=database,
                outbox=outbox,
            ),
            pools=settings.pools.keys(),
            clicks=clicks,
            background=background,
            modals=modals,
            arrivals=arrivals,
        ),
    )
    socket = Socket(
        app,
        settings.app_token.get_secret_value(),
        at_once=LISTENERS,
        departures=departures,
        end=end,
        hello_seconds=timings.hello,
    )
    return Program(
        desk=desk,
        database=database,
        outbox=outbox,
        gateway=gateway,
        writer=writer,
        runner=runner,
        sweeper=sweeper,
        background=background,
        socket=socket,
        connections=Connections(database, socket.opened, owner=uuid.uuid4().hex, settling=timings.settling),
        connecting=timings.connecting,
        executors=(listening, working, deciding, refusing, running),
    )
