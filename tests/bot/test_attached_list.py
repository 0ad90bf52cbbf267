"""A list that somebody attaches is read line by line: each names a customer, or is named with its number and why."""

import pytest

from bot import csv_files
from bot.answer import Refused
from bot.attached_list import attached_list


def users(content: str) -> list[tuple[int, str]]:
    return [(each.line, each.user) for each in attached_list(content.encode()).entries]


def bad(content: str) -> list[str]:
    return [each.words.plain() for each in attached_list(content.encode()).bad]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("ana\nbo@example.com\n", [(1, "ana"), (2, "bo@example.com")]),
        ("User name\nana\n\nbo\n", [(2, "ana"), (4, "bo")]),
        ("no;Kunde;E-Mail\n1;Ana Lopez;ana@example.com\n", [(2, "ana@example.com")]),
        ("email,sub,username\nana@example.com,1,ana\nbo@example.com,,\n", [(2, "ana"), (3, "bo@example.com")]),
        ("1\tAna Lopez\tana@example.com\n", [(1, "ana@example.com")]),
        ("Ana Lopez <ana@example.com>\nmailto:bo@example.com\n", [(1, "ana@example.com"), (2, "bo@example.com")]),
        ('"„ana@example.com“"\n', [(1, "ana@example.com")]),
        ("'+49123\n", [(1, "+49123")]),
        ("José\n", [(1, "José")]),
    ],
)
def test_a_line_names_a_customer(content: str, expected: list[tuple[int, str]]) -> None:
    assert users(content) == expected
    assert bad(content) == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Ana Lopez", "Line 2: neither a user name nor an address."),
        ("ana@example.com bo@example.com", "Line 2: neither a user name nor an address."),
        ("<@U0AGENT>", "Line 2: neither a user name nor an address."),
        ("x" * 321, "Line 2: neither a user name nor an address."),
        ("x y " * 800, "Line 2: too long for a user name or an address."),
        ('"cleo\nbo"', "Line 2: a quotation mark begins here, and the cell goes on in the next line."),
        ("first", "Line 2: the same as line 1."),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_why(line: str, why: str) -> None:
    content = f"first\n{line}\nlast\n"

    assert bad(content) == [why]
    assert [user for _, user in users(content)] == ["first", "last"]


def test_a_row_without_a_cell_for_the_customer_is_bad() -> None:
    assert bad("id,email\n1,ana@example.com\n2\n") == ["Line 3: neither a user name nor an address."]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "There is no user name and no address in this file."),
        (b"e-mail\r\n\r\n", "There is no user name and no address in this file."),
        (b"PK\x03\x04", "This is an Excel workbook. Save it as CSV, then attach that."),
        (b"x" * 10_000_001, "This file has more than 10 MB. Attach a part of it."),
        (b"x\n" * 100_001, "This list has more than 100,000 lines. Attach a part of it."),
    ],
)
def test_a_file_that_is_no_list_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(Refused) as refused:
        attached_list(content)

    assert refused.value.words.plain() == told


def test_the_longest_list_is_read() -> None:
    content = "\n".join(f"u{n}@example.com" for n in range(100_000))

    found = attached_list(content.encode())

    assert len(found.entries) == 100_000
    assert not found.bad
    assert len(found.entries) == csv_files.MOST_LINES
