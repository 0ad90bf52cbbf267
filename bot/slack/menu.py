"""The menu: everything that can be asked for, in the words of what is the matter."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.answer import Offer
from bot.scenario import LESS_OFTEN, MenuLine, Scenario
from bot.slack import blocks, views
from bot.slack.blocks import Block
from bot.slack.views import Frame, View
from bot.words import say

_LAST = 1000


@dataclass(frozen=True, slots=True)
class _Row:
    line: MenuLine
    scenario: Scenario[Any]


def menu(frame: Frame, scenarios: Mapping[str, Scenario[Any]], *, waiting: int, left_out: Iterable[str] = ()) -> View:
    """Return the menu. ``waiting``: how many requests wait; ``left_out``: the titles of what isn't offered here."""
    rows = sorted(_rows(scenarios.values()), key=lambda row: (row.line.place, row.scenario.name))
    drawn = [_drawn(row, frame, n, waiting) for n, row in enumerate(rows)]
    often = sum(row.line.place < LESS_OFTEN for row in rows)
    missing = ", ".join(left_out)
    content = [
        blocks.line(say("What is the matter?"), bold=True),
        *drawn[:often],
        *([{"type": "divider"}, blocks.line(say("Less often"), bold=True)] if rows[often:] else []),
        *drawn[often:],
        *([blocks.line(say(_SWITCHED_OFF, titles=missing))] if missing else []),
    ]
    return views.modal(frame, content[:100])


_SWITCHED_OFF = (
    "Not offered here: {titles}. For those the desk would need the customer's own token, password or code, and the "
    "operator hasn't allowed that. The customer can do the same in the app."
)


def _rows(scenarios: Iterable[Scenario[Any]]) -> Iterator[_Row]:
    for scenario in scenarios:
        for line in scenario.menu or (MenuLine(_LAST, scenario.summary),):
            yield _Row(line, scenario)


def _drawn(row: _Row, frame: Frame, n: int, waiting: int) -> Block:
    offer = Offer(label=row.line.button or row.scenario.title, scenario=row.scenario.name)
    words = row.line.words.replace("{waiting}", str(waiting or "nothing"))
    return {
        "type": "section",
        "text": blocks.label(words, 3000),
        "accessory": blocks.button(offer, pool=frame.memory.pool, origin=None, n=n),
    }
