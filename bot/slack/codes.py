"""Codes that people enter: the one that an approved ticket waits for, and what Cognito asks for at a sign-in.

They are kept nowhere. A sign-in that waits for one more answer does so in this process's memory, for three minutes.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Generic, TypeVar

from pydantic import SecretStr
from slack_sdk.models.blocks import InputBlock, PlainTextInputElement, PlainTextObject

from bot.answer import Paragraph, Refused
from bot.customer import Challenge, ChallengeKind, ChallengeNeeded, Reply
from bot.desk.approvals import Desk
from bot.desk.audited_access import AuditedAccess
from bot.desk.customer_actions import CustomerActions, DeliveredTwice
from bot.plan import Secrets
from bot.redaction import hide
from bot.scenario import AccessToken, Code, Form, Password
from bot.slack import blocks, forms, modals
from bot.slack.card_actions import PostedCards, open_modal, tell_result
from bot.slack.interaction import Interaction
from bot.slack.modals import Frame, Memory, View
from bot.ticket import Ticket
from bot.words import Words, say

STEP = "challenge"
"""The ``callback_id`` of a form for what Cognito asks for at a sign-in."""

ENTRY = "entry"
"""The ``callback_id`` of the form for a ticket's code."""

TITLE = "Enter code"

_ANSWER = "answer"
_TOKEN = "AccessToken"  # noqa: S105 - a parameter's name

_GONE = say("This sign-in has waited too long, or the desk was restarted. Nothing was sent; please start again.")

KEPT_SECONDS = 180.0
"""As long as Cognito keeps a sign-in's session, unless the app client says otherwise."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedSignIn(Generic[T]):
    """What goes on once the challenge is answered, and who may answer it."""

    person: str
    challenge: Challenge
    go_on: Callable[[Reply], T] = field(repr=False)
    """It holds what was typed, secrets included; so it must not outlive its three minutes."""


class Challenges(Generic[T]):
    """Waiting sign-ins by a random id. Safe to share between threads; nothing of it is ever written anywhere."""

    def __init__(self, *, seconds: float = KEPT_SECONDS) -> None:
        self._seconds = seconds
        self._waiting: dict[str, PausedSignIn[T]] = {}
        self._timers: dict[str, threading.Timer] = {}
        self._lock = threading.Lock()

    def keep(self, waiting: PausedSignIn[T]) -> str:
        """Keep one and return its id."""
        key = secrets.token_urlsafe(16)
        timer = threading.Timer(self._seconds, self._forget, (key,))
        timer.daemon = True
        with self._lock:
            self._waiting[key], self._timers[key] = waiting, timer
        timer.start()
        return key

    def take(self, key: str, person: str) -> PausedSignIn[T] | None:
        """Return what waits, and forget it: an answer counts once. None when there is nothing of this person's."""
        with self._lock:
            found = self._waiting.get(key)
            if found is not None and found.person == person:
                return self._waiting.pop(key)
            return None

    def was_taken(self, key: str) -> bool:
        """Whether it was answered within its time."""
        with self._lock:
            return key in self._timers and key not in self._waiting

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._waiting.clear()
            timers, self._timers = self._timers, {}
        for timer in timers.values():
            timer.cancel()

    def _forget(self, key: str) -> None:
        with self._lock:
            self._waiting.pop(key, None)
            self._timers.pop(key, None)


@dataclass(frozen=True, slots=True)
class _Asked:
    label: str
    hint: str


_ASKED = {
    ChallengeKind.NEW_PASSWORD: _Asked(
        "New password",
        "Their password is a temporary one, and Cognito wants a new one before it lets them in. The customer chooses "
        "it; visible while you type.",
    ),
    ChallengeKind.TEXT_MESSAGE: _Asked("Code from the text message", "It went to {destination} just now."),
    ChallengeKind.MAIL: _Asked(
        "Code from the sign-in mail",
        "It went to {destination} just now. It is another code than the one for the address.",
    ),
    ChallengeKind.AUTHENTICATOR: _Asked(
        "Code from the authenticator app", "The customer reads it from their app now; it changes every half minute."
    ),
}


