"""What breaks after an acknowledgement is caught in one place, found in the log, and told to the person."""

import logging
import re
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest

from bot.desk.people import Who
from bot.plan import Refused
from bot.slack.background_work import BackgroundWork, Lanes
from bot.slack.request import Request
from bot.slack.turns import Share, Turns
from bot.words import Words, say

AGENT = Request(who=Who("U0AGENT", "T1"), channel="C0SUPPORT")
LEAD = Request(who=Who("U0LEAD", "T1"), channel="C0SUPPORT")
MUCH = Share(at_once=100, waiting=100)
TWO = Share(at_once=1, waiting=1)


def lane(executor: Executor, *, threads: int = 4, person: Share = MUCH) -> Turns:
    return Turns(executor, threads=threads, person=person, channel=MUCH)


@pytest.fixture
def background() -> Iterator[BackgroundWork]:
    with ThreadPoolExecutor(4) as executor:
        yield BackgroundWork(Lanes(decisions=lane(executor), requests=lane(executor), refusals=lane(executor)))


@pytest.fixture
def narrow() -> Iterator[BackgroundWork]:
    """A boundary with one thread for each kind of work, and with room for two requests of each person."""
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other, ThreadPoolExecutor(1) as third:
        yield BackgroundWork(
            Lanes(decisions=lane(one, threads=1), requests=lane(other, threads=1, person=TWO), refusals=lane(third))
        )


def test_whoever_meets_a_fault_is_told_the_reference_that_the_log_has(
    background: BackgroundWork, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    background.run(lambda: 1 / 0, lambda words: told.append(str(words)), request=AGENT)  # type: ignore[arg-type]
    assert background.stop(5)
    (words,) = told
    reference = re.fullmatch(
        r"Something broke on my side\. Nothing was sent\. Tell the operator this reference: ([0-9a-f]{4})\.", words
    )
    assert reference
    assert reference[1] in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_decision_that_broke_does_not_claim_that_nothing_was_sent(background: BackgroundWork) -> None:
    told: list[str] = []

    background.run(lambda: 1 / 0, lambda words: told.append(str(words)), request=AGENT, decides=True)  # type: ignore[arg-type]
    background.stop(5)
    assert "Nothing was sent" not in told[0]
    assert "Look at the card" in told[0]


def test_an_expected_no_is_told_in_its_own_words_and_is_no_fault(
    background: BackgroundWork, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    def refuse() -> None:
        raise Refused(say("ana is verified already."))

    background.run(refuse, lambda words: told.append(str(words)), request=AGENT)
    background.stop(5)
    assert told == ["ana is verified already."]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_fault_in_the_telling_is_logged_and_goes_no_further(
    background: BackgroundWork, caplog: pytest.LogCaptureFixture
) -> None:
    def tell(_: Words) -> None:
        raise ConnectionError

    background.run(lambda: 1 / 0, tell, request=AGENT)  # type: ignore[arg-type]
    assert background.stop(5)
    assert "could not be told" in caplog.text


def test_at_the_end_what_is_under_way_is_finished_and_nothing_new_begun(background: BackgroundWork) -> None:
    go, done, told = threading.Event(), list[int](), list[str]()

    def work() -> None:
        go.wait(5)
        done.append(1)

    background.run(work, lambda _: None, request=AGENT)
    assert not background.stop(0)
    background.run(lambda: done.append(2), lambda words: told.append(str(words)), request=AGENT)
    go.set()
    assert background.stop(5)
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
    background.run(lambda: done.append(1), lambda _: None, request=AGENT)
    background.run(lambda: done.append(2), lambda _: None, request=AGENT)

    assert done == [1, 2]
    assert background.stop(1)


def test_a_decision_waits_for_no_request(narrow: BackgroundWork) -> None:
    go, begun, decided = threading.Event(), threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        assert go.wait(20)

    narrow.run(slow, lambda _: None, request=AGENT)
    assert begun.wait(20)
    narrow.run(decided.set, lambda _: None, request=LEAD, decides=True)

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
        narrow.run(slow, tell, request=AGENT)
    assert narrow.full(AGENT) is not None
    assert narrow.full(LEAD) is None
    narrow.run(lambda: done.append("too much"), tell, request=AGENT)
    assert heard.wait(20)
    narrow.run(lambda: done.append("somebody else's"), tell, request=LEAD)
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
        narrow.run(lambda: go.wait(20) and None, slack_is_slow, request=AGENT)  # type: ignore[arg-type]
    assert begun.wait(20)
    go.set()
    assert narrow.stop(20)


def test_work_that_gives_work_is_done_too(background: BackgroundWork) -> None:
    done = threading.Event()

    background.run(lambda: background.run(done.set, lambda _: None, request=AGENT), lambda _: None, request=AGENT)

    assert done.wait(20)
    assert background.stop(20)
