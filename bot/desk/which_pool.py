"""In which of several pools somebody is: an agent on the phone knows the customer's address, not where it is kept."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor

from bot.answer import Refused
from bot.aws import which_user
from bot.cognito import Directory
from bot.tickets.planner import SnapshotSource
from bot.words import say
from bot.wrappings import readings

_MOST_CHOICES = 3


class WhichPool:
    """Looks for a name in several pools at once."""

    def __init__(
        self,
        snapshots: SnapshotSource,
        *,
        remembers: Callable[[str, str], bool],
        threads: Callable[[int, str], Executor],
    ) -> None:
        """``remembers``: whether the desk has had to do with a name in a pool. ``threads``: makes so many of a name."""
        self._threads = threads
        self._snapshots = snapshots
        self._remembers = remembers

    def of(self, reference: str, *, among: Sequence[str], also_gone: bool = False) -> tuple[str, ...]:
        """Return the pools where ``reference`` may mean somebody (see `bot.references`). Raises `Refused` if none is.

        A pool that can't be read is a `Refused` too: the person may be in that one. ``among``: the pools to look in,
        which are never more than the person who asks may ask about. ``also_gone``: the pools too in which the desk has
        had to do with somebody of that name.
        """
        looked_in = tuple(among)
        if not looked_in:
            raise Refused(say("There is no pool here to look in."))
        directories = [self._snapshots.directory(pool) for pool in looked_in]
        with self._threads(len(directories), "which-pool") as side_by_side:
            found = list(side_by_side.map(lambda directory: directory.find(reference), directories))
            pools = tuple(
                pool
                for pool, users in zip(looked_in, found, strict=True)
                if users or (also_gone and any(self._remembers(pool, reading) for reading in readings(reference)))
            )
            if pools:
                return pools
            near = list(side_by_side.map(lambda directory: _near(directory, reference), directories))
        close = dict.fromkeys(name for names in near for name in names)
        raise which_user.nobody_in(", ".join(looked_in), reference, tuple(close)[:_MOST_CHOICES])


def _near(directory: Directory, reference: str) -> tuple[str, ...]:
    try:
        directory.one(reference)
    except Refused as refused:
        return tuple(choice.value for choice in refused.choices)
    return ()
