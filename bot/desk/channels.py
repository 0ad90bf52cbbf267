"""Whether the desk may work in a channel at this moment, as Slack shows it, and what cures what speaks against it.

It is long because what Slack shows of a channel is read, judged and told here, for people and for the operator.
"""

import logging
import time
from collections.abc import Callable, Collection
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import rates, slack_errors
from bot.desk.recent import Overdue, Recent
from bot.rates import Allowance, UsedUp
from bot.timings import UNHURRIED
from bot.words import Channel, Words, say

log = logging.getLogger(__name__)

_READS_AT_ONCE = 10

_GRACE = 600.0
"""Seconds for which a channel that was open counts as open while Slack doesn't answer."""

_PATIENCE = 2.0
"""Seconds for which somebody waits for their turn to read; what was read last is at hand."""

_PEOPLE_AT_ONCE = 999
_MOST_PAGES = 5
"""How many people of a channel are read at a time, and how often: of a larger one nobody knows who is in it."""

_PEOPLE_KEPT = 60.0
"""Seconds for which it is remembered who is in a channel."""

_SILENCE = 5.0
"""Seconds for which Slack isn't asked again after it gave no answer: nobody is to wait for it message by message."""

_OTHERS = 5.0
"""Seconds for which a read that somebody else has begun is waited for."""


class Obstacle(StrEnum):
    """What speaks against working in a channel, by Slack's own name where it has one."""

    NOT_IN_CHANNEL = "not_in_channel"
    ARCHIVED = "is_archived"
    SHARED = "is_ext_shared"
    NO_SCOPE = "missing_scope"
    UNREADABLE = "unreadable"
    """Slack refuses to show the channel, and will until the operator changes something."""
    NO_ANSWER = "no_answer"
    """Slack doesn't answer now."""


_UNSEEN = frozenset({"channel_not_found", "not_in_channel"})
"""What Slack says of a private channel to those who aren't in it."""

_HERE = {
    Obstacle.NOT_IN_CHANNEL: "I'm not in this channel, so I can't post here. Type `/invite @{name}`, then try again.",
    Obstacle.ARCHIVED: (
        "This channel is archived, so I can't post here. Please use another channel, or have this one unarchived."
    ),
    Obstacle.SHARED: (
        "This channel is shared with another organisation, which could read customers' addresses, so I post nothing "
        "here. Please use another channel, or ask the operator."
    ),
    Obstacle.NO_SCOPE: (
        "I can't see whether this channel is shared with another organisation, so I post nothing here. Please tell "
        "the operator that I lack the scopes channels:read and groups:read."
    ),
    Obstacle.UNREADABLE: (
        "Slack doesn't show me whether this channel is shared with another organisation, so I post nothing here. "
        "Please tell the operator; `desk doctor` says why."
    ),
    Obstacle.NO_ANSWER: (
        "Slack doesn't tell me about this channel right now, so I post nothing here. Please try again in a minute."
    ),
}
"""For a person in the channel."""

_THERE = {
    Obstacle.NO_SCOPE: (
        "I can't see whether {channel} is shared with another organisation, so I post nothing there. Please tell the "
        "operator that I lack the scopes channels:read and groups:read."
    ),
    Obstacle.UNREADABLE: (
        "Slack doesn't show me whether {channel} is shared with another organisation, so I post nothing there. "
        "Please tell the operator; `desk doctor` says why."
    ),
    Obstacle.NO_ANSWER: (
        "Slack doesn't tell me about {channel} right now, so I post nothing there. Please try again in a minute."
    ),
}
"""For a person somewhere else; the others are errors of Slack's, of which `slack_errors.told` speaks."""

_REPAIR = (
    "Give the app the present manifest (`desk manifest`) and install it again; `desk doctor` says what is missing."
)

