"""What a typed reference can mean: only what the pool signs in with is a name, and nothing is preferred."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cognito import Pool, User
from bot.references import Meaning, likeliest, meanings, meant, settling
from bot.wrappings import readings

PLAIN = Pool(name="prod", id="us-east-1_Names", region="us-east-1")
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
ADDRESS = "ana@example.com"


def person(name: str, email: str = "", *, day: int = 0, status: str = "CONFIRMED", **attributes: str) -> User:
    when = BEGAN + timedelta(days=day)
    given = {"sub": f"sub-{name}", "email": email, **attributes}
    return User(
        username=name, sub=f"sub-{name}", status=status, enabled=True, attributes=given, created=when, modified=when
    )


@pytest.mark.parametrize(
    ("aliases", "username_attributes", "verified", "counts"),
    [
        ((), (), True, False),
        (("email",), (), True, False),
        (("phone_number",), (), True, True),
        (("phone_number",), (), False, False),
        ((), ("phone_number",), False, True),
    ],
)
def test_a_telephone_number_is_a_name_only_where_the_pool_signs_in_with_it(
    aliases: tuple[str, ...], username_attributes: tuple[str, ...], verified: bool, counts: bool
) -> None:
    pool = replace(PLAIN, aliases=frozenset(aliases), username_attributes=frozenset(username_attributes))
    thief = person("thief", phone_number=ADDRESS, phone_number_verified=str(verified).lower())
    assert (meanings(thief, ADDRESS, pool) == {Meaning.PHONE}) is counts


@pytest.mark.parametrize(("aliases", "counts"), [((), False), (("email",), False), (("preferred_username",), True)])
def test_a_preferred_user_name_is_a_name_only_where_the_pool_signs_in_with_it(
    aliases: tuple[str, ...], counts: bool
) -> None:
    thief = person("thief", preferred_username=ADDRESS)
    found = meanings(thief, ADDRESS, replace(PLAIN, aliases=frozenset(aliases)))
    assert found == ({Meaning.PREFERRED_USER_NAME} if counts else set())


def test_an_account_can_be_meant_in_several_ways_at_once() -> None:
    assert meanings(person(ADDRESS, ADDRESS), ADDRESS, PLAIN) == {Meaning.USER_NAME, Meaning.ADDRESS}
    assert meanings(person("ana"), "SUB-ANA", PLAIN) == {Meaning.SUB}
    assert meanings(person("ana"), "", PLAIN) == set()


def test_letter_case_counts_as_it_does_for_the_pool() -> None:
    ana = person("ana", ADDRESS)
    folded = replace(PLAIN, case_sensitive=False)
    assert meant([ana], "ANA", PLAIN) == meant([ana], "Ana@Example.com", PLAIN) == ()
    assert meant([ana], "ANA", folded) == meant([ana], "Ana@Example.com", folded) == (ana,)


@pytest.mark.parametrize(
    "typed",
    [
        "mailto:ana@example.com",
        "MAILTO:ana@example.com?subject=Hello",
        "<ana@example.com>",
        "Ana Lopez <ana@example.com>",
        '"Lopez, Ana" <mailto:ana@example.com>;',
        "“ana@example.com”",
        "„ana@example.com“",
        "«ana@example.com»",
        "'ana@example.com'",
        '"ana@example.com"',
        "`ana@example.com`",
        "\u00a0ana@example.com\u202f",
        "ana@example.com.",
        "(“<ana@example.com>.”)"[1:-1],
    ],
)
def test_what_clients_and_mails_add_is_forgiven_but_may_itself_be_a_name(typed: str) -> None:
    assert readings(typed) == (typed, ADDRESS)


@pytest.mark.parametrize(
    "typed", [ADDRESS, '"ana lopez"@example.com', "o'hara", "Google_104", "a<b", "x>y", "...", "`"]
)
def test_what_adds_nothing_or_is_all_there_is_has_one_reading(typed: str) -> None:
    assert readings(typed) == (typed,)


@given(st.text(max_size=60))
def test_every_text_is_looked_up_as_typed_first(typed: str) -> None:
    assert readings(typed)[:1] == ((typed,) if typed else ())


def test_both_readings_count() -> None:
    dotted, ana = person(f"{ADDRESS}."), person("ana", ADDRESS)
    assert meant([dotted, ana], f"{ADDRESS}.", PLAIN) == (dotted, ana)
    assert meant([dotted, ana], ADDRESS, PLAIN) == (ana,)


def test_a_sub_settles_a_choice_unless_somebody_else_is_called_that() -> None:
    ana, ben = person("ana", ADDRESS), person(ADDRESS)
    assert [settling(user, (ana, ben), PLAIN) for user in (ana, ben)] == ["sub-ana", f"sub-{ADDRESS}"]
    thief = person("sub-ana", ADDRESS)
    assert [settling(user, (ana, thief), PLAIN) for user in (ana, thief)] == ["ana", "sub-sub-ana"]


def test_the_owner_is_offered_first_then_verified_holders_then_whoever_was_active_lately() -> None:
    pool = replace(PLAIN, aliases=frozenset({"email"}))
    old = person("old", ADDRESS, day=1)
    fresh = person("fresh", ADDRESS, day=9)
    unfinished = person("unfinished", ADDRESS, day=99, status="UNCONFIRMED")
    verified = person("verified", ADDRESS, day=2, email_verified="true")
    owner = person("owner", ADDRESS, day=3, email_verified="true")
    called = person(ADDRESS, "other@example.com", day=50, email_verified="true")
    crowd = (old, fresh, unfinished, called, verified, owner)
    offered = likeliest(crowd, ADDRESS, pool, signs_in=owner)
    assert [user.username for user in offered] == ["owner", "verified", ADDRESS, "fresh", "old", "unfinished"]


def test_being_called_like_an_address_makes_nobody_its_owner() -> None:
    called, holder = person(ADDRESS), person("ana", ADDRESS, email_verified="true")
    assert likeliest((called, holder), ADDRESS, PLAIN, signs_in=called) == (holder, called)
