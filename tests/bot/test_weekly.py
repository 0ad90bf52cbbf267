"""A time of the week comes once in each, whatever the clocks of its place are put to."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.weekly import Weekly

WEEK = timedelta(days=7)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "now", "came"),
    [
        # 2026-11-30 is a Monday; Tokyo is nine hours ahead.
        ("mon 09:00 Asia/Tokyo", "2026-11-30T00:00", "2026-11-30T00:00"),
        ("mon 09:00 Asia/Tokyo", "2026-11-29T23:59", "2026-11-23T00:00"),
        ("mon 08:00 Asia/Tokyo", "2026-11-29T23:30", "2026-11-29T23:00"),
        ("sun 23:00 America/New_York", "2026-11-30T03:59", "2026-11-23T04:00"),
        # In Berlin the clock goes from 02:00 to 03:00 on 2026-03-29, and from 03:00 to 02:00 on 2026-10-25.
        ("mon 09:00 Europe/Berlin", "2026-03-28T12:00", "2026-03-23T08:00"),
        ("mon 09:00 Europe/Berlin", "2026-03-30T12:00", "2026-03-30T07:00"),
        ("sun 02:30 Europe/Berlin", "2026-03-29T12:00", "2026-03-29T01:30"),
        ("sun 02:30 Europe/Berlin", "2026-10-25T00:30", "2026-10-25T00:30"),
        ("sun 02:30 Europe/Berlin", "2026-10-25T01:30", "2026-10-25T00:30"),
    ],
)
def test_when_it_came_last(written: str, now: str, came: str) -> None:
    assert Weekly.read(written).last(utc(now)) == utc(came)


@given(
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["mon 00:00", "thu 02:30", "sun 02:30", "sun 23:59"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati"]),
)
def test_it_comes_once_in_each_week(now: datetime, clock: str, zone: str) -> None:
    weekly = Weekly.read(f"{clock} {zone}")
    came = weekly.last(now)
    before = weekly.last(came - timedelta(seconds=1))
    assert came <= now
    assert abs(came - before - WEEK) <= timedelta(hours=1)
    assert weekly.last(came) == came
    assert now - came < WEEK + timedelta(hours=1)


@pytest.mark.parametrize(
    "written", ["", "monday 09:00 UTC", "mon 24:00 UTC", "mon 9:00 UTC", "mon 09:00", "mon 09:00 UTC UTC"]
)
def test_what_is_no_such_time_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(ValueError, match='such as "mon 09:00 Asia/Tokyo"'):
        Weekly.read(written)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "/etc/localtime", "Europe"])
def test_what_is_no_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="not the name of a time zone"):
        Weekly.read(f"mon 09:00 {zone}")
