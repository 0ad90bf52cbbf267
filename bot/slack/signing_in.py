"""The following step of a modal: what Cognito asks for at a customer's sign-in, and how the work goes on after it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import SecretStr
from slack_bolt import Ack
from slack_sdk.models.blocks import InputBlock, PlainTextInputElement, PlainTextObject

from bot.customer import Challenge, ChallengeKind, ChallengeNeeded, Reply
from bot.slack import blocks, forms, views
from bot.slack.background_work import BackgroundWork
from bot.slack.challenges import Challenges, PausedSignIn
from bot.slack.ephemeral import Ephemeral
from bot.slack.modals import Modal, Modals
from bot.slack.request import Request
from bot.slack.views import Frame, Memory, View
from bot.slack_log import hide
from bot.words import Words, say

STEP = "challenge"
"""The ``callback_id`` of such a step."""

_ANSWER = "answer"


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


class SigningIn:
    """Lets work that may stop at a sign-in's challenge go on when the person has answered it."""

    def __init__(
        self, *, known_key: Callable[[str], str], background: BackgroundWork, ephemeral: Ephemeral, modals: Modals
    ) -> None:
        """``known_key``: what somebody goes by, as far as it is known without asking anybody."""
        self._known_key = known_key
        self._challenges: Challenges[Next] = Challenges()
        self._background = background
        self._ephemeral = ephemeral
        self._modals = modals

    def begin(
        self, first: Callable[[], Next], then: Callable[[Reply], Next], *, frame: Frame, request: Request
    ) -> Next:
        """Do the work and return what the modal shows next: what came of it, or what Cognito asks for.

        ``then`` does it over with the answer; it is kept in memory meanwhile, so it must not hold the password.
        """
        try:
            return first()
        except ChallengeNeeded as needed:
            return self._asking(needed, then, frame, request)

    def show(self, modal: Modal, found: Next, request: Request) -> None:
        """Show it, or tell the person who has closed the modal."""
        if not modal.show(found.view) and found.otherwise is not None:
            self._ephemeral.say(request, found.otherwise)

    def answered(
        self, ack: Ack, request: Request, view_id: str, memory: Memory, title: str, values: Mapping[str, Any]
    ) -> None:
        """Take an answer in and go on. Acknowledges it."""
        frame = Frame(title=title, memory=memory)
        answer = str(forms.state(values, _ANSWER).get("value") or "").strip()
        if not answer:
            ack(response_action="errors", errors={_ANSWER: "Please fill this in."})
            return
        waiting = self._challenges.take(memory.challenge, self._known_key(request.who.id))
        if waiting is None and not self._challenges.was_taken(memory.challenge):
            ack(response_action="update", view=views.told(frame, _GONE))
            return
        ack(response_action="update", view=views.waiting(frame, views.CHECKING))
        if waiting is None:
            # Slack delivered it a second time; the first is being worked on.
            return
        going_on, reply = waiting.go_on, Reply(challenge=waiting.challenge, answer=hide(SecretStr(answer)))
        modal = self._modals.acknowledged(view_id, frame, otherwise=lambda words: self._ephemeral.say(request, words))
        self._background.run(lambda: self.show(modal, going_on(reply), request), modal.tell, request=request, acts=True)

    def stop(self) -> None:
        """Forget every sign-in that waits."""
        self._challenges.clear()

    def _asking(self, needed: ChallengeNeeded, then: Callable[[Reply], Next], frame: Frame, request: Request) -> Next:
        def go_on(reply: Reply) -> Next:
            return self.begin(lambda: then(reply), then, frame=frame, request=request)

        waiting = PausedSignIn(person=self._known_key(request.who.id), challenge=needed.challenge, go_on=go_on)
        known = frame.memory.model_copy(update={"challenge": self._challenges.keep(waiting)})
        content = [
            *([blocks.line(say("⚠️ "), needed.problem)] if needed.problem else []),
            blocks.line(say("Cognito asks for one more thing before it lets the customer in. It waits three minutes.")),
            _input(needed.challenge),
        ]
        view = views.modal(replace(frame, memory=known), content, callback=STEP, submit="Go on", close="Cancel")
        return Next(
            view, say("Cognito asks for one more thing at the sign-in, but the form is closed. Please start again.")
        )


_GONE = say("This sign-in has waited too long, or the desk was restarted. Nothing was sent; please start again.")


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
