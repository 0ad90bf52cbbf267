"""Whole sentences with placeholders, drawn so that nothing typed by anyone else is ever read as markup.

A template is ours and may mark `*bold*` and `` `code` ``; a value never can. The same words come out as Slack
rich text (values are bare text elements, which Slack does not parse), as a message's ``text`` (values escaped),
or as plain text for labels and field errors.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.characters import is_unseen

_TOKEN = re.compile(r"(?P<bold>\*)|(?P<code>`)|\{(?P<name>\w+)\}|(?P<text>[^*`{]+)")


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


@dataclass(frozen=True, slots=True)
class Link:
    """A link whose address is ours, never a customer's."""

    url: str
    label: str


Value = str | int | Person | Group | Channel | Moment | Link
Element = dict[str, Any]


def mention(identifier: str) -> Person | Group:
    """Mention whoever a setting names: ids of user groups begin with S, ids of people with U or W."""
    return Group(identifier) if identifier.startswith("S") else Person(identifier)


@dataclass(frozen=True, slots=True)
class Words:
    """A template of ours and the values that fill it."""

    template: str
    values: tuple[tuple[str, Value], ...] = ()

    def elements(self) -> list[Element]:
        """Return the elements of a rich text section."""
        drawn: list[Element] = []
        for piece, style in self._pieces():
            element = _element(piece)
            if style:
                element["style"] = style
            drawn.append(element)
        return drawn

    def text(self) -> str:
        """Return the words for a message's ``text``: mentions and dates live, everything else escaped."""
        return "".join(_inline(piece) for piece, _ in self._pieces())

    def plain(self) -> str:
        """Return the words for a place that Slack does not parse: labels, hints, errors under a field."""
        return "".join(_bare(piece) for piece, _ in self._pieces())

    def _pieces(self) -> Iterable[tuple[Value, dict[str, bool]]]:
        values = dict(self.values)
        bold = code = False
        for token in _TOKEN.finditer(self.template):
            if token["bold"]:
                bold = not bold
            elif token["code"]:
                code = not code
            else:
                piece = values[token["name"]] if token["name"] else token["text"]
                if piece == "":
                    continue
                if isinstance(piece, str) and token["name"]:
                    piece = visible(piece)
                yield piece, {name: True for name, on in (("bold", bold), ("code", code)) if on}

    def __str__(self) -> str:
        return self.plain()


def say(template: str, /, **values: Value) -> Words:
    """Fill one of our sentences. Every placeholder must have its value: a missing one is a `KeyError` when drawn."""
    return Words(template, tuple(values.items()))


def visible(text: str) -> str:
    """Show what would otherwise hide or turn the text around: controls, direction marks, whatever has no picture.

    Line breaks become a visible arrow, so that a value can't imitate a line of ours.
    """
    return "".join(_shown(character) for character in text)


def listed(names: Iterable[str], *, most: int = 10) -> str:
    """Join names for a sentence; of a crowd the first ``most``, and how many more there are."""
    every = tuple(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def escape(text: str) -> str:
    """Escape Slack's three control characters (docs.slack.dev, Formatting message text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def to_json(words: Words) -> dict[str, Any]:
    """Return the words as plain JSON, for the database."""
    return {"template": words.template, "values": {name: _pack(value) for name, value in words.values}}


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
        case Moment(at=at, form=form):
            return {"type": "date", "timestamp": int(at.timestamp()), "format": form, "fallback": _utc(at)}
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
        case Moment(at=at, form=form):
            return f"<!date^{int(at.timestamp())}^{form}|{_utc(at)}>"
        case Link(url=url, label=label):
            return f"<{url}|{escape(label)}>"
        case _:
            return escape(str(piece))


def _bare(piece: Value) -> str:
    match piece:
        case Person(id=name) | Group(id=name) | Channel(id=name):
            return name
        case Moment(at=at):
            return _utc(at)
        case Link(label=label):
            return label
        case _:
            return str(piece)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%d %b %Y, %H:%M UTC")


def _pack(value: Value) -> Any:
    match value:
        case Person(id=user):
            return {"person": user}
        case Group(id=group):
            return {"group": group}
        case Channel(id=channel):
            return {"channel": channel}
        case Moment(at=at, form=form):
            return {"at": at.isoformat(), "form": form}
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
            return Moment(datetime.fromisoformat(at), form)
        case {"url": str(url), "label": str(label)}:
            return Link(url, label)
        case str() | int():
            return stored
        case _:
            raise TypeError(f"not a value of ours: {type(stored).__name__}")
