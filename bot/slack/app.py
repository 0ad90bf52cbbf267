"""Slack at the start of the desk: clients, who we are, whether anyone may approve, and Bolt over our own Socket Mode.

That one knows which acknowledgements haven't left, so that it can close cleanly.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_bolt import App, BoltResponse
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web import SlackResponse

from bot import slack_errors
from bot.desk.channels import ChannelStates
from bot.desk.people import Roster, Unreadable
from bot.settings import LeadsNeeded, Settings, SettingsError
from bot.slack import troubles
from bot.slack.client import Client
from bot.slack.web_api import TIMEOUT
from bot.slack_errors import Told
from bot.timings import SocketTimings, Timings

log = logging.getLogger(__name__)

FOR_AN_ORGANISATION = (
    "it is for a whole organisation (Enterprise Grid), and the desk is made for one workspace: that isn't supported"
)
IN_ONE_WORKSPACE = "Install the app in the one workspace whose people are to use it."

_ON_THE_WAY = "Perhaps a proxy stands in between (HTTPS_PROXY)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The workspace, as far as the desk asks it something."""

    client: WebClient
    """For what may be sent only once."""
    reader: WebClient
    """Asks again when a connection breaks."""
    us: AuthorizeResult
    roster: Roster
    channels: ChannelStates
    told: Told


def workspace(settings: Settings, timings: Timings, client: WebClient, reader: WebClient) -> Workspace:
    """Ask Slack who we are, and whether enough leads are there. Raises `SettingsError`."""
    us = identity(client)
    roster = Roster(
        reader,
        {pool: settings.people_of(pool) for pool in settings.pools},
        home=us.team_id or "",
        group_reads=timings.group_reads,
        person_reads=timings.person_reads,
    )
    for table, pool in settings.tables("people").items():
        check_leads(roster, settings.approvals.leads_needed, pool=pool, table=table)
    channels = ChannelStates(
        reader,
        shared=settings.shared_channels,
        name=settings.slack.name,
        kept=timings.open_channels,
        reads=timings.channel_reads,
    )
    told = partial(slack_errors.told, name=settings.slack.name)
    return Workspace(client=client, reader=reader, us=us, roster=roster, channels=channels, told=told)


def identity(client: WebClient) -> AuthorizeResult:
    """Ask Slack which workspace the token is for. Raises `SettingsError`."""
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        refusal = str(error.response["error"])
        if not slack_errors.is_slacks(refusal):
            if known := troubles.obstacle(error, client.base_url, client):
                raise SettingsError(f"SLACK_API_URL: {client.base_url} can't be reached: {known}") from None
            raise SettingsError(
                f"SLACK_API_URL: what answers at {client.base_url} is not Slack. {_ON_THE_WAY}"
            ) from None
        raise SettingsError(
            f"SLACK_BOT_TOKEN: Slack refuses it ({refusal}). Put the token of the installed app into "
            ".env, for example: SLACK_BOT_TOKEN=xoxb-…"
        ) from None
    except (SlackClientError, HTTPException, OSError) as error:
        if known := troubles.obstacle(error, client.base_url, client):
            raise SettingsError(f"SLACK_API_URL: {client.base_url} can't be reached: {known}") from None
        why = error.reason if isinstance(error, URLError) else type(error).__name__
        raise SettingsError(f"SLACK_API_URL: {client.base_url} can't be reached ({why}).") from None
    if is_for_an_organisation(answer):
        raise SettingsError(
            f"SLACK_BOT_TOKEN: {FOR_AN_ORGANISATION}. {IN_ONE_WORKSPACE} Put its token into .env, for example: "
            "SLACK_BOT_TOKEN=xoxb-…"
        )
    return AuthorizeResult(
        enterprise_id=answer.get("enterprise_id"),
        team_id=str(answer["team_id"]),
        bot_user_id=answer.get("user_id"),
        bot_id=answer.get("bot_id"),
    )


def is_for_an_organisation(answer: Mapping[str, Any] | SlackResponse) -> bool:
    """Whether the app is installed for a whole organisation, as ``auth.test`` answers, rather than in one workspace."""
    team = str(answer.get("team_id") or "")
    return bool(answer.get("is_enterprise_install")) or not team or team.startswith("E")


