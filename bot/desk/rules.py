"""The rules of a decision: what speaks against a click on a ticket, and whose approvals count today.

What takes a ticket and returns words is pure: None means that nothing speaks against it. `Judging` asks Slack about the
people behind a ticket.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from bot.desk.members import Member
from bot.desk.people import Roster, Unreadable
from bot.plan import Deciding, Risk
from bot.settings import LeadsNeeded
from bot.ticket import Standing, State, Ticket, Unjudged
from bot.tickets.follow_ups import FollowUp
from bot.words import Moment, Person, Words, mentioning, say

NOT_CONFIRMED = say(
    "This confirmation doesn't count: it was used, is too old, or wasn't opened by the desk for you. "
    "Please open it again."
)
"""What a submission is told that carries no nonce of the desk's that still counts."""

OUT_OF_REACH = "Too few others could still agree to it: please have the operator name more leads."
"""What is said besides of a request that has lost votes, where there are too few leads to make up for them."""

_NUMBERS = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}

_OWN = {
    "one": "A lead has to agree, and nobody else could: you asked for it yourself.",
    "some": "{number} leads have to agree, and only %s could: you asked for it yourself.",
    "none": "{number} leads have to agree, and nobody else could: you asked for it yourself.",
}
_FEW = {
    "one": "A lead has to agree, and nobody could.",
    "some": "{number} leads have to agree, and only %s could.",
    "none": "{number} leads have to agree, and nobody could.",
}
_OTHERS = {
    "one": "A lead has to agree, and nobody could. Those who asked for what this builds on don't count.",
    "some": "{number} leads have to agree, and only %s could. Those who asked for what this builds on don't count.",
    "none": "{number} leads have to agree, and nobody could. Those who asked for what this builds on don't count.",
}
"""Why a request is out of reach, by how many leads would have to agree and whether there is any."""

_STUCK = {
    "one": "A lead still has to agree, and nobody can.",
    "some": "{number} leads still have to agree, and only %s can.",
    "none": "{number} leads still have to agree, and nobody can.",
}
"""The same of a request that waits."""

_MOST_NAMED = 5
_MOST_TRIED = 20
"""Leads who are named in one line, and who are looked at one by one for it. Of more than these, the group is named."""

_WITHDRAW = "Withdraw it, and let somebody ask for it who isn't a lead; or have the operator name more leads."
_ASK_ANOTHER = "Ask somebody who isn't a lead to ask for it, or have the operator name more leads."
_NAME_MORE = "Please have the operator name more leads."


def wrong_message(ticket: Ticket | None, channel: str, ts: str) -> Words | None:
    """A click counts only on the very message that the ticket recorded: anyone can post one that looks like it."""
    if ticket is not None and ticket.ts and (channel, ts) == (ticket.channel, ticket.ts):
        return None
    if ticket is not None and not ticket.ts and channel == ticket.channel:
        return say("This request is only just being posted. Please press the button again in a moment.")
    return say("This message is not the request itself, so nothing was decided here.")


def own(ticket: Ticket, who: Member, leads: Sequence[str]) -> Words | None:
    """Nobody approves what they asked for, or what builds on it. ``leads``: the others who are told of requests."""
    if ticket.authors.isdisjoint(who.ids):
        return None
    if ticket.requester not in who.ids:
        return say("You asked for what this builds on, so someone else has to approve it.")
    if not leads:
        return say("You asked for this, so someone else has to approve it.")
    return mentioning("You asked for this, so someone else has to approve it. %s have been told.", leads)


def voted(ticket: Ticket, who: Member) -> Words | None:
    """A lead has one vote, whichever of their ids it was cast by."""
    if not any(vote.person in who.ids for vote in ticket.votes):
        return None
    missing = ticket.needed - len(ticket.votes)
    return say("You have approved this already; it needs {missing} more.", missing=missing)


def lost(voters: Sequence[str], *, missing: int, repeated: Sequence[str] = ()) -> Words | None:
    """Say whose votes don't count any more to somebody whose own vote does.

    ``voters`` aren't leads any more. ``repeated`` are ids of people who count already, or who asked for it.
    """
    if not voters and not repeated:
        return None
    who = "%s isn't a lead any more, so their approval doesn't count"
    if repeated:
        who = "What was approved as %s doesn't count any more, as the thread says"
    elif len(voters) > 1:
        who = "%s aren't leads any more, so their approvals don't count"
    left = "the others are enough" if missing <= 0 else "one more is needed" if missing == 1 else "{n} more are needed"
    told = mentioning(f"Your approval counts. {who}; {left}.", (*voters, *repeated), last=" and ")
    return Words(told.template, (*told.values, ("n", missing)))


