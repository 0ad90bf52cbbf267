"""What is found of a whole pool in the database is what is found of each of its people, counted."""

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update

from bot.cognito import Pool, Provider, User
from bot.diagnosis import Judged, Listed, Member
from bot.pool_check.judging import judge, judged_of, of_shapes, with_finding
from bot.tickets import tables
from bot.tickets.store import Store
from tests.bot.pool_check.spooled import spooled
from tests.commands.paper import ALIAS, EMAIL_LOGIN, PLAIN, SHOWS, Paper, person
from tests.outlook.listing import judged

AT = datetime(2026, 11, 28, tzinfo=UTC)
GOOGLE = Provider(name="Google", type="Google", mapping={"email": "email"})
MINDS = replace(ALIAS, mfa_off=True)
POOLS = (MINDS, replace(MINDS, case_sensitive=False), replace(ALIAS, mfa_required=True), EMAIL_LOGIN, PLAIN)
ANA = "ana@example.com"


def listed(pool: Pool) -> Listed:
    return Listed(pool=pool, at=AT, providers={"Google": GOOGLE}, client=SHOWS)


@dataclass(slots=True, kw_only=True)
class Dying(Listed):
    """Ends in the middle of its work."""

    left: Iterator[int]

    def together(self, members: Iterable[Member], called: Iterable[Member] = ()) -> dict[Member, Judged]:
        next(self.left)
        return Listed.together(self, members, called)


def crowd(seed: int, count: int = 200) -> list[User]:
    draws = random.Random(seed)  # noqa: S311 - a repeatable draw, no secret
    people = []
    for n in range(count):
        local = f"user{draws.randrange(count)}"
        address = draws.choice(("", f"{local}@example.com", f"{local.title()}@example.com", ANA))
        external = draws.random() < 0.3
        name = f"Google_{n}" if external else draws.choice((f"user-{n}", f"user{n}@example.com"))
        status = "EXTERNAL_PROVIDER" if external else draws.choice(("CONFIRMED", "CONFIRMED", "UNCONFIRMED"))
        user = person(name, address, verified=draws.random() < 0.5, status=status, day=draws.randrange(400))
        people.append(replace(user, enabled=draws.random() < 0.9))
    return people


def rows(store: Store, check: int) -> dict[str, Judged]:
    """What stands in the database for each of the people."""
    user = tables.pool_user.c
    with store.reading() as connection:
        shapes = of_shapes(connection, check)
        found = connection.execute(
            select(user.sub, user.shape, user.finding, user.doubts).where(user.pool_check == check)
        )
        return {row.sub: judged_of(row.finding, row.doubts) if row.finding else shapes[row.shape] for row in found}


def judge_all(store: Store, pool: Pool, users: Iterable[User]) -> tuple[int, dict[str, object]]:
    check = spooled(store, pool, users, at=AT)
    found = judge(store, check, listed(pool))
    return check, found


def ends(store: Store, check: int, **more: object) -> None:
    row = tables.pool_check
    with store.transaction() as connection:
        connection.execute(update(row).where(row.c.id == check).values(**{"state": "done", "ended_at": 7.0, **more}))


@pytest.mark.parametrize("pool", POOLS)
def test_each_is_judged_as_if_all_were_held_in_memory(database: Store, pool: Pool) -> None:
    people = crowd(1)
    paper = Paper(pool, *people, providers=(GOOGLE,))
    paper.at = AT
    expected = judged(people, paper)

    check, found = judge_all(database, pool, people)

    assert rows(database, check) == expected
    assert found["users"] == len(people)
    assert found["findings"] == Counter(each.finding for each in expected.values())
    assert found["doubts"] == Counter(str(doubt) for each in expected.values() for doubt in each.doubts)
    assert found["unverified"] == sum(bool(user.email) and not user.email_verified for user in people)
    assert json.loads(json.dumps(found)) == found


def test_a_count_is_told_by_provider_and_by_the_month_of_creation(database: Store) -> None:
    people = [
        person("ana", ANA, day=0),
        person("ben", "ben@example.com", day=40),
        person("Google_1", "cy@example.com", status="EXTERNAL_PROVIDER", day=40),
    ]
    _, found = judge_all(database, MINDS, people)
    assert found["providers"] == {"": {"EMAIL_CHANGED": 2}, "Google": {"FED_UNMAPPED": 1}}
    assert found["months"] == {"2025-01": {"EMAIL_CHANGED": 1}, "2025-02": {"EMAIL_CHANGED": 1, "FED_UNMAPPED": 1}}


def test_addresses_of_several_and_those_that_differ_in_letter_case_only_are_counted(database: Store) -> None:
    people = [
        *(person(name, ANA) for name in ("a", "b", "c")),
        *(person(name, f"{name}@example.com") for name in ("Dora", "dora")),
        *(person(name) for name in ("nobody", "nemo")),
        person("alone", "alone@example.com"),
    ]
    _, found = judge_all(database, MINDS, people)
    assert found["shared"] == {"addresses": 2, "accounts": 5, "spelled": 1}


