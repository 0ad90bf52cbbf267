"""The connection to Slack: Socket Mode that says when every acknowledgement has left, so that it can close cleanly."""

import socket
import threading
from contextlib import suppress

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.client import Client
from bot.slack.departures import Departures

_PING_SECONDS = 5.0
"""Between two looks whether Slack still answers; after four without one, the connection counts as dead."""


class Socket(SocketModeHandler):
    """Bolt's own handler, which tells ``departures`` what it still has to acknowledge."""

    def __init__(self, app: App, app_token: str, *, at_once: int, departures: Departures) -> None:
        self._departures = departures
        # Bolt's own constructor would make the SDK's client.
        self.app, self.app_token = app, app_token
        self.client = Client(
            app_token, logger=app.logger, web_client=app.client, ping_interval=_PING_SECONDS, concurrency=at_once
        )
        self.client.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type] # as Bolt's

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override] # as Bolt's
        """Acknowledge one envelope."""
        submitted = req.payload.get("view") if req.payload.get("type") == "view_submission" else None
        with self._departures.owing(submitted["id"] if submitted else ""):
            super().handle(client, req)

    def open(self) -> None:
        """Connect, and stay connected."""
        self.connect()  # type: ignore[no-untyped-call] # Bolt doesn't say what it returns

    def shut(self, seconds: float) -> bool:
        """Disconnect for good. Return whether that came in time: it may wait for a Slack that asked it to wait."""
        client = self.client
        # The client's threads look only every few seconds whether it is over, unless something arrives: a message for
        # the one that takes messages, the end of the stream for the one that reads the socket.
        client.closed = True
        client.current_session_state.terminated = True
        client.enqueue_message("{}")
        stream = client.current_session.sock if client.current_session else None
        if stream is not None:
            with suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)
        closing = threading.Thread(target=self.close, name="socket-closing", daemon=True)
        closing.start()
        closing.join(seconds)
        return not closing.is_alive()

    def settle(self, seconds: float) -> None:
        """Wait until nothing is owed: closing the socket would lose the acknowledgements that haven't left."""
        self._departures.settle(seconds)
