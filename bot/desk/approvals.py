"""What people do with tickets: approve, deny, withdraw, enter codes. Every rule is judged inside one transaction.

It is long because everything that people decide is judged by the same few steps, which it ends with.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlalchemy import Connection

from bot.answer import Refused
from bot.desk import rules
from bot.desk.audited_access import AuditedAccess
from bot.desk.members import Member
from bot.desk.people import Roster, Unreadable, Who
from bot.desk.rules import Judging
from bot.plan import Risk, Secrets
from bot.ticket import MAY_HAVE_CHANGED, Event, Outcome, Standing, State, Ticket, Unjudged, may_not_ask
from bot.tickets import audit, bulk_items, follow_ups
from bot.tickets.bulk_items import Progress, RunState
from bot.tickets.confirmations import Confirmations
from bot.tickets.leases import Claim
from bot.tickets.runner import Runner
from bot.tickets.store import moment
from bot.tickets.transitions import Tickets
from bot.words import Words, mentioning, say

_NOTHING = say("")
_NO_LEAD_NOW = say("Only leads can approve.")
_PENDING = frozenset({State.PENDING})
_OPEN = frozenset({State.PENDING, State.APPROVED})
_APPROVED = frozenset({State.APPROVED})
_OVER = frozenset(state for state in State if state.is_final)
_RUNNING = frozenset({State.RUNNING})
_FROM = {
    RunState.PAUSED: frozenset({RunState.RUNNING}),
    RunState.RUNNING: frozenset({RunState.PAUSED}),
    RunState.STOPPED: frozenset({RunState.RUNNING, RunState.PAUSED}),
}
"""From which states people may turn a run into another."""

_STEERED = say("That has happened already: see what the card says now.")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class ClickResult:
    """What a click came to."""

    accepted: bool
    words: Words = _NOTHING
    """What the person is told, alone; an empty template when nothing need be said."""
    ticket: Ticket | None = field(default=None, repr=False)
    """The ticket as the click left it, where the click has changed it."""
    claim: Claim | None = field(default=None, repr=False)
    """What is to be carried out now, since this was the last vote."""


@dataclass(frozen=True, slots=True)
class NeedsConfirmation:
    """The vote is the submission of a view that is drawn from this ticket and carries the nonce."""

    ticket: Ticket
    nonce: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _NeedsJudging:
    """Nothing speaks against a vote on this ticket but, perhaps, what Slack says of those who voted."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class _Click:
    """Something pressed on a message, or submitted in a view that was opened from it."""

    tried: str
    """What for, in the audit's words."""
    who: Member
    channel: str
    ts: str
    states: frozenset[State]
    """The states in which it makes sense."""


@dataclass(frozen=True, slots=True)
class _Pressed:
    """Who pressed a button, and on which message."""

    who: Who
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class _Vote:
    """A lead's click on Approve, or their submission of a confirmation."""

    ticket_id: int
    click: _Click
    nonce: str | None = field(repr=False)

    def by(self, who: Member) -> "_Vote":
        """Return the same vote of somebody who is known better."""
        return replace(self, click=replace(self.click, who=who))


