"""How fast runs over many people go: at the rates that they share with the checks of whole pools."""

import threading
from collections.abc import Callable

from bot.aws.pool_reader import PoolReader
from bot.aws.quotas import CATEGORY_OF
from bot.tickets.shared_rates import Pacer, SharedRates


class SharedPace:
    """Implements `bot.tickets.bulk_calls.Pace`, for one process. Safe to share between threads."""

    def __init__(self, rates: SharedRates, key: str, a_second: float) -> None:
        self.a_second = a_second
        self._pacer = Pacer(lambda refused: rates.window(key, a_second, refused=refused))

    def take(self, stopped: threading.Event) -> bool:
        """Wait for a token. Return whether there is one: False once it has stopped."""
        return self._pacer.take(stopped)

    def throttled(self) -> None:
        """Note that AWS has refused a call that was let through."""
        self._pacer.throttled()


class Paces:
    """Implements `bot.tickets.bulk_known.Pacers`: one pace for each rate of an account."""

    def __init__(self, rates: SharedRates, reader: Callable[[str], PoolReader], share: Callable[[str], float]) -> None:
        """``reader`` opens a pool; ``share``: the part of AWS's rate that may be used up in it."""
        self._rates = rates
        self._reader = reader
        self._share = share
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], SharedPace] = {}

    def __call__(self, pool: str, operation: str) -> SharedPace:
        """Return the pace of an operation in a pool. May ask AWS for the rate, once."""
        with self._lock:
            known = self._known.get((pool, operation))
        if known is not None:
            return known
        reader, category = self._reader(pool), CATEGORY_OF[operation]
        made = SharedPace(self._rates, reader.rate_key(category), reader.rate(category) * self._share(pool))
        with self._lock:
            return self._known.setdefault((pool, operation), made)
