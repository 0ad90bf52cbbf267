"""A program that connects as the same app and is no desk of this database is noticed; a deploy raises no alarm."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select, update

from bot.tickets import connections, tables
from bot.tickets.connections import Connections, Counted, Opened, newest
from bot.tickets.store import Store


@dataclass
class Desk:
    """One desk, by what it has open."""

    database: Store
    name: str
    opened: list[Opened] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connections = Connections(self.database, self._now, owner=self.name, settling=0.0)

    def connects(self, told: int | None, *, ago: float = 0.0) -> None:
        """Open a connection, at which Slack counts so many."""
        self.opened.append(Opened(id=f"{self.name}-{len(self.opened)}", seconds=ago, told=told))

    def closes(self, which: int = 0) -> None:
        """End a connection, and Slack knows it."""
        self.opened[which] = Opened(id=self.opened[which].id, is_over=True)

    def loses(self, which: int = 0) -> None:
        """Lose a connection, and Slack may not know it."""
        del self.opened[which]

    def looks(self) -> None:
        """Look as often as it takes to write down and to judge."""
        self.connections.look()
        self.connections.look()

    def _now(self) -> Sequence[Opened]:
        return tuple(self.opened)


@pytest.fixture
def alarms(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.INFO)
    return lambda: [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


@pytest.fixture
def desk(database: Store) -> Desk:
    return Desk(database, "first")


@pytest.fixture
def other(database: Store) -> Desk:
    return Desk(database, "second")


def counted(database: Store) -> Counted | None:
    with database.reading() as connection:
        return newest(connection, database.now(connection))


def pass_time(database: Store, seconds: float) -> None:
    """Let everything that is written down be so many seconds older."""
    row = tables.socket.c
    older = {each.name: each - seconds for each in (row.opened_at, row.seen_at, row.closed_at)}
    with database.transaction() as connection:
        connection.execute(update(tables.socket).values(older))


def test_a_desk_alone_is_no_reason_for_an_alarm(desk: Desk, database: Store, alarms: Callable[[], list[str]]) -> None:
    desk.connects(1)
    desk.looks()

    assert alarms() == []
    found = counted(database)
    assert found
    assert (found.told, found.ours, found.strangers) == (1, 1, 0)


def test_a_stranger_is_told_once_loudly_with_the_cure_and_so_is_its_end(
    desk: Desk, database: Store, caplog: pytest.LogCaptureFixture, alarms: Callable[[], list[str]]
) -> None:
    desk.connects(9)
    for _ in range(5):
        desk.looks()
    pass_time(database, 3600)
    desk.closes()
    desk.connects(9)
    desk.looks()

    (alarm,) = alarms()
    assert alarm.startswith("Slack counts 9 connections of this app, but the desks on this database had 1. Another")
    assert "revoke the old one" in alarm
    pass_time(database, 3600)
    desk.connects(2)
    desk.looks()
    assert len(alarms()) == 1
    assert "no other program is connected with this app token any more" in caplog.text


def test_at_a_refresh_the_old_and_the_new_connection_are_both_ones_own(
    desk: Desk, database: Store, alarms: Callable[[], list[str]]
) -> None:
    desk.connects(1, ago=18000)
    desk.looks()
    desk.connects(2)
    desk.closes()
    # By the time at which it can be judged the old one is long over.
    desk.looks()
    pass_time(database, 5)
    desk.looks()

    assert alarms() == []
    found = counted(database)
    assert found
    assert (found.told, found.ours) == (2, 2)


def test_replicas_that_start_in_the_same_moment_raise_no_alarm(
    desk: Desk, other: Desk, alarms: Callable[[], list[str]]
) -> None:
    desk.connections = Connections(desk.database, desk._now, owner=desk.name, settling=3600.0)
    desk.connects(2)
    desk.looks()
    other.connects(2)
    other.looks()
    pass_time(desk.database, 3600)
    desk.looks()

    assert alarms() == []


def test_a_rolling_deploy_raises_no_alarm(desk: Desk, other: Desk, alarms: Callable[[], list[str]]) -> None:
    desk.connects(1, ago=18000)
    desk.looks()
    other.connects(2)
    other.connections.look()
    desk.connections.stop(1)
    other.looks()

    assert alarms() == []


@pytest.mark.parametrize("seconds", [5, 500])
def test_a_connection_that_was_lost_counts_for_as_long_as_slack_may_count_it(
    desk: Desk, database: Store, alarms: Callable[[], list[str]], seconds: float
) -> None:
    desk.connects(1)
    desk.looks()
    desk.loses()
    desk.looks()
    pass_time(database, seconds)
    desk.connects(2)
    desk.looks()

    assert alarms() == []


def test_what_was_lost_long_ago_counts_no_more(desk: Desk, database: Store, alarms: Callable[[], list[str]]) -> None:
    desk.connects(1)
    desk.looks()
    pass_time(database, 3600)
    successor = Desk(database, "successor")
    successor.connects(2)
    successor.looks()

    assert len(alarms()) == 1


def test_nobody_is_judged_where_slack_says_no_number(
    desk: Desk, database: Store, alarms: Callable[[], list[str]]
) -> None:
    desk.connects(None)
    desk.looks()

    assert alarms() == []
    assert counted(database) is None


def test_a_desk_that_has_gone_leaves_nothing_to_judge(desk: Desk, other: Desk, database: Store) -> None:
    assert counted(database) is None
    desk.connects(1)
    desk.looks()
    assert counted(database)
    desk.connections.stop(1)
    assert counted(database) is None
    other.connects(1)
    other.looks()
    pass_time(database, connections.FRESH + 1)
    assert counted(database) is None


def test_old_rows_are_forgotten(desk: Desk, other: Desk, database: Store) -> None:
    desk.connects(1)
    desk.looks()
    pass_time(database, 2 * 86400)
    other.connects(1)
    other.looks()

    with database.reading() as connection:
        assert connection.execute(select(tables.socket.c.owner)).scalars().all() == ["second"]


def test_a_database_that_is_away_is_no_end_of_looking(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.database.engine.dispose()
    with desk.database.transaction() as connection:
        tables.socket.drop(connection)
    desk.connections = Connections(desk.database, desk._now, owner=desk.name, every=0.01)
    desk.connects(1)
    desk.connections.start()
    asked = threading.Semaphore(0)
    desk.opened = _Watched(desk.opened, asked)
    for _ in range(3):
        assert asked.acquire(timeout=60)
    desk.connections.stop(60)

    assert caplog.text.count("could not be written down (") >= 2


class _Watched(list[Opened]):
    """Says whenever somebody looks at it."""

    def __init__(self, held: list[Opened], asked: threading.Semaphore) -> None:
        super().__init__(held)
        self._asked = asked

    def __iter__(self) -> Iterator[Opened]:
        self._asked.release()
        return super().__iter__()
