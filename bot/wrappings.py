"""What clients and mails put around a name or an address on its way, and what is left when it is taken off again.

Nothing here decides who is meant, and nothing is rewritten: a layer is taken off or it stays. Every step is linear in
the text, and there are at most `_ROUNDS` of them, so a text that was made to be long costs no more than its length.

It is long because it is one list of steps, each for one kind of wrapping.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import unquote

from bot.addresses import caseless, flaw
from bot.words import is_unseen

QUOTES = "\"'`´“”„‟‘’‚‛«»‹›＂＇「」『』〝〞〟"
"""Quotes of every kind, back ticks among them."""

MOST_READINGS = 4
"""Each of them is looked up in Cognito."""

_ROUNDS = 24
"""Layers that are taken off; four wrappings one in another have at most three each."""

_MOST_ADDRESSES = 6
_MOST_WORDS = 60
"""How many addresses are told apart in a text, and how many of its words are looked at for that."""

_BRACKETS = {")": "(", "]": "[", "}": "{", ">": "<"}
_MARKS = "*_~"
"""What makes text bold, italic or struck out. Each may stand in an address."""
_ENDS = ".,;:!?、。，；：！？"
_STARTS = ",;:•·>»–—"

_SCHEME = re.compile(r"(mailto|smtp|tel|sip):(?://)?", re.IGNORECASE)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_LESS = re.compile(r"&(?:amp;)*lt;")
_GREATER = re.compile(r"&(?:amp;)*gt;")
_AND = re.compile(r"&(?:amp;)+")
_LINK = re.compile(r"<(?:mailto|tel):([^<>|?%]*)(?:\|([^<>|]*))?>", re.IGNORECASE)
_HOST = re.compile(r"<https?://([^<>|]*)\|([^<>|]*)>", re.IGNORECASE)
_MENTION = re.compile(
    r"<(?:@[UWB][A-Z0-9]{2,20}|#[CDG][A-Z0-9]{2,20}|!(?:here|channel|everyone|subteam\^S[A-Z0-9]{2,20}))(?:\|[^<>]*)?>"
)
_MARKDOWN = re.compile(r"\[([^\[\]()]*)\]\(([^\[\]()]*)\)")
_PHONE = re.compile(r"(?:\+|00)[0-9][0-9 ().\-/\u00a0\u2010-\u2015\u202f]{4,30}")
_BETWEEN = re.compile(r"[\s<>()\[\]{},;:|、，；：＜＞（）\"“”„‟«»‹›`‘’‚‛]+")
_BROKEN = re.compile(r"[\r\n\u2028\u2029]+")

_LABELS = frozenset(
    {
        *("e mail", "email", "mail", "e mail address", "email address", "mail address", "address", "from", "to", "cc"),
        *("bcc", "reply to", "sender", "recipient", "user", "username", "user name", "user id", "login", "account"),
        *("customer", "sub", "phone", "tel", "telephone", "phone number"),
    }
)
_LONGEST_LABEL = 24

# Keyboards for East Asian scripts write these for the characters of an address.
_WIDE = {0xFF01 + n: 0x21 + n for n in range(94)} | {0x3000: " ", 0x3002: ".", 0xFF61: ".", 0xFE6B: "@"}

# Web pages allow a long address to be broken there; none of it is part of the address.
_BREAKS = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))


@dataclass(frozen=True, slots=True)
class Layer:
    """What a text is without some of its layers."""

    text: str
    may_be_name: bool
    """Whether it may be somebody's name as it stands: an account may be called what looks like an addition."""


def trimmed(text: str) -> str:
    """Take off blanks of every kind at both ends, and with them what has no width or only turns the text around."""
    start, end = 0, len(text)
    while start < end and is_blank(text[start]):
        start += 1
    while start < end and is_blank(text[end - 1]):
        end -= 1
    return text[start:end]


def from_slack(text: str) -> str:
    """Undo what Slack alone does to a value: its link around an address, its three entities, and blanks at the ends."""
    text = trimmed(_AND.sub("&", _GREATER.sub(">", _LESS.sub("<", text))))
    for _ in range(_ROUNDS):
        link = _LINK.fullmatch(text)
        if link is None or not _is_plain(link):
            break
        text = trimmed(link[1])
    return text


