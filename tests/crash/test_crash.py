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
def fresh(request: pytest.FixtureRequest) -> Iterator[Callable[[Path], str]]:
    """A database that nobody used before, as often as it is called."""
    if request.param == "sqlite":
        yield lambda folder: f"sqlite:///{folder}/desk.db"
        return
    server = Postgres()
    yield lambda _: server.fresh()
    server.stop()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_desk_that_is_killed_loses_nothing_doubles_nothing_and_shows_no_lying_card(
    fresh: Callable[[Path], str],
) -> None:
    tally = sample(fresh, lanes=LANES)

    assert tally.faults == []
    assert tally.kills >= 12
    assert tally.sent >= 12
    # Only a call that mails the customer may end in doubt: two deeds, killed twice each, and one in every random round.
    assert tally.in_doubt <= 4 + LANES


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_killed_check_counts_everyone_once_and_a_killed_run_calls_everyone_once(
    fresh: Callable[[Path], str], request: pytest.FixtureRequest
) -> None:
    many = Many(fresh, users=600, replicas=1 if "sqlite" in request.node.name else 2)

    checked = many.check(Point("cognito ListUsers", "after", 3), [Point("commit", "before", 12)])
    assert checked.faults == []
    assert checked.kills >= 1
    ran = many.run(Point("cognito AdminUpdateUserAttributes", "after", 5), [Point("commit", "after", 20)])
    assert ran.faults == []
    assert ran.kills >= 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_frozen_check_counts_everyone_once_and_killed_invitations_and_files_come_once(
    fresh: Callable[[Path], str], request: pytest.FixtureRequest
) -> None:
    many = Many(fresh, users=600, replicas=1 if "sqlite" in request.node.name else 2)

    assert many.freeze(50).faults == []
    split = many.split(Point("commit parts", "before", 5), [Point("commit parts", "after", 3)])
    assert split.faults == []
    assert split.kills >= 1
    mailed = many.invite(Point("cognito AdminCreateUser", "after", 5), [Point("commit", "after", 20)])
    assert mailed.faults == []
    assert mailed.kills >= 1
    assert mailed.in_doubt >= 1
    posted = many.files(Point("slack files.completeUploadExternal", "after", 1), [Point("slack upload", "before", 1)])
    assert posted.faults == []
    assert posted.kills >= 1
