"""Who may do what, as the desk asks it; `bot.desk.people.Roster` answers from Slack."""

from collections.abc import Iterable
from typing import Protocol

from bot.desk.people import Who


class Rights(Protocol):
    """Who may ask and who may approve, at this moment. Everybody is a Slack user id where no `Who` is asked for."""

    def agent(self, who: Who, *, fresh: bool = False) -> None:
        """Raise `bot.plan.Refused` unless this person may ask. ``fresh``: nothing that was read before counts."""

    def lead(self, who: Who, *, fresh: bool = False) -> None:
        """Raise `bot.plan.Refused` unless this person may approve. ``fresh`` as for `agent`."""

    def leads(self, *, fresh: bool = False) -> tuple[str, ...]:
        """Return everyone who is listed as a lead, able or not. Raises `bot.desk.people.Unreadable`."""

    def able_leads(self, people: Iterable[str], *, fresh: bool = False) -> frozenset[str]:
        """Return those of some people of this organisation who may approve. Raises `bot.desk.people.Unreadable`."""

    def may_ask(self, person: str, *, fresh: bool = False) -> bool:
        """Whether somebody of this organisation is an agent. Raises `bot.desk.people.Unreadable`."""
