"""The list of those concerned: everybody with whom something is the matter, with what names no more than it has to."""

from bot.pool_check import people
from bot.pool_check.people import HEADING, rows
from bot.tickets.store import Store
from tests.bot.pool_check.test_judging import MINDS, crowd, judge_all
from tests.bot.pool_check.test_judging import rows as found_rows
from tests.commands.paper import person

ANA = "ana@example.com"


def test_everybody_but_those_with_whom_all_works_is_listed_with_a_masked_address(database: Store) -> None:
    check, _ = judge_all(database, MINDS, [person("ana", ANA, verified=True), person("old", ANA), person("nobody")])
    assert list(rows(database, check, full_addresses=False)) == [
        HEADING,
        ("nobody", "sub-nobody", "the desk can't explain it", "UNKNOWN", "", ""),
        ("old", "sub-old", "address owned by another account", "ALIAS_MOVED", "", "a***@e***"),
    ]


def test_whole_addresses_are_there_where_the_settings_want_them(database: Store) -> None:
    check, _ = judge_all(database, MINDS, [person("old", ANA)])
    assert [row[-1] for row in rows(database, check, full_addresses=True)] == ["address", ANA]


def test_of_many_nobody_is_listed_twice_or_left_out(database: Store) -> None:
    check, _ = judge_all(database, MINDS, crowd(3, count=people._AT_ONCE + 50))
    expected = {
        sub: judged.finding for sub, judged in found_rows(database, check).items() if judged.finding != "VERIFIED"
    }
    _, *listed = rows(database, check, full_addresses=False)
    assert {row[1]: row[3] for row in listed} == expected
    assert len(listed) == len(expected)


def test_what_isn_t_seen_is_named(database: Store) -> None:
    found = judge_all(
        database,
        MINDS,
        [person("ana", ANA, verified=True), person("Google_1", ANA, verified=True, status="EXTERNAL_PROVIDER")],
    )
    listed = {row[0]: row[3:5] for row in rows(database, found[0], full_addresses=False)}
    assert listed["ana"] == ("UNTOLD", "owner")
