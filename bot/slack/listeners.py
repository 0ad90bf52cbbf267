"""Binds what Slack sends to what the desk does; each listener acknowledges first and hands over."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from slack_bolt import Ack, App

from bot.slack import card_buttons, forms, prompts, request, views
from bot.slack.blocks import DETAILS, REMIND
from bot.slack.deciding import CONFIRMATION, DENIAL, Deciding
from bot.slack.detailing import Detailing
from bot.slack.entering import ENTRY, Entering
from bot.slack.following_up import FollowingUp
from bot.slack.handing_over import HAND_OVER, HandingOver
from bot.slack.preparing import Preparing
from bot.slack.reminding import Reminding
from bot.slack.request import Request
from bot.slack.signing_in import STEP, SigningIn
from bot.slack.starting import Starting
from bot.slack.submitting import Submitting
from bot.slack.views import Frame, Memory
from bot.words import say

log = logging.getLogger(__name__)

Body = dict[str, Any]
_Held = TypeVar("_Held", str, int)


def register(
    app: App,
    *,
    starting: Starting,
    preparing: Preparing,
    submitting: Submitting,
    deciding: Deciding,
    reminding: Reminding,
    entering: Entering,
    signing_in: SigningIn,
    following_up: FollowingUp,
    detailing: Detailing,
    handing_over: HandingOver,
) -> None:
    """Register every listener of the desk."""
    _commands(app, starting)
    _details(app, detailing)
    _hand_overs(app, handing_over)
    _pools(app, preparing)
    _decisions(app, deciding)
    _follow_ups(app, following_up)
    _reminders(app, reminding)
    _submissions(app, submitting, deciding)
    _codes(app, entering, signing_in)

    @app.action(re.compile(r".*", re.DOTALL))
    def elsewhere(ack: Ack) -> None:
        # A link's button, or a button of an older desk: there is nothing to do but to take its warning sign away.
        ack()


def _commands(app: App, starting: Starting) -> None:
    # Whatever the app was installed with arrives here, also a command with a prefix of before: nobody waits in vain.
    @app.command(re.compile(r"^/"))
    def command(ack: Ack, body: Body) -> None:
        ack()
        with _acknowledged():
            starting.command(request.of_command(body), body["command"], body.get("text") or "")

    @app.action(re.compile(r"^offer:\d+$"))
    def offer(ack: Ack, body: Body, action: Body) -> None:
        ack()
        with _acknowledged():
            _pressed(body, action["value"], starting.press, starting.press_in_modal)

    @app.action(re.compile(r"^more:\d+$"))
    def more(ack: Ack, body: Body, action: Body) -> None:
        ack()
        with _acknowledged():
            _pressed(body, action["selected_option"]["value"], starting.press, starting.press_in_modal)


def _details(app: App, detailing: Detailing) -> None:
    @app.action(DETAILS)
    def details(ack: Ack, body: Body, action: Body) -> None:
        ack()
        with _acknowledged():
            detailing.press(request.of_click(body), action["value"])


def _hand_overs(app: App, handing_over: HandingOver) -> None:
    @app.action(re.compile(r"^hand-over:\d+$"))
    def press(ack: Ack, body: Body, action: Body) -> None:
        ack()
        with _acknowledged():
            _pressed(body, action["value"], handing_over.press, handing_over.press_in_modal)

    @app.view(HAND_OVER)
    def mention(ack: Ack, body: Body, view: Body) -> None:
        with _acknowledging(ack, view):
            memory = _memory(view)
            asked = request.in_modal(body, memory.channel)
            handing_over.submitted(ack, asked, view["id"], view["hash"], memory, view["state"]["values"])


def _pools(app: App, preparing: Preparing) -> None:
    @app.action({"block_id": forms.POOL, "action_id": forms.ACTION})
    def pool(ack: Ack, body: Body) -> None:
        ack()
        with _acknowledged():
            view = body["view"]
            memory = _memory(view)
            asked = request.in_modal(body, memory.channel)
            preparing.choose(asked, view["id"], memory, view["state"]["values"])


def _decisions(app: App, deciding: Deciding) -> None:
    @app.action(card_buttons.APPROVE)
    def approve(ack: Ack, body: Body, action: Body) -> None:
        ack()
        with _acknowledged():
            deciding.approve(request.of_click(body), _ticket(action))

    @app.action(card_buttons.DENY)
    def deny(ack: Ack, body: Body, action: Body) -> None:
        ack()
        with _acknowledged():
            deciding.deny(request.of_click(body), _ticket(action))

    @app.action(card_buttons.WITHDRAW)
    def withdraw(ack: Ack, body: Body, action: Body) -> None:
        ack()
        with _acknowledged():
            deciding.withdraw(request.of_click(body), _ticket(action))


def _follow_ups(app: App, following_up: FollowingUp) -> None:
    @app.action(card_buttons.UNDO)
    def undo(ack: Ack, body: Body, action: Body) -> None:
        ack()
        with _acknowledged():
            following_up.undo(request.of_click(body), _ticket(action))

    @app.action(card_buttons.AGAIN)
    def again(ack: Ack, body: Body, action: Body) -> None:
        ack()
        with _acknowledged():
            following_up.again(request.of_click(body), _ticket(action))


def _reminders(app: App, reminding: Reminding) -> None:
    @app.action(REMIND)
    def remind(ack: Ack, body: Body, action: Body) -> None:
        ack()
        with _acknowledged():
            _pressed(body, _ticket(action), reminding.press, reminding.press_in_modal)


def _submissions(app: App, submitting: Submitting, deciding: Deciding) -> None:
    @app.view(prompts.FORM)
    def form(ack: Ack, body: Body, view: Body) -> None:
        with _acknowledging(ack, view):
            memory = _memory(view)
            asked = request.in_modal(body, memory.channel)
            submitting.form(ack, asked, view["id"], view["hash"], memory, view["state"]["values"])

    @app.view(CONFIRMATION)
    def confirmation(ack: Ack, body: Body, view: Body) -> None:
        with _acknowledging(ack, view):
            memory = _memory(view)
            deciding.confirmed(ack, request.in_modal(body, memory.channel), view["id"], memory)

    @app.view(DENIAL)
    def denial(ack: Ack, body: Body, view: Body) -> None:
        with _acknowledging(ack, view):
            memory = _memory(view)
            asked = request.in_modal(body, memory.channel)
            deciding.denied(ack, asked, view["id"], memory, view["state"]["values"])


def _codes(app: App, entering: Entering, signing_in: SigningIn) -> None:
    @app.action(card_buttons.ENTER)
    def enter(ack: Ack, body: Body, action: Body) -> None:
        ack()
        with _acknowledged():
            entering.press(request.of_click(body), _ticket(action))

    @app.view(ENTRY)
    def entry(ack: Ack, body: Body, view: Body) -> None:
        with _acknowledging(ack, view):
            memory = _memory(view)
            asked = request.in_modal(body, memory.channel)
            entering.submitted(ack, asked, view["id"], view["hash"], memory, view["state"]["values"])

    @app.view(STEP)
    def challenge(ack: Ack, body: Body, view: Body) -> None:
        with _acknowledging(ack, view):
            memory, title = _memory(view), view["title"]["text"]
            asked = request.in_modal(body, memory.channel)
            signing_in.answered(ack, asked, view["id"], memory, title, view["state"]["values"])


@contextmanager
def _acknowledged() -> Iterator[None]:
    """Let nothing escape: Bolt drops an acknowledgement when its listener raises within milliseconds after it."""
    try:
        yield
    except Exception:
        log.exception("an interaction could not be read")


@contextmanager
def _acknowledging(ack: Ack, view: Body) -> Iterator[None]:
    """Acknowledge a submission that could not be read, in words, instead of leaving Slack to complain."""
    try:
        yield
    except Exception:
        log.exception("a submission could not be read")
        if ack.response is None:
            frame = Frame(title=view["title"]["text"], memory=Memory(channel=""))
            old = say("This form could not be read; it may be of an older kind. Please start again with the command.")
            ack(response_action="update", view=views.told(frame, old))


def _pressed(
    body: Body,
    held: _Held,
    in_message: Callable[[Request, _Held], None],
    in_modal: Callable[[Request, _Held, str, Frame], None],
) -> None:
    """Take what a button holds to where presses in messages go, or those in modals."""
    view = body.get("view")
    if view is None:
        in_message(request.of_click(body), held)
        return
    memory = _memory(view)
    frame = Frame(title=view["title"]["text"], memory=memory)
    in_modal(request.in_modal(body, memory.channel), held, view["id"], frame)


def _memory(view: Body) -> Memory:
    return Memory.model_validate_json(view["private_metadata"])


def _ticket(action: Body) -> int:
    """Read which ticket a card's button means; a value that is none means no ticket at all."""
    value = str(action.get("value", ""))
    return int(value) if re.fullmatch(r"\d{1,18}", value, re.ASCII) else 0
