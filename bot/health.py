"""Whether the desk is alive and can work, for what watches it: three addresses on a port of their own, if asked for.

Whatever is asked is answered from what is known already: a database or a Slack that hangs keeps nobody waiting here.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from bot.repeated import Repeated
from bot.settings import Listen, SettingsError

log = logging.getLogger(__name__)

_TEXT = "text/plain; charset=utf-8"

_LOOK = 0.2
"""Seconds between two looks for connections that have lasted too long, and whether the end was asked for."""

_MOST = 32
"""Connections at once; what watches a desk has one or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing without which the desk can't work."""

    name: str
    """As a metric's label has it."""
    seconds: Callable[[], float]
    """How long ago it was last seen to do what it is there for; infinity if it never was."""
    limit: float
    """Seconds after which it counts as failing."""
    never: str
    """What is said while it never was; ``failing``: what is said with the seconds behind it."""
    failing: str

    def problem(self) -> str:
        """Say what is wrong with it; empty where nothing is."""
        seconds = self.seconds()
        if seconds <= self.limit:
            return ""
        said = self.never if seconds == float("inf") else f"{self.failing} {seconds:.0f} s"
        return f"{self.name}: {said}"


class Health:
    """Says how the desk is. `start` it once; `stop` it once; a desk that is `stopping` isn't ready any more.

    ``threads`` are those that must live, ``looking`` what has to be done regularly to know all this, and ``metrics``
    returns the metrics, for what a request accepts, with their content type.
    """

    def __init__(
        self,
        listen: Listen,
        parts: Sequence[Part],
        *,
        threads: Sequence[threading.Thread],
        looking: Sequence[Repeated],
        metrics: Callable[[str], tuple[bytes, str]],
        patience: float,
    ) -> None:
        """``patience``: seconds that a connection may last."""
        self._listen = listen
        self._parts = tuple(parts)
        self._threads = (*threads, *(each.thread for each in looking))
        self._looking = tuple(looking)
        self._metrics = metrics
        self._patience = patience
        self._stopping = False
        self._server: _Server | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None, "it has not been started"
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer. Raises `SettingsError` when the address can't be had."""
        pages: dict[str, _Page] = {"/livez": self.livez, "/readyz": self.readyz, "/metrics": self._metrics}
        try:
            self._server = _Server(self._listen, pages, self._patience)
        except OSError as error:
            raise SettingsError(
                f"health.listen: {self._listen} can't be had ({error.strerror or error}). Is another desk, or another "
                'program, listening there? Choose another port, for example:\n[health]\nlisten = "127.0.0.1:8081"'
            ) from None
        threading.Thread(target=self._server.serve_forever, args=(_LOOK,), name="health", daemon=True).start()
        log.info("health: listening on %s", self._listen)

    def look(self) -> None:
        """Begin to look at the database, once there is one to be looked at."""
        for each in self._looking:
            each.start()

    def stopping(self) -> None:
        """Say from now on that the desk isn't ready."""
        self._stopping = True

    def stop(self, seconds: float) -> None:
        """Look no more, and answer no more."""
        for each in self._looking:
            each.stop(seconds)
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def readyz(self, _accepts: str = "") -> tuple[int, str]:
        """Say whether people can be served: ``ready``, or a line for each thing that keeps them from it."""
        problems = ["stopping"] if self._stopping else list(filter(None, (each.problem() for each in self._parts)))
        return _said(problems, "ready")

    def livez(self, _accepts: str = "") -> tuple[int, str]:
        """Say whether the program does what only a new start could mend, or lives: ``alive``."""
        dead = [each.name for each in self._threads if each.ident is not None and not each.is_alive()]
        return _said([] if self._stopping else [f"{name}: its thread has ended" for name in dead], "alive")

    def by_part(self) -> Mapping[str, bool]:
        """Return whether each part is well, by its name."""
        return {each.name: not each.problem() for each in self._parts}


def _said(problems: Sequence[str], well: str) -> tuple[int, str]:
    status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
    return status, "".join(f"{line}\n" for line in problems or [well])


_Page = Callable[[str], tuple[int, str] | tuple[bytes, str]]
"""What an address answers, for what the request accepts: a status and a text, or bytes and their content type."""


class _Server(ThreadingHTTPServer):
    """Answers some addresses, each connection on a thread of its own, and none for longer than its patience."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = _MOST

    def __init__(self, listen: Listen, pages: Mapping[str, _Page], patience: float) -> None:
        self.address_family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
        self.pages = pages
        self._patience = patience
        self._lock = threading.Lock()
        self._open: dict[socket.socket, float] = {}
        """When each connection began, by `time.monotonic`."""
        super().__init__((listen.host, listen.port), _Handler)

    def server_bind(self) -> None:
        """Listen, without asking the network for this machine's name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer on a thread, unless there are too many already."""
        with self._lock:
            is_taken = len(self._open) < _MOST
            if is_taken:
                self._open[request] = time.monotonic()
        if is_taken:
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """End what takes too long; asked a few times a second."""
        with self._lock:
            late = [each for each, began in self._open.items() if time.monotonic() - began > self._patience]
        for each in late:
            with suppress(OSError):
                # Who reads from it, or writes to it, sees its end.
                each.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that go away in the middle."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "desk"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer."""
        page = self.server.pages.get(self.path.partition("?")[0])
        if page is None:
            self._answer(HTTPStatus.NOT_FOUND, b"there are /livez, /readyz and /metrics\n", _TEXT)
            return
        match page(self.headers.get("Accept", "")):
            case int(status), str(text):
                self._answer(status, text.encode(), _TEXT)
            case bytes(body), str(kind):
                self._answer(HTTPStatus.OK, body, kind)

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: who watches asks every few seconds."""
