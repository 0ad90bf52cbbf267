"""What people do in a workspace: type, press, choose, fill in, submit and close, as in Slack's client.

It is long because it is one list: each thing that people do, and what of it reaches the app.
"""

from collections.abc import Callable, Mapping

from sandbox.slack.answers import NOT_INTERACTIVE, TROUBLE
from sandbox.slack.client import chosen, command_text, message_text, missing_answers
from sandbox.slack.controls import FILES, TYPED, Answer, Control, Json, answered, initial_state
from sandbox.slack.envelopes import Envelope
from sandbox.slack.files import file_json
from sandbox.slack.model import Channel, Message, Person, View
from sandbox.slack.payloads import (
    action_json,
    closed_payload,
    command_payload,
    home_opened_payload,
    in_organisation,
    message_action_payload,
    shortcut_payload,
    submission_payload,
    view_action_payload,
)
from sandbox.slack.state import WorkspaceState
from sandbox.slack.wire import BOT_ID

NOT_A_COMMAND = (
    "{command} is not a valid command. In Slack, all messages that start with the “/” character are interpreted "
    "as commands. If you are trying to send a message and not run a command, try preceding the “/” with an empty space."
)
NOBODY_TO_INVITE = "There is nobody called {name} here."
NOT_IN_THREADS = "{command} is not supported in threads. Sorry!"


