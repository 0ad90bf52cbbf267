"""The files in the thread of a whole pool's report: the list of those concerned as CSV, and the picture."""

from collections.abc import Mapping

from sqlalchemy import select

from bot.csv_files import written
from bot.pool_check import people, picture
from bot.pool_check.checks import LIST, PICTURE, CheckState, PoolCheck, PoolChecks
from bot.pool_check.report import Report, accounts
from bot.settings import PoolSettings
from bot.tickets import tables
from bot.tickets.files import Made, Makers
from bot.tickets.store import moment


class ReportFiles:
    """Makes the files. Safe to share between threads."""

    def __init__(self, checks: PoolChecks, pools: Mapping[str, PoolSettings]) -> None:
        self._checks = checks
        self._pools = pools

    @property
    def makers(self) -> Makers:
        """What makes each kind of file."""
        return {LIST: self.list_of, PICTURE: self.picture_of}

    def list_of(self, number_of_check: int) -> Made | None:
        """Return the list of those concerned; None for nobody, and once their names aren't kept any more."""
        check = self._done(number_of_check)
        if check is None or self._is_cleared(number_of_check):
            return None
        troubled = report_of(check).troubled
        if not troubled:
            return None
        pool = self._pools.get(check.pool)
        full = pool is not None and pool.list_addresses
        return Made(
            name=f"{_called(check)}.csv",
            title=f"{check.pool}: {accounts(troubled)} with trouble",
            content=written(people.rows(self._checks.store, check.id, full_addresses=full)),
        )

    def picture_of(self, number_of_check: int) -> Made | None:
        """Return the picture; None where nothing draws it, or nothing is the matter with anybody."""
        check = self._done(number_of_check)
        if check is None or not picture.is_installed():
            return None
        report = report_of(check)
        if not report.troubles:
            return None
        return Made(
            name=f"{_called(check)}.png",
            title=f"{check.pool}: what was found",
            content=(picture.drawn(report),),
            alt_text=", ".join(report.text),
        )

    def _done(self, number_of_check: int) -> PoolCheck | None:
        check = self._checks.numbered(number_of_check)
        return check if check is not None and check.state is CheckState.DONE else None

    def _is_cleared(self, number_of_check: int) -> bool:
        row = tables.pool_check.c
        with self._checks.store.reading() as connection:
            return connection.execute(select(row.cleared_at).where(row.id == number_of_check)).scalar() is not None


def report_of(check: PoolCheck) -> Report:
    """Return the report of a check that is done."""
    ended = check.ended_at if check.ended_at is not None else check.now
    return Report(pool=check.pool, found=check.found, seconds=ended - check.asked_at)


def _called(check: PoolCheck) -> str:
    return f"{check.pool}-{moment(check.asked_at):%Y-%m-%d}"
