"""CSV files: written so that no spreadsheet runs what is in them, read back exactly, and read as people make them.

A cell is *defused* by one ``'`` wherever a spreadsheet might take it for a formula. Whatever is written reads back as
it was: `restored` takes off exactly the marks that `defused` has set.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.words import Words, say

BOM = "\ufeff"
"""What a file begins with. Without it Excel reads UTF-8 as the machine's old code page: ``é`` becomes ``Ã©``."""

DELIMITERS = ",;\t"
"""What may stand between cells; the first is what the desk writes."""

MOST_BYTES = 10_000_000
MOST_LINES = 100_000
"""How much of somebody's file is read."""

_AT_ONCE = 64 * 1024
"""Characters that are gathered before they are handed on."""

_LOOKED_AT = 20
"""Lines by which the delimiter is told."""

_MARK = "'"
_SIGNS = frozenset("=+-@\t\r\n\u2212")
"""What makes a formula of a cell. A minus sign is made a hyphen by some spreadsheets."""

_QUOTES = frozenset("'\"`´“”„‟‘’‚‛«»")
_DIVIDERS = re.compile(r"([,;\t\r\n|])")
"""Where a spreadsheet with another delimiter begins a new cell: German ones break at a semicolon, quotes or not."""


class NotText(Exception):
    """A file that is no CSV; ``words`` say what it seems to be, and what to do."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.plain())
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a file that somebody made."""

    line: int
    """The number of its first line; the file's first is 1."""
    cells: tuple[str, ...]


def written(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Yield a CSV file piece by piece: UTF-8 with a byte order mark, commas, CRLF, every cell defused.

    Takes no more memory than one piece, however many rows there are.
    """
    piece = io.StringIO(newline="")
    write = csv.writer(piece, lineterminator="\r\n").writerow
    piece.write(BOM)
    for row in rows:
        write([defused(cell) for cell in row])
        if piece.tell() > _AT_ONCE:
            yield piece.getvalue().encode()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue().encode()


def read_back(content: bytes) -> Iterator[list[str]]:
    """Yield the rows of a file that `written` has made, exactly as they were given."""
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        yield [restored(cell) for cell in row]


def defused(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, whatever it takes for the beginning of a cell."""
    first, *parts = _divided(cell)
    # What divides a part from the one before stands in front of it.
    whole = first + "".join(part[:1] + _marked(part[1:]) for part in parts)
    return _marked(whole)


def restored(cell: str) -> str:
    """Return what `defused` was given. A cell that no mark was set in stays as it is."""
    first, *parts = _divided(_unmarked(cell))
    return first + "".join(part[:1] + _unmarked(part[1:]) for part in parts)


def _divided(cell: str) -> list[str]:
    """Return the parts of a cell that may be cells elsewhere, each but the first with what stands before it."""
    first, *rest = _DIVIDERS.split(cell)
    return [first, *map("".join, zip(rest[::2], rest[1::2], strict=True))]


def _marked(part: str) -> str:
    return _MARK + part if _is_formula(part) else part


def _unmarked(part: str) -> str:
    # What begins with a mark and isn't a formula behind it was never marked: quotes are looked through below, so that
    # a formula behind a quote is marked as well, and one mark is always one too many.
    return part[1:] if part.startswith(_MARK) and _is_formula(part[1:]) else part


def _is_formula(text: str) -> bool:
    """Whether a text begins with the sign of a formula, behind blanks, quotes and what can't be seen."""
    for character in text:
        # A full-width sign is one too, for those who type Japanese.
        plain = character if character.isascii() else unicodedata.normalize("NFKC", character)[:1]
        if plain in _SIGNS:
            return True
        if not (character in _QUOTES or character.isspace() or unicodedata.category(character) in ("Cf", "Cc")):
            return False
    return False


def read(content: bytes) -> Iterator[Row]:
    """Yield the rows of a file as people make it, without those that are empty. Raises `NotText`.

    Encoding and delimiter are found by looking: UTF-8, UTF-16 or Windows-1252; comma, semicolon or tab.
    """
    text = decoded(content)
    lines = io.StringIO(text, newline="")
    first = text[:12].split("\n", 1)[0].strip().lower()
    if told := first.startswith("sep=") and len(first) == 5:
        # Excel's own way to say it.
        lines.readline()
    rows = csv.reader(lines, delimiter=first[4] if told else _delimiter(text))
    line = before = int(told)
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise NotText(say("From line {n} on, this file can't be read as CSV.", n=before + 1)) from error
        line, before = before + 1, int(told) + rows.line_num
        if any(cell.strip() for cell in cells):
            yield Row(line=line, cells=tuple(map(restored, cells)))


def decoded(content: bytes) -> str:
    """Return a file's text, without a byte order mark. Raises `NotText`."""
    if content.startswith(b"PK\x03\x04"):
        raise NotText(say("This is an Excel workbook. Save it as CSV, then attach that."))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in content[:200]:
        # UTF-16 without its mark: every other byte of plain letters is zero.
        encodings = ["utf-16-be" if content[:1] == b"\x00" else "utf-16-le"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text.removeprefix(BOM)
    raise NotText(say("This file isn't text. Save the list as CSV, then attach that."))


def _delimiter(text: str) -> str:
    """Return what stands between the cells: what is there as often in each of the first lines."""
    sample = [line for line in text[:50_000].splitlines() if line.strip()][:_LOOKED_AT]
    counts = {each: [_outside_quotes(line, each) for line in sample] for each in DELIMITERS}
    even = {each: found[0] for each, found in counts.items() if found and found[0] and len(set(found)) == 1}
    often = {each: sum(found) for each, found in counts.items() if sum(map(bool, found)) * 2 > len(sample)}
    best = even or often
    # In a list of one column nothing stands between cells, and a comma may stand in a name.
    return max(best, key=best.__getitem__) if best else "\x1f"


def _outside_quotes(line: str, delimiter: str) -> int:
    return sum(part.count(delimiter) for part in line.split('"')[::2])
