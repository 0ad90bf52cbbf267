"""How each kind of database is connected to: SQLite with the care it needs, PostgreSQL through psycopg."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from bot.tickets import private_file
from bot.tickets.driver_words import without_values

READS = "desk_reads"
"""The execution option of a connection that only reads."""


def engine(url: str) -> Engine:
    """Return an engine for a database's address. Raises `ValueError` for one that is none, or of another kind."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("this is no address of a database") from None
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "postgresql":
        return _postgresql(parsed)
    if parsed.get_backend_name() != "sqlite":
        raise ValueError(f"{parsed.get_backend_name()} is not supported")
    opened = create_engine(parsed, connect_args={"timeout": 30}, hide_parameters=True)
    event.listen(opened, "do_connect", _sqlite_make)
    event.listen(opened, "connect", _sqlite_connect)
    event.listen(opened, "begin", _sqlite_begin)
    return opened


def _postgresql(parsed: URL) -> Engine:
    try:
        opened = create_engine(parsed, pool_size=16, max_overflow=16, pool_pre_ping=True, hide_parameters=True)
    except ModuleNotFoundError:
        raise ValueError("PostgreSQL needs psycopg, the extra “postgres” of this program") from None
    event.listen(opened, "handle_error", without_values)
    return opened


def _sqlite_make(_dialect: object, _record: object, arguments: Any, _named: object) -> None:
    """Make the database's file before SQLite does it as the umask says; the files beside it take after it."""
    path = str(arguments[0])
    if path != ":memory:" and not path.startswith("file:"):
        # What can't be made SQLite can't open either, and says so in its own words.
        with suppress(OSError):
            private_file.make(Path(path))


def _sqlite_connect(connection: Any, _record: object) -> None:
    # Without this the driver opens transactions itself, and too late.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(READS) else "BEGIN IMMEDIATE")
