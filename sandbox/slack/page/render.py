"""The page's templates, and the filters by which they draw what came from elsewhere."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from sandbox.slack.controls import Json, text_of
from sandbox.slack.model import Person, View
from sandbox.slack.page.dates import ago, clock, day_name, time_element
from sandbox.slack.page.mentions import is_safe
from sandbox.slack.page.mrkdwn import mrkdwn, plain_text
from sandbox.slack.page.reader import Reader
from sandbox.slack.page.rich_text import rich_text

_TINTS = 8

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif"})
"""What the page shows of files; anything else may only be kept."""

_STEP = 1000


def templates() -> Environment:
    """The templates, escaping everything that is not markup of our own."""
    environment = Environment(
        loader=PackageLoader("sandbox.slack.page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "ago": _ago,
        "clock": clock,
        "href": _href,
        "in_bytes": in_bytes,
        "is_picture": is_picture,
        "initials": initials,
        "is_waiting": is_waiting,
        "lines": _lines,
        "moment": _moment,
        "moment_with_day": _moment_with_day,
        "mrkdwn": _mrkdwn,
        "offered": _offered,
        "rich": _rich,
        "tint": _tint,
        "words": _words,
    }
    return environment


def initials(person: Person | None) -> str:
    """One or two letters that stand in for a person's picture."""
    if person is None:
        return "?"
    names = (person.real_name or person.display_name or person.name).split()
    return "".join(name[0] for name in (names[:1] + names[1:][-1:]) if name).upper()


def in_bytes(size: int) -> str:
    """How large a file is, as one says it."""
    amount = float(size)
    for unit in ("bytes", "KB", "MB"):
        if amount < _STEP:
            return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= _STEP
    return f"{amount:.1f} GB"


def is_picture(file: Json) -> bool:
    """Whether a file object is of a picture that the page shows."""
    return file.get("mimetype") in PICTURES


def is_waiting(view: View) -> bool:
    """Whether a modal only says that something is under way, such as “Loading…”."""
    if len(view.blocks) != 1 or view.controls:
        return False
    return text_of(view.blocks[0].get("text")).rstrip("*_ ").endswith("…")


def _reader(context: Context) -> Reader:
    reader: Reader = context["reader"]
    return reader


@pass_context
def _tint(context: Context, person: Person | None) -> int:
    """Which of the page's colours belongs to a person: neighbours in the workspace's list never share one."""
    people = list(_reader(context).people)
    return people.index(person.id) % _TINTS if person and person.id in people else 0


@pass_context
def _words(context: Context, text: Json) -> Markup:
    """A text object."""
    if text.get("type") == "mrkdwn":
        return mrkdwn(text_of(text), _reader(context), verbatim=bool(text.get("verbatim")))
    return plain_text(text_of(text), emoji=text.get("emoji", True))


@pass_context
def _mrkdwn(context: Context, text: str) -> Markup:
    return mrkdwn(text, _reader(context))


@pass_context
def _rich(context: Context, block: Json) -> Markup:
    return rich_text(block.get("elements") or (), _reader(context))


@pass_context
def _href(context: Context, address: str) -> str | None:
    """Where a link button leads; None when nobody should be led there."""
    return _reader(context).own_address(address) or (address if is_safe(address) else None)


@pass_context
def _moment(context: Context, at: datetime) -> Markup:
    return time_element(at.timestamp(), clock(at), _reader(context))


@pass_context
def _moment_with_day(context: Context, at: datetime) -> Markup:
    reader = _reader(context)
    here, now = reader.moment(at.timestamp()), reader.moment(reader.now.timestamp())
    return time_element(at.timestamp(), f"{day_name(here, now)}, {clock(here)}", reader)


@pass_context
def _ago(context: Context, at: datetime) -> str:
    return ago(at, _reader(context).now)


@pass_context
def _offered(context: Context, element: Json) -> Iterable[tuple[str, str | Markup]]:
    """What a select offers, as value and words: its own options, or the workspace's people and channels."""
    reader, kind = _reader(context), element["type"]
    people = [(one.id, f"@{reader.person_name(one.id)}") for one in reader.people.values() if not one.deleted]
    channels = [(one.id, f"#{one.name}") for one in reader.channels.values() if not one.im_with]
    if kind.endswith("users_select"):
        return people
    if kind.endswith("channels_select"):
        return channels
    if kind.endswith("conversations_select"):
        return [*channels, *people]
    # What an external select would find is the app's to say; the page offers what was chosen before.
    chosen = element.get("initial_options") or [element.get("initial_option")]
    options = [one for one in chosen if one] if "external" in kind else element.get("options") or ()
    return [(one["value"], _words(context, one["text"])) for one in options]


def _lines(text: Any) -> Markup:
    """A text as it was written, line by line, without markup or emoji."""
    return Markup("<br>").join(escape(line) for line in str(text).split("\n"))
