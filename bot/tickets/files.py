"""Files that the desk posts in threads: rows from the moment that they are wanted until Slack has none of them left.

What is in a file is made when it leaves, by the maker of its kind, and kept nowhere. What Slack calls it is written
down before its bytes leave: after a crash, Slack is asked by that id whether it has arrived.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, Update, exists, insert, select, update

from bot.tickets import tables
from bot.tickets.message import REMOVE, Item, Message
from bot.tickets.outbox import Outbox

_row, _place = tables.posted_file.c, tables.outbox.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A file, ready to be posted."""

    name: str
    """With its ending, by which Slack and the reader's machine know what it is: ``prod-2026-11-28.csv``."""
    title: str
    """What stands above it in the thread."""
    content: Iterable[bytes]
    """Piece by piece; read once, and never all of it in memory."""
    alt_text: str = ""
    """Of a picture: what it shows, in words."""


Maker = Callable[[int], Made | None]
"""Makes a file of what a row's ``of`` names; None where there is nothing to post any more."""

Makers = Mapping[str, Maker]
"""By kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file that is to be posted."""

    id: int
    kind: str
    of: int
    file: str
    """What Slack calls it, if it was begun before; empty otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """A file that is to be deleted in Slack."""

    id: int
    file: str


class Files:
    """The rows of files. `post` runs in the caller's transaction; the others open a short one of their own."""

    def __init__(self, outbox: Outbox, *, on: bool, kept: timedelta) -> None:
        """``on``: whether the settings let the desk post files. ``kept``: for how long they stay in Slack."""
        self._outbox = outbox
        self._store = outbox.store
        self._kept = kept.total_seconds()
        self.on = on

    def post(self, connection: Connection, conversation: int, kind: str, of: int) -> bool:
        """Have a file posted in the thread of a conversation in a channel, behind what was written for it before.

        Returns False, with nothing written, where the desk posts no files: whoever calls says it in words then. After
        the commit `Outbox.wake` is to be called, as for any message.
        """
        if not self.on:
            return False
        leaves = self._outbox.enqueue_file(connection, conversation)
        wanted = insert(tables.posted_file).values(created_at=self._store.clock, file="")
        connection.execute(wanted, {"conversation": conversation, "kind": kind, "of": of, "outbox": leaves})
        return True

    def wanted(self, item: Item) -> Wanted | None:
        """Return the file of a row of the outbox; None where it isn't wanted any more."""
        query = select(_row.id, _row.kind, _row.of, _row.file).where(_row.outbox == item.id, _row.posted_at.is_(None))
        with self._store.reading() as connection:
            found = connection.execute(query).first()
        return Wanted(id=found.id, kind=found.kind, of=found.of, file=found.file) if found else None

    def begin(self, item: Item, wanted: Wanted, file: str) -> bool:
        """Write down what Slack calls a file, before its bytes leave. Return False where another process posts it."""
        mine = exists().where(_place.id == item.id, _place.owner == self._outbox.in_hand.get(item.id))
        begun = update(tables.posted_file).where(_row.id == wanted.id, _row.file == wanted.file, mine)
        with self._store.transaction() as connection:
            # Should nobody ever learn that it has arrived, it is deleted all the same.
            until = self._store.now(connection) + self._kept
            return connection.execute(begun.values(file=file, delete_at=until)).rowcount == 1

    def has_left(self, item: Item, wanted: Wanted) -> None:
        """Write down that a file stands in Slack."""
        with self._over(item) as connection:
            now = self._store.now(connection)
            stands = update(tables.posted_file).where(_row.id == wanted.id)
            connection.execute(stands.values(posted_at=now, delete_at=now + self._kept))

    def give_up(self, item: Item, wanted: Wanted, why: Message | None) -> None:
        """Post no such file, and say in its thread ``why``; None for nothing to say."""
        with self._over(item) as connection:
            ended = update(tables.posted_file).where(_row.id == wanted.id, _row.file == "")
            connection.execute(ended.values(deleted_at=self._store.clock))
            if why is not None and not item.ended:
                self._outbox.enqueue(connection, item.conversation, why)

    def due(self, most: int) -> Sequence[Old]:
        """Return files that it is time to delete in Slack, the oldest first."""
        with self._store.reading() as connection:
            now = self._store.now(connection)
            query = select(_row.id, _row.file).where(_row.delete_at <= now, _row.deleted_at.is_(None), _row.file != "")
            rows = connection.execute(query.order_by(_row.delete_at).limit(most)).all()
        return [Old(id=each.id, file=each.file) for each in rows]

    def deleted(self, old: Old) -> None:
        """Write down that Slack has a file no more."""
        with self._store.transaction() as connection:
            connection.execute(_of(old).values(deleted_at=self._store.clock))

    def leave(self, old: Old) -> None:
        """Write down that a file can't be deleted, so that nobody tries it again."""
        with self._store.transaction() as connection:
            connection.execute(_of(old).values(delete_at=None))

    @contextmanager
    def _over(self, item: Item) -> Iterator[Connection]:
        """Open a transaction after which a row of the outbox is done; if it fails, its lease ends by itself."""
        try:
            with self._store.transaction() as connection:
                yield connection
                connection.execute(REMOVE, {"item": item.id})
        finally:
            self._outbox.in_hand.pop(item.id, None)
            self._outbox.wake()


def _of(old: Old) -> Update:
    return update(tables.posted_file).where(_row.id == old.id, _row.file == old.file)
