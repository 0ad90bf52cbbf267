"""What people are told by direct message: that a channel takes nothing, and so what they asked for isn't seen there.

Direct messages name the request, the channel, the reason and the cure, never a customer.
"""

from datetime import timedelta

from bot.slack import blocks
from bot.ticket import State, Ticket
from bot.tickets.message import Message
from bot.words import Channel, Moment, Words, say

_ENDS = {
    State.DONE: "Your request of {at} ({what}, pool {pool}) is done.",
    State.FAILED: "Your request of {at} ({what}, pool {pool}) has failed. The customer's history shows what was sent.",
    State.IN_DOUBT: "Nobody knows whether your request of {at} ({what}, pool {pool}) was carried out. Ask a lead.",
    State.DENIED: "Your request of {at} ({what}, pool {pool}) was denied.",
    State.WITHDRAWN: "Your request of {at} ({what}, pool {pool}) was withdrawn.",
    State.EXPIRED: "Your request of {at} ({what}, pool {pool}) has expired. Nothing was sent.",
    State.STALE: "Your request of {at} ({what}, pool {pool}) was not sent: it can't be carried out any more.",
}


def unseen(ticket: Ticket, why: Words) -> Message:
    """Draw what the one who asked is told while the channel takes nothing. ``why``: the reason and the cure."""
    channel = Channel(ticket.channel)
    if ticket.state.is_final:
        return message(_about(_ENDS[ticket.state], ticket), say("I can't say so in {channel}.", channel=channel), why)
    if ticket.state is not State.PENDING:
        words = (
            "Your request of {at} ({what}, pool {pool}) is approved. I can't post in {channel}, so you are told here."
        )
        return message(_about(words, ticket), why)
    until = Moment(ticket.expires_at)
    if ticket.ts:
        words = (
            "Your request of {at} ({what}, pool {pool}) waits for a decision on its card in {channel}, but I can't "
            "post there any more."
        )
        return message(_about(words, ticket), why, say("It expires {until} by itself.", until=until))
    words = (
        "Your request of {at} ({what}, pool {pool}) waits for a decision, but nobody can see it: its card can't be "
        "posted in {channel}."
    )
    return message(
        _about(words, ticket),
        why,
        say(
            "As soon as I can post there, I post the card and mention the leads. If that isn't before {until}, the "
            "request expires by itself and nothing is sent.",
            until=until,
        ),
    )


def unanswered(asked: Moment, channel: str, why: Words) -> tuple[Words, ...]:
    """Return what somebody is told whose answer the channel doesn't take. ``why``: the reason and the cure."""
    return (
        say(
            "The answer that you asked for {at} can't be posted in {channel}, and won't be posted later.",
            at=asked,
            channel=Channel(channel),
        ),
        why,
        say("Ask again once that is changed."),
    )


def too_late(asked: Moment, channel: str, waited: timedelta) -> Message:
    """Draw what somebody is told whose answer could not be posted for so long that it isn't posted any more."""
    return message(
        say(
            "The answer that you asked for {at} in {channel} could not be posted for {minutes} minutes, so it isn't "
            "posted any more. Please ask again.",
            at=asked,
            channel=Channel(channel),
            minutes=int(waited.total_seconds() // 60),
        )
    )


def _about(words: str, ticket: Ticket) -> Words:
    at = Moment(ticket.created_at)
    return say(words, at=at, what=ticket.scenario, pool=ticket.pool, channel=Channel(ticket.channel))


def message(*lines: Words) -> Message:
    """Draw a direct message, a line each."""
    return Message(text=blocks.clipped("\n".join(line.text() for line in lines)), blocks=tuple(map(blocks.line, lines)))
