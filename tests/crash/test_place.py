"""When a place counts as at rest: whatever isn't done or told by then is lost, so it must not be said too early."""

from pathlib import Path
from typing import Any

import pytest

from bot.ticket import State, Ticket
from tests.crash.place import Place


class Outbox:
    """An outbox that holds what a ticket has left in it."""

    def __init__(self) -> None:
        self.messages = 0

    def is_empty(self) -> bool:
        return not self.messages


class Ending:
    """A ticket that comes to its end in the moment in which somebody looks at it."""

    plan = type("Plan", (), {"secrets": ()})

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    @property
    def state(self) -> State:
        self._outbox.messages = 1
        return State.DONE


def test_a_ticket_that_ends_while_somebody_looks_has_something_left_to_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = Outbox()
    made_up: Any = type("Tickets", (), {"outbox": outbox})
    nothing: Any = None
    place = Place(nothing, nothing, nothing, nothing, nothing, tmp_path, made_up)
    ending: list[Ticket] = [Ending(outbox)]  # type: ignore[list-item] # it has what is looked at
    monkeypatch.setattr(Place, "all_tickets", lambda _: ending)
    monkeypatch.setattr(Place, "_has_case_due", lambda _: False)

    assert not place.rests()
    outbox.messages = 0
    ending.clear()
    assert place.rests()
