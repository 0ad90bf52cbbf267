"""However the end of `desk run` is asked for, the one who waits hears of it at once, and only of the first."""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest

from bot.run import SIGNALS, End

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload([__name__])

ROUNDS = 200


def killed(*asked: signal.Signals, times: int = 1) -> None:
    for each in asked * times:
        os.kill(os.getpid(), each)


def begun_and_ended_over_and_over_with_busy_threads() -> None:
    for number in range(ROUNDS):
        with End() as end, ThreadPoolExecutor(8) as threads:
            for _ in range(16):
                threads.submit(time.sleep, 0.001)
            threads.submit(killed, *(sorted(SIGNALS) if number % 2 else sorted(SIGNALS, reverse=True)))
            end.wait()


def asked_by_many_at_once() -> None:
    with End() as end:
        thread = threading.Thread(target=partial(killed, *SIGNALS, times=500))
        thread.start()
        end.wait()
        thread.join()


def asked_before_anyone_waits() -> None:
    with End() as end:
        assert not end.is_asked()
        killed(signal.SIGINT)
        assert end.is_asked()
        end.wait()


def asked_while_something_else_is_done() -> None:
    with End() as end:
        threading.Timer(0.1, killed, [signal.SIGTERM]).start()
        while not end.is_asked():
            time.sleep(0.01)
        end.wait()


def asked_again_while_it_stops() -> None:
    with End() as end:
        killed(signal.SIGINT)
        end.wait()
        for _ in range(3):
            killed(*SIGNALS)
            time.sleep(0.01)
    time.sleep(0.1)


def started_where_ctrl_c_is_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with End() as end:
        killed(signal.SIGINT)
        end.wait()


def left_as_it_was_found() -> None:
    with End() as end:
        killed(signal.SIGTERM)
        end.wait()
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & SIGNALS
    with suppress(KeyboardInterrupt):
        killed(signal.SIGINT)
        time.sleep(5)
        os._exit(1)


class Said(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        logging.getLogger().addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def asked_by_a_thread() -> None:
    said = Said()
    for _ in range(ROUNDS):
        with End() as end:
            reasons = [threading.Thread(target=end.because, args=("the token was revoked",)) for _ in range(3)]
            for each in reasons:
                each.start()
            end.wait()
            assert end.reason == "the token was revoked"
            for each in reasons:
                each.join()
        end.because("nobody waits any more")
        assert end.reason == "the token was revoked"
    assert said.lines == ["the desk ends: the token was revoked"] * ROUNDS


def asked_by_a_thread_before_anyone_waits() -> None:
    end = End()
    end.because("it was over before it began")
    with end:
        assert end.is_asked()
        end.wait()


@pytest.mark.slow
@pytest.mark.parametrize(
    "program",
    [
        begun_and_ended_over_and_over_with_busy_threads,
        asked_by_many_at_once,
        asked_before_anyone_waits,
        asked_while_something_else_is_done,
        asked_again_while_it_stops,
        started_where_ctrl_c_is_ignored,
        left_as_it_was_found,
        asked_by_a_thread,
        asked_by_a_thread_before_anyone_waits,
    ],
    ids=lambda program: program.__name__,
)
def test_the_end_is_never_missed(program: Callable[[], None]) -> None:
    process = _server.Process(target=program)
    process.start()
    process.join(120)
    code = process.exitcode
    process.kill()
    process.join()
    assert code == 0, "None: it waited for ever; negative: a signal has killed it"
