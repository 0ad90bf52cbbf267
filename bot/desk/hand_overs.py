"""Hands what was found over to another team: mentions it in the thread of the check, once, and writes that down."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.answer import Team
from bot.desk.audited_access import AuditedAccess
from bot.desk.members import Member
from bot.desk.people import Who
from bot.plan import Refused
from bot.ticket import Event
from bot.tickets import audit, deliveries, resource_keys, store
from bot.tickets.message import Message
from bot.tickets.outbox import Outbox, Rank
from bot.tickets.store import Store, taken
from bot.words import say


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is handed over, in the audit's words; the text itself is nowhere but in the thread."""

    team: Team
    pool: str
    user: str
    """Whom the check was about, as somebody typed it; empty for nobody."""
    sub: str
    """Of the account that it is about; empty where that isn't known."""


class HandOvers:
    """The door for whoever hands something over. Its methods may be called from any thread."""

    def __init__(
        self,
        *,
        audited_access: AuditedAccess,
        channels: Collection[str],
        teams: Mapping[Team, str],
        database: Store,
        outbox: Outbox,
    ) -> None:
        self._audited_access = audited_access
        self._channels = channels
        self._teams = teams
        self._store = database
        self._outbox = outbox

    def check(self, who: Who, channel: str, *, fresh: bool = False) -> Member:
        """Return who this is, if they may hand something over here. Raises `Refused`, and writes that down.

        ``fresh``: how the channel was a moment ago doesn't count.
        """
        self._audited_access.place(who, channel, self._channels, fresh=fresh)
        return self._audited_access.agent(who)

    def named(self, team: Team) -> str:
        """Return the Slack id that the settings have for a team; empty for none."""
        return self._teams.get(team, "")

    def post(
        self, message: Message, about: About, *, conversation: int | None, who: Who, channel: str, delivery: str
    ) -> None:
        """Reply in the thread of the check. Raises `Refused`; nothing is posted then.

        ``delivery`` names what Slack delivered: the same one delivered again has no second effect.
        """
        member = self.check(who, channel, fresh=True)
        try:
            with self._store.transaction() as connection:
                deliveries.note(connection, self._store, delivery)
                # What a button says may be made up; only this channel's own threads are replied to.
                row = store.conversation.c
                place = select(row.channel).where(row.id == conversation, ~row.ended)
                if conversation is None or connection.execute(place).scalar() != channel:
                    raise Refused(say("The thread isn't there any more. Please check again, and hand that over."))
                self._outbox.say(connection, conversation, message, rank=Rank.ANSWER, person=who.id)
                detail = {"team": about.team.value, "to": self.named(about.team), "pool": about.pool}
                audit.record(
                    connection,
                    self._store,
                    Event.HANDED_OVER,
                    ticket=None,
                    person=member.id,
                    detail={**detail, "user": about.user} if about.user else detail,
                    concerns=resource_keys.of_person(about.pool, reference=about.user, sub=about.sub),
                )
        except IntegrityError as error:
            if not taken(error):
                raise
            return
        self._outbox.wake()
