"""The line that each step of a ticket leaves in its thread, and what people are told directly where nobody can see it.

Direct messages name the request, the channel, the reason and the cure, never a customer. At the end is what draws a
message about a ticket, its card too, at the moment it leaves.

It is long because it is one list: what is said of each step, and to whom.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from bot import slack_errors
from bot.plan import Risk
from bot.slack import blocks, bulk_cards, cards, cases
from bot.slack.blocks import Line
from bot.slack.posting import Permalinks
from bot.slack_errors import Told
from bot.ticket import Event, State, Ticket
from bot.tickets import bulk_items, follow_ups, tables
from bot.tickets.bulk_items import Progress
from bot.tickets.follow_ups import RelatedTickets
from bot.tickets.message import Item, Message, MessageKind
from bot.tickets.store import moment
from bot.tickets.transitions import Tickets
from bot.words import Channel, Link, Moment, Person, Words, mentioning, mentioning_leads, say


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

    ``by`` is the person whose doing it was; ``leads`` are the settings' ids to mention, of whom an escalation names.
    """
    say_so = _NOTICES.get(event)
    if say_so is None:
        return None
    lines = list(say_so(_Step(ticket, by, leads)))
    if not lines:
        return None
    drawn = [blocks.line(*line) for line in lines]
    told = [blocks.text(line) for line in lines]
    if event in (Event.DONE, Event.FAILED):
        for heading, words in cards.to_say(ticket):
            drawn += [blocks.line(heading, bold=True), blocks.quote(words)]
            told.append(f"{heading.text()}: “{words.text()}”")
    return Message(text=blocks.clipped("\n".join(told)), blocks=tuple(drawn))


def _requested(step: _Step) -> Iterator[Line]:
    yield (say("{who} asked for this.", who=step.who),)


def _approved(step: _Step) -> Iterator[Line]:
    yield (say(f"{{who}} approved this.{_needs(step.ticket)}", who=step.who),)
    if cards.waits_for_code(step.ticket):
        yield (say("{asker}: please press *Enter the code* on the card once the customer has it.", asker=step.asker),)


def _discounted(step: _Step) -> Iterator[Line]:
    still = _needs(step.ticket) or " The others are enough."
    yield (say(f"{{who}} isn't a lead any more, so their approval doesn't count.{still}", who=step.who),)


def _same_person(step: _Step) -> Iterator[Line]:
    why = "{who} is the same person as somebody who asked for this or has approved it, so that approval doesn't count."
    yield (say(f"{why}{_needs(step.ticket) or ' The others are enough.'}", who=step.who),)


def _needs(ticket: Ticket) -> str:
    """Return the sentence that says how many leads are missing, after a space; empty where none is."""
    left = cards.left_to_agree(ticket)
    if left <= 0:
        return ""
    return " It needs one more lead." if left == 1 else f" It needs {cards.number(left)} more leads."


def _reopened(step: _Step) -> Iterator[Line]:
    left = cards.left_to_agree(step.ticket)
    leads = "one more lead" if left == 1 else f"{cards.number(left)} more leads"
    yield (
        mentioning_leads("%s: ", step.leads),
        say(f"this was approved, but it needs {leads} by now. Nothing was sent."),
    )


def _waiting(step: _Step) -> Iterator[Line]:
    words = step.ticket.outcome.words or say("Slack doesn't say who is a lead.")
    yield (say("{asker}: this is approved. ", asker=step.asker), words)
    yield (say("That is possible until {until}.", until=Moment(step.ticket.expires_at)),)


def _call_failed(step: _Step) -> Iterator[Line]:
    """Only a code that wasn't taken leaves something to do; any other failure is told where the ticket ends."""
    if cards.waits_for_code(step.ticket):
        words = step.ticket.outcome.words or say("The code was not taken.")
        yield (say("{asker}: ", asker=step.asker), words)
        yield (say("The approval stands: press *Enter the code* once more."),)


def _denied(step: _Step) -> Iterator[Line]:
    why = step.ticket.outcome.reason
    yield (say("{asker}: {who} denied this: “{why}”", asker=step.asker, who=step.who, why=why),)


def _withdrawn(step: _Step) -> Iterator[Line]:
    yield (say("{who} withdrew this.", who=step.who),)


