"""The chain beside the audit: it covers every row that was committed, and shows what was changed past the desk."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import Connection, event, select, text
from sqlalchemy.exc import DatabaseError

from bot.ticket import Event
from bot.tickets import append_only, audit, seals, tables
from bot.tickets.forgetting import forget
from bot.tickets.seals import Sealer
from bot.tickets.store import Store
from bot.tickets.verify_seals import Head, Verified, verify
from tests.bot.office import AGENT, Office


def _write(database: Store, connection: Connection, *, person: str = AGENT.id) -> None:
    audit.record(connection, database, Event.REFUSED, ticket=None, person=person, detail={"words": "No. \ud83d \0"})


def _sealed(office: Office) -> Verified:
    Sealer(office.store).seal_all()
    return verify(office.store)


_TABLES = ("audit", "audit_seal", "audit_detail")


def _tamper(database: Store, *statements: str) -> None:
    """Do what only somebody can who may change the database itself: the triggers are put back afterwards."""
    if database.path is not None:
        # It looks after no foreign keys unless it is told to.
        with closing(sqlite3.connect(database.path)) as beside, beside:
            for (name,) in beside.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                beside.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                beside.execute(statement)
    else:
        switched = [[f"ALTER TABLE {table} {to} TRIGGER ALL" for table in _TABLES] for to in ("DISABLE", "ENABLE")]
        with database.transaction() as connection:
            for statement in (*switched[0], *statements, *switched[1]):
                connection.execute(text(statement))
    with database.transaction() as connection:
        append_only.protect(connection)


def test_every_row_of_a_request_s_life_is_sealed_and_fits(office: Office) -> None:
    office.carried_out()
    rows = len(office.rows())
    before = verify(office.store)
    assert (before.links, before.unsealed, before.head) == (0, rows, None)
    assert before.fits

    after = _sealed(office)

    assert (after.links, after.unsealed, after.removed) == (rows, 0, 0)
    assert after.fits
    exported = office.rows()
    assert [row["seal"]["n"] for row in exported] == list(range(1, rows + 1))
    assert after.head == Head(n=rows, digest=exported[-1]["seal"]["digest"])


def test_rows_are_sealed_some_at_a_time_however_many_there_are(office: Office) -> None:
    with office.store.transaction() as connection:
        for _ in range(2 * seals._AT_ONCE + 1):
            _write(office.store, connection)
    assert _sealed(office).links == 2 * seals._AT_ONCE + 1


# On SQLite there is one transaction at a time, and one desk.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_commits_late_is_sealed_too(office: Office) -> None:
    with office.store.transaction() as late:
        _write(office.store, late, person="U0LATE")
        with office.store.transaction() as early:
            _write(office.store, early, person="U0EARLY")
        assert _sealed(office).links == 1
    after = _sealed(office)
    assert (after.links, after.unsealed) == (2, 0)
    assert after.fits
    assert [(row["person"], row["seal"]["n"]) for row in office.rows()] == [("U0LATE", 2), ("U0EARLY", 1)]


# On SQLite there is one transaction at a time, and one desk.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_desk_seals_at_a_time(office: Office) -> None:
    office.ask()
    with office.store.transaction() as other:
        assert other.execute(text("SELECT pg_try_advisory_xact_lock(hashtext('cognito-desk seals'))")).scalar()
        assert _sealed(office).links == 0
    assert _sealed(office).links == len(office.rows())


def _last(office: Office) -> int:
    return int(office.rows()[-1]["id"])


TAMPERED = {
    "another person": ("UPDATE audit SET person = 'U0THIEF' WHERE id = ROW", "isn't what was sealed"),
    "another time": ("UPDATE audit SET at = at + 1 WHERE id = ROW", "isn't what was sealed"),
    "another event": ("UPDATE audit SET event = 'denied' WHERE id = ROW", "isn't what was sealed"),
    "another requester": ("UPDATE ticket SET requester = 'U0THIEF'", "isn't what was sealed"),
    "another request": ("UPDATE audit SET ticket = NULL WHERE id = ROW", "isn't what was sealed"),
    "another detail": (
        """UPDATE audit_detail SET detail = '{"vote": 7}' WHERE audit = ROW""",
        "has another detail than when it was sealed",
    ),
    "another key": (
        "UPDATE audit_detail SET key = '00' WHERE audit = ROW",
        "has another detail than when it was sealed",
    ),
    "no detail": ("DELETE FROM audit_detail WHERE audit = ROW", "has lost its detail"),
    "no seal": ("DELETE FROM audit_seal WHERE audit = ROW", "of the chain is missing"),
    "another digest": ("UPDATE audit_seal SET digest = '00' WHERE audit = ROW", "isn't what was sealed"),
}


@pytest.mark.parametrize(("change", "says"), TAMPERED.values(), ids=TAMPERED)
def test_the_first_row_that_does_not_fit_is_named(office: Office, change: str, says: str) -> None:
    office.carried_out()
    assert _sealed(office).fits

    _tamper(office.store, change.replace("ROW", str(office.rows()[1]["id"])))

    found = verify(office.store)
    assert not found.fits
    assert says in found.misfit
    # The ticket's requester stands in its first row already.
    assert found.links in (0, 1)
    assert not found.unprotected


_REMOVE = ("DELETE FROM audit_detail WHERE audit = ROW", "DELETE FROM audit WHERE id = ROW")


def test_a_row_that_was_removed_is_named(office: Office) -> None:
    office.carried_out()
    assert _sealed(office).fits
    row = int(office.rows()[2]["id"])

    _tamper(office.store, *(each.replace("ROW", str(row)) for each in _REMOVE))

    found = verify(office.store)
    assert found.misfit == f"row {row} of the audit (link 3) was removed"


def test_a_row_that_was_slipped_in_is_named(office: Office) -> None:
    office.carried_out()
    assert _sealed(office).fits
    row = _last(office) + 1

    _tamper(office.store, f"INSERT INTO audit (id, at, person, event) VALUES ({row}, 1.0, 'U0THIEF', 'approved')")  # noqa: S608

    assert f"row {row} of the audit has no seal" in _sealed(office).misfit


def test_a_row_that_is_kept_from_being_sealed_is_named(office: Office) -> None:
    office.ask()
    _tamper(office.store, "UPDATE audit_detail SET sealed = true")
    assert f"row {_last(office)} of the audit has no seal" in _sealed(office).misfit


def test_a_row_whose_mark_is_set_back_is_not_sealed_twice(office: Office) -> None:
    office.carried_out()
    first = _sealed(office)
    _tamper(office.store, "UPDATE audit_detail SET sealed = false")
    assert _sealed(office) == first
    with office.store.reading() as connection:
        assert not connection.execute(select(tables.audit_detail).where(~tables.audit_detail.c.sealed)).first()


def test_a_chain_that_was_computed_anew_is_shown_by_a_head_that_was_kept_elsewhere_alone(office: Office) -> None:
    office.carried_out()
    kept = _sealed(office).head
    assert kept is not None

    _tamper(
        office.store,
        "DELETE FROM audit_seal",
        "UPDATE audit SET person = 'U0THIEF' WHERE person = 'U0LEAD1'",
        "UPDATE audit_detail SET sealed = false",
    )

    assert _sealed(office).fits
    assert "the chain was computed again" in verify(office.store, known=kept).misfit
    _tamper(office.store, "DELETE FROM audit_seal WHERE n = (SELECT max(n) FROM audit_seal)")
    assert "isn't there: the chain ends with link" in verify(office.store, known=kept).misfit


def test_a_head_that_was_kept_elsewhere_fits_a_chain_that_has_grown(office: Office) -> None:
    office.ask()
    kept = _sealed(office).head
    office.ask("move", email="ana@example.org")
    assert _sealed(office).links == 2
    assert verify(office.store, known=kept).fits


def test_what_keeps_rows_from_being_sealed_is_said_once_and_so_is_its_end(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.ask()
    with office.store.transaction() as connection:
        connection.execute(text("ALTER TABLE audit_seal RENAME TO away"))
    sealer = Sealer(office.store)
    for _ in range(3):
        with pytest.raises(DatabaseError) as broken:
            sealer.seal_all()
        sealer._failed(broken.value)
    with office.store.transaction() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO audit_seal"))
    with caplog.at_level("INFO"):
        sealer.seal_all()
        sealer.seal_all()
    assert caplog.text.count("the audit is being sealed again") == 1
    assert caplog.text.count("the audit can't be sealed") == 1
    assert verify(office.store).unsealed == 0


def test_somebody_who_is_forgotten_while_the_chain_is_gone_through_is_no_misfit(office: Office) -> None:
    office.carried_out()
    assert _sealed(office).fits
    gone: list[int] = []

    def forget_her(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM audit_seal LEFT OUTER JOIN audit" in statement and not gone:
            gone.append(1)
            gone.append(forget(office.store, "ana", by="root").rows)

    event.listen(office.store.engine, "before_cursor_execute", forget_her)
    found = verify(office.store)
    event.remove(office.store.engine, "before_cursor_execute", forget_her)
    assert gone[1] > 0
    assert found.misfit == ""


EMPTIED = {
    "sqlite": (
        "DROP TRIGGER audit_no_update",
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT 1; END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger "
        "LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    ),
}
GONE = {
    "sqlite": ("DROP TRIGGER audit_seal_no_delete", "DROP TRIGGER audit_detail_no_update"),
    "postgresql": (
        "DROP TRIGGER audit_seal_no_change ON audit_seal",
        "ALTER TABLE audit_detail DISABLE TRIGGER audit_detail_no_change",
    ),
}
NARROWED = {
    "sqlite": (
        "DROP TRIGGER audit_no_update",
        "CREATE TRIGGER audit_no_update BEFORE UPDATE OF at ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE TRIGGER audit_no_change BEFORE UPDATE OF at OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
    ),
}


@pytest.mark.parametrize("done", [EMPTIED, GONE, NARROWED], ids=["emptied", "gone", "narrowed"])
def test_triggers_that_protect_no_more_are_named_and_put_back_at_the_next_start(
    office: Office, done: dict[str, tuple[str, ...]], caplog: pytest.LogCaptureFixture
) -> None:
    office.carried_out()
    assert _sealed(office).unprotected == ()
    with office.store.transaction() as connection:
        for statement in done[office.store.dialect]:
            connection.execute(text(statement))

    found = verify(office.store)
    assert not found.fits
    assert not found.misfit
    assert {name.partition("_no_")[0] for name in found.unprotected} <= {"audit", "audit_seal", "audit_detail"}
    assert found.unprotected

    office.store.prepare()

    assert verify(office.store).fits
    assert "the audit was not protected" in caplog.text


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_seal SET digest = 'x'",
        "DELETE FROM audit_seal",
        "UPDATE audit_detail SET detail = '{}'",
        "UPDATE audit_detail SET key = 'x'",
    ],
)
def test_seals_and_details_refuse_to_be_changed(office: Office, statement: str) -> None:
    office.ask()
    assert _sealed(office).links == 1
    with pytest.raises(Exception, match="append-only"), office.store.transaction() as connection:
        connection.execute(text(statement))
    assert verify(office.store).fits


# Only SQLite has a statement that takes another row's place without saying so.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("taken", ["1, 2", "2, 1"])
def test_no_link_takes_the_place_of_another(office: Office, taken: str) -> None:
    office.ask()
    assert _sealed(office).links == 1
    replace = f"INSERT OR REPLACE INTO audit_seal (n, audit, detail, digest, at) VALUES ({taken}, '', '', 1.0)"  # noqa: S608
    with pytest.raises(Exception, match="append-only"), office.store.transaction() as connection:
        connection.execute(text(replace))
