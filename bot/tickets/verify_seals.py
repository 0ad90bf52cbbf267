"""Whether the audit is what was sealed: the chain of `bot.tickets.seals`, gone through from its first link."""

import re
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, select

from bot.ticket import Event
from bot.tickets import append_only, tables
from bot.tickets.seals import OF_TICKET, START, digest_of_detail, digest_of_link
from bot.tickets.store import Store, moment

_AT_ONCE = 200
"""Links that are fetched at a time."""

_audit, _detail, _seal = tables.audit.c, tables.audit_detail.c, tables.audit_seal.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A link of the chain: with its digest it stands for everything up to it."""

    n: int
    digest: str

    @classmethod
    def of(cls, text: str) -> "Head":
        """Return what was written as ``N:DIGEST``. Raises `ValueError`."""
        n, _, digest = text.partition(":")
        if not (n.isdecimal() and int(n) > 0 and re.fullmatch("[0-9a-f]{64}", digest)):
            raise ValueError(f"{text!r} is not N:DIGEST, with 64 hexadecimal digits")
        return cls(n=int(n), digest=digest)

    def __str__(self) -> str:
        return f"{self.n}:{self.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a look at the whole audit showed."""

    links: int
    """How many links of the chain were looked at: up to the first that doesn't fit, if one doesn't."""
    head: Head | None
    """The newest link that fits; None where there is none."""
    misfit: str = ""
    """The first that doesn't fit, and how; empty where everything does."""
    unsealed: int = 0
    """Rows that aren't sealed yet."""
    unsealed_since: datetime | None = None
    """When the oldest of them was written."""
    removed: int = 0
    """Rows whose detail was removed, as a row of the audit says."""
    unprotected: tuple[str, ...] = ()
    """The triggers that should keep rows from being changed and don't."""

    @property
    def fits(self) -> bool:
        """Whether nothing is wrong. What isn't sealed yet isn't wrong."""
        return not self.misfit and not self.unprotected


def verify(database: Store, *, known: Head | None = None) -> Verified:
    """Look through the whole audit. ``known``: a link that was kept elsewhere. Raises `StoreError`."""
    database.check()
    with database.reading(patiently=True) as connection:
        walk = _Walk(partial(_removed, connection), known)
        query = _EVERY_LINK.order_by(_seal.n)
        with connection.execute(query, execution_options={"yield_per": _AT_ONCE}) as rows:
            for row in rows:
                if not walk.step(row):
                    break
        count, since = connection.execute(
            select(func.count(), func.min(_audit.at)).where(~exists().where(_seal.audit == _audit.id))
        ).one()
        return Verified(
            links=walk.n,
            head=walk.head,
            misfit=walk.misfit or walk.missing() or _slipped_in(connection),
            unsealed=count,
            unsealed_since=moment(since) if since is not None else None,
            removed=walk.removed,
            unprotected=append_only.unprotected(connection),
        )


_EVERY_LINK: Select[Any] = (
    select(
        _seal.n,
        _seal.audit,
        _seal.detail.label("covered"),
        _seal.digest,
        *(_audit[name] for name in ("id", "at", "ticket", "person", "event")),
        *(tables.ticket.c[name] for name in OF_TICKET),
        _detail.key,
        _detail.detail,
    )
    .outerjoin(tables.audit, _audit.id == _seal.audit)
    .outerjoin(tables.ticket, tables.ticket.c.id == _audit.ticket)
    .outerjoin(tables.audit_detail, _detail.audit == _seal.audit)
)


class _Walk:
    """Goes along the chain and stops at the first link that doesn't fit."""

    def __init__(self, gone: Callable[[], Sequence[tuple[int, int]]], known: Head | None) -> None:
        """``gone`` reads the first and the last of rows whose detail was removed on purpose, sorted, none twice."""
        self._read_gone = gone
        self._gone = gone()
        self._known = known
        self._digest = START
        self.n = 0
        self.misfit = ""
        self.removed = 0

    @property
    def head(self) -> Head | None:
        """The newest link that fits."""
        return Head(n=self.n, digest=self._digest) if self.n else None

    def step(self, row: Row[Any]) -> bool:
        """Look at the next link, and return whether it fits."""
        self.misfit = self._misfit(row)
        if self.misfit:
            return False
        self.removed += row.key is None
        self.n, self._digest = row.n, row.digest
        if self._known is not None and self._known.n == row.n and self._known.digest != row.digest:
            self.misfit = (
                f"link {row.n} has the digest {row.digest}, not {self._known.digest}, as it was kept elsewhere: "
                "the chain was computed again"
            )
        return not self.misfit

    def missing(self) -> str:
        """Say that the chain ends before a link that was there once; empty where it doesn't."""
        if self._known is None or self._known.n <= self.n:
            return ""
        return f"link {self._known.n}, which was kept elsewhere, isn't there: the chain ends with link {self.n}"

    def _is_gone(self, row: int) -> bool:
        if not self._is_named(row):
            # Somebody may have been forgotten since.
            self._gone = self._read_gone()
        return self._is_named(row)

    def _is_named(self, row: int) -> bool:
        at = bisect(self._gone, row, key=itemgetter(0))
        return at > 0 and row <= self._gone[at - 1][1]

    def _misfit(self, row: Row[Any]) -> str:
        if row.n != self.n + 1:
            return f"link {self.n + 1} of the chain is missing: after link {self.n} comes {row.n}"
        which = f"row {row.audit} of the audit (link {row.n})"
        if row.id is None:
            return f"{which} was removed"
        if row.key is None and not self._is_gone(row.audit):
            return f"{which} has lost its detail, and no row says that it was to be removed"
        if row.key is not None and digest_of_detail(row.key, row.detail) != row.covered:
            return f"{which} has another detail than when it was sealed"
        if digest_of_link(self._digest, row.n, row, row.covered) != row.digest:
            return f"{which} isn't what was sealed: it, its ticket or the chain was changed"
        return ""


def _removed(connection: Connection) -> list[tuple[int, int]]:
    """Return the rows whose detail was removed on purpose, as those who removed them wrote it down."""
    query = (
        select(_detail.detail)
        .join(tables.audit, _audit.id == _detail.audit)
        .where(_audit.event == Event.FORGOTTEN.value)
    )
    found: list[tuple[int, int]] = []
    for first, last in sorted(pair for detail in connection.execute(query).scalars() for pair in _ranges(detail)):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def _ranges(detail: Mapping[str, Any]) -> list[tuple[int, int]]:
    return [(int(first), int(last)) for first, last in detail.get("rows", ())]


def _slipped_in(connection: Connection) -> str:
    """Say that a row can't be sealed, since it wasn't written by the desk; empty where there is none."""
    waits = exists().where(_detail.audit == _audit.id, ~_detail.sealed)
    query = select(_audit.id).where(~exists().where(_seal.audit == _audit.id), ~waits)
    row = connection.execute(query.order_by(_audit.id).limit(1)).scalar()
    return "" if row is None else f"row {row} of the audit has no seal, and nothing that is to be sealed"
