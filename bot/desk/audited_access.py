"""Who may ask, and where. A refusal is written into the audit, since there is no ticket yet that could say so."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.answer import Barred, Refused
from bot.desk.channels import ChannelStates
from bot.desk.members import Member
from bot.desk.people import Roster, Who
from bot.settings import Settings
from bot.ticket import Event
from bot.tickets import audit
from bot.tickets.store import Store
from bot.words import Channel, Words, say

_MOST_NAMED = 5
"""Channels that somebody is told of who is in another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Somebody who may ask, and the pools about which they may, in the settings' order: never none.

    Of no other pool may they learn that it is there.
    """

    member: Member
    pools: tuple[str, ...]


def no_such_pool(pool: str) -> Words:
    """Say that there is no such pool, to somebody who may ask nothing about it too."""
    return say("There is no pool {pool} here any more.", pool=pool)


class AuditedAccess:
    """Refuses people, and leaves a row of the audit for each refusal."""

    def __init__(self, roster: Roster, database: Store, channels: ChannelStates, settings: Settings) -> None:
        """``settings`` say which pools may be asked about in which channel."""
        self._roster = roster
        self._store = database
        self._channels = channels
        self._settings = settings

    def asker(self, who: Who, channel: str) -> Asker:
        """Return who this is, and the pools about which they may ask in this channel. Raises `Refused` if none."""
        self.listed(who, channel)
        return self._asker(who, self._settings.pools_in(channel))

    def asker_anywhere(self, who: Who) -> Asker:
        """Return who this is, and the pools about which they may ask in some channel. Raises `Refused` if none."""
        return self._asker(who, tuple(self._settings.pools))

    def _asker(self, who: Who, pools: Sequence[str]) -> Asker:
        try:
            found = self._roster.asks_about(who, pools)
        except Refused as refused:
            self._write(self._roster.member(who), refused.words)
            raise
        return Asker(member=self._roster.member(who), pools=found)

    def pools_in(self, channel: str) -> tuple[str, ...]:
        """Return the pools about which somebody may ask in a channel; asks nobody. Who may, says `asker`."""
        return self._settings.pools_in(channel)

    def offered(self, who: Who, channel: str) -> tuple[str, ...]:
        """Return the pools to offer somebody in a channel. Raises `Refused` where they may ask about none of several.

        Where all pools have the same people it asks nobody, and whether these may ask is still to be seen.
        """
        return self.pools_in(channel) if self._roster.is_one_team else self.asker(who, channel).pools

    def knows_offered(self, who: Who, channel: str) -> bool:
        """Whether `offered` asks nobody now."""
        return self._roster.is_one_team or self.knows_asker(who, channel)

    def knows_asker(self, who: Who, channel: str) -> bool:
        """Whether `asker` asks nobody now."""
        return self._roster.knows_agent(who, self.pools_in(channel))

    def lead(self, who: Who, pool: str) -> None:
        """Return if somebody may ask for what leads alone ask for. Raises `Refused`, and writes that down."""
        try:
            self._roster.lead(who, pool, fresh=True, to="ask for this")
        except Refused as refused:
            self._write(self._roster.member(who), refused.words)
            raise

    @property
    def only_channel(self) -> str:
        """The one channel in which anybody may ask anything; empty where there are several."""
        channels = self._settings.all_channels
        return channels[0] if len(channels) == 1 else ""

    def channels(self, asker: Asker) -> tuple[str, ...]:
        """Return the channels in which somebody may ask something, in the settings' order."""
        there = {each for pool in asker.pools for each in self._settings.channels_of(pool).allowed}
        return tuple(each for each in self._settings.all_channels if each in there)

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
        """Return if the operator lets the desk work in this channel, for whatever pool. Raises `Refused`."""
        if not self.pools_in(channel):
            raise self.refusal(self._roster.member(who), self._elsewhere(who))

    def _elsewhere(self, who: Who) -> Words:
        """Say where the desk works, as far as that is for somebody to know."""
        channels = self._settings.all_channels
        if any(set(self._settings.channels_of(pool).allowed) != {*channels} for pool in self._settings.pools):
            try:
                pools = self._roster.asks_about(who, self._settings.pools)
            except Refused:
                pools = ()
            channels = self.channels(Asker(member=self._roster.member(who), pools=pools))
        return _elsewhere(sorted(channels))

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
