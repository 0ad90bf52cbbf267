"""A workspace for each test, its server, and real Bolt apps connected to it by Socket Mode."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from sandbox.slack.rules import Rules
from sandbox.slack.server import SlackServer
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.made_up_app import client_for, close_at_once, manifest

Connect = Callable[[Callable[[App], object]], SocketModeHandler]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack's socket client would otherwise look for a proxy on the way to loopback."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def workspace() -> Workspace:
    """A fresh workspace with long deadlines and no rate limits."""
    return Workspace(manifest(), rules=Rules.quick())


@pytest.fixture
def server(workspace: Workspace) -> Iterator[SlackServer]:
    """The workspace, listening."""
    with SlackServer(workspace) as running:
        yield running


@pytest.fixture
def client(server: SlackServer) -> WebClient:
    """A Web API client with the bot token that repeats nothing by itself."""
    return client_for(server)


@pytest.fixture
def connect(server: SlackServer) -> Iterator[Connect]:
    """Starts a real Bolt app with its listeners; it is closed when the test ends."""
    with_apps: list[tuple[SocketModeHandler, ThreadPoolExecutor]] = []

    def start(listen: Callable[[App], object]) -> SocketModeHandler:
        executor = ThreadPoolExecutor(max_workers=20)
        app = App(client=client_for(server), listener_executor=executor)
        listen(app)
        handler = SocketModeHandler(app, server.workspace.app_token, ping_interval=0.3)
        # Closed before it has read anything, the SDK's client never ends: so the test starts after its hello.
        greeted = threading.Event()
        handler.client.on_message_listeners.append(lambda message: greeted.set())
        handler.connect()  # type: ignore[no-untyped-call] # Bolt leaves it untyped
        assert greeted.wait(60)
        with_apps.append((handler, executor))
        return handler

    yield start
    for handler, executor in with_apps:
        close_at_once(handler)
        executor.shutdown()
