"""`desk run`: the desk from its start to its end, which a signal asks for."""

import logging
import os
import signal
from collections.abc import Mapping
from typing import Any

import commands
from bot import slack_log
from bot.app import build
from bot.ending import ending
from bot.pace import UNHURRIED, Pace
from bot.scenario import Scenario, load
from bot.settings import Settings

log = logging.getLogger(__name__)

STOP_SECONDS = 25.0
"""Time for what is under way at the end; platforms kill a process after 30."""


def main(settings: Settings, *, scenarios: Mapping[str, Scenario[Any]] | None = None, pace: Pace = UNHURRIED) -> int:
    """Run until SIGTERM or SIGINT, with everything in `commands` unless told otherwise.

    Raises `SettingsError` and `StoreError`.
    """
    slack_log.configure()
    with ending(signal.SIGTERM, signal.SIGINT) as wait:
        program = build(settings, scenarios=load(commands) if scenarios is None else scenarios, pace=pace)
        program.start()
        wait()
        log.info("stopping: finishing what is under way")
        finished = program.stop(STOP_SECONDS)
        log.info("stopped")
        if not finished:
            # Python would wait for threads that wait for AWS. What they work on is in the database, and is settled
            # from it.
            logging.shutdown()
            os._exit(0)
    return 0
