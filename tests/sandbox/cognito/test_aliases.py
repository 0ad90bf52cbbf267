"""One address, one verified holder: who gets it, who loses it, and who answers to it."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.contested import Contested
from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.pairs import pairs
from tests.sandbox.cognito.refusals import refused

ADDRESS = "ben@example.com"
VERIFIED = pairs({"email_verified": "true"})


@pytest.fixture
def bens(pool: LivePool) -> LivePool:
    pool.add("old", email=ADDRESS, email_verified=True)
    pool.add("new", email=ADDRESS, email_verified=False)
    return pool


def test_the_last_to_verify_takes_the_address(bens: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    before = bens.user("old").modified
    cognito.admin_update_user_attributes(UserPoolId=bens.id, Username="new", UserAttributes=VERIFIED)

    holder = bens.holder(ADDRESS)
    assert holder is not None
    assert holder.username == "new"
    assert not bens.user("old").email_verified
    assert bens.user("old").modified > before
    assert bens.mail == ()


def test_an_address_is_a_sign_in_name_for_its_holder_alone(
    bens: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    assert cognito.admin_get_user(UserPoolId=bens.id, Username=ADDRESS)["Username"] == "old"
    bens.write("old", {"email_verified": "false"})
    with refused("UserNotFoundException", "User does not exist."):
        cognito.admin_get_user(UserPoolId=bens.id, Username=ADDRESS)


def test_letter_case_makes_another_address_where_the_pool_minds_it(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    for minds in (True, False):
        pool = server.pools.create("case", case_sensitive=minds)
        pool.add("lower", email="cara@example.com", email_verified=True)
        pool.add("upper", email="Cara@example.com", email_verified=False)
        cognito.admin_update_user_attributes(UserPoolId=pool.id, Username="upper", UserAttributes=VERIFIED)
        assert pool.user("lower").email_verified is minds
        assert pool.user("upper").email == "Cara@example.com"
        assert cognito.admin_get_user(UserPoolId=pool.id, Username="Cara@example.com")["Username"] == "upper"


def test_user_names_mind_letter_case_as_the_pool_does(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    strict, lax = server.pools.create("strict"), server.pools.create("lax", case_sensitive=False)
    for pool in (strict, lax):
        pool.add("Ada", email="ada@example.com")
    assert cognito.admin_get_user(UserPoolId=lax.id, Username="aDA")["Username"] == "Ada"
    with refused("UserNotFoundException"):
        cognito.admin_get_user(UserPoolId=strict.id, Username="aDA")


def test_a_user_is_found_by_user_name_sub_and_held_address(
    bens: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    old = bens.user("old")
    for name in ("old", old.sub, ADDRESS):
        assert cognito.admin_get_user(UserPoolId=bens.id, Username=name)["Username"] == "old"


def test_in_a_pool_without_aliases_nobody_signs_in_with_an_address(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create("plain", alias=False)
    pool.add("one", email=ADDRESS, email_verified=True)
    pool.add("two", email=ADDRESS, email_verified=True)
    assert pool.user("one").email_verified
    assert pool.user("two").email_verified
    with refused("UserNotFoundException"):
        cognito.admin_get_user(UserPoolId=pool.id, Username=ADDRESS)


def test_where_the_address_is_the_user_name_nobody_else_can_have_it(
    server: CognitoServer, cognito: CognitoIdentityProviderClient
) -> None:
    pool = server.pools.create("login", email_login=True)
    ada = pool.add("", email="ada@example.com", email_verified=False)
    bob = pool.add("", email="bob@example.com", email_verified=True)
    assert ada.username == ada.sub
    assert cognito.admin_get_user(UserPoolId=pool.id, Username="ada@example.com")["Username"] == ada.sub
    taken = pairs({"email": "ada@example.com"})
    for attributes in (taken, [*taken, *VERIFIED]):
        with refused("AliasExistsException", "An account with the given email already exists."):
            cognito.admin_update_user_attributes(UserPoolId=pool.id, Username=bob.username, UserAttributes=attributes)
    assert pool.user(bob.username).email == "bob@example.com"
    assert pool.user(bob.username).email_verified


def test_changing_and_verifying_in_one_go_takes_the_address_without_a_message(
    bens: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    bens.add("third", email="third@example.com", email_verified=True)
    cognito.admin_update_user_attributes(
        UserPoolId=bens.id, Username="third", UserAttributes=[*pairs({"email": ADDRESS}), *VERIFIED]
    )
    holder = bens.holder(ADDRESS)
    assert holder is not None
    assert holder.username == "third"
    assert not bens.user("old").email_verified
    assert bens.holder("third@example.com") is None
    assert bens.mail == ()


def test_an_unset_flag_gives_the_address_back(bens: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    flag = pairs({"email_verified": "false"})
    cognito.admin_update_user_attributes(UserPoolId=bens.id, Username="old", UserAttributes=flag)
    assert bens.holder(ADDRESS) is None


def test_the_flag_can_be_refused_on_a_taken_address(
    bens: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    server.contested = Contested(admin_verify_on_taken_alias="alias_exists")
    with refused("AliasExistsException", "An account with the email already exists."):
        cognito.admin_update_user_attributes(UserPoolId=bens.id, Username="new", UserAttributes=VERIFIED)
    assert bens.user("old").email_verified
    assert not bens.user("new").email_verified


def test_a_loss_need_not_move_the_losers_date(
    bens: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    server.contested = Contested(loser_modified_date=False)
    before = bens.user("old").modified
    cognito.admin_update_user_attributes(UserPoolId=bens.id, Username="new", UserAttributes=VERIFIED)
    assert not bens.user("old").email_verified
    assert bens.user("old").modified == before


def test_operations_happen_one_after_the_other(
    server: CognitoServer, cognito: CognitoIdentityProviderClient, bens: LivePool
) -> None:
    def claim() -> None:
        cognito.admin_update_user_attributes(UserPoolId=bens.id, Username="new", UserAttributes=VERIFIED)

    with ThreadPoolExecutor(1) as threads:
        with server.world.lock:
            claimed = threads.submit(claim)
            assert not wait([claimed], timeout=0.2).done
            assert bens.user("old").email_verified
        claimed.result()
    assert bens.user("new").email_verified


def test_a_pool_of_another_region_is_not_there(server: CognitoServer, cognito: CognitoIdentityProviderClient) -> None:
    elsewhere = server.pools.create("elsewhere", region="eu-west-1")
    elsewhere.add("ada", email="ada@example.com")
    with refused("ResourceNotFoundException", f"User pool {elsewhere.id} does not exist."):
        cognito.admin_get_user(UserPoolId=elsewhere.id, Username="ada")
