"""The thread that works on checks of whole pools: any replica on any check, as soon as one is there."""

import logging
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from bot.answer import Refused
from bot.aws.pool_reader import PoolReader
from bot.aws.quotas import USER_LIST
from bot.cognito import User
from bot.pool_check.checks import CheckState, PoolCheck, PoolChecks
from bot.pool_check.reading import Context, Reading
from bot.repeated import Repeated
from bot.tickets.shared_rates import Pacer, SharedRates
from bot.timings import UNHURRIED, Timings
from bot.words import say

log = logging.getLogger(__name__)

_BROKE = say("Something broke on the desk's side while it counted. Please start the check again.")


class Pools(Protocol):
    """The door to AWS, as far as whole pools go."""

    def pool_reader(self, pool: str) -> PoolReader:
        """Return what reads all users of a pool."""


class Judge(Protocol):
    """What makes findings of what was read."""

    def shapes(self, check: PoolCheck) -> Callable[[User], str]:
        """Return what says of a user all that bears on a finding. May read the pool. Raises `Refused`."""

    def judge(self, check: PoolCheck) -> Mapping[str, Any]:
        """Work out the findings of a check that has been read, and return what was found, as counts.

        It may take minutes, and be done again after a crash. Raises `Refused`.
        """


class Worker:
    """Looks for checks, reads their parts, and counts what was found. `start` it once, `stop` it once."""

    def __init__(
        self,
        checks: PoolChecks,
        rates: SharedRates,
        pools: Pools,
        judge: Judge,
        *,
        timings: Timings = UNHURRIED,
    ) -> None:
        self._checks = checks
        self._rates = rates
        self._pools = pools
        self._judge = judge
        self._lease = timings.lease
        self._owner = uuid.uuid4().hex
        self._readings: dict[int, Reading] = {}
        self._repeated = Repeated(self._look, name="pool-checks", every=timings.pools, broken=_failed, wake=checks.news)

    def start(self) -> None:
        """Begin to look."""
        self._repeated.start()

    def stop(self, seconds: float) -> None:
        """Look no more, and read no more; another process goes on."""
        for each in self._readings.values():
            each.stop(seconds)
        self._repeated.stop(seconds)

    def _look(self) -> None:
        self._rates.subtract()
        self._readings = {number: each for number, each in self._readings.items() if each.is_alive}
        for check in self._checks.under_way():
            if self._repeated.is_stopped:
                return
            try:
                self._work_on(check)
            except Refused as refused:
                self._checks.failed(check.id, refused.words)

    def _work_on(self, check: PoolCheck) -> None:
        if check.state is CheckState.JUDGING:
            self._count(check)
        elif check.id not in self._readings:
            reader = self._pools.pool_reader(check.pool)
            key, per_second = reader.rate_key(USER_LIST), check.plan.per_second
            context = Context(
                checks=self._checks,
                source=reader,
                turns=Pacer(lambda refused: self._rates.window(key, per_second, refused=refused)),
                shape_of=self._judge.shapes(check),
                lease=self._lease,
            )
            self._readings[check.id] = Reading(check, context)
            self._readings[check.id].start()

    def _count(self, check: PoolCheck) -> None:
        lease = self._lease
        take = partial(self._checks.take_judging, check.id, self._owner, lease=lease)
        if not take():
            return
        # One statement alone may take longer than the lease.
        keeping = Repeated(take, name="pool-judging", every=lease / 3, broken=_failed)
        keeping.start()
        try:
            found = self._judge.judge(check)
        except Refused:
            raise
        except Exception:  # it would break again and again
            log.exception("check %d of a pool: what was read can't be counted", check.id)
            self._checks.failed(check.id, _BROKE)
            return
        finally:
            keeping.stop(lease)
        self._checks.done(check.id, self._owner, found)


def _failed(error: Exception) -> None:
    log.warning("the checks of whole pools can't be looked at (%s); trying again", type(error).__name__)
