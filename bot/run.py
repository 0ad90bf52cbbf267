"""`desk run`: the desk from its start to its end, which a signal asks for."""

import logging
import os
import signal
from collections.abc import Mapping
from functools import partial
from typing import Any

import commands
from bot import slack_log
from bot.app import build
from bot.ending import End, ending
from bot.scenario import Scenario, load
from bot.settings import Settings
from bot.timings import UNHURRIED, Timings

log = logging.getLogger(__name__)

STOP_SECONDS = 25.0
"""Time for what is under way at the end; platforms kill a process after 30."""


GAVE_UP = 3
"""The exit code of a desk that ends by itself, because something is wrong that no waiting changes."""


def main(
    settings: Settings, *, scenarios: Mapping[str, Scenario[Any]] | None = None, timings: Timings = UNHURRIED
) -> int:
    """Run until SIGTERM or SIGINT, with everything in `commands` unless told otherwise, and return 0.

    Returns `GAVE_UP` when the desk has ended by itself; the log says why. Raises `SettingsError` and `StoreError`.
    """
    slack_log.configure()
    end = End()
    with ending(signal.SIGTERM, signal.SIGINT, end=end) as wait:
        loaded = load(commands) if scenarios is None else scenarios
        program = build(settings, scenarios=loaded, timings=timings, end=end.because)
        program.start(gives_up=partial(wait, 0))
        wait()
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
