"""Mentions the leads once more for a request that waits, at somebody's wish and not too often."""

from datetime import datetime, timedelta

from bot import slack_errors
from bot.desk import rules
from bot.desk.approvals import ClickResult
from bot.desk.audited_access import AuditedAccess
from bot.desk.members import Member
from bot.desk.people import Who
from bot.plan import Refused
from bot.slack_errors import Told
from bot.ticket import Event, State, Ticket
from bot.tickets import audit
from bot.tickets.records import last_remind
from bot.tickets.store import moment
from bot.tickets.transitions import Tickets
from bot.words import Moment, Words, say

EVERY = timedelta(minutes=15)

_PENDING = frozenset({State.PENDING})


class Reminders:
    """The door for whoever wants a decision. Its methods may be called from any thread."""

    def __init__(self, tickets: Tickets, audited_access: AuditedAccess, *, told: Told = slack_errors.told) -> None:
        self._tickets = tickets
        self._told = told
        self._store = tickets.store
        self._audited_access = audited_access

    def remind(self, ticket_id: int, *, who: Who) -> ClickResult:
        """Mention the leads in the thread of the card, unless that was done a short time ago. Raises `Refused`."""
        member = self._audited_access.agent(who)
        closed = self._closed(ticket_id)
        with self._tickets.transaction() as connection:
            # Whoever holds the row is the only one who reads and writes when that was.
            ticket = self._tickets.lock(connection, ticket_id)
            if ticket is None:
                raise Refused(say("There is no such request."))
            now, last = moment(self._store.now(connection)), last_remind(connection, ticket_id)
            words = _objection(ticket, member, now, moment(last) if last is not None else None) or closed
            refused = self._tickets.outbox.refusal(connection, ticket_id)
            if words is None and refused:
                words = self._told(refused, ticket.channel)
            if words is None:
                self._tickets.remind(connection, Event.REMINDED_BY_HAND, ticket, by=member.id)
            else:
                detail = {"tried": "nudge", "words": words.plain()}
                audit.record(connection, self._store, Event.REFUSED, ticket=ticket_id, person=member.id, detail=detail)
        return ClickResult(words is None, words or say("The leads have been mentioned again, in the card's thread."))

    def _closed(self, ticket_id: int) -> Words | None:
        """Return why nothing can be posted where the card is, which may be another channel than the list's."""
        with self._store.reading() as connection:
            ticket = self._tickets.get(connection, ticket_id)
        return self._audited_access.objection(ticket.channel, elsewhere=True) if ticket is not None else None


def _objection(ticket: Ticket, who: Member, now: datetime, last: datetime | None) -> Words | None:
    if ticket.state is State.PENDING and ticket.expires_at <= now:
        return say("This has expired; nobody can decide it any more.")
    if words := rules.wrong_state(ticket, who, _PENDING):
        return words
    if last is None or last + EVERY <= now:
        return None
    return say(
        "The leads were mentioned at {last} already. The next time that is possible is {next}.",
        last=Moment(last, "{time}"),
        next=Moment(last + EVERY, "{time}"),
    )
