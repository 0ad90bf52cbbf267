"""A database of version 0.1, with requests that wait, goes on under this program: on both kinds of database."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, select, text

from bot.plan import Risk
from bot.ticket import State
from bot.tickets import audit, store, tables
from bot.tickets.records import Records
from bot.tickets.seals import Sealer
from bot.tickets.store import Store
from bot.tickets.verify_seals import verify
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import LEAD1, LEAD2, LEAD3, Office

WRITTEN_BY_VERSION_0_1 = Path(__file__).parent / "version_1"
ANA, ANA_AGAIN, BEN, ANNE, CARA = range(1, 6)
"""The requests in it: three that wait (the second is the first once more), one that is done, one that was denied."""


@pytest.fixture
def older(request: pytest.FixtureRequest, database: Store, tmp_path: Path) -> Iterator[Store]:
    """Fill a database of the same kind as version 0.1 left it."""
    fresh = database.dialect == "postgresql" and request.getfixturevalue("postgres").fresh()
    older = Store(fresh or f"sqlite:///{tmp_path / 'older.db'}")
    script = (WRITTEN_BY_VERSION_0_1 / f"{older.dialect}.sql").read_text(encoding="utf-8")
    with older.transaction() as connection:
        for statement in script.split(";\n"):
            connection.exec_driver_sql(statement)
    yield older
    older.close()


@pytest.fixture
def office(older: Store) -> Iterator[Office]:
    """Open this program's desk on it; Cognito is as it was then."""
    older.prepare()
    cognito = LittleCognito()
    for name, address, verified in (
        ("ana", "ana@example.com", False),
        ("Änne", "thief@example.com", False),
        ("ben.old", "ben@example.com", False),
        ("ben.new", "ben@example.com", True),
        ("cara", "cara@example.com", False),
        ("dora", "dora@example.com", False),
    ):
        cognito.add(name, address, verified=verified)
    office = Office(older, cognito)
    yield office
    office.close()


def _ticket(office: Office, number: int) -> Any:
    ticket = office.decisions.ticket(number)
    assert ticket is not None
    return ticket


def test_what_waits_can_be_approved_and_is_carried_out(office: Office) -> None:
    assert office.told(_ticket(office, ANA), LEAD1) == ""
    assert office.settled(_ticket(office, ANA)).state is State.DONE
    assert [vote.person for vote in _ticket(office, BEN).votes] == [LEAD1.id]
    assert office.told(_ticket(office, BEN), LEAD2) == ""
    assert office.settled(_ticket(office, BEN)).state is State.DONE


def test_who_asked_for_the_change_of_an_address_is_still_known(office: Office) -> None:
    ticket = office.ask("verify", user="Änne")
    assert ticket.plan.risk is Risk.HIGH
    assert ticket.authors == {"U0AGENT"}
    assert office.ask("verify", user="dora", who=LEAD3).authors == {"U0AGENT", LEAD3.id}


def test_what_was_denied_and_what_was_done_as_the_customer_is_still_found(office: Office) -> None:
    assert "it is a thief" in office.ask("verify", user="cara").plan.notes[0].plain()
    dora = office.cognito.directory("prod").one("dora")
    found = Records(office.store, "prod").history("dora", (dora,), most=9)
    assert [step.event for step in found.steps] == ["sending", "sent"]


def test_the_same_is_not_asked_a_third_time(office: Office) -> None:
    assert (_ticket(office, ANA).state, _ticket(office, ANA_AGAIN).state) == (State.PENDING, State.PENDING)
    with pytest.raises(Exception, match="Already asked by "):
        office.ask("verify", user="ana")


def test_only_a_card_becomes_the_root_of_what_waits(older: Store) -> None:
    older.prepare()
    with older.reading() as connection:
        cards = set(connection.execute(select(tables.ticket.c.conversation)).scalars())
        row = tables.conversation.c
        assert set(connection.execute(select(row.id).where(row.is_card)).scalars()) == cards
        assert set(connection.execute(select(row.refused)).scalars()) == {""}


def test_an_upgraded_database_has_the_shape_of_a_new_one(older: Store, database: Store) -> None:
    older.prepare()
    with older.reading() as upgraded, database.reading() as new:
        assert _shape(upgraded) == _shape(new)
        assert _unsealed(upgraded) == _unsealed(new)
        assert upgraded.execute(select(tables.schema.c.version)).scalars().all() == [store.SCHEMA_VERSION]


def _unsealed(connection: Connection) -> str:
    """Return which rows an index has that hasn't all of them."""
    of = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE name = 'audit_detail_unsealed'",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE indexname = 'audit_detail_unsealed' "
        "AND schemaname = current_schema()",
    }
    return str(connection.execute(text(of[connection.dialect.name])).scalar_one()).partition(" WHERE ")[2]


def test_what_was_written_is_sealed_as_it_was(older: Store) -> None:
    with older.reading() as connection:
        details = connection.execute(text("SELECT detail FROM audit ORDER BY id")).scalars().all()
        before = [json.loads(each) if isinstance(each, str) else each for each in details]
    older.prepare()
    Sealer(older).seal_all()
    found = verify(older)
    assert (found.fits, found.links, found.unsealed) == (True, len(before), 0)
    assert [row["detail"] for row in audit.export(older, audit.Wanted())] == before


def _shape(connection: Connection) -> dict[str, Any]:
    found = inspect(connection)
    return {
        table: (
            sorted((each["name"], str(each["type"]), each["nullable"]) for each in found.get_columns(table)),
            sorted((each["name"], each["column_names"], bool(each["unique"])) for each in found.get_indexes(table)),
            found.get_pk_constraint(table)["constrained_columns"],
            sorted((each["constrained_columns"], each["referred_table"]) for each in found.get_foreign_keys(table)),
        )
        for table in sorted(found.get_table_names())
    }


def test_the_audit_of_an_upgraded_database_still_refuses_to_be_changed(older: Store) -> None:
    older.prepare()
    for statement in ("UPDATE audit SET person = 'U0THIEF'", "DELETE FROM audit"):
        with pytest.raises(Exception, match="append-only"), older.transaction() as connection:
            connection.execute(text(statement))


def test_an_address_is_found_by_the_key_that_it_has_now(older: Store) -> None:
    with older.transaction() as connection:
        # Version 0.1 lowered letters, which leaves this one as it is; now it is the same as "ss".
        connection.execute(text("INSERT INTO touched (ticket, key) VALUES (1, 'prod:address:straße@example.com')"))
    older.prepare()
    with older.reading() as connection:
        keys = connection.execute(select(tables.touched.c.key).where(tables.touched.c.ticket == 1)).scalars().all()
    assert "prod:address:strasse@example.com" in keys
    assert "prod:address:straße@example.com" not in keys