def _expired(step: _Step) -> Iterator[Line]:
    if cards.left_to_agree(step.ticket) > 0:
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


def _escalated(step: _Step) -> Iterator[Line]:
    at, until = Moment(step.ticket.created_at, "{time}"), Moment(step.ticket.expires_at)
    yield (
        mentioning("%s: ", step.leads),
        say(
            "nobody has decided this since {at}, and it expires {until}. Please find a lead who does.",
            at=at,
            until=until,
        ),
    )


def _stale(step: _Step) -> Iterator[Line]:
    changed = step.ticket.outcome.words or say("the account.")
    yield (say("{asker}: nothing was sent. This has changed since you asked: ", asker=step.asker), changed)


def _done(step: _Step) -> Iterator[Line]:
    plan, outcome = step.ticket.plan, step.ticket.outcome
    if cards.is_certain(step.ticket):
        yield (say("{asker}: done: ", asker=step.asker), plan.done or plan.summary)
    elif plan.many is not None:
        yield (say("{asker}: ", asker=step.asker), bulk_cards.ended(plan.many, outcome.accepted))
    else:
        # Only a re-read may call it done: an accepted call proves nothing about what is there now.
        yield (say("{asker}: Cognito accepted the change. ", asker=step.asker), plan.accepted or plan.summary)
    if outcome.words is not None:
        yield (outcome.words,)
    if outcome.request_ids:
        yield (say("Sent. AWS request id {ids}", ids=", ".join(outcome.request_ids)),)
    if outcome.readings:
        yield (say("Re-read: "), cards.reread(outcome.readings))


def _failed(step: _Step) -> Iterator[Line]:
    first, *others = cards.failure(step.ticket)
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


def _told(step: _Step) -> Iterator[Line]:
    yield (say("{who} told {name}.", who=step.who, name=step.ticket.outcome.told[-1].name),)


def _paused(step: _Step) -> Iterator[Line]:
    if step.by:
        yield (say("{who} paused this. What was under way is finished.", who=step.who),)
        return
    words = step.ticket.outcome.words or say("something is wrong.")
    yield (mentioning_leads("%s, the desk paused this: ", step.leads), words)
    yield (say("Press *Resume* once that is settled, or *Stop*."),)


def _resumed(step: _Step) -> Iterator[Line]:
    yield (say("{who} resumed this.", who=step.who),)


def _stopped(step: _Step) -> Iterator[Line]:
    yield (say("{who} stopped this. What is done stays.", who=step.who),)


def _half_done(step: _Step) -> Iterator[Line]:
    yield (say("{asker}: half of it is over. The card says how far it is.", asker=step.asker),)


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
    Event.ESCALATED: _escalated,
    Event.STALE: _stale,
    Event.DONE: _done,
    Event.FAILED: _failed,
    Event.IN_DOUBT: _in_doubt,
    Event.UNNAMED_LOSS: _unnamed_loss,
    Event.TOLD: _told,
    Event.PAUSED: _paused,
    Event.RESUMED: _resumed,
    Event.STOPPED: _stopped,
    Event.HALF_DONE: _half_done,
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


