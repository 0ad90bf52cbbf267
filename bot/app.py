"""The one place where the desk is put together, for `desk run` and for tests alike."""

import logging
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.error import URLError

from slack_bolt import App, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import forms, listeners, notices, slack_log
from bot.answering import Answering
from bot.boundary import Boundary
from bot.deciding import Deciding
from bot.desk import Desk
from bot.drawing import Drawing
from bot.execution import PAUSES
from bot.gateway import Gateway
from bot.leases import Leases
from bot.modals import Modals
from bot.outbox import Outbox
from bot.people import Roster, Unreadable
from bot.planner import Planner
from bot.runner import Runner
from bot.scenario import Scenario
from bot.settings import Settings, SettingsError
from bot.slack_socket import Socket
from bot.slack_writer import Writer
from bot.starting import Starting
from bot.store import Store
from bot.submitting import Submitting
from bot.tickets import Tickets
from bot.which_pool import WhichPool
from bot.whispers import Whispers

log = logging.getLogger(__name__)

LISTENERS = 64
"""Threads that acknowledge. Each is busy for a millisecond; fifty people at once never wait for one."""

WORKERS = 64
"""Threads that work after an acknowledgement, most of the time waiting for Cognito or Slack."""

RUNNERS = 16
"""Approved tickets that run at once."""

_ACKS = 3.0
"""Seconds that Slack waits for an acknowledgement."""

_TIMEOUT = 15
"""Seconds for one call of Slack's Web API."""


class Program:
    """The desk, put together. `start` it once, `stop` it once."""

    def __init__(
        self,
        *,
        desk: Desk,
        database: Store,
        outbox: Outbox,
        gateway: Gateway,
        writer: Writer,
        runner: Runner,
        boundary: Boundary,
        socket: Socket,
        executors: Sequence[ThreadPoolExecutor],
    ) -> None:
        self.desk = desk
        self.database = database
        self.outbox = outbox
        self._gateway = gateway
        self._writer = writer
        self._runner = runner
        self._boundary = boundary
        self._socket = socket
        self._executors = tuple(executors)

    def start(self) -> None:
        """Connect to Slack and begin to work. Raises `SettingsError` when Slack doesn't take the app's token."""
        self._writer.start()
        try:
            self._socket.open()
        except SlackApiError as error:
            raise SettingsError(
                f"SLACK_APP_TOKEN: Slack refuses it ({error.response['error']}). Put the app-level token with the "
                "scope connections:write into .env, for example: SLACK_APP_TOKEN=xapp-…"
            ) from None
        log.info("ready: connected to Slack")

    def stop(self, seconds: float = 25.0) -> bool:
        """Finish what is under way and leave the rest in the database. Return whether all threads came to an end."""
        until = time.monotonic() + seconds

        def left() -> float:
            return max(0.0, until - time.monotonic())

        self._socket.settle(min(_ACKS, left()))
        self._socket.shut()
        finished = self._boundary.stop(left())
        finished = self._runner.stop(left()) and finished
        self._writer.stop(left())
        for executor in self._executors:
            executor.shutdown(wait=finished, cancel_futures=True)
        if finished:
            self._gateway.close()
            self.database.close()
        return finished


