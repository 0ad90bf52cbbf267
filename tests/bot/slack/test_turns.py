"""People take turns at the threads they share, and nobody gets more than their share."""

import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest

from bot.slack.turns import Full, Piece, Share, Turns

HERE = "C0SUPPORT"
MUCH = Share(at_once=100, waiting=1000)


class ByHand(Executor):
    """Begins work as it is given, and ends a piece when the test says so."""

    def __init__(self) -> None:
        self.begun: list[tuple[Any, Future[Any]]] = []

    def submit(self, work: Any, /, *arguments: Any, **_: Any) -> Future[Any]:
        future = Future[Any]()
        self.begun.append((work, future))
        work()
        return future

    def end(self, n: int) -> None:
        self.begun[n][1].set_result(None)


def turns(executor: Executor, threads: int, person: Share = MUCH, channel: Share = MUCH) -> Turns:
    return Turns(executor, threads=threads, person=person, channel=channel)


def give(shared: Turns, person: str, order: list[str], name: str, channel: str = HERE) -> None:
    shared.give(Piece(person=person, channel=channel, work=lambda: order.append(name)))


def test_however_much_one_has_asked_for_the_next_one_comes_next() -> None:
    by_hand, order = ByHand(), list[str]()
    shared = turns(by_hand, 1)
    for n in range(100):
        give(shared, "busy", order, f"busy {n}")
    give(shared, "ana", order, "ana 0")
    give(shared, "ben", order, "ben 0")
    give(shared, "ana", order, "ana 1")
    for n in range(6):
        by_hand.end(n)

    assert order == ["busy 0", "busy 1", "ana 0", "ben 0", "busy 2", "ana 1", "busy 3"]


def test_nobody_has_more_than_their_share_of_the_threads() -> None:
    by_hand, order = ByHand(), list[str]()
    shared = turns(by_hand, 10, person=Share(at_once=2, waiting=10))
    for n in range(5):
        give(shared, "busy", order, f"busy {n}")
    give(shared, "ana", order, "ana 0")
    assert order == ["busy 0", "busy 1", "ana 0"]

    by_hand.end(1)
    assert order[3:] == ["busy 2"]


def test_a_crowded_channel_leaves_threads_for_the_next_one() -> None:
    by_hand, order = ByHand(), list[str]()
    shared = turns(by_hand, 4, channel=Share(at_once=3, waiting=10))
    for n in range(4):
        give(shared, f"person {n}", order, f"crowd {n}", "C0CROWD")
    give(shared, "person 3", order, "elsewhere", "C0OTHER")
    assert order == ["crowd 0", "crowd 1", "crowd 2", "elsewhere"]

    by_hand.end(0)
    assert order[4:] == ["crowd 3"]


def test_past_a_share_nothing_is_taken_until_something_has_ended() -> None:
    by_hand, order = ByHand(), list[str]()
    shared = turns(by_hand, 10, person=Share(at_once=1, waiting=2))
    for n in range(3):
        give(shared, "busy", order, f"busy {n}")
    with pytest.raises(Full) as full:
        give(shared, "busy", order, "too much")
    assert (full.value.under_way, full.value.whole_channel) == (3, False)
    give(shared, "ana", order, "ana")

    by_hand.end(0)
    give(shared, "busy", order, "busy 3")
    for n in range(1, 5):
        by_hand.end(n)
    assert order == ["busy 0", "ana", "busy 1", "busy 2", "busy 3"]
    shared.check("busy", HERE)


def test_a_channels_share_is_said_to_be_the_channels() -> None:
    by_hand, order = ByHand(), list[str]()
    shared = turns(by_hand, 10, channel=Share(at_once=1, waiting=1))
    give(shared, "ana", order, "ana")
    give(shared, "ben", order, "ben")
    with pytest.raises(Full) as full:
        shared.check("eve", HERE)
    assert (full.value.under_way, full.value.whole_channel) == (2, True)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as executor:
        yield executor


def test_under_many_threads_everything_is_done_once_and_nothing_is_left_in_hand(threads: ThreadPoolExecutor) -> None:
    shared = turns(threads, 4, person=Share(at_once=2, waiting=1000))
    done, lock, all_done = list[str](), threading.Lock(), threading.Event()
    names = [f"{person}:{n}" for n in range(100) for person in ("ana", "ben", "eve")]

    def work(name: str) -> None:
        with lock:
            done.append(name)
            if len(done) == len(names):
                all_done.set()

    for name in names:
        person = name.partition(":")[0]
        shared.give(Piece(person=person, channel=HERE, work=lambda name=name: work(name)))  # type: ignore[misc]
    assert all_done.wait(20)
    threads.shutdown(wait=True)
    assert sorted(done) == sorted(names)
    assert not shared._in_hand
    assert not shared._running
