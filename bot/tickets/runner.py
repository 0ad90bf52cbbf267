"""Runs approved tickets on an executor, each at most once at a time in this process, and stops in an orderly way."""

import logging
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Executor, Future, wait

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.plan import NONE, Secrets
from bot.ticket import Ticket, Unjudged
from bot.tickets.execution import Cognito, Execution, Judge, RunContext
from bot.tickets.leases import Claim, Leases, LostLease
from bot.tickets.planner import Planner
from bot.timings import UNHURRIED
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
        pauses: Sequence[float] = UNHURRIED.pauses,
    ) -> None:
        self._leases = leases
        self._judge = judge
        self._context = RunContext(leases=leases, planner=planner, cognito=cognito, judge=judge, pauses=pauses)
        self._executor = executor
        self._running: dict[int, tuple[Future[None], Claim | None]] = {}
        """Each with how it was taken, if that was before a thread was free for it."""
        self._entered: dict[int, Secrets] = {}
        """Secrets that came while the desk still looked whether the ticket can run without any."""
        self._lock = threading.RLock()
        self._stopping = False

    def claim(self, connection: Connection, ticket: Ticket) -> Claim | None:
        """Take a ticket in the transaction that approves it, to be started after that. None: not here, or not now."""
        with self._lock:
            if self._stopping or ticket.id in self._running:
                return None
        return self._leases.take_approved(connection, ticket)

    def start(self, number: int, *, claim: Claim | None = None, secrets: Secrets = NONE, waits: bool = True) -> None:
        """Run a ticket soon, if it may run and nobody else does.

        ``claim``: what `claim` has returned for it. ``waits``: for somebody else who has locked its row; who looks
        again soon anyway needn't.
        """
        with self._lock:
            begins = not self._stopping and number not in self._running
            if begins:
                future = self._executor.submit(self._run, number, claim, secrets, waits)
                self._running[number] = future, claim
                future.add_done_callback(lambda _: self._forget(number))
            elif secrets and not self._stopping:
                self._entered[number] = secrets
        if claim is not None and not begins:
            self._let_go(claim)

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
                futures = [future for future, _ in self._running.values()]
            if not futures:
                return True
            # One that ends may start another, with a code that was entered meanwhile.
            if wait(futures, timeout=until - time.monotonic()).not_done:
                return False

    def stop(self, seconds: float) -> bool:
        """Start nothing more and wait for what runs. Return whether all of it came to its end in time."""
        with self._lock:
            self._stopping = True
            running = list(self._running.values())
        # Cancelled outside the lock: a cancelled future forgets itself, and takes the lock for it.
        begun = []
        for future, claim in running:
            if not future.cancel():
                begun.append(future)
            elif claim is not None:
                self._let_go(claim)
        return not wait(begun, timeout=seconds).not_done

    def _let_go(self, claim: Claim) -> None:
        """Leave a ticket that was taken and not begun to whoever comes first."""
        try:
            self._leases.later(claim.ticket, 0.0)
        except (LostLease, SQLAlchemyError) as error:
            _log.warning("ticket %d waits until its lease ends (%s)", claim.ticket.id, type(error).__name__)

    def _forget(self, number: int) -> None:
        with self._lock:
            self._running.pop(number, None)
            if secrets := self._entered.pop(number, NONE):
                # At once, so that nobody who waits sees a moment in which nothing runs.
                self.start(number, secrets=secrets)

    def shorten(self) -> None:
        """Cut leases that were taken before the database's clock was set back, no matter whose they are."""
        self._leases.shorten()

    def _run(self, number: int, claim: Claim | None, secrets: Secrets, waits: bool) -> None:
        execution: Execution | None = None
        try:
            # One that was approved a moment ago doesn't wait for Slack.
            if claim is None and (secrets or not self._has_to_wait(number)):
                claim = self._leases.take(number, with_secret=bool(secrets), waits=waits)
            if claim is not None:
                execution = Execution(claim, self._context, secrets)
                execution.carry_out()
        except LostLease:
            _log.warning("ticket %d is run by someone else now", number)
        except SQLAlchemyError:  # what could not be written is settled after the lease
            _log.exception("ticket %d is left as it is", number)
        except Exception:  # nobody waits for this thread, and the ticket has to say that it failed, whatever broke
            self._broke(number, execution)

    def _broke(self, number: int, execution: Execution | None) -> None:
        """End a ticket because the desk itself broke, if it can still be told."""
        reference = uuid.uuid4().hex[:8]
        _log.exception("ticket %d broke (ref %s)", number, reference)
        if execution is None:
            return
        try:
            execution.fail(say("Something broke on the desk's side (ref {reference}).", reference=reference))
        except Exception:  # what could not be written is settled after the lease
            _log.exception("ticket %d is left as it is", number)

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
