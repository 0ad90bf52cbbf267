"""What somebody means who typed a slash command: the menu, a scenario, a customer, or something close to one of these.

Nothing of Slack's is in here, and nothing is run. Letter case, blanks of every kind and what pasting puts around a word
make no difference. Everything else that isn't what a command is called is only offered: a person presses it or not.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from bot.addresses import flaw
from bot.answer import Way
from bot.scenario import Scenario
from bot.wrappings import QUOTES, addresses, from_slack, is_blank, is_mention, layers, trimmed

CHECK = Way.CHECK.scenario
"""The scenario that a customer alone asks for, where it is there."""

HELP = frozenset({"help", "?", "-h", "--help", "menu"})

_AROUND = f"{QUOTES}*_~"
_MOST_WORDS = 4
"""Words that a command's name or title has at most, as far as it is looked for."""
_MOST_NEAR = 3
_MOST_MARKS = 4
"""Marks that are taken off each end of a line: three back ticks and a pair of quotes."""
_PLURAL = 0.95
_ALIKE = 0.8
_A_WORD_OF_IT = 0.7
_SHORTEST = 4
"""Letters that a word must have to be close to another: between shorter ones everything is."""
_LONGEST_WORD = 40
_LONGEST_NAME = 320

_SUB = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBER = re.compile(r"\+[0-9]{6,15}")


@dataclass(frozen=True, slots=True)
class Menu:
    """Everything that there is."""


@dataclass(frozen=True, slots=True)
class Start:
    """A scenario, with what was typed after its name; empty where nothing was."""

    scenario: str
    text: str


@dataclass(frozen=True, slots=True)
class Explain:
    """What a scenario is for."""

    scenario: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """Nothing that may be run without asking."""

    typed: str
    """What was taken for a command's name."""
    near: tuple[Start, ...] = ()
    """What comes close to it, the closest first."""
    customers: tuple[str, ...] = ()
    """What may be a customer, as it can be checked."""
    is_mention: bool = False
    """Whether it is a person or a channel of Slack's."""


Meant = Menu | Start | Explain | Unclear


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    end: int
    """Where it ends in its line."""

    @property
    def plain(self) -> str:
        """The word in the one way in which names are compared: lower case, usual letters, nothing around it."""
        usual = unicodedata.normalize("NFKC", self.text).casefold().strip(_AROUND)
        return "".join("-" if unicodedata.category(each) == "Pd" else each for each in usual)


def read(command: str, text: str, scenarios: Mapping[str, Scenario[Any]], *, prefix: str) -> Meant:
    """Return what is meant by a slash command and what was typed after it. ``prefix``: ``/cognito``, or as set."""
    name = command.casefold().removeprefix(prefix.casefold()).removeprefix("-")
    line = trimmed(text)
    if name in scenarios:
        return _of(name, line, scenarios, prefix)
    if name:
        return _unclear(f"{name} {line}", scenarios, prefix)
    opened = _opened(line)
    words = list(_words(opened))
    if not words:
        return Menu()
    first, rest = words[0].plain, trimmed(opened[words[0].end :])
    if first in scenarios:
        return _of(first, rest, scenarios, prefix)
    if first in HELP or words[0].text in HELP:
        asked = next(iter(_words(rest)), None)
        return Explain(asked.plain) if asked and asked.plain in scenarios else Menu()
    if CHECK in scenarios and len(addresses(line)) < 2 and _is_customer(line):
        return Start(CHECK, line)
    return _unclear(opened, scenarios, prefix)


def _of(name: str, text: str, scenarios: Mapping[str, Scenario[Any]], prefix: str) -> Meant:
    """Return what is meant by a command that is there."""
    words = list(_words(text))
    if len(words) == 1 and (words[0].plain in HELP or words[0].text in HELP):
        return Explain(name)
    if words:
        typed_again = words[0].plain == name and len(words) > 1
        if typed_again or _phrase(words[:1]).startswith(f"{_phrase_of(prefix)} "):
            # The whole command was pasted behind the command.
            return _unclear(text, scenarios, prefix)
    return Start(name, text)


def _unclear(line: str, scenarios: Mapping[str, Scenario[Any]], prefix: str) -> Unclear:
    words = list(_words(line))
    found = addresses(line)
    alone = (line,) if len(words) == 1 and not found and _may_be_name(line) else ()
    near = tuple(_near(line, words, scenarios, prefix))
    checked = any(each.scenario == CHECK and each.text for each in near)
    return Unclear(
        typed=words[0].text if words else line,
        near=near,
        customers=(found or alone) if CHECK in scenarios and not checked else (),
        is_mention=is_mention(from_slack(line)),
    )


