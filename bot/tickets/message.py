"""A Slack message as it leaves the desk: blocks, a full ``text`` that says the same, and metadata."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, ready for chat.postMessage or chat.update."""

    text: str
    """Escaped, complete: what notifications show and screen readers read."""
    blocks: tuple[Mapping[str, Any], ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """``{"event_type": …, "event_payload": {…}}``, or empty."""
