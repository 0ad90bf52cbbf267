"""Who has read how far, and how often unread messages call somebody by name."""

import json
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.slack.model import Channel, Message, UserGroup
from sandbox.slack.workspace import Workspace

_CALLS = re.compile(r'<@([UW][A-Z0-9]+)|<!subteam\^(S[A-Z0-9]+)|"user(?:group)?_id": "([A-Z0-9]+)"')
# Somebody who was never there need not be told how often they were called in all that time.
_COUNTED = 200
_EVERYBODY = re.compile(r'<!(?:here|channel|everyone)[|>]|"type": "broadcast"')


@dataclass(frozen=True, slots=True)
class Unread:
    """What somebody has not read in a channel: whether there is anything, and how often it calls them."""

    anything: bool
    calls: int


class ReadMarks:
    """How far each person has read each channel, each thread and the mailbox; forgotten when the sandbox ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], float] = {}

    def mark(self, person: str, place: str, until: float) -> bool:
        """Note that a person has read a place up to a message's `ts`; true when that was news."""
        with self._lock:
            news = until > self._seen.get((person, place), 0.0)
            if news:
                self._seen[person, place] = until
            return news

    def seen(self, person: str, place: str) -> float:
        """Up to where a person has read a place; 0 for never."""
        with self._lock:
            return self._seen.get((person, place), 0.0)

    def unread(self, workspace: Workspace, person: str, channel: Channel) -> Unread:
        """What is new to a person in a channel; replies in threads count only when they call them."""
        seen = self.seen(person, channel.id)
        said = workspace.conversations.in_channel(channel.id, person)
        new = [one for one in said if float(one.ts) > seen and one.user != person][-_COUNTED:]
        groups = _groups_with(person, workspace.roll.groups)
        calls = sum(_calls(one, person, groups) for one in new)
        return Unread(anything=any(not one.is_reply for one in new), calls=calls)

    def has_new_reply(self, person: str, root_ts: str, replies: Sequence[Message]) -> bool:
        """Whether a thread has a reply by somebody else that a person has not seen."""
        seen = self.seen(person, root_ts)
        return any(float(one.ts) > seen and one.user != person for one in replies)


def _calls(message: Message, person: str, groups: frozenset[str]) -> bool:
    if message.ephemeral_to:
        return False
    content = f"{message.text}\n{json.dumps(message.blocks)}"
    called = {name for found in _CALLS.finditer(content) for name in found.groups() if name}
    return person in called or not called.isdisjoint(groups) or _EVERYBODY.search(content) is not None


def _groups_with(person: str, groups: Iterable[UserGroup]) -> frozenset[str]:
    return frozenset(one.id for one in groups if person in one.members and not one.disabled)
