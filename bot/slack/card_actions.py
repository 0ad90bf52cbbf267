"""What happens when somebody presses a card's buttons, and when they submit what those open.

The desk alone judges each of them. What is pressed comes here after its acknowledgement; what is submitted is
acknowledged here.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from bot.answer import Paragraph
from bot.desk.approvals import ClickResult, Decisions, NeedsConfirmation
from bot.plan import Risk
from bot.scenario import Form, Scenario
from bot.slack import background_work, blocks, cards, forms, modals
from bot.slack.background_work import Piece, Touches
from bot.slack.blocks import Block
from bot.slack.form_views import Catalogue, FormViews
from bot.slack.interaction import Interaction
from bot.slack.modals import Frame, Memory, View
from bot.ticket import State, Ticket
from bot.tickets import follow_ups
from bot.tickets.engines import is_busy
from bot.timings import UNHURRIED
from bot.words import Words, say

DENIAL = "denial"
CONFIRMATION = "confirmation"

_LOOK = 0.05

_GONE = say("This can't be asked for any more.")


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


class PostedCards:
    """The cards whose buttons are pressed."""

    def __init__(self, decisions: Decisions, *, patience: float = UNHURRIED.clicked) -> None:
        """``patience`` as `Timings.clicked`."""
        self._decisions = decisions
        self._patience = patience

    def posted(self, ticket_id: int) -> Ticket | None:
        """Return the ticket, once it is known which message its card is: a click may overtake Slack's answer."""
        until = time.monotonic() + self._patience
        while True:
            ticket = self._decisions.ticket(ticket_id)
            if ticket is None or ticket.ts or time.monotonic() > until:
                return ticket
            time.sleep(_LOOK)


class CardActions:
    """Takes decisions to the desk, and opens the forms that follow up on what is over."""

    def __init__(self, decisions: Decisions, cards: PostedCards, catalogue: Catalogue, form_views: FormViews) -> None:
        self._decisions = decisions
        self._cards = cards
        self._catalogue = catalogue
        self._form_views = form_views

    def approve(self, interaction: Interaction) -> None:
        """Vote, or for a high risk open what the vote has to confirm."""
        ticket = self._cards.posted(interaction.ticket)
        # The desk reads the list of leads anew for a high risk; the trigger can't wait for that.
        if ticket and self._will_confirm(ticket, interaction):
            load(interaction, "Approve")
        result = self._decisions.approve(
            interaction.ticket, who=interaction.who, channel=interaction.channel, ts=interaction.ts, seen=ticket
        )
        if not isinstance(result, NeedsConfirmation):
            tell_result(interaction, result)
            return
        modal = interaction.modal
        if not modal.is_open:
            load(interaction, "Approve")
        modal.show(self._confirmation(modal.frame.remembering({"nonce": result.nonce}), result.ticket))

    def open(self, interaction: Interaction) -> None:
        """Show what a vote has to confirm, at a press in a list. The card may be where this person never is."""
        # The trigger can't wait for anything, and a list has neither the card's channel nor its message.
        interaction.load(Frame(title="Approve or deny", memory=Memory(channel=interaction.channel)))
        self._cards.posted(interaction.ticket)
        result = self._decisions.may_approve(interaction.ticket, who=interaction.who)
        if isinstance(result, ClickResult):
            interaction.tell(result.words)
            return
        ticket = result.ticket
        known = {"ticket": ticket.id, "channel": ticket.channel, "ts": ticket.ts, "nonce": result.nonce}
        interaction.modal.show(self._confirmation(interaction.modal.frame.remembering(known), ticket))

    def _confirmation(self, frame: Frame, ticket: Ticket) -> View:
        # Who has read it may well say no.
        no = {"type": "button", "action_id": cards.DENY, "text": blocks.label("Deny"), "value": str(ticket.id)}
        drawn = [*cards.confirmation(ticket, self._decisions.progress(ticket)), {"type": "actions", "elements": [no]}]
        return modals.drawn(frame, drawn, callback=CONFIRMATION, submit="Approve")

    def confirmed(self, interaction: Interaction) -> Piece:
        """Count the vote that a confirmation is, after its acknowledgement."""
        interaction.accept(Frame(title="Approve", memory=interaction.memory))
        return interaction.piece(partial(self._confirm, interaction), Touches.TICKET)

    def _confirm(self, interaction: Interaction) -> None:
        nonce = interaction.memory.nonce
        result = self._decisions.approve(
            interaction.ticket, who=interaction.who, channel=interaction.channel, ts=interaction.ts, nonce=nonce
        )
        assert isinstance(result, ClickResult)
        interaction.tell(_or(result, "Your approval counts."))

    def deny(self, interaction: Interaction) -> None:
        """Ask why."""
        load(interaction, "Deny")
        ticket = self._cards.posted(interaction.ticket)
        result = self._decisions.may_deny(
            interaction.ticket, who=interaction.who, channel=interaction.channel, ts=interaction.ts
        )
        if result.accepted and ticket is not None:
            interaction.modal.show(_denial(interaction.modal.frame, ticket))
        else:
            tell_result(interaction, result)

    def denied(self, interaction: Interaction) -> Piece | None:
        """Take a denial with its reason, after its acknowledgement."""
        form, errors = forms.judged(Denial, forms.typed_in(Denial, interaction.values))
        if form is None:
            interaction.reject(errors)
            return None
        interaction.accept(Frame(title="Deny", memory=interaction.memory))
        return interaction.piece(partial(self._deny, interaction, form.reason), Touches.TICKET)

    def _deny(self, interaction: Interaction, reason: str) -> None:
        try:
            result = self._decisions.deny(
                interaction.ticket, who=interaction.who, channel=interaction.channel, ts=interaction.ts, reason=reason
            )
        except SQLAlchemyError as error:
            if not is_busy(error):
                raise
            # What was typed stays.
            ticket = self._decisions.ticket(interaction.ticket)
            if not interaction.modal.show(_denial(interaction.modal.frame, ticket, reason, why=background_work.BUSY)):
                raise
            return
        interaction.tell(_or(result, "Denied."))

    def withdraw(self, interaction: Interaction) -> None:
        """Take back what one has asked for."""
        self._cards.posted(interaction.ticket)
        result = self._decisions.withdraw(
            interaction.ticket, who=interaction.who, channel=interaction.channel, ts=interaction.ts
        )
        tell_result(interaction, result)

    def steer(self, how: Callable[..., ClickResult], interaction: Interaction) -> None:
        """Pause, resume or stop a run over many people. ``how``: one of the decisions of the same name."""
        self._cards.posted(interaction.ticket)
        result = how(interaction.ticket, who=interaction.who, channel=interaction.channel, ts=interaction.ts)
        tell_result(interaction, result)

    def told(self, interaction: Interaction) -> None:
        """Write down that somebody who lost something was told."""
        self._cards.posted(interaction.ticket)
        result = self._decisions.tell(
            interaction.ticket,
            who=interaction.who,
            channel=interaction.channel,
            ts=interaction.ts,
            loser=interaction.part,
        )
        tell_result(interaction, result)

    def to_say(self, interaction: Interaction) -> None:
        """Show what to say to those whom a request concerns, to be copied."""
        load(interaction, "What to say")
        ticket = self._cards.posted(interaction.ticket)
        result = self._decisions.may_tell(
            interaction.ticket, who=interaction.who, channel=interaction.channel, ts=interaction.ts
        )
        if not result.accepted or ticket is None:
            tell_result(interaction, result)
            return
        content = [
            block
            for heading, text in cards.to_say(ticket)
            for block in (blocks.line(heading, bold=True), blocks.quote(text))
        ]
        interaction.modal.show(modals.drawn(interaction.modal.frame, content))

    def undo(self, interaction: Interaction) -> None:
        """Ask why a request is to be undone, saying what can't be given back."""
        self._follow_up(interaction, self._decisions.ticket(interaction.ticket), follow_ups.UNDO)

    def again(self, interaction: Interaction) -> None:
        """Show what was asked for, to be asked for once more."""
        ticket = self._decisions.ticket(interaction.ticket)
        self._follow_up(interaction, ticket, ticket.scenario if ticket else "")

    def _follow_up(self, interaction: Interaction, ticket: Ticket | None, name: str) -> None:
        scenario = self._catalogue.askable(name)
        memory = Memory(
            scenario=name,
            channel=interaction.channel,
            parent=interaction.ticket,
            ticket=interaction.ticket,
            ts=interaction.ts,
        )
        frame = Frame(title=scenario.title if scenario else "Ask again", memory=memory)
        interaction.load(frame)
        result = self._decisions.may_follow_up(
            interaction.ticket, scenario=name, who=interaction.who, channel=interaction.channel, ts=interaction.ts
        )
        if not result.accepted or ticket is None:
            tell_result(interaction, result)
        elif scenario is None:
            interaction.tell(_GONE)
        else:
            # Only now: of its pool, not everybody who sees a button may learn.
            frame = frame.remembering({"pool": ticket.pool})
            form = self._form_views.form(scenario, frame, _typed(scenario, ticket), interaction.who).view
            interaction.modal.show({**form, "blocks": [*_about(name, ticket), *form["blocks"]]})

    def _will_confirm(self, ticket: Ticket, interaction: Interaction) -> bool:
        """Whether this click is likely to end in a confirmation; the desk alone judges whether it does."""
        return (
            ticket.plan.risk is Risk.HIGH
            and ticket.state is State.PENDING
            and ticket.ts == interaction.ts
            and not self._decisions.seems_own(ticket, interaction.who)
        )


