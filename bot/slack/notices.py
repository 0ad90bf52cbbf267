"""The line that each step of a ticket leaves in its thread, and what people are told directly where nobody can see it.

Direct messages name the request, the channel, the reason and the cure, never a customer.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.slack import blocks, card_lines
from bot.slack.card_lines import Line
from bot.ticket import Event, State, Ticket
from bot.tickets.message import Item, Message
from bot.tickets.store import moment
from bot.words import Channel, Moment, Person, Words, mentioning_leads, say


@dataclass(frozen=True, slots=True)
class _Step:
    ticket: Ticket
    by: str
    leads: tuple[str, ...]

    @property
    def who(self) -> Person:
        return Person(self.by or self.ticket.requester)

    @property
    def asker(self) -> Person:
        return Person(self.ticket.requester)


def notice(event: Event, ticket: Ticket, *, by: str = "", leads: tuple[str, ...]) -> Message | None:
    """Return the reply for an event, from the ticket as it is after it; None where silence will do.

    ``by`` is the person whose doing it was; ``leads`` are the settings' ids to mention.
    """
    say_so = _NOTICES.get(event)
    if say_so is None:
        return None
    lines = list(say_so(_Step(ticket, by, leads)))
    if not lines:
        return None
    drawn = [blocks.line(*line) for line in lines]
    told = [card_lines.text(line) for line in lines]
    customer = ticket.plan.tell_customer
    if event is Event.DONE and customer is not None:
        drawn += [blocks.line(say("*Tell the customer*")), blocks.quote(customer)]
        told.append(f"Tell the customer: “{customer.text()}”")
    return Message(text=blocks.clipped("\n".join(told)), blocks=tuple(drawn))


def _requested(step: _Step) -> Iterator[Line]:
    yield (say("{who} asked for this.", who=step.who),)


def _approved(step: _Step) -> Iterator[Line]:
    left = card_lines.left_to_agree(step.ticket)
    if left <= 0:
        yield (say("{who} approved this.", who=step.who),)
        if card_lines.waits_for_code(step.ticket):
            yield (say("{asker}: please press *Enter code* on the card once the customer has it.", asker=step.asker),)
    elif left == 1:
        yield (say("{who} approved this. It needs one more lead.", who=step.who),)
    else:
        yield (say("{who} approved this. It needs {n} more leads.", who=step.who, n=card_lines.number(left)),)


def _discounted(step: _Step) -> Iterator[Line]:
    left = card_lines.left_to_agree(step.ticket)
    if left <= 0:
        words = "{who} isn't a lead any more, so their approval doesn't count. The others are enough."
    elif left == 1:
        words = "{who} isn't a lead any more, so their approval doesn't count. It needs one more lead."
    else:
        words = "{who} isn't a lead any more, so their approval doesn't count. It needs {n} more leads."
    yield (say(words, who=step.who, n=card_lines.number(left)),)


def _same_person(step: _Step) -> Iterator[Line]:
    left = card_lines.left_to_agree(step.ticket)
    why = "{who} is the same person as somebody who asked for this or has approved it, so that approval doesn't count."
    if left <= 0:
        words = f"{why} The others are enough."
    else:
        words = f"{why} It needs one more lead." if left == 1 else f"{why} It needs {{n}} more leads."
    yield (say(words, who=step.who, n=card_lines.number(left)),)


def _reopened(step: _Step) -> Iterator[Line]:
    left = card_lines.left_to_agree(step.ticket)
    words = "it needs one more lead" if left == 1 else "it needs {n} more leads"
    yield (
        mentioning_leads("%s: ", step.leads),
        say(f"this was approved, but {words} by now. Nothing was sent.", n=card_lines.number(left)),
    )


def _waiting(step: _Step) -> Iterator[Line]:
    words = step.ticket.outcome.words or say("Slack doesn't say who is a lead.")
    yield (say("{asker}: this is approved. ", asker=step.asker), words)
    yield (say("That is possible until {until}.", until=Moment(step.ticket.expires_at)),)


def _call_failed(step: _Step) -> Iterator[Line]:
    """Only a code that wasn't taken leaves something to do; any other failure is told where the ticket ends."""
    if card_lines.waits_for_code(step.ticket):
        words = step.ticket.outcome.words or say("The code was not taken.")
        yield (say("{asker}: ", asker=step.asker), words)
        yield (
            say(
                "The approval stands: press *Enter code* once more.",
            ),
        )


def _denied(step: _Step) -> Iterator[Line]:
    why = step.ticket.outcome.reason
    yield (say("{asker}: {who} denied this: “{why}”", asker=step.asker, who=step.who, why=why),)


def _withdrawn(step: _Step) -> Iterator[Line]:
    yield (say("{who} withdrew this.", who=step.who),)


def _expired(step: _Step) -> Iterator[Line]:
    if card_lines.left_to_agree(step.ticket) > 0:
        words = "{asker}: nobody decided in time, so this has expired. Nothing was sent."
    elif step.ticket.plan.secrets:
        words = "{asker}: no code was entered in time, so this has expired. Nothing was sent."
    else:
        words = (
            "{asker}: this was approved, but the desk could not send it in time, so it has expired. Nothing was sent."
        )
    yield (say(words, asker=step.asker),)


