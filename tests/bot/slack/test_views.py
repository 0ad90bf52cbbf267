"""What a modal carries with it."""

import json

import pytest

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
