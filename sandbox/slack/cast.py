"""The people, user groups and channels that a fresh sandbox has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.slack.model import Channel, Person, UserGroup

if TYPE_CHECKING:
    from sandbox.slack.manifest import AppManifest

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


def bot_person(manifest: AppManifest) -> Person:
    """The app's bot user, named as the manifest says."""
    name = manifest.bot_name
    return Person(id=BOT_USER, name=name.lower().replace(" ", "-"), display_name=name, real_name=name, is_bot=True)