def layers(text: str, *, new: bool = False) -> tuple[Layer, ...]:
    """Return a text as it is, and without one, two, … of its layers: the barest one last.

    ``new``: it is to be written, not looked up. Then only what can't be part of an address is taken off.
    """
    steps = _STEPS_OF_NEW if new else _STEPS
    found = [Layer(text, may_be_name=True)]
    for _ in range(_ROUNDS):
        before = found[-1]
        taken = _outermost(before.text, steps)
        if taken is None:
            break
        if taken.certain:
            found[-1] = Layer(before.text, may_be_name=len(found) == 1)
        found += (Layer(each, may_be_name=_may_be_name(each)) for each in taken.inside)
    return tuple(found)


def readings(typed: str) -> tuple[str, ...]:
    """Return what a text may stand for, itself first and the barest last. An empty text stands for nothing."""
    first, *others = layers(typed)
    kept = dict.fromkeys(each.text for each in others[:-1] if each.may_be_name)
    kept |= dict.fromkeys(each.text for each in others[-1:])
    kept.pop(first.text, None)
    last = list(kept)[1 - MOST_READINGS :]
    return tuple(each for each in (first.text, *last) if each)


def addresses(text: str) -> tuple[str, ...]:
    """Return the addresses that stand in a text, each once however it is spelled; at most six, in their order."""
    found: dict[str, str] = {}
    for word in _BETWEEN.split(text, maxsplit=_MOST_WORDS)[:_MOST_WORDS]:
        bare = word.strip("'" + _MARKS).rstrip(_ENDS).strip("'" + _MARKS)
        if "@" in bare and not flaw(bare):
            found.setdefault(caseless(bare), bare)
        if len(found) == _MOST_ADDRESSES:
            break
    return tuple(found.values())


def is_mention(text: str) -> bool:
    """Whether it is one of Slack's own: a person, a channel or a group, not a customer."""
    return bool(_MENTION.fullmatch(text))


@dataclass(frozen=True, slots=True)
class Taken:
    """What comes of taking the outermost layer off."""

    inside: tuple[str, ...]
    """What it may be without it, the barest last; never empty."""
    certain: bool = False
    """Whether it is a layer for certain, so that what was there before can be no name."""


Step = Callable[[str], Taken | None]
"""Takes the outermost layer off; None where that isn't of its kind."""


def _blanks(text: str) -> Taken | None:
    bare = trimmed(text)
    return Taken((bare,), certain=True) if bare and bare != text else None


def _entities(text: str) -> Taken | None:
    """Undo HTML's entities. No address has a semicolon in it; without one it may be an address's own ``&copy``."""
    if not _ENTITY.search(text):
        return None
    bare = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return Taken((bare,), certain=True) if bare and bare != text else None


def _hosts(text: str) -> Taken | None:
    """Undo Slack's link around the domain of an address that it hasn't understood."""
    bare = _HOST.sub(lambda found: found[2] if found[1].rstrip("/") == found[2] else found[0], text)
    return Taken((bare,), certain=True) if bare and bare != text else None


def _angles(text: str) -> Taken | None:
    """Take ``Ana Lopez <…>`` and ``<…>`` off; not where the name is another address than the one in the brackets."""
    if not text.endswith(">") or "<" not in text or is_mention(text):
        return None
    place = _opening(text)
    name, inside = text[:place], text[place + 1 : -1]
    if "|" in inside and _SCHEME.match(inside):
        # Slack shows what stands behind the bar, so that is what a person has seen.
        target, _, label = inside.partition("|")
        if _is_other_address(label, target):
            return None
        inside = target
    wraps = not name or "@" in inside or name[-1].isspace() or name[-1] in QUOTES
    if not trimmed(inside) or not wraps or _is_other_address(name, inside):
        return None
    return Taken((inside,), certain=True)


