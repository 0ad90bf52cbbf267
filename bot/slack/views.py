"""The modals that only show something; and what every modal of ours remembers."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from bot.answer import Part
from bot.slack import blocks
from bot.slack.blocks import Block
from bot.words import Words, say

View = dict[str, Any]

LOADING = "Loading…"
CHECKING = "Checking…"

_LONGEST_MEMORY = 3000
"""Characters of ``private_metadata``, https://docs.slack.dev/surfaces/modals."""


_MOST_BLOCKS = 100
_LARGEST = 240_000
"""Blocks of a view, and bytes of all of them; Slack takes 250 KB, https://docs.slack.dev/surfaces/modals."""


class Memory(BaseModel):
    """What a modal carries in ``private_metadata``: ids and names only, since it comes back from outside."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    scenario: str = ""
    pool: str = ""
    """The pool whose data the modal shows; a form's own Pool field wins over it."""
    channel: str
    origin: int | None = None
    """The conversation that the request was born from."""
    parent: int | None = None
    ticket: int = 0
    ts: str = ""
    """The card's message, as it was clicked."""
    challenge: str = ""
    """The random id of a sign-in that waits in memory for what this modal asks."""
    nonce: str = ""
    """What makes a confirmation one that the desk opened; see `bot.tickets.confirmations`."""
    found: str = ""
    """The customer, as typed, by whom the desk found the pool; empty where the pool was chosen or isn't known."""
    typed: Mapping[str, str | bool] = {}
    """What was typed or given by a button, while the modal has no field for it yet; never a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A modal's head and its memory, which stay while its content changes."""

    title: str
    memory: Memory


def modal(
    frame: Frame, content: Iterable[Block], *, callback: str = "", submit: str = "", close: str = "Close"
) -> View:
    """Return a modal. Only one with ``submit`` can be submitted."""
    view: View = {
        "type": "modal",
        "title": blocks.label(frame.title, 24),
        "close": blocks.label(close, 24),
        "private_metadata": _kept(frame.memory),
        "blocks": list(content),
    }
    if callback:
        view["callback_id"] = callback
    if submit:
        view["submit"] = blocks.label(submit, 24)
    return view


def _kept(memory: Memory) -> str:
    """Return what fits. The inputs as they are drawn hold less; Slack would refuse the view of whoever sends more."""
    kept = memory.model_dump_json(exclude_defaults=True)
    if len(kept) <= _LONGEST_MEMORY:
        return kept
    return memory.model_copy(update={"typed": {}}).model_dump_json(exclude_defaults=True)


def waiting(frame: Frame, words: str) -> View:
    """Return a modal that says what is under way."""
    return modal(frame, [blocks.line(say("⏳ " + words))])


def told(frame: Frame, *words: Words) -> View:
    """Return a modal that only says something, a paragraph each."""
    return modal(frame, [blocks.line(each) for each in words])


def shown(frame: Frame, parts: Iterable[Part], *, user: str = "") -> View:
    """Return a modal with an answer that is for this person alone. ``user``: whom it is about, as somebody typed it."""
    memory = frame.memory
    drawn = blocks.drawn(parts, pool=memory.pool, origin=memory.origin, user=user, in_modal=True)
    return modal(frame, _fitting(drawn))


def _fitting(drawn: list[Block]) -> list[Block]:
    """Return as many blocks as Slack takes, and say so where these are not all."""
    kept: list[Block] = []
    room = _LARGEST
    for n, block in enumerate(drawn):
        room -= len(json.dumps(block))
        if room < 0 or (n == _MOST_BLOCKS - 1 and len(drawn) > _MOST_BLOCKS):
            return [*kept, blocks.line(say("This is not all: {n} more parts don't fit in here.", n=len(drawn) - n))]
        kept.append(block)
    return kept


def said_in(frame: Frame, what: str, channel: str) -> View:
    """Return a modal that says where to look now: ``Asked: see #support``."""
    where = {"type": "channel", "channel_id": channel}
    said = {"type": "rich_text_section", "elements": [{"type": "text", "text": f"{what}: see "}, where]}
    return modal(frame, [blocks.rich(said)])
