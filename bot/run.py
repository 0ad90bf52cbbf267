"""`desk run`: the desk from its start to its end, which a signal asks for, or a thread of the desk."""

import gc
import logging
import os
import signal
import threading
from collections.abc import Mapping
from typing import Any, Self

import commands
from bot import redaction
from bot.app import build
from bot.scenario import Scenario, load
from bot.settings import Settings
from bot.timings import UNHURRIED, Timings

log = logging.getLogger(__name__)

STOP_SECONDS = 25.0
"""Time for what is under way at the end; platforms kill a process after 30."""

_COLLECT_AFTER = 10_000
"""New objects after which Python looks for unused ones; 700, its own number, are less than one check makes."""

GAVE_UP = 3
"""The exit code of a desk that ends by itself, because something is wrong that no waiting changes."""

SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})
"""Those that ask for the end."""


def main(
    settings: Settings, *, scenarios: Mapping[str, Scenario[Any]] | None = None, timings: Timings = UNHURRIED
) -> int:
    """Run until SIGTERM or SIGINT, with everything in `commands` unless told otherwise, and return 0.

    For the main thread, before there is any other one. Returns `GAVE_UP` when the desk has ended by itself; the log
    says why. Raises `SettingsError` and `StoreError`.
    """
    redaction.configure(as_json=settings.json_log)
    with End() as end:
        loaded = load(commands) if scenarios is None else scenarios
        program = build(settings, scenarios=loaded, timings=timings, end=end.because)
        program.start(gives_up=end.is_asked)
        # What was made so far stays until the end, and is not worth being looked through for what may go.
        gc.freeze()
        gc.set_threshold(_COLLECT_AFTER)
        gc.enable()
        end.wait()
        log.info("stopping: finishing what is under way")
        finished = program.stop(STOP_SECONDS)
        log.info("stopped")
        code = GAVE_UP if end.reason else 0
        if not finished:
            # Python would wait for threads that wait for AWS. What they work on is in the database, and is settled
            # from it.
            logging.shutdown()
            os._exit(code)
    return code


class End:
    """Waits for the end to be asked for: by one of `SIGNALS`, or by any thread, with a reason.

    Within it, as a context manager, the signals are blocked in the thread that has entered it, and in every thread that
    is made from then on. So none of them can be given to a thread that doesn't look for it: the system keeps the first
    until somebody waits, and those that follow, such as a second Ctrl-C while what is under way is being finished,
    change nothing. A process that one of the threads starts inherits that, and has to come to its end by itself; the
    desk starts none, but AWS's library does where a profile has a `credential_process`.
    """

    def __init__(self) -> None:
        self.reason = ""
        """What is wrong, when a thread has asked; empty otherwise."""
        self._lock = threading.Lock()
        self._waiter: int | None = None
        """The thread that waits; None before it has entered and after it has left."""

    def __enter__(self) -> Self:
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        for each in SIGNALS:
            # So a shell starts what is to run in the background. Though blocked, an ignored signal may be dropped.
            if signal.getsignal(each) is signal.SIG_IGN:
                signal.signal(each, signal.SIG_DFL)
        with self._lock:
            self._waiter = threading.get_ident()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._waiter = None
        # Otherwise what came meanwhile would be delivered now.
        while signal.sigpending() & SIGNALS:
            signal.sigwait(SIGNALS)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)

    def because(self, reason: str) -> None:
        """Ask for the end, from any thread, and say in the log why. Only the first reason is kept."""
        with self._lock:
            if self.reason:
                return
            self.reason = reason
            log.critical("the desk ends: %s", reason)
            if self._waiter is not None:
                # To the one who waits, and to nobody else: to it alone it is certain to be blocked.
                signal.pthread_kill(self._waiter, signal.SIGTERM)

    def is_asked(self) -> bool:
        """Whether the end has been asked for by now."""
        return bool(self.reason or signal.sigpending() & SIGNALS)

    def wait(self) -> None:
        """Return as soon as the end has been asked for. To be called once."""
        if not self.reason:
            signal.sigwait(SIGNALS)
