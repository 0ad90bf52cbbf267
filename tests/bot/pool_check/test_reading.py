"""Everybody is read once, however often AWS refuses, and whichever process ends in the middle."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.answer import Refused
from bot.aws.pool_reader import NoAnswer, Restart, SlowDown
from bot.pool_check import parts
from bot.pool_check.checks import CheckState, Plan, PoolCheck, PoolChecks
from bot.pool_check.reading import chains_for
from bot.pool_check.spool import Read, Spool
from bot.pool_check.worker import Worker
from bot.tickets import tables
from bot.tickets.outbox import Outbox
from bot.tickets.shared_rates import SharedRates
from bot.tickets.store import Store
from bot.timings import UNHURRIED
from bot.words import say
from tests.bot.pool_check.little_pool import Counting, LittlePool, Plain, refuse, subs

HURRIED = replace(UNHURRIED, pools=0.02)
PLAN = Plan(estimate=100, per_second=5000.0)


@pytest.fixture
def checks(database: Store) -> PoolChecks:
    return PoolChecks(Outbox(database), Plain())


@pytest.fixture
def workers(checks: PoolChecks) -> Iterator[Callable[..., Worker]]:
    begun: list[Worker] = []

    def begin(pool: LittlePool, judge: Counting | None = None) -> Worker:
        worker = Worker(checks, SharedRates(checks.store), pool, judge or Counting(), timings=HURRIED)  # type: ignore[arg-type] # a pool in memory
        worker.start()
        begun.append(worker)
        return worker

    yield begin
    for each in begun:
        each.stop(10)


def ended(checks: PoolChecks, number: int) -> PoolCheck:
    until = time.monotonic() + 30
    while True:
        check = checks.numbered(number)
        assert check is not None
        if check.state.is_over:
            return check
        assert time.monotonic() < until, f"{check.state}: {check.progress}"
        time.sleep(0.01)


def read(database: Store, number: int) -> list[str]:
    user = tables.pool_user.c
    with database.reading() as connection:
        query = select(user.sub).where(user.pool_check == number).order_by(user.sub)
        return list(connection.execute(query).scalars())


def states(database: Store) -> dict[str, int]:
    part = tables.pool_part.c
    with database.reading() as connection:
        rows = connection.execute(select(part.state, func.count()).group_by(part.state)).all()
        return dict(rows)


@pytest.mark.parametrize("constant", ["", "4848"])
def test_everybody_is_read_once(
    checks: PoolChecks, workers: Callable[..., Worker], database: Store, constant: str
) -> None:
    pool = LittlePool(subs(100, constant=constant))
    number = checks.begin("prod", "C1", "U1", PLAN)
    workers(pool)
    check = ended(checks, number)
    assert check.state is CheckState.DONE
    assert read(database, number) == pool.users
    assert check.found == {"users": 100}
    assert check.progress.users == 100


def test_a_large_part_is_read_in_smaller_ones(
    checks: PoolChecks, workers: Callable[..., Worker], database: Store
) -> None:
    pool = LittlePool(subs(200))
    number = checks.begin("prod", "C1", "U1", replace(PLAN, estimate=1_000_000))
    workers(pool)
    ended(checks, number)
    assert read(database, number) == pool.users
    assert states(database) == {"split": 16, "done": 256}


def test_what_aws_refuses_is_asked_again_and_nobody_sees_it(
    checks: PoolChecks, workers: Callable[..., Worker], database: Store
) -> None:
    pool = LittlePool(subs(60))

    def slow_down(n: int) -> None:
        if n % 3 == 0:
            raise SlowDown
        if n % 7 == 0:
            raise NoAnswer(say("no answer"))

    pool.trouble = slow_down
    number = checks.begin("prod", "C1", "U1", PLAN)
    workers(pool)
    assert ended(checks, number).state is CheckState.DONE
    assert read(database, number) == pool.users


def test_where_pages_take_longer_more_of_them_are_asked_for_side_by_side(
    checks: PoolChecks, workers: Callable[..., Worker]
) -> None:
    pool = LittlePool(subs(100))
    waiting, seen = list[int](), threading.Event()

    def slowly(n: int) -> None:
        if n <= 4:
            time.sleep(0.01)
            return
        waiting.append(n)
        # Nobody goes on before so many are there at once.
        if len(waiting) >= 8:
            seen.set()
        assert seen.wait(30)

    pool.trouble = slowly
    number = checks.begin("prod", "C1", "U1", PLAN)
    workers(pool)
    assert ended(checks, number).state is CheckState.DONE
    assert seen.is_set()


@pytest.mark.parametrize(
    ("per_second", "page_seconds", "chains"), [(30.0, 0.0, 4), (30.0, 0.2, 15), (300.0, 0.08, 60), (300.0, 2.0, 64)]
)
def test_chains_are_as_many_as_the_rate_needs(per_second: float, page_seconds: float, chains: int) -> None:
    assert chains_for(per_second, page_seconds) == chains


def test_a_refusal_that_does_not_pass_ends_it_with_its_words(
    checks: PoolChecks, workers: Callable[..., Worker]
) -> None:
    pool = LittlePool(subs(10))
    pool.trouble = refuse
    number = checks.begin("prod", "C1", "U1", PLAN)
    workers(pool)
    check = ended(checks, number)
    assert check.state is CheckState.FAILED
    assert check.words is not None
    assert "doesn't let me" in check.words.plain()


def test_two_processes_share_the_parts(checks: PoolChecks, workers: Callable[..., Worker], database: Store) -> None:
    pool = LittlePool(subs(300), size=2)
    number = checks.begin("prod", "C1", "U1", PLAN)
    workers(pool)
    workers(pool)
    assert ended(checks, number).state is CheckState.DONE
    assert read(database, number) == pool.users
    first_pages = [prefix for prefix, token in pool.asked if not token]
    assert len(first_pages) == len(set(first_pages))


def test_what_a_process_had_half_read_is_read_again_by_the_next(
    checks: PoolChecks, workers: Callable[..., Worker], database: Store
) -> None:
    pool = LittlePool(subs(100))
    number = checks.begin("prod", "C1", "U1", PLAN)
    with database.transaction() as connection:
        # A process has read a page of a part, and is gone.
        now = database.now(connection)
        taken = parts.take(connection, number, now=now, lease=-1.0)
        assert taken is not None
        mine = [each for each in pool.users if each.startswith(taken.prefix)]
        parts.advance(connection, number, taken, users=2)
        rows = [_row(number, mine[0]), _row(number, f"{taken.prefix}0-nobody-by-now")]
        connection.execute(tables.pool_user.insert(), rows)
    workers(pool)
    assert ended(checks, number).state is CheckState.DONE
    assert read(database, number) == pool.users


def _row(number: int, sub: str) -> dict[str, Any]:
    return {
        "pool_check": number,
        "sub": sub,
        "name": "x",
        "address": "",
        "key": "",
        "shape": "",
        "month": "2026-01",
    }


_part = tables.pool_part.c


def test_a_process_that_was_frozen_for_longer_than_its_lease_leaves_nobody_out(
    checks: PoolChecks, database: Store
) -> None:
    number = checks.begin("prod", "C1", "U1", PLAN)
    spool = Spool(database, number, broken=lambda error: pytest.fail(str(error)), done=lambda: None)

    def put(part: parts.Taken, sub: str, *, is_last: bool = False) -> None:
        spool.put(Read(part=part, rows=[_row(number, f"{part.prefix}-{sub}")], is_last=is_last))

    def taken(lease: float) -> parts.Taken:
        with database.transaction() as connection:
            found = parts.take(connection, number, now=database.now(connection), lease=lease)
        assert found is not None
        return found

    before = taken(lease=-1.0)
    put(before, "first")
    waits_for(lambda: states(database)["reading"] == 1 and read(database, number) == ["0-first"])
    # Its own chains find the part, whose lease is over, while the one that had it goes on.
    again = taken(lease=30.0)
    assert again.prefix == before.prefix
    put(before, "second", is_last=True)
    put(again, "first")
    put(again, "second", is_last=True)
    spool.close()
    assert read(database, number) == ["0-first", "0-second"]
    assert spool.has_lost(before)
    assert not spool.has_lost(again)
    with database.reading() as connection:
        assert parts.progress(connection, number).users == 2


def waits_for(it: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not it():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_part_that_begins_over_forgets_pages_that_wait_to_be_written(
    checks: PoolChecks, workers: Callable[..., Worker], database: Store
) -> None:
    pool = LittlePool(subs(100), size=1)

    def begin_over(n: int) -> None:
        if n == 5:
            raise Restart

    pool.trouble = begin_over
    number = checks.begin("prod", "C1", "U1", PLAN)
    workers(pool)
    check = ended(checks, number)
    assert read(database, number) == pool.users
    assert check.progress.users == len(pool.users)


def test_what_is_read_of_a_part_after_it_was_taken_once_more_is_not_written(
    checks: PoolChecks, database: Store
) -> None:
    number = checks.begin("prod", "C1", "U1", PLAN)
    with database.transaction() as connection:
        now = database.now(connection)
        slow = parts.take(connection, number, now=now, lease=-1.0)
        following = parts.take(connection, number, now=now, lease=30.0)
        assert slow is not None
        assert following is not None
        assert slow.prefix == following.prefix
        connection.execute(tables.pool_user.insert(), [_row(number, f"{slow.prefix}-read-by-the-next")])
        assert not parts.advance(connection, number, slow, users=1)
        assert not parts.split(connection, number, slow)
        assert parts.restart(connection, number, slow) is None
        assert parts.advance(connection, number, following, users=1)
        once_more = parts.restart(connection, number, following)
        assert once_more is not None
        assert not parts.advance(connection, number, following, users=1)
        assert parts.advance(connection, number, once_more, users=1)
        parts.renew(connection, number, [slow], now=now, lease=900.0)
        assert connection.execute(select(func.max(_part.lease_until))).scalar_one() < now + 100


def test_only_who_has_a_part_removes_what_was_read_of_it(checks: PoolChecks, database: Store) -> None:
    number = checks.begin("prod", "C1", "U1", PLAN)
    with database.transaction() as connection:
        now = database.now(connection)
        slow = parts.take(connection, number, now=now, lease=-1.0)
        parts.take(connection, number, now=now, lease=30.0)
        assert slow is not None
        connection.execute(tables.pool_user.insert(), [_row(number, f"{slow.prefix}-read-by-the-next")])
        parts.split(connection, number, slow)
        parts.restart(connection, number, slow)
    assert read(database, number) == [f"{slow.prefix}-read-by-the-next"]


def test_a_lease_from_before_the_clock_was_set_back_is_cut(checks: PoolChecks, database: Store) -> None:
    number = checks.begin("prod", "C1", "U1", PLAN)
    with database.transaction() as connection:
        now = database.now(connection)
        before = parts.take(connection, number, now=now + 3600, lease=30.0)
        assert before is not None
        parts.renew(connection, number, [], now=now, lease=30.0)
        taken = parts.take(connection, number, now=now, lease=30.0)
        assert taken is not None
        assert taken.prefix != before.prefix
        once_more = parts.take(connection, number, now=now + 31, lease=30.0)
    assert once_more is not None
    assert once_more.prefix == before.prefix


def test_a_stop_ends_it_at_once_and_what_comes_later_counts_for_nothing(
    checks: PoolChecks, workers: Callable[..., Worker]
) -> None:
    pool = LittlePool(subs(100))
    pool.waits = threading.Event()
    number = checks.begin("prod", "C1", "U1", PLAN)
    workers(pool)
    assert checks.stop(number, "U0LEAD1")
    assert not checks.stop(number, "U0LEAD2")
    pool.waits.set()
    check = ended(checks, number)
    assert check.state is CheckState.STOPPED
    assert not checks.failed(number, say("too late"))


def test_a_message_is_a_checks_own_as_soon_as_it_is_seen(checks: PoolChecks, database: Store) -> None:
    number = checks.begin("prod", "C1", "U1", PLAN)
    # Somebody may press a button before the desk has written down where the message stands.
    assert checks.stands_at(number, "C1", "1.5")
    assert not checks.stands_at(number, "C2", "1.5")
    with database.transaction() as connection:
        connection.execute(tables.conversation.update().values(ts="1.5"))
    assert checks.stands_at(number, "C1", "1.5")
    assert not checks.stands_at(number, "C1", "1.6")


def test_one_check_of_a_pool_at_a_time(checks: PoolChecks) -> None:
    first = checks.begin("prod", "C1", "U1", PLAN)
    checks.begin("staging", "C1", "U1", PLAN)
    with pytest.raises(Refused, match="already"):
        checks.begin("prod", "C1", "U2", PLAN)
    with pytest.raises(Refused, match="already"):
        checks.refuse_second("prod")
    checks.stop(first, "U1")
    checks.refuse_second("prod")
    checks.begin("prod", "C1", "U2", PLAN)


def test_what_breaks_while_it_is_counted_ends_it(checks: PoolChecks, workers: Callable[..., Worker]) -> None:
    judge = Counting()
    judge.trouble = [ValueError("odd")]
    number = checks.begin("prod", "C1", "U1", PLAN)
    workers(LittlePool(subs(5)), judge)
    assert ended(checks, number).state is CheckState.FAILED


def test_one_process_counts_and_another_goes_on_when_it_is_gone(
    checks: PoolChecks, workers: Callable[..., Worker], database: Store
) -> None:
    number = checks.begin("prod", "C1", "U1", PLAN)
    with database.transaction() as connection:
        connection.execute(tables.pool_part.update().values(state="done"))
    checks.has_been_read(number)
    assert checks.take_judging(number, "one", lease=30.0)
    assert not checks.take_judging(number, "two", lease=30.0)
    assert not checks.done(number, "two", {})
    assert checks.take_judging(number, "one", lease=-1.0)
    judge = Counting()
    workers(LittlePool([]), judge)
    assert ended(checks, number).state is CheckState.DONE
    assert judge.judged == 1
