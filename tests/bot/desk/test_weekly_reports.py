"""A weekly report is begun once for each of its times, by whichever desk is there within a day."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.answer import Refused
from bot.desk.weekly_reports import WeeklyReports
from bot.pool_check.checks import Plan, PoolChecks
from bot.settings import PoolSettings
from bot.tickets import tables
from bot.tickets.outbox import Outbox
from bot.tickets.store import Store
from bot.words import Words, say
from tests.bot.pool_check.little_pool import Plain

TIME = datetime(2026, 11, 30, 9, tzinfo=UTC)
"""A Monday, at nine."""
MINUTE, WEEK = timedelta(minutes=1), timedelta(days=7)
PLAN = Plan(estimate=1, per_second=1.0)


@dataclass
class Desk:
    """Begins checks; ``trouble`` is called before each, and may raise."""

    checks: PoolChecks
    objection: Words | None = None
    trouble: Callable[[str], None] = lambda _: None
    begun: list[tuple[str, str]] = field(default_factory=list)

    def reports(self, *pools: str) -> WeeklyReports:
        given = {
            name: PoolSettings.model_validate(
                {
                    "id": "us-east-1_AbC123",
                    "region": "us-east-1",
                    "client_id": "4example",
                    "report": "mon 09:00 UTC",
                    "report_channel": "C0SUPPORT",
                }
            )
            for name in pools or ("prod",)
        }
        return WeeklyReports(self.checks, self.scheduled, given, objection=lambda channel, *, elsewhere: self.objection)

    def scheduled(self, pool: str, channel: str, due: float) -> "_Begins":
        return _Begins(self, pool, channel, due)


@dataclass
class _Begins:
    desk: Desk
    pool: str
    channel: str
    due: float

    def begin(self) -> int:
        self.desk.trouble(self.pool)
        number = self.desk.checks.begin(self.pool, self.channel, "", PLAN, due=self.due)
        self.desk.begun.append((self.pool, self.channel))
        return number


@pytest.fixture
def desk(database: Store) -> Desk:
    return Desk(PoolChecks(Outbox(database), Plain()))


def end_all(database: Store) -> None:
    with database.transaction() as connection:
        connection.execute(tables.pool_check.update().values(state="done", busy=None))


def test_it_is_begun_when_its_time_has_come_and_once(desk: Desk, database: Store) -> None:
    reports = desk.reports()
    reports.begin_due(TIME - MINUTE)
    assert desk.begun == []
    reports.begin_due(TIME)
    end_all(database)
    reports.begin_due(TIME + MINUTE)
    assert desk.begun == [("prod", "C0SUPPORT")]
    reports.begin_due(TIME + WEEK)
    assert desk.begun == [("prod", "C0SUPPORT")] * 2


def test_once_it_has_begun_nothing_is_asked_for_it_any_more(desk: Desk, database: Store) -> None:
    reports, asked = desk.reports(), list[str]()
    desk.trouble = asked.append
    reports.begin_due(TIME)
    end_all(database)
    reports.begin_due(TIME + MINUTE)
    assert asked == ["prod"]


def test_nobody_asked_for_it(desk: Desk, database: Store) -> None:
    desk.reports().begin_due(TIME)
    with database.reading() as connection:
        row = connection.execute(select(tables.pool_check)).one()
    assert (row.person, row.due) == ("", TIME.timestamp())


@pytest.mark.parametrize(("late", "begins"), [(timedelta(days=1), True), (timedelta(days=1, minutes=1), False)])
def test_a_desk_that_was_down_then_begins_it_within_a_day(desk: Desk, late: timedelta, begins: bool) -> None:
    desk.reports().begin_due(TIME + late)
    assert bool(desk.begun) is begins


def test_of_two_desks_one_begins_it_even_if_both_saw_that_nobody_had(
    desk: Desk, database: Store, caplog: pytest.LogCaptureFixture
) -> None:
    other = Desk(desk.checks)

    def other_is_faster(_: str) -> None:
        other.reports().begin_due(TIME)
        # It is even over already.
        end_all(database)

    desk.trouble = other_is_faster
    desk.reports().begin_due(TIME)
    assert (desk.begun, other.begun) == ([], [("prod", "C0SUPPORT")])
    with database.reading() as connection:
        assert len(connection.execute(select(tables.pool_check)).all()) == 1
    assert caplog.records == []


def test_while_a_lead_s_check_of_the_pool_is_under_way_it_waits(
    desk: Desk, database: Store, caplog: pytest.LogCaptureFixture
) -> None:
    desk.checks.begin("prod", "C0SUPPORT", "U0LEAD1", PLAN)
    reports = desk.reports()
    reports.begin_due(TIME)
    reports.begin_due(TIME + MINUTE)
    assert desk.begun == []
    assert [each.getMessage() for each in caplog.records if "pool prod can't be begun yet" in each.getMessage()]
    assert len(caplog.records) == 1
    end_all(database)
    reports.begin_due(TIME + 2 * MINUTE)
    assert desk.begun == [("prod", "C0SUPPORT")]


def test_nothing_is_begun_for_a_channel_that_is_closed(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.objection = say("This channel is shared.")
    reports = desk.reports()
    reports.begin_due(TIME)
    assert desk.begun == []
    assert "This channel is shared." in caplog.text
    desk.objection = None
    reports.begin_due(TIME + MINUTE)
    assert desk.begun == [("prod", "C0SUPPORT")]


@pytest.mark.parametrize("error", [Refused(say("AWS doesn't let me.")), ValueError("odd")])
def test_what_keeps_one_pool_s_report_keeps_no_other_s(
    desk: Desk, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def trouble(pool: str) -> None:
        if pool == "prod":
            raise error

    desk.trouble = trouble
    with caplog.at_level(logging.WARNING):
        desk.reports("prod", "staging").begin_due(TIME)
    assert desk.begun == [("staging", "C0SUPPORT")]
    assert len(caplog.records) == 1
