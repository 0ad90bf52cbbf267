"""Who may ask and who may approve, as Slack knows people at this moment; when in doubt, nobody may.

It is long because what one person may do, and who all may do something, is judged from the same few reads.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import Any, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import rates
from bot.answer import Barred, Refused
from bot.desk import members
from bot.desk.members import Member, Rule
from bot.desk.recent import Overdue, Recent
from bot.rates import Allowance, UsedUp
from bot.settings import NOBODY, People
from bot.timings import UNHURRIED
from bot.words import Words, mentioning, say

log = logging.getLogger(__name__)

T = TypeVar("T")

KEPT_SECONDS = 60.0
_MOST_NAMED = 5

_MOST_TRIED = 20
"""People who are looked at one by one for one sentence, or to find somebody who goes by another id in a list."""

_GROUP_READS_AT_ONCE = 10

_PERSON_READS_AT_ONCE = 50

_PATIENCE = 30.0
"""Seconds for which somebody waits for a read before they are told that Slack doesn't say."""

_UNKNOWN = frozenset({"user_not_found", "user_not_visible"})
"""Slack's names for a person of whom it knows nothing, or nothing that the desk may see."""


@dataclass(frozen=True, slots=True)
class Who:
    """A person, as Slack itself names the one who typed, clicked or submitted.

    Good for answering them, and for nothing else: the same person may come by another id the next time. `Member` is
    who they are.
    """

    id: str
    team: str
    """Where the payload says they belong; empty where it doesn't say."""


class Unreadable(Exception):
    """Slack didn't say who is in a group, or who a person is."""


