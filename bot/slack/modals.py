"""Modals: how each is drawn, what it remembers, and one that a person has open.

A modal is opened within its trigger's three seconds and redrawn afterwards.
"""

import json
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import rates, slack_errors
from bot.answer import Part, Refused
from bot.slack import blocks
from bot.slack.app import Departure, Departures
from bot.slack.blocks import Block, Topic
from bot.slack_errors import Way
from bot.tickets.store import DeliveredTwice
from bot.timings import UNHURRIED
from bot.words import Words, say

log = logging.getLogger(__name__)

View = dict[str, Any]

LOADING = "Loading…"
CHECKING = "Checking…"

_LONGEST_MEMORY = 3000
"""Characters of ``private_metadata``, https://docs.slack.dev/surfaces/modals."""

_MOST_BLOCKS = 100
_LARGEST = 240_000
"""Blocks of a view, and bytes of all of them; Slack takes 250 KB, https://docs.slack.dev/surfaces/modals."""


class Memory(BaseModel):
    """What a modal carries in ``private_metadata``: ids and names only, since it comes back from outside."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    scenario: str = ""
    pool: str = ""
    """The pool whose data the modal shows; a form's own Pool field wins over it."""
    channel: str
    origin: int | None = None
    """The conversation that the request was created from."""
    parent: int | None = None
    ticket: int = 0
    ts: str = ""
    """The card's message, as it was clicked."""
    thread_of: str = ""
    """The message in whose thread it is answered; empty: an answer begins a thread of its own."""
    challenge: str = ""
    """The random id of a sign-in that waits in memory for what this modal asks."""
    nonce: str = ""
    """What makes a confirmation one that the desk opened; see `bot.tickets.confirmations`."""
    found: str = ""
    """The customer, as typed, by whom the desk found the pool; empty where the pool was chosen or isn't known."""
    typed: Mapping[str, str | bool] = {}
    """What was typed or given by a button, while the modal has no field for it; never a secret."""
    values: str = ""
    """What a form's plan was made from, as `bot.slack.forms.digest` has it; empty where it shows no plan."""
    plan: str = ""
    """The fingerprint of the plan that a form shows."""

    @property
    def topic(self) -> Topic:
        """What the modal's own buttons are about."""
        return Topic(self.pool, self.origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A modal's head and its memory, which stay while its content changes."""

    title: str
    memory: Memory

    def remembering(self, known: Mapping[str, Any]) -> "Frame":
        """Return the same, with ``known`` in its memory."""
        return replace(self, memory=self.memory.model_copy(update=known))


def drawn(frame: Frame, content: Iterable[Block], *, callback: str = "", submit: str = "") -> View:
    """Return a modal. Only one with ``submit``, the label of that button, can be submitted."""
    view: View = {
        "type": "modal",
        "title": blocks.label(frame.title, 24),
        "close": blocks.label("Cancel" if submit else "Close", 24),
        "private_metadata": _kept(frame.memory),
        "blocks": list(content),
    }
    if callback:
        view["callback_id"] = callback
    if submit:
        view["submit"] = blocks.label(submit, 24)
    return view


def _kept(memory: Memory) -> str:
    """Return what fits. The inputs as they are drawn hold less; Slack would refuse a view with more."""
    kept = memory.model_dump_json(exclude_defaults=True)
    if len(kept) <= _LONGEST_MEMORY:
        return kept
    return memory.model_copy(update={"typed": {}}).model_dump_json(exclude_defaults=True)


def waiting(frame: Frame, words: str) -> View:
    """Return a modal that says what is under way."""
    return drawn(frame, [blocks.line(say("⏳ " + words))])


def told(frame: Frame, *words: Words) -> View:
    """Return a modal that only says something, a paragraph each."""
    return drawn(frame, [blocks.line(each) for each in words])


def shown(frame: Frame, parts: Iterable[Part], *, user: str = "") -> View:
    """Return a modal with an answer that is for this person alone. ``user``: whom it is about, as somebody typed it."""
    return drawn(frame, _fitting(blocks.drawn(parts, replace(frame.memory.topic, user=user), in_modal=True)))


def _fitting(content: list[Block]) -> list[Block]:
    """Return as many blocks as Slack takes, and say so where these are not all."""
    kept: list[Block] = []
    room = _LARGEST
    for n, block in enumerate(content):
        room -= len(json.dumps(block))
        if room < 0 or (n == _MOST_BLOCKS - 1 and len(content) > _MOST_BLOCKS):
            return [*kept, blocks.line(say("This is not all: {n} more parts don't fit in here.", n=len(content) - n))]
        kept.append(block)
    return kept


def said_in(frame: Frame, what: str, channel: str) -> View:
    """Return a modal that says where to look now: ``Asked: see #support``."""
    where = {"type": "channel", "channel_id": channel}
    said = {"type": "rich_text_section", "elements": [{"type": "text", "text": f"{what}: see "}, where]}
    return drawn(frame, [blocks.rich(said)])


_LEAVES = 10.0
"""Seconds after which an acknowledgement isn't waited for any longer; Slack has given up on it long before."""

_TWICE = frozenset({"exchanged_trigger_id", "trigger_exchanged"})
_TOO_LARGE = "view_too_large"

_MOMENT = 0.5
_LONGEST_MOMENT = 5.0
"""Seconds before a view that Slack didn't take is shown once more, at least and at most."""

_NOT_OPENED = say("Slack doesn't open windows right now. Please try again in a minute.")
_NOT_SHOWN = say("Slack didn't let me show what comes next. Look in the channel before you try again.")
_DOES_NOT_FIT = say("This is more than Slack shows in a window. Please tell the operator.")


class TooLate(Refused):
    """The trigger's three seconds were over before the modal could be opened."""

    def __init__(self) -> None:
        super().__init__(say("Slack's time for opening this was over before I could. Please try again."))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModalClient:
    """How modals reach Slack."""

    client: WebClient
    departures: Departures
    settled: float = UNHURRIED.settled
    """Seconds; see `Timings.settled`."""


class Modal:
    """The modal that an interaction happened in, or the one that its trigger may open."""

    def __init__(self, slack: ModalClient, frame: Frame, *, view_id: str = "", trigger: str = "") -> None:
        """``view_id`` is empty as long as it isn't open; ``trigger`` is the right to open it, for three seconds."""
        self.frame = frame
        self._slack = slack
        self._view_id = view_id
        self._trigger = trigger
        self._not_before = 0.0
        self._departures: Sequence[Departure] = ()

    @property
    def is_open(self) -> bool:
        """Whether it was opened. The person may have closed it since."""
        return bool(self._view_id)

    def open(self, frame: Frame, view: View) -> None:
        """Open it, or redraw it if it is open. Raises `TooLate`, `DeliveredTwice`, or `Refused` if Slack refuses it."""
        self.frame = frame
        if self._view_id:
            self.show(view)
            return
        try:
            answer = self._slack.client.views_open(trigger_id=self._trigger, view=view)
        except SlackApiError as error:
            refusal = str(error.response["error"])
            if slack_errors.meaning(refusal).way is Way.MODAL:
                raise TooLate from None
            if refusal in _TWICE:
                raise DeliveredTwice from None
            log.error("Slack refused views.open: %s", refusal)
            if refusal == _TOO_LARGE:
                raise Refused(_DOES_NOT_FIT) from None
            if _passes(error):
                raise Refused(_NOT_OPENED) from None
            raise
        self._view_id = answer["view"]["id"]

    def acknowledged(self, frame: Frame) -> None:
        """Note that an acknowledgement redraws it at this moment: it is redrawn after that, never before."""
        self.frame = frame
        self._not_before = time.monotonic() + self._slack.settled
        self._departures = self._slack.departures.of(self._view_id)

    def show(self, view: View) -> bool:
        """Redraw it. Return whether it is still there to be redrawn. Raises `Refused` when Slack doesn't take it."""
        # On a busy machine an acknowledgement that a listener has given may leave much later.
        settled = [departure.wait(_LEAVES) + self._slack.settled for departure in self._departures]
        time.sleep(max(0.0, max([self._not_before, *settled]) - time.monotonic()))
        try:
            self._update(view)
        except SlackApiError as error:
            return self._refused(error)
        except OSError as error:
            log.error("views.update got no answer (%s)", type(error).__name__)
            raise Refused(_NOT_SHOWN) from None
        return True

    def gone(self, frame: Frame) -> None:
        """Note that an acknowledgement closes it."""
        self.frame = frame
        self._view_id = ""

    def redraw(self, view: View, seen: str) -> str:
        """Redraw it if it is as it was ``seen``, as Slack calls that. Return what Slack calls it then, empty if not."""
        try:
            answer = self._slack.client.views_update(view_id=self._view_id, view=view, hash=seen or None)
        except SlackApiError as error:
            self._refused(error)
            return ""
        return str(answer["view"].get("hash", ""))

    def tell(self, words: Words) -> bool:
        """Say something in it. Return whether the person has it before them. Never raises what Slack refuses."""
        try:
            return self.show(told(self.frame, words))
        except (Refused, SlackApiError, OSError) as error:
            log.warning("a modal can't be redrawn (%s)", type(error).__name__)
            return False

    def _update(self, view: View) -> None:
        """Redraw it, once more if Slack wasn't in the mood: the same view shown twice is the same view."""
        try:
            self._slack.client.views_update(view_id=self._view_id, view=view)
            return
        except SlackApiError as error:
            if not _passes(error):
                raise
            again = _moment(error)
        except OSError:
            again = _MOMENT
        time.sleep(again)
        self._slack.client.views_update(view_id=self._view_id, view=view)

    def _refused(self, error: SlackApiError) -> bool:
        """Return that it isn't there any more, if that is what Slack says. Raises `Refused`."""
        refusal = str(error.response["error"])
        # Nobody redraws a view of ours but this; whatever has, the person is told beside it.
        if slack_errors.meaning(refusal).way is Way.MODAL:
            return False
        log.error("Slack refused views.update: %s", refusal)
        if refusal == _TOO_LARGE:
            raise Refused(_DOES_NOT_FIT) from None
        if _passes(error):
            raise Refused(_NOT_SHOWN) from None
        raise error


def _passes(error: SlackApiError) -> bool:
    return slack_errors.passes(str(error.response["error"]), error.response.status_code)


def _moment(error: SlackApiError) -> float:
    """Return for how many seconds Slack asks to wait, as far as a person would."""
    if error.response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        return _MOMENT
    return min(_LONGEST_MOMENT, max(_MOMENT, rates.retry_after(error.response.headers)))
