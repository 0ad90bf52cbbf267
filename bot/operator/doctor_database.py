"""What the doctor looks at in the database: its version, what the desk's role may do in it, and who is connected."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError

from bot.operator.doctor_result import DoctorResult, exposed, not_checked, ok, problem
from bot.settings import Settings
from bot.tickets import append_only, audit_export, connections, seals, tables
from bot.tickets.store import SCHEMA_VERSION, Store, StoreError
from bot.timings import UNHURRIED

UPDATED = (
    "audit_detail", "audit_export", "bulk_item", "bulk_run",
    "call", "confirmation", "conversation", "customer_case", "home_tab", "outbox", "pool_check", "pool_part",
    "pool_user", "posted_file", "rate", "socket", "ticket", "written",
)  # fmt: skip
"""The tables with rows that the desk changes."""

EMPTIED = (
    "bulk_item", "busy", "call", "case_action", "case_key", "case_ticket", "confirmation", "customer_case", "delivery",
    "outbox", "pool_part", "pool_shape", "pool_user", "posted_file", "socket", "vote", "written",
)  # fmt: skip
"""The tables with rows that the desk deletes."""

FORGOTTEN = ("audit_detail", "concerned", "touched")
"""The tables with rows that only `desk audit forget` deletes, which another role than the desk's may do."""

_GRANTS = (
    "Grant SELECT and INSERT on all its tables, USAGE on all sequences, "
    f"UPDATE on {', '.join(UPDATED)}, and DELETE on {', '.join(EMPTIED)}; nobody needs UPDATE or DELETE on audit. "
    f"`desk audit forget` needs DELETE on {', '.join(FORGOTTEN)}, too: by this role or by another."
)


def examine(settings: Settings) -> DoctorResult:
    """Whether the database is there, its version, and what the desk's role may do in it. Changes nothing."""
    url = settings.database_url.get_secret_value()
    try:
        parsed = make_url(url)
        name = parsed.render_as_string(hide_password=True)
        if parsed.get_backend_name() == "sqlite" and parsed.database and not Path(parsed.database).exists():
            # Connecting would make the file.
            return _yet_to_be_made(Path(parsed.database), name)
        opened = Store(url)
        return _exposed(opened) or _opened(opened, name)
    except StoreError as error:
        return problem("database", str(error), "See DESK_DATABASE_URL in .env.example.")
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        return problem("database", said, "Check DESK_DATABASE_URL, and that the database runs and lets us in.")


