"""What others do in the database: a session that keeps a row locked, a process that keeps SQLite's write lock."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg.errors
import pytest
from sqlalchemy import Table, create_engine, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from bot.ticket import State, Ticket
from bot.tickets import tables
from bot.tickets.deliveries import Deliveries
from bot.tickets.engines import is_busy
from bot.tickets.message import Message
from bot.tickets.outbox import Outbox
from bot.tickets.store import Store, taken
from bot.tickets.sweeper import Sweeper
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import LEAD1, Office
from tests.bot.tickets.test_sweeper import approved, pass_time, replica, sweep
from tests.databases import Postgres, prepare

pytestmark = pytest.mark.slow

SOON = 0.2
"""Seconds for which these desks wait for a lock."""


@pytest.fixture
def database(database_url: str) -> Iterator[Store]:
    opened = Store(database_url, lock_seconds=SOON)
    prepare(opened)
    yield opened
    opened.close()


@pytest.fixture
def server(postgres: Postgres) -> Iterator[Store]:
    """A PostgreSQL database. Who waits there for a lock waits longer than any test."""
    opened = Store(postgres.fresh(), lock_seconds=300)
    prepare(opened)
    yield opened
    opened.close()


@pytest.fixture
def there(server: Store, cognito: LittleCognito) -> Iterator[Office]:
    """An office over it."""
    opened = Office(server, cognito)
    yield opened
    opened.close()


@contextmanager
def foreign_session(database: Store, table: Table, *ids: int) -> Iterator[None]:
    """Somebody with a session of their own, who has locked some rows and has gone for lunch."""
    engine = create_engine(database.engine.url)
    with closing(engine.connect()) as connection:
        assert connection.execute(select(table).where(table.c.id.in_(ids)).with_for_update()).all()
        yield
        connection.rollback()
    engine.dispose()


@contextmanager
def foreign_writer(database: Store) -> Iterator[None]:
    """Another process that keeps SQLite's write lock."""
    assert database.path
    with closing(sqlite3.connect(database.path, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def everything_locked(office: Office, ticket: Ticket) -> AbstractContextManager[None]:
    if office.store.dialect == "sqlite":
        return foreign_writer(office.store)
    return foreign_session(office.store, tables.ticket, ticket.id)


def in_time(work: Callable[[], Any]) -> None:
    """Do something that is over soon unless it waits for good."""
    done = threading.Event()

    def do() -> None:
        work()
        done.set()

    threading.Thread(target=do, daemon=True).start()
    assert done.wait(30)


def test_a_click_that_gets_no_lock_decides_nothing_and_counts_when_it_is_made_again(
    office: Office, cognito: LittleCognito
) -> None:
    ticket = office.ask()
    before = office.audited(ticket)
    with everything_locked(office, ticket):
        with pytest.raises(SQLAlchemyError) as busy:
            office.approve(ticket, LEAD1)
        assert is_busy(busy.value)
        assert office.read(ticket).votes == ()
    assert office.audited(ticket) == before

    assert office.told(ticket, LEAD1) == ""
    assert office.settled(ticket).state is State.DONE


def test_what_is_locked_keeps_the_sweeper_from_nothing_else(there: Office, cognito: LittleCognito) -> None:
    for name in ("ben", "eve", "ida", "joe", "kim"):
        cognito.add(name, f"{name}@example.com")
    locked = [there.ask(), there.ask(user="ben"), approved(there, user="eve")]
    free = [there.ask(user="ida"), there.ask(user="kim"), approved(there, user="joe")]
    for tickets in (locked, free):
        pass_time(there, tickets[0], 1)
        pass_time(there, tickets[1], 0.5)
    sweeper = Sweeper(there.tickets, there.runner)

    with foreign_session(there.store, tables.ticket, *(ticket.id for ticket in locked)):
        in_time(sweeper.sweep)
        assert there.runner.wait()
        assert [there.read(each).state for each in free] == [State.EXPIRED, State.PENDING, State.DONE]
        assert there.audited(free[1])[-1] == "reminded"
        assert [there.read(each).state for each in locked] == [State.PENDING, State.PENDING, State.APPROVED]
    sweeper.sweep()
    assert there.runner.wait()
    assert [there.read(each).state for each in locked] == [State.EXPIRED, State.PENDING, State.DONE]
    assert there.audited(locked[1])[-1] == "reminded"


def _lease(office: Office, ticket: Ticket) -> float:
    with office.store.reading() as connection:
        query = select(tables.ticket.c.lease_until).where(tables.ticket.c.id == ticket.id)
        return float(connection.execute(query).scalar_one())


def test_leases_are_renewed_though_the_row_of_one_is_locked(there: Office, cognito: LittleCognito) -> None:
    cognito.add("ben", "ben@example.com")
    locked, free = approved(there), approved(there, user="ben")
    for ticket in (locked, free):
        assert there.leases.take(ticket.id)
    before = _lease(there, locked), _lease(there, free)

    with foreign_session(there.store, tables.ticket, locked.id):
        in_time(lambda: there.leases.renew([locked.id, free.id]))
        assert _lease(there, locked) == before[0]
        assert _lease(there, free) > before[1]


def test_leases_are_renewed_while_the_deadlines_take_long(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    go, kept = threading.Event(), threading.Semaphore(0)
    monkeypatch.setattr(office.runner, "shorten", lambda: go.wait(20))
    monkeypatch.setattr(office.runner, "keep", kept.release)
    sweeper = Sweeper(office.tickets, office.runner, every=0.01)
    sweeper.start()

    assert all(kept.acquire(timeout=20) for _ in range(3))
    go.set()
    sweeper.stop(20)


def _converse(database: Store, outbox: Outbox, text: str) -> int:
    with database.transaction() as connection:
        conversation = outbox.converse(connection, "C0SUPPORT")
        outbox.enqueue(connection, conversation, Message(text=text, blocks=()))
    return conversation


@pytest.mark.parametrize("locked", [tables.outbox, tables.conversation], ids=str)
def test_a_message_that_is_locked_keeps_no_other_waiting(server: Store, locked: Table) -> None:
    outbox = Outbox(server)
    for words in ("locked", "free"):
        _converse(server, outbox, words)
    found: list[Any] = []

    with foreign_session(server, locked, 1):
        in_time(lambda: found.append(Deliveries(outbox).claim("writer", held=frozenset())))
        assert found[0].message.text == "free"
        with server.reading() as connection:
            before = connection.execute(select(tables.outbox.c.lease_until)).scalars().all()
    with foreign_session(server, tables.outbox, 2):
        in_time(outbox.keep)
    in_time(outbox.keep)
    with server.reading() as connection:
        after = connection.execute(select(tables.outbox.c.lease_until).order_by(tables.outbox.c.id)).scalars().all()
    assert after[1] > max(each for each in before if each)


def test_transactions_of_one_process_wait_for_each_other_on_sqlite_but_not_for_good(tmp_path: Path) -> None:
    database = Store(f"sqlite:///{tmp_path / 'desk.db'}", lock_seconds=0.05)
    database.prepare()
    go, begun = threading.Event(), threading.Event()

    def write() -> None:
        with database.transaction():
            begun.set()
            assert go.wait(20)

    writing = threading.Thread(target=write)
    writing.start()
    assert begun.wait(20)
    with pytest.raises(SQLAlchemyError) as busy, database.transaction():
        pass
    assert is_busy(busy.value)
    go.set()
    writing.join(20)
    with database.transaction() as connection:
        assert database.now(connection)
    database.close()


def test_every_connection_has_its_limits_and_an_export_may_take_its_time(server: Store) -> None:
    def limits(connection: Any) -> list[str]:
        names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
        return [str(connection.execute(text(f"SHOW {name}")).scalar_one()) for name in names]

    with server.engine.connect() as connection:
        connection.rollback()
        assert limits(connection) == ["5min", "30s", "20s"]
    with server.reading(patiently=True) as connection:
        assert limits(connection) == ["5min", "0", "0"]
    with server.reading() as connection:
        assert limits(connection) == ["5min", "30s", "20s"]


def test_who_finds_no_free_connection_is_told_so(database: Store) -> None:
    def take_all(held: ExitStack) -> None:
        while True:
            held.enter_context(database.engine.connect())

    with ExitStack() as held, pytest.raises(SQLAlchemyError) as busy:
        take_all(held)
    assert is_busy(busy.value)


GERMAN = "doppelter Schlüsselwert verletzt Eindeutigkeitsbedingung"
JAPANESE = "ロックのタイムアウトのためステートメントをキャンセルしています"


def test_a_server_that_speaks_another_language_is_understood(database: Store) -> None:
    twice = psycopg.errors.UniqueViolation(GERMAN)
    orphan = psycopg.errors.ForeignKeyViolation('verletzt "unique_owner"')
    assert taken(IntegrityError("INSERT", {}, twice))
    assert not taken(IntegrityError("INSERT", {}, orphan))
    for busy in (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled, psycopg.errors.DeadlockDetected):
        assert is_busy(OperationalError("SELECT", {}, busy(JAPANESE)))
    assert not is_busy(OperationalError("SELECT", {}, psycopg.errors.DiskFull("database is locked, lock timeout")))


def test_an_error_of_sqlites_is_judged_by_its_code(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute('CREATE TABLE t (a PRIMARY KEY, "UNIQUE" NOT NULL, CHECK (a <> 3))')
        connection.execute("INSERT INTO t VALUES (1, 1)")
        for values, expected in (((1, 2), True), ((2, None), False), ((3, 3), False)):
            with pytest.raises(sqlite3.IntegrityError) as error:
                connection.execute("INSERT INTO t VALUES (?, ?)", values)
            assert taken(IntegrityError("INSERT", {}, error.value)) is expected


def test_a_submission_that_was_here_is_known_by_its_state_alone(database: Store) -> None:
    row = {"id": "V1:hash", "at": 0.0}
    with database.transaction() as connection:
        connection.execute(insert(tables.delivery).values(row))
    with pytest.raises(IntegrityError) as again, database.transaction() as connection:
        connection.execute(insert(tables.delivery).values(row))
    assert again.value.orig is not None
    again.value.orig.args = (GERMAN,)
    assert taken(again.value)


def test_a_lease_from_before_the_clock_was_set_back_ends_and_a_living_process_keeps_its_own(
    office: Office, cognito: LittleCognito
) -> None:
    cognito.add("ben", "ben@example.com")
    left, kept = approved(office), approved(office, user="ben")
    for ticket in (left, kept):
        assert office.leases.take(ticket.id)
    with office.store.transaction() as connection:
        ahead = {"lease_until": tables.ticket.c.lease_until + 3600}
        connection.execute(update(tables.ticket).values(ahead))
        now = office.store.now(connection)

    office.leases.renew([kept.id])
    office.leases.shorten()
    for ticket in (left, kept):
        # No shorter than any lease: who runs it has the time that a call takes to renew it.
        assert now + 29 < _lease(office, ticket) < now + 60
    renewed = _lease(office, kept)
    office.leases.shorten()
    assert _lease(office, kept) == renewed


def test_a_clock_that_is_set_back_by_an_hour_stops_no_sweeper(
    office: Office, cognito: LittleCognito, monkeypatch: pytest.MonkeyPatch
) -> None:
    cognito.add("ben", "ben@example.com")
    left, waiting = approved(office), office.ask(user="ben")
    assert office.leases.take(left.id)
    real, behind = office.store.now, [3600.0]
    monkeypatch.setattr(office.store, "now", lambda connection: real(connection) - behind[0])

    with replica(office) as other:
        sweep(other)
        assert office.read(left).state is State.RUNNING
        behind[0] -= 31
        sweep(other)
        assert office.read(left).state is State.DONE
        # The card says until when: that hour comes once more, and a request lives until its end, not longer.
        behind[0] -= 4 * 3600 - 60
        sweep(other)
        assert office.read(waiting).state is State.PENDING
        behind[0] -= 3600 + 60
        sweep(other)
        assert office.read(waiting).state is State.EXPIRED
    assert len(cognito.sent) == 1
