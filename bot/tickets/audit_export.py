"""The audit as it grows, written to where its database's administrators can't change it.

Sealed rows leave in the order of their links, which never changes, however late a row was committed. How far that has
come is a row, so that it goes on after a restart. What is about to leave is written down first: if a process dies on
the way, the very same leaves again, under the same name.
"""

import json
import logging
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.aws.s3 import Objects
from bot.repeated import Repeated
from bot.settings import Bucket
from bot.tickets import audit, tables
from bot.tickets.store import Store, taken
from bot.timings import UNHURRIED

log = logging.getLogger(__name__)

_AT_ONCE = 1000
"""Rows of one object."""

_LEASE = 120.0
"""Seconds after which what a silent process was exporting is another's. Longer than the two tries of one object."""

_export, _seal = tables.audit_export.c, tables.audit_seal.c

Rows = Sequence[dict[str, Any]]


class Target(Protocol):
    """Where rows go."""

    @property
    def name(self) -> str:
        """What it is called in the settings: how far the export has come is kept for each by itself."""

    def write(self, first: int, rows: Rows) -> None:
        """Write rows; ``first`` is the number of the first one's link. The same again takes the place of the same."""


class InBucket:
    """Objects of JSON Lines in Amazon S3, named by the link of their first row."""

    def __init__(self, bucket: Bucket) -> None:
        self.name = str(bucket)
        self._bucket = bucket
        self._objects: Objects | None = None

    def write(self, first: int, rows: Rows) -> None:
        """Write one object. Raises `bot.aws.s3.NotWritten`."""
        if self._objects is None:
            # Its library takes a while to load, which no start waits for.
            self._objects = Objects(self._bucket)
        self._objects.write(f"{first:020}.jsonl", "".join(map(_line, rows)).encode())


class OnStandardOutput:
    """A line for each row. One that stands there twice has the same link."""

    name = "stdout"

    def write(self, first: int, rows: Rows) -> None:
        """Write the lines. Raises `OSError`."""
        sys.stdout.write("".join(map(_line, rows)))
        sys.stdout.flush()


def target(export: Bucket | str) -> Target:
    """Return where the settings want it."""
    return InBucket(export) if isinstance(export, Bucket) else OnStandardOutput()


def _line(row: dict[str, Any]) -> str:
    # Half a character, which UTF-8 has no place for, stays escaped.
    return json.dumps(row) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """What is to leave now."""

    after: int
    up_to: int


class Exporter:
    """The thread that exports; the one of one desk at a time does it for all of them."""

    def __init__(self, database: Store, target: Target, *, every: float = UNHURRIED.export) -> None:
        self._store = database
        self._target = target
        self._owner = uuid.uuid4().hex
        self._mine = _export.target == target.name
        self._fails = False
        self._repeated = Repeated(self.export_all, name="export", every=every, broken=self._failed)

    def start(self) -> None:
        """Begin to look, at once and then every now and then."""
        self._repeated.start()

    def stop(self, seconds: float) -> None:
        """Look no more. What hasn't left yet leaves after the next start."""
        self._repeated.stop(seconds)

    def export_all(self) -> None:
        """Export every sealed row that hasn't left yet, unless another desk is at it. Raises what `Target` raises."""
        while not self._repeated.is_stopped:
            batch = self._claim()
            if batch is None:
                return
            with self._store.reading() as connection:
                rows = audit.sealed(connection, after=batch.after, up_to=batch.up_to)
            self._target.write(batch.after + 1, rows)
            self._done(batch)
            if self._fails:
                self._fails = False
                log.info("the audit is being exported again")

    def _claim(self) -> _Batch | None:
        """Write down what leaves now; None where nothing does, or another desk is at it."""
        with self._store.reading() as connection:
            n = connection.execute(select(_export.n).where(self._mine)).scalar()
            newest = connection.execute(select(func.max(_seal.n))).scalar() or 0
        if n is None:
            self._begin()
            n = 0
        if n >= newest:
            return None
        with self._store.transaction() as connection:
            now = self._store.now(connection)
            free = or_(_export.owner.is_(None), _export.owner == self._owner, _export.lease_until < now)
            claim = (
                update(tables.audit_export)
                .where(self._mine, _export.n == n, free)
                # What was begun and may have left is finished first, exactly as it was begun.
                .values(up_to=func.coalesce(_export.up_to, min(newest, n + _AT_ONCE)))
                .values(owner=self._owner, lease_until=now + _LEASE)
            )
            up_to = connection.execute(claim.returning(_export.up_to)).scalar()
            return _Batch(after=n, up_to=up_to) if up_to is not None else None

    def _begin(self) -> None:
        try:
            with self._store.transaction() as connection:
                connection.execute(insert(tables.audit_export).values(target=self._target.name, n=0))
        except IntegrityError as error:
            # Another desk has begun in this moment.
            if not taken(error):
                raise

    def _done(self, batch: _Batch) -> None:
        with self._store.transaction() as connection:
            # Another desk that has taken it over exports the same.
            done = update(tables.audit_export).where(self._mine, _export.n == batch.after)
            connection.execute(done.values(n=batch.up_to, up_to=None, owner=None, lease_until=None))

    def _failed(self, error: Exception) -> None:
        if not self._fails:
            self._fails = True
            said = "the audit could not be exported to %s; trying again until it can (%s: %s)"
            log.error(said, self._target.name, type(error).__name__, error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an export has come."""

    exported: int
    """Rows."""
    left: int
    """Sealed rows that haven't left yet."""


def progress(connection: Connection, target: str) -> Progress:
    """Return how far the export to a target has come."""
    exported = connection.execute(select(_export.n).where(_export.target == target)).scalar() or 0
    newest = connection.execute(select(func.max(_seal.n))).scalar() or 0
    return Progress(exported=exported, left=newest - exported)
