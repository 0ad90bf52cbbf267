"""Checks cases again that something was done for, on threads of its own: neither Slack's writer nor anybody waits."""

import logging
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Executor
from dataclasses import replace

from bot.answer import Answer, Refused, Unread
from bot.repeated import Repeated
from bot.tickets.cases import Cases, Due, Found, found
from bot.tickets.planner import Planner
from bot.timings import UNHURRIED, Timings
from bot.words import say

_log = logging.getLogger(__name__)

AT_ONCE = 4
"""Cases that are checked again at a time."""

_NOBODY = "NO_USER"
"""In the place of a cause, where no account is there any more."""


class Rechecks:
    """Looks for cases that are due, at once when one is written here, and every few seconds for what others left."""

    def __init__(
        self,
        cases: Cases,
        planner: Planner,
        executor: Executor,
        *,
        pools_in: Callable[[str], Collection[str]],
        pools: Collection[str],
        timings: Timings = UNHURRIED,
    ) -> None:
        """``pools``: in which the desk works today; ``pools_in``: those about which somebody may ask in a channel.

        ``executor``: its threads may wait for Cognito.
        """
        self._cases = cases
        self._planner = planner
        self._executor = executor
        self._pools = frozenset(pools)
        self._pools_in = pools_in
        self._seconds = timings.rechecking
        self._free = threading.Semaphore(AT_ONCE)
        self._repeated = Repeated(self.look, name="rechecks", every=timings.sweep, broken=_unseen, wake=cases.due)

    def start(self) -> None:
        """Begin to look."""
        self._repeated.start()

    def stop(self, seconds: float) -> None:
        """Look no more. What is being read may go on; what it doesn't write is read again later."""
        self._repeated.stop(seconds)

    def look(self) -> int:
        """Check again what is due, as far as there are threads for it. Return how many were begun."""
        begun = 0
        while self._free.acquire(blocking=False):
            due = self._take_up()
            if due is None:
                break
            begun += 1
            self._executor.submit(self._check, due)
        return begun

    def _take_up(self) -> Due | None:
        due = None
        try:
            due = self._cases.take_up(self._seconds)
        finally:
            if due is None:
                self._free.release()
        return due

    def _check(self, due: Due) -> None:
        try:
            self._read(due)
        except Exception:  # nobody waits for this thread; the case is due again after a while
            _log.exception("a case could not be checked again")
        finally:
            self._free.release()
            # Another may have waited for this thread.
            self._cases.due.set()

    def _read(self, due: Due) -> None:
        where = (
            "pool" if due.pool not in self._pools else "channel" if due.pool not in self._pools_in(due.channel) else ""
        )
        if where:
            self._cases.fail(due, say(f"the desk doesn't work in this {where} any more."), again=False)
            return
        try:
            answer = self._planner.answer(due.scenario, due.pool, due.form, reader=due.asker)
        except Unread as unread:
            self._cases.fail(due, unread.words)
        except Refused as refused:
            self._cases.settle(due, _refused(due, refused), None)
        except Exception:
            _log.exception("a case could not be checked again")
            self._cases.fail(due, say("something broke on the desk's side."))
        else:
            assert isinstance(answer, Answer), "a check is told to everyone"
            assert answer.subject is not None, "only a check begins a case"
            self._cases.settle(due, found(answer, answer.subject, about=due.found.about), answer.subject)


def _unseen(error: Exception) -> None:
    # Mostly the database is away.
    _log.error("could not look for cases that are due; trying again", exc_info=error)


def _refused(due: Due, refused: Refused) -> Found:
    """Return what is said of a case of which nobody is there any more."""
    event = {"cause": _NOBODY, "pool": due.pool}
    return replace(due.found, emoji="⚠️", headline=refused.words, best=None, event=event)