def _near(line: str, words: list[_Word], scenarios: Mapping[str, Scenario[Any]], prefix: str) -> Iterator[Start]:
    """Yield what comes close to what the line begins with, with the rest of it; nothing but the same if it is there."""
    best: dict[str, tuple[float, int]] = {}
    for n in range(1, min(len(words), _MOST_WORDS) + 1):
        phrase = _phrase(words[:n]).removeprefix(f"{_phrase_of(prefix)} ")
        if len(phrase) > _LONGEST_WORD:
            break
        for name, scenario in scenarios.items():
            likeness = _likeness(phrase, scenario)
            if likeness > 0:
                best[name] = max(best.get(name, (0.0, 0)), (likeness, n))
    ranked = sorted(best.items(), key=lambda each: (*(-part for part in each[1]), each[0]))
    closest = ranked[0][1][0] if ranked else 0.0
    for name, (likeness, n) in ranked[:_MOST_NEAR]:
        # What only has a word of it counts where nothing is closer: "chek" means the check, not the one of a pool.
        if likeness == closest or (_A_WORD_OF_IT < closest < 1.0 and likeness > _A_WORD_OF_IT):
            yield Start(name, trimmed(line[words[n - 1].end :]))


def _likeness(phrase: str, scenario: Scenario[Any]) -> float:
    called = (_phrase_of(scenario.name), _phrase_of(scenario.title))
    if phrase in called:
        return 1.0
    if _singular(phrase) == _singular(called[0]):
        return _PLURAL
    if len(phrase) < _SHORTEST:
        return 0.0
    alike = max(_alike(phrase, each) for each in called)
    if alike >= _ALIKE:
        return alike
    parts = (part for part in called[0].split() if len(part) >= _SHORTEST)
    return _A_WORD_OF_IT if any(_alike(phrase, part) > _ALIKE for part in parts) else 0.0


def _singular(phrase: str) -> str:
    return f"{phrase[:-3]}y" if phrase.endswith("ies") else phrase.removesuffix("s")


def _alike(one: str, other: str) -> float:
    """Return how much two texts are alike, from 0 to 1; 0 where it is less than counts."""
    compared = SequenceMatcher(a=one, b=other, autojunk=False)
    # The first two are upper bounds of the third, and cheap.
    for ratio in (compared.real_quick_ratio, compared.quick_ratio, compared.ratio):
        if ratio() < _ALIKE:
            return 0.0
    return compared.ratio()


def _phrase(words: list[_Word]) -> str:
    return _phrase_of(" ".join(word.plain for word in words))


def _phrase_of(text: str) -> str:
    """Return words as they are compared with names: ``/Cognito-Verify_Email:`` and ``cognito verify email`` are one."""
    apart = "".join(each if each.isalnum() else " " for each in text.casefold())
    return " ".join(apart.split())


def _is_customer(line: str) -> bool:
    """Whether a line can only be a customer: an address, a sub or a telephone number, however wrapped."""
    possible = (each.text for each in layers(from_slack(line)))
    return any(_looks_like_address(each) or _SUB.fullmatch(each) or _NUMBER.fullmatch(each) for each in possible)


def _looks_like_address(text: str) -> bool:
    name, _, place = text.rpartition("@")
    return bool(name and place) and not any(map(is_blank, place)) and ("@" not in name) and not flaw(text)


def _may_be_name(line: str) -> bool:
    return len(line) <= _LONGEST_NAME and any(map(str.isalnum, line)) and not is_mention(from_slack(line))


def _opened(line: str) -> str:
    """Return a line without the marks around all of it, as around pasted code; those around its first word stay."""
    for _ in range(_MOST_MARKS):
        first = next(_words(line), None)
        if first is None or len(line) < 3 or line[0] not in _AROUND or line[-1] not in _AROUND:
            break
        if first.end < len(line) and first.plain and first.text[-1] in _AROUND:
            break
        line = trimmed(line[1:-1])
    return line


def _words(line: str) -> Iterator[_Word]:
    """Yield the words of a line. What can't be seen separates them too."""
    start = None
    for place, character in enumerate(line):
        if not is_blank(character):
            start = place if start is None else start
        elif start is not None:
            yield _Word(line[start:place], place)
            start = None
    if start is not None:
        yield _Word(line[start:], len(line))
