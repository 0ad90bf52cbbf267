"""A desk that posts files: in their thread, in order, once, and gone from Slack after their time."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

import commands
from bot import csv_files
from bot.app import Outside
from bot.operator.manifest import manifest
from bot.scenario import load
from bot.settings import SlackApp
from bot.slack import blocks
from bot.tickets import tables
from bot.tickets.files import Files, Made
from bot.words import say
from sandbox.testing import LivePool, SlackFile
from tests.stories.floor import SUPPORT, Floor, settings_for, workspace

ROWS = [["user name", "finding"], ["=ana", "never verified"]]


def report(of: int) -> Made:
    return Made(name=f"prod-{of}.csv", title="What was found in prod", content=csv_files.written(ROWS))


@pytest.fixture
def floor(pool: LivePool, tmp_path: Path) -> Iterator[Floor]:
    app = SlackApp(files=True)
    with workspace(manifest=manifest(load(commands).values(), app)) as (slack, server):
        settings = settings_for(slack, server, {"prod": pool}, tmp_path / "desk.db")
        floor = Floor(slack, server, replace(settings, slack=app))
        floor.outside = Outside(makers={"report": report})
        floor.opens()
        yield floor
        floor.closes()


def post(floor: Floor, of: int) -> None:
    """Have a report posted beneath a message, as the desk does."""
    assert floor.program
    outbox, retention = floor.program.outbox, floor.settings.retention
    files = Files(outbox, on=floor.settings.slack.files, kept=retention.files)
    with floor.program.database.transaction() as connection:
        conversation = outbox.converse(connection, SUPPORT)
        outbox.enqueue(connection, conversation, blocks.lines((say("The pool was read."),)))
        assert files.post(connection, conversation, "report", of)
        outbox.enqueue(connection, conversation, blocks.lines((say("That is all."),)))
    outbox.wake()


def shared(floor: Floor) -> list[SlackFile]:
    return [one for one in floor.slack.files.all() if one.channel]


def test_a_report_stands_in_its_thread_and_reads_back_as_it_was(floor: Floor) -> None:
    post(floor, 3)
    floor.slack.wait_for_message("That is all.")

    [file] = shared(floor)
    assert file.name == "prod-3.csv"
    assert file.content is not None
    assert list(csv_files.read_back(file.content)) == ROWS
    [root] = floor.slack.messages()
    assert [bool(each.files) for each in floor.slack.thread(root)] == [False, True, False]


def test_a_desk_that_ends_in_the_middle_of_a_file_posts_it_once(floor: Floor) -> None:
    floor.slack.faults.lose_answer("files.completeUploadExternal")
    post(floor, 4)
    floor.slack.wait_for(lambda: shared(floor))
    floor.closes()
    assert len(shared(floor)) == 1
    floor.opens()
    floor.slack.wait_for_message("That is all.")

    assert len(shared(floor)) == 1


def test_a_file_is_deleted_after_a_week(floor: Floor) -> None:
    post(floor, 5)
    floor.slack.wait_for_message("That is all.")
    assert floor.program
    row = tables.posted_file.c
    with floor.program.database.transaction() as connection:
        posted, ends = connection.execute(select(row.posted_at, row.delete_at)).one()
        assert ends - posted == pytest.approx(7 * 86400)
        connection.execute(update(tables.posted_file).values(delete_at=row.delete_at - 8 * 86400))
    floor.closes()
    floor.opens()
    floor.slack.wait_for(lambda: shared(floor)[0].deleted)

    [root] = floor.slack.messages()
    assert [each.files for each in floor.slack.thread(root)][1] == ({"id": shared(floor)[0].id, "mode": "tombstone"},)
