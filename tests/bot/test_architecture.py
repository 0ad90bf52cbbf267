"""The ways through the desk are as `docs/architecture.md` draws them: through which functions, and under which name."""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.bot import wired
from tests.stories.inline import LEADS, SUPPORT, InlineDesk, desk

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
ADDRESS = "ana@example.com"

Way = list[tuple[str, str]]
"""The functions that stand on each other, outermost first: each with its module's path, and what holds the address."""


@pytest.fixture
def inline(tmp_path: Path) -> Iterator[InlineDesk]:
    """A desk in one thread, so that each function stands on the one that asked it."""
    with wired.cognito() as server:
        pool = server.pools.create("prod")
        pool.add("ana", email=ADDRESS, email_verified=False)
        with desk(server, {"prod": wired.settings(pool)}, tmp_path / "desk.db") as opened:
            yield opened


def test_the_way_of_a_typed_address_to_the_first_read(inline: InlineDesk) -> None:
    with _calls(inline) as ways:
        inline.types("/cognito-check", ADDRESS)

    assert _to(ways[0], "bot/aws/live_directory.py") == _drawn("The way of a typed address")


def test_the_way_of_a_form_to_the_row_of_its_ticket(inline: InlineDesk) -> None:
    with _statements("INSERT INTO ticket ") as ways:
        _asks(inline)

    assert ways == [_drawn("The way of a form")]


def test_the_way_of_a_click_to_its_vote_and_to_the_call(inline: InlineDesk) -> None:
    _asks(inline)
    number = inline.posted()

    with _statements("INSERT INTO vote ") as votes, _calls(inline, "AdminUpdateUserAttributes") as calls:
        inline.presses("approve", str(number), LEADS[0])

    [vote], [call] = votes, calls
    shared = sum(one == other for one, other in zip(vote, call, strict=False))
    drawn = _drawn("The way of a click")
    assert [name for name, _ in [*vote, *_to(call[shared:], "bot/aws/sending.py")]] == [name for name, _ in drawn]


def _asks(inline: InlineDesk) -> None:
    values = {"user": ADDRESS, "reason": "Called back on the number on file"}
    form = {name: {"value": {"value": value}} for name, value in values.items()}
    inline.submits("form", {"scenario": "verify-email", "pool": "prod", "channel": SUPPORT}, form)


def _drawn(heading: str) -> Way:
    """Return the numbered list below a heading of the page."""
    section = PAGE.partition(f"### {heading}")[2].partition("\n#")[0]
    found = re.findall(r"^\d+\. `([\w/.]+)`: `([\w.]+)`(?: \(`([\w, ]+)`\))?", section, re.MULTILINE)
    assert found, f"docs/architecture.md draws nothing below “{heading}”"
    return [(f"{module}: {function}", held) for module, function, held in found]


def _to(way: Way, module: str) -> Way:
    """Return a way as far as the first function of a module."""
    last = next(n for n, (name, _) in enumerate(way) if name.startswith(module))
    return way[: last + 1]


@contextmanager
def _calls(inline: InlineDesk, operation: str = "") -> Iterator[list[Way]]:
    """Note the ways of all calls to Cognito, or of one operation's."""
    ways: list[Way] = []

    def meets(called: str, body: str) -> None:
        if called == operation or not operation:
            ways.append(_way(sys._getframe()))

    inline.meets = meets
    yield ways


@contextmanager
def _statements(begin: str) -> Iterator[list[Way]]:
    """Note the ways of all statements that begin like this."""
    ways: list[Way] = []

    def executed(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(begin):
            ways.append(_way(sys._getframe()))

    event.listen(Engine, "before_cursor_execute", executed)
    try:
        yield ways
    finally:
        event.remove(Engine, "before_cursor_execute", executed)


def _way(frame: FrameType | None) -> Way:
    """Return the desk's own functions that are at work, outermost first.

    What hands work from one thread to another counts as one stop: it knows nothing of what it hands over. Lambdas and
    the like belong to the function that they are written in.
    """
    way: Way = []
    while frame is not None:
        code = frame.f_code
        file = Path(code.co_filename)
        if file.is_relative_to(ROOT / "bot") or file.is_relative_to(ROOT / "commands"):
            name = re.sub(r"\.<locals>\.(?=\w)", ".", code.co_qualname)
            if "<" not in name:
                way.append((f"{file.relative_to(ROOT)}: {name}", ", ".join(_holders(frame))))
        frame = frame.f_back
    handed_over = "bot/slack/background_work.py"
    return [
        each
        for before, each in zip([("", ""), *reversed(way)], reversed(way), strict=False)
        if not (each[0].startswith(handed_over) and before[0].startswith(handed_over))
    ]


def _holders(frame: FrameType) -> Iterator[str]:
    """Return the names of a function's arguments that hold the address."""
    code = frame.f_code
    for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        if name != "self" and _holds(frame.f_locals.get(name)):
            yield name


def _holds(value: object, depth: int = 0) -> bool:
    if isinstance(value, str):
        return ADDRESS in value
    if depth > 3:
        return False
    if isinstance(value, Mapping):
        held: list[object] = list(value.values())
    elif isinstance(value, list | tuple):
        held = list(value)
    elif isinstance(value, BaseModel):
        held = list(vars(value).values())
    elif is_dataclass(value):
        held = [getattr(value, each.name, None) for each in fields(value)]
    else:
        return False
    return any(_holds(each, depth + 1) for each in held)
