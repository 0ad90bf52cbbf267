"""The desk's Socket Mode for Bolt: it knows which acknowledgements haven't left, so that it can close cleanly."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.client import Client, SocketTimings


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
