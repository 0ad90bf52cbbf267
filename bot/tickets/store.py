"""The database: its clock, its transactions, and its start. SQLite or PostgreSQL through SQLAlchemy Core.

Times are seconds since 1970 as the database itself tells them, so that replicas never compare clocks.
"""

import fcntl
import logging
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    insert,
    inspect,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection

from bot import OperatorError
from bot.tickets import append_only, tables
from bot.tickets.audit_log import AuditLog
from bot.tickets.engines import READS, engine, make_private, tighten
from bot.tickets.upgrades import UPGRADES, Upgrade
from bot.timings import UNHURRIED

_log = logging.getLogger(__name__)

SCHEMA_VERSION = 1 + len(UPGRADES)

_CLOCK = {
    # unixepoch('subsec') is NULL before SQLite 3.42; julianday has milliseconds everywhere.
    "sqlite": "(julianday('now') - 2440587.5) * 86400.0",
    "postgresql": "extract(epoch FROM clock_timestamp())::double precision",
}


_TURNS = 2
"""How many times as long as for another process's lock a transaction on SQLite waits for others of this process."""

_PREPARING_SECONDS = 60
"""For which a start waits for what others have locked: another replica may be upgrading the schema."""

_TAKEN = frozenset({"23505", sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY})
"""PostgreSQL's unique_violation, and what SQLite calls it."""

_UNPROTECTED = (
    "the audit was not protected: %s had been removed or changed, and %s; `desk audit verify` says whether its rows "
    "still fit"
)

_EXAMPLES = "Use sqlite:///desk.db or postgresql://user@host/database."


class StoreError(OperatorError):
    """The database can't be used; the message says why and what to do."""


class DeliveredTwice(Exception):
    """Slack delivered an interaction again; the first time counts."""


