"""The desk's Socket Mode client: always one good connection, and none given up before there is another.

It takes from the SDK what a Socket Mode client is for Bolt (`BaseSocketModeClient`) and the WebSocket itself
(`bot.slack.web_socket`), and goes its own way in between. The SDK's own client opens and closes connections on the
thread that hands messages out, and reads one connection at a time: around each refresh it is deaf for up to three
seconds. Here each connection has a thread that reads it, for as long as it is open; one thread opens connections, and
one looks whether Slack still answers. None of them ever waits for another.

It is long because the threads share a few lines of state, which can only be judged beside all who use it.
"""

import json
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientNotConnectedError
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot import rates
from bot.redaction import as_text
from bot.settings import SettingsError
from bot.slack import troubles
from bot.slack.troubles import Backoff, Cause
from bot.slack.web_socket import WebSocket
from bot.tickets.connections import Opened
from bot.timings import UNHURRIED, SocketTimings

log = logging.getLogger(__name__)

_FAREWELL = 15.0
"""Seconds for which a connection that is about to end is read, if Slack doesn't end it; it gives 10 at most."""

_DEAD = 4
"""Pings without any answer after which a connection counts as dead."""

_LOOK = 0.25
"""Seconds between two looks whether it is over, while somebody waits."""

_REMEMBERED = 50
"""Connections that have ended, for those who count them."""


