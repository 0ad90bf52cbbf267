"""A database of each kind, new for every test at the same place, and a desk over it."""

import functools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.tickets.store import Store
from tests.bot.little_cognito import LittleCognito
from tests.bot.little_s3 import LittleS3
from tests.bot.office import Office
from tests.databases import Postgres, prepare


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sqlite")


@pytest.fixture
def empty_sqlite(sqlite: Path) -> Path:
    """The folder of the SQLite file, without what the test before has left in it."""
    for file in sqlite.iterdir():
        file.unlink()
    return sqlite


@pytest.fixture
def sqlite_url(empty_sqlite: Path) -> str:
    return f"sqlite:///{empty_sqlite / 'desk.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        return server.anew()
    at: str = request.getfixturevalue("sqlite_url")
    return at


@pytest.fixture(scope="session")
def opened_at() -> Callable[[str], Store]:
    """Open a database, or open it again: half of most tests' time would go into compiling the same statements anew."""
    return functools.cache(Store)


@pytest.fixture
def database(database_url: str, opened_at: Callable[[str], Store]) -> Iterator[Store]:
    opened = opened_at(database_url)
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


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[LittleS3]:
    server = LittleS3()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
