"""What came of a check of a whole pool or of a run over many people, against what the crowd knows of itself."""

import json
from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select

from bot import csv_files
from bot.pool_check.parts import PartState
from bot.tickets import tables
from bot.tickets.bulk_items import ItemState
from bot.tickets.bulk_runs import LANES
from tests.bench import crowd
from tests.bench.pool import counts
from tests.crash.replicas import Scene

_WORKS = "VERIFIED"
"""The finding of those whom no list names."""


def wrong_check(here: Scene, users: int) -> Iterator[str]:
    """Yield what is wrong with a check of so many users that is over."""
    with here.database.reading() as connection:
        counted = connection.execute(select(func.count()).select_from(tables.pool_user)).scalar_one()
        checks = connection.execute(select(tables.pool_check.c.state, tables.pool_check.c.found)).all()
    if counted != users:
        yield f"{counted} of {users} users were counted, by {here.answered('UserList')} pages"
    if [state for state, _ in checks] != ["done"]:
        yield f"the checks are {checks}"
        return
    found, truth = checks[0].found, crowd.truth(users)
    if {name: found[name] for name in truth} != truth:
        yield f"found {json.dumps(found)}, and there is {json.dumps(truth)}"
    if (times := here.shown.count("📊")) != 1:
        yield f"{times} reports stand in the channel"


def wrong_split(here: Scene) -> Iterator[str]:
    """Yield what is wrong where parts should have split, and once more."""
    row = tables.pool_part.c
    with here.database.reading() as connection:
        found = connection.execute(select(row.prefix).where(row.state == PartState.SPLIT)).scalars().all()
    if not {1, 2} <= {len(prefix) for prefix in found}:
        yield f"only these parts were split: {sorted(found)}"


def wrong_files(here: Scene, users: int) -> Iterator[str]:
    """Yield what is wrong with the picture and the list in the thread of a check's report."""
    if (names := sorted(each.filetype for each in here.files)) != ["csv", "png"]:
        yield f"the files are {names}"
        return
    table, picture = sorted(here.files, key=lambda each: each.filetype)
    listed = len(list(csv_files.read_back(table.content or b""))) - 1
    troubled = sum(n for finding, n in crowd.truth(users)["findings"].items() if finding != _WORKS)
    if listed != troubled:
        yield f"the list has {listed} people, and {troubled} have trouble"
    if not (picture.content or b"").startswith(b"\x89PNG"):
        yield "the picture is none"


def wrong_run(here: Scene, people: int) -> Iterator[str]:
    """Yield what is wrong with a run that marks addresses, and that is over."""
    if (written := counts(here.address)["written"]) != {"1": people}:
        yield f"calls by how often they came to one person: {written}"
    if (found := Counter(_ends(here).values())) != {ItemState.DONE: people}:
        yield f"the rows are {dict(found)}"


def wrong_invitations(here: Scene, people: int) -> Iterator[str]:
    """Yield what is wrong with a run that mails, and that is over: nobody gets two mails, or none in silence."""
    mailed, ends = counts(here.address)["mailed"], _ends(here)
    if len(ends) != people:
        yield f"{len(ends)} of {people} people are in the run"
    for name, times in mailed.items():
        if times > 1 or ends.get(name) not in (ItemState.DONE, ItemState.IN_DOUBT):
            yield f"{name}, who is {ends.get(name)}, was mailed {times} times"
    for name, end in ends.items():
        if end is not ItemState.IN_DOUBT and not (end is ItemState.DONE and name in mailed):
            yield f"{name}, who is {end}, was mailed {mailed.get(name, 0)} times"
    if (doubts := in_doubt(here)) > LANES * here.desks.kills:
        yield f"{doubts} are in doubt after {here.desks.kills} kills"
    if doubts and f"{doubts} in doubt" not in here.shown:
        yield f"the card doesn't say that {doubts} are in doubt"


def in_doubt(here: Scene) -> int:
    """Return of how many people nobody knows what became."""
    return Counter(_ends(here).values())[ItemState.IN_DOUBT]


def _ends(here: Scene) -> dict[str, ItemState]:
    row = tables.bulk_item.c
    with here.database.reading() as connection:
        return {name: ItemState(state) for name, state in connection.execute(select(row.name, row.state))}