class Store:
    """One engine, its transactions and the database's clock. Safe to share between threads."""

    def __init__(self, url: str, *, lock_seconds: float = UNHURRIED.lock) -> None:
        try:
            self.engine = engine(url, lock_seconds=lock_seconds)
        except ValueError as error:
            raise StoreError(f"DESK_DATABASE_URL: {error}. {_EXAMPLES}") from None
        self.dialect = self.engine.dialect.name
        self.audit_log = AuditLog(self.engine, _CLOCK[self.dialect])
        self.clock: ColumnElement[float] = literal_column(_CLOCK[self.dialect], Double)
        """The database's time as a part of a statement, in seconds since 1970."""
        self._now = select(self.clock)
        self._noting = insert(tables.delivery).values(at=self.clock)
        self._turn = threading.Lock()
        self._turn_seconds = _TURNS * lock_seconds

    @property
    def path(self) -> str | None:
        """The file of a SQLite database; None for any other."""
        return self.engine.url.database if self.dialect == "sqlite" else None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction that commits at the end, or rolls back when an exception leaves it.

        On SQLite it takes the write lock at once, so that what it read can't change before it writes. Raises an
        error that `is_busy` knows when others keep the database busy for too long; then nothing was written.
        What it wrote into the audit is logged once it has committed.
        """
        with self._in_turn(), self.engine.begin() as connection:
            noted = self.audit_log.begin(connection)
            yield connection
        self.audit_log.write(noted)

    @contextmanager
    def reading(self, *, patiently: bool = False) -> Iterator[Connection]:
        """Open a transaction that only reads, and that on SQLite waits for no writer and holds none up.

        ``patiently``: for what may take long by its nature, or waits for its own reader.
        """
        with self.engine.connect().execution_options(**{READS: True}) as connection, connection.begin():
            if patiently:
                self._limit(connection, statement_timeout="0", idle_in_transaction_session_timeout="0")
            yield connection

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Queue up for SQLite's one write lock, which itself knows no queue: who polls it may never get it."""
        if self.dialect != "sqlite":
            yield
            return
        if not self._turn.acquire(timeout=self._turn_seconds):
            raise NoConnection("too many transactions are waiting for SQLite's write lock")
        try:
            yield
        finally:
            self._turn.release()

    def _limit(self, connection: Connection, **limits: str) -> None:
        """Give this one transaction other limits than those of its connection."""
        if self.dialect == "postgresql":
            for name, value in limits.items():
                connection.execute(text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value})

    def now(self, connection: Connection) -> float:
        """Return the database's time, in seconds since 1970."""
        return float(connection.execute(self._now).scalar_one())

    def note_delivery(self, connection: Connection, name: str) -> None:
        """Write down what Slack delivered, so that the same has no second effect. Raises `DeliveredTwice`."""
        try:
            connection.execute(self._noting, {"id": name})
        except IntegrityError as error:
            if not taken(error):
                raise
            raise DeliveredTwice from None

    def prepare(self, upgrades: Sequence[Upgrade] = UPGRADES) -> None:
        """Create the schema, or bring it up to this program's version. Raises `StoreError`."""
        newest = 1 + len(upgrades)
        self._tighten()
        with self.reachable(), self.transaction() as connection:
            # To build an index on a large table takes its time.
            self._limit(connection, lock_timeout=f"{_PREPARING_SECONDS}s", statement_timeout="0")
            if self.dialect == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('cognito-desk schema'))"))
            version = _version(connection)
            _refuse_newer(version, newest)
            for upgrade in upgrades[version - 1 :] if version is not None else ():
                upgrade(connection)
            tables.metadata.create_all(connection)
            self._protect(connection, is_new=version != newest)
            if version is None:
                connection.execute(insert(tables.schema).values(version=newest))
            elif version < newest:
                connection.execute(update(tables.schema).values(version=newest))

    def _protect(self, connection: Connection, *, is_new: bool) -> None:
        """Have the audit refuse changes. ``is_new``: its tables have just been made, so nothing was wrong before."""
        broken = append_only.unprotected(connection)
        if not broken:
            return
        if is_new:
            append_only.protect(connection)
            return
        try:
            with connection.begin_nested():
                append_only.protect(connection)
            then = "is put back now"
        except ProgrammingError:
            # The desk works without, as it has until now; that it isn't protected is said here and by the doctor.
            then = "can't be put back by this role, but by the one that owns the tables"
        _log.error(_UNPROTECTED, ", ".join(broken), then)

    def check(self) -> None:
        """Make sure that there is something to read, and that this program can. Raises `StoreError`."""
        # Connecting would make the file.
        version = None
        if self.path is None or Path(self.path).exists():
            with self.reachable(), self.reading() as connection:
                version = _version(connection)
        if version is None:
            raise StoreError("DESK_DATABASE_URL: this database is empty; no desk has run on it yet.")
        _refuse_newer(version, SCHEMA_VERSION)
        if version < SCHEMA_VERSION:
            raise StoreError(
                f"The database has schema version {version}, older than this program's {SCHEMA_VERSION}. "
                "`desk run` brings it up to date."
            )

    def answers(self) -> None:
        """Ask for something small. Raises whatever keeps the database from answering."""
        with self.reading() as connection:
            connection.execute(select(tables.schema.c.version)).scalar_one()

    def _tighten(self) -> None:
        """Leave a SQLite file, and those beside it, to the desk's own user, also if an older desk made it for all."""
        if self.path:
            for beside in ("", "-wal", "-shm", "-journal"):
                tighten(Path(f"{Path(self.path).resolve()}{beside}"))

    @contextmanager
    def reachable(self) -> Iterator[None]:
        """Turn what the database says, when it can't be used, into words for the operator. Raises `StoreError`."""
        try:
            yield
        except SQLAlchemyError as error:
            said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise StoreError(
                f"DESK_DATABASE_URL: the database can't be used ({said}). Check that it is there, and may be written; "
                "`desk doctor` names the rights that a role needs."
            ) from None

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


@contextmanager
def only_one(database: Store) -> Iterator[None]:
    """Hold the right to run on this database. Raises `StoreError` while another process holds it.

    On SQLite one desk runs at a time, which holds a lock on a file beside the database's; PostgreSQL takes any number.
    The operating system gives the lock back when the process ends, however it ends. Reading beside it is free.
    """
    path = database.path
    if path is None:
        yield
        return
    # By its real name: a link leads to the same file.
    with _opened(Path(f"{Path(path).resolve()}.lock")) as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                f"Another desk is running on {path}. On SQLite there can be only one: stop it first, or set "
                "DESK_DATABASE_URL to a PostgreSQL database, on which any number share the work."
            ) from None
        yield


def _opened(lock: Path) -> TextIO:
    try:
        make_private(lock)
        tighten(lock)
        return lock.open("w", encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"DESK_DATABASE_URL: the database can't be used ({error.strerror}: {lock.parent}). "
            "Check that its directory is there, and may be written."
        ) from None


def moment(seconds: float) -> datetime:
    """Return the database's seconds as a time with zone."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def taken(error: IntegrityError) -> bool:
    """Whether an insert failed because its primary key is there already (someone was first)."""
    code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorcode", None)
    return code in _TAKEN


def _refuse_newer(version: int | None, newest: int) -> None:
    if version is not None and version > newest:
        raise StoreError(
            f"The database has schema version {version}, newer than this program's {newest}. "
            "Start the newer program, or restore the backup made before the upgrade."
        )


def _version(connection: Connection) -> int | None:
    if not inspect(connection).has_table(tables.schema.name):
        return None
    return connection.execute(select(tables.schema.c.version)).scalar()
