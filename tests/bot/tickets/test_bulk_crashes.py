"""A desk that dies at any write of a run: the next one settles by reading what it left, and nobody is called twice."""

import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from bot.ticket import State, Ticket
from bot.tickets import tables
from tests.bot.office import LEAD1
from tests.bot.tickets.many_people import DONE, IN_DOUBT, Desk, Pool, checked
from tests.databases import MovedStore

PEOPLE = 2


class Killed(Exception):
    """What a process would not live to see."""


class Dying(MovedStore):
    """The database as a process sees it that dies at one of its writes, before that is committed or right after."""

    dies_at = 0
    """Counted from 1; 0: it lives."""
    dies_after = False
    writes = 0

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        if self.is_dead:
            raise Killed
        self.writes += 1
        mine = self.writes
        with super().transaction() as connection:
            yield connection
            if mine == self.dies_at and not self.dies_after:
                raise Killed
        if mine == self.dies_at:
            raise Killed

    @contextmanager
    def reading(self, *, patiently: bool = False) -> Iterator[Connection]:
        if self.is_dead:
            raise Killed
        with super().reading(patiently=patiently) as connection:
            yield connection

    @property
    def is_dead(self) -> bool:
        return 0 < self.dies_at <= self.writes


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def two(database_url: str, pool: Pool, database: object) -> Iterator[tuple[Desk, Desk]]:
    """A desk that dies, and one that comes a minute later."""
    first, second = Dying(database_url), MovedStore(database_url)
    desks = Desk(first, pool), Desk(second, pool)
    yield desks
    first.dies_at = 0
    for desk in desks:
        desk.close()
        desk.store.close()


def survived(two: tuple[Desk, Desk], ticket: Ticket, *, at: int, after: bool) -> tuple[Ticket, bool]:
    """Let the first desk run a ticket until it dies, then the second. Return how that ended, and whether it died."""
    first, second = two
    dying, later = first.store, second.store
    assert isinstance(dying, Dying)
    assert isinstance(later, MovedStore)
    dying.writes, dying.dies_at, dying.dies_after = 0, at, after
    for _ in range(5):
        if not dying.is_dead:
            with suppress(Killed):
                first.looks()
    died, dying.dies_at = dying.is_dead, 0
    first.runs.forget()
    later.ahead = 60.0
    dying.ahead = 60.0
    ended = second.carried(ticket)
    later.ahead = dying.ahead = 0.0
    return ended, died


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after it"])
def test_whatever_write_it_dies_at_everybody_is_called_once(two: tuple[Desk, Desk], pool: Pool, after: bool) -> None:
    _, desk = two
    for at in itertools.count(1):
        pool.users.clear()
        pool.sent.clear()
        for n in range(PEOPLE):
            pool.through(f"at{at}-{n}")
        checked(desk.store, pool)
        ticket = desk.agree(desk.verify_all())
        ended, died = survived(two, ticket, at=at, after=after)
        assert ended.state is State.DONE, at
        assert set(desk.states(ticket).values()) == {DONE}
        assert set(Counter(pool.sent).values()) == {1}, at
        assert pool.unverified == []
        assert desk.audited(ticket).count("done for one") == PEOPLE
        assert nothing_busy(desk)
        if not died:
            break
    assert at > 4


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after it"])
def test_whatever_write_it_dies_at_nobody_is_mailed_twice(two: tuple[Desk, Desk], pool: Pool, after: bool) -> None:
    _, desk = two
    pool.pool = replace(pool.pool, mails_a_day=10_000, sends_with_ses=True)
    for at in itertools.count(1):
        pool.users.clear()
        pool.sent.clear()
        for n in range(PEOPLE):
            user = pool.add(f"at{at}-{n}", f"at{at}-{n}@example.com")
            long_ago = datetime.now(UTC) - timedelta(days=90)
            pool.users[user.username] = replace(
                user, status="FORCE_CHANGE_PASSWORD", created=long_ago, modified=long_ago
            )
        checked(desk.store, pool)
        ticket = desk.agree(desk.ask("bulk-invite", who=LEAD1))
        ended, died = survived(two, ticket, at=at, after=after)
        ends = Counter(desk.states(ticket).values())
        assert set(ends) <= {DONE, IN_DOUBT}
        assert ended.state is (State.IN_DOUBT if ends[IN_DOUBT] else State.DONE)
        # Whom nobody is in doubt about was mailed; of the others nobody knows.
        assert ends[DONE] <= len(pool.sent) <= PEOPLE
        assert set(Counter(pool.sent).values()) <= {1}
        assert nothing_busy(desk)
        if not died:
            break
    assert at > 4


def test_two_desks_share_a_run(two: tuple[Desk, Desk], pool: Pool) -> None:
    first, second = two
    pool.crowd(200)
    checked(second.store, pool)
    ticket = second.agree(second.verify_all())
    first.looks()
    for desk in (first, second, first, second):
        desk.runs.look()
    assert first.runs.wait()
    assert second.runs.wait()
    assert second.carried(ticket).state is State.DONE
    assert len(pool.sent) == len(set(pool.sent)) == 200
    assert second.audited(ticket).count("done") == 1


def nothing_busy(desk: Desk) -> bool:
    with desk.store.reading() as connection:
        return connection.execute(select(tables.busy)).first() is None