@dataclass(frozen=True, slots=True)
class Next:
    """What a modal shows next, and what the person is told if they have closed it meanwhile."""

    view: View
    otherwise: Words | None = None

    def show(self, interaction: Interaction) -> None:
        """Show it, or tell the person who has closed the modal."""
        if not interaction.modal.show(self.view) and self.otherwise is not None:
            interaction.show_ephemeral(Paragraph(self.otherwise))


class SignIns:
    """Lets work that may stop at a sign-in's challenge go on when the person has answered it."""

    def __init__(self, known_key: Callable[[str], str]) -> None:
        """``known_key``: what somebody goes by, as far as it is known without asking anybody."""
        self._known_key = known_key
        self._challenges: Challenges[Next] = Challenges()

    def begin(self, first: Callable[[], Next], then: Callable[[Reply], Next], interaction: Interaction) -> Next:
        """Do the work and return what the modal shows next: what came of it, or what Cognito asks for.

        ``then`` does it over with the answer; it is kept in memory meanwhile, so it must not hold the password.
        """
        try:
            return first()
        except ChallengeNeeded as needed:
            return self._asking(needed, then, interaction.who.id, interaction.modal.frame)

    def answered(self, interaction: Interaction) -> None:
        """Take an answer in and go on. Acknowledges it."""
        frame = interaction.modal.frame
        challenge = frame.memory.challenge
        typed = str(forms.state(interaction.values, _ANSWER).get("value") or "").strip()
        if not typed:
            interaction.reject({_ANSWER: "Please fill this in."})
            return
        waiting = self._challenges.take(challenge, self._known_key(interaction.who.id))
        if waiting is None and not self._challenges.was_taken(challenge):
            interaction.update(modals.told(frame, _GONE))
            return
        interaction.accept(frame)
        if waiting is None:
            # Slack delivered it a second time; the first is being worked on.
            return
        go_on, reply = waiting.go_on, Reply(challenge=waiting.challenge, answer=hide(SecretStr(typed)))
        interaction.run(lambda: go_on(reply).show(interaction), acts=True)

    def stop(self) -> None:
        """Forget every sign-in that waits."""
        self._challenges.clear()

    def _asking(self, needed: ChallengeNeeded, then: Callable[[Reply], Next], who: str, frame: Frame) -> Next:
        def go_on(reply: Reply) -> Next:
            try:
                return then(reply)
            except ChallengeNeeded as again:
                return self._asking(again, then, who, frame)

        waiting = PausedSignIn(person=self._known_key(who), challenge=needed.challenge, go_on=go_on)
        known = frame.memory.model_copy(update={"challenge": self._challenges.keep(waiting)})
        content = [
            *([blocks.line(say("⚠️ "), needed.problem)] if needed.problem else []),
            blocks.line(say("Cognito asks for one more thing before it lets the customer in. It waits three minutes.")),
            _input(needed.challenge),
        ]
        view = modals.drawn(replace(frame, memory=known), content, callback=STEP, submit="Go on", close="Cancel")
        return Next(
            view, say("Cognito asks for one more thing at the sign-in, but the form is closed. Please start again.")
        )


def _input(challenge: Challenge) -> blocks.Block:
    asked = _ASKED[challenge.kind]
    destination = challenge.delivery.destination if challenge.delivery else "the customer"
    block = InputBlock(
        block_id=_ANSWER,
        label=PlainTextObject(text=asked.label, emoji=False),
        hint=PlainTextObject(text=asked.hint.format(destination=destination), emoji=False),
        element=PlainTextInputElement(action_id=forms.ACTION, focus_on_load=True),
    )
    return dict(block.to_dict())


class CodeAlone(Form):
    """A code that needs no sign-in."""

    code: Code


class CodeAndSignIn(Form):
    """A code that only the signed-in customer can enter."""

    code: Code
    token: AccessToken = None
    password: Password = None


