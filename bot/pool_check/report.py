"""What a check of a whole pool has found, in words: a headline, the lines beneath it, and what stands in its thread."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from bot.answer import Bullets, Part, Table, paragraph
from bot.diagnosis import EXPLANATIONS, UNTOLD, Cause, Unlisted
from bot.pool_check.judging import WORKS
from bot.tickets.store import moment
from bot.words import Moment, Words, say

NO_FILES = say("The list of those concerned and the picture come as files, and here the desk may not post any.")
"""Said where the settings don't let the desk post files."""

NO_PICTURE = say("There is no picture: this desk is installed without its extra “report”.")
"""Said where what draws is not installed."""

_MOST_LINES = 4
_MOST_PROVIDERS = 15
_MOST_MONTHS = 12
_MINUTE, _HOUR = 60, 3600
_DAY = "{date_short}"

_UNTOLD = "can't be told from the list of users"

_DOUBTS: Mapping[str, str] = {
    Unlisted.FACTOR: "{n}: it depends on their second steps of the sign-in, which the list of users doesn't show.",
    Unlisted.OWNER: "{n}: it depends on whom Cognito finds by the address, which the list of users doesn't show.",
    Unlisted.MAIL: "{n}: it depends on whether Amazon SES lets mail to them through, which was not asked for each.",
    Unlisted.SPELLING: "{n}: another account has the address in other letter case, which a single check may not see.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found in one pool. ``found`` is as `bot.pool_check.judging.judge` returns it."""

    pool: str
    found: Mapping[str, Any]
    seconds: float
    """For how long it was read."""

    @property
    def headline(self) -> Words:
        """Say in one sentence with how many something is the matter: as many as the picture and the list show."""
        have = "has" if self.troubled == 1 else "have"
        return say(
            f"📊 {{pool}}: {{troubled}} of {{users}} accounts {have} trouble · read in {{time}}",
            pool=self.pool,
            troubled=number(self.troubled),
            users=number(self.found["users"]),
            time=_lasted(self.seconds),
        )

    @property
    def lines(self) -> tuple[Words, ...]:
        """Return what stands beneath the headline: what is new, and what is found most often."""
        return tuple(self._lines())

    @property
    def text(self) -> tuple[str, ...]:
        """The same as the picture shows it, for those who can't see it."""
        return tuple(f"{accounts(count)}: {name(finding)}" for finding, count in self.troubles)

    @property
    def troubles(self) -> Sequence[tuple[str, int]]:
        """Each finding with how many have it, the most frequent first, without those with whom all works."""
        return [(finding, count) for finding, count in _most(self.found["findings"]) if finding != WORKS]

    @property
    def troubled(self) -> int:
        """With how many something is the matter: each account has one finding."""
        return sum(count for _, count in self.troubles)

    @property
    def thread(self) -> tuple[tuple[Part, ...], ...]:
        """Return the whole report, what belongs together in one message each: Slack shows one table in a message."""
        chapters = (self._findings(), self._providers(), self._months(), chain(self._addresses(), self._doubts()))
        return tuple(parts for chapter in chapters if (parts := tuple(chapter)))

    def _lines(self) -> Iterator[Words]:
        if since := self.found.get("since"):
            new, gone = _trouble(since["new"]), _trouble(since["gone"])
            day = Moment(moment(since["at"]), _DAY)
            yield say("Since {day}: {new} new, {gone} gone", day=day, new=number(new), gone=number(gone))
        if unverified := self.found["unverified"]:
            have = "has" if unverified == 1 else "have"
            yield say(f"*{{n}}* {have} an address that isn't verified.", n=accounts(unverified))
        if self.troubles:
            yield say("Each account with trouble is counted once, by its worst trouble:")
        for finding, count in self.troubles[:_MOST_LINES]:
            yield say("*{n}*: {what}", n=accounts(count), what=name(finding))
        if left := self.troubles[_MOST_LINES:]:
            yield say("*{n}*: something else, see the thread", n=accounts(sum(count for _, count in left)))

    def _findings(self) -> Iterator[Part]:
        since = self.found.get("since")
        yield paragraph("*What was found*")
        if not self.found["users"]:
            yield paragraph("Nobody is in this pool.")
            return
        heading = ("finding", "accounts", *(("new", "gone") if since else ()))
        rows = []
        had = [finding for finding, _ in _most(since["gone"]) if finding != WORKS] if since else []
        for finding in dict.fromkeys((*(each for each, _ in self.troubles), *had, WORKS)):
            counts = [self.found["findings"]] + ([since["new"], since["gone"]] if since else [])
            rows.append((_cell(name(finding)), *(_cell(number(each.get(finding, 0))) for each in counts)))
        yield Table(heading, tuple(rows))
        if since:
            yield paragraph("New and gone are counted since {day}.", day=Moment(moment(since["at"]), _DAY))

    def _providers(self) -> Iterator[Part]:
        through = {each: found for each, found in self.found["providers"].items() if each}
        if not through:
            return
        yield paragraph("*By provider*")
        most = sorted(through, key=lambda each: -_trouble(through[each]))
        rows = [(*_row(each, [through[each]]), _worst(through[each])) for each in most[:_MOST_PROVIDERS]]
        yield Table(("provider", "accounts", "with trouble", "most often"), tuple(rows))
        if left := most[_MOST_PROVIDERS:]:
            yield paragraph("{left} more providers", left=len(left))

    def _months(self) -> Iterator[Part]:
        months = self.found["months"]
        if len(months) < 2:
            return
        yield paragraph("*By month of creation*")
        latest = sorted(months, reverse=True)
        rows = [_row(each, [months[each]]) for each in latest[:_MOST_MONTHS]]
        if earlier := latest[_MOST_MONTHS:]:
            rows.append(_row(f"{earlier[0]} and before", [months[each] for each in earlier]))
        yield Table(("created", "accounts", "with trouble"), tuple(rows))

    def _addresses(self) -> Iterator[Part]:
        shared = self.found["shared"]
        if not shared["addresses"]:
            return
        yield paragraph("*Addresses*")
        told = [
            say(
                "Addresses that several accounts have: *{addresses}*, with {accounts} accounts in all",
                addresses=number(shared["addresses"]),
                accounts=number(shared["accounts"]),
            )
        ]
        if shared["spelled"]:
            told.append(say("Of these, in more than one letter case: *{n}*", n=number(shared["spelled"])))
        yield Bullets(tuple(told))

    def _doubts(self) -> Iterator[Part]:
        if not self.found["doubts"]:
            return
        yield paragraph("*What the list of users can't tell*")
        yield Bullets(tuple(say(_DOUBTS[each], n=number(count)) for each, count in _most(self.found["doubts"])))
        yield paragraph(
            "Each of them is counted as if nothing of that were in the way, or under “{untold}”. Check such a customer "
            "alone to be sure.",
            untold=_UNTOLD,
        )


def name(finding: str) -> str:
    """Return a finding in a few plain words."""
    return _UNTOLD if finding == UNTOLD else EXPLANATIONS[Cause(finding)].counted


def number(count: int) -> str:
    """Return a number as people read large ones: ``41,208``."""
    return f"{count:,}"


def accounts(count: int) -> str:
    """Return how many accounts: ``41,208 accounts``."""
    return f"{number(count)} account{'' if count == 1 else 's'}"


def _cell(text: str) -> Words:
    return say("{text}", text=text)


def _row(called: str, found: Sequence[Mapping[str, int]]) -> tuple[Words, ...]:
    return (_cell(called), _cell(number(sum(map(_all, found)))), _cell(number(sum(map(_trouble, found)))))


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return counts, the largest first; of equal ones by their name, since a database's JSON may lose its order."""
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def _all(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _trouble(counts: Mapping[str, int]) -> int:
    return _all(counts) - counts.get(WORKS, 0)


def _worst(counts: Mapping[str, int]) -> Words:
    troubles = [finding for finding, _ in _most(counts) if finding != WORKS]
    return _cell(name(troubles[0]) if troubles else "")


def _lasted(seconds: float) -> str:
    if seconds < _MINUTE:
        return "less than a minute"
    if seconds < _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    return f"{seconds / _HOUR:.1f} h"
