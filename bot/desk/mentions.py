"""Who is told of what waits or was found: leads once more in a thread, leads who aren't there, or another team.

What happens at somebody's wish is written down, and happens once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from bot import slack_errors
from bot.answer import Refused, Team
from bot.desk import rules
from bot.desk.approvals import ClickResult
from bot.desk.audited_access import AuditedAccess, no_such_pool
from bot.desk.channels import ChannelStates
from bot.desk.members import Member
from bot.desk.people import Roster, Unreadable, Who
from bot.desk.rules import Judging
from bot.slack_errors import Told
from bot.ticket import Event, State, Ticket
from bot.tickets import audit, resource_keys, tables
from bot.tickets.message import Message, Rank
from bot.tickets.outbox import Outbox
from bot.tickets.records import REMINDED_EVERY, last_remind
from bot.tickets.store import DeliveredTwice, Store, moment
from bot.tickets.transitions import Tickets
from bot.words import Moment, Words, say

_PENDING = frozenset({State.PENDING})

_NO_SUCH = say("There is no such request.")

_MOST_TOLD = 20
"""Leads who are told directly of one request; so many are enough to find somebody."""


class Reminders:
    """Mentions the leads of a request that waits. Its methods may be called from any thread."""

    def __init__(
        self,
        tickets: Tickets,
        access: AuditedAccess,
        *,
        told: Told = slack_errors.told,
        every: timedelta = REMINDED_EVERY,
    ) -> None:
        """``told``: what a refusal of Slack's means. ``every``: between two reminders of one request, at least."""
        self._tickets = tickets
        self._told = told
        self._store = tickets.store
        self._access = access
        self._every = every

    def remind(self, ticket_id: int, *, who: Who) -> ClickResult:
        """Mention the leads in the thread of the card, unless that was done a short time ago. Raises `Refused`."""
        asker = self._access.asker_anywhere(who)
        member, seen = asker.member, self._ticket(ticket_id)
        if seen is None or seen.pool not in asker.pools:
            raise Refused(_NO_SUCH)
        # The card may be in another channel than the list.
        closed = self._access.objection(seen.channel, elsewhere=True)
        with self._tickets.transaction() as connection:
            # Who holds the row is the only one who reads and writes when that was.
            ticket = self._tickets.lock(connection, ticket_id)
            if ticket is None:
                raise Refused(_NO_SUCH)
            now, last = moment(self._store.now(connection)), last_remind(connection, ticket_id)
            words = self._objection(ticket, member, now, moment(last) if last is not None else None) or closed
            refused = self._tickets.outbox.refusal(connection, ticket_id)
            if words is None and refused:
                words = self._told(refused, ticket.channel)
            if words is None:
                self._tickets.remind(connection, Event.REMINDED_BY_HAND, ticket, by=member.id)
            else:
                detail = {"tried": "nudge", **audit.told(words)}
                audit.record(connection, self._store, Event.REFUSED, ticket=ticket_id, person=member.id, detail=detail)
        return ClickResult(words is None, words or say("The leads were reminded, in the card's thread."))

    def _ticket(self, ticket_id: int) -> Ticket | None:
        with self._store.reading() as connection:
            return self._tickets.get(connection, ticket_id)

    def _objection(self, ticket: Ticket, who: Member, now: datetime, last: datetime | None) -> Words | None:
        if ticket.state is State.PENDING and ticket.expires_at <= now:
            return say("This has expired; nobody can decide it any more.")
        if words := rules.wrong_state(ticket, who, _PENDING):
            return words
        if last is None or last + self._every <= now:
            return None
        return say(
            "The leads were reminded at {last} already. You can remind them again at {next}.",
            last=Moment(last, "{time}"),
            next=Moment(last + self._every, "{time}"),
        )


class LeadsElsewhere:
    """Finds the leads who don't see what is posted in a channel. May ask Slack, so: not in a transaction."""

    def __init__(self, judging: Judging, roster: Roster, channels: ChannelStates) -> None:
        self._judging = judging
        self._roster = roster
        self._channels = channels

    def of(self, channel: str, *, pool: str, authors: frozenset[str]) -> tuple[str, ...]:
        """Return those of them who could approve what ``authors`` ask for there, each person once.

        Where Slack doesn't say who is in the channel, that is all leads: one who is told twice loses less than one who
        is never told.
        """
        here = self._channels.people(channel) or frozenset()
        try:
            able = self._judging.able(pool, authors, _MOST_TOLD, but=here)
        except Unreadable:
            return ()
        return tuple(each for each in able if self._roster.member(Who(each, "")).ids.isdisjoint(here))


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
    """Mentions the team that can do what was found. Its methods may be called from any thread."""

    def __init__(self, access: AuditedAccess, teams: Mapping[Team, str], database: Store, outbox: Outbox) -> None:
        self._access = access
        self._teams = teams
        self._store = database
        self._outbox = outbox

    def check(self, who: Who, channel: str, pool: str, *, fresh: bool = False) -> Member:
        """Return who this is, if they may hand something of a pool over here. Raises `Refused`, and writes that down.

        ``fresh``: how the channel was a moment ago doesn't count.
        """
        self._access.place(who, channel, fresh=fresh)
        asker = self._access.asker(who, channel)
        if pool not in asker.pools:
            raise self._access.refusal(asker.member, no_such_pool(pool))
        return asker.member

    def named(self, team: Team) -> str:
        """Return the Slack id that the settings have for a team; empty for none."""
        return self._teams.get(team, "")

    def post(
        self, message: Message, about: About, *, conversation: int | None, who: Who, channel: str, delivery: str
    ) -> None:
        """Reply in the thread of the check. Raises `Refused`; nothing is posted then.

        ``delivery`` names what Slack delivered: the same one delivered again has no second effect.
        """
        member = self.check(who, channel, about.pool, fresh=True)
        try:
            with self._store.transaction() as connection:
                self._store.note_delivery(connection, delivery)
                # What a button says may be made up; only this channel's own threads are replied to.
                row = tables.conversation.c
                place = select(row.channel).where(row.id == conversation, ~row.ended)
                if conversation is None or connection.execute(place).scalar() != channel:
                    raise Refused(say("The thread isn't there any more. Please check again, and hand that over."))
                self._outbox.enqueue(connection, conversation, message, rank=Rank.ANSWER, person=who.id)
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
        except DeliveredTwice:
            return
        self._outbox.wake()
