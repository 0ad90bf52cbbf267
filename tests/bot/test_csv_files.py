"""What the desk writes for spreadsheets runs in none and reads back as it was; what people make is read as it is."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.csv_files import NotText, defused, read, read_back, restored, written

NASTY = st.text(alphabet=st.sampled_from("=+-@＝＋－＠−'\"“ \t\r\n\u00a0\u200b;,|a1é漢"), max_size=8)
CELLS = st.one_of(NASTY, st.text(max_size=20))
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6)


@given(ROWS)
def test_what_was_written_reads_back_exactly(rows: list[list[str]]) -> None:
    content = b"".join(written(rows))

    assert list(read_back(content)) == rows


def begins_a_formula(cell: str) -> bool:
    return cell.lstrip(' \u00a0\u200b"“\t\r\n')[:1] in tuple("=+-@＝＋－＠−")


@given(CELLS)
def test_no_cell_begins_as_a_formula_for_whatever_divides_cells(cell: str) -> None:
    safe = defused(cell)

    assert restored(safe) == cell
    assert not begins_a_formula(safe)
    assert safe[:1] not in tuple("\t\r\n")
    for divider in ";,|\t\r\n":
        assert not any(map(begins_a_formula, safe.split(divider)))


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+81312345678", "'+81312345678"),
        ("＝1", "'＝1"),
        (" \u00a0=1", "' \u00a0=1"),
        ("'=1", "''=1"),
        ('"=1', "'\"=1"),
        ("a;=1", "a;'=1"),
        ("\t=1", "'\t'=1"),
        ("ana@example.com", "ana@example.com"),
        ("O'Brien", "O'Brien"),
        ("'quoted'", "'quoted'"),
        ("a-b,c", "a-b,c"),
        ("", ""),
    ],
)
def test_only_what_may_be_a_formula_is_marked(cell: str, safe: str) -> None:
    assert defused(cell) == safe
    assert restored(safe) == cell


def test_a_file_is_written_piece_by_piece() -> None:
    rows = iter([["ana@example.com", "never verified"]] * 100_000)
    first = next(written(rows))

    assert first.startswith(codecs.BOM_UTF8)
    assert len(first) < 200_000
    assert len(list(rows)) > 90_000


TABLE = [("user name", "e-mail"), ("ana", "ana@example.com"), ("zoë", "zoë@example.com")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_is_read_as_people_save_it(encoding: str, delimiter: str, end: str) -> None:
    content = end.join(delimiter.join(row) for row in TABLE).encode(encoding)

    assert [each.cells for each in read(content)] == TABLE
    assert [each.line for each in read(content)] == [1, 2, 3]


def test_quotes_empty_lines_and_excels_own_first_line_are_understood() -> None:
    content = b'sep=;\r\nname;note\r\n\r\n"Lopez; Ana";"two\r\nlines"\r\n ; \r\nbo;x\r\n'
    rows = list(read(content))

    assert [each.cells for each in rows] == [("name", "note"), ("Lopez; Ana", "two\r\nlines"), ("bo", "x")]
    assert [each.line for each in rows] == [2, 4, 7]


def test_what_the_desk_wrote_itself_is_read_without_its_marks() -> None:
    assert [each.cells for each in read(b"".join(written([["=1", "x"]])))] == [("=1", "x")]


def test_a_list_of_one_column_is_not_divided_at_a_comma_here_and_there() -> None:
    content = b"ana@example.com\nLopez, Ana <ana@example.com>\nbo@example.com\n"

    assert [len(each.cells) for each in read(content)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04 rest", "This is an Excel workbook. Save it as CSV, then attach that."),
        (b"\x89PNG\r\n\x00\x00\x9d", "This file isn't text. Save the list as CSV, then attach that."),
        (b"abc\n" + b"x" * 200_000, "From line 2 on, this file can't be read as CSV."),
    ],
)
def test_what_is_no_list_is_said_to_be_none(content: bytes, told: str) -> None:
    with pytest.raises(NotText) as wrong:
        list(read(content))

    assert wrong.value.words.plain() == told
