"""The JSON shapes in which Slack shows people, channels, messages and views to an app."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.slack.controls import Json
from sandbox.slack.model import TEAM_ID, Channel, Message, Person, UserGroup, View

APP_ID = "A0DESK"
BOT_ID = "B0DESK"
TEAM_DOMAIN = "desk-sandbox"
VERIFICATION_TOKEN = "made-up-and-deprecated"  # noqa: S105 - Slack sends such a field and nobody checks it


def person_json(person: Person, *, include_locale: bool = False) -> Json:
    """A user object."""
    here = ZoneInfo(person.tz)
    offset = datetime.now(here).utcoffset()
    shown: Json = {
        "id": person.named or person.id,
        "name": person.name,
        "deleted": person.deleted,
        "real_name": person.real_name,
        "tz": person.tz,
        "tz_label": person.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": {
            "real_name": person.real_name,
            "display_name": person.display_name,
            "team": person.team_id,
        },
        "is_bot": person.is_bot,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_app_user": False,
    }
    if person.shows_team:
        shown["team_id"] = person.team_id
    if person.grid:
        shown["enterprise_user"] = {
            "id": person.grid.id,
            "enterprise_id": person.grid.enterprise_id,
            "enterprise_name": "",
            "is_admin": False,
            "is_owner": False,
            "teams": list(person.grid.teams),
        }
    if person.is_stranger:
        shown["is_stranger"] = True
    elif include_locale:
        shown["locale"] = person.locale
    return shown


def group_json(group: UserGroup, *, include_users: bool = False) -> Json:
    """A user group object."""
    shown: Json = {
        "id": group.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "date_delete": 1 if group.disabled else 0,
        "user_count": len(group.members),
    }
    if include_users:
        shown["users"] = list(group.members)
    return shown


def channel_json(channel: Channel, *, bot: str) -> Json:
    """A conversation object."""
    if channel.im_with:
        return {"id": channel.id, "is_im": True, "user": channel.im_with, "is_archived": False}
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_general": channel.name == "general",
        "is_member": bot in channel.members,
        "is_shared": channel.is_ext_shared or channel.is_org_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_pending_ext_shared": channel.is_pending_ext_shared,
        "is_org_shared": channel.is_org_shared,
        "is_read_only": channel.is_read_only,
        "is_thread_only": channel.is_thread_only,
        "is_non_threadable": channel.is_non_threadable,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "num_members": len(channel.members),
        "context_team_id": TEAM_ID,
    }


def message_json(message: Message, replies: Sequence[Message] = (), *, metadata: bool = False) -> Json:
    """A message object; `replies` are those of its thread."""
    shown: Json = {
        "type": "message",
        "user": message.user,
        "team": TEAM_ID,
        "text": message.text,
        "ts": message.ts,
    }
    if message.from_app:
        shown |= {"bot_id": BOT_ID, "app_id": APP_ID}
    if message.files:
        shown["files"] = list(message.files)
    if message.blocks:
        shown["blocks"] = list(message.blocks)
    if message.thread_ts or replies:
        shown["thread_ts"] = message.thread_ts or message.ts
    if message.edited_ts:
        shown["edited"] = {"user": message.user, "ts": message.edited_ts}
    if replies:
        users = list(dict.fromkeys(one.user for one in replies))
        shown |= {
            "reply_count": len(replies),
            "reply_users": users,
            "reply_users_count": len(users),
            "latest_reply": replies[-1].ts,
        }
    if message.metadata and metadata:
        shown["metadata"] = message.metadata
    return shown


def view_json(view: View) -> Json:
    """A view object, with what the person has filled in."""
    content = view.content
    return {
        "id": view.id,
        "team_id": TEAM_ID,
        "type": content["type"],
        "blocks": content["blocks"],
        "private_metadata": view.private_metadata,
        "callback_id": view.callback_id,
        "state": {"values": view.state},
        "hash": view.hash,
        "title": content.get("title"),
        "clear_on_close": bool(content.get("clear_on_close")),
        "notify_on_close": bool(content.get("notify_on_close")),
        "close": content.get("close"),
        "submit": content.get("submit"),
        "previous_view_id": view.previous_view_id,
        "root_view_id": view.root_view_id,
        "app_id": APP_ID,
        "external_id": view.external_id,
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT_ID,
    }
