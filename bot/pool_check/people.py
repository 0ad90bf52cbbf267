"""The list of a whole pool's report: everybody with whom something is the matter, row by row, as many as they are."""

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import select

from bot.addresses import masked
from bot.diagnosis import Judged
from bot.pool_check.judging import WORKS, judged_of, of_shapes
from bot.pool_check.report import name
from bot.tickets import tables
from bot.tickets.store import Store

HEADING = ("user name", "sub", "what was found", "finding", "not seen", "address")
"""The first row: ``finding`` is the key that a check tells too; ``not seen`` what would have to be seen to be sure."""

_AT_ONCE = 500
"""Users that are read at a time: the file is made while Slack takes it, which may be slow."""

_user = tables.pool_user.c


def rows(store: Store, check: int, *, full_addresses: bool) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the list, the heading first, by ``sub``. Addresses are masked unless they are asked for."""
    yield HEADING
    shown: Callable[[str], str] = str if full_addresses else _masked
    with store.reading(patiently=True) as connection:
        shapes = of_shapes(connection, check)
    last = ""
    while some := _read(store, check, last):
        for row in some:
            judged = _judged(row, shapes)
            if judged.finding != WORKS:
                doubts = " ".join(judged.doubts)
                told = name(judged.finding)
                yield row["name"], row["sub"], told, judged.finding, doubts, shown(row["address"])
        last = some[-1]["sub"]


def _masked(address: str) -> str:
    return masked(address) if address else ""


def _judged(row: Mapping[str, str], shapes: Mapping[str, Judged]) -> Judged:
    return judged_of(row["finding"], row["doubts"]) if row["finding"] else shapes[row["shape"]]


def _read(store: Store, check: int, last: str) -> list[Mapping[str, str]]:
    columns = (_user.sub, _user.name, _user.address, _user.shape, _user.finding, _user.doubts)
    query = select(*columns).where(_user.pool_check == check, _user.sub > last).order_by(_user.sub).limit(_AT_ONCE)
    with store.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(query)]
