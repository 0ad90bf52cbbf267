"""A list from outside: read line by line, asked for as one plan, and what became of each stands in the thread."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert

import commands
from bot import csv_files
from bot.operator.manifest import manifest
from bot.scenario import load
from bot.settings import SlackApp
from bot.tickets import tables
from sandbox.testing import LivePool, SlackFile
from tests.stories.floor import Floor, settings_for, workspace
from tests.stories.test_bulk import done_check

PEOPLE = ("ana", "bo", "carl")


@pytest.fixture
def floor(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    """A floor whose desk takes files."""
    app = SlackApp(files=True)
    with workspace(manifest=manifest(load(commands).values(), app)) as (slack, server):
        settings = settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db")
        floor = Floor(slack, server, replace(settings, slack=app))
        floor.timings = replace(floor.timings, bulk=0.05, progress=0.1)
        floor.opens()
        yield floor
        assert floor.blocks_are_sound() == []
        floor.closes()


def checks_the_pool(floor: Floor, pool: LivePool) -> None:
    assert floor.program
    with floor.program.database.transaction() as connection:
        check = done_check(connection, floor.program.database.now(connection))
        for name in PEOPLE:
            user = pool.add(name, email=f"{name}@example.com", email_verified=False)
            row = {"sub": user.sub, "name": name, "address": f"{name}@example.com", "key": f"{name}@example.com"}
            more = {"shape": "CONFIRMED\taddress", "month": "2026-01", "pool_check": check, "provider": ""}
            connection.execute(insert(tables.pool_user).values(**row, **more))


def table(floor: Floor, name: str) -> list[list[str]]:
    """Wait for a file, and return its cells, of the head and of the rows in the order of the names."""

    def there() -> list[SlackFile]:
        return [each for each in floor.slack.files.all() if each.channel and name in each.name and each.content]

    [file] = floor.slack.wait_for(there)
    assert file.content is not None
    head, *rows = csv_files.read_back(file.content)
    return [head, *sorted(rows)]


def test_a_list_from_outside_is_one_plan_and_one_run(floor: Floor, pool: LivePool) -> None:
    checks_the_pool(floor, pool)
    floor.types("agent", "/cognito-verify-list")
    floor.form("agent")
    floor.slack.attaches("agent", "List", ("proved.csv", b"ana\nBo@example.com\nAna Lopez;\nnobody@example.com\n"))
    floor.submits("agent", reason="They sent us letters")
    card = floor.reads_card("needs 2 leads: mark 2 addresses of a list as verified")
    assert "Line 3: neither a user name nor an address." in card.text
    assert "Nobody was found by what stands in these lines: 4." in card.text
    assert "The whole list is a file in the thread." in card.text
    assert "Left out: 1 (nobody was found by it in the pool's last check)" in card.text
    assert [[*row[:1], *row[2:4]] for row in table(floor, "list.csv")] == [
        ["user name", "e-mail", "state"],
        ["ana", "a***@e***", "todo"],
        ["bo", "b***@e***", "todo"],
        ["nobody@example.com", "", "left out"],
    ]

    floor.both_leads_approve("for the reason that stands above")

    floor.reads_card("2 done, 0 failed, 1 left out.")
    assert [name for name in PEOPLE if pool.user(name).email_verified] == ["ana", "bo"]
    assert [[row[0], *row[3:]] for row in table(floor, "result.csv")[1:]] == [
        ["ana", "done", ""],
        ["bo", "done", ""],
        ["nobody@example.com", "left out", "nobody was found by it in the pool's last check"],
    ]