def _scheme(text: str) -> Taken | None:
    """Take ``mailto:`` off, with the subject behind it. What is encoded in it may also be meant as it is."""
    scheme = _SCHEME.match(text)
    if scheme is None:
        return None
    bare = text[scheme.end() :].partition("?")[0]
    if not trimmed(bare):
        return None
    if not _PERCENT.search(bare):
        return Taken((bare,), certain=True)
    decoded = unquote(bare, errors="replace")
    return Taken((bare, decoded)) if decoded and decoded != bare else Taken((bare,), certain=True)


def _plain_scheme(text: str) -> Taken | None:
    """Take ``mailto:`` off where nothing in it is encoded, so that what is meant is beyond doubt."""
    taken = _scheme(text)
    return taken if taken and taken.certain else None


def _percent(text: str) -> Taken | None:
    """Undo the encoding of an address that was copied out of a link."""
    if "@" in text or "%40" not in text:
        return None
    return Taken((unquote(text, errors="replace"),))


def _labels(text: str) -> Taken | None:
    """Take off what a mail or a table writes before an address: ``From:``, ``E-mail:``, ``email=``."""
    head = text[: _LONGEST_LABEL + 1]
    places = [place for place in (head.find(":"), head.find("="), head.find("：")) if place > 0]
    if not places:
        return None
    place = min(places)
    label, bare = head[:place], trimmed(text[place + 1 :])
    if label[0] in _MARKS and bare.startswith(label[0]):
        # *From:* ana@example.com
        label, bare = label[1:], trimmed(bare[1:])
    elif label[0] in QUOTES + _MARKS and label[-1] in QUOTES + _MARKS:
        label = label[1:-1]
    if " ".join(label.casefold().replace("-", " ").replace("_", " ").split()) not in _LABELS or not bare:
        return None
    return Taken((bare,), certain=text[place] != "=")


def _markdown(text: str) -> Taken | None:
    link = _MARKDOWN.fullmatch(text)
    if link is None or not link[2] or _is_other_address(link[1], link[2]):
        return None
    return Taken((link[2],), certain=True)


def _comments(text: str) -> Taken | None:
    """Take ``(Ana Lopez)`` off the end."""
    if not text.endswith(")") or "(" not in text:
        return None
    place = _opening(text)
    bare, comment = text[:place], text[place + 1 : -1]
    wraps = bare[-1:].isspace() or "@" in bare
    if not trimmed(bare) or not wraps or _is_other_address(comment, bare):
        return None
    return Taken((trimmed(bare),), certain=True)


def _brackets(text: str) -> Taken | None:
    if len(text) > 2 and text[-1] in ")]}" and _opening(text) == 0:
        return Taken((text[1:-1],))
    return None


def _quotes(text: str) -> Taken | None:
    """Take a pair of quotes off; of back ticks as many as stand on both sides."""
    if len(text) < 3 or text[0] not in QUOTES or text[-1] not in QUOTES:
        return None
    n = _run(text, "`") if text[0] == text[-1] == "`" else 1
    return Taken((text[n:-n],)) if len(text) > 2 * n else None


def _marks(text: str) -> Taken | None:
    """Take off what makes text bold, italic or struck out; only in pairs, for each may belong to the address."""
    if len(text) < 3 or text[0] not in _MARKS or text[-1] != text[0]:
        return None
    n = _run(text, text[0])
    return Taken((text[n:-n],)) if len(text) > 2 * n else None


def _separators(text: str) -> Taken | None:
    """Take off what ends a sentence or goes on with a list."""
    bare = text[:-1] if text[-1:] and text[-1] in _ENDS else text
    return Taken((bare,)) if trimmed(bare) and bare != text else None


def _bullets(text: str) -> Taken | None:
    """Take off what begins an item of a list, or a line of a mail that is answered."""
    bare = text.lstrip(_STARTS)
    if bare == text and text[:1] in ("-", "*") and text[1:2].isspace():
        bare = text[1:]
    return Taken((bare,)) if trimmed(bare) and bare != text else None


