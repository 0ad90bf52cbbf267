"""A database of each kind, and a desk over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.tickets.store import Store
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import Office
from tests.databases import Postgres, prepare


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'desk.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.fresh()


@pytest.fixture
def database(database_url: str) -> Iterator[Store]:
    opened = Store(database_url)
    prepare(opened)
    yield opened
    opened.close()


@pytest.fixture
def cognito() -> LittleCognito:
    pool = LittleCognito()
    pool.add("ana", "ana@example.com")
    return pool


@pytest.fixture
def office(database: Store, cognito: LittleCognito) -> Iterator[Office]:
    opened = Office(database, cognito)
    yield opened
    opened.close()
