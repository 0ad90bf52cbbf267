"""A slow read is made once for all who wait for it, and not used for longer than it may be."""

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.desk.recent import Overdue, Recent


class Reads:
    """A read that counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _: str) -> int:
        self.count += 1
        return self.count


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


def test_a_value_is_read_once_and_again_when_it_is_too_old() -> None:
    clock = Clock()
    recent = Recent(Reads(), seconds=60, clock=clock)

    assert [recent.get("a"), recent.get("a"), recent.get("b")] == [1, 1, 2]
    clock.now = 59.9
    assert recent.get("a") == 1
    clock.now = 61
    assert recent.get("a") == 3


def test_fresh_takes_only_a_read_that_begins_after_the_question() -> None:
    clock = Clock()
    recent = Recent(Reads(), seconds=60, clock=clock)

    assert [recent.get("a"), recent.get("a", fresh=True), recent.get("a")] == [1, 2, 2]


def test_fifty_who_ask_at_once_wait_for_one_read() -> None:
    go, reads = threading.Event(), list[str]()

    def slow(key: str) -> int:
        reads.append(key)
        go.wait(60)
        return len(reads)

    recent = Recent(slow, seconds=60)
    with ThreadPoolExecutor(50) as people:
        waiting = [people.submit(recent.get, "a") for _ in range(50)]
        go.set()
        assert {each.result(60) for each in waiting} == {1}
    assert reads == ["a"]


def test_fresh_readers_who_wait_for_an_older_read_share_the_next_one() -> None:
    started, go, reads = threading.Event(), threading.Event(), list[str]()

    def slow(key: str) -> int:
        reads.append(key)
        started.set()
        go.wait(60)
        return len(reads)

    recent = Recent(slow, seconds=60)
    with ThreadPoolExecutor(20) as people:
        first = people.submit(recent.get, "a")
        assert started.wait(60)
        fresh = [people.submit(recent.get, "a", fresh=True) for _ in range(10)]
        while sum(each.running() for each in fresh) < 10:
            pass
        go.set()
        assert first.result(60) == 1
        assert min(each.result(60) for each in fresh) >= 2
    assert len(reads) <= 3


def test_a_failure_is_told_to_whoever_waited_and_forgotten() -> None:
    answers: list[OSError | int] = [OSError("away"), 7]

    def read(_: str) -> int:
        answer = answers.pop(0)
        if not isinstance(answer, int):
            raise answer
        return answer

    recent = Recent(read, seconds=60)
    with pytest.raises(OSError, match="away"):
        recent.get("a")
    assert not recent.knows("a")
    assert recent.get("a") == 7
    assert recent.knows("a")


def test_fresh_readers_who_come_while_a_read_waits_for_its_turn_share_it() -> None:
    looks, turn, reads = itertools.count(1), threading.Event(), list[str]()
    everyone_asked = threading.Event()

    def clock() -> float:
        # A hundred look when they ask, and the first of them once more before it waits for its turn.
        if next(looks) == 101:
            everyone_asked.set()
        return time.monotonic()

    def read(key: str) -> int:
        reads.append(key)
        return len(reads)

    recent = Recent(read, seconds=60, clock=clock, turn=lambda: assert_set(turn))
    with ThreadPoolExecutor(100) as people:
        asking = [people.submit(recent.get, "a", fresh=True) for _ in range(100)]
        assert everyone_asked.wait(60)
        turn.set()
        assert {each.result(60) for each in asking} == {1}
    assert reads == ["a"]


def assert_set(event: threading.Event) -> None:
    assert event.wait(60)


def test_who_needs_nothing_new_waits_for_nobody_who_does() -> None:
    reading, go, reads = threading.Event(), threading.Event(), list[str]()

    def read(key: str) -> int:
        reads.append(key)
        if len(reads) > 1:
            reading.set()
            assert_set(go)
        return len(reads)

    recent = Recent(read, seconds=600)
    assert recent.get("a") == 1
    with ThreadPoolExecutor(1) as other:
        fresh = other.submit(recent.get, "a", fresh=True)
        assert reading.wait(60)
        assert recent.get("a") == 1
        assert not fresh.done()
        go.set()
        assert fresh.result(60) == 2


def test_a_turn_that_never_comes_is_told_like_a_failed_read() -> None:
    def never() -> None:
        raise OSError("too much")

    with pytest.raises(OSError, match="too much"):
        Recent(Reads(), seconds=60, turn=never).get("a")


def test_who_waits_for_somebody_elses_read_waits_with_a_limit() -> None:
    started, go = threading.Event(), threading.Event()

    def slow(_: str) -> int:
        started.set()
        go.wait(60)
        return 1

    recent = Recent(slow, seconds=60, patience=0.05)
    with ThreadPoolExecutor(1) as people:
        first = people.submit(recent.get, "a")
        assert started.wait(20)
        with pytest.raises(Overdue):
            recent.get("a")
        go.set()
        assert first.result(20) == 1
    assert recent.get("a") == 1
