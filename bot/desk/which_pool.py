"""In which of several pools somebody is: an agent on the phone knows the customer's address, not where it is kept."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from bot.cognito import Directory
from bot.plan import Choice, Refused
from bot.references import readings
from bot.tickets.planner import Views
from bot.words import say

_MOST_CHOICES = 3


class WhichPool:
    """Looks for a name in every pool at once."""

    def __init__(self, views: Views, pools: Sequence[str], *, remembers: Callable[[str, str], bool]) -> None:
        self._views = views
        self._pools = tuple(pools)
        self._remembers = remembers

    def of(self, reference: str, *, also_gone: bool = False) -> tuple[str, ...]:
        """Return the pools where ``reference`` may mean somebody (see `bot.references`). Raises `Refused` if none is.

        A pool that can't be read is a `Refused` too: whoever is looked for may be in that one. ``also_gone``: the
        pools too in which the desk has had to do with somebody of that name.
        """
        directories = [self._views.directory(pool) for pool in self._pools]
        with ThreadPoolExecutor(len(directories), thread_name_prefix="which-pool") as side_by_side:
            found = list(side_by_side.map(lambda directory: directory.find(reference), directories))
            pools = tuple(
                pool
                for pool, users in zip(self._pools, found, strict=True)
                if users or (also_gone and any(self._remembers(pool, reading) for reading in readings(reference)))
            )
            if pools:
                return pools
            near = list(side_by_side.map(lambda directory: _near(directory, reference), directories))
        choices = tuple(dict.fromkeys(choice for offered in near for choice in offered))[:_MOST_CHOICES]
        raise Refused(
            say(
                'No account in {pools} matches "{reference}".{close}',
                pools=", ".join(self._pools),
                reference=reference,
                close=f" Close to it: {', '.join(choice.value for choice in choices)}." if choices else "",
            ),
            field="user",
            choices=choices,
        )


def _near(directory: Directory, reference: str) -> tuple[Choice, ...]:
    try:
        directory.one(reference)
    except Refused as refused:
        return refused.choices
    return ()
