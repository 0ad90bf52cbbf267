"""Counts the characters that a reader would see."""

from __future__ import annotations

from typing import Any


def text_length(node: Any) -> int:
    """The length of every text below this node together."""
    if isinstance(node, list | tuple):
        return sum(text_length(one) for one in node)
    if isinstance(node, dict):
        own = node.get("text")
        below = sum(text_length(held) for name, held in node.items() if not isinstance(held, str))
        return below + (len(own) if isinstance(own, str) else 0)
    return 0