def test_somebody_s_address_that_is_another_s_user_name_is_in_doubt(database: Store) -> None:
    ana = person("ana", ANA, verified=True)
    check, _ = judge_all(database, MINDS, [ana, person(ANA, "other@example.com")])
    assert rows(database, check)[ana.sub].finding == "ALIAS_MOVED"

    other = person("other", "other@example.com")
    prefers = replace(other, attributes={**other.attributes, "preferred_username": ANA})
    for aliases, found in (({"email"}, "VERIFIED"), ({"email", "preferred_username"}, "UNTOLD")):
        pool = replace(MINDS, aliases=frozenset(aliases))
        check, _ = judge_all(database, pool, [ana, prefers])
        assert rows(database, check)[ana.sub].finding == found


def test_it_can_be_done_again_after_a_kill_in_the_middle(database: Store) -> None:
    people = crowd(2)
    check = spooled(database, MINDS, people, at=AT)

    for after in range(3):
        with pytest.raises(StopIteration):
            judge(database, check, Dying(pool=MINDS, at=AT, left=iter(range(10 * after))))
    found = judge(database, check, listed(MINDS))

    other, same = judge_all(database, MINDS, people)
    assert found == same
    assert rows(database, check) == rows(database, other)


def test_what_changed_since_an_earlier_check_is_counted_person_by_person(database: Store) -> None:
    ana, ben, cy = (person(name, f"{name}@example.com") for name in ("ana", "ben", "cy"))
    first, found = judge_all(database, MINDS, [ana, ben, cy])
    assert "since" not in found
    ends(database, first)

    right = replace(ana, attributes={**ana.attributes, "email_verified": "true"})
    new = person("dora", "dora@example.com")
    _, found = judge_all(database, MINDS, [right, ben, new])

    # Ana's is put right and Cy's account is gone; Dora is new.
    assert found["findings"] == {"EMAIL_CHANGED": 2, "VERIFIED": 1}
    assert found["since"] == {
        "at": 7.0,
        "new": {"EMAIL_CHANGED": 1, "VERIFIED": 1},
        "gone": {"EMAIL_CHANGED": 2},
    }


def test_an_earlier_check_whose_names_were_taken_away_is_still_one_to_compare_with(database: Store) -> None:
    first, _ = judge_all(database, MINDS, [person("ana", ANA), person("old", ANA)])
    ends(database, first, cleared_at=8.0)
    named = tables.pool_user
    with database.transaction() as connection:
        connection.execute(update(named).where(named.c.pool_check == first).values(name="", address="", key=""))

    _, found = judge_all(database, MINDS, [person("ana", ANA), person("old", "old@example.com")])
    assert found["since"] == {"at": 7.0, "new": {"EMAIL_CHANGED": 2}, "gone": {"ALIAS_NOBODY": 2}}


def test_a_scheduled_check_is_compared_with_the_last_scheduled_one(database: Store) -> None:
    ana = person("ana", ANA)
    last_week, _ = judge_all(database, MINDS, [ana])
    ends(database, last_week, due=7.0)
    yesterday, _ = judge_all(database, MINDS, [ana, person("ben", "ben@example.com")])
    ends(database, yesterday, ended_at=13.0)

    check = spooled(database, MINDS, [ana, person("ben", "ben@example.com")], at=AT)
    assert judge(database, check, listed(MINDS))["since"]["at"] == 13.0
    with database.transaction() as connection:
        connection.execute(update(tables.pool_check).where(tables.pool_check.c.id == check).values(due=14.0))
    assert judge(database, check, listed(MINDS))["since"] == {"at": 7.0, "new": {"EMAIL_CHANGED": 1}, "gone": {}}


def test_nothing_is_said_to_have_changed_since_a_check_that_is_gone_or_of_another_pool(database: Store) -> None:
    first, _ = judge_all(database, MINDS, [person("ana", ANA)])
    ends(database, first)
    with database.transaction() as connection:
        connection.execute(delete(tables.pool_user))
    ends(database, judge_all(database, replace(MINDS, name="other"), [person("ben", "ben@example.com")])[0])

    _, found = judge_all(database, MINDS, [person("ana", ANA)])
    assert "since" not in found


def test_those_with_a_finding_can_be_asked_for(database: Store) -> None:
    people = [person("ana", ANA, verified=True), person("old", ANA), person("ben", "ben@example.com")]
    check, _ = judge_all(database, MINDS, people)
    user = tables.pool_user.c
    with database.reading() as connection:
        shapes = of_shapes(connection, check)
        names = {
            finding: set(
                connection.execute(
                    select(user.name).where(user.pool_check == check, with_finding(shapes, finding))
                ).scalars()
            )
            for finding in ("VERIFIED", "ALIAS_MOVED", "EMAIL_CHANGED", "DISABLED")
        }
    assert names == {"VERIFIED": {"ana"}, "ALIAS_MOVED": {"old"}, "EMAIL_CHANGED": {"ben"}, "DISABLED": set()}


def test_a_pool_without_anybody_has_nothing_to_tell(database: Store) -> None:
    _, found = judge_all(database, MINDS, [])
    assert (found["users"], found["findings"]) == (0, {})
    assert found["shared"] == {"addresses": 0, "accounts": 0, "spelled": 0}
