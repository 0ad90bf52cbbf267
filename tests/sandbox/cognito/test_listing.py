"""ListUsers: filters, letter case, pages, tokens and late arrivals."""

from datetime import timedelta

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.contested import Contested
from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.pairs import pairs
from tests.sandbox.cognito.refusals import refused


def found(cognito: CognitoIdentityProviderClient, pool: LivePool, text: str) -> list[str]:
    return [user["Username"] for user in cognito.list_users(UserPoolId=pool.id, Filter=text)["Users"]]


@pytest.fixture
def people(pool: LivePool) -> LivePool:
    pool.add("ada", email="ada@example.com", email_verified=True, attributes={"name": "Ada L"})
    pool.add("Adam", email="Ada@example.com", phone="+15550100", enabled=False)
    pool.add('o"neil', email='"o\\"neil"@example.com', status="UNCONFIRMED")
    return pool


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('username = "ada"', ["ada"]),
        ('username ^= "ad"', ["ada"]),
        ('username="Adam"', ["Adam"]),
        ('name ^= "ada"', ["ada"]),
        ('phone_number = "+15550100"', ["Adam"]),
        ('status = "Disabled"', ["Adam"]),
        ('cognito:user_status = "unconfirmed"', ['o"neil']),
        ('cognito:user_status = "CONFIRMED"', ["ada", "Adam"]),
        ('email = "ADA@example.com"', ["ada", "Adam"]),
        ('email ^= "ada@"', ["ada", "Adam"]),
        ('email = "nobody@example.com"', []),
        (r'username = "o\"neil"', ['o"neil']),
        (r'email = "\"o\\\"neil\"@example.com"', ['o"neil']),
        ("", ["ada", "Adam", 'o"neil']),
    ],
)
def test_a_filter_finds_whom_it_describes(
    people: LivePool, cognito: CognitoIdentityProviderClient, text: str, names: list[str]
) -> None:
    assert found(cognito, people, text) == names


def test_a_sub_and_its_beginning_can_be_searched(people: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    sub = people.user("ada").sub
    assert found(cognito, people, f'sub = "{sub}"') == ["ada"]
    assert found(cognito, people, f'sub ^= "{sub[:13]}"') == ["ada"]


def test_the_first_digits_of_a_sub_divide_a_pool(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    for number in range(40):
        pool.add(f"user{number}")
    parts = {digit: found(cognito, pool, f'sub ^= "{digit}"') for digit in "0123456789abcdef"}
    assert sorted(name for part in parts.values() for name in part) == sorted(user.username for user in pool.users)
    for digit, part in parts.items():
        assert all(pool.user(name).sub.startswith(digit) for name in part)


def test_letter_case_may_matter(
    people: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    server.contested = Contested(listusers_ignores_case=False)
    assert found(cognito, people, 'email = "ada@example.com"') == ["ada"]
    assert found(cognito, people, 'email = "Ada@example.com"') == ["Adam"]


@pytest.mark.parametrize(
    "text",
    [
        'email_verified = "true"',
        'identities = "x"',
        'custom:tier = "gold"',
        "email = ada@example.com",
        'email = "ada@example.com" AND name = "Ada"',
        'email $= "com"',
        'email = "unfinished',
        'email = "a"b"',
        "sub ^= a",
        'sub = "a" OR sub = "b"',
    ],
)
def test_a_filter_that_cognito_does_not_know_is_refused(
    people: LivePool, cognito: CognitoIdentityProviderClient, text: str
) -> None:
    with refused("InvalidParameterException"):
        found(cognito, people, text)


def test_pages_go_on_until_the_token_is_gone(
    pool: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    for number in range(130):
        pool.add(f"user{number}", email="many@example.com")
    first = cognito.list_users(UserPoolId=pool.id)
    assert len(first["Users"]) == 60
    assert "PaginationToken" in first
    server.world.page_cap = 7
    short = cognito.list_users(UserPoolId=pool.id, Limit=20)
    assert len(short["Users"]) == 7
    pages = cognito.get_paginator("list_users").paginate(
        UserPoolId=pool.id, Filter='email = "many@example.com"', PaginationConfig={"PageSize": 60}
    )
    names = [user["Username"] for page in pages for user in page["Users"]]
    assert names == [f"user{number}" for number in range(130)]


def test_a_page_has_sixty_users_at_most(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    with refused("InvalidParameterException", "less than or equal to 60"):
        cognito.list_users(UserPoolId=pool.id, Limit=61)


def test_a_page_token_belongs_to_its_search_and_lives_for_an_hour(
    pool: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    for number in range(3):
        pool.add(f"user{number}", email="many@example.com")
    token = cognito.list_users(UserPoolId=pool.id, Limit=1)["PaginationToken"]
    rest = cognito.list_users(UserPoolId=pool.id, PaginationToken=token)["Users"]
    assert [user["Username"] for user in rest] == ["user1", "user2"]
    with refused("InvalidParameterException"):
        cognito.list_users(UserPoolId=pool.id, PaginationToken=token, Filter='name = "x"')
    with refused("InvalidParameterException"):
        cognito.list_users(UserPoolId=pool.id, PaginationToken="bm9uc2Vuc2U=")
    server.clock.forward(timedelta(hours=1, seconds=1))
    with refused("InvalidParameterException"):
        cognito.list_users(UserPoolId=pool.id, PaginationToken=token)


def test_asking_for_an_attribute_that_somebody_lacks_is_an_error(
    people: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    shown = cognito.list_users(UserPoolId=people.id, AttributesToGet=["email"])["Users"]
    assert [pair["Name"] for pair in shown[0]["Attributes"]] == ["email"]
    with refused("InvalidParameterException"):
        cognito.list_users(UserPoolId=people.id, AttributesToGet=["email_verified"])


def test_a_user_may_show_up_late_but_not_to_those_who_know_the_name(
    people: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    people.hide_from_listing("ada", seconds=30)
    assert found(cognito, people, 'username = "ada"') == []
    assert cognito.admin_get_user(UserPoolId=people.id, Username="ada@example.com")["Username"] == "ada"
    server.clock.forward(timedelta(seconds=30))
    assert found(cognito, people, 'username = "ada"') == ["ada"]


def test_a_lagging_list_shows_what_was_written_a_while_later(
    people: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    server.world.listing_lag = timedelta(seconds=5)
    cognito.admin_create_user(
        UserPoolId=people.id, Username="late", UserAttributes=pairs({"email": "late@example.com"})
    )
    assert found(cognito, people, 'email = "late@example.com"') == []
    server.clock.forward(timedelta(seconds=5))
    assert found(cognito, people, 'email = "late@example.com"') == ["late"]
