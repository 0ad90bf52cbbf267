"""The database: its tables, its clock, and transactions. SQLite or PostgreSQL through SQLAlchemy Core.

Times are seconds since 1970 as the database itself tells them, so that replicas never compare clocks.
"""

import fcntl
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    inspect,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from bot import OperatorError
from bot.tickets.engines import READS, engine, make_private, tighten
from bot.tickets.upgrades import UPGRADES, Upgrade
from bot.timings import UNHURRIED

SCHEMA_VERSION = 1 + len(UPGRADES)

metadata = MetaData()
_ID = BigInteger().with_variant(Integer, "sqlite")

schema = Table("schema", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

conversation = Table(
    # One root message and its thread: an answer's, or a ticket's card.
    "conversation",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("channel", String(64), nullable=False),
    Column("ts", String(32), nullable=False, default=""),
    Column("permalink", Text, nullable=False, default=""),
    Column("created_at", Double, nullable=False),
    # Its root is a ticket's card: nothing else may become that.
    Column("is_card", Boolean, nullable=False, default=False),
    # Nothing more is posted in it: its root was refused, or somebody has deleted it.
    Column("ended", Boolean, nullable=False, default=False),
    # What Slack answered last, while it takes nothing here; and when somebody was told of that.
    Column("refused", String(64), nullable=False, default=""),
    Column("told_at", Double, nullable=True),
)

ticket = Table(
    "ticket",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("state", String(16), nullable=False, index=True),
    Column("scenario", String(64), nullable=False),
    Column("pool", String(64), nullable=False),
    Column("form", JSON, nullable=False),
    Column("plan", JSON, nullable=False),
    Column("observed", JSON, nullable=False),
    Column("needed", Integer, nullable=False),
    Column("requester", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("conversation", ForeignKey("conversation.id"), nullable=False),
    Column("origin", ForeignKey("conversation.id"), nullable=True),
    Column("parent", ForeignKey("ticket.id"), nullable=True, index=True),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("reminded_at", Double, nullable=True),
    Column("decided_at", Double, nullable=True),
    Column("owner", String(64), nullable=True),
    # Running: until when its process has it. Approved: when it is tried again, because Slack didn't say who may.
    Column("lease_until", Double, nullable=True),
    Column("outcome", JSON, nullable=False),
    # What the submission that asked for it is called by Slack: delivered twice, it is one ticket.
    Column("submission", String(128), nullable=True, unique=True),
    # A digest of what would be sent, for as long as the ticket isn't over: the same asked twice is one ticket.
    Column("same", String(64), nullable=True),
    Index("ticket_same", "same", unique=True),
)

author = Table(
    # Everyone who asked for a ticket or for what it builds on.
    "author",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("person", String(64), primary_key=True),
)

vote = Table(
    # The primary key is what makes a second click no second vote.
    "vote",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("person", String(64), primary_key=True),
    Column("at", Double, nullable=False),
)

confirmation = Table(
    # A view that the desk opened for a vote on a high risk. Only who has its nonce can submit it, and only once.
    "confirmation",
    metadata,
    # The nonce itself is kept nowhere: this is its SHA-256, in hexadecimal.
    Column("nonce", String(64), primary_key=True),
    Column("ticket", ForeignKey("ticket.id"), nullable=False, index=True),
    Column("person", String(64), nullable=False),
    # The card's message that was clicked; what was shown is a SHA-256, too.
    Column("channel", String(64), nullable=False),
    Column("ts", String(32), nullable=False),
    Column("shown", String(64), nullable=False),
    Column("made_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
    Column("used_at", Double, nullable=True),
)

touched = Table(
    # Which accounts and addresses a ticket concerns: for the ledger, and for one running ticket per key.
    "touched",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("key", String(512), primary_key=True, index=True),
)

written = Table(
    # An address that the desk wrote to an account, until that account's own user has confirmed it.
    "written",
    metadata,
    Column("id", _ID, primary_key=True),
    # The key of the account: by its sub; by its name for as long as it isn't known to be there.
    Column("account", String(512), nullable=False, index=True),
    Column("name", String(256), nullable=False, default=""),
    Column("address", String(512), nullable=False),
    # The key of the address that the account had before; empty for none, and where the customer changed it.
    Column("replaced", String(512), nullable=False, default="", index=True),
    Column("signed_up", Boolean, nullable=False),
    # Who asked, if no ticket says so: a customer's own credential needs none.
    Column("person", String(64), nullable=False, default=""),
    Column("ticket", ForeignKey("ticket.id"), nullable=True, index=True),
    Column("call", Integer, nullable=True),
    Column("at", Double, nullable=False),
    Column("confirmed_at", Double, nullable=True),
)

busy = Table(
    # A row while a ticket runs: the primary key admits one running ticket per account and address.
    "busy",
    metadata,
    Column("key", String(512), primary_key=True),
    Column("ticket", ForeignKey("ticket.id"), nullable=False),
)

call = Table(
    # One row per call of a running ticket, written before the call leaves.
    "call",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("request_id", String(64), nullable=False, default=""),
    Column("at", Double, nullable=False),
)

delivery = Table(
    # What Slack delivered and was acted on: delivered twice, it has one effect and one answer.
    "delivery",
    metadata,
    Column("id", String(256), primary_key=True),
    Column("at", Double, nullable=False),
)

socket = Table(
    # A connection of a desk's to Slack, from Slack's hello: `bot.tickets.connections` says what for.
    "socket",
    metadata,
    Column("id", String(64), primary_key=True),
    # The process that has it.
    Column("owner", String(64), nullable=False),
    Column("opened_at", Double, nullable=False),
    # When its process last said that it is there.
    Column("seen_at", Double, nullable=False),
    # Empty: it is open, or nobody knows what became of it.
    Column("closed_at", Double, nullable=True),
    # How many connections of the app there were at the hello, by Slack's count.
    Column("told", Integer, nullable=True),
)

audit = Table(
    "audit",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("at", Double, nullable=False, index=True),
    Column("ticket", ForeignKey("ticket.id"), nullable=True, index=True),
    Column("person", String(64), nullable=False, index=True),
    Column("event", String(32), nullable=False),
    Column("detail", JSON, nullable=False),
)

concerned = Table(
    # Whom a row of the audit concerns that belongs to no ticket, by the keys that `touched` has for tickets.
    "concerned",
    metadata,
    Column("audit", _ID, primary_key=True, autoincrement=False),
    Column("key", String(512), primary_key=True, index=True),
)

outbox = Table(
    # What Slack still has to be told, in order; `ticket` set: draw its card as the row is when it is sent.
    "outbox",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("conversation", ForeignKey("conversation.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    # Between conversations the lower rank leaves first, whatever is older.
    Column("rank", Integer, nullable=False, default=0),
    Column("ticket", ForeignKey("ticket.id"), nullable=True),
    Column("message", JSON, nullable=True),
    # Whom an answer is for, to be told if it can't be posted; empty for nobody.
    Column("person", String(64), nullable=False, default=""),
    Column("created_at", Double, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("owner", String(64), nullable=True),
    Column("lease_until", Double, nullable=True),
    Index("outbox_order", "conversation", "id"),
    # A message is found again in Slack by its row's id, so that no id may come back once its row is gone.
    sqlite_autoincrement=True,
)

_APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER IF NOT EXISTS audit_no_update BEFORE UPDATE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS audit_no_delete BEFORE DELETE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
        # INSERT OR REPLACE deletes the old row without asking the trigger on deletes.
        "CREATE TRIGGER IF NOT EXISTS audit_no_replace BEFORE INSERT ON audit "
        "WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$",
        "CREATE OR REPLACE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
    ),
}

_IS_PROTECTED = {
    # Looked for first: a role that doesn't own the audit may run the desk, but may not put triggers on it.
    "sqlite": "SELECT count(*) = 3 FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'",
    "postgresql": "SELECT count(*) = 1 FROM pg_trigger WHERE tgrelid = to_regclass('audit') "
    "AND tgname = 'audit_no_change' AND tgenabled = 'O'",
}

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
        self.clock: ColumnElement[float] = literal_column(_CLOCK[self.dialect], Double)
        """The database's time as a part of a statement, in seconds since 1970."""
        self._now = select(self.clock)
        self._noting = insert(delivery).values(at=self.clock)
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
        """
        with self._in_turn(), self.engine.begin() as connection:
            yield connection

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
        with self._reachable(), self.transaction() as connection:
            # To build an index on a large table takes its time.
            self._limit(connection, lock_timeout=f"{_PREPARING_SECONDS}s", statement_timeout="0")
            if self.dialect == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('cognito-desk schema'))"))
            version = _version(connection)
            _refuse_newer(version, newest)
            for upgrade in upgrades[version - 1 :] if version is not None else ():
                upgrade(connection)
            metadata.create_all(connection)
            if not connection.execute(text(_IS_PROTECTED[self.dialect])).scalar():
                for statement in _APPEND_ONLY[self.dialect]:
                    connection.execute(text(statement))
            if version is None:
                connection.execute(insert(schema).values(version=newest))
            elif version < newest:
                connection.execute(update(schema).values(version=newest))

    def check(self) -> None:
        """Make sure that there is something to read, and that this program can. Raises `StoreError`."""
        # Connecting would make the file.
        version = None
        if self.path is None or Path(self.path).exists():
            with self._reachable(), self.reading() as connection:
                version = _version(connection)
        if version is None:
            raise StoreError("DESK_DATABASE_URL: this database is empty; no desk has run on it yet.")
        _refuse_newer(version, SCHEMA_VERSION)
        if version < SCHEMA_VERSION:
            raise StoreError(
                f"The database has schema version {version}, older than this program's {SCHEMA_VERSION}. "
                "`desk run` brings it up to date."
            )

    def _tighten(self) -> None:
        """Leave a SQLite file, and those beside it, to the desk's own user, also if an older desk made it for all."""
        if self.path:
            for beside in ("", "-wal", "-shm", "-journal"):
                tighten(Path(f"{Path(self.path).resolve()}{beside}"))

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            said = str(error.orig).strip().partition("\n")[0]
            raise StoreError(
                f"DESK_DATABASE_URL: the database can't be used ({said}). Check that it is there, and may be written."
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
    if not inspect(connection).has_table(schema.name):
        return None
    return connection.execute(select(schema.c.version)).scalar()
