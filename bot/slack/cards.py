"""Draws a ticket as its card, in every state, and as the view that a vote on a high risk needs."""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import select

from bot import slack_errors
from bot.plan import Change, Risk
from bot.slack import blocks, card_lines, notices
from bot.slack.blocks import Block
from bot.slack.card_lines import Line
from bot.slack.posting import Permalinks
from bot.slack_errors import Told
from bot.ticket import State, Ticket
from bot.tickets import follow_ups, store
from bot.tickets.follow_ups import ALONE, RelatedTickets
from bot.tickets.message import Item, Message, MessageKind
from bot.tickets.transitions import Tickets
from bot.words import Link, Person, Words, mentioning_leads, say

_KEEPS_TABLE = frozenset({State.PENDING, State.APPROVED, State.RUNNING, State.IN_DOUBT})


def card(ticket: Ticket, *, leads: tuple[str, ...], related: RelatedTickets = ALONE) -> Message:
    """Draw the card from the ticket as it is now. ``leads`` are the settings' ids to mention while it needs them."""
    waits = ticket.state is State.PENDING
    top = [card_lines.headline(ticket), *card_lines.below(ticket, related)]
    if ticket.state is State.IN_DOUBT:
        top.append((mentioning_leads("%s, please look at it in Cognito before anyone asks for it again.", leads),))
    # A failure that changed nothing has nothing to compare with.
    keeps = ticket.state in _KEEPS_TABLE or bool(ticket.outcome.done_before)
    changes = list(_change_lines(ticket)) if keeps else []
    bottom = [*_plan_lines(ticket), _call_for_leads(ticket, leads)] if waits else []
    drawn = [
        *(blocks.line(*line, bold=n == 0) for n, line in enumerate(top)),
        *([_table(ticket)] if changes else []),
        *(blocks.line(*line) for line in bottom),
        *_buttons(ticket, related),
    ]
    return Message(
        text=blocks.clipped("\n".join(card_lines.text(line) for line in (*top, *changes, *bottom))),
        blocks=tuple(drawn),
        metadata={"event_type": "desk_ticket", "event_payload": {"ticket": ticket.id, "state": ticket.state.value}},
    )


def created_from(ticket: Ticket, permalink: str) -> Message:
    """Draw the reply in the thread of a check, or of an earlier request, that links to the ticket it led to."""
    line = (
        say("{who} asked: ", who=Person(ticket.requester)),
        ticket.plan.summary,
        say(" · {card}", card=Link(permalink, "to the card ↗")),
    )
    return Message(text=blocks.clipped(card_lines.text(line)), blocks=(blocks.line(*line),))


def confirmation(ticket: Ticket) -> list[Block]:
    """Draw what a high-risk vote is about, from the row alone, for a modal (which can't hold a table)."""
    changes = [blocks.section(*line) for line in _change_lines(ticket)]
    asked, *_ = card_lines.below(ticket)
    return [
        blocks.line(ticket.plan.summary, bold=True),
        blocks.line(*asked),
        *([blocks.rich({"type": "rich_text_list", "style": "bullet", "elements": changes})] if changes else []),
        *(blocks.line(*line) for line in _plan_lines(ticket)),
    ]


def _plan_lines(ticket: Ticket) -> Iterator[Line]:
    plan = ticket.plan
    if plan.risk is Risk.HIGH:
        for why in plan.why_high:
            yield (say("⚠️ High risk: "), why)
    for note in plan.notes:
        yield (note,)
    if plan.undo_limits:
        yield (plan.undo_limits,)
    where = say(" · pool {pool}", pool=_where(ticket))
    for n, call in enumerate(plan.calls, 1):
        yield (say("Will be sent: `{call}`", call=call.shown), *([where] if n == len(plan.calls) else []))


def _where(ticket: Ticket) -> str:
    # A pool's id begins with its region.
    pool_id = next(
        (str(call.parameters["UserPoolId"]) for call in ticket.plan.calls if "UserPoolId" in call.parameters), ""
    )
    region = pool_id.partition("_")[0]
    return f"{ticket.pool} · {region}" if region else ticket.pool


def _call_for_leads(ticket: Ticket, leads: Sequence[str]) -> Line:
    left = card_lines.left_to_agree(ticket)
    more = " more" if ticket.votes else ""
    line: Line = (mentioning_leads(f"%s, {card_lines.number(left)}{more} of you please.", leads),)
    if ticket.origin:
        line = (*line, say("   {link}", link=Link(ticket.origin, "from the check ↗")))
    return line


def _table(ticket: Ticket) -> Block:
    rows = [
        (
            say("*{name}*" if change.loses else "{name}", name=change.subject.name),
            say("{what}", what=change.what),
            _values(change),
            _note(change),
        )
        for change in ticket.plan.changes
    ]
    noted = any(change.note or change.loses for change in ticket.plan.changes)
    heading = ("Account", "What", "Planned" if ticket.state.is_final else "Change", *(("",) if noted else ()))
    return blocks.table(heading, [row[: len(heading)] for row in rows])


