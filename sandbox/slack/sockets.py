"""Socket Mode: single-use tickets, up to ten connections, and each envelope to exactly one of them."""

import asyncio
import json
import random
import secrets
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import WSMsgType, web

from sandbox.gate import LONGEST, Gate
from sandbox.slack.controls import Json
from sandbox.slack.envelopes import Envelope
from sandbox.slack.methods import Arguments, Method
from sandbox.slack.wire import APP_ID
from sandbox.slack.workspace import Workspace

Reason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]
Over = Literal["any", "oldest", "newest"]
WARNING_SECONDS = 10.0
DRAINING_SECONDS = 3.0
TEXT_FRAME = 0x81


@dataclass(eq=False)
class Connection:
    """One open socket of the app."""

    number: int
    socket: web.WebSocketResponse
    request: web.Request
    is_greeted: bool = False
    is_leaving: bool = False
    is_closing: bool = False
    owed: set[str] = field(default_factory=set)
    """The envelopes sent over it that nobody has acknowledged."""

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
        self._is_on = workspace.manifest.socket_mode
        self._refreshing: asyncio.Task[None] | None = None
        self.foreign = 0
        """Connections that other programs have opened with the same app token: they are counted, and no more."""
        self.hello = Gate()
        """What every hello waits for; open, unless a test puts a closed one in its place."""
        self.hello.open()
        self.over: Over = "any"
        """Which connection delivers, where there are several; Slack promises nothing about which one."""

    @property
    def methods(self) -> tuple[Method, ...]:
        """The Web API's part of Socket Mode."""
        return (Method("apps.connections.open", self._give_ticket, tier=3, caller="app"),)

    @property
    def connections(self) -> tuple[int, ...]:
        """The numbers of the open connections that were greeted: something can be delivered over them."""
        return tuple(one.number for one in tuple(self._open) if one.is_greeted)

    @property
    def opened(self) -> int:
        """How many connections there have been, those that were sent away included."""
        return self._counted

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

    def disconnect(
        self, reason: Reason = "refresh_requested", grace: float | None = None, *, once_replaced: bool = False
    ) -> None:
        """Announce the end to every connection and close it after `grace` seconds; callable from any thread.

        `once_replaced`: these seconds begin when there is another one, or when patience ends.
        """
        usual = WARNING_SECONDS if reason == "warning" else self._workspace.rules.refresh_grace
        seconds = usual if grace is None else grace
        for connection in tuple(self._open):
            self._on_loop(self._start, self._say_goodbye(connection, reason, seconds, once_replaced=once_replaced))

    def refresh(self, every: float) -> None:
        """Take every connection back at this rate, in seconds, from now on; 0 stops that."""
        self._on_loop(self._refresh, every)

    def switch(self, *, on: bool) -> None:
        """Switch Socket Mode on or off in the app's settings; callable from any thread."""
        self._is_on = on
        if not on:
            self.disconnect("link_disabled", 0)

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
        await asyncio.sleep(self._workspace.rules.handshake_seconds)
        socket = web.WebSocketResponse(autoping=False, compress=False)
        await socket.prepare(request)
        self._counted += 1
        connection = Connection(number=self._counted, socket=socket, request=request)
        if not self._is_on:
            await self._say_goodbye(connection, "link_disabled", 0)
            return socket
        if len(self._open) + self.foreign >= self._workspace.rules.most_connections:
            await self._say_goodbye(connection, "too_many_websockets", 0)
            return socket
        self._open.append(connection)
        working = (self._start(self._greet(connection)), self._start(self._ping(connection)))
        try:
            await self._listen(connection)
        finally:
            for task in working:
                task.cancel()
            self._open.remove(connection)
        return socket

    async def _greet(self, connection: Connection) -> None:
        await asyncio.sleep(self._workspace.rules.hello_seconds)
        gate = self.hello
        gate.arrive()
        await _until(lambda: gate.is_open, LONGEST)
        hello = {
            "type": "hello",
            "num_connections": len(self._open) + self.foreign,
            "connection_info": {"app_id": APP_ID},
            "debug_info": {
                "host": "applink-sandbox",
                "approximate_connection_time": self._workspace.rules.connection_seconds,
            },
        }
        with suppress(ConnectionError):
            await connection.socket.send_json(hello)
            connection.is_greeted = True

    async def _listen(self, connection: Connection) -> None:
        async for frame in connection.socket:
            if frame.type == WSMsgType.PING and not self._workspace.faults.silent:
                await connection.socket.pong(frame.data)
            elif frame.type == WSMsgType.TEXT:
                answer = json.loads(frame.data)
                envelope_id = answer.get("envelope_id")
                if envelope_id:
                    connection.owed.discard(envelope_id)
                    anywhere = self._workspace.rules.acks_anywhere
                    payload = answer.get("payload")
                    self._workspace.envelopes.acknowledge(envelope_id, connection.number, payload, anywhere=anywhere)

    async def _ping(self, connection: Connection) -> None:
        rules = self._workspace.rules
        with suppress(ConnectionError):
            for _ in range(int(rules.connection_seconds / rules.ping_seconds)):
                await asyncio.sleep(rules.ping_seconds)
                if not self._workspace.faults.silent:
                    await connection.socket.ping(b"Ping from the sandbox")
        await self._say_goodbye(connection, "refresh_requested", rules.refresh_grace)

    async def _say_goodbye(
        self, connection: Connection, reason: Reason, grace: float, *, once_replaced: bool = False
    ) -> None:
        connection.is_leaving = True
        goodbye = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-sandbox"}}
        with suppress(ConnectionError):
            await connection.socket.send_json(goodbye)
            if once_replaced:
                await _until(lambda: any(not one.is_leaving for one in self._greeted()), WARNING_SECONDS)
            await asyncio.sleep(grace)
            # Nothing more goes over it, and what has is waited for.
            connection.is_closing = True
            await _until(lambda: not connection.owed, DRAINING_SECONDS)
            await connection.socket.close()

    def _refresh(self, every: float) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            self._refreshing = None

        async def over_and_over() -> None:
            while True:
                await asyncio.sleep(every)
                for connection in tuple(self._open):
                    if not connection.is_leaving:
                        grace = self._workspace.rules.refresh_grace
                        self._start(self._say_goodbye(connection, "refresh_requested", grace))

        if every:
            self._refreshing = self._start(over_and_over())

    def _deliver(self, envelope: Envelope) -> None:
        if not self._greeted():
            self._workspace.envelopes.settle(envelope.id, "dispatch_failed")
            return
        assert self._loop is not None
        self._loop.call_later(
            self._workspace.rules.ack_seconds, self._workspace.envelopes.settle, envelope.id, "operation_timeout"
        )
        self._send_to_one(envelope)

    def _send_to_one(self, envelope: Envelope) -> None:
        faults = self._workspace.faults
        able = self._greeted()
        if not able or faults.silent:
            return
        which = {"oldest": able[:1], "newest": able[-1:], "any": able}[self.over]
        connection = random.choice(which)  # noqa: S311 - Slack promises nothing about which one, either
        envelope.connections.append(connection.number)
        connection.owed.add(envelope.id)
        if faults.take("cut_frame"):
            _send_half(connection, envelope)
            return
        self._start(self._send(connection, envelope, closes=faults.take("close_after_delivery") is not None))

    def _greeted(self) -> list[Connection]:
        return [one for one in self._open if one.is_greeted and not one.is_closing]

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
        self._workspace.envelopes.deliver = self.deliver

    async def _stopped(self, app: web.Application) -> None:
        self._workspace.envelopes.deliver = None
        for task in tuple(self._tasks):
            task.cancel()
        for connection in tuple(self._open):
            await connection.socket.close()


async def _until(wanted: Callable[[], bool], seconds: float) -> None:
    """Wait until something is so, but not longer than this."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not wanted():
                await asyncio.sleep(0.01)


def _send_half(connection: Connection, envelope: Envelope) -> None:
    payload = json.dumps(envelope.frame).encode()
    header = bytes([TEXT_FRAME, 127]) + len(payload).to_bytes(8, "big")
    if connection.request.transport:
        connection.request.transport.write(header + payload[: len(payload) // 2])
        connection.request.transport.close()
