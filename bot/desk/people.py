"""Who may ask and who may approve, as Slack knows people at this moment; when in doubt, nobody may."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import mentions
from bot.desk.recent import Recent
from bot.plan import Barred, Refused
from bot.settings import People
from bot.words import Words, say

log = logging.getLogger(__name__)

KEPT_SECONDS = 60.0
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Who:
    """A person, as Slack itself names whoever typed, clicked or submitted."""

    id: str
    team: str


class Unreadable(Exception):
    """Slack didn't say who is in a group, or who a person is."""


class Roster:
    """Answers from Slack's own lists, each kept for at most a minute. Safe to share between threads."""

    def __init__(
        self, client: WebClient, people: People, *, home: str, clock: Callable[[], float] | None = None
    ) -> None:
        timing: dict[str, Any] = {"seconds": KEPT_SECONDS, **({"clock": clock} if clock else {})}
        self._client = client
        self._people = people
        self._home = home
        self._groups: Recent[frozenset[str]] = Recent(self._read_group, **timing)
        self._belongs: Recent[bool] = Recent(self._read_person, **timing)

    def agent(self, who: Who, *, fresh: bool = False) -> None:
        """Return if this person may ask. Raises `Refused`."""
        if not self._may(who, self._people.agents, fresh, "ask"):
            raise Barred(say("Only the support team can ask for this. The operator of this desk says who that is."))

    def lead(self, who: Who, *, fresh: bool = False) -> None:
        """Return if this person may approve. Raises `Refused` with whom to ask instead."""
        if not self._may(who, self._people.leads, fresh, "approve"):
            raise Refused(self._only_leads())

    def leads(self) -> tuple[str, ...]:
        """Return the user ids of everyone who is listed as a lead. Raises `Unreadable`."""
        return tuple(sorted(self._members(self._people.leads, fresh=False)))

    def knows_agent(self, who: Who) -> bool:
        """Whether `agent` can be answered without asking Slack."""
        groups = [each for each in self._people.agents if each.startswith("S")]
        return who.team != self._home or (self._belongs.knows(who.id) and all(map(self._groups.knows, groups)))

    def _may(self, who: Who, listed: Sequence[str], fresh: bool, what: str) -> bool:
        if who.team != self._home:
            return False
        try:
            return who.id in self._members(listed, fresh=fresh) and self._belongs.get(who.id, fresh=fresh)
        except Unreadable:
            raise Refused(
                say("The list of people can't be read from Slack right now; nobody can {what} until it can.", what=what)
            ) from None

    def _members(self, listed: Sequence[str], *, fresh: bool) -> frozenset[str]:
        members = {each for each in listed if not each.startswith("S")}
        for group in listed:
            if group.startswith("S"):
                members |= self._groups.get(group, fresh=fresh)
        return frozenset(members)

    def _only_leads(self) -> Words:
        listed = self._people.leads
        try:
            named = self.leads()
        except Unreadable:
            named = listed
        # A long list of names helps nobody; the group's own name does.
        few = named if len(named) <= _MOST_NAMED else listed
        if not few:
            return say("Only leads can approve, and nobody is a lead at the moment. Please tell the operator.")
        return mentions.within("Only leads can approve. You can ask one of them: %s.", few)

    def _read_group(self, group: str) -> frozenset[str]:
        answer = self._asked("usergroups.users.list", {"usergroup": group})
        return frozenset(str(user) for user in answer["users"])

    def _read_person(self, person: str) -> bool:
        user = self._asked("users.info", {"user": person})["user"]
        outside = any(
            user.get(flag)
            for flag in ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "is_workflow_bot")
        )
        return not outside and user.get("team_id") == self._home

    def _asked(self, method: str, arguments: dict[str, str]) -> dict[str, Any]:
        try:
            answer = self._client.api_call(method, params=arguments, http_verb="GET").data
            assert isinstance(answer, dict)
            return answer
        except SlackApiError as error:
            log.error("%s was refused: %s", method, error.response["error"])
            raise Unreadable from None
        except Exception as error:  # No answer, whatever the reason, means that nobody may.
            log.error("%s got no answer (%s)", method, type(error).__name__)
            raise Unreadable from None
