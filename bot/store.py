"""The database: its tables, its clock, and transactions. SQLite or PostgreSQL through SQLAlchemy Core.

Times are seconds since 1970 as the database itself tells them, so that replicas never compare clocks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Double,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError

SCHEMA_VERSION = 1

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
    Column("parent", ForeignKey("ticket.id"), nullable=True),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("reminded_at", Double, nullable=True),
    Column("decided_at", Double, nullable=True),
    Column("owner", String(64), nullable=True),
    Column("lease_until", Double, nullable=True),
    Column("outcome", JSON, nullable=False),
    # What the submission that asked for it is called by Slack: delivered twice, it is one ticket.
    Column("submission", String(128), nullable=True, unique=True),
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

touched = Table(
    # Which accounts and addresses a ticket concerns: for the ledger, and for one running ticket per key.
    "touched",
    metadata,
    Column("ticket", ForeignKey("ticket.id"), primary_key=True),
    Column("key", String(512), primary_key=True, index=True),
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

outbox = Table(
    # What Slack still has to be told, in order; `ticket` set: draw its card as the row is when it is sent.
    "outbox",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("conversation", ForeignKey("conversation.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("ticket", ForeignKey("ticket.id"), nullable=True),
    Column("message", JSON, nullable=True),
    Column("created_at", Double, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("owner", String(64), nullable=True),
    Column("lease_until", Double, nullable=True),
    Index("outbox_order", "conversation", "id"),
)

_APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER IF NOT EXISTS audit_no_update BEFORE UPDATE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS audit_no_delete BEFORE DELETE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$",
        "CREATE OR REPLACE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
    ),
}

_CLOCK = {
    # unixepoch('subsec') is NULL before SQLite 3.42; julianday has milliseconds everywhere.
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400.0",
    "postgresql": "SELECT extract(epoch FROM clock_timestamp())::double precision",
}


_READS = "desk_reads"
"""The execution option of a connection that only reads."""


class StoreError(Exception):
    """The database can't be used; the message says why and what to do."""


class Store:
    """One engine, its transactions and the database's clock. Safe to share between threads."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.dialect = self.engine.dialect.name

    @property
    def path(self) -> str | None:
        """The file of a SQLite database; None for any other."""
        return self.engine.url.database if self.dialect == "sqlite" else None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction that commits at the end, or rolls back when an exception leaves it.

        On SQLite it takes the write lock at once, so that what it read can't change before it writes.
        """
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only reads, and that on SQLite waits for no writer and holds none up."""
        with self.engine.connect().execution_options(**{_READS: True}) as connection, connection.begin():
            yield connection

    def now(self, connection: Connection) -> float:
        """Return the database's time, in seconds since 1970."""
        return float(connection.execute(text(_CLOCK[self.dialect])).scalar_one())

    def prepare(self) -> None:
        """Create the schema, or check that it is one this program knows. Raises `StoreError`."""
        with self.transaction() as connection:
            if self.dialect == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('cognito-desk schema'))"))
            version = None
            if inspect(connection).has_table(schema.name):
                version = connection.execute(select(schema.c.version)).scalar()
            if version is not None and version > SCHEMA_VERSION:
                raise StoreError(
                    f"The database has schema version {version}, newer than this program's {SCHEMA_VERSION}. "
                    "Start the newer program, or restore the backup made before the upgrade."
                )
            metadata.create_all(connection)
            for statement in _APPEND_ONLY[self.dialect]:
                connection.execute(text(statement))
            if version is None:
                connection.execute(insert(schema).values(version=SCHEMA_VERSION))

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def moment(seconds: float) -> datetime:
    """Return the database's seconds as a time with zone."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def taken(error: IntegrityError) -> bool:
    """Whether an insert failed because its primary key is there already (someone was first)."""
    return "UNIQUE" in str(error.orig).upper()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed, pool_size=16, max_overflow=16, pool_pre_ping=True)
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(
            f"DESK_DATABASE_URL: {parsed.get_backend_name()} is not supported. "
            "Use sqlite:///desk.db or postgresql://user@host/database."
        )
    engine = create_engine(parsed, connect_args={"timeout": 30})
    event.listen(engine, "connect", _sqlite_connect)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_connect(connection: Any, _record: object) -> None:
    # Without this the driver opens transactions itself, and too late.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(_READS) else "BEGIN IMMEDIATE")
