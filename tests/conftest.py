"""What holds for the whole suite: in CI a skipped test is a failed run."""

import functools
import gc
import os

import botocore.session
import pytest
from hypothesis import HealthCheck, settings
from xdist.workermanage import NodeManager  # type: ignore[import-untyped] # it has no types

NodeManager.EXIT_TIMEOUT = 30
"""Seconds for which Ctrl-C waits for the workers to end what they have started; killed, they would leave it running."""

# Every session looks through some hundred folders for what AWS's services are called, and reads the same files anew.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)

# How long an example takes to make or to try says something about the machine, and nothing about the desk.
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("unhurried", _UNHURRIED)
settings.load_profile("unhurried")

settings.register_profile("longer", _UNHURRIED, max_examples=100 * int(os.environ.get("DESK_TIMES", "1")))
"""For the property tests that don't say themselves how many examples they take; `tests.long_runs` is for the others."""

settings.register_profile("quick", _UNHURRIED, max_examples=20)
"""For `make test-quick`."""


def pytest_collection_finish() -> None:
    # What was collected stays to the end: nobody has to look through it for garbage again and again.
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get("CI"):
        for report in terminalreporter.getreports("skipped"):
            terminalreporter.write_line(f"SKIPPED in CI, which counts as failed: {report.nodeid}", red=True)
