"""Mentions, links and dates: the parts of a text that stand for something else, drawn as HTML."""

import re
from typing import Final

from markupsafe import Markup

from sandbox.slack.page.dates import date_text, time_element
from sandbox.slack.page.reader import Reader

# Any other scheme (javascript:, data:, …) is shown as the text that it is.
_SAFE_ADDRESS: Final = re.compile(r"(?:https?://|mailto:|tel:)[^\s]+", re.IGNORECASE)
_EVERYBODY: Final = ("here", "channel", "everyone")


def mention(words: str, *, of_me: bool) -> Markup:
    """A highlighted name; stronger when it calls the reader."""
    return Markup('<bdi class="mention{}">{}</bdi>').format(" mention-me" if of_me else "", words)


def user(identity: str, reader: Reader) -> Markup:
    """A person's mention; an id that nobody has is shown as it is."""
    return mention(f"@{reader.person_name(identity) or identity}", of_me=reader.is_me(identity))


def group(identity: str, reader: Reader, label: str = "") -> Markup:
    """A user group's mention."""
    handle = reader.group_handle(identity) or label.removeprefix("@") or identity
    return mention(f"@{handle}", of_me=reader.is_in_group(identity))


def broadcast(reach: str) -> Markup:
    """A mention that calls everybody, the reader included."""
    return mention(f"@{reach}", of_me=True)


def channel(identity: str, reader: Reader, label: str = "") -> Markup:
    """A channel's mention, which leads there when the channel exists."""
    name = reader.channel_name(identity)
    if name is None:
        return mention(f"#{label or identity}", of_me=False)
    return Markup('<a class="mention" href="{}"><bdi>#{}</bdi></a>').format(reader.channel_address(identity), name)


def is_safe(address: str) -> bool:
    """Whether an address may be followed by pressing on it."""
    return _SAFE_ADDRESS.fullmatch(address) is not None


def link(address: str, words: str | Markup, reader: Reader) -> Markup:
    """A link: inside the workspace, or beside the page and telling its target nothing; just words if it is not safe."""
    own = reader.own_address(address)
    if own:
        return Markup('<a class="link" href="{}"><bdi>{}</bdi></a>').format(own, words)
    if not is_safe(address):
        return Markup("<bdi>{}</bdi>").format(words)
    return Markup('<a class="link" href="{}" target="_blank" rel="noopener noreferrer"><bdi>{}</bdi></a>').format(
        address, words
    )


def date(seconds: str, form: str, fallback: str, reader: Reader, address: str = "") -> Markup:
    """A date on the reader's clock, or its fallback text."""
    number = float(seconds) if re.fullmatch(r"-?\d{1,12}(?:\.\d{1,6})?", seconds) else -1.0
    words = date_text(number, form, reader)
    shown = time_element(number, words, reader) if words is not None else Markup("<bdi>{}</bdi>").format(fallback)
    return link(address, shown, reader) if address else shown


def control(content: str, reader: Reader) -> Markup | None:
    """What stands between `<` and `>` in a text; None when it is nothing that Slack knows."""
    target, _, label = content.partition("|")
    if re.fullmatch(r"@[UW][A-Z0-9]+", target):
        return user(target[1:], reader)
    if re.fullmatch(r"#[CGD][A-Z0-9]+", target):
        return channel(target[1:], reader, label)
    if target.startswith("!"):
        return _special(target[1:], label, reader)
    if is_safe(target):
        return link(target, label or target.removeprefix("mailto:").removeprefix("tel:"), reader)
    return None


def _special(command: str, label: str, reader: Reader) -> Markup | None:
    name, *rest = command.split("^")
    if name == "subteam" and rest:
        return group(rest[0], reader, label)
    if name == "date" and len(rest) in (2, 3):
        return date(rest[0], rest[1], label, reader, *rest[2:])
    if name in _EVERYBODY:
        return broadcast(name)
    return Markup("<bdi>{}</bdi>").format(label) if label else None
