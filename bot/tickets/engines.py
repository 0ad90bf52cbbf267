"""How each kind of database is connected to: SQLite with the care it needs, PostgreSQL through psycopg.

Nothing here waits without a limit: for a connection, for another process's lock, or for an answer. SQLite's files are
for the desk's own user alone, whatever the umask says. An error says what went wrong and where, never a row's value.
"""

import os
import sqlite3
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection

from bot.timings import UNHURRIED

READS = "desk_reads"
"""The execution option of a connection that only reads."""

_LIMITS = {
    # The slowest statement of the desk takes about a second; one that takes this long will not end well.
    "statement_timeout": "30s",
    # A process that stopped in the middle of a transaction must not keep its locks for longer than a lease.
    "idle_in_transaction_session_timeout": "20s",
}
"""What PostgreSQL is told of each of our connections."""

_NETWORK = {
    # Without these, a server that vanished from the network is waited for until the kernel gives up, in hours.
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""libpq's own settings, for as far as the operator's address doesn't have them; a socket file has no use for them."""

_BUSY = frozenset(
    {
        "55P03",  # lock_not_available: the lock's time was over
        "57014",  # query_canceled: the statement's time was over
        "25P03",  # idle_in_transaction_session_timeout
        "40P01",  # deadlock_detected
        "40001",  # serialization_failure
    }
)
"""The states in which PostgreSQL has taken a transaction back because of somebody else's."""

_QUOTING = ("22", "23")
"""SQLSTATE classes whose messages repeat values: wrong data, violated constraints."""

_OURS_ALONE = 0o600

_CACHE = 500
"""KiB of the database's file that each connection to SQLite has in memory, 2,000 if nothing is said: there may be 32
connections, the system has the file in memory once for all of them, and no look-up was faster with more."""

_BITS = 0xFF
"""Of SQLite's extended codes: the primary one."""


def engine(url: str, *, lock_seconds: float = UNHURRIED.lock) -> Engine:
    """Return an engine for a database's address. Raises `ValueError` for one that is none, or of another kind."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("this is no address of a database") from None
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "postgresql":
        return _postgresql(parsed, lock_seconds)
    if parsed.get_backend_name() != "sqlite":
        raise ValueError(f"{parsed.get_backend_name()} is not supported")
    opened = create_engine(
        parsed, connect_args={"timeout": lock_seconds}, hide_parameters=True, **_pool(parsed, lock_seconds)
    )
    event.listen(opened, "do_connect", _sqlite_make)
    event.listen(opened, "connect", _sqlite_connect)
    event.listen(opened, "begin", _sqlite_begin)
    return opened


def make_private(path: Path) -> None:
    """Make an empty file that only the desk's own user may read and write, unless it is there. Raises `OSError`."""
    with suppress(FileExistsError):
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OURS_ALONE)
        try:
            # A umask could have taken away even what the desk itself needs.
            os.fchmod(made, _OURS_ALONE)
        finally:
            os.close(made)


def tighten(path: Path) -> None:
    """Take away everybody else's rights to a file, if it is there and is ours to change."""
    try:
        found = path.stat()
        if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) & 0o077:
            path.chmod(_OURS_ALONE)
    except OSError:
        # It has gone meanwhile, or its file system knows no modes. `desk doctor` tells who may read it.
        return


def is_busy(error: SQLAlchemyError) -> bool:
    """Whether something was not done because others kept the database busy; what had been written is taken back.

    Judged by codes: a server's words may be in any language.
    """
    if isinstance(error, NoConnection):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", 0) & _BITS
        return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    return getattr(error.orig, "sqlstate", None) in _BUSY


def _postgresql(parsed: URL, lock_seconds: float) -> Engine:
    network = {name: value for name, value in _NETWORK.items() if name not in parsed.query}
    try:
        opened = create_engine(
            parsed, connect_args=network, pool_pre_ping=True, hide_parameters=True, **_pool(parsed, lock_seconds)
        )
    except ModuleNotFoundError:
        raise ValueError("PostgreSQL needs psycopg, the extra “postgres” of this program") from None
    limits = {"lock_timeout": f"{1000 * lock_seconds:.0f}ms", **_LIMITS}

    def limit(connection: Any, _record: object) -> None:
        # Set in a transaction that is rolled back, they would be gone again.
        before, connection.autocommit = connection.autocommit, True
        for name, value in limits.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.autocommit = before

    event.listen(opened, "connect", limit)
    event.listen(opened, "handle_error", _without_values)
    return opened


def _pool(parsed: URL, lock_seconds: float) -> dict[str, Any]:
    if parsed.get_backend_name() == "sqlite" and not parsed.database:
        # A database in memory lives in its one connection.
        return {}
    # The last one that was used comes first: each keeps what it has read in memory.
    return {"pool_size": 16, "max_overflow": 16, "pool_timeout": lock_seconds, "pool_use_lifo": True}


def _sqlite_make(_dialect: object, _record: object, arguments: Any, _named: object) -> None:
    """Make the database's file before SQLite does it as the umask says; the files beside it take after it."""
    path = str(arguments[0])
    if path != ":memory:" and not path.startswith("file:"):
        # What can't be made SQLite can't open either, and says so in its own words.
        with suppress(OSError):
            make_private(Path(path))


def _sqlite_connect(connection: Any, _record: object) -> None:
    # Without this the driver opens transactions itself, and too late.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"cache_size=-{_CACHE}"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(READS) else "BEGIN IMMEDIATE")


def _without_values(context: ExceptionContext) -> None:
    """Rewrite PostgreSQL's error before it is raised: it quotes rows, in the server's language. SQLite never does."""
    original: Any = context.original_exception
    state = getattr(original, "sqlstate", None)
    if not state:
        # Nothing that PostgreSQL said: the driver's own error, or one of SQLite.
        return
    said = _said(original, state)
    original.args = (said,)
    if context.sqlalchemy_exception is not None:
        kind = type(original)
        context.sqlalchemy_exception.args = (f"({kind.__module__}.{kind.__name__}) {said}",)


def _said(original: Any, state: str) -> str:
    told = original.diag
    if state[:2] not in _QUOTING:
        return f"{told.message_primary} (SQLSTATE {state})"
    names = {"table": told.table_name, "column": told.column_name, "constraint": told.constraint_name}
    where = "".join(f", {what} {name}" for what, name in names.items() if name)
    return f"{type(original).__name__} (SQLSTATE {state}{where})"
