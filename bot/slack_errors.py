"""Slack's errors by what they mean for the desk: one table, asked by everything that talks to Slack.

Its rows are plain data; `bot/operator/derive.py` writes `docs/slack-errors.md` from them. Names and occasions are
those of Slack's method reference (docs.slack.dev/reference/methods) for what the desk calls.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
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

    name: str
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
    does: str = ""
    """What the desk does, for the docs, where the meaning doesn't say it."""
    final: bool = False
    """Whether a program that holds this token can never again be taken; only for `Meaning.OPERATOR`."""


UNKNOWN = SlackError(
    name="",
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


def _again(*names: str, when: str, unsure: bool = False) -> Iterable[SlackError]:
    return (SlackError(name=each, meaning=Meaning.UNSURE if unsure else Meaning.AGAIN, when=when) for each in names)


def _gives_way(way: Way, *names: str, when: str) -> Iterable[SlackError]:
    return (SlackError(name=each, meaning=Meaning.GIVE_WAY, way=way, when=when) for each in names)


def _person(
    *names: str, when: str, why: str, cure: str, of_person: bool = False, does: str = ""
) -> Iterable[SlackError]:
    return (
        SlackError(name=each, meaning=Meaning.PERSON, when=when, why=why, cure=cure, of_person=of_person, does=does)
        for each in names
    )


def _operator(*names: str, when: str, cure: str, final: bool = False) -> Iterable[SlackError]:
    return (SlackError(name=each, meaning=Meaning.OPERATOR, when=when, cure=cure, final=final) for each in names)


def _stop(*names: str, when: str, does: str = "") -> Iterable[SlackError]:
    return (SlackError(name=each, meaning=Meaning.STOP, when=when, does=does) for each in names)


_INVITE = "Somebody who is in it can type `/invite @{name}` there."
_ASK_ADMIN = "Ask an administrator of the channel to let @{name} post there."
_NEW_TOKEN = "Install the app again and put its bot token into SLACK_BOT_TOKEN, then start the desk again."  # noqa: S105 - no token, words about one

TABLE: tuple[SlackError, ...] = (
    *_again("ratelimited", "rate_limited", when="Too much was sent; Slack says for how long to wait."),
    *_again(
        "external_channel_migrating", "streaming_state_conflict", when="The channel or message is busy for a moment."
    ),
    *_again("team_added_to_org", when="The workspace is being moved into an organisation."),
    *_again(
        "internal_error",
        "fatal_error",
        "request_timeout",
        "service_unavailable",
        when="Something broke at Slack's, perhaps after the message was taken.",
        unsure=True,
    ),
    *_gives_way(
        Way.BLOCKS,
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_arguments",
        "msg_blocks_too_long",
        when="A block is refused here; perhaps this workspace doesn't know its kind.",
    ),
    *_gives_way(
        Way.METADATA,
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "metadata_too_large",
        "metadata_must_be_sent_from_app",
        when="The message's metadata is refused.",
    ),
    *_gives_way(
        Way.THREAD,
        "restricted_action_non_threadable_channel",
        when="The channel takes no replies in threads.",
    ),
    *_gives_way(
        Way.THREAD,
        "restricted_action_thread_locked",
        "thread_locked",
        when="An administrator has locked the thread.",
    ),
    *_gives_way(
        Way.THREAD,
        "cannot_reply_to_message",
        "invalid_thread_ts",
        "thread_not_found",
        when="The message takes no replies.",
    ),
    *_gives_way(Way.EDIT, "message_not_found", when="Somebody has deleted the message."),
    *_gives_way(Way.EDIT, "cant_update_message", when="The message isn't this bot's; another installation posted it."),
    *_gives_way(Way.EDIT, "edit_window_closed", when="The workspace lets nobody edit a message that is so old."),
    *_gives_way(Way.EDIT, "block_mismatch", "update_failed", when="The message can't be edited into this one."),
    *_gives_way(
        Way.MODAL,
        "expired_trigger_id",
        "invalid_trigger_id",
        "trigger_expired",
        when="Too much time went by to open a modal.",
    ),
    *_stop(
        "exchanged_trigger_id",
        "trigger_exchanged",
        when="A modal has been opened already: Slack delivered a command or click twice.",
        does="Nothing: the first is being answered",
    ),
    *_gives_way(Way.MODAL, "not_found", "view_not_found", when="The person has closed the modal."),
    *_gives_way(Way.MODAL, "hash_conflict", when="The modal has been drawn again since then."),
    *_person(
        "not_in_channel",
        "no_permission",
        when="The desk isn't a member of the channel.",
        why="I'm not in {channel}, so I can't post there.",
        cure=_INVITE,
    ),
    *_person(
        "channel_not_found",
        when="The channel is private and the desk isn't a member, or it has been deleted.",
        why="I can't find {channel}: I'm not in it, or it was deleted.",
        cure=_INVITE,
    ),
    *_person(
        "is_archived",
        "is_inactive",
        when="The channel is archived.",
        why="{channel} is archived, so nothing can be posted there.",
        cure="It can be unarchived in Slack; otherwise use another channel.",
    ),
    *_person(
        "restricted_action_read_only_channel",
        when="The channel is read-only for the desk.",
        why="{channel} is read-only for me.",
        cure=_ASK_ADMIN,
    ),
    *_person(
        "restricted_action_thread_only_channel",
        when="The channel takes replies in threads only.",
        why="{channel} takes no new messages, only replies in threads.",
        cure="Use another channel, or ask an administrator to allow new messages there.",
    ),
    *_person(
        "restricted_action",
        "posting_to_general_channel_denied",
        when="A preference of the workspace keeps the desk from posting there.",
        why="This workspace doesn't let me post in {channel}.",
        cure=_ASK_ADMIN,
    ),
    *_person(
        "is_ext_shared",
        when="The desk's own: another organisation reads along in the channel, and the settings don't allow that.",
        why="{channel} is shared with another organisation, so I don't post customers' addresses there.",
        cure="Use a channel of your own organisation, or ask the operator to allow this one.",
    ),
    *_person(
        "user_not_in_channel",
        when="The person who is to be told something alone isn't in the channel.",
        why="You aren't in {channel}, so I can't tell you anything there.",
        cure="Join it, then try again.",
        of_person=True,
        does="Says it by direct message instead",
    ),
    *_person(
        "messages_tab_disabled",
        when="The app takes no direct messages.",
        why="I can't write to you directly.",
        cure="The operator can enable the app's messages tab.",
        of_person=True,
    ),
    *_person(
        "user_not_found",
        "user_disabled",
        "user_not_visible",
        "cannot_dm_bot",
        when="The person can't be written to.",
        why="I can't write to this person.",
        cure="Ask an administrator of the workspace.",
        of_person=True,
    ),
    *_operator("not_authed", when="No token was sent.", cure=_NEW_TOKEN, final=True),
    *_operator(
        "invalid_auth",
        when="The token is wrong, or this machine's address isn't allowed.",
        cure=f"{_NEW_TOKEN} If the app allows certain addresses only, add this machine's.",
        final=True,
    ),
    *_operator(
        "account_inactive",
        when="The workspace or the app's bot user is gone.",
        cure=_NEW_TOKEN,
        final=True,
    ),
    *_operator("token_revoked", when="The token was revoked, or the app was removed.", cure=_NEW_TOKEN, final=True),
    *_operator(
        "token_expired",
        when="The token has expired: token rotation is on.",
        cure=f"Switch token rotation off. {_NEW_TOKEN}",
        final=True,
    ),
    *_operator(
        "not_allowed_token_type",
        when="The token is of another kind.",
        cure="Put the bot token (xoxb-…) into SLACK_BOT_TOKEN, then start the desk again.",
        final=True,
    ),
    *_operator(
        "missing_scope",
        when="The app was not granted a scope that it needs.",
        cure="Grant the scopes of manifest.yml and install the app again; `desk doctor` names those that are missing.",
    ),
    *_operator(
        "access_denied",
        "accesslimited",
        "app_access_restricted",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "team_access_not_granted",
        "team_not_found",
        when="An administrator keeps the app out, for now or from this workspace.",
        cure="Ask an administrator of the workspace to approve the app.",
    ),
    *_operator(
        "org_login_required",
        "two_factor_setup_required",
        "team_disabled",
        when="The workspace is being moved, or asks its owner for something.",
        cure="Ask an administrator of the workspace; it goes on by itself afterwards.",
    ),
    *_operator(
        "message_limit_exceeded",
        when="The workspace has reached the limit of its plan.",
        cure="Ask an administrator of the workspace about the limits of its plan.",
    ),
    *_operator(
        "method_deprecated",
        "deprecated_endpoint",
        "unknown_method",
        when="Slack doesn't have the method any more.",
        cure="Start a newer desk.",
    ),
    *_stop("msg_too_long", when="The text is too long."),
    *_stop("no_text", when="There is nothing to show."),
    *_stop(
        "too_many_attachments",
        "too_many_contact_cards",
        "invalid_attachments",
        "markdown_text_conflict",
        when="The message holds what can't be posted together.",
    ),
    *_stop(
        "invalid_arg_name",
        "invalid_array_arg",
        "invalid_charset",
        "invalid_form_data",
        "invalid_post_type",
        "missing_post_type",
        when="The call itself was malformed.",
    ),
    *_stop(
        "view_too_large",
        "duplicate_external_id",
        "push_limit_reached",
        when="The modal is impossible.",
        does="Says to the person alone that it broke",
    ),
    *_stop(
        "cant_delete_message",
        "compliance_exports_prevent_deletion",
        when="The message can't be deleted.",
        does="Leaves it where it is",
    ),
)
"""Every error that is known to happen to the desk."""

_BY_NAME = {each.name: each for each in TABLE}
assert len(_BY_NAME) == len(TABLE), "an error has one meaning"
