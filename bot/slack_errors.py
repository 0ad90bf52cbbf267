"""Slack's errors by what they mean for the desk: one table, asked by everything that talks to Slack.

Its rows are plain data; `bot/operator/derive.py` writes `docs/slack-errors.md` from them. Names and occasions are
those of Slack's method reference (docs.slack.dev/reference/methods) for what the desk calls.

It is long because it is one table.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.settings import SlackApp
from bot.words import Channel, Words, say


class Meaning(StrEnum):
    """What an error asks of the desk."""

    AGAIN = "try again"
    """Nothing was taken, and waiting helps."""
    UNSURE = "try again, outcome unknown"
    """It may have been taken: look before sending it again."""
    GIVE_WAY = "give way"
    """The same will never be taken, something else in its place will: see `Way`."""
    PERSON = "tell the person"
    """The channel, or the person's conversation, takes nothing until somebody changes it."""
    OPERATOR = "tell the operator"
    """Nothing is taken anywhere until somebody changes the token, the scopes or the app."""
    STOP = "stop"
    """This message or view is impossible. Nobody can do anything about it but us."""


class Way(StrEnum):
    """What gives way."""

    BLOCKS = "blocks"
    """Only the refused block: a table becomes lines, any other its text; buttons stay to the last."""
    METADATA = "metadata"
    """The message leaves without metadata, which nobody sees."""
    THREAD = "thread"
    """The reply is posted in the channel, and says what it is about."""
    EDIT = "edit"
    """A new message is posted instead of the edit; the old one counts no more."""
    MODAL = "modal"
    """It is said to the person alone, outside the modal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackError:
    """One error, what it means, and who is told what."""

    name: str = ""
    """As Slack calls it; empty for one that isn't in the table."""
    meaning: Meaning
    when: str
    """When Slack answers it, for those who read the docs or the log."""
    way: Way | None = None
    """What gives way; None but for `Meaning.GIVE_WAY`."""
    why: str = ""
    """A sentence for the person; ``{channel}`` is where it happened. Only for `Meaning.PERSON`."""
    cure: str = ""
    """A sentence for those who can change it; for a person ``{channel}`` and the desk's ``{name}`` stand in it."""
    of_person: bool = False
    """Whether it is one person who can't be reached, rather than a channel; only for `Meaning.PERSON`."""
    of_file: bool = False
    """Whether only files aren't taken: it is said in their thread; only for `Meaning.PERSON`."""
    does: str = ""
    """What the desk does, for the docs, where the meaning doesn't say it."""
    final: bool = False
    """Whether a program that holds this token can never again be taken; only for `Meaning.OPERATOR`."""


UNKNOWN = SlackError(
    meaning=Meaning.PERSON,
    when="An error that isn't in this table.",
    why="Slack doesn't take it in {channel}.",
    cure="Please tell the operator: the reason is in the desk's log.",
)
"""Every other error. Nobody knows whether it passes: it is tried again for as long as that is worth, then told."""


def is_slacks(refusal: str) -> bool:
    """Whether this is Slack's name for what is wrong, not what the SDK says of an answer that it can't read."""
    return re.fullmatch(r"[a-z0-9_]+", refusal) is not None


def passes(error: str, status: int) -> bool:
    """Whether Slack would take the same a moment later: it says so by the error's name, or by the status of HTTP."""
    return meaning(error).meaning in (Meaning.AGAIN, Meaning.UNSURE) or status == 429 or status >= 500


def meaning(error: str) -> SlackError:
    """Return what an error of Slack's means, `UNKNOWN` for one that isn't in the table."""
    return _BY_NAME.get(error, UNKNOWN)


Told = Callable[[str, str], Words]
"""Says to a person why a channel takes nothing, from an error's name and the channel's id."""


def told(error: str, channel: str, *, name: str = SlackApp().name) -> Words:
    """Say to a person why nothing can be posted in a channel, and who can change that. ``name`` is the desk's."""
    found = meaning(error)
    why, cure = (found.why, found.cure) if found.why else (UNKNOWN.why, UNKNOWN.cure)
    return say(f"{why} {cure}", channel=Channel(channel), name=name)


_INVITE = "Somebody who is in it can type `/invite @{name}` there."
_ASK_ADMIN = "Ask an administrator of the channel to let @{name} post there."
_NEW_TOKEN = "Install the app again and put its bot token into SLACK_BOT_TOKEN, then start the desk again."  # noqa: S105 - no token, words about one

