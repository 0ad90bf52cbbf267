"""One command, press or submission: what Slack says of it, and what may be done in return.

It is built where Slack's payload ends, and is handed on unchanged from there.

It is long because each kind of Slack's payloads is read here, beside what may be done in return.
"""

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot import slack_errors
from bot.answer import Paragraph, Part
from bot.desk.people import Who
from bot.slack import blocks, modals
from bot.slack.background_work import BackgroundWork, Piece, Touches
from bot.slack.blocks import Topic
from bot.slack.modals import Frame, Memory, Modal, ModalClient, View
from bot.slack_errors import Meaning, Way
from bot.tickets.message import Message
from bot.words import Channel, Words, say

log = logging.getLogger(__name__)

_SECONDS = 10

_LEFT_OUT = "What I had to say has a customer's address in it, so it isn't repeated here."

_MENTION = re.compile(r"<[@#!][^<>]*>")
_SIGN_OF_AN_ADDRESS = re.compile("[@\N{FULLWIDTH COMMERCIAL AT}\N{SMALL COMMERCIAL AT}]|%40")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """By what people are answered; the same for all interactions."""

    background: BackgroundWork
    ephemeral: "Ephemeral"
    modals: ModalClient


_TICKET = re.compile(r"(?P<ticket>\d{1,18})(:(?P<part>\d{1,4}))?", re.ASCII)
"""What a card's button holds: the ticket's number, and which of several things of it is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """What one person did, where, and what may be done in return. Who it was comes from Slack, not from what they sent.

    ``repr`` shows nothing that was typed, and none of the short-lived rights.
    """

    who: Who
    channel: str
    """Where it happened; for what happens in a modal, the channel that the modal remembers. Empty in the Home tab."""
    modal: Modal = field(repr=False)
    """The one in which it happened, or else the one that it may open."""
    replies: Replies = field(repr=False)
    command: str = ""
    """The slash command with its slash; empty for everything else."""
    text: str = field(default="", repr=False)
    """What was typed after the command; of a message shortcut, the message."""
    value: str = field(default="", repr=False)
    """What the pressed button holds."""
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What was filled in: the ``state.values`` of the modal in which it happened."""
    trigger: str = field(default="", repr=False)
    """The right to open one modal, for three seconds. Slack gives what it delivers again the same one."""
    response_url: str = field(default="", repr=False)
    """The right to answer where it happened, five times in half an hour."""
    ts: str = ""
    """The message that was clicked; for what happens in a modal, the card that the modal remembers."""
    thread: str = ""
    """The thread that message is in."""
    thread_of: str = ""
    """The message in whose thread it is answered; empty: an answer begins a thread of its own."""
    view_id: str = ""
    """The modal in which it happened."""
    seen: str = ""
    """What Slack calls that modal as it was then: it is another one after every redrawing."""
    began: float = field(default_factory=time.monotonic, repr=False, compare=False)
    """When it was acknowledged, or is to be, by `time.monotonic`."""
    ack: Ack | None = field(default=None, repr=False)
    """Takes the acknowledgement of a submission; None where it has been given."""

    @property
    def memory(self) -> Memory:
        """What the modal remembers."""
        return self.modal.frame.memory

    @property
    def ticket(self) -> int:
        """The ticket that the button or the modal means; 0, which is no ticket's number, where it means none."""
        found = _TICKET.fullmatch(self.value)
        return int(found["ticket"]) if found else self.memory.ticket

    @property
    def part(self) -> int:
        """Which of several things of a ticket the button means, counted from 0; -1 where it means none."""
        found = _TICKET.fullmatch(self.value)
        return int(found["part"] or -1) if found else -1

    @property
    def delivery(self) -> str:
        """What tells this submission from every other one: one that Slack delivers again has the same."""
        return f"{self.view_id}:{self.seen}"

    def moved(self, channel: str) -> "Interaction":
        """Return the same as if it had happened in a channel."""
        return replace(self, channel=channel)

    def reject(self, errors: Mapping[str, str]) -> None:
        """Acknowledge a submission with what is wrong, by field: the form stays as it is."""
        self._acknowledge(response_action="errors", errors=dict(errors))

    def update(self, view: View) -> None:
        """Acknowledge a submission with the view that takes the form's place."""
        self._acknowledge(response_action="update", view=view)

    def accept(self, frame: Frame, words: str = modals.CHECKING) -> None:
        """Acknowledge a submission that is being worked on; the modal says so."""
        self.update(modals.waiting(frame, words))
        self.modal.acknowledged(frame)

    def close(self, frame: Frame) -> None:
        """Acknowledge a submission by closing the form, and what it stands on: Slack closes one in no other way."""
        self._acknowledge(response_action="clear")
        self.modal.gone(frame)

    def piece(self, work: Callable[[], None], touches: Touches = Touches.NOTHING) -> Piece:
        """Return some work for this person, to be done on another thread; whatever breaks it, they are told."""
        return Piece(person=self.who.id, channel=self.channel, work=work, tell=self.tell, touches=touches)

    def too_much(self) -> Words | None:
        """Return why this person's next request would not be begun, None when it would be."""
        return self.replies.background.full(self.who.id, self.channel)

    def tell(self, words: Words) -> None:
        """Tell the person something: in the modal if it is open, otherwise where they are, alone."""
        if not (self.modal.is_open and self.modal.tell(words)):
            self.tell_beside(words)

    def tell_beside(self, words: Words) -> None:
        """Tell the person something where they are, alone, and leave the modal as it is. Never raises."""
        self.show_ephemeral(Paragraph(words))

    def show_ephemeral(self, *parts: Part, topic: Topic | None = None) -> None:
        """Show the person something where they are, which nobody else sees. Never raises.

        ``topic`` is what the buttons in it are about, None where they need none.
        """
        self.replies.ephemeral.show(self, blocks.message(parts, topic or Topic()))

    def load(self, frame: Frame) -> None:
        """Open the modal, or redraw it, saying "Loading…". Raises `TooLate`, and `Refused` if Slack doesn't take it."""
        self.modal.open(frame, modals.waiting(frame, modals.LOADING))

    def _acknowledge(self, **response: Any) -> None:
        assert self.ack is not None, "only a submission is answered in its acknowledgement"
        self.ack(**response)


