"""The sandbox's pool of some hundred people: who is in it, by rule."""

from collections import Counter
from datetime import timedelta

from sandbox.cognito.crowd import MEMBERS, PEOPLE, crowd
from sandbox.cognito.server import CognitoServer


def test_there_are_some_of_every_kind_and_as_many_each_time(server: CognitoServer) -> None:
    users = crowd(server).users
    assert len(users) == PEOPLE, "nobody replaces somebody else of the same name"
    assert Counter((user.status, user.email_verified) for user in users) == {
        # A twenty-seventh of each sixty has lost the address to a second account.
        ("CONFIRMED", True): 280,
        ("CONFIRMED", False): 80,
        ("EXTERNAL_PROVIDER", True): 20,
        ("EXTERNAL_PROVIDER", False): 150,
        ("UNCONFIRMED", False): 30,
        ("FORCE_CHANGE_PASSWORD", True): 30,
        ("RESET_REQUIRED", False): 10,
    }
    assert sum(not user.enabled for user in users) == 10
    addresses = Counter(user.email for user in users)
    assert sorted(set(addresses.values())) == [1, 2]
    assert sum(count == 2 for count in addresses.values()) == 10
    assert len({address.lower() for address in addresses}) == len(addresses) - 10
    assert all(address.lower().endswith("@example.com") for address in addresses)


def test_accounts_were_created_over_two_years_and_some_invitations_still_hold(server: CognitoServer) -> None:
    pool, now = crowd(server), server.clock.now()
    assert pool.name == MEMBERS
    ages = [now - user.created for user in pool.users]
    assert timedelta(days=729) < max(ages) < timedelta(days=731)
    assert len({user.created.strftime("%Y-%m") for user in pool.users}) > 20
    assert all(user.created <= user.modified for user in pool.users)
    invited = [now - user.created for user in pool.users if user.status == "FORCE_CHANGE_PASSWORD"]
    assert 0 < sum(age < timedelta(days=7) for age in invited) < len(invited)