def check_leads(roster: Roster, needed: LeadsNeeded, *, pool: str, table: str = "people") -> None:
    """Return if a pool has leads, and as many as have to agree. Raises `SettingsError`.

    ``table``: what holds them in the settings.
    """
    example = f'For example:\n[{table}]\nleads = ["S0LEADS", "U0LEAD"]'
    most = needed.high
    try:
        roster.to_mention(pool, look=True)
        able, unable = set[str](), set[str]()
        # One person may be listed twice, by several ids.
        for lead in roster.leads(pool):
            # Each is a question to Slack, so that no more are asked about than are needed.
            if len(able) < most:
                (able if roster.able_leads([lead], pool) else unable).add(roster.key(lead))
    except Unreadable:
        raise SettingsError(
            f"{table}.leads: Slack doesn't say who is in these groups, so nobody could approve anything; `desk doctor` "
            f"says why. {example}"
        ) from None
    if not able:
        raise SettingsError(f"{table}.leads: this is nobody, so nobody could approve anything. {example}")
    if len(able) < most:
        # The higher number is that of a high risk: the settings refuse any other.
        there = "there is only 1 lead" if len(able) == 1 else f"there are only {len(able)} leads"
        without = f" ({len(unable)} more can't: deactivated, guests, bots, or from outside)" if unable else ""
        raise SettingsError(
            f"approvals.leads_needed: high = {most}, but {there}{without}, so nothing of high risk could ever be "
            f"approved. Name more people in {table}.leads, or lower the number. For example:\n"
            f'[{table}]\nleads = ["S0LEADS", "U0LEAD", "U0OTHER"]'
        )


def bolt(settings: Settings, workspace: Workspace, executor: Executor) -> App:
    """Return Bolt without listeners."""

    def authorize() -> AuthorizeResult:
        return workspace.us

    quiet = logging.getLogger("slack_bolt.desk")
    # It warns of a token that it finds in the environment and doesn't use: that is as it should be.
    quiet.setLevel(logging.ERROR)
    app = App(
        # Without a name Bolt looks for one in every module that is loaded, which takes longer than all else here.
        name=settings.slack.name,
        # Bolt turns to OAuth by itself when it finds SLACK_CLIENT_ID in the environment; with an `authorize` of ours
        # it has no say in who we are, and no request waits for an auth.test.
        authorize=authorize,
        client=WebClient(base_url=settings.slack_api_url, timeout=TIMEOUT, ssl=workspace.client.ssl, retry_handlers=[]),
        listener_executor=executor,
        logger=quiet,
        # Otherwise Bolt logs the whole body of what nobody listens to.
        raise_error_for_unhandled_request=True,
    )
    quiet.setLevel(logging.WARNING)

    @app.error
    def broken(error: Exception) -> BoltResponse | None:
        log.error("an interaction was not handled (%s)", type(error).__name__)
        return None

    return app


class Departure:
    """One acknowledgement, from the arrival of what it answers on."""

    def __init__(self, view_id: str) -> None:
        self.view_id = view_id
        self._left = threading.Event()
        self._at = 0.0

    def leaves(self) -> None:
        """Note that it is with Slack, or never will be."""
        self._at = time.monotonic()
        self._left.set()

    def wait(self, seconds: float) -> float:
        """Return when it left, by `time.monotonic`; after so many seconds the present moment, though it hasn't."""
        return self._at if self._left.wait(seconds) else time.monotonic()


class Departures:
    """Every acknowledgement that hasn't left. Safe to share between threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[Departure] = []

    @contextmanager
    def owing(self, view_id: str = "") -> Iterator[None]:
        """Owe an acknowledgement for as long as this lasts; ``view_id``: the view that was submitted, if any."""
        departure = Departure(view_id)
        with self._changed:
            self._waiting.append(departure)
        try:
            yield
        finally:
            departure.leaves()
            with self._changed:
                self._waiting.remove(departure)
                self._changed.notify_all()

    def of(self, view_id: str) -> Sequence[Departure]:
        """Return what hasn't left of the acknowledgements of this view's submission."""
        with self._changed:
            return [each for each in self._waiting if each.view_id == view_id]

    def settle(self, seconds: float) -> None:
        """Wait until nothing is owed, but not longer than this."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, timeout=seconds)


class SocketMode(SocketModeHandler):
    """Bolt's own handler, with our client, and with a note of each acknowledgement that it owes in ``departures``.

    ``at_once``: how many threads acknowledge. ``end`` is called, once, with what is wrong when no waiting can bring the
    connection back.
    """

    client: Client  # type: ignore[assignment] # as good as the SDK's

    def __init__(
        self,
        app: App,
        app_token: str,
        *,
        at_once: int,
        departures: Departures,
        end: Callable[[str], None],
        timings: SocketTimings,
    ) -> None:
        # Bolt's own constructor would make the SDK's client.
        self.app, self.app_token = app, app_token
        self.client = Client(app_token, app.client, concurrency=at_once, timings=timings, end=end)
        self.client.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type] # as Bolt's
        self._departures = departures

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override] # as Bolt's
        """Acknowledge one envelope."""
        submitted = req.payload.get("view") if req.payload.get("type") == "view_submission" else None
        with self._departures.owing(submitted["id"] if submitted else ""):
            super().handle(client, req)

    def settle(self, seconds: float) -> None:
        """Wait until nothing is owed: closing would lose the acknowledgements that haven't left."""
        self._departures.settle(seconds)

    def shut(self, seconds: float) -> bool:
        """Disconnect for good. Return whether that came in time: it may wait for a Slack that is slow to answer."""
        closing = threading.Thread(target=self.close, name="socket-closing", daemon=True)
        closing.start()
        closing.join(seconds)
        return not closing.is_alive()
