"""On SQLite one desk runs at a time: the file is locked for as long as it does. PostgreSQL takes any number."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from bot.tickets import private_file
from bot.tickets.store import Store, StoreError


@contextmanager
def only_one(database: Store) -> Iterator[None]:
    """Hold the right to run on this database. Raises `StoreError` while another process holds it.

    The operating system gives it back when the process ends, however it ends. Reading beside it is free.
    """
    path = database.path
    if path is None:
        yield
        return
    # By its real name: a link leads to the same file.
    with _opened(Path(f"{Path(path).resolve()}.lock")) as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                f"Another desk is running on {path}. On SQLite there can be only one: stop it first, or set "
                "DESK_DATABASE_URL to a PostgreSQL database, on which any number share the work."
            ) from None
        yield


def _opened(lock: Path) -> TextIO:
    try:
        private_file.make(lock)
        private_file.tighten(lock)
        return lock.open("w", encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"DESK_DATABASE_URL: the database can't be used ({error.strerror}: {lock.parent}). "
            "Check that its directory is there, and may be written."
        ) from None
