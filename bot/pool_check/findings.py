"""What is the matter with everybody in a pool: works out the findings of a check that has been read."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from bot.answer import Unread
from bot.cognito import Client, Directory, User
from bot.diagnosis import Listed, shape_of
from bot.pool_check import judging
from bot.pool_check.checks import PoolCheck
from bot.tickets.store import Store, moment


class Directories(Protocol):
    """Where views of pools come from."""

    def directory(self, pool: str) -> Directory:
        """Return a view of a pool that has read nothing yet."""


class Findings:
    """Implements `bot.pool_check.worker.Judge`. Safe to share between threads."""

    def __init__(self, store: Store, directories: Directories) -> None:
        self._store = store
        self._directories = directories

    def shapes(self, check: PoolCheck) -> Callable[[User], str]:
        """Return what says of a user all that bears on a finding. Reads the pool's settings. Raises `Refused`."""
        pool, at = self._directories.directory(check.pool).pool, _at(check)
        return lambda user: shape_of(user, pool, at)

    def judge(self, check: PoolCheck) -> Mapping[str, Any]:
        """Work out the findings of a check that has been read. Raises `Refused`."""
        directory = self._directories.directory(check.pool)
        providers = {each.name: each for each in directory.providers()}
        listed = Listed(pool=directory.pool, at=_at(check), providers=providers, client=_client(directory))
        return judging.judge(self._store, check.id, listed)


def _at(check: PoolCheck) -> datetime:
    """Return the moment at which ages are counted: the same for every process that works on the check."""
    return moment(check.asked_at)


def _client(directory: Directory) -> Client | None:
    try:
        return directory.client()
    except Unread:
        return None
