"""Whole sentences with placeholders, drawn so that nothing typed by anyone else is ever read as markup.

A template is ours and may mark `*bold*` and `` `code` ``; a value never can. The same words come out as Slack
rich text (values are bare text elements, which Slack does not parse), as a message's ``text`` (values escaped),
or as plain text for labels and field errors. Here is also what a reader can't see: which characters have no picture.

It is long because every kind of value is drawn, written and read in several ways, which have to fit each other.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import regex
from pydantic_core import CoreSchema, core_schema

_TOKEN = re.compile(r"(?P<bold>\*)|(?P<code>`)|\{(?P<name>\w+)\}|(?P<text>[^*`{]+)")

_GAP = re.compile(r"\{(\w+)\}")

_MARK = "$words"
"""Marks our own words in the database's JSON; no parameter or field of ours is called so."""

_UNSEEN = regex.compile(
    # Default_Ignorable_Code_Point is what a font may leave out. Those named by number are letters and symbols by
    # their category, and have an empty picture: Braille blank, null notehead, Khitan filler, hieroglyphs' blanks.
    r"[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u2800\U0001D159\U00016FE4\U00013441\U00013442]"
)

_DAYS, _MONTHS = 60, 24
"""Up to how many of them an age is told in days, and in months."""


@dataclass(frozen=True, slots=True)
class Person:
    """A mention of one Slack user, by id."""

    id: str


@dataclass(frozen=True, slots=True)
class Group:
    """A mention of a Slack user group, by id."""

    id: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A link to a Slack channel, by id."""

    id: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, which Slack shows in the reader's own time zone."""

    at: datetime
    form: str = "{date_short_pretty}, {time}"
    before: str = ""
    """What stands before it in the sentence, with its space: where a form begins, Slack writes “Today”, not “today”."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link whose address is ours, never a customer's."""

    url: str
    label: str


Value = str | int | Person | Group | Channel | Moment | Link
Element = dict[str, Any]


def mention(identifier: str) -> Person | Group:
    """Mention the person or the user group of an id: a group's begins with S, a person's with U or W."""
    return Group(identifier) if identifier.startswith("S") else Person(identifier)


@dataclass(frozen=True, slots=True)
class Words:
    """A template of ours and the values that fill it."""

    template: str
    values: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> CoreSchema:
        """Have pydantic write words into the database's JSON, marked as ours, and read them from there."""
        written = core_schema.plain_serializer_function_ser_schema(lambda words: {_MARK: to_json(words)})
        return core_schema.no_info_plain_validator_function(_read, serialization=written)

    def elements(self) -> list[Element]:
        """Return the elements of a rich text section."""
        drawn: list[Element] = []
        for piece, styles in self._pieces():
            element = _element(piece)
            if styles:
                element["style"] = dict.fromkeys(styles, True)
            drawn.append(element)
        return drawn

    def text(self) -> str:
        """Return the words for a message's ``text``: mentions and dates live, everything else escaped."""
        return "".join(_inline(piece) for piece, _ in self._pieces())

    def plain(self) -> str:
        """Return the words for a place that Slack does not parse: labels, hints, errors under a field."""
        return "".join(_bare(piece) for piece, _ in self._pieces())

    def _pieces(self) -> Iterable[tuple[Value, tuple[str, ...]]]:
        values = dict(self.values)
        for name, text, styles in _tokens(self.template):
            piece = values[name] if name else text
            if piece == "":
                continue
            yield visible(piece) if name and isinstance(piece, str) else piece, styles

    def __str__(self) -> str:
        return self.plain()


