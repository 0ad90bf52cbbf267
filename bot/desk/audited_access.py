"""Who may ask, and where. A refusal is written into the audit, since there is no ticket yet that could say so."""

from collections.abc import Collection, Sequence

from bot.answer import Barred, Refused
from bot.desk.channels import ChannelStates
from bot.desk.members import Member
from bot.desk.people import Roster, Who
from bot.ticket import Event
from bot.tickets import audit
from bot.tickets.store import Store
from bot.words import Channel, Words, say

_MOST_NAMED = 5
"""Channels that somebody is told of who is in another one."""


class AuditedAccess:
    """Refuses people, and leaves a row of the audit for each refusal."""

    def __init__(self, roster: Roster, database: Store, channels: ChannelStates, allowed: Collection[str]) -> None:
        """``allowed``: the channels in which the operator lets the desk work."""
        self._roster = roster
        self._store = database
        self._channels = channels
        self._allowed = frozenset(allowed)
        self._elsewhere = _elsewhere(sorted(allowed))

    def agent(self, who: Who) -> Member:
        """Return who this is, if they may ask. Raises `Refused`."""
        try:
            self._roster.agent(who)
        except Refused as refused:
            self._write(self._roster.member(who), refused.words)
            raise
        return self._roster.member(who)

    def place(self, who: Who, channel: str, *, fresh: bool = False) -> None:
        """Return if the desk works in this channel, and can post there now. Raises `Refused`; may ask Slack.

        ``fresh``: how the channel was a moment ago doesn't count.
        """
        self.listed(who, channel)
        if words := self._channels.objection(channel, fresh=fresh):
            self._write(self._roster.member(who), words)
            # Somebody can cure it, so whatever was typed is worth keeping.
            raise Refused(words)

    def listed(self, who: Who, channel: str) -> None:
        """Return if the operator lets the desk work in this channel. Raises `Refused`; asks nobody."""
        if channel not in self._allowed:
            raise self.refusal(self._roster.member(who), self._elsewhere)

    def objection(self, channel: str, *, fresh: bool = False, elsewhere: bool = False) -> Words | None:
        """Return what speaks against posting in a channel now; None when nothing does. May ask Slack.

        ``elsewhere``: the words are for somebody who isn't looking at the channel.
        """
        return self._channels.objection(channel, fresh=fresh, elsewhere=elsewhere)

    def channel_name(self, channel: str) -> str:
        """Return what a channel is called; where Slack doesn't say, or it isn't open, its id. May ask Slack."""
        return self._channels.named(channel)

    def member(self, who: Who) -> Member:
        """Return who this is, whether they may ask or not."""
        return self._roster.member(who)

    def key(self, person: str) -> str:
        """Return what tells somebody apart, by any of their ids. Raises `bot.desk.people.Unreadable`."""
        return self._roster.key(person)

    def refusal(self, who: Member, words: Words) -> Refused:
        """Return what to raise for a person who asks where, or for what, nobody may."""
        self._write(who, words)
        return Barred(words)

    def _write(self, who: Member, words: Words) -> None:
        with self._store.transaction() as connection:
            detail = {"tried": "ask", **audit.told(words)}
            audit.record(connection, self._store, Event.REFUSED, ticket=None, person=who.id, detail=detail)


def _elsewhere(channels: Sequence[str]) -> Words:
    """Say to somebody where the desk works, since it doesn't where they are."""
    if not channels or len(channels) > _MOST_NAMED:
        return say("The desk doesn't work in this channel. The operator says which ones it works in.")
    named = {f"channel{n}": Channel(each) for n, each in enumerate(channels)}
    listed = " or ".join(f"{{{name}}}" for name in named)
    return say(f"The desk doesn't work in this channel. Use it in {listed}.", **named)
