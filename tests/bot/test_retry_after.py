"""However Slack says how long to wait, it is waited for within bounds."""

from datetime import UTC, datetime

import pytest

from bot import retry_after
from bot.retry_after import LONGEST, SHORTEST

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("30", 30.0),
        (" 30 ", 30.0),
        ("1.5", 1.5),
        ("0", SHORTEST),
        ("-5", SHORTEST),
        ("", SHORTEST),
        ("soon", SHORTEST),
        ("nan", SHORTEST),
        ("inf", LONGEST),
        ("86400", LONGEST),
        ("1000000000", LONGEST),
        ("9" * 5000, LONGEST),
        ("Thu, 26 Nov 2026 12:00:20 GMT", 20.0),
        ("Thu, 26 Nov 2026 12:00:20 -0000", 20.0),
        ("Thu, 26 Nov 2026 11:00:00 GMT", SHORTEST),
        ("Fri, 27 Nov 2026 12:00:00 GMT", LONGEST),
        ("Thu, 99 Nov 2026 12:00:00 GMT", SHORTEST),
    ],
)
def test_what_slack_says_becomes_seconds_within_bounds(said: str, seconds: float) -> None:
    assert retry_after.seconds({"Retry-After": said}, now=NOW) == seconds


def test_where_slack_says_nothing_it_is_asked_again_soon() -> None:
    assert retry_after.seconds({}) == SHORTEST


def test_the_headers_name_may_be_written_in_any_way() -> None:
    assert retry_after.seconds({"retry-after": "7"}) == 7.0


def test_a_date_is_held_against_the_answers_own() -> None:
    headers = {"Retry-After": "Thu, 26 Nov 2026 09:00:20 GMT", "Date": "Thu, 26 Nov 2026 09:00:00 GMT"}

    assert retry_after.seconds(headers, now=NOW) == 20.0
