"""What a view of a pool finds, how careful it is about who holds an address, and what it records."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from bot.answer import Refused
from bot.aws.gateway import Gateway
from bot.aws.live_directory import Answer, LiveDirectory
from bot.cognito import STATUSES
from bot.settings import PoolSettings
from bot.words import day
from sandbox.testing import CognitoServer, LivePool
from tests.bot import wired

KINDS = {
    "alias": {},
    "folded": {"case_sensitive": False},
    "login": {"email_login": True},
    "plain": {"alias": False},
    "keeps": {"keep_original": True},
    "named": {"alias": False, "settings": {"AliasAttributes": ["preferred_username"]}},
}


@pytest.fixture(scope="module")
def server() -> Iterator[CognitoServer]:
    with wired.cognito() as server:
        for name, kind in KINDS.items():
            server.pools.create(name, **kind)  # type: ignore[arg-type] # each kind is a set of switches
        yield server


@pytest.fixture(scope="module")
def gateway(server: CognitoServer) -> Iterator[Gateway]:
    with wired.gateway(server) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _empty(server: CognitoServer) -> Iterator[None]:
    yield
    server.contested = type(server.contested)()
    for pool in server.pools:
        for user in pool.users:
            pool.delete(user.username)
    server.calls.clear()


@pytest.fixture
def alias(server: CognitoServer) -> LivePool:
    return server.pools["alias"]


def names(users: object) -> list[str]:
    assert isinstance(users, tuple)
    return [user.username for user in users]


def no(directory: LiveDirectory, reference: str) -> Refused:
    with pytest.raises(Refused) as error:
        directory.one(reference)
    return error.value


def test_one_account_is_found_by_user_name_by_sub_and_by_address(gateway: Gateway, alias: LivePool) -> None:
    ana = alias.add("ana", email="ana@example.com", email_verified=False)
    for reference in ("ana", ana.sub, ana.sub.upper(), "ana@example.com"):
        assert gateway.directory("alias").one(reference).username == "ana"


def test_a_providers_profile_is_found_by_its_sub(gateway: Gateway, alias: LivePool) -> None:
    alias.add_provider("Google", "Google", {"email": "email"})
    gil = alias.sign_in("Google", {"sub": "104", "email": "gil@example.com"})
    found = gateway.directory("alias").one(gil.sub)
    assert (found.username, found.provider, found.is_external) == ("Google_104", "Google", True)


@pytest.mark.parametrize("ignores", [True, False])
def test_letter_case_counts_as_it_does_for_the_pool(gateway: Gateway, server: CognitoServer, ignores: bool) -> None:
    server.contested = replace(server.contested, listusers_ignores_case=ignores)
    for pool in ("alias", "folded"):
        server.pools[pool].add("ana", email="Ana@example.com", email_verified=True)
    assert names(gateway.directory("folded").find("ana@EXAMPLE.com")) == ["ana"]
    assert names(gateway.directory("alias").find("ana@example.com")) == []
    assert names(gateway.directory("alias").find("Ana@example.com")) == ["ana"]


@pytest.mark.parametrize("ignores", [True, False])
def test_a_holder_is_named_though_its_letter_case_differs(
    gateway: Gateway, server: CognitoServer, ignores: bool
) -> None:
    server.contested = replace(server.contested, listusers_ignores_case=ignores)
    pool = server.pools["folded"]
    pool.add("old", email="ben@example.com", email_verified=False)
    pool.add("new", email="Ben@Example.com", email_verified=True)
    directory = gateway.directory("folded")
    assert names(directory.losers("ben@example.com", to=directory.one("old"))) == ["new"]


def test_a_holder_whom_listusers_does_not_show_yet_is_named(gateway: Gateway, alias: LivePool) -> None:
    alias.add("old", email="ben@example.com", email_verified=False)
    alias.add("new", email="ben@example.com", email_verified=True)
    alias.hide_from_listing("new")
    directory = gateway.directory("alias")
    old = directory.one("old")
    assert names(directory.holders("ben@example.com", other_than=old)) == ["new"]
    assert names(directory.losers("ben@example.com", to=old)) == ["new"]


@pytest.mark.parametrize(
    ("kind", "losing"), [("alias", ["new"]), ("folded", ["new"]), ("plain", []), ("keeps", ["new"])]
)
def test_someone_can_lose_an_address_only_where_it_is_an_alias(
    gateway: Gateway, server: CognitoServer, kind: str, losing: list[str]
) -> None:
    pool = server.pools[kind]
    pool.add("old", email="ben@example.com", email_verified=False)
    pool.add("new", email="ben@example.com", email_verified=True)
    directory = gateway.directory(kind)
    assert names(directory.losers("ben@example.com", to=directory.one("old"))) == losing
    assert names(directory.losers("ben@example.com", to=None)) == losing


def test_where_the_pool_minds_letter_case_another_spelling_holds_but_does_not_lose(
    gateway: Gateway, alias: LivePool
) -> None:
    alias.add("cara", email="cara@example.com", email_verified=True)
    alias.add("cara.phone", email="Cara@example.com", email_verified=False)
    directory = gateway.directory("alias")
    phone = directory.one("cara.phone")
    assert names(directory.holders("Cara@example.com", other_than=phone)) == ["cara"]
    assert directory.losers("Cara@example.com", to=phone) == ()
    assert directory.signs_in_with("Cara@example.com") is None


def test_who_signs_in_with_an_address_is_asked_of_cognito(gateway: Gateway, server: CognitoServer) -> None:
    for kind in KINDS:
        server.pools[kind].add("ana", email="ana@example.com", email_verified=kind != "login")
    answering = {kind: gateway.directory(kind).signs_in_with("ana@example.com") for kind in KINDS}
    assert {kind for kind, user in answering.items() if user} == {"alias", "folded", "login", "keeps"}


@pytest.mark.parametrize("address", ['a"b@example.com', "a\\b@example.com", 'a\\"@example.com', "o'hara@example.com"])
def test_quotes_in_an_address_stay_inside_the_filter(gateway: Gateway, alias: LivePool, address: str) -> None:
    alias.add("odd", email=address, email_verified=False)
    alias.add("ana", email="ana@example.com", email_verified=False)
    assert names(gateway.directory("alias").find(address)) == ["odd"]


def test_an_address_longer_than_a_filter_is_still_found_and_compared_whole(gateway: Gateway, alias: LivePool) -> None:
    long = f"{'x' * 280}@example.com"
    alias.add("long", email=long, email_verified=False)
    alias.add("longer", email=f"{'x' * 281}@example.com", email_verified=False)
    assert names(gateway.directory("alias").find(long)) == ["long"]


def test_every_page_of_a_listing_is_read(gateway: Gateway, server: CognitoServer) -> None:
    pool = server.pools["plain"]
    for n in range(130):
        pool.add(f"u{n:03}", email="all@example.com", email_verified=False, created=timedelta(days=n))
    found = gateway.directory("plain").find("all@example.com")
    assert len(found) == 130
    assert found[0].username == "u129"


def test_several_accounts_are_a_question_with_their_subs_as_answers(gateway: Gateway, alias: LivePool) -> None:
    subs = [
        alias.add(f"tri{n}", email="tri@example.com", email_verified=False, created=timedelta(days=30 - n)).sub
        for n in range(3)
    ]
    refused = no(gateway.directory("alias"), "tri@example.com")
    assert str(refused) == "Three accounts have tri@example.com. Which one?"
    assert {choice.value for choice in refused.choices} == set(subs)
    # Of accounts that are alike in all else, the one that changed last.
    assert [choice.label[:17] for choice in refused.choices] == [f"tri{n} · confirmed · "[:17] for n in (2, 1, 0)]
    assert {choice.scenario for choice in refused.choices} == {""}
    assert refused.field == "user"
    for choice in refused.choices:
        assert gateway.directory("alias").one(choice.value).sub == choice.value


def called_like(kind: str, pool: LivePool, address: str) -> str:
    """Give a thief's account a name that is somebody's address, as far as the pool lets anybody do so."""
    if kind == "user name":
        return pool.add(address, email="thief@example.com").sub
    if kind == "number":
        return pool.add("thief", email=address, email_verified=False, attributes={"phone_number": address}).sub
    return pool.add("thief", email=address, email_verified=False, attributes={"preferred_username": address}).sub


CALLED_LIKE = [
    (kind, pool)
    for kind in ("user name", "number", "preferred user name")
    for pool in ("plain", "alias", "named")
    # Cognito refuses such a user name where the address is an alias.
    if (kind, pool) != ("user name", "alias")
]


@pytest.mark.parametrize(("kind", "pool"), CALLED_LIKE)
def test_whoever_is_called_like_somebodys_address_is_never_picked_without_asking(
    gateway: Gateway, server: CognitoServer, kind: str, pool: str
) -> None:
    ana = server.pools[pool].add("ana", email="ana@example.com", email_verified=True)
    thief = called_like(kind, server.pools[pool], "ana@example.com")
    refused = no(gateway.directory(pool), "ana@example.com")
    assert {choice.value for choice in refused.choices} == {ana.sub, thief}
    for sub in (ana.sub, thief):
        assert gateway.directory(pool).one(sub).sub == sub


def test_a_preferred_user_name_is_looked_for_where_the_pool_signs_in_with_it(
    gateway: Gateway, server: CognitoServer
) -> None:
    pool = server.pools["named"]
    ana = pool.add("ana", email="ana@example.com")
    other = pool.add("other", attributes={"preferred_username": "ana"})
    assert {user.sub for user in gateway.directory("named").find("ana")} == {ana.sub, other.sub}


def test_a_user_name_that_is_somebodys_sub_is_a_choice_that_can_be_settled(
    gateway: Gateway, server: CognitoServer
) -> None:
    pool = server.pools["plain"]
    ana = pool.add("ana", email="ana@example.com")
    thief = pool.add(ana.sub, email="thief@example.com")
    refused = no(gateway.directory("plain"), ana.sub)
    assert {choice.value for choice in refused.choices} == {"ana", thief.sub}
    assert {gateway.directory("plain").one(choice.value).sub for choice in refused.choices} == {ana.sub, thief.sub}


def test_an_account_that_its_own_user_name_does_not_give_is_refused() -> None:
    """No Cognito that we know of answers so; if one does, a call by that name would reach somebody else."""

    def shape(sub: str, attributes: str) -> dict[str, object]:
        held = [{"Name": "sub", "Value": sub}, {"Name": "email", "Value": "ana@example.com"}]
        since = datetime(2025, 1, 1, tzinfo=UTC)
        dates = {"UserCreateDate": since, "UserLastModifiedDate": since}
        return {"Username": "ana", attributes: held, "UserStatus": "CONFIRMED", "Enabled": True, **dates}

    def read(operation: str, parameters: Mapping[str, object]) -> "Future[Mapping[str, object] | None]":
        found: Future[Mapping[str, object] | None] = Future()
        answers: dict[tuple[str, object], Mapping[str, object]] = {
            ("DescribeUserPool", None): {"UserPool": {"Id": "us-east-1_Odd", "Name": "odd"}},
            ("ListUsers", None): {"Users": [shape("sub-listed", "Attributes")]},
            ("AdminGetUser", "ana"): shape("sub-other", "UserAttributes"),
        }
        found.set_result(answers.get((operation, parameters.get("Username"))))
        return found

    settings = PoolSettings(id="us-east-1_Odd", region="us-east-1", client_id="1")
    refused = no(LiveDirectory(name="odd", settings=settings, read=read), "ana@example.com")
    assert "sub-listed" in str(refused)
    assert "sub-other" in str(refused)


@pytest.mark.parametrize(
    "typed",
    ["mailto:ana@example.com", "“ana@example.com”.", "`ana@example.com`", "Ana<ana@example.com>", "'ana'", "ana."],
)
def test_what_was_typed_is_forgiven_what_clients_and_mails_add(gateway: Gateway, alias: LivePool, typed: str) -> None:
    ana = alias.add("ana", email="ana@example.com", email_verified=False)
    assert gateway.directory("alias").one(typed).sub == ana.sub


def test_an_account_that_is_called_like_an_addition_is_found_and_asked_about(
    gateway: Gateway, server: CognitoServer
) -> None:
    pool = server.pools["plain"]
    dotted = pool.add("ana@example.com.", email="thief@example.com")
    assert gateway.directory("plain").one("ana@example.com.").sub == dotted.sub
    ana = pool.add("ana", email="ana@example.com")
    refused = no(gateway.directory("plain"), "ana@example.com.")
    assert {choice.value for choice in refused.choices} == {ana.sub, dotted.sub}


@pytest.mark.parametrize(
    "address", ["ana\u3164@example.com", "а\u034fna@example.com", "jose\u0301@example.com", '"a b"@x.de']
)
def test_an_odd_address_that_is_there_is_found_as_it_is(gateway: Gateway, alias: LivePool, address: str) -> None:
    odd = alias.add("odd", email=address, email_verified=False)
    assert gateway.directory("alias").one(address).sub == odd.sub


def test_a_holder_is_found_however_the_same_letters_are_written(gateway: Gateway, alias: LivePool) -> None:
    odd = alias.add("odd", email="jose\u0301@example.com", email_verified=True)
    assert [user.sub for user in gateway.directory("alias").holders("Jos\u00e9@example.com")] == [odd.sub]


@pytest.mark.parametrize("status", STATUSES)
def test_a_choice_says_everything_that_tells_accounts_apart(gateway: Gateway, alias: LivePool, status: str) -> None:
    for n in range(2):
        alias.add(f"{n}" * 36, email="two@example.com", email_verified=n == 0, status=status)
    for choice in no(gateway.directory("alias"), "two@example.com").choices:
        created = alias.user(choice.value).created
        assert choice.label.endswith(f" · {day(created)}")
        assert len(choice.label) <= 75
        assert STATUSES[status] in choice.label


def test_in_a_crowd_the_owner_and_whoever_was_active_stand_before_older_accounts(
    gateway: Gateway, alias: LivePool
) -> None:
    for n in range(299):
        alias.add(f"old{n:03}", email="all@example.com", email_verified=False, created=timedelta(days=400 - n))
    owner = alias.add("owner", email="all@example.com", email_verified=True, created=timedelta(days=1))
    refused = no(gateway.directory("alias"), "all@example.com")
    assert str(refused).startswith("300 accounts have all@example.com. Which one? Here are the 10 likeliest; 290 more")
    assert refused.choices[0].value == owner.sub
    assert refused.choices[0].label.startswith("owner · confirmed · signs in · ")
    assert "old000" not in {choice.label.partition(" ")[0] for choice in refused.choices}
    assert len(gateway.directory("alias").holders("all@example.com")) == 300


def test_nobody_is_told_who_comes_close(gateway: Gateway, alias: LivePool) -> None:
    alias.add("ana", email="ana@example.com", email_verified=False)
    alias.add("bob", email="bob@example.com", email_verified=False)
    refused = no(gateway.directory("alias"), "anna@example.com")
    assert str(refused).startswith(
        'No account in alias has "anna@example.com". Close to it: ana@example.com. I looked '
    )
    assert [(choice.label, choice.value, choice.scenario) for choice in refused.choices] == [
        ("Check ana@example.com", "ana@example.com", "check")
    ]


@pytest.mark.parametrize("slip", ["ANA@example.com", "ana@exmaple.com", "anan", "an@example.com", "ana"])
def test_common_slips_come_close(gateway: Gateway, alias: LivePool, slip: str) -> None:
    alias.add("an.a", email="ana@example.com", email_verified=False)
    assert [choice.value for choice in no(gateway.directory("alias"), slip).choices] == ["ana@example.com"]


def test_sharing_a_domain_makes_nobody_close_and_the_search_stays_small(gateway: Gateway, alias: LivePool) -> None:
    for n in range(9):
        alias.add(f"n{n}", email=f"no{n}@example.com", email_verified=False)
    assert no(gateway.directory("alias"), "nobody@example.com").choices == ()
    assert len(alias.calls) <= 6
    assert len(no(gateway.directory("alias"), "noo@example.com").choices) == 3


def test_a_pending_address_is_hinted_at_where_it_can_not_be_seen(gateway: Gateway) -> None:
    assert "try the old one" in str(no(gateway.directory("keeps"), "new@example.com"))
    assert "try the old one" not in str(no(gateway.directory("alias"), "new@example.com"))


def test_reading_a_user_name_never_returns_whoever_has_it_as_an_alias(gateway: Gateway, alias: LivePool) -> None:
    alias.add("ana", email="ana@example.com", email_verified=True)
    directory = gateway.directory("alias")
    assert directory.read("ana@example.com") is None
    assert directory.observed["name:ana@example.com"] == {"sub": ""}


def test_where_an_address_is_the_user_name_it_can_be_read_by_it(gateway: Gateway, server: CognitoServer) -> None:
    eli = server.pools["login"].add("", email="eli@example.com", email_verified=False)
    found = gateway.directory("login").read("eli@example.com")
    assert found is not None
    assert found.sub == eli.sub


def test_a_view_asks_each_thing_once_and_a_fresh_one_asks_anew(gateway: Gateway, alias: LivePool) -> None:
    alias.add("ana", email="ana@example.com", email_verified=False)
    directory = gateway.directory("alias")
    for _ in range(3):
        assert not directory.one("ana@example.com").email_verified
        directory.holders("ana@example.com")
        directory.signs_in_with("ana@example.com")
    asked = [(call.operation, call.parameters.get("Username")) for call in alias.calls]
    assert sorted(asked, key=str) == [
        ("AdminGetUser", "ana"),
        ("AdminGetUser", "ana@example.com"),
        ("DescribeUserPool", None),
        ("ListUsers", None),
    ]
    alias.write("ana", {"email_verified": "true"})
    assert not directory.one("ana@example.com").email_verified
    assert gateway.directory("alias").one("ana@example.com").email_verified


def observed(gateway: Gateway) -> dict[str, dict[str, object]]:
    directory = gateway.directory("alias")
    directory.one("ana")
    directory.losers("ana@example.com", to=None)
    return directory.observed


def test_what_was_seen_is_json_and_the_same_until_something_that_matters_changes(
    gateway: Gateway, server: CognitoServer, alias: LivePool
) -> None:
    alias.add("ana", email="ana@example.com", email_verified=False)
    before = observed(gateway)
    assert json.loads(json.dumps(before)) == before
    assert {subject.partition(":")[0] for subject in before} == {"user", "pool", "address"}
    alias.write("ana", {"name": "Ana"})
    assert observed(gateway) == before
    alias.add("ana2", email="ana@example.com", email_verified=True)
    after = observed(gateway)
    assert after["address:ana@example.com"] == {"holders": "ana, ana2", "signs_in": "ana2"}
    assert after != before


def test_providers_come_with_their_mapping_and_without_their_secrets(gateway: Gateway, alias: LivePool) -> None:
    alias.add_provider("Okta", "OIDC", {"email": "email"}, details={"oidc_issuer": "https://okta.example.com"})
    alias.add_provider("Google", "Google", {"email": "email"})
    directory = gateway.directory("alias")
    assert {provider.name for provider in directory.providers()} >= {"Google", "Okta"}
    okta = directory.provider("Okta")
    assert (okta.type, okta.issuer, okta.mapping["email"]) == ("OIDC", "https://okta.example.com", "email")
    assert "secret" not in repr(directory.providers())
    assert "secret" not in json.dumps(directory.observed)


def test_an_unknown_provider_is_refused_with_those_that_exist(gateway: Gateway, alias: LivePool) -> None:
    alias.add_provider("Google", "Google", {"email": "email"})
    with pytest.raises(Refused, match=r"no identity provider called Gogle\. It has: .*Google"):
        gateway.directory("alias").provider("Gogle")


def test_the_providers_of_a_user_are_those_that_the_pool_still_has(gateway: Gateway, server: CognitoServer) -> None:
    pool = server.pools["plain"]
    pool.add_provider("Google", "Google", {"email": "email"})
    pool.sign_in("Google", {"sub": "104", "email": "gil@example.com"})
    directory = gateway.directory("plain")
    assert [provider.name for provider in directory.providers_of(directory.one("Google_104"))] == ["Google"]
    identities = '[{"providerName":"Gone","providerType":"OIDC","userId":"7","primary":"true"}]'
    pool.add("li", email="li@example.com", attributes={"identities": identities})
    li = directory.one("li")
    assert [identity.primary for identity in li.identities] == [True]
    assert directory.providers_of(li) == ()


@pytest.mark.parametrize("text", ["", "no json", "{}", "7", '["x"]', '[{"userId":"1"}]'])
def test_a_broken_identities_attribute_is_no_identity(gateway: Gateway, server: CognitoServer, text: str) -> None:
    server.pools["plain"].add("odd", attributes={"identities": text})
    assert gateway.directory("plain").one("odd").identities == ()


def test_a_pools_settings_are_read_in_cognitos_own_terms(gateway: Gateway, server: CognitoServer) -> None:
    kinds = {kind: gateway.directory(kind).pool for kind in KINDS}
    assert [kind for kind, pool in kinds.items() if pool.email_is_alias] == ["alias", "folded", "keeps"]
    assert [kind for kind, pool in kinds.items() if pool.email_is_username] == ["login"]
    assert [kind for kind, pool in kinds.items() if not pool.case_sensitive] == ["folded"]
    assert [kind for kind, pool in kinds.items() if pool.keeps_original] == ["keeps"]
    assert all(pool.mails_codes for pool in kinds.values())


def test_the_second_factors_of_a_user_are_read(gateway: Gateway, alias: LivePool) -> None:
    alias.add("mia", email="mia@example.com", mfa=["EMAIL_OTP"])
    mia = gateway.directory("alias").read("mia")
    assert mia is not None
    assert mia.mfa == {"EMAIL_OTP"}


def test_one_view_of_a_pool_waits_for_no_other_s(gateway: Gateway, alias: LivePool) -> None:
    answer = gateway.directory("alias")._ask("DescribeUserPool")
    held, asked = Future[Answer | None](), Event()

    def hold(operation: str, parameters: Answer) -> "Future[Answer | None]":
        asked.set()
        return held

    settings = wired.settings(alias)
    slow = LiveDirectory(name="alias", settings=settings, read=hold)
    quick = LiveDirectory(name="alias", settings=settings, read=lambda operation, parameters: answer)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(lambda: slow.pool)
        assert asked.wait(60)
        try:
            assert threads.submit(lambda: quick.pool).result(60).id == alias.id
            assert not first.done()
        finally:
            held.set_result(answer.result())
        assert first.result(60).id == alias.id