_LOGGED = {
    Obstacle.SHARED: (
        logging.ERROR,
        "channel %s is shared with another organisation, or is about to be: the desk posts nothing there any more and "
        "refuses commands. What it posted before may be read there. End the sharing, take the channel out of "
        "channels.allowed, or add it to channels.shared in desk.toml if the others may see customers' addresses",
    ),
    Obstacle.NO_SCOPE: (
        logging.ERROR,
        "channel %s can't be read, because the app lacks channels:read or groups:read: whether it is shared with "
        f"another organisation can't be seen, so the desk posts nothing there. {_REPAIR}",
    ),
    Obstacle.UNREADABLE: (
        logging.ERROR,
        "channel %s can't be read: whether it is shared with another organisation can't be seen, so the desk posts "
        "nothing there. `desk doctor` says why",
    ),
    Obstacle.NOT_IN_CHANNEL: (logging.WARNING, "the desk is not in channel %s: invite it there"),
    Obstacle.ARCHIVED: (logging.WARNING, "channel %s is archived: unarchive it, or take it out of channels.allowed"),
}
"""What the operator is told, once for each channel and change."""


class _Closed(Exception):
    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.value)
        self.obstacle = obstacle


class ChannelStates:
    """Answers from what Slack shows of a channel. Safe to share between threads; those who wait share one read.

    That a channel is open is remembered for a moment. What speaks against one is not, so that its cure works at once.
    """

    def __init__(
        self,
        client: WebClient,
        *,
        shared: Collection[str] = (),
        name: str,
        kept: float = UNHURRIED.open_channels,
        reads: float = UNHURRIED.channel_reads,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``shared``: the channels that may be shared with other organisations. ``name``: what people invite.

        ``kept``: for how many seconds an open channel is remembered. ``reads``: how often a minute Slack is asked.
        """
        self._client = client
        self._may_be_shared = frozenset(shared)
        self._name = name
        self._clock = clock
        self._allowance = Allowance(a_minute=reads, at_once=_READS_AT_ONCE, patience=_PATIENCE)
        self._recent: Recent[str] = Recent(self._read, seconds=kept, clock=clock, turn=self._turn, patience=_OTHERS)
        # That nobody knows is remembered too: who asks next is not to wait for Slack in vain.
        self._people: Recent[frozenset[str] | None] = Recent(
            self._read_people, seconds=_PEOPLE_KEPT, clock=clock, patience=_OTHERS
        )
        self._open_at: dict[str, float] = {}
        """When the channels were seen to be open that nothing has spoken against since."""
        self._noted: dict[str, Obstacle] = {}
        """What the operator was told of a channel."""

    def objection(self, channel: str, *, fresh: bool = False, elsewhere: bool = False) -> Words | None:
        """Return what speaks against working in a channel, with the cure; None when nothing does.

        ``fresh``: nothing that was read before counts, unless Slack doesn't answer. ``elsewhere``: the words are for
        somebody who isn't looking at the channel.
        """
        obstacle = self._obstacle(channel, fresh=fresh)
        if obstacle is None:
            return None
        if elsewhere and obstacle not in _THERE:
            return slack_errors.told(obstacle.value, channel, name=self._name)
        return say((_THERE if elsewhere else _HERE)[obstacle], name=self._name, channel=Channel(channel))

    def people(self, channel: str) -> frozenset[str] | None:
        """Return the ids of everybody who was in a channel within the last minute.

        None where Slack doesn't say, or where they are too many.
        """
        try:
            return self._people.get(channel)
        except Overdue:
            return None

    def _read_people(self, channel: str) -> frozenset[str] | None:
        found: set[str] = set()
        asked = {"channel": channel, "limit": str(_PEOPLE_AT_ONCE)}
        try:
            for _ in range(_MOST_PAGES):
                self._allowance.take()
                answer = self._client.api_call("conversations.members", params=asked, http_verb="GET")
                found.update(map(str, answer["members"]))
                cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
                if not cursor:
                    return frozenset(found)
                asked = {**asked, "cursor": cursor}
        except Exception as error:  # No answer, whatever the reason, tells of nobody.
            if isinstance(error, SlackApiError) and error.response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                self._allowance.close(rates.retry_after(error.response.headers))
            log.warning("who is in channel %s isn't known (%s)", channel, type(error).__name__)
        return None

    def closed(self, channel: str) -> str:
        """Return why nothing of a customer's may be posted in a channel; empty where it may.

        It is ``is_ext_shared``, or ``unreadable`` as long as nobody knows. Whatever else speaks against a channel,
        Slack says itself.
        """
        match self._obstacle(channel, fresh=False):
            case Obstacle.SHARED as shared:
                return shared.value
            case Obstacle.NO_SCOPE | Obstacle.UNREADABLE | Obstacle.NO_ANSWER:
                return Obstacle.UNREADABLE.value
            case _:
                return ""

    def _obstacle(self, channel: str, *, fresh: bool) -> Obstacle | None:
        try:
            self._recent.get(channel, fresh=fresh)
        except _Closed as closed:
            obstacle = closed.obstacle
        except Overdue:
            obstacle = Obstacle.NO_ANSWER
        else:
            return None
        if obstacle is Obstacle.NO_ANSWER and self._clock() - self._open_at.get(channel, -_GRACE) < _GRACE:
            return None
        return obstacle

    def _turn(self) -> None:
        try:
            self._allowance.take()
        except UsedUp:
            raise _Closed(Obstacle.NO_ANSWER) from None

    def named(self, channel: str) -> str:
        """Return what a channel is called, ``#support``; where Slack doesn't say, or it isn't open, its id."""
        try:
            return self._recent.get(channel)
        except (_Closed, Overdue):
            return channel

    def _read(self, channel: str) -> str:
        """Return what the channel is called, if it is open. Raises `_Closed`."""
        began = self._clock()
        obstacle, name = self._found(channel)
        if obstacle is Obstacle.NO_ANSWER:
            raise _Closed(obstacle)
        self._note(channel, obstacle)
        if obstacle is None:
            self._open_at[channel] = began
            return name
        self._open_at.pop(channel, None)
        raise _Closed(obstacle)

    def _found(self, channel: str) -> tuple[Obstacle | None, str]:
        """Return what speaks against a channel, None for nothing, and what it is called."""
        try:
            answer = self._client.api_call("conversations.info", params={"channel": channel}, http_verb="GET")
            shown = answer["channel"]
            if not isinstance(shown, dict):
                return Obstacle.UNREADABLE, channel
            return self._judged(channel, shown), f"#{shown['name']}" if shown.get("name") else channel
        except SlackApiError as error:
            return self._refused(channel, error), channel
        except Exception as error:  # No answer, whatever the reason, is no leave to post.
            log.warning("conversations.info got no answer (%s)", type(error).__name__)
            self._allowance.close(_SILENCE)
            return Obstacle.NO_ANSWER, channel

    def _judged(self, channel: str, shown: dict[str, Any]) -> Obstacle | None:
        is_shared = shown.get("is_ext_shared") or shown.get("is_pending_ext_shared")
        if shown.get("is_archived"):
            return Obstacle.ARCHIVED
        if is_shared and channel not in self._may_be_shared:
            return Obstacle.SHARED
        if not shown.get("is_member"):
            return Obstacle.NOT_IN_CHANNEL
        # Whether `is_read_only` means the app too, or only most people, Slack doesn't say (UNCONFIRMED): what it lets
        # the app post shows when something is posted.
        return None

    def _refused(self, channel: str, error: SlackApiError) -> Obstacle:
        status, refusal = error.response.status_code, str(error.response.get("error", ""))
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self._allowance.close(rates.retry_after(error.response.headers))
        if refusal in _UNSEEN:
            return Obstacle.NOT_IN_CHANNEL
        if refusal == "missing_scope":
            return Obstacle.NO_SCOPE
        log.warning("conversations.info was refused for channel %s: %s", channel, refusal or status)
        return Obstacle.NO_ANSWER if slack_errors.passes(refusal, status) else Obstacle.UNREADABLE

    def _note(self, channel: str, obstacle: Obstacle | None) -> None:
        """Tell the operator what has changed."""
        if self._noted.get(channel) is obstacle:
            return
        if obstacle is None:
            del self._noted[channel]
            log.info("the desk may post in channel %s again", channel)
            return
        self._noted[channel] = obstacle
        level, words = _LOGGED[obstacle]
        log.log(level, words, channel)
