"""A time that comes once a week, on a clock of the place that it is meant for."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK = timedelta(days=7)
_WRITTEN = re.compile(rf"({'|'.join(_DAYS)}) ([01]\d|2[0-3]):([0-5]\d) (\S+)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """A day of the week, and what the clock shows then in a time zone."""

    day: int
    """0 for Monday."""
    at: time
    zone: ZoneInfo

    @classmethod
    def read(cls, written: str) -> "Weekly":
        """Read one as ``mon 09:00 Asia/Tokyo``. Raises `ValueError`, with what is wrong."""
        match = _WRITTEN.fullmatch(" ".join(written.split()))
        if match is None:
            raise ValueError('must be a day, a time and a time zone, such as "mon 09:00 Asia/Tokyo"')
        day, hour, minute, zone = match.groups()
        try:
            return cls(day=_DAYS.index(day.lower()), at=time(int(hour), int(minute)), zone=ZoneInfo(zone))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{zone!r} is not the name of a time zone, such as Asia/Tokyo or Europe/Berlin") from None

    def last(self, now: datetime) -> datetime:
        """Return when it came last, at or before a moment, in UTC.

        Where the clock is put forward over the time, it comes when that hour is over; where it shows it twice, the
        first time.
        """
        here = now.astimezone(self.zone)
        day = here.date() - timedelta(days=(here.weekday() - self.day) % _WEEK.days)
        came = self._on(datetime.combine(day, self.at))
        return came if came <= now else self._on(datetime.combine(day, self.at) - _WEEK)

    def _on(self, clock: datetime) -> datetime:
        return clock.replace(tzinfo=self.zone).astimezone(UTC)
