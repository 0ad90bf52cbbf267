"""What the buttons of an answer hold: packed when they are drawn, read when they are pressed.

Nothing is kept for them in between, so that they work after a restart, in any replica, and however old they are. What
comes back may be old, or made up: everything in it is looked up or judged again. There is never a secret in it.
"""

import json
from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.answer import HandOver, Offer, Refused, Team
from bot.words import say

IN_BUTTON = 2000
"""Characters that a button may hold, https://docs.slack.dev/reference/block-kit/block-elements/button-element."""

IN_OPTION = 150
"""The same for one option of a menu, https://docs.slack.dev/reference/block-kit/composition-objects/option-object."""

_CUT = "… (This was too long for a button. See the thread for the rest.)"
_LONGEST_WORD = 40
"""Characters that are left out so as not to cut a word; not every language has spaces."""


class _Held(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    pool: str
    origin: int | None
    """The conversation of the answer; None for an answer that one person alone sees."""


class Press(_Held):
    """What an offer holds, or the button **Details**."""

    scenario: str
    fields: Mapping[str, str]


class Handed(_Held):
    """What the button **Hand over…** holds."""

    team: Team
    user: str = Field(repr=False)
    """Whom the answer was about, as somebody typed it; empty for nobody."""
    sub: str
    text: str = Field(repr=False)


_Kind = TypeVar("_Kind", Press, Handed)


def offer(what: Offer, *, pool: str, origin: int | None) -> str:
    """Pack an offer, however long that is."""
    return _packed(Press(scenario=what.scenario, pool=pool, fields=dict(what.fields), origin=origin))


def offer_in_button(what: Offer, *, pool: str, origin: int | None) -> str:
    """Pack an offer for a button. With too much for Slack its form still opens, only not filled in."""
    packed = offer(what, pool=pool, origin=origin)
    return packed if len(packed) <= IN_BUTTON else offer(replace(what, fields={}), pool=pool, origin=origin)


def hand_over(what: HandOver, *, pool: str, origin: int | None, user: str) -> str:
    """Pack what another team has to do. A text that is too long is cut between two words, and says so."""
    text = what.text.plain()
    held = Handed(team=what.team, pool=pool, origin=origin, user=user, sub=what.sub, text=text)
    packed = _packed(held)
    if len(packed) <= IN_BUTTON:
        return packed

    def with_only(kept: str) -> str:
        return _packed(held.model_copy(update={"text": kept + _CUT}))

    # How much room a character takes depends on the character.
    over = bisect_left(range(len(text)), IN_BUTTON + 1, key=lambda n: len(with_only(text[:n])))
    return with_only(_whole_words(text[: max(0, over - 1)]))


def read(value: str, pools: Collection[str]) -> Press:
    """Read what an offer holds. Raises `Refused` where that means nothing any more."""
    return _read(Press, value, pools)


def read_hand_over(value: str, pools: Collection[str]) -> Handed:
    """Read what **Hand over…** holds. Raises `Refused` where that means nothing any more."""
    return _read(Handed, value, pools)


def _whole_words(text: str) -> str:
    """Cut off the end of a text that may be the beginning of a word."""
    end = text[-_LONGEST_WORD:]
    last = max(end.rfind(" "), end.rfind("\n"))
    return text if last < 0 else text[: len(text) - len(end) + last].rstrip()


def _packed(held: _Held) -> str:
    return json.dumps(held.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))


def _read(kind: type[_Kind], value: str, pools: Collection[str]) -> _Kind:
    try:
        held = kind.model_validate_json(value)
    except ValidationError:
        raise Refused(say("This button is of an older kind. Please type the command instead.")) from None
    if held.pool and held.pool not in pools:
        raise Refused(say("There is no pool {pool} here any more.", pool=held.pool))
    return held
