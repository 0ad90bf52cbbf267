"""Turns what a person types into what Slack stores and sends: entities, mentions and links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.slack.roll import Roll

NAME = re.compile(r"(?<![\w<|@])([@#])([\w.-]*\w)")
URL = re.compile(r"(?<![<|\"'])\bhttps?://[^\s<>|]+")


def entities(text: str) -> str:
    """Slack's three control characters, encoded."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def message_text(text: str, roll: Roll) -> str:
    """A plain message: names that exist become mentions, everything else is literal."""
    return _mentioned(entities(text), roll, labelled=False)


def command_text(text: str, roll: Roll, *, should_escape: bool) -> str:
    """The text of a command; without `should_escape` it is sent as typed."""
    if not should_escape:
        return text
    return URL.sub(lambda found: f"<{found[0]}>", _mentioned(text, roll, labelled=True))


def _mentioned(text: str, roll: Roll, *, labelled: bool) -> str:
    people = {one.name: one for one in roll.people}
    groups = {one.handle: one for one in roll.groups}
    channels = {one.name: one for one in roll.channels if not one.im_with}

    def mention(found: re.Match[str]) -> str:
        sign, name = found[1], found[2]
        if sign == "#" and name in channels:
            return f"<#{channels[name].id}|{'' if channels[name].is_private else name}>"
        if sign == "@" and name in people:
            return f"<@{people[name].id}|{name}>" if labelled else f"<@{people[name].id}>"
        if sign == "@" and name in groups:
            return f"<!subteam^{groups[name].id}|@{name}>" if labelled else f"<!subteam^{groups[name].id}>"
        return found[0]

    return NAME.sub(mention, text)
