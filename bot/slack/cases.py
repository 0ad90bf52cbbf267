"""Draws a case: the root message of a check, as it stands now, with a line for each thing that was born from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from bot.answer import Offers
from bot.plan import Risk
from bot.slack import blocks, cards
from bot.slack.blocks import Line, Topic
from bot.ticket import State, Ticket
from bot.tickets import tables
from bot.tickets.cases import Acted, LiveCase
from bot.tickets.follow_ups import UNDO
from bot.tickets.message import Message
from bot.tickets.transitions import Tickets
from bot.words import Link, Moment, Person, Words, listed, mentioning, say

_MOST = 6
"""Lines about what was born from a case; the newest ones are shown."""

_MOST_NAMES = 3
_MOST_OTHERS = 2

_TO_CARD = "card ↗"

_SHORT = {
    State.RUNNING: "⏳ Being sent",
    State.FAILED: "❌ Failed",
    State.IN_DOUBT: "❓ In doubt, a lead has to look",
    State.STALE: "↻ Not sent, something has changed since it was asked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a case tells of, as it is now."""

    tickets: Sequence[Ticket] = ()
    links: Mapping[int, str] = field(default_factory=dict)
    """The addresses of their cards, as far as they are known."""
    undone: frozenset[int] = frozenset()
    """Those of them whose undo is done."""
    earlier: str = ""
    """The address of the case before it; empty where there is none, or where it isn't known."""

    def lacks_links(self, case: LiveCase) -> bool:
        """Whether Slack has to be asked for an address."""
        return len(self.links) < len(case.tickets) or (case.earlier is not None and not self.earlier)


def around(connection: Connection, tickets: Tickets, case: LiveCase) -> Around:
    """Return what a case tells of, with the addresses that the database knows."""
    if not case.tickets and case.earlier is None:
        # So it is with most checks, and somebody waits for each.
        return Around()
    told = [tickets.reload(connection, number) for number in case.tickets]
    row, owner = tables.conversation.c, tables.ticket.c
    cards_of = select(owner.id, row.permalink).join(tables.conversation, row.id == owner.conversation)
    links = connection.execute(cards_of.where(owner.id.in_(case.tickets), row.permalink != "")).all()
    earlier = connection.execute(select(row.permalink).where(row.id == case.earlier)).scalar()
    # What was asked again is told once.
    followed = {each.parent for each in told if each.scenario != UNDO}
    return Around(
        tickets=tuple(each for each in told if each.id not in followed),
        links={each.id: each.permalink for each in links},
        undone=frozenset(
            each.parent for each in told if each.parent and each.scenario == UNDO and each.state is State.DONE
        ),
        earlier=earlier or "",
    )


def root(case: LiveCase, around: Around) -> Message:
    """Draw a case's root message: what is the matter, who asked, what was born from it, and the best way on."""
    found = case.found
    headline = (Words(f"{found.emoji} "), found.headline)
    below = [_asked(case), *_lines(case, around)]
    best = found.best if found.best and not _is_under_way(case, around, found.best.scenario) else None
    row = Offers((best,)) if best else None
    topic = Topic(case.pool, case.conversation, case.user)
    drawn = [
        blocks.line(*headline, bold=True),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": blocks.text(below[0])}]},
        *(blocks.line(*line) for line in below[1:]),
        *([blocks.buttons(row, topic)] if row else []),
    ]
    told = [blocks.text(line) for line in (headline, *below)] + ([blocks.written(row)] if row else [])
    metadata = {"event_type": found.event_type, "event_payload": dict(found.event)} if found.event_type else {}
    return Message(text=blocks.clipped("\n".join(told)), blocks=tuple(drawn), metadata=metadata)


def _asked(case: LiveCase) -> Line:
    names = listed(case.found.names, most=_MOST_NAMES)
    return (
        say(
            f"{{pool}} · {'{names} · ' if names else ''}asked by {{who}} · {{at}}",
            pool=case.pool,
            names=names,
            who=Person(case.asker),
            at=Moment(case.asked_at),
        ),
    )


