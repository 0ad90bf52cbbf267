"""Slack's date tokens, such as `{date_short} {time}`, written out for the reader's clock."""

import re
from datetime import datetime
from typing import Final

from markupsafe import Markup

from sandbox.slack.page.reader import Reader

_TOKEN: Final = re.compile(r"\{([a-z_]+)\}")
_LATEST: Final = 253402300799 - 86400  # the last day but one that a datetime can hold

_NEAR: Final = {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}


def clock(moment: datetime) -> str:
    """The time of day, as on a 24-hour clock."""
    return f"{moment:%H:%M}"


def full_date(moment: datetime) -> str:
    """A moment to the second, for tooltips."""
    return f"{_long(moment)} at {moment:%H:%M:%S}"


def day_name(moment: datetime, now: datetime) -> str:
    """A day as the line between messages says it."""
    return _near(moment, now) or f"{moment:%A}, {_day(moment)}"


def ago(moment: datetime, now: datetime) -> str:
    """How long something is past, in the largest fitting unit; or how long until it comes."""
    seconds = (now - moment).total_seconds()
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(abs(seconds) // size)
        if count:
            words = f"{count} {unit}{'s' if count != 1 else ''}"
            return f"{words} ago" if seconds > 0 else f"in {words}"
    return "just now"


def date_text(seconds: float, form: str, reader: Reader) -> str | None:
    """The tokens of a date's form filled in; None when the time or a token does not exist, as Slack falls back then."""
    if not 0 <= seconds <= _LATEST:
        return None
    moment = reader.moment(seconds)
    known = _tokens(moment, reader.now.astimezone(moment.tzinfo))
    if any(found[1] not in known for found in _TOKEN.finditer(form)):
        return None
    return _TOKEN.sub(lambda found: _filled(known[found[1]], begins=found.start() == 0), form)


def _filled(text: str, *, begins: bool) -> str:
    """Fill in one token: within a sentence, a near day is written small."""
    return text if begins or text not in _NEAR.values() else text.lower()


def time_element(seconds: float, words: str, reader: Reader) -> Markup:
    """Words for a moment that show the full date when pointed at."""
    moment = reader.moment(seconds)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(timespec="seconds"), full_date(moment), words
    )


def _tokens(moment: datetime, now: datetime) -> dict[str, str]:
    short = f"{moment:%b} {moment.day}, {moment.year}"
    plain, near = f"{moment:%B} {_ordinal(moment.day)}, {moment.year}", _near(moment, now)
    return {
        "date_num": f"{moment:%Y-%m-%d}",
        "date_slash": f"{moment:%Y/%m/%d}",
        "date": plain,
        "date_short": short,
        "date_long": _long(moment),
        "date_pretty": near or plain,
        "date_short_pretty": near or short,
        "date_long_pretty": near or _long(moment),
        "day_divider_pretty": day_name(moment, now),
        "time": clock(moment),
        "time_secs": f"{moment:%H:%M:%S}",
        "ago": ago(moment, now),
    }


def _near(moment: datetime, now: datetime) -> str | None:
    days = (moment.date() - now.date()).days
    return _NEAR.get(days)


def _long(moment: datetime) -> str:
    return f"{moment:%A}, {moment:%B} {_ordinal(moment.day)}, {moment.year}"


def _day(moment: datetime) -> str:
    return f"{moment:%B} {_ordinal(moment.day)}"


def _ordinal(day: int) -> str:
    ending = "th" if 10 <= day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"
