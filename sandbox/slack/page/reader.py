"""Who looks at the page: the names behind ids, the clock and the time zone that texts are drawn for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from urllib.parse import quote, urlencode

from sandbox.slack.model import Channel, Person, UserGroup


def local_zone() -> tzinfo:
    """The time zone of this machine, which is also the reader's: the page is served on loopback only."""
    return datetime.now(UTC).astimezone().tzinfo or UTC


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads the workspace at a moment."""

    me: str
    people: Mapping[str, Person] = field(default_factory=dict)
    groups: Mapping[str, UserGroup] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    origin: str = ""
    zone: tzinfo = UTC
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def person_name(self, user: str) -> str | None:
        """What the workspace calls somebody; None for an id that nobody has."""
        person = self.people.get(user)
        return (person.display_name or person.real_name or person.name) if person else None

    def group_handle(self, group: str) -> str | None:
        """The handle by which a user group is mentioned, without `@`."""
        found = self.groups.get(group)
        return found.handle if found else None

    def channel_name(self, channel: str) -> str | None:
        """A channel's name, without `#`."""
        found = self.channels.get(channel)
        return found.name if found else None

    def is_me(self, user: str) -> bool:
        """Whether a mention of this id is meant for the reader alone."""
        return user == self.me

    def is_in_group(self, group: str) -> bool:
        """Whether a mention of this group includes the reader."""
        found = self.groups.get(group)
        return found is not None and not found.disabled and self.me in found.members

    def moment(self, seconds: float) -> datetime:
        """A time stamp on the reader's clock."""
        return datetime.fromtimestamp(seconds, tz=self.zone)

    def address(self, path: str) -> str:
        """One of the page's own addresses, read by the same person."""
        return f"{path}?{urlencode({'as': self.person_handle})}"

    def channel_address(self, channel: str, root_ts: str | None = None) -> str:
        """The page's address of a channel, with one of its threads open or none."""
        found = self.channels.get(channel)
        name = found.name if found and not found.im_with else channel
        return self.address(f"/channels/{quote(name)}" + (f"/{quote(root_ts)}" if root_ts else ""))

    def own_address(self, address: str) -> str | None:
        """What a permalink of this workspace leads to when this person follows it; None for any other address."""
        path = address.removeprefix(self.origin) if self.origin else address
        return self.address(path.partition("?")[0]) if path.startswith("/archives/") else None

    @property
    def person_handle(self) -> str:
        """The name that stands for the reader in the page's addresses."""
        person = self.people.get(self.me)
        return person.name if person else self.me