def not_requester(ticket: Ticket, who: Member, *, to: str) -> Words | None:
    """Some things are for the person who asked. ``to``: what was tried."""
    if ticket.requester in who.ids:
        return None
    return say("Only {who}, who asked for this, can {to}.", who=Person(ticket.requester), to=to)


def with_withdrawal(ticket: Ticket, who: Member, not_a_lead: Words | None) -> Words | None:
    """Tell the person who asked what they can do where denying is for leads."""
    if not_a_lead is None or ticket.requester not in who.ids:
        return not_a_lead
    return Words(f"{not_a_lead.template} To take it back, press *Withdraw*.", not_a_lead.values)


def told(ticket: Ticket, loser: int, who: Member) -> Words | None:
    """Each of those who lost something is told once. ``loser``: which of them, as the ticket has them."""
    if not 0 <= loser < len(ticket.losers):
        return say("Nobody has to be told anything here.")
    name = ticket.losers[loser]
    before = next((each for each in ticket.outcome.told if each.name == name), None)
    if before is None:
        return None
    at = Moment(before.at, "{time}")
    if before.by in who.ids:
        return say("You told {name} yourself, at {at}.", name=name, at=at)
    return say("{who} was faster and told {name} at {at}.", who=Person(before.by), name=name, at=at)


def undone(undoing: FollowUp | None) -> Words | None:
    """A ticket is undone once."""
    if undoing is None:
        return None
    return say("{who} has asked to undo this already.", who=Person(undoing.requester))


def wrong_state(ticket: Ticket, who: Member, states: frozenset[State]) -> Words | None:
    """Say who was first, or what the ticket still waits for."""
    if ticket.state in states:
        return None
    at = Moment(ticket.decided_at or ticket.created_at, "{time}")
    match ticket.state:
        case State.PENDING:
            return say("This still waits for its leads.")
        case State.EXPIRED:
            return say("This expired at {at}; nobody can decide it any more.", at=Moment(ticket.expires_at, "{time}"))
        case State.DENIED | State.WITHDRAWN:
            by, what = ticket.outcome.by, ticket.state.value
        case _:
            by, what = ticket.votes[-1].person, "approved"
    if by in who.ids:
        return say("You were first yourself: {what} at {at}.", what=what, at=at)
    return say("{who} was faster: {what} at {at}.", who=Person(by), what=what, at=at)