class Decisions:
    """What people decide about tickets. Its methods may be called from any thread."""

    def __init__(
        self,
        *,
        tickets: Tickets,
        runner: Runner,
        roster: Roster,
        audited_access: AuditedAccess,
        judging: Judging,
    ) -> None:
        self._tickets = tickets
        self._store = tickets.store
        self._runner = runner
        self._roster = roster
        self._audited_access = audited_access
        self._judging = judging
        self._confirmations = Confirmations(tickets.store)

    def approve(
        self, ticket_id: int, *, who: Who, channel: str, ts: str, nonce: str | None = None, seen: Ticket | None = None
    ) -> ClickResult | NeedsConfirmation:
        """Count a lead's vote. A click on a high risk is first answered with what has to be confirmed.

        ``nonce`` is what the submission of such a confirmation carries, None for a click. ``seen``: the ticket, from
        who has just read it; what may have changed since is read again in the transaction that judges.
        """
        ticket = seen or self.ticket(ticket_id)
        is_risky = ticket is not None and ticket.plan.risk is Risk.HIGH
        # Who is no lead costs nobody a read. For a high risk they are told before they read what they can't confirm.
        not_a_lead = self._not_a_lead(who, ticket, fresh=nonce is None and is_risky)
        # What is approved is sent, and nobody would be told here what came of it. A confirmation is in no channel.
        is_confirmed = nonce is not None
        not_a_lead = not_a_lead or self._closed(ticket, channel, fresh=is_confirmed, elsewhere=is_confirmed)
        member = self._recognised(who, ticket)
        vote = _Vote(ticket_id, _Click("approve", member, channel, ts, _PENDING), nonce)
        standing: Standing | None = None
        judges = ticket is not None and self._comes_to_judging(vote, ticket, not_a_lead)
        while True:
            if judges and ticket is not None:
                try:
                    standing = self._judging.standing(ticket, voters=(member.id,))
                except Unjudged as unjudged:
                    not_a_lead = unjudged.words
                else:
                    vote = vote.by(member.named(standing.ids_of(standing.keys[member.id])))
                    if member.id in standing.lost:
                        not_a_lead = self._not_a_lead(who, ticket, fresh=False) or _NO_LEAD_NOW
            result = self._vote(vote, not_a_lead, standing, known=ticket)
            if not isinstance(result, _NeedsJudging):
                break
            # Somebody else has voted in this moment: then both are judged.
            ticket, judges = result.ticket, True
        if isinstance(result, ClickResult) and result.ticket is not None:
            if result.claim is not None:
                self._runner.start(ticket_id, claim=result.claim)
            elif result.words.template:
                return replace(result, words=self._with_reach(result.ticket, result.words))
        return result

    def may_approve(self, ticket_id: int, *, who: Who) -> ClickResult | NeedsConfirmation:
        """Say whether this person may vote, and by what, who pressed a button somewhere else than on the card.

        Whatever the risk, the vote is a confirmation, since what stands around such a button may be old or made up. It
        is bound to the card, so nothing is decided whose card isn't posted: others couldn't see it.
        """
        ticket = self.ticket(ticket_id)
        not_a_lead = self._not_a_lead(who, ticket, fresh=ticket is not None and ticket.plan.risk is Risk.HIGH)
        channel, ts = (ticket.channel, ticket.ts) if ticket is not None else ("", "")
        not_a_lead = not_a_lead or self._closed(ticket, channel, elsewhere=True)
        member = self._recognised(who, ticket)

        def ask(connection: Connection, ticket: Ticket) -> NeedsConfirmation:
            return NeedsConfirmation(ticket, self._confirmations.open(connection, ticket, member.key))

        click = _Click("approve", member, channel, ts, _PENDING)
        return self._decide(
            ticket_id, click, lambda ticket: self._objection(ticket, member, not_a_lead), ask, known=ticket
        )

    def _with_reach(self, ticket: Ticket, words: Words) -> Words:
        """Say besides that not enough leads are left, where a ticket has lost votes."""
        if ticket.state is not State.PENDING or self._judging.is_within_reach(ticket):
            return words
        return Words(f"{words.template} {rules.OUT_OF_REACH}", words.values)

    def _comes_to_judging(self, vote: _Vote, ticket: Ticket, not_a_lead: Words | None) -> bool:
        """Whether nothing but what Slack says of those who voted can speak against a vote on a ticket like this."""
        if ticket.plan.risk is Risk.HIGH and vote.nonce is None:
            return False
        click = vote.click
        return not (
            rules.wrong_message(ticket, click.channel, click.ts)
            or rules.wrong_state(ticket, click.who, click.states)
            or self._objection(ticket, click.who, not_a_lead)
        )

    def _objection(self, ticket: Ticket, who: Member, not_a_lead: Words | None) -> Words | None:
        return rules.own(ticket, who, self._told_besides(ticket, who)) or not_a_lead or rules.voted(ticket, who)

    def _vote(
        self, vote: _Vote, not_a_lead: Words | None, standing: Standing | None, *, known: Ticket | None
    ) -> ClickResult | NeedsConfirmation | _NeedsJudging:
        who = vote.click.who

        def decide(connection: Connection, ticket: Ticket) -> ClickResult | NeedsConfirmation | _NeedsJudging:
            if ticket.plan.risk is Risk.HIGH and vote.nonce is None:
                return NeedsConfirmation(ticket, self._confirmations.open(connection, ticket, who.key))
            if standing is None or not standing.covers(ticket):
                return _NeedsJudging(ticket)
            if vote.nonce is not None and not self._confirmations.redeem(connection, vote.nonce, ticket, who.key):
                self._record_refusal(connection, ticket, vote.click.tried, who, rules.NOT_CONFIRMED)
                return ClickResult(False, rules.NOT_CONFIRMED)
            return self._counted(connection, ticket, who, standing)

        return self._decide(
            vote.ticket_id, vote.click, lambda ticket: self._objection(ticket, who, not_a_lead), decide, known=known
        )

    def _counted(self, connection: Connection, ticket: Ticket, who: Member, standing: Standing) -> ClickResult:
        """Write a vote that counts, and what it shows of the votes before it."""
        if not standing.may_ask:
            words = may_not_ask(ticket.requester)
            outcome, detail = Outcome(words=words), audit.told(words)
            self._tickets.transition(connection, ticket, State.STALE, Event.STALE, outcome=outcome, detail=detail)
            return ClickResult(False, words)
        lost, repeated = standing.lost_votes(ticket), standing.repeated_votes(ticket)
        ticket = self._tickets.vote(connection, ticket, who.id, needed=standing.needed, lost=lost, repeated=repeated)
        missing = ticket.needed - len(ticket.votes)
        # One that waits for its secret isn't taken yet, nor one whose account another ticket has in hand.
        claim = self._runner.claim(connection, ticket) if ticket.state is State.APPROVED else None
        return ClickResult(True, rules.lost(lost, missing=missing, repeated=repeated) or _NOTHING, ticket, claim)

    def may_deny(self, ticket_id: int, *, who: Who, channel: str, ts: str) -> ClickResult:
        """Say whether this person's reason for a denial is worth asking for."""
        seen = self.ticket(ticket_id)
        not_a_lead = self._not_a_lead(who, seen, fresh=False, to="deny")
        member = self._recognised(who, seen)

        def objection(ticket: Ticket) -> Words | None:
            return rules.with_withdrawal(ticket, member, not_a_lead)

        return self._decide(ticket_id, _Click("deny", member, channel, ts, _OPEN), objection, _nothing, known=seen)

    def deny(self, ticket_id: int, *, who: Who, channel: str, ts: str, reason: str) -> ClickResult:
        """End a ticket that nobody has begun to carry out."""
        seen = self.ticket(ticket_id)
        not_a_lead = self._not_a_lead(who, seen, fresh=False, to="deny")
        member = self._recognised(who, seen)
        closed = self._closed(seen, channel)
        outcome = Outcome(by=member.id, reason=reason)

        def objection(ticket: Ticket) -> Words | None:
            return rules.with_withdrawal(ticket, member, not_a_lead)

        def end(connection: Connection, ticket: Ticket) -> ClickResult:
            detail = {"reason": reason}
            self._tickets.transition(
                connection, ticket, State.DENIED, Event.DENIED, by=member.id, outcome=outcome, detail=detail
            )
            return ClickResult(
                True, say("Denied. The card shows it as soon as I can post there.") if closed else _NOTHING
            )

        click = _Click("deny", member, channel, ts, _OPEN)
        return self._decide(ticket_id, click, objection, end, known=seen)

    def withdraw(self, ticket_id: int, *, who: Who, channel: str, ts: str) -> ClickResult:
        """Take back one's own ticket."""
        seen = self.ticket(ticket_id)
        not_an_agent = self._not_an_agent(who, seen)
        member = self._recognised(who, seen)
        # It can only make things safer, so it works everywhere.
        closed = self._closed(seen, channel)

        def objection(ticket: Ticket) -> Words | None:
            return rules.not_requester(ticket, member, to="withdraw it") or not_an_agent

        def end(connection: Connection, ticket: Ticket) -> ClickResult:
            by, outcome = member.id, Outcome(by=member.id)
            self._tickets.transition(connection, ticket, State.WITHDRAWN, Event.WITHDRAWN, by=by, outcome=outcome)
            return ClickResult(
                True, say("Withdrawn. The card shows it as soon as I can post there.") if closed else _NOTHING
            )

        click = _Click("withdraw", member, channel, ts, _OPEN)
        return self._decide(ticket_id, click, objection, end, known=seen)

    def pause(self, ticket_id: int, *, who: Who, channel: str, ts: str) -> ClickResult:
        """Let a run over many people send nothing more until a lead says so; what is under way is finished."""
        return self._steer(ticket_id, "pause", RunState.PAUSED, Event.PAUSED, _Pressed(who, channel, ts))

    def stop(self, ticket_id: int, *, who: Who, channel: str, ts: str) -> ClickResult:
        """End a run over many people; what is done stays, and what is under way is finished."""
        return self._steer(ticket_id, "stop", RunState.STOPPED, Event.STOPPED, _Pressed(who, channel, ts))

    def resume(self, ticket_id: int, *, who: Who, channel: str, ts: str) -> ClickResult:
        """Let a run over many people go on, if those who asked for it and approved it still may."""
        return self._steer(ticket_id, "resume", RunState.RUNNING, Event.RESUMED, _Pressed(who, channel, ts))

    def _steer(self, ticket_id: int, to: str, state: RunState, event: Event, pressed: "_Pressed") -> ClickResult:
        """Turn a run into another state, at a lead's wish."""
        seen = self.ticket(ticket_id)
        not_allowed = self._not_a_lead(pressed.who, seen, fresh=True, to=to)
        if not_allowed is None and state is RunState.RUNNING:
            not_allowed = self._closed(seen, pressed.channel, fresh=True) or self._not_approved_any_more(seen)
        member = self._recognised(pressed.who, seen)

        def turn(connection: Connection, ticket: Ticket) -> ClickResult:
            values = {"person": member.id, "words": None}
            if not bulk_items.set_run(connection, ticket.id, state, of=_FROM[state], **values):
                return ClickResult(False, _STEERED)
            self._tickets.record(connection, event, ticket, by=member.id)
            self._tickets.outbox.enqueue_card(connection, ticket.id, conversation=ticket.conversation)
            return ClickResult(True)

        click = _Click(to, member, pressed.channel, pressed.ts, _RUNNING)
        return self._decide(ticket_id, click, lambda _: not_allowed, turn, known=seen)

    def _not_approved_any_more(self, ticket: Ticket | None) -> Words | None:
        """Return why a run can't go on in the names of those who asked for it and approved it; None where it can."""
        if ticket is None or ticket.plan.many is None:
            return None
        try:
            standing = self._judging.standing(ticket)
        except Unjudged as unjudged:
            return unjudged.words
        if not standing.may_ask:
            return may_not_ask(ticket.requester)
        if standing.suffices(ticket):
            return None
        return mentioning(
            "Too few of those who approved this are leads still (%s approved it). Stop it, and ask for it again.",
            [vote.person for vote in ticket.votes],
            last=" and ",
        )

    def may_enter(self, ticket_id: int, *, who: Who, channel: str, ts: str) -> ClickResult:
        """Say whether this person may now enter the secret that an approved ticket waits for."""
        return self._may_enter(ticket_id, who, channel, ts)

    def enter(self, ticket_id: int, *, who: Who, channel: str, ts: str, secrets: Secrets) -> ClickResult:
        """Carry out an approved ticket with the secrets that it waited for, which are kept nowhere."""
        result = self._may_enter(ticket_id, who, channel, ts, sends=True)
        if result.accepted:
            self._runner.start(ticket_id, secrets=secrets)
        return result

    def may_follow_up(self, ticket_id: int, *, scenario: str, who: Who, channel: str, ts: str) -> ClickResult:
        """Say whether this person may undo a ticket that is over, or ask again: a request with it as the parent."""
        seen = self.ticket(ticket_id)
        not_an_agent = self._not_an_agent(who, seen) or self._closed(seen, channel)
        member = self._recognised(who, seen)
        out_of_reach = self._undo_out_of_reach(seen, member) if scenario == follow_ups.UNDO else None

        def objection(ticket: Ticket) -> Words | None:
            if scenario == follow_ups.UNDO and not follow_ups.undo_offered(ticket):
                return ticket.plan.undo_limits or say("There is nothing to undo.")
            return not_an_agent or out_of_reach

        def judge(connection: Connection, ticket: Ticket) -> ClickResult:
            undoing = follow_ups.undoing(connection, ticket.id) if scenario == follow_ups.UNDO else None
            words = rules.undone(undoing)
            return ClickResult(words is None, words or _NOTHING)

        click = _Click(scenario, member, channel, ts, _OVER)
        return self._decide(ticket_id, click, objection, judge, known=seen)

    def _undo_out_of_reach(self, ticket: Ticket | None, asker: Member) -> Words | None:
        """Return why not enough leads could agree to this person's undo of a ticket; None where it isn't sure yet."""
        if ticket is None or not follow_ups.undo_offered(ticket):
            return None
        authors = ticket.authors | {asker.id}
        try:
            return self._judging.out_of_reach(
                ticket.pool, follow_ups.least_risk(ticket), requester=asker.id, authors=authors
            )
        except Unjudged:
            # It is judged when it is asked for, too.
            return None

    def may_tell(self, ticket_id: int, *, who: Who, channel: str, ts: str) -> ClickResult:
        """Say whether this person may see what to say to those who lost something by a ticket."""
        return self._tell(ticket_id, who, channel, ts, lambda _ticket, _member: None, lambda *_: ClickResult(True))

    def tell(self, ticket_id: int, *, who: Who, channel: str, ts: str, loser: int) -> ClickResult:
        """Write down that this person has told somebody of their loss. ``loser``: which of `Ticket.losers`, from 0."""

        def note(connection: Connection, ticket: Ticket, member: Member) -> ClickResult:
            self._tickets.note_told(connection, ticket, ticket.losers[loser], by=member.id)
            return ClickResult(True)

        return self._tell(ticket_id, who, channel, ts, lambda ticket, member: rules.told(ticket, loser, member), note)

    def _tell(
        self,
        ticket_id: int,
        who: Who,
        channel: str,
        ts: str,
        objection: Callable[[Ticket, Member], Words | None],
        effect: Callable[[Connection, Ticket, Member], ClickResult],
    ) -> ClickResult:
        seen = self.ticket(ticket_id)
        not_allowed = self._not_an_agent(who, seen, fresh=True, to="say who was told")
        if not_allowed is not None and self._not_a_lead(who, seen, fresh=True) is None:
            not_allowed = None
        not_allowed = not_allowed or self._closed(seen, channel)
        member = self._recognised(who, seen)
        return self._decide(
            ticket_id,
            _Click("say who was told", member, channel, ts, MAY_HAVE_CHANGED),
            lambda ticket: not_allowed or objection(ticket, member),
            lambda connection, ticket: effect(connection, ticket, member),
            known=seen,
        )

    def seems_own(self, ticket: Ticket, who: Who) -> bool:
        """Whether somebody asked for a ticket or for what it builds on, as far as is known without asking Slack."""
        key = self._roster.known_key(who.id)
        return any(self._roster.known_key(each) == key for each in ticket.authors)

    def ticket(self, ticket_id: int) -> Ticket | None:
        """Return a ticket as it is now."""
        with self._store.reading() as connection:
            return self._tickets.get(connection, ticket_id)

    def progress(self, ticket: Ticket) -> Progress | None:
        """Return how far a request over many people is, with the names of some; None for any other."""
        if ticket.plan.many is None:
            return None
        with self._store.reading() as connection:
            return bulk_items.progress(connection, ticket.id)

    def _may_enter(self, ticket_id: int, who: Who, channel: str, ts: str, *, sends: bool = False) -> ClickResult:
        seen = self.ticket(ticket_id)
        is_risky = seen is not None and seen.plan.risk is Risk.HIGH
        not_an_agent = self._not_an_agent(who, seen, fresh=sends and is_risky) or self._closed(
            seen, channel, fresh=sends
        )
        member = self._recognised(who, seen)

        def objection(ticket: Ticket) -> Words | None:
            if not ticket.plan.secrets:
                return say("This needs no code.")
            return rules.not_requester(ticket, member, to="enter the code") or not_an_agent

        click = _Click("enter code", member, channel, ts, _APPROVED)
        return self._decide(ticket_id, click, objection, _nothing, known=seen)

    def _decide(
        self,
        ticket_id: int,
        click: _Click,
        objection: Callable[[Ticket], Words | None],
        decide: Callable[[Connection, Ticket], _Result],
        *,
        known: Ticket | None,
    ) -> _Result | ClickResult:
        """Let one click have its effect, or none: judge and write while nobody else can turn the ticket.

        ``known``: the ticket as it was read before; None where there was none.
        """
        with self._tickets.transaction() as connection:
            ticket = self._tickets.lock(connection, ticket_id, known=known)
            words = rules.wrong_message(ticket, click.channel, click.ts)
            if ticket is not None and words is None:
                ticket = self._expired(connection, ticket)
                words = rules.wrong_state(ticket, click.who, click.states) or objection(ticket)
                if words is None:
                    result = decide(connection, ticket)
            if words is not None:
                self._record_refusal(connection, ticket, click.tried, click.who, words)
        return ClickResult(False, words) if words is not None else result

    def _expired(self, connection: Connection, ticket: Ticket) -> Ticket:
        """A ticket whose time is over expires under the click that comes too late."""
        if ticket.state not in _OPEN or ticket.expires_at > moment(self._store.now(connection)):
            return ticket
        return self._tickets.transition(connection, ticket, State.EXPIRED, Event.EXPIRED)

    def _recognised(self, who: Who, ticket: Ticket | None) -> Member:
        """Return who somebody is, with those ids on a ticket that are theirs too. Asks Slack, so: not in a transaction.

        A ticket has people by the ids by which Slack named them then. Without a grid everybody has one.
        """
        member = self._roster.member(who)
        if ticket is None or not member.on_grid:
            return member
        try:
            return member.named(each for each in _people_of(ticket) if self._roster.key(each) == member.key)
        except Unreadable:
            return member

    def _told_besides(self, ticket: Ticket, who: Member) -> list[str]:
        """Return the leads who are mentioned when something like a ticket is asked, but for somebody."""
        return [each for each in self._roster.to_mention(ticket.pool) if self._roster.known_key(each) != who.key]

    def _not_a_lead(self, who: Who, ticket: Ticket | None, *, fresh: bool, to: str = "approve") -> Words | None:
        return _refusal(lambda: self._roster.lead(who, _pool(ticket), fresh=fresh, to=to))

    def _not_an_agent(
        self, who: Who, ticket: Ticket | None, *, fresh: bool = False, to: str = "ask for this"
    ) -> Words | None:
        return _refusal(lambda: self._roster.agent(who, _pool(ticket), fresh=fresh, to=to))

    def _closed(
        self, ticket: Ticket | None, channel: str, *, fresh: bool = False, elsewhere: bool = False
    ) -> Words | None:
        """Return what speaks against deciding in a ticket's channel; what is clicked elsewhere costs nobody a read.

        ``elsewhere``: the words are for somebody who may not be looking at the channel.
        """
        if ticket is None or ticket.channel != channel:
            return None
        return self._audited_access.objection(channel, fresh=fresh, elsewhere=elsewhere)

    def _record_refusal(
        self, connection: Connection, ticket: Ticket | None, tried: str, who: Member, words: Words
    ) -> None:
        number = ticket.id if ticket is not None else None
        detail = {"tried": tried, **audit.told(words)}
        audit.record(connection, self._store, Event.REFUSED, ticket=number, person=who.id, detail=detail)


def _pool(ticket: Ticket | None) -> str:
    """Return the pool in which somebody has to have a right; empty, where nobody has any, for no ticket."""
    return ticket.pool if ticket is not None else ""


def _people_of(ticket: Ticket) -> Iterable[str]:
    """Return everyone who had a part in a ticket, by the ids that are stored."""
    return filter(None, (*ticket.authors, *(vote.person for vote in ticket.votes), ticket.outcome.by))


def _nothing(_connection: Connection, _ticket: Ticket) -> ClickResult:
    return ClickResult(True)


def _refusal(check: Callable[[], None]) -> Words | None:
    """Return why a check refuses, before a transaction is open: it may have to ask Slack."""
    try:
        check()
    except Refused as refused:
        return refused.words
    return None
