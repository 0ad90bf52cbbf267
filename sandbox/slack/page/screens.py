"""What a person's screen consists of, put together from the workspace and drawn by the templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sandbox.slack.controls import Json
from sandbox.slack.model import Channel, Message, Person
from sandbox.slack.page.lines import Line, lines, threads
from sandbox.slack.page.mailbox import Mailbox
from sandbox.slack.page.place import Place
from sandbox.slack.page.reader import Reader, local_zone
from sandbox.slack.page.render import templates
from sandbox.slack.page.unread import ReadMarks, Unread
from sandbox.slack.workspace import Workspace

MAILBOX: Final = "mailbox"
HOME: Final = "home"
_SHOWN_AT_ONCE: Final = 150


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody whom one can become, and what waits for them."""

    person: Person
    about: str
    address: str
    unread: bool
    calls: int


@dataclass(frozen=True, slots=True)
class RailChannel:
    """A channel in the list at the side."""

    channel: Channel
    name: str
    address: str
    is_open: bool
    unread: bool
    calls: int


@dataclass(frozen=True, slots=True)
class Thread:
    """The thread in the side panel."""

    root_ts: str
    lines: tuple[Line, ...]
    count: int
    newest: str
    start: str


class Screens:
    """Draws the workspace as one person sees it."""

    def __init__(
        self, workspace: Workspace, *, title: str, mailbox: Mailbox, marks: ReadMarks, actions: Sequence[str]
    ) -> None:
        self._workspace = workspace
        self._title = title
        self._mailbox = mailbox
        self._marks = marks
        self._actions = tuple(actions)
        self._templates = templates()

    def reader(self, person: Person) -> Reader:
        """A person as a reader of texts, now."""
        roll = self._workspace.roll
        return Reader(
            me=person.id,
            people={one.id: one for one in roll.people},
            groups={one.id: one for one in roll.groups},
            channels={one.id: one for one in roll.channels},
            origin=self._workspace.base_url,
            zone=local_zone(),
            now=datetime.now(UTC),
        )

    def cast(self) -> tuple[Person, ...]:
        """The people whom one can be on the page, in the workspace's order."""
        return tuple(one for one in self._workspace.roll.people if not one.is_bot and not one.deleted)

    def channels(self, person: Person) -> tuple[Channel, ...]:
        """The channels that a person sees at the side: theirs, and public ones that they could read along in."""
        return tuple(
            one
            for one in self._workspace.roll.channels
            if not one.is_archived and (person.id in one.members or not (one.is_private or person.is_restricted))
        )

    def channel(
        self, person: Person, channel: Channel, root: Message | None = None, *, everything: bool = False
    ) -> str:
        """A channel, with a thread beside it when `root` is given."""
        reader = self.reader(person)
        workspace = self._workspace
        warnings = workspace.warnings(person.id)
        here = workspace.messages(channel.id, person.id)
        newest = here if everything else here[-_SHOWN_AT_ONCE:]
        replies = threads(workspace.conversations.in_channel(channel.id), reader, self._marks)
        address = reader.channel_address(channel.id)
        shown = {
            "channel": channel,
            "channel_name": self._name(channel),
            "channel_address": address,
            "is_member": person.id in channel.members,
            "lines": lines(newest, reader, warnings, replies),
            "earlier": f"{address}&everything=1" if len(newest) < len(here) else None,
            "newest": _newest(workspace.conversations.in_channel(channel.id, person.id)),
            "thread": self._thread(root, reader) if root else None,
            "commands": sorted(workspace.manifest.commands.values(), key=lambda one: one.command),
        }
        path = f"/channels/{channel.id if channel.im_with else channel.name}"
        return self._draw("channel.html", reader, shown, path=path, open_place=channel.id)

    def home(self, person: Person) -> str:
        """The app's Home tab."""
        workspace = self._workspace
        home = workspace.home(person.id)
        shown = {
            "home": home,
            "place": Place.of_view(home, workspace.warnings(person.id)) if home else None,
            "told": workspace.manifest.home_tab,
        }
        return self._draw("home.html", self.reader(person), shown, path="/home", open_place=HOME)

    def mailbox(self, person: Person) -> str:
        """The customers' mailbox."""
        seen = self._marks.seen(person.id, MAILBOX)
        shown = {"mails": self._mailbox.newest_first(seen)}
        return self._draw("mailbox.html", self.reader(person), shown, path="/mailbox", open_place=MAILBOX)

    def _thread(self, root: Message, reader: Reader) -> Thread:
        workspace = self._workspace
        said = workspace.thread(root, reader.me)
        seen = self._marks.seen(reader.me, root.ts)
        unread = [one.ts for one in said if seen and float(one.ts) > seen]
        return Thread(
            root_ts=root.ts,
            lines=lines(said, reader, workspace.warnings(reader.me)),
            count=len(workspace.replies(root)),
            newest=_newest(said),
            # Somebody who never read it starts at its root, anybody else at what is new to them, or at the end.
            start=root.ts if not seen else next(iter(unread), ""),
        )

    def _draw(self, template: str, reader: Reader, shown: Json, *, path: str, open_place: str) -> str:
        workspace = self._workspace
        me = workspace.person(reader.me)
        warnings = workspace.warnings(me.id)
        rail = [self._rail_channel(one, reader, open_place) for one in self.channels(me)]
        cast = [self._role(one, me, path) for one in self.cast()]
        new_mails = self._mailbox.count() - int(self._marks.seen(me.id, MAILBOX))
        around = {
            "title": self._title,
            "reader": reader,
            "me": me,
            "bot": workspace.roll.bot,
            "cast": cast,
            "others_waiting": any(one.calls for one in cast if one.person.id != me.id),
            "channels": rail,
            "in_mailbox": open_place == MAILBOX,
            "in_home": open_place == HOME,
            "has_home": workspace.manifest.home_tab,
            "shortcuts": workspace.manifest.shortcuts,
            "new_mails": max(new_mails, 0),
            "unread_total": sum(one.calls for one in rail if not one.is_open),
            "actions": self._actions,
            "modals": [(view, Place.of_view(view, warnings)) for view in workspace.stack(me.id)],
        }
        return self._templates.get_template(template).render(around | shown)

    def _name(self, channel: Channel) -> str:
        return self._workspace.roll.bot.display_name if channel.im_with else channel.name

    def _rail_channel(self, channel: Channel, reader: Reader, open_place: str) -> RailChannel:
        unread = self._unread(reader.me, channel)
        return RailChannel(
            channel=channel,
            name=self._name(channel),
            address=reader.channel_address(channel.id),
            is_open=channel.id == open_place,
            unread=unread.anything,
            calls=unread.calls,
        )

    def _unread(self, person: str, channel: Channel) -> Unread:
        if person not in channel.members:
            return Unread(anything=False, calls=0)
        return self._marks.unread(self._workspace, person, channel)

    def _role(self, person: Person, me: Person, path: str) -> Role:
        unread = [self._unread(person.id, one) for one in self.channels(person)] if person.id != me.id else []
        return Role(
            person=person,
            about=self._about(person),
            address=Reader(me=person.id, people={person.id: person}).address(path),
            unread=any(one.anything for one in unread),
            calls=sum(one.calls for one in unread),
        )

    def _about(self, person: Person) -> str:
        if person.is_stranger:
            return "from another organisation"
        if person.is_restricted or person.is_ultra_restricted:
            return "a guest in this workspace"
        handles = [f"@{one.handle}" for one in self._workspace.roll.groups if person.id in one.members]
        return " ".join(handles) or "a member of this workspace"


def _newest(messages: Sequence[Message]) -> str:
    return messages[-1].ts if messages else "0"
