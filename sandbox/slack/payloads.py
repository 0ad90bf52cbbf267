"""The payloads of interactions and events, field for field as Slack sends them."""

from sandbox.slack.controls import Control, Json
from sandbox.slack.model import TEAM_ID, Channel, Message, Organisation, Person, View
from sandbox.slack.wire import APP_ID, TEAM_DOMAIN, VERIFICATION_TOKEN, message_json, view_json


def command_payload(
    *, person: Person, channel: Channel, command: str, text: str, trigger_id: str, response_url: str
) -> Json:
    """What a slash command sends."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.im_with else channel.name,
        "user_id": person.named or person.id,
        "user_name": person.name,
        "command": command,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def in_organisation(payload: Json, organisation: Organisation) -> Json:
    """The same payload from a workspace that is part of an organisation."""
    if "command" in payload:
        about: Json = {"enterprise_id": organisation.id, "enterprise_name": organisation.name}
        nowhere: Json = {"team_id": None, "team_domain": None}
    else:
        about = {"enterprise": {"id": organisation.id, "name": organisation.name}}
        nowhere = {"team": None}
    return payload | about | (nowhere if organisation.hides_team else {})


def _about(person: Person, kind: str) -> Json:
    user: Json = {"id": person.named or person.id, "username": person.name, "name": person.name}
    team = person.team_id if person.acts_from is None else person.acts_from
    return {
        "type": kind,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "user": user | ({"team_id": team} if team else {}),
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def message_action_payload(
    *,
    person: Person,
    channel: Channel,
    message: Message,
    replies: tuple[Message, ...],
    state: Json,
    action: Json,
    trigger_id: str,
    response_url: str,
) -> Json:
    """What pressing or choosing something in a message sends; an ephemeral message itself is left out."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = _about(person, "block_actions") | {
        "container": container,
        "trigger_id": trigger_id,
        "channel": {"id": channel.id, "name": "directmessage" if channel.im_with else channel.name},
        "state": {"values": state},
        "response_url": response_url,
        "actions": [action],
    }
    if message.ephemeral_to is None:
        payload["message"] = message_json(message, replies)
    return payload


def shortcut_payload(
    *,
    person: Person,
    channel: Channel,
    message: Message,
    replies: tuple[Message, ...],
    callback_id: str,
    trigger_id: str,
    action_ts: str,
    response_url: str,
) -> Json:
    """What a message shortcut sends."""
    return _about(person, "message_action") | {
        "callback_id": callback_id,
        "trigger_id": trigger_id,
        "action_ts": action_ts,
        "message_ts": message.ts,
        "message": message_json(message, replies),
        "channel": {"id": channel.id, "name": "directmessage" if channel.im_with else channel.name},
        "response_url": response_url,
    }


def home_opened_payload(*, person: Person, view: View | None, at: str) -> Json:
    """What the app is told of somebody who opens its Home tab, https://docs.slack.dev/reference/events/app_home_opened."""
    event: Json = {
        "type": "app_home_opened",
        "user": person.named or person.id,
        "channel": f"D{person.id[1:]}",
        "tab": "home",
        "event_ts": at,
    }
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "type": "event_callback",
        "event_id": f"Ev{at.replace('.', '')}",
        "event_time": int(float(at)),
        "event": event | ({"view": view_json(view)} if view else {}),
    }


def view_action_payload(*, person: Person, view: View, action: Json, trigger_id: str) -> Json:
    """What pressing or choosing something in a modal sends."""
    return _about(person, "block_actions") | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": trigger_id,
        "view": view_json(view),
        "actions": [action],
    }


def submission_payload(*, person: Person, view: View, trigger_id: str) -> Json:
    """What submitting a modal sends."""
    return _about(person, "view_submission") | {
        "trigger_id": trigger_id,
        "view": view_json(view),
        "response_urls": [],
    }


def closed_payload(*, person: Person, view: View, is_cleared: bool) -> Json:
    """What closing a modal sends, when the view asked for it."""
    return _about(person, "view_closed") | {"view": view_json(view), "is_cleared": is_cleared}


def action_json(control: Control, held: Json | None, action_ts: str) -> Json:
    """One entry of `actions`: which element, and what was pressed or chosen."""
    action: Json = {
        "type": control.type,
        "action_id": control.action_id,
        "block_id": control.block_id,
        "action_ts": action_ts,
    }
    if held is not None:
        return action | {name: value for name, value in held.items() if name != "type"}
    element = control.element
    for name in ("text", "value", "style", "url", "placeholder", "confirm"):
        if name in element:
            action[name] = element[name]
    return action