class Judging:
    """Asks for the rights of people, never with a database transaction open: Slack may take its time."""

    def __init__(self, roster: Roster, needed: LeadsNeeded) -> None:
        self._roster = roster
        self._needed = needed

    def needed(self, risk: Risk) -> int:
        """Return how many leads have to agree to what is asked today."""
        return self._needed.high if risk is Risk.HIGH else self._needed.normal

    def standing(self, ticket: Ticket, *, voters: Iterable[str] = ()) -> Standing:
        """Judge everyone who voted, and ``voters`` besides, afresh. Raises `Unjudged`."""
        everyone = frozenset(voters) | {vote.person for vote in ticket.votes}
        try:
            may_ask = self._roster.may_ask(ticket.requester, ticket.pool, fresh=True)
            # Last, since a read may have to wait for its turn, and what is read last is the freshest.
            lost = everyone - self._roster.able_leads(everyone, ticket.pool, fresh=True)
            # Of what was just read: this alone tells who is the same person.
            keys = {each: self._roster.key(each) for each in everyone | ticket.authors}
        except Unreadable:
            raise Unjudged(_unread("approve")) from None
        # What stood when it was asked was shown to everyone; what stands today is what the operator wants.
        needed = max(ticket.needed, self.needed(ticket.plan.risk))
        return Standing(voters=everyone, lost=lost, needed=needed, may_ask=may_ask, keys=keys)

    def out_of_reach(self, pool: str, risk: Risk, *, requester: str, authors: frozenset[str]) -> Words | None:
        """Return why not enough leads could ever agree to something, and what to do; None when enough could.

        ``authors`` are all whose votes wouldn't count, the requester among them. Raises `Unjudged`.
        """
        needed = self.needed(risk)
        # The card that is about to be drawn calls for the leads, and is to name nobody who can't be one.
        self._roster.to_mention(pool, look=True)
        try:
            able = self.able(pool, authors, needed)
            if len(able) >= needed:
                return None
            barred = self._roster.able_leads(authors, pool)
        except Unreadable:
            raise Unjudged(_unread("ask")) from None
        why = _OWN if requester in barred else _OTHERS if barred else _FEW
        # Somebody else's request would set the requester's own vote free, if that is a lead's.
        would_do = requester in barred and len(able) + 1 >= needed
        return _explained(why, needed, able, _ASK_ANOTHER if would_do else _NAME_MORE)

    def is_within_reach(self, ticket: Ticket) -> bool:
        """Whether enough leads are left who could agree to a ticket. True, too, when Slack doesn't say."""
        needed = max(ticket.needed, self.needed(ticket.plan.risk))
        try:
            return len(self.able(ticket.pool, ticket.authors, needed)) >= needed
        except Unreadable:
            return True

    def stuck(self, ticket: Ticket) -> Words | None:
        """Return why not enough leads could agree to a ticket that waits, and what to do; None when enough could.

        None, too, when Slack doesn't say.
        """
        voters = [vote.person for vote in ticket.votes]
        left = max(ticket.needed, self.needed(ticket.plan.risk)) - len(voters)
        try:
            able = self.able(ticket.pool, ticket.authors.union(voters), left)
            return self._stuck(ticket, left, able) if len(able) < left else None
        except Unreadable:
            return None

    def _stuck(self, ticket: Ticket, left: int, able: list[str]) -> Words:
        is_lead = bool(self._roster.able_leads([ticket.requester], ticket.pool))
        way = _WITHDRAW if is_lead and len(able) + 1 >= left else _NAME_MORE
        return _explained(_STUCK, left, able, way)

    def deciding(self, ticket: Ticket, *, reader: str) -> Deciding:
        """Return who can agree to a ticket that waits, or why not enough people can, and whether ``reader`` can."""
        voters = [vote.person for vote in ticket.votes]
        besides = ticket.authors.union(voters)
        left = max(ticket.needed, self.needed(ticket.plan.risk)) - len(voters)
        try:
            are_few = len(self._roster.leads(ticket.pool)) <= _MOST_TRIED
            able = self.able(ticket.pool, besides, _MOST_TRIED if are_few else left)
            counts = bool(self._roster.able_leads([reader], ticket.pool)) and self._roster.key(reader) not in {
                self._roster.key(each) for each in besides
            }
            if len(able) < left:
                return Deciding(words=self._stuck(ticket, left, able), reader=counts)
        except Unreadable:
            return Deciding(words=say("Slack doesn't say who is a lead right now, so nobody can decide."), reader=False)
        named = able[:_MOST_NAMED] if are_few else self._roster.to_mention(ticket.pool)
        more = f" and {len(able) - len(named)} more" if len(able) > len(named) else ""
        return Deciding(words=mentioning(f"Can decide: %s{more}.", named), reader=counts)

    def able(self, pool: str, authors: frozenset[str], enough: int, *, but: Collection[str] = ()) -> list[str]:
        """Return the leads of a pool who can in fact approve what these asked for, as listed, each person once.

        Not more than ``enough``: each is a question to Slack. ``but``: ids of people who aren't looked at. Raises
        `Unreadable`.
        """
        able: list[str] = []
        besides = {self._roster.key(each) for each in authors}
        for lead in self._roster.leads(pool):
            if len(able) == enough:
                break
            if lead in but:
                continue
            key = self._roster.key(lead)
            if key not in besides and self._roster.able_leads([lead], pool):
                able.append(lead)
                besides.add(key)
        return able


def _unread(what: str) -> Words:
    return say("The list of people can't be read from Slack right now; nobody can {what} until it can.", what=what)


def _explained(why: Mapping[str, str], needed: int, able: list[str], way: str) -> Words:
    kind = "one" if needed == 1 else "some" if able else "none"
    told = mentioning(why[kind], able, last=" and ")
    return Words(f"{told.template} {way}", (*told.values, ("number", _NUMBERS.get(needed, str(needed)))))
