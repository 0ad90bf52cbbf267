"""What a person sees once the app has answered an interaction, or has not."""

from typing import Any

from sandbox.slack.blockkit import check_message, check_view
from sandbox.slack.changes import Changes
from sandbox.slack.controls import Control, Json
from sandbox.slack.conversations import Conversations
from sandbox.slack.envelopes import Envelope
from sandbox.slack.errors import SlackError
from sandbox.slack.modals import Modals
from sandbox.slack.model import SLACKBOT, ElementWarning, View

TROUBLE = "We had some trouble connecting. Try again?"
UNANSWERED = "This app didn’t respond. Try again, or contact its owner if that doesn’t help."
NOT_INTERACTIVE = "This app is not configured to handle interactive responses."


class Answers:
    """Shows acknowledgements, and Slack's own words where one did not come in time."""

    def __init__(self, *, changes: Changes, conversations: Conversations, modals: Modals, bot: str) -> None:
        self._changes = changes
        self._conversations = conversations
        self._modals = modals
        self._bot = bot
        self._warnings: dict[tuple[str, str, str, str], ElementWarning] = {}

    def warnings(self, person: str) -> tuple[ElementWarning, ...]:
        """The warning marks that this person sees beside elements."""
        with self._changes.lock:
            return tuple(one for one in self._warnings.values() if one.person == person)

    def slackbot_says(self, person: str, channel: str, text: str, thread_ts: str | None = None) -> None:
        """Tell one person something in Slack's own name."""
        self._conversations.post(channel=channel, user=SLACKBOT, text=text, thread_ts=thread_ts, ephemeral_to=person)

    def command_settled(self, envelope: Envelope, channel: str, typed: str) -> None:
        """Show what a command's acknowledgement carries."""
        command = envelope.payload["command"]
        if not envelope.acked:
            self.slackbot_says(envelope.person, channel, f'{command} failed with the error "{envelope.outcome}"')
            return
        answer = envelope.answer or {}
        text, blocks = answer.get("text") or "", answer.get("blocks") or []
        public = answer.get("response_type") == "in_channel"
        if not isinstance(text, str) or not isinstance(blocks, list) or check_message(blocks, text):
            wrong = f'{command} failed with the error "invalid_command_response"'
            self.slackbot_says(envelope.person, channel, wrong)
            return
        if public:
            self._conversations.post(channel=channel, user=envelope.person, text=typed)
        if text or blocks:
            self._conversations.post(
                channel=channel,
                user=self._bot,
                text=text,
                blocks=blocks,
                ephemeral_to=None if public else envelope.person,
                from_app=True,
            )

    def action_settled(self, envelope: Envelope, place: str, control: Control) -> None:
        """Put the warning mark beside an element, or take it away."""
        if envelope.acked:
            self.unwarn(envelope.person, place, control)
        else:
            self.warn(envelope.person, place, control, UNANSWERED)

    def shortcut_settled(self, envelope: Envelope, channel: str, name: str) -> None:
        """Say that the app didn't answer; Slack's own words for it aren't known (UNCONFIRMED)."""
        if not envelope.acked:
            self.slackbot_says(envelope.person, channel, f"{name}: {UNANSWERED}", None)

    def warn(self, person: str, place: str, control: Control, text: str) -> None:
        """Put a warning mark beside an element; `place` is the message's `ts` or the view's id."""
        key = (person, place, control.block_id, control.action_id)
        with self._changes.lock:
            self._warnings[key] = ElementWarning(*key, text)
            self._changes.publish("warning", ts=place, person=person)

    def unwarn(self, person: str, place: str, control: Control) -> None:
        """Take the warning mark away."""
        with self._changes.lock:
            if self._warnings.pop((person, place, control.block_id, control.action_id), None):
                self._changes.publish("warning", ts=place, person=person)

    def submission_settled(self, envelope: Envelope, view_id: str) -> None:
        """Do to the modal what the acknowledgement of its submission says."""
        try:
            view = self._modals.known(view_id)
        except SlackError:
            return  # The person closed the modal while the app was thinking.
        try:
            understood = envelope.acked and self._respond(view, envelope.answer or {})
        except SlackError:
            understood = False
        if not understood:
            self._modals.mark(view_id, trouble=TROUBLE)

    def _respond(self, view: View, answer: Json) -> bool:
        wanted: Any = answer.get("response_action")
        if not answer:
            self._modals.close(view.id)
        elif wanted == "clear":
            self._modals.clear(view.person)
        elif wanted == "errors":
            return self._show_errors(view, answer.get("errors"))
        elif wanted in ("update", "push"):
            content = answer.get("view")
            if not isinstance(content, dict) or check_view(content):
                return False
            if wanted == "update":
                self._modals.update(view.id, content)
            else:
                self._modals.mark(view.id)
                self._modals.push(view.person, content)
        else:
            return False
        return True

    def _show_errors(self, view: View, errors: object) -> bool:
        fields = {one.block_id for one in view.inputs}
        if not isinstance(errors, dict) or not errors or not set(errors) <= fields:
            return False
        self._modals.mark(view.id, errors={block: str(text) for block, text in errors.items()})
        return True
