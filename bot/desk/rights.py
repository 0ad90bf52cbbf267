"""Who may do what, as the desk asks it; `bot.desk.people.Roster` answers from Slack."""

from typing import Protocol

from bot.desk.people import Who


class Rights(Protocol):
    """Who may ask and who may approve, at this moment."""

    def agent(self, who: Who, *, fresh: bool = False) -> None:
        """Raise `bot.plan.Refused` unless this person may ask. ``fresh``: nothing that was read before counts."""

    def lead(self, who: Who, *, fresh: bool = False) -> None:
        """Raise `bot.plan.Refused` unless this person may approve. ``fresh`` as for `agent`."""
