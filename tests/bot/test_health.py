"""What answers how the desk is: its words, and that nobody who asks badly keeps others from asking."""

import http.client
import math
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from bot.health import Health, Part
from bot.settings import Listen
from bot.timings import UNHURRIED


def part(name: str, seconds: float) -> Part:
    return Part(name=name, seconds=lambda: seconds, limit=8.0, never="never", failing="nothing for")


@pytest.fixture
def started() -> Iterator[Callable[..., Health]]:
    """Start one that listens at a host, with threads that must live; ends all of them."""
    made: list[Health] = []

    def start(*threads: threading.Thread, host: str = "127.0.0.1", patience: float = 60.0) -> Health:
        health = Health(
            Listen(host, 0),
            [part("slack", 1.0)],
            threads=threads,
            looking=(),
            metrics=lambda _: (b"metrics", "text/plain"),
            patience=patience,
        )
        made.append(health)
        health.start()
        return health

    yield start
    for each in made:
        each.stop(60)


def get(health: Health, path: str, host: str = "127.0.0.1") -> tuple[int, str]:
    with closing(http.client.HTTPConnection(host, health.port, timeout=60)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def test_each_thing_that_fails_is_a_line() -> None:
    parts = [part("slack", 1.0), part("database", 8.5), part("sweeper", math.inf)]
    health = Health(Listen("127.0.0.1", 0), parts, threads=(), looking=(), metrics=lambda _: (b"", ""), patience=1.0)

    assert health.readyz() == (503, "database: nothing for 8 s\nsweeper: never\n")
    assert health.by_part() == {"slack": True, "database": False, "sweeper": False}


def test_it_is_alive_until_a_thread_that_must_live_has_ended(started: Callable[..., Health]) -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait, name="writer")
    health = started(thread)
    # Before its start nothing is missing.
    assert get(health, "/livez") == (200, "alive\n")
    thread.start()
    assert get(health, "/livez") == (200, "alive\n")
    over.set()
    thread.join()
    assert get(health, "/livez") == (503, "writer: its thread has ended\n")
    health.stopping()
    assert get(health, "/livez") == (200, "alive\n")


@pytest.mark.parametrize("sends", [b"", b"GET /readyz HTTP/1.0\r\nX: "])
def test_who_says_nothing_or_half_of_it_is_cut_off_and_holds_up_nobody(
    started: Callable[..., Health], sends: bytes
) -> None:
    health = started(patience=0.5)
    with socket.create_connection(("127.0.0.1", health.port), timeout=60) as stuck:
        stuck.sendall(sends)
        assert get(health, "/readyz") == (200, "ready\n")
        assert stuck.recv(1) == b""


def test_more_than_enough_at_once_are_turned_away(started: Callable[..., Health]) -> None:
    health = started()
    with ExitStack() as stack:
        for _ in range(32):
            stack.enter_context(socket.create_connection(("127.0.0.1", health.port), timeout=60))
        with socket.create_connection(("127.0.0.1", health.port), timeout=60) as one_more:
            assert one_more.recv(1) == b""


def test_it_listens_on_ipv6_too(started: Callable[..., Health]) -> None:
    if not socket.has_ipv6 or not _has_loopback():
        return
    assert get(started(host="::1"), "/metrics", host="::1") == (200, "metrics")


def _has_loopback() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_it_does_not_say_what_it_is_made_of(started: Callable[..., Health]) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", started().port, timeout=60)) as connection:
        connection.request("POST", "/readyz")
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Server"].strip()) == (501, "desk")


def test_what_fails_is_noticed_within_ten_seconds_and_not_before_it_had_its_turn() -> None:
    health = UNHURRIED.health
    assert max(health.slack, health.database, health.sweeper) < 10
    assert health.slack > UNHURRIED.socket.ping
    assert health.database > health.probe + UNHURRIED.lock
    assert health.sweeper > 2 * UNHURRIED.sweep
