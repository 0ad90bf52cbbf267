"""The chain beside the audit that shows whether a row was changed, removed or slipped in after it had been sealed.

Each link holds a digest of one row and of the link before it. A row is sealed soon after its transaction has committed,
never in it, by one desk at a time; so rows are sealed in the order in which they came to be seen, which on PostgreSQL
isn't always that of their ids. A link covers who, when and what, which ticket, and of the detail only a digest with a
key that stands beside the detail: where both are removed, the chain still fits, and nobody can guess what was there.

What it can't show: who may write the whole database can compute the whole chain again. Against that helps a link's
digest that was kept elsewhere, such as the newest of an export: the chain has to have it still.
"""

import hashlib
import hmac
import json
import logging
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, insert, select, text, update

from bot.repeated import Repeated
from bot.tickets import tables
from bot.tickets.store import Store
from bot.timings import UNHURRIED

log = logging.getLogger(__name__)

_AT_ONCE = 200
"""Rows that are sealed in one transaction: on SQLite others wait for it."""

START = hashlib.sha256(b"cognito-desk audit").hexdigest()
"""What the first link has in the place of one before it."""

_audit, _detail, _seal = tables.audit.c, tables.audit_detail.c, tables.audit_seal.c
OF_TICKET = ("scenario", "pool", "requester")
"""What a link covers of a row's ticket: the columns that never change."""
_UNSEALED = select(_detail.audit).where(~_detail.sealed)
_NEWEST = select(_seal.n, _seal.digest).order_by(_seal.n.desc()).limit(1)
_NEXT = _UNSEALED.order_by(_detail.audit).limit(_AT_ONCE).subquery()
"""Found by an index of what isn't sealed alone, however long the audit is."""

_TO_SEAL: Select[Any] = (
    select(
        *(_audit[name] for name in ("id", "at", "ticket", "person", "event")),
        *(tables.ticket.c[name] for name in OF_TICKET),
        _detail.key,
        _detail.detail,
        exists().where(_seal.audit == _audit.id).label("is_sealed"),
    )
    .select_from(_NEXT)
    .join(tables.audit, _audit.id == _NEXT.c.audit)
    .join(tables.audit_detail, _detail.audit == _NEXT.c.audit)
    .outerjoin(tables.ticket, tables.ticket.c.id == _audit.ticket)
    .order_by(_NEXT.c.audit)
)


class Sealer:
    """The thread that seals what was written; the one of one desk at a time does it for all of them."""

    def __init__(self, database: Store, *, every: float = UNHURRIED.seal) -> None:
        self._store = database
        self._fails = False
        self._repeated = Repeated(self.seal_all, name="seals", every=every, broken=self._failed)

    def start(self) -> None:
        """Begin to look, at once and then every few seconds."""
        self._repeated.start()

    def stop(self, seconds: float) -> None:
        """Look no more. What isn't sealed is sealed by the next desk that runs."""
        self._repeated.stop(seconds)

    def seal_all(self) -> None:
        """Seal every row that is there, unless another desk is at it."""
        while not self._repeated.is_stopped:
            with self._store.reading() as connection:
                if connection.execute(_UNSEALED.limit(1)).first() is None:
                    return
            with self._store.transaction() as connection:
                more = seal(connection, self._store)
            if self._fails:
                self._fails = False
                log.info("the audit is being sealed again")
            if not more:
                return

    def _failed(self, error: Exception) -> None:
        # Mostly the database is away; what isn't sealed now is sealed later.
        if not self._fails:
            self._fails = True
            log.warning("the audit can't be sealed; trying again until it can (%s)", type(error).__name__)


def seal(connection: Connection, database: Store, *, waits: bool = False) -> bool:
    """Seal the oldest rows that aren't yet, some at a time, and return whether there may be more.

    False, too, when another desk is sealing at this moment; ``waits``: until it has done so.
    """
    if database.dialect == "postgresql":
        lock = "pg_advisory_xact_lock" if waits else "pg_try_advisory_xact_lock"
        taken = connection.execute(text(f"SELECT {lock}(hashtext('cognito-desk seals'))")).scalar()
        if not waits and not taken:
            return False
    rows = connection.execute(_TO_SEAL).all()
    newest = connection.execute(_NEWEST).one_or_none()
    n, digest = (newest.n, newest.digest) if newest is not None else (0, START)
    links = []
    for row in rows:
        if row.is_sealed:
            # Somebody has set its mark back.
            continue
        covered = digest_of_detail(row.key, row.detail)
        n, digest = n + 1, digest_of_link(digest, n + 1, row, covered)
        links.append({"n": n, "audit": row.id, "detail": covered, "digest": digest})
    if links:
        connection.execute(insert(tables.audit_seal).values(at=database.clock), links)
    if rows:
        mark = update(tables.audit_detail).where(_detail.audit.in_([row.id for row in rows]))
        connection.execute(mark.values(sealed=True))
    return len(rows) == _AT_ONCE


def unsealed(connection: Connection, *, before: float) -> int:
    """Return how many rows from before a moment, in the database's seconds, aren't sealed yet."""
    query = select(func.count()).select_from(tables.audit_detail).join(tables.audit, _audit.id == _detail.audit)
    return int(connection.execute(query.where(~_detail.sealed, _audit.at < before)).scalar_one())


def digest_of_detail(key: str, detail: object) -> str:
    """Return the digest that stands for a detail in the chain. ``key``: in hexadecimal."""
    return hmac.new(bytes.fromhex(key), _canonical(detail), hashlib.sha256).hexdigest()


def digest_of_link(before: str, n: int, row: Row[Any], detail: str) -> str:
    """Return a link's digest. ``row`` has the columns of the audit and, of its ticket, those that never change."""
    of_ticket = [getattr(row, name) for name in OF_TICKET]
    covered = [before, n, row.id, row.at, row.ticket, row.person, row.event, *of_ticket, detail]
    return hashlib.sha256(_canonical(covered)).hexdigest()


def _canonical(value: object) -> bytes:
    # Letters outside ASCII are escaped, so that half a character is no obstacle.
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
