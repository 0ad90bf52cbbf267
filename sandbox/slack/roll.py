"""Who and what the workspace knows by name: people, user groups and channels, and those that a fresh one has."""

from collections.abc import Iterable
from dataclasses import replace

from sandbox.slack.changes import Changes
from sandbox.slack.errors import SlackError
from sandbox.slack.manifest import AppManifest
from sandbox.slack.model import SLACKBOT, Channel, Person, UserGroup

BOT_USER = "U0DESK"
OTHER_TEAM = "T0OTHER"

AGENT = Person(id="U0AGENT", name="agent", display_name="agent", real_name="Aiko Mori", tz="Asia/Tokyo")
LEAD1 = Person(id="U0LEAD1", name="lead1", display_name="lead1", real_name="Lena Brandt")
LEAD2 = Person(id="U0LEAD2", name="lead2", display_name="lead2", real_name="Mateo Ruiz", tz="Europe/Madrid")
GUEST = Person(id="U0GUEST", name="guest", display_name="guest", real_name="Gil Novak", is_restricted=True)
OUTSIDER = Person(
    id="U0OUTSIDE",
    name="outsider",
    display_name="outsider",
    real_name="Oda Lind",
    team_id=OTHER_TEAM,
    is_stranger=True,
)
PEOPLE = (AGENT, LEAD1, LEAD2, GUEST, OUTSIDER)

EVERYONE = frozenset(one.id for one in PEOPLE) | {BOT_USER}
CHANNELS = (
    Channel(id="C0SUPPORT", name="support", members=EVERYONE, topic="Customers who can't sign in"),
    Channel(id="C0GENERAL", name="general", members=EVERYONE, topic="Everything else"),
    Channel(id="C0RANDOM", name="random", members=EVERYONE - {BOT_USER}, topic="No apps in here"),
)
GROUPS = (
    UserGroup(id="S0SUPPORT", handle="support", name="Support", members=(AGENT.id, LEAD1.id, LEAD2.id)),
    UserGroup(id="S0LEADS", handle="leads", name="Leads", members=(LEAD1.id, LEAD2.id)),
    UserGroup(id="S0APP", handle="app-team", name="App team", members=(LEAD1.id,)),
    UserGroup(id="S0CLOUD", handle="cloud-team", name="Cloud team", members=(LEAD2.id,)),
    UserGroup(id="S0TRUST", handle="trust-team", name="Trust and safety", members=(LEAD2.id,)),
)

_ALTERABLE = frozenset(
    {
        "is_private",
        "is_archived",
        "is_ext_shared",
        "is_pending_ext_shared",
        "is_org_shared",
        "is_read_only",
        "is_thread_only",
        "is_non_threadable",
    }
)


class Roll:
    """The people, groups and channels; looked up by id, or by name where a human writes."""

    def __init__(
        self,
        *,
        changes: Changes,
        bot: Person,
        people: Iterable[Person],
        groups: Iterable[UserGroup],
        channels: Iterable[Channel],
    ) -> None:
        self.bot = bot
        slackbot = Person(id=SLACKBOT, name="slackbot", display_name="Slackbot", real_name="Slackbot", is_bot=True)
        self._changes = changes
        self._people = {one.id: one for one in (*people, bot, slackbot)}
        self._groups = {one.id: one for one in groups}
        self._channels = {one.id: one for one in channels}

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody, bots included."""
        with self._changes.lock:
            return tuple(self._people.values())

    @property
    def groups(self) -> tuple[UserGroup, ...]:
        """Every user group."""
        with self._changes.lock:
            return tuple(self._groups.values())

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Every channel and direct conversation."""
        with self._changes.lock:
            return tuple(self._channels.values())

    def person(self, wanted: str) -> Person:
        """Somebody by id or name; by another id of theirs, acting under that."""
        name = wanted.removeprefix("@")
        for one in self.people:
            if name in (one.id, one.name):
                return one
        for one in self.people:
            if one.goes_by(name):
                return replace(one, named=name)
        raise LookupError(f"nobody here is called {wanted!r}: {', '.join(one.name for one in self.people)}")

    def channel(self, wanted: str) -> Channel:
        """A channel by id or name."""
        name = wanted.removeprefix("#")
        for one in self.channels:
            if name in (one.id, one.name):
                return one
        raise LookupError(f"no channel here is called {wanted!r}: {', '.join(one.name for one in self.channels)}")

    def group(self, wanted: str) -> UserGroup:
        """A user group by id or handle."""
        for one in self.groups:
            if wanted in (one.id, one.handle):
                return one
        raise LookupError(f"no user group here is called {wanted!r}")

    def conversation(self, channel_id: str) -> Channel:
        """A channel by the id that the app gives; a person's id means the conversation with them."""
        with self._changes.lock:
            person = next((one for one in self._people.values() if one.goes_by(channel_id)), None)
            if person is not None:
                return self._direct(person)
            found = self._channels.get(channel_id)
            if found is None and channel_id.startswith("#"):
                found = next((one for one in self.channels if one.name == channel_id[1:]), None)
        if found is None:
            raise SlackError("channel_not_found")
        return found

    def _direct(self, person: Person) -> Channel:
        channel_id = f"D{person.id[1:]}"
        if channel_id not in self._channels:
            members = frozenset({person.id, self.bot.id})
            direct = Channel(id=channel_id, name=person.id, members=members, is_private=True, im_with=person.id)
            self.put_channel(direct)
        return self._channels[channel_id]

    def put_person(self, person: Person) -> None:
        """Add somebody, or change what they are."""
        with self._changes.lock:
            self._people[person.id] = person
            self._changes.publish("person")

    def put_group(self, group: UserGroup) -> None:
        """Add a user group, or change who is in it."""
        with self._changes.lock:
            self._groups[group.id] = group
            self._changes.publish("person")

    def put_channel(self, channel: Channel) -> None:
        """Add a channel, or change it."""
        with self._changes.lock:
            self._channels[channel.id] = channel
            self._changes.publish("channel", channel=channel.id)

    def alter_channel(self, wanted: str, **changed: bool) -> Channel:
        """Change what a channel is: archived, shared with another organisation, read-only for the app, and the like."""
        with self._changes.lock:
            if unknown := set(changed) - _ALTERABLE:
                raise ValueError(f"a channel can be {', '.join(sorted(_ALTERABLE))}, not {', '.join(sorted(unknown))}")
            altered = replace(self.channel(wanted), **changed)  # type: ignore[arg-type] # all of these are flags
            self.put_channel(altered)
        return altered

    def joins(self, person: str, channel: str) -> None:
        """Make somebody a member of a channel."""
        with self._changes.lock:
            found = self.channel(channel)
            self.put_channel(replace(found, members=found.members | {self.person(person).id}))

    def leaves(self, person: str, channel: str) -> None:
        """Take somebody out of a channel."""
        with self._changes.lock:
            found = self.channel(channel)
            self.put_channel(replace(found, members=found.members - {self.person(person).id}))


def bot_person(manifest: AppManifest) -> Person:
    """The app's bot user, named as the manifest says."""
    name = manifest.bot_name
    return Person(id=BOT_USER, name=name.lower().replace(" ", "-"), display_name=name, real_name=name, is_bot=True)
