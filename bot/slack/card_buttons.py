"""Which buttons a card has in which state; who may press them is decided at the click."""

from bot.slack import blocks, card_lines
from bot.slack.blocks import Block
from bot.ticket import State, Ticket
from bot.tickets.follow_ups import RelatedTickets

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


def row(ticket: Ticket, related: RelatedTickets) -> list[Block]:
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
