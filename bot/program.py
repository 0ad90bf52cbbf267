"""The desk as one thing that starts and stops."""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from bot.aws.gateway import Gateway
from bot.desk.approvals import Desk
from bot.settings import SettingsError
from bot.slack.background_work import BackgroundWork
from bot.slack.socket import Socket
from bot.slack.troubles import NoConnection
from bot.slack.writer import Writer
from bot.tickets.connections import Connections
from bot.tickets.only_one import only_one
from bot.tickets.outbox import Outbox
from bot.tickets.runner import Runner
from bot.tickets.store import Store
from bot.tickets.sweeper import Sweeper

log = logging.getLogger(__name__)

_ACKS = 3.0
"""Seconds that Slack waits for an acknowledgement."""


_GOODBYE = 5.0
"""Seconds for closing the connection; one that is only just being made may take longer than what runs can wait."""


class Program:
    """The desk, put together. `start` it once, `stop` it once."""

    def __init__(
        self,
        *,
        desk: Desk,
        database: Store,
        outbox: Outbox,
        gateway: Gateway,
        writer: Writer,
        runner: Runner,
        sweeper: Sweeper,
        background: BackgroundWork,
        socket: Socket,
        connections: Connections,
        connecting: float,
        executors: Sequence[ThreadPoolExecutor],
    ) -> None:
        self.desk = desk
        self.database = database
        self.outbox = outbox
        self._gateway = gateway
        self._writer = writer
        self._runner = runner
        self._sweeper = sweeper
        self._background = background
        self._socket = socket
        self._connections = connections
        self._connecting = connecting
        self._executors = tuple(executors)
        self._alone = ExitStack()

    def start(self, *, gives_up: Callable[[], bool] = lambda: False) -> None:
        """Bring the database up to date, connect to Slack and begin to work.

        Returns once Slack has said hello, or as soon as ``gives_up`` says that nobody waits for that any more. Raises
        `SettingsError` when Slack doesn't take the app's token, or can't be reached for minutes, and `StoreError` when
        another desk runs on the same SQLite file, or when the database can't be used.
        """
        self._alone.enter_context(only_one(self.database))
        self.database.prepare()
        self._writer.start()
        self._sweeper.start()
        self._connections.start()
        try:
            connected = self._socket.open(self._connecting, gives_up=gives_up)
        except NoConnection as error:
            self.stop(_GOODBYE)
            raise SettingsError(str(error)) from None
        if connected:
            log.info("ready: connected to Slack")

    def stop(self, seconds: float = 25.0) -> bool:
        """Finish what is under way and leave the rest in the database. Return whether all threads came to an end."""
        until = time.monotonic() + seconds

        def left() -> float:
            return max(0.0, until - time.monotonic())

        self._socket.settle(min(_ACKS, left()))
        finished = self._socket.shut(min(_GOODBYE, left()))
        self._connections.stop(left())
        self._sweeper.stop(left())
        finished = self._background.stop(left()) and finished
        finished = self._runner.stop(left()) and finished
        self._writer.stop(left())
        for executor in self._executors:
            executor.shutdown(wait=finished, cancel_futures=True)
        if finished:
            self._gateway.close()
            self.database.close()
            self._alone.close()
        return finished
