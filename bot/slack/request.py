"""What Slack says about one interaction: who, where, and the short-lived rights to answer it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.desk.people import Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One command, click or submission. Who it was comes from Slack itself, never from what they sent."""

    who: Who
    channel: str
    trigger: str = field(default="", repr=False)
    """The right to open one modal, for three seconds."""
    response_url: str = field(default="", repr=False)
    """The right to answer where it happened, five times in half an hour."""
    ts: str = ""
    """The message that was clicked."""
    thread: str = ""
    """The thread that message is in."""


def of_command(body: Mapping[str, Any]) -> Request:
    """Read a slash command's payload."""
    return Request(
        who=Who(body["user_id"], body.get("team_id") or ""),
        channel=body["channel_id"],
        trigger=body["trigger_id"],
        response_url=body["response_url"],
    )


def of_click(body: Mapping[str, Any]) -> Request:
    """Read a click on something in a message."""
    container = body["container"]
    return Request(
        who=_who(body),
        channel=container["channel_id"],
        trigger=body["trigger_id"],
        response_url=body.get("response_url", ""),
        ts=container["message_ts"],
        thread=container.get("thread_ts", ""),
    )


def in_modal(body: Mapping[str, Any], channel: str) -> Request:
    """Read a submission of a modal or a click in one; the channel is the one that the modal remembers."""
    return Request(who=_who(body), channel=channel)


def _who(body: Mapping[str, Any]) -> Who:
    # On Enterprise Grid there may be no team at all, and the user's may be another one, or the organisation.
    user, team = body["user"], body.get("team") or {}
    return Who(user["id"], user.get("team_id") or team.get("id") or "")
