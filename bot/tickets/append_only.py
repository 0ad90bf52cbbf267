"""What keeps the audit append-only in the database itself: triggers, put there at the start, and looked at since.

An audit row and a seal never change and never go. A row's detail never changes; it may only go, and a row of its own
says so (`bot.tickets.forgetting`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

SAID = "the audit is append-only"
"""What a trigger answers to whoever tries."""

_FUNCTION = "audit_append_only"
_BODY = f"BEGIN RAISE EXCEPTION '{SAID}'; END"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """One table whose rows are kept."""

    table: str
    keys: tuple[str, ...]
    """The columns of which each alone tells a row apart."""
    fixed: tuple[str, ...] = ()
    """The columns that may not change; empty for all of them."""
    may_go: bool = False


_KEPT = (
    _Kept(table="audit", keys=("id",)),
    _Kept(table="audit_seal", keys=("n", "audit")),
    _Kept(table="audit_detail", keys=("audit",), fixed=("audit", "key", "detail"), may_go=True),
)


def protect(connection: Connection) -> tuple[str, ...]:
    """Put every trigger there that is missing, or another than it has to be, and return their names.

    A role that doesn't own the tables may run the desk, but may not do this.
    """
    broken = unprotected(connection)
    if broken:
        for statement in _statements(connection.dialect.name, broken):
            connection.execute(text(statement))
    return broken


def unprotected(connection: Connection) -> tuple[str, ...]:
    """Return the names of the triggers that are missing, switched off, or another than they have to be."""
    there = _there(connection)
    wanted = dict(_sqlite()) if connection.dialect.name == "sqlite" else {name: _shape(kept) for name, kept in _named()}
    return tuple(name for name, shape in wanted.items() if there.get(name) != shape)


def _statements(dialect: str, names: tuple[str, ...]) -> Iterator[str]:
    if dialect == "sqlite":
        for name, statement in _sqlite():
            if name in names:
                yield f"DROP TRIGGER IF EXISTS {name}"
                yield statement
        return
    yield f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ {_BODY} $$"
    for name, kept in _named():
        if name in names:
            update = f"UPDATE OF {', '.join(kept.fixed)}" if kept.fixed else "UPDATE"
            events = " OR ".join((update, *(() if kept.may_go else ("DELETE",)), "TRUNCATE"))
            yield f"DROP TRIGGER IF EXISTS {name} ON {kept.table}"
            yield (
                f"CREATE TRIGGER {name} BEFORE {events} ON {kept.table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()"
            )


def _sqlite() -> Iterator[tuple[str, str]]:
    """Yield each trigger's name and the statement that makes it, which SQLite keeps as it is."""
    abort = f"BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
    for kept in _KEPT:
        table = kept.table
        of = f" OF {', '.join(kept.fixed)}" if kept.fixed else ""
        yield f"{table}_no_update", f"CREATE TRIGGER {table}_no_update BEFORE UPDATE{of} ON {table} {abort}"
        if not kept.may_go:
            yield f"{table}_no_delete", f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {abort}"
        # INSERT OR REPLACE deletes the old row without asking the trigger on deletes.
        same = " OR ".join(f"{key} = NEW.{key}" for key in kept.keys)
        yield (
            f"{table}_no_replace",
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - names of ours
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {abort}",
        )


def _named() -> Iterator[tuple[str, _Kept]]:
    """Yield PostgreSQL's triggers, one for each table."""
    for kept in _KEPT:
        yield f"{kept.table}_no_change", kept


_BEFORE, _DELETE, _UPDATE, _TRUNCATE = 2, 8, 16, 32
"""PostgreSQL's bits of a trigger for whole statements: ``tgtype``, as its ``catalog/pg_trigger.h`` has them."""


def _shape(kept: _Kept) -> tuple[str, str, int, str, str, str]:
    bits = _BEFORE | _UPDATE | _TRUNCATE | (0 if kept.may_go else _DELETE)
    return kept.table, "O", bits, ", ".join(sorted(kept.fixed)), "no condition", _BODY


def _there(connection: Connection) -> dict[str, object]:
    """Return the triggers that are there, by their names, in the form in which they are compared."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        return {row.name: row.sql for row in rows}
    found = connection.execute(
        text(
            "SELECT t.tgname AS name, c.relname AS kept, t.tgenabled::text AS fires, t.tgtype AS bits, "
            "array_to_string(ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = t.tgrelid "
            "AND a.attnum = ANY (t.tgattr::smallint[]) ORDER BY a.attname), ', ') AS fixed, "
            "CASE WHEN t.tgqual IS NULL THEN 'no condition' ELSE 'condition' END AS only_if, "
            "btrim(p.prosrc) AS body "
            "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE t.tgrelid IN (to_regclass('audit'), to_regclass('audit_seal'), to_regclass('audit_detail'))"
        )
    )
    return {row.name: (row.kept, row.fires, row.bits, row.fixed, row.only_if, row.body) for row in found}
