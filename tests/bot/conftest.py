"""A database of each kind, and a desk over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store import Store
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import Office


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'desk.db'}")
    opened.prepare()
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
