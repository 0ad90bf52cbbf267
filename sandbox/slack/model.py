"""What a workspace consists of: people, groups, channels, messages and views, as values that never change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sandbox.slack.controls import BUTTONS, Control, Json, controls_of, plain, text_of

ChangeKind = Literal["message", "deleted", "ephemeral", "view", "warning", "channel", "person"]
TEAM_ID = "T0DESK"
ORGANISATION_ID = "E0DESK"
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Organisation:
    """The Enterprise Grid organisation that the workspace is part of."""

    id: str = ORGANISATION_ID
    name: str = "Desk sandbox organisation"
    hides_team: bool = False
    """Whether payloads name the organisation alone, and no team."""
    has_installed: bool = False
    """Whether the app is installed for the whole organisation instead of in the workspace."""


@dataclass(frozen=True, slots=True)
class GridUser:
    """What somebody is in their organisation, https://docs.slack.dev/reference/objects/user-object."""

    id: str
    """Their id there. With it they can act, and be asked for, as well as with the one that they have here."""
    teams: tuple[str, ...] = (TEAM_ID,)
    enterprise_id: str = ORGANISATION_ID


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the workspace, a guest, somebody from another organisation, or a bot."""

    id: str
    name: str
    display_name: str
    real_name: str
    team_id: str = TEAM_ID
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False
    tz: str = "Europe/Berlin"
    locale: str = "en-GB"
    grid: GridUser | None = None
    shows_team: bool = True
    """Whether their user object says `team_id`."""
    acts_from: str | None = None
    """The `team_id` that payloads give of them, empty for none at all; None where it is their own."""
    named: str = ""
    """The id that payloads give of them, where that isn't the one they have here."""

    def belongs_to(self, team: str) -> bool:
        """Whether they are a member of a workspace, be it by their organisation."""
        return self.team_id == team or (self.grid is not None and team in self.grid.teams)

    def goes_by(self, wanted: str) -> bool:
        """Whether this is an id of theirs."""
        return wanted == self.id or (self.grid is not None and wanted == self.grid.id)


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A user group, mentioned as `@handle`."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...]
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, or a direct conversation with the app when `im_with` names a person."""

    id: str
    name: str
    members: frozenset[str] = frozenset()
    topic: str = ""
    is_private: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    is_org_shared: bool = False
    is_read_only: bool = False
    """For the app: only some people may post."""
    is_thread_only: bool = False
    """Only replies are taken."""
    is_non_threadable: bool = False
    """No replies are taken."""
    im_with: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `ephemeral_to` names the only person who sees it."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[Json, ...] = ()
    thread_ts: str | None = None
    metadata: Json | None = None
    edited_ts: str | None = None
    ephemeral_to: str | None = None
    from_app: bool = False
    reply_broadcast: bool = False
    files: tuple[Json, ...] = ()
    """File objects; of one that was deleted only its id, and ``"mode": "tombstone"``."""

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread below another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def controls(self) -> tuple[Control, ...]:
        """Everything that can be pressed or chosen, in reading order."""
        return controls_of(self.blocks)

    @property
    def buttons(self) -> tuple[Control, ...]:
        """The buttons, in reading order."""
        return tuple(one for one in self.controls if one.type in BUTTONS)


@dataclass(frozen=True, slots=True)
class View:
    """One modal on a person's stack: what the app sent, and what the person has filled in."""

    id: str
    person: str
    content: Json
    hash: str
    root_view_id: str
    previous_view_id: str | None
    state: Json
    errors: Mapping[str, str] = field(default_factory=dict)
    trouble: str | None = None
    busy: bool = False

    @property
    def is_home(self) -> bool:
        """Whether it is a Home tab, and no modal."""
        return bool(self.content["type"] == "home")

    @property
    def title(self) -> str:
        """The words in the modal's head; a Home tab has none."""
        return text_of(self.content.get("title"))

    @property
    def submit(self) -> str | None:
        """The submit button's words; None when the modal can't be submitted."""
        return text_of(self.content.get("submit")) or None

    @property
    def close(self) -> str:
        """The close button's words."""
        return text_of(self.content.get("close")) or "Close"

    @property
    def callback_id(self) -> str:
        """By which the app tells its views apart."""
        return str(self.content.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        """What the app hid in the view."""
        return str(self.content.get("private_metadata", ""))

    @property
    def external_id(self) -> str:
        """The app's own name of the view, unique in the workspace."""
        return str(self.content.get("external_id", ""))

    @property
    def blocks(self) -> tuple[Json, ...]:
        """The body."""
        return tuple(self.content["blocks"])

    @property
    def controls(self) -> tuple[Control, ...]:
        """Everything that can be pressed or filled in, in reading order."""
        return controls_of(self.blocks)

    @property
    def inputs(self) -> tuple[Control, ...]:
        """The fields of input blocks."""
        return tuple(one for one in self.controls if one.is_input)

    @property
    def buttons(self) -> tuple[Control, ...]:
        """The buttons in the body, submit and close not among them."""
        return tuple(one for one in self.controls if one.type in BUTTONS)

    @property
    def values(self) -> dict[str, str | list[str] | None]:
        """What is filled in, by block_id; chosen options by their value."""
        return {block: plain(next(iter(held.values()))) for block, held in self.state.items()}


@dataclass(frozen=True, slots=True)
class ElementWarning:
    """The small warning that a person sees beside an element whose click the app did not answer."""

    person: str
    place: str
    block_id: str
    action_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """Something became different; `person` is set when only that person can see it."""

    number: int
    kind: ChangeKind
    channel: str | None = None
    ts: str | None = None
    thread_ts: str | None = None
    person: str | None = None
