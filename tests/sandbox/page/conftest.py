"""A workspace with its page, customers' mails and sandbox actions, and a real Bolt app connected to it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler

from sandbox.slack.controls import Json
from sandbox.slack.model import Message
from sandbox.slack.page import mount_page
from sandbox.slack.rules import Rules
from sandbox.slack.server import SlackServer
from sandbox.slack.workspace import Workspace
from tests.browser import browser
from tests.sandbox.page.rehearsal import listen, manifest
from tests.sandbox.slack.made_up_app import client_for, close_at_once

__all__ = ["browser"]
SOON = 60_000
Visit = Callable[..., Page]


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    body: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Sandbox:
    """Everything behind the page."""

    workspace: Workspace
    server: SlackServer
    mails: list[Mail]
    done: list[str]

    @property
    def url(self) -> str:
        return self.server.url

    def says(
        self,
        text: str,
        *blocks: Json,
        thread: Message | None = None,
        ephemeral_to: str | None = None,
        user: str = "U0DESK",
    ) -> Message:
        """Something is said in #support; by the app, unless by a person."""
        return self.workspace.conversations.post(
            channel="C0SUPPORT",
            user=user,
            text=text,
            blocks=blocks,
            thread_ts=thread.ts if thread else None,
            ephemeral_to=ephemeral_to,
            from_app=user == "U0DESK",
        )

    def redraws(self, message: Message, text: str, *blocks: Json) -> None:
        """The app edits a message."""
        self.workspace.conversations.edit(message, text=text, blocks=blocks, metadata=None, marked=not blocks)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """The workspace and its page; no app is connected."""
    workspace = Workspace(manifest(), rules=Rules.quick())
    server, mails, done = SlackServer(workspace), list[Mail](), list[str]()

    def sign_in() -> str:
        done.append("signed in")
        return "gil@example.com signed in."

    def pass_a_day() -> None:
        done.append("a day passed")

    actions = [("Customer signs in with Google", sign_in), ("Pass 24 hours", pass_a_day)]
    server.extend(lambda app: mount_page(app, workspace, mails=lambda: mails, title="Rehearsal", actions=actions))
    with server:
        yield Sandbox(workspace, server, mails, done)


@pytest.fixture
def app(sandbox: Sandbox) -> Iterator[App]:
    """A real Bolt app with a few commands, buttons and forms, connected by Socket Mode."""
    executor = ThreadPoolExecutor(max_workers=10)
    bolt = App(client=client_for(sandbox.server), listener_executor=executor)
    listen(bolt)
    handler = SocketModeHandler(bolt, sandbox.workspace.app_token, ping_interval=0.3)
    handler.connect()  # type: ignore[no-untyped-call] # Bolt leaves it untyped
    sandbox.workspace.wait_for(lambda: sandbox.server.sockets.connections)
    yield bolt
    close_at_once(handler)
    executor.shutdown()


@pytest.fixture
def visit(browser: Browser, sandbox: Sandbox) -> Iterator[Visit]:
    """Opens a window on the page; the test fails if the page's script does, or breaks the page's own policy."""
    contexts, wrong = [], list[str]()

    def open_window(path: str = "/?as=agent", *, width: int = 1280, height: int = 800) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, permissions=["clipboard-read", "clipboard-write"]
        )
        context.set_default_timeout(SOON)
        contexts.append(context)
        window = context.new_page()
        window.on("pageerror", lambda error: wrong.append(str(error)))
        window.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        window.goto(sandbox.url + path)
        return window

    yield open_window
    for context in contexts:
        context.close()
    assert not [one for one in wrong if "status of 4" not in one]
