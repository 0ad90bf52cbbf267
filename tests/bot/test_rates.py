"""A service's rates are kept: what Slack asks for is waited for within bounds, and no call waits for ever."""

from datetime import UTC, datetime

import pytest

from bot.rates import LONGEST_WAIT, SHORTEST_WAIT, Allowance, UsedUp, retry_after

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("30", 30.0),
        (" 30 ", 30.0),
        ("1.5", 1.5),
        ("0", SHORTEST_WAIT),
        ("-5", SHORTEST_WAIT),
        ("", SHORTEST_WAIT),
        ("soon", SHORTEST_WAIT),
        ("nan", SHORTEST_WAIT),
        ("inf", LONGEST_WAIT),
        ("86400", LONGEST_WAIT),
        ("1000000000", LONGEST_WAIT),
        ("9" * 5000, LONGEST_WAIT),
        ("Thu, 26 Nov 2026 12:00:20 GMT", 20.0),
        ("Thu, 26 Nov 2026 12:00:20 -0000", 20.0),
        ("Thu, 26 Nov 2026 11:00:00 GMT", SHORTEST_WAIT),
        ("Fri, 27 Nov 2026 12:00:00 GMT", LONGEST_WAIT),
        ("Thu, 99 Nov 2026 12:00:00 GMT", SHORTEST_WAIT),
    ],
)
def test_what_slack_says_becomes_seconds_within_bounds(said: str, seconds: float) -> None:
    assert retry_after({"Retry-After": said}, now=NOW) == seconds


def test_where_slack_says_nothing_it_is_asked_again_soon() -> None:
    assert retry_after({}) == SHORTEST_WAIT


def test_the_headers_name_may_be_written_in_any_way() -> None:
    assert retry_after({"retry-after": "7"}) == 7.0


def test_a_date_is_held_against_the_answers_own() -> None:
    headers = {"Retry-After": "Thu, 26 Nov 2026 09:00:20 GMT", "Date": "Thu, 26 Nov 2026 09:00:00 GMT"}

    assert retry_after(headers, now=NOW) == 20.0


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def allowance(clock: Clock, *, patience: float = 30) -> Allowance:
    return Allowance(a_minute=12, at_once=10, patience=patience, clock=clock, sleep=clock.sleep)


def test_a_few_come_at_once_and_the_others_in_their_turn() -> None:
    clock = Clock()
    allowed = allowance(clock)
    taken = []
    for _ in range(100):
        allowed.take()
        taken.append(clock.now)

    assert clock.slept == pytest.approx([5.0] * 90)
    busiest = max(sum(begin <= each < begin + 60 for each in taken) for begin in taken)
    assert busiest <= 22


def test_what_was_not_used_is_there_for_the_next() -> None:
    clock = Clock()
    allowed = allowance(clock)
    for _ in range(10):
        allowed.take()
    clock.now += 50
    for _ in range(10):
        allowed.take()
    assert clock.slept == []


def test_who_would_wait_too_long_is_told_so_at_once_and_takes_nobodys_turn() -> None:
    clock = Clock()
    allowed = allowance(clock, patience=4)
    for _ in range(10):
        allowed.take()
    for _ in range(3):
        with pytest.raises(UsedUp):
            allowed.take()
    assert clock.slept == []
    clock.now += 5
    allowed.take()
    assert clock.slept == []


def test_nobody_gets_through_while_slack_asks_to_be_left_alone() -> None:
    clock = Clock()
    allowed = allowance(clock)
    allowed.close(20)
    allowed.close(5)
    allowed.take()
    assert clock.slept == [20]
    allowed.close(31)
    with pytest.raises(UsedUp):
        allowed.take()
