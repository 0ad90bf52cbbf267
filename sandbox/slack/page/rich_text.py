"""The `rich_text` block, drawn as HTML: sections, lists, quotes and preformatted text with every kind of part."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from markupsafe import Markup, escape

from sandbox.slack.page import mentions
from sandbox.slack.page.reader import Reader
from sandbox.slack.page.shortcodes import emoji_named

Json = dict[str, Any]

_STYLES: Final = (("code", "code"), ("bold", "strong"), ("italic", "em"), ("strike", "s"), ("underline", "u"))
_COLOR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_DEEPEST: Final = 8


def rich_text(elements: Sequence[Json], reader: Reader) -> Markup:
    """The whole block."""
    drawn = Markup("")
    waiting: list[Json] = []
    for element in [*elements, {}]:
        # Slack sends a nested list as a row of lists of growing indent; they are drawn as one.
        if element.get("type") == "rich_text_list":
            waiting.append(element)
            continue
        drawn += _list(waiting, reader)
        waiting = []
        drawn += _container(element, reader) if element else Markup("")
    return drawn


def _container(element: Json, reader: Reader) -> Markup:
    inside = _parts(element.get("elements", ()), reader)
    match element.get("type"):
        case "rich_text_preformatted":
            return Markup("<pre>{}</pre>").format(inside)
        case "rich_text_quote":
            return Markup("<blockquote>{}</blockquote>").format(inside)
        case _:
            return Markup('<div class="rich-section">{}</div>').format(inside)


def _list(lists: Iterable[Json], reader: Reader) -> Markup:
    drawn = Markup("")
    for one in lists:
        level = min(int(one.get("indent") or 0), _DEEPEST)
        ordered = one.get("style") == "ordered"
        items = Markup("").join(
            Markup("<li>{}</li>").format(_parts(item.get("elements", ()), reader)) for item in one.get("elements", ())
        )
        opening = Markup('<ol class="rich-list level-{}" start="{}">{}</ol>')
        if ordered:
            drawn += opening.format(level, int(one.get("offset") or 0) + 1, items)
        else:
            drawn += Markup('<ul class="rich-list level-{}">{}</ul>').format(level, items)
    return drawn


def _parts(parts: Iterable[Json], reader: Reader) -> Markup:
    return Markup("").join(_part(part, reader) for part in parts)


def _part(part: Json, reader: Reader) -> Markup:
    style = part.get("style") or {}
    return _styled(_bare(part, reader), style if isinstance(style, dict) else {})


def _bare(part: Json, reader: Reader) -> Markup:
    match part.get("type"):
        case "link":
            address = str(part.get("url", ""))
            return mentions.link(address, _lines(str(part.get("text") or address)), reader)
        case "user":
            return mentions.user(str(part.get("user_id", "")), reader)
        case "usergroup":
            return mentions.group(str(part.get("usergroup_id", "")), reader)
        case "channel":
            return mentions.channel(str(part.get("channel_id", "")), reader)
        case "broadcast":
            return mentions.broadcast(str(part.get("range", "")))
        case "team":
            return mentions.mention(f"@{part.get('team_id', '')}", of_me=False)
        case "emoji":
            return _emoji(part)
        case "date":
            return _date(part, reader)
        case "color":
            return _color(str(part.get("value", "")))
        case _:
            return _lines(str(part.get("text", "")))


def _emoji(part: Json) -> Markup:
    name = str(part.get("name", ""))
    tone = part.get("skin_tone")
    drawn = emoji_named(name, str(tone) if tone else None)
    if drawn is None:
        return escape(f":{name}:")
    return Markup('<span class="emoji" title=":{}:">{}</span>').format(name, drawn)


def _date(part: Json, reader: Reader) -> Markup:
    return mentions.date(
        str(part.get("timestamp", "")),
        str(part.get("format", "")),
        str(part.get("fallback", "")),
        reader,
        str(part.get("url") or ""),
    )


def _color(value: str) -> Markup:
    if not _COLOR.fullmatch(value):
        return escape(value)
    # An SVG attribute carries the colour, because the page's policy forbids inline styles.
    return Markup(
        '<svg class="swatch" viewBox="0 0 1 1" aria-hidden="true"><rect width="1" height="1" fill="{0}"/></svg>{0}'
    ).format(value)


def _lines(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in text.split("\n"))


def _styled(drawn: Markup, style: Json) -> Markup:
    for name, tag in _STYLES:
        if style.get(name):
            drawn = Markup(f"<{tag}>{{}}</{tag}>").format(drawn)  # noqa: S704 - the tag is one of ours
    if style.get("highlight") or style.get("client_highlight"):
        drawn = Markup("<mark>{}</mark>").format(drawn)
    return drawn
