"""Runs the workspace as an HTTP server on loopback, on a thread of its own."""

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.slack.control import RemoteControl
from sandbox.slack.file_server import FileServer
from sandbox.slack.response_urls import ResponseUrls
from sandbox.slack.sockets import Sockets
from sandbox.slack.web_api import WebApi
from sandbox.slack.workspace import Workspace

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
START_SECONDS = 60.0
CLEANUP_SECONDS = 1.0


@web.middleware
async def loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse pages of other sites that reach for this server through a browser on this machine."""
    places = [urlsplit(f"//{request.headers.get('Host', '')}").hostname]
    if "Origin" in request.headers:
        places.append(urlsplit(request.headers["Origin"]).hostname)
    if not LOOPBACK.issuperset(places):
        raise web.HTTPForbidden(text="this server answers to loopback names only")
    return await handler(request)


class SlackServer:
    """The server around a workspace, on 127.0.0.1; a context manager, or `start` and `stop`. It starts once.

    ``port`` 0 takes any free one; `url` and `api_url` say which, once it runs. `start` raises `OSError` for a port that
    another program has.
    """

    def __init__(self, workspace: Workspace, *, port: int = 0) -> None:
        self.workspace = workspace
        self.sockets = Sockets(workspace)
        self._port = port
        self._extensions: list[Callable[[web.Application], None]] = []
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failed: BaseException | None = None

    @property
    def url(self) -> str:
        """Where the page is; known once the server runs."""
        return self.workspace.base_url

    @property
    def api_url(self) -> str:
        """What the app takes for Slack's API, as `base_url` of its client."""
        return f"{self.url}/api/"

    def extend(self, mount: Callable[[web.Application], None]) -> None:
        """Have further routes added to the same application, before the start."""
        self._extensions.append(mount)

    def start(self) -> Self:
        """Listen; returns when the port is open."""
        self._thread = threading.Thread(target=self._run, name="slack-sandbox", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            raise TimeoutError("the Slack workspace did not start")
        if self._failed:
            raise self._failed
        return self

    def stop(self) -> None:
        """Close every connection and wait for the end."""
        if self._loop and self._stopping and self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failed = error
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=CLEANUP_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self._port).start()
            self.workspace.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            self._ready.set()
            await self._stopping.wait()
        finally:
            await runner.cleanup()

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[loopback_only], client_max_size=2**22)
        self.sockets.mount(app)
        WebApi(self.workspace, self.sockets.methods).mount(app)
        ResponseUrls(self.workspace).mount(app)
        FileServer(self.workspace).mount(app)
        RemoteControl(self.workspace, self.sockets).mount(app)
        for mount in self._extensions:
            mount(app)
        return app