def _lines(case: LiveCase, around: Around) -> Iterator[Line]:
    """Yield how it stands: what was born from it, the newest last, and when it was checked again."""
    if around.earlier:
        yield (say("Checked before: {link}", link=Link(around.earlier, "the earlier case ↗")),)
    told = [(acted.at, _acted(acted)) for acted in case.actions]
    told += [(ticket.created_at, _of_ticket(ticket, case, around)) for ticket in around.tickets]
    told.sort(key=lambda each: each[0])
    if (left := len(told) - _MOST) > 0:
        yield (say("{left} earlier steps: see the thread.", left=left),)
    yield from (line for _, line in told[-_MOST:])
    yield from _checked_again(case)
    for words in case.found.others[:_MOST_OTHERS]:
        yield (say("ℹ️ "), words)


def _checked_again(case: LiveCase) -> Iterator[Line]:
    if case.unread is not None:
        tried = " I will try again." if case.is_due else " Check once more by hand."
        yield (say("❓ How it stands now is not known: "), case.unread, say(tried))
    elif case.is_due:
        yield (say("⏳ I am checking how it stands now."),)
    elif case.read_at is not None:
        words = "Works now · checked again: {at}" if case.found.emoji == "✅" else "Checked again: {at}"
        yield (say(words, at=Moment(case.read_at)),)


def _acted(acted: Acted) -> Line:
    return (acted.words, say(" · {who} · {at}", who=Person(acted.person), at=Moment(acted.at)))


def _is_under_way(case: LiveCase, around: Around, scenario: str) -> bool:
    """Whether the best way on is being gone already, so that nobody needs a button for it."""
    return case.is_due or any(each.scenario == scenario and not each.state.is_final for each in around.tickets)


def _of_ticket(ticket: Ticket, case: LiveCase, around: Around) -> Line:
    """Return how a ticket stands, in a line with the link to its card."""
    link = around.links.get(ticket.id)
    to_card = (say(" · {card}", card=Link(link, _TO_CARD)),) if link else ()
    return (*_state(ticket, case, around), *to_card)


def _state(ticket: Ticket, case: LiveCase, around: Around) -> Line:
    summary, outcome, by = ticket.plan.summary, ticket.outcome, Person(ticket.outcome.by)
    match ticket.state:
        case State.PENDING:
            return _waits(ticket, case)
        case State.APPROVED if cards.waits_for_code(ticket):
            who = Person(ticket.requester)
            return (say("🟢 Approved: "), summary, say(" · waits for {who} to enter the code", who=who))
        case State.APPROVED:
            return (say("🟢 Approved: "), summary, say(" · "), _approved_by(ticket))
        case State.DONE:
            return _done(ticket, around)
        case State.DENIED:
            return (say("⛔ Denied by {by}: “{why}” · ", by=by, why=outcome.reason), summary)
        case State.WITHDRAWN:
            return (say("↩ Withdrawn by {by}: ", by=by), summary)
        case State.EXPIRED:
            return (cards.expired(ticket), say(": "), summary)
        case _:
            return (say(f"{_SHORT[ticket.state]}: "), summary)


def _done(ticket: Ticket, around: Around) -> Line:
    summary = ticket.plan.summary
    if ticket.id in around.undone:
        return (say("↩ Done, and undone since: "), summary)
    if cards.is_certain(ticket):
        return (say("✅ Done: "), ticket.plan.done or summary, say(" · "), _approved_by(ticket))
    return (say("✅ Cognito accepted it: "), summary, say(" · "), _approved_by(ticket))


def _waits(ticket: Ticket, case: LiveCase) -> Line:
    left = cards.left_to_agree(ticket)
    more = "one more lead" if left == 1 else f"{cards.number(left)} more leads"
    needs = more if ticket.votes else "a lead" if left == 1 else f"{cards.number(left)} leads"
    mark = f"🔴 High risk · needs {needs}: " if ticket.plan.risk is Risk.HIGH else f"🟡 Needs {needs}: "
    # It may have waited before anybody checked.
    already = ticket.created_at < case.asked_at
    words = " · already asked by {who}, {at}" if already else " · asked by {who}"
    who, at = Person(ticket.requester), Moment(ticket.created_at)
    return (say(mark), ticket.plan.summary, say(words, who=who, at=at))


def _approved_by(ticket: Ticket) -> Words:
    return mentioning("approved by %s", [vote.person for vote in ticket.votes], last=" and ")