@dataclass(frozen=True, slots=True)
class Next:
    """What a modal shows next, and what the person is told if they have closed it meanwhile."""

    view: View
    otherwise: Words | None = None

    def show(self, interaction: Interaction) -> None:
        """Show it, or tell the person who has closed the modal."""
        if not interaction.modal.show(self.view) and self.otherwise is not None:
            interaction.show_ephemeral(Paragraph(self.otherwise))


def of_command(body: Mapping[str, Any], replies: Replies) -> Interaction:
    """Read a slash command's payload."""
    channel, trigger = body["channel_id"], body["trigger_id"]
    return Interaction(
        who=Who(body["user_id"], body.get("team_id") or ""),
        channel=channel,
        modal=Modal(replies.modals, Frame(title="", memory=Memory(channel=channel)), trigger=trigger),
        replies=replies,
        command=body["command"],
        text=body.get("text") or "",
        trigger=trigger,
        response_url=body["response_url"],
    )


def of_action(body: Mapping[str, Any], action: Mapping[str, Any], replies: Replies) -> Interaction:
    """Read a press of a button, or a choice in a menu: in a message, in a modal, or in the Home tab."""
    value = str((action.get("selected_option") or action).get("value", ""))
    view = body.get("view")
    if view is not None and view.get("type") != "home":
        return replace(of_submission(body, None, replies), value=value)
    container = body["container"]
    channel, trigger = container.get("channel_id", ""), body["trigger_id"]
    return Interaction(
        who=_who(body),
        channel=channel,
        modal=Modal(replies.modals, Frame(title="", memory=Memory(channel=channel)), trigger=trigger),
        replies=replies,
        value=value,
        trigger=trigger,
        response_url=body.get("response_url", ""),
        ts=container.get("message_ts", ""),
        thread=container.get("thread_ts", ""),
    )


def of_event(body: Mapping[str, Any], replies: Replies) -> Interaction:
    """Read an event of what somebody did where there is no channel, such as opening the Home tab."""
    return Interaction(
        who=Who(body["event"]["user"], body.get("team_id") or ""),
        channel="",
        modal=Modal(replies.modals, Frame(title="", memory=Memory(channel=""))),
        replies=replies,
    )


def of_shortcut(body: Mapping[str, Any], replies: Replies) -> Interaction:
    """Read a message shortcut: its text is the message's, and it is answered in that message's thread."""
    message, channel, trigger = body["message"], body["channel"]["id"], body["trigger_id"]
    thread_of = message.get("thread_ts") or message["ts"]
    return Interaction(
        who=_who(body),
        channel=channel,
        modal=Modal(
            replies.modals, Frame(title="", memory=Memory(channel=channel, thread_of=thread_of)), trigger=trigger
        ),
        replies=replies,
        text=message.get("text") or "",
        trigger=trigger,
        response_url=body.get("response_url", ""),
        thread_of=thread_of,
    )