def build(settings: Settings, *, scenarios: Mapping[str, Scenario[Any]], pauses: Sequence[float] = PAUSES) -> Program:
    """Put the desk together. Asks Slack who it is and who the leads are. Raises `SettingsError` and `StoreError`."""
    for scenario in scenarios.values():
        forms.check(scenario)
    slack_log.quiet()
    client, reader = _clients(settings)
    identity = _identity(client)
    roster = Roster(reader, settings.people, home=identity.team_id or "")
    _check_leads(roster)

    database = Store(settings.database_url.get_secret_value())
    database.prepare()
    leads = settings.people.leads
    outbox = Outbox(database)
    tickets = Tickets(database, outbox, partial(notices.notice, leads=leads))
    gateway = Gateway(settings.pools, sends=frozenset().union(*(each.sends for each in scenarios.values())))
    planner = Planner(scenarios, gateway, database)
    running = ThreadPoolExecutor(RUNNERS, thread_name_prefix="ticket")
    runner = Runner(Leases(tickets), planner, gateway, running, pauses=pauses)
    desk = Desk(tickets=tickets, planner=planner, runner=runner, roster=roster, settings=settings)
    drawing = Drawing(tickets, outbox, reader, leads=leads)
    writer = Writer(outbox, client, drawing, owner=uuid.uuid4().hex)

    working = ThreadPoolExecutor(WORKERS, thread_name_prefix="work")
    boundary = Boundary(working)
    whispers, modals = Whispers(client), Modals(client)
    answering = Answering(desk, database, outbox)
    listening = ThreadPoolExecutor(LISTENERS, thread_name_prefix="listener")
    app = _app(settings, identity, listening)
    listeners.register(
        app,
        starting=Starting(
            scenarios=scenarios,
            pools=tuple(settings.pools),
            channels=settings.channels.allowed,
            roster=roster,
            boundary=boundary,
            whispers=whispers,
            modals=modals,
            answering=answering,
            which_pool=WhichPool(gateway, tuple(settings.pools)),
        ),
        submitting=Submitting(
            scenarios=scenarios,
            pools=tuple(settings.pools),
            desk=desk,
            boundary=boundary,
            whispers=whispers,
            modals=modals,
            answering=answering,
        ),
        deciding=Deciding(desk=desk, boundary=boundary, whispers=whispers, modals=modals),
    )
    return Program(
        desk=desk,
        database=database,
        outbox=outbox,
        gateway=gateway,
        writer=writer,
        runner=runner,
        boundary=boundary,
        socket=Socket(app, settings.app_token.get_secret_value(), at_once=LISTENERS),
        executors=(listening, working, running),
    )


def _clients(settings: Settings) -> tuple[WebClient, WebClient]:
    """Return a client for what may be sent only once, and one that asks again when a connection breaks."""
    token, url = settings.bot_token.get_secret_value(), settings.slack_api_url
    return (
        WebClient(token, base_url=url, timeout=_TIMEOUT, retry_handlers=[]),
        WebClient(token, base_url=url, timeout=_TIMEOUT),
    )


def _identity(client: WebClient) -> AuthorizeResult:
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        raise SettingsError(
            f"SLACK_BOT_TOKEN: Slack refuses it ({error.response['error']}). Put the token of the installed app into "
            ".env, for example: SLACK_BOT_TOKEN=xoxb-…"
        ) from None
    except URLError as error:
        raise SettingsError(f"SLACK_API_URL: {client.base_url} can't be reached ({error.reason}).") from None
    return AuthorizeResult(
        enterprise_id=answer.get("enterprise_id"),
        team_id=str(answer["team_id"]),
        bot_user_id=answer.get("user_id"),
        bot_id=answer.get("bot_id"),
    )


def _check_leads(roster: Roster) -> None:
    example = 'For example:\n[people]\nleads = ["S0LEADS", "U0LEAD"]'
    try:
        leads = roster.leads()
    except Unreadable:
        raise SettingsError(
            "people.leads: Slack doesn't say who is in these groups, so nobody could approve anything; `desk doctor` "
            f"says why. {example}"
        ) from None
    if not leads:
        raise SettingsError(f"people.leads: this is nobody, so nobody could approve anything. {example}")


def _app(settings: Settings, identity: AuthorizeResult, executor: ThreadPoolExecutor) -> App:
    def authorize() -> AuthorizeResult:
        return identity

    quiet = logging.getLogger("slack_bolt.desk")
    quiet.setLevel(logging.WARNING)
    app = App(
        # Bolt turns to OAuth by itself when it finds SLACK_CLIENT_ID in the environment; with an `authorize` of ours
        # it has no say in who we are, and no request waits for an auth.test.
        authorize=authorize,
        client=WebClient(base_url=settings.slack_api_url, timeout=_TIMEOUT, retry_handlers=[]),
        listener_executor=executor,
        logger=quiet,
        # Otherwise Bolt logs the whole body of what nobody listens to.
        raise_error_for_unhandled_request=True,
    )

    @app.error
    def broken(error: Exception) -> BoltResponse | None:
        log.error("an interaction was not handled (%s)", type(error).__name__)
        return None

    return app
