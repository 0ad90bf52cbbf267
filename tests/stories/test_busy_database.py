"""While others keep the database busy, people who click or submit are told so, and nothing that they did is lost."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, select

from bot.tickets import tables
from bot.timings import Timings
from sandbox.testing import LivePool
from tests.databases import Postgres
from tests.stories.floor import Floor, settings_for, text_of, workspace

SOON = Timings(pauses=(0.0, 0.02, 0.05), lock=0.5)
BUSY = "The database is busy; nothing was decided. Please press it again in a minute."


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'desk.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.fresh()


@pytest.fixture
def hurried(pool: LivePool, tmp_path: Path, url: str) -> Iterator[Floor]:
    """A floor that waits half a second for a lock."""
    pool.add("ada", email="ada@example.com", email_verified=False)
    with workspace() as (slack, server):
        settings = settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db", database_url=SecretStr(url))
        floor = Floor(slack, server, settings)
        floor.timings = SOON
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()


@contextmanager
def somebody_locks(url: str) -> Iterator[None]:
    """Keep every ticket's row locked; on SQLite there is one lock for everything."""
    if url.startswith("sqlite"):
        path = url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")
        return
    engine = create_engine(url)
    with closing(engine.connect()) as session:
        assert session.execute(select(tables.ticket).with_for_update()).all()
        yield
        session.rollback()
    engine.dispose()


@pytest.fixture
def locked(url: str) -> Callable[[], AbstractContextManager[None]]:
    return lambda: somebody_locks(url)


Locked = Callable[[], AbstractContextManager[None]]


def test_an_approval_that_gets_no_lock_is_answered_and_counts_when_it_is_made_again(
    hurried: Floor, locked: Locked
) -> None:
    card = hurried.asks("/cognito-verify-email ada")
    hurried.quiet()
    with locked():
        hurried.clicks("lead1", "Approve", card)
        hurried.told("lead1", BUSY)

    hurried.clicks("lead1", "Approve", card)
    hurried.reads_card("Done")
    assert hurried.audited.count("approved") == 1


def test_a_denial_that_gets_no_lock_comes_back_with_its_reason(hurried: Floor, locked: Locked) -> None:
    card = hurried.asks("/cognito-verify-email ada")
    hurried.quiet()
    hurried.clicks("lead1", "Deny", card)
    hurried.form("lead1")
    with locked():
        hurried.submits("lead1", reason="It is a thief")
        hurried.modal_says("lead1", BUSY)
    assert hurried.form("lead1").values == {"reason": "It is a thief"}

    hurried.submits("lead1")
    hurried.reads_card("It is a thief")


def test_a_question_that_gets_no_lock_leaves_no_modal_at_loading(hurried: Floor, locked: Locked) -> None:
    card = hurried.asks("/cognito-verify-email ada")
    hurried.quiet()
    with locked():
        hurried.clicks("lead1", "Deny", card)
        assert BUSY in text_of(hurried.modal_says("lead1", "The database is busy"))


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_form_that_gets_no_lock_is_opened_again_filled_in(hurried: Floor, locked: Locked) -> None:
    hurried.types("agent", "/cognito-verify-email ada")
    hurried.form("agent")
    with locked():
        hurried.submits("agent", reason="Proved the mailbox on the phone")
        hurried.told("agent", "The database is busy; nothing was asked.")
        assert hurried.slack.view("agent") is None
    hurried.clicks("agent", "Open the form")
    assert hurried.form("agent").values["reason"] == "Proved the mailbox on the phone"

    hurried.submits("agent")
    hurried.reads_card("Needs a lead")


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_check_that_gets_no_lock_says_so(hurried: Floor, locked: Locked) -> None:
    with locked():
        hurried.types("agent", "/cognito-check ada@example.com")
        hurried.told("agent", "The database is busy; nothing was asked. Please try again in a minute.")