_ERRORS = {
    "ratelimited rate_limited": SlackError(
        meaning=Meaning.AGAIN, when="Too much was sent; Slack says for how long to wait."
    ),
    "external_channel_migrating streaming_state_conflict": SlackError(
        meaning=Meaning.AGAIN, when="The channel or message is busy for a moment."
    ),
    "team_added_to_org": SlackError(meaning=Meaning.AGAIN, when="The workspace is being moved into an organisation."),
    "internal_error fatal_error request_timeout service_unavailable": SlackError(
        meaning=Meaning.UNSURE, when="Something broke at Slack's, perhaps after the message was taken."
    ),
    "invalid_blocks invalid_blocks_format invalid_arguments msg_blocks_too_long": SlackError(
        meaning=Meaning.GIVE_WAY,
        way=Way.BLOCKS,
        when="A block is refused here; perhaps this workspace doesn't know its kind.",
    ),
    "invalid_metadata_format invalid_metadata_schema metadata_too_large metadata_must_be_sent_from_app": SlackError(
        meaning=Meaning.GIVE_WAY, way=Way.METADATA, when="The message's metadata is refused."
    ),
    "restricted_action_non_threadable_channel": SlackError(
        meaning=Meaning.GIVE_WAY, way=Way.THREAD, when="The channel takes no replies in threads."
    ),
    "restricted_action_thread_locked thread_locked": SlackError(
        meaning=Meaning.GIVE_WAY, way=Way.THREAD, when="An administrator has locked the thread."
    ),
    "cannot_reply_to_message invalid_thread_ts thread_not_found": SlackError(
        meaning=Meaning.GIVE_WAY, way=Way.THREAD, when="The message takes no replies."
    ),
    "message_not_found": SlackError(meaning=Meaning.GIVE_WAY, way=Way.EDIT, when="Somebody has deleted the message."),
    "cant_update_message": SlackError(
        meaning=Meaning.GIVE_WAY, way=Way.EDIT, when="The message isn't this bot's; another installation posted it."
    ),
    "edit_window_closed": SlackError(
        meaning=Meaning.GIVE_WAY, way=Way.EDIT, when="The workspace lets nobody edit a message that is so old."
    ),
    "block_mismatch update_failed": SlackError(
        meaning=Meaning.GIVE_WAY, way=Way.EDIT, when="The message can't be edited into this one."
    ),
    "expired_trigger_id invalid_trigger_id trigger_expired": SlackError(
        meaning=Meaning.GIVE_WAY, way=Way.MODAL, when="Too much time went by to open a modal."
    ),
    "exchanged_trigger_id trigger_exchanged": SlackError(
        meaning=Meaning.STOP,
        when="A modal has been opened already: Slack delivered a command or click twice.",
        does="Nothing: the first is being answered",
    ),
    "not_found view_not_found": SlackError(
        meaning=Meaning.GIVE_WAY, way=Way.MODAL, when="The person has closed the modal."
    ),
    "hash_conflict": SlackError(
        meaning=Meaning.GIVE_WAY, way=Way.MODAL, when="The modal has been drawn again since then."
    ),
    "not_in_channel no_permission": SlackError(
        meaning=Meaning.PERSON,
        when="The desk isn't a member of the channel.",
        why="I'm not in {channel}, so I can't post there.",
        cure=_INVITE,
    ),
    "channel_not_found": SlackError(
        meaning=Meaning.PERSON,
        when="The channel is private and the desk isn't a member, or it has been deleted.",
        why="I can't find {channel}: I'm not in it, or it was deleted.",
        cure=_INVITE,
    ),
    "is_archived is_inactive": SlackError(
        meaning=Meaning.PERSON,
        when="The channel is archived.",
        why="{channel} is archived, so nothing can be posted there.",
        cure="It can be unarchived in Slack; otherwise use another channel.",
    ),
    "restricted_action_read_only_channel": SlackError(
        meaning=Meaning.PERSON,
        when="The channel is read-only for the desk.",
        why="{channel} is read-only for me.",
        cure=_ASK_ADMIN,
    ),
    "restricted_action_thread_only_channel": SlackError(
        meaning=Meaning.PERSON,
        when="The channel takes replies in threads only.",
        why="{channel} takes no new messages, only replies in threads.",
        cure="Use another channel, or ask an administrator to allow new messages there.",
    ),
    "restricted_action posting_to_general_channel_denied": SlackError(
        meaning=Meaning.PERSON,
        when="A preference of the workspace keeps the desk from posting there.",
        why="This workspace doesn't let me post in {channel}.",
        cure=_ASK_ADMIN,
    ),
    "is_ext_shared": SlackError(
        meaning=Meaning.PERSON,
        when="The desk's own: another organisation reads along in the channel, and the settings don't allow that.",
        why="{channel} is shared with another organisation, so I don't post customers' addresses there.",
        cure="Use a channel of your own organisation, or ask the operator to allow this one.",
    ),
    "user_not_in_channel": SlackError(
        meaning=Meaning.PERSON,
        when="The person who is to be told something alone isn't in the channel.",
        why="You aren't in {channel}, so I can't tell you anything there.",
        cure="Join it, then try again.",
        of_person=True,
        does="Says it by direct message instead",
    ),
    "file_uploads_disabled file_uploads_except_images_disabled": SlackError(
        meaning=Meaning.PERSON,
        when="The workspace takes no files, or only pictures.",
        why="This workspace takes no such files.",
        cure="An administrator can allow them in the workspace's settings.",
        of_file=True,
    ),
    "file_upload_size_restricted storage_limit_reached over_file_size_limit": SlackError(
        meaning=Meaning.PERSON,
        when="The file is too large for the workspace, or it has no room left.",
        why="The file is too large for this workspace.",
        cure="An administrator can make room for files.",
        of_file=True,
    ),
    "messages_tab_disabled": SlackError(
        meaning=Meaning.PERSON,
        when="The app takes no direct messages.",
        why="I can't write to you directly.",
        cure="The operator can enable the app's messages tab.",
        of_person=True,
    ),
    "user_not_found user_disabled user_not_visible cannot_dm_bot": SlackError(
        meaning=Meaning.PERSON,
        when="The person can't be written to.",
        why="I can't write to this person.",
        cure="Ask an administrator of the workspace.",
        of_person=True,
    ),
    "not_authed": SlackError(meaning=Meaning.OPERATOR, when="No token was sent.", cure=_NEW_TOKEN, final=True),
    "invalid_auth": SlackError(
        meaning=Meaning.OPERATOR,
        when="The token is wrong, or this machine's address isn't allowed.",
        cure=f"{_NEW_TOKEN} If the app allows certain addresses only, add this machine's.",
        final=True,
    ),
    "account_inactive": SlackError(
        meaning=Meaning.OPERATOR, when="The workspace or the app's bot user is gone.", cure=_NEW_TOKEN, final=True
    ),
    "token_revoked": SlackError(
        meaning=Meaning.OPERATOR, when="The token was revoked, or the app was removed.", cure=_NEW_TOKEN, final=True
    ),
    "token_expired": SlackError(
        meaning=Meaning.OPERATOR,
        when="The token has expired: token rotation is on.",
        cure=f"Switch token rotation off. {_NEW_TOKEN}",
        final=True,
    ),
    "not_allowed_token_type": SlackError(
        meaning=Meaning.OPERATOR,
        when="The token is of another kind.",
        cure="Put the bot token (xoxb-…) into SLACK_BOT_TOKEN, then start the desk again.",
        final=True,
    ),
    "missing_scope": SlackError(
        meaning=Meaning.OPERATOR,
        when="The app was not granted a scope that it needs.",
        cure="Grant the scopes of manifest.yml and install the app again; `desk doctor` names those that are missing.",
    ),
    "access_denied accesslimited app_access_restricted ekm_access_denied enterprise_is_restricted "
    "team_access_not_granted team_not_found": SlackError(
        meaning=Meaning.OPERATOR,
        when="An administrator keeps the app out, for now or from this workspace.",
        cure="Ask an administrator of the workspace to approve the app.",
    ),
    "org_login_required two_factor_setup_required team_disabled": SlackError(
        meaning=Meaning.OPERATOR,
        when="The workspace is being moved, or asks its owner for something.",
        cure="Ask an administrator of the workspace; it goes on by itself afterwards.",
    ),
    "message_limit_exceeded": SlackError(
        meaning=Meaning.OPERATOR,
        when="The workspace has reached the limit of its plan.",
        cure="Ask an administrator of the workspace about the limits of its plan.",
    ),
    "method_deprecated deprecated_endpoint unknown_method": SlackError(
        meaning=Meaning.OPERATOR, when="Slack doesn't have the method any more.", cure="Start a newer desk."
    ),
    "msg_too_long": SlackError(meaning=Meaning.STOP, when="The text is too long."),
    "no_text": SlackError(meaning=Meaning.STOP, when="There is nothing to show."),
    "too_many_attachments too_many_contact_cards invalid_attachments markdown_text_conflict": SlackError(
        meaning=Meaning.STOP, when="The message has parts that can't be posted together."
    ),
    "invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type "
    "missing_post_type": SlackError(meaning=Meaning.STOP, when="The call itself was malformed."),
    "view_too_large duplicate_external_id push_limit_reached": SlackError(
        meaning=Meaning.STOP, when="The modal is impossible.", does="Says to the person alone that it broke"
    ),
    "cant_delete_message cant_delete_file compliance_exports_prevent_deletion": SlackError(
        meaning=Meaning.STOP, when="The message or file can't be deleted.", does="Leaves it where it is"
    ),
}
"""By names, with blanks between those that mean the same."""

TABLE = tuple(replace(error, name=name) for names, error in _ERRORS.items() for name in names.split())
"""Every error that is known to happen to the desk."""

_BY_NAME = {each.name: each for each in TABLE}
assert len(_BY_NAME) == len(TABLE), "an error has one meaning"
