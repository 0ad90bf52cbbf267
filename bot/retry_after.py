"""How long Slack asks to wait: the header `Retry-After`, in whatever shape it comes."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

SHORTEST = 1.0
"""Seconds to wait at least, also where Slack doesn't say how long, or says something that can't be."""

LONGEST = 300.0
"""Seconds after which Slack is asked again in any case: nobody would notice a wait of a day."""


def seconds(headers: Mapping[str, str], *, now: datetime | None = None) -> float:
    """Return how many seconds to wait after a refusal: a number or a date (RFC 9110), within bounds.

    A date is held against the answer's own `Date`, and against ``now`` only where there is none: clocks differ.
    """
    given = {name.lower(): str(value).strip() for name, value in headers.items()}
    asked = given.get("retry-after", "")
    try:
        wait = float(asked)
    except ValueError:
        until, at = _date(asked), _date(given.get("date", "")) or now or datetime.now(UTC)
        wait = (until - at).total_seconds() if until else SHORTEST
    return min(LONGEST, max(SHORTEST, wait)) if not math.isnan(wait) else SHORTEST


def _date(text: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
