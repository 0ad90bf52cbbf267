"""The CSV files of a run over many people: the list that was frozen, and what became of each of them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select

from bot import csv_files
from bot.addresses import masked
from bot.tickets import tables
from bot.tickets.files import Made, Maker
from bot.tickets.store import Store
from bot.words import from_json

LIST, RESULT = "bulk-list", "bulk-result"
"""What these files are called in `bot.tickets.files.Files.post`; ``of`` is the ticket's number."""

_AT_ONCE = 1000
_HEAD = ("user name", "sub", "e-mail", "state", "why")
_item = tables.bulk_item.c


def makers(database: Store, full: Callable[[str], bool]) -> dict[str, Maker]:
    """Return what makes these files, by kind. ``full``: whether a pool's files hold whole addresses."""

    def made(of: int, name: str, title: str) -> Made | None:
        with database.reading() as connection:
            row = tables.ticket.c
            found = select(row.pool).where(row.id == of, row.cleared_at.is_(None))
            pool = connection.execute(found).scalar()
        if pool is None:
            return None
        cells = csv_files.written(_cells(database, of, full=full(pool)))
        return Made(name=f"{pool}-{of}-{name}.csv", title=title, content=cells)

    return {
        LIST: lambda of: made(of, "list", f"Request #{of}: the list as it was asked"),
        RESULT: lambda of: made(of, "result", f"Request #{of}: what became of each"),
    }


def _cells(database: Store, ticket: int, *, full: bool) -> Iterator[Sequence[str]]:
    yield _HEAD
    for row in _rows(database, ticket):
        address = row.address if full else masked(row.address) if row.address else ""
        why = from_json(row.words).plain() if row.words else ""
        yield row.name, row.sub, address, row.state, why


def _rows(database: Store, ticket: int) -> Iterator[Row[Any]]:
    """Yield the people of a run, some at a time: a file may take long to leave, and holds no transaction open."""
    last = 0
    while True:
        query = select(tables.bulk_item).where(_item.ticket == ticket, _item.n > last).order_by(_item.n)
        with database.reading() as connection:
            rows = connection.execute(query.limit(_AT_ONCE)).all()
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1].n
