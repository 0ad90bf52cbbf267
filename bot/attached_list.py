"""A list of customers that somebody has attached to a form: read line by line, and every bad line named.

Who the customers are, the pool says; nothing here asks it.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from bot import csv_files, typed, wrappings
from bot.addresses import flaw
from bot.answer import Refused
from bot.csv_files import MOST_BYTES, MOST_LINES, Row
from bot.words import Words, say

NO_FILES = say("The desk takes no files here. The operator can allow that with files under [slack] in desk.toml.")
"""Why no list can be attached."""

_LONGEST = 320
"""Characters of an address; a user name has at most 128."""

_FAR_TOO_LONG = 2000
"""Characters, with all that people put around an address."""

TOO_LARGE = say("This file has more than {n} MB. Attach a part of it.", n=MOST_BYTES // 1_000_000)

_TOO_MANY = say("This list has more than {n} lines. Attach a part of it.", n=f"{MOST_LINES:,}")

_NAMES = ("username", "cognitousername", "user", "userid", "login", "account")
_SUBS = ("sub", "cognitosub")
_ADDRESSES = ("email", "emailaddress", "mail", "mailaddress", "address")
_HEADERS = {name: rank for rank, names in enumerate((_NAMES, _SUBS, _ADDRESSES)) for name in names}
"""What a column with customers is called, without blanks and hyphens: the lower number is the better one."""

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,126}(?:@[A-Za-z0-9][A-Za-z0-9.-]{0,180})?(?<=[A-Za-z0-9_])")
"""What nothing needs to be taken off from: most lines of most lists."""


class AttachedFile(BaseModel):
    """A file that somebody has attached to a form: where it is in Slack, not what is in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: str = Field(max_length=64)
    name: str = Field(max_length=500)
    size: int
    """Bytes, as Slack says."""
    address: str = Field(max_length=2000)
    """Where it can be fetched, by Slack's own word; empty where Slack has to be asked for that."""


class BadList(Refused):
    """A file can't be had, or is no list: another one has to be attached."""


class AttachedLists(Protocol):
    """Fetches the lists that people attach."""

    def lines(self, file: AttachedFile) -> "Lines":
        """Return what a list says. Raises `BadList`."""


class NoLists:
    """Implements `AttachedLists` where nobody can attach anything."""

    def lines(self, file: AttachedFile) -> "Lines":
        """Raise `BadList`."""
        raise BadList(NO_FILES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One customer as the list names them."""

    line: int
    """The number of the line in the file; the first is 1."""
    user: str
    """A user name, a sub or an address, without what people put around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line for which nothing is done."""

    line: int
    words: Words
    """Which line, and why, as one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What a list says."""

    entries: tuple[Entry, ...]
    """In the file's order, each text once. Two of them may still mean one account."""
    bad: tuple[BadLine, ...]


def attached_list(content: bytes) -> Lines:
    """Return the customers of a list, and the lines that name none. Raises `BadList` where the file is no list.

    ``content``: the whole file, of any of the forms that `csv_files.read` takes. With a header the customers stand in
    the column that it names, otherwise in the first that has an address, or in the first.
    """
    if len(content) > MOST_BYTES:
        raise BadList(TOO_LARGE)
    try:
        rows = list(_first(csv_files.read(content)))
    except csv_files.NotText as wrong:
        raise BadList(wrong.words) from wrong
    columns, has_header = _columns(rows)
    if len(rows) - has_header > MOST_LINES:
        raise BadList(_TOO_MANY)
    entries: list[Entry] = []
    bad: list[BadLine] = []
    first_at: dict[str, int] = {}
    for row in rows[int(has_header) :]:
        cell = next((found for n in columns if n < len(row.cells) and (found := row.cells[n]).strip()), "")
        try:
            user = _user(cell)
        except _NoUser as why:
            bad.append(BadLine(line=row.line, words=say(str(why), n=row.line)))
            continue
        if (first := first_at.setdefault(user, row.line)) != row.line:
            bad.append(
                BadLine(line=row.line, words=say("Line {n}: the same as line {first}.", n=row.line, first=first))
            )
        else:
            entries.append(Entry(line=row.line, user=user))
    if not entries and not bad:
        raise BadList(say("There is no user name and no address in this file."))
    return Lines(entries=tuple(entries), bad=tuple(bad))


def _first(rows: Iterator[Row]) -> Iterator[Row]:
    for count, row in enumerate(rows):
        # One may be the header.
        if count > MOST_LINES:
            raise BadList(_TOO_MANY)
        yield row


def _columns(rows: Sequence[Row]) -> tuple[tuple[int, ...], bool]:
    """Return the columns in which a customer may stand, the best first, and whether the first row names them."""
    if not rows:
        return (), False
    named = {n: _HEADERS[name] for n, cell in enumerate(rows[0].cells) if (name := _bare(cell)) in _HEADERS}
    if named:
        return tuple(sorted(named, key=named.__getitem__)), True
    for row in rows[:2]:
        for n, cell in enumerate(row.cells):
            if "@" in cell:
                return (n,), False
    return (0,), False


def _bare(cell: str) -> str:
    return "".join(filter(str.isalnum, cell.casefold()))


class _NoUser(Exception):
    """A cell that names nobody; the message is the sentence, with a gap for the line's number."""


def _user(cell: str) -> str:
    """Return whom a cell names. Raises `_NoUser`."""
    text = cell.strip()
    if _PLAIN.fullmatch(text):
        return text
    if "\n" in text or "\r" in text:
        raise _NoUser("Line {n}: a quotation mark begins here, and the cell goes on in the next line.")
    if len(text) > _FAR_TOO_LONG:
        raise _NoUser("Line {n}: too long for a user name or an address.")
    user = "" if wrappings.is_mention(text) else _name(text)
    if not user or len(user) > _LONGEST:
        raise _NoUser("Line {n}: neither a user name nor an address.")
    return user


def _name(text: str) -> str:
    """Return the address that a text is, wrapped in whatever it is, or else the name; empty for neither."""
    with suppress(ValueError):
        found = str(typed.address_as_typed(text))
        if not flaw(found):
            return found
    # Nobody can be asked line by line whether the quotes belong to a name.
    try:
        return str(typed.reference(text))
    except typed.NotOne:
        return ""
