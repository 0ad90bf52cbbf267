"""What a modal carries with it."""

import json

import pytest

from bot.answer import Bullets, Paragraph, Part, Table
from bot.slack import views
from bot.slack.views import Frame, Memory
from bot.words import say
from sandbox.slack.blockkit import check_view


@pytest.mark.parametrize(("typed", "kept"), [("x" * 800, True), ("z" * 3000, False), ("\x1b" * 800, False)])
def test_a_modal_remembers_what_was_typed_unless_slack_would_refuse_it(typed: str, kept: bool) -> None:
    memory = Memory(scenario="map-provider", channel="C0SUPPORT", origin=4, typed={"claim": typed})
    view = views.told(Frame(title="Map a provider", memory=memory), say("Which pool?"))

    assert check_view(view) == []
    remembered = json.loads(view["private_metadata"])
    assert remembered.pop("typed", {}) == ({"claim": typed} if kept else {})
    assert remembered == {"scenario": "map-provider", "channel": "C0SUPPORT", "origin": 4}


@pytest.mark.parametrize(("count", "left"), [(100, 0), (101, 2), (140, 41)])
def test_what_a_modal_has_no_room_for_is_counted(count: int, left: int) -> None:
    parts: list[Part] = [Paragraph(say("Line {n}.", n=n)) for n in range(count)]
    view = views.shown(Frame(title="Details", memory=Memory(channel="C0SUPPORT")), parts)

    assert check_view(view) == []
    assert len(view["blocks"]) == 100
    said = json.dumps(view["blocks"][-1])
    assert ("This is not all: " in said) is bool(left)
    assert not left or f'"{left}"' in said
    assert view["blocks"][0] != view["blocks"][-1]


def test_a_modal_is_never_larger_than_slack_takes() -> None:
    row = (say("{name}", name="名" * 60), say("{value}", value="値" * 100))
    parts: list[Part] = [Table(("a", "b"), (row,) * 99), Bullets((say("{text}", text="x" * 2000),) * 20)] * 8
    view = views.shown(Frame(title="Details", memory=Memory(channel="C0SUPPORT")), parts)

    assert check_view(view) == []
    assert len(json.dumps(view)) < 250_000
    assert "This is not all: " in json.dumps(view["blocks"][-1])
