"""The `chat.*` methods: post, post to one person, edit, delete, link to."""

from sandbox.slack.content import EDITED_TEXT, read_content
from sandbox.slack.controls import Json
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import Arguments, Method
from sandbox.slack.model import Channel, Message
from sandbox.slack.wire import message_json
from sandbox.slack.workspace import Workspace


def post_message(workspace: Workspace, arguments: Arguments) -> Json:
    """chat.postMessage."""
    channel = _writable(workspace, arguments)
    _takes(channel, is_reply=arguments.text("thread_ts") is not None)
    message = say(workspace, arguments, channel, ephemeral_to=None)
    return {"channel": channel.id, "ts": message.ts, "message": message_json(message, metadata=True)}


def post_ephemeral(workspace: Workspace, arguments: Arguments) -> Json:
    """chat.postEphemeral."""
    channel = _writable(workspace, arguments)
    wanted = arguments.required("user")
    person = next((one.id for one in workspace.roll.people if one.goes_by(wanted)), "")
    if person not in channel.members:
        raise SlackError("user_not_in_channel")
    return {"message_ts": say(workspace, arguments, channel, ephemeral_to=person).ts}


def update(workspace: Workspace, arguments: Arguments) -> Json:
    """chat.update; `text` without `blocks` takes the blocks away."""
    message = _own(workspace, arguments, refusal="cant_update_message")
    if workspace.channel(message.channel).is_archived:
        raise SlackError("is_inactive")
    if workspace.now() - float(message.ts) > workspace.rules.edit_seconds:
        raise SlackError("edit_window_closed")
    content = read_content(arguments, refused=workspace.rules.refused_blocks)
    if content.text and len(content.text) > EDITED_TEXT:
        raise SlackError("msg_too_long")
    if content.text is None and content.blocks is None and content.metadata is None:
        raise SlackError("no_text")
    only_metadata = content.text is None and content.blocks is None
    blocks = message.blocks if only_metadata else content.blocks or ()
    text = message.text if only_metadata else content.text or ""
    if not text and not blocks:
        raise SlackError("no_text")
    edited = workspace.conversations.edit(
        message,
        text=text,
        blocks=blocks,
        metadata=message.metadata if content.metadata is None else content.metadata or None,
        marked=not blocks,
    )
    shown = message_json(edited, metadata=True)
    return {"channel": edited.channel, "ts": edited.ts, "text": edited.text, "message": shown}


def delete(workspace: Workspace, arguments: Arguments) -> Json:
    """chat.delete."""
    message = _own(workspace, arguments, refusal="cant_delete_message")
    workspace.conversations.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(workspace: Workspace, arguments: Arguments) -> Json:
    """chat.getPermalink."""
    channel = workspace.roll.conversation(arguments.required("channel"))
    message = workspace.conversations.known(channel.id, arguments.required("message_ts"))
    return {"channel": channel.id, "permalink": permalink(workspace, message)}


def permalink(workspace: Workspace, message: Message) -> str:
    """Where the page shows a message."""
    link = f"{workspace.base_url}/archives/{message.channel}/p{message.ts.replace('.', '')}"
    return f"{link}?thread_ts={message.thread_ts}&cid={message.channel}" if message.is_reply else link


def say(workspace: Workspace, arguments: Arguments, channel: Channel, ephemeral_to: str | None) -> Message:
    """Post what the arguments say, for all or for one person alone."""
    content = read_content(arguments, refused=workspace.rules.refused_blocks)
    if content.is_empty:
        raise SlackError("no_text")
    return workspace.conversations.post(
        channel=channel.id,
        user=workspace.roll.bot.id,
        text=content.text or "",
        blocks=content.blocks or (),
        thread_ts=thread_root(workspace, channel, arguments.text("thread_ts")),
        # Slack keeps no metadata of ephemeral messages.
        metadata=None if ephemeral_to else content.metadata or None,
        ephemeral_to=ephemeral_to,
        from_app=True,
        reply_broadcast=arguments.flag("reply_broadcast"),
    )


def thread_root(workspace: Workspace, channel: Channel, thread_ts: str | None) -> str | None:
    """The root that a reply hangs on; Slack takes neither ephemeral messages nor replies for roots.

    A reply to what somebody has deleted becomes a message in the channel, without an error.
    """
    if thread_ts is None:
        return None
    try:
        root = workspace.conversations.known(channel.id, thread_ts)
    except SlackError:
        return None
    if root.ephemeral_to or root.is_reply:
        raise SlackError("cannot_reply_to_message")
    return root.ts


def take_files(workspace: Workspace, arguments: Arguments) -> tuple[Channel, str | None]:
    """Where files may be shared: the channel, of which the app has to be a member, and the root of the thread."""
    channel = workspace.roll.conversation(arguments.required("channel_id"))
    if workspace.roll.bot.id not in channel.members:
        raise SlackError("channel_not_found" if channel.is_private else "not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    root = thread_root(workspace, channel, arguments.text("thread_ts"))
    _takes(channel, is_reply=root is not None)
    return channel, root


def _writable(workspace: Workspace, arguments: Arguments) -> Channel:
    channel = workspace.roll.conversation(arguments.required("channel"))
    bot = workspace.roll.bot.id
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.im_with and not workspace.manifest.messages_tab:
        raise SlackError("messages_tab_disabled")
    if bot not in channel.members:
        if channel.is_private:
            raise SlackError("channel_not_found")
        if "chat:write.public" not in workspace.manifest.scopes:
            raise SlackError("not_in_channel")
    return channel


def _takes(channel: Channel, *, is_reply: bool) -> None:
    """Refuse what the channel's settings take from nobody like the app."""
    if channel.is_read_only:
        raise SlackError("restricted_action_read_only_channel")
    if channel.is_thread_only and not is_reply:
        raise SlackError("restricted_action_thread_only_channel")
    if channel.is_non_threadable and is_reply:
        raise SlackError("restricted_action_non_threadable_channel")


def _own(workspace: Workspace, arguments: Arguments, refusal: str) -> Message:
    channel_id = arguments.required("channel")
    if channel_id not in {one.id for one in workspace.roll.channels}:
        raise SlackError("channel_not_found")
    message = workspace.conversations.known(channel_id, arguments.required("ts"))
    if message.ephemeral_to:
        raise SlackError("message_not_found")
    if message.user != workspace.roll.bot.id:
        raise SlackError(refusal)
    return message


CHAT_METHODS = (
    Method("chat.postMessage", post_message, tier=5, scope="chat:write"),
    Method("chat.postEphemeral", post_ephemeral, tier=4, scope="chat:write"),
    Method("chat.update", update, tier=3, scope="chat:write"),
    Method("chat.delete", delete, tier=3, scope="chat:write"),
    Method("chat.getPermalink", get_permalink, tier=5),
)
