"""What happens when the one who asked presses **Enter code**: the secrets that an approved ticket waits for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from slack_bolt import Ack

from bot.customer import AccessToken, Code, Password, Reply
from bot.desk import asking
from bot.desk.approvals import Desk
from bot.desk.customer_actions import CustomerActions, DeliveredTwice
from bot.plan import Refused, Secrets
from bot.scenario import Form
from bot.slack import blocks, forms, views
from bot.slack.clicks import Clicks
from bot.slack.modals import Modal
from bot.slack.request import Request
from bot.slack.signing_in import Next, SigningIn
from bot.slack.views import Frame, Memory, View
from bot.ticket import Ticket
from bot.words import Words, say

ENTRY = "entry"
"""The ``callback_id`` of the form for it."""

TITLE = "Enter code"

_TOKEN = "AccessToken"  # noqa: S105 - a parameter's name


class CodeAlone(Form):
    """A code that needs no sign-in."""

    code: Code


class CodeAndSignIn(Form):
    """A code that only the signed-in customer can enter."""

    code: Code
    token: AccessToken = None
    password: Password = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    request: Request
    frame: Frame
    form: CodeAlone | CodeAndSignIn = field(repr=False)
    submission: str


class Entering:
    """Takes codes to approved tickets; the desk alone judges who may."""

    def __init__(self, desk: Desk, clicks: Clicks, customer_actions: CustomerActions, signing_in: SigningIn) -> None:
        self._desk = desk
        self._clicks = clicks
        self._customer_actions = customer_actions
        self._signing_in = signing_in

    def press(self, request: Request, ticket_id: int) -> None:
        """Open the form."""
        self._clicks.after_ack(request, lambda: self._open(request, ticket_id))

    def submitted(
        self, ack: Ack, request: Request, view_id: str, seen: str, memory: Memory, values: Mapping[str, Any]
    ) -> None:
        """Take the code in. Acknowledges it."""
        kind = CodeAndSignIn if "token" in values else CodeAlone
        typed = forms.typed_in(kind, values)
        errors = forms.problems(kind, typed)
        form = kind.model_validate(typed) if not errors else None
        if form is None or form.code is None:
            ack(response_action="errors", errors=errors or {"code": "Please fill this in."})
            return
        frame = Frame(title=TITLE, memory=memory)
        ack(response_action="update", view=views.waiting(frame, views.CHECKING))
        entry = _Entry(request=request, frame=frame, form=form, submission=f"{view_id}:{seen}")
        self._clicks.submitted(request, view_id, frame, lambda modal: self._work(entry, modal))

    def _open(self, request: Request, ticket_id: int) -> None:
        memory = Memory(ticket=ticket_id, channel=request.channel, ts=request.ts)
        modal = self._clicks.open(request, Frame(title=TITLE, memory=memory))
        self._clicks.posted(ticket_id)
        verdict = self._desk.may_enter(ticket_id, who=request.who, channel=request.channel, ts=request.ts)
        ticket = self._desk.ticket(ticket_id)
        if verdict.accepted and ticket is not None:
            modal.show(_form(modal.frame, ticket))
        else:
            self._clicks.answer(request, verdict, modal)

    def _work(self, entry: _Entry, modal: Modal) -> None:
        memory = entry.frame.memory
        verdict = self._desk.may_enter(memory.ticket, who=entry.request.who, channel=memory.channel, ts=memory.ts)
        ticket = self._desk.ticket(memory.ticket)
        if not verdict.accepted or ticket is None:
            modal.tell(verdict.words)
            return
        try:
            self._customer_actions.only_once(entry.submission)
        except DeliveredTwice:
            return
        # What waits for a challenge's answer has done with the password.
        kept = replace(entry, form=CodeAlone(code=entry.form.code))
        found = self._signing_in.begin(
            partial(self._enter, entry, ticket, None),
            partial(self._enter, kept, ticket),
            frame=entry.frame,
            request=entry.request,
        )
        self._signing_in.show(modal, found, entry.request)

    def _enter(self, entry: _Entry, ticket: Ticket, reply: Reply | None) -> Next:
        memory = entry.frame.memory
        if reply is not None:
            # It may have taken them minutes to answer the sign-in's challenge.
            verdict = self._desk.may_enter(ticket.id, who=entry.request.who, channel=memory.channel, ts=memory.ts)
            if not verdict.accepted:
                return Next(views.told(entry.frame, verdict.words), verdict.words)
        try:
            secrets = self._secrets(entry, ticket, reply)
        except Refused as refused:
            return Next(_form(entry.frame, ticket, why=refused.words), refused.words)
        verdict = self._desk.enter(
            ticket.id, who=entry.request.who, channel=memory.channel, ts=memory.ts, secrets=secrets
        )
        words = say("The code is on its way to Cognito. The card says what comes of it.")
        told = words if verdict.accepted else verdict.words
        return Next(views.told(entry.frame, told), told)

    def _secrets(self, entry: _Entry, ticket: Ticket, reply: Reply | None) -> Secrets:
        form = entry.form
        assert form.code is not None
        wanted = ticket.plan.secrets
        secrets = {name: form.code for name in wanted if name != _TOKEN}
        if _TOKEN not in wanted:
            return secrets
        asked = asking.Request(
            scenario=ticket.scenario,
            pool=ticket.pool,
            form={},
            who=entry.request.who,
            channel=entry.frame.memory.channel,
        )
        token, password = (form.token, form.password) if isinstance(form, CodeAndSignIn) else (None, None)
        proven = self._customer_actions.credential(ticket, asked, token=token, password=password, reply=reply)
        return {**secrets, _TOKEN: proven}


def _form(frame: Frame, ticket: Ticket, *, why: Words | None = None) -> View:
    kind = CodeAndSignIn if _TOKEN in ticket.plan.secrets else CodeAlone
    inputs = [forms.input_of(name, info, None) for name, info in kind.model_fields.items()]
    content = [
        *([blocks.line(say("⚠️ "), why)] if why else []),
        blocks.line(ticket.plan.summary, bold=True),
        *inputs,
        blocks.line(say("It is sent to Cognito at once and kept nowhere. A wrong code keeps the approval.")),
    ]
    return views.modal(frame, content, callback=ENTRY, submit="Send", close="Cancel")
