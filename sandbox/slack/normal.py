"""Completes what an app sends as Slack does: ids that were left out, and the text objects' defaults."""

import copy
import secrets
from collections.abc import Iterable
from typing import Any

from sandbox.slack.controls import STATELESS, TYPED, Json

INTERACTIVE_SUFFIXES = ("_select", "_input", "picker")
INTERACTIVE = (STATELESS - {"image"}) | TYPED | {"radio_buttons", "checkboxes"}


def normalised(blocks: Iterable[Json]) -> tuple[Json, ...]:
    """Copies of the blocks in which every block and every interactive element has its id."""
    completed = copy.deepcopy(list(blocks))
    for block in completed:
        _complete_block(block)
    return tuple(completed)


def _complete_block(block: Json) -> None:
    block["block_id"] = block.get("block_id") or secrets.token_urlsafe(4)[:5]
    _complete(block)
    for child in block.get("child_blocks") or []:
        _complete_block(child)


def _complete(node: Any) -> None:
    if isinstance(node, list):
        for one in node:
            _complete(one)
        return
    if not isinstance(node, dict):
        return
    kind = node.get("type")
    if kind == "plain_text" and isinstance(node.get("text"), str):
        node.setdefault("emoji", True)
    elif kind == "mrkdwn":
        node.setdefault("verbatim", False)
    elif isinstance(kind, str) and (kind in INTERACTIVE or kind.endswith(INTERACTIVE_SUFFIXES)):
        node["action_id"] = node.get("action_id") or secrets.token_urlsafe(4)[:5]
    for name, held in node.items():
        if name != "metadata":
            _complete(held)
