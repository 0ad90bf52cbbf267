"""Who may ask and who may approve, as Slack knows people at this moment; when in doubt, nobody may."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import mentions, retry_after
from bot.allowance import Allowance, UsedUp
from bot.desk.recent import Overdue, Recent
from bot.plan import Barred, Refused
from bot.settings import People
from bot.words import Words, say

log = logging.getLogger(__name__)

T = TypeVar("T")

KEPT_SECONDS = 60.0
_MOST_NAMED = 5

GROUP_READS = 12.0
"""How often a minute the user groups are read at most, all together. Slack allows about 20 such reads a minute,
https://docs.slack.dev/reference/methods/usergroups.users.list; those at once come on top of it in the first one."""
_GROUP_READS_AT_ONCE = 10

PERSON_READS = 50.0
"""The same for people, of which Slack allows about 100, https://docs.slack.dev/reference/methods/users.info."""
_PERSON_READS_AT_ONCE = 50

_PATIENCE = 30.0
"""Seconds for which somebody waits for a read before they are told that Slack doesn't say."""

_NOBODY = frozenset({"user_not_found", "user_not_visible"})
"""Slack's names for a person of whom it knows nothing, or nothing that the desk may see."""


@dataclass(frozen=True, slots=True)
class Who:
    """A person, as Slack itself names whoever typed, clicked or submitted."""

    id: str
    team: str


class Unreadable(Exception):
    """Slack didn't say who is in a group, or who a person is."""


class Roster:
    """Answers from Slack's own lists, each kept for at most a minute. Safe to share between threads.

    What has to be fresh is read again, but only as often as Slack allows: everyone who comes while a read waits for
    its turn shares it.
    """

    def __init__(
        self,
        client: WebClient,
        people: People,
        *,
        home: str,
        clock: Callable[[], float] = time.monotonic,
        group_reads: float = GROUP_READS,
        person_reads: float = PERSON_READS,
    ) -> None:
        """The last two say how often a minute Slack is asked who is in a group, and who somebody is, at most."""
        groups = Allowance(a_minute=group_reads, at_once=_GROUP_READS_AT_ONCE, patience=_PATIENCE)
        persons = Allowance(a_minute=person_reads, at_once=_PERSON_READS_AT_ONCE, patience=_PATIENCE)
        self._allowed = {"usergroups.users.list": groups, "users.info": persons}
        self._client = client
        self._people = people
        self._home = home
        self._groups: Recent[frozenset[str]] = Recent(
            self._read_group, seconds=KEPT_SECONDS, clock=clock, turn=partial(_turn, groups)
        )
        self._belongs: Recent[bool] = Recent(
            self._read_person, seconds=KEPT_SECONDS, clock=clock, turn=partial(_turn, persons)
        )

    def agent(self, who: Who, *, fresh: bool = False) -> None:
        """Return if this person may ask. Raises `Refused`."""
        if not self._may(who, self._people.agents, fresh, "ask"):
            raise Barred(say("Only the support team can ask for this. The operator of this desk says who that is."))

    def lead(self, who: Who, *, fresh: bool = False) -> None:
        """Return if this person may approve. Raises `Refused` with whom to ask instead."""
        if not self._may(who, self._people.leads, fresh, "approve"):
            raise Refused(self._only_leads())

    def leads(self, *, fresh: bool = False) -> tuple[str, ...]:
        """Return the user ids of everyone who is listed as a lead. Raises `Unreadable`."""
        return tuple(sorted(self._members(self._people.leads, fresh=fresh)))

    def able_leads(self, people: Iterable[str], *, fresh: bool = False) -> frozenset[str]:
        """Return those of some people of this organisation who may approve. Raises `Unreadable`."""
        members = self._members(self._people.leads, fresh=fresh)
        return frozenset(each for each in people if each in members and _known(self._belongs, each, fresh))

    def may_ask(self, person: str, *, fresh: bool = False) -> bool:
        """Whether somebody of this organisation is an agent. Raises `Unreadable`."""
        return self._is_among(self._people.agents, person, fresh=fresh)

    def knows_agent(self, who: Who) -> bool:
        """Whether `agent` can be answered without asking Slack."""
        groups = [each for each in self._people.agents if each.startswith("S")]
        return who.team != self._home or (self._belongs.knows(who.id) and all(map(self._groups.knows, groups)))

    def _may(self, who: Who, listed: Sequence[str], fresh: bool, what: str) -> bool:
        if who.team != self._home:
            return False
        try:
            return self._is_among(listed, who.id, fresh=fresh)
        except Unreadable:
            raise Refused(
                say("The list of people can't be read from Slack right now; nobody can {what} until it can.", what=what)
            ) from None

    def _is_among(self, listed: Sequence[str], person: str, *, fresh: bool) -> bool:
        return person in self._members(listed, fresh=fresh) and _known(self._belongs, person, fresh)

    def _members(self, listed: Sequence[str], *, fresh: bool) -> frozenset[str]:
        groups = [_known(self._groups, each, fresh) for each in listed if each.startswith("S")]
        return frozenset(each for each in listed if not each.startswith("S")).union(*groups)

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
        assert answer is not None
        return frozenset(str(user) for user in answer["users"])

    def _read_person(self, person: str) -> bool:
        answer = self._asked("users.info", {"user": person}, nothing=_NOBODY)
        if answer is None:
            return False
        user = answer["user"]
        outside = any(
            user.get(flag)
            for flag in ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "is_workflow_bot")
        )
        return not outside and user.get("team_id") == self._home

    def _asked(
        self, method: str, arguments: dict[str, str], *, nothing: frozenset[str] = frozenset()
    ) -> dict[str, Any] | None:
        """Return Slack's answer, None where it is one of the refusals ``nothing``. Raises `Unreadable`."""
        try:
            answer = self._client.api_call(method, params=arguments, http_verb="GET").data
            assert isinstance(answer, dict)
            return answer
        except SlackApiError as error:
            if error.response["error"] in nothing:
                return None
            if error.response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                self._allowed[method].close(retry_after.seconds(error.response.headers))
            log.error("%s was refused: %s", method, error.response["error"])
            raise Unreadable from None
        except Exception as error:  # No answer, whatever the reason, means that nobody may.
            log.error("%s got no answer (%s)", method, type(error).__name__)
            raise Unreadable from None


def _known(recent: Recent[T], key: str, fresh: bool) -> T:
    """Return what Slack says. Raises `Unreadable`, too, when somebody else's question takes it too long."""
    try:
        return recent.get(key, fresh=fresh)
    except Overdue:
        raise Unreadable from None


def _turn(allowance: Allowance) -> None:
    """Wait until a read may begin. Raises `Unreadable`."""
    try:
        allowance.take()
    except UsedUp:
        raise Unreadable from None
