"""`desk run` in a child process that can be told when to die; a server that has imported everything forks it."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import commands
from bot import run
from bot.scenario import load
from bot.settings import Settings
from bot.timings import Timings
from tests.crash.points import Point, Points, watch
from tests.crash.two_calls import two_calls

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

SOON = Timings(
    pauses=(0.0, 0.05, 0.1),
    lease=1.5,
    sweep=0.25,
    sending=1.5,
    rechecking=1.5,
    group_reads=60_000,
    person_reads=60_000,
    channel_reads=60_000,
)
"""Recovery within a second or two. Nothing here takes as long as a lease: everything is on this machine."""

_PASSED = "passed.json"
_LOG = "log.txt"
_ENDS = 120.0
"""Seconds; the desk itself takes 25 at most, and a busy machine some for the rest."""

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload([__name__])
_library = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How a child is to live, and when it is to die."""

    settings: Settings
    environ: Mapping[str, str]
    folder: Path
    kill_at: Point | None = None


class Child:
    """One life of the desk. Everything that is asked of the library goes through one lock.

    It reads how a process has ended only once, and whenever any process is started it asks after all the others.
    """

    def __init__(self, order: Order) -> None:
        self._folder = order.folder
        self._process: ForkServerProcess = _server.Process(target=live, args=(order,))
        with _library:
            self._process.start()

    @property
    def is_alive(self) -> bool:
        """Whether it still lives."""
        return self.exit_code is None

    @property
    def was_killed(self) -> bool:
        """Whether it died by the signal that nobody can catch."""
        return self.exit_code == -signal.SIGKILL

    @property
    def exit_code(self) -> int | None:
        """Its exit code; None while it lives."""
        with _library:
            return self._process.exitcode

    @property
    def log(self) -> str:
        """What all lives in this folder have written; empty if the first one ended before it could."""
        log = self._folder / _LOG
        return log.read_text() if log.exists() else ""

    @property
    def passed(self) -> Path:
        """Where a life that came to its own end left the moments that it passed."""
        return self._folder / _PASSED

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it do nothing for a while, wherever it is, as a machine does that was put to sleep."""
        assert self._process.pid
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Kill it, wherever it is."""
        with _library:
            self._process.kill()
        self._ends()

    def end(self) -> int | None:
        """Ask it to end, and return its exit code."""
        with _library:
            self._process.terminate()
        if not self._ends():
            self.kill()
        return self.exit_code

    def _ends(self) -> bool:
        until = time.monotonic() + _ENDS
        while self.is_alive and time.monotonic() < until:
            time.sleep(0.01)
        return not self.is_alive


def live(order: Order) -> None:
    """Be the desk."""
    log = os.open(order.folder / _LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 2)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "AWS_PROFILE"):
        os.environ.pop(name, None)
    os.environ.update(order.environ)
    points = Points(order.kill_at)
    watch(points)
    code = run.main(order.settings, scenarios={**load(commands), two_calls.name: two_calls}, timings=SOON)
    points.write(order.folder / _PASSED)
    os._exit(code)
