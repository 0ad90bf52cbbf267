"""What one person sees, as plain JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.slack.wire import message_json

if TYPE_CHECKING:
    from sandbox.slack.controls import Control, Json
    from sandbox.slack.envelopes import Envelope
    from sandbox.slack.model import Message, View
    from sandbox.slack.workspace import Workspace


def state_of(workspace: Workspace, person: str) -> Json:
    """Channels with everything said in them, ephemeral messages among it, the modals and the warning marks."""
    somebody = workspace.person(person)
    return {
        "person": somebody.id,
        "channels": [
            {
                "id": channel.id,
                "name": channel.name,
                "messages": [message_state(one) for one in workspace.conversations.in_channel(channel.id, somebody.id)],
            }
            for channel in workspace.channels_of(somebody.id)
        ],
        "views": [view_state(one) for one in workspace.stack(somebody.id)],
        "warnings": [
            {"place": one.place, "block_id": one.block_id, "action_id": one.action_id, "text": one.text}
            for one in workspace.warnings(somebody.id)
        ],
    }


def message_state(message: Message) -> Json:
    """One message with its controls."""
    return {
        **message_json(message, metadata=True),
        "ephemeral_to": message.ephemeral_to,
        "controls": [_control_state(one) for one in message.controls],
    }


def view_state(view: View) -> Json:
    """One modal with its fields."""
    return {
        "id": view.id,
        "hash": view.hash,
        "title": view.title,
        "submit": view.submit,
        "callback_id": view.callback_id,
        "blocks": list(view.blocks),
        "controls": [_control_state(one) for one in view.controls],
        "values": view.values,
        "errors": dict(view.errors),
        "trouble": view.trouble,
        "busy": view.busy,
    }


def envelope_state(envelope: Envelope) -> Json:
    """One delivery, without the payload's secrets."""
    return {
        "id": envelope.id,
        "type": envelope.type,
        "person": envelope.person,
        "outcome": envelope.outcome,
        "seconds": envelope.seconds,
        "connections": list(envelope.connections),
    }


def _control_state(control: Control) -> Json:
    return {
        "type": control.type,
        "label": control.label,
        "block_id": control.block_id,
        "action_id": control.action_id,
        "value": control.value,
        "options": [{"text": one.text, "value": one.value} for one in control.options],
    }
