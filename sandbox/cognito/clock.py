"""The sandbox's own time, which tests may move forward so that codes and sessions expire."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class Clock:
    """Real time plus an offset that only ever grows."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the present moment in UTC, to the millisecond, as Cognito's dates are."""
        moment = datetime.now(UTC) + self._offset
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def forward(self, step: timedelta) -> None:
        """Move the time forward by ``step``."""
        if step < timedelta():
            raise ValueError("The clock only moves forward.")
        with self._lock:
            self._offset += step