def _half_quotes(text: str) -> Taken | None:
    """Take off quotes and marks of which only one side was copied."""
    # A quoted local part is part of its address: "ana lopez"@example.com
    opening = QUOTES.replace('"', "") if '"@' in text else QUOTES
    closing = QUOTES + _MARKS if "@" in text else QUOTES
    bare = text.lstrip(opening).rstrip(closing)
    return Taken((bare,)) if trimmed(bare) and bare != text else None


def _numbers(text: str) -> Taken | None:
    """Write a telephone number as Cognito keeps it: +15550100."""
    if not _PHONE.fullmatch(text):
        return None
    number = "+" + "".join(each for each in text if each in "0123456789").removeprefix("" if text[0] == "+" else "00")
    return Taken((number,)) if number != text else None


def _wrapped_lines(text: str) -> Taken | None:
    """Join an address that a mail's lines, or a pasting, have split; not where a part of it is an address already."""
    lines = [trimmed(each) for each in _BROKEN.split(text)]
    if len(lines) > 1:
        apart = all(len(each.split()) == 1 for each in lines) and not addresses(text)
    else:
        words = text.split()
        apart = len(words) > 1 and all("@" in one[-1] + two[0] for one, two in pairwise(words))
    if not apart:
        return None
    # Some mails write an equals sign where they break a line.
    joined = ("".join(text.split()), "".join(each.removesuffix("=") for each in text.split()))
    whole = tuple(each for each in dict.fromkeys(joined) if not flaw(each))
    return Taken(whole, certain=True) if whole else None


def _wide(text: str) -> Taken | None:
    bare = text.translate(_WIDE)
    return Taken((bare,)) if bare != text and trimmed(bare) else None


def _unseen(text: str) -> Taken | None:
    """Take out where a long address may be broken, and what has no picture at its ends."""
    bare = text.translate(_BREAKS)
    while bare and is_unseen(bare[-1]):
        bare = bare[:-1]
    while bare and is_unseen(bare[0]):
        bare = bare[1:]
    return Taken((bare,)) if bare and bare != text else None


_STEPS: tuple[Step, ...] = (
    *(_blanks, _entities, _hosts, _markdown, _angles, _scheme, _labels, _comments, _separators, _quotes, _marks),
    *(_brackets, _bullets, _half_quotes, _numbers, _percent, _wrapped_lines, _unseen, _wide),
)
_STEPS_OF_NEW: tuple[Step, ...] = (
    *(_blanks, _hosts, _markdown, _angles, _plain_scheme, _labels, _comments, _separators, _quotes),
)


def _outermost(text: str, steps: tuple[Step, ...]) -> Taken | None:
    """Take off whichever layer is there; None where there is none, or where no letter would be left."""
    for step in steps:
        taken = step(text)
        if taken is not None and any(each.isalnum() for each in taken.inside[-1]):
            return taken
    return None


def _opening(text: str) -> int:
    """Return where the bracket opens that the last character closes; if none does, where the last one opens, or -1."""
    closing, depth = text[-1], 0
    opening = _BRACKETS[closing]
    for place in range(len(text) - 1, -1, -1):
        depth += (text[place] == closing) - (text[place] == opening)
        if depth == 0:
            return place
    return text.rfind(opening)


def _run(text: str, mark: str) -> int:
    """How often a mark stands at both ends."""
    return min(len(text) - len(text.lstrip(mark)), len(text) - len(text.rstrip(mark)))


def _is_plain(link: re.Match[str]) -> bool:
    """Whether a link of Slack's shows what it leads to."""
    return not link[2] or not _is_other_address(link[2], link[1])


def _is_other_address(shown: str, meant: str) -> bool:
    """Whether an address is shown that isn't the one which is meant."""
    bare = {caseless(each) for each in addresses(meant)}
    return any(caseless(each) not in bare for each in addresses(shown))


def _may_be_name(text: str) -> bool:
    return bool(text) and not any(each in "<>" or is_blank(each) for each in set(text))


def is_blank(character: str) -> bool:
    """Whether a character only separates words, has no width, or only turns the text around."""
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Zs")