class Client(BaseSocketModeClient):
    """Connects once it is opened, and stays connected until it is closed. Safe to share between threads.

    ``concurrency``: how many threads work on what Slack sends. ``end`` is called, once, with what is wrong when no
    waiting can bring a connection back. ``backoff``: how long to wait before each attempt to connect.
    """

    def __init__(
        self,
        app_token: str,
        web_client: WebClient,
        *,
        timings: SocketTimings = UNHURRIED.socket,
        concurrency: int = 10,
        end: Callable[[str], None] = log.critical,
        backoff: Backoff | None = None,
    ) -> None:
        self.app_token, self.web_client, self.logger = app_token, web_client, log
        self.socket_mode_request_listeners = []
        self.message_workers = ThreadPoolExecutor(concurrency, thread_name_prefix="socket-acknowledging")
        self.closed = False
        self._timings = timings
        self._end = end
        # One lock for everything below; it is notified of each change.
        self._changed = threading.Condition()
        self._sockets: list[WebSocket] = []
        """Those that are open, or being opened, in their order."""
        self._ended = deque[str](maxlen=_REMEMBERED)
        """The ids of those that have ended, and of which Slack knows that they have."""
        self._delivered: dict[str, tuple[WebSocket, float]] = {}
        """Over which each envelope came that is being worked on, and when."""
        self.acknowledged_listeners: list[Callable[[float], None]] = []
        """Called with the seconds from the arrival of an envelope until its acknowledgement has left."""
        self.reconnect_listeners: list[Callable[[str, float], None]] = []
        """Called with why another connection took the place of one, and for how many seconds there was none."""
        self._lost = ""
        """Why the last good connection is none any more; empty before there was one."""
        self._away_since: float | None = None
        """Since when Slack has delivered over no connection; None while it does, and before the first hello."""
        self._backoff = backoff or Backoff()
        self._said = set[str]()
        """The troubles that stand in the log, until all is well again."""
        self._hopeless = ""
        """Why there will be no connection any more."""
        self._is_open = False
        self._opened = 0
        self._threads = (
            threading.Thread(target=self._keep_connected, name="socket-connecting", daemon=True),
            threading.Thread(target=self._watch, name="socket-watching", daemon=True),
        )

    # From its opening to its close.

    def open(self, *, gives_up: Callable[[], bool] = lambda: False) -> bool:
        """Connect, and return True once Slack has said hello, or False as soon as ``gives_up`` says so.

        Raises `SettingsError`: at once if waiting can't help, and if there is none after the seconds for a start.
        """
        for thread in self._threads:
            thread.start()
        until = time.monotonic() + self._timings.start
        with self._changed:
            while not self._hopeless and self._best() is None:
                left = until - time.monotonic()
                if gives_up():
                    return False
                if left <= 0:
                    raise SettingsError(
                        f"SLACK_API_URL: no connection to Slack within {self._timings.start:.0f} seconds; the log says "
                        "why. Perhaps a proxy stands in between that lets no WebSockets through (HTTPS_PROXY)."
                    )
                self._changed.wait(min(left, _LOOK))
            if self._hopeless:
                raise SettingsError(self._hopeless)
            self._is_open = True
        return True

    def is_connected(self) -> bool:
        """Whether Slack delivers to this program."""
        with self._changed:
            return self._best() is not None

    @property
    def threads(self) -> tuple[threading.Thread, ...]:
        """Those without which there would be no connection for long."""
        return self._threads

    def seconds_unheard(self) -> float:
        """Return for how long nothing has come from Slack over a connection that delivers; infinity before any hello.

        One that Slack is about to end delivers until then.
        """
        with self._changed:
            silent = [each.seconds_silent() for each in self._sockets if each.greeted_at is not None]
            away = math.inf if self._away_since is None else time.monotonic() - self._away_since
        return min(silent, default=away)

    def disconnect(self) -> None:
        """End every connection that is open now."""
        for socket in self._now():
            socket.end()

    def close(self) -> None:
        """End for good, and wait until every thread has."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()
        self.disconnect()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        for socket in self._now():
            # One may have been opened in the meantime.
            socket.end()
            socket.join()
        self.message_workers.shutdown()

    def opened(self) -> tuple[Opened, ...]:
        """Return the connections over which Slack delivers, and the last of those that have ended."""
        now = time.monotonic()
        with self._changed:
            here = [
                Opened(id=each.id, seconds=now - each.greeted_at, told=each.told)
                for each in self._sockets
                if each.greeted_at is not None
            ]
            return (*here, *(Opened(id=each, is_over=True) for each in self._ended))

    # One thread opens connections.

    def _keep_connected(self) -> None:
        while self._is_needed():
            if not self._paused():
                return
            url = self.web_client.base_url
            try:
                url = str(self.web_client.apps_connections_open(app_token=self.app_token)["url"])
                self._attempt(url)
            except SlackApiError as error:
                if error.response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                    self._is_asked_to_wait(rates.retry_after(error.response.headers))
                elif reason := troubles.final(error):
                    self._give_up(reason)
                else:
                    self._failed(error, url)
            except Exception as error:  # whatever is the matter, this thread has to go on trying
                self._failed(error, url)

    def _is_needed(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self.closed or self._hopeless or self._best() is None)
            return not (self.closed or self._hopeless)

    def _paused(self) -> bool:
        """Wait for as long as it has to be. Return whether to go on."""
        with self._changed:
            return not self._changed.wait_for(lambda: self.closed or self._hopeless, timeout=self._backoff.seconds)

    def _attempt(self, url: str) -> None:
        """Open a connection, and return once Slack has said whether it delivers over it."""
        with self._changed:
            self._opened += 1
            socket = WebSocket(url, self.web_client, number=self._opened, hears=self._hears, ended=self._note_end)
            self._sockets.append(socket)
        try:
            socket.open()
        except Exception:
            with self._changed:
                self._sockets.remove(socket)
            raise
        with self._changed:
            answered = self._changed.wait_for(
                lambda: self.closed or socket.greeted_at or socket.leaving or socket.is_over, self._timings.hello
            )
            if not answered:
                self._leaves(socket, "no hello")
        if not answered:
            socket.end()
            raise TimeoutError("Slack said no hello")

    def _is_asked_to_wait(self, seconds: float) -> None:
        with self._changed:
            self._backoff.wait(seconds)
        self._say("ratelimited", logging.WARNING, "Slack asks to wait before connecting")

    def _failed(self, error: Exception, url: str) -> None:
        name = troubles.named(error)
        with self._changed:
            self._backoff.count(Cause.FAILED)
            is_known = name in self._said
        # It may connect once more to find out, so that it is asked once.
        obstacle = None if is_known else troubles.obstacle(error, url, self.web_client)
        why = f": {obstacle} Trying" if obstacle else "; trying"
        self._say(name, logging.WARNING, f"no connection to Slack ({name}){why} until there is one")

    def _give_up(self, reason: str) -> None:
        """Ask for the end of the program, or leave that to the one who waits for its start."""
        with self._changed:
            if self._hopeless:
                return
            self._hopeless = reason
            is_open = self._is_open
            self._changed.notify_all()
        if is_open:
            self._end(reason)

    # One thread for each connection reads it.

    def _hears(self, socket: WebSocket, message: str) -> None:
        """Take a message of Slack's, and see to it that somebody works on it."""
        try:
            given = json.loads(message)
            if not isinstance(given, dict):
                raise TypeError("Slack sends objects")
            if given.get("type") == "hello":
                self._greeted(socket, given)
            elif given.get("type") == "disconnect":
                self._dismissed(socket, str(given.get("reason", "")))
            else:
                if "envelope_id" in given:
                    with self._changed:
                        self._delivered[given["envelope_id"]] = socket, time.monotonic()
                self.message_workers.submit(self._work_on, given)
        except Exception as error:  # what is broken must not keep the next message from being read
            log.error("Failed to process a message from Slack (%s)", type(error).__name__)

    def _greeted(self, socket: WebSocket, hello: dict[str, Any]) -> None:
        told = hello.get("num_connections")
        lasts = hello.get("debug_info", {}).get("approximate_connection_time")
        log.info(
            "hello from Slack on connection %d: num_connections=%s, approximate_connection_time=%s",
            socket.number,
            told,
            lasts,
        )
        with self._changed:
            socket.greeted_at = time.monotonic()
            socket.told = told if isinstance(told, int) else None
            why, self._lost = self._lost, ""
            away = socket.greeted_at - self._away_since if self._away_since is not None else 0.0
            self._away_since = None
            self._changed.notify_all()
        if why:
            _say_reconnected(why, away, socket)
            for listener in self.reconnect_listeners:
                listener(why, away)

    def _dismissed(self, socket: WebSocket, reason: str) -> None:
        """Slack is about to end a connection: open another one, and go on reading this one until it ends."""
        usual = reason in ("warning", "refresh_requested")
        log.log(
            logging.INFO if usual else logging.WARNING,
            "disconnect from Slack on connection %d: %s",
            socket.number,
            reason or "without a reason",
        )
        with self._changed:
            self._leaves(socket, reason or "disconnect")
            if reason == "too_many_websockets":
                self._backoff.count(Cause.TOO_MANY)
            elif not self._lasts(socket):
                self._backoff.count(Cause.REFRESHED)
            else:
                self._backoff.forget()
        if reason == "too_many_websockets":
            self._say(reason, logging.ERROR, troubles.TOO_MANY)
        elif reason == "link_disabled":
            self._give_up(troubles.LINK_DISABLED)

    def _leaves(self, socket: WebSocket, reason: str) -> None:
        socket.leaving, socket.leaving_since = reason, time.monotonic()
        if socket.greeted_at is not None:
            self._lost = reason
        self._changed.notify_all()

    def _note_end(self, socket: WebSocket) -> None:
        """A connection is over, for whatever reason; the thread that read it ends with this."""
        with self._changed:
            socket.is_over = True
            self._sockets.remove(socket)
            cut = not self.closed and not socket.leaving
            if cut and self._lasts(socket):
                self._backoff.forget()
            elif cut:
                self._backoff.count(Cause.CUT if socket.greeted_at else Cause.FAILED)
            if socket.greeted_at and not socket.was_cut:
                self._ended.append(socket.id)
            if socket.greeted_at and not self.closed:
                self._lost = self._lost or ("" if socket.leaving else "cut")
                if not any(each.greeted_at for each in self._sockets):
                    self._away_since = time.monotonic()
            self._changed.notify_all()
        if cut:
            self._say(
                "cut", logging.WARNING, "a connection to Slack has ended without a word, or is dead; opening another"
            )

    # Many threads work on envelopes.

    def _work_on(self, message: dict[str, Any]) -> None:
        try:
            request = SocketModeRequest.from_dict(message)
            if request is not None:
                for listener in self.socket_mode_request_listeners:
                    listener(self, request)  # type: ignore[call-arg, misc, arg-type] # as Bolt's handler
        except SlackClientNotConnectedError:
            log.warning("an acknowledgement was lost with the connection that it was for")
        except Exception as error:  # an executor would keep it to itself
            log.exception("an envelope could not be worked on (%s)", type(error).__name__)
        finally:
            with self._changed:
                self._delivered.pop(str(message.get("envelope_id", "")), None)

    def send_socket_mode_response(self, response: SocketModeResponse | dict[str, Any]) -> None:
        """Acknowledge an envelope over the connection that it came over, or, if that has ended, over the next.

        Whether Slack takes an acknowledgement on another connection isn't documented. Raises
        `SlackClientNotConnectedError` if there is none in time.
        """
        answer = response.to_dict() if isinstance(response, SocketModeResponse) else response
        text = json.dumps(answer)
        with self._changed:
            delivering, arrived = self._delivered.get(str(answer.get("envelope_id", "")), (None, 0.0))
        if delivering is not None and _sent(text, delivering):
            self._acknowledged(arrived)
            return
        with self._changed:
            self._changed.wait_for(lambda: self.closed or self._best() is not None, self._timings.ack)
            best = self._best()
        if best is None or not _sent(text, best):
            raise SlackClientNotConnectedError("no connection is left over which to acknowledge this")
        if arrived:
            self._acknowledged(arrived)

    def _acknowledged(self, arrived: float) -> None:
        for listener in self.acknowledged_listeners:
            listener(time.monotonic() - arrived)

    # One thread looks whether Slack still answers.

    def _watch(self) -> None:
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: self.closed, timeout=self._timings.ping):
                    return
                best = self._best()
            if best is not None and self._lasts(best):
                self._is_well()
            for socket in self._now():
                self._look_at(socket, replaced=best is not None)

    def _look_at(self, socket: WebSocket, *, replaced: bool) -> None:
        if socket.leaving and replaced and time.monotonic() - socket.leaving_since > _FAREWELL:
            socket.end()
        elif socket.seconds_silent() > _DEAD * self._timings.ping:
            socket.drop(TimeoutError("nothing comes any more"))
        else:
            try:
                socket.ping()
            except OSError as error:
                socket.drop(error)

    def _is_well(self) -> None:
        with self._changed:
            self._backoff.forget()
            troubled = bool(self._said)
            self._said.clear()
        if troubled:
            log.info("the connection to Slack is well again")

    # For all of them.

    def _now(self) -> tuple[WebSocket, ...]:
        """Return the connections of this moment."""
        with self._changed:
            return tuple(self._sockets)

    def _best(self) -> WebSocket | None:
        """Return the newest good connection."""
        return next((each for each in reversed(self._sockets) if each.is_good), None)

    def _lasts(self, socket: WebSocket) -> bool:
        return socket.greeted_at is not None and time.monotonic() - socket.greeted_at > self._timings.lasting

    def _say(self, trouble: str, level: int, words: str) -> None:
        """Log a trouble, unless it stands in the log already."""
        with self._changed:
            if self.closed or trouble in self._said:
                return
            self._said.add(trouble)
        log.log(level, words)


def _say_reconnected(why: str, away: float, socket: WebSocket) -> None:
    fields: dict[str, str | int | float] = {
        "event": "reconnected",
        "reason": why,
        "connection": socket.number,
        "duration": round(away, 3),
    }
    log.info("%s", as_text(fields), extra=fields)


def _sent(text: str, socket: WebSocket) -> bool:
    """Send something, and return whether it has left."""
    try:
        socket.send(text)
    except SlackClientNotConnectedError:
        return False
    return True
