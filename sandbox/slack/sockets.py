"""Socket Mode: single-use tickets, up to ten connections, and each envelope to exactly one of them."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aiohttp import WSMsgType, web

from sandbox.slack.method import Method
from sandbox.slack.wire import APP_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from sandbox.slack.arguments import Arguments
    from sandbox.slack.controls import Json
    from sandbox.slack.envelopes import Envelope
    from sandbox.slack.workspace import Workspace

Reason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]
WARNING_SECONDS = 10.0
TEXT_FRAME = 0x81


@dataclass(frozen=True, eq=False)
class Connection:
    """One open socket of the app."""

    number: int
    socket: web.WebSocketResponse
    request: web.Request

    def cut(self) -> None:
        """Break it without a word."""
        if self.request.transport:
            self.request.transport.abort()


class Sockets:
    """The app's connections; lives on the server's loop, and takes orders from any thread."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tickets: set[str] = set()
        self._open: list[Connection] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._counted = 0

    @property
    def methods(self) -> tuple[Method, ...]:
        """The Web API's part of Socket Mode."""
        return (Method("apps.connections.open", self._give_ticket, tier=3, caller="app"),)

    @property
    def connections(self) -> tuple[int, ...]:
        """The numbers of the open connections."""
        return tuple(one.number for one in self._open)

    def has_lost(self, envelope: Envelope) -> bool:
        """Whether every connection that an envelope went over has ended: nobody can acknowledge it any more."""
        return bool(envelope.connections) and not set(envelope.connections) & set(self.connections)

    def mount(self, app: web.Application) -> None:
        """Add the route, and close everything when the server stops."""
        app.router.add_get("/link/", self._connected)
        app.on_startup.append(self._started)
        app.on_shutdown.append(self._stopped)

    def deliver(self, envelope: Envelope) -> None:
        """Send an envelope over one connection and wait for its acknowledgement; callable from any thread."""
        self._on_loop(self._deliver, envelope)

    def redeliver(self, envelope: Envelope) -> None:
        """Send an envelope once more, whatever became of it; callable from any thread."""
        self._on_loop(self._send_to_one, envelope)

    def disconnect(self, reason: Reason = "refresh_requested", grace: float | None = None) -> None:
        """Announce the end to every connection and close it after `grace` seconds; callable from any thread."""
        seconds = grace if grace is not None else WARNING_SECONDS if reason == "warning" else 0.5
        for connection in tuple(self._open):
            self._on_loop(self._start, self._say_goodbye(connection, reason, seconds))

    def cut(self) -> None:
        """Break every connection without a word; callable from any thread."""
        for connection in tuple(self._open):
            self._on_loop(connection.cut)

    def _give_ticket(self, workspace: Workspace, arguments: Arguments) -> Json:
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        base = workspace.base_url.replace("http://", "ws://")
        return {"url": f"{base}/link/?ticket={ticket}&app_id={APP_ID}"}

    async def _connected(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="this ticket was used or never given")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False, compress=False)
        await socket.prepare(request)
        self._counted += 1
        connection = Connection(number=self._counted, socket=socket, request=request)
        if not self._workspace.manifest.socket_mode:
            await self._say_goodbye(connection, "link_disabled", 0)
            return socket
        if len(self._open) >= self._workspace.rules.most_connections:
            await self._say_goodbye(connection, "too_many_websockets", 0)
            return socket
        self._open.append(connection)
        pinging = self._start(self._ping(connection))
        try:
            await self._greet(connection)
            await self._listen(connection)
        finally:
            pinging.cancel()
            self._open.remove(connection)
        return socket

    async def _greet(self, connection: Connection) -> None:
        hello = {
            "type": "hello",
            "num_connections": len(self._open),
            "connection_info": {"app_id": APP_ID},
            "debug_info": {
                "host": "applink-sandbox",
                "approximate_connection_time": self._workspace.rules.connection_seconds,
            },
        }
        await connection.socket.send_json(hello)

    async def _listen(self, connection: Connection) -> None:
        async for frame in connection.socket:
            if frame.type == WSMsgType.PING and not self._workspace.faults.silent:
                await connection.socket.pong(frame.data)
            elif frame.type == WSMsgType.TEXT:
                answer = json.loads(frame.data)
                envelope_id = answer.get("envelope_id")
                if envelope_id:
                    self._workspace.envelopes.settle(envelope_id, "acked", answer.get("payload"))

    async def _ping(self, connection: Connection) -> None:
        rules = self._workspace.rules
        with suppress(ConnectionError):
            for _ in range(int(rules.connection_seconds / rules.ping_seconds)):
                await asyncio.sleep(rules.ping_seconds)
                if not self._workspace.faults.silent:
                    await connection.socket.ping(b"Ping from the sandbox")
        await self._say_goodbye(connection, "refresh_requested", 0.5)

    async def _say_goodbye(self, connection: Connection, reason: Reason, grace: float) -> None:
        goodbye = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-sandbox"}}
        with suppress(ConnectionError):
            await connection.socket.send_json(goodbye)
            await asyncio.sleep(grace)
            await connection.socket.close()

    def _deliver(self, envelope: Envelope) -> None:
        if not self._open:
            self._workspace.envelopes.settle(envelope.id, "dispatch_failed")
            return
        assert self._loop is not None
        self._loop.call_later(
            self._workspace.rules.ack_seconds, self._workspace.envelopes.settle, envelope.id, "operation_timeout"
        )
        self._send_to_one(envelope)

    def _send_to_one(self, envelope: Envelope) -> None:
        faults = self._workspace.faults
        if not self._open or faults.silent:
            return
        connection = random.choice(self._open)  # noqa: S311 - Slack promises nothing about which one, either
        envelope.connections.append(connection.number)
        if faults.take("cut_frame"):
            _send_half(connection, envelope)
            return
        self._start(self._send(connection, envelope, closes=faults.take("close_after_delivery") is not None))

    async def _send(self, connection: Connection, envelope: Envelope, *, closes: bool) -> None:
        with suppress(ConnectionError):
            await connection.socket.send_json(envelope.frame)
            if closes:
                await connection.socket.close()

    def _on_loop(self, order: Callable[..., object], *details: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(order, *details)

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _started(self, app: web.Application) -> None:
        self._loop = asyncio.get_running_loop()
        self._workspace.envelopes.transport = self

    async def _stopped(self, app: web.Application) -> None:
        self._workspace.envelopes.transport = None
        for task in tuple(self._tasks):
            task.cancel()
        for connection in tuple(self._open):
            await connection.socket.close()


def _send_half(connection: Connection, envelope: Envelope) -> None:
    payload = json.dumps(envelope.frame).encode()
    header = bytes([TEXT_FRAME, 127]) + len(payload).to_bytes(8, "big")
    if connection.request.transport:
        connection.request.transport.write(header + payload[: len(payload) // 2])
        connection.request.transport.close()
