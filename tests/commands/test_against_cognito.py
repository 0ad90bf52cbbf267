"""Each plan, sent to Cognito and read again: what was planned is what is there."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.aws.failure import CallFailed, Fate
from bot.aws.gateway import Gateway
from bot.plan import Plan
from bot.scenario import Sources
from bot.tickets import verification
from sandbox.testing import CognitoServer, Contested, LivePool
from tests.bot import wired
from tests.commands.paper import REASON, SCENARIOS, PaperLedger

SENDS = frozenset(operation for each in SCENARIOS.values() for operation in each.sends)
NOW, CODE = "Verified now, by us", "The customer confirms by code"
KINDS: dict[str, dict[str, Any]] = {
    "alias": {},
    "folded": {"case_sensitive": False},
    "login": {"email_login": True},
    "plain": {"alias": False},
    "keeps": {"keep_original": True},
    "silent": {"auto_verify": ()},
    "careless": {},
}


@pytest.fixture(scope="module")
def _wire() -> Iterator[tuple[CognitoServer, Gateway]]:
    with wired.cognito() as server:
        for name, kind in KINDS.items():
            server.pools.create(name, **kind)
        with wired.gateway(server, SENDS) as gateway:
            yield server, gateway


@pytest.fixture
def server(_wire: tuple[CognitoServer, Gateway]) -> Iterator[CognitoServer]:
    server = _wire[0]
    yield server
    server.contested = Contested()
    server.mailbox.clear()
    for pool in server.pools:
        for user in pool.users:
            pool.delete(user.sub)


@pytest.fixture
def gateway(_wire: tuple[CognitoServer, Gateway]) -> Gateway:
    return _wire[1]


def plan(gateway: Gateway, scenario: str, pool: str, **form: str | bool) -> Plan:
    found = SCENARIOS[scenario]
    sources = Sources(directory=gateway.directory(pool), ledger=PaperLedger())
    made = found.run(found.form.model_validate({"reason": REASON, **form}), sources)
    assert isinstance(made, Plan)
    return made


def carry_out(gateway: Gateway, pool: str, made: Plan) -> None:
    for call in made.calls:
        gateway.send(pool, call)
    readings = verification.read(gateway.directory(pool), verification.readable(made))
    assert [reading for reading in readings if not reading.as_planned] == []


def add(pool: LivePool, name: str, email: str, *, verified: bool) -> str:
    user = pool.add(name, email=email, email_verified=verified)
    return user.username


@pytest.mark.parametrize("kind", KINDS)
def test_verifying_sets_the_flag_in_every_kind_of_pool(gateway: Gateway, server: CognitoServer, kind: str) -> None:
    name = add(server.pools[kind], "ana", "ana@example.com", verified=False)
    carry_out(gateway, kind, plan(gateway, "verify-email", kind, user="ana@example.com"))
    assert server.pools[kind].user(name).email_verified


@pytest.mark.parametrize("kind", ["alias", "folded", "keeps"])
def test_the_one_who_loses_the_address_is_the_one_whom_the_plan_named(
    gateway: Gateway, server: CognitoServer, kind: str
) -> None:
    pool = server.pools[kind]
    add(pool, "ben.old", "ben@example.com", verified=False)
    add(pool, "ben.new", "ben@example.com", verified=True)
    pool.hide_from_listing("ben.new")
    made = plan(gateway, "verify-email", kind, user="ben.old")
    assert [change.subject.name for change in made.changes if change.loses] == ["ben.new"]
    carry_out(gateway, kind, made)
    holder = pool.holder("ben@example.com")
    assert holder is not None
    assert holder.username == "ben.old"
    for call in made.undo:
        gateway.send(kind, call)
    assert (pool.user("ben.new").email_verified, pool.user("ben.old").email_verified) == (True, False)


def test_where_aws_refuses_to_steal_the_plan_fails_and_says_that_nothing_happened(
    gateway: Gateway, server: CognitoServer
) -> None:
    server.contested = replace(server.contested, admin_verify_on_taken_alias="alias_exists")
    add(server.pools["alias"], "ben.old", "ben@example.com", verified=False)
    add(server.pools["alias"], "ben.new", "ben@example.com", verified=True)
    made = plan(gateway, "verify-email", "alias", user="ben.old")
    with pytest.raises(CallFailed) as error:
        carry_out(gateway, "alias", made)
    assert error.value.fate is Fate.REFUSED
    assert "Another account already owns this address" in error.value.words.plain()
    assert server.pools["alias"].user("ben.new").email_verified


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_verified_now_is_in_force_at_once_and_mails_nobody(
    gateway: Gateway, server: CognitoServer, kind: str
) -> None:
    pool = server.pools[kind]
    name = add(pool, "ana", "ana@example.com", verified=True)
    carry_out(gateway, kind, plan(gateway, "change-email", kind, user=name, email="new@example.com", how=NOW))
    assert (pool.user(name).email, pool.user(name).email_verified) == ("new@example.com", True)
    assert pool.mail == ()


@pytest.mark.parametrize("kind", ["alias", "folded", "login", "plain", "keeps"])
def test_a_change_by_code_mails_the_new_address(gateway: Gateway, server: CognitoServer, kind: str) -> None:
    pool = server.pools[kind]
    name = add(pool, "ana", "ana@example.com", verified=True)
    carry_out(gateway, kind, plan(gateway, "change-email", kind, user=name, email="new@example.com", how=CODE))
    assert [mail.to for mail in pool.mail] == ["new@example.com"]
    kept = kind == "keeps"
    assert pool.user(name).email == ("ana@example.com" if kept else "new@example.com")
    assert pool.user(name).email_verified is kept


@pytest.mark.parametrize("kind", ["alias", "folded"])
def test_a_new_account_takes_the_address_that_it_was_created_to_take(
    gateway: Gateway, server: CognitoServer, kind: str
) -> None:
    pool = server.pools[kind]
    add(pool, "ben", "ben@example.com", verified=True)
    form = {"username": "ben2", "email": "ben@example.com", "taken": "Move the e-mail to this account"}
    carry_out(gateway, kind, plan(gateway, "create-user", kind, verified=True, **form))
    holder = pool.holder("ben@example.com")
    assert holder is not None
    assert holder.username == "ben2"
    assert not pool.user("ben").email_verified
    assert [mail.to for mail in pool.mail] == ["ben@example.com"]


@pytest.mark.parametrize(("kind", "name"), [("alias", "nina"), ("login", "nina@example.com"), ("plain", "nina")])
@pytest.mark.parametrize("verified", [True, False])
def test_a_new_account_with_a_free_address_is_as_planned(
    gateway: Gateway, server: CognitoServer, kind: str, name: str, verified: bool
) -> None:
    carry_out(
        gateway, kind, plan(gateway, "create-user", kind, username=name, email="nina@example.com", verified=verified)
    )
    assert server.pools[kind].user(name).status == "FORCE_CHANGE_PASSWORD"


@pytest.mark.parametrize("merging", ["replaces", "merges"])
def test_once_the_claim_is_mapped_the_next_sign_in_keeps_the_flag(
    gateway: Gateway, server: CognitoServer, merging: Any
) -> None:
    server.contested = replace(server.contested, mapping_update=merging)
    pool = server.pools["alias"]
    pool.add_provider("Google", "Google", {"email": "email"})
    claims = {"sub": "104", "email": "gil@example.com", "email_verified": True}
    assert not pool.sign_in("Google", claims).email_verified
    carry_out(gateway, "alias", plan(gateway, "map-provider", "alias", provider="Google"))
    assert pool.sign_in("Google", claims).email_verified
    assert pool.providers["Google"]["email"] == "email"


@pytest.mark.parametrize("kind", ["careless", "silent"])
def test_the_pools_settings_are_as_planned(gateway: Gateway, server: CognitoServer, kind: str) -> None:
    carry_out(gateway, kind, plan(gateway, "pool-email", kind, codes=True, keep=True))
    pool = server.pools[kind]
    name = add(pool, "ana", "ana@example.com", verified=True)
    assert pool.change_own(name, {"email": "new@example.com"}).email == "ana@example.com"
    assert [mail.to for mail in pool.mail] == ["new@example.com"]
