"""Slack's check of Block Kit, over plain dicts: what Slack would refuse, in Slack's manner, with JSON pointers."""

from collections.abc import Sequence
from typing import Any

from sandbox.slack.blockkit.blocks import check_block
from sandbox.slack.blockkit.objects import plain_text, text_length
from sandbox.slack.blockkit.report import Place, flag, items, shape, string, typed

__all__ = ["check_home", "check_message", "check_view", "text_length"]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW = shape(
    {"title": plain_text(24), "blocks": items(check_block, VIEW_BLOCKS)},
    {
        "submit": plain_text(24),
        "close": plain_text(24),
        "callback_id": string(255, least=0),
        "private_metadata": string(3000, least=0),
        "external_id": string(255, least=0),
        "clear_on_close": flag,
        "notify_on_close": flag,
    },
)


HOME = shape(
    {"blocks": items(check_block, VIEW_BLOCKS, least=0)},
    {
        "callback_id": string(255, least=0),
        "private_metadata": string(3000, least=0),
        "external_id": string(255, least=0),
    },
)


def check_message(blocks: Sequence[Any], text: str | None = None) -> list[str]:
    """What Slack would hold against a message's blocks; empty when it takes them.

    `text` is the message's own text; a message with neither is the caller's to refuse.
    """
    place = Place(surface="message", pointer="/blocks")
    items(check_block, MESSAGE_BLOCKS, least=0)(place, list(blocks))
    if text is not None and not isinstance(text, str):
        Place(surface="message", pointer="/text", problems=place.problems).complain("must be a string")
    return place.problems


def check_home(view: Any) -> list[str]:
    """What Slack would hold against a Home tab; empty when it takes it.

    Which of the newer blocks it takes, Slack doesn't say (UNCONFIRMED): those of a modal.
    """
    place = Place(surface="modal", pointer="/view")
    typed({"home": HOME})(place, view)
    return place.problems


def check_view(view: Any) -> list[str]:
    """What Slack would hold against a modal; empty when it takes it."""
    place = Place(surface="modal", pointer="/view")
    typed({"modal": VIEW})(place, view)
    if place.counts.get("input") and not view.get("submit"):
        place.complain("must define `submit` to use an `input` block in modals")
    return place.problems