class CodeEntry:
    """What happens when the one who asked presses **Enter code**; the desk alone judges who may."""

    def __init__(
        self,
        desk: Desk,
        access: AuditedAccess,
        cards: PostedCards,
        customer_actions: CustomerActions,
        sign_ins: SignIns,
    ) -> None:
        self._desk = desk
        self._access = access
        self._cards = cards
        self._customer_actions = customer_actions
        self._sign_ins = sign_ins

    def pressed(self, interaction: Interaction) -> None:
        """Open the form."""
        interaction.run(lambda: self._open(interaction), decides=True)

    def submitted(self, interaction: Interaction) -> None:
        """Take the code in. Acknowledges it."""
        kind: type[CodeAlone | CodeAndSignIn] = CodeAndSignIn if "token" in interaction.values else CodeAlone
        form, errors = forms.judged(kind, forms.typed_in(kind, interaction.values))
        if form is None or form.code is None:
            interaction.reject(errors or {"code": "Please fill this in."})
            return
        interaction.accept(Frame(title=TITLE, memory=interaction.memory))
        # The secrets are in the form from here on; what waits for a challenge's answer must not hold them twice.
        interaction.run(partial(self._work, replace(interaction, values={}), form), decides=True)

    def _open(self, interaction: Interaction) -> None:
        memory = Memory(ticket=interaction.ticket, channel=interaction.channel, ts=interaction.ts)
        open_modal(interaction, Frame(title=TITLE, memory=memory))
        ticket = self._cards.posted(interaction.ticket)
        verdict = self._desk.may_enter(
            interaction.ticket, who=interaction.who, channel=interaction.channel, ts=interaction.ts
        )
        if verdict.accepted and ticket is not None:
            interaction.modal.show(_form(interaction.modal.frame, ticket))
        else:
            tell_result(interaction, verdict)

    def _work(self, interaction: Interaction, form: CodeAlone | CodeAndSignIn) -> None:
        memory = interaction.memory
        verdict = self._desk.may_enter(memory.ticket, who=interaction.who, channel=memory.channel, ts=memory.ts)
        ticket = self._desk.ticket(memory.ticket)
        if not verdict.accepted or ticket is None:
            interaction.tell(verdict.words)
            return
        try:
            self._customer_actions.only_once(interaction.delivery)
        except DeliveredTwice:
            return
        # What waits for a challenge's answer has done with the password.
        kept = CodeAlone(code=form.code)
        found = self._sign_ins.begin(
            partial(self._enter, interaction, ticket, form, None),
            partial(self._enter, interaction, ticket, kept),
            interaction,
        )
        found.show(interaction)

    def _enter(
        self, interaction: Interaction, ticket: Ticket, form: CodeAlone | CodeAndSignIn, reply: Reply | None
    ) -> Next:
        frame, who = interaction.modal.frame, interaction.who
        channel, ts = frame.memory.channel, frame.memory.ts
        if reply is not None:
            # It may have taken them minutes to answer the sign-in's challenge.
            verdict = self._desk.may_enter(ticket.id, who=who, channel=channel, ts=ts)
            if not verdict.accepted:
                return Next(modals.told(frame, verdict.words), verdict.words)
        try:
            entered = self._secrets(interaction, ticket, form, reply)
        except Refused as refused:
            return Next(_form(frame, ticket, why=refused.words), refused.words)
        verdict = self._desk.enter(ticket.id, who=who, channel=channel, ts=ts, secrets=entered)
        words = say("The code is on its way to Cognito. The card says what comes of it.")
        told = words if verdict.accepted else verdict.words
        return Next(modals.told(frame, told), told)

    def _secrets(
        self, interaction: Interaction, ticket: Ticket, form: CodeAlone | CodeAndSignIn, reply: Reply | None
    ) -> Secrets:
        assert form.code is not None
        wanted = ticket.plan.secrets
        entered = {name: form.code for name in wanted if name != _TOKEN}
        if _TOKEN not in wanted:
            return entered
        token, password = (form.token, form.password) if isinstance(form, CodeAndSignIn) else (None, None)
        asker = self._access.member(interaction.who)
        proven = self._customer_actions.credential(ticket, asker, token=token, password=password, reply=reply)
        return {**entered, _TOKEN: proven}


def _form(frame: Frame, ticket: Ticket, *, why: Words | None = None) -> View:
    kind = CodeAndSignIn if _TOKEN in ticket.plan.secrets else CodeAlone
    inputs = [forms.input_of(name, info, None) for name, info in kind.model_fields.items()]
    content = [
        *([blocks.line(say("⚠️ "), why)] if why else []),
        blocks.line(ticket.plan.summary, bold=True),
        *inputs,
        blocks.line(say("It is sent to Cognito at once and kept nowhere. A wrong code keeps the approval.")),
    ]
    return modals.drawn(frame, content, callback=ENTRY, submit="Send", close="Cancel")
