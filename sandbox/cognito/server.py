"""The sandbox's Cognito as a server on loopback, and everything a test or the sandbox does with it."""

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Iterable
from types import TracebackType
from wsgiref.types import StartResponse, WSGIEnvironment

from moto.cognitoidp.responses import CognitoIdpJsonWebKeyResponse
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from sandbox.cognito.accounts import FIRST_KEY, Accounts
from sandbox.cognito.contested import Contested
from sandbox.cognito.control import Control
from sandbox.cognito.faults import ConnectionCut
from sandbox.cognito.pools import Pools
from sandbox.cognito.ses_wire import PATH, SesWire
from sandbox.cognito.sts_wire import StsWire
from sandbox.cognito.wire import Wire
from sandbox.cognito.world import World

HOST = "127.0.0.1"


class CognitoServer:
    """Cognito user pools of several accounts and Regions, and the SES they send with, on 127.0.0.1; a context manager.

    ``port`` 0 takes any free one. `stop` keeps the pools and the port, and `start` takes both up again; the end of the
    context forgets them.
    """

    def __init__(self, port: int = 0) -> None:
        self.world = World()
        self.pools = Pools(self.world)
        self.faults = self.world.faults
        """What goes wrong: slow, throttled, failing, cut off or forbidden calls."""
        self.rates = self.world.rates
        """How many requests a second are taken; they are counted once `enforce` was called."""
        self.calls = self.world.calls
        """Every call that has arrived, its secrets masked."""
        self.mailbox = self.world.mailbox
        """What the customers of all pools were sent."""
        self.default_sender = self.world.default_sender
        """Cognito's own sender of mail, which sends so many mails a day; by default it counts none."""
        self.ses = self.world.ses
        """The first account's SES in every Region."""
        self.clock = self.world.clock
        """The time, which may be moved forward."""
        self._wire = Wire(self.world)
        self._ses_wire = SesWire(self.world)
        self._sts_wire = StsWire(self.world)
        self._control = Control(self.world, self.pools)
        self._port = port
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._connections: set[socket.socket] = set()

    @property
    def url(self) -> str:
        """The address to use as ``endpoint_url``."""
        return f"http://{HOST}:{self._port}"

    @property
    def accounts(self) -> Accounts:
        """The AWS accounts, their users' keys and their roles; the first is the desk's own."""
        return self.world.accounts

    @property
    def contested(self) -> Contested:
        """The answers to AWS's open questions; assign another set at any time."""
        return self.world.contested

    @contested.setter
    def contested(self, rules: Contested) -> None:
        with self.world.lock:
            self.world.contested = rules

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment so that boto3 talks to this server and to nobody else."""
        return {
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": self.url,
            "AWS_ENDPOINT_URL_SESV2": self.url,
            "AWS_ENDPOINT_URL_STS": self.url,
            "AWS_ACCESS_KEY_ID": FIRST_KEY,
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def start(self) -> "CognitoServer":
        """Listen. The port is chosen at the first start and kept."""
        server = make_server(HOST, self._port, self._application, threaded=True, request_handler=self._handler())
        self._port = server.server_port
        self.world.address = self.url
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="cognito", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and cut what is still connected; the pools stay."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> "CognitoServer":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.world.close()

    def _application(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            return self._answer(request)(environ, start_response)
        except ConnectionCut as cut:
            _reset(environ["werkzeug.socket"])
            raise ConnectionResetError from cut

    def _answer(self, request: Request) -> Response:
        if request.path.startswith("/_control/"):
            return self._control.answer(request)
        if request.method == "GET" and request.path.endswith("/.well-known/jwks.json"):
            return Response(CognitoIdpJsonWebKeyResponse.json_web_key, content_type="application/json")
        if request.method == "GET" and request.path == "/confirmUser":
            return self._control.confirm_by_link(request)
        if request.path.startswith(PATH):
            return self._ses_wire.answer(request)
        if self._sts_wire.takes(request):
            return self._sts_wire.answer(request)
        return self._wire.answer(request)

    def _handler(self) -> type[WSGIRequestHandler]:
        connections = self._connections

        class Quiet(WSGIRequestHandler):
            """Logs nothing, answers without delay, and lets the server know its open connections."""

            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                connections.add(self.connection)

            def finish(self) -> None:
                connections.discard(self.connection)
                super().finish()

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Say nothing."""

            def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:
                self.close_connection = True

        return Quiet


def _reset(connection: socket.socket) -> None:
    """Cut a connection so that the other side sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
