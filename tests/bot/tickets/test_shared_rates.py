"""What AWS allows is shared by all who read pools and send runs; single requests never wait for it."""

import itertools

import pytest
from sqlalchemy import select, update

from bot.tickets import shared_rates, tables
from bot.tickets.shared_rates import Pacer, SharedRates, Window
from bot.tickets.store import Store

KEY = "own|us-east-1|UserList"


def test_two_processes_get_windows_one_after_the_other(database: Store) -> None:
    windows = [SharedRates(database).window(KEY, 10) for _ in range(4)]
    assert [each.tokens for each in windows] == [10] * 4
    starts = [each.starts_in for each in windows]
    # Each begins where the one before ends; the database's clock goes on meanwhile.
    assert starts[0] == 0
    assert all(after - before <= 1.0 for before, after in itertools.pairwise(starts))
    assert starts[3] > 2.0


def test_a_slow_rate_gives_one_request_in_a_longer_time(database: Store) -> None:
    window = SharedRates(database).window(KEY, 0.25)
    assert (window.tokens, window.seconds) == (1, 4.0)


def test_less_is_tried_after_refusals_and_then_more_again(database: Store) -> None:
    rates = SharedRates(database)
    rates.window(KEY, 100)
    assert rates.window(KEY, 100, refused=0.5).tokens == 50
    with database.transaction() as connection:
        connection.execute(update(tables.rate).values(at=tables.rate.c.at - 2, taken_until=0))
    assert 55 < rates.window(KEY, 100).tokens <= 65


def test_some_refusals_by_chance_mean_nothing_and_a_little_is_always_tried(database: Store) -> None:
    rates = SharedRates(database)
    assert rates.window(KEY, 100, refused=0.02).tokens == 100
    for _ in range(5):
        least = rates.window(KEY, 100, refused=1.0)
    assert least.tokens == 5


def test_what_single_requests_used_is_subtracted(database: Store) -> None:
    rates = SharedRates(database)
    rates.window(KEY, 10)
    before = _taken_until(database)
    for _ in range(20):
        rates.count(KEY)
    rates.count("own|us-east-1|UserRead")
    rates.subtract()
    assert _taken_until(database) == pytest.approx(before + 2.0)
    rates.subtract()
    assert _taken_until(database) == pytest.approx(before + 2.0)


def test_a_row_that_nobody_uses_is_left_alone(database: Store) -> None:
    rates = SharedRates(database)
    rates.window(KEY, 10)
    with database.transaction() as connection:
        connection.execute(update(tables.rate).values(at=tables.rate.c.at - 60))
    before = _taken_until(database)
    rates.count(KEY)
    rates.subtract()
    assert _taken_until(database) == before


def test_a_clock_that_was_set_back_keeps_nobody_waiting_for_long(database: Store) -> None:
    rates = SharedRates(database)
    rates.window(KEY, 10)
    with database.transaction() as connection:
        connection.execute(update(tables.rate).values(taken_until=tables.rate.c.taken_until + 3600))
    assert rates.window(KEY, 10).starts_in == pytest.approx(10.0)


def _taken_until(database: Store) -> float:
    with database.reading() as connection:
        return float(connection.execute(select(tables.rate.c.taken_until)).scalar_one())


class _Clock:
    """Time passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.refused: list[float] = []
        self._until = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def window(self, refused: float) -> Window:
        self.refused.append(refused)
        starts = max(self.now, self._until)
        self._until = starts + 1.0
        return Window(starts_in=starts - self.now, tokens=10, seconds=1.0)


def test_requests_are_spread_evenly() -> None:
    clock = _Clock()
    pacer = Pacer(clock.window, clock=lambda: clock.now, sleep=clock.sleep)
    left = []
    for _ in range(31):
        pacer.take()
        left.append(round(clock.now - 100, 6))
    assert left == pytest.approx([n / 10 for n in range(31)])


def test_the_next_window_is_told_which_part_was_refused() -> None:
    clock = _Clock()
    pacer = Pacer(clock.window, clock=lambda: clock.now, sleep=clock.sleep)
    for n in range(11):
        pacer.take()
        if n < 5:
            pacer.throttled()
    assert clock.refused[0] == 0
    assert 0.4 < clock.refused[1] <= 0.8


def test_a_long_standstill_is_not_made_good_all_at_once() -> None:
    clock = _Clock()
    pacer = Pacer(clock.window, clock=lambda: clock.now, sleep=clock.sleep)
    pacer.take()
    clock.now += 60
    at_once, before = 0, clock.now
    while clock.now == before:
        pacer.take()
        at_once += 1
    assert at_once <= 10 * shared_rates.WINDOW
