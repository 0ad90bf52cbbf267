"""What speaks against a click on a ticket, in words for whoever clicked. Pure; None means nothing does."""

from collections.abc import Sequence

from bot import mentions
from bot.desk.members import Member
from bot.ticket import State, Ticket
from bot.tickets.follow_ups import FollowUp
from bot.words import Moment, Person, Words, say

NOT_CONFIRMED = say(
    "This confirmation doesn't count: it was used, is too old, or wasn't opened by the desk for you. "
    "Please press *Approve* on the card to open it again."
)
"""What a submission is told that carries no nonce of the desk's that still counts."""


OUT_OF_REACH = "Too few others could still agree to it: please have the operator name more leads."
"""What is said besides of a request that has lost votes, where there are too few leads to make up for them."""


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
    return mentions.within("You asked for this, so someone else has to approve it. %s have been told.", leads)


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
    told = mentions.within(f"Your approval counts. {who}; {left}.", (*voters, *repeated), last=" and ")
    return Words(told.template, (*told.values, ("n", missing)))


def not_requester(ticket: Ticket, who: Member) -> Words | None:
    """Some things are for the person who asked."""
    if ticket.requester in who.ids:
        return None
    return say("Only {who} can do this, who asked for it.", who=Person(ticket.requester))


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
