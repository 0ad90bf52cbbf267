"""The methods that read who is who and what was said: `auth`, `users`, `usergroups`, `conversations`."""

from collections.abc import Sequence
from typing import TypeVar

from sandbox.slack.controls import Json
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import Arguments, Method, needs
from sandbox.slack.model import TEAM_ID, Channel, Message
from sandbox.slack.wire import APP_ID, BOT_ID, channel_json, group_json, message_json, person_json
from sandbox.slack.workspace import Workspace

T = TypeVar("T")


def auth_test(workspace: Workspace, arguments: Arguments) -> Json:
    """auth.test."""
    organisation = workspace.organisation
    for_all = organisation is not None and organisation.has_installed
    about = {"enterprise_id": organisation.id} if organisation else {}
    return about | {
        "url": f"{workspace.base_url}/",
        "team": "Desk sandbox",
        "user": workspace.roll.bot.name,
        "team_id": organisation.id if organisation and for_all else TEAM_ID,
        "user_id": workspace.roll.bot.id,
        "bot_id": BOT_ID,
        "app_id": APP_ID,
        "is_enterprise_install": for_all,
    }


def users_info(workspace: Workspace, arguments: Arguments) -> Json:
    """users.info; it shows somebody under the very id that it was asked for."""
    wanted = arguments.required("user")
    if not any(one.goes_by(wanted) for one in workspace.roll.people):
        raise SlackError("user_not_found")
    person = workspace.roll.person(wanted)
    return {"user": person_json(person, include_locale=arguments.flag("include_locale"))}


def users_list(workspace: Workspace, arguments: Arguments) -> Json:
    """users.list."""
    locale = arguments.flag("include_locale")
    members = [person_json(one, include_locale=locale) for one in workspace.roll.people]
    return _page("members", members, arguments)


def usergroups_list(workspace: Workspace, arguments: Arguments) -> Json:
    """usergroups.list."""
    shown = [one for one in workspace.roll.groups if arguments.flag("include_disabled") or not one.disabled]
    users = arguments.flag("include_users")
    return {"usergroups": [group_json(one, include_users=users) for one in shown]}


def usergroups_users_list(workspace: Workspace, arguments: Arguments) -> Json:
    """usergroups.users.list."""
    wanted = arguments.required("usergroup")
    group = next((one for one in workspace.roll.groups if one.id == wanted), None)
    if group is None or (group.disabled and not arguments.flag("include_disabled")):
        raise SlackError("no_such_subteam")
    return {"users": list(group.members)}


def conversations_info(workspace: Workspace, arguments: Arguments) -> Json:
    """conversations.info."""
    channel = _channel(workspace, arguments, "read")
    return {"channel": channel_json(channel, bot=workspace.roll.bot.id)}


def conversations_members(workspace: Workspace, arguments: Arguments) -> Json:
    """conversations.members."""
    channel = _channel(workspace, arguments, "read")
    return _page("members", sorted(channel.members), arguments)


def conversations_history(workspace: Workspace, arguments: Arguments) -> Json:
    """conversations.history: roots and broadcast replies, newest first."""
    channel = _history(workspace, arguments)
    roots = [one for one in _said(workspace, channel) if not one.is_reply or one.reply_broadcast]
    newest_first = [one for one in reversed(roots) if _in_range(one, arguments)]
    return _page("messages", _shown(workspace, newest_first, arguments), arguments) | {"pin_count": 0}


def conversations_replies(workspace: Workspace, arguments: Arguments) -> Json:
    """conversations.replies: the root and its thread, oldest first."""
    channel = _history(workspace, arguments)
    wanted = arguments.required("ts")
    said = _said(workspace, channel)
    found = next((one for one in said if one.ts == wanted), None)
    if found is None:
        raise SlackError("thread_not_found")
    root = found.thread_ts or found.ts
    thread = [one for one in said if root in (one.ts, one.thread_ts)]
    kept = [one for one in thread if one.ts == root or _in_range(one, arguments)]
    return _page("messages", _shown(workspace, kept, arguments), arguments)


def _said(workspace: Workspace, channel: Channel) -> tuple[Message, ...]:
    return workspace.conversations.in_channel(channel.id)


def _shown(workspace: Workspace, messages: Sequence[Message], arguments: Arguments) -> list[Json]:
    metadata = arguments.flag("include_all_metadata")
    return [message_json(one, () if one.is_reply else workspace.replies(one), metadata=metadata) for one in messages]


def _in_range(message: Message, arguments: Arguments) -> bool:
    try:
        at = float(message.ts)
        oldest = float(arguments.text("oldest") or 0)
        latest = float(arguments.text("latest") or "inf")
    except ValueError:
        raise SlackError("invalid_ts_oldest") from None
    if arguments.flag("inclusive"):
        return oldest <= at <= latest
    return oldest < at < latest


def _history(workspace: Workspace, arguments: Arguments) -> Channel:
    channel = _channel(workspace, arguments, "history")
    if workspace.roll.bot.id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _channel(workspace: Workspace, arguments: Arguments, right: str) -> Channel:
    wanted = arguments.required("channel")
    channel = next((one for one in workspace.roll.channels if one.id == wanted), None)
    if channel is None:
        kinds = ("channels", "groups", "im", "mpim")
        if not any(f"{kind}:{right}" in workspace.manifest.scopes for kind in kinds):
            needs(workspace, f"channels:{right}")
        raise SlackError("channel_not_found")
    kind = "im" if channel.im_with else "groups" if channel.is_private else "channels"
    needs(workspace, f"{kind}:{right}")
    if channel.is_private and workspace.roll.bot.id not in channel.members:
        raise SlackError("channel_not_found")
    return channel


def _page(name: str, everything: Sequence[T], arguments: Arguments) -> Json:
    start = arguments.number("cursor", 0)
    limit = arguments.number("limit", 0) or 1000
    following = str(start + limit) if start + limit < len(everything) else ""
    return {
        name: list(everything[start : start + limit]),
        "has_more": bool(following),
        "response_metadata": {"next_cursor": following},
    }


ROLL_METHODS = (
    Method("auth.test", auth_test, tier=5, caller="either"),
    Method("users.info", users_info, tier=4, scope="users:read"),
    Method("users.list", users_list, tier=2, scope="users:read"),
    Method("usergroups.list", usergroups_list, tier=2, scope="usergroups:read"),
    Method("usergroups.users.list", usergroups_users_list, tier=2, scope="usergroups:read"),
    Method("conversations.info", conversations_info, tier=3),
    Method("conversations.members", conversations_members, tier=4),
    Method("conversations.history", conversations_history, tier=3),
    Method("conversations.replies", conversations_replies, tier=3),
)
