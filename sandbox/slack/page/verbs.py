"""What a person does on the page, done in the workspace."""

import json
from collections.abc import Sequence

from multidict import MultiMapping

from sandbox.slack.controls import BUTTONS, FILES, MANY_FIELDS, MANY_OPTIONS, STATELESS, Answer, Control, answered
from sandbox.slack.errors import SlackError
from sandbox.slack.model import Message, Person, View
from sandbox.slack.workspace import Workspace


class Gone(Exception):
    """What was meant is not there any more; the page only has to look again."""


class Verbs:
    """The verbs of the page; each takes the fields that the page posts for it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def send(self, person: Person, form: MultiMapping[str]) -> None:
        """Send a message or a slash command."""
        text = _lf(form.get("text", "")).strip()
        if text:
            self._workspace.types(person.id, text, form["channel"], form.get("thread_ts") or None)

    def act(self, person: Person, form: MultiMapping[str]) -> None:
        """Press a button, or choose something that tells the app at once."""
        place = self._message(person, form) if "channel" in form else self._filled(self._view(person, form), form)
        control = _control(place, form["block"], form["action"])
        answer = _answer(control, form.getall("answer", []))
        if form.get("key") == "Enter":
            self._workspace.enters(person.id, control, answer)
        else:
            self._workspace.chooses(person.id, control, answer, within=place)

    def use(self, person: Person, form: MultiMapping[str]) -> None:
        """Choose one of the app's entries in the menu of a message."""
        self._workspace.uses(person.id, form["name"], self._message(person, form))

    def attach(self, person: Person, form: MultiMapping[str], files: Sequence[tuple[str, bytes]]) -> None:
        """Choose files for a field of the modal on top."""
        view = self._filled(self._view(person, form), form)
        self._workspace.attaches(person.id, _control(view, form["block"], form["action"]), *files)

    def detach(self, person: Person, form: MultiMapping[str]) -> None:
        """Take a chosen file out of its field again."""
        view = self._filled(self._view(person, form), form)
        self._workspace.detaches(person.id, _control(view, form["block"], form["action"]), form["file"])

    def submit(self, person: Person, form: MultiMapping[str]) -> None:
        """Submit the modal on top with what is typed in it; a second press changes nothing."""
        view = self._view(person, form)
        if not view.busy:
            self._workspace.submits(person.id, within=self._filled(view, form))

    def close(self, person: Person, form: MultiMapping[str]) -> None:
        """Close the modal on top, or by its cross the whole stack."""
        self._view(person, form)
        self._workspace.closes(person.id, whole_stack=form.get("which") == "all")

    def dismiss(self, person: Person, form: MultiMapping[str]) -> None:
        """Take a message away that only this person sees."""
        message = self._message(person, form)
        if message.ephemeral_to != person.id:
            raise Gone
        self._workspace.conversations.delete(message)

    def _message(self, person: Person, form: MultiMapping[str]) -> Message:
        try:
            message = self._workspace.conversations.known(form["channel"], form["place"])
        except SlackError as gone:
            raise Gone from gone
        if message.ephemeral_to not in (None, person.id):
            raise Gone
        return message

    def _view(self, person: Person, form: MultiMapping[str]) -> View:
        home = self._workspace.home(person.id)
        if home is not None and form["place"] == home.id:
            return home
        top = self._workspace.view(person.id)
        if top is None or top.id != form["place"]:
            raise Gone
        return top

    def _filled(self, view: View, form: MultiMapping[str]) -> View:
        if view.is_home:
            return view
        # The app is told what stands in every field, whichever of them was used.
        for control in view.controls:
            # Files are in the form from the moment they were chosen.
            if control.type not in STATELESS and control.type != FILES:
                posted = form.getall(json.dumps([control.block_id, control.action_id]), [])
                value = answered(control, _answer(control, posted))
                view = self._workspace.modals.fill(view.id, control.block_id, control.action_id, value)
        return view


def _control(place: Message | View, block_id: str, action_id: str) -> Control:
    for control in place.controls:
        if (control.block_id, control.action_id) == (block_id, action_id):
            return control
    raise Gone


def _answer(control: Control, posted: list[str]) -> Answer:
    if control.type in BUTTONS:
        return None
    if control.type in MANY_OPTIONS or control.type in MANY_FIELDS:
        return posted
    return _lf(posted[0]) or None if posted else None


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n")