def load(interaction: Interaction, title: str) -> None:
    """Open a modal about the pressed card's ticket, saying "Loading…". Raises what `Interaction.load` raises."""
    memory = Memory(ticket=interaction.ticket, channel=interaction.channel, ts=interaction.ts)
    interaction.load(Frame(title=title, memory=memory))


def tell_result(interaction: Interaction, result: ClickResult) -> None:
    """Tell the person what a click came to, if anything need be said."""
    if not result.words.template:
        return
    if interaction.view_id:
        interaction.tell(result.words)
        return
    modal = interaction.modal
    if modal.is_open:
        modal.show(modals.told(modal.frame, result.words))
    interaction.show_ephemeral(Paragraph(result.words))


def _or(result: ClickResult, done: str) -> Words:
    """Return what a submission came to."""
    return result.words if result.words.template else Words(done)


def _denial(frame: Frame, ticket: Ticket | None, typed: str | None = None, *, why: Words | None = None) -> View:
    content = [
        *blocks.warning(why),
        *([blocks.line(ticket.plan.summary, bold=True)] if ticket else []),
        forms.input_of("reason", Denial.model_fields["reason"], typed),
    ]
    return modals.drawn(frame, content, callback=DENIAL, submit="Deny")


def _typed(scenario: Scenario[Any], ticket: Ticket) -> dict[str, Any]:
    """Return what was typed then, but for the reason of an undo, which is a new one."""
    if scenario.name != ticket.scenario:
        return {}
    known = {name: value for name, value in ticket.form.items() if name in scenario.fields and value is not None}
    return forms.without_secrets(scenario, known)


def _about(name: str, ticket: Ticket) -> list[Block]:
    if name != follow_ups.UNDO:
        return []
    limits = ticket.plan.undo_limits
    return [blocks.line(limits)] if limits else []