def _reminded(step: _Step) -> Iterator[Line]:
    yield (mentioning_leads("%s: this still waits for a decision.", step.leads),)


def _reminded_by_hand(step: _Step) -> Iterator[Line]:
    yield (
        mentioning_leads("%s: ", step.leads),
        say(
            "{who} asks for a decision on this. It expires {until}.",
            who=step.who,
            until=Moment(step.ticket.expires_at),
        ),
    )


def _stale(step: _Step) -> Iterator[Line]:
    changed = step.ticket.outcome.words or say("the account.")
    yield (say("{asker}: nothing was sent. This has changed since you asked: ", asker=step.asker), changed)


def _done(step: _Step) -> Iterator[Line]:
    plan, outcome = step.ticket.plan, step.ticket.outcome
    if card_lines.is_certain(step.ticket):
        yield (say("{asker}: done. ", asker=step.asker), plan.done or plan.summary)
    else:
        # Only a re-read may call it done: an accepted call proves nothing about what is there now.
        yield (say("{asker}: Cognito accepted the change. ", asker=step.asker), plan.accepted or plan.summary)
    if outcome.words is not None:
        yield (outcome.words,)
    if outcome.request_ids:
        yield (say("Sent. AWS request id {ids}", ids=", ".join(outcome.request_ids)),)
    if outcome.readings:
        yield (say("Re-read: "), card_lines.reread(outcome.readings))


def _failed(step: _Step) -> Iterator[Line]:
    first, *others = card_lines.failure(step.ticket)
    yield (say("{asker}: ", asker=step.asker), *first)
    yield from others


def _in_doubt(step: _Step) -> Iterator[Line]:
    words = step.ticket.outcome.words or say("the answer was lost.")
    yield (mentioning_leads("%s, please look: ", step.leads), words)
    yield (say("{asker}: it isn't known whether this happened. Please wait for a lead.", asker=step.asker),)


def _unnamed_loss(step: _Step) -> Iterator[Line]:
    names = ", ".join(step.ticket.outcome.unnamed)
    yield (
        mentioning_leads("%s, please look: ", step.leads),
        say("{names} lost the address too, although the plan didn't name them.", names=names),
    )


_NOTICES: Mapping[Event, Callable[[_Step], Iterator[Line]]] = {
    Event.REQUESTED: _requested,
    Event.APPROVED: _approved,
    Event.DISCOUNTED: _discounted,
    Event.SAME_PERSON: _same_person,
    Event.REOPENED: _reopened,
    Event.WAITING: _waiting,
    Event.CALL_FAILED: _call_failed,
    Event.DENIED: _denied,
    Event.WITHDRAWN: _withdrawn,
    Event.EXPIRED: _expired,
    Event.REMINDED: _reminded,
    Event.REMINDED_BY_HAND: _reminded_by_hand,
    Event.STALE: _stale,
    Event.DONE: _done,
    Event.FAILED: _failed,
    Event.IN_DOUBT: _in_doubt,
    Event.UNNAMED_LOSS: _unnamed_loss,
}


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
        return direct(_about(_ENDS[ticket.state], ticket), say("I can't say so in {channel}.", channel=channel), why)
    if ticket.state is not State.PENDING:
        words = (
            "Your request of {at} ({what}, pool {pool}) is approved. I can't post in {channel}, so you are told here."
        )
        return direct(_about(words, ticket), why)
    until = Moment(ticket.expires_at)
    if ticket.ts:
        words = (
            "Your request of {at} ({what}, pool {pool}) waits for a decision on its card in {channel}, but I can't "
            "post there any more."
        )
        return direct(_about(words, ticket), why, say("It expires {until} by itself.", until=until))
    words = (
        "Your request of {at} ({what}, pool {pool}) waits for a decision, but nobody can see it: its card can't be "
        "posted in {channel}."
    )
    return direct(
        _about(words, ticket),
        why,
        say(
            "As soon as I can post there, I post the card and mention the leads. If that isn't before {until}, the "
            "request expires by itself and nothing is sent.",
            until=until,
        ),
    )


def unanswered(item: Item, why: Words) -> tuple[Words, ...]:
    """Return what somebody is told whose answer the channel doesn't take. ``why``: the reason and the cure."""
    return (
        say(
            "The answer that you asked for {at} can't be posted in {channel}, and won't be posted later.",
            at=Moment(moment(item.created_at)),
            channel=Channel(item.channel),
        ),
        why,
        say("Ask again once that is changed."),
    )


def too_late(item: Item) -> Message:
    """Draw what somebody is told whose answer could not be posted for so long that it isn't posted any more."""
    return direct(
        say(
            "The answer that you asked for {at} in {channel} could not be posted for {minutes} minutes, so it isn't "
            "posted any more. Please ask again.",
            at=Moment(moment(item.created_at)),
            channel=Channel(item.channel),
            minutes=int(item.waited // 60),
        )
    )


def _about(words: str, ticket: Ticket) -> Words:
    at = Moment(ticket.created_at)
    return say(words, at=at, what=ticket.scenario, pool=ticket.pool, channel=Channel(ticket.channel))


def direct(*lines: Words) -> Message:
    """Draw a direct message, a line each."""
    return Message(text=blocks.clipped("\n".join(line.text() for line in lines)), blocks=tuple(map(blocks.line, lines)))
