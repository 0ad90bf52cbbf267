"""Codes that people enter: the one that an approved ticket waits for, and what Cognito asks for at a sign-in.

They are kept nowhere. A sign-in that waits for one more answer does so in this process's memory, for three minutes.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from pydantic import SecretStr
from slack_sdk.models.blocks import InputBlock, PlainTextInputElement, PlainTextObject

from bot.answer import Refused
from bot.customer import Challenge, ChallengeKind, ChallengeNeeded, Reply
from bot.desk.approvals import Decisions
from bot.desk.audited_access import AuditedAccess
from bot.desk.customer_actions import CustomerActions
from bot.plan import Secrets
from bot.redaction import hide
from bot.scenario import AccessToken, Code, Form, Password
from bot.slack import blocks, forms, modals
from bot.slack.background_work import Piece, Touches
from bot.slack.card_actions import PostedCards, load, tell_result
from bot.slack.interaction import Interaction, Next
from bot.slack.modals import Frame, View
from bot.ticket import Ticket
from bot.words import Words, say

STEP = "challenge"
"""The ``callback_id`` of a form for what Cognito asks for at a sign-in."""

ENTRY = "entry"
"""The ``callback_id`` of the form for a ticket's code."""

TITLE = "Enter the code"

_ANSWER = "answer"
_TOKEN = "AccessToken"  # noqa: S105 - a parameter's name

_GONE = say("This sign-in has waited too long, or the desk was restarted. Nothing was sent; please start again.")

KEPT_SECONDS = 180.0
"""As long as Cognito keeps a sign-in's session, unless the app client says otherwise."""

