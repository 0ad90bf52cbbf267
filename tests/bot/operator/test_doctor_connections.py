"""Whether somebody else is connected as this app, as the doctor reads it from the database."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.operator import doctor_connections
from bot.operator.doctor_result import DoctorResult, DoctorStatus
from bot.tickets import connections
from bot.tickets.connections import Connections, Opened
from bot.tickets.store import Store
from tests.bot.office import settings

SETTLED = connections.SETTLING + 1


@pytest.fixture
def found(database_url: str) -> Callable[[], DoctorResult]:
    return lambda: doctor_connections.examine(replace(settings(), database_url=SecretStr(database_url)))


def test_where_no_desk_has_run_nothing_is_said_and_nothing_made(
    found: Callable[[], DoctorResult], tmp_path: Path
) -> None:
    assert found().verdict is DoctorStatus.NOT_CHECKED
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("database")
def test_where_no_desk_runs_nobody_knows(found: Callable[[], DoctorResult]) -> None:
    assert found().verdict is DoctorStatus.NOT_CHECKED
    assert "no desk is running on this database" in found().says


@pytest.mark.parametrize(
    ("told", "ago", "verdict", "says"),
    [
        (1, SETTLED, DoctorStatus.OK, "Slack counted 1 of this app at 20"),
        (9, SETTLED, DoctorStatus.PROBLEM, "Slack counted 9 of this app at 20"),
        (9, 0.0, DoctorStatus.NOT_CHECKED, "a desk has only just connected"),
        (None, SETTLED, DoctorStatus.NOT_CHECKED, "no desk is running"),
    ],
)
def test_slacks_number_is_held_against_the_desks(
    found: Callable[[], DoctorResult], database: Store, told: int | None, ago: float, verdict: DoctorStatus, says: str
) -> None:
    opened = Opened(id="one", seconds=ago, told=told)
    Connections(database, lambda: [opened], owner="desk").look()

    finding = found()
    assert finding.verdict is verdict
    assert says in finding.says
    if verdict is DoctorStatus.PROBLEM:
        assert "the desks on this database had 1" in finding.says
        assert "revoke the old one" in finding.fix


def test_of_a_desk_that_has_stopped_nothing_is_said(found: Callable[[], DoctorResult], database: Store) -> None:
    desk = Connections(database, lambda: [Opened(id="one", seconds=SETTLED, told=9)], owner="desk")
    desk.look()
    desk.stop(1)

    assert found().verdict is DoctorStatus.NOT_CHECKED
