"""Work after an acknowledgement: what breaks in it is caught in one place, and people take turns at its threads."""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from bot.answer import Refused
from bot.slack.background_work import BackgroundWork, Full, Lanes, Piece, Share, Touches, Turns
from bot.words import Words, say

AGENT, LEAD, CHANNEL = "U0AGENT", "U0LEAD", "C0SUPPORT"
MUCH = Share(at_once=100, waiting=100)
TWO = Share(at_once=1, waiting=1)


def nobody(_: Words) -> None:
    """Tell nobody."""


def piece(
    work: Callable[[], Any],
    tell: Callable[[Words], None] = nobody,
    *,
    person: str = AGENT,
    channel: str = CHANNEL,
    touches: Touches = Touches.NOTHING,
) -> Piece:
    return Piece(person=person, channel=channel, work=work, tell=tell, touches=touches)


def lane(executor: Executor, *, threads: int = 4, person: Share = MUCH) -> Turns:
    return Turns(executor, threads=threads, person=person, channel=MUCH)


@pytest.fixture
def background() -> Iterator[BackgroundWork]:
    with ThreadPoolExecutor(4) as executor:
        yield BackgroundWork(Lanes(decisions=lane(executor), requests=lane(executor), refusals=lane(executor)))


@pytest.fixture
def narrow() -> Iterator[BackgroundWork]:
    """Background work with one thread for each kind of work, and with room for two requests of each person."""
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other, ThreadPoolExecutor(1) as third:
        yield BackgroundWork(
            Lanes(decisions=lane(one, threads=1), requests=lane(other, threads=1, person=TWO), refusals=lane(third))
        )


def test_whoever_meets_a_fault_is_told_the_reference_that_the_log_has(
    background: BackgroundWork, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    background.run(piece(lambda: 1 / 0, lambda words: told.append(str(words))))
    assert background.stop(60)
    (words,) = told
    reference = re.fullmatch(
        r"Something broke on my side\. Nothing was sent\. Tell the operator this reference: ([0-9a-f]{4})\.", words
    )
    assert reference
    assert reference[1] in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_decision_that_broke_does_not_claim_that_nothing_was_sent(background: BackgroundWork) -> None:
    told: list[str] = []

    background.run(piece(lambda: 1 / 0, lambda words: told.append(str(words)), touches=Touches.TICKET))
    background.stop(60)
    assert "Nothing was sent" not in told[0]
    assert "Look at the card" in told[0]


def test_an_expected_no_is_told_in_its_own_words_and_is_no_fault(
    background: BackgroundWork, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    def refuse() -> None:
        raise Refused(say("ana is verified already."))

    background.run(piece(refuse, lambda words: told.append(str(words))))
    background.stop(60)
    assert told == ["ana is verified already."]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_fault_in_the_telling_is_logged_and_goes_no_further(
    background: BackgroundWork, caplog: pytest.LogCaptureFixture
) -> None:
    def tell(_: Words) -> None:
        raise ConnectionError

    background.run(piece(lambda: 1 / 0, tell))
    assert background.stop(60)
    assert "could not be told" in caplog.text


def test_at_the_end_what_is_under_way_is_finished_and_nothing_new_begun(background: BackgroundWork) -> None:
    go, done, told = threading.Event(), list[int](), list[str]()

    def work() -> None:
        go.wait(60)
        done.append(1)

    background.run(piece(work))
    assert not background.stop(0)
    background.run(piece(lambda: done.append(2), lambda words: told.append(str(words))))
    go.set()
    assert background.stop(60)
    assert "being restarted" in told[0]
    assert done == [1]


def test_work_that_ends_before_anyone_looks_holds_nobody_up() -> None:
    class AtOnce(Executor):
        """Runs work in the very moment it is given some."""

        def submit(self, work: Any, /, *arguments: Any, **_: Any) -> Future[Any]:
            done = Future[Any]()
            done.set_result(work(*arguments))
            return done

    done = list[int]()
    at_once = AtOnce()
    background = BackgroundWork(Lanes(decisions=lane(at_once), requests=lane(at_once), refusals=lane(at_once)))
    background.run(piece(lambda: done.append(1)))
    background.run(piece(lambda: done.append(2)))

    assert done == [1, 2]
    assert background.stop(60)


def test_a_decision_waits_for_no_request(narrow: BackgroundWork) -> None:
    go, begun, decided = threading.Event(), threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        assert go.wait(20)

    narrow.run(piece(slow))
    assert begun.wait(20)
    narrow.run(piece(decided.set, person=LEAD, touches=Touches.TICKET))

    assert decided.wait(20)
    go.set()
    assert narrow.stop(20)


def test_who_asks_for_more_than_their_share_is_told_at_once_and_nobody_else_is(narrow: BackgroundWork) -> None:
    go, told, done = threading.Event(), list[str](), list[str]()
    heard = threading.Event()

    def tell(words: Words) -> None:
        told.append(str(words))
        heard.set()

    def slow() -> None:
        assert go.wait(20)
        done.append("slow")

    for _ in range(2):
        narrow.run(piece(slow, tell))
    assert narrow.full(AGENT, CHANNEL) is not None
    assert narrow.full(LEAD, CHANNEL) is None
    narrow.run(piece(lambda: done.append("too much"), tell))
    assert heard.wait(20)
    narrow.run(piece(lambda: done.append("somebody else's"), tell, person=LEAD))
    go.set()

    assert narrow.stop(20)
    assert told == ["You have 2 requests under way. Please wait for one of them and try again."]
    assert sorted(done) == ["slow", "slow", "somebody else's"]


def test_to_give_work_never_waits_for_slack_not_even_to_refuse_it(narrow: BackgroundWork) -> None:
    go, begun = threading.Event(), threading.Event()

    def slack_is_slow(_: Words) -> None:
        begun.set()
        assert go.wait(20)

    for _ in range(300):
        # Would this thread tell it by itself, it would wait here for good.
        narrow.run(piece(lambda: go.wait(20), slack_is_slow))
    assert begun.wait(20)
    go.set()
    assert narrow.stop(20)


def test_work_that_gives_work_is_done_too(background: BackgroundWork) -> None:
    done = threading.Event()

    background.run(piece(lambda: background.run(piece(done.set))))

    assert done.wait(20)
    assert background.stop(20)


# People take turns at the threads they share, and nobody gets more than their share.


HERE = "C0SUPPORT"
PLENTY = Share(at_once=100, waiting=1000)


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


def turns(executor: Executor, threads: int, person: Share = PLENTY, channel: Share = PLENTY) -> Turns:
    return Turns(executor, threads=threads, person=person, channel=channel)


def give(shared: Turns, person: str, order: list[str], name: str, channel: str = HERE) -> None:
    shared.give(piece(lambda: order.append(name), person=person, channel=channel))


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
        shared.give(piece(partial(work, name), person=person))
    assert all_done.wait(20)
    threads.shutdown(wait=True)
    assert sorted(done) == sorted(names)
    assert not shared._in_hand
    assert not shared._running
