"""The connection to Slack: Socket Mode that says when every acknowledgement has left, so that it can close cleanly."""

import threading
from collections.abc import Callable, Sequence

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.client import HELLO_SECONDS, START_SECONDS, Client
from bot.slack.departures import Departures
from bot.tickets.connections import Opened

_PING_SECONDS = 5.0
"""Between two looks whether Slack still answers; after four without an answer, the connection counts as dead."""


class Socket(SocketModeHandler):
    """Bolt's own handler, which tells ``departures`` what it still has to acknowledge.

    ``end`` is called, once, with what is wrong when no waiting can bring the connection back.
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
        hello_seconds: float = HELLO_SECONDS,
    ) -> None:
        self._departures = departures
        # Bolt's own constructor would make the SDK's client.
        self.app, self.app_token = app, app_token
        self.client = Client(
            app_token,
            logger=app.logger,
            web_client=app.client,
            ping_interval=_PING_SECONDS,
            hello_seconds=hello_seconds,
            concurrency=at_once,
            end=end,
        )
        self.client.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type] # as Bolt's

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override] # as Bolt's
        """Acknowledge one envelope."""
        submitted = req.payload.get("view") if req.payload.get("type") == "view_submission" else None
        with self._departures.owing(submitted["id"] if submitted else ""):
            super().handle(client, req)

    def open(self, seconds: float = START_SECONDS, *, gives_up: Callable[[], bool] = lambda: False) -> bool:
        """Connect, and stay connected. Return True once Slack has said hello, or False when the caller gives up.

        Raises `NoConnection`: at once if waiting can't help, and if there is none after so many seconds.
        """
        return self.client.open(seconds, gives_up=gives_up)

    def opened(self) -> Sequence[Opened]:
        """Return the connections over which Slack delivers, and the last of those that have ended."""
        return self.client.opened()

    def shut(self, seconds: float) -> bool:
        """Disconnect for good. Return whether that came in time: it may wait for a Slack that is slow to answer."""
        closing = threading.Thread(target=self.close, name="socket-closing", daemon=True)
        closing.start()
        closing.join(seconds)
        return not closing.is_alive()

    def settle(self, seconds: float) -> None:
        """Wait until nothing is owed: closing the socket would lose the acknowledgements that haven't left."""
        self._departures.settle(seconds)