@lru_cache(maxsize=1024)
def _tokens(template: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Take a template apart: the name of each placeholder, or the text between them, and the styles of each."""
    found = []
    bold = code = False
    for token in _TOKEN.finditer(template):
        if token["bold"]:
            bold = not bold
        elif token["code"]:
            code = not code
        else:
            styles = tuple(name for name, on in (("bold", bold), ("code", code)) if on)
            found.append((token["name"] or "", token["text"] or "", styles))
    return tuple(found)


def say(template: str, /, **values: Value) -> Words:
    """Fill one of our sentences. Every placeholder must have its value: a missing one is a `KeyError` when drawn."""
    return Words(template, tuple(values.items()))


def visible(text: str) -> str:
    """Show what would otherwise hide or turn the text around: controls, direction marks, whatever has no picture.

    Line breaks become a visible arrow, so that a value can't imitate a line of ours.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def listed(names: Iterable[str], *, most: int = 10) -> str:
    """Join names for a sentence; of a crowd the first ``most``, and how many more there are."""
    every = tuple(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def mentions(ids: Sequence[str], *, last: str = ", ") -> Words:
    """Mention everyone: ``@a, @b and @c``. ``last`` joins the last two."""
    slots = [f"{{m{n}}}" for n in range(len(ids))]
    template = slots[0] if len(slots) == 1 else f"{', '.join(slots[:-1])}{last}{slots[-1]}" if slots else ""
    return Words(template, tuple((f"m{n}", mention(each)) for n, each in enumerate(ids)))


def mentioning_leads(template: str, ids: Sequence[str]) -> Words:
    """Fill it with whom to mention when leads are called; where that is nobody, with the word for them."""
    return mentioning(template, ids) if ids else Words(template.replace("%s", "Leads"))


def mentioning(template: str, ids: Sequence[str], *, last: str = ", ") -> Words:
    """Fill a sentence's one gap, ``%s``, with mentions of everyone."""
    everyone = mentions(ids, last=last)
    return Words(template.replace("%s", everyone.template), everyone.values)


def joined(parts: Iterable[Words], by: str) -> Words:
    """Return several words as one, with ``by`` between them. Two of them may use the same name for their gaps."""
    templates: list[str] = []
    values: list[tuple[str, Value]] = []
    for n, words in enumerate(parts):
        templates.append(_GAP.sub(rf"{{w{n}_\1}}", words.template))
        values += [(f"w{n}_{name}", value) for name, value in words.values]
    return Words(by.join(templates), tuple(values))


def within(template: str, /, **values: "Value | Words") -> Words:
    """Fill a sentence as `say` does, also with words: their mentions and dates stay what they are."""
    filled: list[tuple[str, Value]] = []
    for name, value in values.items():
        if isinstance(value, Words):
            template = template.replace(f"{{{name}}}", _GAP.sub(rf"{{{name}_\1}}", value.template))
            filled += [(f"{name}_{inner}", each) for inner, each in value.values]
        else:
            filled.append((name, value))
    return Words(template, tuple(filled))


def is_unseen(character: str) -> bool:
    """Whether nothing of a character can be seen, or it only changes how others are drawn. Spaces can be seen."""
    return bool(_UNSEEN.match(character))


def character_name(character: str) -> str:
    """Return a character and its name: ``а (CYRILLIC SMALL LETTER A)``; by its number when it shows nothing alone."""
    alone = not (is_unseen(character) or character.isspace() or unicodedata.combining(character))
    name = unicodedata.name(character, "")
    shown = character if alone else f"U+{ord(character):04X}"
    return f"{shown} ({name})" if name else shown


def escape(text: str) -> str:
    """Escape Slack's three control characters (docs.slack.dev, Formatting message text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def to_json(words: Words) -> dict[str, Any]:
    """Return the words as plain JSON, for the database."""
    return {"template": words.template, "values": {name: _pack(value) for name, value in words.values}}


def _read(given: Any) -> Words:
    return given if isinstance(given, Words) else from_json(given[_MARK])


def from_json(stored: Mapping[str, Any]) -> Words:
    """Rebuild what `to_json` wrote."""
    return Words(stored["template"], tuple((name, _unpack(value)) for name, value in stored["values"].items()))


def _shown(character: str) -> str:
    if character in "\r\n\u2028\u2029":
        return " ↵ "
    if character == "\t":
        return " "
    if is_unseen(character):
        return f"⟨U+{ord(character):04X}⟩"
    return character


def _element(piece: Value) -> Element:
    match piece:
        case Person(id=user):
            return {"type": "user", "user_id": user}
        case Group(id=group):
            return {"type": "usergroup", "usergroup_id": group}
        case Channel(id=channel):
            return {"type": "channel", "channel_id": channel}
        case Moment(at=at, form=form, before=before):
            told = f"{before}{_utc(at)}"
            return {"type": "date", "timestamp": int(at.timestamp()), "format": f"{before}{form}", "fallback": told}
        case Link(url=url, label=label):
            return {"type": "link", "url": url, "text": label}
        case _:
            return {"type": "text", "text": str(piece)}


def _inline(piece: Value) -> str:
    match piece:
        case Person(id=user):
            return f"<@{user}>"
        case Group(id=group):
            return f"<!subteam^{group}>"
        case Channel(id=channel):
            return f"<#{channel}>"
        case Moment(at=at, form=form, before=before):
            return f"<!date^{int(at.timestamp())}^{before}{form}|{before}{_utc(at)}>"
        case Link(url=url, label=label):
            return f"<{url}|{escape(label)}>"
        case _:
            return escape(str(piece))


def _bare(piece: Value) -> str:
    match piece:
        case Person(id=name) | Group(id=name) | Channel(id=name):
            return name
        case Moment(at=at, before=before):
            return f"{before}{_utc(at)}"
        case Link(label=label):
            return label
        case _:
            return str(piece)


def day(at: datetime) -> str:
    """Return a day of UTC as Slack writes it, for where Slack can't write it itself: ``Nov 24, 2026``."""
    utc = at.astimezone(UTC)
    return f"{utc:%b} {utc.day}, {utc.year}"


def age(created: datetime, at: datetime) -> str:
    """Return how old something is at a time: ``5 days old``."""
    days = (at - created).days
    if days < 1:
        return "less than a day old"
    if days < _DAYS:
        return "1 day old" if days == 1 else f"{days} days old"
    months = days // 30
    return f"{months} months old" if months < _MONTHS else f"{days // 365} years old"


def _utc(at: datetime) -> str:
    return f"{day(at)}, {at.astimezone(UTC):%H:%M} UTC"


def _pack(value: Value) -> Any:
    match value:
        case Person(id=user):
            return {"person": user}
        case Group(id=group):
            return {"group": group}
        case Channel(id=channel):
            return {"channel": channel}
        case Moment(at=at, form=form, before=before):
            return {"at": at.isoformat(), "form": form, **({"before": before} if before else {})}
        case Link(url=url, label=label):
            return {"url": url, "label": label}
        case _:
            return value


def _unpack(stored: Any) -> Value:
    match stored:
        case {"person": str(user)}:
            return Person(user)
        case {"group": str(group)}:
            return Group(group)
        case {"channel": str(channel)}:
            return Channel(channel)
        case {"at": str(at), "form": str(form)}:
            return Moment(datetime.fromisoformat(at), form, stored.get("before", ""))
        case {"url": str(url), "label": str(label)}:
            return Link(url, label)
        case str() | int():
            return stored
        case _:
            raise TypeError(f"not a value of ours: {type(stored).__name__}")
