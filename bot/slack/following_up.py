"""What happens when somebody presses Undo or Ask again on a card: a form that becomes a new request for approval."""

from collections.abc import Mapping
from typing import Any

from bot.desk.approvals import Desk
from bot.scenario import Scenario
from bot.slack import blocks, forms
from bot.slack.blocks import Block
from bot.slack.clicks import Clicks
from bot.slack.preparing import Preparing
from bot.slack.request import Request
from bot.slack.views import Frame, Memory
from bot.ticket import Ticket
from bot.tickets import undo
from bot.words import say

_GONE = say("This can't be asked for any more.")


class FollowingUp:
    """Opens the forms; what is submitted in them goes the way of every form. Clicks come after their acknowledgement.

    ``scenarios`` are those that may be asked for, Undo among them.
    """

    def __init__(
        self, desk: Desk, clicks: Clicks, preparing: Preparing, scenarios: Mapping[str, Scenario[Any]]
    ) -> None:
        self._desk = desk
        self._clicks = clicks
        self._preparing = preparing
        self._scenarios = scenarios

    def undo(self, request: Request, ticket_id: int) -> None:
        """Ask why a request is to be undone, saying what can't be given back."""
        self._clicks.after_ack(request, lambda: self._open(request, ticket_id, undo.NAME), decides=False)

    def again(self, request: Request, ticket_id: int) -> None:
        """Show what was asked for, to be asked for once more."""
        self._clicks.after_ack(request, lambda: self._open(request, ticket_id, ""), decides=False)

    def _open(self, request: Request, ticket_id: int, name: str) -> None:
        ticket = self._desk.ticket(ticket_id)
        name = name or (ticket.scenario if ticket else "")
        scenario = self._scenarios.get(name)
        memory = Memory(
            scenario=name,
            pool=ticket.pool if ticket else "",
            channel=request.channel,
            parent=ticket_id,
            ticket=ticket_id,
            ts=request.ts,
        )
        modal = self._clicks.open(request, Frame(title=scenario.title if scenario else "Ask again", memory=memory))
        verdict = self._desk.may_follow_up(
            ticket_id, scenario=name, who=request.who, channel=request.channel, ts=request.ts
        )
        if not verdict.accepted or ticket is None:
            self._clicks.answer(request, verdict, modal)
        elif scenario is None:
            modal.tell(_GONE)
        else:
            form = self._preparing.form(scenario, modal.frame, _typed(scenario, ticket))
            modal.show({**form, "blocks": [*_about(name, ticket), *form["blocks"]]})


def _typed(scenario: Scenario[Any], ticket: Ticket) -> dict[str, Any]:
    """Return what was typed then, but for the reason of an undo, which is a new one."""
    if scenario.name != ticket.scenario:
        return {}
    known = {name: value for name, value in ticket.form.items() if name in scenario.fields and value is not None}
    return forms.without_secrets(scenario, known)


def _about(name: str, ticket: Ticket) -> list[Block]:
    if name != undo.NAME:
        return []
    limits = ticket.plan.undo_limits
    return [blocks.line(ticket.plan.summary, bold=True), *([blocks.line(limits)] if limits else [])]
