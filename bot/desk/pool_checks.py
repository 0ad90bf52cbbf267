"""Who may begin and stop a check of a whole pool: the leads of that pool, where the desk works for it."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.answer import Refused
from bot.aws.pool_reader import PoolReader
from bot.aws.quotas import USER_LIST
from bot.desk.audited_access import AuditedAccess
from bot.desk.people import Roster, Who
from bot.pool_check.checks import Plan, PoolChecks
from bot.scenario import Begun
from bot.words import Words, say

_NO_SUCH = say("There is no such check any more.")
_OVER = say("This check is over already.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCheckStarts:
    """Begins checks. ``reader`` opens a pool; ``share``: the part of AWS's rate at which a pool is read."""

    checks: PoolChecks
    reader: Callable[[str], PoolReader]
    share: Callable[[str], float]

    def asked(self, pool: str, channel: str, person: str) -> "AskedPoolCheck":
        """Return what begins a check for somebody."""
        return AskedPoolCheck(starts=self, pool=pool, channel=channel, person=person)

    def scheduled(self, pool: str, channel: str, due: float) -> "AskedPoolCheck":
        """Return what begins the check of a scheduled time, in seconds since 1970."""
        return AskedPoolCheck(starts=self, pool=pool, channel=channel, person="", due=due)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPoolCheck:
    """Begins one check. Implements `bot.scenario.WholePool`."""

    starts: PoolCheckStarts
    pool: str
    channel: str
    person: str
    """Empty for the schedule."""
    due: float | None = None

    def begin(self) -> Begun:
        """Begin it. Raises `Refused`: AWS may not answer, and one at a time is enough."""
        starts = self.starts
        starts.checks.refuse_second(self.pool)
        reader = starts.reader(self.pool)
        per_second = reader.rate(USER_LIST) * starts.share(self.pool)
        plan = Plan(estimate=reader.estimate(), per_second=per_second)
        starts.checks.begin(self.pool, self.channel, self.person, plan, due=self.due)
        return Begun(users=plan.estimate, seconds=plan.seconds)


class PoolCheckStops:
    """Stops checks, for the leads of their pool."""

    def __init__(self, checks: PoolChecks, roster: Roster, access: AuditedAccess) -> None:
        self._checks = checks
        self._roster = roster
        self._access = access

    def stop(self, number: int, *, who: Who, channel: str, ts: str) -> Words | None:
        """End a check at a press in its own message. Return what to say to that person alone, None for nothing."""
        check = self._checks.numbered(number)
        if check is None or not self._checks.stands_at(number, channel, ts):
            return _NO_SUCH
        try:
            self._access.listed(who, channel)
            self._roster.lead(who, check.pool, fresh=True, to="stop this")
        except Refused as refused:
            return self._access.refusal(self._access.member(who), refused.words).words
        member = self._access.member(who)
        return None if self._checks.stop(number, member.id) else _OVER
