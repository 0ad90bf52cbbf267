"""Where a person finds a button, and everything that is there to be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sandbox.slack.controls import Control, find
from sandbox.slack.model import View

if TYPE_CHECKING:
    from sandbox.slack.model import Message, Person
    from sandbox.slack.workspace import Workspace


def find_control(
    workspace: Workspace, person: Person, wanted: str | Control, within: Message | View | None
) -> tuple[Message | View, Control]:
    """The control and the place it is in; without a place, the open modal first and then the newest message."""
    if isinstance(wanted, Control):
        if within is None:
            raise ValueError("a control is pressed in the message or view that it was taken from")
        return within, wanted
    places = [_as_it_stands(workspace, within)] if within else _in_sight(workspace, person)
    for place in places:
        control = find(place.controls, wanted)
        if control:
            return place, control
    raise LookupError(f"{person.name} sees nothing called {wanted!r}:\n{everything(workspace)}")


def everything(workspace: Workspace) -> str:
    """All that was said and is open, a line each."""
    lines = [
        f"{'  ' if one.is_reply else ''}#{channel.name} {workspace.person(one.user).name}: {one.text}"
        for channel in workspace.roll.channels
        for one in workspace.conversations.in_channel(channel.id)
    ]
    for person in workspace.roll.people:
        lines += [f"(to {person.name} alone) {one.text}" for one in workspace.ephemeral(person.id)]
        lines += [_modal(person, one) for one in workspace.stack(person.id)]
    return "\n".join(lines) or "nothing"


def _modal(person: Person, view: View) -> str:
    notes = {"typed": view.values, "errors": dict(view.errors), "trouble": view.trouble, "under way": view.busy}
    said = " ".join(texts(view.blocks))
    return f"[{person.name}'s modal] {view.title}: {said} { ({name: note for name, note in notes.items() if note}) }"


def texts(node: Any) -> Iterator[str]:
    """Every text that stands in blocks, without their structure."""
    if isinstance(node, Mapping):
        if node.get("type") in ("rich_text_section", "rich_text_quote"):
            yield "".join(str(each.get("text", each.get("user_id", ""))) for each in node["elements"])
            return
        if isinstance(node.get("text"), str):
            yield node["text"]
        node = list(node.values())
    if isinstance(node, list | tuple):
        for each in node:
            yield from texts(each)


def _as_it_stands(workspace: Workspace, place: Message | View) -> Message | View:
    return workspace.modals.known(place.id) if isinstance(place, View) else workspace.current(place)


def _in_sight(workspace: Workspace, person: Person) -> list[Message | View]:
    seen = [
        one
        for channel in workspace.channels_of(person.id)
        for one in workspace.conversations.in_channel(channel.id, person.id)
    ]
    newest_first = sorted(seen, key=lambda one: float(one.ts), reverse=True)
    return [*workspace.stack(person.id)[-1:], *newest_first]
