"""The `files.*` methods: announce an upload, complete it into a thread, tell of a file, delete it."""

from typing import Any

from sandbox.slack.chat_methods import take_files
from sandbox.slack.controls import Json
from sandbox.slack.errors import SlackError
from sandbox.slack.files import SlackFile, file_json, mimetype
from sandbox.slack.methods import Arguments, Method
from sandbox.slack.workspace import Workspace

ALT_TEXT = 1000


def get_upload_url(workspace: Workspace, arguments: Arguments) -> Json:
    """files.getUploadURLExternal: where to send so many bytes, and what the file will be called."""
    name, size = arguments.text("filename"), arguments.number("length", 0)
    if not name or size < 1:
        # Of an empty file Slack says the same as of a forgotten length.
        raise SlackError("missing_argument")
    alt_text = arguments.text("alt_txt") or ""
    if len(alt_text) > ALT_TEXT:
        raise SlackError("alt_txt_too_large")
    refused = workspace.rules.refuses_uploads
    if refused and not (refused == "file_uploads_except_images_disabled" and mimetype(name).startswith("image/")):
        raise SlackError(refused)
    file, secret = workspace.files.announce(user=workspace.roll.bot.id, name=name, size=size, alt_text=alt_text)
    return {"upload_url": f"{workspace.base_url}/upload/v1/{secret}", "file_id": file.id}


def complete_upload(workspace: Workspace, arguments: Arguments) -> Json:
    """files.completeUploadExternal: make files of what was sent, and share them in one message; without a channel they
    stay private to the app.
    """
    wanted = arguments.parsed("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(one, dict) and "id" in one for one in wanted):
        raise SlackError("invalid_arguments", "[ERROR] missing required field: files")
    received = [(workspace.files.received(str(one["id"])), one.get("title")) for one in wanted]
    place = take_files(workspace, arguments) if arguments.text("channel_id") else None
    files = [workspace.files.complete(file, title=title) for file, title in received]
    if place is not None:
        channel, thread_ts = place
        message = workspace.conversations.post(
            channel=channel.id,
            user=workspace.roll.bot.id,
            text=arguments.text("initial_comment") or "",
            thread_ts=thread_ts,
            from_app=True,
            files=[file_json(file, workspace.base_url, channel) for file in files],
        )
        for file in files:
            workspace.files.share(file, channel=channel.id, thread_ts=thread_ts, message_ts=message.ts)
    # Where they are shared, Slack doesn't know yet: they are looked through first.
    return {"files": [file_json(file, workspace.base_url) for file in files]}


def info(workspace: Workspace, arguments: Arguments) -> Json:
    """files.info; where a file is shared it says a moment after that happened."""
    file = workspace.files.known(arguments.required("file"))
    return {"file": _shown(workspace, file), "comments": [], "response_metadata": {"next_cursor": ""}}


def delete(workspace: Workspace, arguments: Arguments) -> Json:
    """files.delete; of the app's own files only."""
    file = workspace.files.known(arguments.required("file"))
    if file.user != workspace.roll.bot.id:
        raise SlackError("cant_delete_file")
    gone = workspace.files.delete(file)
    if file.channel:
        workspace.conversations.bury(file.channel, file.message_ts, file_json(gone, workspace.base_url))
    return {}


def _shown(workspace: Workspace, file: SlackFile) -> dict[str, Any]:
    shared = file.channel and workspace.now() - (file.completed_at or 0.0) >= workspace.rules.sharing_seconds
    return file_json(file, workspace.base_url, workspace.roll.channel(file.channel) if shared else None)


FILE_METHODS = (
    Method("files.getUploadURLExternal", get_upload_url, tier=4, scope="files:write"),
    Method("files.completeUploadExternal", complete_upload, tier=4, scope="files:write"),
    Method("files.info", info, tier=4, scope="files:read"),
    Method("files.delete", delete, tier=3, scope="files:write"),
)