class Workspace(WorkspaceState):
    """One Slack workspace with one app installed, and the people in it; every method may be called from any thread.

    It is made as a `WorkspaceState` is: of the app's manifest, and optionally of rules, people and channels. People and
    channels go by their name or their id.

    `types`, `clicks`, `chooses`, `submits` and `closes` are what a person does. Each returns at once: the `Envelope`
    that Slack sent to the app, or None where it sent nothing. They raise `LookupError` for what the person doesn't
    see, and `PermissionError` for what they may not do.
    """

    def types(self, person: str, text: str, channel: str = "#support", thread_ts: str | None = None) -> Envelope | None:
        """Type a message or a slash command; a command that reached the app returns its envelope."""
        somebody, here = self._acting(person), self.channel(channel)
        if somebody.id not in here.members:
            raise PermissionError(f"{somebody.name} is not in #{here.name}")
        if text.startswith("/"):
            return self._commands(somebody, text, here, thread_ts)
        self.conversations.post(
            channel=here.id, user=somebody.id, text=message_text(text, self.roll), thread_ts=thread_ts
        )
        return None

    def clicks(self, person: str, wanted: str | Control, within: Message | View | None = None) -> Envelope | None:
        """Press a button, named by its label, action_id or value, in what the person sees; newest first.

        The submit and close buttons of the open modal go by their labels, too. A `Control` taken from a message
        earlier, together with that message, is pressed as it was seen then, even if it has been redrawn since.
        """
        return self.chooses(person, wanted, None, within)

    def chooses(
        self,
        person: str,
        wanted: str | Control,
        answer: Answer,
        within: Message | View | None = None,
    ) -> Envelope | None:
        """Choose or fill something in, in a message or in the open modal; it is sent on if it dispatches.

        A field that is typed into is sent on by this only if it dispatches every character; see `enters`.
        """
        somebody = self._acting(person)
        top = self.view(person)
        if isinstance(wanted, str) and within in (None, top) and top and answer is None:
            if wanted == top.submit:
                return self.submits(person, within=top)
            if wanted == top.close:
                self.closes(person)
                return None
        place, control = self.find(somebody, wanted, within)
        if isinstance(place, View):
            return self._acts_in_view(somebody, place, control, answer)
        return self._acts_in_message(somebody, place, control, answer)

    def enters(self, person: str, wanted: str | Control, answer: Answer) -> Envelope | None:
        """Type into a field of the open modal and press Enter; it is sent on if the field dispatches that."""
        place, control = self.find(self._acting(person), wanted, self.view(person))
        if not isinstance(place, View):
            raise LookupError(f"{person} has no modal open")
        return self._acts_in_view(self._acting(person), place, control, answer, event="on_enter_pressed")

    def opens_home(self, person: str) -> Envelope | None:
        """Open the app's Home tab; None where the app isn't told of that."""
        somebody = self._acting(person)
        if "app_home_opened" not in self.manifest.events or not self.manifest.home_tab:
            return None
        payload = home_opened_payload(person=somebody, view=self.homes.of(somebody.id), at=self.conversations.next_ts())
        return self._send("events_api", payload, somebody, lambda _: None)

    def uses(self, person: str, shortcut: str, message: Message) -> Envelope | None:
        """Choose one of the app's entries, by its name, in the menu of a message, also where the app is no member."""
        somebody, channel = self._acting(person), self.roll.channel(message.channel)
        found = next((one for one in self.manifest.shortcuts if one.name == shortcut), None)
        if found is None:
            raise LookupError(f"a message's menu has {[one.name for one in self.manifest.shortcuts]}, not {shortcut!r}")
        if somebody.id not in channel.members:
            raise PermissionError(f"{somebody.name} is not in #{channel.name}")
        if not self.manifest.interactive:
            self.answers.slackbot_says(somebody.id, channel.id, TROUBLE, message.thread_ts)
            return None
        payload = shortcut_payload(
            person=somebody,
            channel=channel,
            message=self.current(message),
            replies=self.replies(message),
            callback_id=found.callback_id,
            trigger_id=self.permits.trigger(somebody.id),
            action_ts=self.conversations.next_ts(),
            response_url=self._response_url("app", somebody, channel),
        )
        return self._send(
            "interactive",
            payload,
            somebody,
            lambda envelope: self.answers.shortcut_settled(envelope, channel.id, found.name),
        )

    def attaches(self, person: str, wanted: str | Control, *files: tuple[str, bytes]) -> None:
        """Choose files, each a name and its content, in a field of the open modal, beside those that are there.

        Raises `ValueError` where the client takes them for too many, too large, or of another kind.
        """
        somebody = self._acting(person)
        view, control = self._files_field(somebody, wanted)
        held = view.state[control.block_id][control.action_id]
        chosen(control, held, files)
        added = [self.files.add(user=somebody.id, name=name, content=content) for name, content in files]
        shown = [file_json(one, self.base_url) for one in added]
        self.modals.fill(view.id, control.block_id, control.action_id, {**held, "files": [*held["files"], *shown]})

    def detaches(self, person: str, wanted: str | Control, file_id: str) -> None:
        """Take a file out of a field of the open modal."""
        view, control = self._files_field(self._acting(person), wanted)
        held = view.state[control.block_id][control.action_id]
        left = [one for one in held["files"] if one["id"] != file_id]
        self.modals.fill(view.id, control.block_id, control.action_id, {**held, "files": left})

    def _files_field(self, person: Person, wanted: str | Control) -> tuple[View, Control]:
        view, control = self.find(person, wanted, self.view(person.id))
        if not isinstance(view, View) or control.type != FILES:
            raise LookupError(f"{person.name} sees no field for files called {wanted!r}")
        return view, control

    def submits(
        self,
        person: str,
        values: Mapping[str, Answer] | None = None,
        within: View | None = None,
    ) -> Envelope | None:
        """Fill in the open modal's fields, by label or block_id, and submit it; None if the client kept it back."""
        view = self.modals.known(within.id) if within else self.view(person)
        if view is None:
            raise LookupError(f"{person} has no modal open")
        somebody = self._acting(person)
        if view.submit is None:
            raise LookupError(f"{view.title!r} has no submit button")
        for name, answer in (values or {}).items():
            field = next((one for one in view.inputs if name in (one.label, one.block_id, one.action_id)), None)
            if field is None:
                raise LookupError(f"{view.title!r} asks for {[one.label for one in view.inputs]}, not {name!r}")
            view = self.modals.fill(view.id, field.block_id, field.action_id, answered(field, answer))
        wrong = missing_answers(view)
        if wrong:
            # The client itself keeps an incomplete form back: the app never hears of it.
            self.modals.mark(view.id, errors=wrong)
            return None
        if not self.manifest.interactive:
            self.modals.mark(view.id, trouble=TROUBLE)
            return None
        view = self.modals.mark(view.id, busy=True)
        return self._send(
            "interactive",
            submission_payload(person=somebody, view=view, trigger_id=self.permits.trigger(somebody.id, view.id)),
            somebody,
            lambda envelope: self.answers.submission_settled(envelope, view.id),
            accepts_payload=True,
        )

    def closes(self, person: str, *, whole_stack: bool = False) -> None:
        """Close the open modal, or by its cross the whole stack."""
        view = self.view(person)
        if view is None:
            raise LookupError(f"{person} has no modal open")
        somebody = self._acting(person)
        whole_stack = whole_stack or bool(view.content.get("clear_on_close"))
        gone = self.modals.stack(somebody.id) if whole_stack else (view,)
        if whole_stack:
            self.modals.clear(somebody.id)
        else:
            self.modals.close(view.id)
        for one in reversed(gone):
            if one.content.get("notify_on_close") and self.manifest.interactive:
                payload = closed_payload(person=somebody, view=one, is_cleared=whole_stack)
                self._send("interactive", payload, somebody, lambda _: None)

    def reloads(self, person: str) -> None:
        """Load the client anew: ephemeral messages and open modals are gone."""
        somebody = self.person(person)
        self.conversations.forget_ephemeral(somebody.id)
        self.modals.clear(somebody.id)

    def _commands(self, person: Person, text: str, channel: Channel, thread_ts: str | None) -> Envelope | None:
        name, _, rest = text.partition(" ")
        if name == "/invite":
            self._invite(person, rest, channel)
            return None
        command = self.manifest.commands.get(name)
        # Slash commands belong to the organisation that installed the app, also in a shared channel.
        if command is None or not person.belongs_to(self.roll.bot.team_id):
            self.answers.slackbot_says(person.id, channel.id, NOT_A_COMMAND.format(command=name), thread_ts)
            return None
        if thread_ts is not None:
            self.answers.slackbot_says(person.id, channel.id, NOT_IN_THREADS.format(command=name), thread_ts)
            return None
        payload = command_payload(
            person=person,
            channel=channel,
            command=name,
            text=command_text(rest.strip(), self.roll, should_escape=command.should_escape),
            trigger_id=self.permits.trigger(person.id),
            response_url=self._response_url("commands", person, channel),
        )
        return self._send(
            "slash_commands",
            payload,
            person,
            lambda envelope: self.answers.command_settled(envelope, channel.id, text),
            accepts_payload=True,
        )

    def _invite(self, person: Person, written: str, channel: Channel) -> None:
        """Let somebody join, whose name may have blanks in it."""
        name = written.strip().removeprefix("@")
        for one in self.roll.people:
            if name in (one.name, one.display_name, one.real_name):
                self.roll.joins(one.id, channel.id)
                return
        self.answers.slackbot_says(person.id, channel.id, NOBODY_TO_INVITE.format(name=name), None)

    def _acts_in_message(self, person: Person, message: Message, control: Control, answer: Answer) -> Envelope | None:
        """Press or choose something in a message."""
        channel = self.roll.channel(message.channel)
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
            replies=self.replies(message),
            state=state,
            action=action_json(control, held, self.conversations.next_ts()),
            trigger_id=self.permits.trigger(person.id),
            response_url=self._response_url("actions", person, channel, message.ts),
        )
        return self._send(
            "interactive",
            payload,
            person,
            lambda envelope: self.answers.action_settled(envelope, message.ts, control),
        )

    def _acts_in_view(
        self, person: Person, view: View, control: Control, answer: Answer, *, event: str = "on_character_entered"
    ) -> Envelope | None:
        """Press, choose or fill in something in a modal; only what dispatches reaches the app now."""
        held = self._held(control, answer)
        if held is not None and control.type != "overflow":
            if view.is_home:
                view = self.homes.fill(view, control.block_id, control.action_id, held)
            else:
                view = self.modals.fill(view.id, control.block_id, control.action_id, held)
        typed_unheard = control.type in TYPED and event not in control.told_when
        if not control.dispatches or typed_unheard or not self._would_be_heard(person, view.id, control):
            return None
        payload = view_action_payload(
            person=person,
            view=view,
            action=action_json(control, held, self.conversations.next_ts()),
            trigger_id=self.permits.trigger(person.id, None if view.is_home else view.id),
        )
        return self._send(
            "interactive",
            payload,
            person,
            lambda envelope: self.answers.action_settled(envelope, view.id, control),
        )

    def _would_be_heard(self, person: Person, place: str, control: Control) -> bool:
        answers = self.answers
        answers.unwarn(person.id, place, control)
        if not self.manifest.interactive:
            answers.warn(person.id, place, control, NOT_INTERACTIVE)
        return self.manifest.interactive

    def _held(self, control: Control, answer: Answer) -> Json | None:
        is_choice = control.type not in ("button", "workflow_button", "icon_button", "feedback_buttons")
        return answered(control, answer) if is_choice else None

    def _response_url(self, kind: str, person: Person, channel: Channel, source_ts: str | None = None) -> str:
        secret = self.permits.response_url(person.id, channel.id, source_ts)
        return f"{self.base_url}/hooks/{kind}/{self.roll.bot.team_id}/{BOT_ID}/{secret}"

    def _send(
        self,
        kind: str,
        payload: Json,
        person: Person,
        when_settled: Callable[[Envelope], None],
        *,
        accepts_payload: bool = False,
    ) -> Envelope:
        if self.organisation:
            payload = in_organisation(payload, self.organisation)
        envelope = Envelope(type=kind, payload=payload, person=person.id, accepts_response_payload=accepts_payload)
        return self.envelopes.send(envelope, when_settled)

    def _acting(self, wanted: str) -> Person:
        person = self.person(wanted)
        if person.deleted:
            raise PermissionError(f"{person.name} is deactivated")
        return person
