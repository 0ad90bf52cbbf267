"""A few dozen of the kills that `make crash` makes by the hundred."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.campaign import sample
from tests.crash.many import Many
from tests.crash.points import Point
from tests.databases import Postgres

LANES = 6


@pytest.fixture(params=["sqlite", "postgresql"])
def is_postgresql(request: pytest.FixtureRequest) -> bool:
    """Each database has its half of the slowest kills: the campaign makes all of them on both."""
    return str(request.param) == "postgresql"


@pytest.fixture
def fresh(is_postgresql: bool) -> Iterator[Callable[[Path], str]]:
    """A database that nobody used before, as often as it is called."""
    if not is_postgresql:
        yield lambda folder: f"sqlite:///{folder}/desk.db"
        return
    server = Postgres()
    yield lambda _: server.fresh()
    server.stop()


@pytest.fixture
def many(fresh: Callable[[Path], str], is_postgresql: bool) -> Many:
    """Checks and runs of one desk on SQLite, of two on PostgreSQL."""
    return Many(fresh, users=600, replicas=2 if is_postgresql else 1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_desk_that_is_killed_loses_nothing_doubles_nothing_and_shows_no_lying_card(
    fresh: Callable[[Path], str], is_postgresql: bool
) -> None:
    tally = sample(fresh, lanes=LANES, half=int(is_postgresql))

    assert tally.faults == []
    assert tally.kills >= 12
    assert tally.sent >= 9
    # Only a call that mails the customer may end in doubt: two deeds, killed once each, and one in every random round.
    assert tally.in_doubt <= 2 + LANES


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_killed_check_counts_everyone_once_and_a_killed_run_calls_everyone_once(many: Many) -> None:
    checked = many.check(Point("cognito ListUsers", "after", 3), [Point("commit", "before", 12)])
    assert checked.faults == []
    assert checked.kills >= 1
    ran = many.run(Point("cognito AdminUpdateUserAttributes", "after", 5), [Point("commit", "after", 20)])
    assert ran.faults == []
    assert ran.kills >= 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_check_of_a_frozen_desk_or_of_one_killed_while_parts_split_counts_everyone_once(many: Many) -> None:
    if many.replicas > 1:
        assert many.freeze(50).faults == []
        return
    split = many.split(Point("commit parts", "before", 5), [Point("commit parts", "after", 3)])
    assert split.faults == []
    assert split.kills >= 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_killed_desk_mails_everyone_once_and_posts_each_file_once(many: Many) -> None:
    if many.replicas > 1:
        mailed = many.invite(Point("cognito AdminCreateUser", "after", 5), [Point("commit", "after", 20)])
        assert mailed.faults == []
        assert mailed.kills >= 1
        assert mailed.in_doubt >= 1
        return
    posted = many.files(Point("slack files.completeUploadExternal", "after", 1), [Point("slack upload", "before", 1)])
    assert posted.faults == []
    assert posted.kills >= 1