class Roster:
    """Answers from Slack's own lists, each kept for at most a minute. Safe to share between threads.

    Who somebody is, is the same everywhere; what they may do is asked of a pool, by its name. What has to be fresh is
    read again, but only as often as Slack allows: everyone who comes while a read waits for its turn shares it.
    """

    def __init__(
        self,
        client: WebClient,
        people: Mapping[str, People],
        *,
        home: str,
        clock: Callable[[], float] = time.monotonic,
        group_reads: float = UNHURRIED.group_reads,
        person_reads: float = UNHURRIED.person_reads,
    ) -> None:
        """``people``: who may ask and who may approve, by pool; of any other pool that is nobody.

        The last two say how often a minute Slack is asked who is in a group, and who somebody is, at most.
        """
        groups = Allowance(a_minute=group_reads, at_once=_GROUP_READS_AT_ONCE, patience=_PATIENCE)
        persons = Allowance(a_minute=person_reads, at_once=_PERSON_READS_AT_ONCE, patience=_PATIENCE)
        self._allowed = {"usergroups.users.list": groups, "users.info": persons}
        self._client = client
        self._people = people
        self._home = home
        self._groups: Recent[frozenset[str]] = Recent(
            self._read_group, seconds=KEPT_SECONDS, clock=clock, turn=partial(_turn, groups)
        )
        self._persons: Recent[Member] = Recent(
            self._read_person, seconds=KEPT_SECONDS, clock=clock, turn=partial(_turn, persons)
        )
        self._keys: dict[str, str] = {}
        """What everybody who was ever read goes by, by each of their ids. Nobody's rights are kept in it."""

    def member(self, who: Who) -> Member:
        """Return who somebody is. While Slack doesn't say, that is somebody who is nobody here."""
        try:
            return self._person(who.id)
        except Unreadable:
            return members.unknown(who.id, Rule.UNREAD)

    @property
    def is_one_team(self) -> bool:
        """Whether all pools have the same people, so that it needn't be asked which pools are somebody's."""
        return len(set(self._people.values())) <= 1

    def asks_about(self, who: Who, pools: Iterable[str], *, fresh: bool = False) -> tuple[str, ...]:
        """Return those of some pools about which this person may ask. Raises `Refused` where that is none of them."""
        return self._those(pools, lambda each: self.agent(who, each, fresh=fresh))

    def sees(self, who: Who, *, fresh: bool = False) -> tuple[str, ...]:
        """Return the pools in which somebody is an agent or a lead now; none while Slack doesn't say."""

        def either(pool: str) -> None:
            try:
                self.agent(who, pool, fresh=fresh)
            except Refused:
                self.lead(who, pool, fresh=fresh)

        try:
            return self._those(self._people, either)
        except Refused:
            return ()

    def _those(self, pools: Iterable[str], check: Callable[[str], None]) -> tuple[str, ...]:
        """Return the pools that pass a check, which is made once for those that have the same people."""
        answers: dict[People, Refused | None] = {}
        passed: list[str] = []
        for pool in pools:
            people = self._of(pool)
            if people not in answers:
                answers[people] = None
                try:
                    check(pool)
                except Refused as refused:
                    answers[people] = refused
            if answers[people] is None:
                passed.append(pool)
        if not passed:
            # That Slack doesn't say is no reason to send anybody away for good.
            refusals = sorted(filter(None, answers.values()), key=lambda each: isinstance(each, Barred))
            raise refusals[0] if refusals else Barred(_not_an_agent("ask for this"))
        return tuple(passed)

    def _of(self, pool: str) -> People:
        return self._people.get(pool, NOBODY)

    def agent(self, who: Who, pool: str, *, fresh: bool = False, to: str = "ask for this") -> None:
        """Return if this person may ask about a pool. Raises `Refused`. ``to``: what was tried, for the refusal."""
        if not self._may(who, self._of(pool).agents, fresh, to):
            raise Barred(_not_an_agent(to))

    def lead(self, who: Who, pool: str, *, fresh: bool = False, to: str = "approve") -> None:
        """Return if this person may approve, or deny. Raises `Refused`, for approving with whom to ask instead."""
        if not self._may(who, self._of(pool).leads, fresh, to):
            only = self._only_leads(self.member(who), pool) if to == "approve" else say("Only leads can {to}.", to=to)
            raise Refused(only)

    def agents(self, pool: str) -> tuple[str, ...]:
        """Return the user ids of everyone who is listed as an agent, as they are listed. Raises `Unreadable`."""
        return tuple(sorted(self._listed(self._of(pool).agents, fresh=False)))

    def leads(self, pool: str, *, fresh: bool = False) -> tuple[str, ...]:
        """Return the user ids of everyone who is listed as a lead, as they are listed. Raises `Unreadable`."""
        return tuple(sorted(self._listed(self._of(pool).leads, fresh=fresh)))

    def able_leads(self, people: Iterable[str], pool: str, *, fresh: bool = False) -> frozenset[str]:
        """Return those of some people of this organisation who may approve. Raises `Unreadable`."""
        leads = self._of(pool).leads
        listed = self._listed(leads, fresh=fresh)
        return frozenset(each for each in people if self._is_one_of(listed, leads, each, fresh=fresh))

    def may_ask(self, person: str, pool: str, *, fresh: bool = False) -> bool:
        """Whether somebody of this organisation is an agent. Raises `Unreadable`."""
        return self._is_among(self._of(pool).agents, person, fresh=fresh)

    def key(self, person: str) -> str:
        """Return what somebody goes by, whichever of their ids this is. Raises `Unreadable`."""
        return self._person(person).key

    def known_key(self, person: str) -> str:
        """Return the same as far as it is known without asking Slack."""
        return self._keys.get(person, person)

    def rule(self, person: str) -> str:
        """Return for the operator why somebody isn't ours; empty when they are. Raises `Unreadable`."""
        return self._person(person).why_not

    def to_mention(self, pool: str, *, look: bool = False) -> tuple[str, ...]:
        """Return the leads as the settings have them, without people of whom Slack has said that they aren't ours.

        Without ``look``, Slack isn't asked now.
        """
        leads = self._of(pool).leads
        people = [each for each in leads if not _is_group(each)]
        if look:
            self._look(people[:_MOST_TRIED])
        found: dict[str, str] = {}
        for each in leads:
            seen = None if _is_group(each) else self._persons.last(each)
            if seen is None or seen.rule is None:
                found.setdefault(seen.key if seen else each, each)
        return tuple(found.values())

    def knows_agent(self, who: Who, pools: Iterable[str]) -> bool:
        """Whether `asks_about` can be answered without asking Slack."""
        return all(self._knows(who, people.agents) for people in {self._of(pool) for pool in pools})

    def _knows(self, who: Who, listed: Sequence[str]) -> bool:
        groups = filter(_is_group, listed)
        if not (self._persons.knows(who.id) and all(map(self._groups.knows, groups))):
            return False
        try:
            # Somebody who isn't there under these ids may be there under another one.
            member = self._person(who.id)
            return not member.on_grid or not member.ids.isdisjoint(self._listed(listed, fresh=False))
        except Unreadable:
            return False

    def _may(self, who: Who, listed: Sequence[str], fresh: bool, what: str) -> bool:
        try:
            allowed = self._is_among(listed, who.id, fresh=fresh)
            return allowed and self._person(who.id).rule_for(who.team, home=self._home) is None
        except Unreadable:
            raise Refused(
                say("The list of people can't be read from Slack right now; nobody can {what} until it can.", what=what)
            ) from None

    def _is_among(self, listed: Sequence[str], person: str, *, fresh: bool) -> bool:
        return self._is_one_of(self._listed(listed, fresh=fresh), listed, person, fresh=fresh)

    def _is_one_of(self, everyone: frozenset[str], listed: Sequence[str], person: str, *, fresh: bool) -> bool:
        """Whether somebody is ours, and one of ``everyone``, who are the people of a list in the settings."""
        if not everyone:
            return False
        member = self._person(person, fresh=fresh)
        if member.rule is not None:
            return False
        if not member.ids.isdisjoint(everyone):
            return True
        if not member.on_grid:
            return False
        # A list may have them by an id that they don't show themselves. In a large group that can't be found out.
        few = everyone if len(everyone) <= _MOST_TRIED else [each for each in listed if not _is_group(each)]
        return any(self._person(each).key == member.key for each in sorted(few))

    def _listed(self, listed: Sequence[str], *, fresh: bool) -> frozenset[str]:
        """Return everyone in a list of the settings, each by the id that it has there."""
        groups = [_known(self._groups, each, fresh) for each in listed if _is_group(each)]
        return frozenset(each for each in listed if not _is_group(each)).union(*groups)

    def _person(self, person: str, *, fresh: bool = False) -> Member:
        return _known(self._persons, person, fresh)

    def _look(self, people: Iterable[str]) -> None:
        try:
            for each in people:
                self._person(each)
        except Unreadable:
            return

    def _only_leads(self, asker: Member, pool: str) -> Words:
        """Say who may approve, which the one who asks may not."""
        try:
            named = self._to_ask(asker, self._of(pool).leads)
        except Unreadable:
            return say("Only leads can approve.")
        if not named:
            return say("Only leads can approve, and nobody is a lead at the moment. Please tell the operator.")
        return mentioning("Only leads can approve. You can ask one of them: %s.", named)

    def _to_ask(self, asker: Member, leads: Sequence[str]) -> tuple[str, ...]:
        everyone = sorted(self._listed(leads, fresh=False))
        if len(everyone) <= _MOST_NAMED:
            return tuple(self._ours(everyone, asker))
        # A long list of names helps nobody; the group's own name does.
        groups = tuple(filter(_is_group, leads))
        grouped = self._listed(groups, fresh=False)
        people = [each for each in leads if not _is_group(each) and each not in grouped]
        return (*groups, *islice(self._ours(people[:_MOST_TRIED], asker), _MOST_NAMED))

    def _ours(self, people: Iterable[str], but: Member) -> Iterator[str]:
        """Yield those of some people who are ours, as they are listed, each person once."""
        seen = {but.key}
        for each in people:
            member = self._person(each)
            if member.rule is None and member.key not in seen:
                seen.add(member.key)
                yield each

    def _read_group(self, group: str) -> frozenset[str]:
        answer = self._asked("usergroups.users.list", {"usergroup": group})
        assert answer is not None
        return frozenset(str(user) for user in answer["users"])

    def _read_person(self, person: str) -> Member:
        answer = self._asked("users.info", {"user": person}, nothing=_UNKNOWN)
        if answer is None:
            return members.unknown(person, Rule.NOT_FOUND)
        member = members.read(answer.get("user"), asked=person, home=self._home)
        self._keys.update(dict.fromkeys(member.ids, member.key))
        return member

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
                self._allowed[method].close(rates.retry_after(error.response.headers))
            log.error("%s was refused: %s", method, error.response["error"])
            raise Unreadable from None
        except Exception as error:  # No answer, whatever the reason, means that nobody may.
            log.error("%s got no answer (%s)", method, type(error).__name__)
            raise Unreadable from None


def _not_an_agent(to: str) -> Words:
    return say("Only the support team can {to}. The operator of this desk says who that is.", to=to)


def _is_group(listed: str) -> bool:
    return listed.startswith("S")


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
