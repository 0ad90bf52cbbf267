"""What people do at the desk: ask, approve, deny, withdraw. Every rule is judged here, inside one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection

from bot import audit, mentions
from bot.answer import Answer, Whisper
from bot.message import Message
from bot.people import Who
from bot.plan import Refused, Risk
from bot.planner import Planner
from bot.runner import Runner
from bot.settings import Settings
from bot.store import moment
from bot.ticket import Event, Outcome, State, Ticket
from bot.tickets import Asked, Tickets
from bot.words import Moment, Person, Words, say

_NOTHING = say("")
_OPEN = frozenset({State.PENDING, State.APPROVED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a click came to."""

    accepted: bool
    words: Words = _NOTHING
    """What the person is told, alone; an empty template when nothing need be said."""


@dataclass(frozen=True, slots=True)
class NeedsConfirmation:
    """The risk is high: the vote is the submission of a view that is drawn from this ticket."""

    ticket: Ticket


class Rights(Protocol):
    """Who may ask and who may approve, at this moment."""

    def agent(self, who: Who) -> None:
        """Raise `Refused` unless this person may ask."""

    def lead(self, who: Who, *, fresh: bool = False) -> None:
        """Raise `Refused` unless this person may approve. ``fresh``: nothing that was read before counts."""


class Desk:
    """The door for whoever speaks for a person. Its methods may be called from any thread."""

    def __init__(
        self, *, tickets: Tickets, planner: Planner, runner: Runner, roster: Rights, settings: Settings
    ) -> None:
        self._tickets = tickets
        self._store = tickets.store
        self._outbox = tickets.outbox
        self._planner = planner
        self._runner = runner
        self._roster = roster
        self._settings = settings

    def answer(self, scenario: str, pool: str, form: Mapping[str, Any], *, who: Who) -> Answer | Whisper:
        """Run a scenario that only reads. Raises `Refused`."""
        self._roster.agent(who)
        return self._planner.answer(scenario, pool, form)

    def publish(self, messages: Sequence[Message], channel: str) -> int:
        """Post a root message and its thread, and return the conversation's id."""
        with self._store.transaction() as connection:
            conversation = self._outbox.converse(connection, channel)
            for message in messages:
                self._outbox.say(connection, conversation, message)
        self._outbox.wake()
        return conversation

    def ask(
        self,
        *,
        scenario: str,
        pool: str,
        form: Mapping[str, Any],
        who: Who,
        channel: str,
        origin: int | None = None,
        parent: int | None = None,
        submission: str = "",
    ) -> Ticket:
        """Plan what was asked for and put it before the leads. Raises `Refused`; nothing is asked then.

        ``submission`` names what Slack delivered: the same one delivered again is the same ticket.
        """
        try:
            self._roster.agent(who)
            self._check_channel(channel)
        except Refused as refused:
            self._record_refusal(None, who, "ask", refused.words)
            raise
        planned = self._planner.plan(scenario, pool, form)
        plan = planned.plan
        needed = self._settings.approvals.leads_needed
        asked = Asked(
            scenario=scenario,
            pool=pool,
            form=planned.form,
            plan=plan,
            observed=planned.observed,
            needed=needed.high if plan.risk is Risk.HIGH else needed.normal,
            requester=who.id,
            reason=str(planned.form.get("reason", "")),
            lifetime=self._settings.approvals.expires_after,
            channel=channel,
            origin=origin,
            parent=parent,
            submission=submission,
        )
        with self._store.transaction() as connection:
            ticket = self._tickets.submitted(connection, submission) or self._tickets.add(connection, asked)
        self._outbox.wake()
        return ticket

    def approve(
        self, ticket_id: int, *, who: Who, channel: str, ts: str, confirmed: bool = False
    ) -> Verdict | NeedsConfirmation:
        """Count a lead's vote. High risk is first answered with what has to be confirmed."""
        seen = self.ticket(ticket_id)
        not_a_lead = self._not_a_lead(who, fresh=seen is not None and seen.plan.risk is Risk.HIGH)
        with self._store.transaction() as connection:
            ticket = self._tickets.lock(connection, ticket_id)
            words = self._objection(connection, ticket, who, channel, ts, frozenset({State.PENDING}))
            if words is None and ticket is not None:
                words = self._own(ticket, who) or not_a_lead or _voted(ticket, who)
            if words is not None or ticket is None:
                return self._refuse(connection, ticket, who, "approve", words)
            if ticket.plan.risk is Risk.HIGH and not confirmed:
                return NeedsConfirmation(ticket)
            ticket = self._tickets.vote(connection, ticket, who.id)
        self._outbox.wake()
        if ticket.state is State.APPROVED and not ticket.plan.secret:
            self._runner.start(ticket.id)
        return Verdict(True)

    def may_deny(self, ticket_id: int, *, who: Who, channel: str, ts: str) -> Verdict:
        """Say whether this person's reason for a denial is worth asking for."""
        return self._end(ticket_id, who, channel, ts, reason=None)

    def deny(self, ticket_id: int, *, who: Who, channel: str, ts: str, reason: str) -> Verdict:
        """End a ticket that nobody has begun to carry out."""
        return self._end(ticket_id, who, channel, ts, reason=reason)

    def withdraw(self, ticket_id: int, *, who: Who, channel: str, ts: str) -> Verdict:
        """Take back one's own ticket."""
        with self._store.transaction() as connection:
            ticket = self._tickets.lock(connection, ticket_id)
            words = self._objection(connection, ticket, who, channel, ts, _OPEN)
            if words is None and ticket is not None and ticket.requester != who.id:
                words = say("Only {who} can withdraw this, who asked for it.", who=Person(ticket.requester))
            if words is not None or ticket is None:
                return self._refuse(connection, ticket, who, "withdraw", words)
            outcome = Outcome(by=who.id)
            self._tickets.turn(connection, ticket, State.WITHDRAWN, Event.WITHDRAWN, by=who.id, outcome=outcome)
        self._outbox.wake()
        return Verdict(True)

    def ticket(self, ticket_id: int) -> Ticket | None:
        """Return a ticket as it is now."""
        with self._store.reading() as connection:
            return self._tickets.get(connection, ticket_id)

    def _end(self, ticket_id: int, who: Who, channel: str, ts: str, *, reason: str | None) -> Verdict:
        not_a_lead = self._not_a_lead(who, fresh=False)
        with self._store.transaction() as connection:
            ticket = self._tickets.lock(connection, ticket_id)
            words = self._objection(connection, ticket, who, channel, ts, _OPEN) or not_a_lead
            if words is not None or ticket is None:
                return self._refuse(connection, ticket, who, "deny", words)
            if reason is not None:
                outcome = Outcome(by=who.id, reason=reason)
                detail = {"reason": reason}
                self._tickets.turn(
                    connection, ticket, State.DENIED, Event.DENIED, by=who.id, outcome=outcome, detail=detail
                )
        self._outbox.wake()
        return Verdict(True)

    def _check_channel(self, channel: str) -> None:
        if channel not in self._settings.channels.allowed:
            raise Refused(say("The desk doesn't work in this channel."))

    def _not_a_lead(self, who: Who, *, fresh: bool) -> Words | None:
        try:
            self._roster.lead(who, fresh=fresh)
        except Refused as refused:
            return refused.words
        return None

    def _objection(
        self,
        connection: Connection,
        ticket: Ticket | None,
        who: Who,
        channel: str,
        ts: str,
        states: frozenset[State],
    ) -> Words | None:
        """Return what speaks against any decision at all, or None. A ticket whose time is over expires here."""
        if ticket is None or not ticket.ts or (channel, ts) != (ticket.channel, ticket.ts):
            return say("This message is not the request itself, so nothing was decided here.")
        if ticket.state in _OPEN and ticket.expires_at <= moment(self._store.now(connection)):
            ticket = self._tickets.turn(connection, ticket, State.EXPIRED, Event.EXPIRED)
        return None if ticket.state in states else _was_first(ticket, who)

    def _own(self, ticket: Ticket, who: Who) -> Words | None:
        if who.id not in ticket.authors:
            return None
        if who.id != ticket.requester:
            return say("You asked for what this builds on, so someone else has to approve it.")
        told = "You asked for this, so someone else has to approve it. %s have been told."
        return mentions.within(told, self._settings.people.leads)

    def _refuse(
        self, connection: Connection, ticket: Ticket | None, who: Who, action: str, words: Words | None
    ) -> Verdict:
        words = words or say("There is no such request.")
        number = ticket.id if ticket is not None else None
        self._audit_refusal(connection, number, who, action, words)
        # A ticket may have expired under this click.
        self._outbox.wake()
        return Verdict(False, words)

    def _record_refusal(self, ticket: int | None, who: Who, action: str, words: Words) -> None:
        with self._store.transaction() as connection:
            self._audit_refusal(connection, ticket, who, action, words)

    def _audit_refusal(self, connection: Connection, ticket: int | None, who: Who, action: str, words: Words) -> None:
        detail = {"tried": action, "words": words.plain()}
        audit.record(connection, self._store, Event.REFUSED, ticket=ticket, person=who.id, detail=detail)


def _voted(ticket: Ticket, who: Who) -> Words | None:
    if not any(vote.person == who.id for vote in ticket.votes):
        return None
    missing = ticket.needed - len(ticket.votes)
    return say("You have approved this already; it needs {missing} more.", missing=missing)


def _was_first(ticket: Ticket, who: Who) -> Words:
    at = Moment(ticket.decided_at or ticket.created_at, "{time}")
    match ticket.state:
        case State.EXPIRED:
            return say("This expired at {at}; nobody can decide it any more.", at=Moment(ticket.expires_at, "{time}"))
        case State.DENIED | State.WITHDRAWN:
            by, what = ticket.outcome.by, ticket.state.value
        case _:
            by, what = (ticket.votes[-1].person if ticket.votes else ticket.requester), "approved"
    if by == who.id:
        return say("You were first yourself: {what} at {at}.", what=what, at=at)
    return say("{who} was faster: {what} at {at}.", who=Person(by), what=what, at=at)
