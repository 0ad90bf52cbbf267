"""An allowance keeps a rate: a few at once, the others in their turn, and nobody waits for ever."""

import pytest

from bot.allowance import Allowance, UsedUp


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