def of_submission(body: Mapping[str, Any], ack: Ack | None, replies: Replies) -> Interaction:
    """Read what happened in a modal: a submission, which ``ack`` acknowledges, or a press."""
    view = body["view"]
    memory = Memory.model_validate_json(view["private_metadata"])
    return Interaction(
        who=_who(body),
        channel=memory.channel,
        modal=Modal(replies.modals, Frame(title=view["title"]["text"], memory=memory), view_id=view["id"]),
        replies=replies,
        values=(view.get("state") or {}).get("values") or {},
        ts=memory.ts,
        thread_of=memory.thread_of,
        view_id=view["id"],
        seen=view.get("hash", ""),
        ack=ack,
    )


def _who(body: Mapping[str, Any]) -> Who:
    # On Enterprise Grid there may be no team at all, and the user's may be another one, or the organisation.
    user, team = body["user"], body.get("team") or {}
    return Who(user["id"], user.get("team_id") or team.get("id") or "")


class Ephemeral:
    """Answers where the person is: by the interaction's own address, which works where the bot is no member.

    Where the channel takes nothing, a direct message says so; and in the Home tab, which is no channel, it is all there
    is. ``name`` is what people invite to a channel.
    """

    def __init__(self, client: WebClient, *, name: str) -> None:
        self._client = client
        self._name = name

    def show(self, to: "Interaction", message: Message) -> None:
        """Show a message to the person who acted. Never raises: there is nobody left to tell that it failed."""
        try:
            if self._by_response_url(to, message):
                return
            if not to.channel:
                self._directly(to, message)
            elif refusal := self._by_method(to, message):
                where = say("I couldn't answer you in {channel}.", channel=Channel(to.channel))
                why = slack_errors.told(refusal, to.channel, name=self._name)
                log.info("what was for the person directly: channel %s says %s", to.channel, refusal)
                self._directly(to, message, where, why)
        except SlackApiError as error:
            log.warning("an ephemeral message was refused: %s", error.response["error"])
        except Exception as error:  # A lost message must not hide what it was about.
            log.warning("an ephemeral message was lost (%s)", type(error).__name__)

    def _by_response_url(self, to: "Interaction", message: Message) -> bool:
        if not to.response_url:
            return False
        body: dict[str, Any] = {
            "response_type": "ephemeral",
            "replace_original": False,
            "text": message.text,
            "blocks": list(message.blocks),
        }
        if to.thread:
            body["thread_ts"] = to.thread
        try:
            client = WebhookClient(to.response_url, timeout=_SECONDS, retry_handlers=[])
            return client.send_dict(body).status_code == 200
        except OSError as error:
            log.warning("a response address can't be reached (%s)", type(error).__name__)
            return False

    def _by_method(self, to: "Interaction", message: Message) -> str:
        """Return why the channel doesn't take it; empty when it did."""
        try:
            self._client.chat_postEphemeral(
                channel=to.channel,
                user=to.who.id,
                text=message.text,
                blocks=[dict(block) for block in message.blocks],
                thread_ts=to.thread or None,
            )
        except SlackApiError as error:
            refusal = str(error.response["error"])
            found = slack_errors.meaning(refusal)
            if found.way is Way.BLOCKS and message.blocks:
                return self._by_method(to, replace(message, blocks=()))
            if found.way is Way.THREAD and to.thread:
                return self._by_method(replace(to, thread=""), message)
            # After a fault of Slack's own, nobody knows whether the person was told; and what concerns the token or
            # the app, it would say to a direct message as well.
            if found.meaning in (Meaning.UNSURE, Meaning.OPERATOR) or error.response.status_code >= 500:
                raise
            return refusal
        return ""

    def _directly(self, to: "Interaction", message: Message, *before: Words) -> None:
        """Say in a direct message what can't be said in a channel, but never a customer's address."""
        holds_address = _SIGN_OF_AN_ADDRESS.search(_MENTION.sub("", message.text).replace(f"@{self._name}", ""))
        told = say(_LEFT_OUT).text() if holds_address else message.text
        head = " ".join(words.text() for words in before)
        text = f"{head}\n{told}" if head else told
        self._client.chat_postMessage(channel=to.who.id, text=text, unfurl_links=False, unfurl_media=False)
