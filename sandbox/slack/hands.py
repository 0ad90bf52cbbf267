"""What a human does in the client: type, press, choose, fill in, submit and close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.slack.answers import NOT_INTERACTIVE, TROUBLE
from sandbox.slack.controls import Answer, Control, answered, initial_state
from sandbox.slack.envelopes import Envelope
from sandbox.slack.fields import missing_answers
from sandbox.slack.payloads import (
    action_json,
    closed_payload,
    command_payload,
    in_organisation,
    message_action_payload,
    submission_payload,
    view_action_payload,
)
from sandbox.slack.typed import command_text, message_text
from sandbox.slack.wire import BOT_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.slack.controls import Json
    from sandbox.slack.model import Channel, Message, Person, View
    from sandbox.slack.workspace import Workspace

NOT_A_COMMAND = (
    "{command} is not a valid command. In Slack, all messages that start with the “/” character are interpreted "
    "as commands. If you are trying to send a message and not run a command, try preceding the “/” with an empty space."
)
NOBODY_TO_INVITE = "There is nobody called {name} here."
NOT_IN_THREADS = "{command} is not supported in threads. Sorry!"


class Hands:
    """The people's side of the workspace; every verb returns at once, with the envelope that it sent, if any."""

    def __init__(self, workspace: Workspace) -> None:
        self._here = workspace
        self._chosen: dict[tuple[str, str, str], Json] = {}

    def types(self, person: Person, text: str, channel: Channel, thread_ts: str | None = None) -> Envelope | None:
        """Send a message, or a slash command when it starts with a slash."""
        here = self._here
        if person.id not in channel.members:
            raise PermissionError(f"{person.name} is not in #{channel.name}")
        if not text.startswith("/"):
            words = message_text(text, here.roll)
            here.conversations.post(channel=channel.id, user=person.id, text=words, thread_ts=thread_ts)
            return None
        name, _, rest = text.partition(" ")
        if name == "/invite":
            self._invite(person, rest, channel)
            return None
        command = here.manifest.commands.get(name)
        # Slash commands belong to the organisation that installed the app, also in a shared channel.
        if command is None or not person.belongs_to(here.roll.bot.team_id):
            here.answers.slackbot_says(person.id, channel.id, NOT_A_COMMAND.format(command=name), thread_ts)
            return None
        if thread_ts is not None:
            here.answers.slackbot_says(person.id, channel.id, NOT_IN_THREADS.format(command=name), thread_ts)
            return None
        payload = command_payload(
            person=person,
            channel=channel,
            command=name,
            text=command_text(rest.strip(), here.roll, should_escape=command.should_escape),
            trigger_id=here.permits.trigger(person.id),
            response_url=self._response_url("commands", person, channel),
        )
        return self._send(
            "slash_commands",
            payload,
            person,
            lambda envelope: here.answers.command_settled(envelope, channel.id, text),
            accepts_payload=True,
        )

    def _invite(self, person: Person, written: str, channel: Channel) -> None:
        """Let somebody join, whose name may have blanks in it."""
        here, name = self._here, written.strip().removeprefix("@")
        for one in here.roll.people:
            if name in (one.name, one.display_name, one.real_name):
                here.roll.joins(one.id, channel.id)
                return
        here.answers.slackbot_says(person.id, channel.id, NOBODY_TO_INVITE.format(name=name), None)

    def acts_in_message(self, person: Person, message: Message, control: Control, answer: Answer) -> Envelope | None:
        """Press or choose something in a message."""
        here = self._here
        channel = here.roll.channel(message.channel)
        key = (person.id, message.channel, message.ts)
        held = self._held(control, answer)
        state = self._chosen.get(key) or initial_state(message.controls, kept={})
        if held is not None and control.type != "overflow":
            state = {**state, control.block_id: {**state.get(control.block_id, {}), control.action_id: held}}
            self._chosen[key] = state
        if not self._would_be_heard(person, message.ts, control):
            return None
        payload = message_action_payload(
            person=person,
            channel=channel,
            message=message,
            replies=here.replies(message),
            state=state,
            action=action_json(control, held, here.conversations.next_ts()),
            trigger_id=here.permits.trigger(person.id),
            response_url=self._response_url("actions", person, channel, message.ts),
        )
        return self._send(
            "interactive",
            payload,
            person,
            lambda envelope: here.answers.action_settled(envelope, message.ts, control),
        )

    def acts_in_view(self, person: Person, view: View, control: Control, answer: Answer) -> Envelope | None:
        """Press, choose or fill in something in a modal; only what dispatches reaches the app now."""
        here = self._here
        held = self._held(control, answer)
        if held is not None and control.type != "overflow":
            view = here.modals.fill(view.id, control.block_id, control.action_id, held)
        if not control.dispatches or not self._would_be_heard(person, view.id, control):
            return None
        payload = view_action_payload(
            person=person,
            view=view,
            action=action_json(control, held, here.conversations.next_ts()),
            trigger_id=here.permits.trigger(person.id, view.id),
        )
        return self._send(
            "interactive",
            payload,
            person,
            lambda envelope: here.answers.action_settled(envelope, view.id, control),
        )

    def submits(self, person: Person, view: View, values: Mapping[str, Answer]) -> Envelope | None:
        """Fill fields in, by their label or block_id, and press the submit button."""
        here = self._here
        if view.submit is None:
            raise LookupError(f"{view.title!r} has no submit button")
        for name, answer in values.items():
            field = next((one for one in view.inputs if name in (one.label, one.block_id, one.action_id)), None)
            if field is None:
                raise LookupError(f"{view.title!r} asks for {[one.label for one in view.inputs]}, not {name!r}")
            view = here.modals.fill(view.id, field.block_id, field.action_id, answered(field, answer))
        wrong = missing_answers(view)
        if wrong:
            # The client itself keeps an incomplete form back: the app never hears of it.
            here.modals.mark(view.id, errors=wrong)
            return None
        if not here.manifest.interactive:
            here.modals.mark(view.id, trouble=TROUBLE)
            return None
        view = here.modals.mark(view.id, busy=True)
        return self._send(
            "interactive",
            submission_payload(person=person, view=view, trigger_id=here.permits.trigger(person.id, view.id)),
            person,
            lambda envelope: here.answers.submission_settled(envelope, view.id),
            accepts_payload=True,
        )

    def closes(self, person: Person, view: View, *, whole_stack: bool = False) -> None:
        """Press Cancel, or the cross that takes the whole stack away."""
        here = self._here
        whole_stack = whole_stack or bool(view.content.get("clear_on_close"))
        gone = here.modals.stack(person.id) if whole_stack else (view,)
        if whole_stack:
            here.modals.clear(person.id)
        else:
            here.modals.close(view.id)
        for one in reversed(gone):
            if one.content.get("notify_on_close") and here.manifest.interactive:
                payload = closed_payload(person=person, view=one, is_cleared=whole_stack)
                self._send("interactive", payload, person, lambda _: None)

    def _would_be_heard(self, person: Person, place: str, control: Control) -> bool:
        answers = self._here.answers
        answers.unwarn(person.id, place, control)
        if not self._here.manifest.interactive:
            answers.warn(person.id, place, control, NOT_INTERACTIVE)
        return self._here.manifest.interactive

    def _held(self, control: Control, answer: Answer) -> Json | None:
        is_choice = control.type not in ("button", "workflow_button", "icon_button", "feedback_buttons")
        return answered(control, answer) if is_choice else None

    def _response_url(self, kind: str, person: Person, channel: Channel, source_ts: str | None = None) -> str:
        secret = self._here.permits.response_url(person.id, channel.id, source_ts)
        return f"{self._here.base_url}/hooks/{kind}/{self._here.roll.bot.team_id}/{BOT_ID}/{secret}"

    def _send(
        self,
        kind: str,
        payload: Json,
        person: Person,
        when_settled: Callable[[Envelope], None],
        *,
        accepts_payload: bool = False,
    ) -> Envelope:
        if self._here.organisation:
            payload = in_organisation(payload, self._here.organisation)
        envelope = Envelope(type=kind, payload=payload, person=person.id, accepts_response_payload=accepts_payload)
        return self._here.envelopes.send(envelope, when_settled)
