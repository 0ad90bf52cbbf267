"""What a database's error may say in a log or to an operator: what went wrong and where, never a value of a row."""

from typing import Any

from sqlalchemy import ExceptionContext

_QUOTING = ("22", "23")
"""SQLSTATE classes whose messages repeat values: wrong data, violated constraints."""


def without_values(context: ExceptionContext) -> None:
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
