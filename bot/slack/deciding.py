"""What happens when somebody presses a card's buttons, and when they submit what those open."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field
from slack_bolt import Ack
from sqlalchemy.exc import SQLAlchemyError

from bot.desk.approvals import ClickResult, Desk, NeedsConfirmation
from bot.plan import Risk
from bot.scenario import Form
from bot.slack import background_work, blocks, cards, forms, views
from bot.slack.clicks import Clicks
from bot.slack.modals import Modal
from bot.slack.request import Request
from bot.slack.views import Frame, Memory, View
from bot.ticket import State, Ticket
from bot.tickets.engines import is_busy
from bot.words import Words, say

DENIAL = "denial"
CONFIRMATION = "confirmation"


class Denial(Form):
    """Why a lead says no."""

    reason: Annotated[
        str,
        Field(
            title="Why",
            description="The person who asked sees this, and it is kept in the audit log.",
            min_length=3,
            max_length=500,
            json_schema_extra={"input": "multiline"},
        ),
    ]


class Deciding:
    """Takes decisions to the desk, which alone judges them. Clicks come here after their acknowledgement."""

    def __init__(self, desk: Desk, clicks: Clicks) -> None:
        self._desk = desk
        self._clicks = clicks

    def approve(self, request: Request, ticket_id: int) -> None:
        """Vote, or for a high risk open what the vote has to confirm."""
        self._clicks.after_ack(request, lambda: self._approve(request, ticket_id))

    def deny(self, request: Request, ticket_id: int) -> None:
        """Ask why."""
        self._clicks.after_ack(request, lambda: self._ask_why(request, ticket_id))

    def withdraw(self, request: Request, ticket_id: int) -> None:
        """Take back what one has asked for."""
        self._clicks.after_ack(request, lambda: self._withdraw(request, ticket_id))

    def confirmed(self, ack: Ack, request: Request, view_id: str, memory: Memory) -> None:
        """Count the vote that a confirmation is. Acknowledges it."""

        def vote() -> ClickResult:
            result = self._desk.approve(
                memory.ticket, who=request.who, channel=memory.channel, ts=memory.ts, nonce=memory.nonce
            )
            assert isinstance(result, ClickResult)
            return result

        self._submitted(ack, request, view_id, Frame(title="Approve", memory=memory), vote, "Your approval counts.")

    def denied(self, ack: Ack, request: Request, view_id: str, memory: Memory, values: Mapping[str, Any]) -> None:
        """Take a denial with its reason. Acknowledges it."""
        typed = forms.typed_in(Denial, values)
        if errors := forms.problems(Denial, typed):
            ack(response_action="errors", errors=errors)
            return
        reason = Denial.model_validate(typed).reason
        frame = Frame(title="Deny", memory=memory)

        def deny() -> ClickResult:
            return self._desk.deny(memory.ticket, who=request.who, channel=memory.channel, ts=memory.ts, reason=reason)

        def again() -> View:
            return _denial(frame, self._desk.ticket(memory.ticket), reason, why=background_work.BUSY)

        self._submitted(ack, request, view_id, frame, deny, "Denied.", if_busy=again)

    def _approve(self, request: Request, ticket_id: int) -> None:
        ticket = self._clicks.posted(ticket_id)
        # The desk reads the list of leads anew for a high risk; the trigger can't wait for that.
        modal = self._open(request, ticket_id, "Approve") if ticket and self._will_confirm(ticket, request) else None
        result = self._desk.approve(ticket_id, who=request.who, channel=request.channel, ts=request.ts)
        if isinstance(result, NeedsConfirmation):
            modal = modal or self._open(request, ticket_id, "Approve")
            memory = modal.frame.memory.model_copy(update={"nonce": result.nonce})
            modal.show(_confirmation(replace(modal.frame, memory=memory), result.ticket))
            return
        self._clicks.answer(request, result, modal)

    def _ask_why(self, request: Request, ticket_id: int) -> None:
        modal = self._open(request, ticket_id, "Deny")
        ticket = self._clicks.posted(ticket_id)
        verdict = self._desk.may_deny(ticket_id, who=request.who, channel=request.channel, ts=request.ts)
        if verdict.accepted and ticket is not None:
            modal.show(_denial(modal.frame, ticket))
        else:
            self._clicks.answer(request, verdict, modal)

    def _withdraw(self, request: Request, ticket_id: int) -> None:
        self._clicks.posted(ticket_id)
        verdict = self._desk.withdraw(ticket_id, who=request.who, channel=request.channel, ts=request.ts)
        self._clicks.answer(request, verdict)

    def _open(self, request: Request, ticket_id: int, title: str) -> Modal:
        memory = Memory(ticket=ticket_id, channel=request.channel, ts=request.ts)
        return self._clicks.open(request, Frame(title=title, memory=memory))

    def _will_confirm(self, ticket: Ticket, request: Request) -> bool:
        """Whether this click is likely to end in a confirmation; the desk alone judges whether it does."""
        return (
            ticket.plan.risk is Risk.HIGH
            and ticket.state is State.PENDING
            and ticket.ts == request.ts
            and not self._desk.seems_own(ticket, request.who)
        )

    def _submitted(
        self,
        ack: Ack,
        request: Request,
        view_id: str,
        frame: Frame,
        decide: Callable[[], ClickResult],
        done: str,
        *,
        if_busy: Callable[[], View] | None = None,
    ) -> None:
        """Decide after the acknowledgement. ``if_busy``: what keeps all that was typed when the database is busy."""
        ack(response_action="update", view=views.waiting(frame, views.CHECKING))

        def work(modal: Modal) -> None:
            try:
                verdict = decide()
            except SQLAlchemyError as error:
                if if_busy is None or not is_busy(error) or not modal.show(if_busy()):
                    raise
                return
            modal.tell(verdict.words if verdict.words.template else Words(done))

        self._clicks.submitted(request, view_id, frame, work)


def _denial(frame: Frame, ticket: Ticket | None, typed: str | None = None, *, why: Words | None = None) -> View:
    content = [
        *([blocks.line(say("⚠️ "), why)] if why else []),
        *([blocks.line(ticket.plan.summary, bold=True)] if ticket else []),
        forms.input_of("reason", Denial.model_fields["reason"], typed),
    ]
    return views.modal(frame, content, callback=DENIAL, submit="Deny", close="Cancel")


def _confirmation(frame: Frame, ticket: Ticket) -> View:
    drawn = cards.confirmation(ticket)
    return views.modal(frame, drawn, callback=CONFIRMATION, submit="Approve", close="Cancel")
