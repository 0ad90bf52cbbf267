"""The one place where the desk is put together, for `desk run` and for tests alike."""

import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from bot import forms, listeners, notices, records, slack_app, slack_log, undo
from bot.answering import Answering
from bot.asking import Asking
from bot.boundary import Boundary
from bot.clicks import Clicks
from bot.deciding import Deciding
from bot.desk import Desk
from bot.drawing import Drawing
from bot.entering import Entering
from bot.errands import Errands
from bot.following_up import FollowingUp
from bot.gateway import Gateway
from bot.leases import Leases
from bot.modals import Modals
from bot.nudges import Nudges
from bot.nudging import Nudging
from bot.offered import Offered
from bot.on_record import OnRecord
from bot.outbox import Outbox
from bot.pace import UNHURRIED, Pace
from bot.people import Roster
from bot.permalinks import Permalinks
from bot.planner import Planner
from bot.preparing import Preparing
from bot.program import Program
from bot.runner import Runner
from bot.scenario import Scenario
from bot.settings import Settings
from bot.signing_in import SigningIn
from bot.slack_socket import Socket
from bot.slack_writer import Writer
from bot.starting import Starting
from bot.store import Store
from bot.submitting import Submitting
from bot.sweeper import Sweeper
from bot.tickets import Tickets
from bot.which_pool import WhichPool
from bot.whispers import Whispers

LISTENERS = 64
"""Threads that acknowledge. Each is busy for a millisecond; fifty people at once never wait for one."""

WORKERS = 64
"""Threads that work after an acknowledgement, most of the time waiting for Cognito or Slack."""

RUNNERS = 16
"""Approved tickets that run at once."""


def build(settings: Settings, *, scenarios: Mapping[str, Scenario[Any]], pace: Pace = UNHURRIED) -> Program:
    """Put the desk together. Asks Slack who it is and who the leads are. Raises `SettingsError` and `StoreError`.

    Nothing is written before it starts: another desk may be running on the database.
    """
    for scenario in scenarios.values():
        forms.check(scenario)
    slack_log.quiet()
    client, reader = slack_app.clients(settings)
    us = slack_app.identity(client)
    roster = Roster(reader, settings.people, home=us.team_id or "")
    slack_app.check_leads(roster)

    database = Store(settings.database_url.get_secret_value())
    on_record = OnRecord(roster, database)
    leads = settings.people.leads
    outbox = Outbox(database, lease=pace.sending)
    tickets = Tickets(database, outbox, partial(notices.notice, leads=leads))
    gateway = Gateway(settings.pools, sends=frozenset().union(*(each.sends for each in scenarios.values())))
    permalinks = Permalinks(outbox, reader)
    planner = Planner(scenarios, gateway, database, links=permalinks.cards)
    running = ThreadPoolExecutor(RUNNERS, thread_name_prefix="ticket")
    runner = Runner(Leases(tickets, lease=pace.lease), planner, gateway, running, pauses=pace.pauses)
    sweeper = Sweeper(tickets, runner, every=pace.sweep)
    desk = Desk(tickets=tickets, planner=planner, runner=runner, roster=roster, settings=settings)
    drawing = Drawing(tickets, permalinks, leads=leads)
    writer = Writer(outbox, client, drawing, owner=uuid.uuid4().hex)

    working = ThreadPoolExecutor(WORKERS, thread_name_prefix="work")
    boundary = Boundary(working)
    whispers, modals = Whispers(client), Modals(client)
    clicks = Clicks(desk=desk, boundary=boundary, whispers=whispers, modals=modals)
    answering = Answering(desk, database, outbox)
    offered = Offered(settings.pools)
    errands = Errands(
        scenarios=scenarios,
        pools=settings.pools,
        asking=Asking(tickets=tickets, planner=planner, rights=roster, settings=settings),
        planner=planner,
        customers=gateway,
        database=database,
        pauses=pace.pauses,
    )
    signing_in = SigningIn(boundary=boundary, whispers=whispers, modals=modals)
    askable = {**scenarios, undo.NAME: undo.undo}
    preparing = Preparing(
        scenarios=scenarios,
        offered=offered,
        directories=gateway,
        on_record=on_record,
        boundary=boundary,
        whispers=whispers,
        modals=modals,
    )
    listening = ThreadPoolExecutor(LISTENERS, thread_name_prefix="listener")
    app = slack_app.bolt(settings, us, listening)
    listeners.register(
        app,
        starting=Starting(
            scenarios=scenarios,
            pools=tuple(settings.pools),
            channels=settings.channels.allowed,
            roster=roster,
            on_record=on_record,
            boundary=boundary,
            whispers=whispers,
            modals=modals,
            answering=answering,
            which_pool=WhichPool(gateway, tuple(settings.pools), remembers=partial(records.remembers, database)),
            count_waiting=partial(records.count_waiting, database),
            preparing=preparing,
            offered=offered,
        ),
        preparing=preparing,
        submitting=Submitting(
            scenarios=askable,
            offered=offered,
            desk=desk,
            boundary=boundary,
            whispers=whispers,
            modals=modals,
            answering=answering,
            preparing=preparing,
            errands=errands,
            signing_in=signing_in,
        ),
        deciding=Deciding(desk, clicks),
        nudging=Nudging(
            nudges=Nudges(tickets, roster), answering=answering, boundary=boundary, whispers=whispers, modals=modals
        ),
        entering=Entering(desk, clicks, errands, signing_in),
        signing_in=signing_in,
        following_up=FollowingUp(desk, clicks, preparing, askable),
    )
    return Program(
        desk=desk,
        database=database,
        outbox=outbox,
        gateway=gateway,
        writer=writer,
        runner=runner,
        sweeper=sweeper,
        boundary=boundary,
        socket=Socket(app, settings.app_token.get_secret_value(), at_once=LISTENERS),
        executors=(listening, working, running),
    )