GoOn = Callable[[Interaction, Reply], None]
"""Does once more what stopped at a challenge, with the answer to it, and shows what comes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedSignIn:
    """What goes on once the challenge is answered, and who may answer it."""

    person: str
    challenge: Challenge
    stopped: Interaction = field(repr=False)
    go_on: GoOn = field(repr=False)
    """It holds what was typed, secrets included; so it must not outlive its three minutes."""


class Challenges:
    """Waiting sign-ins by a random id. Safe to share between threads; nothing of it is ever written anywhere."""

    def __init__(self, *, seconds: float = KEPT_SECONDS) -> None:
        self._seconds = seconds
        self._waiting: dict[str, PausedSignIn] = {}
        self._timers: dict[str, threading.Timer] = {}
        self._lock = threading.Lock()

    def keep(self, waiting: PausedSignIn) -> str:
        """Keep one and return its id."""
        key = secrets.token_urlsafe(16)
        timer = threading.Timer(self._seconds, self._forget, (key,))
        timer.daemon = True
        with self._lock:
            self._waiting[key], self._timers[key] = waiting, timer
        timer.start()
        return key

    def take(self, key: str, person: str) -> PausedSignIn | None:
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


class SignIns:
    """Lets work that may stop at a sign-in's challenge go on when the person has answered it."""

    def __init__(self, known_key: Callable[[str], str]) -> None:
        """``known_key``: what somebody goes by, as far as it is known without asking anybody."""
        self._known_key = known_key
        self._challenges = Challenges()

    def ask(self, needed: ChallengeNeeded, stopped: Interaction, go_on: GoOn) -> Next:
        """Return the form for what Cognito asks for. ``go_on`` is called with ``stopped`` in it, and with the answer.

        Both are kept in memory until then, so they must not hold the password.
        """
        person, frame = self._known_key(stopped.who.id), stopped.modal.frame
        key = self._challenges.keep(
            PausedSignIn(person=person, challenge=needed.challenge, stopped=stopped, go_on=go_on)
        )
        content = [
            *blocks.warning(needed.problem),
            blocks.line(say("Cognito asks for one more thing before it lets the customer in. It waits three minutes.")),
            _input(needed.challenge),
        ]
        view = modals.drawn(frame.remembering({"challenge": key}), content, callback=STEP, submit="Go on")
        closed = say("Cognito asks for one more thing at the sign-in, but the form is closed. Please start again.")
        return Next(view, closed)

    def answered(self, interaction: Interaction) -> Piece | None:
        """Take an answer in, and go on after its acknowledgement."""
        frame = interaction.modal.frame
        challenge = frame.memory.challenge
        typed = str(forms.state(interaction.values, _ANSWER).get("value") or "").strip()
        if not typed:
            interaction.reject({_ANSWER: "Please fill this in."})
            return None
        waiting = self._challenges.take(challenge, self._known_key(interaction.who.id))
        if waiting is None and not self._challenges.was_taken(challenge):
            interaction.update(modals.told(frame, _GONE))
            return None
        interaction.accept(frame)
        if waiting is None:
            # Slack delivered it a second time; the first is being worked on.
            return None
        modal = interaction.modal
        modal.frame = waiting.stopped.modal.frame
        reply = Reply(challenge=waiting.challenge, answer=hide(SecretStr(typed)))
        return interaction.piece(partial(waiting.go_on, replace(waiting.stopped, modal=modal), reply), Touches.CUSTOMER)


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
    """What happens when the one who asked presses **Enter the code**; the desk alone judges who may."""

    def __init__(
        self,
        decisions: Decisions,
        access: AuditedAccess,
        cards: PostedCards,
        customer_actions: CustomerActions,
        sign_ins: SignIns,
    ) -> None:
        self._decisions = decisions
        self._access = access
        self._cards = cards
        self._customer_actions = customer_actions
        self._sign_ins = sign_ins

    def pressed(self, interaction: Interaction) -> None:
        """Open the form."""
        load(interaction, TITLE)
        ticket = self._cards.posted(interaction.ticket)
        verdict = self._decisions.may_enter(
            interaction.ticket, who=interaction.who, channel=interaction.channel, ts=interaction.ts
        )
        if verdict.accepted and ticket is not None:
            interaction.modal.show(_form(interaction.modal.frame, ticket))
        else:
            tell_result(interaction, verdict)

    def submitted(self, interaction: Interaction) -> Piece | None:
        """Take the code in, after its acknowledgement."""
        kind: type[CodeAlone | CodeAndSignIn] = CodeAndSignIn if "token" in interaction.values else CodeAlone
        form, errors = forms.judged(kind, forms.typed_in(kind, interaction.values))
        if form is None or form.code is None:
            interaction.reject(errors or {"code": "Please fill this in."})
            return None
        interaction.accept(Frame(title=TITLE, memory=interaction.memory))
        # The secrets are in the form from here on; what waits for a challenge's answer must not hold them twice.
        return interaction.piece(partial(self._enter, replace(interaction, values={}), form=form), Touches.TICKET)

    def _enter(self, interaction: Interaction, reply: Reply | None = None, *, form: CodeAlone | CodeAndSignIn) -> None:
        """Send the code on, and show what came of it. ``reply`` answers the challenge at which it stopped before."""
        who, channel, ts = interaction.who, interaction.channel, interaction.ts
        # It may have taken them minutes to fill in the form, and to answer the sign-in's challenge.
        verdict = self._decisions.may_enter(interaction.ticket, who=who, channel=channel, ts=ts)
        ticket = self._decisions.ticket(interaction.ticket)
        if not verdict.accepted or ticket is None:
            interaction.tell(verdict.words)
            return
        if reply is None:
            self._customer_actions.only_once(interaction.delivery)
        frame = interaction.modal.frame
        try:
            entered = self._secrets(interaction, ticket, form, reply)
        except Refused as refused:
            shown = Next(_form(frame, ticket, why=refused.words), refused.words)
        except ChallengeNeeded as needed:
            # What waits for a challenge's answer has done with the password.
            kept = CodeAlone(code=form.code)
            shown = self._sign_ins.ask(needed, interaction, partial(self._enter, form=kept))
        else:
            verdict = self._decisions.enter(ticket.id, who=who, channel=channel, ts=ts, secrets=entered)
            words = say("The code is on its way to Cognito. The card says what comes of it.")
            told = words if verdict.accepted else verdict.words
            shown = Next(modals.told(frame, told), told)
        shown.show(interaction)

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
        *blocks.warning(why),
        blocks.line(ticket.plan.summary, bold=True),
        *inputs,
        blocks.line(say("It is sent to Cognito at once and kept nowhere. A wrong code keeps the approval.")),
    ]
    return modals.drawn(frame, content, callback=ENTRY, submit="Send")