def _change_lines(ticket: Ticket) -> Iterator[Line]:
    for change in ticket.plan.changes:
        line = (say("{name} · {what}: ", name=change.subject.name, what=change.what), _values(change))
        yield (*line, say(" · "), _note(change)) if change.note or change.loses else line


def _values(change: Change) -> Words:
    before, after = (card_lines.flag(change.what, value) for value in (change.before, change.after))
    return say("{before} → {after}", before=before, after=after)


def _note(change: Change) -> Words:
    if not change.loses:
        return say("{note}", note=change.note)
    loud = change.note if change.note.startswith("LOSES") else f"LOSES: {change.note or 'this'}"
    return say("*{note}*", note=loud)


APPROVE, DENY, WITHDRAW = "approve", "deny", "withdraw"
ENTER = "enter"
UNDO, AGAIN = "undo", "again"

_LABELS = {
    APPROVE: "Approve",
    DENY: "Deny",
    WITHDRAW: "Withdraw",
    ENTER: "Enter code",
    UNDO: "Undo",
    AGAIN: "Ask again",
}
_STYLES = {APPROVE: "primary", ENTER: "primary", DENY: "danger"}


def _buttons(ticket: Ticket, related: RelatedTickets) -> list[Block]:
    """Return the card's row of buttons; nothing where there is nothing to press."""
    actions = _actions(ticket, related)
    return [{"type": "actions", "elements": [_button(ticket, each) for each in actions]}] if actions else []


def _actions(ticket: Ticket, related: RelatedTickets) -> tuple[str, ...]:
    if ticket.state is State.PENDING:
        return (APPROVE, DENY, WITHDRAW)
    if card_lines.waits_for_code(ticket):
        return (ENTER, DENY, WITHDRAW)
    return (
        *((AGAIN,) if related.may_be_asked_again(ticket) else ()),
        *((UNDO,) if related.may_be_undone(ticket) else ()),
    )


def _button(ticket: Ticket, action: str) -> Block:
    style = {"style": _STYLES[action]} if action in _STYLES else {}
    return {
        "type": "button",
        "action_id": action,
        "text": blocks.label(_LABELS[action]),
        "value": str(ticket.id),
        **style,
    }


class Drawing:
    """Draws what the outbox holds by number: a ticket's card as its row is now, and what else is drawn when it leaves.

    ``leads``: whom to mention at this moment. ``told``: what a refusal of Slack's is in words. ``asker_told``: tells
    the one whose answer a conversation was to be, by the way that they asked; whether that was possible.
    """

    def __init__(
        self,
        tickets: Tickets,
        permalinks: Permalinks,
        *,
        leads: Callable[[], tuple[str, ...]],
        told: Told = slack_errors.told,
        asker_told: Callable[[int, Sequence[Words]], bool],
    ) -> None:
        self._tickets = tickets
        self._permalinks = permalinks
        self._leads = leads
        self._told = told
        self._asker_told = asker_told

    def ticket(self, kind: MessageKind, ticket: int, permalink: str = "") -> Message | None:
        """Draw a message about a ticket from its row; None where there is nothing to say any more.

        ``permalink``: the address of its card, for a link to it.
        """
        if kind is MessageKind.CARD:
            self._find_origin(ticket)
            drawn = self._read(ticket)
            return card(drawn, leads=self._leads(), related=self._related(drawn))
        if kind is MessageKind.LINK:
            return created_from(self._read(ticket), permalink)
        with self._tickets.store.reading() as connection:
            refused = self._tickets.outbox.refusal(connection, ticket)
            drawn = self._tickets.reload(connection, ticket)
        # Its channel may have taken it after all.
        return notices.unseen(drawn, self._told(refused, drawn.channel)) if refused else None

    def unanswered(self, item: Item, refused: str) -> Message | None:
        """Draw what those are told directly whose answer Slack refused by this name; None where they are told."""
        words = notices.unanswered(item, self._told(refused, item.channel))
        return None if self._asker_told(item.conversation, words) else notices.direct(*words)

    def _read(self, ticket: int) -> Ticket:
        with self._tickets.store.reading() as connection:
            return self._tickets.reload(connection, ticket)

    def _related(self, ticket: Ticket) -> RelatedTickets:
        with self._tickets.store.reading() as connection:
            after = follow_ups.of(connection, ticket.id)
        around = [*([ticket.parent] if ticket.parent is not None else []), *(each.ticket for each in after)]
        return RelatedTickets(after=after, links=self._permalinks.cards(around))

    def _find_origin(self, ticket: int) -> None:
        """Learn the address of the check that a ticket was created from, once; a card without it is still a card."""
        with self._tickets.store.reading() as connection:
            origin = connection.execute(
                select(store.conversation)
                .join(store.ticket, store.ticket.c.origin == store.conversation.c.id)
                .where(store.ticket.c.id == ticket)
            ).first()
        if origin is not None:
            self._permalinks.of(origin.id, origin.channel, origin.ts, origin.permalink)
