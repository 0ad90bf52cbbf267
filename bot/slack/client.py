"""Slack's own Socket Mode client, but one that notices at once that its connection has ended, and reconnects.

As it comes, it takes the end of the stream for silence, reads on as fast as it can, and finds out a minute later.
"""

import errno
import logging
import socket
import time
from collections.abc import Callable
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.builtin import SocketModeClient

from bot import retry_after

log = logging.getLogger(__name__)

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 15.0

_LOOK = 0.25
"""Seconds between two looks whether it is over, while Slack is waited for."""


class Stream:
    """A socket whose end is an error, as it is for everybody who waits for more; no error once it was asked to end."""

    def __init__(self, stream: socket.socket, expected: Callable[[], bool]) -> None:
        self._stream = stream
        self._expected = expected

    def recv(self, size: int) -> bytes:
        """Read what has come. Raises `ConnectionResetError`."""
        received = self._stream.recv(size)
        if not received and not self._expected():
            raise ConnectionResetError(errno.ECONNRESET, "Slack has ended the connection without a word")
        return received

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Client(SocketModeClient):
    """The SDK's client, which reconnects as soon as nothing can arrive any more."""

    _pause = _FIRST_PAUSE
    _not_before = 0.0

    def issue_new_wss_url(self) -> str:
        """Ask Slack where to connect to, as often as it says "not now". Raises `SlackApiError`.

        Unlike the SDK it waits within bounds, understands a date, and stops waiting once it is closed.
        """
        while True:
            try:
                return str(self.web_client.apps_connections_open(app_token=self.app_token)["url"])
            except SlackApiError as error:
                if error.response.status_code != 429 or self.closed:
                    raise
                until = time.monotonic() + retry_after.seconds(error.response.headers)
            log.warning("Slack asks to wait before connecting")
            while not self.closed and time.monotonic() < until:
                time.sleep(_LOOK)

    def connect(self) -> None:
        """Open a connection in the place of the present one, if any."""
        super().connect()
        session = self.current_session
        if session is not None and session.sock is not None:
            # The SDK counts the seconds since the last pong, and never begins to count without a first one.
            session.last_ping_pong_time = session.last_ping_pong_time or time.time()
            session.sock = Stream(session.sock, lambda: self.closed)  # type: ignore[assignment] # as good as one

    def _monitor_current_session(self) -> None:
        """Look whether Slack still answers: the SDK calls this every few seconds."""
        session = self.current_session
        if session is not None and session.last_ping_pong_time is not None:
            # The SDK counts by the wall clock. Set back by an hour, it would call a dead connection alive for as long.
            session.last_ping_pong_time = min(session.last_ping_pong_time, time.time())
        super()._monitor_current_session()  # type: ignore[no-untyped-call] # the SDK doesn't say what it returns

    def _run_current_session(self) -> None:
        """Read until the session is over, and then begin another: the SDK calls this over and over again."""
        super()._run_current_session()  # type: ignore[no-untyped-call] # the SDK doesn't say what it returns
        over = self.current_session is not None and not self.is_connected()
        if over and not self.closed and time.monotonic() >= self._not_before:
            self._reconnect()

    def _reconnect(self) -> None:
        try:
            self.connect_to_new_endpoint()
            self._pause = _FIRST_PAUSE
        except Exception as error:  # whatever is the matter with Slack, this thread has to go on trying
            log.warning("no connection to Slack (%s); trying again in %s s", type(error).__name__, self._pause)
            self._not_before = time.monotonic() + self._pause
            self._pause = min(_LONGEST_PAUSE, 2 * self._pause)
