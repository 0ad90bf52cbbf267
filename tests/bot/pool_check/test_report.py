"""The report of a whole pool says in plain words what was found, how often, and what can't be told."""

from collections.abc import Mapping
from itertools import chain
from typing import Any

import pytest

from bot.answer import Bullets, Paragraph, Part, Table
from bot.diagnosis import UNTOLD, Unlisted
from bot.pool_check.report import Report, name

FOUND: Mapping[str, Any] = {
    "users": 1_000_000,
    "unverified": 41_208,
    "findings": {"VERIFIED": 950_000, "FED_UNMAPPED": 28_912, "EMAIL_CHANGED": 9_100, "ALIAS_MOVED": 1_204, UNTOLD: 12},
    "doubts": {"mfa": 400, "owner": 12},
    "providers": {
        "": {"VERIFIED": 900_000},
        "Google": {"VERIFIED": 50_000, "FED_UNMAPPED": 28_912},
        "Okta": {"VERIFIED": 5},
    },
    "months": {f"2025-{month:02}": {"VERIFIED": 100, "EMAIL_CHANGED": month} for month in range(1, 13)}
    | {"2024-11": {"EMAIL_CHANGED": 3}, "2024-12": {"VERIFIED": 4}},
    "shared": {"addresses": 700, "accounts": 1500, "spelled": 37},
}
SINCE = {
    "at": 1_763_000_000.0,
    "new": {"FED_UNMAPPED": 900, "VERIFIED": 4},
    "gone": {"TEMP_PASSWORD": 3, "VERIFIED": 900},
}


def report(**changed: Any) -> Report:
    return Report(pool="prod", found={**FOUND, **changed}, seconds=28 * 60)


Chapters = tuple[tuple[Part, ...], ...]


def tables(chapters: Chapters) -> dict[str, list[list[str]]]:
    """Each table's rows, by the paragraph above it."""
    found: dict[str, list[list[str]]] = {}
    above = ""
    for part in chain.from_iterable(chapters):
        if isinstance(part, Paragraph):
            above = part.words.plain()
        if isinstance(part, Table):
            found[above] = [[cell.plain() for cell in row] for row in part.rows]
    return found


def said(chapters: Chapters) -> str:
    parts = tuple(chain.from_iterable(chapters))
    lines = [part.words.plain() for part in parts if isinstance(part, Paragraph)]
    return "\n".join([*lines, *(each.plain() for part in parts if isinstance(part, Bullets) for each in part.items)])


def test_the_headline_counts_what_the_picture_and_the_list_count() -> None:
    assert report().headline.plain() == "📊 prod: 39,228 of 1,000,000 accounts have trouble · read in 28 min"
    assert report().troubled == 28_912 + 9_100 + 1_204 + 12
    assert "prod: 1 of 1,000,000 accounts has trouble" in report(findings={"EMAIL_CHANGED": 1}).headline.plain()


def test_beneath_it_stands_what_is_found_most_often() -> None:
    assert [each.plain() for each in report().lines] == [
        "41,208 accounts have an address that isn't verified.",
        "Each account with trouble is counted once, by its worst trouble:",
        "28,912 accounts: each sign-in through a provider undoes “verified”",
        "9,100 accounts: address not verified",
        "1,204 accounts: address owned by another account",
        "12 accounts: can't be told from the list of users",
    ]


def test_what_is_new_since_the_last_check_stands_on_top() -> None:
    first, *_ = report(since=SINCE).lines
    assert first.plain().endswith(": 900 new, 3 gone")


def test_the_thread_counts_each_finding_with_what_changed() -> None:
    assert tables(report(since=SINCE).thread)["What was found"][:2] == [
        ["each sign-in through a provider undoes “verified”", "28,912", "900", "0"],
        ["address not verified", "9,100", "0", "0"],
    ]
    assert tables(report(since=SINCE).thread)["What was found"][-2:] == [
        ["waits for the first sign-in", "0", "0", "3"],
        ["all works", "950,000", "4", "900"],
    ]
    assert tables(report().thread)["What was found"][-1] == ["all works", "950,000"]


def test_the_thread_counts_by_provider_and_by_month() -> None:
    found = tables(report().thread)
    assert found["By provider"] == [
        ["Google", "78,912", "28,912", "each sign-in through a provider undoes “verified”"],
        ["Okta", "5", "0", ""],
    ]
    assert found["By month of creation"][0] == ["2025-12", "112", "12"]
    assert found["By month of creation"][-1] == ["2024-12 and before", "7", "3"]


def test_the_thread_tells_of_addresses_of_several_and_of_what_the_list_can_t_tell() -> None:
    text = said(report().thread)
    assert "Addresses that several accounts have: 700, with 1,500 accounts in all" in text
    assert "Of these, in more than one letter case: 37" in text
    assert "400: it depends on their second steps" in text
    assert "12: it depends on whom Cognito finds by the address" in text


@pytest.mark.parametrize("doubt", Unlisted)
def test_every_doubt_has_words(doubt: Unlisted) -> None:
    assert "7: " in said(report(doubts={doubt.value: 7}).thread)


def test_a_pool_without_trouble_or_anybody_is_told_of_too() -> None:
    fine = report(
        findings={"VERIFIED": 5}, providers={}, months={}, doubts={}, shared={"addresses": 0}, users=5, unverified=0
    )
    assert fine.lines == ()
    assert fine.headline.plain().startswith("📊 prod: 0 of 5 accounts have trouble")
    assert tables(fine.thread) == {"What was found": [["all works", "5"]]}
    empty = report(findings={}, providers={}, months={}, doubts={}, shared={"addresses": 0}, users=0)
    assert said(empty.thread) == "What was found\nNobody is in this pool."


def test_no_message_has_two_tables_and_each_begins_with_what_it_is_about() -> None:
    for chapter in report(since=SINCE).thread:
        assert sum(isinstance(part, Table) for part in chapter) <= 1
        assert isinstance(chapter[0], Paragraph)


def test_every_finding_has_a_name() -> None:
    assert name(UNTOLD) == "can't be told from the list of users"
    assert name("SIGNUP_OPEN") == "sign-up never finished"
