"""The doctor's look at the database: rights that are enough and no more, and whether somebody else is connected."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from bot.operator import doctor_database
from bot.operator.doctor_result import DoctorResult, DoctorStatus
from bot.settings import Audit, Settings
from bot.ticket import State
from bot.tickets import tables
from bot.tickets.audit_export import Exporter, OnStandardOutput
from bot.tickets.connections import Connections, Opened
from bot.tickets.forgetting import Cleaner, Kept, forget
from bot.tickets.seals import Sealer
from bot.tickets.store import Store
from bot.tickets.verify_seals import verify
from bot.timings import UNHURRIED
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import LEAD1, LEAD2, LEAD3, Office, settings
from tests.databases import Postgres

SETTLED = UNHURRIED.settling + 1
ROOT = Path(__file__).parent.parent.parent.parent


class Installed:
    """A database that one role made, and another one works in."""

    def __init__(self, url: str, role: str) -> None:
        self.owner = Store(url)
        self.owner.prepare()
        self.role = role
        options = make_url(url).query["options"]
        as_role = make_url(url).update_query_dict({"options": f"{options} -crole={role}"})
        self.url = as_role.render_as_string(hide_password=False)
        schema = str(options).partition("=")[2]
        self.grants(f"USAGE ON SCHEMA {schema}", f"USAGE ON ALL SEQUENCES IN SCHEMA {schema}")
        self.grants(f"SELECT, INSERT ON ALL TABLES IN SCHEMA {schema}")
        self.grants(f"UPDATE ON {', '.join(doctor_database.UPDATED)}")
        self.grants(f"DELETE ON {', '.join(doctor_database.EMPTIED)}")

    def grants(self, *rights: str) -> None:
        self.run(*(f"GRANT {right} TO {self.role}" for right in rights))

    def run(self, *statements: str) -> None:
        with self.owner.transaction() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def examined(self, url: str = "") -> DoctorResult:
        return doctor_database.examine(_settings(url or self.url))


def _settings(url: str) -> Settings:
    return replace(settings(), database_url=SecretStr(url))


@pytest.fixture(params=["postgresql"])
def installed(postgres: Postgres) -> Iterator[Installed]:
    url = postgres.fresh()
    role = str(make_url(url).query["options"]).partition("=")[2].replace("test", "worker")
    owner = Store(url)
    with owner.transaction() as connection:
        connection.execute(text(f"CREATE ROLE {role}"))
    owner.close()
    made = Installed(url, role)
    yield made
    made.owner.close()


def test_the_rights_that_the_doctor_names_are_enough_for_a_whole_life(
    installed: Installed, cognito: LittleCognito
) -> None:
    assert installed.examined().verdict is DoctorStatus.OK
    database = Store(installed.url)
    database.prepare()
    office = Office(database, cognito)
    assert office.carried_out("move", email="ana@example.org").state is State.DONE
    risky = office.ask("verify")
    office.told(risky, LEAD1)
    office.roster.deposed.add(LEAD1)
    office.approve(risky, LEAD2)
    office.told(risky, LEAD3)
    assert office.settled(risky).state is State.DONE
    office.close()
    Sealer(database).seal_all()
    Exporter(database, OnStandardOutput()).export_all()
    Cleaner(database, Kept(messages=timedelta(seconds=-1), details=timedelta(seconds=-1))).clean()
    found = verify(database)
    assert (found.fits, found.unsealed) == (True, 0)
    # What names customers in the audit another role removes, or the desk's with more rights.
    with pytest.raises(ProgrammingError, match="permission denied"):
        forget(database, "ana", by="root")
    installed.grants(f"DELETE ON {', '.join(doctor_database.FORGOTTEN)}")
    assert forget(database, "ana", by="root").tickets == 2
    with pytest.raises(ProgrammingError, match="permission denied"), database.transaction() as connection:
        connection.execute(text("DELETE FROM audit"))
    with pytest.raises(ProgrammingError, match="must be owner"), database.transaction() as connection:
        connection.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_no_change"))
    database.close()


def test_every_table_that_the_desk_changes_is_among_those_that_it_needs_the_right_for() -> None:
    source = "\n".join(file.read_text("utf-8") for file in (ROOT / "bot").rglob("*.py"))
    for statement, granted in (("update", doctor_database.UPDATED), ("delete", doctor_database.EMPTIED)):
        changed = set(re.findall(rf"\b{statement}\(tables\.(\w+)\)", source)) - {"schema"}
        assert changed <= set(granted)


@pytest.mark.parametrize("table", doctor_database.EMPTIED)
def test_a_right_that_is_missing_is_named_with_the_way_to_grant_it(installed: Installed, table: str) -> None:
    installed.run(f"REVOKE DELETE ON {table} FROM {installed.role}")

    found = installed.examined()
    assert found.verdict is DoctorStatus.PROBLEM
    assert f"DELETE on {table}" in found.says
    assert f"DELETE on {', '.join(doctor_database.EMPTIED)}; nobody needs" in found.fix


def test_a_desk_that_owns_its_audit_is_told_what_that_means(installed: Installed) -> None:
    owners = installed.owner.engine.url.render_as_string(hide_password=False)

    assert "owns the table audit" in installed.examined(owners).says
    assert "owns the table audit" not in installed.examined().says


def test_a_role_that_can_not_put_the_protection_back_says_so_and_the_desk_works(
    installed: Installed, cognito: LittleCognito, caplog: pytest.LogCaptureFixture
) -> None:
    installed.run("DROP TRIGGER audit_no_change ON audit")
    database = Store(installed.url)
    database.prepare()
    assert "audit_no_change had been removed or changed, and can't be put back by this role" in caplog.text
    office = Office(database, cognito)
    assert office.carried_out().state is State.DONE
    office.close()
    database.close()
    installed.owner.prepare()
    assert "and is put back now" in caplog.text


def _audit(url: str, export: str = "") -> DoctorResult:
    return doctor_database.examine_audit(replace(_settings(url), audit=Audit(export=export)))


def test_an_audit_that_is_as_it_should_be_is_well(database_url: str, database: Store) -> None:
    _refused(database, at=0.0)
    Sealer(database).seal_all()
    assert _audit(database_url).verdict is DoctorStatus.OK
    assert "exported to stdout" in _audit(database_url, "stdout").says


def test_an_audit_that_nobody_seals_or_exports_or_that_protects_nothing_is_a_problem(
    database_url: str, database: Store
) -> None:
    _refused(database, at=0.0)
    assert "1 rows aren't sealed" in _audit(database_url).says
    Sealer(database).seal_all()
    for _ in range(1001):
        _refused(database, at=0.0)
    Sealer(database).seal_all()
    told = _audit(database_url, "stdout")
    assert (told.verdict, told.says) == (DoctorStatus.PROBLEM, "1002 rows haven't been exported to stdout yet")
    of_table = "" if database.dialect == "sqlite" else " ON audit"
    name = "audit_no_update" if database.dialect == "sqlite" else "audit_no_change"
    with database.transaction() as connection:
        connection.execute(text(f"DROP TRIGGER {name}{of_table}"))
    told = _audit(database_url)
    assert (told.verdict, told.says) == (DoctorStatus.PROBLEM, f"what protects it was removed or changed: {name}")


def test_an_audit_where_no_desk_has_run_is_not_looked_at_and_no_file_is_made(empty_sqlite: Path) -> None:
    url = f"sqlite:///{empty_sqlite / 'none.db'}"
    assert _audit(url).verdict is DoctorStatus.NOT_CHECKED
    assert list(empty_sqlite.iterdir()) == []


def _refused(database: Store, *, at: float) -> None:
    with database.transaction() as connection:
        row = tables.audit.insert().values(at=at, person="U0AGENT", event="refused").returning(tables.audit.c.id)
        number = connection.execute(row).scalar_one()
        connection.execute(tables.audit_detail.insert(), {"audit": number, "key": "00", "detail": {}})


@pytest.fixture
def found(database_url: str) -> Callable[[], DoctorResult]:
    return lambda: doctor_database.examine_connections(_settings(database_url))


def test_where_no_desk_has_run_nothing_is_said_and_nothing_made(
    empty_sqlite: Path, found: Callable[[], DoctorResult]
) -> None:
    assert found().verdict is DoctorStatus.NOT_CHECKED
    assert list(empty_sqlite.iterdir()) == []


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
