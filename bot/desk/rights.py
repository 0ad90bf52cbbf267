"""Who may do what, as the desk asks it; `bot.desk.people.Roster` answers from Slack."""

from collections.abc import Iterable
from typing import Protocol

from bot.desk.members import Member
from bot.desk.people import Who


class Rights(Protocol):
    """Who somebody is, who may ask and who may approve, at this moment.

    A `Who` is a person as a payload names them. Everybody else is an id, as it is listed or stored.
    """

    def member(self, who: Who) -> Member:
        """Return who somebody is; while Slack doesn't say, somebody who is nobody here. Never raises."""

    def agent(self, who: Who, *, fresh: bool = False) -> None:
        """Raise `bot.plan.Refused` unless this person may ask. ``fresh``: nothing that was read before counts."""

    def lead(self, who: Who, *, fresh: bool = False) -> None:
        """Raise `bot.plan.Refused` unless this person may approve. ``fresh`` as for `agent`."""

    def leads(self, *, fresh: bool = False) -> tuple[str, ...]:
        """Return everyone who is listed as a lead, able or not. Raises `bot.desk.people.Unreadable`.

        One person may be listed by several ids; `key` tells.
        """

    def able_leads(self, people: Iterable[str], *, fresh: bool = False) -> frozenset[str]:
        """Return those of some people of this organisation who may approve. Raises `bot.desk.people.Unreadable`."""

    def may_ask(self, person: str, *, fresh: bool = False) -> bool:
        """Whether somebody of this organisation is an agent. Raises `bot.desk.people.Unreadable`."""

    def key(self, person: str) -> str:
        """Return what tells somebody apart, by any of their ids. Raises `bot.desk.people.Unreadable`."""

    def known_key(self, person: str) -> str:
        """Return the same as far as it is known without asking Slack, or the id itself."""

    def to_mention(self, *, look: bool = False) -> tuple[str, ...]:
        """Return the groups and people to mention when leads are called. ``look``: Slack may be asked. Never raises."""
