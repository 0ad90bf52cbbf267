"""The audit leaves as it grows: each sealed row once, in the chain's order, across restarts, crashes and replicas."""

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from bot.ticket import Event
from bot.tickets import audit, tables
from bot.tickets.audit_export import Exporter, OnStandardOutput, Progress, Rows, progress, target
from bot.tickets.forgetting import forget
from bot.tickets.seals import Sealer
from bot.tickets.store import Store
from tests.bot.little_s3 import BUCKET, LittleS3
from tests.bot.office import AGENT, Office

if TYPE_CHECKING:
    from collections.abc import Callable


class Elsewhere:
    """What has been written, by the number of its first row, as a bucket has it."""

    name = "s3://example-audit/desk/"

    def __init__(self) -> None:
        self.written: dict[int, Rows] = {}
        self.names: list[int] = []
        self.before: Callable[[], None] = lambda: None

    def write(self, first: int, rows: Rows) -> None:
        self.names.append(first)
        self.before()
        self.written[first] = rows

    @property
    def links(self) -> list[int]:
        return [row["seal"]["n"] for first in sorted(self.written) for row in self.written[first]]


def _add(database: Store, rows: int = 1) -> None:
    with database.transaction() as connection:
        for _ in range(rows):
            audit.record(connection, database, Event.REFUSED, ticket=None, person=AGENT.id, detail={"words": "\ud83d"})
    Sealer(database).seal_all()


def _progress(database: Store) -> Progress:
    with database.reading() as connection:
        return progress(connection, Elsewhere.name)


def test_every_sealed_row_leaves_once_in_the_order_of_the_chain(database: Store) -> None:
    there = Elsewhere()
    exporter = Exporter(database, there)
    exporter.export_all()
    assert there.written == {}
    _add(database, 3)
    exporter.export_all()
    exporter.export_all()
    _add(database, 2)
    assert _progress(database) == Progress(exported=3, left=2)

    Exporter(database, there).export_all()

    assert there.names == [1, 4]
    assert there.links == [1, 2, 3, 4, 5]
    assert [row for rows in there.written.values() for row in rows] == list(audit.export(database, audit.Wanted()))
    assert _progress(database) == Progress(exported=5, left=0)


# On SQLite there is one transaction at a time.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_was_committed_late_leaves_in_its_turn(database: Store) -> None:
    there = Elsewhere()
    with database.transaction() as late:
        audit.record(late, database, Event.REFUSED, ticket=None, person="U0LATE")
        _add(database)
    Sealer(database).seal_all()
    Exporter(database, there).export_all()
    assert there.links == [1, 2]
    assert [row["id"] for row in there.written[1]] == [2, 1]


def test_many_rows_leave_in_several_objects(database: Store) -> None:
    there = Elsewhere()
    _add(database, 2100)
    Exporter(database, there).export_all()
    assert there.names == [1, 1001, 2001]
    assert there.links == list(range(1, 2101))


def test_what_left_before_a_crash_leaves_again_as_the_very_same(database: Store) -> None:
    there = Elsewhere()
    _add(database, 3)

    def die() -> None:
        raise KeyboardInterrupt

    there.before = die
    with pytest.raises(KeyboardInterrupt):
        Exporter(database, there).export_all()
    assert there.names == [1]
    _add(database, 2)
    there.before = lambda: None
    # While the one that died may still be at it, nobody else is.
    Exporter(database, there).export_all()
    assert there.names == [1]
    with database.transaction() as connection:
        connection.execute(update(tables.audit_export).values(lease_until=0.0))

    Exporter(database, there).export_all()

    assert there.names == [1, 1, 4]
    assert [len(rows) for rows in there.written.values()] == [3, 2]


def test_two_desks_that_export_the_same_lose_nothing(database: Store) -> None:
    """A slow one whose lease has ended overwrites nothing but what is the same."""
    slow, fast = Elsewhere(), Elsewhere()
    _add(database, 3)

    def overtake() -> None:
        slow.before = lambda: None
        _add(database, 4)
        with database.transaction() as connection:
            connection.execute(update(tables.audit_export).values(lease_until=0.0))
        Exporter(database, fast).export_all()

    slow.before = overtake
    Exporter(database, slow).export_all()

    assert fast.links == list(range(1, 8))
    assert slow.written == {1: fast.written[1]}
    assert _progress(database) == Progress(exported=7, left=0)


def test_what_cannot_be_written_is_tried_again_and_said_once(database: Store, caplog: pytest.LogCaptureFixture) -> None:
    there = Elsewhere()
    _add(database)

    def refuse() -> None:
        raise OSError("no room")

    there.before = refuse
    exporter = Exporter(database, there)
    for _ in range(3):
        try:
            exporter.export_all()
        except OSError as error:
            exporter._failed(error)
    assert caplog.text.count("the audit could not be exported to s3://example-audit/desk/") == 1
    there.before = lambda: None
    with caplog.at_level("INFO"):
        exporter.export_all()
    assert there.links == [1]
    assert caplog.text.count("the audit is being exported again") == 1


def test_on_standard_output_each_row_is_a_line(database: Store, capsys: pytest.CaptureFixture[str]) -> None:
    _add(database, 2)
    Exporter(database, OnStandardOutput()).export_all()
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows == list(audit.export(database, audit.Wanted()))
    Exporter(database, OnStandardOutput()).export_all()
    assert capsys.readouterr().out == ""


def test_in_a_bucket_each_object_is_named_by_its_first_link_and_has_a_line_for_each_row(
    database: Store, s3: LittleS3
) -> None:
    exporter = Exporter(database, target(BUCKET))
    _add(database, 3)
    exporter.export_all()
    _add(database, 2)
    exporter.export_all()

    assert list(s3.objects) == [f"/example-audit/desk/0000000000000000000{n}.jsonl" for n in (1, 4)]
    rows = [json.loads(line) for content in s3.objects.values() for line in content.splitlines()]
    assert rows == list(audit.export(database, audit.Wanted()))
    with database.reading() as connection:
        assert progress(connection, str(BUCKET)) == Progress(exported=5, left=0)


def test_what_was_removed_leaves_without_its_detail(office: Office) -> None:
    there = Elsewhere()
    office.carried_out()
    forget(office.store, "ana", by="root")
    Sealer(office.store).seal_all()
    Exporter(office.store, there).export_all()
    assert there.links == list(range(1, len(office.rows()) + 1))
    assert "ana@example.com" not in json.dumps(there.written)
