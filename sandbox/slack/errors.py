"""The one way in which the workspace says no to the app: an error by the name Slack gives it."""

from typing import Any


class SlackError(Exception):
    """A refusal that becomes `{"ok": false, "error": name}` with `details` beside it."""

    def __init__(self, name: str, *messages: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(name, *messages)
        self.name = name
        self.messages = messages
        self.details = details or {}
