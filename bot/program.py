"""The desk as one thing that starts and stops."""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot.desk.approvals import Decisions
from bot.desk.services import Foundation
from bot.slack.app import SocketMode
from bot.slack.background_work import BackgroundWork
from bot.slack.writer import Writer
from bot.tickets.store import only_one

if TYPE_CHECKING:
    from bot.health import Health

log = logging.getLogger(__name__)

_ACKS = 3.0
"""Seconds that Slack waits for an acknowledgement."""


_GOODBYE = 5.0
"""Seconds for closing the connection; one that is only just being made may take longer than what runs can wait."""


class Looking(Protocol):
    """Something with a thread of its own that looks every few seconds whether there is anything to do."""

    def start(self) -> None:
        """Begin to look."""

    def stop(self, seconds: float) -> None:
        """Look no more, within so many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threads:
    """What is under way in the background."""

    background: BackgroundWork
    executors: Sequence[Executor]
    """All threads that work, its own included."""
    looking: Sequence[Looking]


class Program:
    """The desk, put together. `start` it once, `stop` it once."""

    def __init__(
        self,
        *,
        foundation: Foundation,
        decisions: Decisions,
        writer: Writer,
        socket: SocketMode,
        threads: Threads,
        health: "Health | None" = None,
    ) -> None:
        """``health``: None where nobody asks how the desk is."""
        self.health = health
        self.decisions = decisions
        self.database = foundation.tickets.store
        self.outbox = foundation.tickets.outbox
        self._gateway = foundation.gateway
        self._runner = foundation.runner
        self._sweeper = foundation.sweeper
        self._rechecks = foundation.rechecks
        self._writer = writer
        self._socket = socket
        self._looking = tuple(threads.looking)
        self._background = threads.background
        self._executors = tuple(threads.executors)
        self._alone = ExitStack()

    def start(self, *, gives_up: Callable[[], bool] = lambda: False) -> None:
        """Bring the database up to date, connect to Slack and begin to work.

        Returns once Slack has said hello, or as soon as ``gives_up`` says that nobody waits for that any more. Raises
        `SettingsError` when Slack doesn't take the app's token, or can't be reached for minutes, and `StoreError` when
        another desk runs on the same SQLite file, or when the database can't be used; `SettingsError` as well when
        another program listens where the desk is to say how it is.
        """
        self._alone.enter_context(only_one(self.database))
        if self.health is None:
            self.database.prepare()
        else:
            # It says that the desk isn't ready while the database is brought up to date, and while Slack is away.
            self.health.start()
            try:
                self.database.prepare()
            except Exception:
                self.health.stop(_GOODBYE)
                raise
            self.health.look()
        self._writer.start()
        self._sweeper.start()
        for each in self._looking:
            each.start()
        self._rechecks.start()
        try:
            if self._socket.client.open(gives_up=gives_up):
                log.info("ready: connected to Slack")
                # An acknowledgement needs none of it, and a check waits for what it needs of it.
                self._gateway.warm()
        except Exception:
            self.stop(_GOODBYE)
            raise

    def stop(self, seconds: float = 25.0) -> bool:
        """Finish what is under way and leave the rest in the database. Return whether all threads came to an end."""
        until = time.monotonic() + seconds

        def left() -> float:
            return max(0.0, until - time.monotonic())

        if self.health is not None:
            self.health.stopping()
        self._socket.settle(min(_ACKS, left()))
        finished = self._socket.shut(min(_GOODBYE, left()))
        for each in self._looking:
            each.stop(left())
        self._sweeper.stop(left())
        self._rechecks.stop(left())
        finished = self._background.stop(left()) and finished
        finished = self._runner.stop(left()) and finished
        self._writer.stop(left())
        for executor in self._executors:
            executor.shutdown(wait=finished, cancel_futures=True)
        if self.health is not None:
            self.health.stop(left())
        if finished:
            self._gateway.close()
            self.database.close()
            self._alone.close()
        return finished
