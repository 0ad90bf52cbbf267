"""What breaks after an acknowledgement is caught in one place, found in the log, and told to the person."""

import logging
import re
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest

from bot.plan import Refused
from bot.slack.boundary import Boundary
from bot.words import Words, say


@pytest.fixture
def boundary() -> Iterator[Boundary]:
    with ThreadPoolExecutor(4) as executor:
        yield Boundary(executor)


def test_whoever_meets_a_fault_is_told_the_reference_that_the_log_has(
    boundary: Boundary, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    boundary.run(lambda: 1 / 0, lambda words: told.append(str(words)))  # type: ignore[arg-type]
    assert boundary.stop(5)
    (words,) = told
    reference = re.fullmatch(
        r"Something broke on my side\. Nothing was sent\. Tell the operator this reference: ([0-9a-f]{4})\.", words
    )
    assert reference
    assert reference[1] in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_decision_that_broke_does_not_claim_that_nothing_was_sent(boundary: Boundary) -> None:
    told: list[str] = []

    boundary.run(lambda: 1 / 0, lambda words: told.append(str(words)), decides=True)  # type: ignore[arg-type]
    boundary.stop(5)
    assert "Nothing was sent" not in told[0]
    assert "Look at the card" in told[0]


def test_an_expected_no_is_told_in_its_own_words_and_is_no_fault(
    boundary: Boundary, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    def refuse() -> None:
        raise Refused(say("ana is verified already."))

    boundary.run(refuse, lambda words: told.append(str(words)))
    boundary.stop(5)
    assert told == ["ana is verified already."]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_fault_in_the_telling_is_logged_and_goes_no_further(
    boundary: Boundary, caplog: pytest.LogCaptureFixture
) -> None:
    def tell(_: Words) -> None:
        raise ConnectionError

    boundary.run(lambda: 1 / 0, tell)  # type: ignore[arg-type]
    assert boundary.stop(5)
    assert "could not be told" in caplog.text


def test_at_the_end_what_is_under_way_is_finished_and_nothing_new_begun(boundary: Boundary) -> None:
    go, done, told = threading.Event(), list[int](), list[str]()

    def work() -> None:
        go.wait(5)
        done.append(1)

    boundary.run(work, lambda _: None)
    assert not boundary.stop(0)
    boundary.run(lambda: done.append(2), lambda words: told.append(str(words)))
    assert "being restarted" in told[0]
    go.set()
    assert boundary.stop(5)
    assert done == [1]


def test_work_that_ends_before_anyone_looks_holds_nobody_up() -> None:
    class AtOnce(Executor):
        """Runs work in the very moment it is given some."""

        def submit(self, work: Any, /, *arguments: Any, **_: Any) -> Future[Any]:
            done = Future[Any]()
            done.set_result(work(*arguments))
            return done

    done = list[int]()
    boundary = Boundary(AtOnce())
    boundary.run(lambda: done.append(1), lambda _: None)
    boundary.run(lambda: done.append(2), lambda _: None)

    assert done == [1, 2]
    assert boundary.stop(1)
