"""Runs approved tickets on an executor, each at most once at a time in this process, and stops in an orderly way."""

import logging
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Executor, Future, wait

from sqlalchemy.exc import SQLAlchemyError

from bot.plan import NONE, Secrets
from bot.ticket import Ticket, Unjudged
from bot.tickets.execution import PAUSES, Cognito, Execution, Judge, RunContext
from bot.tickets.leases import Leases, LostLease
from bot.tickets.planner import Planner
from bot.words import say

_log = logging.getLogger(__name__)


class Runner:
    """Takes tickets that may run. Safe to call from any thread; never blocks the caller."""

    def __init__(
        self,
        leases: Leases,
        planner: Planner,
        cognito: Cognito,
        executor: Executor,
        *,
        judge: Judge,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._leases = leases
        self._judge = judge
        self._context = RunContext(leases=leases, planner=planner, cognito=cognito, judge=judge, pauses=pauses)
        self._executor = executor
        self._running: dict[int, Future[None]] = {}
        self._entered: dict[int, Secrets] = {}
        """Secrets that came while the desk still looked whether the ticket can run without any."""
        self._lock = threading.Lock()
        self._stopping = False

    def start(self, number: int, *, known: Ticket | None = None, secrets: Secrets = NONE, waits: bool = True) -> None:
        """Run a ticket soon, if it may run and nobody else does.

        ``known``: the ticket, from who has just approved it or read it. ``waits``: for somebody else who has locked
        its row; who looks again soon anyway needn't.
        """
        with self._lock:
            if self._stopping:
                return
            if number in self._running:
                if secrets:
                    self._entered[number] = secrets
                return
            future = self._begin(number, known, secrets, waits=waits)
        future.add_done_callback(lambda _: self._forget(number))

    def is_running(self, number: int) -> bool:
        """Whether a ticket runs in this process, or is about to."""
        with self._lock:
            return number in self._running

    def keep(self) -> None:
        """Renew the leases of what runs here; to be called well within a lease's time."""
        with self._lock:
            numbers = list(self._running)
        if numbers:
            self._leases.renew(numbers)

    def wait(self, seconds: float = 30.0) -> bool:
        """Wait until nothing runs here. Return whether that came in time."""
        until = time.monotonic() + seconds
        while True:
            with self._lock:
                futures = list(self._running.values())
            if not futures:
                return True
            # One that ends may start another, with a code that was entered meanwhile.
            if wait(futures, timeout=until - time.monotonic()).not_done:
                return False

    def stop(self, seconds: float) -> bool:
        """Start nothing more and wait for what runs. Return whether all of it came to its end in time."""
        with self._lock:
            self._stopping = True
            futures = list(self._running.values())
        # Cancelled outside the lock: a cancelled future forgets itself, and takes the lock for it.
        begun = [future for future in futures if not future.cancel()]
        return not wait(begun, timeout=seconds).not_done

    def _begin(self, number: int, known: Ticket | None, secrets: Secrets, *, waits: bool) -> Future[None]:
        """Start a run; to be called with the lock. Its end is to be watched outside, since it takes the lock."""
        self._running[number] = self._executor.submit(self._run, number, known, secrets, waits)
        return self._running[number]

    def _forget(self, number: int) -> None:
        with self._lock:
            self._running.pop(number, None)
            secrets = self._entered.pop(number, NONE)
            # At once, so that nobody who waits sees a moment in which nothing runs.
            again = self._begin(number, None, secrets, waits=True) if secrets and not self._stopping else None
        if again:
            again.add_done_callback(lambda _: self._forget(number))

    def shorten(self) -> None:
        """Cut leases that were taken before the database's clock was set back, no matter whose they are."""
        self._leases.shorten()

    def _run(self, number: int, known: Ticket | None, secrets: Secrets, waits: bool) -> None:
        try:
            # One that was approved a moment ago doesn't wait for Slack.
            if known is None and not secrets and self._has_to_wait(number):
                return
            claim = self._leases.take(number, known=known, with_secret=bool(secrets), waits=waits)
            if claim is not None:
                self._bring_to_its_end(Execution(claim, self._context, secrets))
        except LostLease:
            _log.warning("ticket %d is run by someone else now", number)
        except Exception:  # nobody waits for this thread; what it could not write is settled after the lease
            _log.exception("ticket %d is left as it is", number)

    def _bring_to_its_end(self, execution: Execution) -> None:
        try:
            execution.carry_out()
        except (LostLease, SQLAlchemyError):
            raise
        except Exception:  # the ticket has to say that it failed, whatever broke
            reference = uuid.uuid4().hex[:8]
            _log.exception("ticket %d broke (ref %s)", execution.ticket.id, reference)
            execution.fail(say("Something broke on the desk's side (ref {reference}).", reference=reference))

    def _has_to_wait(self, number: int) -> bool:
        """Let a ticket wait on that waits for Slack to say who may do what, as long as Slack doesn't.

        It isn't claimed in vain: its card would change each time, and a claim is a row of the audit.
        """
        ticket = self._leases.waiting(number)
        if ticket is None:
            return False
        try:
            self._judge(ticket)
        except Unjudged:
            self._leases.wait_longer(number)
            return True
        return False
