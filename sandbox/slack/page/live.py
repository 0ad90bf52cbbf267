"""Tells an open page that something changed for its reader, by server-sent events."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from aiohttp import web

from sandbox.slack.model import Change
from sandbox.slack.page.guard import HEADERS
from sandbox.slack.page.mailbox import Mailbox
from sandbox.slack.workspace import Workspace

# The mailbox belongs to another part of the sandbox and announces nothing, so it is looked at this often.
_LOOK_SECONDS: Final = 0.5
_BEATS_BETWEEN: Final = 30
_GATHER_SECONDS: Final = 0.02


class Live:
    """The streams of every open page."""

    def __init__(self, workspace: Workspace, mailbox: Mailbox) -> None:
        self._workspace = workspace
        self._mailbox = mailbox
        self._rings: set[asyncio.Event] = set()
        self._ended = False

    async def end(self, _app: web.Application) -> None:
        """Let every stream finish, so that the server can stop."""
        self._ended = True
        for ring in tuple(self._rings):
            ring.set()

    def ring(self) -> None:
        """Tell every page to look again; for changes that the workspace knows nothing of."""
        for ring in tuple(self._rings):
            ring.set()

    async def stream(self, request: web.Request, me: str) -> web.StreamResponse:
        """Write an event for each burst of changes that this person can see."""
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        changed = asyncio.Event()
        self._rings.add(changed)
        unsubscribe = self._workspace.subscribe(_ringing(changed, me, asyncio.get_running_loop()))
        try:
            await self._write(response, changed)
        except ConnectionResetError:
            pass  # The page was closed: nobody is left to tell.
        finally:
            unsubscribe()
            self._rings.discard(changed)
        return response

    async def _write(self, response: web.StreamResponse, changed: asyncio.Event) -> None:
        # The first event makes a page that was opened a moment too early, or came back, look again.
        await response.write(b"retry: 1000\ndata: look\n\n")
        mails, quiet = self._mailbox.count(), 0
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), _LOOK_SECONDS)
                await asyncio.sleep(_GATHER_SECONDS)
            if self._ended:
                return
            count = self._mailbox.count()
            if changed.is_set() or count != mails:
                changed.clear()
                mails, quiet = count, 0
                await response.write(b"data: look\n\n")
                continue
            quiet += 1
            if quiet % _BEATS_BETWEEN == 0:
                await response.write(b": still here\n\n")


def _ringing(changed: asyncio.Event, me: str, loop: asyncio.AbstractEventLoop) -> Callable[[Change], None]:
    def listener(change: Change) -> None:
        if change.person in (None, me):
            with contextlib.suppress(RuntimeError):  # The loop is closed: so is the page.
                loop.call_soon_threadsafe(changed.set)

    return listener