def waits(ticket: Ticket, permalink: str) -> Message:
    """Draw what a lead is told directly of a ticket that waits; what is pressed there decides nothing by itself."""
    left = cards.left_to_agree(ticket)
    needs = "a lead" if left == 1 else f"{cards.number(left)} leads"
    begins = "🔴 High risk: request" if ticket.plan.risk is Risk.HIGH else "🟡 Request"
    said = (
        say(
            f"{begins} #{{number}} waits for {needs} in {{channel}}, until {{until}}. {{card}}",
            number=ticket.id,
            channel=Channel(ticket.channel),
            until=Moment(ticket.expires_at),
            card=Link(permalink, "card ↗"),
        ),
        say(
            "{what}, pool {pool}, asked by {who}.", what=ticket.scenario, pool=ticket.pool, who=Person(ticket.requester)
        ),
    )
    button = blocks.open_button(ticket.id, n=0)
    return Message(
        text="\n".join((*(words.text() for words in said), f"[ {button['text']['text']} ]")),
        blocks=(*map(blocks.line, said), {"type": "actions", "elements": [button]}),
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


def direct(*said: Words) -> Message:
    """Draw a direct message, a line each."""
    return blocks.lines(*((words,) for words in said))


class Drawing:
    """Draws what the outbox holds by number: a ticket's card as its row is now, and what else is drawn when it leaves.

    ``leads``: whom to mention at this moment, by pool. ``stuck``: why too few leads could approve a ticket that waits,
    None where enough could. ``told``: what a refusal of Slack's is in words. ``asker_told``: tells the one whose answer
    a conversation was to be, by the way that they asked; whether that was possible.
    """

    def __init__(
        self,
        tickets: Tickets,
        permalinks: Permalinks,
        *,
        leads: Callable[[str], tuple[str, ...]],
        stuck: Callable[[Ticket], Words | None],
        told: Told = slack_errors.told,
        asker_told: Callable[[int, Sequence[Words]], bool],
    ) -> None:
        self._tickets = tickets
        self._permalinks = permalinks
        self._leads = leads
        self._stuck = stuck
        self._told = told
        self._asker_told = asker_told

    def ticket(self, kind: MessageKind, ticket: int, permalink: str = "") -> Message | None:
        """Draw a message about a ticket from its row; None where there is nothing to say any more.

        ``ticket``: its number; for a case, the number of its conversation. ``permalink``: the address of its card, for
        a link to it.
        """
        if kind is MessageKind.CASE:
            return self._case(ticket)
        if kind is MessageKind.CARD:
            self._find_origin(ticket)
            drawn = self._read(ticket)
            stuck = self._stuck(drawn) if drawn.state is State.PENDING else None
            leads, related, progress = self._leads(drawn.pool), self._related(drawn), self._progress(drawn)
            return cards.card(
                drawn, leads=leads, related=related, stuck=stuck, progress=progress, files=self._posts_files
            )
        if kind is MessageKind.LINK:
            return cards.created_from(self._read(ticket), permalink)
        if kind is MessageKind.LEAD:
            drawn = self._read(ticket)
            return waits(drawn, permalink) if drawn.state is State.PENDING else None
        with self._tickets.store.reading() as connection:
            refused = self._tickets.outbox.refusal(connection, ticket)
            drawn = self._tickets.reload(connection, ticket)
        # Its channel may have taken it after all.
        return unseen(drawn, self._told(refused, drawn.channel)) if refused else None

    def unanswered(self, item: Item, refused: str) -> Message | None:
        """Draw what those are told directly whose answer Slack refused by this name; None where they are told."""
        words = unanswered(item, self._told(refused, item.channel))
        return None if self._asker_told(item.conversation, words) else direct(*words)

    def _case(self, conversation: int) -> Message | None:
        with self._tickets.store.reading() as connection:
            case = self._tickets.cases.read(connection, conversation)
            if case is None:
                return None
            around = cases.around(connection, self._tickets, case)
        if around.lacks_links(case):
            around = replace(
                around,
                links=self._permalinks.cards(each.id for each in around.tickets),
                earlier=self._permalinks.of_conversation(case.earlier) if case.earlier is not None else "",
            )
        return cases.root(case, around)

    def _read(self, ticket: int) -> Ticket:
        with self._tickets.store.reading() as connection:
            return self._tickets.reload(connection, ticket)

    def _progress(self, ticket: Ticket) -> Progress | None:
        if ticket.plan.many is None:
            return None
        with self._tickets.store.reading() as connection:
            return bulk_items.progress(connection, ticket.id)

    @property
    def _posts_files(self) -> bool:
        return self._tickets.files is not None and self._tickets.files.on

    def _related(self, ticket: Ticket) -> RelatedTickets:
        with self._tickets.store.reading() as connection:
            after = follow_ups.of(connection, ticket.id)
        around = [*([ticket.parent] if ticket.parent is not None else []), *(each.ticket for each in after)]
        return RelatedTickets(after=after, links=self._permalinks.cards(around))

    def _find_origin(self, ticket: int) -> None:
        """Learn the address of the check that a ticket was created from, once; a card without it is still a card."""
        with self._tickets.store.reading() as connection:
            origin = connection.execute(
                select(tables.conversation)
                .join(tables.ticket, tables.ticket.c.origin == tables.conversation.c.id)
                .where(tables.ticket.c.id == ticket)
            ).first()
        if origin is not None:
            self._permalinks.of(origin.id, origin.channel, origin.ts, origin.permalink)
