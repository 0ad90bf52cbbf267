"""The desk's files are for its own user alone, whatever the umask says and whoever made them."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.tickets import private_file
from bot.tickets.only_one import only_one
from bot.tickets.store import Store


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o277], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    mask: int = request.param
    before = os.umask(mask)
    yield mask
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in folder.iterdir()}


@pytest.mark.usefixtures("umask")
def test_whatever_the_desk_makes_is_readable_by_its_user_alone(tmp_path: Path) -> None:
    database = Store(f"sqlite:///{tmp_path / 'desk.db'}")
    with only_one(database):
        database.prepare()
        with database.transaction() as connection:
            connection.execute(text("INSERT INTO delivery VALUES ('one', 1.0)"))
            found = modes(tmp_path)
    database.close()

    assert found.keys() == {"desk.db", "desk.db-wal", "desk.db-shm", "desk.db.lock"}
    assert set(found.values()) == {"0o600"}


def test_a_database_that_others_can_read_is_tightened_at_the_start_with_what_stands_beside_it(tmp_path: Path) -> None:
    earlier = Store(f"sqlite:///{tmp_path / 'real.db'}")
    (tmp_path / "desk.db").symlink_to("real.db")
    (tmp_path / "real.db.lock").touch()
    earlier.prepare()
    with earlier.reading() as still_open:
        still_open.execute(text("SELECT 1 FROM delivery"))
        for file in tmp_path.iterdir():
            file.chmod(0o664)
        database = Store(f"sqlite:///{tmp_path / 'desk.db'}")
        with only_one(database):
            database.prepare()
            found = modes(tmp_path)
        database.close()
    earlier.close()

    assert {"real.db", "real.db-wal", "real.db-shm", "real.db.lock"} <= found.keys()
    assert set(found.values()) == {"0o600"}


def test_reading_alone_changes_no_mode(tmp_path: Path) -> None:
    database = Store(f"sqlite:///{tmp_path / 'desk.db'}")
    database.prepare()
    database.close()
    (tmp_path / "desk.db").chmod(0o640)
    again = Store(f"sqlite:///{tmp_path / 'desk.db'}")
    again.check()
    again.close()

    assert modes(tmp_path)["desk.db"] == "0o640"


def test_a_file_of_somebody_else_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "desk.db"
    file.touch()
    file.chmod(0o660)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)

    private_file.tighten(file)

    assert modes(tmp_path)["desk.db"] == "0o660"


def test_a_file_that_is_there_keeps_what_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "desk.db"
    file.write_text("rows")

    private_file.make(file)
    private_file.tighten(tmp_path / "not.there")

    assert file.read_text() == "rows"