def _yet_to_be_made(file: Path, name: str) -> DoctorResult:
    folder = file.absolute().parent
    if not folder.is_dir():
        return problem("database", f"there is no folder {folder} for {name}", f"Make it: mkdir -p {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        return problem("database", f"nothing may be written in {folder}", "Let the desk's user write there.")
    return ok("database", f"{name} is made at the first start")


def _exposed(database: Store) -> DoctorResult | None:
    return (
        exposed("database", *(Path(f"{database.path}{end}") for end in ("", "-wal", "-shm"))) if database.path else None
    )


def _opened(database: Store, name: str) -> DoctorResult:
    try:
        # A transaction as the desk opens it: on SQLite it needs a file that can be written to.
        with database.transaction() as connection:
            if not inspect(connection).has_table(tables.schema.name):
                return ok("database", f"{name} is empty; its tables are made at the first start")
            version = connection.execute(select(tables.schema.c.version)).scalar()
            if version is not None and version > SCHEMA_VERSION:
                return problem(
                    "database",
                    f"{name} has schema version {version}, newer than this program's {SCHEMA_VERSION}",
                    "Start the newer program, or restore the backup made before the upgrade.",
                )
            here = f"{name}, schema version {version}"
            return _role(connection, here) if database.dialect == "postgresql" else ok("database", here)
    finally:
        database.close()


def _role(connection: Connection, here: str) -> DoctorResult:
    """Judge what PostgreSQL lets the desk's role do."""
    missing = [f"{right} on {table}" for table, right in _needed() if not _may(connection, table, right)]
    if missing:
        return problem("database", f"{here}, doesn't let the desk do what it has to: {', '.join(missing)}", _GRANTS)
    if _owns_audit(connection):
        return ok(
            "database",
            f"{here}; the desk's role owns the table audit, so it could also take its protection off. "
            "For an audit that the desk itself can't change, let another role own it",
        )
    return ok("database", here)


def _needed() -> Iterator[tuple[str, str]]:
    for table in sorted(tables.metadata.tables):
        yield table, "SELECT"
        if table != tables.schema.name:
            yield table, "INSERT"
        if table in UPDATED:
            yield table, "UPDATE"
        if table in EMPTIED:
            yield table, "DELETE"


def _may(connection: Connection, table: str, right: str) -> bool:
    # A table that isn't there yet is made at the next start, by a role that may.
    asked = text("SELECT has_table_privilege(to_regclass(:table)::oid, :right)")
    return connection.execute(asked, {"table": table, "right": right}).scalar() is not False


def _owns_audit(connection: Connection) -> bool:
    asked = text("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('audit')")
    return bool(connection.execute(asked).scalar())


def examine_audit(settings: Settings) -> DoctorResult:
    """Whether the audit is protected, sealed and exported. What was sealed isn't looked at: that may take minutes."""
    try:
        database = Store(settings.database_url.get_secret_value())
        try:
            database.check()
            with database.reading() as connection:
                broken = append_only.unprotected(connection)
                unsealed = seals.unsealed(connection, before=database.now(connection) - _SEALED_BY)
                target = str(settings.audit.bucket or settings.audit.export)
                left = audit_export.progress(connection, target).left if target else 0
        finally:
            database.close()
    except (StoreError, SQLAlchemyError):
        return not_checked("audit", "it is looked at once a desk has run on the database")
    if broken:
        says = f"what protects it was removed or changed: {', '.join(broken)}"
        return problem(
            "audit", says, "Start the desk again, which puts it back, and see what `desk audit verify` says."
        )
    if unsealed:
        return problem(
            "audit", f"{unsealed} rows aren't sealed, and should be", "See that a desk runs; its log says why."
        )
    if left > _EXPORTED_BY:
        return problem(
            "audit", f"{left} rows haven't been exported to {target} yet", "See what the desk's log says of it."
        )
    return ok(
        "audit", f"protected and sealed{f', exported to {target}' if target else ''}; see `desk audit verify`, too"
    )


_SEALED_BY = 300.0
"""Seconds after which a row is sealed wherever a desk runs, but for a long audit that was just upgraded."""

_EXPORTED_BY = 1000
"""Rows that may be left while an export works as it should."""


def examine_connections(settings: Settings) -> DoctorResult:
    """Whether only desks of this database are connected to Slack as this app, as the desks have written it down.

    The doctor opens no connection to look for itself: it would get a share of the commands.
    """
    try:
        database = Store(settings.database_url.get_secret_value())
        if database.path is not None and not Path(database.path).exists():
            # Connecting would make the file.
            return _no_desk()
        try:
            database.check()
            with database.reading() as connection:
                now = database.now(connection)
                counted = connections.newest(connection, now)
        finally:
            database.close()
    except (StoreError, SQLAlchemyError):
        return not_checked("connections", "they are read from the database, once a desk has run on it")
    if counted is None:
        return _no_desk()
    if now - counted.at < UNHURRIED.settling:
        return not_checked("connections", "a desk has only just connected", "Ask again in half a minute.")
    at = datetime.fromtimestamp(counted.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    says = f"Slack counted {counted.told} of this app at {at}"
    if counted.strangers:
        return problem("connections", f"{says}; the desks on this database had {counted.ours}", connections.CURE)
    return ok("connections", f"{says}; all of them the desks' on this database")


def _no_desk() -> DoctorResult:
    return not_checked("connections", "no desk is running on this database, and only a desk is told how many there are")
