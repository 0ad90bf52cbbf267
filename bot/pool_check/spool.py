"""Writes down what was read of a pool: pages wait in a short queue, and one thread writes some of them at a time."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from bot.addresses import caseless
from bot.aws.pool_reader import Page, users_of
from bot.cognito import User
from bot.diagnosis import name_key
from bot.pool_check import parts
from bot.tickets import tables
from bot.tickets.store import Store

_WAITING = 16
"""Pages that wait at most: who reads faster than the database writes has to wait."""

_AT_ONCE = 16
"""Pages that are written at a time, about 1,000 users: nobody else can write into SQLite meanwhile."""

_GATHER = 0.1
"""Seconds between two writes at least, so that there is something to write together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A page of a part, as rows of `pool_user`."""

    part: parts.Taken
    rows: Sequence[Mapping[str, Any]]
    is_last: bool


class Spool:
    """Writes for one reading of one check. `put` from any thread; `close` once."""

    def __init__(
        self, store: Store, check: int, *, broken: Callable[[Exception], None], done: Callable[[], object]
    ) -> None:
        """``broken`` is told what keeps it from writing; ``done`` is called when no part is left.

        Both are called on its thread.
        """
        self._store = store
        self._check = check
        self._broken = broken
        self._done = done
        self._queue: queue.Queue[Read | None] = queue.Queue(_WAITING)
        self._lost: set[parts.Taken] = set()
        self._thread = threading.Thread(target=self._write_all, name="pool-spool", daemon=True)
        self._thread.start()

    def put(self, read: Read) -> None:
        """Have a page written; waits while many others do."""
        self._queue.put(read)

    def has_lost(self, part: parts.Taken) -> bool:
        """Whether what is read of a part counts for nothing: it was taken once more, since this process was silent."""
        return part in self._lost

    def close(self) -> None:
        """Write what waits, and end."""
        self._queue.put(None)
        self._thread.join()

    def _write_all(self) -> None:
        ends = False
        while not ends:
            some = [self._queue.get()]
            while len(some) < _AT_ONCE and some[-1] is not None:
                try:
                    some.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            ends = some[-1] is None
            self._write([each for each in some if each is not None])
            if not ends and self._queue.qsize() < _AT_ONCE:
                time.sleep(_GATHER)

    def _write(self, some: Sequence[Read]) -> None:
        if not some:
            return
        try:
            with self._store.transaction() as connection:
                rows = [row for each in some if self._counts(connection, each) for row in each.rows]
                if rows:
                    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
                    # Somebody who changes meanwhile may be shown twice.
                    connection.execute(kind.insert(tables.pool_user).on_conflict_do_nothing(), rows)
                is_last = any(each.is_last for each in some)
                left = parts.progress(connection, self._check).left if is_last else -1
        except Exception as error:  # the parts are read again once their leases are over
            self._lost.update(each.part for each in some)
            self._broken(error)
        else:
            if not left:
                self._done()

    def _counts(self, connection: Connection, read: Read) -> bool:
        if read.part in self._lost:
            return False
        if not parts.advance(connection, self._check, read.part, users=len(read.rows), is_last=read.is_last):
            self._lost.add(read.part)
            return False
        return True


def rows_of(page: Page, check: int, shape_of: Callable[[User], str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of `pool_user` for a page. ``shape_of`` says of a user all that bears on a finding."""
    for user in users_of(page):
        address = user.email
        yield {
            "pool_check": check,
            "sub": user.sub,
            "name": user.username,
            "address": address,
            "key": caseless(address) if address else "",
            "name_key": name_key(user),
            "shape": shape_of(user),
            "provider": _provider_of(user),
            "month": user.created.strftime("%Y-%m"),
        }


def _provider_of(user: User) -> str:
    """Return the first provider that signs a user in; empty for none. A profile's own name begins with it."""
    return user.provider or (user.username.partition("_")[0] if user.is_external else "")
